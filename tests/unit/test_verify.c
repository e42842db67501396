// image_verify: what it accepts, and what it finds.
#include "asm.h"

#include <check.h>

static char *verdict(Asm *as) {
    return image_verify(&as->image);
}

static void rejects(Asm *as, const char *part) {
    char *text = verdict(as);
    ck_assert_msg(text != NULL, "accepted; expected: %s", part);
    ck_assert_msg(strstr(text, part) != NULL, "'%s' does not say '%s'", text, part);
    free(text);
}

START_TEST(a_good_function_passes) {
    static Asm as;
    asm_fib(&as);
    ck_assert_ptr_null(verdict(&as));
}
END_TEST

START_TEST(a_slot_outside_the_frame_is_found) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 16);
    ABC(f, MOV, 8, 16, 0);
    AI(f, RET, 0, 0);
    rejects(&as, "outside the frame");
}
END_TEST

START_TEST(a_crooked_slot_is_found) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 32);
    ABC(f, MOV, 8, 4, 0);
    AI(f, RET, 0, 0);
    rejects(&as, "no multiple of 8");
}
END_TEST

START_TEST(a_jump_into_an_extension_word_is_found) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 32);
    AI(f, JMP, 0, 1);
    ABCK(f, LDK, 8, 0, 0, 7);
    AI(f, RET, 0, 0);
    rejects(&as, "starts no instruction");
}
END_TEST

START_TEST(code_that_runs_off_its_end_is_found) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 32);
    AI(f, LDI, 8, 1);
    rejects(&as, "runs off the end");
}
END_TEST

START_TEST(a_window_without_room_for_its_header_is_found) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 64);
    AI(f, CALL, 16, 0);
    AI(f, RET, 0, 0);
    rejects(&as, "header");
}
END_TEST

START_TEST(a_safepoint_without_map_is_found) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 64);
    AI(f, CALL, 24, 0);
    AI(f, RET, 0, 0);
    f->desc.nsafepoints = 1;
    rejects(&as, "no stack map");
}
END_TEST

START_TEST(unknown_opcodes_and_indices_are_found) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 64);
    asm_word(f, OP_COUNT);
    rejects(&as, "unknown opcode");
    f->desc.ncode = 0;
    AI(f, CALL, 24, 5);
    AI(f, RET, 0, 0);
    rejects(&as, "function index");
    f->desc.ncode = 0;
    AI(f, LDSTR, 0, 3);
    AI(f, RET, 0, 0);
    rejects(&as, "string index");
}
END_TEST

START_TEST(every_opcode_has_a_form_the_dump_can_print) {
    static Asm as;
    AsmFunc *f = asm_func(&as, "main.f", 0, 64);
    for (int op = 0; op < OP_COUNT; op++) {
        f->desc.ncode = f->desc.nsafepoints = 0;
        asm_op(f, ins_abc((Opcode)op, 24, 24, 0), 0, 0);
        AI(f, RET, 0, 0);
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        image_dump_func(out, &as.image, &f->desc);
        fclose(out);
        ck_assert_msg(strstr(text, op_info[op].name) && !strchr(text, '?'), "%s: %s", op_info[op].name, text);
        free(text);
    }
}
END_TEST

int main(void) {
    Suite *s = suite_create("verify");
    TCase *tc = tcase_create("image");
    tcase_add_test(tc, a_good_function_passes);
    tcase_add_test(tc, a_slot_outside_the_frame_is_found);
    tcase_add_test(tc, a_crooked_slot_is_found);
    tcase_add_test(tc, a_jump_into_an_extension_word_is_found);
    tcase_add_test(tc, code_that_runs_off_its_end_is_found);
    tcase_add_test(tc, a_window_without_room_for_its_header_is_found);
    tcase_add_test(tc, a_safepoint_without_map_is_found);
    tcase_add_test(tc, unknown_opcodes_and_indices_are_found);
    tcase_add_test(tc, every_opcode_has_a_form_the_dump_can_print);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

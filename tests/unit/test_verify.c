// image_verify: what it accepts, and what it finds; and the disassembly, which goes through the same table of forms.
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

/* A world for instructions of every form: each index 0 is good and 1 is not, slots from 24 to the frame's end, and room for every window. */
enum { FRAME = 512, GOOD_SLOT = 64 };

static const TypeDesc word_type = {.size = 8, .string = {"word", 4}};
static const Selector selectors[] = {{.name = {"Run", 3}}};

static AsmFunc *world(Asm *as) {
    memset(as, 0, sizeof *as);
    AsmFunc *f = asm_func(as, "main.f", 0, FRAME);
    f->desc.flags |= FF_HAS_DEFER;
    as->types[0] = &word_type;
    as->image.ntypes = 1;
    as->strings[0] = (StrLit){"say \"hi\"\n", 9};
    as->image.nstrings = 1;
    as->image.selectors = selectors;
    as->image.nselectors = 1;
    as->image.globals_bytes = 64;
    return f;
}

// Two words in front, so that a jump can go wrong in both directions, and a return behind.
static void put(AsmFunc *f, uint64_t w, uint64_t x, uint64_t y) {
    f->desc.ncode = 0;
    f->desc.nsafepoints = 1;
    ABCK(f, LDK, 24, 0, 0, 7);
    uint32_t at = asm_word(f, w);
    for (uint32_t i = 1; i < ins_words(&f->code[at]); i++)
        asm_word(f, i == 1 ? x : y);
    if (op_info[ins_op(w)].effects & EFF_SAFE)
        f->safepoints[f->desc.nsafepoints++] = (SafePoint){f->desc.ncode, 0};
    AI(f, RET, 0, 0);
}

static uint64_t with(uint64_t w, unsigned pos, bool imm, uint32_t value) {
    return imm ? (w & UINT32_MAX) | (uint64_t)value << 32 : (w & ~(UINT64_C(0xffff) << (16 + 16 * pos))) | (uint64_t)(uint16_t)value << (16 + 16 * pos);
}

// The first extension word of a good instruction.
static uint64_t good_ext(Opcode op) {
    switch (op) {
    case OP_LDN: case OP_ADDRX: case OP_PADDRX: return UINT64_C(8) | UINT64_C(4) << 32;
    case OP_MAPGET2: return UINT64_C(64) << 32;
    case OP_CALLW: case OP_GOW: case OP_DEFERW: return UINT64_C(64) | UINT64_C(64) << 32;
    case OP_RECV2: case OP_RECVP: case OP_MAPNEXTP: case OP_SELECT: return 64;
    default: return 0;
    }
}

static uint64_t good(Opcode op) {
    uint64_t w = ins_abc(op, 0, 0, 0);
    unsigned pos = 0;
    for (const char *f = op_info[op].format; *f && *f != '+'; f++) {
        if (*f >= '0' && *f <= '9')
            continue;
        bool imm = *f >= 'A' && *f <= 'Z';
        if (strchr("dsmwW", *f))
            w = with(w, pos, false, GOOD_SLOT);
        else if (*f == 'i' || *f == 'u')
            w = with(w, pos, imm, op == OP_CALLW || op == OP_GOW || op == OP_DEFERW ? 0 : op == OP_SELECT ? 1 : op == OP_MAPNEXTP ? GOOD_SLOT : 5);
        pos++;
    }
    return w;
}

// Why the verifier must refuse operand `letter` when it is `value`; goes through the values there are.
static const struct { char letter; uint32_t value; const char *why; } bad_operands[] = {
    {'d', 12, "no multiple of 8"}, {'d', FRAME, "outside the frame"}, {'s', 12, "no multiple of 8"}, {'s', FRAME, "outside the frame"},
    {'s', 0xfff8, "outside the frame"}, {'d', 0xfff8, "outside the frame"}, {'m', FRAME + 8, "outside the frame"},
    {'w', 16, "header"}, {'w', 68, "multiple"}, {'w', FRAME + 8, "outside the frame"},
    {'W', 16, "header"}, {'W', 68, "multiple"}, {'W', FRAME + 8, "outside the frame"},
    {'j', (uint16_t)-100, "starts no instruction"}, {'j', 100, "starts no instruction"}, {'J', (uint32_t)-100, "starts no instruction"},
    {'J', 100, "starts no instruction"}, {'T', 1, "type index"}, {'F', 1, "function index"}, {'S', 1, "string index"}, {'T', UINT32_MAX, "type index"},
};

START_TEST(every_bad_operand_of_every_opcode_is_found) {
    static Asm as;
    AsmFunc *f = world(&as);
    for (int op = 0; op < OP_COUNT; op++) {
        uint64_t w = good((Opcode)op), x = good_ext((Opcode)op);
        put(f, w, x, 0);
        char *text = verdict(&as);
        ck_assert_msg(!text, "good %s is refused: %s", op_info[op].name, text);
        unsigned pos = 0, ext = 0;
        for (const char *form = op_info[op].format; *form; form++) {
            if (*form >= '0' && *form <= '9')
                continue;
            if (*form == '+') {
                ext++;
                if (*++form == 't' && ext == 1) {
                    put(f, w, x | 1, 0);
                    rejects(&as, "type index");
                }
                continue;
            }
            for (size_t i = 0; i < sizeof bad_operands / sizeof bad_operands[0]; i++) {
                if (bad_operands[i].letter != *form || (op == OP_CALLX && bad_operands[i].value == 16))  // a leaf's frame has no header
                    continue;
                put(f, with(w, pos, *form >= 'A' && *form <= 'Z', bad_operands[i].value), x, 0);
                rejects(&as, bad_operands[i].why);
            }
            pos++;
        }
    }
}
END_TEST

START_TEST(every_safepoint_needs_a_map_and_every_end_an_ending) {
    static Asm as;
    AsmFunc *f = world(&as);
    for (int op = 0; op < OP_COUNT; op++) {
        put(f, good((Opcode)op), good_ext((Opcode)op), 0);
        if (op_info[op].effects & EFF_SAFE && op != OP_CALLX) {
            f->desc.nsafepoints = 1;
            rejects(&as, "no stack map");
            f->desc.nsafepoints = 2;
        }
        f->desc.ncode--;
        if (strpbrk(op_info[op].format, "jJ")) {  // its target is gone
            rejects(&as, "starts no instruction");
        } else if (op_info[op].effects & EFF_ENDS) {
            ck_assert_ptr_null(verdict(&as));
        } else {
            rejects(&as, "runs off the end");
        }
        for (uint32_t words = op_info[op].ext_words; words; words--) {
            f->desc.ncode--;
            rejects(&as, "extension words run off the end");
        }
    }
}
END_TEST

// ins_abc and ins_ai as constant expressions.
#define ins(op, a, b, c) (OP_##op | (uint64_t)(uint16_t)(a) << 16 | (uint64_t)(uint16_t)(b) << 32 | (uint64_t)(uint16_t)(c) << 48)
#define imm(op, a, i) (OP_##op | (uint64_t)(uint16_t)(a) << 16 | (uint64_t)(uint32_t)(i) << 32)

static const struct { uint64_t w, x, y; const char *why; } bad_instructions[] = {
    {ins(MOVN, 0, 8, 512), 0, 0, "outside the frame"},
    {ins(MOVN, 508, 0, 8), 0, 0, "outside the frame"},
    {imm(ZERO, 0, 520), 0, 0, "outside the frame"},
    {imm(ZERO, 0, -8), 0, 0, "operands"},
    {imm(FADDR, 64, -8), 0, 0, "operands"},
    {imm(FADDR, 64, 1000), 0, 0, "outside the frame"},
    {imm(GADDR, 64, 9), 0, 0, "outside the globals"},
    {imm(LDG, 64, 8), 0, 0, "outside the globals"},
    {imm(STG, 64, -1), 0, 0, "outside the globals"},
    {imm(STGP, 64, 8), 0, 0, "outside the globals"},
    {ins(LDN, 64, 64, 0), 1000, 0, "outside the frame"},
    {ins(STN, 64, 508, 0), 0, 0, "outside the frame"},
    {ins(BOX, 64, 508, 0), 0, 0, "outside the frame"},
    {ins(FLD_U16, 64, 511, 0), 0, 0, "outside the frame"},
    {ins(FLD_I32, 64, 510, 0), 0, 0, "outside the frame"},
    {ins(FST_8, 512, 64, 0), 0, 0, "outside the frame"},
    {ins(FST_32, 509, 64, 0), 0, 0, "outside the frame"},
    {ins(FLDX_64, 64, 64, 64), 57, 0, "outside the frame"},
    {ins(FSTX_64, 64, 64, 64), UINT64_C(1) << 40, 0, "array length"},
    {ins(APPEND, 64, 64, 64), UINT64_C(57) << 32, 0, "outside the frame"},
    {ins(CONCAT, 64, 64, 29), 0, 0, "outside the frame"},
    {ins(CLOSURE, 64, 0, 0), 1, 0, "function index"},
    {ins(CLOSURE, 64, 0, 0), UINT64_C(1) << 32, 0, "type index"},
    {ins(DIVI_I64, 64, 64, 0), 0, 0, "constant divisor 0"},
    {ins(REMI_I64, 64, 64, 0xffff), 0, 0, "constant divisor -1"},
    {ins(SHLI, 64, 64, 64), 0, 0, "shift count 64"},
    {ins(CALLI, 64, 64, 0), 1, 0, "selector 1 of 1"},
    {ins(GOI, 64, 64, 0), 1, 0, "selector 1 of 1"},
    {ins(MAPITER, 424, 64, 0), 0, 0, "outside the frame"},
    {ins(MAPNEXT, 424, 64, 0), 0, 0, "outside the frame"},
    {ins(MAPGET2, 64, 64, 64), UINT64_C(12) << 32, 0, "no multiple of 8"},
    {ins(RECV2, 64, 64, 0), 512, 0, "outside the frame"},
    {ins(RECV2, 64, 64, 0), UINT64_C(1) << 33, 0, "ok slot"},
    {ins(SELECT, 64, 0, 1), 600, 0, "outside the frame"},
    {ins(SELECT, 64, 0, 1), UINT64_C(600) << 32 | 64, 0, "outside the frame"},
    {ins(CALLW, 0, WIDE_FUNC, 0), 64, 1, "function index"},
    {ins(CALLW, 0, WIDE_FUNC, 0), 8, 0, "header"},
    {ins(CALLW, 0, WIDE_FUNC, 0), 64, UINT64_C(1) << 32, "operands"},
    {ins(GOW, 0, WIDE_IFACE, 0), 64, 1, "selector 1 of 1"},
    {ins(DEFERW, 0, WIDE_VALUE, 0), 64 | UINT64_C(512) << 32, 0, "outside the frame"},
    {ins(CALLW, 0, 9, 0), 64, 0, "callee form 9"},
    {ins(MOVW, 0, 0, 0), 512, 8, "outside the frame"},
    {ins(ZEROW, 0, 0, 0), UINT64_C(513) << 32, 0, "outside the frame"},
};

START_TEST(what_the_forms_of_operands_do_not_say_is_found_too) {
    static Asm as;
    AsmFunc *f = world(&as);
    put(f, bad_instructions[_i].w, bad_instructions[_i].x, bad_instructions[_i].y);
    rejects(&as, bad_instructions[_i].why);
}
END_TEST

START_TEST(bad_tables_of_a_function_are_found) {
    static Asm as;
    AsmFunc *f = world(&as);
    put(f, ins(NOP, 0, 0, 0), 0, 0);
    f->desc.self = NULL;
    rejects(&as, "self");
    f->desc.self = &f->desc;
    f->desc.frame_bytes = 12;
    rejects(&as, "frame 12");
    f->desc.frame_bytes = FRAME;
    f->desc.param_bytes = FRAME + 8;
    rejects(&as, "params 520");
    f->desc.param_bytes = 0;
    f->desc.recover_pc = 1;
    rejects(&as, "recover_pc 1 starts no instruction");
    f->desc.recover_pc = 0;
    f->safepoints[1] = (SafePoint){0, 0};
    f->desc.nsafepoints = 2;
    rejects(&as, "safepoints are not ascending");
    f->desc.nsafepoints = 1;
    LineEntry lines[] = {{2, 1}, {1, 2}};
    f->desc.lines = lines;
    f->desc.nlines = 2;
    rejects(&as, "lines are not ascending");
    f->desc.nlines = 0;
    struct { uint32_t nslots; uint64_t bits[4]; } m = {FRAME / 8 + 1, {0}};
    f->desc.panic_map = (const StackMap *)&m;
    rejects(&as, "longer than the frame");
    m.nslots = 2;
    m.bits[0] = SM_IDATA;
    rejects(&as, "slot 0 has kind");
    f->desc.panic_map = NULL;
    f->desc.ncode = 0;
    rejects(&as, "no code");
    f->desc.flags = 0;
    put(f, ins_ai(OP_RUNDEFERS, 0, 64), 0, 0);
    rejects(&as, "without FF_HAS_DEFER");
}
END_TEST

// The line of the dump for the instruction that put() made.
static void dump_line(const Asm *as, const AsmFunc *f, char *line, size_t size) {
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    image_dump_func(out, &as->image, &f->desc);
    fclose(out);
    char *at = strstr(text, "\n    2 ");
    ck_assert_ptr_nonnull(at);
    at += 14;
    snprintf(line, size, "%.*s", (int)strcspn(at, "\n"), at);
    free(text);
}

START_TEST(every_opcode_has_a_name_a_format_and_a_line_in_the_dump) {
    static Asm as;
    AsmFunc *f = world(&as);
    for (int op = 0; op < OP_COUNT; op++) {
        const OpInfo *info = &op_info[op];
        ck_assert(*info->name && *info->meaning && strspn(info->format, "dswWmiujJITFSX-+kt*0123456789") == strlen(info->format));
        unsigned units = 0;
        for (const char *c = info->format; *c && *c != '+'; c++)
            units += *c >= 'A' && *c <= 'Z' ? 2 : *c < '0' || *c > '9';
        ck_assert_msg(units == 3, "%s: format %s", info->name, info->format);
        put(f, good((Opcode)op), good_ext((Opcode)op), 0);
        char line[200];
        dump_line(&as, f, line, sizeof line);
        size_t n = strlen(info->name);
        ck_assert_msg(strncmp(line, info->name, n) == 0 && (line[n] == ' ' || !line[n]) && !strpbrk(line, "?#") == (op != OP_CALLX), "%s: %s", info->name, line);
        ck_assert_msg(line[strlen(line) - 1] != ' ', "'%s'", line);
    }
}
END_TEST

static const struct { uint64_t w, x, y; const char *text; } dumped[] = {
    {ins(MOV, 8, 64, 0), 0, 0, "MOV          r1, r8"},
    {ins(MOVN, 8, 12, 20), 0, 0, "MOVN         [8], [12], 20"},
    {imm(LDI, 8, -5), 0, 0, "LDI          r1, -5"},
    {ins(LDK, 8, 0, 0), UINT64_C(1) << 40, 0, "LDK          r1, 1099511627776"},
    {imm(LDSTR, 8, 0), 0, 0, "LDSTR        r1, \"say \\\"hi\\\"\\n\""},
    {imm(LDTYPE, 8, 0), 0, 0, "LDTYPE       r1, word"},
    {imm(LDFUNC, 8, 0), 0, 0, "LDFUNC       r1, main.f"},
    {ins(ADDI_I64, 8, 16, 0xffff), 0, 0, "ADDI_I64     r1, r2, -1"},
    {ins(JLT_I64, 8, 16, 0), 0, 0, "JLT_I64      r1, r2, @3"},
    {ins(LOOPLTI_I64, 8, 0xfffd, 0xfffd), 0, 0, "LOOPLTI_I64  r1, -3, @0  {}"},
    {imm(JMP, 0, 0), 0, 0, "JMP          @3"},
    {ins(ADDLT_I64, 8, 16, 0xfffc), 3, 0, "ADDLT_I64    r1, r2, @0, 3  {}"},
    {ins(LD_64, 8, 16, 40), 0, 0, "LD_64        r1, r2, 40"},
    {ins(LDN, 64, 8, 0), UINT64_C(40) | UINT64_C(16) << 32, 0, "LDN          [64], r1, 40 bytes, +16"},
    {ins(PADDRX, 8, 16, 24), UINT64_C(48) | UINT64_C(10) << 32, 0, "PADDRX       r1, r2, r3, *48, len 10"},
    {ins(SLICE_SLICE, 8, 64, 128), UINT64_C(4) | UINT64_C(3) << 32, 0, "SLICE_SLICE  r1, r8, r16, *4 low high"},
    {ins(APPEND, 8, 64, 128), UINT64_C(2) << 32, 0, "APPEND       r1, r8, [128], word, 2  {}"},
    {ins(CLOSURE, 8, 0, 0), 0, 0, "CLOSURE      r1, main.f as word  {}"},
    {imm(CALL, 64, 0), 0, 0, "CALL         win r8, main.f  {}"},
    {ins(CALLI, 64, 8, 0), 0, 0, "CALLI        win r8, r1, .Run  {}"},
    {imm(CALLX, 64, 7), 0, 0, "CALLX        win r8, leaf#7  {}"},
    {ins(RET, 0, 0, 0), 0, 0, "RET"},
    {ins(JTYPE_EQ, 8, 0, 0), 0, 0, "JTYPE_EQ     r1, @4, word"},
    {ins(MAPGET2, 64, 8, 128), UINT64_C(24) << 32, 0, "MAPGET2      [64], r1, [128], word, 24"},
    {ins(MAPNEXT, 64, OFF_NONE, 0), 160, 0, "MAPNEXT      [64], _, @4, [160]"},
    {ins(RECV, OFF_NONE, 8, 0), 0, 0, "RECV         _, r1  {}"},
    {ins(RECV2, 64, 8, 0), 24, 0, "RECV2        [64], r1, r3  {}"},
    {ins(SELECT, 64, 1, 2), 8 | SELECT_SEND | UINT64_C(96) << 32, 16 | (uint64_t)OFF_NONE_W << 32,
     "SELECT       r8, 1, 2, send r1 [96], recv r2 _  {}"},
    {imm(LDW, 8, 80000), 0, 0, "LDW          r1, r10000"},
    {ins(MOVW, 0, 0, 0), UINT64_C(70000) | UINT64_C(8) << 32, 24, "MOVW         [70000], [8], 24"},
    {ins(ZEROW, 0, 0, 0), UINT64_C(70000) | UINT64_C(8) << 32, 0, "ZEROW        [70000], 8"},
    {ins(CALLW, 0, WIDE_FUNC, 0), 80000, 0, "CALLW        win r10000, main.f  {}"},
    {ins(GOW, 0, WIDE_VALUE, 0), UINT64_C(80000) | UINT64_C(16) << 32, 0, "GOW          win r10000, r2  {}"},
    {ins(DEFERW, 0, WIDE_IFACE, 0), UINT64_C(80000) | UINT64_C(16) << 32, 0, "DEFERW       win r10000, r2, .Run  {}"},
};

START_TEST(the_dump_reads_well) {
    static Asm as;
    AsmFunc *f = world(&as);
    put(f, dumped[_i].w, dumped[_i].x, dumped[_i].y);
    char line[200];
    dump_line(&as, f, line, sizeof line);
    ck_assert_str_eq(line, dumped[_i].text);
}
END_TEST

START_TEST(the_dump_survives_what_is_no_code) {
    static Asm as;
    AsmFunc *f = world(&as);
    put(f, ins(NOP, 0, 0, 0), 0, 0);
    f->code[2] = 0xffff;
    char line[200];
    dump_line(&as, f, line, sizeof line);
    ck_assert_str_eq(line, "bad word 0x000000000000ffff");
    put(f, imm(LDTYPE, 12, 9), 0, 0);
    dump_line(&as, f, line, sizeof line);
    ck_assert_str_eq(line, "LDTYPE       r?12, type#9");
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
    tcase_add_test(tc, every_bad_operand_of_every_opcode_is_found);
    tcase_add_test(tc, every_safepoint_needs_a_map_and_every_end_an_ending);
    tcase_add_loop_test(tc, what_the_forms_of_operands_do_not_say_is_found_too, 0, sizeof bad_instructions / sizeof bad_instructions[0]);
    tcase_add_test(tc, bad_tables_of_a_function_are_found);
    tcase_add_test(tc, every_opcode_has_a_name_a_format_and_a_line_in_the_dump);
    tcase_add_loop_test(tc, the_dump_reads_well, 0, sizeof dumped / sizeof dumped[0]);
    tcase_add_test(tc, the_dump_survives_what_is_no_code);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

/* The VM on hand-assembled images: arithmetic, calls, panics, deferred calls, recover, growth of the stack. What a program computes it hands to a leaf
 * function, which keeps a log. */
#include "asm.h"
#include "rt.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int64_t log_at[64];
static unsigned nlog;

static LeafStatus leaf_log(LeafCtx *cx, Slot *s) {
    (void)cx;
    if (nlog < COUNT_OF(log_at))
        log_at[nlog++] = (int64_t)s[0];
    return LEAF_DONE;
}
static LeafStatus leaf_again(LeafCtx *cx, Slot *s) {
    (void)cx;
    return s[0]++ < 5 ? LEAF_AGAIN : LEAF_DONE;
}
static LeafStatus leaf_end(LeafCtx *cx, Slot *s) {
    (void)cx;
    (void)s;
    return LEAF_EXIT;
}
enum { LEAF_LOG, LEAF_COUNT_UP, LEAF_GOEXIT };
static const IntrinsicDef leaves[] = {{"t.log", leaf_log, INTR_NO_GC}, {"t.again", leaf_again, 0}, {"t.goexit", leaf_end, 0}};

// Types that panics need.
static const uint64_t word_ptr = 1;
static const TypeDesc type_string = {.kind = KIND_STRING, .align = 8, .size = 16, .nslots = 2, .gc_period = 2, .gc_ptrs = &word_ptr,
                                     .flags = TF_COMPARABLE, .string = {"string", 6}};
static const TypeDesc type_error = {.kind = KIND_STRING, .align = 8, .size = 16, .nslots = 2, .gc_period = 2, .gc_ptrs = &word_ptr,
                                    .flags = TF_COMPARABLE | TF_NAMED, .string = {"runtime.errorString", 19}};
static const TypeDesc type_int = {.kind = KIND_INT, .align = 8, .size = 8, .nslots = 1, .flags = TF_DIRECT | TF_COMPARABLE | TF_EQ_MEMORY,
                                  .string = {"int", 3}};
static const TypeDesc type_nil_error = {.kind = KIND_POINTER, .align = 8, .size = 8, .nslots = 1, .gc_period = 1, .gc_ptrs = &word_ptr,
                                        .flags = TF_DIRECT | TF_COMPARABLE | TF_EQ_MEMORY, .string = {"*runtime.PanicNilError", 22}};
static const TypeDesc type_slice = {.kind = KIND_SLICE, .align = 8, .size = 24, .nslots = 3, .gc_period = 3, .gc_ptrs = &word_ptr,
                                    .string = {"[]int", 5}};
enum { T_INT, T_STRING, T_SLICE };

static Asm *new_asm(void) {
    Asm *as = calloc(1, sizeof *as);
    as->types[T_INT] = &type_int;
    as->types[T_STRING] = &type_string;
    as->types[T_SLICE] = &type_slice;
    as->image.ntypes = 3;
    as->image.rt_types[RTT_ERROR_STRING] = as->image.rt_types[RTT_BOUNDS_ERROR] = as->image.rt_types[RTT_PLAIN_ERROR] = &type_error;
    as->image.rt_types[RTT_STRING] = &type_string;
    as->image.rt_types[RTT_PANIC_NIL_ERROR] = &type_nil_error;
    return as;
}

static bool stress;  // the stack moves at each call

static int run(Asm *as, AsmFunc *main_fn) {
    as->image.rt_funcs[RTF_MAIN] = &main_fn->desc;
    char *bad = image_verify(&as->image);
    ck_assert_msg(!bad, "%s", bad);
    char *error;
    const IntrinsicTable table = {leaves, COUNT_OF(leaves)};
    const RtOptions opt = {.gomaxprocs = 1, .stackstress = stress};
    nlog = 0;
    Runtime *rt = runtime_new(&as->image, &table, &opt, &error);
    ck_assert_msg(rt != NULL, "%s", error);
    int status = runtime_run(rt);
    runtime_free(rt);
    free(as);
    return status;
}

static void log_slot(AsmFunc *f, uint32_t slot) {
    ABC(f, MOV, 200, slot, 0);
    AI(f, CALLX, 200, LEAF_LOG);
}
static void log_const(AsmFunc *f, int32_t k) {
    AI(f, LDI, 200, k);
    AI(f, CALLX, 200, LEAF_LOG);
}
static AsmFunc *main_func(Asm *as) { return asm_func(as, "main.main", 0, 256); }

// A function that logs k, and maybe recovers and logs the data word of what it got.
static AsmFunc *logger(Asm *as, const char *name, int32_t k, bool recovers) {
    AsmFunc *f = asm_func(as, name, 0, 256);
    log_const(f, k);
    if (recovers) {
        ABC(f, RECOVER, 0, 0, 0);
        log_slot(f, 8);
    }
    AI(f, RET, 0, 0);
    return f;
}

static void panic_int(AsmFunc *f, int32_t k) {
    AI(f, LDTYPE, 0, T_INT);
    AI(f, LDI, 8, k);
    ABC(f, PANIC, 0, 0, 0);
}

static void with_defers(AsmFunc *f) {
    f->desc.flags |= FF_HAS_DEFER;
    f->desc.recover_pc = f->desc.ncode;
    AI(f, RUNDEFERS, 0, 32);
    AI(f, RET, 0, 0);
}

static void logged(const int64_t *want, unsigned n) {
    ck_assert_uint_eq(nlog, n);
    for (unsigned i = 0; i < n; i++)
        ck_assert_msg(log_at[i] == want[i], "entry %u is %lld, not %lld", i, (long long)log_at[i], (long long)want[i]);
}
#define LOGGED(...)                                     \
    do {                                                \
        const int64_t want_[] = {__VA_ARGS__};          \
        logged(want_, COUNT_OF(want_));                 \
    } while (0)

START_TEST(fib_calls_itself) {
    Asm *as = new_asm();
    AsmFunc *fib = asm_fib(as), *m = main_func(as);
    AI(m, LDI, 40, 20);
    AI(m, CALL, 40, (int32_t)fib->desc.index);
    AI(m, CALLX, 40, LEAF_LOG);
    AI(m, RET, 0, 0);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(6765);
}
END_TEST

START_TEST(integers_follow_go_at_the_edges) {
    Asm *as = new_asm();
    AsmFunc *m = main_func(as);
    ABCK(m, LDK, 0, 0, 0, (uint64_t)INT64_MIN);
    AI(m, LDI, 8, -1);
    AI(m, LDI, 16, 64);
    AI(m, LDI, 24, 63);
    ABC(m, DIV_I64, 32, 0, 8);
    log_slot(m, 32);
    ABC(m, REM_I64, 32, 0, 8);
    log_slot(m, 32);
    ABC(m, SHR_I64, 32, 0, 16);
    log_slot(m, 32);
    ABC(m, SHL, 32, 8, 16);
    log_slot(m, 32);
    ABC(m, SHR_U64, 32, 8, 24);
    log_slot(m, 32);
    ABC(m, ADD_I32, 32, 8, 8);
    log_slot(m, 32);
    ABC(m, ADD_U8, 32, 8, 16);
    log_slot(m, 32);
    AI(m, RET, 0, 0);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(INT64_MIN, 0, -1, 0, 1, -2, 63);
}
END_TEST

START_TEST(floats_become_integers_as_on_amd64) {
    static const struct {
        double x;
        int64_t i64, u64, i32;
    } cases[] = {
        {1.9, 1, 1, 1},
        {-1.5, -1, -1, -1},
        {3e9, 3000000000, 3000000000, INT32_MIN},
        {1e20, INT64_MIN, INT64_MIN, INT32_MIN},
        {0x1p63, INT64_MIN, INT64_MIN, INT32_MIN},
        {-1e20, INT64_MIN, INT64_MIN, INT32_MIN},
        {1e19, INT64_MIN, (int64_t)10000000000000000000u, INT32_MIN},
    };
    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        Asm *as = new_asm();
        AsmFunc *m = main_func(as);
        ABCK(m, LDK, 0, 0, 0, f64_slot(cases[i].x));
        ABC(m, CVT_F64_I64, 8, 0, 0);
        log_slot(m, 8);
        ABC(m, CVT_F64_U64, 8, 0, 0);
        log_slot(m, 8);
        ABC(m, CVT_F64_I32, 8, 0, 0);
        log_slot(m, 8);
        AI(m, RET, 0, 0);
        ck_assert_int_eq(run(as, m), 0);
        LOGGED(cases[i].i64, cases[i].u64, cases[i].i32);
    }
}
END_TEST

START_TEST(a_leaf_that_says_again_is_called_again) {
    Asm *as = new_asm();
    AsmFunc *m = main_func(as);
    AI(m, LDI, 40, 0);
    m->safepoints[m->desc.nsafepoints++] = (SafePoint){m->desc.ncode, 0};
    AI(m, CALLX, 40, LEAF_COUNT_UP);
    log_slot(m, 40);
    AI(m, RET, 0, 0);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(6);
}
END_TEST

START_TEST(deferred_calls_run_last_first) {
    Asm *as = new_asm();
    AsmFunc *a = logger(as, "main.a", 1, false), *b = logger(as, "main.b", 2, false), *m = main_func(as);
    AI(m, DEFER, 32, (int32_t)a->desc.index);
    AI(m, DEFER, 32, (int32_t)b->desc.index);
    log_const(m, 0);
    with_defers(m);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(0, 2, 1);
}
END_TEST

START_TEST(recover_stops_a_panic_and_the_other_deferred_calls_still_run) {
    Asm *as = new_asm();
    AsmFunc *a = logger(as, "main.a", 1, false), *b = logger(as, "main.b", 2, true);
    AsmFunc *bad = asm_func(as, "main.bad", 0, 256);
    panic_int(bad, 77);
    AsmFunc *f = asm_func(as, "main.f", 0, 256), *m = main_func(as);
    AI(f, DEFER, 32, (int32_t)a->desc.index);
    AI(f, DEFER, 32, (int32_t)b->desc.index);
    AI(f, CALL, 32, (int32_t)bad->desc.index);
    log_const(f, 99);
    with_defers(f);
    AI(m, CALL, 32, (int32_t)f->desc.index);
    log_const(m, 3);
    AI(m, RET, 0, 0);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(2, 77, 1, 3);
}
END_TEST

START_TEST(recover_works_only_in_the_deferred_function_itself) {
    Asm *as = new_asm();
    AsmFunc *inner = logger(as, "main.inner", 1, true);
    AsmFunc *outer = asm_func(as, "main.outer", 0, 256);
    AI(outer, CALL, 32, (int32_t)inner->desc.index);
    AI(outer, RET, 0, 0);
    AsmFunc *last = logger(as, "main.last", 2, true), *f = asm_func(as, "main.f", 0, 256), *m = main_func(as);
    AI(f, DEFER, 32, (int32_t)last->desc.index);
    AI(f, DEFER, 32, (int32_t)outer->desc.index);
    panic_int(f, 5);
    with_defers(f);
    AI(m, CALL, 32, (int32_t)f->desc.index);
    AI(m, RET, 0, 0);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(1, 0, 2, 5);
}
END_TEST

START_TEST(goexit_runs_deferred_calls_and_can_not_be_recovered) {
    Asm *as = new_asm();
    AsmFunc *d = logger(as, "main.d", 1, true), *g = asm_func(as, "main.g", 0, 256), *m = main_func(as);
    AI(g, DEFER, 32, (int32_t)d->desc.index);
    AI(g, CALLX, 40, LEAF_GOEXIT);
    log_const(g, 99);
    with_defers(g);
    AI(m, GO, 32, (int32_t)g->desc.index);
    AI(m, LDI, 0, 0);
    AI(m, LDI, 8, 30000000);
    uint32_t top = m->desc.ncode;
    ABC(m, INCLT_I64, 0, 8, 0xffff);
    (void)top;
    AI(m, RET, 0, 0);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(1, 0);
}
END_TEST

// Standard error of a run whose panic nobody recovers.
static char *stderr_of(Asm *as, AsmFunc *m, int *status) {
    static char text[8192];
    int fds[2], saved = dup(2);
    ck_assert_int_eq(pipe(fds), 0);
    fflush(stderr);
    dup2(fds[1], 2);
    *status = run(as, m);
    dup2(saved, 2);
    close(fds[1]);
    close(saved);
    ssize_t n = read(fds[0], text, sizeof text - 1);
    close(fds[0]);
    text[n < 0 ? 0 : n] = 0;
    return text;
}

// Stands for runtime.panicText: knows strings alone.
static void panic_text_hook(Asm *as) {
    AsmFunc *h = asm_func(as, "runtime.panicText", 16, 64);
    h->desc.result_bytes = 16;
    ABC(h, LD2, 0, 8, 0);
    AI(h, RET, 0, 0);
    as->image.rt_funcs[RTF_PANIC_TEXT] = &h->desc;
}

START_TEST(an_uncaught_panic_prints_text_and_trace_and_ends_with_two) {
    Asm *as = new_asm();
    panic_text_hook(as);
    AsmFunc *f = asm_func(as, "main.f", 8, 256), *m = main_func(as);
    AI(f, LDI, 8, 0);
    ABC(f, DIV_I64, 0, 0, 8);
    AI(f, RET, 0, 0);
    AI(m, CALL, 32, (int32_t)f->desc.index);
    AI(m, RET, 0, 0);
    int status;
    as->func[2].desc.line = 7;
    char *text = stderr_of(as, m, &status);
    ck_assert_int_eq(status, 2);
    ck_assert_str_eq(text, "panic: integer divide by zero\n\ngoroutine 1 [running]:\nmain.f(...)\n\ttest.gol:1\n");
}
END_TEST

START_TEST(an_index_out_of_range_says_where_and_how_long) {
    Asm *as = new_asm();
    panic_text_hook(as);
    AsmFunc *f = asm_func(as, "main.f", 0, 256), *m = main_func(as);
    AI(f, LDI, 0, 5);
    ABCK(f, FLDX_64, 8, 16, 0, 3);
    AI(f, RET, 0, 0);
    AI(m, CALL, 32, (int32_t)f->desc.index);
    AI(m, RET, 0, 0);
    int status;
    char *text = stderr_of(as, m, &status);
    ck_assert_int_eq(status, 2);
    ck_assert_ptr_nonnull(strstr(text, "panic: index out of range [5] with length 3\n"));
}
END_TEST

START_TEST(deep_recursion_grows_the_stack) {
    Asm *as = new_asm();
    AsmFunc *f = asm_func(as, "main.down", 8, 80), *m = main_func(as);
    f->desc.result_bytes = 8;
    ABC(f, JGTI_I64, 0, 0, 1);
    AI(f, RET, 0, 0);
    ABC(f, ADDI_I64, 48, 0, 0xffff);
    AI(f, CALL, 48, (int32_t)f->desc.index);
    ABC(f, ADDI_I64, 0, 48, 1);
    AI(f, RET, 0, 0);
    AI(m, LDI, 40, 100000);
    AI(m, CALL, 40, (int32_t)f->desc.index);
    AI(m, CALLX, 40, LEAF_LOG);
    AI(m, RET, 0, 0);
    ck_assert_int_eq(run(as, m), 0);
    LOGGED(100000);
}
END_TEST

START_TEST(panics_and_deferred_calls_survive_a_moving_stack) {
    stress = true;
    recover_stops_a_panic_and_the_other_deferred_calls_still_run_fn(_i);
    recover_works_only_in_the_deferred_function_itself_fn(_i);
    fib_calls_itself_fn(_i);
    an_uncaught_panic_prints_text_and_trace_and_ends_with_two_fn(_i);
    stress = false;
}
END_TEST

START_TEST(a_hundred_runtimes_come_and_go) {
    for (int i = 0; i < 100; i++) {
        Asm *as = new_asm();
        AsmFunc *d = logger(as, "main.d", 1, true), *m = main_func(as);
        AI(m, DEFER, 32, (int32_t)d->desc.index);
        panic_int(m, 4);
        with_defers(m);
        ck_assert_int_eq(run(as, m), 0);
        LOGGED(1, 4);
    }
}
END_TEST

int main(void) {
    Suite *s = suite_create("vm");
    TCase *tc = tcase_create("vm");
    tcase_add_test(tc, fib_calls_itself);
    tcase_add_test(tc, integers_follow_go_at_the_edges);
    tcase_add_test(tc, floats_become_integers_as_on_amd64);
    tcase_add_test(tc, a_leaf_that_says_again_is_called_again);
    tcase_add_test(tc, deferred_calls_run_last_first);
    tcase_add_test(tc, recover_stops_a_panic_and_the_other_deferred_calls_still_run);
    tcase_add_test(tc, recover_works_only_in_the_deferred_function_itself);
    tcase_add_test(tc, goexit_runs_deferred_calls_and_can_not_be_recovered);
    tcase_add_test(tc, an_uncaught_panic_prints_text_and_trace_and_ends_with_two);
    tcase_add_test(tc, an_index_out_of_range_says_where_and_how_long);
    tcase_add_test(tc, deep_recursion_grows_the_stack);
    tcase_add_test(tc, panics_and_deferred_calls_survive_a_moving_stack);
    tcase_add_test(tc, a_hundred_runtimes_come_and_go);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

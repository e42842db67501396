// test_compile.c: the compiler's output, looked at from outside: code patterns, stack maps, limits. What programs do is tested by tests/golden.
#include "compile/compile.h"
#include "opcode.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Unit {
    Arena arena;
    Intern names;
    SourceSet sources;
    Diags diags;
    Syntax syntax;
    Checker *checker;
    Image image;
    bool ok;
} Unit;

static Package *no_import(void *ctx, const char *path, const char **error) {
    (void)ctx, (void)path;
    *error = "no packages here";
    return NULL;
}

// Compiles a whole program; image is verified when it has no errors.
static void unit_compile(Unit *u, const char *text) {
    memset(u, 0, sizeof *u);
    arena_init(&u->arena);
    intern_init(&u->names, &u->arena);
    source_init(&u->sources, &u->arena);
    diag_init(&u->diags, &u->sources, &u->arena);
    u->syntax = (Syntax){.sources = &u->sources, .names = &u->names, .arena = &u->arena, .diags = &u->diags};
    SourceFile *src = source_add(&u->sources, "t.go", text, strlen(text));
    ck_assert_ptr_nonnull(src);
    File *file = syntax_parse(&u->syntax, src, 0);
    CheckerConfig config = {.import = no_import};
    u->checker = checker_new(&u->syntax, &config);
    Package *p = package_new(u->checker, "main");
    vec_push(&u->arena, &p->files, file);
    u->ok = checker_check(u->checker, p) && !diag_failed(&u->diags);
    ck_assert_msg(u->ok, "the test's source has errors");
    static const IntrinsicTable none = {NULL, 0};
    Compiler *c = compile_new(u->checker, &u->syntax, &none, NULL);
    u->ok = compile_program(c, p, &u->image);
    if (u->ok) {
        char *wrong = image_verify(&u->image);
        ck_assert_msg(!wrong, "%s", wrong ? wrong : "");
    }
}

static void unit_free(Unit *u) {
    checker_free(u->checker);
    arena_free(&u->arena);
}

static const FuncDesc *unit_func(Unit *u, const char *name) {
    for (uint32_t i = 0; i < u->image.nfuncs; i++) {
        if (u->image.funcs[i] && !strcmp(u->image.funcs[i]->name, name))
            return u->image.funcs[i];
    }
    return NULL;
}

static unsigned count_op(const FuncDesc *f, Opcode op) {
    unsigned n = 0;
    for (uint32_t pc = 0; pc < f->ncode; pc += ins_words(&f->code[pc]))
        n += ins_op(f->code[pc]) == op;
    return n;
}

// The stack map behind the nth (from 0) instruction op.
static const StackMap *map_after(const FuncDesc *f, Opcode op, unsigned nth) {
    for (uint32_t pc = 0; pc < f->ncode; pc += ins_words(&f->code[pc])) {
        if (ins_op(f->code[pc]) == op && nth-- == 0)
            return image_find_map(f, pc + ins_words(&f->code[pc]));
    }
    return NULL;
}

static unsigned map_pointers(const StackMap *m) {
    unsigned n = 0;
    for (uint32_t i = 0; i < m->nslots; i++)
        n += stackmap_kind(m, i) != SM_NONE;
    return n;
}

START_TEST(operators_use_the_variables_own_slots)
{
    Unit u;
    unit_compile(&u, "package main\nfunc f(a, b int) int { c := a + b; c = c * a; return c }\nfunc main() { println(f(1, 2)) }\n");
    const FuncDesc *f = unit_func(&u, "main.f");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(f->ncode, 3);
    ck_assert_int_eq(ins_op(f->code[0]), OP_ADD_I64);
    ck_assert_int_eq(ins_op(f->code[1]), OP_MUL_I64);
    ck_assert_int_eq(ins_op(f->code[2]), OP_RET1);
    unit_free(&u);
}
END_TEST

START_TEST(counting_loop_ends_in_one_instruction)
{
    Unit u;
    unit_compile(&u, "package main\nfunc f(n int) (t int) { for i := 0; i < n; i++ { t += i }; return }\nfunc main() { println(f(9)) }\n");
    const FuncDesc *f = unit_func(&u, "main.f");
    ck_assert_uint_eq(count_op(f, OP_INCLT_I64), 1);
    ck_assert_uint_eq(count_op(f, OP_LOOP), 0);
    ck_assert_uint_eq(count_op(f, OP_JMP), 0);
    unit_free(&u);
}
END_TEST

START_TEST(first_argument_that_is_a_call_lands_in_place)
{
    Unit u;
    unit_compile(&u, "package main\nfunc g(a int) int { for a > 9 { a-- }; return a }\nfunc main() { println(g(g(g(1)))) }\n");
    const FuncDesc *f = unit_func(&u, "main.main");
    ck_assert_uint_eq(count_op(f, OP_CALL), 3);
    ck_assert_uint_eq(count_op(f, OP_MOV), 0);
    unit_free(&u);
}
END_TEST

START_TEST(small_function_is_compiled_in_place)
{
    Unit u;
    unit_compile(&u, "package main\nfunc abs(a int) int { if a < 0 { return -a }; return a }\nfunc main() { println(abs(abs(-3) - 5)) }\n");
    const FuncDesc *f = unit_func(&u, "main.main");
    ck_assert_uint_eq(count_op(f, OP_CALL), 0);
    ck_assert_uint_eq(f->ninlines, 2);
    ck_assert_str_eq(f->inlines[0].name, "main.abs");
    unit_free(&u);
}
END_TEST

START_TEST(recursive_function_is_called)
{
    Unit u;
    unit_compile(&u, "package main\nfunc f(n int) int { if n < 2 { return n }; return f(n-1) + f(n-2) }\nfunc main() { println(f(9)) }\n");
    ck_assert_uint_eq(count_op(unit_func(&u, "main.f"), OP_CALL), 2);
    unit_free(&u);
}
END_TEST

START_TEST(dead_pointers_are_in_no_map)
{
    Unit u;
    unit_compile(&u, "package main\nfunc use(p *int) { for *p > 0 { *p-- } }\nfunc main() { p := new(int); q := new(int); use(p); use(q) }\n");
    const FuncDesc *f = unit_func(&u, "main.main");
    ck_assert_uint_eq(map_pointers(map_after(f, OP_NEW, 1)), 2);
    ck_assert_uint_eq(map_pointers(map_after(f, OP_CALL, 0)), 1);
    ck_assert_uint_eq(map_pointers(map_after(f, OP_CALL, 1)), 0);
    unit_free(&u);
}
END_TEST

START_TEST(slot_reused_for_another_kind_is_no_pointer)
{
    Unit u;
    unit_compile(&u, "package main\nfunc use(p *int) { for *p > 0 { *p-- } }\nfunc num(n int) int { for n > 9 { n-- }; return n }\n"
                     "func main() { { p := new(int); use(p) }; { n := num(3); n += num(4); println(n) } }\n");
    const FuncDesc *f = unit_func(&u, "main.main");
    ck_assert_uint_eq(map_pointers(map_after(f, OP_CALL, 1)), 0);
    ck_assert_uint_eq(map_pointers(map_after(f, OP_CALL, 2)), 0);
    unit_free(&u);
}
END_TEST

START_TEST(results_outlive_a_panic)
{
    Unit u;
    unit_compile(&u, "package main\nfunc f() (p *int) { defer func() { recover() }(); p = new(int); return }\nfunc main() { f() }\n");
    const FuncDesc *f = unit_func(&u, "main.f");
    ck_assert(f->flags & FF_HAS_DEFER);
    ck_assert_ptr_nonnull(f->panic_map);
    ck_assert_uint_eq(map_pointers(f->panic_map), 1);
    ck_assert_int_eq(ins_op(f->code[f->recover_pc]), OP_RUNDEFERS);
    unit_free(&u);
}
END_TEST

START_TEST(only_what_is_reached_is_compiled)
{
    Unit u;
    unit_compile(&u, "package main\ntype T struct{ s string }\nfunc (t T) A() {}\nfunc (t T) B() {}\ntype I interface{ A(); B() }\n"
                     "func unused() {}\nfunc main() { var i I = T{}; i.A() }\n");
    ck_assert_ptr_nonnull(unit_func(&u, "main.T.A"));
    ck_assert_ptr_null(unit_func(&u, "main.T.B"));
    ck_assert_ptr_null(unit_func(&u, "main.unused"));
    unit_free(&u);
}
END_TEST

START_TEST(constant_variables_need_no_code)
{
    Unit u;
    unit_compile(&u, "package main\nvar a = []string{\"x\", \"y\"}\nvar b = map[int]int{1: 2}\nfunc main() { println(len(a), len(b)) }\n");
    unsigned inits = 0;
    for (uint32_t i = 0; i < u.image.nfuncs; i++)
        inits += !strcmp(u.image.funcs[i]->name, "main.init");
    ck_assert_uint_eq(inits, 1);  // the map
    ck_assert_uint_eq(u.image.nrelocs, 1);
    unit_free(&u);
}
END_TEST

START_TEST(names_are_those_of_traces)
{
    Unit u;
    unit_compile(&u, "package main\ntype L[T any] struct{ v T }\nfunc (l *L[T]) Get() T { return l.v }\n"
                     "func Map[T any](v T) T { return v }\nfunc init() {}\nvar g = func() int { return 1 }()\n"
                     "func main() { f := func() { func() { println(g) }() }; f(); println(Map(1), (&L[int]{}).Get()) }\n");
    static const char *const names[] = {"main.main", "main.main.func1", "main.main.func1.1", "main.(*L[...]).Get", "main.Map[...]", "main.init.0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(unit_func(&u, names[i]) != NULL, "%s", names[i]);
    unit_free(&u);
}
END_TEST

// A program of n statements of some kind, malloc'd.
static char *generate(const char *head, const char *line, unsigned n, const char *tail) {
    size_t size = strlen(head) + strlen(tail) + (strlen(line) + 24) * n + 1, at = 0;
    char *text = malloc(size);
    at += (size_t)sprintf(text, "%s", head);
    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, size - at, line, i, i);
    snprintf(text + at, size - at, "%s", tail);
    return text;
}

START_TEST(far_jumps_get_a_long_form)
{
    Unit u;
    char *text = generate("package main\nfunc main() {\n x, s := 1, \"\"\n for i := 0; i < 2; i++ {\n if s == \"a\" {\n", "x = x*%u + %u + x*x\n", 20000,
                          "}\n x++ }\n println(x)\n}\n");
    unit_compile(&u, text);
    ck_assert(u.ok);
    ck_assert_uint_gt(unit_func(&u, "main.main")->ncode, 1 << 15);
    unit_free(&u);
    free(text);
}
END_TEST

// What is true of every program here: it compiles, and the image is well formed. Returns main.main.
static const FuncDesc *compiled(Unit *u, const char *text) {
    unit_compile(u, text);
    ck_assert(u->ok);
    const FuncDesc *f = unit_func(u, "main.main");
    ck_assert_ptr_nonnull(f);
    return f;
}

START_TEST(variables_out_of_reach_live_in_one_object)
{
    Unit u;
    char *text = generate("package main\nfunc s(i int) string { return \"s\" }\nfunc main() {\n n := 0\n", "v%u := s(%u)\n", 9000, "");
    char *more = generate(text, "n += len(v%u)\n", 9000, "println(n)\n}\n");
    const FuncDesc *f = compiled(&u, more);
    ck_assert_uint_eq(count_op(f, OP_NEW), 1);
    ck_assert_uint_eq(count_op(f, OP_MOVW) + count_op(f, OP_LDW) + count_op(f, OP_CALLW), 0);
    ck_assert_uint_lt(f->frame_bytes, 1 << 16);
    // what the frame does not hold costs no bits in stack maps
    ck_assert_uint_lt(map_after(f, OP_CALL, 8999)->nslots, 1 << 13);
    unit_free(&u);
    free(text);
    free(more);
}
END_TEST

START_TEST(boxes_out_of_reach_are_in_the_object_too)
{
    Unit u;
    char *text = generate("package main\nfunc main() {\n n := 0\n", "v%u := &n; _ = %u; println(v0)\n", 9000, "");
    char *more = generate(text, "println(*v%u)\n", 9000, "}\n");
    compiled(&u, more);
    unit_free(&u);
    free(text);
    free(more);
}
END_TEST

START_TEST(call_windows_out_of_reach_have_a_wide_call)
{
    Unit u;
    char *params = generate("package main\nfunc f(", "p%u, _ string, q%u int, ", 3000, "r int) (int, string) { return r, p2999 }\nfunc main() {\n x := 1\n a, b := f(");
    char *text = generate(params, "\"a%u\", \"b%u\", x, ", 3000, "x)\n println(a, b)\n}\n");
    const FuncDesc *f = compiled(&u, text);
    ck_assert_uint_eq(count_op(f, OP_CALL) + count_op(f, OP_CALLW), 1);
    ck_assert_uint_gt(f->frame_bytes, 1 << 16);
    const FuncDesc *g = unit_func(&u, "main.f");
    ck_assert_uint_gt(g->param_bytes, 1 << 16);
    ck_assert_uint_eq(count_op(g, OP_NEW), 1);  // what does not fit moves into the block
    unit_free(&u);
    free(params);
    free(text);
}
END_TEST

START_TEST(windows_above_other_arguments_are_wide)
{
    Unit u;
    char *params = generate("package main\nfunc k(i int) int { for { i++ } }\nfunc f(", "p%u, q%u int, ", 5000, "r int) {}\nfunc main() {\n f(");
    char *text = generate(params, "k(%u), %u, ", 5000, "1)\n go f(");
    char *more = generate(text, "%u, %u, ", 5000, "1)\n}\n");
    const FuncDesc *f = compiled(&u, more);
    ck_assert_uint_gt(count_op(f, OP_CALLW), 500);
    ck_assert_uint_gt(count_op(f, OP_STW), 500);
    unit_free(&u);
    free(params);
    free(text);
    free(more);
}
END_TEST

START_TEST(temporaries_may_lie_anywhere)
{
    Unit u;
    char *text = generate("package main\nfunc k(s string) string { for { s += s } }\nfunc main() {\n x := \"a\"\n println(", "(k(x) + (", 5000, "x");
    char *more = generate(text, "))", 5000, ")\n}\n");
    const FuncDesc *f = compiled(&u, more);
    ck_assert_uint_gt(f->frame_bytes, 1 << 16);
    ck_assert_uint_gt(count_op(f, OP_CALLW), 100);
    // a string alive per level, at the innermost call
    ck_assert_uint_ge(map_pointers(map_after(f, OP_CALLW, count_op(f, OP_CALLW) - 1)), 4000);
    unit_free(&u);
    free(text);
    free(more);
}
END_TEST

START_TEST(large_elements_go_by_address)
{
    Unit u;
    const FuncDesc *f = compiled(&u, "package main\ntype T [100000]int\nfunc main() {\n c := make(chan T, 1)\n var t T\n c <- t\n t = <-c\n v, ok := <-c\n _, _ = v, ok\n"
        " select {\n case c <- t:\n case t = <-c:\n }\n"
        " m := map[int]T{}\n m[1] = t\n t = m[1]\n n := map[T]int{}\n n[t]++\n delete(n, t)\n for k, v := range m { _, _ = k, v }\n }\n");
    ck_assert_uint_eq(count_op(f, OP_SENDP), 1);
    ck_assert_uint_eq(count_op(f, OP_RECVP), 2);
    ck_assert_uint_eq(count_op(f, OP_MAPSETP), 1);
    ck_assert_uint_eq(count_op(f, OP_MAPGETP), 1);
    ck_assert_uint_eq(count_op(f, OP_MAPADDRP), 1);
    ck_assert_uint_eq(count_op(f, OP_MAPDELP), 1);
    ck_assert_uint_eq(count_op(f, OP_MAPNEXTP), 1);
    for (uint32_t pc = 0; pc < f->ncode; pc += ins_words(&f->code[pc])) {
        if (ins_op(f->code[pc]) != OP_SELECT)
            continue;
        ck_assert_uint_eq(f->code[pc + 1] & 7, SELECT_SEND | SELECT_BY_ADDRESS);
        ck_assert_uint_eq(f->code[pc + 2] & 7, SELECT_BY_ADDRESS);
    }
    ck_assert_uint_lt(f->frame_bytes, 4096);
    unit_free(&u);
}
END_TEST

START_TEST(select_cases_may_lie_anywhere)
{
    Unit u;
    char *text = generate("package main\nfunc main() {\n c := make(chan [40]int)\n select {\n", " case v%u := <-c: println(v%u[0])\n", 4000, " }\n}\n");
    const FuncDesc *f = compiled(&u, text);
    ck_assert_uint_eq(count_op(f, OP_SELECT), 1);
    ck_assert_uint_gt(f->frame_bytes, 1 << 16);
    unit_free(&u);
    free(text);
}
END_TEST

int main(void) {
    Suite *s = suite_create("compile");
    TCase *t = tcase_create("compile");
    tcase_set_timeout(t, 20);
    tcase_add_test(t, operators_use_the_variables_own_slots);
    tcase_add_test(t, counting_loop_ends_in_one_instruction);
    tcase_add_test(t, first_argument_that_is_a_call_lands_in_place);
    tcase_add_test(t, small_function_is_compiled_in_place);
    tcase_add_test(t, recursive_function_is_called);
    tcase_add_test(t, dead_pointers_are_in_no_map);
    tcase_add_test(t, slot_reused_for_another_kind_is_no_pointer);
    tcase_add_test(t, results_outlive_a_panic);
    tcase_add_test(t, only_what_is_reached_is_compiled);
    tcase_add_test(t, constant_variables_need_no_code);
    tcase_add_test(t, names_are_those_of_traces);
    tcase_add_test(t, far_jumps_get_a_long_form);
    tcase_add_test(t, variables_out_of_reach_live_in_one_object);
    tcase_add_test(t, boxes_out_of_reach_are_in_the_object_too);
    tcase_add_test(t, call_windows_out_of_reach_have_a_wide_call);
    tcase_add_test(t, windows_above_other_arguments_are_wide);
    tcase_add_test(t, temporaries_may_lie_anywhere);
    tcase_add_test(t, large_elements_go_by_address);
    tcase_add_test(t, select_cases_may_lie_anywhere);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

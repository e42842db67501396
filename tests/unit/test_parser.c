// test_parser.c: what is accepted, what trees come out, which errors, and how parsing goes on after them.
#include "syntax_fixture.h"

#include <pthread.h>

static File *parse(const char *text, unsigned flags) {
    return syntax_parse(&fx.sx, fixture_source(text, strlen(text)), flags);
}

static void fresh(void) {
    fixture_close();
    fixture_open();
}

// Statements inside `func f() { ... }` unless they start a declaration; each must be accepted, and its tree sound.
static const char *const accepted[] = {
    // composite literals against blocks
    "if f(T{1}) { }", "if x[T{}.a] { }", "for range []int{1} { }", "if (T{1}) == y { }", "switch x := (T{}); x { }",
    "if f := func() bool { return true }; f() { }", "for _, x := range [...]T{{1}, {2}} { }", "x = T{}", "x = p.T{a: 1, b: {2}}",
    "x = T[int]{1}", "x = p.T[int, string]{}", "if x == y { }", "switch T { }", "for x := range c { _ = x }",
    "if v, ok := m[k]; ok { }", "switch { case x == T{}: }", "x = map[string][]int{\"a\": {1, 2}, \"b\": nil}",
    "x = []struct{ a, b int }{{1, 2}}", "x = &T{}", "x = [][]int{{1}, {2, 3},}",
    // types in expressions
    "x := (*T)(y)", "x := []int(nil)", "x := map[string]int(nil)", "x := (<-chan int)(c)", "x := chan int(c)", "x := func()(y)",
    "x := (func(int) string)(y)", "x := make(chan<- int)", "x := make([]*T, 3, 4)", "x := new(struct{})", "x := interface{}(y)",
    "x := f[int](y)", "x := f[[]int, *T](y)", "x := m[a[i]]", "x := <-chan int(c)", "x := [3]int{}[1]",
    // channels of channels
    "var x chan<- chan int", "var x chan (<-chan int)", "var x <-chan <-chan int", "var x chan func() <-chan int",
    // statements
    "x, y = y, x", "x <<= 1", "x &^= y", "c <- <-d", "<-c", "go f()", "defer func() { recover() }()", "L: for { break L; continue L }",
    "goto L; L: ;", "L: ", "return", "return 1, 2", "for { }", "for x { }", "for ; ; { }", "for i := 0; i < 10; i++ { }",
    "for i = range 10 { }", "for range f { }", "for a, b = range x { }", "for x.y, z[0] = range m { }",
    "if x { } else if y { } else { }", "if ; x { }", "if x := 1; x > 0 { }", "switch x { case 1, 2: fallthrough; default: }",
    "switch x := y.(type) { case int, *T: case nil: default: }", "switch y := f(); x := y.(type) { }", "switch ; { }", "switch x := 1; { }",
    "select { case x := <-c: case c <- 1: case <-c: case x, ok = <-c: default: }", "{ }", "{ { } }", "x++; y--", ";;",
    "const a, b = 1, iota", "const ( a = iota; b; c )", "var a, b int = 1, 2", "type T = int", "type ( A int; B = A )", "var ( )",
    "x = y.(T)", "x = a[1:2:3]", "x = a[:]", "x = a[:n]", "x = a[i:]", "f(x...)", "f(x, y...,)", "f(\nx,\n)", "x = -+!^*&y",
    "x = a || b && c == d + e * f", "x = 'a' + 1.5i", "x = a.b.c(d)[e].(F)", "x = func(a, b int, c ...string) (d error) { return }",
    "x = func(int, ...string) { }", "x = func(a, b) { }", "x = struct{}{}",
    // declarations
    "type T[P any] struct{ a P }", "type T[P *C,] int", "type T[P *C|Q,] int", "type T[P *[]int] int", "type T[P (*[]int)] int", "type T[P ~int] int",
    "type T[P interface{ ~int|~string; m() }] []P", "type T[P, Q any, R []P] int", "type T [n]int", "type T [n * 2]int",
    "type T [P * Q]int", "type T []int", "type T[P any] = []P", "type T [len(x)]int", "type T[P [n]int] int", "type T[P chan int] int",
    "type T[P func()] int", "type T[P p.Q[int]] int", "type T struct { a, b int; c string `tag`; T; *U; p.V; W[int]; x [n]int; y []T[int] }",
    "type T interface { m(); n(int) (string, error); E; p.F; ~int | ~[]byte; G[int] }",
    "func f[P any, Q *P](x P, y ...Q) (a, b int) { return }", "func (r *T[P]) m() { }", "func (T) m(a [n]int, b T[int], c p.T) { }", "func (_ T) m()",
    "func f(a, b int, c func(int) (string, error)) <-chan int { return nil }", "func f() (<-chan int)", "func f(a []T, b ...interface{})",
    "func f() func() func() int", "func f(a [2*n]int, b [n]T)", "import . \"a\"; import _ \"b\"; import ( c \"c\"; \"d\" )",
};

START_TEST(the_grammar_takes_the_tricky_forms) {
    for (size_t i = 0; i < COUNT_OF(accepted); i++) {
        fresh();
        const char *s = accepted[i];
        bool top = strncmp(s, "func ", 5) == 0 || strncmp(s, "type ", 5) == 0 || strncmp(s, "import ", 7) == 0;
        File *f = parse(arena_printf(&fx.a, top ? "package p\n%s\n" : "package p\nfunc f() {\n%s\n}\n", s), SYNTAX_COMMENTS);
        ck_assert_msg(!diag_failed(&fx.diags), "%s\n%s", s, fixture_errors());
        Pos at;
        const char *wrong = ast_check(f, &at);
        ck_assert_msg(!wrong, "%s: %s at %u", s, wrong, at - fx.src->base);
    }
}
END_TEST

// Errors of `package p`, newline, text: exactly these.
static const char *const wrong[][2] = {
    {"func f() { x := 1 2 }", "x.go:2:19: syntax error: unexpected literal 2 at end of statement\n"},
    {"func f() {\n\tf(1, 2\n}", "x.go:3:8: syntax error: unexpected newline in argument list; possibly missing comma or )\n"},
    {"var x = T{\n1\n}", "x.go:3:2: syntax error: unexpected newline in composite literal; possibly missing comma or }\n"},
    {"x := 1", "x.go:2:1: syntax error: non-declaration statement outside function body\n"},
    {"func f()\n{\n}", "x.go:3:1: syntax error: unexpected semicolon or newline before {\n"},
    {"func f() { if x\n{ } }", "x.go:2:16: syntax error: unexpected newline, expected { after if clause\n"},
    {"func f() { if { } }", "x.go:2:15: syntax error: missing condition in if statement\n"},
    {"func f() { if x = 1 { } }", "x.go:2:17: syntax error: cannot use assignment x = 1 as value\n"},
    {"func f() { if x = a + b { } }", "x.go:2:17: syntax error: cannot use assignment x = (a + b) as value\n"},
    {"func f() { if x := 1 { } }", "x.go:2:17: syntax error: cannot use x := 1 as value\n"},
    {"func f() { for x; { } }", "x.go:2:19: syntax error: unexpected {, expected for loop condition\n"},
    {"func f() { for i := 0; i < 10; i := 1 { } }", "x.go:2:34: syntax error: cannot declare in post statement of for loop\n"},
    {"func f() { if x { }\nelse { } }", "x.go:3:1: syntax error: unexpected keyword else, expected }\n"},
    {"func f() { x = }", "x.go:2:16: syntax error: unexpected }, expected expression\n"},
    {"func f() { x. }", "x.go:2:15: syntax error: unexpected }, expected name or (\n"},
    {"func f() { a[] = 1 }", "x.go:2:14: syntax error: unexpected ], expected operand\n"},
    {"func f() { x, y }", "x.go:2:17: syntax error: unexpected }, expected := or = or comma\n"},
    {"func f() { func g() { } }", "x.go:2:17: syntax error: unexpected name g, expected (\n"},
    {"func f() { go (f()) }", "x.go:2:15: expression in go must not be parenthesized\n"},
    {"func f() { x = a[::3] }", "x.go:2:19: middle index required in 3-index slice\n"},
    {"func f() { switch x { y } }", "x.go:2:23: syntax error: unexpected name y, expected case or default or }\n"},
    {"func f(a int, b) { }", "x.go:2:16: syntax error: missing parameter type\n"},
    {"func f(a int, []b) { }", "x.go:2:15: syntax error: missing parameter name\n"},
    {"func f(a ...int, b int) { }", "x.go:2:10: can only use ... with final parameter\n"},
    {"func () m() { }", "x.go:2:9: method has no receiver\n"},
    {"func (a T, b T) m() { }", "x.go:2:17: method has multiple receivers\n"},
    {"func (T) m[P any]() { }", "x.go:2:11: syntax error: method must have no type parameters\n"},
    {"func f[]() { }", "x.go:2:8: syntax error: empty type parameter list\n"},
    {"type T", "x.go:2:7: syntax error: unexpected newline in type declaration\n"},
    {"var x", "x.go:2:6: syntax error: unexpected newline, expected type\n"},
    {"var x int := 1", "x.go:2:11: syntax error: unexpected :=, expected =\n"},
    {"type T struct { a int b int }", "x.go:2:23: syntax error: unexpected name b in struct type; possibly missing semicolon or newline or }\n"},
    {"type T struct { (U) }", "x.go:2:17: syntax error: cannot parenthesize embedded type\n"},
    {"import fmt", "x.go:2:11: syntax error: missing import path\n"},
    {"import 5", "x.go:2:8: syntax error: import path must be a string\n"},
    {"var x int\nimport \"a\"", "x.go:3:1: syntax error: imports must appear before other declarations\n"},
    {"func f() {", "x.go:3:1: syntax error: unexpected EOF, expected }\n"},
    // recovery: each mistake once, and nothing that follows from it
    {"func f() {\n\tx := )\n\ty = 1 1\n}\nfunc g() { z z }",
     "x.go:3:7: syntax error: unexpected ), expected expression\nx.go:4:8: syntax error: unexpected literal 1 at end of statement\n"
     "x.go:6:14: syntax error: unexpected name z at end of statement\n"},
    {"func f() {\n\tif x {\n\t\ty(1\n\t}\n\tz()\n}", "x.go:4:6: syntax error: unexpected newline in argument list; possibly missing comma or )\n"},
    {"func f() {\n\tif x {\n\ty()\n}\nfunc g() {\n}\nfunc h() {\n}", "x.go:6:6: syntax error: unexpected name g, expected (\n"},
    {"type T struct {\n\ta int int\n\tb string\n\tc +\n}\nvar x T",
     "x.go:3:8: syntax error: unexpected name int in struct type; possibly missing semicolon or newline or }\n"
     "x.go:5:4: syntax error: unexpected + in struct type; possibly missing semicolon or newline or }\n"},
    {"func f() {\n\tfor i := range x y {\n\t\tz(\n\t}\n}", NULL},
    {"func f() { switch x { case 1: y z\n case : w() } }", NULL},
};

START_TEST(errors_are_worded_as_in_go_and_come_once) {
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        fresh();
        parse(arena_printf(&fx.a, "package p\n%s\n", wrong[i][0]), 0);
        ck_assert_msg(diag_failed(&fx.diags), "%s", wrong[i][0]);
        if (wrong[i][1]) ck_assert_msg(strcmp(fixture_errors(), wrong[i][1]) == 0, "%s\n%s", wrong[i][0], fixture_errors());
    }
}
END_TEST

START_TEST(files_without_package_clause_are_errors_or_scripts) {
    parse("x := 1", 0);
    ck_assert_str_eq(fixture_errors(), "x.go:1:1: syntax error: package statement must be first\n");
    fresh();
    File *f = parse("#!/usr/bin/env gol\nn := 0\nfunc inc() { n++ }\ninc()\nfunc() { inc() }()\nfunc (t T) m() { }\ntype T int\nimport \"os\"\n", SYNTAX_SCRIPT);
    ck_assert_msg(!diag_failed(&fx.diags), "%s", fixture_errors());
    ck_assert(f->is_script && f->has_shebang);
    ck_assert_uint_eq(f->stmts.n, 7);
    ck_assert_uint_eq(f->ndecls, 4);
    ck_assert_uint_eq(f->nimports, 1);
    ck_assert_int_eq(f->stmts.at[3]->kind, STMT_EXPR);
    fresh();
    ck_assert(!parse("// c\n\npackage p", SYNTAX_SCRIPT)->is_script);
}
END_TEST

START_TEST(constants_know_what_they_repeat) {
    File *f = parse("package p\nconst (\na, b = iota, 1\nc, d\n_, _\ne int = 2\ng\n)", 0);
    GenDecl *g = AS(GenDecl, f->decls[0]);
    static const uint32_t source[] = {0, 0, 0, 3, 3};
    ck_assert_uint_eq(g->nspecs, 5);
    for (uint32_t i = 0; i < 5; i++) {
        ConstSpec *c = AS(ConstSpec, g->specs[i]);
        ck_assert_uint_eq(c->iota, i);
        ck_assert_ptr_eq(c->source, AS(ConstSpec, g->specs[source[i]]));
    }
}
END_TEST

START_TEST(build_lines_set_the_language_version) {
    ck_assert_uint_eq(parse("// c\n\n//go:build go1.21\n\npackage p\n", 0)->go_minor, 21);
    ck_assert_uint_eq(parse("package p\n//go:build go1.21\n", 0)->go_minor, 0);
    ck_assert_str_eq(parse("//go:build linux && !cgo\npackage p\n", 0)->build, "linux && !cgo");
}
END_TEST

START_TEST(bodies_can_wait) {
    const char *text = "package p\nfunc f(a struct{ x int }) interface{ m() } { s := \"}\"; r := '}'; /* } */ return `}` // }\n}\n"
                       "var v = func() { x() }\nfunc g[T interface{ ~int }]() (func(), error)\nfunc (r R) h() { if x { y() } }\n";
    File *f = parse(text, SYNTAX_LAZY_BODIES);
    ck_assert_msg(!diag_failed(&fx.diags), "%s", fixture_errors());
    ck_assert_uint_eq(f->ndecls, 4);
    FuncDecl *fd = AS(FuncDecl, f->decls[0]), *g = AS(FuncDecl, f->decls[2]), *h = AS(FuncDecl, f->decls[3]);
    ck_assert(!fd->body && fd->body_start && !g->body_start && !h->body);
    syntax_parse_body(&fx.sx, fd);
    syntax_parse_body(&fx.sx, g);
    syntax_parse_body(&fx.sx, h);
    ck_assert_msg(!diag_failed(&fx.diags), "%s", fixture_errors());
    ck_assert_uint_eq(fd->body->list.n, 3);
    ck_assert(fd->body->rbrace == fd->body_end && h->body->list.n == 1 && !g->body);
    fresh();
    f = parse("package p\nfunc f() { x x }\nfunc g() { ", SYNTAX_LAZY_BODIES);
    ck_assert_str_eq(fixture_errors(), "x.go:3:12: syntax error: unexpected EOF, expected }\n");
    fresh();
    f = parse("package p\nfunc f() { x x }\n", SYNTAX_LAZY_BODIES);
    ck_assert(!diag_failed(&fx.diags));
    syntax_parse_body(&fx.sx, AS(FuncDecl, f->decls[0]));
    ck_assert_str_eq(fixture_errors(), "x.go:2:14: syntax error: unexpected name x at end of statement\n");
}
END_TEST

// left repeated n times, the middle, right repeated n times, inside a function.
static bool deep(const char *head, const char *left, const char *middle, const char *right, size_t n) {
    size_t l = strlen(left), r = strlen(right);
    char *text = malloc(n * (l + r) + 200), *s = text;
    s += sprintf(s, "package p\nfunc f() {\n%s", head);
    for (size_t i = 0; i < n; i++) memcpy(s, left, l), s += l;
    s += sprintf(s, "%s", middle);
    for (size_t i = 0; i < n; i++) memcpy(s, right, r), s += r;
    s += sprintf(s, "\n}\n");
    fresh();
    File *f = syntax_parse(&fx.sx, fixture_source(text, (size_t)(s - text)), 0);
    free(text);
    bool ok = !diag_failed(&fx.diags);
    Pos at;
    ck_assert(!ok || !ast_check(f, &at));
    ck_assert_msg(ok || strstr(fixture_errors(), ": exceeded max nesting depth\n"), "%s", fixture_errors());
    return ok;
}

static void *deep_trees(void *arg) {
    (void)arg;
    static const char *const forms[][4] = {
        {"x = ", "(", "1", ")"},       {"", "{", "", "}"},           {"x = ", "!", "y", ""},        {"x = 1", "+1", "", ""},
        {"x", ".y()", "", ""},         {"x = T", "{", "", "}"},      {"var x ", "[]", "int", ""},   {"x = ", "f(", "", ")"},
        {"if x { }", " else if y { }", "", ""}, {"x = ", "func() { x = ", "1", " }"}, {"", "if x {", "", "}"}, {"x", "[0]", "=1", ""},
        {"var x ", "struct { a ", "int", " }"}, {"", "L: ", "x()", ""}, {"", "switch { case x: ", "", " }"},
        {"", "for { select { case <-c: ", "", "} }"}, {"x = ", "<-", "c", ""}, {"var x ", "func(", "", ")"},
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const char *const *f = forms[i];
        ck_assert_msg(deep(f[0], f[1], f[2], f[3], 4000), "%s", f[1]);
        ck_assert_msg(!deep(f[0], f[1], f[2], f[3], 200000), "%s", f[1]);
    }
    ck_assert(deep("x = ", "(", "1", ")", 90000 / 4));
    return NULL;
}

// As the command does, on a stack that holds them: sanitizers make frames several times as large.
START_TEST(nesting_has_a_limit) {
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    ck_assert_int_eq(pthread_attr_setstacksize(&attr, (size_t)1 << 30), 0);
    ck_assert_int_eq(pthread_create(&thread, &attr, deep_trees, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
}
END_TEST

static SyntaxState push_lines(const char *text, File **out) {
    SourceFile *src = fixture_source(text, strlen(text));
    SyntaxPush *sp = syntax_push_new(&fx.sx);
    SyntaxState st = SYNTAX_INCOMPLETE;
    for (uint32_t at = 0; at < src->size;) {
        uint32_t end = (uint32_t)(strchrnul(src->bytes + at, '\n') - src->bytes) + 1;
        st = syntax_push_line(sp, src, at, end);
        if (st == SYNTAX_ERROR) break;
        ck_assert(end == src->size || st == SYNTAX_INCOMPLETE);  // not complete before the last line
        at = end;
    }
    *out = syntax_push_finish(sp);
    return st;
}

START_TEST(lines_say_when_they_are_complete) {
    static const struct {
        const char *text;
        SyntaxState state;
        uint32_t nstmts;
    } cases[] = {
        {"x := 1\n", SYNTAX_COMPLETE, 1},         {"f(\n1,\n2)\n", SYNTAX_COMPLETE, 1}, {"for {\nx()\n}\n", SYNTAX_COMPLETE, 1},
        {"x +\n", SYNTAX_INCOMPLETE, 0},          {"x +\ny\n", SYNTAX_COMPLETE, 1},     {"func f() {\n", SYNTAX_INCOMPLETE, 0},
        {"s := `a\nb`\n", SYNTAX_COMPLETE, 1},    {"s := `a\n", SYNTAX_INCOMPLETE, 0},  {"/* a\nb */ x\n", SYNTAX_COMPLETE, 1},
        {"x; y; z\n", SYNTAX_COMPLETE, 3},        {"x y\n", SYNTAX_ERROR, 0},           {"f(1\n", SYNTAX_ERROR, 0},
        {"var (\na = 1\nb = 2\n)\n", SYNTAX_COMPLETE, 1}, {"import \"os\"\n", SYNTAX_COMPLETE, 1}, {"}\n", SYNTAX_ERROR, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fresh();
        File *f;
        SyntaxState st = push_lines(cases[i].text, &f);
        ck_assert_msg(st == cases[i].state, "%s gives %d\n%s", cases[i].text, st, fixture_errors());
        if (st == SYNTAX_COMPLETE) ck_assert_uint_eq(f->stmts.n, cases[i].nstmts);
        ck_assert_int_eq(diag_failed(&fx.diags), st == SYNTAX_ERROR);
    }
}
END_TEST

START_TEST(the_dump_is_stable) {
    File *f = parse("package p // c\nfunc (r *T[P]) m(a, b int) (x error) { return <-c, a.b(1, y...) }\ntype T[P *int,] struct { a, b int `t`; U }\n", SYNTAX_COMMENTS);
    char *buf = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&buf, &n);
    ast_dump(out, &fx.ss, f);
    fclose(out);
    const char *expected = "(File package p\n"
                           "  (FuncDecl 2:6 m\n"
                           "    recv: (Field 2:7 r\n"
                           "      (StarExpr 2:9\n"
                           "        (IndexExpr 2:11\n"
                           "          (Ident 2:10 T)\n"
                           "          index: (Ident 2:12 P))))\n"
                           "    (FuncType 2:17\n"
                           "      param: (Field 2:18 a\n"
                           "        (Ident 2:23 int))\n"
                           "      param: (Field 2:21 b same)\n"
                           "      result: (Field 2:29 x\n"
                           "        (Ident 2:31 error)))\n"
                           "    (BlockStmt 2:38\n"
                           "      (ReturnStmt 2:40\n"
                           "        (UnaryExpr 2:47 <-\n"
                           "          (Ident 2:49 c))\n"
                           "        (CallExpr 2:55 ...\n"
                           "          (SelectorExpr 2:53 b\n"
                           "            (Ident 2:52 a))\n"
                           "          arg: (BasicLit 2:56 1)\n"
                           "          arg: (Ident 2:59 y)))))\n"
                           "  (GenDecl 3:1 type\n"
                           "    (TypeSpec 3:6 T\n"
                           "      tparam: (Field 3:8 P\n"
                           "        (StarExpr 3:10\n"
                           "          (Ident 3:11 int)))\n"
                           "      (StructType 3:17\n"
                           "        (Field 3:26 a tag `t`\n"
                           "          (Ident 3:31 int))\n"
                           "        (Field 3:29 b tag `t` same)\n"
                           "        (Embedded 3:40\n"
                           "          (Ident 3:40 U)))))\n"
                           "  (Comment 1:11 // c))\n";
    ck_assert_str_eq(buf, expected);
    free(buf);
}
END_TEST

START_TEST(expressions_print_in_short_form) {
    static const char *const cases[][2] = {
        {"a+b*(c)", "a + b * (c)"},     {"f(x,y...)", "f(x, y...)"},          {"T{1,2}", "T{…}"},
        {"p.T{}", "p.T{}"},             {"func(a,b int)(x error){y()}", "func(a, b int) (x error) {…}"},
        {"s[1:2:3]", "s[1:2:3]"},       {"x.(map[string]chan<- int)", "x.(map[string]chan<- int)"},
        {"[]struct{a int}{}", "[]struct{…}{}"}, {"-<-c", "-<-c"},             {"*p", "*p"},
        {"x.(type)", "x.(type)"},       {"[...]int{1}", "[...]int{…}"},       {"m[a,b]", "m[a, b]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fresh();
        File *f = parse(arena_printf(&fx.a, "package p\nvar x = %s\n", cases[i][0]), 0);
        ck_assert_msg(!diag_failed(&fx.diags), "%s", fixture_errors());
        VarSpec *v = AS(VarSpec, AS(GenDecl, f->decls[0])->specs[0]);
        ck_assert_str_eq(ast_expr_string(&fx.a, v->values[0]), cases[i][1]);
    }
}
END_TEST

START_TEST(ten_errors_are_enough) {
    char text[2000] = "package p\nfunc f() {\n";
    for (int i = 0; i < 20; i++) strcat(text, "x x\n");
    strcat(text, "}\n");
    parse(text, 0);
    char *s = fixture_errors();
    int lines = 0;
    for (char *c = s; *c; c++) lines += *c == '\n';
    ck_assert_int_eq(lines, 11);
    ck_assert_ptr_nonnull(strstr(s, "x.go:12:3: too many errors\n"));
}
END_TEST

int main(void) {
    Suite *s = suite_create("parser");
    TCase *t = tcase_create("parser");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, fixture_open, fixture_close);
    tcase_add_test(t, the_grammar_takes_the_tricky_forms);
    tcase_add_test(t, errors_are_worded_as_in_go_and_come_once);
    tcase_add_test(t, files_without_package_clause_are_errors_or_scripts);
    tcase_add_test(t, constants_know_what_they_repeat);
    tcase_add_test(t, build_lines_set_the_language_version);
    tcase_add_test(t, bodies_can_wait);
    tcase_add_test(t, nesting_has_a_limit);
    tcase_add_test(t, lines_say_when_they_are_complete);
    tcase_add_test(t, the_dump_is_stable);
    tcase_add_test(t, expressions_print_in_short_form);
    tcase_add_test(t, ten_errors_are_enough);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

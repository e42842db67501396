// test_package.c: which files make a package, module and relative imports, cycles and everything missing.
#include "syntax_fixture.h"
#include "package.h"
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static void put(const char *name, const char *text) {
    char path[200];
    for (const char *s = name; (s = strchr(s, '/')); s++) {
        snprintf(path, sizeof path, "%s/%.*s", root, (int)(s - name), name);
        mkdir(path, 0700);
    }
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void setup(void) {
    strcpy(root, "/tmp/gol-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    put("go.mod", "// comment\nmodule ex.com/m // x\n\ngo 1.21.3\n");
    fixture_open();
}

static void teardown(void) {
    fixture_close();
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", root);
    ck_assert_int_eq(system(command), 0);
}

static bool library(void *ctx, const char *path, size_t nth, LibraryFile *out) {
    (void)ctx;
    if (nth > 0 || (strcmp(path, "fmt") != 0 && strcmp(path, "internal/x") != 0)) return false;
    *out = (LibraryFile){"fmt/fmt.gol", "package fmt\nfunc Println(a ...any) { }\n", 39};
    out->size = strlen(out->bytes);
    return true;
}

// Loads a main file of this text; the errors, with the folder taken away.
static const char *load(const char *text, Loader **out) {
    char path[100];
    put("main.go", text);
    snprintf(path, sizeof path, "%s/main.go", root);
    const char *err;
    SourceFile *src = source_read(&fx.ss, path, path, &err);
    File *f = syntax_parse(&fx.sx, src, SYNTAX_SCRIPT);
    Loader *l = loader_new(&fx.sx, library, NULL);
    bool ok = loader_load(l, &f, 1, path);
    ck_assert_int_eq(ok, !diag_failed(&fx.diags));
    if (out) *out = l;
    char *s = fixture_errors(), *to = s;
    size_t n = strlen(root);
    for (char *from = s; *from;) {
        if (strncmp(from, root, n) == 0)
            from += n;
        else
            *to++ = *from++;
    }
    *to = 0;
    return s;
}

START_TEST(modules_and_folders_are_found) {
    put("a/a.go", "package a\nimport \"ex.com/m/b\"\n");
    put("a/a_test.go", "package a\nfunc (");
    put("a/a_windows.go", "package a\nfunc (");
    put("a/a_linux_s390x.go", "package a\nfunc (");
    put("a/_x.go", "package a\nfunc (");
    put("a/old.go", "//go:build !go1.18 || (windows && cgo)\n\npackage other\n");
    put("b/b.gol", "package b\nimport \"../c\"\n");
    put("c/c.go", "//go:build linux && (gol || purego)\n\npackage c\nimport \"fmt\"\n");
    Loader *l;
    ck_assert_str_eq(load("package main\nimport (\n\"fmt\"\n\"ex.com/m/a\"\n\"./b\"\n\"unsafe\"\n)\n", &l), "");
    ck_assert_uint_eq(loader_go_minor(l), 21);
}
END_TEST

START_TEST(what_is_missing_is_reported_at_the_import) {
    put("empty/x.txt", "");
    put("none/x_windows.go", "package none\n");
    put("two/a.go", "package a\n");
    put("two/b.go", "package b\n");
    put("prog/main.go", "package main\n");
    ck_assert_str_eq(load("package main\nimport (\n\"foo\"\n\"a.org/x\"\n\"ex.com/m/no\"\n\"ex.com/m/empty\"\n\"internal/x\"\n\"./no\"\n\"\"\n\"ex.com/m/prog\"\n)\n", NULL),
                     "/main.go:3:1: package foo is not in std\n"
                     "/main.go:4:1: no required module provides package a.org/x\n"
                     "/main.go:5:1: no required module provides package ex.com/m/no\n"
                     "/main.go:6:1: no Go files in /empty\n"
                     "/main.go:7:1: use of internal package internal/x not allowed\n"
                     "/main.go:8:1: package ./no: cannot find package \"./no\" in /no\n"
                     "/main.go:9:1: invalid import path: \"\"\n"
                     "/main.go:10:1: import \"ex.com/m/prog\" is a program, not an importable package\n");
    fixture_close();
    fixture_open();
    ck_assert_str_eq(load("package main\nimport \"ex.com/m/two\"\n", NULL),
                     "/two/b.go:1:9: found packages a (a.go) and b (b.go) in /two\n");
}
END_TEST

START_TEST(cycles_are_told_as_a_chain) {
    put("a/x.go", "package a\nimport \"ex.com/m/b\"\n");
    put("b/y.go", "package b\nimport \"../a\"\n");
    put("self/s.go", "package self\nimport \"ex.com/m/self\"\n");
    ck_assert_str_eq(load("import \"./a\"\n", NULL), "/b/y.go:2:8: package main\n\timports ex.com/m/a from main.go\n\timports ex.com/m/b from x.go\n"
                                                   "\timports ex.com/m/a from y.go: import cycle not allowed\n");
    fixture_close();
    fixture_open();
    ck_assert_str_eq(load("package main\nimport \"ex.com/m/self\"\n", NULL),
                     "/self/s.go:2:8: package main\n\timports ex.com/m/self from main.go\n\timports ex.com/m/self from s.go: import cycle not allowed\n");
}
END_TEST

int main(void) {
    Suite *s = suite_create("package");
    TCase *t = tcase_create("package");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, modules_and_folders_are_found);
    tcase_add_test(t, what_is_missing_is_reported_at_the_import);
    tcase_add_test(t, cycles_are_told_as_a_chain);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

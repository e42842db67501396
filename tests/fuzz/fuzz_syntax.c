/* fuzz_syntax.c: lexer, parser, function bodies on demand, dumps, the REPL's lines and the checker, on any bytes.
 *
 * Built with -Dfuzz=true (clang) this is a libFuzzer target:   fuzz_syntax -max_len=2000 CORPUS
 * Built otherwise it runs the files named on its command line, or standard input (for afl), once: the corpus is a test that way.
 * The first byte chooses how to read: the lowest bits are syntax_parse's flags. What must hold whatever the bytes: no crash, an error or a
 * sound tree, and lazily parsed bodies equal to those parsed at once. */
#include "syntax/syntax_impl.h"
#include "types/types.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct World {
    Arena a;
    SourceSet ss;
    Intern names;
    Diags diags;
    Syntax sx;
    SourceFile *src;
} World;

static void world_open(World *w, const char *text, size_t n) {
    memset(w, 0, sizeof *w);
    arena_init(&w->a);
    source_init(&w->ss, &w->a);
    intern_init(&w->names, &w->a);
    diag_init(&w->diags, &w->ss, &w->a);
    w->sx = (Syntax){&w->ss, &w->names, &w->a, &w->diags};
    w->src = source_add(&w->ss, "fuzz.go", arena_dup(&w->a, text, n), n);
    VERIFY(w->src);
}

static char *dump(World *w, const File *f, size_t *n) {
    char *buf = NULL;
    FILE *out = open_memstream(&buf, n);
    ast_dump(out, &w->ss, f);
    diag_print(&w->diags, out, DIAG_SHOW_SOURCE);
    fclose(out);
    return buf;
}

static Package *no_import(void *ctx, const char *path, const char **error) {
    (void)ctx, (void)path;
    *error = "no packages here";
    return NULL;
}

static void run_whole(const char *text, size_t n, unsigned flags) {
    World w;
    world_open(&w, text, n);
    File *f = syntax_parse(&w.sx, w.src, flags & ~SYNTAX_LAZY_BODIES);
    Pos at;
    bool ok = !diag_failed(&w.diags);
    if (ok && !(flags & SYNTAX_IMPORTS_ONLY)) VERIFY(!ast_check(f, &at));
    size_t len, lazy_len;
    char *first = dump(&w, f, &len);
    if (ok && (flags & SYNTAX_LAZY_BODIES)) {
        World l;
        world_open(&l, text, n);
        File *lf = syntax_parse(&l.sx, l.src, flags);
        for (uint32_t i = 0; i < lf->ndecls; i++)
            if (lf->decls[i]->kind == DECL_FUNC) syntax_parse_body(&l.sx, AS(FuncDecl, lf->decls[i]));
        char *second = dump(&l, lf, &lazy_len);
        if (!(flags & SYNTAX_COMMENTS)) VERIFY(len == lazy_len && memcmp(first, second, len) == 0);
        free(second);
        arena_free(&l.a);
    }
    free(first);
    if (ok && !(flags & SYNTAX_IMPORTS_ONLY)) {
        CheckerConfig config = {.import = no_import};
        Checker *c = checker_new(&w.sx, &config);
        Package *p = package_new(c, "main");
        p->is_script = f->is_script;
        vec_push(&w.a, &p->files, f);
        bool good = checker_check(c, p);
        VERIFY(good != diag_failed(&w.diags));
        checker_free(c);
    }
    arena_free(&w.a);
}

static void run_lines(const char *text, size_t n) {
    World w;
    world_open(&w, text, n);
    SyntaxPush *sp = syntax_push_new(&w.sx);
    for (uint32_t at = 0; at < w.src->size;) {
        const char *nl = memchr(w.src->bytes + at, '\n', w.src->size - at);
        if (!nl) break;
        uint32_t end = (uint32_t)(nl + 1 - w.src->bytes);
        if (syntax_push_line(sp, w.src, at, end) != SYNTAX_INCOMPLETE) {
            syntax_push_finish(sp);
            sp = syntax_push_new(&w.sx);
        }
        at = end;
    }
    syntax_push_finish(sp);
    arena_free(&w.a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const char *text = (const char *)data + 1;
    if (data[0] & 16)
        run_lines(text, size - 1);
    else
        run_whole(text, size - 1, data[0] & 15);
    return 0;
}

#ifndef GOL_FUZZ
static void run_file(FILE *f) {
    size_t cap = 1 << 20, n;
    uint8_t *buf = malloc(cap);
    VERIFY(buf);
    n = fread(buf, 1, cap, f);
    uint8_t *exact = malloc(n + 1);  // so that a sanitizer sees the end
    VERIFY(exact);
    memcpy(exact, buf, n);
    free(buf);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

int main(int argc, char **argv) {
    if (argc == 1) run_file(stdin);
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (!f) {
            perror(argv[i]);
            return 1;
        }
        run_file(f);
        fclose(f);
    }
    return 0;
}
#endif

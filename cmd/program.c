/* program.c: from a file name to an image. The loader (lang/package.c) finds the user's packages in the file system, and asks here for the
 * sources of gol's own, which are embedded in the binary. */
#include "program.h"
#include "compile/compile.h"
#include "gc/gc.h"
#include "library.h"
#include "sched/leaves.h"
#include "vm/vm.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void program_init(Program *p) {
    memset(p, 0, sizeof *p);
    arena_init(&p->arena);
    intern_init(&p->names, &p->arena);
    source_init(&p->sources, &p->arena);
    diag_init(&p->diags, &p->sources, &p->arena);
    p->syntax = (Syntax){.sources = &p->sources, .names = &p->names, .arena = &p->arena, .diags = &p->diags};
}

void program_free(Program *p) {
    if (p->checker)
        checker_free(p->checker);
    arena_free(&p->arena);
}

static bool library_lookup(void *ctx, const char *path, size_t nth, LibraryFile *out) {
    Program *p = ctx;
    size_t n;
    const StdFile *f = stdlib_package(path, strlen(path), &n);
    if (!f || nth >= n)
        return false;
    *out = (LibraryFile){arena_printf(&p->arena, "%s/%s", f[nth].path, f[nth].name), f[nth].bytes, f[nth].len};
    return true;
}

/* read_dir makes the package in a directory the program. Its files are parsed at once, since what //go:build says decides whether they count. */
static bool read_dir(Program *p, const char *dir) {
    uint32_t n;
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    File **files = loader_read_main(p->loader, arena_dup(&p->arena, dir, len), &n);
    if (diag_failed(&p->diags)) {
        program_report(p);
        return false;
    }
    p->main_file = files[0];
    p->main_source = files[0]->src;
    p->path = p->main_source->name;
    for (uint32_t i = 1; i < n; i++)
        vec_push(&p->arena, &p->more_files, files[i]);
    return true;
}

bool program_read(Program *p, const char *path, const char *code) {
    p->path = code ? NULL : path;
    p->loader = loader_new(&p->syntax, library_lookup, p);
    struct stat st;
    if (code) {
        p->main_source = source_add(&p->sources, "-e", code, strlen(code));
    } else if (strcmp(path, "-") && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return read_dir(p, path);
    } else {
        const char *err = NULL;
        p->main_source = source_read(&p->sources, path, strcmp(path, "-") == 0 ? "standard input" : path, &err);
        if (!p->main_source)
            fprintf(stderr, "gol: %s\n", err);
    }
    return p->main_source != NULL;
}

bool program_read_more(Program *p, const char *path) {
    const char *err = NULL;
    SourceFile *src = source_read(&p->sources, path, path, &err);
    if (!src) {
        fprintf(stderr, "gol: %s\n", err);
        return false;
    }
    vec_push(&p->arena, &p->more, src);
    return true;
}

bool program_parse(Program *p) {
    if (!p->main_file) {
        // A file that calls itself Go's is held to it: it needs its package clause.
        size_t len = p->path ? strlen(p->path) : 0;
        bool go_file = len > 3 && strcmp(p->path + len - 3, ".go") == 0;
        p->main_file = syntax_parse(&p->syntax, p->main_source, p->more.n || go_file ? 0 : SYNTAX_SCRIPT);
        for (uint32_t i = 0; i < p->more.n; i++)
            vec_push(&p->arena, &p->more_files, syntax_parse(&p->syntax, p->more.at[i], 0));
    }
    return p->diags.nsyntax == 0;
}

/* Only a main package can be run; that it has a function main is for the checker to see. */
static void check_main(Program *p) {
    File *f = p->main_file;
    if (f->pkg_name && strcmp(f->pkg_name->name->text, "main"))
        diag_at(&p->diags, f->pkg_name->e.pos, E_MAIN, "package %s is not a main package", f->pkg_name->name->text);
}

// Stack that lang takes per level of a tree, with room to spare.
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { LEVEL_BYTES = 16 << 10 };
#else
enum { LEVEL_BYTES = 4 << 10 };
#endif

typedef struct Deep {
    Program *p;
    bool (*step)(Program *p);
    bool ok;
} Deep;

static void *deep_thread(void *arg) {
    Deep *d = arg;
    d->ok = d->step(d->p);
    return NULL;
}

bool program_deep(Program *p, bool (*step)(Program *p)) {
    struct rlimit rl;
    size_t need = (size_t)p->syntax.depth * LEVEL_BYTES, have = 8 << 20;
    if (getrlimit(RLIMIT_STACK, &rl) == 0 && rl.rlim_cur < have)
        have = rl.rlim_cur;
    if (need <= have / 2 || p->stack_bytes)
        return step(p);
    if (getrlimit(RLIMIT_AS, &rl) == 0 && rl.rlim_cur / 4 < need)
        need = rl.rlim_cur / 4;  // the rest is wanted, too
    for (size_t bytes = need; bytes > have; bytes /= 2) {
        Deep d = {p, step, false};
        pthread_attr_t attr;
        pthread_t thread;
        if (pthread_attr_init(&attr))
            break;
        p->stack_bytes = bytes;
        bool runs = !pthread_attr_setstacksize(&attr, bytes) && !pthread_create(&thread, &attr, deep_thread, &d);
        pthread_attr_destroy(&attr);
        if (runs)
            pthread_join(thread, NULL);
        p->stack_bytes = 0;
        if (runs)
            return d.ok;
    }
    return step(p);
}

static File **main_files(Program *p, uint32_t *n) {
    *n = 1 + p->more_files.n;
    File **files = ARENA_ARRAY(&p->arena, File *, *n);
    files[0] = p->main_file;
    for (uint32_t i = 1; i < *n; i++)
        files[i] = p->more_files.at[i - 1];
    return files;
}

static bool check(Program *p) {
    uint32_t nfiles;
    File **files = main_files(p, &nfiles);
    CheckerConfig config = {.import = loader_import, .ctx = p->loader, .go_minor = loader_go_minor(p->loader), .stack_bytes = p->stack_bytes};
    p->checker = checker_new(&p->syntax, &config);
    loader_set_checker(p->loader, p->checker);
    p->main = package_new(p->checker, "main");
    p->main->is_script = p->main_file->is_script;
    p->main->go_minor = loader_go_minor(p->loader);
    for (uint32_t i = 0; i < nfiles; i++)
        vec_push(&p->arena, &p->main->files, files[i]);
    bool ok = checker_check(p->checker, p->main);
    return ok && !diag_failed(&p->diags);
}

static bool load(Program *p) {
    if (!program_parse(p))
        return false;
    uint32_t nfiles;
    File **files = main_files(p, &nfiles);
    return loader_load(p->loader, files, nfiles, p->path);
}

bool program_check(Program *p) { return load(p) && program_deep(p, check); }

/* intrinsics_merge makes one table of the leaf functions of all rooms. */
static void intrinsics_merge(Program *p) {
    uint32_t nlib;
    const IntrinsicDef *lib = stdlib_intrinsics(&nlib);
    struct {
        const IntrinsicDef *defs;
        uint32_t n;
    } parts[] = {{lib, nlib}, {sched_intrinsics, sched_nintrinsics}, {gc_intrinsics, gc_nintrinsics}, {vm_intrinsics, vm_nintrinsics}};
    uint32_t n = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        n += parts[i].n;
    IntrinsicDef *all = ARENA_ARRAY(&p->arena, IntrinsicDef, n);
    n = 0;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        memcpy(all + n, parts[i].defs, sizeof *all * parts[i].n);
        n += parts[i].n;
    }
    p->intrinsics = (IntrinsicTable){all, n};
}

static bool compile(Program *p) {
    if (!check(p))
        return false;
    check_main(p);
    if (diag_failed(&p->diags))
        return false;
    intrinsics_merge(p);
    const char *error = NULL;
    Package *runtime = loader_import(p->loader, "runtime", &error);
    VERIFY(runtime);
    if (!checker_check(p->checker, runtime))
        return false;
    p->compiler = compile_new(p->checker, &p->syntax, &p->intrinsics, runtime);
    if (!compile_program(p->compiler, p->main, &p->image) || diag_failed(&p->diags))
        return false;
#ifdef GOL_CHECKS
    char *wrong = image_verify(&p->image);
    if (wrong) {
        fprintf(stderr, "gol: internal error: image: %s\n", wrong);
        abort();
    }
#endif
    return true;
}

bool program_compile(Program *p) { return load(p) && program_deep(p, compile); }

void program_report(Program *p) {
    diag_print(&p->diags, stderr, isatty(2) ? DIAG_SHOW_SOURCE : 0);
}

void program_dump_code(Program *p, FILE *out, bool all) {
    for (uint32_t i = 0; i < p->image.nfuncs; i++) {
        const FuncDesc *f = p->image.funcs[i];
        if (f && (all || !(f->flags & FF_LIBRARY)))
            image_dump_func(out, &p->image, f);
    }
}

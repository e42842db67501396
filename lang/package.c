/* package.c: finds the files of packages, and their order.
 *
 * A Unit is a package before there is a checker. User units are loaded depth first when the program is loaded: an import of a unit
 * that is still being loaded is a cycle. Library units are only looked up (no cycles there: they are ours and tested) and are parsed
 * in loader_import.
 *
 * A unit's key is its canonical import path; the loader writes it back into ImportSpec.path, so that "./x" in two directories are
 * two packages and the same directory reached twice is one. */
#include "package.h"
#include "map.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

enum { GO_MINOR = 26, MAX_IMPORT_DEPTH = 200 };

typedef enum UnitState { UNIT_NEW, UNIT_LOADING, UNIT_DONE } UnitState;

typedef struct Unit {
    const Name *path;
    const char *dir;  // NULL: library
    const Name *name;
    VEC(File *) files;
    UnitState state;
    bool failed;
    struct Unit *importer;  // while loading: who imports it,
    const char *from;       // and in which file
    Package *pkg;
} Unit;

struct Loader {
    Syntax *sx;
    Arena *a;
    LibraryLookup library;
    void *ctx;
    Checker *checker;
    PtrMap units;
    Unit main;
    const char *root;       // directory of the main file
    const char *mod_dir;    // directory of go.mod, or NULL
    const char *mod_path;   // its module path
    uint32_t go_minor;
    const char *arch;       // as Go names it
};

/* ---- small helpers ---- */

static const char *dir_of(Arena *a, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return ".";
    return slash == path ? "/" : arena_dup(a, path, (size_t)(slash - path));
}

static bool is_dir(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool has_suffix(const char *s, const char *suffix) {
    size_t n = strlen(s), k = strlen(suffix);
    return n >= k && strcmp(s + n - k, suffix) == 0;
}

// Joins a directory and a relative path, taking "." and ".." elements of the latter away.
static const char *join(Arena *a, const char *dir, const char *rel) {
    char *out = arena_printf(a, "%s", strcmp(dir, ".") == 0 ? "" : dir);
    while (*rel) {
        size_t n = strcspn(rel, "/");
        if (n == 2 && rel[0] == '.' && rel[1] == '.') {
            char *slash = strrchr(out, '/');
            const char *last = slash ? slash + 1 : out;
            if (*out == 0 || strcmp(last, "..") == 0)
                out = arena_printf(a, "%s%s..", out, *out ? "/" : "");
            else if (slash)
                *slash = 0;
            else
                *out = 0;
        } else if (n > 0 && !(n == 1 && rel[0] == '.')) {
            out = arena_printf(a, "%s%s%.*s", out, *out ? "/" : "", (int)n, rel);
        }
        rel += n + (rel[n] == '/');
    }
    return *out ? out : ".";
}

/* ---- go.mod ---- */

// Takes the module path and the language version from a go.mod; everything else in it is for other tools.
static void read_mod(Loader *l, const char *text) {
    for (const char *s = text; *s;) {
        const char *nl = strchrnul(s, '\n');
        while (*s == ' ' || *s == '\t') s++;
        size_t n = strcspn(s, " \t\r\n/");
        const char *word = s, *arg = s + n;
        while (*arg == ' ' || *arg == '\t') arg++;
        size_t len = strcspn(arg, " \t\r\n");
        if (len >= 2 && (arg[0] == '"' || arg[0] == '`') && arg[len - 1] == arg[0]) {
            arg++;
            len -= 2;
        }
        if (n == 6 && memcmp(word, "module", 6) == 0 && len) l->mod_path = arena_dup(l->a, arg, len);
        unsigned minor;
        if (n == 2 && memcmp(word, "go", 2) == 0 && sscanf(arg, "1.%4u", &minor) == 1) l->go_minor = minor;
        s = *nl ? nl + 1 : nl;
    }
}

static void find_mod(Loader *l) {
    char *dir = realpath(l->root, NULL);
    if (!dir) return;
    for (;;) {
        const char *file = arena_printf(l->a, "%s/go.mod", strcmp(dir, "/") == 0 ? "" : dir);
        FILE *f = fopen(file, "r");
        if (f) {
            char text[16384];
            size_t n = fread(text, 1, sizeof text - 1, f);
            text[n] = 0;
            fclose(f);
            read_mod(l, text);
            if (l->mod_path) l->mod_dir = arena_printf(l->a, "%s", dir);
            break;
        }
        char *slash = strrchr(dir, '/');
        if (!slash || dir[1] == 0) break;
        slash[slash == dir] = 0;
    }
    free(dir);
}

/* ---- which files ---- */

static const char *const systems[] = {"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux",
                                      "nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos"};
static const char *const machines[] = {"386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
                                       "ppc64le", "riscv64", "s390x", "sparc64", "wasm"};

static bool listed(const char *const *list, size_t n, const char *s, size_t len) {
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == len && memcmp(list[i], s, len) == 0) return true;
    return false;
}

static const char *this_arch(void) {
    static const char *const names[][2] = {{"x86_64", "amd64"},   {"aarch64", "arm64"},       {"i686", "386"},
                                           {"riscv64", "riscv64"}, {"loongarch64", "loong64"}, {"ppc64le", "ppc64le"},
                                           {"s390x", "s390x"}};
    struct utsname u;
    if (uname(&u) == 0)
        for (size_t i = 0; i < COUNT_OF(names); i++)
            if (strcmp(names[i][0], u.machine) == 0) return names[i][1];
    return "unknown";
}

static bool tag_holds(const Loader *l, const char *s, size_t n) {
    static const char *const always[] = {"linux", "unix", "gc", "gol"};
    if (listed(always, COUNT_OF(always), s, n)) return true;
    if (n == strlen(l->arch) && memcmp(s, l->arch, n) == 0) return true;
    unsigned minor;
    return n > 4 && memcmp(s, "go1.", 4) == 0 && sscanf(s + 4, "%4u", &minor) == 1 && minor <= GO_MINOR;
}

/* A //go:build expression: tags, !, &&, || and parentheses. Nesting beyond the limit counts as false. */
typedef struct Build {
    const Loader *l;
    const char *s;
    int level;
} Build;

static bool build_or(Build *b);

static void blanks(Build *b) {
    while (*b->s == ' ' || *b->s == '\t' || *b->s == '\r') b->s++;
}

static bool build_not(Build *b) {
    blanks(b);
    bool negated = false;
    for (; *b->s == '!'; b->s++) negated = !negated;
    blanks(b);
    bool v = false;
    if (*b->s == '(' && b->level < 100) {
        b->s++;
        b->level++;
        v = build_or(b);
        b->level--;
        blanks(b);
        if (*b->s == ')') b->s++;
    } else {
        size_t n = strcspn(b->s, " \t\r!&|()");
        v = tag_holds(b->l, b->s, n);
        b->s += n;
    }
    blanks(b);
    return v != negated;
}

static bool build_and(Build *b) {
    bool v = build_not(b);
    while (b->s[0] == '&' && b->s[1] == '&') {
        b->s += 2;
        bool more = build_not(b);
        v = v && more;
    }
    return v;
}

static bool build_or(Build *b) {
    bool v = build_and(b);
    while (b->s[0] == '|' && b->s[1] == '|') {
        b->s += 2;
        bool more = build_and(b);
        v = v || more;
    }
    return v;
}

static bool build_wants(const Loader *l, const File *f) {
    if (!f->has_build) return true;
    Build b = {.l = l, .s = f->build};
    return build_or(&b);
}

// Is this the name of a source file for this system? name_test.go, name_windows.go and names starting with . or _ are not.
static bool name_wants(const Loader *l, const char *name) {
    size_t n = strlen(name);
    if (name[0] == '.' || name[0] == '_') return false;
    if (has_suffix(name, ".gol"))
        n -= 4;
    else if (has_suffix(name, ".go"))
        n -= 3;
    else
        return false;
    if (n >= 5 && memcmp(name + n - 5, "_test", 5) == 0) return false;
    const char *last = memrchr(name, '_', n);
    if (!last) return true;
    size_t k = (size_t)(name + n - last - 1);
    if (listed(machines, COUNT_OF(machines), last + 1, k)) {
        if (!tag_holds(l, last + 1, k)) return false;
        const char *before = memrchr(name, '_', (size_t)(last - name));
        if (!before) return true;
        size_t kb = (size_t)(last - before - 1);
        return !listed(systems, COUNT_OF(systems), before + 1, kb) || tag_holds(l, before + 1, kb);
    }
    return !listed(systems, COUNT_OF(systems), last + 1, k) || tag_holds(l, last + 1, k);
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Parses the files of a directory into u. False when it holds none for this system; *any says whether there were source files. */
static bool read_dir(Loader *l, Unit *u, bool *any) {
    DIR *d = opendir(u->dir);
    if (!d) return false;
    VEC(const char *) names = {0};
    for (struct dirent *e; (e = readdir(d));)
        if (name_wants(l, e->d_name)) vec_push(l->a, &names, arena_printf(l->a, "%s", e->d_name));
    closedir(d);
    if (names.n) qsort(names.at, names.n, sizeof *names.at, by_name);
    for (uint32_t i = 0; i < names.n; i++) {
        const char *path = join(l->a, u->dir, names.at[i]), *err = NULL;
        *any = true;
        SourceFile *src = source_read(l->sx->sources, path, path, &err);
        if (!src) {
            diag_at(l->sx->diags, POS_NONE, E_FILE, "%s", err);
            u->failed = true;
            continue;
        }
        uint32_t before = l->sx->diags->nerrors;
        File *f = syntax_parse(l->sx, src, 0);
        if (l->sx->diags->nerrors != before) u->failed = true;
        if (build_wants(l, f)) vec_push(l->a, &u->files, f);
    }
    return u->files.n > 0;
}

/* ---- imports ---- */

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// "package main", then one line for each import down to the one that closes the circle, as Go's command writes it.
static const char *cycle_text(Loader *l, Unit *from, Unit *again, const char *file) {
    const char *text = arena_printf(l->a, "\n\timports %s from %s: import cycle not allowed", again->path->text, file);
    Unit *u = from;
    for (; u->importer; u = u->importer)
        text = arena_printf(l->a, "\n\timports %s from %s%s", u->path->text, u->from, text);
    return arena_printf(l->a, "package %s%s", u->path ? u->path->text : "main", text);
}

static void load_imports(Loader *l, Unit *u, int depth);

// The unit of a canonical path; a new one for a first mention.
static Unit *unit_of(Loader *l, const Name *path) {
    Unit *u = ptrmap_get(&l->units, path);
    if (u) return u;
    u = ARENA_NEW(l->a, Unit);
    u->path = path;
    ptrmap_put(&l->units, path, u);
    return u;
}

static bool is_library(Loader *l, const char *path) {
    LibraryFile f;
    return l->library && l->library(l->ctx, path, 0, &f);
}

/* Where an import path leads: writes the canonical path and the directory (NULL for the library). False after a report. */
static bool resolve(Loader *l, Unit *from, ImportSpec *s, const Name **canonical, const char **dir) {
    const char *path = s->path->text;
    Pos pos = s->path_lit->e.pos;
    *canonical = s->path;
    *dir = NULL;
    if (s->path_lit->bad) return false;  // reported by the lexer
    if (!*path || path[0] == '/' || strpbrk(path, " \\!\"#$%&'()*,:;<=>?[]^`{|}") || has_suffix(path, "/")) {
        diag_at(l->sx->diags, pos, E_IMPORT, "invalid import path: \"%s\"", path);
        return false;
    }
    if (strcmp(path, "unsafe") == 0) return true;
    const char *here = from->dir ? from->dir : l->root;
    if (path[0] == '.' && (path[1] == '/' || (path[1] == '.' && path[2] == '/'))) {
        *dir = join(l->a, here, path);
        // one name for one directory, however it is reached
        char *full = realpath(*dir, NULL);
        if (full && is_dir(full)) {
            size_t n = l->mod_dir ? strlen(l->mod_dir) : 0;
            bool in_module = n && strncmp(full, l->mod_dir, n) == 0 && full[n] == '/';
            *canonical = intern_cstr(l->sx->names, in_module ? arena_printf(l->a, "%s%s", l->mod_path, full + n) : full);
            free(full);
            return true;
        }
        free(full);
        diag_at(l->sx->diags, pos, E_IMPORT, "package %s: cannot find package \"%s\" in %s", path, path, *dir);
        return false;
    }
    size_t n = l->mod_path ? strlen(l->mod_path) : 0;
    if (n && strncmp(path, l->mod_path, n) == 0 && (path[n] == '/' || path[n] == 0)) {
        *dir = join(l->a, l->mod_dir, path + n + (path[n] == '/'));
        if (is_dir(*dir)) return true;
    } else if (is_library(l, path)) {
        bool internal = strncmp(path, "internal/", 9) == 0 || strstr(path, "/internal/") || has_suffix(path, "/internal");
        if (!internal) return true;
        diag_at(l->sx->diags, pos, E_IMPORT, "use of internal package %s not allowed", path);
        return false;
    }
    size_t first = strcspn(path, "/");
    if (memchr(path, '.', first) || (n && *dir))
        diag_at(l->sx->diags, pos, E_IMPORT, "no required module provides package %s", path);
    else
        diag_at(l->sx->diags, pos, E_IMPORT, "package %s is not in std", path);
    return false;
}

// All files of a directory must be one package.
static void check_names(Loader *l, Unit *u) {
    for (uint32_t i = 0; i < u->files.n; i++) {
        const Ident *id = u->files.at[i]->pkg_name;
        if (!id) continue;
        if (!u->name) {
            u->name = id->name;
        } else if (u->name != id->name) {
            const char *first = u->files.at[0]->src->name, *other = u->files.at[i]->src->name;
            diag_at(l->sx->diags, id->e.pos, E_PACKAGE_NAME, "found packages %s (%s) and %s (%s) in %s", u->name->text,
                    base_name(first), id->name->text, base_name(other), u->dir);
            u->failed = true;
            return;
        }
    }
}

static void import_one(Loader *l, Unit *from, const char *file, ImportSpec *s, int depth) {
    const Name *canonical;
    const char *dir;
    Pos pos = s->path_lit->e.pos;
    if (!resolve(l, from, s, &canonical, &dir)) {
        from->failed = true;
        return;
    }
    s->path = canonical;
    if (!dir) return;
    Unit *u = unit_of(l, canonical);
    if (u->state == UNIT_LOADING) {
        diag_at(l->sx->diags, pos, E_IMPORT_CYCLE, "%s", cycle_text(l, from, u, file));
        from->failed = true;
        return;
    }
    if (u->state == UNIT_DONE) return;
    if (depth > MAX_IMPORT_DEPTH) {
        diag_at(l->sx->diags, pos, E_NESTING, "imports are nested too deeply");
        from->failed = true;
        return;
    }
    u->dir = dir;
    u->state = UNIT_LOADING;
    u->importer = from;
    u->from = file;
    bool any = false;
    if (!read_dir(l, u, &any) && !u->failed) {
        diag_at(l->sx->diags, pos, E_IMPORT, any ? "build constraints exclude all Go files in %s" : "no Go files in %s", dir);
        u->failed = true;
    }
    check_names(l, u);
    if (u->name && strcmp(u->name->text, "main") == 0) {
        diag_at(l->sx->diags, pos, E_IMPORT, "import \"%s\" is a program, not an importable package", canonical->text);
        u->failed = true;
    }
    load_imports(l, u, depth + 1);
    u->state = UNIT_DONE;
    u->importer = NULL;
}

static void load_imports(Loader *l, Unit *u, int depth) {
    for (uint32_t i = 0; i < u->files.n; i++) {
        File *f = u->files.at[i];
        for (uint32_t k = 0; k < f->nimports; k++) import_one(l, u, base_name(f->src->name), f->imports[k], depth);
    }
}

/* ---- the interface ---- */

Loader *loader_new(Syntax *sx, LibraryLookup library, void *ctx) {
    Loader *l = ARENA_NEW(sx->arena, Loader);
    l->sx = sx;
    l->a = sx->arena;
    l->library = library;
    l->ctx = ctx;
    l->units.arena = sx->arena;
    l->arch = this_arch();
    return l;
}

File **loader_read_main(Loader *l, const char *dir, uint32_t *nfiles) {
    Unit u = {.dir = dir};
    bool any = false;
    if (!read_dir(l, &u, &any) && !u.failed)
        diag_at(l->sx->diags, POS_NONE, E_FILE, any ? "build constraints exclude all Go files in %s" : "no Go files in %s", dir);
    *nfiles = u.files.n;
    return u.files.n ? u.files.at : NULL;
}

bool loader_load(Loader *l, File *const *files, uint32_t nfiles, const char *path) {
    uint32_t before = l->sx->diags->nerrors;
    l->root = path && strcmp(path, "-") != 0 ? dir_of(l->a, path) : ".";
    bool user_imports = false, named = false;
    for (uint32_t i = 0; i < nfiles; i++) {
        vec_push(l->a, &l->main.files, files[i]);
        named = named || files[i]->pkg_name;
        for (uint32_t k = 0; k < files[i]->nimports; k++)
            user_imports = user_imports || !is_library(l, files[i]->imports[k]->path->text);
    }
    // a script that needs nothing but the library does not even look for a go.mod
    if (named || user_imports) find_mod(l);
    l->main.dir = l->root;
    l->main.state = UNIT_LOADING;
    check_names(l, &l->main);
    load_imports(l, &l->main, 0);
    l->main.state = UNIT_DONE;
    return l->sx->diags->nerrors == before;
}

uint32_t loader_go_minor(const Loader *l) { return l->go_minor; }

void loader_set_checker(Loader *l, Checker *c) { l->checker = c; }

Package *loader_import(void *loader, const char *path, const char **error) {
    Loader *l = loader;
    Unit *u = unit_of(l, intern_cstr(l->sx->names, path));
    if (u->pkg) return u->pkg;
    if (!u->dir) {
        LibraryFile f;
        for (size_t i = 0; l->library && l->library(l->ctx, path, i, &f); i++) {
            SourceFile *src = source_add(l->sx->sources, f.name, f.bytes, f.size);
            if (!src) {
                *error = "sources too large";
                return NULL;
            }
            vec_push(l->a, &u->files, syntax_parse(l->sx, src, SYNTAX_LAZY_BODIES));
        }
    }
    if (u->files.n == 0) {
        *error = arena_printf(l->a, "package %s is not in std", path);
        return NULL;
    }
    u->pkg = package_new(l->checker, u->path->text);
    u->pkg->is_library = !u->dir;
    if (u->dir) u->pkg->go_minor = l->go_minor;
    for (uint32_t i = 0; i < u->files.n; i++) {
        u->files.at[i]->pkg = u->pkg;
        vec_push(l->a, &u->pkg->files, u->files.at[i]);
    }
    return u->pkg;
}

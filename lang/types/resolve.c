/* resolve.c: from files to objects: imports, package-level names, scripts, and the order of a check.
 *
 * A user's package is checked whole. Of a library package only names are entered; declarations are checked when something mentions them, bodies
 * when the compiler asks (checker_func), and its own imports are loaded when a mentioned declaration needs them. */
#include "types/types_impl.h"

PackageData *data_of(Checker *c, Package *p) {
    if (!p->check) p->check = NEW(c, PackageData);
    return p->check;
}

/* ---- imports ---- */

Package *import_package(Checker *c, const Name *path, Pos pos) {
    if (strcmp(path->text, "unsafe") == 0) return c->unsafe_pkg;
    Package *p = ptrmap_get(&c->by_path, path);
    if (!p) {
        const char *error = NULL;
        if (c->config.import) p = c->config.import(c->config.ctx, path->text, &error);
        if (!p) {
            err_at(c, pos, E_IMPORT, "%s", error ? error : arena_printf(c->arena, "package %s is not in std", path->text));
            p = package_new(c, path->text);
            p->failed = p->collected = p->checked = p->is_library = true;
            p->scope = scope_new(c, c->universe);
            return p;
        }
        ptrmap_put(&c->by_path, path, p);
    }
    if (!p->collected) {
        Env saved = c->env;
        package_collect(c, p);
        c->env = saved;
    } else if (!p->is_library && !p->checked && data_of(c, p)->importing) {
        err_at(c, pos, E_IMPORT_CYCLE, "import cycle not allowed");
    }
    return p;
}

static void note_import(Checker *c, Package *by, Package *p) {
    for (uint32_t i = 0; i < by->imports.n; i++)
        if (by->imports.at[i] == p) return;
    vec_push(c->arena, &by->imports, p);
}

/* pkgname_resolve loads what a package name stands for. */
bool pkgname_resolve(Checker *c, Object *o) {
    if (!o->imported) {
        ImportSpec *s = o->decl;
        o->imported = import_package(c, s->path, s->d.pos);
        s->pkg = o->imported;
        note_import(c, o->pkg, o->imported);
    }
    return !o->imported->failed || o->imported->scope->n > 0;
}

static const Name *last_element(Checker *c, const Name *path) {
    const char *end = path->text + path->len, *s = end;
    while (s > path->text && s[-1] != '/') s--;
    if (s > path->text && s[0] == 'v' && s[1] >= '0' && s[1] <= '9') {  // math/rand/v2
        end = s - 1;
        for (s = end; s > path->text && s[-1] != '/';) s--;
    }
    return intern(c->names, s, (size_t)(end - s));
}

static void dot_import(Checker *c, File *f, ImportSpec *s, Object *o) {
    pkgname_resolve(c, o);
    Scope *from = o->imported->scope;
    for (uint32_t i = 0; from && i < from->n; i++)
        if (name_is_exported(from->slots[i]->name)) scope_insert(c, f->scope, from->slots[i]);
}

/* use_dot_import notes that o came in through a dot import of the package at hand. */
void use_dot_import(Checker *c, Object *o) {
    PackageData *pd = c->env.pkg ? c->env.pkg->check : NULL;
    for (uint32_t i = 0; pd && i < pd->imports.n; i++)
        if (pd->imports.at[i]->imported == o->pkg && pd->imports.at[i]->name == c->name_dot) pd->imports.at[i]->used = true;
}

static void collect_import(Checker *c, Package *p, File *f, ImportSpec *s) {
    if (!s->path) return;
    const char *bad = s->path->len == 0 ? "empty string" : NULL;
    for (uint32_t i = 0; i < s->path->len && !bad; i++) {
        uint8_t ch = (uint8_t)s->path->text[i];
        if (ch <= 32 || ch == 127 || strchr("!\"#$%&'()*,:;<=>?[\\]^`{|}", ch))
            bad = arena_printf(c->arena, "invalid character U+%04X%s", ch, ch > 32 && ch < 127 ? arena_printf(c->arena, " '%c'", ch) : "");
    }
    if (bad) {
        err_node(c, s->path_lit, E_IMPORT, "invalid import path (%s)", bad);
        return;
    }
    if (s->path == c->name_c) {
        err_at(c, s->d.pos, E_UNSUPPORTED, "import \"C\" is not supported");
        return;
    }
    const Name *name = s->alias ? s->alias->name : last_element(c, s->path);
    if (name == c->name_init) {
        err_at(c, s->d.pos, E_IMPORT, "cannot import package as init - init must be a func");
        return;
    }
    Object *o = object_new(c, OBJ_PKGNAME, s->d.pos, name, c->basic[TYPE_INVALID]);
    o->state = 2;
    o->decl = s;
    s->obj = o;
    if (!p->is_library || name == c->name_dot) {
        pkgname_resolve(c, o);
        if (o->imported->failed && o->imported->scope->n == 0) o->used = true;
        if (!s->alias && o->imported->name && !o->imported->failed) o->name = o->imported->name;
    }
    if (name == c->name_dot) {
        vec_push(c->arena, &data_of(c, p)->imports, o);
        dot_import(c, f, s, o);
        return;
    }
    vec_push(c->arena, &data_of(c, p)->imports, o);
    if (is_blank(c, name)) {
        o->used = true;
        pkgname_resolve(c, o);
        return;
    }
    Object *other = scope_insert(c, f->scope, o);
    if (other && other->kind == OBJ_PKGNAME && !p->is_repl) {
        Diag *d = err_at(c, o->pos, E_REDECLARED, "%s redeclared in this block", o->name->text);
        diag_note(c->diags, d, other->pos, "other declaration of %s", o->name->text);
    }
}

void package_unused_imports(Checker *c, Package *p) {
    PackageData *pd = data_of(c, p);
    for (uint32_t i = 0; i < pd->imports.n && !c->too_deep; i++) {
        Object *o = pd->imports.at[i];
        if (o->used) continue;
        ImportSpec *s = o->decl;
        const char *slash = strrchr(s->path->text, '/'), *last = slash ? slash + 1 : s->path->text;
        Diag *d;
        if (strcmp(o->name->text, last) == 0 || o->name == c->name_dot)
            d = err_at(c, o->pos, E_UNUSED, "\"%s\" imported and not used", s->path->text);
        else
            d = err_at(c, o->pos, E_UNUSED, "\"%s\" imported as %s and not used", s->path->text, o->name->text);
        d->soft = true;
        diag_help(c->diags, d, "remove the import, or write _ before its path if only its init is wanted");
    }
}

/* Packages that a script may use without import, where the last element alone is not the path. */
static const char *const script_paths[] = {"bufio", "bytes", "cmp", "context", "errors", "fmt", "io", "maps", "math", "os", "reflect",
    "regexp", "runtime", "slices", "sort", "strconv", "strings", "sync", "time", "unicode", "unsafe", "net", "log", "iter", "embed", "flag",
    "testing", "plugin", "math/rand", "math/bits", "math/big", "math/cmplx", "sync/atomic", "unicode/utf8", "unicode/utf16", "text/template",
    "text/tabwriter", "text/scanner", "os/signal", "os/exec", "os/user", "path", "path/filepath", "io/fs", "io/ioutil", "net/http",
    "net/url", "net/netip", "encoding/json", "encoding/binary", "encoding/hex", "encoding/base64", "encoding/csv", "encoding/xml",
    "encoding/gob", "container/heap", "container/list", "container/ring", "crypto/sha256", "crypto/sha1", "crypto/md5", "crypto/sha512",
    "crypto/hmac", "crypto/tls", "hash", "hash/fnv", "hash/crc32", "hash/maphash", "compress/gzip", "archive/zip", "archive/tar",
    "log/slog", "runtime/debug", "runtime/pprof", "runtime/trace", "index/suffixarray", "html", "mime", "expvar", "unique", "weak"};

Package *script_package(Checker *c, const Name *name) {
    if (!c->env.pkg || !c->env.pkg->is_script) return NULL;
    for (size_t i = 0; i < COUNT_OF(script_paths); i++) {
        const char *path = script_paths[i], *slash = strrchr(path, '/');
        if (strcmp(slash ? slash + 1 : path, name->text) != 0) continue;
        Package *p = import_package(c, intern_cstr(c->names, path), 0);
        note_import(c, c->env.pkg, p);
        return p;
    }
    return NULL;
}

/* ---- collecting names ---- */

static Object *package_object(Checker *c, Package *p, File *f, ObjectKind kind, Ident *id, void *decl) {
    PackageData *pd = data_of(c, p);
    Object *o = object_new(c, kind, id->e.pos, id->name, NULL);
    DeclInfo *d = NEW(c, DeclInfo);
    o->info = d;
    o->decl = decl;
    o->order = pd->objs.n;
    o->is_global = kind == OBJ_VAR;
    d->file = f;
    d->scope = f->scope;
    id->obj = o;
    vec_push(c->arena, &pd->objs, o);
    return o;
}

static void declare_package_object(Checker *c, Package *p, Object *o) {
    if (o->name == c->name_init) {
        err_at(c, o->pos, E_MAIN, "cannot declare init - must be func");
        return;
    }
    if (o->name == c->name_main && p->name == c->name_main && o->kind != OBJ_FUNC) {
        err_at(c, o->pos, E_MAIN, "cannot declare main - must be func");
        return;
    }
    declare(c, p->scope, o);
}

static void collect_const(Checker *c, Package *p, File *f, ConstSpec *s) {
    ConstSpec *src = s->source;
    uint32_t nvalues = src ? src->nvalues : 0;
    for (uint32_t i = 0; i < s->nnames; i++) {
        Object *o = package_object(c, p, f, OBJ_CONST, s->names[i], s);
        o->info->type = src ? src->type : NULL;
        o->info->init = i < nvalues ? src->values[i] : NULL;
        o->info->inherited = src != s;
        o->info->iota = s->iota;
        declare_package_object(c, p, o);
    }
    if (s->nnames > nvalues)
        err_at(c, s->names[nvalues]->e.pos, E_COUNT, "missing init expr for %s", s->names[nvalues]->name->text);
    else if (s->nnames < nvalues && src == s)
        err_node(c, s->values[s->nnames], E_COUNT, "extra init expr %s", estr(c, s->values[s->nnames]));
    else if (s->nnames < nvalues)
        err_at(c, s->d.pos, E_COUNT, "extra init expr at %s", posstr(c, ast_start(src->values[s->nnames])));
}

static void collect_var(Checker *c, Package *p, File *f, VarSpec *s) {
    Object **lhs = NEWN(c, Object *, s->nnames + 1);
    DeclInfo *shared = NULL;
    for (uint32_t i = 0; i < s->nnames; i++) {
        Object *o = lhs[i] = package_object(c, p, f, OBJ_VAR, s->names[i], s);
        DeclInfo *d = o->info;
        if (s->nvalues == 1 && s->nnames > 1) {
            if (!shared) {
                shared = d;
                d->lhs = lhs;
                d->nlhs = s->nnames;
                d->init = s->values[0];
            }
            o->info = d = shared;
        } else if (i < s->nvalues) {
            d->init = s->values[i];
        }
        d->type = s->type;
        if (d->init && !d->init_func) {
            d->init_func = NEW(c, FuncInfo);
            d->init_func->pkg = p;
        }
        if (!is_blank(c, o->name)) declare_package_object(c, p, o);
    }
    if (s->nvalues > s->nnames) {
        err_node(c, s->values[s->nnames], E_COUNT, "extra init expr %s", estr(c, s->values[s->nnames]));
    } else if (s->nvalues > 1 && s->nvalues < s->nnames) {
        err_at(c, s->names[s->nvalues]->e.pos, E_COUNT, "missing init expr for %s", s->names[s->nvalues]->name->text);
    }
}

static Ident *recv_base_ident(Expr *e) {
    for (;;) {
        switch (e->kind) {
        case EXPR_PAREN: e = AS(ParenExpr, e)->x; break;
        case EXPR_STAR: e = AS(StarExpr, e)->x; break;
        case EXPR_INDEX: e = AS(IndexExpr, e)->x; break;
        case EXPR_IDENT: return AS(Ident, e);
        default: return NULL;
        }
    }
}

static void collect_func(Checker *c, Package *p, File *f, FuncDecl *fd) {
    Object *o = package_object(c, p, f, OBJ_FUNC, fd->name, fd);
    o->info->fdecl = fd;
    if (fd->recv) {
        o->is_method = true;
        return;
    }
    bool is_main = o->name == c->name_main && p->name == c->name_main;
    if (o->name == c->name_init || is_main) {
        if (fd->tparams.n)
            err_at(c, fd->tparams.at[0].pos, E_MAIN, "func %s must have no type parameters", o->name->text);
        if (fd->type->params.n || fd->type->results.n)
            err_at(c, o->pos, E_MAIN, "func %s must have no arguments and no return values", o->name->text);
    }
    if (o->name == c->name_init) {
        if (!fd->body && !fd->body_start) err_at(c, o->pos, E_MAIN, "func init must have a body");
        vec_push(c->arena, &p->inits, o);
        return;
    }
    declare(c, p->scope, o);
}

static void collect_gen(Checker *c, Package *p, File *f, GenDecl *g) {
    for (uint32_t i = 0; i < g->nspecs; i++) {
        Decl *s = g->specs[i];
        if (s->kind == DECL_CONST) {
            collect_const(c, p, f, AS(ConstSpec, s));
        } else if (s->kind == DECL_VAR) {
            collect_var(c, p, f, AS(VarSpec, s));
        } else if (s->kind == DECL_TYPE) {
            TypeSpec *ts = AS(TypeSpec, s);
            Object *o = package_object(c, p, f, OBJ_TYPE, ts->name, ts);
            o->info->tspec = ts;
            o->is_alias = ts->alias;
            declare_package_object(c, p, o);
        }
    }
}

/* base_type_name follows aliases from a receiver's base name to the type declared in this package. */
static Object *base_type_name(Package *p, const Name *name) {
    for (int i = 0; i < 50; i++) {
        Object *o = scope_lookup(p->scope, name);
        if (!o || o->kind != OBJ_TYPE || !o->info) return NULL;
        if (!o->is_alias) return o;
        Expr *rhs = o->info->tspec->type;
        while (rhs->kind == EXPR_PAREN || rhs->kind == EXPR_STAR)
            rhs = rhs->kind == EXPR_PAREN ? AS(ParenExpr, rhs)->x : AS(StarExpr, rhs)->x;
        if (rhs->kind != EXPR_IDENT) return NULL;
        name = AS(Ident, rhs)->name;
    }
    return NULL;
}

static void attach_methods(Checker *c, Package *p, uint32_t from) {
    PackageData *pd = data_of(c, p);
    for (uint32_t i = from; i < pd->objs.n; i++) {
        Object *m = pd->objs.at[i];
        if (!m->is_method) continue;
        Ident *id = recv_base_ident(m->info->fdecl->recv->type);
        Object *base = id ? base_type_name(p, id->name) : NULL;
        if (!base) continue;
        Expr *e = ast_unparen(m->info->fdecl->recv->type);
        m->ptr_recv = e->kind == EXPR_STAR;
        if (m->ptr_recv && ast_unparen(AS(StarExpr, e)->x)->kind == EXPR_STAR) continue;  // **T has no methods
        vec_push(c->arena, &base->info->methods, m);
    }
}

void package_collect(Checker *c, Package *p) {
    PackageData *pd = data_of(c, p);
    if (!p->scope) p->scope = scope_new(c, c->universe);
    p->collected = true;
    pd->importing = true;
    c->env = (Env){.pkg = p, .go_minor = p->go_minor};
    uint32_t first = pd->objs.n, first_file = pd->nfiles_collected;
    pd->nfiles_collected = p->files.n;
    if (first_file == 0 && p->files.n && p->files.at[0]->pkg_name) p->name = p->files.at[0]->pkg_name->name;
    for (uint32_t k = first_file; k < p->files.n; k++) {
        File *f = p->files.at[k];
        if (f->is_script) {
            p->is_script = true;
            p->name = c->name_main;
        }
        f->pkg = p;
        f->scope = f->is_script ? p->scope : scope_new(c, p->scope);
        c->env.file = f;
        c->env.scope = f->scope;
        if (f->pkg_name && is_blank(c, f->pkg_name->name)) err_at(c, f->pkg_name->e.pos, E_PACKAGE_NAME, "invalid package name _");
        if (f->pkg_name && f->pkg_name->name != p->name)
            err_at(c, f->pkg_name->e.pos, E_PACKAGE_NAME, "package %s; expected package %s", f->pkg_name->name->text, p->name->text);
        for (uint32_t i = 0; i < f->nimports; i++) {
            collect_import(c, p, f, f->imports[i]);
            c->env = (Env){.pkg = p, .file = f, .scope = f->scope, .go_minor = p->go_minor};
        }
    }
    for (uint32_t k = first_file; k < p->files.n; k++) {
        File *f = p->files.at[k];
        c->env.file = f;
        c->env.scope = f->scope;
        for (uint32_t i = 0; i < f->ndecls; i++) {
            Decl *d = f->decls[i];
            if (d->kind == DECL_FUNC)
                collect_func(c, p, f, AS(FuncDecl, d));
            else if (d->kind == DECL_GEN && !(f->is_script && AS(GenDecl, d)->tok == GEN_VAR))
                collect_gen(c, p, f, AS(GenDecl, d));
        }
    }
    // A package-level name must not be one that a file imports.
    for (uint32_t i = 0; i < pd->imports.n && !p->is_library; i++) {
        Object *o = pd->imports.at[i], *other = is_blank(c, o->name) ? NULL : scope_lookup(p->scope, o->name);
        if (other && other != o && other->pos) {  // in a script both live in one scope
            Diag *d = err_at(c, other->pos, E_REDECLARED, "%s already declared through import of package %s (\"%s\")", other->name->text,
                o->imported ? o->imported->name->text : o->name->text, ((ImportSpec *)o->decl)->path->text);
            diag_note(c->diags, d, o->pos, "other declaration of %s", o->name->text);
        }
    }
    for (uint32_t i = 0; i < pd->imports.n && !p->is_library; i++) {
        Object *o = pd->imports.at[i];
        if (o->name != c->name_dot || !o->imported || !o->imported->scope) continue;
        for (uint32_t k = 0; k < o->imported->scope->n; k++) {
            Object *from = o->imported->scope->slots[k], *other = scope_lookup(p->scope, from->name);
            if (!other || other == from || !name_is_exported(from->name)) continue;
            err_at(c, other->pos, E_REDECLARED, "%s already declared through dot-import of package %s (\"%s\")", from->name->text,
                o->imported->name->text, ((ImportSpec *)o->decl)->path->text);
        }
    }
    attach_methods(c, p, first);
    if (!p->is_library || c->config.whole_libraries) {
        for (uint32_t i = 0; i < p->imports.n; i++)
            if (!p->imports.at[i]->checked && !p->imports.at[i]->is_library && !checker_check(c, p->imports.at[i])) p->failed = true;
    }
    pd->importing = false;
}

/* ---- scripts ---- */

/* script_check checks top-level statements as the body of main. Its outermost scope is the package's: what a declared function
 * mentions of it turns into a package-level variable afterwards. */
void script_check(Checker *c, Package *p, File *f) {
    FuncInfo *fi = NEW(c, FuncInfo);
    Object *o = object_new(c, OBJ_FUNC, f->stmts.n ? f->stmts.at[0]->pos : f->eof, c->name_main, type_func(c, NULL, 0, NULL, 0, false));
    o->pkg = p;
    o->state = 2;
    o->func = fi;
    fi->obj = o;
    fi->pkg = p;
    fi->sig = o->type;
    fi->is_script_main = true;
    fi->go_minor = f->go_minor ? f->go_minor : p->go_minor;
    p->script_main = fi;
    DeclInfo *d = NEW(c, DeclInfo);
    d->file = f;
    d->scope = f->scope;
    Env saved = c->env;
    c->env = (Env){.pkg = p, .file = f, .scope = f->scope, .func = fi, .decl = d, .go_minor = fi->go_minor};
    check_stmts(c, &f->stmts);
    check_labels(c, fi, &f->stmts);
    c->env = saved;
    later_run(c);
    fi->deps.at = d->deps.at;
    fi->deps.n = d->deps.n;
    fi->deps.cap = d->deps.cap;
    if (p->is_repl)
        for (uint32_t i = 0; i < fi->locals.n; i++)
            if (fi->locals.at[i]->scope == p->scope) fi->locals.at[i]->is_global = fi->locals.at[i]->used = true;
    c->env.pkg = p;
    report_unused_vars(c, fi);
    c->env = saved;
}

static void drop_globals(FuncInfo *fi) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < fi->captures.n; i++)
        if (!fi->captures.at[i]->is_global) fi->captures.at[k++] = fi->captures.at[i];
    fi->captures.n = k;
    k = 0;
    for (uint32_t i = 0; i < fi->locals.n; i++) {
        Object *v = fi->locals.at[i];
        if (v->is_global) {
            v->owner = NULL;
            v->captured = false;
        } else {
            fi->locals.at[k++] = v;
        }
    }
    fi->locals.n = k;
    for (uint32_t i = 0; i < fi->lits.n; i++) drop_globals(fi->lits.at[i]);
}

/* ---- checking ---- */

bool checker_check(Checker *c, Package *p) {
    Env saved = c->stack_limit ? c->env : env_enter(c);
    bool outermost = saved.pkg == NULL;
    uint32_t errors = c->diags->nerrors;
    PackageData *pd = data_of(c, p);
    uint32_t first = pd->objs.n, first_file = pd->nfiles_collected;
    if (!p->collected || p->is_repl) package_collect(c, p);
    if (p->is_repl && first == 0) first_file = 0;
    if (!p->is_library || c->config.whole_libraries) {
        if (p->checked && !p->is_repl) return !p->failed;
        p->checked = true;
        if (p->is_repl) p->failed = false;
        if (!p->is_repl) first = 0, first_file = 0;
        // Types first, aliases behind them: an alias in a cycle then meets a named type that is known.
        for (uint32_t i = first; i < pd->objs.n; i++)
            if (pd->objs.at[i]->kind == OBJ_TYPE && !pd->objs.at[i]->is_alias) object_declare(c, pd->objs.at[i]);
        for (uint32_t i = first; i < pd->objs.n; i++) {
            object_declare(c, pd->objs.at[i]);
            pd->objs.at[i]->reached = true;
        }
        for (uint32_t i = first_file; i < p->files.n; i++)
            if (p->files.at[i]->is_script) script_check(c, p, p->files.at[i]);
        later_run(c);
        if (p->script_main) drop_globals(p->script_main);
        c->env.pkg = p;
        check_init_cycles(c, p);
        if (!p->is_repl) package_unused_imports(c, p);
        if (c->diags->nerrors == errors) check_instance_cycles(c);
        c->inst_edges.n = 0;
        for (uint32_t i = 0, before = c->diags->nerrors; i < c->bodiless.n && !before; i++)
            diag_at(c->diags, c->bodiless.at[i], E_TYPE, "missing function body");
        c->bodiless.n = 0;
        for (uint32_t i = 0, before = c->diags->nerrors; i < c->iface_cycles.n && !before; i++)
            diag_at(c->diags, c->iface_cycles.at[i], E_CYCLE,
                "invalid recursive type: anonymous interface refers to itself (see https://go.dev/issue/56103)");
        c->iface_cycles.n = 0;
        if (!p->is_script && !p->is_library && p->name == c->name_main && !scope_lookup(p->scope, c->name_main) &&
            c->diags->nerrors == errors)
            diag_at(c->diags, POS_NONE, E_MAIN, "function main is undeclared in the main package");
    }
    if (c->diags->nerrors != errors) p->failed = true;
    c->env = saved;
    if (outermost) c->stack_limit = NULL;
    return !p->failed;
}

FuncInfo *checker_func(Checker *c, Object *fn) {
    DeclInfo *d = fn->info;
    if (!d || !d->fdecl) return fn->func;
    if (d->body_checked) return fn->func;
    Env saved = env_enter(c);
    c->env = (Env){.pkg = fn->pkg};
    object_type(c, fn);
    func_check_body(c, fn);
    later_run(c);
    c->env = saved;
    c->stack_limit = NULL;
    return fn->func;
}

Object *package_lookup(Checker *c, Package *p, const char *name) {
    Env saved = env_enter(c);
    if (!p->collected) package_collect(c, p);
    Object *o = scope_lookup(p->scope, intern_cstr(c->names, name));
    if (o) {
        c->env = (Env){.pkg = p};
        object_declare(c, o);
        later_run(c);
        o->reached = true;
    }
    c->env = saved;
    c->stack_limit = NULL;
    return o;
}

const Inst *checker_inst(Checker *c, const Expr *e) {
    while (e->kind == EXPR_PAREN) e = AS(ParenExpr, e)->x;
    if (e->kind == EXPR_INDEX) return AS(IndexExpr, e)->inst;
    if (e->kind == EXPR_IDENT) return AS(Ident, e)->inst;
    if (e->kind == EXPR_SELECTOR) return AS(SelectorExpr, e)->sel->inst;
    return NULL;
}

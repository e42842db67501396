/* compile.c: the whole program. Starts at RTF_MAIN; what a compiled function mentions is compiled next (Compiler.work), methods when their type
 * gets into an interface and their selector is called through one (typedesc.c), initialisers of package variables when reached. */
#include "compile/compile_impl.h"

static TInfo *basic(Compiler *c, TypeKind k) { return ti_of(c, type_basic(c->ck, k)); }

Compiler *compile_new(Checker *ck, Syntax *sx, const IntrinsicTable *intrinsics, Package *runtime) {
    Compiler *c = ARENA_NEW(sx->arena, Compiler);
    c->ck = ck;
    c->sx = sx;
    c->arena = sx->arena;
    c->intrinsics = intrinsics;
    c->runtime = runtime;
    c->intrinsic_index.arena = c->arena;
    c->string_index.arena = c->arena;
    c->items_done.arena = c->arena;
    intern_init(&c->string_names, c->arena);
    arena_init(&c->tmp);
    c->fn.c = c;
    c->fn.arena = &c->tmp;
    for (uint32_t i = 0; intrinsics && i < intrinsics->n; i++)
        ptrmap_put(&c->intrinsic_index, intern_cstr(sx->names, intrinsics->defs[i].name), (void *)(uintptr_t)(i + 1));
    c->t_int = basic(c, TYPE_INT);
    c->t_uint = basic(c, TYPE_UINT);
    c->t_bool = basic(c, TYPE_BOOL);
    c->t_string = basic(c, TYPE_STRING);
    c->t_uint8 = basic(c, TYPE_UINT8);
    c->t_int32 = basic(c, TYPE_INT32);
    c->t_uintptr = basic(c, TYPE_UINTPTR);
    c->t_float64 = basic(c, TYPE_FLOAT64);
    c->t_float32 = basic(c, TYPE_FLOAT32);
    c->t_ptr = basic(c, TYPE_UNSAFE_POINTER);
    c->t_any = ti_of(c, type_empty_interface(ck));
    c->t_error = ti_of(c, type_error(ck));
    c->t_bytes = ti_of(c, type_slice(ck, type_basic(ck, TYPE_UINT8)));
    return c;
}

StmtList *script_body(Compiler *c, FuncInfo *info) {
    StmtList *all = ARENA_NEW(c->arena, StmtList);
    uint32_t n = 0;
    for (uint32_t i = 0; i < info->pkg->files.n; i++)
        n += info->pkg->files.at[i]->stmts.n;
    all->at = ARENA_ARRAY(c->arena, Stmt *, n);
    for (uint32_t i = 0; i < info->pkg->files.n; i++) {
        StmtList *l = &info->pkg->files.at[i]->stmts;
        if (l->n)
            memcpy(all->at + all->n, l->at, l->n * sizeof *l->at);
        all->n += l->n;
    }
    return all;
}

static void drain(Compiler *c) {
    do {
        while (c->work_done < c->work.n)
            func_compile(c, c->work.at[c->work_done++]);
        rta_drain(c);
    } while (c->work_done < c->work.n || c->convs_done < c->convs.n);
}

static FuncInst *item_func(Compiler *c, Package *p, InitItem *it) {
    FuncInst *fi = func_new(c, FUNC_INIT_ITEM, arena_printf(c->arena, "%s.init", p->path));
    fi->item = it;
    fi->info = it->func;
    if (p->is_library)
        fi->desc->flags |= FF_LIBRARY;
    func_place(c, fi, ast_start(it->rhs));
    vec_push(c->arena, &c->work, fi);
    return fi;
}

/* init_pass looks at all packages in order of initialisation: initialisers and init functions not seen before are compiled. Returns whether there
 * were any. With collect, the start-up list is made as well. */
static bool init_pass(Compiler *c, bool collect) {
    uint32_t npackages, before = c->work.n;
    Package **order = checker_init_order(c->ck, &npackages);
    bool news = false;
    if (collect)
        c->startup.n = 0;
    for (uint32_t i = 0; i < npackages; i++) {
        Package *p = order[i];
        for (uint32_t k = 0; k < p->init_order.n; k++) {
            InitItem *it = &p->init_order.at[k];
            FuncInst *fi = ptrmap_get(&c->items_done, it->rhs);
            if (!fi) {
                news = true;
                if (static_init(c, it)) {
                    fi = c->item_static;
                } else {
                    InitItem *copy = ARENA_NEW(c->arena, InitItem);
                    *copy = *it;
                    fi = item_func(c, p, copy);
                }
                ptrmap_put(&c->items_done, it->rhs, fi);
            }
            if (collect && fi != c->item_static)
                vec_push(c->arena, &c->startup, fi);
        }
        for (uint32_t k = 0; k < p->inits.n; k++) {
            Object *o = p->inits.at[k];
            if (!o->aux) {
                FuncInst *fi = func_declared(c, o, NULL, 0);
                fi->desc->name = arena_printf(c->arena, "%s.init.%u", p->path, k);
            }
            if (collect)
                vec_push(c->arena, &c->startup, (FuncInst *)o->aux);
        }
    }
    return news || c->work.n > before;
}

/* ---- what the runtime asks for ---- */

static TInfo *runtime_type(Compiler *c, const char *name, bool pointer) {
    Object *o = package_lookup(c->ck, c->runtime, name);
    if (!o || o->kind != OBJ_TYPE)
        return NULL;
    Type *t = object_type(c->ck, o);
    return ti_of(c, pointer ? type_pointer(c->ck, t) : t);
}

static void runtime_needs(Compiler *c, Image *out) {
    TInfo *need[RTT_COUNT] = {
        [RTT_STRING] = c->t_string, [RTT_INT] = c->t_int, [RTT_BYTES] = c->t_bytes,
        [RTT_STRINGS] = ti_of(c, type_slice(c->ck, c->t_string->type)), [RTT_ANY] = c->t_any, [RTT_ERROR] = c->t_error,
    };
    if (c->runtime) {
        need[RTT_ERROR_STRING] = runtime_type(c, "errorString", false);
        need[RTT_BOUNDS_ERROR] = runtime_type(c, "boundsError", false);
        need[RTT_PLAIN_ERROR] = runtime_type(c, "plainError", false);
        need[RTT_TYPE_ASSERTION_ERROR] = runtime_type(c, "TypeAssertionError", true);
        need[RTT_PANIC_NIL_ERROR] = runtime_type(c, "PanicNilError", true);
        Object *text = package_lookup(c->ck, c->runtime, "panicText");
        if (text)
            out->rt_funcs[RTF_PANIC_TEXT] = func_declared(c, text, NULL, 0)->desc;
    }
    for (uint32_t i = 0; i < RTT_COUNT; i++) {
        if (!need[i])
            continue;
        out->rt_types[i] = ti_ref(c, need[i]);
        if (i <= RTT_PANIC_NIL_ERROR) {
            ti_convert(c, need[i]);
            if (need[i]->kind == KIND_POINTER)
                ti_index(c, ti_elem(c, need[i]));
        }
    }
}

/* ---- the block of package variables ---- */

char *globals_room(Compiler *c, uint64_t off, uint64_t size) {
    if (off + size > c->gcap) {
        uint64_t cap = c->gcap ? c->gcap : 4096;
        while (cap < off + size)
            cap *= 2;
        char *at = arena_alloc(c->arena, cap);
        if (c->gcap)
            memcpy(at, c->gdata, c->gcap);
        c->gdata = at;
        c->gcap = cap;
    }
    if (off + size > c->ginit_bytes)
        c->ginit_bytes = off + size;
    return c->gdata + off;
}

static void globals_finish(Compiler *c, Image *out) {
    uint64_t words = (c->globals_bytes + 63) / 8, n = (words + 63) / 64 + 1;
    uint64_t *ptrs = ARENA_ARRAY(c->arena, uint64_t, n), *maybe = ARENA_ARRAY(c->arena, uint64_t, n);
    for (uint32_t i = 0; i < c->ngregions; i++) {
        GRegion *r = &c->gregions[i];
        if (!r->t->gc_period)
            continue;
        for (uint64_t w = 0; w < r->t->size / 8 * r->count; w++) {
            uint64_t bit = w % r->t->gc_period, to = r->off / 8 + w;
            if (r->t->gc_ptrs[bit / 64] >> bit % 64 & 1)
                ptrs[to / 64] |= UINT64_C(1) << to % 64;
            if (r->t->gc_maybe && r->t->gc_maybe[bit / 64] >> bit % 64 & 1)
                maybe[to / 64] |= UINT64_C(1) << to % 64;
        }
    }
    out->globals_bytes = c->globals_bytes + 8;
    out->globals_init = c->gdata;
    out->globals_init_bytes = c->ginit_bytes;
    out->relocs = c->relocs.at;
    out->nrelocs = c->relocs.n;
    out->globals_ptrs = ptrs;
    out->globals_maybe = maybe;
}

/* imports_reflect tells whether p stands on package reflect. */
static bool imports_reflect(Package *p, PtrMap *seen) {
    if (ptrmap_put(seen, p, p))
        return false;
    bool found = strcmp(p->path, "reflect") == 0;
    for (uint32_t i = 0; i < p->imports.n && !found; i++)
        found = imports_reflect(p->imports.at[i], seen);
    return found;
}

bool compile_program(Compiler *c, Package *main_pkg, Image *out) {
    memset(out, 0, sizeof *out);
    c->reflects = imports_reflect(main_pkg, &(PtrMap){.arena = c->arena});
    c->item_static = ARENA_NEW(c->arena, FuncInst);
    c->stack_limit = checker_stack_limit(c->ck);
    FuncInst *start = func_new(c, FUNC_MAIN, "runtime.main");
    start->desc->flags |= FF_LIBRARY;
    runtime_needs(c, out);
    FuncInst *main_fn = NULL;
    if (main_pkg->script_main) {
        main_fn = func_new(c, FUNC_DECLARED, "main.main");
        main_fn->info = main_pkg->script_main;
        StmtList *body = script_body(c, main_fn->info);
        if (body->n)
            func_place(c, main_fn, body->at[0]->pos);
        func_signature(c, main_fn, NULL, type_func(c->ck, NULL, 0, NULL, 0, false));
        vec_push(c->arena, &c->work, main_fn);
    } else {
        Object *o = package_lookup(c->ck, main_pkg, "main");
        if (!o || o->kind != OBJ_FUNC) {
            diag_at(c->sx->diags, POS_NONE, E_UNSUPPORTED, "function main is undeclared in the main package");
            return false;
        }
        main_fn = func_declared(c, o, NULL, 0);
    }
    do {
        drain(c);
    } while (init_pass(c, false));
    init_pass(c, true);
    vec_push(c->arena, &c->startup, main_fn);
    vec_push(c->arena, &c->work, start);
    drain(c);
    typedesc_finish(c);
    globals_finish(c, out);
    out->funcs = c->funcs.at;
    out->nfuncs = c->funcs.n;
    out->types = c->types.at;
    out->ntypes = c->types.n;
    out->strings = c->strings.at;
    out->nstrings = c->strings.n;
    out->selectors = c->selectors.at;
    out->nselectors = c->selectors.n;
    out->rt_funcs[RTF_MAIN] = start->desc;
    arena_free(&c->tmp);
    return !c->failed && !diag_failed(c->sx->diags);
}

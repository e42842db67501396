// func.c: the functions of the image: declared ones and their instances, literals, wrappers; prologues and epilogues.
#include "compile/compile_impl.h"

FuncInst *func_new(Compiler *c, FuncKind kind, const char *name) {
    FuncInst *fi = ARENA_NEW(c->arena, FuncInst);
    fi->kind = (uint8_t)kind;
    FuncDesc *d = fi->desc = ARENA_NEW(c->arena, FuncDesc);
    d->self = d;
    d->name = name;
    d->file = "";
    fi->index = d->index = c->funcs.n;
    vec_push(c->arena, &c->funcs, d);
    vec_push(c->arena, &c->insts, fi);
    return fi;
}

// func_place sets the file and line of a function that starts at pos; POS_NONE leaves it without.
void func_place(Compiler *c, FuncInst *fi, Pos pos) {
    if (!pos)
        return;
    SourceName p = source_named(c->sx->sources, pos);
    if (p.file) {
        fi->desc->file = p.file;
        fi->desc->line = p.line;
    }
}

/* func_signature sets parameters and results; recv may be NULL. sig has no type parameters. */
void func_signature(Compiler *c, FuncInst *fi, TInfo *recv, Type *sig) {
    uint32_t n = 0, bytes = 0;
    fi->params = ARENA_ARRAY(c->arena, TInfo *, sig->nparams + 1);
    if (recv)
        fi->params[n++] = recv;
    for (uint32_t i = 0; i < sig->nparams; i++)
        fi->params[n++] = ti_of(c, sig->params[i]);
    fi->nparams = n;
    for (uint32_t i = 0; i < n; i++)
        bytes += fi->params[i]->fslots * 8;
    fi->desc->param_bytes = bytes;
    fi->results = ARENA_ARRAY(c->arena, TInfo *, sig->nresults);
    fi->nresults = sig->nresults;
    bytes = 0;
    for (uint32_t i = 0; i < sig->nresults; i++) {
        fi->results[i] = ti_of(c, sig->results[i]);
        bytes += fi->results[i]->fslots * 8;
    }
    fi->desc->result_bytes = bytes;
}

static Type *subst(Compiler *c, Type *t, const TypeEnv *env) { return t->has_tparam && env->n ? type_subst(c->ck, t, env) : t; }

static const char *func_name(Compiler *c, Object *o, bool generic) {
    const char *pkg = o->pkg ? o->pkg->path : "";
    if (!o->is_method)
        return arena_printf(c->arena, "%s.%s%s", pkg, o->name->text, generic ? "[...]" : "");
    const char *recv = o->recv ? o->recv->obj->name->text : "?", *g = generic ? "[...]" : "";
    if (o->ptr_recv)
        return arena_printf(c->arena, "%s.(*%s%s).%s", pkg, recv, g, o->name->text);
    return arena_printf(c->arena, "%s.%s%s.%s", pkg, recv, g, o->name->text);
}

bool intrinsic_find(Compiler *c, Object *o, uint32_t *index) {
    char name[256];
    int n;
    if (o->is_method)
        n = snprintf(name, sizeof name, "%s.%s.%s", o->pkg->path, o->recv->obj->name->text, o->name->text);
    else
        n = snprintf(name, sizeof name, "%s.%s", o->pkg->path, o->name->text);
    if (n >= (int)sizeof name)
        return false;
    uintptr_t i = (uintptr_t)ptrmap_get(&c->intrinsic_index, intern(c->sx->names, name, (size_t)n));
    if (!i) {
        diag_at(c->sx->diags, o->pos, E_UNSUPPORTED, "missing function body (no leaf function %s)", name);
        c->failed = true;
        *index = 0;
        return true;
    }
    *index = (uint32_t)i - 1;
    return true;
}

FuncInst *func_declared(Compiler *c, Object *o, Type **targs, uint32_t ntargs) {
    for (FuncInst *fi = o->aux; fi; fi = fi->next) {
        if (fi->env.n == ntargs && (!ntargs || !memcmp(fi->env.targs, targs, ntargs * sizeof *targs)))
            return fi;
    }
    Type *sig = object_type(c->ck, o);
    FuncDecl *fd = o->decl && ((Decl *)o->decl)->kind == DECL_FUNC ? o->decl : NULL;
    bool leaf = fd && !fd->body && !fd->body_start;
    FuncInst *fi = func_new(c, leaf ? FUNC_INTRINSIC : FUNC_DECLARED, func_name(c, o, ntargs > 0));
    fi->obj = o;
    if (o->pkg && o->pkg->is_library)
        fi->desc->flags |= FF_LIBRARY;
    Type *recv = NULL;
    if (o->is_method)
        recv = o->recv;
    if (ntargs) {
        fi->env.tparams = recv ? recv->tparams : sig->tparams_f;
        fi->env.targs = targs;
        fi->env.n = ntargs;
    }
    if (recv) {
        if (ntargs)
            recv = recv->implicit_tparams ? type_subst(c->ck, recv, &fi->env) : type_instantiate(c->ck, recv, targs, ntargs);
        if (o->ptr_recv)
            recv = type_pointer(c->ck, recv);
    }
    func_signature(c, fi, recv ? ti_of(c, recv) : NULL, subst(c, sig, &fi->env));
    func_place(c, fi, o->pos);
    fi->next = o->aux;
    o->aux = fi;
    vec_push(c->arena, &c->work, fi);
    return fi;
}

FuncInst *func_method(Compiler *c, TInfo *recv, Selection *s) {
    TypeEnv env = type_env_of(c->ck, recv->type);
    return func_declared(c, s->obj, env.targs, env.n);
}

/* ---- wrappers ---- */

FuncInst *func_wrapper(Compiler *c, FuncKind kind, TInfo *recv, Selection *s) {
    for (FuncInst *fi = recv->wrappers; fi; fi = fi->next) {
        if (fi->kind == kind && fi->sel->name == s->name && fi->sel->type == s->type)
            return fi;
    }
    const char *suffix = kind == FUNC_BOUND ? "-fm" : "";
    FuncInst *fi = func_new(c, kind, arena_printf(c->arena, "%s.%s%s", type_string_runtime(c->ck, recv->type), s->name->text, suffix));
    fi->desc->flags |= FF_WRAPPER;
    if (s->kind == SEL_METHOD && !s->npath && s->want_deref && recv->type->kind == TYPE_POINTER)
        fi->desc->flags |= FF_DEREF;
    const Type *named = recv->type->kind == TYPE_POINTER ? recv->type->elem : recv->type;
    if (named->kind == TYPE_NAMED && named->obj->pkg && named->obj->pkg->is_library)
        fi->desc->flags |= FF_LIBRARY;
    fi->recv = recv;
    fi->sel = s;
    Type *sig = s->type;
    TInfo *first = kind == FUNC_BOUND ? NULL : recv;
    if (kind == FUNC_ENTRY && !(recv->flags & TF_DIRECT))
        first = c->t_ptr;
    func_signature(c, fi, first, sig);
    fi->next = recv->wrappers;
    recv->wrappers = fi;
    vec_push(c->arena, &c->work, fi);
    return fi;
}

FuncInst *func_entry(Compiler *c, TInfo *recv, Selection *s) {
    if (s->kind == SEL_METHOD && !s->npath && !s->want_addr && !s->want_deref && recv->flags & TF_DIRECT)
        return func_method(c, recv, s);
    return func_wrapper(c, FUNC_ENTRY, recv, s);
}

// Where the parameters are; with far also what long forms need. block: they may move into the block of variables.
static uint32_t *params_place(Fn *f, bool block) {
    FuncInst *fi = f->inst;
    uint32_t *at = ARENA_ARRAY(f->arena, uint32_t, fi->nparams + 1);
    for (uint32_t i = 0; i < fi->nparams; i++)
        at[i] = frame_alloc(f, fi->params[i]);
    if (f->far)
        far_begin(f, at, block);
    return at;
}

// The body of a wrapper: the receiver's place is known; parameters from `first` on are handed on.
static void wrapper_body(Fn *f, Loc l, Selection *s, uint32_t first, uint32_t *at) {
    Compiler *c = f->c;
    FuncInst *fi = f->inst;
    if (fi->kind != FUNC_BOUND)
        l = place_selection(f, l, s);
    uint32_t iface = NOWHERE, leaf = UINT32_MAX;
    FuncInst *target = NULL;
    SelId sel = 0;
    if (s->kind == SEL_IFACE_METHOD) {
        iface = loc_load(f, &l);
        sel = iface_selector(c, l.t->type, s->method_index);
    } else {
        target = func_method(c, l.t, s);
    }
    uint32_t a = frame_window(f);
    if (iface != NOWHERE) {
        frame_alloc_kind(f, 1, SM_NONE);
    } else {
        uint32_t r = frame_alloc(f, target->params[0]);
        if (fi->kind == FUNC_BOUND)
            loc_load_to(f, &l, r);
        else
            recv_load(f, l, s, r);
    }
    for (uint32_t i = first; i < fi->nparams; i++)
        mov_t(f, frame_alloc(f, fi->params[i]), at[i], fi->params[i]);
    call_note(f, (f->top - a) / 8, fi->desc->result_bytes / 8);
    if (iface != NOWHERE) {
        ins(f, OP_CALLI, a, iface, 0);
        ins_ext(f, sel);
    } else {
        ins_i(f, OP_CALL, a, target->index);
    }
    (void)leaf;
    frame_release(f, a);
    uint32_t bytes = fi->desc->result_bytes;
    for (uint32_t i = 0; i < fi->nresults; i++)
        frame_alloc(f, fi->results[i]);
    mov(f, 0, a, bytes / 8);
    ins(f, OP_RET, 0, 0, 0);
}

static void compile_wrapper(Fn *f) {
    FuncInst *fi = f->inst;
    Compiler *c = f->c;
    uint32_t *at = params_place(f, false);
    Loc l;
    uint32_t first = 1;
    if (fi->kind == FUNC_BOUND) {
        uint32_t ctx = frame_alloc_kind(f, 1, SM_PTR);
        ins(f, OP_LDCTX, ctx, 0, 0);
        l = loc_ptr(fi->recv, ctx, 8);
        l.nonnil = true;
        first = 0;
        if (ti_is_iface(fi->recv) || fi->recv->form == FORM_SLOTS) {
            uint32_t r = frame_alloc(f, fi->recv);
            loc_load_to(f, &l, r);
            l = loc_frame(fi->recv, r);
        }
    } else if (fi->kind == FUNC_ENTRY && !(fi->recv->flags & TF_DIRECT)) {
        l = loc_ptr(fi->recv, at[0], 0);
        l.nonnil = true;
    } else {
        l = loc_frame(fi->recv, at[0]);
    }
    (void)c;
    wrapper_body(f, l, fi->sel, first, at);
}

/* ---- literals ---- */

FuncInst *func_lit(Fn *f, FuncInfo *info) {
    Compiler *c = f->c;
    FuncInst *outer = f->inst;
    const char *name;
    if (info->is_range_body)
        name = arena_printf(c->arena, "%s-range%u", outer->desc->name, ++outer->nranges);
    else if (outer->kind == FUNC_LIT && !outer->range)
        name = arena_printf(c->arena, "%s.%u", outer->desc->name, ++outer->nlits);
    else
        name = arena_printf(c->arena, "%s.func%u", outer->desc->name, ++outer->nlits);
    FuncInst *fi = func_new(c, FUNC_LIT, name);
    fi->info = info;
    fi->env = f->env;
    fi->outer = outer;
    fi->desc->flags |= outer->desc->flags & FF_LIBRARY;
    func_place(c, fi, ((Expr *)info->node)->pos);
    func_signature(c, fi, NULL, subst(c, info->sig, &f->env));
    for (uint32_t i = 0; i < info->captures.n; i++) {
        Object *o = info->captures.at[i];
        if (o->is_global)
            continue;
        Var *v = var_find(f, o);
        Capture cp = {.obj = o, .by_ref = !var_is_private(v), .t = v->t};
        vec_push(c->arena, &fi->captures, cp);
    }
    vec_push(c->arena, &c->work, fi);
    return fi;
}

/* closure stores a func value of a literal to dst, which is fresh. */
void closure(Fn *f, FuncInst *fi, uint32_t dst) {
    if (!fi->captures.n) {
        func_value(f, fi, dst);
        return;
    }
    if (!fi->closure_type)
        fi->closure_type = ti_closure(f->c, fi);
    ins(f, OP_CLOSURE, dst, 0, 0);
    ins_ext(f, (uint64_t)fi->closure_type->index << 32 | fi->index);
    for (uint32_t i = 0; i < fi->captures.n; i++) {
        Capture *cp = &fi->captures.at[i];
        Loc l = loc_ptr(cp->by_ref ? f->c->t_ptr : cp->t, dst, cp->mem);
        l.nonnil = true;
        uint32_t mark = f->top, at;
        if (cp->obj) {
            Var v = *var_find(f, cp->obj);
            Loc from = cp->by_ref ? loc_frame(f->c->t_ptr, var_box_load(f, &v)) : var_loc(f, &v);
            at = loc_load(f, &from);
        } else {
            at = cp->what == CAPTURE_STATE ? f->state_at : f->new_loop_at;
        }
        loc_store(f, &l, at);
        frame_release(f, mark);
    }
}

static void load_captures(Fn *f) {
    FuncInst *fi = f->inst;
    if (!fi->captures.n)
        return;
    // The context may be the last thing loaded over: captures are loaded once, into places of their own.
    uint32_t places = fi->captures.n;
    uint32_t *at = ARENA_ARRAY(f->arena, uint32_t, places);
    if (f->far) {  // or left where they are
        f->ctx_at = frame_alloc_kind(f, 1, SM_PTR);
        ins(f, OP_LDCTX, f->ctx_at, 0, 0);
    }
    for (uint32_t i = 0; i < places; i++) {
        Capture *cp = &fi->captures.at[i];
        if (f->far && cp->obj) {
            var_bind_based(f, cp->obj, cp->t, f->ctx_at, cp->mem, cp->by_ref ? VAR_BLOCK_BOX : VAR_BLOCK);
            continue;
        }
        at[i] = cp->by_ref ? frame_alloc_kind(f, 1, SM_PTR) : frame_alloc(f, cp->t);
        if (cp->obj)
            var_bind(f, cp->obj, cp->t, at[i], cp->by_ref ? VAR_BOX : VAR_FRAME);
        else
            *(cp->what == CAPTURE_STATE ? &f->state_at : &f->loop_at) = at[i];
    }
    uint32_t mark = f->top, ctx = frame_alloc_kind(f, 1, SM_PTR);
    ins(f, OP_LDCTX, ctx, 0, 0);
    for (uint32_t i = 0; i < places; i++) {
        Capture *cp = &fi->captures.at[i];
        if (f->far && cp->obj)
            continue;
        Loc l = loc_ptr(cp->by_ref ? f->c->t_ptr : cp->t, ctx, cp->mem);
        l.nonnil = true;
        loc_load_to(f, &l, at[i]);
    }
    frame_release(f, mark);
}

/* ---- bodies ---- */

static void bind_param(Fn *f, Object *o, TInfo *t, uint32_t at) {
    if (!o || !o->name || (o->name->len == 1 && o->name->text[0] == '_'))
        return;
    var_adopt(f, o, t, at);
}

static void stick(Fn *f, uint32_t at, uint32_t nslots) {
    Pin p = {0, UINT32_MAX, at / 8, nslots};
    vec_push(f->arena, &f->sticky, p);
}

static void declare_results(Fn *f) {
    FuncInst *fi = f->inst;
    FuncInfo *info = f->info;
    bool homes = info->named_results || f->has_defer || info->has_range_return;
    f->result_home = ARENA_ARRAY(f->arena, Var, fi->nresults);
    f->named_results = info->named_results;
    if (!homes)
        return;
    for (uint32_t i = 0; i < fi->nresults; i++) {
        TInfo *t = fi->results[i];
        Object *o = i < info->nresults ? info->results[i] : NULL;
        bool named = o && o->name && !(o->name->len == 1 && o->name->text[0] == '_');
        Var v = f->result_home[i] = named || (o && o->captured) ? *var_declare(f, o, true) : *var_declare_as(f, NULL, t, false, true);
        if (!f->has_defer)
            continue;
        if (v.base == NOWHERE)
            stick(f, v.at, v.place == VAR_BOX ? 1 : t->fslots);
        else if (!f->sticky.n || vec_last(&f->sticky).slot != v.base / 8)
            stick(f, v.base, 1);
    }
}

static void compile_body(Fn *f, StmtList *body, Pos end) {
    FuncInst *fi = f->inst;
    FuncInfo *info = f->info;
    f->has_defer = info->has_defer && !info->is_range_body;
    f->epilogue = f->has_defer ? label_new(f) : NO_LABEL;
    f->result_slots = fi->desc->result_bytes / 8;
    uint32_t *at = params_place(f, true);
    // With defer, what recover needs is zeroed before anything can panic or stop.
    if (f->has_defer)
        declare_results(f);
    load_captures(f);
    uint32_t k = 0;
    if (fi->nparams > info->nparams)
        bind_param(f, info->recv, fi->params[0], at[0]), k = 1;
    for (uint32_t i = 0; i < info->nparams; i++)
        bind_param(f, info->params[i], fi->params[k + i], at[k + i]);
    if (!f->has_defer)
        declare_results(f);
    f->vars_full = false;
    if (fi->range)
        range_body_begin(f);
    block(f, body);
    f->pos = end;
    if (fi->range) {
        range_body_end(f);
        return;
    }
    if (!f->has_defer) {
        if (!fi->nresults)
            ins(f, OP_RET, 0, 0, 0);
        return;
    }
    label_bind(f, f->epilogue);
    f->dead = false;
    uint32_t w = frame_window(f);
    ins_i(f, OP_RUNDEFERS, 0, w);
    return_homes(f);
}

static void compile_init_item(Fn *f) {
    InitItem *it = f->inst->item;
    params_place(f, true);
    uint32_t mark = f->top;
    f->has_defer = false;
    if (it->nlhs <= 1) {
        Object *o = it->nlhs ? it->lhs[0] : NULL;
        if (o && !(o->name->len == 1 && o->name->text[0] == '_')) {
            TInfo *t = ti_of(f->c, object_type(f->c->ck, o));
            order_one(f, it->rhs);
            uint32_t v = ex_as(f, it->rhs, t);
            Loc l = {.kind = LOC_GLOBAL, .t = t, .disp = global_off(f->c, o)};
            loc_store(f, &l, v);
        } else if (!expr_is_nil(f, it->rhs)) {
            TInfo *t = o ? ti_of(f->c, object_type(f->c->ck, o)) : tof(f, it->rhs);
            order_one(f, it->rhs);
            ex_as(f, it->rhs, t);
        }
    } else {
        init_tuple(f, it);
    }
    frame_release(f, mark);
    ins(f, OP_RET, 0, 0, 0);
}

static void compile_main(Fn *f) {
    Compiler *c = f->c;
    uint32_t w = frame_window(f);
    for (uint32_t i = 0; i < c->startup.n; i++) {
        call_note(f, 0, 0);
        ins_i(f, OP_CALL, w, c->startup.at[i]->index);
    }
    ins(f, OP_RET, 0, 0, 0);
}

static void compile_leaf(Fn *f) {
    FuncInst *fi = f->inst;
    uint32_t leaf;
    for (uint32_t i = 0; i < fi->nparams; i++)
        frame_alloc(f, fi->params[i]);
    intrinsic_find(f->c, fi->obj, &leaf);
    f->result_slots = fi->desc->result_bytes / 8;
    frame_release(f, 0);
    for (uint32_t i = 0; i < fi->nresults; i++)
        frame_alloc(f, fi->results[i]);
    call_note(f, fi->desc->param_bytes / 8, fi->desc->result_bytes / 8);
    ins_i(f, OP_CALLX, 0, leaf);
    ins(f, OP_RET, 0, 0, 0);
}

static void compile_thunk(Fn *f) {
    FuncInst *fi = f->inst;
    uint32_t *at = params_place(f, false);
    builtin_thunk(f, fi->call, fi->params, at);
    ins(f, OP_RET, 0, 0, 0);
}

static bool compile_once(Compiler *c, FuncInst *fi, bool far) {
    Fn *f = &c->fn;
    emit_begin(f);
    f->inst = fi;
    f->info = fi->info;
    f->env = fi->env;
    f->far = far;
    f->has_defer = false;
    f->result_slots = fi->desc->result_bytes / 8;
    f->pos = 0;
    f->free_header = NOWHERE;
    switch ((FuncKind)fi->kind) {
    case FUNC_DECLARED: case FUNC_LIT: {
        FuncInfo *info = fi->info;
        if (info->is_script_main) {
            f->pos = 0;
            compile_body(f, script_body(c, info), 0);
        } else if (info->is_range_body) {
            BlockStmt *b = ((RangeStmt *)info->node)->body;
            f->pos = b->s.pos;
            compile_body(f, &b->list, b->rbrace);
        } else if (info->obj) {
            BlockStmt *b = ((FuncDecl *)info->node)->body;
            f->pos = b->s.pos;
            compile_body(f, &b->list, b->rbrace);
        } else {
            BlockStmt *b = ((FuncLit *)info->node)->body;
            f->pos = b->s.pos;
            compile_body(f, &b->list, b->rbrace);
        }
        break;
    }
    case FUNC_INTRINSIC: compile_leaf(f); break;
    case FUNC_ENTRY: case FUNC_BOUND: case FUNC_METHOD_EXPR: compile_wrapper(f); break;
    case FUNC_THUNK: compile_thunk(f); break;
    case FUNC_INIT_ITEM: compile_init_item(f); break;
    case FUNC_MAIN: compile_main(f); break;
    }
    if (f->far)
        far_finish(f);
    if (f->too_large)
        return false;
    emit_finish(f);
    if (f->has_defer) {
        fi->desc->flags |= FF_HAS_DEFER;
        fi->desc->recover_pc = f->labels.at[f->epilogue];
    }
    return true;
}

// The function literals and thunks among what waits for compilation since `from` belong to code that was thrown away.
static void literals_forget(Compiler *c, uint32_t from) {
    uint32_t n = from;
    for (uint32_t i = from; i < c->work.n; i++) {
        FuncInst *fi = c->work.at[i];
        if (fi->kind == FUNC_LIT || fi->kind == FUNC_THUNK)
            c->funcs.at[fi->index] = NULL;
        else
            c->work.at[n++] = fi;
    }
    c->work.n = n;
}

void func_compile(Compiler *c, FuncInst *fi) {
    if (fi->compiled)
        return;
    fi->compiled = true;
    if (fi->kind == FUNC_DECLARED && !fi->info) {
        fi->info = checker_func(c->ck, fi->obj);
        if (!fi->info) {
            c->failed = true;  // the checker has said why
            return;
        }
    }
    uint32_t nlits = fi->nlits, nranges = fi->nranges, work = c->work.n;
    if (!compile_once(c, fi, FAR_ALWAYS)) {
        literals_forget(c, work);
        fi->nlits = nlits;
        fi->nranges = nranges;
        if (!compile_once(c, fi, true)) {
            diag_at(c->sx->diags, fi->info && fi->info->obj ? fi->info->obj->pos : c->fn.pos, E_UNSUPPORTED,
                    "%s: stack frame too large (limit 1 GiB)", fi->desc->name);
            c->failed = true;
        }
    }
    if (c->tmp.used_bytes > 8 << 20) {
        arena_free(&c->tmp);
        Fn *f = &c->fn;
        uint8_t *slot_kind = f->slot_kind;
        uint32_t max_top = f->max_top, slot_kinds = f->slot_kinds;
        memset(f, 0, sizeof *f);
        f->c = c;
        f->arena = &c->tmp;
        f->slot_kind = slot_kind;
        f->slot_kinds = slot_kinds;
        f->max_top = max_top;
    }
}

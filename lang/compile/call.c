// call.c: calls, go and defer, method values.
#include "compile/compile_impl.h"

typedef enum CalleeKind { CALLEE_STATIC, CALLEE_LEAF, CALLEE_VALUE, CALLEE_IFACE } CalleeKind;

// What is called, once everything that decides it was evaluated.
typedef struct Callee {
    CalleeKind kind;
    FuncInst *fi;
    uint32_t leaf;      // index of the leaf function
    uint32_t at;        // slot of the func value or interface
    SelId sel;
    bool has_recv;
    Loc recv;           // place of the receiver, not loaded yet
    const Selection *recv_sel;
    Type *sig;          // parameters behind the receiver
} Callee;

typedef enum CallMode { MODE_CALL, MODE_GO, MODE_DEFER } CallMode;

void call_note(Fn *f, uint32_t nargs, uint32_t nresults) {
    if (f->dead)
        return;
    CallSite n = {f->code.n, nargs, nresults};
    vec_push(f->arena, &f->calls, n);
}

static Type **subst_list(Fn *f, Type **list, uint32_t n) {
    Type **out = ARENA_ARRAY(f->c->arena, Type *, n);
    for (uint32_t i = 0; i < n; i++)
        out[i] = list[i]->has_tparam ? type_subst(f->c->ck, list[i], &f->env) : list[i];
    return out;
}

static bool has_no_body(const Object *o) {
    const FuncDecl *fd = o->decl;
    return fd && ((const Decl *)fd)->kind == DECL_FUNC && !fd->body && !fd->body_start;
}

/* static_callee: the declared function that an expression names. A leaf function's number is stored in *intrinsic, else UINT32_MAX. */
FuncInst *static_callee(Fn *f, Expr *fun, uint32_t *intrinsic) {
    *intrinsic = UINT32_MAX;
    fun = ast_unparen(fun);
    const Inst *inst = checker_inst(f->c->ck, fun);
    Object *o;
    if (inst) {
        o = inst->generic;
        return func_declared(f->c, o, subst_list(f, inst->targs, inst->ntargs), inst->ntargs);
    }
    if (fun->kind == EXPR_INDEX)
        fun = ast_unparen(((IndexExpr *)fun)->x);
    o = fun->kind == EXPR_IDENT ? ((Ident *)fun)->obj : ((SelectorExpr *)fun)->sel->obj;
    if (has_no_body(o) && intrinsic_find(f->c, o, intrinsic))
        return NULL;
    return func_declared(f->c, o, NULL, 0);
}

/* static_function is the declared function that an expression names, as something that has a FuncDesc. */
FuncInst *static_function(Fn *f, Expr *fun) {
    uint32_t leaf;
    FuncInst *fi = static_callee(f, fun, &leaf);
    return fi ? fi : func_declared(f->c, static_object(fun), NULL, 0);
}

SelId iface_selector(Compiler *c, Type *iface, uint32_t index) {
    Type *u = type_complete(c->ck, type_under(c->ck, iface));
    IfaceMethod *m = &u->methods[index];
    SelId id = sel_id(c, m->name, m->pkg, m->sig);
    sel_called(c, id);
    return id;
}

/* selection_resolve follows a selection's path from l. A method of a type parameter is looked up again in the type argument: what is
 * returned then has a path of its own, which is followed too. */
Selection *selection_resolve(Fn *f, Selection *s, Loc *l) {
    *l = place_selection(f, *l, s);
    if (s->kind != SEL_TPARAM_METHOD)
        return s;
    Selection *r = type_lookup(f->c->ck, l->t->type, s->name, s->obj ? s->obj->pkg : f->inst->info ? f->inst->info->pkg : NULL, true);
    VERIFY(r != NULL);
    *l = place_selection(f, *l, r);
    return r;
}

/* recv_load stores the receiver that selection s asks for to dst; l is the place at the end of its path. */
void recv_load(Fn *f, Loc l, const Selection *s, uint32_t dst) {
    uint32_t mark = f->top;
    if (s->want_addr) {
        if (l.kind == LOC_FRAME && l.t->form != FORM_BIG) {  // a temporary that is addressed: only for type arguments
            uint32_t index = ti_index(f->c, l.t), mem = to_mem(f, l.at, l.t);
            ins(f, OP_BOX, dst, mem, 0);
            ins_ext(f, ext_type(index, 0));
        } else {
            loc_addr(f, &l, dst);
        }
    } else if (s->want_deref) {
        uint32_t p = loc_load(f, &l);
        Loc v = loc_ptr(ti_elem(f->c, l.t), p, 0);
        loc_load_to(f, &v, dst);
    } else {
        loc_load_to(f, &l, dst);
    }
    frame_release(f, mark);
}

static Callee callee_of(Fn *f, CallExpr *e) {
    Callee k = {0};
    Expr *fun = ast_unparen(e->fun);
    k.sig = tof(f, fun)->under;
    if (fun->kind == EXPR_SELECTOR && ((SelectorExpr *)fun)->selection) {
        SelectorExpr *x = (SelectorExpr *)fun;
        Selection *s = x->selection;
        if (s->method_expr) {
            k.fi = method_expr_func(f, x);
            k.kind = CALLEE_STATIC;
            return k;
        }
        if (s->kind == SEL_METHOD || s->kind == SEL_IFACE_METHOD || s->kind == SEL_TPARAM_METHOD) {
            Loc l = place(f, x->x);
            f->pos = e->e.pos;
            s = selection_resolve(f, s, &l);
            if (s->kind == SEL_IFACE_METHOD) {
                k.kind = CALLEE_IFACE;
                k.at = loc_load(f, &l);
                k.sel = iface_selector(f->c, l.t->type, s->method_index);
                return k;
            }
            k.has_recv = true;
            k.recv = l;
            k.recv_sel = s;
            k.leaf = UINT32_MAX;
            if (has_no_body(s->obj) && intrinsic_find(f->c, s->obj, &k.leaf)) {
                k.kind = CALLEE_LEAF;
                k.fi = NULL;
                return k;
            }
            k.fi = func_method(f->c, l.t, s);
            k.kind = CALLEE_STATIC;
            return k;
        }
    }
    if (e->call == CALL_STATIC) {
        k.fi = static_callee(f, fun, &k.leaf);
        k.kind = k.fi ? CALLEE_STATIC : CALLEE_LEAF;
        return k;
    }
    k.kind = CALLEE_VALUE;
    k.at = ex(f, fun);
    return k;
}

// variadic packs the remaining arguments into a slice.
static void pack_variadic(Fn *f, TInfo *st, Expr **args, TInfo **types, uint32_t *ats, uint32_t n, uint32_t dst) {
    if (!n) {
        zero_t(f, dst, st);
        return;
    }
    Compiler *c = f->c;
    TInfo *et = ti_elem(c, st), *at = ti_of(c, type_array(c->ck, et->type, n));
    uint32_t mark = f->top, p = frame_alloc_kind(f, 1, SM_PTR);
    ins_i(f, OP_NEW, p, ti_index(c, at));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t inner = f->top, v;
        if (args) {
            v = ex_as(f, args[i], et);
        } else if (ti_is_iface(et) && !ti_is_iface(types[i])) {
            v = frame_alloc(f, et);
            conv_iface(f, ats[i], types[i], et, v);
        } else {
            v = ats[i];
        }
        Loc l = loc_ptr(et, p, i * et->size);
        l.nonnil = true;
        loc_store(f, &l, v);
        frame_release(f, inner);
    }
    mov(f, dst, p, 1);
    load_int(f, dst + 8, n);
    load_int(f, dst + 16, n);
    frame_release(f, mark);
}

/* call_tuple evaluates a call with several results: their types and places. */
uint32_t call_tuple(Fn *f, Expr *e, TInfo **types, uint32_t *ats) {
    Type *tt = e->type;
    uint32_t at = call(f, (CallExpr *)ast_unparen(e), NOWHERE), n = tt->ntypes;
    for (uint32_t i = 0; i < n; i++) {
        types[i] = ti(f, tt->types[i]);
        ats[i] = at;
        at += types[i]->fslots * 8;
    }
    return n;
}

static void value_as(Fn *f, uint32_t src, TInfo *from, TInfo *to, uint32_t dst) {
    if (ti_is_iface(to))
        conv_iface(f, src, from, to, dst);
    else
        mov_t(f, dst, src, to);
}

static void args_evaluate(Fn *f, CallExpr *e, Type *sig, uint32_t window, TInfo **types, uint32_t *ats, uint32_t ntuple) {
    bool spread = e->cflags & CALLF_SPREAD;
    uint32_t fixed = sig->variadic && !spread ? sig->nparams - 1 : sig->nparams;
    for (uint32_t i = 0; i < sig->nparams; i++) {
        TInfo *pt = ti(f, sig->params[i]);
        uint32_t at = frame_alloc(f, pt);
        f->free_header = at == window ? window : NOWHERE;
        if (i >= fixed) {
            if (types)
                pack_variadic(f, pt, NULL, types + i, ats + i, ntuple - i, at);
            else
                pack_variadic(f, pt, e->args + i, NULL, NULL, e->nargs - i, at);
        } else if (types) {
            value_as(f, ats[i], types[i], pt, at);
        } else {
            ex_as_to(f, e->args[i], pt, at);
        }
    }
    f->free_header = NOWHERE;
}

static uint32_t result_slots(Fn *f, Type *sig) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < sig->nresults; i++)
        n += ti(f, sig->results[i])->fslots;
    return n;
}

static void alloc_results(Fn *f, Type *sig) {
    for (uint32_t i = 0; i < sig->nresults; i++)
        frame_alloc(f, ti(f, sig->results[i]));
}

// Leaf functions that are one instruction on the slot of argument and result, or none as both have the same form.
static bool leaf_in_place(Fn *f, uint32_t leaf, uint32_t a) {
    static const char *const same[] = {"math.Float64bits", "math.Float64frombits", "math.Float32bits", "math.Float32frombits"};
    const char *name = f->c->intrinsics->defs[leaf].name;
    if (strncmp(name, "math.", 5))
        return false;
    if (!strcmp(name, "math.Sqrt") || !strcmp(name, "math.Abs")) {
        ins(f, name[5] == 'S' ? OP_SQRT_F64 : OP_ABS_F64, a, a, 0);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        if (!strcmp(name, same[i]))
            return true;
    }
    return false;
}

static void emit_call(Fn *f, Callee *k, CallMode mode, uint32_t a, uint32_t nargs, uint32_t nresults) {
    static const Opcode statics[] = {OP_CALL, OP_GO, OP_DEFER}, values[] = {OP_CALLC, OP_GOC, OP_DEFERC}, ifaces[] = {OP_CALLI, OP_GOI, OP_DEFERI};
    if (mode == MODE_GO)
        f->pos = f->go_pos;
    if (mode != MODE_CALL)
        nresults = 0;
    else if (k->kind == CALLEE_LEAF && leaf_in_place(f, k->leaf, a))
        return;
    call_note(f, nargs, nresults);
    switch (k->kind) {
    case CALLEE_STATIC: ins_i(f, statics[mode], a, k->fi->index); break;
    case CALLEE_VALUE: ins(f, values[mode], a, k->at, 0); break;
    case CALLEE_IFACE:
        ins(f, ifaces[mode], a, k->at, 0);
        ins_ext(f, k->sel);
        break;
    case CALLEE_LEAF: ins_i(f, OP_CALLX, a, k->leaf); break;
    }
}

// The last instruction emitted is a call of gol code: its map lacks its results, so a CALLX can't share its key.
static bool after_call(Fn *f) {
    if (!f->calls.n)
        return false;
    uint32_t pc = vec_last(&f->calls).pc;
    const uint64_t *w = &f->code.at[pc];
    return pc + ins_words(w) == f->code.n && op_info[ins_op(*w)].effects & EFF_CALLS;
}

/* call_inline: the arguments get places as they would in a window, or stay where they are; then the body follows. */
static uint32_t call_inline(Fn *f, CallExpr *e, Callee *k, uint32_t hint) {
    FuncInst *fi = k->fi;
    Type *sig = k->sig;
    bool spread = e->cflags & CALLF_SPREAD;
    uint32_t fixed = sig->variadic && !spread ? sig->nparams - 1 : sig->nparams, n = 0, result = f->top;
    uint32_t *at = ARENA_ARRAY(f->arena, uint32_t, fi->nparams + 1);
    alloc_results(f, sig);
    uint32_t mark = f->top;
    if (k->has_recv) {
        TInfo *rt = fi->params[0];
        bool plain = !k->recv_sel->want_addr && !k->recv_sel->want_deref && k->recv.kind == LOC_FRAME && !inline_assigns(fi, 0);
        if (plain) {
            at[n] = k->recv.at;
        } else {
            at[n] = frame_alloc(f, rt);
            f->pos = e->e.pos;
            recv_load(f, k->recv, k->recv_sel, at[n]);
        }
        n++;
    }
    for (uint32_t i = 0; i < sig->nparams; i++, n++) {
        TInfo *pt = ti(f, sig->params[i]);
        if (i >= fixed) {
            at[n] = frame_alloc(f, pt);
            pack_variadic(f, pt, e->args + i, NULL, NULL, e->nargs - i, at[n]);
        } else if (inline_assigns(fi, n)) {
            at[n] = frame_alloc(f, pt);
            ex_as_to(f, e->args[i], pt, at[n]);
        } else {
            at[n] = ex_as(f, e->args[i], pt);
        }
    }
    // One-slot results may go straight to where they are wanted, unless an argument lies there.
    uint32_t to = hint != NOWHERE && fi->nresults == 1 && fi->results[0]->fslots == 1 ? hint : result;
    for (uint32_t i = 0; i < n; i++) {
        if (at[i] <= to && to < at[i] + fi->params[i]->fslots * 8)
            to = result;
    }
    inline_body(f, fi, at, to, e->e.pos);
    frame_release(f, mark);
    return to;
}

static uint32_t do_call(Fn *f, CallExpr *e, CallMode mode, uint32_t hint) {
    uint32_t usable = hint != NOWHERE && hint == f->free_header ? hint : NOWHERE;
    f->free_header = NOWHERE;
    uint32_t start = f->top;
    order_call(f, e);
    Callee k = callee_of(f, e);
    Pos pos = e->e.pos;
    if (k.kind == CALLEE_STATIC && mode == MODE_CALL && !(e->cflags & (CALLF_TUPLE_ARG | CALLF_METHOD_EXPR)) && inline_wanted(f, k.fi))
        return call_inline(f, e, &k, hint);
    TInfo **types = NULL;
    uint32_t *ats = NULL, ntuple = 0;
    if (e->cflags & CALLF_TUPLE_ARG) {
        uint32_t n = e->args[0]->type->ntypes;
        types = ARENA_ARRAY(f->arena, TInfo *, n);
        ats = ARENA_ARRAY(f->arena, uint32_t, n);
        ntuple = call_tuple(f, e->args[0], types, ats);
    }
    uint32_t a;
    if (k.kind == CALLEE_LEAF && mode == MODE_CALL)
        a = f->top;
    else if (usable != NOWHERE && f->top == start && start == usable + result_slots(f, k.sig) * 8 && k.kind != CALLEE_LEAF)
        a = f->top = usable;
    else
        a = frame_window(f);
    if (k.kind == CALLEE_IFACE)
        frame_alloc_kind(f, 1, SM_NONE);  // the data word is put there by the call
    if (k.has_recv) {
        TInfo *rt = k.recv_sel->want_addr ? f->c->t_ptr : k.recv_sel->want_deref ? ti_elem(f->c, k.recv.t) : k.recv.t;
        uint32_t at = frame_alloc(f, rt);
        f->pos = pos;
        recv_load(f, k.recv, k.recv_sel, at);
    }
    // (A leaf's arguments have no header below them that a nested call could use.)
    args_evaluate(f, e, k.sig, k.kind == CALLEE_LEAF && mode == MODE_CALL ? NOWHERE : a, types, ats, ntuple);
    f->pos = pos;
    uint32_t nargs = (f->top - a) / 8, nresults = result_slots(f, k.sig);
    if (mode != MODE_CALL && f->max_top < a + 8)
        f->max_top = a + 8;  // the operand names a slot of the frame
    if (k.kind == CALLEE_LEAF && mode != MODE_CALL) {
        k.fi = func_declared(f->c, k.has_recv ? k.recv_sel->obj : static_object(e->fun), NULL, 0);
        k.kind = CALLEE_STATIC;
    }
    if (k.kind == CALLEE_LEAF) {
        uint32_t at = far_is(f, a) ? far_leaf_args(f, a, nargs) : a;
        if (after_call(f))
            ins(f, OP_NOP, 0, 0, 0);
        frame_release(f, a);
        alloc_results(f, k.sig);  // a leaf's results are in its map: their kinds hold from the instruction on
        if (at != a)
            far_leaf_kinds(f, a, nresults);
        emit_call(f, &k, mode, at, nargs, nresults);
        if (at != a)
            far_move(f, a, at, nresults * UINT64_C(8));
    } else {
        emit_call(f, &k, mode, a, nargs, nresults);
        frame_release(f, a);
        if (mode == MODE_CALL)
            alloc_results(f, k.sig);
    }
    if (usable != NOWHERE && a == usable && f->top < start)
        f->top = start;
    return a;
}

Object *static_object(Expr *fun) {
    fun = ast_unparen(fun);
    if (fun->kind == EXPR_INDEX)
        fun = ast_unparen(((IndexExpr *)fun)->x);
    return fun->kind == EXPR_IDENT ? ((Ident *)fun)->obj : ((SelectorExpr *)fun)->sel->obj;
}

uint32_t call(Fn *f, CallExpr *e, uint32_t hint) {
    f->pos = e->e.pos;
    if (e->e.hoisted)
        return hoisted_place(f, &e->e);
    if (e->call == CALL_CONVERSION) {
        TInfo *to = tof(f, &e->e), *from = tof(f, e->args[0]);
        uint32_t dst = hint != NOWHERE ? hint : frame_alloc(f, to), mark = f->top;
        if (expr_is_nil(f, e->args[0])) {
            zero_t(f, dst, to);
        } else if (e->args[0]->cv && (to->flags & TF_DIRECT || ti_is_complex(to))) {
            load_const(f, dst, to, e->args[0]->cv);
        } else if (ti_is_iface(to)) {
            ex_as_to(f, e->args[0], to, dst);
        } else {
            if (to->kind == KIND_SLICE)
                order_one(f, e->args[0]);
            uint32_t src = ex(f, e->args[0]);
            f->pos = e->e.pos;
            convert(f, src, from, to, dst);
            if (to->kind == KIND_SLICE && e->args[0]->cv)  // what Go makes of a constant has no room to grow
                mov(f, dst + 16, dst + 8, 1);
        }
        frame_release(f, mark);
        return dst;
    }
    if (e->call == CALL_BUILTIN)
        return builtin(f, e, hint);
    return do_call(f, e, MODE_CALL, hint);
}

/* ---- go and defer ---- */

void call_go(Fn *f, CallExpr *e, bool is_defer) {
    uint32_t mark = f->top;
    f->pos = e->e.pos;
    if (e->call == CALL_CONVERSION) {
        ex_discard(f, &e->e);
        return;
    }
    if (e->call != CALL_BUILTIN) {
        do_call(f, e, is_defer ? MODE_DEFER : MODE_GO, NOWHERE);
        frame_release(f, mark);
        return;
    }
    if (e->builtin == BUILTIN_RECOVER && !is_defer)
        return;
    // A function whose parameters are the arguments does it.
    FuncInst *fi = func_new(f->c, FUNC_THUNK, arena_printf(f->c->arena, "%s.%swrap", f->inst->desc->name, is_defer ? "defer" : "go"));
    fi->desc->flags |= FF_WRAPPER;
    fi->call = e;
    fi->env = f->env;
    fi->nparams = e->nargs;
    fi->params = ARENA_ARRAY(f->c->arena, TInfo *, e->nargs);
    order_list(f, e->args, e->nargs, NULL);
    uint32_t a = frame_window(f), bytes = 0;
    for (uint32_t i = 0; i < e->nargs; i++) {
        TInfo *t = e->builtin == BUILTIN_PANIC ? f->c->t_any : tof(f, e->args[i]);
        if (e->builtin == BUILTIN_DELETE && i == 1)
            t = ti_key(f->c, fi->params[0]);
        fi->params[i] = t;
        uint32_t at = frame_alloc(f, t);
        ex_as_to(f, e->args[i], t, at);
        bytes += t->fslots * 8;
    }
    fi->desc->param_bytes = bytes;
    vec_push(f->c->arena, &f->c->work, fi);
    f->pos = e->e.pos;
    call_note(f, bytes / 8, 0);
    ins_i(f, is_defer ? OP_DEFER : OP_GO, a, fi->index);
    frame_release(f, mark);
}

/* ---- functions as values ---- */

void func_value(Fn *f, FuncInst *fi, uint32_t dst) { ins_i(f, OP_LDFUNC, dst, fi->index); }

/* method_expr_func: T.m as a function. The method itself when its receiver is the first parameter as it is. */
FuncInst *method_expr_func(Fn *f, SelectorExpr *x) {
    Compiler *c = f->c;
    Selection *s = x->selection;
    TInfo *xt = ti(f, s->x_type);
    if (s->kind == SEL_TPARAM_METHOD)
        s = type_lookup(c->ck, xt->type, s->name, f->inst->info ? f->inst->info->pkg : NULL, true);
    if (s->kind == SEL_METHOD && !s->npath && !s->want_addr && !s->want_deref)
        return func_method(c, xt, s);
    return func_wrapper(c, FUNC_METHOD_EXPR, xt, s);
}

void method_value(Fn *f, SelectorExpr *x, uint32_t dst) {
    Compiler *c = f->c;
    uint32_t mark = f->top;
    if (x->selection->method_expr) {
        func_value(f, method_expr_func(f, x), dst);
        return;
    }
    Loc l = place(f, x->x);
    f->pos = x->e.pos;
    Selection *s = selection_resolve(f, x->selection, &l);
    TInfo *rt = s->kind == SEL_IFACE_METHOD ? l.t : s->want_addr ? ti_of(c, type_pointer(c->ck, l.t->type)) : s->want_deref ? ti_elem(c, l.t) : l.t;
    uint32_t r = frame_alloc(f, rt);
    recv_load(f, l, s, r);
    if (s->kind == SEL_IFACE_METHOD)
        ins(f, OP_NILCHK, r, 0, 0);
    FuncInst *fi = func_wrapper(c, FUNC_BOUND, rt, s);
    if (!fi->captures.n) {
        Capture cp = {.t = rt};
        vec_push(c->arena, &fi->captures, cp);
        fi->target = NULL;
        fi->recv = rt;
    }
    TInfo *ct = fi->closure_type ? fi->closure_type : (fi->closure_type = ti_closure(c, fi));
    uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
    ins(f, OP_CLOSURE, p, 0, 0);
    ins_ext(f, (uint64_t)ct->index << 32 | fi->index);
    Loc cl = loc_ptr(rt, p, 8);
    cl.nonnil = true;
    loc_store(f, &cl, r);
    mov(f, dst, p, 1);
    frame_release(f, mark);
}

// call.c: calls, selectors, and instances of generic functions.
#include "types/types_impl.h"

static Type *invalid(Checker *c) { return c->basic[TYPE_INVALID]; }

/* ---- instances ---- */

static Object *function_of(Expr *fun) {
    fun = ast_unparen(fun);
    if (fun->kind == EXPR_INDEX) fun = ast_unparen(AS(IndexExpr, fun)->x);
    if (fun->kind == EXPR_IDENT) return AS(Ident, fun)->obj;
    if (fun->kind == EXPR_SELECTOR) return AS(SelectorExpr, fun)->sel->obj;
    return NULL;
}

/* record_inst notes on the function expression that it is generic(targs...), and gives it the instance's signature. */
void record_inst(Checker *c, Expr *fun, Object *generic, Type **targs, uint32_t n, Type *sig) {
    Inst *inst = NEW(c, Inst);
    inst->generic = generic;
    inst->targs = targs;
    inst->ntargs = n;
    for (;; fun = AS(ParenExpr, fun)->x) {
        fun->type = sig;
        if (fun->kind != EXPR_PAREN) break;
    }
    if (fun->kind == EXPR_INDEX) {
        AS(IndexExpr, fun)->inst = inst;
        fun = ast_unparen(AS(IndexExpr, fun)->x);
        fun->type = sig;
    }
    if (fun->kind == EXPR_IDENT) AS(Ident, fun)->inst = inst;
    if (fun->kind == EXPR_SELECTOR) {
        AS(SelectorExpr, fun)->sel->inst = inst;
        AS(SelectorExpr, fun)->sel->e.type = sig;
    }
}

/* rename_tparams gives copies of the type parameters (and of the parameter types in their terms), for calls of a generic function from
 * within itself: there its own parameters are ordinary types. */
static Type **rename_tparams(Checker *c, Type **tparams, uint32_t n, Type ***params, uint32_t nparams) {
    Type **fresh = NEWN(c, Type *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        fresh[i] = type_new(c, TYPE_PARAM);
        fresh[i]->obj = tparams[i]->obj;
        fresh[i]->origin = fresh[i];
        fresh[i]->tp_index = i;
        fresh[i]->constraint_expr = tparams[i]->constraint_expr;
        fresh[i]->has_tparam = true;
    }
    TypeEnv env = {tparams, fresh, n};
    for (uint32_t i = 0; i < n; i++) {
        type_constraint(c, tparams[i]);
        fresh[i]->constraint = type_subst(c, tparams[i]->constraint ? tparams[i]->constraint : c->empty_iface, &env);
    }
    Type **out = NEWN(c, Type *, nparams + 1);
    for (uint32_t i = 0; i < nparams; i++) out[i] = (*params)[i] ? type_subst(c, (*params)[i], &env) : NULL;
    *params = out;
    return fresh;
}

static void check_targs(Checker *c, Pos pos, Type *sig, Type **targs, IndexExpr *e) {
    uint32_t bad;
    const char *cause;
    if (verify_targs(c, pos, sig->tparams_f, targs, sig->ntparams_f, &bad, &cause)) return;
    if (e && bad < e->nindex) pos = ast_start(e->index[bad]);
    err_at(c, pos, E_CONSTRAINT, "%s", cause);
}

typedef struct LaterTargs {
    Type *sig;
    Type **targs;
    IndexExpr *e;
} LaterTargs;

static void targs_later(Checker *c, Later *l) {
    LaterTargs *t = l->p;
    check_targs(c, l->pos, t->sig, t->targs, t->e);
}

static void verify_later(Checker *c, Pos pos, Type *sig, Type **targs, IndexExpr *e) {
    LaterTargs *t = NEW(c, LaterTargs);
    *t = (LaterTargs){sig, targs, e};
    later_push(c, (Later){.run = targs_later, .p = t, .pos = pos});
}

static Type **explicit_targs(Checker *c, IndexExpr *e, uint32_t want, bool *ok) {
    Type **targs = NEWN(c, Type *, (e->nindex > want ? e->nindex : want) + 1);
    *ok = true;
    for (uint32_t i = 0; i < e->nindex; i++) {
        targs[i] = check_var_type(c, e->index[i]);
        if (!is_valid(targs[i])) *ok = false;
    }
    if (*ok && e->nindex > want) {
        err_node(c, e->index[want], E_INFER, "got %u type arguments but want %u", e->nindex, want);
        *ok = false;
    }
    return targs;
}

/* func_inst instantiates x, a generic function, with the type arguments of e; missing ones are inferred from target or the constraints. */
void func_inst(Checker *c, Operand *x, IndexExpr *e, Type *target) {
    Type *sig = x->type;
    uint32_t want = sig->ntparams_f;
    bool ok, calling = c->call_fun == e;
    Type **targs = explicit_targs(c, e, want, &ok);
    if (!ok) {
        x->mode = MODE_INVALID;
        return;
    }
    if (calling && e->nindex < want) {  // check_call infers the rest from the arguments
        Inst *inst = NEW(c, Inst);
        *inst = (Inst){function_of(e->x), targs, e->nindex};
        e->inst = inst;
        return;
    }
    if (e->nindex < want) {
        Type *params[1], **list = params;
        Operand arg = {.mode = MODE_VALUE, .type = target, .expr = e->x};
        params[0] = type_func(c, sig->params, sig->nparams, sig->results, sig->nresults, sig->variadic);
        Type **own = sig->tparams_f;
        if (c->env.tparams == own) own = rename_tparams(c, own, want, &list, 1);
        if (!infer(c, e->rbrack, own, want, targs, list, target ? 1 : 0, &arg, estr(c, e->x), true, NULL)) {
            for (uint32_t i = 0; i < want; i++)
                if (!targs[i]) {
                    err_at(c, e->e.pos, E_INFER, "in call to %s, cannot infer %s (declared at %s)", estr(c, e->x),
                        sig->tparams_f[i]->obj->name->text, posstr(c, sig->tparams_f[i]->obj->pos));
                    break;
                }
            x->mode = MODE_INVALID;
            return;
        }
    }
    note_instance(c, e->e.pos, sig->tparams_f, targs, want);
    verify_later(c, e->e.pos, sig, targs, e);
    TypeEnv env = {sig->tparams_f, targs, want};
    Type *inst = type_subst(c, sig, &env);
    record_inst(c, &e->e, function_of(e->x), targs, want, inst);
    x->type = inst;
    x->mode = MODE_VALUE;
}

/* infer_from_target instantiates x, a generic function without all type arguments, so that it fits target. */
void infer_from_target(Checker *c, Operand *x, Type *target) {
    Type *sig = x->type, *u = type_under(c, target);
    uint32_t n = sig->ntparams_f;
    Type **targs = NEWN(c, Type *, n + 1);
    Expr *e = ast_unparen(x->expr);
    Inst *part = e->kind == EXPR_INDEX ? AS(IndexExpr, e)->inst : NULL;
    if (part)
        for (uint32_t i = 0; i < part->ntargs; i++) targs[i] = part->targs[i];
    Type *plain = type_func(c, sig->params, sig->nparams, sig->results, sig->nresults, sig->variadic);
    Type *params[1] = {plain}, **list = params, **tparams = sig->tparams_f;
    Operand arg = {.mode = MODE_VALUE, .type = u, .expr = x->expr};
    if (c->env.tparams == tparams) tparams = rename_tparams(c, tparams, n, &list, 1);
    if (!infer(c, ast_start(x->expr), tparams, n, targs, list, 1, &arg, estr(c, x->expr), true, NULL)) {
        err_node(c, x->expr, E_INFER, "type %s of %s does not match %s", tstr(c, sig), estr(c, x->expr), tstr(c, target));
        x->mode = MODE_INVALID;
        return;
    }
    verify_later(c, ast_start(x->expr), sig, targs, NULL);
    TypeEnv env = {sig->tparams_f, targs, n};
    Type *inst = type_subst(c, sig, &env);
    record_inst(c, x->expr, function_of(x->expr), targs, n, inst);
    x->type = inst;
}

/* ---- arguments ---- */

static bool is_generic_value(const Operand *a) {
    return a->mode == MODE_VALUE && a->type && a->type->kind == TYPE_FUNC && a->type->ntparams_f;
}

/* infer_call completes `all`, the type arguments of a call of sig. Arguments that are generic functions themselves take part with fresh
 * copies of their type parameters; check_assignment instantiates them afterwards, when the parameter types are known. */
static bool infer_call(Checker *c, CallExpr *call, Type *sig, Operand *args, uint32_t nargs, Type **all, Type **list) {
    uint32_t n = sig->ntparams_f, total = n, known = 0;
    for (uint32_t i = 0; i < n; i++) known += all[i] != NULL;
    if (known == n) return true;
    for (uint32_t i = 0; i < nargs; i++)
        if (is_generic_value(&args[i])) total += args[i].type->ntparams_f;
    Type **tparams = NEWN(c, Type *, total + 1), **targs = NEWN(c, Type *, total + 1), **own = sig->tparams_f;
    Operand *ops = NEWN(c, Operand, nargs + 1);
    if (c->env.tparams == own) own = rename_tparams(c, own, n, &list, nargs);
    memcpy(tparams, own, n * sizeof *own);
    memcpy(targs, all, n * sizeof *all);
    uint32_t k = n;
    for (uint32_t i = 0; i < nargs; i++) {
        ops[i] = args[i];
        if (!is_generic_value(&args[i])) continue;
        Type *g = args[i].type;
        Type *plain = type_func(c, g->params, g->nparams, g->results, g->nresults, g->variadic), **one = &plain;
        Type **fresh = rename_tparams(c, g->tparams_f, g->ntparams_f, &one, 1);
        ops[i].type = one[0];
        Expr *e = ast_unparen(args[i].expr);
        Inst *part = e->kind == EXPR_INDEX ? AS(IndexExpr, e)->inst : NULL;
        for (uint32_t j = 0; j < g->ntparams_f; j++) {
            tparams[k] = fresh[j];
            if (part && j < part->ntargs) targs[k] = part->targs[j];
            k++;
        }
    }
    if (!infer(c, call->e.pos, tparams, total, targs, list, nargs, ops, estr(c, call->fun), false, NULL)) return false;
    memcpy(all, targs, n * sizeof *all);
    return true;
}

/* param_spelling gives the type of the parameter that argument i of the call goes to as its declaration writes it, or NULL. */
static const Expr *param_spelling(Checker *c, CallExpr *call, Type *sig, uint32_t i) {
    const Expr *te = spelled_type(c, call->fun);
    if (!te || te->kind != EXPR_FUNC_TYPE || te->type != sig) return NULL;
    const FieldList *l = &AS(FuncType, te)->params;
    if (i + 1 < l->n || !sig->variadic || call->dots) return i < l->n ? l->at[i].type : NULL;
    const Expr *last = l->n ? l->at[l->n - 1].type : NULL;
    return last && last->kind == EXPR_DOTS_TYPE ? AS(DotsType, last)->elem : NULL;
}

/* check_arguments matches args with the parameters of sig; returns the (instantiated) signature or NULL after an error. */
static Type *check_arguments(Checker *c, CallExpr *call, Type *sig, Operand *args, uint32_t nargs, Type **targs, uint32_t ntargs,
    IndexExpr *inst_expr) {
    uint32_t npars = sig->nparams;
    bool dots = call->dots != POS_NONE;
    Type **params = sig->params;
    if (sig->variadic) {
        if (dots) {
            if (call->nargs == 1 && nargs > 1) {
                err_node(c, call, E_CALL, "cannot use ... with %u-valued %s", nargs, estr(c, call->args[0]));
                return NULL;
            }
        } else if (nargs + 1 >= npars) {
            Type *last = params[npars - 1], *elem = last->kind == TYPE_SLICE ? last->elem : last;
            params = NEWN(c, Type *, nargs + 1);
            for (uint32_t i = 0; i < nargs; i++) params[i] = i + 1 < npars ? sig->params[i] : elem;
            npars = nargs;
        } else {
            npars--;
        }
    } else if (dots) {
        err_node(c, call, E_CALL, "cannot use ... in call to non-variadic %s", estr(c, call->fun));
        return NULL;
    }
    if (nargs != npars) {
        const void *at = call;
        const char *what = "not enough";
        if (nargs > npars) {
            at = args[npars].expr;
            what = "too many";
        } else if (nargs > 0) {
            at = args[nargs - 1].expr;
        }
        Type **have = NEWN(c, Type *, nargs + 1);
        const Expr **given = NEWN(c, const Expr *, nargs + 1), **wanted = NEWN(c, const Expr *, sig->nparams + 1);
        for (uint32_t i = 0; i < nargs; i++) have[i] = args[i].type, given[i] = spelled_type(c, args[i].expr);
        const Expr *te = spelled_type(c, call->fun);
        const FieldList *l = te && te->kind == EXPR_FUNC_TYPE && te->type == sig ? &AS(FuncType, te)->params : NULL;
        for (uint32_t i = 0; l && i < l->n && i < sig->nparams; i++) wanted[i] = l->at[i].type;
        err_node(c, at, E_CALL, "%s arguments in call to %s\n\thave %s\n\twant %s", what, estr(c, call->fun),
            types_summary(c, have, given, nargs, false, dots),
            types_summary(c, sig->params, wanted, sig->nparams, sig->variadic, false));
        return NULL;
    }
    Type *rsig = sig;
    if (sig->ntparams_f) {
        uint32_t n = sig->ntparams_f;
        Type **all = NEWN(c, Type *, n + 1), **list = params;
        for (uint32_t i = 0; i < ntargs; i++) all[i] = targs[i];
        for (uint32_t i = 0; i < nargs; i++)
            if (args[i].mode == MODE_INVALID) return NULL;
        if (!infer_call(c, call, sig, args, nargs, all, list)) return NULL;
        note_instance(c, call->e.pos, sig->tparams_f, all, n);
        verify_later(c, call->e.pos, sig, all, inst_expr);
        TypeEnv env = {sig->tparams_f, all, n};
        rsig = type_subst(c, sig, &env);
        Type **subst = NEWN(c, Type *, nargs + 1);
        for (uint32_t i = 0; i < nargs; i++) subst[i] = type_subst(c, params[i], &env);
        params = subst;
        record_inst(c, call->fun, function_of(call->fun), all, n, rsig);
    }
    const char *context = arena_printf(c->arena, "argument to %s", estr(c, call->fun));
    for (uint32_t i = 0; i < nargs; i++) {
        if (!type_identical(c, args[i].type, params[i])) c->target_spelling = param_spelling(c, call, sig, i);
        check_assignment(c, &args[i], params[i], context);
    }
    return rsig;
}

/* ---- calls ---- */

static void conversion_call(Checker *c, Operand *x, CallExpr *e) {
    Type *t = x->type;
    e->call = CALL_CONVERSION;
    x->mode = MODE_INVALID;
    if (e->nargs != 1) {
        use_exprs(c, e->args, e->nargs);
        if (e->nargs == 0)
            err_node(c, e, E_COUNT, "missing argument in conversion to %s", tstr(c, t));
        else
            err_node(c, e->args[e->nargs - 1], E_COUNT, "too many arguments in conversion to %s", tstr(c, t));
        return;
    }
    Type *u = type_under(c, t);
    if (t->kind != TYPE_PARAM && u->kind == TYPE_INTERFACE && (u->has_terms || u->is_comparable)) {
        err_node(c, e, E_CONSTRAINT, "cannot use interface %s in conversion (contains specific type constraints or is comparable)",
            tstr(c, t));
        return;
    }
    if (e->dots) {
        err_node(c, e->args[0], E_CALL, "invalid use of ... in conversion to %s", tstr(c, t));
        use_exprs(c, e->args, 1);
        return;
    }
    check_expr_hint(c, x, e->args[0], NULL);
    if (x->mode == MODE_INVALID) return;
    c->target_spelling = e->fun;
    check_conversion(c, x, t);
    if (x->mode != MODE_INVALID && x->mode != MODE_CONST) x->mode = MODE_VALUE;
}

int check_call(Checker *c, Operand *x, CallExpr *e) {
    Expr *fun = ast_unparen(e->fun);
    IndexExpr *saved = c->call_fun;
    c->call_fun = fun->kind == EXPR_INDEX ? AS(IndexExpr, fun) : NULL;
    IndexExpr *index = c->call_fun;
    check_raw(c, x, e->fun, NULL, true);
    c->call_fun = saved;
    e->cflags = e->dots ? CALLF_SPREAD : 0;
    x->expr = &e->e;
    switch (x->mode) {
    case MODE_INVALID:
        use_exprs(c, e->args, e->nargs);
        return KIND_STATEMENT;
    case MODE_TYPE:
        if (is_generic_named(x->type)) {
            err_node(c, e->fun, E_INFER, "cannot use generic type %s without instantiation", tstr(c, x->type));
            use_exprs(c, e->args, e->nargs);
            x->mode = MODE_INVALID;
            return KIND_CONVERSION;
        }
        conversion_call(c, x, e);
        return KIND_CONVERSION;
    case MODE_BUILTIN: {
        BuiltinId id = x->builtin;
        e->call = CALL_BUILTIN;
        e->builtin = id;
        if (!check_builtin(c, x, e, id)) x->mode = MODE_INVALID;
        x->expr = &e->e;
        if (x->mode != MODE_INVALID && x->mode != MODE_CONST) c->env.has_call_or_recv = true;
        return KIND_STATEMENT;
    }
    case MODE_NOVALUE: case MODE_NIL:
        x->expr = e->fun;
        if (x->mode == MODE_NIL)
            err_node(c, e->fun, E_CALL, "invalid operation: cannot call %s: %s is not a function", opstr(c, x), "untyped nil");
        else
            err_node(c, e->fun, E_CALL, "%s used as value", opstr(c, x));
        use_exprs(c, e->args, e->nargs);
        x->mode = MODE_INVALID;
        return KIND_STATEMENT;
    default: break;
    }
    Type *sig = type_core(c, x->type);
    if (x->type->kind == TYPE_TUPLE || !sig || sig->kind != TYPE_FUNC) {
        x->expr = e->fun;
        if (is_valid(x->type)) {
            if (!sig)
                err_node(c, e->fun, E_CALL, "invalid operation: cannot call %s: no specific type", opstr(c, x));
            else
                err_node(c, e->fun, E_CALL, "invalid operation: cannot call %s: %s is not a function", opstr(c, x), tstr(c, x->type));
        }
        use_exprs(c, e->args, e->nargs);
        x->mode = MODE_INVALID;
        return KIND_STATEMENT;
    }
    Type **targs = NULL;
    uint32_t ntargs = 0;
    if (index && sig->ntparams_f && index->inst) {
        targs = index->inst->targs;
        ntargs = index->inst->ntargs;
    }
    uint32_t nargs;
    Operand *args;
    if (e->nargs == 1) {
        args = unpack_exprs(c, e->args, 1, &nargs, false, NULL);
        if (nargs != 1 || (args[0].mode == MODE_VALUE && e->args[0]->type && e->args[0]->type->kind == TYPE_TUPLE))
            e->cflags |= CALLF_TUPLE_ARG;
    } else {
        // A function literal's or composite's parameter type is no hint here: arguments stand on their own.
        args = NEWN(c, Operand, e->nargs + 1);
        nargs = e->nargs;
        for (uint32_t i = 0; i < nargs; i++) check_generic_expr(c, &args[i], e->args[i], NULL);
    }
    Type *rsig = check_arguments(c, e, sig, args, nargs, targs, ntargs, index);
    Expr *f = ast_unparen(e->fun);
    e->call = CALL_VALUE;
    Expr *base = f->kind == EXPR_INDEX && (sig->ntparams_f || AS(IndexExpr, f)->inst) ? ast_unparen(AS(IndexExpr, f)->x) : f;
    if (base->kind == EXPR_IDENT && AS(Ident, base)->obj && AS(Ident, base)->obj->kind == OBJ_FUNC) e->call = CALL_STATIC;
    if (base->kind == EXPR_SELECTOR && AS(SelectorExpr, base)->selection) {
        Selection *s = AS(SelectorExpr, base)->selection;
        if (s->kind == SEL_QUALIFIED && s->obj->kind == OBJ_FUNC) e->call = CALL_STATIC;
        if (s->kind == SEL_METHOD) e->call = CALL_STATIC;
        if (s->kind == SEL_IFACE_METHOD) e->call = CALL_IFACE;
        if (s->kind == SEL_TPARAM_METHOD) e->call = CALL_TPARAM;
        if (s->method_expr) e->cflags |= CALLF_METHOD_EXPR;
    }
    if (!rsig) {
        if (sig->ntparams_f) {
            x->mode = MODE_INVALID;
            return KIND_STATEMENT;
        }
        rsig = sig;
    }
    x->expr = &e->e;
    if (rsig->nresults == 0) {
        x->mode = MODE_NOVALUE;
        x->type = type_tuple(c, NULL, 0);
    } else {
        x->mode = MODE_VALUE;
        x->type = rsig->nresults == 1 ? rsig->results[0] : type_tuple(c, rsig->results, rsig->nresults);
        if (!is_valid(x->type)) x->mode = MODE_INVALID;
    }
    c->env.has_call_or_recv = true;
    return KIND_STATEMENT;
}

/* ---- selectors ---- */

static void undefined_in_package(Checker *c, SelectorExpr *e, Package *p) {
    const Name *sel = e->sel->name;
    Object *o = scope_lookup(p->scope, sel);
    for (uint32_t i = 0; i < p->scope->n; i++) {
        Object *other = p->scope->slots[i];
        if (name_is_exported(other->name) && strcasecmp(other->name->text, sel->text) == 0) {
            err_at(c, e->sel->e.pos, E_UNDEFINED, "undefined: %s (but have %s)", estr(c, &e->e), other->name->text);
            return;
        }
    }
    if (o && !p->is_library)
        err_at(c, e->sel->e.pos, E_UNDEFINED, "name %s not exported by package %s", sel->text, p->name->text);
    else
        err_at(c, e->sel->e.pos, E_UNDEFINED, "undefined: %s", estr(c, &e->e));
}

static void qualified(Checker *c, Operand *x, SelectorExpr *e, Package *p) {
    e->x->mode = MODE_PKG;
    x->expr = &e->e;
    x->mode = MODE_INVALID;
    if (p->failed && p->scope->n == 0) return;
    Object *o = scope_lookup(p->scope, e->sel->name);
    // gol's own library reaches into its internal packages by their unexported names, nobody else does.
    if (!o || !name_is_exported(o->name)) {
        undefined_in_package(c, e, p);
        return;
    }
    if (o->info && o->state != 2) object_declare(c, o);
    if (o->info && o->kind != OBJ_TYPE) add_dep(c, o);
    o->reached = true;
    o->used = true;
    e->sel->obj = o;
    Selection *s = NEW(c, Selection);
    s->kind = SEL_QUALIFIED;
    s->obj = o;
    s->name = o->name;
    s->type = o->type;
    e->selection = s;
    x->type = o->type ? o->type : invalid(c);
    if (o->kind != OBJ_BUILTIN && !is_valid(x->type)) return;
    switch (o->kind) {
    case OBJ_CONST:
        x->mode = MODE_CONST;
        x->cv = o->cv;
        break;
    case OBJ_TYPE: x->mode = MODE_TYPE; break;
    case OBJ_VAR: x->mode = MODE_VAR; break;
    case OBJ_FUNC: x->mode = MODE_VALUE; break;
    case OBJ_BUILTIN:
        x->mode = MODE_BUILTIN;
        x->builtin = o->builtin;
        break;
    default: break;
    }
    e->sel->e.mode = x->mode;
    e->sel->e.type = x->type;
}

static Package *package_before_dot(Checker *c, Expr *e) {
    if (e->kind != EXPR_IDENT) return NULL;
    Ident *id = AS(Ident, e);
    Object *o = lookup(c, id->name);
    if (!o) return script_package(c, id->name);
    if (o->kind != OBJ_PKGNAME) return NULL;
    id->obj = o;
    o->used = true;
    pkgname_resolve(c, o);
    return o->imported;
}

static Selection *selection_of(Checker *c, Type *t, const Lookup *r, const Name *name) {
    Selection *s = NEW(c, Selection);
    s->x_type = t;
    s->path = r->path;
    s->npath = r->npath;
    s->name = name;
    s->type = r->type;
    s->indirect = r->indirect;
    s->recv = r->recv;
    switch (r->kind) {
    case LOOK_FIELD: s->kind = SEL_FIELD; break;
    case LOOK_METHOD: {
        bool ptr = r->recv->kind == TYPE_POINTER;
        s->kind = SEL_METHOD;
        s->obj = r->method;
        s->want_addr = r->method->ptr_recv && !ptr;
        s->want_deref = !r->method->ptr_recv && ptr;
        break;
    }
    default:
        s->kind = r->recv->kind == TYPE_PARAM ? SEL_TPARAM_METHOD : SEL_IFACE_METHOD;
        s->method_index = r->imethod;
    }
    return s;
}

static void missing_member(Checker *c, Operand *x, SelectorExpr *e, const Lookup *r) {
    const char *sel = e->sel->name->text;
    Pos pos = e->sel->e.pos;
    if (r->ambiguous) {
        err_at(c, pos, E_UNDEFINED, "ambiguous selector %s.%s", estr(c, e->x), sel);
    } else if (r->ptr_recv) {
        if (x->mode == MODE_TYPE)
            err_at(c, pos, E_METHOD, "invalid method expression %s.%s (needs pointer receiver (*%s).%s)", tstr(c, x->type), sel,
                tstr(c, x->type), sel);
        else
            err_at(c, pos, E_METHOD, "cannot call pointer method %s on %s", sel, tstr(c, x->type));
    } else {
        Type *t = x->type;
        const char *why;
        Type *u = type_under(c, t);
        if (u->kind == TYPE_POINTER && u->elem->kind == TYPE_PARAM)
            why = arena_printf(c->arena, "type %s is pointer to type parameter, not type parameter", tstr(c, t));
        else if (u->kind == TYPE_POINTER && type_under(c, u->elem)->kind == TYPE_INTERFACE)
            why = arena_printf(c->arena, "type %s is pointer to interface, not interface", tstr(c, t));
        else
            why = lookup_error(c, t, e->sel->name, false);
        err_at(c, pos, E_UNDEFINED, "%s.%s undefined (%s)", estr(c, e->x), sel, why);
    }
}

void check_selector(Checker *c, Operand *x, SelectorExpr *e, bool want_type) {
    x->mode = MODE_INVALID;
    x->type = invalid(c);
    x->expr = &e->e;
    Package *p = package_before_dot(c, e->x);
    if (p) {
        qualified(c, x, e, p);
        if (x->mode == MODE_INVALID) x->type = invalid(c);
        return;
    }
    check_expr_or_type(c, x, e->x, false);
    if (x->mode == MODE_INVALID) return;
    if (x->mode == MODE_BUILTIN) {
        err_at(c, e->e.pos, E_OPERATION, "invalid use of %s in selector expression", opstr(c, x));
        x->mode = MODE_INVALID;
        return;
    }
    if (is_blank(c, e->sel->name)) {
        err_at(c, e->sel->e.pos, E_UNDEFINED, "%s._ undefined (type %s has no field or method _)", estr(c, e->x), tstr(c, x->type));
        x->mode = MODE_INVALID;
        return;
    }
    if (x->mode == MODE_NIL) {
        err_at(c, e->sel->e.pos, E_UNDEFINED, "%s.%s undefined (type untyped nil has no field or method %s)", estr(c, e->x),
            e->sel->name->text, e->sel->name->text);
        x->mode = MODE_INVALID;
        return;
    }
    if (want_type) {
        if (x->mode == MODE_TYPE || 1) {
            err_at(c, e->sel->e.pos, E_NOT_TYPE, "%s is not a type", estr(c, &e->e));
            x->mode = MODE_INVALID;
            return;
        }
    }
    Type *t = x->type;
    if (!under(c, t) || !is_valid(type_under(c, t))) {
        x->mode = MODE_INVALID;
        return;
    }
    Lookup r = lookup_member(c, t, x->mode == MODE_VAR, c->env.pkg, e->sel->name, false);
    if (r.kind == LOOK_NONE) {
        missing_member(c, x, e, &r);
        x->mode = MODE_INVALID;
        return;
    }
    Selection *s = e->selection = selection_of(c, t, &r, e->sel->name);
    if (r.kind == LOOK_METHOD) {
        e->sel->obj = r.method;
        add_dep(c, r.method);
        r.method->used = true;
    }
    if (x->mode == MODE_TYPE) {
        if (r.kind == LOOK_FIELD) {
            err_at(c, e->sel->e.pos, E_UNDEFINED, "%s.%s undefined (type %s has no method %s)", estr(c, e->x), e->sel->name->text,
                tstr(c, t), e->sel->name->text);
            x->mode = MODE_INVALID;
            return;
        }
        s->method_expr = true;
        Type *sig = r.type;
        Type **params = NEWN(c, Type *, sig->nparams + 1);
        params[0] = t;
        for (uint32_t i = 0; i < sig->nparams; i++) params[i + 1] = sig->params[i];
        x->type = type_func(c, params, sig->nparams + 1, sig->results, sig->nresults, sig->variadic);
        x->mode = MODE_VALUE;
    } else if (r.kind == LOOK_FIELD) {
        x->type = r.type;
        bool deref = false;
        for (uint32_t i = 0; i < r.npath; i++) deref |= r.path[i].deref;
        x->mode = x->mode == MODE_VAR || deref ? MODE_VAR : MODE_VALUE;
    } else {
        bool deref = false;
        for (uint32_t i = 0; i < r.npath; i++) deref |= r.path[i].deref;
        if (s->want_addr && !deref) mark_addr(c, e->x);
        x->mode = MODE_VALUE;
        x->type = r.type;
    }
    e->sel->e.mode = x->mode;
    e->sel->e.type = x->type;
    if (!is_valid(x->type)) x->mode = MODE_INVALID;
}

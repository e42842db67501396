/* decl.c: declarations, package-level ones on demand.
 *
 * A package-level object is white (state 0), grey while its declaration is being checked (1), black afterwards (2). Meeting a grey
 * one is a cycle; c->path holds the grey objects in order. A cycle is fine when a type definition in it gives the chain a named
 * type to hold on to; whether that type has a finite size is checked once it is complete (check_valid_type). */
#include "types/types_impl.h"

static Type *invalid(Checker *c) { return c->basic[TYPE_INVALID]; }

/* ---- cycles ---- */

static void report_cycle_objs(Checker *c, Object **objs, uint32_t n) {
    uint32_t first = 0;
    bool types = false;
    for (uint32_t i = 0; i < n; i++) {
        if (objs[i]->pos < objs[first]->pos) first = i;
        if (objs[i]->kind == OBJ_TYPE) types = true;
    }
    Object *o = objs[first];
    const char *what = types ? "invalid recursive type" : "invalid cycle in declaration";
    if (n == 1) {
        err_at(c, o->pos, E_CYCLE, "%s: %s refers to itself", what, o->name->text);
        return;
    }
    Diag *d = types ? err_at(c, o->pos, E_CYCLE, "invalid recursive type %s", o->name->text)
                      : err_at(c, o->pos, E_CYCLE, "invalid cycle in declaration of %s", o->name->text);
    for (uint32_t i = 0; i < n; i++) {
        Object *from = objs[(first + i) % n], *to = objs[(first + i + 1) % n];
        diag_note(c->diags, d, from->pos, "%s refers to %s", from->name->text, to->name->text);
    }
}

/* cycle_is_valid judges the cycle that closes with o; reports it when it is none of the good ones. */
static bool cycle_is_valid(Checker *c, Object *o) {
    uint32_t start = c->path.n;
    while (start > 0 && c->path.at[start - 1] != o) start--;
    if (start == 0) return true;
    start--;
    uint32_t n = c->path.n - start, nvalues = 0, ndefs = 0;
    for (uint32_t i = start; i < c->path.n; i++) {
        Object *p = c->path.at[i];
        if (p->kind == OBJ_CONST || p->kind == OBJ_VAR) nvalues++;
        if (p->kind == OBJ_TYPE && !p->is_alias) ndefs++;
    }
    if (nvalues == n) return true;  // found again, and reported, when the order of initialisation is made
    if (nvalues == 0 && ndefs > 0) return true;
    report_cycle_objs(c, c->path.at + start, n);
    return false;
}

/* ---- validity: no type may hold itself by value ---- */

enum { VALID_OK, VALID_UNKNOWN, VALID_CYCLE };
enum { MAX_VALID_DEPTH = 64 };

typedef struct ValidPath {
    Type *types[MAX_VALID_DEPTH];
    uint32_t n;
} ValidPath;

static int valid_walk(Checker *c, Type *t, ValidPath *path);

static void report_recursive(Checker *c, ValidPath *path, uint32_t start) {
    Object *objs[MAX_VALID_DEPTH];
    uint32_t n = 0;
    bool again = false;
    for (uint32_t i = start; i < path->n; i++) {
        NamedState *st = path->types[i]->named_state;
        again |= st->invalid;
        objs[n++] = path->types[i]->obj;
        st->invalid = true;
        path->types[i]->under = invalid(c);
        NamedState *os = path->types[i]->origin->named_state;
        os->invalid = true;
        path->types[i]->origin->under = invalid(c);
    }
    if (!again) report_cycle_objs(c, objs, n);
}

static int valid_named(Checker *c, Type *t, ValidPath *path) {
    NamedState *st = t->named_state;
    if (st->invalid || st->valid == 2) return VALID_OK;
    if (t->origin == t && !st->rhs && !t->under) return VALID_UNKNOWN;
    for (uint32_t i = 0; i < path->n; i++)
        if (path->types[i] == t) {
            report_recursive(c, path, i);
            return VALID_CYCLE;
        }
    if (path->n == MAX_VALID_DEPTH) {
        // Instances that grow without end: report the last two.
        report_recursive(c, path, path->n - 1);
        return VALID_CYCLE;
    }
    path->types[path->n++] = t;
    int r;
    if (t->origin == t && st->rhs && st->rhs->kind == TYPE_NAMED) {
        r = valid_walk(c, st->rhs, path);
    } else {
        Type *u = under(c, t);
        r = u ? valid_walk(c, u, path) : VALID_UNKNOWN;
    }
    path->n--;
    if (r == VALID_OK) st->valid = 2;
    return r;
}

static int valid_walk(Checker *c, Type *t, ValidPath *path) {
    int r = VALID_OK, k;
    switch (t->kind) {
    case TYPE_ARRAY: return valid_walk(c, t->elem, path);
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < t->nfields; i++) {
            if ((k = valid_walk(c, t->fields[i].type, path)) == VALID_CYCLE) return k;
            if (k == VALID_UNKNOWN) r = k;
        }
        return r;
    case TYPE_UNION:
        for (uint32_t i = 0; i < t->nuterms; i++) {
            if ((k = valid_walk(c, t->uterms[i].type, path)) == VALID_CYCLE) return k;
            if (k == VALID_UNKNOWN) r = k;
        }
        return r;
    case TYPE_INTERFACE:
        if (!t->lit || t->complete) {
            if (!t->lit) return VALID_OK;
        }
        for (uint32_t i = 0; i < t->lit->nembeds; i++) {
            if ((k = valid_walk(c, t->lit->embeds[i], path)) == VALID_CYCLE) return k;
            if (k == VALID_UNKNOWN) r = k;
        }
        return r;
    case TYPE_NAMED: return valid_named(c, t, path);
    default: return VALID_OK;
    }
}

static void valid_later(Checker *c, Later *l) {
    ValidPath path = {.n = 0};
    valid_walk(c, l->p, &path);
}

void check_valid_type(Checker *c, Type *t) {
    ValidPath path = {.n = 0};
    if (valid_walk(c, t, &path) == VALID_UNKNOWN) later_push(c, (Later){.run = valid_later, .p = t});
}

void declare_later_valid(Checker *c, Type *t) { later_push(c, (Later){.run = valid_later, .p = t}); }

/* ---- constants and variables ---- */

void const_decl(Checker *c, Object *o, Expr *type, Expr *init, bool inherited) {
    o->cv = const_unknown();
    if (type) {
        Type *t = check_type(c, type);
        if (!is_valid(t) || !is_const_type(c, t)) {
            if (is_valid(t)) err_node(c, type, E_CONST, "invalid constant type %s", tstr(c, t));
            o->type = invalid(c);
            if (init) use_exprs(c, &init, 1);
            return;
        }
        o->type = t;
    }
    Operand x = {.mode = MODE_INVALID};
    if (init) {
        if (inherited) c->env.errpos = o->pos;
        check_expr(c, &x, init);
    }
    init_const(c, o, &x);
    c->env.errpos = 0;
}

static void var_decl(Checker *c, Object *o, DeclInfo *d) {
    if (d->type) o->type = check_var_type(c, d->type);
    o->type_expr = d->type;
    if (!d->init) {
        if (!d->type) o->type = invalid(c);
        return;
    }
    if (d->nlhs <= 1) {
        Operand x;
        d->init_checked = true;
        check_expr_hint(c, &x, d->init, o->type);
        init_var(c, o, &x, "variable declaration");
        return;
    }
    if (d->type)
        for (uint32_t i = 0; i < d->nlhs; i++) d->lhs[i]->type = o->type, d->lhs[i]->type_expr = d->type;
    if (d->init_checked) return;
    d->init_checked = true;
    init_vars(c, d->lhs, d->nlhs, &d->init, 1, NULL);
    for (uint32_t i = 0; i < d->nlhs; i++) d->lhs[i]->state = 2;
}

/* ---- types ---- */

void collect_tparams(Checker *c, FieldList *list, Type ***out, uint32_t *n) {
    Type **tparams = NEWN(c, Type *, list->n + 1);
    for (uint32_t i = 0; i < list->n; i++) {
        Field *f = &list->at[i];
        Object *o = object_new(c, OBJ_TYPE, f->pos, f->name->name, NULL);
        o->state = 2;
        tparams[i] = type_param_new(c, o, i);
        tparams[i]->constraint = c->empty_iface;
        f->name->obj = o;
        f->obj = o;
        declare(c, c->env.scope, o);
    }
    *out = tparams;
    *n = list->n;
    for (uint32_t i = 0; i < list->n; i++) {
        Field *f = &list->at[i];
        if (i > 0 && f->type == f[-1].type) {
            tparams[i]->constraint = tparams[i - 1]->constraint;
            tparams[i]->constraint_expr = f->type;
            continue;
        }
        tparams[i]->constraint_expr = f->type;
        bool outer = c->env.in_tparams;
        c->env.in_tparams = true;
        uint32_t bad = c->nbad_embeds;
        Type *t = check_constraint(c, f->type);
        bool broken = !is_valid(t) || bad != c->nbad_embeds || (t->kind == TYPE_NAMED && ((NamedState *)t->origin->named_state)->bad_iface);
        // what uses a parameter whose constraint is broken says nothing new
        for (uint32_t k = i; broken && k < list->n && list->at[k].type == f->type; k++) list->at[k].obj->type = invalid(c);
        c->env.in_tparams = outer;
        if (t->kind == TYPE_PARAM) {
            err_node(c, f->type, E_CONSTRAINT, "cannot use a type parameter as constraint");
            t = c->empty_iface;
        }
        if (is_valid(t)) tparams[i]->constraint = t;
    }
}

static void collect_methods(Checker *c, Later *l) {
    Type *t = l->type;
    Type *u = type_under(c, t);
    for (uint32_t i = 0; i < t->decl_methods.n; i++) {
        Object *m = t->decl_methods.at[i];
        if (u->kind != TYPE_STRUCT) break;
        for (uint32_t k = 0; k < u->nfields; k++)
            if (u->fields[k].name == m->name && !is_blank(c, m->name)) {
                Diag *d = err_at(c, m->pos, E_REDECLARED, "field and method with the same name %s", m->name->text);
                diag_note(c->diags, d, u->fields[k].pos, "other declaration of %s", m->name->text);
                break;
            }
    }
}

static void type_add_methods(Checker *c, Type *t, DeclInfo *d) {
    for (uint32_t i = 0; i < d->methods.n; i++) {
        Object *m = d->methods.at[i];
        Object *other = NULL;
        if (!is_blank(c, m->name))
            for (uint32_t k = 0; k < t->decl_methods.n && !other; k++)
                if (t->decl_methods.at[k]->name == m->name) other = t->decl_methods.at[k];
        m->recv = t;
        if (other) {
            err_at(c, m->pos, E_REDECLARED, "method %s.%s already declared at %s", t->obj->name->text, m->name->text,
                posstr(c, other->pos));
            continue;
        }
        vec_push(c->arena, &t->decl_methods, m);
    }
    if (d->methods.n && !c->env.pkg->is_library) later_push(c, (Later){.run = collect_methods, .type = t});
}

static void type_decl(Checker *c, Object *o, DeclInfo *d) {
    TypeSpec *ts = d->tspec;
    Env saved = c->env;
    bool generic = ts->tparams.n > 0;
    if (generic) {
        c->env.scope = scope_new(c, c->env.scope);
        d->tparam_scope = c->env.scope;
    }
    if (ts->alias) {
        if (generic) {
            collect_tparams(c, &ts->tparams, &d->tparams, &d->ntparams);
        }
        Type *t = check_defined_type(c, ts->type);
        if (is_generic_named(t)) {
            err_node(c, ts->type, E_INFER, "cannot use generic type %s without instantiation", tstr(c, t));
            t = invalid(c);
        }
        bool own = false;
        for (uint32_t i = 0; i < d->ntparams; i++) own |= d->tparams[i] == t;
        if (own) {
            err_node(c, ts->type, E_TYPE, "cannot use type parameter declared in alias declaration as RHS");
            t = invalid(c);
        }
        o->type = t;
        c->env = saved;
        return;
    }
    Type *t = type_named(c, o);
    NamedState *st = t->named_state;
    o->type = t;
    ts->name->e.type = t;
    type_add_methods(c, t, d);
    if (generic) {
        collect_tparams(c, &ts->tparams, &t->tparams, &t->ntparams);
        d->tparams = t->tparams;
        d->ntparams = t->ntparams;
        if (c->env.func && saved.ntparams) {
            // A generic type inside a generic function: the function's type parameters follow its own.
            Type **all = NEWN(c, Type *, t->ntparams + saved.ntparams);
            memcpy(all, t->tparams, t->ntparams * sizeof *all);
            memcpy(all + t->ntparams, saved.tparams, saved.ntparams * sizeof *all);
            t->tparams = all;
            t->ntparams += saved.ntparams;
            t->nouter = saved.ntparams;
        }
    } else if (c->env.func && c->env.ntparams) {
        t->tparams = c->env.tparams;
        t->ntparams = c->env.ntparams;
        t->implicit_tparams = t->has_tparam = true;
    }
    Expr *outer = c->defining;
    c->defining = ast_unparen(ts->type);
    uint32_t bad = c->nbad_embeds;
    Type *rhs = check_defined_type(c, ts->type);
    st->bad_iface = bad != c->nbad_embeds;
    c->defining = outer;
    if (is_generic_named(rhs)) {
        err_node(c, ts->type, E_INFER, "cannot use generic type %s without instantiation", tstr(c, rhs));
        rhs = invalid(c);
    }
    if (rhs->kind == TYPE_PARAM) {
        err_node(c, ts->type, E_TYPE, "cannot use a type parameter as RHS in type declaration");
        rhs = invalid(c);
    }
    st->rhs = rhs;
    c->env = saved;
    check_valid_type(c, t);
    if (!st->invalid) under(c, t);
}

/* ---- functions ---- */

/* receiver_base finds the type name in a receiver's type expression, and its type parameter names. */
static Ident *receiver_base(Expr *e, bool *ptr, Expr ***params, uint32_t *n) {
    *ptr = false;
    *n = 0;
    for (;;) {
        switch (e->kind) {
        case EXPR_PAREN: e = AS(ParenExpr, e)->x; break;
        case EXPR_STAR:
            *ptr = true;
            e = AS(StarExpr, e)->x;
            break;
        case EXPR_INDEX:
            *params = AS(IndexExpr, e)->index;
            *n = AS(IndexExpr, e)->nindex;
            e = AS(IndexExpr, e)->x;
            break;
        case EXPR_IDENT: return AS(Ident, e);
        default: return NULL;
        }
    }
}

static void annotate_receiver(Checker *c, Expr *e, Type *recv, Type *base) {
    for (;;) {
        e->mode = MODE_TYPE;
        e->type = recv;
        if (e->kind == EXPR_PAREN) {
            e = AS(ParenExpr, e)->x;
        } else if (e->kind == EXPR_STAR) {
            e = AS(StarExpr, e)->x;
            recv = base;
        } else {
            return;
        }
    }
}

static void check_receiver(Checker *c, Later *l) {
    Type *recv = l->p;
    Type *base = recv->kind == TYPE_POINTER ? recv->elem : recv;
    if (!is_valid(base)) return;
    if (base->kind == TYPE_NAMED) {
        if (base->obj->pkg != c->env.pkg) {
            err_at(c, l->pos, E_METHOD, "cannot define new methods on non-local type %s", tstr(c, base));
            return;
        }
        Type *u = type_under(c, base);
        const char *cause = u->kind == TYPE_UNSAFE_POINTER                            ? "unsafe.Pointer"
                            : u->kind == TYPE_POINTER || u->kind == TYPE_INTERFACE ? "pointer or interface type"
                                                                                     : NULL;
        if (cause) err_at(c, l->pos, E_METHOD, "invalid receiver type %s (%s)", tstr(c, base), cause);
    } else if (base->kind <= TYPE_LAST_BASIC) {
        err_at(c, l->pos, E_METHOD, "cannot define new methods on non-local type %s", tstr(c, base));
    } else {
        err_at(c, l->pos, E_METHOD, "invalid receiver type %s", tstr(c, recv));
    }
}

/* receiver_pos is where the receiver's base type stands, behind a star and parentheses. */
static Pos receiver_pos(Expr *e) {
    e = ast_unparen(e);
    if (e->kind == EXPR_STAR) e = ast_unparen(AS(StarExpr, e)->x);
    return ast_start(e);
}

/* receiver declares the receiver's type parameters and gives the receiver's type. */
static Type *receiver(Checker *c, Object *o, DeclInfo *d, Field *recv) {
    Expr **params = NULL;
    uint32_t n;
    bool ptr;
    Ident *id = receiver_base(recv->type, &ptr, &params, &n);
    o->ptr_recv = ptr;
    if (!id || (n == 0 && (!o->recv || !is_generic_named(o->recv)))) {
        Type *t = check_var_type(c, recv->type);
        if (t->kind == TYPE_POINTER) o->ptr_recv = true;
        later_push(c, (Later){.run = check_receiver, .p = t, .pos = receiver_pos(recv->type)});
        return t;
    }
    Operand x;
    check_ident(c, &x, id, true);
    Type *base = x.mode == MODE_TYPE ? x.type : invalid(c);
    bool fits = is_generic_named(base) && n == base->ntparams;
    for (uint32_t i = 0; i < n && !fits; i++) {
        // The names are declared all the same, so that the method's body can be checked.
        if (params[i]->kind != EXPR_IDENT || is_blank(c, AS(Ident, params[i])->name)) continue;
        Ident *p = AS(Ident, params[i]);
        Object *tp = object_new(c, OBJ_TYPE, p->e.pos, p->name, invalid(c));
        tp->state = 2;
        declare(c, c->env.scope, tp);
    }
    if (!is_generic_named(base)) {
        if (is_valid(base)) {
            if (base->kind == TYPE_NAMED && base->targs)
                err_at(c, id->e.pos, E_METHOD, "cannot define new methods on instantiated type %s", tstr(c, base));
            else
                err_at(c, id->e.pos, E_INFER, "%s is not a generic type", tstr(c, base));
        }
        return invalid(c);
    }
    if (n == 0) {
        err_node(c, recv->type->kind == EXPR_STAR ? AS(StarExpr, recv->type)->x : recv->type, E_INFER,
            "cannot use generic type %s without instantiation", tstr(c, base));
        return invalid(c);
    }
    if (n != base->ntparams) {
        err_at(c, id->e.pos, E_METHOD, "receiver declares %u type parameter%s, but receiver base type declares %u", n,
            n == 1 ? "" : "s", base->ntparams);
        return invalid(c);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (params[i]->kind != EXPR_IDENT) {
            err_node(c, params[i], E_METHOD, "receiver type parameter %s must be an identifier", estr(c, params[i]));
            continue;
        }
        Ident *p = AS(Ident, params[i]);
        if (is_blank(c, p->name)) continue;
        Object *tp = object_new(c, OBJ_TYPE, p->e.pos, p->name, base->tparams[i]);
        tp->state = 2;
        p->obj = tp;
        p->e.mode = MODE_TYPE;
        p->e.type = base->tparams[i];
        declare(c, c->env.scope, tp);
    }
    d->tparams = c->env.tparams = base->tparams;
    d->ntparams = c->env.ntparams = n;
    Type *inst = type_instantiate(c, base, base->tparams, n);
    Type *t = ptr ? type_pointer(c, inst) : inst;
    annotate_receiver(c, recv->type, t, inst);
    later_push(c, (Later){.run = check_receiver, .p = t, .pos = receiver_pos(recv->type)});
    return t;
}

static void body_later(Checker *c, Later *l) { func_check_body(c, l->p); }

static void func_decl(Checker *c, Object *o, DeclInfo *d) {
    FuncDecl *fd = d->fdecl;
    Env saved = c->env;
    if (fd->recv || fd->tparams.n) {
        c->env.scope = scope_new(c, c->env.scope);
        d->tparam_scope = c->env.scope;
    }
    c->env.decl = NULL;
    if (fd->recv) receiver(c, o, d, fd->recv);
    if (fd->tparams.n) {
        collect_tparams(c, &fd->tparams, &d->tparams, &d->ntparams);
        if (fd->recv) err_at(c, fd->tparams.open, E_METHOD, "methods cannot have type parameters");
    }
    Type *sig = check_func_type(c, fd->type);
    if (fd->tparams.n && !fd->recv) sig = type_generic_sig(c, sig, d->tparams, d->ntparams);
    o->type = sig;
    c->env = saved;
    bool has_body = fd->body || fd->body_start;
    if (!has_body && !o->pkg->is_library) {
        if (fd->tparams.n)
            err_at(c, fd->d.pos, E_TYPE, "generic function is missing function body");
        else
            vec_push(c->arena, &c->bodiless, fd->d.pos);
    }
    if (has_body && (!o->pkg->is_library || c->config.whole_libraries) && !d->body_queued) {
        d->body_queued = true;
        later_push(c, (Later){.run = body_later, .p = o});
    }
}

static Object *param_object(Checker *c, FuncInfo *fi, Scope *scope, Field *f, Type *t) {
    Object *v = object_new(c, OBJ_VAR, f->name ? f->name->e.pos : f->pos, f->name ? f->name->name : NULL, t);
    v->owner = fi;
    v->state = 2;
    v->used = true;
    v->type_expr = f->type;
    f->obj = v;
    if (f->name) {
        f->name->obj = v;
        f->name->e.mode = MODE_VAR;
        f->name->e.type = t;
        declare(c, scope, v);
    }
    return v;
}

/* func_info_new makes the FuncInfo of a body whose signature has been checked, and declares its parameters in scope. */
FuncInfo *func_info_new(Checker *c, void *node, Type *sig, FuncType *ft, Field *recv, Scope *scope) {
    FuncInfo *fi = NEW(c, FuncInfo);
    fi->node = node;
    fi->pkg = c->env.pkg;
    fi->sig = sig;
    fi->tparams = c->env.tparams;
    fi->ntparams = c->env.ntparams;
    fi->go_minor = c->env.go_minor;
    scope->func = fi;
    scope->is_func = true;
    if (recv) {
        fi->recv = param_object(c, fi, scope, recv, recv->type->type ? recv->type->type : invalid(c));
        fi->recv->is_recv = fi->recv->is_param = true;
    }
    if (!ft) return fi;
    fi->nparams = ft->params.n;
    fi->nresults = ft->results.n;
    fi->params = NEWN(c, Object *, fi->nparams + 1);
    fi->results = NEWN(c, Object *, fi->nresults + 1);
    for (uint32_t i = 0; i < fi->nparams; i++) {
        fi->params[i] = param_object(c, fi, scope, &ft->params.at[i], ft->params.at[i].type->type);
        fi->params[i]->is_param = true;
    }
    for (uint32_t i = 0; i < fi->nresults; i++) {
        Object *r = fi->results[i] = param_object(c, fi, scope, &ft->results.at[i], ft->results.at[i].type->type);
        r->is_result = true;
        if (r->name) {
            fi->named_results = true;
            r->is_named_result = !is_blank(c, r->name);
        }
    }
    return fi;
}

/* func_body checks a body in the given scope, which holds the parameters; c->env is otherwise set up. */
void func_body(Checker *c, FuncInfo *fi, Scope *scope, BlockStmt *body) {
    Env saved = c->env;
    c->env.scope = scope;
    c->env.func = fi;
    c->env.errpos = 0;
    check_stmts(c, &body->list);
    check_labels(c, fi, &body->list);
    if (fi->sig->nresults > 0 && !is_terminating_list(c, &body->list)) {
        Diag *d = err_at(c, body->rbrace, E_RETURN, "missing return");
        diag_help(c->diags, d, "each way through the function must end in a return, a panic, or a loop that never ends");
    }
    report_unused_vars(c, fi);
    c->env = saved;
}

void func_check_body(Checker *c, Object *o) {
    DeclInfo *d = o->info;
    if (!d || d->body_checked) return;
    d->body_checked = true;
    FuncDecl *fd = d->fdecl;
    if (!o->type) return;
    if (!fd->body && fd->body_start) syntax_parse_body(c->sx, fd);
    if (!fd->body) return;
    Env saved = c->env;
    c->env = (Env){.pkg = o->pkg, .file = d->file, .decl = d, .tparams = d->tparams, .ntparams = d->ntparams,
        .go_minor = d->file->go_minor ? d->file->go_minor : o->pkg->go_minor};
    Scope *scope = scope_new(c, d->tparam_scope ? d->tparam_scope : d->scope);
    Type *sig = o->type;
    FuncInfo *fi = func_info_new(c, fd, sig, fd->type, fd->recv, scope);
    fi->obj = o;
    fd->info = fi;
    uint32_t errors = c->diags->nerrors;
    func_body(c, fi, scope, fd->body);
    fi->deps.at = d->deps.at;
    fi->deps.n = d->deps.n;
    fi->deps.cap = d->deps.cap;
    if (!o->pkg->is_library || c->diags->nerrors == errors) o->func = fi;
    c->env = saved;
}

/* ---- resolving on demand ---- */

void object_declare(Checker *c, Object *o) {
    if (o->state == 2) return;
    DeclInfo *d = o->info;
    if (!d) {
        if (o->kind != OBJ_VAR || o->type) o->state = 2;
        return;
    }
    if (o->state == 1) {
        bool ok = cycle_is_valid(c, o);
        if (o->kind == OBJ_CONST || o->kind == OBJ_VAR) {
            if (!ok || !o->type) o->type = invalid(c);
        } else if (o->kind == OBJ_TYPE) {
            if (!ok) {
                if (!o->type || !is_valid(o->type))
                    o->type = invalid(c);
                else if (o->type->kind == TYPE_NAMED && !o->is_alias)
                    ((NamedState *)o->type->named_state)->invalid = true;
            }
        }
        return;
    }
    if (!check_depth(c, o->pos)) {
        o->type = invalid(c);
        o->state = 2;
        return;
    }
    o->state = 1;
    vec_push(c->arena, &c->path, o);
    Env saved = c->env;
    c->env = (Env){.pkg = o->pkg, .file = d->file, .scope = d->scope, .decl = d,
        .go_minor = d->file->go_minor ? d->file->go_minor : o->pkg->go_minor};
    switch (o->kind) {
    case OBJ_CONST:
        c->env.iota = const_int(c->arena, d->iota);
        const_decl(c, o, d->type, d->init, d->inherited);
        break;
    case OBJ_VAR: var_decl(c, o, d); break;
    case OBJ_TYPE: type_decl(c, o, d); break;
    case OBJ_FUNC: func_decl(c, o, d); break;
    default: break;
    }
    c->env = saved;
    (void)vec_pop(&c->path);
    o->state = 2;
}

Type *object_type(Checker *c, Object *o) {
    if (!o->type || o->state != 2) {
        if (o->is_method && o->recv == NULL) {
            // A method is reached through its type, which gives it its receiver.
        }
        object_declare(c, o);
    }
    return o->type ? o->type : invalid(c);
}

/* ---- local declarations ---- */

static void local_const(Checker *c, ConstSpec *s) {
    Object **objs = NEWN(c, Object *, s->nnames + 1);
    ConstSpec *src = s->source;
    const Const *saved = c->env.iota;
    for (uint32_t i = 0; i < s->nnames; i++) {
        objs[i] = object_new(c, OBJ_CONST, s->names[i]->e.pos, s->names[i]->name, NULL);
        objs[i]->state = 2;
        s->names[i]->obj = objs[i];
        c->env.iota = const_int(c->arena, s->iota);
        const_decl(c, objs[i], src ? src->type : NULL, src && i < src->nvalues ? src->values[i] : NULL, src != s);
    }
    c->env.iota = saved;
    uint32_t nvalues = src ? src->nvalues : 0;
    if (s->nnames > nvalues) {
        err_at(c, s->names[nvalues]->e.pos, E_COUNT, "missing init expr for %s", s->names[nvalues]->name->text);
    } else if (s->nnames < nvalues) {
        if (src == s)
            err_node(c, s->values[s->nnames], E_COUNT, "extra init expr %s", estr(c, s->values[s->nnames]));
        else
            err_at(c, s->d.pos, E_COUNT, "extra init expr at %s", posstr(c, ast_start(src->values[s->nnames])));
    }
    for (uint32_t i = 0; i < s->nnames; i++) declare(c, c->env.scope, objs[i]);
}

static void local_var(Checker *c, VarSpec *s) {
    Object **objs = NEWN(c, Object *, s->nnames + 1);
    Type *t = s->type ? check_var_type(c, s->type) : NULL;
    for (uint32_t i = 0; i < s->nnames; i++) {
        objs[i] = new_local_var(c, s->names[i], t);
        objs[i]->type_expr = s->type;
    }
    if (s->nvalues == 1 && s->nnames == 1) {
        Operand x;
        check_expr_hint(c, &x, s->values[0], t);
        init_var(c, objs[0], &x, "variable declaration");
    } else if (s->nvalues > s->nnames || (s->nvalues > 1 && s->nvalues < s->nnames)) {
        use_exprs(c, s->values, s->nvalues);
        for (uint32_t i = 0; i < s->nnames; i++)
            if (!objs[i]->type) objs[i]->type = invalid(c);
        if (s->nvalues > s->nnames)
            err_node(c, s->values[s->nnames], E_COUNT, "extra init expr %s", estr(c, s->values[s->nnames]));
        else
            err_at(c, s->names[s->nvalues]->e.pos, E_COUNT, "missing init expr for %s", s->names[s->nvalues]->name->text);
    } else if (s->nvalues > 0) {
        init_vars(c, objs, s->nnames, s->values, s->nvalues, NULL);
    } else if (!t) {
        for (uint32_t i = 0; i < s->nnames; i++) objs[i]->type = invalid(c);
    }
    for (uint32_t i = 0; i < s->nnames; i++) {
        s->names[i]->e.mode = MODE_VAR;
        s->names[i]->e.type = objs[i]->type;
        declare(c, c->env.scope, objs[i]);
    }
}

void local_decl(Checker *c, GenDecl *g) {
    for (uint32_t i = 0; i < g->nspecs; i++) {
        switch (g->specs[i]->kind) {
        case DECL_CONST: local_const(c, AS(ConstSpec, g->specs[i])); break;
        case DECL_VAR: local_var(c, AS(VarSpec, g->specs[i])); break;
        case DECL_TYPE: {
            TypeSpec *ts = AS(TypeSpec, g->specs[i]);
            Object *o = object_new(c, OBJ_TYPE, ts->name->e.pos, ts->name->name, NULL);
            o->is_alias = ts->alias;
            ts->name->obj = o;
            DeclInfo *d = NEW(c, DeclInfo);
            d->tspec = ts;
            d->file = c->env.file;
            declare(c, c->env.scope, o);
            o->info = d;
            o->state = 1;
            vec_push(c->arena, &c->path, o);
            type_decl(c, o, d);
            (void)vec_pop(&c->path);
            o->state = 2;
            break;
        }
        default: break;
        }
    }
}

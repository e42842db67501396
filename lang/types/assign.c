// assign.c: what may be assigned to what; assignments, initialisations, returns.
#include "types/types_impl.h"

static Type *invalid(Checker *c) { return c->basic[TYPE_INVALID]; }

/* assignable: may x be assigned to a variable of type t? *cause (may be NULL) explains a no. */
bool assignable(Checker *c, Operand *x, Type *t, const char **cause) {
    if (cause) *cause = NULL;
    if (x->mode == MODE_INVALID || !is_valid(t) || !is_valid(x->type)) return true;
    Type *v = x->type;
    if (v == t || type_identical(c, v, t)) return true;
    if (is_untyped(v)) {
        Type *r;
        const Const *value;
        int code;
        if (t->kind == TYPE_PARAM) {
            if (x->mode == MODE_NIL) return type_has_nil(c, t);
            return implicit_type(c, x, t, &r, &value, &code);
        }
        return implicit_type(c, x, t, &r, &value, &code) && !is_untyped(t);
    }
    Type *vu = type_under(c, v), *tu = type_under(c, t);
    bool vp = v->kind == TYPE_PARAM, tp = t->kind == TYPE_PARAM;
    if (type_identical(c, vu, tu) && (!type_is_named(v) || !type_is_named(t)) && !vp && !tp) return true;
    if ((tu->kind == TYPE_INTERFACE && !tp) || (tu->kind == TYPE_POINTER && tu->elem->kind != TYPE_PARAM && type_under(c, tu->elem)->kind == TYPE_INTERFACE)) {
        const char *why = NULL;
        if (implements(c, v, t, false, cause ? &why : NULL)) return true;
        if (cause) *cause = why;
        if (!vp) return false;
        if (cause) *cause = NULL;
    }
    if (vu->kind == TYPE_INTERFACE && !vp) {
        if (implements(c, t, v, false, NULL)) {
            if (cause) *cause = "need type assertion";
            return false;
        }
    }
    if (vu->kind == TYPE_CHAN && tu->kind == TYPE_CHAN && vu->dir == CHAN_BOTH && type_identical(c, vu->elem, tu->elem) && !vp && !tp)
        return !type_is_named(v) || !type_is_named(t);
    if (!vp && !tp) return false;
    // A type parameter: x must be assignable to each type of t, or each type of v to t, and the other side be unnamed.
    if (tp && !type_is_named(v)) {
        Type *i = type_constraint(c, t);
        if (!i->has_terms || !i->nterms) return false;
        for (uint32_t k = 0; k < i->nterms; k++)
            if (!assignable(c, x, i->terms[k].type, NULL)) {
                if (cause)
                    *cause = arena_printf(c->arena, "cannot assign %s to %s (in %s)", tstr(c, v), tstr(c, i->terms[k].type), tstr(c, t));
                return false;
            }
        return true;
    }
    if (vp && !type_is_named(t)) {
        Type *i = type_constraint(c, v);
        if (!i->has_terms || !i->nterms) return false;
        for (uint32_t k = 0; k < i->nterms; k++) {
            Operand y = *x;
            y.type = i->terms[k].type;
            if (!assignable(c, &y, t, NULL)) {
                if (cause)
                    *cause = arena_printf(c->arena, "cannot assign %s (in %s) to %s", tstr(c, i->terms[k].type), tstr(c, v), tstr(c, t));
                return false;
            }
        }
        return true;
    }
    return false;
}

static void mark_generic_func(Checker *c, Operand *x, const char *context) {
    err_node(c, x->expr, E_INFER, "cannot use generic function %s without instantiation in %s", estr(c, x->expr), context);
    x->mode = MODE_INVALID;
}

/* check_assignment converts x for a variable of type t (NULL: of x's own type) and reports when it can't be assigned. */
void check_assignment(Checker *c, Operand *x, Type *t, const char *context) {
    const Expr *te = c->target_spelling;
    c->target_spelling = NULL;
    if (x->mode == MODE_INVALID) return;
    single_value(c, x);
    if (x->mode == MODE_INVALID) return;
    if (x->mode == MODE_NOVALUE || x->mode == MODE_BUILTIN || x->mode == MODE_TYPE || x->mode == MODE_PKG) {
        err_node(c, x->expr, E_ASSIGN, "cannot assign %s to %s in %s", opstr(c, x), t ? spelled_tstr(c, t, te) : "_", context);
        x->mode = MODE_INVALID;
        return;
    }
    if (is_untyped(x->type)) {
        Type *target = t;
        if (!t || (type_is_interface(c, t) && t->kind != TYPE_PARAM)) {
            if (!t && x->mode == MODE_NIL) {
                err_node(c, x->expr, E_ASSIGN, "use of untyped nil in %s", context);
                x->mode = MODE_INVALID;
                return;
            }
            if (x->mode != MODE_NIL) target = type_default(c, x->type);
        }
        Type *r;
        const Const *v;
        int code;
        if (!implicit_type(c, x, target, &r, &v, &code)) {
            const char *why = code == 2 ? " (truncated)" : code == 3 ? " (overflows)" : "";
            err_node(c, x->expr, E_ASSIGN, "cannot use %s as %s value in %s%s", opstr(c, x), spelled_tstr(c, target, te), context, why);
            x->mode = MODE_INVALID;
            return;
        }
        if (v) {
            x->cv = v;
            if (x->expr) x->expr->cv = (Const *)v;
        }
        if (r != x->type) {
            x->type = r;
            if (x->expr) set_expr_type(c, x->expr, r);
        }
    }
    if (x->type->kind == TYPE_FUNC && x->type->ntparams_f) {
        if (t && type_under(c, t)->kind == TYPE_FUNC && t->kind != TYPE_PARAM) {
            infer_from_target(c, x, t);
            if (x->mode == MODE_INVALID) return;
        } else {
            mark_generic_func(c, x, context);
            return;
        }
    }
    if (!t) return;
    const char *cause = NULL;
    if (assignable(c, x, t, &cause)) return;
    if (cause && *cause)
        err_node(c, x->expr, E_ASSIGN, "cannot use %s as %s value in %s: %s", opstr(c, x), spelled_tstr(c, t, te), context, cause);
    else
        err_node(c, x->expr, E_ASSIGN, "cannot use %s as %s value in %s", opstr(c, x), spelled_tstr(c, t, te), context);
    x->mode = MODE_INVALID;
}

void init_const(Checker *c, Object *o, Operand *x) {
    if (x->mode == MODE_INVALID || !is_valid(x->type) || (o->type && !is_valid(o->type))) {
        if (!o->type) o->type = invalid(c);
        return;
    }
    if (x->mode != MODE_CONST) {
        err_node(c, x->expr, E_CONST, "%s is not constant", opstr(c, x));
        if (!o->type) o->type = invalid(c);
        return;
    }
    if (!o->type) o->type = x->type;
    check_assignment(c, x, o->type, "constant declaration");
    if (x->mode == MODE_INVALID) return;
    o->cv = x->cv;
}

void init_var(Checker *c, Object *o, Operand *x, const char *context) {
    if (x->mode == MODE_INVALID || !is_valid(x->type) || (o->type && !is_valid(o->type))) {
        if (!o->type) o->type = invalid(c);
        return;
    }
    if (!o->type) {
        Type *t = x->type;
        if (is_untyped(t)) {
            if (t->kind == TYPE_UNTYPED_NIL) {
                err_node(c, x->expr, E_ASSIGN, "use of untyped nil in %s", context);
                o->type = invalid(c);
                x->mode = MODE_INVALID;
                return;
            }
            t = type_default(c, t);
        }
        if (x->mode == MODE_VALUE && t->kind == TYPE_FUNC && t->ntparams_f) {
            mark_generic_func(c, x, context);
            o->type = invalid(c);
            return;
        }
        if (t->kind == TYPE_TUPLE) {
            single_value(c, x);
            o->type = invalid(c);
            return;
        }
        o->type = t;
        o->init_expr = x->expr && x->type->kind != TYPE_TUPLE && x->type == x->expr->type ? x->expr : NULL;
    }
    c->target_spelling = o->type_expr;
    check_assignment(c, x, o->type, context);
}

static void assign_error(Checker *c, Expr **rhs, uint32_t nrhs, uint32_t l, uint32_t r) {
    const char *vars = l == 1 ? "variable" : "variables", *vals = r == 1 ? "value" : "values";
    Expr *call = ast_unparen(rhs[0]);
    if (nrhs == 1 && call->kind == EXPR_CALL)
        err_node(c, rhs[0], E_COUNT, "assignment mismatch: %u %s but %s returns %u %s", l, vars, estr(c, AS(CallExpr, call)->fun), r, vals);
    else
        err_node(c, rhs[0], E_COUNT, "assignment mismatch: %u %s but %u %s", l, vars, r, vals);
}

static void return_error(Checker *c, Stmt *at, Object **lhs, uint32_t l, Operand *rhs, uint32_t r) {
    const void *node = at;
    const char *what = "not enough";
    if (r > l) {
        node = rhs[l].expr;
        what = "too many";
    } else if (r > 0) {
        node = rhs[r - 1].expr;
    }
    Type **have = NEWN(c, Type *, r + 1), **want = NEWN(c, Type *, l + 1);
    const Expr **given = NEWN(c, const Expr *, r + 1), **wanted = NEWN(c, const Expr *, l + 1);
    for (uint32_t i = 0; i < r; i++) have[i] = rhs[i].type, given[i] = spelled_type(c, rhs[i].expr);
    for (uint32_t i = 0; i < l; i++) want[i] = lhs[i]->type, wanted[i] = lhs[i]->type_expr;
    err_node(c, node, E_RETURN, "%s return values\n\thave %s\n\twant %s", what, types_summary(c, have, given, r, false, false),
        types_summary(c, want, wanted, l, false, false));
}

static void invalidate(Checker *c, Object **lhs, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (!lhs[i]->type) lhs[i]->type = invalid(c);
    }
}

/* init_vars initialises lhs with rhs; for a return statement lhs are the results. */
void init_vars(Checker *c, Object **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs, Stmt *return_stmt) {
    const char *context = return_stmt ? "return statement" : "assignment";
    bool is_call = nrhs == 1 && ast_unparen(rhs[0])->kind == EXPR_CALL;
    if (nlhs == nrhs && !is_call) {
        for (uint32_t i = 0; i < nlhs; i++) {
            Operand x;
            check_expr_hint(c, &x, rhs[i], lhs[i]->type);
            init_var(c, lhs[i], &x, context);
        }
        return;
    }
    if (nrhs != 1) {
        bool bad = false;
        Operand *ops = NEWN(c, Operand, nrhs + 1);
        for (uint32_t i = 0; i < nrhs; i++) {
            check_generic_expr(c, &ops[i], rhs[i], NULL);
            if (ops[i].mode == MODE_INVALID) bad = true;
        }
        invalidate(c, lhs, nlhs);
        if (bad) return;
        if (return_stmt)
            return_error(c, return_stmt, lhs, nlhs, ops, nrhs);
        else
            assign_error(c, rhs, nrhs, nlhs, nrhs);
        return;
    }
    uint32_t n;
    bool comma_ok;
    Operand *ops = unpack_exprs(c, rhs, 1, &n, nlhs == 2 && !return_stmt, &comma_ok);
    if (n == nlhs) {
        for (uint32_t i = 0; i < n; i++) init_var(c, lhs[i], &ops[i], context);
        if (comma_ok) mark_comma_ok(rhs[0]);
        return;
    }
    invalidate(c, lhs, nlhs);
    if (ops[0].mode == MODE_INVALID) return;
    if (return_stmt)
        return_error(c, return_stmt, lhs, nlhs, ops, n);
    else
        assign_error(c, rhs, 1, nlhs, n);
}

/* check_lhs_var gives the type of an assignable expression; NULL for the blank identifier; invalid after an error. Assigning
 * to a variable is no use of it. */
Type *check_lhs_var(Checker *c, Expr *lhs) {
    Expr *e = ast_unparen(lhs);
    Operand x;
    if (e->kind == EXPR_IDENT) {
        Ident *id = AS(Ident, e);
        if (is_blank(c, id->name)) {
            id->obj = NULL;
            return NULL;
        }
        Object *v = lookup(c, id->name);
        if (v && v->kind == OBJ_VAR) {
            bool used = v->used;
            check_expr(c, &x, lhs);
            if (!v->is_global) v->used = used;
            v->reassigned = true;
        } else {
            check_expr(c, &x, lhs);
        }
    } else {
        check_expr(c, &x, lhs);
    }
    if (x.mode == MODE_INVALID) return invalid(c);
    // Storing into a part of a variable changes the variable.
    if (x.mode == MODE_VAR && e->kind != EXPR_IDENT) {
        Expr *r = e;
        for (;;) {
            if (r->kind == EXPR_PAREN) {
                r = AS(ParenExpr, r)->x;
            } else if (r->kind == EXPR_SELECTOR && AS(SelectorExpr, r)->selection && AS(SelectorExpr, r)->selection->kind == SEL_FIELD) {
                Selection *s = AS(SelectorExpr, r)->selection;
                bool deref = false;
                for (uint32_t i = 0; i < s->npath; i++) deref |= s->path[i].deref;
                if (deref) break;
                r = AS(SelectorExpr, r)->x;
            } else if (r->kind == EXPR_INDEX && AS(IndexExpr, r)->x->type && type_under(c, AS(IndexExpr, r)->x->type)->kind == TYPE_ARRAY) {
                r = AS(IndexExpr, r)->x;
            } else {
                break;
            }
        }
        if (r->kind == EXPR_IDENT && AS(Ident, r)->obj && AS(Ident, r)->obj->kind == OBJ_VAR) AS(Ident, r)->obj->reassigned = true;
    }
    if (x.mode == MODE_VAR || x.mode == MODE_MAPINDEX) return x.type;
    if (e->kind == EXPR_SELECTOR) {
        Operand y = {.mode = AS(SelectorExpr, e)->x->mode};
        if (y.mode == MODE_MAPINDEX) {
            err_node(c, lhs, E_ASSIGN, "cannot assign to struct field %s in map", estr(c, lhs));
            return invalid(c);
        }
    }
    err_node(c, lhs, E_ASSIGN, "cannot assign to %s (neither addressable nor a map index expression)", estr(c, lhs));
    return invalid(c);
}

/* assign_var assigns x (or, when NULL, the expression rhs) to lhs. */
void assign_var(Checker *c, Expr *lhs, Expr *rhs, Operand *x, const char *context) {
    Type *t = check_lhs_var(c, lhs);
    Operand y;
    if (t && !is_valid(t)) {
        if (x)
            x->mode = MODE_INVALID;
        else
            use_exprs(c, &rhs, 1);
        return;
    }
    if (!x) {
        x = &y;
        check_expr_hint(c, x, rhs, t);
    }
    if (!t && strcmp(context, "assignment") == 0) context = "assignment to _ identifier";
    c->target_spelling = t ? spelled_type(c, lhs) : NULL;
    check_assignment(c, x, t, context);
    if (!t && lhs->kind == EXPR_IDENT) {
        lhs->mode = MODE_VAR;
        lhs->type = x->mode == MODE_INVALID ? invalid(c) : x->type;
    }
}

void assign_vars(Checker *c, Expr **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs) {
    bool is_call = nrhs == 1 && ast_unparen(rhs[0])->kind == EXPR_CALL;
    if (nlhs == nrhs && !is_call) {
        for (uint32_t i = 0; i < nlhs; i++) assign_var(c, lhs[i], rhs[i], NULL, "assignment");
        return;
    }
    if (nrhs != 1) {
        bool bad = false;
        for (uint32_t i = 0; i < nlhs; i++) {
            Expr *e = ast_unparen(lhs[i]);
            if (e->kind == EXPR_IDENT && is_blank(c, AS(Ident, e)->name)) continue;
            use_exprs(c, &lhs[i], 1);
        }
        for (uint32_t i = 0; i < nrhs; i++) {
            Operand x;
            check_generic_expr(c, &x, rhs[i], NULL);
            if (x.mode == MODE_INVALID) bad = true;
        }
        if (!bad) assign_error(c, rhs, nrhs, nlhs, nrhs);
        return;
    }
    uint32_t n;
    bool comma_ok;
    Operand *ops = unpack_exprs(c, rhs, 1, &n, nlhs == 2, &comma_ok);
    if (n == nlhs) {
        for (uint32_t i = 0; i < n; i++) assign_var(c, lhs[i], NULL, &ops[i], "assignment");
        if (comma_ok) mark_comma_ok(rhs[0]);
        return;
    }
    bool bad = ops[0].mode == MODE_INVALID;
    if (!bad) assign_error(c, rhs, 1, nlhs, n);
    for (uint32_t i = 0; i < nlhs; i++) {
        Expr *e = ast_unparen(lhs[i]);
        if (e->kind == EXPR_IDENT && is_blank(c, AS(Ident, e)->name)) continue;
        use_exprs(c, &lhs[i], 1);
    }
}

Object *new_local_var(Checker *c, Ident *id, Type *t) {
    Object *v = object_new(c, OBJ_VAR, id->e.pos, id->name, t);
    v->owner = c->env.func;
    v->state = 2;
    id->obj = v;
    if (c->env.func && !is_blank(c, id->name)) vec_push(c->arena, &c->env.func->locals, v);
    return v;
}

void short_var_decl(Checker *c, Pos pos, Expr **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs) {
    Object **vars = NEWN(c, Object *, nlhs + 1), **fresh = NEWN(c, Object *, nlhs + 1);
    uint32_t nfresh = 0;
    bool has_err = false, any_new = false;
    Scope *scope = c->env.scope;
    for (uint32_t i = 0; i < nlhs; i++) {
        if (lhs[i]->kind != EXPR_IDENT) {
            use_exprs(c, &lhs[i], 1);
            err_node(c, lhs[i], E_ASSIGN, "non-name %s on left side of :=", estr(c, lhs[i]));
            has_err = true;
        } else {
            Ident *id = AS(Ident, lhs[i]);
            if (!is_blank(c, id->name)) {
                bool twice = false;
                for (uint32_t k = 0; k < i && !twice; k++)
                    twice = lhs[k]->kind == EXPR_IDENT && AS(Ident, lhs[k])->name == id->name;
                if (twice) {
                    err_node(c, id, E_REDECLARED, "%s repeated on left side of :=", id->name->text);
                    has_err = true;
                    vars[i] = object_new(c, OBJ_VAR, id->e.pos, c->name_blank, NULL);
                    vars[i]->owner = c->env.func;
                    continue;
                }
                Object *old = scope_lookup(scope, id->name);
                if (old && old->kind != OBJ_PKGNAME) {
                    id->obj = old;
                    if (old->kind == OBJ_VAR && old->type) {
                        vars[i] = old;
                        old->reassigned = true;
                        use_var(c, old);
                    } else {
                        err_node(c, id, E_ASSIGN, "cannot assign to %s", estr(c, &id->e));
                        has_err = true;
                    }
                    if (vars[i]) continue;
                }
            }
            if (!vars[i]) {
                vars[i] = new_local_var(c, id, NULL);
                if (!is_blank(c, id->name)) any_new = true;
                fresh[nfresh++] = vars[i];
                continue;
            }
        }
        if (!vars[i]) {
            vars[i] = object_new(c, OBJ_VAR, lhs[i]->pos, c->name_blank, NULL);
            vars[i]->owner = c->env.func;
        }
    }
    init_vars(c, vars, nlhs, rhs, nrhs, NULL);
    for (uint32_t i = 0; i < nlhs; i++)
        if (lhs[i]->kind == EXPR_IDENT) {
            lhs[i]->mode = MODE_VAR;
            lhs[i]->type = vars[i]->type;
        }
    if (any_new) {
        for (uint32_t i = 0; i < nfresh; i++) declare(c, scope, fresh[i]);
    } else if (!has_err) {
        err_at(c, pos, E_ASSIGN, "no new variables on left side of :=");
    }
}

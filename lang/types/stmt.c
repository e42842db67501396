// stmt.c: statements.
#include "types/types_impl.h"
#include <math.h>

static void check_stmt(Checker *c, Stmt *s);
static Type *invalid(Checker *c) { return c->basic[TYPE_INVALID]; }

FuncInfo *real_func(FuncInfo *fi) {
    while (fi && fi->is_range_body) fi = fi->outer;
    return fi;
}

void report_unused_vars(Checker *c, FuncInfo *fi) {
    if (c->too_deep) return;  // what was not looked at may use them
    for (uint32_t i = 0; i < fi->locals.n; i++) {
        Object *v = fi->locals.at[i];
        if (v->used || !v->name) continue;
        Diag *d = err_at(c, v->pos, E_UNUSED, "declared and not used: %s", v->name->text);
        d->soft = true;
        diag_help(c->diags, d, "use %s, remove it, or assign to _ instead", v->name->text);
    }
}

void check_stmts(Checker *c, StmtList *list) {
    for (uint32_t i = 0; i < list->n; i++) check_stmt(c, list->at[i]);
}

static void check_block(Checker *c, BlockStmt *b) {
    open_scope(c);
    check_stmts(c, &b->list);
    close_scope(c);
}

/* ---- simple statements ---- */

static bool at_script_top(Checker *c) {
    return c->env.func && c->env.func->is_script_main && c->env.scope == c->env.pkg->scope;
}

static const struct {
    bool stmt;
} builtin_info[] = {
#define BUILTIN(id, name, nargs, variadic, stmt) {stmt},
#include "types/builtin.def"
#undef BUILTIN
};

/* may_stand: may the expression be a statement on its own (a call, or a receive)? */
static bool may_stand(const Expr *e) {
    if (e->kind == EXPR_UNARY) return AS(UnaryExpr, e)->op == OPER_RECV;
    if (e->kind != EXPR_CALL) return false;
    const CallExpr *call = AS(CallExpr, e);
    if (call->call == CALL_CONVERSION) return false;
    return call->call != CALL_BUILTIN || builtin_info[call->builtin].stmt;
}

static void expr_stmt(Checker *c, Expr *e) {
    Operand x;
    check_raw(c, &x, e, NULL, false);
    Expr *inner = ast_unparen(e);
    if (inner->kind == EXPR_CALL) AS(CallExpr, inner)->cflags |= CALLF_STMT;
    if (x.mode == MODE_INVALID) return;
    const char *msg = "is not used";
    if (x.mode == MODE_BUILTIN)
        msg = "must be called";
    else if (x.mode == MODE_TYPE)
        msg = "is not an expression";
    else if (may_stand(inner))
        return;
    else if (c->env.pkg->is_repl && at_script_top(c))
        return;
    err_node(c, e, E_UNUSED, "%s %s", opstr(c, &x), msg);
}

static void go_defer(Checker *c, Expr *e, const char *keyword) {
    Expr *inner = ast_unparen(e);
    if (inner->kind != EXPR_CALL) {
        err_node(c, e, E_CALL, "expression in %s must be function call", keyword);
        use_exprs(c, &e, 1);
        return;
    }
    if (inner != e) err_node(c, e, E_CALL, "expression in %s must not be parenthesized", keyword);
    Operand x;
    check_raw(c, &x, inner, NULL, false);
    CallExpr *call = AS(CallExpr, inner);
    call->cflags |= CALLF_STMT;
    if (x.mode == MODE_INVALID) return;
    if (call->call == CALL_CONVERSION)
        err_node(c, e, E_CALL, "%s requires function call, not conversion %s", keyword, opstr(c, &x));
    else if (!may_stand(inner))
        err_node(c, e, E_CALL, "%s discards result of %s", keyword, opstr(c, &x));
}

static void send_stmt(Checker *c, SendStmt *s) {
    Operand ch, v;
    check_expr(c, &ch, s->chan);
    check_expr(c, &v, s->value);
    if (ch.mode == MODE_INVALID || v.mode == MODE_INVALID) return;
    Type *elem = check_chan_elem(c, &ch, false, ast_start(s));
    c->target_spelling = elem ? spelled_elem(c, spelled_type(c, s->chan), false) : NULL;
    if (elem) check_assignment(c, &v, elem, "send");
}

static void inc_dec_stmt(Checker *c, IncDecStmt *s) {
    Operand x;
    check_expr(c, &x, s->x);
    if (x.mode == MODE_INVALID) return;
    if (!type_is_numeric(c, x.type)) {
        const char *op = oper_spelling(s->op);
        err_node(c, s->x, E_OPERATION, "invalid operation: %s%s%s (non-numeric type %s)", estr(c, s->x), op, op, tstr(c, x.type));
        return;
    }
    assign_var(c, s->x, NULL, &x, "assignment");
    if (s->x->kind == EXPR_IDENT && AS(Ident, s->x)->obj) AS(Ident, s->x)->obj->used = true;
}

static void assign_stmt(Checker *c, AssignStmt *s) {
    if (s->define) {
        short_var_decl(c, s->s.pos, s->lhs, s->nlhs, s->rhs, s->nrhs);
        return;
    }
    if (s->op == OPER_NONE) {
        assign_vars(c, s->lhs, s->nlhs, s->rhs, s->nrhs);
        return;
    }
    if (s->nlhs != 1 || s->nrhs != 1) {
        err_at(c, s->s.pos, E_COUNT, "assignment operation %s= requires single-valued expressions", oper_spelling(s->op));
        return;
    }
    Operand x;
    check_op_assign(c, &x, s->lhs[0], s->rhs[0], s->op, s->s.pos);
    if (x.mode == MODE_INVALID) return;
    Object *v = s->lhs[0]->kind == EXPR_IDENT ? AS(Ident, s->lhs[0])->obj : NULL;
    // The operand stands for the whole operation: its type fits the left side unless it is an untyped shift.
    x.expr = s->lhs[0];
    assign_var(c, s->lhs[0], NULL, &x, "assignment operation");
    if (v) v->used = true;
}

static void return_stmt(Checker *c, ReturnStmt *s) {
    FuncInfo *fi = c->env.func, *fn = real_func(fi);
    if (fi != fn) {
        fn->has_range_return = true;
        for (FuncInfo *f = fi; f != fn; f = f->outer) f->has_range_return = true;
        for (uint32_t i = 0; i < fn->nresults; i++) {
            use_var(c, fn->results[i]);
            fn->results[i]->reassigned = true;
        }
    }
    if (fn->nresults == 0) {
        if (s->nresults == 0) return;
        Operand x;
        uint32_t n;
        bool bad = false;
        Operand *ops = s->nresults == 1 ? unpack_exprs(c, s->results, 1, &n, false, NULL) : NULL;
        if (!ops) {
            ops = NEWN(c, Operand, s->nresults);
            n = s->nresults;
            for (uint32_t i = 0; i < n; i++) check_expr(c, &ops[i], s->results[i]);
        }
        Type **have = NEWN(c, Type *, n + 1);
        for (uint32_t i = 0; i < n; i++) {
            x = ops[i];
            if (x.mode == MODE_INVALID) bad = true;
            have[i] = x.type;
        }
        if (n == 0 && s->nresults == 1 && !bad) return;
        if (!bad) {
            if (fn->is_script_main || n == 0)
                err_node(c, s->results[0], E_RETURN, "too many return values");
            else
                err_node(c, s->results[0], E_RETURN, "too many return values\n\thave %s\n\twant ()", types_summary(c, have, NULL, n, false, false));
        }
        return;
    }
    if (s->nresults == 0 && fn->named_results) {
        for (uint32_t i = 0; i < fn->nresults; i++) {
            Object *r = fn->results[i];
            if (!r->name || is_blank(c, r->name)) continue;
            Object *alt = lookup(c, r->name);
            if (alt && alt != r) {
                Diag *d = err_at(c, s->s.pos, E_RETURN, "result parameter %s not in scope at return", r->name->text);
                diag_note(c->diags, d, alt->pos, "inner declaration of %s %s%s%s", alt->kind == OBJ_VAR ? "var" : "object", r->name->text,
                    alt->type ? " " : "", alt->type ? tstr(c, alt->type) : "");
            }
        }
        return;
    }
    if (s->nresults == 0) {
        Type **want = NEWN(c, Type *, fn->nresults + 1);
        const Expr **wanted = NEWN(c, const Expr *, fn->nresults + 1);
        for (uint32_t i = 0; i < fn->nresults; i++) want[i] = fn->results[i]->type, wanted[i] = fn->results[i]->type_expr;
        err_at(c, s->s.pos, E_RETURN, "not enough return values\n\thave ()\n\twant %s", types_summary(c, want, wanted, fn->nresults, false, false));
        return;
    }
    init_vars(c, fn->results, fn->nresults, s->results, s->nresults, &s->s);
    for (uint32_t i = 0; i < fn->nresults; i++) fn->results[i]->reassigned = true;
}

/* ---- switch ---- */

static void count_defaults(Checker *c, CaseClause **clauses, uint32_t n) {
    CaseClause *first = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (!clauses[i]->is_default) continue;
        if (first)
            err_at(c, clauses[i]->s.pos, E_SWITCH, "multiple defaults (first at %s)", posstr(c, first->s.pos));
        else
            first = clauses[i];
    }
}

typedef struct SeenCase {
    const Const *cv;
    Type *type;
    Expr *expr;
} SeenCase;

typedef struct SeenCases {
    SeenCase *slots;
    uint32_t n, cap;
} SeenCases;

static uint32_t case_hash(Checker *c, const Const *v) {
    if (const_kind(v) == CONST_STRING) {
        size_t n;
        const char *s = const_text(c->arena, v, &n);
        uint32_t h = 2166136261u;
        for (size_t i = 0; i < n; i++) h = (h ^ (uint8_t)s[i]) * 16777619u;
        return h;
    }
    // A number has one hash, whether an integer or a float represents it.
    uint64_t bits;
    double d = const_float64(v);
    if (const_kind(v) == CONST_INT)
        bits = const_bits(v);
    else if (d == floor(d) && fabs(d) < 0x1p63)
        bits = (uint64_t)(int64_t)d;
    else
        memcpy(&bits, &d, sizeof bits);
    return (uint32_t)(bits * 0x9E3779B97F4A7C15ull >> 33);
}

static SeenCase *case_slot(Checker *c, SeenCases *s, const Const *v, Type *t) {
    uint32_t k = case_hash(c, v) & (s->cap - 1);
    for (; s->slots[k].cv; k = (k + 1) & (s->cap - 1))
        if (s->slots[k].type == t && (const_kind(s->slots[k].cv) == CONST_STRING) == (const_kind(v) == CONST_STRING) &&
            const_compare(s->slots[k].cv, CONST_EQ, v))
            break;
    return &s->slots[k];
}

static void case_values(Checker *c, Operand *x, Expr **values, uint32_t n, SeenCases *seen) {
    for (uint32_t i = 0; i < n; i++) {
        Operand v;
        check_expr(c, &v, values[i]);
        if (x->mode == MODE_INVALID || v.mode == MODE_INVALID) continue;
        Operand tag = *x;
        bool ok;
        if (is_untyped(v.type)) {
            convert_untyped(c, &v, x->type);
            ok = v.mode != MODE_INVALID;
        } else {
            match_types(c, &v, &tag, &ok);
        }
        if (!ok) continue;
        Operand res = v;
        check_comparison(c, &res, &tag, OPER_EQL, true);
        if (res.mode == MODE_INVALID || v.mode != MODE_CONST || const_kind(v.cv) < CONST_STRING || const_kind(v.cv) > CONST_FLOAT) continue;
        SeenCase *old = case_slot(c, seen, v.cv, v.type);
        if (old->cv) {
            Diag *d = err_node(c, values[i], E_SWITCH, "duplicate case %s in expression switch", opstr(c, &v));
            diag_note(c->diags, d, ast_start(old->expr), "previous case");
        } else {
            *old = (SeenCase){v.cv, v.type, values[i]};
        }
    }
}

static void switch_stmt(Checker *c, SwitchStmt *s) {
    open_scope(c);
    if (s->init) check_stmt(c, s->init);
    Operand x = {.mode = MODE_INVALID, .type = invalid(c)};
    if (s->tag) {
        check_expr(c, &x, s->tag);
        check_assignment(c, &x, NULL, "switch expression");
        if (x.mode != MODE_INVALID && !type_is_comparable(c, x.type) && !type_has_nil(c, x.type)) {
            err_node(c, s->tag, E_SWITCH, "cannot switch on %s (%s is not comparable)", opstr(c, &x), tstr(c, x.type));
            x.mode = MODE_INVALID;
        }
    } else {
        Ident *id = NEW(c, Ident);
        id->e.kind = EXPR_IDENT;
        id->e.pos = s->lbrace;
        id->name = intern_cstr(c->names, "true");
        x = (Operand){.mode = MODE_CONST, .type = c->basic[TYPE_BOOL], .cv = const_bool(true), .expr = &id->e};
    }
    count_defaults(c, s->clauses, s->nclauses);
    uint32_t nvalues = 0;
    for (uint32_t i = 0; i < s->nclauses; i++) nvalues += s->clauses[i]->nexprs;
    SeenCases seen = {.cap = 8};
    while (seen.cap < nvalues * 2) seen.cap *= 2;
    seen.slots = NEWN(c, SeenCase, seen.cap);
    if (x.mode == MODE_CONST) x.mode = MODE_VALUE;  // cases are compared at run time
    for (uint32_t i = 0; i < s->nclauses; i++) {
        CaseClause *cc = s->clauses[i];
        case_values(c, &x, cc->exprs, cc->nexprs, &seen);
        open_scope(c);
        check_stmts(c, &cc->body);
        close_scope(c);
    }
    close_scope(c);
}

static Type *case_type(Checker *c, Operand *x, Expr *e, bool *is_nil) {
    Expr *plain = ast_unparen(e);
    Object *o = plain->kind == EXPR_IDENT ? lookup(c, AS(Ident, plain)->name) : NULL;
    *is_nil = o && o->kind == OBJ_NIL;
    if (*is_nil) {
        Operand y;
        check_expr(c, &y, e);
        return NULL;
    }
    Type *t = check_var_type(c, e);
    if (!is_valid(t) || x->mode == MODE_INVALID) return t;
    const char *cause;
    if (!assertable(c, x->type, t, &cause))
        err_node(c, e, E_SWITCH, "impossible type switch case: %s\n\t%s cannot have dynamic type %s %s", estr(c, e), opstr(c, x),
            tstr(c, t), cause);
    return t;
}

static void type_switch_stmt(Checker *c, TypeSwitchStmt *s) {
    open_scope(c);
    if (s->init) check_stmt(c, s->init);
    Ident *lhs = s->lhs;
    if (lhs && is_blank(c, lhs->name)) {
        err_at(c, lhs->e.pos, E_ASSIGN, "no new variable on left side of :=");
        lhs = NULL;
    }
    Operand x;
    check_expr(c, &x, s->guard->x);
    Type *tag = NULL;
    if (x.mode != MODE_INVALID) {
        if (x.type->kind == TYPE_PARAM)
            err_node(c, s->guard->x, E_SWITCH, "cannot use type switch on type parameter value %s", opstr(c, &x));
        else if (type_under(c, x.type)->kind != TYPE_INTERFACE)
            err_node(c, s->guard->x, E_SWITCH, "%s is not an interface", opstr(c, &x));
        else
            tag = x.type;
    }
    if (!tag) x.mode = MODE_INVALID;
    s->guard->e.type = x.type;
    s->guard->e.mode = MODE_VALUE;
    count_defaults(c, s->clauses, s->nclauses);
    PtrMap seen = {.arena = c->arena};
    Expr *seen_nil = NULL;
    bool used = false;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        CaseClause *cc = s->clauses[i];
        Type *t = NULL;
        bool nil = false;
        for (uint32_t k = 0; k < cc->nexprs; k++) {
            t = case_type(c, &x, cc->exprs[k], &nil);
            if (t && !is_valid(t)) continue;
            Expr *other = t ? ptrmap_get(&seen, t) : seen_nil;
            if (other) {
                Diag *d = err_node(c, cc->exprs[k], E_SWITCH, "duplicate case %s in type switch", t ? tstr(c, t) : "nil");
                diag_note(c->diags, d, ast_start(other), "previous case");
                continue;
            }
            if (t)
                ptrmap_put(&seen, t, cc->exprs[k]);
            else
                seen_nil = cc->exprs[k];
        }
        open_scope(c);
        Object *v = NULL;
        if (lhs) {
            Type *vt = cc->nexprs == 1 && t ? t : tag ? tag : invalid(c);
            v = object_new(c, OBJ_VAR, lhs->e.pos, lhs->name, vt);
            v->owner = c->env.func;
            v->state = 2;
            declare(c, c->env.scope, v);
            cc->implicit = v;
        }
        check_stmts(c, &cc->body);
        if (v) {
            if (v->used || !is_valid(v->type)) used = true;
            v->used = true;
            vec_push(c->arena, &c->env.func->locals, v);
        }
        close_scope(c);
    }
    if (lhs && !used) err_at(c, lhs->e.pos, E_UNUSED, "%s declared and not used", lhs->name->text)->soft = true;
    close_scope(c);
}

/* ---- select ---- */

static bool is_receive(Expr *e) {
    e = ast_unparen(e);
    return e->kind == EXPR_UNARY && AS(UnaryExpr, e)->op == OPER_RECV;
}

static void select_stmt(Checker *c, SelectStmt *s) {
    CommClause *first = NULL;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        CommClause *cc = s->clauses[i];
        if (!cc->comm) {
            if (first) err_at(c, cc->s.pos, E_SWITCH, "multiple defaults (first at %s)", posstr(c, first->s.pos));
            first = cc;
        }
        bool ok = !cc->comm || cc->comm->kind == STMT_SEND;
        if (cc->comm && cc->comm->kind == STMT_EXPR) ok = is_receive(AS(ExprStmt, cc->comm)->x);
        if (cc->comm && cc->comm->kind == STMT_ASSIGN) {
            AssignStmt *a = AS(AssignStmt, cc->comm);
            ok = a->nrhs == 1 && a->op == OPER_NONE && is_receive(a->rhs[0]);
        }
        open_scope(c);
        if (!ok)
            err_node(c, cc->comm, E_SWITCH, "select case must be send or receive (possibly with assignment)");
        else if (cc->comm)
            check_stmt(c, cc->comm);
        check_stmts(c, &cc->body);
        close_scope(c);
    }
}

/* ---- loops ---- */

static void for_stmt(Checker *c, ForStmt *s) {
    open_scope(c);
    if (s->init) check_stmt(c, s->init);
    if (s->init && s->init->kind == STMT_ASSIGN && AS(AssignStmt, s->init)->define && (!c->env.go_minor || c->env.go_minor >= 22)) {
        AssignStmt *a = AS(AssignStmt, s->init);
        for (uint32_t i = 0; i < a->nlhs; i++)
            if (a->lhs[i]->kind == EXPR_IDENT && AS(Ident, a->lhs[i])->obj) AS(Ident, a->lhs[i])->obj->per_iteration = true;
    }
    if (s->cond) {
        Operand x;
        check_expr(c, &x, s->cond);
        if (x.mode != MODE_INVALID) {
            if (!type_is_boolean(c, x.type))
                err_node(c, s->cond, E_MISMATCH, "non-boolean condition in for statement");
            else
                default_type_operand(c, &x);
        }
    }
    if (s->post) {
        if (s->post->kind == STMT_ASSIGN && AS(AssignStmt, s->post)->define)
            err_at(c, s->post->pos, E_ASSIGN, "cannot declare in post statement of for loop");
        else
            check_stmt(c, s->post);
    }
    check_block(c, s->body);
    close_scope(c);
}

/* range_over says how x is ranged over; *cause explains why not. */
static RangeKind range_over(Checker *c, Operand *x, Type **key, Type **value, const char **cause) {
    *cause = NULL;
    *key = *value = NULL;
    const char *why = NULL;
    Type *u = common_under(c, x->type, &why);
    if (!u) {
        *cause = why ? why : "no specific type";
        return RANGE_NONE;
    }
    RangeKind k = type_range_kind(c, x->type, key, value);
    if (k != RANGE_NONE) return k;
    if (u->kind == TYPE_CHAN) *cause = arena_printf(c->arena, "receive from send-only channel %s", tstr(c, u));
    if (u->kind == TYPE_FUNC) {
        if (u->nparams != 1 || u->nresults != 0) {
            *cause = "func must be func(yield func(...) bool): wrong argument count";
            if (u->nresults) *cause = "func must be func(yield func(...) bool): unexpected results";
        } else {
            Type *y = type_core(c, u->params[0]);
            *cause = !y || y->kind != TYPE_FUNC ? "func must be func(yield func(...) bool): argument is not func"
                     : y->nparams > 2           ? "func must be func(yield func(...) bool): yield func has too many parameters"
                     : y->nresults == 1 && type_under(c, y->results[0])->kind == TYPE_BOOL
                         ? "func must be func(yield func(...) bool): yield func returns user-defined boolean, not bool"
                         : "func must be func(yield func(...) bool): yield func does not return bool";
        }
    }
    return RANGE_NONE;
}

static void range_lhs(Checker *c, RangeStmt *s, RangeKind kind, Operand *x, Type *types[2], bool int_const) {
    Object *vars[2] = {NULL, NULL};
    uint32_t nvars = 0, nfresh = 0;
    for (uint32_t i = 0; i < s->nlhs && i < 2; i++) {
        Expr *lhs = s->lhs[i];
        Type *t = types[i];
        if (s->define) {
            if (lhs->kind != EXPR_IDENT) {
                err_node(c, lhs, E_ASSIGN, "invalid syntax tree: cannot declare %s", estr(c, lhs));
                continue;
            }
            Ident *id = AS(Ident, lhs);
            Object *v = new_local_var(c, id, NULL);
            if (!is_blank(c, id->name)) nfresh++;
            vars[nvars++] = v;
            if (!t) {
                v->type = invalid(c);
                v->used = true;
            } else if (int_const && i == 0) {
                Operand y = *x;
                init_var(c, v, &y, "range clause");
                *x = y;
            } else {
                v->type = t;
            }
            lhs->mode = MODE_VAR;
            lhs->type = v->type;
            continue;
        }
        if (!t) {
            if (kind == RANGE_NONE) use_exprs(c, &lhs, 1);
            continue;
        }
        if (int_const && i == 0) {
            Type *lt = check_lhs_var(c, lhs);
            if (lt && !is_valid(lt)) continue;
            check_assignment(c, x, lt, "range clause");
            if (lt && x->mode != MODE_INVALID && !type_is_integer(c, lt))
                err_node(c, lhs, E_RANGE, "cannot use iteration variable of type %s", tstr(c, lt));
            if (!lt) {
                lhs->mode = MODE_VAR;
                lhs->type = x->type;
            }
            continue;
        }
        Operand y = {.mode = MODE_VALUE, .type = t, .expr = lhs};
        assign_var(c, lhs, NULL, &y, "assignment");
    }
    if (s->define) {
        for (uint32_t i = 0; i < nvars; i++) {
            vars[i]->per_iteration = !c->env.go_minor || c->env.go_minor >= 22;
            if (!vars[i]->per_iteration) vars[i]->reassigned = true;
            declare(c, c->env.scope, vars[i]);
        }
        if (s->nlhs > 0 && nfresh == 0) err_at(c, s->s.pos, E_ASSIGN, "no new variables on left side of :=");
    }
}

static void range_stmt(Checker *c, RangeStmt *s) {
    open_scope(c);
    Operand x;
    // len and cap of constant length: range over an array does not evaluate it.
    check_expr(c, &x, s->x);
    Type *types[2] = {NULL, NULL};
    RangeKind kind = RANGE_NONE;
    bool int_const = false;
    if (x.mode != MODE_INVALID) {
        const char *cause;
        kind = range_over(c, &x, &types[0], &types[1], &cause);
        if (kind == RANGE_NONE) {
            if (x.mode == MODE_NIL || !cause)
                err_node(c, s->x, E_RANGE, "cannot range over %s", opstr(c, &x));
            else
                err_node(c, s->x, E_RANGE, "cannot range over %s: %s", opstr(c, &x), cause);
        } else {
            if (s->nlhs > 0 && !types[0])
                err_node(c, s->lhs[0], E_RANGE, "range over %s permits no iteration variables", opstr(c, &x));
            else if (s->nlhs > 1 && !types[1])
                err_node(c, s->lhs[1], E_RANGE, "range over %s permits only one iteration variable", opstr(c, &x));
            else if (s->nlhs > 2)
                err_node(c, s->lhs[2], E_RANGE, "range clause permits at most two iteration variables");
        }
    }
    if (kind == RANGE_INT) {
        if (x.mode == MODE_CONST && is_untyped(x.type) && !type_is_integer(c, x.type)) kind = RANGE_NONE;
        int_const = true;
        Expr *first = s->nlhs ? ast_unparen(s->lhs[0]) : NULL;
        bool blank = first && first->kind == EXPR_IDENT && is_blank(c, AS(Ident, first)->name);
        if (!first || (blank && !s->define)) {
            check_assignment(c, &x, NULL, "range clause");
            int_const = false;
        }
    } else if (is_untyped(x.type) && x.mode != MODE_INVALID && kind != RANGE_NONE) {
        default_type_operand(c, &x);
    }
    Env saved = c->env;
    FuncInfo *fi = NULL;
    if (kind >= RANGE_FUNC0) {
        fi = NEW(c, FuncInfo);
        fi->node = s;
        fi->outer = c->env.func;
        fi->pkg = c->env.pkg;
        fi->sig = type_core(c, type_core(c, x.type)->params[0]);
        fi->is_range_body = true;
        fi->tparams = c->env.tparams;
        fi->ntparams = c->env.ntparams;
        fi->go_minor = c->env.go_minor;
        vec_push(c->arena, &fi->outer->lits, fi);
        fi->index = fi->outer->lits.n;
        s->info = fi;
        c->env.func = fi;
        c->env.scope->func = fi;
    }
    range_lhs(c, s, kind, &x, types, int_const);
    if (int_const && x.mode != MODE_INVALID) x.expr = s->x;
    check_block(c, s->body);
    if (fi) report_unused_vars(c, fi);
    saved.scope = c->env.scope;
    c->env = saved;
    close_scope(c);
}

/* ---- all of them ---- */

static void if_stmt(Checker *c, IfStmt *s) {
    // A chain of else-ifs is a loop here, each link in the scope of the one before.
    uint32_t depth = 0;
    for (;;) {
        open_scope(c);
        depth++;
        if (s->init) check_stmt(c, s->init);
        Operand x;
        check_expr(c, &x, s->cond);
        if (x.mode != MODE_INVALID) {
            if (!type_is_boolean(c, x.type))
                err_node(c, s->cond, E_MISMATCH, "non-boolean condition in if statement");
            else
                default_type_operand(c, &x);
        }
        check_block(c, s->then);
        if (!s->els || s->els->kind != STMT_IF) break;
        s = AS(IfStmt, s->els);
    }
    if (s->els) check_stmt(c, s->els);
    while (depth--) close_scope(c);
}

static void check_stmt_inner(Checker *c, Stmt *s) {
    switch (s->kind) {
    case STMT_EXPR: expr_stmt(c, AS(ExprStmt, s)->x); break;
    case STMT_SEND: send_stmt(c, AS(SendStmt, s)); break;
    case STMT_INC_DEC: inc_dec_stmt(c, AS(IncDecStmt, s)); break;
    case STMT_ASSIGN: assign_stmt(c, AS(AssignStmt, s)); break;
    case STMT_GO:
        go_defer(c, AS(GoStmt, s)->call, "go");
        c->env.func->has_go = true;
        break;
    case STMT_DEFER:
        go_defer(c, AS(DeferStmt, s)->call, "defer");
        c->env.func->has_defer = true;
        real_func(c->env.func)->has_defer = true;
        break;
    case STMT_RETURN: return_stmt(c, AS(ReturnStmt, s)); break;
    case STMT_BLOCK: check_block(c, AS(BlockStmt, s)); break;
    case STMT_IF: if_stmt(c, AS(IfStmt, s)); break;
    case STMT_SWITCH: switch_stmt(c, AS(SwitchStmt, s)); break;
    case STMT_TYPE_SWITCH: type_switch_stmt(c, AS(TypeSwitchStmt, s)); break;
    case STMT_SELECT: select_stmt(c, AS(SelectStmt, s)); break;
    case STMT_FOR: for_stmt(c, AS(ForStmt, s)); break;
    case STMT_RANGE: range_stmt(c, AS(RangeStmt, s)); break;
    case STMT_LABELED: check_stmt(c, AS(LabeledStmt, s)->stmt); break;
    case STMT_DECL: {
        Decl *d = AS(DeclStmt, s)->decl;
        if (d->kind != DECL_GEN) break;
        if (at_script_top(c) && AS(GenDecl, d)->tok != GEN_VAR) break;
        local_decl(c, AS(GenDecl, d));
        break;
    }
    default: break;  // branches are labels.c's
    }
}

static void check_stmt(Checker *c, Stmt *s) {
    if (!check_depth(c, s->pos)) return;
    c->env.has_call_or_recv = false;
    uint32_t mark = c->later.n;
    check_stmt_inner(c, s);
    later_run_from(c, mark);
}

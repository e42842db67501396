// build_stmt.c: builders of statements.
#include "syntax/build.h"
#include <string.h>

static SVal done(Parser *p, void *s, uint32_t h) {
    if (UNLIKELY(h > AST_MAX_DEPTH)) {
        Pos pos = ((Stmt *)s)->pos;
        report_deep(p, pos);
        return mk_bad_stmt(p, pos);
    }
    if (UNLIKELY(h > p->sx->depth)) p->sx->depth = h;
    return (SVal){s, h};
}

SVal mk_bad_stmt(Parser *p, Pos pos) { return (SVal){(Stmt *)NODE_NEW(p, BadStmt, pos), 1}; }
SVal mk_empty(Parser *p, Pos pos) { return (SVal){(Stmt *)NODE_NEW(p, EmptyStmt, pos), 1}; }

SVal mk_expr_stmt(Parser *p, EVal x) {
    ExprStmt *s = NODE_NEW(p, ExprStmt, x.x->pos);
    s->x = x.x;
    return done(p, s, x.h + 1);
}

SVal mk_send(Parser *p, Pos pos, EVal c, EVal v) {
    SendStmt *s = NODE_NEW(p, SendStmt, pos);
    s->chan = c.x;
    s->value = v.x;
    return done(p, s, max2(c.h, v.h) + 1);
}

SVal mk_incdec(Parser *p, Pos pos, EVal x, Oper op) {
    IncDecStmt *s = NODE_NEW(p, IncDecStmt, pos);
    s->x = x.x;
    s->op = op;
    return done(p, s, x.h + 1);
}

SVal mk_assign(Parser *p, Pos pos, LVal lhs, LVal rhs, bool define) {
    AssignStmt *s = NODE_NEW(p, AssignStmt, pos);
    s->rhs = list_take(p, rhs, &s->nrhs);
    s->lhs = list_take(p, lhs, &s->nlhs);
    s->define = define;
    return done(p, s, max2(lhs.h, rhs.h) + 1);
}

SVal mk_assign_op(Parser *p, Pos pos, EVal x, Oper op, EVal y) {
    AssignStmt *s = NODE_NEW(p, AssignStmt, pos);
    s->lhs = ARENA_NEW(p->a, Expr *);
    s->rhs = ARENA_NEW(p->a, Expr *);
    s->lhs[0] = x.x;
    s->rhs[0] = y.x;
    s->nlhs = s->nrhs = 1;
    s->op = op;
    return done(p, s, max2(x.h, y.h) + 1);
}

SVal mk_go(Parser *p, Pos pos, EVal call, bool defer) {
    Expr *x = call.x;
    if (x->kind == EXPR_PAREN) {
        const char *what = defer ? "defer" : "go";
        diag_at(p->sx->diags, x->pos, E_SYNTAX, "expression in %s must not be parenthesized", what);
    }
    if (defer) {
        DeferStmt *s = NODE_NEW(p, DeferStmt, pos);
        s->call = x;
        return done(p, s, call.h + 1);
    }
    GoStmt *s = NODE_NEW(p, GoStmt, pos);
    s->call = x;
    return done(p, s, call.h + 1);
}

SVal mk_return(Parser *p, Pos pos, const LVal *results) {
    ReturnStmt *s = NODE_NEW(p, ReturnStmt, pos);
    if (results) s->results = list_take(p, *results, &s->nresults);
    return done(p, s, (results ? results->h : 0) + 1);
}

SVal mk_branch(Parser *p, Pos pos, BranchTok tok, Pos labelpos, const Name *label) {
    BranchStmt *s = NODE_NEW(p, BranchStmt, pos);
    s->tok = tok;
    if (label) s->label = mk_ident(p, labelpos, label);
    return (SVal){&s->s, 2};
}

SVal mk_block(Parser *p, Pos lbrace, LVal stmts, Pos rbrace) {
    BlockStmt *s = NODE_NEW(p, BlockStmt, lbrace);
    s->list.at = list_take(p, stmts, &s->list.n);
    s->rbrace = rbrace;
    if (UNLIKELY(stmts.h >= AST_MAX_DEPTH)) {  // the block stays: others cast to it
        report_deep(p, lbrace);
        s->list = (StmtList){0};
        stmts.h = 0;
    }
    if (UNLIKELY(stmts.h >= p->sx->depth)) p->sx->depth = stmts.h + 1;
    return (SVal){&s->s, stmts.h + 1};
}

SVal empty_block(Parser *p, Pos pos) {
    BlockStmt *s = NODE_NEW(p, BlockStmt, pos);
    s->rbrace = pos;
    return (SVal){&s->s, 1};
}

SVal mk_labeled(Parser *p, Pos pos, const Name *name, Pos colon, SVal inner) {
    LabeledStmt *s = NODE_NEW(p, LabeledStmt, pos);
    s->label = mk_ident(p, pos, name);
    s->stmt = inner.s;
    s->colon = colon;
    return done(p, s, inner.h + 1);
}

SVal mk_decl_stmt(Parser *p, DVal d) {
    DeclStmt *s = NODE_NEW(p, DeclStmt, d.d->pos);
    s->decl = d.d;
    return done(p, s, d.h + 1);
}

/* ---- headers ---- */

// The expression that a header's last statement must be; anything else is reported.
static Expr *as_value(Parser *p, Stmt *s) {
    if (s->kind == STMT_EXPR) return AS(ExprStmt, s)->x;
    const char *what = "statement";
    if (s->kind == STMT_ASSIGN) {
        AssignStmt *a = AS(AssignStmt, s);
        const char *x = ast_exprs_string(p->a, a->lhs, a->nlhs), *y = ast_exprs_string(p->a, a->rhs, a->nrhs);
        if (!a->define && a->op == OPER_NONE) {
            // a single = where == was meant: parentheses make the = stand out
            bool px = a->nlhs == 1 && a->lhs[0]->kind == EXPR_BINARY, py = a->nrhs == 1 && a->rhs[0]->kind == EXPR_BINARY;
            what = arena_printf(p->a, "assignment %s%s%s = %s%s%s", px ? "(" : "", x, px ? ")" : "", py ? "(" : "", y, py ? ")" : "");
        } else {
            what = arena_printf(p->a, "%s %s%s %s", x, a->define ? ":" : oper_spelling(a->op), "=", y);
        }
    } else if (s->kind == STMT_INC_DEC) {
        const char *op = oper_spelling(AS(IncDecStmt, s)->op);
        what = arena_printf(p->a, "%s%s%s", ast_expr_string(p->a, AS(IncDecStmt, s)->x), op, op);
    } else if (s->kind == STMT_SEND) {
        what = arena_printf(p->a, "%s <- %s", ast_expr_string(p->a, AS(SendStmt, s)->chan),
                            ast_expr_string(p->a, AS(SendStmt, s)->value));
    }
    syntax_errorf(p, s->pos, "cannot use %s as value", what);
    return (Expr *)NODE_NEW(p, BadExpr, s->pos);
}

HeaderVal bad_header(Parser *p, Pos pos) { return (HeaderVal){NULL, NODE_NEW(p, BadExpr, pos), 1}; }

HeaderVal header_cond(Parser *p, const SVal *init, SVal cond) {
    return (HeaderVal){init ? init->s : NULL, as_value(p, cond.s), max2(init ? init->h : 0, cond.h)};
}

static IfStmt *mk_if(Parser *p, Pos pos, HeaderVal h, SVal then) {
    IfStmt *s = NODE_NEW(p, IfStmt, pos);
    s->init = h.init;
    s->cond = h.node;
    s->then = AS(BlockStmt, then.s);
    return s;
}

IfVal if_first(Parser *p, Pos pos, HeaderVal h, SVal then) {
    IfStmt *s = mk_if(p, pos, h, then);
    return (IfVal){s, s, max2(h.h, then.h) + 1};
}

/* The height of a chain counts its links, so that a walker may recurse along `els` as well. */
IfVal if_more(Parser *p, IfVal chain, Pos pos, HeaderVal h, SVal then) {
    IfStmt *s = mk_if(p, pos, h, then);
    if (UNLIKELY(chain.h >= AST_MAX_DEPTH)) {
        report_deep(p, pos);
        return chain;
    }
    chain.last->els = &s->s;
    chain.last = s;
    chain.h = max2(chain.h, max2(h.h, then.h)) + 1;
    return chain;
}

SVal if_end(Parser *p, IfVal chain) { return done(p, chain.first, chain.h); }

SVal if_else(Parser *p, IfVal chain, SVal els) {
    chain.last->els = els.s;
    return done(p, chain.first, max2(chain.h, els.h) + 1);
}

SVal mk_for(Parser *p, Pos pos, const SVal *init, const SVal *cond, const SVal *post, SVal body) {
    ForStmt *s = NODE_NEW(p, ForStmt, pos);
    uint32_t h = body.h;
    s->semis = init != NULL;
    if (init && init->s) {
        s->init = init->s;
        h = max2(h, init->h);
    }
    if (cond && cond->s) {
        s->cond = as_value(p, cond->s);
        h = max2(h, cond->h);
    }
    if (post && post->s) {
        s->post = post->s;
        h = max2(h, post->h);
        if (s->post->kind == STMT_ASSIGN && AS(AssignStmt, s->post)->define)
            syntax_errorf(p, AS(AssignStmt, s->post)->s.pos, "cannot declare in post statement of for loop");
    }
    s->body = AS(BlockStmt, body.s);
    return done(p, s, h + 1);
}

HeaderVal range_header(Parser *p, const LVal *lhs, Pos op, bool define, Pos range, EVal x) {
    RangeStmt *s = NODE_NEW(p, RangeStmt, POS_NONE);
    if (lhs) s->lhs = list_take(p, *lhs, &s->nlhs);
    s->op = op;
    s->define = define;
    s->range = range;
    s->x = x.x;
    return (HeaderVal){NULL, s, max2(lhs ? lhs->h : 0, x.h)};
}

SVal mk_range(Parser *p, Pos pos, HeaderVal hd, SVal body) {
    RangeStmt *s = hd.node;
    s->s.pos = pos;
    s->body = AS(BlockStmt, body.s);
    return done(p, s, max2(hd.h, body.h) + 1);
}

/* ---- switch and select ---- */

SVal case_head(Parser *p, Pos pos, const LVal *exprs, Pos colon) {
    CaseClause *c = NODE_NEW(p, CaseClause, pos);
    if (exprs)
        c->exprs = list_take(p, *exprs, &c->nexprs);
    else
        c->is_default = true;
    c->colon = colon;
    return (SVal){&c->s, exprs ? exprs->h + 1 : 1};
}

SVal case_bad(Parser *p, Pos pos, Pos colon) {
    CaseClause *c = NODE_NEW(p, CaseClause, pos);
    c->colon = colon;
    return (SVal){&c->s, 1};
}

LVal l_case(Parser *p, LVal l, SVal head, LVal body) {
    CaseClause *c = AS(CaseClause, head.s);
    c->body.at = list_take(p, body, &c->body.n);
    return l_add(p, l, c, max2(head.h, body.h + 1));
}

SVal comm_head(Parser *p, Pos pos, const SVal *comm, Pos colon) {
    CommClause *c = NODE_NEW(p, CommClause, pos);
    if (comm) c->comm = comm->s;
    c->colon = colon;
    return (SVal){&c->s, comm ? comm->h + 1 : 1};
}

LVal l_comm(Parser *p, LVal l, SVal head, LVal body) {
    CommClause *c = AS(CommClause, head.s);
    c->body.at = list_take(p, body, &c->body.n);
    return l_add(p, l, c, max2(head.h, body.h + 1));
}

SVal mk_select(Parser *p, Pos pos, Pos lbrace, LVal clauses, Pos rbrace) {
    SelectStmt *s = NODE_NEW(p, SelectStmt, pos);
    s->clauses = list_take(p, clauses, &s->nclauses);
    s->lbrace = lbrace;
    s->rbrace = rbrace;
    return done(p, s, clauses.h + 1);
}

static TypeAssertExpr *as_guard(Expr *x) {
    return x->kind == EXPR_TYPE_ASSERT && !AS(TypeAssertExpr, x)->atype ? AS(TypeAssertExpr, x) : NULL;
}

/* mk_switch decides between the two kinds of switch: `x.(type)` or `v := x.(type)` at the end of the header makes a type switch. */
SVal mk_switch(Parser *p, Pos pos, const SVal *init, SVal tag, Pos lbrace, LVal clauses, Pos rbrace) {
    uint32_t n, h = max2(max2(init ? init->h : 0, tag.h), clauses.h) + 1;
    CaseClause **at = list_take(p, clauses, &n);
    TypeAssertExpr *guard = NULL;
    Ident *lhs = NULL;
    Pos define = POS_NONE;
    if (tag.s && tag.s->kind == STMT_EXPR) guard = as_guard(AS(ExprStmt, tag.s)->x);
    if (tag.s && tag.s->kind == STMT_ASSIGN) {
        AssignStmt *a = AS(AssignStmt, tag.s);
        if (a->define && a->nlhs == 1 && a->nrhs == 1 && a->lhs[0]->kind == EXPR_IDENT) guard = as_guard(a->rhs[0]);
        if (guard) lhs = AS(Ident, a->lhs[0]);
        define = a->s.pos;
    }
    if (guard) {
        TypeSwitchStmt *s = NODE_NEW(p, TypeSwitchStmt, pos);
        s->init = init ? init->s : NULL;
        s->lhs = lhs;
        s->define = lhs ? define : POS_NONE;
        s->guard = guard;
        s->clauses = at;
        s->nclauses = n;
        s->lbrace = lbrace;
        s->rbrace = rbrace;
        return done(p, s, h);
    }
    SwitchStmt *s = NODE_NEW(p, SwitchStmt, pos);
    s->init = init ? init->s : NULL;
    s->tag = tag.s ? as_value(p, tag.s) : NULL;
    s->clauses = at;
    s->nclauses = n;
    s->lbrace = lbrace;
    s->rbrace = rbrace;
    return done(p, s, h);
}

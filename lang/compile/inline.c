/* inline.c: calls of small functions are compiled in place.
 *
 * Candidates have straight-line bodies with `if` and `return`, no loops, closures, defer or recover, and no variable that needs a box. Arguments are
 * evaluated first, as for a call. A parameter that the body does not assign to may then simply name the argument's own place: nothing can
 * change a variable of the frame while the body runs. Results have slots of their own; a return stores them and jumps behind the body.
 * Traces show the inlined function by FuncDesc.inlines. */
#include "compile/compile_impl.h"

enum { COST_MAX = 48, COST_NESTED_MAX = 20, DEPTH_MAX = 3, COST_CALL = 8, COST_NEVER = 1000 };

typedef struct Inline {
    struct Inline *outer;
    FuncInst *fi;
    uint32_t result_at;
    Label end;
    Stmt *last;
    int32_t entry;
} Inline;

/* ---- what may be inlined ---- */

static uint32_t cost_list(Expr **list, uint32_t n);

static uint32_t cost_expr(Expr *e) {
    if (!e || e->cv || e->mode == MODE_TYPE)
        return 0;
    switch (e->kind) {
    case EXPR_IDENT: case EXPR_LIT: return 0;
    case EXPR_PAREN: return cost_expr(((ParenExpr *)e)->x);
    case EXPR_SELECTOR: return 1 + cost_expr(((SelectorExpr *)e)->x);
    case EXPR_STAR: return 1 + cost_expr(((StarExpr *)e)->x);
    case EXPR_UNARY: return ((UnaryExpr *)e)->op == OPER_RECV ? COST_NEVER : 1 + cost_expr(((UnaryExpr *)e)->x);
    case EXPR_BINARY: return 1 + cost_expr(((BinaryExpr *)e)->x) + cost_expr(((BinaryExpr *)e)->y);
    case EXPR_KEY_VALUE: return cost_expr(((KeyValueExpr *)e)->value);
    case EXPR_COMPOSITE: return 2 + cost_list(((CompositeLit *)e)->elems, ((CompositeLit *)e)->nelems) + ((CompositeLit *)e)->nelems;
    case EXPR_TYPE_ASSERT: return 2 + cost_expr(((TypeAssertExpr *)e)->x);
    case EXPR_INDEX: return 1 + cost_expr(((IndexExpr *)e)->x) + cost_list(((IndexExpr *)e)->index, ((IndexExpr *)e)->nindex);
    case EXPR_SLICE: {
        SliceExpr *x = (SliceExpr *)e;
        return 2 + cost_expr(x->x) + cost_expr(x->lo) + cost_expr(x->hi) + cost_expr(x->max);
    }
    case EXPR_CALL: {
        CallExpr *x = (CallExpr *)e;
        uint32_t args = cost_list(x->args, x->nargs);
        if (x->call == CALL_CONVERSION)
            return 1 + args;
        if (x->call == CALL_BUILTIN)
            return x->builtin == BUILTIN_RECOVER ? COST_NEVER : 2 + args;
        return COST_CALL + x->nargs + args + cost_expr(x->fun);
    }
    default: return COST_NEVER;
    }
}

static uint32_t cost_list(Expr **list, uint32_t n) {
    uint32_t cost = 0;
    for (uint32_t i = 0; i < n && cost <= COST_MAX; i++)
        cost += cost_expr(list[i]);
    return cost;
}

static uint32_t cost_stmts(StmtList *l);

static uint32_t cost_stmt(Stmt *s) {
    if (!s)
        return 0;
    switch (s->kind) {
    case STMT_EMPTY: return 0;
    case STMT_EXPR: return cost_expr(((ExprStmt *)s)->x);
    case STMT_INC_DEC: return 1 + cost_expr(((IncDecStmt *)s)->x);
    case STMT_ASSIGN: {
        AssignStmt *a = (AssignStmt *)s;
        return 1 + cost_list(a->lhs, a->nlhs) + cost_list(a->rhs, a->nrhs);
    }
    case STMT_RETURN: return 1 + cost_list(((ReturnStmt *)s)->results, ((ReturnStmt *)s)->nresults);
    case STMT_BLOCK: return cost_stmts(&((BlockStmt *)s)->list);
    case STMT_IF: {
        IfStmt *i = (IfStmt *)s;
        return 1 + cost_stmt(i->init) + cost_expr(i->cond) + cost_stmts(&i->then->list) + cost_stmt(i->els);
    }
    default: return COST_NEVER;
    }
}

static uint32_t cost_stmts(StmtList *l) {
    uint32_t cost = 0;
    for (uint32_t i = 0; i < l->n && cost <= COST_MAX; i++)
        cost += cost_stmt(l->at[i]);
    return cost;
}

static bool needs_box(const Object *o) { return o && (o->addr_taken || o->captured); }

static uint32_t judge(Compiler *c, FuncInst *fi) {
    if (!fi->info)
        fi->info = checker_func(c->ck, fi->obj);
    FuncInfo *info = fi->info;
    if (!info || info->has_defer || info->has_recover || info->has_go || info->has_label || info->lits.n || info->named_results || info->is_script_main)
        return COST_NEVER;
    if (needs_box(info->recv))
        return COST_NEVER;
    for (uint32_t i = 0; i < info->nparams; i++) {
        if (needs_box(info->params[i]))
            return COST_NEVER;
    }
    for (uint32_t i = 0; i < info->locals.n; i++) {
        if (needs_box(info->locals.at[i]))
            return COST_NEVER;
    }
    for (uint32_t i = 0; i < fi->nparams; i++) {
        if (fi->params[i]->form == FORM_BIG)
            return COST_NEVER;
    }
    for (uint32_t i = 0; i < fi->nresults; i++) {
        if (fi->results[i]->form != FORM_SLOTS)
            return COST_NEVER;
    }
    return cost_stmts(&((FuncDecl *)info->node)->body->list);
}

/* inline_wanted: should this call of fi be compiled in place? */
bool inline_wanted(Fn *f, FuncInst *fi) {
    if (fi->kind != FUNC_DECLARED || !fi->obj || f->far)
        return false;
    uint32_t depth = 0;
    for (Inline *i = f->inl; i; i = i->outer, depth++) {
        if (i->fi->obj == fi->obj)
            return false;
    }
    const FuncInst *root = f->inst;
    while (root->outer)
        root = root->outer;
    if (depth >= DEPTH_MAX || root->obj == fi->obj)
        return false;
    if (!fi->inline_cost)
        fi->inline_cost = 1 + judge(f->c, fi);
    return fi->inline_cost - 1 <= (depth ? COST_NESTED_MAX : COST_MAX);
}

/* ---- in place ---- */

static void entry_begin(Fn *f, Inline *in, Pos pos) {
    SourceSet *ss = f->c->sx->sources;
    SourceName p = source_named(ss, pos);
    InlineEntry e = {f->code.n, 0, in->outer ? in->outer->entry : -1, p.line, in->fi->desc->name, in->fi->desc->file, p.directed ? p.file : NULL};
    vec_push(f->arena, &f->inlines, e);
    in->entry = (int32_t)f->inlines.n - 1;
}

/* inline_body compiles the body of fi; its parameters (receiver first) lie at `at`, its results go to result_at. */
void inline_body(Fn *f, FuncInst *fi, const uint32_t *at, uint32_t result_at, Pos pos) {
    FuncInfo *info = fi->info;
    StmtList *body = &((FuncDecl *)info->node)->body->list;
    Inline in = {f->inl, fi, result_at, label_new(f), body->n ? body->at[body->n - 1] : NULL, -1};
    TypeEnv env = f->env;
    FuncInfo *outer = f->info;
    uint32_t mark = f->top, k = 0;
    if (fi->nparams > info->nparams) {
        if (info->recv)
            var_bind(f, info->recv, fi->params[0], at[0], VAR_FRAME);
        k = 1;
    }
    for (uint32_t i = 0; i < info->nparams; i++) {
        if (info->params[i])
            var_bind(f, info->params[i], fi->params[k + i], at[k + i], VAR_FRAME);
    }
    entry_begin(f, &in, pos);
    f->inl = &in;
    f->env = fi->env;
    f->info = info;
    block(f, body);
    f->inl = in.outer;
    f->env = env;
    f->info = outer;
    label_bind(f, in.end);
    f->inlines.at[in.entry].end = f->code.n;
    f->pos = pos;
    frame_release(f, mark);
}

// A return inside an inlined body.
void inline_return(Fn *f, ReturnStmt *s) {
    Inline *in = f->inl;
    FuncInst *fi = in->fi;
    uint32_t mark = f->top, n = fi->nresults;
    if (n == 1) {
        order_list(f, s->results, 1, fi->results);
        ex_as_to(f, s->results[0], fi->results[0], in->result_at);
    } else if (n) {
        uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n), to = in->result_at;
        TInfo **types = ARENA_ARRAY(f->arena, TInfo *, n);
        results_evaluate(f, s, fi->results, n, ats, types);
        for (uint32_t i = 0; i < n; i++) {
            mov_t(f, to, ats[i], types[i]);
            to += types[i]->fslots * 8;
        }
    }
    frame_release(f, mark);
    f->pos = s->s.pos;
    if (&s->s != in->last)
        jump(f, in->end);
}

/* inline_assigns: does the body assign to its parameter number i (receiver first)? */
bool inline_assigns(const FuncInst *fi, uint32_t i) {
    const FuncInfo *info = fi->info;
    const Object *o = info->recv || fi->nparams > info->nparams ? (i ? info->params[i - 1] : info->recv) : info->params[i];
    return o && o->reassigned;
}

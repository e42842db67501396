// astwalk.c: the children of each node, and the checker of the tree's invariants.
#include "syntax/ast.h"

typedef struct Visit {
    void (*fn)(void *ctx, void *child);
    void *ctx;
} Visit;

static void one(const Visit *v, const void *child) {
    if (child) v->fn(v->ctx, (void *)child);
}

static void many(const Visit *v, void *at, uint32_t n) {
    void **list = at;
    for (uint32_t i = 0; i < n; i++) one(v, list[i]);
}

static void fields(const Visit *v, const FieldList *l) {
    for (uint32_t i = 0; i < l->n; i++) {
        const Field *f = &l->at[i];
        one(v, f->name);
        // a group shares type and tag: they stand behind its last name
        if (f->name && i + 1 < l->n && l->at[i + 1].name && l->at[i + 1].type == f->type) continue;
        one(v, f->type);
        one(v, f->tag);
    }
}

void ast_each_child(const void *node, void (*fn)(void *ctx, void *child), void *ctx) {
    const Visit visit = {fn, ctx}, *v = &visit;
#define AT(T) ((const T *)node)
    switch ((NodeKind)((const Node *)node)->kind) {
    case NODE_NONE:
    case NODE_NKINDS:
    case EXPR_BAD:
    case EXPR_IDENT:
    case EXPR_LIT: break;
    case EXPR_COMPOSITE:
        one(v, AT(CompositeLit)->ltype);
        many(v, AT(CompositeLit)->elems, AT(CompositeLit)->nelems);
        break;
    case EXPR_KEY_VALUE:
        one(v, AT(KeyValueExpr)->key);
        one(v, AT(KeyValueExpr)->value);
        break;
    case EXPR_FUNC_LIT:
        one(v, AT(FuncLit)->ftype);
        one(v, AT(FuncLit)->body);
        break;
    case EXPR_PAREN: one(v, AT(ParenExpr)->x); break;
    case EXPR_SELECTOR:
        one(v, AT(SelectorExpr)->x);
        one(v, AT(SelectorExpr)->sel);
        break;
    case EXPR_INDEX:
        one(v, AT(IndexExpr)->x);
        many(v, AT(IndexExpr)->index, AT(IndexExpr)->nindex);
        break;
    case EXPR_SLICE:
        one(v, AT(SliceExpr)->x);
        one(v, AT(SliceExpr)->lo);
        one(v, AT(SliceExpr)->hi);
        one(v, AT(SliceExpr)->max);
        break;
    case EXPR_TYPE_ASSERT:
        one(v, AT(TypeAssertExpr)->x);
        one(v, AT(TypeAssertExpr)->atype);
        break;
    case EXPR_CALL:
        one(v, AT(CallExpr)->fun);
        many(v, AT(CallExpr)->args, AT(CallExpr)->nargs);
        break;
    case EXPR_STAR: one(v, AT(StarExpr)->x); break;
    case EXPR_UNARY: one(v, AT(UnaryExpr)->x); break;
    case EXPR_BINARY:
        one(v, AT(BinaryExpr)->x);
        one(v, AT(BinaryExpr)->y);
        break;
    case EXPR_ARRAY_TYPE:
        one(v, AT(ArrayType)->len);
        one(v, AT(ArrayType)->elem);
        break;
    case EXPR_SLICE_TYPE: one(v, AT(SliceType)->elem); break;
    case EXPR_DOTS_TYPE: one(v, AT(DotsType)->elem); break;
    case EXPR_STRUCT_TYPE: fields(v, &AT(StructType)->fields); break;
    case EXPR_FUNC_TYPE:
        fields(v, &AT(FuncType)->params);
        fields(v, &AT(FuncType)->results);
        break;
    case EXPR_INTERFACE_TYPE: fields(v, &AT(InterfaceType)->elems); break;
    case EXPR_MAP_TYPE:
        one(v, AT(MapType)->key);
        one(v, AT(MapType)->value);
        break;
    case EXPR_CHAN_TYPE: one(v, AT(ChanType)->elem); break;
    case STMT_BAD:
    case STMT_EMPTY: break;
    case STMT_EXPR: one(v, AT(ExprStmt)->x); break;
    case STMT_SEND:
        one(v, AT(SendStmt)->chan);
        one(v, AT(SendStmt)->value);
        break;
    case STMT_INC_DEC: one(v, AT(IncDecStmt)->x); break;
    case STMT_ASSIGN:
        many(v, AT(AssignStmt)->lhs, AT(AssignStmt)->nlhs);
        many(v, AT(AssignStmt)->rhs, AT(AssignStmt)->nrhs);
        break;
    case STMT_GO: one(v, AT(GoStmt)->call); break;
    case STMT_DEFER: one(v, AT(DeferStmt)->call); break;
    case STMT_RETURN: many(v, AT(ReturnStmt)->results, AT(ReturnStmt)->nresults); break;
    case STMT_BRANCH: one(v, AT(BranchStmt)->label); break;
    case STMT_BLOCK: many(v, AT(BlockStmt)->list.at, AT(BlockStmt)->list.n); break;
    case STMT_IF:
        one(v, AT(IfStmt)->init);
        one(v, AT(IfStmt)->cond);
        one(v, AT(IfStmt)->then);
        one(v, AT(IfStmt)->els);
        break;
    case STMT_SWITCH:
        one(v, AT(SwitchStmt)->init);
        one(v, AT(SwitchStmt)->tag);
        many(v, AT(SwitchStmt)->clauses, AT(SwitchStmt)->nclauses);
        break;
    case STMT_TYPE_SWITCH:
        one(v, AT(TypeSwitchStmt)->init);
        one(v, AT(TypeSwitchStmt)->lhs);
        one(v, AT(TypeSwitchStmt)->guard);
        many(v, AT(TypeSwitchStmt)->clauses, AT(TypeSwitchStmt)->nclauses);
        break;
    case STMT_SELECT: many(v, AT(SelectStmt)->clauses, AT(SelectStmt)->nclauses); break;
    case STMT_CASE:
        many(v, AT(CaseClause)->exprs, AT(CaseClause)->nexprs);
        many(v, AT(CaseClause)->body.at, AT(CaseClause)->body.n);
        break;
    case STMT_COMM:
        one(v, AT(CommClause)->comm);
        many(v, AT(CommClause)->body.at, AT(CommClause)->body.n);
        break;
    case STMT_FOR:
        one(v, AT(ForStmt)->init);
        one(v, AT(ForStmt)->cond);
        one(v, AT(ForStmt)->post);
        one(v, AT(ForStmt)->body);
        break;
    case STMT_RANGE:
        many(v, AT(RangeStmt)->lhs, AT(RangeStmt)->nlhs);
        one(v, AT(RangeStmt)->x);
        one(v, AT(RangeStmt)->body);
        break;
    case STMT_LABELED:
        one(v, AT(LabeledStmt)->label);
        one(v, AT(LabeledStmt)->stmt);
        break;
    case STMT_DECL: one(v, AT(DeclStmt)->decl); break;
    case DECL_BAD: break;
    case DECL_GEN: many(v, AT(GenDecl)->specs, AT(GenDecl)->nspecs); break;
    case DECL_IMPORT:
        one(v, AT(ImportSpec)->alias);
        one(v, AT(ImportSpec)->path_lit);
        break;
    case DECL_CONST:
        many(v, AT(ConstSpec)->names, AT(ConstSpec)->nnames);
        one(v, AT(ConstSpec)->type);
        many(v, AT(ConstSpec)->values, AT(ConstSpec)->nvalues);
        break;
    case DECL_TYPE:
        one(v, AT(TypeSpec)->name);
        fields(v, &AT(TypeSpec)->tparams);
        one(v, AT(TypeSpec)->type);
        break;
    case DECL_VAR:
        many(v, AT(VarSpec)->names, AT(VarSpec)->nnames);
        one(v, AT(VarSpec)->type);
        many(v, AT(VarSpec)->values, AT(VarSpec)->nvalues);
        break;
    case DECL_FUNC:
        fields(v, &AT(FuncDecl)->recv_list);
        one(v, AT(FuncDecl)->name);
        fields(v, &AT(FuncDecl)->tparams);
        one(v, AT(FuncDecl)->type);
        one(v, AT(FuncDecl)->body);
        break;
    }
#undef AT
}

typedef struct Check {
    Pos start, end;  // of the parent
    Pos reached;     // end of the elder sibling
    uint32_t depth;
    const char *wrong;
    Pos at;
} Check;

static void check_node(void *ctx, void *child) {
    Check *c = ctx;
    const Node *n = child;
    if (c->wrong) return;
    Pos first = ast_first(n), end = ast_end(n);
    c->at = n->pos;
    if (n->kind == NODE_NONE || n->kind >= NODE_NKINDS)
        c->wrong = "unknown kind";
    else if (first > n->pos || n->pos > end)
        c->wrong = "a node's own place is outside of it";
    else if (first < c->start || end > c->end)
        c->wrong = "a node is not within its parent";
    else if (first < c->reached)
        c->wrong = "a node overlaps its sibling";
    else if (c->depth > AST_MAX_DEPTH)
        c->wrong = "too deep";
    if (c->wrong) return;
    Check below = {.start = first, .end = end, .reached = first, .depth = c->depth + 1};
    ast_each_child(n, check_node, &below);
    c->reached = end;
    if (below.wrong) {
        c->wrong = below.wrong;
        c->at = below.at;
    }
}

const char *ast_check(const File *f, Pos *at) {
    Check c = {.start = f->src->base, .end = f->eof, .reached = f->src->base};
    for (uint32_t i = 0; i < f->ndecls && !f->is_script; i++) check_node(&c, f->decls[i]);
    for (uint32_t i = 0; i < f->stmts.n; i++) check_node(&c, f->stmts.at[i]);
    for (uint32_t i = 1; i < f->ncomments && !c.wrong; i++) {
        c.at = f->comments[i].pos;
        if (f->comments[i].pos < f->comments[i - 1].pos + f->comments[i - 1].len) c.wrong = "comments overlap";
    }
    *at = c.wrong ? c.at : POS_NONE;
    return c.wrong;
}

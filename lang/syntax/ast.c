// ast.c: names of nodes and operators, and where a node begins and ends.
#include "syntax/ast.h"

const char *oper_spelling(Oper op) {
    static const char *const spelling[] = {
#define X(NAME, text, prec) text,
        AST_OPERATORS(X)
#undef X
    };
    return spelling[op];
}

int oper_precedence(Oper op) {
    static const uint8_t precedence[] = {
#define X(NAME, text, prec) prec,
        AST_OPERATORS(X)
#undef X
    };
    return precedence[op];
}

const char *ast_kind_name(NodeKind kind) {
    static const char *const names[] = {
        "none",
#define X(type, K) #type,
        AST_EXPRS(X) AST_STMTS(X) AST_DECLS(X)
#undef X
    };
    return (unsigned)kind < NODE_NKINDS ? names[kind] : "?";
}

// The leftmost token; with as_go, what Go's checker takes for it.
static Pos leftmost(const void *node, bool as_go) {
    for (const Node *n = node;;) {
        switch ((NodeKind)n->kind) {
        case EXPR_COMPOSITE:
            if (!((const CompositeLit *)n)->ltype) return n->pos;
            n = (const Node *)((const CompositeLit *)n)->ltype;
            break;
        case EXPR_KEY_VALUE: n = (const Node *)((const KeyValueExpr *)n)->key; break;
        case EXPR_SELECTOR: n = (const Node *)((const SelectorExpr *)n)->x; break;
        case EXPR_INDEX: n = (const Node *)((const IndexExpr *)n)->x; break;
        case EXPR_SLICE:
            if (as_go) return n->pos;
            n = (const Node *)((const SliceExpr *)n)->x;
            break;
        case EXPR_TYPE_ASSERT: n = (const Node *)((const TypeAssertExpr *)n)->x; break;
        case EXPR_CALL: n = (const Node *)((const CallExpr *)n)->fun; break;
        case EXPR_BINARY: n = (const Node *)((const BinaryExpr *)n)->x; break;
        case STMT_EXPR: n = (const Node *)((const ExprStmt *)n)->x; break;
        case STMT_SEND: n = (const Node *)((const SendStmt *)n)->chan; break;
        case STMT_INC_DEC: n = (const Node *)((const IncDecStmt *)n)->x; break;
        case STMT_ASSIGN: n = (const Node *)((const AssignStmt *)n)->lhs[0]; break;
        case STMT_DECL: n = (const Node *)((const DeclStmt *)n)->decl; break;
        case EXPR_FUNC_TYPE:  // Go counts from behind the keyword
            return as_go && ((const FuncType *)n)->params.open ? ((const FuncType *)n)->params.open : n->pos;
        case DECL_FUNC: return as_go ? n->pos : ((const FuncDecl *)n)->func_pos;
        default: return n->pos;
        }
    }
}

Pos ast_start(const void *node) { return leftmost(node, true); }

Pos ast_first(const void *node) { return leftmost(node, false); }

// What a list ends with: its last item, or its closing bracket.
static Pos fields_end(const FieldList *l, Pos otherwise) {
    if (l->close) return l->close + 1;
    return l->n ? ast_end(l->at[l->n - 1].type) : otherwise;
}

Pos ast_end(const void *node) {
    for (const Node *n = node;;) {
#define AT(T) ((const T *)n)
#define GO_ON(x)                                                                                   \
    {                                                                                              \
        n = (const Node *)(x);                                                                     \
        break;                                                                                     \
    }
        switch ((NodeKind)n->kind) {
        case EXPR_IDENT: return n->pos + AT(Ident)->name->len;
        case EXPR_LIT: return n->pos + AT(BasicLit)->len;
        case EXPR_COMPOSITE: return AT(CompositeLit)->rbrace + 1;
        case EXPR_KEY_VALUE: GO_ON(AT(KeyValueExpr)->value);
        case EXPR_FUNC_LIT: GO_ON(AT(FuncLit)->body);
        case EXPR_PAREN: return AT(ParenExpr)->rparen + 1;
        case EXPR_SELECTOR: GO_ON(AT(SelectorExpr)->sel);
        case EXPR_INDEX: return AT(IndexExpr)->rbrack + 1;
        case EXPR_SLICE: return AT(SliceExpr)->rbrack + 1;
        case EXPR_TYPE_ASSERT: return AT(TypeAssertExpr)->rparen + 1;
        case EXPR_CALL: return AT(CallExpr)->rparen + 1;
        case EXPR_STAR: GO_ON(AT(StarExpr)->x);
        case EXPR_UNARY: GO_ON(AT(UnaryExpr)->x);
        case EXPR_BINARY: GO_ON(AT(BinaryExpr)->y);
        case EXPR_ARRAY_TYPE: GO_ON(AT(ArrayType)->elem);
        case EXPR_SLICE_TYPE: GO_ON(AT(SliceType)->elem);
        case EXPR_DOTS_TYPE: GO_ON(AT(DotsType)->elem);
        case EXPR_MAP_TYPE: GO_ON(AT(MapType)->value);
        case EXPR_CHAN_TYPE: GO_ON(AT(ChanType)->elem);
        case EXPR_STRUCT_TYPE: return AT(StructType)->fields.close + 1;
        case EXPR_INTERFACE_TYPE: return AT(InterfaceType)->elems.close + 1;
        case EXPR_FUNC_TYPE:
            return fields_end(&AT(FuncType)->results, AT(FuncType)->params.close + 1);
        case STMT_EXPR: GO_ON(AT(ExprStmt)->x);
        case STMT_SEND: GO_ON(AT(SendStmt)->value);
        case STMT_INC_DEC: return n->pos + 2;
        case STMT_ASSIGN: GO_ON(AT(AssignStmt)->rhs[AT(AssignStmt)->nrhs - 1]);
        case STMT_GO: GO_ON(AT(GoStmt)->call);
        case STMT_DEFER: GO_ON(AT(DeferStmt)->call);
        case STMT_RETURN:
            if (!AT(ReturnStmt)->nresults) return n->pos + 6;
            GO_ON(AT(ReturnStmt)->results[AT(ReturnStmt)->nresults - 1]);
        case STMT_BRANCH: {
            static const uint8_t len[] = {5, 8, 4, 11};
            if (!AT(BranchStmt)->label) return n->pos + len[AT(BranchStmt)->tok];
            GO_ON(AT(BranchStmt)->label);
        }
        case STMT_BLOCK: return AT(BlockStmt)->rbrace + 1;
        case STMT_IF:
            if (!AT(IfStmt)->els) return AT(IfStmt)->then->rbrace + 1;
            GO_ON(AT(IfStmt)->els);
        case STMT_CASE:
            if (!AT(CaseClause)->body.n) return AT(CaseClause)->colon + 1;
            GO_ON(AT(CaseClause)->body.at[AT(CaseClause)->body.n - 1]);
        case STMT_COMM:
            if (!AT(CommClause)->body.n) return AT(CommClause)->colon + 1;
            GO_ON(AT(CommClause)->body.at[AT(CommClause)->body.n - 1]);
        case STMT_SWITCH: return AT(SwitchStmt)->rbrace + 1;
        case STMT_TYPE_SWITCH: return AT(TypeSwitchStmt)->rbrace + 1;
        case STMT_SELECT: return AT(SelectStmt)->rbrace + 1;
        case STMT_FOR: GO_ON(AT(ForStmt)->body);
        case STMT_RANGE: GO_ON(AT(RangeStmt)->body);
        case STMT_LABELED: GO_ON(AT(LabeledStmt)->stmt);
        case STMT_DECL: GO_ON(AT(DeclStmt)->decl);
        case DECL_GEN:
            if (AT(GenDecl)->rparen) return AT(GenDecl)->rparen + 1;
            if (!AT(GenDecl)->nspecs) return n->pos;
            GO_ON(AT(GenDecl)->specs[0]);
        case DECL_IMPORT: GO_ON(AT(ImportSpec)->path_lit);
        case DECL_CONST:
            if (AT(ConstSpec)->nvalues) GO_ON(AT(ConstSpec)->values[AT(ConstSpec)->nvalues - 1]);
            if (AT(ConstSpec)->type) GO_ON(AT(ConstSpec)->type);
            GO_ON(AT(ConstSpec)->names[AT(ConstSpec)->nnames - 1]);
        case DECL_TYPE: GO_ON(AT(TypeSpec)->type);
        case DECL_VAR:
            if (AT(VarSpec)->nvalues) GO_ON(AT(VarSpec)->values[AT(VarSpec)->nvalues - 1]);
            if (AT(VarSpec)->type) GO_ON(AT(VarSpec)->type);
            GO_ON(AT(VarSpec)->names[AT(VarSpec)->nnames - 1]);
        case DECL_FUNC:
            if (AT(FuncDecl)->body_end) return AT(FuncDecl)->body_end + 1;
            GO_ON(AT(FuncDecl)->type);
        default: return n->pos;
        }
#undef AT
#undef GO_ON
    }
}

// exprstr.c: expressions as text for messages, in the short form of Go's compiler.
#include "syntax/ast.h"
#include "vec.h"
#include <string.h>

enum { MAX_LEVELS = 100, MAX_BYTES = 4000 };  // a message is for people

typedef struct Out {
    VEC(char) text;
    int level;
} Out;

static void put(Out *o, const char *s, size_t n) {
    if (o->text.n > MAX_BYTES) return;
    for (size_t i = 0; i < n; i++) vec_push(NULL, &o->text, s[i]);
}

static void puts_(Out *o, const char *s) { put(o, s, strlen(s)); }

static void expr(Out *o, const Expr *x);

static void list(Out *o, Expr *const *at, uint32_t n) {
    for (uint32_t i = 0; i < n && o->text.n <= MAX_BYTES; i++) {
        if (i) puts_(o, ", ");
        expr(o, at[i]);
    }
}

// a, b int, c string
static void params(Out *o, const FieldList *l) {
    for (uint32_t i = 0; i < l->n && o->text.n <= MAX_BYTES; i++) {
        const Field *f = &l->at[i];
        if (i) puts_(o, ", ");
        if (f->name) put(o, f->name->name->text, f->name->name->len);
        if (f->name && i + 1 < l->n && l->at[i + 1].name && l->at[i + 1].type == f->type) continue;
        if (f->name) puts_(o, " ");
        expr(o, f->type);
    }
}

static void signature(Out *o, const FuncType *t) {
    puts_(o, "(");
    params(o, &t->params);
    puts_(o, ")");
    if (!t->results.n) return;
    puts_(o, " ");
    if (t->results.n == 1 && !t->results.at[0].name) {
        expr(o, t->results.at[0].type);
        return;
    }
    puts_(o, "(");
    params(o, &t->results);
    puts_(o, ")");
}

static void type_or_expr(Out *o, const Expr *x) {
#define AT(T) ((const T *)x)
    switch ((NodeKind)x->kind) {
    case EXPR_IDENT: put(o, AT(Ident)->name->text, AT(Ident)->name->len); break;
    case EXPR_LIT: put(o, AT(BasicLit)->text, AT(BasicLit)->len); break;
    case EXPR_COMPOSITE:
        if (AT(CompositeLit)->ltype) expr(o, AT(CompositeLit)->ltype);
        puts_(o, AT(CompositeLit)->nelems ? "{…}" : "{}");
        break;
    case EXPR_KEY_VALUE:
        expr(o, AT(KeyValueExpr)->key);
        puts_(o, ": ");
        expr(o, AT(KeyValueExpr)->value);
        break;
    case EXPR_FUNC_LIT:
        expr(o, &AT(FuncLit)->ftype->e);
        puts_(o, AT(FuncLit)->body->list.n ? " {…}" : " {}");
        break;
    case EXPR_PAREN:
        puts_(o, "(");
        expr(o, AT(ParenExpr)->x);
        puts_(o, ")");
        break;
    case EXPR_SELECTOR:
        expr(o, AT(SelectorExpr)->x);
        puts_(o, ".");
        expr(o, &AT(SelectorExpr)->sel->e);
        break;
    case EXPR_INDEX:
        expr(o, AT(IndexExpr)->x);
        puts_(o, "[");
        list(o, AT(IndexExpr)->index, AT(IndexExpr)->nindex);
        puts_(o, "]");
        break;
    case EXPR_SLICE:
        expr(o, AT(SliceExpr)->x);
        puts_(o, "[");
        if (AT(SliceExpr)->lo) expr(o, AT(SliceExpr)->lo);
        puts_(o, ":");
        if (AT(SliceExpr)->hi) expr(o, AT(SliceExpr)->hi);
        if (AT(SliceExpr)->full) puts_(o, ":");
        if (AT(SliceExpr)->max) expr(o, AT(SliceExpr)->max);
        puts_(o, "]");
        break;
    case EXPR_TYPE_ASSERT:
        expr(o, AT(TypeAssertExpr)->x);
        puts_(o, ".(");
        if (AT(TypeAssertExpr)->atype)
            expr(o, AT(TypeAssertExpr)->atype);
        else
            puts_(o, "type");
        puts_(o, ")");
        break;
    case EXPR_CALL:
        expr(o, AT(CallExpr)->fun);
        puts_(o, "(");
        list(o, AT(CallExpr)->args, AT(CallExpr)->nargs);
        puts_(o, AT(CallExpr)->dots ? "...)" : ")");
        break;
    case EXPR_STAR:
        puts_(o, "*");
        expr(o, AT(StarExpr)->x);
        break;
    case EXPR_UNARY:
        puts_(o, oper_spelling(AT(UnaryExpr)->op));
        expr(o, AT(UnaryExpr)->x);
        break;
    case EXPR_BINARY:
        expr(o, AT(BinaryExpr)->x);
        puts_(o, " ");
        puts_(o, oper_spelling(AT(BinaryExpr)->op));
        puts_(o, " ");
        expr(o, AT(BinaryExpr)->y);
        break;
    case EXPR_ARRAY_TYPE:
        puts_(o, "[");
        if (AT(ArrayType)->len)
            expr(o, AT(ArrayType)->len);
        else
            puts_(o, "...");
        puts_(o, "]");
        expr(o, AT(ArrayType)->elem);
        break;
    case EXPR_SLICE_TYPE:
        puts_(o, "[]");
        expr(o, AT(SliceType)->elem);
        break;
    case EXPR_DOTS_TYPE:
        puts_(o, "...");
        expr(o, AT(DotsType)->elem);
        break;
    case EXPR_STRUCT_TYPE: puts_(o, AT(StructType)->fields.n ? "struct{…}" : "struct{}"); break;
    case EXPR_INTERFACE_TYPE: puts_(o, AT(InterfaceType)->elems.n ? "interface{…}" : "interface{}"); break;
    case EXPR_FUNC_TYPE:
        puts_(o, "func");
        signature(o, AT(FuncType));
        break;
    case EXPR_MAP_TYPE:
        puts_(o, "map[");
        expr(o, AT(MapType)->key);
        puts_(o, "]");
        expr(o, AT(MapType)->value);
        break;
    case EXPR_CHAN_TYPE: {
        static const char *const intro[] = {"chan ", "chan<- ", "<-chan "};
        const Expr *elem = AT(ChanType)->elem;
        bool paren = AT(ChanType)->dir != CHAN_SEND && elem->kind == EXPR_CHAN_TYPE &&
                     ((const ChanType *)elem)->dir == CHAN_RECV;
        puts_(o, intro[AT(ChanType)->dir]);
        if (paren) puts_(o, "(");
        expr(o, elem);
        if (paren) puts_(o, ")");
        break;
    }
    default: puts_(o, "_"); break;
    }
#undef AT
}

static void expr(Out *o, const Expr *x) {
    if (++o->level > MAX_LEVELS)
        puts_(o, "…");
    else
        type_or_expr(o, x);
    o->level--;
}

static const char *finish(Arena *a, Out *o) {
    char *s = arena_dup(a, o->text.at ? o->text.at : "", o->text.n);
    vec_free(&o->text);
    return s;
}

const char *ast_expr_string(Arena *a, const Expr *x) {
    Out o = {0};
    expr(&o, x);
    return finish(a, &o);
}

const char *ast_exprs_string(Arena *a, Expr *const *at, uint32_t n) {
    Out o = {0};
    list(&o, at, n);
    return finish(a, &o);
}

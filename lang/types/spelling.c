/* spelling.c: types as the source writes them.
 *
 * Types are canonical: byte and uint8, an alias and what it stands for, func(n int) and func(int) are one. Messages want the words of the
 * program, so when one is to be printed, spelled_type looks from the expression to the declaration its type came from. Only messages ask;
 * what is found counts only when it denotes the very type that is to be printed, so instances of generic code fall back by themselves. */
#include "types/types_impl.h"

enum { MAX_STEPS = 30 };

static const Expr *find(Checker *c, const Expr *e, int depth);

static const Expr *wrap(Checker *c, const Expr *elem, NodeKind kind) {
    if (!elem || !elem->type || elem->mode != MODE_TYPE) return NULL;
    if (kind == EXPR_STAR) {
        StarExpr *s = NEW(c, StarExpr);
        s->e = (Expr){.kind = EXPR_STAR, .mode = MODE_TYPE, .type = type_pointer(c, elem->type)};
        s->x = (Expr *)elem;
        return &s->e;
    }
    SliceType *s = NEW(c, SliceType);
    s->e = (Expr){.kind = EXPR_SLICE_TYPE, .mode = MODE_TYPE, .type = type_slice(c, elem->type)};
    s->elem = (Expr *)elem;
    return &s->e;
}

/* meaning follows names to the type literal they were declared with. */
static const Expr *meaning(const Expr *te) {
    for (int i = 0; te && i < MAX_STEPS; i++) {
        const Object *o = NULL;
        if (te->kind == EXPR_PAREN) {
            te = AS(ParenExpr, te)->x;
            continue;
        }
        if (te->kind == EXPR_IDENT) o = AS(Ident, te)->obj;
        if (te->kind == EXPR_SELECTOR) o = AS(SelectorExpr, te)->sel->obj;
        if (!o) return te;
        if (o->kind != OBJ_TYPE || !o->info || !o->info->tspec || o->info->tspec->tparams.n) return NULL;
        te = o->info->tspec->type;
    }
    return te;
}

const Expr *spelled_elem(Checker *c, const Expr *te, bool key) {
    te = meaning(te);
    if (!te) return NULL;
    if (te->kind == EXPR_STAR && !key) {
        const Expr *to = meaning(AS(StarExpr, te)->x);
        if (to && to->kind == EXPR_ARRAY_TYPE) return AS(ArrayType, to)->elem;
    }
    switch (te->kind) {
    case EXPR_ARRAY_TYPE: return key ? NULL : AS(ArrayType, te)->elem;
    case EXPR_SLICE_TYPE: return key ? NULL : AS(SliceType, te)->elem;
    case EXPR_DOTS_TYPE: return key ? NULL : AS(DotsType, te)->elem;
    case EXPR_CHAN_TYPE: return key ? NULL : AS(ChanType, te)->elem;
    case EXPR_MAP_TYPE: return key ? AS(MapType, te)->key : AS(MapType, te)->value;
    default: return NULL;
    }
}

static const Expr *of_object(Checker *c, const Object *o, int depth) {
    if (!o) return NULL;
    if (o->kind == OBJ_FUNC) return o->info && o->info->fdecl && !o->info->fdecl->tparams.n ? &o->info->fdecl->type->e : NULL;
    if (o->kind != OBJ_VAR) return NULL;
    if (o->type_expr) return o->type_expr;
    return o->init_expr ? find(c, o->init_expr, depth + 1) : NULL;
}

static const Expr *of_call(Checker *c, const CallExpr *call, int depth) {
    if (call->call == CALL_CONVERSION) return call->fun;
    if (call->call == CALL_BUILTIN) {
        if (call->builtin == BUILTIN_RECOVER) {  // declared with interface{} in Go
            InterfaceType *t = NEW(c, InterfaceType);
            t->e = (Expr){.kind = EXPR_INTERFACE_TYPE, .mode = MODE_TYPE, .type = c->empty_iface};
            return &t->e;
        }
        if (!call->nargs) return NULL;
        switch (call->builtin) {
        case BUILTIN_MAKE: return call->args[0];
        case BUILTIN_NEW: return call->args[0]->mode == MODE_TYPE ? wrap(c, call->args[0], EXPR_STAR) : NULL;
        case BUILTIN_APPEND: case BUILTIN_MIN: case BUILTIN_MAX: return find(c, call->args[0], depth + 1);
        default: return NULL;
        }
    }
    const Expr *f = meaning(find(c, call->fun, depth + 1));
    if (!f || f->kind != EXPR_FUNC_TYPE || AS(FuncType, f)->results.n != 1) return NULL;
    return AS(FuncType, f)->results.at[0].type;
}

static const Expr *of_selector(Checker *c, const SelectorExpr *e, int depth) {
    const Selection *s = e->selection;
    if (!s || s->method_expr) return NULL;
    if (s->kind == SEL_QUALIFIED || s->kind == SEL_METHOD) return of_object(c, s->obj, depth);
    if (s->kind != SEL_FIELD) return NULL;
    Type *t = s->x_type;
    for (uint32_t i = 0; i < s->npath; i++) {
        Type *u = type_under(c, t);
        if (u->kind == TYPE_POINTER) u = type_under(c, u->elem);
        if (u->kind != TYPE_STRUCT || s->path[i].index >= u->nfields) return NULL;
        const StructField *f = &u->fields[s->path[i].index];
        if (i + 1 == s->npath) return f->type_expr;
        t = f->type;
    }
    return NULL;
}

static const Expr *find(Checker *c, const Expr *e, int depth) {
    for (; e && depth < MAX_STEPS; depth++) {
        if (e->mode == MODE_TYPE) return e;
        switch (e->kind) {
        case EXPR_PAREN: e = AS(ParenExpr, e)->x; continue;
        case EXPR_IDENT: return of_object(c, AS(Ident, e)->obj, depth);
        case EXPR_SELECTOR: return of_selector(c, AS(SelectorExpr, e), depth);
        case EXPR_CALL: return of_call(c, AS(CallExpr, e), depth);
        case EXPR_FUNC_LIT: return &AS(FuncLit, e)->ftype->e;
        case EXPR_COMPOSITE: return AS(CompositeLit, e)->ltype;
        case EXPR_TYPE_ASSERT: return AS(TypeAssertExpr, e)->atype;
        case EXPR_INDEX: return spelled_elem(c, find(c, AS(IndexExpr, e)->x, depth + 1), false);
        case EXPR_SLICE: {
            const Expr *of = find(c, AS(SliceExpr, e)->x, depth + 1), *to = meaning(of);
            if (to && to->kind == EXPR_STAR) to = meaning(AS(StarExpr, to)->x);
            return to && to->kind == EXPR_ARRAY_TYPE ? wrap(c, AS(ArrayType, to)->elem, EXPR_SLICE_TYPE) : of;
        }
        case EXPR_STAR: {
            const Expr *to = meaning(find(c, AS(StarExpr, e)->x, depth + 1));
            return to && to->kind == EXPR_STAR ? AS(StarExpr, to)->x : NULL;
        }
        case EXPR_UNARY:
            if (AS(UnaryExpr, e)->op == OPER_AND) return wrap(c, find(c, AS(UnaryExpr, e)->x, depth + 1), EXPR_STAR);
            if (AS(UnaryExpr, e)->op == OPER_RECV) return spelled_elem(c, find(c, AS(UnaryExpr, e)->x, depth + 1), false);
            e = AS(UnaryExpr, e)->x;
            continue;
        case EXPR_BINARY: {
            const BinaryExpr *b = AS(BinaryExpr, e);
            if (b->op >= OPER_EQL && b->op <= OPER_GEQ) return NULL;
            bool left = b->op == OPER_SHL || b->op == OPER_SHR || !b->x->cv || b->y->cv;
            const Expr *x = find(c, left ? b->x : b->y, depth + 1);
            if (x || !left) return x;
            e = b->y;
            continue;
        }
        default: return NULL;
        }
    }
    return NULL;
}

const Expr *spelled_type(Checker *c, const Expr *e) {
    return e ? find(c, e, 0) : NULL;
}

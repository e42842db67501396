/* static.c: package-level initialisers and literals whose value is known: they become data, not code. */
#include "compile/compile_impl.h"

typedef struct Static {
    Compiler *c;
    TypeEnv *env;
    bool dry;      // only find out whether it can be done
} Static;

static bool value(Static *s, Expr *e, TInfo *t, uint64_t off);

static TInfo *st_info(Static *s, Type *t) {
    return ti_of(s->c, t->has_tparam && s->env ? type_subst(s->c->ck, t, s->env) : t);
}

static void put(Static *s, uint64_t off, const void *bytes, size_t n) {
    if (!s->dry && n)
        memcpy(globals_room(s->c, off, n), bytes, n);
}

static void put_pieces(Static *s, TInfo *t, uint64_t off, const uint64_t *slots) {
    static const uint8_t width[] = {1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 24};
    for (uint32_t i = 0; i < t->npieces; i++)
        put(s, off + t->pieces[i].mem, &slots[t->pieces[i].slot], width[t->pieces[i].kind]);
}

static void put_reloc(Static *s, uint64_t off, uint64_t target) {
    if (s->dry)
        return;
    GlobalReloc r = {off, target};
    vec_push(s->c->arena, &s->c->relocs, r);
    globals_room(s->c, off, 8);
}

static bool elements(Static *s, CompositeLit *lit, TInfo *et, uint64_t off, int64_t *len) {
    int64_t next = 0;
    *len = 0;
    for (uint32_t i = 0; i < lit->nelems; i++) {
        Expr *e = lit->elems[i];
        if (e->kind == EXPR_KEY_VALUE) {
            next = const_int64(const_to_int(s->c->arena, ((KeyValueExpr *)e)->key->cv), NULL);
            e = ((KeyValueExpr *)e)->value;
        }
        if (!value(s, e, et, off + (uint64_t)next * et->size))
            return false;
        if (++next > *len)
            *len = next;
    }
    return true;
}

static int64_t literal_len(Static *s, CompositeLit *lit) {
    int64_t next = 0, len = 0;
    for (uint32_t i = 0; i < lit->nelems; i++) {
        Expr *e = lit->elems[i];
        if (e->kind == EXPR_KEY_VALUE)
            next = const_int64(const_to_int(s->c->arena, ((KeyValueExpr *)e)->key->cv), NULL);
        if (++next > len)
            len = next;
    }
    return len;
}

static bool struct_literal(Static *s, CompositeLit *lit, TInfo *t, uint64_t off) {
    for (uint32_t i = 0; i < lit->nelems; i++) {
        Expr *e = lit->elems[i];
        uint32_t field = i;
        if (e->kind == EXPR_KEY_VALUE) {
            const Name *name = AS(Ident, ((KeyValueExpr *)e)->key)->name;
            e = ((KeyValueExpr *)e)->value;
            field = ti_field_named(t, name, i);
        }
        const Name *name = t->under->fields[field].name;
        if (name->len == 1 && name->text[0] == '_' && (e->cv || e->mode == MODE_NIL))
            continue;
        if (!value(s, e, ti_field(s->c, t, field), off + (uint64_t)type_offsetof(s->c->ck, t->under, field)))
            return false;
    }
    return true;
}

static bool literal(Static *s, CompositeLit *lit, TInfo *t, uint64_t off) {
    int64_t len;
    switch (t->kind) {
    case KIND_STRUCT: return struct_literal(s, lit, t, off);
    case KIND_ARRAY: return elements(s, lit, ti_elem(s->c, t), off, &len);
    case KIND_SLICE: {
        TInfo *et = ti_elem(s->c, t);
        uint64_t n = (uint64_t)literal_len(s, lit), data = 0;
        if (!s->dry)
            data = n && et->size ? global_region(s->c, et, n) : global_region(s->c, s->c->t_int, 1);
        if (!elements(s, lit, et, data, &len))
            return false;
        put_reloc(s, off, data);
        put(s, off + 8, &n, 8);
        put(s, off + 16, &n, 8);
        return true;
    }
    case KIND_POINTER: {
        TInfo *et = ti_elem(s->c, t);
        uint64_t data = s->dry ? 0 : global_region(s->c, et->size ? et : s->c->t_int, 1);
        if (!literal(s, lit, et, data))
            return false;
        put_reloc(s, off, data);
        return true;
    }
    default: return false;
    }
}

/* value puts the value of e, converted to t, at off of the block, which is zero there. False: not a constant value. */
static bool value(Static *s, Expr *e, TInfo *t, uint64_t off) {
    e = ast_unparen(e);
    Compiler *c = s->c;
    if (e->mode == MODE_NIL)
        return true;
    uint64_t slots[TYPE_MAX_SLOTS] = {0};
    if (e->cv) {
        TInfo *from = st_info(s, e->type);
        if (!ti_is_iface(t)) {
            if (!const_to_slots(c, t, e->cv, slots))
                return false;
            put_pieces(s, t, off, slots);
            return true;
        }
        if (!const_to_slots(c, from, e->cv, slots) || !(from->flags & TF_DIRECT || from->kind == KIND_STRING))
            return false;
        if (s->dry)
            return true;
        uint64_t words[2];
        ti_convert(c, from);
        words[0] = (uint64_t)(uintptr_t)ti_ref(c, from);
        words[1] = slots[0];
        if (from->kind == KIND_STRING) {
            StrLit *box = ARENA_NEW(c->arena, StrLit);
            *box = (StrLit){(const char *)(uintptr_t)slots[0], slots[1]};
            words[1] = (uint64_t)(uintptr_t)box;
        }
        put(s, off, words, 16);
        return true;
    }
    if (ti_is_iface(t))
        return false;
    if (e->kind == EXPR_COMPOSITE)
        return literal(s, (CompositeLit *)e, st_info(s, e->type), off);
    if (e->kind == EXPR_UNARY && ((UnaryExpr *)e)->op == OPER_AND) {
        Expr *x = ast_unparen(((UnaryExpr *)e)->x);
        if (x->kind != EXPR_COMPOSITE)
            return false;
        TInfo *et = st_info(s, x->type);
        if (et->kind == KIND_MAP || et->kind == KIND_SLICE)
            return false;
        uint64_t data = s->dry ? 0 : global_region(c, et->size ? et : c->t_int, 1);
        if (!literal(s, (CompositeLit *)x, et, data))
            return false;
        put_reloc(s, off, data);
        return true;
    }
    return false;
}

bool static_init(Compiler *c, InitItem *item) {
    if (item->nlhs != 1 || (item->lhs[0]->name->len == 1 && item->lhs[0]->name->text[0] == '_'))
        return false;
    Object *o = item->lhs[0];
    TInfo *t = ti_of(c, object_type(c->ck, o));
    Static s = {c, NULL, true};
    if (!value(&s, item->rhs, t, 0))
        return false;
    s.dry = false;
    return value(&s, item->rhs, t, global_off(c, o));
}

/* static_literal: the elements of a slice literal, as an array in the block that is only copied from. */
bool static_literal(Compiler *c, CompositeLit *lit, TInfo *t, TypeEnv *env, uint64_t *goff) {
    TInfo *et = ti_elem(c, t);
    if (et->gc_period && et->kind != KIND_STRING)
        return false;  // what it points to must be fresh each time
    Static s = {c, env, true};
    int64_t len;
    if (!elements(&s, lit, et, 0, &len))
        return false;
    s.dry = false;
    *goff = global_region(c, t, 1);
    return elements(&s, lit, et, *goff, &len);
}

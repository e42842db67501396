// literal.c: composite literals.
#include "types/types_impl.h"

static Type *invalid(Checker *c) { return c->basic[TYPE_INVALID]; }

static void use_values(Checker *c, CompositeLit *e) {
    for (uint32_t i = 0; i < e->nelems; i++) {
        Expr *v = e->elems[i];
        if (v->kind == EXPR_KEY_VALUE) v = AS(KeyValueExpr, v)->value;
        if (v->kind == EXPR_COMPOSITE && !AS(CompositeLit, v)->ltype)
            use_values(c, AS(CompositeLit, v));
        else
            use_exprs(c, &v, 1);
    }
}

static void struct_keyed(Checker *c, CompositeLit *e, Type *base, Type *u) {
    bool *seen = NEWN(c, bool, u->nfields + 1);
    for (uint32_t i = 0; i < e->nelems; i++) {
        if (e->elems[i]->kind != EXPR_KEY_VALUE) {
            err_node(c, e->elems[i], E_LITERAL_VALUE, "mixture of field:value and value elements in struct literal");
            use_exprs(c, &e->elems[i], 1);
            continue;
        }
        KeyValueExpr *kv = AS(KeyValueExpr, e->elems[i]);
        if (kv->key->kind != EXPR_IDENT) {
            err_node(c, kv, E_LITERAL_VALUE, "invalid field name %s in struct literal", estr(c, kv->key));
            use_exprs(c, &kv->value, 1);
            continue;
        }
        Ident *key = AS(Ident, kv->key);
        uint32_t k = 0;
        while (k < u->nfields && (is_blank(c, key->name) || !same_id(u->fields[k].pkg, u->fields[k].name, c->env.pkg, key->name))) k++;
        if (k == u->nfields) {
            err_node(c, kv->key, E_LITERAL_VALUE, "%s", lookup_error(c, base, key->name, true));
            use_exprs(c, &kv->value, 1);
            continue;
        }
        key->e.mode = MODE_VAR;
        key->e.type = u->fields[k].type;
        Operand x;
        check_expr(c, &x, kv->value);
        c->target_spelling = u->fields[k].type_expr;
        check_assignment(c, &x, u->fields[k].type, "struct literal");
        if (seen[k]) err_node(c, kv, E_LITERAL_VALUE, "duplicate field name %s in struct literal", key->name->text);
        seen[k] = true;
        kv->e.type = u->fields[k].type;
    }
}

static void struct_plain(Checker *c, CompositeLit *e, Type *base, Type *u) {
    for (uint32_t i = 0; i < e->nelems; i++) {
        Expr *v = e->elems[i];
        if (v->kind == EXPR_KEY_VALUE) {
            err_node(c, v, E_LITERAL_VALUE, "mixture of field:value and value elements in struct literal");
            use_exprs(c, &AS(KeyValueExpr, v)->value, 1);
            continue;
        }
        Operand x;
        if (i >= u->nfields) {
            check_expr(c, &x, v);
            err_node(c, v, E_LITERAL_VALUE, "too many values in struct literal of type %s", tstr(c, base));
            for (i++; i < e->nelems; i++) use_exprs(c, &e->elems[i], 1);
            return;
        }
        StructField *f = &u->fields[i];
        check_expr(c, &x, v);
        if (!name_is_exported(f->name) && f->pkg != c->env.pkg) {
            err_node(c, v, E_LITERAL_VALUE, "implicit assignment to unexported field %s in struct literal of type %s", f->name->text,
                tstr(c, base));
            continue;
        }
        c->target_spelling = f->type_expr;
        check_assignment(c, &x, f->type, "struct literal");
    }
    if (e->nelems < u->nfields)
        err_at(c, e->rbrace, E_LITERAL_VALUE, "too few values in struct literal of type %s", tstr(c, base));
}

typedef struct IndexSet {
    VEC(int64_t) slots;  // open addressing, value + 1; for literals with keys
    uint32_t n;
} IndexSet;

static bool set_add(Checker *c, IndexSet *s, int64_t v) {
    if ((s->n + 1) * 2 > s->slots.n) {
        uint32_t cap = s->slots.n ? s->slots.n * 2 : 16;
        int64_t *at = NEWN(c, int64_t, cap);
        for (uint32_t i = 0; i < s->slots.n; i++) {
            if (!s->slots.at[i]) continue;
            uint32_t k = (uint32_t)((uint64_t)s->slots.at[i] * 0x9E3779B97F4A7C15ull >> 40) & (cap - 1);
            while (at[k]) k = (k + 1) & (cap - 1);
            at[k] = s->slots.at[i];
        }
        s->slots.at = at;
        s->slots.n = cap;
    }
    uint32_t k = (uint32_t)((uint64_t)(v + 1) * 0x9E3779B97F4A7C15ull >> 40) & (s->slots.n - 1);
    for (; s->slots.at[k]; k = (k + 1) & (s->slots.n - 1))
        if (s->slots.at[k] == v + 1) return false;
    s->slots.at[k] = v + 1;
    s->n++;
    return true;
}

/* indexed_elems checks the elements of an array or slice literal and returns its length. */
static int64_t indexed_elems(Checker *c, CompositeLit *e, Type *elem, int64_t length) {
    IndexSet seen = {0};
    int64_t index = 0, max = 0;
    for (uint32_t i = 0; i < e->nelems; i++) {
        Expr *v = e->elems[i];
        bool valid = false;
        int64_t at = index;
        if (v->kind == EXPR_KEY_VALUE) {
            KeyValueExpr *kv = AS(KeyValueExpr, v);
            Operand k;
            check_expr(c, &k, kv->key);
            if (k.mode == MODE_CONST) {
                if (is_valid_index(c, &k, "index", false)) {
                    int64_t n = const_int64(k.cv, NULL);
                    if (length >= 0 && n >= length)
                        err_node(c, kv->key, E_LITERAL_VALUE, "invalid argument: index %lld out of bounds [0:%lld]", (long long)n, (long long)length);
                    else
                        index = at = n, valid = true;
                }
            } else if (k.mode != MODE_INVALID) {
                err_node(c, kv->key, E_LITERAL_VALUE, "index %s must be integer constant", estr(c, kv->key));
            }
            kv->e.type = elem;
            v = kv->value;
        } else if (length >= 0 && index >= length) {
            err_node(c, v, E_LITERAL_VALUE, "index %lld is out of bounds (>= %lld)", (long long)index, (long long)length);
        } else {
            valid = true;
        }
        if (valid && e->nkeys && !set_add(c, &seen, at))
            err_node(c, e->elems[i], E_LITERAL_VALUE, "duplicate index %lld in array or slice literal", (long long)at);
        Operand x;
        check_elem_expr(c, &x, v, elem);
        if (x.type != elem) c->target_spelling = spelled_elem(c, e->ltype, false);
        check_assignment(c, &x, elem, "array or slice literal");
        index++;
        if (index > max) max = index;
    }
    return max;
}

static uint32_t const_hash(Checker *c, const Const *v) {
    if (const_kind(v) == CONST_STRING) {
        size_t n;
        const char *s = const_text(c->arena, v, &n);
        uint32_t h = 2166136261u;
        for (size_t i = 0; i < n; i++) h = (h ^ (uint8_t)s[i]) * 16777619u;
        return h;
    }
    if (const_kind(v) == CONST_INT) return (uint32_t)(const_bits(v) * 0x9E3779B97F4A7C15ull >> 32);
    double d = const_kind(v) >= CONST_FLOAT ? const_float64(v) : const_is_true(v);
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return (uint32_t)(bits * 0x9E3779B97F4A7C15ull >> 32);
}

typedef struct KeySet {
    struct KeyEntry {
        const Const *cv;
        Type *type;
    } *at;
    uint32_t cap;
} KeySet;

/* key_add enters a constant key; false: it is there already. cap is a power of two above twice the number of keys. */
static bool key_add(Checker *c, KeySet *s, const Const *v, Type *t) {
    uint32_t k = const_hash(c, v) & (s->cap - 1);
    for (; s->at[k].cv; k = (k + 1) & (s->cap - 1))
        if (s->at[k].type == t && const_kind(s->at[k].cv) == const_kind(v) && const_compare(s->at[k].cv, CONST_EQ, v)) return false;
    s->at[k].cv = v;
    s->at[k].type = t;
    return true;
}

static void map_elems(Checker *c, CompositeLit *e, Type *u) {
    KeySet seen = {.cap = 4};
    while (seen.cap < e->nelems * 2) seen.cap *= 2;
    seen.at = arena_alloc(c->arena, seen.cap * sizeof *seen.at);
    bool key_is_iface = type_is_interface(c, u->key);
    for (uint32_t i = 0; i < e->nelems; i++) {
        if (e->elems[i]->kind != EXPR_KEY_VALUE) {
            err_node(c, e->elems[i], E_LITERAL_VALUE, "missing key in map literal");
            use_exprs(c, &e->elems[i], 1);
            continue;
        }
        KeyValueExpr *kv = AS(KeyValueExpr, e->elems[i]);
        Operand x;
        check_elem_expr(c, &x, kv->key, u->key);
        if (x.type != u->key) c->target_spelling = spelled_elem(c, e->ltype, true);
        check_assignment(c, &x, u->key, "map literal");
        if (x.mode == MODE_CONST && const_kind(x.cv) != CONST_UNKNOWN) {
            if (!key_add(c, &seen, x.cv, key_is_iface ? x.type : NULL))
                err_node(c, kv->key, E_LITERAL_VALUE, "duplicate key %s in map literal", const_print(c->arena, x.cv));
        }
        check_elem_expr(c, &x, kv->value, u->elem);
        if (x.type != u->elem) c->target_spelling = spelled_elem(c, e->ltype, false);
        check_assignment(c, &x, u->elem, "map literal");
        kv->e.type = u->elem;
    }
}

void check_comp_lit(Checker *c, Operand *x, CompositeLit *e, Type *hint) {
    Type *t, *base;
    bool is_elem = false, open_array = false;
    if (e->ltype) {
        if (e->ltype->kind == EXPR_ARRAY_TYPE && !AS(ArrayType, e->ltype)->len) {
            Type *elem = check_var_type(c, AS(ArrayType, e->ltype)->elem);
            open_array = true;
            t = is_valid(elem) ? type_array(c, elem, 0) : elem;
        } else {
            t = check_type(c, e->ltype);
        }
        base = t;
    } else if (hint) {
        t = base = hint;
        // &T may be left out in elements of pointer type.
        Type *u = type_core(c, base);
        if (u && u->kind == TYPE_POINTER) {
            base = u->elem;
            is_elem = true;
        }
    } else {
        err_node(c, e, E_LITERAL_VALUE, "missing type in composite literal");
        t = base = invalid(c);
    }
    if (!is_valid(base)) {
        use_values(c, e);
        x->mode = MODE_INVALID;
        return;
    }
    const char *cause = NULL;
    Type *u = common_under(c, base, &cause);
    switch (u ? u->kind : TYPE_INVALID) {
    case TYPE_STRUCT:
        if (e->nelems == 0) break;
        if (e->elems[0]->kind == EXPR_KEY_VALUE)
            struct_keyed(c, e, base, u);
        else
            struct_plain(c, e, base, u);
        break;
    case TYPE_ARRAY:
        if (open_array) {
            int64_t n = indexed_elems(c, e, u->elem, -1);
            t = base = type_array(c, u->elem, n);
            e->ltype->mode = MODE_TYPE;
            e->ltype->type = t;
        } else {
            indexed_elems(c, e, u->elem, u->len);
        }
        break;
    case TYPE_SLICE: indexed_elems(c, e, u->elem, -1); break;
    case TYPE_MAP: map_elems(c, e, u); break;
    default:
        use_values(c, e);
        if (!u || is_valid(u))
            err_node(c, e, E_LITERAL_VALUE, "invalid composite literal%s type %s%s", is_elem || !e->ltype ? " element" : "", tstr(c, t),
                u ? "" : " (no common underlying type)");
        x->mode = MODE_INVALID;
        return;
    }
    x->mode = MODE_VALUE;
    x->type = t;
}

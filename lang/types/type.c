/* type.c: types: made once each, compared by address, measured.
 *
 * Composite types are entered into one open-addressing table, keyed by kind and components. Pointers and slices are found
 * through a field of their element. Named types and type parameters are objects of their own and never entered.
 *
 * Interfaces are canonical by their method set and type set, so they can only be entered when everything they embed is known.
 * An interface literal met while an interface it embeds is still being declared stays open (has_open_iface) and is compared by
 * structure. */
#include "types/types_impl.h"

enum { MAX_ALIGN = 8 };

Type *type_new(Checker *c, TypeKind kind) {
    Type *t = NEW(c, Type);
    t->kind = kind;
    t->id = c->ntypes++;
    return t;
}

/* ---- the table ---- */

static uint32_t mix(uint32_t h, uint64_t v) {
    uint64_t x = (h ^ v) * 0x9E3779B97F4A7C15ull;
    return (uint32_t)(x >> 32) ^ (uint32_t)x;
}
static uint32_t mix_type(uint32_t h, const Type *t) { return mix(h, t ? t->id + 1 : 0); }

static uint32_t type_hash(const Type *t) {
    uint32_t h = mix(17, t->kind);
    switch (t->kind) {
    case TYPE_ARRAY: return mix(mix_type(h, t->elem), (uint64_t)t->len);
    case TYPE_MAP: return mix_type(mix_type(h, t->key), t->elem);
    case TYPE_CHAN: return mix(mix_type(h, t->elem), t->dir);
    case TYPE_FUNC:
        h = mix(h, t->nparams * 4u + t->variadic);
        for (uint32_t i = 0; i < t->nparams; i++) h = mix_type(h, t->params[i]);
        for (uint32_t i = 0; i < t->nresults; i++) h = mix_type(h, t->results[i]);
        return h;
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < t->nfields; i++)
            h = mix_type(mix(mix(h, t->fields[i].name->hash), t->fields[i].embedded), t->fields[i].type);
        return h;
    case TYPE_TUPLE:
        for (uint32_t i = 0; i < t->ntypes; i++) h = mix_type(h, t->types[i]);
        return h;
    case TYPE_UNION:
        for (uint32_t i = 0; i < t->nuterms; i++) h = mix(mix_type(h, t->uterms[i].type), t->uterms[i].tilde);
        return h;
    case TYPE_INTERFACE:
        h = mix(h, t->is_comparable * 2u + t->has_terms);
        for (uint32_t i = 0; i < t->nmethods; i++) h = mix_type(mix(h, t->methods[i].name->hash), t->methods[i].sig);
        for (uint32_t i = 0; i < t->nterms; i++) h += mix(mix_type(7, t->terms[i].type), t->terms[i].tilde);
        return h;
    case TYPE_NAMED:
        h = mix_type(h, t->origin);
        for (uint32_t i = 0; i < t->ntargs; i++) h = mix_type(h, t->targs[i]);
        return h;
    default: return h;
    }
}

static bool same_list(Type **a, Type **b, uint32_t n) { return n == 0 || memcmp(a, b, n * sizeof *a) == 0; }

static bool has_term(const TypeTerm *set, uint32_t n, const TypeTerm *x) {
    for (uint32_t i = 0; i < n; i++)
        if (set[i].type == x->type && set[i].tilde == x->tilde) return true;
    return false;
}

bool same_id(Package *p1, const Name *n1, Package *p2, const Name *n2) {
    return n1 == n2 && (p1 == p2 || name_is_exported(n1));
}

static bool type_same(const Type *a, const Type *b) {
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case TYPE_ARRAY: return a->elem == b->elem && a->len == b->len;
    case TYPE_MAP: return a->elem == b->elem && a->key == b->key;
    case TYPE_CHAN: return a->elem == b->elem && a->dir == b->dir;
    case TYPE_FUNC:
        return a->nparams == b->nparams && a->nresults == b->nresults && a->variadic == b->variadic && !a->ntparams_f &&
               !b->ntparams_f && same_list(a->params, b->params, a->nparams) && same_list(a->results, b->results, a->nresults);
    case TYPE_STRUCT:
        if (a->nfields != b->nfields) return false;
        for (uint32_t i = 0; i < a->nfields; i++) {
            const StructField *f = &a->fields[i], *g = &b->fields[i];
            if (f->type != g->type || f->embedded != g->embedded || !same_id(f->pkg, f->name, g->pkg, g->name)) return false;
            if (f->tag_len != g->tag_len || (f->tag_len && memcmp(f->tag, g->tag, f->tag_len) != 0)) return false;
        }
        return true;
    case TYPE_TUPLE: return a->ntypes == b->ntypes && same_list(a->types, b->types, a->ntypes);
    case TYPE_UNION:
        if (a->nuterms != b->nuterms) return false;
        for (uint32_t i = 0; i < a->nuterms; i++)
            if (a->uterms[i].type != b->uterms[i].type || a->uterms[i].tilde != b->uterms[i].tilde) return false;
        return true;
    case TYPE_INTERFACE:
        if (a->nmethods != b->nmethods || a->nterms != b->nterms || a->has_terms != b->has_terms ||
            a->is_comparable != b->is_comparable)
            return false;
        for (uint32_t i = 0; i < a->nmethods; i++)
            if (!same_id(a->methods[i].pkg, a->methods[i].name, b->methods[i].pkg, b->methods[i].name) ||
                a->methods[i].sig != b->methods[i].sig)
                return false;
        for (uint32_t i = 0; i < a->nterms; i++)
            if (!has_term(b->terms, b->nterms, &a->terms[i])) return false;
        return true;
    case TYPE_NAMED: return a->origin == b->origin && a->ntargs == b->ntargs && same_list(a->targs, b->targs, a->ntargs);
    default: return false;
    }
}

static void table_grow(Checker *c) {
    uint32_t cap = c->cap_table ? c->cap_table * 2 : 1024;
    Type **slots = NEWN(c, Type *, cap);
    for (uint32_t i = 0; i < c->cap_table; i++) {
        Type *t = c->table[i];
        if (!t) continue;
        uint32_t k = t->hash & (cap - 1);
        while (slots[k]) k = (k + 1) & (cap - 1);
        slots[k] = t;
    }
    c->table = slots;
    c->cap_table = cap;
}

static void flag_from(Type *t, const Type *part) {
    if (!part) return;
    if (part->has_tparam) t->has_tparam = true;
    if (part->has_open_iface) t->has_open_iface = true;
}

static void flags_from_list(Type *t, Type **list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) flag_from(t, list[i]);
}

/* canonical returns the entered twin of *key, or a copy of it that is entered now. *fresh says which. Lists are not copied. */
static Type *canonical(Checker *c, const Type *key, bool *fresh) {
    if (c->ntable * 2 >= c->cap_table) table_grow(c);
    uint32_t h = type_hash(key), k = h & (c->cap_table - 1);
    for (; c->table[k]; k = (k + 1) & (c->cap_table - 1)) {
        if (c->table[k]->hash == h && type_same(c->table[k], key)) {
            *fresh = false;
            return c->table[k];
        }
    }
    Type *t = NEW(c, Type);
    *t = *key;
    t->id = c->ntypes++;
    t->hash = h;
    c->table[k] = t;
    c->ntable++;
    *fresh = true;
    return t;
}

static Type **copy_list(Checker *c, Type **list, uint32_t n) {
    if (n == 0) return NULL;
    Type **copy = NEWN(c, Type *, n);
    memcpy(copy, list, n * sizeof *list);
    return copy;
}

/* ---- making types ---- */

Type *type_basic(Checker *c, TypeKind kind) { return c->basic[kind]; }
Type *type_error(Checker *c) { return c->error_type; }
Type *type_empty_interface(Checker *c) { return c->empty_iface; }

Type *type_pointer(Checker *c, Type *elem) {
    if (!elem->pointer_to) {
        Type *t = type_new(c, TYPE_POINTER);
        t->elem = elem;
        flag_from(t, elem);
        elem->pointer_to = t;
    }
    return elem->pointer_to;
}

Type *type_slice(Checker *c, Type *elem) {
    if (!elem->slice_of) {
        Type *t = type_new(c, TYPE_SLICE);
        t->elem = elem;
        flag_from(t, elem);
        elem->slice_of = t;
    }
    return elem->slice_of;
}

Type *type_array(Checker *c, Type *elem, int64_t len) {
    bool fresh;
    Type *t = canonical(c, &(Type){.kind = TYPE_ARRAY, .elem = elem, .len = len}, &fresh);
    if (fresh) flag_from(t, elem);
    return t;
}

Type *type_map(Checker *c, Type *key, Type *elem) {
    bool fresh;
    Type *t = canonical(c, &(Type){.kind = TYPE_MAP, .elem = elem, .key = key}, &fresh);
    if (fresh) {
        flag_from(t, elem);
        flag_from(t, key);
    }
    return t;
}

Type *type_chan(Checker *c, ChanDir dir, Type *elem) {
    bool fresh;
    Type *t = canonical(c, &(Type){.kind = TYPE_CHAN, .elem = elem, .dir = dir}, &fresh);
    if (fresh) flag_from(t, elem);
    return t;
}

Type *type_func(Checker *c, Type **params, uint32_t nparams, Type **results, uint32_t nresults, bool variadic) {
    bool fresh;
    Type key = {.kind = TYPE_FUNC, .params = params, .nparams = nparams, .results = results, .nresults = nresults,
        .variadic = variadic};
    Type *t = canonical(c, &key, &fresh);
    if (fresh) {
        t->params = copy_list(c, params, nparams);
        t->results = copy_list(c, results, nresults);
        flags_from_list(t, params, nparams);
        flags_from_list(t, results, nresults);
    }
    return t;
}

Type *type_generic_sig(Checker *c, Type *sig, Type **tparams, uint32_t n) {
    Type *t = type_new(c, TYPE_FUNC);
    uint32_t id = t->id;
    *t = *sig;
    t->id = id;
    t->pointer_to = t->slice_of = NULL;
    t->layout = NULL;
    t->aux = t->aux2 = NULL;
    t->tparams_f = tparams;
    t->ntparams_f = n;
    return t;
}

Type *type_tuple(Checker *c, Type **types, uint32_t n) {
    bool fresh;
    Type *t = canonical(c, &(Type){.kind = TYPE_TUPLE, .types = types, .ntypes = n}, &fresh);
    if (fresh) {
        t->types = copy_list(c, types, n);
        flags_from_list(t, types, n);
    }
    return t;
}

Type *type_struct(Checker *c, const StructField *fields, uint32_t n) {
    bool fresh;
    Type *t = canonical(c, &(Type){.kind = TYPE_STRUCT, .fields = (StructField *)fields, .nfields = n}, &fresh);
    if (fresh) {
        t->fields = NEWN(c, StructField, n);
        if (n) memcpy(t->fields, fields, n * sizeof *fields);
        for (uint32_t i = 0; i < n; i++) flag_from(t, fields[i].type);
    }
    return t;
}

Type *type_union(Checker *c, TypeTerm *terms, uint32_t n) {
    bool fresh;
    Type *t = canonical(c, &(Type){.kind = TYPE_UNION, .uterms = terms, .nuterms = n}, &fresh);
    if (fresh) {
        t->uterms = NEWN(c, TypeTerm, n);
        memcpy(t->uterms, terms, n * sizeof *terms);
        for (uint32_t i = 0; i < n; i++) flag_from(t, terms[i].type);
    }
    return t;
}

Type *type_named(Checker *c, Object *obj) {
    Type *t = type_new(c, TYPE_NAMED);
    t->obj = obj;
    t->origin = t;
    t->named_state = NEW(c, NamedState);
    return t;
}

Type *type_param_new(Checker *c, Object *obj, uint32_t index) {
    Type *t = type_new(c, TYPE_PARAM);
    t->obj = obj;
    t->origin = t;
    t->tp_index = index;
    t->has_tparam = true;
    obj->type = t;
    return t;
}

Type *type_instantiate(Checker *c, Type *generic, Type **targs, uint32_t n) {
    bool fresh;
    Type *t = canonical(c, &(Type){.kind = TYPE_NAMED, .origin = generic, .targs = targs, .ntargs = n}, &fresh);
    if (fresh) {
        t->obj = generic->obj;
        t->targs = copy_list(c, targs, n);
        t->named_state = NEW(c, NamedState);
        flags_from_list(t, targs, n);
    }
    t->tparams = generic->tparams;
    t->ntparams = generic->ntparams;
    t->nouter = generic->nouter;
    return t;
}

/* ---- interfaces and type sets ---- */

static int method_cmp(const void *p, const void *q) {
    const IfaceMethod *a = p, *b = q;
    int cmp = strcmp(a->name->text, b->name->text);
    if (cmp || a->pkg == b->pkg) return cmp;
    return strcmp(a->pkg ? a->pkg->path : "", b->pkg ? b->pkg->path : "");
}

static bool term_covers(Checker *c, const TypeTerm *x, const TypeTerm *y) {
    if (type_identical(c, x->type, y->type)) return x->tilde || !y->tilde;
    return x->tilde && type_identical(c, x->type, under(c, y->type));
}

bool term_includes(Checker *c, const TypeTerm *set, uint32_t n, Type *t) {
    TypeTerm y = {t, false};
    for (uint32_t i = 0; i < n; i++)
        if (term_covers(c, &set[i], &y)) return true;
    return false;
}

static void add_term(Checker *c, TypeTerm *set, uint32_t *n, TypeTerm x) {
    for (uint32_t i = 0; i < *n; i++)
        if (term_covers(c, &set[i], &x)) return;
    uint32_t k = 0;
    for (uint32_t i = 0; i < *n; i++)
        if (!term_covers(c, &x, &set[i])) set[k++] = set[i];
    set[k++] = x;
    *n = k;
}

static void intersect(Checker *c, Type *t, const TypeTerm *other, uint32_t n) {
    if (!t->has_terms) {
        t->has_terms = true;
        t->nterms = 0;
        t->terms = NEWN(c, TypeTerm, n + 1);
        for (uint32_t i = 0; i < n; i++) add_term(c, t->terms, &t->nterms, other[i]);
        return;
    }
    TypeTerm *out = NEWN(c, TypeTerm, (size_t)t->nterms * n + 1);
    uint32_t k = 0;
    for (uint32_t i = 0; i < t->nterms; i++)
        for (uint32_t j = 0; j < n; j++) {
            if (term_covers(c, &other[j], &t->terms[i]))
                add_term(c, out, &k, t->terms[i]);
            else if (term_covers(c, &t->terms[i], &other[j]))
                add_term(c, out, &k, other[j]);
        }
    t->terms = out;
    t->nterms = k;
}

/* union_terms flattens a union into a list of terms; false: it holds all types. */
static bool union_terms(Checker *c, Type *u, TypeTerm **out, uint32_t *n, bool *known) {
    uint32_t cap = u->nuterms;
    for (uint32_t i = 0; i < u->nuterms; i++) {
        Type *v = under(c, u->uterms[i].type);
        if (!v) {
            *known = false;
            return true;
        }
        if (v->kind == TYPE_INTERFACE && u->uterms[i].type->kind != TYPE_PARAM) {
            iface_complete(c, v);
            cap += v->nterms;
        }
    }
    TypeTerm *set = NEWN(c, TypeTerm, cap + 1);
    uint32_t k = 0;
    for (uint32_t i = 0; i < u->nuterms; i++) {
        Type *v = under(c, u->uterms[i].type);
        if (v->kind == TYPE_INTERFACE && u->uterms[i].type->kind != TYPE_PARAM) {
            if (!v->has_terms) return false;
            for (uint32_t j = 0; j < v->nterms; j++) add_term(c, set, &k, v->terms[j]);
        } else if (is_valid(v)) {
            add_term(c, set, &k, u->uterms[i]);
        }
    }
    *out = set;
    *n = k;
    return true;
}

static void add_method(Checker *c, Type *t, uint32_t *cap, IfaceMethod m, Pos pos, bool explicit_method) {
    for (uint32_t i = 0; i < t->nmethods; i++) {
        IfaceMethod *o = &t->methods[i];
        if (!same_id(o->pkg, o->name, m.pkg, m.name)) continue;
        if (explicit_method || !type_identical(c, o->sig, m.sig)) {
            Diag *d = err_at(c, pos, E_REDECLARED, "duplicate method %s", m.name->text);
            if (o->pos) diag_note(c->diags, d, o->pos, "other declaration of method %s", m.name->text);
        }
        return;
    }
    if (t->nmethods == *cap) {
        vec_reserve(c->arena, (void **)&t->methods, t->nmethods, cap, sizeof *t->methods);
    }
    t->methods[t->nmethods++] = m;
}

/* fill computes methods and type set of t from its literal. False when something embedded is not known yet. */
static bool fill(Checker *c, Type *t, bool must) {
    IfaceLit *lit = t->lit;
    for (uint32_t i = 0; i < lit->nembeds; i++) {
        Type *u = under(c, lit->embeds[i]);
        if (u && u->kind == TYPE_INTERFACE && !u->complete && !u->completing) iface_complete(c, u);
        if (!must && (!u || (u->kind == TYPE_INTERFACE && !u->complete))) return false;
    }
    t->methods = NULL;
    t->nmethods = t->nterms = 0;
    t->has_terms = t->is_comparable = false;
    uint32_t cap = 0;
    for (uint32_t i = 0; i < lit->nmethods; i++) add_method(c, t, &cap, lit->methods[i], lit->methods[i].pos, true);
    for (uint32_t i = 0; i < lit->nembeds; i++) {
        Type *u = under(c, lit->embeds[i]);
        if (!u || !is_valid(u)) continue;
        if (u->kind == TYPE_INTERFACE) {
            for (uint32_t j = 0; j < u->nmethods; j++) add_method(c, t, &cap, u->methods[j], lit->embed_pos[i], false);
            if (u->has_terms) intersect(c, t, u->terms, u->nterms);
            if (u->is_comparable) t->is_comparable = true;
        } else if (u->kind == TYPE_UNION) {
            TypeTerm *set;
            uint32_t n;
            bool known = true;
            if (union_terms(c, u, &set, &n, &known) && known) intersect(c, t, set, n);
            if (!known && !must) return false;
        } else {
            intersect(c, t, &(TypeTerm){lit->embeds[i], false}, 1);
        }
    }
    if (t->is_comparable && t->has_terms) {
        uint32_t k = 0;
        for (uint32_t i = 0; i < t->nterms; i++)
            if (is_strictly_comparable(c, t->terms[i].type, false, NULL)) t->terms[k++] = t->terms[i];
        t->nterms = k;
        t->is_comparable = false;
    }
    if (t->nmethods > 1) qsort(t->methods, t->nmethods, sizeof *t->methods, method_cmp);
    for (uint32_t i = 0; i < t->nmethods; i++) flag_from(t, t->methods[i].sig);
    for (uint32_t i = 0; i < t->nterms; i++) flag_from(t, t->terms[i].type);
    return true;
}

void iface_complete(Checker *c, Type *t) {
    if (t->kind != TYPE_INTERFACE || t->complete || t->completing) return;
    t->completing = true;
    fill(c, t, true);
    t->completing = false;
    t->complete = true;
}

Type *type_complete(Checker *c, Type *t) {
    iface_complete(c, t);
    return t;
}

Type *type_interface(Checker *c, IfaceLit *lit) {
    Type key = {.kind = TYPE_INTERFACE, .lit = lit};
    if (fill(c, &key, false)) {
        key.complete = true;
        bool fresh;
        return canonical(c, &key, &fresh);
    }
    Type *t = type_new(c, TYPE_INTERFACE);
    t->lit = lit;
    t->has_open_iface = true;
    for (uint32_t i = 0; i < lit->nembeds; i++) flag_from(t, lit->embeds[i]);
    for (uint32_t i = 0; i < lit->nmethods; i++) flag_from(t, lit->methods[i].sig);
    return t;
}

/* ---- identity ---- */

static bool identical_deep(Checker *c, Type *a, Type *b, int depth);

static bool identical_list(Checker *c, Type **a, Type **b, uint32_t n, int depth) {
    for (uint32_t i = 0; i < n; i++)
        if (!identical_deep(c, a[i], b[i], depth)) return false;
    return true;
}

/* Open interfaces can refer to themselves: pairs nested deeper than any sane program are taken as identical. */
static bool identical_deep(Checker *c, Type *a, Type *b, int depth) {
    if (a == b) return true;
    if (!a->has_open_iface && !b->has_open_iface) return false;
    if (a->kind != b->kind) return false;
    if (++depth > 24) return true;
    switch (a->kind) {
    case TYPE_POINTER: case TYPE_SLICE: return identical_deep(c, a->elem, b->elem, depth);
    case TYPE_ARRAY: return a->len == b->len && identical_deep(c, a->elem, b->elem, depth);
    case TYPE_MAP: return identical_deep(c, a->key, b->key, depth) && identical_deep(c, a->elem, b->elem, depth);
    case TYPE_CHAN: return a->dir == b->dir && identical_deep(c, a->elem, b->elem, depth);
    case TYPE_FUNC:
        return a->nparams == b->nparams && a->nresults == b->nresults && a->variadic == b->variadic &&
               identical_list(c, a->params, b->params, a->nparams, depth) &&
               identical_list(c, a->results, b->results, a->nresults, depth);
    case TYPE_TUPLE: return a->ntypes == b->ntypes && identical_list(c, a->types, b->types, a->ntypes, depth);
    case TYPE_NAMED:
        return a->origin == b->origin && a->ntargs == b->ntargs && a->ntargs > 0 &&
               identical_list(c, a->targs, b->targs, a->ntargs, depth);
    case TYPE_STRUCT:
        if (a->nfields != b->nfields) return false;
        for (uint32_t i = 0; i < a->nfields; i++) {
            StructField *f = &a->fields[i], *g = &b->fields[i];
            if (f->embedded != g->embedded || !same_id(f->pkg, f->name, g->pkg, g->name) || f->tag_len != g->tag_len ||
                (f->tag_len && memcmp(f->tag, g->tag, f->tag_len)) || !identical_deep(c, f->type, g->type, depth))
                return false;
        }
        return true;
    case TYPE_INTERFACE:
        iface_complete(c, a);
        iface_complete(c, b);
        if (a->nmethods != b->nmethods || a->nterms != b->nterms || a->is_comparable != b->is_comparable) return false;
        for (uint32_t i = 0; i < a->nmethods; i++)
            if (!same_id(a->methods[i].pkg, a->methods[i].name, b->methods[i].pkg, b->methods[i].name) ||
                !identical_deep(c, a->methods[i].sig, b->methods[i].sig, depth))
                return false;
        for (uint32_t i = 0; i < a->nterms; i++)
            if (!term_includes(c, b->terms, b->nterms, a->terms[i].type)) return false;
        return true;
    default: return false;
    }
}

bool type_identical(Checker *c, Type *a, Type *b) { return a == b || identical_deep(c, a, b, 0); }

/* ---- underlying types ---- */

Type *type_constraint(Checker *c, Type *tp) {
    Type *b = tp->constraint ? tp->constraint : c->empty_iface;
    Type *u = under(c, b);
    if (!u || !is_valid(u)) return c->empty_iface;
    if (u->kind == TYPE_INTERFACE) {
        iface_complete(c, u);
        return u;
    }
    // [P ~int|string]: a constraint that is no interface stands for the interface that embeds it.
    IfaceLit *lit = NEW(c, IfaceLit);
    lit->embeds = NEW(c, Type *);
    lit->embeds[0] = b;
    lit->embed_pos = NEW(c, Pos);
    lit->nembeds = 1;
    Type *iface = type_interface(c, lit);
    iface_complete(c, iface);
    tp->constraint = iface;
    return iface;
}

/* under returns NULL while the type is still being declared. */
Type *under(Checker *c, Type *t) {
    if (t->kind == TYPE_PARAM) return type_constraint(c, t);
    if (t->kind != TYPE_NAMED) return t;
    if (t->under) return t->under;
    NamedState *st = t->named_state;
    if (st->invalid) return c->basic[TYPE_INVALID];
    if (t->origin == t) {
        if (!st->rhs && t->obj->info && t->obj->state == 0) object_declare(c, t->obj);
        if (t->under) return t->under;
        if (!st->rhs || st->resolving) return NULL;
        st->resolving = true;
        Type *u = under(c, st->rhs);
        st->resolving = false;
        if (u) t->under = u;
        return u;
    }
    if (st->resolving) return NULL;
    st->resolving = true;
    Type *u = under(c, t->origin);
    if (u && is_valid(u)) {
        if (++c->subst_depth > 500) {
            u = c->basic[TYPE_INVALID];
            if (!st->invalid) err_at(c, t->obj->pos, E_CYCLE, "invalid recursive type: %s refers to itself", t->obj->name->text);
            st->invalid = true;
        } else {
            TypeEnv env = {t->origin->tparams, t->targs, t->ntargs};
            u = type_subst(c, u, &env);
        }
        c->subst_depth--;
    }
    st->resolving = false;
    if (u) t->under = u;
    return u;
}

Type *type_under(Checker *c, Type *t) {
    Type *u = under(c, t);
    if (!u) {
        // What is asked here depends on the type that is just being declared.
        NamedState *st = t->origin->named_state;
        if (!st->invalid) err_at(c, t->obj->pos, E_CYCLE, "invalid recursive type: %s refers to itself", t->obj->name->text);
        st->invalid = true;
        return c->basic[TYPE_INVALID];
    }
    if (u->kind == TYPE_INTERFACE) iface_complete(c, u);
    return u;
}

#define under_v type_under

/* ---- questions ---- */

enum { IS_BOOL = 1, IS_INT = 2, IS_UNSIGNED = 4, IS_FLOAT = 8, IS_COMPLEX = 16, IS_STRING = 32, IS_UNTYPED = 64 };
enum { IS_NUMERIC = IS_INT | IS_FLOAT | IS_COMPLEX, IS_ORDERED = IS_INT | IS_FLOAT | IS_STRING,
    IS_CONST = IS_BOOL | IS_NUMERIC | IS_STRING };

static const uint8_t basic_info[TYPE_NKINDS] = {
    [TYPE_BOOL] = IS_BOOL,
    [TYPE_INT] = IS_INT, [TYPE_INT8] = IS_INT, [TYPE_INT16] = IS_INT, [TYPE_INT32] = IS_INT, [TYPE_INT64] = IS_INT,
    [TYPE_UINT] = IS_INT | IS_UNSIGNED, [TYPE_UINT8] = IS_INT | IS_UNSIGNED, [TYPE_UINT16] = IS_INT | IS_UNSIGNED,
    [TYPE_UINT32] = IS_INT | IS_UNSIGNED, [TYPE_UINT64] = IS_INT | IS_UNSIGNED, [TYPE_UINTPTR] = IS_INT | IS_UNSIGNED,
    [TYPE_FLOAT32] = IS_FLOAT, [TYPE_FLOAT64] = IS_FLOAT, [TYPE_COMPLEX64] = IS_COMPLEX, [TYPE_COMPLEX128] = IS_COMPLEX,
    [TYPE_STRING] = IS_STRING,
    [TYPE_UNTYPED_BOOL] = IS_BOOL | IS_UNTYPED, [TYPE_UNTYPED_INT] = IS_INT | IS_UNTYPED,
    [TYPE_UNTYPED_RUNE] = IS_INT | IS_UNTYPED, [TYPE_UNTYPED_FLOAT] = IS_FLOAT | IS_UNTYPED,
    [TYPE_UNTYPED_COMPLEX] = IS_COMPLEX | IS_UNTYPED, [TYPE_UNTYPED_STRING] = IS_STRING | IS_UNTYPED,
    [TYPE_UNTYPED_NIL] = IS_UNTYPED,
};

bool all_types(Checker *c, Type *t, bool (*f)(Checker *c, Type *u, void *arg), void *arg) {
    if (t->kind != TYPE_PARAM) return f(c, under_v(c, t), arg);
    Type *i = type_constraint(c, t);
    if (!i->has_terms || i->nterms == 0) return f(c, NULL, arg);
    for (uint32_t k = 0; k < i->nterms; k++)
        if (!all_types(c, i->terms[k].type, f, arg)) return false;
    return true;
}

static bool has_info(Checker *c, Type *u, void *arg) { return u && (basic_info[u->kind] & *(int *)arg); }

static bool all_basic(Checker *c, Type *t, int info) {
    if (t->kind <= TYPE_LAST_BASIC) return basic_info[t->kind] & info;
    return all_types(c, t, has_info, &info);
}

bool type_is_untyped(const Type *t) { return is_untyped(t); }
bool type_is_integer(Checker *c, Type *t) { return all_basic(c, t, IS_INT); }
bool type_is_unsigned(Checker *c, Type *t) { return all_basic(c, t, IS_UNSIGNED); }
bool type_is_float(Checker *c, Type *t) { return all_basic(c, t, IS_FLOAT); }
bool type_is_complex(Checker *c, Type *t) { return all_basic(c, t, IS_COMPLEX); }
bool type_is_numeric(Checker *c, Type *t) { return all_basic(c, t, IS_NUMERIC); }
bool type_is_string(Checker *c, Type *t) { return all_basic(c, t, IS_STRING); }
bool type_is_boolean(Checker *c, Type *t) { return all_basic(c, t, IS_BOOL); }
bool is_ordered(Checker *c, Type *t) { return all_basic(c, t, IS_ORDERED); }
bool is_const_type(Checker *c, Type *t) {
    if (t->kind == TYPE_PARAM) return false;
    return basic_info[under_v(c, t)->kind] & IS_CONST;
}
bool type_is_interface(Checker *c, Type *t) { return t->kind != TYPE_PARAM && under_v(c, t)->kind == TYPE_INTERFACE; }
bool is_non_tparam_iface(Checker *c, Type *t) { return type_is_interface(c, t); }
bool type_is_named(const Type *t) {
    return t->kind <= TYPE_LAST_BASIC || t->kind == TYPE_NAMED || t->kind == TYPE_PARAM;
}

static bool comparable_at(Checker *c, Type *t, bool dynamic, const char **cause, int depth) {
    if (depth > 200) return true;
    if (t->kind == TYPE_PARAM) {
        Type *i = type_constraint(c, t);
        if (i->is_comparable) return true;
        if (!i->has_terms) {
            if (cause) *cause = "incomparable types in type set";
            return false;
        }
        for (uint32_t k = 0; k < i->nterms; k++)
            if (!comparable_at(c, i->terms[k].type, false, NULL, depth + 1)) {
                if (cause) *cause = "incomparable types in type set";
                return false;
            }
        return true;
    }
    Type *u = under_v(c, t);
    if (u->known_comparable && dynamic) return true;
    switch (u->kind) {
    case TYPE_UNTYPED_NIL: return false;
    case TYPE_SLICE: case TYPE_MAP: case TYPE_FUNC: return false;
    case TYPE_INTERFACE:
        if (dynamic || u->is_comparable) return true;
        if (!u->has_terms) return false;
        for (uint32_t k = 0; k < u->nterms; k++)
            if (!comparable_at(c, u->terms[k].type, false, NULL, depth + 1)) return false;
        return true;
    case TYPE_ARRAY:
        if (comparable_at(c, u->elem, dynamic, NULL, depth + 1)) return true;
        if (cause) *cause = arena_printf(c->arena, "%s cannot be compared", tstr(c, t));
        return false;
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < u->nfields; i++)
            if (!comparable_at(c, u->fields[i].type, dynamic, NULL, depth + 1)) {
                if (cause)
                    *cause = arena_printf(c->arena, "struct containing %s cannot be compared", tstr(c, u->fields[i].type));
                return false;
            }
        // Shared parts are looked at once.
        if (dynamic && !u->has_tparam) u->known_comparable = true;
        return true;
    default: return true;
    }
}

bool is_strictly_comparable(Checker *c, Type *t, bool dynamic, const char **cause) {
    return comparable_at(c, t, dynamic, cause, 0);
}
bool type_is_comparable(Checker *c, Type *t) { return comparable_at(c, t, true, NULL, 0); }

static bool nil_kind(Checker *c, Type *u, void *arg) {
    if (!u) return false;
    switch (u->kind) {
    case TYPE_UNSAFE_POINTER: case TYPE_UNTYPED_NIL: case TYPE_POINTER: case TYPE_SLICE: case TYPE_MAP: case TYPE_CHAN:
    case TYPE_FUNC: case TYPE_INTERFACE: return true;
    default: return false;
    }
}
bool type_has_nil(Checker *c, Type *t) { return all_types(c, t, nil_kind, NULL); }

Type *type_default(Checker *c, Type *t) {
    switch (t->kind) {
    case TYPE_UNTYPED_BOOL: return c->basic[TYPE_BOOL];
    case TYPE_UNTYPED_INT: return c->basic[TYPE_INT];
    case TYPE_UNTYPED_RUNE: return c->basic[TYPE_INT32];
    case TYPE_UNTYPED_FLOAT: return c->basic[TYPE_FLOAT64];
    case TYPE_UNTYPED_COMPLEX: return c->basic[TYPE_COMPLEX128];
    case TYPE_UNTYPED_STRING: return c->basic[TYPE_STRING];
    default: return t;
    }
}

/* common_under: the underlying type that all types of t's type set share; channels may differ in direction. */
Type *common_under(Checker *c, Type *t, const char **cause) {
    if (t->kind != TYPE_PARAM) {
        Type *u = under_v(c, t);
        if (u->kind != TYPE_INTERFACE || !u->has_terms) return u;
    }
    Type *i = t->kind == TYPE_PARAM ? type_constraint(c, t) : under_v(c, t);
    Type *common = NULL;
    for (uint32_t k = 0; i->has_terms && k < i->nterms; k++) {
        Type *u = common_under(c, i->terms[k].type, cause);
        if (!u) return NULL;
        if (!common || common == u) {
            common = u;
            continue;
        }
        if (common->kind == TYPE_CHAN && u->kind == TYPE_CHAN && type_identical(c, common->elem, u->elem)) {
            if (common->dir == CHAN_BOTH)
                common = u;
            else if (u->dir != CHAN_BOTH && u->dir != common->dir) {
                if (cause)
                    *cause = arena_printf(c->arena, "channels %s and %s have conflicting directions", tstr(c, common), tstr(c, u));
                return NULL;
            }
            continue;
        }
        if (!type_identical(c, common, u)) {
            if (cause)
                *cause = arena_printf(c->arena, "%s and %s have different underlying types", tstr(c, i->terms[0].type),
                    tstr(c, i->terms[k].type));
            return NULL;
        }
    }
    if (!common && cause) *cause = "no specific type";
    return common;
}

Type *type_core(Checker *c, Type *t) { return common_under(c, t, NULL); }

Type *core_or_string(Checker *c, Type *t, bool *is_bytestring) {
    *is_bytestring = false;
    if (t->kind != TYPE_PARAM) return under_v(c, t);
    Type *i = type_constraint(c, t);
    bool any_string = false;
    Type *common = NULL;
    if (!i->has_terms || i->nterms == 0) return NULL;
    for (uint32_t k = 0; k < i->nterms; k++) {
        Type *u = common_under(c, i->terms[k].type, NULL);
        if (!u) return NULL;
        if (u->kind == TYPE_STRING) {
            any_string = true;
            u = c->bytes_type;
        }
        if (common && !type_identical(c, common, u)) return NULL;
        common = u;
    }
    if (any_string) {
        *is_bytestring = true;
        bool all = all_basic(c, t, IS_STRING);
        return all ? c->basic[TYPE_STRING] : c->bytes_type;
    }
    return common;
}

RangeKind type_range_kind(Checker *c, Type *t, Type **key, Type **value) {
    Type *u = type_core(c, t), *none = NULL, **k = key ? key : &none, **v = value ? value : &none;
    *k = *v = NULL;
    if (!u) return RANGE_NONE;
    Type *int_type = c->basic[TYPE_INT];
    switch (u->kind) {
    case TYPE_STRING: case TYPE_UNTYPED_STRING:
        *k = int_type;
        *v = c->basic[TYPE_INT32];
        return RANGE_STRING;
    case TYPE_ARRAY:
        *k = int_type;
        *v = u->elem;
        return RANGE_ARRAY;
    case TYPE_SLICE:
        *k = int_type;
        *v = u->elem;
        return RANGE_SLICE;
    case TYPE_POINTER: {
        Type *a = under_v(c, u->elem);
        if (a->kind != TYPE_ARRAY) return RANGE_NONE;
        *k = int_type;
        *v = a->elem;
        return RANGE_ARRAY_PTR;
    }
    case TYPE_MAP:
        *k = u->key;
        *v = u->elem;
        return RANGE_MAP;
    case TYPE_CHAN:
        if (u->dir == CHAN_SEND) return RANGE_NONE;
        *k = u->elem;
        return RANGE_CHAN;
    case TYPE_FUNC: {
        if (u->nparams != 1 || u->nresults != 0) return RANGE_NONE;
        Type *y = type_core(c, u->params[0]);
        if (!y || y->kind != TYPE_FUNC || y->nparams > 2 || y->nresults != 1 || y->variadic) return RANGE_NONE;
        if (y->results[0]->kind != TYPE_BOOL) return RANGE_NONE;
        if (y->nparams > 0) *k = y->params[0];
        if (y->nparams > 1) *v = y->params[1];
        return (RangeKind)(RANGE_FUNC0 + y->nparams);
    }
    default:
        if (type_is_integer(c, u)) {
            *k = t;
            return RANGE_INT;
        }
        return RANGE_NONE;
    }
}

/* ---- layout ---- */

static int64_t round_up(int64_t n, int64_t align) { return (n + align - 1) / align * align; }

static void layout_struct(Checker *c, Type *u, Layout *l) {
    int64_t at = 0;
    l->align = 1;
    l->offsets = NEWN(c, int64_t, u->nfields + 1);
    for (uint32_t i = 0; i < u->nfields; i++) {
        int64_t align = type_alignof(c, u->fields[i].type), size = type_sizeof(c, u->fields[i].type);
        at = round_up(at, align);
        l->offsets[i] = at;
        if (__builtin_add_overflow(at, size, &at) || at > INT64_MAX / 2) {
            l->size = -1;
            return;
        }
        if (align > l->align) l->align = align;
        // A pointer to a last field of no size must not point behind the object.
        if (i + 1 == u->nfields && size == 0 && at > 0) at++;
    }
    l->size = round_up(at, l->align);
}

static Layout *layout_of(Checker *c, Type *t) {
    Type *u = under_v(c, t);
    if (!u->layout) u->layout = NEW(c, Layout);
    Layout *l = u->layout;
    if (l->done) return l;
    l->size = l->align = 8;
    if (l->busy || !check_depth(c, 0)) return l;
    l->busy = true;
    switch (u->kind) {
    case TYPE_BOOL: case TYPE_INT8: case TYPE_UINT8: case TYPE_UNTYPED_BOOL: l->size = l->align = 1; break;
    case TYPE_INT16: case TYPE_UINT16: l->size = l->align = 2; break;
    case TYPE_INT32: case TYPE_UINT32: case TYPE_FLOAT32: case TYPE_UNTYPED_RUNE: l->size = l->align = 4; break;
    case TYPE_COMPLEX64: l->align = 4; break;
    case TYPE_COMPLEX128: case TYPE_STRING: case TYPE_UNTYPED_STRING: case TYPE_INTERFACE: l->size = 16; break;
    case TYPE_SLICE: l->size = 24; break;
    case TYPE_ARRAY: {
        int64_t elem = type_sizeof(c, u->elem);
        l->align = type_alignof(c, u->elem);
        if (u->len <= 0)
            l->size = 0;
        else if (elem < 0 || __builtin_mul_overflow(elem, u->len, &l->size))
            l->size = -1;
        break;
    }
    case TYPE_STRUCT: layout_struct(c, u, l); break;
    default: break;
    }
    l->busy = false;
    l->done = true;
    return l;
}

int64_t type_sizeof(Checker *c, Type *t) { return layout_of(c, t)->size; }
int64_t type_alignof(Checker *c, Type *t) { return layout_of(c, t)->align; }
int64_t type_offsetof(Checker *c, Type *t, uint32_t i) { return layout_of(c, t)->offsets[i]; }

void types_init(Checker *c) {
    for (int k = 0; k <= TYPE_LAST_BASIC; k++) {
        c->basic[k] = type_new(c, k);
        c->basic[k]->hash = mix(23, k);
    }
    c->empty_iface = type_interface(c, NEW(c, IfaceLit));
    IfaceLit *lit = NEW(c, IfaceLit);
    Type *cmp = type_new(c, TYPE_INTERFACE);
    cmp->lit = lit;
    cmp->is_comparable = cmp->complete = true;
    c->comparable_type = cmp;
    c->bytes_type = type_slice(c, c->basic[TYPE_UINT8]);
}

/* unify.c: making two types equal by choosing type arguments.
 *
 * Each type parameter has a slot; parameters that were found to be equal share one through `join`. Inexact unification (the
 * default, for assignments) lets a defined type match a type literal with the same underlying type, ignores channel direction,
 * and matches interfaces by the methods they share. */
#include "types/types_impl.h"

enum { UNIFY_MAX_DEPTH = 100 };

void unifier_init(Unifier *u, Checker *c, Type **tparams, Type **targs, uint32_t n) {
    *u = (Unifier){.c = c, .tparams = tparams, .n = n, .enable_inexact = true};
    u->slots = NEWN(c, Type *, n + 1);
    u->join = NEWN(c, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        u->slots[i] = targs ? targs[i] : NULL;
        u->join[i] = i;
    }
}

static uint32_t root(Unifier *u, uint32_t i) {
    while (u->join[i] != i) i = u->join[i];
    return i;
}

Type *unifier_at(Unifier *u, uint32_t i) { return u->slots[root(u, i)]; }

static int index_of(Unifier *u, Type *t) {
    if (t->kind != TYPE_PARAM) return -1;
    for (uint32_t i = 0; i < u->n; i++)
        if (u->tparams[i] == t) return (int)i;
    return -1;
}

static bool nify(Unifier *u, Type *x, Type *y, int mode);

static bool nify_list(Unifier *u, Type **x, Type **y, uint32_t n, int mode) {
    for (uint32_t i = 0; i < n; i++)
        if (!nify(u, x[i], y[i], mode)) return false;
    return true;
}

static bool is_type_literal(const Type *t) {
    return t->kind > TYPE_LAST_BASIC && t->kind != TYPE_NAMED && t->kind != TYPE_PARAM;
}

static IfaceMethod *iface_method(Type *t, const IfaceMethod *m) {
    for (uint32_t i = 0; i < t->nmethods; i++)
        if (same_id(t->methods[i].pkg, t->methods[i].name, m->pkg, m->name)) return &t->methods[i];
    return NULL;
}

static bool nify_ifaces(Unifier *u, Type *x, Type *y, int mode) {
    Checker *c = u->c;
    Type *xu = type_under(c, x), *yu = type_under(c, y);
    bool xi = xu->kind == TYPE_INTERFACE && x->kind != TYPE_PARAM, yi = yu->kind == TYPE_INTERFACE && y->kind != TYPE_PARAM;
    if (xi && yi) {
        if (xu->nmethods > yu->nmethods) {
            Type *t = xu;
            xu = yu;
            yu = t;
        }
        for (uint32_t i = 0; i < xu->nmethods; i++) {
            IfaceMethod *m = iface_method(yu, &xu->methods[i]);
            if (!m || !nify(u, m->sig, xu->methods[i].sig, UNIFY_EXACT)) return false;
        }
        return true;
    }
    if (yi) {
        Type *t = x;
        x = y;
        y = t;
        xu = yu;
    }
    for (uint32_t i = 0; i < xu->nmethods; i++) {
        IfaceMethod *m = &xu->methods[i];
        Lookup r = lookup_member(c, y, false, m->pkg, m->name, false);
        if (r.kind != LOOK_METHOD && r.kind != LOOK_IFACE) return false;
        if (!nify(u, m->sig, r.type, UNIFY_EXACT)) return false;
    }
    return true;
}

static bool nify_tparam(Unifier *u, int px, int py, Type *x, Type *y, int mode) {
    Checker *c = u->c;
    if (px >= 0 && py >= 0) {
        uint32_t rx = root(u, px), ry = root(u, py);
        Type *tx = u->slots[rx], *ty = u->slots[ry];
        if (rx == ry) return true;
        if (tx && ty) return nify(u, tx, ty, mode);
        u->join[ry] = rx;
        if (!tx) u->slots[rx] = ty;
        return true;
    }
    if (px < 0) {
        px = py;
        Type *t = x;
        x = y;
        y = t;
    }
    uint32_t r = root(u, px);
    Type *have = u->slots[r];
    if (!have) {
        u->slots[r] = y;
        return true;
    }
    if (!nify(u, have, y, mode)) return false;
    Type *hu = type_under(c, have), *yu = type_under(c, y);
    bool hi = hu->kind == TYPE_INTERFACE && have->kind != TYPE_PARAM, yi = yu->kind == TYPE_INTERFACE && y->kind != TYPE_PARAM;
    bool hn = have->kind == TYPE_NAMED, yn = y->kind == TYPE_NAMED;
    if (hi && yi && have != y) {
        // Two defined interfaces must be the same; else the method sets must be, and the defined one is kept.
        if (hn && yn) return type_identical(c, have, y);
        if (hu->nmethods != yu->nmethods) return false;
        if (yn) u->slots[r] = y;
        return true;
    }
    if (hi != yi) return false;  // either could be meant: the order of arguments must not decide
    // A directed channel takes a bidirectional one by assignment, not the other way round. Otherwise a defined type is kept.
    if (hu->kind == TYPE_CHAN && yu->kind == TYPE_CHAN && hu->dir != yu->dir) {
        if (hu->dir == CHAN_BOTH) u->slots[r] = y;
    } else if (yn) {
        u->slots[r] = y;
    }
    return true;
}

static bool nify_struct(Unifier *u, Type *x, Type *y, int emode) {
    if (x->nfields != y->nfields) return false;
    for (uint32_t i = 0; i < x->nfields; i++) {
        StructField *f = &x->fields[i], *g = &y->fields[i];
        if (f->embedded != g->embedded || !same_id(f->pkg, f->name, g->pkg, g->name) || f->tag_len != g->tag_len ||
            (f->tag_len && memcmp(f->tag, g->tag, f->tag_len)) || !nify(u, f->type, g->type, emode))
            return false;
    }
    return true;
}

static bool nify_kinds(Unifier *u, Type *x, Type *y, int mode) {
    Checker *c = u->c;
    // Only the outermost types of an assignment match loosely.
    int emode = mode & UNIFY_ASSIGN ? mode | UNIFY_EXACT : mode;
    if (x->kind != y->kind) return false;
    switch (x->kind) {
    case TYPE_ARRAY: return (x->len < 0 || y->len < 0 || x->len == y->len) && nify(u, x->elem, y->elem, emode);
    case TYPE_SLICE: case TYPE_POINTER: return nify(u, x->elem, y->elem, emode);
    case TYPE_MAP: return nify(u, x->key, y->key, emode) && nify(u, x->elem, y->elem, emode);
    case TYPE_CHAN: return (!(mode & UNIFY_EXACT) || x->dir == y->dir) && nify(u, x->elem, y->elem, emode);
    case TYPE_STRUCT: return nify_struct(u, x, y, emode);
    case TYPE_FUNC:
        return x->nparams == y->nparams && x->nresults == y->nresults && x->variadic == y->variadic &&
               nify_list(u, x->params, y->params, x->nparams, emode) &&
               nify_list(u, x->results, y->results, x->nresults, emode);
    case TYPE_TUPLE: return x->ntypes == y->ntypes && nify_list(u, x->types, y->types, x->ntypes, emode);
    case TYPE_INTERFACE: {
        iface_complete(c, x);
        iface_complete(c, y);
        if (x->nmethods != y->nmethods || x->nterms != y->nterms || x->is_comparable != y->is_comparable) return false;
        for (uint32_t i = 0; i < x->nmethods; i++) {
            IfaceMethod *m = iface_method(y, &x->methods[i]);
            if (!m || !nify(u, x->methods[i].sig, m->sig, UNIFY_EXACT)) return false;
        }
        return true;
    }
    case TYPE_NAMED:
        if (x->origin != y->origin || x->ntargs != y->ntargs || !x->ntargs) return false;
        return nify_list(u, x->targs, y->targs, x->ntargs, mode);
    default: return false;
    }
}

static bool nify_inner(Unifier *u, Type *x, Type *y, int mode) {
    Checker *c = u->c;
    if (x == y) return true;
    int px = index_of(u, x), py = index_of(u, y);
    if (px < 0 && py < 0 && !x->has_tparam && !y->has_tparam && type_identical(c, x, y)) return true;
    bool exact = mode & UNIFY_EXACT;
    // A defined type against a literal: compare underlying types, but for an interface literal, which asks for methods.
    if (!exact && px < 0 && py < 0) {
        if (x->kind == TYPE_NAMED && is_type_literal(y) && y->kind != TYPE_INTERFACE) {
            Type *xu = type_under(c, x);
            if (xu->kind != TYPE_INTERFACE) return nify(u, xu, y, mode);
        }
        if (y->kind == TYPE_NAMED && is_type_literal(x) && x->kind != TYPE_INTERFACE) {
            Type *yu = type_under(c, y);
            if (yu->kind != TYPE_INTERFACE) return nify(u, x, yu, mode);
        }
    }
    if (px >= 0 || py >= 0) return nify_tparam(u, px, py, x, y, mode);
    if (u->enable_inexact && !exact) {
        bool xi = type_is_interface(c, x), yi = type_is_interface(c, y);
        if (x->kind == TYPE_NAMED && y->kind == TYPE_NAMED && x->origin == y->origin && x->ntargs) return nify_kinds(u, x, y, mode);
        if ((xi || yi) && !(xi && yi && x->kind != TYPE_NAMED && y->kind != TYPE_NAMED)) return nify_ifaces(u, x, y, mode);
        if (xi && yi) return nify_ifaces(u, x, y, mode);
    }
    // A type parameter that is not being inferred matches by its core type.
    if (x->kind == TYPE_PARAM || y->kind == TYPE_PARAM) {
        if (y->kind == TYPE_PARAM && x->kind != TYPE_PARAM) {
            Type *t = x;
            x = y;
            y = t;
        }
        if (y->kind == TYPE_PARAM) return false;
        Type *core = type_core(c, x);
        return core && nify(u, core, y, UNIFY_ASSIGN);
    }
    return nify_kinds(u, x, y, mode);
}

static bool nify(Unifier *u, Type *x, Type *y, int mode) {
    if (++u->depth > UNIFY_MAX_DEPTH) {
        u->depth--;
        return false;
    }
    bool ok = nify_inner(u, x, y, mode);
    u->depth--;
    return ok;
}

bool unify(Unifier *u, Type *x, Type *y, int mode) { return nify(u, x, y, mode); }

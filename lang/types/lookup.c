// lookup.c: fields and methods by name, through embedding; method sets; who implements what.
#include "types/types_impl.h"
#include <ctype.h>

/* Embedded is one type at the present depth of the search, with the path that leads to it. */
typedef struct Embedded {
    Type *type;
    const struct Embedded *from;
    SelStep step;    // taken at `from`
    bool indirect;   // a pointer was followed on the way
    bool is_ptr;     // the value here is a pointer to type
    bool multiples;  // found more than once at this depth
    uint32_t depth;
} Embedded;

static Type *deref(Checker *c, Type *t, bool *is_ptr) {
    *is_ptr = false;
    if (t->kind == TYPE_POINTER) {
        *is_ptr = true;
        return t->elem;
    }
    return t;
}

static bool name_matches(Package *p1, const Name *n1, Package *p2, const Name *n2, bool fold) {
    if (same_id(p1, n1, p2, n2)) return true;
    return fold && n1->len == n2->len && strcasecmp(n1->text, n2->text) == 0;
}

static SelStep *make_path(Checker *c, const Embedded *e, bool with_field, uint32_t index, uint32_t *n) {
    *n = e->depth + with_field;
    SelStep *path = NEWN(c, SelStep, *n + 1);
    if (with_field) path[e->depth] = (SelStep){index, e->is_ptr};
    for (const Embedded *p = e; p->from; p = p->from) path[p->depth - 1] = p->step;
    return path;
}

/* declared_method finds a method declared for the named type t (or its origin). */
static Object *declared_method(Type *t, Package *pkg, const Name *name, bool fold) {
    Type *o = t->origin;
    for (uint32_t i = 0; i < o->decl_methods.n; i++) {
        Object *m = o->decl_methods.at[i];
        if (name_matches(m->pkg, m->name, pkg, name, fold)) return m;
    }
    return NULL;
}

Type *method_sig(Checker *c, Type *recv, Object *m) {
    Type *sig = object_type(c, m);
    TypeEnv env = type_env_of(c, recv);
    return env.n ? type_subst(c, sig, &env) : sig;
}

static uint32_t merge(Embedded *list, uint32_t n) {
    if (n <= 1) return n;
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = 0;
        while (j < k && list[j].type != list[i].type) j++;
        if (j < k)
            list[j].multiples = true;
        else
            list[k++] = list[i];
    }
    return k;
}

static Lookup search(Checker *c, Type *t, bool addressable, Package *pkg, const Name *name, bool fold) {
    Lookup r = {0};
    bool is_ptr;
    Type *base = deref(c, t, &is_ptr);
    if (is_ptr && under(c, base) && under(c, base)->kind == TYPE_INTERFACE) return r;
    VEC(Embedded) level = {0}, next = {0};
    VEC(Type *) seen = {0};
    vec_push(c->arena, &level, ((Embedded){.type = base, .is_ptr = is_ptr, .indirect = is_ptr}));
    while (level.n > 0) {
        bool found = false;
        next.at = NULL;
        next.n = next.cap = 0;
        for (uint32_t i = 0; i < level.n; i++) {
            const Embedded *e = &level.at[i];
            Type *typ = e->type;
            if (typ->kind == TYPE_NAMED) {
                bool again = false;
                for (uint32_t k = 0; k < seen.n && !again; k++) again = seen.at[k] == typ;
                if (again) continue;
                vec_push(c->arena, &seen, typ);
                if (typ->origin->obj->state == 0) object_declare(c, typ->origin->obj);
                Object *m = declared_method(typ, pkg, name, fold);
                if (m) {
                    if (found || e->multiples) return (Lookup){.ambiguous = true};
                    found = true;
                    r = (Lookup){.kind = LOOK_METHOD, .method = m, .indirect = e->indirect};
                    r.path = make_path(c, e, false, 0, &r.npath);
                    r.recv = e->is_ptr ? type_pointer(c, typ) : typ;
                    continue;
                }
            }
            Type *u = under(c, typ);
            if (!u) continue;
            if (u->kind == TYPE_STRUCT) {
                for (uint32_t k = 0; k < u->nfields; k++) {
                    StructField *f = &u->fields[k];
                    if (name_matches(f->pkg, f->name, pkg, name, fold)) {
                        if (found || e->multiples) return (Lookup){.ambiguous = true};
                        found = true;
                        r = (Lookup){.kind = LOOK_FIELD, .field = f, .type = f->type, .indirect = e->indirect};
                        r.path = make_path(c, e, true, k, &r.npath);
                        continue;
                    }
                    if (found || !f->embedded) continue;
                    bool ptr;
                    Type *ft = deref(c, f->type, &ptr);
                    if (ft->kind > TYPE_LAST_BASIC)
                        vec_push(c->arena, &next, ((Embedded){.type = ft, .from = e, .step = {k, e->is_ptr},
                            .indirect = e->indirect || ptr, .is_ptr = ptr, .multiples = e->multiples, .depth = e->depth + 1}));
                }
            } else if (u->kind == TYPE_INTERFACE) {
                iface_complete(c, u);
                for (uint32_t k = 0; k < u->nmethods; k++) {
                    if (!name_matches(u->methods[k].pkg, u->methods[k].name, pkg, name, fold)) continue;
                    if (found || e->multiples) return (Lookup){.ambiguous = true};
                    found = true;
                    r = (Lookup){.kind = LOOK_IFACE, .imethod = k, .type = u->methods[k].sig, .indirect = true, .recv = typ};
                    r.path = make_path(c, e, false, 0, &r.npath);
                }
            }
        }
        if (found) {
            if (r.kind == LOOK_METHOD) {
                if (!r.method->type) object_type(c, r.method);
                bool through_ptr = r.recv->kind == TYPE_POINTER;
                // A pointer anywhere on the path, or an addressable start, gives an address to call a pointer method with.
                if (r.method->ptr_recv && !through_ptr && !r.indirect && !addressable) {
                    r.ptr_recv = true;
                    r.kind = LOOK_NONE;
                    return r;
                }
                r.type = method_sig(c, r.recv, r.method);
            }
            return r;
        }
        level.n = merge(next.at, next.n);
        level.at = next.at;
        level.cap = next.cap;
    }
    return r;
}

/* direct finds what most selectors mean, a field or method of the type itself, without the search's lists. */
static bool direct(Checker *c, Type *t, bool addressable, Package *pkg, const Name *name, Lookup *r) {
    bool is_ptr;
    Type *base = deref(c, t, &is_ptr);
    Embedded e = {.type = base, .is_ptr = is_ptr, .indirect = is_ptr};
    if (base->kind == TYPE_NAMED) {
        if (base->origin->obj->state == 0) object_declare(c, base->origin->obj);
        Object *m = declared_method(base, pkg, name, false);
        if (m) {
            Type *u = under(c, base);
            if (!u || u->kind == TYPE_INTERFACE || u->kind == TYPE_POINTER) return false;
            if (!m->type) object_type(c, m);
            if (m->ptr_recv && !is_ptr && !addressable) return false;
            *r = (Lookup){.kind = LOOK_METHOD, .method = m, .indirect = is_ptr, .recv = t};
            r->type = method_sig(c, t, m);
            return true;
        }
    }
    Type *u = base->kind == TYPE_PARAM ? NULL : under(c, base);
    if (!u || u->kind != TYPE_STRUCT) return false;
    for (uint32_t k = 0; k < u->nfields; k++) {
        StructField *f = &u->fields[k];
        if (!same_id(f->pkg, f->name, pkg, name)) continue;
        *r = (Lookup){.kind = LOOK_FIELD, .field = f, .type = f->type, .indirect = is_ptr};
        r->path = make_path(c, &e, true, k, &r->npath);
        return true;
    }
    return false;
}

Lookup lookup_member(Checker *c, Type *t, bool addressable, Package *pkg, const Name *name, bool fold) {
    Lookup r = {0};
    if (is_blank(c, name)) return r;
    // A named pointer type has the fields of what it points to, but no methods.
    if (t->kind == TYPE_NAMED) {
        Type *u = under(c, t);
        if (u && u->kind == TYPE_POINTER) {
            r = search(c, u, false, pkg, name, fold);
            if (r.kind == LOOK_METHOD || r.kind == LOOK_IFACE) return (Lookup){0};
            return r;
        }
    }
    if (!fold && direct(c, t, addressable, pkg, name, &r)) return r;
    return search(c, t, addressable, pkg, name, fold);
}

static Selection *make_selection(Checker *c, Type *t, const Lookup *r, const Name *name) {
    Selection *s = NEW(c, Selection);
    s->x_type = t;
    s->path = r->path;
    s->npath = r->npath;
    s->name = name;
    s->type = r->type;
    s->indirect = r->indirect;
    s->recv = r->recv;
    if (r->kind == LOOK_FIELD) {
        s->kind = SEL_FIELD;
    } else if (r->kind == LOOK_METHOD) {
        s->kind = SEL_METHOD;
        s->obj = r->method;
        bool ptr = r->recv->kind == TYPE_POINTER;
        s->want_addr = r->method->ptr_recv && !ptr;
        s->want_deref = !r->method->ptr_recv && ptr;
    } else {
        s->kind = r->recv->kind == TYPE_PARAM ? SEL_TPARAM_METHOD : SEL_IFACE_METHOD;
        s->method_index = r->imethod;
    }
    return s;
}

Selection *type_lookup(Checker *c, Type *t, const Name *name, Package *pkg, bool addressable) {
    Lookup r = lookup_member(c, t, addressable, pkg, name, false);
    return r.kind == LOOK_NONE ? NULL : make_selection(c, t, &r, name);
}

/* ---- method sets ---- */

typedef struct MethodSet {
    Selection **at;
    uint32_t n;
} MethodSet;

typedef struct NameList {
    VEC(IfaceMethod) v;
    VEC(Type *) seen;
} NameList;

static void gather(Checker *c, Type *t, NameList *l, int depth) {
    bool ptr;
    t = deref(c, t, &ptr);
    if (depth > 100) return;
    for (uint32_t i = 0; i < l->seen.n; i++)
        if (l->seen.at[i] == t) return;
    vec_push(c->arena, &l->seen, t);
    if (t->kind == TYPE_NAMED) {
        if (t->origin->obj->state == 0) object_declare(c, t->origin->obj);
        for (uint32_t i = 0; i < t->origin->decl_methods.n; i++) {
            Object *m = t->origin->decl_methods.at[i];
            vec_push(c->arena, &l->v, ((IfaceMethod){.name = m->name, .pkg = m->pkg}));
        }
    }
    Type *u = under(c, t);
    if (!u) return;
    if (u->kind == TYPE_STRUCT) {
        for (uint32_t i = 0; i < u->nfields; i++)
            if (u->fields[i].embedded) gather(c, u->fields[i].type, l, depth + 1);
    } else if (u->kind == TYPE_INTERFACE) {
        iface_complete(c, u);
        for (uint32_t i = 0; i < u->nmethods; i++) vec_push(c->arena, &l->v, u->methods[i]);
    }
}

static int by_name(const void *p, const void *q) {
    const IfaceMethod *a = p, *b = q;
    int cmp = strcmp(a->name->text, b->name->text);
    if (cmp || a->pkg == b->pkg) return cmp;
    return strcmp(a->pkg ? a->pkg->path : "", b->pkg ? b->pkg->path : "");
}

Selection **type_method_set(Checker *c, Type *t, uint32_t *n) {
    MethodSet *set = ptrmap_get(&c->method_sets, t);
    if (!set) {
        set = NEW(c, MethodSet);
        NameList l = {0};
        gather(c, t, &l, 0);
        if (l.v.n > 1) qsort(l.v.at, l.v.n, sizeof *l.v.at, by_name);
        set->at = NEWN(c, Selection *, l.v.n + 1);
        for (uint32_t i = 0; i < l.v.n; i++) {
            IfaceMethod *m = &l.v.at[i];
            if (i > 0 && m->name == m[-1].name && (m->pkg == m[-1].pkg || name_is_exported(m->name))) continue;
            Selection *s = type_lookup(c, t, m->name, m->pkg, false);
            if (s && s->kind != SEL_FIELD) set->at[set->n++] = s;
        }
        ptrmap_put(&c->method_sets, t, set);
    }
    *n = set->n;
    return set->at;
}

/* ---- implementing ---- */

static const char *iface_ptr_error(Checker *c, Type *t) {
    if (t->kind == TYPE_POINTER && t->elem->kind == TYPE_PARAM)
        return arena_printf(c->arena, "type %s is pointer to type parameter, not type parameter", tstr(c, t));
    return arena_printf(c->arena, "type %s is pointer to interface, not interface", tstr(c, t));
}

static bool is_iface_ptr(Checker *c, Type *t) {
    Type *u = type_under(c, t);
    return u->kind == TYPE_POINTER && type_under(c, u->elem)->kind == TYPE_INTERFACE;
}

const char *method_cause(Checker *c, Type *v, Type *t, IfaceMethod *m) {
    Arena *a = c->arena;
    const char *name = m->name->text;
    Lookup r = lookup_member(c, v, false, m->pkg, m->name, false);
    if (r.ambiguous) return arena_printf(a, "(ambiguous selector %s.%s)", tstr(c, v), name);
    if (r.ptr_recv) return arena_printf(a, "(method %s has pointer receiver)", name);
    if (r.kind == LOOK_FIELD) return arena_printf(a, "(%s.%s is a field, not a method)", tstr(c, v), name);
    if (r.kind != LOOK_NONE)
        return arena_printf(a, "(wrong type for method %s)\n\t\thave %s%s\n\t\twant %s%s", name, name, sigstr(c, r.type), name,
            sigstr(c, m->sig));
    if (is_iface_ptr(c, v)) return arena_printf(a, "(%s)", iface_ptr_error(c, v));
    if (is_iface_ptr(c, t)) return arena_printf(a, "(%s)", iface_ptr_error(c, t));
    Lookup alt = lookup_member(c, v, false, m->pkg, m->name, true);
    if (alt.kind == LOOK_METHOD) {
        const char *other = alt.method->name->text;
        if (alt.method->name == m->name) return arena_printf(a, "(unexported method %s)", name);
        return arena_printf(a, "(missing method %s)\n\t\thave %s%s\n\t\twant %s%s", name, other, sigstr(c, alt.type), name,
            sigstr(c, m->sig));
    }
    return arena_printf(a, "(missing method %s)", name);
}

IfaceMethod *missing_method(Checker *c, Type *v, Type *t, bool is_static, const char **cause) {
    Type *iface = type_under(c, t);
    if (iface->kind != TYPE_INTERFACE || iface->nmethods == 0) return NULL;
    Type *u = type_under(c, v);
    for (uint32_t i = 0; i < iface->nmethods; i++) {
        IfaceMethod *m = &iface->methods[i];
        if (u->kind == TYPE_INTERFACE) {
            IfaceMethod *f = NULL;
            for (uint32_t k = 0; k < u->nmethods && !f; k++)
                if (same_id(u->methods[k].pkg, u->methods[k].name, m->pkg, m->name)) f = &u->methods[k];
            if (!f && !is_static) continue;
            if (f && type_identical(c, f->sig, m->sig)) continue;
        } else {
            Lookup r = lookup_member(c, v, false, m->pkg, m->name, false);
            if (r.kind == LOOK_METHOD || r.kind == LOOK_IFACE)
                if (type_identical(c, r.type, m->sig)) continue;
        }
        if (cause) *cause = method_cause(c, v, t, m);
        return m;
    }
    return NULL;
}

static bool in_type_set(Checker *c, Type *v, Type *iface) { return term_includes(c, iface->terms, iface->nterms, v); }

static const char *terms_str(Checker *c, Type *iface) {
    const char *s = "";
    for (uint32_t i = 0; i < iface->nterms; i++)
        s = arena_printf(c->arena, "%s%s%s%s", s, i ? " | " : "", iface->terms[i].tilde ? "~" : "", tstr_full(c, iface->terms[i].type));
    return s;
}

bool implements(Checker *c, Type *v, Type *t, bool constraint, const char **cause) {
    Type *vu = type_under(c, v), *tu = type_under(c, t);
    const char *verb = constraint ? "satisfy" : "implement", *why = NULL;
    const char *ignored;
    if (!cause) cause = &ignored;
    bool quiet = cause == &ignored;
#define SAY(...) (quiet ? NULL : arena_printf(c->arena, __VA_ARGS__))
    if (!is_valid(vu) || !is_valid(tu)) return true;
    if (vu->kind == TYPE_POINTER && !is_valid(type_under(c, vu->elem))) return true;
    if (tu->kind != TYPE_INTERFACE) {
        bool ptr = is_iface_ptr(c, t);
        *cause = SAY("%s does not %s %s (%s)", tstr(c, v), verb, tstr(c, t),
            ptr ? SAY("type %s is pointer to interface, not interface", tstr(c, t)) : SAY("%s is not an interface", tstr(c, t)));
        return false;
    }
    iface_complete(c, tu);
    if (tu->nmethods == 0 && !tu->has_terms && !tu->is_comparable) return true;
    bool v_iface = vu->kind == TYPE_INTERFACE;
    if (v_iface && vu->has_terms && vu->nterms == 0) return true;
    if (tu->has_terms && tu->nterms == 0) {
        *cause = SAY("cannot %s %s (empty type set)", verb, tstr(c, t));
        return false;
    }
    if (missing_method(c, v, t, true, quiet ? NULL : &why)) {
        *cause = SAY("%s does not %s %s %s", tstr(c, v), verb, tstr(c, t), why);
        return false;
    }
    if (tu->is_comparable) {
        bool ok = is_strictly_comparable(c, v, false, NULL) || (constraint && is_strictly_comparable(c, v, true, NULL));
        if (!ok) {
            *cause = SAY("%s does not %s comparable", tstr(c, v), verb);
            return false;
        }
    }
    if (!tu->has_terms) return true;
    if (v_iface) {
        if (!vu->has_terms) {
            *cause = SAY("%s does not %s %s", tstr(c, v), verb, tstr(c, t));
            return false;
        }
        for (uint32_t i = 0; i < vu->nterms; i++) {
            TypeTerm x = vu->terms[i];
            bool ok = false;
            for (uint32_t k = 0; k < tu->nterms && !ok; k++) {
                TypeTerm y = tu->terms[k];
                ok = type_identical(c, x.type, y.type) ? y.tilde || !x.tilde
                                                       : y.tilde && type_identical(c, under(c, x.type), y.type);
            }
            if (!ok) {
                *cause = SAY("%s does not %s %s (%s%s missing in %s)", tstr(c, v), verb, tstr(c, t), x.tilde ? "~" : "",
                    tstr(c, x.type), terms_str(c, tu));
                return false;
            }
        }
        return true;
    }
    if (!in_type_set(c, v, tu)) {
        Type *alt = NULL;
        for (uint32_t k = 0; k < tu->nterms; k++)
            if (!tu->terms[k].tilde && type_identical(c, tu->terms[k].type, type_under(c, tu->terms[k].type)) &&
                type_identical(c, type_under(c, v), tu->terms[k].type)) {
                alt = tu->terms[k].type;
                break;
            }
        if (alt)
            *cause = SAY("%s does not %s %s (possibly missing ~ for %s in %s)", tstr(c, v), verb, tstr(c, t), tstr(c, alt),
                tstr(c, t));
        else
            *cause = SAY("%s does not %s %s (%s missing in %s)", tstr(c, v), verb, tstr(c, t), tstr(c, v), terms_str(c, tu));
        return false;
    }
    return true;
#undef SAY
}

bool assertable(Checker *c, Type *v, Type *t, const char **cause) {
    if (type_is_interface(c, t)) return true;
    return missing_method(c, t, v, false, cause) == NULL;
}

const char *lookup_error(Checker *c, Type *t, const Name *sel, bool struct_lit) {
    Arena *a = c->arena;
    Lookup r = lookup_member(c, t, struct_lit, c->env.pkg, sel, true);
    const Name *alt = NULL;
    const char *what = "field";
    if (r.kind == LOOK_FIELD) {
        alt = r.field->name;
    } else if (r.kind == LOOK_METHOD) {
        alt = r.method->name;
        what = "method";
    } else if (r.kind == LOOK_IFACE) {
        alt = type_under(c, r.recv)->methods[r.imethod].name;
        what = "method";
    }
    const char *ts = tstr(c, t), *name = sel->text;
    if (struct_lit && (r.kind != LOOK_FIELD || r.npath != 1)) alt = NULL;
    if (!alt) {
        if (struct_lit) return arena_printf(a, "unknown field %s in struct literal of type %s", name, ts);
        return arena_printf(a, "type %s has no field or method %s", ts, name);
    }
    Package *pkg = r.kind == LOOK_FIELD ? r.field->pkg : r.kind == LOOK_METHOD ? r.method->pkg : type_under(c, r.recv)->methods[r.imethod].pkg;
    if (r.kind == LOOK_IFACE && r.recv == c->error_type) pkg = NULL;
    bool same_tail = strcmp(alt->text + 1, name + 1) == 0;
    bool helps = pkg == c->env.pkg || (name_is_exported(alt) && (name_is_exported(sel) || same_tail));
    if (!helps && alt == sel) {
        if (struct_lit) return arena_printf(a, "cannot refer to unexported field %s in struct literal of type %s", name, ts);
        return arena_printf(a, "cannot refer to unexported %s %s", what, name);
    }
    if (!helps && name_is_exported(sel) && same_tail) {
        if (struct_lit)
            return arena_printf(a, "unknown field %s in struct literal of type %s, but does have unexported %s", name, ts, alt->text);
        return arena_printf(a, "type %s has no field or method %s, but does have unexported %s %s", ts, name, what, alt->text);
    }
    if (!helps) {
        if (struct_lit) return arena_printf(a, "unknown field %s in struct literal of type %s", name, ts);
        return arena_printf(a, "type %s has no field or method %s", ts, name);
    }
    if (struct_lit) return arena_printf(a, "unknown field %s in struct literal of type %s, but does have %s", name, ts, alt->text);
    return arena_printf(a, "type %s has no field or method %s, but does have %s %s", ts, name, what, alt->text);
}

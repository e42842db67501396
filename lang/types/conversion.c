// conversion.c: T(x).
#include "types/types_impl.h"

/* same_but_tags: identical when struct tags are ignored. */
static bool same_but_tags(Checker *c, Type *a, Type *b, int depth) {
    if (a == b || type_identical(c, a, b)) return true;
    if (a->kind != b->kind || depth > 50) return false;
    switch (a->kind) {
    case TYPE_POINTER: case TYPE_SLICE: return same_but_tags(c, a->elem, b->elem, depth + 1);
    case TYPE_ARRAY: return a->len == b->len && same_but_tags(c, a->elem, b->elem, depth + 1);
    case TYPE_MAP: return same_but_tags(c, a->key, b->key, depth + 1) && same_but_tags(c, a->elem, b->elem, depth + 1);
    case TYPE_CHAN: return a->dir == b->dir && same_but_tags(c, a->elem, b->elem, depth + 1);
    case TYPE_FUNC:
        if (a->nparams != b->nparams || a->nresults != b->nresults || a->variadic != b->variadic) return false;
        for (uint32_t i = 0; i < a->nparams; i++)
            if (!same_but_tags(c, a->params[i], b->params[i], depth + 1)) return false;
        for (uint32_t i = 0; i < a->nresults; i++)
            if (!same_but_tags(c, a->results[i], b->results[i], depth + 1)) return false;
        return true;
    case TYPE_STRUCT:
        if (a->nfields != b->nfields) return false;
        for (uint32_t i = 0; i < a->nfields; i++) {
            StructField *f = &a->fields[i], *g = &b->fields[i];
            if (f->embedded != g->embedded || !same_id(f->pkg, f->name, g->pkg, g->name) ||
                !same_but_tags(c, f->type, g->type, depth + 1))
                return false;
        }
        return true;
    default: return false;
    }
}

static bool is_bytes_or_runes(Checker *c, Type *u) {
    if (u->kind != TYPE_SLICE) return false;
    Type *e = type_under(c, u->elem);
    return e->kind == TYPE_UINT8 || e->kind == TYPE_INT32;
}

static bool each_term(Checker *c, Operand *x, Type *v, Type *t, const char **cause) {
    bool vp = v->kind == TYPE_PARAM;
    Type *i = type_constraint(c, vp ? v : t);
    if (!i->has_terms || !i->nterms) return false;
    for (uint32_t k = 0; k < i->nterms; k++) {
        Operand y = *x;
        Type *to = t;
        if (vp)
            y.type = i->terms[k].type;
        else
            to = i->terms[k].type;
        if (convertible(c, &y, to, NULL)) continue;
        if (cause) {
            if (vp)
                *cause = arena_printf(c->arena, "cannot convert %s (in %s) to type %s", tstr(c, y.type), tstr(c, v), tstr(c, t));
            else
                *cause = arena_printf(c->arena, "cannot convert %s to type %s (in %s)", tstr(c, v), tstr(c, to), tstr(c, t));
        }
        return false;
    }
    return true;
}

bool convertible(Checker *c, Operand *x, Type *t, const char **cause) {
    if (assignable(c, x, t, cause)) return true;
    Type *v = x->type;
    bool vp = v->kind == TYPE_PARAM, tp = t->kind == TYPE_PARAM;
    Type *vu = type_under(c, v), *tu = type_under(c, t);
    if (!vp && !tp) {
        if (same_but_tags(c, vu, tu, 0)) return true;
        if (v->kind == TYPE_POINTER && t->kind == TYPE_POINTER && v->elem->kind != TYPE_PARAM && t->elem->kind != TYPE_PARAM &&
            same_but_tags(c, type_under(c, v->elem), type_under(c, t->elem), 0))
            return true;
        bool vn = type_is_integer(c, vu) || type_is_float(c, vu), tn = type_is_integer(c, tu) || type_is_float(c, tu);
        if (vn && tn) return true;
        if (type_is_complex(c, vu) && type_is_complex(c, tu)) return true;
        if (type_is_string(c, tu) && (type_is_integer(c, vu) || is_bytes_or_runes(c, vu))) return true;
        if (type_is_string(c, vu) && is_bytes_or_runes(c, tu)) return true;
        bool v_ptr = vu->kind == TYPE_POINTER || vu->kind == TYPE_UINTPTR, t_ptr = tu->kind == TYPE_POINTER || tu->kind == TYPE_UINTPTR;
        if ((v_ptr || vu->kind == TYPE_UNSAFE_POINTER) && tu->kind == TYPE_UNSAFE_POINTER) return true;
        if (vu->kind == TYPE_UNSAFE_POINTER && t_ptr) return true;
        if (vu->kind == TYPE_SLICE) {
            if (tu->kind == TYPE_ARRAY && type_identical(c, vu->elem, tu->elem)) return true;
            if (tu->kind == TYPE_POINTER) {
                Type *a = type_under(c, tu->elem);
                if (a->kind == TYPE_ARRAY && type_identical(c, vu->elem, a->elem)) return true;
            }
        }
        return false;
    }
    if (vp && tp) {
        Type *i = type_constraint(c, v);
        if (!i->has_terms || !i->nterms) return false;
        for (uint32_t k = 0; k < i->nterms; k++) {
            Operand y = *x;
            y.type = i->terms[k].type;
            if (!each_term(c, &y, y.type, t, NULL)) {
                if (cause)
                    *cause = arena_printf(c->arena, "cannot convert %s (in %s) to type %s", tstr(c, y.type), tstr(c, v), tstr(c, t));
                return false;
            }
        }
        return true;
    }
    return each_term(c, x, v, t, cause);
}

static bool const_convertible(Checker *c, Operand *x, Type *t, const Const **v) {
    Type *u = type_under(c, t);
    if (u->kind > TYPE_STRING) return false;
    if (representable(c, x->cv, u, v)) return true;
    if (!type_is_integer(c, x->type) || u->kind != TYPE_STRING) return false;
    bool exact;
    int64_t r = const_int64(x->cv, &exact);
    if (!exact || r < 0 || r > 0x10FFFF || (r >= 0xD800 && r <= 0xDFFF)) r = 0xFFFD;
    char buf[4];
    size_t n = 0;
    if (r < 0x80) {
        buf[n++] = (char)r;
    } else if (r < 0x800) {
        buf[n++] = (char)(0xC0 | r >> 6);
    } else if (r < 0x10000) {
        buf[n++] = (char)(0xE0 | r >> 12);
        buf[n++] = (char)(0x80 | (r >> 6 & 63));
    } else {
        buf[n++] = (char)(0xF0 | r >> 18);
        buf[n++] = (char)(0x80 | (r >> 12 & 63));
        buf[n++] = (char)(0x80 | (r >> 6 & 63));
    }
    if (r >= 0x80) buf[n++] = (char)(0x80 | (r & 63));
    *v = const_string(c->arena, buf, n);
    return true;
}

void check_conversion(Checker *c, Operand *x, Type *t) {
    const Expr *te = c->target_spelling;
    c->target_spelling = NULL;
    bool const_arg = x->mode == MODE_CONST && is_const_type(c, x->type), ok = false;
    const char *cause = NULL;
    bool was_const = x->mode == MODE_CONST;
    if (const_arg && t->kind != TYPE_PARAM && is_const_type(c, t)) {
        const Const *v;
        ok = const_convertible(c, x, t, &v);
        if (ok) {
            x->cv = v;
        } else if (type_is_integer(c, x->type) && type_is_integer(c, t)) {
            err_node(c, x->expr, E_CONST, "constant %s overflows %s", const_print(c->arena, x->cv), spelled_tstr(c, t, te));
            x->mode = MODE_INVALID;
            return;
        }
    } else if (const_arg && t->kind == TYPE_PARAM) {
        Type *i = type_constraint(c, t);
        ok = i->has_terms && i->nterms;
        if (!ok) cause = arena_printf(c->arena, "%s does not contain specific types", tstr(c, t));
        for (uint32_t k = 0; k < i->nterms && ok; k++) {
            const Const *v;
            Type *u = type_under(c, i->terms[k].type);
            if (is_const_type(c, u)) {
                ok = const_convertible(c, x, u, &v);
                if (!ok && type_is_integer(c, x->type) && type_is_integer(c, u))
                    cause = arena_printf(c->arena, "constant %s overflows %s (in %s)", const_print(c->arena, x->cv), tstr(c, u), tstr(c, t));
                else if (!ok)
                    cause = arena_printf(c->arena, "cannot convert %s to type %s (in %s)", opstr(c, x), tstr(c, u), tstr(c, t));
            } else {
                ok = convertible(c, x, u, NULL);
                if (!ok) cause = arena_printf(c->arena, "cannot convert %s to type %s (in %s)", opstr(c, x), tstr(c, u), tstr(c, t));
            }
        }
        x->mode = MODE_VALUE;  // also for messages
    } else if (convertible(c, x, t, &cause)) {
        ok = true;
        if (x->mode != MODE_NIL) x->mode = MODE_VALUE;
    }
    if (!ok) {
        if (cause && *cause)
            err_node(c, x->expr, E_MISMATCH, "cannot convert %s to type %s: %s", opstr(c, x), spelled_tstr(c, t, te), cause);
        else
            err_node(c, x->expr, E_MISMATCH, "cannot convert %s to type %s", opstr(c, x), spelled_tstr(c, t, te));
        x->mode = MODE_INVALID;
        return;
    }
    if (is_untyped(x->type)) {
        Type *final = t;
        if (x->mode == MODE_NIL) {
            final = t;
        } else if ((type_is_interface(c, t) && t->kind != TYPE_PARAM) || (was_const && !is_const_type(c, t))) {
            final = type_default(c, x->type);
        } else if (was_const && type_is_integer(c, x->type) && type_is_string(c, t)) {
            final = type_default(c, x->type);
            if (!representable(c, x->expr->cv ? x->expr->cv : x->cv, final, NULL)) final = x->type;
        }
        if (x->expr) {
            // The constant of the argument node stays what it was before the conversion.
            set_expr_type(c, x->expr, final);
        }
    }
    if (x->mode == MODE_NIL) x->mode = MODE_VALUE;
    x->type = t;
}

// builtin.c: calls of the predeclared functions and of package unsafe's.
#include "types/types_impl.h"

static const struct {
    const char *name;
    uint8_t nargs;
    bool variadic, stmt;
} info[] = {
#define BUILTIN(id, name, nargs, variadic, stmt) {name, nargs, variadic, stmt},
#include "types/builtin.def"
#undef BUILTIN
};

typedef struct Builtin {
    CallExpr *call;
    BuiltinId id;
    Operand *args;
    uint32_t nargs;
} Builtin;

/* record_sig gives the builtin's name the signature it has in this call. */
static void record_sig(Checker *c, CallExpr *e, Type *result, Type **params, uint32_t n, bool variadic) {
    Type *sig = type_func(c, params, n, &result, result ? 1 : 0, variadic);
    for (Expr *f = e->fun;; f = AS(ParenExpr, f)->x) {
        f->mode = MODE_BUILTIN;
        f->type = sig;
        if (f->kind != EXPR_PAREN) break;
    }
}

static bool each(Checker *c, Type *t, bool (*ok)(Checker *c, Type *u)) {
    if (t->kind != TYPE_PARAM) return ok(c, type_under(c, t));
    Type *i = type_constraint(c, t);
    if (!i->has_terms || !i->nterms) return false;
    for (uint32_t k = 0; k < i->nterms; k++)
        if (!each(c, i->terms[k].type, ok)) return false;
    return true;
}

/* slice_elem gives the element type of a slice argument, all types of its set taken together; string counts as []byte when allowed. */
static Type *slice_elem(Checker *c, Operand *x, bool string_ok, const char **cause) {
    if (x->mode == MODE_NIL) {
        *cause = "argument must be a slice; have untyped nil";
        return NULL;
    }
    bool bytestring;
    Type *u = core_or_string(c, x->type, &bytestring);
    if (u && u->kind == TYPE_SLICE && (!bytestring || string_ok)) return u->elem;
    if (u && string_ok && (u->kind == TYPE_STRING || u->kind == TYPE_UNTYPED_STRING)) return c->basic[TYPE_UINT8];
    if (x->type->kind == TYPE_PARAM) {
        Type *i = type_constraint(c, x->type), *elem = NULL;
        for (uint32_t k = 0; i->has_terms && k < i->nterms; k++) {
            Type *s = type_under(c, i->terms[k].type);
            if (s->kind != TYPE_SLICE) break;
            if (elem && !type_identical(c, elem, s->elem)) {
                *cause = arena_printf(c->arena, "mismatched slice element types %s and %s in %s", tstr(c, elem), tstr(c, s->elem), opstr(c, x));
                return NULL;
            }
            elem = s->elem;
        }
    }
    *cause = arena_printf(c->arena, "argument must be a slice; have %s", opstr(c, x));
    return NULL;
}

static void err_append_count(Checker *c, const Expr *at, const char *what, Builtin *b, Type *s, Type *elem) {
    Type **have = NEWN(c, Type *, b->nargs + 1);
    for (uint32_t i = 0; i < b->nargs; i++) have[i] = b->args[i].type;
    err_node(c, at, E_CALL, "%s arguments in call to append\n\thave %s\n\twant (%s, ...%s)", what,
        types_summary(c, have, NULL, b->nargs, false, true), tstr(c, s), tstr(c, elem));
}

static bool do_append(Checker *c, Operand *x, Builtin *b) {
    const char *cause;
    Type *s = x->type;
    Type *elem = NULL;
    if (b->nargs > 0 && x->mode != MODE_NIL) elem = slice_elem(c, x, false, &cause);
    if (!elem) {
        slice_elem(c, x, false, &cause);
        err_node(c, x->expr, E_CALL, "invalid append: %s", cause);
        return false;
    }
    CallExpr *e = b->call;
    // append([]byte, string...) is a case of its own.
    if (b->nargs == 2 && e->dots && type_under(c, elem)->kind == TYPE_UINT8) {
        Operand *y = &b->args[1];
        bool bs;
        Type *u = y->mode == MODE_NIL ? NULL : core_or_string(c, y->type, &bs);
        if (u && (u->kind == TYPE_STRING || u->kind == TYPE_UNTYPED_STRING || bs)) {
            if (is_untyped(y->type)) default_type_operand(c, y);
            Type *params[2] = {s, y->type};
            record_sig(c, e, s, params, 2, true);
            x->mode = MODE_VALUE;
            x->type = s;
            return true;
        }
    }
    if (e->dots && b->nargs != 2) {
        if (b->nargs < 2)
            err_append_count(c, b->args[0].expr, "not enough", b, s, elem);
        else
            err_append_count(c, b->args[2].expr, "too many", b, s, elem);
        return false;
    }
    Type *params[2] = {s, type_slice(c, elem)};
    for (uint32_t i = 1; i < b->nargs; i++) {
        const Expr *spelled = b->args[i].type == elem ? NULL : spelled_type(c, x->expr);
        c->target_spelling = e->dots ? spelled : spelled_elem(c, spelled, false);
        check_assignment(c, &b->args[i], e->dots ? params[1] : elem, "argument to append");
    }
    record_sig(c, e, s, params, 2, true);
    x->mode = MODE_VALUE;
    x->type = s;
    return true;
}

static bool len_kind(Checker *c, Type *u) {
    if (u->kind == TYPE_POINTER) return type_under(c, u->elem)->kind == TYPE_ARRAY;
    return u->kind == TYPE_STRING || u->kind == TYPE_UNTYPED_STRING || u->kind == TYPE_ARRAY || u->kind == TYPE_SLICE ||
           u->kind == TYPE_MAP || u->kind == TYPE_CHAN;
}
static bool cap_kind(Checker *c, Type *u) {
    return len_kind(c, u) && u->kind != TYPE_STRING && u->kind != TYPE_UNTYPED_STRING && u->kind != TYPE_MAP;
}

static bool do_len_cap(Checker *c, Operand *x, Builtin *b, bool had_call) {
    bool is_len = b->id == BUILTIN_LEN;
    Type *u = type_under(c, x->type);
    Type *array = u->kind == TYPE_ARRAY ? u
                  : u->kind == TYPE_POINTER && type_under(c, u->elem)->kind == TYPE_ARRAY ? type_under(c, u->elem) : NULL;
    Type *t = x->type;
    if (x->mode == MODE_CONST && type_is_string(c, t) && is_len) {
        x->cv = const_int(c->arena, (int64_t)const_text_len(x->cv));
        if (is_untyped(t)) set_expr_type(c, b->args[0].expr, c->basic[TYPE_STRING]);
    } else if (array && t->kind != TYPE_PARAM && !c->env.has_call_or_recv) {
        x->cv = const_int(c->arena, array->len);
        x->mode = MODE_CONST;
    } else if (x->mode != MODE_NIL && each(c, t, is_len ? len_kind : cap_kind)) {
        x->mode = MODE_VALUE;
        if (is_untyped(t)) default_type_operand(c, &b->args[0]);
    } else {
        err_node(c, x->expr, E_CALL, "invalid argument: %s for built-in %s", opstr(c, x), info[b->id].name);
        return false;
    }
    if (x->mode != MODE_CONST) record_sig(c, b->call, c->basic[TYPE_INT], &t, 1, false);
    x->type = c->basic[TYPE_INT];
    return true;
}

static bool map_or_slice(Checker *c, Type *u) { return u->kind == TYPE_MAP || u->kind == TYPE_SLICE; }

static bool do_close(Checker *c, Operand *x, Builtin *b) {
    Type *t = x->type;
    Type *i = t->kind == TYPE_PARAM ? type_constraint(c, t) : NULL;
    uint32_t n = i ? i->nterms : 1;
    if (i && !n) {
        err_node(c, x->expr, E_CALL, "invalid operation: cannot close non-channel %s", opstr(c, x));
        return false;
    }
    for (uint32_t k = 0; k < n; k++) {
        Type *u = type_under(c, i ? i->terms[k].type : t);
        if (u->kind != TYPE_CHAN) {
            err_node(c, x->expr, E_CALL, "invalid operation: cannot close non-channel %s", opstr(c, x));
            return false;
        }
        if (u->dir == CHAN_RECV) {
            err_node(c, x->expr, E_CALL, "invalid operation: cannot close receive-only channel %s", opstr(c, x));
            return false;
        }
    }
    record_sig(c, b->call, NULL, &t, 1, false);
    x->mode = MODE_NOVALUE;
    return true;
}

static Type *complex_of(Checker *c, Type *f) {
    switch (type_under(c, f)->kind) {
    case TYPE_FLOAT32: return c->basic[TYPE_COMPLEX64];
    case TYPE_FLOAT64: return c->basic[TYPE_COMPLEX128];
    case TYPE_UNTYPED_FLOAT: case TYPE_UNTYPED_INT: case TYPE_UNTYPED_RUNE: return c->basic[TYPE_UNTYPED_COMPLEX];
    default: return NULL;
    }
}

static bool do_complex(Checker *c, Operand *x, Builtin *b) {
    Operand *y = &b->args[1];
    // Two untyped constants meet as floats; one untyped operand takes the other's type.
    int d = (is_untyped(x->type) ? 1 : 0) | (is_untyped(y->type) ? 2 : 0);
    if (d == 1) convert_untyped(c, x, y->type);
    if (d == 2) convert_untyped(c, y, x->type);
    if (d == 3) {
        if (x->mode == MODE_CONST && y->mode == MODE_CONST) {
            Operand *both[2] = {x, y};
            for (int i = 0; i < 2; i++)
                if (type_is_numeric(c, both[i]->type) && const_sign(const_imag(c->arena, both[i]->cv)) == 0)
                    both[i]->type = c->basic[TYPE_UNTYPED_FLOAT];
        } else {
            convert_untyped(c, x, c->basic[TYPE_FLOAT64]);
            convert_untyped(c, y, c->basic[TYPE_FLOAT64]);
        }
    }
    if (x->mode == MODE_INVALID || y->mode == MODE_INVALID) return false;
    if (!type_identical(c, x->type, y->type)) {
        err_node(c, x->expr, E_CALL, "invalid operation: %s (mismatched types %s and %s)", estr(c, &b->call->e), tstr(c, x->type),
            tstr(c, y->type));
        return false;
    }
    Type *r = x->type->kind == TYPE_PARAM ? NULL : complex_of(c, x->type);
    if (!r) {
        err_node(c, x->expr, E_CALL, "invalid argument: arguments have type %s, expected floating-point", tstr(c, x->type));
        return false;
    }
    if (x->mode == MODE_CONST && y->mode == MODE_CONST) {
        const Const *re = const_to_float(c->arena, x->cv), *im = const_to_float(c->arena, y->cv);
        x->cv = const_complex(c->arena, const_kind(re) == CONST_UNKNOWN ? x->cv : re, const_kind(im) == CONST_UNKNOWN ? y->cv : im);
    } else {
        x->mode = MODE_VALUE;
        Type *params[2] = {x->type, x->type};
        record_sig(c, b->call, r, params, 2, false);
    }
    x->type = r;
    return true;
}

static bool do_real_imag(Checker *c, Operand *x, Builtin *b) {
    if (is_untyped(x->type)) {
        if (x->mode == MODE_CONST) {
            if (type_is_numeric(c, x->type)) x->type = c->basic[TYPE_UNTYPED_COMPLEX];
        } else {
            convert_untyped(c, x, c->basic[TYPE_COMPLEX128]);
            if (x->mode == MODE_INVALID) return false;
        }
    }
    Type *r = NULL, *t = x->type;
    if (t->kind != TYPE_PARAM) switch (type_under(c, t)->kind) {
        case TYPE_COMPLEX64: r = c->basic[TYPE_FLOAT32]; break;
        case TYPE_COMPLEX128: r = c->basic[TYPE_FLOAT64]; break;
        case TYPE_UNTYPED_COMPLEX: r = c->basic[TYPE_UNTYPED_FLOAT]; break;
        default: break;
        }
    if (!r) {
        err_node(c, x->expr, E_CALL, "invalid argument: argument has type %s, expected complex type", tstr(c, t));
        return false;
    }
    if (x->mode == MODE_CONST) {
        x->cv = b->id == BUILTIN_REAL ? const_real(c->arena, x->cv) : const_imag(c->arena, x->cv);
        x->cv = const_to_float(c->arena, x->cv);
    } else {
        x->mode = MODE_VALUE;
        record_sig(c, b->call, r, &t, 1, false);
    }
    x->type = r;
    return true;
}

static bool do_copy(Checker *c, Operand *x, Builtin *b) {
    Operand *y = &b->args[1];
    const char *cause;
    Type *dst = slice_elem(c, x, false, &cause);
    if (!dst) {
        err_node(c, x->expr, E_CALL, "invalid copy: %s", cause);
        return false;
    }
    Type *src = slice_elem(c, y, true, &cause);
    if (!src) {
        err_node(c, y->expr, E_CALL, "invalid copy: %s", cause);
        return false;
    }
    if (!type_identical(c, dst, src)) {
        err_node(c, x->expr, E_CALL, "invalid copy: arguments %s and %s have different element types %s and %s", opstr(c, x),
            opstr(c, y), tstr(c, dst), tstr(c, src));
        return false;
    }
    if (is_untyped(y->type)) default_type_operand(c, y);
    Type *params[2] = {x->type, y->type};
    record_sig(c, b->call, c->basic[TYPE_INT], params, 2, false);
    x->mode = MODE_VALUE;
    x->type = c->basic[TYPE_INT];
    return true;
}

static bool do_delete(Checker *c, Operand *x, Builtin *b) {
    Type *t = x->type, *key = NULL;
    Type *i = t->kind == TYPE_PARAM ? type_constraint(c, t) : NULL;
    uint32_t n = i ? i->nterms : 1;
    for (uint32_t k = 0; k < n; k++) {
        Type *u = type_under(c, i ? i->terms[k].type : t);
        if (u->kind != TYPE_MAP) {
            err_node(c, x->expr, E_CALL, "invalid argument: %s is not a map", opstr(c, x));
            return false;
        }
        if (key && !type_identical(c, key, u->key)) {
            err_node(c, x->expr, E_CALL, "invalid argument: maps of %s must have identical key types", opstr(c, x));
            return false;
        }
        key = u->key;
    }
    if (!key) {
        err_node(c, x->expr, E_CALL, "invalid argument: %s is not a map", opstr(c, x));
        return false;
    }
    check_assignment(c, &b->args[1], key, "argument to delete");
    if (b->args[1].mode == MODE_INVALID) return false;
    Type *params[2] = {t, key};
    record_sig(c, b->call, NULL, params, 2, false);
    x->mode = MODE_NOVALUE;
    return true;
}

static bool do_make(Checker *c, Operand *x, CallExpr *e) {
    Type *t = check_var_type(c, e->args[0]);
    if (!is_valid(t)) {
        use_exprs(c, e->args + 1, e->nargs - 1);
        return false;
    }
    const char *cause = NULL;
    Type *u = common_under(c, t, &cause);
    uint32_t min = 1;
    switch (u ? u->kind : TYPE_INVALID) {
    case TYPE_SLICE: min = 2; break;
    case TYPE_MAP: case TYPE_CHAN: break;
    default:
        if (u) cause = "type must be slice, map, or channel";
        err_node(c, e->args[0], E_CALL, "invalid argument: cannot make %s: %s", estr(c, e->args[0]), cause ? cause : "no specific type");
        use_exprs(c, e->args + 1, e->nargs - 1);
        return false;
    }
    if (e->nargs < min || e->nargs > min + 1) {
        err_node(c, e, E_CALL, "invalid operation: %s expects %u or %u arguments; found %u", estr(c, &e->e), min, min + 1, e->nargs);
        use_exprs(c, e->args + 1, e->nargs - 1);
        return false;
    }
    int64_t sizes[2] = {-1, -1};
    Type *params[3] = {t};
    for (uint32_t i = 1; i < e->nargs; i++) {
        // Sizes may be floating-point constants with integer values.
        Operand y;
        check_expr(c, &y, e->args[i]);
        if (is_valid_index(c, &y, "index", false) && y.mode == MODE_CONST) sizes[i - 1] = const_int64(y.cv, NULL);
        params[i] = c->basic[TYPE_INT];
    }
    if (e->nargs == 3 && sizes[0] >= 0 && sizes[1] >= 0 && sizes[0] > sizes[1])
        err_node(c, e->args[1], E_CALL, "invalid argument: length and capacity swapped");
    record_sig(c, e, t, params, e->nargs, false);
    x->mode = MODE_VALUE;
    x->type = t;
    return true;
}

static bool do_min_max(Checker *c, Operand *x, Builtin *b) {
    for (uint32_t i = 0; i < b->nargs; i++)
        if (!is_ordered(c, b->args[i].type)) {
            err_node(c, b->args[i].expr, E_CALL, "invalid argument: %s cannot be ordered", opstr(c, &b->args[i]));
            return false;
        }
    ConstOp op = b->id == BUILTIN_MIN ? CONST_LT : CONST_GT;
    for (uint32_t i = 1; i < b->nargs; i++) {
        Operand *a = &b->args[i];
        bool ok;
        match_types(c, x, a, &ok);
        if (!ok) return false;
        if (!type_identical(c, x->type, a->type)) {
            err_node(c, a->expr, E_CALL, "invalid argument: mismatched types %s (previous argument) and %s (type of %s)",
                tstr(c, x->type), tstr(c, a->type), estr(c, a->expr));
            return false;
        }
        if (x->mode == MODE_CONST && a->mode == MODE_CONST) {
            if (const_compare(a->cv, op, x->cv)) x->cv = a->cv;
        } else {
            x->mode = MODE_VALUE;
        }
    }
    // A mix of constants and values takes the values' type everywhere.
    if (x->mode != MODE_CONST) {
        Type *t = type_default(c, x->type);
        Type **params = NEWN(c, Type *, b->nargs + 1);
        for (uint32_t i = 0; i < b->nargs; i++) {
            if (is_untyped(b->args[i].expr->type)) set_expr_type(c, b->args[i].expr, t);
            params[i] = t;
        }
        x->mode = MODE_VALUE;
        x->type = t;
        record_sig(c, b->call, t, params, b->nargs, false);
    }
    return true;
}

static bool do_new(Checker *c, Operand *x, CallExpr *e) {
    Operand arg;
    check_expr_or_type(c, &arg, e->args[0], false);
    Type *t;
    if (arg.mode == MODE_TYPE) {
        t = arg.type;
        Type *u = type_under(c, t);
        if (t->kind != TYPE_PARAM && u->kind == TYPE_INTERFACE && (u->has_terms || u->is_comparable)) check_var_type(c, e->args[0]);
    } else {
        if (arg.mode == MODE_INVALID) return false;
        if (arg.mode == MODE_BUILTIN) {
            err_node(c, e->args[0], E_CALL, "%s must be called", opstr(c, &arg));
            return false;
        }
        check_assignment(c, &arg, NULL, "argument to new");
        if (arg.mode == MODE_INVALID) return false;
        t = arg.type;
    }
    if (!is_valid(t)) return false;
    record_sig(c, e, type_pointer(c, t), &t, 1, false);
    x->mode = MODE_VALUE;
    x->type = type_pointer(c, t);
    return true;
}

/* has_var_size: the size depends on a type parameter, so it is no constant. */
static bool has_var_size(Checker *c, Type *t, int depth) {
    if (!t->has_tparam || depth > 50) return false;
    if (t->kind == TYPE_PARAM) return true;
    Type *u = type_under(c, t);
    if (u->kind == TYPE_ARRAY) return has_var_size(c, u->elem, depth + 1);
    if (u->kind == TYPE_STRUCT)
        for (uint32_t i = 0; i < u->nfields; i++)
            if (has_var_size(c, u->fields[i].type, depth + 1)) return true;
    return false;
}

static bool do_offsetof(Checker *c, Operand *x, CallExpr *e) {
    Expr *arg = ast_unparen(e->args[0]);
    if (arg->kind != EXPR_SELECTOR) {
        err_node(c, e->args[0], E_CALL, "invalid argument: %s is not a selector expression", estr(c, e->args[0]));
        use_exprs(c, e->args, 1);
        return false;
    }
    SelectorExpr *s = AS(SelectorExpr, arg);
    check_expr(c, x, s->x);
    if (x->mode == MODE_INVALID) return false;
    Type *base = x->type;
    if (type_under(c, base)->kind == TYPE_POINTER) base = type_under(c, base)->elem;
    Lookup r = lookup_member(c, base, false, c->env.pkg, s->sel->name, false);
    if (r.kind == LOOK_NONE) {
        err_node(c, x->expr, E_CALL, "invalid argument: %s has no single field %s", tstr(c, base), s->sel->name->text);
        return false;
    }
    if (r.kind != LOOK_FIELD) {
        err_node(c, e->args[0], E_CALL, "invalid argument: %s is a method value", estr(c, e->args[0]));
        return false;
    }
    int64_t offset = 0;
    Type *t = base;
    for (uint32_t i = 0; i < r.npath; i++) {
        if (i > 0 && r.path[i].deref) {
            err_node(c, x->expr, E_CALL, "invalid argument: field %s is embedded via a pointer in %s", s->sel->name->text, tstr(c, base));
            return false;
        }
        offset += type_offsetof(c, type_under(c, t), r.path[i].index);
        t = type_under(c, t)->fields[r.path[i].index].type;
    }
    s->e.type = r.type;
    s->e.mode = MODE_VAR;
    Selection *sel = NEW(c, Selection);
    *sel = (Selection){.kind = SEL_FIELD, .path = r.path, .npath = r.npath, .x_type = x->type, .type = r.type, .name = s->sel->name};
    s->selection = sel;
    x->type = c->basic[TYPE_UINTPTR];
    if (has_var_size(c, base, 0)) {
        x->mode = MODE_VALUE;
        record_sig(c, e, x->type, &r.type, 1, false);
    } else {
        x->mode = MODE_CONST;
        x->cv = const_int(c->arena, offset);
    }
    return true;
}

static bool do_unsafe(Checker *c, Operand *x, Builtin *b) {
    CallExpr *e = b->call;
    Type *t = x->type;
    Type *params[2] = {t, c->basic[TYPE_INT]};
    switch (b->id) {
    case BUILTIN_UNSAFE_ADD:
        check_assignment(c, x, c->basic[TYPE_UNSAFE_POINTER], "argument to unsafe.Add");
        if (x->mode == MODE_INVALID || !is_valid_index(c, &b->args[1], "length", true)) return false;
        params[0] = x->type = c->basic[TYPE_UNSAFE_POINTER];
        record_sig(c, e, x->type, params, 2, false);
        break;
    case BUILTIN_UNSAFE_ALIGNOF: case BUILTIN_UNSAFE_SIZEOF:
        check_assignment(c, x, NULL, b->id == BUILTIN_UNSAFE_SIZEOF ? "argument to unsafe.Sizeof" : "argument to unsafe.Alignof");
        if (x->mode == MODE_INVALID) return false;
        t = x->type;
        x->type = c->basic[TYPE_UINTPTR];
        if (has_var_size(c, t, 0)) {
            record_sig(c, e, x->type, &t, 1, false);
            break;
        }
        int64_t v = b->id == BUILTIN_UNSAFE_SIZEOF ? type_sizeof(c, t) : type_alignof(c, t);
        if (v < 0) {
            x->type = t;
            err_node(c, x->expr, E_CALL, "%s is too large", opstr(c, x));
            return false;
        }
        x->mode = MODE_CONST;
        x->cv = const_int(c->arena, v);
        return true;
    case BUILTIN_UNSAFE_SLICE: {
        Type *u = type_core(c, t);
        if (!u || u->kind != TYPE_POINTER) {
            err_node(c, x->expr, E_CALL, "invalid argument: %s is not a pointer", opstr(c, x));
            return false;
        }
        if (!is_valid_index(c, &b->args[1], "length", false)) return false;
        x->type = type_slice(c, u->elem);
        params[1] = b->args[1].type;
        record_sig(c, e, x->type, params, 2, false);
        break;
    }
    case BUILTIN_UNSAFE_SLICEDATA: {
        Type *u = type_core(c, t);
        if (!u || u->kind != TYPE_SLICE) {
            err_node(c, x->expr, E_CALL, "invalid argument: %s is not a slice", opstr(c, x));
            return false;
        }
        x->type = type_pointer(c, u->elem);
        record_sig(c, e, x->type, params, 1, false);
        break;
    }
    case BUILTIN_UNSAFE_STRING:
        check_assignment(c, x, type_pointer(c, c->basic[TYPE_UINT8]), "argument to unsafe.String");
        if (x->mode == MODE_INVALID || !is_valid_index(c, &b->args[1], "length", false)) return false;
        params[1] = b->args[1].type;
        x->type = c->basic[TYPE_STRING];
        record_sig(c, e, x->type, params, 2, false);
        break;
    default:
        check_assignment(c, x, c->basic[TYPE_STRING], "argument to unsafe.StringData");
        if (x->mode == MODE_INVALID) return false;
        params[0] = c->basic[TYPE_STRING];
        x->type = type_pointer(c, c->basic[TYPE_UINT8]);
        record_sig(c, e, x->type, params, 1, false);
    }
    x->mode = MODE_VALUE;
    return true;
}

static void any_arg(Checker *c, Operand *a, const char *context) { check_assignment(c, a, NULL, context); }

bool check_builtin(Checker *c, Operand *x, CallExpr *e, BuiltinId id) {
    const char *name = info[id].name;
    if (e->dots && id != BUILTIN_APPEND) {
        err_node(c, e, E_CALL, "invalid operation: invalid use of ... with built-in %s", name);
        use_exprs(c, e->args, e->nargs);
        return false;
    }
    // len and cap of an array are constant unless evaluating the operand calls or receives something.
    bool had_call = c->env.has_call_or_recv;
    if (id == BUILTIN_LEN || id == BUILTIN_CAP) c->env.has_call_or_recv = false;
    Builtin b = {.call = e, .id = id};
    bool types = id == BUILTIN_MAKE || id == BUILTIN_NEW || id == BUILTIN_UNSAFE_OFFSETOF;
    if (types) {
        b.nargs = e->nargs;
    } else {
        bool generic_seen = false;
        b.args = unpack_exprs(c, e->args, e->nargs, &b.nargs, false, NULL);
        if (e->nargs == 1 && e->args[0]->type && e->args[0]->type->kind == TYPE_TUPLE) e->cflags |= CALLF_TUPLE_ARG;
        for (uint32_t i = 0; i < b.nargs; i++) {
            if (b.args[i].mode == MODE_INVALID) return false;
            if (b.args[i].type->kind == TYPE_FUNC && b.args[i].type->ntparams_f) generic_seen = true;
        }
        if (generic_seen) {
            err_node(c, e->args[0], E_INFER, "cannot use generic function %s without instantiation", estr(c, e->args[0]));
            return false;
        }
    }
    const char *msg = b.nargs < info[id].nargs ? "not enough" : !info[id].variadic && b.nargs > info[id].nargs ? "too many" : NULL;
    if (msg) {
        err_node(c, e, E_CALL, "invalid operation: %s arguments for %s (expected %u, found %u)", msg, estr(c, &e->e), info[id].nargs,
            b.nargs);
        if (types) use_exprs(c, e->args, e->nargs);
        return false;
    }
    if (b.nargs && b.args) *x = b.args[0];
    bool ok = true;
    Type *t = b.nargs && b.args ? x->type : NULL;
    switch (id) {
    case BUILTIN_APPEND: ok = do_append(c, x, &b); break;
    case BUILTIN_LEN: case BUILTIN_CAP:
        ok = do_len_cap(c, x, &b, had_call);
        if (had_call) c->env.has_call_or_recv = true;
        break;
    case BUILTIN_CLEAR:
        if (!each(c, t, map_or_slice)) {
            err_node(c, x->expr, E_CALL, "invalid argument: cannot clear %s: argument must be (or constrained by) map or slice",
                opstr(c, x));
            return false;
        }
        record_sig(c, e, NULL, &t, 1, false);
        x->mode = MODE_NOVALUE;
        break;
    case BUILTIN_CLOSE: ok = do_close(c, x, &b); break;
    case BUILTIN_COMPLEX: ok = do_complex(c, x, &b); break;
    case BUILTIN_COPY: ok = do_copy(c, x, &b); break;
    case BUILTIN_DELETE: ok = do_delete(c, x, &b); break;
    case BUILTIN_IMAG: case BUILTIN_REAL: ok = do_real_imag(c, x, &b); break;
    case BUILTIN_MAKE: ok = do_make(c, x, e); break;
    case BUILTIN_MAX: case BUILTIN_MIN: ok = do_min_max(c, x, &b); break;
    case BUILTIN_NEW: ok = do_new(c, x, e); break;
    case BUILTIN_PANIC:
        check_assignment(c, x, c->empty_iface, "argument to panic");
        if (x->mode == MODE_INVALID) return false;
        record_sig(c, e, NULL, &c->empty_iface, 1, false);
        x->mode = MODE_NOVALUE;
        break;
    case BUILTIN_PRINT: case BUILTIN_PRINTLN: {
        Type **params = NEWN(c, Type *, b.nargs + 1);
        const char *context = arena_printf(c->arena, "argument to built-in %s", name);
        for (uint32_t i = 0; i < b.nargs; i++) {
            any_arg(c, &b.args[i], context);
            if (b.args[i].mode == MODE_INVALID) return false;
            params[i] = b.args[i].type;
        }
        record_sig(c, e, NULL, params, b.nargs, false);
        x->mode = MODE_NOVALUE;
        break;
    }
    case BUILTIN_RECOVER:
        record_sig(c, e, c->empty_iface, NULL, 0, false);
        x->mode = MODE_VALUE;
        x->type = c->empty_iface;
        if (c->env.func) c->env.func->has_recover = true;
        break;
    case BUILTIN_UNSAFE_OFFSETOF: ok = do_offsetof(c, x, e); break;
    default: ok = do_unsafe(c, x, &b);
    }
    if (ok && x->mode == MODE_NOVALUE) x->type = type_tuple(c, NULL, 0);
    return ok;
}

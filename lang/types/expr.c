/* expr.c: expressions.
 *
 * check_raw evaluates one expression into an Operand and records the result on the node. Untyped constants and values keep their
 * untyped kind on the nodes until the context gives them a type; set_expr_type then walks down again and writes the final one. */
#include "types/types_impl.h"

static Type *invalid(Checker *c) { return c->basic[TYPE_INVALID]; }
static bool is_num_kind(const Type *t) { return t->kind >= TYPE_UNTYPED_INT && t->kind <= TYPE_UNTYPED_COMPLEX; }

bool has_nil_operand(const Operand *x) { return x->mode == MODE_NIL; }

void record_operand(Checker *c, Operand *x) {
    Expr *e = x->expr;
    e->mode = x->mode;
    e->type = x->type;
    e->cv = x->mode == MODE_CONST ? (Const *)x->cv : NULL;
}

/* ---- constants that fit their types ---- */

enum { FIT_OK, FIT_NO, FIT_TRUNCATED, FIT_OVERFLOW };

bool representable(Checker *c, const Const *v, Type *t, const Const **rounded) {
    static const uint8_t int_bits[TYPE_NKINDS] = {[TYPE_INT] = 64, [TYPE_INT8] = 8, [TYPE_INT16] = 16, [TYPE_INT32] = 32,
        [TYPE_INT64] = 64, [TYPE_UINT] = 64, [TYPE_UINT8] = 8, [TYPE_UINT16] = 16, [TYPE_UINT32] = 32, [TYPE_UINT64] = 64,
        [TYPE_UINTPTR] = 64};
    const Const *ignored;
    if (!rounded) rounded = &ignored;
    *rounded = v;
    if (const_kind(v) == CONST_UNKNOWN) return true;
    Arena *a = c->arena;
    switch (t->kind) {
    case TYPE_BOOL: case TYPE_UNTYPED_BOOL: return const_kind(v) == CONST_BOOL;
    case TYPE_STRING: case TYPE_UNTYPED_STRING: return const_kind(v) == CONST_STRING;
    case TYPE_FLOAT32: case TYPE_FLOAT64: case TYPE_UNTYPED_FLOAT:
        v = const_to_float(a, v);
        if (const_kind(v) == CONST_UNKNOWN) return false;
        if (t->kind != TYPE_UNTYPED_FLOAT) v = const_round_float(a, v, t->kind == TYPE_FLOAT32 ? 32 : 64);
        *rounded = v;
        return const_kind(v) != CONST_UNKNOWN;
    case TYPE_COMPLEX64: case TYPE_COMPLEX128: case TYPE_UNTYPED_COMPLEX: {
        v = const_to_complex(a, v);
        if (const_kind(v) == CONST_UNKNOWN) return false;
        if (t->kind != TYPE_UNTYPED_COMPLEX) {
            int bits = t->kind == TYPE_COMPLEX64 ? 32 : 64;
            const Const *re = const_round_float(a, const_real(a, v), bits), *im = const_round_float(a, const_imag(a, v), bits);
            if (const_kind(re) == CONST_UNKNOWN || const_kind(im) == CONST_UNKNOWN) return false;
            v = const_complex(a, re, im);
        }
        *rounded = v;
        return true;
    }
    case TYPE_UNTYPED_INT: case TYPE_UNTYPED_RUNE: default: break;
    }
    bool integer = t->kind == TYPE_UNTYPED_INT || t->kind == TYPE_UNTYPED_RUNE || int_bits[t->kind];
    if (!integer) return false;
    v = const_to_int(a, v);
    if (const_kind(v) != CONST_INT) return false;
    *rounded = v;
    int bits = int_bits[t->kind];
    if (bits == 0) return true;
    bool is_unsigned = t->kind >= TYPE_UINT && t->kind <= TYPE_UINTPTR;
    if (is_unsigned) return const_sign(v) >= 0 && const_bitlen(v) <= bits;
    bool exact;
    int64_t i = const_int64(v, &exact);
    if (!exact) return false;
    return bits == 64 || (i >= -(1LL << (bits - 1)) && i < 1LL << (bits - 1));
}

static int fit(Checker *c, Operand *x, Type *basic, const Const **value) {
    if (representable(c, x->cv, basic, value)) return FIT_OK;
    if (type_is_numeric(c, x->type) && type_is_numeric(c, basic))
        return !type_is_integer(c, x->type) && type_is_integer(c, basic) ? FIT_TRUNCATED : FIT_OVERFLOW;
    return FIT_NO;
}

void invalid_conversion(Checker *c, int code, Operand *x, Type *target) {
    if (!x->expr) return;
    const char *op = opstr(c, x), *t = spelled_tstr(c, target, spelled_type(c, x->expr));
    if (code == FIT_TRUNCATED)
        err_node(c, x->expr, E_CONST, "%s truncated to %s", op, t);
    else if (code == FIT_OVERFLOW)
        err_node(c, x->expr, E_CONST, "%s overflows %s", op, t);
    else
        err_node(c, x->expr, E_MISMATCH, "cannot convert %s to type %s", op, t);
}

bool const_fits(Checker *c, Operand *x, Type *t, bool report) {
    Type *u = type_under(c, t);
    const Const *v;
    int code = fit(c, x, u, &v);
    if (code == FIT_OK) {
        x->cv = v;
        return true;
    }
    if (report) invalid_conversion(c, code, x, t);
    return false;
}

static const char *op_name(const Expr *e) {
    if (e && e->kind == EXPR_BINARY) {
        switch (AS(BinaryExpr, e)->op) {
        case OPER_ADD: return "addition ";
        case OPER_SUB: return "subtraction ";
        case OPER_XOR: return "bitwise XOR ";
        case OPER_MUL: return "multiplication ";
        case OPER_SHL: return "shift ";
        default: return "";
        }
    }
    if (e && e->kind == EXPR_UNARY && AS(UnaryExpr, e)->op == OPER_XOR) return "bitwise complement ";
    return "";
}

void check_overflow(Checker *c, Operand *x, Pos op_pos) {
    enum { MAX_BITS = 512 };
    if (const_kind(x->cv) == CONST_UNKNOWN) {
        err_at(c, op_pos, E_CONST, "constant result is not representable");
        return;
    }
    if (is_typed(x->type)) {
        if (!const_fits(c, x, x->type, true)) x->mode = MODE_INVALID;
        return;
    }
    if (const_kind(x->cv) == CONST_INT && const_bitlen(x->cv) > MAX_BITS) {
        err_at(c, op_pos, E_CONST, "constant %soverflow", op_name(x->expr));
        x->cv = const_unknown();
    }
}

/* ---- untyped operands ---- */

static bool implicit_for_tparam(Checker *c, Type *u, void *arg) {
    Operand x = *(Operand *)arg;
    Type *t;
    const Const *v;
    int code;
    return u && implicit_type(c, &x, u, &t, &v, &code);
}

/* implicit_type finds the type that untyped x takes when target is wanted. *value: x's constant in that type, if it changes. */
bool implicit_type(Checker *c, Operand *x, Type *target, Type **result, const Const **value, int *code) {
    *value = NULL;
    *code = FIT_NO;
    *result = x->type;
    if (x->mode == MODE_INVALID || is_typed(x->type) || !is_valid(target)) return true;
    if (is_untyped(target)) {
        if (x->type == target) return true;
        if (is_num_kind(x->type) && is_num_kind(target)) {
            if (x->type->kind < target->kind) *result = target;
            return true;
        }
        return false;
    }
    *result = target;
    if (x->mode == MODE_NIL) return type_has_nil(c, target);
    if (target->kind == TYPE_PARAM) return all_types(c, target, implicit_for_tparam, x);
    Type *u = type_under(c, target);
    if (u->kind <= TYPE_STRING) {
        if (x->mode == MODE_CONST) {
            *code = fit(c, x, u, value);
            return *code == FIT_OK;
        }
        switch (x->type->kind) {
        case TYPE_UNTYPED_BOOL: return u->kind == TYPE_BOOL;
        case TYPE_UNTYPED_STRING: return u->kind == TYPE_STRING;
        default: return is_num_kind(x->type) && type_is_numeric(c, u);
        }
    }
    if (u->kind == TYPE_INTERFACE) {
        if (u->nmethods || u->has_terms || u->is_comparable) return false;
        *result = type_default(c, x->type);
        return true;
    }
    return false;
}

/* set_expr_type writes the final type of an untyped expression onto it and onto the operands it is made of. */
void set_expr_type(Checker *c, Expr *e, Type *t) {
    for (;;) {
        if (!e->type || !is_untyped(e->type)) return;
        Type *old = e->type;
        bool final = is_typed(t);
        if (e->kind == EXPR_PAREN) {
            e->type = t;
            if (final && e->cv) goto constant;
            e = AS(ParenExpr, e)->x;
            continue;
        }
        if (!e->cv) {
            if (e->kind == EXPR_UNARY) {
                if (AS(UnaryExpr, e)->op != OPER_RECV) set_expr_type(c, AS(UnaryExpr, e)->x, t);
            } else if (e->kind == EXPR_BINARY) {
                BinaryExpr *b = AS(BinaryExpr, e);
                if (b->op >= OPER_EQL && b->op <= OPER_GEQ) {
                    // the operands' types do not depend on the result's
                } else if (b->op == OPER_SHL || b->op == OPER_SHR) {
                    set_expr_type(c, b->x, t);
                } else {
                    if (!check_depth(c, e->pos)) return;
                    set_expr_type(c, b->x, t);
                    set_expr_type(c, b->y, t);
                }
            }
        }
        if (!final) {
            e->type = t;
            return;
        }
        if (e->flags & EXPRF_SHIFT_LHS) {
            if (!type_is_integer(c, t)) {
                err_node(c, e, E_OPERATION, "invalid operation: shifted operand %s (type %s) must be integer", estr(c, e), tstr(c, t));
                e->type = t;
                return;
            }
        }
        e->type = t;
    constant:
        if (e->cv) {
            Operand x = {.mode = MODE_CONST, .expr = e, .type = old, .cv = e->cv};
            Type *r;
            const Const *v;
            int code;
            if (implicit_type(c, &x, t, &r, &v, &code)) {
                if (v) e->cv = (Const *)v;
            } else {
                e->type = old;
                invalid_conversion(c, code, &x, t);
                e->type = t;
            }
            if (e->kind == EXPR_PAREN) {
                e = AS(ParenExpr, e)->x;
                continue;
            }
        }
        return;
    }
}

void convert_untyped(Checker *c, Operand *x, Type *target) {
    Type *t;
    const Const *v;
    int code;
    if (x->mode == MODE_INVALID || !is_untyped(x->type)) return;
    if (!implicit_type(c, x, target, &t, &v, &code)) {
        invalid_conversion(c, code, x, target->kind == TYPE_PARAM ? target : type_under(c, target));
        x->mode = MODE_INVALID;
        return;
    }
    if (v) {
        x->cv = v;
        if (x->expr) x->expr->cv = (Const *)v;
    }
    if (t != x->type) {
        x->type = t;
        if (x->expr) set_expr_type(c, x->expr, t);
    }
}

void default_type_operand(Checker *c, Operand *x) { convert_untyped(c, x, type_default(c, x->type)); }

/* ---- operators ---- */

static bool op_defined(Checker *c, Operand *x, Oper op, bool unary) {
    Type *t = x->type;
    switch (op) {
    case OPER_ADD:
        if (unary) return type_is_numeric(c, t);
        if (t->kind != TYPE_PARAM) return type_is_numeric(c, t) || type_is_string(c, t);
        {
            Type *i = type_constraint(c, t);
            if (!i->has_terms || !i->nterms) return false;
            for (uint32_t k = 0; k < i->nterms; k++)
                if (!type_is_numeric(c, i->terms[k].type) && !type_is_string(c, i->terms[k].type)) return false;
            return true;
        }
    case OPER_SUB: case OPER_MUL: case OPER_QUO: return type_is_numeric(c, t);
    case OPER_REM: case OPER_AND: case OPER_OR: case OPER_XOR: case OPER_AND_NOT: return type_is_integer(c, t);
    case OPER_LAND: case OPER_LOR: case OPER_NOT: return type_is_boolean(c, t);
    default: return false;
    }
}

static bool check_op(Checker *c, Operand *x, Oper op, bool unary) {
    if (op_defined(c, x, op, unary)) return true;
    err_node(c, x->expr, E_OPERATION, "invalid operation: operator %s not defined on %s", oper_spelling(op), opstr(c, x));
    x->mode = MODE_INVALID;
    return false;
}

static int type_bits(Checker *c, Type *t) {
    Type *u = type_under(c, t);
    return type_is_unsigned(c, u) ? (int)type_sizeof(c, u) * 8 : 0;
}

/* mark_addr: the variable whose storage e lies in has its address taken. */
void mark_addr(Checker *c, Expr *e) {
    for (;;) {
        switch (e->kind) {
        case EXPR_PAREN: e = AS(ParenExpr, e)->x; break;
        case EXPR_IDENT:
            if (AS(Ident, e)->obj && AS(Ident, e)->obj->kind == OBJ_VAR) AS(Ident, e)->obj->addr_taken = true;
            return;
        case EXPR_SELECTOR: {
            Selection *s = AS(SelectorExpr, e)->selection;
            if (!s || s->kind != SEL_FIELD) return;
            for (uint32_t i = 0; i < s->npath; i++)
                if (s->path[i].deref) return;
            e = AS(SelectorExpr, e)->x;
            break;
        }
        case EXPR_INDEX: {
            Type *t = AS(IndexExpr, e)->x->type;
            if (!t || type_under(c, t)->kind != TYPE_ARRAY) return;
            e = AS(IndexExpr, e)->x;
            break;
        }
        default: return;
        }
    }
}

static Type *chan_type(Checker *c, Operand *x, bool recv, Pos pos) {
    const char *cause = NULL;
    Type *t = x->type->kind == TYPE_PARAM ? NULL : type_under(c, x->type);
    Type *elem = NULL;
    if (t) {
        if (t->kind == TYPE_CHAN && t->dir != (recv ? CHAN_SEND : CHAN_RECV)) return t->elem;
        const char *what = t->kind != TYPE_CHAN ? "non-channel" : recv ? "send-only channel" : "receive-only channel";
        cause = arena_printf(c->arena, "%s %s", what, tstr(c, x->type));
        if (recv)
            err_at(c, pos, E_OPERATION, "invalid operation: cannot receive from %s %s", cause, opstr(c, x));
        else
            err_at(c, pos, E_OPERATION, "invalid operation: cannot send to %s %s", cause, opstr(c, x));
        return NULL;
    }
    Type *i = type_constraint(c, x->type);
    if (!i->has_terms || !i->nterms) cause = "no specific channel type";
    for (uint32_t k = 0; i->has_terms && k < i->nterms && !cause; k++) {
        Type *u = type_under(c, i->terms[k].type);
        if (u->kind != TYPE_CHAN)
            cause = arena_printf(c->arena, "non-channel %s", tstr(c, i->terms[k].type));
        else if (u->dir == (recv ? CHAN_SEND : CHAN_RECV))
            cause = arena_printf(c->arena, "%s channel %s", recv ? "send-only" : "receive-only", tstr(c, i->terms[k].type));
        else if (elem && !type_identical(c, elem, u->elem))
            cause = "channels have different element types";
        else
            elem = u->elem;
    }
    if (!cause) return elem;
    err_at(c, pos, E_OPERATION, recv ? "invalid operation: cannot receive from %s: %s" : "invalid operation: cannot send to %s: %s",
        opstr(c, x), cause);
    return NULL;
}

Type *check_chan_elem(Checker *c, Operand *x, bool recv, Pos pos) { return chan_type(c, x, recv, pos); }

static void check_unary(Checker *c, Operand *x, UnaryExpr *e, Type *hint) {
    Oper op = e->op;
    if (op == OPER_TILDE) {
        check_expr(c, x, e->x);
        if (x->mode == MODE_INVALID) return;
        err_at(c, e->e.pos, E_OPERATION, type_is_integer(c, x->type)
                   ? "cannot use ~ outside of interface or type constraint (use ^ for bitwise complement)"
                   : "cannot use ~ outside of interface or type constraint");
        x->mode = MODE_INVALID;
        return;
    }
    if (op == OPER_AND) {
        check_expr(c, x, e->x);
        if (x->mode == MODE_INVALID) return;
        if (ast_unparen(e->x)->kind != EXPR_COMPOSITE && x->mode != MODE_VAR) {
            err_node(c, e->x, E_OPERATION, "invalid operation: cannot take address of %s", opstr(c, x));
            x->mode = MODE_INVALID;
            return;
        }
        mark_addr(c, e->x);
        x->mode = MODE_VALUE;
        x->type = type_pointer(c, x->type);
        return;
    }
    check_expr(c, x, e->x);
    if (x->mode == MODE_INVALID) return;
    if (op == OPER_RECV) {
        Type *elem = chan_type(c, x, true, ast_start(e->x));
        if (!elem) {
            x->mode = MODE_INVALID;
            return;
        }
        x->mode = MODE_COMMAOK;
        x->type = elem;
        c->env.has_call_or_recv = true;
        return;
    }
    if (!check_op(c, x, op, true)) return;
    if (x->mode == MODE_CONST) {
        if (const_kind(x->cv) == CONST_UNKNOWN) return;
        if (op == OPER_SUB) x->cv = const_neg(c->arena, x->cv);
        if (op == OPER_XOR) x->cv = const_not(c->arena, const_to_int(c->arena, x->cv), type_bits(c, x->type));
        if (op == OPER_NOT) x->cv = const_lnot(x->cv);
        x->expr = &e->e;
        check_overflow(c, x, e->e.pos);
        return;
    }
    x->mode = MODE_VALUE;
}

static const char *composite_kind(Checker *c, Type *t) {
    switch (type_under(c, t)->kind) {
    case TYPE_ARRAY: return "array";
    case TYPE_SLICE: return "slice";
    case TYPE_STRUCT: return "struct";
    case TYPE_POINTER: return "pointer";
    case TYPE_FUNC: return "func";
    case TYPE_INTERFACE: return "interface";
    case TYPE_MAP: return "map";
    case TYPE_CHAN: return "chan";
    default: return NULL;
    }
}

static const char *incomparable_cause(Checker *c, Type *t) {
    Type *u = type_under(c, t);
    if (t->kind != TYPE_PARAM && (u->kind == TYPE_SLICE || u->kind == TYPE_FUNC || u->kind == TYPE_MAP))
        return arena_printf(c->arena, "%s can only be compared to nil", composite_kind(c, t));
    const char *cause = NULL;
    is_strictly_comparable(c, t, true, &cause);
    return cause;
}

static const char *operand_tstr(Checker *c, Type *t, const Expr *e) { return spelled_tstr(c, t, is_untyped(t) ? NULL : spelled_type(c, e)); }

static ConstOp const_op(Oper op) {
    switch (op) {
    case OPER_ADD: return CONST_ADD;
    case OPER_SUB: return CONST_SUB;
    case OPER_MUL: return CONST_MUL;
    case OPER_QUO: return CONST_QUO;
    case OPER_REM: return CONST_REM;
    case OPER_AND: return CONST_AND;
    case OPER_OR: return CONST_OR;
    case OPER_XOR: return CONST_XOR;
    case OPER_AND_NOT: return CONST_ANDNOT;
    case OPER_LAND: return CONST_LAND;
    case OPER_LOR: return CONST_LOR;
    case OPER_EQL: return CONST_EQ;
    case OPER_NEQ: return CONST_NE;
    case OPER_LSS: return CONST_LT;
    case OPER_LEQ: return CONST_LE;
    case OPER_GTR: return CONST_GT;
    default: return CONST_GE;
    }
}

void check_comparison(Checker *c, Operand *x, Operand *y, Oper op, bool switch_case) {
    if (switch_case) op = OPER_EQL;
    Operand *at = x;
    const char *cause = NULL;
    bool ok = false, match = assignable(c, x, y->type, NULL) || assignable(c, y, x->type, NULL);
    if (!match) {
        at = y;
        cause = arena_printf(c->arena, "mismatched types %s and %s", operand_tstr(c, x->type, x->expr), operand_tstr(c, y->type, y->expr));
    } else if (op == OPER_EQL || op == OPER_NEQ) {
        if (x->mode == MODE_NIL || y->mode == MODE_NIL) {
            Type *t = x->mode == MODE_NIL ? y->type : x->type;
            ok = type_has_nil(c, t) && !(t->kind == TYPE_UNTYPED_NIL);
            if (!ok) at = y;
        } else if (!type_is_comparable(c, x->type)) {
            cause = incomparable_cause(c, x->type);
        } else if (!type_is_comparable(c, y->type)) {
            at = y;
            cause = incomparable_cause(c, y->type);
        } else {
            ok = true;
        }
    } else if (!is_ordered(c, x->type)) {
        at = x;
    } else if (!is_ordered(c, y->type)) {
        at = y;
    } else {
        ok = true;
    }
    if (!ok) {
        if (!cause || !*cause) {
            if (x->type->kind == TYPE_PARAM || y->type->kind == TYPE_PARAM) {
                if (x->type->kind != TYPE_PARAM) at = y;
                cause = arena_printf(c->arena, "type parameter %s cannot use operator %s", tstr(c, at->type), oper_spelling(op));
            } else {
                const char *what = composite_kind(c, at->type);
                cause = arena_printf(c->arena, "operator %s not defined on %s", oper_spelling(op), what ? what : at->mode == MODE_NIL ? "untyped nil" : tstr(c, at->type));
            }
        }
        if (switch_case)
            err_node(c, x->expr, E_SWITCH, "invalid case %s in switch on %s (%s)", estr(c, x->expr), estr(c, y->expr), cause);
        else
            err_node(c, at->expr, E_OPERATION, "invalid operation: %s %s %s (%s)", estr(c, x->expr), oper_spelling(op),
                estr(c, y->expr), cause);
        x->mode = MODE_INVALID;
        return;
    }
    if (x->mode == MODE_CONST && y->mode == MODE_CONST) {
        x->cv = const_bool(const_compare(x->cv, const_op(op), y->cv));
    } else {
        x->mode = MODE_VALUE;
        // The operands stay what they are: give untyped ones their default types, nil the other's type.
        if (x->expr && is_untyped(x->type)) set_expr_type(c, x->expr, type_default(c, x->type));
        if (y->expr && is_untyped(y->type)) set_expr_type(c, y->expr, type_default(c, y->type));
    }
    x->type = c->basic[TYPE_UNTYPED_BOOL];
}

static void check_shift(Checker *c, Operand *x, Operand *y, Expr *e, Oper op, Pos op_pos) {
    enum { MAX_SHIFT = 1023 - 1 + 52 };
    const Const *xv = NULL;
    if (x->mode == MODE_CONST) xv = const_to_int(c->arena, x->cv);
    // A shift of an untyped constant that still waits for its type counts as an integer for now.
    bool waiting = x->mode == MODE_VALUE && is_num_kind(x->type);
    bool int_like = type_is_integer(c, x->type) || waiting || (is_untyped(x->type) && xv && const_kind(xv) == CONST_INT);
    if (!int_like) {
        if (const_kind(x->cv ? x->cv : const_bool(false)) == CONST_UNKNOWN && x->mode == MODE_CONST) {
            x->mode = MODE_INVALID;
            return;
        }
        err_node(c, x->expr, E_OPERATION, "invalid operation: shifted operand %s must be integer", opstr(c, x));
        x->mode = MODE_INVALID;
        return;
    }
    const Const *yv = NULL;
    if (y->mode == MODE_CONST) {
        yv = const_to_int(c->arena, y->cv);
        if (const_kind(yv) == CONST_INT && const_sign(yv) < 0) {
            err_node(c, y->expr, E_OPERATION, "invalid operation: negative shift count %s", opstr(c, y));
            x->mode = MODE_INVALID;
            return;
        }
        if (is_untyped(y->type)) {
            // An untyped count must be representable as uint; it stays untyped for a constant shift.
            const Const *r;
            if (const_kind(yv) != CONST_INT || !representable(c, yv, c->basic[TYPE_UINT], &r)) {
                int code = is_num_kind(y->type) ? (type_is_integer(c, y->type) || const_kind(yv) == CONST_INT ? FIT_OVERFLOW : FIT_TRUNCATED) : FIT_NO;
                invalid_conversion(c, code, y, c->basic[TYPE_UINT]);
                x->mode = MODE_INVALID;
                return;
            }
        }
    } else if (is_untyped(y->type)) {
        convert_untyped(c, y, c->basic[TYPE_UINT]);
        if (y->mode == MODE_INVALID) {
            x->mode = MODE_INVALID;
            return;
        }
    }
    if (!is_untyped(y->type) && !type_is_integer(c, y->type) && !(yv && const_kind(yv) == CONST_INT)) {
        err_node(c, y->expr, E_OPERATION, "invalid operation: shift count %s must be integer", opstr(c, y));
        x->mode = MODE_INVALID;
        return;
    }
    if (x->mode == MODE_CONST) {
        if (y->mode == MODE_CONST) {
            if (const_kind(x->cv) == CONST_UNKNOWN || const_kind(yv) == CONST_UNKNOWN) {
                x->cv = const_unknown();
                if (!type_is_integer(c, x->type)) x->type = c->basic[TYPE_UNTYPED_INT];
                return;
            }
            bool exact;
            uint64_t n = const_uint64(yv, &exact);
            if (!exact || n > MAX_SHIFT) {
                err_node(c, y->expr, E_OPERATION, "invalid operation: invalid shift count %s", opstr(c, y));
                x->mode = MODE_INVALID;
                return;
            }
            if (is_untyped(y->type)) convert_untyped(c, y, c->basic[TYPE_UINT]);
            if (is_untyped(x->type) && !type_is_integer(c, x->type)) x->type = c->basic[TYPE_UNTYPED_INT];
            x->cv = op == OPER_SHL ? const_shl(c->arena, xv, (unsigned)n) : const_shr(c->arena, xv, (unsigned)n);
            x->expr = e;
            check_overflow(c, x, op_pos);
            return;
        }
        if (is_untyped(x->type)) {
            // The type of the left operand comes from the context of the whole shift.
            if (x->expr) x->expr->flags |= EXPRF_SHIFT_LHS;
            for (Expr *p = x->expr; p && p->kind == EXPR_PAREN;) {
                p = AS(ParenExpr, p)->x;
                p->flags |= EXPRF_SHIFT_LHS;
            }
            x->mode = MODE_VALUE;
            return;
        }
    }
    if (y->mode == MODE_CONST && is_untyped(y->type)) convert_untyped(c, y, c->basic[TYPE_UINT]);
    if (waiting) {
        x->expr->flags |= EXPRF_SHIFT_LHS;
    } else if (!type_is_integer(c, x->type)) {
        err_node(c, x->expr, E_OPERATION, "invalid operation: shifted operand %s must be integer", opstr(c, x));
        x->mode = MODE_INVALID;
        return;
    }
    x->mode = MODE_VALUE;
}

static bool may_convert(Checker *c, Operand *x, Operand *y) {
    if (is_typed(x->type) && is_typed(y->type)) return false;
    Type *xu = type_under(c, x->type), *yu = type_under(c, y->type);
    if (type_is_interface(c, x->type)) return y->mode == MODE_NIL || xu->nmethods == 0;
    if (type_is_interface(c, y->type)) return x->mode == MODE_NIL || yu->nmethods == 0;
    if (x->mode != MODE_NIL && y->mode != MODE_NIL && type_is_numeric(c, x->type) != type_is_numeric(c, y->type)) return false;
    if (type_is_boolean(c, x->type) != type_is_boolean(c, y->type)) return false;
    if (type_is_string(c, x->type) != type_is_string(c, y->type)) return false;
    if (x->mode == MODE_NIL) return type_has_nil(c, y->type);
    if (y->mode == MODE_NIL) return type_has_nil(c, x->type);
    if (type_under(c, x->type)->kind == TYPE_POINTER || type_under(c, y->type)->kind == TYPE_POINTER) return false;
    return true;
}

void match_types(Checker *c, Operand *x, Operand *y, bool *ok) {
    *ok = true;
    if (!may_convert(c, x, y)) return;
    Type *xt = x->type, *yt = y->type;
    convert_untyped(c, x, yt);
    if (x->mode == MODE_INVALID) {
        *ok = false;
        return;
    }
    convert_untyped(c, y, is_untyped(xt) && is_untyped(yt) ? x->type : xt);
    if (y->mode == MODE_INVALID) *ok = false;
}

static bool is_zero_const(Checker *c, const Operand *y) {
    return y->mode == MODE_CONST && const_kind(y->cv) >= CONST_INT && const_sign(y->cv) == 0;
}

/* binary_operands finishes x op y, both evaluated; the result goes to x. e is NULL for op= and ++. */
static void binary_operands(Checker *c, Operand *x, Operand *y, Expr *e, Expr *lhs, Expr *rhs, Oper op, Pos op_pos) {
    if (x->mode == MODE_INVALID) return;
    if (y->mode == MODE_INVALID) {
        x->mode = MODE_INVALID;
        x->expr = y->expr;
        return;
    }
    if (op == OPER_SHL || op == OPER_SHR) {
        check_shift(c, x, y, e, op, op_pos);
        return;
    }
    bool ok;
    Type *xt = x->type, *yt = y->type;
    match_types(c, x, y, &ok);
    if (!ok) {
        x->mode = MODE_INVALID;
        return;
    }
    if (op >= OPER_EQL && op <= OPER_GEQ) {
        check_comparison(c, x, y, op, false);
        return;
    }
    if (!type_identical(c, x->type, y->type)) {
        if (is_valid(x->type) && is_valid(y->type)) {
            if (e)
                err_node(c, x->expr, E_OPERATION, "invalid operation: %s (mismatched types %s and %s)", estr(c, e), operand_tstr(c, xt, lhs),
                    operand_tstr(c, yt, rhs));
            else
                err_node(c, x->expr, E_OPERATION, "invalid operation: %s %s= %s (mismatched types %s and %s)", estr(c, lhs),
                    oper_spelling(op), rhs ? estr(c, rhs) : "1", operand_tstr(c, xt, lhs), operand_tstr(c, yt, rhs));
        }
        x->mode = MODE_INVALID;
        return;
    }
    if (!check_op(c, x, op, false)) return;
    if (op == OPER_QUO || op == OPER_REM) {
        if ((x->mode == MODE_CONST || type_is_integer(c, x->type)) && is_zero_const(c, y)) {
            err_node(c, y->expr, E_OPERATION, "invalid operation: division by zero");
            x->mode = MODE_INVALID;
            return;
        }
    }
    if (x->mode == MODE_CONST && y->mode == MODE_CONST) {
        if (const_kind(x->cv) == CONST_UNKNOWN || const_kind(y->cv) == CONST_UNKNOWN) {
            x->cv = const_unknown();
            return;
        }
        bool int_div = op == OPER_QUO && type_is_integer(c, x->type);
        x->cv = const_binary(c->arena, x->cv, const_op(op), y->cv, int_div);
        x->expr = e;
        check_overflow(c, x, op_pos);
        return;
    }
    x->mode = MODE_VALUE;
}

void check_binary(Checker *c, Operand *x, Expr *e, Expr *lhs, Expr *rhs, Oper op, Pos op_pos) {
    Operand y;
    check_expr(c, x, lhs);
    check_expr(c, &y, rhs);
    binary_operands(c, x, &y, e, lhs, rhs, op, op_pos);
}

/* check_op_assign evaluates lhs op rhs of an assignment; without rhs (++, --) the other operand is 1. */
void check_op_assign(Checker *c, Operand *x, Expr *lhs, Expr *rhs, Oper op, Pos op_pos) {
    Operand y = {.mode = MODE_CONST, .type = c->basic[TYPE_UNTYPED_INT], .cv = const_int(c->arena, 1)};
    check_expr(c, x, lhs);
    if (rhs) check_expr(c, &y, rhs);
    binary_operands(c, x, &y, NULL, lhs, rhs, op, op_pos);
}

/* check_binary_chain evaluates a left-leaning chain of binary expressions bottom up, without recursion into its spine. */
static void check_binary_chain(Checker *c, Operand *x, BinaryExpr *top) {
    VEC(BinaryExpr *) spine = {0};
    Expr *e = &top->e;
    for (; e->kind == EXPR_BINARY; e = AS(BinaryExpr, e)->x) vec_push(NULL, &spine, AS(BinaryExpr, e));
    check_expr(c, x, e);
    while (spine.n) {
        BinaryExpr *b = vec_pop(&spine);
        Operand y;
        check_expr(c, &y, b->y);
        binary_operands(c, x, &y, &b->e, b->x, b->y, b->op, b->e.pos);
        if (x->mode == MODE_INVALID) x->type = invalid(c);
        x->expr = &b->e;
        record_operand(c, x);
    }
    vec_free(&spine);
}

/* ---- literals ---- */

static void check_basic_lit(Checker *c, Operand *x, BasicLit *e) {
    Arena *a = c->arena;
    enum { MAX_LITERAL = 10000 };
    if (e->bad) return;
    if (e->lit != LIT_STRING && e->lit != LIT_RUNE && e->len > MAX_LITERAL) {
        err_at(c, e->e.pos, E_CONST, "excessively long constant: %.10s... (%u chars)", e->text, e->len);
        return;
    }
    switch (e->lit) {
    case LIT_INT:
        x->cv = const_parse_int(a, e->text, e->len);
        x->type = c->basic[TYPE_UNTYPED_INT];
        break;
    case LIT_FLOAT:
        x->cv = const_parse_float(a, e->text, e->len);
        x->type = c->basic[TYPE_UNTYPED_FLOAT];
        break;
    case LIT_IMAG:
        x->cv = const_parse_imaginary(a, e->text, e->len);
        x->type = c->basic[TYPE_UNTYPED_COMPLEX];
        break;
    case LIT_RUNE:
        x->cv = const_parse_rune(a, e->text, e->len);
        x->type = c->basic[TYPE_UNTYPED_RUNE];
        break;
    default:
        x->cv = const_parse_string(a, e->text, e->len);
        x->type = c->basic[TYPE_UNTYPED_STRING];
        x->mode = MODE_CONST;
        return;
    }
    if (const_kind(x->cv) == CONST_UNKNOWN) {
        err_at(c, e->e.pos, E_CONST, "malformed constant: %.*s", (int)e->len, e->text);
        return;
    }
    x->mode = MODE_CONST;
    x->expr = &e->e;
    check_overflow(c, x, e->e.pos);
}

static void func_lit_later(Checker *c, Later *l) {
    FuncLit *e = l->p;
    func_body(c, e->info, l->q, e->body);
}

void check_func_lit(Checker *c, Operand *x, FuncLit *e) {
    if (e->info) {  // the left side of op= is evaluated twice
        x->mode = MODE_VALUE;
        x->type = e->info->sig;
        return;
    }
    Type *sig = check_func_type(c, e->ftype);
    Scope *scope = scope_new(c, c->env.scope);
    FuncInfo *outer = c->env.func;
    FuncInfo *fi = func_info_new(c, e, sig, e->ftype, NULL, scope);
    fi->outer = outer;
    e->info = fi;
    FuncInfo *owner = outer ? outer : c->env.decl ? c->env.decl->init_func : NULL;
    if (owner) {
        vec_push(c->arena, &owner->lits, fi);
        fi->index = owner->lits.n;
    }
    if (outer) {
        Env saved = c->env;
        func_body(c, fi, scope, e->body);
        c->env = saved;
    } else {
        later_push(c, (Later){.run = func_lit_later, .p = e, .q = scope});
    }
    x->mode = MODE_VALUE;
    x->type = sig;
}

/* ---- index and slice ---- */

bool is_valid_index(Checker *c, Operand *x, const char *what, bool allow_negative) {
    if (x->mode == MODE_INVALID) return false;
    convert_untyped(c, x, c->basic[TYPE_INT]);
    if (x->mode == MODE_INVALID) return false;
    if (!type_is_integer(c, x->type)) {
        err_node(c, x->expr, E_OPERATION, "invalid argument: %s %s must be integer", what, opstr(c, x));
        return false;
    }
    if (x->mode == MODE_CONST) {
        if (!allow_negative && const_kind(x->cv) == CONST_INT && const_sign(x->cv) < 0) {
            err_node(c, x->expr, E_OPERATION, "invalid argument: %s %s must not be negative", what, opstr(c, x));
            return false;
        }
        if (!representable(c, x->cv, c->basic[TYPE_INT], NULL)) {
            err_node(c, x->expr, E_OPERATION, "invalid argument: %s %s overflows int", what, opstr(c, x));
            return false;
        }
    }
    return true;
}

bool check_index_value(Checker *c, Expr *e, int64_t max, int64_t *value) {
    Operand x;
    *value = -1;
    check_expr(c, &x, e);
    if (!is_valid_index(c, &x, "index", false)) return false;
    if (x.mode != MODE_CONST) return true;
    bool exact;
    int64_t v = const_int64(x.cv, &exact);
    if (max >= 0 && v >= max) {
        err_node(c, e, E_OPERATION, "invalid argument: index %s out of bounds [0:%lld]", const_print(c->arena, x.cv), (long long)max);
        return false;
    }
    *value = v;
    return true;
}

typedef struct Indexing {
    Type *elem, *key;
    int64_t len;
    bool is_addr, is_string;
} Indexing;

static bool index_info(Checker *c, Type *u, Indexing *r) {
    *r = (Indexing){.len = -1, .is_addr = true};
    if (!u) return false;
    switch (u->kind) {
    case TYPE_STRING: case TYPE_UNTYPED_STRING:
        r->elem = c->basic[TYPE_UINT8];
        r->is_addr = false;
        r->is_string = true;
        return true;
    case TYPE_ARRAY:
        r->elem = u->elem;
        r->len = u->len;
        r->is_addr = false;
        return true;
    case TYPE_POINTER: {
        Type *a = type_under(c, u->elem);
        if (a->kind != TYPE_ARRAY) return false;
        r->elem = a->elem;
        r->len = a->len;
        return true;
    }
    case TYPE_SLICE: r->elem = u->elem; return true;
    case TYPE_MAP:
        r->elem = u->elem;
        r->key = u->key;
        return true;
    default: return false;
    }
}

static bool index_tparam(Checker *c, Type *t, Indexing *r) {
    Type *i = type_constraint(c, t);
    if (!i->has_terms || !i->nterms) return false;
    for (uint32_t k = 0; k < i->nterms; k++) {
        Indexing one;
        Type *u = i->terms[k].type->kind == TYPE_PARAM ? type_core(c, i->terms[k].type) : type_under(c, i->terms[k].type);
        if (!index_info(c, u, &one)) return false;
        if (k == 0) {
            *r = one;
            r->is_addr = one.is_addr || one.len >= 0;
            continue;
        }
        if (!type_identical(c, one.elem, r->elem) || !one.key != !r->key || (one.key && !type_identical(c, one.key, r->key))) return false;
        if (one.len >= 0 && (r->len < 0 || one.len < r->len)) r->len = one.len;
        if (one.is_string) r->is_string = true;
    }
    return true;
}

static void check_index(Checker *c, Operand *x, IndexExpr *e) {
    check_expr_or_type(c, x, e->x, true);
    if (x->mode == MODE_INVALID) {
        use_exprs(c, e->index, e->nindex);
        return;
    }
    if (x->mode == MODE_TYPE) {
        check_instance_type(c, x, e);
        return;
    }
    if (x->mode == MODE_VALUE && x->type->kind == TYPE_FUNC && x->type->ntparams_f) {
        func_inst(c, x, e, NULL);
        return;
    }
    single_value(c, x);
    if (x->mode == MODE_INVALID) return;
    Indexing r = {0};
    bool ok = x->type->kind == TYPE_PARAM ? index_tparam(c, x->type, &r) : index_info(c, type_under(c, x->type), &r);
    if (!ok) {
        err_at(c, e->e.pos, E_OPERATION, "cannot index %s", opstr(c, x));
        use_exprs(c, e->index, e->nindex);
        x->mode = MODE_INVALID;
        return;
    }
    if (e->nindex != 1) {
        err_node(c, e->index[1], E_OPERATION, "invalid operation: more than one index");
        x->mode = MODE_INVALID;
        return;
    }
    if (r.key) {
        Operand key;
        check_expr(c, &key, e->index[0]);
        c->target_spelling = key.mode == MODE_INVALID ? NULL : spelled_elem(c, spelled_type(c, e->x), true);
        check_assignment(c, &key, r.key, "map index");
        x->mode = MODE_MAPINDEX;
        x->type = r.elem;
        return;
    }
    int64_t value, len = r.len;
    bool is_const_str = x->mode == MODE_CONST;
    if (is_const_str) len = (int64_t)const_text_len(x->cv);
    bool in_range = check_index_value(c, e->index[0], len, &value);
    if (is_const_str && in_range && value >= 0) {
        size_t n;
        const char *s = const_text(c->arena, x->cv, &n);
        x->cv = const_int(c->arena, (uint8_t)s[value]);
        // A constant string indexed by a constant is still no constant.
        x->mode = MODE_VALUE;
        set_expr_type(c, e->x, c->basic[TYPE_STRING]);
    } else if (is_untyped(x->type)) {
        set_expr_type(c, e->x, c->basic[TYPE_STRING]);
        x->mode = MODE_VALUE;
    } else if (r.is_string) {
        x->mode = MODE_VALUE;
    } else if (r.is_addr) {
        x->mode = MODE_VAR;
    } else if (x->mode != MODE_VAR) {
        x->mode = MODE_VALUE;
    }
    x->type = r.elem;
}

static void check_slice(Checker *c, Operand *x, SliceExpr *e) {
    check_expr(c, x, e->x);
    if (x->mode == MODE_INVALID) {
        Expr *list[3] = {e->lo, e->hi, e->max};
        for (int i = 0; i < 3; i++)
            if (list[i]) use_exprs(c, &list[i], 1);
        return;
    }
    int64_t len = -1;
    bool bytestring;
    const char *cause = NULL;
    Type *u = core_or_string(c, x->type, &bytestring);
    bool ok = true;
    if (!u) {
        common_under(c, x->type, &cause);
        err_node(c, e->x, E_OPERATION, "cannot slice %s: %s", opstr(c, x),
            cause && strcmp(cause, "no specific type") ? cause : arena_printf(c->arena, "no specific type in %s", tstr(c, x->type)));
        x->mode = MODE_INVALID;
        return;
    }
    switch (u->kind) {
    case TYPE_STRING: case TYPE_UNTYPED_STRING:
        if (e->full) {
            Expr *at = e->max ? e->max : e->x;
            err_node(c, at, E_OPERATION, "invalid operation: 3-index slice of string");
            x->mode = MODE_INVALID;
            return;
        }
        if (x->mode == MODE_CONST) len = (int64_t)const_text_len(x->cv);
        x->mode = MODE_VALUE;
        if (is_untyped(x->type)) {
            set_expr_type(c, e->x, c->basic[TYPE_STRING]);
            x->type = c->basic[TYPE_STRING];
        }
        break;
    case TYPE_ARRAY:
        len = u->len;
        if (x->mode != MODE_VAR) {
            err_node(c, e->x, E_OPERATION, "cannot slice unaddressable value %s", opstr(c, x));
            x->mode = MODE_INVALID;
            return;
        }
        mark_addr(c, e->x);
        x->type = type_slice(c, u->elem);
        break;
    case TYPE_POINTER: {
        Type *a = type_under(c, u->elem);
        if (a->kind != TYPE_ARRAY) {
            ok = false;
            break;
        }
        len = a->len;
        x->type = type_slice(c, a->elem);
        break;
    }
    case TYPE_SLICE:
        if (bytestring && e->full) {
            err_node(c, e->max ? e->max : e->x, E_OPERATION, "invalid operation: 3-index slice of string");
            x->mode = MODE_INVALID;
            return;
        }
        break;
    default: ok = false;
    }
    if (!ok) {
        err_node(c, e->x, E_OPERATION, "cannot slice %s", opstr(c, x));
        Expr *list[3] = {e->lo, e->hi, e->max};
        for (int i = 0; i < 3; i++)
            if (list[i]) use_exprs(c, &list[i], 1);
        x->mode = MODE_INVALID;
        return;
    }
    x->mode = MODE_VALUE;
    Expr *list[3] = {e->lo, e->hi, e->max};
    int64_t ind[3] = {-1, -1, -1};
    for (int i = 0; i < 3; i++)
        if (list[i]) check_index_value(c, list[i], len >= 0 ? len + 1 : -1, &ind[i]);
    for (int i = 0; i < 2; i++) {
        if (ind[i] < 0) continue;
        for (int j = i + 1; j < 3; j++)
            if (ind[j] >= 0 && ind[j] < ind[i]) {
                err_node(c, list[j], E_OPERATION, "invalid slice indices: %lld < %lld", (long long)ind[j], (long long)ind[i]);
                return;
            }
    }
}

/* ---- type assertions ---- */

static void check_type_assert(Checker *c, Operand *x, TypeAssertExpr *e) {
    check_expr(c, x, e->x);
    if (x->mode == MODE_INVALID) {
        if (e->atype) check_var_type(c, e->atype);
        return;
    }
    if (!e->atype) {
        err_node(c, e, E_SWITCH, "invalid syntax tree: use of .(type) outside type switch");
        x->mode = MODE_INVALID;
        return;
    }
    if (x->type->kind == TYPE_PARAM) {
        err_node(c, e->x, E_OPERATION, "invalid operation: cannot use type assertion on type parameter value %s", opstr(c, x));
        x->mode = MODE_INVALID;
        return;
    }
    if (type_under(c, x->type)->kind != TYPE_INTERFACE) {
        err_node(c, e->x, E_OPERATION, "invalid operation: %s is not an interface", opstr(c, x));
        x->mode = MODE_INVALID;
        return;
    }
    Type *t = check_var_type(c, e->atype);
    if (!is_valid(t)) {
        x->mode = MODE_INVALID;
        return;
    }
    const char *cause;
    if (!assertable(c, x->type, t, &cause))
        err_node(c, e, E_OPERATION, "impossible type assertion: %s\n\t%s does not implement %s %s", estr(c, &e->e), tstr(c, t),
            tstr(c, x->type), cause);
    x->mode = MODE_COMMAOK;
    x->type = t;
}

void mark_comma_ok(Expr *e) {
    e = ast_unparen(e);
    if (e->kind == EXPR_INDEX) AS(IndexExpr, e)->comma_ok = true;
    if (e->kind == EXPR_TYPE_ASSERT) AS(TypeAssertExpr, e)->comma_ok = true;
    if (e->kind == EXPR_UNARY) AS(UnaryExpr, e)->comma_ok = true;
}

/* ---- the heart ---- */

static void check_star(Checker *c, Operand *x, StarExpr *e) {
    check_expr_or_type(c, x, e->x, false);
    if (x->mode == MODE_INVALID) return;
    if (x->mode == MODE_TYPE) {
        Type *t = x->type;
        if (type_under(c, t)->kind == TYPE_INTERFACE && t->kind != TYPE_PARAM && type_under(c, t)->has_terms)
            check_var_type(c, e->x);
        x->type = type_pointer(c, t);
        return;
    }
    if (x->mode == MODE_NIL) {
        err_node(c, e->x, E_OPERATION, "invalid operation: cannot indirect %s", opstr(c, x));
        x->mode = MODE_INVALID;
        return;
    }
    single_value(c, x);
    if (x->mode == MODE_INVALID) return;
    Type *u = type_core(c, x->type);
    if (!u || u->kind != TYPE_POINTER) {
        err_node(c, e->x, E_OPERATION, "invalid operation: cannot indirect %s", opstr(c, x));
        x->mode = MODE_INVALID;
        return;
    }
    x->mode = MODE_VAR;
    x->type = u->elem;
}

static void expr_inner(Checker *c, Operand *x, Expr *e, Type *hint) {
    x->mode = MODE_INVALID;
    x->type = invalid(c);
    x->cv = NULL;
    x->expr = e;
    switch (e->kind) {
    case EXPR_IDENT: check_ident(c, x, AS(Ident, e), false); break;
    case EXPR_LIT: check_basic_lit(c, x, AS(BasicLit, e)); break;
    case EXPR_COMPOSITE: check_comp_lit(c, x, AS(CompositeLit, e), hint); break;
    case EXPR_FUNC_LIT: check_func_lit(c, x, AS(FuncLit, e)); break;
    case EXPR_SELECTOR: check_selector(c, x, AS(SelectorExpr, e), false); break;
    case EXPR_INDEX: check_index(c, x, AS(IndexExpr, e)); break;
    case EXPR_SLICE: check_slice(c, x, AS(SliceExpr, e)); break;
    case EXPR_TYPE_ASSERT: check_type_assert(c, x, AS(TypeAssertExpr, e)); break;
    case EXPR_CALL: check_call(c, x, AS(CallExpr, e)); break;
    case EXPR_STAR: check_star(c, x, AS(StarExpr, e)); break;
    case EXPR_UNARY: check_unary(c, x, AS(UnaryExpr, e), hint); break;
    case EXPR_BINARY: check_binary_chain(c, x, AS(BinaryExpr, e)); break;
    case EXPR_KEY_VALUE: err_node(c, e, E_LITERAL_VALUE, "invalid syntax tree: no key:value expected"); break;
    case EXPR_DOTS_TYPE: err_node(c, e, E_TYPE, "invalid syntax tree: invalid use of ..."); break;
    case EXPR_ARRAY_TYPE: case EXPR_SLICE_TYPE: case EXPR_STRUCT_TYPE: case EXPR_FUNC_TYPE: case EXPR_INTERFACE_TYPE:
    case EXPR_MAP_TYPE: case EXPR_CHAN_TYPE:
        x->type = check_type(c, e);
        x->mode = is_valid(x->type) ? MODE_TYPE : MODE_INVALID;
        break;
    default: break;
    }
    x->expr = e;
}

void check_raw(Checker *c, Operand *x, Expr *e, Type *hint, bool allow_generic) {
    if (!check_depth(c, e->pos)) {
        *x = (Operand){.mode = MODE_INVALID, .type = invalid(c), .expr = e};
        return;
    }
    Expr *inner = ast_unparen(e);
    expr_inner(c, x, inner, hint);
    if (!allow_generic && x->mode != MODE_INVALID) {
        const char *what = NULL;
        if (x->mode == MODE_TYPE && is_generic_named(x->type)) what = "type";
        if (x->mode == MODE_VALUE && x->type->kind == TYPE_FUNC && x->type->ntparams_f) what = "function";
        if (what) {
            err_node(c, e, E_INFER, "cannot use generic %s %s without instantiation", what, estr(c, e));
            x->mode = MODE_INVALID;
        }
    }
    if (x->mode == MODE_INVALID) x->type = invalid(c);
    record_operand(c, x);
    if (inner != e) {
        for (Expr *p = e; p != inner; p = AS(ParenExpr, p)->x) {
            p->mode = inner->mode;
            p->type = inner->type;
            p->cv = inner->cv;
        }
        x->expr = e;
    }
}

static void exclude(Checker *c, Operand *x, bool types_too) {
    const char *msg = NULL;
    switch (x->mode) {
    case MODE_NOVALUE: msg = "%s used as value"; break;
    case MODE_BUILTIN:
        if (types_too) msg = "%s must be called";
        break;
    case MODE_TYPE:
        if (types_too) msg = "%s is not an expression";
        break;
    default: return;
    }
    if (!msg) return;
    const char *op = opstr(c, x);
    if (x->mode == MODE_NOVALUE)
        err_node(c, x->expr, E_MISMATCH, types_too ? "%s used as value" : "%s used as value or type", op);
    else if (x->mode == MODE_BUILTIN)
        err_node(c, x->expr, E_CALL, "%s must be called", op);
    else
        err_node(c, x->expr, E_NOT_TYPE, "%s is not an expression", op);
    x->mode = MODE_INVALID;
}

void single_value(Checker *c, Operand *x) {
    if (x->mode == MODE_VALUE && x->type->kind == TYPE_TUPLE) {
        err_node(c, x->expr, E_COUNT, "multiple-value %s in single-value context", opstr(c, x));
        x->mode = MODE_INVALID;
        x->type = invalid(c);
    }
}

void check_expr_hint(Checker *c, Operand *x, Expr *e, Type *hint) {
    bool func_target = hint && type_under(c, hint)->kind == TYPE_FUNC;
    IndexExpr *saved = c->call_fun;
    if (func_target && e->kind == EXPR_INDEX) c->call_fun = AS(IndexExpr, e);
    check_raw(c, x, e, NULL, func_target);
    c->call_fun = saved;
    if (func_target && x->mode == MODE_VALUE && x->type->kind == TYPE_FUNC && x->type->ntparams_f) infer_from_target(c, x, hint);
    exclude(c, x, true);
    single_value(c, x);
}

void check_expr(Checker *c, Operand *x, Expr *e) {
    check_raw(c, x, e, NULL, false);
    if (x->mode <= MODE_TYPE) exclude(c, x, true);
    single_value(c, x);
}

void check_elem_expr(Checker *c, Operand *x, Expr *e, Type *elem) {
    if (e->kind != EXPR_COMPOSITE) {
        check_expr(c, x, e);
        return;
    }
    check_raw(c, x, e, elem, false);
    if (x->mode == MODE_INVALID) x->type = invalid(c);
}

/* check_generic_expr evaluates an argument: it may be a generic function, even with some of its type arguments given. */
void check_generic_expr(Checker *c, Operand *x, Expr *e, Type *hint) {
    IndexExpr *saved = c->call_fun;
    c->call_fun = e->kind == EXPR_INDEX ? AS(IndexExpr, e) : NULL;
    check_raw(c, x, e, hint, true);
    c->call_fun = saved;
    exclude(c, x, true);
    single_value(c, x);
}

void check_multi_expr(Checker *c, Operand *x, Expr *e) {
    check_raw(c, x, e, NULL, false);
    exclude(c, x, true);
}

void check_expr_or_type(Checker *c, Operand *x, Expr *e, bool allow_generic) {
    check_raw(c, x, e, NULL, allow_generic);
    exclude(c, x, false);
    single_value(c, x);
}

/* unpack_exprs evaluates a list; one call with several results counts as several operands, as does a comma-ok form when allowed. */
Operand *unpack_exprs(Checker *c, Expr **list, uint32_t n, uint32_t *nout, bool allow_comma_ok, bool *is_comma_ok) {
    if (is_comma_ok) *is_comma_ok = false;
    if (n != 1) {
        Operand *out = NEWN(c, Operand, n + 1);
        for (uint32_t i = 0; i < n; i++) check_generic_expr(c, &out[i], list[i], NULL);
        *nout = n;
        return out;
    }
    Operand x;
    IndexExpr *saved = c->call_fun;
    c->call_fun = list[0]->kind == EXPR_INDEX ? AS(IndexExpr, list[0]) : NULL;
    check_raw(c, &x, list[0], NULL, true);
    c->call_fun = saved;
    exclude(c, &x, true);
    if (x.mode == MODE_VALUE && x.type->kind == TYPE_TUPLE) {
        Operand *out = NEWN(c, Operand, x.type->ntypes + 1);
        for (uint32_t i = 0; i < x.type->ntypes; i++)
            out[i] = (Operand){.mode = MODE_VALUE, .type = x.type->types[i], .expr = list[0]};
        *nout = x.type->ntypes;
        return out;
    }
    Operand *out = NEWN(c, Operand, 2);
    out[0] = x;
    *nout = 1;
    if (allow_comma_ok && (x.mode == MODE_MAPINDEX || x.mode == MODE_COMMAOK)) {
        out[1] = (Operand){.mode = MODE_VALUE, .type = c->basic[TYPE_UNTYPED_BOOL], .expr = list[0]};
        *nout = 2;
        if (is_comma_ok) *is_comma_ok = true;
    }
    return out;
}

/* use_exprs evaluates expressions whose values an erroneous construct drops, so that what they mention counts as used. */
void use_exprs(Checker *c, Expr **list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        Operand x;
        Expr *e = list[i];
        if (!e) continue;
        if (e->kind == EXPR_KEY_VALUE) {
            use_exprs(c, &AS(KeyValueExpr, e)->value, 1);
            continue;
        }
        if (e->kind == EXPR_IDENT && is_blank(c, AS(Ident, e)->name)) continue;
        check_raw(c, &x, e, NULL, true);
    }
}

// expr.c: expressions without calls: places, operators, conditions, conversions to interfaces, composite literals.
#include "compile/compile_impl.h"

TInfo *ti(Fn *f, Type *t) { return ti_of(f->c, t->has_tparam ? type_subst(f->c->ck, t, &f->env) : t); }

TInfo *tof(Fn *f, Expr *e) { return ti(f, e->type); }

uint32_t not_supported(Fn *f, Pos pos, const char *what) {
    diag_at(f->c->sx->diags, pos, E_UNSUPPORTED, "not supported: %s", what);
    f->c->failed = true;
    return frame_alloc_kind(f, 3, SM_NONE);
}

bool has_room(Fn *f, Pos pos) {
    Compiler *c = f->c;
    if (LIKELY((char *)__builtin_frame_address(0) > c->stack_limit))
        return true;
    if (!c->too_deep)
        diag_at(c->sx->diags, pos, E_NESTING, "nesting is too deep for the compiler");
    c->too_deep = c->failed = true;
    return false;
}

bool expr_is_nil(Fn *f, Expr *e) {
    e = ast_unparen(e);
    return e->mode == MODE_NIL || (e->type && e->type->kind == TYPE_UNTYPED_NIL);
}

static uint32_t dst_or_new(Fn *f, uint32_t hint, TInfo *t) { return hint != NOWHERE ? hint : frame_alloc(f, t); }

/* expr_mentions: does e read variable o? Function literals don't count, since what they change is boxed. */
bool expr_mentions(Expr *e, Object *o) {
    if (!e || e->cv)
        return false;
    switch (e->kind) {
    case EXPR_IDENT: return ((Ident *)e)->obj == o;
    case EXPR_PAREN: return expr_mentions(((ParenExpr *)e)->x, o);
    case EXPR_SELECTOR: return expr_mentions(((SelectorExpr *)e)->x, o);
    case EXPR_STAR: return expr_mentions(((StarExpr *)e)->x, o);
    case EXPR_UNARY: return expr_mentions(((UnaryExpr *)e)->x, o);
    case EXPR_BINARY: return expr_mentions(((BinaryExpr *)e)->x, o) || expr_mentions(((BinaryExpr *)e)->y, o);
    case EXPR_TYPE_ASSERT: return expr_mentions(((TypeAssertExpr *)e)->x, o);
    case EXPR_KEY_VALUE: return expr_mentions(((KeyValueExpr *)e)->key, o) || expr_mentions(((KeyValueExpr *)e)->value, o);
    case EXPR_INDEX: {
        IndexExpr *x = (IndexExpr *)e;
        for (uint32_t i = 0; i < x->nindex; i++) {
            if (expr_mentions(x->index[i], o))
                return true;
        }
        return expr_mentions(x->x, o);
    }
    case EXPR_SLICE: {
        SliceExpr *x = (SliceExpr *)e;
        return expr_mentions(x->x, o) || expr_mentions(x->lo, o) || expr_mentions(x->hi, o) || expr_mentions(x->max, o);
    }
    case EXPR_CALL: {
        CallExpr *x = (CallExpr *)e;
        for (uint32_t i = 0; i < x->nargs; i++) {
            if (expr_mentions(x->args[i], o))
                return true;
        }
        return expr_mentions(x->fun, o);
    }
    case EXPR_COMPOSITE: {
        CompositeLit *x = (CompositeLit *)e;
        for (uint32_t i = 0; i < x->nelems; i++) {
            if (expr_mentions(x->elems[i], o))
                return true;
        }
        return false;
    }
    case EXPR_FUNC_LIT: return true;
    default: return false;
    }
}

/* ---- integers ---- */

void wrap_int(Fn *f, uint32_t at, TInfo *t) {
    switch (t->kind) {
    case KIND_INT8: ins(f, OP_SEXT8, at, at, 0); break;
    case KIND_INT16: ins(f, OP_SEXT16, at, at, 0); break;
    case KIND_INT32: ins(f, OP_SEXT32, at, at, 0); break;
    case KIND_UINT8: ins(f, OP_ZEXT8, at, at, 0); break;
    case KIND_UINT16: ins(f, OP_ZEXT16, at, at, 0); break;
    case KIND_UINT32: ins(f, OP_ZEXT32, at, at, 0); break;
    default: break;
    }
}

static void int_arith(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, uint32_t y) {
    Opcode o;
    bool wrap = false;
    switch (op) {
    case OPER_ADD:
        o = t->kind == KIND_INT32 ? OP_ADD_I32 : t->kind == KIND_UINT32 ? OP_ADD_U32 : t->kind == KIND_UINT8 ? OP_ADD_U8 : OP_ADD_I64;
        wrap = o == OP_ADD_I64;
        break;
    case OPER_SUB:
        o = t->kind == KIND_INT32 ? OP_SUB_I32 : t->kind == KIND_UINT32 ? OP_SUB_U32 : t->kind == KIND_UINT8 ? OP_SUB_U8 : OP_SUB_I64;
        wrap = o == OP_SUB_I64;
        break;
    case OPER_MUL:
        o = t->kind == KIND_INT32 ? OP_MUL_I32 : t->kind == KIND_UINT32 ? OP_MUL_U32 : OP_MUL_I64;
        wrap = o == OP_MUL_I64;
        break;
    case OPER_QUO:
        o = ti_is_signed(t) ? OP_DIV_I64 : OP_DIV_U64;
        wrap = ti_is_signed(t);
        break;
    case OPER_REM: o = ti_is_signed(t) ? OP_REM_I64 : OP_REM_U64; break;
    case OPER_AND: o = OP_AND; break;
    case OPER_OR: o = OP_OR; break;
    case OPER_XOR: o = OP_XOR; break;
    case OPER_AND_NOT: o = OP_ANDNOT; break;
    default: UNREACHABLE("integer operator");
    }
    ins(f, o, dst, x, y);
    if (wrap)
        wrap_int(f, dst, t);
}

void arith(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, uint32_t y) {
    switch (t->kind) {
    case KIND_FLOAT64: {
        static const Opcode ops[] = {OP_ADD_F64, OP_SUB_F64, OP_MUL_F64, OP_DIV_F64};
        ins(f, ops[op == OPER_ADD ? 0 : op == OPER_SUB ? 1 : op == OPER_MUL ? 2 : 3], dst, x, y);
        return;
    }
    case KIND_FLOAT32: {
        static const Opcode ops[] = {OP_ADD_F32, OP_SUB_F32, OP_MUL_F32, OP_DIV_F32};
        ins(f, ops[op == OPER_ADD ? 0 : op == OPER_SUB ? 1 : op == OPER_MUL ? 2 : 3], dst, x, y);
        return;
    }
    case KIND_COMPLEX64: case KIND_COMPLEX128: {
        bool wide = t->kind == KIND_COMPLEX128;
        if (op == OPER_MUL || op == OPER_QUO) {
            ins(f, op == OPER_MUL ? (wide ? OP_MUL_C128 : OP_MUL_C64) : (wide ? OP_DIV_C128 : OP_DIV_C64), dst, x, y);
            return;
        }
        Opcode o = op == OPER_ADD ? (wide ? OP_ADD_F64 : OP_ADD_F32) : (wide ? OP_SUB_F64 : OP_SUB_F32);
        ins(f, o, dst, x, y);
        ins(f, o, dst + 8, x + 8, y + 8);
        return;
    }
    case KIND_STRING: {
        uint32_t mark = f->top, at = frame_alloc(f, t);
        mov(f, at, x, 2);
        mov(f, frame_alloc(f, t), y, 2);
        ins(f, OP_CONCAT, dst, at, 2);
        frame_release(f, mark);
        return;
    }
    default: int_arith(f, op, t, dst, x, y);
    }
}

static bool small_const(Expr *e, TInfo *t, int64_t *v) {
    if (!e->cv || !ti_is_int(t))
        return false;
    bool exact;
    *v = const_int64(e->cv, &exact);
    return exact && *v == (int16_t)*v;
}

// int_const_op emits x op constant as one instruction if there is one.
static bool int_const_op(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, int64_t v) {
    switch (op) {
    case OPER_SUB: v = -v; // fall through
    case OPER_ADD:
        if (v != (int16_t)v)
            return false;
        ins(f, OP_ADDI_I64, dst, x, (uint16_t)v);
        break;
    case OPER_MUL: ins(f, OP_MULI_I64, dst, x, (uint16_t)v); break;
    case OPER_QUO:
        if (v <= 0)
            return false;
        if (ti_is_signed(t))
            ins(f, OP_DIVI_I64, dst, x, (uint16_t)v);
        else if ((v & (v - 1)) == 0)
            ins(f, OP_SHRI_U64, dst, x, (uint32_t)__builtin_ctzll((uint64_t)v));
        else if (t->size < 8)
            ins(f, OP_DIVI_I64, dst, x, (uint16_t)v);
        else
            return false;
        return true;
    case OPER_REM:
        if (v <= 0)
            return false;
        if (ti_is_unsigned(t) && (v & (v - 1)) == 0)
            ins(f, OP_ANDI, dst, x, (uint16_t)(v - 1));
        else if (ti_is_signed(t) || t->size < 8)
            ins(f, OP_REMI_I64, dst, x, (uint16_t)v);
        else
            return false;
        return true;
    case OPER_AND: ins(f, OP_ANDI, dst, x, (uint16_t)v); return true;
    case OPER_OR: ins(f, OP_ORI, dst, x, (uint16_t)v); return true;
    case OPER_XOR: ins(f, OP_XORI, dst, x, (uint16_t)v); return true;
    case OPER_AND_NOT: ins(f, OP_ANDI, dst, x, (uint16_t)~v); return true;
    default: return false;
    }
    wrap_int(f, dst, t);
    return true;
}

void binary_const(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, Expr *ye) {
    int64_t v;
    uint32_t mark = f->top;
    if (small_const(ye, t, &v) && int_const_op(f, op, t, dst, x, v))
        return;
    uint32_t y = ex(f, ye);
    arith(f, op, t, dst, x, y);
    frame_release(f, mark);
}

void shift(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, Expr *count) {
    uint32_t mark = f->top;
    Opcode right = ti_is_signed(t) ? OP_SHRI_I64 : OP_SHRI_U64;
    if (count->cv) {
        bool exact;
        uint64_t n = const_uint64(const_to_int(f->c->arena, count->cv), &exact);
        if (!exact)
            n = 64;
        if (op == OPER_SHL) {
            if (n >= 64) {
                ins_i(f, OP_LDI, dst, 0);
            } else {
                ins(f, OP_SHLI, dst, x, (uint32_t)n);
                wrap_int(f, dst, t);
            }
        } else if (n >= 64 && ti_is_unsigned(t)) {
            ins_i(f, OP_LDI, dst, 0);
        } else {
            ins(f, right, dst, x, n >= 64 ? 63 : (uint32_t)n);
        }
        return;
    }
    uint32_t n = ex(f, count);
    if (ti_is_signed(tof(f, count)))
        ins(f, OP_CHKSHIFT, n, 0, 0);
    if (op == OPER_SHL) {
        ins(f, OP_SHL, dst, x, n);
        wrap_int(f, dst, t);
    } else {
        ins(f, ti_is_signed(t) ? OP_SHR_I64 : OP_SHR_U64, dst, x, n);
    }
    frame_release(f, mark);
}

/* ---- comparisons ---- */

static unsigned oper_swap(unsigned op) {
    return op == OPER_LSS ? OPER_GTR : op == OPER_GTR ? OPER_LSS : op == OPER_LEQ ? OPER_GEQ : op == OPER_GEQ ? OPER_LEQ : op;
}

static unsigned oper_not(unsigned op) {
    switch (op) {
    case OPER_EQL: return OPER_NEQ;
    case OPER_NEQ: return OPER_EQL;
    case OPER_LSS: return OPER_GEQ;
    case OPER_GEQ: return OPER_LSS;
    case OPER_GTR: return OPER_LEQ;
    default: return OPER_GTR;
    }
}

static bool poll_form(Opcode op, Opcode *loop) {
    switch (op) {
    case OP_JLT_I64: *loop = OP_LOOPLT_I64; return true;
    case OP_JLE_I64: *loop = OP_LOOPLE_I64; return true;
    case OP_JNE_I64: *loop = OP_LOOPNE_I64; return true;
    case OP_JLTI_I64: *loop = OP_LOOPLTI_I64; return true;
    case OP_JLEI_I64: *loop = OP_LOOPLEI_I64; return true;
    case OP_JGTI_I64: *loop = OP_LOOPGTI_I64; return true;
    case OP_JGEI_I64: *loop = OP_LOOPGEI_I64; return true;
    case OP_JT: *loop = OP_LOOPT; return true;
    case OP_JF: *loop = OP_LOOPF; return true;
    default: return false;
    }
}

static bool label_is_bound(Fn *f, Label l) { return f->labels.at[l] < UINT32_MAX - 1; }

// cjump jumps if op holds; backward with a poll.
void cjump(Fn *f, Opcode op, uint32_t a, uint32_t b, Label l) {
    bool one = op == OP_JT || op == OP_JF;
    if (label_is_bound(f, l)) {
        Opcode loop;
        if (poll_form(op, &loop)) {
            op = loop;
        } else {
            Label taken = label_new(f), past = label_new(f);
            jump_abc(f, op, a, b, taken);
            jump(f, past);
            label_bind(f, taken);
            jump(f, l);
            label_bind(f, past);
            return;
        }
    }
    if (one)
        jump_a(f, op, a, l);
    else
        jump_abc(f, op, a, b, l);
}

// jump_if emits the jump of a condition held in operator form: to yes when it holds (fall_yes false), else to no when it does not.
static void cond_slot(Fn *f, uint32_t at, Label yes, Label no, bool fall_yes) {
    if (fall_yes)
        cjump(f, OP_JF, at, 0, no);
    else
        cjump(f, OP_JT, at, 0, yes);
}

static bool words_comparable(const TInfo *t) {
    return t->form == FORM_SLOTS && t->nslots == 1 && !ti_is_float(t);
}

static bool field_is_blank(const TInfo *t, uint32_t i) {
    const Name *n = t->under->fields[i].name;
    return n->len == 1 && n->text[0] == '_';
}

// jump_unequal goes to `no` unless the values at x and y are equal.
static void jump_unequal(Fn *f, TInfo *t, uint32_t x, uint32_t y, Label no) {
    uint32_t mark = f->top;
    if (t->form != FORM_SLOTS) {
        uint32_t px = frame_alloc_kind(f, 1, SM_PTR), py = frame_alloc_kind(f, 1, SM_PTR), eq = frame_alloc_kind(f, 1, SM_NONE);
        Loc lx = loc_frame(t, x), ly = loc_frame(t, y);
        uint32_t index = ti_index(f->c, t);
        loc_addr(f, &lx, px);
        loc_addr(f, &ly, py);
        ins(f, OP_EQ_MEM, eq, px, py);
        ins_ext(f, ext_type(index, 0));
        cjump(f, OP_JF, eq, 0, no);
        frame_release(f, mark);
        return;
    }
    switch (t->kind) {
    case KIND_STRUCT:
        for (uint32_t i = 0; i < t->under->nfields; i++) {
            uint32_t at = ti_field_slot(f->c, t, i) * 8;
            if (!field_is_blank(t, i))
                jump_unequal(f, ti_field(f->c, t, i), x + at, y + at, no);
        }
        return;
    case KIND_STRING: cjump(f, OP_JNE_STR, x, y, no); return;
    case KIND_FLOAT64: cjump(f, OP_JNE_F64, x, y, no); return;
    case KIND_COMPLEX128:
        cjump(f, OP_JNE_F64, x, y, no);
        cjump(f, OP_JNE_F64, x + 8, y + 8, no);
        return;
    case KIND_FLOAT32: case KIND_COMPLEX64: {
        uint32_t eq = frame_alloc_kind(f, 1, SM_NONE);
        for (uint32_t i = 0; i < t->nslots; i++) {
            ins(f, OP_EQ_F32, eq, x + i * 8, y + i * 8);
            cjump(f, OP_JF, eq, 0, no);
        }
        break;
    }
    case KIND_INTERFACE: {
        uint32_t eq = frame_alloc_kind(f, 1, SM_NONE);
        ins(f, OP_EQ_IFACE, eq, x, y);
        cjump(f, OP_JF, eq, 0, no);
        break;
    }
    default: cjump(f, OP_JNE_I64, x, y, no);
    }
    frame_release(f, mark);
}

void compare_to_bool(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, uint32_t y) {
    if (op == OPER_GTR || op == OPER_GEQ) {
        uint32_t s = x;
        x = y, y = s;
        op = oper_swap(op);
    }
    unsigned k = op == OPER_EQL ? 0 : op == OPER_NEQ ? 1 : op == OPER_LSS ? 2 : 3;
    static const Opcode i64[] = {OP_EQ_I64, OP_NE_I64, OP_LT_I64, OP_LE_I64}, u64[] = {OP_EQ_I64, OP_NE_I64, OP_LT_U64, OP_LE_U64};
    static const Opcode f64[] = {OP_EQ_F64, OP_NE_F64, OP_LT_F64, OP_LE_F64}, f32[] = {OP_EQ_F32, OP_NE_F32, OP_LT_F32, OP_LE_F32};
    static const Opcode str[] = {OP_EQ_STR, OP_NE_STR, OP_LT_STR, OP_LE_STR};
    if (t->kind == KIND_STRING) {
        ins(f, str[k], dst, x, y);
    } else if (t->kind == KIND_FLOAT64) {
        ins(f, f64[k], dst, x, y);
    } else if (t->kind == KIND_FLOAT32) {
        ins(f, f32[k], dst, x, y);
    } else if (t->kind == KIND_INTERFACE) {
        ins(f, OP_EQ_IFACE, dst, x, y);
        if (k == 1)
            ins(f, OP_NOT, dst, dst, 0);
    } else if (words_comparable(t) && t->kind != KIND_STRUCT) {
        ins(f, (ti_is_unsigned(t) ? u64 : i64)[k], dst, x, y);
    } else {
        Label no = label_new(f), end = label_new(f);
        jump_unequal(f, t, x, y, no);
        ins_i(f, OP_LDI, dst, k == 0);
        jump(f, end);
        label_bind(f, no);
        ins_i(f, OP_LDI, dst, k != 0);
        label_bind(f, end);
    }
}

// compare_operands evaluates both sides in a common type (one may be an interface that the other is converted to).
static TInfo *compare_operands(Fn *f, BinaryExpr *b, uint32_t *x, uint32_t *y) {
    TInfo *tx = tof(f, b->x), *ty = tof(f, b->y), *t = tx;
    if (ti_is_iface(ty) && !ti_is_iface(tx))
        t = ty;
    *x = ex_as(f, b->x, t);
    *y = ex_as(f, b->y, t);
    return t;
}

static void cond_int(Fn *f, unsigned op, TInfo *t, BinaryExpr *b, Label l) {
    uint32_t mark = f->top;
    Expr *xe = b->x, *ye = b->y;
    int64_t v;
    if (xe->cv) {
        Expr *s = xe;
        xe = ye, ye = s;
        op = oper_swap(op);
    }
    bool big_unsigned = ti_is_unsigned(t) && t->size == 8;
    if (small_const(ye, t, &v) && (!big_unsigned || op == OPER_EQL || op == OPER_NEQ)) {
        static const Opcode ops[] = {OP_JEQI_I64, OP_JNEI_I64, OP_JLTI_I64, OP_JLEI_I64, OP_JGTI_I64, OP_JGEI_I64};
        uint32_t x = ex(f, xe);
        if (v == 0 && (op == OPER_EQL || op == OPER_NEQ))
            cjump(f, op == OPER_EQL ? OP_JF : OP_JT, x, 0, l);
        else
            cjump(f, ops[op - OPER_EQL], x, (uint16_t)v, l);
        frame_release(f, mark);
        return;
    }
    uint32_t x = ex(f, xe), y = ex(f, ye);
    if (op == OPER_GTR || op == OPER_GEQ) {
        uint32_t s = x;
        x = y, y = s;
        op = oper_swap(op);
    }
    static const Opcode i64[] = {OP_JEQ_I64, OP_JNE_I64, OP_JLT_I64, OP_JLE_I64}, u64[] = {OP_JEQ_I64, OP_JNE_I64, OP_JLT_U64, OP_JLE_U64};
    cjump(f, (ti_is_unsigned(t) ? u64 : i64)[op - OPER_EQL], x, y, l);
    frame_release(f, mark);
}
_Static_assert(OPER_NEQ == OPER_EQL + 1 && OPER_LSS == OPER_EQL + 2 && OPER_LEQ == OPER_EQL + 3 && OPER_GTR == OPER_EQL + 4 && OPER_GEQ == OPER_EQL + 5,
               "tables above");

static void cond_compare(Fn *f, BinaryExpr *b, Label yes, Label no, bool fall_yes) {
    uint32_t mark = f->top;
    unsigned op = b->op;
    if (op <= OPER_NEQ && (expr_is_nil(f, b->x) || expr_is_nil(f, b->y))) {
        Expr *v = expr_is_nil(f, b->y) ? b->x : b->y;
        if (expr_is_nil(f, v)) {  // nil == nil of some type parameter's instance
            uint32_t at = frame_alloc_kind(f, 1, SM_NONE);
            ins_i(f, OP_LDI, at, op == OPER_EQL);
            cond_slot(f, at, yes, no, fall_yes);
        } else {
            uint32_t at = ex(f, v);  // the first slot tells: type word, data pointer, pointer
            if (fall_yes)
                cjump(f, op == OPER_EQL ? OP_JT : OP_JF, at, 0, no);
            else
                cjump(f, op == OPER_EQL ? OP_JF : OP_JT, at, 0, yes);
        }
        frame_release(f, mark);
        return;
    }
    TInfo *t = tof(f, b->x);
    if (ti_is_int(t) && !ti_is_iface(tof(f, b->y))) {
        if (fall_yes)
            cond_int(f, oper_not(op), t, b, no);
        else
            cond_int(f, op, t, b, yes);
        return;
    }
    uint32_t x, y;
    t = compare_operands(f, b, &x, &y);
    if (op == OPER_GTR || op == OPER_GEQ) {
        uint32_t s = x;
        x = y, y = s;
        op = oper_swap(op);
    }
    Label l = fall_yes ? no : yes;
    if (t->kind == KIND_FLOAT64) {
        static const Opcode pos[] = {OP_JEQ_F64, OP_JNE_F64, OP_JLT_F64, OP_JLE_F64}, neg[] = {OP_JNE_F64, OP_JEQ_F64, OP_JNLT_F64, OP_JNLE_F64};
        cjump(f, (fall_yes ? neg : pos)[op - OPER_EQL], x, y, l);
    } else if (t->kind == KIND_STRING && op <= OPER_NEQ) {
        cjump(f, (op == OPER_EQL) != fall_yes ? OP_JEQ_STR : OP_JNE_STR, x, y, l);
    } else if (words_comparable(t) && t->kind != KIND_STRUCT && op <= OPER_NEQ) {
        cjump(f, (op == OPER_EQL) != fall_yes ? OP_JEQ_I64 : OP_JNE_I64, x, y, l);
    } else if (op == OPER_EQL && fall_yes && t->kind != KIND_INTERFACE) {
        jump_unequal(f, t, x, y, no);
    } else if (op == OPER_NEQ && !fall_yes && t->kind != KIND_INTERFACE) {
        jump_unequal(f, t, x, y, yes);
    } else {
        uint32_t at = frame_alloc_kind(f, 1, SM_NONE);
        compare_to_bool(f, op, t, at, x, y);
        cond_slot(f, at, yes, no, fall_yes);
    }
    frame_release(f, mark);
}

/* cond evaluates a condition for its jumps: when it is true control goes to yes, else to no; the one that follows the code directly
 * (fall_yes: yes, else no) is reached by falling through. */
void cond(Fn *f, Expr *e, Label yes, Label no, bool fall_yes) {
    uint32_t mark = f->top, nhoisted = f->hoisted.n;
    e = ast_unparen(e);
    f->pos = e->pos;
    if (UNLIKELY(!has_room(f, e->pos)))
        return;
    if (e->cv) {
        bool v = const_is_true(e->cv);
        if (v && !fall_yes)
            jump(f, yes);
        else if (!v && fall_yes)
            jump(f, no);
        return;
    }
    if (e->kind == EXPR_UNARY && ((UnaryExpr *)e)->op == OPER_NOT) {
        cond(f, ((UnaryExpr *)e)->x, no, yes, !fall_yes);
        return;
    }
    BinaryExpr *b = e->kind == EXPR_BINARY && !e->hoisted ? (BinaryExpr *)e : NULL;
    if (b && (b->op == OPER_LAND || b->op == OPER_LOR)) {
        Label mid = label_new(f);
        if (b->op == OPER_LAND)
            cond(f, b->x, mid, no, true);
        else
            cond(f, b->x, yes, mid, false);
        label_bind(f, mid);
        cond(f, b->y, yes, no, fall_yes);
        return;
    }
    order_one(f, e);
    if (b && b->op >= OPER_EQL && b->op <= OPER_GEQ && !e->hoisted)
        cond_compare(f, b, yes, no, fall_yes);
    else
        cond_slot(f, ex(f, e), yes, no, fall_yes);
    order_end(f, nhoisted);
    frame_release(f, mark);
}

/* ---- binary and unary ---- */

enum { CONCAT_MAX = FAR_SPAN_BYTES / 16 };

// Joins n operands, the last first at `parts`, into dst; so many that one instruction does not take them are joined in groups first.
static void concat_parts(Fn *f, Expr **parts, uint32_t n, uint32_t dst) {
    uint32_t mark = f->top, first = f->top, group = 1, ngroups = n;
    while (ngroups > CONCAT_MAX) {
        group *= CONCAT_MAX;
        ngroups = (n + group - 1) / group;
    }
    for (uint32_t i = 0; i < ngroups; i++)
        frame_alloc(f, f->c->t_string);
    for (uint32_t i = 0; i < ngroups; i++) {
        uint32_t from = i * group, len = n - from < group ? n - from : group, at = first + i * 16;
        if (len == 1)
            ex_to(f, parts[n - 1 - from], at);
        else
            concat_parts(f, parts + n - from - len, len, at);
    }
    ins(f, OP_CONCAT, dst, first, ngroups);
    frame_release(f, mark);
}

static uint32_t concat(Fn *f, BinaryExpr *b, uint32_t hint) {
    // The left spine of non-constant additions, leftmost operand first.
    VEC(Expr *) parts = {0};
    Expr *e = &b->e;
    while (e->kind == EXPR_BINARY && !e->cv && ((BinaryExpr *)e)->op == OPER_ADD) {
        vec_push(f->arena, &parts, ((BinaryExpr *)e)->y);
        e = ast_unparen(((BinaryExpr *)e)->x);
    }
    vec_push(f->arena, &parts, e);
    uint32_t dst = dst_or_new(f, hint, tof(f, &b->e));
    concat_parts(f, parts.at, parts.n, dst);
    return dst;
}

static uint32_t binary(Fn *f, BinaryExpr *b, uint32_t hint) {
    TInfo *t = tof(f, &b->e);
    switch (b->op) {
    case OPER_LAND: case OPER_LOR: {
        uint32_t dst = dst_or_new(f, hint, t);
        Label end = label_new(f);
        order_one(f, b->x);
        ex_to(f, b->x, dst);
        jump_a(f, b->op == OPER_LAND ? OP_JF : OP_JT, dst, end);
        order_one(f, b->y);
        ex_to(f, b->y, dst);
        label_bind(f, end);
        return dst;
    }
    case OPER_EQL: case OPER_NEQ: case OPER_LSS: case OPER_LEQ: case OPER_GTR: case OPER_GEQ: {
        uint32_t dst = dst_or_new(f, hint, t), mark = f->top, x, y;
        if (b->op <= OPER_NEQ && (expr_is_nil(f, b->x) || expr_is_nil(f, b->y))) {
            Label yes = label_new(f), no = label_new(f), end = label_new(f);
            cond_compare(f, b, yes, no, true);
            label_bind(f, yes);
            ins_i(f, OP_LDI, dst, 1);
            jump(f, end);
            label_bind(f, no);
            ins_i(f, OP_LDI, dst, 0);
            label_bind(f, end);
            return dst;
        }
        TInfo *ot = compare_operands(f, b, &x, &y);
        f->pos = b->e.pos;
        compare_to_bool(f, b->op, ot, dst, x, y);
        frame_release(f, mark);
        return dst;
    }
    case OPER_SHL: case OPER_SHR: {
        uint32_t dst = dst_or_new(f, hint, t), mark = f->top, x = ex_hint(f, b->x, hint == NOWHERE ? dst : NOWHERE);
        f->pos = b->e.pos;
        shift(f, b->op, t, dst, x, b->y);
        frame_release(f, mark);
        return dst;
    }
    default: break;
    }
    if (t->kind == KIND_STRING)
        return concat(f, b, hint);
    uint32_t dst = dst_or_new(f, hint, t), mark = f->top;
    int64_t v;
    bool commutes = b->op == OPER_ADD || b->op == OPER_MUL || b->op == OPER_AND || b->op == OPER_OR || b->op == OPER_XOR;
    if (b->x->cv && !b->y->cv && commutes && small_const(b->x, t, &v)) {
        uint32_t y = ex(f, b->y);
        f->pos = b->e.pos;
        binary_const(f, b->op, t, dst, y, b->x);
    } else if (b->op == OPER_SUB && small_const(b->x, t, &v)) {
        uint32_t y = ex(f, b->y);
        ins(f, OP_RSUBI_I64, dst, y, (uint16_t)v);
        wrap_int(f, dst, t);
    } else {
        // A destination of our own serves for the left operand meanwhile: long chains need no slot per operator.
        uint32_t x = ex_hint(f, b->x, hint == NOWHERE ? dst : NOWHERE);
        if (b->y->cv) {
            f->pos = b->e.pos;
            binary_const(f, b->op, t, dst, x, b->y);
        } else {
            uint32_t y = ex(f, b->y);
            f->pos = b->e.pos;
            arith(f, b->op, t, dst, x, y);
        }
    }
    frame_release(f, mark);
    return dst;
}

static uint32_t unary(Fn *f, UnaryExpr *u, uint32_t hint) {
    TInfo *t = tof(f, &u->e);
    uint32_t dst, mark, x;
    switch (u->op) {
    case OPER_ADD: return ex_hint(f, u->x, hint);
    case OPER_AND:
        dst = dst_or_new(f, hint, t);
        ex_addr(f, u->x, dst);
        return dst;
    case OPER_NOT:
        dst = dst_or_new(f, hint, t), mark = f->top;
        x = ex(f, u->x);
        ins(f, OP_NOT, dst, x, 0);
        frame_release(f, mark);
        return dst;
    case OPER_SUB:
        dst = dst_or_new(f, hint, t), mark = f->top;
        x = ex(f, u->x);
        if (ti_is_int(t)) {
            ins(f, OP_NEG_I64, dst, x, 0);
            wrap_int(f, dst, t);
        } else {
            for (uint32_t i = 0; i < t->nslots; i++)
                ins(f, t->kind == KIND_FLOAT64 || t->kind == KIND_COMPLEX128 ? OP_NEG_F64 : OP_NEG_F32, dst + i * 8, x + i * 8, 0);
        }
        frame_release(f, mark);
        return dst;
    case OPER_XOR:
        dst = dst_or_new(f, hint, t), mark = f->top;
        x = ex(f, u->x);
        ins(f, OP_XORI, dst, x, 0xffff);
        if (ti_is_unsigned(t))
            wrap_int(f, dst, t);
        frame_release(f, mark);
        return dst;
    case OPER_RECV: {
        TInfo *et = ti_elem(f->c, tof(f, u->x));
        dst = dst_or_new(f, hint, et), mark = f->top;
        order_one(f, u->x);
        uint32_t ch = ex(f, u->x);
        recv_value(f, ch, et, dst, NOWHERE);
        frame_release(f, mark);
        return dst;
    }
    default: return not_supported(f, u->e.pos, "this operator");
    }
}

/* ---- places ---- */

static uint32_t index_slot(Fn *f, Expr *e) { return ex(f, e); }

static bool index_is_unsigned(Fn *f, Expr *e) {
    if (e->cv)
        return false;
    Kind k = tof(f, e)->kind;
    return k == KIND_UINT || k == KIND_UINT64 || k == KIND_UINTPTR;
}

// As a pointer (no index pending), so that something can be indexed or sliced behind it.
static Loc as_ptr(Fn *f, const Loc *l) {
    if (l->kind == LOC_PTR)
        return *l;
    uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
    loc_addr(f, l, p);
    Loc r = loc_ptr(l->t, p, 0);
    r.nonnil = true;
    return r;
}

static Loc place_array_elem(Fn *f, const Loc *arr, Expr *ie) {
    TInfo *at = arr->t, *et = ti_elem(f->c, at);
    uint64_t len = (uint64_t)at->under->len;
    Loc loaded;
    if (arr->kind == LOC_MAP) {
        loaded = loc_frame(at, loc_load(f, arr));
        arr = &loaded;
    }
    Loc r = *arr;
    if (ie->cv) {
        uint64_t i = (uint64_t)const_int64(const_to_int(f->c->arena, ie->cv), NULL), off = i * et->size;
        r.t = et;
        switch ((LocKind)arr->kind) {
        case LOC_FRAME:
            if (at->form == FORM_BIG) {
                r = loc_ptr(et, arr->at, off);
                r.nonnil = true;
                return r;
            }
            // fall through
        case LOC_FMEM:
            r.at = arr->at + (uint32_t)off;
            r.kind = r.at % 8 == 0 && (et->form == FORM_MEM || et->flags & TF_SAME_FORM) ? LOC_FRAME : LOC_FMEM;
            return r;
        default: r.disp += off; return r;
        }
    }
    uint32_t ix = index_slot(f, ie);
    if (arr->kind == LOC_FRAME && at->form == FORM_MEM) {
        r.kind = LOC_FELEM;
        r.disp = 0;
    } else if (arr->kind == LOC_PTR) {
        r.kind = LOC_PELEM;
    } else {
        Loc p = as_ptr(f, arr);
        r = p;
        r.kind = LOC_PELEM;
    }
    r.t = et;
    r.ix = ix;
    r.ix_unsigned = index_is_unsigned(f, ie);
    r.esize = et->size;
    r.len = len;
    return r;
}

static Loc place_index(Fn *f, IndexExpr *x) {
    TInfo *bt = tof(f, x->x);
    Loc r;
    switch (bt->kind) {
    case KIND_MAP: {
        uint32_t m = ex(f, x->x);
        uint32_t k = map_key(f, bt, ex_as(f, x->index[0], ti_key(f->c, bt)));
        return (Loc){.kind = LOC_MAP, .t = ti_elem(f->c, bt), .mt = bt, .at = m, .ix = k};
    }
    case KIND_SLICE: {
        uint32_t s = ex(f, x->x);
        TInfo *et = ti_elem(f->c, bt);
        return (Loc){.kind = LOC_ELEM, .t = et, .at = s, .ix = index_slot(f, x->index[0]), .esize = et->size,
                     .ix_unsigned = index_is_unsigned(f, x->index[0])};
    }
    case KIND_STRING: {
        uint32_t s = ex(f, x->x);
        return (Loc){.kind = LOC_STRX, .t = f->c->t_uint8, .at = s, .ix = index_slot(f, x->index[0]),
                     .ix_unsigned = index_is_unsigned(f, x->index[0])};
    }
    case KIND_POINTER: {
        Loc arr = loc_ptr(ti_elem(f->c, bt), ex(f, x->x), 0);
        return place_array_elem(f, &arr, x->index[0]);
    }
    default:
        r = place(f, x->x);
        return place_array_elem(f, &r, x->index[0]);
    }
}

// path_place follows steps through embedded fields from a place.
static Loc path_place(Fn *f, Loc l, const SelStep *path, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (path[i].deref) {
            TInfo *pt = l.t;
            uint32_t p = loc_load(f, &l);
            l = loc_ptr(ti_elem(f->c, pt), p, 0);
        }
        l = loc_field(f, &l, path[i].index);
    }
    return l;
}

Loc place_selection(Fn *f, Loc base, const Selection *s) { return path_place(f, base, s->path, s->npath); }

Loc place(Fn *f, Expr *e) {
    switch (e->kind) {
    case EXPR_PAREN: return place(f, ((ParenExpr *)e)->x);
    case EXPR_IDENT: {
        Object *o = ((Ident *)e)->obj;
        if (!o || o->kind != OBJ_VAR)
            break;
        if (o->is_global)
            return (Loc){.kind = LOC_GLOBAL, .t = tof(f, e), .disp = global_off(f->c, o)};
        return var_loc(f, var_find(f, o));
    }
    case EXPR_SELECTOR: {
        SelectorExpr *x = (SelectorExpr *)e;
        Selection *s = x->selection;
        if (s->kind == SEL_QUALIFIED && s->obj->kind == OBJ_VAR)
            return (Loc){.kind = LOC_GLOBAL, .t = tof(f, e), .disp = global_off(f->c, s->obj)};
        if (s->kind != SEL_FIELD)
            break;
        Loc base = place(f, x->x);
        f->pos = e->pos;
        return path_place(f, base, s->path, s->npath);
    }
    case EXPR_INDEX:
        if (((IndexExpr *)e)->inst || e->mode == MODE_TYPE || tof(f, ((IndexExpr *)e)->x)->kind == KIND_FUNC)
            break;
        {
            Loc r = place_index(f, (IndexExpr *)e);
            f->pos = e->pos;
            return r;
        }
    case EXPR_STAR: {
        uint32_t p = ex(f, ((StarExpr *)e)->x);
        return loc_ptr(tof(f, e), p, 0);
    }
    default: break;
    }
    TInfo *t = tof(f, e);
    return loc_frame(t, ex(f, e));
}

// Evaluates a place for its effects: what it calls, and the panic of a nil pointer.
void place_check(Fn *f, Expr *e) {
    Loc l = place(f, e);
    if (l.kind == LOC_PTR && !l.nonnil)
        ins(f, OP_NILCHK, l.at, 0, 0);
}

/* expr_has_call: len of such an array is no constant. Calls and receives count. */
bool expr_has_call(Expr *e) {
    if (!e || e->cv)
        return false;
    switch (e->kind) {
    case EXPR_PAREN: return expr_has_call(((ParenExpr *)e)->x);
    case EXPR_SELECTOR: return expr_has_call(((SelectorExpr *)e)->x);
    case EXPR_STAR: return expr_has_call(((StarExpr *)e)->x);
    case EXPR_UNARY: return ((UnaryExpr *)e)->op == OPER_RECV || expr_has_call(((UnaryExpr *)e)->x);
    case EXPR_BINARY: return expr_has_call(((BinaryExpr *)e)->x) || expr_has_call(((BinaryExpr *)e)->y);
    case EXPR_INDEX: return expr_has_call(((IndexExpr *)e)->x) || (((IndexExpr *)e)->nindex == 1 && expr_has_call(((IndexExpr *)e)->index[0]));
    case EXPR_CALL: case EXPR_COMPOSITE: return true;
    default: return false;
    }
}

void ex_addr(Fn *f, Expr *e, uint32_t dst) {
    e = ast_unparen(e);
    uint32_t mark = f->top;
    if (e->kind == EXPR_COMPOSITE) {
        TInfo *t = tof(f, e);
        if (t->kind == KIND_POINTER)  // the type was left out where a pointer is wanted
            t = ti_elem(f->c, t);
        // Into a temporary first: the literal may panic or read what dst held.
        uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
        ins_i(f, OP_NEW, p, ti_index(f->c, t));
        Loc l = loc_ptr(t, p, 0);
        l.nonnil = true;
        composite(f, (CompositeLit *)e, t, &l);
        mov(f, dst, p, 1);
    } else {
        Loc l = place(f, e);
        loc_addr(f, &l, dst);
    }
    frame_release(f, mark);
}

/* ---- composite literals ---- */

// A store of the value of e, converted to the place's type, that builds literals in place (the place is fresh and zeroed).
static void store_fresh(Fn *f, const Loc *l, Expr *e) {
    uint32_t mark = f->top;
    Expr *u = ast_unparen(e);
    if (u->kind == EXPR_COMPOSITE && !ti_is_iface(l->t) && (l->kind == LOC_PTR || l->kind == LOC_FRAME) && tof(f, u)->kind != KIND_POINTER &&
        l->t->form != FORM_BIG && (tof(f, u)->kind == KIND_STRUCT || tof(f, u)->kind == KIND_ARRAY)) {
        composite(f, (CompositeLit *)u, tof(f, u), l);
    } else if (l->kind == LOC_FRAME) {
        ex_as_to(f, e, l->t, l->at);
    } else {
        uint32_t v = ex_as(f, e, l->t);
        loc_store(f, l, v);
    }
    frame_release(f, mark);
}

static int64_t array_literal_index(Fn *f, CompositeLit *lit, uint32_t i, int64_t next, Expr **value) {
    Expr *e = lit->elems[i];
    *value = e;
    if (e->kind != EXPR_KEY_VALUE)
        return next;
    *value = ((KeyValueExpr *)e)->value;
    return const_int64(const_to_int(f->c->arena, ((KeyValueExpr *)e)->key->cv), NULL);
}

static void composite_elems(Fn *f, CompositeLit *lit, const Loc *arr) {
    TInfo *et = ti_elem(f->c, arr->t);
    int64_t next = 0;
    for (uint32_t i = 0; i < lit->nelems; i++) {
        Expr *value;
        next = array_literal_index(f, lit, i, next, &value);
        Loc l = *arr;
        uint64_t off = (uint64_t)next * et->size;
        l.t = et;
        if (l.kind == LOC_PTR) {
            l.disp += off;
        } else {
            l.at += (uint32_t)off;
            l.kind = l.at % 8 == 0 && (et->form == FORM_MEM || et->flags & TF_SAME_FORM) ? LOC_FRAME : LOC_FMEM;
        }
        store_fresh(f, &l, value);
        next++;
    }
}

static int64_t slice_literal_len(Fn *f, CompositeLit *lit) {
    int64_t next = 0, len = 0;
    for (uint32_t i = 0; i < lit->nelems; i++) {
        Expr *value;
        next = array_literal_index(f, lit, i, next, &value) + 1;
        if (next > len)
            len = next;
    }
    return len;
}

static void composite_slice(Fn *f, CompositeLit *lit, TInfo *t, uint32_t dst) {
    Compiler *c = f->c;
    int64_t len = slice_literal_len(f, lit);
    TInfo *at = ti_of(c, type_array(c->ck, ti_elem(c, t)->type, len));
    uint32_t mark = f->top;
    uint64_t goff;
    uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
    if (lit->nelems >= 4 && static_literal(c, lit, at, &f->env, &goff)) {
        ins_i(f, OP_GADDR, p, (int64_t)(goff / 8));
        uint32_t index = ti_index(c, at);
        ins(f, OP_BOXP, p, p, 0);
        ins_ext(f, ext_type(index, 0));
    } else {
        ins_i(f, OP_NEW, p, ti_index(c, at));
        Loc arr = loc_ptr(at, p, 0);
        arr.nonnil = true;
        composite_elems(f, lit, &arr);
    }
    mov(f, dst, p, 1);
    load_int(f, dst + 8, len);
    load_int(f, dst + 16, len);
    frame_release(f, mark);
}

static void composite_map(Fn *f, CompositeLit *lit, TInfo *t, uint32_t dst) {
    uint32_t mark = f->top, n = frame_alloc_kind(f, 1, SM_NONE), m = frame_alloc_kind(f, 1, SM_PTR), index = ti_index(f->c, t);
    TInfo *kt = ti_key(f->c, t), *et = ti_elem(f->c, t);
    load_int(f, n, lit->nelems);
    ins(f, OP_MAKEMAP, m, n, 0);
    ins_ext(f, ext_type(index, 0));
    for (uint32_t i = 0; i < lit->nelems; i++) {
        KeyValueExpr *kv = AS(KeyValueExpr, lit->elems[i]);
        uint32_t inner = f->top, nhoisted = f->hoisted.n;
        order_two(f, kv->key, kv->value);
        uint32_t k = map_key(f, t, ex_as(f, kv->key, kt)), v = ex_as(f, kv->value, et);
        f->pos = kv->e.pos;
        Loc l = {.kind = LOC_MAP, .t = et, .mt = t, .at = m, .ix = k};
        loc_store(f, &l, v);
        order_end(f, nhoisted);
        frame_release(f, inner);
    }
    mov(f, dst, m, 1);
    frame_release(f, mark);
}

/* composite builds a struct or array literal into a fresh place. A LOC_PTR place is zeroed memory; a LOC_FRAME place is not. */
void composite(Fn *f, CompositeLit *lit, TInfo *t, const Loc *dst) {
    uint32_t mark = f->top;
    Loc l = *dst;
    l.t = t;
    if (t->kind == KIND_SLICE || t->kind == KIND_MAP || t->kind == KIND_POINTER) {
        uint32_t at = dst->kind == LOC_FRAME ? dst->at : frame_alloc(f, t);
        if (t->kind == KIND_SLICE)
            composite_slice(f, lit, t, at);
        else if (t->kind == KIND_MAP)
            composite_map(f, lit, t, at);
        else
            ex_addr(f, &lit->e, at);
        if (dst->kind != LOC_FRAME)
            loc_store(f, dst, at);
        frame_release(f, mark);
        return;
    }
    if (l.kind == LOC_FRAME && t->form == FORM_BIG) {
        ins_i(f, OP_NEW, l.at, ti_index(f->c, t));
        l = loc_ptr(t, l.at, 0);
        l.nonnil = true;
    }
    bool all = t->kind == KIND_STRUCT && lit->nelems == t->under->nfields && t->form == FORM_SLOTS;
    for (uint32_t i = 0; all && i < lit->nelems; i++)
        all = !field_is_blank(t, i);
    if (l.kind == LOC_FRAME && !all)
        zero_t(f, l.at, t);
    if (t->kind == KIND_ARRAY) {
        composite_elems(f, lit, &l);
        frame_release(f, mark);
        return;
    }
    for (uint32_t i = 0; i < lit->nelems; i++) {
        uint32_t field = i;
        Expr *value = lit->elems[i];
        if (value->kind == EXPR_KEY_VALUE) {
            const Name *name = AS(Ident, ((KeyValueExpr *)value)->key)->name;
            value = ((KeyValueExpr *)value)->value;
            field = ti_field_named(t, name, i);
        }
        if (field_is_blank(t, field)) {  // evaluated, but nothing is ever kept there
            ex_discard(f, value);
            continue;
        }
        Loc fl = loc_field(f, &l, field);
        store_fresh(f, &fl, value);
    }
    frame_release(f, mark);
}

static uint32_t composite_value(Fn *f, CompositeLit *lit, uint32_t hint) {
    f->free_header = NOWHERE;  // parts of the value are in place while others are computed
    TInfo *t = tof(f, &lit->e);
    uint32_t dst = dst_or_new(f, hint, t);
    Loc l = loc_frame(t, dst);
    composite(f, lit, t, &l);
    return dst;
}

/* ---- interfaces ---- */

void conv_iface(Fn *f, uint32_t src, TInfo *from, TInfo *to, uint32_t dst) {
    if (ti_is_iface(from)) {
        mov(f, dst, src, 2);
        return;
    }
    uint32_t mark = f->top, index = ti_index(f->c, from);
    ti_convert(f->c, from);
    // The type word first: the box is a safepoint, and the stack copier asks the type word what the data word is.
    if (from->flags & TF_DIRECT) {
        ins_i(f, OP_LDTYPE, dst, index);
        mov(f, dst + 8, src, 1);
    } else {
        bool big = from->form == FORM_BIG;
        uint32_t mem = big ? src : to_mem(f, src, from), nslots = big ? 1 : from->fslots;
        if (mem <= dst && dst < mem + nslots * 8) {
            uint32_t moved = frame_alloc(f, from);
            copy_t(f, moved, mem, from);
            mem = moved;
        }
        ins_i(f, OP_LDTYPE, dst, index);
        ins(f, big ? OP_BOXP : OP_BOX, dst + 8, mem, 0);
        ins_ext(f, ext_type(index, 0));
    }
    frame_release(f, mark);
}

void unbox(Fn *f, uint32_t data_at, TInfo *t, uint32_t dst) {
    if (t->flags & TF_DIRECT) {
        mov(f, dst, data_at, 1);
        return;
    }
    Loc l = loc_ptr(t, data_at, 0);
    l.nonnil = true;
    loc_load_to(f, &l, dst);
}

/* type_assert: dst NOWHERE drops the value; ok_at NOWHERE: the form that panics. */
void type_assert(Fn *f, TypeAssertExpr *e, uint32_t dst, uint32_t ok_at) {
    Compiler *c = f->c;
    uint32_t mark = f->top;
    TInfo *t = tof(f, &e->e), *xt = tof(f, e->x);
    if (e->e.type->kind == TYPE_TUPLE)
        t = ti(f, e->e.type->types[0]);
    order_one(f, e->x);
    uint32_t x = ex(f, e->x);
    f->pos = e->e.pos;
    uint32_t index = ti_index(c, t), xindex = ti_index(c, xt);
    if (ti_is_iface(t)) {
        for (uint32_t i = 0; i < t->under->nmethods; i++)
            (void)sel_id(c, t->under->methods[i].name, t->under->methods[i].pkg, t->under->methods[i].sig);
        if (ok_at == NOWHERE) {
            ins(f, OP_ASSERT_I, dst == NOWHERE ? frame_alloc(f, t) : dst, x, 0);
            ins_ext(f, ext_type(index, xindex));
        } else {
            uint32_t ok = frame_alloc_kind(f, 1, SM_NONE);
            ins(f, OP_ISIFACE, ok, x, 0);
            ins_ext(f, ext_type(index, 0));
            if (dst != NOWHERE) {
                Label no = label_new(f), end = label_new(f);
                jump_a(f, OP_JF, ok, no);
                mov(f, dst, x, 2);
                jump(f, end);
                label_bind(f, no);
                zero_t(f, dst, t);
                label_bind(f, end);
            }
            mov(f, ok_at, ok, 1);
        }
        frame_release(f, mark);
        return;
    }
    if (ok_at == NOWHERE) {
        uint32_t data = t->flags & TF_DIRECT && dst != NOWHERE ? dst : frame_alloc_kind(f, 1, t->flags & TF_DIRECT ? ti_frame_kind(t, 0) : SM_PTR);
        ins(f, OP_ASSERT_T, data, x, 0);
        ins_ext(f, ext_type(index, xindex));
        if (dst != NOWHERE && data != dst)
            unbox(f, data, t, dst);
    } else {
        Label no = label_new(f), end = label_new(f);
        jump_abc_ext(f, OP_JTYPE_NE, x, 0, no, ext_type(index, 0));
        if (dst != NOWHERE)
            unbox(f, x + 8, t, dst);
        ins_i(f, OP_LDI, ok_at, 1);
        jump(f, end);
        label_bind(f, no);
        if (dst != NOWHERE)
            zero_t(f, dst, t);
        ins_i(f, OP_LDI, ok_at, 0);
        label_bind(f, end);
    }
    frame_release(f, mark);
}

/* ---- slices ---- */

static uint32_t slice_expr(Fn *f, SliceExpr *e, uint32_t hint) {
    TInfo *xt = tof(f, e->x), *t = tof(f, &e->e);
    uint32_t dst = dst_or_new(f, hint, t), mark = f->top, base;
    uint64_t len = 0, esize = 1;
    Opcode op;
    Expr *bounds[] = {e->lo, e->hi, e->max};
    if (xt->kind == KIND_ARRAY) {
        order_assign(f, &e->x, 1, bounds, 3, NULL);
    } else {
        Expr *all[] = {e->x, e->lo, e->hi, e->max};
        order_list(f, all, 4, NULL);
    }
    if (xt->kind == KIND_STRING) {
        base = ex(f, e->x);
        op = OP_SLICE_STR;
    } else if (xt->kind == KIND_SLICE) {
        base = ex(f, e->x);
        esize = ti_elem(f->c, xt)->size;
        op = OP_SLICE_SLICE;
    } else {
        TInfo *at = xt->kind == KIND_POINTER ? ti_elem(f->c, xt) : xt;
        if (xt->kind == KIND_POINTER) {
            base = ex(f, e->x);
        } else {
            Loc l = place(f, e->x);
            base = frame_alloc_kind(f, 1, SM_PTR);
            loc_addr(f, &l, base);
        }
        len = (uint64_t)at->under->len;
        esize = ti_elem(f->c, at)->size;
        op = OP_SLICE_ARR;
    }
    uint32_t flags = 0;
    for (int i = 0; i < 3; i++) {
        Expr *b = bounds[i];
        flags |= b ? (index_is_unsigned(f, b) ? SLICE_HAS_LOW | SLICE_UNSIGNED_LOW : SLICE_HAS_LOW) << i : 0;
    }
    uint32_t low = frame_alloc_kind(f, 3, SM_NONE);
    if (e->lo)
        ex_to(f, e->lo, low);
    if (e->hi)
        ex_to(f, e->hi, low + 8);
    if (e->max)
        ex_to(f, e->max, low + 16);
    f->pos = e->e.pos;
    ins(f, op, dst, base, low);
    ins_ext(f, (uint64_t)flags << 32 | (uint32_t)esize);
    if (op == OP_SLICE_ARR)
        ins_ext(f, len);
    frame_release(f, mark);
    return dst;
}

/* ---- any expression ---- */

static uint32_t ident(Fn *f, Ident *id, uint32_t hint) {
    Object *o = id->obj;
    if (o->kind == OBJ_FUNC) {
        uint32_t dst = dst_or_new(f, hint, tof(f, &id->e));
        func_value(f, static_function(f, &id->e), dst);
        return dst;
    }
    if (o->kind == OBJ_NIL) {
        TInfo *t = tof(f, &id->e);
        uint32_t dst = dst_or_new(f, hint, t);
        zero_t(f, dst, t);
        return dst;
    }
    Loc l = place(f, &id->e);
    if (l.kind == LOC_FRAME)
        return l.at;
    uint32_t dst = dst_or_new(f, hint, l.t);
    loc_load_to(f, &l, dst);
    return dst;
}

static uint32_t selector(Fn *f, SelectorExpr *x, uint32_t hint) {
    Selection *s = x->selection;
    if (s->kind == SEL_QUALIFIED && s->obj->kind == OBJ_FUNC) {
        uint32_t dst = dst_or_new(f, hint, tof(f, &x->e));
        func_value(f, static_function(f, &x->e), dst);
        return dst;
    }
    if (s->kind != SEL_FIELD && s->kind != SEL_QUALIFIED) {
        uint32_t dst = dst_or_new(f, hint, tof(f, &x->e));
        method_value(f, x, dst);
        return dst;
    }
    return NOWHERE;
}

static uint32_t load_place(Fn *f, Expr *e, uint32_t hint) {
    // The destination comes first, so that what computing the place needs can be released.
    TInfo *t = tof(f, e);
    uint32_t start = f->top, dst = dst_or_new(f, hint, t), mark = f->top;
    Loc l = place(f, e);
    if (l.kind == LOC_FRAME && l.t->form != FORM_BIG) {
        if (l.at < start)
            frame_release(f, hint == NOWHERE ? start : mark);
        return l.at;  // a temporary of a call stays allocated
    }
    loc_load_to(f, &l, dst);
    frame_release(f, mark);
    return dst;
}

uint32_t ex_hint(Fn *f, Expr *e, uint32_t hint) {
    while (e->kind == EXPR_PAREN)
        e = ((ParenExpr *)e)->x;
    f->pos = e->pos;
    if (UNLIKELY(!has_room(f, e->pos)))
        return dst_or_new(f, hint, e->type && e->type->kind != TYPE_TUPLE ? tof(f, e) : f->c->t_int);
    if (e->hoisted)
        return hoisted_place(f, e);
    if (e->cv) {
        TInfo *t = tof(f, e);
        uint32_t dst = dst_or_new(f, hint, t);
        if (ti_is_iface(t))  // a constant whose type parameter became an interface can't be; nil is none
            zero_t(f, dst, t);
        else
            load_const(f, dst, t, e->cv);
        return dst;
    }
    uint32_t dst, mark;
    switch (e->kind) {
    case EXPR_IDENT: return ident(f, (Ident *)e, hint);
    case EXPR_SELECTOR:
        dst = selector(f, (SelectorExpr *)e, hint);
        return dst != NOWHERE ? dst : load_place(f, e, hint);
    case EXPR_INDEX:
        if (checker_inst(f->c->ck, e)) {
            dst = dst_or_new(f, hint, tof(f, e));
            func_value(f, static_function(f, e), dst);
            return dst;
        }
        return load_place(f, e, hint);
    case EXPR_STAR: return load_place(f, e, hint);
    case EXPR_BINARY: return binary(f, (BinaryExpr *)e, hint);
    case EXPR_UNARY: return unary(f, (UnaryExpr *)e, hint);
    case EXPR_CALL: return call(f, (CallExpr *)e, hint);
    case EXPR_COMPOSITE: return composite_value(f, (CompositeLit *)e, hint);
    case EXPR_SLICE: return slice_expr(f, (SliceExpr *)e, hint);
    case EXPR_FUNC_LIT:
        dst = dst_or_new(f, hint, tof(f, e));
        closure(f, func_lit(f, ((FuncLit *)e)->info), dst);
        return dst;
    case EXPR_TYPE_ASSERT:
        dst = dst_or_new(f, hint, tof(f, e));
        mark = f->top;
        type_assert(f, (TypeAssertExpr *)e, dst, NOWHERE);
        frame_release(f, mark);
        return dst;
    default: return not_supported(f, e->pos, ast_kind_name(e->kind));
    }
}

uint32_t ex(Fn *f, Expr *e) { return ex_hint(f, e, NOWHERE); }

void ex_to(Fn *f, Expr *e, uint32_t dst) {
    uint32_t mark = f->top, at = ex_hint(f, e, dst);
    if (at != dst)
        mov(f, dst, at, tof(f, e)->fslots);
    frame_release(f, mark);
}

uint32_t ex_as(Fn *f, Expr *e, TInfo *t) {
    if (expr_is_nil(f, e) || (ti_is_iface(t) && !ti_is_iface(tof(f, e)))) {
        uint32_t dst = frame_alloc(f, t);
        ex_as_to(f, e, t, dst);
        return dst;
    }
    return ex(f, e);
}

void ex_as_to(Fn *f, Expr *e, TInfo *t, uint32_t dst) {
    uint32_t mark = f->top;
    if (expr_is_nil(f, e)) {
        zero_t(f, dst, t);
        return;
    }
    TInfo *from = tof(f, e);
    if (!ti_is_iface(t) || ti_is_iface(from)) {
        ex_to(f, e, dst);
        return;
    }
    Expr *u = ast_unparen(e);
    if (u->cv && from->kind == KIND_STRING) {  // a constant string needs no box of its own
        uint64_t slots[2];
        const_to_slots(f->c, from, u->cv, slots);
        ti_convert(f->c, from);
        ins_i(f, OP_LDTYPE, dst, ti_index(f->c, from));
        load_string_addr(f, dst + 8, (const char *)(uintptr_t)slots[0], slots[1]);
        return;
    }
    if (from->flags & TF_DIRECT) {
        ti_convert(f->c, from);
        ins_i(f, OP_LDTYPE, dst, ti_index(f->c, from));
        mov(f, dst + 8, ex_hint(f, e, dst + 8), 1);
    } else {
        conv_iface(f, ex(f, e), from, t, dst);
    }
    frame_release(f, mark);
}

void ex_discard(Fn *f, Expr *e) {
    uint32_t mark = f->top;
    Expr *u = ast_unparen(e);
    if (u->kind == EXPR_UNARY && ((UnaryExpr *)u)->op == OPER_RECV) {
        TInfo *et = ti_elem(f->c, tof(f, ((UnaryExpr *)u)->x));
        order_one(f, ((UnaryExpr *)u)->x);
        uint32_t ch = ex(f, ((UnaryExpr *)u)->x);
        f->pos = u->pos;
        recv_value(f, ch, et, NOWHERE, NOWHERE);
    } else if (u->kind == EXPR_CALL) {
        call(f, (CallExpr *)u, NOWHERE);
    } else {
        Loc l = place(f, u);
        if (l.kind != LOC_FRAME)
            loc_load(f, &l);
    }
    frame_release(f, mark);
}

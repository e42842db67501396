// conv.c: conversions between types that are not interfaces.
#include "compile/compile_impl.h"

static bool int_needs_wrap(const TInfo *from, const TInfo *to) {
    if (to->size == 8)
        return false;
    if (ti_is_unsigned(from))
        return from->size > to->size || (from->size == to->size && ti_is_signed(to));
    return ti_is_unsigned(to) || from->size > to->size;
}

static void conv_number(Fn *f, uint32_t src, TInfo *from, TInfo *to, uint32_t dst) {
    if (ti_is_int(from) && ti_is_int(to)) {
        mov(f, dst, src, 1);
        if (int_needs_wrap(from, to))
            wrap_int(f, dst, to);
    } else if (ti_is_int(from)) {
        bool u = ti_is_unsigned(from) && from->size == 8;
        if (to->kind == KIND_FLOAT64)
            ins(f, u ? OP_CVT_U64_F64 : OP_CVT_I64_F64, dst, src, 0);
        else
            ins(f, u ? OP_CVT_U64_F32 : OP_CVT_I64_F32, dst, src, 0);
    } else if (ti_is_int(to)) {
        if (from->kind == KIND_FLOAT32) {
            ins(f, OP_CVT_F32_F64, dst, src, 0);
            src = dst;
        }
        // through the integer that amd64 converts to: it tells what comes of a number out of range
        bool wide = to->size == 8 || (to->size == 4 && ti_is_unsigned(to));
        ins(f, !wide ? OP_CVT_F64_I32 : to->size == 8 && ti_is_unsigned(to) ? OP_CVT_F64_U64 : OP_CVT_F64_I64, dst, src, 0);
        wrap_int(f, dst, to);
    } else if (from->kind == to->kind) {
        mov(f, dst, src, 1);
    } else {
        ins(f, to->kind == KIND_FLOAT64 ? OP_CVT_F32_F64 : OP_CVT_F64_F32, dst, src, 0);
    }
}

static bool is_number(const TInfo *t) { return ti_is_int(t) || ti_is_float(t); }

static void conv_string(Fn *f, uint32_t src, TInfo *from, TInfo *to, uint32_t dst) {
    if (to->kind == KIND_STRING) {
        if (ti_is_int(from))
            ins(f, OP_STR_RUNE, dst, src, 0);
        else
            ins(f, ti_elem(f->c, from)->size == 1 ? OP_STR_BYTES : OP_STR_RUNES, dst, src, 0);
    } else {
        ins(f, ti_elem(f->c, to)->size == 1 ? OP_BYTES_STR : OP_RUNES_STR, dst, src, 0);
    }
}

void convert(Fn *f, uint32_t src, TInfo *from, TInfo *to, uint32_t dst) {
    uint32_t mark = f->top;
    if (ti_is_iface(to)) {
        conv_iface(f, src, from, to, dst);
    } else if (is_number(from) && is_number(to)) {
        conv_number(f, src, from, to, dst);
    } else if (ti_is_complex(from) && ti_is_complex(to)) {
        if (from->kind == to->kind) {
            mov(f, dst, src, 2);
        } else {
            Opcode op = to->kind == KIND_COMPLEX128 ? OP_CVT_F32_F64 : OP_CVT_F64_F32;
            ins(f, op, dst, src, 0);
            ins(f, op, dst + 8, src + 8, 0);
        }
    } else if ((to->kind == KIND_STRING) != (from->kind == KIND_STRING)) {
        conv_string(f, src, from, to, dst);
    } else if (from->kind == KIND_SLICE && (to->kind == KIND_ARRAY || to->kind == KIND_POINTER)) {
        TInfo *at = to->kind == KIND_ARRAY ? to : ti_elem(f->c, to);
        uint32_t p = to->kind == KIND_ARRAY ? frame_alloc_kind(f, 1, SM_PTR) : dst;
        ins(f, OP_ARRPTR, p, src, 0);
        ins_ext(f, (uint64_t)at->under->len);
        if (to->kind == KIND_ARRAY) {
            Loc l = loc_ptr(to, p, 0);
            if (to->size)
                loc_load_to(f, &l, dst);
            else
                zero_t(f, dst, to);
        }
    } else {
        copy_t(f, dst, src, to);
    }
    frame_release(f, mark);
}

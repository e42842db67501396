// builtin.c: the predeclared functions and those of package unsafe.
#include "compile/compile_impl.h"

static uint32_t dst_for(Fn *f, CallExpr *e, uint32_t hint) { return hint != NOWHERE ? hint : frame_alloc(f, tof(f, &e->e)); }

static uint64_t array_len(Fn *f, TInfo *t) {
    if (t->kind == KIND_POINTER)
        t = ti_elem(f->c, t);
    return (uint64_t)t->under->len;
}

static uint32_t len_cap(Fn *f, CallExpr *e, uint32_t hint) {
    TInfo *t = tof(f, e->args[0]);
    bool cap = e->builtin == BUILTIN_CAP;
    uint32_t dst, mark, start = f->top;
    switch (t->kind) {
    case KIND_STRING: case KIND_SLICE: {
        Loc l = place(f, e->args[0]);
        uint32_t off = cap ? 16 : 8;
        if (l.kind == LOC_FRAME) {
            if (l.at < start)
                f->top = start;
            return l.at + off;
        }
        if (l.kind == LOC_PTR || (l.kind == LOC_GLOBAL && l.disp % 8 == 0)) {  // only the word that is asked for
            Loc w = l;
            w.t = f->c->t_int;
            w.disp += off;
            dst = dst_for(f, e, hint);
            loc_load_to(f, &w, dst);
            return dst;
        }
        return loc_load(f, &l) + off;
    }
    case KIND_MAP: case KIND_CHAN:
        dst = dst_for(f, e, hint), mark = f->top;
        ins(f, t->kind == KIND_MAP ? OP_MAPLEN : cap ? OP_CHANCAP : OP_CHANLEN, dst, ex(f, e->args[0]), 0);
        frame_release(f, mark);
        return dst;
    default:  // array or pointer to one, with a call inside: evaluated for its effects
        dst = dst_for(f, e, hint), mark = f->top;
        if (t->kind == KIND_POINTER)
            ex(f, e->args[0]);
        else
            place_check(f, e->args[0]);
        frame_release(f, mark);
        load_int(f, dst, (int64_t)array_len(f, t));
        return dst;
    }
}

// append_value appends the value at v, an element of the slice type t, to the slice at s.
static void append_value(Fn *f, TInfo *t, uint32_t dst, uint32_t s, uint32_t v) {
    TInfo *et = ti_elem(f->c, t);
    uint32_t mark = f->top, index = ti_index(f->c, et);
    if (et->form == FORM_BIG) {  // a slice of one, where it lies
        uint32_t one = frame_alloc(f, t);
        mov(f, one, v, 1);
        load_int(f, one + 8, 1);
        load_int(f, one + 16, 1);
        ins(f, OP_APPEND_SLICE, dst, s, one);
        ins_ext(f, ext_type(index, 0));
    } else {
        ins(f, OP_APPEND, dst, s, to_mem(f, v, et));
        ins_ext(f, ext_type(index, 1));
    }
    frame_release(f, mark);
}

static uint32_t append_call(Fn *f, CallExpr *e, uint32_t hint) {
    Compiler *c = f->c;
    TInfo *t = tof(f, &e->e), *et = ti_elem(c, t);
    uint32_t dst = dst_for(f, e, hint), mark = f->top, index = ti_index(c, et);
    uint32_t s = ex_as(f, e->args[0], t);
    if (e->nargs == 1) {
        mov(f, dst, s, 3);
    } else if (e->cflags & CALLF_SPREAD) {
        Expr *src = e->args[1];
        if (expr_is_nil(f, src)) {
            mov(f, dst, s, 3);
        } else {
            uint32_t v = ex(f, src);
            f->pos = e->e.pos;
            if (tof(f, src)->kind == KIND_STRING) {
                ins(f, OP_APPEND_STR, dst, s, v);
            } else {
                ins(f, OP_APPEND_SLICE, dst, s, v);
                ins_ext(f, ext_type(index, 0));
            }
        }
    } else if (e->nargs == 2 && et->form == FORM_SLOTS && et->nslots == 1 && et->size == 8) {
        uint32_t v = ex_as(f, e->args[1], et);
        f->pos = e->e.pos;
        ins(f, OP_APPEND1_64, dst, s, v);
        ins_ext(f, ext_type(index, 0));
    } else if (e->nargs == 2) {
        uint32_t v = ex_as(f, e->args[1], et);
        f->pos = e->e.pos;
        append_value(f, t, dst, s, v);
    } else if ((e->nargs - 1) * et->size <= FAR_SPAN_BYTES) {
        // The elements packed in memory form, as an array of the frame.
        uint32_t n = e->nargs - 1;
        TInfo *at = ti_of(c, type_array(c->ck, et->type, n));
        uint32_t mem = mem_temp(f, at);
        if (at->size)
            ins_i(f, OP_ZERO, mem, (int64_t)((at->size + 7) & ~UINT64_C(7)));
        for (uint32_t i = 0; i < n; i++) {
            uint32_t inner = f->top, v = ex_as(f, e->args[1 + i], et), to = mem + (uint32_t)(i * et->size);
            Loc l = {.kind = LOC_FMEM, .t = et, .at = to};
            loc_store(f, &l, v);
            frame_release(f, inner);
        }
        f->pos = e->e.pos;
        ins(f, OP_APPEND, dst, s, mem);
        ins_ext(f, ext_type(index, n));
    } else {  // too much for the frame: a slice of its own first
        uint32_t n = e->nargs - 1, v = frame_alloc(f, t);
        TInfo *at = ti_of(c, type_array(c->ck, et->type, n));
        ins_i(f, OP_NEW, v, ti_index(c, at));
        for (uint32_t i = 0; i < n; i++) {
            uint32_t inner = f->top, x = ex_as(f, e->args[1 + i], et);
            Loc l = loc_ptr(et, v, i * et->size);
            l.nonnil = true;
            loc_store(f, &l, x);
            frame_release(f, inner);
        }
        load_int(f, v + 8, n);
        load_int(f, v + 16, n);
        f->pos = e->e.pos;
        ins(f, OP_APPEND_SLICE, dst, s, v);
        ins_ext(f, ext_type(index, 0));
    }
    frame_release(f, mark);
    return dst;
}

static uint32_t make_call(Fn *f, CallExpr *e, uint32_t hint) {
    Compiler *c = f->c;
    TInfo *t = tof(f, &e->e);
    uint32_t dst = dst_for(f, e, hint), mark = f->top, n, cap;
    switch (t->kind) {
    case KIND_SLICE: {
        uint32_t index = ti_index(c, ti_elem(c, t));
        n = ex(f, e->args[1]);
        cap = e->nargs > 2 ? ex(f, e->args[2]) : n;
        f->pos = e->e.pos;
        ins(f, OP_MAKESLICE, dst, n, cap);
        ins_ext(f, ext_type(index, e->nargs > 2));
        break;
    }
    default:
        if (e->nargs > 1) {
            n = ex(f, e->args[1]);
        } else {
            n = frame_alloc_kind(f, 1, SM_NONE);
            ins_i(f, OP_LDI, n, 0);
        }
        uint32_t index = ti_index(c, t);
        f->pos = e->e.pos;
        ins(f, t->kind == KIND_MAP ? OP_MAKEMAP : OP_MAKECHAN, dst, n, 0);
        ins_ext(f, ext_type(index, 0));
    }
    frame_release(f, mark);
    return dst;
}

static uint32_t new_call(Fn *f, CallExpr *e, uint32_t hint) {
    TInfo *pt = tof(f, &e->e), *t = ti_elem(f->c, pt);
    uint32_t mark0 = f->top;
    (void)mark0;
    uint32_t dst = dst_for(f, e, hint), mark = f->top;
    if (e->args[0]->mode == MODE_TYPE) {
        ins_i(f, OP_NEW, dst, ti_index(f->c, t));
        return dst;
    }
    uint32_t v = ex_as(f, e->args[0], t), p = frame_alloc_kind(f, 1, SM_PTR);
    ins_i(f, OP_NEW, p, ti_index(f->c, t));
    Loc l = loc_ptr(t, p, 0);
    l.nonnil = true;
    loc_store(f, &l, v);
    mov(f, dst, p, 1);
    frame_release(f, mark);
    return dst;
}

/* One step of min or max: dst = the smaller of dst and y. Floats: a NaN wins, and -0 is smaller than 0. */
static void min_max_step(Fn *f, TInfo *t, bool min, uint32_t dst, uint32_t y) {
    uint32_t mark = f->top;
    Label keep = label_new(f), take = label_new(f);
    uint32_t b = frame_alloc_kind(f, 1, SM_NONE);
    if (ti_is_float(t)) {
        bool wide = t->kind == KIND_FLOAT64;
        Opcode ne = wide ? OP_NE_F64 : OP_NE_F32, lt = wide ? OP_LT_F64 : OP_LT_F32;
        ins(f, ne, b, dst, dst);
        jump_a(f, OP_JT, b, keep);
        ins(f, ne, b, y, y);
        jump_a(f, OP_JT, b, take);
        ins(f, lt, b, min ? y : dst, min ? dst : y);
        jump_a(f, OP_JT, b, take);
        ins(f, lt, b, min ? dst : y, min ? y : dst);
        jump_a(f, OP_JT, b, keep);
        // Equal: only the signs of zeros may differ. Or-ing the bits gives -0 for min, and-ing 0 for max.
        ins(f, min ? OP_OR : OP_AND, dst, dst, y);
        jump(f, keep);
    } else {
        compare_to_bool(f, OPER_LSS, t, b, min ? y : dst, min ? dst : y);
        jump_a(f, OP_JF, b, keep);
    }
    label_bind(f, take);
    mov(f, dst, y, t->nslots);
    label_bind(f, keep);
    frame_release(f, mark);
}

static uint32_t min_max(Fn *f, CallExpr *e, uint32_t hint) {
    TInfo *t = tof(f, &e->e);
    uint32_t dst = dst_for(f, e, hint), mark = f->top, acc = frame_alloc(f, t);
    // Not into dst at once: it may be a variable that a later operand reads.
    Expr *first = e->args[0];
    if (first->cv)
        load_const(f, acc, t, first->cv);
    else
        ex_to(f, first, acc);
    for (uint32_t i = 1; i < e->nargs; i++) {
        uint32_t inner = f->top, y;
        if (e->args[i]->cv) {
            y = frame_alloc(f, t);
            load_const(f, y, t, e->args[i]->cv);
        } else {
            y = ex(f, e->args[i]);
        }
        min_max_step(f, t, e->builtin == BUILTIN_MIN, acc, y);
        frame_release(f, inner);
    }
    mov(f, dst, acc, t->nslots);
    frame_release(f, mark);
    return dst;
}

static void print_value(Fn *f, TInfo *t, uint32_t at) {
    uint32_t mark = f->top;
    switch (t->kind) {
    case KIND_BOOL: ins_i(f, OP_PRINT, at, PRINT_BOOL); break;
    case KIND_FLOAT64: ins_i(f, OP_PRINT, at, PRINT_FLOAT); break;
    case KIND_FLOAT32: ins_i(f, OP_PRINT, at, PRINT_FLOAT32); break;
    case KIND_COMPLEX128: ins_i(f, OP_PRINT, at, PRINT_COMPLEX); break;
    case KIND_COMPLEX64: {
        uint32_t d = frame_alloc_kind(f, 2, SM_NONE);
        ins(f, OP_CVT_F32_F64, d, at, 0);
        ins(f, OP_CVT_F32_F64, d + 8, at + 8, 0);
        ins_i(f, OP_PRINT, d, PRINT_COMPLEX);
        break;
    }
    case KIND_STRING: ins_i(f, OP_PRINT, at, PRINT_STRING); break;
    case KIND_SLICE: ins_i(f, OP_PRINT, at, PRINT_SLICE); break;
    case KIND_INTERFACE: ins_i(f, OP_PRINT, at, PRINT_IFACE); break;
    default:
        ins_i(f, OP_PRINT, at, ti_is_signed(t) ? PRINT_INT : ti_is_unsigned(t) ? PRINT_UINT : PRINT_POINTER);
    }
    frame_release(f, mark);
}

static void print_values(Fn *f, bool line, uint32_t n, TInfo **types, uint32_t *at) {
    uint32_t mark = f->top;
    frame_alloc_kind(f, 1, SM_NONE);  // blanks and newlines name a slot too
    frame_release(f, mark);
    for (uint32_t i = 0; i < n; i++) {
        if (i && line)
            ins_i(f, OP_PRINT, 0, PRINT_SPACE);
        print_value(f, types[i], at[i]);
    }
    if (line)
        ins_i(f, OP_PRINT, 0, PRINT_NEWLINE);
}

static void clear_value(Fn *f, TInfo *t, uint32_t at) {
    uint32_t index = ti_index(f->c, t->kind == KIND_MAP ? t : ti_elem(f->c, t));
    ins(f, t->kind == KIND_MAP ? OP_MAPCLEAR : OP_CLEAR_SLICE, at, 0, 0);
    ins_ext(f, ext_type(index, 0));
}

static void copy_values(Fn *f, TInfo *dt, uint32_t d, TInfo *st, uint32_t s, uint32_t dst) {
    if (st->kind == KIND_STRING) {
        ins(f, OP_COPY_STR, dst, d, s);
    } else {
        uint32_t index = ti_index(f->c, ti_elem(f->c, dt));
        ins(f, OP_COPY_SLICE, dst, d, s);
        ins_ext(f, ext_type(index, 0));
    }
}

// unsafe.Slice and String: a header from a pointer and a length.
static void unsafe_header_of(Fn *f, CallExpr *e, uint32_t p, uint32_t n, uint32_t dst) {
    bool slice = e->builtin == BUILTIN_UNSAFE_SLICE;
    uint32_t mark = f->top, p2 = frame_alloc_kind(f, 1, SM_PTR), n2 = frame_alloc_kind(f, 1, SM_NONE);
    Label ok = label_new(f), bad = label_new(f), nil = label_new(f);
    mov(f, p2, p, 1);
    mov(f, n2, n, 1);
    jump_abc(f, OP_JLTI_I64, n2, 0, bad);
    uint64_t esize = slice ? ti_elem(f->c, tof(f, &e->e))->size : 1;
    if (esize) {  // beyond the end of the address space
        uint32_t t = frame_alloc_kind(f, 1, SM_NONE), left = frame_alloc_kind(f, 1, SM_NONE);
        load_int(f, t, (int64_t)((UINT64_C(1) << 48) / esize));
        jump_abc(f, OP_JLT_U64, t, n2, bad);
        load_int(f, t, (int64_t)esize);
        ins(f, OP_MUL_I64, t, t, n2);
        ins(f, OP_NEG_I64, left, p2, 0);
        jump_a(f, OP_JF, p2, nil);
        jump_abc(f, OP_JLT_U64, left, t, bad);
        label_bind(f, nil);
    }
    jump_a(f, OP_JT, p2, ok);
    jump_a(f, OP_JF, n2, ok);
    ins_i(f, OP_THROW, 0, slice ? THROW_UNSAFE_SLICE_NIL : THROW_UNSAFE_STRING_NIL);
    label_bind(f, bad);
    ins_i(f, OP_THROW, 0, slice ? THROW_UNSAFE_SLICE : THROW_UNSAFE_STRING);
    label_bind(f, ok);
    mov(f, dst, p2, 1);
    mov(f, dst + 8, n2, 1);
    if (slice)
        mov(f, dst + 16, n2, 1);
    frame_release(f, mark);
}

static uint32_t unsafe_header(Fn *f, CallExpr *e, uint32_t hint) {
    uint32_t dst = dst_for(f, e, hint), mark = f->top, p = ex(f, e->args[0]);
    unsafe_header_of(f, e, p, ex(f, e->args[1]), dst);
    frame_release(f, mark);
    return dst;
}

/* A builtin whose arguments are the results of one call: print(f()), append(f()), complex(f()) ... */
static uint32_t builtin_of_tuple(Fn *f, CallExpr *e, uint32_t hint) {
    uint32_t ntypes = e->args[0]->type->ntypes;
    TInfo **types = ARENA_ARRAY(f->arena, TInfo *, ntypes), *t = e->e.mode == MODE_NOVALUE ? NULL : tof(f, &e->e);
    if (e->builtin == BUILTIN_COPY)
        t = f->c->t_int;
    uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, ntypes), dst = !t ? f->top : hint != NOWHERE ? hint : frame_alloc(f, t), mark = f->top;
    uint32_t n = call_tuple(f, e->args[0], types, ats);
    f->pos = e->e.pos;
    switch ((BuiltinId)e->builtin) {
    case BUILTIN_PRINT: case BUILTIN_PRINTLN: print_values(f, e->builtin == BUILTIN_PRINTLN, n, types, ats); break;
    case BUILTIN_COPY: copy_values(f, types[0], ats[0], types[1], ats[1], dst); break;
    case BUILTIN_DELETE: {
        TInfo *kt = ti_key(f->c, types[0]);
        uint32_t k = frame_alloc(f, kt);
        convert(f, ats[1], types[1], kt, k);
        map_delete_key(f, types[0], ats[0], k);
        break;
    }
    case BUILTIN_COMPLEX:
        mov(f, dst, ats[0], 1);
        mov(f, dst + 8, ats[1], 1);
        break;
    case BUILTIN_UNSAFE_ADD: ins(f, OP_ADD_I64, dst, ats[0], ats[1]); break;
    case BUILTIN_UNSAFE_SLICE: case BUILTIN_UNSAFE_STRING: unsafe_header_of(f, e, ats[0], ats[1], dst); break;
    case BUILTIN_MIN: case BUILTIN_MAX: {
        uint32_t acc = frame_alloc(f, t);
        mov(f, acc, ats[0], t->nslots);
        for (uint32_t i = 1; i < n; i++)
            min_max_step(f, t, e->builtin == BUILTIN_MIN, acc, ats[i]);
        mov(f, dst, acc, t->nslots);
        break;
    }
    case BUILTIN_APPEND: {
        TInfo *et = ti_elem(f->c, t);
        uint32_t s = frame_alloc(f, t);
        mov(f, s, ats[0], 3);
        for (uint32_t i = 1; i < n; i++) {
            uint32_t inner = f->top, v = frame_alloc(f, et);
            convert(f, ats[i], types[i], et, v);
            append_value(f, t, s, s, v);
            frame_release(f, inner);
        }
        mov(f, dst, s, 3);
        break;
    }
    default: not_supported(f, e->e.pos, "this builtin with the results of a call");
    }
    frame_release(f, mark);
    return dst;
}

/* builtin compiles a call of a builtin and returns where its result is. */
uint32_t builtin(Fn *f, CallExpr *e, uint32_t hint) {
    uint32_t dst, mark, x, y;
    TInfo *t;
    if (e->nargs == 1 && e->args[0]->type && e->args[0]->type->kind == TYPE_TUPLE)
        return builtin_of_tuple(f, e, hint);
    if (e->builtin < BUILTIN_UNSAFE_ADD)
        order_list(f, e->args, e->nargs, NULL);
    switch ((BuiltinId)e->builtin) {
    case BUILTIN_LEN: case BUILTIN_CAP: return len_cap(f, e, hint);
    case BUILTIN_APPEND: return append_call(f, e, hint);
    case BUILTIN_MAKE: return make_call(f, e, hint);
    case BUILTIN_NEW: return new_call(f, e, hint);
    case BUILTIN_MIN: case BUILTIN_MAX: return min_max(f, e, hint);
    case BUILTIN_PRINT: case BUILTIN_PRINTLN: {
        mark = f->top;
        TInfo **types = ARENA_ARRAY(f->arena, TInfo *, e->nargs);
        uint32_t *at = ARENA_ARRAY(f->arena, uint32_t, e->nargs);
        for (uint32_t i = 0; i < e->nargs; i++) {
            types[i] = tof(f, e->args[i]);
            at[i] = ex(f, e->args[i]);
        }
        f->pos = e->e.pos;
        print_values(f, e->builtin == BUILTIN_PRINTLN, e->nargs, types, at);
        frame_release(f, mark);
        return mark;
    }
    case BUILTIN_PANIC:
        mark = f->top;
        x = ex_as(f, e->args[0], f->c->t_any);
        f->pos = e->e.pos;
        ins(f, OP_PANIC, x, 0, 0);
        frame_release(f, mark);
        return mark;
    case BUILTIN_RECOVER:
        dst = dst_for(f, e, hint);
        ins(f, OP_RECOVER, dst, 0, 0);
        return dst;
    case BUILTIN_CLOSE:
        mark = f->top;
        x = ex(f, e->args[0]);
        f->pos = e->e.pos;
        ins(f, OP_CLOSE, x, 0, 0);
        frame_release(f, mark);
        return mark;
    case BUILTIN_CLEAR:
        mark = f->top;
        clear_value(f, tof(f, e->args[0]), ex(f, e->args[0]));
        frame_release(f, mark);
        return mark;
    case BUILTIN_DELETE:
        mark = f->top;
        t = tof(f, e->args[0]);
        x = ex(f, e->args[0]);
        y = ex_as(f, e->args[1], ti_key(f->c, t));
        f->pos = e->e.pos;
        map_delete_key(f, t, x, y);
        frame_release(f, mark);
        return mark;
    case BUILTIN_COPY:
        dst = hint != NOWHERE ? hint : frame_alloc(f, f->c->t_int), mark = f->top;
        x = ex(f, e->args[0]);
        y = ex(f, e->args[1]);
        f->pos = e->e.pos;
        copy_values(f, tof(f, e->args[0]), x, tof(f, e->args[1]), y, dst);
        frame_release(f, mark);
        return dst;
    case BUILTIN_COMPLEX:
        dst = dst_for(f, e, hint), mark = f->top;
        t = tof(f, &e->e)->kind == KIND_COMPLEX128 ? f->c->t_float64 : f->c->t_float32;
        for (uint32_t i = 0; i < 2; i++) {
            if (e->args[i]->cv) {
                uint32_t at = frame_alloc(f, t);
                load_const(f, at, t, e->args[i]->cv);
                *(i ? &y : &x) = at;
            } else {
                *(i ? &y : &x) = ex(f, e->args[i]);
            }
        }
        if (y == dst) {  // z = complex(imag(z), real(z))
            uint32_t at = frame_alloc(f, t);
            mov(f, at, y, 1);
            y = at;
        }
        mov(f, dst, x, 1);
        mov(f, dst + 8, y, 1);
        frame_release(f, mark);
        return dst;
    case BUILTIN_REAL: return ex(f, e->args[0]);
    case BUILTIN_IMAG: return ex(f, e->args[0]) + 8;
    case BUILTIN_UNSAFE_ADD:
        dst = dst_for(f, e, hint), mark = f->top;
        x = ex(f, e->args[0]);
        y = ex(f, e->args[1]);
        ins(f, OP_ADD_I64, dst, x, y);
        frame_release(f, mark);
        return dst;
    case BUILTIN_UNSAFE_SLICE: case BUILTIN_UNSAFE_STRING: return unsafe_header(f, e, hint);
    case BUILTIN_UNSAFE_SLICEDATA: case BUILTIN_UNSAFE_STRINGDATA: return ex(f, e->args[0]);
    case BUILTIN_UNSAFE_SIZEOF: case BUILTIN_UNSAFE_ALIGNOF:  // of a type parameter: else it is a constant
        dst = dst_for(f, e, hint);
        t = tof(f, e->args[0]);
        load_int(f, dst, (int64_t)(e->builtin == BUILTIN_UNSAFE_SIZEOF ? t->size : t->align));
        return dst;
    case BUILTIN_UNSAFE_OFFSETOF: {
        dst = dst_for(f, e, hint);
        SelectorExpr *s = AS(SelectorExpr, ast_unparen(e->args[0]));
        TInfo *st = ti(f, s->selection->x_type);
        if (st->kind == KIND_POINTER)
            st = ti_elem(f->c, st);
        int64_t off = 0;
        for (uint32_t i = 0; i < s->selection->npath; i++) {
            off += type_offsetof(f->c->ck, st->under, s->selection->path[i].index);
            st = ti_field(f->c, st, s->selection->path[i].index);
        }
        load_int(f, dst, off);
        return dst;
    }
    case BUILTIN_COUNT: break;
    }
    return not_supported(f, e->e.pos, "this builtin");
}

/* builtin_thunk is the body of a function whose parameters are the arguments of a deferred builtin. */
void builtin_thunk(Fn *f, CallExpr *e, TInfo **types, uint32_t *at) {
    uint32_t mark = f->top;
    f->pos = e->e.pos;
    switch ((BuiltinId)e->builtin) {
    case BUILTIN_PRINT: case BUILTIN_PRINTLN: print_values(f, e->builtin == BUILTIN_PRINTLN, e->nargs, types, at); break;
    case BUILTIN_PANIC: ins(f, OP_PANIC, at[0], 0, 0); break;
    case BUILTIN_RECOVER: ins(f, OP_RECOVER, frame_alloc(f, f->c->t_any), 1, 0); break;
    case BUILTIN_CLOSE: ins(f, OP_CLOSE, at[0], 0, 0); break;
    case BUILTIN_CLEAR: clear_value(f, types[0], at[0]); break;
    case BUILTIN_DELETE: map_delete_key(f, types[0], at[0], at[1]); break;
    case BUILTIN_COPY: copy_values(f, types[0], at[0], types[1], at[1], frame_alloc(f, f->c->t_int)); break;
    default: break;
    }
    frame_release(f, mark);
}

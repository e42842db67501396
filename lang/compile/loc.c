// loc.c: moving values between frame, memory, globals, elements and maps.
#include "compile/compile_impl.h"

Loc loc_frame(TInfo *t, uint32_t at) { return (Loc){.kind = LOC_FRAME, .t = t, .at = at}; }

Loc loc_ptr(TInfo *t, uint32_t at, uint64_t disp) { return (Loc){.kind = LOC_PTR, .t = t, .at = at, .disp = disp}; }

/* ---- inside the frame ---- */

void mov(Fn *f, uint32_t dst, uint32_t src, uint32_t nslots) {
    if (dst == src || !nslots)
        return;
    if (UNLIKELY(f->far && (far_is(f, dst) || far_is(f, src) || nslots * UINT64_C(8) > UINT16_MAX))) {
        far_move(f, dst, src, nslots * UINT64_C(8));
        return;
    }
    static const Opcode ops[] = {OP_NOP, OP_MOV, OP_MOV2, OP_MOV3, OP_MOV4};
    if (nslots <= 4)
        ins(f, ops[nslots], dst, src, 0);
    else
        ins(f, OP_MOVN, dst, src, nslots * 8);
}

void mov_t(Fn *f, uint32_t dst, uint32_t src, TInfo *t) { mov(f, dst, src, t->fslots); }

// A FORM_BIG value belongs to one place: a copy is a new object.
void copy_t(Fn *f, uint32_t dst, uint32_t src, TInfo *t) {
    if (t->form != FORM_BIG) {
        mov(f, dst, src, t->fslots);
        return;
    }
    uint32_t index = ti_index(f->c, t);
    if (!f->dead) {
        ins(f, OP_BOXP, dst, src, 0);
        ins_ext(f, ext_type(index, 0));
    }
}

void zero_t(Fn *f, uint32_t dst, TInfo *t) {
    if (t->form == FORM_BIG)
        ins_i(f, OP_NEW, dst, ti_index(f->c, t));
    else if (t->fslots == 1)
        ins_i(f, OP_LDI, dst, 0);
    else if (t->fslots)
        ins_i(f, OP_ZERO, dst, (int64_t)t->fslots * 8);
}

void load_int(Fn *f, uint32_t dst, int64_t v) {
    if (v == (int32_t)v) {
        ins_i(f, OP_LDI, dst, v);
    } else {
        ins(f, OP_LDK, dst, 0, 0);
        ins_ext(f, (uint64_t)v);
    }
}

static void load_bits(Fn *f, uint32_t dst, uint64_t v) { load_int(f, dst, (int64_t)v); }

static uint32_t string_index(Compiler *c, const char *bytes, size_t n) {
    const Name *name = intern(&c->string_names, bytes, n);
    uintptr_t known = (uintptr_t)ptrmap_get(&c->string_index, name);
    if (known)
        return (uint32_t)known - 1;
    StrLit s = {name->text, name->len};
    vec_push(c->arena, &c->strings, s);
    ptrmap_put(&c->string_index, name, (void *)(uintptr_t)c->strings.n);
    return c->strings.n - 1;
}

uint32_t load_string(Fn *f, uint32_t dst, const char *bytes, size_t n) {
    if (n)
        ins_i(f, OP_LDSTR, dst, string_index(f->c, bytes, n));
    else
        ins_i(f, OP_ZERO, dst, 16);
    return dst;
}

void load_string_addr(Fn *f, uint32_t dst, const char *bytes, size_t n) {
    ins_i(f, OP_LDSTRP, dst, string_index(f->c, bytes, n));
}

static uint64_t f64_bits(double d) {
    uint64_t u;
    memcpy(&u, &d, 8);
    return u;
}

static uint64_t f32_bits(float x) {
    uint32_t u;
    memcpy(&u, &x, 4);
    return u;
}

// const_slot is the slot form of a one-slot constant of kind k.
static uint64_t const_slot(Arena *a, Kind k, const Const *cv) {
    switch (k) {
    case KIND_BOOL: return const_is_true(cv);
    case KIND_FLOAT32: return f32_bits(const_float32(cv));
    case KIND_FLOAT64: return f64_bits(const_float64(cv));
    default: break;
    }
    uint64_t v = const_bits(const_to_int(a, cv));
    switch (k) {
    case KIND_INT8: return (uint64_t)(int64_t)(int8_t)v;
    case KIND_INT16: return (uint64_t)(int64_t)(int16_t)v;
    case KIND_INT32: return (uint64_t)(int64_t)(int32_t)v;
    case KIND_UINT8: return (uint8_t)v;
    case KIND_UINT16: return (uint16_t)v;
    case KIND_UINT32: return (uint32_t)v;
    default: return v;
    }
}

bool const_to_slots(Compiler *c, TInfo *t, const Const *cv, uint64_t *slots) {
    switch (t->kind) {
    case KIND_STRING: {
        size_t n;
        const char *s = const_text(c->arena, cv, &n);
        uint32_t at = string_index(c, s, n);  // may move c->strings.at
        StrLit *lit = (StrLit *)(void *)&c->strings.at[at];
        slots[0] = n ? (uint64_t)(uintptr_t)lit->data : 0;
        slots[1] = n;
        return true;
    }
    case KIND_COMPLEX64:
        slots[0] = f32_bits(const_float32(const_real(c->arena, cv)));
        slots[1] = f32_bits(const_float32(const_imag(c->arena, cv)));
        return true;
    case KIND_COMPLEX128:
        slots[0] = f64_bits(const_float64(const_real(c->arena, cv)));
        slots[1] = f64_bits(const_float64(const_imag(c->arena, cv)));
        return true;
    default:
        if (!(t->flags & TF_DIRECT))
            return false;
        slots[0] = const_slot(c->arena, t->kind, cv);
        return true;
    }
}

void load_const(Fn *f, uint32_t dst, TInfo *t, const Const *cv) {
    uint64_t slots[2] = {0, 0};
    if (t->kind == KIND_STRING) {
        size_t n;
        const char *s = const_text(f->c->arena, cv, &n);
        load_string(f, dst, s, n);
    } else if (const_to_slots(f->c, t, cv, slots)) {
        load_bits(f, dst, slots[0]);
        if (t->nslots == 2)
            load_bits(f, dst + 8, slots[1]);
    }
}

/* ---- memory form in the frame ---- */

uint32_t mem_temp(Fn *f, TInfo *t) {
    uint32_t n = (uint32_t)((t->size + 7) / 8);
    uint32_t at = frame_alloc_kind(f, n ? n : 1, SM_NONE);
    for (uint32_t i = 0; i < n; i++) {
        unsigned kind = SM_NONE;
        if (t->gc_period && t->gc_ptrs[i % t->gc_period / 64] >> i % t->gc_period % 64 & 1)
            kind = t->gc_maybe && t->gc_maybe[i % t->gc_period / 64] >> i % t->gc_period % 64 & 1 ? SM_IDATA : SM_PTR;
        frame_set_kind(f, at + i * 8, kind);
    }
    return at;
}

// How many bytes of the memory form the pieces are; the rest is padding.
static uint64_t pieces_size(const TInfo *t) {
    static const uint8_t sizes[] = {1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 24};
    uint64_t n = 0;
    for (uint32_t i = 0; i < t->npieces; i++)
        n += sizes[t->pieces[i].kind];
    return n;
}

// Whether the frame form of t can be read as memory form where it is.
static bool readable_as_mem(const TInfo *t) {
    return t->form == FORM_MEM || (t->form == FORM_SLOTS && (t->flags & TF_SAME_FORM || (t->nslots <= 1 && t->size == pieces_size(t))));
}

static void fmem_store(Fn *f, TInfo *t, uint32_t mem, uint32_t src) {
    if (t->form == FORM_MEM) {
        if (t->size)
            ins(f, OP_MOVN, mem, src, (uint32_t)t->size);
        return;
    }
    for (uint32_t i = 0; i < t->npieces; i++) {
        const Piece *p = &t->pieces[i];
        uint32_t to = mem + p->mem, from = src + p->slot * 8;
        switch (p->kind) {
        case PIECE_I8: case PIECE_U8: ins(f, OP_FST_8, to, from, 0); break;
        case PIECE_I16: case PIECE_U16: ins(f, OP_FST_16, to, from, 0); break;
        case PIECE_I32: case PIECE_U32: ins(f, OP_FST_32, to, from, 0); break;
        default: mov(f, to, from, p->nslots);
        }
    }
}

static void fmem_load(Fn *f, TInfo *t, uint32_t dst, uint32_t mem) {
    if (t->form == FORM_MEM) {
        if (t->size)
            ins(f, OP_MOVN, dst, mem, (uint32_t)t->size);
        return;
    }
    static const Opcode ops[] = {OP_FLD_I8, OP_FLD_U8, OP_FLD_I16, OP_FLD_U16, OP_FLD_I32, OP_FLD_U32};
    for (uint32_t i = 0; i < t->npieces; i++) {
        const Piece *p = &t->pieces[i];
        uint32_t from = mem + p->mem, to = dst + p->slot * 8;
        if (p->kind <= PIECE_U32)
            ins(f, ops[p->kind], to, from, 0);
        else
            mov(f, to, from, p->nslots);
    }
}

uint32_t to_mem(Fn *f, uint32_t at, TInfo *t) {
    if (readable_as_mem(t))
        return at;
    uint32_t mem = mem_temp(f, t);
    if (t->size % 8 || (t->form == FORM_SLOTS && t->size != pieces_size(t)))  // the collector looks at whole words: no garbage in padding
        ins_i(f, OP_ZERO, mem, (int64_t)(t->size + 7) / 8 * 8);
    fmem_store(f, t, mem, at);
    return mem;
}

void from_mem(Fn *f, uint32_t dst, uint32_t mem, TInfo *t) { fmem_load(f, t, dst, mem); }

/* ---- through pointers ---- */

// reach brings a displacement within the reach of an instruction, for `extra` more bytes.
static uint32_t reach(Fn *f, const Loc *l, uint64_t *disp) {
    *disp = l->disp;
    if (l->disp + l->t->size <= 0xffff)
        return l->at;
    uint32_t k = frame_alloc_kind(f, 1, SM_NONE), p = frame_alloc_kind(f, 1, SM_PTR);
    if (!l->nonnil)
        ins(f, OP_NILCHK, l->at, 0, 0);
    load_int(f, k, (int64_t)l->disp);
    ins(f, OP_ADD_I64, p, l->at, k);
    *disp = 0;
    return p;
}

static void ptr_load(Fn *f, const Loc *l, uint32_t dst) {
    TInfo *t = l->t;
    uint32_t mark = f->top;
    uint64_t disp;
    if (t->form == FORM_BIG) {
        uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
        loc_addr(f, l, p);
        copy_t(f, dst, p, t);
        frame_release(f, mark);
        return;
    }
    uint32_t base = reach(f, l, &disp);
    if (t->form == FORM_MEM) {
        ins(f, OP_LDN, dst, base, 0);
        ins_ext(f, disp << 32 | (uint32_t)t->size);
        frame_release(f, mark);
        return;
    }
    if (!t->nslots && !l->nonnil)
        ins(f, OP_NILCHK, base, 0, 0);
    static const Opcode ops[] = {
        OP_LD_I8, OP_LD_U8, OP_LD_I16, OP_LD_U16, OP_LD_I32, OP_LD_U32, OP_LD_64, OP_LD_64, OP_LD2, OP_LD2, OP_LD3,
    };
    // A piece that overwrites the base comes last: the destination may be the pointer's own slot.
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < t->npieces; i++) {
        const Piece *p = &t->pieces[i];
        uint32_t to = dst + p->slot * 8u;
        if (base >= to && base < to + p->nslots * 8u)
            last = i;
        else
            ins(f, ops[p->kind], to, base, (uint32_t)disp + p->mem);
    }
    if (last != UINT32_MAX)
        ins(f, ops[t->pieces[last].kind], dst + t->pieces[last].slot * 8u, base, (uint32_t)disp + t->pieces[last].mem);
    frame_release(f, mark);
}

static void ptr_store(Fn *f, const Loc *l, uint32_t src) {
    TInfo *t = l->t;
    uint32_t mark = f->top;
    uint64_t disp;
    if (t->form == FORM_BIG) {
        uint32_t p = frame_alloc_kind(f, 1, SM_PTR), index = ti_index(f->c, t);
        loc_addr(f, l, p);
        ins(f, OP_COPY, p, src, 0);
        ins_ext(f, ext_type(index, 0));
        frame_release(f, mark);
        return;
    }
    uint32_t base = reach(f, l, &disp);
    if (t->form == FORM_MEM) {
        uint32_t index = ti_index(f->c, t);
        ins(f, OP_STN, base, src, 0);
        ins_ext(f, ext_type(index, (uint32_t)disp));
        frame_release(f, mark);
        return;
    }
    if (!t->nslots && !l->nonnil)
        ins(f, OP_NILCHK, base, 0, 0);
    static const Opcode ops[] = {
        OP_ST_8, OP_ST_8, OP_ST_16, OP_ST_16, OP_ST_32, OP_ST_32, OP_ST_64, OP_ST_P, OP_ST_STR, OP_ST_IFACE, OP_ST_SLICE,
    };
    for (uint32_t i = 0; i < t->npieces; i++) {
        const Piece *p = &t->pieces[i];
        ins(f, ops[p->kind], base, src + p->slot * 8u, (uint32_t)disp + p->mem);
    }
    frame_release(f, mark);
}

/* ---- elements ---- */

static bool one_piece(const TInfo *t) { return t->form == FORM_SLOTS && t->npieces == 1 && t->pieces[0].mem == 0; }

static bool elem_direct(const Loc *l) { return l->kind == LOC_ELEM && l->disp == 0 && one_piece(l->t) && l->esize == l->t->size; }

// What was emitted since `from` for l panics about an unsigned index.
static void note_index(Fn *f, const Loc *l, uint32_t from) {
    if (UNLIKELY(l->ix_unsigned) && f->code.n > from)
        vec_push(f->arena, &f->unsigned_ix, ((PcRange){from, f->code.n}));
}

static Loc elem_ptr_of(Fn *f, const Loc *l) {
    uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
    Loc r = loc_ptr(l->t, p, l->disp);
    r.nonnil = true;
    switch (l->kind) {
    case LOC_ELEM:
        ins(f, OP_ADDRX, p, l->at, l->ix);
        ins_ext(f, l->esize);
        return r;
    case LOC_PELEM:
        if (!l->nonnil)
            ins(f, OP_NILCHK, l->at, 0, 0);
        if (l->esize <= UINT32_MAX && l->len <= UINT32_MAX) {
            ins(f, OP_PADDRX, p, l->at, l->ix);
            ins_ext(f, l->len << 32 | l->esize);
        } else {
            ins(f, OP_PADDRXL, p, l->at, l->ix);
            ins_ext(f, l->esize);
            ins_ext(f, l->len);
        }
        return r;
    case LOC_FELEM: {
        uint32_t base = frame_alloc_kind(f, 1, SM_PTR), n = (uint32_t)((l->esize * l->len + 7) / 8);
        frame_pin(f, l->at, n);
        ins_i(f, OP_FADDR, base, l->at);
        ins(f, OP_PADDRX, p, base, l->ix);
        ins_ext(f, l->len << 32 | l->esize);
        return r;
    }
    case LOC_GLOBAL: {
        ins_i(f, OP_GADDR, p, (int64_t)(l->disp / 8));
        r.disp = l->disp % 8;
        return r;
    }
    default: UNREACHABLE("element kind");
    }
}

// elem_ptr turns an element's place into a pointer, checking the index.
static Loc elem_ptr(Fn *f, const Loc *l) {
    uint32_t from = f->code.n;
    Loc r = elem_ptr_of(f, l);
    note_index(f, l, from);
    return r;
}

/* loc_in_place finds an element of an array, or a field of one, once for reading and writing; what is one instruction stays as it is. */
void loc_in_place(Fn *f, Loc *l) {
    if (l->kind == LOC_PELEM || (l->kind == LOC_ELEM && !elem_direct(l)))
        *l = elem_ptr(f, l);
}

static bool add_to(Fn *f, const Loc *l, bool sub, uint32_t y, int16_t k) {
    const TInfo *t = l->t;
    bool is_int = ti_is_int(t) && t->size == 8, is_float = t->kind == KIND_FLOAT64;
    if ((!is_int && !is_float) || (is_int && sub) || (y == NOWHERE && !is_int))
        return false;
    if (l->kind == LOC_PTR && l->disp <= UINT16_MAX) {
        if (y == NOWHERE)
            ins(f, OP_ADDMI_I64, l->at, (uint16_t)k, (uint32_t)l->disp);
        else
            ins(f, is_int ? OP_ADDM_I64 : sub ? OP_SUBM_F64 : OP_ADDM_F64, l->at, y, (uint32_t)l->disp);
        return true;
    }
    if (elem_direct(l) && !sub) {
        if (y == NOWHERE)
            ins(f, OP_ADDXI_I64, l->at, l->ix, (uint16_t)k);
        else
            ins(f, is_int ? OP_ADDX_I64 : OP_ADDX_F64, l->at, l->ix, y);
        return true;
    }
    return false;
}

/* loc_add emits `l += y`, or -= for floats with sub, as one instruction where there is one for this kind of place; y is a slot, or NOWHERE for the
 * constant k. */
bool loc_add(Fn *f, const Loc *l, bool sub, uint32_t y, int16_t k) {
    uint32_t from = f->code.n;
    bool done = add_to(f, l, sub, y, k);
    note_index(f, l, from);
    return done;
}

static bool felem_direct(const Loc *l) {
    return l->kind == LOC_FELEM && l->disp == 0 && l->esize == 8 && one_piece(l->t) &&
        (l->t->pieces[0].kind == PIECE_64 || l->t->pieces[0].kind == PIECE_PTR);
}

/* A global of one narrow scalar nobody takes the address of lies widened in its word; LDG and STG then do for every type
 * of whole slots. */
static bool global_words(const Loc *l) {
    if (l->disp % 8 || l->t->form != FORM_SLOTS || l->t->nslots > 4)
        return false;
    return (l->t->flags & TF_SAME_FORM) != 0;
}

/* ---- the general case ---- */

static void load_to(Fn *f, const Loc *l, uint32_t dst) {
    TInfo *t = l->t;
    uint32_t mark = f->top;
    switch ((LocKind)l->kind) {
    case LOC_FRAME: copy_t(f, dst, l->at, t); return;
    case LOC_FMEM: fmem_load(f, t, dst, l->at); return;
    case LOC_PTR: ptr_load(f, l, dst); return;
    case LOC_GLOBAL:
        if (global_words(l)) {
            for (uint32_t i = 0; i < t->nslots; i++)
                ins_i(f, OP_LDG, dst + i * 8, (int64_t)(l->disp / 8 + i));
            return;
        }
        break;
    case LOC_ELEM:
        if (elem_direct(l)) {
            static const Opcode ops[] = {
                OP_LDX_I8, OP_LDX_U8, OP_LDX_I16, OP_LDX_U16, OP_LDX_I32, OP_LDX_U32, OP_LDX_64, OP_LDX_64, OP_LDX2, OP_LDX2, OP_LDX3,
            };
            ins(f, ops[t->pieces[0].kind], dst, l->at, l->ix);
            return;
        }
        break;
    case LOC_STRX: ins(f, OP_LDX_U8, dst, l->at, l->ix); return;
    case LOC_FELEM:
        if (felem_direct(l) && !far_is(f, l->at)) {
            ins(f, OP_FLDX_64, dst, l->at, l->ix);
            ins_ext(f, l->len);
            return;
        }
        break;
    case LOC_PELEM: break;
    case LOC_MAP: map_load(f, l, dst, NOWHERE); return;
    case LOC_BLANK: return;
    }
    Loc p = elem_ptr(f, l);
    ptr_load(f, &p, dst);
    frame_release(f, mark);
}

void loc_load_to(Fn *f, const Loc *l, uint32_t dst) {
    uint32_t from = f->code.n;
    load_to(f, l, dst);
    note_index(f, l, from);
}

uint32_t loc_load(Fn *f, const Loc *l) {
    if (l->kind == LOC_FRAME)
        return l->at;
    uint32_t dst = frame_alloc(f, l->t);
    loc_load_to(f, l, dst);
    return dst;
}

static void store(Fn *f, const Loc *l, uint32_t src) {
    TInfo *t = l->t;
    uint32_t mark = f->top;
    switch ((LocKind)l->kind) {
    case LOC_FRAME: copy_t(f, l->at, src, t); return;
    case LOC_FMEM: fmem_store(f, t, l->at, src); return;
    case LOC_PTR: ptr_store(f, l, src); return;
    case LOC_GLOBAL:
        if (global_words(l)) {
            for (uint32_t i = 0; i < t->nslots; i++)
                ins_i(f, ti_frame_kind(t, i) ? OP_STGP : OP_STG, src + i * 8, (int64_t)(l->disp / 8 + i));
            return;
        }
        break;
    case LOC_ELEM:
        if (elem_direct(l)) {
            static const Opcode ops[] = {
                OP_STX_8, OP_STX_8, OP_STX_16, OP_STX_16, OP_STX_32, OP_STX_32, OP_STX_64, OP_STX_P, OP_STX_STR, OP_STX_IFACE, OP_STX_SLICE,
            };
            ins(f, ops[t->pieces[0].kind], l->at, l->ix, src);
            return;
        }
        break;
    case LOC_FELEM:
        if (felem_direct(l) && !far_is(f, l->at)) {
            ins(f, OP_FSTX_64, l->at, l->ix, src);
            ins_ext(f, l->len);
            return;
        }
        break;
    case LOC_PELEM: case LOC_STRX: break;
    case LOC_MAP: map_store(f, l, src); return;
    case LOC_BLANK: return;
    }
    Loc p = elem_ptr(f, l);
    ptr_store(f, &p, src);
    frame_release(f, mark);
}

void loc_store(Fn *f, const Loc *l, uint32_t src) {
    uint32_t from = f->code.n;
    store(f, l, src);
    note_index(f, l, from);
}

void loc_zero(Fn *f, const Loc *l) {
    uint32_t mark = f->top;
    if (l->kind == LOC_FRAME) {
        zero_t(f, l->at, l->t);
        return;
    }
    if (l->t->form == FORM_BIG) {
        uint32_t p = frame_alloc_kind(f, 1, SM_PTR), index = ti_index(f->c, l->t);
        loc_addr(f, l, p);
        ins(f, OP_CLEARMEM, p, 0, 0);
        ins_ext(f, ext_type(index, 0));
    } else {
        uint32_t z = frame_alloc(f, l->t);
        zero_t(f, z, l->t);
        loc_store(f, l, z);
    }
    frame_release(f, mark);
}

void loc_addr(Fn *f, const Loc *l, uint32_t dst) {
    uint32_t mark = f->top;
    Loc p = *l;
    switch ((LocKind)l->kind) {
    case LOC_PTR: break;
    case LOC_GLOBAL: case LOC_ELEM: case LOC_PELEM: p = elem_ptr(f, l); break;
    case LOC_FELEM:
        p = elem_ptr(f, l);
        break;
    case LOC_FRAME: case LOC_FMEM:
        if (l->kind == LOC_FRAME && l->t->form == FORM_BIG) {
            mov(f, dst, l->at, 1);
            return;
        }
        frame_pin(f, l->at & ~7u, (uint32_t)((l->t->size + (l->at & 7) + 7) / 8));
        ins_i(f, OP_FADDR, dst, l->at);
        return;
    default: UNREACHABLE("address of a place that has none");
    }
    if (!p.nonnil)
        ins(f, OP_NILCHK, p.at, 0, 0);
    if (!p.disp) {
        mov(f, dst, p.at, 1);
    } else if (p.disp <= INT16_MAX) {
        ins(f, OP_ADDI_I64, dst, p.at, (uint32_t)p.disp);
    } else {
        uint32_t k = frame_alloc_kind(f, 1, SM_NONE);
        load_int(f, k, (int64_t)p.disp);
        ins(f, OP_ADD_I64, dst, p.at, k);
    }
    frame_release(f, mark);
}

Loc loc_field(Fn *f, const Loc *l, uint32_t i) {
    Compiler *c = f->c;
    TInfo *st = l->t, *ft = ti_field(c, st, i);
    uint64_t off = (uint64_t)type_offsetof(c->ck, st->under, i);
    Loc r = *l;
    r.t = ft;
    switch ((LocKind)l->kind) {
    case LOC_FRAME:
        if (st->form == FORM_SLOTS) {
            r.at = l->at + ti_field_slot(c, st, i) * 8;
            return r;
        }
        if (st->form == FORM_BIG) {
            r = loc_ptr(ft, l->at, off);
            r.nonnil = true;
            return r;
        }
        r.kind = LOC_FMEM;  // fall through
    case LOC_FMEM:
        r.at = l->at + (uint32_t)off;
        if (r.at % 8 == 0 && (ft->form == FORM_MEM || ft->flags & TF_SAME_FORM))
            r.kind = LOC_FRAME;
        return r;
    case LOC_PTR: case LOC_GLOBAL: case LOC_ELEM: case LOC_PELEM: case LOC_FELEM:
        r.disp += off;
        return r;
    default: {  // a map's element: load it
        uint32_t at = loc_load(f, l);
        Loc v = loc_frame(st, at);
        return loc_field(f, &v, i);
    }
    }
}

/* ---- package variables ---- */

uint64_t global_region(Compiler *c, TInfo *t, uint64_t count) {
    uint64_t off = c->globals_bytes;
    c->globals_bytes += (t->size * count + 7) & ~UINT64_C(7);
    if (c->ngregions == c->gregions_cap) {
        c->gregions_cap = c->gregions_cap ? c->gregions_cap * 2 : 64;
        GRegion *at = ARENA_ARRAY(c->arena, GRegion, c->gregions_cap);
        if (c->ngregions)
            memcpy(at, c->gregions, c->ngregions * sizeof *at);
        c->gregions = at;
    }
    c->gregions[c->ngregions++] = (GRegion){off, t, count};
    return off;
}

uint64_t global_off(Compiler *c, Object *o) {
    if (!o->aux) {
        TInfo *t = ti_of(c, object_type(c->ck, o));
        vec_push(c->arena, &c->globals, o);
        o->aux = (void *)(uintptr_t)(global_region(c, t, 1) + 8);
    }
    return (uint64_t)(uintptr_t)o->aux - 8;
}

/* mapchan.c: elements of maps and channels.
 *
 * Maps and channels see memory form. Keys, values and elements that live in frames are handed over by their place there, in memory form. When one of
 * them is FORM_BIG, all operands of the instruction are addresses: of the large value's own object, or of a box made for a small one that goes with it.
 * What is received or read so is put into a fresh object. */
#include "compile/compile_impl.h"

static bool map_by_address(Fn *f, TInfo *mt) { return ti_key(f->c, mt)->form == FORM_BIG || ti_elem(f->c, mt)->form == FORM_BIG; }

// A slot with the address of the frame value at `at`.
static uint32_t address_of(Fn *f, uint32_t at, TInfo *t) {
    if (t->form == FORM_BIG)
        return at;
    uint32_t mem = to_mem(f, at, t), p = frame_alloc_kind(f, 1, SM_PTR), index = ti_index(f->c, t);
    ins(f, OP_BOX, p, mem, 0);
    ins_ext(f, ext_type(index, 0));
    return p;
}

static uint32_t fresh(Fn *f, TInfo *t) {
    uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
    ins_i(f, OP_NEW, p, ti_index(f->c, t));
    return p;
}

// The value in the fresh object of slot p becomes the frame value at dst.
static void take(Fn *f, uint32_t dst, uint32_t p, TInfo *t) {
    if (t->form == FORM_BIG) {
        mov(f, dst, p, 1);
        return;
    }
    Loc l = loc_ptr(t, p, 0);
    l.nonnil = true;
    loc_load_to(f, &l, dst);
}

/* ---- maps ---- */

uint32_t map_key(Fn *f, TInfo *mt, uint32_t at) {
    TInfo *kt = ti_key(f->c, mt);
    return map_by_address(f, mt) ? address_of(f, at, kt) : to_mem(f, at, kt);
}

uint32_t map_key_slots(Fn *f, TInfo *mt) { return map_by_address(f, mt) ? 1 : (uint32_t)((ti_key(f->c, mt)->size + 7) / 8); }

uint32_t map_key_temp(Fn *f, TInfo *mt) { return map_by_address(f, mt) ? frame_alloc_kind(f, 1, SM_PTR) : mem_temp(f, ti_key(f->c, mt)); }

static bool is_word(const TInfo *t) { return t->form == FORM_SLOTS && t->nslots == 1 && t->size == 8; }

void map_load(Fn *f, const Loc *l, uint32_t dst, uint32_t ok) {
    TInfo *mt = l->mt, *kt = ti_key(f->c, mt), *t = ti_elem(f->c, mt);
    uint32_t index = ti_index(f->c, mt), mark = f->top;
    if (ok == NOWHERE && is_word(t) && kt->size == 8 && ti_is_int(kt)) {
        ins(f, OP_MAPGET_I64, dst, l->at, l->ix);
        ins_ext(f, ext_type(index, 0));
    } else if (ok == NOWHERE && is_word(t) && kt->kind == KIND_STRING) {
        ins(f, OP_MAPGET_STR, dst, l->at, l->ix);
        ins_ext(f, ext_type(index, 0));
    } else if (map_by_address(f, mt)) {
        uint32_t p = fresh(f, t);
        ins(f, OP_MAPGETP, p, l->at, l->ix);
        ins_ext(f, ext_type(index, ok == NOWHERE ? OFF_NONE_W : ok));
        take(f, dst, p, t);
    } else {
        bool in_place = t->form == FORM_MEM || (t->form == FORM_SLOTS && (!t->size || t->flags & TF_SAME_FORM));
        uint32_t mem = in_place ? dst : mem_temp(f, t);
        ins(f, ok == NOWHERE ? OP_MAPGET : OP_MAPGET2, mem, l->at, l->ix);
        ins_ext(f, ext_type(index, ok == NOWHERE ? 0 : ok));
        if (!in_place)
            from_mem(f, dst, mem, t);
    }
    frame_release(f, mark);
}

void map_store(Fn *f, const Loc *l, uint32_t src) {
    TInfo *mt = l->mt, *kt = ti_key(f->c, mt), *t = ti_elem(f->c, mt);
    uint32_t index = ti_index(f->c, mt), mark = f->top;
    if (is_word(t) && kt->size == 8 && ti_is_int(kt))
        ins(f, OP_MAPSET_I64, l->at, l->ix, src);
    else if (map_by_address(f, mt))
        ins(f, OP_MAPSETP, l->at, l->ix, address_of(f, src, t));
    else
        ins(f, OP_MAPSET, l->at, l->ix, to_mem(f, src, t));
    ins_ext(f, ext_type(index, 0));
    frame_release(f, mark);
}

void map_addr(Fn *f, const Loc *l, uint32_t dst) {
    ins(f, map_by_address(f, l->mt) ? OP_MAPADDRP : OP_MAPADDR, dst, l->at, l->ix);
    ins_ext(f, ext_type(ti_index(f->c, l->mt), 0));
}

void map_delete_key(Fn *f, TInfo *mt, uint32_t m, uint32_t key) {
    uint32_t index = ti_index(f->c, mt), k = map_key(f, mt, key);
    ins(f, map_by_address(f, mt) ? OP_MAPDELP : OP_MAPDEL, m, k, 0);
    ins_ext(f, ext_type(index, 0));
}

void map_next(Fn *f, TInfo *mt, uint32_t it, uint32_t *key, uint32_t *value, Label end) {
    TInfo *kt = ti_key(f->c, mt), *vt = ti_elem(f->c, mt);
    uint32_t k = OFF_NONE, v = OFF_NONE_W;
    bool by_address = map_by_address(f, mt);
    if (key)
        k = by_address ? fresh(f, kt) : mem_temp(f, kt);
    if (value)
        v = by_address ? fresh(f, vt) : mem_temp(f, vt);
    call_note(f, (uint32_t)((kt->size + 7) / 8), (uint32_t)((vt->size + 7) / 8));
    jump_abc_ext(f, by_address ? OP_MAPNEXTP : OP_MAPNEXT, it, k, end, v);
    if (key) {
        *key = frame_alloc(f, kt);
        if (by_address)
            take(f, *key, k, kt);
        else
            from_mem(f, *key, k, kt);
    }
    if (value) {
        *value = frame_alloc(f, vt);
        if (by_address)
            take(f, *value, v, vt);
        else
            from_mem(f, *value, v, vt);
    }
}

/* ---- channels ---- */

static void note_elem(Fn *f, TInfo *et, bool send) {
    uint32_t slots = (uint32_t)((et->size + 7) / 8);
    call_note(f, send ? slots : 0, send ? 0 : slots);
}

void chan_send_value(Fn *f, uint32_t ch, uint32_t at, TInfo *et) {
    if (et->form == FORM_BIG) {
        ins(f, OP_SENDP, ch, at, 0);
        return;
    }
    uint32_t mem = to_mem(f, at, et);
    note_elem(f, et, true);
    ins(f, OP_SEND, ch, mem, 0);
}

/* recv_value receives from the channel in slot ch into the frame value dst (NOWHERE: dropped); ok: slot for the second result, or NOWHERE. */
void recv_value(Fn *f, uint32_t ch, TInfo *et, uint32_t dst, uint32_t ok) {
    uint32_t mark = f->top, mem = OFF_NONE;
    if (dst != NOWHERE && et->form == FORM_BIG) {
        uint32_t p = fresh(f, et);  // dst may be what the channel is read from
        ins(f, OP_RECVP, p, ch, 0);
        ins_ext(f, ok == NOWHERE ? OFF_NONE_W : ok);
        take(f, dst, p, et);
        frame_release(f, mark);
        return;
    }
    if (dst != NOWHERE)
        mem = et->size % 8 == 0 && (et->form == FORM_MEM || et->flags & TF_SAME_FORM) ? dst : mem_temp(f, et);
    if (dst == NOWHERE)
        call_note(f, 0, 0);
    else
        note_elem(f, et, false);
    if (ok == NOWHERE) {
        ins(f, OP_RECV, mem, ch, 0);
    } else {
        ins(f, OP_RECV2, mem, ch, 0);
        ins_ext(f, ok);
    }
    if (dst != NOWHERE && mem != dst)
        from_mem(f, dst, mem, et);
    frame_release(f, mark);
}

/* Elements of select's cases: select_elem_send readies the value at `at`, select_elem_recv makes room; both return the place that the case names.
 * select_elem_take moves a received one to the frame value dst. */
uint32_t select_elem_send(Fn *f, uint32_t at, TInfo *et) { return et->form == FORM_BIG ? at : to_mem(f, at, et); }

uint32_t select_elem_recv(Fn *f, TInfo *et) {
    if (et->form == FORM_BIG)
        return fresh(f, et);
    uint32_t mem = mem_temp(f, et);
    // the map behind the select holds every receive's element, and nobody writes that of a nil channel
    if (et->gc_period)
        ins_i(f, OP_ZERO, mem, (int32_t)((et->size + 7) / 8 * 8));
    return mem;
}

void select_elem_take(Fn *f, uint32_t dst, uint32_t place, TInfo *et) {
    if (et->form == FORM_BIG)
        mov(f, dst, place, 1);
    else
        from_mem(f, dst, place, et);
}

/* reflect_sys.c: package reflect's leaf functions: boxing, memory, maps, channels, and the slots of calls.
 *
 * A Value is three words: type descriptor, place of the memory form, flags (value.gol). Places handed out point to the heap: to a box of
 * an interface, to fresh memory, or into a variable. */
#include "leaves.h"
#include "value/type_make.h"
#include <string.h>

typedef struct Value {
    const TypeDesc *type;
    void *ptr;
    uint64_t flag;
} Value;

enum { CALL_SLOTS = 16 };  // what invoke of value.gol passes

static bool is_signed(unsigned kind) { return kind >= KIND_INT && kind <= KIND_INT64; }

/* load_word reads a one-slot value in slot form. */
static Slot load_word(const TypeDesc *t, const void *at) {
    switch (t->size) {
    case 1: return is_signed(t->kind) ? (Slot) * (const int8_t *)at : *(const uint8_t *)at;
    case 2: return is_signed(t->kind) ? (Slot) * (const int16_t *)at : *(const uint16_t *)at;
    case 4: return is_signed(t->kind) ? (Slot) * (const int32_t *)at : *(const uint32_t *)at;
    default: return *(const Slot *)at;
    }
}

static void *copy_value(LeafCtx *cx, const TypeDesc *t, const void *at) {
    void *copy = leaf_alloc(cx, t->size, t);
    if (t->size)
        leaf_copy(cx, copy, at, t, 1);
    return copy;
}

/* func unpack(v any) (t *rtype, p unsafe.Pointer) */
LeafStatus reflect_unpack(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    if (t->flags & TF_DIRECT)
        s[1] = (Slot)copy_value(cx, t, &s[1]);
    return LEAF_DONE;
}

/* func pack(t *rtype, p unsafe.Pointer) any */
LeafStatus reflect_pack(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    void *at = (void *)s[1];
    s[1] = t->flags & TF_DIRECT ? load_word(t, at) : (Slot)copy_value(cx, t, at);
    return LEAF_DONE;
}

/* func alloc(t *rtype, n int) unsafe.Pointer */
LeafStatus reflect_alloc(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    size_t bytes;
    if (__builtin_mul_overflow(t->size, s[1], &bytes) || bytes > INT64_MAX / 2)
        return leaf_panic_error(cx, "makeslice: len out of range");
    s[0] = (Slot)leaf_alloc(cx, bytes, t);
    return LEAF_DONE;
}

/* func move(t *rtype, to, from unsafe.Pointer, n int) */
LeafStatus reflect_move(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    if (t->size && (int64_t)s[3] > 0)
        leaf_copy(cx, (void *)s[1], (void *)s[2], t, s[3]);
    return LEAF_DONE;
}

/* func implements(t, iface *rtype) bool */
LeafStatus reflect_implements(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0], *iface = (const TypeDesc *)s[1];
    bool all = true;
    if (t->kind == KIND_INTERFACE) {
        for (uint32_t i = 0; i < iface->nmethods && all; i++) {
            bool found = false;
            for (uint32_t k = 0; k < t->nmethods && !found; k++)
                found = t->methods[k].sel == iface->methods[i].sel;
            all = found;
        }
    } else {
        all = typedesc_implements(t, iface, NULL);
    }
    s[0] = all;
    return LEAF_DONE;
}

/* func makeType(kind Kind, elem, key *rtype, len int) *rtype */
LeafStatus reflect_make_type(LeafCtx *cx, Slot *s) {
    TypeShape shape = {.kind = (Kind)s[0], .elem = (const TypeDesc *)s[1], .key = (const TypeDesc *)s[2], .len = s[3]};
    s[0] = (Slot)type_make(cx->rt, &shape);
    return LEAF_DONE;
}

/* func makeFields(kind Kind, fields []fieldDesc, nparams int, variadic bool) *rtype */
LeafStatus reflect_make_fields(LeafCtx *cx, Slot *s) {
    TypeShape shape = {.kind = (Kind)s[0], .fields = (const FieldDesc *)s[1], .nfields = (uint32_t)s[2], .nparams = (uint32_t)s[4], .variadic = s[5] != 0};
    s[0] = (Slot)type_make(cx->rt, &shape);
    return LEAF_DONE;
}

/* func selectorType(sel uint32) *rtype */
LeafStatus reflect_selector_type(LeafCtx *cx, Slot *s) {
    s[0] = s[0] < cx->image->nselectors ? (Slot)cx->image->selectors[s[0]].type : 0;
    return LEAF_DONE;
}

/* --- maps --- */

/* func mapLen(m unsafe.Pointer) int */
LeafStatus reflect_map_len(LeafCtx *cx, Slot *s) {
    s[0] = s[0] ? map_len((Hmap *)s[0]) : 0;
    return LEAF_DONE;
}

/* func mapGet(t *rtype, m, key unsafe.Pointer) unsafe.Pointer: a copy of the element, or nil */
LeafStatus reflect_map_get(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    bool panicked = false;
    void *at = s[1] ? map_get(cx->mp, t, (Hmap *)s[1], (void *)s[2], &panicked) : NULL;
    if (panicked)
        return LEAF_PANIC;
    s[0] = at ? (Slot)copy_value(cx, t->elem, at) : 0;
    return LEAF_DONE;
}

/* func mapPut(t *rtype, m, key, elem unsafe.Pointer) */
LeafStatus reflect_map_put(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    bool panicked = false;
    void *at = map_put(cx->mp, t, (Hmap *)s[1], (void *)s[2], &panicked);
    if (panicked || !at)
        return LEAF_PANIC;
    if (t->elem->size)
        leaf_copy(cx, at, (void *)s[3], t->elem, 1);
    return LEAF_DONE;
}

/* func mapDelete(t *rtype, m, key unsafe.Pointer) */
LeafStatus reflect_map_delete(LeafCtx *cx, Slot *s) {
    bool panicked = false;
    if (s[1])
        map_delete(cx->mp, (const TypeDesc *)s[0], (Hmap *)s[1], (void *)s[2], &panicked);
    return panicked ? LEAF_PANIC : LEAF_DONE;
}

/* func mapClear(t *rtype, m unsafe.Pointer) */
LeafStatus reflect_map_clear(LeafCtx *cx, Slot *s) {
    if (s[1])
        map_clear(cx->mp, (const TypeDesc *)s[0], (Hmap *)s[1]);
    return LEAF_DONE;
}

/* func mapMake(t *rtype, n int) unsafe.Pointer */
LeafStatus reflect_map_make(LeafCtx *cx, Slot *s) {
    s[0] = (Slot)map_new(cx->pp, (const TypeDesc *)s[0], (int64_t)s[1]);
    return LEAF_DONE;
}

/* func mapCopy(t *rtype, m unsafe.Pointer) (keys, elems unsafe.Pointer, n int) */
LeafStatus reflect_map_copy(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0], *key = t->key, *elem = t->elem;
    Hmap *m = (Hmap *)s[1];
    size_t n = m ? map_len(m) : 0, got = 0;
    char *keys = leaf_alloc(cx, n * key->size, key), *elems = leaf_alloc(cx, n * elem->size, elem);
    if (n) {
        Slot it[MAPITER_WORDS] = {0};
        void *k, *e;
        map_iter_start(cx->mp, t, m, it);
        for (; got < n && map_iter_next(cx->mp, it, &k, &e); got++) {
            if (key->size)
                leaf_copy(cx, keys + got * key->size, k, key, 1);
            if (elem->size)
                leaf_copy(cx, elems + got * elem->size, e, elem, 1);
        }
    }
    s[0] = (Slot)keys;
    s[1] = (Slot)elems;
    s[2] = got;
    return LEAF_DONE;
}

/* --- channels --- */

/* func chanLenCap(c unsafe.Pointer) (length, capacity int) */
LeafStatus reflect_chan_len_cap(LeafCtx *cx, Slot *s) {
    const Hchan *c = (const Hchan *)s[0];
    s[0] = c ? chan_len(c) : 0;
    s[1] = c ? chan_cap(c) : 0;
    return LEAF_DONE;
}

/* func chanMake(t *rtype, n int) unsafe.Pointer */
LeafStatus reflect_chan_make(LeafCtx *cx, Slot *s) {
    s[0] = (Slot)chan_new(cx->mp, (const TypeDesc *)s[0], (int64_t)s[1]);
    return s[0] ? LEAF_DONE : LEAF_PANIC;
}

/* --- calls --- */

/* to_slots writes a value's slot form, or its memory form when it has none. */
static void to_slots(LeafCtx *cx, const TypeDesc *t, const char *at, Slot *out) {
    if (t->nslots == TYPE_NO_SLOTS) {
        if (t->size > TYPE_MAX_FRAME)
            out[0] = (Slot)copy_value(cx, t, at);
        else
            memcpy(out, at, t->size);
        return;
    }
    switch ((Kind)t->kind) {
    case KIND_STRING: case KIND_SLICE: case KIND_INTERFACE: case KIND_COMPLEX128: memcpy(out, at, t->size); break;
    case KIND_COMPLEX64:
        out[0] = ((const uint32_t *)at)[0];
        out[1] = ((const uint32_t *)at)[1];
        break;
    case KIND_STRUCT:
        for (uint32_t i = 0; i < t->nfields; i++) {
            to_slots(cx, t->fields[i].type, at + t->fields[i].offset, out);
            out += type_frame_slots(t->fields[i].type);
        }
        break;
    default: out[0] = load_word(t, at);
    }
}

/* from_slots is the inverse, into fresh memory. */
static void from_slots(LeafCtx *cx, const TypeDesc *t, const Slot *in, char *at) {
    if (t->nslots == TYPE_NO_SLOTS) {
        leaf_copy(cx, at, t->size > TYPE_MAX_FRAME ? (const void *)in[0] : in, t, 1);
        return;
    }
    switch ((Kind)t->kind) {
    case KIND_COMPLEX64:
        ((uint32_t *)at)[0] = (uint32_t)in[0];
        ((uint32_t *)at)[1] = (uint32_t)in[1];
        break;
    case KIND_STRUCT:
        for (uint32_t i = 0; i < t->nfields; i++) {
            from_slots(cx, t->fields[i].type, in, at + t->fields[i].offset);
            in += type_frame_slots(t->fields[i].type);
        }
        break;
    default:
        if (t->size)
            leaf_copy(cx, at, in, t, 1);  // little-endian: the low bytes of a slot are the memory form
    }
}

/* func slotsOf(args []Value, method unsafe.Pointer) [16]uintptr: for a method the first argument is the receiver, passed as a data word */
LeafStatus reflect_slots_of(LeafCtx *cx, Slot *s) {
    const Value *args = (const Value *)s[0];
    size_t n = s[1], used = 0;
    bool method = s[3] != 0;
    Slot out[CALL_SLOTS] = {0};
    for (size_t i = 0; i < n; i++) {
        const TypeDesc *t = args[i].type;
        bool receiver = method && i == 0;
        size_t need = receiver ? 1 : type_frame_slots(t);
        if (used + need > CALL_SLOTS)
            return leaf_panic_plain(cx, "reflect: calls with more than %d words of arguments are not supported", CALL_SLOTS);
        if (receiver)
            out[0] = t->flags & TF_DIRECT ? load_word(t, args[i].ptr) : (Slot)args[i].ptr;
        else
            to_slots(cx, t, args[i].ptr, out + used);
        used += need;
    }
    memcpy(s, out, sizeof out);
    return LEAF_DONE;
}

/* func resultsOf(results []Value, t *rtype, slots [16]uintptr) */
LeafStatus reflect_results_of(LeafCtx *cx, Slot *s) {
    Value *results = (Value *)s[0];
    const TypeDesc *fn = (const TypeDesc *)s[3];
    const Slot *in = s + 4;
    for (size_t i = 0, used = 0; i < s[1]; i++) {
        const TypeDesc *t = fn->fields[fn->nparams + i].type;
        size_t need = type_frame_slots(t);
        if (used + need > CALL_SLOTS)
            return leaf_panic_plain(cx, "reflect: calls with more than %d words of results are not supported", CALL_SLOTS);
        char *at = leaf_alloc(cx, t->size, t);
        from_slots(cx, t, in + used, at);
        results[i].type = t;
        leaf_store_ptr(cx, &results[i].ptr, at);
        used += need;
    }
    return LEAF_DONE;
}

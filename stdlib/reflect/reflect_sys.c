/* reflect_sys.c: package reflect's leaf functions: boxing, memory, maps, channels, and the slots of calls.
 *
 * A Value is three words: type descriptor, place of the memory form, flags (value.gol). Places handed out point to the heap: to a box of
 * an interface, to fresh memory, or into a variable. */
#include "leaves.h"
#include "value/type_make.h"
#include "vm/stub.h"
#include <string.h>

typedef struct Value {
    const TypeDesc *type;
    void *ptr;
    uint64_t flag;
} Value;

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

/* func callArgs(), methodArgs(): of stub_call. A method's first argument is the receiver, passed as an interface's data word. */
static LeafStatus put_args(LeafCtx *cx, Slot *s, bool method) {
    const Value *args = (const Value *)s[-9];
    size_t n = s[-8];
    for (size_t i = 0; i < n; i++) {
        const TypeDesc *t = args[i].type;
        if (method && i == 0) {
            *s++ = t->flags & TF_DIRECT ? load_word(t, args[i].ptr) : (Slot)args[i].ptr;
        } else {
            to_slots(cx, t, args[i].ptr, s);
            s += type_frame_slots(t);
        }
    }
    return LEAF_DONE;
}

LeafStatus reflect_call_args(LeafCtx *cx, Slot *s) { return put_args(cx, s, false); }
LeafStatus reflect_method_args(LeafCtx *cx, Slot *s) { return put_args(cx, s, true); }

// take makes *v the value of its type at the slots `in`; returns where they end.
static const Slot *take(LeafCtx *cx, Value *v, const Slot *in) {
    char *at = leaf_alloc(cx, v->type->size, v->type);
    from_slots(cx, v->type, in, at);
    leaf_store_ptr(cx, &v->ptr, at);
    return in + type_frame_slots(v->type);
}

/* func callResults(): of stub_call; the results have their types already */
LeafStatus reflect_call_results(LeafCtx *cx, Slot *s) {
    Value *results = (Value *)s[-6];
    const Slot *in = s;
    for (size_t i = 0; i < s[-5]; i++)
        in = take(cx, &results[i], in);
    return LEAF_DONE;
}

// The closure of MakeFunc (makeFunc in value.gol).
typedef struct MadeFunc {
    const FuncDesc *fn;
    const TypeDesc *type;
    void *work;
} MadeFunc;

static const uint64_t value_ptrs = 3;
static const TypeDesc value_desc = {.kind = KIND_STRUCT, .align = 8, .nslots = 3, .size = sizeof(Value), .gc_period = 3, .gc_ptrs = &value_ptrs};

/* func madeArgs(): of stub_make_func */
LeafStatus reflect_made_args(LeafCtx *cx, Slot *s) {
    const MadeFunc *f = (const MadeFunc *)s[0];
    const Slot *in = s - stub_args_distance(f->fn);
    uint32_t n = f->type->nparams;
    Value *args = leaf_alloc(cx, n * sizeof *args, &value_desc);
    for (uint32_t i = 0; i < n; i++) {
        args[i].type = f->type->fields[i].type;
        in = take(cx, &args[i], in);
    }
    s[0] = (Slot)f->work;
    s[4] = (Slot)args;
    s[5] = s[6] = n;
    return LEAF_DONE;
}

/* func madeResults(): of stub_make_func */
LeafStatus reflect_made_results(LeafCtx *cx, Slot *s) {
    const Value *results = (const Value *)s[0];
    const MadeFunc *f = (const MadeFunc *)s[3];
    Slot *out = s - stub_results_distance(f->fn);
    for (size_t i = 0; i < s[1]; i++) {
        to_slots(cx, results[i].type, results[i].ptr, out);
        out += type_frame_slots(results[i].type);
    }
    return LEAF_DONE;
}

/* func callStub(t *rtype, method bool) unsafe.Pointer */
LeafStatus reflect_call_stub(LeafCtx *cx, Slot *s) {
    const char *args = s[1] ? "reflect.methodArgs" : "reflect.callArgs";
    s[0] = (Slot)stub_call(cx->rt, (const TypeDesc *)s[0], s[1] != 0, args, "reflect.callResults");
    return LEAF_DONE;
}

/* func makeStub(t *rtype) unsafe.Pointer */
LeafStatus reflect_make_stub(LeafCtx *cx, Slot *s) {
    s[0] = (Slot)stub_make_func(cx->rt, (const TypeDesc *)s[0], "reflect.madeArgs", "reflect.madeResults");
    return LEAF_DONE;
}

/* func selectStub(send []bool, hasDefault bool) unsafe.Pointer */
LeafStatus reflect_select_stub(LeafCtx *cx, Slot *s) {
    s[0] = (Slot)stub_select(cx->rt, (const bool *)s[0], (uint32_t)s[1], s[3] != 0);
    return LEAF_DONE;
}

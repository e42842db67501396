/* atomic_sys.c: the functions of sync/atomic, sequentially consistent. Stores of pointers go through the write barrier. */
#include "leaves.h"

static LeafStatus nil_address(LeafCtx *cx) {
    return leaf_panic_error(cx, "invalid memory address or nil pointer dereference");
}

// Each kind of integer has the same seven operations; narrow results are widened by their type's sign.
#define ATOMIC_INT(name, T)                                                                        \
    LeafStatus atomics_load_##name(LeafCtx *cx, Slot *s) {                                          \
        if (UNLIKELY(!s[0]))                                                                       \
            return nil_address(cx);                                                                \
        s[0] = (Slot)atomic_load((_Atomic T *)s[0]);                                               \
        return LEAF_DONE;                                                                          \
    }                                                                                              \
    LeafStatus atomics_store_##name(LeafCtx *cx, Slot *s) {                                         \
        if (UNLIKELY(!s[0]))                                                                       \
            return nil_address(cx);                                                                \
        atomic_store((_Atomic T *)s[0], (T)s[1]);                                                  \
        return LEAF_DONE;                                                                          \
    }                                                                                              \
    LeafStatus atomics_swap_##name(LeafCtx *cx, Slot *s) {                                          \
        if (UNLIKELY(!s[0]))                                                                       \
            return nil_address(cx);                                                                \
        s[0] = (Slot)atomic_exchange((_Atomic T *)s[0], (T)s[1]);                                  \
        return LEAF_DONE;                                                                          \
    }                                                                                              \
    LeafStatus atomics_add_##name(LeafCtx *cx, Slot *s) {                                           \
        if (UNLIKELY(!s[0]))                                                                       \
            return nil_address(cx);                                                                \
        s[0] = (Slot)(T)(atomic_fetch_add((_Atomic T *)s[0], (T)s[1]) + (uint64_t)s[1]);           \
        return LEAF_DONE;                                                                          \
    }                                                                                              \
    LeafStatus atomics_and_##name(LeafCtx *cx, Slot *s) {                                           \
        if (UNLIKELY(!s[0]))                                                                       \
            return nil_address(cx);                                                                \
        s[0] = (Slot)atomic_fetch_and((_Atomic T *)s[0], (T)s[1]);                                 \
        return LEAF_DONE;                                                                          \
    }                                                                                              \
    LeafStatus atomics_or_##name(LeafCtx *cx, Slot *s) {                                            \
        if (UNLIKELY(!s[0]))                                                                       \
            return nil_address(cx);                                                                \
        s[0] = (Slot)atomic_fetch_or((_Atomic T *)s[0], (T)s[1]);                                  \
        return LEAF_DONE;                                                                          \
    }                                                                                              \
    LeafStatus atomics_cas_##name(LeafCtx *cx, Slot *s) {                                           \
        if (UNLIKELY(!s[0]))                                                                       \
            return nil_address(cx);                                                                \
        T old = (T)s[1];                                                                           \
        s[0] = atomic_compare_exchange_strong((_Atomic T *)s[0], &old, (T)s[2]);                   \
        return LEAF_DONE;                                                                          \
    }

ATOMIC_INT(int32, int32_t)
ATOMIC_INT(int64, int64_t)
ATOMIC_INT(uint32, uint32_t)
ATOMIC_INT(uint64, uint64_t)

typedef void *_Atomic AtomicPtr;

/* shade keeps the collector's invariant for a pointer store that is about to be tried. */
static void shade(LeafCtx *cx, AtomicPtr *slot, void *value) {
    if (UNLIKELY(cx->rt->wb_on))
        gc_barrier_slow(cx->pp, atomic_load(slot), value);
}

LeafStatus atomics_store_ptr(LeafCtx *cx, Slot *s) {
    if (UNLIKELY(!s[0]))
        return nil_address(cx);
    AtomicPtr *slot = (AtomicPtr *)s[0];
    void *value = (void *)s[1], *old = atomic_load(slot);
    do {  // by compare-and-swap, so that the value shaded is the value overwritten
        shade(cx, slot, value);
    } while (!atomic_compare_exchange_weak(slot, &old, value));
    s[0] = (Slot)old;
    return LEAF_DONE;
}

LeafStatus atomics_cas_ptr(LeafCtx *cx, Slot *s) {
    if (UNLIKELY(!s[0]))
        return nil_address(cx);
    AtomicPtr *slot = (AtomicPtr *)s[0];
    void *old = (void *)s[1], *value = (void *)s[2];
    shade(cx, slot, value);
    s[0] = atomic_compare_exchange_strong(slot, &old, value);
    return LEAF_DONE;
}

/* func sameType(a, b any) bool */
LeafStatus atomics_same_type(LeafCtx *cx, Slot *s) {
    s[0] = s[0] == s[2];
    return LEAF_DONE;
}

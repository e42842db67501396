/* copy.c: moving a goroutine's stack to another block.
 *
 * The frame chain is made of deltas, so it moves as it is. What holds addresses inside the old block is rebased: slots of frames by their
 * stack maps, closure contexts, defer records and panic values, the element pointers of sudogs, gp->fp. An interface's data word is an
 * address when its type word says so: its value is never looked at to decide.
 *
 * Heap objects never point into a stack, and no goroutine but the owner (its sudogs apart) does. */
#include "stack/stack_impl.h"

#include <string.h>

enum { STRESS_MAX_BYTES = 32 << 10 };

typedef struct Move {
    char *lo, *hi;   // the old block
    ptrdiff_t by;
} Move;

static inline void rebase(const Move *m, Slot *slot) {
    char *p = (char *)*slot;
    if (p >= m->lo && p < m->hi)
        *slot = (Slot)(p + m->by);
}

static bool idata_is_pointer(Slot type_word) {
    const TypeDesc *t = (const TypeDesc *)type_word;
    if (!t)
        return false;
    if (!(t->flags & TF_DIRECT))
        return true;
    switch (t->kind) {
    case KIND_POINTER:
    case KIND_UNSAFE_POINTER:
    case KIND_MAP:
    case KIND_CHAN:
    case KIND_FUNC:
        return true;
    default:
        return false;
    }
}

static bool move_frame(void *arg, const FrameInfo *f) {
    const Move *m = arg;
    rebase(m, &f->fp[FRAME_CTX]);
    if (!f->map)
        return true;
    for (uint32_t w = 0; w * 32 < f->map->nslots; w++) {
        uint64_t bits = f->map->bits[w];
        while (bits) {
            uint32_t i = (uint32_t)__builtin_ctzll(bits) / 2;
            uint64_t kind = bits >> (2 * i) & 3;
            bits &= ~((uint64_t)3 << (2 * i));
            Slot *slot = &f->fp[w * 32 + i];
            if (kind == SM_PTR || idata_is_pointer(slot[-1]))
                rebase(m, slot);
        }
    }
    return true;
}

static void move_root(void *arg, Slot *slot, bool is_idata) {
    if (!is_idata || idata_is_pointer(slot[-1]))
        rebase(arg, slot);
}

static void move_ref(void *arg, void **ref) {
    Slot s = (Slot)*ref;
    rebase(arg, &s);
    *ref = (void *)s;
}

typedef struct Extent {
    const char *lo;
    uint64_t bytes;
} Extent;

static bool extend(void *arg, const FrameInfo *f) {
    Extent *e = arg;
    uint64_t frame = f->fn->frame_bytes > f->fn->param_bytes ? f->fn->frame_bytes : f->fn->param_bytes;
    uint64_t end = (uint64_t)((const char *)f->fp - e->lo) + frame;
    if (end > e->bytes)
        e->bytes = end;
    return true;
}

/* used_bytes is how much of its stack gp needs: all frames whole. A frame that waits for a call may reach higher than the frames above it,
 * and was checked only when it was entered. */
static uint64_t used_bytes(Runtime *rt, G *gp) {
    Extent e = {gp->stack_lo, 0};
    vm_walk_frames(rt, gp, extend, &e);
    uint64_t all = (uint64_t)(gp->stack_hi - gp->stack_lo);
    return e.bytes < all ? e.bytes : all;
}

// move_to makes the block at lo of size bytes gp's stack. used: bytes that are copied.
static void move_to(M *mp, G *gp, char *lo, uint64_t size, uint64_t used) {
    Runtime *rt = mp->rt;
    char *old = gp->stack_lo;
    uint64_t old_size = (uint64_t)(gp->stack_hi - old);
    memcpy(lo, old, used);
    Move m = {old, gp->stack_hi, lo - old};
    gp->stack_lo = lo;
    gp->stack_hi = lo + size;
    gp->fp = (Slot *)((char *)gp->fp + m.by);
    vm_walk_frames(rt, gp, move_frame, &m);
    vm_each_defer_root(gp, move_root, &m);
    chan_each_stack_ref(gp, move_ref, &m);
    // A preemption request poisons the limit after it set a bit in poll: look at poll after the store, so none is lost.
    atomic_store(&gp->stack_limit, rt->opt.stackstress ? NULL : gp->stack_hi);
    if (mp->pp && atomic_load(&mp->pp->poll))
        atomic_store(&gp->stack_limit, NULL);
    if (rt->opt.stackstress)
        memset(old, 0xdb, old_size);
    block_free(rt, mp->pp, old, old_size);
    atomic_fetch_add_explicit(&rt->stacks->copied_bytes, used, memory_order_relaxed);
}

bool stack_grow(M *mp, G *gp, size_t need_bytes) {
    Runtime *rt = mp->rt;
    uint64_t size = (uint64_t)(gp->stack_hi - gp->stack_lo), used = (uint64_t)((char *)gp->fp - gp->stack_lo);
    bool fits = used + need_bytes <= size;
    // Stress moves small stacks only: copying a deep one at each call would take quadratic time.
    if (fits && (!rt->opt.stackstress || used > STRESS_MAX_BYTES))
        return true;
    uint64_t want = size;
    while (want < used + need_bytes) {
        want *= 2;
        if (want > rt->stacks->max_bytes)
            return false;
    }
    char *lo = block_alloc(rt, mp->pp, want);
    if (!lo)
        heap_oom(rt->heap, want);
    if (!fits)
        atomic_fetch_add_explicit(&rt->stacks->growths, 1, memory_order_relaxed);
    move_to(mp, gp, lo, want, size);
    return true;
}

static bool frame_end(void *arg, const FrameInfo *f) {
    char **end = arg, *e = (char *)f->fp + f->fn->frame_bytes;
    if (e > *end)
        *end = e;
    return true;
}

void stack_shrink(M *mp, G *gp) {
    Runtime *rt = mp->rt;
    uint64_t size = (uint64_t)(gp->stack_hi - gp->stack_lo);
    if (size <= STACK_MIN)
        return;
    // A callee's window stands somewhere in its caller's frame, which may reach further up than the top frame does.
    char *end = gp->stack_lo;
    vm_walk_frames(rt, gp, frame_end, &end);
    if ((uint64_t)(end - gp->stack_lo) > size / 4)
        return;
    uint64_t used = used_bytes(rt, gp);
    char *lo = block_alloc(rt, mp->pp, size / 2);
    if (!lo)
        return;
    atomic_fetch_add_explicit(&rt->stacks->shrinks, 1, memory_order_relaxed);
    move_to(mp, gp, lo, size / 2, used);
}

/* roots.c: where marking starts: frames by their stack maps, defer records and panics, package variables, and what other rooms report.
 *
 * A goroutine's frames are scanned once; a stack that turns out to be mostly unused is shrunk on that occasion. */
#include "gc/gc_impl.h"
#include "stack/stack.h"

static bool mark_frame(void *arg, const FrameInfo *f) {
    Marker *mk = arg;
    const char *end = (const char *)f->fp + f->fn->frame_bytes;
    if (end > mk->highest)
        mk->highest = end;
    mk->what = f->fn->name;
    mk->where = f->pc;
    gc_grey(mk, (void *)f->fp[FRAME_CTX], true);
    if (!f->map)
        return true;
    for (uint32_t w = 0; w * 32 < f->map->nslots; w++) {
        uint64_t bits = f->map->bits[w];
        while (bits) {
            uint32_t i = (uint32_t)__builtin_ctzll(bits) / 2;
            uint64_t kind = bits >> (2 * i) & 3;
            bits &= ~((uint64_t)3 << (2 * i));
            Slot v = f->fp[w * 32 + i];
            if (v)
                gc_grey(mk, (void *)v, kind == SM_PTR);
        }
    }
    return true;
}

static void mark_slot(void *arg, Slot *slot, bool is_idata) {
    gc_grey(arg, (void *)*slot, !is_idata);
}

static void mark_g(void *arg, G *gp) {
    Marker *mk = arg;
    mk->highest = NULL;
    vm_walk_frames(mk->gc->rt, gp, mark_frame, mk);
    mk->what = "defer record or panic";
    mk->where = gp;
    vm_each_defer_root(gp, mark_slot, mk);
    mk->gc->stack_bytes += (uint64_t)(gp->stack_hi - gp->stack_lo);
    // A goroutine in a blocking call may have handed an address in its stack to the system.
    if (mk->shrink_for && gp->stack_hi - gp->stack_lo > STACK_MIN && mk->highest - gp->stack_lo <= (gp->stack_hi - gp->stack_lo) / 4 &&
        atomic_load_explicit(&gp->status, memory_order_relaxed) != G_SYSCALL)
        stack_shrink(mk->shrink_for, gp);
}

static void mark_globals(Marker *mk) {
    const Image *im = mk->gc->rt->image;
    void *const *p = (void *const *)mk->gc->rt->globals;
    if (!im || !p || !im->globals_ptrs)
        return;
    mk->what = "package variables";
    for (uint64_t w = 0; w * 64 * 8 < im->globals_bytes; w++) {
        uint64_t maybe = im->globals_maybe ? im->globals_maybe[w] : 0;
        for (uint64_t bits = im->globals_ptrs[w]; bits; bits &= bits - 1) {
            unsigned b = (unsigned)__builtin_ctzll(bits);
            mk->where = &p[w * 64 + b];
            if (p[w * 64 + b])
                gc_grey(mk, p[w * 64 + b], !(maybe >> b & 1));
        }
    }
}

static void mark_maybe(void *gc, void *p) {
    gc_grey(gc, p, false);
}

void gc_mark_roots(Marker *mk) {
    struct Gc *gc = mk->gc;
    gc->stack_bytes = 0;
    mark_globals(mk);
    sched_scan_gs(gc->rt, mark_g, mk);
    final_mark_roots(mk);
    mk->what = "root of another room";
    mk->where = NULL;
    for (uint32_t i = 0; i < gc->nroots; i++)
        gc->roots[i](gc->rt, mk, mark_maybe);
}

/* leaves.c: what packages runtime and runtime/debug call.
 *
 * A leaf can't collect: it asks, and the safepoint behind the call does it, where the stack map is valid. */
#include "gc/gc_impl.h"
#include "stack/stack.h"

// func collect()
static LeafStatus leaf_gc(LeafCtx *cx, Slot *s) {
    atomic_store(&cx->rt->gc->forced, true);
    // behind it, others come first: a loop of collections would leave them no time on a busy machine
    atomic_fetch_or(&cx->pp->poll, POLL_GC | POLL_PREEMPT);
    return LEAF_DONE;
}

// func FreeOSMemory(): a collection, and then everything that is free
static LeafStatus leaf_free_os_memory(LeafCtx *cx, Slot *s) {
    atomic_store(&cx->rt->gc->release_all, true);
    return leaf_gc(cx, s);
}

/* The numbers of a MemStats, in the order of runtime/mem.gol. */
enum { NSTATS = 24 };

// func readMemStats(out *[24]uint64)
static LeafStatus leaf_read_mem_stats(LeafCtx *cx, Slot *s) {
    uint64_t *out = (uint64_t *)s[0];
    HeapStats h;
    GcStats g;
    heap_stats_at(cx->pp, &h);
    gc_stats(cx->rt, &g);
    uint64_t idle = h.idle_bytes, inuse = h.in_use_bytes - h.stack_bytes, touched = h.in_use_bytes + idle;
    const uint64_t values[NSTATS] = {
        h.alloc_bytes - h.freed_bytes,  // Alloc, HeapAlloc
        h.alloc_bytes,                  // TotalAlloc
        touched,                        // Sys
        h.mallocs, h.frees,             // Mallocs, Frees
        inuse + idle,                   // HeapSys
        idle, inuse, h.released_bytes,  // HeapIdle, HeapInuse, HeapReleased
        h.mallocs - h.frees,            // HeapObjects
        h.stack_bytes,                  // StackInuse, StackSys
        g.next_gc_bytes, (uint64_t)g.last_end_ns, g.pause_total_ns, g.last_pause_ns, g.num_gc, g.num_forced,
        g.cpu_fraction_ppm,             // GCCPUFraction, millionths
        g.stack_growths, g.stack_copied_bytes, g.stack_shrinks,
    };
    for (unsigned i = 0; i < NSTATS; i++)
        out[i] = values[i];
    return LEAF_DONE;
}

// func setGCPercent(percent int) int
static LeafStatus leaf_set_gc_percent(LeafCtx *cx, Slot *s) {
    int64_t p = (int64_t)s[0];
    s[0] = (Slot)(int64_t)gc_set_percent(cx->rt, p < 0 ? -1 : p > INT32_MAX ? INT32_MAX : (int32_t)p);
    return LEAF_DONE;
}

// func SetMemoryLimit(limit int64) int64
static LeafStatus leaf_set_memory_limit(LeafCtx *cx, Slot *s) {
    s[0] = (Slot)gc_set_memory_limit(cx->rt, (int64_t)s[0]);
    return LEAF_DONE;
}

// func SetMaxStack(bytes int) int
static LeafStatus leaf_set_max_stack(LeafCtx *cx, Slot *s) {
    s[0] = (Slot)stacks_set_max(cx->rt, s[0]);
    return LEAF_DONE;
}

const IntrinsicDef gc_intrinsics[] = {
    {"runtime.collect", leaf_gc, 0},
    {"runtime.readMemStats", leaf_read_mem_stats, 0},
    {"runtime/debug.FreeOSMemory", leaf_free_os_memory, 0},
    {"runtime/debug.SetGCPercent", leaf_set_gc_percent, 0},
    {"runtime/debug.SetMemoryLimit", leaf_set_memory_limit, 0},
    {"runtime/debug.SetMaxStack", leaf_set_max_stack, 0},
    {"runtime.finalizing", final_leaf_finalizing, INTR_NO_GC},
    {"runtime.setFinalizer", final_leaf_set_finalizer, 0},
    {"runtime.addCleanup", final_leaf_add_cleanup, 0},
    {"runtime.stopCleanup", final_leaf_stop_cleanup, INTR_NO_GC},
    {"runtime.nextFinalizer", final_leaf_next_finalizer, INTR_MAY_PARK},
    {"runtime.startSystem", final_leaf_start_system, 0},
    {"sync.listPool", gc_leaf_list_pool, INTR_NO_GC},
    {NULL, NULL, 0},
};
const uint32_t gc_nintrinsics = COUNT_OF(gc_intrinsics) - 1;

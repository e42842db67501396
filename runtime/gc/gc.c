/* gc.c: the phases of a collection, and the life of the collector.
 *
 *   1  stop the world, finish the last sweep, flush the allocation caches (so that alloc bits are exact)
 *   2  mark from the roots until nothing is grey, shrinking stacks on the way
 *   3  free large objects, declare all other spans unswept
 *   4  set the next goal, start the world; spans are swept while the program allocates
 *
 * The world is stopped all the time in this version. Barriers, per-P buffers and the grey set are those of a concurrent marking; rt->wb_on
 * stays false. */
#include "gc/gc_impl.h"
#include "stack/stack.h"
#include "value/map.h"
#include "value/type_make.h"
#include "vm/stub.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t clock_ns(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool gc_init(Runtime *rt) {
    struct Gc *gc = calloc(1, sizeof *gc);
    if (!gc)
        return false;
    gc->rt = rt;
    rt->gc = gc;
    pthread_mutex_init(&gc->lock, NULL);
    gc->start_ns = clock_ns(CLOCK_MONOTONIC);
    pacer_init(gc);
    return final_init(gc);
}

static void free_bufs(WorkBuf *b) {
    while (b) {
        WorkBuf *next = b->next;
        free(b);
        b = next;
    }
}

static void gc_fini(Runtime *rt) {
    struct Gc *gc = rt->gc;
    if (!gc)
        return;
    final_fini(gc);
    free_bufs(gc->full);
    free_bufs(gc->empty);
    free(gc->bigs);
    free(gc->roots);
    pthread_mutex_destroy(&gc->lock);
    free(gc);
    rt->gc = NULL;
}

bool memory_init(Runtime *rt) {
    made_types_init(rt);
    stubs_init(rt);
    if (heap_init(rt) && stacks_init(rt) && gc_init(rt) && maps_init(rt))
        return true;
    memory_fini(rt);
    return false;
}

void memory_fini(Runtime *rt) {
    maps_fini(rt);
    stubs_fini(rt);
    made_types_fini(rt);
    gc_fini(rt);
    stacks_fini(rt);
    heap_fini(rt);
}

bool memory_init_p(P *pp) {
    pp->gcbuf = calloc(1, sizeof *pp->gcbuf);
    if (pp->gcbuf && heap_init_p(pp) && stacks_init_p(pp))
        return true;
    memory_fini_p(pp);
    return false;
}

void memory_fini_p(P *pp) {
    stacks_fini_p(pp);
    heap_fini_p(pp);
    if (pp->gcbuf)
        free_bufs(pp->gcbuf->cur);
    free(pp->gcbuf);
    pp->gcbuf = NULL;
}

void gc_add_root_fn(Runtime *rt, void (*fn)(Runtime *rt, void *gc, GcVisit visit)) {
    struct Gc *gc = rt->gc;
    if (gc->nroots == gc->cap_roots) {
        gc->cap_roots = gc->cap_roots ? gc->cap_roots * 2 : 8;
        RootFn *more = realloc(gc->roots, gc->cap_roots * sizeof *more);
        VERIFY(more);
        gc->roots = more;
    }
    gc->roots[gc->nroots++] = fn;
}

static void trace_line(const struct Gc *gc, int64_t begin, int64_t marked, int64_t end, uint64_t before, bool forced) {
    const Runtime *rt = gc->rt;
    double up = (double)(begin - gc->start_ns) / 1e9, sweep_ms = 0, mark_ms = (double)(marked - begin) / 1e6,
           stop_ms = (double)(end - marked) / 1e6;
    int percent = (int)((double)gc->busy_ns / ((double)(end - gc->start_ns) * rt->nprocs) * 100);
    fprintf(stderr,
            "gc %u @%.3fs %d%%: %.3f+%.3f+%.3f ms clock, %.3f+0/%.3f/0+%.3f ms cpu, %llu->%llu->%llu MB, %llu MB goal, %llu MB stacks, %llu MB "
            "globals, %u P%s\n",
            gc->stats.num_gc, up, percent, sweep_ms, mark_ms, stop_ms, sweep_ms, mark_ms, stop_ms, (unsigned long long)before >> 20,
            (unsigned long long)before >> 20, (unsigned long long)gc->stats.marked_bytes >> 20,
            (unsigned long long)gc->stats.next_gc_bytes >> 20, (unsigned long long)gc->stack_bytes >> 20,
            (unsigned long long)(rt->image ? rt->image->globals_bytes : 0) >> 20, rt->nprocs, forced ? " (forced)" : "");
}

static void clear_polls(Runtime *rt) {
    for (uint32_t i = 0; i < rt->nprocs; i++)
        atomic_fetch_and(&rt->allp[i]->poll, ~(uint32_t)POLL_GC);
}

// enforce_limit ends the run when what is alive does not fit into -maxheap.
static void enforce_limit(Heap *h) {
    uint64_t failed = atomic_exchange(&h->failed_bytes, 0);
    if (h->in_use_pages * PAGE_BYTES <= h->limit_bytes)
        return;
    central_sweep_all(h);
    stacks_release(h->rt);
    if (h->in_use_pages * PAGE_BYTES > h->limit_bytes)
        heap_oom(h, failed ? failed : PAGE_BYTES);
}

void gc_collect(M *mp) {
    Runtime *rt = mp->rt;
    struct Gc *gc = rt->gc;
    Heap *h = rt->heap;
    sched_stop_world(mp, "GC");
    bool forced = atomic_exchange(&gc->forced, false);
    if (!forced && !rt->opt.gcstress && !pacer_due(gc)) {  // another M was quicker
        clear_polls(rt);
        sched_start_world(mp);
        return;
    }
    h->wants_gc = false;
    int64_t begin = clock_ns(CLOCK_MONOTONIC);
    uint64_t before = h->live_bytes;

    // 1
    central_sweep_all(h);
    for (uint32_t i = 0; i < rt->nprocs; i++) {
        before += rt->allp[i]->mcache->pending_bytes;
        rt->allp[i]->mcache->pending_bytes = 0;
        cache_flush(rt->allp[i]->mcache);
    }
    if (rt->opt.gccheck)
        heap_check(rt);

    gc_pools_age(gc);

    // 2
    Marker mk = {h, gc, rt->allp[0]->gcbuf};  // mp may have lost its P to a smaller GOMAXPROCS
    mk.buf->marked_bytes = 0;
    mk.shrink_for = mp;
    gc_mark_roots(&mk);
    gc_drain(&mk);
    final_after_mark(&mk);
    if (rt->opt.gccheck)
        gc_mark_twice(mp, &mk);
    int64_t marked = clock_ns(CLOCK_MONOTONIC);

    // 3
    gc_start_sweep(h);

    // 4
    gc->stats.marked_bytes = mk.buf->marked_bytes;
    h->live_bytes = mk.buf->marked_bytes;
    pacer_goal(gc);
    enforce_limit(h);
    bool release_all = atomic_exchange(&gc->release_all, false);
    if (forced)
        central_sweep_all(h);  // so that the statistics behind runtime.GC() are exact
    if (release_all)
        stacks_release(rt);
    clear_polls(rt);
    int64_t end = clock_ns(CLOCK_MONOTONIC);
    uint64_t pause = (uint64_t)(end - begin);
    gc->busy_ns += pause;
    gc->stats.num_gc++;
    gc->stats.num_forced += forced;
    gc->stats.last_pause_ns = pause;
    gc->stats.pause_total_ns += pause;
    if (pause > gc->stats.max_pause_ns)
        gc->stats.max_pause_ns = pause;
    gc->stats.last_end_ns = clock_ns(CLOCK_REALTIME);
    if (end > gc->start_ns)
        gc->stats.cpu_fraction_ppm = (uint64_t)((double)gc->busy_ns * 1e6 / ((double)(end - gc->start_ns) * rt->nprocs));
    if (rt->opt.gctrace)
        trace_line(gc, begin, marked, end, before, forced);
    uint64_t goal = gc->stats.next_gc_bytes, used = h->in_use_pages * PAGE_BYTES;
    sched_start_world(mp);
    final_wake(mp);
    // What the next cycle won't need goes back to the system, a tenth is kept.
    uint64_t keep = goal + goal / 10;
    pages_release(h, release_all ? 0 : keep > used ? keep - used : 0);
}

void gc_stats(Runtime *rt, GcStats *out) {
    pthread_mutex_lock(&rt->gc->lock);
    *out = rt->gc->stats;
    pthread_mutex_unlock(&rt->gc->lock);
    StackCounters sc;
    stacks_counters(rt, &sc);
    out->stack_growths = sc.growths;
    out->stack_copied_bytes = sc.copied_bytes;
    out->stack_shrinks = sc.shrinks;
}

// Behind a change of GOGC or GOMEMLIMIT; other Ms may do the same.
static void set_goal(struct Gc *gc) {
    pthread_mutex_lock(&gc->lock);
    pacer_goal(gc);
    pthread_mutex_unlock(&gc->lock);
}

int32_t gc_set_percent(Runtime *rt, int32_t percent) {
    int32_t old = atomic_exchange(&rt->gc->percent, percent < 0 ? -1 : percent);
    set_goal(rt->gc);
    return old;
}

int64_t gc_set_memory_limit(Runtime *rt, int64_t limit_bytes) {
    if (limit_bytes < 0)
        return rt->gc->memory_limit;
    int64_t old = atomic_exchange(&rt->gc->memory_limit, limit_bytes);
    set_goal(rt->gc);
    return old;
}

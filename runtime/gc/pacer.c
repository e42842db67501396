/* pacer.c: when the next collection falls due.
 *
 * goal = live + (live + stacks + package variables) * GOGC / 100, at least 4 MiB * GOGC / 100, as Go has it. GOMEMLIMIT and -maxheap bound it from above:
 * the goal stays a sixteenth below a limit, or half way between it and what is live when that is nearer to it, but a MiB above the live heap at
 * least, so that the number of collections on the way to the limit is logarithmic. */
#include "gc/gc_impl.h"

enum { MIN_HEAP = 4 << 20, MIN_STEP = 1 << 20 };

void pacer_init(struct Gc *gc) {
    const RtOptions *o = &gc->rt->opt;
    gc->percent = o->gogc ? o->gogc : 100;
    gc->memory_limit = o->memlimit_bytes > 0 ? o->memlimit_bytes : INT64_MAX;
    pacer_goal(gc);
}

static uint64_t below_limit(uint64_t goal, uint64_t live, uint64_t other, uint64_t limit) {
    uint64_t room = limit > other ? limit - other : 0;
    uint64_t most = live + (room > live ? (room - live) / 2 : 0);
    if (most < room - room / 16)
        most = room - room / 16;
    if (most < live + MIN_STEP)
        most = live + MIN_STEP;
    return goal < most ? goal : most;
}

void pacer_goal(struct Gc *gc) {
    Heap *h = gc->rt->heap;
    uint64_t live = gc->stats.marked_bytes;
    int32_t percent = gc->percent;
    uint64_t goal = UINT64_MAX / 2;
    if (percent >= 0) {
        uint64_t globals = gc->rt->image ? gc->rt->image->globals_bytes : 0;
        uint64_t base = live + gc->stack_bytes + globals, least = (uint64_t)MIN_HEAP * (uint64_t)percent / 100;
        goal = live + (uint64_t)((double)base * percent / 100);
        if (goal < least)
            goal = least;
    }
    pthread_mutex_lock(&h->lock);
    uint64_t stacks = h->stack_pages * PAGE_BYTES;
    pthread_mutex_unlock(&h->lock);
    goal = below_limit(goal, live, stacks, h->limit_bytes);
    if (gc->memory_limit != INT64_MAX)
        goal = below_limit(goal, live, stacks, (uint64_t)gc->memory_limit);
    gc->stats.next_gc_bytes = goal;
    h->trigger_bytes = goal;
}

bool pacer_due(const struct Gc *gc) {
    const Heap *h = gc->rt->heap;
    return h->live_bytes >= h->trigger_bytes || h->wants_gc;
}

/* timer.c: a 4-ary heap of timers per P, and what happens when one fires.
 *
 * Invariants, under TimerHeap.lock
 *   v[0..n) is a heap by when: v[(i - 1) / 4].when <= v[i].when; v[i].t->index == i and v[i].t->heap is this heap.
 *   t->heap goes from NULL to a heap by compare-and-swap, so of two goroutines that start a timer at once only one does.
 *   min_when is v[0].when, or 0 when the heap is empty; it is read without the lock.
 *
 * Any M may run any heap's due timers; a timer's value is sent while the heap's lock is held, so that who stopped the timer (under the same lock) knows
 * that no stale value comes after. Order of locks: heap, then channel, then the scheduler's.
 *
 * Removal is exact (each timer knows its index) rather than lazy: a stopped timer's memory can go at once, and a program that sets and stops
 * a deadline per request keeps its heap small. */
#include "sched/sched_impl.h"

#include <stdlib.h>

enum { ARITY = 4 };

static void heap_set(TimerHeap *h, uint32_t i, TimerEntry e) {
    h->v[i] = e;
    e.t->index = i;
}

static void heap_up(TimerHeap *h, uint32_t i) {
    TimerEntry e = h->v[i];
    while (i > 0) {
        uint32_t up = (i - 1) / ARITY;
        if (h->v[up].when <= e.when)
            break;
        heap_set(h, i, h->v[up]);
        i = up;
    }
    heap_set(h, i, e);
}

static void heap_down(TimerHeap *h, uint32_t i) {
    TimerEntry e = h->v[i];
    for (;;) {
        uint32_t first = i * ARITY + 1, best = 0;
        int64_t when = e.when;
        for (uint32_t k = first; k < first + ARITY && k < h->n; k++) {
            if (h->v[k].when < when) {
                when = h->v[k].when;
                best = k;
            }
        }
        if (!best)
            break;
        heap_set(h, i, h->v[best]);
        i = best;
    }
    heap_set(h, i, e);
}

static void heap_min_changed(TimerHeap *h) {
    atomic_store(&h->min_when, h->n ? h->v[0].when : 0);
}

/* heap_push adds t unless another goroutine has started it meanwhile; false then. */
static bool heap_push(TimerHeap *h, Timer *t, int64_t when) {
    TimerHeap *none = NULL;
    if (!atomic_compare_exchange_strong(&t->heap, &none, h))
        return false;
    if (h->n == h->cap) {
        uint32_t cap = h->cap ? h->cap * 2 : 16;
        TimerEntry *v = realloc(h->v, cap * sizeof *v);
        if (!v)
            rt_throw("out of memory for timers");
        h->v = v;
        h->cap = cap;
    }
    t->when = when;
    heap_set(h, h->n, (TimerEntry){when, t});
    heap_up(h, h->n++);
    heap_min_changed(h);
    return true;
}

static void heap_remove(TimerHeap *h, uint32_t i) {
    Timer *t = h->v[i].t;
    h->n--;
    if (i != h->n) {
        heap_set(h, i, h->v[h->n]);
        heap_down(h, i);
        heap_up(h, i);
    }
    atomic_store(&t->heap, NULL);
    heap_min_changed(h);
}

/* timer_add starts timer t with its period on mp's P; false when it is active. An idle M that sleeps until a later timer is woken. */
bool timer_add(M *mp, Timer *t, int64_t when, int64_t period) {
    Sched *s = mp->rt->sched;
    TimerHeap *h = mp->pp->timers;
    if (when <= 0)
        when = 1;  // 0 says that there is none
    spin_lock(&h->lock, RANK_TIMERS);
    bool added = heap_push(h, t, when);
    if (added)
        t->period = period;
    spin_unlock(&h->lock);
    if (!added)
        return false;
    int64_t until = atomic_load(&s->poll_until);
    if (until && when < until) {
        sched_lock(s);
        if (s->poller)
            sched_m_wake(s->poller);
        sched_unlock(s);
    }
    return true;
}

/* timer_lock_heap locks the heap that t is in; NULL when it is in none. The timer may move between heaps when GOMAXPROCS shrinks. */
static TimerHeap *timer_lock_heap(Timer *t) {
    for (;;) {
        TimerHeap *h = atomic_load(&t->heap);
        if (!h)
            return NULL;
        spin_lock(&h->lock, RANK_TIMERS);
        if (atomic_load(&t->heap) == h)
            return h;
        spin_unlock(&h->lock);
    }
}

bool timer_del(Timer *t) {
    TimerHeap *h = timer_lock_heap(t);
    if (!h)
        return false;
    heap_remove(h, (uint32_t)t->index);
    spin_unlock(&h->lock);
    return true;
}

int64_t timer_earliest(Runtime *rt) {
    int64_t min = 0;
    for (uint32_t i = 0; i < sched_nprocs(rt); i++) {
        int64_t when = atomic_load(&rt->allp[i]->timers->min_when);
        if (when && (!min || when < min))
            min = when;
    }
    return min;
}

/* timer_move_all empties a heap into another. World stopped. */
void timer_move_all(TimerHeap *from, TimerHeap *to) {
    spin_lock(&from->lock, RANK_TIMERS);
    TimerEntry *v = from->v;
    uint32_t n = from->n;
    for (uint32_t i = 0; i < n; i++)
        atomic_store(&v[i].t->heap, NULL);
    from->v = NULL;
    from->n = from->cap = 0;
    heap_min_changed(from);
    spin_unlock(&from->lock);
    spin_lock(&to->lock, RANK_TIMERS);
    for (uint32_t i = 0; i < n; i++)
        (void)heap_push(to, v[i].t, v[i].when);
    spin_unlock(&to->lock);
    free(v);
}

/* A Time as its three words. Seconds count from year 1; with a monotonic reading the wall word holds 33 bits of seconds since 1885. */
enum { NS_PER_S = 1000000000 };
static const int64_t unix_to_1885 = (int64_t)((1970 - 1885) * 365 + 20) * 86400;  // 20 leap years

typedef struct TimeWords {
    uint64_t wall;
    int64_t ext;
    const void *loc;
} TimeWords;

int64_t timer_mono_reading(Runtime *rt) {
    return rt->sched->policy->now_ns(rt) - rt->sched->start_ns + 1;
}

static TimeWords time_now(Runtime *rt, const void *loc) {
    int64_t wall = sched_wall_ns(rt);
    uint64_t sec = (uint64_t)(wall / NS_PER_S + unix_to_1885), nsec = (uint64_t)(wall % NS_PER_S);
    return (TimeWords){1ull << 63 | sec << 30 | nsec, timer_mono_reading(rt), loc};
}

/* timer_run_due fires the timers of `of` that are due at `now`. mp holds a P; goroutines are readied there. */
bool timer_run_due(M *mp, P *of, int64_t now) {
    TimerHeap *h = of->timers;
    int64_t min = atomic_load(&h->min_when);
    if (!min || min > now)
        return false;
    bool some = false;
    Runtime *rt = mp->rt;
    G *current = mp->gp;
    __atomic_store_n(&mp->gp, NULL, __ATOMIC_RELEASE);  // goroutines that are started here have no creator
    spin_lock(&h->lock, RANK_TIMERS);
    while (h->n > 0 && h->v[0].when <= now) {
        Timer *t = h->v[0].t;
        some = true;
        if (t->period > 0) {
            int64_t late = now - h->v[0].when;
            h->v[0].when = t->when = h->v[0].when + t->period * (1 + late / t->period);
            heap_down(h, 0);
            heap_min_changed(h);
        } else {
            heap_remove(h, 0);
        }
        if (t->c) {
            TimeWords w = time_now(rt, t->loc);
            chan_timer_send(mp, t->c, &w);
        } else if (t->f) {
            const FuncDesc *const *f = t->f;
            spin_unlock(&h->lock);
            (void)sched_go(mp, *f, f, NULL, 0);
            spin_lock(&h->lock, RANK_TIMERS);
        } else {
            sched_ready(mp, t->gp, false);
        }
    }
    spin_unlock(&h->lock);
    __atomic_store_n(&mp->gp, current, __ATOMIC_RELEASE);
    return some;
}

/* runq.c: the local run queue of a P, a ring of RUNQ_SIZE goroutines and the slot runnext before it; and the global queue.
 *
 * The owner P pushes at tail and pops at head; any other P may steal half from head, and runnext when there is nothing else.
 *
 * Invariants
 *   tail - head <= RUNQ_SIZE; both count up forever and are masked only when indexing.
 *   Only the owner stores tail. head moves by compare-and-swap, so no slot is taken twice (plainly when there is one P: no thieves).
 *   Only the owner stores a goroutine into runnext; thieves exchange it for NULL.
 *   A goroutine in the ring, in runnext or on the global queue is G_RUNNABLE and on no other list.
 *
 * Ordering: a slot is written before tail is released; a thief acquires tail before it reads. The exchange on runnext is the fence
 * between publishing a goroutine and looking for idle Ps; a push at the tail is followed by one of its own (sched_ready).
 * Not done: stealing one at a time. The thief comes back at once, and the victim's cache line bounces. */
#include "sched/sched_impl.h"

_Static_assert((RUNQ_SIZE & (RUNQ_SIZE - 1)) == 0, "the ring is indexed by masking");

static inline _Atomic(G *) *runq_slot(P *pp, uint32_t i) {
    return &pp->runq[i & (RUNQ_SIZE - 1)];
}

bool runq_empty(const P *pp) {
    // runnext moves to the ring's tail and out of it, so look until tail stands still
    for (;;) {
        uint32_t head = atomic_load_explicit(&((P *)pp)->runq_head, memory_order_acquire);
        uint32_t tail = atomic_load_explicit(&((P *)pp)->runq_tail, memory_order_acquire);
        G *next = atomic_load_explicit(&((P *)pp)->runnext, memory_order_acquire);
        if (tail == atomic_load_explicit(&((P *)pp)->runq_tail, memory_order_acquire))
            return head == tail && !next;
    }
}

uint32_t runq_len(const P *pp) {
    P *q = (P *)pp;
    uint32_t head = atomic_load_explicit(&q->runq_head, memory_order_acquire);
    uint32_t n = atomic_load_explicit(&q->runq_tail, memory_order_acquire) - head;
    if (n > RUNQ_SIZE)  // head moved between the two reads
        n = 0;
    return n + (atomic_load_explicit(&q->runnext, memory_order_relaxed) != NULL);
}

/* runq_overflow moves half of the full ring, and gp, to the global queue. False: a thief made room meanwhile. */
static bool runq_overflow(Sched *s, P *pp, G *gp, uint32_t head) {
    G *batch[RUNQ_SIZE / 2 + 1];
    uint32_t n = RUNQ_SIZE / 2;
    for (uint32_t i = 0; i < n; i++)
        batch[i] = atomic_load_explicit(runq_slot(pp, head + i), memory_order_relaxed);
    if (!atomic_compare_exchange_strong_explicit(&pp->runq_head, &head, head + n, memory_order_acq_rel,
                                                 memory_order_relaxed))
        return false;
    batch[n++] = gp;
    for (uint32_t i = 0; i + 1 < n; i++)
        batch[i]->sched_link = batch[i + 1];
    batch[n - 1]->sched_link = NULL;
    sched_lock(s);
    globq_put_list_locked(s, batch[0], batch[n - 1], n);
    sched_unlock(s);
    return true;
}

/* runq_put queues gp on pp, as the next to run (the one that was next goes to the tail) or at the tail. */
void runq_put(Sched *s, P *pp, G *gp, bool next) {
    if (next) {
        G *old;
        if (s->rt->one_p) {
            old = atomic_load_explicit(&pp->runnext, memory_order_relaxed);
            atomic_store_explicit(&pp->runnext, gp, memory_order_relaxed);
        } else {
            old = atomic_exchange(&pp->runnext, gp);
        }
        if (!old)
            return;
        gp = old;
    }
    for (;;) {
        uint32_t head = atomic_load_explicit(&pp->runq_head, memory_order_acquire);
        uint32_t tail = atomic_load_explicit(&pp->runq_tail, memory_order_relaxed);
        if (tail - head < RUNQ_SIZE) {
            atomic_store_explicit(runq_slot(pp, tail), gp, memory_order_relaxed);
            atomic_store_explicit(&pp->runq_tail, tail + 1, memory_order_release);
            return;
        }
        if (runq_overflow(s, pp, gp, head))
            return;
    }
}

/* runq_get takes the next goroutine of the owner's queue, NULL when empty. *inherit: it came from runnext, and goes on with the time slice of the
 * goroutine before it, so that two that wake each other in turn can't keep all others waiting. */
G *runq_get(P *pp, bool one_p, bool *inherit) {
    G *gp = atomic_load_explicit(&pp->runnext, memory_order_relaxed);
    *inherit = false;
    if (gp) {
        if (one_p)
            atomic_store_explicit(&pp->runnext, NULL, memory_order_relaxed);
        else
            gp = atomic_exchange_explicit(&pp->runnext, NULL, memory_order_acq_rel);
        if (gp) {
            *inherit = true;
            return gp;
        }
    }
    for (;;) {
        uint32_t head = atomic_load_explicit(&pp->runq_head, memory_order_acquire);
        uint32_t tail = atomic_load_explicit(&pp->runq_tail, memory_order_relaxed);
        if (head == tail)
            return NULL;
        gp = atomic_load_explicit(runq_slot(pp, head), memory_order_relaxed);
        if (one_p) {
            atomic_store_explicit(&pp->runq_head, head + 1, memory_order_relaxed);
            return gp;
        }
        if (atomic_compare_exchange_weak_explicit(&pp->runq_head, &head, head + 1, memory_order_acq_rel,
                                                  memory_order_relaxed))
            return gp;
    }
}

/* runq_steal moves half of victim's ring (rounded up) to pp's empty one and returns one of the moved. With steal_next it also takes a runnext when the ring is
 * empty, after leaving its owner a moment: the owner is most likely about to park and to run it itself. */
G *runq_steal(P *pp, P *victim, bool steal_next) {
    uint32_t to = atomic_load_explicit(&pp->runq_tail, memory_order_relaxed);
    for (;;) {
        uint32_t head = atomic_load_explicit(&victim->runq_head, memory_order_acquire);
        uint32_t tail = atomic_load_explicit(&victim->runq_tail, memory_order_acquire);
        uint32_t n = tail - head;
        n -= n / 2;
        if (n == 0) {
            if (!steal_next || !atomic_load_explicit(&victim->runnext, memory_order_relaxed))
                return NULL;
            if (atomic_load_explicit(&victim->status, memory_order_relaxed) == P_RUNNING) {
                int64_t until = clock_mono_ns() + 3000;
                while (clock_mono_ns() < until)
                    __builtin_ia32_pause();
            }
            return atomic_exchange_explicit(&victim->runnext, NULL, memory_order_acq_rel);
        }
        if (n > RUNQ_SIZE / 2)  // head and tail were read at different times
            continue;
        for (uint32_t i = 0; i < n; i++) {
            G *gp = atomic_load_explicit(runq_slot(victim, head + i), memory_order_relaxed);
            atomic_store_explicit(runq_slot(pp, to + i), gp, memory_order_relaxed);
        }
        if (!atomic_compare_exchange_strong_explicit(&victim->runq_head, &head, head + n, memory_order_acq_rel,
                                                     memory_order_relaxed))
            continue;
        G *last = atomic_load_explicit(runq_slot(pp, to + n - 1), memory_order_relaxed);
        if (n > 1)
            atomic_store_explicit(&pp->runq_tail, to + n - 1, memory_order_release);
        return last;
    }
}

/* --- global queue --- */

static void globq_set_size_locked(Sched *s, uint32_t n) {
    atomic_store_explicit(&s->globq_size, n, memory_order_relaxed);
}

void globq_put_list_locked(Sched *s, G *head, G *tail, uint32_t n) {
    tail->sched_link = NULL;
    if (s->globq_tail)
        s->globq_tail->sched_link = head;
    else
        s->globq_head = head;
    s->globq_tail = tail;
    globq_set_size_locked(s, s->globq_size + n);
}

void globq_put(Sched *s, G *gp) {
    sched_lock(s);
    globq_put_list_locked(s, gp, gp, 1);
    sched_unlock(s);
}

static G *globq_pop_locked(Sched *s) {
    G *gp = s->globq_head;
    s->globq_head = gp->sched_link;
    if (!s->globq_head)
        s->globq_tail = NULL;
    gp->sched_link = NULL;
    globq_set_size_locked(s, s->globq_size - 1);
    return gp;
}

/* globq_get_locked returns the first goroutine of the global queue and moves some of those behind it to pp's own: its share among all Ps, at
 * most half a ring and at most max (0: no limit of the caller's). */
G *globq_get_locked(Sched *s, P *pp, uint32_t max) {
    uint32_t size = s->globq_size;
    if (size == 0)
        return NULL;
    uint32_t n = size / s->rt->nprocs + 1;
    if (n > size)
        n = size;
    if (max && n > max)
        n = max;
    if (n > RUNQ_SIZE / 2)
        n = RUNQ_SIZE / 2;
    G *gp = globq_pop_locked(s);
    uint32_t tail = atomic_load_explicit(&pp->runq_tail, memory_order_relaxed);
    uint32_t room = RUNQ_SIZE - (tail - atomic_load_explicit(&pp->runq_head, memory_order_acquire));
    for (uint32_t i = 1; i < n && room > 0; i++, room--) {
        atomic_store_explicit(runq_slot(pp, tail), globq_pop_locked(s), memory_order_relaxed);
        tail++;
    }
    atomic_store_explicit(&pp->runq_tail, tail, memory_order_release);
    return gp;
}

G *globq_get(Sched *s, P *pp, uint32_t max) {
    if (atomic_load_explicit(&s->globq_size, memory_order_relaxed) == 0)
        return NULL;
    sched_lock(s);
    G *gp = globq_get_locked(s, pp, max);
    sched_unlock(s);
    return gp;
}

void runq_drain_locked(Sched *s, P *pp) {
    bool inherit;
    for (G *gp; (gp = runq_get(pp, false, &inherit)) != NULL;)
        globq_put_list_locked(s, gp, gp, 1);
}

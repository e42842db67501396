/* sema.c: sleeping on a word of memory.
 *
 * A table of buckets, by the hash of the word's address. A bucket lists, for each address that is waited for, the first who waits (linked by
 * sema_link); behind it its queue (Sudog.next, with the head's prev pointing to the tail). So thousands that wait for one mutex cost others nothing.
 *
 * Invariant, under the bucket's lock: when somebody is queued for an address, its word is 0 or about to be taken by a goroutine that runs.
 * A release gives its unit to the one it wakes; the word itself is only added to when nobody waits. So none can be lost between an
 * acquire that looks at the word and its queueing, both of which happen under the lock.
 *
 * A word in the waiting goroutine's own frame can be known to nobody else: that goroutine sleeps on no queue, and its address may change. */
#include "sched/sema.h"
#include "sched/sched_impl.h"

#include <stdlib.h>

enum { SEMA_BUCKETS_LOG = 8, SEMA_BUCKETS = 1 << SEMA_BUCKETS_LOG };

typedef struct SemaBucket {
    SpinLock lock;
    Sudog *heads;  // one per address, by sema_link
} __attribute__((aligned(64))) SemaBucket;

struct Sema {
    SemaBucket buckets[SEMA_BUCKETS];
};

struct Sema *sema_new(void) {
    struct Sema *sm;
    if (posix_memalign((void **)&sm, 64, sizeof *sm) != 0)
        return NULL;
    for (int i = 0; i < SEMA_BUCKETS; i++)
        sm->buckets[i] = (SemaBucket){0};
    return sm;
}

void sema_free(struct Sema *sm) {
    free(sm);
}

static SemaBucket *bucket_of(Runtime *rt, const void *addr) {
    uint64_t h = ((uintptr_t)addr >> 2) * 0x9E3779B97F4A7C15u;
    return &rt->sema->buckets[h >> (64 - SEMA_BUCKETS_LOG)];
}

static bool take_unit(_Atomic uint32_t *addr) {
    uint32_t n = atomic_load(addr);
    while (n > 0) {
        if (atomic_compare_exchange_weak(addr, &n, n - 1))
            return true;
    }
    return false;
}

static Sudog **find_head(SemaBucket *b, const void *addr) {
    Sudog **link = &b->heads;
    while (*link && (*link)->sema_addr != addr)
        link = &(*link)->sema_link;
    return link;
}

static void queue(SemaBucket *b, Sudog *sg, bool lifo) {
    Sudog **link = find_head(b, sg->sema_addr);
    Sudog *head = *link;
    sg->next = NULL;
    sg->queued = true;
    if (!head) {
        sg->prev = sg;
        sg->sema_link = NULL;
        *link = sg;
    } else if (lifo) {
        sg->next = head;
        sg->prev = head->prev;
        sg->sema_link = head->sema_link;
        head->prev = sg;
        *link = sg;
    } else {
        Sudog *tail = head->prev;
        tail->next = sg;
        sg->prev = tail;
        head->prev = sg;
    }
}

// unqueue takes sg, which waits for the address whose head is *link, off its queue.
static void unqueue(Sudog **link, Sudog *sg) {
    Sudog *head = *link;
    if (sg == head) {
        Sudog *second = head->next;
        if (second) {
            second->prev = head->prev == head ? second : head->prev;
            second->sema_link = head->sema_link;
            *link = second;
        } else {
            *link = head->sema_link;
        }
    } else {
        sg->prev->next = sg->next;
        if (sg->next)
            sg->next->prev = sg->prev;
        else
            head->prev = sg->prev;
    }
    sg->queued = false;
}

// The world is stopped.
static bool undo_sema(G *gp) {
    Sudog *sg = gp->waiting;
    if (!sg || !sg->queued)
        return false;
    M *mp = rt_current_m();
    SemaBucket *b = bucket_of(mp->rt, sg->sema_addr);
    unqueue(find_head(b, sg->sema_addr), sg);
    gp->waiting = NULL;
    sudog_free(mp->pp, sg);
    return true;
}

bool sema_acquire(M *mp, _Atomic uint32_t *addr, bool lifo, WaitReason why) {
    if (take_unit(addr))
        return true;
    G *gp = mp->gp;
    if ((char *)addr >= gp->stack_lo && (char *)addr < gp->stack_hi) {
        sched_park_begin(mp, gp, why, chan_undo_forever);
        return false;
    }
    SemaBucket *b = bucket_of(mp->rt, addr);
    spin_lock(&b->lock, RANK_SEMA);
    if (take_unit(addr)) {
        spin_unlock(&b->lock);
        return true;
    }
    Sudog *sg = sudog_alloc(mp->pp);
    *sg = (Sudog){.g = gp, .sema_addr = addr};
    gp->waiting = sg;
    queue(b, sg, lifo);
    sched_park_begin(mp, gp, why, undo_sema);
    spin_unlock(&b->lock);
    return false;
}

void sema_release(M *mp, _Atomic uint32_t *addr, bool handoff) {
    SemaBucket *b = bucket_of(mp->rt, addr);
    spin_lock(&b->lock, RANK_SEMA);
    Sudog **link = find_head(b, addr);
    Sudog *sg = *link;
    if (!sg) {
        atomic_fetch_add(addr, 1);
        spin_unlock(&b->lock);
        return;
    }
    unqueue(link, sg);
    spin_unlock(&b->lock);
    G *gp = sg->g;
    gp->waiting = NULL;
    sudog_free(mp->pp, sg);
    sched_ready(mp, gp, true);
    if (handoff)
        sched_set_poll(mp->pp, POLL_PREEMPT);
}

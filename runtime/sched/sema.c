/* sema.c: sleeping on a word of memory.
 *
 * A table of buckets, by the hash of the word's address. A bucket is a hash table with a lock, which grows with the addresses that are waited for: it
 * lists for each the first who waits (linked by sema_link); behind it its queue (Sudog.next, with the head's prev pointing to the tail). So neither
 * thousands that wait for one mutex nor thousands of mutexes that somebody waits for cost others much.
 *
 * Invariant, under the bucket's lock: when somebody is queued for an address, its word is 0 or about to be taken by a goroutine that runs.
 * A release gives its unit to the one it wakes; the word itself is only added to when nobody waits. So none can be lost between an
 * acquire that looks at the word and its queueing, both of which happen under the lock.
 *
 * A word in the waiting goroutine's own frame can be known to nobody else: that goroutine sleeps on no queue, and its address may change. */
#include "sched/sema.h"
#include "sched/sched_impl.h"

#include <stdlib.h>

enum { SEMA_BUCKETS_LOG = 8, SEMA_BUCKETS = 1 << SEMA_BUCKETS_LOG, SEMA_LOAD = 4 };

typedef struct SemaBucket {
    SpinLock lock;
    uint32_t nheads, mask;  // addresses that are waited for; lists less 1
    Sudog **lists;          // of heads, one per address, by sema_link
    Sudog *only;            // the list while there is one
} __attribute__((aligned(64))) SemaBucket;

struct Sema {
    SemaBucket buckets[SEMA_BUCKETS];
};

struct Sema *sema_new(void) {
    struct Sema *sm;
    if (posix_memalign((void **)&sm, 64, sizeof *sm) != 0)
        return NULL;
    for (int i = 0; i < SEMA_BUCKETS; i++) {
        SemaBucket *b = &sm->buckets[i];
        *b = (SemaBucket){.lists = &b->only};
    }
    return sm;
}

void sema_free(struct Sema *sm) {
    if (!sm)
        return;
    for (int i = 0; i < SEMA_BUCKETS; i++) {
        if (sm->buckets[i].mask)
            free(sm->buckets[i].lists);
    }
    free(sm);
}

static uint64_t hash_of(const void *addr) {
    return ((uintptr_t)addr >> 2) * 0x9E3779B97F4A7C15u;
}

static SemaBucket *bucket_of(Runtime *rt, const void *addr) {
    return &rt->sema->buckets[hash_of(addr) >> (64 - SEMA_BUCKETS_LOG)];
}

static Sudog **list_of(const SemaBucket *b, const void *addr) {
    return &b->lists[hash_of(addr) >> (32 - SEMA_BUCKETS_LOG) & b->mask];
}

// With no memory the lists only become longer.
static void bucket_grow(SemaBucket *b) {
    uint32_t old = b->mask + 1, n = old * 4;
    Sudog **from = b->lists, **lists = calloc(n, sizeof *lists);
    if (!lists)
        return;
    b->lists = lists;
    b->mask = n - 1;
    for (uint32_t i = 0; i < old; i++) {
        for (Sudog *sg = from[i], *next; sg; sg = next) {
            next = sg->sema_link;
            Sudog **list = list_of(b, sg->sema_addr);
            sg->sema_link = *list;
            *list = sg;
        }
    }
    if (old > 1)
        free(from);
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
    Sudog **link = list_of(b, addr);
    while (*link && (*link)->sema_addr != addr)
        link = &(*link)->sema_link;
    return link;
}

static void queue(SemaBucket *b, Sudog *sg, bool lifo) {
    if (b->nheads > SEMA_LOAD * (b->mask + 1))
        bucket_grow(b);
    Sudog **link = find_head(b, sg->sema_addr);
    Sudog *head = *link;
    sg->next = NULL;
    sg->queued = true;
    if (!head) {
        sg->prev = sg;
        sg->sema_link = NULL;
        *link = sg;
        b->nheads++;
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
static void unqueue(SemaBucket *b, Sudog **link, Sudog *sg) {
    Sudog *head = *link;
    if (sg == head) {
        Sudog *second = head->next;
        if (second) {
            second->prev = head->prev == head ? second : head->prev;
            second->sema_link = head->sema_link;
            *link = second;
        } else {
            *link = head->sema_link;
            b->nheads--;
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
    unqueue(b, find_head(b, sg->sema_addr), sg);
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
    unqueue(b, link, sg);
    spin_unlock(&b->lock);
    G *gp = sg->g;
    gp->waiting = NULL;
    sudog_free(mp->pp, sg);
    sched_ready(mp, gp, true);
    if (handoff)
        sched_set_poll(mp->pp, POLL_PREEMPT);
}

/* chan.h: sudogs and channels, for the files of chan/, the scheduler and the collector. What the VM calls is in rt.h. */
#pragma once
#include "rt.h"

/* A Sudog stands for a goroutine on a wait queue: of a channel, or of a semaphore. It is not a heap object. It belongs to the queue's lock while
 * queued; taken off, to whoever took it, except that a select's sudogs always go back to their goroutine, which has several. */
struct Sudog {
    G *g;
    Sudog *next, *prev;     // in the queue
    Sudog *wait_link;       // G.waiting: the goroutine's next one
    void *elem;             // memory form, in g's frame: what is sent, or where to put what is received; may be NULL
    Slot *result;           // in g's frame. Receive: its ok, or NULL. Select: index and ok
    Hchan *c;               // NULL: queued on a semaphore
    const void *sema_addr;
    Sudog *sema_link;       // the first who waits for another word of the same bucket
    uint32_t case_index;
    bool is_select, is_send;
    bool queued;            // under the queue's lock
};

typedef struct WaitQ {
    Sudog *first, *last;
} WaitQ;

/* Sudogs are handed out by the P; full and empty caches trade with the pool. */
enum { SUDOG_CACHE_MAX = 64 };

typedef struct SudogCache {
    Sudog *free;  // by next
    uint32_t n;
} SudogCache;

typedef struct SudogPool SudogPool;
SudogPool *sudog_pool_new(void);
void sudog_pool_free(SudogPool *pool);
void sudog_cache_fill(Runtime *rt, SudogCache *cache);            // some from the pool; out of memory is fatal
void sudog_cache_flush(Runtime *rt, SudogCache *cache, uint32_t keep);

static inline Sudog *sudog_alloc(P *pp) {
    SudogCache *cache = pp->sudogs;
    if (UNLIKELY(!cache->free))
        sudog_cache_fill(pp->rt, cache);
    Sudog *sg = cache->free;
    cache->free = sg->next;
    cache->n--;
    return sg;
}

static inline void sudog_free(P *pp, Sudog *sg) {
    SudogCache *cache = pp->sudogs;
    sg->next = cache->free;
    cache->free = sg;
    if (UNLIKELY(++cache->n > SUDOG_CACHE_MAX))
        sudog_cache_flush(pp->rt, cache, SUDOG_CACHE_MAX / 2);
}

static inline void waitq_push(WaitQ *q, Sudog *sg) {
    sg->next = NULL;
    sg->prev = q->last;
    if (q->last)
        q->last->next = sg;
    else
        q->first = sg;
    q->last = sg;
    sg->queued = true;
}

static inline void waitq_remove(WaitQ *q, Sudog *sg) {
    if (sg->prev)
        sg->prev->next = sg->next;
    else
        q->first = sg->next;
    if (sg->next)
        sg->next->prev = sg->prev;
    else
        q->last = sg->prev;
    sg->queued = false;
}

/* chan_resume cleans up behind a select that a goroutine won while parked: takes its other sudogs off their queues. Called by the M that is about
 * to run it. */
void chan_resume(M *mp, G *gp);

/* chan_undo_forever is the undo of a goroutine that waits for nothing, on no queue. */
bool chan_undo_forever(G *gp);

/* chan_timer_init marks c as a timer's channel, whose length and capacity read 0; chan_timer_send puts a value into it unless it is full;
 * chan_timer_drain takes out what is in it, and tells whether there was something. */
void chan_timer_mark(Hchan *c);
void chan_timer_send(M *mp, Hchan *c, const void *elem);
bool chan_timer_drain(M *mp, Hchan *c);

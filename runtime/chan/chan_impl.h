// chan_impl.h: what chan.c and select.c share: the channel itself and its lock.
#pragma once
#include "chan/chan.h"
#include "sched/sched_impl.h"

#include <string.h>

/* How elements are copied when no barrier is on: the common widths without a call. */
enum ElemCopy { ELEM_NONE, ELEM_8, ELEM_16, ELEM_ANY };

/* Hchan: a heap object. Its buffer lies behind it in the same object when the elements hold no pointers, else in an object of its own. */
struct Hchan {
    SpinLock lock;          // guards all that follows and the sudogs on its queues; skipped with one P
    bool closed;
    bool is_timer;
    uint8_t copy;           // ElemCopy
    bool has_ptrs;          // elements hold pointers
    uint64_t qcount;        // elements in buf
    uint64_t dataqsiz;
    char *buf;
    uint64_t elem_size;
    const TypeDesc *elem;
    uint64_t sendx, recvx;  // next slot to write, to read
    WaitQ recvq, sendq;     // at most one is not empty, but for a select that waits on both
};

static inline void chan_lock(const Runtime *rt, Hchan *c) {
    if (!rt->one_p)
        spin_lock(&c->lock, RANK_CHAN);
}

static inline void chan_unlock(const Runtime *rt, Hchan *c) {
    if (!rt->one_p)
        spin_unlock(&c->lock);
}

/* chan_elem_copy copies one element; dst may be another goroutine's frame or the buffer, so the barrier applies. */
static inline void chan_elem_copy(P *pp, const Hchan *c, void *dst, const void *src) {
    if (LIKELY(!pp->rt->wb_on || !c->has_ptrs)) {
        if (LIKELY(c->copy == ELEM_8)) {
            memcpy(dst, src, 8);
            return;
        }
        if (c->copy == ELEM_16) {
            memcpy(dst, src, 16);
            return;
        }
        memcpy(dst, src, c->elem_size);
        return;
    }
    gc_copy(pp, dst, src, c->elem, 1);
}

// chan_elem_clear forgets an element that was taken out of the buffer, so that it keeps nothing alive.
static inline void chan_elem_clear(P *pp, const Hchan *c, void *p) {
    if (!c->has_ptrs)
        return;
    if (UNLIKELY(pp->rt->wb_on))
        gc_clear(pp, p, c->elem, 1);
    else
        memset(p, 0, c->elem_size);
}

static inline void *chan_slot(const Hchan *c, uint64_t i) {
    return c->buf + i * c->elem_size;
}

static inline uint64_t chan_next(const Hchan *c, uint64_t i) {
    return i + 1 == c->dataqsiz ? 0 : i + 1;
}

/* chan_dequeue takes the first sudog off a queue whose goroutine is really waiting: a select that another case has won stays asleep, its sudog is
 * only dropped. Under the lock. */
static inline Sudog *chan_dequeue(const Runtime *rt, WaitQ *q) {
    for (;;) {
        Sudog *sg = q->first;
        if (!sg)
            return NULL;
        q->first = sg->next;
        if (sg->next)
            sg->next->prev = NULL;
        else
            q->last = NULL;
        sg->queued = false;
        if (!sg->is_select)
            return sg;
        G *gp = sg->g;
        uint32_t zero = 0;
        if (rt->one_p ? atomic_load_explicit(&gp->select_won, memory_order_relaxed) == 0
                      : atomic_compare_exchange_strong(&gp->select_won, &zero, 1)) {
            atomic_store_explicit(&gp->select_won, 1, memory_order_relaxed);
            return sg;
        }
    }
}

/* chan_wake makes the goroutine of a sudog that chan_dequeue returned go on. ok: what a receiver is told. */
void chan_wake(M *mp, Sudog *sg, bool ok);
/* chan_send_to and chan_recv_from complete an operation against a dequeued receiver or sender; the lock was released by chan_recv_from and
 * chan_send_to themselves. chan_recv_from with a full buffer takes the head and puts the sender's value at the tail. */
void chan_send_to(M *mp, Hchan *c, Sudog *sg, const void *elem);
void chan_recv_from(M *mp, Hchan *c, Sudog *sg, void *elem);
ChanStatus chan_park_forever(M *mp, WaitReason why);
/* chan_send and chan_recv, with what traces say while the goroutine waits. */
ChanStatus chan_send_why(M *mp, Hchan *c, const void *elem, bool block, WaitReason why);
ChanStatus chan_recv_why(M *mp, Hchan *c, void *elem, Slot *ok, bool block, WaitReason why);
void chan_buf_put(P *pp, Hchan *c, const void *elem);
void chan_buf_take(P *pp, Hchan *c, void *elem);

/* chan.c: channels: make, send, receive, close, len and cap.
 *
 * Invariants, under the channel's lock
 *   At least one of recvq and sendq is empty, except that one goroutine may wait on both sides in a select.
 *   With a buffer: qcount > 0 means that nobody waits to receive, qcount < dataqsiz that nobody waits to send.
 *   A sudog on a queue belongs to a goroutine that is G_WAITING, or about to become so before the lock is released.
 *
 * Hand-over. Who finds a waiting partner takes its sudog off the queue, releases the lock, copies the element straight into (or out of) the
 * partner's frame, and readies it. Between the two the partner is off every queue and nobody else can run it; its stack can't move, because
 * stacks of others move only with the world stopped. Nothing runs on the partner's behalf when it resumes: the waker also writes its ok.
 * A sender that is woken by close runs its instruction again, which then panics.
 *
 * Writes into another goroutine's frame and into the buffer pass the collector's barrier. */
#include "chan/chan_impl.h"

#include <stdlib.h>

enum { HCHAN_WORDS = sizeof(Hchan) / 8, HCHAN_BUF_WORD = offsetof(Hchan, buf) / 8 };
_Static_assert(HCHAN_WORDS <= 64 && sizeof(Hchan) % 8 == 0, "one word of pointer map describes an Hchan");

// Only buf points into the heap; sudogs are not heap objects.
static const uint64_t hchan_ptrs[] = {1ull << HCHAN_BUF_WORD};
static const TypeDesc hchan_type = {
    .kind = KIND_STRUCT, .align = 8, .nslots = TYPE_NO_SLOTS, .size = sizeof(Hchan), .gc_period = HCHAN_WORDS, .gc_ptrs = hchan_ptrs,
    .string = {"runtime.hchan", 13},
};

Hchan *chan_new(M *mp, const TypeDesc *chan_type, int64_t size) {
    const TypeDesc *elem = chan_type->elem;
    uint64_t esize = elem->size, bytes;
    if (size < 0 || __builtin_mul_overflow((uint64_t)size, esize, &bytes) || bytes > (1ull << 47)) {
        vm_panic_plain(mp, "makechan: size out of range");
        return NULL;
    }
    P *pp = mp->pp;
    Hchan *c;
    bool ptrs = elem->gc_period != 0;
    if (bytes == 0) {
        c = gc_alloc(pp, sizeof *c, NULL);
        c->buf = (char *)(c + 1);
    } else if (!ptrs) {
        c = gc_alloc(pp, sizeof *c + bytes, NULL);
        c->buf = (char *)(c + 1);
    } else {
        c = gc_alloc(pp, sizeof *c, &hchan_type);
        gc_store(pp, (void *_Atomic *)(void *)&c->buf, gc_alloc(pp, bytes, elem));
    }
    c->elem = elem;
    c->elem_size = esize;
    c->has_ptrs = ptrs;
    c->copy = esize == 0 ? ELEM_NONE : esize == 8 ? ELEM_8 : esize == 16 ? ELEM_16 : ELEM_ANY;
    c->dataqsiz = (uint64_t)size;
    return c;
}

uint64_t chan_len(const Hchan *c) {
    return c && !c->is_timer ? __atomic_load_n(&c->qcount, __ATOMIC_RELAXED) : 0;
}

uint64_t chan_cap(const Hchan *c) {
    return c && !c->is_timer ? c->dataqsiz : 0;
}

static void set_qcount(Hchan *c, uint64_t n) {
    __atomic_store_n(&c->qcount, n, __ATOMIC_RELAXED);
}

/* --- pieces shared with select --- */

void chan_wake(M *mp, Sudog *sg, bool ok) {
    G *gp = sg->g;
    if (sg->is_select) {
        sg->result[0] = sg->case_index;
        sg->result[1] = ok;
        gp->wake_param = sg;  // chan_resume takes the others off their queues
    } else {
        if (sg->result)
            *sg->result = ok;
        gp->waiting = NULL;
        sudog_free(mp->pp, sg);
    }
    sched_ready(mp, gp, true);
}

void chan_send_to(M *mp, Hchan *c, Sudog *sg, const void *elem) {
    chan_unlock(mp->rt, c);
    if (sg->elem)
        chan_elem_copy(mp->pp, c, sg->elem, elem);
    chan_wake(mp, sg, true);
}

void chan_recv_from(M *mp, Hchan *c, Sudog *sg, void *elem) {
    P *pp = mp->pp;
    if (c->dataqsiz == 0) {
        chan_unlock(mp->rt, c);
        if (elem)
            chan_elem_copy(pp, c, elem, sg->elem);
    } else {
        // the buffer is full: its head goes out, and the sender's value into the same slot, which is now the tail
        void *slot = chan_slot(c, c->recvx);
        if (elem)
            chan_elem_copy(pp, c, elem, slot);
        chan_elem_copy(pp, c, slot, sg->elem);
        c->recvx = chan_next(c, c->recvx);
        c->sendx = c->recvx;
        chan_unlock(mp->rt, c);
    }
    chan_wake(mp, sg, false);
}

void chan_buf_put(P *pp, Hchan *c, const void *elem) {
    chan_elem_copy(pp, c, chan_slot(c, c->sendx), elem);
    c->sendx = chan_next(c, c->sendx);
    set_qcount(c, c->qcount + 1);
}

void chan_buf_take(P *pp, Hchan *c, void *elem) {
    void *slot = chan_slot(c, c->recvx);
    if (elem)
        chan_elem_copy(pp, c, elem, slot);
    chan_elem_clear(pp, c, slot);
    c->recvx = chan_next(c, c->recvx);
    set_qcount(c, c->qcount - 1);
}

/* --- parking --- */

// A goroutine that waits for nothing is on no queue.
bool chan_undo_forever(G *gp) {
    (void)gp;
    return true;
}

/* chan_park_forever parks a goroutine that nothing will wake. Its instruction never ends, so of its top frame only what deferred calls may see is live
 * (g_cancel): the elements that a nil channel would have filled are not even known here. */
ChanStatus chan_park_forever(M *mp, WaitReason why) {
    G *gp = mp->gp;
    gp->pc = gp->map_pc = gp->op_pc;
    gp->map_kind = MAP_PANIC;
    sched_park_begin(mp, gp, why, chan_undo_forever);
    return CHAN_PARKED;
}

// The world is stopped, so a sudog that is in G.waiting is still on its queue, unless the goroutine was woken.
static bool undo_chan(G *gp) {
    Sudog *sg = gp->waiting;
    if (!sg || !sg->queued)
        return false;
    waitq_remove(sg->is_send ? &sg->c->sendq : &sg->c->recvq, sg);
    gp->waiting = NULL;
    M *mp = rt_current_m();
    sudog_free(mp->pp, sg);
    return true;
}

static void park_on(M *mp, Hchan *c, void *elem, Slot *result, bool is_send, WaitReason why) {
    G *gp = mp->gp;
    Sudog *sg = sudog_alloc(mp->pp);
    sg->g = gp;
    sg->elem = elem;
    sg->result = result;
    sg->c = c;
    sg->is_select = false;
    sg->is_send = is_send;
    sg->sema_addr = NULL;
    sg->wait_link = NULL;
    gp->waiting = sg;
    waitq_push(is_send ? &c->sendq : &c->recvq, sg);
    sched_park_begin(mp, gp, why, undo_chan);
    chan_unlock(mp->rt, c);
}

/* --- operations --- */

ChanStatus chan_send_why(M *mp, Hchan *c, const void *elem, bool block, WaitReason why) {
    const Runtime *rt = mp->rt;
    if (UNLIKELY(!c))
        return block ? chan_park_forever(mp, WAIT_CHAN_SEND_NIL) : CHAN_WOULD_BLOCK;
    chan_lock(rt, c);
    if (UNLIKELY(c->closed)) {
        chan_unlock(rt, c);
        vm_panic_plain(mp, "send on closed channel");
        return CHAN_PANIC;
    }
    Sudog *sg = chan_dequeue(rt, &c->recvq);
    if (sg) {
        chan_send_to(mp, c, sg, elem);
        return CHAN_DONE;
    }
    if (c->qcount < c->dataqsiz) {
        chan_buf_put(mp->pp, c, elem);
        chan_unlock(rt, c);
        return CHAN_DONE;
    }
    if (!block) {
        chan_unlock(rt, c);
        return CHAN_WOULD_BLOCK;
    }
    park_on(mp, c, (void *)elem, NULL, true, why);
    return CHAN_PARKED;
}

ChanStatus chan_send(M *mp, Hchan *c, const void *elem, bool block) {
    return chan_send_why(mp, c, elem, block, WAIT_CHAN_SEND);
}

static void clear_elem(const Hchan *c, void *elem) {
    if (elem && c->elem_size)
        memset(elem, 0, c->elem_size);
}

ChanStatus chan_recv_why(M *mp, Hchan *c, void *elem, Slot *ok, bool block, WaitReason why) {
    const Runtime *rt = mp->rt;
    if (UNLIKELY(!c))
        return block ? chan_park_forever(mp, WAIT_CHAN_RECV_NIL) : CHAN_WOULD_BLOCK;
    chan_lock(rt, c);
    Sudog *sg = chan_dequeue(rt, &c->sendq);
    if (sg) {
        chan_recv_from(mp, c, sg, elem);
        if (ok)
            *ok = 1;
        return CHAN_DONE;
    }
    if (c->qcount > 0) {
        chan_buf_take(mp->pp, c, elem);
        chan_unlock(rt, c);
        if (ok)
            *ok = 1;
        return CHAN_DONE;
    }
    if (c->closed) {
        chan_unlock(rt, c);
        clear_elem(c, elem);
        if (ok)
            *ok = 0;
        return CHAN_DONE;
    }
    if (!block) {
        chan_unlock(rt, c);
        return CHAN_WOULD_BLOCK;
    }
    clear_elem(c, elem);
    if (ok)
        *ok = 0;
    park_on(mp, c, elem, ok, false, why);
    return CHAN_PARKED;
}

ChanStatus chan_recv(M *mp, Hchan *c, void *elem, Slot *ok, bool block) {
    return chan_recv_why(mp, c, elem, ok, block, WAIT_CHAN_RECV);
}

ChanStatus chan_close(M *mp, Hchan *c) {
    const Runtime *rt = mp->rt;
    if (!c) {
        vm_panic_plain(mp, "close of nil channel");
        return CHAN_PANIC;
    }
    chan_lock(rt, c);
    if (c->closed) {
        chan_unlock(rt, c);
        vm_panic_plain(mp, "close of closed channel");
        return CHAN_PANIC;
    }
    c->closed = true;
    // wake in the order of waiting, but outside the lock
    Sudog *head = NULL, **tail = &head;
    for (Sudog *sg; (sg = chan_dequeue(rt, &c->recvq)) != NULL;) {
        *tail = sg;
        tail = &sg->next;
    }
    for (Sudog *sg; (sg = chan_dequeue(rt, &c->sendq)) != NULL;) {
        *tail = sg;
        tail = &sg->next;
    }
    *tail = NULL;
    chan_unlock(rt, c);
    while (head) {
        Sudog *sg = head;
        head = sg->next;
        G *gp = sg->g;
        gp->redo = sg->is_send;  // runs its send again, and panics
        if (sg->is_select) {
            sg->result[0] = sg->case_index;
            sg->result[1] = 0;
            gp->wake_param = NULL;
        } else {
            gp->waiting = NULL;
            sudog_free(mp->pp, sg);
        }
        sched_ready(mp, gp, false);
    }
    return CHAN_DONE;
}

void chan_each_stack_ref(G *gp, void (*visit)(void *arg, void **ref), void *arg) {
    for (Sudog *sg = gp->waiting; sg; sg = sg->wait_link) {
        if (sg->elem)
            visit(arg, &sg->elem);
        if (sg->result)
            visit(arg, (void **)(void *)&sg->result);
    }
}

/* --- channels of timers --- */

void chan_timer_mark(Hchan *c) {
    c->is_timer = true;
}

void chan_timer_send(M *mp, Hchan *c, const void *elem) {
    (void)chan_send(mp, c, elem, false);
}

bool chan_timer_drain(M *mp, Hchan *c) {
    bool some = false;
    chan_lock(mp->rt, c);
    while (c->qcount > 0) {
        chan_buf_take(mp->pp, c, NULL);
        some = true;
    }
    chan_unlock(mp->rt, c);
    return some;
}

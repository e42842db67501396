/* select.c: select over several channels.
 *
 * One protocol, in passes: 1 lock all channels, in the order of their addresses, so that two selects can't wait for each other; 2 look for
 * a case that can go, in random order; 3 else queue a sudog on every channel and park. Whoever comes first on one of the channels wins the
 * right to wake the goroutine by G.select_won. The losing sudogs stay on their queues until the goroutine is taken up again (chan_resume);
 * others that meet one drop it, having lost the exchange on select_won.
 *
 * Results of all receive cases that were not chosen are zeroed: the stack map behind the instruction counts them as live. */
#include "chan/chan_impl.h"

#include <stdlib.h>

enum { SELECT_INLINE = 32 };

typedef struct Scase {
    Hchan *c;      // not NULL
    void *elem;    // NULL: dropped
    uint32_t index;
    uint32_t order;  // of visit: v[i].order is the i-th case to look at
    bool is_send;
} Scase;

// Order of addresses; insertion sort, as cases are few and often in order.
static void sort_cases(Scase *v, uint32_t n) {
    for (uint32_t i = 1; i < n; i++) {
        Scase x = v[i];
        uint32_t k = i;
        for (; k > 0 && v[k - 1].c > x.c; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

static void lock_all(const Runtime *rt, Scase *v, uint32_t n) {
    if (rt->one_p)
        return;
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || v[i].c != v[i - 1].c)
            spin_lock(&v[i].c->lock, RANK_CHAN);
    }
}

static void unlock_all(const Runtime *rt, Scase *v, uint32_t n, const Hchan *but) {
    if (rt->one_p)
        return;
    for (uint32_t i = n; i-- > 0;) {
        if ((i == 0 || v[i].c != v[i - 1].c) && v[i].c != but)
            spin_unlock(&v[i].c->lock);
    }
}

static bool undo_select(G *gp) {
    if (atomic_load(&gp->select_won))
        return false;
    atomic_store(&gp->select_won, 1);
    gp->wake_param = NULL;
    return true;  // chan_resume takes it off the queues
}

void chan_resume(M *mp, G *gp) {
    Sudog *sg = gp->waiting;
    gp->waiting = NULL;
    while (sg) {
        Sudog *next = sg->wait_link;
        Hchan *c = sg->c;
        if (c && sg != gp->wake_param) {
            chan_lock(mp->rt, c);
            if (sg->queued)
                waitq_remove(sg->is_send ? &c->sendq : &c->recvq, sg);
            chan_unlock(mp->rt, c);
        }
        sudog_free(mp->pp, sg);
        sg = next;
    }
    gp->wake_param = NULL;
    atomic_store_explicit(&gp->select_won, 0, memory_order_relaxed);
}

static void clear_recv(const Scase *sc) {
    if (!sc->is_send && sc->elem && sc->c->elem_size)
        memset(sc->elem, 0, sc->c->elem_size);
}

static void shuffle(P *pp, Scase *v, uint32_t n) {  // Fisher and Yates, inside out
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = (uint32_t)(((p_rand(pp) & 0xffffffff) * (i + 1)) >> 32);
        v[i].order = v[k].order;
        v[k].order = i;
    }
}

/* try_case lets case sc go if it can, with all locks held; when it does, they are released. *panicked: its channel is closed for sending. */
static bool try_case(M *mp, Scase *v, uint32_t n, Scase *sc, Slot *result, bool *panicked) {
    const Runtime *rt = mp->rt;
    Hchan *c = sc->c;
    Sudog *sg;
    if (sc->is_send) {
        if (c->closed) {
            unlock_all(rt, v, n, NULL);
            *panicked = true;
            return true;
        }
        if ((sg = chan_dequeue(rt, &c->recvq)) != NULL) {
            unlock_all(rt, v, n, c);
            chan_send_to(mp, c, sg, sc->elem);
        } else if (c->qcount < c->dataqsiz) {
            chan_buf_put(mp->pp, c, sc->elem);
            unlock_all(rt, v, n, NULL);
        } else {
            return false;
        }
        result[1] = 0;
    } else {
        bool ok = true;
        if ((sg = chan_dequeue(rt, &c->sendq)) != NULL) {
            unlock_all(rt, v, n, c);
            chan_recv_from(mp, c, sg, sc->elem);
        } else if (c->qcount > 0) {
            chan_buf_take(mp->pp, c, sc->elem);
            unlock_all(rt, v, n, NULL);
        } else if (c->closed) {
            unlock_all(rt, v, n, NULL);
            ok = false;
        } else {
            return false;
        }
        result[1] = ok;
    }
    result[0] = sc->index;
    return true;
}

/* select_one is a select with one live case and a default, or nothing but one case: an operation on that channel. others: it has dead cases, too, and
 * says that it waits in a select. */
static ChanStatus select_one(M *mp, const Scase *sc, bool others, bool has_default, Slot *result) {
    ChanStatus st;
    WaitReason send_why = others ? WAIT_SELECT : WAIT_CHAN_SEND, recv_why = others ? WAIT_SELECT : WAIT_CHAN_RECV;
    result[0] = sc->index;  // once parked, the frame is out of reach
    if (sc->is_send) {
        result[1] = 0;
        st = chan_send_why(mp, sc->c, sc->elem, !has_default, send_why);
    } else {
        st = chan_recv_why(mp, sc->c, sc->elem, &result[1], !has_default, recv_why);
    }
    if (st == CHAN_WOULD_BLOCK) {
        result[0] = (Slot)-1;
        result[1] = 0;
        clear_recv(sc);
        st = CHAN_DONE;
    }
    return st;
}

static void park_select(M *mp, Scase *v, uint32_t n, Slot *result) {
    G *gp = mp->gp;
    Sudog **link = &gp->waiting;
    for (uint32_t i = 0; i < n; i++) {
        Sudog *sg = sudog_alloc(mp->pp);
        sg->g = gp;
        sg->elem = v[i].elem;
        sg->result = result;
        sg->c = v[i].c;
        sg->sema_addr = NULL;
        sg->case_index = v[i].index;
        sg->is_select = true;
        sg->is_send = v[i].is_send;
        sg->wait_link = NULL;
        *link = sg;
        link = &sg->wait_link;
        waitq_push(sg->is_send ? &sg->c->sendq : &sg->c->recvq, sg);
    }
    result[0] = 0;
    result[1] = 0;
    sched_park_begin(mp, gp, WAIT_SELECT, undo_select);
}

ChanStatus chan_select(M *mp, Slot *fp, const uint64_t *cases, uint32_t n, bool has_default, Slot *result) {
    const Runtime *rt = mp->rt;
    Scase few[SELECT_INLINE];
    Scase *v = few;
    if (n > SELECT_INLINE && !(v = malloc(n * sizeof *v)))
        rt_fatal(mp->rt, "out of memory", false);
    // nil channels never go
    uint32_t live = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t w = cases[i];
        Hchan *c = *(Hchan **)((char *)fp + select_chan(w));
        if (!c)
            continue;
        uint32_t off = select_elem(w);
        void *elem = off == OFF_NONE_W ? NULL : (char *)fp + off;
        if (elem && w & SELECT_BY_ADDRESS)
            elem = *(void **)elem;
        v[live++] = (Scase){c, elem, i, 0, w & SELECT_SEND};
    }
    ChanStatus st = CHAN_DONE;
    if (live == 0) {
        result[0] = (Slot)-1;
        result[1] = 0;
        if (!has_default)
            st = chan_park_forever(mp, n > 1      ? WAIT_SELECT
                                       : n == 0   ? WAIT_SELECT_NO_CASES
                                       : cases[0] & 1 ? WAIT_CHAN_SEND_NIL
                                                  : WAIT_CHAN_RECV_NIL);
        goto out;
    }
    if (live == 1) {
        st = select_one(mp, &v[0], n > 1, has_default, result);
        goto out;
    }

    // 1: locks
    sort_cases(v, live);
    lock_all(rt, v, live);

    // 2: a case that can go
    for (uint32_t k = 0; k < live; k++) {
        if (v[k].c->has_ptrs)
            clear_recv(&v[k]);
    }
    shuffle(mp->pp, v, live);
    bool panicked = false;
    for (uint32_t i = 0; i < live; i++) {
        Scase *sc = &v[v[i].order];
        if (!try_case(mp, v, live, sc, result, &panicked))
            continue;
        if (panicked) {
            vm_panic_plain(mp, "send on closed channel");
            st = CHAN_PANIC;
        } else if (!sc->is_send && result[1] == 0) {
            clear_recv(sc);  // a closed channel gives zero
        }
        goto out;
    }
    if (has_default) {
        unlock_all(rt, v, live, NULL);
        result[0] = (Slot)-1;
        result[1] = 0;
        goto out;
    }

    // 3: wait
    for (uint32_t k = 0; k < live; k++)
        clear_recv(&v[k]);
    park_select(mp, v, live, result);
    unlock_all(rt, v, live, NULL);
    st = CHAN_PARKED;
out:
    if (v != few)
        free(v);
    return st;
}

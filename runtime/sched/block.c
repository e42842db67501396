/* block.c: blocking calls of the system: the P stays with the M until sysmon or a stop of the world takes it, and is got back by one compare-and-swap
 * when nobody did. A quick call thus costs two atomic operations. The status carries the M's number, since the P may meanwhile be in another M's call. */
#include "sched/sched_impl.h"

void sched_enter_block(M *mp) {
    SchedM *m = sched_m(mp);
    P *pp = mp->pp;
    SchedP *p = sched_p(pp);
    m->block_p = pp;
    atomic_store_explicit(&p->syscall_tick, p->syscall_tick + 1, memory_order_relaxed);
    gstate_move(mp->gp, G_RUNNING, G_SYSCALL);
    atomic_store(&m->in_block, true);
    atomic_store(&pp->status, pstatus_syscall(mp));
    Sched *s = mp->rt->sched;
    if (UNLIKELY(atomic_load_explicit(&s->stopping, memory_order_relaxed)))
        futex_wake(&s->stop_wait, 1);
}

static bool take_p_slow(M *mp) {
    Sched *s = mp->rt->sched;
    mp->pp = NULL;
    mp->leaf.pp = NULL;
    sched_lock(s);
    s->nblocked--;
    sched_unlock(s);
    return sched_m_want_p(mp);
}

bool sched_exit_block(M *mp) {
    SchedM *m = sched_m(mp);
    P *pp = m->block_p;
    uint32_t st = pstatus_syscall(mp);
    bool ok = atomic_compare_exchange_strong(&pp->status, &st, P_RUNNING);
    if (!ok)
        ok = take_p_slow(mp);
    atomic_store(&m->in_block, false);
    if (!ok)
        return false;
    gstate_move(mp->gp, G_SYSCALL, G_RUNNING);
    return true;
}

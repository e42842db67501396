/* stw.c: stopping the world, and changing GOMAXPROCS, which needs it stopped.
 *
 * The one that wins Sched.world_owner sets POLL_STOP on all Ps and counts down stop_wait. Idle Ps, Ps of blocking calls and those that were handed to a
 * sleeping M are stopped by changing their status. An M that runs puts its goroutine on the global queue, gives its P up and sleeps with the other idle Ms.
 * So nobody waits for a thread that the system has not got round to running: not who stops the world, and not the goroutine that was stopped, which
 * goes on with whatever M has a core.
 * Who wants to stop the world while another does is stopped first, but stays with its P, since its goroutine is in the midst of an instruction, with
 * its registers saved; it waits until world_epoch moves.
 *
 * An M may enter a blocking call just after the stopper saw its P running: it then wakes the stopper, which also looks again every now and then. */
#include "sched/sched_impl.h"

#include <sched.h>

enum { STOP_RETRY_NS = 50000, STOP_RETRY_MAX_NS = 2000000, STOP_SPINS = 200 };

void stw_stop_locked(Sched *s, P *pp) {
    atomic_store_explicit(&pp->status, P_STOPPED, memory_order_relaxed);
    if (atomic_fetch_sub(&s->stop_wait, 1) == 1)
        futex_wake(&s->stop_wait, 1);
}

/* stop_others_locked stops what needs no help: Ps that are idle, on their way to a sleeping M, or of an M in a blocking call, which finds its P gone when it comes
 * back. */
static void stop_others_locked(Sched *s) {
    for (uint32_t i = 0; i < s->rt->nprocs; i++) {
        P *pp = s->rt->allp[i];
        if (atomic_load(&pp->status) == P_IDLE || sched_unhand_locked(s, pp) || sched_retake_locked(s, pp, P_STOPPED))
            stw_stop_locked(s, pp);
    }
}

static void wait_for_owner(M *mp);

void sched_stop_world(M *mp, const char *why) {
    (void)why;
    Runtime *rt = mp->rt;
    Sched *s = rt->sched;
    for (uint32_t spins = 0;; spins++) {
        uint32_t free_ = 0;
        if (atomic_compare_exchange_strong(&s->world_owner, &free_, 1))
            break;
        if (atomic_load(&s->stopping))
            wait_for_owner(mp);
        else if (spins < STOP_SPINS)
            __builtin_ia32_pause();
        else
            sched_yield();
    }
    sched_lock(s);
    atomic_store(&s->stop_wait, rt->nprocs);
    atomic_store(&s->stopping, true);
    if (mp->pp && mp->pp->id < rt->nprocs)
        stw_stop_locked(s, mp->pp);
    for (uint32_t i = 0; i < rt->nprocs; i++) {
        if (rt->allp[i] != mp->pp)
            sched_preempt(rt->allp[i], POLL_STOP);
    }
    stop_others_locked(s);
    sched_unlock(s);

    int64_t retry_ns = STOP_RETRY_NS;
    for (uint32_t spins = 0;; spins++) {
        uint32_t left = atomic_load(&s->stop_wait);
        if (left == 0)
            break;
        if (spins < STOP_SPINS) {
            __builtin_ia32_pause();
            continue;
        }
        futex_wait(&s->stop_wait, left, clock_mono_ns() + retry_ns);
        if (retry_ns < STOP_RETRY_MAX_NS)
            retry_ns *= 2;
        sched_lock(s);
        stop_others_locked(s);
        for (uint32_t i = 0; i < rt->nprocs; i++) {
            if (atomic_load(&rt->allp[i]->status) == P_RUNNING)
                sched_preempt(rt->allp[i], POLL_STOP);
        }
        sched_unlock(s);
    }
}

bool stw_give_p(M *mp) {
    Sched *s = mp->rt->sched;
    sched_lock(s);
    bool stopping = atomic_load(&s->stopping);
    if (stopping) {
        P *pp = mp->pp;
        sched_release_p(mp);
        stw_stop_locked(s, pp);
    }
    sched_unlock(s);
    return stopping;
}

/* wait_for_owner stops here until the world goes on. The P may be another one afterwards (GOMAXPROCS shrank), and none when the run ends. */
static void wait_for_owner(M *mp) {
    Sched *s = mp->rt->sched;
    P *pp = mp->pp;
    sched_lock(s);
    if (!atomic_load(&s->stopping)) {
        sched_unlock(s);
        return;
    }
    uint32_t epoch = atomic_load(&s->world_epoch);
    if (pp)
        stw_stop_locked(s, pp);
    sched_unlock(s);
    while (atomic_load(&s->world_epoch) == epoch)
        futex_wait(&s->world_epoch, epoch, 0);
    // not by its status: by now it may have been retired, made anew, and be another's
    if (pp && __atomic_load_n(&pp->mp, __ATOMIC_ACQUIRE) != mp) {
        mp->pp = NULL;
        mp->leaf.pp = NULL;
        (void)sched_m_want_p(mp);
    }
}

void sched_start_world(M *mp) {
    Runtime *rt = mp->rt;
    Sched *s = rt->sched;
    P *with_work[SCHED_MAX_PROCS];
    uint32_t nwork = 0;
    sched_lock(s);
    atomic_store(&s->stopping, false);
    s->idle_ps = NULL;
    atomic_store(&s->nidle_ps, 0);
    for (uint32_t i = rt->nprocs; i-- > 0;) {
        P *pp = rt->allp[i];
        sched_clear_poll(pp, POLL_STOP);
        if (pp->mp) {
            atomic_store(&pp->status, P_RUNNING);
        } else if (!runq_empty(pp)) {
            atomic_store(&pp->status, P_RUNNING);
            with_work[nwork++] = pp;
        } else {
            sched_pidle_put_locked(s, pp);
        }
    }
    atomic_fetch_add(&s->world_epoch, 1);
    atomic_store(&s->world_owner, 0);
    sched_unlock(s);
    futex_wake(&s->world_epoch, 1 << 30);
    for (uint32_t i = 0; i < nwork; i++)
        sched_start_m(s, with_work[i], false);
    // work in the global queue, or timers that no poller waits for
    if (atomic_load(&s->nidle_ps) && (s->globq_size || timer_earliest(rt) != 0))
        sched_wakep(s);
}

enum { FREEZE_NS = 50000000, FREEZE_STEP_NS = 100000 };

static bool try_lock(Sched *s, int64_t until_ns) {
    while (pthread_mutex_trylock(&s->lock) != 0) {
        if (clock_mono_ns() > until_ns)
            return false;
        sched_yield();
    }
    return true;
}

void sched_freeze(Runtime *rt) {
    Sched *s = rt->sched;
    M *mp = rt_current_m();
    int64_t until = clock_mono_ns() + FREEZE_NS;
    uint32_t free_ = 0;
    if (!atomic_compare_exchange_strong(&s->world_owner, &free_, 1))
        return;  // stopped by the caller, or by one who now waits for it
    if (!try_lock(s, until))
        return;
    atomic_store(&s->stop_wait, rt->nprocs);
    atomic_store(&s->stopping, true);
    if (mp && mp->pp)
        stw_stop_locked(s, mp->pp);
    for (;;) {
        for (uint32_t i = 0; i < rt->nprocs; i++) {
            if (atomic_load(&rt->allp[i]->status) == P_RUNNING)
                sched_preempt(rt->allp[i], POLL_STOP);
        }
        stop_others_locked(s);
        pthread_mutex_unlock(&s->lock);
        uint32_t left = atomic_load(&s->stop_wait);
        if (left == 0 || clock_mono_ns() > until)
            return;
        futex_wait(&s->stop_wait, left, clock_mono_ns() + FREEZE_STEP_NS);
        if (!try_lock(s, until))
            return;
    }
}

/* retire_p empties P pp: its goroutines go to the global queue, its timers to P 0. World stopped. */
static void retire_p(Sched *s, P *pp) {
    sched_lock(s);
    runq_drain_locked(s, pp);
    sched_unlock(s);
    timer_move_all(pp->timers, s->rt->allp[0]->timers);
    sched_stop_p(s, pp);
    sched_clear_poll(pp, POLL_STOP | POLL_PREEMPT | POLL_TURN | POLL_GC);
    atomic_store(&pp->status, P_DEAD);
    __atomic_store_n(&pp->mp, NULL, __ATOMIC_RELEASE);
}

bool sched_set_procs(M *mp, uint32_t n) {
    Runtime *rt = mp->rt;
    Sched *s = rt->sched;
    if (n < 1)
        n = 1;
    if (n > SCHED_MAX_PROCS)
        n = SCHED_MAX_PROCS;
    if (s->policy->one_p || n == rt->nprocs)
        return true;
    sched_stop_world(mp, "GOMAXPROCS");
    P *mine = mp->pp;
    uint32_t old = rt->nprocs;
    for (uint32_t i = old; i < n; i++) {
        P *pp = rt->allp[i];
        if (!pp && !(pp = sched_p_new(s, i))) {
            n = i;
            break;
        }
        if (!sched_start_p(s, pp)) {
            n = i;
            break;
        }
        atomic_store(&pp->status, P_STOPPED);
    }
    for (uint32_t i = n; i < old; i++)
        retire_p(s, rt->allp[i]);
    __atomic_store_n(&rt->nprocs, n, __ATOMIC_RELEASE);
    rt->one_p = n == 1;
    if (!mine || mine->id >= n) {
        mp->pp = NULL;
        mp->leaf.pp = NULL;
        sched_start_world(mp);
        sched_yield_g(mp);
        return false;
    }
    sched_start_world(mp);
    return true;
}

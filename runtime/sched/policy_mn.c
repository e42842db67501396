/* policy_mn.c: goroutines on many threads, in real time.
 *
 * Order of search: a P that somebody waits for is handed over; due timers; every 61st tick the global queue; runnext and the local queue; the global queue;
 * half of a random P's queue; then the M gives up its P. At most half as many Ms as there are busy Ps search at a time (spinning).
 *
 * Roads not taken. Spinning on after nothing was found, before the thread sleeps: it made channel programs two times slower, since the spinner
 * takes single goroutines off the P that is about to run them. Waking a P only when more than runnext is queued: saves few wake-ups, and leaves
 * a goroutine behind one that computes until sysmon preempts it. */
#include "sched/sched_impl.h"

#include <time.h>

enum { GLOBAL_EVERY = 61, TIMERS_EVERY = 16, STEAL_ROUNDS = 4 };

static int64_t mn_now(Runtime *rt) {
    (void)rt;
    return clock_mono_ns();
}

static int64_t mn_wall(Runtime *rt) {
    (void)rt;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void start_spinning(Sched *s, M *mp) {
    mp->spinning = true;
    atomic_fetch_add(&s->nspinning, 1);
}

// An M that found work while spinning wakes the next: there may be more.
static void stop_spinning(Sched *s, M *mp) {
    if (!mp->spinning)
        return;
    mp->spinning = false;
    if (atomic_fetch_sub(&s->nspinning, 1) == 1)
        sched_wakep(s);
}

/* give_p hands mp's P to an M that came back from a blocking call. True: mp holds none any more. */
static bool give_p(Sched *s, M *mp) {
    bool given = false;
    sched_lock(s);
    if (s->pwait_head && !atomic_load(&s->stopping)) {
        P *pp = mp->pp;
        sched_release_p(mp);
        sched_pidle_put_locked(s, pp);
        given = true;
    }
    sched_unlock(s);
    return given;
}

static G *steal(Sched *s, M *mp) {
    P *pp = mp->pp;
    Runtime *rt = s->rt;
    uint32_t n = sched_nprocs(rt);
    for (uint32_t round = 0; round < STEAL_ROUNDS; round++) {
        bool last = round == STEAL_ROUNDS - 1;
        uint32_t at = (uint32_t)(p_rand(pp) >> 33) % n;
        for (uint32_t i = 0; i < n; i++, at = at + 1 == n ? 0 : at + 1) {
            P *victim = rt->allp[at];
            if (atomic_load_explicit(&pp->poll, memory_order_relaxed) & (POLL_STOP | POLL_EXIT))
                return NULL;
            if (victim == pp)
                continue;
            if (last) {
                int64_t when = atomic_load_explicit(&victim->timers->min_when, memory_order_relaxed);
                if (when && timer_run_due(mp, victim, s->policy->now_ns(rt))) {
                    bool inherit;
                    G *gp = runq_get(pp, false, &inherit);
                    if (gp)
                        return gp;
                }
            }
            G *gp = runq_steal(pp, victim, last);
            if (gp)
                return gp;
        }
    }
    return NULL;
}

/* give_up puts the P on the idle list when there is still nothing to do, looks at all queues once more if mp was spinning, and sleeps. Behind it the search
 * starts again. False: the run ends. */
static bool give_up(Sched *s, M *mp) {
    Runtime *rt = s->rt;
    sched_lock(s);
    P *pp = mp->pp;
    if (s->globq_size || s->npwait || (atomic_load(&pp->poll) & (POLL_STOP | POLL_EXIT))) {
        sched_unlock(s);
        return true;
    }
    sched_release_p(mp);
    sched_pidle_put_locked(s, pp);
    sched_unlock(s);

    if (mp->spinning) {
        mp->spinning = false;
        atomic_fetch_sub(&s->nspinning, 1);
        bool work = atomic_load(&s->globq_size) != 0;
        for (uint32_t i = 0; !work && i < sched_nprocs(rt); i++)
            work = !runq_empty(rt->allp[i]);
        if (work) {
            sched_lock(s);
            pp = sched_pidle_get_locked(s);
            sched_unlock(s);
            if (pp) {
                sched_acquire_p(mp, pp);
                start_spinning(s, mp);
                return true;
            }
        }
    }

    // sleep: as the poller when there is a timer and nobody waits for it yet
    sched_lock(s);
    int64_t when = timer_earliest(rt);
    if (when && !s->poller && !atomic_load(&s->ending)) {
        s->poller = mp;
        atomic_store_explicit(&mp->park_word, 0, memory_order_relaxed);
        atomic_store(&s->poll_until, when);
        int64_t again = timer_earliest(rt);  // one added before it could see poll_until
        sched_unlock(s);
        if (again && again < when)
            when = again;
        sched_m_sleep(mp, when);
        sched_lock(s);
        s->poller = NULL;
        atomic_store(&s->poll_until, 0);
        pp = atomic_load(&s->ending) ? NULL : sched_pidle_get_locked(s);
        sched_unlock(s);
        if (pp) {
            sched_acquire_p(mp, pp);
            start_spinning(s, mp);
        }
        return true;
    }
    if (when && s->poller && when < atomic_load(&s->poll_until))
        sched_m_wake(s->poller);
    sched_unlock(s);
    return sched_m_idle(mp);
}

static G *mn_find(M *mp) {
    Runtime *rt = mp->rt;
    Sched *s = rt->sched;
    bool inherit;
    for (;;) {
        P *pp = mp->pp;
        if (UNLIKELY(!pp)) {
            if (!sched_m_idle(mp))
                return NULL;
            continue;
        }
        uint32_t bits = atomic_load_explicit(&pp->poll, memory_order_acquire);
        bool turn = false;
        if (UNLIKELY(bits & (POLL_EXIT | POLL_STOP | POLL_PREEMPT | POLL_TURN))) {
            if (bits & POLL_EXIT)
                return NULL;
            if (bits & POLL_STOP) {
                stop_spinning(s, mp);
                (void)stw_give_p(mp);
                continue;
            }
            turn = bits & POLL_TURN;
            sched_clear_poll(pp, POLL_PREEMPT | POLL_TURN);
        }
        if (UNLIKELY(atomic_load_explicit(&s->npwait, memory_order_relaxed) != 0) && give_p(s, mp)) {
            stop_spinning(s, mp);
            continue;
        }
        SchedP *p = sched_p(pp);
        if (atomic_load_explicit(&p->heap.min_when, memory_order_relaxed) != 0 &&
            (++p->nscheds % TIMERS_EVERY == 0 || turn))
            timer_run_due(mp, pp, mn_now(rt));
        G *gp = NULL;
        if (UNLIKELY(turn)) {
            G *next = atomic_exchange(&pp->runnext, NULL);
            if (next)
                runq_put(s, pp, next, false);
            p->turn_local = !p->turn_local;
            turn = !p->turn_local;
        }
        if (UNLIKELY(turn || pp->sched_tick % GLOBAL_EVERY == 0) && atomic_load_explicit(&s->globq_size, memory_order_relaxed))
            gp = globq_get(s, pp, 1);
        inherit = false;
        if (!gp)
            gp = runq_get(pp, rt->one_p, &inherit);
        if (!gp) {
            // the slow half
            // A timer that is always due (a ticker of 1 ns whose channel nobody reads) must not keep us from the rest.
            if (atomic_load_explicit(&p->heap.min_when, memory_order_relaxed) != 0 && timer_run_due(mp, pp, mn_now(rt)))
                gp = runq_get(pp, rt->one_p, &inherit);
            if (!gp)
                gp = globq_get(s, pp, 0);
        }
        if (!gp && !rt->one_p) {
            uint32_t busy = sched_nprocs(rt) - atomic_load(&s->nidle_ps);
            if (mp->spinning || 2 * atomic_load(&s->nspinning) < busy) {
                if (!mp->spinning)
                    start_spinning(s, mp);
                gp = steal(s, mp);
            }
        }
        if (!gp) {
            if (!runq_empty(pp))  // a timer of another P's readied one here
                continue;
            if (!give_up(s, mp))
                return NULL;
            continue;
        }
        stop_spinning(s, mp);
        if (!inherit)
            __atomic_store_n(&pp->sched_tick, pp->sched_tick + 1, __ATOMIC_RELAXED);
        return gp;
    }
}

static bool mn_poll_tick(M *mp) {
    // schedstress=n: one safepoint in n preempts
    uint32_t n = mp->rt->opt.schedstress;
    return n && p_rand(mp->pp) % n == 0;
}

const SchedPolicy policy_mn = {
    .name = "mn", .one_p = false, .sysmon = true, .find = mn_find, .poll_tick = mn_poll_tick, .now_ns = mn_now, .wall_ns = mn_wall,
};

/* policy_seeded.c: the deterministic policy: one P and one M, the next goroutine drawn at random from all that are runnable, preemption after a random
 * number of safepoint polls, and a clock that counts polls and switches while goroutines run, and jumps to the next timer when none can. All draws come
 * from the seed, so the same seed, program and input give the same run.
 *
 * POLL_STRESS is always set on the P, so that the VM asks at every back edge and call poll. */
#include "sched/sched_impl.h"

enum { POLLS_MAX = 4096, SWITCH_NS = 100, POLL_NS = 10 };

// What the clock says at the start: any instant will do, if it is always the same.
static const int64_t epoch_ns = (int64_t)1257894000 * 1000000000;

static uint64_t draw(Sched *s, uint64_t n) {
    return (uint64_t)(((unsigned __int128)sched_splitmix(&s->seed_state) * n) >> 64);
}

static int64_t elapsed_ns(const Sched *s) {
    return s->virtual_ns + (int64_t)(s->seed_slice - s->seed_countdown) * POLL_NS;
}

static int64_t seeded_now(Runtime *rt) {
    return rt->sched->start_ns + elapsed_ns(rt->sched);
}

static int64_t seeded_wall(Runtime *rt) {
    return epoch_ns + elapsed_ns(rt->sched);
}

/* take_nth removes the n-th goroutine of the global list. */
static G *take_nth(Sched *s, uint64_t n) {
    G **link = &s->globq_head, *before = NULL;
    while (n-- > 0) {
        before = *link;
        link = &before->sched_link;
    }
    G *gp = *link;
    *link = gp->sched_link;
    if (s->globq_tail == gp)
        s->globq_tail = before;
    gp->sched_link = NULL;
    s->globq_size--;
    return gp;
}

static G *seeded_find(M *mp) {
    Runtime *rt = mp->rt;
    Sched *s = rt->sched;
    P *pp = mp->pp;
    for (;;) {
        if (!pp || (atomic_load(&pp->poll) & POLL_EXIT))
            return NULL;
        sched_set_poll(pp, POLL_STRESS);
        sched_clear_poll(pp, POLL_PREEMPT);
        s->virtual_ns = elapsed_ns(s) + SWITCH_NS;
        s->seed_slice = s->seed_countdown = 0;
        timer_run_due(mp, pp, seeded_now(rt));
        sched_lock(s);
        runq_drain_locked(s, pp);
        uint32_t n = s->globq_size;
        if (n > 0) {
            G *gp = take_nth(s, draw(s, n < 64 ? n : 64));  // far down the list order is as good as chance
            s->seed_slice = s->seed_countdown = (uint32_t)draw(s, POLLS_MAX) + 1;
            sched_unlock(s);
            pp->sched_tick++;
            return gp;
        }
        int64_t when = timer_earliest(rt);
        if (when) {
            sched_unlock(s);
            if (when > seeded_now(rt))
                s->virtual_ns = when - s->start_ns;
            continue;
        }
        // nothing can ever run: the deadlock check wants to see the P idle
        sched_release_p(mp);
        sched_pidle_put_locked(s, pp);
        sched_unlock(s);
        if (!sched_m_idle(mp))
            return NULL;
        pp = mp->pp;
    }
}

static bool seeded_poll_tick(M *mp) {
    Sched *s = mp->rt->sched;
    return s->seed_countdown == 0 || --s->seed_countdown == 0;
}

const SchedPolicy policy_seeded = {
    .name = "seeded", .one_p = true, .sysmon = false, .find = seeded_find, .poll_tick = seeded_poll_tick, .now_ns = seeded_now,
    .wall_ns = seeded_wall,
};

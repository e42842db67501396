/* leaves.c: goroutines, sleeping, timers and semaphores as gol code calls them.
 *
 * A leaf that may park writes its results first: as soon as the goroutine is queued, another M may run it. What has to happen with the registers
 * saved and is no parking (Gosched, GOMAXPROCS) is left to the safepoint behind the call. */
#include "sched/leaves.h"
#include <stdio.h>
#include "sched/sched_impl.h"
#include "sched/sema.h"

#include <stdlib.h>

static LeafStatus leaf_gosched(LeafCtx *cx, Slot *s) {
    (void)s;
    sched_set_poll(cx->pp, POLL_PREEMPT);
    return LEAF_DONE;
}

static LeafStatus leaf_goexit(LeafCtx *cx, Slot *s) {
    (void)cx, (void)s;
    return LEAF_EXIT;
}

static LeafStatus leaf_num_goroutine(LeafCtx *cx, Slot *s) {
    s[0] = sched_num_goroutines(cx->rt);
    return LEAF_DONE;
}

static LeafStatus leaf_num_cpu(LeafCtx *cx, Slot *s) {
    s[0] = sched_num_cpus();
    return LEAF_DONE;
}

// func GOMAXPROCS(n int) int
static LeafStatus leaf_gomaxprocs(LeafCtx *cx, Slot *s) {
    int64_t n = (int64_t)s[0];
    SchedM *m = sched_m(cx->mp);
    uint32_t old = m->want_procs ? m->want_procs : cx->rt->nprocs;
    if (n > 0 && (uint64_t)n != old) {
        m->want_procs = n > SCHED_MAX_PROCS ? SCHED_MAX_PROCS : (uint32_t)n;
        sched_set_poll(cx->pp, POLL_PREEMPT);
    }
    s[0] = old;
    return LEAF_DONE;
}

static LeafStatus leaf_exit(LeafCtx *cx, Slot *s) {
    if (cx->rt->opt.mainend)
        fputs("gol: os.Exit called\n", stderr);
    rt_exit(cx->rt, (int)(s[0] & 0xff));
    return LEAF_DONE;
}

/* --- time --- */

static bool undo_sleep(G *gp) {
    return timer_del(gp->sleep_timer);
}

// func Sleep(d Duration)
static LeafStatus leaf_sleep(LeafCtx *cx, Slot *s) {
    int64_t d = (int64_t)s[0], when;
    if (d <= 0)
        return leaf_gosched(cx, s);
    G *gp = cx->gp;
    if (!gp->sleep_timer) {
        gp->sleep_timer = calloc(1, sizeof *gp->sleep_timer);
        if (!gp->sleep_timer)
            leaf_fatal(cx, "out of memory");
        gp->sleep_timer->gp = gp;
    }
    if (__builtin_add_overflow(cx->rt->sched->policy->now_ns(cx->rt), d, &when))
        when = INT64_MAX;
    Timer *t = gp->sleep_timer;
    sched_park_begin(cx->mp, gp, WAIT_SLEEP, undo_sleep);
    (void)timer_add(cx->mp, t, when, 0);
    return LEAF_PARK;
}

static LeafStatus leaf_nano(LeafCtx *cx, Slot *s) {
    s[0] = (Slot)cx->rt->sched->policy->now_ns(cx->rt);
    return LEAF_DONE;
}

// func runtimeNow() (wallSec int64, wallNsec int32, mono int64)
static LeafStatus leaf_now(LeafCtx *cx, Slot *s) {
    int64_t wall = sched_wall_ns(cx->rt);
    s[0] = (Slot)(wall / 1000000000);
    s[1] = (Slot)(wall % 1000000000);
    s[2] = (Slot)timer_mono_reading(cx->rt);
    return LEAF_DONE;
}

static int64_t deadline(LeafCtx *cx, int64_t d) {
    int64_t now = cx->rt->sched->policy->now_ns(cx->rt), when;
    if (d < 0)
        d = 0;
    return __builtin_add_overflow(now, d, &when) ? INT64_MAX : when;
}

// func startTimer(t *runtimeTimer, d int64)
static LeafStatus leaf_start_timer(LeafCtx *cx, Slot *s) {
    Timer *t = (Timer *)s[0];
    if (!t)
        return leaf_panic_error(cx, "invalid memory address or nil pointer dereference");
    if (t->c)
        chan_timer_mark(t->c);
    (void)timer_add(cx->mp, t, deadline(cx, (int64_t)s[1]), t->period);
    return LEAF_DONE;
}

static bool stop_timer(LeafCtx *cx, Timer *t) {
    bool active = timer_del(t);
    if (t->c && chan_timer_drain(cx->mp, t->c))
        active = true;  // expired, but nobody has seen it, and nobody will
    return active;
}

// func stopTimer(t *runtimeTimer) bool
static LeafStatus leaf_stop_timer(LeafCtx *cx, Slot *s) {
    Timer *t = (Timer *)s[0];
    if (!t)
        return leaf_panic_error(cx, "invalid memory address or nil pointer dereference");
    s[0] = stop_timer(cx, t);
    return LEAF_DONE;
}

// func resetTimer(t *runtimeTimer, d, period int64) bool
static LeafStatus leaf_reset_timer(LeafCtx *cx, Slot *s) {
    Timer *t = (Timer *)s[0];
    int64_t d = (int64_t)s[1], period = (int64_t)s[2];
    if (!t)
        return leaf_panic_error(cx, "invalid memory address or nil pointer dereference");
    bool active = false;
    do  // again when another goroutine was quicker
        active |= stop_timer(cx, t);
    while (!timer_add(cx->mp, t, deadline(cx, d), period));
    s[0] = active;
    return LEAF_DONE;
}

/* --- sync --- */

// func semacquire(sema *uint32, first bool, why int)
static LeafStatus leaf_semacquire(LeafCtx *cx, Slot *s) {
    static const uint8_t reasons[] = {WAIT_SEMACQUIRE, WAIT_MUTEX_LOCK,     WAIT_RWMUTEX_RLOCK,
                                      WAIT_RWMUTEX_LOCK, WAIT_WAITGROUP_WAIT, WAIT_COND_WAIT};
    uint64_t why = s[2] < COUNT_OF(reasons) ? s[2] : 0;
    return sema_acquire(cx->mp, (_Atomic uint32_t *)s[0], s[1] & 1, (WaitReason)reasons[why]) ? LEAF_DONE : LEAF_PARK;
}

// func semrelease(sema *uint32, now bool)
static LeafStatus leaf_semrelease(LeafCtx *cx, Slot *s) {
    sema_release(cx->mp, (_Atomic uint32_t *)s[0], s[1] & 1);
    return LEAF_DONE;
}

const IntrinsicDef sched_intrinsics[] = {
    {"runtime.Gosched", leaf_gosched, 0},
    {"runtime.Goexit", leaf_goexit, 0},
    {"runtime.NumGoroutine", leaf_num_goroutine, 0},
    {"runtime.NumCPU", leaf_num_cpu, 0},
    {"runtime.GOMAXPROCS", leaf_gomaxprocs, 0},
    {"os.runtime_exit", leaf_exit, 0},
    {"time.Sleep", leaf_sleep, INTR_MAY_PARK},
    {"time.runtimeNano", leaf_nano, 0},
    {"time.runtimeNow", leaf_now, 0},
    {"time.startTimer", leaf_start_timer, 0},
    {"time.stopTimer", leaf_stop_timer, 0},
    {"time.resetTimer", leaf_reset_timer, 0},
    {"sync.semacquire", leaf_semacquire, INTR_MAY_PARK},
    {"sync.semrelease", leaf_semrelease, 0},
    {NULL, NULL, 0},
};

const uint32_t sched_nintrinsics = COUNT_OF(sched_intrinsics) - 1;

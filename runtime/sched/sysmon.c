/* sysmon.c: the watching thread. It holds no P. It takes Ps from blocking calls, preempts goroutines that ran too long, wakes Ps for timers that
 * are overdue, ends a run at its time limit, prints schedtrace lines, and takes the quit signal.
 *
 * It sleeps in sigtimedwait: 20 us at first, twice as long each time when there was nothing to do, up to 10 ms; without a limit when every P is
 * idle, until one leaves the idle list (sysmon_kick sends it SIGURG). All threads of the runtime block the two signals. */
#include "sched/sched_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SYSMON_MIN_NS = 20000, SYSMON_MAX_NS = 10000000, SLICE_NS = 10000000, QUIET_ROUNDS = 50 };

static void watched_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGQUIT);
    sigaddset(set, SIGURG);
}

/* look_at_p serves one P; true when it was taken from a call, which more calls are likely to follow. A time slice that is used up does not make sysmon
 * look more often, and means nothing when nobody waits. */
static bool look_at_p(Sched *s, P *pp, int64_t now) {
    SchedP *p = sched_p(pp);
    uint32_t st = atomic_load(&pp->status);
    if (pstatus_is_syscall(st)) {
        uint32_t tick = atomic_load(&p->syscall_tick);
        if (tick != p->sysmon_syscall_tick) {
            p->sysmon_syscall_tick = tick;
            p->sysmon_syscall_when = now;
            return false;
        }
        // nobody misses the P when it has no work, others are idle, and the call is young
        bool missed = !runq_empty(pp) || s->globq_size || atomic_load(&s->npwait) || atomic_load(&p->heap.min_when);
        bool others = atomic_load(&s->nidle_ps) + atomic_load(&s->nspinning) > 0;
        if (!missed && others && now - p->sysmon_syscall_when < SLICE_NS)
            return false;
        sched_lock(s);
        bool taken = !atomic_load(&s->stopping) && !atomic_load(&s->ending) && sched_retake_locked(s, pp, P_RUNNING);
        bool start = false;
        if (taken) {
            start = missed;
            if (!start)
                sched_pidle_put_locked(s, pp);
        }
        sched_unlock(s);
        if (start)
            sched_start_m(s, pp, false);
        return taken;
    }
    if (st != P_RUNNING)
        return false;
    uint32_t tick = __atomic_load_n(&pp->sched_tick, __ATOMIC_RELAXED);
    if (tick != p->sysmon_tick) {
        p->sysmon_tick = tick;
        p->sysmon_when = now;
    } else if (now - p->sysmon_when >= SLICE_NS && (!runq_empty(pp) || s->globq_size || atomic_load(&s->npwait))) {
        sched_preempt(pp, POLL_PREEMPT | POLL_TURN);
    }
    return false;
}

// A timer is overdue when no M came to it: its P is idle and nobody polls, or its goroutine runs on.
static bool look_at_timers(Sched *s, int64_t now) {
    bool did = false;
    for (uint32_t i = 0; i < sched_nprocs(s->rt); i++) {
        P *pp = s->rt->allp[i];
        int64_t when = atomic_load(&pp->timers->min_when);
        if (!when || when > now - SYSMON_MIN_NS)
            continue;
        did = true;
        if (atomic_load(&pp->status) == P_RUNNING && atomic_load(&s->nidle_ps) == 0)
            sched_preempt(pp, POLL_PREEMPT | POLL_TURN);
        else
            sched_wakep(s);
    }
    return did;
}

static void print_g(void *arg, G *gp) {
    const Runtime *rt = arg;
    if (gp->is_system)
        return;
    fputc('\n', stderr);
    vm_print_trace(rt, gp, stderr);
}

/* quit prints every goroutine and ends the process. The world is stopped by an M that exists for this only. */
static _Noreturn void quit(Sched *s) {
    SchedM self = {.m = {.rt = s->rt}};
    sched_stop_world(&self.m, "quit");
    fputs("SIGQUIT: quit\n", stderr);
    sched_each_g(s->rt, print_g, s->rt);
    fflush(stderr);
    _exit(2);
}

/* on_sigquit: the signal is blocked and fetched here, so that a handler which the program has set by now is called by hand. */
static void on_sigquit(Sched *s) {
    struct sigaction sa;
    if (sigaction(SIGQUIT, NULL, &sa) != 0 || sa.sa_handler == SIG_DFL)
        quit(s);
    if (sa.sa_handler != SIG_IGN)
        sa.sa_handler(SIGQUIT);
}

/* sched_print_trace_line prints the state of the scheduler as GODEBUG=schedtrace does. */
void sched_print_trace_line(Sched *s, FILE *out) {
    sched_lock(s);
    fprintf(out, "SCHED %lldms: gomaxprocs=%u idleprocs=%u threads=%u spinningthreads=%u needspinning=0 idlethreads=%u runqueue=%u [ ",
            (long long)((clock_mono_ns() - s->start_ns) / 1000000), sched_nprocs(s->rt), s->nidle_ps, s->nlive + 1,
            atomic_load(&s->nspinning), s->nidle_ms, s->globq_size);
    for (uint32_t i = 0; i < sched_nprocs(s->rt); i++)
        fprintf(out, "%u ", runq_len(s->rt->allp[i]));
    fputs("] schedticks=[ ", out);
    for (uint32_t i = 0; i < sched_nprocs(s->rt); i++)
        fprintf(out, "%u ", __atomic_load_n(&s->rt->allp[i]->sched_tick, __ATOMIC_RELAXED));
    fputs("]\n", out);
    sched_unlock(s);
}

static void time_limit(Sched *s) {
    int64_t ns = s->rt->opt.timeout_ns;
    fprintf(stderr, "gol: time limit of %g s exceeded\n", (double)ns / 1e9);
    int running = -1;
    if (atomic_compare_exchange_strong(&s->rt->exit_status, &running, 124))
        sched_end(s->rt);
}

static void *sysmon_main(void *arg) {
    Sched *s = arg;
    sigset_t set;
    watched_signals(&set);
    int64_t sleep_ns = SYSMON_MIN_NS, trace_ns = (int64_t)s->rt->opt.schedtrace_ms * 1000000;
    int64_t next_trace = trace_ns ? s->start_ns + trace_ns : INT64_MAX;
    uint32_t quiet = 0;
    while (!atomic_load(&s->ending)) {
        int64_t now = clock_mono_ns(), limit = INT64_MAX;
        if (s->deadline_ns)
            limit = s->deadline_ns;
        if (next_trace < limit)
            limit = next_trace;
        bool all_idle = s->policy->sysmon ? atomic_load(&s->nidle_ps) == sched_nprocs(s->rt) : true;
        if (all_idle && s->policy->sysmon) {
            atomic_store(&s->sysmon_deep, true);
            all_idle = atomic_load(&s->nidle_ps) == sched_nprocs(s->rt);
        }
        int64_t ns = limit - now;
        if (!all_idle && sleep_ns < ns)
            ns = sleep_ns;
        if (ns < 0)
            ns = 0;
        struct timespec ts = {ns / 1000000000, ns % 1000000000};
        siginfo_t info;
        int sig = atomic_load(&s->ending) ? 0 : sigtimedwait(&set, &info, ns > (int64_t)3600 * 1000000000 ? NULL : &ts);
        atomic_store(&s->sysmon_deep, false);
        if (sig == SIGQUIT)
            on_sigquit(s);
        if (atomic_load(&s->ending))
            break;
        now = clock_mono_ns();
        if (s->deadline_ns && now >= s->deadline_ns) {
            time_limit(s);
            break;
        }
        if (now >= next_trace) {
            sched_print_trace_line(s, stderr);
            next_trace += trace_ns;
        }
        if (!s->policy->sysmon)
            continue;
        bool did = false;
        for (uint32_t i = 0; i < sched_nprocs(s->rt); i++)
            did |= look_at_p(s, s->rt->allp[i], now);
        did |= look_at_timers(s, now);
        quiet = did ? 0 : quiet + 1;
        if (did)
            sleep_ns = SYSMON_MIN_NS;
        else if (quiet > QUIET_ROUNDS && sleep_ns < SYSMON_MAX_NS)
            sleep_ns = sleep_ns * 2 < SYSMON_MAX_NS ? sleep_ns * 2 : SYSMON_MAX_NS;
    }
    return NULL;
}

bool sysmon_start(Sched *s) {
    sigset_t set;
    watched_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, &s->old_mask);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 * 1024);
    int err = pthread_create(&s->sysmon, &attr, sysmon_main, s);
    pthread_attr_destroy(&attr);
    s->sysmon_started = err == 0;
    return err == 0;
}

void sysmon_kick(Sched *s) {
    if (s->sysmon_started)
        pthread_kill(s->sysmon, SIGURG);
}

void sysmon_stop(Sched *s) {
    if (!s->sysmon_started)
        return;
    pthread_kill(s->sysmon, SIGURG);
    pthread_join(s->sysmon, NULL);
    s->sysmon_started = false;
    // a kick that came too late must not wait for the caller
    sigset_t set;
    watched_signals(&set);
    struct timespec none = {0, 0};
    sigdelset(&set, SIGQUIT);
    while (sigtimedwait(&set, NULL, &none) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &s->old_mask, NULL);
}

/* sched_impl.h: what the files of the scheduler share.
 *
 * Who owns what
 *   A P belongs to the M in pp->mp while P_RUNNING. Its queue's tail, free list and counters are that M's alone.
 *   P_IDLE Ps are on Sched.idle_ps. P_SYSCALL: its M is in a blocking call and gets it back by compare-and-swap unless another was quicker.
 *   P_STARTING: handed to the M in SchedP.taker, which was woken but has not come yet; under Sched.lock.
 *   P_STOPPED: the world is stopped. P_DEAD: beyond GOMAXPROCS.
 *
 * Locks have ranks (lockrank.def). None is held across a park. */
#pragma once
#include "chan/chan.h"
#include "sched/policy.h"
#include "sched/sched.h"
#include "sched/timer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

typedef struct Sched Sched;

/* POLL_TURN, beside the bits of rt.h and always set with POLL_PREEMPT: the time slice is used up, others have their turn before runnext, and timers are
 * looked at. */
enum { POLL_TURN = 32 };

typedef enum PStatus { P_IDLE, P_STARTING, P_RUNNING, P_SYSCALL, P_STOPPED, P_DEAD } PStatus;
// P_SYSCALL comes with the number of the M whose call it is, above the low byte.
static inline bool pstatus_is_syscall(uint32_t st) {
    return (st & 0xff) == P_SYSCALL;
}
static inline uint32_t pstatus_syscall(const M *mp) {
    return P_SYSCALL | mp->id << 8;
}

typedef enum LockRank {
#define RANK(name, what) RANK_##name,
#include "lockrank.def"
#undef RANK
} LockRank;

/* Checked builds keep the locks that a thread holds and throw on a wrong order. */
#ifdef GOL_CHECKS
void lockrank_push(LockRank rank, const void *lock);
void lockrank_pop(const void *lock);
#else
static inline void lockrank_push(LockRank rank, const void *lock) {
    (void)rank, (void)lock;
}
static inline void lockrank_pop(const void *lock) {
    (void)lock;
}
#endif

/* SpinLock: for a few instructions; see spin_lock_slow for why it waits as it does. */
typedef struct SpinLock {
    _Atomic uint32_t word;
} SpinLock;

void spin_lock_slow(SpinLock *l);
static inline void spin_lock(SpinLock *l, LockRank rank) {
    lockrank_push(rank, l);
    if (UNLIKELY(atomic_exchange_explicit(&l->word, 1, memory_order_acquire) != 0))
        spin_lock_slow(l);
}
static inline void spin_unlock(SpinLock *l) {
    lockrank_pop(l);
    atomic_store_explicit(&l->word, 0, memory_order_release);
}

typedef struct TimerEntry {
    int64_t when;
    Timer *t;
} TimerEntry;

struct TimerHeap {
    SpinLock lock;
    _Atomic int64_t min_when;  // of v[0], 0 when empty; read without the lock
    uint32_t n, cap;           // under lock, as v
    TimerEntry *v;             // 4-ary heap by when
};

/* The rest of a P that only the scheduler sees. */
typedef struct SchedP {
    P p;
    TimerHeap heap;
    SudogCache sudogs;
    struct SchedM *taker;          // while P_STARTING
    uint64_t goid_next, goid_end;  // ids reserved for this P; its M's alone
    _Atomic int64_t nlive;         // goroutines started less those ended here; its M's alone to write; the sum over all Ps counts
    uint32_t nscheds;              // schedule calls, for the timers' turn
    uint32_t sysmon_tick, sysmon_syscall_tick;  // sysmon's alone
    int64_t sysmon_when, sysmon_syscall_when;
    _Atomic uint32_t syscall_tick;
    bool turn_local;               // whose turn it is at the end of a time slice, the local or the global queue's
    bool hooked;                   // p_new was called
} SchedP;

typedef struct SchedM {
    M m;
    P *next_p;              // handed over by whoever wakes it; under Sched.lock
    P *block_p;             // the P it had when it entered a blocking call
    _Atomic bool in_block;  // between enter_block and exit_block
    _Atomic bool exited;
    uint32_t want_procs;    // runtime.GOMAXPROCS(n), done at the next safepoint
    struct SchedM *wait_link;
    bool wants_p;           // is queued in Sched.pwait, or was taken off it and has not come yet; under Sched.lock
    bool joinable;
} SchedM;

struct Sched {
    Runtime *rt;
    const SchedPolicy *policy;
    SchedHooks hooks;
    _Atomic bool ending;

    pthread_mutex_t lock;
    /* under lock */
    G *globq_head, *globq_tail;
    P *idle_ps;
    M *idle_ms;
    M *all_ms;
    uint32_t nms, nms_max, nlive, nidle_ms;
    SchedM *pwait_head, *pwait_tail;  // Ms back from a blocking call that wait for a P
    uint32_t nblocked;                // Ms in a blocking call that lost their P
    M *poller;                        // the idle M that sleeps until the earliest timer
    bool main_exited;                 // by Goexit

    /* written under lock, read without */
    _Atomic uint32_t globq_size, nidle_ps, npwait, nspinning;
    _Atomic int64_t poll_until;       // of the poller; 0 when there is none

    /* stopping the world (stw.c) */
    _Atomic uint32_t world_owner;     // 1: somebody stops or has stopped the world
    _Atomic bool stopping;
    _Atomic uint32_t stop_wait;       // Ps that still run
    _Atomic uint32_t world_epoch;     // futex: counts restarts

    /* goroutines */
    pthread_mutex_t g_lock;
    G **allgs;                        // under g_lock; entries stay until the end
    uint32_t nallgs, allgs_cap;
    struct GSlab *slabs;
    G *gfree;
    uint32_t ngfree;
    _Atomic uint64_t next_id;

    SudogPool *sudogs;

    /* sysmon.c */
    pthread_t sysmon;
    bool sysmon_started;
    _Atomic bool sysmon_deep;         // sleeps without a timeout
    sigset_t old_mask;
    int64_t start_ns, deadline_ns;
    bool abandoned;

    /* policy_seeded.c */
    int64_t virtual_ns;
    uint64_t seed_state;
    uint32_t seed_slice, seed_countdown;  // polls that the running goroutine was given, and that are left until it is preempted
};

static inline void sched_lock(Sched *s) {
    lockrank_push(RANK_SCHED, &s->lock);
    pthread_mutex_lock(&s->lock);
}
static inline void sched_unlock(Sched *s) {
    lockrank_pop(&s->lock);
    pthread_mutex_unlock(&s->lock);
}
static inline void sched_gs_lock(Sched *s) {
    lockrank_push(RANK_GS, &s->g_lock);
    pthread_mutex_lock(&s->g_lock);
}
static inline void sched_gs_unlock(Sched *s) {
    lockrank_pop(&s->g_lock);
    pthread_mutex_unlock(&s->g_lock);
}

enum { RUNQ_YIELD = RUNQ_SIZE >= 16 ? RUNQ_SIZE / 4 * 3 : RUNQ_SIZE, GOID_BATCH = 16, GFREE_MAX = 64 };

static inline SchedP *sched_p(P *pp) {
    return (SchedP *)pp;
}
// GOMAXPROCS, as those see it that the stopped world does not stop: sysmon, and Ms without a P.
static inline uint32_t sched_nprocs(const Runtime *rt) {
    return __atomic_load_n(&rt->nprocs, __ATOMIC_ACQUIRE);
}
static inline SchedM *sched_m(M *mp) {
    return (SchedM *)mp;
}

/* gstate_move changes gp's status. Only who owns the goroutine at that moment may move it, so no compare is needed; checked builds
 * compare all the same and look the move up in gstate.def. */
#ifdef GOL_CHECKS
void gstate_move(G *gp, GStatus from, GStatus to);
#else
static inline void gstate_move(G *gp, GStatus from, GStatus to) {
    (void)from;
    atomic_store_explicit(&gp->status, (uint8_t)to, memory_order_release);
}
#endif
const char *gstate_name(GStatus st);

/* --- runq.c: see the file's head --- */
void runq_put(Sched *s, P *pp, G *gp, bool next);   // owner only; overflow goes to the global queue
G *runq_get(P *pp, bool one_p, bool *inherit);      // owner only
bool runq_empty(const P *pp);
uint32_t runq_len(const P *pp);
G *runq_steal(P *pp, P *victim, bool steal_next);   // half of victim's queue moves to pp's, one of it is returned
void globq_put(Sched *s, G *gp);                    // takes the lock
void globq_put_list_locked(Sched *s, G *head, G *tail, uint32_t n);
G *globq_get(Sched *s, P *pp, uint32_t max);        // takes the lock; moves a fair share to pp's queue, returns one of it
G *globq_get_locked(Sched *s, P *pp, uint32_t max);
void runq_drain_locked(Sched *s, P *pp);            // all of pp's queue to the global one; lock held

/* --- proc.c --- */
void sched_wakep(Sched *s);                       // starts an M that looks for work, if a P is idle and nobody looks yet
void sched_start_m(Sched *s, P *pp, bool spinning);  // runs pp (taken off the idle list, P_RUNNING) on an idle or a new M
P *sched_pidle_get_locked(Sched *s);              // NULL when there is none or the world is stopping
void sched_pidle_put_locked(Sched *s, P *pp);     // or gives it to an M that waits for one
void sched_acquire_p(M *mp, P *pp);
void sched_release_p(M *mp);                      // mp->pp becomes NULL; status is the caller's to set
void sched_m_sleep(M *mp, int64_t until_ns);      // until its park_word is set, or until_ns (0: no limit)
void sched_m_wake(M *mp);
bool sched_m_wait_p(M *mp);                       // sleeps until it was handed a P; false: the run ends
bool sched_m_want_p(M *mp);                       // gets the next free P; false: the run ends
bool sched_unhand_locked(Sched *s, P *pp);        // takes a P_STARTING P back
void sched_check_deadlock_locked(Sched *s);       // may end the process (unlocks before)
void sched_set_poll(P *pp, uint32_t bits);
void sched_clear_poll(P *pp, uint32_t bits);
void sched_preempt(P *pp, uint32_t bits);         // sets bits and poisons the stack limit of the goroutine that runs there
bool sched_m_idle(M *mp);                         // no P: parks mp until it is handed one; false: the run ends
bool sched_retake_locked(Sched *s, P *pp, PStatus to);  // takes a P from a blocking call; it belongs to no M then
bool sched_start_p(Sched *s, P *pp);              // calls the p_new hook
void sched_stop_p(Sched *s, P *pp);
P *sched_p_new(Sched *s, uint32_t id);            // P_DEAD; in rt->allp from then on
uint64_t sched_splitmix(uint64_t *state);
uint32_t sched_num_cpus(void);                    // this process may use

/* --- stw.c --- */
void stw_stop_locked(Sched *s, P *pp);            // pp, which no M runs, counts as stopped
bool stw_give_p(M *mp);                           // mp gives its P up to whoever stops the world; false: nobody does

/* --- timer.c --- */
bool timer_add(M *mp, Timer *t, int64_t when, int64_t period);  // false when it was active
bool timer_del(Timer *t);                         // true when it was active
bool timer_run_due(M *mp, P *of, int64_t now);    // fires what is due in of's heap; true when something was
int64_t timer_earliest(Runtime *rt);              // over all Ps, 0: none
void timer_move_all(TimerHeap *from, TimerHeap *to);
int64_t timer_mono_reading(Runtime *rt);          // what a Time holds as its monotonic clock: ns since the start, never 0

/* --- sysmon.c --- */
bool sysmon_start(Sched *s) MUST_USE;
void sysmon_stop(Sched *s);
void sysmon_kick(Sched *s);                       // ends a deep sleep
void sched_print_trace_line(Sched *s, FILE *out);

/* --- sema.c --- */
struct Sema *sema_new(void);
void sema_free(struct Sema *sm);

/* --- futexes (proc.c) --- */
void futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t until_ns);  // until: CLOCK_MONOTONIC, 0 none
void futex_wake(_Atomic uint32_t *word, int n);
int64_t clock_mono_ns(void);

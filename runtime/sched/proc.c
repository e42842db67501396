/* proc.c: goroutines, threads and processors: making and ending them, parking and readying, and the life of a scheduler.
 *
 * An M runs gol code only while it holds a P. Ms without a P sleep on their park_word, on Sched.idle_ms or, back from a blocking call, in the
 * queue Sched.pwait; each is woken by whoever hands it a P (SchedM.next_p). The P is P_STARTING until that M takes it, which may last a while when
 * the machine is busy: who stops the world takes such a P back, and the M sleeps on where it slept.
 * At most one idle M, the poller, sleeps until the earliest timer instead; it is not on the idle list.
 *
 * No lost wake-up. Who makes work visible and then sees an idle P and no spinning M starts one. Who stops spinning looks at all queues
 * once more after it left the count of spinners. One of the two sees the other, because both have a full fence between the two steps.
 *
 * A goroutine that parks is off its M as soon as it is queued and the queue's lock is released; another M may run it at once. So
 * sched_schedule never looks at the old mp->gp. */
#include "sched/sched_impl.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { STACK_START_BYTES = 512, SLAB_GS = 64, M_STACK_BYTES = 512 * 1024, M_MAX = 10000 };

typedef struct GSlab {
    struct GSlab *next;
    G gs[SLAB_GS];
} GSlab;

static _Thread_local M *tls_mp;

M *rt_current_m(void) {
    return tls_mp;
}

int64_t sched_now_ns(void) {
    M *mp = tls_mp;
    return mp && mp->rt->sched ? mp->rt->sched->policy->now_ns(mp->rt) : clock_mono_ns();
}

int64_t sched_wall_ns(Runtime *rt) {
    return rt->sched->policy->wall_ns(rt);
}

/* --- poll words --- */

void sched_set_poll(P *pp, uint32_t bits) {
    if ((atomic_load_explicit(&pp->poll, memory_order_relaxed) & bits) != bits)
        atomic_fetch_or(&pp->poll, bits);
}

void sched_clear_poll(P *pp, uint32_t bits) {
    if (atomic_load_explicit(&pp->poll, memory_order_relaxed) & bits)
        atomic_fetch_and(&pp->poll, ~bits);
}

/* The M and its goroutine are read without a lock and may be others by the time the limit is poisoned. That only sends a goroutine to
 * sched_safepoint for nothing: Ms and Gs are never freed while the runtime lives. */
void sched_preempt(P *pp, uint32_t bits) {
    sched_set_poll(pp, bits);
    M *mp = __atomic_load_n(&pp->mp, __ATOMIC_ACQUIRE);
    G *gp = mp ? __atomic_load_n(&mp->gp, __ATOMIC_ACQUIRE) : NULL;
    if (gp)
        atomic_store_explicit(&gp->stack_limit, NULL, memory_order_relaxed);
}

/* --- Ms and Ps --- */

void sched_acquire_p(M *mp, P *pp) {
    ASSERT(!mp->pp);
    ASSERT(!pp->mp);
    mp->pp = pp;
    mp->leaf.pp = pp;
    __atomic_store_n(&pp->mp, mp, __ATOMIC_RELEASE);
    atomic_store_explicit(&pp->status, P_RUNNING, memory_order_release);
}

void sched_release_p(M *mp) {
    P *pp = mp->pp;
    __atomic_store_n(&pp->mp, NULL, __ATOMIC_RELEASE);
    mp->pp = NULL;
    mp->leaf.pp = NULL;
}

P *sched_pidle_get_locked(Sched *s) {
    P *pp = s->idle_ps;
    if (!pp || atomic_load_explicit(&s->stopping, memory_order_relaxed))
        return NULL;
    s->idle_ps = pp->idle_link;
    pp->idle_link = NULL;
    atomic_store(&s->nidle_ps, s->nidle_ps - 1);
    atomic_store_explicit(&pp->status, P_RUNNING, memory_order_relaxed);
    if (atomic_load_explicit(&s->sysmon_deep, memory_order_relaxed))
        sysmon_kick(s);
    return pp;
}

/* hand_p_locked gives pp to m, which is on no list any more. The caller wakes it. */
static void hand_p_locked(SchedM *m, P *pp) {
    ASSERT(!m->next_p && !pp->mp);
    m->next_p = pp;
    sched_p(pp)->taker = m;
    atomic_store_explicit(&pp->status, P_STARTING, memory_order_relaxed);
}

// At the end of a run all Ms were woken for good.
static void reset_park_locked(Sched *s, M *mp) {
    atomic_store_explicit(&mp->park_word, atomic_load(&s->ending), memory_order_relaxed);
}

static void idle_m_put_locked(Sched *s, M *mp) {
    reset_park_locked(s, mp);
    mp->idle_link = s->idle_ms;
    s->idle_ms = mp;
    s->nidle_ms++;
}

static SchedM *pwait_get_locked(Sched *s) {
    SchedM *w = s->pwait_head;
    if (!w)
        return NULL;
    s->pwait_head = w->wait_link;
    if (!s->pwait_head)
        s->pwait_tail = NULL;
    atomic_store_explicit(&s->npwait, s->npwait - 1, memory_order_relaxed);
    return w;
}

/* sched_unhand_locked takes back a P whose M has not come for it. The caller sets its status. False: it isn't so. */
bool sched_unhand_locked(Sched *s, P *pp) {
    if (atomic_load_explicit(&pp->status, memory_order_relaxed) != P_STARTING)
        return false;
    SchedM *m = sched_p(pp)->taker;
    ASSERT(m->next_p == pp);
    m->next_p = NULL;
    if (m->m.spinning) {
        m->m.spinning = false;
        atomic_fetch_sub(&s->nspinning, 1);
    }
    if (!m->wants_p) {
        idle_m_put_locked(s, &m->m);
        return true;
    }
    reset_park_locked(s, &m->m);
    m->wait_link = s->pwait_head;
    s->pwait_head = m;
    if (!s->pwait_tail)
        s->pwait_tail = m;
    atomic_store_explicit(&s->npwait, s->npwait + 1, memory_order_relaxed);
    return true;
}

void sched_pidle_put_locked(Sched *s, P *pp) {
    ASSERT(!pp->mp);
    SchedM *w = atomic_load_explicit(&s->stopping, memory_order_relaxed) ? NULL : pwait_get_locked(s);
    if (w) {
        hand_p_locked(w, pp);
        sched_m_wake(&w->m);
        return;
    }
    atomic_store_explicit(&pp->status, P_IDLE, memory_order_relaxed);
    pp->idle_link = s->idle_ps;
    s->idle_ps = pp;
    atomic_store(&s->nidle_ps, s->nidle_ps + 1);
}

bool sched_retake_locked(Sched *s, P *pp, PStatus to) {
    uint32_t st = atomic_load(&pp->status);
    if (!pstatus_is_syscall(st) || !atomic_compare_exchange_strong(&pp->status, &st, to))
        return false;
    __atomic_store_n(&pp->mp, NULL, __ATOMIC_RELEASE);
    s->nblocked++;
    return true;
}

void sched_m_sleep(M *mp, int64_t until_ns) {
    while (atomic_load_explicit(&mp->park_word, memory_order_acquire) == 0) {
        futex_wait(&mp->park_word, 0, until_ns);
        if (until_ns && clock_mono_ns() >= until_ns)
            break;
    }
}

void sched_m_wake(M *mp) {
    atomic_store_explicit(&mp->park_word, 1, memory_order_release);
    futex_wake(&mp->park_word, 1);
}

/* sched_m_wait_p sleeps until mp, which is on a list of those that wait for a P, is handed one. False: the run ends. */
bool sched_m_wait_p(M *mp) {
    Sched *s = mp->rt->sched;
    for (;;) {
        sched_m_sleep(mp, 0);
        sched_lock(s);
        if (atomic_load(&s->ending)) {
            sched_unlock(s);
            return false;
        }
        P *pp = sched_m(mp)->next_p;
        if (pp) {
            sched_m(mp)->next_p = NULL;
            sched_m(mp)->wants_p = false;
            sched_acquire_p(mp, pp);
            sched_unlock(s);
            return true;
        }
        atomic_store_explicit(&mp->park_word, 0, memory_order_relaxed);
        sched_unlock(s);
    }
}

/* sched_m_idle puts mp, which holds no P, to sleep until it is handed one. False: the run ends. */
bool sched_m_idle(M *mp) {
    Sched *s = mp->rt->sched;
    sched_lock(s);
    if (atomic_load(&s->ending)) {
        sched_unlock(s);
        return false;
    }
    idle_m_put_locked(s, mp);
    sched_check_deadlock_locked(s);
    sched_unlock(s);
    return sched_m_wait_p(mp);
}

/* sched_m_want_p gets mp, which holds no P and has something to run, the next one that is free. False: the run ends. */
bool sched_m_want_p(M *mp) {
    SchedM *m = sched_m(mp);
    Sched *s = mp->rt->sched;
    sched_lock(s);
    if (atomic_load(&s->ending)) {
        sched_unlock(s);
        return false;
    }
    P *pp = sched_pidle_get_locked(s);
    if (pp) {
        sched_unlock(s);
        sched_acquire_p(mp, pp);
        return true;
    }
    atomic_store_explicit(&mp->park_word, 0, memory_order_relaxed);
    m->wants_p = true;
    m->wait_link = NULL;
    if (s->pwait_tail)
        s->pwait_tail->wait_link = m;
    else
        s->pwait_head = m;
    s->pwait_tail = m;
    atomic_store(&s->npwait, s->npwait + 1);
    sched_unlock(s);
    return sched_m_wait_p(mp);
}

/* leave_p: an M that runs nothing more must not keep others from stopping the world. */
static void leave_p(M *mp) {
    Sched *s = mp->rt->sched;
    sched_lock(s);
    P *pp = mp->pp;
    if (pp) {
        sched_release_p(mp);
        if (atomic_load(&s->stopping))
            stw_stop_locked(s, pp);
        else
            atomic_store(&pp->status, P_IDLE);
    }
    sched_unlock(s);
}

static void *m_main(void *arg) {
    M *mp = arg;
    Sched *s = mp->rt->sched;
    tls_mp = mp;
    mp->thread = pthread_self();
    if (sched_m_wait_p(mp))
        vm_loop(mp);
    leave_p(mp);
    tls_mp = NULL;
    atomic_store(&sched_m(mp)->exited, true);
    sched_lock(s);
    s->nlive--;
    sched_unlock(s);
    return NULL;
}

static SchedM *m_new(Sched *s, bool joinable) {
    SchedM *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->m.rt = s->rt;
    m->joinable = joinable;
    m->m.leaf = (LeafCtx){.rt = s->rt, .mp = &m->m, .image = s->rt->image};
    sched_lock(s);
    m->m.id = s->nms++;
    m->m.all_link = s->all_ms;
    s->all_ms = &m->m;
    s->nlive++;
    sched_unlock(s);
    return m;
}

static _Noreturn void m_create_failed(Sched *s, int err) {
    fprintf(stderr, "runtime: failed to create a thread (%u exist): %s\n", s->nms, strerror(err));
    rt_fatal(s->rt, "newosproc", false);
}

void sched_start_m(Sched *s, P *pp, bool spinning) {
    sched_lock(s);
    if (atomic_load(&s->stopping)) {  // while pp was on its way here
        if (spinning)
            atomic_fetch_sub(&s->nspinning, 1);
        stw_stop_locked(s, pp);
        sched_unlock(s);
        return;
    }
    M *mp = s->idle_ms;
    if (mp) {
        s->idle_ms = mp->idle_link;
        s->nidle_ms--;
        mp->spinning = spinning;
        hand_p_locked(sched_m(mp), pp);
        sched_unlock(s);
        sched_m_wake(mp);
        return;
    }
    bool too_many = s->nms >= M_MAX;
    sched_unlock(s);
    if (too_many)
        rt_fatal(s->rt, "thread exhaustion", false);
    SchedM *m = m_new(s, true);
    if (!m)
        m_create_failed(s, ENOMEM);
    sched_lock(s);
    if (atomic_load(&s->stopping)) {
        if (spinning)
            atomic_fetch_sub(&s->nspinning, 1);
        idle_m_put_locked(s, &m->m);
        stw_stop_locked(s, pp);
    } else {
        m->m.spinning = spinning;
        hand_p_locked(m, pp);
        atomic_store_explicit(&m->m.park_word, 1, memory_order_relaxed);
    }
    sched_unlock(s);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, M_STACK_BYTES);
    pthread_t thread;
    int err = pthread_create(&thread, &attr, m_main, m);
    pthread_attr_destroy(&attr);
    if (err)
        m_create_failed(s, err);
}

void sched_wakep(Sched *s) {
    if (atomic_load(&s->nidle_ps) == 0 || atomic_load(&s->nspinning) != 0)
        return;
    uint32_t zero = 0;
    if (!atomic_compare_exchange_strong(&s->nspinning, &zero, 1))
        return;
    sched_lock(s);
    P *pp = atomic_load(&s->ending) ? NULL : sched_pidle_get_locked(s);
    sched_unlock(s);
    if (pp)
        sched_start_m(s, pp, true);
    else
        atomic_fetch_sub(&s->nspinning, 1);
}

/* --- deadlock --- */

/* sched_check_deadlock_locked ends the program when nothing can ever run again. Called, under the lock, by an M that is about to sleep. Work in a local
 * queue needs no look: only Ps with empty queues are idle, and who made new work holds a P. */
void sched_check_deadlock_locked(Sched *s) {
    if (s->nidle_ps != sched_nprocs(s->rt) || s->globq_size || s->nblocked || s->npwait || s->poller ||
        atomic_load(&s->ending) || atomic_load(&s->world_owner) || timer_earliest(s->rt) != 0)
        return;
    uint64_t live = 0;
    sched_gs_lock(s);
    for (uint32_t i = 0; i < s->nallgs; i++) {
        G *gp = s->allgs[i];
        uint8_t st = atomic_load_explicit(&gp->status, memory_order_acquire);
        if (st == G_RUNNABLE || st == G_RUNNING || st == G_SYSCALL) {  // an M is on its way to or from it
            sched_gs_unlock(s);
            return;
        }
        live += st == G_WAITING && !gp->is_system;
    }
    sched_gs_unlock(s);
    if (!s->rt->allp)  // not running yet
        return;
    sched_unlock(s);
    rt_fatal(s->rt, live ? "all goroutines are asleep - deadlock!"
                         : "no goroutines (main called runtime.Goexit) - deadlock!", true);
}

/* --- goroutines --- */

static bool allgs_grow_locked(Sched *s) {
    if (s->nallgs + SLAB_GS <= s->allgs_cap)
        return true;
    uint32_t cap = s->allgs_cap ? s->allgs_cap * 2 : 4 * SLAB_GS;
    G **v = realloc(s->allgs, cap * sizeof *v);
    if (!v)
        return false;
    s->allgs = v;
    s->allgs_cap = cap;
    return true;
}

/* g_refill puts new or returned goroutines on pp's free list. */
static bool g_refill(Sched *s, P *pp) {
    bool ok = true;
    sched_gs_lock(s);
    if (!s->gfree) {
        GSlab *slab = NULL;
        if (heap_note_slab(s->rt, sizeof *slab) && allgs_grow_locked(s))
            slab = calloc(1, sizeof *slab);
        if (slab) {
            slab->next = s->slabs;
            s->slabs = slab;
            for (int i = SLAB_GS - 1; i >= 0; i--) {
                G *gp = &slab->gs[i];
                gp->sched_link = s->gfree;
                s->gfree = gp;
            }
            for (int i = 0; i < SLAB_GS; i++) {
                slab->gs[i].all_index = s->nallgs;
                s->allgs[s->nallgs++] = &slab->gs[i];
            }
            s->ngfree += SLAB_GS;
        }
        ok = slab != NULL;
    }
    for (int i = 0; i < GFREE_MAX / 2 && s->gfree; i++) {
        G *gp = s->gfree;
        s->gfree = gp->sched_link;
        s->ngfree--;
        gp->sched_link = pp->gfree;
        pp->gfree = gp;
        pp->ngfree++;
    }
    sched_gs_unlock(s);
    return ok;
}

static void g_flush(Sched *s, P *pp, uint32_t keep) {
    sched_gs_lock(s);
    while (pp->ngfree > keep) {
        G *gp = pp->gfree;
        pp->gfree = gp->sched_link;
        pp->ngfree--;
        gp->sched_link = s->gfree;
        s->gfree = gp;
        s->ngfree++;
    }
    sched_gs_unlock(s);
}

static bool stack_is_start(const G *gp) {
    return gp->stack_hi - gp->stack_lo == STACK_START_BYTES;
}

uint64_t sched_num_goroutines(Runtime *rt) {
    int64_t n = 0;
    for (uint32_t i = 0; i < SCHED_MAX_PROCS && rt->allp[i]; i++)
        n += atomic_load_explicit(&sched_p(rt->allp[i])->nlive, memory_order_relaxed);
    return n > 0 ? (uint64_t)n : 0;
}

static void count_live(P *pp, int64_t by) {
    _Atomic int64_t *n = &sched_p(pp)->nlive;
    atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + by, memory_order_relaxed);
}

static void g_check_limit(Sched *s) {
    uint64_t limit = s->rt->opt.maxgoroutines;
    if (sched_num_goroutines(s->rt) < limit)
        return;
    char text[96];
    snprintf(text, sizeof text, "too many goroutines (-maxgoroutines %llu)", (unsigned long long)limit);
    rt_fatal(s->rt, text, false);
}

static uint64_t next_goid(Sched *s, SchedP *p) {
    if (p->goid_next == p->goid_end) {
        p->goid_next = atomic_fetch_add(&s->next_id, GOID_BATCH);
        p->goid_end = p->goid_next + GOID_BATCH;
    }
    return p->goid_next++;
}

static G *g_make(M *mp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes, bool is_system) {
    Runtime *rt = mp->rt;
    Sched *s = rt->sched;
    P *pp = mp->pp;
    if (!pp->gfree && !g_refill(s, pp))
        rt_fatal(rt, "out of memory", false);
    G *gp = pp->gfree;
    pp->gfree = gp->sched_link;
    pp->ngfree--;
    gp->sched_link = NULL;
    size_t need = FRAME_HEADER_BYTES + (size_t)fn->frame_bytes + 64;
    if (gp->stack_lo && (size_t)(gp->stack_hi - gp->stack_lo) < need)
        stack_free(mp, gp);
    if (!gp->stack_lo) {
        size_t bytes = STACK_START_BYTES;
        while (bytes < need)
            bytes *= 2;
        if (!stack_alloc(mp, gp, bytes))
            rt_fatal(rt, "out of memory", false);
    }
    gp->id = next_goid(s, sched_p(pp));
    gp->is_system = is_system;
    gp->start_fn = fn;
    G *parent = mp->gp;
    gp->parent_id = parent ? parent->id : 0;
    gp->creator_pc = parent ? parent->pc : NULL;
    gp->wait_reason = WAIT_NONE;
    gp->fp = (Slot *)(gp->stack_lo + FRAME_HEADER_BYTES);
    gp->pc = gp->map_pc = fn->code;
    gp->map_kind = MAP_ENTRY;
    stack_reset_limit(rt, gp);
    vm_prepare_entry(gp, fn, closure_ctx, args, arg_bytes);
    if (!is_system)
        count_live(pp, 1);
    gstate_move(gp, (GStatus)gp->status, G_RUNNABLE);
    return gp;
}

bool sched_go(M *mp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes) {
    Sched *s = mp->rt->sched;
    P *pp = mp->pp;
    if (UNLIKELY(mp->rt->opt.maxgoroutines != 0))
        g_check_limit(s);
    G *gp = g_make(mp, fn, closure_ctx, args, arg_bytes, false);
    runq_put(s, pp, gp, true);
    if (!mp->rt->one_p)
        sched_wakep(s);
    // a loop that only spawns leaves the P in time, or all its goroutines would exist at once
    uint32_t n = atomic_load_explicit(&pp->runq_tail, memory_order_relaxed) -
                 atomic_load_explicit(&pp->runq_head, memory_order_relaxed);
    if (UNLIKELY(n >= RUNQ_YIELD))
        sched_set_poll(pp, POLL_PREEMPT);
    return true;
}

G *sched_start_system(M *mp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes) {
    Sched *s = mp->rt->sched;
    G *gp = g_make(mp, fn, closure_ctx, args, arg_bytes, true);
    runq_put(s, mp->pp, gp, false);
    if (!mp->rt->one_p) {
        atomic_thread_fence(memory_order_seq_cst);
        sched_wakep(s);
    }
    return gp;
}

void sched_goexit(M *mp) {
    Sched *s = mp->rt->sched;
    P *pp = mp->pp;
    G *gp = mp->gp;
    ASSERT(!gp->waiting);
    if (UNLIKELY(gp->id == 1))
        s->main_exited = true;
    if (!gp->is_system)
        count_live(pp, -1);
    gstate_move(gp, G_RUNNING, G_DEAD);
    gp->mp = NULL;
    gp->goexiting = false;
    gp->redo = false;
    atomic_store_explicit(&gp->cancel_requested, false, memory_order_relaxed);
    __atomic_store_n(&mp->gp, NULL, __ATOMIC_RELEASE);
    mp->leaf.gp = NULL;
    if (!stack_is_start(gp))
        stack_free(mp, gp);
    gp->sched_link = pp->gfree;
    pp->gfree = gp;
    if (UNLIKELY(++pp->ngfree > GFREE_MAX))
        g_flush(s, pp, GFREE_MAX / 2);
}

void sched_park_begin(M *mp, G *gp, WaitReason why, bool (*undo)(G *gp)) {
    gp->wait_reason = (uint8_t)why;
    gp->park_undo = undo;
    gp->wait_since_ns = 0;
    gp->mp = NULL;
    gstate_move(gp, G_RUNNING, G_WAITING);
}

void sched_ready(M *mp, G *gp, bool next) {
    Sched *s = mp->rt->sched;
    gp->wait_reason = WAIT_NONE;
    gp->park_undo = NULL;
    gstate_move(gp, G_WAITING, G_RUNNABLE);
    runq_put(s, mp->pp, gp, next);
    if (!mp->rt->one_p) {
        if (!next)
            atomic_thread_fence(memory_order_seq_cst);
        sched_wakep(s);
    }
}

void sched_yield_g(M *mp) {
    G *gp = mp->gp;
    Sched *s = mp->rt->sched;
    gp->mp = NULL;
    gstate_move(gp, G_RUNNING, G_RUNNABLE);
    globq_put(s, gp);
    if (!mp->rt->one_p || !mp->pp) {  // with its P gone, even the only one may be idle
        atomic_thread_fence(memory_order_seq_cst);
        sched_wakep(s);
    }
}

G *sched_schedule(M *mp) {
    G *gp = mp->rt->sched->policy->find(mp);
    if (!gp) {
        __atomic_store_n(&mp->gp, NULL, __ATOMIC_RELEASE);
        mp->leaf.gp = NULL;
        return NULL;
    }
    gstate_move(gp, G_RUNNABLE, G_RUNNING);
    gp->mp = mp;
    __atomic_store_n(&mp->gp, gp, __ATOMIC_RELEASE);
    mp->leaf.gp = gp;
    stack_reset_limit(mp->rt, gp);
    if (gp->waiting)
        chan_resume(mp, gp);
    return gp;
}

bool sched_safepoint(M *mp) {
    P *pp = mp->pp;
    G *gp = mp->gp;
    Runtime *rt = mp->rt;
    if (UNLIKELY(!pp)) {
        sched_yield_g(mp);
        return false;
    }
    stack_reset_limit(rt, gp);
    uint32_t bits = atomic_load_explicit(&pp->poll, memory_order_acquire);
    if (bits & POLL_EXIT)
        return false;
    if (UNLIKELY(sched_m(mp)->want_procs != 0)) {
        uint32_t n = sched_m(mp)->want_procs;
        sched_m(mp)->want_procs = 0;
        if (!sched_set_procs(mp, n))
            return false;
        pp = mp->pp;
    }
    if (bits & POLL_GC) {
        sched_clear_poll(pp, POLL_GC);
        gc_collect(mp);
        pp = mp->pp;
    }
    if (!pp || (atomic_load_explicit(&pp->poll, memory_order_relaxed) & POLL_STOP)) {
        sched_yield_g(mp);  // any M that has a core to run on may go on with it when the world does
        return false;
    }
    if ((bits & POLL_STRESS) && rt->sched->policy->poll_tick(mp))
        bits |= POLL_PREEMPT;
    if (bits & POLL_PREEMPT) {
        sched_clear_poll(pp, POLL_PREEMPT);
        sched_yield_g(mp);
        return false;
    }
    return true;
}

/* each_g_sorted is for lists whose goroutines were reused, so that their ids are out of order. */
static int g_by_id(const void *a, const void *b) {
    uint64_t x = (*(G *const *)a)->id, y = (*(G *const *)b)->id;
    return x < y ? -1 : x > y;
}

void sched_each_g(Runtime *rt, void (*visit)(void *arg, G *gp), void *arg) {
    Sched *s = rt->sched;
    sched_gs_lock(s);
    uint32_t n = 0;
    bool sorted = true;
    uint64_t last = 0;
    G **v = malloc((s->nallgs + 1) * sizeof *v);
    for (uint32_t i = 0; i < s->nallgs; i++) {
        G *gp = s->allgs[i];
        uint8_t st = atomic_load_explicit(&gp->status, memory_order_acquire);
        if (st == G_IDLE || st == G_DEAD)
            continue;
        if (!v) {  // no memory for the list: out of order, then
            visit(arg, gp);
            continue;
        }
        sorted &= gp->id > last;
        last = gp->id;
        v[n++] = gp;
    }
    if (!sorted)
        qsort(v, n, sizeof *v, g_by_id);
    for (uint32_t i = 0; i < n; i++)
        visit(arg, v[i]);
    free(v);
    sched_gs_unlock(s);
}

void sched_scan_gs(Runtime *rt, void (*visit)(void *arg, G *gp), void *arg) {
    enum { FAR = 8, NEAR = 4 };  // a goroutine and its stack are two misses of the cache
    Sched *s = rt->sched;
    sched_gs_lock(s);
    for (uint32_t i = 0; i < s->nallgs; i++) {
        if (i + FAR < s->nallgs) {
            __builtin_prefetch(s->allgs[i + FAR]);
            __builtin_prefetch(s->allgs[i + NEAR]->fp);
        }
        G *gp = s->allgs[i];
        uint8_t st = atomic_load_explicit(&gp->status, memory_order_acquire);
        if (st != G_IDLE && st != G_DEAD)
            visit(arg, gp);
    }
    sched_gs_unlock(s);
}

/* --- life --- */

static uint32_t cgroup_cpus(void) {
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (!f)
        return 0;
    long long quota, period;
    int n = fscanf(f, "%lld %lld", &quota, &period);
    fclose(f);
    if (n != 2 || quota <= 0 || period <= 0)
        return 0;
    long long cpus = (quota + period - 1) / period;
    return cpus < 2 ? 2 : cpus > SCHED_MAX_PROCS ? SCHED_MAX_PROCS : (uint32_t)cpus;
}

uint32_t sched_num_cpus(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

static uint32_t default_procs(const RtOptions *opt) {
    if (opt->seeded)
        return 1;
    uint64_t n = opt->gomaxprocs;
    const char *env = getenv("GOMAXPROCS");
    if (!n && env) {
        char *end;
        long v = strtol(env, &end, 10);
        if (v > 0 && !*end)
            n = (uint64_t)v;
    }
    if (!n) {
        n = sched_num_cpus();
        uint32_t quota = cgroup_cpus();
        if (quota && quota < n)
            n = quota;
    }
    return n < 1 ? 1 : n > SCHED_MAX_PROCS ? SCHED_MAX_PROCS : (uint32_t)n;
}

uint64_t sched_splitmix(uint64_t *x) {  // Steele, Lea, Flood 2014
    uint64_t z = *x += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* sched_start_p makes P pp usable, the first time or again after GOMAXPROCS had shrunk. */
bool sched_start_p(Sched *s, P *pp) {
    SchedP *p = sched_p(pp);
    if (p->hooked)
        return true;
    if (s->hooks.p_new && !s->hooks.p_new(pp))
        return false;
    p->hooked = true;
    return true;
}

void sched_stop_p(Sched *s, P *pp) {
    SchedP *p = sched_p(pp);
    g_flush(s, pp, 0);
    sudog_cache_flush(s->rt, &p->sudogs, 0);
    if (p->hooked && s->hooks.p_free)
        s->hooks.p_free(pp);
    p->hooked = false;
}

P *sched_p_new(Sched *s, uint32_t id) {
    SchedP *p;
    if (posix_memalign((void **)&p, 64, (sizeof *p + 63) / 64 * 64) != 0)
        return NULL;
    memset(p, 0, sizeof *p);
    p->p.id = id;
    p->p.rt = s->rt;
    p->p.timers = &p->heap;
    p->p.sudogs = &p->sudogs;
    p->p.status = P_DEAD;
    uint64_t x = s->rt->opt.seeded ? s->rt->opt.seed : 0;
    if (!s->rt->opt.seeded && getrandom(&x, sizeof x, GRND_NONBLOCK) != sizeof x)
        x = (uint64_t)clock_mono_ns() ^ (uintptr_t)p;
    x += id;
    p->p.rand_state[0] = sched_splitmix(&x);
    p->p.rand_state[1] = sched_splitmix(&x) | 1;
    if (s->rt->opt.schedstress)
        p->p.poll = POLL_STRESS;
    s->rt->allp[id] = &p->p;
    return &p->p;
}

/* The collector's view: channels and semaphore words that a parked goroutine is queued on, and active timers. */
typedef struct RootVisit {
    void *gc;
    GcVisit visit;
    int64_t now;
} RootVisit;

static void visit_g_roots(void *arg, G *gp) {
    RootVisit *v = arg;
    if (!gp->wait_since_ns && atomic_load_explicit(&gp->status, memory_order_relaxed) == G_WAITING)
        gp->wait_since_ns = v->now;  // to the nearest collection, so that parking need not read the clock
    for (Sudog *sg = gp->waiting; sg; sg = sg->wait_link) {
        if (sg->c)
            v->visit(v->gc, sg->c);
        if (sg->sema_addr)
            v->visit(v->gc, (void *)sg->sema_addr);
    }
}

static void sched_roots(Runtime *rt, void *gc, GcVisit visit) {
    RootVisit v = {gc, visit, rt->sched->policy->now_ns(rt)};
    sched_scan_gs(rt, visit_g_roots, &v);
    for (uint32_t i = 0; i < sched_nprocs(rt); i++) {
        TimerHeap *h = rt->allp[i]->timers;
        for (uint32_t k = 0; k < h->n; k++)
            visit(gc, h->v[k].t);
    }
}

bool sched_new(Runtime *rt, const SchedHooks *hooks) {
    Sched *s = calloc(1, sizeof *s);
    rt->sched = s;
    rt->allp = calloc(SCHED_MAX_PROCS, sizeof *rt->allp);
    rt->sema = sema_new();
    if (!s || !rt->allp || !rt->sema || !(s->sudogs = sudog_pool_new()))
        return false;
    s->rt = rt;
    s->policy = rt->opt.seeded ? &policy_seeded : &policy_mn;
    if (hooks)
        s->hooks = *hooks;
    s->next_id = 1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->g_lock, NULL);
    s->start_ns = clock_mono_ns();
    s->seed_state = rt->opt.seed;
    rt->nprocs = default_procs(&rt->opt);
    rt->one_p = sched_nprocs(rt) == 1;
    for (uint32_t i = 0; i < sched_nprocs(rt); i++) {
        if (!sched_p_new(s, i))
            return false;
    }
    SchedM *m = m_new(s, false);
    if (!m)
        return false;
    m->m.thread = pthread_self();
    tls_mp = &m->m;
    for (uint32_t i = sched_nprocs(rt); i-- > 0;) {
        if (!sched_start_p(s, rt->allp[i]))
            return false;
        if (i > 0)
            sched_pidle_put_locked(s, rt->allp[i]);
    }
    sched_acquire_p(&m->m, rt->allp[0]);
    gc_add_root_fn(rt, sched_roots);
    return true;
}

/* wait_for_ms waits until every M has left vm_loop, or is in a blocking call of the system, which nobody can end. */
static void wait_for_ms(Sched *s) {
    for (uint32_t round = 0;; round++) {
        uint32_t running = 0, blocked = 0;
        sched_lock(s);
        for (M *mp = s->all_ms; mp; mp = mp->all_link) {
            SchedM *m = sched_m(mp);
            if (!m->joinable || atomic_load(&m->exited))
                continue;
            if (atomic_load(&m->in_block))
                blocked++;
            else
                running++;
        }
        sched_unlock(s);
        if (running == 0 && (blocked == 0 || round > 0)) {
            s->abandoned = blocked != 0;
            return;
        }
        struct timespec ts = {0, round < 20 ? 50000 : 1000000};
        nanosleep(&ts, NULL);
    }
}

int sched_run(Runtime *rt, const FuncDesc *fn) {
    Sched *s = rt->sched;
    M *mp = tls_mp;
    if (rt->opt.timeout_ns)
        s->deadline_ns = s->start_ns + rt->opt.timeout_ns;
    if (!sysmon_start(s))
        rt_fatal(rt, "newosproc", false);
    if (sched_go(mp, fn, NULL, NULL, 0))
        vm_loop(mp);
    leave_p(mp);
    atomic_store(&sched_m(mp)->exited, true);
    if (!atomic_load(&s->ending))
        sched_end(rt);
    wait_for_ms(s);
    sysmon_stop(s);
    return atomic_load(&rt->exit_status);
}

void sched_end(Runtime *rt) {
    Sched *s = rt->sched;
    sched_lock(s);
    bool first = !atomic_exchange(&s->ending, true);
    if (first) {
        for (uint32_t i = 0; i < sched_nprocs(rt); i++)
            sched_preempt(rt->allp[i], POLL_EXIT);
        for (M *mp = s->all_ms; mp; mp = mp->all_link)
            sched_m_wake(mp);
    }
    M *first_m = s->all_ms;
    while (first_m && first_m->all_link)
        first_m = first_m->all_link;
    sched_unlock(s);
    // runtime_run's own thread can't be called back from read(2): the process ends here
    if (first && first_m && first_m != tls_mp && atomic_load(&sched_m(first_m)->in_block)) {
        fflush(NULL);
        _exit(atomic_load(&rt->exit_status));
    }
}

bool sched_free(Runtime *rt) {
    Sched *s = rt->sched;
    if (!s)
        return true;
    if (s->abandoned)
        return false;
    // the first M is the calling thread; it holds a P again while it gives stacks back
    M *m0 = NULL;
    for (M *mp = s->all_ms, *next; mp; mp = next) {
        next = mp->all_link;
        if (sched_m(mp)->joinable)
            pthread_join((pthread_t)mp->thread, NULL);
        if (next)
            free(mp);
        else
            m0 = mp;
    }
    if (m0)
        m0->pp = rt->allp[0];
    for (uint32_t i = 0; i < s->nallgs; i++) {
        G *gp = s->allgs[i];
        free(gp->sleep_timer);
        if (gp->stack_lo)
            stack_free(m0, gp);
    }
    for (uint32_t i = 0; rt->allp && i < SCHED_MAX_PROCS && rt->allp[i]; i++) {
        sched_stop_p(s, rt->allp[i]);
        free(sched_p(rt->allp[i])->heap.v);
    }
    for (uint32_t i = 0; rt->allp && i < SCHED_MAX_PROCS && rt->allp[i]; i++)
        free(rt->allp[i]);
    free(rt->allp);
    for (GSlab *slab = s->slabs, *next; slab; slab = next) {
        next = slab->next;
        free(slab);
    }
    free(s->allgs);
    sudog_pool_free(s->sudogs);
    sema_free(rt->sema);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->g_lock);
    free(m0);
    free(s);
    tls_mp = NULL;
    rt->allp = NULL;
    rt->sched = NULL;
    rt->sema = NULL;
    return true;
}

/* sched.h: the scheduler, for the files that make a Runtime (rt.c) and end it. The calls that other rooms use are in rt.h.
 *
 * Order of a life: heap, gc and stacks are made first (sched_new registers a root callback), then sched_new, sched_run, sched_free. */
#pragma once
#include "rt.h"

/* What other rooms keep per P. p_new fills pp->mcache and the like, and is called before the P runs anything; p_free flushes and frees
 * them. Both are called with the world stopped or before it starts, p_free also when GOMAXPROCS shrinks. Either may be NULL. */
typedef struct SchedHooks {
    bool (*p_new)(P *pp);
    void (*p_free)(P *pp);
} SchedHooks;

/* sched_new makes rt->sched, rt->sema and the Ps (rt->allp, rt->nprocs, rt->one_p), and makes the calling thread the first M, which holds
 * P 0 from then on. False: no memory. */
bool sched_new(Runtime *rt, const SchedHooks *hooks) MUST_USE;

/* sched_run starts fn as the main goroutine (id 1) and runs gol code on the calling thread and on others until sched_end; returns the exit
 * status. To be called on the thread that called sched_new, once. */
int sched_run(Runtime *rt, const FuncDesc *fn);

/* sched_end ends the run: rt->exit_status was set before. All Ms leave vm_loop at their next safepoint. Callable from every thread;
 * an M that stays in a blocking call of the system is abandoned, and when that is the first M, the process ends here with exit_status. */
void sched_end(Runtime *rt);

/* sched_free gives everything back, p_free for each P included. False: threads of this runtime are still in blocking calls of the system,
 * so nothing was freed, and nothing else of rt may be: the process is about to end. */
bool sched_free(Runtime *rt);

/* sched_start_system starts fn as a goroutine that is not counted for deadlock, NumGoroutine and traces (finalizers). */
G *sched_start_system(M *mp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes);

/* sched_set_procs changes GOMAXPROCS to n (1..SCHED_MAX_PROCS, clamped). Registers of the current goroutine are saved. Stops the world. After it the
 * M may have lost its P: true when the current goroutine goes on, false when sched_schedule must be called. */
enum { SCHED_MAX_PROCS = 1024 };
bool sched_set_procs(M *mp, uint32_t n);

/* sched_num_goroutines counts goroutines that are neither dead nor of the system. */
uint64_t sched_num_goroutines(Runtime *rt);

/* sched_wall_ns is the wall clock of the policy, ns since 1970 (virtual under the seeded policy). */
int64_t sched_wall_ns(Runtime *rt);

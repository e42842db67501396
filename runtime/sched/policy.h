/* policy.h: who runs next, when a goroutine is preempted, and what the clock says.
 *
 * Two implementations: policy_mn.c runs goroutines on many threads in real time; policy_seeded.c runs them on one P in an order drawn
 * from a seed, in virtual time. All else of the scheduler (states, parking, queues, timers, stopping the world) is common to both. */
#pragma once
#include "rt.h"

typedef struct SchedPolicy {
    const char *name;
    bool one_p;      // GOMAXPROCS stays 1
    bool sysmon;     // a watching thread retakes Ps and preempts
    /* find returns a G_RUNNABLE goroutine taken off its queue, waiting for one if need be; NULL when the run ends. mp holds a P when it returns a
     * goroutine. */
    G *(*find)(M *mp);
    /* poll_tick is asked at a safepoint when POLL_STRESS is set: true when the running goroutine shall be preempted now. */
    bool (*poll_tick)(M *mp);
    int64_t (*now_ns)(Runtime *rt);   // monotonic
    int64_t (*wall_ns)(Runtime *rt);  // since 1970
} SchedPolicy;

extern const SchedPolicy policy_mn, policy_seeded;

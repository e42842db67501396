// cancel.c: stopping one goroutine from outside.
#include "sched/sched_impl.h"

void g_cancel(M *mp, G *gp) {
    sched_stop_world(mp, "cancel");
    atomic_store(&gp->cancel_requested, true);
    bool ready = atomic_load(&gp->status) == G_WAITING && gp->park_undo && gp->park_undo(gp);
    M *on = atomic_load(&gp->status) == G_RUNNING ? gp->mp : NULL;
    if (on && on->pp)
        sched_preempt(on->pp, POLL_PREEMPT);
    sched_start_world(mp);
    if (ready)
        sched_ready(mp, gp, false);
}

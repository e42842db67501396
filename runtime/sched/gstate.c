// gstate.c: the states of a goroutine and which moves between them are legal (gstate.def).
#include "sched/sched_impl.h"

const char *gstate_name(GStatus st) {
    static const char *const names[] = {
        [G_IDLE] = "idle",       [G_RUNNABLE] = "runnable", [G_RUNNING] = "running",
        [G_SYSCALL] = "syscall", [G_WAITING] = "waiting",   [G_DEAD] = "dead",
    };
    return (unsigned)st < COUNT_OF(names) ? names[st] : "?";
}

#ifdef GOL_CHECKS
void gstate_move(G *gp, GStatus from, GStatus to) {
    bool ok = false;
#define MOVE(a, b, who) ok |= from == G_##a && to == G_##b;
#include "gstate.def"
#undef MOVE
    VERIFY(ok);
    uint8_t want = (uint8_t)from;
    VERIFY(atomic_compare_exchange_strong(&gp->status, &want, (uint8_t)to));
}
#endif

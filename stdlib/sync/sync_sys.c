// sync_sys.c: package sync's leaf functions; its semaphores are the scheduler's (runtime/sched/leaves.c).
#include "leaves.h"
#include <string.h>

/* func fatal(text string): ends the process as Go's runtime does when a lock is misused */
LeafStatus sync_fatal(LeafCtx *cx, Slot *s) {
    char text[128];
    size_t n = s[1] < sizeof text ? s[1] : sizeof text - 1;
    memcpy(text, (const char *)s[0], n);
    text[n] = 0;
    leaf_fatal(cx, text);
}

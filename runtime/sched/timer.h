/* timer.h: timers, a heap per P, and the leaf functions of package time that stand on them.
 *
 * Offered to stdlib/time (declare them without a body in package time):
 *
 *     type runtimeTimer struct {     // first field of time.Timer and time.Ticker, in this order
 *         when   int64               // monotonic ns at which it fires; set by startTimer
 *         period int64               // ns between two firings, 0: fires once
 *         c      chan Time           // a channel of capacity 1 that gets the time, or
 *         f      func()              // a function started on a goroutine of its own
 *         heap   uintptr             // of the runtime from here on; zero at first
 *         index  int
 *         loc    *Location           // stored into the Times that are sent
 *     }
 *     func startTimer(t *runtimeTimer, d int64)             // fires d ns from now; makes c a timer channel (len and cap tell 0)
 *     func stopTimer(t *runtimeTimer) bool                  // false: had expired (and been received) or was stopped before
 *     func resetTimer(t *runtimeTimer, d, period int64) bool // the same, then starts it again; no stale value stays in c
 *     func Sleep(d Duration)
 *     func runtimeNano() int64                              // monotonic ns (virtual under the seeded policy)
 *     func runtimeNow() (wallSec int64, wallNsec int32, mono int64)
 *
 * A Time in memory is wall uint64, ext int64, loc *Location with Go's meaning of the three words: wall's top bit says that it holds 33 bits of
 * seconds since 1885 and 30 bits of nanoseconds, and that ext is the monotonic clock reading. */
#pragma once
#include "rt.h"

typedef struct TimerHeap TimerHeap;

/* Memory form of runtimeTimer. An active timer is a root of the collector. */
typedef struct Timer {
    int64_t when;
    int64_t period;               // under the heap's lock while active
    Hchan *c;
    const FuncDesc *const *f;     // closure object
    TimerHeap *_Atomic heap;      // the heap it is in, NULL when not active; changes under that heap's lock
    int64_t index;                // in the heap; under its lock
    const void *loc;
    G *gp;                        // only the runtime's own: a sleeping goroutine
} Timer;

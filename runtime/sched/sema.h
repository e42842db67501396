// sema.h: semaphores on words of memory, from which package sync is built.
#pragma once
#include "rt.h"

/* sema_acquire takes one from *addr if it is positive: true. Else it parks mp's goroutine, whose registers are saved, at the tail of those who wait for
 * addr (at the head with lifo), and returns false: it goes on when it has been given one. */
bool sema_acquire(M *mp, _Atomic uint32_t *addr, bool lifo, WaitReason why);

/* sema_release gives one to the first who waits for addr, or adds it to *addr. With handoff that goroutine runs next, and the current one is
 * preempted at its next safepoint. */
void sema_release(M *mp, _Atomic uint32_t *addr, bool handoff);

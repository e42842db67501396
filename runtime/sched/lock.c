// lock.c: the order of locks, waiting for them, futexes, the monotonic clock.
#include "sched/sched_impl.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef GOL_CHECKS
enum { HELD_MAX = 256 };

typedef struct Held {
    LockRank rank;
    const void *lock;
} Held;

static _Thread_local Held held[HELD_MAX];
static _Thread_local uint32_t nheld;

void lockrank_push(LockRank rank, const void *lock) {
    for (uint32_t i = 0; i < nheld; i++) {
        bool in_order = held[i].rank < rank || (rank == RANK_CHAN && held[i].rank == rank && held[i].lock < lock);
        VERIFY(in_order);
    }
    if (nheld < HELD_MAX)
        held[nheld++] = (Held){rank, lock};
}

void lockrank_pop(const void *lock) {
    for (uint32_t i = nheld; i-- > 0;) {
        if (held[i].lock == lock) {
            held[i] = held[--nheld];
            return;
        }
    }
}
#endif

/* spin_lock_slow waits blindly, twice as long each time, before it looks at the word again: a waiter that watches the line, or one that
 * is served in turn, moves it between the cores at every operation and costs several times as much in a producer and consumer's loop.
 * A holder whose thread was descheduled is given its core. */
void spin_lock_slow(SpinLock *l) {
    uint32_t pauses = 8;
    for (uint32_t round = 0;; round++) {
        if (round < 8) {
            for (uint32_t i = 0; i < pauses; i++)
                __builtin_ia32_pause();
            if (pauses < 256)
                pauses *= 2;
        } else if (round < 64) {
            sched_yield();
        } else {
            struct timespec ts = {0, 50000};
            nanosleep(&ts, NULL);
        }
        if (atomic_exchange_explicit(&l->word, 1, memory_order_acquire) == 0)
            return;
    }
}

/* futex_wait sleeps while *word is value, at most until the monotonic time until_ns (0: no limit). May return early. */
void futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t until_ns) {
    struct timespec ts = {until_ns / 1000000000, until_ns % 1000000000};
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value, until_ns ? &ts : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
}

void futex_wake(_Atomic uint32_t *word, int n) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

int64_t clock_mono_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

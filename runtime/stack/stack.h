/* stack.h: goroutine stacks. stack_alloc, stack_free, stack_grow and stack_shrink, which other rooms call, are in rt.h.
 *
 * A stack is one block, a power of two in size, from 512 bytes up. It grows upward: frames are pushed at higher addresses. */
#pragma once
#include "rt.h"

enum { STACK_MIN = 512 };

typedef struct StackCounters {
    uint64_t growths, copied_bytes, shrinks;
} StackCounters;

bool stacks_init(Runtime *rt) MUST_USE;
void stacks_fini(Runtime *rt);
bool stacks_init_p(P *pp) MUST_USE;
void stacks_fini_p(P *pp);  // its cached blocks go to the pool

/* stacks_release gives cached blocks of all Ps and empty spans back to the page heap (world stopped). */
void stacks_release(Runtime *rt);

/* stacks_set_max changes the largest size of one stack and returns the old one. */
uint64_t stacks_set_max(Runtime *rt, uint64_t bytes);

void stacks_counters(const Runtime *rt, StackCounters *out);

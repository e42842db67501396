// leaves.h: the leaf functions that the scheduler offers to the library: goroutines, sleeping, timers, semaphores.
#pragma once
#include "rt.h"

/* The table that cmd merges with those of the other rooms. Ends with a row whose name is NULL. */
extern const IntrinsicDef sched_intrinsics[];
extern const uint32_t sched_nintrinsics;

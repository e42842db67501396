/* gc.h: the collector, for the files that make and end a Runtime and for those that show statistics.
 *
 * The calls of every day (gc_alloc, gc_store, gc_copy, gc_clear, gc_collect, gc_add_root_fn) are in rt.h. */
#pragma once
#include "rt.h"

/* memory_init makes heap, collector, stack pool and map types of a Runtime whose opt, image and globals are set; memory_fini gives them back, with
 * every object and stack (after the Ps are gone). memory_init_p and memory_fini_p do it for the caches of a P: sched's hooks. */
bool memory_init(Runtime *rt) MUST_USE;
void memory_fini(Runtime *rt);
bool memory_init_p(P *pp) MUST_USE;
void memory_fini_p(P *pp);

typedef struct GcStats {
    uint32_t num_gc, num_forced;
    uint64_t pause_total_ns, last_pause_ns, max_pause_ns;
    int64_t last_end_ns;           // wall clock
    uint64_t next_gc_bytes;        // heap size at which the next collection falls due
    uint64_t marked_bytes;         // live at the end of the last one
    uint64_t cpu_fraction_ppm;     // of the time of all Ps since the start, millionths
    uint64_t stack_growths, stack_copied_bytes, stack_shrinks;
} GcStats;

void gc_stats(Runtime *rt, GcStats *out);

/* gc_check_heap verifies heap and marks: the invariants of spans, and that no root and no reachable object holds a bad pointer. World stopped. */
void gc_check_heap(M *mp);

/* gc_set_percent and gc_set_memory_limit change GOGC (negative: off) and GOMEMLIMIT and return the old value; they take effect at once. */
int32_t gc_set_percent(Runtime *rt, int32_t percent);
int64_t gc_set_memory_limit(Runtime *rt, int64_t limit_bytes);

/* leaf functions of package runtime and runtime/debug, for the table that cmd merges */
extern const IntrinsicDef gc_intrinsics[];
extern const uint32_t gc_nintrinsics;

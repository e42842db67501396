// heap.h: the collected heap and the pages below it: what other rooms need to set it up, limit it and count it.
#pragma once
#include "rt.h"

typedef struct Heap Heap;
typedef struct Span Span;

/* heap_init makes rt->heap; rt->opt is set. False: no memory. heap_fini gives everything back, all objects and stacks included. */
bool heap_init(Runtime *rt) MUST_USE;
void heap_fini(Runtime *rt);

/* heap_init_p and heap_fini_p make and release the allocation cache of a P. heap_fini_p hands its spans back, so a P can go while
 * the program runs (world stopped). */
bool heap_init_p(P *pp) MUST_USE;
void heap_fini_p(P *pp);

/* heap_check verifies the invariants of spans and free lists (world stopped); it throws on a defect. For tests and checked builds. */
void heap_check(Runtime *rt);

/* heap_object finds the object that p points into: its first usable byte, and in *size its usable bytes. NULL when p does not hit an
 * allocated object. Exact only while the world is stopped and the caches are flushed, else objects handed out in advance count, too. */
void *heap_object(Runtime *rt, const void *p, size_t *size);

typedef struct HeapStats {
    uint64_t mallocs, frees;            // objects
    uint64_t alloc_bytes, freed_bytes;  // of objects, ever
    uint64_t in_use_bytes;              // pages of objects and stacks
    uint64_t stack_bytes;               // of those, pages of stacks
    uint64_t idle_bytes;                // pages free
    uint64_t released_bytes;            // of those, given back to the system
    uint64_t sys_bytes;                 // address space taken
    uint64_t limit_bytes;
} HeapStats;

/* heap_stats reads the counters; exact when the world is stopped. */
void heap_stats(Runtime *rt, HeapStats *out);

/* heap_stats_at is heap_stats without what pp's cache took in advance: exact for a program on one P. */
void heap_stats_at(P *pp, HeapStats *out);

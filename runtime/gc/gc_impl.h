/* gc_impl.h: the collector's state, shared by the files of gc/ and unit tests.
 *
 * Colours: white = no mark bit; grey = marked and in a work buffer; black = marked, its pointers followed (or it has none). An object is marked
 * when it is made grey, so it enters a buffer once. */
#pragma once
#include "gc/gc.h"
#include "heap/heap_impl.h"

#ifdef GOL_TINY
enum { WORKBUF_ITEMS = 8 };
#else
enum { WORKBUF_ITEMS = 1022 };
#endif
enum { SCAN_CHUNK_BYTES = 128 << 10 };  // a large object is scanned in pieces of about this size

typedef struct WorkBuf {
    struct WorkBuf *next;
    uint64_t n;
    void *items[WORKBUF_ITEMS];  // cells (of SK_TYPED: header included)
} WorkBuf;

// A BigScan is a large object of which the first `done` bytes were scanned.
typedef struct BigScan {
    const Span *span;
    uint64_t done;
} BigScan;

/* A GcBuf is what a P greys into. */
struct GcBuf {
    WorkBuf *cur;          // being filled and emptied
    uint64_t marked_bytes; // cells that were marked through it
};

typedef void (*RootFn)(Runtime *rt, void *gc, GcVisit visit);

struct Gc {
    Runtime *rt;
    pthread_mutex_t lock;
    WorkBuf *full, *empty;    // under lock
    BigScan *bigs;            // stack of large objects; only the collecting M, world stopped
    uint32_t nbigs, cap_bigs;
    RootFn *roots;
    uint32_t nroots, cap_roots;
    bool verify;              // marking for a check: a bad certain pointer throws in every build
    _Atomic bool forced;      // runtime.GC asked
    _Atomic bool release_all; // FreeOSMemory asked: all free pages go back to the system
    _Atomic int32_t percent;  // GOGC; negative: off
    _Atomic int64_t memory_limit;
    GcStats stats;            // written with the world stopped
    int64_t start_ns;
    uint64_t busy_ns;
    uint64_t live_at_start, stack_bytes;
    struct Final *final;      // finalizers and cleanups
    struct PoolState **pools; // sync.Pools that keep something; under lock
};

// --- pool.c ---

/* gc_pools_age makes sync.Pools forget what lay unused since the last collection. World stopped, before marking. */
void gc_pools_age(struct Gc *gc);
LeafStatus gc_leaf_list_pool(LeafCtx *cx, Slot *s);

// --- mark.c ---

/* A Marker is one marking thread's state. */
typedef struct Marker {
    Heap *heap;
    struct Gc *gc;
    struct GcBuf *buf;
    const char *what;  // what is being scanned, for the report of a bad pointer
    const void *where;
    M *shrink_for;     // who shrinks stacks while they are scanned, or NULL
    const char *highest;  // end of the frames of the goroutine being scanned
} Marker;

/* gc_grey marks the object that p points into and queues it when it has pointers. p may be nil, static or into a stack. certain: it is a
 * pointer for sure, so in checked builds a value inside the heap that hits no object is a defect. */
void gc_grey(Marker *mk, const void *p, bool certain);

/* gc_bad_pointer reports a certain pointer that hits no object. */
NORETURN void gc_bad_pointer(const Marker *mk, const void *p);

/* gc_scan_block greys what n bytes at p, values of type elem one after the other, point to. */
void gc_scan_block(Marker *mk, const void *p, uint64_t bytes, const TypeDesc *elem);

/* gc_scan_cell and gc_scan_span grey what a small or a large object with pointers refers to. */
void gc_scan_cell(Marker *mk, void *cell);
void gc_scan_span(Marker *mk, const Span *s);

/* gc_drain scans until no object is grey. */
void gc_drain(Marker *mk);

/* gc_is_marked: p points into an object that is marked, or into none of ours. */
bool gc_is_marked(const Heap *h, const void *p);

/* gc_each_span visits all spans of objects (world stopped, caches flushed). */
void gc_each_span(Heap *h, void (*visit)(void *arg, Span *s), void *arg);

// --- roots.c ---
void gc_mark_roots(Marker *mk);

// --- sweep.c ---
void gc_start_sweep(Heap *h);

// --- pacer.c ---

/* pacer_goal sets the next trigger from what is live. */
void pacer_goal(struct Gc *gc);
bool pacer_due(const struct Gc *gc);
void pacer_init(struct Gc *gc);

// --- final.c ---
bool final_init(struct Gc *gc) MUST_USE;
void final_fini(struct Gc *gc);

/* final_mark_roots greys what records keep alive. final_after_mark queues the records whose objects are unmarked, marking those of finalizers. */
void final_mark_roots(Marker *mk);
void final_after_mark(Marker *mk);

/* final_wake readies the goroutine of finalizers when there is something to run (world running). */
void final_wake(M *mp);

LeafStatus final_leaf_finalizing(LeafCtx *cx, Slot *s);
LeafStatus final_leaf_set_finalizer(LeafCtx *cx, Slot *s);
LeafStatus final_leaf_add_cleanup(LeafCtx *cx, Slot *s);
LeafStatus final_leaf_stop_cleanup(LeafCtx *cx, Slot *s);
LeafStatus final_leaf_next_finalizer(LeafCtx *cx, Slot *s);
LeafStatus final_leaf_start_system(LeafCtx *cx, Slot *s);

// --- verify.c ---
void gc_mark_twice(M *mp, Marker *mk);

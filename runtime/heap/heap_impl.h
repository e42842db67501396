/* heap_impl.h: spans, arenas and central lists, for the files of heap/, gc/ and stack/ and for unit tests.
 *
 * Address space comes in arenas of 64 MiB, aligned to their size; arenas side by side are one area, so an object may cross them. The way from an
 * address to its span is  h->arenas[address >> 26]->spans[page in the arena] : NULL for pages that are free or not used yet (but the first and
 * the last page of a free span name it).
 *
 * A span is a run of pages that holds objects of one size class and kind, or one large object, or stacks, or is free.
 *
 * An object's pointers are found by the kind of its span:
 *      SK_NOSCAN  none
 *      SK_ALLPTR  every word is a certain pointer: no header
 *      SK_TYPED   the word before the object is the TypeDesc of its elements; objects so begin 8 bytes into their cell.
 *                 A large object has no header, its span knows the type.
 *
 * `alloc` has a bit per cell: handed out, or in advance to the cache that owns the span. `mark` has a bit per cell that the running collection
 * reached. Sweeping a span is alloc = mark, mark = 0.
 *
 * Who owns a span: the cache that allocates from it, or one list of its central, or (large) the heap's list. It changes hands under the
 * central's lock; its bits and counters belong to the owner, or to the collector while the world is stopped. */
#pragma once
#include "heap.h"

#include <pthread.h>

enum {
    PAGE_SHIFT = 13,
    PAGE_BYTES = 1 << PAGE_SHIFT,
    ARENA_SHIFT = 26,
    ARENA_BYTES = 1 << ARENA_SHIFT,
    ARENA_PAGES = ARENA_BYTES / PAGE_BYTES,
    ADDRESS_BITS = 47,
    SMALL_MAX = 32768,    // largest cell
    OBJ_HEADER = 8,       // of SK_TYPED cells
    PAGE_BINS = 128,      // free spans of fewer pages have a list each
};

enum {
    NCLASSES = 0
#define SC(bytes, pages) +1
#include "sizeclass.def"
#undef SC
};

typedef enum SpanKind { SK_NOSCAN, SK_ALLPTR, SK_TYPED, NKINDS } SpanKind;
typedef enum SpanState { SPAN_FREE, SPAN_OBJECTS, SPAN_STACK } SpanState;

enum { NCACHES = NCLASSES * NKINDS, LARGE_CLASS = 0xff };  // cache index: class * NKINDS + kind

typedef struct SizeClass {
    uint32_t size, pages, nelems, magic;
} SizeClass;
extern const SizeClass size_classes[NCLASSES];

struct Span {
    Span *next, *prev;      // in the list that owns it
    char *base;
    uint64_t npages;
    uint8_t state;          // SpanState
    uint8_t kind;           // SpanKind
    uint8_t sclass;         // index of its size class, or LARGE_CLASS
    bool needzero;          // free cells may hold old bytes
    bool released;          // free span: its memory was given back
    uint32_t elem_size;     // of a cell (0: large)
    uint32_t nelems;
    uint32_t magic;         // ceil(2^32 / elem_size); 0: large, every address is in cell 0
    uint32_t next_cell;     // cells below were handed out or are taken
    uint32_t nlive;         // bits set in alloc
    uint32_t words;         // 64-bit words in each of alloc and mark
    uint32_t order;         // SPAN_STACK: log2 of the block size; nlive counts the blocks in use
    void *free_blocks;      // SPAN_STACK: list of free blocks
    const TypeDesc *type;   // large SK_TYPED object
    uint64_t large_bytes;   // asked for
    uint64_t *alloc, *mark; // in bits
    uint64_t bits[];
};

typedef struct Arena {
    Span *spans[ARENA_PAGES];
} Arena;

typedef struct SpanList {
    Span *head, *tail;
} SpanList;

typedef struct Central {
    pthread_mutex_t lock;
    SpanList partial;  // swept, at least one free cell
    SpanList full;     // swept, none
    SpanList unswept;  // since the last collection
} Central;

/* A CacheRun is zeroed memory that is handed out from at upward. */
typedef struct CacheRun {
    char *at, *end;
} CacheRun;

struct Mcache {
    CacheRun run[NCACHES];
    Span *span[NCACHES];
    Heap *heap;
    uint64_t pending_bytes;   // allocated, not yet added to heap->live_bytes
    _Atomic uint64_t nmalloc, alloc_bytes;  // runs taken; written by the owner, read by statistics
    uint32_t stress_left;     // allocations until the next forced collection
};

// A Mapping is address space taken in one step.
typedef struct Mapping {
    char *base;
    uint64_t bytes;  // the last arena in it may be cut short
} Mapping;

struct Heap {
    Runtime *rt;
    Arena **arenas;           // by address >> ARENA_SHIFT; mapped, so only what is touched exists
    _Atomic uintptr_t lo, hi; // all arenas are inside
    bool slow;                // every allocation takes the slow path (stress, allocfail)
    bool efence, clobber;

    pthread_mutex_t lock;     // pages: everything down to the next blank line
    SpanList bins[PAGE_BINS + 1];
    Mapping *mappings;
    uint32_t nmappings, cap_mappings;
    uint64_t free_pages, released_pages;
    uint64_t stack_pages;
    SpanList large;           // large objects

    _Atomic uint64_t in_use_pages;
    _Atomic uint64_t limit_bytes;  // less what slabs of other rooms take
    _Atomic uint64_t failed_bytes;    // size of the allocation that went over the limit; the collection that follows decides
    _Atomic bool wants_gc;    // near the limit: collect whatever the pacer says
    uint64_t reserved_bytes;

    _Atomic uint64_t live_bytes;   // marked by the last collection, and allocated since
    _Atomic uint64_t trigger_bytes;  // a collection is due when live_bytes reaches it
    _Atomic uint64_t nmalloc, nfree, alloc_bytes, freed_bytes;  // without what the caches hold
    _Atomic int64_t alloc_until_fail;
    _Atomic uint32_t sweep_cursor;
    _Atomic uint32_t unswept_spans;
    Central central[NCACHES];
};

// --- page.c ---

/* pages_alloc returns a span of npages pages with room for nelems alloc and mark bits, in state; NULL when the limit or the address
 * space does not allow it. over: may exceed the limit by an eighth. */
Span *pages_alloc(Heap *h, uint64_t npages, uint32_t nelems, SpanState state, bool over);
void pages_free(Heap *h, Span *s);

/* pages_release gives free spans back to the system until at most keep_bytes of free memory stay resident. */
void pages_release(Heap *h, uint64_t keep_bytes);

/* heap_oom ends the run as Go does when memory is exhausted. */
NORETURN void heap_oom(Heap *h, uint64_t bytes);

static inline Span *span_of(const Heap *h, const void *p) {
    uintptr_t a = (uintptr_t)p;
    if (a - atomic_load_explicit(&h->lo, memory_order_relaxed) >=
        atomic_load_explicit(&h->hi, memory_order_relaxed) - atomic_load_explicit(&h->lo, memory_order_relaxed))
        return NULL;
    const Arena *ar = h->arenas[a >> ARENA_SHIFT];
    return ar ? ar->spans[(a >> PAGE_SHIFT) % ARENA_PAGES] : NULL;
}

/* span_cell is the index of the cell that p points into; >= nelems behind the last cell. */
static inline uint32_t span_cell(const Span *s, const void *p) {
    return (uint32_t)((uint64_t)(uint32_t)((const char *)p - s->base) * s->magic >> 32);
}
static inline bool bit_get(const uint64_t *bits, uint32_t i) { return bits[i / 64] >> (i % 64) & 1; }
static inline void bit_set(uint64_t *bits, uint32_t i) { bits[i / 64] |= (uint64_t)1 << (i % 64); }
static inline bool span_is_large(const Span *s) { return s->sclass == LARGE_CLASS; }

void spanlist_push(SpanList *l, Span *s);
Span *spanlist_pop(SpanList *l);
void spanlist_remove(SpanList *l, Span *s);
void spanlist_join(SpanList *to, SpanList *from);  // empties from

// --- central.c ---

/* central_take gives a swept span with free cells to a cache, sweeping or making one; NULL when the limit forbids it. */
Span *central_take(Heap *h, unsigned ci);
void central_give(Heap *h, unsigned ci, Span *s);

/* central_all_unswept declares every span unswept (world stopped, caches flushed, marking done). central_sweep_all finishes sweeping. */
void central_all_unswept(Heap *h);
void central_sweep_all(Heap *h);

/* span_sweep makes marked cells the allocated ones. Returns the number of objects it freed. */
uint32_t span_sweep(Heap *h, Span *s);

/* large_sweep frees the unmarked large objects (world stopped). */
void large_sweep(Heap *h);

// --- cache.c ---

/* cache_alloc_slow is gc_alloc for cells of cache index ci when the run is used up. Returns a zeroed cell. */
void *cache_alloc_slow(P *pp, unsigned ci);

/* cache_stress serves the knobs that count allocations. */
void cache_stress(P *pp, uint64_t bytes);

/* cache_flush hands all spans of a cache back and takes the unused rest of its runs back (owner, or world stopped). */
void cache_flush(struct Mcache *mc);

// --- malloc.c ---
/* class_of is the smallest class with cells of at least `bytes`, 1 to SMALL_MAX: arithmetic on the pattern of sizeclass.def. */
static inline unsigned class_of(size_t bytes) {
    size_t b = bytes - 1;
    if (b < 64)
        return (unsigned)(b / 8);
    unsigned lg = 63 - (unsigned)__builtin_clzll(b);
    return (lg - 5) * 8 + ((unsigned)(b >> (lg - 3)) & 7);
}

/* heap_alloc_large allocates an object that is larger than any cell. */
void *heap_alloc_large(P *pp, size_t size, const TypeDesc *elem, SpanKind kind);

/* heap_over_limit notes that an allocation of this size went over the limit: a collection follows and decides. */
void heap_over_limit(P *pp, uint64_t bytes);

/* heap_charge counts n allocated bytes and asks for a collection when it is due. */
void heap_charge(P *pp, uint64_t bytes);


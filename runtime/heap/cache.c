/* cache.c: a P's allocation cache: for each size class and kind a span and a run of zeroed cells in it.
 *
 * Handing out is moving run.at up (malloc.h). When a run is used up the next free cells of the span are made into a run: at most RUN_BYTES at a time,
 * so that what was zeroed is still in the processor's cache when it is used. Bits in alloc are set for the whole run; the rest of a run is taken
 * back when the cache is flushed. */
#include "heap/heap_impl.h"
#include "heap/malloc.h"

#include <stdlib.h>
#include <string.h>

enum { RUN_BYTES = 4096, CHARGE_BYTES = 16 << 10 };

bool heap_init_p(P *pp) {
    struct Mcache *mc = calloc(1, sizeof *mc);
    if (!mc)
        return false;
    mc->heap = pp->rt->heap;
    mc->stress_left = pp->rt->opt.gcstress;
    pp->mcache = mc;
    return true;
}

void heap_fini_p(P *pp) {
    struct Mcache *mc = pp->mcache;
    if (!mc)
        return;
    cache_flush(mc);
    atomic_fetch_add(&mc->heap->nmalloc, mc->nmalloc);
    atomic_fetch_add(&mc->heap->alloc_bytes, mc->alloc_bytes);
    free(mc);
    pp->mcache = NULL;
}

void heap_charge(P *pp, uint64_t bytes) {
    Heap *h = pp->rt->heap;
    uint64_t live = atomic_fetch_add_explicit(&h->live_bytes, bytes, memory_order_relaxed) + bytes;
    if (live >= atomic_load_explicit(&h->trigger_bytes, memory_order_relaxed))
        atomic_fetch_or_explicit(&pp->poll, POLL_GC, memory_order_relaxed);
}

static void count(struct Mcache *mc, int64_t objects, int64_t bytes) {
    atomic_store_explicit(&mc->nmalloc, atomic_load_explicit(&mc->nmalloc, memory_order_relaxed) + (uint64_t)objects, memory_order_relaxed);
    atomic_store_explicit(&mc->alloc_bytes, atomic_load_explicit(&mc->alloc_bytes, memory_order_relaxed) + (uint64_t)bytes,
                          memory_order_relaxed);
}

// next_cell is the first cell from i on whose alloc bit is `taken`; nelems when there is none.
static uint32_t next_cell(const Span *s, uint32_t i, bool taken) {
    while (i < s->nelems) {
        uint64_t w = taken ? s->alloc[i / 64] : ~s->alloc[i / 64];
        w >>= i % 64;
        if (w) {
            i += (uint32_t)__builtin_ctzll(w);
            return i < s->nelems ? i : s->nelems;
        }
        i = (i | 63) + 1;
    }
    return s->nelems;
}

// set_cells sets or clears the alloc bits of cells [i, j).
static void set_cells(Span *s, uint32_t i, uint32_t j, bool on) {
    while (i < j) {
        uint32_t n = 64 - i % 64 < j - i ? 64 - i % 64 : j - i;
        uint64_t mask = (n == 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1) << (i % 64);
        if (on)
            s->alloc[i / 64] |= mask;
        else
            s->alloc[i / 64] &= ~mask;
        i += n;
    }
}

// take_run makes the next free cells of the span into the cache's run; false when the span is used up.
static bool take_run(struct Mcache *mc, unsigned ci, Span *s) {
    uint32_t i = next_cell(s, s->next_cell, false);
    s->next_cell = i;
    if (i == s->nelems)
        return false;
    uint32_t most = mc->heap->slow ? 1 : RUN_BYTES / s->elem_size;
    uint32_t j = next_cell(s, i, true);
    if (j - i > most)
        j = i + (most ? most : 1);
    set_cells(s, i, j, true);
    s->next_cell = j;
    s->nlive += j - i;
    char *at = s->base + (uint64_t)i * s->elem_size;
    uint64_t bytes = (uint64_t)(j - i) * s->elem_size;
    if (s->needzero)
        memset(at, 0, bytes);
    mc->run[ci] = (CacheRun){at, at + bytes};
    mc->pending_bytes += bytes;
    count(mc, j - i, (int64_t)bytes);
    return true;
}

static void give_rest_back(struct Mcache *mc, unsigned ci) {
    Span *s = mc->span[ci];
    CacheRun *r = &mc->run[ci];
    uint64_t rest = (uint64_t)(r->end - r->at);
    if (rest) {
        uint32_t n = (uint32_t)(rest / s->elem_size), i = (uint32_t)((uint64_t)(r->at - s->base) / s->elem_size);
        set_cells(s, i, i + n, false);
        s->nlive -= n;
        s->next_cell = i;  // runs are taken upward, so nothing above i was handed out
        s->needzero = true;
        count(mc, -(int64_t)n, -(int64_t)rest);
        mc->pending_bytes -= rest < mc->pending_bytes ? rest : mc->pending_bytes;
    }
    *r = (CacheRun){NULL, NULL};
}

void heap_stats_at(P *pp, HeapStats *out) {
    heap_stats(pp->rt, out);
    for (unsigned ci = 0; ci < NCACHES; ci++) {
        const CacheRun *r = &pp->mcache->run[ci];
        uint64_t rest = (uint64_t)(r->end - r->at);
        out->alloc_bytes -= rest;
        out->mallocs -= rest / size_classes[ci / NKINDS].size;
    }
}

void cache_flush(struct Mcache *mc) {
    for (unsigned ci = 0; ci < NCACHES; ci++) {
        Span *s = mc->span[ci];
        if (!s)
            continue;
        give_rest_back(mc, ci);
        mc->span[ci] = NULL;
        central_give(mc->heap, ci, s);
    }
}

void cache_stress(P *pp, uint64_t bytes) {
    struct Mcache *mc = pp->mcache;
    Heap *h = mc->heap;
    if (h->alloc_until_fail != INT64_MAX && atomic_fetch_sub(&h->alloc_until_fail, 1) == 1)
        heap_oom(h, bytes);
    if (pp->rt->opt.gcstress && --mc->stress_left == 0) {
        mc->stress_left = pp->rt->opt.gcstress;
        atomic_fetch_or(&pp->poll, POLL_GC);
    }
}

void *cache_alloc_slow(P *pp, unsigned ci) {
    struct Mcache *mc = pp->mcache;
    Heap *h = mc->heap;
    if (UNLIKELY(h->slow))
        cache_stress(pp, size_classes[ci / NKINDS].size);
    Span *s = mc->span[ci];
    while (!s || !take_run(mc, ci, s)) {
        if (s)
            central_give(h, ci, s);
        mc->span[ci] = s = central_take(h, ci);
        if (!s)
            heap_oom(h, size_classes[ci / NKINDS].size);
        if (UNLIKELY(h->in_use_pages * PAGE_BYTES > h->limit_bytes))
            heap_over_limit(pp, s->elem_size);
    }
    if (mc->pending_bytes >= CHARGE_BYTES) {
        heap_charge(pp, mc->pending_bytes);
        mc->pending_bytes = 0;
    }
    char *p = mc->run[ci].at;
    mc->run[ci].at += s->elem_size;
    return p;
}

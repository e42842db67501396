// malloc.c: gc_alloc, large objects, what an address belongs to, and the check of the heap's invariants.
#include "heap/malloc.h"

#include <string.h>

static const uint64_t zero_word = 0;

void *gc_alloc(P *pp, size_t size, const TypeDesc *elem) {
    if (LIKELY(size - 1 < GC_SMALL))
        return gc_alloc_small(pp, size, elem);
    if (size == 0)
        return (void *)(uintptr_t)&zero_word;
    return heap_alloc_large(pp, size, elem, kind_of(elem));
}

static void demand_gc(P *pp) {
    atomic_store_explicit(&pp->rt->heap->wants_gc, true, memory_order_relaxed);
    atomic_fetch_or_explicit(&pp->poll, POLL_GC, memory_order_relaxed);
}

void heap_over_limit(P *pp, uint64_t bytes) {
    atomic_store_explicit(&pp->rt->heap->failed_bytes, bytes, memory_order_relaxed);
    demand_gc(pp);
}

void *heap_alloc_large(P *pp, size_t size, const TypeDesc *elem, SpanKind kind) {
    Heap *h = pp->rt->heap;
    if (size > h->limit_bytes)
        heap_oom(h, size);
    uint64_t npages = (size + PAGE_BYTES - 1) / PAGE_BYTES, bytes = npages * PAGE_BYTES;
    if (UNLIKELY(h->slow))
        cache_stress(pp, size);
    Span *s = pages_alloc(h, npages, 1, SPAN_OBJECTS, true);
    if (!s)
        heap_oom(h, size);
    s->kind = (uint8_t)kind;
    s->sclass = LARGE_CLASS;
    s->nelems = s->nlive = s->next_cell = 1;
    s->type = kind == SK_TYPED ? elem : NULL;
    s->large_bytes = size;
    s->alloc[0] = 1;
    if (s->needzero)
        memset(s->base, 0, bytes);
    pthread_mutex_lock(&h->lock);
    spanlist_push(&h->large, s);
    pthread_mutex_unlock(&h->lock);
    atomic_fetch_add_explicit(&h->nmalloc, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->alloc_bytes, bytes, memory_order_relaxed);
    heap_charge(pp, bytes);
    // The next one of this kind might not fit: collect before it, while that is still possible.
    uint64_t used = h->in_use_pages * PAGE_BYTES;
    if (used > h->limit_bytes)
        heap_over_limit(pp, size);
    else if (used + 2 * bytes > h->limit_bytes)
        demand_gc(pp);
    return s->base;
}

void *heap_object(Runtime *rt, const void *p, size_t *size) {
    const Span *s = span_of(rt->heap, p);
    if (!s || s->state != SPAN_OBJECTS)
        return NULL;
    uint32_t i = span_cell(s, p);
    if (i >= s->nelems || !bit_get(s->alloc, i))
        return NULL;
    if (span_is_large(s)) {
        *size = s->large_bytes;
        return s->base;
    }
    uint32_t header = s->kind == SK_TYPED ? OBJ_HEADER : 0;
    *size = s->elem_size - header;
    return s->base + (uint64_t)i * s->elem_size + header;
}

static void check_span(const Heap *h, const Span *s, unsigned ci) {
    VERIFY(s->state == SPAN_OBJECTS && s->sclass * NKINDS + s->kind == ci);
    VERIFY(span_of(h, s->base) == s && span_of(h, s->base + s->npages * PAGE_BYTES - 1) == s);
    VERIFY(s->elem_size == size_classes[s->sclass].size && s->nelems == size_classes[s->sclass].nelems);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->nelems; i++)
        n += bit_get(s->alloc, i);
    VERIFY(n == s->nlive);
}

void heap_check(Runtime *rt) {
    Heap *h = rt->heap;
    uint64_t pages = 0, free_pages = 0, released = 0;
    for (unsigned ci = 0; ci < NCACHES; ci++) {
        const Central *ct = &h->central[ci];
        const SpanList *lists[] = {&ct->partial, &ct->full, &ct->unswept};
        for (unsigned l = 0; l < COUNT_OF(lists); l++) {
            for (const Span *s = lists[l]->head; s; s = s->next) {
                check_span(h, s, ci);
                pages += s->npages;
                VERIFY(l == 2 || (l == 0) == (s->nlive < s->nelems && s->next_cell < s->nelems));
            }
        }
    }
    for (uint32_t i = 0; i < rt->nprocs; i++) {
        for (unsigned ci = 0; ci < NCACHES; ci++) {
            const Span *s = rt->allp[i]->mcache ? rt->allp[i]->mcache->span[ci] : NULL;
            if (s) {
                check_span(h, s, ci);
                pages += s->npages;
            }
        }
    }
    for (const Span *s = h->large.head; s; s = s->next) {
        VERIFY(span_of(h, s->base) == s && span_of(h, s->base + s->npages * PAGE_BYTES - 1) == s);
        pages += s->npages;
    }
    for (unsigned b = 0; b <= PAGE_BINS; b++) {
        for (const Span *s = h->bins[b].head; s; s = s->next) {
            VERIFY(s->state == SPAN_FREE && (s->npages < PAGE_BINS ? s->npages == b : b == PAGE_BINS));
            VERIFY(span_of(h, s->base) == s && span_of(h, s->base + s->npages * PAGE_BYTES - 1) == s);
            free_pages += s->npages;
            released += s->released ? s->npages : 0;
        }
    }
    VERIFY(free_pages == h->free_pages && released == h->released_pages);
    VERIFY(h->efence || pages + h->stack_pages == h->in_use_pages);
    VERIFY(h->in_use_pages + h->free_pages == h->reserved_bytes / PAGE_BYTES);
}

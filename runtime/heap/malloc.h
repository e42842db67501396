/* malloc.h: the inline path of allocation, for the VM and other hot places. The cache's layout is visible here for that reason alone.
 *
 * gc_alloc_small(pp, size, elem) is gc_alloc for 0 < size <= GC_SMALL: with a constant size the class folds to a constant and what is left is about
 * ten instructions. */
#pragma once
#include "heap/heap_impl.h"

enum { GC_SMALL = SMALL_MAX - OBJ_HEADER };

static inline SpanKind kind_of(const TypeDesc *elem) {
    // An interface has a map of two words, so a period of one word is a certain pointer in each.
    return !elem || !elem->gc_period ? SK_NOSCAN : elem->gc_period == 1 ? SK_ALLPTR : SK_TYPED;
}

static inline void *cache_alloc(P *pp, unsigned cls, SpanKind kind) {
    unsigned ci = cls * NKINDS + kind;
    CacheRun *r = &pp->mcache->run[ci];
    char *p = r->at;
    if (UNLIKELY(p == r->end))
        return cache_alloc_slow(pp, ci);
    r->at = p + size_classes[cls].size;
    return p;
}

static inline void *gc_alloc_noscan(P *pp, size_t size) {
    return cache_alloc(pp, class_of(size), SK_NOSCAN);
}

static inline void *gc_alloc_small(P *pp, size_t size, const TypeDesc *elem) {
    SpanKind kind = kind_of(elem);
    if (kind != SK_TYPED)
        return cache_alloc(pp, class_of(size), kind);
    const TypeDesc **p = cache_alloc(pp, class_of(size + OBJ_HEADER), SK_TYPED);
    p[0] = elem;
    return p + 1;
}

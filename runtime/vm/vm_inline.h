/* vm_inline.h: small questions that the loop and the slow paths ask alike. */
#pragma once
#include "heap/malloc.h"
#include "vm_impl.h"

/* iface_implements tells whether the concrete type t has every method of iface. */
static inline bool iface_implements(P *pp, const TypeDesc *t, const TypeDesc *iface) {
    if (iface->nmethods == 0)
        return true;
    ImplCache *cache = pp->impls;
    unsigned i = (t->hash * 31 + iface->hash) % IMPL_CACHE_SIZE;
    if (LIKELY(cache->at[i].type == t && cache->at[i].iface == iface))
        return cache->at[i].yes;
    bool yes = typedesc_implements(t, iface, NULL);
    cache->at[i].type = t;
    cache->at[i].iface = iface;
    cache->at[i].yes = yes;
    return yes;
}

/* vm_alloc is gc_alloc with the small sizes inline. */
static inline void *vm_alloc(P *pp, size_t size, const TypeDesc *elem) {
    return LIKELY(size - 1 < GC_SMALL) ? gc_alloc_small(pp, size, elem) : gc_alloc(pp, size, elem);
}

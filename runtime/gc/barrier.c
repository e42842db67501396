/* barrier.c: what pointer stores owe to a marking that runs beside the program.
 *
 * The barrier is the hybrid one: a store shades the pointer it overwrites (deletion: a goroutine whose stack was scanned can't hide an object by taking
 * it out of the heap) and the pointer it stores (insertion: a goroutine whose stack was not scanned yet can't hide one in a black object).
 * New objects are black from birth. It is on only while rt->wb_on. */
#include "gc/gc_impl.h"

#include <string.h>

static Marker marker_of(P *pp) {
    return (Marker){pp->rt->heap, pp->rt->gc, pp->gcbuf, "write barrier", NULL, NULL, NULL};
}

void gc_barrier_slow(P *pp, void *old, void *new_value) {
    Marker mk = marker_of(pp);
    gc_grey(&mk, old, false);
    gc_grey(&mk, new_value, false);
}

static void shade_block(P *pp, const void *p, const TypeDesc *elem, size_t n) {
    Marker mk = marker_of(pp);
    mk.where = p;
    gc_scan_block(&mk, p, elem->size * n, elem);
}

void gc_copy(P *pp, void *dst, const void *src, const TypeDesc *elem, size_t n) {
    if (UNLIKELY(pp->rt->wb_on) && elem->gc_period) {
        shade_block(pp, dst, elem, n);
        shade_block(pp, src, elem, n);
    }
    memmove(dst, src, elem->size * n);
}

void gc_clear(P *pp, void *dst, const TypeDesc *elem, size_t n) {
    if (UNLIKELY(pp->rt->wb_on) && elem->gc_period)
        shade_block(pp, dst, elem, n);
    memset(dst, 0, elem->size * n);
}

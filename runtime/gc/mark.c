/* mark.c: the grey set, and scanning objects.
 *
 * Marking never recurses: what is found goes into work buffers. A buffer that is full moves to the collector's list, where other markers may take it. Large
 * objects are kept apart and scanned piece by piece, so that the grey set stays small. Objects pass a short queue between the buffer and their scan, in
 * which their memory is prefetched. */
#include "gc/gc_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static WorkBuf *buf_get(struct Gc *gc) {
    pthread_mutex_lock(&gc->lock);
    WorkBuf *b = gc->empty;
    if (b)
        gc->empty = b->next;
    pthread_mutex_unlock(&gc->lock);
    if (!b)
        b = malloc(sizeof *b);
    if (!b)
        rt_fatal(gc->rt, "out of memory", false);
    b->n = 0;
    b->next = NULL;
    return b;
}

static void buf_put(struct Gc *gc, WorkBuf *b) {
    pthread_mutex_lock(&gc->lock);
    WorkBuf **l = b->n ? &gc->full : &gc->empty;
    b->next = *l;
    *l = b;
    pthread_mutex_unlock(&gc->lock);
}

static void push(Marker *mk, void *cell) {
    WorkBuf *b = mk->buf->cur;
    if (UNLIKELY(!b || b->n == WORKBUF_ITEMS)) {
        if (b)
            buf_put(mk->gc, b);
        mk->buf->cur = b = buf_get(mk->gc);
    }
    b->items[b->n++] = cell;
}

static void *pop(Marker *mk) {
    WorkBuf *b = mk->buf->cur;
    if (UNLIKELY(!b || b->n == 0)) {
        struct Gc *gc = mk->gc;
        pthread_mutex_lock(&gc->lock);
        WorkBuf *full = gc->full;
        if (full)
            gc->full = full->next;
        pthread_mutex_unlock(&gc->lock);
        if (!full)
            return NULL;
        if (b)
            buf_put(gc, b);
        mk->buf->cur = b = full;
    }
    return b->items[--b->n];
}

static void push_big(Marker *mk, const Span *s) {
    struct Gc *gc = mk->gc;
    pthread_mutex_lock(&gc->lock);
    if (gc->nbigs == gc->cap_bigs) {
        gc->cap_bigs = gc->cap_bigs ? gc->cap_bigs * 2 : 16;
        BigScan *more = realloc(gc->bigs, gc->cap_bigs * sizeof *more);
        if (!more)
            rt_fatal(gc->rt, "out of memory", false);
        gc->bigs = more;
    }
    gc->bigs[gc->nbigs++] = (BigScan){s, 0};
    pthread_mutex_unlock(&gc->lock);
}

void gc_bad_pointer(const Marker *mk, const void *p) {
    const Span *s = span_of(mk->heap, p), *in = span_of(mk->heap, mk->where);
    if (in && in->state == SPAN_OBJECTS && in->kind == SK_TYPED) {
        const TypeDesc *t = span_is_large(in) ? in->type : *(const TypeDesc *const *)mk->where;
        fprintf(stderr, "gol: in an object of %.*s, %u bytes:\n", (int)t->string.len, t->string.data, in->elem_size);
    }
    fprintf(stderr, "gol: bad pointer %p in %s at %p: ", p, mk->what ? mk->what : "?", mk->where);
    if (!s)
        fprintf(stderr, "no span\n");
    else if (s->state != SPAN_OBJECTS)
        fprintf(stderr, "span %p in state %u\n", (void *)s->base, s->state);
    else
        fprintf(stderr, "cell %u of %u (%u bytes, kind %u) at %p is not allocated\n", span_cell(s, p), s->nelems, s->elem_size, s->kind,
                (void *)s->base);
    rt_throw("collector found a bad pointer");
}

static inline bool checking(const Marker *mk) {
#ifdef GOL_CHECKS
    return true;
#else
    return mk->gc->verify;
#endif
}

static inline void grey(Marker *mk, const void *p, bool certain) {
    const Heap *h = mk->heap;
    uintptr_t a = (uintptr_t)p, lo = atomic_load_explicit(&h->lo, memory_order_relaxed);
    if (a - lo >= atomic_load_explicit(&h->hi, memory_order_relaxed) - lo)
        return;
    Span *s = span_of(h, p);
    if (UNLIKELY(!s || s->state != SPAN_OBJECTS)) {
        if (certain && checking(mk) && !(s && s->state == SPAN_STACK) && h->arenas[a >> ARENA_SHIFT])
            gc_bad_pointer(mk, p);
        return;
    }
    uint32_t i = span_cell(s, p);
    if (UNLIKELY(i >= s->nelems || !bit_get(s->alloc, i))) {
        if (certain && checking(mk))
            gc_bad_pointer(mk, p);
        return;
    }
    uint64_t bit = (uint64_t)1 << (i % 64), *word = &s->mark[i / 64];
    if (*word & bit)
        return;
    *word |= bit;
    if (UNLIKELY(span_is_large(s))) {
        mk->buf->marked_bytes += s->npages * PAGE_BYTES;
        if (s->kind != SK_NOSCAN)
            push_big(mk, s);
        return;
    }
    mk->buf->marked_bytes += s->elem_size;
    if (s->kind != SK_NOSCAN)
        push(mk, s->base + (uint64_t)i * s->elem_size);
}

void gc_grey(Marker *mk, const void *p, bool certain) {
    grey(mk, p, certain);
}

static void scan_all(Marker *mk, void *const *p, uint64_t words) {
    for (uint64_t i = 0; i < words; i++) {
        if (p[i])
            grey(mk, p[i], true);
    }
}

// scan_typed scans words of memory that begins with the first word of a value of type t.
static void scan_typed(Marker *mk, void *const *p, uint64_t words, const TypeDesc *t) {
    uint32_t period = t->gc_period;
    for (uint64_t at = 0; at < words; at += period) {
        for (uint32_t w = 0; w * 64 < period; w++) {
            uint64_t bits = t->gc_ptrs[w], maybe = t->gc_maybe ? t->gc_maybe[w] : 0;
            for (; bits; bits &= bits - 1) {
                uint32_t b = (uint32_t)__builtin_ctzll(bits);
                uint64_t i = at + w * 64 + b;
                if (i >= words)
                    return;
                if (p[i])
                    grey(mk, p[i], !(maybe >> b & 1));
            }
        }
    }
}

void gc_scan_block(Marker *mk, const void *p, uint64_t bytes, const TypeDesc *elem) {
    if (elem->gc_period)
        scan_typed(mk, p, bytes / 8, elem);
}

void gc_scan_cell(Marker *mk, void *cell) {
    const Span *s = span_of(mk->heap, cell);
    mk->where = cell;
    if (s->kind == SK_ALLPTR) {
        scan_all(mk, cell, s->elem_size / 8);
        return;
    }
    const TypeDesc *t = *(const TypeDesc **)cell;
    scan_typed(mk, (void **)cell + 1, s->elem_size / 8 - 1, t);
}

void gc_scan_span(Marker *mk, const Span *s) {
    push_big(mk, s);
}

// scan_big scans the next piece of the newest large object; false when there is none.
static bool scan_big(Marker *mk) {
    struct Gc *gc = mk->gc;
    if (!gc->nbigs)
        return false;
    BigScan *b = &gc->bigs[gc->nbigs - 1];
    const Span *s = b->span;
    uint64_t at = b->done, bytes = s->large_bytes / 8 * 8, n = bytes - at;
    if (n > SCAN_CHUNK_BYTES) {
        n = SCAN_CHUNK_BYTES;
        if (s->kind == SK_TYPED) {
            uint64_t unit = (uint64_t)s->type->gc_period * 8;
            n = unit >= n ? unit : n / unit * unit;
            if (n > bytes - at)
                n = bytes - at;
        }
    }
    b->done = at + n;
    if (b->done == bytes)
        gc->nbigs--;
    mk->where = s->base;
    if (s->kind == SK_ALLPTR)
        scan_all(mk, (void **)(s->base + at), n / 8);
    else
        scan_typed(mk, (void **)(s->base + at), n / 8, s->type);
    return true;
}

enum { AHEAD = 8 };

void gc_drain(Marker *mk) {
    void *ahead[AHEAD];
    unsigned n = 0, at = 0;
    mk->what = "object";
    do {
        for (;;) {
            void *cell = n < AHEAD ? pop(mk) : NULL;
            if (cell) {
                __builtin_prefetch(cell);
                ahead[(at + n++) % AHEAD] = cell;
                if (n < AHEAD)
                    continue;
            }
            if (n == 0)
                break;
            cell = ahead[at];
            at = (at + 1) % AHEAD;
            n--;
            gc_scan_cell(mk, cell);
        }
    } while (scan_big(mk));
}

bool gc_is_marked(const Heap *h, const void *p) {
    const Span *s = span_of(h, p);
    if (!s || s->state != SPAN_OBJECTS)
        return true;
    uint32_t i = span_cell(s, p);
    return i >= s->nelems || bit_get(s->mark, i);
}

void gc_each_span(Heap *h, void (*visit)(void *arg, Span *s), void *arg) {
    for (unsigned ci = 0; ci < NCACHES; ci++) {
        SpanList *lists[] = {&h->central[ci].partial, &h->central[ci].full, &h->central[ci].unswept};
        for (unsigned l = 0; l < COUNT_OF(lists); l++) {
            for (Span *s = lists[l]->head; s; s = s->next)
                visit(arg, s);
        }
    }
    for (Span *s = h->large.head; s; s = s->next)
        visit(arg, s);
}

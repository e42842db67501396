/* central.c: the spans of a size class and kind that no cache owns, and sweeping.
 *
 * After a collection every span is on the unswept list of its central. Spans are swept by who wants to allocate (central_take), which also sweeps two
 * others from wherever the cursor stands, so that sweeping ends before the heap has doubled; and the next collection sweeps the rest. A span that
 * was taken from a list belongs to the taker alone, so sweeping needs no lock. */
#include "heap/heap_impl.h"

#include <string.h>
#include <sys/mman.h>

const SizeClass size_classes[NCLASSES] = {
#define SC(bytes, pages) {bytes, pages, (pages) * PAGE_BYTES / (bytes), (uint32_t)((((uint64_t)1 << 32) + (bytes)-1) / (bytes))},
#include "sizeclass.def"
#undef SC
};

static const uint64_t clobber_word = 0xdeadbeefdeadbeef;

static void clobber(char *p, uint64_t bytes) {
    for (uint64_t i = 0; i + 8 <= bytes; i += 8)
        memcpy(p + i, &clobber_word, 8);
}

static void clobber_dead(const Span *s) {
    for (uint32_t i = 0; i < s->nelems; i++) {
        if (bit_get(s->alloc, i) && !bit_get(s->mark, i))
            clobber(s->base + (uint64_t)i * s->elem_size, s->elem_size);
    }
}

uint32_t span_sweep(Heap *h, Span *s) {
    if (h->clobber)
        clobber_dead(s);
    uint32_t live = 0;
    for (uint32_t i = 0; i < s->words; i++) {
        s->alloc[i] = s->mark[i];
        s->mark[i] = 0;
        live += (uint32_t)__builtin_popcountll(s->alloc[i]);
    }
    ASSERT(live <= s->nlive);
    uint32_t freed = s->nlive - live;
    s->nlive = live;
    s->next_cell = h->efence ? s->nelems : 0;
    if (freed) {
        s->needzero = true;
        atomic_fetch_add_explicit(&h->nfree, freed, memory_order_relaxed);
        atomic_fetch_add_explicit(&h->freed_bytes, (uint64_t)freed * s->elem_size, memory_order_relaxed);
    }
    atomic_fetch_sub_explicit(&h->unswept_spans, 1, memory_order_relaxed);
    return freed;
}

static bool span_has_room(const Span *s) {
    return s->nlive < s->nelems && s->next_cell < s->nelems;
}

// retire_empty gives back the pages of a span without objects, or fences them off for ever.
static void retire_empty(Heap *h, Span *s) {
    if (h->efence)
        mprotect(s->base, s->npages * PAGE_BYTES, PROT_NONE);
    else
        pages_free(h, s);
}

// sweep_one sweeps one span of the central; false when none was left.
static bool sweep_one(Heap *h, Central *ct) {
    pthread_mutex_lock(&ct->lock);
    Span *s = spanlist_pop(&ct->unswept);
    pthread_mutex_unlock(&ct->lock);
    if (!s)
        return false;
    span_sweep(h, s);
    if (!s->nlive) {
        retire_empty(h, s);
        return true;
    }
    pthread_mutex_lock(&ct->lock);
    spanlist_push(span_has_room(s) ? &ct->partial : &ct->full, s);
    pthread_mutex_unlock(&ct->lock);
    return true;
}

static void sweep_some(Heap *h, unsigned n) {
    while (n && atomic_load_explicit(&h->unswept_spans, memory_order_relaxed)) {
        unsigned at = atomic_load_explicit(&h->sweep_cursor, memory_order_relaxed);
        if (at >= NCACHES)
            return;
        if (sweep_one(h, &h->central[at]))
            n--;
        else
            atomic_compare_exchange_strong(&h->sweep_cursor, &at, at + 1);
    }
}

static Span *span_make(Heap *h, unsigned ci) {
    const SizeClass *sc = &size_classes[ci / NKINDS];
    Span *s = pages_alloc(h, sc->pages, sc->nelems, SPAN_OBJECTS, true);
    if (!s)
        return NULL;
    s->kind = (uint8_t)(ci % NKINDS);
    s->elem_size = sc->size;
    s->nelems = sc->nelems;
    s->magic = sc->magic;
    s->sclass = (uint8_t)(ci / NKINDS);
    return s;
}

Span *central_take(Heap *h, unsigned ci) {
    Central *ct = &h->central[ci];
    sweep_some(h, 2);
    // A span that stays full after sweeping is no use: after a few of them a new span is the cheaper way.
    for (int tries = 0; tries < 64; tries++) {
        pthread_mutex_lock(&ct->lock);
        Span *s = spanlist_pop(&ct->partial);
        bool sweep = !s;
        if (!s)
            s = spanlist_pop(&ct->unswept);
        pthread_mutex_unlock(&ct->lock);
        if (!s)
            break;
        if (sweep)
            span_sweep(h, s);
        if (span_has_room(s))
            return s;
        central_give(h, ci, s);
    }
    return span_make(h, ci);
}

void central_give(Heap *h, unsigned ci, Span *s) {
    Central *ct = &h->central[ci];
    pthread_mutex_lock(&ct->lock);
    spanlist_push(span_has_room(s) ? &ct->partial : &ct->full, s);
    pthread_mutex_unlock(&ct->lock);
}

void central_all_unswept(Heap *h) {
    uint32_t n = 0;
    for (unsigned ci = 0; ci < NCACHES; ci++) {
        Central *ct = &h->central[ci];
        spanlist_join(&ct->unswept, &ct->partial);
        spanlist_join(&ct->unswept, &ct->full);
        for (Span *s = ct->unswept.head; s; s = s->next)
            n++;
    }
    h->unswept_spans = n;
    h->sweep_cursor = 0;
}

void central_sweep_all(Heap *h) {
    for (unsigned ci = 0; ci < NCACHES; ci++) {
        while (sweep_one(h, &h->central[ci]))
            continue;
    }
}

void large_sweep(Heap *h) {
    Span *next;
    for (Span *s = h->large.head; s; s = next) {
        next = s->next;
        if (bit_get(s->mark, 0)) {
            s->mark[0] = 0;
            continue;
        }
        if (!s->nlive)  // fenced off
            continue;
        atomic_fetch_add_explicit(&h->nfree, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&h->freed_bytes, s->npages * PAGE_BYTES, memory_order_relaxed);
        s->nlive = 0;
        s->alloc[0] = 0;
        if (!h->efence)
            spanlist_remove(&h->large, s);
        retire_empty(h, s);
    }
}

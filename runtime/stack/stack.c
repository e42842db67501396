/* stack.c: blocks for stacks: a cache per P, a pool behind it, spans of the page heap behind that.
 *
 * Orders 0 to STACK_ORDERS-1 are blocks of 512 B to 32 KiB, cut from spans of STACK_SPAN_BYTES; larger blocks are spans of their own.
 *
 * Invariants
 *   A block is in use, in one cache, or on its span's list of free blocks. span->nlive counts those not on the list.
 *   A span with free blocks is in pool->partial of its order; one whose blocks are all free goes back to the page heap. (pool->lock) */
#include "stack/stack_impl.h"

#include <stdlib.h>
#include <string.h>

bool stacks_init(Runtime *rt) {
    struct StackPool *sp = calloc(1, sizeof *sp);
    if (!sp)
        return false;
    pthread_mutex_init(&sp->lock, NULL);
    sp->max_bytes = rt->opt.maxstack_bytes ? rt->opt.maxstack_bytes : 1000000000;
    rt->stacks = sp;
    return true;
}

void stacks_fini(Runtime *rt) {
    if (!rt->stacks)
        return;
    pthread_mutex_destroy(&rt->stacks->lock);
    free(rt->stacks);
    rt->stacks = NULL;
}

bool stacks_init_p(P *pp) {
    pp->stackcache = calloc(1, sizeof *pp->stackcache);
    return pp->stackcache != NULL;
}

static unsigned order_of(uint64_t size) {
    return (unsigned)__builtin_ctzll(size) - STACK_MIN_ORDER;
}

// --- pool; pool->lock is held ---

static StackBlock *pool_take(Runtime *rt, unsigned order) {
    struct StackPool *sp = rt->stacks;
    Span *s = sp->partial[order].head;
    if (!s) {
        s = pages_alloc(rt->heap, STACK_SPAN_BYTES / PAGE_BYTES, 0, SPAN_STACK, false);
        if (!s)
            return NULL;
        s->order = order;
        uint64_t size = (uint64_t)STACK_MIN << order;
        for (uint64_t off = STACK_SPAN_BYTES; off > 0; off -= size) {
            StackBlock *b = (StackBlock *)(s->base + off - size);
            b->next = s->free_blocks;
            s->free_blocks = b;
        }
        spanlist_push(&sp->partial[order], s);
    }
    StackBlock *b = s->free_blocks;
    s->free_blocks = b->next;
    s->nlive++;
    if (!s->free_blocks)
        spanlist_remove(&sp->partial[order], s);
    return b;
}

static void pool_give(Runtime *rt, unsigned order, StackBlock *b) {
    struct StackPool *sp = rt->stacks;
    Span *s = span_of(rt->heap, b);
    ASSERT(s && s->state == SPAN_STACK && s->order == order);
    if (!s->free_blocks)
        spanlist_push(&sp->partial[order], s);
    b->next = s->free_blocks;
    s->free_blocks = b;
    if (--s->nlive == 0) {
        spanlist_remove(&sp->partial[order], s);
        pages_free(rt->heap, s);
    }
}

// --- blocks ---

static void cache_drain(Runtime *rt, struct StackCache *sc, unsigned order, uint32_t keep) {
    pthread_mutex_lock(&rt->stacks->lock);
    while (sc->nfree[order] > keep) {
        StackBlock *b = sc->free[order];
        sc->free[order] = b->next;
        sc->nfree[order]--;
        pool_give(rt, order, b);
    }
    pthread_mutex_unlock(&rt->stacks->lock);
}

static void cache_fill(Runtime *rt, struct StackCache *sc, unsigned order) {
    uint32_t want = STACK_CACHE_BYTES / 2 / ((uint32_t)STACK_MIN << order);
    pthread_mutex_lock(&rt->stacks->lock);
    do {
        StackBlock *b = pool_take(rt, order);
        if (!b)
            break;
        b->next = sc->free[order];
        sc->free[order] = b;
        sc->nfree[order]++;
    } while (sc->nfree[order] < want);
    pthread_mutex_unlock(&rt->stacks->lock);
}

char *block_alloc(Runtime *rt, P *pp, uint64_t size) {
    if (size > STACK_CACHED_MAX) {
        Span *s = pages_alloc(rt->heap, size / PAGE_BYTES, 0, SPAN_STACK, false);
        return s ? s->base : NULL;
    }
    unsigned order = order_of(size);
    StackBlock *b;
    if (!pp || !pp->stackcache) {
        pthread_mutex_lock(&rt->stacks->lock);
        b = pool_take(rt, order);
        pthread_mutex_unlock(&rt->stacks->lock);
        return (char *)b;
    }
    struct StackCache *sc = pp->stackcache;
    if (!sc->free[order])
        cache_fill(rt, sc, order);
    b = sc->free[order];
    if (b) {
        sc->free[order] = b->next;
        sc->nfree[order]--;
    }
    return (char *)b;
}

void block_free(Runtime *rt, P *pp, char *block, uint64_t size) {
    if (size > STACK_CACHED_MAX) {
        pages_free(rt->heap, span_of(rt->heap, block));
        return;
    }
    unsigned order = order_of(size);
    StackBlock *b = (StackBlock *)block;
    if (!pp || !pp->stackcache) {
        pthread_mutex_lock(&rt->stacks->lock);
        pool_give(rt, order, b);
        pthread_mutex_unlock(&rt->stacks->lock);
        return;
    }
    struct StackCache *sc = pp->stackcache;
    b->next = sc->free[order];
    sc->free[order] = b;
    uint32_t most = STACK_CACHE_BYTES / ((uint32_t)STACK_MIN << order);
    if (++sc->nfree[order] > most)
        cache_drain(rt, sc, order, most / 2);
}

static void drain_p(P *pp) {
    for (unsigned order = 0; order < STACK_ORDERS; order++)
        cache_drain(pp->rt, pp->stackcache, order, 0);
}

void stacks_fini_p(P *pp) {
    if (!pp->stackcache)
        return;
    drain_p(pp);
    free(pp->stackcache);
    pp->stackcache = NULL;
}

void stacks_release(Runtime *rt) {
    for (uint32_t i = 0; i < rt->nprocs; i++) {
        if (rt->allp[i]->stackcache)
            drain_p(rt->allp[i]);
    }
}

uint64_t stacks_set_max(Runtime *rt, uint64_t bytes) {
    return atomic_exchange(&rt->stacks->max_bytes, bytes);
}

void stacks_counters(const Runtime *rt, StackCounters *out) {
    *out = (StackCounters){rt->stacks->growths, rt->stacks->copied_bytes, rt->stacks->shrinks};
}

// --- a goroutine's stack ---

static uint64_t round_size(uint64_t bytes) {
    uint64_t size = STACK_MIN;
    while (size < bytes)
        size *= 2;
    return size;
}

bool stack_alloc(M *mp, G *gp, size_t bytes) {
    uint64_t size = round_size(bytes);
    char *b = block_alloc(mp->rt, mp->pp, size);
    if (!b)
        return false;
    gp->stack_lo = b;
    gp->stack_hi = b + size;
    atomic_store(&gp->stack_limit, mp->rt->opt.stackstress ? NULL : gp->stack_hi);
    return true;
}

void stack_free(M *mp, G *gp) {
    if (!gp->stack_lo)
        return;
    block_free(mp->rt, mp->pp, gp->stack_lo, (uint64_t)(gp->stack_hi - gp->stack_lo));
    gp->stack_lo = gp->stack_hi = NULL;
    atomic_store(&gp->stack_limit, NULL);
}

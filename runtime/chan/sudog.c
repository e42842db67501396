// sudog.c: the pool behind the Ps' caches of sudogs.
#include "chan/chan_impl.h"

#include <stdlib.h>

enum { SUDOG_SLAB = 64 };

typedef struct SudogSlab {
    struct SudogSlab *next;
    Sudog sgs[SUDOG_SLAB];
} SudogSlab;

struct SudogPool {
    SpinLock lock;
    Sudog *free;
    SudogSlab *slabs;
};

SudogPool *sudog_pool_new(void) {
    return calloc(1, sizeof(SudogPool));
}

void sudog_pool_free(SudogPool *pool) {
    if (!pool)
        return;
    for (SudogSlab *slab = pool->slabs, *next; slab; slab = next) {
        next = slab->next;
        free(slab);
    }
    free(pool);
}

void sudog_cache_fill(Runtime *rt, SudogCache *cache) {
    SudogPool *pool = rt->sched->sudogs;
    spin_lock(&pool->lock, RANK_SUDOGS);
    for (int i = 0; i < SUDOG_CACHE_MAX / 2 && pool->free; i++) {
        Sudog *sg = pool->free;
        pool->free = sg->next;
        sg->next = cache->free;
        cache->free = sg;
        cache->n++;
    }
    spin_unlock(&pool->lock);
    if (cache->free)
        return;
    SudogSlab *slab = heap_note_slab(rt, sizeof *slab) ? calloc(1, sizeof *slab) : NULL;
    if (!slab)
        rt_fatal(rt, "out of memory", false);
    for (int i = 0; i < SUDOG_SLAB; i++) {
        slab->sgs[i].next = cache->free;
        cache->free = &slab->sgs[i];
    }
    cache->n += SUDOG_SLAB;
    spin_lock(&pool->lock, RANK_SUDOGS);
    slab->next = pool->slabs;
    pool->slabs = slab;
    spin_unlock(&pool->lock);
}

void sudog_cache_flush(Runtime *rt, SudogCache *cache, uint32_t keep) {
    SudogPool *pool = rt->sched->sudogs;
    spin_lock(&pool->lock, RANK_SUDOGS);
    while (cache->n > keep) {
        Sudog *sg = cache->free;
        cache->free = sg->next;
        cache->n--;
        sg->next = pool->free;
        pool->free = sg;
    }
    spin_unlock(&pool->lock);
}

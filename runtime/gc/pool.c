/* pool.c: values that a sync.Pool keeps are forgotten when two collections found nobody who took them.
 *
 * Pools that keep something are on one list. At the start of a collection, with the world stopped, what a pool keeps becomes what it would forget next, and
 * that is forgotten; a pool that keeps nothing leaves the list. A pool whose fields some goroutine is changing (busy) stays as it is. */
#include "gc/gc_impl.h"

typedef struct PoolState PoolState;

typedef struct PoolSlice {
    void *data;
    uint64_t len, cap;
} PoolSlice;

/* The memory form of sync.poolState. */
struct PoolState {
    PoolSlice kept, old;
    PoolState *next;
    bool busy, listed;
};

void gc_pools_age(struct Gc *gc) {
    if (!gc->pools)
        return;
    PoolState **at = gc->pools;
    for (PoolState *p; (p = *at) != NULL;) {
        if (!p->busy && !p->kept.data && !p->old.data) {
            *at = p->next;
            p->next = NULL;
            p->listed = false;
            continue;
        }
        if (!p->busy) {
            p->old = p->kept;
            p->kept = (PoolSlice){0};
        }
        at = &p->next;
    }
}

// func listPool(list **poolState, p *poolState)
LeafStatus gc_leaf_list_pool(LeafCtx *cx, Slot *s) {
    struct Gc *gc = cx->rt->gc;
    PoolState **list = (PoolState **)s[0], *p = (PoolState *)s[1];
    pthread_mutex_lock(&gc->lock);
    if (!p->listed) {
        p->listed = true;
        gc->pools = list;
        gc_store(cx->pp, (void *_Atomic *)&p->next, *list);
        gc_store(cx->pp, (void *_Atomic *)list, p);
    }
    pthread_mutex_unlock(&gc->lock);
    return LEAF_DONE;
}

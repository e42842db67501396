/* final.c: finalizers and cleanups: functions that run after an object was found unreachable.
 *
 * A record names an object, which it does not keep alive, and a closure, which it does. What a finalizer's object refers to stays alive as long as the
 * record (so finalizers run in the order of dependency, and cycles of them never); when nothing else refers to the object, it is kept for one more
 * cycle and queued with its closure. A cleanup's object just dies.
 *
 * The queue is emptied by a goroutine of the system that is started with the first record: it calls nextFinalizer, which parks it while the queue is
 * empty. Records and queue are under final->lock; the collector takes it with the world stopped. */
#include "gc/gc_impl.h"
#include "sched/sched.h"

#include <stdlib.h>
#include <string.h>

typedef struct FinalRec {
    char *obj;      // where SetFinalizer's pointer pointed
    void *closure;  // of a func(unsafe.Pointer)
    uint64_t id;    // of a cleanup; 0: finalizer
} FinalRec;

struct Final {
    pthread_mutex_t lock;
    FinalRec *recs, *queue;
    uint32_t nrecs, cap_recs, nqueue, cap_queue;
    uint64_t last_id;
    G *waiter;
    bool started;
    bool running;   // the goroutine took a record and has not come back
};

bool final_init(struct Gc *gc) {
    gc->final = calloc(1, sizeof *gc->final);
    return gc->final && !pthread_mutex_init(&gc->final->lock, NULL);
}

void final_fini(struct Gc *gc) {
    if (!gc->final)
        return;
    free(gc->final->recs);
    free(gc->final->queue);
    pthread_mutex_destroy(&gc->final->lock);
    free(gc->final);
}

static void append(FinalRec **v, uint32_t *n, uint32_t *cap, FinalRec r) {
    if (*n == *cap) {
        *cap = *cap ? *cap * 2 : 16;
        *v = realloc(*v, *cap * sizeof **v);
        VERIFY(*v);
    }
    (*v)[(*n)++] = r;
}

// scan_object greys what the object refers to, but not the object.
static void scan_object(Marker *mk, const char *p) {
    const Span *s = span_of(mk->heap, p);
    if (span_is_large(s)) {
        if (s->kind != SK_NOSCAN)
            gc_scan_span(mk, s);
        return;
    }
    if (s->kind != SK_NOSCAN)
        gc_scan_cell(mk, s->base + (uint64_t)span_cell(s, p) * s->elem_size);
}

void final_mark_roots(Marker *mk) {
    struct Final *f = mk->gc->final;
    mk->what = "finalizer";
    for (uint32_t i = 0; i < f->nrecs; i++) {
        gc_grey(mk, f->recs[i].closure, true);
        if (!f->recs[i].id)
            scan_object(mk, f->recs[i].obj);
    }
    for (uint32_t i = 0; i < f->nqueue; i++) {
        gc_grey(mk, f->queue[i].closure, true);
        gc_grey(mk, f->queue[i].obj, true);
    }
}

void final_after_mark(Marker *mk) {
    struct Final *f = mk->gc->final;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->nrecs; i++) {
        FinalRec r = f->recs[i];
        if (gc_is_marked(mk->heap, r.obj)) {
            f->recs[kept++] = r;
            continue;
        }
        if (r.id)
            r.obj = NULL;
        append(&f->queue, &f->nqueue, &f->cap_queue, r);
    }
    f->nrecs = kept;
    for (uint32_t i = 0; i < f->nqueue; i++)
        gc_grey(mk, f->queue[i].obj, true);
    gc_drain(mk);
}

void final_wake(M *mp) {
    struct Final *f = mp->rt->gc->final;
    if (!mp->pp)
        return;
    pthread_mutex_lock(&f->lock);
    G *gp = f->nqueue ? f->waiter : NULL;
    if (gp)
        f->waiter = NULL;
    pthread_mutex_unlock(&f->lock);
    if (gp) {  // it runs next: programs that call runtime.GC() in a loop wait for it
        sched_ready(mp, gp, true);
        atomic_fetch_or(&mp->pp->poll, POLL_PREEMPT);
    }
}

// The goroutine of finalizers is never cancelled.
static bool undo_wait(G *gp) {
    return false;
}

static bool start_once(LeafCtx *cx, struct Final *f) {
    bool first = !f->started;
    f->started = true;
    return first;
}

/* func setFinalizer(obj, finalizer any) (first bool): first asks the caller to start the goroutine. finalizer nil: the record goes away. */
LeafStatus final_leaf_set_finalizer(LeafCtx *cx, Slot *s) {
    const TypeDesc *ot = (const TypeDesc *)s[0], *ft = (const TypeDesc *)s[2];
    char *obj = (char *)s[1];
    void *closure = (void *)s[3];
    struct Final *f = cx->rt->gc->final;
    size_t size;
    s[0] = 0;
    if (!ot || ot->kind != KIND_POINTER)
        leaf_fatal(cx, "runtime.SetFinalizer: first argument is not a pointer");
    if (!obj)
        leaf_fatal(cx, "runtime.SetFinalizer: pointer is nil");
    if (ft && (ft->kind != KIND_FUNC || ft->nparams != 1 || ft->fields[0].type != ot))
        leaf_fatal(cx, "runtime.SetFinalizer: finalizer does not take a pointer of the object's type");
    if (!heap_object(cx->rt, obj, &size))
        return LEAF_DONE;  // a package variable or an empty object: lives for ever
    pthread_mutex_lock(&f->lock);
    for (uint32_t i = 0; i < f->nrecs; i++) {
        if (f->recs[i].id || f->recs[i].obj != obj)
            continue;
        if (ft)
            leaf_fatal(cx, "runtime.SetFinalizer: finalizer already set");
        f->recs[i] = f->recs[--f->nrecs];
        break;
    }
    if (ft && closure) {
        append(&f->recs, &f->nrecs, &f->cap_recs, (FinalRec){obj, closure, 0});
        s[0] = start_once(cx, f);
    }
    pthread_mutex_unlock(&f->lock);
    return LEAF_DONE;
}

// func addCleanup(p unsafe.Pointer, f func(unsafe.Pointer)) (id uint64, first bool)
LeafStatus final_leaf_add_cleanup(LeafCtx *cx, Slot *s) {
    char *obj = (char *)s[0];
    void *closure = (void *)s[1];
    struct Final *f = cx->rt->gc->final;
    size_t size;
    s[0] = s[1] = 0;
    if (!heap_object(cx->rt, obj, &size))
        return LEAF_DONE;
    pthread_mutex_lock(&f->lock);
    s[0] = ++f->last_id;
    append(&f->recs, &f->nrecs, &f->cap_recs, (FinalRec){obj, closure, f->last_id});
    s[1] = start_once(cx, f);
    pthread_mutex_unlock(&f->lock);
    return LEAF_DONE;
}

// func stopCleanup(id uint64)
LeafStatus final_leaf_stop_cleanup(LeafCtx *cx, Slot *s) {
    struct Final *f = cx->rt->gc->final;
    pthread_mutex_lock(&f->lock);
    for (uint32_t i = 0; i < f->nrecs && s[0]; i++) {
        if (f->recs[i].id == s[0]) {
            f->recs[i] = f->recs[--f->nrecs];
            break;
        }
    }
    pthread_mutex_unlock(&f->lock);
    return LEAF_DONE;
}

/* func nextFinalizer() (f func(unsafe.Pointer), obj unsafe.Pointer): f is nil when the goroutine had to wait. */
LeafStatus final_leaf_next_finalizer(LeafCtx *cx, Slot *s) {
    struct Final *f = cx->rt->gc->final;
    s[0] = s[1] = 0;
    pthread_mutex_lock(&f->lock);
    bool wait = f->nqueue == 0;
    f->running = !wait;
    if (wait) {
        sched_park_begin(cx->mp, cx->gp, WAIT_FINALIZER, undo_wait);
        f->waiter = cx->gp;
    } else {
        s[0] = (Slot)f->queue[0].closure;
        s[1] = (Slot)f->queue[0].obj;
        memmove(f->queue, f->queue + 1, --f->nqueue * sizeof *f->queue);
    }
    pthread_mutex_unlock(&f->lock);
    return wait ? LEAF_PARK : LEAF_DONE;
}

// func finalizing() bool: there are finalizers that have not run to their end
LeafStatus final_leaf_finalizing(LeafCtx *cx, Slot *s) {
    struct Final *f = cx->rt->gc->final;
    pthread_mutex_lock(&f->lock);
    s[0] = f->nqueue > 0 || f->running;
    pthread_mutex_unlock(&f->lock);
    return LEAF_DONE;
}

// func startSystem(f func())
LeafStatus final_leaf_start_system(LeafCtx *cx, Slot *s) {
    const void *closure = (const void *)s[0];
    (void)sched_start_system(cx->mp, *(const FuncDesc *const *)closure, closure, NULL, 0);
    return LEAF_DONE;
}

/* rt.c: the life of a Runtime. All state of a run hangs off it; two can live in one process.
 *
 * Order of making: options, package variables, memory, scheduler. Undone in reverse; threads are gone before memory is. */
#include "debug/debug.h"
#include "gc/gc.h"
#include "sched/sched.h"
#include "vm/vm_impl.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static bool p_new(P *pp) {
    pp->defers = calloc(1, sizeof *pp->defers);
    pp->impls = calloc(1, sizeof *pp->impls);
    return pp->defers && pp->impls && memory_init_p(pp);
}

static void p_free(P *pp) {
    while (pp->defers && pp->defers->free) {
        Defer *d = pp->defers->free;
        pp->defers->free = d->link;
        free(d);
    }
    free(pp->defers);
    free(pp->impls);
    pp->defers = NULL;
    pp->impls = NULL;
    memory_fini_p(pp);
}

static bool globals_init(Runtime *rt) {
    const Image *im = rt->image;
    rt->globals = calloc(im->globals_bytes / 8 + 1, 8);
    if (!rt->globals)
        return false;
    if (im->globals_init_bytes)
        memcpy(rt->globals, im->globals_init, im->globals_init_bytes);
    for (uint64_t i = 0; i < im->nrelocs; i++) {
        Slot address = (Slot)(rt->globals + im->relocs[i].target);
        memcpy(rt->globals + im->relocs[i].off, &address, sizeof address);
    }
    return true;
}

static bool leaves_init(Runtime *rt, const IntrinsicTable *intrinsics) {
    rt->intrinsics = *intrinsics;
    LeafFn *fns = calloc(intrinsics->n + 1, sizeof *fns);
    uint32_t *flags = calloc(intrinsics->n + 1, sizeof *flags);
    rt->leaf_fns = fns;
    rt->leaf_flags = flags;
    if (!fns || !flags)
        return false;
    for (uint32_t i = 0; i < intrinsics->n; i++) {
        fns[i] = intrinsics->defs[i].fn;
        flags[i] = intrinsics->defs[i].flags;
    }
    return true;
}

static uint64_t random_seed(const RtOptions *opt) {
    uint64_t seed;
    if (opt->seeded) {
        seed = opt->seed;
    } else if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed = (uint64_t)now.tv_nsec * 0x9e3779b97f4a7c15 + (uint64_t)now.tv_sec;
    }
    return (seed ^ seed >> 31) * 0xbf58476d1ce4e5b9 | 1;
}

Runtime *runtime_new(const Image *image, const IntrinsicTable *intrinsics, const RtOptions *opt, char **error) {
    static const SchedHooks hooks = {p_new, p_free};
    *error = NULL;
#ifdef GOL_CHECKS
    if ((*error = image_verify(image)))
        return NULL;
#endif
    Runtime *rt = calloc(1, sizeof *rt);
    if (!rt) {
        *error = strdup("out of memory");
        return NULL;
    }
    rt->opt = *opt;
    rt->image = image;
    rt->funcs = image->funcs;
    rt->hash_seed = random_seed(opt);
    atomic_store(&rt->exit_status, -1);
    rt->index = image_index_build(image);
    bool memory = false;
    if (rt->index && globals_init(rt) && leaves_init(rt, intrinsics) && (memory = memory_init(rt)) && sched_new(rt, &hooks)) {
        debug_catch_signals();
        signals_init();
        return rt;
    }
    *error = strdup("out of memory");
    if (memory)
        memory_fini(rt);
    image_index_free(rt->index);
    free(rt->globals);
    free((void *)rt->leaf_fns);
    free((void *)rt->leaf_flags);
    free(rt);
    return NULL;
}

int runtime_run(Runtime *rt) {
    return sched_run(rt, rt->image->rt_funcs[RTF_MAIN]);
}

static void free_records(void *arg, G *gp) {
    (void)arg;
    vm_records_free(gp);
}

bool runtime_free(Runtime *rt) {
    if (!rt)
        return true;
    sched_each_g(rt, free_records, NULL);
    if (!sched_free(rt))
        return false;
    memory_fini(rt);
    image_index_free(rt->index);
    free(rt->globals);
    free((void *)rt->leaf_fns);
    free((void *)rt->leaf_flags);
    free(rt);
    return true;
}

void rt_exit(Runtime *rt, int status) {
    int running = -1;
    if (!atomic_compare_exchange_strong(&rt->exit_status, &running, status))
        return;
    if (rt->opt.exit_process) {  // nobody comes after us: no need to wait for threads
        fflush(stdout);
        _exit(status);
    }
    sched_end(rt);
}

/* fake_rt.h: a Runtime with Ps and memory but without scheduler and VM, for tests of heap, collector, stacks and maps.
 *
 * The calls into the absent rooms are weak here: goroutines are those of the list fake_gs, stopping the world does nothing. */
#pragma once
#include "gc/gc_impl.h"
#include "sched/sched.h"
#include "value/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WEAK __attribute__((weak))

enum { FAKE_PS = 4 };

typedef struct Fake {
    Runtime rt;
    P p[FAKE_PS];
    P *allp[FAKE_PS];
    M m[FAKE_PS];
} Fake;

static G *fake_gs[8];
static unsigned fake_ngs;

static inline Fake *fake_new(const RtOptions *opt) {
    Fake *f = calloc(1, sizeof *f);
    f->rt.opt = opt ? *opt : (RtOptions){0};
    f->rt.nprocs = FAKE_PS;
    f->rt.allp = f->allp;
    VERIFY(memory_init(&f->rt));
    for (unsigned i = 0; i < FAKE_PS; i++) {
        f->allp[i] = &f->p[i];
        f->p[i].rt = f->m[i].rt = &f->rt;
        f->p[i].id = i;
        f->p[i].rand_state[0] = 0x1234567 + i;
        f->p[i].rand_state[1] = 0x89abcdef;
        f->m[i].pp = &f->p[i];
        VERIFY(memory_init_p(&f->p[i]));
    }
    return f;
}

static inline void fake_flush(Fake *f) {
    for (unsigned i = 0; i < FAKE_PS; i++)
        cache_flush(f->p[i].mcache);
}

static inline void fake_free(Fake *f) {
    for (unsigned i = 0; i < FAKE_PS; i++)
        memory_fini_p(&f->p[i]);
    memory_fini(&f->rt);
    free(f);
}

WEAK void rt_fatal(Runtime *rt, const char *text, bool all) {
    fprintf(stderr, "fatal error: %s\n", text);
    _exit(2);
}
WEAK void rt_throw(const char *text) {
    fprintf(stderr, "throw: %s\n", text);
    abort();
}
WEAK void vm_panic_plain(M *mp, const char *fmt, ...) {}
WEAK void sched_stop_world(M *mp, const char *why) {}
WEAK void sched_start_world(M *mp) {}
WEAK void sched_scan_gs(Runtime *rt, void (*visit)(void *arg, G *gp), void *arg) {
    for (unsigned i = 0; i < fake_ngs; i++)
        visit(arg, fake_gs[i]);
}
WEAK void sched_ready(M *mp, G *gp, bool next) {}
WEAK void sched_park_begin(M *mp, G *gp, WaitReason why, bool (*undo)(G *gp)) {}
WEAK G *sched_start_system(M *mp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes) {
    return NULL;
}
WEAK void leaf_fatal(LeafCtx *cx, const char *msg) {
    rt_fatal(cx->rt, msg, false);
}
WEAK void vm_each_defer_root(G *gp, void (*visit)(void *arg, Slot *slot, bool is_idata), void *arg) {}
WEAK void chan_each_stack_ref(G *gp, void (*visit)(void *arg, void **ref), void *arg) {}
// Keys of tests are floats when they are not plain memory.
WEAK bool value_equal(M *mp, const TypeDesc *t, const void *a, const void *b, bool *panicked) {
    return t->kind == KIND_FLOAT64 ? *(const double *)a == *(const double *)b : memcmp(a, b, t->size) == 0;
}
WEAK uint64_t value_hash(M *mp, const TypeDesc *t, const void *v, uint64_t seed, bool *panicked) {
    uint64_t h = seed;
    for (uint64_t i = 0; i < t->size; i++)
        h = (h ^ ((const uint8_t *)v)[i]) * 0x9e3779b97f4a7c15;
    if (t->kind == KIND_FLOAT64 && *(const double *)v == 0)
        return seed;
    return h ^ h >> 29;
}

// Functions of fake goroutines; frames are those of image.h.
static const FuncDesc *fake_funcs[8];
static unsigned fake_nfuncs;

static inline const FuncDesc *fake_func_at(const uint64_t *pc) {
    for (unsigned i = 0; i < fake_nfuncs; i++) {
        if (pc >= fake_funcs[i]->code && pc <= fake_funcs[i]->code + fake_funcs[i]->ncode)
            return fake_funcs[i];
    }
    return NULL;
}

WEAK void vm_walk_frames(const Runtime *rt, const G *gp, bool (*visit)(void *arg, const FrameInfo *f), void *arg) {
    Slot *fp = gp->fp;
    const uint64_t *pc = gp->map_pc;
    for (bool top = true;; top = false) {
        const FuncDesc *fn = fake_func_at(pc);
        VERIFY(fn);
        uint32_t key = top && gp->map_kind == MAP_ENTRY ? 0 : (uint32_t)(pc - fn->code);
        FrameInfo fi = {fn, fp, pc, image_find_map(fn, key), (uint32_t)(fp[FRAME_DELTA] >> 32), top};
        if (!visit(arg, &fi) || fi.flags & FRAME_ENTRY)
            return;
        pc = (const uint64_t *)fp[FRAME_RETPC];
        fp = (Slot *)((char *)fp - (uint32_t)fp[FRAME_DELTA]);
    }
}

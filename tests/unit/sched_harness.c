// sched_harness.c: see sched_harness.h. Memory comes from malloc and is freed with the runtime.
#include "sched_harness.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const uint64_t one_ptr[] = {1};
const TypeDesc h_int_type = {.kind = KIND_INT, .align = 8, .size = 8, .nslots = 1};
static const TypeDesc ptr_type = {.kind = KIND_POINTER, .align = 8, .size = 8, .nslots = 1, .gc_period = 1, .gc_ptrs = one_ptr};
static const TypeDesc empty_type = {.kind = KIND_STRUCT, .align = 1, .size = 0};
const TypeDesc h_big_type = {.kind = KIND_STRUCT, .align = 8, .size = 48, .nslots = TYPE_NO_SLOTS};
const TypeDesc h_chan_int = {.kind = KIND_CHAN, .elem = &h_int_type, .size = 8};
const TypeDesc h_chan_big = {.kind = KIND_CHAN, .elem = &h_big_type, .size = 8};
const TypeDesc h_chan_ptr = {.kind = KIND_CHAN, .elem = &ptr_type, .size = 8};
const TypeDesc h_chan_empty = {.kind = KIND_CHAN, .elem = &empty_type, .size = 8};

typedef struct Block {
    struct Block *next;
    uint64_t words[];
} Block;

static Block *_Atomic blocks;
_Atomic uint64_t h_panics;
static _Thread_local char last_panic[128];  // of the goroutine that runs on this thread

const char *h_last_panic(void) {
    return last_panic;
}

void *gc_alloc(P *pp, size_t size, const TypeDesc *elem) {
    Block *b = calloc(1, sizeof *b + size);
    b->next = atomic_load(&blocks);
    while (!atomic_compare_exchange_weak(&blocks, &b->next, b)) {
    }
    return b->words;
}

bool heap_note_slab(Runtime *rt, size_t bytes) { return true; }

void gc_barrier_slow(P *pp, void *old, void *new_value) {}
void gc_copy(P *pp, void *dst, const void *src, const TypeDesc *elem, size_t n) { memmove(dst, src, elem->size * n); }
void gc_clear(P *pp, void *dst, const TypeDesc *elem, size_t n) { memset(dst, 0, elem->size * n); }
void gc_add_root_fn(Runtime *rt, void (*fn)(Runtime *rt, void *gc, GcVisit visit)) {}

void gc_collect(M *mp) {
    sched_stop_world(mp, "GC");
    sched_start_world(mp);
}

bool stack_alloc(M *mp, G *gp, size_t bytes) {
    gp->stack_lo = malloc(bytes);
    gp->stack_hi = gp->stack_lo + bytes;
    return gp->stack_lo != NULL;
}

void stack_free(M *mp, G *gp) {
    free(gp->stack_lo);
    gp->stack_lo = gp->stack_hi = NULL;
}

void rt_exit(Runtime *rt, int status) {
    int running = -1;
    atomic_compare_exchange_strong(&rt->exit_status, &running, status);
    sched_end(rt);
}

_Noreturn void rt_fatal(Runtime *rt, const char *text, bool all) {
    fprintf(stderr, "fatal error: %s\n", text);
    _exit(2);
}

_Noreturn void rt_throw(const char *text) {
    fprintf(stderr, "throw: %s\n", text);
    abort();
}

void vm_panic_plain(M *mp, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(last_panic, sizeof last_panic, fmt, ap);
    va_end(ap);
    atomic_fetch_add(&h_panics, 1);
}

void vm_print_trace(const Runtime *rt, const G *gp, FILE *out) {
    fprintf(out, "goroutine %llu\n", (unsigned long long)gp->id);
}

LeafStatus leaf_panic_error(LeafCtx *cx, const char *fmt, ...) { return LEAF_PANIC; }
_Noreturn void leaf_fatal(LeafCtx *cx, const char *msg) { rt_fatal(cx->rt, msg, false); }

static Frame *frame_of(G *gp) {
    return (Frame *)(gp->stack_lo + FRAME_HEADER_BYTES);
}

void vm_prepare_entry(G *gp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes) {
    Frame *f = frame_of(gp);
    *f = (Frame){0};
    if (arg_bytes)
        memcpy(f->a, args, arg_bytes);
}

void h_go(M *mp, const Body *b, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3) {
    Slot args[] = {a0, a1, a2, a3};
    if (!sched_go(mp, &b->fn, NULL, args, sizeof args))
        abort();
}

Step h_chan(ChanStatus st) {
    return st == CHAN_DONE ? STEP_ON : st == CHAN_PARKED ? STEP_PARKED : STEP_EXIT;
}

void vm_loop(M *mp) {
    G *gp = sched_schedule(mp);
    while (gp) {
        Frame *f = frame_of(gp);
        if (gp->redo) {
            gp->redo = false;
            f->at = f->before;
        }
        const Body *b = (const Body *)gp->start_fn;
        f->before = f->at;
        Step st = b->step(mp, gp, f);
        switch (st) {
        case STEP_ON:
            continue;
        case STEP_POLL:
            if (atomic_load_explicit(&mp->pp->poll, memory_order_acquire) == 0 || sched_safepoint(mp))
                continue;
            break;
        case STEP_YIELD:
            sched_yield_g(mp);
            break;
        case STEP_PARKED:
            break;
        case STEP_BLOCK:
            sched_enter_block(mp);
            b->block(f);
            if (sched_exit_block(mp))
                continue;
            break;
        case STEP_EXIT:
            sched_goexit(mp);
            break;
        case STEP_END_RUN:
            rt_exit(mp->rt, 0);
            break;
        }
        gp = sched_schedule(mp);
    }
}

Runtime *h_new(uint32_t procs, const RtOptions *opt) {
    Runtime *rt = calloc(1, sizeof *rt);
    if (opt)
        rt->opt = *opt;
    rt->opt.gomaxprocs = procs;
    atomic_store(&rt->exit_status, -1);
    atomic_store(&h_panics, 0);
    if (!sched_new(rt, NULL))
        abort();
    return rt;
}

int h_run(Runtime *rt, const Body *main_body) {
    // sched_run passes no arguments; the frame starts zeroed
    return sched_run(rt, &main_body->fn);
}

void h_free(Runtime *rt) {
    if (!sched_free(rt))
        abort();
    free(rt);
    for (Block *b = atomic_load(&blocks), *next; b; b = next) {
        next = b->next;
        free(b);
    }
    atomic_store(&blocks, NULL);
}

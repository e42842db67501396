/* vm_impl.h: what the files of vm/ share: how slow paths hand back to the loop, defer and panic records.
 *
 * The loop keeps fp and pc in machine registers. A slow path is a C function that is given both and tells by an OpStatus how to go on. Whatever may
 * let others look at the goroutine (collector, stack copy, another M) first saves the registers in G with one of the vm_save functions. */
#pragma once
#include "rt.h"

#include <stdlib.h>
#include <string.h>

typedef enum OpStatus {
    ST_NEXT,    // done: go on behind the instruction; nothing moved
    ST_POLL,    // done, but the P is polled: safepoint behind the instruction
    ST_LOOP,    // back edge taken to gp->pc, and the P is polled
    ST_ENTER,   // a call's header is written, gp->fp and gp->pc are the callee's: its frame does not fit below stack_limit
    ST_RETURN,  // return from the frame at fp, whose flags are not 0; results are in place
    ST_NIL,     // nil dereference by the instruction at pc
    ST_DIVIDE,  // integer divide by zero
    ST_INDEX,   // index out of range; operands are unchanged
    ST_PANIC,   // gp->panic_value is to be thrown by the instruction at pc
    ST_RELOAD,  // registers are in G
    ST_SAFEPOINT,  // registers are in G, and the P is polled
    ST_SCHED,   // the goroutine was parked, ended or put on a queue: take another
    ST_GOEXIT,  // the goroutine unwinds as by runtime.Goexit
    ST_LEAVE,   // the run is ending
} OpStatus;

#define SLOT(fp, off) (*(Slot *)((char *)(fp) + (off)))
#define FRAME_FLAGS(fp) ((uint32_t)((fp)[FRAME_DELTA] >> 32))
#define FRAME_DELTA_BYTES(fp) ((uint32_t)(fp)[FRAME_DELTA])

/* Defer: a deferred call. Owner: the goroutine. Freed records of ordinary size wait in the P's pool. */
enum { DEFER_POOLED_SLOTS = 8, DEFER_POOL_MAX = 64 };
struct Defer {
    Defer *link;
    uint64_t frame_off;  // of the frame that deferred: fp - stack_lo
    const FuncDesc *fn;  // NULL: call of a nil func value
    const void *ctx;
    uint32_t arg_bytes, cap_slots;
    Slot args[];
};

typedef struct DeferPool {
    Defer *free;
    uint32_t n;
} DeferPool;

/* Panic: a panic under way, or a Goexit. */
struct Panic {
    Panic *link;
    Slot value[2];
    uint64_t frame_off;     // frame that panicked
    const uint64_t *pc;     // start of the instruction there
    uint64_t deferred_off;  // frame of the deferred call that runs on its behalf; 0 when none
    uint64_t target_off;    // frame that deferred it: where a recovery goes on
    bool goexit, recovered, repanicked, nil_deref;
    bool printing;          // its text is being made
    char *text;             // malloc'd
    size_t text_len;
};

/* --- registers --- */

// The instruction of so many words at pc is done; the goroutine goes on behind it.
static inline void vm_save(G *gp, Slot *fp, const uint64_t *pc, unsigned words) {
    gp->fp = fp;
    gp->op_pc = pc;
    gp->pc = gp->map_pc = pc + words;
    gp->map_kind = MAP_AT_PC;
}
static inline void vm_save_next(G *gp, Slot *fp, const uint64_t *pc) { vm_save(gp, fp, pc, ins_words(pc)); }

// The instruction at pc can't go on: only the panic map holds.
static inline void vm_save_panic(G *gp, Slot *fp, const uint64_t *pc) {
    gp->fp = fp;
    gp->pc = gp->map_pc = pc;
    gp->map_kind = MAP_PANIC;
}

static inline uint64_t vm_frame_off(const G *gp, const Slot *fp) { return (uint64_t)((const char *)fp - gp->stack_lo); }
static inline Slot *vm_frame_at(const G *gp, uint64_t off) { return (Slot *)(gp->stack_lo + off); }

/* ImplCache remembers which concrete types implement which interfaces: direct-mapped, one per P. */
enum { IMPL_CACHE_SIZE = 64 };
typedef struct ImplCache {
    struct {
        const TypeDesc *type, *iface;
        bool yes;
    } at[IMPL_CACHE_SIZE];
} ImplCache;

/* --- call.c --- */

/* vm_resume does what a slow path's status asks for, until a goroutine can run: true, with mp->gp's registers to be loaded; false: leave the loop. */
bool vm_resume(M *mp, Slot *fp, const uint64_t *pc, OpStatus st);

/* vm_push_call pushes a frame for fn at byte offset `at` above gp->fp. The top frame is saved; retpc and flags go into the header. Grows the
 * stack when needed; at its limit the run ends. gp->fp is the new frame, not entered yet. */
void vm_push_call(M *mp, uint64_t at, const FuncDesc *fn, const void *ctx, const Slot *args, uint32_t arg_bytes, const uint64_t *retpc,
                      uint32_t flags);

OpStatus vm_op_callx_slow(M *mp, Slot *fp, const uint64_t *pc, LeafStatus st);
OpStatus vm_op_go(M *mp, Slot *fp, const uint64_t *pc);
OpStatus vm_op_defer(M *mp, Slot *fp, const uint64_t *pc);
OpStatus vm_op_rundefers(M *mp, Slot *fp, const uint64_t *pc);
void vm_defer_free(P *pp, Defer *d);
void vm_defer_to(G *gp, uint64_t frame_off);  // moves the newest record to an outer frame

/* --- panic.c --- */
OpStatus vm_raise(M *mp, bool nil_deref);        // gp is saved with vm_save_panic, gp->panic_value is thrown
OpStatus vm_goexit(M *mp);                       // gp is saved
OpStatus vm_deferred_returned(M *mp, Slot *fp);  // of a frame flagged FRAME_OVER_PANIC
OpStatus vm_hook_returned(M *mp, Slot *fp);
OpStatus vm_op_recover(M *mp, Slot *fp, const uint64_t *pc);
void vm_records_free(G *gp);                     // defer and panic records of a goroutine that will not run again
OpStatus vm_op_throw(M *mp, Slot *fp, const uint64_t *pc);
void vm_panic_value_set(M *mp, const TypeDesc *t, Slot data);
const Panic *vm_panic_deferring(const G *gp, const Slot *fp);
void vm_index_panic(M *mp, const Slot *fp, const uint64_t *pc);
NORETURN void vm_stack_overflow(M *mp);

/* --- trace.c --- */

// A place in the source: of a frame, or of a call that was inlined in it.
typedef struct Place {
    const char *name, *file;
    uint32_t line;
    bool inlined;
    const FuncDesc *fn;
} Place;

/* vm_place_at tells of the depth-th function at resume pc `pc` of fn, the innermost inlined call first. False: there are fewer. */
bool vm_place_at(const FuncDesc *fn, uint32_t pc, unsigned depth, Place *out);

/* vm_print_traces prints what GOTRACEBACK asks for: a blank line and gp (may be NULL), and the other goroutines that don't run. */
#include <stdio.h>
void vm_print_traces(Runtime *rt, const G *gp, FILE *out);
bool vm_traces_want_all(void);  // GOTRACEBACK asks for all goroutines
void vm_print_others(Runtime *rt, const G *gp, FILE *out);  // all goroutines but gp and those that run

/* --- iface.c --- */
OpStatus vm_op_assert_t_failed(M *mp, Slot *fp, const uint64_t *pc);
OpStatus vm_op_assert_i(M *mp, Slot *fp, const uint64_t *pc);

/* --- memops.c: slices, strings, allocation, maps, channels --- */
#define SLOW_OP(name) OpStatus vm_op_##name(M *mp, Slot *fp, const uint64_t *pc);
SLOW_OP(slice_str)
SLOW_OP(slice_slice)
SLOW_OP(slice_arr)
SLOW_OP(arrptr)
SLOW_OP(makeslice)
SLOW_OP(append)
SLOW_OP(append1_64)
SLOW_OP(append_slice)
SLOW_OP(append_str)
SLOW_OP(copy_slice)
SLOW_OP(copy_str)
SLOW_OP(clear_slice)
SLOW_OP(concat)
SLOW_OP(str_bytes)
SLOW_OP(bytes_str)
SLOW_OP(str_runes)
SLOW_OP(runes_str)
SLOW_OP(str_rune)
SLOW_OP(box)
SLOW_OP(boxp)
SLOW_OP(closure)
SLOW_OP(stn)
SLOW_OP(copy)
SLOW_OP(clearmem)
SLOW_OP(eq_iface)
SLOW_OP(eq_mem)
SLOW_OP(makemap)
SLOW_OP(mapget)
SLOW_OP(mapget2)
SLOW_OP(mapset)
SLOW_OP(mapaddr)
SLOW_OP(mapdel)
SLOW_OP(mapclear)
SLOW_OP(mapget_i64)
SLOW_OP(mapset_i64)
SLOW_OP(mapget_str)
SLOW_OP(mapiter)
SLOW_OP(mapnext)
SLOW_OP(mapgetp)
SLOW_OP(mapsetp)
SLOW_OP(mapaddrp)
SLOW_OP(mapdelp)
SLOW_OP(mapnextp)
SLOW_OP(makechan)
SLOW_OP(send)
SLOW_OP(recv)
SLOW_OP(recv2)
SLOW_OP(sendp)
SLOW_OP(recvp)
SLOW_OP(close)
SLOW_OP(select)
SLOW_OP(print)
#undef SLOW_OP

/* strnext: one step of a range over a string, not at its end. Stores position, rune and next position at r. */
void vm_strnext(Slot *r, const char *s, uint64_t len);

/* --- arith.c --- */
void vm_mul_c128(Slot *d, const Slot *x, const Slot *y);
void vm_div_c128(Slot *d, const Slot *x, const Slot *y);
void vm_mul_c64(Slot *d, const Slot *x, const Slot *y);
void vm_div_c64(Slot *d, const Slot *x, const Slot *y);

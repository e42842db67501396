/* rt.h: the objects that every room of the runtime shares: Runtime, G, M, P; and the calls that cross rooms.
 *
 * Each field names its owner. A room keeps the rest of its state in its own struct, reached by an opaque pointer here.
 *
 * Threads. M runs gol code only while it holds a P. `tls_mp` (rt_current_m) is the one thread-local: leaf services and fatal
 * errors find the M by it.
 *
 * Stopping. P.poll is the one word that VM code tests at back edges, after allocating instructions, after CALLX, and (through the poisoned
 * G.stack_limit) at calls. When it is not 0 the VM saves the goroutine's registers (rt_save) and calls sched_safepoint.
 *
 * Saved registers. gp->fp, gp->pc: where to continue. gp->map_pc: the key of the top frame's stack map, the resume pc of the instruction
 * at which the goroutine stopped; equal to pc except at a taken back edge (pc = target) or when an instruction is to be run again.
 * gp->map_kind tells which map describes the top frame: MAP_AT_PC, MAP_ENTRY (the frame was pushed, nothing of it executed) or MAP_PANIC. */
#pragma once
#include "image.h"
#include "intrinsic.h"
#include "opcode.h"
#include "verify.h"

#include <stdatomic.h>

typedef struct Runtime Runtime;
typedef struct G G;
typedef struct M M;
typedef struct P P;
typedef struct Sudog Sudog;
typedef struct Hchan Hchan;
typedef struct Hmap Hmap;
typedef struct Defer Defer;
typedef struct Panic Panic;

/* --- options of a run, filled by cmd, read-only afterwards --- */
typedef struct RtOptions {
    uint32_t gomaxprocs;      // 0: GOMAXPROCS from the environment, else the number of CPUs (affinity, cgroup quota)
    uint64_t maxheap_bytes;   // 0: 90 % of the smaller of memory and cgroup limit
    uint64_t maxstack_bytes;  // 0: 1 GB, as Go
    uint64_t maxgoroutines;   // 0: no limit but the heap
    int64_t timeout_ns;       // 0: none; at the end exit status 124
    int32_t gogc;             // GOGC, -1 = off; 0: default 100
    // knobs of GOLDEBUG and GODEBUG, 0 when off; rows of debug.def
    uint32_t gcstress, gccheck, clobberfree, efence, stackstress, schedstress, allocfail, mainend, gctrace, schedtrace_ms;
    int64_t memlimit_bytes;   // GOMEMLIMIT; 0: none
    bool exit_process;        // the end of the run ends the process at once, runtime_run does not return
    bool seeded;
    uint64_t seed;            // of the seeded policy, when seeded
    int argc;                 // os.Args
    char **argv;
} RtOptions;

/* --- G --- */
typedef enum GStatus {
    G_IDLE,      // on a free list
    G_RUNNABLE,  // on exactly one run queue (or runnext)
    G_RUNNING,   // on an M with a P
    G_SYSCALL,   // in a blocking leaf call; its P may be taken
    G_WAITING,   // parked; something will ready it
    G_DEAD,
} GStatus;

typedef enum WaitReason {
#define WAIT(name, text) WAIT_##name,
#include "waitreason.def"
#undef WAIT
    WAIT_COUNT
} WaitReason;

typedef enum MapKind { MAP_AT_PC, MAP_ENTRY, MAP_PANIC } MapKind;

struct G {
    /* VM registers, valid unless G_RUNNING. Owner: the M that runs it, else whoever stopped the world or claimed it. */
    Slot *fp;
    const uint64_t *pc;
    const uint64_t *map_pc;
    const uint64_t *op_pc;       // start of the channel or leaf instruction that it parked in
    /* Stack: [stack_lo, stack_hi), grows upward. stack_limit is stack_hi normally, 0 when poisoned by a preemption request (atomic). */
    char *_Atomic stack_limit;
    char *stack_lo, *stack_hi;
    uint8_t map_kind;            // MapKind
    _Atomic uint8_t status;      // GStatus; changed by gstate_cas
    uint8_t wait_reason;         // WaitReason; while G_WAITING
    bool is_system;              // not counted for deadlock, NumGoroutine and traces
    bool redo;                   // resume by running the instruction at op_pc again
    uint64_t id;
    int64_t wait_since_ns;       // monotonic; when it parked, if the deadlock report or a trace wants it
    G *sched_link;               // next in a list: global queue, free list, wait list
    M *mp;                       // while running
    uint32_t all_index;          // in Runtime.allgs

    /* vm */
    Defer *defers;               // newest first
    Panic *panics;               // newest first
    Slot panic_value[2];         // value about to be thrown by a leaf or slow path
    bool goexiting;

    /* chan */
    Sudog *waiting;              // sudogs it is queued on (select: several), in lock order
    void *wake_param;            // set by the waker under the channel lock: the Sudog that fired, or NULL when woken by close
    _Atomic uint32_t select_won; // first waker to CAS 0 -> 1 wins a select

    /* sched */
    const FuncDesc *start_fn;    // function it was started with
    const uint64_t *creator_pc;  // of the go statement: traces
    uint64_t parent_id;
    struct Timer *sleep_timer;   // of time.Sleep, made at first use
    bool (*park_undo)(G *gp);    // undo of the current park: leaves the queues; false when it was too late (already readied). For g_cancel
    _Atomic bool cancel_requested;
};

/* --- P --- */
enum PollBits { POLL_PREEMPT = 1, POLL_STOP = 2, POLL_GC = 4, POLL_STRESS = 8, POLL_EXIT = 16 };

#ifdef GOL_TINY
enum { RUNQ_SIZE = 4 };
#else
enum { RUNQ_SIZE = 256 };
#endif

struct P {
    _Atomic uint32_t poll;       // PollBits
    uint32_t id;
    _Atomic uint32_t status;     // PStatus of sched
    Runtime *rt;
    M *mp;
    struct Mcache *mcache;       // heap: allocation cache
    struct StackCache *stackcache;  // stack
    struct SudogCache *sudogs;   // chan
    struct TimerHeap *timers;    // sched
    struct DeferPool *defers;    // vm
    struct ImplCache *impls;     // vm
    struct GcBuf *gcbuf;         // gc
    uint64_t rand_state[2];      // cheap random numbers: p_rand
    uint32_t sched_tick;
    _Atomic(G *) runnext;
    _Atomic uint32_t runq_head, runq_tail;
    _Atomic(G *) runq[RUNQ_SIZE];
    G *gfree;                    // dead Gs for reuse
    uint32_t ngfree;
    int64_t run_start_ns;        // sysmon: when the current G was scheduled (by tick)
    P *idle_link;
};

/* --- M --- */
struct M {
    LeafCtx leaf;                // handed to leaf functions; leaf.pp, leaf.gp kept current
    Runtime *rt;
    P *pp;
    G *gp;                       // current
    uint32_t id;
    bool spinning;
    _Atomic uint32_t park_word;  // futex
    M *idle_link, *all_link;
    uint64_t thread;             // pthread_t
    int32_t locks;               // NO_SAFEPOINT depth in checked builds
};

/* --- Runtime --- */
struct Runtime {
    RtOptions opt;
    const Image *image;
    char *globals;               // this run's package variables
    FuncDesc *const *funcs;      // image->funcs
    struct Sched *sched;         // queues, all Ms, Ps, Gs, timers of no P, stop-the-world state
    struct Heap *heap;           // spans, central lists, page heap, limits
    struct Gc *gc;               // phase, roots, pacer, statistics
    struct StackPool *stacks;
    struct MapTypes *map_types;  // value: layouts of map types
    struct MadeTypes *made_types;  // value: types made while the program runs
    struct Stubs *stubs;         // vm: functions made while the program runs
    struct Sema *sema;
    ImageIndex *index;
    P **allp;
    uint32_t nprocs;             // current GOMAXPROCS; changes only with the world stopped
    bool one_p;                  // nprocs == 1: channel and sema locks are skipped
    bool wb_on;                  // write barrier active (gc marking); changes only with the world stopped
    uint64_t hash_seed;
    struct IntrinsicTable intrinsics;
    const LeafFn *leaf_fns;      // by intrinsic index
    const uint32_t *leaf_flags;
    _Atomic int exit_status;     // -1 while running
    _Atomic bool dying;          // a fatal error is being printed
    struct DebugState *debug;
};

/* --- life of a runtime (runtime/rt.c) --- */

/* runtime_new makes a Runtime for an image. Returns NULL and a malloc'd message when memory or threads can't be had. */
Runtime *runtime_new(const Image *image, const IntrinsicTable *intrinsics, const RtOptions *opt, char **error) MUST_USE;

/* runtime_run runs RTF_MAIN on a new goroutine until main returns, os.Exit, an uncaught panic or a fatal error, and returns the
 * exit status (output of panics and fatal errors is already on standard error). */
int runtime_run(Runtime *rt);

/* runtime_free stops all threads of rt and gives everything back. False: a thread is still in a blocking call of the system, so rt and its image must
 * stay as long as the process. */
bool runtime_free(Runtime *rt);

M *rt_current_m(void);  // of this thread, or NULL (sched/proc.c)

/* rt_exit ends the run with this status: all Ms leave the VM, runtime_run returns. Callable from leaf functions on an M; in the calling
 * goroutine nothing more runs. */
void rt_exit(Runtime *rt, int status);

/* rt_fatal prints "fatal error: " text and the traces of goroutines, and ends the process with status 2. all: every goroutine, as for a
 * deadlock; else the running one. */
_Noreturn void rt_fatal(Runtime *rt, const char *text, bool all);

/* rt_throw reports a broken invariant of ours and aborts. Text is constant. */
_Noreturn void rt_throw(const char *text);

/* --- vm --- */

/* vm_loop runs goroutines on mp, taking each from sched_schedule, until that returns NULL. Never recurses. */
void vm_loop(M *mp);

/* vm_prepare_entry writes the bottom frame of a new goroutine: header with FRAME_ENTRY at gp->stack_lo, arguments copied to slot 0. */
void vm_prepare_entry(G *gp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes);

/* vm_walk_frames calls visit for each frame of a stopped goroutine, top first, until visit returns false. map is NULL when nothing is live. Beside the
 * slots that the map names, fp[FRAME_CTX] is a pointer (closure object or NULL). Used by gc, stack copy, traces. */
typedef struct FrameInfo {
    const FuncDesc *fn;
    Slot *fp;
    const uint64_t *pc;      // resume pc in this frame
    const StackMap *map;
    uint32_t flags;          // FrameFlags
    bool top;
} FrameInfo;
void vm_walk_frames(const Runtime *rt, const G *gp, bool (*visit)(void *arg, const FrameInfo *f), void *arg);

/* vm_each_defer_root visits the pointers a goroutine holds outside its frames: defer records (closure, arguments by their function's entry map), panic
 * values, panic_value. slot may be rewritten by the visitor (stack copy). is_idata: an interface's data word, its type word at slot[-1]. */
void vm_each_defer_root(G *gp, void (*visit)(void *arg, Slot *slot, bool is_idata), void *arg);

/* vm_print_trace prints "goroutine N [state]:" and its frames to standard error in Go's form without arguments and offsets. */
void vm_print_trace(const Runtime *rt, const G *gp, FILE *out);

/* vm_panic_* set the panic that the VM raises when a slow path returns false / LEAF_PANIC. */
void vm_panic_error(M *mp, const char *fmt, ...) __attribute__((format(printf, 2, 3)));  // runtime.errorString: "runtime error: " + text
void vm_panic_plain(M *mp, const char *fmt, ...) __attribute__((format(printf, 2, 3)));  // runtime.plainError

/* --- sched --- */

/* sched_schedule gives up the current goroutine of mp (its status was already changed) and returns the next one, G_RUNNING, with
 * mp->gp and mp->leaf set. Blocks the thread when there is none. NULL: the runtime is ending, leave vm_loop. */
G *sched_schedule(M *mp);

/* sched_go starts fn as a new goroutine with arg_bytes of arguments (slot form). closure may be NULL. False: a panic was set (limit). */
bool sched_go(M *mp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes);

/* sched_goexit ends the current goroutine of mp: G_DEAD, stack given back. Call sched_schedule next. When it was the main one... main's return ends the run in vm. */
void sched_goexit(M *mp);

/* sched_park_begin changes gp to G_WAITING *before* it is queued where another thread may ready it; registers are already saved. After it
 * was queued (under the queue's lock) the caller unlocks and calls sched_schedule, touching gp no more. */
void sched_park_begin(M *mp, G *gp, WaitReason why, bool (*undo)(G *gp));

/* sched_ready makes a G_WAITING goroutine runnable: into runnext of mp's P (next) or its queue's tail; wakes an idle P when it pays. */
void sched_ready(M *mp, G *gp, bool next);

/* sched_yield puts the current goroutine on the global queue's tail (Gosched, preemption); then call sched_schedule. Registers saved. */
void sched_yield_g(M *mp);

/* sched_safepoint serves P.poll: stops for stop-the-world, runs a due collection, preempts. Registers are saved. Returns true when the
 * current goroutine goes on (registers must be loaded again: its stack may have moved), false when sched_schedule must be called. */
bool sched_safepoint(M *mp);

/* sched_stop_world returns when no other M runs gol code, and holds it so until sched_start_world. why is constant text. */
void sched_stop_world(M *mp, const char *why);
void sched_start_world(M *mp);

/* sched_freeze stops what can be stopped within some milliseconds, for good: for traces at the end of a process. Any lock may be held, by anybody. */
void sched_freeze(Runtime *rt);

/* sched_enter_block and sched_exit_block bracket a call that may block in the system (INTR_MAY_BLOCK). Registers are saved before. In between
 * the P may belong to another M: nothing may be allocated. exit_block waits for a P; false: the run is ending, call sched_schedule. */
void sched_enter_block(M *mp);
bool sched_exit_block(M *mp) MUST_USE;

/* sched_each_g visits all goroutines that are not dead, in order of id. World stopped, or the all-G lock is taken inside. */
void sched_each_g(Runtime *rt, void (*visit)(void *arg, G *gp), void *arg);

/* sched_scan_gs visits them in any order, for the collector. World stopped. */
void sched_scan_gs(Runtime *rt, void (*visit)(void *arg, G *gp), void *arg);

int64_t sched_now_ns(void);  // monotonic clock of the policy

/* g_cancel wakes a parked goroutine (or marks a running one) so that it unwinds like Goexit, running deferred calls: it sets cancel_requested, which
 * the VM looks at when a goroutine resumes and after sched_safepoint. Stops the world; registers of mp's goroutine are saved. */
void g_cancel(M *mp, G *gp);

static inline uint64_t p_rand(P *pp) {  // xorshift128+ (Vigna 2014)
    uint64_t x = pp->rand_state[0], y = pp->rand_state[1];
    pp->rand_state[0] = y;
    x ^= x << 23;
    pp->rand_state[1] = x ^ y ^ (x >> 17) ^ (y >> 26);
    return pp->rand_state[1] + y;
}

/* --- stack --- */

/* stack_alloc gives gp a stack of at least bytes (a power of two). False: out of memory (-maxheap). */
bool stack_alloc(M *mp, G *gp, size_t bytes) MUST_USE;
void stack_free(M *mp, G *gp);

/* stack_grow makes room for need_bytes above gp->fp (the top frame is described by map_kind MAP_ENTRY): copies to a block twice the size, adjusts
 * every pointer into the old one (frames by their maps, defers, panics, sudogs). False at the limit: Go's stack overflow is raised by the caller. */
bool stack_grow(M *mp, G *gp, size_t need_bytes) MUST_USE;

/* stack_reset_limit takes back a preemption request; under stackstress the limit stays poisoned, so that every call comes to stack_grow. */
static inline void stack_reset_limit(const Runtime *rt, G *gp) {
    atomic_store_explicit(&gp->stack_limit, rt->opt.stackstress ? NULL : gp->stack_hi, memory_order_relaxed);
}

/* stack_shrink halves a mostly unused stack of a stopped goroutine (collector, world stopped). */
void stack_shrink(M *mp, G *gp);

/* --- heap and gc --- */

/* gc_alloc returns zeroed memory for `size` bytes whose words are described by elem's map, repeated (elem NULL: no pointers). Never a safepoint; may set
 * POLL_GC. When -maxheap would be exceeded even after a collection the run ends by rt_fatal("out of memory"). size 0 gives a static word. */
void *gc_alloc(P *pp, size_t size, const TypeDesc *elem);

/* heap_note_slab counts memory outside of the heap that grows with the program (goroutines, sudogs) against -maxheap. False: that would be exceeded. */
bool heap_note_slab(Runtime *rt, size_t bytes) MUST_USE;

/* gc_collect runs one full collection now. Registers of the current goroutine are saved (mp->gp may be NULL). Stops the world itself. */
void gc_collect(M *mp);

/* gc_store stores a pointer into the heap, globals or another goroutine's stack, shading what the barrier needs while marking. */
void gc_barrier_slow(P *pp, void *old, void *new_value);
static inline void gc_store(P *pp, void *_Atomic *slot, void *value) {
    if (UNLIKELY(pp->rt->wb_on))
        gc_barrier_slow(pp, atomic_load_explicit(slot, memory_order_relaxed), value);
    atomic_store_explicit(slot, value, memory_order_relaxed);
}

/* gc_copy is memmove of n values of type elem with the bulk barrier; gc_clear zeroes them with it. */
void gc_copy(P *pp, void *dst, const void *src, const TypeDesc *elem, size_t n);
void gc_clear(P *pp, void *dst, const TypeDesc *elem, size_t n);

/* gc_add_root_fn registers a callback that reports roots during marking (world stopped). */
typedef void (*GcVisit)(void *gc, void *maybe_ptr);
void gc_add_root_fn(Runtime *rt, void (*fn)(Runtime *rt, void *gc, GcVisit visit));

/* --- values (runtime/value) --- */

bool value_equal(M *mp, const TypeDesc *t, const void *a, const void *b, bool *panicked);  // memory form; sets a panic for uncomparable dynamic types
bool iface_equal(M *mp, const Slot *a, const Slot *b, bool *panicked);
uint64_t value_hash(M *mp, const TypeDesc *t, const void *v, uint64_t seed, bool *panicked);

Hmap *map_new(P *pp, const TypeDesc *t, int64_t hint);
uint64_t map_len(const Hmap *m);
/* Each returns the address of the value slot (memory form) or NULL; key is the address of a memory-form key. On *panicked a panic is set. */
void *map_get(M *mp, const TypeDesc *t, Hmap *m, const void *key, bool *panicked);
void *map_put(M *mp, const TypeDesc *t, Hmap *m, const void *key, bool *panicked);  // inserted zeroed when missing
void map_delete(M *mp, const TypeDesc *t, Hmap *m, const void *key, bool *panicked);
void map_clear(M *mp, const TypeDesc *t, Hmap *m);
void *map_get_i64(M *mp, const TypeDesc *t, Hmap *m, int64_t key);
void *map_put_i64(M *mp, const TypeDesc *t, Hmap *m, int64_t key);
void *map_get_str(M *mp, const TypeDesc *t, Hmap *m, const char *data, uint64_t len);
void *map_put_str(M *mp, const TypeDesc *t, Hmap *m, const char *data, uint64_t len);
/* map_iter_start fills the MAPITER_WORDS words at it (first MAPITER_PTRS are pointers); map_iter_next returns false at the end, else key and value addresses.
 * Safe under insertion, deletion and clear while ranging, as the language asks; random starting point. */
void map_iter_start(M *mp, const TypeDesc *t, Hmap *m, Slot *it);
bool map_iter_next(M *mp, Slot *it, void **key, void **value);
const TypeDesc *map_iter_type(const Slot *it);  // of the map, after map_iter_next returned true

/* --- channels (runtime/chan) --- */
typedef enum ChanStatus { CHAN_DONE, CHAN_PARKED, CHAN_PANIC, CHAN_WOULD_BLOCK } ChanStatus;

Hchan *chan_new(M *mp, const TypeDesc *chan_type, int64_t size);  // NULL: a panic was set
/* elem points to memory form; for a parked receiver into the goroutine's own stack (moved with it). Registers were saved before the call. */
ChanStatus chan_send(M *mp, Hchan *c, const void *elem, bool block);
ChanStatus chan_recv(M *mp, Hchan *c, void *elem, Slot *ok, bool block);  // elem, ok may be NULL; zeroed before parking
ChanStatus chan_close(M *mp, Hchan *c);
uint64_t chan_len(const Hchan *c);
uint64_t chan_cap(const Hchan *c);
/* chan_select: cases are SelectCase words (opcode.h), fp the frame they refer to; result[0] = index or -1, result[1] = ok. */
ChanStatus chan_select(M *mp, Slot *fp, const uint64_t *cases, uint32_t n, bool has_default, Slot *result);
/* chan_each_stack_ref visits the pointers that gp's sudogs hold into its stack, to be rewritten when it moves. */
void chan_each_stack_ref(G *gp, void (*visit)(void *arg, void **ref), void *arg);

/* vm.c: the dispatch loop.
 *
 * The bodies in ops.h are built in one of three ways, chosen by DISPATCH_*:
 *   goto    one function, computed goto; registers are locals that gcc keeps in callee-saved registers
 *   tail    a function per opcode that ends in a musttail call of the next; registers travel as arguments (clang)
 *   switch  one function with a switch, for builds without optimisation, coverage and sanitizers
 * All slow paths leave through one exit, which calls vm_resume and loads the registers again from G: the goroutine, its stack and the P may have changed.
 *
 * The loop never recurses: whatever gol code must run next gets a frame. */
#include "vm_impl.h"
#include "vm_inline.h"

#if !defined DISPATCH_GOTO && !defined DISPATCH_TAIL && !defined DISPATCH_SWITCH
#define DISPATCH_SWITCH 1
#endif

#if defined __x86_64__
#include <emmintrin.h>
static inline double sqrt_f64(double d) {
    return _mm_cvtsd_f64(_mm_sqrt_sd(_mm_set_sd(d), _mm_set_sd(d)));
}
static inline Slot trunc_f64(double d) { return (Slot)_mm_cvttsd_si64(_mm_set_sd(d)); }
#else
#include <math.h>
static inline double sqrt_f64(double d) { return sqrt(d); }
static inline Slot trunc_f64(double d) {
    return d >= -0x1p63 && d < 0x1p63 ? (Slot)(int64_t)d : (Slot)1 << 63;
}
#endif
static inline Slot cvt_f64_i64(double d) { return trunc_f64(d); }
static inline Slot cvt_f64_i32(double d) {
    return d > -2147483649.0 && d < 2147483648.0 ? (Slot)(int64_t)(int32_t)d : (Slot)(int64_t)INT32_MIN;
}
static inline Slot cvt_f64_u64(double d) {
    return d < 0x1p63 ? trunc_f64(d) : trunc_f64(d - 0x1p63) | (Slot)1 << 63;
}

static inline bool str_equal(const Slot *x, const Slot *y) {
    if (x[1] != y[1])
        return false;
    return x[0] == y[0] || memcmp((const void *)x[0], (const void *)y[0], x[1]) == 0;
}

static inline int str_compare(const Slot *x, const Slot *y) {
    uint64_t n = x[1] < y[1] ? x[1] : y[1];
    int c = n ? memcmp((const void *)x[0], (const void *)y[0], n) : 0;
    return c ? c : x[1] < y[1] ? -1 : x[1] > y[1];
}

#define OPERAND(i) (((const uint16_t *)pc)[i])
#define A ((uint32_t)OPERAND(1))
#define B ((uint32_t)OPERAND(2))
#define C ((uint32_t)OPERAND(3))
#define SB ((int64_t)(int16_t)OPERAND(2))
#define SC ((int64_t)(int16_t)OPERAND(3))
#define IMM (((const int32_t *)pc)[1])
#define K(n) (pc[n])
#define R(off) SLOT(fp, off)
#define F(off) ((char *)fp + (off))
#define MP (pp->mp)
#define TYPE(i) (pp->rt->image->types[i])
#define GLOBAL(i) (globals + (int64_t)(i) * 8)

// User memory is accessed by relaxed atomics, so that C reads it once.
#define LOAD(type, p) __atomic_load_n((const type *)(p), __ATOMIC_RELAXED)
#define STORE(type, p, v) __atomic_store_n((type *)(p), (v), __ATOMIC_RELAXED)
#define WRITE_BARRIER (pp->rt->wb_on)
#define STORE_PTR(p, v) gc_store(pp, (void *_Atomic *)(p), (void *)(v))
#define POLLED UNLIKELY(atomic_load_explicit(&pp->poll, memory_order_relaxed))

#define NEXT(n)           \
    do {                  \
        pc += (n);        \
        DISPATCH();       \
    } while (0)
#define JUMP(n, dist)         \
    do {                      \
        pc += (n) + (dist);   \
        DISPATCH();           \
    } while (0)
#define NEXT_POLL(n)          \
    do {                      \
        if (POLLED)           \
            EXIT(ST_POLL);    \
        NEXT(n);              \
    } while (0)
#define BACK(n, dist)                               \
    do {                                            \
        const uint64_t *to = pc + (n) + (dist);     \
        if (POLLED) {                               \
            gp->pc = to;                            \
            EXIT(ST_LOOP);                          \
        }                                           \
        pc = to;                                    \
        DISPATCH();                                 \
    } while (0)
#define SLOW_CALL(func, n)                  \
    do {                                    \
        OpStatus s_ = func(MP, fp, pc);     \
        if (UNLIKELY(s_ != ST_NEXT))        \
            EXIT(s_);                       \
        NEXT(n);                            \
    } while (0)
#define SLOW(name, n) SLOW_CALL(vm_op_##name, n)
#define SLOW_ALLOC(name, n)                         \
    do {                                            \
        OpStatus s_ = vm_op_##name(MP, fp, pc);     \
        if (UNLIKELY(s_ != ST_NEXT))                \
            EXIT(s_);                               \
        NEXT_POLL(n);                               \
    } while (0)
#define CALL_FRAME(fn, at, closure, n)                                                              \
    do {                                                                                            \
        Slot *callee = (Slot *)F(at);                                                               \
        callee[FRAME_CTX] = (closure);                                                              \
        callee[FRAME_DELTA] = (at);                                                                 \
        callee[FRAME_RETPC] = (Slot)(pc + (n));                                                     \
        if (UNLIKELY((char *)callee + (fn)->frame_bytes >                                           \
                     atomic_load_explicit(&gp->stack_limit, memory_order_relaxed))) {               \
            gp->fp = callee;                                                                        \
            gp->pc = (fn)->code;                                                                    \
            EXIT(ST_ENTER);                                                                         \
        }                                                                                           \
        fp = callee;                                                                                \
        pc = (fn)->code;                                                                            \
        DISPATCH();                                                                                 \
    } while (0)
#define RETURN()                                            \
    do {                                                    \
        if (UNLIKELY(FRAME_FLAGS(fp)))                      \
            EXIT(ST_RETURN);                                \
        pc = (const uint64_t *)fp[FRAME_RETPC];             \
        fp = (Slot *)((char *)fp - FRAME_DELTA_BYTES(fp));  \
        DISPATCH();                                         \
    } while (0)

#define LOAD_REGISTERS(mp)              \
    do {                                \
        gp = (mp)->gp;                  \
        pp = (mp)->pp;                  \
        fp = gp->fp;                    \
        pc = gp->pc;                    \
        globals = pp->rt->globals;      \
        funcs = pp->rt->funcs;          \
    } while (0)

#ifdef DISPATCH_TAIL

#define REGS Slot *fp, const uint64_t *pc, G *gp, P *pp, char *globals, FuncDesc *const *funcs
typedef void Handler(REGS);
#define OPBODY(name) static void op_##name(REGS)
#define OP(name, format, effects, meaning) static void op_##name(REGS);
#include "opcodes.def"
#undef OP
static Handler *const vm_handlers[OP_COUNT];
#define DISPATCH()                                                                                      \
    do {                                                                                                \
        __attribute__((musttail)) return vm_handlers[OPERAND(0)](fp, pc, gp, pp, globals, funcs);       \
    } while (0)

// The status travels in the place of globals, which is loaded again afterwards.
static void leave_handler(REGS);
#define EXIT(status)                                                                                                        \
    do {                                                                                                                    \
        __attribute__((musttail)) return leave_handler(fp, pc, gp, pp, (char *)(intptr_t)(status), funcs);                  \
    } while (0)

#include "ops.h"

static __attribute__((noinline)) void leave_handler(REGS) {
    M *mp = rt_current_m();  // not pp->mp: the P may have been taken away in a blocking call
    if (!vm_resume(mp, fp, pc, (OpStatus)(intptr_t)globals))
        return;
    LOAD_REGISTERS(mp);
    DISPATCH();
}

static Handler *const vm_handlers[OP_COUNT] = {
#define OP(name, format, effects, meaning) [OP_##name] = op_##name,
#include "opcodes.def"
#undef OP
};

static void run(M *mp) {
    Slot *fp;
    const uint64_t *pc;
    G *gp;
    P *pp;
    char *globals;
    FuncDesc *const *funcs;
    LOAD_REGISTERS(mp);
    vm_handlers[OPERAND(0)](fp, pc, gp, pp, globals, funcs);
}

#else

#define EXIT(s)             \
    do {                    \
        status = (s);       \
        goto leave;         \
    } while (0)

static void run(M *mp) {
    Slot *fp;
    const uint64_t *pc;
    G *gp;
    P *pp;
    char *globals;
    FuncDesc *const *funcs;
    OpStatus status;
#ifdef DISPATCH_GOTO
    static const void *const labels[OP_COUNT] = {
#define OP(name, format, effects, meaning) [OP_##name] = &&L_##name,
#include "opcodes.def"
#undef OP
    };
#define DISPATCH() goto *labels[OPERAND(0)]
#define OPBODY(name) L_##name:
#else
#define DISPATCH() goto dispatch
#define OPBODY(name) case OP_##name:
#endif
    LOAD_REGISTERS(mp);
    DISPATCH();
#ifdef DISPATCH_SWITCH
dispatch:
    switch ((Opcode)OPERAND(0)) {
    case OP_COUNT:
#endif
#include "ops.h"
#ifdef DISPATCH_SWITCH
    }
    rt_throw("unknown opcode");
#endif
leave:
    if (vm_resume(mp, fp, pc, status)) {
        LOAD_REGISTERS(mp);
        DISPATCH();
    }
}

#endif

void vm_loop(M *mp) {
    if (vm_resume(mp, NULL, NULL, mp->gp ? ST_RELOAD : ST_SCHED))
        run(mp);
}

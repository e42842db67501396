/* stub.c: functions made while the program runs.
 *
 * A stub is bytecode like any other, a handful of instructions around leaf functions, with stack maps made from the function type's parameters and
 * results. Stubs are wrappers: traces don't show them and recover looks through them. image_func_at finds them by their code.
 *
 * Frames (slots)
 *     make_func   0 .. P-1  parameters, then results
 *                 P         closure, then the worker           P+1 .. P+3  header
 *                 P+4 ..    worker's argument, then its result; P+7 the closure again
 *     call        0         fn    1 .. 3  args    4 .. 6  results    7 .. 9  header    10 ..  parameters, then results, of the callee
 *     select      0         pairs, then index     1  ok    2 ..  the pairs */
#include "vm/stub.h"
#include "arena.h"
#include "opcode.h"
#include "value/type_make.h"
#include "vec.h"
#include <pthread.h>

// Slots of a frame, and those that operands reach.
enum { FRAME_SLOTS_MAX = (1 << 30) / 8, NEAR_SLOTS_MAX = 0xfff0 / 8, MAKE_ARGS = 4, MAKE_CLOSURE = 7, CALL_WINDOW = 10, SELECT_PAIRS = 2 };

typedef enum StubKind { STUB_MAKE_FUNC, STUB_CALL, STUB_METHOD, STUB_SELECT, STUB_SELECT_DEFAULT } StubKind;

typedef struct Stub {
    struct Stub *next;
    StubKind kind;
    const TypeDesc *type;  // or
    const bool *send;      // of n cases
    uint32_t n;
    FuncDesc *fn;
} Stub;

struct Stubs {
    pthread_mutex_t lock;
    Arena arena;
    Stub *all;
};

void stubs_init(Runtime *rt) {
    rt->stubs = calloc(1, sizeof *rt->stubs);
    VERIFY(rt->stubs);
    pthread_mutex_init(&rt->stubs->lock, NULL);
    arena_init(&rt->stubs->arena);
}

void stubs_fini(Runtime *rt) {
    if (!rt->stubs)
        return;
    arena_free(&rt->stubs->arena);
    pthread_mutex_destroy(&rt->stubs->lock);
    free(rt->stubs);
    rt->stubs = NULL;
}

// --- building ---

typedef struct Build {
    Arena *a;
    VEC(uint64_t) code;
    VEC(SafePoint) points;
    VEC(const StackMap *) maps;
    uint8_t *kinds;  // per slot, now
    uint32_t nslots;
} Build;

static Build build_new(Arena *a, uint32_t nslots) { return (Build){.a = a, .kinds = ARENA_ARRAY(a, uint8_t, nslots), .nslots = nslots}; }

// point enters the kinds as they are now under the position pc.
static void point(Build *b, uint32_t pc) {
    StackMap *m = arena_alloc(b->a, sizeof *m + (b->nslots + 31) / 32 * sizeof m->bits[0]);
    m->nslots = b->nslots;
    for (uint32_t i = 0; i < b->nslots; i++)
        m->bits[i / 32] |= (uint64_t)b->kinds[i] << 2 * (i % 32);
    SafePoint p = {pc, b->maps.n};
    vec_push(b->a, &b->points, p);
    vec_push(b->a, &b->maps, m);
}

static void put(Build *b, uint64_t word) { vec_push(b->a, &b->code, word); }

static void forget(Build *b) { memset(b->kinds, SM_NONE, b->nslots); }

static uint32_t slots_of(const FieldDesc *fields, uint32_t n) {
    uint64_t slots = 0;
    for (uint32_t i = 0; i < n; i++)
        slots += type_frame_slots(fields[i].type);
    return slots > FRAME_SLOTS_MAX ? FRAME_SLOTS_MAX : (uint32_t)slots;
}

static uint32_t param_slots(const TypeDesc *t) { return slots_of(t->fields, t->nparams); }
static uint32_t result_slots(const TypeDesc *t) { return slots_of(t->fields + t->nparams, t->nfields - t->nparams); }

static void kinds_of(const FieldDesc *fields, uint32_t n, uint8_t *kinds) {
    for (uint32_t i = 0; i < n; i++) {
        type_frame_kinds(fields[i].type, kinds);
        kinds += type_frame_slots(fields[i].type);
    }
}

static FuncDesc *build_end(Build *b, const char *name, uint32_t params, uint32_t results) {
    FuncDesc *f = ARENA_NEW(b->a, FuncDesc);
    *f = (FuncDesc){.self = f, .code = b->code.at, .frame_bytes = b->nslots * 8, .param_bytes = params * 8, .result_bytes = results * 8, .ncode = b->code.n,
                    .flags = FF_WRAPPER | FF_LIBRARY, .name = name, .file = "", .nsafepoints = b->points.n, .safepoints = b->points.at, .maps = b->maps.at,
                    .index = UINT32_MAX};
    return f;
}

static int32_t leaf_index(Runtime *rt, const char *name) {
    for (uint32_t i = 0; i < rt->intrinsics.n; i++) {
        if (strcmp(rt->intrinsics.defs[i].name, name) == 0)
            return (int32_t)i;
    }
    UNREACHABLE("leaf function of a stub");
}

/* --- the kinds of stubs --- */

static FuncDesc *build_make_func(Runtime *rt, const TypeDesc *t, const char *args_leaf, const char *results_leaf) {
    uint32_t np = param_slots(t), nr = result_slots(t), at = np > nr ? np : nr;
    if (at + MAKE_CLOSURE + 1 > NEAR_SLOTS_MAX)
        return NULL;
    Build b = build_new(&rt->stubs->arena, at + MAKE_CLOSURE + 1);
    kinds_of(t->fields, t->nparams, b.kinds);
    point(&b, 0);
    put(&b, ins_ai(OP_LDCTX, at * 8, 0));
    b.kinds[at] = SM_PTR;
    point(&b, 1);
    put(&b, ins_ai(OP_CALLX, at * 8, leaf_index(rt, args_leaf)));
    forget(&b);
    b.kinds[at] = b.kinds[at + MAKE_ARGS] = SM_PTR;
    point(&b, 2);
    put(&b, ins_abc(OP_CALLC, (at + MAKE_ARGS) * 8, at * 8, 0));
    forget(&b);
    point(&b, 3);
    put(&b, ins_ai(OP_LDCTX, (at + MAKE_CLOSURE) * 8, 0));
    b.kinds[at + MAKE_ARGS] = b.kinds[at + MAKE_CLOSURE] = SM_PTR;
    point(&b, 4);
    put(&b, ins_ai(OP_CALLX, (at + MAKE_ARGS) * 8, leaf_index(rt, results_leaf)));
    forget(&b);
    kinds_of(t->fields + t->nparams, t->nfields - t->nparams, b.kinds);
    point(&b, 5);
    put(&b, ins_ai(OP_RET, 0, 0));
    return build_end(&b, "reflect.makeFuncStub", np, nr);
}

static FuncDesc *build_call(Runtime *rt, const TypeDesc *t, bool method, const char *args_leaf, const char *results_leaf) {
    uint32_t np = param_slots(t) + method, nr = result_slots(t), need = CALL_WINDOW + (np > nr ? np : nr) + 1;
    if (need > FRAME_SLOTS_MAX)
        return NULL;
    Build b = build_new(&rt->stubs->arena, need);
    b.kinds[0] = b.kinds[1] = b.kinds[4] = SM_PTR;
    point(&b, 0);
    put(&b, ins_ai(OP_CALLX, CALL_WINDOW * 8, leaf_index(rt, args_leaf)));
    if (method)
        b.kinds[CALL_WINDOW] = SM_IDATA;
    kinds_of(t->fields, t->nparams, b.kinds + CALL_WINDOW + method);
    point(&b, 1);
    put(&b, ins_abc(OP_CALLC, CALL_WINDOW * 8, 0, 0));
    forget(&b);
    b.kinds[4] = SM_PTR;
    point(&b, 2);
    put(&b, ins_ai(OP_CALLX, CALL_WINDOW * 8, leaf_index(rt, results_leaf)));
    point(&b, 3);
    put(&b, ins_ai(OP_RET, 0, 0));
    return build_end(&b, "reflect.callStub", 7, 0);
}

static FuncDesc *build_select(Runtime *rt, const bool *send, uint32_t n, bool has_default) {
    if (n > UINT16_MAX)
        return NULL;
    Build b = build_new(&rt->stubs->arena, 2 * n + SELECT_PAIRS);
    b.kinds[0] = SM_PTR;
    point(&b, 0);
    if (n) {
        put(&b, ins_abc(OP_LDN, SELECT_PAIRS * 8, 0, 0));
        put(&b, 16 * n);
    }
    forget(&b);
    memset(b.kinds + SELECT_PAIRS, SM_PTR, 2 * n);
    if (n == 1 && !has_default) {
        uint32_t chan = SELECT_PAIRS * 8, elem = chan + 8;
        put(&b, send[0] ? ins_abc(OP_SENDP, chan, elem, 0) : ins_abc(OP_RECVP, elem, chan, 0));
        if (!send[0])
            put(&b, 8);
        point(&b, b.code.n);
        put(&b, ins_ai(OP_LDI, 0, 0));
    } else {
        put(&b, ins_abc(OP_SELECT, 0, has_default, n));
        for (uint32_t i = 0; i < n; i++) {
            uint32_t chan = (SELECT_PAIRS + 2 * i) * 8;
            put(&b, select_case((send[i] ? SELECT_SEND : 0) | SELECT_BY_ADDRESS, chan, chan + 8));
        }
        point(&b, b.code.n);
    }
    put(&b, ins_ai(OP_RET, 0, 0));
    return build_end(&b, "reflect.selectStub", 1, 2);
}

/* --- the cache --- */

static Stub *find(Runtime *rt, StubKind kind, const TypeDesc *t, const bool *send, uint32_t n) {
    for (Stub *s = rt->stubs->all; s; s = s->next) {
        if (s->kind == kind && s->type == t && s->n == n && (n == 0 || memcmp(s->send, send, n * sizeof *send) == 0))
            return s;
    }
    return NULL;
}

static const FuncDesc *keep(Runtime *rt, StubKind kind, const TypeDesc *t, const bool *send, uint32_t n, FuncDesc *fn) {
    Arena *a = &rt->stubs->arena;
    if (!fn || !image_index_add(rt->index, fn))
        return NULL;
    Stub *s = ARENA_NEW(a, Stub);
    *s = (Stub){rt->stubs->all, kind, t, send ? (bool *)arena_dup(a, (const char *)send, n * sizeof *send) : NULL, n, fn};
    rt->stubs->all = s;
    return fn;
}

const FuncDesc *stub_make_func(Runtime *rt, const TypeDesc *t, const char *args_leaf, const char *results_leaf) {
    pthread_mutex_lock(&rt->stubs->lock);
    Stub *s = find(rt, STUB_MAKE_FUNC, t, NULL, 0);
    const FuncDesc *fn = s ? s->fn : keep(rt, STUB_MAKE_FUNC, t, NULL, 0, build_make_func(rt, t, args_leaf, results_leaf));
    pthread_mutex_unlock(&rt->stubs->lock);
    return fn;
}

const FuncDesc *stub_call(Runtime *rt, const TypeDesc *t, bool method, const char *args_leaf, const char *results_leaf) {
    StubKind kind = method ? STUB_METHOD : STUB_CALL;
    pthread_mutex_lock(&rt->stubs->lock);
    Stub *s = find(rt, kind, t, NULL, 0);
    const FuncDesc *fn = s ? s->fn : keep(rt, kind, t, NULL, 0, build_call(rt, t, method, args_leaf, results_leaf));
    pthread_mutex_unlock(&rt->stubs->lock);
    return fn;
}

const FuncDesc *stub_select(Runtime *rt, const bool *send, uint32_t n, bool has_default) {
    StubKind kind = has_default ? STUB_SELECT_DEFAULT : STUB_SELECT;
    pthread_mutex_lock(&rt->stubs->lock);
    Stub *s = find(rt, kind, NULL, send, n);
    const FuncDesc *fn = s ? s->fn : keep(rt, kind, NULL, send, n, build_select(rt, send, n, has_default));
    pthread_mutex_unlock(&rt->stubs->lock);
    return fn;
}

/* introspect.c: package runtime's view of frames, and the text of panic values.
 *
 * What gol code calls a pc is the address of a frame's resume pc, with the number of the call that was inlined there in the top bits (0 the innermost).
 * Programs also ask for pc-1, the address inside the call: an address between two words means the later one. Small
 * numbers stand for the functions that Go's runtime has on the stack where we have no frame, so that programs that count frames find theirs. */
#include "vm/vm.h"
#include "debug/debug.h"
#include "vm_impl.h"

enum { DEPTH_SHIFT = 48, DEPTH_MAX = 63 };

static const struct {
    const char *name, *file;
} no_frames[] = {
    {NULL, NULL},
    {"runtime.Callers", "runtime/caller.gol"},
    {"runtime.goexit", "runtime/proc.gol"},
    {"runtime.Goexit", "runtime/proc.gol"},
    {"runtime.gopanic", "runtime/panic.gol"},
    {"runtime.panicmem", "runtime/panic.gol"},
    {"runtime.sigpanic", "runtime/panic.gol"},
    {"runtime.goPanicIndex", "runtime/panic.gol"},
};
enum { PC_STEP = 16, PC_CALLERS = 1, PC_GOEXIT, PC_GOEXIT_CALL, PC_GOPANIC, PC_PANICMEM, PC_SIGPANIC, PC_PANIC_INDEX };

typedef struct Collect {
    const Runtime *rt;
    const G *gp;
    uint64_t skip, n, cap;
    uint64_t *pcs;
    bool over_panic;  // the frame before was pushed over a panic
} Collect;

static void collect_pc(Collect *c, uint64_t pc) {
    if (c->skip)
        c->skip--;
    else if (c->n < c->cap)
        c->pcs[c->n++] = pc;
}

static void collect_no_frame(Collect *c, unsigned which) { collect_pc(c, which * PC_STEP); }

// What stands between a deferred call and the frame that panicked.
static void collect_panic(Collect *c, const FrameInfo *f) {
    const Panic *p = vm_panic_deferring(c->gp, f->fp);
    if (p && p->goexit) {
        collect_no_frame(c, PC_GOEXIT_CALL);
        return;
    }
    collect_no_frame(c, PC_GOPANIC);
    Opcode op = ins_op(*(const uint64_t *)f->fp[FRAME_RETPC]);
    if (p && p->nil_deref) {
        collect_no_frame(c, PC_PANICMEM);
        collect_no_frame(c, PC_SIGPANIC);
    } else if (op != OP_PANIC && op != OP_CALLX) {
        collect_no_frame(c, PC_PANIC_INDEX);
    }
}

static bool collect_frame(void *arg, const FrameInfo *f) {
    Collect *c = arg;
    Place p;
    if (f->fn->flags & FF_WRAPPER)
        return true;
    // An instruction that panicked is known by its start; behind the last one there is no function.
    const uint64_t *pc = f->pc + (c->over_panic && f->pc + 1 < f->fn->code + f->fn->ncode);
    for (unsigned depth = 0; depth <= DEPTH_MAX && vm_place_at(f->fn, (uint32_t)(pc - f->fn->code), depth, &p); depth++)
        collect_pc(c, (uint64_t)pc | (uint64_t)depth << DEPTH_SHIFT);
    c->over_panic = f->flags & FRAME_OVER_PANIC;
    if (c->over_panic)
        collect_panic(c, f);
    if (f->flags & FRAME_ENTRY)
        collect_no_frame(c, PC_GOEXIT);
    return c->n < c->cap;
}

static uint64_t collect(LeafCtx *cx, uint64_t skip, uint64_t *pcs, uint64_t cap) {
    Collect c = {.rt = cx->rt, .gp = cx->gp, .skip = skip, .cap = cap, .pcs = pcs};
    vm_walk_frames(cx->rt, cx->gp, collect_frame, &c);
    return c.n;
}

static bool place_of(LeafCtx *cx, uint64_t pc, Place *out) {
    uint64_t which = (pc + PC_STEP / 2) / PC_STEP;
    if (which && which < COUNT_OF(no_frames)) {
        *out = (Place){.name = no_frames[which].name, .file = no_frames[which].file};
        return true;
    }
    uint64_t address = pc & (((uint64_t)1 << DEPTH_SHIFT) - 1);
    const uint64_t *at = (const uint64_t *)((address + 7) & ~(uint64_t)7);
    const FuncDesc *fn = image_func_at(cx->rt->index, at);
    if (fn && at == fn->code) {  // a func value's: no call returns there
        *out = (Place){.name = fn->name, .file = fn->file, .line = fn->line, .fn = fn};
        return true;
    }
    return fn && vm_place_at(fn, (uint32_t)(at - fn->code), (unsigned)(pc >> DEPTH_SHIFT), out);
}

// func Caller(skip int) (pc uintptr, file string, line int, ok bool)
static LeafStatus leaf_caller(LeafCtx *cx, Slot *s) {
    uint64_t pc;
    Place p;
    int64_t skip = (int64_t)s[0];
    if (skip < 0 || !collect(cx, (uint64_t)skip, &pc, 1) || !place_of(cx, pc, &p)) {
        memset(s, 0, 5 * sizeof *s);
        return LEAF_DONE;
    }
    s[0] = pc;
    leaf_string(cx, &s[1], p.file, strlen(p.file));
    s[3] = p.line;
    s[4] = 1;
    return LEAF_DONE;
}

// func Callers(skip int, pc []uintptr) int
static LeafStatus leaf_callers(LeafCtx *cx, Slot *s) {
    int64_t skip = (int64_t)s[0];
    uint64_t *pcs = (uint64_t *)s[1], cap = s[2], n = 0;
    if (skip <= 0 && cap)
        pcs[n++] = PC_CALLERS * PC_STEP;
    s[0] = n + collect(cx, skip > 0 ? (uint64_t)skip - 1 : 0, pcs + n, cap - n);
    return LEAF_DONE;
}

// func frameInfo(pc uintptr) (function, file string, line int, startLine int, entry uintptr, ok bool)
static LeafStatus leaf_frame_info(LeafCtx *cx, Slot *s) {
    Place p;
    uint64_t pc = s[0];
    memset(s, 0, 8 * sizeof *s);
    if (!place_of(cx, pc, &p))
        return LEAF_DONE;
    leaf_string(cx, &s[0], p.name, strlen(p.name));
    leaf_string(cx, &s[2], p.file, strlen(p.file));
    s[4] = p.line;
    s[5] = p.fn ? p.fn->line : 0;
    s[6] = p.fn ? (Slot)p.fn->code : pc;
    s[7] = 1;
    return LEAF_DONE;
}

// func Stack(buf []byte, all bool) int
static LeafStatus leaf_stack(LeafCtx *cx, Slot *s) {
    if (s[3] && !cx->world_stopped)
        return LEAF_STOP;
    char *buf = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&buf, &n);
    if (!out) {
        s[0] = 0;
        return LEAF_DONE;
    }
    vm_print_trace(cx->rt, cx->gp, out);
    if (s[3])
        vm_print_others(cx->rt, cx->gp, out);
    fclose(out);
    uint64_t k = n < s[1] ? n : s[1];
    if (k)
        memcpy((char *)s[0], buf, k);
    free(buf);
    s[0] = k;
    return LEAF_DONE;
}

// --- panic values ---

static size_t scalar_text(char *buf, size_t cap, const TypeDesc *t, const Slot *data) {
    switch ((Kind)t->kind) {
    case KIND_BOOL: return (size_t)snprintf(buf, cap, "%s", *data ? "true" : "false");
    case KIND_INT: case KIND_INT8: case KIND_INT16: case KIND_INT32: case KIND_INT64:
        return (size_t)snprintf(buf, cap, "%lld", (long long)*data);
    case KIND_UINT: case KIND_UINT8: case KIND_UINT16: case KIND_UINT32: case KIND_UINT64: case KIND_UINTPTR:
        return (size_t)snprintf(buf, cap, "%llu", (unsigned long long)*data);
    case KIND_FLOAT32: return debug_float(buf, (double)slot_f32(*data), true);
    case KIND_FLOAT64: return debug_float(buf, slot_f64(*data), false);
    case KIND_COMPLEX64: {
        const float *c = (const float *)*data;
        return debug_complex(buf, (double)c[0], (double)c[1], true);
    }
    case KIND_COMPLEX128: {
        const double *c = (const double *)*data;
        return debug_complex(buf, c[0], c[1], false);
    }
    default: return 0;
    }
}

// func panicValueText(v any) string
static LeafStatus leaf_panic_value_text(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    char *buf = NULL, scalar[100];
    size_t n = 0;
    FILE *out = t ? open_memstream(&buf, &n) : NULL;
    if (!out) {
        leaf_string(cx, s, "nil", 3);
        return LEAF_DONE;
    }
    bool named = t->pkgpath.len != 0;
    size_t k = scalar_text(scalar, sizeof scalar, t, &s[1]);
    if (k || t->kind == KIND_STRING) {
        if (named)
            fprintf(out, "%.*s(", (int)t->string.len, t->string.data);
        bool is_complex = t->kind == KIND_COMPLEX64 || t->kind == KIND_COMPLEX128;  // brings parentheses of its own
        StrLit text = named && is_complex ? (StrLit){scalar + 1, k - 2} : (StrLit){scalar, k};
        const StrLit *str = t->kind == KIND_STRING ? (const StrLit *)s[1] : &text;
        const char *quote = named && t->kind == KIND_STRING ? "\"" : "";
        fputs(quote, out);
        fwrite(str->data ? str->data : "", 1, str->len, out);
        fprintf(out, "%s%s", quote, named ? ")" : "");
    } else {
        fprintf(out, "(%.*s) 0x%llx", (int)t->string.len, t->string.data, (unsigned long long)s[1]);
    }
    fclose(out);
    leaf_string(cx, s, buf, n);
    free(buf);
    return LEAF_DONE;
}

const IntrinsicDef vm_intrinsics[] = {
    {"runtime.Caller", leaf_caller, 0},
    {"runtime.Callers", leaf_callers, 0},
    {"runtime.frameInfo", leaf_frame_info, 0},
    {"runtime.Stack", leaf_stack, 0},
    {"runtime.panicValueText", leaf_panic_value_text, 0},
};
const uint32_t vm_nintrinsics = COUNT_OF(vm_intrinsics);

/* panic.c: panics, recover, Goexit.
 *
 * A panic leaves all frames where they are and runs the goroutine's deferred calls, newest first, each in a frame on top of the one that panicked.
 * The Panic record on gp->panics knows that frame and the frame of the deferred call that runs now; recover works only in the latter.
 *      recovered      when the deferred call returns, everything above the frame that deferred it is dropped, and that function goes on at its recover_pc
 *      none is left   the texts of all panics under way are made by gol code (FRAME_HOOK calls, one by one), printed, and the run ends with 2
 *
 * A panic in a deferred call is a new record on top of the old. An older panic whose deferred call's frame is dropped by a recovery ends with it; an
 * older Goexit in that place goes on, as nothing stops it. */
#include "debug/debug.h"
#include "vm_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define OPERAND(i) (((const uint16_t *)pc)[i])

// --- values ---

void vm_panic_value_set(M *mp, const TypeDesc *t, Slot data) {
    mp->gp->panic_value[0] = (Slot)t;
    mp->gp->panic_value[1] = data;
}

static void panic_text(M *mp, RtType type, const char *fmt, va_list ap) {
    char buf[512];
    int n = vsnprintf(buf, sizeof buf, fmt, ap);
    if (n < 0)
        n = 0;
    if (n >= (int)sizeof buf)
        n = (int)sizeof buf - 1;
    const Image *im = mp->rt->image;
    char *bytes = gc_alloc(mp->pp, n ? (size_t)n : 1, NULL);
    memcpy(bytes, buf, (size_t)n);
    Slot *s = gc_alloc(mp->pp, 16, im->rt_types[RTT_STRING]);
    gc_store(mp->pp, (void *_Atomic *)&s[0], bytes);
    s[1] = (Slot)n;
    vm_panic_value_set(mp, im->rt_types[type], (Slot)s);
}

void vm_panic_error(M *mp, const char *fmt, ...) {
    bool bounds = !strncmp(fmt, "index out", 9) || !strncmp(fmt, "slice bounds", 12) || !strncmp(fmt, "cannot convert slice", 20);
    va_list ap;
    va_start(ap, fmt);
    panic_text(mp, bounds ? RTT_BOUNDS_ERROR : RTT_ERROR_STRING, fmt, ap);
    va_end(ap);
}

void vm_panic_plain(M *mp, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    panic_text(mp, RTT_PLAIN_ERROR, fmt, ap);
    va_end(ap);
}

void vm_index_panic(M *mp, const Slot *fp, const uint64_t *pc) {
    uint32_t a = OPERAND(1), b = OPERAND(2), c = OPERAND(3);
    Slot index, len;
    switch (ins_op(*pc)) {
    case OP_STX_8: case OP_STX_16: case OP_STX_32: case OP_STX_64: case OP_STX_P: case OP_STX_STR: case OP_STX_IFACE:
    case OP_STX_SLICE: case OP_ADDX_I64: case OP_ADDXI_I64: case OP_ADDX_F64: index = SLOT(fp, b), len = SLOT(fp, a + 8); break;
    case OP_PADDRX: index = SLOT(fp, c), len = pc[1] >> 32; break;
    case OP_PADDRXL: index = SLOT(fp, c), len = pc[2]; break;
    case OP_FLDX_64: index = SLOT(fp, c), len = pc[1]; break;
    case OP_FSTX_64: index = SLOT(fp, b), len = pc[1]; break;
    default: index = SLOT(fp, c), len = SLOT(fp, b + 8); break;
    }
    if ((int64_t)index < 0 && !image_index_is_unsigned(image_func_at(mp->rt->index, pc), pc))
        vm_panic_error(mp, "index out of range [%lld]", (long long)index);
    else
        vm_panic_error(mp, "index out of range [%llu] with length %lld", (unsigned long long)index, (long long)len);
}

OpStatus vm_op_throw(M *mp, Slot *fp, const uint64_t *pc) {
    switch ((ThrowKind)(*pc >> 32)) {
    case THROW_DIVIDE: return ST_DIVIDE;
    case THROW_NIL_DEREF: return ST_NIL;
    case THROW_MISSING_RETURN: vm_panic_plain(mp, "missing return"); return ST_PANIC;
    case THROW_ITER_CONTINUED:
        vm_panic_error(mp, "range function continued iteration after function for loop body returned false");
        return ST_PANIC;
    case THROW_ITER_AFTER_PANIC: vm_panic_error(mp, "range function continued iteration after loop body panic"); return ST_PANIC;
    case THROW_ITER_AFTER_LOOP: vm_panic_error(mp, "range function continued iteration after whole loop exit"); return ST_PANIC;
    case THROW_ITER_MISSED_PANIC:
        vm_panic_error(mp, "range function recovered a loop body panic and did not resume panicking");
        return ST_PANIC;
    case THROW_UNSAFE_SLICE: vm_panic_error(mp, "unsafe.Slice: len out of range"); return ST_PANIC;
    case THROW_UNSAFE_STRING: vm_panic_error(mp, "unsafe.String: len out of range"); return ST_PANIC;
    case THROW_UNSAFE_SLICE_NIL: vm_panic_error(mp, "unsafe.Slice: ptr is nil and len is not zero"); return ST_PANIC;
    case THROW_UNSAFE_STRING_NIL: vm_panic_error(mp, "unsafe.String: ptr is nil and len is not zero"); return ST_PANIC;
    case THROW_UNREACHABLE: break;
    }
    vm_panic_plain(mp, "unreachable code was reached");
    return ST_PANIC;
}

// --- unwinding ---

static void panic_pop(G *gp) {
    Panic *p = gp->panics;
    gp->panics = p->link;
    free(p->text);
    free(p);
}

void vm_records_free(G *gp) {
    while (gp->panics)
        panic_pop(gp);
    while (gp->defers) {
        Defer *d = gp->defers;
        gp->defers = d->link;
        free(d);
    }
}

static Panic *panic_push(M *mp) {
    G *gp = mp->gp;
    Panic *p = calloc(1, sizeof *p);
    if (!p)
        rt_fatal(mp->rt, "out of memory", false);
    p->frame_off = vm_frame_off(gp, gp->fp);
    p->pc = gp->pc;
    p->link = gp->panics;
    gp->panics = p;
    return p;
}

// The frame that panicked is the top again.
static void to_panicked_frame(G *gp, const Panic *p) {
    gp->fp = vm_frame_at(gp, p->frame_off);
    gp->pc = gp->map_pc = p->pc;
    gp->map_kind = MAP_PANIC;
}

static void push_over(M *mp, const Panic *p, const FuncDesc *fn, const void *ctx, const Slot *args, uint32_t arg_bytes, uint32_t flags) {
    to_panicked_frame(mp->gp, p);
    const FuncDesc *top = image_func_at(mp->rt->index, p->pc);
    vm_push_call(mp, (uint64_t)top->frame_bytes + FRAME_HEADER_BYTES, fn, ctx, args, arg_bytes, p->pc, flags | FRAME_OVER_PANIC);
}

static OpStatus uncaught(M *mp);

static OpStatus run_next_defer(M *mp, Panic *p) {
    G *gp = mp->gp;
    Defer *d = gp->defers;
    if (!d) {
        if (!p->goexit)
            return uncaught(mp);
        while (gp->panics)
            panic_pop(gp);
        to_panicked_frame(gp, &(Panic){.frame_off = vm_frame_off(gp, gp->fp), .pc = gp->pc});
        sched_goexit(mp);
        return ST_SCHED;
    }
    gp->defers = d->link;
    p->target_off = d->frame_off;
    if (!d->fn) {
        vm_defer_free(mp->pp, d);
        to_panicked_frame(gp, p);
        vm_panic_error(mp, "invalid memory address or nil pointer dereference");
        return vm_raise(mp, true);
    }
    push_over(mp, p, d->fn, d->ctx, d->args, d->arg_bytes, FRAME_DEFERRED);
    p->deferred_off = vm_frame_off(gp, gp->fp);
    vm_defer_free(mp->pp, d);
    return ST_RELOAD;
}

OpStatus vm_raise(M *mp, bool nil_deref) {
    G *gp = mp->gp;
    const Image *im = mp->rt->image;
    if (!gp->panic_value[0]) {
        const TypeDesc *t = im->rt_types[RTT_PANIC_NIL_ERROR];
        vm_panic_value_set(mp, t, (Slot)gc_alloc(mp->pp, t->elem ? t->elem->size : 0, t->elem));
    }
    Panic *p = panic_push(mp);
    p->value[0] = gp->panic_value[0];
    p->value[1] = gp->panic_value[1];
    p->nil_deref = nil_deref;
    gp->panic_value[0] = gp->panic_value[1] = 0;
    if (p->link && p->link->recovered && p->link->value[0] == p->value[0] && p->link->value[1] == p->value[1])
        p->link->repanicked = true;
    return run_next_defer(mp, p);
}

OpStatus vm_goexit(M *mp) {
    G *gp = mp->gp;
    // Nothing of a frame that was only pushed has run: its variables are not cleared yet, and it has no deferred calls.
    if (gp->map_kind == MAP_ENTRY && !(FRAME_FLAGS(gp->fp) & (FRAME_ENTRY | FRAME_OVER_PANIC))) {
        Slot *fp = gp->fp;
        gp->pc = (const uint64_t *)fp[FRAME_RETPC];
        gp->fp = (Slot *)((char *)fp - FRAME_DELTA_BYTES(fp));
    }
    gp->map_pc = gp->pc;
    gp->map_kind = MAP_PANIC;
    Panic *p = panic_push(mp);
    p->goexit = true;
    gp->goexiting = true;
    return run_next_defer(mp, p);
}

// The frame at target goes on behind a recovered panic; fp is the deferred call's frame, which returned.
static OpStatus recovered_at(M *mp, Slot *fp, uint64_t target) {
    G *gp = mp->gp;
    bool goexit = false;
    while (gp->panics && gp->panics->deferred_off > target) {
        goexit |= gp->panics->goexit;
        panic_pop(gp);
    }
    Slot *caller = (Slot *)((char *)fp - FRAME_DELTA_BYTES(fp));
    while (vm_frame_off(gp, caller) != target) {
        fp = caller;
        caller = (Slot *)((char *)fp - FRAME_DELTA_BYTES(fp));
    }
    const FuncDesc *fn = image_func_at(mp->rt->index, (const uint64_t *)fp[FRAME_RETPC]);
    gp->fp = caller;
    gp->pc = gp->map_pc = fn->code + fn->recover_pc;
    gp->map_kind = MAP_PANIC;
    return goexit ? vm_goexit(mp) : ST_RELOAD;
}

OpStatus vm_deferred_returned(M *mp, Slot *fp) {
    Panic *p = mp->gp->panics;
    VERIFY(p && p->deferred_off == vm_frame_off(mp->gp, fp));
    p->deferred_off = 0;
    if (!p->recovered)
        return run_next_defer(mp, p);
    uint64_t target = p->target_off;
    panic_pop(mp->gp);
    return recovered_at(mp, fp, target);
}

/* recover works in the function that a panic called, and in one that only a wrapper of the compiler stands before. A body of range over a function
 * is part of its function, whose frame is the nearest one of it. With `deferred` it is recover itself that was deferred: it counts as called by the
 * function that deferred it, when that one's end called it. */
static bool called_by_panic(M *mp, const Slot *fp, const uint64_t *pc, const Panic *p, bool deferred) {
    const ImageIndex *ix = mp->rt->index;
    if (deferred) {
        if (FRAME_FLAGS(fp) & FRAME_ENTRY)
            return false;
        pc = (const uint64_t *)fp[FRAME_RETPC];
        fp = (const Slot *)((const char *)fp - FRAME_DELTA_BYTES(fp));
    }
    const FuncDesc *fn = image_func_at(ix, pc), *root = fn->range_root;
    if (fn->flags & FF_WRAPPER)
        return false;
    while (root && fn != root) {
        if (FRAME_FLAGS(fp) & FRAME_ENTRY)
            return false;
        fn = image_func_at(ix, (const uint64_t *)fp[FRAME_RETPC]);
        fp = (const Slot *)((const char *)fp - FRAME_DELTA_BYTES(fp));
    }
    while (!(FRAME_FLAGS(fp) & (FRAME_DEFERRED | FRAME_ENTRY | FRAME_HOOK))) {
        if (!(image_func_at(ix, (const uint64_t *)fp[FRAME_RETPC])->flags & FF_WRAPPER))
            return false;
        fp = (const Slot *)((const char *)fp - FRAME_DELTA_BYTES(fp));
    }
    return p->deferred_off == vm_frame_off(mp->gp, fp);
}

OpStatus vm_op_recover(M *mp, Slot *fp, const uint64_t *pc) {
    Panic *p = mp->gp->panics;
    Slot *r = &SLOT(fp, OPERAND(1));
    r[0] = r[1] = 0;
    if (p && !p->goexit && !p->recovered && called_by_panic(mp, fp, pc, p, OPERAND(2))) {
        p->recovered = true;
        r[0] = p->value[0];
        r[1] = p->value[1];
    }
    return ST_NEXT;
}

// --- the end ---

static void put_indented(FILE *out, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        fputc(s[i], out);
        if (s[i] == '\n')
            fputc('\t', out);
    }
}

static void print_panics(FILE *out, const Panic *p) {
    if (p->link) {
        print_panics(out, p->link);
        if (p->link->repanicked)
            return;
        if (!p->link->goexit)
            fputc('\t', out);
    }
    if (p->goexit)
        return;
    fputs("panic: ", out);
    put_indented(out, p->text ? p->text : "", p->text_len);
    if (p->repanicked)
        fputs(" [recovered, repanicked]", out);
    else if (p->recovered)
        fputs(" [recovered]", out);
    fputc('\n', out);
}

// An Error or String method panicked while the text of a panic was made.
static void print_nested(FILE *out, const TypeDesc *t, Slot data) {
    const StrLit *s = t->kind == KIND_STRING && !t->pkgpath.len ? (const StrLit *)data : &t->string;
    fprintf(out, "fatal error: panic while printing panic value: %s", s == &t->string ? "type " : "");
    fwrite(s->data ? s->data : "", 1, s->len, out);
    fputc('\n', out);
}

static void die(M *mp, bool nested) {
    G *gp = mp->gp;
    char *buf = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&buf, &n);
    if (out) {
        if (nested)
            print_nested(out, (const TypeDesc *)gp->panics->value[0], gp->panics->value[1]);
        else
            print_panics(out, gp->panics);
        if (gp->panics->nil_deref && !nested)
            fprintf(out, "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=%p]\n", (const void *)gp->panics->pc);
        bool all = vm_traces_want_all();
        if (all)
            sched_stop_world(mp, "panic");
        vm_print_traces(mp->rt, mp->gp, out);
        if (all && !mp->rt->opt.exit_process)
            sched_start_world(mp);
        fclose(out);
        for (size_t done = 0; done < n;) {
            ssize_t k = write(STDERR_FILENO, buf + done, n - done);
            if (k <= 0)
                break;
            done += (size_t)k;
        }
        free(buf);
    }
    debug_crash_if_wanted();
    rt_exit(mp->rt, 2);
}

// Makes the next missing text, oldest first; when all are there, prints them and ends the run.
static OpStatus uncaught(M *mp) {
    G *gp = mp->gp;
    Panic *want = NULL;
    bool nested = false;
    for (Panic *p = gp->panics; p; p = p->link) {
        nested |= p->printing;
        if (!p->text && !p->goexit)
            want = p;
    }
    const FuncDesc *hook = mp->rt->image->rt_funcs[RTF_PANIC_TEXT];
    if (want && !nested && hook) {
        want->printing = true;
        push_over(mp, gp->panics, hook, NULL, want->value, sizeof want->value, FRAME_HOOK);
        return ST_RELOAD;
    }
    to_panicked_frame(gp, gp->panics);
    die(mp, nested);
    return ST_LEAVE;
}

OpStatus vm_hook_returned(M *mp, Slot *fp) {
    for (Panic *p = mp->gp->panics; p; p = p->link) {
        if (!p->printing)
            continue;
        p->printing = false;
        p->text_len = fp[1];
        p->text = malloc(fp[1] + 1);
        if (!p->text)
            rt_fatal(mp->rt, "out of memory", false);
        if (fp[1])
            memcpy(p->text, (const void *)fp[0], fp[1]);
        p->text[fp[1]] = 0;
    }
    return uncaught(mp);
}

void vm_stack_overflow(M *mp) {
    char line[100];
    uint64_t limit = mp->rt->opt.maxstack_bytes ? mp->rt->opt.maxstack_bytes : 1000000000;
    int n = snprintf(line, sizeof line, "runtime: goroutine stack exceeds %llu-byte limit\n", (unsigned long long)limit);
    ssize_t k = write(STDERR_FILENO, line, (size_t)n);
    (void)k;
    rt_fatal(mp->rt, "stack overflow", false);
}

void vm_each_defer_root(G *gp, void (*visit)(void *arg, Slot *slot, bool is_idata), void *arg) {
    for (Defer *d = gp->defers; d; d = d->link) {
        visit(arg, (Slot *)&d->ctx, false);
        const StackMap *m = d->fn ? image_find_map(d->fn, 0) : NULL;
        for (uint32_t i = 0; m && i < d->arg_bytes / 8; i++) {
            unsigned kind = stackmap_kind(m, i);
            if (kind != SM_NONE)
                visit(arg, &d->args[i], kind == SM_IDATA);
        }
    }
    for (Panic *p = gp->panics; p; p = p->link) {
        if (!p->goexit)
            visit(arg, &p->value[1], true);
    }
    visit(arg, &gp->panic_value[1], true);
}

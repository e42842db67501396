/* trace.c: walking the frames of a stopped goroutine, and printing them as Go does, without arguments and offsets. */
#include "vm_impl.h"

#include <stdio.h>

static const StackMap *top_map(const FuncDesc *fn, const G *gp) {
    switch ((MapKind)gp->map_kind) {
    case MAP_AT_PC: return image_find_map(fn, (uint32_t)(gp->map_pc - fn->code));
    case MAP_ENTRY: return image_find_map(fn, 0);
    case MAP_PANIC: return fn->panic_map;
    }
    return NULL;
}

void vm_walk_frames(const Runtime *rt, const G *gp, bool (*visit)(void *arg, const FrameInfo *f), void *arg) {
    if (!gp->fp || !gp->pc)
        return;
    FrameInfo f = {.fp = gp->fp, .pc = gp->pc, .top = true};
    f.fn = image_func_at(rt->index, gp->pc);
    VERIFY(f.fn);
    f.map = top_map(f.fn, gp);
    for (;;) {
        f.flags = FRAME_FLAGS(f.fp);
        if (!visit(arg, &f) || f.flags & FRAME_ENTRY)
            return;
        f.pc = (const uint64_t *)f.fp[FRAME_RETPC];
        f.fp = (Slot *)((char *)f.fp - FRAME_DELTA_BYTES(f.fp));
        f.fn = image_func_at(rt->index, f.pc);
        VERIFY(f.fn);
        f.map = f.flags & FRAME_OVER_PANIC ? f.fn->panic_map : image_find_map(f.fn, (uint32_t)(f.pc - f.fn->code));
        f.top = false;
    }
}

// --- printing ---

enum { SHOWN_TOP = 50, SHOWN_BOTTOM = 50 };

typedef struct Trace {
    const Runtime *rt;
    uint64_t n;               // lines so far
    Place top[SHOWN_TOP];
    Place ring[SHOWN_BOTTOM];  // the last ones
    bool over_panic;          // the frame before was pushed over a panic
    bool goexit;              // or over a Goexit
    const G *gp;
} Trace;

static void add_line(Trace *t, const Place *p) {
    if (t->n < SHOWN_TOP)
        t->top[t->n] = *p;
    else
        t->ring[t->n % SHOWN_BOTTOM] = *p;
    t->n++;
}

bool vm_place_at(const FuncDesc *fn, uint32_t pc, unsigned depth, Place *out) {
    uint32_t at = pc ? pc - 1 : 0, line = image_find_line(fn, pc);
    int32_t inl = -1;
    for (uint32_t i = 0; i < fn->ninlines; i++) {
        const InlineEntry *e = &fn->inlines[i];
        if (at >= e->pc && at < e->end && (inl < 0 || e->end - e->pc <= fn->inlines[inl].end - fn->inlines[inl].pc))
            inl = (int32_t)i;
    }
    const char *directed = image_find_file(fn, pc, NULL);
    for (; inl >= 0; inl = fn->inlines[inl].parent, depth--) {
        const InlineEntry *e = &fn->inlines[inl];
        if (!depth) {
            *out = (Place){e->name, directed ? directed : e->file, line, true, fn};
            return true;
        }
        line = e->call_line;
        directed = e->call_file;
    }
    *out = (Place){fn->name, directed ? directed : fn->file, line, false, fn};
    return !depth;
}

// What Go has on the stack between a deferred call and the frame that panicked.
static const Place panic_place = {.name = "panic", .file = "runtime/panic.gol", .line = 1, .inlined = true},
                   goexit_place = {.name = "runtime.Goexit", .file = "runtime/proc.gol", .line = 1};

/* vm_panic_deferring finds the panic (or Goexit) that called the deferred function whose frame is at fp; NULL when it ended. */
const Panic *vm_panic_deferring(const G *gp, const Slot *fp) {
    uint64_t off = vm_frame_off(gp, fp);
    const Panic *p = gp->panics;
    while (p && p->deferred_off != off)
        p = p->link;
    return p;
}

static bool trace_frame(void *arg, const FrameInfo *f) {
    Trace *t = arg;
    bool at_start = f->top ? t->gp->map_kind == MAP_PANIC : t->over_panic;
    if (t->over_panic)
        add_line(t, t->goexit ? &goexit_place : &panic_place);
    t->over_panic = f->flags & FRAME_OVER_PANIC;
    if (t->over_panic) {
        const Panic *p = vm_panic_deferring(t->gp, f->fp);
        t->goexit = p && p->goexit;
    }
    const Image *im = t->rt->image;
    if (f->fn->flags & FF_WRAPPER || f->fn == im->rt_funcs[RTF_MAIN] || f->fn == im->rt_funcs[RTF_PANIC_TEXT])
        return true;
    Place p;
    for (unsigned depth = 0; vm_place_at(f->fn, (uint32_t)(f->pc - f->fn->code) + at_start, depth, &p); depth++)
        add_line(t, &p);
    return true;
}

static void put_line(FILE *out, const Place *p) {
    bool args = p->inlined || (p->fn && p->fn->param_bytes);
    fprintf(out, "%s(%s)\n\t%s:%u\n", p->name, args ? "..." : "", p->file, p->line);
}

static const char *state_text(const G *gp) {
    static const char *const wait_texts[WAIT_COUNT] = {
#define WAIT(name, text) [WAIT_##name] = text,
#include "waitreason.def"
#undef WAIT
    };
    switch ((GStatus)atomic_load(&gp->status)) {
    case G_RUNNING: return "running";
    case G_RUNNABLE: return "runnable";
    case G_SYSCALL: return "syscall";
    case G_WAITING: return gp->wait_reason < WAIT_COUNT && gp->wait_reason ? wait_texts[gp->wait_reason] : "waiting";
    case G_IDLE: return "idle";
    case G_DEAD: return "dead";
    }
    return "unknown";
}

void vm_print_trace(const Runtime *rt, const G *gp, FILE *out) {
    fprintf(out, "goroutine %llu [%s", (unsigned long long)gp->id, state_text(gp));
    if (atomic_load(&gp->status) == G_WAITING && gp->wait_since_ns) {
        long long minutes = (sched_now_ns() - gp->wait_since_ns) / 60000000000LL;
        if (minutes >= 1)
            fprintf(out, ", %lld minutes", minutes);
    }
    fputs("]:\n", out);
    Trace *t = calloc(1, sizeof *t);
    if (!t)
        return;
    t->rt = rt;
    t->gp = gp;
    vm_walk_frames(rt, gp, trace_frame, t);
    for (uint64_t i = 0; i < t->n && i < SHOWN_TOP; i++)
        put_line(out, &t->top[i]);
    uint64_t from = SHOWN_TOP;
    if (t->n > SHOWN_TOP + SHOWN_BOTTOM) {
        from = t->n - SHOWN_BOTTOM;
        fprintf(out, "...%llu frames elided...\n", (unsigned long long)(from - SHOWN_TOP));
    }
    for (uint64_t i = from; i < t->n; i++)
        put_line(out, &t->ring[i % SHOWN_BOTTOM]);
    free(t);
    const FuncDesc *fn = gp->creator_pc ? image_func_at(rt->index, gp->creator_pc) : NULL;
    if (fn) {
        uint32_t pc = (uint32_t)(gp->creator_pc - fn->code);
        fprintf(out, "created by %s in goroutine %llu\n\t%s:%u\n", fn->name, (unsigned long long)gp->parent_id, image_find_file(fn, pc, fn->file),
                image_find_line(fn, pc));
    }
}

typedef struct Others {
    const Runtime *rt;
    const G *self;
    FILE *out;
} Others;

static void print_other(void *arg, G *gp) {
    Others *o = arg;
    if (gp == o->self || gp->is_system || atomic_load(&gp->status) == G_RUNNING)
        return;
    fputc('\n', o->out);
    vm_print_trace(o->rt, gp, o->out);
}

void vm_print_others(Runtime *rt, const G *gp, FILE *out) {
    sched_each_g(rt, print_other, &(Others){rt, gp, out});
}

bool vm_traces_want_all(void) {
    const char *level = getenv("GOTRACEBACK");
    return level && (!strcmp(level, "all") || !strcmp(level, "system") || !strcmp(level, "crash") || atoi(level) >= 1);
}

void vm_print_traces(Runtime *rt, const G *gp, FILE *out) {
    const char *level = getenv("GOTRACEBACK");
    if (level && (!strcmp(level, "none") || !strcmp(level, "0")))
        return;
    if (gp) {
        fputc('\n', out);
        vm_print_trace(rt, gp, out);
    }
    if (!gp || vm_traces_want_all())
        vm_print_others(rt, gp, out);
}

/* call.c: frames, as far as they are made outside of the loop: entering a function whose frame does not fit, returning from flagged frames, calls
 * of leaf functions that don't simply finish, go and defer. vm_resume is where all slow paths meet. */
#include "vm_impl.h"

#define OPERAND(i) (((const uint16_t *)pc)[i])
#define IMM ((int32_t)(*pc >> 32))

static bool is_polled(P *pp) { return atomic_load_explicit(&pp->poll, memory_order_relaxed) != 0; }

void vm_prepare_entry(G *gp, const FuncDesc *fn, const void *closure_ctx, const Slot *args, uint32_t arg_bytes) {
    VERIFY((size_t)(gp->stack_hi - gp->stack_lo) >= FRAME_HEADER_BYTES + (size_t)fn->frame_bytes);
    Slot *fp = (Slot *)(gp->stack_lo + FRAME_HEADER_BYTES);
    fp[FRAME_CTX] = (Slot)closure_ctx;
    fp[FRAME_DELTA] = (Slot)FRAME_ENTRY << 32;
    fp[FRAME_RETPC] = 0;
    if (arg_bytes)
        memcpy(fp, args, arg_bytes);
    gp->fp = fp;
    gp->pc = gp->map_pc = fn->code;
    gp->map_kind = MAP_ENTRY;
    gp->defers = NULL;
    gp->panics = NULL;
    gp->panic_value[0] = gp->panic_value[1] = 0;
    gp->goexiting = gp->redo = false;
}

void vm_push_call(M *mp, uint64_t at, const FuncDesc *fn, const void *ctx, const Slot *args, uint32_t arg_bytes, const uint64_t *retpc,
                  uint32_t flags) {
    G *gp = mp->gp;
    uint64_t need = at + fn->frame_bytes;
    if (need > (uint64_t)(gp->stack_hi - (char *)gp->fp) && !stack_grow(mp, gp, need))
        vm_stack_overflow(mp);
    Slot *callee = (Slot *)((char *)gp->fp + at);
    callee[FRAME_CTX] = (Slot)ctx;
    callee[FRAME_DELTA] = at | (Slot)flags << 32;
    callee[FRAME_RETPC] = (Slot)retpc;
    if (arg_bytes)
        memcpy(callee, args, arg_bytes);
    gp->fp = callee;
    gp->pc = gp->map_pc = fn->code;
    gp->map_kind = MAP_ENTRY;
}

/* A callee's frame ends above stack_limit: the stack is full, or the limit was poisoned to bring a request to this call, or stackstress wants every
 * call here. The limit is restored before poll is read: whoever poisons it sets poll first. */
static OpStatus enter(M *mp) {
    G *gp = mp->gp;
    const FuncDesc *fn = image_func_at(mp->rt->index, gp->pc);
    gp->map_pc = gp->pc;
    gp->map_kind = MAP_ENTRY;
    bool stress = mp->rt->opt.stackstress != 0;
    atomic_store(&gp->stack_limit, gp->stack_hi);
    if (stress || (char *)gp->fp + fn->frame_bytes > gp->stack_hi) {
        if (!stack_grow(mp, gp, fn->frame_bytes))
            vm_stack_overflow(mp);
    }
    if (stress)
        atomic_store(&gp->stack_limit, NULL);
    return is_polled(mp->pp) ? ST_SAFEPOINT : ST_RELOAD;
}

static OpStatus return_flagged(M *mp, Slot *fp) {
    G *gp = mp->gp;
    uint32_t flags = FRAME_FLAGS(fp);
    gp->fp = fp;
    if (flags & FRAME_ENTRY) {
        gp->map_pc = gp->pc;
        gp->map_kind = MAP_PANIC;
        if (gp->start_fn == mp->rt->image->rt_funcs[RTF_MAIN]) {
            if (mp->rt->opt.mainend)
                fputs("gol: main.main returned\n", stderr);
            rt_exit(mp->rt, 0);
            return ST_LEAVE;
        }
        sched_goexit(mp);
        return ST_SCHED;
    }
    if (flags & FRAME_HOOK)
        return vm_hook_returned(mp, fp);
    if (flags & FRAME_OVER_PANIC)
        return vm_deferred_returned(mp, fp);
    // Back to RUNDEFERS, which looks for the next one.
    gp->pc = (const uint64_t *)fp[FRAME_RETPC] - 1;
    gp->fp = (Slot *)((char *)fp - FRAME_DELTA_BYTES(fp));
    return ST_RELOAD;
}

static OpStatus safepoint(M *mp) {
    return sched_safepoint(mp) ? ST_RELOAD : ST_SCHED;
}

// A method of T called through a nil *T: the compiler's wrapper ("*pkg.T.M" or "pkg.(*T).M") loads the receiver.
static bool nil_in_wrapper(M *mp, const uint64_t *pc) {
    const FuncDesc *fn = image_func_at(mp->rt->index, pc);
    const char *method = fn && fn->flags & FF_DEREF ? strrchr(fn->name, '.') : NULL;
    if (!method)
        return false;
    char type[200];
    const char *slash = strrchr(fn->name, '/'), *dot = strchr(slash ? slash : fn->name, '.');
    if (!dot || dot >= method)
        return false;
    int n = 0;
    for (const char *p = dot + 1; p < method && n < (int)sizeof type - 1; p++) {
        if (*p != '(' && *p != ')' && *p != '*')
            type[n++] = *p;
    }
    type[n] = 0;
    const char *pkg = fn->name[0] == '*' ? fn->name + 1 : fn->name;
    vm_panic_plain(mp, "value method %.*s.%s%s called using nil *%s pointer", (int)(dot - pkg), pkg, type, method, type);
    return true;
}

static OpStatus raise_at(M *mp, Slot *fp, const uint64_t *pc, OpStatus st) {
    vm_save_panic(mp->gp, fp, pc);
    if (st == ST_NIL && nil_in_wrapper(mp, pc))
        st = ST_PANIC;
    else if (st == ST_NIL)
        vm_panic_error(mp, "invalid memory address or nil pointer dereference");
    else if (st == ST_DIVIDE)
        vm_panic_error(mp, "integer divide by zero");
    else if (st == ST_INDEX)
        vm_index_panic(mp, fp, pc);
    return vm_raise(mp, st == ST_NIL);
}

// The goroutine is about to run: what was asked of it meanwhile.
static OpStatus before_run(M *mp) {
    G *gp = mp->gp;
    if (UNLIKELY(atomic_load_explicit(&gp->cancel_requested, memory_order_relaxed))) {
        atomic_store(&gp->cancel_requested, false);
        gp->redo = false;
        return ST_GOEXIT;
    }
    if (gp->redo) {
        gp->redo = false;
        gp->pc = gp->op_pc;
    }
    return ST_RELOAD;
}

bool vm_resume(M *mp, Slot *fp, const uint64_t *pc, OpStatus st) {
    for (;;) {
        G *gp = mp->gp;
        switch (st) {
        case ST_NEXT:
            gp->fp = fp;
            gp->pc = pc + ins_words(pc);
            return true;
        case ST_POLL:
            vm_save_next(gp, fp, pc);
            st = safepoint(mp);
            break;
        case ST_LOOP:
            gp->fp = fp;
            gp->map_pc = pc + ins_words(pc);
            gp->map_kind = MAP_AT_PC;
            st = safepoint(mp);
            break;
        case ST_SAFEPOINT: st = safepoint(mp); break;
        case ST_ENTER: st = enter(mp); break;
        case ST_RETURN: st = return_flagged(mp, fp); break;
        case ST_NIL:
        case ST_DIVIDE:
        case ST_INDEX:
        case ST_PANIC: st = raise_at(mp, fp, pc, st); break;
        case ST_GOEXIT: st = vm_goexit(mp); break;
        case ST_SCHED:
            if (!sched_schedule(mp))
                return false;
            st = ST_RELOAD;
            break;
        case ST_LEAVE: return false;
        case ST_RELOAD:
            st = before_run(mp);
            if (LIKELY(st == ST_RELOAD))
                return true;
            break;
        }
    }
}

// --- leaf functions ---

static OpStatus leaf_done(M *mp, const uint64_t *pc, LeafStatus ls) {
    G *gp = mp->gp;
    switch (ls) {
    case LEAF_DONE:
    case LEAF_BLOCK:
        gp->pc = gp->map_pc = pc + 1;
        return is_polled(mp->pp) ? ST_SAFEPOINT : ST_RELOAD;
    case LEAF_PANIC: return ST_PANIC;
    case LEAF_PARK: return ST_SCHED;
    case LEAF_AGAIN:
        gp->pc = gp->map_pc = pc;
        return is_polled(mp->pp) ? ST_SAFEPOINT : ST_RELOAD;
    case LEAF_EXIT: return ST_GOEXIT;
    case LEAF_STOP: break;
    }
    UNREACHABLE("leaf status");
}

// Stopping may wait for another who stops the world, and the stack may move meanwhile: the arguments are described by the map at the start.
static OpStatus leaf_stop(M *mp, const uint64_t *pc) {
    G *gp = mp->gp;
    gp->pc = gp->map_pc = pc;
    sched_stop_world(mp, "leaf function");
    mp->leaf.world_stopped = true;
    LeafStatus ls = mp->rt->leaf_fns[IMM](&mp->leaf, &SLOT(gp->fp, OPERAND(1)));
    VERIFY(ls == LEAF_DONE);
    mp->leaf.world_stopped = false;
    gp->pc = gp->map_pc = pc + 1;
    sched_start_world(mp);
    return !mp->pp || is_polled(mp->pp) ? ST_SAFEPOINT : ST_RELOAD;
}

OpStatus vm_op_callx_slow(M *mp, Slot *fp, const uint64_t *pc, LeafStatus ls) {
    if (ls == LEAF_STOP)
        return leaf_stop(mp, pc);
    if (ls != LEAF_BLOCK)
        return leaf_done(mp, pc, ls);
    // While it blocks the collector may look at the frame, with the map at the instruction's start. So the leaf works on a copy of its
    // slots, and results and pc change only when the goroutine runs again.
    enum { BLOCK_SLOTS = 32 };
    Slot copy[BLOCK_SLOTS];
    G *gp = mp->gp;
    Slot *args = &SLOT(fp, OPERAND(1));
    const FuncDesc *fn = image_func_at(mp->rt->index, pc);
    size_t bytes = (size_t)((char *)fp + fn->frame_bytes - (char *)args);
    if (bytes > sizeof copy)
        bytes = sizeof copy;
    memcpy(copy, args, bytes);
    gp->pc = gp->map_pc = pc;
    sched_enter_block(mp);
    mp->leaf.may_block = true;
    ls = mp->rt->leaf_fns[IMM](&mp->leaf, copy);
    mp->leaf.may_block = false;
    if (!sched_exit_block(mp))
        return ST_SCHED;
    memcpy(args, copy, bytes);
    gp->pc = gp->map_pc = ls == LEAF_AGAIN ? pc : pc + 1;
    return leaf_done(mp, pc, ls);
}

// --- go and defer ---

typedef struct Callee {
    const FuncDesc *fn;
    const void *ctx;
    bool has_receiver;
    Slot receiver;
    Slot *args;
} Callee;

// The method of the interface at iface. False: it is nil.
static bool find_method(const Slot *iface, SelId sel, Callee *c) {
    if (!iface[0])
        return false;
    c->fn = type_method((const TypeDesc *)iface[0], sel);
    c->receiver = iface[1];
    c->has_receiver = true;
    return true;
}

// Function, closure or interface method that the go or defer instruction at pc names. False: nil interface.
static bool find_callee(M *mp, Slot *fp, const uint64_t *pc, Callee *c) {
    *c = (Callee){.args = &SLOT(fp, OPERAND(1))};
    switch (ins_op(*pc)) {
    case OP_GO:
    case OP_DEFER: c->fn = mp->rt->funcs[IMM]; return true;
    case OP_GOC:
    case OP_DEFERC:
        c->ctx = (const void *)SLOT(fp, OPERAND(2));
        c->fn = c->ctx ? *(const FuncDesc *const *)c->ctx : NULL;
        return true;
    case OP_GOW:
    case OP_DEFERW:
        c->args = &SLOT(fp, (uint32_t)pc[1]);
        if (OPERAND(2) == WIDE_FUNC) {
            c->fn = mp->rt->funcs[pc[2]];
            return true;
        }
        if (OPERAND(2) == WIDE_IFACE)
            return find_method(&SLOT(fp, pc[1] >> 32), (SelId)pc[2], c);
        c->ctx = (const void *)SLOT(fp, pc[1] >> 32);
        c->fn = c->ctx ? *(const FuncDesc *const *)c->ctx : NULL;
        return true;
    default: return find_method(&SLOT(fp, OPERAND(2)), (SelId)pc[1], c);
    }
}

OpStatus vm_op_go(M *mp, Slot *fp, const uint64_t *pc) {
    Callee c;
    if (!find_callee(mp, fp, pc, &c))
        return ST_NIL;
    vm_save_next(mp->gp, fp, pc);
    if (!c.fn)
        rt_fatal(mp->rt, "go of nil func value", false);
    if (c.has_receiver)
        c.args[0] = c.receiver;
    return sched_go(mp, c.fn, c.ctx, c.args, c.fn->param_bytes) ? ST_NEXT : ST_PANIC;
}

static Defer *defer_new(P *pp, uint32_t slots) {
    DeferPool *pool = pp->defers;
    if (slots <= DEFER_POOLED_SLOTS && pool && pool->free) {
        Defer *d = pool->free;
        pool->free = d->link;
        pool->n--;
        return d;
    }
    if (slots < DEFER_POOLED_SLOTS)
        slots = DEFER_POOLED_SLOTS;
    Defer *d = malloc(sizeof *d + slots * sizeof d->args[0]);
    if (!d)
        rt_fatal(pp->rt, "out of memory", false);
    d->cap_slots = slots;
    return d;
}

void vm_defer_free(P *pp, Defer *d) {
    DeferPool *pool = pp->defers;
    if (d->cap_slots != DEFER_POOLED_SLOTS || !pool || pool->n >= DEFER_POOL_MAX) {
        free(d);
        return;
    }
    d->link = pool->free;
    pool->free = d;
    pool->n++;
}

OpStatus vm_op_defer(M *mp, Slot *fp, const uint64_t *pc) {
    G *gp = mp->gp;
    Callee c;
    if (!find_callee(mp, fp, pc, &c))
        return ST_NIL;
    vm_save_next(gp, fp, pc);
    uint32_t bytes = c.fn ? c.fn->param_bytes : 0;
    Defer *d = defer_new(mp->pp, bytes / 8);
    d->frame_off = vm_frame_off(gp, fp);
    d->fn = c.fn;
    d->ctx = c.ctx;
    d->arg_bytes = bytes;
    if (bytes)
        memcpy(d->args, c.args, bytes);
    if (c.has_receiver)
        d->args[0] = c.receiver;
    d->link = gp->defers;
    gp->defers = d;
    return ST_NEXT;
}

// Records stand in the order of their frames, innermost first.
void vm_defer_to(G *gp, uint64_t frame_off) {
    Defer *d = gp->defers, **at = &gp->defers;
    gp->defers = d->link;
    while (*at && (*at)->frame_off > frame_off)
        at = &(*at)->link;
    d->frame_off = frame_off;
    d->link = *at;
    *at = d;
}

OpStatus vm_op_rundefers(M *mp, Slot *fp, const uint64_t *pc) {
    G *gp = mp->gp;
    Defer *d = gp->defers;
    vm_save_next(gp, fp, pc);
    gp->defers = d->link;
    if (!d->fn) {
        vm_defer_free(mp->pp, d);
        return ST_NIL;
    }
    vm_push_call(mp, (uint32_t)IMM, d->fn, d->ctx, d->args, d->arg_bytes, pc + 1, FRAME_DEFERRED);
    vm_defer_free(mp->pp, d);
    return ST_RELOAD;
}

// emit.c: instructions, labels and frame slots of the function under construction, and its end: a FuncDesc.
#include "compile/compile_impl.h"

void emit_begin(Fn *f) {
    f->code.n = f->jumps.n = f->labels.n = f->lines.n = f->kinds.n = f->calls.n = f->pins.n = f->sticky.n = 0;
    f->vars.n = f->label_homes.n = f->inlines.n = f->hoisted.n = f->unsigned_ix.n = 0;
    f->hoisted_next = 0;
    f->inl = NULL;
    uint32_t used = f->max_top / 8 + 1;
    if (f->slot_kinds)
        memset(f->slot_kind, SM_NONE, used < f->slot_kinds ? used : f->slot_kinds);
    f->pending.active = false;
    f->block.n = 0;
    f->block_bytes = 0;
    f->vars_full = false;
    f->block_at = f->ctx_at = NOWHERE;
    f->top = f->max_top = 0;
    f->open_pins.n = 0;
    f->dead = f->too_large = false;
    f->targets = NULL;
    f->depth = 0;
    f->state_at = NOWHERE;
}

static void line_mark(Fn *f) {
    if (f->lines.n && vec_last(&f->lines).pos == f->pos)
        return;
    if (f->lines.n && vec_last(&f->lines).pc == f->code.n) {
        vec_last(&f->lines).pos = f->pos;
        return;
    }
    LinePos lp = {f->code.n, f->pos};
    vec_push(f->arena, &f->lines, lp);
}

uint32_t ins(Fn *f, Opcode op, uint32_t a, uint32_t b, uint32_t c) {
    uint32_t pc = f->code.n;
    if (f->dead)
        return pc;
    if (UNLIKELY((a | b | c) >= FRAME_NEAR_BYTES)) {
        if (f->far && far_wanted(f, op, a, b, c)) {
            far_ins(f, op, a, b, c, 0, false);
            return f->last_pc;
        }
        if ((a | b | c) > 0xffff) {
            f->too_large = true;
            a = b = c = 0;
        }
    }
    line_mark(f);
    f->last_ins = f->last_pc = pc;
    vec_push(f->arena, &f->code, ins_abc(op, a, b, c));
    if (op_info[op].effects & EFF_ENDS)
        f->dead = true;
    return pc;
}

uint32_t ins_i(Fn *f, Opcode op, uint32_t a, int64_t imm) {
    uint32_t pc = f->code.n;
    if (f->dead)
        return pc;
    if (imm != (int32_t)imm) {
        f->too_large = true;
        imm = 0;
    }
    if (UNLIKELY(a >= FRAME_NEAR_BYTES)) {
        if (f->far && far_wanted(f, op, a, 0, 0)) {
            far_ins(f, op, a, 0, 0, (int32_t)imm, true);
            return f->last_pc;
        }
        if (a > 0xffff) {
            f->too_large = true;
            a = 0;
        }
    }
    line_mark(f);
    f->last_pc = pc;
    vec_push(f->arena, &f->code, ins_ai(op, a, (int32_t)imm));
    if (op_info[op].effects & EFF_ENDS)
        f->dead = true;
    return pc;
}

void ins_ext(Fn *f, uint64_t word) {
    if (f->dead)
        return;
    if (UNLIKELY(f->pending.active))
        far_ext(f, word);
    else
        vec_push(f->arena, &f->code, word);
}

Label label_new(Fn *f) {
    vec_push(f->arena, &f->labels, UINT32_MAX);
    return f->labels.n - 1;
}

/* label_bind: the code behind a label is reachable if some jump to it was emitted; loops and user labels, whose jumps come later, must be
 * bound while the position is reachable or revive it themselves (f->dead = false). The top bit of a label's entry says "was jumped to". */
void label_bind(Fn *f, Label l) {
    if (f->labels.at[l] == UINT32_MAX - 1)
        f->dead = false;
    f->labels.at[l] = f->last_bound = f->code.n;
}

static void jump_note(Fn *f, uint32_t pc, Label l) {
    if (f->labels.at[l] == UINT32_MAX)
        f->labels.at[l] = UINT32_MAX - 1;
    Jump j = {pc, l};
    vec_push(f->arena, &f->jumps, j);
}

void jump(Fn *f, Label l) {
    if (f->dead)
        return;
    bool back = f->labels.at[l] < UINT32_MAX - 1;
    jump_note(f, ins_i(f, back ? OP_LOOP : OP_JMP, 0, 0), l);
    f->dead = true;
}

/* An instruction that steps and jumps can't bring its counter back where operands don't reach: two instead of one. */
static Opcode step_apart(Fn *f, Opcode op, uint32_t a) {
    if (!far_is(f, a) || (op != OP_INCLT_I64 && op != OP_INCLE_I64 && op != OP_INCLTI_I64))
        return op;
    ins(f, OP_ADDI_I64, a, a, 1);
    return op == OP_INCLT_I64 ? OP_LOOPLT_I64 : op == OP_INCLE_I64 ? OP_LOOPLE_I64 : OP_LOOPLTI_I64;
}

void jump_abc(Fn *f, Opcode op, uint32_t a, uint32_t b, Label l) {
    if (f->dead)
        return;
    op = step_apart(f, op, a);
    jump_note(f, ins(f, op, a, b, 0), l);
}

void jump_abc_ext(Fn *f, Opcode op, uint32_t a, uint32_t b, Label l, uint64_t ext) {
    if (f->dead)
        return;
    if ((op == OP_ADDLT_I64 || op == OP_ADDLE_I64) && far_is(f, a)) {
        uint32_t mark = f->top, k = frame_alloc_kind(f, 1, SM_NONE);
        load_int(f, k, (int64_t)ext);
        ins(f, OP_ADD_I64, a, a, k);
        frame_release(f, mark);
        jump_abc(f, op == OP_ADDLT_I64 ? OP_LOOPLT_I64 : OP_LOOPLE_I64, a, b, l);
        return;
    }
    ins(f, op, a, b, 0);
    ins_ext(f, ext);
    jump_note(f, f->last_pc, l);
}

void jump_a(Fn *f, Opcode op, uint32_t a, Label l) {
    if (!f->dead)
        jump_note(f, ins_i(f, op, a, 0), l);
}

/* ---- frame ---- */

static void kind_set(Fn *f, uint32_t slot, unsigned kind) {
    if (UNLIKELY(slot >= f->slot_kinds)) {
        if (slot >= FRAME_BYTES_MAX / 8 || kind == SM_NONE)
            return;
        uint32_t n = f->slot_kinds ? f->slot_kinds : 4096;
        while (n <= slot)
            n *= 2;
        uint8_t *at = ARENA_ARRAY(f->c->arena, uint8_t, n);
        if (f->slot_kinds)
            memcpy(at, f->slot_kind, f->slot_kinds);
        f->slot_kind = at;
        f->slot_kinds = n;
    }
    if (f->slot_kind[slot] == kind)
        return;
    KindEvent e = {f->code.n, slot, f->slot_kind[slot], (uint8_t)kind};
    vec_push(f->arena, &f->kinds, e);
    f->slot_kind[slot] = (uint8_t)kind;
}

static uint32_t frame_take(Fn *f, uint32_t nslots) {
    if (f->top + (uint64_t)nslots * 8 > (f->far ? FRAME_BYTES_MAX : FRAME_NEAR_BYTES)) {
        f->too_large = true;
        return 0;
    }
    uint32_t at = f->top;
    f->top += nslots * 8;
    if (f->top > f->max_top)
        f->max_top = f->top;
    return at;
}

void frame_kinds(Fn *f, uint32_t at, TInfo *t) {
    for (uint32_t i = 0; i < t->fslots; i++)
        kind_set(f, at / 8 + i, ti_frame_kind(t, i));
}

void frame_set_kind(Fn *f, uint32_t at, unsigned kind) { kind_set(f, at / 8, kind); }

unsigned frame_kind(const Fn *f, uint32_t slot) { return slot < f->slot_kinds ? f->slot_kind[slot] : SM_NONE; }

uint32_t frame_alloc(Fn *f, TInfo *t) {
    uint32_t at = frame_take(f, t->fslots);
    frame_kinds(f, at, t);
    return at;
}

uint32_t frame_alloc_kind(Fn *f, uint32_t nslots, unsigned kind) {
    uint32_t at = frame_take(f, nslots);
    for (uint32_t i = 0; i < nslots; i++)
        kind_set(f, at / 8 + i, kind);
    return at;
}

void frame_release(Fn *f, uint32_t top) {
    f->top = top;
    // A pin ends with what it holds: the slots may be given out again as something else before the statement ends.
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->open_pins.n; i++) {
        Pin *p = &f->pins.at[f->open_pins.at[i]];
        if (p->slot * 8 >= top)
            p->end = f->code.n;
        else
            f->open_pins.at[n++] = f->open_pins.at[i];
    }
    f->open_pins.n = n;
}

/* pins_close ends the pins made since there were n. */
void pins_close(Fn *f, uint32_t n) {
    while (f->open_pins.n && vec_last(&f->open_pins) >= n)
        f->pins.at[f->open_pins.at[--f->open_pins.n]].end = f->code.n;
}

uint32_t frame_window(Fn *f) {
    frame_take(f, FRAME_HEADER_BYTES / 8);
    return f->top;
}

void frame_pin(Fn *f, uint32_t at, uint32_t nslots) {
    Pin p = {f->code.n, UINT32_MAX, at / 8, nslots};
    vec_push(f->arena, &f->pins, p);
    vec_push(f->arena, &f->open_pins, f->pins.n - 1);
}

/* ---- the end ---- */

// How many of the n wide jumps (ascending) start before pc.
static uint32_t wide_before(const uint32_t *wide, uint32_t n, uint32_t pc) {
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (wide[mid] < pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool jump_is_short(uint64_t w) { return strchr(op_info[ins_op(w)].format, 'j') != NULL; }

/* Conditional jumps reach 32768 words. One that must go further becomes three instructions: itself, jumping over the next word,
 * a JMP over the third, and a JMP with the 32-bit distance. */
static void widen_jumps(Fn *f) {
    if (f->code.n < INT16_MAX)
        return;
    uint32_t *wide = ARENA_ARRAY(f->arena, uint32_t, f->jumps.n + 1);
    bool *is_wide = ARENA_ARRAY(f->arena, bool, f->jumps.n + 1);
    uint32_t n = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < f->jumps.n; i++) {
            Jump *j = &f->jumps.at[i];
            if (is_wide[i] || !jump_is_short(f->code.at[j->pc]))
                continue;
            uint32_t from = j->pc + ins_words(&f->code.at[j->pc]), to = f->labels.at[j->label];
            int64_t d = (int64_t)to + 2 * wide_before(wide, n, to) - from - 2 * wide_before(wide, n, from);
            if (d > INT16_MAX - 8 || d < INT16_MIN + 8)
                is_wide[i] = changed = true;
        }
        n = 0;
        for (uint32_t i = 0; i < f->jumps.n; i++) {
            if (is_wide[i])
                wide[n++] = f->jumps.at[i].pc;
        }
    }
    if (!n)
        return;
#define MOVED(x) ((x) + 2 * wide_before(wide, n, (x)))
    VEC(uint64_t) out = {0};
    uint32_t at = 0;
    for (uint32_t i = 0; i <= n; i++) {
        uint32_t end = i < n ? wide[i] + ins_words(&f->code.at[wide[i]]) : f->code.n;
        for (; at < end; at++)
            vec_push(f->arena, &out, f->code.at[at]);
        if (i < n) {
            vec_push(f->arena, &out, ins_ai(OP_JMP, 0, 1));
            vec_push(f->arena, &out, ins_ai(OP_JMP, 0, 0));
        }
    }
    for (uint32_t i = 0; i < f->jumps.n; i++) {
        Jump *j = &f->jumps.at[i];
        uint32_t pc = j->pc, words = ins_words(&f->code.at[pc]);
        j->pc = MOVED(pc);
        if (is_wide[i]) {
            out.at[j->pc] |= UINT64_C(1) << 48;
            j->pc += words + 1;
        }
    }
    for (uint32_t i = 0; i < f->labels.n; i++) {
        if (f->labels.at[i] < UINT32_MAX - 1)
            f->labels.at[i] = MOVED(f->labels.at[i]);
    }
    for (uint32_t i = 0; i < f->lines.n; i++)
        f->lines.at[i].pc = MOVED(f->lines.at[i].pc);
    for (uint32_t i = 0; i < f->kinds.n; i++)
        f->kinds.at[i].pc = MOVED(f->kinds.at[i].pc);
    for (uint32_t i = 0; i < f->calls.n; i++)
        f->calls.at[i].pc = MOVED(f->calls.at[i].pc);
    for (uint32_t i = 0; i < f->inlines.n; i++) {
        f->inlines.at[i].pc = MOVED(f->inlines.at[i].pc);
        f->inlines.at[i].end = MOVED(f->inlines.at[i].end);
    }
    for (uint32_t i = 0; i < f->unsigned_ix.n; i++) {
        f->unsigned_ix.at[i].pc = MOVED(f->unsigned_ix.at[i].pc);
        f->unsigned_ix.at[i].end = MOVED(f->unsigned_ix.at[i].end);
    }
    for (uint32_t i = 0; i < f->pins.n; i++) {
        f->pins.at[i].pc = MOVED(f->pins.at[i].pc);
        if (f->pins.at[i].end != UINT32_MAX)
            f->pins.at[i].end = MOVED(f->pins.at[i].end);
    }
#undef MOVED
    f->code.at = out.at;
    f->code.n = out.n;
    f->code.cap = out.cap;
}

static void resolve_jumps(Fn *f) {
    for (uint32_t i = 0; i < f->jumps.n; i++) {
        Jump *j = &f->jumps.at[i];
        uint64_t *w = &f->code.at[j->pc];
        uint32_t to = f->labels.at[j->label];
        VERIFY(to < UINT32_MAX - 1);
        int64_t d = (int64_t)to - (j->pc + ins_words(w));
        if (jump_is_short(*w))
            *w = (*w & UINT64_C(0xffffffffffff)) | (uint64_t)(uint16_t)d << 48;
        else
            *w = (*w & UINT64_C(0xffffffff)) | (uint64_t)(uint32_t)d << 32;
    }
}

static void finish_lines(Fn *f, FuncDesc *d) {
    SourceSet *ss = f->c->sx->sources;
    LineEntry *lines = ARENA_ARRAY(f->c->arena, LineEntry, f->lines.n);
    VEC(FileEntry) files = {0};
    const char *file = NULL;  // named by a //line comment
    uint32_t n = 0, last = 0;
    for (uint32_t i = 0; i < f->lines.n; i++) {
        SourceName p = f->lines.at[i].pos ? source_named(ss, f->lines.at[i].pos) : (SourceName){file, last, 0, file != NULL};
        if (p.directed ? p.file != file : file != NULL) {
            file = p.directed ? p.file : NULL;
            vec_push(f->c->arena, &files, ((FileEntry){f->lines.at[i].pc, file}));
        }
        if (p.line == last && n)
            continue;
        lines[n++] = (LineEntry){f->lines.at[i].pc, p.line};
        last = p.line;
    }
    d->lines = lines;
    d->nlines = n;
    d->files = files.at;
    d->nfiles = files.n;
}

void emit_finish(Fn *f) {
    FuncDesc *d = f->inst->desc;
    Arena *a = f->c->arena;
    if (!f->dead || !f->code.n) {  // falling off the end: nothing but an error of ours, or an unreachable end
        f->dead = false;
        ins_i(f, OP_THROW, 0, THROW_MISSING_RETURN);
    }
    for (uint32_t i = 0; i < f->labels.n; i++) {  // labels bound at the very end
        if (f->labels.at[i] == f->code.n) {
            f->dead = false;
            ins_i(f, OP_THROW, 0, THROW_UNREACHABLE);
            break;
        }
    }
    widen_jumps(f);
    resolve_jumps(f);
    stackmap_build(f);
    finish_lines(f, d);
    uint64_t *code = ARENA_ARRAY(a, uint64_t, f->code.n);
    memcpy(code, f->code.at, f->code.n * sizeof *code);
    d->code = code;
    InlineEntry *inlines = ARENA_ARRAY(a, InlineEntry, f->inlines.n);
    if (f->inlines.n)
        memcpy(inlines, f->inlines.at, f->inlines.n * sizeof *inlines);
    d->inlines = inlines;
    d->ninlines = f->inlines.n;
    PcRange *unsigned_ix = ARENA_ARRAY(a, PcRange, f->unsigned_ix.n);
    if (f->unsigned_ix.n)
        memcpy(unsigned_ix, f->unsigned_ix.at, f->unsigned_ix.n * sizeof *unsigned_ix);
    d->unsigned_ix = unsigned_ix;
    d->nunsigned_ix = f->unsigned_ix.n;
    d->ncode = f->code.n;
    uint32_t need = f->max_top;
    if (need < d->param_bytes)
        need = d->param_bytes;
    if (need < d->result_bytes)
        need = d->result_bytes;
    d->frame_bytes = need;
}

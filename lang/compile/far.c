/* far.c: frames that operands can't reach from end to end.
 *
 * An operand names a slot with 16 bits. A function whose values need more than FRAME_NEAR_BYTES is compiled once more with Fn.far set, and then
 *   - variables beyond the first FRAME_VARS_BYTES live in one heap object of the activation, the *block* (Fn.block_at; var_declare), so that stack
 *     maps stay short; of captured variables it is the closure itself (Fn.ctx_at);
 *   - parameters of more than that are moved into the block at entry (far_params);
 *   - everything else, mostly temporaries and call windows, may lie anywhere. An instruction with an operand out of reach is emitted as: MOVW of what it
 *     reads to the scratch area of that operand, the instruction on the scratch areas, MOVW of what it wrote back to where it belongs. Calls and the like
 *     have forms with a wide window (CALLW, GOW, DEFERW).
 *
 * The scratch areas are ordinary slots: they take the kinds of the slots they stand for, so stack maps are right also while an instruction parks. */
#include "compile/compile_impl.h"

enum { AREA_BYTES = FAR_SPAN_BYTES + 16, LEAF_AREA = 3, AREAS = 4, PARAMS_MOVED_BYTES = 8 << 10 };

bool far_is(const Fn *f, uint32_t at) { return f->far && at >= FRAME_NEAR_BYTES; }

/* far_begin reserves what a function compiled with far needs in reach. Parameters (at `at`) that leave no room for it make some. With
 * `block` they are about to be moved into the block, all of them: then the frame starts anew, and vars_full is set until that has happened. */
void far_begin(Fn *f, uint32_t *at, bool block) {
    uint32_t end = f->top;
    if (end > FRAME_VARS_BYTES) {
        uint32_t n = 0;
        while (at[n] < PARAMS_MOVED_BYTES)
            n++;
        uint32_t bytes = at[n];
        for (uint32_t i = 0; i < n; i++)
            at[i] = frame_alloc(f, f->inst->params[i]);
        far_move(f, at[0], 0, bytes);
        end = f->top;
        f->top = 0;
        f->vars_full = block;
    }
    f->scratch = frame_alloc_kind(f, AREAS * AREA_BYTES / 8, SM_NONE);
    f->select_at = frame_alloc_kind(f, 2, SM_NONE);  // read before anything else is selected
    if (block) {
        f->block_at = frame_alloc_kind(f, 1, SM_PTR);
        f->block_pc = ins_i(f, OP_NEW, f->block_at, 0);
    }
    if (f->top < end && !f->vars_full)
        f->top = end;
    if (FAR_ALWAYS && !f->vars_full && f->top < FRAME_NEAR_BYTES)
        f->top = FRAME_NEAR_BYTES;
}

/* far_finish says how large the block became. */
void far_finish(Fn *f) {
    if (f->block_at == NOWHERE)
        return;
    if (f->block.n)
        f->code.at[f->block_pc] = ins_ai(OP_NEW, f->block_at, (int32_t)ti_block(f->c, f->block.at, f->block.n, f->block_bytes)->index);
    else
        f->code.at[f->block_pc] = ins_ai(OP_LDI, f->block_at, 0);
}

/* far_block_part makes room for a variable of type t, or for the pointer to its box (t NULL), in the block. */
uint32_t far_block_part(Fn *f, TInfo *t) {
    BlockPart p = {t, (uint32_t)f->block_bytes};
    f->block_bytes += t ? (t->size + 7) & ~UINT64_C(7) : 8;
    if (f->block_bytes > UINT32_MAX)
        f->too_large = true;
    vec_push(f->arena, &f->block, p);
    return p.at;
}

void far_move(Fn *f, uint32_t dst, uint32_t src, uint64_t bytes) {
    if (f->dead || !bytes || dst == src)
        return;
    bool slot = bytes == 8 && dst % 8 == 0 && src % 8 == 0;
    if (slot && dst < FRAME_NEAR_BYTES) {
        ins_i(f, OP_LDW, dst, src);
    } else if (slot && src < FRAME_NEAR_BYTES) {
        ins_i(f, OP_STW, src, dst);
    } else {
        ins(f, OP_MOVW, 0, 0, 0);
        ins_ext(f, (uint64_t)src << 32 | dst);
        ins_ext(f, bytes);
    }
}

void far_zero(Fn *f, uint32_t at, uint64_t bytes) {
    ins(f, OP_ZEROW, 0, 0, 0);
    ins_ext(f, bytes << 32 | at);
}

// The slots of [to, to + bytes) get the kinds that those of [from, ...) have.
static void kinds_like(Fn *f, uint32_t to, uint32_t from, uint64_t bytes) {
    uint32_t n = (uint32_t)((from % 8 + bytes + 7) / 8);
    for (uint32_t i = 0; i < n; i++)
        frame_set_kind(f, to + i * 8, frame_kind(f, from / 8 + i));
}

/* far_leaf_args copies a leaf function's arguments from the window at `at` to where the leaf can be called, and returns that place; far_leaf_kinds
 * gets it ready for the results, whose proper place is `at` again. */
uint32_t far_leaf_args(Fn *f, uint32_t at, uint32_t nslots) {
    uint32_t near = f->scratch + LEAF_AREA * AREA_BYTES;
    VERIFY(nslots * 8 <= FAR_SPAN_BYTES);
    kinds_like(f, near, at, nslots * 8);
    far_move(f, near, at, nslots * 8);
    return near;
}

void far_leaf_kinds(Fn *f, uint32_t at, uint32_t nslots) {
    VERIFY(nslots * 8 <= FAR_SPAN_BYTES);
    kinds_like(f, f->scratch + LEAF_AREA * AREA_BYTES, at, nslots * 8);
}

/* ---- operands ---- */

typedef struct Span {
    uint64_t bytes;
    bool read, written;
} Span;

static uint64_t type_bytes(const Fn *f, uint64_t ext) { return f->c->types.at[(uint32_t)ext]->size; }

static uint64_t key_bytes(const Fn *f, uint64_t ext) { return f->c->types.at[(uint32_t)ext]->key->size; }

static uint64_t elem_bytes(const Fn *f, uint64_t ext) { return f->c->types.at[(uint32_t)ext]->elem->size; }

// What the operand number `field` of a pending instruction is in the frame: bytes 0 when it is none.
static Span span_of(const Fn *f, const FarIns *p, unsigned field) {
    Span s = {0, false, false};
    unsigned pos = 0;
    char letter = 0;
    for (const char *q = op_info[p->op].format; *q && *q != '+'; q++) {
        uint64_t n = q[1] >= '2' && q[1] <= '9' ? (uint64_t)(q[1] - '0') : 1;
        if (pos++ == field) {
            letter = *q;
            if (letter == 'd')
                s = (Span){n * 8, false, true};
            else if (letter == 's')
                s = (Span){n * 8, true, false};
            break;
        }
        q += n > 1;
    }
    VERIFY(letter != 'w' && p->op != OP_SELECT);  // but for calls, which have wide forms, windows stay in reach
    switch (p->op) {
    case OP_MULADD_I64: case OP_MULADD_F64: case OP_STRNEXT: s.read = s.bytes != 0; break;
    case OP_SLICE_STR: case OP_SLICE_SLICE: case OP_SLICE_ARR:
        if (field == 2)
            s.bytes = 24;
        break;
    case OP_PRINT:
        if (field == 0)
            s.bytes = p->c_imm == PRINT_SLICE ? 24 : p->c_imm == PRINT_STRING || p->c_imm == PRINT_IFACE || p->c_imm == PRINT_COMPLEX ? 16 : 8;
        break;
    default: break;
    }
    if (letter != 'm')
        return s;
    const uint64_t *k = p->ext;
    bool to = false;  // written
    switch (p->op) {
    case OP_LDN: s.bytes = (uint32_t)k[0], to = true; break;
    case OP_STN: case OP_BOX: s.bytes = type_bytes(f, k[0]); break;
    case OP_FLD_I8: case OP_FLD_U8: s.bytes = 1; break;
    case OP_FLD_I16: case OP_FLD_U16: s.bytes = 2; break;
    case OP_FLD_I32: case OP_FLD_U32: s.bytes = 4; break;
    case OP_FST_8: s.bytes = 1, to = true; break;
    case OP_FST_16: s.bytes = 2, to = true; break;
    case OP_FST_32: s.bytes = 4, to = true; break;
    case OP_FLDX_64: s.bytes = k[0] * 8; break;
    case OP_FSTX_64: return (Span){k[0] * 8, true, true};
    case OP_APPEND: s.bytes = type_bytes(f, k[0]) * (k[0] >> 32); break;
    case OP_CONCAT: s.bytes = p->operand[2] * UINT64_C(16); break;
    case OP_MAPGET: case OP_MAPGET2:
        to = field == 0;
        s.bytes = to ? elem_bytes(f, k[0]) : key_bytes(f, k[0]);
        break;
    case OP_MAPSET: s.bytes = field == 1 ? key_bytes(f, k[0]) : elem_bytes(f, k[0]); break;
    case OP_MAPADDR: case OP_MAPDEL: s.bytes = key_bytes(f, k[0]); break;
    case OP_MAPITER: s.bytes = MAPITER_WORDS * 8, to = true; break;
    case OP_MAPNEXT: case OP_MAPNEXTP:
        if (field == 0)
            return (Span){MAPITER_WORDS * 8, true, true};
        s.bytes = vec_last(&f->calls).nargs * UINT64_C(8), to = true;
        break;
    case OP_SEND: s.bytes = vec_last(&f->calls).nargs * UINT64_C(8); break;
    case OP_RECV: case OP_RECV2: s.bytes = vec_last(&f->calls).nresults * UINT64_C(8), to = true; break;
    default: UNREACHABLE("memory operand");
    }
    s.read = !to;
    s.written = to;
    return s;
}

// Whether operand number `field` names a place in the frame.
static bool is_place(Opcode op, unsigned field) {
    unsigned pos = 0;
    if (op == OP_MAPNEXTP && field == 1)
        return true;
    for (const char *q = op_info[op].format; *q && *q != '+'; q++) {
        if (*q >= '0' && *q <= '9')
            continue;
        if (pos++ == field)
            return *q == 'd' || *q == 's' || *q == 'm' || *q == 'w';
    }
    return false;
}

static bool may_be_none(Opcode op, unsigned field) {
    return op == OP_RECV || op == OP_RECV2 ? field == 0 : (op == OP_MAPNEXT || op == OP_MAPNEXTP) && field == 1;
}

static bool out_of_reach(const Fn *f, Opcode op, unsigned field, uint32_t x) {
    return far_is(f, x) && is_place(op, field) && !(x == OFF_NONE && may_be_none(op, field));
}

/* far_wanted: has the instruction an operand that it can't name? */
bool far_wanted(const Fn *f, Opcode op, uint32_t a, uint32_t b, uint32_t c) {
    return out_of_reach(f, op, 0, a) || out_of_reach(f, op, 1, b) || out_of_reach(f, op, 2, c);
}

/* ---- emission ---- */

static bool wide_call(Fn *f, const FarIns *p) {
    WideCallee callee;
    Opcode op;
    switch (p->op) {
    case OP_CALL: op = OP_CALLW, callee = WIDE_FUNC; break;
    case OP_CALLC: op = OP_CALLW, callee = WIDE_VALUE; break;
    case OP_CALLI: op = OP_CALLW, callee = WIDE_IFACE; break;
    case OP_GO: op = OP_GOW, callee = WIDE_FUNC; break;
    case OP_GOC: op = OP_GOW, callee = WIDE_VALUE; break;
    case OP_GOI: op = OP_GOW, callee = WIDE_IFACE; break;
    case OP_DEFER: op = OP_DEFERW, callee = WIDE_FUNC; break;
    case OP_DEFERC: op = OP_DEFERW, callee = WIDE_VALUE; break;
    case OP_DEFERI: op = OP_DEFERW, callee = WIDE_IFACE; break;
    default: return false;
    }
    uint64_t at = callee == WIDE_FUNC ? 0 : p->operand[1];
    f->last_pc = ins(f, op, 0, callee, 0);
    ins_ext(f, at << 32 | p->operand[0]);
    ins_ext(f, callee == WIDE_FUNC ? (uint64_t)(uint32_t)p->c_imm : callee == WIDE_IFACE ? p->ext[0] : 0);
    return true;
}

// Notes of the instruction that were made before what had to come first.
static void notes_move(Fn *f, uint32_t from) {
    for (uint32_t i = f->calls.n; i-- > 0 && f->calls.at[i].pc == from;)
        f->calls.at[i].pc = f->code.n;
    for (uint32_t i = f->pins.n; i-- > 0 && f->pins.at[i].pc == from;)
        f->pins.at[i].pc = f->code.n;
}

static void emit(Fn *f) {
    FarIns p = f->pending;
    f->pending.active = false;
    if (p.op == OP_MOVN) {
        far_move(f, p.operand[0], p.operand[1], p.operand[2]);
        return;
    }
    if (p.op == OP_ZERO) {
        far_zero(f, p.operand[0], (uint32_t)p.c_imm);
        return;
    }
    if (wide_call(f, &p))
        return;
    uint32_t start = f->code.n, near[3];
    Span span[3];
    for (unsigned i = 0; i < 3; i++) {
        near[i] = p.operand[i];
        span[i] = (Span){0, false, false};
        if ((p.is_imm && i) || !out_of_reach(f, p.op, i, p.operand[i]))
            continue;
        span[i] = p.op == OP_MAPNEXTP && i == 1 ? (Span){8, true, false} : span_of(f, &p, i);
        VERIFY(span[i].bytes <= FAR_SPAN_BYTES);
        uint32_t area = f->scratch + i * AREA_BYTES, lead = 0;
        near[i] = area + 8 + p.operand[i] % 8;
        kinds_like(f, area + 8, p.operand[i], span[i].bytes);
        if (span[i].bytes && frame_kind(f, p.operand[i] / 8) == SM_IDATA) {  // what it is can be told from the type word below it
            frame_set_kind(f, area, SM_NONE);
            lead = 8;
        }
        if (span[i].read || lead)
            far_move(f, near[i] - lead, p.operand[i] - lead, lead + (span[i].read ? span[i].bytes : 0));
    }
    notes_move(f, start);
    uint32_t pc = p.is_imm ? ins_i(f, p.op, near[0], p.c_imm) : ins(f, p.op, near[0], near[1], near[2]);
    for (unsigned i = 0; i < p.next; i++)
        ins_ext(f, p.ext[i]);
    for (unsigned i = 0; i < 3; i++) {
        if (span[i].written)
            far_move(f, p.operand[i], near[i], span[i].bytes);
    }
    f->last_pc = pc;
}

/* far_ins takes an instruction with operands out of reach; it is emitted once its extension words are known. */
void far_ins(Fn *f, Opcode op, uint32_t a, uint32_t b, uint32_t c, int32_t imm, bool is_imm) {
    f->pending = (FarIns){.op = op, .operand = {a, b, c}, .c_imm = imm, .is_imm = is_imm, .active = true};
    if (!op_info[op].ext_words)
        emit(f);
}

void far_ext(Fn *f, uint64_t word) {
    f->pending.ext[f->pending.next++] = word;
    if (f->pending.next == op_info[f->pending.op].ext_words)
        emit(f);
}

/* stackmap.c: which slots hold live pointers at each safepoint.
 *
 * Backward liveness over the finished bytecode. Only slots that hold pointers somewhere in the function take part. What an instruction reads and
 * writes follows from its format in opcodes.def, and from the function's own notes where the format does not say how wide an operand is (calls,
 * channel elements). A slot that is live at a safepoint was written before on every path, because the code generator never reads a slot that is not;
 * what kind of value it holds follows from the code position (KindEvent), since slots are given out by lexical scope.
 *
 * Writes that cover a slot only in part do not end its life backward, so memory-form variables, zeroed where they are declared, need no other care.
 * Slots that may be read through a pointer into the frame are pinned for the statement that made the pointer. */
#include "compile/compile_impl.h"
#include <stdlib.h>

typedef enum Special {
    SP_NONE, SP_MOVN, SP_ZERO, SP_FADDR, SP_LDN, SP_STN, SP_FLDX, SP_APPEND, SP_CONCAT, SP_BOX, SP_MAPGET, SP_MAPSET, SP_MAPKEY_C, SP_MAPKEY_B,
    SP_MAPITER, SP_MAPNEXT, SP_MAPNEXTP, SP_MAPGETP, SP_RECVP, SP_LDW, SP_STW, SP_MOVW, SP_ZEROW, SP_CALLW, SP_SEND, SP_RECV, SP_SELECT, SP_CALL, SP_CALLX, SP_RET, SP_PRINT,
} Special;

typedef struct OpShape {
    uint8_t rd[3], wr[3];  // slots read and written at operands a, b, c
    uint8_t jump;          // 0, 16 or 32
    uint8_t special;
} OpShape;

typedef struct MapEntry {
    StackMap *map;
    uint32_t hash, serial, index;
    struct MapEntry *next;
} MapEntry;

typedef struct MapTable {
    MapEntry **slots;
    uint32_t n, cap;
} MapTable;

typedef struct Block {
    uint32_t first, last;  // instruction numbers
    bool dirty;
} Block;

typedef struct Live {
    Fn *f;
    const OpShape *shapes;
    uint32_t *cand;       // per slot: number + 1, or 0 when it never holds a pointer
    uint32_t nslots, ncand, words;
    uint32_t *slot_of;
    uint32_t *starts;     // instruction -> pc
    uint32_t nins;
    Block *blocks;
    uint32_t nblocks;
    uint32_t *block_at;   // pc -> block + 1 where one starts
    uint64_t *in;         // live-in per block
    uint64_t *now;
    uint32_t *first_event, *events;  // per slot: its events in Fn.kinds, ascending
    Pin *pins;                       // by descending end, for pins_add
    uint32_t npins, nopen;
    uint32_t kinds_before;           // reads are of the kind that the events before this position gave
    VEC(const StackMap *) maps;
    VEC(SafePoint) points;
} Live;

static Special special_of(Opcode op) {
    switch (op) {
    case OP_MOVN: return SP_MOVN;
    case OP_ZERO: return SP_ZERO;
    case OP_FADDR: return SP_FADDR;
    case OP_LDN: return SP_LDN;
    case OP_STN: return SP_STN;
    case OP_FLDX_64: return SP_FLDX;
    case OP_APPEND: return SP_APPEND;
    case OP_CONCAT: return SP_CONCAT;
    case OP_BOX: return SP_BOX;
    case OP_MAPGET: case OP_MAPGET2: return SP_MAPGET;
    case OP_MAPSET: return SP_MAPSET;
    case OP_MAPADDR: return SP_MAPKEY_C;
    case OP_MAPDEL: return SP_MAPKEY_B;
    case OP_MAPITER: return SP_MAPITER;
    case OP_MAPNEXT: return SP_MAPNEXT;
    case OP_MAPNEXTP: return SP_MAPNEXTP;
    case OP_MAPGETP: return SP_MAPGETP;
    case OP_RECVP: return SP_RECVP;
    case OP_LDW: return SP_LDW;
    case OP_STW: return SP_STW;
    case OP_MOVW: return SP_MOVW;
    case OP_ZEROW: return SP_ZEROW;
    case OP_CALLW: case OP_GOW: case OP_DEFERW: return SP_CALLW;
    case OP_SEND: return SP_SEND;
    case OP_RECV: case OP_RECV2: return SP_RECV;
    case OP_SELECT: return SP_SELECT;
    case OP_CALL: case OP_CALLC: case OP_CALLI: case OP_GO: case OP_GOC: case OP_GOI: case OP_DEFER: case OP_DEFERC: case OP_DEFERI:
        return SP_CALL;
    case OP_CALLX: return SP_CALLX;
    case OP_RET: return SP_RET;
    case OP_PRINT: return SP_PRINT;
    default: return SP_NONE;
    }
}

static OpShape *shapes_make(Compiler *c) {
    OpShape *shapes = ARENA_ARRAY(c->arena, OpShape, OP_COUNT);
    for (uint32_t op = 0; op < OP_COUNT; op++) {
        OpShape *s = &shapes[op];
        uint32_t field = 0;
        for (const char *p = op_info[op].format; *p && *p != '+'; p++) {
            uint8_t n = p[1] >= '2' && p[1] <= '9' ? (uint8_t)(p[1] - '0') : 1;
            if (*p == 'd')
                s->wr[field] = n;
            else if (*p == 's')
                s->rd[field] = n;
            else if (*p == 'j')
                s->jump = 16;
            else if (*p == 'J')
                s->jump = 32;
            if (p[1] >= '2' && p[1] <= '9')
                p++;
            field++;
        }
        s->special = special_of((Opcode)op);
        if (op == OP_SLICE_STR || op == OP_SLICE_SLICE || op == OP_SLICE_ARR)
            s->rd[2] = 0;  // numbers, those left out are not written
        if (op == OP_CALLI || op == OP_GOI || op == OP_DEFERI)
            s->rd[1] = 2;  // an interface
        if (op == OP_PRINT)
            s->rd[0] = 0;  // depends on what is printed
    }
    return shapes;
}

static uint64_t *scratch(Compiler *c, size_t words) {
    if (words > c->scratch_words) {
        c->scratch_words = words * 2 + 1024;
        c->scratch = ARENA_ARRAY(c->arena, uint64_t, c->scratch_words);
    } else {
        memset(c->scratch, 0, words * 8);
    }
    return c->scratch;
}

// Whether slot s holds a pointer as far as the events before lv->kinds_before tell.
static bool holds_pointer(const Live *lv, uint64_t s) {
    const KindEvent *ev = lv->f->kinds.at;
    uint32_t lo = lv->first_event[s], hi = lv->first_event[s + 1];
    uint32_t first = lo;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (ev[lv->events[mid]].pc < lv->kinds_before)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > first && ev[lv->events[lo - 1]].now != SM_NONE;
}

// Slots [at/8, +n) begin or cease to be live. What holds no pointer is of no interest.
static void gen(Live *lv, uint64_t *live, uint32_t at, uint64_t n) {
    for (uint64_t s = at / 8; n && s < lv->nslots; s++, n--) {
        uint32_t k = lv->cand[s];
        if (k && holds_pointer(lv, s))
            live[(k - 1) / 64] |= UINT64_C(1) << (k - 1) % 64;
    }
}

static void kill_slots(Live *lv, uint64_t *live, uint32_t at, uint64_t n) {
    for (uint64_t s = at / 8; n && s < lv->nslots; s++, n--) {
        uint32_t k = lv->cand[s];
        if (k)
            live[(k - 1) / 64] &= ~(UINT64_C(1) << (k - 1) % 64);
    }
}

// Bytes of a frame region in memory form. Only whole words can hold pointers.
static void gen_bytes(Live *lv, uint64_t *live, uint32_t at, uint64_t bytes) {
    uint32_t first = (at + 7) & ~7u;
    uint64_t end = (at + bytes) & ~UINT64_C(7);
    if (end > first)
        gen(lv, live, first, (end - first) / 8);
}

static void kill_bytes(Live *lv, uint64_t *live, uint32_t at, uint64_t bytes) {
    uint32_t first = (at + 7) & ~7u;
    uint64_t end = (at + bytes) & ~UINT64_C(7);
    if (end > first)
        kill_slots(lv, live, first, (end - first) / 8);
}

/* The notes of the instruction at pc, found by binary search, since blocks are visited several times. */
static const CallSite *note(Live *lv, uint32_t pc) {
    uint32_t lo = 0, hi = lv->f->calls.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (lv->f->calls.at[mid].pc < pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    VERIFY(lo < lv->f->calls.n && lv->f->calls.at[lo].pc == pc);
    return &lv->f->calls.at[lo];
}

// The first pin made at pc or behind it.
static uint32_t first_pin(const Fn *f, uint32_t pc) {
    uint32_t lo = 0, hi = f->pins.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (f->pins.at[mid].pc < pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static const TypeDesc *type_at(Live *lv, uint32_t index) { return lv->f->c->types.at[index]; }

/* step goes back over the instruction at pc: `live` behind it becomes live before it. */
static void step(Live *lv, uint32_t pc, uint64_t *live) {
    const uint64_t *w = &lv->f->code.at[pc];
    Opcode op = ins_op(*w);
    const OpShape *s = &lv->shapes[op];
    uint32_t a = ins_a(*w), b = ins_b(*w), c = ins_c(*w);
    lv->kinds_before = pc ? pc : 1;
    if (s->wr[0])
        kill_slots(lv, live, a, s->wr[0]);
    switch ((Special)s->special) {
    case SP_NONE: break;
    case SP_MOVN:
        kill_bytes(lv, live, a, c);
        gen_bytes(lv, live, b, c);
        break;
    case SP_ZERO: kill_bytes(lv, live, a, (uint64_t)(uint32_t)ins_imm(*w)); break;
    case SP_FADDR:
        for (uint32_t i = first_pin(lv->f, pc); i < lv->f->pins.n && lv->f->pins.at[i].pc == pc; i++)
            gen(lv, live, lv->f->pins.at[i].slot * 8, lv->f->pins.at[i].n);
        break;
    case SP_LDN: kill_bytes(lv, live, a, (uint32_t)w[1]); break;
    case SP_STN: gen_bytes(lv, live, b, type_at(lv, (uint32_t)w[1])->size); break;
    case SP_FLDX: gen(lv, live, b, w[1]); break;
    case SP_APPEND: gen_bytes(lv, live, c, type_at(lv, (uint32_t)w[1])->size * (w[1] >> 32)); break;
    case SP_CONCAT: gen(lv, live, b, 2 * (uint64_t)c); break;
    case SP_BOX: gen_bytes(lv, live, b, type_at(lv, (uint32_t)w[1])->size); break;
    case SP_MAPGET: {
        const TypeDesc *t = type_at(lv, (uint32_t)w[1]);
        kill_bytes(lv, live, a, t->elem->size);
        if (op == OP_MAPGET2)
            kill_slots(lv, live, (uint32_t)(w[1] >> 32), 1);
        gen_bytes(lv, live, c, t->key->size);
        break;
    }
    case SP_MAPSET: {
        const TypeDesc *t = type_at(lv, (uint32_t)w[1]);
        gen_bytes(lv, live, b, t->key->size);
        gen_bytes(lv, live, c, t->elem->size);
        break;
    }
    case SP_MAPKEY_C: gen_bytes(lv, live, c, type_at(lv, (uint32_t)w[1])->key->size); break;
    case SP_MAPKEY_B: gen_bytes(lv, live, b, type_at(lv, (uint32_t)w[1])->key->size); break;
    case SP_MAPITER: kill_slots(lv, live, a, MAPITER_WORDS); break;
    case SP_MAPNEXT: {
        const CallSite *n = note(lv, pc);
        if (b != OFF_NONE)
            kill_slots(lv, live, b, n->nargs);
        if ((uint32_t)w[1] != UINT32_MAX)
            kill_slots(lv, live, (uint32_t)w[1], n->nresults);
        gen(lv, live, a, MAPITER_WORDS);
        break;
    }
    case SP_MAPNEXTP:
        gen(lv, live, a, MAPITER_WORDS);
        if (b != OFF_NONE)
            gen(lv, live, b, 1);
        if ((uint32_t)w[1] != OFF_NONE_W)
            gen(lv, live, (uint32_t)w[1], 1);
        break;
    case SP_MAPGETP:
        if (w[1] >> 32 != OFF_NONE_W)
            kill_slots(lv, live, (uint32_t)(w[1] >> 32), 1);
        break;
    case SP_RECVP:
        if (w[1] != OFF_NONE_W)
            kill_slots(lv, live, (uint32_t)w[1], 1);
        break;
    case SP_LDW: gen(lv, live, (uint32_t)ins_imm(*w), 1); break;
    case SP_STW: kill_slots(lv, live, (uint32_t)ins_imm(*w), 1); break;
    case SP_MOVW:
        kill_bytes(lv, live, (uint32_t)w[1], w[2]);
        gen_bytes(lv, live, (uint32_t)(w[1] >> 32), w[2]);
        break;
    case SP_ZEROW: kill_bytes(lv, live, (uint32_t)w[1], w[1] >> 32); break;
    case SP_CALLW: {
        const CallSite *n = note(lv, pc);
        uint32_t window = (uint32_t)w[1], from = (uint32_t)(w[1] >> 32);
        kill_slots(lv, live, window, n->nresults);
        if (b == WIDE_IFACE)
            gen(lv, live, window + 8, n->nargs - 1);
        else
            gen(lv, live, window, n->nargs);
        if (b != WIDE_FUNC)
            gen(lv, live, from, b == WIDE_IFACE ? 2 : 1);
        break;
    }
    case SP_SEND: gen(lv, live, b, note(lv, pc)->nargs); break;
    case SP_RECV:
        if (op == OP_RECV2)
            kill_slots(lv, live, (uint32_t)w[1], 1);
        if (a != OFF_NONE)
            kill_slots(lv, live, a, note(lv, pc)->nresults);
        break;
    case SP_SELECT: {
        const CallSite *n = note(lv, pc);
        for (uint32_t i = 0; i < c; i++) {
            if (!(w[1 + i] & (SELECT_SEND | SELECT_BY_ADDRESS)) && select_elem(w[1 + i]) != OFF_NONE_W)
                kill_slots(lv, live, select_elem(w[1 + i]), n[i].nresults);
        }
        for (uint32_t i = 0; i < c; i++) {
            gen(lv, live, select_chan(w[1 + i]), 1);
            if (w[1 + i] & SELECT_BY_ADDRESS)
                gen(lv, live, select_elem(w[1 + i]), 1);
            else if (w[1 + i] & SELECT_SEND)
                gen(lv, live, select_elem(w[1 + i]), n[i].nargs);
        }
        break;
    }
    case SP_CALL: case SP_CALLX: {
        const CallSite *n = note(lv, pc);
        kill_slots(lv, live, a, n->nresults);
        if (op == OP_CALLI || op == OP_GOI || op == OP_DEFERI)  // the instruction fills slot 0 itself
            gen(lv, live, a + 8, n->nargs - 1);
        else
            gen(lv, live, a, n->nargs);
        break;
    }
    case SP_RET: gen(lv, live, 0, lv->f->result_slots); break;
    case SP_PRINT:
        switch (ins_imm(*w)) {
        case PRINT_IFACE: gen(lv, live, a + 8, 1); break;
        case PRINT_STRING: case PRINT_SLICE: case PRINT_POINTER: gen(lv, live, a, 1); break;
        default: break;
        }
        break;
    }
    if (s->wr[1])
        kill_slots(lv, live, b, s->wr[1]);
    if (s->rd[0])
        gen(lv, live, a, s->rd[0]);
    if (s->rd[1])
        gen(lv, live, b, s->rd[1]);
    if (s->rd[2])
        gen(lv, live, c, s->rd[2]);
}

/* An instruction that parks holds on to its operands meanwhile: they are live at its safepoint too. */
static void add_parked_operands(Live *lv, uint32_t pc, uint64_t *live) {
    lv->kinds_before = pc + 1;
    const uint64_t *w = &lv->f->code.at[pc];
    uint32_t a = ins_a(*w), b = ins_b(*w), c = ins_c(*w);
    switch (ins_op(*w)) {
    case OP_SEND:
        gen(lv, live, a, 1);
        gen(lv, live, b, note(lv, pc)->nargs);
        break;
    case OP_RECV: case OP_RECV2:
        gen(lv, live, b, 1);
        if (a != OFF_NONE)
            gen(lv, live, a, note(lv, pc)->nresults);
        break;
    case OP_SENDP: case OP_RECVP:
        gen(lv, live, a, 1);
        gen(lv, live, b, 1);
        break;
    case OP_SELECT: {
        const CallSite *n = note(lv, pc);
        for (uint32_t i = 0; i < c; i++) {
            gen(lv, live, select_chan(w[1 + i]), 1);
            if (w[1 + i] & SELECT_BY_ADDRESS)
                gen(lv, live, select_elem(w[1 + i]), 1);
            else if (select_elem(w[1 + i]) != OFF_NONE_W)
                gen(lv, live, select_elem(w[1 + i]), w[1 + i] & SELECT_SEND ? n[i].nargs : n[i].nresults);
        }
        break;
    }
    default: break;
    }
}

static uint32_t jump_target(const Live *lv, uint32_t pc) {
    const uint64_t *w = &lv->f->code.at[pc];
    const OpShape *s = &lv->shapes[ins_op(*w)];
    uint32_t behind = pc + ins_words(w);
    return behind + (uint32_t)(s->jump == 16 ? (int32_t)(int16_t)ins_c(*w) : ins_imm(*w));
}

// block_out puts the union of what is live at the successors' starts into live.
static void block_out(Live *lv, uint32_t i, uint64_t *live) {
    memset(live, 0, lv->words * 8);
    const Block *b = &lv->blocks[i];
    uint32_t pc = lv->starts[b->last];
    Opcode op = ins_op(lv->f->code.at[pc]);
    bool falls = !(op_info[op].effects & EFF_ENDS) && op != OP_JMP && op != OP_LOOP;
    if (falls && i + 1 < lv->nblocks) {
        for (uint32_t k = 0; k < lv->words; k++)
            live[k] |= lv->in[(size_t)(i + 1) * lv->words + k];
    }
    if (lv->shapes[op].jump) {
        uint32_t t = lv->block_at[jump_target(lv, pc)] - 1;
        for (uint32_t k = 0; k < lv->words; k++)
            live[k] |= lv->in[(size_t)t * lv->words + k];
    }
}

static void find_blocks(Live *lv) {
    Fn *f = lv->f;
    Arena *a = f->arena;
    lv->starts = ARENA_ARRAY(a, uint32_t, f->code.n + 1);
    lv->block_at = ARENA_ARRAY(a, uint32_t, f->code.n + 1);
    lv->block_at[0] = 1;
    for (uint32_t pc = 0; pc < f->code.n;) {
        lv->starts[lv->nins++] = pc;
        Opcode op = ins_op(f->code.at[pc]);
        uint32_t next = pc + ins_words(&f->code.at[pc]);
        if (lv->shapes[op].jump)
            lv->block_at[jump_target(lv, pc)] = lv->block_at[next] = 1;
        else if (op_info[op].effects & EFF_ENDS)
            lv->block_at[next] = 1;
        pc = next;
    }
    uint32_t n = 0;
    for (uint32_t pc = 0; pc < f->code.n; pc++)
        n += lv->block_at[pc] != 0;
    lv->blocks = ARENA_ARRAY(a, Block, n);
    for (uint32_t i = 0; i < lv->nins; i++) {
        uint32_t pc = lv->starts[i];
        if (lv->block_at[pc]) {
            lv->blocks[lv->nblocks].first = i;
            lv->blocks[lv->nblocks].dirty = true;
            lv->block_at[pc] = ++lv->nblocks;
        }
        lv->blocks[lv->nblocks - 1].last = i;
    }
}

static void solve(Live *lv) {
    // Predecessors by jumps, as lists, so that only what changed is visited again.
    Arena *a = lv->f->arena;
    uint32_t *head = ARENA_ARRAY(a, uint32_t, lv->nblocks), *link = ARENA_ARRAY(a, uint32_t, lv->nblocks);
    for (uint32_t i = 0; i < lv->nblocks; i++) {
        uint32_t pc = lv->starts[lv->blocks[i].last];
        if (!lv->shapes[ins_op(lv->f->code.at[pc])].jump)
            continue;
        uint32_t t = lv->block_at[jump_target(lv, pc)] - 1;
        link[i] = head[t];
        head[t] = i + 1;
    }
    for (bool again = true; again;) {
        again = false;
        for (uint32_t i = lv->nblocks; i-- > 0;) {
            Block *b = &lv->blocks[i];
            if (!b->dirty)
                continue;
            b->dirty = false;
            block_out(lv, i, lv->now);
            for (uint32_t k = b->last + 1; k-- > b->first;)
                step(lv, lv->starts[k], lv->now);
            uint64_t *in = &lv->in[(size_t)i * lv->words];
            if (!memcmp(in, lv->now, lv->words * 8))
                continue;
            memcpy(in, lv->now, lv->words * 8);
            if (i)
                lv->blocks[i - 1].dirty = true;
            for (uint32_t p = head[i]; p; p = link[p - 1]) {
                lv->blocks[p - 1].dirty = true;
                if (p - 1 >= i)
                    again = true;
            }
        }
    }
}

/* ---- maps ---- */

// map_index returns the number of the map with these bits; slot nslots - 1 is the last one set. The bits are cleared again.
static uint32_t map_index(Live *lv, uint64_t *bits, uint32_t nslots) {
    Compiler *c = lv->f->c;
    uint32_t words = (nslots + 31) / 32;
    uint64_t h = nslots * UINT64_C(0x9E3779B97F4A7C15);
    for (uint32_t i = 0; i < words; i++)
        h = (h ^ bits[i]) * UINT64_C(0xff51afd7ed558ccd), h ^= h >> 32;
    MapTable *mt = c->maps;
    if (mt->n >= mt->cap) {
        uint32_t cap = mt->cap ? mt->cap * 2 : 256;
        MapEntry **slots = ARENA_ARRAY(c->arena, MapEntry *, cap);
        for (uint32_t i = 0; i < mt->cap; i++) {
            for (MapEntry *e = mt->slots[i], *next; e; e = next) {
                next = e->next;
                e->next = slots[e->hash & (cap - 1)];
                slots[e->hash & (cap - 1)] = e;
            }
        }
        mt->slots = slots;
        mt->cap = cap;
    }
    MapEntry *e = mt->slots[h & (mt->cap - 1)];
    while (e && !(e->hash == (uint32_t)h && e->map->nslots == nslots && !memcmp(e->map->bits, bits, words * 8)))
        e = e->next;
    if (!e) {
        e = ARENA_NEW(c->arena, MapEntry);
        e->map = arena_alloc(c->arena, sizeof(StackMap) + words * 8);
        e->map->nslots = nslots;
        memcpy(e->map->bits, bits, words * 8);
        e->hash = (uint32_t)h;
        e->next = mt->slots[h & (mt->cap - 1)];
        mt->slots[h & (mt->cap - 1)] = e;
        mt->n++;
    }
    if (e->serial != c->fn_serial) {
        e->serial = c->fn_serial;
        e->index = lv->maps.n;
        vec_push(lv->f->arena, &lv->maps, e->map);
    }
    memset(bits, 0, words * 8);
    return e->index;
}

// map_put sets a slot's kind, not set before or the same; *nslots grows to hold it.
static void map_put(uint64_t *bits, uint32_t *nslots, uint32_t slot, unsigned kind) {
    if (kind == SM_NONE)
        return;
    bits[slot / 32] |= (uint64_t)kind << 2 * (slot % 32);
    if (slot >= *nslots)
        *nslots = slot + 1;
}

// map_live turns a set of live slots into a map, with the kinds as the log stands now.
static uint32_t map_live(Live *lv, const uint64_t *live, uint32_t limit, uint64_t *bits) {
    Fn *f = lv->f;
    uint32_t n = 0;
    for (uint32_t k = 0; k < lv->words; k++) {
        for (uint64_t m = live[k]; m; m &= m - 1) {
            uint32_t slot = lv->slot_of[k * 64 + (uint32_t)__builtin_ctzll(m)];
            if (slot < limit)
                map_put(bits, &n, slot, frame_kind(f, slot));
        }
    }
    for (uint32_t i = 0; i < f->sticky.n; i++) {
        for (uint32_t s = f->sticky.at[i].slot; s < f->sticky.at[i].slot + f->sticky.at[i].n; s++)
            map_put(bits, &n, s, frame_kind(f, s));
    }
    return map_index(lv, bits, n);
}

static void point(Live *lv, uint32_t pc, uint32_t map) {
    SafePoint p = {pc, map};
    vec_push(lv->f->arena, &lv->points, p);
}

static int by_end(const void *a, const void *b) {
    const Pin *x = a, *y = b;
    return x->end < y->end ? 1 : x->end > y->end ? -1 : 0;
}

static void pins_order(Live *lv) {
    uint32_t n = lv->f->pins.n;
    lv->pins = ARENA_ARRAY(lv->f->arena, Pin, n + 1);
    if (n)
        memcpy(lv->pins, lv->f->pins.at, n * sizeof *lv->pins);
    qsort(lv->pins, n, sizeof *lv->pins, by_end);
}

/* pins_add makes what is pinned at pc live. From call to call pc only falls: the pins seen so far are in front of npins, those among them that are made
 * further up the code in front of nopen. */
static void pins_add(Live *lv, uint32_t pc, uint64_t *live) {
    lv->kinds_before = pc + 1;
    while (lv->npins < lv->f->pins.n && lv->pins[lv->npins].end > pc)
        lv->pins[lv->nopen++] = lv->pins[lv->npins++];
    for (uint32_t i = 0; i < lv->nopen;) {
        const Pin *p = &lv->pins[i];
        if (p->pc > pc) {
            lv->pins[i] = lv->pins[--lv->nopen];
            continue;
        }
        gen(lv, live, p->slot * 8, p->n);
        i++;
    }
}

static void kinds_undo(Live *lv, uint32_t *nevents, uint32_t beyond) {
    Fn *f = lv->f;
    for (; *nevents && f->kinds.at[*nevents - 1].pc > beyond; --*nevents)
        f->slot_kind[f->kinds.at[*nevents - 1].slot] = f->kinds.at[*nevents - 1].old;
}

static void entry_map(Live *lv, uint64_t *bits) {
    FuncInst *fi = lv->f->inst;
    uint32_t slot = 0, n = 0;
    for (uint32_t i = 0; i < fi->nparams; i++) {
        for (uint32_t k = 0; k < fi->params[i]->fslots; k++)
            map_put(bits, &n, slot++, ti_frame_kind(fi->params[i], k));
    }
    point(lv, 0, map_index(lv, bits, n));
}

static uint32_t window_of(const uint64_t *w) {
    switch (ins_op(*w)) {
    case OP_CALLW: return (uint32_t)w[1];
    case OP_RUNDEFERS: return (uint32_t)ins_imm(*w);
    default: return ins_a(*w);
    }
}

static void walk_points(Live *lv, uint64_t *bits, uint64_t *parked) {
    Fn *f = lv->f;
    uint32_t nevents = f->kinds.n;
    for (uint32_t i = lv->nblocks; i-- > 0;) {
        Block *b = &lv->blocks[i];
        block_out(lv, i, lv->now);
        for (uint32_t k = b->last + 1; k-- > b->first;) {
            uint32_t pc = lv->starts[k];
            uint64_t w = f->code.at[pc];
            Opcode op = ins_op(w);
            kinds_undo(lv, &nevents, pc);
            if (op_info[op].effects & EFF_SAFE) {
                uint32_t limit = UINT32_MAX;
                if (op_info[op].effects & EFF_CALLS && op != OP_PANIC)
                    limit = (window_of(&f->code.at[pc]) - FRAME_HEADER_BYTES) / 8;
                memcpy(parked, lv->now, lv->words * 8);
                add_parked_operands(lv, pc, parked);
                pins_add(lv, pc, parked);
                point(lv, pc + ins_words(&f->code.at[pc]), map_live(lv, parked, limit, bits));
            }
            step(lv, pc, lv->now);
            if (op == OP_CALLX && pc) {
                kinds_undo(lv, &nevents, pc - 1);
                memcpy(parked, lv->now, lv->words * 8);
                pins_add(lv, pc, parked);
                // The instruction before may be a safepoint with this same key; its own map then serves (see call.c).
                uint32_t prev = k > 0 ? lv->starts[k - 1] : UINT32_MAX;
                bool shared = prev != UINT32_MAX && op_info[ins_op(f->code.at[prev])].effects & EFF_SAFE;
                if (!shared)
                    point(lv, pc, map_live(lv, parked, UINT32_MAX, bits));
            }
        }
    }
    kinds_undo(lv, &nevents, 0);
}

// The log by slot: a counting sort.
static void index_events(Live *lv) {
    Fn *f = lv->f;
    lv->first_event = ARENA_ARRAY(f->arena, uint32_t, lv->nslots + 2);
    lv->events = ARENA_ARRAY(f->arena, uint32_t, f->kinds.n);
    uint32_t *count = lv->first_event + 1;
    for (uint32_t i = 0; i < f->kinds.n; i++)
        count[f->kinds.at[i].slot + 1]++;
    for (uint32_t s = 1; s <= lv->nslots; s++)
        count[s] += count[s - 1];
    // count[s] is now where slot s starts; filling moves it to where s + 1 starts, one place further down in first_event.
    for (uint32_t i = 0; i < f->kinds.n; i++)
        lv->events[count[f->kinds.at[i].slot]++] = i;
}

static void check_entry(Live *lv, uint64_t *bits) {
#ifdef GOL_CHECKS
    // Nothing but parameters may be live at entry: else some path reads a slot that was never written.
    for (uint32_t k = 0; k < lv->words; k++) {
        for (uint64_t m = lv->in[k]; m; m &= m - 1) {
            uint32_t slot = lv->slot_of[k * 64 + (uint32_t)__builtin_ctzll(m)];
            if (slot >= lv->f->inst->desc->param_bytes / 8) {
                fprintf(stderr, "stackmap: %s reads slot %u before it is written\n", lv->f->inst->desc->name, slot);
                lv->f->c->failed = true;
                return;
            }
        }
    }
#endif
}

void stackmap_build(Fn *f) {
    Compiler *c = f->c;
    FuncDesc *d = f->inst->desc;
    if (!c->shapes) {
        c->shapes = shapes_make(c);
        c->maps = ARENA_NEW(c->arena, MapTable);
    }
    c->fn_serial++;
    Live lv = {.f = f, .shapes = c->shapes};
    lv.nslots = (f->max_top > d->param_bytes ? f->max_top : d->param_bytes) / 8 + 1;
    lv.cand = ARENA_ARRAY(f->arena, uint32_t, lv.nslots);
    lv.slot_of = ARENA_ARRAY(f->arena, uint32_t, lv.nslots);
    for (uint32_t i = 0; i < f->kinds.n; i++) {
        KindEvent *e = &f->kinds.at[i];
        if (e->now == SM_NONE || lv.cand[e->slot])
            continue;
        lv.slot_of[lv.ncand] = e->slot;
        lv.cand[e->slot] = ++lv.ncand;
    }
    lv.words = (lv.ncand + 63) / 64;
    index_events(&lv);
    find_blocks(&lv);
    uint32_t map_words = (lv.nslots + 31) / 32;  // all zero between maps
    uint64_t *mem = scratch(c, (size_t)lv.nblocks * lv.words + 2 * lv.words + map_words + 1);
    lv.in = mem;
    lv.now = mem + (size_t)lv.nblocks * lv.words;
    uint64_t *parked = lv.now + lv.words, *bits = parked + lv.words;
    solve(&lv);
    check_entry(&lv, bits);
    if (f->sticky.n) {
        uint32_t m = map_live(&lv, lv.now, 0, bits);
        d->panic_map = lv.maps.at[m];
    }
    pins_order(&lv);
    walk_points(&lv, bits, parked);
    entry_map(&lv, bits);
    // Collected backward; one entry per key, the first found wins (a CALLX at the start shares key 0 with the entry map).
    SafePoint *sp = ARENA_ARRAY(c->arena, SafePoint, lv.points.n);
    uint32_t n = 0;
    for (uint32_t i = lv.points.n; i-- > 0;) {
        if (!n || sp[n - 1].pc != lv.points.at[i].pc)
            sp[n++] = lv.points.at[i];
    }
    const StackMap **maps = ARENA_ARRAY(c->arena, const StackMap *, lv.maps.n);
    memcpy(maps, lv.maps.at, lv.maps.n * sizeof *maps);
    d->safepoints = sp;
    d->nsafepoints = n;
    d->maps = maps;
}

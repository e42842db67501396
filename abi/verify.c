/* verify.c: image_verify, the check that code can be run without leaving its frame, its code or the image's tables.
 *
 * Operand forms come from opcodes.def. It doesn't prove that slots hold values of the right type, nor that stack maps tell the truth: those are
 * found by the collector's own checks and by the stress knobs. */
#include "opcode.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct Verifier {
    const Image *im;
    const FuncDesc *f;
    uint32_t at;        // instruction under the eye
    uint8_t *starts;    // bit per word: an instruction starts here
    char *error;        // first complaint, malloc'd
} Verifier;

static bool __attribute__((format(printf, 2, 3))) complain(Verifier *v, const char *fmt, ...) {
    if (v->error)
        return false;
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const char *op = v->at < v->f->ncode && ins_op(v->f->code[v->at]) < OP_COUNT ? op_info[ins_op(v->f->code[v->at])].name : "-";
    if (asprintf(&v->error, "%s: word %u (%s): %s", v->f->name, v->at, op, text) < 0)
        v->error = NULL;
    return false;
}

static bool starts_at(const Verifier *v, uint64_t word) {
    return word < v->f->ncode && v->starts[word / 8] >> (word % 8) & 1;
}

static bool in_frame(Verifier *v, uint64_t off, uint64_t bytes) {
    return (off <= v->f->frame_bytes && bytes <= v->f->frame_bytes - off) || complain(v, "operand [%llu, +%llu) outside the frame of %u bytes",
                                                        (unsigned long long)off, (unsigned long long)bytes, v->f->frame_bytes);
}

static bool check_slots(Verifier *v, uint32_t off, unsigned n) {
    return off % 8 ? complain(v, "slot offset %u is no multiple of 8", off) : in_frame(v, off, 8u * n);
}

static bool check_type(Verifier *v, uint32_t i) {
    return (i < v->im->ntypes && v->im->types[i]) || complain(v, "type index %u of %u", i, v->im->ntypes);
}

static bool check_func(Verifier *v, uint32_t i) {
    return (i < v->im->nfuncs && v->im->funcs[i]) || complain(v, "function index %u of %u", i, v->im->nfuncs);
}

static bool check_jump(Verifier *v, int64_t target) {
    return (target >= 0 && starts_at(v, (uint64_t)target)) || complain(v, "jump to word %lld, which starts no instruction", (long long)target);
}

static bool check_operand(Verifier *v, char letter, unsigned width, uint64_t w, unsigned pos, uint32_t next) {
    uint32_t x = pos == 0 ? ins_a(w) : pos == 1 ? ins_b(w) : ins_c(w);
    int32_t imm = ins_imm(w);
    switch (letter) {
    case 'd': case 's': return check_slots(v, x, width);
    case 'm': return x == OFF_NONE || in_frame(v, x, 8u * (width - 1));
    case 'w': return check_slots(v, x, 0);
    case 'W': return check_slots(v, (uint32_t)imm, 0);
    case 'j': return check_jump(v, (int64_t)next + (int16_t)x);
    case 'J': return check_jump(v, (int64_t)next + imm);
    case 'T': return check_type(v, (uint32_t)imm);
    case 'F': return check_func(v, (uint32_t)imm);
    case 'S': return (uint32_t)imm < v->im->nstrings || complain(v, "string index %u of %u", (uint32_t)imm, v->im->nstrings);
    case 'i': case 'u': case 'I': case 'X': return true;
    default: return complain(v, "operand form '%c' is unknown", letter);
    }
}

static bool check_format(Verifier *v, const uint64_t *pc, uint32_t next) {
    uint64_t w = *pc;
    unsigned pos = 0, ext = 1;
    for (const char *f = op_info[ins_op(w)].format; *f; f++) {
        if (*f == '-') {
            pos++;
        } else if (*f == '+') {
            if (*++f == 't' && !check_type(v, (uint32_t)pc[ext]))
                return false;
            ext++;
        } else {
            unsigned width = f[1] >= '0' && f[1] <= '9' ? (unsigned)(f[1] - '0') : 1;
            if (!check_operand(v, *f, width, w, pos++, next))
                return false;
            f += width != 1;
        }
    }
    return true;
}

// A call's window: header below, arguments and results inside the frame (fn NULL: not known here).
static bool check_window_at(Verifier *v, uint32_t at, const FuncDesc *fn) {
    if (at < FRAME_HEADER_BYTES || at % 8)
        return complain(v, "no room for a header below window %u", at);
    if (!fn)
        return in_frame(v, at, 0);
    return in_frame(v, at, fn->param_bytes) && in_frame(v, at, fn->result_bytes);
}

static bool check_window(Verifier *v, uint64_t w, const FuncDesc *fn) { return check_window_at(v, ins_a(w), fn); }

static bool check_selector(Verifier *v, uint64_t k) {
    return k < v->im->nselectors || complain(v, "selector %llu of %u", (unsigned long long)k, v->im->nselectors);
}

static bool check_wide_call(Verifier *v, uint32_t callee, const uint64_t *pc) {
    uint32_t window = (uint32_t)pc[1], at = (uint32_t)(pc[1] >> 32);
    switch (callee) {
    case WIDE_FUNC: return pc[2] <= UINT32_MAX && check_func(v, (uint32_t)pc[2]) && check_window_at(v, window, v->im->funcs[pc[2]]);
    case WIDE_VALUE: return check_slots(v, at, 1) && check_window_at(v, window, NULL);
    case WIDE_IFACE: return check_slots(v, at, 2) && check_selector(v, pc[2]) && check_window_at(v, window, NULL);
    default: return complain(v, "callee form %u", callee);
    }
}

// What the operand forms don't say: sizes of frame memory, windows, constants.
static bool check_special(Verifier *v, const uint64_t *pc) {
    uint64_t w = *pc, k = op_info[ins_op(w)].ext_words ? pc[1] : 0;
    uint32_t a = ins_a(w), b = ins_b(w), c = ins_c(w);
    const TypeDesc *const *types = v->im->types;
    switch (ins_op(w)) {
    case OP_MOVN: return in_frame(v, a, c) && in_frame(v, b, c);
    case OP_ZERO: return ins_imm(w) >= 0 && in_frame(v, a, (uint32_t)ins_imm(w));
    case OP_FADDR: return ins_imm(w) >= 0 && in_frame(v, (uint32_t)ins_imm(w), 0);
    case OP_GADDR:
        return (ins_imm(w) >= 0 && (uint64_t)ins_imm(w) * 8 <= v->im->globals_bytes) || complain(v, "outside the globals");
    case OP_LDG: case OP_STG: case OP_STGP:
        return (ins_imm(w) >= 0 && (uint64_t)ins_imm(w) * 8 + 8 <= v->im->globals_bytes) || complain(v, "outside the globals");
    case OP_LDN: return in_frame(v, a, (uint32_t)k);
    case OP_STN: return in_frame(v, b, types[(uint32_t)k]->size);
    case OP_FLD_I8: case OP_FLD_U8: return in_frame(v, b, 1);
    case OP_FLD_I16: case OP_FLD_U16: return in_frame(v, b, 2);
    case OP_FLD_I32: case OP_FLD_U32: return in_frame(v, b, 4);
    case OP_FST_8: return in_frame(v, a, 1);
    case OP_FST_16: return in_frame(v, a, 2);
    case OP_FST_32: return in_frame(v, a, 4);
    case OP_FLDX_64: return k < UINT32_MAX / 8 ? in_frame(v, b, k * 8) : complain(v, "array length");
    case OP_FSTX_64: return k < UINT32_MAX / 8 ? in_frame(v, a, k * 8) : complain(v, "array length");
    case OP_APPEND: return in_frame(v, c, (k >> 32) * types[(uint32_t)k]->size);
    case OP_CONCAT: return in_frame(v, b, 16u * c);
    case OP_BOX: return in_frame(v, b, types[(uint32_t)k]->size);
    case OP_CLOSURE: return check_func(v, (uint32_t)k) && check_type(v, (uint32_t)(k >> 32));
    case OP_DIVI_I64: case OP_REMI_I64: return (c != 0 && (int16_t)c != -1) || complain(v, "constant divisor %d", (int16_t)c);
    case OP_SHLI: case OP_SHRI_I64: case OP_SHRI_U64: return c < 64 || complain(v, "shift count %u", c);
    case OP_CALL: case OP_GO: case OP_DEFER: return check_window(v, w, v->im->funcs[ins_imm(w)]);
    case OP_CALLC: case OP_GOC: case OP_DEFERC: return check_window(v, w, NULL);
    case OP_CALLI: case OP_GOI: case OP_DEFERI: return check_window(v, w, NULL) && check_selector(v, k);
    case OP_RUNDEFERS:
        return check_window_at(v, (uint32_t)ins_imm(w), NULL) && ((v->f->flags & FF_HAS_DEFER) || complain(v, "in a function without FF_HAS_DEFER"));
    case OP_MAPITER: return in_frame(v, a, MAPITER_WORDS * 8);
    case OP_MAPNEXT: return in_frame(v, a, MAPITER_WORDS * 8);
    case OP_MAPGET2: return check_slots(v, (uint32_t)(k >> 32), 1);
    case OP_RECV2: return k <= UINT32_MAX ? check_slots(v, (uint32_t)k, 1) : complain(v, "ok slot");
    case OP_RECVP: return k == OFF_NONE_W || (k < OFF_NONE_W ? check_slots(v, (uint32_t)k, 1) : complain(v, "ok slot"));
    case OP_MAPGETP: return k >> 32 == OFF_NONE_W || check_slots(v, (uint32_t)(k >> 32), 1);
    case OP_MAPNEXTP:
        return in_frame(v, a, MAPITER_WORDS * 8) && (b == OFF_NONE || check_slots(v, b, 1)) && ((uint32_t)k == OFF_NONE_W || check_slots(v, (uint32_t)k, 1));
    case OP_SELECT:
        for (uint32_t i = 0; i < c; i++) {
            uint64_t w2 = pc[1 + i];
            uint32_t elem = select_elem(w2);
            if (!check_slots(v, select_chan(w2), 1))
                return false;
            if (elem != OFF_NONE_W && !(w2 & SELECT_BY_ADDRESS ? check_slots(v, elem, 1) : in_frame(v, elem, 0)))
                return false;
        }
        return true;
    case OP_LDW: case OP_STW: return ins_imm(w) >= 0 && check_slots(v, (uint32_t)ins_imm(w), 1);
    case OP_MOVW: return in_frame(v, (uint32_t)k, pc[2]) && in_frame(v, k >> 32, pc[2]);
    case OP_ZEROW: return in_frame(v, (uint32_t)k, k >> 32);
    case OP_CALLW: case OP_GOW: case OP_DEFERW: return check_wide_call(v, b, pc);
    default: return true;
    }
}

static bool check_map(Verifier *v, const StackMap *m) {
    if (!m)
        return complain(v, "stack map missing");
    if (m->nslots > v->f->frame_bytes / 8)
        return complain(v, "stack map of %u slots is longer than the frame", m->nslots);
    for (uint32_t i = 0; i < m->nslots; i++) {
        unsigned kind = stackmap_kind(m, i);
        if (kind > SM_IDATA || (kind == SM_IDATA && i == 0))
            return complain(v, "stack map slot %u has kind %u", i, kind);
    }
    return true;
}

static bool check_tables(Verifier *v) {
    const FuncDesc *f = v->f;
    for (uint32_t i = 0; i < f->nsafepoints; i++) {
        if (i && f->safepoints[i - 1].pc >= f->safepoints[i].pc)
            return complain(v, "safepoints are not ascending at entry %u", i);
        if (!check_map(v, f->maps[f->safepoints[i].map]))
            return false;
    }
    for (uint32_t i = 1; i < f->nlines; i++) {
        if (f->lines[i - 1].pc > f->lines[i].pc)
            return complain(v, "lines are not ascending at entry %u", i);
    }
    for (uint32_t i = 0; i < f->ninlines; i++) {
        if (f->inlines[i].end > f->ncode || f->inlines[i].parent < -1 || f->inlines[i].parent >= (int32_t)f->ninlines)
            return complain(v, "inline entry %u", i);
    }
    return !f->panic_map || check_map(v, f->panic_map);
}

static bool check_instruction(Verifier *v, uint32_t at) {
    const uint64_t *pc = v->f->code + at;
    Opcode op = ins_op(*pc);
    uint32_t next = at + ins_words(pc);
    v->at = at;
    if (!check_format(v, pc, next) || !check_special(v, pc))
        return complain(v, "operands");
    // A leaf call needs no map when the leaf neither allocates nor parks; the image doesn't say which do.
    if (op_info[op].effects & EFF_SAFE && op != OP_CALLX && !image_find_map(v->f, next))
        return complain(v, "no stack map for this safepoint");
    bool ends = op_info[op].effects & EFF_ENDS || op == OP_JMP || op == OP_LOOP;
    return next < v->f->ncode || ends || complain(v, "control runs off the end");
}

static bool check_func_code(Verifier *v) {
    const FuncDesc *f = v->f;
    if (f->self != f)
        return complain(v, "self is not the descriptor's address");
    if (f->frame_bytes % 8 || f->param_bytes % 8 || f->param_bytes > f->frame_bytes || f->result_bytes > f->frame_bytes)
        return complain(v, "frame %u, params %u, results %u", f->frame_bytes, f->param_bytes, f->result_bytes);
    if (!f->ncode)
        return complain(v, "no code");
    for (uint32_t at = 0; at < f->ncode; at += ins_words(f->code + at)) {
        v->at = at;
        if (ins_op(f->code[at]) >= OP_COUNT)
            return complain(v, "unknown opcode %u", ins_op(f->code[at]));
        if (at + ins_words(f->code + at) > f->ncode)
            return complain(v, "extension words run off the end");
        v->starts[at / 8] |= (uint8_t)(1u << at % 8);
    }
    v->at = 0;
    if (f->flags & FF_HAS_DEFER && !starts_at(v, f->recover_pc))
        return complain(v, "recover_pc %u starts no instruction", f->recover_pc);
    for (uint32_t at = 0; at < f->ncode; at += ins_words(f->code + at)) {
        if (!check_instruction(v, at))
            return false;
    }
    return check_tables(v);
}

char *image_verify(const Image *im) {
    Verifier v = {.im = im};
    size_t cap = 0;
    for (uint32_t i = 0; i < im->nfuncs && !v.error; i++) {
        if (!im->funcs[i])
            continue;
        v.f = im->funcs[i];
        v.at = 0;
        size_t need = v.f->ncode / 8 + 1;
        if (need > cap) {
            free(v.starts);
            v.starts = malloc(cap = need * 2);
            if (!v.starts)
                return strdup("out of memory");
        }
        memset(v.starts, 0, need);
        check_func_code(&v);
    }
    free(v.starts);
    return v.error;
}

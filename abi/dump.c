/* dump.c: text disassembly, the form of `gol dump -code`.
 *
 * One line per instruction: word index, source line when it changes, name, operands. Slots print as r<number>, frame bytes as [offset], jump
 * targets as @<word index>. Nothing depends on addresses, so that tests can compare the text. */
#include "opcode.h"

#include <inttypes.h>
#include <string.h>

static void put_quoted(FILE *out, StrLit s) {
    enum { SHOWN = 40 };
    fputc('"', out);
    for (uint64_t i = 0; i < s.len && i < SHOWN; i++) {
        unsigned char c = (unsigned char)s.data[i];
        if (c == '\n')
            fputs("\\n", out);
        else if (c == '\t')
            fputs("\\t", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
    fputs(s.len > SHOWN ? "\"..." : "\"", out);
}

static void put_type(FILE *out, const Image *im, uint32_t i) {
    if (i < im->ntypes && im->types[i])
        fprintf(out, "%.*s", (int)im->types[i]->string.len, im->types[i]->string.data);
    else
        fprintf(out, "type#%" PRIu32, i);
}

static void put_func(FILE *out, const Image *im, uint32_t i) {
    if (i < im->nfuncs && im->funcs[i])
        fputs(im->funcs[i]->name, out);
    else
        fprintf(out, "func#%" PRIu32, i);
}

static void put_slot(FILE *out, uint32_t off) {
    if (off % 8 == 0)
        fprintf(out, "r%" PRIu32, off / 8);
    else
        fprintf(out, "r?%" PRIu32, off);
}

static void put_operand(FILE *out, const Image *im, char letter, uint64_t w, unsigned pos, uint32_t next) {
    uint32_t v = pos == 0 ? ins_a(w) : pos == 1 ? ins_b(w) : ins_c(w);
    int32_t imm = ins_imm(w);
    switch (letter) {
    case 'd': case 's': put_slot(out, v); break;
    case 'w': fprintf(out, "win r%" PRIu32, v / 8); break;
    case 'W': fprintf(out, "win r%" PRIu32, (uint32_t)imm / 8); break;
    case 'm': v == OFF_NONE ? fputs("_", out) : fprintf(out, "[%" PRIu32 "]", v); break;
    case 'i': fprintf(out, "%d", (int16_t)v); break;
    case 'u': fprintf(out, "%" PRIu32, v); break;
    case 'j': fprintf(out, "@%" PRId64, (int64_t)next + (int16_t)v); break;
    case 'J': fprintf(out, "@%" PRId64, (int64_t)next + imm); break;
    case 'I': fprintf(out, "%" PRId32, imm); break;
    case 'T': put_type(out, im, (uint32_t)imm); break;
    case 'F': put_func(out, im, (uint32_t)imm); break;
    case 'X': fprintf(out, "leaf#%" PRIu32, (uint32_t)imm); break;
    case 'S':
        if ((uint32_t)imm < im->nstrings)
            put_quoted(out, im->strings[imm]);
        else
            fprintf(out, "string#%" PRIu32, (uint32_t)imm);
        break;
    default: fprintf(out, "%c?", letter);
    }
}

static void put_constant(FILE *out, const Image *im, Opcode op, uint64_t k) {
    switch (op) {
    case OP_CALLI: case OP_GOI: case OP_DEFERI:
        if (k < im->nselectors)
            fprintf(out, ".%.*s", (int)im->selectors[k].name.len, im->selectors[k].name.data);
        else
            fprintf(out, "selector#%" PRIu64, k);
        break;
    case OP_CLOSURE:
        put_func(out, im, (uint32_t)k);
        fputs(" as ", out);
        put_type(out, im, (uint32_t)(k >> 32));
        break;
    case OP_LDN: fprintf(out, "%" PRIu32 " bytes, +%" PRIu32, (uint32_t)k, (uint32_t)(k >> 32)); break;
    case OP_PADDRX: fprintf(out, "*%" PRIu32 ", len %" PRIu32, (uint32_t)k, (uint32_t)(k >> 32)); break;
    case OP_SLICE_STR: case OP_SLICE_SLICE: case OP_SLICE_ARR:
        if (k >> 32 > SLICE_FLAGS)
            fprintf(out, "%" PRIu64, k);
        else
            fprintf(out, "*%" PRIu32 "%s%s%s", (uint32_t)k, k >> 32 & 1 ? " low" : "", k >> 32 & 2 ? " high" : "",
                    k >> 32 & 4 ? " max" : "");
        break;
    case OP_MAPNEXT: (uint32_t)k == UINT32_MAX ? fputs("_", out) : fprintf(out, "[%" PRIu32 "]", (uint32_t)k); break;
    case OP_MAPNEXTP: (uint32_t)k == UINT32_MAX ? fputs("_", out) : fprintf(out, "*[%" PRIu32 "]", (uint32_t)k); break;
    case OP_RECVP: (uint32_t)k == UINT32_MAX ? fputs("_", out) : fprintf(out, "r%" PRIu64, k / 8); break;
    case OP_RECV2: fprintf(out, "r%" PRIu64, k / 8); break;
    default: fprintf(out, "%" PRId64, (int64_t)k);
    }
}

// The long forms, whose operands lie in their constants. False: op is none of these.
static bool put_wide(FILE *out, const Image *im, Opcode op, const uint64_t *pc) {
    uint64_t k = pc[1];
    uint32_t low = (uint32_t)k, high = (uint32_t)(k >> 32);
    switch (op) {
    case OP_LDW: case OP_STW:
        put_slot(out, ins_a(*pc));
        fputs(", ", out);
        put_slot(out, (uint32_t)ins_imm(*pc));
        return true;
    case OP_MOVW: fprintf(out, "[%" PRIu32 "], [%" PRIu32 "], %" PRIu64, low, high, pc[2]); return true;
    case OP_ZEROW: fprintf(out, "[%" PRIu32 "], %" PRIu32, low, high); return true;
    case OP_CALLW: case OP_GOW: case OP_DEFERW:
        fprintf(out, "win r%" PRIu32 ", ", low / 8);
        if (ins_b(*pc) == WIDE_FUNC)
            put_func(out, im, (uint32_t)pc[2]);
        else
            put_slot(out, high);
        if (ins_b(*pc) == WIDE_IFACE) {
            fputs(", ", out);
            put_constant(out, im, OP_CALLI, pc[2]);
        }
        return true;
    default: return false;
    }
}

static void put_instruction(FILE *out, const Image *im, const uint64_t *pc, uint32_t at) {
    uint64_t w = *pc;
    Opcode op = ins_op(w);
    const OpInfo *info = &op_info[op];
    uint32_t next = at + ins_words(pc), ext = 1;
    const char *sep = "";
    unsigned pos = 0;
    fprintf(out, info->format[strspn(info->format, "-0123456789")] ? "%-13s" : "%s", info->name);
    if (put_wide(out, im, op, pc))
        return;
    for (const char *f = info->format; *f; f++) {
        if (*f >= '0' && *f <= '9')
            continue;
        if (*f == '-') {
            pos++;
            continue;
        }
        fputs(sep, out);
        sep = ", ";
        if (*f != '+') {
            put_operand(out, im, *f, w, pos++, next);
            continue;
        }
        f++;
        if (*f == 'k') {
            put_constant(out, im, op, pc[ext++]);
        } else if (*f == 't') {
            uint32_t n = (uint32_t)(pc[ext] >> 32);
            put_type(out, im, (uint32_t)pc[ext++]);
            if (n)
                fprintf(out, ", %" PRIu32, n);
        } else {
            for (uint32_t i = 0; i < ins_c(w); i++) {
                uint64_t k = pc[ext++];
                fprintf(out, "%s%s r%u ", i ? ", " : "", k & SELECT_SEND ? "send" : "recv", select_chan(k) / 8);
                if (select_elem(k) == OFF_NONE_W)
                    fputs("_", out);
                else
                    fprintf(out, k & SELECT_BY_ADDRESS ? "*[%" PRIu32 "]" : "[%" PRIu32 "]", select_elem(k));
            }
        }
    }
}

static void put_map(FILE *out, const StackMap *m) {
    fputs("{", out);
    for (uint32_t i = 0, shown = 0; i < m->nslots; i++) {
        unsigned kind = stackmap_kind(m, i);
        if (kind != SM_NONE)
            fprintf(out, "%sr%" PRIu32 "%s", shown++ ? " " : "", i, kind == SM_IDATA ? "i" : "");
    }
    fputs("}", out);
}

void image_dump_func(FILE *out, const Image *im, const FuncDesc *f) {
    fprintf(out, "func %s  // params %" PRIu32 ", results %" PRIu32 ", frame %" PRIu32, f->name, f->param_bytes, f->result_bytes,
            f->frame_bytes);
    if (f->flags & FF_WRAPPER)
        fputs(", wrapper", out);
    if (f->flags & FF_HAS_DEFER)
        fprintf(out, ", recover @%" PRIu32, f->recover_pc);
    const StackMap *entry = image_find_map(f, 0);
    if (entry) {
        fputs(", entry ", out);
        put_map(out, entry);
    }
    if (f->panic_map) {
        fputs(", panic ", out);
        put_map(out, f->panic_map);
    }
    fputc('\n', out);
    uint32_t line = 0;
    for (uint32_t at = 0; at < f->ncode;) {
        if (ins_op(f->code[at]) >= OP_COUNT || at + ins_words(f->code + at) > f->ncode) {
            fprintf(out, "%5" PRIu32 "        bad word 0x%016" PRIx64 "\n", at, f->code[at]);
            return;
        }
        uint32_t next = at + ins_words(f->code + at), here = image_find_line(f, at + 1);
        fprintf(out, "%5" PRIu32 " ", at);
        if (here != line)
            fprintf(out, "%5" PRIu32 "  ", line = here);
        else
            fputs("       ", out);
        put_instruction(out, im, f->code + at, at);
        const StackMap *m = image_find_map(f, next);
        if (m && op_info[ins_op(f->code[at])].effects & EFF_SAFE) {
            fputs("  ", out);
            put_map(out, m);
        }
        fputc('\n', out);
        at = next;
    }
}

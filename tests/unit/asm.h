/* asm.h: hand-assembled images for tests of the VM and of the verifier. */
#pragma once
#include "opcode.h"

#include <stdlib.h>
#include <string.h>

enum { ASM_MAX_WORDS = 200, ASM_MAX_FUNCS = 8, ASM_MAX_MAPS = 40 };

typedef struct AsmFunc {
    FuncDesc desc;
    uint64_t code[ASM_MAX_WORDS];
    SafePoint safepoints[ASM_MAX_MAPS];
    uint32_t entry_map;
} AsmFunc;

typedef struct Asm {
    Image image;
    AsmFunc func[ASM_MAX_FUNCS];
    FuncDesc *funcs[ASM_MAX_FUNCS];
    const TypeDesc *types[8];
    StrLit strings[8];
} Asm;

static struct {
    uint32_t nslots;
    uint64_t bits[1];
} asm_no_map;
static const StackMap *const asm_maps[] = {(const StackMap *)&asm_no_map};

static inline AsmFunc *asm_func(Asm *as, const char *name, uint32_t params, uint32_t frame) {
    AsmFunc *f = &as->func[as->image.nfuncs];
    as->funcs[as->image.nfuncs] = &f->desc;
    f->desc = (FuncDesc){.self = &f->desc, .code = f->code, .frame_bytes = frame, .param_bytes = params, .name = name, .file = "test.gol",
                         .line = 1, .safepoints = f->safepoints, .maps = asm_maps, .index = as->image.nfuncs};
    as->image.nfuncs++;
    as->image.funcs = as->funcs;
    as->image.types = as->types;
    as->image.strings = as->strings;
    f->safepoints[0] = (SafePoint){0, 0};
    f->desc.nsafepoints = 1;
    return f;
}

static inline uint32_t asm_word(AsmFunc *f, uint64_t w) {
    f->code[f->desc.ncode] = w;
    return f->desc.ncode++;
}

// Adds an instruction and up to two extension words; every safepoint gets the empty map.
static inline uint32_t asm_op(AsmFunc *f, uint64_t w, uint64_t x, uint64_t y) {
    uint32_t at = asm_word(f, w);
    if (op_info[ins_op(w)].ext_words > 0)
        asm_word(f, x);
    if (op_info[ins_op(w)].ext_words > 1)
        asm_word(f, y);
    if (op_info[ins_op(w)].effects & EFF_SAFE && f->desc.nsafepoints < ASM_MAX_MAPS)
        f->safepoints[f->desc.nsafepoints++] = (SafePoint){f->desc.ncode, 0};
    return at;
}

#define ABC(f, op, a, b, c) asm_op(f, ins_abc(OP_##op, a, b, c), 0, 0)
#define ABCK(f, op, a, b, c, k) asm_op(f, ins_abc(OP_##op, a, b, c), k, 0)
#define AI(f, op, a, i) asm_op(f, ins_ai(OP_##op, a, i), 0, 0)

// fib(n) in slot 0, called recursively at a window behind its locals.
static inline AsmFunc *asm_fib(Asm *as) {
    AsmFunc *f = asm_func(as, "main.fib", 8, 8 * 8);
    f->desc.result_bytes = 8;
    int32_t self = (int32_t)f->desc.index;
    ABC(f, JGEI_I64, 0, 2, 1);
    AI(f, RET, 0, 0);
    ABC(f, ADDI_I64, 40, 0, 0xffff);
    AI(f, CALL, 40, self);
    ABC(f, MOV, 8, 40, 0);
    ABC(f, ADDI_I64, 40, 0, 0xfffe);
    AI(f, CALL, 40, self);
    ABC(f, ADD_I64, 0, 8, 40);
    AI(f, RET, 0, 0);
    return f;
}

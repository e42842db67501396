// opcode.h: the opcodes' enum, encoding of instruction words, and what opcodes.def says of each.
#pragma once
#include "image.h"

enum OpEffects {
    EFF_SAFE = 1, EFF_GROWS = 2, EFF_PARKS = 4, EFF_PANICS = 8, EFF_CALLS = 16, EFF_ENDS = 32, EFF_POLL = 64,
};

typedef enum Opcode {
#define OP(name, format, effects, meaning) OP_##name,
#include "opcodes.def"
#undef OP
    OP_COUNT
} Opcode;

typedef struct OpInfo {
    const char *name, *format, *meaning;
    uint8_t effects;    // OpEffects
    uint8_t ext_words;  // fixed extension words; SELECT has c more
} OpInfo;

extern const OpInfo op_info[OP_COUNT];

static inline uint64_t ins_abc(Opcode op, uint32_t a, uint32_t b, uint32_t c) {
    return (uint64_t)op | (uint64_t)(uint16_t)a << 16 | (uint64_t)(uint16_t)b << 32 | (uint64_t)(uint16_t)c << 48;
}
static inline uint64_t ins_ai(Opcode op, uint32_t a, int32_t imm) {
    return (uint64_t)op | (uint64_t)(uint16_t)a << 16 | (uint64_t)(uint32_t)imm << 32;
}
static inline Opcode ins_op(uint64_t w) { return (Opcode)(uint16_t)w; }
static inline uint32_t ins_a(uint64_t w) { return (uint16_t)(w >> 16); }
static inline uint32_t ins_b(uint64_t w) { return (uint16_t)(w >> 32); }
static inline uint32_t ins_c(uint64_t w) { return (uint16_t)(w >> 48); }
static inline int32_t ins_imm(uint64_t w) { return (int32_t)(w >> 32); }

/* ins_words returns the number of words of the instruction that starts at pc, extension words included. */
static inline uint32_t ins_words(const uint64_t *pc) {
    Opcode op = ins_op(*pc);
    return 1 + op_info[op].ext_words + (op == OP_SELECT ? ins_c(*pc) : 0);
}

// Extension word "+t": type index and a number.
static inline uint64_t ext_type(uint32_t type, uint32_t number) { return (uint64_t)number << 32 | type; }

enum { OFF_NONE = 0xffff };
#define OFF_NONE_W UINT32_MAX  // the same in half an extension word

/* SelectCase word: low half the channel's slot, a multiple of 8, and SelectFlags; high half the frame offset of the element in memory form, or the
 * slot with its address (OFF_NONE_W: received value dropped). */
enum SelectFlags { SELECT_SEND = 1, SELECT_BY_ADDRESS = 2 };
static inline uint64_t select_case(unsigned flags, uint32_t chan_slot, uint32_t elem_off) {
    return (uint64_t)elem_off << 32 | chan_slot | flags;
}
static inline uint32_t select_chan(uint64_t w) { return (uint32_t)w & ~7u; }
static inline uint32_t select_elem(uint64_t w) { return (uint32_t)(w >> 32); }

// What CALLW, GOW and DEFERW call.
typedef enum WideCallee { WIDE_FUNC, WIDE_VALUE, WIDE_IFACE } WideCallee;

/* Flags of the slicing instructions, one per bound: it is given; it is of an unsigned type of 64 bits. */
enum {
    SLICE_HAS_LOW = 1, SLICE_HAS_HIGH = 2, SLICE_HAS_MAX = 4,
    SLICE_UNSIGNED_LOW = 8, SLICE_UNSIGNED_HIGH = 16, SLICE_UNSIGNED_MAX = 32,
    SLICE_FLAGS = 63,
};

/* A map iterator in a frame: MAPITER_WORDS slots, the first MAPITER_PTRS of them are pointers (SM_PTR), the rest is none. */
enum { MAPITER_WORDS = 12, MAPITER_PTRS = 4 };

typedef enum PrintKind {
    PRINT_BOOL, PRINT_INT, PRINT_UINT, PRINT_FLOAT, PRINT_FLOAT32, PRINT_COMPLEX, PRINT_STRING, PRINT_POINTER, PRINT_SLICE, PRINT_IFACE,
    PRINT_SPACE, PRINT_NEWLINE, PRINT_HEX,
} PrintKind;  // COMPLEX reads two float64 slots, STRING and IFACE two slots, SLICE three

typedef enum ThrowKind {
    THROW_DIVIDE, THROW_NIL_DEREF, THROW_UNREACHABLE, THROW_MISSING_RETURN, THROW_ITER_CONTINUED /* range-over-func body called after exit */,
    THROW_ITER_AFTER_PANIC, THROW_ITER_AFTER_LOOP, THROW_ITER_MISSED_PANIC, THROW_UNSAFE_SLICE, THROW_UNSAFE_STRING, THROW_UNSAFE_SLICE_NIL, THROW_UNSAFE_STRING_NIL,
} ThrowKind;

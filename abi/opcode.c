// opcode.c: the table that opcodes.def describes.
#include "opcode.h"

enum { SAFE = EFF_SAFE, GROWS = EFF_GROWS, PARKS = EFF_PARKS, PANICS = EFF_PANICS, CALLS = EFF_CALLS, ENDS = EFF_ENDS, POLL = EFF_POLL };

// The number of '+' in a format of at most 15 characters, '+*' counting as none, as a constant expression.
#define PLUS_AT(s, i) ((i) < sizeof(s) - 1 && (s)[(i) < sizeof(s) ? (i) : 0] == '+' && (s)[(i) + 1 < sizeof(s) ? (i) + 1 : 0] != '*')
#define PLUS(s)                                                                                                     \
    (PLUS_AT(s, 2) + PLUS_AT(s, 3) + PLUS_AT(s, 4) + PLUS_AT(s, 5) + PLUS_AT(s, 6) + PLUS_AT(s, 7) + PLUS_AT(s, 8) + \
     PLUS_AT(s, 9))

const OpInfo op_info[OP_COUNT] = {
#define OP(name, format, effects, meaning) [OP_##name] = {#name, format, meaning, (uint8_t)(effects), PLUS(format)},
#include "opcodes.def"
#undef OP
};

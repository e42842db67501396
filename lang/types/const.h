// const.h: exact constants: booleans, strings, integers of any size, rationals and big floats, complex numbers.
#pragma once
#include "arena.h"

typedef enum ConstKind {
    CONST_UNKNOWN,  // the value of an erroneous expression; every operation passes it on silently
    CONST_BOOL,
    CONST_STRING,
    CONST_INT,
    CONST_FLOAT,
    CONST_COMPLEX,
} ConstKind;

/* A Const is an immutable exact value in an arena. The kind says how it is written down, not what it is: 2.0 may be a
 * CONST_FLOAT; const_to_int turns it into the CONST_INT 2. Only const.c looks inside. */
typedef struct Const Const;

ConstKind const_kind(const Const *v);

const Const *const_unknown(void);
const Const *const_bool(bool b);
const Const *const_string(Arena *a, const char *bytes, size_t n);
const Const *const_int(Arena *a, int64_t i);
const Const *const_uint(Arena *a, uint64_t u);
const Const *const_from_double(Arena *a, double d);  // d must be finite
const Const *const_complex(Arena *a, const Const *re, const Const *im);

/* The readers of literals take the literal's bytes as the lexer accepted them (underscores, prefixes, quotes included).
 * They return CONST_UNKNOWN for a number too large to hold, or with an exponent beyond all bounds. */
const Const *const_parse_int(Arena *a, const char *text, size_t n);
const Const *const_parse_float(Arena *a, const char *text, size_t n);
const Const *const_parse_imaginary(Arena *a, const char *text, size_t n);
const Const *const_parse_rune(Arena *a, const char *text, size_t n);
const Const *const_parse_string(Arena *a, const char *text, size_t n);

bool const_is_true(const Const *v);  // CONST_BOOL
/* const_text gives the bytes of a CONST_STRING; they belong to the arena and are NUL terminated (not counted). */
const char *const_text(Arena *a, const Const *v, size_t *n);
size_t const_text_len(const Const *v);
/* const_int64 and const_uint64 read a number whose value is an integer; *exact says whether it fits (NULL: it must).
 * const_bits is the value modulo 2^64: what a 64-bit register holds. */
int64_t const_int64(const Const *v, bool *exact);
uint64_t const_uint64(const Const *v, bool *exact);
uint64_t const_bits(const Const *v);
/* const_float64 and const_float32 round to nearest even; overflow gives an infinity, underflow a zero. Of a CONST_COMPLEX
 * the real part is taken. */
double const_float64(const Const *v);
float const_float32(const Const *v);
const Const *const_real(Arena *a, const Const *v);
const Const *const_imag(Arena *a, const Const *v);

/* Conversions to a kind: the same value written as INT, FLOAT or COMPLEX, or CONST_UNKNOWN when it is none. */
const Const *const_to_int(Arena *a, const Const *v);
const Const *const_to_float(Arena *a, const Const *v);
const Const *const_to_complex(Arena *a, const Const *v);
/* const_truncate_int reduces an integer to the low `bits` bits, sign-extended when is_signed. */
const Const *const_truncate_int(Arena *a, const Const *v, int bits, bool is_signed);
/* const_round_float rounds to float32 (bits 32) or float64 (64); CONST_UNKNOWN when it overflows. */
const Const *const_round_float(Arena *a, const Const *v, int bits);

int const_sign(const Const *v);    // -1, 0, 1; for complex: 0 only when zero
int const_bitlen(const Const *v);  // bits of |v|, v CONST_INT

typedef enum ConstOp {
    CONST_ADD, CONST_SUB, CONST_MUL, CONST_QUO, CONST_REM, CONST_AND, CONST_OR, CONST_XOR, CONST_ANDNOT,
    CONST_LAND, CONST_LOR,
    CONST_EQ, CONST_NE, CONST_LT, CONST_LE, CONST_GT, CONST_GE,
} ConstOp;

/* const_binary computes x op y after matching the kinds. QUO of two CONST_INT is the exact quotient unless int_div asks
 * for Go's truncated integer division. The divisor must not be zero. Results too large to hold are CONST_UNKNOWN. */
const Const *const_binary(Arena *a, const Const *x, ConstOp op, const Const *y, bool int_div);
bool const_compare(const Const *x, ConstOp op, const Const *y);
const Const *const_shl(Arena *a, const Const *x, unsigned n);
const Const *const_shr(Arena *a, const Const *x, unsigned n);
const Const *const_neg(Arena *a, const Const *x);
/* const_not is ^x; for an unsigned type of `bits` bits the result is masked to them (bits 0: signed or untyped). */
const Const *const_not(Arena *a, const Const *x, int bits);
const Const *const_lnot(const Const *x);

/* const_print writes the value as messages show it: strings quoted and cut, floats short. */
const char *const_print(Arena *a, const Const *v);

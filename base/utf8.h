// utf8.h: UTF-8 as Go reads it, and the three character classes that Go's syntax knows.
#pragma once
#include "verify.h"

enum { UTF8_ERROR = 0xFFFD, UTF8_MAX = 4 };

/* utf8_decode reads the first code point of n > 0 bytes and stores how many bytes it took. An encoding error (also: too long,
 * surrogates, beyond U+10FFFF) gives UTF8_ERROR and *len == 1. */
uint32_t utf8_decode(const char *s, size_t n, uint32_t *len);

/* utf8_encode writes a code point and returns the number of bytes; invalid ones are written as U+FFFD. */
uint32_t utf8_encode(char out[UTF8_MAX], uint32_t c);

/* utf8_valid_prefix returns how many bytes from the start are valid UTF-8 without NUL; n when all are. */
size_t utf8_valid_prefix(const char *s, size_t n);

/* utf8_is_letter: general category L. The underscore is none. */
bool utf8_is_letter(uint32_t c);
/* utf8_is_digit: general category Nd. */
bool utf8_is_digit(uint32_t c);
/* utf8_is_upper: general category Lu: what makes a Go name exported. */
bool utf8_is_upper(uint32_t c);

/* utf8_width: how many columns of a terminal a code point takes: 0, 1 or 2. Good for carets, not for typesetting. */
uint32_t utf8_width(uint32_t c);

// value.h: strings and slices, beside what rt.h says of equality and hashing.
#pragma once
#include "rt.h"

enum { RUNE_ERROR = 0xfffd, RUNE_MAX = 0x10ffff, UTF8_MAX = 4 };

/* utf8_decode reads one code point of s (n > 0 bytes); RUNE_ERROR and 1 byte for what is no valid UTF-8. */
int32_t utf8_decode(const char *s, uint64_t n, unsigned *bytes);

/* utf8_encode writes a code point (RUNE_ERROR for what is none) and returns its length, at most UTF8_MAX. */
unsigned utf8_encode(char *out, int64_t rune);

/* slice_round_up is the memory that Go's allocator gives for size bytes: capacities of grown slices show it. noscan: no pointers inside. */
uint64_t slice_round_up(uint64_t size, bool noscan);

/* slice_grown_cap is the capacity of a slice of capacity old_cap that must hold new_len elements: Go's rule. False: too large. */
bool slice_grown_cap(uint64_t old_cap, uint64_t new_len, const TypeDesc *elem, uint64_t *cap) MUST_USE;

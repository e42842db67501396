// quote.h: strings and runes as Go literals. Shared by fmt and strconv.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QUOTE_RUNE_ERROR = 0xfffd,
    QUOTE_RUNE_MAX = 12,  // room quote_rune needs
};

enum QuoteFlags {
    QUOTE_ASCII = 1,    // escape whatever is not ASCII
    QUOTE_GRAPHIC = 2,  // leave all spaces of Unicode as they are
};

/* quote_decode reads one UTF-8 sequence of the n > 0 bytes at s and stores its length; malformed input gives QUOTE_RUNE_ERROR, length 1. */
uint32_t quote_decode(const uint8_t *s, size_t n, int *width);

/* quote_encode writes r as UTF-8 (invalid code points as QUOTE_RUNE_ERROR) and returns the length, at most 4. */
int quote_encode(char *out, uint32_t r);

/* quote_is_print and quote_is_graphic are strconv.IsPrint and strconv.IsGraphic. */
bool quote_is_print(uint32_t r);
bool quote_is_graphic(uint32_t r);

/* quote_string writes n bytes of UTF-8 as a literal between two `quote` bytes and returns the length. Room: 4 * n + 2. */
size_t quote_string(char *out, const uint8_t *s, size_t n, char quote, unsigned flags);

/* quote_rune writes r as a character literal and returns the length. */
int quote_rune(char *out, uint32_t r, unsigned flags);

/* quote_can_backquote is strconv.CanBackquote. */
bool quote_can_backquote(const uint8_t *s, size_t n);

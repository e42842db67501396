// utf8.c: decoding, encoding, a quick check of whole buffers, and character classes by binary search.
#include "utf8.h"
#include <string.h>

uint32_t utf8_decode(const char *s, size_t n, uint32_t *len) {
    const unsigned char *p = (const unsigned char *)s;
    uint32_t c = p[0], need, min;
    *len = 1;
    if (c < 0x80) return c;
    if (c < 0xC2) return UTF8_ERROR;
    if (c < 0xE0)
        need = 2, min = 0x80, c &= 0x1F;
    else if (c < 0xF0)
        need = 3, min = 0x800, c &= 0x0F;
    else if (c < 0xF5)
        need = 4, min = 0x10000, c &= 0x07;
    else
        return UTF8_ERROR;
    if (n < need) return UTF8_ERROR;
    for (uint32_t i = 1; i < need; i++) {
        if ((p[i] & 0xC0) != 0x80) return UTF8_ERROR;
        c = c << 6 | (p[i] & 0x3F);
    }
    if (c < min || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return UTF8_ERROR;
    *len = need;
    return c;
}

uint32_t utf8_encode(char out[UTF8_MAX], uint32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = UTF8_ERROR;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t utf8_valid_prefix(const char *s, size_t n) {
    size_t i = 0;
    const uint64_t high = 0x8080808080808080u, ones = 0x0101010101010101u;
    while (i < n) {
        uint64_t w;
        // eight bytes at once when none is NUL or beyond ASCII
        while (i + 8 <= n && (memcpy(&w, s + i, 8), ((w | (w - ones)) & high) == 0)) i += 8;
        if (i == n) break;
        uint32_t len;
        if (s[i] == 0) return i;
        if (utf8_decode(s + i, n - i, &len) == UTF8_ERROR && len == 1) return i;
        i += len;
    }
    return n;
}

typedef struct Range {
    uint32_t first, last;
} Range;

static const Range letters[] = {
#define LETTER(first, last) {first, last},
#include "unicode_ranges.def"
#undef LETTER
};
static const Range digits[] = {
#define DIGIT(first, last) {first, last},
#include "unicode_ranges.def"
#undef DIGIT
};
static const Range uppers[] = {
#define UPPER(first, last) {first, last},
#include "unicode_ranges.def"
#undef UPPER
};

static bool within(const Range *r, uint32_t n, uint32_t c) {
    uint32_t lo = 0;
    while (lo < n) {
        uint32_t mid = lo + (n - lo) / 2;
        if (c > r[mid].last)
            lo = mid + 1;
        else if (c < r[mid].first)
            n = mid;
        else
            return true;
    }
    return false;
}

bool utf8_is_letter(uint32_t c) {
    if (c < 0x80) return (c | 32) >= 'a' && (c | 32) <= 'z';
    return within(letters, COUNT_OF(letters), c);
}

bool utf8_is_digit(uint32_t c) {
    if (c < 0x80) return c >= '0' && c <= '9';
    return within(digits, COUNT_OF(digits), c);
}

bool utf8_is_upper(uint32_t c) {
    if (c < 0x80) return c >= 'A' && c <= 'Z';
    return within(uppers, COUNT_OF(uppers), c);
}

uint32_t utf8_width(uint32_t c) {
    static const Range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                                 {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
                                 {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
    static const Range none[] = {{0x0300, 0x036F}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}};
    if (c < 0x300) return 1;
    if (within(none, COUNT_OF(none), c)) return 0;
    return within(wide, COUNT_OF(wide), c) ? 2 : 1;
}

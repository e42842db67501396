// string.c: UTF-8.
#include "value/value.h"

int32_t utf8_decode(const char *s, uint64_t n, unsigned *bytes) {
    const uint8_t *p = (const uint8_t *)s;
    uint32_t c = p[0];
    *bytes = 1;
    if (c < 0x80)
        return (int32_t)c;
    unsigned len = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (!len || n < len)
        return RUNE_ERROR;
    uint32_t r = c & (0x7fu >> len);
    for (unsigned i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return RUNE_ERROR;
        r = r << 6 | (p[i] & 0x3f);
    }
    if ((len == 3 && (r < 0x800 || (r >= 0xd800 && r <= 0xdfff))) || (len == 4 && (r < 0x10000 || r > RUNE_MAX)))
        return RUNE_ERROR;
    *bytes = len;
    return (int32_t)r;
}

unsigned utf8_encode(char *out, int64_t rune) {
    uint32_t r = rune < 0 || rune > RUNE_MAX || (rune >= 0xd800 && rune <= 0xdfff) ? RUNE_ERROR : (uint32_t)rune;
    if (r < 0x80) {
        out[0] = (char)r;
        return 1;
    }
    if (r < 0x800) {
        out[0] = (char)(0xc0 | r >> 6);
        out[1] = (char)(0x80 | (r & 0x3f));
        return 2;
    }
    if (r < 0x10000) {
        out[0] = (char)(0xe0 | r >> 12);
        out[1] = (char)(0x80 | (r >> 6 & 0x3f));
        out[2] = (char)(0x80 | (r & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | r >> 18);
    out[1] = (char)(0x80 | (r >> 12 & 0x3f));
    out[2] = (char)(0x80 | (r >> 6 & 0x3f));
    out[3] = (char)(0x80 | (r & 0x3f));
    return 4;
}

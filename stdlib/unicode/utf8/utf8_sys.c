// utf8_sys.c: counting and checking UTF-8, a word at a time where it is ASCII. String and slice have pointer and length in the same slots.
#include "internal/numfmt/quote.h"
#include "leaves.h"
#include <string.h>

// ascii_prefix returns how many whole words at p are ASCII, in bytes.
static size_t ascii_prefix(const uint8_t *p, size_t n) {
    size_t i = 0;
    for (uint64_t w; i + 8 <= n; i += 8) {
        memcpy(&w, p + i, 8);
        if (w & 0x8080808080808080u)
            break;
    }
    return i;
}

LeafStatus utf8_count(LeafCtx *cx, Slot *s) {
    const uint8_t *p = (const uint8_t *)s[0];
    size_t n = s[1], i = 0, runes = 0;
    while (i < n) {
        size_t skip = ascii_prefix(p + i, n - i);
        i += skip;
        runes += skip;
        for (int k = 0; k < 8 && i < n; k++, runes++) {
            int width = 1;
            if (p[i] >= 0x80)
                quote_decode(p + i, n - i, &width);
            i += width;
        }
    }
    s[0] = runes;
    return LEAF_DONE;
}

LeafStatus utf8_valid(LeafCtx *cx, Slot *s) {
    const uint8_t *p = (const uint8_t *)s[0];
    size_t n = s[1], i = 0;
    while (i < n) {
        i += ascii_prefix(p + i, n - i);
        for (int k = 0; k < 8 && i < n; k++) {
            int width = 1;
            if (p[i] >= 0x80 && quote_decode(p + i, n - i, &width) == QUOTE_RUNE_ERROR && width == 1) {
                s[0] = 0;
                return LEAF_DONE;
            }
            i += width;
        }
    }
    s[0] = 1;
    return LEAF_DONE;
}

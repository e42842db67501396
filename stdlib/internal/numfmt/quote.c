// quote.c: strings and runes as Go literals.
#include "quote.h"
#include <string.h>

typedef struct RuneRange {
    uint32_t first, last;
} RuneRange;

static const RuneRange printable[] = {
#include "printable.def"
};

uint32_t quote_decode(const uint8_t *s, size_t n, int *width) {
    uint32_t c = s[0];
    *width = 1;
    if (c < 0x80)
        return c;
    int len = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (len == 0 || (size_t)len > n)
        return QUOTE_RUNE_ERROR;
    uint32_t r = c & (0xff >> (len + 1));
    for (int i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return QUOTE_RUNE_ERROR;
        r = r << 6 | (s[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (r < least[len] || r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
        return QUOTE_RUNE_ERROR;
    *width = len;
    return r;
}

int quote_encode(char *out, uint32_t r) {
    if (r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
        r = QUOTE_RUNE_ERROR;
    if (r < 0x80) {
        out[0] = (char)r;
        return 1;
    }
    int len = r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;
    for (int i = len - 1; i > 0; i--, r >>= 6)
        out[i] = (char)(0x80 | (r & 0x3f));
    out[0] = (char)((0xf00 >> len) | r);
    return len;
}

bool quote_is_print(uint32_t r) {
    if (r < 0x7f)
        return r >= ' ';
    size_t lo = 0, hi = sizeof printable / sizeof *printable;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (printable[mid].last < r)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < sizeof printable / sizeof *printable && printable[lo].first <= r;
}

bool quote_is_graphic(uint32_t r) {
    if (quote_is_print(r))
        return true;
    return r == 0xa0 || r == 0x1680 || (r >= 0x2000 && r <= 0x200a) || r == 0x202f || r == 0x205f || r == 0x3000;
}

static char *put_hex(char *p, uint32_t v, int digits) {
    for (int i = digits - 1; i >= 0; i--, v >>= 4)
        p[i] = "0123456789abcdef"[v & 15];
    return p + digits;
}

static char *put_escape(char *p, char letter) {
    *p++ = '\\';
    *p++ = letter;
    return p;
}

static char *put_rune(char *p, uint32_t r, char quote, unsigned flags) {
    if (r == (uint8_t)quote || r == '\\')
        return put_escape(p, (char)r);
    if (r < 0x7f && r >= ' ') {
        *p++ = (char)r;
        return p;
    }
    if (r >= 0x80 && !(flags & QUOTE_ASCII) && (quote_is_print(r) || ((flags & QUOTE_GRAPHIC) && quote_is_graphic(r))))
        return p + quote_encode(p, r);
    switch (r) {
    case '\a': return put_escape(p, 'a');
    case '\b': return put_escape(p, 'b');
    case '\f': return put_escape(p, 'f');
    case '\n': return put_escape(p, 'n');
    case '\r': return put_escape(p, 'r');
    case '\t': return put_escape(p, 't');
    case '\v': return put_escape(p, 'v');
    }
    if (r < ' ' || r == 0x7f)
        return put_hex(put_escape(p, 'x'), r, 2);
    if (r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
        r = QUOTE_RUNE_ERROR;
    if (r < 0x10000)
        return put_hex(put_escape(p, 'u'), r, 4);
    return put_hex(put_escape(p, 'U'), r, 8);
}

size_t quote_string(char *out, const uint8_t *s, size_t n, char quote, unsigned flags) {
    char *p = out;
    *p++ = quote;
    for (size_t i = 0; i < n;) {
        if (s[i] < 0x80) {
            p = put_rune(p, s[i++], quote, flags);
            continue;
        }
        int width;
        uint32_t r = quote_decode(s + i, n - i, &width);
        if (r == QUOTE_RUNE_ERROR && width == 1)
            p = put_hex(put_escape(p, 'x'), s[i], 2);
        else
            p = put_rune(p, r, quote, flags);
        i += (size_t)width;
    }
    *p++ = quote;
    return (size_t)(p - out);
}

int quote_rune(char *out, uint32_t r, unsigned flags) {
    if (r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
        r = QUOTE_RUNE_ERROR;
    char *p = out;
    *p++ = '\'';
    p = put_rune(p, r, '\'', flags);
    *p++ = '\'';
    return (int)(p - out);
}

bool quote_can_backquote(const uint8_t *s, size_t n) {
    for (size_t i = 0; i < n;) {
        int width;
        uint32_t r = quote_decode(s + i, n - i, &width);
        i += (size_t)width;
        if ((r == QUOTE_RUNE_ERROR && width == 1) || r == 0xfeff || r == 0x7f || r == '`' || (r < ' ' && r != '\t'))
            return false;
    }
    return true;
}

// text.c: fmt's padding and its verbs for strings and byte slices.
#include "printer.h"
#include "internal/numfmt/quote.h"
#include <string.h>

char *fmt_room(LeafCtx *cx, Printer *p, size_t n) {
    if ((size_t)(p->cap - p->len) < n) {
        size_t cap = 2 * (size_t)p->cap + n + 64;
        char *buf = leaf_alloc(cx, cap, NULL);
        memcpy(buf, p->buf, (size_t)p->len);
        leaf_store_ptr(cx, (void **)&p->buf, buf);
        p->cap = (int64_t)cap;
    }
    return p->buf + p->len;
}

void fmt_bytes(LeafCtx *cx, Printer *p, const char *s, size_t n) {
    char *out = fmt_room(cx, p, n);
    if (n)
        memcpy(out, s, n);
    p->len += (int64_t)n;
}

void fmt_byte(LeafCtx *cx, Printer *p, char c) {
    *fmt_room(cx, p, 1) = c;
    p->len++;
}

void fmt_text(LeafCtx *cx, Printer *p, const char *s) { fmt_bytes(cx, p, s, strlen(s)); }

static size_t count_runes(const char *s, size_t n) {
    size_t runes = 0;
    for (size_t i = 0; i < n; runes++) {
        int width = 1;
        if ((uint8_t)s[i] >= 0x80)
            quote_decode((const uint8_t *)s + i, n - i, &width);
        i += (size_t)width;
    }
    return runes;
}

static void put_padding(LeafCtx *cx, Printer *p, int64_t n) {
    if (n <= 0)
        return;
    char fill = fmt_flag(p, PF_ZERO) && !fmt_flag(p, PF_MINUS) ? '0' : ' ';
    memset(fmt_room(cx, p, (size_t)n), fill, (size_t)n);
    p->len += n;
}

void fmt_pad(LeafCtx *cx, Printer *p, const char *s, size_t n) {
    if (!fmt_flag(p, PF_WID) || p->wid == 0) {
        fmt_bytes(cx, p, s, n);
        return;
    }
    int64_t pad = p->wid - (int64_t)count_runes(s, n);
    if (!fmt_flag(p, PF_MINUS))
        put_padding(cx, p, pad);
    fmt_bytes(cx, p, s, n);
    if (fmt_flag(p, PF_MINUS))
        put_padding(cx, p, pad);
}

/* truncate_runes shortens s to the precision, counted in runes. */
static size_t truncate_runes(const Printer *p, const char *s, size_t n) {
    if (!fmt_flag(p, PF_PREC))
        return n;
    size_t i = 0;
    for (int64_t runes = 0; i < n && runes < p->prec; runes++) {
        int width;
        quote_decode((const uint8_t *)s + i, n - i, &width);
        i += (size_t)width;
    }
    return i;
}

static void put_quoted(LeafCtx *cx, Printer *p, const char *s, size_t n) {
    n = truncate_runes(p, s, n);
    char small[512];
    size_t room = 4 * n + 2;
    char *out = room <= sizeof small ? small : leaf_alloc(cx, room, NULL);
    size_t len;
    if (fmt_flag(p, PF_SHARP) && quote_can_backquote((const uint8_t *)s, n)) {
        out[0] = out[n + 1] = '`';
        memcpy(out + 1, s, n);
        len = n + 2;
    } else {
        len = quote_string(out, (const uint8_t *)s, n, '"', fmt_flag(p, PF_PLUS) ? QUOTE_ASCII : 0);
    }
    fmt_pad(cx, p, out, len);
}

/* put_hex writes bytes in hexadecimal; ' ' puts spaces between them, '#' a 0x in front (of each, with ' '). */
static void put_hex(LeafCtx *cx, Printer *p, const char *s, size_t n, bool upper) {
    if (fmt_flag(p, PF_PREC) && p->prec < (int64_t)n)
        n = (size_t)p->prec;
    if (n == 0) {
        if (fmt_flag(p, PF_WID))
            put_padding(cx, p, p->wid);
        return;
    }
    bool space = fmt_flag(p, PF_SPACE), sharp = fmt_flag(p, PF_SHARP);
    size_t len = 2 * n;
    if (space)
        len += (sharp ? 2 * n : 0) + n - 1;
    else if (sharp)
        len += 2;
    int64_t pad = fmt_flag(p, PF_WID) ? p->wid - (int64_t)len : 0;
    if (!fmt_flag(p, PF_MINUS))
        put_padding(cx, p, pad);
    char *out = fmt_room(cx, p, len);
    const char *hex = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        if (space && i)
            *out++ = ' ';
        if (sharp && (space || i == 0)) {
            *out++ = '0';
            *out++ = upper ? 'X' : 'x';
        }
        *out++ = hex[(uint8_t)s[i] >> 4];
        *out++ = hex[(uint8_t)s[i] & 15];
    }
    p->len += (int64_t)len;
    if (fmt_flag(p, PF_MINUS))
        put_padding(cx, p, pad);
}

bool fmt_string(LeafCtx *cx, Printer *p, const char *s, size_t n, int64_t verb) {
    switch (verb) {
    case 'v':
        if (fmt_flag(p, PF_SHARPV)) {
            put_quoted(cx, p, s, n);
            return true;
        }
        // fall through
    case 's': fmt_pad(cx, p, s, truncate_runes(p, s, n)); return true;
    case 'x': put_hex(cx, p, s, n, false); return true;
    case 'X': put_hex(cx, p, s, n, true); return true;
    case 'q': put_quoted(cx, p, s, n); return true;
    }
    return false;
}

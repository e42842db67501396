// number.c: fmt's verbs for booleans, numbers and pointers.
#include "printer.h"
#include "internal/numfmt/numfmt.h"
#include "internal/numfmt/quote.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

bool fmt_bool(LeafCtx *cx, Printer *p, bool v, int64_t verb) {
    if (verb != 't' && verb != 'v')
        return false;
    fmt_pad(cx, p, v ? "true" : "false", v ? 4 : 5);
    return true;
}

static void pad_char(LeafCtx *cx, Printer *p, uint64_t v) {
    char out[4];
    fmt_pad(cx, p, out, (size_t)quote_encode(out, v > 0x10ffff ? QUOTE_RUNE_ERROR : (uint32_t)v));
}

static void pad_quoted_char(LeafCtx *cx, Printer *p, uint64_t v) {
    char out[QUOTE_RUNE_MAX];
    uint32_t r = v > 0x10ffff ? QUOTE_RUNE_ERROR : (uint32_t)v;
    fmt_pad(cx, p, out, (size_t)quote_rune(out, r, fmt_flag(p, PF_PLUS) ? QUOTE_ASCII : 0));
}

/* pad_plain is fmt_pad without zero padding. */
static void pad_plain(LeafCtx *cx, Printer *p, const char *s, size_t n) {
    int64_t saved = p->flags;
    p->flags &= ~PF_ZERO;
    fmt_pad(cx, p, s, n);
    p->flags = saved;
}

/* pad_unicode writes U+0041, with '#' followed by the character itself. */
static void pad_unicode(LeafCtx *cx, Printer *p, uint64_t v) {
    char digits[NUMFMT_INT_MAX];
    int n = numfmt_uint(digits, v, 16);
    int64_t want = fmt_flag(p, PF_PREC) && p->prec > 4 ? p->prec : 4;
    int64_t zeros = want > n ? want - n : 0;
    size_t start = (size_t)p->len;
    char *out = fmt_room(cx, p, (size_t)(zeros + n) + 16), *at = out;
    *at++ = 'U';
    *at++ = '+';
    memset(at, '0', (size_t)zeros);
    at += zeros;
    for (int i = 0; i < n; i++)
        *at++ = (char)toupper((unsigned char)digits[i]);
    if (fmt_flag(p, PF_SHARP) && v <= 0x10ffff && quote_is_print((uint32_t)v)) {
        *at++ = ' ';
        *at++ = '\'';
        at += quote_encode(at, (uint32_t)v);
        *at++ = '\'';
    }
    // The text was made behind the output; with a width it is moved by printing it again from a copy.
    size_t len = (size_t)(at - out);
    if (!fmt_flag(p, PF_WID)) {
        p->len = (int64_t)(start + len);
        return;
    }
    char *copy = leaf_alloc(cx, len, NULL);
    memcpy(copy, out, len);
    pad_plain(cx, p, copy, len);
}

/* put_integer writes sign, prefix, zeros and digits, and pads with spaces. */
static void put_integer(LeafCtx *cx, Printer *p, uint64_t v, unsigned base, bool is_signed, int64_t verb) {
    bool negative = is_signed && (int64_t)v < 0;
    if (negative)
        v = -v;
    char digits[NUMFMT_INT_MAX];
    int n = numfmt_uint(digits, v, base);
    int64_t want = 0;
    if (fmt_flag(p, PF_PREC)) {
        want = p->prec;
        if (want == 0 && v == 0) {
            int64_t saved = p->flags;
            p->flags &= ~PF_ZERO;
            fmt_pad(cx, p, "", 0);
            p->flags = saved;
            return;
        }
    } else if (fmt_flag(p, PF_ZERO) && !fmt_flag(p, PF_MINUS) && fmt_flag(p, PF_WID)) {
        want = p->wid;
        if (negative || fmt_flag(p, PF_PLUS | PF_SPACE))
            want--;
    }
    char head[4];
    int nhead = 0;
    if (negative)
        head[nhead++] = '-';
    else if (fmt_flag(p, PF_PLUS))
        head[nhead++] = '+';
    else if (fmt_flag(p, PF_SPACE))
        head[nhead++] = ' ';
    int64_t zeros = want > n ? want - n : 0;
    if (verb == 'O') {
        head[nhead++] = '0';
        head[nhead++] = 'o';
    }
    if (fmt_flag(p, PF_SHARP)) {
        if (base == 2) {
            head[nhead++] = '0';
            head[nhead++] = 'b';
        } else if (base == 8 && zeros == 0 && digits[0] != '0') {
            zeros = 1;
        } else if (base == 16) {
            head[nhead++] = '0';
            head[nhead++] = verb == 'X' ? 'X' : 'x';
        }
    }
    if (verb == 'X')
        for (int i = 0; i < n; i++)
            digits[i] = (char)toupper((unsigned char)digits[i]);
    int64_t all = nhead + zeros + n, pad = fmt_flag(p, PF_WID) && p->wid > all ? p->wid - all : 0;
    char *out = fmt_room(cx, p, (size_t)(all + pad));
    if (!fmt_flag(p, PF_MINUS)) {
        memset(out, ' ', (size_t)pad);
        out += pad;
    }
    memcpy(out, head, (size_t)nhead);
    memset(out + nhead, '0', (size_t)zeros);
    memcpy(out + nhead + zeros, digits, (size_t)n);
    if (fmt_flag(p, PF_MINUS))
        memset(out + all, ' ', (size_t)pad);
    p->len += all + pad;
}

/* put_hex_pointer writes v in hexadecimal, with 0x when asked for and without otherwise. */
static void put_hex_pointer(LeafCtx *cx, Printer *p, uint64_t v, bool prefix) {
    int64_t saved = p->flags;
    p->flags = prefix ? saved | PF_SHARP : saved & ~PF_SHARP;
    put_integer(cx, p, v, 16, false, 'v');
    p->flags = saved;
}

bool fmt_int(LeafCtx *cx, Printer *p, uint64_t v, bool is_signed, int64_t verb) {
    switch (verb) {
    case 'v':
        if (fmt_flag(p, PF_SHARPV) && !is_signed)
            put_hex_pointer(cx, p, v, true);
        else
            put_integer(cx, p, v, 10, is_signed, verb);
        return true;
    case 'd': put_integer(cx, p, v, 10, is_signed, verb); return true;
    case 'b': put_integer(cx, p, v, 2, is_signed, verb); return true;
    case 'o': case 'O': put_integer(cx, p, v, 8, is_signed, verb); return true;
    case 'x': case 'X': put_integer(cx, p, v, 16, is_signed, verb); return true;
    case 'c': pad_char(cx, p, v); return true;
    case 'q': pad_quoted_char(cx, p, v); return true;
    case 'U': pad_unicode(cx, p, v); return true;
    }
    return false;
}

/* sharpen gives a float's text its decimal point and, for 'g' and 'v', the trailing zeros that '#' asks for. text holds a sign and
 * n bytes in all, in a buffer with room; returns the new length. */
static int sharpen(Printer *p, char *text, int n, int64_t verb, int prec) {
    int64_t digits = 0;
    if (verb == 'v' || verb == 'g' || verb == 'G' || verb == 'x') {  // but not X, as in Go
        digits = prec;
        if (digits < 0)
            digits = 6;
    }
    bool hex = verb == 'x' || verb == 'X';
    int point = -1, tail = n;
    bool nonzero = false;
    for (int i = 1; i < n; i++) {
        char c = text[i];
        if (c == '.') {
            point = i;
        } else if ((!hex && (c == 'e' || c == 'E')) || c == 'p' || c == 'P') {
            tail = i;
            break;
        } else {
            if (c != '0')  // the x of 0x counts too
                nonzero = true;
            if (nonzero)  // leading zeros are not significant
                digits--;
        }
    }
    if (point < 0) {
        if (tail == 2 && text[1] == '0')  // the zero of a lone 0 counts
            digits--;
    }
    int64_t add = (point < 0) + (digits > 0 ? digits : 0);
    memmove(text + tail + add, text + tail, (size_t)(n - tail));
    int at = tail;
    if (point < 0)
        text[at++] = '.';
    if (digits > 0)
        memset(text + at, '0', (size_t)digits);
    return n + (int)add;
}

/* put_float writes v under a verb of strconv; prec is used when the format gives none. */
static void put_float(LeafCtx *cx, Printer *p, double v, int bits, int64_t verb, int prec) {
    if (fmt_flag(p, PF_PREC))
        prec = (int)p->prec;
    size_t room = NUMFMT_FLOAT_MAX + (prec > 0 ? 2 * (size_t)prec : 0) + 16;
    char small[NUMFMT_FLOAT_MAX + 200];
    char *text = room <= sizeof small ? small : leaf_alloc(cx, room, NULL);
    int n = numfmt_float(text + 1, v, (char)(verb == 'v' ? 'g' : verb), prec, bits);
    char *num = text;
    if (text[1] == '-' || text[1] == '+') {
        num++;
    } else {
        text[0] = '+';
        n++;
    }
    if (fmt_flag(p, PF_SPACE) && num[0] == '+' && !fmt_flag(p, PF_PLUS))
        num[0] = ' ';
    if (num[1] == 'I' || num[1] == 'N') {
        if (num[1] == 'N' && !fmt_flag(p, PF_SPACE | PF_PLUS)) {
            num++;
            n--;
        } else if (num[0] == '+' && !fmt_flag(p, PF_PLUS) && num[1] == 'I') {
            // an infinity always shows its sign
        }
        pad_plain(cx, p, num, (size_t)n);
        return;
    }
    if (fmt_flag(p, PF_SHARP) && verb != 'b')
        n = sharpen(p, num, n, verb, prec);
    if (fmt_flag(p, PF_PLUS) || num[0] != '+') {
        if (fmt_flag(p, PF_ZERO) && !fmt_flag(p, PF_MINUS) && fmt_flag(p, PF_WID) && p->wid > n) {
            fmt_byte(cx, p, num[0]);
            int64_t zeros = p->wid - n;
            memset(fmt_room(cx, p, (size_t)zeros), '0', (size_t)zeros);
            p->len += zeros;
            fmt_bytes(cx, p, num + 1, (size_t)n - 1);
            return;
        }
        fmt_pad(cx, p, num, (size_t)n);
        return;
    }
    fmt_pad(cx, p, num + 1, (size_t)n - 1);
}

bool fmt_float(LeafCtx *cx, Printer *p, double v, int bits, int64_t verb) {
    switch (verb) {
    case 'v': put_float(cx, p, v, bits, 'v', -1); return true;
    case 'b': case 'g': case 'G': case 'x': case 'X': put_float(cx, p, v, bits, verb, -1); return true;
    case 'f': case 'e': case 'E': put_float(cx, p, v, bits, verb, 6); return true;
    case 'F': put_float(cx, p, v, bits, 'f', 6); return true;
    }
    return false;
}

bool fmt_complex(LeafCtx *cx, Printer *p, double re, double im, int bits, int64_t verb) {
    if (verb <= 0 || verb > 'x' || !strchr("vbgGxXfFeE", (int)verb))
        return false;
    int64_t saved = p->flags;
    fmt_byte(cx, p, '(');
    fmt_float(cx, p, re, bits, verb);
    p->flags |= PF_PLUS;  // the imaginary part always shows its sign
    fmt_float(cx, p, im, bits, verb);
    fmt_text(cx, p, "i)");
    p->flags = saved;
    return true;
}

bool fmt_pointer(LeafCtx *cx, Printer *p, uint64_t u, const TypeDesc *t, int64_t verb) {
    switch (verb) {
    case 'v':
        if (fmt_flag(p, PF_SHARPV)) {
            fmt_byte(cx, p, '(');
            fmt_bytes(cx, p, t->string.data, t->string.len);
            fmt_text(cx, p, ")(");
            if (u == 0)
                fmt_text(cx, p, "nil");
            else
                put_hex_pointer(cx, p, u, true);
            fmt_byte(cx, p, ')');
        } else if (u == 0) {
            fmt_pad(cx, p, "<nil>", 5);
        } else {
            put_hex_pointer(cx, p, u, !fmt_flag(p, PF_SHARP));
        }
        return true;
    case 'p': put_hex_pointer(cx, p, u, !fmt_flag(p, PF_SHARP)); return true;
    case 'b': case 'o': case 'd': case 'x': case 'X': return fmt_int(cx, p, u, false, verb);
    }
    return false;
}

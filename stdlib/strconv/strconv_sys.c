/* strconv_sys.c: numbers and quoted strings to text and back.
 *
 * Formatting is internal/numfmt's. Integers are read here. Floating-point numbers are scanned here by Go's rules (underscores, hexadecimal
 * mantissas, names); a value with few digits is one exact operation on two exact floats, all else is written out again
 * without a point and given to strtod, which rounds correctly and needs no locale for such a text. */
#include "internal/numfmt/numfmt.h"
#include "internal/numfmt/quote.h"
#include "leafutil.h"
#include <math.h>
#include <stdlib.h>

enum { FAULT_NONE, FAULT_SYNTAX, FAULT_RANGE, FAULT_BASE, FAULT_BITS };

/* --- to text --- */

LeafStatus strconv_itoa(LeafCtx *cx, Slot *s) {
    char buf[NUMFMT_INT_MAX];
    leaf_string(cx, s, buf, numfmt_int(buf, (int64_t)s[0], 10));
    return LEAF_DONE;
}

LeafStatus strconv_format_int(LeafCtx *cx, Slot *s) {
    char buf[NUMFMT_INT_MAX];
    leaf_string(cx, s, buf, numfmt_int(buf, (int64_t)s[0], (unsigned)s[1]));
    return LEAF_DONE;
}

LeafStatus strconv_format_uint(LeafCtx *cx, Slot *s) {
    char buf[NUMFMT_INT_MAX];
    leaf_string(cx, s, buf, numfmt_uint(buf, s[0], (unsigned)s[1]));
    return LEAF_DONE;
}

LeafStatus strconv_append_int(LeafCtx *cx, Slot *s) {
    char buf[NUMFMT_INT_MAX];
    leaf_append(cx, s, buf, numfmt_int(buf, (int64_t)s[3], (unsigned)s[4]));
    return LEAF_DONE;
}

LeafStatus strconv_append_uint(LeafCtx *cx, Slot *s) {
    char buf[NUMFMT_INT_MAX];
    leaf_append(cx, s, buf, numfmt_uint(buf, s[3], (unsigned)s[4]));
    return LEAF_DONE;
}

enum { PREC_MAX = 1 << 20 };

// float_text formats the float, format, precision and size in a[0..3] into buf, or into heap memory when it is too short.
static const char *float_text(LeafCtx *cx, const Slot *a, char *buf, size_t room, int *n) {
    int64_t prec = (int64_t)a[2];
    if (prec < 0)
        prec = NUMFMT_SHORTEST;
    if (prec > PREC_MAX)
        prec = PREC_MAX;
    if (prec > 0 && (size_t)prec + NUMFMT_FLOAT_MAX > room)
        buf = leaf_alloc(cx, (size_t)prec + NUMFMT_FLOAT_MAX, NULL);
    double v = a[3] == 32 ? (float)slot_f64(a[0]) : slot_f64(a[0]);
    *n = numfmt_float(buf, v, (char)a[1], (int)prec, (int)a[3]);
    return buf;
}

LeafStatus strconv_format_float(LeafCtx *cx, Slot *s) {
    char buf[1024];
    int n;
    const char *text = float_text(cx, s, buf, sizeof buf, &n);
    leaf_string(cx, s, text, n);
    return LEAF_DONE;
}

LeafStatus strconv_append_float(LeafCtx *cx, Slot *s) {
    char buf[1024];
    int n;
    const char *text = float_text(cx, s + 3, buf, sizeof buf, &n);
    leaf_append(cx, s, text, n);
    return LEAF_DONE;
}

LeafStatus strconv_quote(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    char buf[1024], *out = buf;
    if (4 * in.n + 2 > sizeof buf)
        out = leaf_alloc(cx, 4 * in.n + 2, NULL);
    size_t n = quote_string(out, in.p, in.n, '"', (unsigned)s[2]);
    leaf_string(cx, s, out, n);
    return LEAF_DONE;
}

LeafStatus strconv_append_quote(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s + 3);
    leaf_grow(cx, s, 4 * in.n + 2);
    s[1] += quote_string((char *)s[0] + s[1], in.p, in.n, '"', (unsigned)s[5]);
    return LEAF_DONE;
}

LeafStatus strconv_quote_rune(LeafCtx *cx, Slot *s) {
    char buf[QUOTE_RUNE_MAX];
    leaf_string(cx, s, buf, quote_rune(buf, (uint32_t)s[0], (unsigned)s[1]));
    return LEAF_DONE;
}

LeafStatus strconv_can_backquote(LeafCtx *cx, Slot *s) {
    s[0] = quote_can_backquote((const uint8_t *)s[0], s[1]);
    return LEAF_DONE;
}

LeafStatus strconv_is_print(LeafCtx *cx, Slot *s) {
    s[0] = quote_is_print((uint32_t)s[0]);
    return LEAF_DONE;
}

LeafStatus strconv_is_graphic(LeafCtx *cx, Slot *s) {
    s[0] = quote_is_graphic((uint32_t)s[0]);
    return LEAF_DONE;
}

/* --- integers from text --- */

static int lower(int c) { return c | 0x20; }

// digit_value returns what c counts as a digit of base 36, 99 for other characters.
static unsigned digit_value(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    int l = lower(c);
    return l >= 'a' && l <= 'z' ? (unsigned)(l - 'a' + 10) : 99;
}

/* underscores_ok checks that every underscore stands between two digits, where a base prefix counts as a digit. */
static bool underscores_ok(const uint8_t *p, size_t n) {
    size_t i = 0;
    bool digit = false, hex = false;  // digit: the character before i was one
    if (n && (*p == '+' || *p == '-'))
        i++;
    if (n - i >= 2 && p[i] == '0' && (lower(p[i + 1]) == 'b' || lower(p[i + 1]) == 'o' || lower(p[i + 1]) == 'x')) {
        hex = lower(p[i + 1]) == 'x';
        digit = true;
        i += 2;
    }
    for (bool under = false; i < n || under; i++) {
        if (i == n)
            return false;
        bool is_digit = digit_value(p[i]) < (hex ? 16u : 10u);
        if (p[i] == '_') {
            if (!digit)
                return false;
        } else if (under && !is_digit) {
            return false;
        }
        under = p[i] == '_';
        digit = is_digit;
    }
    return true;
}

static int parse_uint(LeafBytes in, int64_t base, int64_t bits, uint64_t *value) {
    const uint8_t *p = in.p;
    size_t n = in.n, i = 0;
    bool by_prefix = base == 0, under = false;
    *value = 0;
    if (n == 0)
        return FAULT_SYNTAX;
    if (by_prefix) {
        base = 10;
        if (p[0] == '0') {
            int l = n >= 3 ? lower(p[1]) : 0;
            base = l == 'b' ? 2 : l == 'x' ? 16 : 8;
            i = l == 'b' || l == 'o' || l == 'x' ? 2 : 1;
        }
    } else if (base < 2 || base > 36) {
        return FAULT_BASE;
    }
    if (bits == 0)
        bits = 64;
    else if (bits < 0 || bits > 64)
        return FAULT_BITS;
    uint64_t limit = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1, v = 0;
    for (; i < n; i++) {
        if (p[i] == '_' && by_prefix) {
            under = true;
            continue;
        }
        unsigned d = digit_value(p[i]);
        if (d >= (uint64_t)base)
            return FAULT_SYNTAX;
        if (__builtin_mul_overflow(v, (uint64_t)base, &v) || __builtin_add_overflow(v, (uint64_t)d, &v) || v > limit) {
            *value = limit;
            return FAULT_RANGE;
        }
    }
    if (under && !underscores_ok(p, n))
        return FAULT_SYNTAX;
    *value = v;
    return FAULT_NONE;
}

LeafStatus strconv_parse_uint(LeafCtx *cx, Slot *s) {
    uint64_t v;
    s[1] = parse_uint(leaf_bytes(s), (int64_t)s[2], (int64_t)s[3], &v);
    s[0] = v;
    return LEAF_DONE;
}

LeafStatus strconv_parse_int(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    int64_t bits = (int64_t)s[3];
    bool minus = in.n && *in.p == '-';
    if (minus || (in.n && *in.p == '+')) {
        in.p++;
        in.n--;
    }
    uint64_t v, limit;
    int fault = parse_uint(in, (int64_t)s[2], bits, &v);
    if (fault == FAULT_NONE || fault == FAULT_RANGE) {
        limit = (uint64_t)1 << ((bits ? bits : 64) - 1);  // of negative numbers; one less for the others
        if (v > limit - !minus) {
            v = limit - !minus;
            fault = FAULT_RANGE;
        } else {
            fault = FAULT_NONE;
        }
        if (minus)
            v = -v;
    }
    s[0] = v;
    s[1] = fault;
    return LEAF_DONE;
}

/* --- floating-point numbers from text --- */

// Digits kept of a mantissa: more than the 768 that can decide the rounding of a double, and one for "something follows".
enum { MANT_MAX = 800 };

typedef struct Mantissa {
    char digits[MANT_MAX + 1];  // without leading zeros
    int n;
    int64_t scale;              // the value is digits * base^scale
    bool hex, minus;
    int64_t exp;                // what was written as exponent
} Mantissa;

// name_length returns how many bytes at p spell inf, infinity or nan, 0 if none do.
static size_t name_length(LeafBytes in, bool *nan) {
    static const char inf[] = "infinity", not_a_number[] = "nan";
    size_t k = 0;
    *nan = in.n && lower(*in.p) == 'n';
    const char *name = *nan ? not_a_number : inf;
    while (k < in.n && name[k] && lower(in.p[k]) == name[k])
        k++;
    return k == 8 ? 8 : k >= 3 ? 3 : 0;
}

/* scan_number reads a number at the start of in by Go's rules and returns its length, 0 when there is none. */
static size_t scan_number(LeafBytes in, Mantissa *m) {
    const uint8_t *p = in.p;
    size_t n = in.n, i = 0;
    bool digits = false, point = false, under = false;
    m->n = 0;
    m->scale = m->exp = 0;
    m->hex = m->minus = false;
    if (i < n && (p[i] == '+' || p[i] == '-'))
        m->minus = p[i++] == '-';
    if (n - i > 2 && p[i] == '0' && lower(p[i + 1]) == 'x') {
        m->hex = true;
        i += 2;
    }
    for (; i < n; i++) {
        uint8_t c = p[i];
        if (c == '_') {
            under = true;
            continue;
        }
        if (c == '.') {
            if (point)
                break;
            point = true;
            continue;
        }
        if (digit_value(c) >= (m->hex ? 16u : 10u))
            break;
        digits = true;
        if (c == '0' && m->n == 0) {
            m->scale -= point;
        } else if (m->n < MANT_MAX) {
            m->digits[m->n++] = (char)c;
            m->scale -= point;
        } else {
            m->scale += !point;
            if (c != '0')
                m->digits[MANT_MAX - 1] = '1';  // a digit that far only tells that the value is above the rest
        }
    }
    if (!digits)
        return 0;
    if (i < n && lower(p[i]) == (m->hex ? 'p' : 'e')) {
        i++;
        bool minus = false;
        if (i < n && (p[i] == '+' || p[i] == '-'))
            minus = p[i++] == '-';
        if (i >= n || p[i] < '0' || p[i] > '9')
            return 0;
        for (; i < n && ((p[i] >= '0' && p[i] <= '9') || p[i] == '_'); i++) {
            if (p[i] == '_')
                under = true;
            else if (m->exp < 10000)
                m->exp = m->exp * 10 + p[i] - '0';
        }
        if (minus)
            m->exp = -m->exp;
    } else if (m->hex) {
        return 0;
    }
    if (under && !underscores_ok(p, i))
        return 0;
    return i;
}

static const double pow10_exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* quick_value handles what is exact: an integer of at most 15 digits (7 for float32), times or divided by an exact power of ten. */
static bool quick_value(const Mantissa *m, int bits, double *value) {
    int64_t e = m->scale + m->exp;
    if (m->hex || m->n > (bits == 32 ? 7 : 15) || e > (bits == 32 ? 10 : 22) || e < (bits == 32 ? -10 : -22))
        return false;
    int64_t v = 0;
    for (int i = 0; i < m->n; i++)
        v = v * 10 + m->digits[i] - '0';
    double x = (double)v;
    if (bits == 32)
        *value = e < 0 ? (float)x / (float)pow10_exact[-e] : (float)x * (float)pow10_exact[e];
    else
        *value = e < 0 ? x / pow10_exact[-e] : x * pow10_exact[e];
    return true;
}

static double slow_value(const Mantissa *m, int bits) {
    char text[MANT_MAX + 40];
    int n = 0;
    if (m->hex) {
        text[n++] = '0';
        text[n++] = 'x';
    }
    memcpy(text + n, m->digits, m->n);
    n += m->n;
    text[n++] = m->hex ? 'p' : 'e';
    int64_t e = (m->hex ? 4 * m->scale : m->scale) + m->exp;
    if (e < 0)
        text[n++] = '-';
    n += numfmt_uint(text + n, e < 0 ? -(uint64_t)e : (uint64_t)e, 10);
    text[n] = 0;
    return bits == 32 ? strtof(text, NULL) : strtod(text, NULL);
}

LeafStatus strconv_parse_float(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    int bits = (int64_t)s[2] == 32 ? 32 : 64;
    double value = 0;
    int fault = FAULT_NONE;
    bool nan, sign = in.n && (*in.p == '+' || *in.p == '-');
    size_t width = name_length((LeafBytes){in.p + sign, in.n - sign}, &nan);
    if (width && !(nan && sign)) {
        width += sign;
        value = nan ? NAN : *in.p == '-' ? -INFINITY : INFINITY;
    } else {
        Mantissa m;
        width = scan_number(in, &m);
        if (!width)
            fault = FAULT_SYNTAX;
        else if (m.n && !quick_value(&m, bits, &value))
            value = slow_value(&m, bits);
        if (isinf(value))
            fault = FAULT_RANGE;
        if (width && m.minus)
            value = -value;
    }
    // Go's NaN has its lowest bit set, which a float32 can't hold.
    s[0] = isnan(value) ? 0x7ff8000000000000 | (bits == 64) : f64_slot(value);
    s[1] = width;
    s[2] = fault;
    return LEAF_DONE;
}

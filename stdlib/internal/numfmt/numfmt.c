/* numfmt.c: integers and floating-point numbers to text.
 *
 * Shortest digits follow R. Giulietti, "The Schubfach way to render doubles" (2020): the rounding interval of the value is scaled by
 * a power of ten, kept to 128 bits and rounded to odd, so that comparing integers decides which of at most four candidates
 * is inside and nearest. It is exact, and quicker than trying precisions.
 * A given number of digits is the C library's work: printf rounds the exact binary value to nearest, ties to even, as Go does. */
#include "numfmt.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "pow10.h"

static const char two_digits[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                 "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                 "8081828384858687888990919293949596979899";

int numfmt_uint(char *out, uint64_t v, unsigned base) {
    char tmp[NUMFMT_INT_MAX];
    char *p = tmp + sizeof tmp;
    if (base == 10) {
        while (v >= 100) {
            p -= 2;
            memcpy(p, two_digits + v % 100 * 2, 2);
            v /= 100;
        }
        if (v >= 10) {
            p -= 2;
            memcpy(p, two_digits + v * 2, 2);
        } else {
            *--p = (char)('0' + v);
        }
    } else {
        do {
            *--p = "0123456789abcdefghijklmnopqrstuvwxyz"[v % base];
            v /= base;
        } while (v);
    }
    int n = (int)(tmp + sizeof tmp - p);
    memcpy(out, p, (size_t)n);
    return n;
}

int numfmt_int(char *out, int64_t v, unsigned base) {
    if (v >= 0)
        return numfmt_uint(out, (uint64_t)v, base);
    *out = '-';
    return 1 + numfmt_uint(out + 1, -(uint64_t)v, base);
}

/* A binary floating-point number taken apart: value = c * 2^q. `narrow` says that the lower neighbour is nearer than the upper. */
typedef struct Binary {
    uint64_t c;
    int q;
    bool narrow;
} Binary;

static Binary take_apart(double v, int bits) {
    Binary b = {0};
    if (bits == 32) {
        float f = (float)v;
        uint32_t u;
        memcpy(&u, &f, 4);
        uint32_t frac = u & 0x7fffff, exp = u >> 23 & 0xff;
        b.c = exp ? frac | 0x800000 : frac;
        b.q = (exp ? (int)exp : 1) - 150;
        b.narrow = frac == 0 && exp > 1;
    } else {
        uint64_t u;
        memcpy(&u, &v, 8);
        uint64_t frac = u & 0xfffffffffffff;
        int exp = (int)(u >> 52 & 0x7ff);
        b.c = exp ? frac | 1ULL << 52 : frac;
        b.q = (exp ? exp : 1) - 1075;
        b.narrow = frac == 0 && exp > 1;
    }
    return b;
}

/* Integer logarithms by multiplication, exact for the exponents that occur here. */
static int floor_log10_pow2(int e) { return (int)(((int64_t)e * 1262611) >> 22); }
static int floor_log10_three_quarters_pow2(int e) { return (int)(((int64_t)e * 1262611 - 524031) >> 22); }
static int floor_log2_pow10(int e) { return (int)(((int64_t)e * 1741647) >> 19); }

/* scale_to_odd returns floor(g * c / 2^128), the last bit set when bits were lost ("round to odd"). */
static uint64_t scale_to_odd(const uint64_t g[2], uint64_t c) {
    unsigned __int128 low = (unsigned __int128)g[1] * c;
    unsigned __int128 high = (unsigned __int128)g[0] * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

void numfmt_shortest(NumfmtDecimal *d, double v, int bits) {
    Binary b = take_apart(v, bits);
    d->n = d->dp = 0;
    if (b.c == 0)
        return;
    bool odd = b.c & 1;
    int k = b.narrow ? floor_log10_three_quarters_pow2(b.q) : floor_log10_pow2(b.q);
    int h = b.q + floor_log2_pow10(-k) + 1;
    const uint64_t *g = pow10_table[-k - POW10_MIN];
    // In units of 10^k / 4: the value and the ends of the interval that reads back as the value. The ends belong to it when c is even.
    uint64_t lower = scale_to_odd(g, (4 * b.c - 2 + b.narrow) << h) + odd;
    uint64_t at = scale_to_odd(g, (4 * b.c) << h);
    uint64_t upper = scale_to_odd(g, (4 * b.c + 2) << h) - odd;
    uint64_t s = at / 4;
    bool found = false;
    if (s >= 10) {  // one digit less, when exactly one such number lies in the interval
        uint64_t tens = s / 10;
        bool below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
        if (below != above) {
            s = tens + above;
            k++;
            found = true;
        }
    }
    if (!found) {
        bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
        if (below != above)
            s += above;
        else
            s += at > 4 * s + 2 || (at == 4 * s + 2 && ((s & 1) || (b.narrow && bits == 32)));
    }
    d->n = numfmt_uint(d->digits, s, 10);
    d->dp = d->n + k;
    while (d->n > 0 && d->digits[d->n - 1] == '0')
        d->n--;
}

static int put_exponent(char *out, char letter, int e) {
    char *p = out;
    *p++ = letter;
    *p++ = e < 0 ? '-' : '+';
    unsigned u = e < 0 ? -(unsigned)e : (unsigned)e;
    if (u < 10)
        *p++ = '0';
    return (int)(p - out) + numfmt_uint(p, u, 10);
}

static int put_scientific(char *out, const NumfmtDecimal *d, char letter) {
    char *p = out;
    *p++ = d->n ? d->digits[0] : '0';
    if (d->n > 1) {
        *p++ = '.';
        memcpy(p, d->digits + 1, (size_t)d->n - 1);
        p += d->n - 1;
    }
    return (int)(p - out) + put_exponent(p, letter, d->n ? d->dp - 1 : 0);
}

static int put_plain(char *out, const NumfmtDecimal *d) {
    char *p = out;
    int whole = d->dp < d->n ? d->dp : d->n;  // digits before the point that we have
    if (d->dp > 0) {
        memcpy(p, d->digits, (size_t)whole);
        memset(p + whole, '0', (size_t)(d->dp - whole));
        p += d->dp;
    } else {
        *p++ = '0';
        whole = 0;
    }
    if (d->n > whole) {
        *p++ = '.';
        for (int i = d->dp; i < 0; i++)
            *p++ = '0';
        memcpy(p, d->digits + whole, (size_t)(d->n - whole));
        p += d->n - whole;
    }
    return (int)(p - out);
}

static int float_shortest(char *out, double v, char verb, int bits) {
    NumfmtDecimal d;
    numfmt_shortest(&d, v, bits);
    char *p = out;
    if (signbit(v))
        *p++ = '-';
    if (verb == 'f')
        return (int)(p - out) + put_plain(p, &d);
    if (verb == 'e' || verb == 'E')
        return (int)(p - out) + put_scientific(p, &d, verb);
    int exp = d.n ? d.dp - 1 : 0;
    if (exp < -4 || exp >= 6)  // as if the precision were 6, however many digits there are
        return (int)(p - out) + put_scientific(p, &d, verb == 'g' ? 'e' : 'E');
    return (int)(p - out) + put_plain(p, &d);
}

/* float_binary writes mantissa and exponent of two: "4503599627370496p-52". */
static int float_binary(char *out, double v, int bits) {
    Binary b = take_apart(v, bits);
    char *p = out;
    if (signbit(v))
        *p++ = '-';
    p += numfmt_uint(p, b.c, 10);
    *p++ = 'p';
    if (b.q >= 0)
        *p++ = '+';
    return (int)(p - out) + numfmt_int(p, b.q, 10);
}

/* float_hex writes "0x1.8p+01". The leading digit is 1 for every number but zero. */
static int float_hex(char *out, double v, bool upper, int prec, int bits) {
    Binary b = take_apart(v, bits);
    uint64_t mant = b.c;
    int exp = 0;
    if (mant) {  // leading one to bit 60, so that 15 hexadecimal digits follow it
        int shift = __builtin_clzll(mant) - 3;
        mant <<= shift;
        exp = b.q + 60 - shift;
    }
    if (prec >= 0 && prec < 15) {
        int drop = (15 - prec) * 4;
        uint64_t rest = mant & ((1ULL << drop) - 1), half = 1ULL << (drop - 1);
        mant >>= drop;
        if (rest > half || (rest == half && (mant & 1)))
            mant++;
        mant <<= drop;
        if (mant >> 61) {
            mant >>= 1;
            exp++;
        }
    }
    const char *hex = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char *p = out;
    if (signbit(v))
        *p++ = '-';
    *p++ = '0';
    *p++ = upper ? 'X' : 'x';
    *p++ = (char)('0' + (mant >> 60 & 1));
    mant = mant << 4;
    if (prec > 0 || (prec < 0 && mant)) {
        *p++ = '.';
        for (int i = 0; prec < 0 ? mant != 0 : i < prec; i++) {
            *p++ = hex[mant >> 60];
            mant <<= 4;
        }
    }
    return (int)(p - out) + put_exponent(p, upper ? 'P' : 'p', exp);
}

/* float_fixed writes v with prec decimals when v * 10^prec fits 64 bits; 0 when it doesn't. The product with the mantissa is exact in 128 bits, so
 * the bits shifted out decide the rounding: to nearest, ties to even. */
static int float_fixed(char *out, double v, int prec) {
    static const uint64_t powers[] = {1,      10,      100,      1000,      10000,      100000,
                                      1000000, 10000000, 100000000, 1000000000, 10000000000};
    if (prec >= (int)(sizeof powers / sizeof *powers))
        return 0;
    Binary b = take_apart(v, 64);
    if (b.q > 0 || b.q < -110)
        return 0;
    unsigned __int128 product = (unsigned __int128)b.c * powers[prec];
    unsigned __int128 whole = product >> -b.q, rest = product - (whole << -b.q);
    if (whole >> 63)
        return 0;
    if (b.q < 0) {
        unsigned __int128 half = (unsigned __int128)1 << (-b.q - 1);
        whole += rest > half || (rest == half && (whole & 1));
    }
    char *p = out;
    if (signbit(v))
        *p++ = '-';
    char digits[NUMFMT_INT_MAX];
    int n = numfmt_uint(digits, (uint64_t)whole, 10), zeros = n <= prec ? prec + 1 - n : 0;
    char all[2 * NUMFMT_INT_MAX];  // at least one digit before the point
    memset(all, '0', (size_t)zeros);
    memcpy(all + zeros, digits, (size_t)n);
    n += zeros;
    memcpy(p, all, (size_t)(n - prec));
    p += n - prec;
    if (prec > 0) {
        *p++ = '.';
        memcpy(p, all + n - prec, (size_t)prec);
        p += prec;
    }
    return (int)(p - out);
}

int numfmt_float(char *out, double v, char verb, int prec, int bits) {
    if (isnan(v) || isinf(v)) {
        memcpy(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf", isnan(v) ? 3 : 4);
        return isnan(v) ? 3 : 4;
    }
    if (bits == 32)
        v = (float)v;
    switch (verb) {
    case 'b': return float_binary(out, v, bits);
    case 'x': case 'X': return float_hex(out, v, verb == 'X', prec, bits);
    case 'e': case 'E': case 'f': case 'g': case 'G': break;
    default:
        out[0] = '%';
        out[1] = verb;
        return 2;
    }
    if (prec < 0)
        return float_shortest(out, v, verb, bits);
    if (verb == 'f') {
        int n = float_fixed(out, v, prec);
        if (n)
            return n;
    }
    const char format[] = {'%', '.', '*', verb, 0};  // snprintf adds a NUL, for which NUMFMT_FLOAT_MAX has room
    return snprintf(out, (size_t)NUMFMT_FLOAT_MAX + (size_t)prec, format, prec, v);
}

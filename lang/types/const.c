/* const.c: exact constants, and the only file of lang that knows GMP.
 *
 * Representations
 *   An integer is an int64 when it fits (SMALL), else sign and limbs copied into the arena (BIG). Never BIG when SMALL would do.
 *   A float is a reduced fraction of two integers (RAT) while both stay below RAT_BITS bits, else mantissa * 2^exp with at most
 *   FLOAT_BITS bits of mantissa, rounded to nearest even by us (BIGF). Fractions are exact, so 0.1+0.2 == 0.3.
 *   A string is flat, or a pair of strings not yet joined (ROPE), so that a long chain of + is not quadratic.
 *
 * GMP's own memory never outlives a function here: results are copied, scratch numbers are cleared. Only mpz functions
 * that mini-gmp also has are used. */
#include "types/const.h"
#include "vec.h"
#include "utf8.h"
#include <gmp.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

enum { RAT_BITS = 4096, FLOAT_BITS = 512, GUARD_BITS = 64, MAX_EXP10 = 1000000000 };

enum { REP_SMALL, REP_BIG, REP_RAT, REP_BIGF, REP_FLAT, REP_ROPE, REP_OTHER };

struct Const {
    uint8_t kind, rep;
    bool b;        // CONST_BOOL
    bool neg;      // BIG
    uint32_t nlimbs;
    union {
        int64_t i;
        const mp_limb_t *limbs;
        struct {
            const Const *x, *y;  // RAT: numerator, denominator > 0; BIGF: x mantissa; COMPLEX: parts; ROPE: halves
            int64_t exp;         // BIGF
            size_t rope_len;
        };
        struct {
            const char *text;
            size_t len;
        };
    };
};

static const Const unknown_const = {.kind = CONST_UNKNOWN, .rep = REP_OTHER};
static const Const true_const = {.kind = CONST_BOOL, .rep = REP_OTHER, .b = true};
static const Const false_const = {.kind = CONST_BOOL, .rep = REP_OTHER, .b = false};
static const Const zero_const = {.kind = CONST_INT, .rep = REP_SMALL, .i = 0};
static const Const one_const = {.kind = CONST_INT, .rep = REP_SMALL, .i = 1};

ConstKind const_kind(const Const *v) { return v->kind; }
const Const *const_unknown(void) { return &unknown_const; }
const Const *const_bool(bool b) { return b ? &true_const : &false_const; }

static Const *new_const(Arena *a, ConstKind kind, int rep) {
    Const *v = ARENA_NEW(a, Const);
    v->kind = kind;
    v->rep = rep;
    return v;
}

/* ---- integers ---- */

const Const *const_int(Arena *a, int64_t i) {
    if (i == 0) return &zero_const;
    if (i == 1) return &one_const;
    Const *v = new_const(a, CONST_INT, REP_SMALL);
    v->i = i;
    return v;
}

/* A View shows an integer Const to GMP without copying limbs. */
typedef struct View {
    mpz_t z;
    mp_limb_t limb;
} View;

static mpz_srcptr view(const Const *v, View *w) {
    if (v->rep == REP_SMALL) {
        w->limb = v->i < 0 ? -(uint64_t)v->i : (uint64_t)v->i;
        return mpz_roinit_n(w->z, &w->limb, v->i == 0 ? 0 : v->i < 0 ? -1 : 1);
    }
    return mpz_roinit_n(w->z, v->limbs, v->neg ? -(mp_size_t)v->nlimbs : (mp_size_t)v->nlimbs);
}

static const Const *from_mpz(Arena *a, mpz_srcptr z) {
    size_t n = mpz_size(z);
    if (n == 0) return &zero_const;
    uint64_t low = mpz_getlimbn(z, 0);
    if (n == 1 && mpz_sgn(z) > 0 && low <= INT64_MAX) return const_int(a, (int64_t)low);
    if (n == 1 && mpz_sgn(z) < 0 && low <= (uint64_t)INT64_MAX + 1) return const_int(a, (int64_t)-low);
    Const *v = new_const(a, CONST_INT, REP_BIG);
    mp_limb_t *limbs = ARENA_ARRAY(a, mp_limb_t, n);
    memcpy(limbs, mpz_limbs_read(z), n * sizeof *limbs);
    v->limbs = limbs;
    v->nlimbs = (uint32_t)n;
    v->neg = mpz_sgn(z) < 0;
    return v;
}

static const Const *from_mpz_clear(Arena *a, mpz_ptr z) {
    const Const *v = from_mpz(a, z);
    mpz_clear(z);
    return v;
}

const Const *const_uint(Arena *a, uint64_t u) {
    if (u <= INT64_MAX) return const_int(a, (int64_t)u);
    Const *v = new_const(a, CONST_INT, REP_BIG);
    mp_limb_t *limb = ARENA_NEW(a, mp_limb_t);
    *limb = u;
    v->limbs = limb;
    v->nlimbs = 1;
    return v;
}

static int mpz_bits(mpz_srcptr z) { return mpz_sgn(z) == 0 ? 0 : (int)mpz_sizeinbase(z, 2); }

int const_bitlen(const Const *v) {
    if (v->kind != CONST_INT) return 0;
    View w;
    return mpz_bits(view(v, &w));
}

/* ---- floats ---- */

static const Const *make_bigf(Arena *a, mpz_srcptr mant, int64_t exp) {
    Const *v = new_const(a, CONST_FLOAT, REP_BIGF);
    v->x = from_mpz(a, mant);
    v->exp = mpz_sgn(mant) == 0 ? 0 : exp;
    return v;
}

/* round_bits rounds |m| * 2^exp to at most `bits` bits, to nearest even; sticky: something non-zero was cut off below. */
static void round_bits(mpz_ptr m, int64_t *exp, bool sticky, int bits) {
    int cut = mpz_bits(m) - bits;
    if (cut <= 0) return;
    bool neg = mpz_sgn(m) < 0;
    mpz_abs(m, m);
    bool half = mpz_tstbit(m, cut - 1);
    if (cut > 1 && !sticky) sticky = mpz_scan1(m, 0) < (mp_bitcnt_t)(cut - 1);
    mpz_fdiv_q_2exp(m, m, cut);
    *exp += cut;
    if (half && (sticky || mpz_odd_p(m))) mpz_add_ui(m, m, 1);
    if (neg) mpz_neg(m, m);
}

static const Const *round_bigf(Arena *a, mpz_ptr m, int64_t exp, bool sticky) {
    round_bits(m, &exp, sticky, FLOAT_BITS);
    if (mpz_sgn(m) != 0) {
        mp_bitcnt_t zeros = mpz_scan1(m, 0);
        mpz_tdiv_q_2exp(m, m, zeros);
        exp += (int64_t)zeros;
        if (exp > INT32_MAX) return &unknown_const;
        if (exp < INT32_MIN) mpz_set_ui(m, 0);
    }
    return make_bigf(a, m, exp);
}

/* quotient_bigf is num / den as BIGF. */
static const Const *quotient_bigf(Arena *a, mpz_srcptr num, mpz_srcptr den, int64_t exp) {
    mpz_t q, r;
    mpz_init(q);
    mpz_init(r);
    int64_t shift = FLOAT_BITS + 2 + mpz_bits(den) - mpz_bits(num);
    if (shift < 0) shift = 0;
    mpz_mul_2exp(q, num, (mp_bitcnt_t)shift);
    mpz_tdiv_qr(q, r, q, den);
    const Const *v = round_bigf(a, q, exp - shift, mpz_sgn(r) != 0);
    mpz_clear(q);
    mpz_clear(r);
    return v;
}

/* make_rat reduces num/den; both become garbage. Falls back to BIGF when it grows too big. */
static const Const *make_rat(Arena *a, mpz_ptr num, mpz_ptr den) {
    mpz_t g;
    mpz_init(g);
    mpz_gcd(g, num, den);
    if (mpz_cmp_ui(g, 1) > 0) {
        mpz_divexact(num, num, g);
        mpz_divexact(den, den, g);
    }
    mpz_clear(g);
    if (mpz_sgn(den) < 0) {
        mpz_neg(num, num);
        mpz_neg(den, den);
    }
    if (mpz_bits(num) >= RAT_BITS || mpz_bits(den) >= RAT_BITS) return quotient_bigf(a, num, den, 0);
    Const *v = new_const(a, CONST_FLOAT, REP_RAT);
    v->x = from_mpz(a, num);
    v->y = from_mpz(a, den);
    return v;
}

static const Const *int_to_float(Arena *a, const Const *v) {
    View w;
    mpz_srcptr z = view(v, &w);
    if (mpz_bits(z) >= RAT_BITS) {
        mpz_t m;
        mpz_init_set(m, z);
        const Const *f = round_bigf(a, m, 0, false);
        mpz_clear(m);
        return f;
    }
    Const *f = new_const(a, CONST_FLOAT, REP_RAT);
    f->x = v;
    f->y = &one_const;
    return f;
}

static const Const *rat_to_bigf(Arena *a, const Const *v) {
    if (v->rep == REP_BIGF) return v;
    View n, d;
    return quotient_bigf(a, view(v->x, &n), view(v->y, &d), 0);
}

const Const *const_from_double(Arena *a, double d) {
    int e;
    double m = frexp(d, &e);
    int64_t mant = (int64_t)ldexp(m, 53);
    e -= 53;
    mpz_t num, den;
    mpz_init_set_si(num, mant);
    mpz_init_set_ui(den, 1);
    if (e >= 0)
        mpz_mul_2exp(num, num, e);
    else
        mpz_mul_2exp(den, den, -e);
    const Const *v = make_rat(a, num, den);
    mpz_clear(num);
    mpz_clear(den);
    return v;
}

/* ieee rounds |m| * 2^e to a binary floating-point number of prec bits whose smallest bit is 2^emin. */
static double ieee(mpz_srcptr m, int64_t e, bool sticky, bool neg, int prec, int emin) {
    int len = mpz_bits(m);
    if (len == 0) return 0;
    int64_t top = len + e;
    if (top > 1100) return neg ? -INFINITY : INFINITY;
    int64_t lsb = top - prec < emin ? emin : top - prec;
    int64_t shift = lsb - e;
    double d;
    mpz_t r;
    mpz_init(r);
    mpz_abs(r, m);
    if (shift > 0) {
        if (shift > len + 1) {
            mpz_set_ui(r, 0);
        } else {
            bool half = mpz_tstbit(r, shift - 1);
            if (mpz_scan1(r, 0) < (mp_bitcnt_t)(shift - 1)) sticky = true;
            mpz_fdiv_q_2exp(r, r, shift);
            if (half && (sticky || mpz_odd_p(r))) mpz_add_ui(r, r, 1);
        }
    } else {
        mpz_mul_2exp(r, r, -shift);
    }
    d = ldexp((double)mpz_get_ui(r), (int)lsb);
    mpz_clear(r);
    return neg ? -d : d;
}

static double to_ieee(const Const *v, int prec, int emin) {
    if (v->kind == CONST_COMPLEX) v = v->x;
    View w, u;
    if (v->kind == CONST_INT) {
        mpz_srcptr z = view(v, &w);
        return ieee(z, 0, false, mpz_sgn(z) < 0, prec, emin);
    }
    if (v->kind != CONST_FLOAT) return 0;
    mpz_srcptr num = view(v->x, &w);
    bool neg = mpz_sgn(num) < 0;
    if (v->rep == REP_BIGF) return ieee(num, v->exp, false, neg, prec, emin);
    mpz_srcptr den = view(v->y, &u);
    if (mpz_cmp_ui(den, 1) == 0) return ieee(num, 0, false, neg, prec, emin);
    mpz_t q, r;
    mpz_init(q);
    mpz_init(r);
    int shift = 66 + mpz_bits(den) - mpz_bits(num);
    if (shift < 0) shift = 0;
    mpz_mul_2exp(q, num, shift);
    mpz_tdiv_qr(q, r, q, den);
    double d = ieee(q, -shift, mpz_sgn(r) != 0, neg, prec, emin);
    mpz_clear(q);
    mpz_clear(r);
    return d;
}

double const_float64(const Const *v) { return to_ieee(v, 53, -1074); }
float const_float32(const Const *v) { return (float)to_ieee(v, 24, -149); }

/* ---- complex, strings ---- */

const Const *const_complex(Arena *a, const Const *re, const Const *im) {
    if (re->kind == CONST_UNKNOWN || im->kind == CONST_UNKNOWN) return &unknown_const;
    Const *v = new_const(a, CONST_COMPLEX, REP_OTHER);
    v->x = re;
    v->y = im;
    return v;
}

const Const *const_real(Arena *a, const Const *v) { return v->kind == CONST_COMPLEX ? v->x : v; }
const Const *const_imag(Arena *a, const Const *v) {
    if (v->kind == CONST_UNKNOWN) return v;
    return v->kind == CONST_COMPLEX ? v->y : &zero_const;
}

const Const *const_string(Arena *a, const char *bytes, size_t n) {
    Const *v = new_const(a, CONST_STRING, REP_FLAT);
    v->text = arena_dup(a, bytes, n);
    v->len = n;
    return v;
}

size_t const_text_len(const Const *v) { return v->rep == REP_ROPE ? v->rope_len : v->len; }

/* join gives the text of a rope. The tree leans to the left in practice: a stack of halves fills the buffer from its end. */
static char *join(Arena *a, const Const *v) {
    char *buf = arena_alloc(a, v->rope_len + 1), *end = buf + v->rope_len;
    VEC(const Const *) todo = {0};
    vec_push(NULL, &todo, v);
    while (todo.n > 0) {
        const Const *s = vec_pop(&todo);
        if (s->rep == REP_ROPE) {
            vec_push(NULL, &todo, s->x);
            vec_push(NULL, &todo, s->y);
        } else {
            end -= s->len;
            memcpy(end, s->text, s->len);
        }
    }
    vec_free(&todo);
    return buf;
}

const char *const_text(Arena *a, const Const *v, size_t *n) {
    if (v->kind != CONST_STRING) {
        *n = 0;
        return "";
    }
    if (v->rep == REP_ROPE) {
        char *flat = join(a, v);
        Const *m = (Const *)v;  // same value, flat from now on
        size_t len = v->rope_len;
        m->rep = REP_FLAT;
        m->text = flat;
        m->len = len;
    }
    *n = v->len;
    return v->text;
}
bool const_is_true(const Const *v) { return v->kind == CONST_BOOL && v->b; }

/* ---- reading literals ---- */

static char *strip_underscores(Arena *a, const char *text, size_t *n) {
    char *s = arena_alloc(a, *n + 1);
    size_t k = 0;
    for (size_t i = 0; i < *n; i++)
        if (text[i] != '_') s[k++] = text[i];
    *n = k;
    return s;
}

static const Const *parse_digits(Arena *a, const char *digits, int base) {
    mpz_t z;
    if (*digits == 0) return &zero_const;
    if (mpz_init_set_str(z, digits, base) != 0) {
        mpz_clear(z);
        return &unknown_const;
    }
    return from_mpz_clear(a, z);
}

const Const *const_parse_int(Arena *a, const char *text, size_t n) {
    uint64_t u = 0;
    size_t i = 0;
    if (n < 19 && text[0] != '0') {
        for (; i < n && text[i] != '_'; i++) u = u * 10 + (text[i] - '0');
        if (i == n) return const_int(a, (int64_t)u);
    }
    char *s = strip_underscores(a, text, &n);
    if (s[0] != '0' || n == 1) return parse_digits(a, s, 10);
    switch (s[1]) {
    case 'x': case 'X': return parse_digits(a, s + 2, 16);
    case 'b': case 'B': return parse_digits(a, s + 2, 2);
    case 'o': case 'O': return parse_digits(a, s + 2, 8);
    default: return parse_digits(a, s + 1, 8);
    }
}

/* pow_bigf multiplies m * 2^*exp by base^n, keeping FLOAT_BITS + GUARD_BITS bits; a negative n divides. */
static void mul_pow(mpz_ptr m, int64_t *exp, unsigned base, int64_t n) {
    bool inverse = n < 0;
    uint64_t k = inverse ? -(uint64_t)n : (uint64_t)n;
    mpz_t p, b;
    int64_t pe = 0, be = 0;
    const int bits = FLOAT_BITS + GUARD_BITS;
    mpz_init_set_ui(p, 1);
    mpz_init_set_ui(b, base);
    for (; k > 0; k >>= 1) {
        if (k & 1) {
            mpz_mul(p, p, b);
            pe += be;
            round_bits(p, &pe, false, bits);
        }
        mpz_mul(b, b, b);
        be *= 2;
        round_bits(b, &be, false, bits);
    }
    if (inverse) {
        int shift = 2 * bits + mpz_bits(p);
        mpz_mul_2exp(m, m, shift);
        mpz_tdiv_q(m, m, p);
        *exp -= pe + shift;
    } else {
        mpz_mul(m, m, p);
        *exp += pe;
    }
    mpz_clear(p);
    mpz_clear(b);
}

const Const *const_parse_float(Arena *a, const char *text, size_t n) {
    char *s = strip_underscores(a, text, &n);
    bool hex = n > 1 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    char *digits = arena_alloc(a, n + 1);
    size_t nd = 0, i = hex ? 2 : 0;
    int64_t scale = 0, exp = 0;
    bool point = false;
    for (; i < n; i++) {
        char ch = s[i];
        if (ch == '.') {
            point = true;
            continue;
        }
        if (hex ? ch == 'p' || ch == 'P' : ch == 'e' || ch == 'E') break;
        digits[nd++] = ch;
        if (point) scale++;
    }
    if (i < n) {
        bool neg = false;
        i++;
        if (i < n && (s[i] == '+' || s[i] == '-')) neg = s[i++] == '-';
        for (; i < n; i++)
            if (exp < MAX_EXP10 * 100LL) exp = exp * 10 + (s[i] - '0');
        if (neg) exp = -exp;
    }
    const Const *mant = parse_digits(a, digits, hex ? 16 : 10);
    if (mant->kind == CONST_UNKNOWN) return mant;
    if (const_sign(mant) == 0) return int_to_float(a, &zero_const);
    exp -= hex ? 4 * scale : scale;
    if (exp > MAX_EXP10 || exp < -MAX_EXP10) return &unknown_const;
    View w;
    mpz_t num, den;
    mpz_init_set(num, view(mant, &w));
    mpz_init_set_ui(den, 1);
    const Const *v;
    int64_t bits = mpz_bits(num);
    if (hex) {
        if (bits + exp > RAT_BITS || exp < -RAT_BITS) {
            v = round_bigf(a, num, exp, false);
        } else {
            mpz_mul_2exp(exp >= 0 ? num : den, exp >= 0 ? num : den, exp >= 0 ? exp : -exp);
            v = make_rat(a, num, den);
        }
    } else if (bits + exp * 3.33 > RAT_BITS || bits + exp * 3.33 < -RAT_BITS || exp < -RAT_BITS / 3) {
        int64_t e2 = 0;
        round_bits(num, &e2, false, FLOAT_BITS + 2 * GUARD_BITS);
        mul_pow(num, &e2, 10, exp);
        v = round_bigf(a, num, e2, false);
    } else {
        mpz_t p;
        mpz_init(p);
        mpz_ui_pow_ui(p, 10, exp >= 0 ? exp : -exp);
        if (exp >= 0)
            mpz_mul(num, num, p);
        else
            mpz_set(den, p);
        mpz_clear(p);
        v = make_rat(a, num, den);
    }
    mpz_clear(num);
    mpz_clear(den);
    return v;
}

const Const *const_parse_imaginary(Arena *a, const char *text, size_t n) {
    n--;  // the i
    const Const *im;
    bool is_float = false, prefixed = n > 1 && text[0] == '0' && strchr("xXbBoO", text[1]);
    for (size_t i = 0; i < n; i++)
        if (text[i] == '.' || text[i] == 'p' || text[i] == 'P') is_float = true;
        else if (!prefixed && (text[i] == 'e' || text[i] == 'E')) is_float = true;
    if (is_float || !prefixed)
        im = const_parse_float(a, text, n);  // 0123i is decimal
    else
        im = const_parse_int(a, text, n);
    return const_complex(a, &zero_const, im);
}

static int hex_digit(char ch) {
    if (ch >= '0' && ch <= '9') return ch - '0';
    return (ch | 32) - 'a' + 10;
}

static size_t put_utf8(char *out, uint32_t r) {
    if (r < 0x80) {
        out[0] = (char)r;
        return 1;
    }
    if (r < 0x800) {
        out[0] = (char)(0xC0 | r >> 6);
        out[1] = (char)(0x80 | (r & 63));
        return 2;
    }
    if (r < 0x10000) {
        out[0] = (char)(0xE0 | r >> 12);
        out[1] = (char)(0x80 | (r >> 6 & 63));
        out[2] = (char)(0x80 | (r & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | r >> 18);
    out[1] = (char)(0x80 | (r >> 12 & 63));
    out[2] = (char)(0x80 | (r >> 6 & 63));
    out[3] = (char)(0x80 | (r & 63));
    return 4;
}

/* read_escape decodes what follows a backslash at s[i]; *is_byte: it stands for one byte, not for a rune. */
static uint32_t read_escape(const char *s, size_t n, size_t *i, bool *is_byte) {
    char ch = s[(*i)++];
    int digits = 0, base = 16;
    *is_byte = false;
    switch (ch) {
    case 'a': return 7;
    case 'b': return 8;
    case 'f': return 12;
    case 'n': return 10;
    case 'r': return 13;
    case 't': return 9;
    case 'v': return 11;
    case 'x': digits = 2; *is_byte = true; break;
    case 'u': digits = 4; break;
    case 'U': digits = 8; break;
    default:
        if (ch < '0' || ch > '7') return (uint8_t)ch;
        digits = 3, base = 8, *is_byte = true;
        (*i)--;
    }
    uint32_t r = 0;
    for (; digits > 0 && *i < n; digits--) r = r * base + hex_digit(s[(*i)++]);
    return r;
}

const Const *const_parse_rune(Arena *a, const char *text, size_t n) {
    if (n < 3) return &unknown_const;
    const uint8_t *s = (const uint8_t *)text + 1;
    if (*s == '\\') {
        size_t i = 2;
        bool is_byte;
        return const_int(a, read_escape(text, n, &i, &is_byte));
    }
    size_t len = n - 2;
    if (len == 1) return const_int(a, s[0]);
    if (len == 2) return const_int(a, (s[0] & 31) << 6 | (s[1] & 63));
    if (len == 3) return const_int(a, (s[0] & 15) << 12 | (s[1] & 63) << 6 | (s[2] & 63));
    return const_int(a, (s[0] & 7) << 18 | (s[1] & 63) << 12 | (s[2] & 63) << 6 | (s[3] & 63));
}

const Const *const_parse_string(Arena *a, const char *text, size_t n) {
    if (n < 2) return &unknown_const;
    Const *v = new_const(a, CONST_STRING, REP_FLAT);
    const char *in = text + 1;
    size_t len = n - 2, k = 0;
    if (text[0] == '`' ? !memchr(in, '\r', len) : !memchr(in, '\\', len)) {
        v->text = arena_dup(a, in, len);
        v->len = len;
        return v;
    }
    char *out = arena_alloc(a, len + 1);
    for (size_t i = 0; i < len;) {
        char ch = in[i++];
        if (text[0] == '`') {
            if (ch != '\r') out[k++] = ch;
        } else if (ch != '\\') {
            out[k++] = ch;
        } else {
            bool is_byte;
            uint32_t r = read_escape(in, len, &i, &is_byte);
            if (is_byte)
                out[k++] = (char)r;
            else
                k += put_utf8(out + k, r);
        }
    }
    v->text = out;
    v->len = k;
    return v;
}

/* ---- reading values ---- */

int64_t const_int64(const Const *v, bool *exact) {
    if (v->kind == CONST_INT && v->rep == REP_SMALL) {
        if (exact) *exact = true;
        return v->i;
    }
    bool ok = false;
    int64_t i = 0;
    if (v->kind == CONST_FLOAT && v->rep == REP_RAT && v->y->rep == REP_SMALL && v->y->i == 1) return const_int64(v->x, exact);
    if (v->kind == CONST_COMPLEX && const_sign(v->y) == 0) return const_int64(v->x, exact);
    if (v->kind == CONST_FLOAT && v->rep == REP_BIGF && v->exp >= 0 && v->exp < 64) {
        i = (int64_t)const_float64(v);
        ok = const_float64(v) > -9e18 && const_float64(v) < 9e18;
    } else if (v->kind == CONST_INT) {
        i = (int64_t)const_bits(v);
    }
    if (exact) *exact = ok;
    return i;
}

uint64_t const_uint64(const Const *v, bool *exact) {
    if (v->kind == CONST_INT && v->rep == REP_BIG) {
        if (exact) *exact = !v->neg && v->nlimbs == 1;
        return v->limbs[0];
    }
    int64_t i = const_int64(v, exact);
    if (exact && i < 0) *exact = false;
    return (uint64_t)i;
}

uint64_t const_bits(const Const *v) {
    if (v->kind == CONST_INT && v->rep == REP_BIG) return v->neg ? -v->limbs[0] : v->limbs[0];
    return (uint64_t)const_int64(v, NULL);
}

int const_sign(const Const *v) {
    switch (v->kind) {
    case CONST_INT:
        if (v->rep == REP_BIG) return v->neg ? -1 : 1;
        return v->i < 0 ? -1 : v->i > 0;
    case CONST_FLOAT: return const_sign(v->x);
    case CONST_COMPLEX: return const_sign(v->x) | const_sign(v->y);
    default: return 1;
    }
}

const Const *const_to_int(Arena *a, const Const *v) {
    switch (v->kind) {
    case CONST_INT: return v;
    case CONST_FLOAT:
        if (v->rep == REP_RAT) return v->y->rep == REP_SMALL && v->y->i == 1 ? v->x : &unknown_const;
        if (const_sign(v->x) == 0) return &zero_const;
        if (v->exp < 0 || v->exp > RAT_BITS) return &unknown_const;
        View w;
        mpz_t z;
        mpz_init(z);
        mpz_mul_2exp(z, view(v->x, &w), v->exp);
        return from_mpz_clear(a, z);
    case CONST_COMPLEX:
        return const_sign(v->y) == 0 ? const_to_int(a, v->x) : &unknown_const;
    default: return &unknown_const;
    }
}

const Const *const_to_float(Arena *a, const Const *v) {
    switch (v->kind) {
    case CONST_INT: return int_to_float(a, v);
    case CONST_FLOAT: return v;
    case CONST_COMPLEX: return const_sign(v->y) == 0 ? const_to_float(a, v->x) : &unknown_const;
    default: return &unknown_const;
    }
}

const Const *const_to_complex(Arena *a, const Const *v) {
    if (v->kind == CONST_INT || v->kind == CONST_FLOAT) return const_complex(a, v, &zero_const);
    return v->kind == CONST_COMPLEX ? v : &unknown_const;
}

const Const *const_truncate_int(Arena *a, const Const *v, int bits, bool is_signed) {
    if (v->kind != CONST_INT) return &unknown_const;
    uint64_t u = const_bits(v);
    if (bits < 64) u &= (1ULL << bits) - 1;
    if (!is_signed) return const_uint(a, u);
    return const_int(a, (int64_t)(u << (64 - bits)) >> (64 - bits));
}

const Const *const_round_float(Arena *a, const Const *v, int bits) {
    if (v->kind == CONST_UNKNOWN) return v;
    double d = bits == 32 ? (double)const_float32(v) : const_float64(v);
    if (isinf(d)) return &unknown_const;
    return const_from_double(a, d);
}

/* ---- arithmetic ---- */

static const Const *int_binary(Arena *a, const Const *x, ConstOp op, const Const *y, bool int_div) {
    if (x->rep == REP_SMALL && y->rep == REP_SMALL) {
        int64_t r, p = x->i, q = y->i;
        switch (op) {
        case CONST_ADD: if (!__builtin_add_overflow(p, q, &r)) return const_int(a, r); break;
        case CONST_SUB: if (!__builtin_sub_overflow(p, q, &r)) return const_int(a, r); break;
        case CONST_MUL: if (!__builtin_mul_overflow(p, q, &r)) return const_int(a, r); break;
        case CONST_QUO: if (int_div && q != 0 && !(p == INT64_MIN && q == -1)) return const_int(a, p / q); break;
        case CONST_REM: if (q != 0 && q != -1) return const_int(a, p % q); break;
        case CONST_AND: return const_int(a, p & q);
        case CONST_OR: return const_int(a, p | q);
        case CONST_XOR: return const_int(a, p ^ q);
        case CONST_ANDNOT: return const_int(a, p & ~q);
        default: break;
        }
    }
    View vx, vy;
    mpz_srcptr p = view(x, &vx), q = view(y, &vy);
    if ((op == CONST_QUO || op == CONST_REM) && mpz_sgn(q) == 0) return &unknown_const;
    mpz_t z, den;
    mpz_init(z);
    switch (op) {
    case CONST_ADD: mpz_add(z, p, q); break;
    case CONST_SUB: mpz_sub(z, p, q); break;
    case CONST_MUL: mpz_mul(z, p, q); break;
    case CONST_REM: mpz_tdiv_r(z, p, q); break;
    case CONST_AND: mpz_and(z, p, q); break;
    case CONST_OR: mpz_ior(z, p, q); break;
    case CONST_XOR: mpz_xor(z, p, q); break;
    case CONST_ANDNOT:
        mpz_com(z, q);
        mpz_and(z, p, z);
        break;
    case CONST_QUO:
        if (int_div) {
            mpz_tdiv_q(z, p, q);
            break;
        }
        mpz_set(z, p);
        mpz_init_set(den, q);
        const Const *v = make_rat(a, z, den);
        mpz_clear(z);
        mpz_clear(den);
        return v;
    default: break;
    }
    return from_mpz_clear(a, z);
}

static const Const *bigf_binary(Arena *a, const Const *x, ConstOp op, const Const *y) {
    View vx, vy;
    mpz_srcptr p = view(x->x, &vx), q = view(y->x, &vy);
    if (op == CONST_QUO) return mpz_sgn(q) == 0 ? &unknown_const : quotient_bigf(a, p, q, x->exp - y->exp);
    mpz_t z, t;
    mpz_init(z);
    mpz_init(t);
    int64_t exp;
    if (op == CONST_MUL) {
        mpz_mul(z, p, q);
        exp = x->exp + y->exp;
    } else {
        // A summand too small to reach the other's last bit counts as one sticky bit far below.
        int64_t ex = x->exp, ey = y->exp;
        mpz_set(z, p);
        mpz_set(t, q);
        int64_t topx = ex + mpz_bits(p), topy = ey + mpz_bits(q);
        if (mpz_sgn(p) != 0 && mpz_sgn(q) != 0) {
            const int far = 2 * FLOAT_BITS + 8;
            if (topx - topy > far) {
                mpz_set_si(t, mpz_sgn(q));
                ey = topx - far;
            } else if (topy - topx > far) {
                mpz_set_si(z, mpz_sgn(p));
                ex = topy - far;
            }
        }
        exp = ex < ey ? ex : ey;
        if (mpz_sgn(z) == 0) exp = ey;
        if (mpz_sgn(t) == 0) exp = ex;
        if (mpz_sgn(z) != 0) mpz_mul_2exp(z, z, ex - exp);
        if (mpz_sgn(t) != 0) mpz_mul_2exp(t, t, ey - exp);
        if (op == CONST_ADD)
            mpz_add(z, z, t);
        else
            mpz_sub(z, z, t);
    }
    const Const *v = round_bigf(a, z, exp, false);
    mpz_clear(z);
    mpz_clear(t);
    return v;
}

static const Const *float_binary(Arena *a, const Const *x, ConstOp op, const Const *y) {
    if (x->rep == REP_BIGF || y->rep == REP_BIGF) return bigf_binary(a, rat_to_bigf(a, x), op, rat_to_bigf(a, y));
    View n1, d1, n2, d2;
    mpz_srcptr a1 = view(x->x, &n1), b1 = view(x->y, &d1), a2 = view(y->x, &n2), b2 = view(y->y, &d2);
    if (op == CONST_QUO && mpz_sgn(a2) == 0) return &unknown_const;
    mpz_t num, den;
    mpz_init(num);
    mpz_init(den);
    switch (op) {
    case CONST_ADD: case CONST_SUB:
        mpz_mul(num, a1, b2);
        mpz_mul(den, a2, b1);
        if (op == CONST_ADD)
            mpz_add(num, num, den);
        else
            mpz_sub(num, num, den);
        mpz_mul(den, b1, b2);
        break;
    case CONST_MUL:
        mpz_mul(num, a1, a2);
        mpz_mul(den, b1, b2);
        break;
    default:
        mpz_mul(num, a1, b2);
        mpz_mul(den, b1, a2);
    }
    const Const *v = make_rat(a, num, den);
    mpz_clear(num);
    mpz_clear(den);
    return v;
}

static const Const *complex_binary(Arena *a, const Const *x, ConstOp op, const Const *y) {
    const Const *p = x->x, *q = x->y, *r = y->x, *s = y->y, *re, *im;
#define OP(l, o, m) const_binary(a, (l), CONST_##o, (m), false)
    switch (op) {
    case CONST_ADD: re = OP(p, ADD, r), im = OP(q, ADD, s); break;
    case CONST_SUB: re = OP(p, SUB, r), im = OP(q, SUB, s); break;
    case CONST_MUL:
        re = OP(OP(p, MUL, r), SUB, OP(q, MUL, s));
        im = OP(OP(q, MUL, r), ADD, OP(p, MUL, s));
        break;
    case CONST_QUO: {
        const Const *d = OP(OP(r, MUL, r), ADD, OP(s, MUL, s));
        if (d->kind == CONST_UNKNOWN || const_sign(d) == 0) return &unknown_const;
        re = OP(OP(OP(p, MUL, r), ADD, OP(q, MUL, s)), QUO, d);
        im = OP(OP(OP(q, MUL, r), SUB, OP(p, MUL, s)), QUO, d);
        break;
    }
    default: return &unknown_const;
    }
#undef OP
    return const_complex(a, re, im);
}

static void match(Arena *a, const Const **x, const Const **y) {
    ConstKind k = (*x)->kind > (*y)->kind ? (*x)->kind : (*y)->kind;
    if (k == CONST_FLOAT) *x = const_to_float(a, *x), *y = const_to_float(a, *y);
    if (k == CONST_COMPLEX) *x = const_to_complex(a, *x), *y = const_to_complex(a, *y);
}

const Const *const_binary(Arena *a, const Const *x, ConstOp op, const Const *y, bool int_div) {
    if (x->kind == CONST_UNKNOWN || y->kind == CONST_UNKNOWN) return &unknown_const;
    if (op >= CONST_EQ) return const_bool(const_compare(x, op, y));
    if (x->kind == CONST_BOOL || y->kind == CONST_BOOL) {
        bool p = const_is_true(x), q = const_is_true(y);
        return const_bool(op == CONST_LAND ? p && q : p || q);
    }
    if (x->kind == CONST_STRING || y->kind == CONST_STRING) {
        if (op != CONST_ADD || x->kind != y->kind) return &unknown_const;
        size_t n = const_text_len(x) + const_text_len(y);
        if (const_text_len(x) == 0) return y;
        if (const_text_len(y) == 0) return x;
        Const *v = new_const(a, CONST_STRING, REP_ROPE);
        v->x = x;
        v->y = y;
        v->rope_len = n;
        return v;
    }
    match(a, &x, &y);
    switch (x->kind) {
    case CONST_INT: return int_binary(a, x, op, y, int_div);
    case CONST_FLOAT: return float_binary(a, x, op, y);
    case CONST_COMPLEX: return complex_binary(a, x, op, y);
    default: return &unknown_const;
    }
}

static bool by_order(ConstOp op, int cmp) {
    switch (op) {
    case CONST_EQ: return cmp == 0;
    case CONST_NE: return cmp != 0;
    case CONST_LT: return cmp < 0;
    case CONST_LE: return cmp <= 0;
    case CONST_GT: return cmp > 0;
    default: return cmp >= 0;
    }
}

static int num_cmp(Arena *a, const Const *x, const Const *y) {
    View vx, vy;
    if (x->kind == CONST_INT && y->kind == CONST_INT) return mpz_cmp(view(x, &vx), view(y, &vy));
    return const_sign(const_binary(a, const_to_float(a, x), CONST_SUB, const_to_float(a, y), false));
}

bool const_compare(const Const *x, ConstOp op, const Const *y) {
    if (x->kind == CONST_UNKNOWN || y->kind == CONST_UNKNOWN) return false;
    if (x->kind == CONST_INT && y->kind == CONST_INT && x->rep == REP_SMALL && y->rep == REP_SMALL)
        return by_order(op, x->i < y->i ? -1 : x->i > y->i);
    Arena scratch;
    arena_init(&scratch);
    bool result;
    if (x->kind == CONST_BOOL) {
        result = by_order(op, (int)x->b - (int)y->b);
    } else if (x->kind == CONST_STRING) {
        size_t n = const_text_len(x), m = const_text_len(y);
        const char *s = x->rep == REP_ROPE ? join(&scratch, x) : x->text;
        const char *t = y->rep == REP_ROPE ? join(&scratch, y) : y->text;
        int cmp = memcmp(s, t, n < m ? n : m);
        result = by_order(op, cmp ? cmp : n < m ? -1 : n > m);
    } else if (x->kind == CONST_COMPLEX || y->kind == CONST_COMPLEX) {
        x = const_to_complex(&scratch, x);
        y = const_to_complex(&scratch, y);
        bool equal = num_cmp(&scratch, x->x, y->x) == 0 && num_cmp(&scratch, x->y, y->y) == 0;
        result = op == CONST_EQ ? equal : !equal;
    } else {
        result = by_order(op, num_cmp(&scratch, x, y));
    }
    arena_free(&scratch);
    return result;
}

const Const *const_shl(Arena *a, const Const *x, unsigned n) {
    if (x->kind != CONST_INT) return &unknown_const;
    if (x->rep == REP_SMALL && n < 62 && x->i >= 0 && x->i < (1LL << (62 - n))) return const_int(a, x->i << n);
    View w;
    mpz_t z;
    mpz_init(z);
    mpz_mul_2exp(z, view(x, &w), n);
    return from_mpz_clear(a, z);
}

const Const *const_shr(Arena *a, const Const *x, unsigned n) {
    if (x->kind != CONST_INT) return &unknown_const;
    if (x->rep == REP_SMALL) return const_int(a, x->i >> (n > 63 ? 63 : n));
    View w;
    mpz_t z;
    mpz_init(z);
    mpz_fdiv_q_2exp(z, view(x, &w), n);
    return from_mpz_clear(a, z);
}

const Const *const_neg(Arena *a, const Const *x) {
    if (x->kind == CONST_INT && x->rep == REP_SMALL && x->i != INT64_MIN) return const_int(a, -x->i);
    if (x->kind == CONST_UNKNOWN) return x;
    if (x->kind == CONST_COMPLEX) return const_complex(a, const_neg(a, x->x), const_neg(a, x->y));
    if (x->kind == CONST_FLOAT) {
        Const *v = new_const(a, CONST_FLOAT, x->rep);
        *v = *x;
        v->x = const_neg(a, x->x);
        return v;
    }
    return const_binary(a, &zero_const, CONST_SUB, x, false);
}

const Const *const_not(Arena *a, const Const *x, int bits) {
    if (x->kind != CONST_INT) return &unknown_const;
    if (bits > 0) return const_uint(a, ~const_bits(x) & (bits == 64 ? ~0ULL : (1ULL << bits) - 1));
    if (x->rep == REP_SMALL) return const_int(a, ~x->i);
    View w;
    mpz_t z;
    mpz_init(z);
    mpz_com(z, view(x, &w));
    return from_mpz_clear(a, z);
}

const Const *const_lnot(const Const *x) { return x->kind == CONST_BOOL ? const_bool(!x->b) : x; }

/* ---- printing ---- */

/* huge_float prints a float beyond double's range by its decimal logarithm. */
static const char *huge_float(Arena *a, const Const *v) {
    const Const *f = rat_to_bigf(a, v);
    int bits = const_bitlen(f->x);
    double lg = 0;
    View w;
    mpz_t m;
    mpz_init(m);
    mpz_abs(m, view(f->x, &w));
    int cut = bits > 60 ? bits - 60 : 0;
    mpz_tdiv_q_2exp(m, m, cut);
    lg = log10((double)mpz_get_ui(m)) + (cut + (double)f->exp) * 0.30102999566398119521;
    mpz_clear(m);
    double e = floor(lg), mant = pow(10, lg - e);
    if (mant >= 9.999995) mant = 1, e++;
    return arena_printf(a, "%s%.6ge%+.0f", const_sign(v) < 0 ? "-" : "", mant, e);
}

/* print_quoted writes a string as Go quotes it; a long one is cut. */
static const char *print_quoted(Arena *a, const Const *v) {
    enum { MAX_SHOWN = 72 };
    size_t n;
    const char *s = const_text(a, v, &n);
    char *out = arena_alloc(a, (n < 4 * MAX_SHOWN ? n : 4 * MAX_SHOWN) * 10 + 16);
    size_t k = 0, cut = 0;
    int shown = 1;  // characters of the result
    out[k++] = '"';
    for (size_t i = 0; i < n && shown <= MAX_SHOWN;) {
        uint32_t len, r = utf8_decode(s + i, n - i, &len);
        bool bad = r == 0xFFFD && len == 1;
        static const char names[] = "abtnvfr";
        size_t at = k;
        if (r == '"' || r == '\\')
            k += (size_t)sprintf(out + k, "\\%c", (int)r);
        else if (r >= 7 && r <= 13)
            k += (size_t)sprintf(out + k, "\\%c", names[r - 7]);
        else if (r < 32 || r == 127 || bad)
            k += (size_t)sprintf(out + k, "\\x%02x", (uint8_t)s[i]);
        else if ((r >= 0x80 && r < 0xA0) || (r >= 0x200B && r <= 0x200F) || r == 0xFEFF || (r >= 0xE000 && r <= 0xF8FF))
            k += (size_t)sprintf(out + k, "\\u%04x", r);
        else
            for (uint32_t j = 0; j < len; j++) out[k++] = s[i + j];
        i += len;
        // escapes count by their characters, anything else as one
        for (size_t j = at; j < k; j++) {
            if (((uint8_t)out[j] & 0xC0) == 0x80) continue;
            if (shown == MAX_SHOWN - 3) cut = j;
            shown++;
        }
    }
    out[k++] = '"';
    out[k] = 0;
    if (shown + 1 > MAX_SHOWN) memcpy(out + cut, "...", 4);
    return out;
}

const char *const_print(Arena *a, const Const *v) {
    switch (v->kind) {
    case CONST_BOOL: return v->b ? "true" : "false";
    case CONST_STRING: return print_quoted(a, v);
    case CONST_INT: {
        if (v->rep == REP_SMALL) return arena_printf(a, "%lld", (long long)v->i);
        View w;
        mpz_srcptr z = view(v, &w);
        char *s = arena_alloc(a, mpz_sizeinbase(z, 10) + 3);
        return mpz_get_str(s, 10, z);
    }
    case CONST_FLOAT: {
        double d = const_float64(v);
        if (const_sign(v) != 0 && (d == 0 || isinf(d))) return huge_float(a, v);
        char buf[64];
        snprintf(buf, sizeof buf, "%.6g", d);
        // A number that is no integer must not look like one.
        for (int digits = 7; digits <= 17 && !strchr(buf, '.') && d != floor(d); digits++)
            snprintf(buf, sizeof buf, "%.*g", digits, d);
        for (int digits = 7; digits <= 17 && strchr(buf, '.') && strtod(buf, NULL) != d && floor(d) != d &&
                             fabs(strtod(buf, NULL) - floor(strtod(buf, NULL))) == 0;
             digits++)
            snprintf(buf, sizeof buf, "%.*g", digits, d);
        return arena_dup(a, buf, strlen(buf));
    }
    case CONST_COMPLEX: return arena_printf(a, "(%s + %si)", const_print(a, v->x), const_print(a, v->y));
    default: return "unknown";
    }
}

/* math_sys.c: the functions of package math, mostly by the C library's.
 *
 * Where Go's special cases differ from C's, the function is written out. Results of the transcendental functions are those of the C library: within
 * an ulp, but not always the very bits that Go's own algorithms give. */
#include "leaves.h"

#include <math.h>
#include <string.h>

static double arg(const Slot *s, int i) { return slot_f64(s[i]); }

#define ONE(name, expr)                                                                            \
    LeafStatus math_##name(LeafCtx *cx, Slot *s) {                                                 \
        double x = arg(s, 0);                                                                      \
        s[0] = f64_slot(expr);                                                                     \
        return LEAF_DONE;                                                                          \
    }
#define TWO(name, expr)                                                                            \
    LeafStatus math_##name(LeafCtx *cx, Slot *s) {                                                 \
        double x = arg(s, 0), y = arg(s, 1);                                                       \
        s[0] = f64_slot(expr);                                                                     \
        return LEAF_DONE;                                                                          \
    }

ONE(acos, acos(x))
ONE(acosh, acosh(x))
ONE(asin, asin(x))
ONE(asinh, asinh(x))
ONE(atan, atan(x))
ONE(atanh, atanh(x))
ONE(cbrt, (double)cbrtl((long double)x))
ONE(ceil, ceil(x))
ONE(cos, cos(x))
ONE(cosh, cosh(x))
ONE(erf, erf(x))
ONE(erfc, erfc(x))
ONE(exp, exp(x))
ONE(exp2, exp2(x))
ONE(expm1, expm1(x))
ONE(floor, floor(x))
ONE(tgamma, x == floor(x) && x < 0 ? NAN : tgamma(x))
ONE(j0, j0(x))
ONE(j1, j1(x))
ONE(log, log(x))
ONE(log10, log10(x))
ONE(log1p, log1p(x))
ONE(log2, log2(x))
ONE(round, round(x))
ONE(roundeven, roundeven(x))
ONE(sin, sin(x))
ONE(sinh, sinh(x))
ONE(sqrt, sqrt(x))
ONE(tan, tan(x))
ONE(tanh, tanh(x))
ONE(trunc, trunc(x))
ONE(y0, y0(x))
ONE(y1, y1(x))
ONE(fabs, fabs(x))

TWO(atan2, atan2(x, y))
TWO(hypot, hypot(x, y))
TWO(fmod, fmod(x, y))
TWO(pow, pow(x, y))
TWO(remainder, remainder(x, y))
TWO(copysign, copysign(x, y))
TWO(nextafter, nextafter(x, y))

/* The bits of a float are its slot already. */
LeafStatus math_float64bits(LeafCtx *cx, Slot *s) { return LEAF_DONE; }

LeafStatus math_float32bits(LeafCtx *cx, Slot *s) {
    s[0] = (uint32_t)s[0];
    return LEAF_DONE;
}

LeafStatus math_fma(LeafCtx *cx, Slot *s) {
    s[0] = f64_slot(fma(arg(s, 0), arg(s, 1), arg(s, 2)));
    return LEAF_DONE;
}

LeafStatus math_frexp(LeafCtx *cx, Slot *s) {
    int e = 0;
    double x = arg(s, 0), f = isfinite(x) ? frexp(x, &e) : x;
    s[0] = f64_slot(f);
    s[1] = (Slot)(int64_t)e;
    return LEAF_DONE;
}

LeafStatus math_ldexp(LeafCtx *cx, Slot *s) {
    int64_t e = (int64_t)s[1];
    s[0] = f64_slot(ldexp(arg(s, 0), e > 10000 ? 10000 : e < -10000 ? -10000 : (int)e));
    return LEAF_DONE;
}

LeafStatus math_lgamma(LeafCtx *cx, Slot *s) {
    int sign = 1;
    double x = arg(s, 0), v = x == -INFINITY ? x : lgamma_r(x, &sign);
    if (x == 0)
        sign = signbit(x) ? -1 : 1;
    s[0] = f64_slot(v);
    s[1] = (Slot)(int64_t)(sign < 0 ? -1 : 1);
    return LEAF_DONE;
}

LeafStatus math_nextafter32(LeafCtx *cx, Slot *s) {
    s[0] = f32_slot(nextafterf(slot_f32(s[0]), slot_f32(s[1])));
    return LEAF_DONE;
}

static int order(Slot n) {
    int64_t v = (int64_t)n;
    return v > 1 << 30 ? 1 << 30 : v < -(1 << 30) ? -(1 << 30) : (int)v;
}

LeafStatus math_jn(LeafCtx *cx, Slot *s) {
    s[0] = f64_slot(jn(order(s[0]), arg(s, 1)));
    return LEAF_DONE;
}

LeafStatus math_yn(LeafCtx *cx, Slot *s) {
    s[0] = f64_slot(yn(order(s[0]), arg(s, 1)));
    return LEAF_DONE;
}

LeafStatus math_pow10(LeafCtx *cx, Slot *s) {
    int64_t n = (int64_t)s[0];
    s[0] = f64_slot(n < -323 ? 0 : n > 308 ? INFINITY : (double)powl(10, (long double)n));
    return LEAF_DONE;
}

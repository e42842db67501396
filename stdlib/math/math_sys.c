/* math_sys.c: the functions of package math. Where Go's own algorithm is a published one that is not correctly rounded, elementary.c, special.c and
 * bessel.c follow it so that programs print the same digits; the rest is exact and the C library's. */
#include "leaves.h"
#include "math/elementary.h"
#include <limits.h>
#include <math.h>

#define ONE(name, call)                            \
    LeafStatus math_##name(LeafCtx *cx, Slot *s) { \
        double x = slot_f64(s[0]);                 \
        s[0] = f64_slot(call);                     \
        return LEAF_DONE;                          \
    }

#define TWO(name, call)                                    \
    LeafStatus math_##name(LeafCtx *cx, Slot *s) {         \
        double x = slot_f64(s[0]), y = slot_f64(s[1]);     \
        s[0] = f64_slot(call);                             \
        return LEAF_DONE;                                  \
    }

/* ieee_remainder gives zeros the sign of x, which not every C library does. */
static double ieee_remainder(double x, double y) {
    double r = remainder(x, y);
    return r == 0 ? copysign(r, x) : r;
}

ONE(abs, fabs(x))
ONE(acos, elem_acos(x))
ONE(acosh, elem_acosh(x))
ONE(asin, elem_asin(x))
ONE(asinh, elem_asinh(x))
ONE(atan, elem_atan(x))
ONE(atanh, elem_atanh(x))
ONE(cbrt, elem_cbrt(x))
ONE(ceil, ceil(x))
ONE(cos, elem_cos(x))
ONE(cosh, elem_cosh(x))
ONE(erf, elem_erf(x))
ONE(erfc, elem_erfc(x))
ONE(erfinv, elem_erfinv(x))
ONE(exp, elem_exp(x))
ONE(exp2, elem_exp2(x))
ONE(expm1, elem_expm1(x))
ONE(floor, floor(x))
ONE(gamma, elem_gamma(x))
ONE(j0, elem_j0(x))
ONE(j1, elem_j1(x))
ONE(log, elem_log(x))
ONE(log10, elem_log(x) * 0.434294481903251827651128918916605082294)
ONE(log1p, elem_log1p(x))
ONE(log2, elem_log2(x))
ONE(logb, logb(x))
ONE(round, round(x))
ONE(round_to_even, rint(x))
ONE(sin, elem_sin(x))
ONE(sinh, elem_sinh(x))
ONE(sqrt, sqrt(x))
ONE(tan, elem_tan(x))
ONE(tanh, elem_tanh(x))
ONE(trunc, trunc(x))
ONE(y0, elem_y0(x))
ONE(y1, elem_y1(x))

TWO(atan2, elem_atan2(x, y))
TWO(copysign, copysign(x, y))
TWO(hypot, elem_hypot(x, y))
TWO(mod, fmod(x, y))
TWO(nextafter, x == y ? x : nextafter(x, y))
TWO(pow, elem_pow(x, y))
TWO(remainder, ieee_remainder(x, y))

// Bits and value of a float64 are the same word; those of a float32 too.
LeafStatus math_float64bits(LeafCtx *cx, Slot *s) { return LEAF_DONE; }
LeafStatus math_float64frombits(LeafCtx *cx, Slot *s) { return LEAF_DONE; }
LeafStatus math_float32bits(LeafCtx *cx, Slot *s) { return LEAF_DONE; }
LeafStatus math_float32frombits(LeafCtx *cx, Slot *s) { return LEAF_DONE; }

LeafStatus math_signbit(LeafCtx *cx, Slot *s) {
    s[0] >>= 63;
    return LEAF_DONE;
}

LeafStatus math_fma(LeafCtx *cx, Slot *s) {
    s[0] = f64_slot(fma(slot_f64(s[0]), slot_f64(s[1]), slot_f64(s[2])));
    return LEAF_DONE;
}

LeafStatus math_nextafter32(LeafCtx *cx, Slot *s) {
    s[0] = f32_slot(nextafterf(slot_f32(s[0]), slot_f32(s[1])));
    return LEAF_DONE;
}

LeafStatus math_frexp(LeafCtx *cx, Slot *s) {
    double x = slot_f64(s[0]);
    int exp = 0;
    if (isfinite(x))
        x = frexp(x, &exp);
    s[0] = f64_slot(x);
    s[1] = (Slot)(int64_t)exp;
    return LEAF_DONE;
}

LeafStatus math_ldexp(LeafCtx *cx, Slot *s) {
    int64_t e = (int64_t)s[1];
    int exp = e > 10000 ? 10000 : e < -10000 ? -10000 : (int)e;
    s[0] = f64_slot(ldexp(slot_f64(s[0]), exp));
    return LEAF_DONE;
}

LeafStatus math_ilogb(LeafCtx *cx, Slot *s) {
    double x = slot_f64(s[0]);
    s[0] = (Slot)(int64_t)(x == 0 ? INT_MIN : !isfinite(x) ? INT_MAX : ilogb(x));
    return LEAF_DONE;
}

LeafStatus math_lgamma(LeafCtx *cx, Slot *s) {
    int sign;
    s[0] = f64_slot(elem_lgamma(slot_f64(s[0]), &sign));
    s[1] = (Slot)(int64_t)sign;
    return LEAF_DONE;
}

// Bessel functions take time in proportion to their order: a high one counts as a call that blocks, so that others go on meanwhile.
static bool takes_long(const LeafCtx *cx, Slot order) { return !cx->may_block && ((int64_t)order > 10000 || (int64_t)order < -10000); }

LeafStatus math_bessel_j(LeafCtx *cx, Slot *s) {
    if (takes_long(cx, s[0]))
        return LEAF_BLOCK;
    s[0] = f64_slot(elem_jn((int64_t)s[0], slot_f64(s[1])));
    return LEAF_DONE;
}

LeafStatus math_bessel_y(LeafCtx *cx, Slot *s) {
    if (takes_long(cx, s[0]))
        return LEAF_BLOCK;
    s[0] = f64_slot(elem_yn((int64_t)s[0], slot_f64(s[1])));
    return LEAF_DONE;
}

/* Powers of ten as the product or quotient of two, which for negative n is not always the nearest float; so it is in Go. */
LeafStatus math_pow10(LeafCtx *cx, Slot *s) {
    static const double units[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31};
    static const double up[] = {1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288};
    static const double down[] = {1e-0, 1e-32, 1e-64, 1e-96, 1e-128, 1e-160, 1e-192, 1e-224, 1e-256, 1e-288, 1e-320};
    int64_t n = (int64_t)s[0];
    s[0] = f64_slot(n >= 0 ? up[n / 32] * units[n % 32] : down[-n / 32] / units[-n % 32]);
    return LEAF_DONE;
}

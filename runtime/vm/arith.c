// arith.c: complex products and quotients by Go's rules.
#include "vm_impl.h"

#include <math.h>

void vm_mul_c128(Slot *d, const Slot *x, const Slot *y) {
    double a = slot_f64(x[0]), b = slot_f64(x[1]), c = slot_f64(y[0]), e = slot_f64(y[1]);
    d[0] = f64_slot(a * c - b * e);
    d[1] = f64_slot(a * e + b * c);
}

void vm_mul_c64(Slot *d, const Slot *x, const Slot *y) {
    // In float64, as Go does it: the difference of two products cancels.
    double a = slot_f32(x[0]), b = slot_f32(x[1]), c = slot_f32(y[0]), e = slot_f32(y[1]);
    d[0] = f32_slot((float)(a * c - b * e));
    d[1] = f32_slot((float)(a * e + b * c));
}

typedef struct Complex {
    double re, im;
} Complex;

// 1 for an infinity, 0 for all else, with the sign of x: C99 annex G asks for it.
static double unit_if_inf(double x) {
    return copysign(isinf(x) ? 1 : 0, x);
}

/* Smith's method (CACM algorithm 116) scales by the larger part of the divisor; when both parts came out as NaN, they are corrected to the infinities and zeros
 * of C99 annex G.5.1. */
static Complex divide(Complex n, Complex m) {
    double re, im;
    if (fabs(m.re) >= fabs(m.im)) {
        double ratio = m.im / m.re, denom = m.re + ratio * m.im;
        re = (n.re + n.im * ratio) / denom;
        im = (n.im - n.re * ratio) / denom;
    } else {
        double ratio = m.re / m.im, denom = m.im + ratio * m.re;
        re = (n.re * ratio + n.im) / denom;
        im = (n.im * ratio - n.re) / denom;
    }
    if (!isnan(re) || !isnan(im))
        return (Complex){re, im};
    if (m.re == 0 && m.im == 0 && (!isnan(n.re) || !isnan(n.im))) {
        double inf = copysign(INFINITY, m.re);
        return (Complex){inf * n.re, inf * n.im};
    }
    if ((isinf(n.re) || isinf(n.im)) && isfinite(m.re) && isfinite(m.im)) {
        double a = unit_if_inf(n.re), b = unit_if_inf(n.im);
        return (Complex){INFINITY * (a * m.re + b * m.im), INFINITY * (b * m.re - a * m.im)};
    }
    if ((isinf(m.re) || isinf(m.im)) && isfinite(n.re) && isfinite(n.im)) {
        double c = unit_if_inf(m.re), d = unit_if_inf(m.im);
        return (Complex){0 * (n.re * c + n.im * d), 0 * (n.im * c - n.re * d)};
    }
    return (Complex){re, im};
}

void vm_div_c128(Slot *d, const Slot *x, const Slot *y) {
    Complex q = divide((Complex){slot_f64(x[0]), slot_f64(x[1])}, (Complex){slot_f64(y[0]), slot_f64(y[1])});
    d[0] = f64_slot(q.re);
    d[1] = f64_slot(q.im);
}

void vm_div_c64(Slot *d, const Slot *x, const Slot *y) {
    Complex q = divide((Complex){slot_f32(x[0]), slot_f32(x[1])}, (Complex){slot_f32(y[0]), slot_f32(y[1])});
    d[0] = f32_slot((float)q.re);
    d[1] = f32_slot((float)q.im);
}

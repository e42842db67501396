/* elementary.c: elementary functions by published algorithms, in the order of operations that gives the usual last bit.
 *
 * Sources: S. Moshier, Cephes (sin, cos, tan, asin by way of atan, sinh, tanh); Sun's msun as in FreeBSD (log); M. Wichura, AS 241 (inverse of erf).
 * Multiplications and additions must not be fused: the build says -ffp-contract=off. */
#include "math/elementary.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

/* --- sine, cosine, tangent: Cephes --- */

// pi/4 in three parts, of which the first two have zeros at the end, so that their products with an octant are exact.
static const double PI4_A = 7.85398125648498535156e-1, PI4_B = 3.77489470793079817668e-8, PI4_C = 2.69515142907905952645e-15;

enum { REDUCE_LIMIT = 1 << 29 };  // above, x - octant * pi/4 has too few bits left in three parts

/* reduce_huge is reduce by the method of Payne and Hanek: of the product of x and 4/pi only those bits are computed that tell the octant and the
 * place in it. */
static uint64_t reduce_huge(double x, double *z) {
    // 4/pi in binary: the part before the point, then 64 bits a word.
    static const uint64_t FOUR_BY_PI[] = {
        0x0000000000000001, 0x45f306dc9c882a53, 0xf84eafa3ea69bb81, 0xb6c52b3278872083, 0xfca2c757bd778ac3, 0x6e48dc74849ba5c0, 0x0c925dd413a32439,
        0xfc3bd63962534e7d, 0xd1046bea5d768909, 0xd338e04d68befc82, 0x7323ac7306a673e9, 0x3908bf177bf25076, 0x3ff12fffbc0b301f, 0xde5e2316b414da3e,
        0xda6cfd9e4f96136e, 0x9e8c7ecd3cbfd45a, 0xea4f758fd7cbe2f6, 0x7a0e73ef14a525d4, 0xd7f6bf623f1aba10, 0xac06608df8f6d757};
    uint64_t bits = f64_bits(x), mantissa = (bits & 0x000fffffffffffff) | (uint64_t)1 << 52;
    unsigned at = (unsigned)(bits >> 52) - 1023 - 52 + 61, shift = at % 64;  // the product's first word has three bits before the point
    const uint64_t *w = FOUR_BY_PI + at / 64;
    uint64_t part[3];
    for (int i = 0; i < 3; i++)
        part[i] = shift ? w[i] << shift | w[i + 1] >> (64 - shift) : w[i];
    unsigned __int128 product = ((unsigned __int128)part[0] * mantissa << 64) + (unsigned __int128)part[1] * mantissa +
                                ((unsigned __int128)part[2] * mantissa >> 64);
    uint64_t hi = (uint64_t)(product >> 61), lo = (uint64_t)product, octant = (uint64_t)(product >> 125);
    unsigned zeros = hi ? (unsigned)__builtin_clzll(hi) + 1 : 63;
    if (zeros > 63)
        zeros = 63;
    hi = hi << zeros | lo >> (64 - zeros);
    *z = bits_f64(hi >> 12 | (uint64_t)(1023 - zeros) << 52);
    if (octant & 1) {
        octant = (octant + 1) & 7;
        *z -= 1;
    }
    *z *= M_PI_4;
    return octant;
}

/* reduce returns the octant of x >= 0, made even, and the distance z in [-pi/4, pi/4] from it. */
static uint64_t reduce(double x, double *z) {
    if (x >= REDUCE_LIMIT)
        return reduce_huge(x, z);
    uint64_t j = (uint64_t)(x * (4 / M_PI));
    if (j & 1)
        j++;
    double y = (double)j;
    *z = ((x - y * PI4_A) - y * PI4_B) - y * PI4_C;
    return j & 7;
}

static double sin_poly(double z, double zz) {
    double p = 1.58962301576546568060e-10;
    p = p * zz + -2.50507477628578072866e-8;
    p = p * zz + 2.75573136213857245213e-6;
    p = p * zz + -1.98412698295895385996e-4;
    p = p * zz + 8.33333333332211858878e-3;
    p = p * zz + -1.66666666666666307295e-1;
    return z + z * zz * p;
}

static double cos_poly(double zz) {
    double p = -1.13585365213876817300e-11;
    p = p * zz + 2.08757008419747316778e-9;
    p = p * zz + -2.75573141792967388112e-7;
    p = p * zz + 2.48015872888517045348e-5;
    p = p * zz + -1.38888888888730564116e-3;
    p = p * zz + 4.16666666666665929218e-2;
    return 1.0 - 0.5 * zz + zz * zz * p;
}

double elem_sin(double x) {
    if (x == 0 || isnan(x))
        return x;
    if (isinf(x))
        return NAN;
    double a = fabs(x), z;
    uint64_t j = reduce(a, &z);
    int minus = x < 0;
    if (j > 3) {
        minus = !minus;
        j -= 4;
    }
    double zz = z * z, y = j == 2 ? cos_poly(zz) : sin_poly(z, zz);
    return minus ? -y : y;
}

double elem_cos(double x) {
    if (!isfinite(x))
        return NAN;
    double a = fabs(x), z;
    uint64_t j = reduce(a, &z);
    int minus = 0;
    if (j > 3) {
        minus = 1;
        j -= 4;
    }
    if (j > 1)
        minus = !minus;
    double zz = z * z, y = j == 2 ? sin_poly(z, zz) : cos_poly(zz);
    return minus ? -y : y;
}

double elem_tan(double x) {
    if (x == 0 || isnan(x))
        return x;
    if (isinf(x))
        return NAN;
    double a = fabs(x), z;
    uint64_t j = reduce(a, &z);
    double zz = z * z, y = z;
    if (zz > 1e-14) {
        double p = (-1.30936939181383777646e4 * zz + 1.15351664838587416140e6) * zz + -1.79565251976484877988e7;
        double q = (((zz + 1.36812963470692954678e4) * zz + -1.32089234440210967447e6) * zz + 2.50083801823357915839e7) * zz +
                   -5.38695755929454629881e7;
        y = z + z * (zz * p / q);
    }
    if (j & 2)
        y = -1 / y;
    return x < 0 ? -y : y;
}

/* --- arcs --- */

static double atan_core(double x) {
    double z = x * x;
    double p = (((-8.750608600031904122785e-01 * z + -1.615753718733365076637e+01) * z + -7.500855792314704667340e+01) * z +
                -1.228866684490136173410e+02) * z + -6.485021904942025371773e+01;
    double q = ((((z + 2.485846490142306297962e+01) * z + 1.650270098316988542046e+02) * z + 4.328810604912902668951e+02) * z +
                4.853903996359136964868e+02) * z + 1.945506571482613964425e+02;
    z = z * p / q;
    return x * z + x;
}

static double atan_positive(double x) {
    static const double MORE_BITS = 6.123233995736765886130e-17;  // pi/2 less its rounding to a double
    if (x <= 0.66)
        return atan_core(x);
    if (x > 2.41421356237309504880)  // tan(3 pi / 8)
        return M_PI_2 - atan_core(1 / x) + MORE_BITS;
    return M_PI_4 + atan_core((x - 1) / (x + 1)) + 0.5 * MORE_BITS;
}

double elem_atan(double x) {
    if (x == 0)
        return x;
    return x > 0 ? atan_positive(x) : -atan_positive(-x);
}

double elem_asin(double x) {
    if (x == 0)
        return x;
    double a = fabs(x);
    if (!(a <= 1))
        return NAN;
    double t = sqrt(1 - a * a);
    t = a > 0.7 ? M_PI_2 - atan_positive(t / a) : atan_positive(a / t);
    return x < 0 ? -t : t;
}

double elem_acos(double x) { return M_PI_2 - elem_asin(x); }

double elem_atan2(double y, double x) {
    if (isnan(x) || isnan(y) || x == 0 || y == 0 || isinf(x) || isinf(y))
        return atan2(y, x);
    double q = elem_atan(y / x);
    if (x < 0)
        return q <= 0 ? q + M_PI : q - M_PI;
    return q;
}

/* --- exponential and logarithm --- */

/* exp by Shibata's method (SLEEF): x = k ln 2 + 16 r, the Taylor polynomial of e^r - 1, and four squarings. Fused operations, as processors
 * of the last ten years have them. */
double elem_exp(double x) {
    static const double LN2_HI = 0.69314718055966295651160180568695068359375, LN2_LO = 0.28235290563031577122588448175013436025525412068e-12;
    if (isnan(x) || x == INFINITY)
        return x;
    if (x > 7.09782712893384e+02)
        return INFINITY;
    if (x < -7.451332191019411e+02)
        return 0;
    double k = rint(x * 1.4426950408889634073599246810018920);
    double r = fma(-k, LN2_LO, fma(-k, LN2_HI, x)) * 0.0625;
    double p = 2.4801587301587301587e-5;
    p = fma(p, r, 1.9841269841269841270e-4);
    p = fma(p, r, 1.3888888888888888889e-3);
    p = fma(p, r, 8.3333333333333333333e-3);
    p = fma(p, r, 4.1666666666666666667e-2);
    p = fma(p, r, 1.6666666666666666667e-1);
    p = fma(p, r, 0.5);
    p = fma(p, r, 1.0);
    r = r * p;
    for (int i = 0; i < 3; i++)
        r = r * (r + 2);
    r = fma(r, r + 2, 1);
    return k > 1023 ? INFINITY : ldexp(r, (int)k);
}

double elem_exp2(double x) {
    if (isnan(x) || x == INFINITY)
        return x;
    if (x > 1.0239999999999999e+03)
        return INFINITY;
    if (x < -1.0740e+03)
        return 0;
    int k = x > 0 ? (int)(x + 0.5) : x < 0 ? (int)(x - 0.5) : 0;
    double t = x - k;
    double hi = t * 6.93147180369123816490e-01, lo = -t * 1.90821492927058770002e-10;
    double r = hi - lo, rr = r * r;
    double c = r - rr * (1.66666666666666657415e-01 +
                         rr * (-2.77777777770155933842e-03 + rr * (6.61375632143793436117e-05 + rr * (-1.65339022054652515390e-06 + rr * 4.13813679705723846039e-08))));
    return ldexp(1 - ((lo - (r * c) / (2 - c)) - hi), k);
}

/* Cube root, msun: a third of the exponent, a rational step to 23 bits, chopped so that its square is exact, and one of Newton's. */
double elem_cbrt(double x) {
    if (x == 0 || !isfinite(x))
        return x;
    double a = fabs(x), t;
    uint64_t bits;
    memcpy(&bits, &a, 8);
    bits = bits / 3 + ((uint64_t)715094163 << 32);
    if (a < 2.22507385850720138309e-308) {
        t = a * 0x1p54;
        memcpy(&bits, &t, 8);
        bits = bits / 3 + ((uint64_t)696219795 << 32);
    }
    memcpy(&t, &bits, 8);
    double r = t * t / a, s = 5.42857142857142815906e-01 + r * t;
    t *= 3.57142857142857150787e-01 + 1.60714285714285720630e+00 / (s + 1.41428571428571436819e+00 + -7.05306122448979611050e-01 / s);
    memcpy(&bits, &t, 8);
    bits = (bits & ((uint64_t)0xFFFFFFFFC << 28)) + (1 << 30);
    memcpy(&t, &bits, 8);
    r = a / (t * t);
    r = (r - t) / (t + t + r);
    return copysign(t + t * r, x);
}

/* Gamma, Cephes: a rational function on [2, 3], Stirling's formula beyond 33. */
static void stirling(double x, double *y1, double *y2) {
    if (x > 200) {
        *y1 = INFINITY;
        *y2 = 1;
        return;
    }
    double w = 1 / x;
    w = 1 + w * ((((7.87311395793093628397e-04 * w + -2.29549961613378126380e-04) * w + -2.68132617805781232825e-03) * w +
                  3.47222221605458667310e-03) * w + 8.33333333333482257126e-02);
    double e = elem_exp(x), more = 1;
    if (x > 143.01608) {
        double v = elem_pow(x, 0.5 * x - 0.25);
        more = v / e;
        e = v;
    } else {
        e = elem_pow(x, x - 0.5) / e;
    }
    *y1 = e;
    *y2 = 2.506628274631000502417 * w * more;
}

static double gamma_large(double x) {
    double y1, y2, q = fabs(x), p = floor(q);
    stirling(q, &y1, &y2);
    if (x >= 0)
        return y1 * y2;
    int sign = (int64_t)p & 1 ? 1 : -1;
    double z = q - p;
    if (z > 0.5) {
        p++;
        z = q - p;
    }
    z = fabs(q * elem_sin(M_PI * z));
    if (z == 0)
        return sign * INFINITY;
    double d = z * y1 * y2;
    return sign * (isinf(d) ? M_PI / z / y1 / y2 : M_PI / d);
}

double elem_gamma(double x) {
    static const double P[] = {1.60119522476751861407e-04, 1.19135147006586384913e-03, 1.04213797561761569935e-02, 4.76367800457137231464e-02,
                               2.07448227648435975150e-01, 4.94214826801497100753e-01, 9.99999999999999996796e-01};
    static const double Q[] = {-2.31581873324120129819e-05, 5.39605580493303397842e-04, -4.45641913851797240494e-03, 1.18139785222060435552e-02,
                               3.58236398605498653373e-02, -2.34591795718243348568e-01, 7.14304917030273074085e-02, 1.00000000000000000320e+00};
    if (isnan(x) || x == INFINITY)
        return x;
    if (x == 0)
        return copysign(INFINITY, x);
    if (x == -INFINITY || (x < 0 && x == floor(x)))
        return NAN;
    if (fabs(x) > 33)
        return gamma_large(x);
    double z = 1;
    while (x >= 3)
        z *= --x;
    while (x < 2) {
        if (fabs(x) < 1e-9)
            return x == 0 ? INFINITY : z / ((1 + 0.57721566490153286060651209008240243104215933593992 * x) * x);
        z /= x++;
    }
    if (x == 2)
        return z;
    x -= 2;
    double p = P[0], q = Q[0];
    for (int i = 1; i < 7; i++)
        p = p * x + P[i];
    for (int i = 1; i < 8; i++)
        q = q * x + Q[i];
    return z * p / q;
}

double elem_log(double x) {
    if (isnan(x) || x == INFINITY)
        return x;
    if (x < 0)
        return NAN;
    if (x == 0)
        return -INFINITY;
    // As Go has it on amd64, numbers below the normal ones are taken as if they had the hidden bit.
    uint64_t bits = f64_bits(x);
    int exp = (int)(bits >> 52) - 1022;
    double f1 = bits_f64((bits & 0x000fffffffffffff) | 0x3fe0000000000000);
    if (f1 < M_SQRT1_2) {
        f1 *= 2;
        exp--;
    }
    double f = f1 - 1, k = exp;
    double s = f / (2 + f), s2 = s * s, s4 = s2 * s2;
    double t1 = s2 * (6.666666666666735130e-01 + s4 * (2.857142874366239149e-01 + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)));
    double t2 = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01));
    double r = t1 + t2, hfsq = 0.5 * f * f;
    return k * 6.93147180369123816490e-01 - ((hfsq - (s * (hfsq + r) + k * 1.90821492927058770002e-10)) - f);
}

double elem_log2(double x) {
    int exp;
    if (!isfinite(x) || x <= 0)
        return elem_log(x);
    double frac = frexp(x, &exp);
    if (frac == 0.5)
        return exp - 1;
    return elem_log(frac) * (1 / M_LN2) + exp;
}

/* Powers: the fraction of y by way of exp and log, its integer part by squaring, on mantissa and exponent apart. */
double elem_pow(double x, double y) {
    if (y == 0 || x == 1)
        return 1;
    if (y == 1)
        return x;
    if (isnan(x) || isnan(y) || x == 0 || isinf(x) || isinf(y))
        return pow(x, y);
    if (y == 0.5)
        return sqrt(x);
    if (y == -0.5)
        return 1 / sqrt(x);
    double yi, yf = modf(fabs(y), &yi);
    if (yf != 0 && x < 0)
        return NAN;
    if (yi >= 0x1p63) {
        if (x == -1)
            return 1;
        return (fabs(x) < 1) == (y > 0) ? 0 : INFINITY;
    }
    double a1 = 1;
    int64_t ae = 0;
    if (yf != 0) {
        if (yf > 0.5) {
            yf--;
            yi++;
        }
        a1 = elem_exp(yf * elem_log(x));
    }
    int xe;
    double x1 = frexp(x, &xe);
    int64_t e = xe;
    for (int64_t i = (int64_t)yi; i != 0; i >>= 1) {
        if (e < -(1 << 12) || e > 1 << 12) {
            ae += e;  // over- or underflow is certain
            break;
        }
        if (i & 1) {
            a1 *= x1;
            ae += e;
        }
        x1 *= x1;
        e *= 2;
        if (x1 < .5) {
            x1 += x1;
            e--;
        }
    }
    if (y < 0) {
        a1 = 1 / a1;
        ae = -ae;
    }
    return ldexp(a1, ae > 10000 ? 10000 : ae < -10000 ? -10000 : (int)ae);
}

/* --- hyperbolic functions --- */

double elem_sinh(double x) {
    double a = fabs(x), t;
    if (a > 21) {
        t = elem_exp(a) * 0.5;
    } else if (a > 0.5) {
        double ex = elem_exp(a);
        t = (ex - 1 / ex) * 0.5;
    } else {
        double q = a * a;
        t = (((-0.2630563213397497062819489e+2 * q + -0.2894211355989563807284660366e+4) * q + -0.8991272022039509355398013511e+5) * q +
             -0.6307673640497716991184787251e+6) * a;
        t = t / (((q + -0.1736789535582336995334509110e+3) * q + 0.1521517378790019070696485176e+5) * q + -0.6307673640497716991212077277e+6);
    }
    return signbit(x) ? -t : t;
}

double elem_cosh(double x) {
    double a = fabs(x);
    if (a > 21)
        return elem_exp(a) * 0.5;
    double ex = elem_exp(a);
    return (ex + 1 / ex) * 0.5;
}

double elem_tanh(double x) {
    double a = fabs(x);
    if (a > 0.5 * 8.8029691931113054295988e+01)
        return x < 0 ? -1 : 1;
    if (a >= 0.625) {
        double s = elem_exp(2 * a), z = 1 - 2 / (s + 1);
        return x < 0 ? -z : z;
    }
    if (x == 0)
        return x;
    double s = x * x;
    double p = (-9.64399179425052238628e-1 * s + -9.92877231001918586564e1) * s + -1.61468768441708447952e3;
    double q = ((s + 1.12811678491632931402e2) * s + 2.23548839060100448583e3) * s + 4.84406305325125486048e3;
    return x + x * s * p / q;
}

double elem_asinh(double x) {
    double a = fabs(x), t;
    if (x == 0 || !isfinite(x))
        return x;
    if (a > 1 << 28)
        t = elem_log(a) + M_LN2;
    else if (a > 2)
        t = elem_log(2 * a + 1 / (sqrt(a * a + 1) + a));
    else if (a < 1.0 / (1 << 28))
        t = a;
    else
        t = elem_log1p(a + a * a / (1 + sqrt(1 + a * a)));
    return copysign(t, x);
}

double elem_acosh(double x) {
    if (!(x >= 1))
        return NAN;
    if (x >= 1 << 28)
        return elem_log(x) + M_LN2;
    if (x > 2)
        return elem_log(2 * x - 1 / (x + sqrt(x * x - 1)));
    double t = x - 1;
    return elem_log1p(t + sqrt(2 * t + t * t));
}

double elem_atanh(double x) {
    double a = fabs(x), t = a;
    if (!(a <= 1))
        return NAN;
    if (a == 1)
        return copysign(INFINITY, x);
    if (a >= 0.5)
        t = 0.5 * elem_log1p((a + a) / (1 - a));
    else if (a >= 0x1p-28)
        t = 0.5 * elem_log1p(a + a + (a + a) * a / (1 - a));
    return copysign(t, x);
}

double elem_hypot(double x, double y) {
    x = fabs(x);
    y = fabs(y);
    if (isinf(x) || isinf(y))
        return INFINITY;
    if (isnan(x) || isnan(y))
        return NAN;
    if (x < y) {
        double t = x;
        x = y;
        y = t;
    }
    if (x == 0)
        return 0;
    y = y / x;
    return x * sqrt(1 + y * y);
}

/* --- inverse of the error function: AS 241, PPND16, for the normal distribution at (x + 1) / 2 --- */

// ratio returns x times one polynomial over another.
static double ratio(double x, const double *a, const double *b, double r) {
    double p = a[7], q = b[7];
    for (int i = 6; i >= 0; i--) {
        p = p * r + a[i];
        q = q * r + b[i];
    }
    return x * p / q;
}

double elem_erfinv(double x) {
    static const double A[] = {1.1975323115670912564578e0, 4.7072688112383978012285e1, 6.9706266534389598238465e2, 4.8548868893843886794648e3,
                               1.6235862515167575384252e4, 2.3782041382114385731252e4, 1.1819493347062294404278e4, 8.8709406962545514830200e2};
    static const double B[] = {1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
                               2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3};
    static const double C[] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
                               1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double D[] = {1.4142135623730950488016887e0, 2.9036514445419946173133295e0, 2.3707661626024532365971225e0, 9.7547832001787427186894837e-1,
                               2.0945065210512749128288442e-1, 2.1494160384252876777097297e-2, 7.7441459065157709165577218e-4, 1.4859850019840355905497876e-9};
    static const double E[] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double F[] = {1.414213562373095048801689e0, 8.482908416595164588112026e-1, 1.936480946950659106176712e-1, 2.103693768272068968719679e-2,
                               1.112800997078859844711555e-3, 2.611088405080593625138020e-5, 2.010321207683943062279931e-7, 2.891024605872965461538222e-15};
    if (x == 0)
        return x;
    if (!(x > -1 && x < 1))
        return x == 1 ? INFINITY : x == -1 ? -INFINITY : NAN;
    double a = fabs(x), r;
    if (a <= 0.85) {
        r = 0.180625 - 0.25 * a * a;
        r = ratio(a, A, B, r);
    } else {
        r = sqrt(M_LN2 - elem_log(1.0 - a));
        r = r <= 5 ? ratio(1, C, D, r - 1.6) : ratio(1, E, F, r - 5);
    }
    return x < 0 ? -r : r;
}

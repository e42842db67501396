/* special.c: error function, logarithm of Gamma, e^x - 1 and log(1 + x), as FreeBSD's msun has them (Sun Microsystems, 1993), in the order of
 * operations that gives the usual last bit. Polynomials are tables of coefficients, the constant one first.
 * Multiplications and additions must not be fused: the build says -ffp-contract=off. */
#include "math/elementary.h"
#include <math.h>
#include <stdint.h>

/* POLY evaluates the polynomial of the table at x, by Horner's rule. */
#define POLY(table, x) elem_poly(table, sizeof(table) / sizeof(table)[0], x)

static const double LN2_HI = 6.93147180369123816490e-01, LN2_LO = 1.90821492927058770002e-10;

/* --- error function --- */

static const double ERF_SMALL_P[] = {
    1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
    -5.77027029648944159157e-03, -2.37630166566501626084e-05};
static const double ERF_SMALL_Q[] = {
    1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
    1.32494738004321644526e-04, -3.96022827877536812320e-06};
static const double ERF_ONE_P[] = {
    -2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01,
    -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03};
static const double ERF_ONE_Q[] = {
    1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
    1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02};
static const double ERFC_NEAR_P[] = {
    -9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
    -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
    -8.12874355063065934246e+01, -9.81432934416914548592e+00};
static const double ERFC_NEAR_Q[] = {
    1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
    6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00,
    -6.04244152148580987438e-02};
static const double ERFC_FAR_P[] = {
    -9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
    -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
    -4.83519191608651397019e+02};
static const double ERFC_FAR_Q[] = {
    1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
    3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01};
static const double ERF_AT_1 = 8.45062911510467529297e-01;  // erf(1), to 24 bits

/* erfc_tail is erfc(a) * a for a >= 1.25. The square of a is split so that its upper part is exact. */
static double erfc_tail(double a) {
    double s = 1 / (a * a), q;
    if (a < 1 / 0.35)
        q = POLY(ERFC_NEAR_P, s) / POLY(ERFC_NEAR_Q, s);
    else
        q = POLY(ERFC_FAR_P, s) / POLY(ERFC_FAR_Q, s);
    double z = bits_f64(f64_bits(a) & 0xffffffff00000000);
    return elem_exp(-z * z - 0.5625) * elem_exp((z - a) * (z + a) + q);
}

double elem_erf(double x) {
    static const double SLOPE = 1.28379167095512586316e-01, SLOPE_8 = 1.02703333676410069053e+00;  // 2/sqrt(pi) - 1; 8 times that
    if (isnan(x))
        return x;
    double a = fabs(x), y;
    if (a < 0x1p-1015)  // 8 times more, so that no bit is lost below the normal numbers
        y = 0.125 * (8.0 * a + SLOPE_8 * a);
    else if (a < 0x1p-28)
        y = a + SLOPE * a;
    else if (a < 0.84375)
        y = a + a * (POLY(ERF_SMALL_P, a * a) / POLY(ERF_SMALL_Q, a * a));
    else if (a < 1.25)
        y = ERF_AT_1 + POLY(ERF_ONE_P, a - 1) / POLY(ERF_ONE_Q, a - 1);
    else if (a < 6)
        y = 1 - erfc_tail(a) / a;
    else
        y = 1;
    return copysign(y, x);
}

double elem_erfc(double x) {
    if (isnan(x))
        return x;
    double a = fabs(x);
    if (a < 0.84375) {
        double y = a;
        if (a >= 0x1p-56) {
            y = a * (POLY(ERF_SMALL_P, a * a) / POLY(ERF_SMALL_Q, a * a));
            y = a < 0.25 ? a + y : 0.5 + (y + (a - 0.5));
        }
        return x < 0 ? 1 + y : 1 - y;
    }
    if (a < 1.25) {
        double q = POLY(ERF_ONE_P, a - 1) / POLY(ERF_ONE_Q, a - 1);
        return x < 0 ? 1 + ERF_AT_1 + q : 1 - ERF_AT_1 - q;
    }
    if (x < -6)
        return 2;
    if (a >= 28)
        return 0;
    return x < 0 ? 2 - erfc_tail(a) / a : erfc_tail(a) / a;
}

/* --- e^x - 1 --- */

/* scale adds k to the exponent of y, whatever comes of it. */
static double scale(double y, int k) { return bits_f64(f64_bits(y) + ((uint64_t)k << 52)); }

double elem_expm1(double x) {
    static const double Q[] = {1, -3.33333333333331316428e-02, 1.58730158725481460165e-03, -7.93650757867487942473e-05,
                               4.00821782732936239552e-06, -2.01099218183624371326e-07};
    static const double HALF_LN2 = 3.46573590279972654709e-01, THREE_HALVES_LN2 = 1.03972077083991796413e+00;
    double a = fabs(x), c = 0;
    int k = 0;
    if (isnan(x) || a < 0x1p-54)
        return x;
    if (x >= 7.09782712893383973096e+02)
        return INFINITY;
    if (x <= -3.88162421113569373274e+01)  // 56 ln 2
        return -1;
    if (a > HALF_LN2) {  // x = k ln 2 + r, and c what is lost in r
        double hi, lo;
        k = a >= THREE_HALVES_LN2 ? (int)(M_LOG2E * x + (x < 0 ? -0.5 : 0.5)) : x < 0 ? -1 : 1;
        hi = x - k * LN2_HI;
        lo = k * LN2_LO;
        x = hi - lo;
        c = (hi - x) - lo;
    }
    double half = 0.5 * x, square = x * half;
    double r = POLY(Q, square), t = 3 - r * half;
    double e = square * ((r - t) / (6.0 - x * t));
    if (k == 0)
        return x - (x * e - square);
    e = (x * (e - c) - c) - square;
    if (k == -1)
        return 0.5 * (x - e) - 0.5;
    if (k == 1)
        return x < -0.25 ? -2 * (e - (x + 0.5)) : 1 + 2 * (x - e);
    if (k < 0 || k > 56)
        return scale(1 - (e - x), k) - 1;
    if (k < 20)
        return scale((1 - ldexp(1, -k)) - (e - x), k);
    return scale((x - (e + ldexp(1, -k))) + 1, k);
}

/* --- log(1 + x) --- */

double elem_log1p(double x) {
    static const double L[] = {6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
                               1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01};
    if (!(x >= -1))
        return NAN;
    if (x == -1)
        return -INFINITY;
    if (x == INFINITY)
        return x;
    double a = fabs(x), f = x, c = 0;
    int k = 0;
    bool tiny = false;  // f below 2^-20, known from the fraction of 1 + x
    if (a < 0x1p-29)
        return a < 0x1p-54 ? x : x - x * x * 0.5;
    if (!(x > -2.928932188134524755992e-01 && x < 4.142135623730950488017e-01)) {  // outside of sqrt(1/2) - 1 and sqrt(2) - 1
        double u = x;
        if (a < 0x1p53)
            u = 1.0 + x;
        uint64_t bits = f64_bits(u), fraction = bits & 0x000fffffffffffff;
        k = (int)(bits >> 52) - 1023;
        if (a < 0x1p53) {  // what 1 + x lost
            c = k > 0 ? 1.0 - (u - x) : x - (u - 1.0);
            c /= u;
        }
        if (fraction < 0x0006a09e667f3bcd) {  // that of sqrt(2)
            u = bits_f64(fraction | 0x3ff0000000000000);
        } else {
            k++;
            u = bits_f64(fraction | 0x3fe0000000000000);
            fraction = (0x0010000000000000 - fraction) >> 2;
        }
        f = u - 1.0;
        tiny = fraction == 0;
    }
    double half = 0.5 * f * f;
    if (tiny) {
        if (f == 0)
            return k == 0 ? 0 : k * LN2_HI + (c + k * LN2_LO);
        double r = half * (1.0 - 0.66666666666666666 * f);
        return k == 0 ? f - r : k * LN2_HI - ((r - (k * LN2_LO + c)) - f);
    }
    double s = f / (2.0 + f), z = s * s, r = z * POLY(L, z);
    if (k == 0)
        return f - (half - s * (half + r));
    return k * LN2_HI - ((half - (s * (half + r) + (k * LN2_LO + c))) - f);
}

/* --- logarithm of Gamma --- */

static const double A_EVEN[] = {
    7.72156649015328655494e-02, 6.73523010531292681824e-02, 7.38555086081402883957e-03, 1.19270763183362067845e-03,
    2.20862790713908385557e-04, 2.52144565451257326939e-05};
static const double A_ODD[] = {
    3.22467033424113591611e-01, 2.05808084325167332806e-02, 2.89051383673415629091e-03, 5.10069792153511336608e-04,
    1.08011567247583939954e-04, 4.48640949618915160150e-05};
static const double T0[] = {
    4.83836122723810047042e-01, -3.27885410759859649565e-02, 6.10053870246291332635e-03, -1.40346469989232843813e-03,
    3.15632070903625950361e-04};
static const double T1[] = {
    -1.47587722994593911752e-01, 1.79706750811820387126e-02, -3.68452016781138256760e-03, 8.81081882437654011382e-04,
    -3.12754168375120860518e-04};
static const double T2[] = {
    6.46249402391333854778e-02, -1.03142241298341437450e-02, 2.25964780900612472250e-03, -5.38595305356740546715e-04,
    3.35529192635519073543e-04};
static const double U[] = {
    -7.72156649015328655494e-02, 6.32827064025093366517e-01, 1.45492250137234768737e+00, 9.77717527963372745603e-01,
    2.28963728064692451092e-01, 1.33810918536787660377e-02};
static const double V[] = {
    1.0, 2.45597793713041134822e+00, 2.12848976379893395361e+00, 7.69285150456672783825e-01,
    1.04222645593369134254e-01, 3.21709242282423911810e-03};
static const double S[] = {
    -7.72156649015328655494e-02, 2.14982415960608852501e-01, 3.25778796408930981787e-01, 1.46350472652464452805e-01,
    2.66422703033638609560e-02, 1.84028451407337715652e-03, 3.19475326584100867617e-05};
static const double R[] = {
    1.0, 1.39200533467621045958e+00, 7.21935547567138069525e-01, 1.71933865632803078993e-01,
    1.86459191715652901344e-02, 7.77942496381893596434e-04, 7.32668430744625636189e-06};
static const double W[] = {
    8.33333333333329678849e-02, -2.77777777728775536470e-03, 7.93650558643019558500e-04, -5.95187557450339963135e-04,
    8.36339918996282139126e-04, -1.63092934096575273989e-03};
// Where Gamma is least between 1 and 2, the same less 1, and the logarithm there in two parts.
static const double LOWEST_X = 1.46163214496836224576, LOWEST_X_1 = 0.46163214496836224576;
static const double LOWEST = -1.21486290535849611461e-01, LOWEST_REST = -3.63867699703950536541e-18;

/* minus_sin_pi is -sin(pi a) for a >= 0, by the eighth of the circle that a lies in. */
static double minus_sin_pi(double a) {
    if (a < 0.25)
        return -elem_sin(M_PI * a);
    if (a == floor(a))
        return -elem_sin(0);
    a = fmod(a, 2);
    switch ((int)(a * 4)) {
    case 0: return -elem_sin(M_PI * a);
    case 1:
    case 2: return -elem_cos(M_PI * (0.5 - a));
    case 3:
    case 4: return -elem_sin(M_PI * (1 - a));
    case 5:
    case 6: return elem_cos(M_PI * (a - 1.5));
    default: return -elem_sin(M_PI * (a - 2));
    }
}

static double lgamma_below_2(double a) {
    bool low = a <= 0.9;  // by way of Gamma(a + 1)
    double shift = low ? -elem_log(a) : 0;
    if (a >= (low ? 0.731632144968362245 : 1.731632144968362245)) {
        double y = (low ? 1 : 2) - a, z = y * y;
        return shift + (y * POLY(A_EVEN, z) + z * POLY(A_ODD, z) - 0.5 * y);
    }
    if (a >= (low ? 0.191632144968362245 : 1.191632144968362245)) {
        double y = a - (low ? LOWEST_X_1 : LOWEST_X), z = y * y, w = z * y;
        double p = z * POLY(T0, w) - (LOWEST_REST - w * (POLY(T1, w) + y * POLY(T2, w)));
        return shift + (LOWEST + p);
    }
    double y = a - (low ? 0 : 1);
    return shift + (-0.5 * y + y * POLY(U, y) / POLY(V, y));
}

static double lgamma_positive(double a) {
    if (a == 1 || a == 2)
        return 0;
    if (a < 2)
        return lgamma_below_2(a);
    if (a < 8) {
        int whole = (int)a;
        double y = a - whole, z = 1;
        double l = 0.5 * y + y * POLY(S, y) / POLY(R, y);
        for (int i = whole - 1; i >= 2; i--)
            z *= y + i;
        return whole > 2 ? l + elem_log(z) : l;
    }
    if (a < 0x1p58) {
        double t = elem_log(a), z = 1 / a;
        return (a - 0.5) * (t - 1) + (4.18938533204672725052e-01 + z * POLY(W, z * z));
    }
    return a * (elem_log(a) - 1);
}

double elem_lgamma(double x, int *sign) {
    *sign = 1;
    if (!isfinite(x))
        return x;
    double a = fabs(x);
    if (x == 0)
        return INFINITY;
    if (a < 0x1p-70) {
        *sign = x < 0 ? -1 : 1;
        return -elem_log(a);
    }
    if (x > 0)
        return lgamma_positive(a);
    double t = minus_sin_pi(a);
    if (a >= 0x1p52 || t == 0)
        return INFINITY;
    *sign = t < 0 ? -1 : 1;
    return elem_log(M_PI / fabs(t * a)) - lgamma_positive(a);
}

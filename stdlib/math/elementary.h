// elementary.h: functions whose algorithm decides the last bit of what programs print.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t f64_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double bits_f64(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* elem_poly evaluates the polynomial of n > 0 coefficients, the constant one first, by Horner's rule. */
static inline double elem_poly(const double *c, int n, double x) {
    double p = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        p = c[i] + x * p;
    return p;
}

double elem_sin(double x);
double elem_cos(double x);
double elem_tan(double x);
double elem_asin(double x);
double elem_acos(double x);
double elem_atan(double x);
double elem_atan2(double y, double x);
double elem_sinh(double x);
double elem_cosh(double x);
double elem_tanh(double x);
double elem_asinh(double x);
double elem_acosh(double x);
double elem_atanh(double x);
double elem_exp(double x);
double elem_exp2(double x);
double elem_cbrt(double x);
double elem_gamma(double x);
double elem_log(double x);
double elem_log2(double x);
double elem_pow(double x, double y);
double elem_hypot(double x, double y);
double elem_erfinv(double x);

// special.c
double elem_erf(double x);
double elem_erfc(double x);
double elem_expm1(double x);
double elem_log1p(double x);
double elem_lgamma(double x, int *sign);

// bessel.c
double elem_j0(double x);
double elem_j1(double x);
double elem_y0(double x);
double elem_y1(double x);
double elem_jn(int64_t n, double x);
double elem_yn(int64_t n, double x);

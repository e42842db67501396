// elementary.h: functions whose algorithm decides the last bit of what programs print.
#pragma once

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

// print.c: the builtin print, straight to standard error.
#include "debug/debug.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(const char *s, size_t n) {
    while (n) {
        ssize_t k = write(STDERR_FILENO, s, n);
        if (k <= 0)
            return;
        s += k;
        n -= (size_t)k;
    }
}

// Digits of the shortest form of v > 0 and its decimal exponent: v = 0.d1d2d3... * 10^exp.
static int shortest(char *digits, double v, bool is_float32, int *exp) {
    char buf[40];
    int max = is_float32 ? 9 : 17;
    for (int prec = 1; prec <= max; prec++) {
        snprintf(buf, sizeof buf, "%.*e", prec - 1, v);
        if (is_float32 ? strtof(buf, NULL) == (float)v : strtod(buf, NULL) == v)
            break;
    }
    int n = 0;
    for (const char *p = buf; *p != 'e'; p++) {
        if (*p != '.')
            digits[n++] = *p;
    }
    while (n > 1 && digits[n - 1] == '0')
        n--;
    *exp = atoi(strchr(buf, 'e') + 1) + 1;
    return n;
}

size_t debug_float(char *buf, double v, bool is_float32) {
    if (isnan(v))
        return (size_t)sprintf(buf, "NaN");
    if (isinf(v))
        return (size_t)sprintf(buf, v > 0 ? "+Inf" : "-Inf");
    char *p = buf, digits[20];
    if (signbit(v)) {
        *p++ = '-';
        v = -v;
    }
    if (v == 0) {
        *p++ = '0';
        return (size_t)(p - buf);
    }
    int exp, n = shortest(digits, v, is_float32, &exp);
    enum { EXP_MIN = -4, EXP_MAX = 6 };
    if (exp - 1 < EXP_MIN || exp - 1 >= EXP_MAX) {
        *p++ = digits[0];
        if (n > 1) {
            *p++ = '.';
            p = mempcpy(p, digits + 1, (size_t)n - 1);
        }
        p += sprintf(p, "e%c%02d", exp > 0 ? '+' : '-', abs(exp - 1));
    } else if (exp <= 0) {
        p = mempcpy(p, "0.0000", (size_t)(2 - exp));
        p = mempcpy(p, digits, (size_t)n);
    } else {
        for (int i = 0; i < exp || i < n; i++) {
            if (i == exp)
                *p++ = '.';
            *p++ = i < n ? digits[i] : '0';
        }
    }
    return (size_t)(p - buf);
}

size_t debug_complex(char *buf, double re, double im, bool is_float32) {
    size_t n = 0;
    buf[n++] = '(';
    n += debug_float(buf + n, re, is_float32);
    if (isnan(im) || (!signbit(im) && !isinf(im)))
        buf[n++] = '+';
    n += debug_float(buf + n, im, is_float32);
    buf[n++] = 'i';
    buf[n++] = ')';
    buf[n] = 0;
    return n;
}

void debug_print(PrintKind kind, const Slot *v) {
    char buf[100];
    size_t n = 0;
    switch (kind) {
    case PRINT_BOOL: n = (size_t)sprintf(buf, v[0] ? "true" : "false"); break;
    case PRINT_INT: n = (size_t)sprintf(buf, "%lld", (long long)v[0]); break;
    case PRINT_UINT: n = (size_t)sprintf(buf, "%llu", (unsigned long long)v[0]); break;
    case PRINT_FLOAT: n = debug_float(buf, slot_f64(v[0]), false); break;
    case PRINT_FLOAT32: n = debug_float(buf, (double)slot_f32(v[0]), true); break;
    case PRINT_COMPLEX: n = debug_complex(buf, slot_f64(v[0]), slot_f64(v[1]), false); break;
    case PRINT_STRING: put((const char *)v[0], v[1]); return;
    case PRINT_POINTER:
    case PRINT_HEX: n = (size_t)sprintf(buf, "0x%llx", (unsigned long long)v[0]); break;
    case PRINT_SLICE:
        n = (size_t)sprintf(buf, "[%llu/%llu]0x%llx", (unsigned long long)v[1], (unsigned long long)v[2], (unsigned long long)v[0]);
        break;
    case PRINT_IFACE: n = (size_t)sprintf(buf, "(0x%llx,0x%llx)", (unsigned long long)v[0], (unsigned long long)v[1]); break;
    case PRINT_SPACE: buf[n++] = ' '; break;
    case PRINT_NEWLINE: buf[n++] = '\n'; break;
    }
    put(buf, n);
}

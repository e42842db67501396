// numfmt.h: numbers to text, exactly as Go writes them. Shared by fmt, strconv and print.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NUMFMT_INT_MAX = 65,     // room numfmt_uint and numfmt_int need
    NUMFMT_FLOAT_MAX = 400,  // room numfmt_float needs beyond its precision
    NUMFMT_SHORTEST = -1,    // precision: as few digits as tell the value from its neighbours
};

/* numfmt_uint writes v in the given base (2 to 36), digits beyond 9 in lower case, and returns the length. No NUL. */
int numfmt_uint(char *out, uint64_t v, unsigned base);

/* numfmt_int is numfmt_uint for signed values. */
int numfmt_int(char *out, int64_t v, unsigned base);

/* numfmt_float writes v as strconv.FormatFloat(v, verb, prec, bits) does and returns the length. No NUL.
 * verb is one of b e E f g G x X; any other gives '%' and the verb. bits is 32 or 64 and matters for NUMFMT_SHORTEST and verb b.
 * out has room for NUMFMT_FLOAT_MAX + max(prec, 0) bytes. */
int numfmt_float(char *out, double v, char verb, int prec, int bits);

/* A NumfmtDecimal is a finite number's digits: value = 0.d1d2d3... * 10^dp. Zero has no digits. */
typedef struct NumfmtDecimal {
    char digits[20];
    int n;   // digits in use; the last is not '0'
    int dp;  // place of the decimal point, counted from the first digit
} NumfmtDecimal;

/* numfmt_shortest finds the shortest digits that read back as v (finite; the sign is ignored), and among those the nearest. */
void numfmt_shortest(NumfmtDecimal *d, double v, int bits);

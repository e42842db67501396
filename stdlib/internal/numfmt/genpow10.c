/* genpow10.c: build tool that prints the powers of ten numfmt.c multiplies by.
 *
 *     genpow10 OUTPUT
 *
 * For each k from POW10_MIN to POW10_MAX it writes the 128-bit integer ceil(10^k / 2^(e-127)) with e = floor(log2(10^k)), that is
 * the top 128 bits of 10^k, rounded up. Plain schoolbook arithmetic on 32-bit limbs: it runs once, at build time. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POW10_MIN = -292, POW10_MAX = 324, LIMBS = 40 };

typedef struct Big {
    uint32_t limb[LIMBS];  // least significant first
} Big;

static void big_mul_small(Big *b, uint32_t by) {
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint64_t)b->limb[i] * by;
        b->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static int big_bits(const Big *b) {
    for (int i = LIMBS - 1; i >= 0; i--)
        if (b->limb[i])
            return i * 32 + 32 - __builtin_clz(b->limb[i]);
    return 0;
}

static bool big_bit(const Big *b, int i) { return i >= 0 && (b->limb[i / 32] >> (i % 32) & 1); }

static bool big_less(const Big *a, const Big *b) {
    for (int i = LIMBS - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i];
    return false;
}

static void big_sub(Big *a, const Big *b) {
    int64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        borrow += (int64_t)a->limb[i] - b->limb[i];
        a->limb[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
}

static Big pow10_exact(int k) {
    Big b = {{1}};
    while (k-- > 0)
        big_mul_small(&b, 10);
    return b;
}

/* top128 returns the top 128 bits of 10^k, k >= 0, rounded up. */
static unsigned __int128 top128(int k) {
    Big b = pow10_exact(k);
    int bits = big_bits(&b);
    unsigned __int128 top = 0;
    bool rest = false;
    for (int i = bits - 1; i >= bits - 128; i--)
        top = top << 1 | big_bit(&b, i);
    for (int i = bits - 129; i >= 0 && !rest; i--)
        rest = big_bit(&b, i);
    return top + rest;
}

/* inverse128 returns the top 128 bits of 10^-k, k > 0, rounded up, by long division of a power of two. */
static unsigned __int128 inverse128(int k) {
    Big d = pow10_exact(k), rem = {{1}};
    while (big_less(&rem, &d))
        big_mul_small(&rem, 2);
    unsigned __int128 top = 0;
    for (int i = 0; i < 128; i++) {
        top <<= 1;
        if (!big_less(&rem, &d)) {
            big_sub(&rem, &d);
            top |= 1;
        }
        big_mul_small(&rem, 2);
    }
    return top + 1;  // a power of ten never divides a power of two
}

int main(int argc, char **argv) {
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out) {
        fputs("usage: genpow10 OUTPUT\n", stderr);
        return 2;
    }
    fprintf(out, "// Made by genpow10: {high, low} halves.\nenum { POW10_MIN = %d, POW10_MAX = %d };\n", POW10_MIN, POW10_MAX);
    fputs("static const uint64_t pow10_table[][2] = {\n", out);
    for (int k = POW10_MIN; k <= POW10_MAX; k++) {
        unsigned __int128 g = k < 0 ? inverse128(-k) : top128(k);
        fprintf(out, "    {0x%016llx, 0x%016llx},  // 10^%d\n", (unsigned long long)(g >> 64), (unsigned long long)g, k);
    }
    fputs("};\n", out);
    return fclose(out) != 0;
}

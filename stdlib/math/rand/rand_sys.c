// rand_sys.c: the start of the lagged Fibonacci generator, and random numbers of the runtime.
#include "leaves.h"

enum { LENGTH = 607, LAG = 273 };

static const uint64_t beginning[] = {
#define WORD(w) w,
#include "math/rand/lagged.def"
#undef WORD
};

// minimal_standard is Park and Miller's generator modulo 2^31 - 1, with their second multiplier.
static uint64_t minimal_standard(uint64_t x) { return x * 48271 % 0x7fffffff; }

_Static_assert(sizeof beginning / sizeof *beginning == LENGTH, "one word a place");

LeafStatus rand_start(LeafCtx *cx, Slot *s) {
    uint64_t *reg = (uint64_t *)s[0];
    int64_t seed = (int64_t)s[3] % 0x7fffffff;
    if (seed < 0)
        seed += 0x7fffffff;
    uint64_t x = seed ? (uint64_t)seed : 89482311;
    for (int i = 0; i < 20; i++)
        x = minimal_standard(x);
    for (int i = 0; i < LENGTH; i++) {
        uint64_t a = minimal_standard(x), b = minimal_standard(a);
        x = minimal_standard(b);
        reg[i] = a << 40 ^ b << 20 ^ x ^ beginning[i];
    }
    reg[LENGTH] = 0;
    reg[LENGTH + 1] = LENGTH - LAG;
    return LEAF_DONE;
}

LeafStatus rand_step(LeafCtx *cx, Slot *s) {
    uint64_t *reg = (uint64_t *)s[0], *tap = reg + LENGTH, *feed = tap + 1;
    *tap = *tap ? *tap - 1 : LENGTH - 1;
    *feed = *feed ? *feed - 1 : LENGTH - 1;
    s[0] = reg[*feed] += reg[*tap];
    return LEAF_DONE;
}

LeafStatus rand_runtime(LeafCtx *cx, Slot *s) {
    s[0] = p_rand(cx->pp);
    return LEAF_DONE;
}

/* func runtimeBelow(n uint64) uint64: by Lemire's method; n > 0. For v2 too. */
LeafStatus rand_below(LeafCtx *cx, Slot *s) {
    uint64_t n = s[0];
    unsigned __int128 product = (unsigned __int128)p_rand(cx->pp) * n;
    if ((uint64_t)product < n) {
        for (uint64_t least = -n % n; (uint64_t)product < least;)
            product = (unsigned __int128)p_rand(cx->pp) * n;
    }
    s[0] = (Slot)(product >> 64);
    return LEAF_DONE;
}

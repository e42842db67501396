// bits_sys.c: what the machine does in an instruction or two.
#include "leaves.h"

LeafStatus bits_trailing_zeros(LeafCtx *cx, Slot *s) {
    s[0] = s[0] ? __builtin_ctzll(s[0]) : 64;
    return LEAF_DONE;
}

LeafStatus bits_ones_count(LeafCtx *cx, Slot *s) {
    s[0] = __builtin_popcountll(s[0]);
    return LEAF_DONE;
}

LeafStatus bits_len(LeafCtx *cx, Slot *s) {
    s[0] = s[0] ? 64 - __builtin_clzll(s[0]) : 0;
    return LEAF_DONE;
}

LeafStatus bits_reverse_bytes(LeafCtx *cx, Slot *s) {
    s[0] = __builtin_bswap64(s[0]);
    return LEAF_DONE;
}

LeafStatus bits_reverse(LeafCtx *cx, Slot *s) {
    uint64_t x = __builtin_bswap64(s[0]);
    x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
    x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
    s[0] = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
    return LEAF_DONE;
}

LeafStatus bits_mul(LeafCtx *cx, Slot *s) {
    unsigned __int128 p = (unsigned __int128)s[0] * s[1];
    s[0] = (uint64_t)(p >> 64);
    s[1] = (uint64_t)p;
    return LEAF_DONE;
}

LeafStatus bits_div(LeafCtx *cx, Slot *s) {
    uint64_t hi = s[0], lo = s[1], y = s[2];
    if (y == 0)
        return leaf_panic_error(cx, "integer divide by zero");
    if (y <= hi)
        return bits_overflow(cx, s);
    unsigned __int128 x = (unsigned __int128)hi << 64 | lo;
    s[0] = (uint64_t)(x / y);
    s[1] = (uint64_t)(x % y);
    return LEAF_DONE;
}

LeafStatus bits_overflow(LeafCtx *cx, Slot *s) { return leaf_panic_error(cx, "integer overflow"); }

// leafutil.h: small tools for leaf functions that make strings and grow byte slices.
#pragma once
#include "leaves.h"
#include <string.h>

/* leaf_bytes is pointer and length of a string or byte slice whose first slot is s. */
typedef struct LeafBytes {
    const uint8_t *p;
    size_t n;
} LeafBytes;

static inline LeafBytes leaf_bytes(const Slot *s) { return (LeafBytes){(const uint8_t *)s[0], s[1]}; }

// What no machine has room for: sizes beyond it are a panic of the program, as in Go, not the end of memory.
#define MAX_ALLOC ((size_t)1 << 48)

/* leaf_grow makes room for `more` bytes behind the byte slice in s[0..2]; its length stays. */
static inline void leaf_grow(LeafCtx *cx, Slot *s, size_t more) {
    size_t len = s[1], cap = s[2];
    if (cap - len >= more)
        return;
    size_t want = len + more;
    if (want < 2 * cap)
        want = cap < 4096 ? 2 * cap : want + want / 4;
    want = (want + 15) & ~(size_t)15;
    uint8_t *p = leaf_alloc(cx, want, NULL);
    if (len)
        memcpy(p, (const void *)s[0], len);
    s[0] = (Slot)p;
    s[2] = want;
}

/* leaf_append appends n bytes to the byte slice in s[0..2]. */
static inline void leaf_append(LeafCtx *cx, Slot *s, const void *bytes, size_t n) {
    leaf_grow(cx, s, n);
    if (n)
        memcpy((uint8_t *)s[0] + s[1], bytes, n);
    s[1] += n;
}

/* leaf_is_space is unicode.IsSpace. */
static inline bool leaf_is_space(uint32_t r) {
    if (r <= 0xff)
        return (r >= '\t' && r <= '\r') || r == ' ' || r == 0x85 || r == 0xa0;
    return r == 0x1680 || (r >= 0x2000 && r <= 0x200a) || r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f || r == 0x3000;
}

/* v2_sys.c: ChaCha with eight rounds as chacha8rand wants it.
 *
 * Blocks are made in groups of four; word w of the four blocks of a group stands side by side. After the rounds only the key words
 * are added to the state. */
#include "leaves.h"
#include <string.h>

static inline uint32_t rotl(uint32_t x, int k) { return x << k | x >> (32 - k); }

static void quarter(uint32_t *s, int a, int b, int c, int d) {
    s[a] += s[b];
    s[d] = rotl(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotl(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotl(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotl(s[b] ^ s[c], 7);
}

LeafStatus rand_fill_blocks(LeafCtx *cx, Slot *s) {
    uint32_t *out = (uint32_t *)s[0], key[8];
    memcpy(key, (const void *)s[3], sizeof key);
    for (uint32_t block = 0; block < 16; block++) {
        uint32_t st[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
        memcpy(st + 4, key, sizeof key);
        st[12] = block;
        for (int round = 0; round < 8; round += 2) {
            for (int i = 0; i < 4; i++)
                quarter(st, i, 4 + i, 8 + i, 12 + i);
            for (int i = 0; i < 4; i++)
                quarter(st, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
        }
        for (int w = 0; w < 16; w++)
            out[block / 4 * 64 + w * 4 + block % 4] = st[w] + (w >= 4 && w < 12 ? key[w - 4] : 0);
    }
    return LEAF_DONE;
}

LeafStatus rand_v2_runtime(LeafCtx *cx, Slot *s) {
    s[0] = p_rand(cx->pp);
    return LEAF_DONE;
}

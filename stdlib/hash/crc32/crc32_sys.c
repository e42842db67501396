// crc32_sys.c: the table of remainders, and the loop over bytes.
#include "leafutil.h"

LeafStatus crc32_fill(LeafCtx *cx, Slot *s) {
    uint32_t *tab = (uint32_t *)s[0], poly = (uint32_t)s[3];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t r = i;
        for (int bit = 0; bit < 8; bit++)
            r = r & 1 ? r >> 1 ^ poly : r >> 1;
        tab[i] = r;
    }
    return LEAF_DONE;
}

LeafStatus crc32_update(LeafCtx *cx, Slot *s) {
    uint32_t crc = ~(uint32_t)s[0];
    const uint32_t *tab = (const uint32_t *)s[1];
    LeafBytes data = leaf_bytes(s + 4);
    for (size_t i = 0; i < data.n; i++)
        crc = tab[(crc ^ data.p[i]) & 0xff] ^ crc >> 8;
    s[0] = (uint32_t)~crc;
    return LEAF_DONE;
}

// fnv_sys.c: the loop of FNV.
#include "leafutil.h"

LeafStatus fnv_fold(LeafCtx *cx, Slot *s) {
    uint64_t h = s[0], prime = s[1], mask = s[6];
    LeafBytes data = leaf_bytes(s + 2);
    bool after = s[5];
    for (size_t i = 0; i < data.n; i++) {
        if (after)
            h = h * prime ^ data.p[i];
        else
            h = (h ^ data.p[i]) * prime;
    }
    s[0] = h & mask;
    return LEAF_DONE;
}

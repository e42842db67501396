/* slice.c: how slices grow.
 *
 * Programs print cap(s), so capacities follow Go: its growth rule, rounded up to the sizes of its allocator. Our heap has classes of its own;
 * the few bytes between are not used. */
#include "value/value.h"

// Cell sizes of Go's allocator.
static const uint16_t go_sizes[] = {
    8,    16,   24,   32,   48,   64,   80,   96,   112,  128,  144,  160,  176,  192,   208,   224,   240,
    256,  288,  320,  352,  384,  416,  448,  480,  512,  576,  640,  704,  768,  896,   1024,  1152,  1280,
    1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5120, 5376, 6144,  6528,  6784,  6912,
    8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
};

enum { GO_SMALL_MAX = 32768, GO_HEADER = 8, GO_HEADER_ABOVE = 512, GO_PAGE = 8192 };

uint64_t slice_round_up(uint64_t size, bool noscan) {
    uint64_t header = !noscan && size > GO_HEADER_ABOVE ? GO_HEADER : 0, need = size + header;
    if (size > GO_SMALL_MAX - GO_HEADER)
        return (size + GO_PAGE - 1) / GO_PAGE * GO_PAGE;
    unsigned lo = 0, hi = COUNT_OF(go_sizes) - 1;
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (go_sizes[mid] < need)
            lo = mid + 1;
        else
            hi = mid;
    }
    return go_sizes[lo] - header;
}

bool slice_grown_cap(uint64_t old_cap, uint64_t new_len, const TypeDesc *elem, uint64_t *cap) {
    enum { THRESHOLD = 256 };
    uint64_t want = old_cap, bytes;
    if (new_len > 2 * old_cap) {
        want = new_len;
    } else if (old_cap < THRESHOLD) {
        want = 2 * old_cap;
    } else {
        while (want < new_len)
            want += (want + 3 * THRESHOLD) >> 2;
    }
    if (elem->size == 0) {
        *cap = new_len;
        return true;
    }
    if (__builtin_mul_overflow(want, elem->size, &bytes) || bytes > (uint64_t)1 << 47)
        return false;
    *cap = slice_round_up(bytes, elem->gc_period == 0) / elem->size;
    return true;
}

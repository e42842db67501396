// bufio_sys.c: words.
#include "internal/numfmt/quote.h"
#include "leafutil.h"

static bool space_at(LeafBytes in, size_t i, int *width) {
    *width = 1;
    return leaf_is_space(in.p[i] < 0x80 ? in.p[i] : quote_decode(in.p + i, in.n - i, width));
}

LeafStatus bufio_word(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    size_t start = 0, end;
    int width;
    while (start < in.n && space_at(in, start, &width))
        start += width;
    for (end = start; end < in.n && !space_at(in, end, &width);)
        end += width;
    s[0] = start;
    s[1] = end;
    s[2] = end < in.n ? end + width : 0;
    return LEAF_DONE;
}

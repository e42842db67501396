// sort_sys.c: length and swap for slices of any type.
#include "leaves.h"
#include <string.h>

typedef struct SliceHeader {
    uint8_t *data;
    uint64_t len, cap;
} SliceHeader;

LeafStatus sort_slice_len(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    if (!t)
        return leaf_panic_plain(cx, "reflect: call of Swapper on zero Value");
    if (t->kind != KIND_SLICE)
        return leaf_panic_plain(cx, "reflect: call of Swapper on %.*s Value", (int)t->string.len, t->string.data);
    s[0] = ((const SliceHeader *)s[1])->len;
    return LEAF_DONE;
}

/* Elements without pointers, and those of one word, change places in C locals; others in pieces that take the bulk barrier's way through
 * a buffer, which the collector need not know since no collection starts inside a leaf function. */
LeafStatus sort_slice_swap(LeafCtx *cx, Slot *s) {
    const TypeDesc *elem = ((const TypeDesc *)s[0])->elem;
    const SliceHeader *h = (const SliceHeader *)s[1];
    if (s[2] >= h->len || s[3] >= h->len)
        return leaf_panic_error(cx, "index out of range [%lld] with length %llu", (long long)(s[2] >= h->len ? s[2] : s[3]),
                                (unsigned long long)h->len);
    size_t size = elem->size;
    uint8_t *a = h->data + s[2] * size, *b = h->data + s[3] * size;
    uint8_t small[256], *spare = size <= sizeof small ? small : leaf_alloc(cx, size, NULL);
    if (size == 0 || a == b)
        return LEAF_DONE;
    memcpy(spare, a, size);
    if (elem->gc_period == 0) {
        memcpy(a, b, size);
        memcpy(b, spare, size);
    } else {
        leaf_copy(cx, a, b, elem, 1);
        leaf_copy(cx, b, spare, elem, 1);
    }
    return LEAF_DONE;
}

// leaf.c: what the runtime offers to leaf functions.
#include "vm_impl.h"

#include <stdarg.h>
#include <stdio.h>

void *leaf_alloc(LeafCtx *cx, size_t size_bytes, const TypeDesc *elem) {
    return gc_alloc(cx->pp, size_bytes, elem);
}

void leaf_string(LeafCtx *cx, Slot *s, const char *bytes, size_t n) {
    char *to = NULL;
    if (n) {
        to = gc_alloc(cx->pp, n, NULL);
        memcpy(to, bytes, n);
    }
    s[0] = (Slot)to;
    s[1] = n;
}

LeafStatus leaf_panic_error(LeafCtx *cx, const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    vm_panic_error(cx->mp, "%s", text);
    return LEAF_PANIC;
}

LeafStatus leaf_panic_plain(LeafCtx *cx, const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    vm_panic_plain(cx->mp, "%s", text);
    return LEAF_PANIC;
}

void leaf_fatal(LeafCtx *cx, const char *msg) {
    rt_fatal(cx->rt, msg, false);
}

void leaf_store_ptr(LeafCtx *cx, void **slot, void *value) {
    gc_store(cx->pp, (void *_Atomic *)slot, value);
}

void leaf_copy(LeafCtx *cx, void *dst, const void *src, const TypeDesc *elem, size_t n) {
    gc_copy(cx->pp, dst, src, elem, n);
}

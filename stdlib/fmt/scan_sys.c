// scan_sys.c: what scanning asks of an operand.
#include "leaves.h"
#include <string.h>

/* func scanTarget(arg any) (kind, elem, bits int, typ string, p unsafe.Pointer): of what the pointer arg points to; kind is 0, and typ arg's own
 * type, when it is no pointer */
LeafStatus fmt_scan_target(LeafCtx *cx, Slot *s) {
    static const StrLit nil = {"<nil>", 5};
    const TypeDesc *t = (const TypeDesc *)s[0];
    void *p = (void *)s[1];
    const TypeDesc *to = t && t->kind == KIND_POINTER ? t->elem : NULL;
    if (to && !p)
        return leaf_panic_error(cx, "invalid memory address or nil pointer dereference");
    const StrLit *text = to ? &to->string : t ? &t->string : &nil;
    s[0] = to ? to->kind : 0;
    s[1] = to && to->kind == KIND_SLICE ? to->elem->kind : 0;
    s[2] = to ? to->size * 8 : 0;
    s[3] = (Slot)text->data;
    s[4] = text->len;
    s[5] = (Slot)p;
    return LEAF_DONE;
}

/* func contains(set string, r rune) bool */
LeafStatus fmt_contains(LeafCtx *cx, Slot *s) {
    int64_t r = (int64_t)s[2];
    s[0] = r >= 0 && r < 0x80 && memchr((const char *)s[0], (int)r, s[1]) != NULL;
    return LEAF_DONE;
}

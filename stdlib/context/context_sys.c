// context_sys.c: what package context asks of a value's type.
#include "leaves.h"

/* func typeString(v any) string */
LeafStatus context_type_string(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    s[0] = t ? (Slot)t->string.data : 0;
    s[1] = t ? t->string.len : 0;
    return LEAF_DONE;
}

/* func isComparable(v any) bool */
LeafStatus context_is_comparable(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    s[0] = t && t->flags & TF_COMPARABLE;
    return LEAF_DONE;
}

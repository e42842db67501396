// flag_sys.c: zero values of types known only at run time.
#include "leaves.h"

/* func zeroLike(v any) any */
LeafStatus flag_zero_like(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    if (!t)
        return LEAF_DONE;
    if (t->kind == KIND_POINTER)
        s[1] = (Slot)leaf_alloc(cx, t->elem->size, t->elem);
    else if (t->flags & TF_DIRECT)
        s[1] = 0;
    else
        s[1] = (Slot)leaf_alloc(cx, t->size, t);
    return LEAF_DONE;
}

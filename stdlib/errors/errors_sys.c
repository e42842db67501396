// errors_sys.c: what package errors asks of types: comparable, a pointer to something an error fits in, and the store.
#include "leaves.h"

static const TypeDesc *type_word(const Slot *iface) { return (const TypeDesc *)iface[0]; }

LeafStatus errors_is_comparable(LeafCtx *cx, Slot *s) {
    s[0] = (type_word(s)->flags & TF_COMPARABLE) != 0;
    return LEAF_DONE;
}

LeafStatus errors_target_fault(LeafCtx *cx, Slot *s) {
    const TypeDesc *target = type_word(s), *error = type_word(s + 2)->elem;
    Slot pointer = s[1];
    if (!target)
        s[0] = 1;
    else if (target->kind != KIND_POINTER || !pointer)
        s[0] = 2;
    else
        s[0] = target->elem->kind != KIND_INTERFACE && !typedesc_implements(target->elem, error, NULL) ? 3 : 0;
    return LEAF_DONE;
}

LeafStatus errors_assign(LeafCtx *cx, Slot *s) {
    const TypeDesc *type = type_word(s), *want = type_word(s + 2)->elem;
    void *target = (void *)s[3];
    bool fits = want == type;
    if (want->kind == KIND_INTERFACE) {
        fits = typedesc_implements(type, want, NULL);
        if (fits)
            leaf_copy(cx, target, s, want, 1);
    } else if (fits) {
        leaf_copy(cx, target, type->flags & TF_DIRECT ? (const void *)(s + 1) : (const void *)s[1], want, 1);
    }
    s[0] = fits;
    return LEAF_DONE;
}

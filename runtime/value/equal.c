/* equal.c: == of values in memory form and of interfaces.
 *
 * Go compares in order and stops at the first difference, so an incomparable dynamic type behind one is never seen. */
#include "rt.h"

#include <string.h>

static bool iface_data_equal(M *mp, const TypeDesc *t, Slot x, Slot y, bool *panicked) {
    if (!(t->flags & TF_COMPARABLE)) {
        vm_panic_error(mp, "comparing uncomparable type %.*s", (int)t->string.len, t->string.data);
        *panicked = true;
        return false;
    }
    if (t->flags & TF_DIRECT) {
        if (t->kind == KIND_FLOAT64)
            return slot_f64(x) == slot_f64(y);
        if (t->kind == KIND_FLOAT32)
            return slot_f32(x) == slot_f32(y);
        return x == y;
    }
    if (x == y && !(t->flags & TF_EQ_DYNAMIC) && t->flags & TF_EQ_MEMORY)
        return true;
    return value_equal(mp, t, (const void *)x, (const void *)y, panicked);
}

bool iface_equal(M *mp, const Slot *a, const Slot *b, bool *panicked) {
    *panicked = false;
    if (a[0] != b[0])
        return false;
    return !a[0] || iface_data_equal(mp, (const TypeDesc *)a[0], a[1], b[1], panicked);
}

static bool struct_equal(M *mp, const TypeDesc *t, const char *a, const char *b, bool *panicked) {
    for (uint32_t i = 0; i < t->nfields; i++) {
        const FieldDesc *f = &t->fields[i];
        if (f->name.len == 1 && f->name.data[0] == '_')
            continue;
        if (!value_equal(mp, f->type, a + f->offset, b + f->offset, panicked))
            return false;
    }
    return true;
}

bool value_equal(M *mp, const TypeDesc *t, const void *a, const void *b, bool *panicked) {
    *panicked = false;
    if (t->flags & TF_EQ_MEMORY)
        return memcmp(a, b, t->size) == 0;
    switch ((Kind)t->kind) {
    case KIND_FLOAT32: return *(const float *)a == *(const float *)b;
    case KIND_FLOAT64: return *(const double *)a == *(const double *)b;
    case KIND_COMPLEX64: return ((const float *)a)[0] == ((const float *)b)[0] && ((const float *)a)[1] == ((const float *)b)[1];
    case KIND_COMPLEX128: return ((const double *)a)[0] == ((const double *)b)[0] && ((const double *)a)[1] == ((const double *)b)[1];
    case KIND_STRING: {
        const StrLit *x = a, *y = b;
        return x->len == y->len && (x->data == y->data || memcmp(x->data, y->data, x->len) == 0);
    }
    case KIND_INTERFACE: return iface_equal(mp, a, b, panicked);
    case KIND_STRUCT: return struct_equal(mp, t, a, b, panicked);
    case KIND_ARRAY:
        for (uint64_t i = 0; i < t->len; i++) {
            if (!value_equal(mp, t->elem, (const char *)a + i * t->elem->size, (const char *)b + i * t->elem->size, panicked))
                return false;
        }
        return true;
    default: return memcmp(a, b, t->size) == 0;
    }
}

/* vm_inline.h: small questions that the loop and the slow paths ask alike. */
#pragma once
#include "vm_impl.h"

/* iface_implements tells whether the concrete type t has every method of iface. */
static inline bool iface_implements(P *pp, const TypeDesc *t, const TypeDesc *iface) {
    (void)pp;
    return iface->nmethods == 0 || typedesc_implements(t, iface, NULL);
}

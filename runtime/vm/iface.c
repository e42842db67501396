// iface.c: type assertions that fail or ask for methods, and method values.
#include "vm_impl.h"
#include "vm_inline.h"

#define OPERAND(i) (((const uint16_t *)pc)[i])

static const TypeDesc *type_at(M *mp, uint32_t i) { return mp->rt->image->types[i]; }

static void panic_assertion(M *mp, const char *text) {
    Slot *s = gc_alloc(mp->pp, 16, mp->rt->image->rt_types[RTT_STRING]);
    size_t n = strlen(text);
    char *copy = gc_alloc(mp->pp, n ? n : 1, NULL);
    memcpy(copy, text, n);
    gc_store(mp->pp, (void *_Atomic *)&s[0], copy);
    s[1] = n;
    vm_panic_value_set(mp, mp->rt->image->rt_types[RTT_TYPE_ASSERTION_ERROR], (Slot)s);
}

static OpStatus fail(M *mp, char *text) {
    panic_assertion(mp, text ? text : "interface conversion");
    free(text);
    return ST_PANIC;
}

OpStatus vm_op_assert_t_failed(M *mp, Slot *fp, const uint64_t *pc) {
    const TypeDesc *have = (const TypeDesc *)SLOT(fp, OPERAND(2));
    const TypeDesc *want = type_at(mp, (uint32_t)pc[1]), *iface = type_at(mp, (uint32_t)(pc[1] >> 32));
    char *text = NULL;
    if (!have) {
        if (asprintf(&text, "interface conversion: %.*s is nil, not %.*s", (int)iface->string.len, iface->string.data,
                     (int)want->string.len, want->string.data) < 0)
            text = NULL;
        return fail(mp, text);
    }
    const char *where = "";
    if (have->string.len == want->string.len && !memcmp(have->string.data, want->string.data, have->string.len))
        where = have->pkgpath.len == want->pkgpath.len && !memcmp(have->pkgpath.data, want->pkgpath.data, have->pkgpath.len)
                    ? " (types from different scopes)"
                    : " (types from different packages)";
    if (asprintf(&text, "interface conversion: %.*s is %.*s, not %.*s%s", (int)iface->string.len, iface->string.data,
                 (int)have->string.len, have->string.data, (int)want->string.len, want->string.data, where) < 0)
        text = NULL;
    return fail(mp, text);
}

OpStatus vm_op_assert_i(M *mp, Slot *fp, const uint64_t *pc) {
    uint32_t a = OPERAND(1), b = OPERAND(2);
    const TypeDesc *have = (const TypeDesc *)SLOT(fp, b), *want = type_at(mp, (uint32_t)pc[1]);
    Slot data = SLOT(fp, b + 8);
    const MethodDesc *missing = NULL;
    char *text = NULL;
    if (!have) {
        if (asprintf(&text, "interface conversion: interface is nil, not %.*s", (int)want->string.len, want->string.data) < 0)
            text = NULL;
        return fail(mp, text);
    }
    if (!iface_implements(mp->pp, have, want)) {
        typedesc_implements(have, want, &missing);
        if (asprintf(&text, "interface conversion: %.*s is not %.*s: missing method %.*s", (int)have->string.len, have->string.data,
                     (int)want->string.len, want->string.data, (int)missing->name.len, missing->name.data) < 0)
            text = NULL;
        return fail(mp, text);
    }
    SLOT(fp, a) = (Slot)have;
    SLOT(fp, a + 8) = data;
    return ST_NEXT;
}

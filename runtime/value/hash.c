// hash.c: the hash of map keys: equal values hash alike; NaN hashes at random, as it equals nothing.
#include "rt.h"
#include "value/mix.h"

#include <math.h>

static uint64_t float_hash(M *mp, double d, uint64_t seed) {
    if (d == 0)
        return mix_u64(0, seed);  // +0 and -0 are equal
    if (isnan(d))
        return mix_u64(p_rand(mp->pp), seed);
    return mix_u64(f64_slot(d), seed);
}

static uint64_t iface_hash(M *mp, const Slot *v, uint64_t seed, bool *panicked) {
    const TypeDesc *t = (const TypeDesc *)v[0];
    if (!t)
        return mix_u64(0, seed);
    if (!(t->flags & TF_COMPARABLE)) {
        vm_panic_error(mp, "hash of unhashable type %.*s", (int)t->string.len, t->string.data);
        *panicked = true;
        return 0;
    }
    seed = mix_u64(t->hash, seed);
    return value_hash(mp, t, t->flags & TF_DIRECT ? (const void *)&v[1] : (const void *)v[1], seed, panicked);
}

uint64_t value_hash(M *mp, const TypeDesc *t, const void *v, uint64_t seed, bool *panicked) {
    *panicked = false;
    if (t->flags & TF_EQ_MEMORY)
        return t->size == 8 ? mix_u64(mix_read8(v), seed) : mix_bytes(v, t->size, seed);
    switch ((Kind)t->kind) {
    case KIND_FLOAT32: return float_hash(mp, *(const float *)v, seed);
    case KIND_FLOAT64: return float_hash(mp, *(const double *)v, seed);
    case KIND_COMPLEX64: return float_hash(mp, ((const float *)v)[1], float_hash(mp, ((const float *)v)[0], seed));
    case KIND_COMPLEX128: return float_hash(mp, ((const double *)v)[1], float_hash(mp, ((const double *)v)[0], seed));
    case KIND_STRING: {
        const StrLit *s = v;
        return mix_bytes(s->data, s->len, seed);
    }
    case KIND_INTERFACE: return iface_hash(mp, v, seed, panicked);
    case KIND_STRUCT:
        for (uint32_t i = 0; i < t->nfields && !*panicked; i++) {
            const FieldDesc *f = &t->fields[i];
            if (f->name.len != 1 || f->name.data[0] != '_')
                seed = value_hash(mp, f->type, (const char *)v + f->offset, seed, panicked);
        }
        return seed;
    case KIND_ARRAY:
        for (uint64_t i = 0; i < t->len && !*panicked; i++)
            seed = value_hash(mp, t->elem, (const char *)v + i * t->elem->size, seed, panicked);
        return seed;
    default: return mix_bytes(v, t->size, seed);
    }
}

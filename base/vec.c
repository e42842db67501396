// vec.c: growth of VEC, by doubling.
#include "vec.h"

void vec_reserve(Arena *a, void **at, uint32_t n, uint32_t *cap, size_t elem) {
    uint32_t want = *cap ? *cap * 2 : 4;
    VERIFY(want > *cap);
    if (a) {
        void *p = arena_alloc(a, (size_t)want * elem);
        if (n)
            memcpy(p, *at, (size_t)n * elem);
        *at = p;
    } else {
        *at = realloc(*at, (size_t)want * elem);
        VERIFY(*at && "out of memory");
    }
    *cap = want;
}

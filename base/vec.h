// vec.h: growable arrays, in an arena or in malloc's heap.
#pragma once
#include "arena.h"
#include <stdlib.h>
#include <string.h>

/* VEC(T) is the type of a growable array {T *at; uint32_t n, cap}. Zero-initialised it is empty.
 * vec_push(arena, &v, x) appends; with arena == NULL memory comes from malloc and vec_free gives it back. */
#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *at;                                                                                     \
        uint32_t n, cap;                                                                           \
    }

/* vec_reserve makes room for one more element of elem bytes. Arena memory outgrown is left behind. */
void vec_reserve(Arena *a, void **at, uint32_t n, uint32_t *cap, size_t elem_bytes);

#define vec_push(a, v, x)                                                                          \
    do {                                                                                           \
        if ((v)->n == (v)->cap)                                                                    \
            vec_reserve((a), (void **)&(v)->at, (v)->n, &(v)->cap, sizeof *(v)->at);               \
        (v)->at[(v)->n++] = (x);                                                                   \
    } while (0)
#define vec_last(v) ((v)->at[(v)->n - 1])
#define vec_pop(v) ((v)->at[--(v)->n])
#define vec_free(v) (free((v)->at), (v)->at = NULL, (v)->n = (v)->cap = 0)

// map.h: a hash map from pointers to pointers, for lang's tables.
#pragma once
#include "arena.h"

/* PtrMap maps non-NULL pointers (a Name, a Type) to pointers. Insert and look up only; nothing is removed.
 * It lives in the arena it was made with. Zero-initialised plus arena is a valid empty map. */
typedef struct PtrMap {
    Arena *arena;
    struct PtrMapEntry {
        const void *key;
        void *value;
    } *slots;
    uint32_t n, cap;
} PtrMap;

/* ptrmap_get returns the value stored for key, or NULL. */
void *ptrmap_get(const PtrMap *m, const void *key);

/* ptrmap_put stores value for key and returns what was there before (NULL when nothing was). */
void *ptrmap_put(PtrMap *m, const void *key, void *value);

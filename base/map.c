// map.c: pointer-keyed open addressing, at most half full.
#include "map.h"

static uint32_t slot_of(const void *key, uint32_t cap) {
    uint64_t h = (uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32) & (cap - 1);
}

void *ptrmap_get(const PtrMap *m, const void *key) {
    if (!m->cap)
        return NULL;
    for (uint32_t i = slot_of(key, m->cap); m->slots[i].key; i = (i + 1) & (m->cap - 1)) {
        if (m->slots[i].key == key)
            return m->slots[i].value;
    }
    return NULL;
}

static void grow(PtrMap *m) {
    struct PtrMapEntry *old = m->slots;
    uint32_t ocap = m->cap;
    m->cap = ocap ? ocap * 2 : 8;
    m->slots = ARENA_ARRAY(m->arena, struct PtrMapEntry, m->cap);
    for (uint32_t j = 0; j < ocap; j++) {
        if (!old[j].key)
            continue;
        uint32_t i = slot_of(old[j].key, m->cap);
        while (m->slots[i].key)
            i = (i + 1) & (m->cap - 1);
        m->slots[i] = old[j];
    }
}

void *ptrmap_put(PtrMap *m, const void *key, void *value) {
    ASSERT(key);
    if ((m->n + 1) * 2 > m->cap)
        grow(m);
    uint32_t i = slot_of(key, m->cap);
    for (; m->slots[i].key; i = (i + 1) & (m->cap - 1)) {
        if (m->slots[i].key == key) {
            void *was = m->slots[i].value;
            m->slots[i].value = value;
            return was;
        }
    }
    m->slots[i].key = key;
    m->slots[i].value = value;
    m->n++;
    return NULL;
}

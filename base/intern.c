// intern.c: the name table, open addressing with linear probing, at most half full.
#include "intern.h"

#include <string.h>

void intern_init(Intern *t, Arena *a) {
    memset(t, 0, sizeof *t);
    t->arena = a;
    t->cap = 1024;
    t->slots = ARENA_ARRAY(a, Name *, t->cap);
}

static uint32_t hash_bytes(const char *s, size_t n) {
    uint64_t h = 0x9e3779b97f4a7c15u ^ n;
    while (n >= 8) {
        uint64_t w;
        memcpy(&w, s, 8);
        h = (h ^ w) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
        s += 8;
        n -= 8;
    }
    uint64_t w = 0;
    memcpy(&w, s, n);
    h = (h ^ w) * 0xff51afd7ed558ccdu;
    return (uint32_t)(h ^ h >> 32);
}

static void grow(Intern *t) {
    Name **old = t->slots;
    uint32_t ncap = t->cap * 2;
    Name **slots = ARENA_ARRAY(t->arena, Name *, ncap);
    for (uint32_t i = 0; i < t->cap; i++) {
        if (!old[i])
            continue;
        uint32_t j = old[i]->hash & (ncap - 1);
        while (slots[j])
            j = (j + 1) & (ncap - 1);
        slots[j] = old[i];
    }
    t->slots = slots;
    t->cap = ncap;
}

const Name *intern(Intern *t, const char *bytes, size_t n) {
    uint32_t h = hash_bytes(bytes, n);
    uint32_t i = h & (t->cap - 1);
    for (Name *s; (s = t->slots[i]) != NULL; i = (i + 1) & (t->cap - 1)) {
        if (s->hash == h && s->len == n && memcmp(s->text, bytes, n) == 0)
            return s;
    }
    Name *name = arena_alloc(t->arena, sizeof *name + n + 1);
    name->len = (uint32_t)n;
    name->hash = h;
    memcpy(name->text, bytes, n);
    t->slots[i] = name;
    if (++t->n > t->cap / 2)
        grow(t);
    return name;
}

const Name *intern_cstr(Intern *t, const char *s) {
    return intern(t, s, strlen(s));
}

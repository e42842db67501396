/* arena.c: chunks that double from 16 KiB to 1 MiB; a larger request gets a chunk of its own.
 *
 * Chunks come zeroed from calloc, so arena_alloc never clears. A big chunk is linked behind the newest one, so that
 * the rest of the newest stays usable. */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ArenaChunk {
    ArenaChunk *next;
    size_t size;
};

enum { CHUNK_MIN = 16 << 10, CHUNK_MAX = 1 << 20 };

void arena_init(Arena *a) {
    memset(a, 0, sizeof *a);
}

void arena_free(Arena *a) {
    for (ArenaChunk *c = a->chunks; c;) {
        ArenaChunk *next = c->next;
        free(c);
        c = next;
    }
    arena_init(a);
}

static ArenaChunk *chunk_new(size_t size) {
    ArenaChunk *c = calloc(1, sizeof *c + size);
    if (!c) {
        static const char msg[] = "fatal error: out of memory\n";
        ssize_t n = write(2, msg, sizeof msg - 1);
        (void)n;
        _exit(2);
    }
    c->size = size;
    return c;
}

void *arena_alloc(Arena *a, size_t size) {
    size = (size + 7) & ~(size_t)7;
    a->used_bytes += size;
    if (LIKELY(size <= (size_t)(a->end - a->at))) {
        void *p = a->at;
        a->at += size;
        return p;
    }
    size_t want = a->chunks ? a->chunks->size * 2 : CHUNK_MIN;
    if (want > CHUNK_MAX)
        want = CHUNK_MAX;
    if (want < CHUNK_MIN)
        want = CHUNK_MIN;
    if (size > want / 4) {
        ArenaChunk *big = chunk_new(size);
        if (a->chunks) {
            big->next = a->chunks->next;
            a->chunks->next = big;
        } else {
            a->chunks = big;
        }
        return big + 1;
    }
    ArenaChunk *c = chunk_new(want);
    c->next = a->chunks;
    a->chunks = c;
    a->at = (char *)(c + 1);
    a->end = a->at + want;
    void *p = a->at;
    a->at += size;
    return p;
}

char *arena_dup(Arena *a, const char *bytes, size_t n) {
    char *p = arena_alloc(a, n + 1);
    if (n)
        memcpy(p, bytes, n);
    return p;
}

char *arena_printf(Arena *a, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

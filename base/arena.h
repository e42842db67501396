// arena.h: memory that is freed all at once. All of lang lives in arenas.
#pragma once
#include "verify.h"

typedef struct ArenaChunk ArenaChunk;

/* An Arena hands out zeroed memory from chunks. Nothing is freed alone; arena_free gives all of it back.
 * Not thread safe: one owner at a time. */
typedef struct Arena {
    char *at, *end;      // free part of the newest chunk
    ArenaChunk *chunks;  // newest first
    size_t used_bytes;   // handed out so far
} Arena;

/* arena_init makes an empty arena; it allocates nothing yet. */
void arena_init(Arena *a);

/* arena_free gives every chunk back; the arena is empty and usable afterwards. */
void arena_free(Arena *a);

/* arena_alloc returns size bytes, zeroed and aligned to 8; never NULL: without memory the process ends with
 * "fatal error: out of memory", exit status 2. */
void *arena_alloc(Arena *a, size_t size_bytes);

/* arena_dup copies n bytes and adds a NUL behind them (not counted). */
char *arena_dup(Arena *a, const char *bytes, size_t n);

/* arena_printf formats into the arena; the result is NUL terminated. */
char *arena_printf(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define ARENA_ARRAY(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))

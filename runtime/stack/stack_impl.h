// stack_impl.h: what stack.c and copy.c share.
#pragma once
#include "heap/heap_impl.h"
#include "stack/stack.h"

enum {
    STACK_MIN_ORDER = 9,
    STACK_ORDERS = 7,           // 512 B to 32 KiB come from spans that are cut into blocks; larger ones are spans of their own
    STACK_CACHED_MAX = 512 << (STACK_ORDERS - 1),
    STACK_SPAN_BYTES = 32 << 10,
    STACK_CACHE_BYTES = 32 << 10,  // per P and order; half of it goes to the pool when it is full
};

typedef struct StackBlock {
    struct StackBlock *next;  // in the first word of a free block
} StackBlock;

struct StackCache {
    StackBlock *free[STACK_ORDERS];
    uint32_t nfree[STACK_ORDERS];
};

struct StackPool {
    pthread_mutex_t lock;
    SpanList partial[STACK_ORDERS];  // spans with free blocks
    _Atomic uint64_t max_bytes;               // limit of one stack
    _Atomic uint64_t growths, copied_bytes, shrinks;
};

/* block_alloc returns a block of size bytes (a power of two), NULL when memory is exhausted. pp may be NULL: no cache then. */
char *block_alloc(Runtime *rt, P *pp, uint64_t size);
void block_free(Runtime *rt, P *pp, char *block, uint64_t size);

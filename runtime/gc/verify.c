// verify.c: checks of the collector: marking twice, the whole heap.
#include "gc/gc_impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct Saved {
    uint64_t *words;
    size_t n, at;
} Saved;

static void count_words(void *arg, Span *s) {
    ((Saved *)arg)->n += s->words;
}

static void save_marks(void *arg, Span *s) {
    Saved *sv = arg;
    memcpy(sv->words + sv->at, s->mark, s->words * sizeof *s->mark);
    memset(s->mark, 0, s->words * sizeof *s->mark);
    sv->at += s->words;
}

static void compare_marks(void *arg, Span *s) {
    Saved *sv = arg;
    if (memcmp(sv->words + sv->at, s->mark, s->words * sizeof *s->mark))
        rt_throw("gccheck: second marking differs from the first");
    for (uint32_t i = 0; i < s->words; i++)
        VERIFY((s->mark[i] & ~s->alloc[i]) == 0);
    sv->at += s->words;
}

void gc_mark_twice(M *mp, Marker *mk) {
    Saved sv = {0};
    gc_each_span(mp->rt->heap, count_words, &sv);
    sv.words = malloc(sv.n * sizeof *sv.words + 1);
    if (!sv.words)
        return;
    gc_each_span(mp->rt->heap, save_marks, &sv);
    uint64_t bytes = mk->buf->marked_bytes;
    mk->buf->marked_bytes = 0;
    mk->gc->verify = true;
    gc_mark_roots(mk);
    gc_drain(mk);
    mk->gc->verify = false;
    sv.at = 0;
    gc_each_span(mp->rt->heap, compare_marks, &sv);
    VERIFY(mk->buf->marked_bytes == bytes);
    free(sv.words);
}

static void clear_marks(void *arg, Span *s) {
    memset(s->mark, 0, s->words * sizeof *s->mark);
}

void gc_check_heap(M *mp) {
    Runtime *rt = mp->rt;
    central_sweep_all(rt->heap);
    for (uint32_t i = 0; i < rt->nprocs; i++)
        cache_flush(rt->allp[i]->mcache);
    heap_check(rt);
    Marker mk = {rt->heap, rt->gc, rt->allp[0]->gcbuf};
    rt->gc->verify = true;
    gc_mark_roots(&mk);
    gc_drain(&mk);
    rt->gc->verify = false;
    gc_each_span(rt->heap, clear_marks, NULL);
}

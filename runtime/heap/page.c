/* page.c: arenas from the system, and the free pages in them.
 *
 * A free span stands in the bin of its length and in the page table at its first and last page, so that neighbours find it and join.
 *
 * Invariants (under h->lock)
 *   No two free spans are adjacent. All entries of the page table inside a free span, but the first and the last, are NULL.
 *   in_use_pages counts the spans that are not free, released_pages the pages of free spans that were given back.
 *
 * Not done: a tree of free spans by address. Runs of 128 pages and more are looked for one by one; they are few. */
#include "heap/heap_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef GOL_TINY
enum { ARENA_MIN_BYTES = 1 << 20 };
#else
enum { ARENA_MIN_BYTES = 1 << 22 };
#endif

static const uintptr_t arena_hint = 0xc000000000;

void spanlist_push(SpanList *l, Span *s) {
    s->prev = NULL;
    s->next = l->head;
    if (l->head)
        l->head->prev = s;
    else
        l->tail = s;
    l->head = s;
}

void spanlist_remove(SpanList *l, Span *s) {
    *(s->prev ? &s->prev->next : &l->head) = s->next;
    *(s->next ? &s->next->prev : &l->tail) = s->prev;
    s->next = s->prev = NULL;
}

Span *spanlist_pop(SpanList *l) {
    Span *s = l->head;
    if (s)
        spanlist_remove(l, s);
    return s;
}

void spanlist_join(SpanList *to, SpanList *from) {
    if (!from->head)
        return;
    if (to->tail) {
        to->tail->next = from->head;
        from->head->prev = to->tail;
    } else {
        to->head = from->head;
    }
    to->tail = from->tail;
    from->head = from->tail = NULL;
}

// table_at is the page table's entry for p, or NULL outside all arenas.
static Span **table_at(const Heap *h, const void *p) {
    Arena *ar = h->arenas[(uintptr_t)p >> ARENA_SHIFT];
    return ar ? &ar->spans[((uintptr_t)p >> PAGE_SHIFT) % ARENA_PAGES] : NULL;
}

static void table_set(const Heap *h, const Span *s, Span *value) {
    for (uint64_t i = 0; i < s->npages; i++)
        *table_at(h, s->base + i * PAGE_BYTES) = value;
}

static void table_set_ends(const Heap *h, const Span *s, Span *value) {
    *table_at(h, s->base) = value;
    *table_at(h, s->base + (s->npages - 1) * PAGE_BYTES) = value;
}

static SpanList *bin_of(Heap *h, uint64_t npages) {
    return &h->bins[npages < PAGE_BINS ? npages : PAGE_BINS];
}

static Span *span_new(uint32_t nelems) {
    uint32_t words = (nelems + 63) / 64;
    Span *s = calloc(1, sizeof *s + 2 * words * sizeof(uint64_t));
    if (!s)
        return NULL;
    s->words = words;
    s->alloc = s->bits;
    s->mark = s->bits + words;
    return s;
}

// absorb joins the free span b, a neighbour of s, into s. Released memory stays so only when both parts are.
static void absorb(Heap *h, Span *s, Span *b) {
    spanlist_remove(bin_of(h, b->npages), b);
    table_set_ends(h, b, NULL);
    if (s->released != b->released) {
        h->released_pages -= s->released ? s->npages : b->npages;
        s->released = false;
    }
    if (b->base < s->base)
        s->base = b->base;
    s->npages += b->npages;
    s->needzero |= b->needzero;
    free(b);
}

// insert_free takes a free span that is in no bin, joins it with its free neighbours and puts it into its bin.
static void insert_free(Heap *h, Span *s) {
    Span **before = table_at(h, s->base - 1), **after = table_at(h, s->base + s->npages * PAGE_BYTES);
    if (before && *before && (*before)->state == SPAN_FREE)
        absorb(h, s, *before);
    if (after && *after && (*after)->state == SPAN_FREE)
        absorb(h, s, *after);
    table_set_ends(h, s, s);
    spanlist_push(bin_of(h, s->npages), s);
}

static char *map_aligned(uintptr_t hint, uint64_t bytes) {
    enum { PROT = PROT_READ | PROT_WRITE, FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE };
    char *p = mmap((void *)hint, bytes, PROT, FLAGS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (((uintptr_t)p & (ARENA_BYTES - 1)) == 0)
        return p;
    munmap(p, bytes);
    // The hint was taken: ask for an arena more and cut it.
    p = mmap(NULL, bytes + ARENA_BYTES, PROT, FLAGS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    char *base = (char *)(((uintptr_t)p + ARENA_BYTES - 1) & ~(uintptr_t)(ARENA_BYTES - 1));
    if (base > p)
        munmap(p, (size_t)(base - p));
    if (p + ARENA_BYTES > base)
        munmap(base + bytes, (size_t)(p + ARENA_BYTES - base));
    return base;
}

// tables_add gives every arena in [base, base + bytes) its page table. Tables stay when it fails half way: they are found again.
static bool tables_add(Heap *h, const char *base, uint64_t bytes) {
    for (uint64_t off = 0; off < bytes; off += ARENA_BYTES) {
        Arena **ar = &h->arenas[(uintptr_t)(base + off) >> ARENA_SHIFT];
        if (*ar)
            continue;
        void *t = mmap(NULL, sizeof(Arena), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (t == MAP_FAILED)
            return false;
        *ar = t;
    }
    return true;
}

/* area_add takes address space with room for want_bytes: whole arenas, or less when there is not enough. */
static bool area_add(Heap *h, uint64_t want_bytes) {
    if (h->nmappings == h->cap_mappings) {
        uint32_t cap = h->cap_mappings ? h->cap_mappings * 2 : 16;
        Mapping *more = realloc(h->mappings, cap * sizeof *more);
        if (!more)
            return false;
        h->mappings = more;
        h->cap_mappings = cap;
    }
    uintptr_t hint = h->nmappings ? h->hi : arena_hint;
    uint64_t bytes = (want_bytes + ARENA_BYTES - 1) & ~(uint64_t)(ARENA_BYTES - 1);
    char *base = NULL;
    while (!(base = map_aligned(hint, bytes))) {
        uint64_t less = bytes / 2 > want_bytes ? bytes / 2 : want_bytes;
        if (less == bytes || less < ARENA_MIN_BYTES)
            return false;
        bytes = less;
    }
    Span *s = span_new(0);
    if (!s || ((uintptr_t)base + bytes) >> ADDRESS_BITS || !tables_add(h, base, bytes)) {
        free(s);
        munmap(base, bytes);
        return false;
    }
    h->mappings[h->nmappings++] = (Mapping){base, bytes};
    h->reserved_bytes += bytes;
    uintptr_t end = ((uintptr_t)base + bytes + ARENA_BYTES - 1) & ~(uintptr_t)(ARENA_BYTES - 1);
    if (h->nmappings == 1 || (uintptr_t)base < h->lo)
        h->lo = (uintptr_t)base;
    if (end > h->hi)
        h->hi = end;
    s->base = base;
    s->npages = bytes / PAGE_BYTES;
    s->released = true;
    h->free_pages += s->npages;
    h->released_pages += s->npages;
    insert_free(h, s);
    return true;
}

static Span *find_free(Heap *h, uint64_t npages) {
    for (uint64_t i = npages; i < PAGE_BINS; i++) {
        if (h->bins[i].head)
            return h->bins[i].head;
    }
    Span *best = NULL;
    for (Span *s = h->bins[PAGE_BINS].head; s; s = s->next) {
        if (s->npages >= npages && (!best || s->npages < best->npages || (s->npages == best->npages && s->base < best->base)))
            best = s;
    }
    return best;
}

static void release_span(Heap *h, Span *s) {
    madvise(s->base, s->npages * PAGE_BYTES, MADV_DONTNEED);
    s->released = true;
    s->needzero = false;
    h->released_pages += s->npages;
}

static void release_down_to(Heap *h, uint64_t keep_pages) {
    for (int i = PAGE_BINS; i > 0; i--) {
        for (Span *s = h->bins[i].head; s; s = s->next) {
            if (h->free_pages - h->released_pages <= keep_pages)
                return;
            if (!s->released)
                release_span(h, s);
        }
    }
}

void pages_release(Heap *h, uint64_t keep_bytes) {
    pthread_mutex_lock(&h->lock);
    release_down_to(h, keep_bytes / PAGE_BYTES);
    pthread_mutex_unlock(&h->lock);
}

static Span *alloc_locked(Heap *h, uint64_t npages, uint32_t nelems, SpanState state, bool over) {
    uint64_t limit = h->limit_bytes / PAGE_BYTES, used = h->in_use_pages;
    if (npages > limit || used + npages > limit + (over ? limit / 8 : 0))
        return NULL;
    Span *f = find_free(h, npages);
    if (!f) {
        if (!area_add(h, npages * PAGE_BYTES))
            return NULL;
        f = find_free(h, npages);
    }
    Span *s = span_new(nelems);
    if (!f || !s) {
        free(s);
        return NULL;
    }
    if (f->released && used + npages + h->free_pages - h->released_pages > limit)
        release_down_to(h, limit > used + npages ? limit - used - npages : 0);
    spanlist_remove(bin_of(h, f->npages), f);
    table_set_ends(h, f, NULL);
    s->base = f->base;
    s->npages = npages;
    s->needzero = f->needzero;
    s->state = state;
    h->free_pages -= npages;
    if (f->released)
        h->released_pages -= npages;
    h->in_use_pages += npages;
    if (state == SPAN_STACK)
        h->stack_pages += npages;
    f->base += npages * PAGE_BYTES;
    f->npages -= npages;
    if (f->npages) {
        table_set_ends(h, f, f);
        spanlist_push(bin_of(h, f->npages), f);
    } else {
        free(f);
    }
    table_set(h, s, s);
    return s;
}

Span *pages_alloc(Heap *h, uint64_t npages, uint32_t nelems, SpanState state, bool over) {
    pthread_mutex_lock(&h->lock);
    Span *s = alloc_locked(h, npages, nelems, state, over);
    pthread_mutex_unlock(&h->lock);
    return s;
}

void pages_free(Heap *h, Span *s) {
    pthread_mutex_lock(&h->lock);
    table_set(h, s, NULL);
    h->in_use_pages -= s->npages;
    if (s->state == SPAN_STACK)
        h->stack_pages -= s->npages;
    h->free_pages += s->npages;
    s->state = SPAN_FREE;
    s->needzero = true;
    s->released = false;
    insert_free(h, s);
    pthread_mutex_unlock(&h->lock);
}

bool heap_note_slab(Runtime *rt, size_t bytes) {
    Heap *h = rt->heap;
    pthread_mutex_lock(&h->lock);
    bool ok = h->in_use_pages * PAGE_BYTES + bytes <= h->limit_bytes;
    if (ok)
        h->limit_bytes -= bytes;
    pthread_mutex_unlock(&h->lock);
    return ok;
}

void heap_oom(Heap *h, uint64_t bytes) {
    fprintf(stderr, "runtime: out of memory: cannot allocate %llu-byte block (%llu in use)\n", (unsigned long long)bytes,
            (unsigned long long)(h->in_use_pages * PAGE_BYTES));
    rt_fatal(h->rt, "out of memory", false);
}

// --- setting up ---

static uint64_t read_number(const char *path) {
    FILE *f = fopen(path, "re");
    unsigned long long n = 0;
    if (f) {
        if (fscanf(f, "%llu", &n) != 1)
            n = 0;
        fclose(f);
    }
    return n;
}

enum { LIMIT_OTHER = 96 << 20 };

// default_limit is 90 % of the smaller of memory, the limits of our cgroup, and the address space that ulimit -v leaves.
static uint64_t default_limit(void) {
    uint64_t mem = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    static const char *const files[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    for (unsigned i = 0; i < COUNT_OF(files); i++) {
        uint64_t n = read_number(files[i]);
        if (n && n < mem)
            mem = n;
    }
    struct rlimit r;
    if (getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur != RLIM_INFINITY) {  // less what code, tables and threads take
        uint64_t other = r.rlim_cur / 2 < LIMIT_OTHER ? r.rlim_cur / 2 : LIMIT_OTHER;
        if (r.rlim_cur - other < mem)
            mem = r.rlim_cur - other;
    }
    return mem / 10 * 9;
}

bool heap_init(Runtime *rt) {
    Heap *h = calloc(1, sizeof *h);
    if (!h)
        return false;
    void *t = mmap(NULL, sizeof(Arena *) << (ADDRESS_BITS - ARENA_SHIFT), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (t == MAP_FAILED) {
        free(h);
        return false;
    }
    h->arenas = t;
    h->rt = rt;
    h->limit_bytes = rt->opt.maxheap_bytes ? rt->opt.maxheap_bytes : default_limit();
    h->efence = rt->opt.efence;
    h->clobber = rt->opt.clobberfree || h->efence;
    h->alloc_until_fail = rt->opt.allocfail ? (int64_t)rt->opt.allocfail : INT64_MAX;
    h->slow = rt->opt.gcstress || rt->opt.allocfail;
    h->trigger_bytes = 4 << 20;
    pthread_mutex_init(&h->lock, NULL);
    for (unsigned i = 0; i < NCACHES; i++)
        pthread_mutex_init(&h->central[i].lock, NULL);
    rt->heap = h;
    return true;
}

static int by_base(const void *a, const void *b) {
    const Mapping *x = a, *y = b;
    return x->base < y->base ? -1 : x->base > y->base;
}

void heap_fini(Runtime *rt) {
    Heap *h = rt->heap;
    if (!h)
        return;
    if (h->nmappings)
        qsort(h->mappings, h->nmappings, sizeof *h->mappings, by_base);
    for (uint32_t m = 0; m < h->nmappings; m++) {
        char *p = h->mappings[m].base, *end = p + h->mappings[m].bytes;
        while (p < end) {
            Span *s = *table_at(h, p);
            p += s->npages * PAGE_BYTES;
            // A span may go on in the next mapping.
            while (p > end && m + 1 < h->nmappings)
                end += h->mappings[++m].bytes;
            free(s);
        }
    }
    for (uint32_t m = 0; m < h->nmappings; m++) {
        for (uint64_t off = 0; off < h->mappings[m].bytes; off += ARENA_BYTES)
            munmap(h->arenas[(uintptr_t)(h->mappings[m].base + off) >> ARENA_SHIFT], sizeof(Arena));
        munmap(h->mappings[m].base, h->mappings[m].bytes);
    }
    munmap(h->arenas, sizeof(Arena *) << (ADDRESS_BITS - ARENA_SHIFT));
    for (unsigned i = 0; i < NCACHES; i++)
        pthread_mutex_destroy(&h->central[i].lock);
    pthread_mutex_destroy(&h->lock);
    free(h->mappings);
    free(h);
    rt->heap = NULL;
}

void heap_stats(Runtime *rt, HeapStats *out) {
    Heap *h = rt->heap;
    *out = (HeapStats){.mallocs = h->nmalloc, .frees = h->nfree, .alloc_bytes = h->alloc_bytes, .freed_bytes = h->freed_bytes,
                       .limit_bytes = h->limit_bytes};
    for (uint32_t i = 0; i < rt->nprocs; i++) {
        struct Mcache *mc = rt->allp ? rt->allp[i]->mcache : NULL;
        if (!mc)
            continue;
        out->mallocs += atomic_load_explicit(&mc->nmalloc, memory_order_relaxed);
        out->alloc_bytes += atomic_load_explicit(&mc->alloc_bytes, memory_order_relaxed);
    }
    pthread_mutex_lock(&h->lock);
    out->in_use_bytes = h->in_use_pages * PAGE_BYTES;
    out->stack_bytes = h->stack_pages * PAGE_BYTES;
    out->idle_bytes = h->free_pages * PAGE_BYTES;
    out->released_bytes = h->released_pages * PAGE_BYTES;
    out->sys_bytes = h->reserved_bytes;
    pthread_mutex_unlock(&h->lock);
}

/* map.c: maps in Swiss groups under extendible hashing.
 *
 *   group    ┌────────────┬──────┬──────┬─── … ┐      control byte: 0x80 empty, 0xfe deleted, else full: the lowest 7 bits of the hash
 *            │ 8 controls │ slot │ slot │      │      slot: key, then value, each with its alignment; above MAX_INLINE bytes
 *            └────────────┴──────┴──────┴─── … ┘      a pointer to it
 *
 * Invariants
 *   small: dir is one group or NULL; there are no deleted controls; count full slots in it.
 *   else dir has 1 << depth tables. A table with local depth l stands at 1 << (depth - l) places from table->index on, and holds the keys
 *   whose topmost l hash bits are its own.
 *   A key's probe (triangular, by groups) ends at the first group with an empty slot; so a slot is made empty again only when its group has another empty
 *   one, else it becomes deleted. growth_left = slots that may still be filled before an eighth of the table would be left empty.
 *   Free slots are zero.
 *
 * Growth. A table doubles up to MAX_TABLE slots, then splits in two, so one insert moves at most MAX_TABLE entries. A table that was replaced is
 * stale (index STALE) and never changes again: iterators go on over it and look every key up in the map.
 *
 * Iteration. Tables from a random one on in the order of the directory, wrapping; inside, groups from a random one and slots in a random rotation. When the
 * directory doubles, positions in it double too and the order stays. Each slot of a table is passed once, a table that split is passed as
 * what it was when it was begun, or as its parts when it was not, so no entry comes twice.
 *
 * Not done: one table that grows all at once. Look-ups save a load, but one insert into a million entries takes tens of milliseconds. */
#include "value/map.h"
#include "heap/heap_impl.h"
#include "value/mix.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    GROUP_SLOTS = 8,
    MAX_INLINE = 128,
#ifdef GOL_TINY
    MAX_TABLE = 16,
#else
    MAX_TABLE = 1024,
#endif
    CTRL_EMPTY = 0x80,
    CTRL_DELETED = 0xfe,
};
static const uint64_t all_empty = 0x8080808080808080;
static const uint32_t STALE = UINT32_MAX;

typedef enum KeyKind { KEY_I64, KEY_I32, KEY_STR, KEY_MEM, KEY_ANY } KeyKind;

typedef struct MapInfo {
    struct MapInfo *next;      // of its bucket
    const TypeDesc *type;
    const TypeDesc *key, *elem;
    KeyKind kind;
    bool ind_key, ind_elem;    // the slot holds a pointer to it
    bool key_ptrs;             // the key in the slot has pointers
    uint32_t elem_off, slot_size, group_size;
    const TypeDesc *group_elem; // for gc_alloc: &group_type, or NULL without pointers
    TypeDesc group_type;
    uint64_t bits[];            // gc_ptrs, gc_maybe of group_type
} MapInfo;

typedef struct MapTable {
    char *groups;
    uint32_t cap;          // slots, a power of two, at least two groups
    uint32_t used;         // full slots
    uint32_t growth_left;
    uint32_t index;        // first place in the directory, or STALE
    uint8_t depth;         // local depth
} MapTable;

enum { NBUCKETS = 256 };
struct MapTypes {
    pthread_mutex_t lock;
    _Atomic(MapInfo *) buckets[NBUCKETS];
};

typedef struct MapIter {
    Hmap *m;            // NULL: at the end
    MapTable *tab;      // table in progress; NULL: small, or not begun
    char *groups;       // of it, or the small group
    void *unused;
    const MapInfo *info;
    uint64_t rand;
    uint32_t pos, ngroups;
    uint32_t dir_at, dir_done;  // place of tab in the directory, places passed before it; both for a directory of 1 << depth
    uint32_t clear_seq;
    uint8_t depth;
    bool begun, small;
} MapIter;
_Static_assert(sizeof(MapIter) <= MAPITER_WORDS * sizeof(Slot), "iterator does not fit its frame slots");
_Static_assert(offsetof(MapIter, info) == MAPITER_PTRS * sizeof(Slot), "pointers of an iterator come first");

// --- types ---

static const uint64_t bit0 = 1, bit1 = 2;
static const TypeDesc pointer_desc = {.kind = KIND_POINTER, .align = 8, .size = 8, .gc_period = 1, .gc_ptrs = &bit0};
static const TypeDesc hmap_desc = {
    .kind = KIND_STRUCT, .align = 8, .size = sizeof(Hmap), .gc_period = sizeof(Hmap) / 8, .gc_ptrs = &bit1};
static const TypeDesc table_desc = {
    .kind = KIND_STRUCT, .align = 8, .size = sizeof(MapTable), .gc_period = sizeof(MapTable) / 8, .gc_ptrs = &bit0};
_Static_assert(offsetof(Hmap, dir) == 8 && offsetof(MapTable, groups) == 0, "pointer maps above");

bool maps_init(Runtime *rt) {
    rt->map_types = calloc(1, sizeof *rt->map_types);
    if (!rt->map_types)
        return false;
    pthread_mutex_init(&rt->map_types->lock, NULL);
    return true;
}

void maps_fini(Runtime *rt) {
    struct MapTypes *mt = rt->map_types;
    if (!mt)
        return;
    for (unsigned i = 0; i < NBUCKETS; i++) {
        for (MapInfo *in = mt->buckets[i], *next; in; in = next) {
            next = in->next;
            free(in);
        }
    }
    pthread_mutex_destroy(&mt->lock);
    free(mt);
    rt->map_types = NULL;
}

static KeyKind kind_of_key(const TypeDesc *k) {
    if (k->kind == KIND_STRING)
        return KEY_STR;
    if (!(k->flags & TF_EQ_MEMORY))
        return KEY_ANY;
    return k->size == 8 ? KEY_I64 : k->size == 4 ? KEY_I32 : k->size <= MAX_INLINE ? KEY_MEM : KEY_ANY;
}

// add_map sets the bits of a value of type t at byte offset off of the group.
static void add_map(MapInfo *in, uint32_t words, uint64_t off, const TypeDesc *t, bool indirect) {
    if (indirect) {
        bit_set(in->bits, (uint32_t)(off / 8));
        return;
    }
    for (uint64_t i = 0; t->gc_period && i < t->size / 8; i++) {
        uint32_t b = (uint32_t)(i % t->gc_period), at = (uint32_t)(off / 8 + i);
        if (bit_get(t->gc_ptrs, b))
            bit_set(in->bits, at);
        if (t->gc_maybe && bit_get(t->gc_maybe, b))
            bit_set(in->bits + words, at);
    }
}

static MapInfo *info_new(const TypeDesc *t) {
    const TypeDesc *k = t->key, *e = t->elem;
    bool ind_key = k->size > MAX_INLINE, ind_elem = e->size > MAX_INLINE;
    uint64_t ksize = ind_key ? 8 : k->size, esize = ind_elem ? 8 : e->size;
    uint64_t kalign = ind_key ? 8 : k->align ? k->align : 1, ealign = ind_elem ? 8 : e->align ? e->align : 1;
    uint64_t align = kalign > ealign ? kalign : ealign;
    uint64_t elem_off = (ksize + ealign - 1) / ealign * ealign;
    uint64_t slot = (elem_off + esize + align - 1) / align * align;
    if (slot == 0)
        slot = 1;  // struct{} to struct{}
    uint64_t group = 8 + slot * GROUP_SLOTS;
    uint32_t words = (uint32_t)((group / 8 + 63) / 64);
    MapInfo *in = calloc(1, sizeof *in + 2 * words * sizeof(uint64_t));
    if (!in)
        return NULL;
    in->type = t;
    in->key = k;
    in->elem = e;
    in->kind = kind_of_key(k);
    in->ind_key = ind_key;
    in->ind_elem = ind_elem;
    in->key_ptrs = ind_key || k->gc_period;
    in->elem_off = (uint32_t)elem_off;
    in->slot_size = (uint32_t)slot;
    in->group_size = (uint32_t)group;
    for (unsigned i = 0; i < GROUP_SLOTS; i++) {
        add_map(in, words, 8 + i * slot, k, ind_key);
        add_map(in, words, 8 + i * slot + elem_off, e, ind_elem);
    }
    in->group_type = (TypeDesc){.kind = KIND_STRUCT, .align = 8, .size = group, .gc_period = (uint32_t)(group / 8), .gc_ptrs = in->bits,
                                .gc_maybe = in->bits + words};
    in->group_elem = in->key_ptrs || ind_elem || e->gc_period ? &in->group_type : NULL;
    return in;
}

static const MapInfo *info_of(Runtime *rt, const TypeDesc *t) {
    struct MapTypes *mt = rt->map_types;
    _Atomic(MapInfo *) *bucket = &mt->buckets[mix_u64((uintptr_t)t, mix_k1) % NBUCKETS];
    for (MapInfo *in = atomic_load_explicit(bucket, memory_order_acquire); in; in = in->next) {
        if (in->type == t)
            return in;
    }
    pthread_mutex_lock(&mt->lock);
    MapInfo *in = *bucket;
    while (in && in->type != t)
        in = in->next;
    if (!in) {
        in = info_new(t);
        VERIFY(in);
        in->next = *bucket;
        atomic_store_explicit(bucket, in, memory_order_release);
    }
    pthread_mutex_unlock(&mt->lock);
    return in;
}

// --- groups ---

static inline uint64_t load_ctrl(const char *g) { return mix_read8(g); }
static inline uint8_t h2_of(uint64_t h) { return h & 0x7f; }

// match returns a mask with bit i set when control i of the group is c.
static inline uint32_t match(uint64_t ctrl, uint8_t c) {
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_cvtsi64_si128((long long)ctrl), _mm_set1_epi8((char)c))) & 0xff;
#else
    uint32_t m = 0;
    for (unsigned i = 0; i < GROUP_SLOTS; i++)
        m |= (uint32_t)((uint8_t)(ctrl >> (8 * i)) == c) << i;
    return m;
#endif
}

static inline uint32_t match_free(uint64_t ctrl) {  // empty or deleted
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_epi8(_mm_cvtsi64_si128((long long)ctrl)) & 0xff;
#else
    uint32_t m = 0;
    for (unsigned i = 0; i < GROUP_SLOTS; i++)
        m |= (uint32_t)(ctrl >> (8 * i + 7) & 1) << i;
    return m;
#endif
}

static inline char *slot_at(const MapInfo *in, char *g, uint32_t i) {
    return g + 8 + (uint64_t)i * in->slot_size;
}
static inline char *key_at(const MapInfo *in, char *slot) {
    return in->ind_key ? *(char **)slot : slot;
}
static inline char *elem_at(const MapInfo *in, char *slot) {
    char *e = slot + in->elem_off;
    return in->ind_elem ? *(char **)e : e;
}

static char *groups_new(P *pp, const MapInfo *in, uint32_t ngroups) {
    char *g = gc_alloc(pp, (uint64_t)ngroups * in->group_size, in->group_elem);
    for (uint32_t i = 0; i < ngroups; i++)
        memcpy(g + (uint64_t)i * in->group_size, &all_empty, 8);
    return g;
}

static uint32_t max_growth(uint32_t cap) {
    return cap / 8 * 7;
}

static MapTable *table_new(P *pp, const MapInfo *in, uint32_t cap, uint32_t index, uint8_t depth) {
    MapTable *tab = gc_alloc(pp, sizeof *tab, &table_desc);
    gc_store(pp, (void *_Atomic *)&tab->groups, groups_new(pp, in, cap / GROUP_SLOTS));
    tab->cap = cap;
    tab->growth_left = max_growth(cap);
    tab->index = index;
    tab->depth = depth;
    return tab;
}

static inline uint64_t dir_index(uint64_t h, uint8_t depth) {
    return h >> 1 >> (63 - depth);
}

// --- keys ---

// A Key is what is looked for: an integer, a string's data and length, or the address of the memory form.
typedef struct Key {
    uint64_t a, b;
} Key;

static inline uint64_t hash_of(M *mp, const MapInfo *in, KeyKind kind, Key k, uint64_t seed, bool *panicked) {
    switch (kind) {
    case KEY_I64:
    case KEY_I32:
        return mix_u64(k.a, seed);
    case KEY_STR:
        return mix_bytes((const char *)k.a, k.b, seed);
    case KEY_MEM:
        return mix_bytes((const char *)k.a, in->key->size, seed);
    default:
        return value_hash(mp, in->key, (const void *)k.a, seed, panicked);
    }
}

// same tells whether the key in a slot is k.
static inline bool same(M *mp, const MapInfo *in, KeyKind kind, char *slot, Key k) {
    switch (kind) {
    case KEY_I64:
        return mix_read8(slot) == k.a;
    case KEY_I32:
        return mix_read4(slot) == k.a;
    case KEY_STR: {
        const StrLit *s = (const StrLit *)slot;
        return s->len == k.b && (s->data == (const char *)k.a || memcmp(s->data, (const char *)k.a, k.b) == 0);
    }
    case KEY_MEM:
        return memcmp(slot, (const void *)k.a, in->key->size) == 0;
    default: {
        bool panicked = false;  // what can be hashed can be compared
        return value_equal(mp, in->key, key_at(in, slot), (const void *)k.a, &panicked);
    }
    }
}

// key_in makes a Key of the memory form at p.
static inline Key key_in(KeyKind kind, const void *p) {
    switch (kind) {
    case KEY_I64:
        return (Key){mix_read8(p), 0};
    case KEY_I32:
        return (Key){mix_read4(p), 0};
    case KEY_STR:
        return (Key){(uint64_t)((const StrLit *)p)->data, ((const StrLit *)p)->len};
    default:
        return (Key){(uint64_t)p, 0};
    }
}

static void store_key(P *pp, const MapInfo *in, KeyKind kind, char *slot, Key k) {
    switch (kind) {
    case KEY_I64:
        if (in->key_ptrs)
            gc_store(pp, (void *_Atomic *)slot, (void *)k.a);
        else
            memcpy(slot, &k.a, 8);
        break;
    case KEY_I32:
        memcpy(slot, &k.a, 4);
        break;
    case KEY_STR:
        gc_store(pp, (void *_Atomic *)slot, (void *)k.a);
        ((StrLit *)slot)->len = k.b;
        break;
    default:
        gc_copy(pp, key_at(in, slot), (const void *)k.a, in->key, 1);
    }
}

// --- finding ---

/* find returns the slot that holds k, or NULL. Specialised by constant kind. */
static inline __attribute__((always_inline)) char *find(M *mp, const Hmap *m, const MapInfo *in, KeyKind kind, Key k, uint64_t h) {
    uint8_t h2 = h2_of(h);
    if (m->small) {
        char *g = m->dir;
        if (!g)
            return NULL;
        for (uint32_t hits = match(load_ctrl(g), h2); hits; hits &= hits - 1) {
            char *slot = slot_at(in, g, (uint32_t)__builtin_ctz(hits));
            if (LIKELY(same(mp, in, kind, slot, k)))
                return slot;
        }
        return NULL;
    }
    const MapTable *tab = ((MapTable **)m->dir)[dir_index(h, m->depth)];
    uint64_t mask = tab->cap / GROUP_SLOTS - 1, at = (h >> 7) & mask;
    for (uint64_t step = 1;; step++) {
        char *g = tab->groups + at * in->group_size;
        uint64_t ctrl = load_ctrl(g);
        for (uint32_t hits = match(ctrl, h2); hits; hits &= hits - 1) {
            char *slot = slot_at(in, g, (uint32_t)__builtin_ctz(hits));
            if (LIKELY(same(mp, in, kind, slot, k)))
                return slot;
        }
        if (LIKELY(match(ctrl, CTRL_EMPTY)))
            return NULL;
        at = (at + step) & mask;
    }
}

static char *find_any(M *mp, const Hmap *m, const MapInfo *in, const void *key, bool *panicked) {
    switch (in->kind) {
    case KEY_I64: {
        Key k = key_in(KEY_I64, key);
        return find(mp, m, in, KEY_I64, k, mix_u64(k.a, m->seed));
    }
    case KEY_I32: {
        Key k = key_in(KEY_I32, key);
        return find(mp, m, in, KEY_I32, k, mix_u64(k.a, m->seed));
    }
    case KEY_STR: {
        Key k = key_in(KEY_STR, key);
        return find(mp, m, in, KEY_STR, k, mix_bytes((const char *)k.a, k.b, m->seed));
    }
    default: {
        Key k = key_in(in->kind, key);
        uint64_t h = hash_of(mp, in, in->kind, k, m->seed, panicked);
        return *panicked ? NULL : find(mp, m, in, in->kind, k, h);
    }
    }
}

static inline void check_reader(M *mp, const Hmap *m) {
    if (UNLIKELY(atomic_load_explicit(&m->writing, memory_order_relaxed)))
        rt_fatal(mp->rt, "concurrent map read and map write", false);
}

static inline void begin_write(M *mp, Hmap *m) {
    if (UNLIKELY(atomic_load_explicit(&m->writing, memory_order_relaxed)))
        rt_fatal(mp->rt, "concurrent map writes", false);
    atomic_store_explicit(&m->writing, 1, memory_order_relaxed);
}

static inline void end_write(M *mp, Hmap *m) {
    if (UNLIKELY(!atomic_load_explicit(&m->writing, memory_order_relaxed)))
        rt_fatal(mp->rt, "concurrent map writes", false);
    atomic_store_explicit(&m->writing, 0, memory_order_relaxed);
}

// unhashable returns the dynamic type inside the value of type t at v that can't be hashed, or NULL.
static const TypeDesc *unhashable(const TypeDesc *t, const char *v) {
    const TypeDesc *bad = NULL;
    if (!(t->flags & TF_COMPARABLE))
        return t;
    if (!(t->flags & TF_EQ_DYNAMIC))
        return NULL;
    if (t->kind == KIND_INTERFACE) {
        const Slot *s = (const Slot *)v;
        const TypeDesc *dyn = (const TypeDesc *)s[0];
        return dyn ? unhashable(dyn, dyn->flags & TF_DIRECT ? (const char *)&s[1] : (const char *)s[1]) : NULL;
    }
    for (uint32_t i = 0; t->kind == KIND_STRUCT && i < t->nfields && !bad; i++)
        bad = unhashable(t->fields[i].type, v + t->fields[i].offset);
    for (uint64_t i = 0; t->kind == KIND_ARRAY && i < t->len && !bad; i++)
        bad = unhashable(t->elem, v + i * t->elem->size);
    return bad;
}

// check_hashable is for maps in which there is nothing to find: an unhashable key panics even so, in words of its own.
static void check_hashable(M *mp, const TypeDesc *key_type, const void *key, bool *panicked) {
    const TypeDesc *bad = key_type->flags & TF_EQ_DYNAMIC ? unhashable(key_type, key) : NULL;
    if (!bad)
        return;
    vm_panic_plain(mp, "hash of unhashable type: %.*s", (int)bad->string.len, bad->string.data);
    *panicked = true;
}

uint64_t map_len(const Hmap *m) {
    return m ? m->count : 0;
}

void *map_get(M *mp, const TypeDesc *t, Hmap *m, const void *key, bool *panicked) {
    if (!m || !m->count) {
        check_hashable(mp, t->key, key, panicked);
        return NULL;
    }
    check_reader(mp, m);
    const MapInfo *in = m->info;
    char *slot = find_any(mp, m, in, key, panicked);
    return slot ? elem_at(in, slot) : NULL;
}

void *map_get_i64(M *mp, const TypeDesc *t, Hmap *m, int64_t key) {
    if (!m || !m->count)
        return NULL;
    check_reader(mp, m);
    const MapInfo *in = m->info;
    ASSERT(in->kind == KEY_I64);
    char *slot = find(mp, m, in, KEY_I64, (Key){(uint64_t)key, 0}, mix_u64((uint64_t)key, m->seed));
    return slot ? elem_at(in, slot) : NULL;
}

void *map_get_str(M *mp, const TypeDesc *t, Hmap *m, const char *data, uint64_t len) {
    if (!m || !m->count)
        return NULL;
    check_reader(mp, m);
    const MapInfo *in = m->info;
    ASSERT(in->kind == KEY_STR);
    char *slot = find(mp, m, in, KEY_STR, (Key){(uint64_t)data, len}, mix_bytes(data, len, m->seed));
    return slot ? elem_at(in, slot) : NULL;
}

// --- growing ---

// insert_fresh returns a slot for a key with hash h in a table that has room, no deleted controls and not the key.
static char *insert_fresh(const MapInfo *in, MapTable *tab, uint64_t h) {
    uint64_t mask = tab->cap / GROUP_SLOTS - 1, at = (h >> 7) & mask;
    for (uint64_t step = 1;; step++) {
        char *g = tab->groups + at * in->group_size;
        uint32_t room = match_free(load_ctrl(g));
        if (room) {
            uint32_t i = (uint32_t)__builtin_ctz(room);
            g[i] = (char)h2_of(h);
            tab->used++;
            tab->growth_left--;
            return slot_at(in, g, i);
        }
        at = (at + step) & mask;
    }
}

static void copy_slot(P *pp, const MapInfo *in, char *to, const char *from) {
    if (UNLIKELY(pp->rt->wb_on)) {
        if (in->ind_key)
            gc_copy(pp, to, from, &pointer_desc, 1);
        else
            gc_copy(pp, to, from, in->key, 1);
        if (in->ind_elem)
            gc_copy(pp, to + in->elem_off, from + in->elem_off, &pointer_desc, 1);
        else
            gc_copy(pp, to + in->elem_off, from + in->elem_off, in->elem, 1);
        return;
    }
    memcpy(to, from, in->slot_size);
}

// move_groups puts all entries of ngroups groups into lo, or into hi when the hash has the bit `select` (0: all into lo).
static void move_groups(M *mp, Hmap *m, const MapInfo *in, char *groups, uint32_t ngroups, MapTable *lo, MapTable *hi, uint64_t select) {
    bool panicked = false;
    for (uint32_t g = 0; g < ngroups; g++, groups += in->group_size) {
        for (uint32_t full = ~match_free(load_ctrl(groups)) & 0xff; full; full &= full - 1) {
            char *slot = slot_at(in, groups, (uint32_t)__builtin_ctz(full));
            uint64_t h = hash_of(mp, in, in->kind, key_in(in->kind, key_at(in, slot)), m->seed, &panicked);
            copy_slot(mp->pp, in, insert_fresh(in, h & select ? hi : lo, h), slot);
        }
    }
}

static void dir_fill(P *pp, Hmap *m, MapTable *tab) {
    uint32_t n = 1u << (m->depth - tab->depth);
    for (uint32_t i = 0; i < n; i++)
        gc_store(pp, (void *_Atomic *)&((MapTable **)m->dir)[tab->index + i], tab);
}

static void dir_new(P *pp, Hmap *m, uint8_t depth) {
    gc_store(pp, (void *_Atomic *)&m->dir, gc_alloc(pp, sizeof(MapTable *) << depth, &pointer_desc));
    m->depth = depth;
    m->small = false;
}

static void dir_double(P *pp, Hmap *m) {
    MapTable **old = m->dir;
    uint32_t n = 1u << m->depth;
    dir_new(pp, m, m->depth + 1);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || old[i] != old[i - 1]) {
            old[i]->index *= 2;
            dir_fill(pp, m, old[i]);
        }
    }
}

static void grow_small(M *mp, Hmap *m, const MapInfo *in) {
    char *g = m->dir;
    MapTable *tab = table_new(mp->pp, in, 2 * GROUP_SLOTS, 0, 0);
    move_groups(mp, m, in, g, 1, tab, NULL, 0);
    dir_new(mp->pp, m, 0);
    dir_fill(mp->pp, m, tab);
}

static void grow(M *mp, Hmap *m, const MapInfo *in, MapTable *old) {
    P *pp = mp->pp;
    uint32_t ngroups = old->cap / GROUP_SLOTS, index = old->index;
    bool crowded = old->used > old->cap / 2 + old->cap / 8;  // else deleted slots are the trouble: same size again
    // A directory that is large for what is in the map means that hashes collide: splitting would not help.
    bool may_split = ((uint64_t)2 << m->depth) <= 16 + m->count / 64;
    if (crowded && old->cap >= MAX_TABLE && (old->depth < m->depth || (may_split && m->depth < 28))) {
        if (old->depth == m->depth) {
            dir_double(pp, m);
            index = old->index;
        }
        uint8_t depth = old->depth + 1;
        MapTable *lo = table_new(pp, in, old->cap, index, depth);
        MapTable *hi = table_new(pp, in, old->cap, index + (1u << (m->depth - depth)), depth);
        move_groups(mp, m, in, old->groups, ngroups, lo, hi, (uint64_t)1 << (64 - depth));
        old->index = STALE;
        dir_fill(pp, m, lo);
        dir_fill(pp, m, hi);
        return;
    }
    MapTable *tab = table_new(pp, in, crowded ? old->cap * 2 : old->cap, index, old->depth);
    move_groups(mp, m, in, old->groups, ngroups, tab, NULL, 0);
    old->index = STALE;
    dir_fill(pp, m, tab);
}

// --- inserting ---

static char *fill_slot(P *pp, Hmap *m, const MapInfo *in, KeyKind kind, char *g, uint32_t i, Key k, uint64_t h) {
    char *slot = slot_at(in, g, i);
    if (in->ind_key)
        gc_store(pp, (void *_Atomic *)slot, gc_alloc(pp, in->key->size, in->key));
    if (in->ind_elem)
        gc_store(pp, (void *_Atomic *)(slot + in->elem_off), gc_alloc(pp, in->elem->size, in->elem));
    store_key(pp, in, kind, slot, k);
    g[i] = (char)h2_of(h);
    m->count++;
    return slot;
}

/* put returns the slot that holds k, new with a zero value if need be. */
static inline __attribute__((always_inline)) char *put(M *mp, Hmap *m, const MapInfo *in, KeyKind kind, Key k, uint64_t h) {
    P *pp = mp->pp;
    uint8_t h2 = h2_of(h);
    if (m->small) {
        char *g = m->dir;
        if (!g) {
            g = groups_new(pp, in, 1);
            gc_store(pp, (void *_Atomic *)&m->dir, g);
        }
        uint64_t ctrl = load_ctrl(g);
        for (uint32_t hits = match(ctrl, h2); hits; hits &= hits - 1) {
            char *slot = slot_at(in, g, (uint32_t)__builtin_ctz(hits));
            if (same(mp, in, kind, slot, k))
                return slot;
        }
        if (m->count < GROUP_SLOTS)
            return fill_slot(pp, m, in, kind, g, (uint32_t)__builtin_ctz(match_free(ctrl)), k, h);
        grow_small(mp, m, in);
    }
    for (;;) {
        MapTable *tab = ((MapTable **)m->dir)[dir_index(h, m->depth)];
        uint64_t mask = tab->cap / GROUP_SLOTS - 1, at = (h >> 7) & mask;
        char *deleted = NULL;  // first group of the probe with a deleted slot
        for (uint64_t step = 1;; step++) {
            char *g = tab->groups + at * in->group_size;
            uint64_t ctrl = load_ctrl(g);
            for (uint32_t hits = match(ctrl, h2); hits; hits &= hits - 1) {
                char *slot = slot_at(in, g, (uint32_t)__builtin_ctz(hits));
                if (LIKELY(same(mp, in, kind, slot, k)))
                    return slot;
            }
            uint32_t empty = match(ctrl, CTRL_EMPTY);
            if (!empty) {
                if (!deleted && match(ctrl, CTRL_DELETED))
                    deleted = g;
                at = (at + step) & mask;
                continue;
            }
            if (deleted) {
                tab->used++;
                return fill_slot(pp, m, in, kind, deleted, (uint32_t)__builtin_ctz(match(load_ctrl(deleted), CTRL_DELETED)), k, h);
            }
            if (tab->growth_left) {
                tab->growth_left--;
                tab->used++;
                return fill_slot(pp, m, in, kind, g, (uint32_t)__builtin_ctz(match_free(ctrl)), k, h);
            }
            break;
        }
        grow(mp, m, in, tab);
    }
}

void *map_put_i64(M *mp, const TypeDesc *t, Hmap *m, int64_t key) {
    const MapInfo *in = m->info;
    ASSERT(in->kind == KEY_I64);
    begin_write(mp, m);
    char *slot = put(mp, m, in, KEY_I64, (Key){(uint64_t)key, 0}, mix_u64((uint64_t)key, m->seed));
    end_write(mp, m);
    return elem_at(in, slot);
}

void *map_put_str(M *mp, const TypeDesc *t, Hmap *m, const char *data, uint64_t len) {
    const MapInfo *in = m->info;
    ASSERT(in->kind == KEY_STR);
    begin_write(mp, m);
    char *slot = put(mp, m, in, KEY_STR, (Key){(uint64_t)data, len}, mix_bytes(data, len, m->seed));
    if (((StrLit *)slot)->data != data)  // an equal key: the map keeps the new one, as Go's does, so that what held the old may go
        gc_store(mp->pp, (void *_Atomic *)slot, (void *)data);
    end_write(mp, m);
    return elem_at(in, slot);
}

void *map_put(M *mp, const TypeDesc *t, Hmap *m, const void *key, bool *panicked) {
    const MapInfo *in = m->info;
    if (in->kind == KEY_I64)
        return map_put_i64(mp, t, m, (int64_t)mix_read8(key));
    Key k = key_in(in->kind, key);
    if (in->kind == KEY_STR)
        return map_put_str(mp, t, m, (const char *)k.a, k.b);
    uint64_t h = hash_of(mp, in, in->kind, k, m->seed, panicked);
    if (*panicked)
        return NULL;
    begin_write(mp, m);
    uint64_t before = m->count;
    char *slot = put(mp, m, in, in->kind, k, h);
    if (in->kind == KEY_ANY && m->count == before)
        store_key(mp->pp, in, KEY_ANY, slot, k);  // equal keys may differ: +0 and -0
    end_write(mp, m);
    return elem_at(in, slot);
}

// --- deleting ---

static void clear_slot(P *pp, const MapInfo *in, char *slot) {
    if (UNLIKELY(pp->rt->wb_on)) {
        gc_clear(pp, slot, in->ind_key ? &pointer_desc : in->key, 1);
        gc_clear(pp, slot + in->elem_off, in->ind_elem ? &pointer_desc : in->elem, 1);
    }
    memset(slot, 0, in->slot_size);
}

void map_delete(M *mp, const TypeDesc *t, Hmap *m, const void *key, bool *panicked) {
    if (!m || !m->count) {
        check_hashable(mp, t->key, key, panicked);
        return;
    }
    const MapInfo *in = m->info;
    begin_write(mp, m);
    char *slot = find_any(mp, m, in, key, panicked);
    if (slot) {
        if (m->small) {
            char *g = m->dir;
            g[(uint32_t)(slot - g - 8) / in->slot_size] = (char)CTRL_EMPTY;
        } else {
            uint64_t h = hash_of(mp, in, in->kind, key_in(in->kind, key), m->seed, panicked);
            MapTable *tab = ((MapTable **)m->dir)[dir_index(h, m->depth)];
            char *g = tab->groups + (uint64_t)(slot - tab->groups) / in->group_size * in->group_size;
            uint32_t i = (uint32_t)(slot - g - 8) / in->slot_size;
            tab->used--;
            if (match(load_ctrl(g), CTRL_EMPTY)) {
                g[i] = (char)CTRL_EMPTY;
                tab->growth_left++;
            } else {
                g[i] = (char)CTRL_DELETED;
            }
        }
        clear_slot(mp->pp, in, slot);
        m->count--;
    }
    end_write(mp, m);
}

static void clear_groups(P *pp, const MapInfo *in, char *groups, uint32_t ngroups) {
    if (UNLIKELY(pp->rt->wb_on) && in->group_elem)
        gc_clear(pp, groups, &in->group_type, ngroups);
    for (uint32_t i = 0; i < ngroups; i++, groups += in->group_size) {
        memset(groups, 0, in->group_size);
        memcpy(groups, &all_empty, 8);
    }
}

void map_clear(M *mp, const TypeDesc *t, Hmap *m) {
    if (!m || !m->dir)
        return;
    begin_write(mp, m);
    const MapInfo *in = m->info;
    if (m->small) {
        clear_groups(mp->pp, in, m->dir, 1);
    } else {
        MapTable **dir = m->dir;
        for (uint32_t i = 0; i < 1u << m->depth; i += 1u << (m->depth - dir[i]->depth)) {
            MapTable *tab = dir[i];
            if (tab->used || tab->growth_left != max_growth(tab->cap))
                clear_groups(mp->pp, in, tab->groups, tab->cap / GROUP_SLOTS);
            tab->used = 0;
            tab->growth_left = max_growth(tab->cap);
        }
    }
    m->count = 0;
    m->clear_seq++;
    m->seed = p_rand(mp->pp);  // no iterator depends on hashes it has seen
    end_write(mp, m);
}

Hmap *map_new(P *pp, const TypeDesc *t, int64_t hint) {
    Runtime *rt = pp->rt;
    const MapInfo *in = info_of(rt, t);
    Hmap *m = gc_alloc(pp, sizeof *m, &hmap_desc);
    m->info = in;
    m->small = true;
    m->seed = p_rand(pp) ^ rt->hash_seed;
    if (hint <= GROUP_SLOTS || (uint64_t)hint > rt->heap->limit_bytes / 4 / in->slot_size)
        return m;
    uint64_t cap = 2 * GROUP_SLOTS;
    while (cap / 8 * 7 < (uint64_t)hint)
        cap *= 2;
    uint8_t depth = 0;
    for (; cap > MAX_TABLE; cap /= 2)
        depth++;
    dir_new(pp, m, depth);
    for (uint32_t i = 0; i < 1u << depth; i++)
        dir_fill(pp, m, table_new(pp, in, (uint32_t)cap, i, depth));
    return m;
}

// --- iterating ---

void map_iter_start(M *mp, const TypeDesc *t, Hmap *m, Slot *slots) {
    MapIter *it = (MapIter *)slots;
    *it = (MapIter){0};
    if (!m || !m->count)
        return;
    it->m = m;
    it->info = m->info;
    it->rand = p_rand(mp->pp);
    it->clear_seq = m->clear_seq;
    it->small = m->small;
    if (m->small) {
        it->groups = m->dir;
        it->ngroups = 1;
        it->begun = true;
    }
}

static void begin_table(MapIter *it, MapTable *tab) {
    it->tab = tab;
    it->groups = tab->groups;
    it->ngroups = tab->cap / GROUP_SLOTS;
    it->pos = 0;
}

// next_table goes on to the next table; false when all were passed.
static bool next_table(MapIter *it) {
    const Hmap *m = it->m;
    if (it->small)
        return false;
    MapTable **dir = m->dir;
    uint32_t n = 1u << m->depth;
    if (!it->begun) {
        it->begun = true;
        it->depth = m->depth;
        MapTable *tab = dir[(it->rand >> 40) & (n - 1)];
        it->dir_at = tab->index;
        begin_table(it, tab);
        return true;
    }
    it->dir_at <<= m->depth - it->depth;
    it->dir_done <<= m->depth - it->depth;
    it->depth = m->depth;
    uint32_t places = 1u << (m->depth - it->tab->depth);
    it->dir_done += places;
    it->dir_at = (it->dir_at + places) & (n - 1);
    if (it->dir_done >= n)
        return false;
    begin_table(it, dir[it->dir_at]);
    return true;
}

// next_slot is the next full slot of the groups in progress, or NULL.
static char *next_slot(MapIter *it) {
    const MapInfo *in = it->info;
    uint32_t total = it->ngroups * GROUP_SLOTS, turn = (uint32_t)(it->rand >> 32) & 7;
    while (it->pos < total) {
        uint32_t g = (it->pos / GROUP_SLOTS + (uint32_t)it->rand) & (it->ngroups - 1);
        char *group = it->groups + (uint64_t)g * in->group_size;
        uint32_t full = ~match_free(load_ctrl(group)) & 0xff;
        full = (full >> turn | full << (8 - turn)) & 0xff;
        full &= 0xffu << (it->pos % GROUP_SLOTS);
        if (!full) {
            it->pos = (it->pos | (GROUP_SLOTS - 1)) + 1;
            continue;
        }
        uint32_t i = (uint32_t)__builtin_ctz(full);
        it->pos = (it->pos & ~(uint32_t)(GROUP_SLOTS - 1)) + i + 1;
        return slot_at(in, group, (i + turn) & 7);
    }
    return NULL;
}

bool map_iter_next(M *mp, Slot *slots, void **key, void **value) {
    MapIter *it = (MapIter *)slots;
    Hmap *m = it->m;
    if (!m)
        return false;
    if (UNLIKELY(atomic_load_explicit(&m->writing, memory_order_relaxed)))
        rt_fatal(mp->rt, "concurrent map iteration and map write", false);
    const MapInfo *in = it->info;
    for (;;) {
        char *slot = it->begun ? next_slot(it) : NULL;
        if (!slot) {
            if (next_table(it))
                continue;
            *it = (MapIter){0};
            return false;
        }
        bool stale = it->small ? m->dir != it->groups : it->tab->index == STALE;
        if (UNLIKELY(stale)) {
            bool panicked = false;
            char *k = key_at(in, slot), *now = find_any(mp, m, in, k, &panicked);
            if (now) {
                slot = now;
            } else if (it->clear_seq != m->clear_seq || value_equal(mp, in->key, k, k, &panicked)) {
                continue;  // deleted meanwhile; but a NaN can't be found nor deleted, only cleared
            }
        }
        *key = key_at(in, slot);
        *value = elem_at(in, slot);
        return true;
    }
}

const TypeDesc *map_iter_type(const Slot *slots) {
    return ((const MapIter *)slots)->info->type;
}

// --- checking ---

static uint32_t check_groups(M *mp, Hmap *m, char *groups, uint32_t ngroups, uint32_t *ndeleted) {
    const MapInfo *in = m->info;
    uint32_t n = 0;
    for (uint32_t g = 0; g < ngroups; g++, groups += in->group_size) {
        uint64_t ctrl = load_ctrl(groups);
        *ndeleted += (uint32_t)__builtin_popcount(match(ctrl, CTRL_DELETED));
        for (uint32_t i = 0; i < GROUP_SLOTS; i++) {
            char *slot = slot_at(in, groups, i);
            if (match_free(ctrl) >> i & 1) {
                for (uint32_t b = 0; b < in->slot_size; b++)
                    VERIFY(slot[b] == 0);
                continue;
            }
            n++;
            bool panicked = false;
            if (value_equal(mp, in->key, key_at(in, slot), key_at(in, slot), &panicked))
                VERIFY(find_any(mp, m, in, key_at(in, slot), &panicked) == slot);
        }
    }
    return n;
}

void map_check(M *mp, Hmap *m) {
    uint32_t ndeleted = 0;
    if (m->small) {
        VERIFY(m->count == (m->dir ? check_groups(mp, m, m->dir, 1, &ndeleted) : 0) && ndeleted == 0);
        return;
    }
    uint64_t n = 0;
    MapTable **dir = m->dir;
    for (uint32_t i = 0; i < 1u << m->depth;) {
        MapTable *tab = dir[i];
        uint32_t places = 1u << (m->depth - tab->depth), full;
        VERIFY(tab->index == i && tab->depth <= m->depth);
        for (uint32_t j = 0; j < places; j++)
            VERIFY(dir[i + j] == tab);
        ndeleted = 0;
        full = check_groups(mp, m, tab->groups, tab->cap / GROUP_SLOTS, &ndeleted);
        VERIFY(full == tab->used && full + ndeleted + tab->growth_left == max_growth(tab->cap));
        n += full;
        i += places;
    }
    VERIFY(n == m->count);
}

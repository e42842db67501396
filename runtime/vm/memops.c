/* memops.c: the opcodes on slices, strings, maps, channels and allocation that are more than a few lines.
 *
 * Each reads all operands before its first store into the frame. None is a safepoint by itself: the loop polls behind those that allocate. Those that
 * may park, or end the run with a trace, save the registers first. */
#include "debug/debug.h"
#include "utf8.h"
#include "value/value.h"
#include "vm_inline.h"

#define OPERAND(i) (((const uint16_t *)pc)[i])
#define A ((uint32_t)OPERAND(1))
#define B ((uint32_t)OPERAND(2))
#define C ((uint32_t)OPERAND(3))
#define R(off) SLOT(fp, off)
#define F(off) ((char *)fp + (off))
#define OP_FN(name) OpStatus vm_op_##name(M *mp, Slot *fp, const uint64_t *pc)

enum { MAX_BYTES_LOG = 47 };

static const TypeDesc *ext_type_of(M *mp, const uint64_t *pc) { return mp->rt->image->types[(uint32_t)pc[1]]; }

static void set_slice(Slot *r, const void *data, uint64_t len, uint64_t cap) {
    r[0] = (Slot)data;
    r[1] = len;
    r[2] = cap;
}

static void set_string(Slot *r, const void *data, uint64_t len) {
    r[0] = (Slot)data;
    r[1] = len;
}

static bool too_large(uint64_t n, uint64_t size, uint64_t *bytes) {
    return __builtin_mul_overflow(n, size, bytes) || *bytes > (uint64_t)1 << MAX_BYTES_LOG;
}

// --- slicing ---

/* Raises one of Go's messages about bound x. What stands around it tells which bound it is; a negative one, of a signed type, is named alone. */
static OpStatus bad_bound(M *mp, const char *before, uint64_t x, bool is_unsigned, const char *after_negative, const char *after, uint64_t limit,
                          const char *end) {
    if ((int64_t)x < 0 && !is_unsigned)
        vm_panic_error(mp, "slice bounds out of range [%s%lld%s", before, (long long)x, after_negative);
    else
        vm_panic_error(mp, "slice bounds out of range [%s%llu%s%llu%s", before, (unsigned long long)x, after, (unsigned long long)limit, end);
    return ST_PANIC;
}

typedef struct Bounds {
    uint64_t low, high, max;
} Bounds;

// Checks low <= high <= max <= cap in Go's order; len is the default of high; with_cap ends the message about one beyond cap.
static OpStatus check_bounds(M *mp, const Slot *given, uint64_t flags, uint64_t len, uint64_t cap, const char *with_cap, Bounds *b) {
    b->low = flags & SLICE_HAS_LOW ? given[0] : 0;
    b->high = flags & SLICE_HAS_HIGH ? given[1] : len;
    b->max = flags & SLICE_HAS_MAX ? given[2] : cap;
    bool low_u = flags & SLICE_UNSIGNED_LOW, high_u = flags & SLICE_UNSIGNED_HIGH, max_u = flags & SLICE_UNSIGNED_MAX;
    if (flags & SLICE_HAS_MAX) {
        if (b->max > cap)
            return bad_bound(mp, "::", b->max, max_u, "]", with_cap, cap, "");
        if (b->high > b->max)
            return bad_bound(mp, ":", b->high, high_u, ":]", ":", b->max, "]");
        if (b->low > b->high)
            return bad_bound(mp, "", b->low, low_u, "::]", ":", b->high, ":]");
        return ST_NEXT;
    }
    if (b->high > cap)
        return bad_bound(mp, ":", b->high, high_u, "]", with_cap, cap, "");
    if (b->low > b->high)
        return bad_bound(mp, "", b->low, low_u, ":]", ":", b->high, "]");
    return ST_NEXT;
}

OP_FN(slice_str) {
    Bounds b;
    const char *data = (const char *)R(B);
    uint64_t len = R(B + 8);
    OpStatus st = check_bounds(mp, &R(C), pc[1] >> 32, len, len, "] with length ", &b);
    if (st == ST_NEXT)
        set_string(&R(A), b.high > b.low ? data + b.low : data, b.high - b.low);
    return st;
}

OP_FN(slice_slice) {
    Bounds b;
    const char *data = (const char *)R(B);
    OpStatus st = check_bounds(mp, &R(C), pc[1] >> 32, R(B + 8), R(B + 16), "] with capacity ", &b);
    // With no room behind it the slice keeps its base: a pointer never stands behind the object.
    if (st == ST_NEXT)
        set_slice(&R(A), b.max > b.low ? data + b.low * (uint32_t)pc[1] : data, b.high - b.low, b.max - b.low);
    return st;
}

OP_FN(slice_arr) {
    Bounds b;
    const char *data = (const char *)R(B);
    if (!data)
        return ST_NIL;
    OpStatus st = check_bounds(mp, &R(C), pc[1] >> 32, pc[2], pc[2], "] with length ", &b);
    if (st == ST_NEXT)
        set_slice(&R(A), b.max > b.low ? data + b.low * (uint32_t)pc[1] : data, b.high - b.low, b.max - b.low);
    return st;
}

OP_FN(arrptr) {
    if (R(B + 8) < pc[1]) {
        vm_panic_error(mp, "cannot convert slice with length %llu to array or pointer to array with length %llu",
                       (unsigned long long)R(B + 8), (unsigned long long)pc[1]);
        return ST_PANIC;
    }
    R(A) = R(B);
    return ST_NEXT;
}

// --- making and appending ---

OP_FN(makeslice) {
    const TypeDesc *elem = ext_type_of(mp, pc);
    uint64_t len = R(B), cap = R(C), bytes;
    if (too_large(cap, elem->size, &bytes) || (int64_t)len < 0 || (int64_t)cap < 0 || len > cap) {
        bool bad_len = (int64_t)len < 0 || too_large(len, elem->size, &bytes);
        vm_panic_error(mp, "makeslice: %s out of range", bad_len ? "len" : "cap");
        return ST_PANIC;
    }
    set_slice(&R(A), vm_alloc(mp->pp, bytes, elem), len, cap);
    return ST_NEXT;
}

// Returns where n more elements go, in *data with its capacity: the old array, or a new one that holds the old elements. False: a panic was set.
static bool grow(M *mp, const TypeDesc *elem, Slot *data, uint64_t len, uint64_t *cap, uint64_t n) {
    uint64_t need, bytes;
    if (__builtin_add_overflow(len, n, &need) || (int64_t)need < 0) {
        vm_panic_error(mp, "growslice: len out of range");
        return false;
    }
    if (need <= *cap)
        return true;
    uint64_t new_cap;
    if (!slice_grown_cap(*cap, need, elem, &new_cap)) {
        vm_panic_error(mp, "growslice: len out of range");
        return false;
    }
    bytes = new_cap * elem->size;
    char *to = vm_alloc(mp->pp, bytes, elem);
    if (len)
        gc_copy(mp->pp, to, (const void *)*data, elem, len);
    *data = (Slot)to;
    *cap = new_cap;
    return true;
}

static OpStatus append(M *mp, Slot *fp, const uint64_t *pc, const TypeDesc *elem, const void *from, uint64_t n) {
    Slot data = R(B);
    uint64_t len = R(B + 8), cap = R(B + 16);
    if (n) {
        if (!grow(mp, elem, &data, len, &cap, n))
            return ST_PANIC;
        gc_copy(mp->pp, (char *)data + len * elem->size, from, elem, n);
    }
    set_slice(&R(A), (void *)data, len + n, cap);
    return ST_NEXT;
}

OP_FN(append) { return append(mp, fp, pc, ext_type_of(mp, pc), F(C), pc[1] >> 32); }
OP_FN(append1_64) { return append(mp, fp, pc, ext_type_of(mp, pc), F(C), 1); }
OP_FN(append_slice) { return append(mp, fp, pc, ext_type_of(mp, pc), (const void *)R(C), R(C + 8)); }

static const TypeDesc byte_type = {.kind = KIND_UINT8, .align = 1, .size = 1, .nslots = 1, .flags = TF_DIRECT | TF_COMPARABLE | TF_EQ_MEMORY};

OP_FN(append_str) { return append(mp, fp, pc, &byte_type, (const void *)R(C), R(C + 8)); }

OP_FN(copy_slice) {
    const TypeDesc *elem = ext_type_of(mp, pc);
    uint64_t n = R(B + 8) < R(C + 8) ? R(B + 8) : R(C + 8);
    if (n)
        gc_copy(mp->pp, (void *)R(B), (const void *)R(C), elem, n);
    R(A) = n;
    return ST_NEXT;
}

OP_FN(copy_str) {
    uint64_t n = R(B + 8) < R(C + 8) ? R(B + 8) : R(C + 8);
    if (n)
        memmove((void *)R(B), (const void *)R(C), n);
    R(A) = n;
    return ST_NEXT;
}

OP_FN(clear_slice) {
    if (R(A + 8))
        gc_clear(mp->pp, (void *)R(A), ext_type_of(mp, pc), R(A + 8));
    return ST_NEXT;
}

// --- strings ---

OP_FN(concat) {
    const Slot *parts = &R(B);
    uint32_t n = C;
    uint64_t total = 0, full = 0;
    const Slot *last = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (!parts[2 * i + 1])
            continue;
        if (__builtin_add_overflow(total, parts[2 * i + 1], &total) || total > (uint64_t)1 << MAX_BYTES_LOG) {
            vm_panic_plain(mp, "string concatenation too long");
            return ST_PANIC;
        }
        full++;
        last = &parts[2 * i];
    }
    if (full <= 1) {
        set_string(&R(A), last ? (const void *)last[0] : NULL, total);
        return ST_NEXT;
    }
    char *to = vm_alloc(mp->pp, total, NULL), *at = to;
    for (uint32_t i = 0; i < n; i++) {
        if (parts[2 * i + 1])
            at = mempcpy(at, (const void *)parts[2 * i], parts[2 * i + 1]);
    }
    set_string(&R(A), to, total);
    return ST_NEXT;
}

OP_FN(str_bytes) {
    uint64_t n = R(B + 8);
    char *to = NULL;
    if (n) {
        to = vm_alloc(mp->pp, n, NULL);
        memcpy(to, (const void *)R(B), n);
    }
    set_string(&R(A), to, n);
    return ST_NEXT;
}

OP_FN(bytes_str) {
    uint64_t n = R(B + 8), cap = slice_round_up(n, true);
    char *to = vm_alloc(mp->pp, cap, NULL);
    if (n)
        memcpy(to, (const void *)R(B), n);
    set_slice(&R(A), to, n, cap);
    return ST_NEXT;
}

// Whatever is no code point is written as U+FFFD.
static unsigned put_rune(char *out, int64_t rune) {
    return utf8_encode(out, rune < 0 || rune > UINT32_MAX ? UINT32_MAX : (uint32_t)rune);
}

OP_FN(str_runes) {
    const int32_t *runes = (const int32_t *)R(B);
    uint64_t n = R(B + 8), bytes = 0;
    char one[UTF8_MAX], *to = NULL;
    for (uint64_t i = 0; i < n; i++)
        bytes += put_rune(one, runes[i]);
    if (bytes) {
        to = vm_alloc(mp->pp, bytes, NULL);
        char *at = to;
        for (uint64_t i = 0; i < n && at + put_rune(one, runes[i]) <= to + bytes; i++)
            at += put_rune(at, runes[i]);
    }
    set_string(&R(A), to, bytes);
    return ST_NEXT;
}

OP_FN(runes_str) {
    const char *s = (const char *)R(B);
    uint64_t len = R(B + 8), n = 0;
    uint32_t k;
    for (uint64_t i = 0; i < len; i += k, n++)
        utf8_decode(s + i, len - i, &k);
    uint64_t cap = slice_round_up(n * 4, true) / 4;
    int32_t *to = vm_alloc(mp->pp, cap * 4, NULL);
    n = 0;
    for (uint64_t i = 0; i < len; i += k)
        to[n++] = (int32_t)utf8_decode(s + i, len - i, &k);
    set_slice(&R(A), to, n, cap);
    return ST_NEXT;
}

OP_FN(str_rune) {
    char one[UTF8_MAX];
    unsigned n = put_rune(one, (int64_t)R(B));
    char *to = vm_alloc(mp->pp, n, NULL);
    memcpy(to, one, n);
    set_string(&R(A), to, n);
    return ST_NEXT;
}

void vm_strnext(Slot *r, const char *s, uint64_t len) {
    uint32_t k;
    uint64_t at = r[0];
    r[2] = utf8_decode(s + at, len - at, &k);
    r[1] = at;
    r[0] = at + k;
}

// --- allocation and memory form ---

OP_FN(box) {
    const TypeDesc *t = ext_type_of(mp, pc);
    void *p = vm_alloc(mp->pp, t->size, t);
    if (t->size)
        gc_copy(mp->pp, p, F(B), t, 1);
    R(A) = (Slot)p;
    return ST_NEXT;
}

OP_FN(boxp) {
    const TypeDesc *t = ext_type_of(mp, pc);
    const void *from = (const void *)R(B);
    if (!from)
        return ST_NIL;
    void *p = vm_alloc(mp->pp, t->size, t);
    if (t->size)
        gc_copy(mp->pp, p, from, t, 1);
    R(A) = (Slot)p;
    return ST_NEXT;
}

OP_FN(closure) {
    const Runtime *rt = mp->rt;
    const TypeDesc *t = rt->image->types[pc[1] >> 32];
    Slot *c = vm_alloc(mp->pp, t->size, t);
    c[0] = (Slot)rt->funcs[(uint32_t)pc[1]];
    R(A) = (Slot)c;
    return ST_NEXT;
}

OP_FN(stn) {
    const TypeDesc *t = ext_type_of(mp, pc);
    char *to = (char *)R(A);
    if (!to)
        return ST_NIL;
    gc_copy(mp->pp, to + (pc[1] >> 32), F(B), t, 1);
    return ST_NEXT;
}

OP_FN(copy) {
    if (!R(A) || !R(B))
        return ST_NIL;
    gc_copy(mp->pp, (void *)R(A), (const void *)R(B), ext_type_of(mp, pc), 1);
    return ST_NEXT;
}

OP_FN(clearmem) {
    if (!R(A))
        return ST_NIL;
    gc_clear(mp->pp, (void *)R(A), ext_type_of(mp, pc), 1);
    return ST_NEXT;
}

OP_FN(eq_iface) {
    bool panicked;
    bool eq = iface_equal(mp, &R(B), &R(C), &panicked);
    if (panicked)
        return ST_PANIC;
    R(A) = eq;
    return ST_NEXT;
}

OP_FN(eq_mem) {
    bool panicked;
    if (!R(B) || !R(C))
        return ST_NIL;
    bool eq = value_equal(mp, ext_type_of(mp, pc), (const void *)R(B), (const void *)R(C), &panicked);
    if (panicked)
        return ST_PANIC;
    R(A) = eq;
    return ST_NEXT;
}

// --- maps ---

static OpStatus nil_map(M *mp) {
    vm_panic_plain(mp, "assignment to entry in nil map");
    return ST_PANIC;
}

OP_FN(makemap) {
    int64_t hint = (int64_t)R(B);
    R(A) = (Slot)map_new(mp->pp, ext_type_of(mp, pc), hint < 0 ? 0 : hint);
    return ST_NEXT;
}

static OpStatus mapget(M *mp, Slot *fp, const uint64_t *pc, bool *found) {
    const TypeDesc *t = ext_type_of(mp, pc);
    bool panicked = false;
    vm_save(mp->gp, fp, pc, 2);
    const void *v = map_get(mp, t, (Hmap *)R(B), F(C), &panicked);
    if (panicked)
        return ST_PANIC;
    *found = v != NULL;
    if (v)
        memcpy(F(A), v, t->elem->size);
    else
        memset(F(A), 0, t->elem->size);
    return ST_NEXT;
}

OP_FN(mapget) {
    bool found;
    return mapget(mp, fp, pc, &found);
}

OP_FN(mapget2) {
    bool found = false;
    OpStatus st = mapget(mp, fp, pc, &found);
    if (st == ST_NEXT)
        R(pc[1] >> 32) = found;
    return st;
}

OP_FN(mapset) {
    const TypeDesc *t = ext_type_of(mp, pc);
    Hmap *m = (Hmap *)R(A);
    bool panicked = false;
    if (!m)
        return nil_map(mp);
    vm_save(mp->gp, fp, pc, 2);
    void *v = map_put(mp, t, m, F(B), &panicked);
    if (panicked)
        return ST_PANIC;
    gc_copy(mp->pp, v, F(C), t->elem, 1);
    return ST_NEXT;
}

OP_FN(mapaddr) {
    Hmap *m = (Hmap *)R(B);
    bool panicked = false;
    if (!m)
        return nil_map(mp);
    vm_save(mp->gp, fp, pc, 2);
    void *v = map_put(mp, ext_type_of(mp, pc), m, F(C), &panicked);
    if (panicked)
        return ST_PANIC;
    R(A) = (Slot)v;
    return ST_NEXT;
}

OP_FN(mapdel) {
    bool panicked = false;
    vm_save(mp->gp, fp, pc, 2);
    map_delete(mp, ext_type_of(mp, pc), (Hmap *)R(A), F(B), &panicked);
    return panicked ? ST_PANIC : ST_NEXT;
}

OP_FN(mapclear) {
    vm_save(mp->gp, fp, pc, 2);
    if (R(A))
        map_clear(mp, ext_type_of(mp, pc), (Hmap *)R(A));
    return ST_NEXT;
}

OP_FN(mapget_i64) {
    mp->gp->fp = fp;
    mp->gp->pc = pc;
    const Slot *v = map_get_i64(mp, ext_type_of(mp, pc), (Hmap *)R(B), (int64_t)R(C));
    R(A) = v ? *v : 0;
    return ST_NEXT;
}

OP_FN(mapset_i64) {
    const TypeDesc *t = ext_type_of(mp, pc);
    Hmap *m = (Hmap *)R(A);
    if (!m)
        return nil_map(mp);
    vm_save(mp->gp, fp, pc, 2);
    void *v = map_put_i64(mp, t, m, (int64_t)R(B));
    if (t->elem->gc_period)
        gc_copy(mp->pp, v, &R(C), t->elem, 1);
    else
        *(Slot *)v = R(C);
    return ST_NEXT;
}

OP_FN(mapget_str) {
    mp->gp->fp = fp;
    mp->gp->pc = pc;
    const Slot *v = map_get_str(mp, ext_type_of(mp, pc), (Hmap *)R(B), (const char *)R(C), R(C + 8));
    R(A) = v ? *v : 0;
    return ST_NEXT;
}

OP_FN(mapiter) {
    vm_save(mp->gp, fp, pc, 2);
    map_iter_start(mp, ext_type_of(mp, pc), (Hmap *)R(B), &R(A));
    return ST_NEXT;
}

// ST_POLL stands for the end: the loop jumps.
OP_FN(mapnext) {
    void *key, *value;
    mp->gp->fp = fp;
    mp->gp->pc = pc;
    if (!map_iter_next(mp, &R(A), &key, &value))
        return ST_POLL;
    const TypeDesc *t = map_iter_type(&R(A));
    if (B != OFF_NONE)
        memcpy(F(B), key, t->key->size);
    if ((uint32_t)pc[1] != UINT32_MAX)
        memcpy(F((uint32_t)pc[1]), value, t->elem->size);
    return ST_NEXT;
}

// --- maps whose keys and values don't live in frames ---

OP_FN(mapgetp) {
    const TypeDesc *t = ext_type_of(mp, pc);
    uint32_t ok = (uint32_t)(pc[1] >> 32);
    bool panicked = false;
    void *to = (void *)R(A);
    vm_save(mp->gp, fp, pc, 2);
    const void *v = map_get(mp, t, (Hmap *)R(B), (const void *)R(C), &panicked);
    if (panicked)
        return ST_PANIC;
    if (v)
        gc_copy(mp->pp, to, v, t->elem, 1);
    else
        gc_clear(mp->pp, to, t->elem, 1);
    if (ok != OFF_NONE_W)
        R(ok) = v != NULL;
    return ST_NEXT;
}

OP_FN(mapsetp) {
    const TypeDesc *t = ext_type_of(mp, pc);
    Hmap *m = (Hmap *)R(A);
    bool panicked = false;
    if (!m)
        return nil_map(mp);
    vm_save(mp->gp, fp, pc, 2);
    void *v = map_put(mp, t, m, (const void *)R(B), &panicked);
    if (panicked)
        return ST_PANIC;
    gc_copy(mp->pp, v, (const void *)R(C), t->elem, 1);
    return ST_NEXT;
}

OP_FN(mapaddrp) {
    Hmap *m = (Hmap *)R(B);
    bool panicked = false;
    if (!m)
        return nil_map(mp);
    vm_save(mp->gp, fp, pc, 2);
    void *v = map_put(mp, ext_type_of(mp, pc), m, (const void *)R(C), &panicked);
    if (panicked)
        return ST_PANIC;
    R(A) = (Slot)v;
    return ST_NEXT;
}

OP_FN(mapdelp) {
    bool panicked = false;
    vm_save(mp->gp, fp, pc, 2);
    map_delete(mp, ext_type_of(mp, pc), (Hmap *)R(A), (const void *)R(B), &panicked);
    return panicked ? ST_PANIC : ST_NEXT;
}

OP_FN(mapnextp) {
    void *key, *value;
    mp->gp->fp = fp;
    mp->gp->pc = pc;
    if (!map_iter_next(mp, &R(A), &key, &value))
        return ST_POLL;
    const TypeDesc *t = map_iter_type(&R(A));
    if (B != OFF_NONE)
        gc_copy(mp->pp, (void *)R(B), key, t->key, 1);
    if ((uint32_t)pc[1] != OFF_NONE_W)
        gc_copy(mp->pp, (void *)R((uint32_t)pc[1]), value, t->elem, 1);
    return ST_NEXT;
}

// --- channels ---

static OpStatus chan_status(ChanStatus st) {
    switch (st) {
    case CHAN_DONE:
    case CHAN_WOULD_BLOCK: return ST_NEXT;
    case CHAN_PARKED: return ST_SCHED;
    case CHAN_PANIC: return ST_PANIC;
    }
    UNREACHABLE("channel status");
}

OP_FN(makechan) {
    Hchan *c = chan_new(mp, ext_type_of(mp, pc), (int64_t)R(B));
    if (!c)
        return ST_PANIC;
    R(A) = (Slot)c;
    return ST_NEXT;
}

OP_FN(send) {
    vm_save(mp->gp, fp, pc, 1);
    return chan_status(chan_send(mp, (Hchan *)R(A), F(B), true));
}

OP_FN(recv) {
    vm_save(mp->gp, fp, pc, 1);
    return chan_status(chan_recv(mp, (Hchan *)R(B), A == OFF_NONE ? NULL : F(A), NULL, true));
}

OP_FN(recv2) {
    vm_save(mp->gp, fp, pc, 2);
    return chan_status(chan_recv(mp, (Hchan *)R(B), A == OFF_NONE ? NULL : F(A), &R(pc[1]), true));
}

OP_FN(sendp) {
    vm_save(mp->gp, fp, pc, 1);
    return chan_status(chan_send(mp, (Hchan *)R(A), (const void *)R(B), true));
}

OP_FN(recvp) {
    uint32_t ok = (uint32_t)pc[1];
    vm_save(mp->gp, fp, pc, 2);
    return chan_status(chan_recv(mp, (Hchan *)R(B), (void *)R(A), ok == OFF_NONE_W ? NULL : &R(ok), true));
}

OP_FN(close) {
    vm_save(mp->gp, fp, pc, 1);
    return chan_status(chan_close(mp, (Hchan *)R(A)));
}

OP_FN(select) {
    vm_save(mp->gp, fp, pc, 1 + C);
    return chan_status(chan_select(mp, fp, pc + 1, C, B & 1, &R(A)));
}

// --- print ---

OP_FN(print) {
    debug_print((PrintKind)(*pc >> 32), &R(A));
    return ST_NEXT;
}

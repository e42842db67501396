/* strings_sys.c: searching, splitting and joining. Substrings share the bytes of their string, so they need no allocation; package
 * bytes uses these functions too, on its slices' bytes. */
#include "internal/numfmt/quote.h"
#include "leafutil.h"

static void put(Slot *s, const uint8_t *p, size_t n) {
    s[0] = n ? (Slot)p : 0;
    s[1] = n;
}

static const uint8_t *find(LeafBytes in, LeafBytes what) {
    if (what.n == 0)
        return in.p;
    if (what.n > in.n)
        return NULL;
    return what.n == 1 ? memchr(in.p, *what.p, in.n) : memmem(in.p, in.n, what.p, what.n);
}

static size_t count_runes(LeafBytes in) {
    size_t runes = 0;
    for (size_t i = 0; i < in.n; runes++) {
        int width = 1;
        if (in.p[i] >= 0x80)
            quote_decode(in.p + i, in.n - i, &width);
        i += width;
    }
    return runes;
}

static size_t count(LeafBytes in, LeafBytes what) {
    size_t k = 0;
    if (what.n == 0)
        return count_runes(in) + 1;
    if (what.n == 1) {
        for (size_t i = 0; i < in.n; i++)
            k += in.p[i] == *what.p;
        return k;
    }
    for (const uint8_t *end = in.p + in.n, *at; (at = find(in, what)); k++) {
        in.p = at + what.n;
        in.n = end - in.p;
    }
    return k;
}

LeafStatus strings_count(LeafCtx *cx, Slot *s) {
    s[0] = count(leaf_bytes(s), leaf_bytes(s + 2));
    return LEAF_DONE;
}

LeafStatus strings_index(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s), what = leaf_bytes(s + 2);
    const uint8_t *at = find(in, what);
    s[0] = at || !what.n ? (Slot)(at - in.p) : (Slot)-1;
    return LEAF_DONE;
}

LeafStatus strings_index_byte(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    const uint8_t *at = in.n ? memchr(in.p, (int)s[2], in.n) : NULL;
    s[0] = at ? (Slot)(at - in.p) : (Slot)-1;
    return LEAF_DONE;
}

LeafStatus strings_last_index_byte(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    const uint8_t *at = in.n ? memrchr(in.p, (int)s[2], in.n) : NULL;
    s[0] = at ? (Slot)(at - in.p) : (Slot)-1;
    return LEAF_DONE;
}

/* last_index looks for the last byte of what from the end, and compares the rest there; a rolling hash keeps texts in check where that
 * byte is everywhere. */
static int64_t last_index(LeafBytes in, LeafBytes what) {
    if (what.n == 0)
        return in.n;
    if (what.n > in.n)
        return -1;
    uint64_t want = 0, have = 0, top = 1;
    enum { BASE = 16777619 };
    for (size_t k = what.n; k-- > 0;) {
        want = want * BASE + what.p[k];
        if (k)
            top *= BASE;
    }
    for (size_t k = 0; k < what.n; k++)
        have = have * BASE + in.p[in.n - 1 - k];
    for (size_t at = in.n - what.n;; at--) {
        if (have == want && memcmp(in.p + at, what.p, what.n) == 0)
            return at;
        if (at == 0)
            return -1;
        have = (have - in.p[at + what.n - 1] * top) * BASE + in.p[at - 1];
    }
}

LeafStatus strings_last_index(LeafCtx *cx, Slot *s) {
    s[0] = last_index(leaf_bytes(s), leaf_bytes(s + 2));
    return LEAF_DONE;
}

/* --- sets of runes --- */

typedef struct RuneSet {
    uint64_t ascii[2];
    LeafBytes chars;
    bool wide;  // has more than ASCII
} RuneSet;

static RuneSet rune_set(LeafBytes chars) {
    RuneSet set = {.chars = chars};
    for (size_t i = 0; i < chars.n; i++) {
        if (chars.p[i] < 0x80)
            set.ascii[chars.p[i] >> 6] |= (uint64_t)1 << (chars.p[i] & 63);
        else
            set.wide = true;
    }
    return set;
}

static bool rune_set_has(const RuneSet *set, uint32_t r) {
    if (r < 0x80)
        return set->ascii[r >> 6] >> (r & 63) & 1;
    for (size_t i = 0; set->wide && i < set->chars.n;) {
        int width;
        if (quote_decode(set->chars.p + i, set->chars.n - i, &width) == r)
            return true;
        i += width;
    }
    return false;
}

static uint32_t decode_first(LeafBytes in, int *width) {
    *width = 1;
    return *in.p < 0x80 ? *in.p : quote_decode(in.p, in.n, width);
}

// decode_last decodes the rune that ends at the end of in (not empty).
static uint32_t decode_last(LeafBytes in, int *width) {
    *width = 1;
    if (in.p[in.n - 1] < 0x80)
        return in.p[in.n - 1];
    for (size_t k = 2; k <= 4 && k <= in.n; k++) {
        uint8_t c = in.p[in.n - k];
        if ((c & 0xc0) == 0x80)
            continue;
        int w;
        uint32_t r = quote_decode(in.p + in.n - k, k, &w);
        if ((size_t)w != k)
            break;
        *width = w;
        return r;
    }
    return QUOTE_RUNE_ERROR;
}

LeafStatus strings_index_any(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    RuneSet set = rune_set(leaf_bytes(s + 2));
    s[0] = -1;
    for (size_t i = 0; i < in.n;) {
        int width;
        if (rune_set_has(&set, decode_first((LeafBytes){in.p + i, in.n - i}, &width))) {
            s[0] = i;
            break;
        }
        i += width;
    }
    return LEAF_DONE;
}

LeafStatus strings_last_index_any(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    RuneSet set = rune_set(leaf_bytes(s + 2));
    s[0] = -1;
    while (in.n) {
        int width;
        bool has = rune_set_has(&set, decode_last(in, &width));
        in.n -= width;
        if (has) {
            s[0] = in.n;
            break;
        }
    }
    return LEAF_DONE;
}

LeafStatus strings_trim_set(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    RuneSet set = rune_set(leaf_bytes(s + 2));
    int width;
    while (s[4] & 1 && in.n && rune_set_has(&set, decode_first(in, &width))) {
        in.p += width;
        in.n -= width;
    }
    while (s[4] & 2 && in.n && rune_set_has(&set, decode_last(in, &width)))
        in.n -= width;
    put(s, in.p, in.n);
    return LEAF_DONE;
}

LeafStatus strings_trim_space(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    int width;
    while (in.n && leaf_is_space(decode_first(in, &width))) {
        in.p += width;
        in.n -= width;
    }
    while (in.n && leaf_is_space(decode_last(in, &width)))
        in.n -= width;
    put(s, in.p, in.n);
    return LEAF_DONE;
}

/* --- comparing --- */

LeafStatus strings_compare(LeafCtx *cx, Slot *s) {
    LeafBytes a = leaf_bytes(s), b = leaf_bytes(s + 2);
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    if (c == 0)
        c = (a.n > b.n) - (a.n < b.n);
    s[0] = (int64_t)(c > 0) - (c < 0);
    return LEAF_DONE;
}

static uint8_t ascii_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }

LeafStatus strings_ascii_equal_fold(LeafCtx *cx, Slot *s) {
    LeafBytes a = leaf_bytes(s), b = leaf_bytes(s + 2);
    size_t n = a.n < b.n ? a.n : b.n;
    s[0] = a.n == b.n;
    for (size_t i = 0; i < n; i++) {
        if ((a.p[i] | b.p[i]) >= 0x80) {
            s[0] = -1;
            break;
        }
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i])) {
            s[0] = 0;
            break;
        }
    }
    return LEAF_DONE;
}

/* --- new strings --- */

LeafStatus strings_ascii_case(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    bool upper = s[2];
    uint8_t first = upper ? 'a' : 'A', all = 0, change = 0;
    for (size_t i = 0; i < in.n; i++) {
        all |= in.p[i];
        change |= (uint8_t)(in.p[i] - first) < 26;
    }
    s[2] = all < 0x80;
    if (all >= 0x80 || !change)
        return LEAF_DONE;
    uint8_t *out = leaf_alloc(cx, in.n, NULL);
    for (size_t i = 0; i < in.n; i++)
        out[i] = (uint8_t)(in.p[i] - first) < 26 ? in.p[i] ^ 0x20 : in.p[i];
    put(s, out, in.n);
    return LEAF_DONE;
}

LeafStatus strings_join(LeafCtx *cx, Slot *s) {
    const Slot *elems = (const Slot *)s[0];
    size_t n = s[1], total = 0;
    LeafBytes sep = leaf_bytes(s + 3);
    if (n <= 1) {
        put(s, n ? (const uint8_t *)elems[0] : NULL, n ? elems[1] : 0);
        return LEAF_DONE;
    }
    for (size_t i = 0; i < n; i++)
        total += elems[2 * i + 1];
    size_t between;
    if (__builtin_mul_overflow(sep.n, n - 1, &between) || __builtin_add_overflow(total, between, &total) || total > INT64_MAX)
        return leaf_panic_plain(cx, "strings: Join output length overflow");
    uint8_t *out = leaf_alloc(cx, total, NULL), *at = out;
    for (size_t i = 0; i < n; i++) {
        if (i && sep.n)
            at = mempcpy(at, sep.p, sep.n);
        LeafBytes e = leaf_bytes(elems + 2 * i);
        if (e.n)
            at = mempcpy(at, e.p, e.n);
    }
    put(s, out, total);
    return LEAF_DONE;
}

LeafStatus strings_repeat(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s);
    size_t total = in.n * s[2];
    if (total > MAX_ALLOC)
        return leaf_panic_error(cx, "makeslice: len out of range");
    uint8_t *out = total ? leaf_alloc(cx, total, NULL) : NULL;
    if (total && in.n == 1) {
        memset(out, *in.p, total);
    } else if (total) {
        memcpy(out, in.p, in.n);
        for (size_t have = in.n; have < total;) {
            size_t more = have < total - have ? have : total - have;
            memcpy(out + have, out, more);
            have += more;
        }
    }
    put(s, out, total);
    return LEAF_DONE;
}

LeafStatus strings_replace(LeafCtx *cx, Slot *s) {
    LeafBytes in = leaf_bytes(s), old = leaf_bytes(s + 2), new = leaf_bytes(s + 4);
    int64_t limit = (int64_t)s[6];
    if (limit == 0 || (old.n == new.n && (!old.n || memcmp(old.p, new.p, old.n) == 0)))
        return LEAF_DONE;
    size_t times = count(in, old);
    if (times == 0)
        return LEAF_DONE;
    if (limit > 0 && (uint64_t)limit < times)
        times = limit;
    size_t added, total;
    if (__builtin_mul_overflow(times, new.n, &added) || __builtin_add_overflow(added, in.n - times * old.n, &total) || total > MAX_ALLOC)
        return leaf_panic_error(cx, "makeslice: len out of range");
    uint8_t *out = leaf_alloc(cx, total ? total : 1, NULL), *at = out;
    for (size_t k = 0; k < times; k++) {
        size_t same;  // bytes that stay before the next place
        if (old.n) {
            same = find(in, old) - in.p;
        } else {
            int width = 0;
            if (k)
                decode_first(in, &width);
            same = width;
        }
        if (same)
            at = mempcpy(at, in.p, same);
        if (new.n)
            at = mempcpy(at, new.p, new.n);
        in.p += same + old.n;
        in.n -= same + old.n;
    }
    if (in.n)
        memcpy(at, in.p, in.n);
    put(s, out, total);
    return LEAF_DONE;
}

/* --- lists of substrings --- */

static void put_elem(LeafCtx *cx, Slot *dst, const uint8_t *p, size_t n) {
    leaf_store_ptr(cx, (void **)dst, n ? (void *)p : NULL);
    dst[1] = n;
}

LeafStatus strings_ascii_fields(LeafCtx *cx, Slot *s) {
    Slot *dst = (Slot *)s[0];
    size_t room = s[1], n = 0;
    LeafBytes in = leaf_bytes(s + 3);
    for (size_t i = 0; i < in.n;) {
        while (i < in.n && in.p[i] < 0x80 && leaf_is_space(in.p[i]))
            i++;
        size_t start = i;
        while (i < in.n && in.p[i] < 0x80 && !leaf_is_space(in.p[i]))
            i++;
        if (i < in.n && in.p[i] >= 0x80) {
            s[0] = -1;
            return LEAF_DONE;
        }
        if (i == start)
            break;
        if (n < room)
            put_elem(cx, dst + 2 * n, in.p + start, i - start);
        n++;
    }
    s[0] = n;
    return LEAF_DONE;
}

LeafStatus strings_split_into(LeafCtx *cx, Slot *s) {
    Slot *dst = (Slot *)s[0];
    size_t room = s[1], keep = s[7], n = 0;
    LeafBytes in = leaf_bytes(s + 3), sep = leaf_bytes(s + 5);
    while (n + 1 < room) {
        const uint8_t *at = find(in, sep);
        if (!at)
            break;
        put_elem(cx, dst + 2 * n++, in.p, at - in.p + keep);
        in.n -= at + sep.n - in.p;
        in.p = at + sep.n;
    }
    put_elem(cx, dst + 2 * n++, in.p, in.n);
    s[0] = n;
    return LEAF_DONE;
}

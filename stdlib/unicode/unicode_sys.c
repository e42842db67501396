/* unicode_sys.c: categories and cases of runes, from the two tables beside this file.
 * Both are found by bisection; ASCII is decided without. */
#include "leaves.h"

// The general categories, as bits.
enum {
    LU = 1 << 0, LL = 1 << 1, LT = 1 << 2, LM = 1 << 3, LO = 1 << 4,
    MN = 1 << 5, MC = 1 << 6, ME = 1 << 7,
    ND = 1 << 8, NL = 1 << 9, NO = 1 << 10,
    PC = 1 << 11, PD = 1 << 12, PS = 1 << 13, PE = 1 << 14, PI = 1 << 15, PF = 1 << 16, PO = 1 << 17,
    SM = 1 << 18, SC = 1 << 19, SK = 1 << 20, SO = 1 << 21,
    ZS = 1 << 22, ZL = 1 << 23, ZP = 1 << 24,
    CC = 1 << 25, CF = 1 << 26, CO = 1 << 27, CS = 1 << 28,
    UPLO = 1 << 29, LOUP = 1 << 30,

    LETTER = LU | LL | LT | LM | LO,
    MARK = MN | MC | ME,
    NUMBER = ND | NL | NO,
    PUNCT = PC | PD | PS | PE | PI | PF | PO,
    SYMBOL = SM | SC | SK | SO,
    PRINT = LETTER | MARK | NUMBER | PUNCT | SYMBOL,
};

typedef struct ClassRange {
    uint32_t first, last, class;
} ClassRange;

static const ClassRange classes[] = {
#define RANGE(first, last, class) {first, last, class},
#include "unicode/classes.def"
#undef RANGE
};

static uint32_t class_of(uint32_t r) {
    size_t lo = 0, hi = sizeof classes / sizeof *classes;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (r > classes[mid].last)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == sizeof classes / sizeof *classes || r < classes[lo].first)
        return 0;
    uint32_t c = classes[lo].class, odd = (r - classes[lo].first) & 1;
    if (c == UPLO)
        return odd ? LL : LU;
    if (c == LOUP)
        return odd ? LU : LL;
    return c;
}

static LeafStatus answer(Slot *s, uint32_t set) {
    s[0] = (class_of((uint32_t)s[0]) & set) != 0;
    return LEAF_DONE;
}

static bool is_ascii(Slot r) { return r < 0x80; }

LeafStatus unicode_leaf_is_upper(LeafCtx *cx, Slot *s) {
    if (!is_ascii(s[0]))
        return answer(s, LU);
    s[0] = s[0] - 'A' < 26;
    return LEAF_DONE;
}

LeafStatus unicode_leaf_is_lower(LeafCtx *cx, Slot *s) {
    if (!is_ascii(s[0]))
        return answer(s, LL);
    s[0] = s[0] - 'a' < 26;
    return LEAF_DONE;
}

LeafStatus unicode_leaf_is_letter(LeafCtx *cx, Slot *s) {
    if (!is_ascii(s[0]))
        return answer(s, LETTER);
    s[0] = (s[0] | 0x20) - 'a' < 26;
    return LEAF_DONE;
}

LeafStatus unicode_leaf_is_digit(LeafCtx *cx, Slot *s) {
    if (!is_ascii(s[0]))
        return answer(s, ND);
    s[0] = s[0] - '0' < 10;
    return LEAF_DONE;
}

LeafStatus unicode_leaf_is_number(LeafCtx *cx, Slot *s) {
    if (!is_ascii(s[0]))
        return answer(s, NUMBER);
    s[0] = s[0] - '0' < 10;
    return LEAF_DONE;
}

LeafStatus unicode_leaf_is_title(LeafCtx *cx, Slot *s) { return answer(s, LT); }
LeafStatus unicode_leaf_is_mark(LeafCtx *cx, Slot *s) { return answer(s, MARK); }
LeafStatus unicode_leaf_is_punct(LeafCtx *cx, Slot *s) { return answer(s, PUNCT); }
LeafStatus unicode_leaf_is_symbol(LeafCtx *cx, Slot *s) { return answer(s, SYMBOL); }
LeafStatus unicode_leaf_is_control(LeafCtx *cx, Slot *s) { return answer(s, CC); }
LeafStatus unicode_leaf_is_graphic(LeafCtx *cx, Slot *s) { return answer(s, PRINT | ZS); }

LeafStatus unicode_leaf_is_print(LeafCtx *cx, Slot *s) {
    if (s[0] != ' ')
        return answer(s, PRINT);
    s[0] = 1;
    return LEAF_DONE;
}

LeafStatus unicode_leaf_is_space(LeafCtx *cx, Slot *s) {
    uint32_t r = (uint32_t)s[0];
    if (r > 0xff)
        return answer(s, ZS | ZL | ZP);
    s[0] = (r >= '\t' && r <= '\r') || r == ' ' || r == 0x85 || r == 0xa0;
    return LEAF_DONE;
}

/* --- case --- */

enum { UPPER, LOWER, TITLE, ALTERNATE = 0x110000 };

typedef struct CaseRange {
    uint32_t first, last;
    int32_t delta[3];
} CaseRange;

typedef struct FoldStep {
    uint32_t from, to;
} FoldStep;

static const CaseRange cases[] = {
#define CASE(first, last, upper, lower, title) {first, last, {upper, lower, title}},
#define FOLD(from, to)
#include "unicode/cases.def"
#undef CASE
#undef FOLD
};

static const FoldStep folds[] = {
#define CASE(first, last, upper, lower, title)
#define FOLD(from, to) {from, to},
#include "unicode/cases.def"
#undef CASE
#undef FOLD
};

static uint32_t change_case(uint32_t r, int which) {
    if (r < 0x80) {
        if (which == LOWER)
            return r - 'A' < 26 ? r + 32 : r;
        return r - 'a' < 26 ? r - 32 : r;
    }
    size_t lo = 0, hi = sizeof cases / sizeof *cases;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (r > cases[mid].last)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == sizeof cases / sizeof *cases || r < cases[lo].first)
        return r;
    if (cases[lo].delta[which] == ALTERNATE)
        return cases[lo].first + (((r - cases[lo].first) & ~1u) | (which == LOWER));
    return r + cases[lo].delta[which];
}

static LeafStatus change(Slot *s, int which) {
    s[0] = (Slot)(int64_t)(int32_t)change_case((uint32_t)s[0], which);
    return LEAF_DONE;
}

LeafStatus unicode_to_upper(LeafCtx *cx, Slot *s) { return change(s, UPPER); }
LeafStatus unicode_to_lower(LeafCtx *cx, Slot *s) { return change(s, LOWER); }
LeafStatus unicode_to_title(LeafCtx *cx, Slot *s) { return change(s, TITLE); }

LeafStatus unicode_simple_fold(LeafCtx *cx, Slot *s) {
    uint32_t r = (uint32_t)s[0];
    if (r > 0x10ffff)
        return LEAF_DONE;
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
        if (folds[i].from == r) {
            s[0] = folds[i].to;
            return LEAF_DONE;
        }
    }
    uint32_t l = change_case(r, LOWER);
    s[0] = l != r ? l : change_case(r, UPPER);
    return LEAF_DONE;
}

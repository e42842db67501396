/* type_make.c: composite types made while the program runs.
 *
 * Identity of types is equality of pointers, so a shape must never get two descriptors: a table holds the image's unnamed
 * composite types, entered when it is first asked for something, and all those made since. Descriptors of elements are
 * canonical themselves, so shapes are compared one level deep.
 *
 * Locking: the lock covers the table and the arena of what was made. Descriptors never change once they are in the table.
 * An image that grows (more functions for a running program) must take types that were made before from here. */
#include "value/type_make.h"
#include "arena.h"
#include "value/mix.h"
#include "vec.h"
#include <pthread.h>

struct MadeTypes {
    pthread_mutex_t lock;
    Arena arena;
    const TypeDesc **slots;  // open addressing, cap a power of two
    uint32_t n, cap;
    uint32_t entered;        // types of the image that were looked at
};

void made_types_init(Runtime *rt) {
    rt->made_types = calloc(1, sizeof *rt->made_types);
    VERIFY(rt->made_types);
    pthread_mutex_init(&rt->made_types->lock, NULL);
    arena_init(&rt->made_types->arena);
}

void made_types_fini(Runtime *rt) {
    struct MadeTypes *mt = rt->made_types;
    if (!mt)
        return;
    arena_free(&mt->arena);
    pthread_mutex_destroy(&mt->lock);
    free(mt);
    rt->made_types = NULL;
}

// --- the table ---

static uint64_t shape_hash(const TypeShape *s) {
    uint64_t h = mix_u64((uint64_t)s->kind | s->len << 8, mix_k0);
    h = mix_u64((uintptr_t)s->elem, h);
    h = mix_u64((uintptr_t)s->key, h);
    h = mix_u64((uint64_t)s->nfields << 33 | (uint64_t)s->nparams << 1 | s->variadic, h);
    for (uint32_t i = 0; i < s->nfields; i++)
        h = mix_bytes(s->fields[i].name.data, s->fields[i].name.len, mix_u64((uintptr_t)s->fields[i].type, h));
    return h;
}

static TypeShape shape_of(const TypeDesc *t) {
    uint32_t nfields = t->kind == KIND_STRUCT || t->kind == KIND_FUNC ? t->nfields : 0;
    return (TypeShape){(Kind)t->kind, t->elem,  t->key, t->kind == KIND_ARRAY || t->kind == KIND_CHAN ? t->len : 0, nfields, t->nparams,
                       t->fields,     (t->flags & TF_VARIADIC) != 0};
}

static bool text_equal(StrLit a, StrLit b) { return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0); }

static bool shape_equal(const TypeShape *a, const TypeShape *b) {
    if (a->kind != b->kind || a->elem != b->elem || a->key != b->key || a->len != b->len || a->nfields != b->nfields ||
        a->nparams != b->nparams || a->variadic != b->variadic)
        return false;
    for (uint32_t i = 0; i < a->nfields; i++) {
        const FieldDesc *f = &a->fields[i], *g = &b->fields[i];
        if (f->type != g->type)
            return false;
        if (a->kind == KIND_STRUCT && (f->embedded != g->embedded || !text_equal(f->name, g->name) || !text_equal(f->tag, g->tag) ||
                                       !text_equal(f->pkgpath, g->pkgpath)))
            return false;
    }
    return true;
}

// find returns the place of the shape: a type, or the free slot where it belongs.
static const TypeDesc **find(struct MadeTypes *mt, const TypeShape *shape) {
    uint32_t i = (uint32_t)shape_hash(shape) & (mt->cap - 1);
    for (; mt->slots[i]; i = (i + 1) & (mt->cap - 1)) {
        TypeShape s = shape_of(mt->slots[i]);
        if (shape_equal(&s, shape))
            break;
    }
    return &mt->slots[i];
}

static void enter(struct MadeTypes *mt, const TypeDesc *t) {
    if (2 * (mt->n + 1) > mt->cap) {
        const TypeDesc **old = mt->slots;
        uint32_t old_cap = mt->cap;
        mt->cap = old_cap ? old_cap * 2 : 64;
        mt->slots = ARENA_ARRAY(&mt->arena, const TypeDesc *, mt->cap);
        for (uint32_t i = 0; i < old_cap; i++) {
            if (old[i]) {
                TypeShape s = shape_of(old[i]);
                *find(mt, &s) = old[i];
            }
        }
    }
    TypeShape s = shape_of(t);
    const TypeDesc **at = find(mt, &s);
    if (!*at) {
        *at = t;
        mt->n++;
    }
}

static bool is_composite(const TypeDesc *t) {
    switch (t->kind) {
    case KIND_POINTER: case KIND_SLICE: case KIND_ARRAY: case KIND_MAP: case KIND_CHAN: return t->elem != NULL;
    case KIND_FUNC: return true;
    case KIND_STRUCT: return t->nfields || t->size == 0;  // not a closure object
    default: return false;
    }
}

// --- the text of a type ---

typedef VEC(char) Text;

static void put(Arena *a, Text *to, const char *s, uint64_t n) {
    for (uint64_t i = 0; i < n; i++)
        vec_push(a, to, s[i]);
}

static void put_lit(Arena *a, Text *to, StrLit s) { put(a, to, s.data, s.len); }
static void put_str(Arena *a, Text *to, const char *s) { put(a, to, s, strlen(s)); }

static void put_tag(Arena *a, Text *to, StrLit tag) {
    put_str(a, to, " \"");
    for (uint64_t i = 0; i < tag.len; i++) {
        if (tag.data[i] == '"' || tag.data[i] == '\\')
            vec_push(a, to, '\\');
        vec_push(a, to, tag.data[i]);
    }
    vec_push(a, to, '"');
}

static void put_func(Arena *a, Text *to, const TypeShape *s) {
    put_str(a, to, "func(");
    for (uint32_t i = 0; i < s->nparams; i++) {
        const TypeDesc *p = s->fields[i].type;
        bool rest = s->variadic && i + 1 == s->nparams;
        put_str(a, to, i ? ", " : "");
        put_str(a, to, rest ? "..." : "");
        put_lit(a, to, rest ? p->elem->string : p->string);
    }
    put_str(a, to, ")");
    uint32_t nresults = s->nfields - s->nparams;
    put_str(a, to, nresults == 0 ? "" : nresults == 1 ? " " : " (");
    for (uint32_t i = s->nparams; i < s->nfields; i++) {
        put_str(a, to, i > s->nparams ? ", " : "");
        put_lit(a, to, s->fields[i].type->string);
    }
    put_str(a, to, nresults > 1 ? ")" : "");
}

static void put_struct(Arena *a, Text *to, const TypeShape *s) {
    put_str(a, to, "struct {");
    for (uint32_t i = 0; i < s->nfields; i++) {
        const FieldDesc *f = &s->fields[i];
        put_str(a, to, i ? "; " : " ");
        if (!f->embedded) {
            put_lit(a, to, f->name);
            vec_push(a, to, ' ');
        }
        put_lit(a, to, f->type->string);
        if (f->tag.len)
            put_tag(a, to, f->tag);
    }
    put_str(a, to, s->nfields ? " }" : "}");
}

static StrLit text_of(Arena *a, const TypeShape *s) {
    Text t = {0};
    char number[24];
    switch (s->kind) {
    case KIND_POINTER: put_str(a, &t, "*"); break;
    case KIND_SLICE: put_str(a, &t, "[]"); break;
    case KIND_ARRAY:
        snprintf(number, sizeof number, "[%llu]", (unsigned long long)s->len);
        put_str(a, &t, number);
        break;
    case KIND_MAP:
        put_str(a, &t, "map[");
        put_lit(a, &t, s->key->string);
        put_str(a, &t, "]");
        break;
    case KIND_CHAN: put_str(a, &t, s->len == 1 ? "<-chan " : s->len == 2 ? "chan<- " : "chan "); break;
    case KIND_FUNC: put_func(a, &t, s); break;
    default: put_struct(a, &t, s);
    }
    if (s->elem) {
        bool parens = s->kind == KIND_CHAN && s->len == 3 && s->elem->kind == KIND_CHAN && s->elem->len == 1 && !(s->elem->flags & TF_NAMED);
        put_str(a, &t, parens ? "(" : "");
        put_lit(a, &t, s->elem->string);
        put_str(a, &t, parens ? ")" : "");
    }
    StrLit text = {t.at, t.n};
    vec_push(a, &t, '\0');
    text.data = t.at;
    return text;
}

// --- layout ---

static const uint64_t bit_first = 1;

static bool bit_get(const uint64_t *bits, uint64_t i) { return bits[i / 64] >> i % 64 & 1; }
static void bit_set(uint64_t *bits, uint64_t i) { bits[i / 64] |= UINT64_C(1) << i % 64; }

static void layout_word(TypeDesc *t, uint32_t words, uint8_t flags) {
    t->size = 8 * words;
    t->align = 8;
    t->nslots = (uint8_t)words;
    t->flags |= flags | TF_SAME_FORM;
    t->gc_period = words;
    t->gc_ptrs = &bit_first;
}

static bool layout_array(TypeDesc *t) {
    const TypeDesc *e = t->elem;
    if (__builtin_mul_overflow(e->size, t->len, &t->size) || t->size > INT64_MAX / 2)
        return false;
    t->align = e->align;
    t->nslots = TYPE_NO_SLOTS;
    t->flags |= e->flags & (TF_EQ_MEMORY | TF_EQ_DYNAMIC | TF_COMPARABLE);
    if (t->len && e->gc_period) {
        t->gc_period = e->gc_period;
        t->gc_ptrs = e->gc_ptrs;
        t->gc_maybe = e->gc_maybe;
    }
    return true;
}

static bool layout_struct(Arena *a, TypeDesc *t, FieldDesc *fields) {
    uint64_t end = 0, slots = 0;
    bool fits = t->nfields <= 4, same = true, dense = true, pointers = false, maybe = false;
    uint8_t all = TF_EQ_MEMORY | TF_COMPARABLE, some = 0;
    t->align = 1;
    for (uint32_t i = 0; i < t->nfields; i++) {
        const TypeDesc *f = fields[i].type;
        uint64_t at = (end + f->align - 1) / f->align * f->align;
        dense &= at == end && !(fields[i].name.len == 1 && fields[i].name.data[0] == '_');
        fields[i].offset = at;
        if (__builtin_add_overflow(at, f->size, &end) || end > INT64_MAX / 2)
            return false;
        if (f->align > t->align)
            t->align = f->align;
        if (i + 1 == t->nfields && f->size == 0 && end > 0)
            end++;  // a pointer to a last field of no size must not point behind the object
        all &= f->flags;
        some |= f->flags & TF_EQ_DYNAMIC;
        same &= (f->flags & TF_SAME_FORM) != 0;
        pointers |= f->gc_period != 0;
        maybe |= f->gc_maybe != NULL;
        fits &= f->nslots != TYPE_NO_SLOTS;
        slots += f->nslots;
    }
    t->size = (end + t->align - 1) / t->align * t->align;
    if (!dense || t->size != end)
        all &= (uint8_t)~TF_EQ_MEMORY;
    fits &= slots <= TYPE_MAX_SLOTS;
    t->nslots = fits ? (uint8_t)slots : TYPE_NO_SLOTS;
    t->flags |= all | some | (fits && same && t->size == slots * 8 ? TF_SAME_FORM : 0);
    if (!pointers)
        return true;
    uint64_t words = t->size / 8, n = (words + 63) / 64;
    uint64_t *ptrs = ARENA_ARRAY(a, uint64_t, n), *maybes = maybe ? ARENA_ARRAY(a, uint64_t, n) : NULL;
    for (uint32_t i = 0; i < t->nfields; i++) {
        const TypeDesc *f = fields[i].type;
        for (uint64_t w = 0; f->gc_period && w < f->size / 8; w++) {
            if (bit_get(f->gc_ptrs, w % f->gc_period))
                bit_set(ptrs, fields[i].offset / 8 + w);
            if (f->gc_maybe && bit_get(f->gc_maybe, w % f->gc_period))
                bit_set(maybes, fields[i].offset / 8 + w);
        }
    }
    t->gc_period = (uint32_t)words;
    t->gc_ptrs = ptrs;
    t->gc_maybe = maybes;
    return true;
}

static StrLit lit_dup(Arena *a, StrLit s) { return (StrLit){arena_dup(a, s.data ? s.data : "", s.len), s.len}; }

static const TypeDesc *build(Arena *a, const TypeShape *s) {
    TypeDesc *t = ARENA_NEW(a, TypeDesc);
    FieldDesc *fields = ARENA_ARRAY(a, FieldDesc, s->nfields);
    for (uint32_t i = 0; i < s->nfields; i++) {
        const FieldDesc *f = &s->fields[i];
        fields[i] = (FieldDesc){lit_dup(a, f->name), lit_dup(a, f->tag), lit_dup(a, f->pkgpath), f->type, 0, f->embedded, f->exported};
    }
    t->kind = (uint8_t)s->kind;
    t->elem = s->elem;
    t->key = s->key;
    t->len = s->len;
    t->nfields = s->nfields;
    t->nparams = s->nparams;
    t->fields = fields;
    t->flags = s->variadic ? TF_VARIADIC : 0;
    bool possible = true;
    switch (s->kind) {
    case KIND_SLICE: layout_word(t, 3, 0); break;
    case KIND_ARRAY: possible = layout_array(t); break;
    case KIND_STRUCT: possible = layout_struct(a, t, fields); break;
    case KIND_MAP: case KIND_FUNC: layout_word(t, 1, TF_DIRECT); break;
    default: layout_word(t, 1, TF_DIRECT | TF_COMPARABLE | TF_EQ_MEMORY);
    }
    if (!possible)
        return NULL;
    t->string = text_of(a, s);
    t->hash = (uint32_t)mix_bytes(t->string.data, t->string.len, mix_k1);
    t->name = t->pkgpath = (StrLit){"", 0};
    return t;
}

const TypeDesc *type_make(Runtime *rt, const TypeShape *shape) {
    struct MadeTypes *mt = rt->made_types;
    pthread_mutex_lock(&mt->lock);
    for (; mt->entered < rt->image->ntypes; mt->entered++) {
        const TypeDesc *t = rt->image->types[mt->entered];
        if (t && !(t->flags & TF_NAMED) && is_composite(t))
            enter(mt, t);
    }
    if (!mt->cap) {
        mt->cap = 64;
        mt->slots = ARENA_ARRAY(&mt->arena, const TypeDesc *, mt->cap);
    }
    const TypeDesc *t = *find(mt, shape);
    if (!t && (t = build(&mt->arena, shape)))
        enter(mt, t);
    pthread_mutex_unlock(&mt->lock);
    return t;
}

// --- values of a type in a frame ---

uint32_t type_frame_slots(const TypeDesc *t) {
    if (t->nslots != TYPE_NO_SLOTS)
        return t->nslots;
    return t->size > TYPE_MAX_FRAME ? 1 : (uint32_t)((t->size + 7) / 8);
}

void type_frame_kinds(const TypeDesc *t, uint8_t *kinds) {
    uint32_t n = type_frame_slots(t);
    if (t->nslots == TYPE_NO_SLOTS && t->size > TYPE_MAX_FRAME) {
        kinds[0] = SM_PTR;
    } else if (t->nslots != TYPE_NO_SLOTS && t->kind == KIND_STRUCT) {
        for (uint32_t i = 0; i < t->nfields; i++) {
            type_frame_kinds(t->fields[i].type, kinds);
            kinds += type_frame_slots(t->fields[i].type);
        }
    } else {  // memory form, or words that are the same in both forms
        for (uint32_t i = 0; i < n; i++) {
            bool pointer = t->gc_period && bit_get(t->gc_ptrs, i % t->gc_period);
            kinds[i] = !pointer ? SM_NONE : t->gc_maybe && bit_get(t->gc_maybe, i % t->gc_period) ? SM_IDATA : SM_PTR;
        }
    }
}

/* fmt_sys.c: the printing machine behind Print, Printf and their relatives.
 *
 * fmt_step runs a Printer until its work is done or gol code has to act: to call a method of the user (Format, GoString, Error,
 * String), to give the stack of frames more room, to note an operand of %w. What is unfinished lies on that stack, so the machine
 * neither recurses nor calls gol code, and a nested run (the value of a panic inside a method) starts above `base` on the same Printer.
 *
 * Invariants
 *   A step pushes at most STEP_FRAMES frames; fmt_step asks for room before it begins one.
 *   A frame's position has moved on before its element is printed, so resuming after a method call is just the next step.
 *   Frames hold pointers to the heap only. Maps are copied when their printing begins: a method may change them. */
#include "printer.h"
#include "leaves.h"
#include "internal/numfmt/quote.h"
#include <string.h>

typedef enum FrameKind { F_FORMAT, F_PRINT, F_PRINTLN, F_EXTRA, F_OPERAND, F_CLOSE, F_STRUCT, F_LIST, F_MAP } FrameKind;

/* What is known about a value beside type and place. */
enum FrameBits {
    FB_STICKY = 1,      // reached through an unexported field: methods are not called, nor on anything below
    FB_EMBED = 2,       // is an embedded field of unexported type: its own exported fields are free again
    FB_BYTES_NAME = 4,  // operand of type []byte itself, which %#v calls so
    FB_SHIFT = 8, FB_VERB_SHIFT = 16,
};

typedef enum Op {  // the values print.gol switches on
    OP_DONE, OP_GROW, OP_FORMAT, OP_GOSTRING, OP_ERROR, OP_STRING, OP_WRAP, OP_AGAIN,
    OP_NEXT  // inside this file: go on with the top frame
} Op;

enum { STEP_FRAMES = 4, STEPS_AT_ONCE = 400, BYTES_AT_ONCE = 1 << 18, NUMBER_MAX = 1000000 };

/* A value: its type, the place of its memory form, and FrameBits. */
typedef struct Value {
    const TypeDesc *type;
    const void *at;
    unsigned bits;
} Value;

static Op put_value(LeafCtx *cx, Printer *p, Value v, int64_t verb, bool nested);
static Op put_operand(LeafCtx *cx, Printer *p, const Slot *arg, int64_t verb);

static void put_str(LeafCtx *cx, Printer *p, StrLit s) { fmt_bytes(cx, p, s.data, s.len); }

static void put_verb(LeafCtx *cx, Printer *p, int64_t verb) {
    p->len += quote_encode(fmt_room(cx, p, 4), (uint32_t)verb);
}

static Value value_of_iface(const Slot *iface, unsigned bits) {
    const TypeDesc *t = (const TypeDesc *)iface[0];
    const void *at = t && !(t->flags & TF_DIRECT) ? (const void *)iface[1] : &iface[1];
    return (Value){t, at, bits};
}

static bool is_signed_kind(unsigned kind) { return kind >= KIND_INT && kind <= KIND_INT64; }
static bool is_unsigned_kind(unsigned kind) { return kind >= KIND_UINT && kind <= KIND_UINTPTR; }

/* load_int reads an integer of any kind, widened to 64 bits by its sign. */
static uint64_t load_int(const TypeDesc *t, const void *at) {
    bool neg = is_signed_kind(t->kind);
    switch (t->size) {
    case 1: return neg ? (uint64_t) * (const int8_t *)at : *(const uint8_t *)at;
    case 2: return neg ? (uint64_t) * (const int16_t *)at : *(const uint16_t *)at;
    case 4: return neg ? (uint64_t) * (const int32_t *)at : *(const uint32_t *)at;
    default: return *(const uint64_t *)at;
    }
}

static uint64_t load_word(const void *at) { return *(const uint64_t *)at; }

/* box stores the value as the operand of a method call, as conversion to an interface does. */
static void box(LeafCtx *cx, Printer *p, Value v) {
    Slot data;
    if (v.type->flags & TF_DIRECT) {
        bool integer = is_signed_kind(v.type->kind) || is_unsigned_kind(v.type->kind);
        if (integer || v.type->size == 8)
            data = load_int(v.type, v.at);
        else
            data = v.type->size == 4 ? *(const uint32_t *)v.at : *(const uint8_t *)v.at;
    } else {
        void *copy = leaf_alloc(cx, v.type->size, v.type);
        leaf_copy(cx, copy, v.at, v.type, 1);
        data = (Slot)copy;
    }
    p->arg_type = v.type;
    leaf_store_ptr(cx, (void **)&p->arg_data, (void *)data);
}

static bool implements(const Printer *p, const TypeDesc *t, int which) {
    return typedesc_implements(t, ((const TypeDesc *)p->ifaces[2 * which])->elem, NULL);
}

static void push(LeafCtx *cx, Printer *p, FrameKind kind, Value v, int64_t n, int64_t verb) {
    ASSERT(p->nstack < p->stack_cap);
    Frame *f = &p->stack[p->nstack++];
    f->type = v.type;
    leaf_store_ptr(cx, &f->ptr, (void *)v.at);
    f->index = 0;
    f->n = n;
    f->info = kind | (int64_t)v.bits << FB_SHIFT | verb << FB_VERB_SHIFT;
}

static void pop(LeafCtx *cx, Printer *p) {
    Frame *f = &p->stack[--p->nstack];
    leaf_store_ptr(cx, &f->ptr, NULL);
    leaf_store_ptr(cx, &f->aux, NULL);
    leaf_store_ptr(cx, &f->order, NULL);
}

/* is_reflect_value tells whether t is reflect.Value: descriptor, place and flags, of which the low bits say what is unexported. */
static bool is_reflect_value(const TypeDesc *t) {
    return t->kind == KIND_STRUCT && t->pkgpath.len == 7 && memcmp(t->pkgpath.data, "reflect", 7) == 0 && t->name.len == 5 &&
           memcmp(t->name.data, "Value", 5) == 0;
}

static Op put_reflected(LeafCtx *cx, Printer *p, const Slot *value, int64_t verb);

/* bad_verb begins %!verb(type=value); the frame it pushes closes the bracket. */
static Op bad_verb(LeafCtx *cx, Printer *p, Value v, int64_t verb) {
    fmt_text(cx, p, "%!");
    put_verb(cx, p, verb);
    fmt_byte(cx, p, '(');
    if (!v.type) {
        fmt_text(cx, p, "<nil>)");
        return OP_NEXT;
    }
    put_str(cx, p, v.type->string);
    fmt_byte(cx, p, '=');
    p->mode |= PM_ERRORING;
    push(cx, p, F_CLOSE, (Value){0}, 0, 0);
    return is_reflect_value(v.type) ? put_reflected(cx, p, v.at, 'v') : put_value(cx, p, v, 'v', false);
}

/* find_method decides whether a method of v prints it under this verb; then the operand is set and the operation returned.
 * OP_DONE: it has printed something in its stead. OP_NEXT: there is no such method. */
static Op find_method(LeafCtx *cx, Printer *p, Value v, int64_t verb) {
    if ((p->mode & PM_ERRORING) || !v.type)
        return OP_NEXT;
    if (verb == 'w') {
        if (!(p->mode & PM_WRAP) || !v.type->nmethods || !implements(p, v.type, 2)) {
            bad_verb(cx, p, v, verb);
            return OP_DONE;
        }
        verb = 'v';
    }
    if (!v.type->nmethods)
        return OP_NEXT;
    Op op = OP_NEXT;
    if (implements(p, v.type, 0))
        op = OP_FORMAT;
    else if (p->flags & PF_SHARPV)
        op = implements(p, v.type, 1) ? OP_GOSTRING : OP_NEXT;
    else if (verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q')
        op = implements(p, v.type, 2) ? OP_ERROR : implements(p, v.type, 3) ? OP_STRING : OP_NEXT;
    if (op != OP_NEXT) {
        box(cx, p, v);
        p->verb = verb;
    }
    return op;
}

/* --- maps --- */

static int compare_u64(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static int compare_f64(double a, double b) {  // NaN below all else
    if (a < b || (a != a && b == b))
        return -1;
    return a > b || (b != b && a == a);
}

static int compare_keys(const TypeDesc *t, const void *a, const void *b, int depth) {
    int c = 0;
    if (depth > 100)
        return 0;
    switch (t->kind) {
    case KIND_BOOL: return *(const uint8_t *)a - *(const uint8_t *)b;
    case KIND_FLOAT32: return compare_f64(*(const float *)a, *(const float *)b);
    case KIND_FLOAT64: return compare_f64(*(const double *)a, *(const double *)b);
    case KIND_COMPLEX64:
        c = compare_f64(((const float *)a)[0], ((const float *)b)[0]);
        return c ? c : compare_f64(((const float *)a)[1], ((const float *)b)[1]);
    case KIND_COMPLEX128:
        c = compare_f64(((const double *)a)[0], ((const double *)b)[0]);
        return c ? c : compare_f64(((const double *)a)[1], ((const double *)b)[1]);
    case KIND_STRING: {
        const StrLit *x = a, *y = b;
        c = memcmp(x->data ? x->data : "", y->data ? y->data : "", x->len < y->len ? x->len : y->len);
        return c ? c : compare_u64(x->len, y->len);
    }
    case KIND_STRUCT:
        for (uint32_t i = 0; i < t->nfields && !c; i++)
            c = compare_keys(t->fields[i].type, (const char *)a + t->fields[i].offset,
                             (const char *)b + t->fields[i].offset, depth + 1);
        return c;
    case KIND_ARRAY:
        for (uint64_t i = 0; i < t->len && !c; i++)
            c = compare_keys(t->elem, (const char *)a + i * t->elem->size, (const char *)b + i * t->elem->size, depth + 1);
        return c;
    case KIND_INTERFACE: {
        Value x = value_of_iface(a, 0), y = value_of_iface(b, 0);
        if (!x.type || !y.type)
            return (x.type != NULL) - (y.type != NULL);
        if (x.type != y.type)  // types have an order of their own, stable within a run
            return compare_u64((uint64_t)(uintptr_t)x.type, (uint64_t)(uintptr_t)y.type);
        return compare_keys(x.type, x.at, y.at, depth + 1);
    }
    default:
        if (is_signed_kind(t->kind)) {
            int64_t x = (int64_t)load_int(t, a), y = (int64_t)load_int(t, b);
            return x < y ? -1 : x > y;
        }
        return compare_u64(load_int(t, a), load_int(t, b));
    }
}

/* sort_keys orders the n indices by their keys: a merge sort, stable, with scratch space for n more behind them. */
static void sort_keys(const TypeDesc *key, const char *keys, int32_t *order, int64_t n) {
    int32_t *from = order, *to = order + n;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t lo = 0; lo < n; lo += 2 * width) {
            int64_t mid = lo + width < n ? lo + width : n, hi = mid + width < n ? mid + width : n;
            for (int64_t i = lo, j = mid, k = lo; k < hi; k++) {
                bool right = i == mid || (j < hi && compare_keys(key, keys + (size_t)from[j] * key->size,
                                                                 keys + (size_t)from[i] * key->size, 0) < 0);
                to[k] = right ? from[j++] : from[i++];
            }
        }
        int32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order)
        memcpy(order, from, (size_t)n * sizeof *order);
}

static void push_map(LeafCtx *cx, Printer *p, Value v, Hmap *m, int64_t verb) {
    const TypeDesc *key = v.type->key, *elem = v.type->elem;
    int64_t n = m ? (int64_t)map_len(m) : 0, got = 0;
    char *keys = leaf_alloc(cx, (size_t)n * key->size, key);
    char *elems = leaf_alloc(cx, (size_t)n * elem->size, elem);
    int32_t *order = leaf_alloc(cx, 2 * (size_t)n * sizeof *order, NULL);
    if (n) {
        Slot it[MAPITER_WORDS] = {0};
        void *k, *e;
        map_iter_start(cx->mp, v.type, m, it);
        while (got < n && map_iter_next(cx->mp, it, &k, &e)) {
            leaf_copy(cx, keys + (size_t)got * key->size, k, key, 1);
            leaf_copy(cx, elems + (size_t)got * elem->size, e, elem, 1);
            order[got] = (int32_t)got;
            got++;
        }
        sort_keys(key, keys, order, got);
    }
    v.at = keys;
    push(cx, p, F_MAP, v, 2 * got, verb);
    Frame *f = &p->stack[p->nstack - 1];
    leaf_store_ptr(cx, &f->aux, elems);
    leaf_store_ptr(cx, &f->order, order);
}

/* --- values --- */

static unsigned inherit(unsigned bits) { return bits & (FB_STICKY | FB_EMBED) ? FB_STICKY : 0; }

/* open_composite writes what stands before the elements; false when the value is nil and that was all. */
static bool open_composite(LeafCtx *cx, Printer *p, Value v, const char *plain, bool nil) {
    if (!(p->flags & PF_SHARPV)) {
        fmt_text(cx, p, plain);
        return true;
    }
    if (v.bits & FB_BYTES_NAME)
        fmt_text(cx, p, "[]byte");
    else
        put_str(cx, p, v.type->string);
    fmt_text(cx, p, nil ? "(nil)" : "{");
    return !nil;
}

static Op put_list(LeafCtx *cx, Printer *p, Value v, int64_t verb) {
    const uint64_t *header = v.at;
    bool slice = v.type->kind == KIND_SLICE;
    const void *data = slice ? (const void *)header[0] : v.at;
    uint64_t n = slice ? header[1] : v.type->len;
    if (v.type->elem->kind == KIND_UINT8 && (verb == 's' || verb == 'q' || verb == 'x' || verb == 'X')) {
        fmt_string(cx, p, data, n, verb);
        return OP_NEXT;
    }
    if (!open_composite(cx, p, v, "[", slice && !data))
        return OP_NEXT;
    v.at = data;
    push(cx, p, F_LIST, v, (int64_t)n, verb);
    return OP_NEXT;
}

/* put_value prints v, or begins to. nested: v is part of another value, so its methods have not been asked for yet. */
static Op put_value(LeafCtx *cx, Printer *p, Value v, int64_t verb, bool nested) {
    while (v.type && v.type->kind == KIND_INTERFACE) {
        Value inner = value_of_iface(v.at, inherit(v.bits));
        if (!inner.type) {
            if (p->flags & PF_SHARPV) {
                put_str(cx, p, v.type->string);
                fmt_text(cx, p, "(nil)");
            } else {
                fmt_text(cx, p, "<nil>");
            }
            return OP_NEXT;
        }
        v = inner;
    }
    const TypeDesc *t = v.type;
    if (nested && (t->nmethods || verb == 'w') && !(v.bits & (FB_STICKY | FB_EMBED))) {
        Op op = find_method(cx, p, v, verb);
        if (op != OP_NEXT)
            return op == OP_DONE ? OP_NEXT : op;
    }
    bool good = true;
    switch ((Kind)t->kind) {
    case KIND_BOOL: good = fmt_bool(cx, p, *(const uint8_t *)v.at, verb); break;
    case KIND_INT: case KIND_INT8: case KIND_INT16: case KIND_INT32: case KIND_INT64:
        good = fmt_int(cx, p, load_int(t, v.at), true, verb);
        break;
    case KIND_UINT: case KIND_UINT8: case KIND_UINT16: case KIND_UINT32: case KIND_UINT64: case KIND_UINTPTR:
        good = fmt_int(cx, p, load_int(t, v.at), false, verb);
        break;
    case KIND_FLOAT32: good = fmt_float(cx, p, *(const float *)v.at, 32, verb); break;
    case KIND_FLOAT64: good = fmt_float(cx, p, *(const double *)v.at, 64, verb); break;
    case KIND_COMPLEX64: good = fmt_complex(cx, p, ((const float *)v.at)[0], ((const float *)v.at)[1], 32, verb); break;
    case KIND_COMPLEX128:
        good = fmt_complex(cx, p, ((const double *)v.at)[0], ((const double *)v.at)[1], 64, verb);
        break;
    case KIND_STRING: good = fmt_string(cx, p, ((const StrLit *)v.at)->data, ((const StrLit *)v.at)->len, verb); break;
    case KIND_ARRAY: case KIND_SLICE: return put_list(cx, p, v, verb);
    case KIND_MAP: {
        Hmap *m = *(Hmap *const *)v.at;
        if (open_composite(cx, p, v, "map[", !m))
            push_map(cx, p, v, m, verb);
        return OP_NEXT;
    }
    case KIND_STRUCT:
        open_composite(cx, p, v, "{", false);
        push(cx, p, F_STRUCT, v, t->nfields, verb);
        return OP_NEXT;
    case KIND_POINTER: {
        unsigned to = t->elem->kind;
        const void *target = *(void *const *)v.at;
        if (!nested && target && (to == KIND_ARRAY || to == KIND_SLICE || to == KIND_STRUCT || to == KIND_MAP)) {
            fmt_byte(cx, p, '&');
            return put_value(cx, p, (Value){t->elem, target, inherit(v.bits)}, verb, true);
        }
        good = fmt_pointer(cx, p, (uint64_t)target, t, verb);
        break;
    }
    case KIND_CHAN: case KIND_FUNC: case KIND_UNSAFE_POINTER: good = fmt_pointer(cx, p, load_word(v.at), t, verb); break;
    case KIND_INTERFACE: case KIND_INVALID: case KIND_COUNT: UNREACHABLE("kind of a value");
    }
    return good ? OP_NEXT : bad_verb(cx, p, v, verb);
}

static bool has_pointer(unsigned kind) {
    return kind == KIND_CHAN || kind == KIND_FUNC || kind == KIND_MAP || kind == KIND_POINTER || kind == KIND_SLICE ||
           kind == KIND_UNSAFE_POINTER;
}

/* put_reflected prints an operand of type reflect.Value as the value it holds. */
static Op put_reflected(LeafCtx *cx, Printer *p, const Slot *value, int64_t verb) {
    enum { REFLECT_STICKY = 2, REFLECT_EMBED = 4, REFLECT_METHOD = 8 };
    Value v = {(const TypeDesc *)value[0], (const void *)value[1], 0};
    if (!v.type) {
        fmt_text(cx, p, "<invalid reflect.Value>");
        return OP_NEXT;
    }
    if (value[2] & (REFLECT_STICKY | REFLECT_EMBED))
        v.bits |= FB_STICKY;
    if (value[2] & REFLECT_METHOD || (v.type->kind == KIND_INTERFACE && *(const Slot *)v.at == 0))
        return put_value(cx, p, v, verb, true);
    if (v.type->kind == KIND_INTERFACE)
        v = value_of_iface(v.at, v.bits);
    if (v.bits == 0 && (v.type->nmethods || verb == 'w')) {
        Op op = find_method(cx, p, v, verb);
        if (op != OP_NEXT)
            return op == OP_DONE ? OP_NEXT : op;
    }
    return put_value(cx, p, v, verb, false);
}

/* put_operand prints one operand of a Print call. */
static Op put_operand(LeafCtx *cx, Printer *p, const Slot *arg, int64_t verb) {
    Value v = value_of_iface(arg, 0);
    const TypeDesc *t = v.type;
    if (!t) {
        if (verb != 'T' && verb != 'v')
            return bad_verb(cx, p, v, verb);
        fmt_pad(cx, p, "<nil>", 5);
        return OP_NEXT;
    }
    if (verb == 'T') {
        fmt_string(cx, p, t->string.data, t->string.len, 's');
        return OP_NEXT;
    }
    if (verb == 'p') {
        if (has_pointer(t->kind) && fmt_pointer(cx, p, load_word(v.at), t, 'p'))
            return OP_NEXT;
        return bad_verb(cx, p, v, verb);
    }
    if (t->kind == KIND_SLICE && !(t->flags & TF_NAMED) && t->elem->kind == KIND_UINT8 && t->elem->pkgpath.len == 0) {
        v.bits |= verb == 'v' ? FB_BYTES_NAME : 0;
    } else if (is_reflect_value(t)) {
        return put_reflected(cx, p, v.at, verb);
    } else if (t->nmethods || verb == 'w') {
        Op op = find_method(cx, p, v, verb);
        if (op != OP_NEXT)
            return op == OP_DONE ? OP_NEXT : op;
    }
    return put_value(cx, p, v, verb, false);
}

/* --- the steps of composites --- */

static void separate(LeafCtx *cx, Printer *p) { fmt_text(cx, p, p->flags & PF_SHARPV ? ", " : " "); }

static Op close_composite(LeafCtx *cx, Printer *p, char plain) {
    fmt_byte(cx, p, p->flags & PF_SHARPV ? '}' : plain);
    pop(cx, p);
    return OP_NEXT;
}

static Op step_struct(LeafCtx *cx, Printer *p, Frame *f, unsigned bits, int64_t verb) {
    if (f->index == f->n)
        return close_composite(cx, p, '}');
    const FieldDesc *field = &f->type->fields[f->index];
    if (f->index++)
        separate(cx, p);
    if (p->flags & (PF_PLUSV | PF_SHARPV)) {
        put_str(cx, p, field->name);
        fmt_byte(cx, p, ':');
    }
    unsigned own = bits & FB_STICKY;
    if (!field->exported)
        own |= field->embedded ? FB_EMBED : FB_STICKY;
    return put_value(cx, p, (Value){field->type, (char *)f->ptr + field->offset, own}, verb, true);
}

static Op step_list(LeafCtx *cx, Printer *p, Frame *f, unsigned bits, int64_t verb) {
    if (f->index == f->n)
        return close_composite(cx, p, ']');
    const TypeDesc *elem = f->type->elem;
    const void *at = (char *)f->ptr + (size_t)f->index * elem->size;
    if (f->index++)
        separate(cx, p);
    return put_value(cx, p, (Value){elem, at, inherit(bits)}, verb, true);
}

static Op step_map(LeafCtx *cx, Printer *p, Frame *f, unsigned bits, int64_t verb) {
    if (f->index == f->n)
        return close_composite(cx, p, ']');
    int64_t i = f->index++;
    int32_t entry = ((int32_t *)f->order)[i / 2];
    const TypeDesc *t = i % 2 ? f->type->elem : f->type->key;
    if (i % 2)
        fmt_byte(cx, p, ':');
    else if (i)
        separate(cx, p);
    return put_value(cx, p, (Value){t, (char *)(i % 2 ? f->aux : f->ptr) + (size_t)entry * t->size, inherit(bits)}, verb, true);
}

/* --- formats --- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* parse_number reads a decimal number of the format at *i; false when there is none or it is too large (then *i is the end). */
static bool parse_number(const char *s, int64_t end, int64_t *i, int64_t *num) {
    *num = 0;
    int64_t start = *i;
    for (; *i < end && is_digit(s[*i]); ++*i) {
        if (*num > NUMBER_MAX) {
            *num = 0;
            *i = end;
            return false;
        }
        *num = *num * 10 + (s[*i] - '0');
    }
    return *i > start;
}

/* parse_index reads an argument index such as [3] and makes it the next operand. */
static void parse_index(Printer *p, int64_t *i, int64_t *next) {
    p->mode &= ~PM_AFTER_INDEX;
    if (*i >= p->format_len || p->format[*i] != '[')
        return;
    p->mode |= PM_REORDERED;
    int64_t close = *i + 1, at = *i + 1, num = 0;
    while (close < p->format_len && p->format[close] != ']')
        close++;
    if (close >= p->format_len || p->format_len - *i < 3) {
        p->mode |= PM_BAD_INDEX;
        ++*i;
        return;
    }
    bool ok = parse_number(p->format, close, &at, &num) && at == close;
    *i = close + 1;
    if (ok)
        p->mode |= PM_AFTER_INDEX;
    if (ok && num >= 1 && num <= p->nargs)
        *next = num - 1;
    else
        p->mode |= PM_BAD_INDEX;
}

/* take_int reads a * operand. */
static bool take_int(Printer *p, int64_t *next, int64_t *num) {
    *num = 0;
    if (*next >= p->nargs)
        return false;
    Value v = value_of_iface(p->args + 2 * (*next)++, 0);
    if (!v.type || !(is_signed_kind(v.type->kind) || is_unsigned_kind(v.type->kind)))
        return false;
    int64_t n = (int64_t)load_int(v.type, v.at);
    if (n > NUMBER_MAX || n < -NUMBER_MAX || (n < 0 && is_unsigned_kind(v.type->kind)))
        return false;
    *num = n;
    return true;
}

static void parse_width(LeafCtx *cx, Printer *p, int64_t *i, int64_t *next) {
    if (*i < p->format_len && p->format[*i] == '*') {
        ++*i;
        if (take_int(p, next, &p->wid))
            p->flags |= PF_WID;
        else
            fmt_text(cx, p, "%!(BADWIDTH)");
        if (p->wid < 0) {
            p->wid = -p->wid;
            p->flags = (p->flags | PF_MINUS) & ~PF_ZERO;
        }
        p->mode &= ~PM_AFTER_INDEX;
        return;
    }
    if (parse_number(p->format, p->format_len, i, &p->wid)) {
        p->flags |= PF_WID;
        if (p->mode & PM_AFTER_INDEX)  // "%[3]2d"
            p->mode |= PM_BAD_INDEX;
    }
}

static void parse_precision(LeafCtx *cx, Printer *p, int64_t *i, int64_t *next) {
    if (*i + 1 >= p->format_len || p->format[*i] != '.')  // a point at the very end is a verb
        return;
    ++*i;
    if (p->mode & PM_AFTER_INDEX)  // "%[3].2d"
        p->mode |= PM_BAD_INDEX;
    parse_index(p, i, next);
    if (*i < p->format_len && p->format[*i] == '*') {
        ++*i;
        bool ok = take_int(p, next, &p->prec);
        if (p->prec < 0) {
            p->prec = 0;
            ok = false;
        }
        if (ok)
            p->flags |= PF_PREC;
        else
            fmt_text(cx, p, "%!(BADPREC)");
        p->mode &= ~PM_AFTER_INDEX;
        return;
    }
    if (!parse_number(p->format, p->format_len, i, &p->prec))
        p->prec = 0;
    p->flags |= PF_PREC;
}

static int64_t flag_of(char c) {
    switch (c) {
    case '#': return PF_SHARP;
    case '0': return PF_ZERO;
    case '+': return PF_PLUS;
    case '-': return PF_MINUS;
    case ' ': return PF_SPACE;
    }
    return 0;
}

/* finish_format ends a format's frame; operands that are left over are printed as EXTRA. */
static Op finish_format(LeafCtx *cx, Printer *p, int64_t next) {
    pop(cx, p);
    if ((p->mode & PM_REORDERED) || next >= p->nargs)
        return OP_NEXT;
    p->flags = 0;
    p->wid = p->prec = 0;
    fmt_text(cx, p, "%!(EXTRA ");
    push(cx, p, F_EXTRA, (Value){0}, 0, 0);
    Frame *f = &p->stack[p->nstack - 1];
    f->index = next;
    f->n = next;  // where it began
    return OP_NEXT;
}

/* step_format copies text up to the next verb and prints that verb's operand. */
static Op step_format(LeafCtx *cx, Printer *p, Frame *f) {
    const char *s = p->format;
    int64_t end = p->format_len, i = f->index, next = f->n;
    if (i < end) {
        const char *percent = memchr(s + i, '%', (size_t)(end - i));
        int64_t stop = percent ? percent - s : end;
        fmt_bytes(cx, p, s + i, (size_t)(stop - i));
        i = stop;
    }
    if (i >= end)
        return finish_format(cx, p, next);
    i++;
    p->flags = 0;
    p->wid = p->prec = 0;
    p->mode &= ~(PM_BAD_INDEX | PM_AFTER_INDEX);
    while (i < end && flag_of(s[i]))
        p->flags |= flag_of(s[i++]);
    if (i >= end || s[i] < 'a' || s[i] > 'z') {
        parse_index(p, &i, &next);
        parse_width(cx, p, &i, &next);
        parse_precision(cx, p, &i, &next);
        if (!(p->mode & PM_AFTER_INDEX))
            parse_index(p, &i, &next);
    }
    f->index = i;
    f->n = next;
    if (i >= end) {
        fmt_text(cx, p, "%!(NOVERB)");
        return finish_format(cx, p, next);
    }
    int width = 1;
    int64_t verb = (uint8_t)s[i] < 0x80 ? s[i] : quote_decode((const uint8_t *)s + i, (size_t)(end - i), &width);
    f->index = i + width;
    if (verb == '%') {
        fmt_byte(cx, p, '%');
        return OP_NEXT;
    }
    const char *wrong = p->mode & PM_BAD_INDEX ? "(BADINDEX)" : next >= p->nargs ? "(MISSING)" : NULL;
    if (wrong) {
        fmt_text(cx, p, "%!");
        put_verb(cx, p, verb);
        fmt_text(cx, p, wrong);
        return OP_NEXT;
    }
    if (verb == 'v' || verb == 'w') {  // these read two flags in a way of their own
        p->flags |= (p->flags & PF_SHARP ? PF_SHARPV : 0) | (p->flags & PF_PLUS ? PF_PLUSV : 0);
        p->flags &= ~(PF_SHARP | PF_PLUS);
    }
    f->n = next + 1;
    if (verb == 'w' && (p->mode & PM_WRAP)) {  // gol code keeps the list of wrapped operands
        push(cx, p, F_OPERAND, (Value){0}, next, verb);
        p->verb = next;
        return OP_WRAP;
    }
    return put_operand(cx, p, p->args + 2 * next, verb);
}

static Op step_print(LeafCtx *cx, Printer *p, Frame *f, bool line) {
    if (f->index == p->nargs) {
        if (line)
            fmt_byte(cx, p, '\n');
        pop(cx, p);
        return OP_NEXT;
    }
    int64_t i = f->index++;
    if (line && i > 0) {
        fmt_byte(cx, p, ' ');
    } else if (i > 0) {
        const TypeDesc *t = (const TypeDesc *)p->args[2 * i], *before = (const TypeDesc *)p->args[2 * i - 2];
        if ((!t || t->kind != KIND_STRING) && (!before || before->kind != KIND_STRING))
            fmt_byte(cx, p, ' ');
    }
    return put_operand(cx, p, p->args + 2 * i, 'v');
}

static Op step_extra(LeafCtx *cx, Printer *p, Frame *f) {
    if (f->index == p->nargs) {
        fmt_byte(cx, p, ')');
        pop(cx, p);
        return OP_NEXT;
    }
    int64_t i = f->index++;
    if (i > f->n)
        fmt_text(cx, p, ", ");
    const TypeDesc *t = (const TypeDesc *)p->args[2 * i];
    if (!t) {
        fmt_text(cx, p, "<nil>");
        return OP_NEXT;
    }
    put_str(cx, p, t->string);
    fmt_byte(cx, p, '=');
    return put_operand(cx, p, p->args + 2 * i, 'v');
}

static Op step(LeafCtx *cx, Printer *p) {
    Frame *f = &p->stack[p->nstack - 1];
    unsigned bits = (unsigned)(f->info >> FB_SHIFT) & 0xff;
    int64_t verb = f->info >> FB_VERB_SHIFT;
    switch ((FrameKind)(f->info & 0xff)) {
    case F_FORMAT: return step_format(cx, p, f);
    case F_PRINT: return step_print(cx, p, f, false);
    case F_PRINTLN: return step_print(cx, p, f, true);
    case F_EXTRA: return step_extra(cx, p, f);
    case F_OPERAND: {
        int64_t i = f->n;
        pop(cx, p);
        return put_operand(cx, p, p->args + 2 * i, verb);
    }
    case F_CLOSE:
        fmt_byte(cx, p, ')');
        p->mode &= ~PM_ERRORING;
        pop(cx, p);
        return OP_NEXT;
    case F_STRUCT: return step_struct(cx, p, f, bits, verb);
    case F_LIST: return step_list(cx, p, f, bits, verb);
    case F_MAP: return step_map(cx, p, f, bits, verb);
    }
    UNREACHABLE("frame kind");
}

/* run goes on with the work above base until there is none or gol code has to act. */
static Op run(LeafCtx *cx, Printer *p) {
    int64_t stop_len = p->len + BYTES_AT_ONCE;
    for (int steps = 0; p->nstack > p->base; steps++) {
        if (p->stack_cap - p->nstack < STEP_FRAMES)
            return OP_GROW;
        if (steps == STEPS_AT_ONCE || p->len > stop_len)
            return OP_AGAIN;
        Op op = step(cx, p);
        if (op != OP_NEXT)
            return op;
    }
    return OP_DONE;
}

/* func step(p *printer) int */
LeafStatus fmt_step(LeafCtx *cx, Slot *s) {
    s[0] = run(cx, (Printer *)s[0]);
    return LEAF_DONE;
}

typedef void *_Atomic AtomicPtr;

/* exchange swaps a pointer in the heap or among the globals, with the write barrier. */
static void *exchange(LeafCtx *cx, AtomicPtr *slot, void *value) {
    void *old = atomic_load(slot);
    do {
        if (UNLIKELY(cx->rt->wb_on))
            gc_barrier_slow(cx->pp, old, value);
    } while (!atomic_compare_exchange_weak(slot, &old, value));
    return old;
}

/* func begin(spare **printer, kind, mode int, format string, a []any) (p *printer, op int): takes the spare printer, if there is one, and
 * does the work as far as it goes without gol code. Keeps format and a. */
LeafStatus fmt_begin(LeafCtx *cx, Slot *s) {
    FrameKind kind = (FrameKind)s[1];
    Printer *p = exchange(cx, (AtomicPtr *)s[0], NULL);
    if (p) {
        p->mode = (int64_t)s[2];
        leaf_store_ptr(cx, (void **)&p->format, (void *)s[3]);
        p->format_len = (int64_t)s[4];
        leaf_store_ptr(cx, (void **)&p->args, (void *)s[5]);
        p->nargs = (int64_t)s[6];
        p->args_cap = (int64_t)s[7];
        push(cx, p, kind, (Value){0}, 0, 0);
        s[1] = run(cx, p);
    } else {
        s[1] = OP_DONE;
    }
    s[0] = (Slot)p;
    return LEAF_DONE;
}

/* func start(p *printer, kind int): the first frame of a new printer, whose fields gol code has set */
LeafStatus fmt_start(LeafCtx *cx, Slot *s) {
    push(cx, (Printer *)s[0], (FrameKind)s[1], (Value){0}, 0, 0);
    return LEAF_DONE;
}

/* func release(spare **printer, p *printer): keeps p for the next call, unless it has grown too big to be kept */
LeafStatus fmt_release(LeafCtx *cx, Slot *s) {
    enum { KEPT_BYTES = 1 << 16, KEPT_FRAMES = 1 << 10 };
    Printer *p = (Printer *)s[1];
    if (p->cap > KEPT_BYTES || p->stack_cap > KEPT_FRAMES)
        return LEAF_DONE;
    leaf_store_ptr(cx, (void **)&p->format, NULL);
    leaf_store_ptr(cx, (void **)&p->args, NULL);
    leaf_store_ptr(cx, (void **)&p->arg_data, NULL);
    leaf_store_ptr(cx, (void **)&p->wrapped, NULL);
    p->arg_type = NULL;
    p->len = p->nargs = p->args_cap = p->format_len = p->nwrapped = p->wrapped_cap = 0;
    p->flags = p->mode = 0;
    exchange(cx, (AtomicPtr *)s[0], p);
    return LEAF_DONE;
}

/* func printValue(p *printer, v any, verb rune): as an operand of its own; the work is done by the steps that follow.
 * Returns what step returns, 0 for "go on". */
LeafStatus fmt_print_any(LeafCtx *cx, Slot *s) {
    Printer *p = (Printer *)s[0];
    Slot iface[2] = {s[1], s[2]};
    Op op = put_operand(cx, p, iface, (int64_t)s[3]);
    s[0] = op == OP_NEXT ? OP_DONE : op;
    return LEAF_DONE;
}

/* func emit(p *printer, text string, verb rune): what a method returned, under the flags of its verb */
LeafStatus fmt_emit(LeafCtx *cx, Slot *s) {
    Printer *p = (Printer *)s[0];
    fmt_string(cx, p, (const char *)s[1], s[2], (int64_t)s[3]);
    return LEAF_DONE;
}

/* func appendText(p *printer, text string) */
LeafStatus fmt_append_text(LeafCtx *cx, Slot *s) {
    fmt_bytes(cx, (Printer *)s[0], (const char *)s[1], s[2]);
    return LEAF_DONE;
}

/* func isNilPointer(v any) bool */
LeafStatus fmt_is_nil_pointer(LeafCtx *cx, Slot *s) {
    const TypeDesc *t = (const TypeDesc *)s[0];
    s[0] = t && t->kind == KIND_POINTER && s[1] == 0;
    return LEAF_DONE;
}

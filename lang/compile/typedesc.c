/* typedesc.c: what the compiler knows of types, and the descriptors that the image carries.
 *
 * A TInfo is made at the first sight of a type, its descriptor when code or another descriptor mentions it. Method tables belong to types
 * whose values get into interfaces somewhere in reachable code (directly, or as part of such a value: reflection reaches those). A method's
 * interface entry is compiled when its type is one of these and its selector is called through some interface. */
#include "compile/compile_impl.h"

static const uint8_t basic_kind[TYPE_LAST_BASIC + 1] = {
    [TYPE_BOOL] = KIND_BOOL, [TYPE_INT] = KIND_INT, [TYPE_INT8] = KIND_INT8, [TYPE_INT16] = KIND_INT16, [TYPE_INT32] = KIND_INT32,
    [TYPE_INT64] = KIND_INT64, [TYPE_UINT] = KIND_UINT, [TYPE_UINT8] = KIND_UINT8, [TYPE_UINT16] = KIND_UINT16,
    [TYPE_UINT32] = KIND_UINT32, [TYPE_UINT64] = KIND_UINT64, [TYPE_UINTPTR] = KIND_UINTPTR, [TYPE_FLOAT32] = KIND_FLOAT32,
    [TYPE_FLOAT64] = KIND_FLOAT64, [TYPE_COMPLEX64] = KIND_COMPLEX64, [TYPE_COMPLEX128] = KIND_COMPLEX128,
    [TYPE_STRING] = KIND_STRING, [TYPE_UNSAFE_POINTER] = KIND_UNSAFE_POINTER,
};

static Kind kind_of(const Type *under) {
    switch (under->kind) {
    case TYPE_POINTER: return KIND_POINTER;
    case TYPE_SLICE: return KIND_SLICE;
    case TYPE_ARRAY: return KIND_ARRAY;
    case TYPE_MAP: return KIND_MAP;
    case TYPE_CHAN: return KIND_CHAN;
    case TYPE_FUNC: return KIND_FUNC;
    case TYPE_STRUCT: return KIND_STRUCT;
    case TYPE_INTERFACE: return KIND_INTERFACE;
    default: return under->kind <= TYPE_LAST_BASIC ? basic_kind[under->kind] : KIND_INVALID;
    }
}

static PieceKind piece_of_kind(Kind k) {
    switch (k) {
    case KIND_BOOL: case KIND_UINT8: return PIECE_U8;
    case KIND_INT8: return PIECE_I8;
    case KIND_INT16: return PIECE_I16;
    case KIND_UINT16: return PIECE_U16;
    case KIND_INT32: return PIECE_I32;
    case KIND_UINT32: case KIND_FLOAT32: return PIECE_U32;
    case KIND_POINTER: case KIND_UNSAFE_POINTER: case KIND_MAP: case KIND_CHAN: case KIND_FUNC: return PIECE_PTR;
    case KIND_STRING: return PIECE_STR;
    case KIND_SLICE: return PIECE_SLICE;
    case KIND_INTERFACE: return PIECE_IFACE;
    default: return PIECE_64;
    }
}

static void piece_add(TInfo *t, uint32_t mem, uint32_t slot, PieceKind kind) {
    uint8_t n = kind == PIECE_SLICE ? 3 : kind >= PIECE_STR ? 2 : 1;
    t->pieces[t->npieces++] = (Piece){mem, (uint8_t)slot, (uint8_t)kind, n};
}

static void bit_set(uint64_t *bits, uint64_t i) { bits[i / 64] |= UINT64_C(1) << i % 64; }
static bool bit_get(const uint64_t *bits, uint64_t i) { return bits[i / 64] >> i % 64 & 1; }

// map_alloc makes the pointer map of period words.
static void map_alloc(Compiler *c, TInfo *t, uint64_t period, bool maybe) {
    t->gc_period = (uint32_t)period;
    t->gc_ptrs = ARENA_ARRAY(c->arena, uint64_t, (period + 63) / 64);
    if (maybe)
        t->gc_maybe = ARENA_ARRAY(c->arena, uint64_t, (period + 63) / 64);
}

static void layout_struct(Compiler *c, TInfo *t) {
    Type *u = t->under;
    uint32_t slots = 0;
    bool fits = u->nfields <= 4, same = true, has_ptr = false, maybe = false;
    uint64_t end = 0;
    uint8_t flags = TF_EQ_MEMORY;
    for (uint32_t i = 0; i < u->nfields; i++) {
        TInfo *ft = ti_of(c, u->fields[i].type);
        uint64_t off = (uint64_t)type_offsetof(c->ck, u, i);
        if (off != end || (u->fields[i].name->len == 1 && u->fields[i].name->text[0] == '_'))
            flags &= (uint8_t)~TF_EQ_MEMORY;
        end = off + ft->size;
        if (!(ft->flags & TF_EQ_MEMORY))
            flags &= (uint8_t)~TF_EQ_MEMORY;
        flags |= ft->flags & TF_EQ_DYNAMIC;
        has_ptr |= ft->gc_period != 0;
        maybe |= ft->gc_maybe != NULL;
        same &= (ft->flags & TF_SAME_FORM) != 0;
        if (ft->form != FORM_SLOTS)
            fits = false;
        else
            slots += ft->nslots;
    }
    if (end != t->size)
        flags &= (uint8_t)~TF_EQ_MEMORY;
    if (fits && slots <= TYPE_MAX_SLOTS) {
        t->nslots = (uint8_t)slots;
        uint32_t slot = 0;
        for (uint32_t i = 0; i < u->nfields; i++) {
            TInfo *ft = ti_of(c, u->fields[i].type);
            uint64_t off = (uint64_t)type_offsetof(c->ck, u, i);
            for (uint32_t k = 0; k < ft->npieces; k++)
                piece_add(t, (uint32_t)off + ft->pieces[k].mem, slot + ft->pieces[k].slot, ft->pieces[k].kind);
            slot += ft->nslots;
        }
        if (same && t->size == slots * 8)
            flags |= TF_SAME_FORM;
    }
    t->flags |= flags;
    if (!has_ptr)
        return;
    map_alloc(c, t, t->size / 8, maybe);
    for (uint32_t i = 0; i < u->nfields; i++) {
        TInfo *ft = ti_of(c, u->fields[i].type);
        if (!ft->gc_period)
            continue;
        uint64_t first = (uint64_t)type_offsetof(c->ck, u, i) / 8;
        for (uint64_t w = 0; w < ft->size / 8; w++) {
            if (bit_get(ft->gc_ptrs, w % ft->gc_period))
                bit_set(t->gc_ptrs, first + w);
            if (ft->gc_maybe && bit_get(ft->gc_maybe, w % ft->gc_period))
                bit_set(t->gc_maybe, first + w);
        }
    }
}

static void layout(Compiler *c, TInfo *t) {
    Type *u = t->under;
    t->nslots = TYPE_NO_SLOTS;
    if (type_is_comparable(c->ck, u))
        t->flags |= TF_COMPARABLE;
    switch (t->kind) {
    case KIND_ARRAY: {
        TInfo *e = ti_of(c, u->elem);
        t->elem = e;
        t->flags |= e->flags & (TF_EQ_MEMORY | TF_EQ_DYNAMIC);
        if (u->len > 0 && e->gc_period) {
            t->gc_period = e->gc_period;
            t->gc_ptrs = e->gc_ptrs;
            t->gc_maybe = e->gc_maybe;
        }
        break;
    }
    case KIND_STRUCT: layout_struct(c, t); break;
    case KIND_STRING:
        t->nslots = 2;
        t->flags |= TF_SAME_FORM;
        piece_add(t, 0, 0, PIECE_STR);
        map_alloc(c, t, 2, false);
        bit_set(t->gc_ptrs, 0);
        break;
    case KIND_SLICE:
        t->nslots = 3;
        t->flags |= TF_SAME_FORM;
        piece_add(t, 0, 0, PIECE_SLICE);
        map_alloc(c, t, 3, false);
        bit_set(t->gc_ptrs, 0);
        break;
    case KIND_INTERFACE:
        t->nslots = 2;
        t->flags |= TF_SAME_FORM | TF_EQ_DYNAMIC;
        piece_add(t, 0, 0, PIECE_IFACE);
        map_alloc(c, t, 2, true);
        bit_set(t->gc_ptrs, 1);
        bit_set(t->gc_maybe, 1);
        break;
    case KIND_COMPLEX64:
        t->nslots = 2;
        piece_add(t, 0, 0, PIECE_U32);
        piece_add(t, 4, 1, PIECE_U32);
        break;
    case KIND_COMPLEX128:
        t->nslots = 2;
        t->flags |= TF_SAME_FORM;
        piece_add(t, 0, 0, PIECE_64);
        piece_add(t, 8, 1, PIECE_64);
        break;
    default:
        t->nslots = 1;
        t->flags |= TF_DIRECT;
        if (!ti_is_float(t) && t->kind != KIND_FUNC && t->kind != KIND_MAP)
            t->flags |= TF_EQ_MEMORY;
        piece_add(t, 0, 0, piece_of_kind(t->kind));
        if (t->pieces[0].kind == PIECE_64 || t->pieces[0].kind == PIECE_PTR)
            t->flags |= TF_SAME_FORM;
        if (t->pieces[0].kind == PIECE_PTR) {
            map_alloc(c, t, 1, false);
            bit_set(t->gc_ptrs, 0);
        }
    }
}

TInfo *ti_of(Compiler *c, Type *type) {
    if (type->aux)
        return type->aux;
    if (type_is_untyped(type))
        return ti_of(c, type->kind == TYPE_UNTYPED_NIL ? type_basic(c->ck, TYPE_UNSAFE_POINTER) : type_default(c->ck, type));
    TInfo *t = ARENA_NEW(c->arena, TInfo);
    t->type = type;
    t->under = type_under(c->ck, type);
    t->kind = kind_of(t->under);
    if (t->kind == KIND_INVALID) {  // only after an error of ours: keep going with something harmless
        t->under = type_basic(c->ck, TYPE_INT);
        t->kind = KIND_INT;
        c->failed = true;
        diag_at(c->sx->diags, POS_NONE, E_UNSUPPORTED, "internal compiler error: value of type %s", type_string_runtime(c->ck, type));
    }
    if (t->kind == KIND_INTERFACE)
        type_complete(c->ck, t->under);
    type->aux = t;
    t->size = (uint64_t)type_sizeof(c->ck, t->under);
    t->align = (uint64_t)type_alignof(c->ck, t->under);
    if (type->kind == TYPE_NAMED || type->kind <= TYPE_LAST_BASIC)
        t->flags |= TF_NAMED;
    layout(c, t);
    t->form = t->nslots != TYPE_NO_SLOTS ? FORM_SLOTS : t->size > TYPE_MAX_FRAME ? FORM_BIG : FORM_MEM;
    t->fslots = t->form == FORM_SLOTS ? t->nslots : t->form == FORM_BIG ? 1 : (uint32_t)((t->size + 7) / 8);
    return t;
}

TInfo *ti_elem(Compiler *c, TInfo *t) {
    if (!t->elem)
        t->elem = ti_of(c, t->under->elem);
    return t->elem;
}

TInfo *ti_key(Compiler *c, TInfo *t) {
    if (!t->key)
        t->key = ti_of(c, t->under->key);
    return t->key;
}

TInfo *ti_field(Compiler *c, TInfo *t, uint32_t i) { return ti_of(c, t->under->fields[i].type); }

uint32_t ti_field_named(const TInfo *t, const Name *name, uint32_t guess) {
    uint32_t n = t->under->nfields;
    if (guess < n && t->under->fields[guess].name == name)
        return guess;
    for (uint32_t i = 0; i < n; i++) {
        if (t->under->fields[i].name == name)
            return i;
    }
    UNREACHABLE("a field that is not there");
}

uint32_t ti_field_slot(Compiler *c, TInfo *t, uint32_t i) {
    uint32_t slot = 0;
    for (uint32_t k = 0; k < i; k++)
        slot += ti_field(c, t, k)->nslots;
    return slot;
}

unsigned ti_frame_kind(const TInfo *t, uint32_t i) {
    if (t->form == FORM_BIG)
        return SM_PTR;
    if (t->form == FORM_MEM) {
        if (!t->gc_period || !bit_get(t->gc_ptrs, i % t->gc_period))
            return SM_NONE;
        return t->gc_maybe && bit_get(t->gc_maybe, i % t->gc_period) ? SM_IDATA : SM_PTR;
    }
    for (uint32_t k = 0; k < t->npieces; k++) {
        const Piece *p = &t->pieces[k];
        if (i < p->slot || i >= p->slot + p->nslots)
            continue;
        if (p->kind == PIECE_IFACE)
            return i == p->slot + 1u ? SM_IDATA : SM_NONE;
        return i == p->slot && (p->kind == PIECE_PTR || p->kind == PIECE_STR || p->kind == PIECE_SLICE) ? SM_PTR : SM_NONE;
    }
    return SM_NONE;
}

/* ---- descriptors ---- */

static StrLit lit_cstr(const char *s) { return (StrLit){s, strlen(s)}; }

static StrLit pkgpath_of(const Package *p) { return p ? lit_cstr(p->path) : lit_cstr(""); }

static const char *desc_name(Compiler *c, TInfo *t, const char *string) {
    if (t->type->kind <= TYPE_LAST_BASIC)
        return string;
    if (t->type->kind != TYPE_NAMED)
        return "";
    const Object *o = t->type->obj;
    if (!o->pkg)
        return string;
    size_t n = o->pkg->name->len;
    return !strncmp(string, o->pkg->name->text, n) && string[n] == '.' ? string + n + 1 : string;
}

static uint32_t hash_string(const char *s) {
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

static int by_sel(const void *a, const void *b) {
    SelId x = ((const MethodDesc *)a)->sel, y = ((const MethodDesc *)b)->sel;
    return x < y ? -1 : x > y;
}

static void desc_fields(Compiler *c, TInfo *t, TypeDesc *d) {
    Type *u = t->under;
    FieldDesc *fd;
    if (t->kind == KIND_STRUCT) {
        d->nfields = u->nfields;
        d->fields = fd = ARENA_ARRAY(c->arena, FieldDesc, u->nfields);
        for (uint32_t i = 0; i < u->nfields; i++) {
            StructField *sf = &u->fields[i];
            fd[i].name = (StrLit){sf->name->text, sf->name->len};
            fd[i].tag = (StrLit){sf->tag ? sf->tag : "", sf->tag_len};
            fd[i].exported = name_is_exported(sf->name);
            fd[i].pkgpath = fd[i].exported ? lit_cstr("") : pkgpath_of(sf->pkg);
            fd[i].offset = (uint64_t)type_offsetof(c->ck, u, i);
            fd[i].embedded = sf->embedded;
            fd[i].type = ti_ref(c, ti_field(c, t, i));
        }
    } else if (t->kind == KIND_FUNC) {
        d->nfields = u->nparams + u->nresults;
        d->nparams = u->nparams;
        d->fields = fd = ARENA_ARRAY(c->arena, FieldDesc, d->nfields);
        for (uint32_t i = 0; i < d->nfields; i++) {
            Type *p = i < u->nparams ? u->params[i] : u->results[i - u->nparams];
            fd[i].type = ti_ref(c, ti_of(c, p));
        }
        if (u->variadic)
            d->flags |= TF_VARIADIC;
    } else if (t->kind == KIND_INTERFACE) {
        d->nmethods = u->nmethods;
        MethodDesc *md = ARENA_ARRAY(c->arena, MethodDesc, u->nmethods);
        for (uint32_t i = 0; i < u->nmethods; i++) {
            IfaceMethod *m = &u->methods[i];
            md[i].exported = name_is_exported(m->name);
            md[i].sel = sel_id(c, m->name, m->pkg, m->sig);
            md[i].name = (StrLit){m->name->text, m->name->len};
        }
        if (u->nmethods)
            qsort(md, u->nmethods, sizeof *md, by_sel);
        d->methods = md;
    }
}

const TypeDesc *ti_ref(Compiler *c, TInfo *t) {
    uint32_t i = ti_index(c, t);  // may move c->types.at
    return c->types.at[i];
}

uint32_t ti_index(Compiler *c, TInfo *t) {
    if (t->desc)
        return t->index;
    TypeDesc *d = t->desc = ARENA_NEW(c->arena, TypeDesc);
    t->index = c->types.n;
    vec_push(c->arena, &c->types, d);
    const char *string = type_string_runtime(c->ck, t->type);
    d->kind = t->kind;
    d->align = (uint8_t)t->align;
    d->flags = t->flags;
    d->nslots = t->nslots;
    d->size = t->size;
    d->gc_period = t->gc_period;
    d->gc_ptrs = t->gc_ptrs;
    d->gc_maybe = t->gc_maybe;
    d->string = lit_cstr(string);
    d->hash = hash_string(string);
    d->name = lit_cstr(desc_name(c, t, string));
    if (t->type->kind == TYPE_NAMED)
        d->pkgpath = pkgpath_of(t->type->obj->pkg);
    switch (t->kind) {
    case KIND_MAP: d->key = ti_ref(c, ti_key(c, t)); // fall through
    case KIND_POINTER: case KIND_SLICE: case KIND_ARRAY: case KIND_CHAN: {
        uint32_t e = ti_index(c, ti_elem(c, t));
        d->elem = c->types.at[e];
        if (t->type->kind == TYPE_POINTER)
            ((TypeDesc *)d->elem)->ptr_to = d;
        if (t->type->kind == TYPE_SLICE)
            ((TypeDesc *)d->elem)->slice_of = d;
        if (t->kind == KIND_ARRAY)
            d->len = (uint64_t)t->under->len;
        if (t->kind == KIND_CHAN)
            d->len = t->under->dir == CHAN_BOTH ? 3 : t->under->dir == CHAN_RECV ? 1 : 2;
        break;
    }
    default: desc_fields(c, t, d);
    }
    return t->index;
}

/* A closure object: word 0 the function, then the captures. Only its size and pointer map matter. */
// A TInfo with a descriptor for an object that only the compiler's code sees; its pointer map is still to be made.
static TInfo *hidden_object(Compiler *c, uint64_t bytes, bool maybe) {
    TInfo *t = ARENA_NEW(c->arena, TInfo);
    t->kind = KIND_STRUCT;
    t->size = bytes;
    t->align = 8;
    t->nslots = TYPE_NO_SLOTS;
    map_alloc(c, t, bytes / 8, maybe);
    TypeDesc *d = t->desc = ARENA_NEW(c->arena, TypeDesc);
    t->index = c->types.n;
    vec_push(c->arena, &c->types, d);
    d->kind = KIND_STRUCT;
    d->align = 8;
    d->nslots = TYPE_NO_SLOTS;
    d->size = bytes;
    d->gc_period = t->gc_period;
    d->gc_ptrs = t->gc_ptrs;
    d->gc_maybe = t->gc_maybe;
    return t;
}

// The pointers of a value of type t (NULL: one pointer) at a word of a hidden object.
static void hidden_part(TInfo *object, uint64_t word, const TInfo *t) {
    if (!t) {
        bit_set(object->gc_ptrs, word);
        return;
    }
    for (uint64_t w = 0; t->gc_period && w < t->size / 8; w++) {
        if (bit_get(t->gc_ptrs, w % t->gc_period))
            bit_set(object->gc_ptrs, word + w);
        if (t->gc_maybe && bit_get(t->gc_maybe, w % t->gc_period))
            bit_set(object->gc_maybe, word + w);
    }
}

TInfo *ti_closure(Compiler *c, FuncInst *fi) {
    uint64_t end = 8;
    bool maybe = false;
    for (uint32_t i = 0; i < fi->captures.n; i++) {
        Capture *cp = &fi->captures.at[i];
        cp->mem = (uint32_t)end;
        end += cp->by_ref ? 8 : (cp->t->size + 7) & ~UINT64_C(7);
        maybe |= !cp->by_ref && cp->t->gc_maybe;
    }
    TInfo *t = hidden_object(c, end, maybe);
    for (uint32_t i = 0; i < fi->captures.n; i++)
        hidden_part(t, fi->captures.at[i].mem / 8, fi->captures.at[i].by_ref ? NULL : fi->captures.at[i].t);
    t->desc->string = lit_cstr("func");
    return t;
}

TInfo *ti_block(Compiler *c, const BlockPart *parts, uint32_t n, uint64_t bytes) {
    bool maybe = false;
    for (uint32_t i = 0; i < n; i++)
        maybe |= parts[i].t && parts[i].t->gc_maybe;
    TInfo *t = hidden_object(c, bytes, maybe);
    for (uint32_t i = 0; i < n; i++)
        hidden_part(t, parts[i].at / 8, parts[i].t);
    t->desc->string = lit_cstr("variables");
    return t;
}

/* ---- selectors and method tables ---- */

SelId sel_id(Compiler *c, const Name *name, Package *pkg, Type *sig) {
    if (name_is_exported(name))
        pkg = NULL;
    if (c->sel_entries.n * 2 >= c->sel_hash_cap) {
        c->sel_hash_cap = c->sel_hash_cap ? c->sel_hash_cap * 2 : 256;
        c->sel_hash = ARENA_ARRAY(c->arena, SelEntry *, c->sel_hash_cap);
        for (uint32_t i = 0; i < c->sel_entries.n; i++) {
            SelEntry *e = c->sel_entries.at[i];
            uint32_t h = (e->name->hash ^ e->sig->hash * 31) & (c->sel_hash_cap - 1);
            e->next = c->sel_hash[h];
            c->sel_hash[h] = e;
        }
    }
    uint32_t h = (name->hash ^ sig->hash * 31) & (c->sel_hash_cap - 1);
    for (SelEntry *e = c->sel_hash[h]; e; e = e->next) {
        if (e->name == name && e->pkg == pkg && (e->sig == sig || type_identical(c->ck, e->sig, sig)))
            return e->id;
    }
    SelEntry *e = ARENA_NEW(c->arena, SelEntry);
    e->name = name;
    e->pkg = pkg;
    e->sig = sig;
    e->id = c->sel_entries.n;
    e->next = c->sel_hash[h];
    c->sel_hash[h] = e;
    vec_push(c->arena, &c->sel_entries, e);
    Selector s = {{name->text, name->len}, pkgpath_of(pkg), NULL};
    vec_push(c->arena, &c->selectors, s);
    return e->id;
}

void sel_called(Compiler *c, SelId id) {
    SelEntry *e = c->sel_entries.at[id];
    if (e->called)
        return;
    e->called = true;
    for (uint32_t i = 0; i < e->impls.n; i++) {
        ConvMethod *m = e->impls.at[i];
        m->entry = func_entry(c, m->t, m->selection);
    }
}

void ti_convert(Compiler *c, TInfo *t) {
    if (t->converted)
        return;
    t->converted = true;
    ti_index(c, t);
    ConvType *v = t->conv = ARENA_NEW(c->arena, ConvType);
    v->t = t;
    vec_push(c->arena, &c->convs, v);
}

static void conv_methods(Compiler *c, ConvType *v) {
    uint32_t n;
    Selection **set = type_method_set(c->ck, v->t->type, &n);
    v->methods = ARENA_ARRAY(c->arena, ConvMethod, n);
    v->nmethods = n;
    for (uint32_t i = 0; i < n; i++) {
        ConvMethod *m = &v->methods[i];
        m->selection = set[i];
        m->t = v->t;
        Package *pkg = set[i]->obj ? set[i]->obj->pkg : NULL;
        if (set[i]->kind == SEL_IFACE_METHOD)
            pkg = type_under(c->ck, set[i]->recv)->methods[set[i]->method_index].pkg;
        m->sel = sel_id(c, set[i]->name, pkg, set[i]->type);
        SelEntry *e = c->sel_entries.at[m->sel];
        vec_push(c->arena, &e->impls, m);
        bool by_name = c->reflects && name_is_exported(set[i]->name);
        if (by_name) {
            e->signature = ti_of(c, set[i]->type);
            ti_convert(c, e->signature);
        }
        if (e->called || by_name)
            m->entry = func_entry(c, v->t, set[i]);
    }
}

// Reflection tells the signatures of an interface's methods.
static void iface_signatures(Compiler *c, Type *under) {
    for (uint32_t i = 0; i < under->nmethods; i++) {
        IfaceMethod *m = &under->methods[i];
        SelEntry *e = c->sel_entries.at[sel_id(c, m->name, m->pkg, m->sig)];
        e->signature = ti_of(c, m->sig);
        ti_index(c, e->signature);
    }
}

void rta_drain(Compiler *c) {
    for (; c->convs_done < c->convs.n; c->convs_done++) {
        ConvType *v = c->convs.at[c->convs_done];
        TInfo *t = v->t;
        if (t->kind == KIND_INTERFACE) {
            if (c->reflects)
                iface_signatures(c, t->under);
            continue;
        }
        conv_methods(c, v);
        // Reflection reaches the parts of a value.
        if (c->reflects && t->kind != KIND_POINTER)  // reflect.New and Addr
            ti_convert(c, ti_of(c, type_pointer(c->ck, t->type)));
        switch (t->kind) {
        case KIND_MAP: ti_convert(c, ti_key(c, t)); // fall through
        case KIND_POINTER: case KIND_SLICE: case KIND_ARRAY: case KIND_CHAN: ti_convert(c, ti_elem(c, t)); break;
        case KIND_STRUCT:
            for (uint32_t i = 0; i < t->under->nfields; i++)
                ti_convert(c, ti_field(c, t, i));
            break;
        case KIND_FUNC:
            if (c->reflects) {  // Type.In and Out, Value.Call
                for (uint32_t i = 0; i < t->under->nparams; i++)
                    ti_convert(c, ti_of(c, t->under->params[i]));
                for (uint32_t i = 0; i < t->under->nresults; i++)
                    ti_convert(c, ti_of(c, t->under->results[i]));
            }
            break;
        default: break;
        }
    }
}

static void method_hash(Compiler *c, ConvType *v, TypeDesc *d) {
    uint32_t n = 0, bits = 1;
    for (uint32_t i = 0; i < v->nmethods; i++)
        n += v->methods[i].entry != NULL;
    if (!n)
        return;
    while ((1u << bits) < n * 2)
        bits++;
    MethodSlot *table = ARENA_ARRAY(c->arena, MethodSlot, 1u << bits);
    d->mhash_shift = 32 - bits;
    for (uint32_t i = 0; i < v->nmethods; i++) {
        ConvMethod *m = &v->methods[i];
        if (!m->entry)
            continue;
        uint32_t at = (uint32_t)(m->sel * (uint32_t)MHASH_MUL) >> d->mhash_shift;
        while (table[at].fn)
            at = (at + 1) & ((1u << bits) - 1);
        table[at] = (MethodSlot){m->sel, m->entry->desc};
    }
    d->mhash = table;
}

void typedesc_finish(Compiler *c) {
    for (uint32_t i = 0; i < c->sel_entries.n; i++) {
        if (c->sel_entries.at[i]->signature)
            c->selectors.at[i].type = c->sel_entries.at[i]->signature->desc;
    }
    for (uint32_t i = 0; i < c->convs.n; i++) {
        ConvType *v = c->convs.at[i];
        TypeDesc *d = v->t->desc;
        if (v->t->kind == KIND_INTERFACE || !v->nmethods)
            continue;
        MethodDesc *md = ARENA_ARRAY(c->arena, MethodDesc, v->nmethods);
        for (uint32_t k = 0; k < v->nmethods; k++) {
            ConvMethod *m = &v->methods[k];
            md[k].sel = m->sel;
            md[k].fn = m->entry ? m->entry->desc : NULL;
            md[k].name = (StrLit){m->selection->name->text, m->selection->name->len};
            md[k].exported = name_is_exported(m->selection->name);
            TInfo *signature = c->sel_entries.at[m->sel]->signature;
            md[k].type = signature ? signature->desc : NULL;
        }
        qsort(md, v->nmethods, sizeof *md, by_sel);
        d->methods = md;
        d->nmethods = v->nmethods;
        method_hash(c, v, d);
    }
}

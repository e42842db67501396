/* typestr.c: types, expressions and operands as text.
 *
 * Two styles of types: for messages (struct{X int}, names qualified unless they are of the package at hand), and for the runtime's
 * %T (struct { X int }, always qualified by the package's name). Types forget whether byte or uint8 was written: messages say byte, rune and any
 * unless the user's files mention the other spelling. */
#include "types/types_impl.h"

typedef struct Writer {
    Checker *c;
    VEC(char) buf;
    Package *from;
    bool runtime;
    bool full;      // packages by path; uint8 and int32, as sets of types are written
    bool nameless;  // parameters without names
    int depth;
} Writer;

static void put_n(Writer *w, const char *s, size_t n) {
    enum { MAX_TEXT = 1 << 16 };  // a type that is small by sharing may be huge in words
    if (w->buf.n > MAX_TEXT) return;
    for (size_t i = 0; i < n; i++) vec_push(w->c->arena, &w->buf, s[i]);
}
static void put(Writer *w, const char *s) { put_n(w, s, strlen(s)); }

static const char *finish(Writer *w) {
    vec_push(w->c->arena, &w->buf, 0);
    return w->buf.at;
}

static const char *const basic_names[TYPE_LAST_BASIC + 1] = {"invalid type", "bool", "int", "int8", "int16", "int32", "int64",
    "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "float32", "float64", "complex64", "complex128", "string",
    "unsafe.Pointer", "untyped bool", "untyped int", "untyped rune", "untyped float", "untyped complex", "untyped string",
    "untyped nil"};

static void put_type(Writer *w, Type *t);
static void put_spelled_interface(Writer *w, const FieldList *l);
static void put_expr(Writer *w, const Expr *e);

static void put_types(Writer *w, Type **list, uint32_t n, bool variadic, const char *sep) {
    for (uint32_t i = 0; i < n; i++) {
        if (i) put(w, sep);
        if (variadic && i + 1 == n) {
            put(w, "...");
            put_type(w, list[i]->kind == TYPE_SLICE ? list[i]->elem : list[i]);
        } else {
            put_type(w, list[i]);
        }
    }
}

/* put_params writes a list of parameters, with their names when the declaration is at hand. */
static void put_params(Writer *w, Type **list, uint32_t n, bool variadic, const FieldList *names) {
    for (uint32_t i = 0; i < n; i++) {
        if (i) put(w, ", ");
        if (names && names->at[i].name) {
            put(w, names->at[i].name->name->text);
            put(w, " ");
        }
        put_types(w, &list[i], 1, variadic && i + 1 == n, "");
    }
}

static void put_sig_named(Writer *w, Type *t, const FuncType *ft) {
    const FieldList *params = ft && ft->params.n == t->nparams ? &ft->params : NULL;
    const FieldList *results = ft && ft->results.n == t->nresults ? &ft->results : NULL;
    put(w, "(");
    put_params(w, t->params, t->nparams, t->variadic, params);
    put(w, ")");
    if (t->nresults == 0) return;
    put(w, " ");
    bool paren = t->nresults > 1 || (results && results->at[0].name);
    if (paren) put(w, "(");
    put_params(w, t->results, t->nresults, false, results);
    if (paren) put(w, ")");
}

static void put_sig(Writer *w, Type *t) { put_sig_named(w, t, w->runtime || w->nameless ? NULL : t->spelling); }

static void put_quoted(Writer *w, const char *s, uint32_t n) {
    put(w, "\"");
    for (uint32_t i = 0; i < n; i++) {
        if (s[i] == '"' || s[i] == '\\') put(w, "\\");
        put_n(w, s + i, 1);
    }
    put(w, "\"");
}

static void put_struct(Writer *w, Type *t) {
    if (w->runtime)
        put(w, t->nfields ? "struct { " : "struct {}");
    else
        put(w, "struct{");
    for (uint32_t i = 0; i < t->nfields; i++) {
        StructField *f = &t->fields[i];
        if (i) put(w, "; ");
        if (!f->embedded) {
            put(w, f->name->text);
            put(w, " ");
        }
        put_type(w, f->type);
        if (f->tag) {
            put(w, " ");
            put_quoted(w, f->tag, f->tag_len);
        }
    }
    if (w->runtime)
        put(w, t->nfields ? " }" : "");
    else
        put(w, "}");
}

static void put_terms(Writer *w, TypeTerm *terms, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (i) put(w, " | ");
        if (terms[i].tilde) put(w, "~");
        put_type(w, terms[i].type);
    }
}

static void put_interface(Writer *w, Type *t) {
    Checker *c = w->c;
    iface_complete(c, t);
    if (t == c->comparable_type) {
        put(w, "comparable");
        return;
    }
    if (t->nmethods == 0 && !t->has_terms && !t->is_comparable) {
        put(w, w->runtime ? "interface {}" : c->says_interface ? "interface{}" : "any");
        return;
    }
    if (!w->runtime && t->nmethods == 0 && !t->is_comparable) {  // as [T ~int | string] writes it
        put_terms(w, t->terms, t->nterms);
        return;
    }
    put(w, w->runtime ? "interface { " : "interface{");
    bool sep = false;
    for (uint32_t i = 0; i < t->nmethods; i++) {
        if (sep) put(w, "; ");
        sep = true;
        if (w->runtime && !name_is_exported(t->methods[i].name) && t->methods[i].pkg) {
            put(w, t->methods[i].pkg->path);
            put(w, ".");
        }
        put(w, t->methods[i].name->text);
        put_sig(w, t->methods[i].sig);
    }
    if (t->is_comparable) {
        if (sep) put(w, "; ");
        sep = true;
        put(w, "comparable");
    }
    if (t->has_terms) {
        if (sep) put(w, "; ");
        put_terms(w, t->terms, t->nterms);
    }
    put(w, w->runtime ? " }" : "}");
}

/* put_package writes a package's name before the dot: by its path where the name alone is not clear. Go looks at all packages behind the imports,
 * its internal ones too, which is why sync and strconv always come by path. */
static void put_package(Writer *w, const Package *pkg) {
    static const char *const always[] = {"sync", "strconv", "html/template", "crypto/aes", "crypto/rsa", "crypto/ecdsa", "crypto/ecdh",
        "crypto/ed25519", "crypto/sha3"};
    static const char *const small[] = {"unsafe", "math", "math/bits", "unicode", "unicode/utf8", "cmp", "sync/atomic"};
    bool quote = false, atomic = strcmp(pkg->path, "sync/atomic") == 0;
    for (size_t i = 0; i < COUNT_OF(always); i++) quote |= strcmp(pkg->path, always[i]) == 0;
    for (uint32_t i = 0; w->from && i < w->from->imports.n && !quote; i++) {
        const Package *other = w->from->imports.at[i];
        bool is_small = false;
        for (size_t k = 0; k < COUNT_OF(small); k++) is_small |= strcmp(other->path, small[k]) == 0;
        quote = (other != pkg && other->name == pkg->name) || (atomic && !is_small);
    }
    if (quote && !w->runtime && !w->full)
        put(w, arena_printf(w->c->arena, "\"%s\"", pkg->path));
    else
        put(w, w->full ? pkg->path : pkg->name->text);
    put(w, ".");
}

/* put_constraint writes what type parameter t is constrained by, a literal as it stands in the source. */
static void put_constraint(Writer *w, Type *t) {
    const Expr *e = t->constraint_expr ? ast_unparen((Expr *)t->constraint_expr) : NULL;
    Type *b = t->constraint ? t->constraint : w->c->empty_iface;
    if (e && e->kind == EXPR_INTERFACE_TYPE)
        put_spelled_interface(w, &AS(InterfaceType, e)->elems);
    else if (e && (b->kind != TYPE_NAMED || e->kind == EXPR_BINARY || e->kind == EXPR_UNARY))
        put_expr(w, e);
    else
        put_type(w, b);
}

/* put_tparam writes the i-th of a list of type parameters, with its constraint when the next has another. */
static void put_tparam(Writer *w, Type **list, uint32_t i, uint32_t n) {
    put(w, list[i]->obj->name->text);
    if (i + 1 < n && list[i]->constraint == list[i + 1]->constraint) return;
    put(w, " ");
    put_constraint(w, list[i]);
}

static void put_named(Writer *w, Type *t) {
    Package *pkg = t->obj->pkg;
    if (pkg && (w->runtime || pkg != w->from)) put_package(w, pkg);
    put(w, t->obj->name->text);
    if (t->targs) {
        put(w, "[");
        for (uint32_t i = 0; i + t->nouter < t->ntargs; i++) {
            if (i) put(w, w->runtime ? "," : ", ");
            put_type(w, t->targs[i]);
        }
        put(w, "]");
    } else if (t->ntparams && !t->implicit_tparams && !w->runtime) {
        put(w, "[");
        for (uint32_t i = 0; i + t->nouter < t->ntparams; i++) {
            if (i) put(w, ", ");
            put_tparam(w, t->tparams, i, t->ntparams - t->nouter);
        }
        put(w, "]");
    }
}

static void put_type(Writer *w, Type *t) {
    if (!t) {
        put(w, "nil");
        return;
    }
    if (++w->depth > 60 || w->buf.n > (1 << 16)) {
        put(w, "...");
        w->depth--;
        return;
    }
    switch (t->kind) {
    case TYPE_NAMED: put_named(w, t); break;
    case TYPE_PARAM: put(w, t->obj->name->text); break;
    case TYPE_POINTER:
        put(w, "*");
        put_type(w, t->elem);
        break;
    case TYPE_SLICE:
        put(w, "[]");
        put_type(w, t->elem);
        break;
    case TYPE_ARRAY:
        put(w, arena_printf(w->c->arena, "[%lld]", (long long)t->len));
        put_type(w, t->elem);
        break;
    case TYPE_MAP:
        put(w, "map[");
        put_type(w, t->key);
        put(w, "]");
        put_type(w, t->elem);
        break;
    case TYPE_CHAN: {
        bool paren = t->dir != CHAN_SEND && t->elem->kind == TYPE_CHAN && t->elem->dir == CHAN_RECV && t->dir == CHAN_BOTH;
        put(w, t->dir == CHAN_SEND ? "chan<- " : t->dir == CHAN_RECV ? "<-chan " : "chan ");
        if (paren) put(w, "(");
        put_type(w, t->elem);
        if (paren) put(w, ")");
        break;
    }
    case TYPE_FUNC:
        put(w, "func");
        if (t->ntparams_f && !w->runtime) {
            put(w, "[");
            for (uint32_t i = 0; i < t->ntparams_f; i++) {
                if (i) put(w, ", ");
                put_tparam(w, t->tparams_f, i, t->ntparams_f);
            }
            put(w, "]");
        }
        put_sig(w, t);
        break;
    case TYPE_STRUCT: put_struct(w, t); break;
    case TYPE_INTERFACE: put_interface(w, t); break;
    case TYPE_TUPLE:
        put(w, "(");
        put_types(w, t->types, t->ntypes, false, ", ");
        put(w, ")");
        break;
    case TYPE_UNION: put_terms(w, t->uterms, t->nuterms); break;
    case TYPE_UINT8: put(w, w->runtime || w->full || w->c->says_uint8 ? "uint8" : "byte"); break;
    case TYPE_INT32: put(w, w->runtime || w->full || w->c->says_int32 ? "int32" : "rune"); break;
    default: put(w, basic_names[t->kind]);
    }
    w->depth--;
}

static void put_spelled(Writer *w, Type *t, const Expr *te);

static void put_spelled_fields(Writer *w, Type **types, uint32_t n, bool variadic, const FieldList *l) {
    for (uint32_t i = 0; i < n; i++) {
        if (i) put(w, ", ");
        if (l->at[i].name) {
            put(w, l->at[i].name->name->text);
            put(w, " ");
        }
        const Expr *te = l->at[i].type;
        if (variadic && i + 1 == n && te->kind == EXPR_DOTS_TYPE && types[i]->kind == TYPE_SLICE) {
            put(w, "...");
            put_spelled(w, types[i]->elem, AS(DotsType, te)->elem);
        } else {
            put_spelled(w, types[i], te);
        }
    }
}

static void put_spelled_sig(Writer *w, Type *t, const FuncType *ft) {
    put(w, "(");
    put_spelled_fields(w, t->params, t->nparams, t->variadic, &ft->params);
    put(w, ")");
    if (t->nresults == 0) return;
    put(w, " ");
    bool paren = t->nresults > 1 || ft->results.at[0].name;
    if (paren) put(w, "(");
    put_spelled_fields(w, t->results, t->nresults, false, &ft->results);
    if (paren) put(w, ")");
}

static void put_spelled_name(Writer *w, const Object *o, const Name *name) {
    if (o && o->pkg && o->pkg != w->from && !(o->type && o->type->kind == TYPE_PARAM)) put_package(w, o->pkg);
    put(w, name->text);
}

/* put_spelled_interface writes methods and then what is embedded, in the source's order. */
static void put_spelled_interface(Writer *w, const FieldList *l) {
    bool sep = false;
    put(w, "interface{");
    for (int methods = 1; methods >= 0; methods--)
        for (uint32_t i = 0; i < l->n; i++) {
            const Field *f = &l->at[i];
            if ((f->name != NULL) != methods) continue;
            if (sep) put(w, "; ");
            sep = true;
            if (methods) {
                put(w, f->name->name->text);
                if (f->type->type)
                    put_spelled_sig(w, f->type->type, AS(FuncType, f->type));
            } else {
                put_expr(w, f->type);
            }
        }
    put(w, "}");
}

/* put_spelled writes t like type expression te where te denotes t, else in the ordinary way. */
static void put_spelled(Writer *w, Type *t, const Expr *te) {
    while (te && te->kind == EXPR_PAREN) te = AS(ParenExpr, te)->x;
    if (!te || te->type != t || t->kind == TYPE_INVALID || ++w->depth > 60) {
        put_type(w, t);
        return;
    }
    switch (te->kind) {
    case EXPR_IDENT: put_spelled_name(w, AS(Ident, te)->obj, AS(Ident, te)->name); break;
    case EXPR_SELECTOR: put_spelled_name(w, AS(SelectorExpr, te)->sel->obj, AS(SelectorExpr, te)->sel->name); break;
    case EXPR_STAR:
        put(w, "*");
        put_spelled(w, t->elem, AS(StarExpr, te)->x);
        break;
    case EXPR_SLICE_TYPE:
        put(w, "[]");
        put_spelled(w, t->elem, AS(SliceType, te)->elem);
        break;
    case EXPR_ARRAY_TYPE:
        put(w, arena_printf(w->c->arena, "[%lld]", (long long)t->len));
        put_spelled(w, t->elem, AS(ArrayType, te)->elem);
        break;
    case EXPR_MAP_TYPE:
        put(w, "map[");
        put_spelled(w, t->key, AS(MapType, te)->key);
        put(w, "]");
        put_spelled(w, t->elem, AS(MapType, te)->value);
        break;
    case EXPR_FUNC_TYPE:
        put(w, "func");
        put_spelled_sig(w, t, AS(FuncType, te));
        break;
    case EXPR_STRUCT_TYPE: {
        const FieldList *l = &AS(StructType, te)->fields;
        bool plain = l->n == t->nfields;
        for (uint32_t i = 0; i < t->nfields && plain; i++) plain = !t->fields[i].tag;
        if (!plain) {
            put_type(w, t);
            break;
        }
        put(w, "struct{");
        for (uint32_t i = 0; i < l->n; i++) {
            if (i) put(w, "; ");
            if (!t->fields[i].embedded) {
                put(w, t->fields[i].name->text);
                put(w, " ");
            }
            put_spelled(w, t->fields[i].type, l->at[i].type);
        }
        put(w, "}");
        break;
    }
    case EXPR_INTERFACE_TYPE:
        put_spelled_interface(w, &AS(InterfaceType, te)->elems);
        break;
    case EXPR_CHAN_TYPE:
        if (t->elem->kind == TYPE_CHAN) {
            put_type(w, t);
            break;
        }
        put(w, t->dir == CHAN_SEND ? "chan<- " : t->dir == CHAN_RECV ? "<-chan " : "chan ");
        put_spelled(w, t->elem, AS(ChanType, te)->elem);
        break;
    default: put_type(w, t);
    }
    w->depth--;
}

const char *spelled_tstr(Checker *c, Type *t, const Expr *te) {
    Writer w = {.c = c, .from = c->env.pkg};
    put_spelled(&w, t, te);
    return finish(&w);
}

const char *type_string(Checker *c, Type *t, Package *from) {
    if (t && t->kind <= TYPE_LAST_BASIC && t->kind != TYPE_UINT8 && t->kind != TYPE_INT32) return basic_names[t->kind];
    Writer w = {.c = c, .from = from};
    put_type(&w, t);
    return finish(&w);
}

const char *type_string_runtime(Checker *c, Type *t) {
    Writer w = {.c = c, .runtime = true};
    put_type(&w, t);
    return finish(&w);
}

const char *tstr(Checker *c, Type *t) { return type_string(c, t, c->env.pkg); }

const char *tstr_full(Checker *c, Type *t) {
    Writer w = {.c = c, .full = true};
    put_type(&w, t);
    return finish(&w);
}

const char *sigstr(Checker *c, Type *sig) {
    Writer w = {.c = c, .from = c->env.pkg, .nameless = true};
    put_sig(&w, sig);
    return finish(&w);
}

static void put_summed(Writer *w, Type *t, const Expr *te, bool variadic) {
    if (!variadic || t->kind != TYPE_SLICE)
        put_spelled(w, t, te);
    else
        put_spelled(w, t->elem, te && te->kind == EXPR_DOTS_TYPE ? AS(DotsType, te)->elem : NULL);
}

const char *constraint_str(Checker *c, Type *tparam) {
    Writer w = {.c = c, .from = c->env.pkg};
    put_constraint(&w, tparam);
    return finish(&w);
}

const char *types_summary(Checker *c, Type **list, const Expr **spelled, uint32_t n, bool variadic, bool dots) {
    Writer w = {.c = c, .from = c->env.pkg};
    put(&w, "(");
    for (uint32_t i = 0; i < n; i++) {
        Type *t = list[i];
        if (i) put(&w, ", ");
        bool last = i + 1 == n;
        if (last && variadic) put(&w, "...");
        if (!t || !is_valid(t))
            put(&w, "unknown type");
        else if (is_untyped(t))
            put(&w, t->kind >= TYPE_UNTYPED_INT && t->kind <= TYPE_UNTYPED_COMPLEX ? "number" : basic_names[t->kind] + 8);
        else
            put_summed(&w, t, spelled ? spelled[i] : NULL, last && variadic);
        if (last && dots && !variadic) put(&w, "...");
    }
    put(&w, ")");
    return finish(&w);
}

const char *posstr(Checker *c, Pos p) {
    SourceName pl = source_named(c->sx->sources, p);
    if (!pl.file) return "?";
    return pl.col ? arena_printf(c->arena, "%s:%u:%u", pl.file, pl.line, pl.col) : arena_printf(c->arena, "%s:%u", pl.file, pl.line);
}

/* ---- expressions ---- */

static void put_exprs(Writer *w, Expr **list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (i) put(w, ", ");
        put_expr(w, list[i]);
    }
}

static void put_fields(Writer *w, const FieldList *l, const char *sep) {
    for (uint32_t i = 0; i < l->n; i++) {
        const Field *f = &l->at[i];
        if (i) put(w, f[-1].type == f->type && f->name ? ", " : sep);
        bool group = i + 1 < l->n && l->at[i + 1].type == f->type && f->name;
        if (f->name) put(w, f->name->name->text);
        if (group) continue;
        if (f->name) put(w, " ");
        put_expr(w, f->type);
    }
}

static void put_func_sig(Writer *w, const FuncType *f) {
    put(w, "(");
    put_fields(w, &f->params, ", ");
    put(w, ")");
    if (f->results.n == 0) return;
    put(w, " ");
    bool paren = f->results.n > 1 || f->results.at[0].name;
    if (paren) put(w, "(");
    put_fields(w, &f->results, ", ");
    if (paren) put(w, ")");
}

static void put_expr(Writer *w, const Expr *e) {
    if (!e) return;
    if (++w->depth > 200) {
        put(w, "…");
        w->depth--;
        return;
    }
    switch (e->kind) {
    case EXPR_IDENT: put_n(w, AS(Ident, e)->name->text, AS(Ident, e)->name->len); break;
    case EXPR_LIT: put_n(w, AS(BasicLit, e)->text, AS(BasicLit, e)->len); break;
    case EXPR_COMPOSITE:
        if (AS(CompositeLit, e)->ltype) put_expr(w, AS(CompositeLit, e)->ltype);
        put(w, AS(CompositeLit, e)->nelems ? "{…}" : "{}");
        break;
    case EXPR_KEY_VALUE:
        put_expr(w, AS(KeyValueExpr, e)->key);
        put(w, ": ");
        put_expr(w, AS(KeyValueExpr, e)->value);
        break;
    case EXPR_FUNC_LIT:
        put(w, "func");
        put_func_sig(w, AS(FuncLit, e)->ftype);
        put(w, AS(FuncLit, e)->body->list.n ? " {…}" : " {}");
        break;
    case EXPR_PAREN:
        put(w, "(");
        put_expr(w, AS(ParenExpr, e)->x);
        put(w, ")");
        break;
    case EXPR_SELECTOR:
        put_expr(w, AS(SelectorExpr, e)->x);
        put(w, ".");
        put(w, AS(SelectorExpr, e)->sel->name->text);
        break;
    case EXPR_INDEX:
        put_expr(w, AS(IndexExpr, e)->x);
        put(w, "[");
        put_exprs(w, AS(IndexExpr, e)->index, AS(IndexExpr, e)->nindex);
        put(w, "]");
        break;
    case EXPR_SLICE: {
        const SliceExpr *s = AS(SliceExpr, e);
        put_expr(w, s->x);
        put(w, "[");
        put_expr(w, s->lo);
        put(w, ":");
        put_expr(w, s->hi);
        if (s->full) {
            put(w, ":");
            put_expr(w, s->max);
        }
        put(w, "]");
        break;
    }
    case EXPR_TYPE_ASSERT:
        put_expr(w, AS(TypeAssertExpr, e)->x);
        put(w, ".(");
        if (AS(TypeAssertExpr, e)->atype)
            put_expr(w, AS(TypeAssertExpr, e)->atype);
        else
            put(w, "type");
        put(w, ")");
        break;
    case EXPR_CALL: {
        const CallExpr *call = AS(CallExpr, e);
        put_expr(w, call->fun);
        put(w, "(");
        put_exprs(w, call->args, call->nargs);
        if (call->dots) put(w, "...");
        put(w, ")");
        break;
    }
    case EXPR_STAR:
        put(w, "*");
        put_expr(w, AS(StarExpr, e)->x);
        break;
    case EXPR_UNARY:
        put(w, oper_spelling(AS(UnaryExpr, e)->op));
        put_expr(w, AS(UnaryExpr, e)->x);
        break;
    case EXPR_BINARY:
        put_expr(w, AS(BinaryExpr, e)->x);
        put(w, " ");
        put(w, oper_spelling(AS(BinaryExpr, e)->op));
        put(w, " ");
        put_expr(w, AS(BinaryExpr, e)->y);
        break;
    case EXPR_ARRAY_TYPE:
        put(w, "[");
        if (AS(ArrayType, e)->len)
            put_expr(w, AS(ArrayType, e)->len);
        else
            put(w, "...");
        put(w, "]");
        put_expr(w, AS(ArrayType, e)->elem);
        break;
    case EXPR_SLICE_TYPE:
        put(w, "[]");
        put_expr(w, AS(SliceType, e)->elem);
        break;
    case EXPR_DOTS_TYPE:
        put(w, "...");
        put_expr(w, AS(DotsType, e)->elem);
        break;
    case EXPR_STRUCT_TYPE:
        if (AS(StructType, e)->fields.n == 0) {
            put(w, "struct{}");
        } else {
            put(w, "struct{");
            put_fields(w, &AS(StructType, e)->fields, "; ");
            put(w, "}");
        }
        break;
    case EXPR_FUNC_TYPE:
        put(w, "func");
        put_func_sig(w, AS(FuncType, e));
        break;
    case EXPR_INTERFACE_TYPE: {
        const FieldList *l = &AS(InterfaceType, e)->elems;
        put(w, "interface{");
        for (uint32_t i = 0; i < l->n; i++) {
            if (i) put(w, "; ");
            if (l->at[i].name) {
                put(w, l->at[i].name->name->text);
                put_func_sig(w, AS(FuncType, l->at[i].type));
            } else {
                put_expr(w, l->at[i].type);
            }
        }
        put(w, "}");
        break;
    }
    case EXPR_MAP_TYPE:
        put(w, "map[");
        put_expr(w, AS(MapType, e)->key);
        put(w, "]");
        put_expr(w, AS(MapType, e)->value);
        break;
    case EXPR_CHAN_TYPE:
        put(w, AS(ChanType, e)->dir == CHAN_SEND ? "chan<- " : AS(ChanType, e)->dir == CHAN_RECV ? "<-chan " : "chan ");
        put_expr(w, AS(ChanType, e)->elem);
        break;
    default: put(w, "_");
    }
    w->depth--;
}

const char *estr(Checker *c, const Expr *e) {
    Writer w = {.c = c};
    put_expr(&w, e);
    return finish(&w);
}

/* ---- operands ---- */

static const char *const mode_names[] = {
    [MODE_INVALID] = "invalid operand", [MODE_NOVALUE] = "no value", [MODE_BUILTIN] = "built-in", [MODE_TYPE] = "type",
    [MODE_CONST] = "constant", [MODE_VAR] = "variable", [MODE_MAPINDEX] = "map index expression", [MODE_VALUE] = "value",
    [MODE_NIL] = "nil", [MODE_COMMAOK] = "comma, ok expression", [MODE_PKG] = "package"};

static const char *structure_of(Checker *c, Type *t) {
    Type *u = type_under(c, t);
    switch (u->kind) {
    case TYPE_ARRAY: return "array ";
    case TYPE_SLICE: return "slice ";
    case TYPE_STRUCT: return "struct ";
    case TYPE_POINTER: return "pointer ";
    case TYPE_FUNC: return "func ";
    case TYPE_INTERFACE: return "interface ";
    case TYPE_MAP: return "map ";
    case TYPE_CHAN: return "chan ";
    case TYPE_UNSAFE_POINTER: return "Pointer ";
    default: return arena_printf(c->arena, "%s ", basic_names[u->kind]);
    }
}

/* declared_func_type gives the declaration's parameters when x is simply a function's or method's name. */
static const FuncType *declared_func_type(const Operand *x) {
    if (!x->expr || x->type->kind != TYPE_FUNC || x->type->ntparams_f) return NULL;
    const Expr *e = x->expr;
    if (e->kind == EXPR_FUNC_LIT) return AS(FuncLit, e)->ftype;
    const Object *o = NULL;
    if (e->kind == EXPR_IDENT) o = AS(Ident, e)->obj;
    if (e->kind == EXPR_SELECTOR) {
        const Selection *s = AS(SelectorExpr, e)->selection;
        o = s && !s->method_expr ? s->obj : NULL;
    }
    return o && o->kind == OBJ_FUNC && o->info && o->info->fdecl ? o->info->fdecl->type : NULL;
}

/* called_func_type gives the declaration whose results x, a tuple, consists of. */
static const FuncType *called_func_type(const Operand *x) {
    const Expr *e = x->expr ? ast_unparen((Expr *)x->expr) : NULL;
    if (!e || e->kind != EXPR_CALL || x->type->kind != TYPE_TUPLE) return NULL;
    Expr *fun = AS(CallExpr, e)->fun;
    Operand f = {.expr = fun, .type = fun->type};
    if (!f.type || f.type->kind != TYPE_FUNC || f.type->nresults != x->type->ntypes) return NULL;
    const FuncType *ft = declared_func_type(&f);
    if (!ft) ft = f.type->spelling;
    return ft && ft->results.n == x->type->ntypes ? ft : NULL;
}

static bool is_method_expr(const Operand *x) {
    const Expr *e = x->expr ? ast_unparen((Expr *)x->expr) : NULL;
    return e && e->kind == EXPR_SELECTOR && AS(SelectorExpr, e)->selection && AS(SelectorExpr, e)->selection->method_expr &&
           x->type->kind == TYPE_FUNC && x->type->nparams > 0;
}

/* put_method_expr writes the type of T.m: the receiver comes first, by its name where parameters have names. */
static void put_method_expr(Writer *w, const Operand *x) {
    const Selection *s = AS(SelectorExpr, ast_unparen((Expr *)x->expr))->selection;
    const FuncDecl *fd = s->obj && s->obj->info ? s->obj->info->fdecl : NULL;
    Type *t = x->type;
    const FuncType *ft = fd ? fd->type : s->type ? s->type->spelling : NULL;
    const FieldList *params = ft && ft->params.n + 1 == t->nparams ? &ft->params : NULL;
    const FieldList *results = ft && ft->results.n == t->nresults ? &ft->results : NULL;
    put(w, "func(");
    if (params && params->n && params->at[0].name) {
        put(w, fd && fd->recv && fd->recv->name ? fd->recv->name->name->text : "_");
        put(w, " ");
    }
    put_type(w, t->params[0]);
    if (t->nparams > 1) put(w, ", ");
    put_params(w, t->params + 1, t->nparams - 1, t->variadic, params);
    put(w, ")");
    if (t->nresults == 0) return;
    put(w, " ");
    bool paren = t->nresults > 1 || (results && results->at[0].name);
    if (paren) put(w, "(");
    put_params(w, t->results, t->nresults, false, results);
    if (paren) put(w, ")");
}

/* shown_as_alias: does x's type appear under the name of an alias? byte and rune don't count as such. */
static bool shown_as_alias(Checker *c, const Operand *x) {
    const Expr *te = spelled_type(c, x->expr);
    while (te && te->kind == EXPR_PAREN) te = AS(ParenExpr, te)->x;
    if (te && te->type != x->type) te = NULL;
    if (!te) return x->type == c->empty_iface && !c->says_interface;
    const Object *o = te->kind == EXPR_IDENT ? AS(Ident, te)->obj : te->kind == EXPR_SELECTOR ? AS(SelectorExpr, te)->sel->obj : NULL;
    return o && o->kind == OBJ_TYPE && o->is_alias && o != c->universe_byte && o != c->universe_rune && x->type->kind != TYPE_PARAM;
}

const char *opstr(Checker *c, const Operand *x) {
    if (x->mode == MODE_NIL) {
        if (!x->type || !is_valid(x->type)) return "nil (with invalid type)";
        if (x->type->kind == TYPE_UNTYPED_NIL) return "nil";
        return arena_printf(c->arena, "nil (of type %s)", tstr(c, x->type));
    }
    Writer w = {.c = c, .from = c->env.pkg};
    const char *expr = "";
    if (x->expr)
        expr = estr(c, x->expr);
    else if (x->mode == MODE_TYPE)
        expr = tstr(c, x->type);
    else if (x->mode == MODE_CONST)
        expr = const_print(c->arena, x->cv);
    if (*expr) {
        put(&w, expr);
        put(&w, " (");
    }
    bool typed = false;
    if (x->mode >= MODE_CONST && x->type) {
        if (is_untyped(x->type)) {
            put(&w, basic_names[x->type->kind]);
            put(&w, " ");
        } else {
            typed = true;
        }
    }
    put(&w, mode_names[x->mode]);
    if (x->mode == MODE_CONST) {
        const char *s = const_print(c->arena, x->cv);
        if (strcmp(s, expr) != 0) {
            put(&w, " ");
            put(&w, s);
        }
    }
    if (typed) {
        if (!is_valid(x->type)) {
            put(&w, " with invalid type");
        } else {
            put(&w, " of ");
            if (is_generic_named(x->type) || (x->type->kind == TYPE_FUNC && x->type->ntparams_f)) put(&w, "generic ");
            if (x->type->kind == TYPE_NAMED || shown_as_alias(c, x)) put(&w, structure_of(c, x->type));
            put(&w, "type ");
            const FuncType *ft = declared_func_type(x);
            const FuncType *of = called_func_type(x);
            if (ft && ft->e.type != x->type) {
                put(&w, "func");
                put_sig_named(&w, x->type, ft);
            } else if (ft) {
                put_spelled(&w, x->type, &ft->e);
            } else if (is_method_expr(x)) {
                put_method_expr(&w, x);
            } else if (of) {
                put(&w, "(");
                put_params(&w, x->type->types, x->type->ntypes, false, &of->results);
                put(&w, ")");
            } else {
                put_spelled(&w, x->type, spelled_type(c, x->expr));
            }
            if (x->type->kind == TYPE_PARAM) {
                put(&w, " constrained by ");
                put_constraint(&w, x->type);
                Type *b = type_constraint(c, x->type);
                if (b->has_terms && b->nterms == 0) put(&w, " with empty type set");
            }
        }
    }
    if (*expr) put(&w, ")");
    return finish(&w);
}

// build.c: builders of expressions and types, and the lists they are made of.
#include "syntax/build.h"
#include <string.h>

/* Lists grow on stacks of the parser; the innermost list is on top, because the grammar finishes an inner list before the outer one
 * gets its next item. A symbol that recovery throws away gives its list back (%destructor in parser.y). */

LVal l_new(Parser *p) { return (LVal){.start = p->items.n}; }

LVal l_add(Parser *p, LVal l, void *item, uint32_t h) {
    vec_push(NULL, &p->items, item);
    l.h = max2(l.h, h);
    return l;
}

LVal l_expr(Parser *p, LVal l, EVal x) { return l_add(p, l, x.x, x.h); }
LVal l_stmt(Parser *p, LVal l, SVal s) { return l_add(p, l, s.s, s.h); }
LVal l_decl(Parser *p, LVal l, DVal d) { return l_add(p, l, d.d, d.h); }
LVal l_max(LVal l, uint32_t h) { return (LVal){l.start, max2(l.h, h)}; }

static LVal insert_first(Parser *p, LVal l, void *first, uint32_t h) {
    l = l_add(p, l, first, h);
    void **at = p->items.at + l.start;
    memmove(at + 1, at, (p->items.n - 1 - l.start) * sizeof *at);
    at[0] = first;
    return l;
}

LVal l_insert(Parser *p, LVal l, EVal first) { return insert_first(p, l, first.x, first.h); }
LVal l_insert_ident(Parser *p, LVal l, Ident *first) { return insert_first(p, l, first, 1); }

void *list_take(Parser *p, LVal l, uint32_t *n) {
    *n = p->items.n - l.start;
    p->items.n = l.start;
    if (*n == 0) return NULL;
    void **out = ARENA_ARRAY(p->a, void *, *n);
    memcpy(out, p->items.at + l.start, *n * sizeof *out);
    return out;
}

static Field *take_fields(Parser *p, LVal l, uint32_t *n) {
    *n = p->fields.n - l.start;
    p->fields.n = l.start;
    if (*n == 0) return NULL;
    Field *out = ARENA_ARRAY(p->a, Field, *n);
    memcpy(out, p->fields.at + l.start, *n * sizeof *out);
    return out;
}

/* ---- expressions ---- */

// Finishes an expression of height h; too high a tree is cut off here.
static EVal done(Parser *p, void *x, uint32_t h) {
    if (UNLIKELY(h > AST_MAX_DEPTH)) {
        Pos pos = ((Expr *)x)->pos;
        report_deep(p, pos);
        return (EVal){(Expr *)NODE_NEW(p, BadExpr, pos), 1};
    }
    if (UNLIKELY(h > p->sx->depth)) p->sx->depth = h;
    return (EVal){x, h};
}

// The same for a node that others cast to: it stays, without its parts. Says whether it was too high.
static bool too_high(Parser *p, Pos pos, uint32_t *h) {
    if (UNLIKELY(*h > p->sx->depth)) p->sx->depth = *h;
    if (LIKELY(*h <= AST_MAX_DEPTH)) return false;
    report_deep(p, pos);
    *h = 1;
    return true;
}

EVal no_expr(void) { return (EVal){0}; }

Ident *mk_ident(Parser *p, Pos pos, const Name *name) {
    Ident *id = NODE_NEW(p, Ident, pos);
    id->name = name;
    return id;
}

EVal mk_name(Parser *p, Pos pos, const Name *name) { return (EVal){(Expr *)mk_ident(p, pos, name), 1}; }

static BasicLit *mk_lit(Parser *p, Pos pos, Literal lit) {
    BasicLit *b = NODE_NEW(p, BasicLit, pos);
    b->text = lit.text;
    b->len = lit.len;
    b->lit = lit.kind;
    b->bad = lit.bad;
    return b;
}

EVal mk_basic(Parser *p, Pos pos, Literal lit) { return (EVal){(Expr *)mk_lit(p, pos, lit), 1}; }

EVal mk_binary(Parser *p, Oper op, Pos pos, EVal x, EVal y) {
    BinaryExpr *b = NODE_NEW(p, BinaryExpr, pos);
    b->op = op;
    b->x = x.x;
    b->y = y.x;
    return done(p, b, max2(x.h, y.h) + 1);
}

EVal mk_unary(Parser *p, Oper op, Pos pos, EVal x) {
    UnaryExpr *u = NODE_NEW(p, UnaryExpr, pos);
    u->op = op;
    u->x = x.x;
    return done(p, u, x.h + 1);
}

EVal mk_star(Parser *p, Pos pos, EVal x) {
    StarExpr *s = NODE_NEW(p, StarExpr, pos);
    s->x = x.x;
    return done(p, s, x.h + 1);
}

/* mk_recv builds <-x. Where x is a channel type this is a type after all, and the arrow belongs to the leftmost `chan`:
 * <-chan T, and <-chan<- chan T is <-chan (<-chan T). */
EVal mk_recv(Parser *p, Pos pos, EVal x) {
    if (x.x->kind != EXPR_CHAN_TYPE) return mk_unary(p, OPER_RECV, pos, x);
    ChanType *c = AS(ChanType, x.x);
    for (ChanType *t = c;;) {
        if (t->dir == CHAN_RECV) {
            syntax_errorf(p, t->e.pos, "unexpected <-, expected chan");
            break;
        }
        bool arrow_moves_on = t->dir == CHAN_SEND;
        t->dir = CHAN_RECV;
        if (!arrow_moves_on) break;
        if (t->elem->kind != EXPR_CHAN_TYPE) {
            syntax_errorf(p, t->elem->pos, "unexpected %s, expected chan", ast_expr_string(p->a, t->elem));
            break;
        }
        t = AS(ChanType, t->elem);
    }
    c->e.pos = pos;
    return x;
}

EVal mk_paren(Parser *p, Pos pos, EVal x, Pos rparen) {
    ParenExpr *e = NODE_NEW(p, ParenExpr, pos);
    e->x = x.x;
    e->rparen = rparen;
    return done(p, e, x.h + 1);
}

EVal mk_selector(Parser *p, EVal x, Pos dot, Pos selpos, const Name *sel) {
    SelectorExpr *s = NODE_NEW(p, SelectorExpr, dot);
    s->x = x.x;
    s->sel = mk_ident(p, selpos, sel);
    return done(p, s, x.h + 1);
}

EVal mk_index(Parser *p, EVal x, Pos lbrack, LVal index, bool comma, Pos rbrack) {
    IndexExpr *e = NODE_NEW(p, IndexExpr, lbrack);
    e->x = x.x;
    e->index = list_take(p, index, &e->nindex);
    e->trailing_comma = comma;
    e->rbrack = rbrack;
    return done(p, e, max2(x.h, index.h) + 1);
}

EVal mk_slice(Parser *p, EVal x, Pos lbrack, EVal lo, EVal hi, EVal max, Pos colon2, Pos rbrack) {
    SliceExpr *e = NODE_NEW(p, SliceExpr, lbrack);
    e->x = x.x;
    e->lo = lo.x;
    e->hi = hi.x;
    e->max = max.x;
    e->full = colon2 != POS_NONE;
    e->rbrack = rbrack;
    if (e->full && !e->hi) {
        diag_at(p->sx->diags, colon2, E_SYNTAX, "middle index required in 3-index slice");
        e->hi = (Expr *)NODE_NEW(p, BadExpr, colon2);
    }
    if (e->full && !e->max) {
        diag_at(p->sx->diags, rbrack, E_SYNTAX, "final index required in 3-index slice");
        e->max = (Expr *)NODE_NEW(p, BadExpr, rbrack);
    }
    return done(p, e, max2(max2(x.h, lo.h), max2(hi.h, max.h)) + 1);
}

EVal mk_assert(Parser *p, EVal x, Pos dot, EVal type, Pos rparen) {
    TypeAssertExpr *e = NODE_NEW(p, TypeAssertExpr, dot);
    e->x = x.x;
    e->atype = type.x;
    e->rparen = rparen;
    return done(p, e, max2(x.h, type.h) + 1);
}

ArgsVal no_args(Parser *p) { return (ArgsVal){.l = l_new(p)}; }

ArgsVal args(Parser *p, LVal l, Pos dots, bool comma) { return (ArgsVal){l, dots, comma}; }

EVal mk_call(Parser *p, EVal fun, Pos lparen, ArgsVal a, Pos rparen) {
    CallExpr *e = NODE_NEW(p, CallExpr, lparen);
    e->fun = fun.x;
    e->args = list_take(p, a.l, &e->nargs);
    e->dots = a.dots;
    e->trailing_comma = a.comma;
    e->rparen = rparen;
    return done(p, e, max2(fun.h, a.l.h) + 1);
}

// Can x in x[...] or T[x]{ only be a value? Then no composite literal follows.
static bool is_value(const Expr *x) {
    for (;;) {
        switch (x->kind) {
        case EXPR_LIT:
        case EXPR_COMPOSITE:
        case EXPR_FUNC_LIT:
        case EXPR_SLICE:
        case EXPR_TYPE_ASSERT:
        case EXPR_CALL:
        case EXPR_UNARY:
        case EXPR_BINARY: return true;
        case EXPR_PAREN: x = AS(ParenExpr, x)->x; break;
        case EXPR_INDEX:
            if (is_value(AS(IndexExpr, x)->index[0])) return true;
            x = AS(IndexExpr, x)->x;
            break;
        default: return false;
        }
    }
}

EVal mk_composite(Parser *p, EVal type, EVal lit) {
    CompositeLit *c = AS(CompositeLit, lit.x);
    if (type.x->kind == EXPR_INDEX && is_value(type.x))
        syntax_errorf(p, c->e.pos, "unexpected { at end of statement");
    c->ltype = type.x;
    return done(p, c, max2(type.h + 1, lit.h));
}

EVal mk_litval(Parser *p, Pos lbrace, const LVal *elems, bool comma, Pos rbrace) {
    CompositeLit *c = NODE_NEW(p, CompositeLit, lbrace);
    if (elems) c->elems = list_take(p, *elems, &c->nelems);
    for (uint32_t i = 0; i < c->nelems; i++) c->nkeys += c->elems[i]->kind == EXPR_KEY_VALUE;
    c->trailing_comma = comma;
    c->rbrace = rbrace;
    uint32_t h = (elems ? elems->h : 0) + 1;
    if (too_high(p, lbrace, &h)) c->nelems = c->nkeys = 0;
    return (EVal){&c->e, h};
}

EVal mk_keyvalue(Parser *p, Pos colon, EVal k, EVal v) {
    KeyValueExpr *e = NODE_NEW(p, KeyValueExpr, colon);
    e->key = k.x;
    e->value = v.x;
    return done(p, e, max2(k.h, v.h) + 1);
}

EVal mk_funclit(Parser *p, EVal type, SVal body) {
    FuncLit *f = NODE_NEW(p, FuncLit, type.x->pos);
    f->ftype = AS(FuncType, type.x);
    f->body = AS(BlockStmt, body.s);
    return done(p, f, max2(type.h, body.h) + 1);
}

/* ---- types ---- */

EVal mk_array(Parser *p, Pos pos, EVal len, EVal elem) {
    ArrayType *t = NODE_NEW(p, ArrayType, pos);
    t->len = len.x;
    t->elem = elem.x;
    return done(p, t, max2(len.h, elem.h) + 1);
}

EVal mk_slicetype(Parser *p, Pos pos, EVal elem) {
    SliceType *t = NODE_NEW(p, SliceType, pos);
    t->elem = elem.x;
    return done(p, t, elem.h + 1);
}

EVal mk_dots(Parser *p, Pos pos, EVal elem) {
    DotsType *t = NODE_NEW(p, DotsType, pos);
    t->elem = elem.x;
    return done(p, t, elem.h + 1);
}

EVal mk_map(Parser *p, Pos pos, EVal k, EVal v) {
    MapType *t = NODE_NEW(p, MapType, pos);
    t->key = k.x;
    t->value = v.x;
    return done(p, t, max2(k.h, v.h) + 1);
}

EVal mk_chan(Parser *p, Pos pos, ChanDir dir, EVal elem) {
    ChanType *t = NODE_NEW(p, ChanType, pos);
    t->dir = dir;
    t->elem = elem.x;
    return done(p, t, elem.h + 1);
}

EVal mk_struct(Parser *p, Pos pos, Pos lbrace, LVal fields, Pos rbrace) {
    StructType *t = NODE_NEW(p, StructType, pos);
    t->fields.at = take_fields(p, fields, &t->fields.n);
    t->fields.open = lbrace;
    t->fields.close = rbrace;
    return done(p, t, fields.h + 1);
}

EVal mk_interface(Parser *p, Pos pos, Pos lbrace, LVal elems, Pos rbrace) {
    InterfaceType *t = NODE_NEW(p, InterfaceType, pos);
    t->elems.at = take_fields(p, elems, &t->elems.n);
    t->elems.open = lbrace;
    t->elems.close = rbrace;
    return done(p, t, elems.h + 1);
}

EVal mk_functype(Parser *p, Pos pos, Pos lparen, FieldsVal in, Pos rparen, Pos respos, FieldsVal out) {
    FuncType *t = NODE_NEW(p, FuncType, pos);
    t->params = (FieldList){in.at, in.n, lparen, rparen};
    t->results = (FieldList){out.at, out.n, out.close ? respos : POS_NONE, out.close};
    for (uint32_t i = 0; i < out.n; i++)
        if (out.at[i].type->kind == EXPR_DOTS_TYPE)
            diag_at(p->sx->diags, out.at[i].type->pos, E_SYNTAX, "invalid use of ...");
    uint32_t h = max2(in.h, out.h) + 1;
    if (too_high(p, pos, &h)) t->params.n = t->results.n = 0;
    return (EVal){&t->e, h};
}

/* ---- fields of structs and interfaces ---- */

LVal field_list(Parser *p) { return (LVal){.start = p->fields.n}; }

static BasicLit *mk_tag(Parser *p, Pos pos, Literal tag) { return tag.text ? mk_lit(p, pos, tag) : NULL; }

uint32_t fields_named(Parser *p, LVal names, EVal type, Pos tagpos, Literal tag) {
    BasicLit *t = mk_tag(p, tagpos, tag);
    for (uint32_t i = names.start; i < p->items.n; i++) {
        Ident *name = p->items.at[i];
        Field f = {.pos = name->e.pos, .name = name, .type = type.x, .tag = t};
        vec_push(NULL, &p->fields, f);
    }
    p->items.n = names.start;
    return type.h;
}

uint32_t field_embedded(Parser *p, EVal type, Pos tagpos, Literal tag) {
    Field f = {.pos = ast_first(type.x), .embedded = true, .type = type.x, .tag = mk_tag(p, tagpos, tag)};
    vec_push(NULL, &p->fields, f);
    return type.h;
}

uint32_t field_paren(Parser *p, Pos lparen) {
    syntax_errorf(p, lparen, "cannot parenthesize embedded type");
    return 0;
}

uint32_t elem_method(Parser *p, Pos pos, const Name *name, EVal sig) {
    Field f = {.pos = pos, .name = mk_ident(p, pos, name), .type = sig.x};
    vec_push(NULL, &p->fields, f);
    return sig.h;
}

uint32_t elem_embedded(Parser *p, EVal type) {
    Field f = {.pos = ast_first(type.x), .embedded = true, .type = type.x};
    vec_push(NULL, &p->fields, f);
    return type.h;
}

/* ---- parameters ---- */

LVal param_list(Parser *p) { return (LVal){.start = p->params.n}; }

LVal param_add(Parser *p, LVal l, ParamVal v) {
    vec_push(NULL, &p->params, v);
    return l_max(l, v.h);
}

ParamVal mk_param(Parser *p, Pos pos, const Name *name, EVal type) {
    return (ParamVal){name ? mk_ident(p, pos, name) : NULL, type.x, type.h};
}

/* Tells names and types apart, as Go does: in `a, b T` what stands alone before a typed entry is a name. Without any typed entry all
 * are types, but for type parameters, which must have names. close is the place of the closing bracket. */
static FieldsVal distribute(Parser *p, LVal l, Pos close, bool need_names) {
    ParamVal *at = p->params.at + l.start;
    uint32_t n = p->params.n - l.start, named = 0, typed = 0;
    p->params.n = l.start;
    Field *out = ARENA_ARRAY(p->a, Field, n);
    for (uint32_t i = 0; i < n; i++) {
        bool lone_name = !at[i].name && at[i].type->kind == EXPR_IDENT;
        named += at[i].name != NULL;
        typed += !lone_name;
    }
    bool all_types = named == 0 && !need_names;
    Expr *type = NULL;  // of the entry to the right
    Pos bad = POS_NONE;
    for (uint32_t i = n; i-- > 0;) {
        Field *f = &out[i];
        if (all_types) {
            f->type = at[i].type;
        } else if (at[i].name) {
            f->name = at[i].name;
            f->type = type = at[i].type;
        } else if (at[i].type->kind != EXPR_IDENT) {
            f->type = type = at[i].type;
            bad = ast_start(type);
            f->name = mk_ident(p, bad, intern_cstr(p->sx->names, "_"));
        } else {
            f->name = AS(Ident, at[i].type);
            f->type = type;
            if (!type) {
                bad = f->name->e.pos;
                f->type = (Expr *)NODE_NEW(p, BadExpr, bad);
            }
        }
        f->pos = f->name ? f->name->e.pos : ast_first(f->type);
    }
    if (bad) {
        // with named == typed the last ones have no type, else one has a type only
        if (!need_names)
            syntax_errorf(p, named == typed ? close : bad, "missing parameter %s", named == typed ? "type" : "name");
        else if (named == typed)
            syntax_errorf(p, close, "missing type constraint");
        else
            syntax_errorf(p, bad, "missing type parameter name%s", n == 1 ? " or invalid array length" : "");
    }
    return (FieldsVal){out, n, l.h, close};
}

static void check_dots(Parser *p, const FieldsVal *f) {
    for (uint32_t i = 0; i + 1 < f->n; i++)
        if (f->at[i].type->kind == EXPR_DOTS_TYPE)
            diag_at(p->sx->diags, f->at[i].type->pos, E_SYNTAX, "can only use ... with final parameter");
}

FieldsVal no_fields(void) { return (FieldsVal){0}; }

FieldsVal params(Parser *p, LVal l) {
    FieldsVal f = distribute(p, l, p->pos, false);
    check_dots(p, &f);
    f.close = POS_NONE;
    return f;
}

FieldsVal one_result(Parser *p, EVal type) {
    Field *f = ARENA_NEW(p->a, Field);
    f->pos = ast_first(type.x);
    f->type = type.x;
    return (FieldsVal){f, 1, type.h, POS_NONE};
}

FieldsVal tparams(Parser *p, LVal list, Pos close) { return distribute(p, list, close, true); }

FieldsVal tparams_empty(Parser *p, Pos close) {
    syntax_errorf(p, close, "empty type parameter list");
    return (FieldsVal){.close = close};
}

// Puts v before the list of the other parameters (NULL: there are none).
static FieldsVal with_first(Parser *p, ParamVal v, const LVal *rest, Pos close) {
    LVal l = rest ? *rest : param_list(p);
    l = param_add(p, l, v);
    ParamVal *at = p->params.at + l.start;
    memmove(at + 1, at, (p->params.n - 1 - l.start) * sizeof *at);
    at[0] = v;
    return distribute(p, l, close, true);
}

FieldsVal tparams_first(Parser *p, Pos namepos, const Name *name, EVal con, const LVal *rest, Pos close) {
    return with_first(p, mk_param(p, namepos, name, con), rest, close);
}

// Is x something that only a type can be (so that `P *x` is a parameter with a constraint, not a product)?
static bool is_type_elem(const Expr *x) {
    for (;;) {
        switch (x->kind) {
        case EXPR_ARRAY_TYPE:
        case EXPR_SLICE_TYPE:
        case EXPR_STRUCT_TYPE:
        case EXPR_FUNC_TYPE:
        case EXPR_INTERFACE_TYPE:
        case EXPR_MAP_TYPE:
        case EXPR_CHAN_TYPE: return true;
        case EXPR_BINARY:
            if (is_type_elem(AS(BinaryExpr, x)->y)) return true;
            x = AS(BinaryExpr, x)->x;
            break;
        case EXPR_UNARY:
            if (AS(UnaryExpr, x)->op == OPER_TILDE) return true;
            x = AS(UnaryExpr, x)->x;
            break;
        case EXPR_STAR: x = AS(StarExpr, x)->x; break;
        case EXPR_PAREN: x = AS(ParenExpr, x)->x; break;
        default: return false;
        }
    }
}

/* Splits an expression that was read where both an array length and a type parameter could stand: `P *C` is P with the constraint
 * *C, `P (C)` is P with (C), `P *A|B` has the union *A|B. Without force only when C is certainly a type. */
static bool split_tparam(Parser *p, Expr *x, bool force, ParamVal *out) {
    if (x->kind == EXPR_IDENT) {
        *out = (ParamVal){NULL, x, 1};
        return force;
    }
    if (x->kind == EXPR_CALL) {
        CallExpr *c = AS(CallExpr, x);
        if (c->fun->kind != EXPR_IDENT || c->nargs != 1 || c->dots) return false;
        if (!force && !is_type_elem(c->args[0])) return false;
        EVal type = mk_paren(p, c->e.pos, (EVal){c->args[0], 1}, c->rparen);
        *out = (ParamVal){AS(Ident, c->fun), type.x, type.h};
        return true;
    }
    if (x->kind != EXPR_BINARY) return false;
    // the leftmost product of a chain of unions
    BinaryExpr *b = AS(BinaryExpr, x), *outer = NULL;
    while (b->op == OPER_OR && (b->x->kind == EXPR_BINARY || b->x->kind == EXPR_CALL)) {
        force = force || is_type_elem(b->y);
        outer = b;
        if (b->x->kind == EXPR_CALL) {
            ParamVal inner;
            if (!split_tparam(p, b->x, force, &inner)) return false;
            b->x = inner.type;
            *out = (ParamVal){inner.name, x, 1};
            return true;
        }
        b = AS(BinaryExpr, b->x);
    }
    if (b->op != OPER_MUL || b->x->kind != EXPR_IDENT || (!force && !is_type_elem(b->y))) return false;
    EVal star = mk_star(p, b->e.pos, (EVal){b->y, 1});
    if (outer) outer->x = star.x;
    *out = (ParamVal){AS(Ident, b->x), outer ? x : star.x, 1};
    return true;
}

FieldsVal tparams_split(Parser *p, EVal first, const LVal *rest, Pos close) {
    ParamVal v;
    if (!split_tparam(p, first.x, true, &v)) {
        // no name: distribute reports it
        v = (ParamVal){NULL, first.x, first.h};
    }
    v.h = first.h;
    return with_first(p, v, rest, close);
}

/* ---- declarations ---- */

void package_clause(Parser *p, Pos pos, Pos namepos, const Name *name) {
    p->file->package_pos = pos;
    p->file->pkg_name = mk_ident(p, namepos, name);
    p->lx.head = false;
}

void top_decl(Parser *p, Decl *d, bool script) {
    vec_push(p->a, &p->decls, d);
    if (script) {
        DeclStmt *s = NODE_NEW(p, DeclStmt, d->pos);
        s->decl = d;
        vec_push(p->a, &p->stmts, (Stmt *)s);
    }
    bool import = d->kind == DECL_GEN && AS(GenDecl, d)->tok == GEN_IMPORT;
    if (!import) {
        p->other_decl = true;
    } else if (p->other_decl && !script) {
        syntax_errorf(p, d->pos, "imports must appear before other declarations");
    }
}

void top_stmt(Parser *p, Stmt *s) {
    if (s->kind == STMT_EMPTY) return;
    vec_push(p->a, &p->stmts, s);
    if (s->kind == STMT_DECL) vec_push(p->a, &p->decls, AS(DeclStmt, s)->decl);
}

void body_done(Parser *p, SVal block) {
    p->body_of->body = AS(BlockStmt, block.s);
}

const Name *dot_name(Parser *p) { return intern(p->sx->names, ".", 1); }

DVal import_spec(Parser *p, Pos pos, const Name *alias, Pos pathpos, Literal path) {
    ImportSpec *s = NODE_NEW(p, ImportSpec, pos);
    if (alias) s->alias = mk_ident(p, pos, alias);
    s->path_lit = mk_lit(p, pathpos, path);
    uint32_t n = path.len >= 2 ? path.len - 2 : 0;
    s->path = intern(p->sx->names, path.text + 1, path.bad ? 0 : n);
    vec_push(p->a, &p->imports, s);
    return (DVal){&s->d, 1};
}

DVal import_bad(Parser *p, Pos pos) {
    syntax_errorf(p, pos, "import path must be a string");
    return (DVal){(Decl *)NODE_NEW(p, BadDecl, pos), 1};
}

static GenDecl *mk_gen(Parser *p, Pos pos, GenTok tok, uint32_t nspecs) {
    GenDecl *g = NODE_NEW(p, GenDecl, pos);
    g->tok = tok;
    g->nspecs = nspecs;
    return g;
}

// Tells the specs of a group where they belong; constants learn their iota and whose values they repeat.
static void own_specs(GenDecl *g) {
    ConstSpec *source = NULL;
    for (uint32_t i = 0; i < g->nspecs; i++) {
        Decl *d = g->specs[i];
        switch (d->kind) {
        case DECL_IMPORT: AS(ImportSpec, d)->gen = g; break;
        case DECL_TYPE: AS(TypeSpec, d)->gen = g; break;
        case DECL_VAR: AS(VarSpec, d)->gen = g; break;
        case DECL_CONST: {
            ConstSpec *c = AS(ConstSpec, d);
            c->gen = g;
            c->iota = i;
            if (c->type || c->nvalues) source = c;
            c->source = source;
            break;
        }
        default: break;
        }
    }
}

DVal gen_one(Parser *p, Pos pos, GenTok tok, DVal spec) {
    GenDecl *g = mk_gen(p, pos, tok, 1);
    g->specs = ARENA_NEW(p->a, Decl *);
    g->specs[0] = spec.d;
    own_specs(g);
    return (DVal){&g->d, spec.h + 1};
}

DVal gen_group(Parser *p, Pos pos, GenTok tok, Pos lparen, LVal specs, Pos rparen) {
    GenDecl *g = mk_gen(p, pos, tok, 0);
    g->specs = list_take(p, specs, &g->nspecs);
    g->lparen = lparen;
    g->rparen = rparen;
    own_specs(g);
    return (DVal){&g->d, specs.h + 1};
}

DVal value_spec(Parser *p, bool is_const, Pos pos, LVal names, const EVal *type, const LVal *values) {
    uint32_t n, nvalues = 0, h = names.h;
    Expr **v = NULL;
    if (values) {
        v = list_take(p, *values, &nvalues);
        h = max2(h, values->h);
    }
    Ident **at = list_take(p, names, &n);
    if (type) h = max2(h, type->h);
    if (is_const) {
        ConstSpec *s = NODE_NEW(p, ConstSpec, pos);
        s->names = at;
        s->nnames = n;
        s->type = type ? type->x : NULL;
        s->values = v;
        s->nvalues = nvalues;
        return (DVal){&s->d, h + 1};
    }
    VarSpec *s = NODE_NEW(p, VarSpec, pos);
    s->names = at;
    s->nnames = n;
    s->type = type ? type->x : NULL;
    s->values = v;
    s->nvalues = nvalues;
    return (DVal){&s->d, h + 1};
}

DVal type_spec(Parser *p, Pos pos, const Name *name, Pos lbrack, const FieldsVal *tparams, Pos assign, EVal type) {
    TypeSpec *s = NODE_NEW(p, TypeSpec, pos);
    s->name = mk_ident(p, pos, name);
    s->type = type.x;
    s->assign = assign;
    s->alias = assign != POS_NONE;
    uint32_t h = type.h;
    FieldsVal split;
    if (!tparams && !assign && type.x->kind == EXPR_ARRAY_TYPE) {
        // `type T[P *[]int] E` was read as an array of P*[]int Es
        ArrayType *a = AS(ArrayType, type.x);
        ParamVal v;
        if (a->len && split_tparam(p, a->len, false, &v)) {
            v.h = type.h;
            split = with_first(p, v, NULL, ast_end(a->len));
            tparams = &split;
            lbrack = a->e.pos;
            s->type = a->elem;
        }
    }
    if (tparams) {
        s->tparams = (FieldList){tparams->at, tparams->n, lbrack, tparams->close};
        h = max2(h, tparams->h);
    }
    return (DVal){&s->d, h + 1};
}

BodyVal no_body(void) { return (BodyVal){0}; }

BodyVal body_of_block(SVal block) {
    BlockStmt *b = AS(BlockStmt, block.s);
    return (BodyVal){b, b->s.pos, b->rbrace, block.h};
}

DVal func_decl(Parser *p, Pos func, Pos recvpos, const FieldsVal *recv, Pos namepos, const Name *name, Pos tpos, FieldsVal tp,
               EVal sig, BodyVal body) {
    FuncDecl *f = NODE_NEW(p, FuncDecl, recv ? recvpos : namepos);
    f->func_pos = func;
    f->file = p->file;
    f->name = mk_ident(p, namepos, name);
    f->tparams = (FieldList){tp.at, tp.n, tp.n ? tpos : POS_NONE, tp.close};
    if (recv) {
        f->recv_list = (FieldList){recv->at, recv->n, recvpos, recv->close};
        if (recv->n == 1)
            f->recv = recv->at;
        else
            diag_at(p->sx->diags, namepos, E_SYNTAX, recv->n ? "method has multiple receivers" : "method has no receiver");
        if (recv->n > 1) f->recv = recv->at;
    }
    uint32_t h = max2(sig.h, body.h);
    f->type = AS(FuncType, sig.x);
    f->body = body.block;
    f->body_start = body.start;
    f->body_end = body.end;
    return (DVal){&f->d, max2(h, max2(tp.h, recv ? recv->h : 0)) + 1};
}

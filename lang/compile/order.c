/* order.c: what of a statement is evaluated before the rest.
 *
 * The language orders calls, receives and logical operators, but leaves open when variables are read beside them. Go's compiler evaluates the calls of
 * a statement in order into temporaries, and reads memory behind them; programs have come to depend on it. Here a statement is evaluated from left to
 * right as it stands as long as nobody could tell the difference. When memory is read before a call (p.x + f()), all that Go evaluates in
 * order comes first: each such node gets its value in a temporary, Expr.hoisted is set, and whoever compiles the node finds it.
 *
 * A node that is evaluated in order (a *step*) orders its own operands when its turn comes, so no node is looked at twice. Hoisted values live until
 * their statement ends; the list is a stack, since bodies of inlined calls are statements inside statements. */
#include "compile/compile_impl.h"

enum { STEPS_MAX = 4096 };  // beyond this a statement is evaluated as it stands

typedef struct Order {
    Fn *f;
    bool read;       // something was read that a call might change, or may panic
    bool need;       // a call comes behind it
    bool hoist;      // second pass: steps get temporaries
    bool done;       // the last call was
    bool exact;      // what may panic counts as a call; not worth a copy per argument
    uint32_t nsteps;
    Expr *last;      // step with the last call
} Order;

static void value(Order *o, Expr *e, TInfo *want);
static void address(Order *o, Expr *e);

static bool has_calls(Expr *e);

// Is there a call of a function in e, a receive, or a builtin that changes memory? Asked again and again for parts of the same tree.
static bool calls(Expr *e) {
    if (!e || e->cv || e->mode == MODE_TYPE)
        return false;
    if (!e->calls)
        e->calls = has_calls(e) ? 2 : 1;
    return e->calls == 2;
}

static bool has_calls(Expr *e) {
    switch (e->kind) {
    case EXPR_PAREN: return calls(((ParenExpr *)e)->x);
    case EXPR_SELECTOR: return calls(((SelectorExpr *)e)->x);
    case EXPR_STAR: return calls(((StarExpr *)e)->x);
    case EXPR_UNARY: return ((UnaryExpr *)e)->op == OPER_RECV || calls(((UnaryExpr *)e)->x);
    case EXPR_BINARY: return calls(((BinaryExpr *)e)->y) || calls(((BinaryExpr *)e)->x);
    case EXPR_TYPE_ASSERT: return calls(((TypeAssertExpr *)e)->x);
    case EXPR_KEY_VALUE: return calls(((KeyValueExpr *)e)->key) || calls(((KeyValueExpr *)e)->value);
    case EXPR_INDEX: return calls(((IndexExpr *)e)->x) || (((IndexExpr *)e)->nindex == 1 && calls(((IndexExpr *)e)->index[0]));
    case EXPR_SLICE: {
        SliceExpr *x = (SliceExpr *)e;
        return calls(x->x) || calls(x->lo) || calls(x->hi) || calls(x->max);
    }
    case EXPR_COMPOSITE: {
        CompositeLit *x = (CompositeLit *)e;
        for (uint32_t i = 0; i < x->nelems; i++) {
            if (calls(x->elems[i]))
                return true;
        }
        return false;
    }
    case EXPR_CALL: {
        CallExpr *x = (CallExpr *)e;
        if (x->call != CALL_CONVERSION && (x->call != CALL_BUILTIN || x->builtin == BUILTIN_APPEND || x->builtin == BUILTIN_COPY))
            return true;
        for (uint32_t i = 0; i < x->nargs; i++) {
            if (calls(x->args[i]))
                return true;
        }
        return false;
    }
    default: return false;
    }
}

static void hoist(Order *o, Expr *e) {
    Fn *f = o->f;
    f->free_header = NOWHERE;
    Hoisted h = {e, ex(f, e)};
    vec_push(f->arena, &f->hoisted, h);
    e->hoisted = true;
    o->done |= e == o->last;
}

static void step(Order *o, Expr *e) {
    if (o->hoist) {
        hoist(o, e);
        return;
    }
    o->nsteps++;
    if (!(o->exact && o->read && (e->kind == EXPR_SLICE || e->kind == EXPR_TYPE_ASSERT)) && !calls(e))
        return;
    o->last = e;
    o->need |= o->read;
}

// Types that pointers are stored as in an interface: their assertion is a comparison and nothing else.
static bool is_pointer_shaped(Order *o, TInfo *t) {
    switch (t->kind) {
    case KIND_POINTER: case KIND_CHAN: case KIND_MAP: case KIND_FUNC: case KIND_UNSAFE_POINTER: return true;
    case KIND_STRUCT: return t->under->nfields == 1 && is_pointer_shaped(o, ti_field(o->f->c, t, 0));
    case KIND_ARRAY: return t->under->len == 1 && is_pointer_shaped(o, ti_elem(o->f->c, t));
    default: return false;
    }
}

static bool path_reads(const Selection *s) {
    for (uint32_t i = 0; i < s->npath; i++) {
        if (s->path[i].deref)
            return true;
    }
    return false;
}

static bool is_addressable(Order *o, Expr *e) {
    e = ast_unparen(e);
    switch (e->kind) {
    case EXPR_IDENT: case EXPR_STAR: return true;
    case EXPR_SELECTOR: {
        SelectorExpr *x = (SelectorExpr *)e;
        return x->selection->kind == SEL_QUALIFIED || path_reads(x->selection) || is_addressable(o, x->x);
    }
    case EXPR_INDEX: {
        TInfo *t = tof(o->f, ((IndexExpr *)e)->x);
        return t->kind == KIND_SLICE || t->kind == KIND_POINTER || (t->kind == KIND_ARRAY && is_addressable(o, ((IndexExpr *)e)->x));
    }
    default: return false;
    }
}

/* Values that become interfaces through their address are copied in order when they have none yet: all but words without pointers, what is a
 * string or a slice, and pointers. */
static bool copied_to_iface(Order *o, Expr *e) {
    Compiler *c = o->f->c;
    TInfo *t = tof(o->f, e);
    if (ti_is_iface(t) || is_addressable(o, e))
        return false;
    while ((t->kind == KIND_STRUCT && t->under->nfields == 1) || (t->kind == KIND_ARRAY && t->under->len == 1))
        t = t->kind == KIND_STRUCT ? ti_field(c, t, 0) : ti_elem(c, t);
    if (t->kind == KIND_STRING || t->kind == KIND_SLICE || is_pointer_shaped(o, t))
        return false;
    return t->gc_period || (t->size != 2 && t->size != 4 && t->size != 8) || t->align != t->size;
}

static void list(Order *o, Expr **at, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        value(o, at[i], NULL);
}

static void composite_parts(Order *o, CompositeLit *lit) {
    Fn *f = o->f;
    TInfo *t = o->hoist ? tof(f, &lit->e) : NULL;
    if (t && t->kind == KIND_POINTER)
        t = ti_elem(f->c, t);
    for (uint32_t i = 0; i < lit->nelems; i++) {
        Expr *v = lit->elems[i];
        TInfo *want = NULL;
        if (t && t->kind != KIND_STRUCT)
            want = ti_elem(f->c, t);
        uint32_t field = i;
        if (v->kind == EXPR_KEY_VALUE) {
            const Expr *key = ((KeyValueExpr *)v)->key;
            v = ((KeyValueExpr *)v)->value;
            if (t && t->kind == KIND_STRUCT)
                field = ti_field_named(t, ((const Ident *)key)->name, i);
        }
        if (t && t->kind == KIND_STRUCT)
            want = ti_field(f->c, t, field);
        value(o, v, want);
    }
}

static bool is_map_type(Fn *f, Expr *e) { return tof(f, e)->kind == KIND_MAP; }

static void call_value(Order *o, CallExpr *x) {
    Fn *f = o->f;
    if (x->call == CALL_CONVERSION) {
        TInfo *to = tof(f, &x->e);
        if (to->kind == KIND_SLICE && !expr_is_nil(f, x->args[0]) && tof(f, x->args[0])->kind == KIND_STRING) {
            step(o, &x->e);
            return;
        }
        value(o, x->args[0], to);
        o->read |= to->kind == KIND_STRING || to->kind == KIND_ARRAY || to->kind == KIND_POINTER;
        return;
    }
    if (x->call == CALL_BUILTIN && x->builtin >= BUILTIN_UNSAFE_ADD) {
        if (x->builtin != BUILTIN_UNSAFE_SIZEOF && x->builtin != BUILTIN_UNSAFE_ALIGNOF && x->builtin != BUILTIN_UNSAFE_OFFSETOF)
            list(o, x->args, x->nargs);
        return;
    }
    step(o, &x->e);
}

// What a method is called on: with want_addr only its place is wanted.
static void receiver(Order *o, Expr *x, const Selection *s) {
    if (s->want_addr && tof(o->f, x)->kind != KIND_POINTER)
        address(o, x);
    else
        value(o, x, NULL);
    for (uint32_t i = s->want_addr; i < s->npath; i++)
        o->read |= s->path[i].deref;
    o->read |= s->want_deref;
}

// Operands of operators; arrays and structs are compared through their addresses.
static void compared(Order *o, Expr *e) {
    value(o, e, NULL);
    e = ast_unparen(e);
    if (!o->hoist || o->done || e->hoisted || expr_is_nil(o->f, e))
        return;
    TInfo *t = tof(o->f, e);
    if ((t->kind == KIND_STRUCT || t->kind == KIND_ARRAY) && !is_addressable(o, e))
        hoist(o, e);
}

static void binary_value(Order *o, BinaryExpr *b) {
    if (b->op == OPER_LAND || b->op == OPER_LOR) {
        step(o, &b->e);
        return;
    }
    compared(o, b->x);
    compared(o, b->y);
    if ((b->op == OPER_QUO || b->op == OPER_REM || b->op == OPER_SHL || b->op == OPER_SHR) && !b->y->cv)
        o->read = true;
}

// value looks at an expression whose value is wanted; want: the type it is converted to, when that may be an interface.
static void value_of_kind(Order *o, Expr *e) {
    Fn *f = o->f;
    switch (e->kind) {
    case EXPR_IDENT: {
        Object *obj = ((Ident *)e)->obj;
        if (obj && obj->kind == OBJ_VAR)
            o->read |= obj->is_global || !var_is_private(var_find(f, obj));
        return;
    }
    case EXPR_SELECTOR: {
        SelectorExpr *x = (SelectorExpr *)e;
        Selection *s = x->selection;
        if (s->kind == SEL_QUALIFIED) {
            o->read |= s->obj->kind == OBJ_VAR;
            return;
        }
        if (s->method_expr)
            return;
        receiver(o, x->x, s);
        o->read |= path_reads(s) || s->kind != SEL_FIELD;
        return;
    }
    case EXPR_STAR:
        value(o, ((StarExpr *)e)->x, NULL);
        o->read = true;
        return;
    case EXPR_UNARY:
        if (((UnaryExpr *)e)->op == OPER_RECV)
            step(o, e);
        else if (((UnaryExpr *)e)->op == OPER_AND)
            address(o, ((UnaryExpr *)e)->x);
        else
            value(o, ((UnaryExpr *)e)->x, NULL);
        return;
    case EXPR_BINARY: binary_value(o, (BinaryExpr *)e); return;
    case EXPR_INDEX: {
        IndexExpr *x = (IndexExpr *)e;
        if (checker_inst(f->c->ck, e))
            return;
        value(o, x->x, NULL);
        value(o, x->index[0], NULL);
        o->read = true;
        return;
    }
    case EXPR_SLICE: step(o, e); return;
    case EXPR_TYPE_ASSERT:
        if (!is_pointer_shaped(o, tof(f, e))) {
            step(o, e);
            return;
        }
        value(o, ((TypeAssertExpr *)e)->x, NULL);
        o->read = true;
        return;
    case EXPR_COMPOSITE:
        if (is_map_type(f, e))
            step(o, e);
        else
            composite_parts(o, (CompositeLit *)e);
        return;
    case EXPR_CALL: call_value(o, (CallExpr *)e); return;
    default: return;
    }
}

static void value(Order *o, Expr *e, TInfo *want) {
    if (!e || o->done)
        return;
    e = ast_unparen(e);
    if (e->cv || e->mode == MODE_TYPE || e->hoisted || expr_is_nil(o->f, e))
        return;
    value_of_kind(o, e);
    if (want && o->hoist && !o->done && !e->hoisted && ti_is_iface(want) && copied_to_iface(o, e))
        hoist(o, e);
}

// An expression of which only the place is wanted: a left side, or what & is applied to.
static void address(Order *o, Expr *e) {
    if (o->done)
        return;
    e = ast_unparen(e);
    switch (e->kind) {
    case EXPR_IDENT: return;
    case EXPR_SELECTOR: {
        SelectorExpr *x = (SelectorExpr *)e;
        if (x->selection->kind != SEL_FIELD)
            return;
        if (tof(o->f, x->x)->kind == KIND_POINTER)
            value(o, x->x, NULL);
        else
            address(o, x->x);
        for (uint32_t i = 1; i < x->selection->npath; i++)
            o->read |= x->selection->path[i].deref;
        return;
    }
    case EXPR_STAR: value(o, ((StarExpr *)e)->x, NULL); return;
    case EXPR_INDEX: {
        IndexExpr *x = (IndexExpr *)e;
        if (tof(o->f, x->x)->kind == KIND_ARRAY) {
            address(o, x->x);
            o->read |= !x->index[0]->cv;
        } else {
            value(o, x->x, NULL);
        }
        value(o, x->index[0], is_map_type(o->f, x->x) && o->hoist ? ti_key(o->f->c, tof(o->f, x->x)) : NULL);
        return;
    }
    default: value(o, e, NULL);
    }
}

static void visit(Order *o, Expr **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs, TInfo **wants) {
    for (uint32_t i = 0; i < nlhs; i++) {
        if (!expr_is_blank(lhs[i]))
            address(o, lhs[i]);
    }
    for (uint32_t i = 0; i < nrhs; i++)
        value(o, rhs[i], wants ? wants[i] : NULL);
}

/* order_assign hoists what must be evaluated before the left sides' operands are read, and before the values are; wants: the types that the
 * values are converted to, or NULL. */
void order_assign(Fn *f, Expr **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs, TInfo **wants) {
    Order o = {.f = f, .exact = true};
    if (f->dead)
        return;
    visit(&o, lhs, nlhs, rhs, nrhs, wants);
    if (!o.need || o.nsteps > STEPS_MAX)
        return;
    o.hoist = true;
    visit(&o, lhs, nlhs, rhs, nrhs, wants);
}

void order_list(Fn *f, Expr **at, uint32_t n, TInfo **wants) { order_assign(f, NULL, 0, at, n, wants); }

void order_one(Fn *f, Expr *e) { order_assign(f, NULL, 0, &e, 1, NULL); }

void order_two(Fn *f, Expr *x, Expr *y) {
    Expr *both[] = {x, y};
    order_assign(f, NULL, 0, both, 2, NULL);
}

/* order_left hoists all steps of left sides: the values come from something that is evaluated before the left sides' operands are read. */
void order_left(Fn *f, Expr **lhs, uint32_t n) {
    Order o = {.f = f};
    visit(&o, lhs, n, NULL, 0, NULL);
    if (!o.nsteps || o.nsteps > STEPS_MAX || f->dead)
        return;
    o.hoist = true;
    o.last = NULL;
    visit(&o, lhs, n, NULL, 0, NULL);
}

/* order_call hoists the steps of a call's operands. The callee itself is one of them: its value, or the receiver, is read with the arguments. */
void order_call(Fn *f, CallExpr *e) {
    Order o = {.f = f};
    if (f->dead || (!e->nargs && !calls(e->fun)))
        return;
    Expr *fun = ast_unparen(e->fun);
    SelectorExpr *sel = fun->kind == EXPR_SELECTOR ? (SelectorExpr *)fun : NULL;
    Selection *s = sel ? sel->selection : NULL;
    for (unsigned pass = 0; pass < 2; pass++) {
        if (s && !s->method_expr && (s->kind == SEL_METHOD || s->kind == SEL_IFACE_METHOD || s->kind == SEL_TPARAM_METHOD))
            receiver(&o, sel->x, s);
        else if (e->call != CALL_STATIC)
            value(&o, fun, NULL);
        Type *sig = pass ? tof(f, fun)->under : NULL;
        for (uint32_t i = 0; i < e->nargs; i++) {
            TInfo *want = NULL;
            if (sig && !(e->cflags & CALLF_TUPLE_ARG)) {
                bool rest = sig->variadic && i >= sig->nparams - 1;
                want = ti(f, sig->params[rest ? sig->nparams - 1 : i]);
                if (rest)
                    want = e->cflags & CALLF_SPREAD ? NULL : ti_elem(f->c, want);
            }
            value(&o, e->args[i], want);
        }
        if (!o.need || o.nsteps > STEPS_MAX)
            return;
        o.hoist = true;
    }
}

// hoisted_place: where the value of a hoisted node lies.
uint32_t hoisted_place(Fn *f, Expr *e) {
    for (uint32_t k = 0; k < f->hoisted.n; k++) {  // they are asked for in nearly the order they were made in
        uint32_t i = (f->hoisted_next + k) % f->hoisted.n;
        if (f->hoisted.at[i].e == e) {
            f->hoisted_next = i + 1;
            return f->hoisted.at[i].at;
        }
    }
    UNREACHABLE("hoisted value");
}

// order_end forgets the values hoisted since there were `n`.
void order_end(Fn *f, uint32_t n) {
    while (f->hoisted.n > n)
        f->hoisted.at[--f->hoisted.n].e->hoisted = false;
    f->hoisted_next = 0;
}

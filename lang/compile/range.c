/* range.c: range over everything.
 *
 * Range over a function: the body is a closure func(...) bool of its own. How it was left when that was not by reaching its end is told through two
 * heap objects: the *loop status* (is the body running, may it be called again), one per execution of the loop, and the *range state*, one per outermost
 * loop: an exit code, and the values of a return. After the iterator function has returned, whoever called it looks at the code and
 * goes where the statement led, or returns false itself when that is further out. */
#include "compile/compile_impl.h"

enum { LOOP_READY, LOOP_RUNNING, LOOP_DONE, LOOP_OVER };  // status; done: the body asked to stop, over: the iterator has returned

typedef struct RangeExitTable {
    RangeExits list;
} RangeExitTable;

/* ---- loop variables ---- */

static bool shares_vars(Fn *f) { return f->info && f->info->go_minor && f->info->go_minor < 22; }

static Object *lhs_object(RangeStmt *s, uint32_t i) {
    if (i >= s->nlhs || expr_is_blank(s->lhs[i]))
        return NULL;
    return ((Ident *)s->lhs[i])->obj;
}

static bool wanted(RangeStmt *s, uint32_t i) { return i < s->nlhs && !expr_is_blank(s->lhs[i]); }

// The object that can simply be the hidden variable: defined here, in the frame, never assigned by the body.
static Object *plain_object(Fn *f, RangeStmt *s, uint32_t i, TInfo *t) {
    if (!s->define || !wanted(s, i))
        return NULL;
    Object *o = lhs_object(s, i);
    if (!o || o->is_global || o->reassigned || ti(f, o->type) != t || var_boxed(f, o, t))
        return NULL;
    return o;
}

// Before the loop: with old loop semantics the variables are made once.
static void vars_before(Fn *f, RangeStmt *s) {
    if (!s->define || !shares_vars(f))
        return;
    for (uint32_t i = 0; i < s->nlhs; i++) {
        if (wanted(s, i) && !lhs_object(s, i)->is_global)
            var_declare(f, lhs_object(s, i), true);
    }
}

// Gives the loop's left side number i the value at `at`.
static void var_set(Fn *f, RangeStmt *s, uint32_t i, uint32_t at, TInfo *from) {
    if (!wanted(s, i))
        return;
    uint32_t mark;
    if (s->define && !shares_vars(f)) {
        store_define(f, lhs_object(s, i), at, from);
        return;
    }
    mark = f->top;
    Loc l = place(f, s->lhs[i]);
    if (ti_is_iface(l.t) && !ti_is_iface(from)) {
        uint32_t tmp = frame_alloc(f, l.t);
        conv_iface(f, at, from, l.t, tmp);
        at = tmp;
    }
    loc_store(f, &l, at);
    frame_release(f, mark);
}

/* Both left sides of a loop without `define`: operands of the second are evaluated before the first is assigned. */
static void vars_set(Fn *f, RangeStmt *s, uint32_t at0, TInfo *t0, uint32_t at1, TInfo *t1) {
    bool assigns = !s->define && wanted(s, 0) && wanted(s, 1);
    if (!assigns) {
        var_set(f, s, 0, at0, t0);
        var_set(f, s, 1, at1, t1);
        return;
    }
    uint32_t mark = f->top, ats[2] = {at0, at1};
    TInfo *types[2] = {t0, t1};
    assign_values(f, s->lhs, 2, ats, types);
    frame_release(f, mark);
}

/* ---- loops that count ---- */

typedef struct Count {
    Target t;
    Label body;
    uint32_t i;     // hidden or visible index
    bool reached;
} Count;

static void count_begin(Fn *f, Count *k, RangeStmt *s) {
    k->t = (Target){f->targets, &s->s, label_new(f), label_new(f)};
    k->body = label_new(f);
}

static void count_body(Fn *f, Count *k) {
    k->reached = !f->dead;
    label_bind(f, k->body);
    f->dead = !k->reached;
    f->targets = &k->t;
}

static void count_end(Fn *f, Count *k, uint32_t limit) {
    f->targets = k->t.outer;
    label_bind(f, k->t.cont);
    if (!f->dead)
        jump_abc(f, OP_INCLT_I64, k->i, limit, k->body);
    label_bind(f, k->t.brk);
}

static void index_var(Fn *f, RangeStmt *s, TInfo *t, Count *k, bool *bound) {
    Object *o = shares_vars(f) ? NULL : plain_object(f, s, 0, t);
    k->i = frame_alloc(f, t);
    ins_i(f, OP_LDI, k->i, 0);
    *bound = o != NULL;
    if (o)
        var_bind(f, o, t, k->i, VAR_FRAME);
}

static void range_int(Fn *f, RangeStmt *s) {
    TInfo *t = tof(f, s->x);
    if (wanted(s, 0) && s->x->cv) {
        Type *lt = s->define ? lhs_object(s, 0)->type : s->lhs[0]->type;
        t = ti(f, lt);
    }
    Count k;
    bool bound;
    uint32_t n = frame_alloc(f, t);
    if (s->x->cv)
        load_const(f, n, t, s->x->cv);
    else
        ex_to(f, s->x, n);
    vars_before(f, s);
    count_begin(f, &k, s);
    index_var(f, s, t, &k, &bound);
    bool wide = ti_is_unsigned(t) && t->size == 8;
    if (!s->x->cv || const_sign(s->x->cv) <= 0)
        jump_abc(f, wide ? OP_JEQI_I64 : OP_JLEI_I64, n, 0, k.t.brk);
    count_body(f, &k);
    uint32_t mark = f->top;
    if (!bound)
        var_set(f, s, 0, k.i, t);
    block(f, &s->body->list);
    frame_release(f, mark);
    f->pos = s->s.pos;
    if (wide) {
        f->targets = k.t.outer;
        label_bind(f, k.t.cont);
        ins(f, OP_ADDI_I64, k.i, k.i, 1);
        cjump(f, OP_JLT_U64, k.i, n, k.body);
        label_bind(f, k.t.brk);
    } else {
        count_end(f, &k, n);
    }
}

static void range_slice(Fn *f, RangeStmt *s) {
    Compiler *c = f->c;
    TInfo *t = tof(f, s->x), *et = ti_elem(c, t);
    Count k;
    bool bound;
    Expr *x = ast_unparen(s->x);
    Object *o = x->kind == EXPR_IDENT ? ((Ident *)x)->obj : NULL;
    uint32_t start = f->top, at = ex(f, s->x);
    if (at < start && !(o && o->kind == OBJ_VAR && !o->is_global && !o->reassigned)) {
        uint32_t copy = frame_alloc(f, t);
        mov(f, copy, at, 3);
        at = copy;
    }
    vars_before(f, s);
    count_begin(f, &k, s);
    index_var(f, s, c->t_int, &k, &bound);
    jump_abc(f, OP_JLEI_I64, at + 8, 0, k.t.brk);
    count_body(f, &k);
    uint32_t mark = f->top;
    if (!bound && (s->define || !wanted(s, 1)))
        var_set(f, s, 0, k.i, c->t_int);
    if (wanted(s, 1)) {
        Loc l = {.kind = LOC_ELEM, .t = et, .at = at, .ix = k.i, .esize = et->size};
        Object *vo = lhs_object(s, 1);
        if (s->define && !shares_vars(f) && !vo->is_global && ti(f, vo->type) == et && !var_boxed(f, vo, et)) {
            uint32_t v = frame_alloc(f, et);
            loc_load_to(f, &l, v);
            var_bind(f, vo, et, v, VAR_FRAME);
        } else {
            uint32_t v = loc_load(f, &l);
            if (s->define)
                var_set(f, s, 1, v, et);
            else
                vars_set(f, s, k.i, c->t_int, v, et);
        }
    }
    block(f, &s->body->list);
    frame_release(f, mark);
    f->pos = s->s.pos;
    count_end(f, &k, at + 8);
}

static void range_array(Fn *f, RangeStmt *s, bool pointer) {
    Compiler *c = f->c;
    TInfo *xt = tof(f, s->x), *t = pointer ? ti_elem(c, xt) : xt, *et = ti_elem(c, t);
    Count k;
    bool bound;
    Loc arr = {0};
    if (!wanted(s, 1) && !expr_has_call(s->x)) {
        // Only the length counts, which the type tells: x is not evaluated.
    } else if (pointer) {
        uint32_t p = frame_alloc(f, xt);
        ex_to(f, s->x, p);
        arr = loc_ptr(t, p, 0);
    } else if (wanted(s, 1)) {  // over a copy
        uint32_t at = frame_alloc(f, t);
        Loc l = place(f, s->x);
        loc_load_to(f, &l, at);
        arr = loc_frame(t, at);
        if (t->form == FORM_BIG) {
            arr = loc_ptr(t, at, 0);
            arr.nonnil = true;
        }
    } else {
        place_check(f, s->x);
    }
    uint32_t n = frame_alloc(f, c->t_int);
    load_int(f, n, t->under->len);
    vars_before(f, s);
    count_begin(f, &k, s);
    index_var(f, s, c->t_int, &k, &bound);
    if (!t->under->len)
        jump(f, k.t.brk);
    count_body(f, &k);
    uint32_t mark = f->top;
    if (!bound && (s->define || !wanted(s, 1)))
        var_set(f, s, 0, k.i, c->t_int);
    if (wanted(s, 1)) {
        Loc l = arr;
        l.kind = arr.kind == LOC_FRAME ? LOC_FELEM : LOC_PELEM;
        l.t = et;
        l.ix = k.i;
        l.esize = et->size;
        l.len = (uint64_t)t->under->len;
        uint32_t v = frame_alloc(f, et);
        loc_load_to(f, &l, v);
        if (s->define)
            var_set(f, s, 1, v, et);
        else
            vars_set(f, s, k.i, c->t_int, v, et);
    }
    block(f, &s->body->list);
    frame_release(f, mark);
    f->pos = s->s.pos;
    count_end(f, &k, n);
}

/* ---- loops that ask for the next value ---- */

// The loop's top is where continue leads.
static void next_begin(Fn *f, Target *t, RangeStmt *s, bool *reached) {
    *t = (Target){f->targets, &s->s, label_new(f), label_new(f)};
    *reached = !f->dead;
    label_bind(f, t->cont);
    f->dead = !*reached;
    f->targets = t;
}

static void next_end(Fn *f, Target *t) {
    f->targets = t->outer;
    jump(f, t->cont);
    label_bind(f, t->brk);
}

static void range_string(Fn *f, RangeStmt *s) {
    Compiler *c = f->c;
    bool reached;
    Target t;
    uint32_t str = frame_alloc(f, c->t_string), state = frame_alloc_kind(f, 3, SM_NONE);
    ex_to(f, s->x, str);
    ins_i(f, OP_LDI, state, 0);
    vars_before(f, s);
    next_begin(f, &t, s, &reached);
    uint32_t mark = f->top;
    jump_abc(f, OP_STRNEXT, state, str, t.brk);
    vars_set(f, s, state + 8, c->t_int, state + 16, c->t_int32);
    block(f, &s->body->list);
    frame_release(f, mark);
    f->pos = s->s.pos;
    next_end(f, &t);
}

static void range_map(Fn *f, RangeStmt *s) {
    Compiler *c = f->c;
    bool reached;
    Target t;
    TInfo *mt = tof(f, s->x);
    uint32_t it = frame_alloc_kind(f, MAPITER_PTRS, SM_PTR);
    frame_alloc_kind(f, MAPITER_WORDS - MAPITER_PTRS, SM_NONE);
    uint32_t mark = f->top, index = ti_index(c, mt), m = ex(f, s->x);
    ins(f, OP_MAPITER, it, m, 0);
    ins_ext(f, ext_type(index, 0));
    frame_release(f, mark);
    vars_before(f, s);
    next_begin(f, &t, s, &reached);
    mark = f->top;
    uint32_t key = 0, value = 0;
    map_next(f, mt, it, wanted(s, 0) ? &key : NULL, wanted(s, 1) ? &value : NULL, t.brk);
    vars_set(f, s, key, ti_key(c, mt), value, ti_elem(c, mt));
    block(f, &s->body->list);
    frame_release(f, mark);
    f->pos = s->s.pos;
    next_end(f, &t);
}

static void range_chan(Fn *f, RangeStmt *s) {
    bool reached;
    Target t;
    TInfo *ct = tof(f, s->x), *et = ti_elem(f->c, ct);
    uint32_t ch = frame_alloc(f, ct);
    ex_to(f, s->x, ch);
    vars_before(f, s);
    next_begin(f, &t, s, &reached);
    uint32_t mark = f->top, v = frame_alloc(f, et), ok = frame_alloc_kind(f, 1, SM_NONE);
    recv_value(f, ch, et, v, ok);
    jump_a(f, OP_JF, ok, t.brk);
    var_set(f, s, 0, v, et);
    block(f, &s->body->list);
    frame_release(f, mark);
    f->pos = s->s.pos;
    next_end(f, &t);
}

void range_stmt(Fn *f, RangeStmt *s) {
    uint32_t mark = f->top;
    Type *key, *val;
    TInfo *t = tof(f, s->x);
    order_one(f, s->x);
    switch (type_range_kind(f->c->ck, t->type, &key, &val)) {
    case RANGE_INT: range_int(f, s); break;
    case RANGE_STRING: range_string(f, s); break;
    case RANGE_SLICE: range_slice(f, s); break;
    case RANGE_ARRAY: range_array(f, s, false); break;
    case RANGE_ARRAY_PTR: range_array(f, s, true); break;
    case RANGE_MAP: range_map(f, s); break;
    case RANGE_CHAN: range_chan(f, s); break;
    case RANGE_FUNC0: case RANGE_FUNC1: case RANGE_FUNC2: range_func(f, s); break;
    case RANGE_NONE: not_supported(f, s->s.pos, "range over this type"); break;
    }
    frame_release(f, mark);
}

/* ---- functions ---- */

static FuncInst *root_of(FuncInst *fi) { return fi->range ? fi->range->root : fi; }

static bool inside(Pos p, RangeStmt *s) { return p > s->body->s.pos && p < s->body->rbrace; }

static void exit_add(Fn *f, RangeExits *out, ExitKind kind, unsigned tok, Stmt *target) {
    RangeExit e = {(uint8_t)kind, (uint8_t)tok, target};
    for (uint32_t i = 0; i < out->n; i++) {
        if (out->at[i].kind == kind && out->at[i].tok == tok && out->at[i].target == target)
            return;
    }
    vec_push(f->c->arena, out, e);
}

static void exits_list(Fn *f, StmtList *l, RangeStmt *loop, RangeExits *out);

// exits_of collects the ways out of loop's body that lead beyond the loop.
static void exits_of(Fn *f, Stmt *s, RangeStmt *loop, RangeExits *out) {
    if (!s)
        return;
    switch (s->kind) {
    case STMT_RETURN: exit_add(f, out, ((ReturnStmt *)s)->nresults ? EXIT_RETURN_VALUES : EXIT_RETURN, 0, NULL); break;
    case STMT_BRANCH: {
        BranchStmt *b = (BranchStmt *)s;
        if (b->tok != BRANCH_FALLTHROUGH && b->target && b->target != &loop->s && !inside(b->target->pos, loop))
            exit_add(f, out, EXIT_BRANCH, b->tok, b->target);
        break;
    }
    case STMT_BLOCK: exits_list(f, &((BlockStmt *)s)->list, loop, out); break;
    case STMT_IF:
        exits_list(f, &((IfStmt *)s)->then->list, loop, out);
        exits_of(f, ((IfStmt *)s)->els, loop, out);
        break;
    case STMT_FOR: exits_list(f, &((ForStmt *)s)->body->list, loop, out); break;
    case STMT_RANGE: exits_list(f, &((RangeStmt *)s)->body->list, loop, out); break;
    case STMT_LABELED: exits_of(f, ((LabeledStmt *)s)->stmt, loop, out); break;
    case STMT_SWITCH:
        for (uint32_t i = 0; i < ((SwitchStmt *)s)->nclauses; i++)
            exits_list(f, &((SwitchStmt *)s)->clauses[i]->body, loop, out);
        break;
    case STMT_TYPE_SWITCH:
        for (uint32_t i = 0; i < ((TypeSwitchStmt *)s)->nclauses; i++)
            exits_list(f, &((TypeSwitchStmt *)s)->clauses[i]->body, loop, out);
        break;
    case STMT_SELECT:
        for (uint32_t i = 0; i < ((SelectStmt *)s)->nclauses; i++)
            exits_list(f, &((SelectStmt *)s)->clauses[i]->body, loop, out);
        break;
    default: break;
    }
}

static void exits_list(Fn *f, StmtList *l, RangeStmt *loop, RangeExits *out) {
    for (uint32_t i = 0; i < l->n; i++)
        exits_of(f, l->at[i], loop, out);
}

static uint32_t exit_code(Fn *f, ExitKind kind, unsigned tok, Stmt *target) {
    FuncInst *root = root_of(f->inst);
    if (!root->exits)
        root->exits = ARENA_NEW(f->c->arena, RangeExitTable);
    RangeExits *l = &root->exits->list;
    exit_add(f, l, kind, tok, target);
    for (uint32_t i = 0; i < l->n; i++) {
        if (l->at[i].kind == kind && l->at[i].tok == tok && l->at[i].target == target)
            return i + 1;
    }
    return 0;
}

static TInfo *state_type(Fn *f) {
    FuncInst *root = root_of(f->inst);
    if (!root->state_type) {
        Compiler *c = f->c;
        StructField *fields = ARENA_ARRAY(c->arena, StructField, root->nresults + 2);
        fields[0].name = intern_cstr(c->sx->names, "code");
        fields[0].type = c->t_int->type;
        for (uint32_t i = 0; i < root->nresults; i++) {
            fields[1 + i].name = intern_cstr(c->sx->names, arena_printf(c->arena, "r%u", i));
            fields[1 + i].type = root->results[i]->type;
        }
        fields[1 + root->nresults].name = intern_cstr(c->sx->names, "frame");
        fields[1 + root->nresults].type = c->t_int->type;
        root->state_type = ti_of(c, type_struct(c->ck, fields, root->nresults + 2));
    }
    return root->state_type;
}

static Loc state_loc(Fn *f, uint32_t field) {
    Loc l = loc_ptr(state_type(f), f->state_at, 0);
    l.nonnil = true;
    return loc_field(f, &l, field);
}

static void state_set_code(Fn *f, int64_t code) {
    uint32_t mark = f->top, k = frame_alloc_kind(f, 1, SM_NONE);
    load_int(f, k, code);
    Loc l = state_loc(f, 0);
    loc_store(f, &l, k);
    frame_release(f, mark);
}

static void status_set(Fn *f, uint32_t loop_at, int64_t status) {
    uint32_t mark = f->top, k = frame_alloc_kind(f, 1, SM_NONE);
    load_int(f, k, status);
    ins(f, OP_ST_64, loop_at, k, 0);
    frame_release(f, mark);
}

static Target *own_target(Fn *f, Stmt *s) {
    for (Target *t = f->targets; t; t = t->outer) {
        if (t->stmt == s)
            return t;
    }
    return NULL;
}

static void leave_body(Fn *f) {
    // The outermost target of a range body is its loop.
    Target *t = f->targets;
    while (t->outer)
        t = t->outer;
    jump(f, t->brk);
}

// What an exit means for the function that called the iterator.
static void exit_take(Fn *f, const RangeExit *e) {
    uint32_t mark = f->top;
    if (f->inst->range && (e->kind != EXIT_BRANCH ||
                           !(e->tok == BRANCH_GOTO ? range_owns_label(f, (LabeledStmt *)e->target) : own_target(f, e->target) != NULL))) {
        leave_body(f);  // further out; the code stays
        return;
    }
    state_set_code(f, 0);
    if (e->kind == EXIT_BRANCH) {
        if (e->tok == BRANCH_GOTO) {
            jump(f, label_of(f, (LabeledStmt *)e->target));
        } else {
            Target *t = own_target(f, e->target);
            jump(f, e->tok == BRANCH_CONTINUE ? t->cont : t->brk);
        }
        return;
    }
    uint32_t n = f->inst->nresults;
    if (e->kind == EXIT_RETURN_VALUES) {
        uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n);
        for (uint32_t i = 0; i < n; i++) {
            Loc l = state_loc(f, 1 + i);
            ats[i] = loc_load(f, &l);
        }
        if (f->has_defer) {
            for (uint32_t i = 0; i < n; i++) {
                Loc l = result_loc(f, i);
                loc_store(f, &l, ats[i]);
            }
        } else {
            return_values(f, ats, f->inst->results, n);
        }
    }
    if (f->has_defer)
        jump(f, f->epilogue);
    else if (n)
        return_homes(f);
    else
        ins(f, OP_RET, 0, 0, 0);
    frame_release(f, mark);
}

void range_func(Fn *f, RangeStmt *s) {
    Compiler *c = f->c;
    bool outermost = !f->inst->range && f->state_at == NOWHERE;
    uint32_t fn = ex(f, s->x);
    RangeExits exits = {0};
    exits_list(f, &s->body->list, s, &exits);
    uint32_t *codes = ARENA_ARRAY(f->arena, uint32_t, exits.n + 1);
    for (uint32_t i = 0; i < exits.n; i++)
        codes[i] = exit_code(f, exits.at[i].kind, exits.at[i].tok, exits.at[i].target);
    if (outermost) {
        f->state_at = frame_alloc_kind(f, 1, SM_PTR);
        ins_i(f, OP_NEW, f->state_at, ti_index(c, state_type(f)));
        if (f->has_defer) {  // for the deferred calls of bodies
            uint32_t k = frame_alloc_kind(f, 1, SM_NONE);
            ins(f, OP_FRAMEID, k, 0, 0);
            Loc l = state_loc(f, 1 + f->inst->nresults);
            loc_store(f, &l, k);
        }
    }
    uint32_t loop = frame_alloc_kind(f, 1, SM_PTR);
    ins_i(f, OP_NEW, loop, ti_index(c, c->t_int));
    FuncInst *body = func_lit(f, s->info);
    RangeBody *rb = ARENA_NEW(c->arena, RangeBody);
    *rb = (RangeBody){s, root_of(f->inst)};
    body->range = rb;
    body->desc->range_root = rb->root->desc;
    Capture st = {.what = CAPTURE_STATE, .by_ref = true, .t = c->t_ptr}, lo = {.what = CAPTURE_LOOP, .by_ref = true, .t = c->t_ptr};
    vec_push(c->arena, &body->captures, st);
    vec_push(c->arena, &body->captures, lo);
    uint32_t mark = f->top, a = frame_window(f), arg = frame_alloc_kind(f, 1, SM_PTR);
    f->new_loop_at = loop;
    closure(f, body, arg);
    f->pos = s->s.pos;
    call_note(f, 1, 0);
    ins(f, OP_CALLC, a, fn, 0);
    frame_release(f, mark);
    // The loop is over; a body that panicked and was recovered by the iterator must not go unnoticed.
    uint32_t status = frame_alloc_kind(f, 1, SM_NONE);
    Label fine = label_new(f), end = label_new(f);
    ins(f, OP_LD_64, status, loop, 0);
    jump_abc(f, OP_JNEI_I64, status, LOOP_RUNNING, fine);
    ins_i(f, OP_THROW, 0, THROW_ITER_MISSED_PANIC);
    label_bind(f, fine);
    status_set(f, loop, LOOP_OVER);
    if (exits.n) {
        Loc l = state_loc(f, 0);
        uint32_t code = loc_load(f, &l);
        jump_a(f, OP_JF, code, end);
        for (uint32_t i = 0; i < exits.n; i++) {
            Label next = label_new(f);
            jump_abc(f, OP_JNEI_I64, code, codes[i], next);
            exit_take(f, &exits.at[i]);
            label_bind(f, next);
        }
    }
    label_bind(f, end);
    if (outermost)
        f->state_at = NOWHERE;
    frame_release(f, mark);
}

/* ---- inside a body ---- */

void range_body_begin(Fn *f) {
    RangeStmt *s = f->inst->range->stmt;
    Label ok = label_new(f), running = label_new(f), over = label_new(f);
    uint32_t status = frame_alloc_kind(f, 1, SM_NONE);
    ins(f, OP_LD_64, status, f->loop_at, 0);
    jump_a(f, OP_JF, status, ok);
    jump_abc(f, OP_JEQI_I64, status, LOOP_RUNNING, running);
    jump_abc(f, OP_JEQI_I64, status, LOOP_OVER, over);
    ins_i(f, OP_THROW, 0, THROW_ITER_CONTINUED);
    label_bind(f, running);
    ins_i(f, OP_THROW, 0, THROW_ITER_AFTER_PANIC);
    label_bind(f, over);
    ins_i(f, OP_THROW, 0, THROW_ITER_AFTER_LOOP);
    label_bind(f, ok);
    status_set(f, f->loop_at, LOOP_RUNNING);
    Target *t = ARENA_NEW(f->arena, Target);
    *t = (Target){NULL, &s->s, label_new(f), label_new(f)};
    f->targets = t;
    // Parameters are nameless; the loop's variables get their values.
    uint32_t at = 0;
    for (uint32_t i = 0; i < f->inst->nparams; i++) {
        TInfo *t2 = f->inst->params[i];
        if (wanted(s, i)) {
            if (s->define)
                store_define(f, lhs_object(s, i), at, t2);
            else
                var_set(f, s, i, at, t2);
        }
        at += t2->fslots * 8;
    }
}

void range_body_end(Fn *f) {
    Target *t = f->targets;
    label_bind(f, t->cont);
    if (!f->dead) {
        status_set(f, f->loop_at, LOOP_READY);
        ins_i(f, OP_RETI, 0, 1);
    }
    label_bind(f, t->brk);
    if (!f->dead) {
        status_set(f, f->loop_at, LOOP_DONE);
        ins_i(f, OP_RETI, 0, 0);
    }
}

bool range_owns_label(Fn *f, LabeledStmt *s) { return inside(s->s.pos, f->inst->range->stmt); }

void range_exit(Fn *f, BranchStmt *s) {
    if (!f->inst->range) {
        not_supported(f, s->s.pos, "this branch");
        return;
    }
    state_set_code(f, exit_code(f, EXIT_BRANCH, s->tok, s->target));
    leave_body(f);
}

void range_return(Fn *f, ReturnStmt *s) {
    FuncInst *root = root_of(f->inst);
    uint32_t n = root->nresults, mark = f->top;
    if (s->nresults) {
        uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n);
        TInfo **types = ARENA_ARRAY(f->arena, TInfo *, n);
        results_evaluate(f, s, root->results, n, ats, types);
        for (uint32_t i = 0; i < n; i++) {
            Loc l = state_loc(f, 1 + i);
            loc_store(f, &l, ats[i]);
        }
    }
    state_set_code(f, exit_code(f, s->nresults ? EXIT_RETURN_VALUES : EXIT_RETURN, 0, NULL));
    frame_release(f, mark);
    leave_body(f);
}

// The call is recorded here, then handed to the frame of the function that the statement belongs to.
void range_defer(Fn *f, DeferStmt *s) {
    call_go(f, AS(CallExpr, ast_unparen(s->call)), true);
    uint32_t mark = f->top;
    Loc l = state_loc(f, 1 + root_of(f->inst)->nresults);
    ins(f, OP_DEFERTO, loc_load(f, &l), 0, 0);
    frame_release(f, mark);
}

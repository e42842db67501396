// stmt.c: variables, assignments, control flow.
#include "compile/compile_impl.h"

/* ---- variables ---- */

/* var_boxed is the one place that decides where a variable lives: in the frame, or in a heap box because its address or the variable itself
 * outlives the frame or is shared with a closure that sees changes. */
bool var_boxed(Fn *f, Object *o, TInfo *t) {
    if (t->form == FORM_BIG || o->addr_taken)
        return true;
    if (o->captured && (o->reassigned || o->is_result || t->form != FORM_SLOTS))
        return true;
    return false;
}

static bool is_blank(const Object *o) { return !o->name || (o->name->len == 1 && o->name->text[0] == '_'); }

static Var *var_add(Fn *f, Object *o, TInfo *t, uint32_t at, VarPlace place) {
    return var_bind_based(f, o, t, NOWHERE, at, place);
}

Var *var_bind_based(Fn *f, Object *o, TInfo *t, uint32_t base, uint32_t at, VarPlace place_kind) {
    Var v = {o, t, at, base, (uint8_t)place_kind};
    vec_push(f->arena, &f->vars, v);
    if (o)
        o->slot = f->vars.n - 1;
    return &vec_last(&f->vars);
}

Var *var_bind(Fn *f, Object *o, TInfo *t, uint32_t at, VarPlace place_kind) { return var_add(f, o, t, at, place_kind); }

/* frame_is_full: shall one more variable live in the block? */
bool frame_is_full(const Fn *f) {
    if (FAR_ALWAYS && !f->vars_full && f->inst->index % 2)  // so that both are tested
        return false;
    return f->far && f->block_at != NOWHERE && (f->vars_full || f->top >= FRAME_VARS_BYTES);
}

bool var_is_private(const Var *v) { return v->place == VAR_FRAME || v->place == VAR_BLOCK; }

static Loc based_loc(TInfo *t, uint32_t base, uint32_t at) {
    Loc l = loc_ptr(t, base, at);
    l.nonnil = true;
    return l;
}

// The pointer of o's box is in slot `at`, the topmost: it stays there, or goes to the block.
static Var *box_bind(Fn *f, Object *o, TInfo *t, uint32_t at, bool full) {
    if (!full)
        return var_add(f, o, t, at, VAR_BOX);
    uint32_t part = far_block_part(f, NULL);
    Loc l = based_loc(f->c->t_ptr, f->block_at, part);
    loc_store(f, &l, at);
    frame_release(f, at);
    return var_bind_based(f, o, t, f->block_at, part, VAR_BLOCK_BOX);
}

/* var_box_load: the slot that holds the pointer to a boxed variable's box; maybe a new one. */
uint32_t var_box_load(Fn *f, const Var *v) {
    if (v->place == VAR_BOX)
        return v->at;
    uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
    Loc l = based_loc(f->c->t_ptr, v->base, v->at);
    loc_load_to(f, &l, p);
    return p;
}

Var *var_declare(Fn *f, Object *o, bool zero) {
    TInfo *t = ti(f, o->type);
    return var_declare_as(f, o, t, var_boxed(f, o, t), zero);
}

/* var_declare_as declares a variable of type t; o may be NULL. */
Var *var_declare_as(Fn *f, Object *o, TInfo *t, bool boxed, bool zero) {
    bool full = frame_is_full(f);
    if (boxed) {
        uint32_t at = frame_alloc_kind(f, 1, SM_PTR);
        ins_i(f, OP_NEW, at, ti_index(f->c, t));
        return box_bind(f, o, t, at, full);
    }
    if (full) {
        uint32_t part = far_block_part(f, t);
        Loc l = based_loc(t, f->block_at, part);
        if (zero)
            loc_zero(f, &l);
        return var_bind_based(f, o, t, f->block_at, part, VAR_BLOCK);
    }
    uint32_t at = frame_alloc(f, t);
    if (zero)
        zero_t(f, at, t);
    return var_add(f, o, t, at, VAR_FRAME);
}

/* var_adopt declares a variable whose value lies at `at`, a parameter's place: it stays there when it can. */
void var_adopt(Fn *f, Object *o, TInfo *t, uint32_t at) {
    bool full = frame_is_full(f), boxed = var_boxed(f, o, t);
    if (!full && (!boxed || t->form == FORM_BIG)) {  // (of a large one the caller's copy is ours)
        var_add(f, o, t, at, boxed ? VAR_BOX : VAR_FRAME);
        return;
    }
    if (t->form == FORM_BIG) {
        uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
        mov(f, p, at, 1);
        box_bind(f, o, t, p, true);
        return;
    }
    Var v = *var_declare_as(f, o, t, boxed, false);
    uint32_t mark = f->top;
    Loc l = var_loc(f, &v);
    loc_store(f, &l, at);
    frame_release(f, mark);
}

Var *var_find(Fn *f, Object *o) {
    if (o->slot < f->vars.n && f->vars.at[o->slot].obj == o)
        return &f->vars.at[o->slot];
    diag_at(f->c->sx->diags, o->pos, E_UNSUPPORTED, "internal compiler error: variable %s has no place in %s", o->name ? o->name->text : "_",
            f->inst->desc->name);
    f->c->failed = true;
    return var_declare(f, o, true);
}

Loc var_loc(Fn *f, const Var *v) {
    switch ((VarPlace)v->place) {
    case VAR_FRAME: return loc_frame(v->t, v->at);
    case VAR_BLOCK: return based_loc(v->t, v->base, v->at);
    case VAR_BOX: case VAR_BLOCK_BOX: break;
    }
    return based_loc(v->t, var_box_load(f, v), 0);
}

static bool is_real_call(Expr *e) {
    e = ast_unparen(e);
    return e->kind == EXPR_CALL && !e->cv && ((CallExpr *)e)->call != CALL_CONVERSION && ((CallExpr *)e)->call != CALL_BUILTIN;
}

/* assign_define declares o with the value of rhs. A call's result becomes the variable where it lies. */
void assign_define(Fn *f, Object *o, Expr *rhs) {
    TInfo *t = ti(f, o->type);
    if (o->is_global) {  // a script's variable that functions mention
        uint32_t mark = f->top;
        order_one(f, rhs);
        uint32_t v = ex_as(f, rhs, t);
        Loc l = {.kind = LOC_GLOBAL, .t = t, .disp = global_off(f->c, o)};
        loc_store(f, &l, v);
        frame_release(f, mark);
        return;
    }
    if (is_blank(o)) {
        uint32_t mark = f->top;
        order_one(f, rhs);
        ex_as(f, rhs, t);
        frame_release(f, mark);
        return;
    }
    bool full = frame_is_full(f);
    if (var_boxed(f, o, t)) {
        uint32_t at = frame_alloc_kind(f, 1, SM_PTR), mark = f->top;
        Expr *u = ast_unparen(rhs);
        order_one(f, rhs);
        if (u->kind == EXPR_COMPOSITE && (t->kind == KIND_STRUCT || t->kind == KIND_ARRAY)) {
            uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
            ins_i(f, OP_NEW, p, ti_index(f->c, t));
            Loc l = loc_ptr(t, p, 0);
            l.nonnil = true;
            composite(f, (CompositeLit *)u, t, &l);
            mov(f, at, p, 1);
        } else if (t->form == FORM_BIG) {
            ex_as_to(f, rhs, t, at);  // a fresh object of its own
        } else {
            uint32_t v = ex_as(f, rhs, t);
            ins_i(f, OP_NEW, at, ti_index(f->c, t));
            Loc l = loc_ptr(t, at, 0);
            l.nonnil = true;
            loc_store(f, &l, v);
        }
        frame_release(f, mark);
        box_bind(f, o, t, at, full);
        return;
    }
    uint32_t at;
    if (full) {
        uint32_t mark = f->top;
        order_one(f, rhs);
        at = ex_as(f, rhs, t);
        Loc l = based_loc(t, f->block_at, far_block_part(f, t));
        loc_store(f, &l, at);
        frame_release(f, mark);
        var_bind_based(f, o, t, f->block_at, (uint32_t)l.disp, VAR_BLOCK);
        return;
    }
    if (is_real_call(rhs) && !ast_unparen(rhs)->hoisted && (!ti_is_iface(t) || ti_is_iface(tof(f, rhs)))) {
        at = ex(f, rhs);
        frame_release(f, at + t->fslots * 8);
    } else {
        at = frame_alloc(f, t);
        uint32_t mark = f->top;
        order_one(f, rhs);
        ex_as_to(f, rhs, t, at);
        frame_release(f, mark);
    }
    var_add(f, o, t, at, VAR_FRAME);
}

// define_value declares o with a value that lies at `at`, of type from.
void store_define(Fn *f, Object *o, uint32_t at, TInfo *from) {
    if (is_blank(o))
        return;
    Loc l;
    Var v;
    if (!o->is_global)
        v = *var_declare(f, o, false);
    uint32_t mark = f->top;
    if (o->is_global)
        l = (Loc){.kind = LOC_GLOBAL, .t = ti(f, o->type), .disp = global_off(f->c, o)};
    else
        l = var_loc(f, &v);
    if (ti_is_iface(l.t) && !ti_is_iface(from)) {
        uint32_t tmp = frame_alloc(f, l.t);
        conv_iface(f, at, from, l.t, tmp);
        at = tmp;
    }
    loc_store(f, &l, at);
    frame_release(f, mark);
}

/* ---- values that come in twos and more ---- */

/* tuple_values evaluates the right side of an assignment with several left sides: a call with several results, or a comma-ok form. Stores where the
 * values are and their types; returns their number. */
static uint32_t tuple_values(Fn *f, Expr *rhs, uint32_t *ats, TInfo **types, uint32_t max) {
    rhs = ast_unparen(rhs);
    Compiler *c = f->c;
    f->pos = rhs->pos;
    if (rhs->kind == EXPR_CALL) {
        Type *tt = rhs->type;
        uint32_t at = call(f, (CallExpr *)rhs, NOWHERE);
        VERIFY(tt->kind == TYPE_TUPLE && tt->ntypes <= max);
        for (uint32_t i = 0; i < tt->ntypes; i++) {
            types[i] = ti(f, tt->types[i]);
            ats[i] = at;
            at += types[i]->fslots * 8;
        }
        return tt->ntypes;
    }
    types[0] = rhs->type->kind == TYPE_TUPLE ? ti(f, rhs->type->types[0]) : tof(f, rhs);
    types[1] = c->t_bool;
    ats[0] = frame_alloc(f, types[0]);
    ats[1] = frame_alloc(f, types[1]);
    uint32_t mark = f->top;
    switch (rhs->kind) {
    case EXPR_TYPE_ASSERT: type_assert(f, (TypeAssertExpr *)rhs, ats[0], ats[1]); break;
    case EXPR_UNARY: {
        order_one(f, ((UnaryExpr *)rhs)->x);
        uint32_t ch = ex(f, ((UnaryExpr *)rhs)->x);
        f->pos = rhs->pos;
        recv_value(f, ch, types[0], ats[0], ats[1]);
        break;
    }
    case EXPR_INDEX: {
        IndexExpr *x = (IndexExpr *)rhs;
        TInfo *mt = tof(f, x->x);
        order_two(f, x->x, x->index[0]);
        uint32_t m = ex(f, x->x), k = map_key(f, mt, ex_as(f, x->index[0], ti_key(c, mt)));
        f->pos = rhs->pos;
        Loc l = {.kind = LOC_MAP, .t = types[0], .mt = mt, .at = m, .ix = k};
        map_load(f, &l, ats[0], ats[1]);
        break;
    }
    default: not_supported(f, rhs->pos, "several values from this expression");
    }
    frame_release(f, mark);
    return 2;
}

/* ---- assignment ---- */

bool expr_is_blank(Expr *e) {
    e = ast_unparen(e);
    return e->kind == EXPR_IDENT && ((Ident *)e)->name->len == 1 && ((Ident *)e)->name->text[0] == '_';
}

// Whether ex_to writes its destination in one last instruction, after everything was read.
static bool writes_last(Fn *f, Expr *e, TInfo *t) {
    e = ast_unparen(e);
    if (e->cv)
        return true;
    if (ti_is_iface(t) && !ti_is_iface(tof(f, e)))
        return false;
    switch (e->kind) {
    case EXPR_BINARY: return ((BinaryExpr *)e)->op != OPER_LAND && ((BinaryExpr *)e)->op != OPER_LOR;
    case EXPR_CALL: return ((CallExpr *)e)->call != CALL_CONVERSION || t->nslots == 1;
    case EXPR_IDENT: case EXPR_SELECTOR: case EXPR_INDEX: case EXPR_STAR: case EXPR_SLICE: case EXPR_UNARY: return true;
    case EXPR_TYPE_ASSERT: return t->form == FORM_SLOTS && t->npieces <= 1;
    default: return false;
    }
}

static Object *local_var(Expr *e) {
    e = ast_unparen(e);
    if (e->kind != EXPR_IDENT)
        return NULL;
    Object *o = ((Ident *)e)->obj;
    return o && o->kind == OBJ_VAR && !o->is_global ? o : NULL;
}

static void assign_one(Fn *f, Expr *lhs, Expr *rhs) {
    uint32_t mark = f->top;
    if (expr_is_blank(lhs)) {
        Expr *u = ast_unparen(rhs);
        if (!u->cv && !expr_is_nil(f, u)) {
            order_one(f, u);
            ex(f, u);
        }
        frame_release(f, mark);
        return;
    }
    Object *o = local_var(lhs);
    order_assign(f, &lhs, 1, &rhs, 1, NULL);
    Loc l = place(f, lhs);
    if (o && l.kind == LOC_FRAME) {
        bool last = writes_last(f, rhs, l.t);
        if (last || (!expr_mentions(rhs, o) && !(o->is_result && f->has_defer))) {
            ex_as_to(f, rhs, l.t, l.at);
        } else {
            uint32_t v = ex_as(f, rhs, l.t);
            loc_store(f, &l, v);
        }
        frame_release(f, mark);
        return;
    }
    uint32_t v;
    Expr *u = ast_unparen(rhs);
    if (l.t->form == FORM_BIG && (u->mode == MODE_VAR) && u->kind != EXPR_COMPOSITE) {
        Loc r = place(f, rhs);
        v = frame_alloc_kind(f, 1, SM_PTR);
        loc_addr(f, &r, v);
    } else {
        v = ex_as(f, rhs, l.t);
    }
    f->pos = lhs->pos;
    loc_store(f, &l, v);
    frame_release(f, mark);
}

static bool slots_overlap(uint32_t a, uint32_t na, uint32_t b, uint32_t nb) { return a < b + nb * 8 && b < a + na * 8; }

// Copies an operand of a left side out of the way if it lies in a variable (below `mark`).
static uint32_t detach(Fn *f, uint32_t at, uint32_t mark, uint32_t nslots, TInfo *t) {
    if (at >= mark)
        return at;
    uint32_t tmp = t ? frame_alloc(f, t) : frame_alloc_kind(f, nslots, SM_NONE);
    mov(f, tmp, at, nslots);
    return tmp;
}

static void detach_loc(Fn *f, Loc *l, uint32_t mark) {
    switch ((LocKind)l->kind) {
    case LOC_PTR: l->at = detach(f, l->at, mark, 1, f->c->t_ptr); break;
    case LOC_ELEM:
        l->at = detach(f, l->at, mark, 3, f->c->t_bytes);
        l->ix = detach(f, l->ix, mark, 1, NULL);
        break;
    case LOC_PELEM:
        l->at = detach(f, l->at, mark, 1, f->c->t_ptr);
        l->ix = detach(f, l->ix, mark, 1, NULL);
        break;
    case LOC_FELEM: l->ix = detach(f, l->ix, mark, 1, NULL); break;
    case LOC_MAP: {
        l->at = detach(f, l->at, mark, 1, f->c->t_ptr);
        if (l->ix < mark) {
            uint32_t tmp = map_key_temp(f, l->mt);
            mov(f, tmp, l->ix, map_key_slots(f, l->mt));
            l->ix = tmp;
        }
        break;
    }
    default: break;
    }
}

/* assign_values assigns values that lie ready to several left sides, whose operands are all evaluated first. */
void assign_values(Fn *f, Expr **lhs, uint32_t n, uint32_t *ats, TInfo **types) {
    uint32_t mark = f->top;
    Loc *locs = ARENA_ARRAY(f->arena, Loc, n);
    order_left(f, lhs, n);
    for (uint32_t i = 0; i < n; i++)
        locs[i] = expr_is_blank(lhs[i]) ? (Loc){.kind = LOC_BLANK} : place(f, lhs[i]);
    for (uint32_t i = 0; i < n; i++)
        detach_loc(f, &locs[i], mark);
    for (uint32_t i = 0; i < n; i++) {
        if (locs[i].kind == LOC_BLANK)
            continue;
        uint32_t v = ats[i];
        if (ti_is_iface(locs[i].t) && !ti_is_iface(types[i])) {
            v = frame_alloc(f, locs[i].t);
            conv_iface(f, ats[i], types[i], locs[i].t, v);
        }
        f->pos = lhs[i]->pos;
        loc_store(f, &locs[i], v);
    }
    frame_release(f, mark);
}

// Whether the first n of the places lie in the slots of the frame value at `at`.
static bool is_assigned(const Loc *locs, uint32_t n, uint32_t at, uint32_t nslots) {
    for (uint32_t i = 0; i < n; i++) {
        if ((locs[i].kind == LOC_FRAME || locs[i].kind == LOC_FMEM) && slots_overlap(at, nslots, locs[i].at & ~7u, locs[i].t->fslots + 1))
            return true;
    }
    return false;
}

static void assign_tuple(Fn *f, AssignStmt *s) {
    enum { MANY = 64 };  // more are not compared in pairs
    uint32_t mark = f->top, n = s->nlhs;
    Loc *locs = ARENA_ARRAY(f->arena, Loc, n);
    uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n);
    TInfo **types = ARENA_ARRAY(f->arena, TInfo *, n);
    bool frame_lhs = false, one = s->nrhs == 1;
    if (one) {
        order_left(f, s->lhs, n);
        tuple_values(f, s->rhs[0], ats, types, n);
    } else {
        order_assign(f, s->lhs, n, s->rhs, n, NULL);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (expr_is_blank(s->lhs[i]))
            locs[i] = (Loc){.kind = LOC_BLANK, .t = NULL};
        else
            locs[i] = place(f, s->lhs[i]);
        frame_lhs |= locs[i].kind == LOC_FRAME || locs[i].kind == LOC_FMEM;
    }
    if (frame_lhs) {
        for (uint32_t i = 0; i < n; i++)
            detach_loc(f, &locs[i], mark);
    }
    if (one) {
        for (uint32_t i = 0; i < n; i++) {
            if (locs[i].kind == LOC_BLANK || !ti_is_iface(locs[i].t) || ti_is_iface(types[i]))
                continue;
            uint32_t v = frame_alloc(f, locs[i].t);
            conv_iface(f, ats[i], types[i], locs[i].t, v);
            ats[i] = v;
        }
    } else {
        for (uint32_t i = 0; i < n; i++) {
            TInfo *t = locs[i].kind == LOC_BLANK ? NULL : locs[i].t;
            if (t) {
                types[i] = t;
                ats[i] = ex_as(f, s->rhs[i], t);
            } else if (expr_is_nil(f, s->rhs[i])) {
                ats[i] = NOWHERE;
            } else {
                types[i] = tof(f, s->rhs[i]);
                ats[i] = ex(f, s->rhs[i]);
            }
        }
        for (uint32_t i = 1; i < n; i++) {  // a value in a variable that an earlier assignment changes
            if (locs[i].kind == LOC_BLANK || ats[i] >= mark)
                continue;
            if (i > MANY || is_assigned(locs, i, ats[i], types[i]->fslots)) {
                uint32_t tmp = frame_alloc(f, types[i]);
                mov_t(f, tmp, ats[i], types[i]);
                ats[i] = tmp;
            }
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        if (locs[i].kind == LOC_BLANK)
            continue;
        f->pos = s->lhs[i]->pos;
        loc_store(f, &locs[i], ats[i]);
    }
    frame_release(f, mark);
}

/* An element of a map or an array is found once for reading and writing: nothing between the two may be a safepoint, or panic when the element should not
 * be there yet. */
static void element_in_place(Fn *f, Loc *l) {
    if (!ti_is_int(l->t) && !ti_is_float(l->t))
        return;
    loc_in_place(f, l);
    if (l->kind != LOC_MAP)
        return;
    uint32_t p = frame_alloc_kind(f, 1, SM_PTR);
    map_addr(f, l, p);
    *l = loc_ptr(l->t, p, 0);
    l->nonnil = true;
}

// x += y where the last instruction made the product y: both become one. y is a temporary nobody else reads.
static bool add_product(Fn *f, const Loc *l, uint32_t y) {
    if (l->kind != LOC_FRAME || !f->code.n || f->dead)
        return false;
    uint64_t w = vec_last(&f->code);
    bool is_float = l->t->kind == KIND_FLOAT64;
    if ((!is_float && !(ti_is_int(l->t) && l->t->size == 8)) || f->last_ins + 1 != f->code.n || f->last_bound == f->code.n ||
        ins_op(w) != (is_float ? OP_MUL_F64 : OP_MUL_I64) || ins_a(w) != y)
        return false;
    f->code.n--;
    ins(f, is_float ? OP_MULADD_F64 : OP_MULADD_I64, l->at, ins_b(w), ins_c(w));
    return true;
}

static bool small_const(Fn *f, Expr *e, bool negate, int16_t *out) {
    bool exact = false;
    int64_t n = const_kind(e->cv) == CONST_INT ? const_int64(const_to_int(f->c->arena, e->cv), &exact) : 0;
    *out = (int16_t)(negate ? -n : n);
    return exact && n > INT16_MIN && n <= INT16_MAX;
}

static void assign_op(Fn *f, Expr *lhs, unsigned op, Expr *rhs, Pos pos) {
    uint32_t mark = f->top;
    order_two(f, lhs, rhs);
    Loc l = place(f, lhs);
    TInfo *t = l.t;
    bool is_shift = op == OPER_SHL || op == OPER_SHR;
    uint32_t y = NOWHERE, x, dst;
    if (!rhs->cv && !is_shift && t->kind != KIND_STRING)
        y = ex(f, rhs);
    f->pos = pos;
    if (rhs->cv || (!is_shift && op != OPER_QUO && op != OPER_REM))
        element_in_place(f, &l);
    int16_t k;
    if (rhs->cv && (op == OPER_ADD || op == OPER_SUB) && small_const(f, rhs, op == OPER_SUB, &k) && loc_add(f, &l, false, NOWHERE, k)) {
        frame_release(f, mark);
        return;
    }
    if (y != NOWHERE && (op == OPER_ADD || op == OPER_SUB)) {
        if (loc_add(f, &l, op == OPER_SUB, y, 0) || (op == OPER_ADD && y >= mark && add_product(f, &l, y))) {
            frame_release(f, mark);
            return;
        }
    }
    if (l.kind == LOC_FRAME) {
        x = dst = l.at;
    } else {
        x = dst = frame_alloc(f, t);
        if (t->kind != KIND_STRING)
            loc_load_to(f, &l, x);
    }
    if (t->kind == KIND_STRING) {
        // Operands side by side; the old value is read last, as in s = s + f().
        uint32_t inner = f->top, first = frame_alloc(f, t), second = frame_alloc(f, t);
        ex_to(f, rhs, second);
        f->pos = pos;
        loc_load_to(f, &l, first);
        ins(f, OP_CONCAT, dst, first, 2);
        frame_release(f, inner);
    } else if (is_shift) {
        shift(f, op, t, dst, x, rhs);
    } else if (rhs->cv) {
        binary_const(f, op, t, dst, x, rhs);
    } else {
        arith(f, op, t, dst, x, y);
    }
    if (l.kind != LOC_FRAME)
        loc_store(f, &l, dst);
    frame_release(f, mark);
}

static void inc_dec(Fn *f, IncDecStmt *s) {
    uint32_t mark = f->top;
    order_one(f, s->x);
    Loc l = place(f, s->x);
    TInfo *t = l.t;
    f->pos = s->s.pos;
    element_in_place(f, &l);
    if (loc_add(f, &l, false, NOWHERE, s->op == OPER_ADD ? 1 : -1)) {
        frame_release(f, mark);
        return;
    }
    uint32_t x = l.kind == LOC_FRAME ? l.at : frame_alloc(f, t);
    if (l.kind != LOC_FRAME)
        loc_load_to(f, &l, x);
    if (ti_is_int(t)) {
        ins(f, OP_ADDI_I64, x, x, (uint16_t)(s->op == OPER_ADD ? 1 : -1));
        wrap_int(f, x, t);
    } else {
        uint32_t one = frame_alloc(f, t);
        load_const(f, one, t, const_int(f->c->arena, 1));
        arith(f, s->op, t, x, x, one);
    }
    if (l.kind != LOC_FRAME)
        loc_store(f, &l, x);
    frame_release(f, mark);
}

static bool declares(Expr *e) {
    Ident *id = (Ident *)e;
    return id->obj && id->obj->pos == e->pos;
}

static void define(Fn *f, AssignStmt *s) {
    if (s->nrhs == 1 && s->nlhs == 1) {
        assign_define(f, ((Ident *)ast_unparen(s->lhs[0]))->obj, s->rhs[0]);
        return;
    }
    uint32_t n = s->nlhs;
    uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n);
    TInfo **types = ARENA_ARRAY(f->arena, TInfo *, n);
    if (s->nrhs == n) {
        // Old variables get their values after all right sides were evaluated.
        order_list(f, s->rhs, n, NULL);
        for (uint32_t i = 0; i < n; i++) {
            if (expr_is_blank(s->lhs[i])) {
                uint32_t mark = f->top;
                if (!expr_is_nil(f, s->rhs[i]))
                    ex(f, s->rhs[i]);
                frame_release(f, mark);
            } else if (declares(s->lhs[i])) {
                assign_define(f, ((Ident *)s->lhs[i])->obj, s->rhs[i]);
            } else {
                types[i] = ti(f, ((Ident *)s->lhs[i])->obj->type);
                ats[i] = frame_alloc(f, types[i]);
                ex_as_to(f, s->rhs[i], types[i], ats[i]);
            }
        }
        for (uint32_t i = 0; i < n; i++) {
            if (expr_is_blank(s->lhs[i]) || declares(s->lhs[i]))
                continue;
            Loc l = place(f, s->lhs[i]);
            loc_store(f, &l, ats[i]);
        }
        return;
    }
    uint32_t start = f->top;
    bool full = frame_is_full(f);
    tuple_values(f, s->rhs[0], ats, types, n);
    // New variables of the frame stay where the values are.
    for (uint32_t i = 0; i < n; i++) {
        if (expr_is_blank(s->lhs[i]))
            continue;
        Object *o = ((Ident *)s->lhs[i])->obj;
        if (declares(s->lhs[i])) {
            TInfo *t = ti(f, o->type);
            if (!o->is_global && !full && !var_boxed(f, o, t) && t == types[i] && ats[i] >= start)
                var_add(f, o, t, ats[i], VAR_FRAME);
            else
                store_define(f, o, ats[i], types[i]);
        } else {
            uint32_t inner = f->top;
            Loc l = place(f, s->lhs[i]);
            uint32_t v = ats[i];
            if (ti_is_iface(l.t) && !ti_is_iface(types[i])) {
                v = frame_alloc(f, l.t);
                conv_iface(f, ats[i], types[i], l.t, v);
            }
            loc_store(f, &l, v);
            frame_release(f, inner);
        }
    }
    if (full)
        frame_release(f, start);
}

static void assign(Fn *f, AssignStmt *s) {
    if (s->op != OPER_NONE)
        assign_op(f, s->lhs[0], s->op, s->rhs[0], s->s.pos);
    else if (s->define)
        define(f, s);
    else if (s->nlhs == 1)
        assign_one(f, s->lhs[0], s->rhs[0]);
    else
        assign_tuple(f, s);
}

static void var_spec(Fn *f, VarSpec *v) {
    if (v->nvalues == 0) {
        for (uint32_t i = 0; i < v->nnames; i++) {
            Object *o = v->names[i]->obj;
            if (!o || is_blank(o))
                continue;
            if (o->is_global) {
                Loc l = {.kind = LOC_GLOBAL, .t = ti(f, o->type), .disp = global_off(f->c, o)};
                loc_zero(f, &l);
            } else {
                var_declare(f, o, true);
            }
        }
    } else if (v->nvalues == v->nnames) {
        order_list(f, v->values, v->nvalues, NULL);
        for (uint32_t i = 0; i < v->nnames; i++)
            if (v->names[i]->obj) {
                assign_define(f, v->names[i]->obj, v->values[i]);
            } else {
                uint32_t mark = f->top;
                ex(f, v->values[i]);
                frame_release(f, mark);
            }
    } else {
        uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, v->nnames);
        TInfo **types = ARENA_ARRAY(f->arena, TInfo *, v->nnames);
        uint32_t start = f->top;
        bool full = frame_is_full(f);
        tuple_values(f, v->values[0], ats, types, v->nnames);
        for (uint32_t i = 0; i < v->nnames; i++) {
            if (v->names[i]->obj)
                store_define(f, v->names[i]->obj, ats[i], types[i]);
        }
        if (full)
            frame_release(f, start);
    }
}

static void decl_stmt(Fn *f, Decl *d) {
    if (d->kind != DECL_GEN || ((GenDecl *)d)->tok != GEN_VAR)
        return;
    GenDecl *g = (GenDecl *)d;
    for (uint32_t i = 0; i < g->nspecs; i++) {
        VarSpec *v = AS(VarSpec, g->specs[i]);
        var_spec(f, v);
    }
}

/* ---- return ---- */

void return_values(Fn *f, uint32_t *ats, TInfo **types, uint32_t n) {
    uint32_t mark = f->top;
    if (n == 1 && types[0]->fslots && types[0]->fslots <= 3) {
        static const Opcode ops[] = {OP_RET, OP_RET1, OP_RET2, OP_RET3};
        ins(f, ops[types[0]->fslots], ats[0], 0, 0);
        return;
    }
    uint32_t end = 0, at = 0;
    for (uint32_t i = 0; i < n; i++)
        end += types[i]->fslots * 8;
    for (uint32_t i = 0; i < n; i++) {  // what lies where results go, and not in its own place
        if (ats[i] < end && ats[i] != at) {
            uint32_t tmp = frame_alloc(f, types[i]);
            mov_t(f, tmp, ats[i], types[i]);
            ats[i] = tmp;
        }
        at += types[i]->fslots * 8;
    }
    at = 0;
    for (uint32_t i = 0; i < n; i++) {
        mov_t(f, at, ats[i], types[i]);
        at += types[i]->fslots * 8;
    }
    ins(f, OP_RET, 0, 0, 0);
    frame_release(f, mark);
}

Loc result_loc(Fn *f, uint32_t i) {
    return var_loc(f, &f->result_home[i]);
}

// Loads the results' homes and returns.
void return_homes(Fn *f) {
    uint32_t n = f->inst->nresults, mark = f->top;
    uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        Loc l = result_loc(f, i);
        ats[i] = loc_load(f, &l);
    }
    return_values(f, ats, f->inst->results, n);
    frame_release(f, mark);
}

void store_results(Fn *f, ReturnStmt *s) {
    uint32_t n = f->inst->nresults, mark = f->top;
    uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n);
    TInfo **types = ARENA_ARRAY(f->arena, TInfo *, n);
    results_evaluate(f, s, f->inst->results, n, ats, types);
    for (uint32_t i = 0; i < n; i++) {
        // A home that is still to be read as a value of a later result: values first.
        if (ats[i] < mark) {
            uint32_t tmp = frame_alloc(f, types[i]);
            mov_t(f, tmp, ats[i], types[i]);
            ats[i] = tmp;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        Loc l = result_loc(f, i);
        loc_store(f, &l, ats[i]);
    }
    frame_release(f, mark);
}

/* results_evaluate evaluates a return's operands, converted to the result types. */
void results_evaluate(Fn *f, ReturnStmt *s, TInfo **rt, uint32_t n, uint32_t *ats, TInfo **types) {
    if (s->nresults == 1 && n != 1) {
        tuple_values(f, s->results[0], ats, types, n);
        for (uint32_t i = 0; i < n; i++) {
            if (ti_is_iface(rt[i]) && !ti_is_iface(types[i])) {
                uint32_t v = frame_alloc(f, rt[i]);
                conv_iface(f, ats[i], types[i], rt[i], v);
                ats[i] = v;
            }
            types[i] = rt[i];
        }
        return;
    }
    order_list(f, s->results, n, rt);
    for (uint32_t i = 0; i < n; i++) {
        types[i] = rt[i];
        ats[i] = ex_as(f, s->results[i], rt[i]);
    }
}

static void return_stmt(Fn *f, ReturnStmt *s) {
    uint32_t n = f->inst->nresults, mark = f->top;
    f->pos = s->s.pos;
    if (f->inl) {
        inline_return(f, s);
        return;
    }
    if (f->inst->range) {
        range_return(f, s);
        return;
    }
    if (f->has_defer) {
        if (s->nresults)
            store_results(f, s);
        f->pos = s->s.pos;
        jump(f, f->epilogue);
        return;
    }
    if (!n) {
        ins(f, OP_RET, 0, 0, 0);
        return;
    }
    if (!s->nresults) {
        return_homes(f);
        return;
    }
    if (n == 1 && s->results[0]->cv && f->inst->results[0]->fslots == 1 && !ti_is_float(f->inst->results[0]) && !ti_is_iface(f->inst->results[0])) {
        Expr *e = s->results[0];
        bool exact = true;
        int64_t v = f->inst->results[0]->kind == KIND_BOOL ? const_is_true(e->cv) :
            ti_is_int(f->inst->results[0])                 ? const_int64(const_to_int(f->c->arena, e->cv), &exact) :
                                                             INT64_MAX;
        if (exact && v == (int32_t)v) {
            ins_i(f, OP_RETI, 0, v);
            return;
        }
    }
    uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, n);
    TInfo **types = ARENA_ARRAY(f->arena, TInfo *, n);
    results_evaluate(f, s, f->inst->results, n, ats, types);
    f->pos = s->s.pos;
    return_values(f, ats, types, n);
    frame_release(f, mark);
}

/* ---- control flow ---- */

static void if_stmt(Fn *f, IfStmt *s) {
    uint32_t mark = f->top;
    if (s->init)
        stmt(f, s->init);
    Label yes = label_new(f), no = label_new(f);
    cond(f, s->cond, yes, no, true);
    label_bind(f, yes);
    block(f, &s->then->list);
    if (s->els) {
        Label end = label_new(f);
        jump(f, end);
        label_bind(f, no);
        stmt(f, s->els);
        label_bind(f, end);
    } else {
        label_bind(f, no);
    }
    frame_release(f, mark);
}

static bool is_leaf(Expr *e) {
    e = ast_unparen(e);
    if (e->cv || e->kind == EXPR_IDENT)
        return true;
    if (e->kind == EXPR_CALL && ((CallExpr *)e)->call == CALL_BUILTIN &&
        (((CallExpr *)e)->builtin == BUILTIN_LEN || ((CallExpr *)e)->builtin == BUILTIN_CAP))
        return is_leaf(((CallExpr *)e)->args[0]);
    return e->kind == EXPR_SELECTOR && is_leaf(((SelectorExpr *)e)->x) && ((SelectorExpr *)e)->selection && ((SelectorExpr *)e)->selection->kind == SEL_FIELD;
}

// A condition cheap enough to stand twice, before the loop and at its end.
static bool is_cheap(Expr *e) {
    e = ast_unparen(e);
    if (e->kind == EXPR_BINARY) {
        BinaryExpr *b = (BinaryExpr *)e;
        return is_leaf(b->x) && is_leaf(b->y);
    }
    if (e->kind == EXPR_UNARY)
        return is_leaf(((UnaryExpr *)e)->x);
    return is_leaf(e);
}

/* loop_step finds the variable and the positive constant of a loop's `i++` or `i += constant`; NULL when it has another form. */
static Object *loop_step(Fn *f, ForStmt *s, int64_t *step) {
    if (!s->post || s->post->kind == STMT_INC_DEC) {
        *step = 1;
        return s->post && ((IncDecStmt *)s->post)->op == OPER_ADD ? local_var(((IncDecStmt *)s->post)->x) : NULL;
    }
    if (s->post->kind != STMT_ASSIGN)
        return NULL;
    AssignStmt *a = (AssignStmt *)s->post;
    bool exact = false;
    if (a->op != OPER_ADD || a->nlhs != 1 || a->nrhs != 1 || !a->rhs[0]->cv)
        return NULL;
    *step = const_int64(const_to_int(f->c->arena, a->rhs[0]->cv), &exact);
    return exact && *step > 0 ? local_var(a->lhs[0]) : NULL;
}

static void step_jump(Fn *f, bool less, uint32_t i, int64_t step, uint32_t limit, Label body) {
    if (step == 1)
        jump_abc(f, less ? OP_INCLT_I64 : OP_INCLE_I64, i, limit, body);
    else
        jump_abc_ext(f, less ? OP_ADDLT_I64 : OP_ADDLE_I64, i, limit, body, (uint64_t)step);
}

/* step_and_test emits `i++; if i < n goto body` as one instruction if the loop has that form, with any constant step. */
static bool step_and_test(Fn *f, ForStmt *s, Label body, uint32_t limit) {
    int64_t step;
    Object *o = loop_step(f, s, &step);
    Expr *c = s->cond ? ast_unparen(s->cond) : NULL;
    if (!o || !c || c->cv || c->kind != EXPR_BINARY)
        return false;
    BinaryExpr *b = (BinaryExpr *)c;
    Var *v = var_find(f, o);
    if ((b->op != OPER_LSS && b->op != OPER_LEQ) || local_var(b->x) != o || v->place != VAR_FRAME || !ti_is_signed(v->t) || v->t->size != 8)
        return false;
    bool less = b->op == OPER_LSS;
    uint32_t i = v->at, mark = f->top;
    if (b->y->cv) {
        bool exact;
        int64_t n = const_int64(const_to_int(f->c->arena, b->y->cv), &exact);
        if (limit == NOWHERE && (!exact || !less || n != (int16_t)n || step != 1))
            return false;
        f->pos = b->e.pos;
        if (limit != NOWHERE)
            step_jump(f, less, i, step, limit, body);
        else
            jump_abc(f, OP_INCLTI_I64, i, (uint16_t)n, body);
        return true;
    }
    if (!is_leaf(b->y) || expr_mentions(b->y, o) || f->dead)
        return false;
    uint32_t n = ex(f, b->y);
    f->pos = b->e.pos;
    step_jump(f, less, i, step, n, body);
    frame_release(f, mark);
    return true;
}

// The loop's variables that live in boxes get a new box per iteration.
static void copy_loop_vars(Fn *f, Stmt *init) {
    if (!init || init->kind != STMT_ASSIGN || !((AssignStmt *)init)->define)
        return;
    AssignStmt *a = (AssignStmt *)init;
    for (uint32_t i = 0; i < a->nlhs; i++) {
        Object *o = ((Ident *)a->lhs[i])->obj;
        if (!o || !o->per_iteration || is_blank(o) || !declares(a->lhs[i]))
            continue;
        Var v = *var_find(f, o);
        if (var_is_private(&v) || !(o->captured || o->addr_taken))
            continue;
        uint32_t index = ti_index(f->c, v.t), mark = f->top, p = var_box_load(f, &v);
        ins(f, OP_BOXP, p, p, 0);
        ins_ext(f, ext_type(index, 0));
        if (v.place == VAR_BLOCK_BOX) {
            Loc l = based_loc(f->c->t_ptr, v.base, v.at);
            loc_store(f, &l, p);
        }
        frame_release(f, mark);
    }
}

// The condition is true at first: both sides are constants.
static bool true_at_first(Fn *f, ForStmt *s) {
    if (!s->init || s->init->kind != STMT_ASSIGN || !s->cond)
        return false;
    AssignStmt *a = (AssignStmt *)s->init;
    Expr *c = ast_unparen(s->cond);
    if (!a->define || a->nlhs != 1 || a->nrhs != 1 || c->kind != EXPR_BINARY || c->cv)
        return false;
    BinaryExpr *b = (BinaryExpr *)c;
    if (local_var(b->x) != ((Ident *)ast_unparen(a->lhs[0]))->obj || !b->y->cv || !a->rhs[0]->cv || const_kind(b->y->cv) != CONST_INT ||
        const_kind(a->rhs[0]->cv) != CONST_INT)
        return false;
    static const ConstOp ops[] = {CONST_EQ, CONST_NE, CONST_LT, CONST_LE, CONST_GT, CONST_GE};
    if (b->op < OPER_EQL || b->op > OPER_GEQ)
        return false;
    (void)f;
    return const_compare(a->rhs[0]->cv, ops[b->op - OPER_EQL], b->y->cv);
}

// A limit that does not fit the instruction at the loop's end is put into a slot before the loop.
static uint32_t loop_limit(Fn *f, ForStmt *s) {
    Expr *c = s->cond ? ast_unparen(s->cond) : NULL;
    int64_t step;
    if (!c || c->cv || c->kind != EXPR_BINARY || !loop_step(f, s, &step))
        return NOWHERE;
    BinaryExpr *b = (BinaryExpr *)c;
    bool exact = false;
    int64_t n = b->y->cv && const_kind(b->y->cv) == CONST_INT ? const_int64(b->y->cv, &exact) : 0;
    if (!exact || (b->op != OPER_LSS && b->op != OPER_LEQ) || (b->op == OPER_LSS && n == (int16_t)n && step == 1))
        return NOWHERE;
    uint32_t k = frame_alloc_kind(f, 1, SM_NONE);
    load_int(f, k, n);
    return k;
}

static void for_stmt(Fn *f, ForStmt *s) {
    uint32_t mark = f->top;
    if (s->init)
        stmt(f, s->init);
    uint32_t limit = loop_limit(f, s);
    bool reached = !f->dead;
    Label body = label_new(f), test = label_new(f);
    Target t = {f->targets, &s->s, label_new(f), label_new(f)};
    if (s->cond) {
        if (is_cheap(s->cond)) {
            if (!true_at_first(f, s))
                cond(f, s->cond, body, t.brk, true);
        } else {
            jump(f, test);
        }
    }
    label_bind(f, body);
    f->dead = !reached;
    f->targets = &t;
    block(f, &s->body->list);
    f->targets = t.outer;
    label_bind(f, t.cont);
    f->pos = s->s.pos;
    copy_loop_vars(f, s->init);
    if (step_and_test(f, s, body, limit)) {
        label_bind(f, t.brk);
        frame_release(f, mark);
        return;
    }
    if (s->post)
        stmt(f, s->post);
    label_bind(f, test);
    if (s->cond)
        cond(f, s->cond, body, t.brk, false);
    else
        jump(f, body);
    label_bind(f, t.brk);
    frame_release(f, mark);
}

Label label_of(Fn *f, LabeledStmt *s) {
    for (uint32_t i = 0; i < f->label_homes.n; i++) {
        if (f->label_homes.at[i].stmt == s)
            return f->label_homes.at[i].label;
    }
    LabelHome h = {s, label_new(f)};
    vec_push(f->arena, &f->label_homes, h);
    return h.label;
}

static void branch(Fn *f, BranchStmt *s) {
    f->pos = s->s.pos;
    if (s->tok == BRANCH_GOTO) {
        if (f->inst->range && !range_owns_label(f, (LabeledStmt *)s->target)) {
            range_exit(f, s);
            return;
        }
        jump(f, label_of(f, (LabeledStmt *)s->target));
        return;
    }
    for (Target *t = f->targets; t; t = t->outer) {
        if (t->stmt != s->target)
            continue;
        jump(f, s->tok == BRANCH_CONTINUE ? t->cont : t->brk);
        return;
    }
    range_exit(f, s);
}

static void labeled(Fn *f, LabeledStmt *s) {
    label_bind(f, label_of(f, s));
    f->dead = false;
    stmt(f, s->stmt);
}

static void send(Fn *f, SendStmt *s) {
    uint32_t mark = f->top;
    TInfo *et = ti_elem(f->c, tof(f, s->chan));
    order_two(f, s->chan, s->value);
    uint32_t ch = ex(f, s->chan), v = ex_as(f, s->value, et);
    f->pos = s->s.pos;
    chan_send_value(f, ch, v, et);
    frame_release(f, mark);
}

void block(Fn *f, StmtList *l) {
    uint32_t mark = f->top;
    for (uint32_t i = 0; i < l->n; i++)
        stmt(f, l->at[i]);
    frame_release(f, mark);
}

void stmt(Fn *f, Stmt *s) {
    uint32_t pins = f->pins.n, nhoisted = f->hoisted.n;
    f->pos = s->pos;
    f->free_header = NOWHERE;
    if (UNLIKELY(!has_room(f, s->pos)))
        return;
    switch (s->kind) {
    case STMT_EMPTY: break;
    case STMT_EXPR: ex_discard(f, ((ExprStmt *)s)->x); break;
    case STMT_SEND: send(f, (SendStmt *)s); break;
    case STMT_INC_DEC: inc_dec(f, (IncDecStmt *)s); break;
    case STMT_ASSIGN: assign(f, (AssignStmt *)s); break;
    case STMT_GO:
        f->go_pos = s->pos;
        call_go(f, AS(CallExpr, ast_unparen(((GoStmt *)s)->call)), false);
        break;
    case STMT_DEFER:
        if (f->inst->range)
            range_defer(f, (DeferStmt *)s);
        else
            call_go(f, AS(CallExpr, ast_unparen(((DeferStmt *)s)->call)), true);
        break;
    case STMT_RETURN: return_stmt(f, (ReturnStmt *)s); break;
    case STMT_BRANCH:
        if (((BranchStmt *)s)->tok != BRANCH_FALLTHROUGH)
            branch(f, (BranchStmt *)s);
        break;
    case STMT_BLOCK: block(f, &((BlockStmt *)s)->list); break;
    case STMT_IF: if_stmt(f, (IfStmt *)s); break;
    case STMT_SWITCH: switch_stmt(f, (SwitchStmt *)s); break;
    case STMT_TYPE_SWITCH: type_switch_stmt(f, (TypeSwitchStmt *)s); break;
    case STMT_SELECT: select_stmt(f, (SelectStmt *)s); break;
    case STMT_FOR: for_stmt(f, (ForStmt *)s); break;
    case STMT_RANGE: range_stmt(f, (RangeStmt *)s); break;
    case STMT_LABELED: labeled(f, (LabeledStmt *)s); break;
    case STMT_DECL: decl_stmt(f, ((DeclStmt *)s)->decl); break;
    default: not_supported(f, s->pos, ast_kind_name(s->kind));
    }
    order_end(f, nhoisted);
    pins_close(f, pins);
}

// var a, b = f() at package level.
void init_tuple(Fn *f, InitItem *it) {
    uint32_t *ats = ARENA_ARRAY(f->arena, uint32_t, it->nlhs);
    TInfo **types = ARENA_ARRAY(f->arena, TInfo *, it->nlhs);
    tuple_values(f, it->rhs, ats, types, it->nlhs);
    for (uint32_t i = 0; i < it->nlhs; i++) {
        Object *o = it->lhs[i];
        if (o && !is_blank(o))
            store_define(f, o, ats[i], types[i]);
    }
}

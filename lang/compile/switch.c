// switch.c: switch, type switch, select.
#include "compile/compile_impl.h"

typedef struct IntCase {
    int64_t value;
    Label body;
    uint32_t order;
} IntCase;

static int by_value(const void *a, const void *b) {
    const IntCase *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

// A comparison of the slot with a constant, with an immediate where it fits.
static void jump_int(Fn *f, Opcode imm, Opcode reg, uint32_t at, int64_t v, Label l) {
    uint32_t mark = f->top;
    if (v == (int16_t)v) {
        cjump(f, imm, at, (uint16_t)v, l);
    } else {
        uint32_t k = frame_alloc_kind(f, 1, SM_NONE);
        load_int(f, k, v);
        cjump(f, reg, at, k, l);
    }
    frame_release(f, mark);
}

// cases [lo, hi), sorted: a binary decision tree, short runs one after the other.
static void int_tree(Fn *f, uint32_t at, const IntCase *cases, uint32_t lo, uint32_t hi, Label other) {
    if (hi - lo <= 4) {
        for (uint32_t i = lo; i < hi; i++)
            jump_int(f, OP_JEQI_I64, OP_JEQ_I64, at, cases[i].value, cases[i].body);
        jump(f, other);
        return;
    }
    uint32_t mid = lo + (hi - lo) / 2;
    Label low = label_new(f);
    jump_int(f, OP_JLTI_I64, OP_JLT_I64, at, cases[mid].value, low);
    int_tree(f, at, cases, mid, hi, other);
    label_bind(f, low);
    int_tree(f, at, cases, lo, mid, other);
}

static bool int_switch(Fn *f, SwitchStmt *s, TInfo *t, uint32_t at, Label *bodies, Label other) {
    uint32_t n = 0;
    if (!ti_is_int(t))
        return false;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        for (uint32_t k = 0; k < s->clauses[i]->nexprs; k++, n++) {
            bool exact = true;
            if (!s->clauses[i]->exprs[k]->cv)
                return false;
            const_int64(const_to_int(f->c->arena, s->clauses[i]->exprs[k]->cv), &exact);
            if (!exact)
                return false;
        }
    }
    if (n < 6)
        return false;
    IntCase *cases = ARENA_ARRAY(f->arena, IntCase, n);
    n = 0;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        for (uint32_t k = 0; k < s->clauses[i]->nexprs; k++, n++) {
            int64_t v = const_int64(const_to_int(f->c->arena, s->clauses[i]->exprs[k]->cv), NULL);
            cases[n] = (IntCase){v, bodies[i], n};
        }
    }
    if (ti_is_unsigned(t) && t->size == 8) {  // beyond the signed range nothing matches
        jump_int(f, OP_JLTI_I64, OP_JLT_I64, at, 0, other);
    }
    qsort(cases, n, sizeof *cases, by_value);
    int_tree(f, at, cases, 0, n, other);
    return true;
}

static void case_jump(Fn *f, TInfo *t, uint32_t at, Expr *e, Label body) {
    uint32_t mark = f->top, nhoisted = f->hoisted.n;
    f->pos = e->pos;
    order_one(f, e);
    if (expr_is_nil(f, e)) {
        cjump(f, OP_JF, at, 0, body);
        return;
    }
    TInfo *et = tof(f, e);
    bool exact = false;
    int64_t v = 0;
    if (ti_is_int(t) && e->cv)
        v = const_int64(const_to_int(f->c->arena, e->cv), &exact);
    if (exact) {
        jump_int(f, OP_JEQI_I64, OP_JEQ_I64, at, v, body);
    } else {
        uint32_t x = at, y;
        if (ti_is_iface(et) && !ti_is_iface(t)) {
            x = frame_alloc(f, et);
            conv_iface(f, at, t, et, x);
            t = et;
        }
        y = ex_as(f, e, t);
        if (t->kind == KIND_STRING) {
            cjump(f, OP_JEQ_STR, x, y, body);
        } else {
            uint32_t b = frame_alloc_kind(f, 1, SM_NONE);
            compare_to_bool(f, OPER_EQL, t, b, x, y);
            cjump(f, OP_JT, b, 0, body);
        }
    }
    order_end(f, nhoisted);
    frame_release(f, mark);
}

static void clause_bodies(Fn *f, Target *t, CaseClause **clauses, uint32_t n, Label *bodies) {
    f->targets = t;
    for (uint32_t i = 0; i < n; i++) {
        StmtList *l = &clauses[i]->body;
        label_bind(f, bodies[i]);
        block(f, l);
        bool falls = l->n && l->at[l->n - 1]->kind == STMT_BRANCH && ((BranchStmt *)l->at[l->n - 1])->tok == BRANCH_FALLTHROUGH;
        if (falls && i + 1 < n)
            jump(f, bodies[i + 1]);
        else
            jump(f, t->brk);
    }
    f->targets = t->outer;
}

void switch_stmt(Fn *f, SwitchStmt *s) {
    uint32_t mark = f->top;
    if (s->init)
        stmt(f, s->init);
    Target t = {f->targets, &s->s, label_new(f), NO_LABEL};
    Label *bodies = ARENA_ARRAY(f->arena, Label, s->nclauses + 1), other = t.brk;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        bodies[i] = label_new(f);
        if (s->clauses[i]->is_default)
            other = bodies[i];
    }
    if (s->tag) {
        TInfo *tt = tof(f, s->tag);
        order_one(f, s->tag);
        uint32_t at = ex(f, s->tag);
        if (!int_switch(f, s, tt, at, bodies, other)) {
            for (uint32_t i = 0; i < s->nclauses; i++) {
                for (uint32_t k = 0; k < s->clauses[i]->nexprs; k++)
                    case_jump(f, tt, at, s->clauses[i]->exprs[k], bodies[i]);
            }
            jump(f, other);
        }
    } else {
        for (uint32_t i = 0; i < s->nclauses; i++) {
            for (uint32_t k = 0; k < s->clauses[i]->nexprs; k++) {
                Label next = label_new(f);
                cond(f, s->clauses[i]->exprs[k], bodies[i], next, false);
                label_bind(f, next);
            }
        }
        jump(f, other);
    }
    clause_bodies(f, &t, s->clauses, s->nclauses, bodies);
    label_bind(f, t.brk);
    frame_release(f, mark);
}

void type_switch_stmt(Fn *f, TypeSwitchStmt *s) {
    Compiler *c = f->c;
    uint32_t mark = f->top;
    if (s->init)
        stmt(f, s->init);
    TInfo *xt = tof(f, s->guard->x);
    order_one(f, s->guard->x);
    uint32_t x = ex(f, s->guard->x);
    Target t = {f->targets, &s->s, label_new(f), NO_LABEL};
    Label *bodies = ARENA_ARRAY(f->arena, Label, s->nclauses + 1), other = t.brk;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        bodies[i] = label_new(f);
        if (s->clauses[i]->is_default)
            other = bodies[i];
    }
    for (uint32_t i = 0; i < s->nclauses; i++) {
        CaseClause *cl = s->clauses[i];
        for (uint32_t k = 0; k < cl->nexprs; k++) {
            uint32_t inner = f->top;
            f->pos = cl->exprs[k]->pos;
            if (expr_is_nil(f, cl->exprs[k])) {
                jump_a(f, OP_JF, x, bodies[i]);
                continue;
            }
            TInfo *ct = tof(f, cl->exprs[k]);
            uint32_t index = ti_index(c, ct);
            if (ti_is_iface(ct)) {
                uint32_t ok = frame_alloc_kind(f, 1, SM_NONE);
                ins(f, OP_ISIFACE, ok, x, 0);
                ins_ext(f, ext_type(index, 0));
                jump_a(f, OP_JT, ok, bodies[i]);
            } else {
                jump_abc_ext(f, OP_JTYPE_EQ, x, 0, bodies[i], ext_type(index, 0));
            }
            frame_release(f, inner);
        }
    }
    jump(f, other);
    f->targets = &t;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        CaseClause *cl = s->clauses[i];
        uint32_t inner = f->top;
        label_bind(f, bodies[i]);
        f->pos = cl->s.pos;
        Object *o = cl->implicit;
        if (o) {
            TInfo *ot = ti(f, o->type);
            if (ti_is_iface(ot)) {
                store_define(f, o, x, xt);
            } else {
                uint32_t v = frame_alloc(f, ot);
                unbox(f, x + 8, ot, v);
                store_define(f, o, v, ot);
            }
        }
        block(f, &cl->body);
        jump(f, t.brk);
        frame_release(f, inner);
    }
    f->targets = t.outer;
    label_bind(f, t.brk);
    frame_release(f, mark);
}

/* ---- select ---- */

typedef struct CommCase {
    CommClause *clause;
    UnaryExpr *recv;     // the receive, or NULL
    AssignStmt *assign;  // of a receive, or NULL
    TInfo *et;
    uint32_t ch, mem;
} CommCase;

static UnaryExpr *recv_of(Expr *e) {
    e = ast_unparen(e);
    return e->kind == EXPR_UNARY && ((UnaryExpr *)e)->op == OPER_RECV ? (UnaryExpr *)e : NULL;
}

static void comm_evaluate(Fn *f, CommCase *k) {
    Stmt *comm = k->clause->comm;
    f->pos = comm->pos;
    if (comm->kind == STMT_SEND) {
        SendStmt *s = (SendStmt *)comm;
        k->et = ti_elem(f->c, tof(f, s->chan));
        order_one(f, s->chan);
        k->ch = ex(f, s->chan);
        order_one(f, s->value);
        k->mem = select_elem_send(f, ex_as(f, s->value, k->et), k->et);
        return;
    }
    if (comm->kind == STMT_ASSIGN) {
        k->assign = (AssignStmt *)comm;
        k->recv = recv_of(k->assign->rhs[0]);
    } else {
        k->recv = recv_of(((ExprStmt *)comm)->x);
    }
    k->et = ti_elem(f->c, tof(f, k->recv->x));
    order_one(f, k->recv->x);
    k->ch = ex(f, k->recv->x);
    k->mem = OFF_NONE_W;
}

// What a receive's case does with the value and ok.
static void comm_receive(Fn *f, CommCase *k, uint32_t ok) {
    AssignStmt *a = k->assign;
    if (!a)
        return;
    uint32_t v = frame_alloc(f, k->et);
    select_elem_take(f, v, k->mem, k->et);
    for (uint32_t i = 0; i < a->nlhs; i++) {
        uint32_t at = i ? ok : v;
        TInfo *from = i ? f->c->t_bool : k->et;
        if (expr_is_blank(a->lhs[i]))
            continue;
        if (a->define) {
            store_define(f, ((Ident *)a->lhs[i])->obj, at, from);
            continue;
        }
        uint32_t mark = f->top;
        Loc l = place(f, a->lhs[i]);
        if (ti_is_iface(l.t) && !ti_is_iface(from)) {
            uint32_t tmp = frame_alloc(f, l.t);
            conv_iface(f, at, from, l.t, tmp);
            at = tmp;
        }
        loc_store(f, &l, at);
        frame_release(f, mark);
    }
}

// Goes to the body of the case that SELECT chose; deflt NO_LABEL: there is no default.
static void select_jump(Fn *f, uint32_t r, const Label *bodies, uint32_t n, Label deflt) {
    enum { FEW = 8 };
    if (n > FEW) {
        IntCase *cases = ARENA_ARRAY(f->arena, IntCase, n);
        for (uint32_t i = 0; i < n; i++)
            cases[i] = (IntCase){i, bodies[i], i};
        Label none = label_new(f);
        int_tree(f, r, cases, 0, n, none);
        label_bind(f, none);
    } else {
        for (uint32_t i = 0; i < n; i++) {
            if (i + 1 < n || deflt != NO_LABEL)
                jump_abc(f, OP_JEQI_I64, r, i, bodies[i]);
            else
                jump(f, bodies[i]);
        }
    }
    if (deflt != NO_LABEL)
        jump(f, deflt);
    else if (n > FEW)
        ins_i(f, OP_THROW, 0, THROW_UNREACHABLE);
}

void select_stmt(Fn *f, SelectStmt *s) {
    uint32_t mark = f->top, n = 0;
    CommCase *cases = ARENA_ARRAY(f->arena, CommCase, s->nclauses + 1);
    CommClause *deflt = NULL;
    for (uint32_t i = 0; i < s->nclauses; i++) {
        if (!s->clauses[i]->comm) {
            deflt = s->clauses[i];
            continue;
        }
        cases[n].clause = s->clauses[i];
        comm_evaluate(f, &cases[n++]);
    }
    f->pos = s->s.pos;
    if (n > UINT16_MAX) {
        diag_at(f->c->sx->diags, s->s.pos, E_UNSUPPORTED, "select with more than %d cases", UINT16_MAX);
        f->c->failed = true;
        n = 0;
    }
    uint32_t r = f->far ? f->select_at : frame_alloc_kind(f, 2, SM_NONE);
    for (uint32_t i = 0; i < n; i++) {
        if (cases[i].assign)
            cases[i].mem = select_elem_recv(f, cases[i].et);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t slots = (uint32_t)((cases[i].et->size + 7) / 8);
        call_note(f, cases[i].recv ? 0 : slots, cases[i].recv ? slots : 0);
    }
    if (!n)
        call_note(f, 0, 0);
    ins(f, OP_SELECT, r, deflt != NULL, n);
    for (uint32_t i = 0; i < n; i++) {
        unsigned flags = (cases[i].recv ? 0 : SELECT_SEND) | (cases[i].et->form == FORM_BIG && cases[i].mem != OFF_NONE_W ? SELECT_BY_ADDRESS : 0);
        ins_ext(f, select_case(flags, cases[i].ch, cases[i].mem));
    }
    if (!n && !deflt)
        f->dead = true;
    Target t = {f->targets, &s->s, label_new(f), NO_LABEL};
    Label *bodies = ARENA_ARRAY(f->arena, Label, n + 1), dl = label_new(f);
    for (uint32_t i = 0; i < n; i++)
        bodies[i] = label_new(f);
    select_jump(f, r, bodies, n, deflt ? dl : NO_LABEL);
    f->targets = &t;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t inner = f->top;
        label_bind(f, bodies[i]);
        comm_receive(f, &cases[i], r + 8);
        block(f, &cases[i].clause->body);
        jump(f, t.brk);
        frame_release(f, inner);
    }
    if (deflt) {
        label_bind(f, dl);
        block(f, &deflt->body);
        jump(f, t.brk);
    }
    f->targets = t.outer;
    label_bind(f, t.brk);
    frame_release(f, mark);
}

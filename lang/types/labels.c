/* labels.c: labels, break, continue, goto, fallthrough: where they lead, and whether they may. Then: which statements end a
 * function. Runs over a function's body after its statements were checked. */
#include "types/types_impl.h"

typedef struct Label {
    LabeledStmt *stmt;
    bool used;
} Label;

/* Block: a list of statements, with what a goto may not jump into or over. */
typedef struct Block {
    struct Block *outer;
    Pos start;
    LabeledStmt *label;  // label of the statement whose body this is
} Block;

/* Jump: a goto whose label has not come yet. */
typedef struct Jump {
    BranchStmt *stmt;
    Block *block;
    Pos decl_pos;         // a variable declared behind the jump, in the block the label will be in
    const char *decl_name;
} Jump;

typedef struct Target {
    Stmt *stmt;
    LabeledStmt *label;
    struct Target *outer;
} Target;

typedef struct Walk {
    Checker *c;
    VEC(Label) labels;
    PtrMap by_name;  // Name -> index + 1
    VEC(Jump) jumps; // unresolved, of the blocks closed so far and the open ones
    FuncInfo *fi;
} Walk;

static Label *find_label(Walk *w, const Name *name) {
    uintptr_t i = (uintptr_t)ptrmap_get(&w->by_name, name);
    return i ? &w->labels.at[i - 1] : NULL;
}

static void collect_list(Walk *w, StmtList *list);

static void collect(Walk *w, Stmt *s) {
    if (!s || !check_depth(w->c, s->pos)) return;
    switch (s->kind) {
    case STMT_LABELED: {
        LabeledStmt *l = AS(LabeledStmt, s);
        if (!is_blank(w->c, l->label->name)) {
            Label *other = find_label(w, l->label->name);
            if (other) {
                err_at(w->c, l->label->e.pos, E_LABEL, "label %s already defined at %s", l->label->name->text,
                    posstr(w->c, other->stmt->label->e.pos));
            } else {
                vec_push(w->c->arena, &w->labels, ((Label){.stmt = l}));
                ptrmap_put(&w->by_name, l->label->name, (void *)(uintptr_t)w->labels.n);
            }
        }
        collect(w, l->stmt);
        break;
    }
    case STMT_BLOCK: collect_list(w, &AS(BlockStmt, s)->list); break;
    case STMT_IF:
        collect_list(w, &AS(IfStmt, s)->then->list);
        collect(w, AS(IfStmt, s)->els);
        break;
    case STMT_FOR: collect_list(w, &AS(ForStmt, s)->body->list); break;
    case STMT_RANGE: collect_list(w, &AS(RangeStmt, s)->body->list); break;
    case STMT_SWITCH:
        for (uint32_t i = 0; i < AS(SwitchStmt, s)->nclauses; i++) collect_list(w, &AS(SwitchStmt, s)->clauses[i]->body);
        break;
    case STMT_TYPE_SWITCH:
        for (uint32_t i = 0; i < AS(TypeSwitchStmt, s)->nclauses; i++) collect_list(w, &AS(TypeSwitchStmt, s)->clauses[i]->body);
        break;
    case STMT_SELECT:
        for (uint32_t i = 0; i < AS(SelectStmt, s)->nclauses; i++) collect_list(w, &AS(SelectStmt, s)->clauses[i]->body);
        break;
    default: break;
    }
}

static void collect_list(Walk *w, StmtList *list) {
    for (uint32_t i = 0; i < list->n; i++) collect(w, list->at[i]);
}

static void walk_list(Walk *w, StmtList *list, Block *b, Target *t);

/* inner walks the body of a compound statement as a block of its own. */
static void inner(Walk *w, StmtList *list, Block *outer, Pos start, Target *t) {
    Block b = {.outer = outer, .start = start};
    walk_list(w, list, &b, t);
}

static Target *loop_of(Target *t) {
    while (t && t->stmt->kind != STMT_FOR && t->stmt->kind != STMT_RANGE) t = t->outer;
    return t;
}

static void branch(Walk *w, BranchStmt *s, Block *b, Target *t) {
    Checker *c = w->c;
    const char *name = s->label ? s->label->name->text : NULL;
    if (s->tok == BRANCH_FALLTHROUGH) return;
    if (s->tok == BRANCH_GOTO) {
        Label *l = find_label(w, s->label->name);
        if (!l) {
            err_at(c, s->label->e.pos, E_LABEL, "label %s not defined", name);
            return;
        }
        l->used = true;
        s->target = &l->stmt->s;
        w->fi->has_label = true;
        vec_push(c->arena, &w->jumps, ((Jump){.stmt = s, .block = b}));
        return;
    }
    bool is_break = s->tok == BRANCH_BREAK;
    if (!s->label) {
        Target *to = is_break ? t : loop_of(t);
        if (!to) {
            err_at(c, s->s.pos, E_LABEL, is_break ? "break is not in a loop, switch, or select" : "continue is not in a loop");
            return;
        }
        s->target = to->stmt;
        if (is_break) to->stmt->flags |= STMTF_HAS_BREAK;
        return;
    }
    Label *l = find_label(w, s->label->name);
    if (!l) {
        err_at(c, s->label->e.pos, E_LABEL, is_break ? "break label not defined: %s" : "continue label not defined: %s", name);
        return;
    }
    l->used = true;
    for (Target *to = t; to; to = to->outer) {
        if (to->label != l->stmt) continue;
        bool loop = to->stmt->kind == STMT_FOR || to->stmt->kind == STMT_RANGE;
        if (!is_break && !loop) break;
        s->target = to->stmt;
        if (is_break) to->stmt->flags |= STMTF_HAS_BREAK;
        return;
    }
    err_at(c, s->label->e.pos, E_LABEL, is_break ? "invalid break label %s" : "invalid continue label %s", name);
}

static void clause_bodies(Walk *w, CaseClause **clauses, uint32_t n, Block *b, Target *t, bool type_switch) {
    Checker *c = w->c;
    for (uint32_t i = 0; i < n; i++) {
        StmtList *body = &clauses[i]->body;
        inner(w, body, b, clauses[i]->s.pos, t);
        uint32_t last = body->n;
        while (last > 0 && body->at[last - 1]->kind == STMT_EMPTY) last--;
        for (uint32_t k = 0; k < body->n; k++) {
            Stmt *s = body->at[k];
            while (s->kind == STMT_LABELED) s = AS(LabeledStmt, s)->stmt;
            if (s->kind != STMT_BRANCH || AS(BranchStmt, s)->tok != BRANCH_FALLTHROUGH) continue;
            s->flags |= 2;  // seen in a clause
            if (type_switch)
                err_at(c, s->pos, E_LABEL, "cannot fallthrough in type switch");
            else if (k + 1 < last)
                err_at(c, s->pos, E_LABEL, "fallthrough statement out of place");
            else if (i + 1 == n)
                err_at(c, s->pos, E_LABEL, "cannot fallthrough final case in switch");
        }
    }
}

static void declares(Walk *w, Block *b, uint32_t first_jump, Pos pos, const char *name) {
    for (uint32_t i = first_jump; i < w->jumps.n; i++)
        w->jumps.at[i].decl_pos = pos, w->jumps.at[i].decl_name = name;
    (void)b;
}

static void walk_stmt(Walk *w, Stmt *s, Block *b, Target *t, LabeledStmt *label);

static void walk_compound(Walk *w, Stmt *s, Block *b, Target *t, LabeledStmt *label) {
    Target own = {s, label, t};
    switch (s->kind) {
    case STMT_BLOCK: inner(w, &AS(BlockStmt, s)->list, b, s->pos, t); break;
    case STMT_IF:
        for (;;) {
            IfStmt *i = AS(IfStmt, s);
            inner(w, &i->then->list, b, i->then->s.pos, t);
            if (!i->els) break;
            if (i->els->kind != STMT_IF) {
                inner(w, &AS(BlockStmt, i->els)->list, b, i->els->pos, t);
                break;
            }
            s = i->els;
        }
        break;
    case STMT_FOR: inner(w, &AS(ForStmt, s)->body->list, b, AS(ForStmt, s)->body->s.pos, &own); break;
    case STMT_RANGE: inner(w, &AS(RangeStmt, s)->body->list, b, AS(RangeStmt, s)->body->s.pos, &own); break;
    case STMT_SWITCH: clause_bodies(w, AS(SwitchStmt, s)->clauses, AS(SwitchStmt, s)->nclauses, b, &own, false); break;
    case STMT_TYPE_SWITCH:
        clause_bodies(w, AS(TypeSwitchStmt, s)->clauses, AS(TypeSwitchStmt, s)->nclauses, b, &own, true);
        break;
    case STMT_SELECT:
        for (uint32_t i = 0; i < AS(SelectStmt, s)->nclauses; i++)
            inner(w, &AS(SelectStmt, s)->clauses[i]->body, b, AS(SelectStmt, s)->clauses[i]->s.pos, &own);
        break;
    default: break;
    }
}

static void walk_stmt(Walk *w, Stmt *s, Block *b, Target *t, LabeledStmt *label) {
    if (!check_depth(w->c, s->pos)) return;
    if (s->kind == STMT_BRANCH)
        branch(w, AS(BranchStmt, s), b, t);
    else if (s->kind == STMT_LABELED)
        walk_stmt(w, AS(LabeledStmt, s)->stmt, b, t, AS(LabeledStmt, s));
    else
        walk_compound(w, s, b, t, label);
}

/* reach resolves the jumps that wait for a label which now appears in block b. */
static void reach(Walk *w, LabeledStmt *l, Block *b, uint32_t first_jump) {
    Checker *c = w->c;
    for (uint32_t i = first_jump; i < w->jumps.n; i++) {
        Jump *j = &w->jumps.at[i];
        if (!j->stmt || j->stmt->target != &l->s) continue;
        if (j->decl_pos)
            err_at(c, j->stmt->label->e.pos, E_LABEL, "goto %s jumps over declaration of %s at %s", l->label->name->text, j->decl_name,
                posstr(c, j->decl_pos));
        j->stmt = NULL;
    }
}

static void walk_list(Walk *w, StmtList *list, Block *b, Target *t) {
    uint32_t first = w->jumps.n;
    VEC(LabeledStmt *) here = {0};
    for (uint32_t i = 0; i < list->n; i++) {
        Stmt *s = list->at[i];
        for (Stmt *l = s; l->kind == STMT_LABELED; l = AS(LabeledStmt, l)->stmt) {
            reach(w, AS(LabeledStmt, l), b, first);
            vec_push(w->c->arena, &here, AS(LabeledStmt, l));
        }
        Stmt *base = s;
        while (base->kind == STMT_LABELED) base = AS(LabeledStmt, base)->stmt;
        if (base->kind == STMT_DECL && AS(DeclStmt, base)->decl->kind == DECL_GEN) {
            GenDecl *g = AS(GenDecl, AS(DeclStmt, base)->decl);
            if (g->tok == GEN_VAR && g->nspecs)
                declares(w, b, first, g->specs[0]->pos, AS(VarSpec, g->specs[0])->names[0]->name->text);
        } else if (base->kind == STMT_ASSIGN && AS(AssignStmt, base)->define) {
            AssignStmt *a = AS(AssignStmt, base);
            declares(w, b, first, base->pos, a->lhs[0]->kind == EXPR_IDENT ? AS(Ident, a->lhs[0])->name->text : "_");
        }
        uint32_t before = w->jumps.n;
        walk_stmt(w, s, b, t, NULL);
        // Backward jumps to labels of this block, from here or from blocks inside, are fine.
        for (uint32_t k = before; k < w->jumps.n; k++)
            for (uint32_t m = 0; m < here.n && w->jumps.at[k].stmt; m++)
                if (w->jumps.at[k].stmt->target == &here.at[m]->s) w->jumps.at[k].stmt = NULL;
    }
    uint32_t k = first;
    for (uint32_t i = first; i < w->jumps.n; i++) {
        if (!w->jumps.at[i].stmt) continue;
        // Seen from the outer block the jump stands where this block stands: declarations inside do not count.
        w->jumps.at[k] = w->jumps.at[i];
        w->jumps.at[k].decl_pos = 0;
        w->jumps.at[k++].block = b->outer;
    }
    w->jumps.n = k;
}

static bool find_in(StmtList *list, Pos start, LabeledStmt *want, Pos *found);

static bool find_stmt(Stmt *s, Pos start, LabeledStmt *want, Pos *found) {
    if (!s) return false;
    switch (s->kind) {
    case STMT_LABELED:
        if (AS(LabeledStmt, s) == want) {
            *found = start;
            return true;
        }
        return find_stmt(AS(LabeledStmt, s)->stmt, start, want, found);
    case STMT_BLOCK: return find_in(&AS(BlockStmt, s)->list, s->pos, want, found);
    case STMT_IF:
        return find_in(&AS(IfStmt, s)->then->list, AS(IfStmt, s)->then->s.pos, want, found) ||
               find_stmt(AS(IfStmt, s)->els, start, want, found);
    case STMT_FOR: return find_in(&AS(ForStmt, s)->body->list, AS(ForStmt, s)->body->s.pos, want, found);
    case STMT_RANGE: return find_in(&AS(RangeStmt, s)->body->list, AS(RangeStmt, s)->body->s.pos, want, found);
    case STMT_SWITCH:
        for (uint32_t i = 0; i < AS(SwitchStmt, s)->nclauses; i++)
            if (find_in(&AS(SwitchStmt, s)->clauses[i]->body, AS(SwitchStmt, s)->clauses[i]->s.pos, want, found)) return true;
        return false;
    case STMT_TYPE_SWITCH:
        for (uint32_t i = 0; i < AS(TypeSwitchStmt, s)->nclauses; i++)
            if (find_in(&AS(TypeSwitchStmt, s)->clauses[i]->body, AS(TypeSwitchStmt, s)->clauses[i]->s.pos, want, found)) return true;
        return false;
    case STMT_SELECT:
        for (uint32_t i = 0; i < AS(SelectStmt, s)->nclauses; i++)
            if (find_in(&AS(SelectStmt, s)->clauses[i]->body, AS(SelectStmt, s)->clauses[i]->s.pos, want, found)) return true;
        return false;
    default: return false;
    }
}

static bool find_in(StmtList *list, Pos start, LabeledStmt *want, Pos *found) {
    for (uint32_t i = 0; i < list->n; i++)
        if (find_stmt(list->at[i], start, want, found)) return true;
    return false;
}

/* misplaced_fallthrough reports those that stand in no switch clause. */
static void misplaced_fallthrough(Walk *w, StmtList *list) {
    for (uint32_t i = 0; i < list->n; i++) {
        Stmt *s = list->at[i];
        while (s->kind == STMT_LABELED) s = AS(LabeledStmt, s)->stmt;
        if (!check_depth(w->c, s->pos)) return;
        switch (s->kind) {
        case STMT_BRANCH:
            if (AS(BranchStmt, s)->tok == BRANCH_FALLTHROUGH && !(s->flags & 2))
                err_at(w->c, s->pos, E_LABEL, "fallthrough statement out of place");
            break;
        case STMT_BLOCK: misplaced_fallthrough(w, &AS(BlockStmt, s)->list); break;
        case STMT_IF:
            for (Stmt *e = s; e;) {
                if (e->kind != STMT_IF) {
                    misplaced_fallthrough(w, &AS(BlockStmt, e)->list);
                    break;
                }
                misplaced_fallthrough(w, &AS(IfStmt, e)->then->list);
                e = AS(IfStmt, e)->els;
            }
            break;
        case STMT_FOR: misplaced_fallthrough(w, &AS(ForStmt, s)->body->list); break;
        case STMT_RANGE: misplaced_fallthrough(w, &AS(RangeStmt, s)->body->list); break;
        case STMT_SWITCH:
            for (uint32_t k = 0; k < AS(SwitchStmt, s)->nclauses; k++) misplaced_fallthrough(w, &AS(SwitchStmt, s)->clauses[k]->body);
            break;
        case STMT_TYPE_SWITCH:
            for (uint32_t k = 0; k < AS(TypeSwitchStmt, s)->nclauses; k++)
                misplaced_fallthrough(w, &AS(TypeSwitchStmt, s)->clauses[k]->body);
            break;
        case STMT_SELECT:
            for (uint32_t k = 0; k < AS(SelectStmt, s)->nclauses; k++) misplaced_fallthrough(w, &AS(SelectStmt, s)->clauses[k]->body);
            break;
        default: break;
        }
    }
}

void check_labels(Checker *c, FuncInfo *fi, StmtList *body) {
    Walk w = {.c = c, .fi = fi, .by_name = {.arena = c->arena}};
    collect_list(&w, body);
    Block top = {.start = 0};
    walk_list(&w, body, &top, NULL);
    for (uint32_t i = 0; i < w.jumps.n; i++) {
        BranchStmt *s = w.jumps.at[i].stmt;
        if (!s) continue;
        Pos start = 0;
        find_in(body, 0, AS(LabeledStmt, s->target), &start);
        err_at(c, s->label->e.pos, E_LABEL, "goto %s jumps into block starting at %s", s->label->name->text, posstr(c, start));
    }
    misplaced_fallthrough(&w, body);
    for (uint32_t i = 0; i < w.labels.n; i++)
        if (!w.labels.at[i].used)
            err_at(c, w.labels.at[i].stmt->label->e.pos, E_LABEL, "label %s defined and not used",
                w.labels.at[i].stmt->label->name->text)->soft = true;
    if (w.labels.n) fi->has_label = true;
}

/* ---- terminating statements ---- */

static bool terminates(Checker *c, Stmt *s);

bool is_terminating_list(Checker *c, StmtList *list) {
    uint32_t n = list->n;
    while (n > 0 && list->at[n - 1]->kind == STMT_EMPTY) n--;
    return n > 0 && terminates(c, list->at[n - 1]);
}

static bool clauses_terminate(Checker *c, CaseClause **clauses, uint32_t n) {
    bool has_default = false;
    for (uint32_t i = 0; i < n; i++) {
        if (clauses[i]->is_default) has_default = true;
        StmtList *l = &clauses[i]->body;
        uint32_t k = l->n;
        while (k > 0 && l->at[k - 1]->kind == STMT_EMPTY) k--;
        bool falls = k > 0 && l->at[k - 1]->kind == STMT_BRANCH && AS(BranchStmt, l->at[k - 1])->tok == BRANCH_FALLTHROUGH;
        if (!falls && !is_terminating_list(c, l)) return false;
    }
    return has_default;
}

static bool terminates(Checker *c, Stmt *s) {
    for (;;) {
        switch (s->kind) {
        case STMT_RETURN: return true;
        case STMT_BRANCH: return AS(BranchStmt, s)->tok == BRANCH_GOTO || AS(BranchStmt, s)->tok == BRANCH_FALLTHROUGH;
        case STMT_EXPR: {
            Expr *e = ast_unparen(AS(ExprStmt, s)->x);
            return e->kind == EXPR_CALL && AS(CallExpr, e)->call == CALL_BUILTIN && AS(CallExpr, e)->builtin == BUILTIN_PANIC;
        }
        case STMT_BLOCK: return is_terminating_list(c, &AS(BlockStmt, s)->list);
        case STMT_LABELED: s = AS(LabeledStmt, s)->stmt; continue;
        case STMT_IF:
            if (!AS(IfStmt, s)->els || !is_terminating_list(c, &AS(IfStmt, s)->then->list)) return false;
            s = AS(IfStmt, s)->els;
            continue;
        case STMT_FOR: return !AS(ForStmt, s)->cond && !(s->flags & STMTF_HAS_BREAK);
        case STMT_SWITCH:
            return !(s->flags & STMTF_HAS_BREAK) && clauses_terminate(c, AS(SwitchStmt, s)->clauses, AS(SwitchStmt, s)->nclauses);
        case STMT_TYPE_SWITCH:
            return !(s->flags & STMTF_HAS_BREAK) &&
                   clauses_terminate(c, AS(TypeSwitchStmt, s)->clauses, AS(TypeSwitchStmt, s)->nclauses);
        case STMT_SELECT:
            if (s->flags & STMTF_HAS_BREAK) return false;
            for (uint32_t i = 0; i < AS(SelectStmt, s)->nclauses; i++)
                if (!is_terminating_list(c, &AS(SelectStmt, s)->clauses[i]->body)) return false;
            return true;
        default: return false;
        }
    }
}

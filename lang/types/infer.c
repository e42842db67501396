/* infer.c: type arguments from the arguments of a call, the constraints, and untyped constants.
 *
 * In this order: typed arguments are unified with parameter types; then the core types of the constraints and the methods they ask
 * for, until nothing new comes; untyped constants last, with the largest default kind of all arguments for one parameter; finally the inferred
 * types are substituted into each other. */
#include "types/types_impl.h"

static const char *tparams_str(Checker *c, Type **tparams, uint32_t n) {
    const char *s = "";
    for (uint32_t i = 0; i < n; i++)
        s = arena_printf(c->arena, "%s%s%s", s, i == 0 ? "" : n == 2 ? " and " : i + 1 == n ? ", and " : ", ",
            tparams[i]->obj->name->text);
    return s;
}

static bool mentions(Type *t, Type *tp, int depth) {
    if (!t || !t->has_tparam || depth > 50) return false;
    if (t == tp) return true;
    switch (t->kind) {
    case TYPE_POINTER: case TYPE_SLICE: case TYPE_ARRAY: case TYPE_CHAN: return mentions(t->elem, tp, depth + 1);
    case TYPE_MAP: return mentions(t->key, tp, depth + 1) || mentions(t->elem, tp, depth + 1);
    case TYPE_FUNC:
        for (uint32_t i = 0; i < t->nparams; i++)
            if (mentions(t->params[i], tp, depth + 1)) return true;
        for (uint32_t i = 0; i < t->nresults; i++)
            if (mentions(t->results[i], tp, depth + 1)) return true;
        return false;
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < t->nfields; i++)
            if (mentions(t->fields[i].type, tp, depth + 1)) return true;
        return false;
    case TYPE_TUPLE:
        for (uint32_t i = 0; i < t->ntypes; i++)
            if (mentions(t->types[i], tp, depth + 1)) return true;
        return false;
    case TYPE_INTERFACE:
        for (uint32_t i = 0; i < t->nmethods; i++)
            if (mentions(t->methods[i].sig, tp, depth + 1)) return true;
        for (uint32_t i = 0; i < t->nterms; i++)
            if (mentions(t->terms[i].type, tp, depth + 1)) return true;
        return false;
    case TYPE_NAMED:
        for (uint32_t i = 0; i < t->ntargs; i++)
            if (mentions(t->targs[i], tp, depth + 1)) return true;
        return false;
    default: return false;
    }
}

static bool mentions_any(Type *t, Type **tparams, uint32_t n) {
    if (!t->has_tparam) return false;
    for (uint32_t i = 0; i < n; i++)
        if (mentions(t, tparams[i], 0)) return true;
    return false;
}

static int index_in(Type **tparams, uint32_t n, Type *t) {
    for (uint32_t i = 0; i < n; i++)
        if (tparams[i] == t) return (int)i;
    return -1;
}

/* single_core: the core type of a constraint as inference wants it; *tilde: it came from ~T terms, or from more than one type. */
static Type *single_core(Checker *c, Type *iface, bool *tilde) {
    *tilde = false;
    if (!iface->has_terms || iface->nterms == 0) return NULL;
    if (iface->nterms == 1) {
        *tilde = iface->terms[0].tilde;
        return iface->terms[0].type;
    }
    Type *u = NULL;
    for (uint32_t i = 0; i < iface->nterms; i++) {
        Type *v = type_core(c, iface->terms[i].type);
        if (!v) return NULL;
        if (u && !type_identical(c, u, v)) {
            if (u->kind == TYPE_CHAN && v->kind == TYPE_CHAN && type_identical(c, u->elem, v->elem)) {
                if (u->dir == CHAN_BOTH) u = v;
                continue;
            }
            return NULL;
        }
        u = v;
    }
    *tilde = true;
    return u;
}

typedef struct Inference {
    Checker *c;
    Unifier u;
    Pos pos;
    Type **tparams;
    uint32_t n;
    const char *callee;
    bool quiet;
} Inference;

static bool fail(Inference *f, Pos pos, const char *text) {
    if (!f->quiet) err_at(f->c, pos, E_INFER, "in call to %s, %s", f->callee, text);
    return false;
}

static TypeEnv current_env(Inference *f) {
    TypeEnv env = {f->tparams, NEWN(f->c, Type *, f->n + 1), f->n};
    for (uint32_t i = 0; i < f->n; i++) env.targs[i] = unifier_at(&f->u, i);
    return env;
}

static bool mismatch(Inference *f, Type *param, Operand *arg) {
    Checker *c = f->c;
    if (f->quiet) return false;
    TypeEnv env = current_env(f);
    Type *inferred = type_subst(c, param, &env);
    const char *targ = tstr(c, arg->type), *ex = estr(c, arg->expr), *text;
    bool any = false;
    for (uint32_t i = 0; i < f->n; i++) any |= env.targs[i] != NULL;
    if (inferred != param && any) {
        if (param->kind == TYPE_PARAM)
            text = arena_printf(c->arena, "type %s of %s does not match inferred type %s for %s", targ, ex, tstr(c, inferred),
                tstr(c, param));
        else
            text = arena_printf(c->arena, "type %s of %s does not match inferred type %s for %s", targ, ex, tstr(c, inferred),
                tstr(c, param));
    } else {
        text = arena_printf(c->arena, "type %s of %s does not match %s (cannot infer %s)", targ, ex, tstr(c, param),
            tparams_str(c, f->tparams, f->n));
    }
    return fail(f, ast_start(arg->expr), text);
}

static bool from_arguments(Inference *f, Type **params, uint32_t nparams, Operand *args) {
    Checker *c = f->c;
    for (uint32_t i = 0; i < nparams; i++) {
        Operand *a = &args[i];
        if (a->mode == MODE_INVALID || !a->type || !params[i] || !mentions_any(params[i], f->tparams, f->n)) continue;
        if (is_untyped(a->type)) continue;
        if (!unify(&f->u, params[i], a->type, UNIFY_ASSIGN)) return mismatch(f, params[i], a);
    }
    (void)c;
    return true;
}

/* from_constraints runs the core types of constraints, and required methods, against what is known; repeats while it helps. */
static bool from_constraints(Inference *f) {
    Checker *c = f->c;
    for (uint32_t round = 0;; round++) {
        uint32_t known = 0, after = 0;
        for (uint32_t i = 0; i < f->n; i++) known += unifier_at(&f->u, i) != NULL;
        for (uint32_t i = 0; i < f->n; i++) {
            Type *tp = f->tparams[i], *tx = unifier_at(&f->u, i), *iface = type_constraint(c, tp);
            bool tilde;
            Type *core = single_core(c, iface, &tilde);
            if (core) {
                if (tx) {
                    Type *x = tx;
                    if (tilde && tx->kind == TYPE_NAMED) x = type_under(c, tx);
                    if (x->kind == TYPE_PARAM && index_in(f->tparams, f->n, x) < 0) {
                        Type *xc = type_core(c, x);
                        if (xc && tilde) x = xc;
                    }
                    if (!unify(&f->u, x, core, 0))
                        return fail(f, f->pos, arena_printf(c->arena, "%s (type %s) does not satisfy %s", tp->obj->name->text,
                                                   tstr(c, tx), constraint_str(c, tp)));
                } else if (!tilde) {
                    unify(&f->u, tp, core, 0);
                }
            }
            tx = unifier_at(&f->u, i);
            if (tx && iface->nmethods > 0 && !mentions_any(tx, f->tparams, f->n)) {
                for (uint32_t k = 0; k < iface->nmethods; k++) {
                    IfaceMethod *m = &iface->methods[k];
                    Lookup r = lookup_member(c, tx, false, m->pkg, m->name, false);
                    bool found = r.kind == LOOK_METHOD || r.kind == LOOK_IFACE;
                    if (found && unify(&f->u, r.type, m->sig, UNIFY_EXACT)) continue;
                    if (f->quiet) return false;
                    return fail(f, f->pos, arena_printf(c->arena, "%s (type %s) does not satisfy %s %s", tp->obj->name->text,
                                               tstr(c, tx), constraint_str(c, tp), method_cause(c, tx, tp->constraint, m)));
                }
            }
        }
        for (uint32_t i = 0; i < f->n; i++) after += unifier_at(&f->u, i) != NULL;
        if (after <= known || round > f->n + 1) return true;
    }
}

static bool from_untyped(Inference *f, Type **params, uint32_t nparams, Operand *args) {
    Checker *c = f->c;
    Type **max = NEWN(c, Type *, f->n + 1);
    for (uint32_t i = 0; i < nparams; i++) {
        Operand *a = &args[i];
        if (a->mode == MODE_INVALID || !a->type || !is_untyped(a->type) || a->type->kind == TYPE_UNTYPED_NIL) continue;
        int k = params[i] ? index_in(f->tparams, f->n, params[i]) : -1;
        if (k < 0 || unifier_at(&f->u, k)) continue;
        if (!max[k]) {
            max[k] = a->type;
        } else if (max[k] != a->type) {
            bool num1 = max[k]->kind >= TYPE_UNTYPED_INT && max[k]->kind <= TYPE_UNTYPED_COMPLEX;
            bool num2 = a->type->kind >= TYPE_UNTYPED_INT && a->type->kind <= TYPE_UNTYPED_COMPLEX;
            if (!num1 || !num2)
                return fail(f, ast_start(a->expr), arena_printf(c->arena, "mismatched types %s and %s (cannot infer %s)",
                                                       tstr(c, max[k]), tstr(c, a->type), f->tparams[k]->obj->name->text));
            if (a->type->kind > max[k]->kind) max[k] = a->type;
        }
    }
    for (uint32_t k = 0; k < f->n; k++)
        if (max[k] && !unifier_at(&f->u, k)) f->u.slots[f->u.join[k] == k ? k : f->u.join[k]] = type_default(c, max[k]);
    return true;
}

bool infer(Checker *c, Pos pos, Type **tparams, uint32_t n, Type **targs, Type **params, uint32_t nparams, Operand *args,
    const char *callee, bool quiet, const char **why) {
    Inference f = {.c = c, .pos = pos, .tparams = tparams, .n = n, .callee = callee, .quiet = quiet};
    unifier_init(&f.u, c, tparams, targs, n);
    if (!from_arguments(&f, params, nparams, args)) return false;
    if (!from_constraints(&f)) return false;
    if (!from_untyped(&f, params, nparams, args)) return false;
    if (!from_constraints(&f)) return false;
    // Substitute the inferred types into each other until no parameter of ours is left.
    TypeEnv env = current_env(&f);
    for (uint32_t round = 0; round < n; round++) {
        bool changed = false;
        for (uint32_t i = 0; i < n; i++) {
            if (!env.targs[i] || !mentions_any(env.targs[i], tparams, n)) continue;
            if (mentions(env.targs[i], tparams[i], 0)) {  // P = []P: no finite answer
                env.targs[i] = NULL;
                changed = true;
                continue;
            }
            Type *t = type_subst(c, env.targs[i], &env);
            if (t != env.targs[i]) env.targs[i] = t, changed = true;
        }
        if (!changed) break;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (env.targs[i] && !mentions_any(env.targs[i], tparams, n)) {
            targs[i] = env.targs[i];
            continue;
        }
        if (!quiet)
            err_at(c, pos, E_INFER, "in call to %s, cannot infer %s (declared at %s)", callee, tparams[i]->obj->name->text,
                posstr(c, tparams[i]->obj->pos));
        return false;
    }
    return true;
}

bool verify_targs(Checker *c, Pos pos, Type **tparams, Type **targs, uint32_t n, uint32_t *bad, const char **cause) {
    TypeEnv env = {tparams, targs, n};
    for (uint32_t i = 0; i < n; i++) {
        Type *bound = tparams[i]->constraint ? tparams[i]->constraint : c->empty_iface;
        type_constraint(c, tparams[i]);
        bound = type_subst(c, tparams[i]->constraint ? tparams[i]->constraint : bound, &env);
        if (!implements(c, targs[i], bound, true, cause)) {
            *bad = i;
            return false;
        }
    }
    return true;
}

/* ---- instances without end ---- */

static void edges_from(Checker *c, Pos pos, Type *t, Type *to, Type *arg, int depth) {
    if (!t || !t->has_tparam || depth > 50) return;
    switch (t->kind) {
    case TYPE_PARAM: vec_push(c->arena, &c->inst_edges, ((struct InstEdge){t, to, arg, pos, t != arg})); break;
    case TYPE_POINTER: case TYPE_SLICE: case TYPE_ARRAY: case TYPE_CHAN: edges_from(c, pos, t->elem, to, arg, depth + 1); break;
    case TYPE_MAP:
        edges_from(c, pos, t->key, to, arg, depth + 1);
        edges_from(c, pos, t->elem, to, arg, depth + 1);
        break;
    case TYPE_FUNC:
        for (uint32_t i = 0; i < t->nparams; i++) edges_from(c, pos, t->params[i], to, arg, depth + 1);
        for (uint32_t i = 0; i < t->nresults; i++) edges_from(c, pos, t->results[i], to, arg, depth + 1);
        break;
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < t->nfields; i++) edges_from(c, pos, t->fields[i].type, to, arg, depth + 1);
        break;
    case TYPE_INTERFACE:
        for (uint32_t i = 0; i < t->nmethods; i++) edges_from(c, pos, t->methods[i].sig, to, arg, depth + 1);
        break;
    case TYPE_NAMED:
        for (uint32_t i = 0; i < t->ntargs; i++) edges_from(c, pos, t->targs[i], to, arg, depth + 1);
        break;
    default: break;
    }
}

void note_instance(Checker *c, Pos pos, Type **tparams, Type **targs, uint32_t n) {
    if (c->env.pkg && c->env.pkg->is_library) return;
    for (uint32_t i = 0; i < n; i++)
        if (targs[i]->has_tparam) edges_from(c, pos, targs[i], tparams[i], targs[i], 0);
}

/* reaches: is there a way from one type parameter to another along the edges? */
static bool reaches(Checker *c, Type *from, Type *to, PtrMap *seen) {
    if (from == to) return true;
    if (ptrmap_put(seen, from, from) || !check_depth(c, from->obj->pos)) return false;
    for (uint32_t i = 0; i < c->inst_edges.n; i++)
        if (c->inst_edges.at[i].from == from && reaches(c, c->inst_edges.at[i].to, to, seen)) return true;
    return false;
}

void check_instance_cycles(Checker *c) {
    for (uint32_t i = 0; i < c->inst_edges.n; i++) {
        struct InstEdge *e = &c->inst_edges.at[i];
        PtrMap seen = {.arena = c->arena};
        if (!e->grows || !reaches(c, e->to, e->from, &seen)) continue;
        Diag *d = err_at(c, e->from->obj->pos, E_INFER, "instantiation cycle:");
        diag_note(c->diags, d, e->pos, "%s instantiated as %s", e->to->obj->name->text, tstr(c, e->arg));
        break;
    }
    c->inst_edges.n = 0;
}

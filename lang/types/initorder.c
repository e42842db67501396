/* initorder.c: in which order package-level variables are initialised, and which of them depend on themselves.
 *
 * A graph of variables and constants: an edge leads from each to what its initialiser mentions, directly or through functions. Nodes are
 * taken out one by one, always the one with the fewest dependencies left, and among equals the one declared first; constants come before
 * all variables. As in Go, a variable without initialiser is a node too: what depends on it waits until its turn has come. Where the next
 * node still depends on others, and on itself in the end, there is a cycle. */
#include "types/types_impl.h"

typedef struct InitNode {
    Object *obj;
    uint32_t ndeps;        // nodes it waits for
    uint32_t at;           // index in the heap
    VEC(uint32_t) waiters; // nodes that wait for it
    bool done;
} InitNode;

typedef struct InitGraph {
    Checker *c;
    Package *p;
    InitNode *nodes;
    uint32_t n, nheap;
    uint32_t *heap;
    PtrMap node_of;        // Object -> InitNode
    VEC(InitNode *) found; // of the declaration at hand
    VEC(Object *) stack;   // functions to look into; then the way of a cycle
} InitGraph;

/* gather finds the nodes that declaration d mentions, through functions too. */
static void gather(InitGraph *g, DeclInfo *d) {
    Checker *c = g->c;
    c->stamp++;
    g->found.n = g->stack.n = 0;
    for (DeclInfo *from = d;;) {
        for (uint32_t i = 0; i < from->deps.n; i++) {
            Object *o = from->deps.at[i];
            if (o->pkg != g->p || !o->info || o->stamp == c->stamp) continue;
            o->stamp = c->stamp;
            if (o->kind == OBJ_FUNC) {
                vec_push(c->arena, &g->stack, o);
                continue;
            }
            InitNode *node = ptrmap_get(&g->node_of, o);
            if (node) vec_push(c->arena, &g->found, node);
        }
        if (g->stack.n == 0) return;
        from = vec_pop(&g->stack)->info;
    }
}

static InitGraph build_graph(Checker *c, Package *p) {
    PackageData *pd = data_of(c, p);
    InitGraph g = {.c = c, .p = p, .node_of = {.arena = c->arena}};
    g.nodes = NEWN(c, InitNode, pd->objs.n + 1);
    for (uint32_t i = 0; i < pd->objs.n; i++) {
        Object *o = pd->objs.at[i];
        bool is_node = o->kind == OBJ_VAR || (o->kind == OBJ_CONST && o->info && o->info->deps.n > 0);
        if (!is_node || !o->info || o->state != 2) continue;
        g.nodes[g.n].obj = o;
        ptrmap_put(&g.node_of, o, &g.nodes[g.n++]);
    }
    DeclInfo *last = NULL;
    for (uint32_t i = 0; i < g.n; i++) {
        InitNode *node = &g.nodes[i];
        if (node->obj->info->deps.n == 0) continue;
        if (node->obj->info != last) gather(&g, last = node->obj->info);  // var a, b = f() shares one
        node->ndeps = g.found.n;
        for (uint32_t k = 0; k < g.found.n; k++) vec_push(c->arena, &g.found.at[k]->waiters, i);
    }
    return g;
}

/* ---- a heap of nodes ---- */

static bool before(const InitGraph *g, uint32_t a, uint32_t b) {
    const InitNode *x = &g->nodes[a], *y = &g->nodes[b];
    if (x->obj->kind != y->obj->kind) return x->obj->kind == OBJ_CONST;
    return x->ndeps != y->ndeps ? x->ndeps < y->ndeps : x->obj->order < y->obj->order;
}

static void put(InitGraph *g, uint32_t at, uint32_t node) {
    g->heap[at] = node;
    g->nodes[node].at = at;
}

static void sift_up(InitGraph *g, uint32_t at) {
    uint32_t node = g->heap[at];
    for (; at > 0 && before(g, node, g->heap[(at - 1) / 2]); at = (at - 1) / 2) put(g, at, g->heap[(at - 1) / 2]);
    put(g, at, node);
}

static void sift_down(InitGraph *g, uint32_t at) {
    uint32_t node = g->heap[at];
    for (uint32_t k; (k = 2 * at + 1) < g->nheap; at = k) {
        if (k + 1 < g->nheap && before(g, g->heap[k + 1], g->heap[k])) k++;
        if (!before(g, g->heap[k], node)) break;
        put(g, at, g->heap[k]);
    }
    put(g, at, node);
}

static InitNode *heap_pop(InitGraph *g) {
    InitNode *node = &g->nodes[g->heap[0]];
    node->done = true;
    if (--g->nheap > 0) {
        put(g, 0, g->heap[g->nheap]);
        sift_down(g, 0);
    }
    return node;
}

/* ---- cycles ---- */

static int by_order(const void *a, const void *b) {
    const Object *x = *(Object *const *)a, *y = *(Object *const *)b;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* find_cycle looks for a way from `at` to goal, always trying what was declared first; the way is left on g->stack. */
static bool find_cycle(InitGraph *g, Object *at, Object *goal) {
    Checker *c = g->c;
    DeclInfo *d = at->info;
    if (!check_depth(c, at->pos)) return false;
    Object **deps = NEWN(c, Object *, d->deps.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->deps.n; i++) {
        Object *o = d->deps.at[i];
        if (o->pkg == g->p && o->info && o->kind != OBJ_TYPE) deps[n++] = o;
    }
    qsort(deps, n, sizeof *deps, by_order);
    for (uint32_t i = 0; i < n; i++) {
        if (deps[i] == goal) return true;
        if (deps[i]->stamp == c->stamp) continue;
        deps[i]->stamp = c->stamp;
        vec_push(c->arena, &g->stack, deps[i]);
        if (find_cycle(g, deps[i], goal)) return true;
        (void)vec_pop(&g->stack);
    }
    return false;
}

static void report_init_cycle(InitGraph *g, Object *o) {
    Checker *c = g->c;
    g->stack.n = 0;
    vec_push(c->arena, &g->stack, o);
    c->stamp++;
    o->stamp = c->stamp;
    if (!find_cycle(g, o, o)) return;
    Object **s = g->stack.at;
    uint32_t n = g->stack.n;
    if (n == 1) {
        err_at(c, o->pos, E_INIT, "initialization cycle: %s refers to itself", o->name->text);
        return;
    }
    Diag *d = err_at(c, o->pos, E_INIT, "initialization cycle for %s", o->name->text);
    for (uint32_t i = 0; i < n; i++)
        diag_note(c->diags, d, s[i]->pos, "%s refers to %s", s[i]->name->text, s[(i + 1) % n]->name->text);
}

/* init_sort takes the nodes out in order; what it meets is written to order (may be NULL), or its cycles reported. */
static void init_sort(InitGraph *g, bool report, InitNode **order) {
    Checker *c = g->c;
    g->heap = NEWN(c, uint32_t, g->n + 1);
    g->nheap = g->n;
    for (uint32_t i = 0; i < g->n; i++) put(g, i, i);
    for (uint32_t i = g->n / 2; i-- > 0;) sift_down(g, i);
    for (uint32_t i = 0; g->nheap > 0; i++) {
        InitNode *node = heap_pop(g);
        if (node->ndeps > 0 && report) report_init_cycle(g, node->obj);
        if (order) order[i] = node;
        for (uint32_t k = 0; k < node->waiters.n; k++) {
            InitNode *w = &g->nodes[node->waiters.at[k]];
            w->ndeps--;
            if (!w->done) sift_up(g, w->at);
        }
    }
}

/* has_cycle takes out nodes without dependencies in any order; what can't be taken out is, or waits for, a cycle. */
static bool has_cycle(InitGraph *g) {
    Checker *c = g->c;
    uint32_t *ndeps = NEWN(c, uint32_t, g->n + 1), *ready = NEWN(c, uint32_t, g->n + 1), n = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        ndeps[i] = g->nodes[i].ndeps;
        if (ndeps[i] == 0) ready[n++] = i;
    }
    for (uint32_t i = 0; i < n; i++) {
        const InitNode *node = &g->nodes[ready[i]];
        for (uint32_t k = 0; k < node->waiters.n; k++)
            if (--ndeps[node->waiters.at[k]] == 0) ready[n++] = node->waiters.at[k];
    }
    return n < g->n;
}

void check_init_cycles(Checker *c, Package *p) {
    InitGraph g = build_graph(c, p);
    if (has_cycle(&g)) init_sort(&g, true, NULL);
}

/* ---- the order of everything ---- */

static void order_packages(Checker *c, Package *p, Package **out, uint32_t *n) {
    for (uint32_t i = 0; i < *n; i++)
        if (out[i] == p) return;
    for (uint32_t i = 0; i < p->imports.n; i++) {
        Package *q = p->imports.at[i];
        if (q->check && ((PackageData *)q->check)->importing) continue;
        if (p->check) ((PackageData *)p->check)->importing = true;
        order_packages(c, q, out, n);
    }
    if (p->check) ((PackageData *)p->check)->importing = false;
    for (uint32_t i = 0; i < *n; i++)
        if (out[i] == p) return;
    out[(*n)++] = p;
}

static void add_item(Checker *c, Package *p, Object *o) {
    DeclInfo *d = o->info;
    if (o->kind != OBJ_VAR || !d->init || d->emitted) return;
    d->emitted = true;
    FuncInfo *fi = d->init_func;
    fi->deps.at = d->deps.at;
    fi->deps.n = d->deps.n;
    fi->deps.cap = d->deps.cap;
    Object **lhs = d->lhs;
    uint32_t nlhs = d->nlhs, named = 0;
    if (nlhs <= 1) {
        lhs = NEW(c, Object *);
        lhs[0] = o;
        nlhs = 1;
    }
    for (uint32_t j = 0; j < nlhs; j++) named += !is_blank(c, lhs[j]->name);
    vec_push(c->arena, &p->init_order, ((InitItem){.lhs = lhs, .nlhs = nlhs == 1 && !named ? 0 : nlhs, .rhs = d->init, .func = fi}));
}

Package **checker_init_order(Checker *c, uint32_t *n) {
    Env saved = env_enter(c);
    Package **out = NEWN(c, Package *, c->packages.n + 1);
    *n = 0;
    for (uint32_t i = 0; i < c->packages.n; i++)
        if (c->packages.at[i]->collected && !c->packages.at[i]->is_unsafe) order_packages(c, c->packages.at[i], out, n);
    for (uint32_t i = 0; i < *n; i++) {
        Package *p = out[i];
        InitGraph g = build_graph(c, p);
        InitNode **order = NEWN(c, InitNode *, g.n + 1);
        init_sort(&g, false, order);
        p->init_order.n = 0;
        for (uint32_t k = 0; k < g.n; k++) order[k]->obj->info->emitted = false;
        for (uint32_t k = 0; k < g.n; k++) add_item(c, p, order[k]->obj);
    }
    c->env = saved;
    c->stack_limit = NULL;
    return out;
}

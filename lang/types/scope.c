/* scope.c: scopes and objects.
 *
 * A scope keeps its objects in order of declaration. Up to SCOPE_LINEAR names are searched one by one (names are interned, so a
 * comparison is one pointer); beyond that a map is made. */
#include "types/types_impl.h"
#include <stdarg.h>
#include <stdio.h>

enum { SCOPE_LINEAR = 12 };

Scope *scope_new(Checker *c, Scope *parent) {
    Scope *s = NEW(c, Scope);
    s->parent = parent;
    if (parent) s->func = parent->func;
    return s;
}

Object *scope_lookup(const Scope *s, const Name *name) {
    if (s->map.arena) return ptrmap_get(&s->map, name);
    for (uint32_t i = 0; i < s->n; i++)
        if (s->slots[i]->name == name) return s->slots[i];
    return NULL;
}

Object *scope_lookup_parent(Scope *s, const Name *name) {
    for (; s; s = s->parent) {
        Object *o = scope_lookup(s, name);
        if (o) return o;
    }
    return NULL;
}

Object *scope_insert(Checker *c, Scope *s, Object *o) {
    Object *other = scope_lookup(s, o->name);
    if (other) return other;
    if (s->n == s->cap) vec_reserve(c->arena, (void **)&s->slots, s->n, &s->cap, sizeof *s->slots);
    s->slots[s->n++] = o;
    if (s->map.arena) {
        ptrmap_put(&s->map, o->name, o);
    } else if (s->n > SCOPE_LINEAR) {
        s->map.arena = c->arena;
        for (uint32_t i = 0; i < s->n; i++) ptrmap_put(&s->map, s->slots[i]->name, s->slots[i]);
    }
    if (!o->scope) o->scope = s;
    return NULL;
}

Object *object_new(Checker *c, ObjectKind kind, Pos pos, const Name *name, Type *type) {
    Object *o = NEW(c, Object);
    o->kind = kind;
    o->pos = pos;
    o->name = name;
    o->type = type;
    o->pkg = c->env.pkg;
    return o;
}

Object *lookup(Checker *c, const Name *name) { return scope_lookup_parent(c->env.scope, name); }

void declare(Checker *c, Scope *s, Object *o) {
    if (!o->name || is_blank(c, o->name)) {
        o->scope = s;
        return;
    }
    Object *other = scope_insert(c, s, o);
    if (!other) return;
    Diag *d = err_at(c, o->pos, E_REDECLARED, "%s redeclared in this block", o->name->text);
    if (d && other->pos) diag_note(c->diags, d, other->pos, "other declaration of %s", o->name->text);
    o->used = true;  // it will never be found
}

void open_scope(Checker *c) {
    // A scope that stayed empty is used again: most blocks declare nothing.
    Scope *s = c->free_scopes.n > 0 ? vec_pop(&c->free_scopes) : NEW(c, Scope);
    s->parent = c->env.scope;
    s->func = c->env.scope->func;
    c->env.scope = s;
}

void close_scope(Checker *c) {
    Scope *s = c->env.scope;
    c->env.scope = s->parent;
    if (s->n == 0) vec_push(c->arena, &c->free_scopes, s);
}

/* ---- errors ---- */

static Diag *err_v(Checker *c, Pos pos, DiagCode code, const char *fmt, va_list ap) {
    if (c->env.errpos) pos = c->env.errpos;
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *text = arena_alloc(c->arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    // What speaks of an invalid type follows from an error that was reported before.
    bool follows = strstr(text, "invalid type") || strstr(text, "invalid operand");
    if (follows && c->diags->nerrors > 0 && strncmp(text, "invalid type", 12) != 0) return NEW(c, Diag);
    if (c->env.pkg) c->env.pkg->failed = true;
    return diag_at(c->diags, pos, code, "%s", text);
}

Diag *err_at(Checker *c, Pos pos, DiagCode code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    Diag *d = err_v(c, pos, code, fmt, ap);
    va_end(ap);
    return d;
}

Diag *err_node(Checker *c, const void *node, DiagCode code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    Diag *d = err_v(c, ast_start(node), code, fmt, ap);
    va_end(ap);
    return d;
}

bool check_depth(Checker *c, Pos pos) {
    if (LIKELY((char *)__builtin_frame_address(0) > c->stack_limit)) return true;
    if (!c->too_deep) err_at(c, pos, E_NESTING, "nesting is too deep for the checker");
    c->too_deep = true;
    return false;
}

void later_push(Checker *c, Later l) {
    l.env = c->env;
    vec_push(c->arena, &c->later, l);
}

/* later_run_from runs what was put off since there were `mark` of them: at the end of each statement, so that errors come in Go's order. */
void later_run_from(Checker *c, uint32_t mark) {
    if (c->later.n == mark) return;
    Env saved = c->env;
    for (uint32_t i = mark; i < c->later.n; i++) {
        Later l = c->later.at[i];
        c->env = l.env;
        l.run(c, &l);
    }
    c->later.n = mark;
    c->env = saved;
}

void later_run(Checker *c) {
    Env saved = c->env;
    for (; c->later_done < c->later.n; c->later_done++) {
        Later l = c->later.at[c->later_done];
        c->env = l.env;
        l.run(c, &l);
    }
    c->later.n = c->later_done = 0;
    c->env = saved;
}

bool name_is_exported(const Name *n) {
    uint8_t ch = (uint8_t)n->text[0];
    if (ch < 0x80) return ch >= 'A' && ch <= 'Z';
    // Two-byte upper case letters of Latin, Greek and Cyrillic; anything further is rare enough to count as lower case.
    if (n->len < 2) return false;
    uint32_t r = (ch & 31u) << 6 | ((uint8_t)n->text[1] & 63u);
    if (ch >= 0xE0) return false;
    if (r >= 0xC0 && r <= 0xDE) return r != 0xD7;
    if (r >= 0x100 && r <= 0x17F) return r <= 0x137 || (r >= 0x14A && r <= 0x177) ? !(r & 1) : (r & 1) && r != 0x149;
    if (r >= 0x391 && r <= 0x3AB) return true;
    return r >= 0x400 && r <= 0x42F;
}

// universe.c: the predeclared names, package unsafe, and the checker's beginning and end.
#include "types/types_impl.h"
#include <sys/resource.h>

static Object *predeclare(Checker *c, ObjectKind kind, const char *name, Type *type) {
    Object *o = object_new(c, kind, 0, intern_cstr(c->names, name), type);
    o->state = 2;
    o->pkg = NULL;
    scope_insert(c, c->universe, o);
    return o;
}

static const struct {
    const char *name;
    uint8_t is_unsafe;
} builtins[] = {
#define BUILTIN(id, name, nargs, variadic, stmt) {name, BUILTIN_##id >= BUILTIN_UNSAFE_ADD},
#include "types/builtin.def"
#undef BUILTIN
};

void universe_init(Checker *c) {
    c->universe = scope_new(c, NULL);
    for (int k = TYPE_BOOL; k <= TYPE_STRING; k++) predeclare(c, OBJ_TYPE, type_string_runtime(c, c->basic[k]), c->basic[k]);
    c->universe_byte = predeclare(c, OBJ_TYPE, "byte", c->basic[TYPE_UINT8]);
    c->universe_rune = predeclare(c, OBJ_TYPE, "rune", c->basic[TYPE_INT32]);
    c->universe_byte->is_alias = c->universe_rune->is_alias = true;
    c->universe_any = predeclare(c, OBJ_TYPE, "any", c->empty_iface);
    c->universe_any->is_alias = true;

    Object *err = predeclare(c, OBJ_TYPE, "error", NULL);
    Type *t = c->error_type = err->type = type_named(c, err);
    IfaceLit *lit = NEW(c, IfaceLit);
    lit->methods = NEW(c, IfaceMethod);
    lit->nmethods = 1;
    lit->methods[0] = (IfaceMethod){.name = intern_cstr(c->names, "Error"), .sig = type_func(c, NULL, 0, &c->basic[TYPE_STRING], 1, false)};
    t->under = type_interface(c, lit);
    ((NamedState *)t->named_state)->rhs = t->under;

    Object *cmp = predeclare(c, OBJ_TYPE, "comparable", NULL);
    t = cmp->type = type_named(c, cmp);
    t->under = c->comparable_type;
    ((NamedState *)t->named_state)->rhs = t->under;

    predeclare(c, OBJ_CONST, "true", c->basic[TYPE_UNTYPED_BOOL])->cv = const_bool(true);
    predeclare(c, OBJ_CONST, "false", c->basic[TYPE_UNTYPED_BOOL])->cv = const_bool(false);
    c->universe_iota = predeclare(c, OBJ_CONST, "iota", c->basic[TYPE_UNTYPED_INT]);
    c->universe_iota->cv = const_int(c->arena, 0);
    predeclare(c, OBJ_NIL, "nil", c->basic[TYPE_UNTYPED_NIL]);

    Package *u = c->unsafe_pkg = package_new(c, "unsafe");
    u->name = intern_cstr(c->names, "unsafe");
    u->is_unsafe = u->is_library = u->collected = u->checked = true;
    u->scope = scope_new(c, c->universe);
    for (int i = 0; i < BUILTIN_COUNT; i++) {
        if (!builtins[i].is_unsafe) {
            predeclare(c, OBJ_BUILTIN, builtins[i].name, c->basic[TYPE_INVALID])->builtin = (uint8_t)i;
            continue;
        }
        Object *o = object_new(c, OBJ_BUILTIN, 0, intern_cstr(c->names, builtins[i].name), c->basic[TYPE_INVALID]);
        o->builtin = (uint8_t)i;
        o->state = 2;
        o->pkg = u;
        scope_insert(c, u->scope, o);
    }
    Object *ptr = object_new(c, OBJ_TYPE, 0, intern_cstr(c->names, "Pointer"), c->basic[TYPE_UNSAFE_POINTER]);
    ptr->state = 2;
    ptr->pkg = u;
    scope_insert(c, u->scope, ptr);
}

Package *package_new(Checker *c, const char *path) {
    Package *p = NEW(c, Package);
    p->path = arena_dup(c->arena, path, strlen(path));
    const char *slash = strrchr(path, '/');
    p->name = intern_cstr(c->names, slash ? slash + 1 : path);
    p->index = c->packages.n;
    p->go_minor = c->config.go_minor;
    vec_push(c->arena, &c->packages, p);
    ptrmap_put(&c->by_path, intern_cstr(c->names, path), p);
    return p;
}

Checker *checker_new(Syntax *sx, const CheckerConfig *config) {
    Checker *c = ARENA_NEW(sx->arena, Checker);
    c->sx = sx;
    c->arena = sx->arena;
    c->names = sx->names;
    c->diags = sx->diags;
    c->config = *config;
    c->by_path.arena = c->method_sets.arena = c->arena;
    c->name_blank = intern_cstr(c->names, "_");
    c->name_init = intern_cstr(c->names, "init");
    c->name_main = intern_cstr(c->names, "main");
    c->name_dot = intern_cstr(c->names, ".");
    c->name_error = intern_cstr(c->names, "error");
    c->name_Error = intern_cstr(c->names, "Error");
    c->name_c = intern_cstr(c->names, "C");
    types_init(c);
    universe_init(c);
    return c;
}

void checker_free(Checker *c) {}

char *checker_stack_limit(const Checker *c) {
    struct rlimit rl;
    size_t room = c->config.stack_bytes ? c->config.stack_bytes : 8u << 20;
    if (!c->config.stack_bytes && getrlimit(RLIMIT_STACK, &rl) == 0 && rl.rlim_cur != RLIM_INFINITY) room = rl.rlim_cur;
    if (room > (1u << 31)) room = 1u << 31;
    room -= room / 4;
    return (char *)__builtin_frame_address(0) - room;
}

/* env_enter notes how deep the C stack may grow from here. */
Env env_enter(Checker *c) {
    c->stack_limit = checker_stack_limit(c);
    return c->env;
}

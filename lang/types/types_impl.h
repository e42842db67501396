// types_impl.h: the checker's inside, for the files of lang/types and their unit tests.
#pragma once
#include "types/types.h"

/* An Operand is an expression during its evaluation: what it denotes and its type so far. */
typedef struct Operand {
    uint8_t mode;     // ExprMode
    uint8_t builtin;  // MODE_BUILTIN
    Type *type;
    const Const *cv;  // MODE_CONST
    Expr *expr;
} Operand;

/* Expr.flags */
enum {
    EXPRF_SHIFT_LHS = 1,  // untyped left operand of a non-constant shift: must become an integer
    EXPRF_CHECKED = 2,
};

/* DeclInfo: how a package-level object (or a local type) is declared, and what its declaration mentions. */
typedef struct DeclInfo {
    File *file;
    Scope *scope;            // file scope, or the local one
    Object **lhs;            // var a, b = f(): all of them
    uint32_t nlhs;
    Expr *type, *init;
    TypeSpec *tspec;
    FuncDecl *fdecl;
    bool inherited;          // constant with the expression of an earlier spec
    uint32_t iota;
    Pos errpos;              // inherited constants: errors go here
    Scope *tparam_scope;
    Type **tparams;
    uint32_t ntparams;
    VEC(Object *) methods;   // of a type name
    VEC(Object *) deps;
    FuncInfo *init_func;     // pseudo function of a variable's initialiser
    bool init_checked, emitted, body_checked, body_queued, in_lookup;
} DeclInfo;

/* Env: where the checker is. Saved and restored around objects that are resolved on demand. */
typedef struct Env {
    Package *pkg;
    File *file;
    Scope *scope;
    FuncInfo *func;      // NULL at package level (outside of function literals)
    DeclInfo *decl;      // whose dependencies are recorded
    const Const *iota;   // inside a constant declaration
    Pos errpos;
    bool has_call_or_recv;
    bool in_tparams;     // inside a type parameter list
    uint32_t go_minor;
    Type **tparams;      // in whose terms local types stand
    uint32_t ntparams;
} Env;

/* InstEdge: type parameter `from` becomes (part of, when grows) the argument for `to`. */
struct InstEdge {
    Type *from, *to, *arg;
    Pos pos;
    bool grows;
};

typedef struct Later {
    void (*run)(Checker *c, struct Later *l);
    void *p, *q;
    Type *type;
    Pos pos;
    Env env;
    uint32_t n;
} Later;

typedef struct IfaceLit {
    IfaceMethod *methods;
    Type **embeds;
    Pos *embed_pos;
    uint32_t nmethods, nembeds;
    Package *pkg;
} IfaceLit;

typedef struct NamedState {
    Type *rhs;         // what the declaration says, before following names
    bool resolving;    // under is being followed
    bool invalid;
    bool bad_iface;    // an interface with an invalid element
    uint8_t valid;     // 0 unknown, 1 being, 2 checked: type validity
    Type *valid_nest;
} NamedState;

struct Checker {
    Syntax *sx;
    Arena *arena;
    Intern *names;
    Diags *diags;
    CheckerConfig config;
    Env env;
    char *stack_limit;
    bool too_deep;

    Type *basic[TYPE_LAST_BASIC + 1];
    Type **table;             // canonical types, open addressing
    uint32_t ntable, cap_table;
    uint32_t ntypes;
    Type *error_type, *empty_iface, *comparable_type, *any_marker;
    Type *bytes_type;
    Scope *universe;
    Object *universe_iota, *universe_any, *universe_byte, *universe_rune;
    Package *unsafe_pkg;
    const Name *name_blank, *name_init, *name_main, *name_error, *name_Error, *name_dot, *name_c;
    bool says_uint8, says_int32, says_interface;  // the user's spelling, for messages

    VEC(Package *) packages;
    PtrMap by_path;           // Name -> Package
    VEC(Later) later;
    uint32_t later_done;
    VEC(Object *) path;       // objects being declared
    VEC(struct InstEdge) inst_edges;
    uint32_t stamp;
    uint32_t iface_depth, subst_depth;
    uint32_t nbad_embeds;     // invalid elements of interfaces so far
    PtrMap method_sets;       // Type -> MethodSet
    const Expr *target_spelling;  // of the next check_assignment's type, where it is at hand; taken by it
    IndexExpr *call_fun;      // f[T] as the function of the call being checked: the other type arguments may be inferred
    Expr *defining;           // right side of the type definition being checked: it alone may embed what is still being declared
    uint32_t first_error;     // diags->nerrors when the check began
    VEC(Object *) vars_declared;  // local variables of the function being checked, for "declared and not used"
    VEC(Scope *) free_scopes;
    VEC(Pos) iface_cycles;    // anonymous interfaces that refer to themselves: an error once there is no other
    VEC(Pos) bodiless;        // the user's functions without body: an error once there is no other
    Package *current_user;
};

/* ---- util ---- */

#define NEW(c, T) ARENA_NEW((c)->arena, T)
#define NEWN(c, T, n) ARENA_ARRAY((c)->arena, T, (n))
static inline bool is_blank(Checker *c, const Name *n) { return n == c->name_blank; }
static inline bool name_exported(const Name *n) {
    return n->text[0] >= 'A' && n->text[0] <= 'Z';
}
bool name_is_exported(const Name *n);  // Unicode upper case too

/* err_at reports at a position; err_node at the start of an expression or statement; err_op at an operand. All return the Diag. */
Diag *err_at(Checker *c, Pos pos, DiagCode code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
Diag *err_node(Checker *c, const void *node, DiagCode code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* check_depth is true while the C stack has room; else it reports once that the program nests too deeply. */
bool check_depth(Checker *c, Pos pos);

void later_push(Checker *c, Later l);
void later_run(Checker *c);
void later_run_from(Checker *c, uint32_t mark);

/* ---- typestr.c ---- */
const char *tstr(Checker *c, Type *t);             // as messages write it, from the current package
/* spelled_type finds the type expression that gave e its type, spelled as the source does (byte, aliases, names of parameters), or NULL. It
 * holds for a type only when its own type is that very type. spelled_tstr prints a type that way where it can. */
const Expr *spelled_type(Checker *c, const Expr *e);
const Expr *spelled_elem(Checker *c, const Expr *type_expr, bool key);
const char *spelled_tstr(Checker *c, Type *t, const Expr *type_expr);
const char *tstr_full(Checker *c, Type *t);        // all names qualified by their package's path
const char *constraint_str(Checker *c, Type *tparam);  // as it was written
const char *estr(Checker *c, const Expr *e);       // an expression in short form
const char *opstr(Checker *c, const Operand *x);   // an operand with its description
const char *posstr(Checker *c, Pos p);
const char *sigstr(Checker *c, Type *sig);         // without the word func
/* types_summary lists types as "have" and "want" lines do; spelled (may be NULL): type expressions in their place. */
const char *types_summary(Checker *c, Type **list, const Expr **spelled, uint32_t n, bool variadic, bool dots);

/* ---- type.c ---- */
void types_init(Checker *c);
Type *type_new(Checker *c, TypeKind kind);
Type *type_named(Checker *c, Object *obj);         // fresh, without underlying type
Type *type_param_new(Checker *c, Object *obj, uint32_t index);
Type *type_interface(Checker *c, IfaceLit *lit);
Type *type_union(Checker *c, TypeTerm *terms, uint32_t n);
Type *type_generic_sig(Checker *c, Type *sig, Type **tparams, uint32_t n);
Type *under(Checker *c, Type *t);
static inline bool is_valid(const Type *t) { return t->kind != TYPE_INVALID; }
static inline bool is_untyped(const Type *t) { return t->kind >= TYPE_UNTYPED_BOOL && t->kind <= TYPE_UNTYPED_NIL; }
static inline bool is_typed(const Type *t) { return !is_untyped(t); }
static inline bool is_generic_named(const Type *t) {
    return t->kind == TYPE_NAMED && t->ntparams > 0 && !t->targs && !t->implicit_tparams;
}
bool is_const_type(Checker *c, Type *t);
bool is_ordered(Checker *c, Type *t);
bool is_strictly_comparable(Checker *c, Type *t, bool dynamic, const char **cause);
bool is_non_tparam_iface(Checker *c, Type *t);
bool type_has_methods_only(Checker *c, Type *t);
const Object *type_obj(const Type *t);
/* all_types calls f on the underlying type of each type in t's type set (once, with t's own, when t is no type parameter); a type parameter
 * without specific types gives f(NULL). */
bool all_types(Checker *c, Type *t, bool (*f)(Checker *c, Type *u, void *arg), void *arg);
Type *common_under(Checker *c, Type *t, const char **cause);
Type *core_or_string(Checker *c, Type *t, bool *is_bytestring);
void iface_complete(Checker *c, Type *t);
bool term_includes(Checker *c, const TypeTerm *set, uint32_t n, Type *t);

/* ---- lookup.c ---- */
typedef struct Lookup {
    enum { LOOK_NONE, LOOK_FIELD, LOOK_METHOD, LOOK_IFACE } kind;
    bool ambiguous, indirect, ptr_recv;  // ptr_recv: found, but needs a pointer receiver
    SelStep *path;
    uint32_t npath;
    Type *recv;            // type at the end of the path
    StructField *field;
    Object *method;
    uint32_t imethod;
    Type *type;            // of field, or signature
} Lookup;
Lookup lookup_member(Checker *c, Type *t, bool addressable, Package *pkg, const Name *name, bool fold);
bool same_id(Package *p1, const Name *n1, Package *p2, const Name *n2);
Type *method_sig(Checker *c, Type *recv, Object *m);
/* missing_method: NULL when v has all methods of iface, else the first one missing, with a cause for messages. is_static: interfaces too must
 * have the methods. */
IfaceMethod *missing_method(Checker *c, Type *v, Type *iface, bool is_static, const char **cause);
/* method_cause explains why v does not have method m of interface t (with the right type). */
const char *method_cause(Checker *c, Type *v, Type *t, IfaceMethod *m);
bool implements(Checker *c, Type *v, Type *t, bool constraint, const char **cause);
bool assertable(Checker *c, Type *v, Type *t, const char **cause);
const char *lookup_error(Checker *c, Type *t, const Name *sel, bool struct_lit);

/* ---- unify.c, infer.c, subst.c ---- */
typedef struct Unifier {
    Checker *c;
    Type **tparams;
    Type **slots;      // inferred type of each, shared by joined parameters through `join`
    uint32_t *join;    // representative
    uint32_t n;
    int depth;
    bool enable_inexact;
} Unifier;
enum { UNIFY_ASSIGN = 1, UNIFY_EXACT = 2 };
void unifier_init(Unifier *u, Checker *c, Type **tparams, Type **targs, uint32_t n);
bool unify(Unifier *u, Type *x, Type *y, int mode);
Type *unifier_at(Unifier *u, uint32_t i);
/* infer completes targs (NULL where unknown) for tparams from the arguments; reports and returns false when it can't. */
bool infer(Checker *c, Pos pos, Type **tparams, uint32_t n, Type **targs, Type **params, uint32_t nparams, Operand *args,
    const char *callee, bool quiet, const char **why);
bool verify_targs(Checker *c, Pos pos, Type **tparams, Type **targs, uint32_t n, uint32_t *bad, const char **cause);

/* note_instance remembers that targs stand for tparams, for check_instance_cycles: a generic function that instantiates itself with ever
 * bigger types has no end. */
void note_instance(Checker *c, Pos pos, Type **tparams, Type **targs, uint32_t n);
void check_instance_cycles(Checker *c);

/* ---- scope.c, universe.c ---- */
Scope *scope_new(Checker *c, Scope *parent);
Object *scope_insert(Checker *c, Scope *s, Object *o);  // NULL, or the object that is there already
Object *object_new(Checker *c, ObjectKind kind, Pos pos, const Name *name, Type *type);
void universe_init(Checker *c);
/* declare enters o in the current scope, reporting a redeclaration. */
void declare(Checker *c, Scope *s, Object *o);
Object *lookup(Checker *c, const Name *name);            // from the current scope outwards

/* ---- resolve.c ---- */
void package_collect(Checker *c, Package *p);
void package_unused_imports(Checker *c, Package *p);
Package *import_package(Checker *c, const Name *path, Pos pos);
Package *script_package(Checker *c, const Name *name);   // `rand.` without import
bool pkgname_resolve(Checker *c, Object *o);
void use_dot_import(Checker *c, Object *o);
void script_check(Checker *c, Package *p, File *f);

typedef struct PackageData {
    VEC(Object *) objs;     // package level, in source order, methods and blanks included
    VEC(Object *) imports;  // OBJ_PKGNAME of all files
    bool importing;
    uint32_t nfiles_collected;
} PackageData;
PackageData *data_of(Checker *c, Package *p);

/* ---- initorder.c ---- */
void check_init_cycles(Checker *c, Package *p);          // reports values that depend on themselves

/* ---- decl.c ---- */
void object_declare(Checker *c, Object *o);              // resolves a package-level object
void local_decl(Checker *c, GenDecl *g);
void collect_tparams(Checker *c, FieldList *list, Type ***tparams, uint32_t *n);
void func_check_body(Checker *c, Object *o);
void check_valid_type(Checker *c, Type *t);
void report_cycle(Checker *c, uint32_t start);
void const_decl(Checker *c, Object *o, Expr *type, Expr *init, bool inherited);
void declare_later_valid(Checker *c, Type *t);
Env env_enter(Checker *c);
FuncInfo *func_info_new(Checker *c, void *node, Type *sig, FuncType *ft, Field *recv, Scope *scope);
void func_body(Checker *c, FuncInfo *fi, Scope *scope, BlockStmt *body);
void local_script_func(Checker *c, FuncDecl *fd);

/* ---- typexpr.c ---- */
Type *check_type(Checker *c, Expr *e);                   // any type but constraint interfaces and generic ones
Type *check_var_type(Checker *c, Expr *e);               // of a variable: no constraint interface
Type *check_generic_type(Checker *c, IndexExpr *e);      // the generic type that e instantiates
Type *check_defined_type(Checker *c, Expr *e);
Type *check_constraint(Checker *c, Expr *e);
Type *check_func_type(Checker *c, FuncType *ft);
void check_ident(Checker *c, Operand *x, Ident *id, bool want_type);
void check_instance_type(Checker *c, Operand *x, IndexExpr *e);
int64_t check_array_len(Checker *c, Expr *e);

/* ---- expr.c ---- */
void check_raw(Checker *c, Operand *x, Expr *e, Type *hint, bool allow_generic);
void check_expr(Checker *c, Operand *x, Expr *e);            // a single value
void check_expr_hint(Checker *c, Operand *x, Expr *e, Type *hint);
void check_elem_expr(Checker *c, Operand *x, Expr *e, Type *elem);  // an element of a composite literal: may leave out its type
void check_generic_expr(Checker *c, Operand *x, Expr *e, Type *hint);
void check_multi_expr(Checker *c, Operand *x, Expr *e);      // a value, several, or comma-ok
void check_expr_or_type(Checker *c, Operand *x, Expr *e, bool allow_generic);
void single_value(Checker *c, Operand *x);
void convert_untyped(Checker *c, Operand *x, Type *target);
bool implicit_type(Checker *c, Operand *x, Type *target, Type **result, const Const **value, int *code);
void invalid_conversion(Checker *c, int code, Operand *x, Type *target);
void default_type_operand(Checker *c, Operand *x);
void record_operand(Checker *c, Operand *x);
void set_expr_type(Checker *c, Expr *e, Type *t);            // final type of an untyped expression
void check_op_assign(Checker *c, Operand *x, Expr *lhs, Expr *rhs, Oper op, Pos op_pos);
void check_binary(Checker *c, Operand *x, Expr *e, Expr *lhs, Expr *rhs, Oper op, Pos op_pos);
void check_comparison(Checker *c, Operand *x, Operand *y, Oper op, bool switch_case);
void match_types(Checker *c, Operand *x, Operand *y, bool *ok);
bool representable(Checker *c, const Const *v, Type *t, const Const **rounded);
bool const_fits(Checker *c, Operand *x, Type *t, bool report);
void check_overflow(Checker *c, Operand *x, Pos op_pos);
bool check_index_value(Checker *c, Expr *e, int64_t max, int64_t *value);
bool is_valid_index(Checker *c, Operand *x, const char *what, bool allow_negative);
Type *check_chan_elem(Checker *c, Operand *x, bool recv, Pos pos);
void check_comp_lit(Checker *c, Operand *x, CompositeLit *e, Type *hint);
void check_func_lit(Checker *c, Operand *x, FuncLit *e);
bool has_nil_operand(const Operand *x);
void mark_addr(Checker *c, Expr *e);                         // &e: the variable at the root of e has its address taken
void mark_comma_ok(Expr *e);
void mark_used_quiet(Checker *c, Expr *e);
void use_exprs(Checker *c, Expr **list, uint32_t n);         // evaluates for the sake of `used`
void check_generic_exprs(Checker *c, Expr **list, uint32_t n, Operand **out, uint32_t *nout, bool allow_comma_ok, bool *is_comma_ok);
Operand *unpack_exprs(Checker *c, Expr **list, uint32_t n, uint32_t *nout, bool allow_comma_ok, bool *is_comma_ok);

/* ---- assign.c ---- */
bool assignable(Checker *c, Operand *x, Type *t, const char **cause);
void check_assignment(Checker *c, Operand *x, Type *t, const char *context);
void init_const(Checker *c, Object *o, Operand *x);
void init_var(Checker *c, Object *o, Operand *x, const char *context);
void init_vars(Checker *c, Object **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs, Stmt *return_stmt);
void assign_vars(Checker *c, Expr **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs);
void assign_var(Checker *c, Expr *lhs, Expr *rhs, Operand *x, const char *context);
void short_var_decl(Checker *c, Pos pos, Expr **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs);
Object *new_local_var(Checker *c, Ident *id, Type *t);
Type *check_lhs_var(Checker *c, Expr *lhs);

/* ---- call.c, builtin.c, conversion.c ---- */
enum { KIND_CONVERSION, KIND_EXPRESSION, KIND_STATEMENT };
int check_call(Checker *c, Operand *x, CallExpr *e);
void check_selector(Checker *c, Operand *x, SelectorExpr *e, bool want_type);
void func_inst(Checker *c, Operand *x, IndexExpr *e, Type *target);
void infer_from_target(Checker *c, Operand *x, Type *target);
bool check_builtin(Checker *c, Operand *x, CallExpr *e, BuiltinId id);
void check_conversion(Checker *c, Operand *x, Type *t);
bool convertible(Checker *c, Operand *x, Type *t, const char **cause);
void record_inst(Checker *c, Expr *fun, Object *generic, Type **targs, uint32_t n, Type *sig);

/* ---- stmt.c, labels.c ---- */
enum { STMTF_HAS_BREAK = 1 };  // Stmt.flags: a break leaves this statement
FuncInfo *real_func(FuncInfo *fi);  // fi, or the function that a range body belongs to
void check_block_body(Checker *c, FuncInfo *fi, BlockStmt *body);
void check_stmts(Checker *c, StmtList *list);
void open_scope(Checker *c);
void close_scope(Checker *c);
void check_labels(Checker *c, FuncInfo *fi, StmtList *body);
bool is_terminating_list(Checker *c, StmtList *list);
void report_unused_vars(Checker *c, FuncInfo *fi);
void use_var(Checker *c, Object *v);
void add_dep(Checker *c, Object *o);

// types.h: what the checker finds out about a program: types, objects, selections, functions. Read by escape and compile.
#pragma once
#include "arena.h"
#include "intern.h"
#include "map.h"
#include "vec.h"
#include "diag.h"
#include "syntax/syntax.h"
#include "types/const.h"

typedef struct Type Type;
typedef struct Object Object;
typedef struct Package Package;
typedef struct Scope Scope;
typedef struct FuncInfo FuncInfo;
typedef struct Selection Selection;
typedef struct Checker Checker;
typedef struct TypeTerm TypeTerm;

/* ---- types ----
 *
 * Types are canonical: two identical types are the same Type object, so identity is a pointer comparison. The one exception is an
 * interface literal that embeds an interface which was still being declared (type_identical knows it; use that function).
 * Aliases leave no trace: byte is uint8, any is interface{}.
 *
 * A generic type `List[T]` is a TYPE_NAMED with tparams and no targs; List[int] is another TYPE_NAMED with origin List and targs {int}.
 * A local type declared in a generic function depends on the function's type parameters: they stand in its tparams with
 * implicit_tparams set, and type_subst makes instances of it like of a generic type.
 * A method of a generic type uses the type's own TYPE_PARAMs for its receiver's type parameters, whatever it calls them, so the
 * substitution environment of a method is: tparams of the receiver's origin -> targs of the receiver. */

typedef enum TypeKind {
    TYPE_INVALID,  // of an erroneous expression; silent
    TYPE_BOOL,
    TYPE_INT, TYPE_INT8, TYPE_INT16, TYPE_INT32, TYPE_INT64,
    TYPE_UINT, TYPE_UINT8, TYPE_UINT16, TYPE_UINT32, TYPE_UINT64, TYPE_UINTPTR,
    TYPE_FLOAT32, TYPE_FLOAT64, TYPE_COMPLEX64, TYPE_COMPLEX128,
    TYPE_STRING, TYPE_UNSAFE_POINTER,
    TYPE_UNTYPED_BOOL, TYPE_UNTYPED_INT, TYPE_UNTYPED_RUNE, TYPE_UNTYPED_FLOAT, TYPE_UNTYPED_COMPLEX,
    TYPE_UNTYPED_STRING, TYPE_UNTYPED_NIL,
    TYPE_NAMED, TYPE_POINTER, TYPE_SLICE, TYPE_ARRAY, TYPE_MAP, TYPE_CHAN, TYPE_FUNC, TYPE_STRUCT, TYPE_INTERFACE,
    TYPE_TUPLE,  // what a call with other than one result gives
    TYPE_PARAM,  // type parameter
    TYPE_UNION,  // only inside constraints
    TYPE_NKINDS
} TypeKind;
#define TYPE_LAST_BASIC TYPE_UNTYPED_NIL

typedef struct StructField {
    const Name *name;     // of an embedded field: the type's name
    Type *type;
    Package *pkg;         // where an unexported name belongs to
    const Expr *type_expr;// as written where this struct stood first; for messages, as pos
    uint32_t pos;
    const char *tag;      // unquoted; NULL when there is none
    uint32_t tag_len;
    bool embedded;
} StructField;

typedef struct IfaceMethod {
    const Name *name;
    Package *pkg;   // where an unexported name belongs to; also set for exported ones
    Type *sig;      // TYPE_FUNC, without receiver
    uint32_t pos;
} IfaceMethod;

/* A term of a type set: T or ~T. */
struct TypeTerm {
    Type *type;
    bool tilde;
};

typedef struct Layout {
    int64_t size, align;
    int64_t *offsets;  // of a struct's fields
    bool done, busy;
} Layout;

struct Type {
    uint8_t kind;             // TypeKind
    bool has_tparam : 1;      // a type parameter occurs in it: type_subst has work
    bool has_open_iface : 1;  // an interface that is not canonical occurs in it
    bool implicit_tparams : 1;
    bool known_comparable : 1;    // cache: values can be compared with ==
    uint8_t dir;              // TYPE_CHAN: ChanDir
    bool variadic;            // TYPE_FUNC: the last parameter is a slice written ...T
    uint32_t id;              // dense, from 0, unique in the Checker
    uint32_t hash;
    Type *pointer_to;         // cache of *T
    Type *slice_of;           // cache of []T
    Layout *layout;           // cache of type_sizeof and friends
    void *aux;                // the compiler's own (its type descriptor); NULL at first
    void *aux2;
    union {
        struct {              // TYPE_POINTER, SLICE, ARRAY, MAP, CHAN
            Type *elem;
            Type *key;        // MAP
            int64_t len;      // ARRAY; -1 after an error
        };
        struct {              // TYPE_FUNC; without receiver and parameter names (those are in FuncInfo)
            Type **params;
            Type **results;
            Type **tparams_f; // of a generic function's signature; NULL once instantiated
            uint32_t nparams, nresults, ntparams_f;
            const FuncType *spelling;  // where it was written first: messages take the parameters' names from there; or NULL
        };
        struct {              // TYPE_STRUCT
            StructField *fields;
            uint32_t nfields;
        };
        struct {              // TYPE_INTERFACE: complete after type_complete
            IfaceMethod *methods;    // sorted by name; the index is the method's number
            TypeTerm *terms;         // type set; with has_terms false: all types
            uint32_t nmethods, nterms;
            bool has_terms, is_comparable, complete, completing;
            struct IfaceLit *lit;    // what was written, while not complete
        };
        struct {              // TYPE_TUPLE
            Type **types;
            uint32_t ntypes;
        };
        struct {              // TYPE_UNION
            TypeTerm *uterms;
            uint32_t nuterms;
        };
        struct {              // TYPE_NAMED, TYPE_PARAM
            Object *obj;           // its type name
            Type *under;           // use type_under, which expands instances lazily
            Type *origin;          // generic type this is an instance of, else itself
            Type **targs;          // NULL when not an instance
            Type **tparams;        // of a generic type (and of the origin of an instance)
            uint32_t ntargs, ntparams;
            uint32_t nouter;       // generic type declared in a generic function: how many of tparams (the last ones) are the function's
            VEC(Object *) decl_methods;  // declared methods (OBJ_FUNC), of the origin; resolved on demand
            uint32_t tp_index;     // TYPE_PARAM: position in its list
            Type *constraint;      // TYPE_PARAM: an interface (maybe named); use type_constraint
            const Expr *constraint_expr;  // as it was written, for messages
            void *named_state;     // the checker's own
        };
    };
};

/* ---- objects ---- */

typedef enum ObjectKind {
    OBJ_BAD, OBJ_PKGNAME, OBJ_CONST, OBJ_TYPE, OBJ_VAR, OBJ_FUNC, OBJ_LABEL, OBJ_BUILTIN, OBJ_NIL
} ObjectKind;

typedef enum BuiltinId {
#define BUILTIN(id, name, nargs, variadic, stmt) BUILTIN_##id,
#include "types/builtin.def"
#undef BUILTIN
    BUILTIN_COUNT
} BuiltinId;

struct Object {
    uint8_t kind;             // ObjectKind
    uint8_t state;            // the checker's: not yet, being, or wholly declared
    uint8_t builtin;          // OBJ_BUILTIN: BuiltinId
    bool is_global : 1;       // OBJ_VAR: package level
    bool is_param : 1;        // parameter or receiver
    bool is_result : 1;
    bool is_recv : 1;
    bool is_named_result : 1; // a result with a name (not _)
    bool is_alias : 1;        // OBJ_TYPE
    bool is_method : 1;       // OBJ_FUNC
    bool ptr_recv : 1;        // method with receiver *T
    bool used : 1;            // read somewhere (variables), mentioned (others)
    bool captured : 1;        // OBJ_VAR: mentioned in a function literal inside its owner
    bool reassigned : 1;      // stored to other than by its declaration (param: other than by the call)
    bool addr_taken : 1;      // &v, v.f or v[i] of an array under &, v[:] of an array, v.m() with a pointer receiver
    bool per_iteration : 1;   // variable of a for clause, with a copy per iteration (language 1.22 and later)
    bool reached : 1;         // package level: something that was checked mentions it
    uint32_t pos;             // global source offset of the declaring identifier (source.h)
    uint32_t order;           // OBJ_VAR etc. at package level: order of declaration in the package
    const Name *name;
    Type *type;               // NULL until declared; use object_type for package-level objects
    Package *pkg;             // NULL: universe
    Scope *scope;             // where it was declared
    void *decl;              // declaring node: FuncDecl, ValueSpec, TypeSpec, ...; NULL for params and :=
    FuncInfo *owner;          // OBJ_VAR: function whose variable it is; NULL at package level
    union {
        const Const *cv;      // OBJ_CONST
        FuncInfo *func;       // OBJ_FUNC: NULL until its body is checked; never for a function without body
        Package *imported;    // OBJ_PKGNAME
    };
    Type *recv;               // OBJ_FUNC, method: the receiver's base type (TYPE_NAMED, the generic one)
    struct DeclInfo *info;    // the checker's own, package level
    const Expr *type_expr;    // OBJ_VAR: its type as declared, or NULL; for messages
    const Expr *init_expr;    // OBJ_VAR: without a declared type: what it was initialised with, when that is one value
    uint32_t stamp;           // the checker's: last visitor
    uint32_t slot;            // the compiler's own
    void *aux;                // the compiler's own; NULL at first
};
/* A variable captured by a literal can be captured by value when it is neither reassigned nor addr_taken. */
static inline bool object_capture_by_value(const Object *v) { return !v->reassigned && !v->addr_taken; }

/* FuncInfo: what is known of one function body, declared or literal. */
struct FuncInfo {
    Object *obj;              // declared function or method; NULL for a literal
    void *node;               // FuncDecl or FuncLit; a RangeStmt when is_range_body
    FuncInfo *outer;          // enclosing function of a literal; NULL for a declared one (and for literals in package-level initialisers)
    Package *pkg;
    Type *sig;                // TYPE_FUNC
    Object *recv;             // receiver variable or NULL; unnamed ones have the name _ or NULL
    Object **params;          // one per parameter, unnamed ones with name NULL or _
    Object **results;         // one per result, likewise; named_results says whether they have names
    uint32_t nparams, nresults;
    Type **tparams;           // type parameters in whose terms the body is written: of the function or of the receiver's type; also for literals
    uint32_t ntparams;
    VEC(Object *) captures;   // variables of outer functions mentioned here or in literals inside, each once
    VEC(Object *) locals;     // every variable declared in the body (not in literals inside), in order
    VEC(FuncInfo *) lits;     // literals directly inside, in order
    VEC(Object *) deps;       // package-level variables and functions that the body mentions
    uint32_t index;           // literal: number within its outer function, from 1
    bool named_results : 1;
    bool has_defer : 1;
    bool has_recover : 1;     // calls recover directly
    bool has_go : 1;
    bool has_label : 1;
    bool is_script_main : 1;
    bool is_range_body : 1;   // body of a range over a function, as a literal of its own (RangeStmt.info): captures work as for
                              // literals, but return, defer and labels belong to the nearest outer function that is none
    bool has_range_return : 1;// a return stands in a range body inside: the results count as captured and reassigned
    uint32_t go_minor;        // language version 1.go_minor (file, else module)
    void *aux;                // the compiler's own
};

/* ---- scopes and packages ---- */

struct Scope {
    Scope *parent;
    Object **slots;    // small: a list in order; bigger: hashed
    uint32_t n, cap;
    PtrMap map;        // Name -> Object once the scope is big
    FuncInfo *func;    // function the scope belongs to
    bool is_func;      // outermost scope of a function: parameters
};

/* InitItem: one package-level initialisation step: lhs... = rhs. Without lhs: rhs for its effects (var _ = f()). */
typedef struct InitItem {
    Object **lhs;
    uint32_t nlhs;         // more than one: rhs is a call with that many results, or a comma-ok form
    Expr *rhs;
    FuncInfo *func;        // pseudo function of the initialiser: its literals have outer == NULL; deps are its mentions
} InitItem;

struct Package {
    const char *path;      // import path; "main" for the program
    const Name *name;
    VEC(File *) files;
    Scope *scope;
    VEC(Package *) imports;    // direct imports, in order of first mention
    VEC(Object *) inits;       // func init() objects, in source order (kind OBJ_FUNC, not in scope)
    VEC(InitItem) init_order;  // filled by checker_init_order
    FuncInfo *script_main;     // script form: the body of main
    uint32_t go_minor;         // language version of the module, 1.go_minor; 0: the newest
    bool is_library : 1;       // gol's own: checked lazily
    bool is_script : 1;        // without package clause
    bool is_repl : 1;          // top-level variables are all package level and need not be used
    bool is_unsafe : 1;
    bool collected : 1;        // the checker's: names are in scope
    bool checked : 1;
    bool failed : 1;           // had errors
    uint32_t index;            // dense number in the Checker
    void *check;               // the checker's own
    void *aux;                 // the compiler's own
};

/* ---- annotations on expressions ----
 *
 * After checking, each Expr has type, cv (constant value or NULL) and mode. As in go/types, operands that were untyped have their
 * final type: in `var f float64 = 1 << s` the 1 has type float64. nil has the type it is used as. A value that becomes an interface
 * by assignment keeps its own type: compare with the target. An expression with cv needs no code and its children carry no promise. */
typedef enum ExprMode {
    MODE_INVALID,   // in error, or not visited
    MODE_NOVALUE,   // call without result
    MODE_BUILTIN,   // a builtin's name, being called
    MODE_TYPE,      // a type
    MODE_CONST,     // cv is its value
    MODE_VAR,       // addressable variable (or field, element, indirection of one)
    MODE_MAPINDEX,  // m[k]: assignable, not addressable
    MODE_VALUE,
    MODE_NIL,
    MODE_COMMAOK,   // <-c or x.(T), which may give two values; the node's comma_ok says whether it does here (for m[k] too);
                    // type is the first value's
    MODE_PKG,       // a package name before the dot
} ExprMode;

/* What CallExpr.call says. */
typedef enum CallKind {
    CALL_NONE,
    CALL_CONVERSION,  // fun is a type
    CALL_BUILTIN,     // CallExpr.builtin: BuiltinId
    CALL_STATIC,      // a declared function or method, or an instance of one: sel or ident tells which
    CALL_IFACE,       // method of an interface value
    CALL_TPARAM,      // method of a value whose type is a type parameter
    CALL_VALUE,       // a value of function type
} CallKind;
/* CallExpr.cflags */
enum {
    CALLF_SPREAD = 1,      // f(a, s...)
    CALLF_TUPLE_ARG = 2,   // f(g()) where g gives several values
    CALLF_METHOD_EXPR = 4, // T.m(x, ...): the receiver is the first argument
    CALLF_STMT = 8,        // result not used
};

typedef enum SelKind {
    SEL_FIELD,        // x.f
    SEL_METHOD,       // x.m: a method with static receiver type: called directly, or a bound method value
    SEL_IFACE_METHOD, // x.m of an interface value: method_index
    SEL_TPARAM_METHOD,// x.m where (after path) the receiver is a type parameter: look up again with type_lookup after substitution
    SEL_QUALIFIED,    // pkg.Name: obj is the object
} SelKind;

/* One step of a path through embedded fields (for SEL_FIELD the last step is the field itself). */
typedef struct SelStep {
    uint32_t index;   // field index in the struct
    bool deref;       // the value before this step is a pointer: dereference it first
} SelStep;

/* Selection: what x.name means. The path leads from x to the field, or to the embedded value that has the method.
 * For methods: recv is the type reached by the path; want_addr: the method has a pointer receiver and the value at the end of the path is not a
 * pointer: take its address; want_deref: value receiver and the path ends in a pointer: load through it (nil panics). */
struct Selection {
    uint8_t kind;          // SelKind
    bool method_expr : 1;  // T.m or (*T).m: x is a type; the node's type has the receiver as first parameter
    bool want_addr : 1;
    bool want_deref : 1;
    bool indirect : 1;     // a pointer was followed on the way
    uint32_t npath;
    SelStep *path;
    Type *x_type;          // type of x
    Type *recv;            // methods: type at the end of the path (maybe a pointer)
    Object *obj;           // SEL_METHOD: the method (of the generic type); SEL_QUALIFIED: the object
    uint32_t method_index; // SEL_IFACE_METHOD: number in the interface's sorted methods
    const Name *name;
    Type *type;            // of the field; of the method without receiver
};

/* Inst: a use of a generic function: which one and with what. Inside a generic body targs may mention type parameters. */
typedef struct Inst {
    Object *generic;
    Type **targs;
    uint32_t ntargs;
} Inst;

/* Env: a substitution for type parameters. */
typedef struct TypeEnv {
    Type **tparams;
    Type **targs;
    uint32_t n;
} TypeEnv;

typedef enum RangeKind {
    RANGE_NONE, RANGE_INT, RANGE_STRING, RANGE_SLICE, RANGE_ARRAY, RANGE_ARRAY_PTR, RANGE_MAP, RANGE_CHAN,
    RANGE_FUNC0, RANGE_FUNC1, RANGE_FUNC2,  // by number of values that yield takes
} RangeKind;

/* ---- types: making and asking ---- */

Type *type_basic(Checker *c, TypeKind kind);     // basic and untyped kinds
Type *type_error(Checker *c);                    // the predeclared type error
Type *type_empty_interface(Checker *c);
Type *type_pointer(Checker *c, Type *elem);
Type *type_slice(Checker *c, Type *elem);
Type *type_array(Checker *c, Type *elem, int64_t len);
Type *type_map(Checker *c, Type *key, Type *elem);
Type *type_chan(Checker *c, ChanDir dir, Type *elem);
Type *type_func(Checker *c, Type **params, uint32_t nparams, Type **results, uint32_t nresults, bool variadic);
Type *type_tuple(Checker *c, Type **types, uint32_t n);
Type *type_struct(Checker *c, const StructField *fields, uint32_t n);

/* type_under is the underlying type; never TYPE_NAMED; of a TYPE_PARAM its constraint's interface. */
Type *type_under(Checker *c, Type *t);
bool type_identical(Checker *c, Type *a, Type *b);
/* type_complete makes sure that an interface's methods and type set are computed. */
Type *type_complete(Checker *c, Type *iface);
/* type_core is the single underlying type of all types in t's type set, or NULL; of an ordinary type its underlying type. */
Type *type_core(Checker *c, Type *t);
Type *type_default(Checker *c, Type *t);         // untyped -> default type
Type *type_constraint(Checker *c, Type *tparam); // the constraint as a complete TYPE_INTERFACE

/* type_subst replaces type parameters. The result is canonical; without type parameters in t it is t itself. */
Type *type_subst(Checker *c, Type *t, const TypeEnv *env);
/* type_instantiate gives the canonical instance of a generic named type. */
Type *type_instantiate(Checker *c, Type *generic, Type **targs, uint32_t n);
/* type_env_of gives the environment in which methods of the receiver type `recv` (named or pointer to it) are to be compiled. */
TypeEnv type_env_of(Checker *c, Type *recv);

bool type_is_untyped(const Type *t);
bool type_is_integer(Checker *c, Type *t);       // these look at the underlying type; for a type parameter all its types
bool type_is_unsigned(Checker *c, Type *t);
bool type_is_float(Checker *c, Type *t);
bool type_is_complex(Checker *c, Type *t);
bool type_is_numeric(Checker *c, Type *t);
bool type_is_string(Checker *c, Type *t);
bool type_is_boolean(Checker *c, Type *t);
bool type_is_interface(Checker *c, Type *t);     // an interface, not a type parameter
bool type_is_comparable(Checker *c, Type *t);    // with ==, interfaces included
bool type_has_nil(Checker *c, Type *t);
bool type_is_named(const Type *t);               // basic, named or type parameter

/* Layout of amd64. type_offsetof is the offset of a struct's field number i. */
int64_t type_sizeof(Checker *c, Type *t);
int64_t type_alignof(Checker *c, Type *t);
int64_t type_offsetof(Checker *c, Type *t, uint32_t i);

/* type_lookup finds field or method `name` (pkg: who asks, for unexported names) of t as for x.name with x of type t; NULL when there is
 * none or it is ambiguous. addressable says whether a pointer method may be had through &x; pass true to find it in any case. */
Selection *type_lookup(Checker *c, Type *t, const Name *name, Package *pkg, bool addressable);
/* type_method_set lists the methods that a value of type t has (those an interface can hold), sorted as an interface's methods are:
 * exported and unexported. For an interface: SEL_IFACE_METHODs. The list is cached. */
Selection **type_method_set(Checker *c, Type *t, uint32_t *n);
/* type_string as messages write it, seen from package `from` (whose own names need no qualifier; NULL: qualify all); type_string_runtime as %T
 * prints it: main.T, []interface {}, struct { X int "tag" }. */
const char *type_string(Checker *c, Type *t, Package *from);
const char *type_string_runtime(Checker *c, Type *t);

/* type_range_kind tells how `range x` over a value of type t works (t without type parameters, or with a core type), and the types of key
 * and value (NULL: there is none). */
RangeKind type_range_kind(Checker *c, Type *t, Type **key, Type **value);

/* ---- objects ---- */

/* object_type resolves a package-level object if need be, and gives its type. Generic functions: the signature with tparams_f. */
Type *object_type(Checker *c, Object *o);
Object *scope_lookup(const Scope *s, const Name *name);           // this scope only
Object *scope_lookup_parent(Scope *s, const Name *name);           // outwards
/* package_lookup finds a package-level object of another package by its text, e.g. ("runtime", "hook"), resolved; or NULL. */
Object *package_lookup(Checker *c, Package *p, const char *name);

/* checker_func gives the checked body of a function: for the user's packages it is there after checker_check; for library functions it is
 * checked now. NULL when the function has no body (a C leaf function) or its body has errors. */
FuncInfo *checker_func(Checker *c, Object *fn);

/* ---- annotations in the tree ----
 * Ident.obj: what a name declares or uses (obj->pos == ident's pos: declares). CaseClause.implicit. BranchStmt.target. FuncLit.info,
 * RangeStmt.info (range over a function). FuncDecl.info. SelectorExpr.selection (never NULL after a successful check; SEL_QUALIFIED for pkg.Name,
 * whose sel->obj is set as well). TypeSpec.name->obj->type. */

/* checker_inst finds Ident.inst or IndexExpr.inst: when e (the whole function expression: f, pkg.f, f[int], as it stands before the call's parentheses or as a value) is an instance
 * of a generic function. NULL otherwise. */
const Inst *checker_inst(Checker *c, const Expr *e);

/* ---- the checker ---- */

typedef struct CheckerConfig {
    /* import gives the package of that path with its files parsed; NULL and an error text (without position) when there is none.
     * The checker calls it once per path. */
    Package *(*import)(void *ctx, const char *path, const char **error);
    void *ctx;
    uint32_t go_minor;  // language version when nothing else says; 0: the newest
    bool whole_libraries;  // check library packages whole, too (for tests of the library)
    size_t stack_bytes;    // C stack of the thread the checker runs on; 0: ask the system
} CheckerConfig;

/* sx: names, arena for everything, diagnostics; also used to parse bodies that the loader skipped. */
Checker *checker_new(Syntax *sx, const CheckerConfig *config);
/* checker_stack_limit is how far down the C stack may grow, seen from the caller: CheckerConfig.stack_bytes, with room to spare. */
char *checker_stack_limit(const Checker *c);
/* checker_free gives back what the checker holds outside the arena (GMP's scratch numbers). */
void checker_free(Checker *c);

/* package_new makes an empty package; the loader adds files (and sets flags) and hands it to checker_check or back from import. */
Package *package_new(Checker *c, const char *path);

/* checker_check checks a package and, before it, what it imports: whole when it is the user's, lazily when it is a library package. Errors
 * go to diags; false when there were any. A repl package may be checked again after files were added. */
MUST_USE bool checker_check(Checker *c, Package *p);

/* checker_init_order fills p->init_order for all packages and returns them in order of initialisation (imports first). Call it when all reachable
 * bodies have been asked for with checker_func: of library packages only variables that were reached are listed; initialisers are
 * checked by then, which may reach further functions: the compiler takes those through FuncInfo.deps and calls again until nothing new comes. */
Package **checker_init_order(Checker *c, uint32_t *n);

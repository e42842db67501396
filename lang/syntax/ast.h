// ast.h: the syntax tree of Go 1.26 and of gol's script form.
#pragma once
#include "source.h"
#include "intern.h"

/* The tree says what the source said: parentheses, groups, literal spelling, every comment. Nodes live in an arena and are
 * never freed alone.
 *
 * Families: Expr (types too: the grammar does not know which names are types), Stmt, Decl. Each node starts with its family's
 * header, whose first fields are those of Node. AS(CallExpr, e) casts and, in checked builds, verifies the kind.
 *
 * Places: `pos` is the token that characterises the node, as in Go's compiler, because errors point there: the operator of a
 * BinaryExpr, the '(' of a CallExpr, '[' of IndexExpr and SliceExpr, '.' of SelectorExpr and TypeAssertExpr, '{' of a CompositeLit,
 * ':' of a KeyValueExpr, the operator of assignments, else the first token. ast_start and ast_end derive where a node begins and ends.
 *
 * Depth: no path from a File to a leaf is longer than AST_MAX_DEPTH nodes (the parser reports what is deeper), so a walker may
 * recurse, on a stack that holds AST_MAX_DEPTH of its frames. Left-leaning chains of binary operators and `else if` count too.
 *
 * Annotations: the fields below "checker:" are NULL or 0 after parsing and filled by lang/types. A generic body is checked once
 * and compiled per instance, so annotations may mention type parameters and nothing in the tree belongs to one instance. */
#define AST_MAX_DEPTH 100000

struct Type;       // lang/types: a type
struct Const;      // lang/types: an exact constant
struct Object;     // lang/types: what a name stands for
struct Scope;      // lang/types
struct Selection;  // lang/types: what x.f selects, with the path through embedded fields
struct FuncInfo;   // lang/types and later passes: what is known of one function body
struct Inst;       // lang/types: type arguments of an instantiation
struct Package;    // package.h

// X(struct name, KIND suffix)
#define AST_EXPRS(X)                                                                               \
    X(BadExpr, BAD)                                                                                \
    X(Ident, IDENT)                                                                                \
    X(BasicLit, LIT)                                                                               \
    X(CompositeLit, COMPOSITE)                                                                     \
    X(KeyValueExpr, KEY_VALUE)                                                                     \
    X(FuncLit, FUNC_LIT)                                                                           \
    X(ParenExpr, PAREN)                                                                            \
    X(SelectorExpr, SELECTOR)                                                                      \
    X(IndexExpr, INDEX)                                                                            \
    X(SliceExpr, SLICE)                                                                            \
    X(TypeAssertExpr, TYPE_ASSERT)                                                                 \
    X(CallExpr, CALL)                                                                              \
    X(StarExpr, STAR)                                                                              \
    X(UnaryExpr, UNARY)                                                                            \
    X(BinaryExpr, BINARY)                                                                          \
    X(ArrayType, ARRAY_TYPE)                                                                       \
    X(SliceType, SLICE_TYPE)                                                                       \
    X(DotsType, DOTS_TYPE)                                                                         \
    X(StructType, STRUCT_TYPE)                                                                     \
    X(FuncType, FUNC_TYPE)                                                                         \
    X(InterfaceType, INTERFACE_TYPE)                                                               \
    X(MapType, MAP_TYPE)                                                                           \
    X(ChanType, CHAN_TYPE)

#define AST_STMTS(X)                                                                               \
    X(BadStmt, BAD)                                                                                \
    X(EmptyStmt, EMPTY)                                                                            \
    X(ExprStmt, EXPR)                                                                              \
    X(SendStmt, SEND)                                                                              \
    X(IncDecStmt, INC_DEC)                                                                         \
    X(AssignStmt, ASSIGN)                                                                          \
    X(GoStmt, GO)                                                                                  \
    X(DeferStmt, DEFER)                                                                            \
    X(ReturnStmt, RETURN)                                                                          \
    X(BranchStmt, BRANCH)                                                                          \
    X(BlockStmt, BLOCK)                                                                            \
    X(IfStmt, IF)                                                                                  \
    X(SwitchStmt, SWITCH)                                                                          \
    X(TypeSwitchStmt, TYPE_SWITCH)                                                                 \
    X(SelectStmt, SELECT)                                                                          \
    X(CaseClause, CASE)                                                                            \
    X(CommClause, COMM)                                                                            \
    X(ForStmt, FOR)                                                                                \
    X(RangeStmt, RANGE)                                                                            \
    X(LabeledStmt, LABELED)                                                                        \
    X(DeclStmt, DECL)

#define AST_DECLS(X)                                                                               \
    X(BadDecl, BAD)                                                                                \
    X(GenDecl, GEN)                                                                                \
    X(ImportSpec, IMPORT)                                                                          \
    X(ConstSpec, CONST)                                                                            \
    X(TypeSpec, TYPE)                                                                              \
    X(VarSpec, VAR)                                                                                \
    X(FuncDecl, FUNC)

typedef enum NodeKind {
    NODE_NONE,
#define X(type, K) EXPR_##K,
    AST_EXPRS(X)
#undef X
#define X(type, K) STMT_##K,
        AST_STMTS(X)
#undef X
#define X(type, K) DECL_##K,
            AST_DECLS(X)
#undef X
                NODE_NKINDS
} NodeKind;

// KIND_OF_CallExpr == EXPR_CALL, for AS()
enum {
#define X(type, K) KIND_OF_##type = EXPR_##K,
    AST_EXPRS(X)
#undef X
#define X(type, K) KIND_OF_##type = STMT_##K,
        AST_STMTS(X)
#undef X
#define X(type, K) KIND_OF_##type = DECL_##K,
            AST_DECLS(X)
#undef X
};

// Operators of unary and binary expressions and of op=. X(NAME, spelling, precedence as a binary operator or 0)
#define AST_OPERATORS(X)                                                                           \
    X(NONE, "", 0)                                                                                 \
    X(LOR, "||", 1)                                                                                \
    X(LAND, "&&", 2)                                                                               \
    X(EQL, "==", 3)                                                                                \
    X(NEQ, "!=", 3)                                                                                \
    X(LSS, "<", 3)                                                                                 \
    X(LEQ, "<=", 3)                                                                                \
    X(GTR, ">", 3)                                                                                 \
    X(GEQ, ">=", 3)                                                                                \
    X(ADD, "+", 4)                                                                                 \
    X(SUB, "-", 4)                                                                                 \
    X(OR, "|", 4)                                                                                  \
    X(XOR, "^", 4)                                                                                 \
    X(MUL, "*", 5)                                                                                 \
    X(QUO, "/", 5)                                                                                 \
    X(REM, "%", 5)                                                                                 \
    X(SHL, "<<", 5)                                                                                \
    X(SHR, ">>", 5)                                                                                \
    X(AND, "&", 5)                                                                                 \
    X(AND_NOT, "&^", 5)                                                                            \
    X(NOT, "!", 0)                                                                                 \
    X(TILDE, "~", 0)                                                                               \
    X(RECV, "<-", 0)

typedef enum Oper {
#define X(NAME, spelling, prec) OPER_##NAME,
    AST_OPERATORS(X)
#undef X
        OPER_N
} Oper;

/* oper_spelling returns "+" for OPER_ADD. */
const char *oper_spelling(Oper op);
/* oper_precedence returns 1 to 5 for binary operators, else 0. */
int oper_precedence(Oper op);

typedef struct Node {
    uint8_t kind;  // NodeKind
    uint8_t pad[3];
    Pos pos;
} Node;

#ifdef GOL_CHECKS
static inline void *ast_cast(const void *node, unsigned kind) {
    VERIFY(((const Node *)node)->kind == kind);
    return (void *)node;
}
#else
static inline void *ast_cast(const void *node, unsigned kind) { return (void *)node; }
#endif
#define AS(T, node) ((T *)ast_cast((node), KIND_OF_##T))
#define IS(T, node) ((node)->kind == KIND_OF_##T)

/* ---- expressions and types ---- */

typedef struct Expr {
    uint8_t kind;  // NodeKind, EXPR_*
    // checker:
    uint8_t mode;   // what the expression denotes: no value, type, constant, variable, value ...
    uint8_t flags;  // lang/types' own
    // compiler:
    uint8_t hoisted : 1;  // the value lies ready
    uint8_t calls : 2;    // 0 not known yet, 1 no call is in it, 2 one is
    Pos pos;
    // checker:
    struct Type *type;  // type of the value, or the type denoted when mode says "type"
    struct Const *cv;   // value of a constant expression, else NULL
} Expr;

typedef struct BlockStmt BlockStmt;
typedef struct Stmt Stmt;
typedef struct Decl Decl;
typedef struct FuncDecl FuncDecl;
typedef struct File File;
typedef struct BasicLit BasicLit;
typedef struct FuncType FuncType;

typedef struct BadExpr {
    Expr e;
} BadExpr;

typedef struct Ident {
    Expr e;
    const Name *name;
    // checker:
    struct Object *obj;  // declared or used object
    struct Inst *inst;   // type arguments, written or inferred, when the object is generic and used here
} Ident;

typedef enum LitKind { LIT_INT, LIT_FLOAT, LIT_IMAG, LIT_RUNE, LIT_STRING } LitKind;

struct BasicLit {
    Expr e;
    const char *text;  // spelling, quotes included; points into the source
    uint32_t len;
    uint8_t lit;       // LitKind
    bool bad;          // malformed; already reported
};

typedef struct CompositeLit {
    Expr e;  // pos is the '{'
    Expr *ltype;  // NULL when elided
    Expr **elems;  // KeyValueExpr where keyed; an element may be a CompositeLit without type
    uint32_t nelems, nkeys;
    Pos rbrace;
    bool trailing_comma;
} CompositeLit;

typedef struct KeyValueExpr {
    Expr e;  // pos is the ':'
    Expr *key, *value;
} KeyValueExpr;

typedef struct FuncLit {
    Expr e;
    FuncType *ftype;
    BlockStmt *body;
    // checker:
    struct FuncInfo *info;
} FuncLit;

typedef struct ParenExpr {
    Expr e;
    Expr *x;
    Pos rparen;
} ParenExpr;

typedef struct SelectorExpr {
    Expr e;  // pos is the '.'
    Expr *x;
    Ident *sel;
    // checker:
    struct Selection *selection;  // NULL for a package's name: see sel->obj
} SelectorExpr;

typedef struct IndexExpr {
    Expr e;  // pos is the '['
    Expr *x;
    Expr **index;  // one value, or type arguments
    uint32_t nindex;
    Pos rbrack;
    bool trailing_comma;
    // checker:
    bool comma_ok;      // v, ok := m[k]
    struct Inst *inst;  // set when this is an instantiation
} IndexExpr;

typedef struct SliceExpr {
    Expr e;  // pos is the '['
    Expr *x;
    Expr *lo, *hi, *max;  // NULL where left out
    Pos rbrack;
    bool full;  // x[a:b:c]
} SliceExpr;

typedef struct TypeAssertExpr {
    Expr e;  // pos is the '.'
    Expr *x;
    Expr *atype;  // NULL: x.(type), valid only as a type switch's guard
    Pos rparen;
    // checker:
    bool comma_ok;
} TypeAssertExpr;

typedef struct CallExpr {
    Expr e;  // pos is the '('
    Expr *fun;
    Expr **args;
    uint32_t nargs;
    Pos dots;  // "..." behind the last argument, or POS_NONE
    Pos rparen;
    bool trailing_comma;
    // checker:
    uint8_t call;     // call, conversion, or a builtin
    uint8_t builtin;  // which one
    uint16_t cflags;
} CallExpr;

typedef struct StarExpr {
    Expr e;
    Expr *x;  // *x: a dereference, or the type "pointer to x"
} StarExpr;

typedef struct UnaryExpr {
    Expr e;
    Expr *x;
    uint8_t op;  // Oper: + - ! ^ & <- ~
    // checker:
    bool comma_ok;  // v, ok := <-c
} UnaryExpr;

typedef struct BinaryExpr {
    Expr e;  // pos is the operator
    Expr *x, *y;
    uint8_t op;  // Oper; | between types inside a constraint too
} BinaryExpr;

typedef struct ArrayType {
    Expr e;
    Expr *len;  // NULL: [...]T
    Expr *elem;
} ArrayType;

typedef struct SliceType {
    Expr e;
    Expr *elem;
} SliceType;

typedef struct DotsType {
    Expr e;
    Expr *elem;  // ...T, in the last parameter
} DotsType;

typedef struct MapType {
    Expr e;
    Expr *key, *value;
} MapType;

typedef enum ChanDir { CHAN_BOTH, CHAN_SEND, CHAN_RECV } ChanDir;

typedef struct ChanType {
    Expr e;
    Expr *elem;
    uint8_t dir;  // ChanDir
} ChanType;

/* A Field is one name (or one nameless item) of a struct, parameter, result or type parameter list, or one element of an
 * interface. `a, b T` makes two Fields that share the same `type` node: that is how a formatter knows the group. */
typedef struct Field {
    Pos pos;
    bool embedded;  // struct: an embedded type; interface: an embedded type or union
    Ident *name;    // NULL: embedded or nameless. A method of an interface has name and a FuncType.
    Expr *type;     // DotsType for a variadic parameter; the constraint of a type parameter
    BasicLit *tag;  // struct tag or NULL
    // checker:
    struct Object *obj;
} Field;

typedef struct FieldList {
    Field *at;
    uint32_t n;
    Pos open, close;  // brackets; POS_NONE for a single result without parentheses
} FieldList;

typedef struct StructType {
    Expr e;
    FieldList fields;
} StructType;

typedef struct InterfaceType {
    Expr e;
    FieldList elems;
} InterfaceType;

struct FuncType {
    Expr e;
    FieldList params, results;
};

/* ---- statements ---- */

struct Stmt {
    uint8_t kind;  // NodeKind, STMT_*
    uint8_t flags;  // lang/types' own
    uint8_t pad[2];
    Pos pos;
};

typedef struct StmtList {
    Stmt **at;
    uint32_t n;
} StmtList;

typedef struct BadStmt {
    Stmt s;
} BadStmt;

typedef struct EmptyStmt {
    Stmt s;
} EmptyStmt;

typedef struct ExprStmt {
    Stmt s;
    Expr *x;
} ExprStmt;

typedef struct SendStmt {
    Stmt s;  // pos is the "<-"
    Expr *chan, *value;
} SendStmt;

typedef struct IncDecStmt {
    Stmt s;  // pos is the operator
    Expr *x;
    uint8_t op;  // OPER_ADD or OPER_SUB
} IncDecStmt;

typedef struct AssignStmt {
    Stmt s;  // pos is the operator
    Expr **lhs, **rhs;
    uint32_t nlhs, nrhs;
    bool define;  // :=
    uint8_t op;   // OPER_NONE, or the operator of op=
} AssignStmt;

typedef struct GoStmt {
    Stmt s;
    Expr *call;  // a CallExpr, unless the program is wrong
} GoStmt;

typedef struct DeferStmt {
    Stmt s;
    Expr *call;
} DeferStmt;

typedef struct ReturnStmt {
    Stmt s;
    Expr **results;
    uint32_t nresults;
} ReturnStmt;

typedef enum BranchTok { BRANCH_BREAK, BRANCH_CONTINUE, BRANCH_GOTO, BRANCH_FALLTHROUGH } BranchTok;

typedef struct BranchStmt {
    Stmt s;
    Ident *label;  // or NULL
    uint8_t tok;   // BranchTok
    // checker:
    Stmt *target;  // break, continue: the for, range, switch or select statement; goto: the LabeledStmt
} BranchStmt;

struct BlockStmt {
    Stmt s;  // pos is the '{'
    StmtList list;
    Pos rbrace;
};

typedef struct IfStmt {
    Stmt s;
    Stmt *init;  // or NULL
    Expr *cond;
    BlockStmt *then;
    Stmt *els;  // NULL, IfStmt or BlockStmt
} IfStmt;

typedef struct CaseClause {
    Stmt s;
    Expr **exprs;  // values, or types (an Ident nil among them) in a type switch
    uint32_t nexprs;
    bool is_default;
    StmtList body;
    Pos colon;
    // checker:
    struct Object *implicit;  // the clause's own variable of `switch x := y.(type)`
} CaseClause;

typedef struct SwitchStmt {
    Stmt s;
    Stmt *init;
    Expr *tag;  // NULL: switch true
    CaseClause **clauses;
    uint32_t nclauses;
    Pos lbrace, rbrace;
} SwitchStmt;

typedef struct TypeSwitchStmt {
    Stmt s;
    Stmt *init;
    Ident *lhs;  // x of `x := y.(type)`, or NULL
    TypeAssertExpr *guard;  // y.(type)
    CaseClause **clauses;
    uint32_t nclauses;
    Pos lbrace, rbrace;
    Pos define;  // the ":=", or POS_NONE
} TypeSwitchStmt;

typedef struct CommClause {
    Stmt s;
    Stmt *comm;  // SendStmt, ExprStmt <-c, AssignStmt with <-c on the right; NULL: default
    StmtList body;
    Pos colon;
} CommClause;

typedef struct SelectStmt {
    Stmt s;
    CommClause **clauses;
    uint32_t nclauses;
    Pos lbrace, rbrace;
} SelectStmt;

typedef struct ForStmt {
    Stmt s;
    Stmt *init;  // any may be NULL
    Expr *cond;
    Stmt *post;
    BlockStmt *body;
    bool semis;  // written with semicolons
} ForStmt;

typedef struct RangeStmt {
    Stmt s;
    Expr **lhs;  // none, key, or key and value (more is the checker's error)
    uint32_t nlhs;
    bool define;  // :=
    Pos op;       // the = or :=, POS_NONE without lhs
    Pos range;    // the keyword `range`
    Expr *x;
    BlockStmt *body;
    // checker:
    struct FuncInfo *info;  // of the synthesised body function when ranging over a function
} RangeStmt;

typedef struct LabeledStmt {
    Stmt s;
    Ident *label;
    Stmt *stmt;  // EmptyStmt before a '}'
    Pos colon;
} LabeledStmt;

typedef struct DeclStmt {
    Stmt s;
    Decl *decl;  // GenDecl; in a script's top level FuncDecl too
} DeclStmt;

/* ---- declarations ---- */

struct Decl {
    uint8_t kind;  // NodeKind, DECL_*
    uint8_t flags;  // lang/types' own
    uint8_t pad[2];
    Pos pos;
};

typedef struct BadDecl {
    Decl d;
} BadDecl;

typedef enum GenTok { GEN_IMPORT, GEN_CONST, GEN_TYPE, GEN_VAR } GenTok;

/* A GenDecl is what one keyword introduces: one spec, or a group in parentheses. */
typedef struct GenDecl {
    Decl d;  // pos is the keyword
    Decl **specs;  // ImportSpec, ConstSpec, TypeSpec or VarSpec, as tok says
    uint32_t nspecs;
    uint8_t tok;  // GenTok
    Pos lparen, rparen;  // POS_NONE without a group
} GenDecl;

typedef struct ImportSpec {
    Decl d;  // pos is the first token of the spec, as for all specs
    GenDecl *gen;
    Ident *alias;  // NULL; "." and "_" are Idents of these spellings
    BasicLit *path_lit;
    const Name *path;  // unquoted
    // loader, checker:
    struct Package *pkg;  // what is imported
    struct Object *obj;
} ImportSpec;

typedef struct ConstSpec {
    Decl d;
    GenDecl *gen;
    Ident **names;
    uint32_t nnames, nvalues;
    Expr *type;  // as written
    Expr **values;
    uint32_t iota;             // index in the group
    struct ConstSpec *source;  // whose type and values hold: itself, an earlier spec of the group, or NULL when there is none
} ConstSpec;

typedef struct TypeSpec {
    Decl d;
    GenDecl *gen;
    Ident *name;
    FieldList tparams;
    bool alias;  // type A = B
    Pos assign;  // the '=', or POS_NONE
    Expr *type;
} TypeSpec;

typedef struct VarSpec {
    Decl d;
    GenDecl *gen;
    Ident **names;
    uint32_t nnames, nvalues;
    Expr *type;  // or NULL
    Expr **values;
} VarSpec;

struct FuncDecl {
    Decl d;  // pos is the token after `func`: the receiver's '(' or the name
    Pos func_pos;
    File *file;
    Field *recv;  // NULL for functions
    FieldList recv_list;  // as written; recv is its only element
    Ident *name;
    FieldList tparams;
    FuncType *type;
    BlockStmt *body;  // NULL: no body, or one not parsed yet
    Pos body_start, body_end;  // '{' and '}' of a body; body == NULL and body_start set: ask syntax_parse_body
    // checker:
    struct FuncInfo *info;
};

/* ---- files ---- */

typedef struct Comment {
    Pos pos;
    uint32_t len;  // without the line end of a // comment
} Comment;

struct File {
    SourceFile *src;
    Ident *pkg_name;  // NULL in a script
    Pos package_pos;
    Pos eof;
    bool is_script;
    bool has_shebang;   // the first line starts with #! and is skipped
    bool is_generated;
    bool has_build;     // a //go:build line stands before the package clause
    uint16_t go_minor;  // 21 for //go:build go1.21; 0: says nothing
    const char *build;  // text of the //go:build line behind the directive, NUL terminated, or NULL
    Decl **decls;       // top level: GenDecl and FuncDecl in order; in a script too
    uint32_t ndecls;
    StmtList stmts;     // script: everything in order, declarations as DeclStmt
    ImportSpec **imports;
    uint32_t nimports;
    Comment *comments;  // in order; only with SYNTAX_COMMENTS
    uint32_t ncomments;
    // loader, checker:
    struct Package *pkg;
    struct Scope *scope;
};

/* ast_start returns where Go's checker reports an expression, statement or declaration: its first token, but for a SliceExpr
 * its '[' and for a FuncDecl the token after `func`. */
Pos ast_start(const void *node);

/* ast_first returns the position of a node's first token, without these exceptions. */
Pos ast_first(const void *node);

/* ast_end returns the position just behind the last token of a node. */
Pos ast_end(const void *node);

/* ast_expr_string writes an expression as Go's messages do: bodies, fields and elements shortened to "…". */
const char *ast_expr_string(Arena *a, const Expr *x);

/* ast_exprs_string writes a list of expressions, separated by ", ". */
const char *ast_exprs_string(Arena *a, Expr *const *list, uint32_t n);

/* ast_kind_name returns "CallExpr" for EXPR_CALL. */
const char *ast_kind_name(NodeKind kind);

/* ast_each_child calls fn for each node directly below a node, in source order (the type shared by `a, b T` once; names of
 * declarations, fields and selectors included). What is absent is left out. */
void ast_each_child(const void *node, void (*fn)(void *ctx, void *child), void *ctx);

/* ast_check proves the invariants of the tree of a file without errors: kinds, depth, and that each node lies within its parent and
 * behind its elder sibling. Returns NULL, or what is wrong; *at is then where. */
const char *ast_check(const File *f, Pos *at);

/* ast_unparen strips parentheses. */
static inline Expr *ast_unparen(Expr *e) {
    while (e->kind == EXPR_PAREN) e = ((ParenExpr *)e)->x;
    return e;
}

// syntax_impl.h: what lexer, grammar, node builders, reporter and driver share. For the files of syntax/ and its unit tests.
#pragma once
#include "syntax/syntax.h"
#include "vec.h"

/* ---- lexer ---- */

typedef enum SemiKind { SEMI_SEMICOLON, SEMI_NEWLINE, SEMI_EOF } SemiKind;

typedef struct Literal {
    const char *text;
    uint32_t len;
    uint8_t kind;  // LitKind
    bool bad;      // reported
} Literal;

/* A Lexer turns a text into tokens. The only state that matters between tokens is nlsemi, as in Go: a newline (or the end) after
 * a token that can end a statement becomes a SEMI. */
typedef struct Lexer {
    Syntax *sx;
    SourceFile *src;
    const char *cur, *end;   // *end is NUL or never looked at: the lexer stops there
    bool nlsemi;
    bool part;               // the text goes on later (REPL): its end is no end of file
    bool head;               // before the package clause, where build constraints stand
    unsigned flags;          // SYNTAX_*
    File *file;              // receives build constraints; NULL: nobody wants them
    VEC(Comment) comments;   // with SYNTAX_COMMENTS
    const char *open;        // where an unterminated comment or raw string starts, when part; else NULL
} Lexer;

/* EVal, SVal, DVal: a node and the height of its tree, which limits nesting (AST_MAX_DEPTH). */
typedef struct EVal {
    Expr *x;
    uint32_t h;
} EVal;

typedef struct SVal {
    Stmt *s;
    uint32_t h;
} SVal;

typedef struct DVal {
    Decl *d;
    uint32_t h;
} DVal;

/* A list being built: its first index in Parser.items (.params, .fields), and the greatest height so far. */
typedef struct LVal {
    uint32_t start;
    uint32_t h;
} LVal;

/* A finished list of fields. */
typedef struct FieldsVal {
    Field *at;
    uint32_t n, h;
    Pos close;
} FieldsVal;

/* A parameter before names and types are told apart: name is NULL when only one thing was written. */
typedef struct ParamVal {
    Ident *name;
    Expr *type;
    uint32_t h;
} ParamVal;

typedef struct ArgsVal {
    LVal l;
    Pos dots;
    bool comma;
} ArgsVal;

typedef struct BodyVal {
    BlockStmt *block;
    Pos start, end;
    uint32_t h;
} BodyVal;

typedef struct IfVal {
    IfStmt *first, *last;
    uint32_t h;
} IfVal;

typedef struct HeaderVal {
    Stmt *init;
    void *node;  // if: the condition; range: the RangeStmt
    uint32_t h;
} HeaderVal;

/* The semantic value of a token or of a symbol on bison's stack. */
typedef union SemVal {
    const Name *name;
    Literal lit;
    Oper op;
    SemiKind semi;
    bool flag;
    uint32_t h;
    EVal e;
    SVal s;
    DVal d;
    LVal l;
    FieldsVal fv;
    ParamVal par;
    ArgsVal args;
    BodyVal body;
    IfVal ifs;
    HeaderVal hdr;
} SemVal;

void lexer_init(Lexer *lx, Syntax *sx, SourceFile *src, unsigned flags, File *file);

/* lexer_check looks for NUL, invalid UTF-8 and byte order marks and reports them. The lexer must not see a text that failed. */
MUST_USE bool lexer_check(Syntax *sx, SourceFile *src);

/* lexer_next returns the next token's code (parser.h; END at the end). Malformed literals are reported here, and the token is
 * returned nevertheless. */
int lexer_next(Lexer *lx, SemVal *val, Pos *pos);

/* lexer_skip_body expects cur just behind a '{' and moves it behind the matching '}', whose place it returns; POS_NONE when
 * there is none. Looks at braces, literals and comments only. */
Pos lexer_skip_body(Lexer *lx);

/* literal_number, literal_quoted: scan what starts at cur, report Go's errors, fill *lit and move cur behind. */
void literal_number(Lexer *lx, Literal *lit);
void literal_quoted(Lexer *lx, Literal *lit);

static inline Pos lexer_pos(const Lexer *lx, const char *at) {
    return lx->src->base + (Pos)(at - lx->src->bytes);
}

/* ---- parser ---- */

/* Where recovery goes on: what the innermost sequence on bison's stack with an `error` rule consists of. */
typedef enum Landing { LAND_NONE, LAND_TOP, LAND_SCRIPT, LAND_GROUP, LAND_STMT, LAND_FIELD, LAND_HEADER, LAND_CASE } Landing;

typedef struct Parser {
    Syntax *sx;
    Arena *a;
    File *file;
    SourceFile *src;
    Lexer lx;
    struct syntax_pstate *ps;
    unsigned flags;

    // lists being built, the innermost on top; malloc'ed
    VEC(void *) items;
    VEC(ParamVal) params;
    VEC(Field) fields;
    VEC(Decl *) decls;         // of the top level
    VEC(Stmt *) stmts;         // of a script's top level
    VEC(ImportSpec *) imports;

    FuncDecl *body_of;  // START_BODY: whose body this is
    bool too_deep;      // reported
    bool other_decl;    // a declaration other than an import was seen
    bool bad_file;      // no package clause: nothing after it is worth reporting

    // the token being pushed and the one before, for messages
    int tok, prev;
    SemVal val;
    Pos pos, prev_pos;
    bool peeked;  // tok, val and pos hold a token that was not pushed yet

    // recovery: left by the reporter for the driver
    bool failed;       // the token just pushed was no good
    bool quiet;        // the driver is closing things: no reports
    bool in_switch;    // a case may follow at the landing
    Landing landing;
    VEC(char) open;    // brackets open above the landing, outermost first
    VEC(char) below;   // brackets open up to it
    Pos resync_pos;    // token before which SYNC was pushed last
    uint32_t list_len; // length of the expression list on top of the stack
    uint32_t nerrors;  // syntax errors reported
    Pos last_error;    // place of the last one
} Parser;

/* syntax_stack_depth: how many symbols are on bison's stack (parser.y). */
uint32_t syntax_stack_depth(const struct syntax_pstate *ps);

/* ---- report.c ---- */

/* syntax_errorf reports "syntax error: ..." at pos. One a line: further ones are dropped. */
void syntax_errorf(Parser *p, Pos pos, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* report_deep reports nesting beyond the limit, once. */
void report_deep(Parser *p, Pos pos);

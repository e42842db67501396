// syntax.h: text to tree. The whole file at once, one function body on demand, or token by token for the REPL.
#pragma once
#include "diag.h"
#include "syntax/ast.h"

enum {
    SYNTAX_COMMENTS = 1,     // keep comments in File.comments
    SYNTAX_SCRIPT = 2,       // a file without package clause is a script (else an error, as in Go)
    SYNTAX_LAZY_BODIES = 4,  // skip bodies of top-level functions (not in scripts, where they stand among statements); syntax_parse_body reads them later
    SYNTAX_IMPORTS_ONLY = 8  // stop after the imports
};

/* A Syntax is what parsing needs around the file. All fields are set by the caller and outlive the trees. */
typedef struct Syntax {
    SourceSet *sources;
    Intern *names;
    Arena *arena;  // nodes
    Diags *diags;
    uint32_t depth;  // height of the highest tree so far: what walks trees by recursion needs a stack to match
} Syntax;

/* syntax_parse parses a file. Always returns a File; errors are in sx->diags, and broken parts are BadExpr, BadStmt, BadDecl. */
File *syntax_parse(Syntax *sx, SourceFile *src, unsigned flags);

/* syntax_parse_body reads the body of a function that SYNTAX_LAZY_BODIES skipped. Does nothing when there is nothing to do. */
void syntax_parse_body(Syntax *sx, FuncDecl *fd);

/* ---- line by line, for the REPL: script form ---- */

typedef struct SyntaxPush SyntaxPush;
typedef enum SyntaxState { SYNTAX_COMPLETE, SYNTAX_INCOMPLETE, SYNTAX_ERROR } SyntaxState;

/* syntax_push_new starts an input. Its memory is the syntax's arena. */
SyntaxPush *syntax_push_new(Syntax *sx);

/* syntax_push_line parses one more line of the input. The lines of one input must be parts of one source (`src` covers the text so
 * far, and [start, end) the new line with its line end). After SYNTAX_COMPLETE or SYNTAX_ERROR take the result and start a new input. */
MUST_USE SyntaxState syntax_push_line(SyntaxPush *sp, SourceFile *src, uint32_t start, uint32_t end);

/* syntax_push_finish returns what was parsed: statements and declarations of a script. */
File *syntax_push_finish(SyntaxPush *sp);

/* ---- dumps, stable text that tests compare ---- */

/* ast_dump writes the tree as nested lists, one node per line. */
void ast_dump(FILE *out, SourceSet *ss, const File *f);

/* ast_dump_noted calls note for each expression, which may write words of its own behind the place: types, for example. */
typedef void (*AstNote)(void *ctx, FILE *out, const Expr *x);
void ast_dump_noted(FILE *out, SourceSet *ss, const File *f, AstNote note, void *ctx);

/* tokens_dump writes one token per line: place, name, spelling. */
void tokens_dump(FILE *out, Syntax *sx, SourceFile *src);

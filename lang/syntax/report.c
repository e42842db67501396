/* report.c: wording of syntax errors.
 *
 * bison knows that a token can't stand here, the stack knows what was being read. Default reductions have closed everything that could be
 * closed, so that the topmost symbols name the context; report.def maps them to Go's words. */
#include "syntax/report.h"
#include "syntax/parser.h"
#include <stdarg.h>
#include <string.h>

static bool same_line(Parser *p, Pos a, Pos b) {
    if (a > b) {
        Pos t = a;
        a = b;
        b = t;
    }
    return a && !memchr(source_at(p->src, a), '\n', b - a);
}

static void report(Parser *p, Pos pos, const char *text) {
    if (p->quiet) return;
    if (p->last_error && same_line(p, p->last_error, pos)) return;
    p->last_error = pos;
    p->nerrors++;
    diag_at(p->sx->diags, pos, E_SYNTAX, "syntax error: %s", text);
}

void syntax_errorf(Parser *p, Pos pos, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char text[6000];
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    report(p, pos, text);
}

void report_deep(Parser *p, Pos pos) {
    if (!p->too_deep) diag_at(p->sx->diags, pos, E_NESTING, "exceeded max nesting depth");
    p->too_deep = true;
}

// The unexpected token as Go names it.
static const char *token_text(Parser *p, const char *name) {
    switch (p->tok) {
    case END: return "EOF";
    case NAME: return arena_printf(p->a, "name %s", p->val.name->text);
    case LITERAL:
    case STRING: return arena_printf(p->a, "literal %.*s", (int)p->val.lit.len, p->val.lit.text);
    case ';': return p->val.semi == SEMI_SEMICOLON ? "semicolon" : p->val.semi == SEMI_NEWLINE ? "newline" : "EOF";
    case OROR:
    case ANDAND:
    case CMP:
    case MULOP: return oper_spelling(p->val.op);
    case ASSIGNOP: return arena_printf(p->a, "%s=", oper_spelling(p->val.op));
    case INCDEC: return p->val.op == OPER_ADD ? "++" : "--";
    default:
        if (p->tok >= BREAK && p->tok <= VAR) return arena_printf(p->a, "keyword %s", name);
        return name;
    }
}

// Does the stack end with these symbols (separated by spaces)?
static bool ends_with(const char *const *stack, int n, const char *pattern) {
    int words = 1;
    for (const char *s = pattern; *s; s++) words += *s == ' ';
    if (words > n) return false;
    for (int i = n - words; i < n; i++) {
        size_t len = strcspn(pattern, " ");
        if (strlen(stack[i]) != len || memcmp(stack[i], pattern, len) != 0) return false;
        pattern += len + (pattern[len] == ' ');
    }
    return true;
}

static bool has(const char *const *list, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0) return true;
    return false;
}

static const struct Row {
    const char *token, *stack, *text;
} rows[] = {
#define MSG(token, stack, text) {token, stack, text},
#include "syntax/report.def"
#undef MSG
};

// Without a row: what kind of thing could follow.
static const char *by_expectation(Parser *p, const char *const *expected, int n) {
    if (has(expected, n, "literal")) return "expected expression";
    if (has(expected, n, "map")) return "expected type";
    if (n == 1) {
        const char *s = expected[0];  // keywords are the words among the tokens
        bool keyword = s[0] >= 'a' && s[0] <= 'z' && strcmp(s, "name") != 0 && strcmp(s, "literal") != 0 && strcmp(s, "comma") != 0 &&
                       strcmp(s, "semicolon or newline") != 0;
        return arena_printf(p->a, "expected %s%s", keyword ? "keyword " : "", s);
    }
    if (has(expected, n, "name")) return "expected name";
    static const char *const closers[] = {"}", ")", "]", ":", "{", "(", "[", "=", "semicolon or newline"};
    for (size_t i = 0; i < COUNT_OF(closers); i++)
        if (has(expected, n, closers[i])) return arena_printf(p->a, "expected %s", closers[i]);
    return "at end of statement";
}

static bool is_value_decl(const Decl *d) {
    return d->kind == DECL_GEN && (AS(GenDecl, d)->tok == GEN_CONST || AS(GenDecl, d)->tok == GEN_VAR);
}

void report_unexpected(Parser *p, const char *const *stack, int n, const char *token, const char *const *expected, int nexpected) {
    const char *text = NULL;
    // at the end there is always something missing once an error has eaten the rest
    if (p->nerrors && (p->tok == END || (p->tok == ';' && p->val.semi == SEMI_EOF))) return;
    // a comma was just read: the list goes on, whatever bison made of it meanwhile
    static const char *const lists[] = {"Args", "Elems", "EList", "Params", "TParamList"};
    if (p->prev == ',' && n > 0 && has(lists, COUNT_OF(lists), stack[n - 1]))
        text = strcmp(stack[n - 1], "Params") == 0 ? "expected )" : "expected expression";
    if (p->prev == '(' && ends_with(stack, n, "P ( Args")) text = "expected expression";
    if (p->prev == '(' && ends_with(stack, n, "( Params")) text = "expected )";
    if ((p->prev == RETURN || p->prev == ',') && ends_with(stack, n, "StmtSeq Stmt")) text = "expected expression";
    if (p->prev == ':' && ends_with(stack, n, "StmtSeq Stmt")) {
        report(p, p->prev_pos, "missing statement after label");
        return;
    }
    // a single expression is a statement; several want an assignment
    if (n > 0 && p->list_len == 1 && strcmp(stack[n - 1], "EList") == 0 && (ends_with(stack, n, "StmtSeq EList") || ends_with(stack, n, "ScriptSeq EList")))
        text = "at end of statement";
    if (p->tok == DEFINE && ends_with(stack, n, "TopSeq TopDecl") && p->decls.n && is_value_decl(vec_last(&p->decls)))
        text = "expected =";
    if (!text && p->tok == ';' && p->val.semi == SEMI_EOF && n > 1 && ends_with(stack, n, "StmtSeq Stmt")) text = "expected }";
    for (size_t i = 0; !text && i < COUNT_OF(rows); i++)
        if ((!*rows[i].token || strcmp(rows[i].token, token) == 0) && ends_with(stack, n, rows[i].stack)) text = rows[i].text;
    if (!text) text = by_expectation(p, expected, nexpected);
    Pos pos = p->pos;
    if (strcmp(token, "{") == 0 && p->prev == ';' && (ends_with(stack, n, "if Simple ;") || ends_with(stack, n, "else if Simple ;"))) {
        pos = p->prev_pos;
        bool newline = *source_at(p->src, pos) != ';';
        report(p, pos, newline ? "unexpected newline, expected { after if clause" : "missing condition in if statement");
        return;
    }
    if (p->tok == VAR && strncmp(text, "var ", 4) == 0)
        for (pos += 3; *source_at(p->src, pos) == ' ' || *source_at(p->src, pos) == '\t';) pos++;
    bool goes_on = strncmp(text, "in ", 3) == 0 || strncmp(text, "at ", 3) == 0 || strncmp(text, "after ", 6) == 0;
    if (strncmp(text, "expected ", 9) == 0)
        text = arena_printf(p->a, "unexpected %s, %s", token_text(p, token), text);
    else if (goes_on)
        text = arena_printf(p->a, "unexpected %s %s", token_text(p, token), text);
    report(p, pos, text);
}

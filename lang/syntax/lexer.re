/* lexer.re: text to tokens, with the semicolons that Go's rules insert.
 *
 * The text was checked before (lexer_check): it is valid UTF-8 without NUL, so that the NUL behind it ends every scan. Where a line of
 * the REPL or a function body is lexed alone, `end` lies within the text, just behind a newline or a '}', and no token crosses it.
 *
 * Numbers, runes and strings that are simple are recognised here; whatever could be malformed goes to literal.c, which knows
 * Go's messages. Beyond ASCII an identifier's bytes are taken together and looked at afterwards. */
#include "syntax/syntax_impl.h"
#include "syntax/parser.h"
#include "utf8.h"
#include <string.h>

void lexer_init(Lexer *lx, Syntax *sx, SourceFile *src, unsigned flags, File *file) {
    *lx = (Lexer){.sx = sx, .src = src, .cur = src->bytes, .end = src->bytes + src->size, .flags = flags, .file = file, .head = true};
    if (src->size >= 3 && memcmp(lx->cur, "\xEF\xBB\xBF", 3) == 0) lx->cur += 3;
    if (lx->cur[0] == '#' && lx->cur[1] == '!') {
        const char *nl = memchr(lx->cur, '\n', (size_t)(lx->end - lx->cur));
        lx->cur = nl ? nl : lx->end;
        if (file) file->has_shebang = true;
    }
}

bool lexer_check(Syntax *sx, SourceFile *src) {
    const char *s = src->bytes;
    size_t n = src->size, i = 0;
    bool ok = true;
    if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) i = 3;
    for (const char *at = s + i; (at = memchr(at, 0xEF, (size_t)(s + n - at))); at++) {
        if (at[1] != '\xBB' || at[2] != '\xBF') continue;
        diag_at(sx->diags, src->base + (Pos)(at - s), E_ENCODING, "invalid BOM in the middle of the file");
        ok = false;
    }
    for (int reported = 0; reported < 20; reported++) {
        i += utf8_valid_prefix(s + i, n - i);
        if (i >= n) break;
        diag_at(sx->diags, src->base + (Pos)i, E_ENCODING, "%s", s[i] ? "invalid UTF-8 encoding" : "invalid NUL character");
        ok = false;
        i++;
    }
    return ok;
}

// U+00E9 'é', as Go's %#U prints it
static const char *show_char(Lexer *lx, uint32_t c, const char *at, uint32_t len) {
    if (c < 32 || c == 127) return arena_printf(lx->sx->arena, "U+%04X", c);
    return arena_printf(lx->sx->arena, "U+%04X '%.*s'", c, (int)len, at);
}

// Looks at an identifier with bytes beyond ASCII. What can't be part of it is reported and stays: one error is enough.
static void check_ident(Lexer *lx, const char *start, const char *end) {
    for (const char *s = start; s < end;) {
        uint32_t len, c = utf8_decode(s, (size_t)(end - s), &len);
        bool digit = utf8_is_digit(c);
        if (digit && s == start)
            diag_at(lx->sx->diags, lexer_pos(lx, s), E_LITERAL, "identifier cannot begin with digit %s", show_char(lx, c, s, len));
        else if (c != '_' && !digit && !utf8_is_letter(c))
            diag_at(lx->sx->diags, lexer_pos(lx, s), E_LITERAL, "invalid character %s in identifier", show_char(lx, c, s, len));
        s += len;
    }
}

// A comment that says //line or /*line: what follows it counts as another place.
static void line_comment(Lexer *lx, const char *start, const char *end) {
    SourceFile *src = lx->src;
    bool whole = start[1] == '/';
    if (whole && start > src->bytes && start[-1] != '\n') return;
    const char *text = start + 7, *stop = end - (whole ? 0 : 2), *err = NULL;
    if (whole && stop > text && stop[-1] == '\r') stop--;
    uint32_t offset = (uint32_t)(end - src->bytes) + (whole && *end == '\n');
    uint32_t at = source_direct(lx->sx->sources, src, text, (size_t)(stop - text), offset, &err);
    if (err) diag_at(lx->sx->diags, lexer_pos(lx, text + at), E_LITERAL, "%s", err);
}

// A comment of [start, end): kept when asked for, and looked at for //go:build before the package clause.
static void comment(Lexer *lx, const char *start, const char *end) {
    if (lx->flags & SYNTAX_COMMENTS) {
        const char *stop = end;
        while (stop > start && stop[-1] == '\r') stop--;
        Comment c = {.pos = lexer_pos(lx, start), .len = (uint32_t)(stop - start)};
        vec_push(lx->sx->arena, &lx->comments, c);
    }
    if (end - start > 8 && memcmp(start + 2, "line ", 5) == 0) line_comment(lx, start, end);
    if (lx->head && lx->file && !lx->file->build && end - start > 11 && memcmp(start, "//go:build ", 11) == 0) {
        lx->file->has_build = true;
        lx->file->build = arena_dup(lx->sx->arena, start + 11, (size_t)(end - start - 11));
        const char *v = lx->file->build;  // only a plain version sets the language version
        if (strncmp(v, "go1.", 4) == 0 && v[4] >= '0' && v[4] <= '9') {
            unsigned minor = 0;
            for (v += 4; *v >= '0' && *v <= '9' && minor < 10000; v++) minor = minor * 10 + (unsigned)(*v - '0');
            if (*v == 0 || *v == '\r') lx->file->go_minor = (uint16_t)minor;
        }
    }
}

static int semi(Lexer *lx, SemVal *val, Pos *pos, const char *at, SemiKind kind) {
    lx->nlsemi = false;
    val->semi = kind;
    *pos = lexer_pos(lx, at);
    return ';';
}

int lexer_next(Lexer *lx, SemVal *val, Pos *pos) {
    const char *cur = lx->cur, *start, *marker;
    int tok;
#define TOKEN(t)                                                                                   \
    do {                                                                                           \
        tok = (t);                                                                                 \
        lx->nlsemi = false;                                                                        \
        goto found;                                                                                \
    } while (0)
#define ENDING(t)                                                                                  \
    do {                                                                                           \
        tok = (t);                                                                                 \
        lx->nlsemi = true;                                                                         \
        goto found;                                                                                \
    } while (0)
#define OPERATOR(t, o)                                                                             \
    do {                                                                                           \
        val->op = (o);                                                                             \
        TOKEN(t);                                                                                  \
    } while (0)

again:
    start = cur;
    if (cur >= lx->end) goto at_end;
    /*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = cur;
    re2c:define:YYMARKER = marker;
    re2c:yyfill:enable = 0;

    letter = [a-zA-Z_];
    digit = [0-9];
    wide = [\x80-\xff];
    plain = [^\x00\n\\"];

    [ \t\r]+                    { goto again; }
    "\n"                        {
                                    if (!lx->nlsemi) goto again;
                                    lx->cur = cur;
                                    return semi(lx, val, pos, start, SEMI_NEWLINE);
                                }
    "//" [^\x00\n]*             { comment(lx, start, cur); goto again; }
    "/*"                        { goto block_comment; }

    "break"                     { ENDING(BREAK); }
    "case"                      { TOKEN(CASE); }
    "chan"                      { TOKEN(CHAN); }
    "const"                     { TOKEN(CONST); }
    "continue"                  { ENDING(CONTINUE); }
    "default"                   { TOKEN(DEFAULT); }
    "defer"                     { TOKEN(DEFER); }
    "else"                      { TOKEN(ELSE); }
    "fallthrough"               { ENDING(FALLTHROUGH); }
    "for"                       { TOKEN(FOR); }
    "func"                      { TOKEN(FUNC); }
    "go"                        { TOKEN(GO); }
    "goto"                      { TOKEN(GOTO); }
    "if"                        { TOKEN(IF); }
    "import"                    { TOKEN(IMPORT); }
    "interface"                 { TOKEN(INTERFACE); }
    "map"                       { TOKEN(MAP); }
    "package"                   { TOKEN(PACKAGE); }
    "range"                     { TOKEN(RANGE); }
    "return"                    { ENDING(RETURN); }
    "select"                    { TOKEN(SELECT); }
    "struct"                    { TOKEN(STRUCT); }
    "switch"                    { TOKEN(SWITCH); }
    "type"                      { TOKEN(TYPE); }
    "var"                       { TOKEN(VAR); }

    letter (letter | digit)*    {
                                    val->name = intern(lx->sx->names, start, (size_t)(cur - start));
                                    ENDING(NAME);
                                }
    letter (letter | digit)* wide (letter | digit | wide)*
                                { goto wide_name; }
    wide (letter | digit | wide)*
                                { goto wide_name; }

    "0" | [1-9] digit*          {
                                    val->lit = (Literal){start, (uint32_t)(cur - start), LIT_INT, false};
                                    ENDING(LITERAL);
                                }
    "."? digit [0-9a-zA-Z_.]*   {
                                    lx->cur = start;
                                    literal_number(lx, &val->lit);
                                    cur = lx->cur;
                                    ENDING(LITERAL);
                                }
    ["] plain* ["]              {
                                    val->lit = (Literal){start, (uint32_t)(cur - start), LIT_STRING, false};
                                    ENDING(STRING);
                                }
    ["]                         { goto quoted; }
    "'"                         { goto quoted; }
    "`"                         { goto quoted; }

    "("                         { TOKEN('('); }
    ")"                         { ENDING(')'); }
    "["                         { TOKEN('['); }
    "]"                         { ENDING(']'); }
    "{"                         { TOKEN('{'); }
    "}"                         { ENDING('}'); }
    ","                         { TOKEN(','); }
    ";"                         { lx->cur = cur; return semi(lx, val, pos, start, SEMI_SEMICOLON); }
    ":"                         { TOKEN(':'); }
    ":="                        { TOKEN(DEFINE); }
    "."                         { TOKEN('.'); }
    "..."                       { TOKEN(DOTS); }
    "="                         { TOKEN('='); }
    "<-"                        { TOKEN(ARROW); }
    "!"                         { TOKEN('!'); }
    "~"                         { TOKEN('~'); }
    "+"                         { TOKEN('+'); }
    "-"                         { TOKEN('-'); }
    "*"                         { TOKEN('*'); }
    "&"                         { TOKEN('&'); }
    "|"                         { TOKEN('|'); }
    "^"                         { TOKEN('^'); }
    "/"                         { OPERATOR(MULOP, OPER_QUO); }
    "%"                         { OPERATOR(MULOP, OPER_REM); }
    "<<"                        { OPERATOR(MULOP, OPER_SHL); }
    ">>"                        { OPERATOR(MULOP, OPER_SHR); }
    "&^"                        { OPERATOR(MULOP, OPER_AND_NOT); }
    "||"                        { OPERATOR(OROR, OPER_LOR); }
    "&&"                        { OPERATOR(ANDAND, OPER_LAND); }
    "=="                        { OPERATOR(CMP, OPER_EQL); }
    "!="                        { OPERATOR(CMP, OPER_NEQ); }
    "<"                         { OPERATOR(CMP, OPER_LSS); }
    "<="                        { OPERATOR(CMP, OPER_LEQ); }
    ">"                         { OPERATOR(CMP, OPER_GTR); }
    ">="                        { OPERATOR(CMP, OPER_GEQ); }
    "+="                        { OPERATOR(ASSIGNOP, OPER_ADD); }
    "-="                        { OPERATOR(ASSIGNOP, OPER_SUB); }
    "*="                        { OPERATOR(ASSIGNOP, OPER_MUL); }
    "/="                        { OPERATOR(ASSIGNOP, OPER_QUO); }
    "%="                        { OPERATOR(ASSIGNOP, OPER_REM); }
    "&="                        { OPERATOR(ASSIGNOP, OPER_AND); }
    "|="                        { OPERATOR(ASSIGNOP, OPER_OR); }
    "^="                        { OPERATOR(ASSIGNOP, OPER_XOR); }
    "<<="                       { OPERATOR(ASSIGNOP, OPER_SHL); }
    ">>="                       { OPERATOR(ASSIGNOP, OPER_SHR); }
    "&^="                       { OPERATOR(ASSIGNOP, OPER_AND_NOT); }
    "++"                        { val->op = OPER_ADD; ENDING(INCDEC); }
    "--"                        { val->op = OPER_SUB; ENDING(INCDEC); }
    "\x00"                      { cur = start; goto at_end; }
    *                           { goto bad_char; }
    */

found:
    lx->cur = cur;
    *pos = lexer_pos(lx, start);
    return tok;

wide_name:
    check_ident(lx, start, cur);
    val->name = intern(lx->sx->names, start, (size_t)(cur - start));
    ENDING(NAME);

quoted:
    lx->cur = start;
    literal_quoted(lx, &val->lit);
    cur = lx->cur;
    if (val->lit.kind == LIT_RUNE) ENDING(LITERAL);
    ENDING(STRING);

bad_char:
    diag_at(lx->sx->diags, lexer_pos(lx, start), E_LITERAL, "invalid character %s",
            show_char(lx, (unsigned char)*start, start, 1));
    goto again;

block_comment: {
    const char *close = memmem(cur, (size_t)(lx->end - cur), "*/", 2);
    if (!close) {
        if (lx->part)
            lx->open = start;
        else
            diag_at(lx->sx->diags, lexer_pos(lx, start), E_LITERAL, "comment not terminated");
        cur = lx->end;
        goto at_end;
    }
    cur = close + 2;
    comment(lx, start, cur);
    if (lx->nlsemi && memchr(start, '\n', (size_t)(cur - start))) {
        lx->cur = cur;
        return semi(lx, val, pos, start, SEMI_NEWLINE);
    }
    goto again;
}

at_end:
    lx->cur = cur;
    if (lx->nlsemi && !lx->part) return semi(lx, val, pos, cur, SEMI_EOF);
    *pos = lexer_pos(lx, cur);
    return END;
}

/* Only what can hide a brace matters: literals and comments. What is malformed there is found when the body is parsed. */
Pos lexer_skip_body(Lexer *lx) {
    static const uint8_t special[256] = {['{'] = 1, ['}'] = 1, ['"'] = 1, ['\''] = 1, ['`'] = 1, ['/'] = 1, [0] = 1};
    const char *s = lx->cur, *end = lx->end;
    uint32_t depth = 1;
    for (;; s++) {
        while (!special[(unsigned char)*s]) s++;
        if (s >= end) return POS_NONE;
        switch (*s) {
        case '{': depth++; break;
        case '}':
            if (--depth == 0) {
                lx->cur = s + 1;
                lx->nlsemi = true;
                return lexer_pos(lx, s);
            }
            break;
        case '"':
        case '\'': {
            char quote = *s++;
            while (*s != quote && *s != '\n' && *s != 0) s += s[0] == '\\' && s[1] ? 2 : 1;
            break;
        }
        case '`':
            s = memchr(s + 1, '`', (size_t)(end - s - 1));
            if (!s) return POS_NONE;
            break;
        case '/':
            if (s[1] == '/') {
                s = memchr(s, '\n', (size_t)(end - s));
            } else if (s[1] == '*') {
                s = memmem(s + 2, (size_t)(end - s - 2), "*/", 2);
                if (s) s++;
            }
            if (!s) return POS_NONE;
            break;
        default: return POS_NONE;
        }
        if (s >= end) return POS_NONE;
    }
}

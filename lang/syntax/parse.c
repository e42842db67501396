/* parse.c: drives lexer and parser: whole files, function bodies, and the lines of the REPL; recovers from syntax errors.
 *
 * Recovery: when a token is refused, bison goes back to the innermost sequence with an `error` rule. The driver then skips tokens, keeping
 * count of brackets, to where that sequence can go on (the end of the statement, the block's '}', the next case, a declaration at the
 * start of a line) and pushes SYNC there. A newline ends open ( and [ unless they are closed next, so that a forgotten ')' costs one line. */
#include "syntax/build.h"
#include "syntax/parser.h"
#include "utf8.h"
#include <string.h>

static void parser_init(Parser *p, Syntax *sx, SourceFile *src, unsigned flags) {
    *p = (Parser){.sx = sx, .a = sx->arena, .src = src, .flags = flags};
    p->file = ARENA_NEW(sx->arena, File);
    p->file->src = src;
    p->ps = syntax_pstate_new();
    if (!p->ps) {  // as arena_alloc: without memory the process ends
        fputs("fatal error: out of memory\n", stderr);
        exit(2);
    }
    lexer_init(&p->lx, sx, src, flags, p->file);
}

static void parser_free(Parser *p) {
    syntax_pstate_delete(p->ps);
    vec_free(&p->items);
    vec_free(&p->params);
    vec_free(&p->fields);
    vec_free(&p->open);
    vec_free(&p->below);
}

static void next(Parser *p) {
    if (p->peeked) {
        p->peeked = false;
        return;
    }
    p->prev = p->tok;
    p->prev_pos = p->pos;
    p->tok = lexer_next(&p->lx, &p->val, &p->pos);
}

// Pushes the current token. True while the parser wants more.
static bool push(Parser *p) { return syntax_push_parse(p->ps, p->tok, &p->val, &p->pos, p) == YYPUSH_MORE; }

// Pushes a token that is not in the text.
static bool push_extra(Parser *p, int tok) {
    SemVal none = {.semi = SEMI_NEWLINE};
    return syntax_push_parse(p->ps, tok, &none, &p->pos, p) == YYPUSH_MORE;
}

static bool line_start(Parser *p, Pos pos) { return pos == p->src->base || source_at(p->src, pos)[-1] == '\n'; }

static bool is_decl_keyword(int tok) {
    return tok == FUNC || tok == TYPE || tok == VAR || tok == CONST || tok == IMPORT;
}

static void close_bracket(Parser *p, char open) {
    for (uint32_t i = p->open.n; i-- > 0;) {
        if (p->open.at[i] == open) {
            p->open.n = i;
            return;
        }
        if (p->open.at[i] == '{') return;
    }
}

static bool has_open_brace(Parser *p) { return p->open.n && memchr(p->open.at, '{', p->open.n); }

/* Pushes what is missing to end all that is open, without reports. Leaves p->failed set when that can't be done. */
static bool close_all(Parser *p) {
    bool more = push_extra(p, SYNC);
    p->quiet = true;
    while (more && !p->failed && p->below.n) {
        char open = vec_pop(&p->below);
        more = push_extra(p, open == '(' ? ')' : open == '[' ? ']' : '}');
    }
    if (more && !p->failed) more = push_extra(p, ';');
    p->quiet = false;
    return more;
}

/* Skips from the refused token (in p->tok) to where the landing can go on, and pushes what makes it go on. Leaves in p->tok, marked as
 * peeked, the token to push next. Returns false when the parse is over. */
static bool recover(Parser *p) {
    p->failed = false;
    p->peeked = false;
    if (p->landing == LAND_NONE) return false;
    // bison tries the refused token once more behind `error`: these two fit there and are gone
    if (p->landing == LAND_HEADER && p->tok == '{') return true;
    if (p->landing == LAND_CASE && p->tok == ':') return true;
    bool inside = p->landing != LAND_TOP && p->landing != LAND_SCRIPT;
    if (inside && p->tok == NAME && p->prev == FUNC && line_start(p, p->prev_pos) && p->resync_pos != p->pos) {
        // `func name` in the first column inside a block: the block's '}' is missing, and `func` was taken for a literal
        p->resync_pos = p->pos;
        if (!close_all(p)) return false;
        if (!p->failed) {
            p->peeked = true;
            return push_extra(p, FUNC);
        }
        p->failed = false;
    }
    // a token that already ended a recovery and was refused again is skipped: every round gets further
    bool again = p->resync_pos == p->pos;
    for (;; next(p), again = false) {
        if (again && p->tok != '{' && p->tok != '(' && p->tok != '[' && p->tok != ';' && p->tok != END) continue;
        switch (p->tok) {
        case END: return false;
        case '{':
            if (p->landing == LAND_HEADER && p->open.n == 0) {
                p->peeked = true;
                return true;
            }
            vec_push(NULL, &p->open, '{');
            continue;
        case '(':
        case '[': vec_push(NULL, &p->open, (char)p->tok); continue;
        case ')':
            if (p->open.n == 0 && p->landing == LAND_GROUP) goto sync_before;
            close_bracket(p, '(');
            continue;
        case ']': close_bracket(p, '['); continue;
        case '}':
            if (has_open_brace(p)) {
                while (vec_pop(&p->open) != '{') {}
                continue;
            }
            p->open.n = 0;
            if (p->landing == LAND_TOP || p->landing == LAND_SCRIPT) continue;
            goto sync_before;
        case ':':
            if (p->landing != LAND_CASE || p->open.n) continue;
            p->peeked = true;
            return true;
        case CASE:
        case DEFAULT:
            if (p->open.n == 0 && p->in_switch && p->landing == LAND_STMT) goto sync_before;
            continue;
        case ';': {
            bool newline = p->val.semi != SEMI_SEMICOLON;
            if (!newline && (p->open.n || p->landing == LAND_HEADER)) continue;
            Pos semi = p->pos;
            next(p);  // what follows a newline may close what seems open
            if (p->open.n && (p->tok == ')' || p->tok == ']')) {
                p->peeked = true;
                continue;
            }
            while (p->open.n && vec_last(&p->open) != '{') p->open.n--;
            p->peeked = true;
            if (p->open.n) continue;
            // Go looks for the next declaration; further statements out there are not reported
            if (p->landing == LAND_TOP && !is_decl_keyword(p->tok) && p->tok != END) continue;
            Pos after = p->pos;
            p->pos = semi;
            bool more = push_extra(p, SYNC);
            p->pos = after;
            return more;
        }
        case FUNC:
        case TYPE:
        case VAR:
        case CONST:
        case IMPORT:
            if (!line_start(p, p->pos)) continue;
            if (p->landing == LAND_TOP || p->landing == LAND_SCRIPT) goto sync_before;
            // a declaration in the first column while brackets are open: what closes them is missing. Tried once for each place.
            p->resync_pos = p->pos;
            if (!close_all(p)) return false;
            if (p->failed) {
                p->failed = false;
                continue;
            }
            p->peeked = true;
            return true;
        default: continue;
        }
    }
sync_before:
    p->resync_pos = p->pos;
    p->peeked = true;
    return push_extra(p, SYNC);
}

/* Finds the bodies of top-level functions, which SYNTAX_LAZY_BODIES skips: the first '{' outside brackets behind `func` at the start of a
 * declaration that does not belong to a struct or interface type. */
typedef struct BodyFinder {
    bool in_func;
    int depth;
} BodyFinder;

static bool starts_body(BodyFinder *f, int tok, int prev) {
    if (!f->in_func) {
        if (tok == FUNC && f->depth == 0 && prev == ';') {
            f->in_func = true;
            return false;
        }
        if (tok == '(' || tok == '[' || tok == '{') f->depth++;
        if (tok == ')' || tok == ']' || tok == '}') f->depth--;
        return false;
    }
    switch (tok) {
    case '(':
    case '[': f->depth++; break;
    case ')':
    case ']':
    case '}': f->depth--; break;
    case '{':
        if (f->depth == 0 && prev != STRUCT && prev != INTERFACE) {
            f->in_func = false;
            return true;
        }
        f->depth++;
        break;
    case ';':
        if (f->depth == 0) f->in_func = false;
        break;
    default: break;
    }
    return false;
}

// Pushes tokens until the text ends or nothing can follow.
static void run(Parser *p) {
    BodyFinder finder = {0};
    bool lazy = (p->flags & SYNTAX_LAZY_BODIES) && !p->file->is_script;
    for (;;) {
        next(p);
        if (lazy && starts_body(&finder, p->tok, p->prev)) {
            Pos start = p->pos, end = lexer_skip_body(&p->lx);
            if (end) {
                p->tok = SKIPPED;
                p->val.body = (BodyVal){.start = start, .end = end};
            } else {
                finder.in_func = true;  // let the parser say what is missing
            }
        }
        if ((p->flags & SYNTAX_IMPORTS_ONLY) && is_decl_keyword(p->tok) && p->tok != IMPORT) return;
        bool more = push(p);
        while (p->failed && more) {
            if (!recover(p)) return;
            more = true;
            if (p->failed) continue;  // what recovery pushed was refused as well
            next(p);
            more = push(p);
        }
        if (!more || p->tok == END) return;
    }
}

static void finish(Parser *p) {
    File *f = p->file;
    f->eof = p->src->base + p->src->size;
    f->decls = p->decls.at;
    f->ndecls = p->decls.n;
    f->stmts = (StmtList){p->stmts.at, p->stmts.n};
    f->imports = p->imports.at;
    f->nimports = p->imports.n;
    f->comments = p->lx.comments.at;
    f->ncomments = p->lx.comments.n;
    parser_free(p);
}

File *syntax_parse(Syntax *sx, SourceFile *src, unsigned flags) {
    Parser p;
    parser_init(&p, sx, src, flags);
    if (lexer_check(sx, src)) {
        // the first token says which of the two languages this is
        do next(&p);
        while (p.tok == ';');
        p.peeked = true;
        p.prev = ';';
        p.file->is_script = (flags & SYNTAX_SCRIPT) && p.tok != PACKAGE;
        if (p.file->is_script) p.lx.head = false;
        if (push_extra(&p, p.file->is_script ? START_SCRIPT : START_FILE)) run(&p);
    } else {
        p.file->is_script = flags & SYNTAX_SCRIPT;
    }
    finish(&p);
    return p.file;
}

void syntax_parse_body(Syntax *sx, FuncDecl *fd) {
    if (fd->body || !fd->body_start) return;
    Parser p;
    SourceFile *src = fd->file->src;
    parser_init(&p, sx, src, 0);
    p.file = fd->file;
    p.lx.file = NULL;
    p.lx.cur = source_at(src, fd->body_start);
    p.lx.end = source_at(src, fd->body_end) + 1;
    p.lx.part = true;
    p.lx.head = false;
    p.body_of = fd;
    if (push_extra(&p, START_BODY)) run(&p);
    parser_free(&p);
    if (!fd->body) fd->body_start = POS_NONE;  // in error, and reported
}

/* ---- the REPL ---- */

struct SyntaxPush {
    Parser p;
    bool started;
    uint32_t held;  // start of text that waits for the end of a raw string or comment
    bool holding;
};

SyntaxPush *syntax_push_new(Syntax *sx) {
    SyntaxPush *sp = ARENA_NEW(sx->arena, SyntaxPush);
    sp->p.sx = sx;
    return sp;
}

// Does the text end inside a raw string or a comment?
static bool ends_open(const char *s, const char *end) {
    while (s < end) {
        char c = *s++;
        if (c == '"' || c == '\'') {
            for (; s < end && *s != c && *s != '\n'; s++)
                if (*s == '\\' && s + 1 < end) s++;
            s++;
        } else if (c == '`') {
            s = memchr(s, '`', (size_t)(end - s));
            if (!s) return true;
            s++;
        } else if (c == '/' && s < end && *s == '/') {
            s = memchr(s, '\n', (size_t)(end - s));
            if (!s) return false;
        } else if (c == '/' && s < end && *s == '*') {
            s = memmem(s + 1, (size_t)(end - s - 1), "*/", 2);
            if (!s) return true;
            s += 2;
        }
    }
    return false;
}

SyntaxState syntax_push_line(SyntaxPush *sp, SourceFile *src, uint32_t start, uint32_t end) {
    Parser *p = &sp->p;
    if (!sp->started) {
        parser_init(p, p->sx, src, SYNTAX_SCRIPT);
        p->file->is_script = true;
        p->lx.head = false;
        p->lx.part = true;
        p->tok = ';';
        sp->started = true;
        if (!push_extra(p, START_SCRIPT)) return SYNTAX_ERROR;
    }
    // the source may have been entered anew with more text
    p->src = p->lx.src = src;
    p->file->src = src;
    if (sp->holding) start = sp->held;
    if (ends_open(src->bytes + start, src->bytes + end)) {
        sp->holding = true;
        sp->held = start;
        return SYNTAX_INCOMPLETE;
    }
    sp->holding = false;
    size_t ok = utf8_valid_prefix(src->bytes + start, end - start);
    if (ok < end - start) {
        diag_at(p->sx->diags, src->base + start + (Pos)ok, E_ENCODING, "invalid UTF-8 encoding");
        return SYNTAX_ERROR;
    }
    p->lx.cur = src->bytes + start;
    p->lx.end = src->bytes + end;
    uint32_t before = p->sx->diags->nerrors;
    for (;;) {
        next(p);
        if (p->tok == END) break;
        if (!push(p) || p->failed || p->sx->diags->nerrors != before) return SYNTAX_ERROR;
    }
    return syntax_stack_depth(p->ps) <= 2 ? SYNTAX_COMPLETE : SYNTAX_INCOMPLETE;
}

File *syntax_push_finish(SyntaxPush *sp) {
    if (!sp->started) return NULL;
    finish(&sp->p);
    sp->started = false;
    return sp->p.file;
}

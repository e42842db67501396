/* astdump.c: the tree and the tokens as stable text, for `gol dump -ast` and `gol dump -tokens`, and for tests.
 *
 * A node is `(Kind line:col words`, its parts are indented below it, each named by a label where that helps, and `)` closes the last of them.
 * The printer walks with depth bounded by AST_MAX_DEPTH. */
#include "syntax/syntax_impl.h"
#include "syntax/parser.h"
#include <string.h>

typedef struct Dump {
    FILE *out;
    SourceSet *ss;
    int indent;
    AstNote note;  // or NULL
    void *ctx;
} Dump;

static void expr(Dump *d, const char *label, const Expr *x);
static void stmt(Dump *d, const char *label, const Stmt *s);
static void decl(Dump *d, const Decl *x);

static void line_start(Dump *d) {
    fputc('\n', d->out);
    for (int i = 0; i < d->indent && i < 200; i++) fputc(' ', d->out);
}

static void open_node(Dump *d, const char *label, const char *kind, Pos pos) {
    line_start(d);
    if (label) fprintf(d->out, "%s: ", label);
    fprintf(d->out, "(%s", kind);
    SourcePlace p = source_place(d->ss, pos);
    if (p.file) fprintf(d->out, " %u:%u", p.line, p.col);
    d->indent += 2;
}

static void close_node(Dump *d) {
    fputc(')', d->out);
    d->indent -= 2;
}

static void word(Dump *d, const char *s) { fprintf(d->out, " %s", s); }

static void exprs(Dump *d, const char *label, Expr *const *at, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) expr(d, label, at[i]);
}

static void idents(Dump *d, Ident *const *at, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) word(d, at[i]->name->text);
}

static void stmts(Dump *d, const StmtList *l) {
    for (uint32_t i = 0; i < l->n; i++) stmt(d, NULL, l->at[i]);
}

static void fields(Dump *d, const char *label, const FieldList *l) {
    for (uint32_t i = 0; i < l->n; i++) {
        const Field *f = &l->at[i];
        open_node(d, label, f->embedded ? "Embedded" : "Field", f->pos);
        if (f->name) word(d, f->name->name->text);
        if (f->tag) fprintf(d->out, " tag %.*s", (int)f->tag->len, f->tag->text);
        if (f->name && i > 0 && l->at[i - 1].name && l->at[i - 1].type == f->type)
            word(d, "same");
        else
            expr(d, NULL, f->type);
        close_node(d);
    }
}

static void opt(Dump *d, const char *label, const Expr *x) {
    if (x) expr(d, label, x);
}

static void expr(Dump *d, const char *label, const Expr *x) {
    static const char *const dirs[] = {"both", "send", "recv"};
    open_node(d, label, ast_kind_name(x->kind), x->pos);
    if (d->note) d->note(d->ctx, d->out, x);
#define AT(T) ((const T *)x)
    switch ((NodeKind)x->kind) {
    case EXPR_IDENT: word(d, AT(Ident)->name->text); break;
    case EXPR_LIT: fprintf(d->out, " %.*s", (int)AT(BasicLit)->len, AT(BasicLit)->text); break;
    case EXPR_COMPOSITE:
        opt(d, "type", AT(CompositeLit)->ltype);
        exprs(d, NULL, AT(CompositeLit)->elems, AT(CompositeLit)->nelems);
        break;
    case EXPR_KEY_VALUE:
        expr(d, NULL, AT(KeyValueExpr)->key);
        expr(d, NULL, AT(KeyValueExpr)->value);
        break;
    case EXPR_FUNC_LIT:
        expr(d, NULL, &AT(FuncLit)->ftype->e);
        stmt(d, NULL, &AT(FuncLit)->body->s);
        break;
    case EXPR_PAREN: expr(d, NULL, AT(ParenExpr)->x); break;
    case EXPR_SELECTOR:
        word(d, AT(SelectorExpr)->sel->name->text);
        expr(d, NULL, AT(SelectorExpr)->x);
        break;
    case EXPR_INDEX:
        expr(d, NULL, AT(IndexExpr)->x);
        exprs(d, "index", AT(IndexExpr)->index, AT(IndexExpr)->nindex);
        break;
    case EXPR_SLICE:
        expr(d, NULL, AT(SliceExpr)->x);
        opt(d, "low", AT(SliceExpr)->lo);
        opt(d, "high", AT(SliceExpr)->hi);
        opt(d, "max", AT(SliceExpr)->max);
        break;
    case EXPR_TYPE_ASSERT:
        expr(d, NULL, AT(TypeAssertExpr)->x);
        if (!AT(TypeAssertExpr)->atype) word(d, "type");
        opt(d, "type", AT(TypeAssertExpr)->atype);
        break;
    case EXPR_CALL:
        if (AT(CallExpr)->dots) word(d, "...");
        expr(d, NULL, AT(CallExpr)->fun);
        exprs(d, "arg", AT(CallExpr)->args, AT(CallExpr)->nargs);
        break;
    case EXPR_STAR: expr(d, NULL, AT(StarExpr)->x); break;
    case EXPR_UNARY:
        word(d, oper_spelling(AT(UnaryExpr)->op));
        expr(d, NULL, AT(UnaryExpr)->x);
        break;
    case EXPR_BINARY:
        word(d, oper_spelling(AT(BinaryExpr)->op));
        expr(d, NULL, AT(BinaryExpr)->x);
        expr(d, NULL, AT(BinaryExpr)->y);
        break;
    case EXPR_ARRAY_TYPE:
        if (!AT(ArrayType)->len) word(d, "...");
        opt(d, "len", AT(ArrayType)->len);
        expr(d, NULL, AT(ArrayType)->elem);
        break;
    case EXPR_SLICE_TYPE: expr(d, NULL, AT(SliceType)->elem); break;
    case EXPR_DOTS_TYPE: expr(d, NULL, AT(DotsType)->elem); break;
    case EXPR_STRUCT_TYPE: fields(d, NULL, &AT(StructType)->fields); break;
    case EXPR_INTERFACE_TYPE: fields(d, NULL, &AT(InterfaceType)->elems); break;
    case EXPR_FUNC_TYPE:
        fields(d, "param", &AT(FuncType)->params);
        fields(d, "result", &AT(FuncType)->results);
        break;
    case EXPR_MAP_TYPE:
        expr(d, NULL, AT(MapType)->key);
        expr(d, NULL, AT(MapType)->value);
        break;
    case EXPR_CHAN_TYPE:
        word(d, dirs[AT(ChanType)->dir]);
        expr(d, NULL, AT(ChanType)->elem);
        break;
    default: break;
    }
#undef AT
    close_node(d);
}

static void ostmt(Dump *d, const char *label, const Stmt *s) {
    if (s) stmt(d, label, s);
}

static void stmt(Dump *d, const char *label, const Stmt *s) {
    static const char *const branches[] = {"break", "continue", "goto", "fallthrough"};
    open_node(d, label, ast_kind_name(s->kind), s->pos);
#define AT(T) ((const T *)s)
    switch ((NodeKind)s->kind) {
    case STMT_EXPR: expr(d, NULL, AT(ExprStmt)->x); break;
    case STMT_SEND:
        expr(d, NULL, AT(SendStmt)->chan);
        expr(d, NULL, AT(SendStmt)->value);
        break;
    case STMT_INC_DEC:
        word(d, AT(IncDecStmt)->op == OPER_ADD ? "++" : "--");
        expr(d, NULL, AT(IncDecStmt)->x);
        break;
    case STMT_ASSIGN:
        fprintf(d->out, " %s%s=", oper_spelling(AT(AssignStmt)->op), AT(AssignStmt)->define ? ":" : "");
        exprs(d, "left", AT(AssignStmt)->lhs, AT(AssignStmt)->nlhs);
        exprs(d, "right", AT(AssignStmt)->rhs, AT(AssignStmt)->nrhs);
        break;
    case STMT_GO: expr(d, NULL, AT(GoStmt)->call); break;
    case STMT_DEFER: expr(d, NULL, AT(DeferStmt)->call); break;
    case STMT_RETURN: exprs(d, NULL, AT(ReturnStmt)->results, AT(ReturnStmt)->nresults); break;
    case STMT_BRANCH:
        word(d, branches[AT(BranchStmt)->tok]);
        if (AT(BranchStmt)->label) word(d, AT(BranchStmt)->label->name->text);
        break;
    case STMT_BLOCK: stmts(d, &AT(BlockStmt)->list); break;
    case STMT_IF:
        ostmt(d, "init", AT(IfStmt)->init);
        expr(d, "cond", AT(IfStmt)->cond);
        stmt(d, "then", &AT(IfStmt)->then->s);
        ostmt(d, "else", AT(IfStmt)->els);
        break;
    case STMT_SWITCH:
        ostmt(d, "init", AT(SwitchStmt)->init);
        opt(d, "tag", AT(SwitchStmt)->tag);
        for (uint32_t i = 0; i < AT(SwitchStmt)->nclauses; i++) stmt(d, NULL, &AT(SwitchStmt)->clauses[i]->s);
        break;
    case STMT_TYPE_SWITCH:
        if (AT(TypeSwitchStmt)->lhs) word(d, AT(TypeSwitchStmt)->lhs->name->text);
        ostmt(d, "init", AT(TypeSwitchStmt)->init);
        expr(d, "guard", &AT(TypeSwitchStmt)->guard->e);
        for (uint32_t i = 0; i < AT(TypeSwitchStmt)->nclauses; i++) stmt(d, NULL, &AT(TypeSwitchStmt)->clauses[i]->s);
        break;
    case STMT_CASE:
        if (AT(CaseClause)->is_default) word(d, "default");
        exprs(d, "case", AT(CaseClause)->exprs, AT(CaseClause)->nexprs);
        stmts(d, &AT(CaseClause)->body);
        break;
    case STMT_SELECT:
        for (uint32_t i = 0; i < AT(SelectStmt)->nclauses; i++) stmt(d, NULL, &AT(SelectStmt)->clauses[i]->s);
        break;
    case STMT_COMM:
        if (!AT(CommClause)->comm) word(d, "default");
        ostmt(d, "case", AT(CommClause)->comm);
        stmts(d, &AT(CommClause)->body);
        break;
    case STMT_FOR:
        ostmt(d, "init", AT(ForStmt)->init);
        opt(d, "cond", AT(ForStmt)->cond);
        ostmt(d, "post", AT(ForStmt)->post);
        stmt(d, NULL, &AT(ForStmt)->body->s);
        break;
    case STMT_RANGE:
        if (AT(RangeStmt)->nlhs) word(d, AT(RangeStmt)->define ? ":=" : "=");
        exprs(d, "left", AT(RangeStmt)->lhs, AT(RangeStmt)->nlhs);
        expr(d, "range", AT(RangeStmt)->x);
        stmt(d, NULL, &AT(RangeStmt)->body->s);
        break;
    case STMT_LABELED:
        word(d, AT(LabeledStmt)->label->name->text);
        stmt(d, NULL, AT(LabeledStmt)->stmt);
        break;
    case STMT_DECL: decl(d, AT(DeclStmt)->decl); break;
    default: break;
    }
#undef AT
    close_node(d);
}

static void decl(Dump *d, const Decl *x) {
    static const char *const toks[] = {"import", "const", "type", "var"};
    open_node(d, NULL, ast_kind_name(x->kind), x->pos);
#define AT(T) ((const T *)x)
    switch ((NodeKind)x->kind) {
    case DECL_GEN:
        word(d, toks[AT(GenDecl)->tok]);
        if (AT(GenDecl)->lparen) word(d, "group");
        for (uint32_t i = 0; i < AT(GenDecl)->nspecs; i++) decl(d, AT(GenDecl)->specs[i]);
        break;
    case DECL_IMPORT:
        if (AT(ImportSpec)->alias) word(d, AT(ImportSpec)->alias->name->text);
        fprintf(d->out, " %.*s", (int)AT(ImportSpec)->path_lit->len, AT(ImportSpec)->path_lit->text);
        break;
    case DECL_CONST:
        idents(d, AT(ConstSpec)->names, AT(ConstSpec)->nnames);
        fprintf(d->out, " iota %u", AT(ConstSpec)->iota);
        if (AT(ConstSpec)->source && AT(ConstSpec)->source != AT(ConstSpec))
            fprintf(d->out, " repeats %u", AT(ConstSpec)->source->iota);
        opt(d, "type", AT(ConstSpec)->type);
        exprs(d, NULL, AT(ConstSpec)->values, AT(ConstSpec)->nvalues);
        break;
    case DECL_TYPE:
        word(d, AT(TypeSpec)->name->name->text);
        if (AT(TypeSpec)->alias) word(d, "=");
        fields(d, "tparam", &AT(TypeSpec)->tparams);
        expr(d, NULL, AT(TypeSpec)->type);
        break;
    case DECL_VAR:
        idents(d, AT(VarSpec)->names, AT(VarSpec)->nnames);
        opt(d, "type", AT(VarSpec)->type);
        exprs(d, NULL, AT(VarSpec)->values, AT(VarSpec)->nvalues);
        break;
    case DECL_FUNC:
        word(d, AT(FuncDecl)->name->name->text);
        fields(d, "recv", &AT(FuncDecl)->recv_list);
        fields(d, "tparam", &AT(FuncDecl)->tparams);
        expr(d, NULL, &AT(FuncDecl)->type->e);
        if (AT(FuncDecl)->body)
            stmt(d, NULL, &AT(FuncDecl)->body->s);
        else if (AT(FuncDecl)->body_start)
            word(d, "body not parsed");
        break;
    default: break;
    }
#undef AT
    close_node(d);
}

void ast_dump(FILE *out, SourceSet *ss, const File *f) {
    ast_dump_noted(out, ss, f, NULL, NULL);
}

void ast_dump_noted(FILE *out, SourceSet *ss, const File *f, AstNote note, void *ctx) {
    Dump d = {.out = out, .ss = ss, .indent = 2, .note = note, .ctx = ctx};
    fprintf(out, "(File");
    if (f->is_script) fprintf(out, " script");
    if (f->has_shebang) fprintf(out, " shebang");
    if (f->pkg_name) fprintf(out, " package %s", f->pkg_name->name->text);
    if (f->go_minor) fprintf(out, " go1.%u", f->go_minor);
    if (f->is_script)
        stmts(&d, &f->stmts);
    else
        for (uint32_t i = 0; i < f->ndecls; i++) decl(&d, f->decls[i]);
    for (uint32_t i = 0; i < f->ncomments; i++) {
        SourcePlace p = source_place(ss, f->comments[i].pos);
        line_start(&d);
        fprintf(out, "(Comment %u:%u ", p.line, p.col);
        for (uint32_t k = 0; k < f->comments[i].len; k++) {
            char c = source_at(p.file, f->comments[i].pos)[k];
            if (c == '\n')
                fputs("\\n", out);
            else
                fputc(c, out);
        }
        fputc(')', out);
    }
    fprintf(out, ")\n");
}

void tokens_dump(FILE *out, Syntax *sx, SourceFile *src) {
    if (!lexer_check(sx, src)) return;
    Lexer lx;
    lexer_init(&lx, sx, src, 0, NULL);
    for (;;) {
        SemVal v;
        Pos pos;
        int tok = lexer_next(&lx, &v, &pos);
        SourcePlace p = source_place(sx->sources, pos);
        fprintf(out, "%u:%u ", p.line, p.col);
        switch (tok) {
        case END: fprintf(out, "EOF\n"); return;
        case NAME: fprintf(out, "name %s\n", v.name->text); break;
        case LITERAL:
        case STRING: {
            static const char *const kinds[] = {"int", "float", "imag", "rune", "string"};
            fprintf(out, "%s %.*s\n", kinds[v.lit.kind], (int)v.lit.len, v.lit.text);
            break;
        }
        case ';':
            fprintf(out, "%s\n", v.semi == SEMI_SEMICOLON ? ";" : v.semi == SEMI_NEWLINE ? "; newline" : "; EOF");
            break;
        default:
            // operators and keywords are their own spelling
            fprintf(out, "%.*s\n", (int)(lx.cur - source_at(src, pos)), source_at(src, pos));
        }
    }
}

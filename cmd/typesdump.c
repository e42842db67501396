// typesdump.c: gol dump -types: the syntax tree with the type and constant value of each expression.
#include "program.h"

static const char *const modes[] = {
    [MODE_INVALID] = "", [MODE_NOVALUE] = "no value", [MODE_BUILTIN] = "builtin", [MODE_TYPE] = "type", [MODE_CONST] = "const",
    [MODE_VAR] = "var", [MODE_MAPINDEX] = "map element", [MODE_VALUE] = "value", [MODE_NIL] = "nil", [MODE_COMMAOK] = "value, ok",
    [MODE_PKG] = "package",
};

static void note(void *ctx, FILE *out, const Expr *x) {
    Program *p = ctx;
    if (x->mode == MODE_INVALID || x->mode >= COUNT_OF(modes))
        return;
    fprintf(out, " {%s", modes[x->mode]);
    if (x->type && x->mode != MODE_NOVALUE)
        fprintf(out, " %s", type_string(p->checker, x->type, p->main));
    if (x->cv)
        fprintf(out, " = %s", const_print(&p->arena, x->cv));
    fputc('}', out);
}

void program_dump_types(Program *p, FILE *out) {
    ast_dump_noted(out, &p->sources, p->main_file, note, p);
}

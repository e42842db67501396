/* diag.c: collects errors and prints them once, sorted.
 *
 * The first ten in order of reporting are kept and sorted, as Go's compiler does, which stops at the tenth: later ones may stand earlier in
 * the file and are not shown all the same. */
#include "diag.h"
#include "utf8.h"
#include <stdarg.h>
#include <string.h>

enum { DIAG_MAX = 10, SHOWN_WIDTH = 160 };

void diag_init(Diags *ds, SourceSet *ss, Arena *a) {
    *ds = (Diags){.sources = ss, .arena = a};
}

static const char *format(Arena *a, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *s = arena_alloc(a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, ap);
    return s;
}

static bool same_line(Diags *ds, Pos a, Pos b) {
    if (!a || !b) return a == b;
    SourcePlace p = source_place(ds->sources, a), q = source_place(ds->sources, b);
    return p.file == q.file && p.line == q.line;
}

static void keep(Diags *ds, Diag *d) {
    uint32_t max = ds->max ? ds->max : DIAG_MAX;
    bool is_syntax = strncmp(d->text, "syntax error:", 13) == 0;
    ds->nsyntax += is_syntax;
    if (ds->list.n == max) return;
    if (is_syntax) {
        if (ds->last_syntax && same_line(ds, ds->last_syntax, d->pos)) return;
        ds->last_syntax = d->pos;
    } else {
        if (ds->last_text && same_line(ds, ds->last_other, d->pos) && strcmp(ds->last_text, d->text) == 0) return;
        ds->last_other = d->pos;
        ds->last_text = d->text;
    }
    vec_push(ds->arena, &ds->list, d);
    if (ds->list.n == max) ds->stopped = d->pos;
}

Diag *diag_at(Diags *ds, Pos pos, DiagCode code, const char *fmt, ...) {
    Diag *d = ARENA_NEW(ds->arena, Diag);
    d->code = code;
    d->pos = pos;
    d->seq = ds->nerrors++;
    va_list ap;
    va_start(ap, fmt);
    d->text = format(ds->arena, fmt, ap);
    va_end(ap);
    keep(ds, d);
    return d;
}

void diag_note(Diags *ds, Diag *d, Pos pos, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    DiagNote note = {.pos = pos, .text = format(ds->arena, fmt, ap)};
    va_end(ap);
    vec_push(ds->arena, &d->notes, note);
}

void diag_help(Diags *ds, Diag *d, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    d->help = format(ds->arena, fmt, ap);
    va_end(ap);
}

static int by_place(const void *a, const void *b) {
    const Diag *x = *(Diag *const *)a, *y = *(Diag *const *)b;
    if (x->pos != y->pos) return x->pos < y->pos ? -1 : 1;
    return x->seq < y->seq ? -1 : 1;
}

void diag_sort(Diags *ds) {
    if (ds->list.n == 0) return;
    qsort(ds->list.at, ds->list.n, sizeof *ds->list.at, by_place);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ds->list.n; i++) {
        Diag *d = ds->list.at[i], *before = kept ? ds->list.at[kept - 1] : NULL;
        if (before && before->pos == d->pos && strcmp(before->text, d->text) == 0) continue;
        ds->list.at[kept++] = d;
    }
    ds->list.n = kept;
}

static void print_place(Diags *ds, FILE *out, Pos pos) {
    SourceName p = source_named(ds->sources, pos);
    if (p.file && p.col)
        fprintf(out, "%s:%u:%u: ", p.file, p.line, p.col);
    else if (p.file)
        fprintf(out, "%s:%u: ", p.file, p.line);
}

// The source line, tabs kept so that the caret stands below its column; control bytes become spaces.
static void print_source(Diags *ds, FILE *out, Pos pos) {
    SourcePlace p = source_place(ds->sources, pos);
    if (!p.file) return;
    uint32_t n;
    const char *text = source_line_text(ds->sources, p.file, p.line, &n);
    if (p.col > SHOWN_WIDTH || n == 0) return;
    if (n > SHOWN_WIDTH) n = SHOWN_WIDTH;
    while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80 && n == SHOWN_WIDTH) n--;
    fputs("    ", out);
    for (uint32_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        fputc(c == '\t' || (c >= 32 && c != 127) ? c : ' ', out);
    }
    fputs("\n    ", out);
    for (uint32_t i = 0, len; i + 1 < p.col && i < n; i += len) {
        uint32_t c = utf8_decode(text + i, n - i, &len);
        if (c == '\t')
            fputc('\t', out);
        else
            fprintf(out, "%*s", (int)utf8_width(c), "");
    }
    fputs("^\n", out);
}

void diag_print(Diags *ds, FILE *out, unsigned flags) {
    diag_sort(ds);
    for (uint32_t i = 0; i < ds->list.n; i++) {
        const Diag *d = ds->list.at[i];
        print_place(ds, out, d->pos);
        fprintf(out, "%s\n", d->text);
        for (uint32_t k = 0; k < d->notes.n; k++) {
            fputc('\t', out);
            print_place(ds, out, d->notes.at[k].pos);
            fprintf(out, "%s\n", d->notes.at[k].text);
        }
        if (flags & DIAG_SHOW_SOURCE) {
            print_source(ds, out, d->pos);
            if (d->help) fprintf(out, "    help: %s\n", d->help);
        }
    }
    if (ds->stopped) {
        print_place(ds, out, ds->stopped);
        fputs("too many errors\n", out);
    }
}

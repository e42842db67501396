// diag.h: errors of the program: a code, a place, a text, and notes. Collected, sorted, printed once.
#pragma once
#include "source.h"
#include <stdio.h>

/* Codes come from diag.def. Rooms add rows there; the code says what went wrong, the user sees the text. */
typedef enum DiagCode {
#define DIAG(code, what) code,
#include "diag.def"
#undef DIAG
    E_NCODES
} DiagCode;

typedef struct DiagNote {
    Pos pos;           // POS_NONE: no place of its own
    const char *text;
} DiagNote;

typedef struct Diag {
    DiagCode code;
    Pos pos;
    uint32_t seq;      // order of reporting
    bool soft;         // an unused variable, label or import: no reason to stop the checker
    const char *text;  // without place; a line that starts with a tab continues the message
    VEC(DiagNote) notes;
    const char *help;  // one line of help, NULL when there is none
} Diag;

typedef struct Diags {
    SourceSet *sources;
    Arena *arena;
    VEC(Diag *) list;
    uint32_t nerrors;  // reported, dropped ones included
    uint32_t nsyntax;  // how many of them are syntax errors: the checker can't make sense of the tree then
    uint32_t max;      // how many are kept; 0 means 10, as Go
    Pos last_syntax, last_other;  // where the last kept one of each sort was
    const char *last_text;        // of last_other
    Pos stopped;       // place of the last error that was kept when there were too many
} Diags;

enum { DIAG_SHOW_SOURCE = 1 };  // flags of diag_print: the source line and a caret below each message

/* diag_init makes an empty collection. */
void diag_init(Diags *ds, SourceSet *ss, Arena *a);

/* diag_at reports an error. Returns it, so that notes and help can be added; never NULL. As Go's compiler does, it drops a second syntax
 * error in a row on one line, and a text that is said twice in a row on one line; and it keeps the first ten errors in order of reporting,
 * which are sorted afterwards. */
Diag *diag_at(Diags *ds, Pos pos, DiagCode code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* diag_note adds a remark with a place of its own to an error. */
void diag_note(Diags *ds, Diag *d, Pos pos, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* diag_help sets the line of help shown after the caret. */
void diag_help(Diags *ds, Diag *d, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* diag_sort brings the errors into the order in which they are printed and drops the duplicates. */
void diag_sort(Diags *ds);

/* diag_print sorts and prints all errors as `file:line:col: message`; after the tenth "too many errors", as Go does. */
void diag_print(Diags *ds, FILE *out, unsigned flags);

static inline bool diag_failed(const Diags *ds) { return ds->nerrors != 0; }

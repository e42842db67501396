// source.h: source files and positions. A Pos alone names file and byte.
#pragma once
#include "arena.h"
#include "vec.h"

/* A Pos is a 32-bit offset into the position space of one SourceSet. Each file owns [base, base+size], the last one being
 * its end of file. 0 means "no position". Positions of one file compare like their offsets. */
typedef uint32_t Pos;
#define POS_NONE ((Pos)0)

// A comment that says "line file:line:col": from offset on, positions count as those of another file, as generators of code want it.
typedef struct LineDirective {
    uint32_t offset;   // of the first byte it speaks of
    const char *name;
    uint32_t line, col;  // col 0: columns are not known
} LineDirective;

/* A SourceFile is the text of one file. bytes[size] is NUL. */
typedef struct SourceFile {
    const char *name;   // as shown in messages
    const char *bytes;  // size bytes and a NUL; owned by whoever added the file, or by the set's arena
    uint32_t size;
    Pos base;
    VEC(LineDirective) directives;  // ascending by offset
    uint32_t *lines;    // offset of each line's first byte; made at the first question for a line
    uint32_t nlines;
} SourceFile;

typedef struct SourceSet {
    Arena *arena;
    VEC(SourceFile *) files;  // by base
    Pos next;                 // base of the next file
    uint32_t last;            // index found by the last search: neighbours are asked for together
} SourceSet;

/* SourcePlace is a position for humans: line and column from 1, the column in bytes, as Go counts. */
typedef struct SourcePlace {
    SourceFile *file;  // NULL when the Pos was POS_NONE
    uint32_t line, col;
} SourcePlace;

/* source_init makes an empty set, whose tables live in a. */
void source_init(SourceSet *ss, Arena *a);

/* source_add enters a text that stays where it is. bytes[size] must be NUL. name is kept, not copied.
 * Returns NULL when the position space (4 GiB for all files together) is used up. */
MUST_USE SourceFile *source_add(SourceSet *ss, const char *name, const char *bytes, size_t size);

/* source_read reads a file (path "-": standard input) and adds it under the given name (copied).
 * Returns NULL with *err set to a message as Go words it ("open x.go: no such file or directory"). */
MUST_USE SourceFile *source_read(SourceSet *ss, const char *path, const char *name, const char **err);

/* source_file returns the file that holds pos, NULL for POS_NONE. */
SourceFile *source_file(SourceSet *ss, Pos pos);

/* source_place derives file, line and column. */
SourcePlace source_place(SourceSet *ss, Pos pos);

/* A SourceName is a position as messages and traces name it: //line comments count. */
typedef struct SourceName {
    const char *file;  // NULL when the Pos was POS_NONE
    uint32_t line, col;  // col 0: not known
    bool directed;     // a //line comment speaks of it
} SourceName;

/* source_direct enters the directive that a comment of f holds, if it is one and not known yet. offset: of the first byte it speaks of. *err is set, and
 * the offset of the number in text returned, when a number in it is wrong. */
uint32_t source_direct(SourceSet *ss, SourceFile *f, const char *text, size_t n, uint32_t offset, const char **err);

/* source_named derives the name of a position. */
SourceName source_named(SourceSet *ss, Pos pos);

/* source_line_pos returns the position of the first byte of a line (from 1) of f. */
Pos source_line_pos(SourceSet *ss, SourceFile *f, uint32_t line);

/* source_line_text returns the text of a line without its line end; *n is its length. Empty beyond the last line. */
const char *source_line_text(SourceSet *ss, SourceFile *f, uint32_t line, uint32_t *n);

/* source_at points at the byte of pos. */
static inline const char *source_at(const SourceFile *f, Pos pos) { return f->bytes + (pos - f->base); }

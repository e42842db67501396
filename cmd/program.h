// program.h: from a file name to an image, or to diagnostics.
#pragma once
#include "image.h"
#include "intrinsic.h"
#include "package.h"
#include "types/types.h"

#include <stdio.h>

/* A Program holds everything lang makes for one program: sources, trees, types, image. */
typedef struct Program {
    Arena arena;
    Intern names;
    SourceSet sources;
    Diags diags;
    Syntax syntax;
    Checker *checker;
    struct Compiler *compiler;
    Loader *loader;
    const char *path;        // of the main file; NULL for -e
    VEC(SourceFile *) more;  // further files of package main
    VEC(File *) more_files;
    SourceFile *main_source;
    File *main_file;
    Package *main;
    IntrinsicTable intrinsics;
    Image image;
    size_t stack_bytes;      // of the thread that program_deep made; 0 outside
} Program;

/* program_init makes an empty program. */
void program_init(Program *p);
void program_free(Program *p);

/* program_read reads the main file (path "-": standard input; a directory: the files of the package in it; code != NULL: this text, named -e).
 * False after a message. */
bool program_read(Program *p, const char *path, const char *code) MUST_USE;

/* program_read_more adds a further file of package main. False after a message. */
bool program_read_more(Program *p, const char *path) MUST_USE;

/* program_parse parses the main file; program_check also loads what it imports and checks all of it; program_compile makes the image. Each does what
 * comes before it. On false the diagnostics are in p->diags; print them with program_report. */
bool program_parse(Program *p) MUST_USE;
bool program_check(Program *p) MUST_USE;
bool program_compile(Program *p) MUST_USE;

/* program_deep calls step, on a thread of its own when the trees parsed so far are too deep for this one's stack, and returns what it returns. */
bool program_deep(Program *p, bool (*step)(Program *p)) MUST_USE;

/* program_dump_types writes the type and constant value of each expression of the main file; program_dump_code the bytecode of the program's
 * functions, those of gol's library left out unless all. */
void program_dump_types(Program *p, FILE *out);
void program_dump_code(Program *p, FILE *out, bool all);

/* program_report prints the diagnostics to standard error, with source lines when that is a terminal. */
void program_report(Program *p);

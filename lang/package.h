// package.h: which packages a program consists of, and where their files are.
#pragma once
#include "syntax/syntax.h"
#include "types/types.h"

/* One source file of gol's own library. */
typedef struct LibraryFile {
    const char *name;   // as shown in messages and traces
    const char *bytes;  // followed by a NUL that is not counted
    size_t size;
} LibraryFile;

/* A LibraryLookup returns the nth file (from 0) of the library package of that path; false when there is none. */
typedef bool (*LibraryLookup)(void *ctx, const char *path, size_t nth, LibraryFile *out);

/* A Loader knows the packages of one program. The user's are read whole by loader_load, with everything they import; library packages
 * are parsed when the checker first asks for them, without function bodies, so that an import costs what is used. */
typedef struct Loader Loader;

Loader *loader_new(Syntax *sx, LibraryLookup library, void *ctx);

/* loader_read_main parses the files of directory dir that make its package on this system: no tests, and nothing that names or //go:build
 * exclude. Returns them in the order of their names, *nfiles of them; NULL after a report. */
File **loader_read_main(Loader *l, const char *dir, uint32_t *nfiles);

/* loader_load finds the user's packages that the files of the main package import, directly or not. path is the main file's name ("-" or NULL: none,
 * the current directory counts). An import starts at the main file's module (the nearest go.mod), or is relative ("./x"); both kinds
 * are directories of .go and .gol files, chosen by name and //go:build as Go does for this system.
 * Reports what is missing, wrong or cyclic at the import; false when there was anything. */
MUST_USE bool loader_load(Loader *l, File *const *files, uint32_t nfiles, const char *path);

/* loader_go_minor returns the language version of the main module (21 for "go 1.21"), 0 when nothing says. */
uint32_t loader_go_minor(const Loader *l);

/* loader_set_checker must be called before the checker imports anything: it makes the Package objects. */
void loader_set_checker(Loader *l, Checker *c);

/* loader_import is the import of a CheckerConfig, whose ctx is the Loader. */
Package *loader_import(void *loader, const char *path, const char **error);

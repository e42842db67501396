// library.h: the packages that come with gol: their embedded sources and their leaf functions in C.
// (A file named stdlib.h would hide the header of that name of C.)
#pragma once
#include "intrinsic.h"
#include <stddef.h>

/* One embedded source file. The files of a package stand next to each other, sorted by name. */
typedef struct StdFile {
    const char *path;   // import path, "encoding/json"
    const char *name;   // file name, "decode.gol"
    const char *bytes;  // text, followed by a NUL that is not counted
    size_t len;
} StdFile;

/* stdlib_files returns all files, sorted by import path and name, and stores their number. */
const StdFile *stdlib_files(size_t *n);

/* stdlib_package returns the first file of the package with this import path (len bytes) and stores how many it has;
 * NULL when there is no such package. */
const StdFile *stdlib_package(const char *path, size_t len, size_t *n);

/* stdlib_intrinsics returns the leaf functions of all packages and stores their number. */
const IntrinsicDef *stdlib_intrinsics(uint32_t *n);

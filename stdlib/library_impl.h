// library_impl.h: what the generated table of files and library.c agree on.
#pragma once
#include "library.h"

extern const StdFile stdlib_file_table[];
extern const size_t stdlib_file_count;

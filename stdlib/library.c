// library.c: look-ups in the table of embedded files.
#include "library.h"
#include "library_impl.h"
#include <string.h>

const StdFile *stdlib_files(size_t *n) {
    *n = stdlib_file_count;
    return stdlib_file_table;
}

/* compare orders the file's import path against path, as strcmp would. */
static int compare(const StdFile *f, const char *path, size_t len) {
    int c = strncmp(f->path, path, len);
    return c ? c : f->path[len] != 0;
}

const StdFile *stdlib_package(const char *path, size_t len, size_t *n) {
    size_t lo = 0, hi = stdlib_file_count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (compare(&stdlib_file_table[mid], path, len) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t end = lo;
    while (end < stdlib_file_count && compare(&stdlib_file_table[end], path, len) == 0)
        end++;
    *n = end - lo;
    return *n ? &stdlib_file_table[lo] : NULL;
}

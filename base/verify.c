// verify.c: the one place where a broken invariant of ours ends the process.
#include "verify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(const char *s) {
    ssize_t n = write(2, s, strlen(s));
    (void)n;
}

void verify_fail(const char *file, int line, const char *what) {
    char digits[16];
    int i = (int)sizeof digits;
    digits[--i] = 0;
    do {
        digits[--i] = (char)('0' + line % 10);
        line /= 10;
    } while (line > 0 && i > 0);
    put("gol: internal error: ");
    put(file);
    put(":");
    put(digits + i);
    put(": ");
    put(what);
    put("\n");
    abort();
}

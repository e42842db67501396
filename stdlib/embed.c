/* embed.c: build tool that turns the library's .gol sources into one C file.
 *
 *     embed OUTPUT ROOT FILE...
 *
 * ROOT is the stdlib folder; every FILE lies below it, and its folder relative to ROOT is the import path. The output defines
 * the table behind library.h: rows sorted by path, then by file name, so that the files of one package are neighbours. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Source {
    char *path;  // import path
    char *name;  // file name
    char *bytes;
    size_t len;
} Source;

static _Noreturn void fail(const char *what, const char *name) {
    fprintf(stderr, "embed: %s: %s: %s\n", what, name, strerror(errno));
    exit(1);
}

static char *read_all(const char *name, size_t *len) {
    FILE *f = fopen(name, "rb");
    if (!f)
        fail("cannot open", name);
    size_t cap = 1 << 16, n = 0;
    char *buf = malloc(cap);
    for (;;) {
        if (!buf)
            fail("no memory for", name);
        n += fread(buf + n, 1, cap - n, f);
        if (n < cap)
            break;
        buf = realloc(buf, cap *= 2);
    }
    if (ferror(f))
        fail("cannot read", name);
    fclose(f);
    *len = n;
    return buf;
}

static void load(Source *s, const char *root, const char *file) {
    char *full = realpath(file, NULL);
    if (!full)
        fail("cannot find", file);
    size_t n = strlen(root);
    char *slash = strrchr(full, '/');
    if (strncmp(full, root, n) != 0 || full[n] != '/' || slash <= full + n) {
        errno = EINVAL;
        fail("not in a package folder", file);
    }
    s->path = strndup(full + n + 1, (size_t)(slash - (full + n + 1)));
    s->name = strdup(slash + 1);
    s->bytes = read_all(full, &s->len);
    free(full);
}

static int by_place(const void *a, const void *b) {
    const Source *x = a, *y = b;
    int c = strcmp(x->path, y->path);
    return c ? c : strcmp(x->name, y->name);
}

/* Bytes are written as string literals, a source line per literal: the compiler reads those several times quicker than
 * lists of numbers. Octal escapes have three digits, so a digit that follows can't join them. */
static void put_bytes(FILE *out, const Source *s, int i) {
    fprintf(out, "static const char file_%d[] =\n    \"", i);
    for (size_t k = 0; k < s->len; k++) {
        unsigned char c = (unsigned char)s->bytes[k];
        if (c == '\n')
            fputs(k + 1 < s->len ? "\\n\"\n    \"" : "\\n", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < ' ' || c >= 0x7f || c == '?')
            fprintf(out, "\\%03o", c);
        else
            fputc(c, out);
    }
    fputs("\";\n", out);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("usage: embed OUTPUT ROOT FILE...\n", stderr);
        return 2;
    }
    char *root = realpath(argv[2], NULL);
    if (!root)
        fail("cannot find", argv[2]);
    int n = argc - 3;
    Source *all = calloc((size_t)n + 1, sizeof *all);
    if (!all)
        fail("no memory for", argv[1]);
    for (int i = 0; i < n; i++)
        load(&all[i], root, argv[i + 3]);
    qsort(all, (size_t)n, sizeof *all, by_place);
    FILE *out = fopen(argv[1], "wb");
    if (!out)
        fail("cannot write", argv[1]);
    fputs("// Made by embed from the .gol files of stdlib.\n#include \"library.h\"\n#include \"library_impl.h\"\n\n", out);
    for (int i = 0; i < n; i++)
        put_bytes(out, &all[i], i);
    fputs("\nconst StdFile stdlib_file_table[] = {\n", out);
    for (int i = 0; i < n; i++)
        fprintf(out, "    {\"%s\", \"%s\", file_%d, %zu},\n", all[i].path, all[i].name, i, all[i].len);
    fprintf(out, "    {0},\n};\nconst size_t stdlib_file_count = %d;\n", n);
    if (fclose(out) != 0)
        fail("cannot write", argv[1]);
    for (int i = 0; i < n; i++) {  // the leak sanitizer looks at build tools, too
        free(all[i].path);
        free(all[i].name);
        free(all[i].bytes);
    }
    free(all);
    free(root);
    return 0;
}

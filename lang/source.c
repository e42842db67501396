/* source.c: the files of one compilation and their position space.
 *
 * Invariants
 *   files are ordered by base; file i owns the positions [base, base+size], so that end of file has a Pos of its own.
 *   Base starts at 1: 0 is POS_NONE.
 *   Line tables are made on demand: a program without errors asks for few of them. */
#include "source.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SOURCE_MAX = 256 << 20, PIPE_FIRST = 65536,  // bytes of one file; a device may never end
    DIRECTIVE_MAX = 1 << 30,                     // lines and columns of //line, as Go has it
};

void source_init(SourceSet *ss, Arena *a) {
    *ss = (SourceSet){.arena = a, .next = 1};
}

SourceFile *source_add(SourceSet *ss, const char *name, const char *bytes, size_t size) {
    if (size >= UINT32_MAX - 1 || (uint64_t)ss->next + size + 1 > UINT32_MAX) return NULL;
    VERIFY(bytes[size] == 0);
    SourceFile *f = ARENA_NEW(ss->arena, SourceFile);
    f->name = name;
    f->bytes = bytes;
    f->size = (uint32_t)size;
    f->base = ss->next;
    ss->next += (uint32_t)size + 1;
    vec_push(ss->arena, &ss->files, f);
    return f;
}

// Reads fd to its end into the arena; expected is its size when that is known. Returns NULL with errno set.
static char *read_all(Arena *a, int fd, size_t expected, size_t *size) {
    size_t cap = expected + 1, n = 0;  // one more: to see the end without growing
    char *buf = arena_alloc(a, cap + 1);
    for (;;) {
        ssize_t got = read(fd, buf + n, cap - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return NULL;
        if (got == 0) break;
        n += (size_t)got;
        if (n > SOURCE_MAX) {
            errno = EFBIG;
            return NULL;
        }
        if (n == cap) {
            cap *= 2;
            char *more = arena_alloc(a, cap + 1);
            memcpy(more, buf, n);
            buf = more;
        }
    }
    buf[n] = 0;
    *size = n;
    return buf;
}

// strerror in Go's spelling: lower case.
static const char *go_strerror(Arena *a, int err) {
    char *s = arena_printf(a, "%s", strerror(err));
    if (s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z') s[0] = (char)(s[0] + 32);
    return s;
}

SourceFile *source_read(SourceSet *ss, const char *path, const char *name, const char **err) {
    bool std = strcmp(path, "-") == 0;
    int fd = std ? 0 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        *err = arena_printf(ss->arena, "open %s: %s", path, go_strerror(ss->arena, errno));
        return NULL;
    }
    struct stat st;
    size_t size = 0;
    const char *bytes = NULL;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
    } else {
        bytes = read_all(ss->arena, fd, S_ISREG(st.st_mode) && st.st_size <= SOURCE_MAX ? (size_t)st.st_size : PIPE_FIRST, &size);
    }
    if (!bytes) *err = arena_printf(ss->arena, "read %s: %s", path, go_strerror(ss->arena, errno));
    if (!std) close(fd);
    if (!bytes) return NULL;
    SourceFile *f = source_add(ss, arena_dup(ss->arena, name, strlen(name)), bytes, size);
    if (!f) *err = arena_printf(ss->arena, "%s: file too large", path);
    return f;
}

SourceFile *source_file(SourceSet *ss, Pos pos) {
    if (pos == POS_NONE || pos >= ss->next) return NULL;
    SourceFile *f = ss->files.at[ss->last];
    if (pos >= f->base && pos - f->base <= f->size) return f;
    uint32_t lo = 0, hi = ss->files.n - 1;  // the last file whose base is <= pos
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo + 1) / 2;
        if (ss->files.at[mid]->base <= pos)
            lo = mid;
        else
            hi = mid - 1;
    }
    ss->last = lo;
    return ss->files.at[lo];
}

static void make_lines(SourceSet *ss, SourceFile *f) {
    uint32_t n = 1;
    const char *end = f->bytes + f->size;
    for (const char *p = f->bytes; (p = memchr(p, '\n', (size_t)(end - p))); p++) n++;
    f->lines = ARENA_ARRAY(ss->arena, uint32_t, n);
    f->nlines = n;
    n = 1;
    for (const char *p = f->bytes; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        f->lines[n++] = (uint32_t)(p + 1 - f->bytes);
}

SourcePlace source_place(SourceSet *ss, Pos pos) {
    SourceFile *f = source_file(ss, pos);
    if (!f) return (SourcePlace){0};
    if (!f->lines) make_lines(ss, f);
    uint32_t off = pos - f->base, lo = 0, hi = f->nlines - 1;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo + 1) / 2;
        if (f->lines[mid] <= off)
            lo = mid;
        else
            hi = mid - 1;
    }
    return (SourcePlace){.file = f, .line = lo + 1, .col = off - f->lines[lo] + 1};
}

// The number behind the last ':' of text; *at is where it starts, 0 when there is no ':'.
static bool trailing_number(const char *text, size_t n, size_t *at, uint32_t *value) {
    const char *colon = memrchr(text, ':', n);
    *at = colon ? (size_t)(colon + 1 - text) : 0;
    uint64_t v = 0;
    for (size_t i = *at; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        if (v <= DIRECTIVE_MAX) v = v * 10 + (uint64_t)(text[i] - '0');
    }
    *value = v > DIRECTIVE_MAX ? 0 : (uint32_t)v;
    return colon && *at < n;
}

uint32_t source_direct(SourceSet *ss, SourceFile *f, const char *text, size_t n, uint32_t offset, const char **err) {
    LineDirective *last = f->directives.n ? &f->directives.at[f->directives.n - 1] : NULL, d = {.offset = offset};
    size_t at, at2 = 0;
    uint32_t first;
    if (last && last->offset >= offset) return 0;
    bool ok = trailing_number(text, n, &at, &d.line);
    if (!at) return 0;
    if (ok && trailing_number(text, at - 1, &at2, &first) && at2) {
        d.col = d.line;
        d.line = first;
        if (!d.col) {
            *err = arena_printf(ss->arena, "invalid column number: %.*s", (int)(n - at), text + at);
            return (uint32_t)at;
        }
        n = at - 1;
        at = at2;
    }
    if (!ok || !d.line) {
        *err = arena_printf(ss->arena, "invalid line number: %.*s", (int)(n - at), text + at);
        return (uint32_t)at;
    }
    if (at > 1)
        d.name = arena_dup(ss->arena, text, at - 1);
    else
        d.name = !d.col ? "??" : last ? last->name : f->name;
    vec_push(ss->arena, &f->directives, d);
    return 0;
}

SourceName source_named(SourceSet *ss, Pos pos) {
    SourcePlace p = source_place(ss, pos);
    if (!p.file) return (SourceName){0};
    const LineDirective *d = NULL;
    for (uint32_t lo = 0, hi = p.file->directives.n; lo < hi;) {  // the last one whose offset is not behind pos
        uint32_t mid = lo + (hi - lo) / 2;
        if (p.file->directives.at[mid].offset <= pos - p.file->base) {
            d = &p.file->directives.at[mid];
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (!d) return (SourceName){p.file->name, p.line, p.col, false};
    SourcePlace from = source_place(ss, p.file->base + d->offset);
    uint32_t col = !d->col ? 0 : p.line == from.line ? d->col + p.col - from.col : p.col;
    return (SourceName){d->name, d->line + p.line - from.line, col, true};
}

Pos source_line_pos(SourceSet *ss, SourceFile *f, uint32_t line) {
    if (!f->lines) make_lines(ss, f);
    if (line == 0) return f->base;
    return line > f->nlines ? f->base + f->size : f->base + f->lines[line - 1];
}

const char *source_line_text(SourceSet *ss, SourceFile *f, uint32_t line, uint32_t *n) {
    const char *p = source_at(f, source_line_pos(ss, f, line)), *end = f->bytes + f->size;
    const char *nl = memchr(p, '\n', (size_t)(end - p));
    uint32_t len = (uint32_t)((nl ? nl : end) - p);
    if (len > 0 && p[len - 1] == '\r') len--;
    *n = len;
    return p;
}

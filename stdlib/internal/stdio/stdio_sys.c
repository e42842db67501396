// stdio_sys.c: reading and writing the standard descriptors, for programs without os. A leaf that blocks must not allocate: its P may be
// another thread's meanwhile.
#include "debug/debug.h"
#include "leaves.h"
#include <errno.h>
#include <unistd.h>

static LeafStatus put_count(Slot *s, ssize_t n) {
    int e = n < 0 ? errno : 0;
    s[0] = n < 0 ? 0 : (Slot)n;
    s[1] = (Slot)e;
    return LEAF_DONE;
}

/* func write(fd int, p []byte) (n, errno int) */
LeafStatus stdio_write(LeafCtx *cx, Slot *s) {
    if (!cx->may_block)
        return LEAF_BLOCK;
    ssize_t n;
    do {
        n = write((int)s[0], (const void *)s[1], s[2]);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EPIPE) {
        signal_broken_pipe((int)s[0]);
        errno = EPIPE;
    }
    return put_count(s, n);
}

/* func read(fd int, p []byte) (n, errno int) */
LeafStatus stdio_read(LeafCtx *cx, Slot *s) {
    if (!cx->may_block)
        return LEAF_BLOCK;
    ssize_t n;
    do {
        n = read((int)s[0], (void *)s[1], s[2]);
    } while (n < 0 && errno == EINTR);
    return put_count(s, n);
}

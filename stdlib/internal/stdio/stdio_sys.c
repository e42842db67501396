// stdio_sys.c: reading and writing the standard descriptors, for programs without os.
#include "leaves.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* transfer stores the result of a read or write and, when it failed, the text of the error. */
static LeafStatus transfer(LeafCtx *cx, Slot *s, ssize_t n) {
    const char *text = n < 0 ? strerror(errno) : "";
    char lower[80];
    size_t len = strnlen(text, sizeof lower);
    memcpy(lower, text, len);
    if (len && lower[0] >= 'A' && lower[0] <= 'Z' && !(len > 1 && lower[1] >= 'A' && lower[1] <= 'Z'))
        lower[0] = (char)(lower[0] - 'A' + 'a');
    s[0] = n < 0 ? 0 : (Slot)n;
    leaf_string(cx, s + 1, lower, len);
    return LEAF_DONE;
}

/* func write(fd int, p []byte) (n int, failed string) */
LeafStatus stdio_write(LeafCtx *cx, Slot *s) {
    if (!cx->may_block)
        return LEAF_BLOCK;
    ssize_t n;
    do {
        n = write((int)s[0], (const void *)s[1], s[2]);
    } while (n < 0 && errno == EINTR);
    return transfer(cx, s, n);
}

/* func read(fd int, p []byte) (n int, failed string) */
LeafStatus stdio_read(LeafCtx *cx, Slot *s) {
    if (!cx->may_block)
        return LEAF_BLOCK;
    ssize_t n;
    do {
        n = read((int)s[0], (void *)s[1], s[2]);
    } while (n < 0 && errno == EINTR);
    return transfer(cx, s, n);
}

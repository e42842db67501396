// time_sys.c: package time's leaf functions but for those of the scheduler (runtime/sched/timer.h).
#include "leaves.h"
#include <stdio.h>
#include <string.h>

/* func readFile(name string, buf []byte) (n int): as much of the file as fits, -1 when it can't be read */
LeafStatus time_read_file(LeafCtx *cx, Slot *s) {
    if (!cx->may_block)
        return LEAF_BLOCK;
    char path[1024];
    size_t len = s[1];
    int64_t n = -1;
    if (len < sizeof path && !memchr((const char *)s[0], 0, len)) {
        memcpy(path, (const char *)s[0], len);
        path[len] = 0;
        FILE *f = fopen(path, "rb");
        if (f) {
            n = (int64_t)fread((void *)s[2], 1, s[3], f);
            if (ferror(f))
                n = -1;
            fclose(f);
        }
    }
    s[0] = (Slot)n;
    return LEAF_DONE;
}

// time_sys.c: package time's leaf functions but for those of the scheduler (runtime/sched/timer.h).
#include "leaves.h"
#include <stdio.h>
#include <string.h>

enum { ZONE_FILE_MAX = 1 << 16 };  // no file of the time zone database is that large

/* func readFile(name string) (data []byte, ok bool) */
LeafStatus time_read_file(LeafCtx *cx, Slot *s) {
    if (!cx->may_block)
        return LEAF_BLOCK;
    char path[1024];
    size_t len = s[1];
    s[3] = 0;
    if (len >= sizeof path || memchr((const char *)s[0], 0, len))
        return LEAF_DONE;
    memcpy(path, (const char *)s[0], len);
    path[len] = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return LEAF_DONE;
    char text[ZONE_FILE_MAX];
    size_t n = fread(text, 1, sizeof text, f);
    bool ok = !ferror(f) && n > 0 && n < sizeof text;
    fclose(f);
    char *data = leaf_alloc(cx, n, NULL);
    memcpy(data, text, n);
    s[0] = (Slot)data;
    s[1] = s[2] = n;
    s[3] = ok;
    return LEAF_DONE;
}

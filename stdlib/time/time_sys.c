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

/* --- layouts --- */

// The parts of format.gol, in its order.
typedef enum Part {
    PART_NONE, LONG_MONTH, SHORT_MONTH, LONG_DAY, SHORT_DAY, ZONE_NAME, MONTH_2, DAY_2, HOUR_12_ZERO, MINUTE_2, SECOND_2, YEAR_2, YEAR_DAY_3, HOUR_24,
    MONTH_1, YEAR_4, DAY_1, DAY_BLANK, YEAR_DAY_BLANK, HOUR_12, MINUTE_1, SECOND_1, UPPER_PM, LOWER_PM, ZONE_ISO, ZONE_PLAIN, FRACTION_0, FRACTION_9,
    ZONE_SECONDS = 256, ZONE_MINUTES = 512, ZONE_COLON = 1024,
} Part;

typedef struct Element {
    const char *text;
    int what;
} Element;

// Where one begins another, the longer one stands first.
static const Element elements[] = {
    {"January", LONG_MONTH}, {"Jan", SHORT_MONTH}, {"Monday", LONG_DAY}, {"Mon", SHORT_DAY}, {"MST", ZONE_NAME},
    {"002", YEAR_DAY_3}, {"01", MONTH_2}, {"02", DAY_2}, {"03", HOUR_12_ZERO}, {"04", MINUTE_2}, {"05", SECOND_2}, {"06", YEAR_2},
    {"15", HOUR_24}, {"1", MONTH_1}, {"2006", YEAR_4}, {"2", DAY_1}, {"__2", YEAR_DAY_BLANK}, {"_2", DAY_BLANK},
    {"3", HOUR_12}, {"4", MINUTE_1}, {"5", SECOND_1}, {"PM", UPPER_PM}, {"pm", LOWER_PM},
    {"-07:00:00", ZONE_PLAIN | ZONE_SECONDS | ZONE_MINUTES | ZONE_COLON}, {"-070000", ZONE_PLAIN | ZONE_SECONDS | ZONE_MINUTES},
    {"-07:00", ZONE_PLAIN | ZONE_MINUTES | ZONE_COLON}, {"-0700", ZONE_PLAIN | ZONE_MINUTES}, {"-07", ZONE_PLAIN},
    {"Z07:00:00", ZONE_ISO | ZONE_SECONDS | ZONE_MINUTES | ZONE_COLON}, {"Z070000", ZONE_ISO | ZONE_SECONDS | ZONE_MINUTES},
    {"Z07:00", ZONE_ISO | ZONE_MINUTES | ZONE_COLON}, {"Z0700", ZONE_ISO | ZONE_MINUTES}, {"Z07", ZONE_ISO},
};

/* fraction returns the size of the fraction of a second that s, which begins with a point or comma, is: a run of 0 or of 9 and no other digit. */
static size_t fraction(const char *s, size_t n) {
    size_t k = 1;
    while (k < n && s[k] == s[1] && (s[1] == '0' || s[1] == '9'))
        k++;
    return k > 1 && (k == n || s[k] < '0' || s[k] > '9') ? k : 0;
}

static const Element *element_at(const char *s, size_t n) {
    for (const Element *e = elements; e < elements + sizeof elements / sizeof *elements; e++) {
        size_t len = strlen(e->text);
        if (*s != *e->text || len > n || memcmp(s, e->text, len) != 0)
            continue;
        bool in_word = (e->what == SHORT_MONTH || e->what == SHORT_DAY) && len < n && s[len] >= 'a' && s[len] <= 'z';
        if (!in_word)
            return e;
    }
    return NULL;
}

/* func findElement(layout string) (at, size, what int) */
LeafStatus time_find_element(LeafCtx *cx, Slot *s) {
    const char *text = (const char *)s[0];
    size_t n = s[1], i = 0, size = 0;
    int what = PART_NONE;
    for (; i < n; i++) {
        const char *at = text + i;
        if (*at == '.' || *at == ',') {
            if ((size = fraction(at, n - i)) != 0) {
                what = at[1] == '0' ? FRACTION_0 : FRACTION_9;
                break;
            }
        } else if (n - i > 4 && memcmp(at, "_2006", 5) == 0) {  // the blank is no part of a year
            what = YEAR_4;
            size = 4;
            i++;
            break;
        } else if (*at == '_' || *at == '-' || (*at >= '0' && *at <= '5') || memchr("JMPZp", *at, 5)) {
            const Element *e = element_at(at, n - i);
            if (e) {
                what = e->what;
                size = strlen(e->text);
                break;
            }
        }
    }
    s[0] = i;
    s[1] = size;
    s[2] = (Slot)what;
    return LEAF_DONE;
}

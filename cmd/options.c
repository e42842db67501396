/* options.c: flags and environment. The flags are one table, from which parsing and help are made; knobs are rows of debug.def. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef enum FlagKind { FLAG_BOOL, FLAG_COUNT, FLAG_SIZE, FLAG_DURATION, FLAG_STRING, FLAG_SEED } FlagKind;

typedef struct Flag {
    const char *name;
    FlagKind kind;
    size_t field;      // offset in Options
    uint8_t use;       // FlagUse of the commands that take it
    const char *value, *help;
} Flag;

#define AT(field) offsetof(Options, field)
static const Flag flags[] = {
    {"e", FLAG_STRING, AT(code), FLAGS_RUN | FLAGS_CHECK | FLAGS_DUMP, "CODE", "CODE (script form) instead of a file"},
    {"maxheap", FLAG_SIZE, AT(rt.maxheap_bytes), FLAGS_RUN, "SIZE", "limit of heap and stacks, as 64M or 2GiB (default: 90 % of the memory)"},
    {"maxstack", FLAG_SIZE, AT(rt.maxstack_bytes), FLAGS_RUN, "SIZE", "limit of one goroutine's stack (default: 1 GB)"},
    {"maxgoroutines", FLAG_COUNT, AT(rt.maxgoroutines), FLAGS_RUN, "N", "limit of goroutines at a time (default: none)"},
    {"timeout", FLAG_DURATION, AT(rt.timeout_ns), FLAGS_RUN, "TIME", "end the program after this time, as 10s or 1m30s, with exit status 124"},
    {"seed", FLAG_SEED, AT(rt.seed), FLAGS_RUN, "N", "one P and a schedule made from N: the same N, the same run"},
    {"tokens", FLAG_BOOL, AT(dump_tokens), FLAGS_DUMP, "", "what the lexer sees"},
    {"ast", FLAG_BOOL, AT(dump_ast), FLAGS_DUMP, "", "the syntax tree"},
    {"types", FLAG_BOOL, AT(dump_types), FLAGS_DUMP, "", "the type and constant value of each expression"},
    {"code", FLAG_BOOL, AT(dump_code), FLAGS_DUMP, "", "the bytecode"},
    {"all", FLAG_BOOL, AT(dump_all), FLAGS_DUMP, "", "with -code: the library's functions as well"},
};

typedef struct Knob {
    const char *env, *name;
    size_t field;
    const char *help;
} Knob;

static const Knob knobs[] = {
#define KNOB(env, name, field, help) {#env, name, offsetof(RtOptions, field), help},
#include "debug.def"
#undef KNOB
};

static bool complain(const char *what, const char *dash, const char *name, const char *value) {
    fprintf(stderr, "gol: %s%s: \"%s\" is %s\n", dash, name, value, what);
    return false;
}

static bool uint_parse(const char *s, uint64_t max, uint64_t *out) {
    if (*s < '0' || *s > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 0);
    if (errno || *end || v > max)
        return false;
    *out = v;
    return true;
}

int64_t size_parse(const char *s) {
    if (*s < '0' || *s > '9')
        return -1;
    char *end;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    if (errno)
        return -1;
    int shift = 0;
    switch (*end) {
    case 'k': case 'K': shift = 10; break;
    case 'm': case 'M': shift = 20; break;
    case 'g': case 'G': shift = 30; break;
    case 't': case 'T': shift = 40; break;
    }
    if (shift) {
        end++;
        if (*end == 'i')
            end++;
    }
    if (*end == 'B' || *end == 'b')
        end++;
    if (*end || v > (unsigned long long)INT64_MAX >> shift)
        return -1;
    return (int64_t)(v << shift);
}

/* duration_parse reads Go's form: 1h30m, 1.5s, 200ms; a bare number is seconds. -1 when it is none. */
static int64_t duration_parse(const char *s) {
    double total = 0;
    if (!*s)
        return -1;
    while (*s) {
        char *end;
        if ((*s < '0' || *s > '9') && *s != '.')
            return -1;
        double v = strtod(s, &end);
        static const struct { const char *unit; double ns; } units[] = {
            {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
        double ns = *end ? 0 : 1e9;
        size_t unit_len = strspn(end, "abcdefghijklmnopqrstuvwxyz");
        for (size_t i = 0; i < COUNT_OF(units); i++) {
            if (strlen(units[i].unit) == unit_len && strncmp(end, units[i].unit, unit_len) == 0)
                ns = units[i].ns;
        }
        if (ns == 0)
            return -1;
        total += v * ns;
        s = end + unit_len;
    }
    return total >= 0 && total < 9e18 ? (int64_t)total : -1;
}

static bool knobs_parse(RtOptions *rt, const char *env, const char *text) {
    while (text && *text) {
        size_t n = strcspn(text, ",");
        const char *eq = memchr(text, '=', n);
        size_t name_len = eq ? (size_t)(eq - text) : n;
        bool known = name_len == 0;
        for (size_t i = 0; i < COUNT_OF(knobs); i++) {
            if (strcmp(knobs[i].env, env) || strlen(knobs[i].name) != name_len || strncmp(knobs[i].name, text, name_len))
                continue;
            known = true;
            char value[32] = "1";
            if (eq) {
                size_t len = n - name_len - 1 < sizeof value - 1 ? n - name_len - 1 : sizeof value - 1;
                memcpy(value, eq + 1, len);
                value[len] = 0;
            }
            uint64_t v;
            if (!uint_parse(value, UINT32_MAX, &v))
                return complain("not a number", "", knobs[i].name, value);
            *(uint32_t *)((char *)rt + knobs[i].field) = (uint32_t)v;
        }
        if (!known && strcmp(env, "GOLDEBUG") == 0) {  // Go ignores what it doesn't know in GODEBUG
            fprintf(stderr, "gol: GOLDEBUG: unknown knob \"%.*s\" (see gol help debug)\n", (int)name_len, text);
            return false;
        }
        text += n + (text[n] == ',');
    }
    return true;
}

bool options_env(Options *o) {
    const char *s = getenv("GOMAXPROCS");
    uint64_t v;
    if (s && *s && uint_parse(s, 1024, &v) && v > 0)  // as Go: what is no positive number is ignored
        o->rt.gomaxprocs = (uint32_t)v;
    s = getenv("GOGC");
    if (s && *s) {
        if (strcmp(s, "off") == 0)
            o->rt.gogc = -1;
        else if (uint_parse(s, 1000000, &v))
            o->rt.gogc = v ? (int32_t)v : 1;
    }
    s = getenv("GOMEMLIMIT");
    if (s && *s && strcmp(s, "off")) {
        o->rt.memlimit_bytes = size_parse(s);
        if (o->rt.memlimit_bytes < 0)
            return complain("not a size", "", "GOMEMLIMIT", s);
    }
    return knobs_parse(&o->rt, "GODEBUG", getenv("GODEBUG")) && knobs_parse(&o->rt, "GOLDEBUG", getenv("GOLDEBUG"));
}

static bool flag_set(Options *o, const Flag *f, const char *value) {
    void *field = (char *)o + f->field;
    uint64_t v;
    int64_t size;
    switch (f->kind) {
    case FLAG_BOOL:
        if (strcmp(value, "true") && strcmp(value, "false"))
            return complain("neither true nor false", "-", f->name, value);
        *(bool *)field = value[0] == 't';
        return true;
    case FLAG_STRING:
        *(const char **)field = value;
        return true;
    case FLAG_COUNT:
        if (!uint_parse(value, UINT64_MAX, &v) || v == 0)
            return complain("not a positive number", "-", f->name, value);
        *(uint64_t *)field = v;
        return true;
    case FLAG_SEED:
        if (!uint_parse(value, UINT64_MAX, &v))
            return complain("not a number", "-", f->name, value);
        *(uint64_t *)field = v;
        o->rt.seeded = true;
        return true;
    case FLAG_SIZE:
        if ((size = size_parse(value)) <= 0)
            return complain("not a size", "-", f->name, value);
        *(uint64_t *)field = (uint64_t)size;
        return true;
    case FLAG_DURATION:
        if ((size = duration_parse(value)) <= 0)
            return complain("not a time", "-", f->name, value);
        *(int64_t *)field = size;
        return true;
    }
    return false;
}

bool word_near(const char *word, size_t n, const char *wanted) {
    size_t m = strlen(wanted), head = 0, tail = 0;
    if (n < 2 || (n > m ? n - m : m - n) > 1)
        return false;
    while (head < n && head < m && word[head] == wanted[head])
        head++;
    while (tail < n - head && tail < m - head && word[n - 1 - tail] == wanted[m - 1 - tail])
        tail++;
    size_t left = n - head - tail, wleft = m - head - tail;
    return (left <= 1 && wleft <= 1) || (left == 2 && wleft == 2 && word[head] == wanted[head + 1] && word[head + 1] == wanted[head]);
}

static bool unknown_flag(const char *word, const char *name, size_t n, FlagUse use) {
    for (size_t k = 0; k < COUNT_OF(flags); k++) {
        if ((flags[k].use & use) && word_near(name, n, flags[k].name)) {
            fprintf(stderr, "gol: unknown flag %s; is -%s meant?\n", word, flags[k].name);
            return false;
        }
    }
    fprintf(stderr, "gol: unknown flag %s (see gol help)\n", word);
    return false;
}

bool options_parse(Options *o, int argc, char **argv, FlagUse use) {
    int i = 0;
    for (; i < argc; i++) {
        const char *s = argv[i];
        if (s[0] != '-' || !s[1])
            break;
        s += s[1] == '-' ? 2 : 1;
        if (!*s) {  // "--"
            i++;
            break;
        }
        size_t n = strcspn(s, "=");
        const Flag *f = NULL;
        for (size_t k = 0; k < COUNT_OF(flags); k++) {
            if (strlen(flags[k].name) == n && strncmp(flags[k].name, s, n) == 0 && (flags[k].use & use))
                f = &flags[k];
        }
        if (!f)
            return unknown_flag(argv[i], s, n, use);
        const char *value = "true";
        if (s[n] == '=') {
            value = s + n + 1;
        } else if (f->kind != FLAG_BOOL) {
            if (i + 1 == argc) {
                fprintf(stderr, "gol: flag -%s needs a value: -%s %s\n", f->name, f->name, f->value);
                return false;
            }
            value = argv[++i];
        }
        if (!flag_set(o, f, value))
            return false;
    }
    o->nargs = argc - i;
    o->args = argv + i;
    return true;
}

void options_help(FILE *out, FlagUse use) {
    for (size_t k = 0; k < COUNT_OF(flags); k++) {
        if (flags[k].use & use)
            fprintf(out, "  -%-14s %-6s %s\n", flags[k].name, flags[k].value, flags[k].help);
    }
}

void options_help_debug(FILE *out) {
    static const char *const envs[] = {"GODEBUG", "GOLDEBUG"};
    for (size_t e = 0; e < COUNT_OF(envs); e++) {
        fprintf(out, "%s=name=value,... :\n", envs[e]);
        for (size_t k = 0; k < COUNT_OF(knobs); k++) {
            if (strcmp(knobs[k].env, envs[e]) == 0)
                fprintf(out, "  %-14s %s\n", knobs[k].name, knobs[k].help);
        }
    }
    fprintf(out, "GOMAXPROCS, GOGC and GOMEMLIMIT mean what they mean for Go.\n");
}

// options.h: what the command line and the environment ask for.
#pragma once
#include "rt.h"

/* Options of one gol command. Strings point into argv. */
typedef struct Options {
    RtOptions rt;
    const char *code;        // -e CODE, NULL when not given
    bool dump_tokens, dump_ast, dump_types, dump_code, dump_all;
    int nargs;               // what follows the flags: FILE and the program's arguments
    char **args;
} Options;

/* options_env reads GOMAXPROCS, GOGC, GOMEMLIMIT, GODEBUG and GOLDEBUG. Returns false after a message about a value that can't be used. */
bool options_env(Options *o) MUST_USE;

/* options_parse reads flags from argv[0] on up to the first word that is none, or "--"; `dump` also allows gol dump's. Flags may have one or two
 * dashes and take their value behind '=' or as the next word. Returns false after a message. */
bool options_parse(Options *o, int argc, char **argv, bool dump) MUST_USE;

/* options_help prints the flags that options_parse knows. */
#include <stdio.h>
void options_help(FILE *out);

/* options_help_debug prints the knobs of GODEBUG and GOLDEBUG. */
void options_help_debug(FILE *out);

/* size_parse reads a number of bytes: "64M", "1GiB", "4096". -1 when it is none. */
int64_t size_parse(const char *s);

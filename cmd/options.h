// options.h: what the command line and the environment ask for.
#pragma once
#include "rt.h"

#include <stdio.h>

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

/* Whose flags: each command takes a part of the table. */
typedef enum FlagUse { FLAGS_NONE = 0, FLAGS_RUN = 1, FLAGS_CHECK = 2, FLAGS_DUMP = 4 } FlagUse;

/* options_parse reads flags of a command from argv[0] on up to the first word that is none, or "--". Flags may have one or two dashes and take
 * their value behind '=' or as the next word. Returns false after a message. */
bool options_parse(Options *o, int argc, char **argv, FlagUse use) MUST_USE;

/* options_help prints the flags of a command. */
void options_help(FILE *out, FlagUse use);

/* options_help_debug prints the knobs of GODEBUG and GOLDEBUG. */
void options_help_debug(FILE *out);

/* size_parse reads a number of bytes: "64M", "1GiB", "4096". -1 when it is none. */
int64_t size_parse(const char *s);

/* word_near tells whether the first n bytes of a word are nearly `wanted`: one letter wrong, missing or too many, or two neighbours exchanged. */
bool word_near(const char *word, size_t n, const char *wanted);

/* main.c: the gol command.
 *
 * The words of the command are one table, from which dispatch, help and the suggestion for a misspelt word are made. */
#include "options.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };  // as Go's commands

/* finish gives everything back in checked builds, where leaks are looked for; a release leaves that to the system. */
static int finish(Program *p, int status) {
    fflush(stdout);
#ifdef GOL_CHECKS
    program_free(p);
#endif
    return status;
}

/* written tells whether standard output took all that was printed. */
static int written(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "gol: write standard output: %s\n", strerror(errno));
    return 1;
}

static bool has_suffix(const char *s, const char *suffix) {
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}

/* read_files reads the program at words[0]: a file, or a directory, or several .go files, which are files of one package as for go run.
 * Returns how many words that took; 0 after a message. */
static int read_files(Program *p, const char *code, int nwords, char **words) {
    program_init(p);
    if (!program_read(p, code ? "-e" : words[0], code))
        return 0;
    int n = 1;
    if (!code && !p->main_file && has_suffix(words[0], ".go")) {
        for (; n < nwords && has_suffix(words[n], ".go"); n++) {
            if (!program_read_more(p, words[n]))
                return 0;
        }
    }
    return n;
}

/* ---- the commands ---- */

static int run(Options *o, int argc, char **argv) {
    static Program program;
    Program *p = &program;
    int n = read_files(p, o->code, argc, argv);
    if (n == 0)
        return finish(p, 1);
    argv[n - 1] = argv[0];
    if (!program_compile(p)) {
        program_report(p);
        return finish(p, 1);
    }
    o->rt.argc = argc - (n - 1);
    o->rt.argv = argv + (n - 1);
#ifndef GOL_CHECKS
    o->rt.exit_process = true;
#endif
    char *error = NULL;
    Runtime *rt = runtime_new(&p->image, &p->intrinsics, &o->rt, &error);
    if (!rt) {
        fprintf(stderr, "gol: %s\n", error);
        free(error);
        return finish(p, 1);
    }
    int status = runtime_run(rt);
#ifdef GOL_CHECKS
    if (!runtime_free(rt)) {
        fflush(stdout);
        _exit(status);  // without a look for leaks: what a thread may come back to is not freed
    }
#endif
    return finish(p, status);
}

static int cmd_run(Options *o) {
    if (!o->code)
        return run(o, o->nargs, o->args);
    // os.Args[0] of -e is "-e"; the words behind are the arguments.
    char **args = malloc(sizeof *args * (size_t)(o->nargs + 2));
    if (!args)
        return 1;
    args[0] = (char *)"-e";
    memcpy(args + 1, o->args, sizeof *args * (size_t)o->nargs);
    args[o->nargs + 1] = NULL;
    int status = run(o, o->nargs + 1, args);
    free(args);
    return status;
}

static int cmd_check(Options *o) {
    static Program program;
    Program *p = &program;
    int status = 0;
    for (int i = o->code ? -1 : 0; i < o->nargs;) {
        int n = read_files(p, i < 0 ? o->code : NULL, o->nargs - i, o->args + i);
        bool ok = n && program_check(p);
        if (n)
            program_report(p);
        status |= finish(p, ok ? 0 : 1);
        i += n ? n : 1;
    }
    return status;
}

static bool dump_ast(Program *p) {
    ast_dump(stdout, &p->sources, p->main_file);
    return true;
}

static bool dump_types(Program *p) {
    program_dump_types(p, stdout);
    return true;
}

static int cmd_dump(Options *o) {
    static Program program;
    Program *p = &program;
    if (!o->dump_tokens && !o->dump_ast && !o->dump_types && !o->dump_code) {
        fprintf(stderr, "gol: dump what? -tokens, -ast, -types or -code\n");
        return EXIT_USAGE;
    }
    if (!read_files(p, o->code, o->nargs, o->args))
        return finish(p, 1);
    bool ok = true;
    if (o->dump_tokens) {
        tokens_dump(stdout, &p->syntax, p->main_source);
        ok = !diag_failed(&p->diags);
    }
    if (o->dump_ast && ok) {
        ok = program_parse(p);
        ok &= program_deep(p, dump_ast);
    }
    if (o->dump_types && ok && (ok = program_check(p)))
        ok = program_deep(p, dump_types);
    if (o->dump_code && ok && (ok = program_compile(p)))
        program_dump_code(p, stdout, o->dump_all);
    program_report(p);
    return finish(p, written(ok ? 0 : 1));
}

static int cmd_version(Options *o) {
    (void)o;
    puts("gol version " GOL_VERSION " (language: Go 1.26) linux/amd64");
    return written(0);
}

/* ---- words and help ---- */

typedef struct Command {
    const char *name, *args, *what;
    int (*run)(Options *o);
    bool program;      // works on a FILE or -e CODE
    FlagUse flags;
    const char *more;  // for gol help NAME
} Command;

static const Command commands[] = {
    {"run", "[FLAG...] FILE [ARGUMENT...]", "run a program; gol FILE is short for it", cmd_run, true, FLAGS_RUN,
     "FILE is a .gol or .go file (the first line may be #!/usr/bin/env gol), a directory with the files of package main, several .go files of\n"
     "one package, or - for standard input. A file without a package clause is a script: its statements are the body of main, and the\n"
     "standard packages need no import. -e CODE takes the place of FILE. The words behind are the program's arguments.\n"
     "The exit status is the program's; 1 for errors in the source, 2 for an uncaught panic or fatal error, 124 when -timeout struck.\n"},
    {"check", "FILE...", "report errors without running", cmd_check, true, FLAGS_CHECK,
     "Errors go to standard error as file:line:col: message, at most ten; the exit status is 1 when there are any.\n"
     "FILE is what gol run takes. Neighbouring .go files are one package; other files and directories are programs of their own.\n"},
    {"dump", "-tokens|-ast|-types|-code FILE", "show what a stage makes of it", cmd_dump, true, FLAGS_DUMP,
     "Several stages may be asked for. A stage is shown when those before it found no error.\n"},
    {"version", "", "the version of gol and of the language", cmd_version, false, FLAGS_NONE, ""},
    {"help", "[COMMAND|debug]", "this text; about a command; the knobs of GODEBUG and GOLDEBUG", NULL, false, FLAGS_NONE, ""},
};

static const Command *command_find(const char *word) {
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(commands[i].name, word) == 0)
            return &commands[i];
    }
    return NULL;
}

static void usage(FILE *out) {
    fputs("gol runs Go programs from source text.\n\n"
          "  gol FILE [ARGUMENT...]                     run a program or script; - is standard input\n"
          "  gol -e CODE [ARGUMENT...]                  run a line of code\n", out);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const Command *c = &commands[i];
        fprintf(out, "  gol %-7s %-30s %s\n", c->name, c->args, c->what);
    }
    fputs("\nFlags of gol run, which may also stand before FILE without the word run:\n", out);
    options_help(out, FLAGS_RUN);
    fputs("Flags of gol dump:\n", out);
    options_help(out, FLAGS_DUMP);
}

static void command_help(const Command *c) {
    printf("usage: gol %s%s%s\n\n%s", c->name, *c->args ? " " : "", c->args, c->more);
    if (!*c->more)
        printf("%s\n", c->what);
    if (c->flags != FLAGS_NONE) {
        puts("\nFlags:");
        options_help(stdout, c->flags);
    }
}

static int help(const char *topic) {
    const Command *c = topic ? command_find(topic) : NULL;
    if (!topic) {
        usage(stdout);
    } else if (strcmp(topic, "debug") == 0) {
        options_help_debug(stdout);
    } else if (c) {
        command_help(c);
    } else {
        fprintf(stderr, "gol: no help on %s; there is run, check, dump, version and debug\n", topic);
        return EXIT_USAGE;
    }
    return written(0);
}

static bool is_help(const char *word) {
    return strcmp(word, "-h") == 0 || strcmp(word, "-help") == 0 || strcmp(word, "--help") == 0;
}

/* misspelt reports a first word that is no file but nearly a command. */
static bool misspelt(const char *word) {
    if (strpbrk(word, "./-") || access(word, F_OK) == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (word_near(word, strlen(word), commands[i].name)) {
            fprintf(stderr, "gol: unknown command %s; is gol %s meant?\n", word, commands[i].name);
            return true;
        }
    }
    return false;
}

/* open_standard gives a standard descriptor that is closed to the null device, as Go's runtime does: a file opened later must not become one. */
static void open_standard(void) {
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
            _exit(1);
    }
}

int main(int argc, char **argv) {
    static Options o;
    open_standard();
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (!options_env(&o))
        return EXIT_USAGE;
    const char *word = argv[1];
    if (strcmp(word, "help") == 0 || is_help(word))
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(word, "-version") == 0 || strcmp(word, "--version") == 0)
        return cmd_version(&o);
    const Command *c = command_find(word);
    int words = 1 + (c != NULL);
    if (!c) {
        if (misspelt(word))
            return EXIT_USAGE;
        c = command_find("run");
    }
    if (argc > words && words == 2 && is_help(argv[words]))
        return help(c->name);
    if (!options_parse(&o, argc - words, argv + words, c->flags))
        return EXIT_USAGE;
    if (c->program && !o.nargs && !o.code) {
        fprintf(stderr, "gol: %s: no file given (see gol help)\n", c->name);
        return EXIT_USAGE;
    }
    if (!c->program && o.nargs) {
        fprintf(stderr, "gol: %s takes no arguments\n", c->name);
        return EXIT_USAGE;
    }
    return c->run(&o);
}

// main.c: the gol command.
#include "options.h"
#include "program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };  // as Go's commands

static int usage(FILE *out) {
    fputs("gol runs Go programs from source text.\n\n"
          "  gol FILE [ARGUMENT...]         run a program; FILE may start with #!/usr/bin/env gol\n"
          "  gol run [FLAG...] FILE [...]   the same, with flags; FILE - is standard input\n"
          "  gol -e CODE [ARGUMENT...]      run a line of code\n"
          "  gol run A.go B.go ... [...]    a program of several files\n"
          "  gol check FILE                 report errors without running\n"
          "  gol dump -code FILE            show what a stage makes of it: -tokens, -ast, -types, -code\n"
          "  gol version\n"
          "  gol help [debug]               this text; the knobs of GODEBUG and GOLDEBUG\n\n"
          "Flags:\n", out);
    options_help(out);
    return out == stdout ? 0 : EXIT_USAGE;
}

/* finish gives everything back in checked builds, where leaks are looked for; a release leaves that to the system. */
static int finish(Program *p, int status) {
    fflush(stdout);
#ifdef GOL_CHECKS
    program_free(p);
#endif
    return status;
}

static bool has_suffix(const char *s, const char *suffix) {
    size_t n = strlen(s), m = strlen(suffix);
    return n > m && strcmp(s + n - m, suffix) == 0;
}

/* Further .go files behind the first are files of the same package, as for go run. */
static int cmd_run(Options *o, const char *path, int argc, char **argv) {
    static Program program;
    Program *p = &program;
    program_init(p);
    if (!program_read(p, path, o->code))
        return finish(p, 1);
    while (!o->code && argc > 1 && has_suffix(path, ".go") && has_suffix(argv[1], ".go")) {
        if (!program_read_more(p, argv[1]))
            return finish(p, 1);
        argv[1] = argv[0];
        argc--;
        argv++;
    }
    if (!program_compile(p)) {
        program_report(p);
        return finish(p, 1);
    }
    o->rt.argc = argc;
    o->rt.argv = argv;
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
    runtime_free(rt);
#endif
    return finish(p, status);
}

static int cmd_check(const char *path) {
    static Program program;
    Program *p = &program;
    program_init(p);
    if (!program_read(p, path, NULL))
        return finish(p, 1);
    bool ok = program_check(p);
    program_report(p);
    return finish(p, ok ? 0 : 1);
}

static int cmd_dump(const Options *o, const char *path) {
    static Program program;
    Program *p = &program;
    program_init(p);
    if (!program_read(p, path, o->code))
        return finish(p, 1);
    bool ok = true;
    if (o->dump_tokens)
        tokens_dump(stdout, &p->syntax, p->main_source);
    if (o->dump_ast) {
        ok = program_parse(p);
        ast_dump(stdout, &p->sources, p->main_file);
    }
    if (o->dump_types && (ok = program_check(p)))
        program_dump_types(p, stdout);
    if (o->dump_code && (ok = program_compile(p)))
        program_dump_code(p, stdout, o->dump_all);
    if (!o->dump_tokens && !o->dump_ast && !o->dump_types && !o->dump_code) {
        fprintf(stderr, "gol: dump what? -tokens, -ast, -types or -code\n");
        return finish(p, EXIT_USAGE);
    }
    program_report(p);
    return finish(p, ok ? 0 : 1);
}

int main(int argc, char **argv) {
    static Options o;
    if (argc < 2)
        return usage(stderr);
    if (!options_env(&o))
        return EXIT_USAGE;
    const char *cmd = argv[1];
    if (strcmp(cmd, "help") == 0 || strcmp(cmd, "-h") == 0 || strcmp(cmd, "-help") == 0 || strcmp(cmd, "--help") == 0) {
        if (argc > 2 && strcmp(argv[2], "debug") == 0) {
            options_help_debug(stdout);
            return 0;
        }
        return usage(stdout);
    }
    if (strcmp(cmd, "version") == 0 || strcmp(cmd, "-version") == 0 || strcmp(cmd, "--version") == 0) {
        puts("gol version " GOL_VERSION " (language: Go 1.26) linux/amd64");
        return 0;
    }
    bool check = strcmp(cmd, "check") == 0, dump = strcmp(cmd, "dump") == 0;
    bool named = check || dump || strcmp(cmd, "run") == 0;
    if (!options_parse(&o, argc - 1 - named, argv + 1 + named, dump))
        return EXIT_USAGE;
    if (!o.nargs && !(o.code && !check)) {
        fprintf(stderr, "gol: %s: no file given (see gol help)\n", named ? cmd : "run");
        return EXIT_USAGE;
    }
    const char *path = o.code ? "-e" : o.args[0];
    if (check) {
        int status = 0;
        for (int i = 0; i < o.nargs; i++)
            status |= cmd_check(o.args[i]);
        return status;
    }
    if (dump)
        return cmd_dump(&o, path);
    if (!o.code)
        return cmd_run(&o, path, o.nargs, o.args);
    // os.Args[0] of -e is "-e"; the words behind are the arguments.
    char **args = malloc(sizeof *args * (size_t)(o.nargs + 2));
    if (!args)
        return 1;
    args[0] = (char *)"-e";
    memcpy(args + 1, o.args, sizeof *args * (size_t)o.nargs);
    args[o.nargs + 1] = NULL;
    int status = cmd_run(&o, path, o.nargs + 1, args);
    free(args);
    return status;
}

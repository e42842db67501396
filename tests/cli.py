#!/usr/bin/env python3
"""cli.py GOL [-filter RE]: the command line as people use it, and bad input. Ends with 'N passed, N failed'."""
import os, re, shutil, signal, subprocess, sys, tempfile, time

GOL = os.path.abspath(sys.argv[1])
FILTER = sys.argv[3] if len(sys.argv) > 3 and sys.argv[2] == "-filter" else ""
CASES = []
SLOW = "asan" in GOL  # sanitized builds take their time and much address space


def case(f):
    CASES.append(f)
    return f


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __repr__(self):
        return f"status {self.status}\n  out: {self.out[-300:]!r}\n  err: {self.err[-600:]!r}"


def gol(*args, stdin=None, env=None, cwd=None, timeout=60, limit_kb=4000000):
    cmd = [GOL, *args]
    if limit_kb and not SLOW:
        cmd = ["bash", "-c", f'ulimit -v {limit_kb}; exec "$@"', "sh"] + cmd
    data = stdin.encode() if isinstance(stdin, str) else stdin
    p = subprocess.run(cmd, input=data, stdin=subprocess.DEVNULL if data is None else None, capture_output=True, cwd=cwd, timeout=timeout,
                       env=dict(os.environ, **(env or {})))
    return Result(p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace"))


def write(name, text):
    with open(name, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)
    return name


def want(r, status, out=None, err=None):
    assert r.status == status, f"want status {status}, got {r!r}"
    if out is not None:
        assert r.out == out, f"want output {out!r}, got {r!r}"
    if err is not None:
        assert re.search(err, r.err), f"want error {err!r}, got {r!r}"
    assert "internal error" not in r.err and "Sanitizer" not in r.err, repr(r)


MAIN = 'package main\n\nimport ("fmt"; "os")\n\nfunc main() { fmt.Println("args", os.Args[1:]) }\n'


@case
def file_with_arguments():
    write("a.gol", MAIN)
    want(gol("a.gol", "x", "-y", "--", "z"), 0, "args [x -y -- z]\n")
    want(gol("run", "a.gol", "1"), 0, "args [1]\n")


@case
def terminal_shows_the_line():
    """On a terminal an error comes with its source line, a caret and, for some, a line of help."""
    write("t.gol", 'package main\n\nfunc main() {\n\tx := "é"; y := 1\n\t_ = x\n}\n')
    master, slave = os.openpty()
    p = subprocess.Popen([GOL, "check", "t.gol"], stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    text = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        text += part
    os.close(master)
    assert p.wait() == 1
    lines = text.decode().replace("\r", "").split("\n")
    assert lines[0] == "t.gol:4:13: declared and not used: y", lines
    assert lines[1] == '    \tx := "é"; y := 1' and lines[2] == "    \t          ^", lines
    assert lines[3].startswith("    help: use y"), lines


@case
def go_suffix_runs_too():
    write("b.go", MAIN)
    want(gol("b.go"), 0, "args []\n")


@case
def several_files():
    write("one.go", "package main\n\nimport (\"fmt\"; \"os\")\n\nfunc main() { fmt.Println(two(), os.Args[1:]) }\n")
    write("two.go", "package main\n\nfunc two() int { return 2 }\n")
    want(gol("one.go", "two.go", "x"), 0, "2 [x]\n")
    want(gol("run", "one.go"), 1, "", "one.go:5:27: undefined: two")
    want(gol("run", "one.go", "three.go"), 1, "", "three.go: no such file")


@case
def standard_input():
    want(gol("run", "-", "p", stdin=MAIN), 0, "args [p]\n")
    want(gol("run", "-", stdin='fmt.Println("script")\n'), 0, "script\n")


@case
def code_on_the_command_line():
    want(gol("-e", "n := 0; func inc() { n++ }; inc(); fmt.Println(n)"), 0, "1\n")
    want(gol("-e", "fmt.Println(os.Args)", "a", "b"), 0, "[-e a b]\n")
    want(gol("run", "-e", 'println("x")'), 0, "", "^x\n$")


@case
def shebang_with_and_without_suffix():
    for name in ("script", "script2.gol"):
        write(name, f'#!{GOL}\nfmt.Println("hi", os.Args[1:])\n')
        os.chmod(name, 0o755)
        p = subprocess.run(["./" + name, "q"], capture_output=True, text=True)
        assert p.returncode == 0 and p.stdout == "hi [q]\n", repr(p)


@case
def check_reports_and_runs_nothing():
    write("c.gol", 'package main\n\nfunc main() {\n\tx := 1\n\tprintln(y)\n}\n')
    r = gol("check", "c.gol")
    want(r, 1, "")
    assert r.err.splitlines() == ["c.gol:4:2: declared and not used: x", "c.gol:5:10: undefined: y"], repr(r)
    want(gol("run", "c.gol"), 1, "", "undefined: y")
    write("ok.gol", MAIN)
    want(gol("check", "ok.gol"), 0, "", "^$")


@case
def ten_errors_at_most():
    write("many.gol", "package main\nfunc main() {\n" + "".join(f"\tundefined{i}()\n" for i in range(30)) + "}\n")
    r = gol("check", "many.gol")
    want(r, 1, "", "too many errors")
    assert len(r.err.splitlines()) == 11, repr(r)


@case
def version_and_help():
    want(gol("version"), 0, err="^$")
    assert gol("--version").out == gol("version").out
    r = gol("help")
    want(r, 0, err="^$")
    for word in ("gol check", "gol dump", "-maxheap", "-timeout", "-seed", "-tokens"):
        assert word in r.out, word
    assert gol("-h").out == gol("--help").out == r.out
    for word in ("run", "check", "dump", "version"):
        h = gol("help", word)
        want(h, 0, err="^$")
        assert h.out.startswith(f"usage: gol {word}"), repr(h)
        assert gol(word, "-h").out == gol(word, "--help").out == h.out
    h = gol("help", "debug")
    want(h, 0)
    assert all(k in h.out for k in ("gcstress", "stackstress", "gctrace", "schedtrace", "GOMAXPROCS")), repr(h)
    want(gol(), 2, "", "gol FILE")


@case
def every_flag_of_help_is_taken():
    values = {"SIZE": "64M", "N": "100", "TIME": "10s"}
    for line in gol("help", "run").out.splitlines():
        m = re.match(r"  -(\w+) +([A-Z]*) ", line)
        if m and m.group(1) != "e":
            flag, value = m.groups()
            want(gol("run", f"-{flag}", values[value], "-e", "fmt.Println(os.Args)", "a"), 0, "[-e a]\n")
            want(gol(f"--{flag}={values[value]}", "-e", "fmt.Println(os.Args)", "--", "-x"), 0, "[-e -x]\n")
            want(gol("run", f"-{flag}"), 2, "", f"^gol: flag -{flag} needs a value: -{flag} {value}\n$")
            want(gol("check", f"-{flag}", values[value], "x.gol"), 2, "", "unknown flag")


@case
def usage_errors_are_one_line():
    for words, err in {
        ("-nosuch", "x.gol"): "unknown flag -nosuch (see gol help)",
        ("run", "-maxhaep", "1", "x.gol"): "unknown flag -maxhaep; is -maxheap meant?",
        ("dump", "-cod", "x.gol"): "unknown flag -cod; is -code meant?",
        ("run", "-tokens", "x.gol"): "unknown flag -tokens (see gol help)",
        ("rnu", "x.gol"): "unknown command rnu; is gol run meant?",
        ("chec", "x.gol"): "unknown command chec; is gol check meant?",
        ("run",): "run: no file given (see gol help)",
        ("check",): "check: no file given (see gol help)",
        ("dump", "-code"): "dump: no file given (see gol help)",
        ("dump", "x.gol"): "dump what? -tokens, -ast, -types or -code",
        ("version", "x"): "version takes no arguments",
        ("help", "rnu"): "no help on rnu; there is run, check, dump, version and debug",
        ("-e",): "flag -e needs a value: -e CODE",
        ("run", "-maxheap", "lots", "x"): '-maxheap: "lots" is not a size',
        ("run", "-maxheap=0", "x"): '-maxheap: "0" is not a size',
        ("run", "-maxheap", "-5", "x"): '-maxheap: "-5" is not a size',
        ("run", "-maxheap", "99999999999G", "x"): '-maxheap: "99999999999G" is not a size',
        ("run", "-maxstack", "", "x"): '-maxstack: "" is not a size',
        ("run", "-maxgoroutines", "0", "x"): '-maxgoroutines: "0" is not a positive number',
        ("run", "-maxgoroutines", "many", "x"): '-maxgoroutines: "many" is not a positive number',
        ("run", "-timeout", "0", "x"): '-timeout: "0" is not a time',
        ("run", "-timeout", "-1s", "x"): '-timeout: "-1s" is not a time',
        ("run", "-timeout", "5 minutes", "x"): '-timeout: "5 minutes" is not a time',
        ("run", "-seed", "x", "x"): '-seed: "x" is not a number',
    }.items():
        r = gol(*words)
        assert r.status == 2 and r.out == "" and r.err == f"gol: {err}\n", (words, r)
    for env, err in {("GOLDEBUG", "nosuch=1"): "GOLDEBUG: unknown knob \"nosuch\" (see gol help debug)",
                     ("GOLDEBUG", "gcstress=x"): 'gcstress: "x" is not a number',
                     ("GOMEMLIMIT", "x"): 'GOMEMLIMIT: "x" is not a size'}.items():
        r = gol("-e", "fmt.Println(1)", env=dict([env]))
        assert r.status == 2 and r.out == "" and r.err == f"gol: {err}\n", (env, r)
    # as Go, which takes no notice of these
    for name, value in ("GOMAXPROCS", "x"), ("GOMAXPROCS", "0"), ("GOGC", "x"), ("GODEBUG", "nosuch=1"):
        want(gol("-e", "fmt.Println(1)", env={name: value}), 0, "1\n")


@case
def knobs_print_lines_of_gos_forms():
    r = gol("-e", "time.Sleep(60 * time.Millisecond)", env={"GODEBUG": "schedtrace=20", "GOMAXPROCS": "2"})
    want(r, 0, "")
    for line in r.err.splitlines():
        assert re.fullmatch(r"SCHED \d+ms: gomaxprocs=2 idleprocs=\d threads=\d+ spinningthreads=\d+ needspinning=\d idlethreads=\d+ runqueue=\d+ "
                            r"\[ \d+ \d+ \] schedticks=\[ \d+ \d+ \]", line), line
    assert len(r.err.splitlines()) >= 2, repr(r)
    r = gol("-e", "for range 3 { runtime.GC() }", env={"GODEBUG": "gctrace=1"})
    want(r, 0, "")
    for i, line in enumerate(r.err.splitlines()):
        assert re.fullmatch(rf"gc {i + 1} @[\d.]+s \d+%: [\d.]+\+[\d.]+\+[\d.]+ ms clock, [\d.]+\+[\d.]+/[\d.]+/[\d.]+\+[\d.]+ ms cpu, "
                            r"\d+->\d+->\d+ MB, \d+ MB goal, \d+ MB stacks, \d+ MB globals, \d+ P \(forced\)", line), line
    assert len(r.err.splitlines()) == 3, repr(r)


@case
def arguments_belong_to_the_program():
    write("a.gol", MAIN)
    want(gol("a.gol", "-h", "--help", "-maxheap"), 0, "args [-h --help -maxheap]\n")
    want(gol("run", "-timeout", "9s", "--", "a.gol", "--", ""), 0, "args [-- ]\n")
    write("-dash.gol", MAIN)
    want(gol("run", "--", "-dash.gol", "y"), 0, "args [y]\n")
    want(gol("-e", ""), 0, "", "^$")
    want(gol("-e", "a := 1\nb := 2\nfmt.Println(a+b)\nfor i := range 2 { fmt.Println(i) }", "x"), 0, "3\n0\n1\n")


@case
def directory_of_a_package():
    os.makedirs("p/empty")
    write("p/a.go", 'package main\n\nimport ("fmt"; "os")\n\nfunc main() { fmt.Println(b(), os.Args[1:]) }\n')
    write("p/b.go", "package main\n\nfunc b() int { return 7 }\n")
    write("p/b_windows.go", "package main\n\nfunc b() int { return 8 }\n")
    write("p/ignored.go", "//go:build ignore\n\npackage main\n\nfunc b() int { return 9 }\n")
    write("p/a_test.go", "package main\n\nimport \"testing\"\n\nfunc TestB(t *testing.T) {}\n")
    for d in ("p", "p/", "./p", os.path.abspath("p")):
        want(gol("run", d, "x"), 0, "7 [x]\n")
        want(gol("check", d), 0, "", "^$")
    want(gol(".", "y", cwd="p"), 0, "7 [y]\n")
    want(gol("run", "p/empty"), 1, "", "^no Go files in p/empty\n$")
    want(gol("check", "p/empty"), 1, "", "^no Go files in p/empty\n$")
    write("p/empty/w_windows.go", "package main\n")
    want(gol("run", "p/empty"), 1, "", "^no Go files in p/empty\n$")
    write("p/empty/i.go", "//go:build ignore\n\npackage main\n")
    want(gol("run", "p/empty"), 1, "", "^build constraints exclude all Go files in p/empty\n$")
    write("p/other.go", "package other\n")
    want(gol("run", "p"), 1, "", r"^p/other.go:1:9: found packages main \(a.go\) and other \(other.go\) in p\n$")
    write("p/other.go", "package main\n\nvar x int = b\n")
    want(gol("check", "p"), 1, "", "^p/other.go:3:13: cannot use b ")
    want(gol("check", "p/a.go", "p/b.go"), 0, "", "^$")
    want(gol("check", "p/a.go"), 1, "", "p/a.go:5:27: undefined: b")


@case
def dumps():
    write("d.gol", "package main\n\nfunc main() { println(1 + 2) }\n")
    r = gol("dump", "-tokens", "d.gol")
    want(r, 0, "1:1 package\n1:9 name main\n1:13 ; newline\n3:1 func\n3:6 name main\n3:10 (\n3:11 )\n3:13 {\n3:15 name println\n3:22 (\n3:23 int 1\n3:25 +\n"
               "3:27 int 2\n3:28 )\n3:30 }\n3:31 ; newline\n4:1 EOF\n", "^$")
    r = gol("dump", "-ast", "d.gol")
    want(r, 0, err="^$")
    assert r.out.startswith("(File package main\n") and "(BasicLit 3:23 1)" in r.out, repr(r)
    r = gol("dump", "-types", "d.gol")
    want(r, 0, err="^$")
    assert "{const int = 3}" in r.out, repr(r)
    r = gol("dump", "-code", "d.gol")
    want(r, 0, err="^$")
    assert r.out.splitlines()[:2] == ["func main.main  // params 0, results 0, frame 16, entry {}", "    0     3  LDI          r0, 3"], repr(r)
    assert "func runtime." not in r.out and not any(l.endswith(" ") for l in r.out.splitlines()), repr(r)
    everything = gol("dump", "-tokens", "-ast", "-types", "-code", "d.gol")
    want(everything, 0, "".join(gol("dump", s, "d.gol").out for s in ("-tokens", "-ast", "-types", "-code")))
    assert len(gol("dump", "-code", "-all", "d.gol").out) > len(r.out)
    script = "x := []string{}\nfor i, s := range x { fmt.Println(i, s) }\n"
    for what in ("-tokens", "-ast", "-types", "-code"):
        r = gol("dump", what, "-", stdin=script)
        want(r, 0, err="^$")
        assert r.out == gol("dump", what, "-e", script).out, what
        want(gol("dump", what, "-", stdin=""), 0, err="^$")
    generic = "func max2[T int | float64](a, b T) T { if a > b { return a }; return b }\nfmt.Println(max2(1, 2), max2(1.5, 2))\n"
    r = gol("dump", "-code", "-e", generic)
    assert r.out.count("func main.max2[...]  //") == 2 and "JLE_I64" in r.out and "JNLT_F64" in r.out, repr(r)
    want(gol("dump", "-types", "-e", generic), 0)
    # what has errors: the stages before them, then the errors
    r = gol("dump", "-tokens", "-ast", "-types", "-code", "-e", "println(y)")
    want(r, 1, gol("dump", "-tokens", "-ast", "-e", "println(y)").out, "^-e:1:9: undefined: y\n$")
    r = gol("dump", "-tokens", "-e", "x := 'ab")
    want(r, 1, err="rune literal not terminated")
    r = gol("dump", "-ast", "-types", "-e", "f(")
    want(r, 1, err="^-e:1:3: syntax error")


@case
def missing_file_directory_binary():
    want(gol("nothing.gol"), 1, "", "nothing.gol: no such file")
    os.mkdir("dir")
    want(gol("dir"), 1, "", "^no Go files in dir\n$")
    want(gol("dir/none/x.gol"), 1, "", "no such file or directory\n$")
    write("f", "")
    want(gol("f/x.gol"), 1, "", "^gol: open f/x.gol: not a directory\n$")
    want(gol(""), 1, "", "^gol: open : no such file or directory\n$")
    want(gol("/dev/full"), 1, "", "^gol: read /dev/full: file too large\n$")
    want(gol("/dev/null"), 0, "", "^$")
    os.symlink("loop", "loop")
    want(gol("loop"), 1, "", "too many levels of symbolic links")
    if os.geteuid() != 0:
        write("locked.gol", "")
        os.chmod("locked.gol", 0)
        want(gol("locked.gol"), 1, "", "permission denied")
    write("bin.gol", open(GOL, "rb").read()[:20000])
    want(gol("bin.gol"), 1, "", r"bin.gol:1:")
    write("empty.gol", "")
    want(gol("empty.gol"), 0, "", "^$")
    write("nomain.gol", "package main\n")
    want(gol("nomain.gol"), 1, "", "function main is undeclared in the main package")
    write("lib.gol", "package lib\n")
    want(gol("lib.gol"), 1, "", "not a main package")


@case
def invalid_text():
    write("u.gol", b"package main\nfunc main() { println(\"\xff\") }\n")
    want(gol("check", "u.gol"), 1, "", r"u.gol:2:\d+: invalid UTF-8 encoding")
    write("n.gol", b"package main\nfunc main() { \0 }\n")
    want(gol("check", "n.gol"), 1, "", r"n.gol:2:15: invalid NUL character")
    write("bom.gol", b'\xef\xbb\xbfprintln("bom")')
    want(gol("bom.gol"), 0, "", "^bom\n$")
    write("bom2.gol", b"x \xef\xbb\xbf := 1\n")
    want(gol("bom2.gol"), 1, "", "^bom2.gol:1:3: invalid BOM in the middle of the file\n")
    write("crlf.gol", b"package main\r\n\r\nfunc main() {\r\n\tprintln(`a\r\nb`, len(`a\r\nb`))\r\n\tx := 1\r\n}\r\n")
    want(gol("crlf.gol"), 1, "", "^crlf.gol:7:2: declared and not used: x\n$")
    write("crlf2.gol", b"println(`a\r\nb`, len(`a\r\nb`))\r\n")
    want(gol("crlf2.gol"), 0, "", "^a\nb 3\n$")
    write("last.gol", b"println(1) // no newline at the end")
    want(gol("last.gol"), 0, "", "^1\n$")
    write("long.gol", b'println(len("' + b"x" * 3000000 + b'"))')
    want(gol("long.gol"), 0, "", "^3000000\n$")
    write("name.gol", b"package main\nfunc main() { " + b"x" * 100000 + b" := 1 }\n")
    want(gol("name.gol"), 1, "", "^name.gol:2:15: declared and not used: x+\n$")


@case
def nesting():
    write("deep.gol", "package main\nvar x = " + "(" * 10000 + "1" + ")" * 10000 + "\nfunc main() { println(x) }\n")
    want(gol("deep.gol"), 0, "", "^1\n$")
    for open_, close in (("(", ")"), ("[]int{", "}"), ("func() {", "}()"), ("-", "")):
        write("deeper.gol", "package main\nvar x = " + open_ * 1000000 + "1" + close * 1000000 + "\nfunc main() {}\n")
        r = gol("check", "deeper.gol")
        assert r.status in (0, 1) and len(r.err) < 3000, repr(r)
    write("blocks.gol", "package main\nfunc main() " + "{" * 1000000 + "}" * 1000000 + "\n")
    assert gol("check", "blocks.gol").status in (0, 1)
    write("sum.gol", "package main\nfunc main() { x := 1\n println(x" + "+1" * 200000 + ") }\n")
    assert gol("sum.gol").status in (0, 1)


@case
def fifty_megabytes():
    if SLOW:
        return
    body = "".join(f"func f{i}(a, b int) int {{ return a*{i} + b }}\n" for i in range(1000000))
    write("big.gol", "package main\n" + body + "func main() { println(f999999(2, 1)) }\n")
    assert os.path.getsize("big.gol") > 45e6
    want(gol("big.gol", timeout=120, limit_kb=16000000), 0, "", "^1999999\n$")


@case
def imports():
    write("i.gol", 'package main\n\nimport "no/such"\n\nfunc main() { such.X() }\n')
    want(gol("i.gol"), 1, "", r'i.gol:3:8: package no/such is not in std')
    os.makedirs("m/a", exist_ok=True)
    os.makedirs("m/b", exist_ok=True)
    write("m/go.mod", "module example.org/m\n\ngo 1.26\n")
    write("m/main.go", 'package main\n\nimport "example.org/m/a"\n\nfunc main() { println(a.F()) }\n')
    write("m/a/a.go", 'package a\n\nimport "example.org/m/b"\n\nfunc F() int { return b.G() + 1 }\n')
    write("m/b/b.go", "package b\n\nfunc G() int { return 41 }\n")
    want(gol("m/main.go"), 0, "", "^42\n$")
    write("m/b/b.go", 'package b\n\nimport "example.org/m/a"\n\nfunc G() int { return a.F() }\n')
    want(gol("m/main.go"), 1, "", "import cycle not allowed")


@case
def endless_programs():
    write("rec.gol", "package main\nfunc f(n int) int { return f(n+1) + 1 }\nfunc main() { println(f(0)) }\n")
    want(gol("rec.gol", limit_kb=0, timeout=120), 2, "", "goroutine stack exceeds 1000000000-byte limit(.|\n)*stack overflow")
    write("alloc.gol", "package main\nvar s [][]int\nfunc main() { for { s = append(s, make([]int, 1000)) } }\n")
    want(gol("run", "-maxheap", "100M", "alloc.gol"), 2, "", "out of memory")
    want(gol("alloc.gol", limit_kb=1000000), 2, "", "out of memory")
    write("map.gol", "package main\nfunc main() { m := map[int]int{}; for i := 0; ; i++ { m[i] = i } }\n")
    want(gol("run", "-maxheap", "100M", "map.gol"), 2, "", "out of memory")
    write("str.gol", 'package main\nfunc main() { s := "x"; for { s += s } }\n')
    want(gol("run", "-maxheap", "100M", "str.gol"), 2, "", "out of memory")
    write("gor.gol", "package main\nfunc main() { for { go func() { select {} }() } }\n")
    want(gol("run", "-maxheap", "100M", "gor.gol"), 2, "", "out of memory|goroutines")
    write("huge.gol", "package main\nfunc main() { n := 1 << 40; s := make([]byte, n); println(len(s)) }\n")
    want(gol("huge.gol"), 2, "", "out of memory|len out of range")


@case
def interrupt_is_a_death_by_signal():
    write("loop.gol", 'package main\nimport "fmt"\nfunc main() { fmt.Println("up"); for {} }\n')
    p = subprocess.Popen([GOL, "loop.gol"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert p.stdout.readline() == b"up\n"
    p.send_signal(signal.SIGINT)
    p.wait(10)
    assert p.returncode == -signal.SIGINT, p.returncode
    write("sleep.gol", 'package main\nimport ("fmt"; "time")\nfunc main() { fmt.Println("up"); time.Sleep(time.Hour) }\n')
    p = subprocess.Popen([GOL, "sleep.gol"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert p.stdout.readline() == b"up\n"
    time.sleep(0.3)  # until it sleeps
    p.send_signal(signal.SIGQUIT)
    err = p.communicate(timeout=10)[1].decode()
    assert p.returncode == 2 and "SIGQUIT" in err and "goroutine 1 [sleep]" in err, (p.returncode, err)


@case
def signals_do_what_they_do_to_a_go_program():
    write("wait.gol", 'fmt.Println("up")\ntime.Sleep(time.Hour)\n')
    for name, ends in {"INT": True, "TERM": True, "HUP": True, "USR1": False, "USR2": False, "ALRM": False, "PIPE": False, "WINCH": False, "CHLD": False,
                       "XCPU": False}.items():
        sig = getattr(signal, "SIG" + name)
        p = subprocess.Popen([GOL, "wait.gol"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert p.stdout.readline() == b"up\n"
        p.send_signal(sig)
        if ends:
            assert p.wait(10) == -sig, name
        else:
            time.sleep(0.05)
            assert p.poll() is None, name
            p.kill()
            p.wait()
        p.stdout.close()
        p.stderr.close()
    # what was ignored when it started stays so, for nohup's sake
    p = subprocess.Popen(["bash", "-c", f"trap '' HUP; exec {GOL} wait.gol"], stdout=subprocess.PIPE)
    assert p.stdout.readline() == b"up\n"
    p.send_signal(signal.SIGHUP)
    time.sleep(0.05)
    assert p.poll() is None
    p.terminate()
    assert p.wait(10) == -signal.SIGTERM
    p.stdout.close()


@case
def pipes():
    write("broken.gol", 'r, w, _ := os.Pipe()\nr.Close()\n_, err := w.Write([]byte("x"))\nfmt.Println(err)\n')
    want(gol("broken.gol"), 0, "write |1: broken pipe\n")  # kills only on standard output
    write("yes.gol", 'package main\nimport "fmt"\nfunc main() { for i := 0; i < 1000000; i++ { fmt.Println("y") } }\n')
    p = subprocess.run(["bash", "-c", f'{GOL} yes.gol | head -n 2; echo ${{PIPESTATUS[0]}}'], capture_output=True, text=True, timeout=60)
    assert p.stdout == "y\ny\n141\n", repr(p)  # death by SIGPIPE, as Go
    write("cat.gol", 'package main\nimport ("io"; "os")\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n')
    data = os.urandom(3000000)
    p = subprocess.run([GOL, "cat.gol"], input=data, capture_output=True, timeout=60)
    assert p.returncode == 0 and p.stdout == data


@case
def closed_and_full_descriptors():
    def sh(text):
        return subprocess.run(["bash", "-c", text.replace("GOL", GOL)], capture_output=True, text=True, timeout=60)
    # a closed standard descriptor is the null device, as in Go; a file the program opens never becomes standard output
    p = sh("""GOL -e 'n, err := fmt.Println(1); println(n, err == nil)' >&-""")
    assert p.returncode == 0 and p.stderr == "2 true\n", repr(p)
    p = sh("""GOL -e 'b := make([]byte, 1); _, err := os.Stdin.Read(b); fmt.Println(err)' <&-""")
    assert p.returncode == 0 and p.stdout == "EOF\n", repr(p)
    p = sh("""GOL -e 'f, _ := os.Create("f.txt"); fmt.Fprint(f, "f"); fmt.Print("out"); println("err"); f.Close(); b, _ := os.ReadFile("f.txt"); os.Exit(len(b))' >&- 2>&- <&-""")
    assert p.returncode == 1, repr(p)
    p = sh("GOL run - <&-")
    assert p.returncode == 0 and p.stdout + p.stderr == "", repr(p)
    p = sh("GOL run - < .")
    assert p.returncode == 1 and p.stderr == "gol: read -: is a directory\n", repr(p)
    p = sh("""GOL -e 'n, err := fmt.Println(1); println(n, err.Error())' > /dev/full""")
    assert p.returncode == 0 and p.stderr == "0 write /dev/stdout: no space left on device\n", repr(p)
    for words in ("help", "version", "help debug", "dump -code -e 'println(1)'"):
        p = sh(f"GOL {words} > /dev/full")
        assert p.returncode == 1 and p.stderr == "gol: write standard output: No space left on device\n", repr(p)
    write("many.gol", "println(1)\n" * 50000)
    p = sh("GOL dump -ast many.gol | head -n 1; echo ${PIPESTATUS[0]}")
    assert p.stdout.endswith("\n141\n"), repr(p)


@case
def timeout_flag():
    start = time.time()
    want(gol("run", "-timeout", "300ms", "-e", "select {}; println()"), 2, "", "deadlock")
    want(gol("run", "-timeout", "300ms", "-e", "for {}"), 124)
    want(gol("run", "-timeout", "300ms", "-e", "time.Sleep(time.Hour)"), 124)
    assert time.time() - start < 20


@case
def million_goroutines():
    if SLOW:
        return
    write("million.gol", 'package main\nimport "fmt"\nfunc main() {\n c, d := make(chan bool), make(chan int)\n for i := 0; i < 1000000; i++ { go func() { <-c; d <- 1 }() }\n'
          ' close(c)\n n := 0\n for i := 0; i < 1000000; i++ { n += <-d }\n fmt.Println(n) }\n')
    want(gol("million.gol", timeout=120), 0, "1000000\n")


TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def checkout():
    """A tree with the script gol in it, and a PATH whose meson and ninja only pretend: what they build says the commit and its arguments."""
    os.makedirs("tree/tests")
    os.makedirs("tree/.git/refs/heads")
    os.makedirs("bin")
    shutil.copy(os.path.join(TOP, "gol"), "tree/gol")
    write("tree/tests/setup", "#!/bin/sh\nexit 0\n")
    write("tree/.git/HEAD", "ref: refs/heads/main\n")
    write("tree/.git/refs/heads/main", "1111\n")
    write("bin/meson", '#!/bin/sh\nfor d; do case $d in */build) mkdir -p "$d/cmd"; : > "$d/build.ninja";; esac; done\n')
    write("bin/ninja", '#!/bin/sh\n[ -z "$BROKEN" ] || { echo "x.c:1: error: broken"; exit 1; }\nsleep 0.3\necho built >> "$2/count"\n'
          'printf \'#!/bin/sh\\necho "gol:" "$@"\\nexit 7\\n\' > "$2/cmd/gol.new"\nchmod +x "$2/cmd/gol.new"; mv "$2/cmd/gol.new" "$2/cmd/gol"\n')
    for f in ("tree/gol", "tree/tests/setup", "bin/meson", "bin/ninja"):
        os.chmod(f, 0o755)
    return dict(os.environ, PATH=os.path.abspath("bin") + ":" + os.environ["PATH"])


def builds():
    with open("tree/build/count") as f:
        return len(f.readlines())


def script(env, *args, path="tree/gol", cwd=None):
    p = subprocess.run([path, *args], env=env, capture_output=True, text=True, timeout=60, cwd=cwd)
    return Result(p.returncode, p.stdout, p.stderr)


@case
def the_script_builds_once_per_commit():
    env = checkout()
    want(script(env, "a", "b c"), 7, "gol: a b c\n", "^gol: building, once for this version")
    want(script(env, "x"), 7, "gol: x\n", "^$")
    os.symlink("../tree/gol", "bin/mygol")
    want(script(env, "y", path="bin/mygol"), 7, "gol: y\n", "^$")
    want(script(env, "y", path="mygol", cwd="/"), 7, "gol: y\n", "^$")
    assert builds() == 1
    write("tree/.git/refs/heads/main", "2222\n")
    want(script(env), 7, "gol:\n", "building")
    os.remove("tree/.git/refs/heads/main")
    write("tree/.git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n2222 refs/heads/main\n9999 refs/heads/other\n")
    want(script(env), 7, "gol:\n", "^$")
    write("tree/.git/packed-refs", "3333 refs/heads/main\n")
    want(script(env), 7, "gol:\n", "building")
    assert builds() == 3
    write("tree/.git/HEAD", "4444\n")  # a commit that is checked out by itself
    want(script(dict(env, BROKEN="1")), 1, "", r"x.c:1: error: broken\ngol: the build failed; all of its output is in tree/build/build.log\n$")
    want(script(env), 7, "gol:\n", "building")
    want(script(dict(env, GOL_BUILD="force")), 7, "gol:\n", "building")
    assert builds() == 5
    os.rename("tree/.git", "repository")  # as a linked worktree has it
    os.makedirs("repository/worktrees/w")
    write("tree/.git", "gitdir: " + os.path.abspath("repository/worktrees/w") + "\n")
    write("repository/worktrees/w/HEAD", "ref: refs/heads/w\n")
    write("repository/worktrees/w/commondir", "../..\n")
    write("repository/refs/heads/w", "4444\n")
    want(script(env), 7, "gol:\n", "^$")
    write("repository/refs/heads/w", "5555\n")
    want(script(env), 7, "gol:\n", "building")
    os.remove("tree/.git")  # no repository at all: an unpacked archive
    want(script(env), 7, "gol:\n", "building")
    want(script(env), 7, "gol:\n", "^$")


@case
def scripts_started_together_build_once():
    env = checkout()
    ps = [subprocess.Popen(["tree/gol", str(i)], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for i in range(5)]
    out = [p.communicate(timeout=60) for p in ps]
    assert [o for o, _ in out] == [f"gol: {i}\n" for i in range(5)] and [p.returncode for p in ps] == [7] * 5, out
    assert builds() == 1 and sum("building" in e for _, e in out) == 1, out


@case
def a_tree_that_can_not_be_written():
    env = checkout()
    write("tree/build", "")  # no folder can be made there, whoever we are
    want(script(env, "x"), 1, "", "^gol: tree has no build of this version, and none can be made: it is not writable\n$")


def main():
    passed = failed = 0
    for f in CASES:
        if not re.search(FILTER, f.__name__):
            continue
        with tempfile.TemporaryDirectory() as tmp:
            os.chdir(tmp)
            try:
                f()
                passed += 1
            except (AssertionError, subprocess.TimeoutExpired, OSError) as e:
                failed += 1
                print(f"FAIL {f.__name__}: {str(e)[:1500]}", flush=True)
            os.chdir("/")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())

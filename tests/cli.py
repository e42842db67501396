#!/usr/bin/env python3
"""cli.py GOL [-filter RE]: the command line as people use it, and bad input. Ends with 'N passed, N failed'."""
import os, re, signal, subprocess, sys, tempfile, time

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
    want(gol("version"), 0)
    r = gol("help")
    want(r, 0)
    assert "gol check" in r.out and "-maxheap" in r.out
    want(gol("help", "debug"), 0)
    want(gol(), 2, "", "gol FILE")
    want(gol("-nosuch", "x.gol"), 2, "", "unknown flag")
    want(gol("run"), 2, "", "no file")


@case
def dumps():
    write("d.gol", 'package main\n\nfunc main() { println(1 + 2) }\n')
    for what in ("-tokens", "-ast", "-types", "-code"):
        r = gol("dump", what, "d.gol")
        want(r, 0)
        assert r.out, what


@case
def missing_file_directory_binary():
    want(gol("nothing.gol"), 1, "", "nothing.gol: no such file")
    os.mkdir("dir")
    want(gol("dir"), 1, "", "dir")
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
    p.send_signal(signal.SIGQUIT)
    err = p.communicate(timeout=10)[1].decode()
    assert p.returncode == 2 and "SIGQUIT" in err and "goroutine 1 [sleep]" in err, (p.returncode, err)


@case
def pipes():
    write("yes.gol", 'package main\nimport "fmt"\nfunc main() { for i := 0; i < 1000000; i++ { fmt.Println("y") } }\n')
    p = subprocess.run(["bash", "-c", f'{GOL} yes.gol | head -n 2; echo ${{PIPESTATUS[0]}}'], capture_output=True, text=True, timeout=60)
    assert p.stdout == "y\ny\n141\n", repr(p)  # death by SIGPIPE, as Go
    write("cat.gol", 'package main\nimport ("io"; "os")\nfunc main() { io.Copy(os.Stdout, os.Stdin) }\n')
    data = os.urandom(3000000)
    p = subprocess.run([GOL, "cat.gol"], input=data, capture_output=True, timeout=60)
    assert p.returncode == 0 and p.stdout == data
    p = subprocess.run(["bash", "-c", f"{GOL} -e 'fmt.Println(1)' >&-"], capture_output=True, timeout=60)
    assert p.returncode in (0, 1, 2), p.returncode
    p = subprocess.run(["bash", "-c", f"{GOL} -e 'b := make([]byte, 1); _, err := os.Stdin.Read(b); fmt.Println(err)' <&-"], capture_output=True, text=True)
    assert p.returncode == 0 and "bad file descriptor" in p.stdout, repr(p)


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

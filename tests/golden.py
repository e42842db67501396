#!/usr/bin/env python3
"""golden.py: runs gol programs and compares what they do with what they say they do.

  golden.py [-gol PATH] [-jobs N] [-repeat N] [-env K=V]... [-filter RE] [-exclude RE] [-only run|errors] [-tag TEXT] FILE-OR-FOLDER...

A program (.gol) carries its expectation in its last comment lines:

    // Output:          standard output, line by line (trailing blanks are not compared)
    // Stderr:          lines of which each must occur in standard error, in this order
    // exit: N          exit status, 0 when not given (1 when // ERROR comments are there)
    // skip: reason     known failure; when it passes after all, that is a failure of its own
    // args: a b        arguments;  // stdin: FILE beside it  (NAME.in beside NAME.gol is taken by itself)
    // flags: -seed 1   flags of gol run
    // env: K=V ...     environment
    // CODE main.f:     instructions that the disassembly of main.f holds in this order, on the lines below with three blanks behind the slashes; blanks
                        don't count, what is left out at the end (operands, stack map) is free, and a line '! NAME' tells what must not occur in it
    // CODE main.f exactly:   the same, but these are all instructions, with operands and stack maps
    // ERROR "regexp"   at the end of a source line: gol check reports an error there that matches (several: "a" "b")

NAME.out beside NAME.gol holds long output. A file without any of these must exit with 0. What looks like a directive but is none is a failure.
Ends with 'N passed, N failed'.
"""
import argparse, concurrent.futures, os, re, shlex, subprocess, sys, time

ERROR = re.compile(r'//\s*ERROR\s+((?:"(?:[^"\\]|\\.)*"\s*|`[^`]*`\s*)+)$')
NEARLY = re.compile(r"\s*//\s*(outputs?|stderr|exit|skip|args|stdin|flags|env|code|serial)\b[^:]{0,20}:|\s*//\s*errors?\s*[\"`]", re.I)
PART = re.compile(r'"((?:[^"\\]|\\.)*)"|`([^`]*)`')


def expectation(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        lines = f.read().split("\n")
    e = dict(output=None, stderr=None, exit=None, skip=None, args=[], stdin=None, errors={}, flags=[], env=[], code=[], unknown=[])
    into = None
    for n, line in enumerate(lines, 1):
        m = ERROR.search(line)
        if m and not line.lstrip().startswith("// Output"):
            e["errors"][n] = [a.replace('\\"', '"') or b for a, b in PART.findall(m.group(1))]
        s = line.strip()
        if into is not None:
            if s.startswith("//"):
                t = line.strip()[2:]
                t = t[1:] if t.startswith(" ") else t
                if re.match(r"(exit|skip|args|stdin|flags|env): |(Output|Stderr):$|CODE ", t) or (into in (c[2] for c in e["code"]) and not t.startswith("  ")):
                    into = None
                else:
                    into.append(t)
                    continue
            else:
                into = None
        m = re.match(r"// (exit|skip|args|stdin|flags|env): (.*)", s)
        if m:
            key, value = m.groups()
            e[key] = int(value) if key == "exit" else shlex.split(value) if key in ("args", "flags", "env") else value
        elif s == "// Output:":
            into = e["output"] = []
        elif s == "// Stderr:":
            into = e["stderr"] = []
        elif re.match(r"// CODE (\S+)( exactly)?:$", s):
            m = re.match(r"// CODE (\S+)( exactly)?:$", s)
            into = []
            e["code"].append((m.group(1), m.group(2) is not None, into))
        elif NEARLY.match(s) and not ERROR.search(line):
            e["unknown"].append(f"line {n}: is this meant to be a directive? {s}")
    base = os.path.splitext(path)[0]
    if e["output"] is None and os.path.exists(base + ".out"):
        with open(base + ".out", encoding="utf-8", errors="surrogateescape") as f:
            e["output"] = f.read().split("\n")
    if e["stdin"]:
        e["stdin"] = os.path.join(os.path.dirname(path), e["stdin"])
    elif os.path.exists(base + ".in"):
        e["stdin"] = base + ".in"
    return e


def tidy(lines):
    lines = [l.rstrip() for l in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def disassembly(gol, path):
    """-> {function: [instruction]}, blanks made single, without word indexes and source lines; functions of one name are put together"""
    p = subprocess.run([gol, "dump", "-code", "-all", path], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    functions, name = {}, None
    for line in p.stdout.decode("utf-8", "surrogateescape").split("\n"):
        m = re.match(r"func (\S+)  //", line)
        if m:
            name = m.group(1)
        elif line:
            functions.setdefault(name, []).append(" ".join(line[13:].split()))
    return functions


def check_code(want, have):
    """-> what is wrong with the instructions of a function"""
    name, exactly, lines = want
    lines = [" ".join(l.split()) for l in lines if l.strip()]
    if have is None:
        return f"CODE: there is no function {name}"
    if exactly:
        return None if lines == have else f"CODE {name} is\n    " + "\n    ".join(have)
    at = 0
    for l in lines:
        if l.startswith("! "):
            if any(h == l[2:] or h.startswith(l[2:] + " ") for h in have):
                return f"CODE {name} has {l[2:]}; it is\n    " + "\n    ".join(have)
            continue
        while at < len(have) and not (have[at] == l or have[at].startswith(l) and have[at][len(l)] in " ,"):
            at += 1
        if at == len(have):
            return f"CODE {name} lacks {l}; it is\n    " + "\n    ".join(have)
        at += 1
    return None


def run(opt, path):
    """-> (verdict 'pass'|'fail'|'skip', text)"""
    e = expectation(path)
    env = dict(os.environ)
    for kv in opt.env + e["env"]:
        k, _, v = kv.partition("=")
        env[k] = v
    if e["errors"]:
        cmd = [opt.gol, "check", path]
    else:
        cmd = [opt.gol, "run"] + opt.flag + e["flags"] + [path] + e["args"]
    want_exit = e["exit"] if e["exit"] is not None else 1 if e["errors"] else 0
    stdin = open(e["stdin"], "rb") if e["stdin"] else subprocess.DEVNULL
    try:
        p = subprocess.run(cmd, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=opt.timeout)
        out, err, status = p.stdout, p.stderr, p.returncode
    except subprocess.TimeoutExpired as t:
        return ("skip" if e["skip"] else "fail"), f"no end after {opt.timeout} s; stderr: {(t.stderr or b'')[-400:].decode(errors='replace')}"
    finally:
        if e["stdin"]:
            stdin.close()
    out = out.decode("utf-8", "surrogateescape")
    err = err.decode("utf-8", "surrogateescape")
    wrong = list(e["unknown"])
    if re.search(r"internal error|Sanitizer|: runtime error: .*\n\s+#0", err):
        wrong.append(f"a defect of ours: {err[-3000:]}")
    if e["code"]:
        functions = disassembly(opt.gol, path)
        wrong += [w for w in (check_code(c, functions.get(c[0])) for c in e["code"]) if w]
    if status != want_exit:
        wrong.append(f"exit status {status}, want {want_exit}; stderr: {err[-1200:]}")
    if e["output"] is not None:
        got, want = tidy(out.split("\n")), tidy(e["output"])
        if got != want:
            for i in range(max(len(got), len(want))):
                g = got[i] if i < len(got) else "<end>"
                w = want[i] if i < len(want) else "<end>"
                if g != w:
                    wrong.append(f"output line {i + 1}:\n    got  {g[:300]}\n    want {w[:300]}")
                    break
    if e["stderr"] is not None:
        at = 0
        for w in tidy(e["stderr"]):
            at = err.find(w, at)
            if at < 0:
                wrong.append(f"standard error lacks {w!r}; it is: {err[-1200:]}")
                break
            at += len(w)
    if e["errors"]:
        reported = {}
        for line in err.split("\n"):
            m = re.match(r".*?:(\d+):\d+: (.*)", line)
            if m and not line.startswith("\t"):  # notes belong to the error above them
                reported.setdefault(int(m.group(1)), []).append(m.group(2))
        for n, patterns in e["errors"].items():
            for pat in patterns:
                if not any(re.search(pat, t) for t in reported.get(n, [])):
                    wrong.append(f"line {n}: no error matches {pat!r}; there: {reported.get(n)}")
        for n in reported:
            if n not in e["errors"]:
                wrong.append(f"line {n}: unexpected error {reported[n]}")
    if e["skip"]:
        return ("fail", f"is skipped ({e['skip']}) but passes: take the skip away") if not wrong else ("skip", e["skip"])
    return ("fail", "\n  ".join(wrong)) if wrong else ("pass", "")


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("-gol", default="build/cmd/gol")
    ap.add_argument("-jobs", type=int, default=2)
    ap.add_argument("-repeat", type=int, default=1)
    ap.add_argument("-env", action="append", default=[])
    ap.add_argument("-flag", action="append", default=[], help="a flag of gol run; -flag=-x")
    ap.add_argument("-filter", default="")
    ap.add_argument("-exclude", default="^$")
    ap.add_argument("-only", choices=["run", "errors"])
    ap.add_argument("-timeout", type=float, default=60)
    ap.add_argument("-tag", default="")
    ap.add_argument("-list", action="store_true", help="print the names of what fails, nothing else")
    ap.add_argument("paths", nargs="+")
    opt = ap.parse_args()
    files = []
    for p in opt.paths:
        if os.path.isdir(p):
            for folder, _, names in sorted(os.walk(p)):
                files += [os.path.join(folder, n) for n in sorted(names) if n.endswith(".gol")]
        else:
            files.append(p)
    files = [f for f in files if re.search(opt.filter, f) and not re.search(opt.exclude, f)]
    if not files:
        print("golden: no program there\n0 passed, 1 failed")
        return 1
    if opt.only:
        files = [f for f in files if bool(expectation(f)["errors"]) == (opt.only == "errors")]
    passed = failed = skipped = 0
    start = time.time()
    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        jobs = [(f, pool.submit(run, opt, f)) for f in files for _ in range(opt.repeat)]
        for f, job in jobs:
            verdict, text = job.result()
            if verdict == "pass":
                passed += 1
            elif verdict == "skip":
                skipped += 1
            else:
                failed += 1
                print(f if opt.list else f"FAIL {f}{' [' + opt.tag + ']' if opt.tag else ''}\n  {text}", flush=True)
    if not opt.list:
        label = f" ({opt.tag})" if opt.tag else ""
        print(f"golden{label}: {time.time() - start:.1f} s, {skipped} skipped")
        print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())

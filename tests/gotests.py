#!/usr/bin/env python3
"""gotests.py: runs the '// run' programs of an installed Go's own test folder with gol and judges them by exit status and output.

  gotests.py [-gol PATH] [-jobs N] [-filter RE] [-timeout S] [-fails] [-update] [FOLDER...]

The programs are read where Go is installed ($(go env GOROOT)/test); nothing of them is kept here. A program is right when it exits with 0,
prints what the .out file beside it says (nothing, when there is none), and main really ran to its end (gol says so on standard
error under GOLDEBUG=mainend=1), or it called os.Exit(0) itself.
tests/gotests.fail lists the programs that are not right yet, 'path: reason' a line. One that fails and is not listed is a failure; so is one
that is listed but right, unless its reason starts with 'by chance:'. -update writes the list anew, keeping the reasons that people wrote. Ends with 'N passed, N failed'.
"""
import argparse, collections, concurrent.futures, os, re, subprocess, sys, tempfile, time

LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gotests.fail")
FOLDERS = {"ken": None, "chan": None, ".": 110, "fixedbugs": 400, "typeparam": 60}  # least number that has to pass; None: all
AUTOMATIC = re.compile(r"exit -?\d+: |other output than|output where none|main did not|no end after")
MARKS = (b"gol: main.main returned\n", b"gol: os.Exit called\n")


def goroot():
    try:
        return subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def programs(root):
    for folder in FOLDERS:
        base = os.path.join(root, "test", folder)
        for name in sorted(os.listdir(base)) if os.path.isdir(base) else []:
            path = os.path.join(base, name)
            if not name.endswith(".go") or not os.path.isfile(path):
                continue
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
            for line in text.split("\n"):
                if line.startswith("//go:build") or not line.strip():
                    continue
                if re.match(r"// run( |$)", line):
                    yield os.path.normpath(os.path.join(folder, name)), folder, path, line[len("// run"):].split(), text
                break


def reason_of(err, status):
    lines = [l for l in err.decode("utf-8", "replace").split("\n") if l.strip()]
    for l in lines:
        if re.search(r"internal error|AddressSanitizer|runtime error: .*\.[ch]:", l):
            return l.strip()[:160]
    for l in lines:
        m = re.match(r"[^:]*:\d+:\d+: (.*)", l)
        if m:
            return m.group(1)[:160]
    for l in lines:
        if l.startswith(("panic:", "fatal error:", "gol:")):
            return l.strip()[:160]
    return (lines[0].strip()[:160] if lines else f"exit status {status}")


def run(opt, item):
    name, folder, path, args, text = item
    env = dict(os.environ)
    env["GOLDEBUG"] = ",".join(x for x in (env.get("GOLDEBUG"), "mainend=1") if x)
    with tempfile.TemporaryDirectory() as tmp:
        try:
            p = subprocess.run(["bash", "-c", 'ulimit -v 8000000; exec "$@"', "sh", opt.gol, "run", path] + args, cwd=os.path.dirname(path),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, timeout=opt.timeout)
        except subprocess.TimeoutExpired:
            return name, folder, f"no end after {opt.timeout:.0f} s"
    want = b""
    out = os.path.splitext(path)[0] + ".out"
    if os.path.exists(out):
        with open(out, "rb") as f:
            want = f.read()
    ended = any(m in p.stdout for m in MARKS)
    got = p.stdout
    for m in MARKS:
        got = got.replace(m, b"")
    if p.returncode != 0:
        return name, folder, f"exit {p.returncode}: " + reason_of(got, p.returncode)
    if not ended:
        return name, folder, "main did not run to its end"
    if got != want:  # standard output and standard error together, as Go's runner has it
        return name, folder, "other output than expected" if want else "output where none is expected"
    return name, folder, ""


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("-gol", default="build/cmd/gol")
    ap.add_argument("-jobs", type=int, default=2)
    ap.add_argument("-filter", default="")
    ap.add_argument("-timeout", type=float, default=60)
    ap.add_argument("-fails", action="store_true", help="print every program that is not right, with why")
    ap.add_argument("-update", action="store_true")
    ap.add_argument("folders", nargs="*")
    opt = ap.parse_args()
    opt.gol = os.path.abspath(opt.gol)
    root = goroot()
    if not root or not os.path.isdir(os.path.join(root, "test")):
        print("Go's own tests: skipped, there is no installed Go with its test folder")
        print("0 passed, 0 failed")
        return 0
    known = collections.OrderedDict()
    if os.path.exists(LIST):
        with open(LIST) as f:
            for line in f:
                if line.strip() and not line.startswith("#"):
                    name, _, reason = line.rstrip("\n").partition(": ")
                    known[name] = reason
    items = [i for i in programs(root) if re.search(opt.filter, i[0]) and (not opt.folders or i[1] in opt.folders)]
    start = time.time()
    results = {}
    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        for name, folder, why in pool.map(lambda i: run(opt, i), items):
            results[name] = (folder, why)
    right = collections.Counter(f for f, w in results.values() if not w)
    total = collections.Counter(f for f, _ in results.values())
    failed = 0
    for name, (folder, why) in results.items():
        if opt.fails and why:
            print(f"{name}: {why}")
        if opt.update:
            continue
        if why and name not in known:
            failed += 1
            if not opt.fails:
                print(f"FAIL {name}: {why}")
        elif not why and name in known and not known[name].startswith("by chance:"):
            failed += 1
            print(f"FAIL {name}: is in tests/gotests.fail ({known[name]}) but right: take it out")
    whole = not opt.filter and not opt.folders
    for f, least in FOLDERS.items():
        if total[f]:
            want = total[f] if least is None else least
            enough = "" if right[f] >= want or not whole else "  TOO FEW"
            print(f"{f:10} {right[f]:4} of {total[f]:4} right, at least {want} wanted{enough}")
    if opt.update:
        keep = {n: r for n, r in known.items() if n not in results}
        for name, (folder, why) in results.items():
            if why or known.get(name, "").startswith("by chance:"):
                reason = known.get(name, "")
                keep[name] = why if not reason or why and AUTOMATIC.match(reason) else reason
        with open(LIST, "w") as f:
            f.write("# Programs of Go's own tests that are not right yet, each with its reason. Written by tests/gotests.py -update.\n")
            for name in sorted(keep):
                f.write(f"{name}: {keep[name]}\n")
    print(f"Go's own tests: {time.time() - start:.1f} s")
    print(f"{sum(right.values())} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/env python3
"""large.py GOL [-filter RE] [-small] [-env "K=V;..."] [-limit KB] [-keep DIR]: programs beyond one word's reach, and deep ones.

Each case writes a program whose output it knows. What an operand of 16 bits can't name has a long form: each has a case here (frames, windows,
parameters, results, temporaries, channel and map elements, select cases, constants, jumps). -small makes them just large enough for that, for builds and
knobs that are slow. Ends with 'N passed, N failed'."""
import os, re, subprocess, sys, tempfile, time

ARGS = sys.argv[1:]
GOL = os.path.abspath(ARGS[0])


def option(name, default=None):
    return ARGS[ARGS.index(name) + 1] if name in ARGS else default


FILTER, KEEP, SMALL = option("-filter", ""), option("-keep"), "-small" in ARGS
ENV = dict(kv.split("=", 1) for kv in option("-env", "").split(";") if kv)
LIMIT_KB = option("-limit", "3000000")
CASES = []


def case(f):
    CASES.append(f)
    return f


def size(full, small):
    return small if SMALL else full


def prog(body, top="", imports=("fmt",)):
    imp = "".join(f'import "{i}"\n' for i in imports)
    return f"package main\n\n{imp}\n{top}\nfunc main() {{\n{body}\n}}\n"


def lines(fmt, n, start=0):
    return "\n".join(fmt.format(i=i, j=i - 1, k=i + 1, n=n) for i in range(start, n))


# ---- variables alive at once ----

@case
def local_ints():
    n = size(12000, 9000)
    body = "\tone := 1\n\tfmt.Sscan(\"1\", &one)\n" + lines("\tv{i} := {i} * one", n) + "\n\tsum := 0\n" + lines("\tv{i}++\n\tsum += v{i}", n) + "\n\tfmt.Println(sum)"
    return prog(body), f"{sum(range(n)) + n}\n"


@case
def local_strings():
    n = size(10000, 4500)
    body = lines("\ts{i} := mk({i})", n) + "\n\tsum := 0\n" + lines("\tsum += len(s{i})\n\ts{i} += \"x\"", n) + f"\n\tfmt.Println(sum, s{n - 1}, s7)"
    return prog(body, "//go:noinline\nfunc mk(i int) string { return fmt.Sprint(i) }"), f"{sum(len(str(i)) for i in range(n))} {n - 1}x 7x\n"


@case
def local_structs():
    n = size(9000, 2500)
    top = "type T struct {\n\ta int\n\ts string\n\tp *int\n\tb [3]int8\n}\n\n//go:noinline\nfunc mk(i int) T { x := i; return T{i, \"s\", &x, [3]int8{1, 2, int8(i)}} }"
    body = lines("\tt{i} := mk({i})", n) + "\n\tsum := 0\n" + lines("\tsum += t{i}.a + *t{i}.p + int(t{i}.b[1]) + len(t{i}.s)\n\tt{i}.a = 0", n) + "\n\tfmt.Println(sum)"
    return prog(body, top), f"{sum(2 * i + 3 for i in range(n))}\n"


@case
def variables_of_all_kinds():
    n = size(3000, 1300)
    body = "\tvar err error\n" + lines("""\tvar a{i} int8 = int8({i} % 100); b{i} := uint16({i}); c{i} := float32({i}); d{i} := any({i}); e{i} := []int{{{i}}}; g{i} := complex(float64({i}), 1)
\tvar h{i} [5]int; h{i}[2] = {i}; k{i} := map[int]int{{ {i}: 1 }}; l{i} := func() int {{ return {i} }}; var m{i} error = err
\tvar z{i} struct{{}}; o{i} := &e{i}""", n) + "\n\tsum := 0\n" + lines(
        "\tsum += int(a{i}) + int(b{i}) + int(c{i}) + d{i}.(int) + e{i}[0] + int(real(g{i})) + h{i}[2] + k{i}[{i}] + l{i}() + (*o{i})[0]\n\tif m{i} != nil || z{i} != struct{{}}{{}} {{ panic(1) }}", n) + "\n\tfmt.Println(sum)"
    want = sum(i % 100 + 8 * i + 1 for i in range(n))
    return prog(body), f"{want}\n"


@case
def variables_in_loops():
    n = size(9000, 8300)
    body = "\tsum := 0\n\tfor i := 0; i < 3; i++ {\n" + lines("\t\tvar v{i} int\n\t\tif v{i} != 0 {{ panic({i}) }}", n) + "\n" + lines("\t\tv{i} = i + {i}", n) + "\n" + lines("\t\tsum += v{i}", n) + "\n\t}\n\tfmt.Println(sum)"
    return prog(body), f"{sum(3 * i + 3 for i in range(n))}\n"


@case
def loop_variables_per_iteration():
    n = size(3000, 2900)
    # captured and changed: a variable of its own per iteration, also of those the frame does not hold
    body = lines("\ts{i} := mk({i})", n) + "\n\tvar fs []func() int\n\tfor i, t := 0, mk(0); i < 4; i++ {\n\t\tt += mk(i)\n\t\ti += 0\n\t\tfs = append(fs, func() int { i += 10; t += \"y\"; return i + len(t) })\n\t}\n" + \
        "\tfor _, f := range fs { fmt.Print(f(), \" \", f(), \" \") }\n\tsum := 0\n" + lines("\tsum += len(s{i})", n) + "\n\tfmt.Println(sum)"
    out = ""
    for i in range(4):
        t = 1 + i + 1
        out += f"{i + 10 + t + 1} {i + 20 + t + 2} "
    return prog(body, "//go:noinline\nfunc mk(i int) string { return fmt.Sprint(i) }"), out + f"{sum(len(str(i)) for i in range(n))}\n"


@case
def variables_in_closures():
    n = size(9000, 8400)
    body = lines("\tv{i} := {i}", n) + "\n\tf := func() int {\n\t\tsum := 0\n" + lines("\t\tsum += v{i}", n) + "\n\t\treturn sum\n\t}\n\tg := func(k int) {\n" + lines("\t\tv{i} += k", n) + \
        "\n\t}\n\tfmt.Println(f())\n\tg(2)\n\tfmt.Println(f())"
    return prog(body), f"{sum(range(n))}\n{sum(range(n)) + 2 * n}\n"


@case
def captured_values():
    n = size(9000, 8400)
    body = lines("\tv{i} := mk({i})", n) + "\n\tf := func() int {\n\t\tsum := 0\n" + lines("\t\tsum += v{i}", n) + "\n\t\treturn sum\n\t}\n\tc := make(chan int)\n\tgo func() { c <- f() }()\n\tfmt.Println(<-c)"
    return prog(body, "//go:noinline\nfunc mk(i int) int { return i }"), f"{sum(range(n))}\n"


@case
def defer_recover_and_results():
    n = size(9000, 4300)
    names = ", ".join(f"r{i}" for i in range(20))
    body = lines("\ts{i} := fmt.Sprint({i})", n) + "\n\tdefer func() {\n\t\tx := recover()\n\t\tr0 += len(s1) + len(s" + str(n - 1) + ")\n\t\tr1 = fmt.Sprint(x, s2)\n\t}()\n\tr0 = 100\n\tr1 = s5\n" + \
        "\tdefer func() { r0++ }()\n" + lines("\tif len(s{i}) > 50 {{ return len(s{i}), s{i} }}", n) + "\n\tvar p *int\n\treturn *p, s3"
    top = "func f() (r0 int, r1 string) {\n" + body + "\n}\n"
    return prog("\tfmt.Println(f())", top), f"{101 + 1 + len(str(n - 1))} runtime error: invalid memory address or nil pointer dereference2\n"


@case
def goroutine_with_many():
    n = size(10000, 4200)
    top = "func f(k int, b, c chan int) {\n" + lines("\ts{i} := fmt.Sprint({i} + k)", n) + "\n\tb <- 0\n\tsum := 0\n" + lines("\tsum += len(s{i})", n) + "\n\tc <- sum\n}\n"
    body = "\tb, c := make(chan int), make(chan int)\n\tfor k := range 3 { go f(k, b, c) }\n\tfor range 3 { <-b }\n\tsum := 0\n\tfor range 3 { sum += <-c }\n\tfmt.Println(sum)"
    return prog(body, top), f"{sum(len(str(i + k)) for k in range(3) for i in range(n))}\n"


@case
def addresses_of_many():
    n = size(9000, 8400)
    body = lines("\tv{i} := {i}\n\tp{i} := &v{i}", n) + "\n\tsum := 0\n" + lines("\t*p{i} += 1\n\tsum += v{i}", n) + "\n\tfmt.Println(sum)"
    return prog(body), f"{sum(range(n)) + n}\n"


# ---- large values ----

@case
def channel_of_large():
    top = "type T struct{ a [8000]int; s string }\n"
    body = """	c := make(chan T)
	go func() {
		var t T
		for i := range 3 { t.a[7999] = i; t.s = fmt.Sprint("n", i); c <- t }
		close(c)
	}()
	for t := range c { fmt.Println(t.a[7999], t.s) }
	t, ok := <-c
	fmt.Println(t.a[7999], t.s == "", ok)
	b := make(chan T, 2)
	t.a[1] = 7
	b <- t
	t.a[1] = 8
	b <- t
	fmt.Println((<-b).a[1], (<-b).a[1])
	select {
	case b <- t:
		fmt.Println("sent")
	case x := <-c:
		fmt.Println("got", x.a[0])
	}
	var e any = t
	fmt.Println(e.(T).a[1], e == any(t))"""
    out = "0 n0\n1 n1\n2 n2\n0 true false\n7 8\n"
    return prog(body, top).replace('case x := <-c:\n\t\tfmt.Println("got", x.a[0])', 'case x := <-make(chan T):\n\t\tfmt.Println("got", x.a[0])'), out + "sent\n8 true\n"


@case
def channel_of_huge():  # Go's compiler refuses elements above 64 KiB; the language doesn't
    top = "type T struct{ a [300000]int; s string }\n\ntype E [20000]*int"
    body = """	c := make(chan T)
	d := make(chan E, 1)
	done := make(chan bool)
	go func() {
		var t T
		for i := range 3 {
			t.a[299999] = i
			t.s = fmt.Sprint("n", i)
			select {
			case c <- t:
			case e := <-d:
				fmt.Println("e", e[0])
			}
		}
		close(c)
		done <- true
	}()
	for t := range c { fmt.Println(t.a[299999], t.s) }
	<-done
	var e E
	e[19999] = new(int)
	*e[19999] = 5
	select {
	case d <- e:
	default:
		fmt.Println("full")
	}
	select {
	case d <- e:
	default:
		fmt.Println("full")
	}
	var x E
	var ok bool
	select {
	case x, ok = <-d:
		fmt.Println(*x[19999], ok)
	case t := <-make(chan T):
		fmt.Println(t.s)
	}
	x, ok = <-c2()
	fmt.Println(x[19999] == nil, ok)
	<-c"""
    return prog(body, top + "\n\nfunc c2() chan E { c := make(chan E); close(c); return c }"), "0 n0\n1 n1\n2 n2\nfull\n5 true\ntrue false\n"


@case
def map_of_large():
    top = "type K [10000]int\n\ntype V [20000]int\n\ntype S struct{ n [200]string }"
    body = """	m := map[int]V{}
	var v V
	for i := range 5 { v[19999] = i; m[i] = v }
	delete(m, 3)
	x, ok := m[3]
	fmt.Println(len(m), m[4][19999], x[19999], ok, m[9][0])
	y, ok := m[2]
	fmt.Println(y[19999], ok)
	w := map[K]string{}
	var k K
	for i := range 5 { k[9999] = i; w[k] = fmt.Sprint(i) }
	k[9999] = 2
	fmt.Println(w[k], len(w))
	w[k] += "!"
	s, ok := w[k]
	fmt.Println(s, ok)
	delete(w, k)
	_, ok = w[k]
	fmt.Println(ok)
	sum := 0
	for k, s := range w { sum += k[9999] + len(s) }
	for i, v := range m { sum += i + v[19999] }
	for k = range w { sum += k[9999] }
	fmt.Println(sum)
	ks := map[K]V{k: v}
	ks[k] = v
	for a, b := range ks { fmt.Println(a == k, b == v, a[0] == 1) }
	n := map[K]int{k: 4}
	n[k]++
	n[k] += 5
	fmt.Println(n[k])
	ss := map[S]S{}
	var q S
	q.n[199] = "q"
	ss[q] = q
	fmt.Println(ss[q].n[199], len(ss))
	f := map[float64]V{1.5: v}
	z, ok := f[1.5]
	fmt.Println(z == v, ok, f[1.5][19999])
	clear(ks)
	fmt.Println(len(ks), len(ks[k]))
	var mi = map[any]V{k: v, 1: v}
	fmt.Println(len(mi), mi[k] == v)
	defer func() { fmt.Println(recover()) }()
	var nm map[int]V
	fmt.Println(nm[1][1])
	nm[1] = v"""
    out = "4 4 0 false 0\n2 true\n2 5\n2! true\nfalse\n" + f"{8 + 4 + 7 + 7 + 8}\n"
    out += "true true false\n10\nq 1\ntrue true 4\n0 20000\n2 true\n0\nassignment to entry in nil map\n"
    return prog(body, top), out


@case
def slices_of_large():
    top = """type A [20000]int

type B struct {
	a [10000]string
	n int
}

func (b B) Len() int { return b.n + len(b.a[9999]) }

func (b *B) Inc() { b.n++ }

type L interface{ Len() int }

func ret(n int) (x A, b B) { x[n] = n; b.n = n; b.a[9999] = "abc"; return }

func vari(xs ...A) int { return len(xs) + xs[len(xs)-1][19999] }

func arg(a A, b B, c A) int { a[0] = 9; return a[1] + b.n + c[19999] }"""
    body = """	s := make([]A, 2)
	var a A
	a[19999] = 3
	s = append(s, a, s[0], a)
	fmt.Println(len(s), s[2][19999], s[3][19999], s[4] == a, s[3] != a)
	for i, x := range s { if x[19999] != 0 { fmt.Print(i, " ") } }
	x, b := ret(7)
	fmt.Println(x[7], b.n, vari(a, x, a), b.Len())
	b.Inc()
	var l L = b
	b.Inc()
	fmt.Println(l.Len(), L(&b).Len())
	t := []B{{n: 1}, b, {a: [10000]string{"x"}}}
	fmt.Println(t[1].n, t[2].a[0], len(t))
	p := [...]A{2: a}
	for i, e := range p { fmt.Print(i, e[19999], " ") }
	fmt.Println(arg(A{1: 5}, b, a))
	defer func(a A, n int) { fmt.Println("deferred", a[19999], n) }(a, 4)
	c := make(chan int)
	go func(a A, b B) { c <- a[19999] + b.n }(a, b)
	fmt.Println(<-c)
	f := b.Len
	b.n = 100
	fmt.Println(f(), any(b) == any(B{}), b == B{})
	a, x = x, a
	fmt.Println(a[7], x[19999])
	copy(s, []A{a, a})
	fmt.Println(s[1][7], *(*A)(unsafe.Pointer(&s[1])) == a)
	switch any(a).(type) { case B: fmt.Println("B"); case A: fmt.Println("A") }
	if v, ok := any(b).(A); !ok { fmt.Println(v[0], ok) }
	fn := func(a A) func() int { return func() int { a[0]++; return a[0] } }(a)
	fmt.Println(fn(), fn())"""
    return prog(body, top, ("fmt", "unsafe")), "5 3 0 true true\n2 4 7 7 6 10\n11 12\n9 x 3\n0 0 1 0 2 3 17\n12\n12 false false\n7 3\n7 true\nA\n0 false\n1 2\ndeferred 3 4\n"


@case
def library_with_large():
    n = size(9000, 8300)
    top = "func f(" + ", ".join(f"p{i}" for i in range(n)) + " int) int { return p1 + p" + str(n - 1) + " }\n\ntype B [300]int\n\nfunc g(a B, s string, b B) (B, string) { a[1] = b[2]; return a, s }"
    body = "\tvar in []reflect.Value\n\tfor i := range " + str(n) + """ { in = append(in, reflect.ValueOf(i)) }
	fmt.Println(reflect.ValueOf(f).Call(in)[0].Int())
	var a, b B
	b[2] = 7
	out := reflect.ValueOf(g).Call([]reflect.Value{reflect.ValueOf(a), reflect.ValueOf("x"), reflect.ValueOf(b)})
	fmt.Println(out[0].Index(1), out[1])
	bs := []B{{5}, {3}, {4}}
	sort.Slice(bs, func(i, j int) bool { return bs[i][0] < bs[j][0] })
	slices.SortStableFunc(bs, func(x, y B) int { return y[0] - x[0] })
	fmt.Println(bs[0][0], bs[2][0])
	var m sync.Map
	m.Store(b, a)
	v, _ := m.Load(b)
	fmt.Println(v.(B) == a)
	c := reflect.ValueOf(make(chan B, 1))
	c.Send(reflect.ValueOf(b))
	r, _ := c.Recv()
	fmt.Println(r.Index(2), reflect.ValueOf(map[B]B{b: b}).MapIndex(reflect.ValueOf(b)).Index(2))"""
    return prog(body, top, ("fmt", "reflect", "slices", "sort", "sync")), f"{n}\n7 x\n5 3\ntrue\n7 7\n"


@case
def wide_struct():
    n = size(2000, 600)
    top = "type T struct {\n" + lines("\tf{i} string", n) + "\n}\n\nfunc (t T) last() string { return t.f" + str(n - 1) + " }\n\nfunc mk(s string) T { return T{" + ", ".join(f'f{i}: s + "{i}"' for i in range(n)) + "} }"
    body = "\tt := mk(\"a\")\n\tu := t\n\tu.f3 = \"z\"\n\tfmt.Println(t.last(), t.f3, u.f3, t == u, t == mk(\"a\"))\n\tsum := 0\n" + lines("\tsum += len(u.f{i})", n) + "\n\tfmt.Println(sum)"
    return prog(body, top), f"a{n - 1} a3 z false true\n{sum(len(str(i)) + 1 for i in range(n)) - 1}\n"


@case
def call_with_medium_values():
    n = 80
    top = "type A [128]int\n\n//go:noinline\nfunc f(" + ", ".join(f"p{i} A" for i in range(n)) + ") (int, A) {\n\ts := 0\n" + lines("\ts += p{i}[{i}]", n) + "\n\tp3[3] = 1000\n\treturn s, p79\n}"
    body = lines("\tvar a{i} A\n\ta{i}[{i}] = {i}", n) + "\n\ts, x := f(" + ", ".join(f"a{i}" for i in range(n)) + ")\n\tfmt.Println(s, x[79], a3[3])"
    return prog(body, top), f"{sum(range(n))} 79 3\n"


PARAMS = lambda: size(9000, 8300)


@case
def many_parameters():
    n = PARAMS()
    top = "//go:noinline\nfunc f(" + ", ".join(f"p{i}" for i in range(n)) + " int) int {\n\ts := 0\n" + lines("\tp{i}++\n\ts += p{i}", n) + "\n\treturn s\n}"
    body = "\tfmt.Println(f(" + ", ".join(str(i) for i in range(n)) + "))\n\tx := 1\n\tg := f\n\tfmt.Println(g(" + ", ".join(f"x*{i}" for i in range(n)) + "))"
    return prog(body, top), f"{sum(range(n)) + n}\n" * 2


@case
def many_string_parameters():
    n = size(9000, 4200)
    top = "type T struct{ n int }\n\ntype I interface{ f(" + ", ".join(f"p{i}" for i in range(n)) + " string) int }\n\n//go:noinline\nfunc (t T) f(" + ", ".join(f"p{i}" for i in range(n)) + " string) int {\n\ts := t.n\n" + lines("\ts += len(p{i})", n) + \
        "\n\tmk(1)\n" + lines("\ts += len(p{i})", n) + "\n\treturn s\n}\n\n//go:noinline\nfunc mk(i int) string { return fmt.Sprint(i) }"
    args = ", ".join(f"mk({i})" for i in range(n))
    body = f"\tfmt.Println(T{{1}}.f({args}))\n\tvar i I = T{{2}}\n\tfmt.Println(i.f({args}))\n\tg := i.f\n\tfmt.Println(g({args}))\n\th := T.f\n\tfmt.Println(h(T{{3}}, {args}))"
    total = 2 * sum(len(str(i)) for i in range(n))
    return prog(body, top), f"{total + 1}\n{total + 2}\n{total + 2}\n{total + 3}\n"


@case
def go_and_defer_with_many():
    n = size(9000, 4200)
    top = "var c = make(chan int, 2)\n\n//go:noinline\nfunc f(" + ", ".join(f"p{i}" for i in range(n)) + " string) {\n\ts := 0\n" + lines("\ts += len(p{i})", n) + "\n\tc <- s\n}\n\ntype T int\n\nfunc (t T) f(" + ", ".join(f"p{i}" for i in range(n)) + \
        " string) { f(" + ", ".join(f"p{i}" for i in range(n)) + ") }\n\n//go:noinline\nfunc mk(i int) string { return fmt.Sprint(i) }\n\nfunc d() {\n\tdefer f(" + ", ".join(f"mk({i})" for i in range(n)) + ")\n}\n"
    args = ", ".join(f"mk({i})" for i in range(n))
    body = f"\td()\n\tfmt.Println(<-c)\n\tgo f({args})\n\tfmt.Println(<-c)\n\tg := f\n\tgo g({args})\n\tfmt.Println(<-c)\n\tvar t interface {{ f({', '.join(f'p{i}' for i in range(n))} string) }} = T(1)\n\tgo t.f({args})\n\tfmt.Println(<-c)\n" + \
        f"\tfunc() {{ defer t.f({args}) }}()\n\tfmt.Println(<-c)\n\tfunc() {{ defer g({args}) }}()\n\tfmt.Println(<-c)"
    total = sum(len(str(i)) for i in range(n))
    return prog(body, top), f"{total}\n" * 6


@case
def many_results():
    n = PARAMS()
    top = "//go:noinline\nfunc f(k int) (" + ", ".join(f"r{i}" for i in range(n)) + " int) {\n" + lines("\tr{i} = k + {i}", n) + "\n\treturn\n}\n\nfunc g(k int) (" + ", ".join(["int"] * n) + ") {\n\treturn " + ", ".join(f"k+{i}" for i in range(n)) + \
        "\n}\n\nfunc h() (" + ", ".join(["int"] * n) + ") { return g(5) }\n\nfunc d() (" + ", ".join(f"r{i}" for i in range(n)) + " int) {\n\tdefer func() { recover(); r3 = 30 }()\n\tr" + str(n - 1) + " = 7\n\tpanic(1)\n}\n\nfunc s(" + ", ".join(f"p{i}" for i in range(n)) + " int) int { return p3 + p" + str(n - 1) + " }"
    names = ", ".join(f"x{i}" for i in range(n))
    use = "\tsum := 0\n" + lines("\tsum += x{i}", n)
    body = f"\t{names} := f(1)\n{use}\n\tfmt.Println(sum)\n\t{names} = g(2)\n\tsum = 0\n" + lines("\tsum += x{i}", n) + f"\n\tfmt.Println(sum)\n\t{names} = h()\n\tfmt.Println(x0, x{n - 1})\n\t{names} = d()\n\tfmt.Println(x3, x4, x{n - 1}, s(f(0)))"
    t = sum(range(n))
    return prog(body, top), f"{t + n}\n{t + 2 * n}\n5 {n + 4}\n30 0 7 {n + 2}\n"


# ---- expressions ----

@case
def long_sums():
    n = size(20000, 9000)
    body = "\tone := 1\n\tfmt.Sscan(\"1\", &one)\n\tf, s, u := 1.0, \"a\", uint8(one)\n\tfmt.Println(" + "+".join(["one"] * n) + ")\n\tfmt.Println(" + "+".join(["f"] * n) + ")\n\tfmt.Println(len(" + "+".join(["s"] * n) + "))\n\tfmt.Println(" + "+".join(["u"] * n) + \
        ")\n\tfmt.Println(" + "+".join(["one*one"] * n) + ")\n\tfmt.Println(" + "+".join(["mk(one)"] * n) + ")\n\tfmt.Println(len(" + "+".join(["ms(one)"] * n) + "))\n\tb := one == 1\n\tfmt.Println(" + "&&".join(["b"] * n) + ")\n\tfmt.Println(" + "||".join(["!b"] * n) + ")\n\tif " + "&&".join(["one == 1"] * n) + \
        " {\n\t\tfmt.Println(\"yes\")\n\t}\n\tc := complex(f, 1)\n\tfmt.Println(" + "+".join(["c"] * n) + ")\n\tc *= 1"
    return prog(body, "//go:noinline\nfunc mk(i int) int { return i }\n\n//go:noinline\nfunc ms(i int) string { return \"q\" }"), f"{n}\n{n:g}\n{n}\n{n % 256}\n{n}\n{n}\n{n}\ntrue\nfalse\nyes\n({n:g}+{n:g}i)\n"


def nested(n, op, x, close=")"):
    return (x + op + "(") * n + x + close * n


@case
def nested_expressions():
    n = size(10000, 9000)
    body = "\tx, s, f := 1, \"a\", 0.5\n\tfmt.Sscan(\"1\", &x)\n\tfmt.Println(" + nested(n, "+", "x") + ")\n\tfmt.Println(" + nested(n, "-", "x") + ")\n\tfmt.Println(len(" + nested(n, "+", "s") + "))\n\tfmt.Println(" + nested(n, "+", "f") + ")\n" + \
        "\tfmt.Println(" + "(" * n + "x" + ")" * n + ")\n\tfmt.Println(" + "- " * (2 * (n // 2)) + "x, " + "!" * (2 * (n // 2)) + "(x == 1), " + "^" * (2 * (n // 2)) + "x)\n"
    return prog(body), f"{n + 1}\n{1 if n % 2 == 0 else 0}\n{n + 1}\n{(n + 1) * 0.5:g}\n1\n1 true 1\n"


@case
def nested_calls():
    n = size(3000, 2500)
    top = "//go:noinline\nfunc f(i int) int { return i + 1 }\n\n//go:noinline\nfunc g(a, b string) string { return a + b[:1] }\n\n//go:noinline\nfunc h(a [40]int, b int) int { return a[3] + b }"
    body = "\tx := 1\n\tfmt.Println(" + "f(1+" * n + "x" + ")" * n + ")\n\ts := \"ab\"\n\tfmt.Println(len(" + "g(s+s, " * n + "s" + ")" * n + "))\n\tvar a [40]int\n\ta[3] = 2\n\tfmt.Println(" + "h(a, " * n + "x" + ")" * n + ")\n" + \
        "\tvar e any = x\n\tfmt.Println(" + "any(" * n + "e" + ")" * n + ")"
    return prog(body, top), f"{2 * n + 1}\n5\n{2 * n + 1}\n1\n"


@case
def nested_temporaries():
    n = size(3000, 2500)
    top = "//go:noinline\nfunc s(i int) string { return fmt.Sprint(i) }\n\nfunc m(a, b string) string { if a > b { return a }; return b }"
    # strings alive over the calls of all the deeper ones
    body = "\tx := \"q\"\n\tfmt.Println(" + "(s(7) + (" * n + "x" + "))" * n + ")\n\tm := map[string]string{\"a\": \"b\"}\n\tfmt.Println(" + "m[" * n + "s(1)" + "]" * n + " == \"\")"
    return prog(body, top), "7" * n + "q\n" + "true\n"


@case
def nested_literals():
    n = size(3000, 2500)
    top = "type T struct {\n\tn int\n\tp *T\n\ts []T\n}\n"
    body = "\tx := 1\n\tt := " + "&T{n: x, p: " * n + "nil" + "}" * n + "\n\td := 0\n\tfor ; t != nil; t = t.p { d += t.n }\n\tfmt.Println(d)\n\tu := " + "T{x, nil, []T{" * n + "}}" * n + "\n\td = 0\n\tfor v := u; ; v = v.s[0] {\n\t\td++\n\t\tif len(v.s) == 0 { break }\n\t}\n\tfmt.Println(d)"
    return prog(body, top), f"{n}\n{n}\n"


@case
def call_with_many_arguments():
    n = size(10000, 8300)
    top = "//go:noinline\nfunc f(xs ...int) (s int) { for _, x := range xs { s += x }; return }\n\n//go:noinline\nfunc g(xs ...any) int { return len(xs) }\n\n//go:noinline\nfunc h(xs ...string) string { return xs[len(xs)-1] }\n\n//go:noinline\nfunc s(i int) string { return fmt.Sprint(i) }\n\n//go:noinline\nfunc k(i int) int { return i }"
    body = "\tx := 1\n\tfmt.Println(f(" + ", ".join(f"x*{i}" for i in range(n)) + "))\n\tfmt.Println(g(" + ", ".join(f"x*{i}" for i in range(n)) + "))\n\tfmt.Println(h(" + ", ".join(f"s({i})" for i in range(n)) + "))\n\tfmt.Println(f(" + ", ".join(f"k({i})" if i % 2 else f"x*{i}" for i in range(n)) + "))\n" + \
        "\tprintln(" + ", ".join(["x"] * n) + ")\n\tfmt.Println(min(" + ", ".join(f"x*{i}" for i in range(n, 0, -1)) + "), max(x, " + ", ".join(f"k({i})" for i in range(n)) + "))"
    return prog(body, top), f"{sum(range(n))}\n{n}\n{n - 1}\n{sum(range(n))}\n1 {n - 1}\n"


@case
def huge_literals():
    n = size(100000, 20000)
    top = "type P struct {\n\ta int\n\tb string\n}\n\n//go:noinline\nfunc k(i int) int { return i }\n\n//go:noinline\nfunc f(xs ...int) (s int) { for _, x := range xs { s += x }; return }\n"
    body = "\tx := 1\n\ta := []int{" + ", ".join(f"x*{i}" for i in range(n)) + "}\n\tfmt.Println(len(a), a[len(a)-1])\n\tb := [...]string{" + ", ".join(f'"s{i}"' for i in range(n)) + "}\n\tfmt.Println(len(b), b[len(b)-1])\n\tc := []P{" + ", ".join(f"{{x*{i}, \"p\"}}" for i in range(n // 2)) + \
        "}\n\tfmt.Println(len(c), c[len(c)-1])\n\td := []any{" + ", ".join(f"{i}" for i in range(n)) + "}\n\tfmt.Println(len(d), d[len(d)-1])\n\tm := map[int]int{" + ", ".join(f"{i}: x*{i}" for i in range(n // 2)) + "}\n\tfmt.Println(len(m), m[77])\n\tfmt.Println(f(" + ", ".join(f"k({i})" for i in range(n)) + \
        "))\n\te := append([]int{}, " + ", ".join(f"x+{i}" for i in range(n)) + ")\n\tfmt.Println(len(e))\n\tg := []int{" + ", ".join(f"x, k({i})" for i in range(n // 2)) + "}\n\tfmt.Println(len(g))"
    return prog(body, top), f"{n} {n - 1}\n{n} s{n - 1}\n{n // 2} {{{n // 2 - 1} p}}\n{n} {n - 1}\n{n // 2} 77\n{sum(range(n))}\n{n}\n{n}\n"


# ---- statements ----

@case
def large_switches():
    n = size(20000, 9000)
    top = "func f(x int) int {\n\tswitch x {\n" + lines("\tcase {i}:\n\t\treturn {i} * 3", n) + "\n\t}\n\treturn -1\n}\n\nfunc g(x string) int {\n\tswitch x {\n" + lines("\tcase \"s{i}\":\n\t\treturn {i}", n) + "\n\t}\n\treturn -1\n}\n\nfunc h(x any) int {\n\tswitch y := x.(type) {\n" + \
        lines("\tcase [{i}]int8:\n\t\treturn len(y)", n // 4) + "\n\t}\n\treturn -1\n}\n\nfunc k(x int) int {\n\tswitch {\n" + lines("\tcase x == {i}:\n\t\treturn {i}", n) + "\n\t}\n\treturn -1\n}"
    return prog(f"\tfmt.Println(f(0), f({n - 1}), f({n}), g(\"s0\"), g(\"s{n - 1}\"), g(\"t\"), h([{n // 4 - 1}]int8{{}}), h(1), k({n - 1}), k(-1))", top), f"0 {3 * n - 3} -1 0 {n - 1} -1 {n // 4 - 1} -1 {n - 1} -1\n"


@case
def large_select():
    n = size(5000, 4500)
    body = f"\tcs := make([]chan string, {n})\n\tfor i := range cs {{ cs[i] = make(chan string, 1) }}\n\tnone := make(chan string)\n\tgot := 0\n\tfor k := range 3 {{\n\t\tat := []int{{0, {n // 2}, {n - 1}}}[k]\n\t\tgo func() {{ cs[at] <- fmt.Sprint(\"m\", k) }}()\n\t\tselect {{\n" + \
        lines("\t\tcase s := <-cs[{i}]:\n\t\t\tfmt.Println({i}, s)\n\t\t\tgot++", n) + "\n\t\tcase none <- \"x\":\n\t\t\tfmt.Println(\"sent\")\n\t\t}\n\t}\n\tfmt.Println(got)"
    return prog(body), f"0 m0\n{n // 2} m1\n{n - 1} m2\n3\n"


@case
def large_function():
    n = size(500000, 40000)
    body = "\tx, s := 0, \"\"\n\tfor i := range 2 {\n" + lines("\t\tif x == {i} {{ x++ }} else {{ s = \"e\" }}\n\t\tx += i - i", n) + "\n\t}\n\tfmt.Println(x, s)"
    return prog(body), f"{n} e\n"


@case
def many_statements():
    n = size(2000000, 100000)
    return prog("\tx := 0\n" + "\tx++\n" * n + "\tfmt.Println(x)"), f"{n}\n"


@case
def many_string_constants():
    n = size(100000, 70000)
    return prog("\tn := 0\n" + lines("\tn += len(p(\"c{i}\"))", n) + "\n\tfmt.Println(n)", "//go:noinline\nfunc p(s string) string { return s }"), f"{sum(len(str(i)) + 1 for i in range(n))}\n"


@case
def many_functions():
    n = size(100000, 70000)
    return prog(f"\tfmt.Println(f{n - 1}(0), f3(1))", "\n//go:noinline\nfunc f0(x int) int { return x }\n\n" + lines("func f{i}(x int) int {{ if x > 0 {{ return f{j}(x - 1) }}; return {i} }}", n, 1) + "\n\nfunc init() {\n\tx := 0\n" + lines("\tx += f{i}(0)", n) + "\n\tfmt.Println(x)\n}"), f"{sum(range(n))}\n{n - 1} 2\n"


@case
def many_types():
    n = size(70000, 20000)
    return prog("\tvar a []any\n" + lines("\ta = append(a, T{i}{{ {i} }})", n) + f"\n\tfmt.Printf(\"%T %v %v\\n\", a[{n - 1}], a[{n - 1}], a[3].(T3).n)\n\tvar i interface{{ M() int }} = T5{{}}\n\tfmt.Println(i.M())", lines("type T{i} struct{{ n int }}", n) + "\n\nfunc (T5) M() int { return 55 }"), f"main.T{n - 1} {{{n - 1}}} 3\n55\n"


@case
def many_globals():
    n = size(70000, 20000)
    return prog("\tsum := 0\n" + lines("\tsum += g{i} + len(s{i})", n) + "\n\tfmt.Println(sum)", lines("var g{i} = k({i})\nvar s{i} = \"s\"", n) + "\n\nfunc k(i int) int { return i }"), f"{sum(range(n)) + n}\n"


@case
def many_fields():
    n = size(10000, 9000)
    body = "\tvar t T\n" + lines("\tt.f{i} = {i}", n) + "\n\tsum := 0\n" + lines("\tsum += t.f{i}", n) + f"\n\tfmt.Println(sum, t.f{n - 1})\n\tu := T{{" + ", ".join(f"f{i}: {i}" for i in range(n)) + "}\n\tfmt.Println(t == u)\n\tw := T{" + ", ".join(str(i) for i in range(n)) + "}\n\tfmt.Println(t == w)"
    return prog(body, "type T struct {\n" + lines("\tf{i} int", n) + "\n}"), f"{sum(range(n))} {n - 1}\ntrue\ntrue\n"


@case
def many_methods():
    n = size(5000, 2000)
    top = "type T int\n\n" + lines("func (t T) M{i}() int {{ return int(t) + {i} }}", n) + "\n\ntype I interface {\n" + lines("\tM{i}() int", n) + "\n}\n\ntype E struct{ T }\n"
    return prog("\tvar i I = T(1)\n\tsum := 0\n" + lines("\tsum += i.M{i}()", n) + "\n\tfmt.Println(sum)\n\ti = E{2}\n\tfmt.Println(i.M7())\n\t_, ok := any(3).(I)\n\tfmt.Println(ok)", top), f"{sum(range(n)) + n}\n9\nfalse\n"


def deep(n, head, tail, inner):
    return head * n + inner + tail * n


@case
def deep_blocks():
    n = size(1000, 900)
    body = "\tx := 0\n" + deep(n, "{ x++; y := x; _ = y\n", "}\n", "") + "\tfmt.Println(x)\n" + deep(n, "if x > 0 { x++\n", "}\n", "") + "\tfmt.Println(x)\n" + deep(n, "for range 1 { x++; z := x; _ = z\n", "}\n", "") + "\tfmt.Println(x)\n" + \
        deep(n // 2, "switch y := x; { case y > 0: x++\n", "}\n", "") + "\tfmt.Println(x)\n" + deep(n, "func() { x++; z := x; _ = z\n", "}()\n", "") + "\tfmt.Println(x)\n" + \
        "".join(f"if x == {i} {{ x = 0 }} else " for i in range(10 ** 6, 10 ** 6 + n)) + "{ x++ }\n\tfmt.Println(x)\n" + deep(n // 2, "for i := range []int{1} { s := fmt.Sprint(i)\n", "_ = s\n}\n", "x++\n") + "\tfmt.Println(x)\n"
    a = n
    out = [a, 2 * a, 3 * a]
    out.append(out[-1] + n // 2)
    out.append(out[-1] + n)
    out.append(out[-1] + 1)
    out.append(out[-1] + 1)
    return prog(body), "".join(f"{x}\n" for x in out)


@case
def long_jumps():
    n = size(40000, 12000)
    body = "\ti := 0\n\tsum := 0\nagain:\n\tif i >= 3 { goto end }\n\tfor j := 0; j < 2; j++ {\n\t\tif j == 1 { continue }\n" + "\t\tsum += i\n\t\tif sum < 0 { break }\n" * n + "\t}\n\ti++\n\tgoto again\nend:\n\tfmt.Println(sum)"
    return prog(body), f"{3 * n}\n"


def run(f, dir):
    text, want = f()
    path = os.path.join(KEEP or dir, f.__name__ + ".go")
    with open(path, "w") as out:
        out.write(text)
    t = time.time()
    try:
        p = subprocess.run(["bash", "-c", f'ulimit -v {LIMIT_KB}; exec "$@"', "sh", GOL, path], stdin=subprocess.DEVNULL, capture_output=True, timeout=600,
                           env=dict(os.environ, **ENV))
        status, got, err = p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        status, got, err = -1, "", "timed out"
    ok = status == 0 and got == want
    if not ok or "-v" in ARGS:
        print(f"{'ok  ' if ok else 'FAIL'} {f.__name__:32} {time.time() - t:6.2f} s", "" if ok else f" status {status}, got {got[:200]!r}, want {want[:200]!r}\n     {err[:300]}", flush=True)
    return ok


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as dir:
        for f in CASES:
            if re.search(FILTER, f.__name__):
                if run(f, dir):
                    passed += 1
                else:
                    failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


main()

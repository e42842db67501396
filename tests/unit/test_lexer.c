// test_lexer.c: tokens, inserted semicolons, literals and their errors.
#include "syntax_fixture.h"
#include "syntax/parser.h"
#include "utf8.h"

static char *tokens(const char *text) {
    char *buf = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&buf, &n);
    tokens_dump(f, &fx.sx, fixture_source(text, strlen(text)));
    fclose(f);
    char *out = arena_dup(&fx.a, buf, n);
    free(buf);
    return out;
}

static int only_token(const char *text, SemVal *v) {
    Lexer lx;
    Pos pos;
    lexer_init(&lx, &fx.sx, fixture_source(text, strlen(text)), 0, NULL);
    int tok = lexer_next(&lx, v, &pos);
    ck_assert_msg(*lx.cur == 0, "%s is more than one token", text);
    return tok;
}

START_TEST(every_spelling_gives_its_token) {
    static const struct {
        const char *text;
        int tok;
    } cases[] = {
        {"break", BREAK}, {"case", CASE}, {"chan", CHAN}, {"const", CONST}, {"continue", CONTINUE}, {"default", DEFAULT},
        {"defer", DEFER}, {"else", ELSE}, {"fallthrough", FALLTHROUGH}, {"for", FOR}, {"func", FUNC}, {"go", GO}, {"goto", GOTO},
        {"if", IF}, {"import", IMPORT}, {"interface", INTERFACE}, {"map", MAP}, {"package", PACKAGE}, {"range", RANGE},
        {"return", RETURN}, {"select", SELECT}, {"struct", STRUCT}, {"switch", SWITCH}, {"type", TYPE}, {"var", VAR},
        {"breaks", NAME}, {"_", NAME}, {"é", NAME}, {"x9", NAME}, {"世界", NAME}, {"aé٣", NAME},
        {"+", '+'}, {"-", '-'}, {"*", '*'}, {"/", MULOP}, {"%", MULOP}, {"<<", MULOP}, {">>", MULOP}, {"&", '&'}, {"&^", MULOP},
        {"|", '|'}, {"^", '^'}, {"||", OROR}, {"&&", ANDAND}, {"==", CMP}, {"!=", CMP}, {"<", CMP}, {"<=", CMP}, {">", CMP},
        {">=", CMP}, {"!", '!'}, {"~", '~'}, {"<-", ARROW}, {"=", '='}, {":=", DEFINE}, {"+=", ASSIGNOP}, {"&^=", ASSIGNOP},
        {"<<=", ASSIGNOP}, {"++", INCDEC}, {"--", INCDEC}, {"(", '('}, {")", ')'}, {"[", '['}, {"]", ']'}, {"{", '{'}, {"}", '}'},
        {",", ','}, {";", ';'}, {":", ':'}, {".", '.'}, {"...", DOTS},
        {"0", LITERAL}, {"017", LITERAL}, {"1_000", LITERAL}, {"0x_1F", LITERAL}, {"0b01", LITERAL}, {"0o17", LITERAL},
        {"1.", LITERAL}, {".5", LITERAL}, {"1e9", LITERAL}, {"1.5e-3", LITERAL}, {"0x1p-2", LITERAL}, {"3i", LITERAL}, {"089i", LITERAL},
        {"'a'", LITERAL}, {"'\\n'", LITERAL}, {"'\\''", LITERAL}, {"'世'", LITERAL}, {"'\\U0010ffff'", LITERAL},
        {"\"a\"", STRING}, {"\"\\\"\"", STRING}, {"`a\nb`", STRING}, {"\"\"", STRING},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        SemVal v;
        ck_assert_msg(only_token(cases[i].text, &v) == cases[i].tok, "%s", cases[i].text);
    }
    ck_assert_uint_eq(fx.diags.nerrors, 0);
}
END_TEST

START_TEST(newlines_end_statements) {
    ck_assert_str_eq(tokens("a\nb++ // c\n\n}\n"),
                     "1:1 name a\n1:2 ; newline\n2:1 name b\n2:2 ++\n2:9 ; newline\n4:1 }\n4:2 ; newline\n5:1 EOF\n");
    ck_assert_str_eq(tokens("a +\nb"), "1:1 name a\n1:3 +\n2:1 name b\n2:2 ; EOF\n2:2 EOF\n");
    ck_assert_str_eq(tokens("a /* x\n */ b"), "1:1 name a\n1:3 ; newline\n2:5 name b\n2:6 ; EOF\n2:6 EOF\n");
    ck_assert_str_eq(tokens("a /* x */ b;"), "1:1 name a\n1:11 name b\n1:12 ;\n1:13 EOF\n");
    ck_assert_str_eq(tokens("#!/usr/bin/env gol\na"), "2:1 name a\n2:2 ; EOF\n2:2 EOF\n");
    ck_assert_str_eq(tokens(""), "1:1 EOF\n");
}
END_TEST

START_TEST(malformed_literals_are_reported_as_go_does) {
    static const char *const cases[][2] = {
        {"08", "x.go:1:2: invalid digit '8' in octal literal\n"},
        {"0b12", "x.go:1:4: invalid digit '2' in binary literal\n"},
        {"0o8", "x.go:1:3: invalid digit '8' in octal literal\n"},
        {"0x", "x.go:1:3: hexadecimal literal has no digits\n"},
        {"0b", "x.go:1:3: binary literal has no digits\n"},
        {"0b1.0", "x.go:1:4: invalid radix point in binary literal\n"},
        {"1__0", "x.go:1:3: '_' must separate successive digits\n"},
        {"1_", "x.go:1:2: '_' must separate successive digits\n"},
        {"0_x", "x.go:1:2: '_' must separate successive digits\n"},
        {"1_.5", "x.go:1:2: '_' must separate successive digits\n"},
        {"1e", "x.go:1:3: exponent has no digits\n"},
        {"1e+", "x.go:1:4: exponent has no digits\n"},
        {"0x1.0", "x.go:1:6: hexadecimal mantissa requires a 'p' exponent\n"},
        {"1p3", "x.go:1:2: 'p' exponent requires hexadecimal mantissa\n"},
        {"0b1e3", "x.go:1:4: 'e' exponent requires decimal mantissa\n"},
        {"''", "x.go:1:2: empty rune literal or unescaped '\n"},
        {"'ab'", "x.go:1:1: more than one character in rune literal\n"},
        {"'a\n", "x.go:1:3: newline in rune literal\n"},
        {"'a", "x.go:1:1: rune literal not terminated\n"},
        {"\"a\n", "x.go:1:3: newline in string\n"},
        {"\"a", "x.go:1:1: string not terminated\n"},
        {"`a", "x.go:1:1: string not terminated\n"},
        {"/* a", "x.go:1:1: comment not terminated\n"},
        {"\"\\q\"", "x.go:1:3: unknown escape\n"},
        {"\"\\xg\"", "x.go:1:4: invalid character 'g' in hexadecimal escape\n"},
        {"'\\400'", "x.go:1:6: octal escape value 256 > 255\n"},
        {"'\\ud800'", "x.go:1:8: escape is invalid Unicode code point U+D800\n"},
        {"@", "x.go:1:1: invalid character U+0040 '@'\n"},
        {"#", "x.go:1:1: invalid character U+0023 '#'\n"},
        {"a☹", "x.go:1:2: invalid character U+2639 '☹' in identifier\n"},
        {"٣x", "x.go:1:1: identifier cannot begin with digit U+0663 '٣'\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fixture_close();
        fixture_open();
        tokens(cases[i][0]);
        ck_assert_str_eq(fixture_errors(), cases[i][1]);
    }
}
END_TEST

START_TEST(bad_bytes_are_reported_before_lexing) {
    static const struct {
        const char *text;
        size_t n;
        const char *errors;
    } cases[] = {
        {"a\0b", 3, "x.go:1:2: invalid NUL character\n"},
        {"a\nb\xff", 4, "x.go:2:2: invalid UTF-8 encoding\n"},
        {"a\xc0\x80", 3, "x.go:1:2: invalid UTF-8 encoding\n"},
        {"\xed\xa0\x80", 3, "x.go:1:1: invalid UTF-8 encoding\n"},
        {"a\xe4\xb8", 3, "x.go:1:2: invalid UTF-8 encoding\n"},
        {"a \xef\xbb\xbf", 5, "x.go:1:3: invalid BOM in the middle of the file\n"},
        {"\xef\xbb\xbfpackage p", 12, ""},
        {"\xef", 1, "x.go:1:1: invalid UTF-8 encoding\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fixture_close();
        fixture_open();
        bool ok = lexer_check(&fx.sx, fixture_source(cases[i].text, cases[i].n));
        ck_assert_int_eq(ok, *cases[i].errors == 0);
        ck_assert_msg(strncmp(fixture_errors(), cases[i].errors, strlen(cases[i].errors)) == 0, "%zu: %s", i, fixture_errors());
    }
}
END_TEST

START_TEST(utf8_goes_there_and_back) {
    for (uint32_t c = 0; c <= 0x110010; c += c < 0x900 ? 1 : 37) {
        char s[UTF8_MAX];
        uint32_t n = utf8_encode(s, c), len, back = utf8_decode(s, n, &len);
        bool valid = c <= 0x10FFFF && !(c >= 0xD800 && c < 0xE000);
        ck_assert_uint_eq(back, valid ? c : UTF8_ERROR);
        ck_assert_uint_eq(len, n);
    }
    ck_assert(utf8_is_letter(0xE9) && utf8_is_letter(0x4E16) && !utf8_is_letter(0x2639) && !utf8_is_letter('_'));
    ck_assert(utf8_is_upper(0xC9) && !utf8_is_upper(0xE9) && utf8_is_digit(0x663) && !utf8_is_digit(0xB2));
}
END_TEST

START_TEST(places_are_lines_and_byte_columns) {
    SourceFile *f = fixture_source("ab\n\né x", 8);
    static const struct {
        uint32_t off, line, col;
    } cases[] = {{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1}, {7, 3, 4}, {8, 3, 5}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        SourcePlace p = source_place(&fx.ss, f->base + cases[i].off);
        ck_assert_uint_eq(p.line, cases[i].line);
        ck_assert_uint_eq(p.col, cases[i].col);
    }
    SourceFile *g = fixture_source("", 0);
    ck_assert_ptr_eq(source_file(&fx.ss, g->base), g);
    ck_assert_ptr_eq(source_file(&fx.ss, f->base + 8), f);
    ck_assert_ptr_null(source_file(&fx.ss, POS_NONE));
    uint32_t n;
    ck_assert(memcmp(source_line_text(&fx.ss, f, 3, &n), "é x", 4) == 0 && n == 4);
}
END_TEST

int main(void) {
    Suite *s = suite_create("lexer");
    TCase *t = tcase_create("lexer");
    tcase_add_checked_fixture(t, fixture_open, fixture_close);
    tcase_add_test(t, every_spelling_gives_its_token);
    tcase_add_test(t, newlines_end_statements);
    tcase_add_test(t, malformed_literals_are_reported_as_go_does);
    tcase_add_test(t, bad_bytes_are_reported_before_lexing);
    tcase_add_test(t, utf8_goes_there_and_back);
    tcase_add_test(t, places_are_lines_and_byte_columns);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

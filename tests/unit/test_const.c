// test_const.c: exact constants.
#include "types/const.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Arena arena;

static void setup(void) { arena_init(&arena); }
static void teardown(void) { arena_free(&arena); }

static const Const *num(const char *s) {
    size_t n = strlen(s);
    if (s[n - 1] == 'i') return const_parse_imaginary(&arena, s, n);
    if (strpbrk(s, ".pP") || (strpbrk(s, "eE") && !(s[0] == '0' && (s[1] | 32) == 'x')))
        return const_parse_float(&arena, s, n);
    return const_parse_int(&arena, s, n);
}

static const struct {
    const char *x;
    ConstOp op;
    const char *y, *want;
} table[] = {
    {"1", CONST_ADD, "2", "3"},
    {"9223372036854775807", CONST_ADD, "1", "9223372036854775808"},
    {"0x8000000000000000", CONST_SUB, "1", "9223372036854775807"},
    {"7", CONST_QUO, "2", "3"},
    {"7", CONST_REM, "2", "1"},
    {"0b1100", CONST_XOR, "0o12", "6"},
    {"0xff_ff", CONST_ANDNOT, "0xf0", "65295"},
    {"100000000000000000000", CONST_MUL, "100000000000000000000", "10000000000000000000000000000000000000000"},
    {"0.1", CONST_ADD, "0.2", "0.3"},
    {"1.0", CONST_QUO, "3", "0.333333"},
    {"1e400", CONST_MUL, "1e400", "1e+800"},
    {"1e4000", CONST_MUL, "1e4000", "1e+8000"},
    {"1e-4000", CONST_MUL, "1e-4000", "1e-8000"},
    {"1i", CONST_MUL, "1i", "(-1 + 0i)"},
};

START_TEST(arithmetic_is_exact) {
    const Const *v = const_binary(&arena, num(table[_i].x), table[_i].op, num(table[_i].y), true);
    ck_assert_str_eq(const_print(&arena, v), table[_i].want);
}
END_TEST

START_TEST(tenths_add_up) {
    const Const *sum = const_binary(&arena, num("0.1"), CONST_ADD, num("0.2"), false);
    ck_assert(const_compare(sum, CONST_EQ, num("0.3")));
}
END_TEST

static const char *const doubles[] = {"0.1", "1e23", "8.41e21", "9007199254740993.0", "5e-324", "2.4703282292062327e-324",
    "2.4703282292062328e-324", "1.7976931348623157e308", "2.2250738585072011e-308", "123456789.123456789e-300", "1e-400",
    "0.3333333333333333333333333333333333333333333"};

START_TEST(doubles_are_correctly_rounded) {
    ck_assert(const_float64(num(doubles[_i])) == strtod(doubles[_i], NULL));
    ck_assert(const_float32(num(doubles[_i])) == strtof(doubles[_i], NULL));
}
END_TEST

START_TEST(overflow_is_noticed) {
    ck_assert_int_eq(const_kind(const_round_float(&arena, num("1e309"), 64)), CONST_UNKNOWN);
    ck_assert_int_eq(const_kind(const_round_float(&arena, num("3.5e38"), 32)), CONST_UNKNOWN);
    bool exact;
    const_int64(num("9223372036854775808"), &exact);
    ck_assert(!exact);
    ck_assert(const_uint64(num("9223372036854775808"), &exact) == 1ULL << 63);
    ck_assert(exact);
    ck_assert_int_eq(const_bitlen(const_shl(&arena, num("1"), 511)), 512);
}
END_TEST

START_TEST(floats_become_integers_when_they_are) {
    ck_assert_str_eq(const_print(&arena, const_to_int(&arena, num("1e20"))), "100000000000000000000");
    ck_assert_int_eq(const_kind(const_to_int(&arena, num("1.5"))), CONST_UNKNOWN);
    ck_assert_int_eq((int)const_int64(num("12.0"), NULL), 12);
}
END_TEST

START_TEST(strings_unquote) {
    size_t n;
    const char *lit = "\"a\\x41\\101\\u00e9\\n\\\"\"";
    const char *s = const_text(&arena, const_parse_string(&arena, lit, strlen(lit)), &n);
    ck_assert_str_eq(s, "aAA\xc3\xa9\n\"");
    ck_assert_uint_eq(n, 7);
    ck_assert_int_eq((int)const_int64(const_parse_rune(&arena, "'\\377'", 6), NULL), 255);
    ck_assert_int_eq((int)const_int64(const_parse_rune(&arena, "'\xe4\xb8\x96'", 5), NULL), 0x4e16);
}
END_TEST

START_TEST(long_chains_of_strings_are_not_quadratic) {
    const Const *s = const_string(&arena, "", 0);
    for (int i = 0; i < 100000; i++) s = const_binary(&arena, s, CONST_ADD, const_string(&arena, "ab", 2), false);
    size_t n;
    const char *text = const_text(&arena, s, &n);
    ck_assert_uint_eq(n, 200000);
    ck_assert(text[199999] == 'b');
}
END_TEST

START_TEST(integers_truncate_to_a_type) {
    ck_assert_str_eq(const_print(&arena, const_truncate_int(&arena, num("300"), 8, false)), "44");
    ck_assert_str_eq(const_print(&arena, const_truncate_int(&arena, num("200"), 8, true)), "-56");
    ck_assert_str_eq(const_print(&arena, const_not(&arena, num("1"), 8)), "254");
    ck_assert_str_eq(const_print(&arena, const_not(&arena, num("1"), 0)), "-2");
}
END_TEST

int main(void) {
    Suite *s = suite_create("const");
    TCase *t = tcase_create("const");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, arithmetic_is_exact, 0, COUNT_OF(table));
    tcase_add_test(t, tenths_add_up);
    tcase_add_loop_test(t, doubles_are_correctly_rounded, 0, COUNT_OF(doubles));
    tcase_add_test(t, overflow_is_noticed);
    tcase_add_test(t, floats_become_integers_when_they_are);
    tcase_add_test(t, strings_unquote);
    tcase_add_test(t, long_chains_of_strings_are_not_quadratic);
    tcase_add_test(t, integers_truncate_to_a_type);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

// test_numfmt.c: numbers and quoted strings as text.
#include "internal/numfmt/numfmt.h"
#include "internal/numfmt/quote.h"
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    double v;
    char verb;
    int prec, bits;
    const char *want;
} floats[] = {
    {0, 'g', -1, 64, "0"},
    {-0.0, 'g', -1, 64, "-0"},
    {1, 'e', -1, 64, "1e+00"},
    {0.1, 'g', -1, 64, "0.1"},
    {0.1f, 'g', -1, 32, "0.1"},
    {0.1f, 'g', -1, 64, "0.10000000149011612"},
    {123456789, 'g', -1, 64, "1.23456789e+08"},
    {100000, 'g', -1, 64, "100000"},
    {1e6, 'g', -1, 64, "1e+06"},
    {1e23, 'g', -1, 64, "1e+23"},
    {5e-324, 'g', -1, 64, "5e-324"},
    {9.88e-324, 'g', -1, 64, "1e-323"},
    {1.7976931348623157e308, 'g', -1, 64, "1.7976931348623157e+308"},
    {2.2250738585072014e-308, 'g', -1, 64, "2.2250738585072014e-308"},
    {2.9802322387695312e-08, 'g', -1, 64, "2.9802322387695312e-08"},
    {0x1p-12, 'g', -1, 32, "0.00024414063"},
    {1e21, 'f', -1, 64, "1000000000000000000000"},
    {1.5e-5, 'f', -1, 64, "0.000015"},
    {2.5, 'f', 0, 64, "2"},
    {3.5, 'f', 0, 64, "4"},
    {1.005, 'f', 2, 64, "1.00"},
    {123.456, 'G', 4, 64, "123.5"},
    {1.0, 'b', -1, 64, "4503599627370496p-52"},
    {1.0, 'x', -1, 64, "0x1p+00"},
    {-0.1, 'x', 3, 64, "-0x1.99ap-04"},
    {1.9999, 'X', 0, 64, "0X1P+01"},
    {0, 'x', 2, 64, "0x0.00p+00"},
    {1, 'q', -1, 64, "%q"},
};

START_TEST(floats_read_as_go_writes_them) {
    char out[NUMFMT_FLOAT_MAX + 32];
    int n = numfmt_float(out, floats[_i].v, floats[_i].verb, floats[_i].prec, floats[_i].bits);
    out[n] = 0;
    ck_assert_str_eq(out, floats[_i].want);
}
END_TEST

START_TEST(infinities_and_nan_have_names) {
    char out[NUMFMT_FLOAT_MAX];
    ck_assert(numfmt_float(out, INFINITY, 'f', 3, 64) == 4 && memcmp(out, "+Inf", 4) == 0);
    ck_assert(numfmt_float(out, -INFINITY, 'g', -1, 64) == 4 && memcmp(out, "-Inf", 4) == 0);
    ck_assert(numfmt_float(out, NAN, 'x', -1, 64) == 3 && memcmp(out, "NaN", 3) == 0);
}
END_TEST

// Every value read back from its shortest text is the value, and one digit less does not do.
START_TEST(shortest_text_reads_back_and_is_shortest) {
    uint64_t x = 88172645463325252;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        double v;
        memcpy(&v, &x, 8);
        if (!isfinite(v))
            continue;
        char out[NUMFMT_FLOAT_MAX];
        out[numfmt_float(out, v, 'e', -1, 64)] = 0;
        ck_assert_double_eq(strtod(out, NULL), v);
        NumfmtDecimal d;
        numfmt_shortest(&d, v, 64);
        if (d.n > 1) {
            char fewer[64];
            fewer[numfmt_float(fewer, v, 'e', d.n - 2, 64)] = 0;
            ck_assert_double_ne(strtod(fewer, NULL), v);
        }
    }
}
END_TEST

// The quick way to a given number of decimals agrees with the C library's, which rounds exactly.
START_TEST(fixed_decimals_are_rounded_exactly) {
    uint64_t x = 88172645463325252;
    for (int i = 0; i < 200000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        static const double scales[] = {1, 2, 8, 10, 1000, 1024, 1e6, 0x1p40, 0x1p60};
        double v = (double)(int64_t)(x >> (x & 63)) / scales[i % 9];
        int prec = (int)((x >> 20) % 12);
        char out[NUMFMT_FLOAT_MAX + 32], want[NUMFMT_FLOAT_MAX + 32];
        out[numfmt_float(out, v, 'f', prec, 64)] = 0;
        snprintf(want, sizeof want, "%.*f", prec, v);
        ck_assert_str_eq(out, want);
    }
}
END_TEST

START_TEST(integers_in_every_base) {
    char out[NUMFMT_INT_MAX + 1];
    out[numfmt_int(out, INT64_MIN, 10)] = 0;
    ck_assert_str_eq(out, "-9223372036854775808");
    out[numfmt_uint(out, UINT64_MAX, 2)] = 0;
    ck_assert_uint_eq(strlen(out), 64);
    for (unsigned base = 2; base <= 36; base++) {
        out[numfmt_uint(out, 1234567890123, base)] = 0;
        ck_assert_uint_eq(strtoull(out, NULL, (int)base), 1234567890123);
    }
}
END_TEST

static const struct {
    const char *s;
    unsigned flags;
    const char *want;
} quotes[] = {
    {"", 0, "\"\""},
    {"a\"b\\\n\x01\x7f", 0, "\"a\\\"b\\\\\\n\\x01\\x7f\""},
    {"h\xc3\xa9", 0, "\"h\xc3\xa9\""},
    {"h\xc3\xa9", QUOTE_ASCII, "\"h\\u00e9\""},
    {"\xff\xc3", 0, "\"\\xff\\xc3\""},
    {"\xed\xa0\x80", 0, "\"\\xed\\xa0\\x80\""},
    {"\xf0\x9f\x98\x80", QUOTE_ASCII, "\"\\U0001f600\""},
    {"\xe2\x80\x8b", 0, "\"\\u200b\""},
    {"\xe3\x80\x80", 0, "\"\\u3000\""},
    {"\xe3\x80\x80", QUOTE_GRAPHIC, "\"\xe3\x80\x80\""},
};

START_TEST(strings_are_quoted_as_go_literals) {
    char out[100];
    out[quote_string(out, (const uint8_t *)quotes[_i].s, strlen(quotes[_i].s), '"', quotes[_i].flags)] = 0;
    ck_assert_str_eq(out, quotes[_i].want);
}
END_TEST

START_TEST(runes_encode_and_decode) {
    for (uint32_t r = 0; r <= 0x10ffff; r += 7) {
        char out[4];
        int width, n = quote_encode(out, r);
        bool surrogate = r >= 0xd800 && r < 0xe000;
        ck_assert_uint_eq(quote_decode((const uint8_t *)out, (size_t)n, &width), surrogate ? QUOTE_RUNE_ERROR : r);
        ck_assert_int_eq(width, n);
        if (n > 1) {
            quote_decode((const uint8_t *)out, (size_t)n - 1, &width);
            ck_assert_int_eq(width, 1);
        }
    }
}
END_TEST

int main(void) {
    Suite *s = suite_create("numfmt");
    TCase *t = tcase_create("numfmt");
    tcase_add_loop_test(t, floats_read_as_go_writes_them, 0, sizeof floats / sizeof *floats);
    tcase_add_test(t, infinities_and_nan_have_names);
    tcase_add_test(t, shortest_text_reads_back_and_is_shortest);
    tcase_add_test(t, fixed_decimals_are_rounded_exactly);
    tcase_add_test(t, integers_in_every_base);
    tcase_add_loop_test(t, strings_are_quoted_as_go_literals, 0, sizeof quotes / sizeof *quotes);
    tcase_add_test(t, runes_encode_and_decode);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

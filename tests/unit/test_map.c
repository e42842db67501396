// test_map.c: maps against a plain model, growth, iteration under change, odd key types.
#include "fake_rt.h"

#include "value/mix.h"

#include <check.h>
#include <math.h>

static const uint64_t one = 1;
static const TypeDesc int_type = {.kind = KIND_INT, .size = 8, .align = 8, .flags = TF_EQ_MEMORY | TF_COMPARABLE};
static const TypeDesc i32_type = {.kind = KIND_INT32, .size = 4, .align = 4, .flags = TF_EQ_MEMORY | TF_COMPARABLE};
static const TypeDesc bool_type = {.kind = KIND_BOOL, .size = 1, .align = 1, .flags = TF_EQ_MEMORY | TF_COMPARABLE};
static const TypeDesc f64_type = {.kind = KIND_FLOAT64, .size = 8, .align = 8, .flags = TF_COMPARABLE};
static const TypeDesc str_type = {
    .kind = KIND_STRING, .size = 16, .align = 8, .flags = TF_COMPARABLE, .gc_period = 2, .gc_ptrs = &one};
static const TypeDesc empty_type = {.kind = KIND_STRUCT, .size = 0, .align = 1, .flags = TF_EQ_MEMORY | TF_COMPARABLE};
static const TypeDesc big_type = {.kind = KIND_ARRAY, .size = 200, .align = 8, .flags = TF_EQ_MEMORY | TF_COMPARABLE};

static const TypeDesc int_int = {.kind = KIND_MAP, .size = 8, .key = &int_type, .elem = &int_type};
static const TypeDesc i32_bool = {.kind = KIND_MAP, .size = 8, .key = &i32_type, .elem = &bool_type};
static const TypeDesc str_int = {.kind = KIND_MAP, .size = 8, .key = &str_type, .elem = &int_type};
static const TypeDesc f64_int = {.kind = KIND_MAP, .size = 8, .key = &f64_type, .elem = &int_type};
static const TypeDesc bool_empty = {.kind = KIND_MAP, .size = 8, .key = &bool_type, .elem = &empty_type};
static const TypeDesc empty_empty = {.kind = KIND_MAP, .size = 8, .key = &empty_type, .elem = &empty_type};
static const TypeDesc big_big = {.kind = KIND_MAP, .size = 8, .key = &big_type, .elem = &big_type};

static Fake *f;
static M *mp;

static void setup(void) {
    f = fake_new(NULL);
    mp = &f->m[0];
}
static void teardown(void) {
    fake_free(f);
}

static uint64_t rnd(uint64_t *s) {
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

enum { SPACE = 5000 };

START_TEST(ints_agree_with_a_model) {
    static int64_t model[SPACE];  // value + 1, or 0
    Hmap *m = map_new(mp->pp, &int_int, _i * 700);
    uint64_t seed = 88172645463325252u + (uint64_t)_i, n = 0;
    memset(model, 0, sizeof model);
    for (unsigned step = 0; step < 60000; step++) {
        int64_t k = (int64_t)(rnd(&seed) % SPACE);
        int64_t key = k * 0x10001 - 77;
        bool panicked = false;
        switch (rnd(&seed) % (step % 20000 < 10000 ? 3 : 5)) {
        case 0:
        case 1: {
            int64_t *v = map_put_i64(mp, &int_int, m, key);
            VERIFY(*v == (model[k] ? model[k] - 1 : 0));
            n += !model[k];
            *v = step;
            model[k] = *v + 1;
            break;
        }
        case 2: {
            int64_t *v = map_get(mp, &int_int, m, &key, &panicked);
            VERIFY(v ? model[k] && *v == model[k] - 1 : !model[k]);
            break;
        }
        default:
            map_delete(mp, &int_int, m, &key, &panicked);
            n -= model[k] != 0;
            model[k] = 0;
        }
        VERIFY(map_len(m) == n);
        if (step % 5000 == 0)
            map_check(mp, m);
        if (step == 30000 && _i == 1) {
            map_clear(mp, &int_int, m);
            memset(model, 0, sizeof model);
            n = 0;
        }
    }
    map_check(mp, m);
}
END_TEST

START_TEST(strings_of_all_lengths) {
    Hmap *m = map_new(mp->pp, &str_int, 0);
    static char text[3000];
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7 % 251);
    for (unsigned n = 0; n < 2000; n++)
        *(int64_t *)map_put_str(mp, &str_int, m, text, n) = n;
    for (unsigned n = 0; n < 2000; n++) {
        char copy[2000];
        memcpy(copy, text, n);
        int64_t *v = map_get_str(mp, &str_int, m, copy, n);
        VERIFY(v && *v == n);
        if (n) {
            copy[n / 2] ^= 1;
            VERIFY(!map_get_str(mp, &str_int, m, copy, n));
        }
    }
    map_check(mp, m);
}
END_TEST

START_TEST(narrow_empty_and_big_types) {
    bool panicked = false;
    Hmap *m = map_new(mp->pp, &i32_bool, 0);
    for (int32_t i = -3000; i < 3000; i++)
        *(bool *)map_put(mp, &i32_bool, m, &i, &panicked) = i & 1;
    for (int32_t i = -3000; i < 3000; i++)
        VERIFY(*(bool *)map_get(mp, &i32_bool, m, &i, &panicked) == (i & 1));
    map_check(mp, m);

    m = map_new(mp->pp, &bool_empty, 0);
    for (int i = 0; i < 4; i++)
        map_put(mp, &bool_empty, m, &(bool){i & 1}, &panicked);
    ck_assert_uint_eq(map_len(m), 2);
    m = map_new(mp->pp, &empty_empty, 0);
    map_put(mp, &empty_empty, m, "", &panicked);
    map_put(mp, &empty_empty, m, "", &panicked);
    ck_assert_uint_eq(map_len(m), 1);
    map_delete(mp, &empty_empty, m, "", &panicked);
    ck_assert_uint_eq(map_len(m), 0);

    m = map_new(mp->pp, &big_big, 0);
    uint64_t k[25] = {0};
    for (uint64_t i = 0; i < 500; i++) {
        k[24] = i;
        uint64_t *v = map_put(mp, &big_big, m, k, &panicked);
        VERIFY(v[3] == 0);
        v[3] = i;
    }
    for (uint64_t i = 0; i < 500; i++) {
        k[24] = i;
        VERIFY(((uint64_t *)map_get(mp, &big_big, m, k, &panicked))[3] == i);
    }
    k[24] = 7;
    map_delete(mp, &big_big, m, k, &panicked);
    VERIFY(!map_get(mp, &big_big, m, k, &panicked));
    map_check(mp, m);
}
END_TEST

START_TEST(nan_is_never_found_but_ranged_over_and_cleared) {
    bool panicked = false;
    Hmap *m = map_new(mp->pp, &f64_int, 0);
    double nan_key = NAN;
    for (int i = 0; i < 3000; i++)  // all with the same hash here: the directory must not explode
        map_put(mp, &f64_int, m, &nan_key, &panicked);
    ck_assert_uint_eq(map_len(m), 3000);
    ck_assert_ptr_null(map_get(mp, &f64_int, m, &nan_key, &panicked));
    Slot it[MAPITER_WORDS];
    void *k, *v;
    unsigned n = 0;
    map_iter_start(mp, &f64_int, m, it);
    while (map_iter_next(mp, it, &k, &v)) {
        if (++n == 1000)
            map_clear(mp, &f64_int, m);
    }
    ck_assert_uint_eq(n, 1000);
    ck_assert_uint_eq(map_len(m), 0);
}
END_TEST

START_TEST(a_key_that_is_equal_but_different_is_replaced) {
    bool panicked = false;
    Hmap *m = map_new(mp->pp, &f64_int, 0);
    double zero = 0.0, minus = -0.0;
    map_put(mp, &f64_int, m, &zero, &panicked);
    map_put(mp, &f64_int, m, &minus, &panicked);
    Slot it[MAPITER_WORDS];
    void *k, *v;
    map_iter_start(mp, &f64_int, m, it);
    ck_assert(map_iter_next(mp, it, &k, &v));
    ck_assert(signbit(*(double *)k));
    ck_assert(!map_iter_next(mp, it, &k, &v));
}
END_TEST

START_TEST(range_sees_each_entry_once_while_the_map_changes) {
    // _i: how large the map is when the range begins
    static const unsigned sizes[] = {0, 1, 5, 8, 9, 14, 100, 900, 2000, 9000};
    unsigned n = sizes[_i];
    static uint8_t seen[200000], dead[200000];
    uint64_t seed = 7 + (uint64_t)_i;
    for (unsigned round = 0; round < (n > 1000 ? 6 : 40); round++) {
        Hmap *m = map_new(mp->pp, &int_int, round % 3 ? 0 : n);
        bool panicked = false;
        memset(seen, 0, sizeof seen);
        memset(dead, 0, sizeof dead);
        for (unsigned i = 0; i < n; i++)
            *(int64_t *)map_put_i64(mp, &int_int, m, i) = i * 3;
        Slot it[MAPITER_WORDS];
        void *k, *v;
        unsigned fresh = n, steps = 0;
        map_iter_start(mp, &int_int, m, it);
        while (map_iter_next(mp, it, &k, &v)) {
            int64_t key = *(int64_t *)k;
            VERIFY(key >= 0 && key < 200000 && !seen[key] && !dead[key]);
            VERIFY(*(int64_t *)v == key * 3);
            seen[key] = 1;
            VERIFY(++steps < 150000);
            for (unsigned c = 0; c < 3 && n; c++) {
                int64_t victim = (int64_t)(rnd(&seed) % n);
                if (round % 2 && !seen[victim] && c == 0) {
                    map_delete(mp, &int_int, m, &victim, &panicked);
                    dead[victim] = 1;
                }
                if (fresh < 4 * n) {
                    *(int64_t *)map_put_i64(mp, &int_int, m, fresh) = fresh * 3;
                    fresh++;
                }
            }
        }
        for (unsigned i = 0; i < n; i++)
            VERIFY(seen[i] != dead[i]);
        map_check(mp, m);
    }
}
END_TEST

START_TEST(range_starts_anywhere) {
    Hmap *m = map_new(mp->pp, &int_int, 0);
    for (unsigned i = 0; i < 8; i++)
        map_put_i64(mp, &int_int, m, i);
    unsigned first[8] = {0};
    for (unsigned i = 0; i < 400; i++) {
        Slot it[MAPITER_WORDS];
        void *k, *v;
        map_iter_start(mp, &int_int, m, it);
        VERIFY(map_iter_next(mp, it, &k, &v));
        first[*(int64_t *)k]++;
    }
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_gt(first[i], 10);
}
END_TEST

START_TEST(nil_maps_read_as_empty) {
    bool panicked = false;
    int64_t k = 1;
    Slot it[MAPITER_WORDS];
    void *kp, *v;
    ck_assert_ptr_null(map_get(mp, &int_int, NULL, &k, &panicked));
    ck_assert_ptr_null(map_get_i64(mp, &int_int, NULL, 1));
    ck_assert_ptr_null(map_get_str(mp, &str_int, NULL, "", 0));
    map_delete(mp, &int_int, NULL, &k, &panicked);
    map_clear(mp, &int_int, NULL);
    map_iter_start(mp, &int_int, NULL, it);
    ck_assert(!map_iter_next(mp, it, &kp, &v));
    ck_assert_uint_eq(map_len(NULL), 0);
}
END_TEST

START_TEST(a_write_inside_a_write_is_fatal) {
    Hmap *m = map_new(mp->pp, &int_int, 0);
    m->writing = 1;
    map_put_i64(mp, &int_int, m, 1);
}
END_TEST

enum { SHIFTS = 45, CHOSEN_SETS = SHIFTS + 9 };

// Keys chosen to collide, by one who knows the hash but not the seed: number i of a set, at buf. Returns its length.
static uint64_t chosen_key(unsigned set, uint64_t i, char *buf) {
    const uint64_t k = i << 32 | i, blocks[][6] = {
        {mix_k0, i, 0, 0, 0, 0}, {mix_k1, i, 0, 0, 0, 0}, {mix_k2, i, 0, 0, 0, 0},
        {i, mix_k0, 0, 0, 0, 0}, {i, mix_k1, 0, 0, 0, 0}, {i, mix_k2, 0, 0, 0, 0},
        {mix_k0, i, mix_k1, k, mix_k0, i}, {mix_k0, i, mix_k1, k, 0, 0}, {mix_k0, i, mix_k0, k, mix_k1, 0},
    };
    if (set < SHIFTS) {
        memcpy(buf, &(uint64_t){i << set}, 8);
        return 8;
    }
    memcpy(buf, blocks[set - SHIFTS], 48);
    return set - SHIFTS < 6 ? 16 : 48;
}

START_TEST(chosen_keys_hash_apart) {
    enum { KEYS = 4096, MOST = 64, ROUNDS = 4 };
    uint64_t x = 88172645463325252u;
    for (unsigned round = 0; round < ROUNDS * CHOSEN_SETS; round++) {
        uint64_t seed = rnd(&x);
        uint16_t high[KEYS] = {0}, low[KEYS] = {0}, tags[128] = {0};
        for (uint64_t i = 0; i < KEYS; i++) {
            char buf[48];
            uint64_t n = chosen_key(round / ROUNDS, i, buf), h = n == 8 ? mix_u64(mix_read8(buf), seed) : mix_bytes(buf, n, seed);
            high[h >> 52]++;
            low[h >> 7 & (KEYS - 1)]++;
            tags[h & 127]++;
        }
        bool crowded = false;
        for (unsigned i = 0; i < KEYS; i++)
            crowded |= high[i] >= MOST || low[i] >= MOST || tags[i % 128] >= KEYS / 128 * 8;
        ck_assert(!crowded);
    }
}
END_TEST

int main(void) {
    Suite *s = suite_create("map");
    TCase *tc = tcase_create("map");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, ints_agree_with_a_model, 0, 3);
    tcase_add_test(tc, strings_of_all_lengths);
    tcase_add_test(tc, narrow_empty_and_big_types);
    tcase_add_test(tc, nan_is_never_found_but_ranged_over_and_cleared);
    tcase_add_test(tc, a_key_that_is_equal_but_different_is_replaced);
    tcase_add_loop_test(tc, range_sees_each_entry_once_while_the_map_changes, 0, 10);
    tcase_add_test(tc, range_starts_anywhere);
    tcase_add_test(tc, nil_maps_read_as_empty);
    tcase_add_exit_test(tc, a_write_inside_a_write_is_fatal, 2);
    tcase_add_test(tc, chosen_keys_hash_apart);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(s, tc);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

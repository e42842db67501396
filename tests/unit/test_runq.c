// test_runq.c: the local run queue: order, overflow, and thieves on four threads.
#include "sched_harness.h"

#include <check.h>
#include <stdlib.h>

static Runtime *rt;
static Sched *s;

static void set_up(void) {
    rt = h_new(4, NULL);
    s = rt->sched;
}

static void tear_down(void) {
    h_free(rt);
}

START_TEST(goroutines_leave_in_order_and_runnext_goes_first) {
    P *pp = rt->allp[0];
    G gs[5] = {0};
    bool inherit;
    ck_assert(runq_empty(pp));
    for (int i = 0; i < 3; i++)
        runq_put(s, pp, &gs[i], false);
    runq_put(s, pp, &gs[3], true);
    runq_put(s, pp, &gs[4], true);  // kicks 3 to the tail
    ck_assert_uint_eq(runq_len(pp), 5);
    static const int order[] = {4, 0, 1, 2, 3};
    for (int i = 0; i < 5; i++) {
        ck_assert_ptr_eq(runq_get(pp, _i, &inherit), &gs[order[i]]);
        ck_assert(inherit == (i == 0));
    }
    ck_assert_ptr_null(runq_get(pp, _i, &inherit));
    ck_assert(runq_empty(pp));
}
END_TEST

START_TEST(a_full_ring_gives_half_to_the_global_queue) {
    P *pp = rt->allp[0];
    static G gs[RUNQ_SIZE + 1];
    for (int i = 0; i < RUNQ_SIZE + 1; i++)
        runq_put(s, pp, &gs[i], false);
    ck_assert_uint_eq(s->globq_size, RUNQ_SIZE / 2 + 1);
    ck_assert_uint_eq(runq_len(pp), RUNQ_SIZE / 2);
    ck_assert_ptr_eq(globq_get(s, pp, 1), &gs[0]);
    bool inherit;
    ck_assert_ptr_eq(runq_get(pp, false, &inherit), &gs[RUNQ_SIZE / 2]);
    sched_lock(s);
    runq_drain_locked(s, pp);
    sched_unlock(s);
    ck_assert(runq_empty(pp));
    uint32_t n = s->globq_size;
    ck_assert_uint_eq(n, RUNQ_SIZE - 1);
    while (s->globq_size) {
        globq_get(s, pp, 0);
        while (runq_get(pp, false, &inherit))
            n--;
        n--;
    }
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(thief_takes_half_rounded_up) {
    static const int counts[] = {1, 2, 3, 7, 100};
    int n = counts[_i];
    static G gs[100];
    if (n > RUNQ_SIZE)
        return;
    P *a = rt->allp[0], *b = rt->allp[1];
    for (int i = 0; i < n; i++)
        runq_put(s, a, &gs[i], false);
    ck_assert_ptr_nonnull(runq_steal(b, a, false));
    int half = n - n / 2;
    ck_assert_uint_eq(runq_len(b), (uint32_t)half - 1);
    ck_assert_uint_eq(runq_len(a), (uint32_t)(n - half));
    bool inherit;
    while (runq_get(a, false, &inherit) || runq_get(b, false, &inherit)) {
    }
}
END_TEST

START_TEST(runnext_is_stolen_last) {
    P *a = rt->allp[0], *b = rt->allp[1];
    G g = {0};
    runq_put(s, a, &g, true);
    ck_assert_ptr_null(runq_steal(b, a, false));
    ck_assert_ptr_eq(runq_steal(b, a, true), &g);
    ck_assert(runq_empty(a));
}
END_TEST

/* One owner that pushes and pops, three thieves: every goroutine is taken exactly once. */
enum { STRESS_GS = 2000, STRESS_ROUNDS = 40 };
static G stress_gs[STRESS_GS];
static _Atomic int taken[STRESS_GS];
static _Atomic int left;
static _Atomic bool go;

static void take(G *gp) {
    atomic_fetch_add(&taken[gp - stress_gs], 1);
    atomic_fetch_sub(&left, 1);
}

static void *thief(void *arg) {
    P *pp = arg;
    bool inherit;
    while (!atomic_load(&go)) {
    }
    while (atomic_load(&left) > 0) {
        G *gp = runq_steal(pp, rt->allp[0], true);
        if (gp)
            take(gp);
        while ((gp = runq_get(pp, false, &inherit)) != NULL)
            take(gp);
        gp = globq_get(s, pp, 0);
        if (gp)
            take(gp);
    }
    return NULL;
}

START_TEST(four_threads_take_each_goroutine_once) {
    pthread_t threads[3];
    atomic_store(&left, STRESS_GS * STRESS_ROUNDS);
    atomic_store(&go, false);
    for (int i = 0; i < STRESS_GS; i++)
        atomic_store(&taken[i], 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, thief, rt->allp[i + 1]);
    atomic_store(&go, true);
    P *pp = rt->allp[0];
    bool inherit;
    for (int round = 1; round <= STRESS_ROUNDS; round++) {
        for (int i = 0; i < STRESS_GS; i++) {
            runq_put(s, pp, &stress_gs[i], i % 3 == 0);
            G *gp;
            if (i % 4 == 0 && (gp = runq_get(pp, false, &inherit)) != NULL)
                take(gp);
        }
        // a goroutine is put again only after it was taken
        while (atomic_load(&left) > STRESS_GS * (STRESS_ROUNDS - round)) {
            G *gp = runq_get(pp, false, &inherit);
            if (!gp)
                gp = globq_get(s, pp, 1);
            if (gp)
                take(gp);
        }
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < STRESS_GS; i++)
        ck_assert_int_eq(taken[i], STRESS_ROUNDS);
    ck_assert_uint_eq(s->globq_size, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("runq");
    TCase *tc = tcase_create("runq");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, goroutines_leave_in_order_and_runnext_goes_first, 0, 2);
    tcase_add_test(tc, a_full_ring_gives_half_to_the_global_queue);
    tcase_add_loop_test(tc, thief_takes_half_rounded_up, 0, 5);
    tcase_add_test(tc, runnext_is_stolen_last);
    tcase_add_test(tc, four_threads_take_each_goroutine_once);
    tcase_set_timeout(tc, 20);
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

// test_sched.c: lives of runtimes, preemption, blocking calls, stopping the world, GOMAXPROCS, semaphores, cancelling, deadlock, limits.
#include "sched_harness.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

static _Atomic uint64_t count, stage;
static Hchan *ch;

static int run_with(const Body *b, uint32_t p, const RtOptions *opt) {
    atomic_store(&count, 0);
    atomic_store(&stage, 0);
    Runtime *rt = h_new(p, opt);
    int st = h_run(rt, b);
    h_free(rt);
    return st;
}

static const uint32_t procs[] = {1, 2, 8};
enum { NPROCS = 3 };

/* --- a hundred lives --- */
static Step child(M *mp, G *gp, Frame *f) {
    atomic_fetch_add(&count, 1);
    return STEP_EXIT;
}
BODY(child_body, child);

static Step small_main(M *mp, G *gp, Frame *f) {
    if (f->at++ == 0) {
        for (int i = 0; i < 20; i++)
            h_go(mp, &child_body, 0, 0, 0, 0);
    }
    return atomic_load(&count) == 20 ? STEP_END_RUN : STEP_YIELD;
}
BODY(small_body, small_main);

START_TEST(a_hundred_runtimes) {
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(run_with(&small_body, procs[i % NPROCS], NULL), 0);
}
END_TEST

/* --- an endless loop is preempted; a goroutine behind it runs --- */
static Step endless(M *mp, G *gp, Frame *f) {
    return atomic_load(&stage) ? STEP_EXIT : STEP_POLL;
}
BODY(endless_body, endless);

static Step preempt_main(M *mp, G *gp, Frame *f) {
    if (f->at++ == 0) {
        for (uint32_t i = 0; i < mp->rt->nprocs + 1; i++)
            h_go(mp, &endless_body, 0, 0, 0, 0);
        return STEP_YIELD;
    }
    return STEP_END_RUN;
}
BODY(preempt_body, preempt_main);

START_TEST(endless_loops_do_not_starve_main) {
    ck_assert_int_eq(run_with(&preempt_body, procs[_i], NULL), 0);
}
END_TEST

/* --- blocking calls: others run meanwhile, no deadlock is seen --- */
static void block_50ms(Frame *f) {
    usleep(50000);
}

static Step blocker(M *mp, G *gp, Frame *f) {
    if (f->at++ == 0)
        return STEP_BLOCK;
    atomic_fetch_add(&count, 1);
    return STEP_EXIT;
}
static const Body blocker_body = {.fn = {.frame_bytes = sizeof(Frame)}, .step = blocker, .block = block_50ms};

static Step worker(M *mp, G *gp, Frame *f) {
    atomic_fetch_add(&stage, 1);
    return STEP_EXIT;
}
BODY(worker_body, worker);

static Step block_main(M *mp, G *gp, Frame *f) {
    switch (f->at++) {
    case 0:
        f->n = (uint64_t)clock_mono_ns();
        for (int i = 0; i < 10; i++)
            h_go(mp, &blocker_body, 0, 0, 0, 0);
        for (int i = 0; i < 10; i++)
            h_go(mp, &worker_body, 0, 0, 0, 0);
        return STEP_YIELD;
    default:
        if (atomic_load(&count) < 10) {
            usleep(1000);
            return STEP_YIELD;
        }
        ck_assert_uint_eq(stage, 10);
        ck_assert_int_lt(clock_mono_ns() - (int64_t)f->n, 400000000);  // side by side, not one after the other
        return STEP_END_RUN;
    }
}
BODY(block_body, block_main);

START_TEST(blocking_calls_give_up_their_p) {
    ck_assert_int_eq(run_with(&block_body, procs[_i], NULL), 0);
}
END_TEST

// The only goroutine is in a blocking call: no deadlock.
static Step lone_blocker(M *mp, G *gp, Frame *f) {
    if (f->at == 3)
        return STEP_END_RUN;
    f->at++;
    return STEP_BLOCK;
}
static const Body lone_body = {.fn = {.frame_bytes = sizeof(Frame)}, .step = lone_blocker, .block = block_50ms};

START_TEST(a_blocking_call_is_no_deadlock) {
    ck_assert_int_eq(run_with(&lone_body, procs[_i], NULL), 0);
}
END_TEST

/* --- stopping the world from several goroutines while others work --- */
static _Atomic int inside;

static Step stopper(M *mp, G *gp, Frame *f) {
    if (f->i++ == 200) {
        atomic_fetch_add(&count, 1);
        return STEP_EXIT;
    }
    sched_stop_world(mp, "test");
    ck_assert_int_eq(atomic_fetch_add(&inside, 1), 0);
    ck_assert_int_eq(atomic_fetch_sub(&inside, 1), 1);
    sched_start_world(mp);
    return mp->pp ? STEP_POLL : STEP_YIELD;
}
BODY(stopper_body, stopper);

static Step busy(M *mp, G *gp, Frame *f) {
    // never inside while the world is stopped
    ck_assert_int_eq(atomic_load(&inside), 0);
    return atomic_load(&count) == 4 ? STEP_EXIT : (f->i++ % 8 ? STEP_POLL : STEP_YIELD);
}
BODY(busy_body, busy);

static Step stop_main(M *mp, G *gp, Frame *f) {
    if (f->at++ == 0) {
        for (int i = 0; i < 4; i++) {
            h_go(mp, &stopper_body, 0, 0, 0, 0);
            h_go(mp, &busy_body, 0, 0, 0, 0);
        }
        h_go(mp, &blocker_body, 0, 0, 0, 0);
    }
    return atomic_load(&count) >= 5 ? STEP_END_RUN : STEP_YIELD;
}
BODY(stop_body, stop_main);

START_TEST(the_world_stops) {
    ck_assert_int_eq(run_with(&stop_body, procs[_i], NULL), 0);
}
END_TEST

/* --- the end of a run while goroutines stop the world without end --- */
static Step endless_stopper(M *mp, G *gp, Frame *f) {
    sched_stop_world(mp, "test");
    sched_start_world(mp);
    atomic_fetch_add(&count, 1);
    return mp->pp ? STEP_POLL : STEP_YIELD;
}
BODY(endless_stopper_body, endless_stopper);

static Step end_main(M *mp, G *gp, Frame *f) {
    if (f->at++ == 0) {
        for (int i = 0; i < 3; i++)
            h_go(mp, &endless_stopper_body, 0, 0, 0, 0);
    }
    return atomic_load(&count) >= 20 ? STEP_END_RUN : STEP_YIELD;
}
BODY(end_body, end_main);

START_TEST(a_run_ends_though_the_world_is_being_stopped) {
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(run_with(&end_body, procs[_i], NULL), 0);
}
END_TEST

/* --- GOMAXPROCS up and down while goroutines pass values and sleep --- */
static Step ping(M *mp, G *gp, Frame *f) {
    if (atomic_load(&stage) && f->at == 0) {
        atomic_fetch_add(&count, 1);
        return STEP_EXIT;
    }
    f->v = f->i++;
    f->at ^= 1;
    Step st = h_chan(f->at ? chan_send(mp, ch, &f->v, true) : chan_recv(mp, ch, &f->v, NULL, true));
    return st == STEP_ON ? STEP_POLL : st;
}
BODY(ping_body, ping);

static Step resize_main(M *mp, G *gp, Frame *f) {
    static const uint64_t sizes[] = {1, 5, 2, 8, 1, 3};
    switch (f->at) {
    case 0:
        ch = chan_new(mp, &h_chan_int, 16);
        for (int i = 0; i < 6; i++)
            h_go(mp, &ping_body, 0, 0, 0, 0);
        f->at = 1;
        return STEP_ON;
    case 1:
        if (f->i == 9) {
            atomic_store(&stage, 1);
            f->at = 2;
            return STEP_ON;
        }
        f->n = sizes[f->i++ % COUNT_OF(sizes)];
        sched_m(mp)->want_procs = (uint32_t)f->n;
        sched_set_poll(mp->pp, POLL_PREEMPT);
        f->at = 3;
        return STEP_POLL;
    case 3:
        ck_assert_uint_eq(mp->rt->nprocs, f->n);
        ck_assert(mp->rt->one_p == (f->n == 1));
        ck_assert_uint_lt(mp->pp->id, f->n);
        f->at = 4;
        Slot s[3] = {200000};
        return sched_intrinsics[6].fn(&mp->leaf, s) == LEAF_PARK ? STEP_PARKED : STEP_ON;
    case 4: f->at = 1; return STEP_POLL;
    default: return atomic_load(&count) == 6 ? STEP_END_RUN : STEP_YIELD;
    }
}
BODY(resize_body, resize_main);

START_TEST(gomaxprocs_changes) {
    ck_assert_int_eq(run_with(&resize_body, procs[_i], NULL), 0);
}
END_TEST

/* --- semaphores: a lock of one unit --- */
static _Atomic uint32_t sema_word;
static uint64_t guarded;  // under the semaphore
enum { LOCKERS = 10, LOCKS = 300 };

static Step locker(M *mp, G *gp, Frame *f) {
    switch (f->at) {
    case 0:
        if (f->i++ == LOCKS) {
            atomic_fetch_add(&count, 1);
            return STEP_EXIT;
        }
        f->at = 1;
        return sema_acquire(mp, &sema_word, f->i % 5 == 0, WAIT_MUTEX_LOCK) ? STEP_ON : STEP_PARKED;
    case 1:
        guarded++;
        f->at = 2;
        return f->i % 7 == 0 ? STEP_YIELD : STEP_ON;
    default:
        f->at = 0;
        sema_release(mp, &sema_word, f->i % 3 == 0);
        return STEP_POLL;
    }
}
BODY(locker_body, locker);

static Step sema_main(M *mp, G *gp, Frame *f) {
    if (f->at++ == 0) {
        atomic_store(&sema_word, 1);
        guarded = 0;
        for (int i = 0; i < LOCKERS; i++)
            h_go(mp, &locker_body, 0, 0, 0, 0);
    }
    return atomic_load(&count) == LOCKERS ? STEP_END_RUN : STEP_YIELD;
}
BODY(sema_body, sema_main);

START_TEST(a_semaphore_excludes) {
    ck_assert_int_eq(run_with(&sema_body, procs[_i], NULL), 0);
    ck_assert_uint_eq(guarded, LOCKERS * LOCKS);
    ck_assert_uint_eq(sema_word, 1);
}
END_TEST

/* --- cancelling parked goroutines --- */
static G *victims[3];

static Step victim(M *mp, G *gp, Frame *f) {
    if (f->at == 1) {
        ck_assert(atomic_load(&gp->cancel_requested));
        atomic_fetch_add(&count, 1);
        return STEP_EXIT;
    }
    f->at = 1;
    victims[f->a[0]] = gp;
    Slot s[3] = {3600000000000};
    switch (f->a[0]) {
    case 0: return h_chan(chan_recv(mp, ch, &f->v, NULL, true));
    case 1: return sched_intrinsics[6].fn(&mp->leaf, s) == LEAF_PARK ? STEP_PARKED : STEP_ON;
    default: return sema_acquire(mp, &sema_word, false, WAIT_SEMACQUIRE) ? STEP_ON : STEP_PARKED;
    }
}
BODY(victim_body, victim);

static Step cancel_main(M *mp, G *gp, Frame *f) {
    switch (f->at++) {
    case 0:
        atomic_store(&sema_word, 0);
        ch = chan_new(mp, &h_chan_int, 0);
        for (uint64_t i = 0; i < 3; i++)
            h_go(mp, &victim_body, i, 0, 0, 0);
        return STEP_YIELD;
    case 1:
        for (int i = 0; i < 3; i++) {
            if (!victims[i] || atomic_load(&victims[i]->status) != G_WAITING) {
                f->at = 1;
                return STEP_YIELD;
            }
        }
        for (int i = 0; i < 3; i++)
            g_cancel(mp, victims[i]);
        return STEP_YIELD;
    default:
        if (atomic_load(&count) < 3)
            return STEP_YIELD;
        ck_assert_ptr_null(ch->recvq.first);
        ck_assert_int_eq(timer_earliest(mp->rt), 0);
        return STEP_END_RUN;
    }
}
BODY(cancel_body, cancel_main);

START_TEST(cancel_takes_goroutines_off_their_queues) {
    ck_assert_int_eq(run_with(&cancel_body, 1, NULL), 0);
}
END_TEST

/* --- ends of the process --- */
static Step stuck(M *mp, G *gp, Frame *f) {
    Hchan *c = chan_new(mp, &h_chan_int, 0);
    if (f->a[0] == 0 && f->at++ == 0)
        h_go(mp, &endless_body, 0, 0, 0, 0), atomic_store(&stage, 1);
    return h_chan(chan_recv(mp, c, &f->v, NULL, true));
}
BODY(stuck_body, stuck);

START_TEST(deadlock_ends_with_2) {
    (void)!freopen("/dev/null", "w", stderr);
    run_with(&stuck_body, procs[_i], NULL);
}
END_TEST

START_TEST(deadlock_is_seen_by_the_seeded_policy) {
    (void)!freopen("/dev/null", "w", stderr);
    RtOptions opt = {.seeded = true, .seed = 1};
    run_with(&stuck_body, 1, &opt);
}
END_TEST

static Step main_leaves(M *mp, G *gp, Frame *f) {
    return STEP_EXIT;
}
BODY(main_leaves_body, main_leaves);

START_TEST(goexit_of_main_ends_with_2) {
    (void)!freopen("/dev/null", "w", stderr);
    run_with(&main_leaves_body, 2, NULL);
}
END_TEST

static Step breed(M *mp, G *gp, Frame *f) {
    h_go(mp, &victim_body, 0, 0, 0, 0);
    return STEP_YIELD;
}
BODY(breed_body, breed);

START_TEST(too_many_goroutines_end_with_2) {
    (void)!freopen("/dev/null", "w", stderr);
    RtOptions opt = {.maxgoroutines = 100};
    run_with(&breed_body, 2, &opt);
}
END_TEST

static Step forever(M *mp, G *gp, Frame *f) {
    return STEP_POLL;
}
BODY(forever_body, forever);

START_TEST(a_time_limit_ends_with_124) {
    (void)!freopen("/dev/null", "w", stderr);
    RtOptions opt = {.timeout_ns = 30000000};
    ck_assert_int_eq(run_with(&forever_body, procs[_i], &opt), 124);
}
END_TEST

/* --- the same seed gives the same order --- */
static uint64_t trail[3];

static Step walker(M *mp, G *gp, Frame *f) {
    trail[stage] = trail[stage] * 31 + f->a[0];
    if (f->i++ == 50) {
        atomic_fetch_add(&count, 1);
        return STEP_EXIT;
    }
    return f->i % 3 ? STEP_POLL : STEP_YIELD;
}
BODY(walker_body, walker);

static Step walk_main(M *mp, G *gp, Frame *f) {
    if (f->at++ == 0) {
        for (uint64_t i = 1; i <= 10; i++)
            h_go(mp, &walker_body, i, 0, 0, 0);
    }
    return atomic_load(&count) == 10 ? STEP_END_RUN : STEP_YIELD;
}
BODY(walk_body, walk_main);

START_TEST(a_seed_fixes_the_order) {
    static const uint64_t seeds[] = {5, 5, 6};
    for (int i = 0; i < 3; i++) {
        RtOptions opt = {.seeded = true, .seed = seeds[i]};
        atomic_store(&count, 0);
        Runtime *rt = h_new(1, &opt);
        atomic_store(&stage, (uint64_t)i);
        ck_assert_int_eq(h_run(rt, &walk_body), 0);
        h_free(rt);
    }
    ck_assert_uint_eq(trail[0], trail[1]);
    ck_assert_uint_ne(trail[0], trail[2]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sched");
    TCase *tc = tcase_create("sched");
    tcase_add_test(tc, a_hundred_runtimes);
    tcase_add_loop_test(tc, endless_loops_do_not_starve_main, 0, NPROCS);
    tcase_add_loop_test(tc, blocking_calls_give_up_their_p, 0, NPROCS);
    tcase_add_loop_test(tc, a_blocking_call_is_no_deadlock, 0, NPROCS);
    tcase_add_loop_test(tc, the_world_stops, 0, NPROCS);
    tcase_add_loop_test(tc, a_run_ends_though_the_world_is_being_stopped, 0, NPROCS);
    tcase_add_loop_test(tc, gomaxprocs_changes, 0, NPROCS);
    tcase_add_loop_test(tc, a_semaphore_excludes, 0, NPROCS);
    tcase_add_test(tc, cancel_takes_goroutines_off_their_queues);
    tcase_add_loop_exit_test(tc, deadlock_ends_with_2, 2, 0, NPROCS);
    tcase_add_exit_test(tc, deadlock_is_seen_by_the_seeded_policy, 2);
    tcase_add_exit_test(tc, goexit_of_main_ends_with_2, 2);
    tcase_add_exit_test(tc, too_many_goroutines_end_with_2, 2);
    tcase_add_loop_test(tc, a_time_limit_ends_with_124, 0, NPROCS);
    tcase_add_test(tc, a_seed_fixes_the_order);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

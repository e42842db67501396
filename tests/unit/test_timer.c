// test_timer.c: the heap, sleeping, timer channels, stop and reset, an idle poller that an earlier timer wakes.
#include "sched_harness.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

static const uint32_t procs[] = {1, 3};
enum { NPROCS = 2 };
static _Atomic uint64_t count, stage;

static int run_with(const Body *b, uint32_t p, const RtOptions *opt) {
    atomic_store(&count, 0);
    atomic_store(&stage, 0);
    Runtime *rt = h_new(p, opt);
    int st = h_run(rt, b);
    h_free(rt);
    return st;
}

static int run(const Body *b, uint32_t p) {
    return run_with(b, p, NULL);
}

static LeafFn leaf(const char *name) {
    for (const IntrinsicDef *d = sched_intrinsics; d->name; d++) {
        if (!strcmp(d->name, name))
            return d->fn;
    }
    ck_abort_msg("no leaf function %s", name);
    return NULL;
}

static Step do_sleep(M *mp, int64_t ns) {
    Slot s[3] = {(Slot)ns};
    return leaf("time.Sleep")(&mp->leaf, s) == LEAF_PARK ? STEP_PARKED : STEP_POLL;
}

START_TEST(the_heap_gives_timers_in_order) {
    Runtime *rt = h_new(1, NULL);
    M *mp = rt_current_m();
    enum { N = 500 };
    static Timer ts[N];
    srand(_i + 1);
    for (int i = 0; i < N; i++)
        ck_assert(timer_add(mp, &ts[i], rand() % 1000 + 1, 0));
    // some are taken out of the middle
    int n = N;
    for (int i = 0; i < N; i += 3, n--)
        ck_assert(timer_del(&ts[i]));
    ck_assert(!timer_del(&ts[0]));
    TimerHeap *h = rt->allp[0]->timers;
    int64_t last = 0;
    while (h->n) {
        ck_assert_int_eq(atomic_load(&h->min_when), h->v[0].when);
        ck_assert_int_ge(h->v[0].when, last);
        last = h->v[0].when;
        ck_assert(timer_del(h->v[0].t));
        n--;
    }
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(atomic_load(&h->min_when), 0);
    h_free(rt);
}
END_TEST

/* --- sleepers wake in order of their times --- */
static Step sleeper(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        f->at = 1;
        f->n = (uint64_t)clock_mono_ns();
        return do_sleep(mp, (int64_t)f->a[0] * 1000000);
    }
    ck_assert_int_ge(clock_mono_ns() - (int64_t)f->n, (int64_t)f->a[0] * 1000000);
    atomic_fetch_add(&count, 1);
    return STEP_EXIT;
}
BODY(sleeper_body, sleeper);

static Step sleep_main(M *mp, G *gp, Frame *f) {
    switch (f->at) {
    case 0:
        for (uint64_t i = 0; i < 20; i++)
            h_go(mp, &sleeper_body, 30 - i, 0, 0, 0);  // each earlier than those before
        f->n = (uint64_t)clock_mono_ns();
        f->at = 1;
        return do_sleep(mp, 60000000);
    default:
        ck_assert_uint_eq(count, 20);
        ck_assert_int_lt(clock_mono_ns() - (int64_t)f->n, 2000000000);
        return STEP_END_RUN;
    }
}
BODY(sleep_body, sleep_main);

START_TEST(sleepers_wake) {
    ck_assert_int_eq(run(&sleep_body, procs[_i]), 0);
}
END_TEST

/* --- the poller sleeps until a late timer; a goroutine on another M adds an early one from a blocking call's end --- */
static void block_20ms(Frame *f) {
    usleep(20000);
}

static Step early(M *mp, G *gp, Frame *f) {
    switch (f->at) {
    case 0: f->at = 1; return STEP_BLOCK;
    case 1: f->at = 2; return do_sleep(mp, 1000000);
    default: atomic_store(&stage, 1); return STEP_END_RUN;
    }
}
static const Body early_body = {.fn = {.frame_bytes = sizeof(Frame)}, .step = early, .block = block_20ms};

static Step late(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        h_go(mp, &early_body, 0, 0, 0, 0);
        f->at = 1;
        return do_sleep(mp, 3000000000);
    }
    return STEP_END_RUN;
}
BODY(late_body, late);

START_TEST(an_earlier_timer_wakes_the_poller) {
    int64_t t = clock_mono_ns();
    ck_assert_int_eq(run(&late_body, procs[_i]), 0);
    ck_assert_int_lt(clock_mono_ns() - t, 1000000000);
    ck_assert_uint_eq(stage, 1);
}
END_TEST

/* --- channel timers: nothing stale comes after stop or reset --- */
static const uint64_t time_ptrs[] = {4};
static const TypeDesc time_type = {.kind = KIND_STRUCT, .align = 8, .size = 24, .gc_period = 3, .gc_ptrs = time_ptrs};
static const TypeDesc chan_time = {.kind = KIND_CHAN, .elem = &time_type, .size = 8};

static Timer tm1;
static uint64_t got[3];
static Slot ok;

static uint64_t call_timer(M *mp, const char *name, uint64_t d, uint64_t period) {
    Slot s[3] = {(Slot)&tm1, d, period};
    ck_assert_int_eq(leaf(name)(&mp->leaf, s), LEAF_DONE);
    return s[0] & 1;
}

static Step timers_main(M *mp, G *gp, Frame *f) {
    switch (f->at++) {
    case 0:
        tm1 = (Timer){.c = chan_new(mp, &chan_time, 1)};
        call_timer(mp, "time.startTimer", 1000000, 0);
        ck_assert_uint_eq(chan_cap(tm1.c), 0);
        return h_chan(chan_recv(mp, tm1.c, got, &ok, true));
    case 1:
        ck_assert(!call_timer(mp, "time.stopTimer", 0, 0));  // received: stopping comes too late
        ck_assert(!call_timer(mp, "time.resetTimer", 1000000, 0));
        return do_sleep(mp, 5000000);
    case 2:  // expired, not received: counts as stopped, and the value is gone
        ck_assert_uint_eq(chan_len(tm1.c), 0);
        ck_assert(call_timer(mp, "time.stopTimer", 0, 0));
        ck_assert_int_eq(chan_recv(mp, tm1.c, got, &ok, false), CHAN_WOULD_BLOCK);
        ck_assert(!call_timer(mp, "time.resetTimer", 100000000, 0));
        ck_assert(call_timer(mp, "time.resetTimer", 1000000, 2000000));  // was active; now a ticker
        return h_chan(chan_recv(mp, tm1.c, got, &ok, true));
    case 3:
    case 4: return h_chan(chan_recv(mp, tm1.c, got, &ok, true));
    case 5:
        ck_assert(call_timer(mp, "time.stopTimer", 0, 0));
        return do_sleep(mp, 5000000);
    default:
        ck_assert_int_eq(chan_recv(mp, tm1.c, got, &ok, false), CHAN_WOULD_BLOCK);
        return STEP_END_RUN;
    }
}
BODY(timers_body, timers_main);

START_TEST(no_stale_value_after_stop_or_reset) {
    ck_assert_int_eq(run(&timers_body, procs[_i]), 0);
}
END_TEST

/* --- virtual time: an hour passes at once --- */
START_TEST(the_seeded_clock_jumps) {
    RtOptions opt = {.seeded = true, .seed = 7};
    int64_t t = clock_mono_ns();
    ck_assert_int_eq(run_with(&late_body, 1, &opt), 0);
    ck_assert_int_lt(clock_mono_ns() - t, 1000000000);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("timer");
    TCase *tc = tcase_create("timer");
    tcase_add_loop_test(tc, the_heap_gives_timers_in_order, 0, 3);
    tcase_add_loop_test(tc, sleepers_wake, 0, NPROCS);
    tcase_add_loop_test(tc, an_earlier_timer_wakes_the_poller, 0, NPROCS);
    tcase_add_loop_test(tc, no_stale_value_after_stop_or_reset, 0, NPROCS);
    tcase_add_test(tc, the_seeded_clock_jumps);
    tcase_set_timeout(tc, 20);
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

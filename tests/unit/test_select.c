// test_select.c: select: choice at random, default, nil and closed channels, losers that leave their queues.
#include "sched_harness.h"

#include <check.h>
#include <stdlib.h>

static const uint32_t procs[] = {1, 4};
enum { NPROCS = 2 };

static Hchan *chans[4];
static _Atomic uint64_t sum, count;

static int run(const Body *b, uint32_t p) {
    atomic_store(&sum, 0);
    atomic_store(&count, 0);
    Runtime *rt = h_new(p, NULL);
    int st = h_run(rt, b);
    h_free(rt);
    return st;
}

/* The frame of a select: channel slots and elements at fixed places behind the Frame. */
typedef struct SelFrame {
    Frame f;
    Hchan *c[4];
    uint64_t v[4];
    uint64_t cases[4];
} SelFrame;

#define SEL_BODY(var, stepfn) static const Body var = {.fn = {.frame_bytes = sizeof(SelFrame), .name = #var}, .step = stepfn}

static void set_case(SelFrame *sf, int i, bool send, Hchan *c) {
    sf->c[i] = c;
    sf->cases[i] = select_case(send ? SELECT_SEND : 0, (uint32_t)((char *)&sf->c[i] - (char *)sf), (uint32_t)((char *)&sf->v[i] - (char *)sf));
}

static ChanStatus do_select(M *mp, SelFrame *sf, uint32_t n, bool has_default) {
    return chan_select(mp, (Slot *)sf, sf->cases, n, has_default, sf->f.result);
}

/* --- one goroutine --- */
static Step alone(M *mp, G *gp, Frame *f) {
    SelFrame *sf = (SelFrame *)f;
    for (int i = 0; i < 4; i++)
        chans[i] = chan_new(mp, &h_chan_int, 1);
    // default; nil channels never go
    set_case(sf, 0, false, chans[0]);
    set_case(sf, 1, true, NULL);
    set_case(sf, 2, false, NULL);
    ck_assert_int_eq(do_select(mp, sf, 3, true), CHAN_DONE);
    ck_assert_int_eq((int64_t)f->result[0], -1);
    ck_assert_int_eq(do_select(mp, sf, 0, true), CHAN_DONE);
    ck_assert_int_eq((int64_t)f->result[0], -1);
    // the ready one
    uint64_t v = 42;
    ck_assert_int_eq(chan_send(mp, chans[0], &v, true), CHAN_DONE);
    ck_assert_int_eq(do_select(mp, sf, 3, false), CHAN_DONE);
    ck_assert(f->result[0] == 0 && f->result[1] == 1 && sf->v[0] == 42);
    // two ready ones: both are chosen in time
    set_case(sf, 0, false, chans[0]);
    set_case(sf, 1, false, chans[1]);
    set_case(sf, 2, false, chans[2]);
    unsigned chosen[3] = {0};
    for (int i = 0; i < 2000; i++) {
        (void)!chan_send(mp, chans[0], &v, false);
        (void)!chan_send(mp, chans[2], &v, false);
        ck_assert_int_eq(do_select(mp, sf, 3, i & 1), CHAN_DONE);
        ck_assert_uint_lt(f->result[0], 3);
        chosen[f->result[0]]++;
    }
    ck_assert(chosen[0] > 800 && chosen[2] > 800 && chosen[1] == 0);
    // closed: receives zero, sending panics
    Hchan *closed = chan_new(mp, &h_chan_int, 0);
    (void)!chan_close(mp, closed);
    set_case(sf, 0, false, closed);
    set_case(sf, 1, false, chans[1]);
    sf->v[0] = 9;
    ck_assert_int_eq(do_select(mp, sf, 2, false), CHAN_DONE);
    ck_assert(f->result[0] == 0 && f->result[1] == 0 && sf->v[0] == 0);
    set_case(sf, 0, true, closed);
    ck_assert_int_eq(do_select(mp, sf, 2, false), CHAN_PANIC);
    ck_assert_int_eq(do_select(mp, sf, 1, true), CHAN_PANIC);
    // one channel in several cases
    set_case(sf, 0, true, chans[3]);
    set_case(sf, 1, false, chans[3]);
    sf->v[0] = 5;
    ck_assert_int_eq(do_select(mp, sf, 2, false), CHAN_DONE);
    ck_assert_uint_eq(f->result[0], 0);
    ck_assert_int_eq(do_select(mp, sf, 2, false), CHAN_DONE);
    ck_assert(f->result[0] == 1 && sf->v[1] == 5);
    return STEP_END_RUN;
}
SEL_BODY(alone_body, alone);

START_TEST(rules_of_one_goroutine) {
    ck_assert_int_eq(run(&alone_body, procs[_i]), 0);
}
END_TEST

/* --- fan in: four producers, selects that wait; then all channels are closed --- */
enum { PER_CHAN = 1000, SELECTORS = 3 };

static Step producer(M *mp, G *gp, Frame *f) {
    if (f->i == PER_CHAN) {
        (void)!chan_close(mp, chans[f->a[0]]);
        return STEP_EXIT;
    }
    f->v = ++f->i;
    return h_chan(chan_send(mp, chans[f->a[0]], &f->v, true));
}
BODY(producer_body, producer);

static Step selector(M *mp, G *gp, Frame *f) {
    SelFrame *sf = (SelFrame *)f;
    if (f->at == 0) {
        if (f->n == 0) {
            for (int i = 0; i < 4; i++)
                set_case(sf, i, false, chans[i]);
            f->n = 4;
        }
        f->at = 1;
        return h_chan(do_select(mp, sf, 4, false));
    }
    f->at = 0;
    uint64_t i = f->result[0];
    ck_assert_uint_lt(i, 4);
    if (!f->result[1]) {
        sf->c[i] = NULL;
        if (--f->n == 0) {
            atomic_fetch_add(&count, 1);
            return STEP_EXIT;
        }
        return STEP_ON;
    }
    atomic_fetch_add(&sum, sf->v[i]);
    return STEP_POLL;
}
SEL_BODY(selector_body, selector);

static uint64_t cap;

static Step fan_in(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        for (uint64_t i = 0; i < 4; i++) {
            chans[i] = chan_new(mp, &h_chan_int, (int64_t)cap);
            h_go(mp, &producer_body, i, 0, 0, 0);
        }
        for (int i = 0; i < SELECTORS; i++)
            h_go(mp, &selector_body, 0, 0, 0, 0);
        f->at = 1;
    }
    return atomic_load(&count) == SELECTORS ? STEP_END_RUN : STEP_YIELD;
}
BODY(fan_in_body, fan_in);

START_TEST(selects_take_every_value_once) {
    cap = _i / NPROCS ? 2 : 0;
    ck_assert_int_eq(run(&fan_in_body, procs[_i % NPROCS]), 0);
    ck_assert_uint_eq(sum, 4 * (uint64_t)PER_CHAN * (PER_CHAN + 1) / 2);
}
END_TEST

/* --- selects on both sides: senders and receivers meet, each value is taken once, nobody sends to itself --- */
static Step both(M *mp, G *gp, Frame *f) {
    SelFrame *sf = (SelFrame *)f;
    bool sends = f->a[0] & 1;
    if (f->at == 0) {
        if (f->i == PER_CHAN) {
            atomic_fetch_add(&count, 1);
            return STEP_EXIT;
        }
        for (int i = 0; i < 2; i++) {
            set_case(sf, i, sends, chans[i]);
            sf->v[i] = sends ? f->i + 1 : 0;
        }
        f->at = 1;
        return h_chan(do_select(mp, sf, 2, false));
    }
    f->at = 0;
    f->i++;
    if (!sends) {
        ck_assert_uint_eq(f->result[1], 1);
        atomic_fetch_add(&sum, sf->v[f->result[0]]);
    }
    return STEP_POLL;
}
SEL_BODY(both_body, both);

static Step both_main(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        chans[0] = chan_new(mp, &h_chan_int, 0);
        chans[1] = chan_new(mp, &h_chan_int, 0);
        for (uint64_t i = 0; i < 6; i++)
            h_go(mp, &both_body, i, 0, 0, 0);
        f->at = 1;
    }
    return atomic_load(&count) == 6 ? STEP_END_RUN : STEP_YIELD;
}
BODY(both_main_body, both_main);

START_TEST(selects_meet_selects) {
    ck_assert_int_eq(run(&both_main_body, procs[_i]), 0);
    ck_assert_uint_eq(sum, 3 * (uint64_t)PER_CHAN * (PER_CHAN + 1) / 2);
    // all sudogs went off the queues
    ck_assert_uint_eq(h_panics, 0);
}
END_TEST

/* --- close wakes a select that sends: it runs again and panics --- */
static Step sel_sender(M *mp, G *gp, Frame *f) {
    SelFrame *sf = (SelFrame *)f;
    if (f->at == 0) {
        set_case(sf, 0, true, chans[0]);
        set_case(sf, 1, false, chans[1]);
        f->at = 1;
        ChanStatus st = do_select(mp, sf, 2, false);
        if (st == CHAN_PANIC)
            atomic_fetch_add(&count, 1);
        return h_chan(st);
    }
    ck_abort_msg("the select went on");
    return STEP_EXIT;
}
SEL_BODY(sel_sender_body, sel_sender);

static Step sel_closer(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        chans[0] = chan_new(mp, &h_chan_int, 0);
        chans[1] = chan_new(mp, &h_chan_int, 0);
        h_go(mp, &sel_sender_body, 0, 0, 0, 0);
        f->at = 1;
    }
    if (f->i++ < 50)
        return STEP_YIELD;
    if (f->i == 51)
        (void)!chan_close(mp, chans[0]);
    if (atomic_load(&count) == 0)
        return STEP_YIELD;
    ck_assert_ptr_null(chans[1]->recvq.first);
    ck_assert_ptr_null(chans[0]->sendq.first);
    return STEP_END_RUN;
}
BODY(sel_closer_body, sel_closer);

START_TEST(close_makes_a_sending_select_panic) {
    ck_assert_int_eq(run(&sel_closer_body, procs[_i]), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("select");
    TCase *tc = tcase_create("select");
    tcase_add_loop_test(tc, rules_of_one_goroutine, 0, NPROCS);
    tcase_add_loop_test(tc, selects_take_every_value_once, 0, 2 * NPROCS);
    tcase_add_loop_test(tc, selects_meet_selects, 0, NPROCS);
    tcase_add_loop_test(tc, close_makes_a_sending_select_panic, 0, NPROCS);
    tcase_set_timeout(tc, 20);
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

// test_chan.c: channels: hand-off, buffers, closing, nil channels, panics; with one P (no locks) and with four.
#include "sched_harness.h"

#include <check.h>
#include <stdlib.h>

static const uint32_t procs[] = {1, 4};
enum { NPROCS = 2 };

static Hchan *ch, *ch2;
static _Atomic uint64_t sum, count;

static int run(const Body *b, uint32_t p) {
    atomic_store(&sum, 0);
    atomic_store(&count, 0);
    Runtime *rt = h_new(p, NULL);
    int st = h_run(rt, b);
    h_free(rt);
    return st;
}

/* --- every value arrives once: a[0] senders of a[1] values each, receivers until the channel is closed --- */
enum { SENDERS = 8, VALUES = 500, RECEIVERS = 5 };

static Step sender(M *mp, G *gp, Frame *f) {
    if (f->i == VALUES) {
        if (atomic_fetch_add(&count, 1) + 1 == SENDERS)
            return chan_close(mp, ch) == CHAN_DONE ? STEP_EXIT : STEP_END_RUN;
        return STEP_EXIT;
    }
    f->v = f->a[0] * VALUES + f->i++;
    return h_chan(chan_send(mp, ch, &f->v, true));
}
BODY(sender_body, sender);

static Step receiver(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        f->at = 1;
        return h_chan(chan_recv(mp, ch, &f->v, &f->ok, true));
    }
    if (!f->ok) {
        ck_assert_uint_eq(f->v, 0);
        return STEP_EXIT;
    }
    atomic_fetch_add(&sum, f->v);
    f->at = 0;
    return STEP_POLL;
}
BODY(receiver_body, receiver);

static uint64_t cap;

static Step fan_main(M *mp, G *gp, Frame *f) {
    switch (f->at) {
    case 0:
        ch = chan_new(mp, &h_chan_int, (int64_t)cap);
        ck_assert_uint_eq(chan_cap(ch), cap);
        for (uint64_t i = 0; i < SENDERS; i++)
            h_go(mp, &sender_body, i, 0, 0, 0);
        for (uint64_t i = 0; i < RECEIVERS; i++)
            h_go(mp, &receiver_body, 0, 0, 0, 0);
        f->at = 1;
        return STEP_ON;
    default:
        if (sched_num_goroutines(mp->rt) == 1)
            return STEP_END_RUN;
        return STEP_YIELD;
    }
}
BODY(fan_body, fan_main);

START_TEST(every_value_arrives_once) {
    static const uint64_t caps[] = {0, 1, 3, 128};
    cap = caps[_i / NPROCS];
    ck_assert_int_eq(run(&fan_body, procs[_i % NPROCS]), 0);
    uint64_t n = SENDERS * VALUES;
    ck_assert_uint_eq(sum, n * (n - 1) / 2);
}
END_TEST

/* --- order: one sender, one receiver --- */
static Step counter(M *mp, G *gp, Frame *f) {
    if (f->i == 2000) {
        (void)!chan_close(mp, ch);
        return STEP_EXIT;
    }
    f->v = f->i++;
    return h_chan(chan_send(mp, ch, &f->v, true));
}
BODY(counter_body, counter);

static Step in_order(M *mp, G *gp, Frame *f) {
    switch (f->at) {
    case 0:
        ch = chan_new(mp, &h_chan_int, (int64_t)cap);
        h_go(mp, &counter_body, 0, 0, 0, 0);
        f->at = 1;
        return STEP_ON;
    case 1:
        f->at = 2;
        return h_chan(chan_recv(mp, ch, &f->v, &f->ok, true));
    default:
        if (!f->ok) {
            ck_assert_uint_eq(f->n, 2000);
            return STEP_END_RUN;
        }
        ck_assert_uint_eq(f->v, f->n++);
        f->at = 1;
        return STEP_ON;
    }
}
BODY(in_order_body, in_order);

START_TEST(values_keep_their_order) {
    cap = _i / NPROCS ? 7 : 0;
    ck_assert_int_eq(run(&in_order_body, procs[_i % NPROCS]), 0);
}
END_TEST

/* --- what needs no second goroutine --- */
static Step alone(M *mp, G *gp, Frame *f) {
    uint64_t v = 7;
    Slot ok = 9;
    // non-blocking
    Hchan *c = chan_new(mp, &h_chan_int, 2);
    ck_assert_int_eq(chan_recv(mp, c, &v, &ok, false), CHAN_WOULD_BLOCK);
    ck_assert_int_eq(chan_send(mp, c, &v, false), CHAN_DONE);
    v = 8;
    ck_assert_int_eq(chan_send(mp, c, &v, true), CHAN_DONE);
    ck_assert_int_eq(chan_send(mp, c, &v, false), CHAN_WOULD_BLOCK);
    ck_assert_uint_eq(chan_len(c), 2);
    // a closed channel gives what it holds, then zeros
    ck_assert_int_eq(chan_close(mp, c), CHAN_DONE);
    ck_assert_int_eq(chan_recv(mp, c, &v, &ok, true), CHAN_DONE);
    ck_assert(v == 7 && ok == 1);
    ck_assert_int_eq(chan_recv(mp, c, NULL, NULL, true), CHAN_DONE);
    ck_assert_int_eq(chan_recv(mp, c, &v, &ok, true), CHAN_DONE);
    ck_assert(v == 0 && ok == 0);
    // panics
    ck_assert_int_eq(chan_send(mp, c, &v, true), CHAN_PANIC);
    ck_assert_str_eq(h_last_panic(), "send on closed channel");
    ck_assert_int_eq(chan_close(mp, c), CHAN_PANIC);
    ck_assert_str_eq(h_last_panic(), "close of closed channel");
    ck_assert_int_eq(chan_close(mp, NULL), CHAN_PANIC);
    ck_assert_str_eq(h_last_panic(), "close of nil channel");
    ck_assert_ptr_null(chan_new(mp, &h_chan_int, -1));
    ck_assert_str_eq(h_last_panic(), "makechan: size out of range");
    ck_assert_ptr_null(chan_new(mp, &h_chan_int, INT64_MAX / 4));
    // nil channels
    ck_assert_uint_eq(chan_len(NULL) + chan_cap(NULL), 0);
    ck_assert_int_eq(chan_send(mp, NULL, &v, false), CHAN_WOULD_BLOCK);
    ck_assert_int_eq(chan_recv(mp, NULL, &v, &ok, false), CHAN_WOULD_BLOCK);
    // elements without size, and large ones
    Hchan *e = chan_new(mp, &h_chan_empty, 3);
    ck_assert_int_eq(chan_send(mp, e, &v, true), CHAN_DONE);
    ck_assert_uint_eq(chan_len(e), 1);
    ck_assert_int_eq(chan_recv(mp, e, &v, &ok, true), CHAN_DONE);
    Hchan *b = chan_new(mp, &h_chan_big, 2);
    uint64_t in[6] = {1, 2, 3, 4, 5, 6}, out[6];
    ck_assert_int_eq(chan_send(mp, b, in, true), CHAN_DONE);
    ck_assert_int_eq(chan_recv(mp, b, out, NULL, true), CHAN_DONE);
    ck_assert_mem_eq(in, out, sizeof in);
    // a pointer that was taken out is not kept
    Hchan *p = chan_new(mp, &h_chan_ptr, 1);
    void *ptr = p;
    ck_assert_int_eq(chan_send(mp, p, &ptr, true), CHAN_DONE);
    ck_assert_int_eq(chan_recv(mp, p, &v, NULL, true), CHAN_DONE);
    ck_assert_uint_eq(v, (uintptr_t)ptr);
    ck_assert_uint_eq(*(uint64_t *)p->buf, 0);
    return STEP_END_RUN;
}
BODY(alone_body, alone);

START_TEST(rules_of_one_goroutine) {
    ck_assert_int_eq(run(&alone_body, procs[_i]), 0);
}
END_TEST

/* --- close wakes everybody: receivers with zero and false, senders with a panic --- */
static Step late_receiver(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        f->at = 1;
        f->v = 5;
        f->ok = 5;
        return h_chan(chan_recv(mp, ch, &f->v, &f->ok, true));
    }
    ck_assert(f->v == 0 && f->ok == 0);
    atomic_fetch_add(&count, 1);
    return STEP_EXIT;
}
BODY(late_receiver_body, late_receiver);

static Step late_sender(M *mp, G *gp, Frame *f) {
    if (f->at == 0) {
        f->at = 1;
        ChanStatus st = chan_send(mp, ch2, &f->v, true);
        if (st == CHAN_PANIC)
            atomic_fetch_add(&count, 1);
        return h_chan(st);
    }
    ck_abort_msg("the send succeeded");
    return STEP_EXIT;
}
BODY(late_sender_body, late_sender);

static Step closer(M *mp, G *gp, Frame *f) {
    switch (f->at) {
    case 0:
        ch = chan_new(mp, &h_chan_int, 0);
        ch2 = chan_new(mp, &h_chan_int, 0);
        for (int i = 0; i < 10; i++) {
            h_go(mp, &late_receiver_body, 0, 0, 0, 0);
            h_go(mp, &late_sender_body, 0, 0, 0, 0);
        }
        f->at = 1;
        return STEP_YIELD;
    case 1:
        if (f->i++ < 100)
            return STEP_YIELD;
        (void)!chan_close(mp, ch);
        (void)!chan_close(mp, ch2);
        f->at = 2;
        return STEP_YIELD;
    default:
        return atomic_load(&count) == 20 ? STEP_END_RUN : STEP_YIELD;
    }
}
BODY(closer_body, closer);

START_TEST(close_wakes_all) {
    ck_assert_int_eq(run(&closer_body, procs[_i]), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("chan");
    TCase *tc = tcase_create("chan");
    tcase_add_loop_test(tc, every_value_arrives_once, 0, 4 * NPROCS);
    tcase_add_loop_test(tc, values_keep_their_order, 0, 2 * NPROCS);
    tcase_add_loop_test(tc, rules_of_one_goroutine, 0, NPROCS);
    tcase_add_loop_test(tc, close_wakes_all, 0, NPROCS);
    tcase_set_timeout(tc, 20);
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}

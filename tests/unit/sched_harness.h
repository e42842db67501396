/* sched_harness.h: a stand-in for the VM, so that scheduler and channels are tested alone.
 *
 * A goroutine body is a C function called with its frame; frame->at tells where it goes on. It returns a Step. Before an operation that may park it
 * sets frame->at to the state behind it. */
#pragma once
#include "chan/chan_impl.h"
#include "sched/leaves.h"
#include "sched/sched_impl.h"
#include "sched/sema.h"

typedef enum Step { STEP_ON, STEP_PARKED, STEP_YIELD, STEP_POLL, STEP_EXIT, STEP_BLOCK, STEP_END_RUN } Step;

typedef struct Frame {
    uint64_t at, before;  // state, and the one that is run again on redo
    uint64_t a[4];        // arguments
    uint64_t i, n, v, ok; // locals
    Slot result[2];
} Frame;

typedef Step (*BodyFn)(M *mp, G *gp, Frame *f);

typedef struct Body {
    FuncDesc fn;
    BodyFn step;
    void (*block)(Frame *f);  // of STEP_BLOCK
} Body;

#define BODY(var, stepfn) static const Body var = {.fn = {.frame_bytes = sizeof(Frame), .param_bytes = 32, .name = #var}, .step = stepfn}

Runtime *h_new(uint32_t procs, const RtOptions *opt);  // opt may be NULL
int h_run(Runtime *rt, const Body *main_body);          // exit status
void h_free(Runtime *rt);
void h_go(M *mp, const Body *b, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3);
Step h_chan(ChanStatus st);                             // PARKED or ON; a panic ends the run with status 3

extern const TypeDesc h_int_type, h_chan_int, h_big_type, h_chan_big, h_chan_ptr, h_chan_empty;
extern _Atomic uint64_t h_panics;
const char *h_last_panic(void);

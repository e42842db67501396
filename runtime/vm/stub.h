// stub.h: functions made while the program runs, for package reflect: their frames have the shape of any function type.
#pragma once
#include "rt.h"

void stubs_init(Runtime *rt);
void stubs_fini(Runtime *rt);

/* Each returns a function that lives as long as the Runtime, the same for the same arguments; NULL when its frame would be too large.
 * Leaf functions are given by name.
 *
 * stub_make_func: a function of type t. Its closure object's second and third words are for args_leaf, which finds the closure in s[0] and
 * the parameters in front of s, at distance stub_args_distance; it leaves a func([]V) []V in s[0] and its argument in s[4..6]. results_leaf
 * finds what that returned in s[0..2] and the closure in s[3]; it writes the results, stub_results_distance in front of s.
 *
 * stub_call: func(fn func-value-or-entry, args []V, results []V) that calls a function of type t, or, if method, the interface entry of one.
 * args_leaf turns s[-9..-7] into slots from s[0] on; results_leaf fills s[-6..-4] from the slots at s[0].
 *
 * stub_select: func(pairs *[2 * n]pointer) (int, bool): a select over n channels pairs[2 * i] with elements at address pairs[2 * i + 1].
 * send[i] tells which way. */
const FuncDesc *stub_make_func(Runtime *rt, const TypeDesc *t, const char *args_leaf, const char *results_leaf);
const FuncDesc *stub_call(Runtime *rt, const TypeDesc *t, bool method, const char *args_leaf, const char *results_leaf);
const FuncDesc *stub_select(Runtime *rt, const bool *send, uint32_t n, bool has_default);

// Slots between the frame of a stub_make_func function and the s of its leaf functions.
static inline uint32_t stub_args_distance(const FuncDesc *fn) {
    return (fn->param_bytes > fn->result_bytes ? fn->param_bytes : fn->result_bytes) / 8;
}
static inline uint32_t stub_results_distance(const FuncDesc *fn) { return stub_args_distance(fn) + 4; }

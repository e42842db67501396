// value.h: slices, beside what rt.h says of equality and hashing.
#pragma once
#include "rt.h"

/* slice_round_up is the memory that Go's allocator gives for size bytes: capacities of grown slices show it. noscan: no pointers inside. */
uint64_t slice_round_up(uint64_t size, bool noscan);

/* slice_grown_cap is the capacity of a slice of capacity old_cap that must hold new_len elements: Go's rule. False: too large. */
bool slice_grown_cap(uint64_t old_cap, uint64_t new_len, const TypeDesc *elem, uint64_t *cap) MUST_USE;

// vm.h: the leaf functions of package runtime that look at frames and panics, for the table that cmd merges.
#pragma once
#include "rt.h"

extern const IntrinsicDef vm_intrinsics[];
extern const uint32_t vm_nintrinsics;

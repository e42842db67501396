// leaves.h: declares every leaf function of the library; included by the files that define them.
#pragma once
#include "rt.h"

#define INTRINSIC(name, fn, flags) LeafStatus fn(LeafCtx *cx, Slot *s);
#include "intrinsics.def"
#undef INTRINSIC

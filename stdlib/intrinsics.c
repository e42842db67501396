// intrinsics.c: the table of leaf functions, made from intrinsics.def.
#include "leaves.h"
#include "library.h"

static const IntrinsicDef table[] = {
#define INTRINSIC(name, fn, flags) {name, fn, flags},
#include "intrinsics.def"
#undef INTRINSIC
    {NULL, NULL, 0},
};

const IntrinsicDef *stdlib_intrinsics(uint32_t *n) {
    *n = sizeof table / sizeof *table - 1;
    return table;
}

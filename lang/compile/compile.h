// compile.h: checked program -> image. Functions are compiled when something reachable mentions them.
#pragma once
#include "image.h"
#include "intrinsic.h"
#include "types/types.h"

typedef struct Compiler Compiler;

/* compile_new makes a compiler. Everything it makes, the image included, lives in sx->arena and points into the checker's trees; errors go to
 * sx->diags. intrinsics: the leaf functions that functions without body name; outlives the image. runtime: gol's own package
 * "runtime", checked, which has the types and functions of RtType and RtFunc; NULL leaves those out (tests). */
Compiler *compile_new(Checker *ck, Syntax *sx, const IntrinsicTable *intrinsics, Package *runtime);

/* compile_program compiles the program whose main package is given (checked without errors) and all it reaches. False when there were
 * errors: a function too large, a leaf function that is missing, something not supported. out is filled in either way. */
MUST_USE bool compile_program(Compiler *c, Package *main_pkg, Image *out);

// report.h: wording of syntax errors.
#pragma once
#include "syntax/syntax_impl.h"

/* report_unexpected words the error for the current token. stack holds the names of the symbols on bison's stack (as in parser.y,
 * header flavours mapped to the plain ones), bottom first; token is the current token's name, expected those that could stand here. */
void report_unexpected(Parser *p, const char *const *stack, int n, const char *token, const char *const *expected, int nexpected);

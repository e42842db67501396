// verify.h: asserts. ASSERT is for checked builds, VERIFY stays in every build.
#pragma once
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>

/* verify_fail reports a broken invariant of ours to standard error and aborts. It allocates nothing. */
_Noreturn void verify_fail(const char *file, int line, const char *what);

#define VERIFY(cond) (__builtin_expect(!!(cond), 1) ? (void)0 : verify_fail(__FILE__, __LINE__, #cond))
#ifdef GOL_CHECKS
#define ASSERT(cond) VERIFY(cond)
#else
#define ASSERT(cond) ((void)sizeof(!!(cond)))
#endif
#define UNREACHABLE(why) verify_fail(__FILE__, __LINE__, "unreachable: " why)

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NORETURN _Noreturn
#define MUST_USE __attribute__((warn_unused_result))
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

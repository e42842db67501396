// syntax_fixture.h: parse a text in a test and look at what comes out.
#pragma once
#include "syntax/syntax_impl.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Fixture {
    Arena a;
    SourceSet ss;
    Intern names;
    Diags diags;
    Syntax sx;
    SourceFile *src;
} Fixture;

static Fixture fx;

static inline void fixture_open(void) {
    memset(&fx, 0, sizeof fx);
    arena_init(&fx.a);
    source_init(&fx.ss, &fx.a);
    intern_init(&fx.names, &fx.a);
    diag_init(&fx.diags, &fx.ss, &fx.a);
    fx.sx = (Syntax){&fx.ss, &fx.names, &fx.a, &fx.diags};
}

static inline void fixture_close(void) { arena_free(&fx.a); }

static inline SourceFile *fixture_source(const char *text, size_t n) {
    fx.src = source_add(&fx.ss, "x.go", arena_dup(&fx.a, text, n), n);
    ck_assert_ptr_nonnull(fx.src);
    return fx.src;
}

// All errors as one text, a line each.
static inline char *fixture_errors(void) {
    char *buf = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&buf, &n);
    diag_print(&fx.diags, f, 0);
    fclose(f);
    char *out = arena_dup(&fx.a, buf, n);
    free(buf);
    return out;
}

// intern.h: one object per distinct name, so that names compare by address.
#pragma once
#include "arena.h"

/* A Name is an interned byte string; two equal strings of one Intern table are the same Name. */
typedef struct Name {
    uint32_t len;
    uint32_t hash;
    char text[];  // NUL terminated; the NUL is not counted
} Name;

typedef struct Intern {
    Arena *arena;   // names and table live here
    Name **slots;   // open addressing, power of two
    uint32_t n, cap;
} Intern;

void intern_init(Intern *t, Arena *a);

/* intern returns the Name of these bytes, making it at first sight. */
const Name *intern(Intern *t, const char *bytes, size_t n);

/* intern_cstr is intern of a NUL terminated string. */
const Name *intern_cstr(Intern *t, const char *s);

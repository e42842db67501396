/* map.h: maps beyond the calls in rt.h: setting up, and the layout that the VM's fast paths and unit tests may look at.
 *
 * A map of up to 8 entries is one group. A larger one is a directory of tables (extendible hashing): the topmost bits of a key's hash select the
 * table, bits 7 and up the group where probing starts, the lowest 7 the control byte. */
#pragma once
#include "rt.h"

bool maps_init(Runtime *rt) MUST_USE;
void maps_fini(Runtime *rt);

/* map_check verifies the invariants of m and throws on a defect. For tests. */
void map_check(M *mp, Hmap *m);

struct MapInfo;
struct MapTable;

struct Hmap {
    uint64_t count;             // entries
    void *dir;                  // the group, or struct MapTable *[1 << depth]
    const struct MapInfo *info;
    uint64_t seed;
    uint32_t clear_seq;         // counts clear(): iterators must forget NaN keys
    uint8_t depth;
    bool small;                 // dir is a group (or NULL: nothing was ever stored)
    _Atomic uint8_t writing;    // an odd value: somebody is writing. Only for the detection of races
};

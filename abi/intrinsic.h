/* intrinsic.h: C leaf functions, called from gol code.
 *
 * A gol function without a body names a leaf function "pkgpath.Name" (methods: "pkgpath.Type.Name"). Arguments come in the frame from
 * slot 0 on, in slot form (type.h) one after the other, a type without slot form in memory form. Results are written from slot
 * 0 on in the same way and may overwrite the arguments: read all arguments first. Narrow integers must be written widened.
 *
 * A leaf function runs on the system stack, never calls gol code and never blocks; it returns
 *   LEAF_DONE    results are in place
 *   LEAF_PANIC   cx->panic_text / cx->panic_kind (or a value) is set by one of the leaf_panic functions
 *   LEAF_PARK    the goroutine is parked: it was queued somewhere that will ready it; results (safe values) are in place
 *   LEAF_BLOCK   only from a leaf with INTR_MAY_BLOCK when cx->may_block is false: it would block in the system; it has changed nothing and
 *                is called again with may_block true while the P may be handed off
 *   LEAF_AGAIN   more work is left; progress is kept in the argument slots, call again after a safepoint
 *   LEAF_EXIT    the goroutine ends here as by runtime.Goexit
 *   LEAF_STOP    only when cx->world_stopped is false: it needs every other goroutine to stand still; it has changed nothing, and is called again with
 *                world_stopped true, when it must finish with LEAF_DONE and allocate nothing
 * Allocation (leaf_alloc) is no safepoint: pointers in C locals stay valid until the leaf returns. */
#pragma once
#include "image.h"

typedef enum LeafStatus { LEAF_DONE, LEAF_PANIC, LEAF_PARK, LEAF_BLOCK, LEAF_AGAIN, LEAF_EXIT, LEAF_STOP } LeafStatus;

struct Runtime;
struct M;
struct P;
struct G;

/* What a leaf function is handed beside its slots. One per M; valid during the call. */
typedef struct LeafCtx {
    struct Runtime *rt;
    struct M *mp;
    struct P *pp;
    struct G *gp;
    bool may_block;
    bool world_stopped;
    const Image *image;
} LeafCtx;

typedef LeafStatus (*LeafFn)(LeafCtx *cx, Slot *s);

enum IntrinsicFlags {
    INTR_MAY_BLOCK = 1,  // may return LEAF_BLOCK
    INTR_MAY_PARK = 2,
    INTR_NO_GC = 4,      // neither allocates nor parks nor panics: the call is no safepoint
};

typedef struct IntrinsicDef {
    const char *name;  // "strings.IndexByte"
    LeafFn fn;
    uint32_t flags;    // IntrinsicFlags
} IntrinsicDef;

/* The set of intrinsics that lang resolves names against and the runtime calls by index. cmd makes it from stdlib's table
 * and the runtime's own. */
typedef struct IntrinsicTable {
    const IntrinsicDef *defs;
    uint32_t n;
} IntrinsicTable;

/* --- services for leaf functions, implemented by the runtime --- */

/* leaf_alloc returns zeroed memory of the collected heap; elem is the type of its elements (NULL: no pointers inside). */
void *leaf_alloc(LeafCtx *cx, size_t size_bytes, const TypeDesc *elem);

/* leaf_string copies n bytes into a new string and stores its two slots at s. */
void leaf_string(LeafCtx *cx, Slot *s, const char *bytes, size_t n);

/* leaf_panic_error raises a runtime.Error with text "runtime error: " + msg; leaf_panic_plain one with msg alone. Return LEAF_PANIC. */
LeafStatus leaf_panic_error(LeafCtx *cx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
LeafStatus leaf_panic_plain(LeafCtx *cx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* leaf_fatal prints "fatal error: " + msg with traces and ends the process with status 2, as Go's throw. */
_Noreturn void leaf_fatal(LeafCtx *cx, const char *msg);

/* leaf_store_ptr stores a pointer into heap memory with the write barrier; leaf_copy copies memory of n elements of type elem with the bulk
 * barrier (memmove semantics). */
void leaf_store_ptr(LeafCtx *cx, void **slot, void *value);
void leaf_copy(LeafCtx *cx, void *dst, const void *src, const TypeDesc *elem, size_t n);

// Slot access helpers.
static inline double slot_f64(Slot s) { double d; __builtin_memcpy(&d, &s, 8); return d; }
static inline Slot f64_slot(double d) { Slot s; __builtin_memcpy(&s, &d, 8); return s; }
static inline float slot_f32(Slot s) { uint32_t u = (uint32_t)s; float f; __builtin_memcpy(&f, &u, 4); return f; }
static inline Slot f32_slot(float f) { uint32_t u; __builtin_memcpy(&u, &f, 4); return u; }

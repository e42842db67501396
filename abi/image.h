/* image.h: what the compiler hands to the runtime.
 *
 * An image is a set of C structures in the compiler's arenas, linked by pointers and never changed while it runs, but for
 * growth at the end (the REPL adds functions). It holds no mutable state of a run: globals are copied into each Runtime.
 *
 * A frame, growing upward (addresses increase):
 *
 *        fp - 24   closure context (pointer to the callee's closure object; NULL for a plain function)
 *        fp - 16   delta in bytes from the caller's fp to this fp (low 32 bits) | FrameFlags << 32
 *        fp -  8   return pc (const uint64_t *), where the caller resumes
 *        fp +  0   slot 0: parameters (slot form, or memory form if the type has none), in order; results overlay from slot 0
 *        ...       locals, temporaries, memory-form variables
 *        ...       outgoing window: 3 header slots, then the callee's slot 0
 *
 * Operands are byte offsets from fp (multiples of 8 for slots; FLD/FST take any byte). A call at window A makes the callee's
 * fp = caller's fp + A; the compiler keeps [A - 24, A) free for the header. On return the results lie from caller's fp + A on.
 * The receiver of a method is its first parameter.
 *
 * A func value is a pointer to a closure object: word 0 is the const FuncDesc *, captures follow. FuncDesc starts with a pointer to
 * itself, so its own address is the closure object of a function without captures.
 *
 * Safepoints and stack maps. A map is looked up by *resume pc*: the word index behind the instruction (and its extension
 * words), which is what a frame's saved pc holds. It has two bits per slot of the frame [0, frame_bytes):
 *     SM_NONE  dead, or no pointer
 *     SM_PTR   a pointer (to heap, static data, into a stack) or nil
 *     SM_IDATA an interface's data word; its type word is the slot below
 *   - CALL, CALLC, CALLI, CALLW, RUNDEFERS: what lives across the call; nothing at or above the window's header is in the map, the callee's
 *     map describes that.
 *   - every other safepoint instruction: its results are included. An instruction that can park stores safe values into its pointer
 *     results before it parks.
 *   - CALLX has a second map under its own start (the word index of the CALLX itself): the arguments are still in place. It holds while the leaf
 *     blocks (LEAF_BLOCK) and when it is to be run again (LEAF_AGAIN). The map at its resume pc has the results.
 *   - SEND, RECV, SELECT: the operands that a parked goroutine's sudogs refer to are in the map at the resume pc too.
 *   - key 0 is function entry: the parameters (used when the stack grows at a call, and for `go` and `defer` records).
 *   - panic_map: named results and address-taken frame variables, zeroed at entry and live until return; describes a frame at an
 *     instruction that panicked and is no safepoint. */
#pragma once
#include "type.h"

typedef uint64_t Slot;
typedef struct FuncDesc FuncDesc;

enum { FRAME_HEADER_BYTES = 24, FRAME_CTX = -3, FRAME_DELTA = -2, FRAME_RETPC = -1 };  // slot indices relative to fp

enum FrameFlags {
    FRAME_ENTRY = 1,     // bottom frame of a goroutine: returning from it ends the goroutine
    FRAME_DEFERRED = 2,  // called by RUNDEFERS or by a panic: recover() may work in it
    FRAME_HOOK = 4,      // called by the VM itself (text of an uncaught panic ...): returning hands back to the VM
    FRAME_OVER_PANIC = 8,  // its caller stopped at an instruction that panicked: the caller's panic map holds, retpc is that instruction's start
};

enum { SM_NONE = 0, SM_PTR = 1, SM_IDATA = 2 };

/* StackMap: nslots pairs of bits, slot i in bits 2*(i%32) and 2*(i%32)+1 of bits[i/32]. Slots beyond nslots are SM_NONE. */
typedef struct StackMap {
    uint32_t nslots;
    uint64_t bits[];
} StackMap;

static inline unsigned stackmap_kind(const StackMap *m, uint32_t slot) {
    return slot < m->nslots ? (unsigned)(m->bits[slot / 32] >> (2 * (slot % 32))) & 3 : SM_NONE;
}

typedef struct SafePoint {
    uint32_t pc;  // resume pc, word index into code
    uint32_t map; // index into FuncDesc.maps
} SafePoint;

typedef struct LineEntry {
    uint32_t pc;    // first word index of the range
    uint32_t line;  // 1-based
} LineEntry;

// From word pc on the source is another file than where the function starts, since a //line comment says so; NULL: that comment counts no more.
typedef struct FileEntry {
    uint32_t pc;
    const char *file;
} FileEntry;

/* A call that was inlined: words [pc, end) of the function belong to `name`, called at `line` of the parent (-1: the function). */
typedef struct InlineEntry {
    uint32_t pc, end;
    int32_t parent;
    uint32_t call_line;
    const char *name, *file;
    const char *call_file;  // where a //line comment puts the call; NULL when none does
} InlineEntry;

// Words [pc, end) of a function.
typedef struct PcRange {
    uint32_t pc, end;
} PcRange;

enum FuncFlags {
    FF_WRAPPER = 1,    // made by the compiler (interface entries, method values): not shown in traces
    FF_HAS_DEFER = 2,  // contains RUNDEFERS; recover_pc is valid
    FF_NO_PREEMPT = 4,
    FF_LIBRARY = 8,    // of gol's own library
    FF_DEREF = 16,     // a wrapper that calls a method of T for a *T: a nil pointer has a message of its own
};

struct FuncDesc {
    const FuncDesc *self;   // == this; makes a FuncDesc a closure object
    const uint64_t *code;
    uint32_t frame_bytes;   // stack needed above fp, outgoing windows' headers included (not the callees' frames)
    uint32_t param_bytes;   // of the parameters from slot 0 on, receiver included, multiple of 8
    uint32_t result_bytes;
    uint32_t ncode;         // words
    uint32_t flags;         // FuncFlags
    uint32_t recover_pc;    // where the function goes on after a recovered panic: runs remaining defers, returns named results
    const char *name;       // as traces print it: "main.f", "main.(*T).m", "main.main.func1"
    const char *file;
    uint32_t line;          // of the declaration
    uint32_t nsafepoints, nlines, ninlines;
    const SafePoint *safepoints;      // ascending by pc
    const StackMap *const *maps;
    const StackMap *panic_map;        // may be NULL: no live slots
    const LineEntry *lines;           // ascending by pc
    const FileEntry *files;           // ascending by pc; nfiles of them, none in most functions
    uint32_t nfiles;
    const InlineEntry *inlines;
    const PcRange *unsigned_ix;       // instructions whose index is of an unsigned type of 64 bits: for the text of their panics
    uint32_t nunsigned_ix;
    const FuncDesc *range_root;       // of a body of range over a function: the function whose statement it is, beyond other such bodies; else NULL
    uint32_t index;         // into Image.funcs
};

typedef struct Selector {
    StrLit name;      // method name
    StrLit pkgpath;   // empty when exported
    const TypeDesc *type;  // signature without receiver
} Selector;

/* Types and functions that the runtime itself needs, by fixed index. */
typedef enum RtType {
    RTT_ERROR_STRING,     // runtime.errorString: Error() puts "runtime error: " in front
    RTT_BOUNDS_ERROR,     // runtime.boundsError: the same for indices and slice bounds
    RTT_PLAIN_ERROR,      // runtime.plainError: its text as it is
    RTT_TYPE_ASSERTION_ERROR,  // *runtime.TypeAssertionError; its struct's first field is a string
    RTT_PANIC_NIL_ERROR,  // *runtime.PanicNilError
    RTT_STRING, RTT_INT, RTT_BYTES /* []uint8 */, RTT_STRINGS /* []string */, RTT_ANY, RTT_ERROR,
    RTT_COUNT
} RtType;

typedef enum RtFunc {
    RTF_MAIN,        // func(): initialises all packages in order, then calls main.main
    RTF_PANIC_TEXT,  // func runtime.panicText(v any) string: text of an uncaught panic's value, may call Error() and String()
    RTF_COUNT
} RtFunc;

/* globals[off] = address of globals + target (a slice header or pointer in initialised data that points into the same block). */
typedef struct GlobalReloc {
    uint64_t off, target;
} GlobalReloc;

typedef struct Image {
    FuncDesc **funcs;           // CALL and GO name functions by index
    const TypeDesc **types;     // LDTYPE and the type operands index this
    const StrLit *strings;      // LDSTR indexes this
    const Selector *selectors;  // by SelId
    uint32_t nfuncs, ntypes, nstrings, nselectors;

    uint64_t globals_bytes;       // size of a run's block of package variables, memory form, 8-aligned, zeroed
    const void *globals_init;     // first globals_init_bytes of it, or NULL
    uint64_t globals_init_bytes;
    const GlobalReloc *relocs;
    uint64_t nrelocs;
    const uint64_t *globals_ptrs;   // bit per word: pointer or interface data word
    const uint64_t *globals_maybe;  // bit per word: interface data word

    const TypeDesc *rt_types[RTT_COUNT];
    const FuncDesc *rt_funcs[RTF_COUNT];
} Image;

/* image_find_map returns the stack map of f at resume pc (word index), or NULL when pc is no safepoint. */
const StackMap *image_find_map(const FuncDesc *f, uint32_t pc);

/* image_index_is_unsigned tells whether the index of the instruction at pc is of an unsigned type of 64 bits. */
bool image_index_is_unsigned(const FuncDesc *f, const uint64_t *pc);

/* image_find_line returns the source line of the instruction whose resume pc is pc (so the word before pc is looked up). */
uint32_t image_find_line(const FuncDesc *f, uint32_t pc);

/* image_find_file returns the name that a //line comment gives to the source of that instruction, or `file` when none does. */
const char *image_find_file(const FuncDesc *f, uint32_t pc, const char *file);

/* image_func_at returns the function whose code holds pc, or NULL (every function ends with an instruction that does not return, so a resume pc is always inside). O(log n) over an index that
 * image_index_build makes; rebuilt when functions were added. */
typedef struct ImageIndex ImageIndex;
ImageIndex *image_index_build(const Image *im);
void image_index_free(ImageIndex *ix);
const FuncDesc *image_func_at(const ImageIndex *ix, const uint64_t *pc);

/* image_index_add enters a function that is not the image's, made while it runs; f must outlive the index. One caller at a time, beside any number
 * of image_func_at. False: no memory. Such functions are few and looked for one after the other. */
bool image_index_add(ImageIndex *ix, const FuncDesc *f) __attribute__((warn_unused_result));

/* image_verify proves that every function's code is well formed: known opcodes, operands inside the frame, jumps on instruction
 * boundaries, indices in range, a stack map for every safepoint. Returns NULL, or a malloc'd text that says what is wrong. */
char *image_verify(const Image *im);

/* image_dump_func prints f's code in the stable form of `gol dump -code`. */
#include <stdio.h>
void image_dump_func(FILE *out, const Image *im, const FuncDesc *f);

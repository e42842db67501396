/* type.h: type descriptors, what the runtime knows of a gol type.
 *
 * The compiler makes exactly one descriptor per distinct type of an image, so that identity is pointer equality.
 *
 * A value has two forms.
 *   Memory form: Go's own size, alignment and layout. Heap, channels, maps, boxes, globals and C leaf functions with pointers see
 *   only this form.
 *   Slot form: the value spread over 64-bit slots of a frame.
 *       bool, integers    1 slot, widened to 64 bits (signed kinds sign-extended, unsigned zero-extended; bool 0 or 1)
 *       float32           1 slot, the 32 bits in the low half, high half 0;   float64   1 slot, its bits
 *       pointer, unsafe.Pointer, map, chan, func   1 slot
 *       complex64/128     2 slots, real and imaginary part, each as a float32/float64 slot
 *       string            2 slots (data, len)
 *       slice             3 slots (data, len, cap)
 *       interface         2 slots (type word: const TypeDesc * of the dynamic type or NULL; data word)
 *       struct            its fields one after the other, if it has at most 4 fields, each field has a slot form, and the
 *                         sum is at most TYPE_MAX_SLOTS; an empty struct has 0 slots
 *       all else          none (nslots == TYPE_NO_SLOTS): arrays, larger structs. In a frame they lie in memory form, 8-aligned,
 *                         in ceil(size / 8) slots. Those above TYPE_MAX_FRAME bytes don't live in frames at all: the frame
 *                         holds one slot with a pointer to a heap object that only this variable or temporary owns.
 *   The machine is little-endian: the low bytes of a 1-slot scalar's slot are its memory form, so the address of such a slot can be
 *   passed where memory form is read. After memory form was written into a narrow scalar's slot it must be widened again.
 *   For string, slice, interface, 8-byte scalars and structs of these alone both forms are the same words.
 *
 * Interface data word: kinds with TF_DIRECT (bool, all ints, floats, pointer, unsafe.Pointer, map, chan, func) put their slot
 * form into the data word; every other value is copied to a heap box that nobody changes, and the data word points to it.
 * Zero-size values have a data word that points to a static word. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Kinds carry reflect.Kind's numbers.
typedef enum Kind {
    KIND_INVALID, KIND_BOOL, KIND_INT, KIND_INT8, KIND_INT16, KIND_INT32, KIND_INT64, KIND_UINT, KIND_UINT8, KIND_UINT16,
    KIND_UINT32, KIND_UINT64, KIND_UINTPTR, KIND_FLOAT32, KIND_FLOAT64, KIND_COMPLEX64, KIND_COMPLEX128, KIND_ARRAY, KIND_CHAN,
    KIND_FUNC, KIND_INTERFACE, KIND_MAP, KIND_POINTER, KIND_SLICE, KIND_STRING, KIND_STRUCT, KIND_UNSAFE_POINTER,
    KIND_COUNT
} Kind;

enum { TYPE_NO_SLOTS = 0xff, TYPE_MAX_SLOTS = 8, TYPE_MAX_FRAME = 1024 };

enum TypeFlags {
    TF_DIRECT = 1,       // lives in an interface's data word itself
    TF_COMPARABLE = 2,   // == is defined for the type (may still panic if TF_EQ_DYNAMIC)
    TF_EQ_MEMORY = 4,    // two values are equal exactly when their memory forms are (no floats, strings, interfaces, padding)
    TF_EQ_DYNAMIC = 8,   // contains an interface: comparing or hashing may panic
    TF_NAMED = 16,       // defined type (has a name of its own)
    TF_SAME_FORM = 32,   // slot form and memory form are the same words
    TF_VARIADIC = 64,    // func type: last parameter is ...T
};

typedef struct TypeDesc TypeDesc;
struct FuncDesc;

typedef struct StrLit {
    const char *data;
    uint64_t len;
} StrLit;

typedef struct FieldDesc {
    StrLit name;
    StrLit tag;
    StrLit pkgpath;  // empty when exported
    const TypeDesc *type;
    uint64_t offset;
    bool embedded, exported;
} FieldDesc;

/* A selector is a method's name (with its package when unexported) together with its signature: a type implements an
 * interface exactly when it has all of the interface's selectors. Index into Image.selectors. */
typedef uint32_t SelId;

typedef struct MethodDesc {
    SelId sel;
    const struct FuncDesc *fn;  // interface entry: receiver is the data word in slot 0. NULL: nothing in the image can call it
    StrLit name;                // for messages and reflection
    const TypeDesc *type;       // func type without receiver; may be NULL when nothing asks for it
    bool exported;
} MethodDesc;

// Open addressing by (sel * MHASH_MUL) >> mhash_shift, linear probing, never full; empty slots have fn == NULL.
typedef struct MethodSlot {
    SelId sel;
    const struct FuncDesc *fn;
} MethodSlot;

struct TypeDesc {
    uint8_t kind;     // Kind
    uint8_t align;    // memory form
    uint8_t flags;    // TypeFlags
    uint8_t nslots;   // slot form, or TYPE_NO_SLOTS
    uint32_t hash;    // of the type, stable within an image
    uint64_t size;    // memory form, bytes

    /* Pointer map of the memory form: word i (8 bytes each) holds a pointer iff bit i % gc_period is set in gc_ptrs. gc_period is 0
     * when there are no pointers at all. Arrays use their element's map, so maps stay short. An interface's data word is set in gc_ptrs
     * and in gc_maybe (may be a scalar); gc_maybe is NULL when the type has no interface in it. The type word of an
     * interface is not a pointer to the heap and not marked. */
    uint32_t gc_period;
    const uint64_t *gc_ptrs;
    const uint64_t *gc_maybe;

    StrLit string;    // what %T prints: "map[string]main.T"
    StrLit name;      // of a defined or basic type: "T", "int"; empty otherwise
    StrLit pkgpath;   // of a defined type

    const TypeDesc *elem;     // pointer, slice, array, chan, map (value)
    const TypeDesc *key;      // map
    uint64_t len;             // array; chan: direction bits 1 = recv, 2 = send
    const TypeDesc *ptr_to;   // *T when the image has it
    const TypeDesc *slice_of; // []T when the image has it

    uint32_t nfields;         // struct: fields; func: parameters then results in `fields` (types only)
    uint32_t nparams;         // func
    const FieldDesc *fields;

    uint32_t nmethods;           // interface: all its methods; others: the method set of the type, sorted by sel
    uint32_t mhash_shift;        // 32 - log2(size of mhash)
    const MethodDesc *methods;
    const MethodSlot *mhash;     // concrete types only; NULL when there are no methods
};

enum { MHASH_MUL = 0x9E3779B1 };

/* type_method returns the interface entry of selector sel on concrete type t, or NULL. */
static inline const struct FuncDesc *type_method(const TypeDesc *t, SelId sel) {
    if (!t->mhash)
        return NULL;
    uint32_t mask = (1u << (32 - t->mhash_shift)) - 1;
    uint32_t i = (uint32_t)(sel * (uint32_t)MHASH_MUL) >> t->mhash_shift;
    for (; t->mhash[i].fn; i = (i + 1) & mask) {
        if (t->mhash[i].sel == sel)
            return t->mhash[i].fn;
    }
    return NULL;
}

/* typedesc_implements tells whether concrete type t has every method of interface type iface; if not and missing != NULL, *missing is
 * the first method (in the interface's order) that it lacks. */
bool typedesc_implements(const TypeDesc *t, const TypeDesc *iface, const MethodDesc **missing);

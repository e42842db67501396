// printer.h: the state of one Print, Sprint, Fprint or Errorf call, shared by fmt_sys.c, number.c and print.gol.
#pragma once
#include "rt.h"

/* A Frame is a piece of unfinished work: a format string, a list of operands, or a composite value under way. */
typedef struct Frame {
    const TypeDesc *type;  // of the composite
    void *ptr;             // its memory form; map: copies of the keys
    void *aux;             // map: copies of the values
    void *order;           // map: int32 indices in printing order
    int64_t index, n;      // next element, number of elements; F_FORMAT: position and number of the next operand
    int64_t info;          // FrameKind, depth, verb and FrameBits, packed as below
} Frame;

/* A Printer mirrors type printer of print.gol, field by field. */
typedef struct Printer {
    char *buf;             // output so far
    int64_t len, cap;
    Frame *stack;
    int64_t nstack, stack_cap;
    int64_t base;          // frames of the current run lie above this one
    Slot *args;            // the operands, a slice of interfaces
    int64_t nargs, args_cap;
    const char *format;
    int64_t format_len;
    const TypeDesc *arg_type;  // the value whose method gol code is to call
    Slot arg_data;
    const Slot *ifaces;    // *[4]any: typed nil pointers to Formatter, GoStringer, error, Stringer
    int64_t verb;
    int64_t flags;         // PrintFlags
    int64_t wid, prec;
    int64_t mode;          // PrintModes
    int64_t *wrapped;      // operands of %w, a slice kept by gol code
    int64_t nwrapped, wrapped_cap;
} Printer;

enum PrintFlags {
    PF_PLUS = 1, PF_MINUS = 2, PF_SHARP = 4, PF_SPACE = 8, PF_ZERO = 16, PF_WID = 32, PF_PREC = 64,
    PF_PLUSV = 128,   // %+v
    PF_SHARPV = 256,  // %#v
};

enum PrintModes {
    PM_ERRORING = 1,   // inside %!verb(...): no methods are called
    PM_REORDERED = 2,  // the format used an argument index
    PM_WRAP = 4,       // Errorf: %w is a verb
    PM_PANICKING = 8,  // inside PANIC=...: a second panic is the caller's
    PM_BAD_INDEX = 16, // the argument index of the current verb is wrong
    PM_AFTER_INDEX = 32,
};

static inline bool fmt_flag(const Printer *p, int64_t f) { return (p->flags & f) != 0; }

/* fmt_room returns where n more bytes can be written. */
char *fmt_room(LeafCtx *cx, Printer *p, size_t n);
void fmt_bytes(LeafCtx *cx, Printer *p, const char *s, size_t n);
void fmt_byte(LeafCtx *cx, Printer *p, char c);
void fmt_text(LeafCtx *cx, Printer *p, const char *s);

/* --- number.c and text.c: one operand each, under the current flags. False: the verb does not suit the type. --- */
void fmt_pad(LeafCtx *cx, Printer *p, const char *s, size_t n);  // n bytes of UTF-8, to the width
bool fmt_bool(LeafCtx *cx, Printer *p, bool v, int64_t verb);
bool fmt_int(LeafCtx *cx, Printer *p, uint64_t v, bool is_signed, int64_t verb);
bool fmt_float(LeafCtx *cx, Printer *p, double v, int bits, int64_t verb);
bool fmt_complex(LeafCtx *cx, Printer *p, double re, double im, int bits, int64_t verb);
bool fmt_string(LeafCtx *cx, Printer *p, const char *s, size_t n, int64_t verb);
bool fmt_pointer(LeafCtx *cx, Printer *p, uint64_t u, const TypeDesc *t, int64_t verb);

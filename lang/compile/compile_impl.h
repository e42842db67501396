/* compile_impl.h: the compiler's inside, for the files of lang/compile and its unit test.
 *
 * A value in a frame is always in its *frame form*: slot form if its type has one (FORM_SLOTS), else memory form, 8-aligned (FORM_MEM), else, for
 * types above TYPE_MAX_FRAME bytes, one slot with a pointer to a heap object that only this variable or temporary owns (FORM_BIG).
 * A frame offset ("at") with a TInfo says all about such a value.
 *
 * Frame slots are given out like a stack (Fn.top): variables by scope, temporaries by expression, call windows at the top. What kind of
 * value (pointer or not) lies in a slot is a property of code position: frame_alloc logs the change, stackmap.c reads the log. Hence the one
 * rule of code generation: allocate a destination before emitting the instruction that writes it, and never read a slot that is
 * not written on every path. Checked builds verify the latter. */
#pragma once
#include "compile/compile.h"
#include "map.h"
#include "opcode.h"
#include "vec.h"

typedef struct TInfo TInfo;
typedef struct Fn Fn;
typedef struct FuncInst FuncInst;

/* ---- types ---- */

typedef enum Form { FORM_SLOTS, FORM_MEM, FORM_BIG } Form;

typedef enum PieceKind {
    PIECE_I8, PIECE_U8, PIECE_I16, PIECE_U16, PIECE_I32, PIECE_U32, PIECE_64, PIECE_PTR, PIECE_STR, PIECE_IFACE, PIECE_SLICE,
} PieceKind;

// A Piece is one unit that a typed load or store moves: where it is in memory form and in slot form.
typedef struct Piece {
    uint32_t mem;
    uint8_t slot, kind, nslots;
} Piece;

/* TInfo: what the compiler knows of a canonical type without type parameters; Type.aux. */
struct TInfo {
    Type *type, *under;
    uint8_t kind;       // Kind of abi
    uint8_t form;       // Form
    uint8_t flags;      // TypeFlags
    uint8_t nslots;     // slot form, or TYPE_NO_SLOTS
    uint8_t npieces;    // of the slot form
    bool converted;     // RTA: values of the type get into interfaces
    bool methods_done;  // descriptor lists its methods
    uint32_t fslots;    // slots that the frame form takes
    uint64_t size, align;
    Piece pieces[TYPE_MAX_SLOTS];
    uint32_t gc_period; // as TypeDesc; 0 without pointers
    uint64_t *gc_ptrs, *gc_maybe;
    TypeDesc *desc;
    uint32_t index;     // of desc in Image.types
    TInfo *elem, *key;  // filled on demand by ti_elem, ti_key
    struct ConvType *conv;
    FuncInst *wrappers;
};

/* ---- functions ---- */

typedef enum FuncKind {
    FUNC_DECLARED,     // a declared function or method
    FUNC_LIT,          // a function literal, or the body of a range over a function
    FUNC_INTRINSIC,    // a leaf function as a func value
    FUNC_ENTRY,        // interface entry of a method: slot 0 is the data word
    FUNC_BOUND,        // method value: context holds the receiver
    FUNC_METHOD_EXPR,  // T.m as a func value
    FUNC_THUNK,        // go and defer of builtins and leaf functions: arguments are parameters
    FUNC_INIT_ITEM,    // one package-level initialisation
    FUNC_MAIN,         // RTF_MAIN
} FuncKind;

/* FuncInst is one function of the image: what it is made from. */
struct FuncInst {
    uint8_t kind;
    bool compiled;
    FuncDesc *desc;
    uint32_t index;
    Object *obj;          // DECLARED, INTRINSIC, ENTRY ...: the function
    FuncInfo *info;       // DECLARED once known, LIT
    TypeEnv env;
    TInfo **params, **results;   // receiver first
    uint32_t nparams, nresults;
    FuncInst *outer;      // LIT
    FuncInst *next;       // instances of the same object
    uint32_t nlits;       // literals numbered so far
    uint32_t nranges;     // range bodies numbered so far
    uint32_t inline_cost; // 1 + what the body costs when compiled in place; 0: not known yet
    // wrappers
    TInfo *recv;          // type of the value that has the method
    Selection *sel;
    FuncInst *target;
    uint32_t intrinsic;
    CallExpr *call;       // THUNK: the builtin call
    InitItem *item;
    struct RangeBody *range;  // LIT of a range body
    struct RangeExitTable *exits;  // of the range bodies inside, once there are some
    TInfo *state_type;        // of the object through which range bodies report: code, then the results
    VEC(struct Capture) captures;  // LIT: in the order of the closure's words
    TInfo *closure_type;
};

enum { CAPTURE_VAR, CAPTURE_STATE, CAPTURE_LOOP };

typedef struct Capture {
    Object *obj;      // NULL: see what
    uint8_t what;     // CAPTURE_VAR, or a range body's state
    bool by_ref;      // the closure holds the box
    TInfo *t;
    uint32_t mem;     // offset in the closure object
} Capture;

/* ---- code under construction ---- */

typedef uint32_t Label;
#define NO_LABEL UINT32_MAX
#define NOWHERE UINT32_MAX

typedef struct Jump {
    uint32_t pc;
    Label label;
} Jump;

typedef struct LinePos {
    uint32_t pc;
    Pos pos;
} LinePos;

// From code position pc on, `slot` holds values of kind `now` (it was `old`).
typedef struct KindEvent {
    uint32_t pc, slot;
    uint8_t old, now;
} KindEvent;

// Arguments and results of the call at pc, in slots.
typedef struct CallSite {
    uint32_t pc, nargs, nresults;
} CallSite;

// Slots [slot, slot + n) can be read through a pointer while the code is in [pc, end).
typedef struct Pin {
    uint32_t pc, end, slot, n;
} Pin;

typedef enum VarPlace {
    VAR_FRAME,      // frame value at `at`
    VAR_BOX,        // in a heap object of its own, whose pointer is in slot `at`
    VAR_BLOCK,      // `at` bytes into the object that slot `base` points to
    VAR_BLOCK_BOX,  // in a heap object of its own, whose pointer is there
} VarPlace;

typedef struct Var {
    Object *obj;
    TInfo *t;
    uint32_t at, base;
    uint8_t place;   // VarPlace
} Var;

// An instruction with operands out of reach, while its extension words arrive (far.c).
typedef struct FarIns {
    Opcode op;
    uint32_t operand[3], next;
    uint64_t ext[2];
    int32_t c_imm;
    bool is_imm, active;
} FarIns;

// A word of the block of variables that the frame has no room for.
typedef struct BlockPart {
    TInfo *t;       // NULL: a box
    uint32_t at;
} BlockPart;

typedef enum LocKind {
    LOC_FRAME,   // frame form at `at`
    LOC_FMEM,    // memory form at frame byte `at`, any alignment
    LOC_PTR,     // address R[at] + disp
    LOC_GLOBAL,  // globals + disp
    LOC_ELEM,    // slice at `at`, index in slot `ix`, element size esize, then + disp
    LOC_PELEM,   // array at R[at] + disp, index in slot ix, len elements of esize
    LOC_FELEM,   // array of 8-byte elements in the frame at `at`, index ix, len
    LOC_STRX,    // byte ix of the string at `at`
    LOC_MAP,     // map R[at], key as map_key has it at ix
    LOC_BLANK,
} LocKind;

typedef struct Loc {
    uint8_t kind;
    bool nonnil;
    bool ix_unsigned;  // the index is of an unsigned type of 64 bits
    TInfo *t;       // of the value
    TInfo *mt;      // LOC_MAP: the map type
    uint32_t at, ix;
    uint64_t disp, esize, len;
} Loc;

// A Hoisted expression's value lies at `at` of the frame until its statement ends: order.c.
typedef struct Hoisted {
    Expr *e;
    uint32_t at;
} Hoisted;

// Where break, continue and the like lead.
typedef struct Target {
    struct Target *outer;
    Stmt *stmt;
    Label brk, cont;
} Target;

typedef struct LabelHome {
    LabeledStmt *stmt;
    Label label;
} LabelHome;

typedef enum ExitKind { EXIT_RETURN, EXIT_RETURN_VALUES, EXIT_BRANCH } ExitKind;

// A way out of a range-over-function body that leads beyond its loop. Its code is its number in the outermost function, from 1.
typedef struct RangeExit {
    uint8_t kind, tok;
    Stmt *target;
} RangeExit;

typedef VEC(RangeExit) RangeExits;

/* A RangeBody belongs to the closure that is the body of a range over a function. `root` is the function the statements really belong to. */
typedef struct RangeBody {
    RangeStmt *stmt;
    FuncInst *root;
} RangeBody;

struct Fn {
    struct Compiler *c;
    Arena *arena;       // of this function's scratch
    FuncInst *inst;
    FuncInfo *info;
    TypeEnv env;
    VEC(uint64_t) code;
    VEC(Jump) jumps;
    VEC(uint32_t) labels;   // position, or UINT32_MAX
    VEC(LinePos) lines;
    VEC(KindEvent) kinds;
    VEC(CallSite) calls;
    VEC(Pin) pins;
    VEC(InlineEntry) inlines;
    VEC(PcRange) unsigned_ix;
    struct Inline *inl; // the inlined call whose body is being compiled
    VEC(Pin) sticky;    // live from entry to return: what deferred calls and recover may need
    VEC(Var) vars;
    VEC(LabelHome) label_homes;
    VEC(Hoisted) hoisted;
    uint32_t hoisted_next;  // where to look first
    uint8_t *slot_kind;     // now, per slot
    uint32_t slot_kinds;    // how many there is room for
    uint32_t top, max_top;  // bytes
    Pos pos;
    Pos go_pos;             // of the go statement: what it starts was created there
    VEC(uint32_t) open_pins;  // those that have no end yet, ascending
    bool dead;              // the code position can't be reached
    uint32_t last_ins;      // where the last instruction of three operands stands
    uint32_t last_bound;    // code position of the label bound last
    bool too_large;         // more than operands reach, or with far: more than a frame may be
    bool far;               // operands may be out of reach
    bool failed;
    FarIns pending;
    uint32_t scratch;       // far: where what operands can't reach is brought
    uint32_t block_at, ctx_at;  // far: slots with the block, and with the closure; NOWHERE
    uint32_t select_at;     // far: SELECT's results
    uint32_t block_pc;      // of the instruction that makes the block
    uint64_t block_bytes;
    bool vars_full;         // variables go to the block in any case
    VEC(BlockPart) block;
    uint32_t last_pc;       // of the instruction emitted last
    Target *targets;
    // results
    Var *result_home;       // of each result
    bool has_defer, named_results;
    Label epilogue;         // of functions with defer: run them, return
    uint32_t param_slots, result_slots;
    // range over functions
    uint32_t state_at;      // slot with the pointer to the range state, or NOWHERE
    uint32_t loop_at;       // in a range body: slot with the pointer to its loop's status
    uint32_t new_loop_at;   // the status of the loop whose closure is being made
    uint32_t depth;         // of expressions, statements
    uint32_t free_header;   // a window whose header is still unused: a call whose result goes to its slot 0 may use it
};

// What an instruction may read or write at one operand: so much is brought into reach when it isn't.
enum { FAR_SPAN_BYTES = TYPE_MAX_FRAME };
/* Bytes of a frame: that every operand reaches; that may be in use where a far function puts one more variable; that there may be at all, as for Go. */
#ifdef GOL_LONGFORMS
enum { FAR_ALWAYS = 1 };
#else
enum { FAR_ALWAYS = 0 };
#endif
enum { FRAME_NEAR_BYTES = 0xfff8, FRAME_VARS_BYTES = 24 << 10, FRAME_BYTES_MAX = 1 << 30 };

/* ---- the compiler ---- */

typedef struct SelEntry {
    const Name *name;
    Package *pkg;   // NULL when exported
    Type *sig;
    SelId id;
    struct SelEntry *next;
    bool called;    // some reachable code calls it through an interface
    struct TInfo *signature;  // when reflection may ask for it
    VEC(struct ConvMethod *) impls;
} SelEntry;

// Methods of a type that gets into interfaces.
typedef struct ConvMethod {
    SelId sel;
    TInfo *t;
    Selection *selection;
    FuncInst *entry;
} ConvMethod;

typedef struct ConvType {
    TInfo *t;
    uint32_t nmethods;
    ConvMethod *methods;
} ConvType;

struct Compiler {
    Checker *ck;
    Syntax *sx;
    Arena *arena;
    const IntrinsicTable *intrinsics;
    Package *runtime;
    PtrMap intrinsic_index;       // Name -> index + 1
    VEC(FuncDesc *) funcs;
    VEC(FuncInst *) insts;        // by index
    VEC(const TypeDesc *) types;
    VEC(StrLit) strings;
    VEC(Selector) selectors;
    VEC(SelEntry *) sel_entries;  // by SelId
    SelEntry **sel_hash;
    uint32_t sel_hash_cap;
    PtrMap string_index;          // Name -> index + 1
    Intern string_names;
    VEC(FuncInst *) work;
    uint32_t work_done;
    VEC(ConvType *) convs;        // types in interfaces
    uint32_t convs_done;
    VEC(Object *) globals;        // with an offset
    uint64_t globals_bytes;
    char *gdata;                  // initial contents, gcap bytes
    uint64_t gcap, ginit_bytes;   // bytes that differ from zero end here
    VEC(GlobalReloc) relocs;
    struct GRegion *gregions;     // pointer maps of the block's parts
    uint32_t ngregions, gregions_cap;
    PtrMap items_done;            // InitItem rhs -> FuncInst or ITEM_STATIC
    PtrMap thunks;
    TInfo *t_int, *t_uint, *t_bool, *t_string, *t_any, *t_uint8, *t_ptr, *t_bytes, *t_float64, *t_float32, *t_int32, *t_uintptr, *t_error;
    Fn fn;                        // scratch, reused
    struct OpShape *shapes;       // per opcode: what stackmap.c knows of its operands
    struct MapTable *maps;        // all stack maps of the image
    uint64_t *scratch;            // of stackmap.c
    size_t scratch_words;
    uint32_t fn_serial;
    Arena tmp;                    // of the function being compiled
    VEC(FuncInst *) startup;      // what RTF_MAIN calls, in order
    FuncInst *item_static;        // marks initialisers that became data
    char *stack_limit;            // the C stack may grow down to here
    bool too_deep;                // that was said
    bool reflects;                // package reflect is part of the program: exported methods may be called by name
    bool failed;
};

typedef struct GRegion {
    uint64_t off;
    TInfo *t;
    uint64_t count;
} GRegion;

bool name_is_exported(const Name *n);  // of the checker

/* typedesc.c */
TInfo *ti_of(Compiler *c, Type *t);               // t without type parameters
TInfo *ti_elem(Compiler *c, TInfo *t);
TInfo *ti_key(Compiler *c, TInfo *t);
TInfo *ti_field(Compiler *c, TInfo *t, uint32_t i);
uint32_t ti_field_named(const TInfo *t, const Name *name, uint32_t guess);  // fields are mostly named in order
uint32_t ti_field_slot(Compiler *c, TInfo *t, uint32_t i);  // slot form: first slot of field i
unsigned ti_frame_kind(const TInfo *t, uint32_t i);         // SM_ of slot i of the frame form
uint32_t ti_index(Compiler *c, TInfo *t);         // makes the descriptor
const TypeDesc *ti_ref(Compiler *c, TInfo *t);    // the same, its address
void ti_convert(Compiler *c, TInfo *t);           // RTA: values of t get into interfaces
SelId sel_id(Compiler *c, const Name *name, Package *pkg, Type *sig);
void sel_called(Compiler *c, SelId id);
void rta_drain(Compiler *c);                      // lists the methods of types that newly got into interfaces
void typedesc_finish(Compiler *c);                // fills method tables
TInfo *ti_closure(Compiler *c, FuncInst *fi);     // of the closure object
TInfo *ti_block(Compiler *c, const BlockPart *parts, uint32_t n, uint64_t bytes);  // of a function's block of variables
static inline bool ti_is_iface(const TInfo *t) { return t->kind == KIND_INTERFACE; }
static inline bool ti_is_signed(const TInfo *t) { return t->kind >= KIND_INT && t->kind <= KIND_INT64; }
static inline bool ti_is_unsigned(const TInfo *t) { return t->kind >= KIND_UINT && t->kind <= KIND_UINTPTR; }
static inline bool ti_is_int(const TInfo *t) { return t->kind >= KIND_INT && t->kind <= KIND_UINTPTR; }
static inline bool ti_is_float(const TInfo *t) { return t->kind == KIND_FLOAT32 || t->kind == KIND_FLOAT64; }
static inline bool ti_is_complex(const TInfo *t) { return t->kind == KIND_COMPLEX64 || t->kind == KIND_COMPLEX128; }

/* emit.c: instructions, labels, frame slots */
void emit_begin(Fn *f);
uint32_t ins(Fn *f, Opcode op, uint32_t a, uint32_t b, uint32_t c);
uint32_t ins_i(Fn *f, Opcode op, uint32_t a, int64_t imm);
void ins_ext(Fn *f, uint64_t word);
Label label_new(Fn *f);
void label_bind(Fn *f, Label l);
void jump(Fn *f, Label l);
void jump_abc(Fn *f, Opcode op, uint32_t a, uint32_t b, Label l);   // 16-bit jump in c
void jump_abc_ext(Fn *f, Opcode op, uint32_t a, uint32_t b, Label l, uint64_t ext);
void jump_a(Fn *f, Opcode op, uint32_t a, Label l);                 // 32-bit jump
uint32_t frame_alloc(Fn *f, TInfo *t);
uint32_t frame_alloc_kind(Fn *f, uint32_t nslots, unsigned kind);
void frame_kinds(Fn *f, uint32_t at, TInfo *t);
void frame_set_kind(Fn *f, uint32_t at, unsigned kind);
unsigned frame_kind(const Fn *f, uint32_t slot);
void frame_release(Fn *f, uint32_t top);
uint32_t frame_window(Fn *f);   // opens a call window: offset of the callee's slot 0; 24 bytes below are the header
void frame_pin(Fn *f, uint32_t at, uint32_t nslots);
void pins_close(Fn *f, uint32_t n);
void emit_finish(Fn *f);        // code, maps, lines -> FuncDesc
/* far.c */
bool far_is(const Fn *f, uint32_t at);
bool far_wanted(const Fn *f, Opcode op, uint32_t a, uint32_t b, uint32_t c);
void far_begin(Fn *f, uint32_t *at, bool block);
void far_finish(Fn *f);
uint32_t far_block_part(Fn *f, TInfo *t);
void far_ins(Fn *f, Opcode op, uint32_t a, uint32_t b, uint32_t c, int32_t imm, bool is_imm);
void far_ext(Fn *f, uint64_t word);
void far_move(Fn *f, uint32_t dst, uint32_t src, uint64_t bytes);
void far_zero(Fn *f, uint32_t at, uint64_t bytes);
uint32_t far_leaf_args(Fn *f, uint32_t at, uint32_t nslots);
void far_leaf_kinds(Fn *f, uint32_t at, uint32_t nslots);
/* stackmap.c */
void stackmap_build(Fn *f);

/* loc.c: moving values */
void mov(Fn *f, uint32_t dst, uint32_t src, uint32_t nslots);
void mov_t(Fn *f, uint32_t dst, uint32_t src, TInfo *t);    // ownership of a FORM_BIG object moves
void copy_t(Fn *f, uint32_t dst, uint32_t src, TInfo *t);   // src keeps its value
void zero_t(Fn *f, uint32_t dst, TInfo *t);
void load_int(Fn *f, uint32_t dst, int64_t v);
void load_const(Fn *f, uint32_t dst, TInfo *t, const Const *cv);
bool const_to_slots(Compiler *c, TInfo *t, const Const *cv, uint64_t *slots);
uint32_t load_string(Fn *f, uint32_t dst, const char *bytes, size_t n);
void load_string_addr(Fn *f, uint32_t dst, const char *bytes, size_t n);
void loc_load_to(Fn *f, const Loc *l, uint32_t dst);
uint32_t loc_load(Fn *f, const Loc *l);                    // where it is, maybe the variable's own place
void loc_store(Fn *f, const Loc *l, uint32_t src);
void loc_in_place(Fn *f, Loc *l);
bool loc_add(Fn *f, const Loc *l, bool sub, uint32_t y, int16_t k);
void loc_zero(Fn *f, const Loc *l);
void loc_addr(Fn *f, const Loc *l, uint32_t dst);
Loc loc_field(Fn *f, const Loc *l, uint32_t i);
Loc loc_frame(TInfo *t, uint32_t at);
Loc loc_ptr(TInfo *t, uint32_t at, uint64_t disp);
uint32_t to_mem(Fn *f, uint32_t at, TInfo *t);             // frame offset of the memory form
void from_mem(Fn *f, uint32_t dst, uint32_t mem, TInfo *t);
uint32_t mem_temp(Fn *f, TInfo *t);                        // room for the memory form
uint64_t global_off(Compiler *c, Object *o);
uint64_t global_region(Compiler *c, TInfo *t, uint64_t count);

/* expr.c */
TInfo *ti(Fn *f, Type *t);
TInfo *tof(Fn *f, Expr *e);
uint32_t ex(Fn *f, Expr *e);                               // any place
uint32_t ex_hint(Fn *f, Expr *e, uint32_t hint);
void ex_to(Fn *f, Expr *e, uint32_t dst);                  // dst is fresh: not read by e
uint32_t ex_as(Fn *f, Expr *e, TInfo *t);                  // converted to t as by assignment
void ex_as_to(Fn *f, Expr *e, TInfo *t, uint32_t dst);
void ex_discard(Fn *f, Expr *e);
Loc place(Fn *f, Expr *e);
void place_check(Fn *f, Expr *e);
bool expr_has_call(Expr *e);
void ex_addr(Fn *f, Expr *e, uint32_t dst);                // &e of an addressable expression or composite literal
void cond(Fn *f, Expr *e, Label yes, Label no, bool fall_yes);
void arith(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, uint32_t y);
void binary_const(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, Expr *ye);
void shift(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, Expr *count);
void compare_to_bool(Fn *f, unsigned op, TInfo *t, uint32_t dst, uint32_t x, uint32_t y);
void wrap_int(Fn *f, uint32_t at, TInfo *t);
void conv_iface(Fn *f, uint32_t src, TInfo *from, TInfo *to, uint32_t dst);
void convert(Fn *f, uint32_t src, TInfo *from, TInfo *to, uint32_t dst);
void composite(Fn *f, CompositeLit *lit, TInfo *t, const Loc *dst);
bool expr_mentions(Expr *e, Object *o);
bool expr_is_nil(Fn *f, Expr *e);
Loc place_selection(Fn *f, Loc base, const Selection *s);
void type_assert(Fn *f, TypeAssertExpr *e, uint32_t dst, uint32_t ok_at);
void unbox(Fn *f, uint32_t data_at, TInfo *t, uint32_t dst);
uint32_t not_supported(Fn *f, Pos pos, const char *what);
bool has_room(Fn *f, Pos pos);   // on the C stack, for one more level

/* order.c: what of a statement is evaluated before the rest */
void order_one(Fn *f, Expr *e);
void order_two(Fn *f, Expr *x, Expr *y);
void order_list(Fn *f, Expr **at, uint32_t n, TInfo **wants);
void order_assign(Fn *f, Expr **lhs, uint32_t nlhs, Expr **rhs, uint32_t nrhs, TInfo **wants);
void order_left(Fn *f, Expr **lhs, uint32_t n);
void order_call(Fn *f, CallExpr *e);
void order_end(Fn *f, uint32_t n);
uint32_t hoisted_place(Fn *f, Expr *e);

/* mapchan.c: elements of maps and channels */
uint32_t map_key(Fn *f, TInfo *mt, uint32_t at);           // the key at `at` as instructions on the map want it
uint32_t map_key_slots(Fn *f, TInfo *mt);
uint32_t map_key_temp(Fn *f, TInfo *mt);
void map_load(Fn *f, const Loc *l, uint32_t dst, uint32_t ok);
void map_store(Fn *f, const Loc *l, uint32_t src);
void map_addr(Fn *f, const Loc *l, uint32_t dst);
void map_delete_key(Fn *f, TInfo *mt, uint32_t m, uint32_t key);
void map_next(Fn *f, TInfo *mt, uint32_t it, uint32_t *key, uint32_t *value, Label end);  // NULL: not wanted
void chan_send_value(Fn *f, uint32_t ch, uint32_t at, TInfo *et);
void recv_value(Fn *f, uint32_t ch, TInfo *et, uint32_t dst, uint32_t ok);
uint32_t select_elem_send(Fn *f, uint32_t at, TInfo *et);
uint32_t select_elem_recv(Fn *f, TInfo *et);
void select_elem_take(Fn *f, uint32_t dst, uint32_t place, TInfo *et);

/* call.c */
uint32_t call(Fn *f, CallExpr *e, uint32_t hint);          // place of the first result
uint32_t call_tuple(Fn *f, Expr *e, TInfo **types, uint32_t *ats);
void call_go(Fn *f, CallExpr *e, bool is_defer);
void method_value(Fn *f, SelectorExpr *e, uint32_t dst);
void func_value(Fn *f, FuncInst *fi, uint32_t dst);
FuncInst *static_callee(Fn *f, Expr *fun, uint32_t *intrinsic);
void call_note(Fn *f, uint32_t nargs, uint32_t nresults);
void recv_load(Fn *f, Loc l, const Selection *s, uint32_t dst);
Object *static_object(Expr *fun);
FuncInst *static_function(Fn *f, Expr *fun);
FuncInst *method_expr_func(Fn *f, SelectorExpr *x);
SelId iface_selector(Compiler *c, Type *iface, uint32_t index);
Selection *selection_resolve(Fn *f, Selection *s, Loc *l);

/* inline.c */
bool inline_wanted(Fn *f, FuncInst *fi);
bool inline_assigns(const FuncInst *fi, uint32_t i);
void inline_body(Fn *f, FuncInst *fi, const uint32_t *at, uint32_t result_at, Pos pos);
void inline_return(Fn *f, ReturnStmt *s);

/* builtin.c */
uint32_t builtin(Fn *f, CallExpr *e, uint32_t hint);
void builtin_thunk(Fn *f, CallExpr *e, TInfo **types, uint32_t *at);

/* stmt.c */
void stmt(Fn *f, Stmt *s);
void block(Fn *f, StmtList *l);
Var *var_declare(Fn *f, Object *o, bool zero);
Var *var_find(Fn *f, Object *o);
Var *var_declare_as(Fn *f, Object *o, TInfo *t, bool boxed, bool zero);
void var_adopt(Fn *f, Object *o, TInfo *t, uint32_t at);
Loc var_loc(Fn *f, const Var *v);
bool var_boxed(Fn *f, Object *o, TInfo *t);
Var *var_bind(Fn *f, Object *o, TInfo *t, uint32_t at, VarPlace place_kind);
Var *var_bind_based(Fn *f, Object *o, TInfo *t, uint32_t base, uint32_t at, VarPlace place_kind);
bool var_is_private(const Var *v);  // nothing but its own function's code can change it
bool frame_is_full(const Fn *f);
uint32_t var_box_load(Fn *f, const Var *v);
void assign_values(Fn *f, Expr **lhs, uint32_t n, uint32_t *ats, TInfo **types);
void return_homes(Fn *f);
void return_values(Fn *f, uint32_t *ats, TInfo **types, uint32_t n);
Loc result_loc(Fn *f, uint32_t i);
Label label_of(Fn *f, LabeledStmt *s);
bool expr_is_blank(Expr *e);
void cjump(Fn *f, Opcode op, uint32_t a, uint32_t b, Label l);
void store_results(Fn *f, ReturnStmt *s);
void results_evaluate(Fn *f, ReturnStmt *s, TInfo **rt, uint32_t n, uint32_t *ats, TInfo **types);
void assign_define(Fn *f, Object *o, Expr *rhs);

/* switch.c range.c */
void switch_stmt(Fn *f, SwitchStmt *s);
void type_switch_stmt(Fn *f, TypeSwitchStmt *s);
void select_stmt(Fn *f, SelectStmt *s);
void range_stmt(Fn *f, RangeStmt *s);
void range_func(Fn *f, RangeStmt *s);
void range_return(Fn *f, ReturnStmt *s);
void range_exit(Fn *f, BranchStmt *s);
void range_defer(Fn *f, DeferStmt *s);
void range_body_begin(Fn *f);
void range_body_end(Fn *f);
void store_define(Fn *f, Object *o, uint32_t at, TInfo *from);
void init_tuple(Fn *f, InitItem *it);
bool range_owns_label(Fn *f, LabeledStmt *s);

/* func.c */
FuncInst *func_declared(Compiler *c, Object *o, Type **targs, uint32_t ntargs);
FuncInst *func_new(Compiler *c, FuncKind kind, const char *name);
void func_place(Compiler *c, FuncInst *fi, Pos pos);
void func_signature(Compiler *c, FuncInst *fi, TInfo *recv, Type *sig);
void func_compile(Compiler *c, FuncInst *fi);
FuncInst *func_lit(Fn *f, FuncInfo *info);
FuncInst *func_entry(Compiler *c, TInfo *recv, Selection *s);
FuncInst *func_method(Compiler *c, TInfo *recv, Selection *s);  // the declared method a selection leads to
FuncInst *func_wrapper(Compiler *c, FuncKind kind, TInfo *recv, Selection *s);
void closure(Fn *f, FuncInst *fi, uint32_t dst);
bool intrinsic_find(Compiler *c, Object *o, uint32_t *index);

/* static.c */
bool static_init(Compiler *c, InitItem *item);
bool static_literal(Compiler *c, CompositeLit *lit, TInfo *t, TypeEnv *env, uint64_t *goff);

/* compile.c */
char *globals_room(Compiler *c, uint64_t off, uint64_t size);  // initial contents of [off, off + size)
StmtList *script_body(Compiler *c, FuncInfo *info);

/* ops.h: the bodies of all opcodes, included by vm.c in the form that the build's dispatch asks for.
 *
 * A body sees the registers fp, pc, gp, pp, globals, funcs and the macros of vm.c: R(x) the slot at byte offset x, A B C the operands as unsigned,
 * SB SC signed, IMM the 32-bit operand, K(n) the nth extension word. It ends with NEXT(words), JUMP, BACK, RETURN or EXIT(status).
 * Every operand is read before the first store. Hot bodies make no C call; a slow path leaves through EXIT, which saves nothing by itself. */

// --- moves and constants ---
OPBODY(NOP) { NEXT(1); }
OPBODY(MOV) {
    R(A) = R(B);
    NEXT(1);
}
OPBODY(MOV2) {
    Slot x = R(B), y = R(B + 8);
    R(A) = x;
    R(A + 8) = y;
    NEXT(1);
}
OPBODY(MOV3) {
    Slot x = R(B), y = R(B + 8), z = R(B + 16);
    R(A) = x;
    R(A + 8) = y;
    R(A + 16) = z;
    NEXT(1);
}
OPBODY(MOV4) {
    Slot x = R(B), y = R(B + 8), z = R(B + 16), w = R(B + 24);
    R(A) = x;
    R(A + 8) = y;
    R(A + 16) = z;
    R(A + 24) = w;
    NEXT(1);
}
OPBODY(MOVN) {
    memmove(F(A), F(B), C);
    NEXT(1);
}
OPBODY(LDI) {
    R(A) = (Slot)(int64_t)IMM;
    NEXT(1);
}
OPBODY(LDK) {
    R(A) = K(1);
    NEXT(2);
}
OPBODY(LDSTR) {
    const StrLit *s = &pp->rt->image->strings[IMM];
    R(A) = (Slot)s->data;
    R(A + 8) = s->len;
    NEXT(1);
}
OPBODY(LDSTRP) {
    R(A) = (Slot)&pp->rt->image->strings[IMM];
    NEXT(1);
}
OPBODY(LDTYPE) {
    R(A) = (Slot)TYPE(IMM);
    NEXT(1);
}
OPBODY(LDFUNC) {
    R(A) = (Slot)funcs[IMM];
    NEXT(1);
}
OPBODY(ZERO) {
    memset(F(A), 0, (uint32_t)IMM);
    NEXT(1);
}
OPBODY(LDW) {
    R(A) = R((uint32_t)IMM);
    NEXT(1);
}
OPBODY(STW) {
    R((uint32_t)IMM) = R(A);
    NEXT(1);
}
OPBODY(MOVW) {
    memmove(F((uint32_t)K(1)), F(K(1) >> 32), K(2));
    NEXT(3);
}
OPBODY(ZEROW) {
    memset(F((uint32_t)K(1)), 0, K(1) >> 32);
    NEXT(2);
}
OPBODY(LDCTX) {
    R(A) = fp[FRAME_CTX];
    NEXT(1);
}
OPBODY(FADDR) {
    R(A) = (Slot)F(IMM);
    NEXT(1);
}
OPBODY(GADDR) {
    R(A) = (Slot)GLOBAL(IMM);
    NEXT(1);
}
OPBODY(LDG) {
    R(A) = LOAD(uint64_t, GLOBAL(IMM));
    NEXT(1);
}
OPBODY(STG) {
    STORE(uint64_t, GLOBAL(IMM), R(A));
    NEXT(1);
}
OPBODY(STGP) {
    STORE_PTR(GLOBAL(IMM), R(A));
    NEXT(1);
}

// --- integers ---
#define BINARY(name, expr)              \
    OPBODY(name) {                      \
        const Slot x = R(B), y = R(C);  \
        R(A) = (Slot)(expr);            \
        NEXT(1);                        \
    }
#define BINARY_I(name, expr)            \
    OPBODY(name) {                      \
        const Slot x = R(B);            \
        const int64_t k = SC;           \
        R(A) = (Slot)(expr);            \
        NEXT(1);                        \
    }
#define UNARY(name, expr)               \
    OPBODY(name) {                      \
        const Slot x = R(B);            \
        R(A) = (Slot)(expr);            \
        NEXT(1);                        \
    }
BINARY(ADD_I64, x + y)
BINARY(SUB_I64, x - y)
BINARY(MUL_I64, x * y)
BINARY_I(ADDI_I64, x + (Slot)k)
BINARY_I(MULI_I64, x * (Slot)k)
BINARY_I(RSUBI_I64, (Slot)k - x)
OPBODY(DIV_I64) {
    const int64_t x = (int64_t)R(B), y = (int64_t)R(C);
    if (UNLIKELY(y == 0))
        EXIT(ST_DIVIDE);
    R(A) = y == -1 ? 0 - (Slot)x : (Slot)(x / y);
    NEXT(1);
}
OPBODY(REM_I64) {
    const int64_t x = (int64_t)R(B), y = (int64_t)R(C);
    if (UNLIKELY(y == 0))
        EXIT(ST_DIVIDE);
    R(A) = y == -1 ? 0 : (Slot)(x % y);
    NEXT(1);
}
OPBODY(DIV_U64) {
    const Slot x = R(B), y = R(C);
    if (UNLIKELY(y == 0))
        EXIT(ST_DIVIDE);
    R(A) = x / y;
    NEXT(1);
}
OPBODY(REM_U64) {
    const Slot x = R(B), y = R(C);
    if (UNLIKELY(y == 0))
        EXIT(ST_DIVIDE);
    R(A) = x % y;
    NEXT(1);
}
BINARY_I(DIVI_I64, (int64_t)x / k)
BINARY_I(REMI_I64, (int64_t)x % k)
BINARY(AND, x & y)
BINARY(OR, x | y)
BINARY(XOR, x ^ y)
BINARY(ANDNOT, x & ~y)
BINARY_I(ANDI, x & (Slot)k)
BINARY_I(ORI, x | (Slot)k)
BINARY_I(XORI, x ^ (Slot)k)
UNARY(NEG_I64, 0 - x)
BINARY(SHL, y < 64 ? x << y : 0)
BINARY(SHR_I64, (int64_t)x >> (y < 64 ? y : 63))
BINARY(SHR_U64, y < 64 ? x >> y : 0)
BINARY_I(SHLI, x << (k & 63))
BINARY_I(SHRI_I64, (int64_t)x >> (k & 63))
BINARY_I(SHRI_U64, x >> (k & 63))
OPBODY(CHKSHIFT) {
    if (UNLIKELY((int64_t)R(A) < 0)) {
        vm_panic_error(MP, "negative shift amount");
        EXIT(ST_PANIC);
    }
    NEXT(1);
}
UNARY(SEXT8, (int64_t)(int8_t)x)
UNARY(SEXT16, (int64_t)(int16_t)x)
UNARY(SEXT32, (int64_t)(int32_t)x)
UNARY(ZEXT8, (uint8_t)x)
UNARY(ZEXT16, (uint16_t)x)
UNARY(ZEXT32, (uint32_t)x)
BINARY(ADD_I32, (int64_t)(int32_t)(x + y))
BINARY(SUB_I32, (int64_t)(int32_t)(x - y))
BINARY(MUL_I32, (int64_t)(int32_t)(x * y))
BINARY(ADD_U32, (uint32_t)(x + y))
BINARY(SUB_U32, (uint32_t)(x - y))
BINARY(MUL_U32, (uint32_t)(x * y))
BINARY(ADD_U8, (uint8_t)(x + y))
BINARY(SUB_U8, (uint8_t)(x - y))
OPBODY(MULADD_I64) {
    const Slot x = R(B), y = R(C), z = R(A);
    R(A) = z + x * y;
    NEXT(1);
}
UNARY(NOT, x ^ 1)

// --- floats ---
BINARY(ADD_F64, f64_slot(slot_f64(x) + slot_f64(y)))
BINARY(SUB_F64, f64_slot(slot_f64(x) - slot_f64(y)))
BINARY(MUL_F64, f64_slot(slot_f64(x) * slot_f64(y)))
BINARY(DIV_F64, f64_slot(slot_f64(x) / slot_f64(y)))
OPBODY(MULADD_F64) {
    const double x = slot_f64(R(B)), y = slot_f64(R(C)), z = slot_f64(R(A));
    R(A) = f64_slot(z + x * y);
    NEXT(1);
}
UNARY(SQRT_F64, f64_slot(sqrt_f64(slot_f64(x))))
UNARY(ABS_F64, x & ~((Slot)1 << 63))
UNARY(NEG_F64, x ^ (Slot)1 << 63)
BINARY(ADD_F32, f32_slot(slot_f32(x) + slot_f32(y)))
BINARY(SUB_F32, f32_slot(slot_f32(x) - slot_f32(y)))
BINARY(MUL_F32, f32_slot(slot_f32(x) * slot_f32(y)))
BINARY(DIV_F32, f32_slot(slot_f32(x) / slot_f32(y)))
UNARY(NEG_F32, x ^ (Slot)1 << 31)
OPBODY(MUL_C128) {
    vm_mul_c128(&R(A), &R(B), &R(C));
    NEXT(1);
}
OPBODY(DIV_C128) {
    vm_div_c128(&R(A), &R(B), &R(C));
    NEXT(1);
}
OPBODY(MUL_C64) {
    vm_mul_c64(&R(A), &R(B), &R(C));
    NEXT(1);
}
OPBODY(DIV_C64) {
    vm_div_c64(&R(A), &R(B), &R(C));
    NEXT(1);
}
UNARY(CVT_I64_F64, f64_slot((double)(int64_t)x))
UNARY(CVT_U64_F64, f64_slot((double)x))
UNARY(CVT_F64_I64, cvt_f64_i64(slot_f64(x)))
UNARY(CVT_F64_I32, cvt_f64_i32(slot_f64(x)))
UNARY(CVT_F64_U64, cvt_f64_u64(slot_f64(x)))
UNARY(CVT_I64_F32, f32_slot((float)(int64_t)x))
UNARY(CVT_U64_F32, f32_slot((float)x))
UNARY(CVT_F32_F64, f64_slot((double)slot_f32(x)))
UNARY(CVT_F64_F32, f32_slot((float)slot_f64(x)))

// --- comparisons ---
BINARY(EQ_I64, x == y)
BINARY(NE_I64, x != y)
BINARY(LT_I64, (int64_t)x < (int64_t)y)
BINARY(LE_I64, (int64_t)x <= (int64_t)y)
BINARY(LT_U64, x < y)
BINARY(LE_U64, x <= y)
BINARY(EQ_F64, slot_f64(x) == slot_f64(y))
BINARY(NE_F64, slot_f64(x) != slot_f64(y))
BINARY(LT_F64, slot_f64(x) < slot_f64(y))
BINARY(LE_F64, slot_f64(x) <= slot_f64(y))
BINARY(EQ_F32, slot_f32(x) == slot_f32(y))
BINARY(NE_F32, slot_f32(x) != slot_f32(y))
BINARY(LT_F32, slot_f32(x) < slot_f32(y))
BINARY(LE_F32, slot_f32(x) <= slot_f32(y))
OPBODY(EQ_STR) {
    R(A) = str_equal(&R(B), &R(C));
    NEXT(1);
}
OPBODY(NE_STR) {
    R(A) = !str_equal(&R(B), &R(C));
    NEXT(1);
}
OPBODY(LT_STR) {
    R(A) = str_compare(&R(B), &R(C)) < 0;
    NEXT(1);
}
OPBODY(LE_STR) {
    R(A) = str_compare(&R(B), &R(C)) <= 0;
    NEXT(1);
}
OPBODY(EQ_IFACE) {
    const TypeDesc *t = (const TypeDesc *)R(B);
    if ((Slot)t != R(C)) {
        R(A) = 0;
        NEXT(1);
    }
    if (!t || t->kind == KIND_POINTER) {
        R(A) = R(B + 8) == R(C + 8) || !t;
        NEXT(1);
    }
    SLOW(eq_iface, 1);
}
OPBODY(EQ_MEM) { SLOW(eq_mem, 2); }

// --- jumps ---
OPBODY(JMP) { JUMP(1, IMM); }
#define JUMP_IF(name, cond, dist)  \
    OPBODY(name) {                 \
        if (cond)                  \
            JUMP(1, dist);         \
        NEXT(1);                   \
    }
JUMP_IF(JT, R(A) != 0, IMM)
JUMP_IF(JF, R(A) == 0, IMM)
JUMP_IF(JEQ_I64, R(A) == R(B), SC)
JUMP_IF(JNE_I64, R(A) != R(B), SC)
JUMP_IF(JLT_I64, (int64_t)R(A) < (int64_t)R(B), SC)
JUMP_IF(JLE_I64, (int64_t)R(A) <= (int64_t)R(B), SC)
JUMP_IF(JLT_U64, R(A) < R(B), SC)
JUMP_IF(JLE_U64, R(A) <= R(B), SC)
JUMP_IF(JEQI_I64, (int64_t)R(A) == SB, SC)
JUMP_IF(JNEI_I64, (int64_t)R(A) != SB, SC)
JUMP_IF(JLTI_I64, (int64_t)R(A) < SB, SC)
JUMP_IF(JLEI_I64, (int64_t)R(A) <= SB, SC)
JUMP_IF(JGTI_I64, (int64_t)R(A) > SB, SC)
JUMP_IF(JGEI_I64, (int64_t)R(A) >= SB, SC)
JUMP_IF(JEQ_F64, slot_f64(R(A)) == slot_f64(R(B)), SC)
JUMP_IF(JNE_F64, !(slot_f64(R(A)) == slot_f64(R(B))), SC)
JUMP_IF(JLT_F64, slot_f64(R(A)) < slot_f64(R(B)), SC)
JUMP_IF(JLE_F64, slot_f64(R(A)) <= slot_f64(R(B)), SC)
JUMP_IF(JNLT_F64, !(slot_f64(R(A)) < slot_f64(R(B))), SC)
JUMP_IF(JNLE_F64, !(slot_f64(R(A)) <= slot_f64(R(B))), SC)
JUMP_IF(JEQ_STR, str_equal(&R(A), &R(B)), SC)
JUMP_IF(JNE_STR, !str_equal(&R(A), &R(B)), SC)

// --- back edges ---
OPBODY(LOOP) { BACK(1, IMM); }
#define LOOP_IF(name, cond, dist)  \
    OPBODY(name) {                 \
        if (cond)                  \
            BACK(1, dist);         \
        NEXT(1);                   \
    }
LOOP_IF(LOOPT, R(A) != 0, IMM)
LOOP_IF(LOOPF, R(A) == 0, IMM)
LOOP_IF(LOOPLT_I64, (int64_t)R(A) < (int64_t)R(B), SC)
LOOP_IF(LOOPLE_I64, (int64_t)R(A) <= (int64_t)R(B), SC)
LOOP_IF(LOOPNE_I64, R(A) != R(B), SC)
LOOP_IF(LOOPLTI_I64, (int64_t)R(A) < SB, SC)
LOOP_IF(LOOPLEI_I64, (int64_t)R(A) <= SB, SC)
LOOP_IF(LOOPGTI_I64, (int64_t)R(A) > SB, SC)
LOOP_IF(LOOPGEI_I64, (int64_t)R(A) >= SB, SC)
#define STEP(name, step, words, limit, op)                      \
    OPBODY(name) {                                              \
        const int64_t y = (limit);                              \
        const int64_t x = (int64_t)(R(A) + (Slot)(step));       \
        R(A) = (Slot)x;                                         \
        if (x op y)                                             \
            BACK(words, SC);                                    \
        NEXT(words);                                            \
    }
STEP(INCLT_I64, 1, 1, (int64_t)R(B), <)
STEP(INCLE_I64, 1, 1, (int64_t)R(B), <=)
STEP(INCLTI_I64, 1, 1, SB, <)
STEP(ADDLT_I64, K(1), 2, (int64_t)R(B), <)
STEP(ADDLE_I64, K(1), 2, (int64_t)R(B), <=)

// --- memory through a pointer ---
#define LOAD_OP(name, type)                                     \
    OPBODY(name) {                                              \
        const char *p = (const char *)R(B);                     \
        if (UNLIKELY(!p))                                       \
            EXIT(ST_NIL);                                       \
        R(A) = (Slot)(int64_t)LOAD(type, p + C);                \
        NEXT(1);                                                \
    }
LOAD_OP(LD_I8, int8_t)
LOAD_OP(LD_U8, uint8_t)
LOAD_OP(LD_I16, int16_t)
LOAD_OP(LD_U16, uint16_t)
LOAD_OP(LD_I32, int32_t)
LOAD_OP(LD_U32, uint32_t)
LOAD_OP(LD_64, uint64_t)
OPBODY(LD2) {
    const char *p = (const char *)R(B);
    if (UNLIKELY(!p))
        EXIT(ST_NIL);
    p += C;
    Slot x = LOAD(uint64_t, p), y = LOAD(uint64_t, p + 8);
    R(A) = x;
    R(A + 8) = y;
    NEXT(1);
}
OPBODY(LD3) {
    const char *p = (const char *)R(B);
    if (UNLIKELY(!p))
        EXIT(ST_NIL);
    p += C;
    Slot x = LOAD(uint64_t, p), y = LOAD(uint64_t, p + 8), z = LOAD(uint64_t, p + 16);
    R(A) = x;
    R(A + 8) = y;
    R(A + 16) = z;
    NEXT(1);
}
OPBODY(LDN) {
    const char *p = (const char *)R(B);
    if (UNLIKELY(!p))
        EXIT(ST_NIL);
    memmove(F(A), p + (K(1) >> 32), (uint32_t)K(1));
    NEXT(2);
}
#define STORE_OP(name, type)                                    \
    OPBODY(name) {                                              \
        char *p = (char *)R(A);                                 \
        if (UNLIKELY(!p))                                       \
            EXIT(ST_NIL);                                       \
        STORE(type, p + C, (type)R(B));                         \
        NEXT(1);                                                \
    }
STORE_OP(ST_8, uint8_t)
STORE_OP(ST_16, uint16_t)
STORE_OP(ST_32, uint32_t)
STORE_OP(ST_64, uint64_t)
OPBODY(ST_P) {
    char *p = (char *)R(A);
    if (UNLIKELY(!p))
        EXIT(ST_NIL);
    STORE_PTR(p + C, R(B));
    NEXT(1);
}
OPBODY(ST_STR) {
    char *p = (char *)R(A);
    if (UNLIKELY(!p))
        EXIT(ST_NIL);
    p += C;
    Slot n = R(B + 8);
    STORE_PTR(p, R(B));
    STORE(uint64_t, p + 8, n);
    NEXT(1);
}
OPBODY(ST_IFACE) {
    char *p = (char *)R(A);
    if (UNLIKELY(!p))
        EXIT(ST_NIL);
    p += C;
    Slot t = R(B);
    STORE_PTR(p + 8, R(B + 8));
    STORE(uint64_t, p, t);
    NEXT(1);
}
OPBODY(ST_SLICE) {
    char *p = (char *)R(A);
    if (UNLIKELY(!p))
        EXIT(ST_NIL);
    p += C;
    Slot n = R(B + 8), cap = R(B + 16);
    STORE_PTR(p, R(B));
    STORE(uint64_t, p + 8, n);
    STORE(uint64_t, p + 16, cap);
    NEXT(1);
}
#define CHANGE_OP(name, value, expr)                            \
    OPBODY(name) {                                              \
        char *p = (char *)R(A);                                 \
        if (UNLIKELY(!p))                                       \
            EXIT(ST_NIL);                                       \
        const Slot y = (value), x = LOAD(uint64_t, p + C);      \
        STORE(uint64_t, p + C, (expr));                         \
        NEXT(1);                                                \
    }
CHANGE_OP(ADDM_I64, R(B), x + y)
CHANGE_OP(ADDMI_I64, (Slot)SB, x + y)
CHANGE_OP(ADDM_F64, R(B), f64_slot(slot_f64(x) + slot_f64(y)))
CHANGE_OP(SUBM_F64, R(B), f64_slot(slot_f64(x) - slot_f64(y)))
OPBODY(STN) { SLOW(stn, 2); }
OPBODY(COPY) { SLOW(copy, 2); }
OPBODY(CLEARMEM) { SLOW(clearmem, 2); }
OPBODY(NILCHK) {
    if (UNLIKELY(!R(A)))
        EXIT(ST_NIL);
    NEXT(1);
}
#define FLOAD_OP(name, type)                                    \
    OPBODY(name) {                                              \
        R(A) = (Slot)(int64_t)LOAD(type, F(B));                 \
        NEXT(1);                                                \
    }
FLOAD_OP(FLD_I8, int8_t)
FLOAD_OP(FLD_U8, uint8_t)
FLOAD_OP(FLD_I16, int16_t)
FLOAD_OP(FLD_U16, uint16_t)
FLOAD_OP(FLD_I32, int32_t)
FLOAD_OP(FLD_U32, uint32_t)
#define FSTORE_OP(name, type)                                   \
    OPBODY(name) {                                              \
        STORE(type, F(A), (type)R(B));                          \
        NEXT(1);                                                \
    }
FSTORE_OP(FST_8, uint8_t)
FSTORE_OP(FST_16, uint16_t)
FSTORE_OP(FST_32, uint32_t)

// --- slices, strings, arrays ---
#define LOADX_OP(name, type)                                    \
    OPBODY(name) {                                              \
        const Slot i = R(C);                                    \
        if (UNLIKELY(i >= R(B + 8)))                            \
            EXIT(ST_INDEX);                                     \
        R(A) = (Slot)(int64_t)LOAD(type, (const type *)R(B) + i); \
        NEXT(1);                                                \
    }
LOADX_OP(LDX_I8, int8_t)
LOADX_OP(LDX_U8, uint8_t)
LOADX_OP(LDX_I16, int16_t)
LOADX_OP(LDX_U16, uint16_t)
LOADX_OP(LDX_I32, int32_t)
LOADX_OP(LDX_U32, uint32_t)
LOADX_OP(LDX_64, uint64_t)
OPBODY(LDX2) {
    const Slot i = R(C);
    if (UNLIKELY(i >= R(B + 8)))
        EXIT(ST_INDEX);
    const uint64_t *p = (const uint64_t *)R(B) + 2 * i;
    Slot x = LOAD(uint64_t, p), y = LOAD(uint64_t, p + 1);
    R(A) = x;
    R(A + 8) = y;
    NEXT(1);
}
OPBODY(LDX3) {
    const Slot i = R(C);
    if (UNLIKELY(i >= R(B + 8)))
        EXIT(ST_INDEX);
    const uint64_t *p = (const uint64_t *)R(B) + 3 * i;
    Slot x = LOAD(uint64_t, p), y = LOAD(uint64_t, p + 1), z = LOAD(uint64_t, p + 2);
    R(A) = x;
    R(A + 8) = y;
    R(A + 16) = z;
    NEXT(1);
}
#define STOREX_OP(name, type)                                   \
    OPBODY(name) {                                              \
        const Slot i = R(B);                                    \
        if (UNLIKELY(i >= R(A + 8)))                            \
            EXIT(ST_INDEX);                                     \
        STORE(type, (type *)R(A) + i, (type)R(C));              \
        NEXT(1);                                                \
    }
STOREX_OP(STX_8, uint8_t)
STOREX_OP(STX_16, uint16_t)
STOREX_OP(STX_32, uint32_t)
STOREX_OP(STX_64, uint64_t)
OPBODY(STX_P) {
    const Slot i = R(B);
    if (UNLIKELY(i >= R(A + 8)))
        EXIT(ST_INDEX);
    STORE_PTR((uint64_t *)R(A) + i, R(C));
    NEXT(1);
}
OPBODY(STX_STR) {
    const Slot i = R(B);
    if (UNLIKELY(i >= R(A + 8)))
        EXIT(ST_INDEX);
    uint64_t *p = (uint64_t *)R(A) + 2 * i;
    Slot n = R(C + 8);
    STORE_PTR(p, R(C));
    STORE(uint64_t, p + 1, n);
    NEXT(1);
}
OPBODY(STX_IFACE) {
    const Slot i = R(B);
    if (UNLIKELY(i >= R(A + 8)))
        EXIT(ST_INDEX);
    uint64_t *p = (uint64_t *)R(A) + 2 * i;
    Slot t = R(C);
    STORE_PTR(p + 1, R(C + 8));
    STORE(uint64_t, p, t);
    NEXT(1);
}
OPBODY(STX_SLICE) {
    const Slot i = R(B);
    if (UNLIKELY(i >= R(A + 8)))
        EXIT(ST_INDEX);
    uint64_t *p = (uint64_t *)R(A) + 3 * i;
    Slot n = R(C + 8), cap = R(C + 16);
    STORE_PTR(p, R(C));
    STORE(uint64_t, p + 1, n);
    STORE(uint64_t, p + 2, cap);
    NEXT(1);
}
#define CHANGEX_OP(name, value, expr)                           \
    OPBODY(name) {                                              \
        const Slot i = R(B);                                    \
        if (UNLIKELY(i >= R(A + 8)))                            \
            EXIT(ST_INDEX);                                     \
        uint64_t *p = (uint64_t *)R(A) + i;                     \
        const Slot y = (value), x = LOAD(uint64_t, p);          \
        STORE(uint64_t, p, (expr));                             \
        NEXT(1);                                                \
    }
CHANGEX_OP(ADDX_I64, R(C), x + y)
CHANGEX_OP(ADDXI_I64, (Slot)SC, x + y)
CHANGEX_OP(ADDX_F64, R(C), f64_slot(slot_f64(x) + slot_f64(y)))
OPBODY(ADDRX) {
    const Slot i = R(C);
    if (UNLIKELY(i >= R(B + 8)))
        EXIT(ST_INDEX);
    R(A) = R(B) + i * K(1);
    NEXT(2);
}
OPBODY(PADDRX) {
    const Slot i = R(C), k = K(1);
    if (UNLIKELY(i >= k >> 32))
        EXIT(ST_INDEX);
    R(A) = R(B) + i * (uint32_t)k;
    NEXT(2);
}
OPBODY(PADDRXL) {
    const Slot i = R(C);
    if (UNLIKELY(i >= K(2)))
        EXIT(ST_INDEX);
    R(A) = R(B) + i * K(1);
    NEXT(3);
}
OPBODY(FLDX_64) {
    const Slot i = R(C);
    if (UNLIKELY(i >= K(1)))
        EXIT(ST_INDEX);
    R(A) = LOAD(uint64_t, (const uint64_t *)F(B) + i);
    NEXT(2);
}
OPBODY(FSTX_64) {
    const Slot i = R(B);
    if (UNLIKELY(i >= K(1)))
        EXIT(ST_INDEX);
    STORE(uint64_t, (uint64_t *)F(A) + i, R(C));
    NEXT(2);
}
OPBODY(SLICE_STR) { SLOW(slice_str, 2); }
OPBODY(SLICE_SLICE) { SLOW(slice_slice, 2); }
OPBODY(SLICE_ARR) { SLOW(slice_arr, 3); }
OPBODY(ARRPTR) { SLOW(arrptr, 2); }
OPBODY(MAKESLICE) { SLOW_ALLOC(makeslice, 2); }
OPBODY(APPEND) { SLOW_ALLOC(append, 2); }
OPBODY(APPEND1_64) {
    const Slot n = R(B + 8), cap = R(B + 16);
    if (LIKELY(n < cap) && LIKELY(!WRITE_BARRIER)) {
        const Slot data = R(B), x = R(C);
        STORE(uint64_t, (uint64_t *)data + n, x);
        R(A) = data;
        R(A + 8) = n + 1;
        R(A + 16) = cap;
        NEXT(2);
    }
    SLOW_ALLOC(append1_64, 2);
}
OPBODY(APPEND_SLICE) { SLOW_ALLOC(append_slice, 2); }
OPBODY(APPEND_STR) { SLOW_ALLOC(append_str, 1); }
OPBODY(COPY_SLICE) { SLOW(copy_slice, 2); }
OPBODY(COPY_STR) { SLOW(copy_str, 1); }
OPBODY(CLEAR_SLICE) { SLOW(clear_slice, 2); }

// --- strings ---
OPBODY(CONCAT) { SLOW_ALLOC(concat, 1); }
OPBODY(STR_BYTES) { SLOW_ALLOC(str_bytes, 1); }
OPBODY(BYTES_STR) { SLOW_ALLOC(bytes_str, 1); }
OPBODY(STR_RUNES) { SLOW_ALLOC(str_runes, 1); }
OPBODY(RUNES_STR) { SLOW_ALLOC(runes_str, 1); }
OPBODY(STR_RUNE) { SLOW_ALLOC(str_rune, 1); }
OPBODY(STRNEXT) {
    const Slot at = R(A), n = R(B + 8);
    if (at >= n)
        JUMP(1, SC);
    const char *s = (const char *)R(B);
    const uint8_t c = LOAD(uint8_t, s + at);
    if (UNLIKELY(c >= 0x80)) {
        vm_strnext(&R(A), s, n);
        NEXT(1);
    }
    R(A) = at + 1;
    R(A + 8) = at;
    R(A + 16) = c;
    NEXT(1);
}

// --- allocation ---
OPBODY(NEW) {
    const TypeDesc *t = TYPE(IMM);
    R(A) = (Slot)vm_alloc(pp, t->size, t);
    NEXT_POLL(1);
}
OPBODY(BOX) { SLOW_ALLOC(box, 2); }
OPBODY(BOXP) { SLOW_ALLOC(boxp, 2); }
OPBODY(CLOSURE) { SLOW_ALLOC(closure, 2); }

// --- calls ---
OPBODY(CALL) {
    const FuncDesc *fn = funcs[IMM];
    const uint32_t at = A;
    CALL_FRAME(fn, at, 0, 1);
}
OPBODY(CALLC) {
    const FuncDesc *const *closure = (const FuncDesc *const *)R(B);
    if (UNLIKELY(!closure))
        EXIT(ST_NIL);
    const FuncDesc *fn = *closure;
    const uint32_t at = A;
    CALL_FRAME(fn, at, (Slot)closure, 1);
}
OPBODY(CALLI) {
    const TypeDesc *t = (const TypeDesc *)R(B);
    if (UNLIKELY(!t))
        EXIT(ST_NIL);
    const SelId sel = (SelId)K(1);
    const uint32_t at = A;
    const MethodSlot *m = &t->mhash[(uint32_t)(sel * (uint32_t)MHASH_MUL) >> t->mhash_shift];
    const FuncDesc *fn = m->fn;
    if (UNLIKELY(m->sel != sel))
        fn = type_method(t, sel);
    R(at) = R(B + 8);
    CALL_FRAME(fn, at, 0, 2);
}
OPBODY(CALLX) {
    Runtime *rt = pp->rt;
    const uint32_t leaf = (uint32_t)IMM;
    gp->fp = fp;
    gp->op_pc = pc;
    gp->pc = gp->map_pc = pc + 1;
    gp->map_kind = MAP_AT_PC;
    LeafStatus ls = rt->leaf_fns[leaf](&pp->mp->leaf, &R(A));
    if (LIKELY(ls == LEAF_DONE))
        NEXT_POLL(1);
    OpStatus s = vm_op_callx_slow(MP, fp, pc, ls);
    if (s == ST_NEXT)
        NEXT_POLL(1);
    EXIT(s);
}
// Callee and window of a wide call; the receiver of an interface's method is put in place.
OPBODY(CALLW) {
    const uint32_t at = (uint32_t)K(1), from = (uint32_t)(K(1) >> 32);
    const FuncDesc *fn;
    Slot closure = 0;
    if (B == WIDE_FUNC) {
        fn = funcs[K(2)];
    } else {
        if (UNLIKELY(!R(from)))
            EXIT(ST_NIL);
        if (B == WIDE_VALUE) {
            closure = R(from);
            fn = *(const FuncDesc *const *)closure;
        } else {
            fn = type_method((const TypeDesc *)R(from), (SelId)K(2));
            R(at) = R(from + 8);
        }
    }
    CALL_FRAME(fn, at, closure, 3);
}
OPBODY(RET) { RETURN(); }
OPBODY(RET1) {
    fp[0] = R(A);
    RETURN();
}
OPBODY(RET2) {
    Slot x = R(A), y = R(A + 8);
    fp[0] = x;
    fp[1] = y;
    RETURN();
}
OPBODY(RET3) {
    Slot x = R(A), y = R(A + 8), z = R(A + 16);
    fp[0] = x;
    fp[1] = y;
    fp[2] = z;
    RETURN();
}
OPBODY(RETI) {
    fp[0] = (Slot)(int64_t)IMM;
    RETURN();
}
OPBODY(GO) { SLOW_ALLOC(go, 1); }
OPBODY(GOC) { SLOW_ALLOC(go, 1); }
OPBODY(GOI) { SLOW_ALLOC(go, 2); }
OPBODY(GOW) { SLOW_ALLOC(go, 3); }
OPBODY(DEFERW) { SLOW_CALL(vm_op_defer, 3); }
OPBODY(DEFER) { SLOW_CALL(vm_op_defer, 1); }
OPBODY(DEFERC) { SLOW_CALL(vm_op_defer, 1); }
OPBODY(DEFERI) { SLOW_CALL(vm_op_defer, 2); }
OPBODY(FRAMEID) {
    R(A) = vm_frame_off(gp, fp);
    NEXT(1);
}
OPBODY(DEFERTO) {
    vm_defer_to(gp, R(A));
    NEXT(1);
}
OPBODY(RUNDEFERS) {
    if (!gp->defers || gp->defers->frame_off != vm_frame_off(gp, fp))
        NEXT(1);
    EXIT(vm_op_rundefers(MP, fp, pc));
}
OPBODY(PANIC) {
    gp->panic_value[0] = R(A);
    gp->panic_value[1] = R(A + 8);
    EXIT(ST_PANIC);
}
OPBODY(RECOVER) { SLOW_CALL(vm_op_recover, 1); }
OPBODY(THROW) { EXIT(vm_op_throw(MP, fp, pc)); }

// --- interfaces ---
OPBODY(ASSERT_T) {
    if (UNLIKELY(R(B) != (Slot)TYPE((uint32_t)K(1))))
        EXIT(vm_op_assert_t_failed(MP, fp, pc));
    R(A) = R(B + 8);
    NEXT(2);
}
OPBODY(ASSERT_I) { SLOW_CALL(vm_op_assert_i, 2); }
OPBODY(ISIFACE) {
    const TypeDesc *t = (const TypeDesc *)R(B);
    R(A) = t && iface_implements(pp, t, TYPE((uint32_t)K(1)));
    NEXT(2);
}
OPBODY(JTYPE_EQ) {
    if (R(A) == (Slot)TYPE((uint32_t)K(1)))
        JUMP(2, SC);
    NEXT(2);
}
OPBODY(JTYPE_NE) {
    if (R(A) != (Slot)TYPE((uint32_t)K(1)))
        JUMP(2, SC);
    NEXT(2);
}

// --- maps ---
OPBODY(MAKEMAP) { SLOW_ALLOC(makemap, 2); }
OPBODY(MAPGET) { SLOW(mapget, 2); }
OPBODY(MAPGET2) { SLOW(mapget2, 2); }
OPBODY(MAPSET) { SLOW_ALLOC(mapset, 2); }
OPBODY(MAPADDR) { SLOW(mapaddr, 2); }
OPBODY(MAPDEL) { SLOW(mapdel, 2); }
OPBODY(MAPCLEAR) { SLOW(mapclear, 2); }
OPBODY(MAPLEN) {
    const Hmap *m = (const Hmap *)R(B);
    R(A) = m ? map_len(m) : 0;
    NEXT(1);
}
OPBODY(MAPGET_I64) { SLOW(mapget_i64, 2); }
OPBODY(MAPSET_I64) { SLOW_ALLOC(mapset_i64, 2); }
OPBODY(MAPGET_STR) { SLOW(mapget_str, 2); }
OPBODY(MAPITER) { SLOW_ALLOC(mapiter, 2); }
OPBODY(MAPNEXT) {
    OpStatus s = vm_op_mapnext(MP, fp, pc);
    if (s != ST_NEXT)
        JUMP(2, SC);
    NEXT(2);
}
OPBODY(MAPGETP) { SLOW(mapgetp, 2); }
OPBODY(MAPSETP) { SLOW_ALLOC(mapsetp, 2); }
OPBODY(MAPADDRP) { SLOW(mapaddrp, 2); }
OPBODY(MAPDELP) { SLOW(mapdelp, 2); }
OPBODY(MAPNEXTP) {
    OpStatus s = vm_op_mapnextp(MP, fp, pc);
    if (s != ST_NEXT)
        JUMP(2, SC);
    NEXT(2);
}

// --- channels ---
OPBODY(MAKECHAN) { SLOW_ALLOC(makechan, 2); }
OPBODY(SEND) { SLOW(send, 1); }
OPBODY(RECV) { SLOW(recv, 1); }
OPBODY(RECV2) { SLOW(recv2, 2); }
OPBODY(SENDP) { SLOW(sendp, 1); }
OPBODY(RECVP) { SLOW(recvp, 2); }
OPBODY(CLOSE) { SLOW(close, 1); }
OPBODY(CHANLEN) {
    const Hchan *c = (const Hchan *)R(B);
    R(A) = c ? chan_len(c) : 0;
    NEXT(1);
}
OPBODY(CHANCAP) {
    const Hchan *c = (const Hchan *)R(B);
    R(A) = c ? chan_cap(c) : 0;
    NEXT(1);
}
OPBODY(SELECT) { SLOW(select, 1 + C); }

// --- the rest ---
OPBODY(PRINT) { SLOW(print, 1); }
OPBODY(BREAKPOINT) { NEXT(1); }

#undef BINARY
#undef BINARY_I
#undef UNARY
#undef JUMP_IF
#undef LOOP_IF
#undef STEP
#undef LOAD_OP
#undef STORE_OP
#undef FLOAD_OP
#undef FSTORE_OP
#undef LOADX_OP
#undef STOREX_OP
#undef CHANGE_OP
#undef CHANGEX_OP

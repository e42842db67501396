// type_make.h: composite types made while the program runs, for package reflect.
#pragma once
#include "rt.h"

/* What an unnamed composite type is made of, in the terms of TypeDesc. Fields of a struct need name, tag, pkgpath, type, embedded and exported, those of
 * a func (parameters, then results) the type alone; offsets are computed. */
typedef struct TypeShape {
    Kind kind;  // pointer, slice, array, map, chan, func or struct
    const TypeDesc *elem, *key;
    uint64_t len;  // array; chan: direction bits
    uint32_t nfields, nparams;
    const FieldDesc *fields;
    bool variadic;
} TypeShape;

void made_types_init(Runtime *rt);
void made_types_fini(Runtime *rt);

/* type_make returns the type of this shape: the image's own if it has one, else one that lives as long as the Runtime. Same shape, same
 * pointer, from any thread. NULL: a value of the type would exceed the address space. The shape's texts and fields are copied.
 * Field offsets and sizes follow Go's layout. The type has no methods. */
const TypeDesc *type_make(Runtime *rt, const TypeShape *shape) MUST_USE;

/* type_frame_slots returns how many slots a value of type t takes in a frame; type_frame_kinds writes what each of them holds (SM_). */
uint32_t type_frame_slots(const TypeDesc *t);
void type_frame_kinds(const TypeDesc *t, uint8_t *kinds);

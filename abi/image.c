// image.c: look-ups in an image by pc, and type questions that need no heap.
#include "image.h"

#include <stdatomic.h>
#include <stdlib.h>

bool typedesc_implements(const TypeDesc *t, const TypeDesc *iface, const MethodDesc **missing) {
    // Both method lists are sorted by selector: one walk.
    uint32_t j = 0;
    for (uint32_t i = 0; i < iface->nmethods; i++) {
        SelId want = iface->methods[i].sel;
        while (j < t->nmethods && t->methods[j].sel < want)
            j++;
        if (j == t->nmethods || t->methods[j].sel != want) {
            if (missing)
                *missing = &iface->methods[i];
            return false;
        }
    }
    return true;
}

const StackMap *image_find_map(const FuncDesc *f, uint32_t pc) {
    uint32_t lo = 0, hi = f->nsafepoints;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (f->safepoints[mid].pc < pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < f->nsafepoints && f->safepoints[lo].pc == pc ? f->maps[f->safepoints[lo].map] : NULL;
}

bool image_index_is_unsigned(const FuncDesc *f, const uint64_t *pc) {
    uint32_t at = (uint32_t)(pc - f->code);
    for (uint32_t i = 0; i < f->nunsigned_ix; i++) {
        if (at >= f->unsigned_ix[i].pc && at < f->unsigned_ix[i].end)
            return true;
    }
    return false;
}

uint32_t image_find_line(const FuncDesc *f, uint32_t pc) {
    uint32_t at = pc ? pc - 1 : 0;
    uint32_t lo = 0, hi = f->nlines;
    while (lo < hi) {  // first entry behind `at`
        uint32_t mid = lo + (hi - lo) / 2;
        if (f->lines[mid].pc <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? f->lines[lo - 1].line : f->line;
}

const char *image_find_file(const FuncDesc *f, uint32_t pc, const char *file) {
    uint32_t at = pc ? pc - 1 : 0, i = f->nfiles;
    while (i && f->files[i - 1].pc > at)
        i--;
    return i && f->files[i - 1].file ? f->files[i - 1].file : file;
}

typedef struct AddedFunc {
    const FuncDesc *fn;
    struct AddedFunc *next;
} AddedFunc;

struct ImageIndex {
    _Atomic(AddedFunc *) added;
    uint32_t n;
    const FuncDesc *by_code[];
};

static int by_code(const void *a, const void *b) {
    const FuncDesc *x = *(const FuncDesc *const *)a, *y = *(const FuncDesc *const *)b;
    return x->code < y->code ? -1 : x->code > y->code;
}

ImageIndex *image_index_build(const Image *im) {
    ImageIndex *ix = malloc(sizeof *ix + sizeof ix->by_code[0] * im->nfuncs);
    if (!ix)
        return NULL;
    ix->n = 0;
    atomic_init(&ix->added, NULL);
    for (uint32_t i = 0; i < im->nfuncs; i++) {
        if (im->funcs[i] && im->funcs[i]->ncode)
            ix->by_code[ix->n++] = im->funcs[i];
    }
    qsort(ix->by_code, ix->n, sizeof ix->by_code[0], by_code);
    return ix;
}

void image_index_free(ImageIndex *ix) {
    for (AddedFunc *f = ix ? ix->added : NULL, *next; f; f = next) {
        next = f->next;
        free(f);
    }
    free(ix);
}

bool image_index_add(ImageIndex *ix, const FuncDesc *f) {
    AddedFunc *added = malloc(sizeof *added);
    if (!added)
        return false;
    *added = (AddedFunc){f, ix->added};
    atomic_store_explicit(&ix->added, added, memory_order_release);
    return true;
}

static bool holds(const FuncDesc *f, const uint64_t *pc) { return pc >= f->code && pc < f->code + f->ncode; }

const FuncDesc *image_func_at(const ImageIndex *ix, const uint64_t *pc) {
    uint32_t lo = 0, hi = ix->n;
    while (lo < hi) {  // last function whose code starts at or before pc, but a resume pc at the very end belongs to it too
        uint32_t mid = lo + (hi - lo) / 2;
        if (ix->by_code[mid]->code <= pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo && holds(ix->by_code[lo - 1], pc))
        return ix->by_code[lo - 1];
    for (const AddedFunc *f = atomic_load_explicit(&ix->added, memory_order_acquire); f; f = f->next) {
        if (holds(f->fn, pc))
            return f->fn;
    }
    return NULL;
}

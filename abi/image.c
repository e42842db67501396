// image.c: look-ups in an image by pc, and type questions that need no heap.
#include "image.h"

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

struct ImageIndex {
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
    for (uint32_t i = 0; i < im->nfuncs; i++) {
        if (im->funcs[i] && im->funcs[i]->ncode)
            ix->by_code[ix->n++] = im->funcs[i];
    }
    qsort(ix->by_code, ix->n, sizeof ix->by_code[0], by_code);
    return ix;
}

void image_index_free(ImageIndex *ix) {
    free(ix);
}

const FuncDesc *image_func_at(const ImageIndex *ix, const uint64_t *pc) {
    uint32_t lo = 0, hi = ix->n;
    while (lo < hi) {  // last function whose code starts at or before pc, but a resume pc at the very end belongs to it too
        uint32_t mid = lo + (hi - lo) / 2;
        if (ix->by_code[mid]->code <= pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (!lo)
        return NULL;
    const FuncDesc *f = ix->by_code[lo - 1];
    return pc < f->code + f->ncode ? f : NULL;
}

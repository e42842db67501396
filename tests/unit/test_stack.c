// test_stack.c: blocks of stacks, and copying a stack with pointers into itself.
#include "fake_rt.h"
#include "stack/stack_impl.h"

#include <check.h>
#include <pthread.h>

static Fake *f;
static M *mp;

static void setup_opt(const RtOptions *opt) {
    f = fake_new(opt);
    mp = &f->m[0];
    fake_ngs = 0;
    fake_nfuncs = 0;
}
static void setup(void) {
    setup_opt(NULL);
}
static void teardown(void) {
    fake_free(f);
}

/* One function, whose frame has 8 slots:
 *   0 pointer to slot 5 of the same frame      1 pointer to slot 0 of the caller's frame (of slot 5 in the bottom frame)
 *   2, 3 interface with a pointer to slot 5    4 integer that looks like a pointer to slot 5
 *   5 a number                                 6, 7 interface with an integer that looks like a pointer
 * The next frame follows at once behind its header. */
enum { SLOTS = 8, FRAME_BYTES = SLOTS * 8 + FRAME_HEADER_BYTES };
static const uint64_t code[4];
static const union {
    StackMap map;
    struct {
        uint32_t nslots;
        uint64_t bits[1];
    } words;
} frame_map = {.words = {8, {SM_PTR | SM_PTR << 2 | SM_IDATA << 6 | SM_IDATA << 14}}};
static const StackMap *const maps[] = {&frame_map.map};
static const SafePoint points[] = {{0, 0}, {1, 0}};
static const FuncDesc func = {.code = code, .ncode = 4, .frame_bytes = FRAME_BYTES, .param_bytes = SLOTS * 8, .nsafepoints = 2,
                              .safepoints = points, .maps = maps, .name = "f"};
static const TypeDesc pointer = {.kind = KIND_POINTER, .flags = TF_DIRECT}, integer = {.kind = KIND_INT, .flags = TF_DIRECT};

static void push_frame(G *gp) {
    Slot *fp;
    if (!gp->fp) {
        fp = (Slot *)(gp->stack_lo + FRAME_HEADER_BYTES);
        fp[FRAME_DELTA] = (uint64_t)FRAME_ENTRY << 32;
        fp[FRAME_RETPC] = 0;
        fp[FRAME_CTX] = 0;
    } else {
        fp = (Slot *)((char *)gp->fp + FRAME_BYTES);
        fp[FRAME_DELTA] = FRAME_BYTES;
        fp[FRAME_RETPC] = (Slot)(code + 1);
        fp[FRAME_CTX] = (Slot)&gp->fp[5];  // a closure that lives in the caller's frame
    }
    Slot *caller = gp->fp ? gp->fp : &fp[5];
    gp->fp = fp;
    gp->map_pc = code;
    gp->map_kind = MAP_ENTRY;
    fp[0] = (Slot)&fp[5];
    fp[1] = (Slot)caller;
    fp[2] = (Slot)&pointer;
    fp[3] = (Slot)&fp[5];
    fp[4] = (Slot)&fp[5];
    fp[5] = 0;
    fp[6] = (Slot)&integer;
    fp[7] = (Slot)&fp[5];
}

static unsigned check_frames(const G *gp, const G *before) {
    unsigned n = 0;
    Slot *fp = gp->fp;
    for (;; n++) {
        bool bottom = fp[FRAME_DELTA] >> 32 & FRAME_ENTRY;
        Slot *caller = bottom ? NULL : (Slot *)((char *)fp - (uint32_t)fp[FRAME_DELTA]);
        VERIFY((char *)fp > gp->stack_lo && (char *)fp < gp->stack_hi);
        VERIFY(fp[0] == (Slot)&fp[5] && fp[3] == (Slot)&fp[5]);
        VERIFY(fp[1] == (Slot)(caller ? caller : &fp[5]));
        VERIFY(!caller || fp[FRAME_CTX] == (Slot)&caller[5]);
        ptrdiff_t moved = before ? (char *)gp->stack_lo - before->stack_lo : 0;
        VERIFY(fp[4] == (Slot)&fp[5] - (Slot)moved && fp[7] == (Slot)&fp[5] - (Slot)moved);
        if (bottom)
            return n + 1;
        fp = caller;
    }
}

static void new_g(G *gp) {
    *gp = (G){0};
    VERIFY(stack_alloc(mp, gp, STACK_MIN));
    fake_funcs[0] = &func;
    fake_nfuncs = 1;
    push_frame(gp);
}

START_TEST(growing_moves_every_pointer_and_no_number) {
    G g;
    new_g(&g);
    for (unsigned depth = 1; depth < 400; depth++) {
        if ((char *)g.fp + 2 * FRAME_BYTES > g.stack_hi) {
            G before = g;
            ck_assert(stack_grow(mp, &g, 2 * FRAME_BYTES));
            ck_assert_uint_ge(g.stack_hi - g.stack_lo, 2 * (before.stack_hi - before.stack_lo));
            ck_assert_uint_eq(check_frames(&g, &before), depth);
            for (Slot *fp = g.fp;; fp = (Slot *)((char *)fp - (uint32_t)fp[FRAME_DELTA])) {
                fp[4] = fp[7] = (Slot)&fp[5];  // make the numbers fit the new place
                if (fp[FRAME_DELTA] >> 32)
                    break;
            }
        }
        push_frame(&g);
        g.fp[1] = (Slot)((char *)g.fp - FRAME_BYTES);
    }
    stack_free(mp, &g);
    StackCounters c;
    stacks_counters(&f->rt, &c);
    ck_assert_uint_ge(c.growths, 6);
}
END_TEST

START_TEST(shrinking_halves_and_keeps_the_frames) {
    G g;
    new_g(&g);
    ck_assert(stack_grow(mp, &g, 60000));
    uint64_t size = (uint64_t)(g.stack_hi - g.stack_lo);
    for (; size > STACK_MIN; size /= 2) {
        g.fp[4] = g.fp[7] = (Slot)&g.fp[5];
        G before = g;
        stack_shrink(mp, &g);
        if (g.stack_lo == before.stack_lo)
            break;
        ck_assert_uint_eq(g.stack_hi - g.stack_lo, size / 2);
        ck_assert_uint_eq(check_frames(&g, &before), 1);
    }
    ck_assert_uint_le(g.stack_hi - g.stack_lo, 1024);
    stack_free(mp, &g);
}
END_TEST

START_TEST(the_limit_of_one_stack_is_reported) {
    teardown();
    setup_opt(&(RtOptions){.maxstack_bytes = 1 << 20});
    G g;
    new_g(&g);
    ck_assert(stack_grow(mp, &g, 1 << 19));
    ck_assert(!stack_grow(mp, &g, 1 << 20));
    ck_assert_uint_eq(g.stack_hi - g.stack_lo, 1 << 20);
    stack_free(mp, &g);
}
END_TEST

START_TEST(stress_moves_a_stack_that_fits) {
    teardown();
    setup_opt(&(RtOptions){.stackstress = 1});
    G g;
    new_g(&g);
    for (unsigned i = 0; i < 10; i++) {
        g.fp[4] = g.fp[7] = (Slot)&g.fp[5];
        G before = g;
        ck_assert(stack_grow(mp, &g, FRAME_BYTES));
        ck_assert_ptr_ne(g.stack_lo, before.stack_lo);
        check_frames(&g, &before);
    }
    stack_free(mp, &g);
}
END_TEST

START_TEST(freed_stacks_go_back_to_the_page_heap) {
    enum { N = 3000 };
    static G g[N];
    for (unsigned i = 0; i < N; i++)
        ck_assert(stack_alloc(mp, &g[i], (size_t)STACK_MIN << i % 9));
    for (unsigned i = 0; i < N; i++) {
        memset(g[i].stack_lo, (int)i, (size_t)(g[i].stack_hi - g[i].stack_lo));
        for (unsigned k = 0; k < i % 3; k++)
            ck_assert(g[i].stack_lo[k] == (char)i);
    }
    for (unsigned i = 0; i < N; i++)
        stack_free(mp, &g[i]);
    stacks_release(&f->rt);
    heap_check(&f->rt);
    ck_assert_uint_eq(f->rt.heap->stack_pages, 0);
}
END_TEST

static void *churn(void *arg) {
    M *m = arg;
    static _Thread_local G g[100];
    unsigned seed = m->pp->id + 3;
    for (unsigned i = 0; i < 20000; i++) {
        seed = seed * 1103515245 + 12345;
        G *gp = &g[(seed >> 16) % COUNT_OF(g)];
        if (gp->stack_lo) {
            VERIFY(*(G **)gp->stack_lo == gp);
            stack_free(m, gp);
        } else {
            VERIFY(stack_alloc(m, gp, (size_t)STACK_MIN << (seed >> 8) % 8));
            *(G **)gp->stack_lo = gp;
        }
    }
    for (unsigned i = 0; i < COUNT_OF(g); i++)
        stack_free(m, &g[i]);
    return NULL;
}

START_TEST(four_threads_share_the_pool) {
    pthread_t t[FAKE_PS];
    for (unsigned i = 0; i < FAKE_PS; i++)
        pthread_create(&t[i], NULL, churn, &f->m[i]);
    for (unsigned i = 0; i < FAKE_PS; i++)
        pthread_join(t[i], NULL);
    stacks_release(&f->rt);
    heap_check(&f->rt);
    ck_assert_uint_eq(f->rt.heap->stack_pages, 0);
}
END_TEST

int main(void) {
    Suite *s = suite_create("stack");
    TCase *tc = tcase_create("stack");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, growing_moves_every_pointer_and_no_number);
    tcase_add_test(tc, shrinking_halves_and_keeps_the_frames);
    tcase_add_test(tc, the_limit_of_one_stack_is_reported);
    tcase_add_test(tc, stress_moves_a_stack_that_fits);
    tcase_add_test(tc, freed_stacks_go_back_to_the_page_heap);
    tcase_add_test(tc, four_threads_share_the_pool);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(s, tc);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

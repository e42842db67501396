// test_heap.c: size classes, cells, pages, caches, limits, and four threads on one heap.
#include "fake_rt.h"
#include "heap/malloc.h"

#include <check.h>
#include <pthread.h>

static const uint64_t one = 1;
static const TypeDesc ptr_type = {.kind = KIND_POINTER, .size = 8, .gc_period = 1, .gc_ptrs = &one};
static const TypeDesc str_type = {.kind = KIND_STRING, .size = 16, .gc_period = 2, .gc_ptrs = &one};

START_TEST(class_is_the_smallest_that_fits) {
    for (unsigned n = 1; n <= SMALL_MAX; n++) {
        unsigned c = class_of(n);
        VERIFY(c < NCLASSES && size_classes[c].size >= n);
        VERIFY(c == 0 || size_classes[c - 1].size < n);
    }
}
END_TEST

START_TEST(cell_of_every_address_by_multiplication) {
    for (unsigned c = 0; c < NCLASSES; c++) {
        Span s = {.base = NULL, .magic = size_classes[c].magic};
        uint32_t bytes = size_classes[c].pages * PAGE_BYTES;
        for (uint32_t off = 0; off < bytes; off++) {
            if (span_cell(&s, (char *)(uintptr_t)off) != off / size_classes[c].size)
                ck_abort_msg("class %u, offset %u", c, off);
        }
    }
}
END_TEST

START_TEST(objects_are_zeroed_apart_and_found_by_inner_pointers) {
    Fake *f = fake_new(NULL);
    static const size_t sizes[] = {1, 8, 9, 16, 24, 40, 100, 512, 1000, 4096, 30000, 32760, 32768, 40000, 1 << 20};
    const TypeDesc *types[] = {NULL, &ptr_type, &str_type};
    enum { N = 40 };
    char *all[COUNT_OF(sizes) * COUNT_OF(types) * N];
    size_t len[COUNT_OF(all)];
    unsigned n = 0;
    for (unsigned i = 0; i < COUNT_OF(sizes); i++) {
        for (unsigned t = 0; t < COUNT_OF(types); t++) {
            for (unsigned k = 0; k < N; k++, n++) {
                all[n] = gc_alloc(&f->p[0], sizes[i], types[t]);
                len[n] = sizes[i];
                for (size_t b = 0; b < sizes[i]; b++)
                    VERIFY(all[n][b] == 0);
                memset(all[n], (int)(n % 255) + 1, sizes[i]);
            }
        }
    }
    for (unsigned i = 0; i < n; i++) {
        for (size_t b = 0; b < len[i]; b++)
            VERIFY(all[i][b] == (char)(i % 255 + 1));
        size_t size;
        VERIFY(heap_object(&f->rt, all[i] + len[i] - 1, &size) == all[i] && size >= len[i]);
    }
    heap_check(&f->rt);
    fake_flush(f);
    heap_check(&f->rt);
    fake_free(f);
}
END_TEST

START_TEST(nothing_has_an_address_of_its_own_outside_the_heap) {
    Fake *f = fake_new(NULL);
    size_t size;
    ck_assert_ptr_nonnull(gc_alloc(&f->p[0], 0, NULL));
    ck_assert_ptr_null(heap_object(&f->rt, gc_alloc(&f->p[0], 0, NULL), &size));
    ck_assert_ptr_null(heap_object(&f->rt, f, &size));
    ck_assert_ptr_null(heap_object(&f->rt, (void *)(uintptr_t)-1, &size));
    fake_free(f);
}
END_TEST

START_TEST(swept_cells_come_back_zeroed) {
    Fake *f = fake_new(NULL);
    Heap *h = f->rt.heap;
    enum { N = 5000 };
    char *p[N];
    for (unsigned i = 0; i < N; i++) {
        p[i] = gc_alloc(&f->p[0], 48, NULL);
        memset(p[i], 0xff, 48);
    }
    fake_flush(f);
    for (unsigned i = 0; i < N; i += 3) {
        Span *s = span_of(h, p[i]);
        bit_set(s->mark, span_cell(s, p[i]));
    }
    central_all_unswept(h);
    for (unsigned i = 0; i < N; i++) {
        char *q = gc_alloc(&f->p[0], 48, NULL);
        for (unsigned b = 0; b < 48; b++)
            VERIFY(q[b] == 0);
        memset(q, 1, 48);
    }
    for (unsigned i = 0; i < N; i += 3)
        VERIFY(p[i][0] == (char)0xff && p[i][47] == (char)0xff);
    central_sweep_all(h);
    fake_flush(f);
    heap_check(&f->rt);
    HeapStats st;
    heap_stats(&f->rt, &st);
    ck_assert_uint_eq(st.mallocs, 2 * N);
    ck_assert_uint_eq(st.frees, N - (N + 2) / 3);
    fake_free(f);
}
END_TEST

START_TEST(freed_pages_join_their_neighbours) {
    Fake *f = fake_new(NULL);
    Heap *h = f->rt.heap;
    enum { N = 200 };
    Span *s[N] = {0};
    unsigned seed = 1;
    for (unsigned round = 0; round < 4000; round++) {
        seed = seed * 1103515245 + 12345;
        unsigned i = (seed >> 8) % N;
        if (s[i]) {
            pages_free(h, s[i]);
            s[i] = NULL;
        } else {
            s[i] = pages_alloc(h, 1 + (seed >> 20) % 300, 1, SPAN_STACK, false);
            VERIFY(s[i]);
        }
        if (round % 100 == 0) {
            heap_check(&f->rt);
            pages_release(h, 1 << 20);
        }
    }
    for (unsigned i = 0; i < N; i++) {
        if (s[i])
            pages_free(h, s[i]);
    }
    heap_check(&f->rt);
    ck_assert_uint_eq(h->in_use_pages, 0);
    fake_free(f);
}
END_TEST

START_TEST(an_object_may_be_larger_than_an_arena) {
    Fake *f = fake_new(NULL);
    size_t n = 150 << 20, size;
    char *p = gc_alloc(&f->p[0], n, NULL);
    p[0] = p[n - 1] = 1;
    ck_assert_ptr_eq(heap_object(&f->rt, p + n - 1, &size), p);
    ck_assert_uint_eq(size, n);
    heap_check(&f->rt);
    fake_free(f);
}
END_TEST

START_TEST(allocating_past_the_limit_ends_with_2) {
    Fake *f = fake_new(&(RtOptions){.maxheap_bytes = 8 << 20});
    for (;;)
        gc_alloc(&f->p[0], 64, NULL);
}
END_TEST

START_TEST(one_object_above_the_limit_ends_with_2) {
    Fake *f = fake_new(&(RtOptions){.maxheap_bytes = 8 << 20});
    gc_alloc(&f->p[0], 9 << 20, NULL);
}
END_TEST

START_TEST(the_nth_allocation_fails_on_request) {
    Fake *f = fake_new(&(RtOptions){.allocfail = 3});
    gc_alloc(&f->p[0], 64, NULL);
    gc_alloc(&f->p[0], 64, NULL);
    gc_alloc(&f->p[0], 64, NULL);
    _exit(0);
}
END_TEST

static void *allocate(void *arg) {
    P *pp = arg;
    enum { KEEP = 1000 };
    uint64_t *kept[KEEP] = {0};
    unsigned seed = pp->id + 7;
    for (unsigned i = 0; i < 30000; i++) {
        seed = seed * 1103515245 + 12345;
        size_t words = 1 + (seed >> 16) % (i % 500 == 0 ? 6000 : 30);
        uint64_t *p = gc_alloc(pp, words * 8, seed & 1024 ? &str_type : NULL);
        for (size_t w = 0; w < words; w++) {
            VERIFY(p[w] == 0);
            p[w] = (uint64_t)p;
        }
        uint64_t **k = &kept[i % KEEP];
        VERIFY(!*k || **k == (uint64_t)*k);
        *k = p;
    }
    return NULL;
}

START_TEST(four_threads_allocate_from_one_heap) {
    Fake *f = fake_new(NULL);
    pthread_t t[FAKE_PS];
    for (unsigned i = 0; i < FAKE_PS; i++)
        pthread_create(&t[i], NULL, allocate, &f->p[i]);
    for (unsigned i = 0; i < FAKE_PS; i++)
        pthread_join(t[i], NULL);
    heap_check(&f->rt);
    fake_flush(f);
    central_all_unswept(f->rt.heap);
    for (unsigned i = 0; i < FAKE_PS; i++)  // and sweep from four
        pthread_create(&t[i], NULL, allocate, &f->p[i]);
    for (unsigned i = 0; i < FAKE_PS; i++)
        pthread_join(t[i], NULL);
    fake_flush(f);
    heap_check(&f->rt);
    fake_free(f);
}
END_TEST

START_TEST(a_hundred_heaps_leave_nothing_behind) {
    for (unsigned i = 0; i < 100; i++) {
        Fake *f = fake_new(NULL);
        for (unsigned k = 0; k < 100; k++)
            gc_alloc(&f->p[k % FAKE_PS], k * 1000, NULL);
        fake_free(f);
    }
}
END_TEST

int main(void) {
    Suite *s = suite_create("heap");
    TCase *tc = tcase_create("heap");
    tcase_add_test(tc, class_is_the_smallest_that_fits);
    tcase_add_test(tc, cell_of_every_address_by_multiplication);
    tcase_add_test(tc, objects_are_zeroed_apart_and_found_by_inner_pointers);
    tcase_add_test(tc, nothing_has_an_address_of_its_own_outside_the_heap);
    tcase_add_test(tc, swept_cells_come_back_zeroed);
    tcase_add_test(tc, freed_pages_join_their_neighbours);
    tcase_add_test(tc, an_object_may_be_larger_than_an_arena);
    tcase_add_exit_test(tc, allocating_past_the_limit_ends_with_2, 2);
    tcase_add_exit_test(tc, one_object_above_the_limit_ends_with_2, 2);
    tcase_add_exit_test(tc, the_nth_allocation_fails_on_request, 2);
    tcase_add_test(tc, four_threads_allocate_from_one_heap);
    tcase_add_test(tc, a_hundred_heaps_leave_nothing_behind);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(s, tc);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

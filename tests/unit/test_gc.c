// test_gc.c: what is reachable stays, what is not goes, in every shape of graph; pacing, barriers, checks.
#include "fake_rt.h"

#include <check.h>
#include <signal.h>

static const uint64_t one = 1, two = 2, three = 3;
static const TypeDesc ptr_type = {.kind = KIND_POINTER, .size = 8, .gc_period = 1, .gc_ptrs = &one};
// struct { left, right *node; value int }
static const TypeDesc node_type = {.kind = KIND_STRUCT, .size = 24, .gc_period = 3, .gc_ptrs = &three};
static const TypeDesc str_type = {.kind = KIND_STRING, .size = 16, .gc_period = 2, .gc_ptrs = &one};
static const TypeDesc iface_type = {.kind = KIND_INTERFACE, .size = 16, .gc_period = 2, .gc_ptrs = &two, .gc_maybe = &two};
// [130]int64 of which the last is a pointer
static const uint64_t long_map[3] = {0, 0, 2};
static const TypeDesc long_type = {.kind = KIND_STRUCT, .size = 1040, .gc_period = 130, .gc_ptrs = long_map};

typedef struct Node {
    struct Node *left, *right;
    uint64_t value;
} Node;

static Fake *f;
static P *pp;
static M *mp;
static void *root[16];

static void report(Runtime *rt, void *gc, GcVisit visit) {
    for (unsigned i = 0; i < COUNT_OF(root); i++)
        visit(gc, root[i]);
}

static void setup_opt(const RtOptions *opt) {
    f = fake_new(opt);
    pp = &f->p[0];
    mp = &f->m[0];
    memset(root, 0, sizeof root);
    gc_add_root_fn(&f->rt, report);
}
static void setup(void) {
    setup_opt(&(RtOptions){.gccheck = 1, .clobberfree = 1});
}
static void teardown(void) {
    fake_free(f);
}

static void collect(void) {
    atomic_store(&f->rt.gc->forced, true);
    gc_collect(mp);
}

static uint64_t live_objects(void) {
    central_sweep_all(f->rt.heap);
    HeapStats st;
    heap_stats(&f->rt, &st);
    return st.mallocs - st.frees;
}

static Node *tree(unsigned depth) {
    Node *n = gc_alloc(pp, sizeof *n, &node_type);
    n->value = depth;
    if (depth) {
        n->left = tree(depth - 1);
        n->right = tree(depth - 1);
    }
    return n;
}

static uint64_t tree_sum(const Node *n) {
    return n ? 1 + tree_sum(n->left) + tree_sum(n->right) : 0;
}

START_TEST(a_tree_lives_and_its_sisters_die) {
    for (unsigned i = 0; i < 5; i++)
        root[i % 2] = tree(12);
    collect();
    ck_assert_uint_eq(live_objects(), 2 * 8191);
    ck_assert_uint_eq(tree_sum(root[0]) + tree_sum(root[1]), 2 * 8191);
    root[0] = ((Node *)root[0])->left;
    root[1] = NULL;
    collect();
    ck_assert_uint_eq(live_objects(), 4095);
    ck_assert_uint_eq(tree_sum(root[0]), 4095);
    root[0] = NULL;
    collect();
    ck_assert_uint_eq(live_objects(), 0);
    ck_assert_uint_eq(f->rt.heap->in_use_pages, 0);
}
END_TEST

START_TEST(a_list_of_a_million_needs_no_stack) {
    Node *head = NULL;
    for (unsigned i = 0; i < 1000000; i++) {
        Node *n = gc_alloc(pp, sizeof *n, &node_type);
        n->right = head;
        head = n;
    }
    root[0] = head;
    collect();
    ck_assert_uint_eq(live_objects(), 1000000);
}
END_TEST

START_TEST(cycles_die) {
    Node *a = tree(0), *b = tree(0);
    a->left = b;
    b->left = a;
    collect();
    ck_assert_uint_eq(live_objects(), 0);
}
END_TEST

START_TEST(inner_pointers_keep_the_whole_object) {
    char *p = gc_alloc(pp, 1000, NULL);
    memset(p, 7, 1000);
    root[0] = p + 999;
    char *big = gc_alloc(pp, 100000, NULL);
    root[1] = big + 99999;
    collect();
    ck_assert_uint_eq(live_objects(), 2);
    for (unsigned i = 0; i < 1000; i++)
        VERIFY(p[i] == 7);
}
END_TEST

START_TEST(only_pointer_words_are_followed) {
    void **strs = gc_alloc(pp, 16 * 10, &str_type);
    for (unsigned i = 0; i < 20; i++)
        strs[i] = gc_alloc(pp, 100, NULL);
    root[0] = strs;
    collect();
    ck_assert_uint_eq(live_objects(), 11);
    void **words = gc_alloc(pp, 1040 * 100, &long_type);
    for (unsigned i = 0; i < 130 * 100; i++)
        words[i] = i % 130 == 129 ? gc_alloc(pp, 8, NULL) : NULL;
    root[0] = words;
    collect();
    ck_assert_uint_eq(live_objects(), 101);
}
END_TEST

START_TEST(a_scalar_in_an_interface_may_look_like_anything) {
    Slot *v = gc_alloc(pp, 32, &iface_type);
    char *dead = gc_alloc(pp, 64, NULL);
    v[1] = (Slot)dead + 12345678;  // inside the heap's area, no object
    v[3] = 42;
    root[0] = v;
    collect();
    ck_assert_uint_eq(live_objects(), 1);
}
END_TEST

START_TEST(large_arrays_are_scanned_in_pieces) {
    enum { N = 300000 };
    void **a = gc_alloc(pp, N * 8, &ptr_type);
    void **b = gc_alloc(pp, N * 16, &str_type);
    for (unsigned i = 0; i < N; i++) {
        a[i] = gc_alloc(pp, 8, NULL);
        b[2 * i] = gc_alloc(pp, 8, NULL);
        b[2 * i + 1] = (void *)(uintptr_t)1;
    }
    root[0] = a;
    root[1] = b;
    collect();
    ck_assert_uint_eq(live_objects(), 2 * N + 2);
}
END_TEST

START_TEST(maps_keep_keys_and_values) {
    TypeDesc m_type = {.kind = KIND_MAP, .size = 8, .key = &str_type, .elem = &ptr_type};
    Hmap *m = map_new(pp, &m_type, 0);
    root[0] = m;
    for (unsigned i = 0; i < 3000; i++) {
        char *key = gc_alloc(pp, 16, NULL);
        int n = snprintf(key, 16, "key %u", i);
        uint64_t *v = gc_alloc(pp, 8, NULL);
        *v = i;
        *(void **)map_put_str(mp, &m_type, m, key, (uint64_t)n) = v;
        if (i % 100 == 0)
            collect();
    }
    collect();
    for (unsigned i = 0; i < 3000; i++) {
        char key[16];
        int n = snprintf(key, 16, "key %u", i);
        uint64_t **v = map_get_str(mp, &m_type, m, key, (uint64_t)n);
        VERIFY(v && **v == i);
    }
    map_check(mp, m);
}
END_TEST

START_TEST(random_graphs_agree_with_a_model) {
    enum { N = 2000 };
    static Node *all[N];
    static bool reach[N];
    uint64_t seed = 99 + (uint64_t)_i;
    for (unsigned i = 0; i < N; i++) {
        all[i] = gc_alloc(pp, 24 + (i % 7 == 0 ? 24 * (i % 100) : 0), &node_type);
        all[i]->value = i;
    }
    for (unsigned i = 0; i < N; i++) {
        for (unsigned e = 0; e < 2; e++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            unsigned to = (unsigned)(seed >> 33) % (N * 2);
            if (to < N)
                *(e ? &all[i]->left : &all[i]->right) = all[to];
        }
    }
    for (unsigned i = 0; i < 8; i++)
        root[i] = all[i * 17];
    static unsigned work[2 * N + 8];
    unsigned n = 0, count = 0;
    memset(reach, 0, sizeof reach);
    for (unsigned i = 0; i < 8; i++)
        work[n++] = i * 17;
    while (n) {
        unsigned i = work[--n];
        if (reach[i])
            continue;
        reach[i] = true;
        count++;
        if (all[i]->left)
            work[n++] = (unsigned)all[i]->left->value;
        if (all[i]->right)
            work[n++] = (unsigned)all[i]->right->value;
    }
    collect();
    ck_assert_uint_eq(live_objects(), count);
    for (unsigned i = 0; i < N; i++)
        VERIFY(i == 0 || (all[i]->value == i) == reach[i]);  // freed: a pattern, or pages given back
    gc_check_heap(mp);
}
END_TEST

START_TEST(a_collection_falls_due_by_GOGC) {
    Node *keep = tree(16);  // 131071 objects of 32 bytes
    root[0] = keep;
    collect();
    GcStats st;
    gc_stats(&f->rt, &st);
    ck_assert_uint_eq(st.marked_bytes, 131071 * 32);
    ck_assert_uint_ge(st.next_gc_bytes, 2 * st.marked_bytes);
    ck_assert_uint_eq(pp->poll & POLL_GC, 0);
    uint64_t n = 0;
    while (!(pp->poll & POLL_GC)) {
        gc_alloc(pp, 1000, NULL);
        n += 1024;
    }
    ck_assert_uint_ge(n, st.marked_bytes - (64 << 10));
    ck_assert_uint_le(n, st.marked_bytes + (64 << 10));
    gc_collect(mp);
    ck_assert_uint_eq(pp->poll & POLL_GC, 0);
    ck_assert_int_eq(gc_set_percent(&f->rt, -1), 100);
    for (unsigned i = 0; i < 100000; i++)
        gc_alloc(pp, 1000, NULL);
    ck_assert_uint_eq(pp->poll & POLL_GC, 0);
    gc_set_memory_limit(&f->rt, 64 << 20);
    gc_alloc(pp, 40000, NULL);
    ck_assert_uint_ne(pp->poll & POLL_GC, 0);
}
END_TEST

START_TEST(garbage_of_many_times_the_limit_fits) {
    teardown();
    setup_opt(&(RtOptions){.maxheap_bytes = 32 << 20});
    for (unsigned i = 0; i < 400; i++) {
        root[i % 2] = gc_alloc(pp, i % 3 ? 9 << 20 : 8000, NULL);
        if (pp->poll & POLL_GC)
            gc_collect(mp);
    }
    heap_check(&f->rt);
}
END_TEST

START_TEST(what_is_alive_above_the_limit_ends_with_2) {
    teardown();
    setup_opt(&(RtOptions){.maxheap_bytes = 16 << 20});
    for (;;) {
        void **p = gc_alloc(pp, 4000, &ptr_type);
        p[0] = root[0];
        root[0] = p;
        if (pp->poll & POLL_GC)
            gc_collect(mp);
    }
}
END_TEST

START_TEST(every_nth_allocation_collects_under_stress) {
    teardown();
    setup_opt(&(RtOptions){.gcstress = 3});
    for (unsigned i = 1; i <= 30; i++) {
        gc_alloc(pp, 16, NULL);
        ck_assert_int_eq((pp->poll & POLL_GC) != 0, i % 3 == 0);
        if (pp->poll & POLL_GC)
            gc_collect(mp);
    }
}
END_TEST

START_TEST(the_barrier_shades_old_and_new) {
    void **slot = gc_alloc(pp, 8, &ptr_type);
    void *old = gc_alloc(pp, 8, NULL), *new_value = gc_alloc(pp, 8, NULL), *other = gc_alloc(pp, 8, NULL);
    *slot = old;
    f->rt.wb_on = true;
    gc_store(pp, (void *_Atomic *)slot, new_value);
    void *copied[2] = {other, NULL};
    void **dst = gc_alloc(pp, 16, &ptr_type);
    gc_copy(pp, dst, copied, &ptr_type, 2);
    f->rt.wb_on = false;
    ck_assert(*slot == new_value && dst[0] == other);
    ck_assert(gc_is_marked(f->rt.heap, old) && gc_is_marked(f->rt.heap, new_value) && gc_is_marked(f->rt.heap, other));
    ck_assert(!gc_is_marked(f->rt.heap, slot));
}
END_TEST

#ifdef GOL_CHECKS
START_TEST(a_certain_pointer_to_nothing_is_a_defect) {
    void **slot = gc_alloc(pp, 8, &ptr_type);
    *slot = (char *)slot + 4 * PAGE_BYTES;
    root[0] = slot;
    collect();
}
END_TEST
#endif

START_TEST(freed_memory_goes_back_to_the_system) {
    root[0] = gc_alloc(pp, 200 << 20, NULL);
    memset(root[0], 1, 50 << 20);
    collect();
    root[0] = NULL;
    collect();
    HeapStats st;
    heap_stats(&f->rt, &st);
    ck_assert_uint_lt(st.idle_bytes - st.released_bytes, 16 << 20);
}
END_TEST

int main(void) {
    Suite *s = suite_create("gc");
    TCase *tc = tcase_create("gc");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_tree_lives_and_its_sisters_die);
    tcase_add_test(tc, a_list_of_a_million_needs_no_stack);
    tcase_add_test(tc, cycles_die);
    tcase_add_test(tc, inner_pointers_keep_the_whole_object);
    tcase_add_test(tc, only_pointer_words_are_followed);
    tcase_add_test(tc, a_scalar_in_an_interface_may_look_like_anything);
    tcase_add_test(tc, large_arrays_are_scanned_in_pieces);
    tcase_add_test(tc, maps_keep_keys_and_values);
    tcase_add_loop_test(tc, random_graphs_agree_with_a_model, 0, 5);
    tcase_add_test(tc, a_collection_falls_due_by_GOGC);
    tcase_add_test(tc, garbage_of_many_times_the_limit_fits);
    tcase_add_exit_test(tc, what_is_alive_above_the_limit_ends_with_2, 2);
    tcase_add_test(tc, every_nth_allocation_collects_under_stress);
    tcase_add_test(tc, the_barrier_shades_old_and_new);
#ifdef GOL_CHECKS
    tcase_add_test_raise_signal(tc, a_certain_pointer_to_nothing_is_a_defect, SIGABRT);
#endif
    tcase_add_test(tc, freed_memory_goes_back_to_the_system);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(s, tc);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}

/* sweep.c: from marked to free. Large objects go at once, with the world stopped, since they are few and hold the most memory; spans of small objects
 * are swept when somebody allocates (heap/central.c). */
#include "gc/gc_impl.h"

void gc_start_sweep(Heap *h) {
    large_sweep(h);
    central_all_unswept(h);
}

// Counts what a program takes from the heap, by standing in for malloc, behind which glibc keeps its own under another
// name. Swift's runtime allocates objects and arrays with malloc; what is resized, aligned or cleared is not counted.
#include "HeapCounts.h"

#include <stdlib.h>

static _Thread_local long allocations, bytes;

#ifdef __GLIBC__
extern void *__libc_malloc(size_t size);

void *malloc(size_t size) {
  allocations++;
  bytes += (long)size;
  return __libc_malloc(size);
}

bool heap_is_counted(void) { return true; }
#else
bool heap_is_counted(void) { return false; }
#endif

long heap_allocations(void) { return allocations; }
long heap_bytes(void) { return bytes; }

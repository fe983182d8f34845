#pragma once
#include <stdbool.h>

/// Whether allocations can be counted here: where the C library is glibc.
bool heap_is_counted(void);
/// How often the thread that asks has allocated memory from the heap, and how many bytes it asked for.
long heap_allocations(void);
long heap_bytes(void);

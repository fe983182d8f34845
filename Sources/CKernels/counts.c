// What each thread has done.
#include "counts.h"

_Thread_local ck_counts ck_thread_counts;

ck_counts ck_counts_of_thread(void) { return ck_thread_counts; }

void ck_count_node(void) { ck_thread_counts.nodes++; }

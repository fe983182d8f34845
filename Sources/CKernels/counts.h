// The counts of a thread, for the files of this target.
#pragma once
#include "CKernels.h"

extern _Thread_local ck_counts ck_thread_counts;

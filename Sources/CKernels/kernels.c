// The dispatch table: the kernels compiled for each instruction set, and the choice among them.
#include "CKernels.h"
#include "counts.h"
#include "vectors.h"

#include <stdatomic.h>
#include <stdlib.h>

// MARK: The kernels of each instruction set

typedef struct {
  ck_path path;
#define ENTRIES(REAL_, SUFFIX_)                                                                                        \
  void (*matmul_##SUFFIX_)(ck_product kind, long m, long n, long k, const REAL_ *a, long lda, const REAL_ *b, long     \
      ldb, REAL_ *c, long ldc, bool accumulate);                                                                       \
  void (*dense_##SUFFIX_)(ck_activation activation, long m, long n, long k, const REAL_ *a, long lda, const REAL_      \
      *b, long ldb, const REAL_ *bias, REAL_ *c, long ldc);                                                            \
  void (*transpose_##SUFFIX_)(long m, long n, const REAL_ *in, REAL_ *out);                                            \
  void (*unary_##SUFFIX_)(ck_unary function, long count, const REAL_ *in, REAL_ *out);                                 \
  void (*binary_##SUFFIX_)(ck_binary operation, ck_layout layout, long rows, long columns, const REAL_ *a, const       \
      REAL_ *b, REAL_ *out);                                                                                           \
  void (*axpy_##SUFFIX_)(long count, REAL_ alpha, const REAL_ *x, REAL_ *y);                                           \
  void (*scale_##SUFFIX_)(long count, REAL_ alpha, const REAL_ *x, REAL_ *out);                                        \
  void (*multiplyAccumulate_##SUFFIX_)(long count, const REAL_ *a, const REAL_ *b, REAL_ *out, bool accumulate);       \
  void (*activationBackward_##SUFFIX_)(ck_activation activation, long count, const REAL_ *g, const REAL_ *y, REAL_     \
      *out, bool accumulate);                                                                                          \
  void (*tanhCurvature_##SUFFIX_)(long count, const REAL_ *u, const REAL_ *g, const REAL_ *y, REAL_ *out, bool         \
      accumulate);                                                                                                     \
  void (*pack_##SUFFIX_)(bool turned, long n, long k, const REAL_ *b, long ldb, REAL_ *packed);                        \
  void (*matmulPacked_##SUFFIX_)(long m, long n, long k, const REAL_ *a, long lda, const REAL_ *packed, REAL_ *c,      \
      long ldc, bool accumulate);                                                                                      \
  void (*blend_##SUFFIX_)(long count, REAL_ alpha, const REAL_ *x, REAL_ beta, const REAL_ *y, REAL_ *out);            \
  void (*addAll_##SUFFIX_)(long count, long terms, const REAL_ *const *in, REAL_ *out);                                \
  void (*adam_##SUFFIX_)(long count, const ck_adam_step *step, const REAL_ *gradient, const REAL_ *first, const        \
      REAL_ *second, const REAL_ *values, REAL_ *newFirst, REAL_ *newSecond, REAL_ *newValues);                        \
  REAL_ (*sum_##SUFFIX_)(long count, const REAL_ *in);                                                                 \
  REAL_ (*dot_##SUFFIX_)(long count, const REAL_ *a, const REAL_ *b);                                                  \
  void (*sumRows_##SUFFIX_)(long rows, long columns, const REAL_ *in, REAL_ *out, bool accumulate);                    \
  void (*sumColumns_##SUFFIX_)(long rows, long columns, const REAL_ *in, REAL_ *out);                                  \
  void (*gruStep_##SUFFIX_)(long rows, long hidden, const REAL_ *x, const REAL_ *s, const REAL_ *bias, const REAL_     \
      *h, REAL_ *next, REAL_ *kept);                                                                                   \
  void (*gruStepBackward_##SUFFIX_)(long rows, long hidden, const REAL_ *kept, const REAL_ *h, REAL_ *g, REAL_ *ds,    \
      REAL_ *dCandidate);                                                                                              \
  void (*lstmStep_##SUFFIX_)(long rows, long hidden, const REAL_ *x, const REAL_ *s, const REAL_ *cell, REAL_ *next,   \
      REAL_ *nextCell, REAL_ *kept);                                                                                   \
  void (*lstmStepBackward_##SUFFIX_)(long rows, long hidden, const REAL_ *kept, const REAL_ *cell, const REAL_ *g,      \
      REAL_ *gCell, REAL_ *ds);
  ENTRIES(float, f)
  ENTRIES(double, d)
#undef ENTRIES
  void (*normals)(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out);
  void (*uniforms)(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out);
  double (*peak)(long rounds, float *sink);
} KernelTable;

// Without the instruction, a fused multiply-add is a call of the C library for each lane: the same bits, slowly.
#define PATH portable
#define PATH_CASE CK_PORTABLE
#define BYTES 16
#define REGISTERS 16
#include "kernels_template.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define PATH avx2
#define PATH_CASE CK_AVX2
#define BYTES 32
#define REGISTERS 16
#include "kernels_template.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define PATH avx512
#define PATH_CASE CK_AVX512
#define BYTES 64
#define REGISTERS 32
#include "kernels_template.h"
#pragma clang attribute pop

#elif defined(__aarch64__)

#define PATH neon
#define PATH_CASE CK_NEON
#define BYTES 16
#define REGISTERS 32
#include "kernels_template.h"

#endif

// MARK: The choice

/// The kernels of a path, or null if this processor cannot run it.
static const KernelTable *tableOf(ck_path path) {
  switch (path) {
  case CK_PORTABLE:
    return &table_portable;
#if defined(__x86_64__)
  case CK_AVX2:
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &table_avx2 : NULL;
  case CK_AVX512:
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
               ? &table_avx512
               : NULL;
#elif defined(__aarch64__)
  case CK_NEON:
    return &table_neon;
#endif
  default:
    return NULL;
  }
}

static _Atomic(const KernelTable *) chosen;

static __attribute__((noinline)) const KernelTable *choose(void) {
  const char *wanted = getenv("METARLZOO_KERNELS");
  const KernelTable *best = NULL, *named = NULL;
  for (int path = CK_PORTABLE; path <= CK_AVX512; path++) {
    const KernelTable *candidate = tableOf((ck_path)path);
    if (!candidate) continue;
    best = candidate;
    if (wanted && !strcmp(wanted, ck_path_name((ck_path)path))) named = candidate;
  }
  // Threads that arrive here together choose alike; a path forced meanwhile stays.
  const KernelTable *none = NULL;
  const KernelTable *choice = named ? named : best;
  return atomic_compare_exchange_strong(&chosen, &none, choice) ? choice : none;
}

static inline const KernelTable *chosenTable(void) {
  const KernelTable *current = atomic_load_explicit(&chosen, memory_order_acquire);
  return __builtin_expect(current != NULL, 1) ? current : choose();
}

/// The table, for a call that is counted.
static inline const KernelTable *table(void) {
  ck_thread_counts.kernels++;
  return chosenTable();
}

ck_path ck_current_path(void) { return chosenTable()->path; }

bool ck_path_available(ck_path path) { return tableOf(path) != NULL; }

bool ck_force_path(ck_path path) {
  const KernelTable *forced = tableOf(path);
  if (!forced) return false;
  atomic_store_explicit(&chosen, forced, memory_order_release);
  return true;
}

const char *ck_path_name(ck_path path) {
  switch (path) {
  case CK_PORTABLE: return "portable";
  case CK_NEON: return "neon";
  case CK_AVX2: return "avx2";
  case CK_AVX512: return "avx512";
  }
  return "unknown";
}

// MARK: The public functions

#define WRAPPERS(REAL_, SUFFIX_)                                                                                       \
  void ck_matmul_##SUFFIX_(ck_product kind, long m, long n, long k, const REAL_ *a, long lda, const REAL_ *b, long     \
      ldb, REAL_ *c, long ldc, bool accumulate) {                                                                      \
    table()->matmul_##SUFFIX_(kind, m, n, k, a, lda, b, ldb, c, ldc, accumulate);                                      \
  }                                                                                                                    \
  void ck_dense_##SUFFIX_(ck_activation activation, long m, long n, long k, const REAL_ *a, long lda, const REAL_      \
      *b, long ldb, const REAL_ *bias, REAL_ *c, long ldc) {                                                           \
    table()->dense_##SUFFIX_(activation, m, n, k, a, lda, b, ldb, bias, c, ldc);                                       \
  }                                                                                                                    \
  void ck_transpose_##SUFFIX_(long m, long n, const REAL_ *in, REAL_ *out) {                                           \
    table()->transpose_##SUFFIX_(m, n, in, out);                                                                       \
  }                                                                                                                    \
  void ck_unary_##SUFFIX_(ck_unary function, long count, const REAL_ *in, REAL_ *out) {                                \
    table()->unary_##SUFFIX_(function, count, in, out);                                                                \
  }                                                                                                                    \
  void ck_binary_##SUFFIX_(ck_binary operation, ck_layout layout, long rows, long columns, const REAL_ *a, const       \
      REAL_ *b, REAL_ *out) {                                                                                          \
    table()->binary_##SUFFIX_(operation, layout, rows, columns, a, b, out);                                            \
  }                                                                                                                    \
  void ck_axpy_##SUFFIX_(long count, REAL_ alpha, const REAL_ *x, REAL_ *y) {                                          \
    table()->axpy_##SUFFIX_(count, alpha, x, y);                                                                       \
  }                                                                                                                    \
  void ck_scale_##SUFFIX_(long count, REAL_ alpha, const REAL_ *x, REAL_ *out) {                                       \
    table()->scale_##SUFFIX_(count, alpha, x, out);                                                                    \
  }                                                                                                                    \
  void ck_multiply_accumulate_##SUFFIX_(long count, const REAL_ *a, const REAL_ *b, REAL_ *out, bool accumulate) {     \
    table()->multiplyAccumulate_##SUFFIX_(count, a, b, out, accumulate);                                               \
  }                                                                                                                    \
  void ck_activation_backward_##SUFFIX_(ck_activation activation, long count, const REAL_ *g, const REAL_ *y, REAL_    \
      *out, bool accumulate) {                                                                                         \
    table()->activationBackward_##SUFFIX_(activation, count, g, y, out, accumulate);                                   \
  }                                                                                                                    \
  void ck_tanh_curvature_##SUFFIX_(long count, const REAL_ *u, const REAL_ *g, const REAL_ *y, REAL_ *out, bool        \
      accumulate) {                                                                                                    \
    table()->tanhCurvature_##SUFFIX_(count, u, g, y, out, accumulate);                                                 \
  }                                                                                                                    \
  void ck_pack_##SUFFIX_(bool turned, long n, long k, const REAL_ *b, long ldb, REAL_ *packed) {                       \
    table()->pack_##SUFFIX_(turned, n, k, b, ldb, packed);                                                             \
  }                                                                                                                    \
  void ck_matmul_packed_##SUFFIX_(long m, long n, long k, const REAL_ *a, long lda, const REAL_ *packed, REAL_ *c,     \
      long ldc, bool accumulate) {                                                                                     \
    table()->matmulPacked_##SUFFIX_(m, n, k, a, lda, packed, c, ldc, accumulate);                                      \
  }                                                                                                                    \
  void ck_blend_##SUFFIX_(long count, REAL_ alpha, const REAL_ *x, REAL_ beta, const REAL_ *y, REAL_ *out) {           \
    table()->blend_##SUFFIX_(count, alpha, x, beta, y, out);                                                           \
  }                                                                                                                    \
  void ck_add_all_##SUFFIX_(long count, long terms, const REAL_ *const *in, REAL_ *out) {                              \
    table()->addAll_##SUFFIX_(count, terms, in, out);                                                                  \
  }                                                                                                                    \
  void ck_adam_##SUFFIX_(long count, const ck_adam_step *step, const REAL_ *gradient, const REAL_ *first, const        \
      REAL_ *second, const REAL_ *values, REAL_ *newFirst, REAL_ *newSecond, REAL_ *newValues) {                       \
    table()->adam_##SUFFIX_(count, step, gradient, first, second, values, newFirst, newSecond, newValues);             \
  }                                                                                                                    \
  REAL_ ck_sum_##SUFFIX_(long count, const REAL_ *in) {                                                                \
    return table()->sum_##SUFFIX_(count, in);                                                                          \
  }                                                                                                                    \
  REAL_ ck_dot_##SUFFIX_(long count, const REAL_ *a, const REAL_ *b) {                                                 \
    return table()->dot_##SUFFIX_(count, a, b);                                                                        \
  }                                                                                                                    \
  void ck_sum_rows_##SUFFIX_(long rows, long columns, const REAL_ *in, REAL_ *out, bool accumulate) {                  \
    table()->sumRows_##SUFFIX_(rows, columns, in, out, accumulate);                                                    \
  }                                                                                                                    \
  void ck_sum_columns_##SUFFIX_(long rows, long columns, const REAL_ *in, REAL_ *out) {                                \
    table()->sumColumns_##SUFFIX_(rows, columns, in, out);                                                             \
  }                                                                                                                    \
  void ck_gru_step_##SUFFIX_(long rows, long hidden, const REAL_ *x, const REAL_ *s, const REAL_ *bias, const REAL_    \
      *h, REAL_ *next, REAL_ *kept) {                                                                                  \
    table()->gruStep_##SUFFIX_(rows, hidden, x, s, bias, h, next, kept);                                               \
  }                                                                                                                    \
  void ck_gru_step_backward_##SUFFIX_(long rows, long hidden, const REAL_ *kept, const REAL_ *h, REAL_ *g, REAL_       \
      *ds, REAL_ *dCandidate) {                                                                                        \
    table()->gruStepBackward_##SUFFIX_(rows, hidden, kept, h, g, ds, dCandidate);                                      \
  }                                                                                                                    \
  void ck_lstm_step_##SUFFIX_(long rows, long hidden, const REAL_ *x, const REAL_ *s, const REAL_ *cell, REAL_         \
      *next, REAL_ *nextCell, REAL_ *kept) {                                                                           \
    table()->lstmStep_##SUFFIX_(rows, hidden, x, s, cell, next, nextCell, kept);                                       \
  }                                                                                                                    \
  void ck_lstm_step_backward_##SUFFIX_(long rows, long hidden, const REAL_ *kept, const REAL_ *cell, const REAL_ *g,   \
      REAL_ *gCell, REAL_ *ds) {                                                                                       \
    table()->lstmStepBackward_##SUFFIX_(rows, hidden, kept, cell, g, gCell, ds);                                       \
  }

WRAPPERS(float, f)
WRAPPERS(double, d)

long ck_packed_count(long n, long k) { return (n + 15) / 16 * 16 * (k > 0 ? k : 0); }

void ck_normals_f(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out) {
  table()->normals(streams, count, keys, counters, out);
}

void ck_uniforms_f(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out) {
  table()->uniforms(streams, count, keys, counters, out);
}

double ck_peak_f(long rounds, float *sink) { return table()->peak(rounds, sink); }

void ck_philox(uint64_t key, uint64_t counter, uint32_t out[4]) {
  uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
  uint32_t word0 = (uint32_t)counter, word1 = (uint32_t)(counter >> 32), word2 = 0, word3 = 0;
  for (int round = 0; round < 10; round++) {
    uint64_t product0 = (uint64_t)word0 * 0xD2511F53u, product1 = (uint64_t)word2 * 0xCD9E8D57u;
    word0 = (uint32_t)(product1 >> 32) ^ word1 ^ key0;
    word1 = (uint32_t)product1;
    word2 = (uint32_t)(product0 >> 32) ^ word3 ^ key1;
    word3 = (uint32_t)product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  out[0] = word0;
  out[1] = word1;
  out[2] = word2;
  out[3] = word3;
}

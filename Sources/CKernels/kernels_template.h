// All kernels of one instruction set, in both precisions. Expects PATH (a suffix for names), BYTES (of a vector
// register) and REGISTERS (how many there are); undefines them.

#define NAME_(name, path, suffix) name##_##path##_##suffix
#define NAME_EXPANDED(name, path, suffix) NAME_(name, path, suffix)
#define NAME(name) NAME_EXPANDED(name, PATH, SUFFIX)
#define VECTOR CK_CONCATENATE(REAL, CK_CONCATENATE(_, LANES))

// MARK: float

#define REAL float
#define REAL_IS_FLOAT 1
#define SUFFIX f
#if BYTES == 16
#define LANES 4
#define LANES_TWICE 8
#define INTERLEAVE(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5, 2, 6, 3, 7)
#define INTERLEAVE_LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define INTERLEAVE_UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif BYTES == 32
#define LANES 8
#define LANES_TWICE 16
#define INTERLEAVE(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15)
#define INTERLEAVE_LOWER(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define INTERLEAVE_UPPER(a, b)                                                                                         \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#else
#define LANES 16
#define LANES_TWICE 32
#define INTERLEAVE(a, b)                                                                                               \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27,  \
                          12, 28, 13, 29, 14, 30, 15, 31)
#define INTERLEAVE_LOWER(a, b)                                                                                         \
  __builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11, 43,  \
                          12, 44, 13, 45, 14, 46, 15, 47)
#define INTERLEAVE_UPPER(a, b)                                                                                         \
  __builtin_shufflevector(a, b, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55, 24, 56, 25, 57, 26,    \
                          58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63)
#endif
#define WIDE CK_CONCATENATE(float_, LANES_TWICE)
#define INTEGERS CK_CONCATENATE(int32_t_, LANES_TWICE)
#define WORDS CK_CONCATENATE(uint32_t_, LANES)
#define WIDE_WORDS CK_CONCATENATE(uint32_t_, LANES_TWICE)
#include "template_products.h"
#include "template_elementwise.h"
#include "template_reductions.h"
#include "template_recurrent.h"
#include "template_random.h"

/// Independent chains of fused multiply-adds, enough to fill every pipeline.
static double NAME(peak)(long rounds, float *sink) {
  enum { chains = REGISTERS == 32 ? 24 : 12 };
  VECTOR sums[chains];
  VECTOR factor = (VECTOR)(0.999f), term = (VECTOR)(1e-3f);
  CK_UNROLL for (int i = 0; i < chains; i++) sums[i] = (VECTOR)((float)i);
  for (long round = 0; round < rounds; round++) {
    CK_UNROLL for (int i = 0; i < chains; i++) sums[i] = CK_FMA(sums[i], factor, term);
  }
  VECTOR total = sums[0];
  CK_UNROLL for (int i = 1; i < chains; i++) total = total + sums[i];
  *sink = total.x;
  return 2.0 * chains * LANES * (double)rounds;
}

#undef INTERLEAVE
#undef INTERLEAVE_LOWER
#undef INTERLEAVE_UPPER
#undef WIDE
#undef INTEGERS
#undef WORDS
#undef WIDE_WORDS
#undef LANES_TWICE
#undef LANES
#undef SUFFIX
#undef REAL_IS_FLOAT
#undef REAL

// MARK: double

#define REAL double
#define REAL_IS_FLOAT 0
#define SUFFIX d
#if BYTES == 16
#define LANES 2
#elif BYTES == 32
#define LANES 4
#else
#define LANES 8
#endif
#include "template_products.h"
#include "template_elementwise.h"
#include "template_reductions.h"
#include "template_recurrent.h"
#undef LANES
#undef SUFFIX
#undef REAL_IS_FLOAT
#undef REAL

static const KernelTable CK_CONCATENATE(table_, PATH) = {
    .path = PATH_CASE,
#define ENTRIES(SUFFIX_)                                                                                               \
  .matmul_##SUFFIX_ = NAME_EXPANDED(matmul, PATH, SUFFIX_), .dense_##SUFFIX_ = NAME_EXPANDED(dense, PATH, SUFFIX_),    \
  .transpose_##SUFFIX_ = NAME_EXPANDED(transpose, PATH, SUFFIX_),                                                      \
  .unary_##SUFFIX_ = NAME_EXPANDED(unary, PATH, SUFFIX_), .binary_##SUFFIX_ = NAME_EXPANDED(binary, PATH, SUFFIX_),    \
  .axpy_##SUFFIX_ = NAME_EXPANDED(axpy, PATH, SUFFIX_), .scale_##SUFFIX_ = NAME_EXPANDED(scale, PATH, SUFFIX_),        \
  .multiplyAccumulate_##SUFFIX_ = NAME_EXPANDED(multiplyAccumulate, PATH, SUFFIX_),                                    \
  .activationBackward_##SUFFIX_ = NAME_EXPANDED(activationBackward, PATH, SUFFIX_),                                    \
  .pack_##SUFFIX_ = NAME_EXPANDED(pack, PATH, SUFFIX_),                                                                \
  .matmulPacked_##SUFFIX_ = NAME_EXPANDED(matmulPacked, PATH, SUFFIX_),                                                \
  .blend_##SUFFIX_ = NAME_EXPANDED(blend, PATH, SUFFIX_), .addAll_##SUFFIX_ = NAME_EXPANDED(addAll, PATH, SUFFIX_),    \
  .adam_##SUFFIX_ = NAME_EXPANDED(adam, PATH, SUFFIX_),                                                                \
  .tanhCurvature_##SUFFIX_ = NAME_EXPANDED(tanhCurvature, PATH, SUFFIX_),                                              \
  .sum_##SUFFIX_ = NAME_EXPANDED(sum, PATH, SUFFIX_), .dot_##SUFFIX_ = NAME_EXPANDED(dot, PATH, SUFFIX_),              \
  .sumRows_##SUFFIX_ = NAME_EXPANDED(sumRows, PATH, SUFFIX_),                                                          \
  .sumColumns_##SUFFIX_ = NAME_EXPANDED(sumColumns, PATH, SUFFIX_),                                                    \
  .gruStep_##SUFFIX_ = NAME_EXPANDED(gruStep, PATH, SUFFIX_),                                                          \
  .gruStepBackward_##SUFFIX_ = NAME_EXPANDED(gruStepBackward, PATH, SUFFIX_),                                          \
  .lstmStep_##SUFFIX_ = NAME_EXPANDED(lstmStep, PATH, SUFFIX_),                                                        \
  .lstmStepBackward_##SUFFIX_ = NAME_EXPANDED(lstmStepBackward, PATH, SUFFIX_),
    ENTRIES(f) ENTRIES(d)
#undef ENTRIES
    .normals = NAME_EXPANDED(normals, PATH, f),
    .uniforms = NAME_EXPANDED(uniforms, PATH, f),
    .peak = NAME_EXPANDED(peak, PATH, f),
};

#undef VECTOR
#undef NAME
#undef NAME_EXPANDED
#undef NAME_
#undef REGISTERS
#undef BYTES
#undef PATH_CASE
#undef PATH

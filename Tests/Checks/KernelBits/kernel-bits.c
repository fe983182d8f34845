// Prints one line for each instruction set that this processor has: its name, and a digest of what its kernels
// compute. All lines, on all machines, have the same digest.
//
// Left out: the transcendental functions of double, which are the C library's.
#include "CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// MARK: The digest: 64-bit FNV-1a

static uint64_t digest;

static void include(uint64_t word, int bytes) {
  for (int i = 0; i < bytes; i++) digest = (digest ^ (word >> (8 * i) & 0xFF)) * 0x00000100000001B3u;
}

// Processors disagree on the bits of NaN, so every NaN counts as the same.
static void include_f(long count, const float *values) {
  for (long i = 0; i < count; i++) {
    uint32_t word = 0x7FC00000u;
    if (values[i] == values[i]) memcpy(&word, &values[i], sizeof word);
    include(word, 4);
  }
}

static void include_d(long count, const double *values) {
  for (long i = 0; i < count; i++) {
    uint64_t word = 0x7FF8000000000000u;
    if (values[i] == values[i]) memcpy(&word, &values[i], sizeof word);
    include(word, 8);
  }
}

// MARK: Inputs

/// Multiples of 2^-22 in [-2, 2): exact in float.
static double noise(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (double)(int64_t)(*state >> 40) * 0x1p-22 - 2;
}

static const double special[] = {0.0, -0.0, 1, -1, 1e-40, -1e-40, 1e-3, 20, -20, 88.5, -103, 1e30, -1e30};

// MARK: What is computed, once for each precision

#define EXERCISE(REAL, S, LAST_ACTIVATION, FIRST_UNARY)                                                                \
  static REAL *filled_##S(long count, uint64_t seed) {                                                                 \
    REAL *values = malloc((size_t)(count + 1) * sizeof(REAL));                                                         \
    for (long i = 0; i < count; i++) values[i] = (REAL)noise(&seed);                                                   \
    return values;                                                                                                     \
  }                                                                                                                    \
                                                                                                                       \
  static void products_##S(long m, long n, long k) {                                                                   \
    REAL *a = filled_##S(m * k, 1), *b = filled_##S(k * n, 2), *bias = filled_##S(n, 3);                               \
    for (int kind = CK_PLAIN; kind <= CK_RIGHT_TRANSPOSED; kind++) {                                                   \
      for (int accumulate = 0; accumulate < 2; accumulate++) {                                                         \
        REAL *c = filled_##S(m * n, 4);                                                                                \
        ck_matmul_##S((ck_product)kind, m, n, k, a, kind == CK_LEFT_TRANSPOSED ? m : k, b,                             \
                      kind == CK_RIGHT_TRANSPOSED ? k : n, c, n, accumulate);                                          \
        include_##S(m * n, c);                                                                                         \
        free(c);                                                                                                       \
      }                                                                                                                \
    }                                                                                                                  \
    const ck_activation activations[] = {CK_IDENTITY, CK_RELU, CK_TANH};                                               \
    for (int i = 0; i <= LAST_ACTIVATION; i++) {                                                                       \
      REAL *c = filled_##S(m * n, 4);                                                                                  \
      ck_dense_##S(activations[i], m, n, k, a, k, b, n, bias, c, n);                                                   \
      include_##S(m * n, c);                                                                                           \
      free(c);                                                                                                         \
    }                                                                                                                  \
    for (int turned = 0; turned < 2; turned++) {                                                                       \
      REAL *packed = filled_##S(ck_packed_count(n, k), 5), *c = filled_##S(m * n, 4);                                  \
      ck_pack_##S(turned, n, k, b, turned ? k : n, packed);                                                            \
      ck_matmul_packed_##S(m, n, k, a, k, packed, c, n, turned);                                                       \
      include_##S(m * n, c);                                                                                           \
      free(packed), free(c);                                                                                           \
    }                                                                                                                  \
    free(a), free(b), free(bias);                                                                                      \
  }                                                                                                                    \
                                                                                                                       \
  static void elementwise_##S(long count) {                                                                            \
    REAL *x = filled_##S(count, 5), *y = filled_##S(count, 6), *z = filled_##S(count, 7);                              \
    for (long i = 0; i < count; i += 3) x[i] = (REAL)special[i / 3 % (long)(sizeof special / sizeof *special)];        \
    REAL *out = filled_##S(count, 8);                                                                                  \
    for (int function = FIRST_UNARY; function <= CK_STEP; function++) {                                                \
      ck_unary_##S((ck_unary)function, count, x, out), include_##S(count, out);                                        \
      ck_unary_##S((ck_unary)function, count, y, out), include_##S(count, out);                                        \
    }                                                                                                                  \
    for (int accumulate = 0; accumulate < 2; accumulate++) {                                                           \
      for (int activation = CK_IDENTITY; activation <= CK_RELU; activation++) {                                        \
        memcpy(out, z, (size_t)count * sizeof(REAL));                                                                  \
        ck_activation_backward_##S((ck_activation)activation, count, x, y, out, accumulate);                           \
        include_##S(count, out);                                                                                       \
      }                                                                                                                \
      memcpy(out, z, (size_t)count * sizeof(REAL));                                                                    \
      ck_tanh_curvature_##S(count, x, y, z, out, accumulate), include_##S(count, out);                                 \
      memcpy(out, z, (size_t)count * sizeof(REAL));                                                                    \
      ck_multiply_accumulate_##S(count, x, y, out, accumulate), include_##S(count, out);                               \
    }                                                                                                                  \
    memcpy(out, z, (size_t)count * sizeof(REAL));                                                                      \
    ck_axpy_##S(count, (REAL)0.7, y, out), include_##S(count, out);                                                    \
    ck_scale_##S(count, (REAL)0.7, x, out), include_##S(count, out);                                                   \
    ck_blend_##S(count, (REAL)0.3, x, (REAL)0.7, y, out), include_##S(count, out);                                     \
    const REAL *terms[] = {x, y, z};                                                                                   \
    ck_add_all_##S(count, 3, terms, out), include_##S(count, out);                                                     \
    const ck_adam_step step = {0.9, 0.999, 2.5, 40, 1e-8, 0.01};                                                       \
    REAL *squares = filled_##S(count, 23), *moved = filled_##S(count, 24);                                             \
    for (long i = 0; i < count; i++) squares[i] *= squares[i];                                                         \
    ck_adam_##S(count, &step, x, y, squares, z, out, squares, moved);                                                  \
    include_##S(count, out), include_##S(count, squares), include_##S(count, moved);                                   \
    free(squares), free(moved);                                                                                        \
    REAL sums[] = {ck_sum_##S(count, y), ck_dot_##S(count, y, z), ck_sum_##S(count, x), ck_dot_##S(count, x, z)};      \
    include_##S(4, sums);                                                                                              \
    free(x), free(y), free(z), free(out);                                                                              \
  }                                                                                                                    \
                                                                                                                       \
  static void matrices_##S(long rows, long columns) {                                                                  \
    REAL *x = filled_##S(rows * columns, 9), *y = filled_##S(rows * columns + 1, 10);                                  \
    REAL *out = filled_##S(rows * columns, 11);                                                                        \
    for (int operation = CK_ADD; operation <= CK_MULTIPLY; operation++) {                                              \
      for (int layout = CK_SAME; layout <= CK_ONE; layout++) {                                                         \
        ck_binary_##S((ck_binary)operation, (ck_layout)layout, rows, columns, x, y, out);                              \
        include_##S(rows *columns, out);                                                                               \
      }                                                                                                                \
    }                                                                                                                  \
    ck_transpose_##S(rows, columns, x, out), include_##S(rows *columns, out);                                          \
    for (int accumulate = 0; accumulate < 2; accumulate++) {                                                           \
      REAL *sums = filled_##S(columns, 12);                                                                            \
      ck_sum_rows_##S(rows, columns, x, sums, accumulate), include_##S(columns, sums);                                 \
      free(sums);                                                                                                      \
    }                                                                                                                  \
    REAL *sums = filled_##S(rows, 13);                                                                                 \
    ck_sum_columns_##S(rows, columns, x, sums), include_##S(rows, sums);                                               \
    free(x), free(y), free(out), free(sums);                                                                           \
  }                                                                                                                    \
                                                                                                                       \
  static void recurrent_##S(long rows, long hidden) {                                                                  \
    long count = rows * hidden;                                                                                        \
    REAL *x = filled_##S(5 * count, 14), *s = filled_##S(5 * count, 15), *bias = filled_##S(hidden, 16);               \
    REAL *h = filled_##S(count, 17), *g = filled_##S(count, 18), *next = filled_##S(count, 19);                        \
    REAL *memory = filled_##S(count, 20), *kept = filled_##S(5 * count, 21), *ds = filled_##S(4 * count, 22);          \
    if (LAST_ACTIVATION == 2) {                                                                                        \
      ck_gru_step_##S(rows, hidden, x, s, bias, h, next, kept), include_##S(count, next);                              \
      ck_lstm_step_##S(rows, hidden, x, s, h, next, memory, kept), include_##S(count, next);                           \
      include_##S(count, memory);                                                                                      \
    }                                                                                                                  \
    ck_gru_step_backward_##S(rows, hidden, x, h, g, ds, next), include_##S(3 * count, ds), include_##S(count, g);      \
    include_##S(count, next);                                                                                          \
    ck_lstm_step_backward_##S(rows, hidden, x, h, s, g, ds), include_##S(4 * count, ds), include_##S(count, g);        \
    free(x), free(s), free(bias), free(h), free(g), free(next), free(memory), free(kept), free(ds);                    \
  }

EXERCISE(float, f, 2, CK_EXP)
EXERCISE(double, d, 1, CK_RECIPROCAL)

static void randomNumbers(long streams, long count) {
  uint64_t *keys = malloc((size_t)streams * sizeof *keys), *counters = malloc((size_t)streams * sizeof *counters);
  for (long i = 0; i < streams; i++) {
    keys[i] = (uint64_t)(i + 1) * 0x9E3779B97F4A7C15u;
    counters[i] = (uint64_t)i << 31;
  }
  float *out = malloc((size_t)(streams * count) * sizeof *out);
  ck_normals_f(streams, count, keys, counters, out), include_f(streams * count, out);
  ck_uniforms_f(streams, count, keys, counters, out), include_f(streams * count, out);
  free(keys), free(counters), free(out);
}

static void computeAll(void) {
  digest = 0xCBF29CE484222325u;
  const long sizes[] = {1, 2, 3, 5, 8, 13, 31, 36};
  for (int m = 0; m < 8; m++)
    for (int n = 0; n < 8; n++)
      for (int k = 0; k < 8; k++) {
        products_f(sizes[m], sizes[n], sizes[k]);
        products_d(sizes[m], sizes[n], sizes[k]);
      }
  const long shapes[][3] = {{1, 260, 7}, {129, 2, 40}, {70, 3, 210}, {20, 100, 100}, {37, 128, 256}, {250, 17, 5},
                            {170, 70, 330}, {100, 33, 64}};
  for (int i = 0; i < 8; i++) {
    products_f(shapes[i][0], shapes[i][1], shapes[i][2]);
    products_d(shapes[i][0], shapes[i][1], shapes[i][2]);
  }
  const long counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 257, 5000};
  for (int i = 0; i < 16; i++) {
    elementwise_f(counts[i]);
    elementwise_d(counts[i]);
  }
  const long matrices[][2] = {{1, 1}, {5, 3}, {7, 16}, {9, 37}, {3, 130}, {33, 20}};
  for (int i = 0; i < 6; i++) {
    matrices_f(matrices[i][0], matrices[i][1]);
    matrices_d(matrices[i][0], matrices[i][1]);
  }
  const long cells[][2] = {{1, 1}, {3, 5}, {2, 16}, {5, 31}, {4, 64}, {3, 129}};
  for (int i = 0; i < 6; i++) {
    recurrent_f(cells[i][0], cells[i][1]);
    recurrent_d(cells[i][0], cells[i][1]);
  }
  const long draws[][2] = {{1, 1}, {1, 3}, {1, 1000}, {7, 2}, {40, 5}, {3, 129}};
  for (int i = 0; i < 6; i++) randomNumbers(draws[i][0], draws[i][1]);
}

int main(void) {
  for (int path = CK_PORTABLE; path <= CK_AVX512; path++) {
    if (!ck_force_path((ck_path)path)) continue;
    computeAll();
    printf("%s %016llx\n", ck_path_name((ck_path)path), (unsigned long long)digest);
  }
  return 0;
}

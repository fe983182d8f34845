/// The numeric kernels: matrix products, elementwise functions, reductions, random numbers.
///
/// Every function is compiled once per instruction set and picked at run time. All instruction sets give
/// the same bits: products accumulate along the inner dimension in order with fused multiply-add, one
/// accumulator an output; sums use sixteen fixed partial sums added in a fixed tree; transcendental
/// functions are one polynomial with the same fused operations.
///
/// Matrices are row-major and contiguous along rows; `lda`, `ldb`, `ldc` are the distances between rows.
/// Functions ending in `_f` take float, in `_d` double. Pointers need no alignment. Outputs may be the same
/// memory as an input of the same shape in elementwise functions, never in products.
#ifndef METARLZOO_CKERNELS_H
#define METARLZOO_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Instruction sets

typedef enum {
  CK_PORTABLE = 0,
  CK_NEON = 1,
  CK_AVX2 = 2,
  CK_AVX512 = 3,
} ck_path;

/// The path in use. Chosen at the first call of any kernel: the best that this processor has, or the one that
/// the environment variable METARLZOO_KERNELS names (portable, neon, avx2, avx512) if this processor has it.
ck_path ck_current_path(void);
/// Whether this processor can run a path.
bool ck_path_available(ck_path path);
/// Forces a path in this process; returns false, changing nothing, if the processor does not have it.
/// Not to be called while kernels run on other threads. For tests and benchmarks.
bool ck_force_path(ck_path path);
/// "portable", "neon", "avx2" or "avx512".
const char *ck_path_name(ck_path path);

// MARK: Memory

/// 64-byte aligned memory from a per-thread cache of freed blocks, so that the large temporaries of a gradient
/// cost no page faults. Contents are undefined. Any thread may release. Never returns NULL (says so and aborts
/// when the system has no memory left). `bytes` may be 0.
void *ck_allocate(size_t bytes);
/// From now on the process exits with a code where memory runs out, and says so, also where the runtime of Swift aborts.
void ck_end_of_memory_exits(int code);
/// Gives a block of ck_allocate back; `bytes` is what it was allocated with.
void ck_release(void *memory, size_t bytes);

// MARK: Counts

/// What a thread has done since it began: exact, where times are not. Nothing computes with these, and each thread has its
/// own, so they cost an addition and no waiting; Benchmarks/counts reads them.
typedef struct {
  long blocks;       // calls of ck_allocate, those that kernels make for themselves included
  long blockBytes;   // what they asked for
  long kernels;      // calls of kernels
  long nodes;        // calls of ck_count_node
} ck_counts;

/// What the thread that asks has done so far.
ck_counts ck_counts_of_thread(void);
/// Counts a node of a graph.
void ck_count_node(void);

// MARK: Products

typedef enum {
  CK_PLAIN = 0,            // C[m,n] = A[m,k]  B[k,n]
  CK_LEFT_TRANSPOSED = 1,  // C[m,n] = A[k,m]ᵀ B[k,n]
  CK_RIGHT_TRANSPOSED = 2, // C[m,n] = A[m,k]  B[n,k]ᵀ
} ck_product;

typedef enum { CK_IDENTITY = 0, CK_TANH = 1, CK_RELU = 2 } ck_activation;

/// One product. With `accumulate` the accumulators start from C, else from zero.
void ck_matmul_f(ck_product kind, long m, long n, long k, const float *a, long lda, const float *b, long ldb,
                 float *c, long ldc, bool accumulate);
void ck_matmul_d(ck_product kind, long m, long n, long k, const double *a, long lda, const double *b, long ldb,
                 double *c, long ldc, bool accumulate);

/// C[m,n] = activation(A[m,k] B[k,n] + bias[n]); the accumulators start from the bias.
void ck_dense_f(ck_activation activation, long m, long n, long k, const float *a, long lda, const float *b,
                long ldb, const float *bias, float *c, long ldc);
void ck_dense_d(ck_activation activation, long m, long n, long k, const double *a, long lda, const double *b,
                long ldb, const double *bias, double *c, long ldc);

/// The numbers of a packed matrix B[k,n].
long ck_packed_count(long n, long k);
/// Lays B[k,n], or B[n,k]ᵀ if `turned`, out for many products on the path in use now.
void ck_pack_f(bool turned, long n, long k, const float *b, long ldb, float *packed);
void ck_pack_d(bool turned, long n, long k, const double *b, long ldb, double *packed);
/// C[m,n] = A[m,k] B[k,n] with a packed B: the bits of ck_matmul.
void ck_matmul_packed_f(long m, long n, long k, const float *a, long lda, const float *packed, float *c, long ldc,
                        bool accumulate);
void ck_matmul_packed_d(long m, long n, long k, const double *a, long lda, const double *packed, double *c, long ldc,
                        bool accumulate);

/// out[n,m] = in[m,n]ᵀ, both contiguous.
void ck_transpose_f(long m, long n, const float *in, float *out);
void ck_transpose_d(long m, long n, const double *in, double *out);

// MARK: Elementwise functions of one argument

typedef enum {
  CK_EXP = 0,
  CK_LOG = 1,
  CK_UNARY_TANH = 2,
  CK_RECIPROCAL = 3,
  CK_SQUARE_ROOT = 4,
  CK_UNARY_RELU = 5,
  CK_NEGATE = 6,
  CK_STEP = 7, // 1 where x > 0, else 0
} ck_unary;

/// out[i] = f(in[i]). The transcendental functions of float are our own polynomials (accurate to 2 units in the
/// last place; |tanh| never exceeds 1; exp overflows to infinity and underflows to 0 as usual; log of 0 is -infinity,
/// of a negative NaN; NaN in, NaN out); those of double are the C library's.
void ck_unary_f(ck_unary function, long count, const float *in, float *out);
void ck_unary_d(ck_unary function, long count, const double *in, double *out);

// MARK: Elementwise functions of two and three arguments

typedef enum { CK_ADD = 0, CK_SUBTRACT = 1, CK_MULTIPLY = 2 } ck_binary;

/// How the second argument is laid over the first, seen as [rows, columns].
typedef enum {
  CK_SAME = 0,    // b[rows, columns]
  CK_ROW = 1,     // b[columns], the same for every row
  CK_COLUMN = 2,  // b[rows], the same for every column
  CK_ONE = 3,     // b[1]
} ck_layout;

/// out[r,c] = a[r,c] (op) b laid over it.
void ck_binary_f(ck_binary operation, ck_layout layout, long rows, long columns, const float *a, const float *b,
                 float *out);
void ck_binary_d(ck_binary operation, ck_layout layout, long rows, long columns, const double *a, const double *b,
                 double *out);

/// y[i] = fma(alpha, x[i], y[i])
void ck_axpy_f(long count, float alpha, const float *x, float *y);
void ck_axpy_d(long count, double alpha, const double *x, double *y);
/// out[i] = alpha * x[i]
void ck_scale_f(long count, float alpha, const float *x, float *out);
void ck_scale_d(long count, double alpha, const double *x, double *out);
/// out[i] = a[i] * b[i], or fma(a[i], b[i], out[i]) with `accumulate`.
void ck_multiply_accumulate_f(long count, const float *a, const float *b, float *out, bool accumulate);
void ck_multiply_accumulate_d(long count, const double *a, const double *b, double *out, bool accumulate);

/// The derivative of an activation, from its output y: d = 1, 1 - y², or (y > 0).
/// out[i] = g[i] * d(y[i]), added to out with `accumulate`. For tanh d is fma(-y, y, 1).
void ck_activation_backward_f(ck_activation activation, long count, const float *g, const float *y, float *out,
                              bool accumulate);
void ck_activation_backward_d(ck_activation activation, long count, const double *g, const double *y, double *out,
                              bool accumulate);
/// The derivative of the above with respect to y, for tanh: out[i] = -2 u[i] g[i] y[i] (computed as
/// ((u*g)*y)*-2), added to out with `accumulate`.
void ck_tanh_curvature_f(long count, const float *u, const float *g, const float *y, float *out, bool accumulate);
void ck_tanh_curvature_d(long count, const double *u, const double *g, const double *y, double *out, bool accumulate);

/// out[i] = alpha * x[i] + beta * y[i], each operation rounded.
void ck_blend_f(long count, float alpha, const float *x, float beta, const float *y, float *out);
void ck_blend_d(long count, double alpha, const double *x, double beta, const double *y, double *out);
/// out[i] = in[0][i] + in[1][i] + ..., in order; 0 without terms. `out` may be in[0].
void ck_add_all_f(long count, long terms, const float *const *in, float *out);
void ck_add_all_d(long count, long terms, const double *const *in, double *out);

// MARK: Adam

/// The numbers of a step of Adam (Kingma & Ba, 2015, Algorithm 1): β₁, β₂, 1 / (1 - β₁ᵗ), 1 / (1 - β₂ᵗ), ε, α.
typedef struct {
  double firstDecay, secondDecay, firstScale, secondScale, epsilon, stepSize;
} ck_adam_step;

/// newFirst = β₁ first + (1 - β₁) g, newSecond = β₂ second + (1 - β₂) g²,
/// newValues = values - α (newFirst / (1 - β₁ᵗ)) (1 / (sqrt(newSecond / (1 - β₂ᵗ)) + ε)), each operation rounded.
/// An output may be its input.
void ck_adam_f(long count, const ck_adam_step *step, const float *gradient, const float *first, const float *second,
               const float *values, float *newFirst, float *newSecond, float *newValues);
void ck_adam_d(long count, const ck_adam_step *step, const double *gradient, const double *first, const double *second,
               const double *values, double *newFirst, double *newSecond, double *newValues);

// MARK: Reductions

/// The sum of all: partial sum i%16 takes element i in order; then p[i] += p[i+8], p[i] += p[i+4], ... to p[0].
float ck_sum_f(long count, const float *in);
double ck_sum_d(long count, const double *in);
/// The inner product, same order, with fused multiply-add into the partial sums.
float ck_dot_f(long count, const float *a, const float *b);
double ck_dot_d(long count, const double *a, const double *b);
/// out[c] = sum over r of in[r,c], rows in order, starting from out with `accumulate`, else from zero.
void ck_sum_rows_f(long rows, long columns, const float *in, float *out, bool accumulate);
void ck_sum_rows_d(long rows, long columns, const double *in, double *out, bool accumulate);
/// out[r] = the sum of in[r, ...], as ck_sum.
void ck_sum_columns_f(long rows, long columns, const float *in, float *out);
void ck_sum_columns_d(long rows, long columns, const double *in, double *out);

// MARK: Recurrent cells

/// The gates of one step of a gated recurrent unit, for rows of `hidden` numbers. `x` [rows, 3 hidden] is what the
/// input gives, biases included, and `s` [rows, 3 hidden] what the state `h` gives, each in the order reset, update,
/// candidate; `bias` [hidden] is added to the state's part of the candidate.
/// r = sigmoid(x + s), z = sigmoid(x + s), n = tanh(x + r (s + bias)), next = n + z (h - n).
/// `kept` [rows, 4 hidden], unless NULL, is for the way back: r, z, n, s + bias. `next` may be `h`.
void ck_gru_step_f(long rows, long hidden, const float *x, const float *s, const float *bias, const float *h,
                   float *next, float *kept);
void ck_gru_step_d(long rows, long hidden, const double *x, const double *s, const double *bias, const double *h,
                   double *next, double *kept);
/// The way back through the gates: `g` [rows, hidden], what arrives at `next`, becomes what reaches `h` past the
/// product; `ds` [rows, 3 hidden] is what reaches `s`, and but for the candidate also `x`; `dCandidate` [rows, hidden]
/// what reaches the candidate's part of `x`.
void ck_gru_step_backward_f(long rows, long hidden, const float *kept, const float *h, float *g, float *ds,
                            float *dCandidate);
void ck_gru_step_backward_d(long rows, long hidden, const double *kept, const double *h, double *g, double *ds,
                            double *dCandidate);

/// Likewise for long short-term memory, in the order input, forget, candidate, output, with sums a = x + s:
/// i = sigmoid(a), f = sigmoid(a), n = tanh(a), o = sigmoid(a), nextCell = f cell + i n, next = o tanh(nextCell).
/// `kept` [rows, 5 hidden]: i, f, n, o, tanh(nextCell). `nextCell` may be `cell`.
void ck_lstm_step_f(long rows, long hidden, const float *x, const float *s, const float *cell, float *next,
                    float *nextCell, float *kept);
void ck_lstm_step_d(long rows, long hidden, const double *x, const double *s, const double *cell, double *next,
                    double *nextCell, double *kept);
/// The way back: `g` arrives at `next` and `gCell` at `nextCell`, which becomes what reaches `cell`; `ds`
/// [rows, 4 hidden] reaches both `x` and `s`.
void ck_lstm_step_backward_f(long rows, long hidden, const float *kept, const float *cell, const float *g,
                             float *gCell, float *ds);
void ck_lstm_step_backward_d(long rows, long hidden, const double *kept, const double *cell, const double *g,
                             double *gCell, double *ds);

// MARK: Random numbers (Philox 4x32-10)

/// Block `counter` of the stream `key`: four words of 32 bits. The 128-bit Philox counter is (counter low,
/// counter high, 0, 0), its key (key low, key high).
void ck_philox(uint64_t key, uint64_t counter, uint32_t out[4]);

/// For each of `streams`, `count` standard normals: row s of out[streams, count] comes from blocks
/// counters[s], counters[s]+1, ... of keys[s]; each block gives four normals by two Box-Muller pairs
/// ((w0, w1) -> r cos, r sin; (w2, w3) likewise), with u1 = ((w >> 8) + 0.5) * 2^-24 under the logarithm,
/// r = sqrt(-2 log u1), and the angle 2 pi ((w' >> 8) * 2^-24). What a row does not use of its last block is dropped:
/// it takes (count + 3) / 4 blocks. The same polynomials on every path.
void ck_normals_f(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out);
/// Likewise uniforms in [0, 1): (w >> 8) * 2^-24, four a block.
void ck_uniforms_f(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out);

// MARK: Peak

/// Runs `rounds` of independent fused multiply-adds on the current path and returns the floating-point operations
/// done (two a multiply-add), for measuring the peak of a core. `sink` keeps the compiler from removing it.
double ck_peak_f(long rounds, float *sink);

#endif

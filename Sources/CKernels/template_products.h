// Matrix products. Every output is its own chain of fused multiply-adds in order of k, so the width of the
// vectors, the tiling and the blocking below do not change a bit of the result.

#define TILE_LANES 1
#include "template_tile.h"
#define TILE_LANES 2
#include "template_tile.h"
#if LANES >= 4
#define TILE_LANES 4
#include "template_tile.h"
#endif
#if LANES >= 8
#define TILE_LANES 8
#include "template_tile.h"
#endif
#if LANES >= 16
#define TILE_LANES 16
#include "template_tile.h"
#endif

/// All columns for one block of rows and one block of k: full vectors first, split evenly into panels, then a
/// cascade of narrower vectors for what is left.
static void NAME(block)(bool transposed, long m, long n, long k, const REAL *a, long lda, const REAL *b, long ldb,
                        const REAL *start, long startStride, REAL *c, long ldc) {
#define RUN_PANEL(VECTORS, WIDTH)                                                                                      \
  do {                                                                                                                 \
    if (transposed)                                                                                                    \
      NAME(panelTransposed##VECTORS##_##WIDTH)(m, k, a, lda, b, ldb, start, startStride, c, ldc);                      \
    else                                                                                                               \
      NAME(panel##VECTORS##_##WIDTH)(m, k, a, lda, b, ldb, start, startStride, c, ldc);                                \
    b += (VECTORS) * (WIDTH);                                                                                          \
    c += (VECTORS) * (WIDTH);                                                                                          \
    if (start) start += (VECTORS) * (WIDTH);                                                                           \
  } while (0)
#define RUN_WIDE_(VECTORS, WIDTH) RUN_PANEL(VECTORS, WIDTH)
#define RUN_WIDE(VECTORS) RUN_WIDE_(VECTORS, LANES)
  long vectors = n / LANES;
  // With few rows the width of the tile must make up the number of independent accumulators.
  long widest = REGISTERS == 32 ? (m <= 2 ? 8 : 4) : m == 1 ? 8 : m == 2 ? 4 : 2;
  while (vectors > 0) {
    long panels = (vectors + widest - 1) / widest;
    long width = (vectors + panels - 1) / panels;
    if (width >= 8) {
      RUN_WIDE(8);
      vectors -= 8;
    } else if (width >= 4) {
      RUN_WIDE(4);
      vectors -= 4;
#if REGISTERS == 32
    } else if (width == 3) {
      RUN_WIDE(3);
      vectors -= 3;
#endif
    } else if (width >= 2) {
      RUN_WIDE(2);
      vectors -= 2;
    } else {
      RUN_WIDE(1);
      vectors -= 1;
    }
  }
#if LANES > 8
  if (n & 8) RUN_PANEL(1, 8);
#endif
#if LANES > 4
  if (n & 4) RUN_PANEL(1, 4);
#endif
#if LANES > 2
  if (n & 2) RUN_PANEL(1, 2);
#endif
  if (n & 1) RUN_PANEL(1, 1);
#undef RUN_WIDE
#undef RUN_WIDE_
#undef RUN_PANEL
}

/// Rows of C a block has: a block of A then stays in the first-level cache while the panels of B pass by.
CK_INLINE long NAME(rowsOfBlock)(long m, long k) {
  long most = 98304 / ((long)sizeof(REAL) * (k > 0 ? k : 1)) / 12 * 12;
  if (most < 24) most = 24;
  if (most > 240) most = 240;
  long blocks = (m + most - 1) / most;
  return (m + blocks * 12 - 1) / (blocks * 12) * 12;
}

/// One block of rows of C, over all of k; k in blocks, between which the accumulators rest in C, exactly.
static void NAME(rows)(bool transposed, long m, long n, long k, const REAL *a, long lda, const REAL *b, long ldb,
                       const REAL *start, long startStride, REAL *c, long ldc) {
  long blocks = k > 192 ? (k + 127) / 128 : 1;
  long size = (k + blocks - 1) / blocks;
  for (long p = 0;; p += size) {
    bool last = p + size >= k;
    NAME(block)(transposed, m, n, last ? k - p : size, a + (transposed ? p * lda : p), lda, b + p * ldb, ldb, start,
                startStride, c, ldc);
    if (last) return;
    start = c;
    startStride = ldc;
  }
}

#define TRANSPOSE_VECTOR CK_CONCATENATE(REAL, _8)
#define TRANSPOSE_HALF CK_CONCATENATE(REAL, _4)

/// Eight rows of four columns become four rows of eight.
CK_INLINE void NAME(transposeBlock)(const REAL *in, long ldIn, REAL *out, long ldOut) {
#define ROW_PAIR(i)                                                                                                    \
  __builtin_shufflevector(CK_LOAD(TRANSPOSE_HALF, in + (i) * ldIn), CK_LOAD(TRANSPOSE_HALF, in + ((i) + 4) * ldIn), 0, \
                          1, 2, 3, 4, 5, 6, 7)
  TRANSPOSE_VECTOR row0 = ROW_PAIR(0), row1 = ROW_PAIR(1), row2 = ROW_PAIR(2), row3 = ROW_PAIR(3);
#undef ROW_PAIR
  TRANSPOSE_VECTOR low01 = __builtin_shufflevector(row0, row1, 0, 8, 1, 9, 4, 12, 5, 13);
  TRANSPOSE_VECTOR high01 = __builtin_shufflevector(row0, row1, 2, 10, 3, 11, 6, 14, 7, 15);
  TRANSPOSE_VECTOR low23 = __builtin_shufflevector(row2, row3, 0, 8, 1, 9, 4, 12, 5, 13);
  TRANSPOSE_VECTOR high23 = __builtin_shufflevector(row2, row3, 2, 10, 3, 11, 6, 14, 7, 15);
  CK_STORE(TRANSPOSE_VECTOR, out, __builtin_shufflevector(low01, low23, 0, 1, 8, 9, 4, 5, 12, 13));
  CK_STORE(TRANSPOSE_VECTOR, out + ldOut, __builtin_shufflevector(low01, low23, 2, 3, 10, 11, 6, 7, 14, 15));
  CK_STORE(TRANSPOSE_VECTOR, out + 2 * ldOut, __builtin_shufflevector(high01, high23, 0, 1, 8, 9, 4, 5, 12, 13));
  CK_STORE(TRANSPOSE_VECTOR, out + 3 * ldOut, __builtin_shufflevector(high01, high23, 2, 3, 10, 11, 6, 7, 14, 15));
}

/// out[n,m] = in[m,n]ᵀ with any distances between rows.
static void NAME(transposeStrided)(long m, long n, const REAL *in, long ldIn, REAL *out, long ldOut) {
  long wholeRows = m / 8 * 8, wholeColumns = n / 4 * 4;
  for (long r = 0; r < wholeRows; r += 8) {
    for (long c = 0; c < wholeColumns; c += 4)
      NAME(transposeBlock)(in + r * ldIn + c, ldIn, out + c * ldOut + r, ldOut);
  }
  for (long c = wholeColumns; c < n; c++) {
    for (long r = 0; r < wholeRows; r++) out[c * ldOut + r] = in[r * ldIn + c];
  }
  for (long r = wholeRows; r < m; r++) {
    for (long c = 0; c < n; c++) out[c * ldOut + r] = in[r * ldIn + c];
  }
}

static void NAME(transpose)(long m, long n, const REAL *in, REAL *out) { NAME(transposeStrided)(m, n, in, n, out, m); }

/// A distance between rows of `columns` elements that spreads consecutive rows over all sets of the cache: an
/// odd number of cache lines.
CK_INLINE long NAME(spreadStride)(long columns) {
  long line = 64 / sizeof(REAL);
  return ((columns + line - 1) / line | 1) * line;
}

/// Whether consecutive rows this far apart compete for so few sets of the cache that a copy pays.
CK_INLINE bool NAME(crowds)(long stride, long rows) {
  return stride * (long)sizeof(REAL) % 512 == 0 && rows > 32;
}

static void NAME(copyRows)(long rows, long columns, const REAL *in, long ldIn, REAL *out, long ldOut) {
  for (long r = 0; r < rows; r++) memcpy(out + r * ldOut, in + r * ldIn, (size_t)columns * sizeof(REAL));
}

static void NAME(activate)(ck_activation activation, long rows, long columns, REAL *c, long ldc);

/// C = activation(A B + start) with few columns, computed as its transpose so that vectors run over the rows.
static void NAME(narrow)(bool transposed, ck_activation activation, long m, long n, long k, const REAL *a, long lda,
                         const REAL *b, long ldb, const REAL *start, long startStride, REAL *c, long ldc) {
  long most = 4096 / (k + 1) / 16 * 16;
  if (most < 32) most = 32;
  if (most > 256) most = 256;
  size_t bytes = (size_t)(most * (n + (transposed ? 0 : k))) * sizeof(REAL);
  REAL *flipped = ck_allocate(bytes);
  REAL *left = flipped + most * n;
  for (long r = 0; r < m; r += most) {
    long rows = m - r < most ? m - r : most;
    if (!transposed) NAME(transposeStrided)(rows, k, a + r * lda, lda, left, most);
    if (start) {
      for (long i = 0; i < rows; i++) {
        for (long j = 0; j < n; j++) flipped[j * most + i] = start[(r + i) * startStride + j];
      }
    }
    NAME(rows)(true, n, rows, k, b, ldb, transposed ? a + r : left, transposed ? lda : most, start ? flipped : NULL,
               most, flipped, most);
    for (long i = 0; i < rows; i++) {
      for (long j = 0; j < n; j++) c[(r + i) * ldc + j] = flipped[j * most + i];
    }
    NAME(activate)(activation, rows, n, c + r * ldc, ldc);
  }
  ck_release(flipped, bytes);
}

/// C = activation(A B + start) with B as stored; A is stored [k,m] if `transposed`.
static void NAME(product)(bool transposed, ck_activation activation, long m, long n, long k, const REAL *a, long lda,
                          const REAL *b, long ldb, const REAL *start, long startStride, REAL *c, long ldc) {
  if (n < LANES && m >= (transposed ? 2 : 4) * LANES && k > 0) {
    NAME(narrow)(transposed, activation, m, n, k, a, lda, b, ldb, start, startStride, c, ldc);
    return;
  }
  size_t leftBytes = 0, rightBytes = 0;
  REAL *left = NULL, *right = NULL;
  if (NAME(crowds)(ldb, k) && m >= 16) {
    long stride = NAME(spreadStride)(n);
    rightBytes = (size_t)(stride * k) * sizeof(REAL);
    right = ck_allocate(rightBytes);
    NAME(copyRows)(k, n, b, ldb, right, stride);
    b = right;
    ldb = stride;
  }
  if (transposed && NAME(crowds)(lda, k) && n >= 16) {
    long stride = NAME(spreadStride)(m);
    leftBytes = (size_t)(stride * k) * sizeof(REAL);
    left = ck_allocate(leftBytes);
    NAME(copyRows)(k, m, a, lda, left, stride);
    a = left;
    lda = stride;
  }
  long most = NAME(rowsOfBlock)(m, k > 192 ? 128 : k);
  for (long r = 0; r < m; r += most) {
    long rows = m - r < most ? m - r : most;
    NAME(rows)(transposed, rows, n, k, a + (transposed ? r : r * lda), lda, b, ldb,
               start ? start + r * startStride : NULL, startStride, c + r * ldc, ldc);
    NAME(activate)(activation, rows, n, c + r * ldc, ldc);
  }
  if (left) ck_release(left, leftBytes);
  if (right) ck_release(right, rightBytes);
}

static void NAME(matmul)(ck_product kind, long m, long n, long k, const REAL *a, long lda, const REAL *b, long ldb,
                         REAL *c, long ldc, bool accumulate) {
  if (m <= 0 || n <= 0) return;
  if (k < 0) k = 0;
  const REAL *start = accumulate ? c : NULL;
  if (kind != CK_RIGHT_TRANSPOSED) {
    NAME(product)(kind == CK_LEFT_TRANSPOSED, CK_IDENTITY, m, n, k, a, lda, b, ldb, start, ldc, c, ldc);
    return;
  }
  long stride = NAME(spreadStride)(n);
  size_t bytes = (size_t)(stride * k) * sizeof(REAL);
  REAL *right = ck_allocate(bytes);
  NAME(transposeStrided)(n, k, b, ldb, right, stride);
  NAME(product)(false, CK_IDENTITY, m, n, k, a, lda, right, stride, start, ldc, c, ldc);
  ck_release(right, bytes);
}

static void NAME(dense)(ck_activation activation, long m, long n, long k, const REAL *a, long lda, const REAL *b,
                        long ldb, const REAL *bias, REAL *c, long ldc) {
  if (m <= 0 || n <= 0) return;
  NAME(product)(false, activation, m, n, k > 0 ? k : 0, a, lda, b, ldb, bias, 0, c, ldc);
}

#undef TRANSPOSE_VECTOR
#undef TRANSPOSE_HALF

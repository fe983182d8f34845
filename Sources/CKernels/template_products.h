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

// MARK: Packed products

// A panel of a packed matrix is a few vectors of columns, row after row without a gap: every load is aligned, and
// all of them are of few pages. The last panel is filled up with zeros.

/// The vectors of columns in the next panel, where so many are left.
CK_INLINE long NAME(vectorsOfPanel)(long left) {
  long widest = REGISTERS == 32 ? 4 : 2;
  long panels = (left + widest - 1) / widest;
  return (left + panels - 1) / panels;
}

/// Packs B[k,n], or B[n,k]ᵀ if `turned`, into k rows for n rounded up to whole vectors.
static void NAME(packBlock)(bool turned, long n, long k, const REAL *b, long ldb, REAL *out) {
  for (long done = 0; done < n;) {
    long width = NAME(vectorsOfPanel)((n - done + LANES - 1) / LANES) * LANES;
    long columns = n - done < width ? n - done : width;
    if (turned) {
      NAME(transposeStrided)(columns, k, b + done * ldb, ldb, out, width);
    } else {
      for (long p = 0; p < k; p++) {
        const REAL *row = b + p * ldb + done;
        long c = 0;
        for (; c + LANES <= columns; c += LANES) CK_STORE(VECTOR, out + p * width + c, CK_LOAD(VECTOR, row + c));
        for (; c < columns; c++) out[p * width + c] = row[c];
      }
    }
    for (long p = 0; columns < width && p < k; p++) {
      for (long c = columns; c < width; c++) out[p * width + c] = 0;
    }
    out += k * width;
    done += width;
  }
}

/// What `block` computes, with a packed B. `rest` has room for m rows of a panel.
static void NAME(packedBlock)(bool transposed, long m, long n, long k, const REAL *a, long lda, const REAL *packed,
                              const REAL *start, long startStride, REAL *c, long ldc, REAL *rest) {
#define RUN_PANEL_(VECTORS, WIDTH)                                                                                     \
  if (transposed)                                                                                                      \
    NAME(panelTransposed##VECTORS##_##WIDTH)(m, k, a, lda, b, width, from, fromStride, to, toStride);                  \
  else                                                                                                                 \
    NAME(panel##VECTORS##_##WIDTH)(m, k, a, lda, b, width, from, fromStride, to, toStride)
#define RUN_PANEL(VECTORS, WIDTH) RUN_PANEL_(VECTORS, WIDTH)
  while (n > 0) {
    long vectors = NAME(vectorsOfPanel)((n + LANES - 1) / LANES), width = vectors * LANES;
    const REAL *b = packed, *from = start;
    REAL *to = c;
    long fromStride = startStride, toStride = ldc;
    if (n < width) {
      // Columns beyond the last have no place in C.
      for (long r = 0; start && r < m; r++)
        memcpy(rest + r * width, start + r * startStride, (size_t)n * sizeof(REAL));
      if (start) from = rest;
      to = rest;
      fromStride = toStride = width;
    }
    switch (vectors) {
#if REGISTERS == 32
    case 4: RUN_PANEL(4, LANES); break;
    case 3: RUN_PANEL(3, LANES); break;
#endif
    case 2: RUN_PANEL(2, LANES); break;
    default: RUN_PANEL(1, LANES); break;
    }
    for (long r = 0; n < width && r < m; r++) memcpy(c + r * ldc, rest + r * width, (size_t)n * sizeof(REAL));
    packed += k * width;
    c += width;
    if (start) start += width;
    n -= width;
  }
#undef RUN_PANEL
#undef RUN_PANEL_
}

/// The rows of B that are packed together: a panel of so many stays in the second-level cache.
CK_INLINE long NAME(packedDepth)(long k) {
  long blocks = k > 320 ? (k + 319) / 320 : 1;
  return (k + blocks - 1) / blocks;
}

/// C = activation(A B + start) with a packed B; A is stored [k,m] if `transposed`.
static void NAME(packedProduct)(bool transposed, ck_activation activation, long m, long n, long k, const REAL *a,
                                long lda, const REAL *packed, const REAL *start, long startStride, REAL *c, long ldc) {
  long most = NAME(rowsOfBlock)(m, k);
  if (most > m) most = m;
  size_t restBytes = (size_t)(most * 4 * LANES) * sizeof(REAL);
  REAL *rest = n % LANES ? ck_allocate(restBytes) : NULL;
  // What lies beyond the last column is computed, too, and must not be slow.
  if (rest) memset(rest, 0, restBytes);
  // A column of A has its numbers far apart: for many columns of B it is turned first, a block at a time.
  bool turns = transposed && n >= 4 * LANES;
  long turnedStride = NAME(spreadStride)(k);
  size_t turnedBytes = (size_t)(most * turnedStride) * sizeof(REAL);
  REAL *turned = turns ? ck_allocate(turnedBytes) : NULL;
  for (long r = 0; r < m; r += most) {
    long rows = m - r < most ? m - r : most;
    const REAL *left = a + (transposed ? r : r * lda);
    if (turns) NAME(transposeStrided)(k, rows, left, lda, turned, turnedStride);
    NAME(packedBlock)(transposed && !turns, rows, n, k, turns ? turned : left, turns ? turnedStride : lda, packed,
                      start ? start + r * startStride : NULL, startStride, c + r * ldc, ldc, rest);
    NAME(activate)(activation, rows, n, c + r * ldc, ldc);
  }
  if (rest) ck_release(rest, restBytes);
  if (turned) ck_release(turned, turnedBytes);
}

/// The distance between packed parts of k.
CK_INLINE long NAME(partCount)(long n, long depth) { return (n + LANES - 1) / LANES * LANES * depth; }

/// Whether a product has enough rows, and long enough sums, to pay for packing B.
CK_INLINE bool NAME(packs)(bool transposed, long m, long n, long k) {
  return m >= (transposed ? 160 : 96) && n >= LANES && k >= 64;
}

/// C = activation(A B + start) with B packed for this one product, a part of k at a time; between parts the
/// accumulators rest in C, exactly. B is stored [n,k] if `turned`.
static void NAME(packingProduct)(bool transposed, bool turned, ck_activation activation, long m, long n, long k,
                                 const REAL *a, long lda, const REAL *b, long ldb, const REAL *start,
                                 long startStride, REAL *c, long ldc) {
  long size = NAME(packedDepth)(k);
  size_t bytes = (size_t)NAME(partCount)(n, size) * sizeof(REAL);
  REAL *packed = ck_allocate(bytes);
  for (long p = 0; p < k; p += size) {
    bool last = p + size >= k;
    long depth = last ? k - p : size;
    NAME(packBlock)(turned, n, depth, b + (turned ? p : p * ldb), ldb, packed);
    NAME(packedProduct)(transposed, last ? activation : CK_IDENTITY, m, n, depth, a + (transposed ? p * lda : p), lda,
                        packed, start, startStride, c, ldc);
    start = c;
    startStride = ldc;
  }
  ck_release(packed, bytes);
}

static void NAME(pack)(bool turned, long n, long k, const REAL *b, long ldb, REAL *packed) {
  long size = NAME(packedDepth)(k);
  for (long p = 0; p < k; p += size) {
    long depth = k - p < size ? k - p : size;
    NAME(packBlock)(turned, n, depth, b + (turned ? p : p * ldb), ldb, packed);
    packed += NAME(partCount)(n, depth);
  }
}

static void NAME(matmulPacked)(long m, long n, long k, const REAL *a, long lda, const REAL *packed, REAL *c, long ldc,
                               bool accumulate) {
  if (m <= 0 || n <= 0) return;
  if (k < 0) k = 0;
  long size = NAME(packedDepth)(k);
  const REAL *start = accumulate ? c : NULL;
  for (long p = 0; p == 0 || p < k; p += size) {
    long depth = k - p < size ? k - p : size;
    NAME(packedProduct)(false, CK_IDENTITY, m, n, depth, a + p, lda, packed, start, ldc, c, ldc);
    packed += NAME(partCount)(n, depth);
    start = c;
    if (k == 0) return;
  }
}

// MARK: The choice

/// C = activation(A B + start) with B as stored; A is stored [k,m] if `transposed`.
static void NAME(product)(bool transposed, ck_activation activation, long m, long n, long k, const REAL *a, long lda,
                          const REAL *b, long ldb, const REAL *start, long startStride, REAL *c, long ldc) {
  if (n < LANES && m >= (transposed ? 2 : 4) * LANES && k > 0) {
    NAME(narrow)(transposed, activation, m, n, k, a, lda, b, ldb, start, startStride, c, ldc);
    return;
  }
  if (NAME(packs)(transposed, m, n, k) || (NAME(crowds)(ldb, k) && m >= 16 && n >= LANES)) {
    NAME(packingProduct)(transposed, false, activation, m, n, k, a, lda, b, ldb, start, startStride, c, ldc);
    return;
  }
  size_t leftBytes = 0;
  REAL *left = NULL;
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
  if (NAME(packs)(false, m, n, k)) {
    NAME(packingProduct)(false, true, CK_IDENTITY, m, n, k, a, lda, b, ldb, start, ldc, c, ldc);
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

// Register tiles whose vectors have TILE_LANES lanes: included once a width, path and precision.

#define TILE_VECTOR CK_CONCATENATE(REAL, CK_CONCATENATE(_, TILE_LANES))
#define TILE(name) NAME(CK_CONCATENATE(name##_, TILE_LANES))

/// One tile of `rows` x `vectors` accumulators in registers, over the whole of `k`. The accumulators start from
/// `start` (from zero if it is null). With `transposed` A is stored [k, rows].
CK_INLINE void TILE(tile)(const int rows, const int vectors, const bool transposed, long k, const REAL *a, long lda,
                          const REAL *b, long ldb, const REAL *start, long startStride, REAL *c, long ldc) {
  TILE_VECTOR sum[12][8];
  CK_UNROLL for (int i = 0; i < rows; i++) {
    CK_UNROLL for (int j = 0; j < vectors; j++) {
      sum[i][j] = start ? CK_LOAD(TILE_VECTOR, start + i * startStride + j * TILE_LANES) : (TILE_VECTOR)((REAL)0);
    }
  }
  CK_UNROLL_TWICE for (long p = 0; p < k; p++) {
    TILE_VECTOR right[8];
    CK_UNROLL for (int j = 0; j < vectors; j++) right[j] = CK_LOAD(TILE_VECTOR, b + j * TILE_LANES);
    CK_UNROLL for (int i = 0; i < rows; i++) {
      TILE_VECTOR left = (TILE_VECTOR)(transposed ? a[i] : a[i * lda]);
      CK_UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = CK_FMA(left, right[j], sum[i][j]);
    }
    a += transposed ? lda : 1;
    b += ldb;
  }
  CK_UNROLL for (int i = 0; i < rows; i++) {
    CK_UNROLL for (int j = 0; j < vectors; j++) CK_STORE(TILE_VECTOR, c + i * ldc + j * TILE_LANES, sum[i][j]);
  }
}

// A panel: all `m` rows of `VECTORS` vectors of columns, the rows split evenly into tiles of at most MOST rows.
#define TILE_CASE(ROWS, MOST, VECTORS, TRANSPOSED)                                                                     \
  case ROWS:                                                                                                           \
    TILE(tile)(ROWS <= MOST ? ROWS : 1, VECTORS, TRANSPOSED, k, a, lda, b, ldb, start, startStride, c, ldc);           \
    break;
#define PANEL(PANEL_NAME, VECTORS, MOST, TRANSPOSED)                                                                   \
  static void PANEL_NAME(long m, long k, const REAL *a, long lda, const REAL *b, long ldb, const REAL *start,          \
                         long startStride, REAL *c, long ldc) {                                                        \
    long tiles = (m + MOST - 1) / MOST;                                                                                \
    long rowsEach = m / tiles, larger = m % tiles;                                                                     \
    for (long t = 0; t < tiles; t++) {                                                                                 \
      long rows = rowsEach + (t < larger);                                                                             \
      switch (rows) {                                                                                                  \
        TILE_CASE(1, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(2, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(3, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(4, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(5, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(6, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(7, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(8, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(9, MOST, VECTORS, TRANSPOSED)                                                                        \
        TILE_CASE(10, MOST, VECTORS, TRANSPOSED)                                                                       \
        TILE_CASE(11, MOST, VECTORS, TRANSPOSED)                                                                       \
        TILE_CASE(12, MOST, VECTORS, TRANSPOSED)                                                                       \
      default:                                                                                                         \
        __builtin_unreachable();                                                                                       \
      }                                                                                                                \
      a += TRANSPOSED ? rows : rows * lda;                                                                             \
      c += rows * ldc;                                                                                                 \
      if (start) start += rows * startStride;                                                                          \
    }                                                                                                                  \
  }
#define PANELS(VECTORS, MOST)                                                                                          \
  PANEL(TILE(panel##VECTORS), VECTORS, MOST, false)                                                                    \
  PANEL(TILE(panelTransposed##VECTORS), VECTORS, MOST, true)

#if TILE_LANES == LANES && REGISTERS == 32
PANELS(8, 2)
PANELS(4, 6)
PANELS(3, 8)
PANELS(2, 12)
PANELS(1, 12)
#elif TILE_LANES == LANES
PANELS(8, 1)
PANELS(4, 2)
PANELS(2, 6)
PANELS(1, 8)
#else
PANELS(1, 8)
#endif

#undef PANELS
#undef PANEL
#undef TILE_CASE
#undef TILE
#undef TILE_VECTOR
#undef TILE_LANES

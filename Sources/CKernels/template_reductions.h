// Reductions. Sixteen partial sums whatever the width of the instruction set's vectors, added in a fixed tree.

#define PARTIAL_SUMS CK_CONCATENATE(REAL, _16)

/// Halves onto halves: p[i] += p[i+8], p[i] += p[i+4], p[i] += p[i+2], p[0] += p[1].
#define TREE(sums)                                                                                                     \
  ({                                                                                                                   \
    __typeof__((sums).lo) eight = (sums).lo + (sums).hi;                                                               \
    __typeof__(eight.lo) four = eight.lo + eight.hi;                                                                   \
    __typeof__(four.lo) two = four.lo + four.hi;                                                                       \
    two.x + two.y;                                                                                                     \
  })

static REAL NAME(sum)(long count, const REAL *in) {
  PARTIAL_SUMS sums = (PARTIAL_SUMS)((REAL)0);
  long i = 0;
  for (; i + 16 <= count; i += 16) sums = sums + CK_LOAD(PARTIAL_SUMS, in + i);
  if (i < count) {
    // Adding a zero leaves a partial sum as it is (none is ever -0: they start from +0).
    PARTIAL_SUMS rest = (PARTIAL_SUMS)((REAL)0);
    memcpy(&rest, in + i, (size_t)(count - i) * sizeof(REAL));
    sums = sums + rest;
  }
  return TREE(sums);
}

static REAL NAME(dot)(long count, const REAL *a, const REAL *b) {
  PARTIAL_SUMS sums = (PARTIAL_SUMS)((REAL)0);
  long i = 0;
  for (; i + 16 <= count; i += 16)
    sums = CK_FMA(CK_LOAD(PARTIAL_SUMS, a + i), CK_LOAD(PARTIAL_SUMS, b + i), sums);
  if (i < count) {
    PARTIAL_SUMS restA = (PARTIAL_SUMS)((REAL)0), restB = (PARTIAL_SUMS)((REAL)0);
    memcpy(&restA, a + i, (size_t)(count - i) * sizeof(REAL));
    memcpy(&restB, b + i, (size_t)(count - i) * sizeof(REAL));
    sums = CK_FMA(restA, restB, sums);
  }
  return TREE(sums);
}

static void NAME(sumRows)(long rows, long columns, const REAL *in, REAL *out, bool accumulate) {
  long c = 0;
  for (; c + 4 * LANES <= columns; c += 4 * LANES) {
    VECTOR sums[4];
    CK_UNROLL for (int j = 0; j < 4; j++)
      sums[j] = accumulate ? CK_LOAD(VECTOR, out + c + j * LANES) : (VECTOR)((REAL)0);
    for (long r = 0; r < rows; r++) {
      CK_UNROLL for (int j = 0; j < 4; j++) sums[j] = sums[j] + CK_LOAD(VECTOR, in + r * columns + c + j * LANES);
    }
    CK_UNROLL for (int j = 0; j < 4; j++) CK_STORE(VECTOR, out + c + j * LANES, sums[j]);
  }
  for (; c + LANES <= columns; c += LANES) {
    VECTOR sums = accumulate ? CK_LOAD(VECTOR, out + c) : (VECTOR)((REAL)0);
    for (long r = 0; r < rows; r++) sums = sums + CK_LOAD(VECTOR, in + r * columns + c);
    CK_STORE(VECTOR, out + c, sums);
  }
  if (c == columns) return;
  REAL rest[LANES];
  long left = columns - c;
  for (long j = 0; j < left; j++) rest[j] = accumulate ? out[c + j] : (REAL)0;
  for (long r = 0; r < rows; r++) {
    for (long j = 0; j < left; j++) rest[j] += in[r * columns + c + j];
  }
  for (long j = 0; j < left; j++) out[c + j] = rest[j];
}

static void NAME(sumColumns)(long rows, long columns, const REAL *in, REAL *out) {
  for (long r = 0; r < rows; r++) out[r] = NAME(sum)(columns, in + r * columns);
}

#undef TREE
#undef PARTIAL_SUMS

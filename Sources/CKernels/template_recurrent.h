// The gates of recurrent cells, forwards and backwards, for one step of some rows. The products are left to the
// kernels for them; here is everything between one product and the next.

#if REAL_IS_FLOAT
#define CHUNK WIDE
#define CHUNK_LANES (2 * LANES)
#define CHUNK_TANH NAME(tanhOf)
#else
#define CHUNK REAL
#define CHUNK_LANES 1
#define CHUNK_TANH __builtin_tanh
#endif

CK_INLINE CHUNK NAME(loadChunk)(const REAL *in, long count) {
  if (count == CHUNK_LANES) return CK_LOAD(CHUNK, in);
  CHUNK chunk = (CHUNK)((REAL)0);
  memcpy(&chunk, in, (size_t)count * sizeof(REAL));
  return chunk;
}

CK_INLINE void NAME(storeChunk)(REAL *out, long count, CHUNK chunk) {
  if (count == CHUNK_LANES)
    CK_STORE(CHUNK, out, chunk);
  else
    memcpy(out, &chunk, (size_t)count * sizeof(REAL));
}

/// The logistic function: (1 + tanh(x / 2)) / 2.
CK_INLINE CHUNK NAME(sigmoidOf)(CHUNK x) {
  const CHUNK half = (CHUNK)((REAL)0.5);
  return CK_FMA(CHUNK_TANH(half * x), half, half);
}

/// 1 - y * y and y * (1 - y): the derivatives of tanh and of the logistic function from their values.
CK_INLINE CHUNK NAME(tanhSlope)(CHUNK y) { return CK_FMA(-y, y, (CHUNK)((REAL)1)); }
CK_INLINE CHUNK NAME(sigmoidSlope)(CHUNK y) { return CK_FMA(-y, y, y); }

#define LOAD(ARRAY, COLUMNS, BLOCK) NAME(loadChunk)(ARRAY + row * (COLUMNS) * hidden + (BLOCK) * hidden + i, count)
#define STORE(ARRAY, COLUMNS, BLOCK, VALUE)                                                                            \
  NAME(storeChunk)(ARRAY + row * (COLUMNS) * hidden + (BLOCK) * hidden + i, count, VALUE)
#define FOR_EACH_CHUNK                                                                                                 \
  for (long row = 0; row < rows; row++)                                                                                \
    for (long i = 0, count; (count = hidden - i < CHUNK_LANES ? hidden - i : CHUNK_LANES) > 0; i += CHUNK_LANES)

static void NAME(gruStep)(long rows, long hidden, const REAL *x, const REAL *s, const REAL *bias, const REAL *h,
                          REAL *next, REAL *kept) {
  FOR_EACH_CHUNK {
    CHUNK reset = NAME(sigmoidOf)(LOAD(x, 3, 0) + LOAD(s, 3, 0));
    CHUNK update = NAME(sigmoidOf)(LOAD(x, 3, 1) + LOAD(s, 3, 1));
    CHUNK recurrent = LOAD(s, 3, 2) + NAME(loadChunk)(bias + i, count);
    CHUNK candidate = CHUNK_TANH(CK_FMA(reset, recurrent, LOAD(x, 3, 2)));
    STORE(next, 1, 0, CK_FMA(update, LOAD(h, 1, 0) - candidate, candidate));
    if (kept) {
      STORE(kept, 4, 0, reset);
      STORE(kept, 4, 1, update);
      STORE(kept, 4, 2, candidate);
      STORE(kept, 4, 3, recurrent);
    }
  }
}

static void NAME(gruStepBackward)(long rows, long hidden, const REAL *kept, const REAL *h, REAL *g, REAL *ds,
                                  REAL *dCandidate) {
  FOR_EACH_CHUNK {
    CHUNK reset = LOAD(kept, 4, 0), update = LOAD(kept, 4, 1), candidate = LOAD(kept, 4, 2);
    CHUNK arrived = LOAD(g, 1, 0);
    CHUNK dn = arrived * ((CHUNK)((REAL)1) - update) * NAME(tanhSlope)(candidate);
    STORE(ds, 3, 0, dn * LOAD(kept, 4, 3) * NAME(sigmoidSlope)(reset));
    STORE(ds, 3, 1, arrived * (LOAD(h, 1, 0) - candidate) * NAME(sigmoidSlope)(update));
    STORE(ds, 3, 2, dn * reset);
    STORE(dCandidate, 1, 0, dn);
    STORE(g, 1, 0, arrived * update);
  }
}

static void NAME(lstmStep)(long rows, long hidden, const REAL *x, const REAL *s, const REAL *cell, REAL *next,
                           REAL *nextCell, REAL *kept) {
  FOR_EACH_CHUNK {
    CHUNK input = NAME(sigmoidOf)(LOAD(x, 4, 0) + LOAD(s, 4, 0));
    CHUNK forget = NAME(sigmoidOf)(LOAD(x, 4, 1) + LOAD(s, 4, 1));
    CHUNK candidate = CHUNK_TANH(LOAD(x, 4, 2) + LOAD(s, 4, 2));
    CHUNK output = NAME(sigmoidOf)(LOAD(x, 4, 3) + LOAD(s, 4, 3));
    CHUNK state = CK_FMA(forget, LOAD(cell, 1, 0), input * candidate);
    CHUNK bounded = CHUNK_TANH(state);
    STORE(nextCell, 1, 0, state);
    STORE(next, 1, 0, output * bounded);
    if (kept) {
      STORE(kept, 5, 0, input);
      STORE(kept, 5, 1, forget);
      STORE(kept, 5, 2, candidate);
      STORE(kept, 5, 3, output);
      STORE(kept, 5, 4, bounded);
    }
  }
}

static void NAME(lstmStepBackward)(long rows, long hidden, const REAL *kept, const REAL *cell, const REAL *g,
                                   REAL *gCell, REAL *ds) {
  FOR_EACH_CHUNK {
    CHUNK input = LOAD(kept, 5, 0), forget = LOAD(kept, 5, 1), candidate = LOAD(kept, 5, 2);
    CHUNK output = LOAD(kept, 5, 3), bounded = LOAD(kept, 5, 4), arrived = LOAD(g, 1, 0);
    CHUNK dState = CK_FMA(arrived * output, NAME(tanhSlope)(bounded), LOAD(gCell, 1, 0));
    STORE(ds, 4, 0, dState * candidate * NAME(sigmoidSlope)(input));
    STORE(ds, 4, 1, dState * LOAD(cell, 1, 0) * NAME(sigmoidSlope)(forget));
    STORE(ds, 4, 2, dState * input * NAME(tanhSlope)(candidate));
    STORE(ds, 4, 3, arrived * bounded * NAME(sigmoidSlope)(output));
    STORE(gCell, 1, 0, dState * forget);
  }
}

#undef FOR_EACH_CHUNK
#undef STORE
#undef LOAD
#undef CHUNK_TANH
#undef CHUNK_LANES
#undef CHUNK

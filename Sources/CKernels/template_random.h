// Random numbers: LANES Philox blocks at once, each lane with its own key and counter.

#define WIDE_WORDS CK_CONCATENATE(uint64_t_, LANES)

/// Words of 32 bits in lanes of 64, whose upper halves are ignored: every multiplication takes the lower halves.
CK_INLINE void NAME(philoxBlocks)(const uint64_t *keys, const uint64_t *counters, WORDS words[4]) {
  const WIDE_WORDS lower = (WIDE_WORDS)(0xffffffffu);
  WIDE_WORDS key0 = CK_LOAD(WIDE_WORDS, keys), key1 = key0 >> 32;
  WIDE_WORDS word0 = CK_LOAD(WIDE_WORDS, counters), word1 = word0 >> 32;
  WIDE_WORDS word2 = (WIDE_WORDS)(0), word3 = (WIDE_WORDS)(0);
  for (int round = 0; round < 10; round++) {
    WIDE_WORDS product0 = (word0 & lower) * (WIDE_WORDS)(0xD2511F53u);
    WIDE_WORDS product1 = (word2 & lower) * (WIDE_WORDS)(0xCD9E8D57u);
    word0 = (product1 >> 32) ^ word1 ^ key0;
    word1 = product1;
    word2 = (product0 >> 32) ^ word3 ^ key1;
    word3 = product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  words[0] = __builtin_convertvector(word0, WORDS);
  words[1] = __builtin_convertvector(word1, WORDS);
  words[2] = __builtin_convertvector(word2, WORDS);
  words[3] = __builtin_convertvector(word3, WORDS);
}

CK_INLINE VECTOR NAME(upperBits)(WORDS word) { return __builtin_convertvector((INTEGERS)(word >> 8), VECTOR); }

/// A Box-Muller pair from two words.
CK_INLINE void NAME(boxMuller)(WORDS radiusWord, WORDS angleWord, VECTOR *first, VECTOR *second) {
  const float unit = 0x1p-24f;
  VECTOR u = (NAME(upperBits)(radiusWord) + (VECTOR)(0.5f)) * (VECTOR)(unit);
  VECTOR exponent;
  VECTOR f = NAME(splitExponent)(u, &exponent);
  // Near 1 the distance to 1 is exact where u itself would be rounded.
  VECTOR distance = (NAME(upperBits)(~radiusWord) + (VECTOR)(0.5f)) * (VECTOR)(unit);
  f = u > (VECTOR)(0.75f) ? -distance : f;
  exponent = u > (VECTOR)(0.75f) ? (VECTOR)(0.0f) : exponent;
  VECTOR radius = __builtin_elementwise_sqrt((VECTOR)(-2.0f) * NAME(logReduced)(f, exponent));

  // The angle in turns is exact, and so is what is left of it after the nearest quarter.
  VECTOR turn = NAME(upperBits)(angleWord) * (VECTOR)(unit);
  INTEGERS quarter = (INTEGERS)((angleWord >> 29) + 1) >> 1;
  VECTOR rest = CK_FMA(__builtin_convertvector(quarter, VECTOR), (VECTOR)(-0.25f), turn);
  VECTOR x = rest * (VECTOR)(6.28318530717958648f);
  VECTOR z = x * x;
  VECTOR s = (VECTOR)(-1.9515295891e-4f);
  s = CK_FMA(s, z, (VECTOR)(8.3321608736e-3f));
  s = CK_FMA(s, z, (VECTOR)(-1.6666654611e-1f));
  s = CK_FMA(s * z, x, x);
  VECTOR c = (VECTOR)(2.443315711809948e-5f);
  c = CK_FMA(c, z, (VECTOR)(-1.388731625493765e-3f));
  c = CK_FMA(c, z, (VECTOR)(4.166664568298827e-2f));
  c = CK_FMA(c, z, (VECTOR)(-0.5f));
  c = CK_FMA(c, z, (VECTOR)(1.0f));
  // A quarter turn maps (cos, sin) to (-sin, cos).
  INTEGERS odd = (quarter & 1) != 0;
  INTEGERS cosineSign = ((quarter + 1) & 2) << 30, sineSign = (quarter & 2) << 30;
  VECTOR cosine = (VECTOR)((INTEGERS)(odd ? s : c) ^ cosineSign);
  VECTOR sine = (VECTOR)((INTEGERS)(odd ? c : s) ^ sineSign);
  *first = radius * cosine;
  *second = radius * sine;
}

CK_INLINE void NAME(normalBlocks)(const uint64_t *keys, const uint64_t *counters, VECTOR values[4]) {
  WORDS words[4];
  NAME(philoxBlocks)(keys, counters, words);
  NAME(boxMuller)(words[0], words[1], &values[0], &values[1]);
  NAME(boxMuller)(words[2], words[3], &values[2], &values[3]);
}

CK_INLINE void NAME(uniformBlocks)(const uint64_t *keys, const uint64_t *counters, VECTOR values[4]) {
  WORDS words[4];
  NAME(philoxBlocks)(keys, counters, words);
  for (int j = 0; j < 4; j++) values[j] = NAME(upperBits)(words[j]) * (VECTOR)(0x1p-24f);
}

/// Stores lane l of the four vectors as out[4 l ... 4 l + 3].
CK_INLINE void NAME(storeInterleaved)(const VECTOR values[4], float *out) {
  CK_CONCATENATE(float_, LANES_TWICE) even = INTERLEAVE(values[0], values[2]);
  CK_CONCATENATE(float_, LANES_TWICE) odd = INTERLEAVE(values[1], values[3]);
  CK_STORE(CK_CONCATENATE(float_, LANES_TWICE), out, INTERLEAVE_LOWER(even, odd));
  CK_STORE(CK_CONCATENATE(float_, LANES_TWICE), out + 2 * LANES, INTERLEAVE_UPPER(even, odd));
}

// The blocks of all streams in one sequence, so that many short rows fill the lanes as well as one long row.
#define FILL_STREAMS(BLOCKS)                                                                                           \
  do {                                                                                                                 \
    if (count <= 0) return;                                                                                            \
    long blocksEach = (count + 3) / 4;                                                                                 \
    long stream = 0, block = 0;                                                                                        \
    while (stream < streams) {                                                                                         \
      uint64_t laneKeys[LANES], laneCounters[LANES];                                                                   \
      float *laneOut[LANES];                                                                                           \
      long laneCount[LANES];                                                                                           \
      bool whole = block + LANES <= count / 4;                                                                         \
      float *wholeOut = out + stream * count + 4 * block;                                                              \
      for (int lane = 0; lane < LANES; lane++) {                                                                       \
        bool used = stream < streams;                                                                                  \
        long left = count - 4 * block;                                                                                 \
        laneKeys[lane] = used ? keys[stream] : 0;                                                                      \
        laneCounters[lane] = used ? counters[stream] + (uint64_t)block : 0;                                            \
        laneOut[lane] = out + stream * count + 4 * block;                                                              \
        laneCount[lane] = !used ? 0 : left < 4 ? left : 4;                                                             \
        if (++block == blocksEach) {                                                                                   \
          block = 0;                                                                                                   \
          stream++;                                                                                                    \
        }                                                                                                              \
      }                                                                                                                \
      VECTOR values[4];                                                                                                \
      BLOCKS(laneKeys, laneCounters, values);                                                                          \
      if (whole) {                                                                                                     \
        NAME(storeInterleaved)(values, wholeOut);                                                                      \
        continue;                                                                                                      \
      }                                                                                                                \
      float interleaved[4 * LANES];                                                                                    \
      NAME(storeInterleaved)(values, interleaved);                                                                     \
      for (int lane = 0; lane < LANES; lane++) {                                                                       \
        for (long i = 0; i < laneCount[lane]; i++) laneOut[lane][i] = interleaved[4 * lane + i];                       \
      }                                                                                                                \
    }                                                                                                                  \
  } while (0)

static void NAME(normals)(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out) {
  FILL_STREAMS(NAME(normalBlocks));
}

static void NAME(uniforms)(long streams, long count, const uint64_t *keys, const uint64_t *counters, float *out) {
  FILL_STREAMS(NAME(uniformBlocks));
}

#undef FILL_STREAMS
#undef WIDE_WORDS

// Random numbers: LANES Philox blocks at once, each lane with its own key and counter.

#define LONG_WORDS CK_CONCATENATE(uint64_t_, LANES)

/// Words of 32 bits in lanes of 64, whose upper halves are ignored: every multiplication takes the lower halves.
/// The first and third words of all blocks come back interleaved in `even`, the second and fourth in `odd`.
CK_INLINE void NAME(philoxBlocks)(const uint64_t *keys, const uint64_t *counters, WIDE_WORDS *even, WIDE_WORDS *odd) {
  const LONG_WORDS lower = (LONG_WORDS)(0xffffffffu);
  LONG_WORDS key0 = CK_LOAD(LONG_WORDS, keys), key1 = key0 >> 32;
  LONG_WORDS word0 = CK_LOAD(LONG_WORDS, counters), word1 = word0 >> 32;
  LONG_WORDS word2 = (LONG_WORDS)(0), word3 = (LONG_WORDS)(0);
  for (int round = 0; round < 10; round++) {
    LONG_WORDS product0 = (word0 & lower) * (LONG_WORDS)(0xD2511F53u);
    LONG_WORDS product1 = (word2 & lower) * (LONG_WORDS)(0xCD9E8D57u);
    word0 = (product1 >> 32) ^ word1 ^ key0;
    word1 = product1;
    word2 = (product0 >> 32) ^ word3 ^ key1;
    word3 = product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  WORDS first = __builtin_convertvector(word0, WORDS), second = __builtin_convertvector(word1, WORDS);
  WORDS third = __builtin_convertvector(word2, WORDS), fourth = __builtin_convertvector(word3, WORDS);
  *even = INTERLEAVE(first, third);
  *odd = INTERLEAVE(second, fourth);
}

CK_INLINE WIDE NAME(upperBits)(WIDE_WORDS word) { return __builtin_convertvector((INTEGERS)(word >> 8), WIDE); }

/// Box-Muller pairs from pairs of words.
CK_INLINE void NAME(boxMuller)(WIDE_WORDS radiusWord, WIDE_WORDS angleWord, WIDE *first, WIDE *second) {
  const float unit = 0x1p-24f;
  WIDE u = (NAME(upperBits)(radiusWord) + (WIDE)(0.5f)) * (WIDE)(unit);
  WIDE exponent;
  WIDE f = NAME(splitExponent)(u, &exponent);
  // Near 1 the distance to 1 is exact where u itself would be rounded.
  WIDE distance = (NAME(upperBits)(~radiusWord) + (WIDE)(0.5f)) * (WIDE)(unit);
  f = u > (WIDE)(0.75f) ? -distance : f;
  exponent = u > (WIDE)(0.75f) ? (WIDE)(0.0f) : exponent;
  WIDE radius = __builtin_elementwise_sqrt((WIDE)(-2.0f) * NAME(logReduced)(f, exponent));

  // The angle in turns is exact, and so is what is left of it after the nearest quarter.
  WIDE turn = NAME(upperBits)(angleWord) * (WIDE)(unit);
  INTEGERS quarter = (INTEGERS)((angleWord >> 29) + 1) >> 1;
  WIDE rest = CK_FMA(__builtin_convertvector(quarter, WIDE), (WIDE)(-0.25f), turn);
  WIDE x = rest * (WIDE)(6.28318530717958648f);
  WIDE z = x * x;
  WIDE s = (WIDE)(-1.9515295891e-4f);
  s = CK_FMA(s, z, (WIDE)(8.3321608736e-3f));
  s = CK_FMA(s, z, (WIDE)(-1.6666654611e-1f));
  s = CK_FMA(s * z, x, x);
  WIDE c = (WIDE)(2.443315711809948e-5f);
  c = CK_FMA(c, z, (WIDE)(-1.388731625493765e-3f));
  c = CK_FMA(c, z, (WIDE)(4.166664568298827e-2f));
  c = CK_FMA(c, z, (WIDE)(-0.5f));
  c = CK_FMA(c, z, (WIDE)(1.0f));
  // A quarter turn maps (cos, sin) to (-sin, cos).
  INTEGERS odd = (quarter & 1) != 0;
  INTEGERS cosineSign = ((quarter + 1) & 2) << 30, sineSign = (quarter & 2) << 30;
  WIDE cosine = (WIDE)((INTEGERS)(odd ? s : c) ^ cosineSign);
  WIDE sine = (WIDE)((INTEGERS)(odd ? c : s) ^ sineSign);
  *first = radius * cosine;
  *second = radius * sine;
}

CK_INLINE void NAME(normalBlocks)(const uint64_t *keys, const uint64_t *counters, WIDE *even, WIDE *odd) {
  WIDE_WORDS evenWords, oddWords;
  NAME(philoxBlocks)(keys, counters, &evenWords, &oddWords);
  NAME(boxMuller)(evenWords, oddWords, even, odd);
}

CK_INLINE void NAME(uniformBlocks)(const uint64_t *keys, const uint64_t *counters, WIDE *even, WIDE *odd) {
  WIDE_WORDS evenWords, oddWords;
  NAME(philoxBlocks)(keys, counters, &evenWords, &oddWords);
  *even = NAME(upperBits)(evenWords) * (WIDE)(0x1p-24f);
  *odd = NAME(upperBits)(oddWords) * (WIDE)(0x1p-24f);
}

/// Stores the four numbers of each block together, block after block.
CK_INLINE void NAME(storeBlocks)(WIDE even, WIDE odd, float *out) {
  CK_STORE(WIDE, out, INTERLEAVE_LOWER(even, odd));
  CK_STORE(WIDE, out + 2 * LANES, INTERLEAVE_UPPER(even, odd));
}

// The blocks of all streams in one sequence, so that many short rows fill the lanes as well as one long row.
#define FILL_STREAMS(BLOCKS)                                                                                           \
  do {                                                                                                                 \
    if (count <= 0) return;                                                                                            \
    long blocksEach = (count + 3) / 4;                                                                                 \
    long stream = 0, block = 0;                                                                                        \
    while (stream < streams) {                                                                                         \
      uint64_t laneKeys[LANES], laneCounters[LANES];                                                                   \
      WIDE even, odd;                                                                                                  \
      if (block + LANES <= count / 4) {                                                                                \
        for (int lane = 0; lane < LANES; lane++) {                                                                     \
          laneKeys[lane] = keys[stream];                                                                               \
          laneCounters[lane] = counters[stream] + (uint64_t)(block + lane);                                            \
        }                                                                                                              \
        BLOCKS(laneKeys, laneCounters, &even, &odd);                                                                   \
        NAME(storeBlocks)(even, odd, out + stream * count + 4 * block);                                                \
        block += LANES;                                                                                                \
        if (block == blocksEach) {                                                                                     \
          block = 0;                                                                                                   \
          stream++;                                                                                                    \
        }                                                                                                              \
        continue;                                                                                                      \
      }                                                                                                                \
      float *laneOut[LANES];                                                                                           \
      long laneCount[LANES];                                                                                           \
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
      float numbers[4 * LANES];                                                                                        \
      BLOCKS(laneKeys, laneCounters, &even, &odd);                                                                     \
      NAME(storeBlocks)(even, odd, numbers);                                                                           \
      for (int lane = 0; lane < LANES; lane++) {                                                                       \
        for (long i = 0; i < laneCount[lane]; i++) laneOut[lane][i] = numbers[4 * lane + i];                           \
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
#undef LONG_WORDS

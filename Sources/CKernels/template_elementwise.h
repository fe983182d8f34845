// Elementwise functions. The loops without a polynomial are left to the compiler's vectoriser: each element is
// one rounding, so any width gives the same bits.

#if REAL_IS_FLOAT

// The polynomials work on two vectors at once: they share the constants in registers, and one computes while the
// other waits.

/// e^r - 1, where x = n log 2 + r and |r| is at most half of log 2; n comes back in the low bits of `shifted`.
CK_INLINE WIDE NAME(expReduced)(WIDE x, INTEGERS *shifted) {
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  const WIDE rounder = (WIDE)(12582912.0f);
  WIDE rounded = CK_FMA(x, (WIDE)(1.44269504088896341f), rounder);
  *shifted = (INTEGERS)rounded;
  WIDE n = rounded - rounder;
  WIDE r = CK_FMA(n, (WIDE)(-0.693359375f), x);
  r = CK_FMA(n, (WIDE)(2.12194440e-4f), r);
  // In pairs, so that the chain of operations that wait for each other is short.
  WIDE square = r * r;
  WIDE upper = CK_FMA(r, (WIDE)(8.368710987269878e-3f), (WIDE)(4.166838899254799e-2f));
  WIDE lower = CK_FMA(r, (WIDE)(1.666652113199234e-1f), (WIDE)(4.999999403953552e-1f));
  upper = CK_FMA(square, (WIDE)(1.3814610429108143e-3f), upper);
  return CK_FMA(CK_FMA(upper, square, lower), square, r);
}

CK_INLINE WIDE NAME(expOf)(WIDE x) {
  // Comparisons this way round let NaN through.
  x = x > (WIDE)(90.0f) ? (WIDE)(90.0f) : x;
  x = x < (WIDE)(-105.0f) ? (WIDE)(-105.0f) : x;
  INTEGERS shifted;
  WIDE p = NAME(expReduced)(x, &shifted) + (WIDE)(1.0f);
  // Two factors, since 2^n itself may be outside the range of normal numbers.
  INTEGERS exponent = shifted - 0x4b400000;
  INTEGERS half = exponent >> 1;
  WIDE first = (WIDE)((half << 23) + 0x3f800000);
  WIDE second = (WIDE)(((exponent - half) << 23) + 0x3f800000);
  return p * first * second;
}

/// A polynomial where tanh is below about a half, else 1 - 2 / (e^(2|x|) + 1), which cannot pass 1.
CK_INLINE WIDE NAME(tanhOf)(WIDE x) {
  const INTEGERS signBit = (INTEGERS)(INT32_MIN);
  WIDE z = x * x, square = z * z;
  WIDE p01 = CK_FMA(z, (WIDE)(1.33314422036e-1f), (WIDE)(-3.33332819422e-1f));
  WIDE p23 = CK_FMA(z, (WIDE)(2.06390887954e-2f), (WIDE)(-5.37397155531e-2f));
  p23 = CK_FMA(square, (WIDE)(-5.70498872745e-3f), p23);
  WIDE small = CK_FMA(CK_FMA(square, p23, p01) * z, x, x);

  WIDE magnitude = (WIDE)((INTEGERS)x & ~signBit);
  // From 9.02 on tanh rounds to 1.
  WIDE limited = magnitude > (WIDE)(10.0f) ? (WIDE)(10.0f) : magnitude;
  INTEGERS shifted;
  WIDE q = NAME(expReduced)(limited + limited, &shifted);
  WIDE scale = (WIDE)((shifted << 23) + 0x3f800000);
  WIDE large = (WIDE)(1.0f) - (WIDE)(2.0f) / CK_FMA(scale, q, scale + (WIDE)(1.0f));
  large = (WIDE)((INTEGERS)large | ((INTEGERS)x & signBit));
  return magnitude < (WIDE)(0.625f) ? small : large;
}

/// log(1 + f) + exponent * log 2 for f between sqrt(1/2) - 1 and sqrt(2) - 1.
CK_INLINE WIDE NAME(logReduced)(WIDE f, WIDE exponent) {
  WIDE square = f * f, fourth = square * square;
  WIDE p01 = CK_FMA(f, (WIDE)(-2.4999993993e-1f), (WIDE)(3.3333331174e-1f));
  WIDE p23 = CK_FMA(f, (WIDE)(-1.6668057665e-1f), (WIDE)(2.0000714765e-1f));
  WIDE p45 = CK_FMA(f, (WIDE)(-1.2420140846e-1f), (WIDE)(1.4249322787e-1f));
  WIDE p67 = CK_FMA(f, (WIDE)(-1.1514610310e-1f), (WIDE)(1.1676998740e-1f));
  WIDE upper = CK_FMA(square, CK_FMA(square, (WIDE)(7.0376836292e-2f), p67), p45);
  WIDE p = CK_FMA(fourth, upper, CK_FMA(square, p23, p01));
  WIDE y = p * f * square;
  y = CK_FMA(exponent, (WIDE)(-2.12194440e-4f), y);
  y = CK_FMA(square, (WIDE)(-0.5f), y);
  return CK_FMA(exponent, (WIDE)(0.693359375f), f + y);
}

/// Splits a positive normal number into 1 + f, between sqrt(1/2) and sqrt(2), and a power of two.
CK_INLINE WIDE NAME(splitExponent)(WIDE x, WIDE *exponent) {
  INTEGERS bits = (INTEGERS)x;
  INTEGERS power = (bits - 0x3f3504f3) >> 23;
  *exponent = __builtin_convertvector(power, WIDE);
  return (WIDE)(bits - (power << 23)) - (WIDE)(1.0f);
}

CK_INLINE WIDE NAME(logOf)(WIDE x) {
  INTEGERS tiny = x < (WIDE)(1.17549435e-38f);
  WIDE scaled = tiny ? x * (WIDE)(8388608.0f) : x;
  WIDE exponent;
  WIDE f = NAME(splitExponent)(scaled, &exponent);
  exponent = tiny ? exponent - (WIDE)(23.0f) : exponent;
  WIDE y = NAME(logReduced)(f, exponent);
  y = x == (WIDE)(0.0f) ? (WIDE)(-__builtin_inff()) : y;
  y = x < (WIDE)(0.0f) ? (WIDE)(__builtin_nanf("")) : y;
  // Infinity and NaN are their own logarithms.
  return x < (WIDE)(__builtin_inff()) ? y : x;
}

#define TRANSCENDENTAL(FUNCTION)                                                                                       \
  do {                                                                                                                 \
    long i = 0;                                                                                                        \
    for (; i + 2 * LANES <= count; i += 2 * LANES) CK_STORE(WIDE, out + i, FUNCTION(CK_LOAD(WIDE, in + i)));           \
    if (i < count) {                                                                                                   \
      WIDE rest = (WIDE)(1.0f);                                                                                        \
      memcpy(&rest, in + i, (size_t)(count - i) * sizeof(REAL));                                                       \
      rest = FUNCTION(rest);                                                                                           \
      memcpy(out + i, &rest, (size_t)(count - i) * sizeof(REAL));                                                      \
    }                                                                                                                  \
  } while (0)
static void NAME(unaryExp)(long count, const REAL *in, REAL *out) { TRANSCENDENTAL(NAME(expOf)); }
static void NAME(unaryLog)(long count, const REAL *in, REAL *out) { TRANSCENDENTAL(NAME(logOf)); }
static void NAME(unaryTanh)(long count, const REAL *in, REAL *out) { TRANSCENDENTAL(NAME(tanhOf)); }
#undef TRANSCENDENTAL

#else

static void NAME(unaryExp)(long count, const REAL *in, REAL *out) {
  for (long i = 0; i < count; i++) out[i] = __builtin_exp(in[i]);
}
static void NAME(unaryLog)(long count, const REAL *in, REAL *out) {
  for (long i = 0; i < count; i++) out[i] = __builtin_log(in[i]);
}
static void NAME(unaryTanh)(long count, const REAL *in, REAL *out) {
  for (long i = 0; i < count; i++) out[i] = __builtin_tanh(in[i]);
}

#endif

/// Square roots by the vector instruction: the C library's function would set errno and stay scalar.
static void NAME(squareRoots)(long count, const REAL *in, REAL *out) {
  long i = 0;
  for (; i + LANES <= count; i += LANES)
    CK_STORE(VECTOR, out + i, __builtin_elementwise_sqrt(CK_LOAD(VECTOR, in + i)));
  for (; i < count; i++) out[i] = __builtin_elementwise_sqrt(in[i]);
}

#define FOR_EACH(EXPRESSION)                                                                                           \
  do {                                                                                                                 \
    CK_ELEMENTS for (long i = 0; i < count; i++) out[i] = EXPRESSION;                                                  \
  } while (0)

static void NAME(unary)(ck_unary function, long count, const REAL *in, REAL *out) {
  switch (function) {
  case CK_EXP: NAME(unaryExp)(count, in, out); break;
  case CK_LOG: NAME(unaryLog)(count, in, out); break;
  case CK_UNARY_TANH: NAME(unaryTanh)(count, in, out); break;
  case CK_RECIPROCAL: FOR_EACH((REAL)1 / in[i]); break;
  case CK_SQUARE_ROOT: NAME(squareRoots)(count, in, out); break;
  case CK_UNARY_RELU: FOR_EACH(in[i] <= 0 ? (REAL)0 : in[i]); break;  // NaN stays NaN
  case CK_NEGATE: FOR_EACH(-in[i]); break;
  case CK_STEP: FOR_EACH(in[i] > 0 ? (REAL)1 : (REAL)0); break;
  }
}

static void NAME(activate)(ck_activation activation, long rows, long columns, REAL *c, long ldc) {
  if (activation == CK_IDENTITY) return;
  ck_unary function = activation == CK_TANH ? CK_UNARY_TANH : CK_UNARY_RELU;
  if (ldc == columns) {
    NAME(unary)(function, rows * columns, c, c);
    return;
  }
  for (long r = 0; r < rows; r++) NAME(unary)(function, columns, c + r * ldc, c + r * ldc);
}

// MARK: Two and three arguments

#define COMBINE(SYMBOL)                                                                                                \
  switch (layout) {                                                                                                    \
  case CK_SAME: {                                                                                                      \
    long count = rows * columns;                                                                                       \
    FOR_EACH(a[i] SYMBOL b[i]);                                                                                        \
    break;                                                                                                             \
  }                                                                                                                    \
  case CK_ONE: {                                                                                                       \
    long count = rows * columns;                                                                                       \
    REAL one = b[0];                                                                                                   \
    FOR_EACH(a[i] SYMBOL one);                                                                                         \
    break;                                                                                                             \
  }                                                                                                                    \
  case CK_ROW:                                                                                                         \
    for (long r = 0; r < rows; r++, a += columns, out += columns) {                                                    \
      CK_ELEMENTS for (long i = 0; i < columns; i++) out[i] = a[i] SYMBOL b[i];                                        \
    }                                                                                                                  \
    break;                                                                                                             \
  case CK_COLUMN:                                                                                                      \
    for (long r = 0; r < rows; r++, a += columns, out += columns) {                                                    \
      REAL one = b[r];                                                                                                 \
      CK_ELEMENTS for (long i = 0; i < columns; i++) out[i] = a[i] SYMBOL one;                                         \
    }                                                                                                                  \
    break;                                                                                                             \
  }

static void NAME(binary)(ck_binary operation, ck_layout layout, long rows, long columns, const REAL *a, const REAL *b,
                         REAL *out) {
  if (rows <= 0 || columns <= 0) return;
  switch (operation) {
  case CK_ADD: COMBINE(+) break;
  case CK_SUBTRACT: COMBINE(-) break;
  case CK_MULTIPLY: COMBINE(*) break;
  }
}

static void NAME(axpy)(long count, REAL alpha, const REAL *x, REAL *out) {
  FOR_EACH(CK_FMA(alpha, x[i], out[i]));
}

static void NAME(scale)(long count, REAL alpha, const REAL *x, REAL *out) { FOR_EACH(alpha * x[i]); }

static void NAME(multiplyAccumulate)(long count, const REAL *a, const REAL *b, REAL *out, bool accumulate) {
  if (accumulate)
    FOR_EACH(CK_FMA(a[i], b[i], out[i]));
  else
    FOR_EACH(a[i] * b[i]);
}

static void NAME(activationBackward)(ck_activation activation, long count, const REAL *g, const REAL *y, REAL *out,
                                     bool accumulate) {
  switch (activation) {
  case CK_IDENTITY:
    if (accumulate)
      FOR_EACH(out[i] + g[i]);
    else
      FOR_EACH(g[i]);
    break;
  case CK_TANH:
    if (accumulate)
      FOR_EACH(CK_FMA(g[i], CK_FMA(-y[i], y[i], (REAL)1), out[i]));
    else
      FOR_EACH(g[i] * CK_FMA(-y[i], y[i], (REAL)1));
    break;
  case CK_RELU:
    if (accumulate)
      FOR_EACH(CK_FMA(g[i], y[i] > 0 ? (REAL)1 : (REAL)0, out[i]));
    else
      FOR_EACH(g[i] * (y[i] > 0 ? (REAL)1 : (REAL)0));
    break;
  }
}

static void NAME(tanhCurvature)(long count, const REAL *u, const REAL *g, const REAL *y, REAL *out, bool accumulate) {
  if (accumulate)
    FOR_EACH(out[i] + u[i] * g[i] * y[i] * (REAL)-2);
  else
    FOR_EACH(u[i] * g[i] * y[i] * (REAL)-2);
}

static void NAME(blend)(long count, REAL alpha, const REAL *x, REAL beta, const REAL *y, REAL *out) {
  FOR_EACH(alpha * x[i] + beta * y[i]);
}

static void NAME(addAll)(long count, long terms, const REAL *const *in, REAL *out) {
  if (terms <= 0) {
    FOR_EACH((REAL)0);
    return;
  }
  // A part at a time, which stays in the first-level cache while the terms pass by.
  for (long done = 0; done < count; done += 2048) {
    long part = count - done < 2048 ? count - done : 2048;
    if (out + done != in[0] + done) memcpy(out + done, in[0] + done, (size_t)part * sizeof(REAL));
    for (long term = 1; term < terms; term++)
      NAME(binary)(CK_ADD, CK_SAME, 1, part, out + done, in[term] + done, out + done);
  }
}

/// One step for a vector, or for a single number, at `i`. Every operation is rounded by itself.
#define ADAM_STEP(TYPE)                                                                                                \
  do {                                                                                                                 \
    TYPE g = CK_LOAD(TYPE, gradient + i);                                                                              \
    TYPE m = (TYPE)(firstDecay)*CK_LOAD(TYPE, first + i) + (TYPE)(firstGain)*g;                                        \
    TYPE v = (TYPE)(secondDecay)*CK_LOAD(TYPE, second + i) + (TYPE)(secondGain) * (g * g);                             \
    TYPE denominator = __builtin_elementwise_sqrt((TYPE)(secondScale)*v) + (TYPE)(epsilon);                            \
    TYPE change = ((TYPE)(firstScale)*m) * ((TYPE)((REAL)1) / denominator);                                            \
    CK_STORE(TYPE, newFirst + i, m);                                                                                   \
    CK_STORE(TYPE, newSecond + i, v);                                                                                  \
    CK_STORE(TYPE, newValues + i, CK_LOAD(TYPE, values + i) - (TYPE)(stepSize)*change);                                \
  } while (0)

static void NAME(adam)(long count, const ck_adam_step *step, const REAL *gradient, const REAL *first,
                       const REAL *second, const REAL *values, REAL *newFirst, REAL *newSecond, REAL *newValues) {
  const REAL firstDecay = (REAL)step->firstDecay, firstGain = (REAL)(1 - step->firstDecay);
  const REAL secondDecay = (REAL)step->secondDecay, secondGain = (REAL)(1 - step->secondDecay);
  const REAL firstScale = (REAL)step->firstScale, secondScale = (REAL)step->secondScale;
  const REAL epsilon = (REAL)step->epsilon, stepSize = (REAL)step->stepSize;
  long i = 0;
  for (; i + LANES <= count; i += LANES) ADAM_STEP(VECTOR);
  for (; i < count; i++) ADAM_STEP(REAL);
}

#undef ADAM_STEP
#undef COMBINE
#undef FOR_EACH

// Elementwise functions. The loops without a polynomial are left to the compiler's vectoriser: each element is
// one rounding, so any width gives the same bits.

#if REAL_IS_FLOAT

/// e^x for |x| small enough that 2^n is a normal number; n goes back in `exponent` unscaled.
CK_INLINE VECTOR NAME(expReduced)(VECTOR x, INTEGERS *exponent) {
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  const VECTOR rounder = (VECTOR)(12582912.0f);
  VECTOR shifted = CK_FMA(x, (VECTOR)(1.44269504088896341f), rounder);
  *exponent = (INTEGERS)shifted - (INTEGERS)rounder;
  VECTOR n = shifted - rounder;
  VECTOR r = CK_FMA(n, (VECTOR)(-0.693359375f), x);
  r = CK_FMA(n, (VECTOR)(2.12194440e-4f), r);
  VECTOR p = (VECTOR)(1.9875691500e-4f);
  p = CK_FMA(p, r, (VECTOR)(1.3981999507e-3f));
  p = CK_FMA(p, r, (VECTOR)(8.3334519073e-3f));
  p = CK_FMA(p, r, (VECTOR)(4.1665795894e-2f));
  p = CK_FMA(p, r, (VECTOR)(1.6666665459e-1f));
  p = CK_FMA(p, r, (VECTOR)(5.0000001201e-1f));
  return CK_FMA(p, r * r, r) + (VECTOR)(1.0f);
}

CK_INLINE VECTOR NAME(expOf)(VECTOR x) {
  // Comparisons this way round let NaN through.
  x = x > (VECTOR)(90.0f) ? (VECTOR)(90.0f) : x;
  x = x < (VECTOR)(-105.0f) ? (VECTOR)(-105.0f) : x;
  INTEGERS exponent;
  VECTOR p = NAME(expReduced)(x, &exponent);
  // Two factors, since 2^n itself may be outside the range of normal numbers.
  INTEGERS half = exponent >> 1;
  VECTOR first = (VECTOR)((half + 127) << 23);
  VECTOR second = (VECTOR)((exponent - half + 127) << 23);
  return p * first * second;
}

CK_INLINE VECTOR NAME(tanhOf)(VECTOR x) {
  VECTOR magnitude = __builtin_elementwise_abs(x);
  VECTOR z = x * x;
  VECTOR q = (VECTOR)(-5.70498872745e-3f);
  q = CK_FMA(q, z, (VECTOR)(2.06390887954e-2f));
  q = CK_FMA(q, z, (VECTOR)(-5.37397155531e-2f));
  q = CK_FMA(q, z, (VECTOR)(1.33314422036e-1f));
  q = CK_FMA(q, z, (VECTOR)(-3.33332819422e-1f));
  VECTOR small = CK_FMA(q * z, x, x);
  // From 9.02 on tanh rounds to 1.
  VECTOR limited = magnitude > (VECTOR)(10.0f) ? (VECTOR)(10.0f) : magnitude;
  INTEGERS exponent;
  VECTOR p = NAME(expReduced)(limited + limited, &exponent);
  VECTOR e = p * (VECTOR)((exponent + 127) << 23);
  VECTOR large = (VECTOR)(1.0f) - (VECTOR)(2.0f) / (e + (VECTOR)(1.0f));
  large = (VECTOR)((INTEGERS)large | ((INTEGERS)x & (INTEGERS)(INT32_MIN)));
  return magnitude < (VECTOR)(0.625f) ? small : large;
}

/// log(1 + f) + exponent * log 2 for f between sqrt(1/2) - 1 and sqrt(2) - 1.
CK_INLINE VECTOR NAME(logReduced)(VECTOR f, VECTOR exponent) {
  VECTOR p = (VECTOR)(7.0376836292e-2f);
  p = CK_FMA(p, f, (VECTOR)(-1.1514610310e-1f));
  p = CK_FMA(p, f, (VECTOR)(1.1676998740e-1f));
  p = CK_FMA(p, f, (VECTOR)(-1.2420140846e-1f));
  p = CK_FMA(p, f, (VECTOR)(1.4249322787e-1f));
  p = CK_FMA(p, f, (VECTOR)(-1.6668057665e-1f));
  p = CK_FMA(p, f, (VECTOR)(2.0000714765e-1f));
  p = CK_FMA(p, f, (VECTOR)(-2.4999993993e-1f));
  p = CK_FMA(p, f, (VECTOR)(3.3333331174e-1f));
  VECTOR square = f * f;
  VECTOR y = p * f * square;
  y = CK_FMA(exponent, (VECTOR)(-2.12194440e-4f), y);
  y = CK_FMA(square, (VECTOR)(-0.5f), y);
  return CK_FMA(exponent, (VECTOR)(0.693359375f), f + y);
}

/// Splits a positive normal number into 1 + f, between sqrt(1/2) and sqrt(2), and a power of two.
CK_INLINE VECTOR NAME(splitExponent)(VECTOR x, VECTOR *exponent) {
  INTEGERS bits = (INTEGERS)x;
  INTEGERS power = (bits - 0x3f3504f3) >> 23;
  *exponent = __builtin_convertvector(power, VECTOR);
  return (VECTOR)(bits - (power << 23)) - (VECTOR)(1.0f);
}

CK_INLINE VECTOR NAME(logOf)(VECTOR x) {
  INTEGERS tiny = x < (VECTOR)(1.17549435e-38f);
  VECTOR scaled = tiny ? x * (VECTOR)(8388608.0f) : x;
  VECTOR exponent;
  VECTOR f = NAME(splitExponent)(scaled, &exponent);
  exponent = tiny ? exponent - (VECTOR)(23.0f) : exponent;
  VECTOR y = NAME(logReduced)(f, exponent);
  y = x == (VECTOR)(0.0f) ? (VECTOR)(-__builtin_inff()) : y;
  y = x < (VECTOR)(0.0f) ? (VECTOR)(__builtin_nanf("")) : y;
  // Infinity and NaN are their own logarithms.
  return x < (VECTOR)(__builtin_inff()) ? y : x;
}

#define TRANSCENDENTAL(FUNCTION)                                                                                       \
  do {                                                                                                                 \
    long i = 0;                                                                                                        \
    for (; i + LANES <= count; i += LANES) CK_STORE(VECTOR, out + i, FUNCTION(CK_LOAD(VECTOR, in + i)));               \
    if (i < count) {                                                                                                   \
      VECTOR rest = (VECTOR)(1.0f);                                                                                    \
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

#undef COMBINE
#undef FOR_EACH

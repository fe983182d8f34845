// Vector types and the few macros shared by all instruction sets.
#ifndef METARLZOO_VECTORS_H
#define METARLZOO_VECTORS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// How vectors are passed differs between instruction sets, but here only functions that are always inlined take any.
#pragma clang diagnostic ignored "-Wpsabi"

// Fused multiply-adds are only those written out, so that every instruction set rounds alike.
#pragma clang fp contract(off)

#define CK_CONCATENATE_(a, b) a##b
#define CK_CONCATENATE(a, b) CK_CONCATENATE_(a, b)
#define CK_INLINE static inline __attribute__((always_inline, unused))

// Aligned like their elements, so that a plain dereference is an unaligned load or store.
#define CK_VECTOR(element, lanes)                                                                                      \
  typedef element element##_##lanes __attribute__((ext_vector_type(lanes), aligned(sizeof(element)), may_alias));

typedef float float_1;
CK_VECTOR(float, 2)
CK_VECTOR(float, 4)
CK_VECTOR(float, 8)
CK_VECTOR(float, 16)
CK_VECTOR(float, 32)
typedef double double_1;
CK_VECTOR(double, 2)
CK_VECTOR(double, 4)
CK_VECTOR(double, 8)
CK_VECTOR(double, 16)
CK_VECTOR(int32_t, 8)
CK_VECTOR(int32_t, 16)
CK_VECTOR(int32_t, 32)
CK_VECTOR(uint32_t, 4)
CK_VECTOR(uint32_t, 8)
CK_VECTOR(uint32_t, 16)
CK_VECTOR(uint32_t, 32)
CK_VECTOR(uint64_t, 4)
CK_VECTOR(uint64_t, 8)
CK_VECTOR(uint64_t, 16)

#define CK_LOAD(type, address) (*(const type *)(address))
#define CK_STORE(type, address, value) (*(type *)(address) = (value))
#define CK_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)

/// Loops over independent elements that may be the same memory in and out.
#define CK_ELEMENTS _Pragma("clang loop vectorize(assume_safety)")
/// Loops whose bookkeeping would cost as much as their work.
#define CK_UNROLL_TWICE _Pragma("clang loop unroll_count(2)")
/// Loops over the registers of a tile: without full unrolling the tile would live in memory.
#define CK_UNROLL _Pragma("clang loop unroll(full)")

#endif

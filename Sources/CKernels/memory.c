// The per-thread cache of freed blocks behind ck_allocate.
#include "CKernels.h"
#include "counts.h"

#include <pthread.h>
#include <stdlib.h>

enum {
  smallestBits = 6,           // the smallest block is one cache line of 64 bytes
  largestBits = 40,
  classesPerDoubling = 4,     // at most a quarter of a block is wasted
  classCount = (largestBits - smallestBits) * classesPerDoubling + 1,
};

/// What one thread may keep; beyond it blocks go back to the system.
static const size_t cacheLimit = (size_t)512 << 20;

typedef struct FreeBlock {
  struct FreeBlock *next;
} FreeBlock;

typedef struct {
  FreeBlock *free[classCount];
  size_t cachedBytes;
} BlockCache;

// The cache itself lives on the heap: a thread's variables may be gone before its exit handlers run.
static _Thread_local BlockCache *threadCache;
static pthread_key_t cacheKey;
static pthread_once_t cacheKeyOnce = PTHREAD_ONCE_INIT;

static void freeCache(void *memory) {
  BlockCache *cache = memory;
  threadCache = NULL;
  for (int index = 0; index < classCount; index++) {
    for (FreeBlock *block = cache->free[index]; block;) {
      FreeBlock *next = block->next;
      free(block);
      block = next;
    }
  }
  free(cache);
}

static void makeCacheKey(void) {
  if (pthread_key_create(&cacheKey, freeCache)) abort();
}

static __attribute__((noinline)) BlockCache *makeCache(void) {
  pthread_once(&cacheKeyOnce, makeCacheKey);
  BlockCache *cache = calloc(1, sizeof *cache);
  if (!cache || pthread_setspecific(cacheKey, cache)) abort();
  threadCache = cache;
  return cache;
}

/// The size class of a block and, in `size`, the bytes that blocks of this class have.
static inline int classOf(size_t bytes, size_t *size) {
  if (bytes <= (size_t)1 << smallestBits) {
    *size = (size_t)1 << smallestBits;
    return 0;
  }
  // The last byte's index has its leading bit at the power of two below the size, and its next two bits
  // say which quarter above that power the size falls into.
  size_t last = bytes - 1;
  int bits = 63 - __builtin_clzll(last);
  if (bits >= largestBits) abort();
  int quarter = (int)(last >> (bits - 2)) & 3;
  *size = (size_t)(5 + quarter) << (bits - 2);
  return (bits - smallestBits) * classesPerDoubling + quarter + 1;
}

static __attribute__((noinline)) void *allocateFromSystem(size_t size) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, size)) abort();
  return memory;
}

void *ck_allocate(size_t bytes) {
  ck_thread_counts.blocks++;
  ck_thread_counts.blockBytes += (long)bytes;
  size_t size;
  int index = classOf(bytes, &size);
  BlockCache *cache = threadCache;
  if (!cache) cache = makeCache();
  FreeBlock *block = cache->free[index];
  if (!block) return allocateFromSystem(size);
  cache->free[index] = block->next;
  cache->cachedBytes -= size;
  return block;
}

void ck_release(void *memory, size_t bytes) {
  if (!memory) return;
  size_t size;
  int index = classOf(bytes, &size);
  BlockCache *cache = threadCache;
  if (!cache) cache = makeCache();
  if (cache->cachedBytes + size > cacheLimit) {
    free(memory);
    return;
  }
  FreeBlock *block = memory;
  block->next = cache->free[index];
  cache->free[index] = block;
  cache->cachedBytes += size;
}

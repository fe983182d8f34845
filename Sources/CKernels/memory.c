// The per-thread cache of freed blocks behind ck_allocate.
#include "CKernels.h"
#include "counts.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
  smallestBits = 6,           // the smallest block is one cache line of 64 bytes
  largestBits = 40,
  classesPerDoubling = 4,     // at most a quarter of a block is wasted
  classCount = (largestBits - smallestBits) * classesPerDoubling + 1,
};

// MARK: The end of memory

static volatile sig_atomic_t hasRunOut;
static int codeOfExhaustion;
static const int faults[] = {SIGABRT, SIGILL, SIGTRAP};
enum { faultCount = sizeof faults / sizeof *faults };
static struct sigaction formerActions[faultCount];

static void say(const char *text) {
  // Nothing can be done where nobody reads it.
  ssize_t written = write(2, text, strlen(text));
  (void)written;
}

static _Noreturn void outOfMemory(size_t bytes) {
  char text[160];
  snprintf(text, sizeof text, "\nerror: memory ran out: there is no place for a block of %zu bytes\n", bytes);
  say(text);
  hasRunOut = 1;
  abort();
}

/// Ends the process with a code if memory has run out, and as it would have ended otherwise.
static void explainFault(int number) {
  if (!hasRunOut) {
    // The runtime of Swift says nothing where it cannot allocate: whether there is memory has to be tried.
    const size_t little = (size_t)64 << 20;
    void *trial = mmap(NULL, little, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (trial == MAP_FAILED) {
      say("\nerror: memory ran out: less than 64 MB are left to this process\n");
      hasRunOut = 1;
    } else {
      munmap(trial, little);
    }
  }
  if (hasRunOut) _exit(codeOfExhaustion);
  for (int i = 0; i < faultCount; i++) {
    if (faults[i] == number) sigaction(number, &formerActions[i], NULL);
  }
  // The other faults come again by themselves, at their own place.
  if (number == SIGABRT) raise(number);
}

void ck_end_of_memory_exits(int code) {
  codeOfExhaustion = code;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = explainFault;
  // What the handler raises again has to come through.
  action.sa_flags = SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < faultCount; i++) sigaction(faults[i], &action, &formerActions[i]);
}

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
  if (!cache || pthread_setspecific(cacheKey, cache)) outOfMemory(sizeof *cache);
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
  if (bits >= largestBits) outOfMemory(bytes);
  int quarter = (int)(last >> (bits - 2)) & 3;
  *size = (size_t)(5 + quarter) << (bits - 2);
  return (bits - smallestBits) * classesPerDoubling + quarter + 1;
}

static __attribute__((noinline)) void *allocateFromSystem(size_t size) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, size)) outOfMemory(size);
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

// Loaded before the C library, it lets one call of the system on a file below a directory fail, as a disk would.
//
//   FAULT_DIRECTORY  the directory, absolute
//   FAULT_LOG        a file outside of it that gets a line a call: its number, its name, and the file
//   FAULT_NUMBER     which call fails, from 1; none if 0
//   FAULT_KIND       the number of the error; 0 to read or write half of what was asked for
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/// Counts a call on a path; whether it is the one that fails.
static int fails(const char *name, int directory, const char *path) {
  const char *root = getenv("FAULT_DIRECTORY"), *log = getenv("FAULT_LOG"), *number = getenv("FAULT_NUMBER");
  if (!root || !log || !number || !path) return 0;
  char whole[8192];
  if (path[0] == '/') {
    snprintf(whole, sizeof whole, "%s", path);
  } else {
    char place[64], base[4096];
    snprintf(place, sizeof place, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, place, base, sizeof base - 1);
    if (length < 0) return 0;
    base[length] = 0;
    snprintf(whole, sizeof whole, "%s/%s", base, path);
  }
  size_t length = strlen(root);
  if (strncmp(whole, root, length) || (whole[length] && whole[length] != '/')) return 0;
  int call = atomic_fetch_add(&calls, 1) + 1;
  char line[8400];
  int written = snprintf(line, sizeof line, "%d %s %s\n", call, name, whole);
  int descriptor = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor >= 0) {
    if (syscall(SYS_write, descriptor, line, (size_t)written) < 0) abort();
    syscall(SYS_close, descriptor);
  }
  return call == atoi(number);
}

static int fails_on(const char *name, int descriptor) {
  char place[64], path[4096];
  snprintf(place, sizeof place, "/proc/self/fd/%d", descriptor);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, place, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return path[0] == '/' && fails(name, AT_FDCWD, path);
}

static int kind(void) {
  const char *text = getenv("FAULT_KIND");
  return text ? atoi(text) : EIO;
}

static int refused(void) {
  errno = kind();
  return -1;
}

#define OPEN(name)                                                              \
  int name(const char *path, int flags, ...) {                                  \
    va_list more;                                                               \
    va_start(more, flags);                                                      \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;   \
    va_end(more);                                                               \
    return fails("open", AT_FDCWD, path) ? refused() : REAL(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPEN_AT(name)                                                           \
  int name(int directory, const char *path, int flags, ...) {                   \
    va_list more;                                                               \
    va_start(more, flags);                                                      \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;   \
    va_end(more);                                                               \
    return fails("open", directory, path) ? refused() : REAL(name)(directory, path, flags, mode); \
  }
OPEN_AT(openat)
OPEN_AT(openat64)

int creat(const char *path, mode_t mode) {
  return fails("open", AT_FDCWD, path) ? refused() : REAL(creat)(path, mode);
}

FILE *fopen(const char *path, const char *mode) {
  if (fails("fopen", AT_FDCWD, path)) return refused(), NULL;
  return REAL(fopen)(path, mode);
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream) {
  if (fails_on("fwrite", fileno(stream))) return refused(), 0;
  return REAL(fwrite)(bytes, size, count, stream);
}

#define HALVED(count) (kind() == 0 ? ((count) > 1 ? (count) / 2 : (count)) : 0)

ssize_t write(int descriptor, const void *bytes, size_t count) {
  if (fails_on("write", descriptor)) {
    if (kind()) return refused();
    count = HALVED(count);
  }
  return REAL(write)(descriptor, bytes, count);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  if (fails_on("read", descriptor)) {
    if (kind()) return refused();
    count = HALVED(count);
  }
  return REAL(read)(descriptor, bytes, count);
}

#define WRITE_AT(name, offset_type)                                             \
  ssize_t name(int descriptor, const void *bytes, size_t count, offset_type place) { \
    if (fails_on("pwrite", descriptor)) {                                       \
      if (kind()) return refused();                                             \
      count = HALVED(count);                                                    \
    }                                                                           \
    return REAL(name)(descriptor, bytes, count, place);                         \
  }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  if (fails_on("writev", descriptor)) {
    if (kind()) return refused();
    if (count > 1) count /= 2;
  }
  return REAL(writev)(descriptor, parts, count);
}

int fsync(int descriptor) { return fails_on("fsync", descriptor) ? refused() : REAL(fsync)(descriptor); }
int fdatasync(int descriptor) { return fails_on("fdatasync", descriptor) ? refused() : REAL(fdatasync)(descriptor); }

int ftruncate(int descriptor, off_t size) {
  return fails_on("ftruncate", descriptor) ? refused() : REAL(ftruncate)(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) {
  return fails_on("ftruncate", descriptor) ? refused() : REAL(ftruncate64)(descriptor, size);
}

int rename(const char *from, const char *to) {
  return fails("rename", AT_FDCWD, to) ? refused() : REAL(rename)(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
  return fails("rename", b, to) ? refused() : REAL(renameat)(a, from, b, to);
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
  return fails("rename", b, to) ? refused() : REAL(renameat2)(a, from, b, to, flags);
}
int link(const char *from, const char *to) {
  return fails("link", AT_FDCWD, to) ? refused() : REAL(link)(from, to);
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
  return fails("link", b, to) ? refused() : REAL(linkat)(a, from, b, to, flags);
}
int mkdir(const char *path, mode_t mode) {
  return fails("mkdir", AT_FDCWD, path) ? refused() : REAL(mkdir)(path, mode);
}

void *mmap(void *place, size_t size, int protection, int flags, int descriptor, off_t offset) {
  // Other memory is mapped before anything can be looked up.
  if (descriptor >= 0 && fails_on("mmap", descriptor)) return refused(), MAP_FAILED;
  return (void *)syscall(SYS_mmap, place, size, protection, flags, descriptor, offset);
}

int close(int descriptor) {
  int failing = fails_on("close", descriptor);
  int result = REAL(close)(descriptor);
  // It is closed all the same, as Linux does it.
  return failing ? refused() : result;
}

/* Loaded before the C library (LD_PRELOAD), so that a program's disk and clock can misbehave.
 *
 *   FAULTS_ROOT    only files below this folder are looked at; `/`: all files
 *   FAULTS_RECORD  every change of them, and every line on standard output, is appended to this file, in the order in which it was done
 *   FAULTS_SYNC    "N": the Nth wait for the disk (from 1) fails with EIO, once, as Linux reports it; what was to be written is lost
 *   FAULTS_CLOCK   the first 8 bytes of this file are seconds (signed, this machine's byte order) by which the calendar is wrong
 *
 * A record is: kind (1 byte), file (8), place (8), length (8), then that many bytes. Numbers in this machine's byte order.
 *   C create a file, M make a folder, U unlink, R rename ("from\0to"), D a folder was synced: the bytes are paths
 *   B handed to the C library for a file, to be written later
 *   W write at a place, T cut to a length (place), S synced, E syncing failed, A a line on standard output
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char root[PATH_MAX];
static size_t root_length;
static int record = -1;
static long syncs, failing;
static int clock_file = -1;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) abort();
  return found;
}

static void hold(void) { pthread_mutex_lock(&lock); }
static void let_go(void) { pthread_mutex_unlock(&lock); }

__attribute__((constructor)) static void begin(void) {
  /* A child that begins while another thread notes something would wait for ever. */
  pthread_atfork(hold, let_go, let_go);
  const char *folder = getenv("FAULTS_ROOT"), *log = getenv("FAULTS_RECORD"), *sync = getenv("FAULTS_SYNC");
  const char *wrong = getenv("FAULTS_CLOCK");
  if (folder && strlen(folder) < sizeof root) {
    strcpy(root, folder);
    root_length = strlen(root);
  }
  if (log) record = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (sync) failing = atol(sync);
  if (wrong) clock_file = syscall(SYS_openat, AT_FDCWD, wrong, O_RDONLY | O_CLOEXEC);
}

/* In one piece: several processes append to one record. */
static void note(char kind, uint64_t file, uint64_t place, const void *bytes, size_t length) {
  if (record < 0) return;
  struct __attribute__((packed)) { char kind; uint64_t file, place, length; } head = {kind, file, place, length};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
  if (syscall(SYS_writev, record, parts, 2) != (long)(sizeof head + length)) abort();
}

static int is_ours(const char *path) {
  if (root_length == 1 && root[0] == '/') return path[0] == '/';
  return root_length && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || !path[root_length]);
}

static int path_of(int fd, char *path) {
  char link[64] = "/proc/self/fd/", digits[16];
  int at = 15;
  digits[at] = 0;
  do digits[--at] = (char)('0' + fd % 10); while ((fd /= 10) > 0);
  strcat(link, digits + at);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  /* Memory that only looks like a file. */
  return is_ours(path) && strncmp(path, "/memfd:", 7) != 0;
}

/* The number of an open file of ours; 0 for any other. */
static uint64_t file_of(int fd) {
  char path[PATH_MAX];
  struct stat found;
  if (fd < 3 || !path_of(fd, path) || fstat(fd, &found) != 0) return 0;
  return S_ISREG(found.st_mode) ? (uint64_t)found.st_ino : 0;
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  int is_new = is_ours(path) && (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
  int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
  int problem = errno;
  if (fd >= 0 && is_ours(path)) {
    uint64_t file = file_of(fd);
    if (is_new) note('C', file, 0, path, strlen(path));
    else if (file && (flags & O_TRUNC)) note('T', file, 0, "", 0);
  }
  pthread_mutex_unlock(&lock);
  errno = problem;
  return fd;
}

#define OPEN(name)                                   \
  int name(const char *path, int flags, ...) {       \
    va_list more;                                    \
    va_start(more, flags);                           \
    mode_t mode = va_arg(more, mode_t);              \
    va_end(more);                                    \
    return opened(AT_FDCWD, path, flags, mode);      \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                      \
  int name(int folder, const char *path, int flags, ...) { \
    va_list more;                                         \
    va_start(more, flags);                                \
    mode_t mode = va_arg(more, mode_t);                   \
    va_end(more);                                         \
    return opened(folder, path, flags, mode);             \
  }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *bytes, size_t length) {
  pthread_mutex_lock(&lock);
  uint64_t file = record >= 0 ? file_of(fd) : 0;
  off_t place = file ? lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t done = syscall(SYS_write, fd, bytes, length);
  int problem = errno;
  if (done > 0 && file) note('W', file, (uint64_t)place, bytes, (size_t)done);
  if (done > 0 && fd == 1) note('A', 0, 0, bytes, (size_t)done);
  pthread_mutex_unlock(&lock);
  errno = problem;
  return done;
}

#define PWRITE(name)                                                              \
  ssize_t name(int fd, const void *bytes, size_t length, off_t place) {            \
    pthread_mutex_lock(&lock);                                                    \
    uint64_t file = record >= 0 ? file_of(fd) : 0;                                \
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, length, place);               \
    int problem = errno;                                                          \
    if (done > 0 && file) note('W', file, (uint64_t)place, bytes, (size_t)done);  \
    pthread_mutex_unlock(&lock);                                                  \
    errno = problem;                                                              \
    return done;                                                                  \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t writev(int fd, const struct iovec *parts, int count) {
  ssize_t all = 0;
  for (int part = 0; part < count; part++) {
    ssize_t done = write(fd, parts[part].iov_base, parts[part].iov_len);
    if (done < 0) return all > 0 ? all : done;
    all += done;
    if ((size_t)done < parts[part].iov_len) break;
  }
  return all;
}

/* The C library's own buffers are emptied without passing by here, so what goes into them is looked at. */
size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file) {
  size_t done = REAL(fwrite)(bytes, size, count, file);
  int problem = errno;
  pthread_mutex_lock(&lock);
  uint64_t number = record >= 0 && done > 0 ? file_of(fileno(file)) : 0;
  if (number) note('B', number, 0, bytes, size * done);
  pthread_mutex_unlock(&lock);
  errno = problem;
  return done;
}

#define FTRUNCATE(name)                                    \
  int name(int fd, off_t length) {                         \
    pthread_mutex_lock(&lock);                             \
    int done = (int)syscall(SYS_ftruncate, fd, length);    \
    int problem = errno;                                   \
    uint64_t file = done == 0 ? file_of(fd) : 0;           \
    if (file) note('T', file, (uint64_t)length, "", 0);    \
    pthread_mutex_unlock(&lock);                           \
    errno = problem;                                       \
    return done;                                           \
  }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

static int sync_with(long call, int fd) {
  char path[PATH_MAX];
  struct stat found;
  pthread_mutex_lock(&lock);
  if (!path_of(fd, path) || fstat(fd, &found) != 0) {
    pthread_mutex_unlock(&lock);
    return (int)syscall(call, fd);
  }
  int is_folder = S_ISDIR(found.st_mode);
  int fails = ++syncs == failing;
  int done = fails ? -1 : (int)syscall(call, fd);
  int problem = fails ? EIO : errno;
  if (fails) note('E', is_folder ? 0 : (uint64_t)found.st_ino, 0, path, strlen(path));
  else if (done == 0 && is_folder) note('D', 0, 0, path, strlen(path));
  else if (done == 0) note('S', (uint64_t)found.st_ino, 0, "", 0);
  pthread_mutex_unlock(&lock);
  errno = problem;
  return done;
}
int fsync(int fd) { return sync_with(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_with(SYS_fdatasync, fd); }

int rename(const char *from, const char *to) {
  pthread_mutex_lock(&lock);
  int done = REAL(rename)(from, to);
  int problem = errno;
  if (done == 0 && is_ours(from)) {
    char both[2 * PATH_MAX];
    size_t length = strlen(from) + 1;
    memcpy(both, from, length);
    strcpy(both + length, to);
    note('R', 0, 0, both, length + strlen(to));
  }
  pthread_mutex_unlock(&lock);
  errno = problem;
  return done;
}

static int noted(int done, char kind, const char *path) {
  int problem = errno;
  if (done == 0 && is_ours(path)) note(kind, 0, 0, path, strlen(path));
  pthread_mutex_unlock(&lock);
  errno = problem;
  return done;
}
int unlink(const char *path) {
  pthread_mutex_lock(&lock);
  return noted(REAL(unlink)(path), 'U', path);
}
int mkdir(const char *path, mode_t mode) {
  pthread_mutex_lock(&lock);
  return noted(REAL(mkdir)(path, mode), 'M', path);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int done = (int)syscall(SYS_clock_gettime, clock, now);
  int64_t wrong = 0;
  if (done == 0 && clock_file >= 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) &&
      syscall(SYS_pread64, clock_file, &wrong, sizeof wrong, 0) == sizeof wrong)
    now->tv_sec += wrong;
  return done;
}

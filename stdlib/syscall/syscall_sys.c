/* syscall_sys.c: system calls on files, and the environment.
 *
 * Every leaf that may block says so first (LEAF_BLOCK) and is called again while its P may be taken away. Results are written only then, so the
 * arguments are whole at both calls; and it must not allocate, so what has no fixed size goes into a buffer of the caller. Interrupted calls are tried again; a descriptor that turns out to be non-blocking is waited for with poll. */
#include "debug/debug.h"
#include "leafutil.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

#define BLOCKING(cx)                                                                               \
    do {                                                                                           \
        if (!(cx)->may_block)                                                                      \
            return LEAF_BLOCK;                                                                     \
    } while (0)

/* c_path copies the string in s[0..1] to out with a NUL; an error number when it has a NUL of its own or is too long. */
static int c_path(const Slot *s, char out[PATH_BYTES]) {
    LeafBytes b = leaf_bytes(s);
    if (b.n >= PATH_BYTES)
        return ENAMETOOLONG;
    if (b.n && memchr(b.p, 0, b.n))
        return EINVAL;
    if (b.n)
        memcpy(out, b.p, b.n);
    out[b.n] = 0;
    return 0;
}

/* func errnoText(e int) string: the C library's text, in lower case as Go's */
LeafStatus syscall_errno_text(LeafCtx *cx, Slot *s) {
    char buf[128];
    int e = (int)s[0];
    const char *text = strerrordesc_np(e);
    if (!text) {
        snprintf(buf, sizeof buf, "errno %d", e);
    } else {
        snprintf(buf, sizeof buf, "%s", text);
        bool word = buf[0] >= 'A' && buf[0] <= 'Z' && !(buf[1] >= 'A' && buf[1] <= 'Z');
        if (word)
            buf[0] = (char)(buf[0] - 'A' + 'a');
    }
    leaf_string(cx, s, buf, strlen(buf));
    return LEAF_DONE;
}

/* func open(path string, flag int, perm uint32) (fd, errno int) */
LeafStatus syscall_open(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    int e = c_path(s, path), fd = -1;
    if (!e) {
        do {
            fd = open(path, (int)s[2], (mode_t)s[3]);
        } while (fd < 0 && errno == EINTR);
        e = fd < 0 ? errno : 0;
    }
    s[0] = (Slot)(int64_t)fd;
    s[1] = (Slot)e;
    return LEAF_DONE;
}

/* again tells whether a failed transfer is to be tried once more, after waiting if the descriptor isn't ready. */
static bool again(int fd, short events) {
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN)
        return false;
    struct pollfd p = {fd, events, 0};
    return poll(&p, 1, -1) > 0 || errno == EINTR;
}

static void put_count(Slot *s, ssize_t n) {
    int e = n < 0 ? errno : 0;
    s[0] = n < 0 ? 0 : (Slot)n;
    s[1] = (Slot)e;
}

enum { TRANSFER_MAX = 1 << 30 };  // what one call moves at most, as in Go

static size_t clip(Slot n) { return n < TRANSFER_MAX ? n : TRANSFER_MAX; }

/* func read(fd int, p []byte) (n, errno int) */
LeafStatus syscall_read(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    ssize_t n;
    do {
        n = read((int)s[0], (void *)s[1], clip(s[2]));
    } while (n < 0 && again((int)s[0], POLLIN));
    put_count(s, n);
    return LEAF_DONE;
}

/* func pread(fd int, p []byte, off int64) (n, errno int) */
LeafStatus syscall_pread(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    ssize_t n;
    do {
        n = pread((int)s[0], (void *)s[1], clip(s[2]), (off_t)s[4]);
    } while (n < 0 && errno == EINTR);
    put_count(s, n);
    return LEAF_DONE;
}

/* func write(fd int, p []byte) (n, errno int) */
LeafStatus syscall_write(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    ssize_t n;
    do {
        n = write((int)s[0], (const void *)s[1], clip(s[2]));
    } while (n < 0 && again((int)s[0], POLLOUT));
    if (n < 0 && errno == EPIPE) {
        signal_broken_pipe((int)s[0]);
        errno = EPIPE;
    }
    put_count(s, n);
    return LEAF_DONE;
}

/* func pwrite(fd int, p []byte, off int64) (n, errno int) */
LeafStatus syscall_pwrite(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    ssize_t n;
    do {
        n = pwrite((int)s[0], (const void *)s[1], clip(s[2]), (off_t)s[4]);
    } while (n < 0 && errno == EINTR);
    put_count(s, n);
    return LEAF_DONE;
}

/* func seek(fd int, off int64, whence int) (pos int64, errno int) */
LeafStatus syscall_seek(LeafCtx *cx, Slot *s) {
    off_t at = lseek((int)s[0], (off_t)s[1], (int)s[2]);
    s[1] = at < 0 ? (Slot)errno : 0;
    s[0] = at < 0 ? 0 : (Slot)at;
    return LEAF_DONE;
}

static LeafStatus put_errno(Slot *s, int result) {
    s[0] = result < 0 ? (Slot)errno : 0;
    return LEAF_DONE;
}

/* func closeFile(fd int) (errno int) */
LeafStatus syscall_close(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    int r = close((int)s[0]);
    return put_errno(s, r < 0 && errno == EINTR ? 0 : r);  // Linux has closed it even so
}

/* func fsync(fd int) (errno int) */
LeafStatus syscall_fsync(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    return put_errno(s, fsync((int)s[0]));
}

/* func ftruncate(fd int, size int64) (errno int) */
LeafStatus syscall_ftruncate(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    return put_errno(s, ftruncate((int)s[0], (off_t)s[1]));
}

/* func fchmod(fd int, mode uint32) (errno int) */
LeafStatus syscall_fchmod(LeafCtx *cx, Slot *s) { return put_errno(s, fchmod((int)s[0], (mode_t)s[1])); }

/* GolStat is syscall.Stat_t in memory. */
typedef struct GolStat {
    uint64_t dev, ino, nlink;
    uint32_t mode, uid, gid;
    int32_t pad;
    uint64_t rdev;
    int64_t size, blksize, blocks;
    int64_t atim[2], mtim[2], ctim[2];
} GolStat;

static LeafStatus put_stat(Slot *s, int result, const struct stat *st, GolStat *out) {
    if (result == 0)
        *out = (GolStat){st->st_dev, st->st_ino, st->st_nlink, st->st_mode, st->st_uid, st->st_gid, 0, st->st_rdev,
                         st->st_size, st->st_blksize, st->st_blocks, {st->st_atim.tv_sec, st->st_atim.tv_nsec},
                         {st->st_mtim.tv_sec, st->st_mtim.tv_nsec}, {st->st_ctim.tv_sec, st->st_ctim.tv_nsec}};
    return put_errno(s, result);
}

/* func fstat(fd int, st *Stat_t) (errno int) */
LeafStatus syscall_fstat(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    struct stat st;
    int r = fstat((int)s[0], &st);
    return put_stat(s, r, &st, (GolStat *)s[1]);
}

/* func stat(path string, follow bool, st *Stat_t) (errno int) */
LeafStatus syscall_stat(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    int e = c_path(s, path);
    struct stat st;
    int r = e ? (errno = e, -1) : s[2] ? stat(path, &st) : lstat(path, &st);
    return put_stat(s, r, &st, (GolStat *)s[3]);
}

/* func pathCall(op int, path string, arg int64) (errno int) */
LeafStatus syscall_path_call(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    int r = -1;
    errno = c_path(s + 1, path);
    if (errno)
        return put_errno(s, r);
    switch (s[0]) {  // the constants of syscall.gol
    case 0: r = chdir(path); break;
    case 1: r = chmod(path, (mode_t)s[3]); break;
    case 2: r = mkdir(path, (mode_t)s[3]); break;
    case 3: r = rmdir(path); break;
    case 4: r = truncate(path, (off_t)s[3]); break;
    case 5: r = unlink(path); break;
    case 9: r = chown(path, (uid_t)(s[3] >> 32), (gid_t)s[3]); break;
    case 10: r = lchown(path, (uid_t)(s[3] >> 32), (gid_t)s[3]); break;
    default: errno = ENOSYS;
    }
    return put_errno(s, r);
}

/* func fchown(fd int, uid, gid int) (errno int) */
LeafStatus syscall_fchown(LeafCtx *cx, Slot *s) { return put_errno(s, fchown((int)s[0], (uid_t)s[1], (gid_t)s[2])); }

/* func fchdir(fd int) (errno int) */
LeafStatus syscall_fchdir(LeafCtx *cx, Slot *s) { return put_errno(s, fchdir((int)s[0])); }

/* func getgroups() (ids []uint32, errno int) */
LeafStatus syscall_getgroups(LeafCtx *cx, Slot *s) {
    int n = getgroups(0, NULL);
    gid_t *ids = leaf_alloc(cx, (size_t)(n > 0 ? n : 0) * sizeof *ids, NULL);
    int got = n > 0 ? getgroups(n, ids) : n;
    s[3] = got < 0 ? (Slot)errno : 0;
    s[0] = (Slot)ids;
    s[1] = s[2] = got < 0 ? 0 : (Slot)got;
    return LEAF_DONE;
}

/* func twoPathCall(op int, from, to string) (errno int) */
LeafStatus syscall_two_path_call(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char from[PATH_BYTES], to[PATH_BYTES];
    int r = -1;
    errno = c_path(s + 1, from);
    if (!errno)
        errno = c_path(s + 3, to);
    if (errno)
        return put_errno(s, r);
    switch (s[0]) {  // the constants of syscall.gol
    case 6: r = link(from, to); break;
    case 7: r = rename(from, to); break;
    case 8: r = symlink(from, to); break;
    default: errno = ENOSYS;
    }
    return put_errno(s, r);
}

/* func utimes(path string, atime, mtime, nsecs int64) (errno int): nanoseconds of atime in the upper half, of mtime in the lower */
LeafStatus syscall_utimes(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    errno = c_path(s, path);
    if (errno)
        return put_errno(s, -1);
    struct timespec ts[2] = {{(time_t)s[2], (long)(s[4] >> 32)}, {(time_t)s[3], (long)(uint32_t)s[4]}};
    return put_errno(s, utimensat(AT_FDCWD, path, ts, 0));
}

/* func readlink(path string, buf []byte) (n, errno int) */
LeafStatus syscall_readlink(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    errno = c_path(s, path);
    put_count(s, errno ? -1 : readlink(path, (char *)s[2], s[3]));
    return LEAF_DONE;
}

/* func getcwd() (dir string, errno int) */
LeafStatus syscall_getcwd(LeafCtx *cx, Slot *s) {
    char *dir = getcwd(NULL, 0);  // of any length
    s[2] = dir ? 0 : (Slot)errno;
    leaf_string(cx, s, dir ? dir : "", dir ? strlen(dir) : 0);
    free(dir);
    return LEAF_DONE;
}

/* func pipe() (r, w, errno int) */
LeafStatus syscall_pipe(LeafCtx *cx, Slot *s) {
    int fds[2] = {-1, -1};
    int e = pipe2(fds, O_CLOEXEC) < 0 ? errno : 0;
    s[0] = (Slot)(int64_t)fds[0];
    s[1] = (Slot)(int64_t)fds[1];
    s[2] = (Slot)e;
    return LEAF_DONE;
}

/* func kill(pid, sig int) (errno int) */
LeafStatus syscall_kill(LeafCtx *cx, Slot *s) { return put_errno(s, kill((pid_t)s[0], (int)s[1])); }

/* func ids() (pid, ppid, uid, euid, gid, egid, pagesize int) */
LeafStatus syscall_ids(LeafCtx *cx, Slot *s) {
    const long ids[] = {getpid(), getppid(), getuid(), geteuid(), getgid(), getegid(), sysconf(_SC_PAGESIZE)};
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        s[i] = (Slot)ids[i];
    return LEAF_DONE;
}

/* --- slices of strings --- */

static StrLit copy_string(LeafCtx *cx, const char *bytes) {
    size_t n = strlen(bytes);
    char *copy = leaf_alloc(cx, n, NULL);
    memcpy(copy, bytes, n);
    return (StrLit){copy, n};
}

/* put_strings makes a []string of n C strings in s[0..2]. */
static void put_strings(LeafCtx *cx, Slot *s, char *const *all, size_t n) {
    StrLit *list = leaf_alloc(cx, n * sizeof *list, cx->image->rt_types[RTT_STRING]);
    for (size_t i = 0; i < n; i++) {
        StrLit copy = copy_string(cx, all[i]);
        leaf_store_ptr(cx, (void **)&list[i].data, (void *)copy.data);
        list[i].len = copy.len;
    }
    s[0] = (Slot)list;
    s[1] = s[2] = n;
}

/* func getdents(fd int, buf []byte) (n, errno int): the system's directory entries, as many as fit */
LeafStatus syscall_getdents(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    put_count(s, syscall(SYS_getdents64, (int)s[0], (void *)s[1], clip(s[2])));
    return LEAF_DONE;
}

/* --- files that are waited for, and directories by descriptor: of package os --- */

/* func os.tryRead(fd int, p []byte) (n, errno int): fd is non-blocking */
LeafStatus os_try_read(LeafCtx *cx, Slot *s) {
    ssize_t n;
    do {
        n = read((int)s[0], (void *)s[1], clip(s[2]));
    } while (n < 0 && errno == EINTR);
    put_count(s, n);
    return LEAF_DONE;
}

/* func os.tryWrite(fd int, p []byte) (n, errno int) */
LeafStatus os_try_write(LeafCtx *cx, Slot *s) {
    ssize_t n;
    do {
        n = write((int)s[0], (const void *)s[1], clip(s[2]));
    } while (n < 0 && errno == EINTR);
    put_count(s, n);
    return LEAF_DONE;
}

/* func os.setNonblock(fd int, on bool) */
LeafStatus os_set_nonblock(LeafCtx *cx, Slot *s) {
    int flags = fcntl((int)s[0], F_GETFL);
    if (flags >= 0)
        fcntl((int)s[0], F_SETFL, s[1] ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
    return LEAF_DONE;
}

/* func os.eventDescriptor() (fd, errno int) */
LeafStatus os_event_descriptor(LeafCtx *cx, Slot *s) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    s[0] = (Slot)(int64_t)fd;
    s[1] = fd < 0 ? (Slot)errno : 0;
    return LEAF_DONE;
}

/* func os.addEvents(fd, n int) */
LeafStatus os_add_events(LeafCtx *cx, Slot *s) {
    (void)eventfd_write((int)s[0], s[1]);  // a full counter wakes everybody as it is
    return LEAF_DONE;
}

/* func os.waitReady(fd, wake, way int, ns int64) (ready, late, idle bool) */
LeafStatus os_wait_ready(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    bool asks = cx->rt->opt.seeded;
    int64_t ns = asks ? 0 : (int64_t)s[3];
    struct pollfd p[2] = {{(int)s[0], s[2] ? POLLOUT : POLLIN, 0}, {(int)s[1], POLLIN, 0}};
    struct timespec limit = {ns / 1000000000, ns % 1000000000};
    int n = ppoll(p, 2, ns < 0 ? NULL : &limit, NULL);
    eventfd_t one;
    if (n > 0 && p[1].revents)
        (void)eventfd_read((int)s[1], &one);
    s[0] = n > 0 && p[0].revents != 0;
    s[1] = n == 0 && !asks;
    s[2] = n == 0 && asks;
    return LEAF_DONE;
}

/* func os.openFrom(dir int, name string, flag int, perm uint32) (fd, errno int) */
LeafStatus os_open_from(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    int e = c_path(s + 1, path), fd = -1;
    if (!e) {
        do {
            fd = openat((int)s[0], path, (int)s[3] | O_CLOEXEC, (mode_t)s[4]);
        } while (fd < 0 && errno == EINTR);
        e = fd < 0 ? errno : 0;
    }
    s[0] = (Slot)(int64_t)fd;
    s[1] = (Slot)e;
    return LEAF_DONE;
}

/* func os.statFrom(dir int, name string, st *syscall.Stat_t) (errno int): of a link itself */
LeafStatus os_stat_from(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    int e = c_path(s + 1, path);
    struct stat st;
    int r = e ? (errno = e, -1) : fstatat((int)s[0], path, &st, AT_SYMLINK_NOFOLLOW);
    return put_stat(s, r, &st, (GolStat *)s[3]);
}

/* func os.readlinkFrom(dir int, name string, buf []byte) (n, errno int) */
LeafStatus os_readlink_from(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    errno = c_path(s + 1, path);
    put_count(s, errno ? -1 : readlinkat((int)s[0], path, (char *)s[3], s[4]));
    return LEAF_DONE;
}

/* func os.callFrom(op, dir int, name string, a, b, nsecs int64) (errno int) */
LeafStatus os_call_from(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    int r = -1, dir = (int)s[1];
    errno = c_path(s + 2, path);
    if (errno)
        return put_errno(s, r);
    struct timespec ts[2] = {{(time_t)s[4], (long)(s[6] >> 32)}, {(time_t)s[5], (long)(uint32_t)s[6]}};
    switch (s[0]) {  // the constants of root.gol
    case 0: r = mkdirat(dir, path, (mode_t)s[4]); break;
    case 1: r = fchmodat(dir, path, (mode_t)s[4], 0); break;
    case 2: r = fchownat(dir, path, (uid_t)s[4], (gid_t)s[5], AT_SYMLINK_NOFOLLOW); break;
    case 3: r = utimensat(dir, path, ts, AT_SYMLINK_NOFOLLOW); break;
    default: errno = ENOSYS;
    }
    return put_errno(s, r);
}

/* func os.callBetween(op, dirA int, a string, dirB int, b string) (errno int) */
LeafStatus os_call_between(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char from[PATH_BYTES], to[PATH_BYTES];
    int r = -1;
    errno = c_path(s + 2, from);
    if (!errno)
        errno = c_path(s + 5, to);
    if (errno)
        return put_errno(s, r);
    switch (s[0]) {  // the constants of root.gol
    case 4: r = renameat((int)s[1], from, (int)s[4], to); break;
    case 5: r = linkat((int)s[1], from, (int)s[4], to, 0); break;
    case 6: r = symlinkat(from, (int)s[4], to); break;
    default: errno = ENOSYS;
    }
    return put_errno(s, r);
}

/* func os.removeAt(dir int, name string, isDir bool) (errno int) */
LeafStatus os_remove_at(LeafCtx *cx, Slot *s) {
    BLOCKING(cx);
    char path[PATH_BYTES];
    errno = c_path(s + 1, path);
    return put_errno(s, errno ? -1 : unlinkat((int)s[0], path, s[3] ? AT_REMOVEDIR : 0));
}

/* --- environment and arguments --- */

extern char **environ;
static pthread_mutex_t env_lock = PTHREAD_MUTEX_INITIALIZER;  // the C library's environment is one per process, and so is its lock

/* c_text makes a malloc'd C string of the string in s[0..1]; NULL without memory or when it has a NUL inside. */
static char *c_text(const Slot *s) {
    LeafBytes b = leaf_bytes(s);
    if (b.n && memchr(b.p, 0, b.n))
        return NULL;
    return b.n ? strndup((const char *)b.p, b.n) : strdup("");
}

/* func Getenv(key string) (value string, found bool) */
LeafStatus syscall_getenv(LeafCtx *cx, Slot *s) {
    char *key = c_text(s);
    pthread_mutex_lock(&env_lock);
    const char *value = key && *key ? getenv(key) : NULL;
    char *copy = value ? strdup(value) : NULL;
    pthread_mutex_unlock(&env_lock);
    free(key);
    leaf_string(cx, s, copy ? copy : "", copy ? strlen(copy) : 0);
    s[2] = copy != NULL;
    free(copy);
    return LEAF_DONE;
}

/* func setenv(key, value string) (errno int) */
LeafStatus syscall_setenv(LeafCtx *cx, Slot *s) {
    char *key = c_text(s), *value = c_text(s + 2);
    int r = -1;
    errno = EINVAL;
    if (key && value) {
        pthread_mutex_lock(&env_lock);
        r = setenv(key, value, 1);
        pthread_mutex_unlock(&env_lock);
    }
    put_errno(s, r);
    free(key);
    free(value);
    return LEAF_DONE;
}

/* func unsetenv(key string) (errno int) */
LeafStatus syscall_unsetenv(LeafCtx *cx, Slot *s) {
    char *key = c_text(s);
    int r = -1;
    errno = EINVAL;
    if (key) {
        pthread_mutex_lock(&env_lock);
        r = *key ? unsetenv(key) : 0;
        pthread_mutex_unlock(&env_lock);
    }
    put_errno(s, r);
    free(key);
    return LEAF_DONE;
}

/* func Environ() []string */
LeafStatus syscall_environ(LeafCtx *cx, Slot *s) {
    pthread_mutex_lock(&env_lock);
    size_t n = 0;
    while (environ && environ[n])
        n++;
    put_strings(cx, s, environ, n);
    pthread_mutex_unlock(&env_lock);
    return LEAF_DONE;
}

/* func Clearenv() */
LeafStatus syscall_clearenv(LeafCtx *cx, Slot *s) {
    pthread_mutex_lock(&env_lock);
    clearenv();
    pthread_mutex_unlock(&env_lock);
    return LEAF_DONE;
}

/* func os.runtimeArgs() []string */
LeafStatus syscall_args(LeafCtx *cx, Slot *s) {
    put_strings(cx, s, cx->rt->opt.argv, (size_t)cx->rt->opt.argc);
    return LEAF_DONE;
}

/* func Hostname() (name string) */
LeafStatus syscall_hostname(LeafCtx *cx, Slot *s) {
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    leaf_string(cx, s, name, strlen(name));
    return LEAF_DONE;
}

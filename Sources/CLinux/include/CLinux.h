// Kernel calls and constants that Swift's Glibc module cannot express. No policy lives here.
// <linux/mount.h> stays out of this header (its names clash with <sys/mount.h>); shim.c has it.
#ifndef CLINUX_H
#define CLINUX_H

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <sys/file.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <poll.h>
#include <unistd.h>

/// syscall(2) with its result in the kernel's form: a negative value is -errno.
static inline long clinux_syscall(long number, long a, long b, long c, long d, long e, long f) {
    long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -(long)errno : result;
}

/// prctl(2) with its five arguments spelled out; a negative value is -errno.
static inline long clinux_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return clinux_syscall(SYS_prctl, option, (long)a, (long)b, (long)c, (long)d, 0);
}

/// ioctl(2) with a pointer argument; a negative value is -errno.
static inline int clinux_ioctl(int fd, unsigned long request, void *argument) {
    int result = ioctl(fd, request, argument);
    return result < 0 ? -errno : result;
}

/// ioctl(2) with an integer argument; a negative value is -errno.
static inline int clinux_ioctl_int(int fd, unsigned long request, long argument) {
    int result = ioctl(fd, request, argument);
    return result < 0 ? -errno : result;
}

/// clone3(2)'s argument, as far as every kernel since 5.7 knows it.
struct clinux_clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/// A process in namespaces of its own that shares this process's memory and descriptors, and clones once when it is told.
struct clinux_keeper {
    /// The reading end of a pipe: a byte asks for the clone.
    int command;
    pid_t parent;
    /// Namespaces that it makes meanwhile, CLONE_NEW*; those that the kernel refuses are asked for again by the clone.
    uint64_t early;
    struct clinux_clone_args arguments;
    /// Runs in the clone, whose memory is a copy, and does not return.
    void (*body)(void *context);
    void *context;
    /// What clone3(2) returned, a pid or a negative errno; there when the keeper has ended.
    long result;
};

/// Starts the keeper on a stack that ends at `top`, with `flags` of CLONE_NEW*; its pid, or a negative errno.
long clinux_start_keeper(struct clinux_keeper *keeper, void *top, uint64_t flags);

/// mount_setattr(2)'s argument.
struct clinux_mount_attr {
    uint64_t attr_set, attr_clr, propagation, userns_fd;
};

/// sched_setattr(2)'s argument.
struct clinux_sched_attr {
    uint32_t size, sched_policy;
    uint64_t sched_flags;
    int32_t sched_nice;
    uint32_t sched_priority;
    uint64_t sched_runtime, sched_deadline, sched_period;
    uint32_t sched_util_min, sched_util_max;
};

/// capget(2) and capset(2): version 3's header and two halves of data.
struct clinux_cap_header { uint32_t version; int32_t pid; };
struct clinux_cap_data { uint32_t effective, permitted, inheritable; };

// Values that are macros with casts, or too new for the distribution's headers.
enum : uint64_t {
    CLINUX_CLONE_INTO_CGROUP = 0x200000000ULL,
    CLINUX_CLONE_NEWTIME = 0x80,
    CLINUX_CLONE_PIDFD = 0x1000,
};
enum {
    CLINUX_OPEN_TREE_CLONE = 1, CLINUX_AT_RECURSIVE = 0x8000, CLINUX_AT_EMPTY_PATH = 0x1000,
    CLINUX_MOVE_MOUNT_F_EMPTY_PATH = 4, CLINUX_MOVE_MOUNT_T_EMPTY_PATH = 0x40,
    CLINUX_FSCONFIG_SET_FLAG = 0, CLINUX_FSCONFIG_SET_STRING = 1, CLINUX_FSCONFIG_SET_FD = 5,
    CLINUX_FSCONFIG_CMD_CREATE = 6,
    CLINUX_MOUNT_ATTR_RDONLY = 1, CLINUX_MOUNT_ATTR_NOSUID = 2, CLINUX_MOUNT_ATTR_NODEV = 4,
    CLINUX_MOUNT_ATTR_NOEXEC = 8, CLINUX_MOUNT_ATTR_ATIME = 0x70, CLINUX_MOUNT_ATTR_NOATIME = 0x10,
    CLINUX_MOUNT_ATTR_STRICTATIME = 0x20, CLINUX_MOUNT_ATTR_NODIRATIME = 0x80,
    CLINUX_MOUNT_ATTR_IDMAP = 0x100000, CLINUX_MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
};
// ioctl_tty(2) numbers.
static const unsigned long CLINUX_TIOCSPTLCK = TIOCSPTLCK, CLINUX_TIOCGPTN = TIOCGPTN, CLINUX_TIOCGPTPEER = TIOCGPTPEER;
enum { CLINUX_CAP_VERSION_3 = 0x20080522 };

/// This process's environment, a null-terminated vector.
char **clinux_environ(void);
void clinux_set_environ(char **environment);

// Status words of wait(2), which are macros.
static inline int clinux_wifexited(int s) { return WIFEXITED(s); }
static inline int clinux_wexitstatus(int s) { return WEXITSTATUS(s); }
static inline int clinux_wifsignaled(int s) { return WIFSIGNALED(s); }
static inline int clinux_wtermsig(int s) { return WTERMSIG(s); }
static inline int clinux_wifstopped(int s) { return WIFSTOPPED(s); }
static inline int clinux_wstopsig(int s) { return WSTOPSIG(s); }
static inline uint64_t clinux_makedev(unsigned major_number, unsigned minor_number) { return makedev(major_number, minor_number); }
static inline unsigned clinux_major(uint64_t device) { return major(device); }
static inline unsigned clinux_minor(uint64_t device) { return minor(device); }

/// One datagram with descriptors (SCM_RIGHTS): sends `size` bytes and `count` descriptors; negative is -errno.
/// `key` stands in the call's sixth argument, which the kernel ignores and a seccomp filter sees.
long clinux_send_with_descriptors(int socket, const void *bytes, size_t size, const int *descriptors, size_t count,
                                  uint64_t key);
/// Receives one datagram and up to `*count` descriptors (close-on-exec); sets `*count`. Negative is -errno;
/// a truncated datagram or descriptor list is -EMSGSIZE, with whatever descriptors came closed.
long clinux_receive_with_descriptors(int socket, void *bytes, size_t size, int *descriptors, size_t *count);

#endif

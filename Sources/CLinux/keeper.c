#include "CLinux.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

// unshare(2) without errno, which is the other process's too: 0 or a negative error. Where it is not written down,
// nothing is made early.
static long unshare_quietly(uint64_t flags) {
    long result = -ENOSYS;
#if defined(__x86_64__)
    __asm__ volatile("syscall" : "=a"(result) : "a"((long)SYS_unshare), "D"(flags) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_unshare;
    register long first __asm__("x0") = (long)flags;
    __asm__ volatile("svc 0" : "+r"(first) : "r"(number) : "memory");
    result = first;
#elif defined(__riscv)
    register long number __asm__("a7") = SYS_unshare;
    register long first __asm__("a0") = (long)flags;
    __asm__ volatile("ecall" : "+r"(first) : "r"(number) : "memory");
    result = first;
#else
    (void)flags;
#endif
    return result;
}

// Runs beside the process whose memory and thread-local storage it shares: only system calls, and none that fails, until
// that process waits for its end.
static int keep(void *argument) {
    struct clinux_keeper *keeper = argument;
    char byte;
    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (syscall(SYS_getppid) != keeper->parent) return 1;
    uint64_t made = keeper->early && unshare_quietly(keeper->early) == 0 ? keeper->early : 0;
    if (syscall(SYS_read, keeper->command, &byte, 1) != 1) return 1;
    struct clinux_clone_args *arguments = &keeper->arguments;
    arguments->flags &= ~made;
    long result = syscall(SYS_clone3, arguments, sizeof *arguments);
    // Kernels and filters without it, as for every other clone. The third argument is the pidfd's place.
    if (result < 0 && errno == ENOSYS) result = syscall(SYS_clone, (long)arguments->flags, 0L, (long)arguments->pidfd, 0L, 0L);
    if (result == 0) {
        keeper->body(keeper->context);
        return 1;
    }
    keeper->result = result < 0 ? -(long)errno : result;
    return 0;
}

long clinux_start_keeper(struct clinux_keeper *keeper, void *top, uint64_t flags) {
    keeper->parent = getpid();
    int pid = clone(keep, top, (int)(flags | CLONE_VM | CLONE_FILES | SIGCHLD), keeper);
    return pid < 0 ? -(long)errno : pid;
}

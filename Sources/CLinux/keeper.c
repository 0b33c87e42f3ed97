#include "CLinux.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

// Runs beside the process whose memory and thread-local storage it shares: only system calls, and none that fails, until
// that process waits for its end.
static int keep(void *argument) {
    struct clinux_keeper *keeper = argument;
    char byte;
    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (syscall(SYS_getppid) != keeper->parent) return 1;
    if (syscall(SYS_read, keeper->command, &byte, 1) != 1) return 1;
    struct clinux_clone_args *arguments = &keeper->arguments;
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

// steps PROGRAM FILE COMMAND...: runs a command one instruction at a time, with every process and thread that it clones,
// and writes the addresses below 32 MiB that PROGRAM executes, in the order of their first execution, one in hexadecimal
// a line, a line for each run of 16 bytes. Other programs that are executed run freely. As root; minutes for what takes
// milliseconds.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { limit = 32 << 20, grain = 16 };
static unsigned char seen[limit / grain];
static FILE *list;
static struct stat program;

static int executes_program(pid_t pid) {
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    return stat(path, &status) == 0 && status.st_dev == program.st_dev && status.st_ino == program.st_ino;
}

static void note(pid_t pid) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0 || registers.rip >= limit) return;
    if (seen[registers.rip / grain]++ == 0) fprintf(list, "%016llx\n", (unsigned long long)registers.rip);
    if (seen[registers.rip / grain] == 0) seen[registers.rip / grain] = 1;
}

int main(int count, char **words) {
    if (count < 4 || stat(words[1], &program) != 0 || !(list = fopen(words[2], "we"))) {
        fprintf(stderr, "usage: steps PROGRAM FILE COMMAND...: %s\n", strerror(errno));
        return 2;
    }
    pid_t first = fork();
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(words[3], words + 3);
        _exit(127);
    }
    int status;
    if (first < 0 || waitpid(first, &status, 0) != first) return 2;
    ptrace(PTRACE_SETOPTIONS, first, 0,
           PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, first, 0, 0);
    int result = 2;
    pid_t pid;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) {
            if (pid == first) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        int number = WSTOPSIG(status), event = status >> 16;
        if (event != 0 || number == SIGTRAP) number = 0;
        // How a new one says that it is there.
        if (number == SIGSTOP) number = 0;
        if (!executes_program(pid)) {
            // Before the first execution there is something to come; afterwards a program of somebody else's has begun.
            ptrace(event == PTRACE_EVENT_EXEC && pid != first ? PTRACE_DETACH : PTRACE_CONT, pid, 0, number);
            continue;
        }
        note(pid);
        ptrace(PTRACE_SINGLESTEP, pid, 0, number);
    }
    fclose(list);
    return result;
}

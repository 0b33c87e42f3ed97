// Runs several commands in turn, again and again, and prints each one's median: a machine's mood changes over
// minutes, so commands that are timed one after the other cannot be compared; neighbours in time can.
//
//   interleave ROUNDS WARMUP < COMMANDS
//
// A line of COMMANDS is `NAME<tab>DIRECTORY<tab>EXECUTABLE<tab>ARGUMENT…`, without a shell between. Output, a line
// a command: `NAME<tab>median<tab>lowest<tab>highest<tab>median of the ratios to the first command<tab>peak RSS`,
// times in microseconds, RSS of the largest process in KiB. A command whose exit status is not 0 even once is no
// measurement: its line is `NAME<tab>failed<tab>STATUS`.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COMMANDS = 32, MAX_WORDS = 64, MAX_ROUNDS = 10000 };

struct command {
    char *name, *directory, *words[MAX_WORDS + 1];
    double times[MAX_ROUNDS];
    long rss;
    int failure;
};

static struct command commands[MAX_COMMANDS];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median(double *values, int count) {
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

// Starts the command with /dev/null at 0, 1 and 2 and waits for it; the time, or -1 after noting the failure.
static double run(struct command *command) {
    struct rusage usage;
    int status = 0;
    double start = now();
    pid_t pid = vfork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (null < 0 || chdir(command->directory) != 0) _exit(254);
        for (int fd = 0; fd < 3; fd++) dup2(null, fd);
        if (null > 2) close(null);
        execvp(command->words[0], command->words);
        _exit(253);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        command->failure = errno ? errno : 255;
        return -1;
    }
    double time = now() - start;
    if (usage.ru_maxrss > command->rss) command->rss = usage.ru_maxrss;
    if (status != 0) command->failure = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return time;
}

static int read_commands(void) {
    static char line[1 << 16];
    int count = 0;
    while (count < MAX_COMMANDS && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        char *rest = strdup(line);
        struct command *command = &commands[count];
        command->name = strsep(&rest, "\t");
        command->directory = strsep(&rest, "\t");
        int words = 0;
        while (rest && words < MAX_WORDS) command->words[words++] = strsep(&rest, "\t");
        if (words > 0) count++;
    }
    return count;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 100, warmup = argc > 2 ? atoi(argv[2]) : 3;
    if (rounds < 1 || rounds > MAX_ROUNDS || warmup < 0) {
        fprintf(stderr, "usage: interleave ROUNDS WARMUP < COMMANDS\n");
        return 2;
    }
    int count = read_commands();
    for (int round = -warmup; round < rounds; round++) {
        for (int n = 0; n < count; n++) {
            if (commands[n].failure) continue;
            double time = run(&commands[n]);
            if (round >= 0) commands[n].times[round] = time;
        }
    }
    for (int n = 0; n < count; n++) {
        struct command *command = &commands[n];
        if (command->failure) {
            printf("%s\tfailed\t%d\n", command->name, command->failure);
            continue;
        }
        static double ratios[MAX_ROUNDS];
        for (int round = 0; round < rounds; round++)
            ratios[round] = commands[0].failure ? 0 : command->times[round] / commands[0].times[round];
        double ratio = median(ratios, rounds);
        // The first command's times stay in order until the last: every ratio is of one round.
        static double sorted[MAX_ROUNDS];
        memcpy(sorted, command->times, rounds * sizeof *sorted);
        double middle = median(sorted, rounds);
        printf("%s\t%.0f\t%.0f\t%.0f\t%.2f\t%ld\n", command->name, middle, sorted[0], sorted[rounds - 1], ratio, command->rss);
    }
    return 0;
}

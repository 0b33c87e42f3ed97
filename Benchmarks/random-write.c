// random-write FILE COUNT: overwrites random pages of a file, then syncs it.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int file = open(argv[1], O_WRONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) < 0 || status.st_size < 4096) return 1;
    unsigned long pages = (unsigned long)status.st_size / 4096, state = 1;
    char page[4096];
    memset(page, 'y', sizeof page);
    for (long left = atol(argv[2]); left > 0; left--) {
        state = state * 6364136223846793005UL + 1442695040888963407UL;
        if (pwrite(file, page, sizeof page, (off_t)((state >> 33) % pages * 4096)) != sizeof page) return 1;
    }
    return fsync(file) < 0 || close(file) < 0;
}

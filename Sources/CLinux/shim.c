#include "CLinux.h"

#include <string.h>

extern char **environ;

char **clinux_environ(void) { return environ; }
void clinux_set_environ(char **environment) { environ = environment; }

enum { most_descriptors = 64 };

long clinux_send_with_descriptors(int socket, const void *bytes, size_t size, const int *descriptors, size_t count,
                                   uint64_t key) {
    union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int) * most_descriptors)]; } control;
    struct iovec vector = { .iov_base = (void *)bytes, .iov_len = size };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
    if (count > most_descriptors) return -EINVAL;
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    }
    long sent;
    do sent = syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL, 0L, 0L, (long)key); while (sent < 0 && errno == EINTR);
    return sent < 0 ? -(long)errno : sent;
}

long clinux_receive_with_descriptors(int socket, void *bytes, size_t size, int *descriptors, size_t *count) {
    union { struct cmsghdr align; char space[CMSG_SPACE(sizeof(int) * most_descriptors)]; } control;
    struct iovec vector = { .iov_base = bytes, .iov_len = size };
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control,
    };
    size_t capacity = *count;
    *count = 0;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC); while (received < 0 && errno == EINTR);
    if (received < 0) return -(long)errno;
    int overflow = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t present = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < present; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
            if (*count < capacity) descriptors[(*count)++] = descriptor;
            else { close(descriptor); overflow = 1; }
        }
    }
    if (overflow) {
        for (size_t i = 0; i < *count; i++) close(descriptors[i]);
        *count = 0;
        return -EMSGSIZE;
    }
    return received;
}

// libfuse's low-level interface, and the protocol bits that its 3.14 version does not pass on.
#ifndef CFUSE_SHIM_H
#define CFUSE_SHIM_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

/// What a request says that libfuse does not hand to its operations.
struct cfuse_request {
    uint32_t opcode;
    /// FUSE_INIT: the feature flags the kernel offers.
    uint64_t offered;
    /// Whether set-user-id, set-group-id and file capabilities go with a write, a truncation or an open.
    int kills_privileges;
};

/// Reads those from a request's bytes; all zero when it is too short.
static inline struct cfuse_request cfuse_peek(const void *bytes, size_t size) {
    struct cfuse_request request = { 0 };
    struct fuse_in_header header;
    if (size < sizeof header) return request;
    memcpy(&header, bytes, sizeof header);
    request.opcode = header.opcode;
    const char *body = (const char *)bytes + sizeof header;
    size_t rest = size - sizeof header;
    if (header.opcode == FUSE_WRITE && rest >= sizeof(struct fuse_write_in)) {
        request.kills_privileges = (((const struct fuse_write_in *)body)->write_flags & FUSE_WRITE_KILL_SUIDGID) != 0;
    } else if (header.opcode == FUSE_SETATTR && rest >= sizeof(struct fuse_setattr_in)) {
        request.kills_privileges = (((const struct fuse_setattr_in *)body)->valid & FATTR_KILL_SUIDGID) != 0;
    } else if (header.opcode == FUSE_OPEN && rest >= sizeof(struct fuse_open_in)) {
        request.kills_privileges = (((const struct fuse_open_in *)body)->open_flags & FUSE_OPEN_KILL_SUIDGID) != 0;
    } else if (header.opcode == FUSE_INIT && rest >= 16) {
        struct fuse_init_in init = { 0 };
        memcpy(&init, body, rest < sizeof init ? rest : sizeof init);
        request.offered = init.flags;
        if (init.flags & FUSE_INIT_EXT) request.offered |= (uint64_t)init.flags2 << 32;
    }
    return request;
}

/// Adds feature flags to the reply to FUSE_INIT, given as the vector libfuse writes.
static inline void cfuse_add_init_flags(const struct iovec *vector, int count, uint64_t flags) {
    if (count < 2 || vector[1].iov_len < sizeof(struct fuse_init_out)) return;
    struct fuse_init_out *init = (struct fuse_init_out *)vector[1].iov_base;
    init->flags |= (uint32_t)flags;
}

enum { CFUSE_OPCODE_INIT = FUSE_INIT, CFUSE_HANDLE_KILLPRIV_V2 = FUSE_HANDLE_KILLPRIV_V2 };

/// FUSE_DEV_IOC_CLONE: makes `clone`, an open /dev/fuse, serve the connection of `device`; -1 when the kernel cannot.
static inline int cfuse_clone(int clone, int device) {
    unsigned source = (unsigned)device;
    return ioctl(clone, _IOR(FUSE_DEV_IOC_MAGIC, 0, unsigned), &source) < 0 ? -1 : 0;
}

#endif

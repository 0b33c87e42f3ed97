// libfuse's low-level interface, and the protocol bits that its 3.14 version does not pass on.
#ifndef CFUSE_SHIM_H
#define CFUSE_SHIM_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/// What a request says that libfuse does not hand to its operations.
struct cfuse_request {
    uint32_t opcode;
    /// What the answer is matched by.
    uint64_t unique;
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
    request.unique = header.unique;
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

/// The header of an answer that `size` bytes of data follow.
static inline struct fuse_out_header cfuse_answer_header(uint64_t unique, size_t size) {
    struct fuse_out_header header = { (uint32_t)(sizeof header + size), 0, unique };
    return header;
}

/// Adds feature flags to the reply to FUSE_INIT, given as the vector libfuse writes.
static inline void cfuse_add_init_flags(const struct iovec *vector, int count, uint64_t flags) {
    if (count < 2 || vector[1].iov_len < sizeof(struct fuse_init_out)) return;
    struct fuse_init_out *init = (struct fuse_init_out *)vector[1].iov_base;
    init->flags |= (uint32_t)flags;
}

enum {
    CFUSE_OPCODE_INIT = FUSE_INIT,
    CFUSE_OPCODE_TMPFILE = FUSE_TMPFILE,
    /// Feature flags that libfuse 3.14 does not know, and one that it knows and never sends.
    CFUSE_INIT_FLAGS = FUSE_HANDLE_KILLPRIV_V2 | FUSE_PARALLEL_DIROPS
};

/// FUSE_DEV_IOC_CLONE: makes `clone`, an open /dev/fuse, serve the connection of `device`; -1 when the kernel cannot.
static inline int cfuse_clone(int clone, int device) {
    unsigned source = (unsigned)device;
    return ioctl(clone, _IOR(FUSE_DEV_IOC_MAGIC, 0, unsigned), &source) < 0 ? -1 : 0;
}

/// What a request for a file without a name says (FUSE_TMPFILE, which libfuse 3.14 does not know).
struct cfuse_tmpfile {
    uint64_t unique;
    uint64_t parent;
    uint32_t uid, gid, pid;
    uint32_t flags, mode, umask;
};

/// Reads one from a request's bytes; 0 when it is another request or too short.
static inline int cfuse_peek_tmpfile(const void *bytes, size_t size, struct cfuse_tmpfile *found) {
    struct fuse_in_header header;
    struct fuse_create_in body;
    if (size < sizeof header + sizeof body) return 0;
    memcpy(&header, bytes, sizeof header);
    if (header.opcode != FUSE_TMPFILE) return 0;
    memcpy(&body, (const char *)bytes + sizeof header, sizeof body);
    *found = (struct cfuse_tmpfile){ header.unique, header.nodeid, header.uid, header.gid, header.pid,
                                     body.flags, body.mode, body.umask };
    return 1;
}

/// Answers one; with an error number when that is not 0. -1 when the answer does not arrive.
static inline int cfuse_reply_tmpfile(int device, uint64_t unique, int error, const struct fuse_entry_param *entry,
                                      uint64_t handle) {
    struct {
        struct fuse_out_header header;
        struct fuse_entry_out entry;
        struct fuse_open_out file;
    } reply;
    memset(&reply, 0, sizeof reply);
    size_t size = error ? sizeof reply.header : sizeof reply;
    reply.header = (struct fuse_out_header){ (uint32_t)size, -error, unique };
    if (!error) {
        const struct stat *status = &entry->attr;
        reply.entry.nodeid = entry->ino;
        reply.entry.generation = entry->generation;
        reply.entry.entry_valid = (uint64_t)entry->entry_timeout;
        reply.entry.attr_valid = (uint64_t)entry->attr_timeout;
        reply.entry.attr = (struct fuse_attr){
            .ino = status->st_ino, .size = (uint64_t)status->st_size, .blocks = (uint64_t)status->st_blocks,
            .atime = (uint64_t)status->st_atim.tv_sec, .mtime = (uint64_t)status->st_mtim.tv_sec,
            .ctime = (uint64_t)status->st_ctim.tv_sec, .atimensec = (uint32_t)status->st_atim.tv_nsec,
            .mtimensec = (uint32_t)status->st_mtim.tv_nsec, .ctimensec = (uint32_t)status->st_ctim.tv_nsec,
            .mode = status->st_mode, .nlink = (uint32_t)status->st_nlink, .uid = status->st_uid,
            .gid = status->st_gid, .blksize = (uint32_t)status->st_blksize };
        reply.file.fh = handle;
        reply.file.open_flags = FOPEN_KEEP_CACHE;
    }
    return write(device, &reply, size) == (ssize_t)size ? 0 : -1;
}

#endif

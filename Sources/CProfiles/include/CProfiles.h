// Read-only tables that live in the executable's .rodata: system call numbers and the built-in profiles' filters.
// Nothing here runs at start, and no page of it is read before it is asked for.
#ifndef CPROFILES_H
#define CPROFILES_H

#include <stddef.h>
#include <stdint.h>

enum { cprofiles_no_number = 0xffff };

/// The columns of syscalls.tsv.
enum cprofiles_table {
    cprofiles_table_x86, cprofiles_table_x86_64, cprofiles_table_x32, cprofiles_table_arm, cprofiles_table_aarch64,
    cprofiles_table_loongarch64, cprofiles_table_m68k, cprofiles_table_mips, cprofiles_table_mips64,
    cprofiles_table_mips64n32, cprofiles_table_parisc, cprofiles_table_parisc64, cprofiles_table_ppc,
    cprofiles_table_ppc64, cprofiles_table_riscv64, cprofiles_table_s390, cprofiles_table_s390x, cprofiles_table_sh,
    cprofiles_table_count,
};

/// How many system calls the tables name.
unsigned cprofiles_syscall_count(void);
/// The row of a name that need not end in NUL; -1 when no architecture has such a call.
int cprofiles_syscall_row(const char *name, size_t length);
/// The name of a row, NUL-terminated.
const char *cprofiles_syscall_name(unsigned row);
/// The number of a row in a table, as the kernel's headers have it; `cprofiles_no_number` when it has none.
/// ARM's private calls, 0x0f0000 and up, are stored as 0xf000 and up.
unsigned cprofiles_syscall_number(enum cprofiles_table table, unsigned row);

/// Machines the built-in filters are compiled for.
enum cprofiles_machine {
    cprofiles_machine_x86_64, cprofiles_machine_aarch64, cprofiles_machine_riscv64, cprofiles_machine_count,
};

/// A filter as `struct sock_filter`s, each read as a little-endian 64-bit number.
struct cprofiles_filter {
    const uint64_t *instructions;
    uint32_t count;
    /// SECCOMP_FILTER_FLAG_*.
    uint32_t flags;
};

/// A built-in profile. Texts are UTF-8 and end in NUL, which their sizes leave out.
struct cprofiles_profile {
    const char *name;
    /// The file as it stands in profiles/.
    const char *source;
    /// What it comes to with the profiles it extends, without the seccomp part: compact JSON.
    const char *settings;
    uint32_t source_size, settings_size;
    /// No instructions: the profile filters nothing.
    struct cprofiles_filter filters[cprofiles_machine_count];
};

unsigned cprofiles_profile_count(void);
/// The place of a name that need not end in NUL; the count when there is none.
unsigned cprofiles_profile_index(const char *name, size_t length);
/// Nil beyond the last.
const struct cprofiles_profile *cprofiles_profile_at(unsigned index);

#endif

#include "tables.h"

#include <string.h>

unsigned cprofiles_syscall_count(void) { return cprofiles_rows; }

const char *cprofiles_syscall_name(unsigned row) { return cprofiles_names + cprofiles_name_offsets[row]; }

unsigned cprofiles_syscall_number(enum cprofiles_table table, unsigned row) { return cprofiles_numbers[table][row]; }

int cprofiles_syscall_row(const char *name, size_t length) {
    unsigned low = 0, high = cprofiles_rows;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        size_t own = cprofiles_name_offsets[middle + 1] - cprofiles_name_offsets[middle] - 1u;
        int order = memcmp(cprofiles_syscall_name(middle), name, own < length ? own : length);
        if (order == 0 && own == length) return (int)middle;
        if (order < 0 || (order == 0 && own < length)) low = middle + 1;
        else high = middle;
    }
    return -1;
}

unsigned cprofiles_profile_count(void) { return cprofiles_profiles_count; }

unsigned cprofiles_profile_index(const char *name, size_t length) {
    unsigned index = 0;
    for (; index < cprofiles_profiles_count; index++) {
        const char *own = cprofiles_profiles[index].name;
        if (strlen(own) == length && memcmp(own, name, length) == 0) break;
    }
    return index;
}

const struct cprofiles_profile *cprofiles_profile_at(unsigned index) {
    return index < cprofiles_profiles_count ? &cprofiles_profiles[index] : NULL;
}

// What the generated files define for lookup.c.
#ifndef CPROFILES_TABLES_H
#define CPROFILES_TABLES_H

#include "CProfiles.h"

enum { cprofiles_rows = 508 };
extern const char cprofiles_names[];
extern const uint16_t cprofiles_name_offsets[cprofiles_rows + 1];
extern const uint16_t cprofiles_numbers[cprofiles_table_count][cprofiles_rows];

extern const struct cprofiles_profile cprofiles_profiles[];
extern const unsigned cprofiles_profiles_count;

#endif

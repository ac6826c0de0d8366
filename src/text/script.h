/* Scripts of code points, by PCRE2, which knows them under Unicode's names. For this folder alone. */
#ifndef LETRA_TEXT_SCRIPT_H
#define LETRA_TEXT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The name by an index: "Latin", "Common"; that of SCRIPT_UNKNOWN is "Unknown". */
const char *script_name(size_t script);
/* How many there are, SCRIPT_UNKNOWN among them. */
size_t script_count(void);

enum { SCRIPT_UNKNOWN = 0 };

/* The scripts of code points in ascending order, without surrogates, into `scripts`. What this PCRE2 has no script for,
 * or does not know yet, is SCRIPT_UNKNOWN. False and a message without memory. */
bool script_find(const uint32_t *code_points, size_t count, uint8_t *scripts, Error *error);

#endif

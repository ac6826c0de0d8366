/* The units that a text was written of, each with how likely the model held it. */
#ifndef LETRA_GENERATE_WRITTEN_UNITS_H
#define LETRA_GENERATE_WRITTEN_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "math/real.h"
#include "text/vocab.h"

typedef struct WrittenUnit {
    uint32_t unit;
    real log_probability; /* as session_log_probability gives it */
} WrittenUnit;

typedef struct WrittenUnits {
    WrittenUnit *items; /* owned */
    size_t count;
    size_t room;
} WrittenUnits; /* {0} is empty */

/* Adds a unit behind the others. False and a message without memory. */
bool written_units_add(WrittenUnits *written, WrittenUnit unit, Error *error);

/* Takes off the units of which the last `length` bytes of the text are, also one of which they are only a part. */
void written_units_cut(WrittenUnits *written, const Vocab *vocab, size_t length);

/* Frees what it owns and makes it {0}. */
void written_units_free(WrittenUnits *written);

#endif

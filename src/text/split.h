/* The split of a text by position: the training part first, then validation, then test, in units.
 *
 * Records are not cut: a part begins with the border before its first record and ends with the one behind its last,
 * with which the next part begins.
 */
#ifndef LETRA_TEXT_SPLIT_H
#define LETRA_TEXT_SPLIT_H

#include <stddef.h>

#include "base/range.h"
#include "text/corpus.h"

typedef struct Split {
    Range train;
    Range val;
    Range test;
} Split;

/* Cuts `count` units: validation gets round(count × val_fraction), test round(count × test_fraction). */
Split split_units(size_t count, double val_fraction, double test_fraction);

/* The same of a corpus, of which each part gets whole records if it has any. */
Split split_corpus(const Corpus *corpus, double val_fraction, double test_fraction);

#endif

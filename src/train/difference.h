/* What a model was trained with and is now asked for: the first option in which the two differ.
 *
 * Comparisons are written one after the other; once one of them has found a difference, the others do nothing.
 */
#ifndef LETRA_TRAIN_DIFFERENCE_H
#define LETRA_TRAIN_DIFFERENCE_H

#include <stdint.h>

#include "model/cells.h"
#include "model/model_file.h"

typedef struct Difference {
    const char *option; /* "--hidden"; NULL: none so far */
    char there[CELL_LIST_NAME_SIZE];
    char asked[CELL_LIST_NAME_SIZE];
} Difference; /* {0} is none */

void difference_check_word(Difference *difference, const char *option, const char *there, const char *asked);
void difference_check_count(Difference *difference, const char *option, uint64_t there, uint64_t asked);
void difference_check_number(Difference *difference, const char *option, double there, double asked);

/* What parameters need that are to go on in another network: the unit, the cells and all sizes but the vocabulary's. */
void difference_check_network(Difference *difference, const Model *there, const Model *asked);

#endif

/* Extensions: the ways in which the texts of a search may go on, and the best of them.
 *
 * A list keeps the best of all extensions that it was offered, as many as it has room for. The order is total: a
 * higher score comes first, then the lower parent, then the lower unit; so what is kept does not depend on the order of
 * the offers.
 */
#ifndef LETRA_GENERATE_EXTENSION_H
#define LETRA_GENERATE_EXTENSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "math/real.h"

typedef struct Extension {
    double score;
    uint32_t parent; /* the text that goes on */
    uint32_t unit;   /* ... with this */
} Extension;

typedef struct ExtensionList {
    Extension *items; /* owned; a heap, the worst first, until it is sorted */
    size_t count;
    size_t room;
} ExtensionList;

/* An empty list with room for at least 1. False and a message without memory. */
bool extension_list_create(ExtensionList *list, size_t room, Error *error);
void extension_list_free(ExtensionList *list);

/* Offers one, whose score is not NaN. */
void extension_list_offer(ExtensionList *list, Extension extension);

/* Offers every unit after a text of that score, each with its log-probability (nats) added, but for those that
 * `excluded` (V flags) marks and those of probability 0. */
void extension_list_offer_units(ExtensionList *list, uint32_t parent, double score, const real *logits,
                                size_t vocab_size, const bool *excluded);

/* Puts the best first. Nothing may be offered after it until the count is 0 again. */
void extension_list_sort(ExtensionList *list);

#endif

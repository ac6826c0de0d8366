/* Cross-entropies of the two simplest models of a text: units drawn by how often they are, and by how often they follow
 * the one before them. What a network has learned more than that shows in a loss below them.
 *
 * Both are smoothed by interpolation after Witten & Bell (The zero-frequency problem, 1991; as Chen & Goodman 1998,
 * section 2.5, write it). With c(.) the counts of the part that is fitted, N its length, T the number of different
 * units in it, c(v.) how often a unit comes after v there, T(v) how many different ones do, and V the vocabulary:
 *
 *     p(u)     = (c(u) + T / V) / (N + T)
 *     p(u | v) = (c(vu) + T(v) p(u)) / (c(v.) + T(v))
 */
#ifndef LETRA_TEXT_ENTROPY_H
#define LETRA_TEXT_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/range.h"
#include "text/unit_store.h"

enum { ENTROPY_PAIRS_MAX = 12000000 }; /* a table of 200 MB */

typedef struct Entropies {
    double unigram, bigram; /* nats a unit; NAN where nothing is predicted */
    size_t predicted;       /* units: all of the part that is measured but its first */
    bool complete;          /* all different pairs found room; later ones are not part of the bigram model */
} Entropies;

/* Fits the models on one part of the units, which are indices below `vocab`, and measures them on another, every unit
 * after its first. `pairs_max` bounds the different pairs that are counted. False and a message without memory, or if
 * the units cannot be read. */
bool entropy_measure(const UnitStore *units, size_t vocab, Range fitted, Range measured, size_t pairs_max,
                     Entropies *entropies, Error *error);

#endif

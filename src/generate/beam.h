/* Beam search: the likeliest texts that go on from a prompt, as far as a beam of N texts finds them.
 *
 * A text's score is the sum of the model's log-probabilities of its units. At every step each text of the beam goes on
 * with every unit, and the N best of all these are the next beam (Lowerre 1976). A text that comes to a stop text, to
 * the end of its record or to the length is finished and leaves the beam. The search is over when N texts are finished,
 * or none is left in the beam. The finished ones, which may be of different lengths, are compared by their log-
 * probability per unit, what ended them included: the sum alone would favour the shortest.
 *
 * Nothing is drawn: the same prompt and width give the same texts. A beam of 1 is greedy. One as wide as all texts of
 * that length are many is an exhaustive search.
 */
#ifndef LETRA_GENERATE_BEAM_H
#define LETRA_GENERATE_BEAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "generate/writer.h"
#include "math/compute.h"
#include "model/model_file.h"

typedef struct BeamConfig {
    size_t count;            /* K, 1 to N: how many of the best texts are wanted */
    size_t length;           /* units to write at most, the stop text's included; SIZE_MAX: no limit */
    const WriterStop *stops; /* may be NULL with count 0; must stay while beam_write runs */
    size_t stop_count;
} BeamConfig;

typedef struct Beam Beam;

/* A beam of `width` texts, at least 1, at the start of a text or of a record; the rest is a session's
 * (generate/session.h). The model and the compute context must outlive it. NULL and a message without memory. */
Beam *beam_create(const Model *model, Compute *compute, size_t width, Precision precision, Clock clock,
                  Error *error);
/* Frees it; NULL does nothing. */
void beam_free(Beam *beam);

/* All texts read these units (a prompt). To be called before beam_write. */
void beam_read(Beam *beam, const uint32_t *units, size_t count);

/* Searches, once, and hands out the best texts, the likeliest first, each as one piece (generate/writer.h). What the
 * model has as the rare symbol is never written. There are fewer than K only where there are no more. Meanwhile the
 * callback is called with an empty piece after every step; if it says no, the best so far come with WRITER_INTERRUPTED
 * (what it answers then does not matter). False and a message without memory, or where the model's predictions are no
 * finite numbers; an interruption is no failure. */
bool beam_write(Beam *beam, const BeamConfig *config, WriterCallback callback, void *context, Error *error);

#endif

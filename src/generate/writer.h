/* The writer: reads prompts and writes texts, one sample or several side by side.
 *
 * All samples of a writer read the same and advance together as one batch, each with coins of its own; sample i
 * of a seed is the same text whatever their number. Texts come out as pieces, through a callback, in the order
 * of the samples: sample 0 as it is made, the others, kept meanwhile, after it. What was written is in the state
 * like what was read, so that a writer can read and write in turns.
 */
#ifndef LETRA_GENERATE_WRITER_H
#define LETRA_GENERATE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "generate/constraint.h"
#include "generate/recent.h"
#include "generate/sampler.h"
#include "generate/stop_texts.h"
#include "generate/written_units.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "text/stop_pattern.h"

typedef struct WriterConfig {
    SamplerConfig sampler;
    size_t length;           /* units to write at most, the stop text's included; SIZE_MAX: no limit */
    const WriterStop *stops; /* may be NULL with count 0; must stay while writer_write runs */
    size_t stop_count;
    StopPattern *stop_pattern; /* a match of it is a stop as well; NULL: none */
    /* What each text is held to; NULL: nothing. Its `match` and stops exclude each other. */
    Constraint *constraint;
    bool log_probabilities; /* whether the last piece of a sample shall have its units */
} WriterConfig;

/* Why a text ended. */
typedef enum WriterEnd {
    WRITER_NO_END,     /* there is more to come */
    WRITER_LENGTH,     /* it is as long as was asked for */
    WRITER_STOP,       /* a stop text came */
    WRITER_RECORD,     /* the record is over */
    WRITER_COMPLETE,   /* the constraint's pattern is complete */
    WRITER_INCOMPLETE, /* it is as long as was asked for, and the pattern wants more */
    WRITER_STUCK,      /* the pattern wants more, and the model knows nothing that may come */
    WRITER_UNFIT,      /* it ended and does not fit the patterns: a stop cut it off where it may not end */
    WRITER_INTERRUPTED /* the callback said so */
} WriterEnd;

typedef struct WriterPiece {
    size_t sample; /* from 0, never falling; every sample has a last piece, unless writing was interrupted */
    const char *text; /* whole characters (with --unit byte: bytes); valid during the call */
    size_t length;    /* bytes; may be 0 */
    WriterEnd end;    /* WRITER_NO_END but for a sample's last piece */
    WriterStop stop;  /* the stop text, or what matched the stop pattern; text NULL if neither came */
    /* Of a last piece, if asked for: all units of the sample's text (the border too, where a record is over), but for
     * those of which a stop took something. Valid during the call. */
    const WrittenUnit *units;
    size_t unit_count;
} WriterPiece;

/* Takes a piece. Called after every unit at least, be it with an empty piece, so that it can look whether the
 * user wants an end: false is one. (It is called once more then, and what it answers does not matter, with what
 * the sample has left and WRITER_INTERRUPTED, unless the piece was the sample's last.) */
typedef bool (*WriterCallback)(void *context, const WriterPiece *piece);

typedef struct Writer Writer;

/* For at least 1 sample, at the start of a text, with the coins of the seed and the weights stored as it says; the
 * clock is the session's (generate/session.h). The model and the compute context must outlive it. NULL and a
 * message without memory. */
Writer *writer_create(const Model *model, Compute *compute, size_t samples, uint64_t seed,
                      Precision precision, Clock clock, Error *error);
/* Bytes that writer_create takes, and reading a long text after it (session_memory), but for the texts that are
 * written; 0 and a message on failure. */
size_t writer_memory(const Model *model, Compute *compute, size_t samples, Precision precision, Error *error);
/* Frees it; NULL does nothing. */
void writer_free(Writer *writer);

/* Back to the start of a text, or of a record: zero state. The coins go on where they are. */
void writer_reset(Writer *writer);

/* The coins of a seed, from the first: random_create(seed, i) for sample i, one coin for each draw, of which a
 * constraint may refuse some. */
void writer_seed(Writer *writer, uint64_t seed);

/* Every sample reads these units (a prompt). */
void writer_read(Writer *writer, const uint32_t *units, size_t count);

/* Goes on writing from what was read and written so far; before anything was, the first unit is drawn from the
 * training frequencies, or as records begin. What the model has as the rare symbol is never drawn. A record ends at its
 * border, and a writer of one sample is then at the start of another. A text ends right before the stop text that is
 * complete first (of several that end together, the longest), which may have begun in what was there before. What may
 * be the beginning of a stop text is held back until it is known not to be, or until the length is reached. A match of
 * the stop pattern stops in the same way, once no further character could change it.
 *
 * All that was drawn is in the state afterwards, stop texts and what an interruption kept from being seen
 * included. Only samples that ended before others did have read units that nobody saw: a writer of several
 * samples goes on sensibly only where all of them came to the full length; otherwise it has to be reset.
 *
 * False and a message without memory, or where a pattern could not be followed; an interruption is no failure. */
bool writer_write(Writer *writer, const WriterConfig *config, WriterCallback callback, void *context,
                  Error *error);

/* --- where a writer of one sample stands --- */

/* All that decides how such a writer goes on, as a value. */
typedef struct WriterState {
    real *session; /* owned; what session_save gives; NULL: nothing was saved */
    size_t size;   /* numbers in it */
    Random coins;
    Recent recent;    /* what was read and written last */
    size_t unstopped; /* units that were read or written since the last stop text */
} WriterState;        /* {0} has nothing */

/* Saves it in `*state`, over what was there ({0}, or saved by a writer of the same model). False and a message without
 * memory. */
bool writer_save(const Writer *writer, WriterState *state, Error *error);
/* Brings the writer, of the same model and precision, where it was. */
void writer_restore(Writer *writer, const WriterState *state);
/* How many numbers its WriterState has. */
size_t writer_state_size(const Writer *writer);
/* Frees what it owns and makes it {0}. */
void writer_state_free(WriterState *state);

/* The logits (V of them) of what it would write next. Valid until it reads or writes. */
const real *writer_logits(const Writer *writer);
/* How many units it has drawn, and the last one, once there is one. */
size_t writer_drawn(const Writer *writer);
uint32_t writer_last_unit(const Writer *writer);

#endif

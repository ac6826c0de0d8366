/* Samples for programs: one JSON object each, on a line of its own, printed as soon as the sample is done.
 *
 *     index              from 0: the sample of that number of ...
 *     seed               ... this seed
 *     prime              what the text goes on from, as the model read it; null with --no-echo
 *     text               what was written
 *     symbols            the same, symbol by symbol: strings, integers with --unit byte; "" is the end of a record
 *     log_probabilities  of each of these: the natural logarithm of what the model gave it, at temperature 1 with
 *                        nothing penalised or cut off
 *     log_probability    their sum
 *     end                why the text ends: "length", "stop", "record", "pattern" (--match is complete), "incomplete"
 *                        (it is not), "stuck" (and the model knows nothing that may come), "unfit" (a stop
 *                        cut it off where it may not end), "interrupted"
 *     stop               the stop that came, as it was written, or null
 *     model              the file
 *     settings           what the options say of how the text was written
 *
 * What JSON cannot hold as a string, because it is no UTF-8, is an array of bytes. Of a symbol that a stop text took
 * only a part of (--unit grapheme) the rest is in the text, but not among the symbols.
 */
#ifndef LETRA_COMMANDS_SAMPLE_JSON_H
#define LETRA_COMMANDS_SAMPLE_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "commands/options.h"
#include "commands/sampling.h"
#include "generate/writer.h"
#include "ui/output.h"

/* What all samples of a call have in common. */
typedef struct SampleRun {
    const Model *model;
    const char *path;           /* of the model */
    const Bytes *prime;         /* NULL: not to be printed */
    uint64_t seed;              /* that the writer has */
    const OptionTable *options; /* of the command ... */
    const void *values;         /* ... with their values, ... */
    const Sampling *sampling;   /* ... among which are these */
} SampleRun;

/* The object of a sample: its text and its last piece, of which the bytes do not matter; `settings` is borrowed. NULL
 * without memory. */
json_t *sample_json_make(const SampleRun *run, json_t *settings, const Bytes *text, const WriterPiece *last);

/* Makes and prints the objects of a run. */
typedef struct SampleObjects {
    const SampleRun *run;
    Output *output;
    json_t *settings; /* owned */
    Bytes text;       /* owned: of the sample so far */
} SampleObjects;

/* Gets ready; the run and the output must stay. False and a message without memory. */
bool sample_objects_open(SampleObjects *objects, const SampleRun *run, Output *output, Error *error);
/* Takes the next piece, of a writer that is asked for log-probabilities, and prints the object that it completes. False
 * and a message without memory. */
bool sample_objects_add(SampleObjects *objects, const WriterPiece *piece, Error *error);
/* Frees what it owns. */
void sample_objects_close(SampleObjects *objects);

#endif

/* A session: a model that reads and writes some texts side by side, unit by unit.
 *
 * It owns the carried state of its streams and the logits of what comes next. Priming reads windows at a
 * time.
 */
#ifndef LETRA_GENERATE_SESSION_H
#define LETRA_GENERATE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "math/compute.h"
#include "model/model_file.h"

typedef struct Session Session;

/* For at least 1 stream, at the start of a text, with the weights stored as it says. What a stream computes is the
 * same to the last bit whatever their number and that of the threads. With several threads the clock finds out how
 * many of them a step is worth; with one it is never asked. The model and the compute context must outlive it. NULL
 * and a message without memory. */
Session *session_create(const Model *model, Compute *compute, size_t streams, Precision precision,
                        Clock clock, Error *error);
/* Frees it; NULL does nothing. */
void session_free(Session *session);

/* Back to the start of a text: zero state. */
void session_reset(Session *session);

/* Every stream reads these units. As long as all streams have read the same, this costs what it costs for one. */
void session_feed(Session *session, const uint32_t *units, size_t count);

/* Each stream reads one unit: `units` has one for each. */
void session_step(Session *session, const uint32_t *units);

/* Stream `to` goes on from what stream `from` of a session of the same model has read: for a search, whose streams part
 * and die. What session_logits says of `to` means nothing until it has read a unit. */
void session_copy_stream(Session *session, size_t to, const Session *source, size_t from);

/* The logits (V of them) of the next unit of a stream. Before anything was read: the logarithms of the
 * training frequencies, so that the first unit is drawn from those. Valid until the next call that reads. */
const real *session_logits(const Session *session, size_t stream);

/* The natural logarithm of the probability that the next unit of a stream is this one: the model's own, with nothing
 * penalised, sharpened or cut off. NaN where the logits are no numbers. */
double session_log_probability(const Session *session, size_t stream, uint32_t unit);

/* What a session of one stream carries, as a value: the state and the logits of what comes next, so many numbers. After
 * session_restore it goes on as it would have done when they were saved. */
size_t session_state_size(const Session *session);
void session_save(const Session *session, real *state);
void session_restore(Session *session, const real *state);

/* Bytes that session_create takes, and reading a long text after it, so that it can be refused before; 0 and a message
 * on failure. */
size_t session_memory(const Model *model, Compute *compute, size_t streams, Precision precision,
                      Error *error);

#endif

/* The metadata of a model file: JSON texts for the configuration, the vocabulary, the text pipeline and the
 * training history, both ways. What is read comes from a stranger's file and is checked; messages name the
 * text and the field.
 */
#ifndef LETRA_MODEL_MODEL_METADATA_H
#define LETRA_MODEL_MODEL_METADATA_H

#include <jansson.h>

#include "model/model_file.h"
#include "model/safetensors.h"

/* All of a model's metadata, for safetensors_write; NULL and a message without memory. */
json_t *model_metadata_make(const Model *model, Error *error);

/* Whether the file is a letra model of a version that this program reads. */
bool model_metadata_check_format(const Safetensors *file, Error *error);
/* Sizes are checked to be integers; network_create checks their ranges. */
bool model_metadata_read_config(const Safetensors *file, NetworkConfig *config, Unit *unit, Error *error);
/* The vocabulary with its counts, which must have `size` symbols. */
Vocab *model_metadata_read_vocab(const Safetensors *file, Unit unit, size_t size, Error *error);
/* `*pipeline` is {0} on failure. */
bool model_metadata_read_pipeline(const Safetensors *file, Unit unit, Pipeline *pipeline, Error *error);
/* What the file does not tell is NAN, 0 or "". */
bool model_metadata_read_history(const Safetensors *file, TrainingHistory *history, Error *error);

/* The symbol that a JSON value of a vocabulary stands for: a string of one character or one grapheme, as the unit is,
 * or for bytes an integer below 256. False if it is none of these. */
bool metadata_symbol_from_json(Unit unit, const json_t *value, Symbol *symbol);

/* --- parts as JSON: as they stand in the file, and as `letra show --json` prints them; NULL without memory --- */

/* An object: cell, layers, hidden, embed, vocab, unit, forget_bias, zoneout, heads. */
json_t *metadata_config_to_json(const NetworkConfig *config, Unit unit);
/* A symbol: a string of one character or one grapheme, an integer for a byte; "" is the border, null the rare one. */
json_t *metadata_symbol_to_json(const Vocab *vocab, uint32_t index);
/* The array of all of them. */
json_t *metadata_symbols_to_json(const Vocab *vocab);
/* The array of how often each symbol occurred. */
json_t *metadata_counts_to_json(const Vocab *vocab);
/* An object: normalization, newlines, case, invalid, join and separator (null: none), min_count, and rules, an array of
 * objects of one key. What is no UTF-8 is an array of bytes. */
json_t *metadata_pipeline_to_json(const Pipeline *pipeline);
/* The history as an object, without the program's version. A number above 2^63 - 1 is a string of digits. */
json_t *metadata_history_to_json(const TrainingHistory *history);

/* --- between the files of this module --- */

/* Reads what is there and leaves the other fields as they are. */
bool metadata_history_from_json(const json_t *json, TrainingHistory *history, Error *error);
/* Reads into a pipeline that has its unit; on failure the caller frees it. */
bool metadata_pipeline_from_json(const json_t *json, Pipeline *pipeline, Error *error);
/* Copies a text that is shorter than `size` and can be shown on a terminal; false if it is none. */
bool metadata_copy_text(const char *text, size_t length, char *out, size_t size);

#endif

/* Transcripts: a file with the text of a conversation and all that is needed to go on as if it had never ended.
 *
 * One JSON object, to be read by people too:
 *
 *     {"format": "letra transcript", "version": 1,
 *      "model": {"file": "models/a.safetensors", "digest": "5b3c..."},
 *      "settings": ["/temperature 0.7", ...],                         lines that set them
 *      "turns": [{"prompt": "Once upon ", "answer": "a time"}, ...],  "record_ended": true where a record did
 *      "state": {"numbers": "3f8c...", "coins": "...", "recent": "...", "unstopped": 24}}
 *
 * In `state` numbers are rows of 32-bit words of 8 hexadecimal digits: floats by their bits, coins as 4 numbers of 64
 * bits, the lower half first. A text that is no UTF-8 is an array of its bytes.
 */
#ifndef LETRA_UI_TRANSCRIPT_H
#define LETRA_UI_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/writer.h"
#include "model/model_file.h"
#include "ui/conversation.h"
#include "ui/text_list.h"

/* The model of a conversation. */
typedef struct TranscriptModel {
    const char *file;
    uint64_t digest;   /* of what it computes */
    size_t state_size; /* numbers of a WriterState */
    size_t vocab_size;
} TranscriptModel;

/* A digest of the model's sizes, vocabulary and parameters. */
uint64_t transcript_digest(const Model *model);

/* What was said in one turn. */
typedef struct TranscriptTurn {
    Bytes prompt;
    Bytes answer;
    bool record_ended;
} TranscriptTurn;

typedef struct Transcript {
    TextList settings;
    TranscriptTurn *turns;
    size_t turn_count;
    WriterState state;
} Transcript; /* owns all */
void transcript_free(Transcript *transcript);

/* Writes a file, atomically. One that is there and is no transcript is not replaced. */
bool transcript_write(const char *path, const TranscriptModel *model, const TextList *settings,
                      const Turn *const *turns, size_t turn_count, const WriterState *state, Error *error);

/* Reads a file that goes on with that model. Everything is checked but the settings, which are lines of a stranger's.
 * False and a message that names the file: it is none, damaged, or was made with another model. */
bool transcript_read(const char *path, const TranscriptModel *model, Transcript *transcript, Error *error);

#endif

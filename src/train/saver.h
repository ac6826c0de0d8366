/* Saving beside the training: what is to be saved is copied while the training stands still, and a thread of its own
 * checks, writes and flushes it, which may take long. There is room for one model and one checkpoint; the model goes
 * first.
 *
 *     saver_give       copy, and let it be written; that of before, if it still waits or failed, is dropped
 *     saver_news       what became of it
 *     saver_again      write the same once more, after it failed
 *     saver_finish     wait until nothing is being written
 *
 * For one thread besides the saver's own.
 */
#ifndef LETRA_TRAIN_SAVER_H
#define LETRA_TRAIN_SAVER_H

#include <stddef.h>

#include "base/error.h"
#include "model/model_file.h"

typedef enum SaveKind { SAVE_MODEL, SAVE_CHECKPOINT, SAVE_KINDS } SaveKind;

/* What became of what was given last. */
typedef enum SaveNews { SAVE_NOTHING_NEW, SAVE_DONE, SAVE_FAILED } SaveNews;

typedef struct Saver Saver;

/* Saves go to these paths, which must outlive it. */
Saver *saver_create(const char *model_path, const char *checkpoint_path, Error *error);
/* Waits for what is being written, and writes what still waits. NULL does nothing. */
void saver_free(Saver *saver);

/* Copies a model, on so many threads, and has the copy written. What is being written is waited for. False and a
 * message if there is no memory or no thread to be had: nothing of it is kept then. Network, vocabulary and pipeline
 * are not copied: they must stay as they are. */
bool saver_give(Saver *saver, SaveKind kind, const Model *model, const ExtraTensor *extra, size_t extra_count,
                size_t threads, Error *error);

/* Whether the last one is still being written or waits for it. */
bool saver_is_busy(Saver *saver, SaveKind kind);

/* Whether the last one could not be written, and is kept. */
bool saver_holds_failed(Saver *saver, SaveKind kind);

/* What became of it; each outcome is told once. The message says why it failed. */
SaveNews saver_news(Saver *saver, SaveKind kind, Error *error);

/* Has what failed written once more. */
void saver_again(Saver *saver, SaveKind kind);

/* Waits until nothing is being written or waits for it. */
void saver_finish(Saver *saver);

#endif

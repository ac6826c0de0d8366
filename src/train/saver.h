/* Saving beside the training, as far as it would hold it up: what the disk must do, which may take long, is left to a
 * thread of its own. Of a model a copy is taken, which the thread writes: a model that cannot be written must be kept,
 * for no later one need be as good. A checkpoint has many times its size, and a later one is better. It is written at
 * once, which takes little longer than to copy it: the system's memory has it then. The thread has made room for it
 * there before, which takes some systems ten times as long, and flushes it and puts it in the place of the one before
 * afterwards. The model goes first.
 *
 *     saver_give_model        copy, and let it be written; that of before, if it still waits or failed, is dropped
 *     saver_make_room         for a checkpoint; saver_has_room: it is made
 *     saver_give_checkpoint   write it there, and let it be flushed
 *     saver_news              what became of it
 *     saver_again             write the same model once more, after that failed
 *     saver_finish            wait until nothing is being written
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

/* Bytes that the copy of a model of so many parameters takes. */
double saver_memory(double parameters);

/* Copies a model, on so many threads, and has the copy written. What is being written is waited for. False and a
 * message if there is no memory or no thread to be had: nothing of it is kept then. Network, vocabulary and pipeline
 * are not copied: they must stay as they are, and those of all models be the same. */
bool saver_give_model(Saver *saver, const Model *model, size_t threads, Error *error);

/* Has room made for a checkpoint of so many bytes. Where that fails, that is the news of the checkpoint. */
void saver_make_room(Saver *saver, size_t bytes);

/* Whether there is room that was asked for and not used (or no thread can be had that would make it). */
bool saver_has_room(Saver *saver);

/* Gives room that was asked for back. */
void saver_drop_room(Saver *saver);

/* Writes a checkpoint beside the one that is there, where room is made for it, and has it flushed and put in its place
 * (here and now, if no thread can be had). What is given may change then. False and a message if it cannot be written.
 */
bool saver_give_checkpoint(Saver *saver, const Model *model, const ExtraTensor *extra, size_t extra_count,
                           Error *error);

/* Whether the last one is still being written or waits for it, or there is room for the next. */
bool saver_is_busy(Saver *saver, SaveKind kind);

/* Whether the last model could not be written, and is kept. */
bool saver_holds_failed(Saver *saver);

/* What became of what was given last; each outcome is told once. The message says why it failed. */
SaveNews saver_news(Saver *saver, SaveKind kind, Error *error);

/* Has the model that failed written once more. */
void saver_again(Saver *saver);

/* Waits until nothing is being written or waits for it, and no room is being made. */
void saver_finish(Saver *saver);

#endif

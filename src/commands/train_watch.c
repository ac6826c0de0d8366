/* What is seen of a training run: see train_watch.h. */
#include "commands/train_watch.h"

#include <stdio.h>

#include "base/bytes.h"
#include "generate/writer.h"
#include "ui/interrupt.h"
#include "ui/message.h"
#include "ui/visible.h"

enum { PREVIEW_LENGTH = 200 };

#define PREVIEW_TEMPERATURE 0.8

static void warn(void *context, const char *message) {
    TrainWatch *watch = context;
    progress_clear(&watch->progress);
    message_warning("%s", message);
}

static void note(void *context, const char *message) {
    TrainWatch *watch = context;
    progress_clear(&watch->progress);
    message_note("%s", message);
}

static void report(void *context, const TrainerReport *news) {
    TrainWatch *watch = context;
    Error error = {0};
    char message[ERROR_MESSAGE_SIZE];
    switch (train_log_write(&watch->log, news, &error)) {
    case LOG_NOTHING_NEW: break;
    case LOG_FAILED: warn(watch, error.message); break;
    case LOG_MENDED:
        snprintf(message, sizeof message, "the log %s is written again, with all that waited",
                 watch->log.path);
        note(watch, message);
        break;
    }
    progress_report(&watch->progress, news);
}

static bool is_interrupted(void *context, bool validating) {
    (void)context;
    (void)validating;
    return interrupt_came();
}

/* --- previews --- */

/* A preview that is being written. */
typedef struct Preview {
    Visible visible;
    Bytes text;
    bool failed;
} Preview;

static bool add_piece(void *context, const WriterPiece *piece) {
    Preview *made = context;
    made->failed =
        made->failed || !visible_add(&made->visible, piece->text, piece->length, &made->text, NULL);
    return !made->failed && !interrupt_came();
}

static void show_preview(void *context, const Model *model) {
    TrainWatch *watch = context;
    WriterConfig config = {.sampler = sampler_default(), .length = PREVIEW_LENGTH};
    config.sampler.temperature = PREVIEW_TEMPERATURE;
    Error error = {0};
    Preview made = {0};
    Writer *writer = writer_create(model, watch->compute, 1, watch->seed + watch->previews, PRECISION_F32,
                                   clock_system(), &error);
    bool done = writer != NULL && writer_write(writer, &config, add_piece, &made, &error) &&
                visible_finish(&made.visible, &made.text, &error) && bytes_append(&made.text, "", 0, &error);
    writer_free(writer);
    watch->previews++;
    progress_clear(&watch->progress);
    if (done) {
        message_note("--- preview ---\n%s\n---", made.text.data);
    } else {
        message_warning("no preview: %s", error.message);
    }
    bytes_free(&made.text);
}

TrainerCallbacks train_watch_callbacks(TrainWatch *watch) {
    return (TrainerCallbacks){
        .context = watch,
        .report = report,
        .warning = warn,
        .preview = show_preview,
        .interrupted = is_interrupted,
        .note = note,
    };
}

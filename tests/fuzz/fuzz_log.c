/* Feeds the log of a training run (--log), when the run is resumed, with anything.
 *
 * The first two bytes of the input are the step of the checkpoint, the lower one first; the rest is what the log holds.
 * Of that a beginning of whole lines must be left, each of which belongs there, and all that belong; once more, and
 * nothing changes; a line that is added comes behind them.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/fuzzing.h"

#include <jansson.h>

#include "base/file.h"
#include "commands/train_log.h"

enum { STEP_SIZE = 2 };

static void resume(const char *path, uint64_t step, bool add) {
    Error error = {0};
    TrainLog log;
    const TrainerPlan plan = {.resumed = true, .resumed_step = step};
    const TrainerReport report = {.step = step + 1};
    check(train_log_open(path, &log, &error), "the log is opened");
    check(train_log_begin(&log, &plan, &error), "the log is cut");
    check(!add || train_log_write(&log, &report, &error) != LOG_FAILED, "a line is added");
    train_log_close(&log);
}

/* Whether a line is one of a step after the checkpoint's, or of a run that had gone back by then: this one had not. */
static bool is_later(const char *line, size_t length, uint64_t step) {
    json_t *json = json_loadb(line, length, 0, NULL);
    const json_t *its_step = json_object_get(json, "step");
    json_int_t rollbacks = json_integer_value(json_object_get(json, "rollbacks"));
    bool after = json_is_integer(its_step) && json_integer_value(its_step) > (json_int_t)step;
    bool later = json_is_integer(its_step) && (rollbacks > 0 || (rollbacks == 0 && after));
    json_decref(json);
    return later;
}

/* How much of a log is to be kept. */
static size_t kept_length(const char *text, size_t length, uint64_t step) {
    size_t kept = 0;
    const char *newline = NULL;
    while ((newline = memchr(text + kept, '\n', length - kept)) != NULL) {
        size_t line = (size_t)(newline + 1 - (text + kept));
        if (is_later(text + kept, line, step)) {
            break;
        }
        kept += line;
    }
    return kept;
}

static void check_content(const char *path, const char *text, size_t length, size_t added) {
    Bytes content = {0};
    check(file_read(path, &content, NULL), "the log is read");
    check(content.length >= length && (length == 0 || memcmp(content.data, text, length) == 0),
          "what belongs there is left");
    check((content.length > length) == (added > 0), "and nothing else");
    bytes_free(&content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[PATH_SIZE];
    if (size < STEP_SIZE) {
        return 0;
    }
    uint64_t step = (uint64_t)data[0] | (uint64_t)data[1] << 8;
    const char *text = (const char *)data + STEP_SIZE;
    size_t kept = kept_length(text, size - STEP_SIZE, step);
    int file = memory_file(text, size - STEP_SIZE, path);
    resume(path, step, false);
    check_content(path, text, kept, 0);
    resume(path, step, true);
    check_content(path, text, kept, 1);
    resume(path, step, false); /* the line that was added is later */
    check_content(path, text, kept, 0);
    close(file);
    return 0;
}

/* The log of a training run: see train_log.h. */
#include "commands/train_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "commands/json.h"

/* Bytes that wait at most: lines of a week. */
enum { WAITING_MOST = 1 << 27 };

bool train_log_open(const char *path, TrainLog *log, Error *error) {
    *log = (TrainLog){.path = path};
    if (path == NULL) {
        return true;
    }
    if (path[0] == '\0') {
        return error_set(error, "--log: the name of the file is empty");
    }
    log->made = !file_exists(path);
    log->file = fopen(path, "a+e");
    if (log->file == NULL && errno == EINVAL) {
        log->file = fopen(path, "ae"); /* what cannot be read back: a pipe, some devices */
    }
    return log->file != NULL || error_set(error, "cannot write the log %s: %s", path, strerror(errno));
}

static bool fail(TrainLog *log, Error *error) {
    log->failed = true;
    return error_set(error, "cannot write the log %s: %s", log->path, strerror(errno));
}

/* Whether it is a line of a later step than that from which the run goes on, or one of any step, if the run had gone
 * back more often by then. What is no line of a log is kept. */
static bool is_later(const char *line, size_t length, const TrainerPlan *plan) {
    json_t *object = json_loadb(line, length, 0, NULL);
    const json_t *step = json_object_get(object, "step");
    json_int_t rollbacks = json_integer_value(json_object_get(object, "rollbacks"));
    json_int_t before = (json_int_t)plan->resumed_rollbacks;
    bool later = json_is_integer(step) &&
                 (rollbacks > before ||
                  (rollbacks == before && json_integer_value(step) > (json_int_t)plan->resumed_step));
    json_decref(object);
    return later;
}

/* Cuts the log off before the first later line: a run that was killed has written on since its checkpoint. It may have
 * left half a line, too. */
static bool cut_after(FILE *file, const TrainerPlan *plan) {
    char *line = NULL;
    size_t room = 0;
    off_t end = 0;
    rewind(file);
    ssize_t length = getline(&line, &room, file);
    while (length > 0 && line[length - 1] == '\n' && !is_later(line, (size_t)length, plan)) {
        end += length;
        length = getline(&line, &room, file);
    }
    bool read = length > 0 || feof(file) != 0; /* else it failed: nothing may be cut */
    free(line);
    return read && fseeko(file, end, SEEK_SET) == 0 && ftruncate(fileno(file), end) == 0;
}

bool train_log_begin(TrainLog *log, const TrainerPlan *plan, Error *error) {
    struct stat status;
    log->made = false;
    if (log->file == NULL || fstat(fileno(log->file), &status) != 0 || !S_ISREG(status.st_mode)) {
        return true;
    }
    bool done = plan->resumed ? cut_after(log->file, plan) : ftruncate(fileno(log->file), 0) == 0;
    return done || fail(log, error);
}

static char *make_line(const TrainerReport *report) {
    json_t *object = json_pack(
        "{s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "step", (json_int_t)report->step, "epoch",
        json_number(report->epoch), "chars", (json_int_t)report->chars, "seconds",
        json_number(report->seconds), "train_loss", json_number(report->train_loss), "val_loss",
        report->new_val ? json_number(report->val_loss) : json_null(), "lr",
        json_number(report->learning_rate), "grad_norm", json_number(report->grad_norm), "chars_per_second",
        json_number(report->chars_per_second), "rollbacks", (json_int_t)report->rollbacks);
    char *line = object != NULL ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(object);
    return line;
}

/* Adds a line to those that wait. */
static bool add_line(TrainLog *log, const TrainerReport *report) {
    char *line = log->waiting.length < WAITING_MOST ? make_line(report) : NULL;
    size_t before = log->waiting.length;
    bool done = line != NULL && bytes_append(&log->waiting, line, strlen(line), NULL) &&
                bytes_append(&log->waiting, "\n", 1, NULL);
    if (!done) {
        log->waiting.length = before;
    }
    free(line);
    return done;
}

/* Makes the log anew if somebody has removed it. */
static bool reopen_removed(TrainLog *log) {
    struct stat status;
    if (fstat(fileno(log->file), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink > 0) {
        return true;
    }
    FILE *again = fopen(log->path, "a+e");
    if (again != NULL) {
        (void)fclose(log->file);
        log->file = again;
    }
    return again != NULL;
}

/* Writes what waits, as far as it can be; errno says why it could not. */
static bool write_waiting(TrainLog *log) {
    size_t done = 0;
    bool good = reopen_removed(log);
    while (good && done < log->waiting.length) {
        ssize_t written = write(fileno(log->file), log->waiting.data + done, log->waiting.length - done);
        good = written >= 0 || errno == EINTR;
        done += written > 0 ? (size_t)written : 0;
    }
    if (done > 0) {
        memmove(log->waiting.data, log->waiting.data + done, log->waiting.length - done);
        log->waiting.length -= done;
    }
    return good;
}

TrainLogNews train_log_write(TrainLog *log, const TrainerReport *report, Error *error) {
    if (log->file == NULL) {
        return LOG_NOTHING_NEW;
    }
    bool before = log->failed || log->lost;
    log->failed = false;
    if (!add_line(log, report)) {
        log->lost = true;
        errno = ENOMEM;
        fail(log, error);
    } else if (!write_waiting(log)) {
        fail(log, error);
    } else {
        return before && !log->lost ? LOG_MENDED : LOG_NOTHING_NEW;
    }
    return before ? LOG_NOTHING_NEW : LOG_FAILED;
}

bool train_log_finish(TrainLog *log, Error *error) {
    if (log->file == NULL) {
        return true;
    }
    if (!write_waiting(log)) {
        return error_set(error, "lines are missing at the end of the log %s: %s", log->path, strerror(errno));
    }
    return !log->lost || error_set(error, "lines are missing in the log %s", log->path);
}

void train_log_close(TrainLog *log) {
    if (log->file != NULL) {
        (void)fclose(log->file);
        log->file = NULL;
        if (log->made) {
            (void)unlink(log->path);
        }
    }
    bytes_free(&log->waiting);
}

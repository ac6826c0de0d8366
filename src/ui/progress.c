/* The progress of training: see progress.h. */
#include "ui/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "ui/figures.h"
#include "ui/terminal.h"

#define SECONDS_BETWEEN_BARS  0.1
#define SECONDS_BETWEEN_LINES 5.0

enum { FIELD_SIZE = 64, BAR_SHORTEST = 6, BAR_LONGEST = 30 };

/* A word of the line, or the bar. */
typedef struct Field {
    char text[FIELD_SIZE];
    int importance; /* the least important ones are left out first; 0: there is nothing to show */
} Field;

enum {
    FIELD_PERCENT,
    FIELD_BAR,
    FIELD_EPOCH,
    FIELD_STEP,
    FIELD_SPEED,
    FIELD_LOSS,
    FIELD_VAL,
    FIELD_LEFT,
    FIELD_COUNT
};

Progress progress_start(bool quiet) {
    return (Progress){
        .quiet = quiet,
        .terminal = terminal_is_capable(STDERR_FILENO),
        .colours = terminal_has_colours(STDERR_FILENO),
        .utf8 = terminal_speaks_utf8(),
    };
}

/* --- words --- */

static void make_fields(const TrainerReport *report, Field fields[FIELD_COUNT]) {
    static const int importance[FIELD_COUNT] = {
        [FIELD_PERCENT] = 7, [FIELD_BAR] = 3,  [FIELD_EPOCH] = 2, [FIELD_STEP] = 1,
        [FIELD_SPEED] = 4,   [FIELD_LOSS] = 8, [FIELD_VAL] = 6,   [FIELD_LEFT] = 5,
    };
    char figure[FIGURE_SIZE];
    for (size_t k = 0; k < FIELD_COUNT; k++) {
        fields[k].importance = importance[k];
    }
    snprintf(fields[FIELD_PERCENT].text, FIELD_SIZE, "%3.0f%%", floor(report->progress * 100.0));
    snprintf(fields[FIELD_BAR].text, FIELD_SIZE, "%*s", (int)BAR_SHORTEST, "");
    snprintf(fields[FIELD_EPOCH].text, FIELD_SIZE, "epoch %.2f", report->epoch);
    snprintf(fields[FIELD_STEP].text, FIELD_SIZE, "step %s", figure_count(report->step, figure));
    snprintf(fields[FIELD_SPEED].text, FIELD_SIZE, "%s chars/s",
             figure_short(report->chars_per_second, figure));
    snprintf(fields[FIELD_LOSS].text, FIELD_SIZE, "loss %s", figure_loss(report->train_loss, figure));
    snprintf(fields[FIELD_VAL].text, FIELD_SIZE, "val %s", figure_loss(report->val_loss, figure));
    snprintf(fields[FIELD_LEFT].text, FIELD_SIZE, "%s left", figure_clock(report->seconds_left, figure));
    if (isnan(report->val_loss)) {
        fields[FIELD_VAL].importance = 0;
    }
    if (isnan(report->seconds_left)) {
        fields[FIELD_LEFT].importance = 0;
    }
    if (isnan(report->chars_per_second)) {
        fields[FIELD_SPEED].importance = 0;
    }
}

/* The columns that the words take, with a space after each. */
static size_t fields_width(const Field fields[FIELD_COUNT]) {
    size_t width = 0;
    for (size_t k = 0; k < FIELD_COUNT; k++) {
        width += fields[k].importance > 0 ? strlen(fields[k].text) + 1 : 0;
    }
    return width;
}

/* Leaves out the least important words until the rest fits. */
static void fit_fields(Field fields[FIELD_COUNT], size_t room) {
    while (fields_width(fields) > room) {
        Field *least = NULL;
        for (size_t k = 0; k < FIELD_COUNT; k++) {
            if (fields[k].importance > 0 && (least == NULL || fields[k].importance < least->importance)) {
                least = &fields[k];
            }
        }
        if (least == NULL) {
            return;
        }
        least->importance = 0;
    }
}

/* --- the bar --- */

static void add_bar(const Progress *progress, double fraction, size_t length, Bytes *line) {
    const char *done = progress->utf8 ? "\u2501" : "#";
    const char *open = progress->utf8 ? "\u2500" : "-";
    size_t filled = (size_t)(fmin(fmax(fraction, 0.0), 1.0) * (double)length);
    bytes_printf(line, NULL, "%s", progress->colours ? "\033[32m" : "");
    for (size_t k = 0; k < length; k++) {
        if (k == filled && progress->colours) {
            bytes_printf(line, NULL, "\033[2;39m");
        }
        bytes_printf(line, NULL, "%s", k < filled ? done : open);
    }
    bytes_printf(line, NULL, "%s ", progress->colours ? "\033[0m" : "");
}

/* Puts the cursor at the start of the bar that is there and clears it. A terminal that became narrower since
 * has broken it into several rows. */
static void erase(Progress *progress) {
    if (progress->width == 0) {
        return;
    }
    size_t columns = terminal_width(STDERR_FILENO);
    size_t rows_above = (progress->width - 1) / columns;
    if (rows_above > 0) {
        (void)fprintf(stderr, "\033[%zuA", rows_above);
    }
    (void)fputs("\r\033[J", stderr);
    progress->width = 0;
}

static void show_bar(Progress *progress, const TrainerReport *report) {
    Field fields[FIELD_COUNT];
    Bytes line = {0};
    size_t room = terminal_width(STDERR_FILENO) - 1; /* a full line would make the terminal go to the next */
    make_fields(report, fields);
    fit_fields(fields, room);
    size_t width = fields_width(fields);
    size_t longer = room > width ? room - width : 0; /* than the shortest bar */
    longer = longer < BAR_LONGEST - BAR_SHORTEST ? longer : BAR_LONGEST - BAR_SHORTEST;
    for (size_t k = 0; k < FIELD_COUNT; k++) {
        if (k == FIELD_BAR && fields[k].importance > 0) {
            add_bar(progress, report->progress, BAR_SHORTEST + longer, &line);
            width += longer;
        } else if (fields[k].importance > 0) {
            bytes_printf(&line, NULL, "%s ", fields[k].text);
        }
    }
    erase(progress);
    if (line.length > 0) {
        (void)fwrite(line.data, 1, line.length, stderr);
    }
    (void)fflush(stderr);
    progress->width = width;
    bytes_free(&line);
}

static void show_line(const TrainerReport *report) {
    Field fields[FIELD_COUNT];
    Bytes line = {0};
    make_fields(report, fields);
    for (size_t k = 0; k < FIELD_COUNT; k++) {
        if (k != FIELD_BAR && fields[k].importance > 0) {
            bytes_printf(&line, NULL, "%s%s", line.length > 0 ? "  " : "", fields[k].text);
        }
    }
    (void)fprintf(stderr, "%s\n", line.length > 0 ? line.data : "");
    (void)fflush(stderr);
    bytes_free(&line);
}

/* --- when --- */

void progress_report(Progress *progress, const TrainerReport *report) {
    double now = clock_now(clock_system());
    double between = progress->terminal ? SECONDS_BETWEEN_BARS : SECONDS_BETWEEN_LINES;
    bool due = !progress->shown_before || now - progress->shown_at >= between;
    progress->last = *report;
    progress->held_back = !due;
    if (progress->quiet || !due) {
        return;
    }
    progress->shown_at = now;
    progress->shown_before = true;
    if (progress->terminal) {
        show_bar(progress, report);
    } else {
        show_line(report);
    }
}

void progress_clear(Progress *progress) {
    erase(progress);
    (void)fflush(stderr);
}

void progress_finish(Progress *progress) {
    progress_clear(progress);
    if (progress->held_back && !progress->terminal && !progress->quiet) {
        show_line(&progress->last);
    }
}

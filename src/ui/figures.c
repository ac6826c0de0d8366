/* Figures as a person reads them: see figures.h. */
#include "ui/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

const char *figure_count(uint64_t count, char out[FIGURE_SIZE]) {
    char digits[FIGURE_SIZE];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t written = 0;
    for (size_t k = 0; k < length; k++) {
        if (k > 0 && (length - k) % 3 == 0) {
            out[written++] = ',';
        }
        out[written++] = digits[k];
    }
    out[written] = '\0';
    return out;
}

/* Three digits with the largest unit that leaves at least one before the point. */
static void scale(double value, const char *const *units, size_t unit_count, char out[FIGURE_SIZE]) {
    size_t unit = 0;
    while (unit + 1 < unit_count && value >= 999.5) {
        value /= 1000.0;
        unit++;
    }
    int decimals = 0;
    if (unit > 0 && value < 99.95) {
        decimals = value < 9.995 ? 2 : 1;
    }
    snprintf(out, FIGURE_SIZE, "%.*f%s", decimals, value, units[unit]);
}

const char *figure_short(double value, char out[FIGURE_SIZE]) {
    static const char *const units[] = {"", "k", "M", "G"};
    scale(value, units, sizeof units / sizeof *units, out);
    return out;
}

const char *figure_bytes(uint64_t bytes, char out[FIGURE_SIZE]) {
    static const char *const units[] = {" bytes", " kB", " MB", " GB", " TB"};
    scale((double)bytes, units, sizeof units / sizeof *units, out);
    return out;
}

/* Whole seconds of a time that may be anything; negative ones are 0. */
static uint64_t whole_seconds(double seconds) {
    const double longest = 1e15;
    return seconds > 0.0 ? (uint64_t)(fmin(seconds, longest) + 0.5) : 0;
}

const char *figure_clock(double seconds, char out[FIGURE_SIZE]) {
    if (isnan(seconds)) {
        snprintf(out, FIGURE_SIZE, "?");
        return out;
    }
    uint64_t whole = whole_seconds(seconds);
    if (whole < 3600) {
        snprintf(out, FIGURE_SIZE, "%" PRIu64 ":%02" PRIu64, whole / 60, whole % 60);
    } else {
        snprintf(out, FIGURE_SIZE, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, whole / 3600, whole / 60 % 60,
                 whole % 60);
    }
    return out;
}

const char *figure_duration(double seconds, char out[FIGURE_SIZE]) {
    uint64_t whole = whole_seconds(seconds);
    if (seconds < 60.0) {
        snprintf(out, FIGURE_SIZE, "%.3g s", fmax(seconds, 0.0));
    } else if (whole < 3600) {
        snprintf(out, FIGURE_SIZE, whole % 60 == 0 ? "%" PRIu64 " min" : "%" PRIu64 " min %" PRIu64 " s",
                 whole / 60, whole % 60);
    } else {
        uint64_t minutes = (whole + 30) / 60;
        snprintf(out, FIGURE_SIZE, minutes % 60 == 0 ? "%" PRIu64 " h" : "%" PRIu64 " h %" PRIu64 " min",
                 minutes / 60, minutes % 60);
    }
    return out;
}

const char *figure_loss(double loss, char out[FIGURE_SIZE]) {
    if (isnan(loss)) {
        snprintf(out, FIGURE_SIZE, "-");
        return out;
    }
    snprintf(out, FIGURE_SIZE, "%.3f", loss);
    return out;
}

double bits_from_nats(double nats) {
    return nats / M_LN2;
}

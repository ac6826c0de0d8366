/* Lines of a text: see line_statistics.h. */
#include "text/line_statistics.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "text/count_table.h"
#include "text/utf8.h"

struct LineStatistics {
    Unit unit;
    CountTable different; /* lines by their digests */
    /* The line that is being read: */
    bool started;
    uint64_t digest;
    size_t characters;
    bool held_return; /* its last byte is a \r, which is not in the others */
    Bytes start;      /* its first bytes */
    const char *name; /* where it began */
    size_t number;
    LineReport report;
};

LineStatistics *line_statistics_create(Unit unit, size_t most, Error *error) {
    LineStatistics *statistics = memory_allocate(1, sizeof *statistics, "the lines of the text", error);
    if (statistics != NULL) {
        *statistics = (LineStatistics){.unit = unit, .different.most = most, .report.complete = true};
    }
    return statistics;
}

void line_statistics_free(LineStatistics *statistics) {
    if (statistics != NULL) {
        for (size_t k = 0; k < LINES_FREQUENT; k++) {
            bytes_free(&statistics->report.frequent[k].text);
        }
        bytes_free(&statistics->start);
        count_table_free(&statistics->different);
        free(statistics);
    }
}

/* --- the most frequent lines --- */

/* Brings the line that is at `place` and came once more before those that came less often. */
static void move_up(FrequentLine *lines, size_t place) {
    while (place > 0 && lines[place - 1].count < lines[place].count) {
        FrequentLine before = lines[place - 1];
        lines[place - 1] = lines[place];
        lines[place] = before;
        place--;
    }
}

/* Takes note that the line being read came `count` times. The most frequent lines of all are in the list at the end:
 * when such a line came last it had its final count. */
static bool note_frequent(LineStatistics *statistics, uint64_t digest, size_t count, Error *error) {
    LineReport *report = &statistics->report;
    FrequentLine *lines = report->frequent;
    size_t place = 0;
    while (place < report->frequent_count && lines[place].digest != digest) {
        place++;
    }
    if (place == report->frequent_count) {
        if (place == LINES_FREQUENT && lines[place - 1].count >= count) {
            return true;
        }
        report->frequent_count += place < LINES_FREQUENT;
        place = report->frequent_count - 1;
        lines[place].text.length = 0;
        lines[place].digest = digest;
        lines[place].cut = statistics->start.length > LINE_SHOWN;
        size_t shown = lines[place].cut ? LINE_SHOWN : statistics->start.length;
        if (!bytes_append(&lines[place].text, statistics->start.data, shown, error)) {
            return false;
        }
    }
    lines[place].count = count;
    move_up(lines, place);
    return true;
}

/* --- reading --- */

static bool add_to_line(LineStatistics *statistics, const char *text, size_t length, Error *error) {
    size_t room = LINE_SHOWN + 1 - statistics->start.length;
    statistics->digest = digest_add(statistics->digest, text, length);
    statistics->characters += statistics->unit == UNIT_BYTE ? length : utf8_count(text, length);
    return bytes_append(&statistics->start, text, length < room ? length : room, error);
}

/* Takes bytes of the line, of which a \r at the end may be part of a newline. */
static bool add_bytes(LineStatistics *statistics, const char *text, size_t length, Error *error) {
    if (length == 0) {
        return true;
    }
    if (statistics->held_return && !add_to_line(statistics, "\r", 1, error)) {
        return false;
    }
    statistics->held_return = text[length - 1] == '\r';
    return add_to_line(statistics, text, length - statistics->held_return, error);
}

static void note_longest(LineStatistics *statistics) {
    LineReport *report = &statistics->report;
    if (report->longest_name == NULL || statistics->characters > report->longest) {
        report->longest = statistics->characters;
        report->longest_name = statistics->name;
        report->longest_line = statistics->number;
    }
}

static bool end_line(LineStatistics *statistics, Error *error) {
    LineReport *report = &statistics->report;
    uint32_t count = 0;
    bool done = true;
    report->lines++;
    report->empty += statistics->characters == 0;
    note_longest(statistics);
    if (statistics->characters > 0) {
        uint64_t digest = statistics->digest != 0 ? statistics->digest : 1;
        done = count_table_add(&statistics->different, digest, &count, error);
        report->complete = report->complete && count > 0;
        report->repeated += count > 1;
        report->repeated_characters += count > 1 ? statistics->characters : 0;
        report->several += count == 2;
        done = done && (count < 2 || note_frequent(statistics, digest, count, error));
    }
    statistics->started = false;
    return done;
}

static void start_line(LineStatistics *statistics, const char *name, size_t number) {
    statistics->started = true;
    statistics->digest = DIGEST_START;
    statistics->characters = 0;
    statistics->held_return = false;
    statistics->start.length = 0;
    statistics->name = name;
    statistics->number = number;
}

bool line_statistics_add(LineStatistics *statistics, const Piece *piece, Error *error) {
    size_t number = piece->lines;
    bool done = true;
    for (size_t start = 0; done && start < piece->length;) {
        const char *text = piece->text + start;
        const char *newline = memchr(text, '\n', piece->length - start);
        size_t length = newline != NULL ? (size_t)(newline - text) : piece->length - start;
        number++;
        if (!statistics->started) {
            start_line(statistics, piece->name, number);
        }
        done = add_bytes(statistics, text, length, error) && (newline == NULL || end_line(statistics, error));
        start += length + (newline != NULL);
    }
    return done;
}

const LineReport *line_statistics_finish(LineStatistics *statistics, Error *error) {
    bool done = true;
    if (statistics->started) {
        done = (!statistics->held_return || add_to_line(statistics, "\r", 1, error)) &&
               end_line(statistics, error);
    }
    return done ? &statistics->report : NULL;
}

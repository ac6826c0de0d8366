/* From files to pieces: see source.h. */
#include "text/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file_input.h"
#include "base/memory.h"
#include "text/separator.h"
#include "text/utf8.h"

enum { PIECE_SIZE = 1 << 20 };

/* A reading. */
typedef struct Reading {
    Source *source;
    Sink sink;
    Filter filter;
    const char *name; /* of the file being read */
    FilterEffect effect;
    RuleReport *rules;    /* what each rule did in this file */
    size_t lines, offset; /* of the file's text after the pipeline */
    Bytes piece;          /* read, not yet through the pipeline */
    size_t total;         /* bytes that went to the sink */
    char last;            /* byte of the text so far */
    const PipelineRule *emptied_by;
    bool left; /* something, by the rules */
} Reading;

static size_t piece_size(const Reading *reading) {
    return reading->source->piece_size > 0 ? reading->source->piece_size : PIECE_SIZE;
}

/* The text as it goes on at the place where the reading is. */
static Piece piece_of(const Reading *reading, const char *text, size_t length) {
    return (Piece){text, length, reading->name, reading->lines, reading->offset, &reading->effect};
}

/* Shows the watcher what comes next. */
static bool watch(Reading *reading, const char *text, size_t length, Error *error) {
    const Sink *watcher = reading->source->watcher;
    Piece piece = piece_of(reading, text, length);
    reading->source->report.left += length;
    reading->last = text[length - 1];
    return watcher == NULL || watcher->take(watcher->context, &piece, error);
}

static bool send(Reading *reading, const char *text, size_t length, Error *error) {
    Piece piece = piece_of(reading, text, length);
    TextReport *report = &reading->source->report;
    report->digest = digest_add(report->digest, text, length);
    if (reading->source->pipeline->separator != NULL) {
        report->digest = digest_add(report->digest, "\xFF", 1); /* a border */
    }
    reading->total += length;
    return reading->sink.take(reading->sink.context, &piece, error);
}

/* Sends what stands between two files; between records nothing does, but a watcher sees the last line end. */
static bool send_join(Reading *reading, Error *error) {
    const char *join = reading->source->pipeline->join;
    if (join == NULL) {
        join = reading->last != '\n' ? "\n" : "";
    }
    size_t length = strlen(join);
    return length == 0 ||
           (watch(reading, join, length, error) &&
            (reading->source->pipeline->separator != NULL || send(reading, join, length, error)));
}

/* Goes on to the byte behind a part of a file's text. */
static void pass_over(Reading *reading, const char *text, size_t length) {
    reading->offset += length;
    reading->lines += utf8_newlines(text, length);
}

/* Sends the records of a piece one by one. */
static bool send_records(Reading *reading, const Bytes *text, Error *error) {
    const Pattern *separator = &reading->filter.separator;
    Matching matching;
    if (!matching_create(separator, text->length, &matching, error)) {
        return false;
    }
    RecordCursor cursor = {.text = text->data, .length = text->length};
    Found record;
    size_t place = 0;
    bool done = true;
    int outcome = 0;
    while (done && (outcome = separator_next(separator, &matching, &cursor, &record, error)) > 0) {
        pass_over(reading, text->data + place, record.start - place);
        place = record.start;
        done = send(reading, text->data + record.start, record.end - record.start, error);
    }
    pass_over(reading, text->data + place, text->length - place);
    matching_free(&matching);
    if (done && outcome < 0) {
        separator_blame(reading->source->pipeline->separator, error);
        error_prefix(error, "%s: ", reading->name);
    }
    return done && outcome == 0;
}

/* Sends a piece in parts of about a megabyte, however large it is: a sink may need several times as much for each. */
static bool send_parts(Reading *reading, const Bytes *text, Error *error) {
    bool done = true;
    for (size_t place = 0; done && place < text->length;) {
        const char *part = text->data + place;
        size_t length = filter_part(&reading->filter, part, text->length - place, piece_size(reading));
        done = watch(reading, part, length, error) && send(reading, part, length, error);
        pass_over(reading, part, length);
        place += length;
    }
    return done;
}

/* Sends a piece of a file that has been through the pipeline. */
static bool send_piece(Reading *reading, const Bytes *text, Error *error) {
    if (text->length == 0) {
        return true;
    }
    bool first =
        reading->offset == 0 && reading->source->report.left > 0; /* of a file that is not the first one */
    if (first && !send_join(reading, error)) {
        return false;
    }
    if (reading->source->pipeline->separator != NULL) {
        return watch(reading, text->data, text->length, error) && send_records(reading, text, error);
    }
    return send_parts(reading, text, error);
}

/* Notes what the rules left of a piece. If that is nothing of all pieces, the last rule that had something left emptied
 * the text, as it would have if the text were whole. */
static void note_emptied(Reading *reading, const Bytes *text) {
    const PipelineRule *rule = reading->effect.emptied_by;
    if (rule != NULL && (reading->emptied_by == NULL || rule > reading->emptied_by)) {
        reading->emptied_by = rule;
    }
    reading->left = reading->left || text->length > 0;
}

/* Takes the first `length` bytes of what was read through the pipeline; what is left moves to the front. */
static bool filter_piece(Reading *reading, size_t length, Error *error) {
    Bytes *piece = &reading->piece;
    Bytes rest = {0};
    if (!bytes_append(&rest, piece->data + length, piece->length - length, error)) {
        return false;
    }
    piece->length = length;
    piece->data[length] = '\0';
    bool done = filter_run(&reading->filter, piece, &reading->effect, error) ||
                error_prefix(error, "%s: ", reading->name);
    note_emptied(reading, piece);
    done = done && send_piece(reading, piece, error);
    piece->length = 0;
    done = done && bytes_append(piece, rest.data, rest.length, error);
    bytes_free(&rest);
    return done;
}

/* Reads on: a piece, or, where no place to cut was found, as much again, so that not all is searched for one too
 * often. */
static bool read_more(Reading *reading, FileInput *input, bool *ended, Error *error) {
    Bytes *piece = &reading->piece;
    size_t size = piece_size(reading);
    size_t wanted = piece->length > size ? piece->length : size;
    if (!filter_takes_pieces(&reading->filter) && input->size > input->offset) {
        wanted = input->size - input->offset + 1; /* all of it, and its end */
    }
    size_t got = 0;
    if (!bytes_reserve(piece, wanted, error) ||
        !file_input_read(input, piece->data + piece->length, wanted, &got, error)) {
        return false;
    }
    piece->length += got;
    piece->data[piece->length] = '\0';
    reading->source->report.bytes += got;
    *ended = got < wanted;
    return true;
}

static bool read_pieces(Reading *reading, FileInput *input, Error *error) {
    for (bool ended = false; !ended;) {
        if (!read_more(reading, input, &ended, error)) {
            return false;
        }
        const Bytes *piece = &reading->piece;
        size_t cut = piece->length;
        if (!ended) {
            bool pieces = filter_takes_pieces(&reading->filter);
            cut = pieces ? filter_cut(&reading->filter, piece->data, piece->length) : 0;
        }
        if (cut > 0 && !filter_piece(reading, cut, error)) {
            return false;
        }
    }
    return true;
}

/* Adds what became of a file to the report. */
static bool report_file(const Reading *reading, Error *error) {
    TextReport *report = &reading->source->report;
    const FilterEffect *effect = &reading->effect;
    report->files++;
    for (size_t k = 0; k < reading->source->pipeline->rule_count; k++) {
        report->rules[k].matches += reading->rules[k].matches;
        report->rules[k].files += reading->rules[k].matches > 0;
        report->rules[k].before += reading->rules[k].before;
        report->rules[k].after += reading->rules[k].after;
    }
    report->forms.marks += effect->forms.marks;
    report->forms.newlines += effect->forms.newlines;
    report->forms.letters += effect->forms.letters;
    report->forms.places += effect->forms.places;
    bool first = report->invalid == 0 && effect->faults.count > 0;
    report->invalid += effect->faults.count;
    return !first || bytes_printf(&report->invalid_at, error, "%s: line %zu, byte %zu", reading->name,
                                  effect->fault_line, effect->faults.first);
}

static bool read_file(Reading *reading, const char *path, Error *error) {
    FileInput input;
    if (!file_input_open(path, &input, error)) {
        return false;
    }
    reading->name = file_input_name(path);
    reading->effect = (FilterEffect){.rules = reading->rules};
    memset(reading->rules, 0, reading->source->pipeline->rule_count * sizeof *reading->rules);
    reading->lines = 0;
    reading->offset = 0;
    bool done = read_pieces(reading, &input, error) && report_file(reading, error);
    if (done && input.offset < input.size) {
        done = error_set(error, "%s became shorter while it was read: %zu bytes instead of %zu",
                         reading->name, input.offset, input.size);
    }
    file_input_close(&input);
    return done;
}

/* That there is nothing at all, in words. */
static bool refuse_empty(const Reading *reading, Error *error) {
    const Source *source = reading->source;
    if (reading->emptied_by != NULL && !reading->left) {
        Bytes rule = {0};
        if (rule_describe(reading->emptied_by->kind, reading->emptied_by->expression, &rule, error)) {
            error_set(error, "the text is empty after %s: there is nothing to %s", rule.data,
                      source->purpose);
        }
        bytes_free(&rule);
        return false;
    }
    if (source->report.bytes > 0 && pipeline_splits_lines(source->pipeline)) {
        return error_set(error, "no record is left: all lines are empty");
    }
    if (source->report.bytes > 0 && source->pipeline->separator != NULL) {
        Bytes separator = {0};
        if (pattern_describe("separator", source->pipeline->separator, &separator, error)) {
            error_set(error, "no record is left: %s matches all of the text", separator.data);
        }
        bytes_free(&separator);
        return false;
    }
    if (source->path_count == 1) {
        return error_set(error, "%s is empty: there is nothing to %s", reading->name, source->purpose);
    }
    return error_set(error, "all %zu files are empty: there is nothing to %s", source->path_count,
                     source->purpose);
}

bool source_read(Source *source, Sink sink, Error *error) {
    Reading reading = {.source = source, .sink = sink};
    size_t rules = source->pipeline->rule_count;
    source->report = (TextReport){.digest = DIGEST_START};
    source->report.rules = memory_allocate(rules, sizeof *source->report.rules, "the rules", error);
    reading.rules = memory_allocate(rules, sizeof *reading.rules, "the rules", error);
    bool done = source->report.rules != NULL && reading.rules != NULL &&
                filter_create(source->pipeline, &reading.filter, error);
    for (size_t file = 0; done && file < source->path_count; file++) {
        done = read_file(&reading, source->paths[file], error);
    }
    done = done && (reading.total > 0 || refuse_empty(&reading, error));
    filter_free(&reading.filter);
    free(reading.rules);
    bytes_free(&reading.piece);
    return done;
}

/* Texts with their places: see placed_text.h. */
#include "text/placed_text.h"

#include <stdlib.h>

#include "base/memory.h"
#include "text/copies.h"
#include "text/source.h"
#include "text/symbol.h"

/* A text that is being read. */
typedef struct Gathering {
    PlacedText *text;
    size_t most;
    size_t next; /* the byte of the file with which the last mark goes on */
} Gathering;

void placed_text_free(PlacedText *text) {
    bytes_free(&text->bytes);
    free(text->marks);
    text_report_free(&text->report);
    *text = (PlacedText){0};
}

/* Whether there is room for so many bytes more. Memory is asked for where the text has to grow: who only asks malloc is
 * promised more than there is. */
static bool check_room(const Gathering *gathering, size_t more, Error *error) {
    const Bytes *bytes = &gathering->text->bytes;
    size_t length = bytes->length + more;
    if (length > gathering->most) {
        return error_set(error, "the text has more than %zu bytes, which is the most that can be searched",
                         gathering->most);
    }
    size_t available = length >= bytes->capacity ? memory_available() : 0;
    return available == 0 || length <= available ||
           error_set(error, "the text does not fit into memory: %.1f MB of it are there, and it goes on",
                     (double)bytes->length / 1e6);
}

static bool add_mark(PlacedText *text, const Piece *piece, Error *error) {
    TextMark *marks = memory_grow(text->marks, text->mark_count, &text->mark_room, sizeof *marks,
                                  "the places of the text", error);
    if (marks == NULL) {
        return false;
    }
    text->marks = marks;
    text->marks[text->mark_count++] =
        (TextMark){text->bytes.length, piece->offset, piece->lines, piece->name};
    return true;
}

static bool gather(void *context, const Piece *piece, Error *error) {
    static const char border = COPIES_BORDER;
    Gathering *gathering = context;
    PlacedText *text = gathering->text;
    size_t borders = text->records ? 1 + (text->bytes.length == 0) : 0;
    if (!check_room(gathering, piece->length + borders, error) ||
        (text->records && text->bytes.length == 0 && !bytes_append(&text->bytes, &border, 1, error))) {
        return false;
    }
    const TextMark *last = text->mark_count > 0 ? &text->marks[text->mark_count - 1] : NULL;
    bool goes_on =
        !text->records && last != NULL && last->name == piece->name && gathering->next == piece->offset;
    gathering->next = piece->offset + piece->length;
    return (goes_on || add_mark(text, piece, error)) &&
           bytes_append(&text->bytes, piece->text, piece->length, error) &&
           (!text->records || bytes_append(&text->bytes, &border, 1, error));
}

bool placed_text_read(const Pipeline *pipeline, const PlacedTextFiles *files, PlacedText *text,
                      Error *error) {
    *text = (PlacedText){.records = pipeline->separator != NULL};
    Gathering gathering = {.text = text, .most = files->most};
    Source source = {
        .pipeline = pipeline, .paths = files->paths, .path_count = files->count, .purpose = files->purpose};
    bool done = source_read(&source, (Sink){gather, &gathering}, error);
    text->report = source.report;
    if (!done) {
        placed_text_free(text);
    }
    return done;
}

size_t placed_text_units(const PlacedText *text, Unit unit) {
    const char *bytes = text->bytes.data;
    size_t units = 0;
    for (size_t at = 0; at < text->bytes.length;) {
        bool border = text->records && bytes[at] == COPIES_BORDER;
        at += border ? 1 : symbol_first(unit, bytes + at, text->bytes.length - at).length;
        units += !border;
    }
    return units;
}

size_t placed_text_offset(const PlacedText *text, Unit unit, size_t units) {
    size_t at = 0;
    for (size_t k = 0; k < units && at < text->bytes.length; k++) {
        at += symbol_first(unit, text->bytes.data + at, text->bytes.length - at).length;
    }
    return at;
}

/* The last mark at a byte or before it; NULL: there is none. */
static const TextMark *mark_at(const PlacedText *text, size_t at) {
    size_t low = 0;
    size_t high = text->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text->marks[middle].begin <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? &text->marks[low - 1] : NULL;
}

/* Goes to where the text of a mark begins. */
static void begin_walk(TextWalk *walk, const TextMark *mark) {
    walk->mark = mark;
    walk->at = mark != NULL ? mark->begin : walk->text->records;
    walk->place = (TextPlace){
        .name = mark != NULL ? mark->name : NULL, .line = 1 + (mark != NULL ? mark->lines : 0), .unit = 1};
}

TextPlace text_walk_to(TextWalk *walk, size_t at) {
    const PlacedText *text = walk->text;
    const char *bytes = text->bytes.data;
    const TextMark *mark = mark_at(text, at);
    if (walk->place.line == 0 || mark != walk->mark || at < walk->at) {
        begin_walk(walk, mark);
    }
    size_t counted = walk->at; /* the units of this line before it are */
    for (size_t k = walk->at; k < at; k++) {
        if (bytes[k] == '\n' || (text->records && bytes[k] == COPIES_BORDER)) {
            walk->place.line++;
            walk->place.unit = 1;
            counted = k + 1;
        }
    }
    for (size_t k = counted; k < at; walk->place.unit++) {
        k += symbol_first(walk->unit, bytes + k, at - k).length;
    }
    walk->at = at;
    return walk->place;
}

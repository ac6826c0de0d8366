/* Copies: see copies.h. */
#define _GNU_SOURCE /* memmem */
#include "text/copies.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/category.h"
#include "text/symbol.h"
#include "text/utf8_inline.h"

/* How many copies are looked at for some that tell something new: each is compared with all that were chosen. */
enum { CANDIDATES = 4096 };

/* --- white space --- */

static bool is_white(Unit unit, Symbol symbol) {
    uint32_t code_point = (unsigned char)symbol.text[0];
    if (unit != UNIT_BYTE) {
        decode_valid(symbol.text, &code_point);
    }
    bool control = (code_point >= '\t' && code_point <= '\r') || code_point == ' ';
    return control || (unit != UNIT_BYTE && code_point >= 0x80 &&
                       (category_code(category_of(code_point))[0] == 'Z' || code_point == 0x85));
}

/* --- finding --- */

void copies_free(Copies *copies) {
    free(copies->items);
    *copies = (Copies){0};
}

static bool add(Copies *copies, const Copy *copy, Error *error) {
    if (copies->count == copies->room) {
        size_t room = copies->room > 0 ? 2 * copies->room : 64;
        Copy *items = realloc(copies->items, room * sizeof *items);
        if (items == NULL) {
            return error_out_of_memory(error, room * sizeof *items, "the copies");
        }
        copies->items = items;
        copies->room = room;
    }
    copies->items[copies->count++] = *copy;
    return true;
}

/* A border between units: where it is, and how many units of the text are before it. */
typedef struct UnitBorder {
    size_t at, unit;
} UnitBorder;

/* A walk through what is between two borders of records. */
typedef struct Walk {
    const CopiedText *text;
    size_t end;       /* of it */
    UnitBorder first; /* where a copy may begin ... */
    UnitBorder last;  /* ... and up to where the text agrees from there on */
    size_t written;   /* the first unit from there on that is no white space; found where it is asked for */
} Walk;

static Symbol symbol_at(const Walk *walk, size_t at) {
    return symbol_first(walk->text->unit, walk->text->bytes + at, walk->end - at);
}

static void go_on(const Walk *walk, UnitBorder *border) {
    border->at += symbol_at(walk, border->at).length;
    border->unit++;
}

/* Brings the last border as far as the text agrees from the first on. It never has to go back: what agrees from one
 * unit on agrees from the next. Whether it moved: otherwise what agrees lies in what agreed a unit earlier. */
static bool move_last(Walk *walk) {
    size_t agrees = walk->first.at + (size_t)walk->text->matching[walk->first.at];
    size_t most = agrees < walk->end ? agrees : walk->end;
    if (walk->last.at < walk->first.at) {
        walk->last = walk->first;
    }
    size_t before = walk->last.at;
    for (UnitBorder next = walk->last; next.at < most;) {
        go_on(walk, &next);
        if (next.at <= most) {
            walk->last = next;
        }
    }
    return walk->last.at > before;
}

/* Whether there is nothing but white space between the borders. */
static bool is_blank(Walk *walk) {
    if (walk->written < walk->first.at) {
        walk->written = walk->first.at;
    }
    while (walk->written < walk->last.at && is_white(walk->text->unit, symbol_at(walk, walk->written))) {
        walk->written += symbol_at(walk, walk->written).length;
    }
    return walk->written >= walk->last.at;
}

/* Takes note of the copy between the borders. */
static bool note(const Walk *walk, size_t least, Copies *copies, Error *error) {
    const Copy copy = {walk->first.at, walk->last.at, walk->first.unit, walk->last.unit - walk->first.unit};
    if (copy.units > copies->longest.units) {
        copies->longest = copy;
    }
    return copy.units < least || add(copies, &copy, error);
}

/* Finds the copies in the bytes from `begin` to `end`, in which no border of records is. */
static bool find_within(const CopiedText *text, size_t begin, size_t end, size_t least, Copies *copies,
                        Error *error) {
    const UnitBorder start = {begin, copies->units};
    Walk walk = {.text = text, .end = end, .first = start, .last = start, .written = begin};
    bool done = true;
    for (; done && walk.first.at < end; go_on(&walk, &walk.first)) {
        done = !move_last(&walk) || is_blank(&walk) || note(&walk, least, copies, error);
    }
    copies->units = walk.first.unit;
    return done;
}

/* Where the text goes on to behind `at`: the next border of records, or the end. */
static size_t next_border(const CopiedText *text, size_t at) {
    const char *border = NULL;
    if (text->records && at < text->length) {
        border = memchr(text->bytes + at, COPIES_BORDER, text->length - at);
    }
    return border != NULL ? (size_t)(border - text->bytes) : text->length;
}

bool copies_find(const CopiedText *text, size_t least, Copies *copies, Error *error) {
    *copies = (Copies){0};
    bool done = true;
    for (size_t begin = 0; done && begin < text->length;) {
        size_t end = next_border(text, begin);
        done = find_within(text, begin, end, least, copies, error);
        begin = end + 1;
    }
    if (!done) {
        copies_free(copies);
    }
    return done;
}

CopiedRecords copies_count_records(const CopiedText *text) {
    CopiedRecords records = {0};
    for (size_t begin = next_border(text, 0); begin < text->length;) {
        size_t end = next_border(text, begin + 1);
        if (end < text->length) {
            records.count++;
            records.copied += (size_t)text->matching[begin] > end - begin;
        }
        begin = end;
    }
    return records;
}

/* --- telling --- */

size_t copies_covered(const Copies *copies, size_t least) {
    size_t covered = 0;
    size_t reached = 0;
    for (size_t k = 0; k < copies->count; k++) {
        const Copy *copy = &copies->items[k];
        size_t end = copy->unit + copy->units;
        size_t begin = copy->unit > reached ? copy->unit : reached;
        if (copy->units >= least && end > begin) {
            covered += end - begin;
            reached = end;
        }
    }
    return covered;
}

/* Whether a copy is, for the most part or by what it says, in one that was chosen. */
static bool is_told(const char *text, const Copy *copy, const Copy *chosen, size_t count) {
    for (size_t k = 0; k < count; k++) {
        const Copy *other = &chosen[k];
        size_t begin = copy->begin > other->begin ? copy->begin : other->begin;
        size_t end = copy->end < other->end ? copy->end : other->end;
        if (end > begin && 2 * (end - begin) > copy->end - copy->begin) {
            return true;
        }
        if (memmem(text + other->begin, other->end - other->begin, text + copy->begin,
                   copy->end - copy->begin) != NULL) {
            return true;
        }
    }
    return false;
}

/* The longest first; of one length, the first in the text. */
static int compare_copies(const void *left, const void *right) {
    const Copy *a = left;
    const Copy *b = right;
    return a->units != b->units ? (a->units < b->units) - (a->units > b->units)
                                : (a->begin > b->begin) - (a->begin < b->begin);
}

bool copies_choose(const Copies *copies, const char *text, size_t most, Copy *chosen, size_t *count,
                   Error *error) {
    *count = 0;
    if (copies->count == 0) {
        return true;
    }
    Copy *sorted = memory_allocate(copies->count, sizeof *sorted, "the copies", error);
    if (sorted == NULL) {
        return false;
    }
    memcpy(sorted, copies->items, copies->count * sizeof *sorted);
    qsort(sorted, copies->count, sizeof *sorted, compare_copies);
    for (size_t k = 0; k < copies->count && k < CANDIDATES && *count < most; k++) {
        if (!is_told(text, &sorted[k], chosen, *count)) {
            chosen[(*count)++] = sorted[k];
        }
    }
    free(sorted);
    return true;
}

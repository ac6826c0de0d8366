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

static bool is_blank(Unit unit, const char *text, size_t length) {
    for (size_t at = 0; at < length;) {
        Symbol symbol = symbol_first(unit, text + at, length - at);
        if (!is_white(unit, symbol)) {
            return false;
        }
        at += symbol.length;
    }
    return true;
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

static bool take(const CopiedText *text, size_t least, const Copy *copy, Copies *copies, Error *error) {
    bool longest = copy->units > copies->longest.units;
    if ((!longest && copy->units < least) ||
        is_blank(text->unit, text->bytes + copy->begin, copy->end - copy->begin)) {
        return true;
    }
    if (longest) {
        copies->longest = *copy;
    }
    return copy->units < least || add(copies, copy, error);
}

/* A border between units: where it is, and how many units of the text are before it. */
typedef struct Border {
    size_t at, unit;
} Border;

static void go_on(const CopiedText *text, size_t end, Border *border) {
    border->at += symbol_first(text->unit, text->bytes + border->at, end - border->at).length;
    border->unit++;
}

/* Finds the copies in the bytes from `begin` to `end`, in which no border of records is. The end of what agrees never
 * moves back: where it stays, what agrees lies in what agreed a unit earlier. */
static bool find_within(const CopiedText *text, size_t begin, size_t end, size_t least, Copies *copies,
                        Error *error) {
    Border first = {begin, copies->units};
    Border last = first; /* the border up to which the text agrees from the first on */
    bool done = true;
    for (; done && first.at < end; go_on(text, end, &first)) {
        size_t agrees = first.at + (size_t)text->matching[first.at];
        agrees = agrees < end ? agrees : end;
        bool moved = false;
        last = last.at < first.at ? first : last;
        for (Border next = last; next.at < agrees;) {
            go_on(text, end, &next);
            if (next.at > agrees) {
                break;
            }
            last = next;
            moved = true;
        }
        Copy copy = {first.at, last.at, first.unit, last.unit - first.unit};
        done = !moved || take(text, least, &copy, copies, error);
    }
    copies->units = first.unit;
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
    Copy *sorted = memory_allocate(copies->count, sizeof *sorted, "the copies", error);
    if (sorted == NULL) {
        return false;
    }
    if (copies->count > 0) {
        memcpy(sorted, copies->items, copies->count * sizeof *sorted);
        qsort(sorted, copies->count, sizeof *sorted, compare_copies);
    }
    size_t candidates = copies->count < CANDIDATES ? copies->count : CANDIDATES;
    for (size_t k = 0; k < candidates && *count < most; k++) {
        if (!is_told(text, &sorted[k], chosen, *count)) {
            chosen[(*count)++] = sorted[k];
        }
    }
    free(sorted);
    return true;
}

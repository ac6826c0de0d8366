/* Copies: see copies.h. */
#include "text/copies.h"

#include <string.h>

#include "text/symbol.h"

/* A border between units: where it is, and how many units of the text are before it. */
typedef struct UnitBorder {
    size_t at, unit;
} UnitBorder;

/* A walk through what is between two borders of records. */
typedef struct Walk {
    const CopiedText *text;
    void (*see)(void *context, const Copy *copy);
    void *context;
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
    while (walk->written < walk->last.at &&
           symbol_is_space(walk->text->unit, symbol_at(walk, walk->written))) {
        walk->written += symbol_at(walk, walk->written).length;
    }
    return walk->written >= walk->last.at;
}

/* Finds the copies from the first border on, in which no border of records is. */
static void find_within(Walk *walk) {
    for (; walk->first.at < walk->end; go_on(walk, &walk->first)) {
        if (move_last(walk) && !is_blank(walk)) {
            const Copy copy = {walk->first.at, walk->last.at, walk->first.unit,
                               walk->last.unit - walk->first.unit};
            walk->see(walk->context, &copy);
        }
    }
}

/* Where the text goes on to behind `at`: the next border of records, or the end. */
static size_t next_border(const CopiedText *text, size_t at) {
    const char *border = NULL;
    if (text->records && at < text->length) {
        border = memchr(text->bytes + at, COPIES_BORDER, text->length - at);
    }
    return border != NULL ? (size_t)(border - text->bytes) : text->length;
}

size_t copies_find(const CopiedText *text, void (*see)(void *context, const Copy *copy), void *context) {
    UnitBorder start = {0, 0};
    while (start.at < text->length) {
        Walk walk = {.text = text,
                     .see = see,
                     .context = context,
                     .end = next_border(text, start.at),
                     .first = start,
                     .last = start,
                     .written = start.at};
        find_within(&walk);
        start = (UnitBorder){walk.end + 1, walk.first.unit};
    }
    return start.unit;
}

void copies_cover(CopiesCover *cover, const Copy *copy) {
    size_t end = copy->unit + copy->units;
    size_t begin = copy->unit > cover->reached ? copy->unit : cover->reached;
    if (copy->units >= cover->least && end > begin) {
        cover->units += end - begin;
        cover->reached = end;
    }
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

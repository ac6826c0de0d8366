/* Two models on one text: see comparison.h. Cells are gathered until there are enough units for a window, and then both
 * models read theirs. */
#include "generate/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/utf8_byte.h"
#include "generate/scorer.h"
#include "text/place.h"
#include "text/utf8.h"

enum {
    READ_PIECE = 4096, /* units that are read of a store at once */
    CELLS = 256        /* that are gathered */
};

/* One of the two. */
typedef struct Side {
    const ComparedText *text;
    Scorer *scorer;
    uint32_t *map; /* owned: what the text's symbols are to the model; VOCAB_UNKNOWN: nothing */
    /* What was read ahead: */
    uint32_t read[READ_PIECE];
    size_t read_begin, read_end; /* units of the store */
    size_t at;                   /* the next unit */
    Symbol rest;                 /* of the unit before it: what the cell has not reached */
    /* What waits to be scored, owned: */
    uint32_t *ids;
    UnitScore *scores;
    size_t count, room;
} Side;

typedef struct Comparing {
    Side sides[2];
    Place place;     /* of the first side's next unit */
    bool fresh;      /* the cell has no unit of that side yet; otherwise ... */
    Symbol first;    /* ... the first one */
    uint64_t digest; /* of that side's units in the cell */
    TextCell cells[CELLS];
    size_t units[CELLS][2]; /* of each cell, of each side */
    size_t count;
    Range part;
    Comparison *comparison;
} Comparing;

Unit comparison_unit(Unit first, Unit second) {
    static const int size[UNITS] = {[UNIT_BYTE] = 0, [UNIT_CHAR] = 1, [UNIT_GRAPHEME] = 2};
    return size[first] > size[second] ? first : second;
}

/* --- cells --- */

/* The next unit of a side, which there must be, as an index of its text's vocabulary. */
static bool next_unit(Side *side, uint32_t *unit, Error *error) {
    if (side->at == side->read_end) {
        size_t left = unit_store_count(side->text->units) - side->at;
        size_t count = left < READ_PIECE ? left : READ_PIECE;
        if (!unit_store_read(side->text->units, side->at, count, side->read, error)) {
            return false;
        }
        side->read_begin = side->at;
        side->read_end = side->at + count;
    }
    *unit = side->read[side->at - side->read_begin];
    side->at++;
    return true;
}

static bool is_over(const Side *side) {
    return side->at == unit_store_count(side->text->units);
}

/* Adds a unit to what waits for the model. */
static bool push(Side *side, uint32_t id, Error *error) {
    static const char what[] = "the units of a passage";
    size_t room = side->room; /* of the one, until the other has it, too */
    uint32_t *ids = memory_grow(side->ids, side->count, &room, sizeof *ids, what, error);
    if (ids == NULL) {
        return false;
    }
    side->ids = ids;
    UnitScore *scores = memory_grow(side->scores, side->count, &side->room, sizeof *scores, what, error);
    if (scores == NULL) {
        return false;
    }
    side->scores = scores;
    side->ids[side->count++] = id;
    return true;
}

/* Takes a further unit of a side into the cell. */
static bool take_unit(Comparing *comparing, size_t s, bool *known, Error *error) {
    Side *side = &comparing->sides[s];
    uint32_t unit = 0;
    if (!next_unit(side, &unit, error)) {
        return false;
    }
    if (s == 0) {
        place_pass(&comparing->place, unit);
        comparing->digest = random_at(comparing->digest, unit);
    }
    side->rest = vocab_symbol(side->text->vocab, unit);
    if (comparing->fresh) {
        comparing->first = side->rest;
        comparing->fresh = false;
    }
    *known = *known && side->map[unit] != VOCAB_UNKNOWN;
    return push(side, side->map[unit], error);
}

/* Appends what a side reads where the other reads something else. */
static bool describe_rest(const Side *side, Bytes *out, Error *error) {
    Symbol symbol = side->rest;
    Unit unit = vocab_unit(side->text->vocab);
    if (symbol.length > 0 && utf8_find_invalid(symbol.text, symbol.length) < symbol.length) {
        symbol.length = 1;
        unit = UNIT_BYTE;
    }
    return symbol_describe_with_number(unit, symbol, out, error);
}

/* That the texts are not the same. */
static bool refuse_text(const Comparing *comparing, size_t line, Error *error) {
    const Side *sides = comparing->sides;
    Bytes what[2] = {{0}, {0}};
    if (describe_rest(&sides[0], &what[0], error) && describe_rest(&sides[1], &what[1], error)) {
        error_set(
            error,
            "the models do not read the same text: in %s %zu %s reads %s, and %s %s; letra show tells the "
            "way of the text to each",
            place_noun(&comparing->place), line, sides[0].text->name, what[0].data, sides[1].text->name,
            what[1].data);
    }
    bytes_free(&what[0]);
    bytes_free(&what[1]);
    return false;
}

/* That one of them ends before the other. */
static bool refuse_end(const Comparing *comparing, Error *error) {
    const Side *sides = comparing->sides;
    size_t ended = is_over(&sides[0]) ? 0 : 1;
    return error_set(
        error,
        "the models do not read the same text: that of %s ends in %s %zu, and that of %s goes on; "
        "letra show tells the way of the text to each",
        sides[ended].text->name, place_noun(&comparing->place), comparing->place.line,
        sides[1 - ended].text->name);
}

/* Goes over what the rests of both sides have in common. False if they differ. A border is not like anything else. */
static bool match_rests(Side *sides) {
    Symbol *first = &sides[0].rest;
    Symbol *second = &sides[1].rest;
    size_t common = first->length < second->length ? first->length : second->length;
    if (memcmp(first->text, second->text, common) != 0 || (common == 0 && first->length != second->length)) {
        return false;
    }
    *first = (Symbol){first->text + common, first->length - common};
    *second = (Symbol){second->text + common, second->length - common};
    return true;
}

/* Gathers the units of one more cell. `*known` says whether both models know all of them. */
static bool take_units(Comparing *comparing, bool *known, Error *error) {
    Side *sides = comparing->sides;
    size_t line = comparing->place.line;
    sides[0].rest.length = sides[1].rest.length = 0;
    comparing->first = symbol_border();
    comparing->fresh = true;
    comparing->digest = 0;
    *known = true;
    do {
        for (size_t s = 0; s < 2; s++) {
            if (sides[s].rest.length == 0 && is_over(&sides[s])) {
                return refuse_end(comparing, error);
            }
            if (sides[s].rest.length == 0 && !take_unit(comparing, s, known, error)) {
                return false;
            }
        }
        if (!match_rests(sides)) {
            return refuse_text(comparing, line, error);
        }
    } while (sides[0].rest.length > 0 || sides[1].rest.length > 0);
    return true;
}

/* The next cell: gathered if it is in the part, otherwise gone over. What one of the models does not know is text of
 * its passage, and nothing for either to read. */
static bool take_cell(Comparing *comparing, Error *error) {
    Side *sides = comparing->sides;
    const size_t before[2] = {sides[0].count, sides[1].count};
    TextCell cell = {.units.begin = sides[0].at, .line = comparing->place.line};
    bool known = false;
    if (!take_units(comparing, &known, error)) {
        return false;
    }
    bool inside = cell.units.begin >= comparing->part.begin;
    comparing->comparison->left_out += inside && !known;
    if (!inside || !known) {
        sides[0].count = before[0];
        sides[1].count = before[1];
    }
    if (!inside) {
        return true;
    }
    Unit unit = vocab_unit(sides[0].text->vocab);
    Symbol first = comparing->first;
    cell.units.end = sides[0].at;
    cell.space = symbol_is_space(unit, first);
    cell.text = comparing->digest;
    cell.border = first.length == 0;
    cell.inner = first.length > 0 && utf8_byte_continues(first.text[0]);
    comparing->units[comparing->count][0] = sides[0].count - before[0];
    comparing->units[comparing->count][1] = sides[1].count - before[1];
    comparing->cells[comparing->count++] = cell;
    return true;
}

/* --- scores --- */

/* What a cell cost the model of a side, whose scores begin at `scores`; NAN if it did not read it. */
static double sum_nats(const UnitScore *scores, size_t count) {
    double nats = count > 0 ? 0 : NAN;
    for (size_t k = 0; k < count; k++) {
        nats += scores[k].nats;
    }
    return nats;
}

/* Both models read what was gathered. */
static bool score_cells(Comparing *comparing, Error *error) {
    Side *sides = comparing->sides;
    Comparison *comparison = comparing->comparison;
    size_t at[2] = {0, 0};
    for (size_t s = 0; s < 2; s++) {
        if (!scorer_read(sides[s].scorer, sides[s].ids, sides[s].count, sides[s].scores, error)) {
            return false;
        }
        sides[s].count = 0;
    }
    for (size_t k = 0; k < comparing->count; k++) {
        TextCell *cell = &comparing->cells[k];
        for (size_t s = 0; s < 2; s++) {
            cell->nats[s] = sum_nats(sides[s].scores + at[s], comparing->units[k][s]);
            at[s] += comparing->units[k][s];
        }
        if (!isnan(cell->nats[0])) {
            comparison->nats[0] += cell->nats[0];
            comparison->nats[1] += cell->nats[1];
            comparison->predicted++;
        }
        passages_add(&comparison->passages, cell);
    }
    comparing->count = 0;
    return true;
}

/* Whether there is enough to be scored. */
static bool is_full(const Comparing *comparing) {
    const Side *sides = comparing->sides;
    return comparing->count == CELLS || sides[0].count >= CELLS || sides[1].count >= CELLS;
}

/* Whether the part is over. */
static bool is_past(const Comparing *comparing) {
    return comparing->sides[0].at >= comparing->part.end;
}

static bool compare(Comparing *comparing, bool (*progress)(void *context, size_t done, size_t count),
                    void *context, Error *error) {
    const Side *sides = comparing->sides;
    Range part = comparing->part;
    bool done = true;
    while (done && !is_past(comparing)) {
        done = take_cell(comparing, error);
        if (done && (is_full(comparing) || is_past(comparing))) {
            size_t read = sides[0].at > part.begin ? sides[0].at - part.begin : 0;
            done = score_cells(comparing, error) &&
                   (progress == NULL || progress(context, read, part.end - part.begin) ||
                    error_set(error, "stopped after %zu of %zu units", read, part.end - part.begin));
        }
    }
    passages_end(&comparing->comparison->passages);
    if (done && is_over(&sides[0]) && !is_over(&sides[1])) {
        return refuse_end(comparing, error);
    }
    if (done && comparing->comparison->predicted == 0) {
        return error_set(
            error, "of the text both models know too little to be compared: at least 2 %ss are needed",
            unit_noun(comparison_unit(vocab_unit(sides[0].text->vocab), vocab_unit(sides[1].text->vocab))));
    }
    return done;
}

/* --- both sides --- */

static bool open_side(Side *side, const ComparedText *text, Compute *compute, Error *error) {
    size_t size = vocab_size(text->vocab);
    side->text = text;
    side->scorer = scorer_create(text->model, compute, &(ScorerConfig){.guesses = false}, error);
    side->map = memory_allocate(size, sizeof *side->map, "the vocabulary", error);
    for (uint32_t k = 0; side->map != NULL && k < size; k++) {
        side->map[k] = vocab_read(text->model->vocab, vocab_symbol(text->vocab, k));
    }
    return side->scorer != NULL && side->map != NULL;
}

static void close_side(Side *side) {
    scorer_free(side->scorer);
    free(side->map);
    free(side->ids);
    free(side->scores);
}

bool comparison_make(const ComparedText texts[2], Compute *compute, Range part,
                     bool (*progress)(void *context, size_t done, size_t count), void *context,
                     Comparison *comparison, Error *error) {
    *comparison = (Comparison){.predicted = 0};
    Comparing *comparing = memory_allocate(1, sizeof *comparing, "a comparison", error);
    if (comparing == NULL) {
        return false;
    }
    comparing->part = part;
    comparing->comparison = comparison;
    bool done = place_find(&comparing->place, texts[0].vocab, texts[0].units, 0, error) &&
                open_side(&comparing->sides[0], &texts[0], compute, error) &&
                open_side(&comparing->sides[1], &texts[1], compute, error) &&
                compare(comparing, progress, context, error);
    close_side(&comparing->sides[0]);
    close_side(&comparing->sides[1]);
    free(comparing);
    return done;
}

/* Places in a text: see place.h. */
#include "text/place.h"

enum { PLACE_PIECE = 4096 }; /* units that are read at once */

/* Whether the line, or the record, is over with it. */
static bool ends_line(const Vocab *vocab, uint32_t unit) {
    Symbol symbol = vocab_symbol(vocab, unit);
    return vocab_border(vocab) != VOCAB_UNKNOWN ? unit == vocab_border(vocab)
                                                : symbol.length > 0 && symbol.text[symbol.length - 1] == '\n';
}

/* The border before the first record ends none. */
void place_pass(Place *place, uint32_t unit) {
    bool first = place->unit == 1 && vocab_border(place->vocab) != VOCAB_UNKNOWN;
    place->line += ends_line(place->vocab, unit) && !first ? 1 : 0;
    place->unit++;
}

/* Goes over `count` units from `begin` on. */
static bool pass_piece(Place *place, const UnitStore *units, size_t begin, size_t count, Error *error) {
    uint32_t ids[PLACE_PIECE];
    if (!unit_store_read(units, begin, count, ids, error)) {
        return false;
    }
    for (size_t k = 0; k < count; k++) {
        place_pass(place, ids[k]);
    }
    return true;
}

bool place_find(Place *place, const Vocab *vocab, const UnitStore *units, size_t begin, Error *error) {
    *place = (Place){.vocab = vocab, .unit = 1, .line = 1};
    bool done = true;
    for (size_t at = 0; done && at < begin; at += PLACE_PIECE) {
        size_t left = begin - at;
        done = pass_piece(place, units, at, left < PLACE_PIECE ? left : PLACE_PIECE, error);
    }
    return done;
}

const char *place_noun(const Place *place) {
    return vocab_border(place->vocab) != VOCAB_UNKNOWN ? "record" : "line";
}

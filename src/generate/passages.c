/* Passages: see passages.h. */
#include "generate/passages.h"

#include <math.h>

#include "base/random.h"

/* How much more it surprised the model of that side than the other, in nats. */
static double excess(const Passage *passage, size_t side) {
    return passage->nats[side] - passage->nats[1 - side];
}

/* The place where the same text is already, or the one behind the last. */
static size_t find_place(const Passage *most, size_t count, uint64_t text) {
    size_t place = 0;
    while (place < count && most[place].text != text) {
        place++;
    }
    return place;
}

/* Puts the passage into its place among those of a side, if it has one. The first of equals stays first. */
static void keep(Passages *passages, size_t side, const Passage *passage) {
    Passage *most = passages->most[side];
    size_t count = passages->count[side];
    size_t place = find_place(most, count, passage->text);
    bool added = place == count && count < PASSAGES;
    place = place < PASSAGES ? place : PASSAGES - 1; /* what is there goes */
    double more = excess(passage, side);
    if (!(more > 0) || (!added && more <= excess(&most[place], side))) {
        return;
    }
    for (; place > 0 && more > excess(&most[place - 1], side); place--) {
        most[place] = most[place - 1];
    }
    most[place] = *passage;
    passages->count[side] += added ? 1 : 0;
}

void passages_end(Passages *passages) {
    if (passages->open.cells > 0) {
        keep(passages, 0, &passages->open);
        keep(passages, 1, &passages->open);
    }
    passages->open = (Passage){.cells = 0};
    passages->closing = false;
}

void passages_add(Passages *passages, const TextCell *cell) {
    Passage *open = &passages->open;
    if ((passages->closing && !cell->space) || (open->cells >= PASSAGE_CELLS && !cell->inner)) {
        passages_end(passages);
    }
    if (open->cells == 0) {
        *open = (Passage){.units = {cell->units.begin, cell->units.begin}, .line = cell->line};
    }
    open->units.end = cell->units.end;
    open->cells++;
    open->text = cell->space ? open->text : random_at(open->text, cell->text);
    for (size_t side = 0; !isnan(cell->nats[0]) && side < 2; side++) {
        open->nats[side] += cell->nats[side];
    }
    passages->closing = cell->space || cell->border;
    if (cell->border) {
        passages_end(passages);
    }
}

/* Tiles of the time loop: see tiling.h. */
#include "model/tiling.h"

enum {
    HIDDEN_OF_PARTS = 256, /* the largest layer whose streams are cut */
    ROWS_A_PART = 24,      /* with fewer, the products lose more than is gained by not meeting */
    PARTS_MAX = 8
};

Tiling tiling_create(const Slices *slices, size_t batch, bool whole) {
    size_t parts = 1;
    while (!whole && slices->hidden <= HIDDEN_OF_PARTS && 2 * parts <= PARTS_MAX &&
           2 * parts * ROWS_A_PART <= batch) {
        parts *= 2;
    }
    return (Tiling){*slices, batch, parts};
}

Tile tiling_tile(const Tiling *tiling, size_t t, size_t slice, size_t part) {
    return (Tile){.t = t,
                  .slice = slice,
                  .part = part,
                  .units = slices_units(&tiling->slices, slice),
                  .streams = range_part(tiling->batch, 1, tiling->parts, part)};
}

Turn tiling_turn(const Tiling *tiling, Member member) {
    if (tiling->parts > 1) {
        return (Turn){{0, tiling->slices.count}, member_share(member, tiling->parts), false};
    }
    return (Turn){member_share(member, tiling->slices.count), {0, 1}, true};
}

void turn_meet(const Turn *turn, Member member) {
    if (turn->meets) {
        team_barrier(member);
    }
}

void turn_change(const Turn *turn, Member member) {
    if (!turn->meets) {
        team_barrier(member);
    }
}

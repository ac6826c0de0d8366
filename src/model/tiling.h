/* The tiling of a layer's time loop: which units of which streams a member of a team takes at a step.
 *
 * Either every member takes some slices of the units in all streams, and meets the others at every step, because the
 * next one reads the whole h: each core then keeps its own slices' recurrent weights in its cache. Or, in a layer so
 * small that a core's cache holds all of them, every member takes all units in some parts of the streams, from one
 * end of the window to the other, and meets nobody. Which of the two follows from the sizes alone, as do slices and
 * parts, so that results do not depend on the number of threads. Measured with 2 threads, characters a second with
 * parts and with slices: 190 k and 165 k (fp32, 2×128, T 50, B 50), 158 k and 139 k (bf16 on tiles, 2×256, T 50, B
 * 64; as good as equal there in fp32). With 4 threads and fewer streams than 96 two of them wait at 256 units, where
 * each would have had a slice; that was not measured.
 */
#ifndef LETRA_MODEL_TILING_H
#define LETRA_MODEL_TILING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/team.h"
#include "model/slices.h"

typedef struct Tiling {
    Slices slices;
    size_t batch;
    size_t parts; /* that the streams are cut into; 1: it is the units that are cut */
} Tiling;

/* For B streams; whole, if they must not be cut. */
Tiling tiling_create(const Slices *slices, size_t batch, bool whole);

/* What is done at once: a step of some slice in some part of the streams. */
typedef struct Tile {
    size_t t;
    size_t slice;
    size_t part;
    Range units;   /* of the slice */
    Range streams; /* of the part */
} Tile;

Tile tiling_tile(const Tiling *tiling, size_t t, size_t slice, size_t part);

/* A member's tiles in the time loop: these slices in these parts. */
typedef struct Turn {
    Range slices;
    Range parts;
    bool meets; /* the others, at every step */
} Turn;

Turn tiling_turn(const Tiling *tiling, Member member);

/* The barrier at a step, where what a member has made is needed by the others. */
void turn_meet(const Turn *turn, Member member);

/* The barrier between what the owners of slices do and a time loop in which they do not own them. */
void turn_change(const Turn *turn, Member member);

#endif

/* An arena: many arrays that live and die together, in one allocation.
 *
 * The same code that takes the arrays also counts them: run it once on a counting arena to learn how much
 * memory the work needs (to tell the user, or to refuse), then on a real one of that size.
 *
 * Parts of a whole that work one after the other may have arrays in the same place: those that a part needs only while
 * it works. Such an arena has a second one for them, which is empty again for every part.
 */
#ifndef LETRA_BASE_ARENA_H
#define LETRA_BASE_ARENA_H

#include <stddef.h>

#include "base/error.h"

typedef struct Arena {
    char *memory; /* owned; NULL while counting */
    size_t used;
    size_t size;
    size_t most;          /* of `used` so far, in a second one */
    struct Arena *second; /* for arrays in the same place; NULL: they have places of their own */
} Arena;                  /* {0} counts */

/* Gets `size` zeroed bytes, of which arrays can be taken. */
bool arena_create(Arena *arena, size_t size, const char *what, Error *error);
void arena_free(Arena *arena);

/* `count` zeroed elements of `size` bytes, aligned to MEMORY_ALIGNMENT. While counting it returns NULL, and
 * the caller must not touch the array. An arena that was counted too small is a defect, caught by assert. */
void *arena_take(Arena *arena, size_t count, size_t size);

/* Where to take arrays that other parts may have in the same place: the second arena, or this one. */
Arena *arena_of_turn(Arena *arena);

/* The next part begins to take arrays: the second arena is empty again. */
void arena_next_turn(Arena *arena);

/* Counts both. */
size_t arena_counted(const Arena *arena);

/* Gets memory for what an arena and its second one have counted, for an arena of two. */
bool arena_create_both(Arena *arena, Arena *second, const Arena *counted, const char *what, Error *error);

#endif

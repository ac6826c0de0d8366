/* An arena: many arrays that live and die together, in one allocation.
 *
 * The same code that takes the arrays also counts them: run it once on a counting arena to learn how much
 * memory the work needs (to tell the user, or to refuse), then on a real one of that size.
 */
#ifndef LETRA_BASE_ARENA_H
#define LETRA_BASE_ARENA_H

#include <stddef.h>

#include "base/error.h"

typedef struct Arena {
    char *memory; /* owned; NULL while counting */
    size_t used;
    size_t size;
} Arena; /* {0} counts */

/* Gets `size` zeroed bytes, of which arrays can be taken. */
bool arena_create(Arena *arena, size_t size, const char *what, Error *error);
void arena_free(Arena *arena);

/* `count` zeroed elements of `size` bytes, aligned to MEMORY_ALIGNMENT. While counting it returns NULL, and
 * the caller must not touch the array. An arena that was counted too small is a defect, caught by assert. */
void *arena_take(Arena *arena, size_t count, size_t size);

#endif

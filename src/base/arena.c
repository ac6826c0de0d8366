/* Arrays in one allocation: see arena.h. */
#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/size.h"

bool arena_create(Arena *arena, size_t size, const char *what, Error *error) {
    *arena = (Arena){0};
    arena->memory = memory_allocate(size, 1, what, error);
    arena->size = size;
    if (arena->memory != NULL) {
        memory_ask_for_large_pages(arena->memory, size);
    }
    return arena->memory != NULL;
}

void arena_free(Arena *arena) {
    free(arena->memory);
    *arena = (Arena){0};
}

/* Sums that would overflow stick at the largest size, which no allocation can satisfy. */
static size_t add_saturating(size_t a, size_t b) {
    size_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

void *arena_take(Arena *arena, size_t count, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - MEMORY_ALIGNMENT) {
        bytes = SIZE_MAX - MEMORY_ALIGNMENT;
    }
    bytes = size_round_up(bytes, MEMORY_ALIGNMENT);
    size_t start = arena->used;
    arena->used = add_saturating(start, bytes);
    arena->most = arena->used > arena->most ? arena->used : arena->most;
    if (arena->memory == NULL) {
        return NULL;
    }
    assert(arena->used <= arena->size);
    return arena->memory + start;
}

Arena *arena_of_turn(Arena *arena) {
    return arena->second != NULL ? arena->second : arena;
}

void arena_next_turn(Arena *arena) {
    if (arena->second != NULL) {
        arena->second->used = 0;
    }
}

size_t arena_counted(const Arena *arena) {
    return arena->second == NULL ? arena->used : add_saturating(arena->used, arena->second->most);
}

bool arena_create_both(Arena *arena, Arena *second, const Arena *counted, const char *what, Error *error) {
    if (!arena_create(arena, arena_counted(counted), what, error)) {
        return false;
    }
    size_t most = counted->second->most;
    *second = (Arena){.memory = arena_take(arena, most, 1), .size = most};
    arena->second = second;
    return true;
}

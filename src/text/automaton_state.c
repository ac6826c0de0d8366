/* The states of an automaton: see automaton_state.h. */
#include "text/automaton_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/memory.h"

enum { CAPACITY_START = 32 }; /* a power of two */

void state_free(State *state) {
    bytes_free(&state->behind);
    free(state->places);
    free(state->next);
    free(state->refused);
}

static size_t places_size(const State *state) {
    return state->place_count * STATE_PLACE * sizeof *state->places;
}

bool state_copy(const State *state, State *copy, Error *error) {
    *copy = (State){.from_start = state->from_start, .may_end = state->may_end, .over = state->over};
    bool done = bytes_append(&copy->behind, state->behind.data, state->behind.length, error);
    if (done && state->place_count > 0) {
        copy->places =
            memory_allocate(state->place_count * STATE_PLACE, sizeof *state->places, "a state", error);
        done = copy->places != NULL;
    }
    if (!done) {
        state_free(copy);
        *copy = (State){0};
        return false;
    }
    copy->place_count = state->place_count;
    if (state->place_count > 0) {
        memcpy(copy->places, state->places, places_size(state));
    }
    return true;
}

static uint64_t state_digest(const State *state) {
    uint64_t digest = digest_add(DIGEST_START, state->places, places_size(state));
    digest = digest_add(digest, state->behind.data, state->behind.length);
    digest = digest_add(digest, &state->from_start, sizeof state->from_start);
    digest = digest_add(digest, &state->over, sizeof state->over);
    return digest_add(digest, &state->may_end, sizeof state->may_end);
}

static bool states_equal(const State *a, const State *b) {
    return a->from_start == b->from_start && a->may_end == b->may_end && a->over == b->over &&
           a->place_count == b->place_count && a->behind.length == b->behind.length &&
           memcmp(a->behind.data, b->behind.data, a->behind.length) == 0 &&
           (a->place_count == 0 || memcmp(a->places, b->places, places_size(a)) == 0);
}

/* The slot of a state that is equal, or the empty one where it would be. */
static uint32_t *find_slot(const StateTable *table, const State *state) {
    size_t slot = (size_t)state_digest(state) & (table->slot_count - 1);
    while (table->slots[slot] != 0 && !states_equal(&table->states[table->slots[slot] - 1], state)) {
        slot = (slot + 1) & (table->slot_count - 1);
    }
    return &table->slots[slot];
}

/* Makes room for twice as many states. */
static bool grow(StateTable *table, Error *error) {
    size_t capacity = table->capacity > 0 ? 2 * table->capacity : CAPACITY_START;
    State *states = memory_allocate(capacity, sizeof *states, "the states of a pattern", error);
    uint32_t *slots = memory_allocate(2 * capacity, sizeof *slots, "the states of a pattern", error);
    if (states == NULL || slots == NULL) {
        free(states);
        free(slots);
        return false;
    }
    if (table->count > 0) {
        memcpy(states, table->states, table->count * sizeof *states);
    }
    free(table->states);
    free(table->slots);
    table->states = states;
    table->slots = slots;
    table->capacity = capacity;
    table->slot_count = 2 * capacity;
    for (uint32_t k = 0; k < table->count; k++) {
        *find_slot(table, &states[k]) = k + 1;
    }
    return true;
}

bool state_table_add(StateTable *table, State *state, uint32_t *number, Error *error) {
    if (table->count == table->capacity && !grow(table, error)) {
        state_free(state);
        return false;
    }
    uint32_t *slot = find_slot(table, state);
    if (*slot != 0) {
        *number = *slot - 1;
        state_free(state);
        return true;
    }
    *number = (uint32_t)table->count;
    *slot = *number + 1;
    table->states[table->count++] = *state;
    table->memory += sizeof *state + state->behind.capacity + places_size(state);
    return true;
}

/* Forgets where the units of a state lead. */
static void forget_row(State *state) {
    free(state->next);
    free(state->refused);
    state->next = NULL;
    state->refused = NULL;
    state->complete = false;
}

bool state_table_prepare(StateTable *table, uint32_t state, size_t size, Error *error) {
    State *here = &table->states[state];
    if (here->next != NULL) {
        return true;
    }
    here->next = memory_allocate(size, sizeof *here->next, "a state", error);
    here->refused = memory_allocate(size, sizeof *here->refused, "a state", error);
    if (here->next == NULL || here->refused == NULL) {
        forget_row(here);
        return false;
    }
    table->memory += size * (sizeof *here->next + sizeof *here->refused);
    return true;
}

bool state_table_keep(StateTable *table, uint32_t *states, size_t count, Error *error) {
    uint32_t *moved = memory_allocate(table->count, sizeof *moved, "the states of a pattern", error);
    if (moved == NULL) {
        return false;
    }
    moved[0] = 1;
    for (size_t k = 0; k < count; k++) {
        moved[states[k]] = 1;
    }
    size_t kept = 0;
    memset(table->slots, 0, table->slot_count * sizeof *table->slots);
    table->memory = 0;
    for (size_t k = 0; k < table->count; k++) {
        State state = table->states[k];
        forget_row(&state);
        if (moved[k] == 0) {
            state_free(&state);
            continue;
        }
        moved[k] = (uint32_t)kept;
        table->states[kept++] = state;
        *find_slot(table, &state) = (uint32_t)kept;
        table->memory += sizeof state + state.behind.capacity + places_size(&state);
    }
    table->count = kept;
    for (size_t k = 0; k < count; k++) {
        states[k] = moved[states[k]];
    }
    free(moved);
    return true;
}

void state_table_free(StateTable *table) {
    for (size_t k = 0; k < table->count; k++) {
        state_free(&table->states[k]);
    }
    free(table->states);
    free(table->slots);
    *table = (StateTable){0};
}

/* The states of an automaton (automaton.h): each once, with what is known of where units lead from it. For that file
 * alone. */
#ifndef LETRA_TEXT_AUTOMATON_STATE_H
#define LETRA_TEXT_AUTOMATON_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/error.h"

enum { STATE_PLACE = 3 }; /* integers of a place in the pattern */

typedef struct State {
    Bytes behind;    /* the last characters, as far as the pattern looks back */
    bool from_start; /* these are the whole text */
    bool may_end;
    bool over;   /* nothing may follow */
    int *places; /* owned: STATE_PLACE integers each */
    size_t place_count;
    uint32_t *next; /* V, owned: 1 + the state a unit leads to, 0: not known; NULL: no unit was tried */
    bool *refused;  /* V, owned: whether a unit is known to lead nowhere */
    bool complete;  /* every unit was tried */
} State;

/* Copies what a state is, without what is known of where units lead. False and a message without memory. */
bool state_copy(const State *state, State *copy, Error *error);
void state_free(State *state);

typedef struct StateTable {
    State *states; /* count of capacity */
    size_t count, capacity;
    uint32_t *slots; /* a hash table of states by what they are: 1 + a number, 0: empty */
    size_t slot_count;
    size_t memory; /* bytes that the states take, about */
} StateTable;      /* {0} is empty */

/* The number of the state, which is taken over, or freed if there is an equal one. */
bool state_table_add(StateTable *table, State *state, uint32_t *number, Error *error);

/* Makes room for what is learned of `size` units in a state. */
bool state_table_prepare(StateTable *table, uint32_t state, size_t size, Error *error);

/* Forgets where units lead, and all states but the first and those given, whose new numbers are put in their place. */
bool state_table_keep(StateTable *table, uint32_t *states, size_t count, Error *error);

void state_table_free(StateTable *table);

#endif

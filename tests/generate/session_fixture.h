/* A small model and a text for it, for tests of what reads texts. */
#ifndef LETRA_TESTS_GENERATE_SESSION_FIXTURE_H
#define LETRA_TESTS_GENERATE_SESSION_FIXTURE_H

#include <stdlib.h>

#include "generate/session.h"
#include "generate/small_model.h"
#include "support/symbols.h"

enum { VOCAB = 7, TEXT = 700 };

typedef struct Fixture {
    SmallModel small;
    uint32_t text[TEXT];
} Fixture;

static const uint64_t counts[VOCAB] = {10, 0, 5, 1, 1, 2, 1};

static inline Vocab *create_vocab(const uint64_t *symbol_counts) {
    const uint32_t symbols[VOCAB] = {'\n', ' ', 'a', 'b', 'c', 0xE9, 0x6F22};
    return vocab_create_from_numbers(UNIT_CHAR, symbols, symbol_counts, VOCAB, NULL);
}

static inline Fixture *create_fixture_of(const Cell *cell, real factor) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    small_model_create_of(&fixture->small, cell, factor, create_vocab(counts), 24, 5);
    Random random = random_create(3, 0);
    for (size_t k = 0; k < TEXT; k++) {
        fixture->text[k] = (uint32_t)(random_next(&random) % VOCAB);
    }
    return fixture;
}

static inline int create_fixture(void **state) {
    *state = create_fixture_of(cell_find("lstm"), 3);
    return 0;
}

static inline int free_fixture(void **state) {
    Fixture *fixture = *state;
    small_model_free(&fixture->small);
    free(fixture);
    return 0;
}

static inline Session *create_session(Fixture *fixture, size_t streams) {
    Error error = {0};
    Session *session = session_create(&fixture->small.model, &fixture->small.compute, streams, PRECISION_F32,
                                      clock_system(), &error);
    assert_non_null(session);
    return session;
}

#endif

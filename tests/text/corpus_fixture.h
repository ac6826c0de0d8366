/* For tests of what reads texts. */
#ifndef LETRA_TESTS_TEXT_CORPUS_FIXTURE_H
#define LETRA_TESTS_TEXT_CORPUS_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/symbols.h"
#include "text/corpus.h"

#define COUNT_OF(array)   (sizeof(array) / sizeof *(array))
#define corpus_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const Pipeline chars = {.unit = UNIT_CHAR};

static const Pipeline bytes_pipeline = {.unit = UNIT_BYTE};

static inline int set_up(void **state) {
    *state = scratch_create();
    return 0;
}

static inline int tear_down(void **state) {
    scratch_remove(*state);
    return 0;
}

/* What the units say, as bytes. */
static inline Bytes spell(const Vocab *vocab, const UnitStore *store) {
    Bytes text = {0};
    assert_true(bytes_reserve(&text, 0, NULL));
    uint32_t *units = stored_units(store);
    for (size_t k = 0; k < unit_store_count(store); k++) {
        assert_true(units[k] < vocab_size(vocab));
        Symbol symbol = vocab_symbol(vocab, units[k]);
        assert_true(bytes_append(&text, symbol.text, symbol.length, NULL));
    }
    free(units);
    return text;
}

/* The units are these. */
static inline void check_units(const Corpus *corpus, const uint32_t *expected, size_t count) {
    uint32_t *units = stored_units(corpus->units);
    assert_int_equal(unit_store_count(corpus->units), count);
    assert_memory_equal(units, expected, count * sizeof *units);
    free(units);
}

/* Of ASCII. */
static inline Vocab *vocab_of(const char *ascending) {
    uint32_t symbols[64];
    size_t size = strlen(ascending);
    for (size_t k = 0; k < size; k++) {
        symbols[k] = (unsigned char)ascending[k];
    }
    Vocab *vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, size, NULL);
    assert_non_null(vocab);
    return vocab;
}

/* Of characters or bytes; `second` may be NULL. */
static inline Pipeline with_replacements(Unit unit, const char *first, const char *second) {
    Pipeline pipeline = {.unit = unit};
    Error error = {0};
    if (!pipeline_add_rule(&pipeline, RULE_REPLACE, first, &error) ||
        (second != NULL && !pipeline_add_rule(&pipeline, RULE_REPLACE, second, &error))) {
        fail_msg("%s", error.message);
    }
    return pipeline;
}

#endif

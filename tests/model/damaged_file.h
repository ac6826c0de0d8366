/* A model file to be damaged, for tests of what is refused. */
#ifndef LETRA_TESTS_MODEL_DAMAGED_FILE_H
#define LETRA_TESTS_MODEL_DAMAGED_FILE_H

#include <stdio.h>

#include "model/model_fixture.h"
#include "support/hidden_checksum.h"
#include "support/scratch.h"
#include "support/symbols.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A good file to damage: V 5, E 2, H 3, two layers. It has no checksum, which would find everything first; the file
 * "good" in the folder has. */
typedef struct Example {
    Scratch *scratch;
    Bytes file;
    size_t header_length;
} Example;

static inline Vocab *make_vocab(void) {
    static const uint32_t symbols[] = {0, '\n', 'a', 0xE9, 0x1F98A};
    static const uint64_t counts[] = {1, 2, 3, 4, 5};
    return vocab_create_from_numbers(UNIT_CHAR, symbols, counts, COUNT(symbols), NULL);
}

/* The example of a model, which is freed. */
static inline void set_example(void **state, Model *model) {
    Example *example = calloc(1, sizeof *example);
    assert_non_null(example);
    example->scratch = scratch_create();
    assert_true(pipeline_add_rule(&model->pipeline, RULE_REPLACE, "s/(b+)/$1/g", NULL));
    assert_true(model_save(scratch_path(example->scratch, "good"), model, NULL, 0, NULL));
    example->file = scratch_read(example->scratch, "good");
    hide_checksum(example->file.data, example->file.length);
    memcpy(&example->header_length, example->file.data, sizeof example->header_length);
    model_free(model);
    *state = example;
}

static inline int setup(void **state) {
    Model model = make_model(make_vocab(), 2);
    set_example(state, &model);
    return 0;
}

static inline int teardown(void **state) {
    Example *example = *state;
    bytes_free(&example->file);
    scratch_remove(example->scratch);
    free(example);
    return 0;
}

/* Writes a file to load. It is made anew each time: replacing a file's contents makes some file systems wait
 * for the disk, and tens of thousands are written here. */
static inline char *write_bad(const Example *example, const void *data, size_t length) {
    (void)remove(scratch_path(example->scratch, "bad"));
    return scratch_write(example->scratch, "bad", data, length);
}

/* Loading must fail, and the message names the file and says `words`. */
static inline void assert_refused(const char *path, const char *words) {
    Error error = {0};
    Model model;
    if (model_load(path, &model, &error)) {
        model_free(&model);
        fail_msg("a file was loaded that should be refused with \"%s\"", words);
    }
    assert_contains(error.message, path);
    assert_contains(error.message, words);
    assert_null(model.network);
}

/* Loads it or is refused with a message; a model that is loaded is whole. */
static inline bool try_to_load(const char *path) {
    Error error = {0};
    Model model;
    ModelExtras *extras = NULL;
    if (!model_load_with_extras(path, &model, &extras, &error)) {
        assert_contains(error.message, path);
        assert_true(strlen(error.message) > strlen(path) + 10);
        assert_null(extras);
        return false;
    }
    assert_int_equal(vocab_size(model.vocab), model.network->config.vocab);
    for (size_t k = 0; k < model.network->layout.total; k++) {
        assert_true(model.parameters[k] - model.parameters[k] == 0);
    }
    model_extras_free(extras);
    model_free(&model);
    return true;
}

#endif

/* What tests of the writer share: a model that writes short texts from a tiny vocabulary, and a callback that
 * collects what it writes. */
#ifndef LETRA_TESTS_GENERATE_WRITER_FIXTURE_H
#define LETRA_TESTS_GENERATE_WRITER_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "generate/small_model.h"
#include "generate/writer.h"
#include "support/symbols.h"

enum { SAMPLES = 9, SEED = 11 };

static const uint32_t prompt[] = {0, 2, 1, 1, 4, 3};
enum { PROMPT = sizeof prompt / sizeof *prompt };
#define PROMPT_TEXT "acbb\xE6\xBC\xA2\xC3\xA9"

/* A vocabulary so small that every short text comes soon. */
static inline int create_model(void **state) {
    const uint32_t symbols[] = {'a', 'b', 'c', 0xE9, 0x6F22};
    const uint64_t counts[] = {0, 3, 0, 4, 2};
    SmallModel *small = calloc(1, sizeof *small);
    assert_non_null(small);
    small_model_create(small, vocab_create_from_numbers(UNIT_CHAR, symbols, counts, 5, NULL), 16, 4);
    *state = small;
    return 0;
}

static inline int free_model(void **state) {
    small_model_free(*state);
    free(*state);
    return 0;
}

/* --- collecting what comes out --- */

typedef struct Collected {
    Bytes texts[SAMPLES];
    WriterEnd ends[SAMPLES];
    size_t pieces;       /* so far */
    size_t sample;       /* the last one that a piece was of */
    size_t refuse_after; /* the callback says no at this piece and after it; 0: never */
    bool refused;
} Collected;

static inline bool collect(void *context, const WriterPiece *piece) {
    Collected *collected = context;
    collected->pieces++;
    assert_true(piece->sample < SAMPLES);
    assert_true(piece->sample == collected->sample || (piece->sample == collected->sample + 1 &&
                                                       collected->ends[collected->sample] != WRITER_NO_END));
    assert_int_equal(collected->ends[piece->sample], WRITER_NO_END); /* nothing after the last piece */
    assert_int_equal(piece->end == WRITER_INTERRUPTED, collected->refused);
    collected->sample = piece->sample;
    collected->ends[piece->sample] = piece->end;
    assert_true(bytes_append(&collected->texts[piece->sample], piece->text, piece->length, NULL));
    collected->refused = collected->pieces == collected->refuse_after;
    return !collected->refused;
}

static inline void collected_free(Collected *collected) {
    for (size_t k = 0; k < SAMPLES; k++) {
        bytes_free(&collected->texts[k]);
    }
}

static inline Writer *create_writer(SmallModel *small, size_t samples, uint64_t seed) {
    Error error = {0};
    Writer *writer =
        writer_create(&small->model, &small->compute, samples, seed, PRECISION_F32, clock_system(), &error);
    assert_non_null(writer);
    return writer;
}

static inline WriterConfig config_of(size_t length) {
    return (WriterConfig){.sampler = sampler_default(), .length = length};
}

static inline void write_into(Writer *writer, const WriterConfig *config, Collected *collected) {
    Error error = {0};
    for (size_t k = 0; k < SAMPLES; k++) {
        collected->ends[k] = WRITER_NO_END;
    }
    collected->pieces = 0;
    collected->sample = 0;
    collected->refused = false;
    assert_true(writer_write(writer, config, collect, collected, &error));
}

static inline void check_text(const Collected *collected, size_t sample, const char *text, size_t length) {
    assert_int_equal(collected->texts[sample].length, length);
    if (length > 0) {
        assert_memory_equal(collected->texts[sample].data, text, length);
    }
}

static inline void check_same(const Collected *a, size_t sample_a, const Collected *b, size_t sample_b) {
    check_text(a, sample_a, b->texts[sample_b].data, b->texts[sample_b].length);
    assert_int_equal(a->ends[sample_a], b->ends[sample_b]);
}

/* `length` units after the prompt, from as many samples, without stop texts. */
static inline void write_plain(SmallModel *small, size_t samples, size_t length, Collected *collected) {
    WriterConfig config = config_of(length);
    Writer *writer = create_writer(small, samples, SEED);
    writer_read(writer, prompt, PROMPT);
    write_into(writer, &config, collected);
    writer_free(writer);
}

/* What a text comes to: the plainest search, after each unit again. */
typedef struct Expected {
    size_t length;
    WriterEnd end;
} Expected;

/* The end of what is written after the text `before`. */
static inline Expected find_end(const char *before, const Bytes *text, const WriterConfig *config) {
    size_t known = strlen(before);
    Bytes all = {0};
    Expected expected = {text->length, WRITER_LENGTH};
    assert_true(bytes_append(&all, before, known, NULL) &&
                bytes_append(&all, text->data, text->length, NULL));
    for (size_t end = known + 1; end <= all.length && expected.end == WRITER_LENGTH; end++) {
        size_t longest = 0;
        for (size_t k = 0; k < config->stop_count; k++) {
            const WriterStop *stop = &config->stops[k];
            if (stop->length > longest && stop->length <= end &&
                memcmp(all.data + end - stop->length, stop->text, stop->length) == 0) {
                longest = stop->length;
            }
        }
        if (longest > 0) {
            expected = (Expected){end - longest > known ? end - longest - known : 0, WRITER_STOP};
        }
    }
    bytes_free(&all);
    return expected;
}

#endif

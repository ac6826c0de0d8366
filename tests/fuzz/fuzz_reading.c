/* Feeds the reading of texts with anything: files of any bytes, in every form that a pipeline can ask for.
 *
 * The first six bytes of the input are the unit, the normalisation, newlines and case and invalid bytes, the join,
 * rules for lines and records, the size of a piece, and where the second file begins; the rest is the text. It must be
 * the same read whole and read in pieces, be what a plain reading of the pipeline says, and be spelled by its symbols.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/fuzzing.h"

#include <utf8proc.h>

#include "text/source.h"
#include "text/symbol_set.h"
#include "text/utf8.h"
#include "text/vocab.h"

enum { CHOICES = 6, FILES = 2 };

static bool equal(const Bytes *one, const Bytes *other) {
    return one->length == other->length &&
           (one->length == 0 || memcmp(one->data, other->data, one->length) == 0);
}

/* --- the files --- */

typedef struct Texts {
    Bytes content[FILES];
    int files[FILES]; /* in memory */
    char names[FILES][PATH_SIZE];
    char *paths[FILES]; /* under which they can be opened */
    size_t count;
} Texts;

static void add_text(Texts *texts, const uint8_t *data, size_t size) {
    size_t k = texts->count++;
    texts->files[k] = memory_file(data, size, texts->names[k]);
    texts->paths[k] = texts->names[k];
    check(bytes_append(&texts->content[k], (const char *)data, size, NULL), "there is memory");
}

static void free_texts(Texts *texts) {
    for (size_t k = 0; k < texts->count; k++) {
        close(texts->files[k]);
        bytes_free(&texts->content[k]);
    }
}

/* --- what comes out --- */

typedef struct Result {
    bool done;
    Error error;
    Source source;
    Bytes text;
    SymbolSet *set;
    uint32_t *units;
    size_t count, room;
} Result;

static bool take(void *context, const Piece *piece, Error *error) {
    Result *result = context;
    size_t count = 0;
    check(piece->length > 0, "a piece has something in it");
    if (result->count + piece->length > result->room) {
        result->room = 2 * (result->count + piece->length);
        result->units = realloc(result->units, result->room * sizeof *result->units);
        check(result->units != NULL, "there is memory");
    }
    bool done = bytes_append(&result->text, piece->text, piece->length, error) &&
                symbol_set_encode_adding(result->set, piece->text, piece->length,
                                         result->units + result->count, &count, error);
    result->count += count;
    return done;
}

static void read_texts(const Pipeline *pipeline, const Texts *texts, size_t piece_size, Result *result) {
    *result = (Result){.source = {.pipeline = pipeline,
                                  .paths = texts->paths,
                                  .path_count = texts->count,
                                  .purpose = "read",
                                  .piece_size = piece_size}};
    result->set = symbol_set_create(pipeline->unit, NULL);
    check(result->set != NULL && bytes_reserve(&result->text, 0, NULL), "there is memory");
    result->done = source_read(&result->source, (Sink){take, result}, &result->error);
    check(result->done || result->error.message[0] != '\0', "a failure has a message");
}

static void free_result(Result *result) {
    text_report_free(&result->source.report);
    bytes_free(&result->text);
    symbol_set_free(result->set);
    free(result->units);
}

/* --- what shall come out --- */

/* Each byte at which no character starts becomes U+FFFD, or nothing. */
static void repair(Bytes *text, bool leave_out) {
    Bytes out = {0};
    bool done = bytes_reserve(&out, 0, NULL);
    for (size_t k = 0, taken = 0; done && k<text->length; k += taken> 0 ? taken : 1) {
        uint32_t code_point = 0;
        taken = utf8_decode(text->data + k, text->length - k, &code_point);
        done = taken > 0 ? bytes_append(&out, text->data + k, taken, NULL)
                         : bytes_append(&out, "\xEF\xBF\xBD", leave_out ? 0 : 3, NULL);
    }
    check(done, "there is memory");
    bytes_free(text);
    *text = out;
}

static void normalize(Bytes *text, Normalization normalization) {
    static const int options[NORMALIZATIONS] = {
        [NORMALIZATION_NFC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
        [NORMALIZATION_NFD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
        [NORMALIZATION_NFKC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        [NORMALIZATION_NFKD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
    };
    utf8proc_uint8_t *out = NULL;
    if (normalization == NORMALIZATION_NONE) {
        return;
    }
    utf8proc_ssize_t length =
        utf8proc_map((const utf8proc_uint8_t *)text->data, (utf8proc_ssize_t)text->length, &out,
                     (utf8proc_option_t)options[normalization]);
    check(length >= 0, "utf8proc takes valid text");
    text->length = 0;
    check(bytes_append(text, (const char *)out, (size_t)length, NULL), "there is memory");
    free(out);
}

static void unify_newlines(Bytes *text) {
    Bytes out = {0};
    bool done = bytes_reserve(&out, 0, NULL);
    for (size_t k = 0; done && k < text->length; k++) {
        char here = text->data[k];
        bool end = here == '\r' && k + 1 < text->length && text->data[k + 1] == '\n';
        done = end || bytes_append(&out, here == '\r' ? "\n" : &here, 1, NULL);
    }
    check(done, "there is memory");
    bytes_free(text);
    *text = out;
}

/* Of a pattern nothing is known here but what rules make of a whole text. */
static void apply_rules(const Pipeline *pipeline, Bytes *text) {
    for (size_t k = 0; k < pipeline->rule_count; k++) {
        size_t matches = 0;
        Rule *rule = rule_create(pipeline->rules[k].kind, pipeline->rules[k].expression, pipeline->unit,
                                 pipeline->normalization, NULL);
        check(rule != NULL && rule_apply(rule, text, SIZE_MAX, &matches, NULL), "a rule is applied");
        rule_free(rule);
    }
}

/* A file as the pipeline says, by plainer means than the reader's. */
static void clean(const Pipeline *pipeline, Bytes *text) {
    if (pipeline->unit == UNIT_BYTE) {
        return;
    }
    repair(text, pipeline->invalid == INVALID_SKIP);
    if (text->length >= 3 && memcmp(text->data, "\xEF\xBB\xBF", 3) == 0) {
        text->length -= 3;
        memmove(text->data, text->data + 3, text->length + 1);
    }
    if (pipeline->unify_newlines) {
        unify_newlines(text);
    }
    check(letter_case_change(text, pipeline->letter_case, NULL, NULL), "there is memory");
    normalize(text, pipeline->normalization);
}

/* All files as the pipeline says; it makes no records. */
static Bytes expected_text(const Pipeline *pipeline, const Texts *texts) {
    Bytes all = {0};
    bool done = bytes_reserve(&all, 0, NULL);
    for (size_t k = 0; done && k < texts->count; k++) {
        Bytes text = {0};
        done = bytes_append(&text, texts->content[k].data, texts->content[k].length, NULL);
        clean(pipeline, &text);
        apply_rules(pipeline, &text);
        if (all.length > 0 && text.length > 0) {
            const char *join = pipeline->join;
            join = join != NULL ? join : all.data[all.length - 1] == '\n' ? "" : "\n";
            done = done && bytes_append(&all, join, strlen(join), NULL);
        }
        done = done && bytes_append(&all, text.data, text.length, NULL);
        bytes_free(&text);
    }
    check(done, "there is memory");
    return all;
}

/* --- what must hold --- */

/* Its symbols spell the text, and the sorted vocabulary numbers them as it says. */
static void check_units(const Result *result) {
    size_t size = symbol_set_size(result->set);
    uint64_t *counts = calloc(size, sizeof *counts);
    uint32_t *order = calloc(size, sizeof *order);
    check(counts != NULL && order != NULL, "there is memory");
    Vocab *vocab = vocab_create_from_set(result->set, counts, NULL, order, NULL);
    check(vocab != NULL, "what was read makes a vocabulary");
    size_t place = 0;
    for (size_t k = 0; k < result->count; k++) {
        Symbol symbol = vocab_symbol(vocab, order[result->units[k]]);
        check(place + symbol.length <= result->text.length &&
                  memcmp(result->text.data + place, symbol.text, symbol.length) == 0,
              "a symbol comes back");
        check(vocab_find(vocab, symbol) == order[result->units[k]], "a symbol is found");
        place += symbol.length;
    }
    check(place == result->text.length, "all of it comes back");
    vocab_free(vocab);
    free(counts);
    free(order);
}

static bool equal_rules(const TextReport *one, const TextReport *other, size_t count) {
    bool same = true;
    for (size_t k = 0; k < count; k++) {
        same = same && one->rules[k].matches == other->rules[k].matches &&
               one->rules[k].files == other->rules[k].files;
    }
    return same;
}

static void check_same(const Result *whole, const Result *pieces) {
    check(whole->done == pieces->done, "both are read, or neither");
    check(strcmp(whole->error.message, pieces->error.message) == 0, "the message is the same");
    if (!whole->done) {
        return;
    }
    check(equal(&whole->text, &pieces->text), "the text is the same");
    check(whole->count == pieces->count &&
              memcmp(whole->units, pieces->units, whole->count * sizeof *whole->units) == 0,
          "the units are the same");
    check(whole->source.report.bytes == pieces->source.report.bytes &&
              whole->source.report.digest == pieces->source.report.digest &&
              whole->source.report.invalid == pieces->source.report.invalid &&
              equal(&whole->source.report.invalid_at, &pieces->source.report.invalid_at) &&
              equal_rules(&whole->source.report, &pieces->source.report, whole->source.pipeline->rule_count),
          "what is told of it is the same");
}

static void check_texts(const Pipeline *pipeline, const Texts *texts, size_t piece_size) {
    Result whole;
    Result pieces;
    read_texts(pipeline, texts, 0, &whole);
    read_texts(pipeline, texts, piece_size, &pieces);
    check_same(&whole, &pieces);
    if (whole.done && pipeline->separator == NULL) {
        Bytes expected = expected_text(pipeline, texts);
        check(equal(&whole.text, &expected), "the text is what the pipeline says");
        bytes_free(&expected);
    }
    if (whole.done) {
        check_units(&whole);
    }
    free_result(&whole);
    free_result(&pieces);
}

/* --- what is asked for --- */

static Pipeline choose_pipeline(const uint8_t *data) {
    static const char *const joins[] = {NULL, "", "\n***\n", "e\xCC\x81\xCC\x81"};
    Pipeline pipeline = {.unit = (Unit)(data[0] % UNITS), .normalization = NORMALIZATION_NONE};
    if (pipeline.unit != UNIT_BYTE) {
        pipeline.normalization = (Normalization)(data[1] % NORMALIZATIONS);
        pipeline.unify_newlines = data[2] % 2 == 0;
        pipeline.letter_case = (LetterCase)(data[2] / 2 % LETTER_CASES);
        pipeline.invalid = (Invalid)(data[2] / 8 % INVALIDS);
    }
    const char *join = joins[data[3] % (sizeof joins / sizeof *joins)];
    check(join == NULL || pipeline_set_join(&pipeline, join, NULL), "there is memory");
    if (data[3] / 4 % 2 == 1) {
        check(pipeline_add_rule(&pipeline, RULE_KEEP_LINES, "[a-f]|^..$", NULL), "there is memory");
    }
    if (data[3] / 8 % 2 == 1) {
        check(pipeline_add_rule(&pipeline, RULE_DROP_LINES, "a\\b|^.\\s", NULL), "there is memory");
    }
    if (data[3] / 16 % 2 == 1) {
        check(pipeline_set_separator(&pipeline, pipeline_line_separator(&pipeline), NULL), "there is memory");
    }
    return pipeline;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < CHOICES) {
        return 0;
    }
    Pipeline pipeline = choose_pipeline(data);
    size_t piece_size = 1 + (size_t)data[4] % 64;
    size_t first = (size - CHOICES) * data[5] / 255; /* bytes of the first file */
    Texts texts = {0};
    add_text(&texts, data + CHOICES, first);
    if (data[5] < 255) {
        add_text(&texts, data + CHOICES + first, size - CHOICES - first);
    }
    check_texts(&pipeline, &texts, piece_size);
    free_texts(&texts);
    pipeline_free(&pipeline);
    return 0;
}

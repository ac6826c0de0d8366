/* Comparisons for people and programs: see eval_comparison.h. */
#include "commands/eval_comparison.h"

#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/utf8_byte.h"
#include "commands/eval_figures.h"
#include "commands/json.h"
#include "model/json_text.h"
#include "text/place.h"
#include "text/utf8.h"
#include "ui/figures.h"
#include "ui/terminal.h"
#include "ui/visible.h"

enum {
    FIGURE_COLUMNS = 38, /* of a passage's line and bits */
    CONTEXT_LEAST = 8,   /* columns before a passage, and behind it */
    CONTEXT_JSON = 40    /* units of each for programs */
};

static double mean_nats(const Comparison *comparison, size_t side) {
    return score_mean((Score){comparison->nats[side], comparison->predicted});
}

/* --- text around a passage --- */

/* A passage as text, and what stands before and behind it. Owned. */
typedef struct Excerpt {
    Bytes before, passage, after;
} Excerpt;

static void excerpt_free(Excerpt *excerpt) {
    bytes_free(&excerpt->before);
    bytes_free(&excerpt->passage);
    bytes_free(&excerpt->after);
}

/* Appends units as text. A border is a newline. */
static bool append_units(const ComparedText *text, Range units, Bytes *out, Error *error) {
    bool done = true;
    for (size_t k = units.begin; done && k < units.end; k++) {
        uint32_t unit = 0;
        done = unit_store_read(text->units, k, 1, &unit, error);
        Symbol symbol = done ? vocab_symbol(text->vocab, unit) : symbol_border();
        done = done && bytes_append(out, symbol.length > 0 ? symbol.text : "\n",
                                    symbol.length > 0 ? symbol.length : 1, error);
    }
    return done;
}

/* Takes the rest of a character off the beginning, and the beginning of one off the end: bytes may be cut anywhere. */
static void trim_bytes(Bytes *text) {
    size_t begin = 0;
    if (text->length == 0) {
        return;
    }
    while (begin < text->length && begin < 3 && utf8_byte_continues(text->data[begin])) {
        begin++;
    }
    text->length -= begin;
    memmove(text->data, text->data + begin, text->length);
    size_t valid = utf8_find_invalid(text->data, text->length);
    text->length = text->length - valid < 4 ? valid : text->length;
}

/* The passage with up to `around` units on each side of it. */
static bool excerpt_make(const ComparedText *text, const Passage *passage, size_t around, Excerpt *excerpt,
                         Error *error) {
    size_t count = unit_store_count(text->units);
    Range units = passage->units;
    *excerpt = (Excerpt){.before = {0}};
    bool done =
        append_units(text, (Range){units.begin > around ? units.begin - around : 0, units.begin},
                     &excerpt->before, error) &&
        append_units(text, units, &excerpt->passage, error) &&
        append_units(text, (Range){units.end, count - units.end < around ? count : units.end + around},
                     &excerpt->after, error);
    if (done && vocab_unit(text->vocab) == UNIT_BYTE) {
        trim_bytes(&excerpt->before);
        trim_bytes(&excerpt->after);
    }
    return done;
}

/* --- for people --- */

static size_t shown_width(const Bytes *text) {
    bool valid = text->length == 0 || utf8_find_invalid(text->data, text->length) == text->length;
    return valid && text->length > 0 ? utf8_width(text->data, text->length) : text->length;
}

/* How many bytes of a text fill so many columns at most, from its beginning or its end. */
static size_t fitting(const Bytes *text, size_t columns, bool from_end) {
    if (shown_width(text) <= columns) {
        return text->length;
    }
    size_t taken = 0;
    for (size_t width = 0; width <= columns && taken < text->length;) {
        size_t next = taken;
        do { /* a character of UTF-8 begins with a byte that is not 10...... */
            next++;
        } while (next < text->length &&
                 utf8_byte_continues(text->data[from_end ? text->length - next : next]));
        const char *begin = from_end ? text->data + text->length - next : text->data;
        bool valid = utf8_find_invalid(begin, next) == next;
        width = valid ? utf8_width(begin, next) : next;
        taken = width <= columns ? next : taken;
    }
    return taken;
}

static bool print_passage(const ComparedText *text, const Passage *passage, size_t columns, Output *output,
                          Error *error) {
    Excerpt excerpt;
    Bytes line = {0};
    bool done =
        excerpt_make(text, passage, columns > CONTEXT_LEAST ? columns : CONTEXT_LEAST, &excerpt, error);
    if (done) {
        size_t width = shown_width(&excerpt.passage) + 2;
        size_t half = columns > width + 2 * CONTEXT_LEAST ? (columns - width) / 2 : CONTEXT_LEAST;
        size_t before = fitting(&excerpt.before, half, true);
        done = visible_line(excerpt.before.data + excerpt.before.length - before, before, &line, error) &&
               bytes_printf(&line, error, "[") &&
               visible_line(excerpt.passage.data, excerpt.passage.length, &line, error) &&
               bytes_printf(&line, error, "]") &&
               visible_line(excerpt.after.data, fitting(&excerpt.after, half, false), &line, error);
    }
    if (done) {
        double bits[2] = {bits_from_nats(passage->nats[0]), bits_from_nats(passage->nats[1])};
        output_printf(output, "%8zu %8.1f %8.1f %+8.1f   ", passage->line, bits[0], bits[1],
                      bits[1] - bits[0]);
        output_visible(output, line.data, line.length);
        output_string(output, "\n");
    }
    excerpt_free(&excerpt);
    bytes_free(&line);
    return done;
}

static bool print_passages(const ComparedText texts[2], const Comparison *comparison, size_t side,
                           Output *output, Error *error) {
    const Place place = {.vocab = texts[0].vocab};
    const Passages *passages = &comparison->passages;
    size_t width = terminal_width(STDOUT_FILENO);
    size_t columns = width > FIGURE_COLUMNS ? width - FIGURE_COLUMNS : 0;
    bool done = true;
    if (passages->count[side] == 0) {
        return output_printf(output, "\nNowhere is %zu more surprised than %zu\n", side + 1, 2 - side);
    }
    output_printf(output, "\nWhere %zu is more surprised than %zu, in bits\n%8s %8s %8s %8s\n", side + 1,
                  2 - side, place_noun(&place), "1", "2", "2 - 1");
    for (size_t k = 0; done && k < passages->count[side]; k++) {
        done = print_passage(&texts[0], &passages->most[side][k], columns, output, error);
    }
    return done;
}

bool eval_comparison_print(const ComparedText texts[2], const Comparison *comparison, Output *output,
                           Error *error) {
    const EvalTable table = {.unit = comparison_unit(vocab_unit(texts[0].vocab), vocab_unit(texts[1].vocab)),
                             .nats = {mean_nats(comparison, 0), mean_nats(comparison, 1)},
                             .heads = {"1", "2", "2 - 1"},
                             .predicted = comparison->predicted};
    for (size_t side = 0; side < 2; side++) {
        output_printf(output, "%zu  ", side + 1);
        output_visible(output, texts[side].name, strlen(texts[side].name));
        output_string(output, "\n");
    }
    output_string(output, "\n");
    eval_table_print(&table, output);
    return print_passages(texts, comparison, 0, output, error) &&
           print_passages(texts, comparison, 1, output, error);
}

/* --- for programs --- */

static json_t *bytes_to_json(const Bytes *text) {
    return json_text_make(text->length > 0 ? text->data : "", text->length);
}

static json_t *passage_to_json(const ComparedText *text, const Passage *passage, Error *error) {
    const Place place = {.vocab = text->vocab};
    Excerpt excerpt;
    json_t *object = NULL;
    if (excerpt_make(text, passage, CONTEXT_JSON, &excerpt, error)) {
        object =
            json_pack("{s:I, s:o, s:o, s:o, s:[f, f]}", place_noun(&place), (json_int_t)passage->line,
                      "before", bytes_to_json(&excerpt.before), "passage", bytes_to_json(&excerpt.passage),
                      "after", bytes_to_json(&excerpt.after), "nats", passage->nats[0], passage->nats[1]);
    }
    excerpt_free(&excerpt);
    return object;
}

/* A model, its figures, and where it was the more surprised. */
static json_t *side_to_json(const ComparedText texts[2], const Comparison *comparison, size_t side,
                            Error *error) {
    const Passages *passages = &comparison->passages;
    json_t *list = json_array();
    for (size_t k = 0; k < passages->count[side]; k++) {
        if (json_array_append_new(list, passage_to_json(&texts[0], &passages->most[side][k], error)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    json_t *object = json_pack("{s:o}", "model", json_text_make(texts[side].name, strlen(texts[side].name)));
    if (!json_merge(object, eval_means_to_json("", mean_nats(comparison, side))) ||
        json_object_set(object, "more_surprised", list) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(list);
    return object;
}

bool eval_comparison_print_json(const ComparedText texts[2], const Comparison *comparison, Output *output,
                                Error *error) {
    json_t *first = side_to_json(texts, comparison, 0, error);
    json_t *second = side_to_json(texts, comparison, 1, error);
    json_t *object =
        json_pack("{s:I, s:I, s:o, s:[o, o]}", "chars", (json_int_t)comparison->predicted, "left_out",
                  (json_int_t)comparison->left_out, "difference_nats_per_char",
                  json_number(mean_nats(comparison, 1) - mean_nats(comparison, 0)), "models", first, second);
    return json_print(output, object, error);
}

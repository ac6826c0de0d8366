/* letra eval: how well a model predicts a text. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/file.h"
#include "commands/command.h"
#include "commands/json.h"
#include "commands/loading.h"
#include "commands/shared_options.h"
#include "commands/texts.h"
#include "generate/score.h"
#include "text/corpus.h"
#include "text/split.h"
#include "ui/figures.h"
#include "ui/interrupt.h"
#include "ui/message.h"
#include "ui/meter.h"
#include "ui/output.h"

typedef enum Part { PART_ALL, PART_TRAIN, PART_VAL, PART_TEST } Part;

static const char *part_name(size_t index) {
    static const char *const names[] = {"all", "train", "val", "test"};
    return index < ROWS(names) ? names[index] : NULL;
}

typedef struct EvalValues {
    bool json;
    size_t part; /* a Part */
    size_t unknown;
    const char *include; /* NULL: all files of a folder */
    const char *cache;   /* NULL: the text is kept in memory */
    uint64_t threads;
} EvalValues;

static const Option rows[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(EvalValues, json),
     .help = "print one JSON object: nats_per_char, bits_per_char, perplexity, chars"},
    {.name = "split",
     .kind = OPTION_CHOICE,
     .argument = "PART",
     .offset = offsetof(EvalValues, part),
     .choices = part_name,
     .fallback = "all",
     .help = "the part of the text, cut as it was for training"},
    INCLUDE_OPTION(EvalValues, include),
    CACHE_OPTION(EvalValues, cache),
    UNKNOWN_OPTION(EvalValues, unknown, unknown_text_choice, "characters of the text"),
    THREADS_OPTION(EvalValues, threads),
};

/* Whether the model can tell where the part begins and ends: one that was not trained here knows of no split. */
static bool check_part(const Model *model, const char *path, Part part, Error *error) {
    return part == PART_ALL || model->history.corpus_units > 0 ||
           error_set(error,
                     "--split %s: %s was not trained by letra and does not know how its text was split; "
                     "leave --split out and give the part as a text",
                     part_name(part), file_input_name(path));
}

/* The units of the part that was asked for. */
static bool choose_part(const Model *model, const Corpus *corpus, Part part, Range *range, Error *error) {
    const TrainingHistory *history = &model->history;
    size_t count = unit_store_count(corpus->units);
    Split split = split_corpus(corpus, history->method.val_fraction, history->method.test_fraction);
    switch (part) {
    case PART_ALL: *range = (Range){0, count}; break;
    case PART_TRAIN: *range = split.train; break;
    case PART_VAL: *range = split.val; break;
    case PART_TEST: *range = split.test; break;
    }
    if (part != PART_ALL && history->corpus_digest != 0 && corpus->report.digest != history->corpus_digest) {
        message_warning("this is not the text that the model was trained on: '%s' is cut off by position",
                        part_name(part));
    }
    if (range->end - range->begin < 2) {
        size_t units = range->end - range->begin;
        return error_set(error, "the part '%s' of the text has %zu %s%s; at least 2 are needed%s",
                         part_name(part), units, unit_noun(model->pipeline.unit), units == 1 ? "" : "s",
                         part == PART_ALL ? "" : " (letra show prints how the model's text was split)");
    }
    return true;
}

static bool show_progress(void *context, size_t done, size_t count) {
    meter_show(context, (double)done / (double)count);
    return !interrupt_came();
}

static bool print_score(const Score *score, const Model *model, bool json, Output *output, Error *error) {
    double nats = score->nats / (double)score->predicted;
    if (json) {
        json_t *object = json_pack("{s:o, s:o, s:o, s:I}", "nats_per_char", json_number(nats),
                                   "bits_per_char", json_number(bits_from_nats(nats)), "perplexity",
                                   json_number(exp(nats)), "chars", (json_int_t)score->predicted);
        return json_print(output, object, error);
    }
    const char *unit = unit_name(model->pipeline.unit);
    char count[FIGURE_SIZE];
    char label[16];
    output_printf(output, "nats/%s    %.4f\n", unit, nats);
    output_printf(output, "bits/%s    %.4f\n", unit, bits_from_nats(nats));
    output_printf(output, "perplexity   %.4f\n", exp(nats));
    snprintf(label, sizeof label, "%ss", unit_noun(model->pipeline.unit));
    output_printf(output, "%-12s %s\n", label, figure_count(score->predicted, count));
    return true;
}

static bool read_texts(const Invocation *invocation, const EvalValues *values, const Model *model,
                       Corpus *corpus, Error *error) {
    FileList list = {0};
    bool done = texts_list(invocation->texts + 1, invocation->text_count - 1, values->include, &list, error);
    if (done) {
        const CorpusFiles files = {list.paths, list.count, values->cache};
        done = corpus_read_with_vocab(&model->pipeline, model->vocab, (Unknown)values->unknown, &files,
                                      corpus, error);
    }
    file_list_free(&list);
    return done;
}

static bool evaluate(const Invocation *invocation, const EvalValues *values, Loaded *loaded, Output *output,
                     Error *error) {
    const Model *model = &loaded->model;
    Corpus corpus = {0};
    Score score = {0};
    Range range = {0};
    if (!check_part(model, invocation->texts[0], (Part)values->part, error) ||
        !read_texts(invocation, values, model, &corpus, error)) {
        return false;
    }
    message_left_out(NULL, model->pipeline.unit, corpus.unknown);
    message_invalid(&model->pipeline, &corpus.report);
    Meter meter = meter_start("evaluating");
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    bool done =
        choose_part(model, &corpus, (Part)values->part, &range, error) &&
        score_units(model, &loaded->compute, corpus.units, range, show_progress, &meter, &score, error);
    meter_end(&meter);
    corpus_free(&corpus);
    return done && print_score(&score, model, values->json, output, error);
}

static int run_eval(const Invocation *invocation, const void *given) {
    const EvalValues *values = given;
    const char *path = invocation->texts[0];
    const char *fault = texts_fault((const char *const *)invocation->texts, invocation->text_count);
    if (fault != NULL) {
        return usage_error(invocation, "%s", fault);
    }
    Error error = {0};
    Loaded loaded;
    if (!loaded_open(path, values->threads, &loaded, &error)) {
        if (loaded_is_text(path)) {
            error_set(&error, "%s is no letra model; the model comes first: %s eval MODEL TEXT...", path,
                      invocation->program);
        }
        return work_error(&error);
    }
    Output output = output_open();
    bool done = evaluate(invocation, values, &loaded, &output, &error);
    loaded_close(&loaded);
    if (!done && interrupt_came()) {
        return interrupt_status();
    }
    return done ? output_close(&output) : work_error(&error);
}

const Command eval_command = {
    .name = "eval",
    .arguments = "MODEL TEXT...",
    .least = 2,
    .most = SIZE_MAX,
    .summary = "measure how well a model predicts a text",
    .details =
        "Measures how well a model predicts texts (-: standard input): the mean loss in nats and bits per "
        "character, the perplexity, and how many characters were predicted. It is one pass from the start of "
        "the part to its end; every character after the first is predicted once.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .values_size = sizeof(EvalValues),
    .run = run_eval,
};

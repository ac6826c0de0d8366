/* letra eval: how well a model predicts a text, as a whole (eval_figures.h), symbol by symbol (eval_symbols.h) or
 * beside another model (eval_compare.h). */
#include <string.h>
#include <unistd.h>

#include "base/file_list.h"
#include "commands/command.h"
#include "commands/eval_compare.h"
#include "commands/eval_figures.h"
#include "commands/eval_symbols.h"
#include "commands/eval_text.h"
#include "commands/json.h"
#include "commands/loading.h"
#include "commands/shared_options.h"
#include "commands/texts.h"
#include "generate/score.h"
#include "ui/interrupt.h"
#include "ui/message.h"
#include "ui/meter.h"
#include "ui/terminal.h"

typedef struct EvalValues {
    bool json;
    bool jsonl;
    bool heatmap;
    const char *compare; /* NULL: with none */
    bool dynamic;
    double dynamic_rate;
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
     .help = "print one JSON object: nats_per_char, bits_per_char, perplexity, chars (with --dynamic and "
             "--compare: more of them)"},
    {.name = "jsonl",
     .kind = OPTION_FLAG,
     .offset = offsetof(EvalValues, jsonl),
     .help = "print a JSON object for each symbol, on a line of its own, and at the end that of --json"},
    {.name = "heatmap",
     .kind = OPTION_FLAG,
     .offset = offsetof(EvalValues, heatmap),
     .help = "print the text, each character in the colour of its surprise; without colours (a pipe, "
             "NO_COLOR) a table of them"},
    {.name = "compare",
     .kind = OPTION_TEXT,
     .argument = "MODEL",
     .offset = offsetof(EvalValues, compare),
     .help = "measure another model beside the first one, and show where they differ most"},
    {.name = "dynamic",
     .kind = OPTION_FLAG,
     .offset = offsetof(EvalValues, dynamic),
     .help = "let the model go on learning as it reads, and show what that gains; its file stays as it is"},
    {.name = "dynamic-rate",
     .kind = OPTION_REAL,
     .argument = "X",
     .offset = offsetof(EvalValues, dynamic_rate),
     .least = 0,
     .most = 1,
     .fallback = "0.001",
     .help = "how fast it learns then"},
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

/* What prints each symbol; NULL: nothing does. */
static const SymbolFormat *choose_format(const EvalValues *values) {
    if (values->jsonl) {
        return &symbol_format_jsonl;
    }
    if (values->heatmap) {
        return terminal_has_colours(STDOUT_FILENO) ? &symbol_format_heatmap : &symbol_format_table;
    }
    return NULL;
}

/* --- scoring --- */

/* An evaluation under way. */
typedef struct Evaluation {
    const EvalValues *values;
    Loaded *loaded;
    Output *output;
    const Corpus *corpus;
    Range range;
    Meter meter;
    const SymbolFormat *format; /* NULL: symbols are not printed */
    SymbolPrinter printer;
} Evaluation;

static bool show_progress(void *context, size_t done, size_t count) {
    Evaluation *evaluation = context;
    bool covered =
        evaluation->format != NULL && evaluation->output->terminal; /* it would write into the text */
    if (!covered) {
        meter_show(&evaluation->meter, (double)done / (double)count);
    }
    return !interrupt_came();
}

static bool show_symbols(void *context, const UnitScore *scores, size_t count, Error *error) {
    Evaluation *evaluation = context;
    SymbolPrinter *printer = &evaluation->printer;
    bool done = true;
    for (size_t k = 0; done && k < count; k++) {
        done = evaluation->format->show(printer, &scores[k], error);
        place_pass(&printer->place, scores[k].unit);
    }
    done = done && (evaluation->format->pause == NULL || evaluation->format->pause(printer, error));
    return done && evaluation->output->failure == 0;
}

/* `dynamic` NULL: the model stays as it is. */
static bool score_text(Evaluation *evaluation, const DynamicConfig *dynamic, bool show, Score *score,
                       Error *error) {
    /* Both passes of dynamic evaluation read the same windows: a rate of 0 gains nothing, to the last bit. */
    const ScorerConfig config = {.guesses = show,
                                 .steps = evaluation->values->dynamic ? dynamic_default.segment : 0,
                                 .dynamic = dynamic};
    const ScoreWatch watch = {
        .progress = show_progress, .see = show ? show_symbols : NULL, .context = evaluation};
    evaluation->meter = meter_start(dynamic != NULL ? "evaluating as it learns" : "evaluating");
    bool done = score_units(&evaluation->loaded->model, &evaluation->loaded->compute, &config,
                            evaluation->corpus->units, evaluation->range, &watch, score, error);
    meter_end(&evaluation->meter);
    return done;
}

/* The same with each symbol printed, if symbols are. */
static bool show_text(Evaluation *evaluation, const DynamicConfig *dynamic, Score *score, Error *error) {
    const SymbolFormat *format = evaluation->format;
    SymbolPrinter *printer = &evaluation->printer;
    if (format == NULL) {
        return score_text(evaluation, dynamic, false, score, error);
    }
    *printer = (SymbolPrinter){.model = &evaluation->loaded->model, .output = evaluation->output};
    bool done = place_find(&printer->place, printer->model->vocab, evaluation->corpus->units,
                           evaluation->range.begin, error) &&
                (format->begin == NULL || format->begin(printer, error)) &&
                score_text(evaluation, dynamic, true, score, error);
    done = (format->end == NULL || format->end(printer, done ? error : NULL)) && done;
    bytes_free(&printer->shown);
    return done;
}

static bool print_figures(const Evaluation *evaluation, const EvalFigures *figures, Error *error) {
    Output *output = evaluation->output;
    if (evaluation->values->jsonl) {
        return json_print_line(output, eval_figures_to_json(figures), error);
    }
    if (evaluation->values->json) {
        return json_print(output, eval_figures_to_json(figures), error);
    }
    if (evaluation->format != NULL) {
        output_string(output, "\n");
    }
    eval_figures_print(figures, output);
    return true;
}

/* One pass, or two: the model as it is, and then as it learns, which is what is shown of the symbols. */
static bool measure(Evaluation *evaluation, Error *error) {
    const EvalValues *values = evaluation->values;
    EvalFigures figures = {.unit = evaluation->loaded->model.pipeline.unit, .rate = values->dynamic_rate};
    if (!values->dynamic) {
        return show_text(evaluation, NULL, &figures.score, error) &&
               print_figures(evaluation, &figures, error);
    }
    Score learning = {0};
    DynamicConfig config = dynamic_default;
    config.rate = values->dynamic_rate;
    figures.dynamic = &learning;
    return score_text(evaluation, NULL, false, &figures.score, error) &&
           show_text(evaluation, &config, &learning, error) && print_figures(evaluation, &figures, error);
}

/* --- the command --- */

static bool evaluate(const EvalValues *values, Loaded *loaded, const CorpusFiles *files, Output *output,
                     Error *error) {
    const Model *model = &loaded->model;
    Corpus corpus = {0};
    Evaluation evaluation = {.values = values,
                             .loaded = loaded,
                             .output = output,
                             .corpus = &corpus,
                             .format = choose_format(values)};
    if (!corpus_read_with_vocab(&model->pipeline, model->vocab, (Unknown)values->unknown, files, &corpus,
                                error)) {
        return texts_explain(files->paths, files->count, model->pipeline.unit, error);
    }
    message_left_out(NULL, model->pipeline.unit, corpus.unknown);
    message_invalid(&model->pipeline, &corpus.report);
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    bool done = eval_text_choose_part(model, &corpus, (Part)values->part, &evaluation.range, error) &&
                measure(&evaluation, error);
    corpus_free(&corpus);
    return done;
}

static bool compare(const Invocation *invocation, const EvalValues *values, Loaded *loaded,
                    const CorpusFiles *files, Output *output, Error *error) {
    const CompareRequest request = {.paths = {invocation->texts[0], values->compare},
                                    .loaded = loaded,
                                    .files = files,
                                    .part = (Part)values->part,
                                    .unknown = (Unknown)values->unknown,
                                    .json = values->json};
    return eval_compare(&request, output, error);
}

static bool run(const Invocation *invocation, const EvalValues *values, Loaded *loaded, Output *output,
                Error *error) {
    FileList list = {0};
    if (!eval_text_check_part(&loaded->model, invocation->texts[0], (Part)values->part, error) ||
        !texts_list(invocation->texts + 1, invocation->text_count - 1, values->include, &list, error)) {
        return false;
    }
    const CorpusFiles files = {list.paths, list.count, values->cache};
    bool done = values->compare != NULL ? compare(invocation, values, loaded, &files, output, error)
                                        : evaluate(values, loaded, &files, output, error);
    file_list_free(&list);
    return done;
}

/* What is wrong with the command line as a whole; NULL: nothing is. */
static const char *find_contradiction(const Invocation *invocation, const EvalValues *values) {
    if (values->json + values->jsonl + values->heatmap > 1) {
        return "--json, --jsonl and --heatmap: give one of them";
    }
    if (values->compare != NULL && (values->jsonl || values->heatmap || values->dynamic)) {
        return "--compare goes with --json alone, not with --jsonl, --heatmap or --dynamic";
    }
    if (option_given(invocation, "dynamic-rate") && !values->dynamic) {
        return "--dynamic-rate is for --dynamic, which is not given";
    }
    const char *const *texts = (const char *const *)invocation->texts;
    if (values->compare != NULL && (strcmp(values->compare, "-") == 0 ||
                                    texts_standard_input_count(texts + 1, invocation->text_count - 1) > 0)) {
        return "--compare reads the text once for each model, and standard input ('-') can be read only once: "
               "give files";
    }
    return texts_fault(texts, invocation->text_count);
}

static int run_eval(const Invocation *invocation, const void *given) {
    const EvalValues *values = given;
    const char *path = invocation->texts[0];
    const char *fault = find_contradiction(invocation, values);
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
    bool done = run(invocation, values, &loaded, &output, &error);
    loaded_close(&loaded);
    if (!done && interrupt_came()) {
        return interrupt_status();
    }
    return done || output.failure != 0 ? output_close(&output) : work_error(&error);
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
        "the part to its end; every character after the first is predicted once.\n\n"
        "--jsonl gives for each symbol its position and line (of a model of records: record), both of all texts "
        "together as the model reads them, the symbol (of a model of bytes a number; \"\" is the border between "
        "records, null what rare symbols became), its nats, its rank among all symbols, and the likeliest one with "
        "its nats; null for the first, which is not predicted. With --compare, the positive differences are where the"
        " second model is the more surprised.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .values_size = sizeof(EvalValues),
    .run = run_eval,
};

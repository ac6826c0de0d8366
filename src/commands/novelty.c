/* letra novelty: how much of a text stands in a corpus word for word. What is found out is in novelty_findings.h, how
 * it is shown in novelty_report.h. */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "commands/command.h"
#include "commands/json.h"
#include "commands/loading.h"
#include "commands/novelty_findings.h"
#include "commands/novelty_report.h"
#include "commands/novelty_writing.h"
#include "commands/pipeline_options.h"
#include "commands/sampling.h"
#include "commands/texts.h"
#include "text/matching_statistics.h"
#include "text/split.h"
#include "ui/interrupt.h"
#include "ui/message.h"

typedef struct NoveltyValues {
    OptionTexts corpora;
    const char *include; /* NULL: all files of a folder */
    size_t unit;         /* a Unit: of two texts */
    uint64_t passages;
    bool json;
    Sampling sampling;
} NoveltyValues;

static const Option rows[] = {
    {.name = "corpus",
     .kind = OPTION_TEXTS,
     .argument = "TEXT",
     .offset = offsetof(NoveltyValues, corpora),
     .help = "where copies are looked for: a file, a folder, or - for standard input; may be given again"},
    INCLUDE_OPTION(NoveltyValues, include),
    {.name = "passages",
     .kind = OPTION_INTEGER,
     .argument = "N",
     .offset = offsetof(NoveltyValues, passages),
     .least = 0,
     .most = 1000,
     .fallback = "10",
     .help = "how many of the longest copies are listed"},
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(NoveltyValues, json),
     .help = "print one JSON object, with the keys below"},
    {.name = "unit",
     .kind = OPTION_CHOICE,
     .argument = "UNIT",
     .offset = offsetof(NoveltyValues, unit),
     .choices = unit_choice,
     .fallback = "char",
     .help = "what is counted in a text; a model has its own"},
    {.kind = OPTION_HEADING, .help = "How a model writes, as letra sample does"},
    {.name = "length",
     .letter = 'n',
     .kind = OPTION_SIZE,
     .argument = "N",
     .offset = offsetof(NoveltyValues, sampling.length),
     .least = 1,
     .most = MATCHING_BYTES_MAX,
     .fallback = "20k",
     .help = "how many characters it writes"},
    DRAWING_OPTIONS(NoveltyValues, sampling),
    THREADS_OPTION(NoveltyValues, sampling.threads),
};

/* --- the command line --- */

static bool is_file(const char *path) {
    struct stat status;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size > 0;
}

/* Whether the argument is a model: a file that begins as one does, or that can be no text, unless --unit says that it
 * is one. */
static bool is_model(const Invocation *invocation) {
    const char *path = invocation->texts[0];
    return is_file(path) &&
           (loaded_is_model(path) || (!loaded_is_text(path) && !option_given(invocation, "unit")));
}

/* The first model among the corpora, which are texts; NULL: none is one. */
static const char *find_model(const OptionTexts *corpora) {
    for (size_t k = 0; k < corpora->count; k++) {
        if (is_file(corpora->items[k]) && loaded_is_model(corpora->items[k])) {
            return corpora->items[k];
        }
    }
    return NULL;
}

/* Options that say how a model writes: those behind the heading. What is wrong with them beside a text. */
static int check_text(const Invocation *invocation, const char *path) {
    bool writing = false;
    for (size_t k = 0; k < ROWS(rows); k++) {
        writing = writing || rows[k].kind == OPTION_HEADING;
        if (writing && rows[k].name != NULL && option_given(invocation, rows[k].name)) {
            return usage_error(invocation, "--%s says how a model writes, and %s is a text", rows[k].name,
                               file_input_name(path));
        }
    }
    return STATUS_DONE;
}

/* What is wrong with the command line as a whole. STATUS_DONE: nothing is. */
static int check_usage(const Invocation *invocation, const NoveltyValues *values) {
    const char *path = invocation->texts[0];
    const OptionTexts *corpora = &values->corpora;
    if (corpora->count == 0) {
        return usage_error(invocation,
                           "--corpus is missing, the text that copies are looked for in: %s novelty %s",
                           invocation->program, novelty_command.arguments);
    }
    const char *fault = texts_fault(corpora->items, corpora->count);
    bool corpus_comes_in = texts_standard_input_count(corpora->items, corpora->count) > 0;
    const char *inputs[] = {path, corpus_comes_in ? "-" : NULL};
    fault = fault != NULL ? fault : texts_fault(inputs, ROWS(inputs));
    if (fault != NULL) {
        return usage_error(invocation, "%s", fault);
    }
    const char *model = find_model(corpora);
    if (model != NULL) {
        return usage_error(invocation,
                           "%s is a model, and --corpus is a text; the model comes first: %s novelty %s",
                           model, invocation->program, novelty_command.arguments);
    }
    if (!is_model(invocation)) {
        bool there = strcmp(path, "-") == 0 || file_exists(path);
        return there ? check_text(invocation, path) : STATUS_DONE;
    }
    if (option_given(invocation, "unit")) {
        return usage_error(invocation, "--unit is for texts; %s is a model, which has its own", path);
    }
    return sampling_check(invocation, &values->sampling);
}

/* --- the texts --- */

static bool read_text(const Pipeline *pipeline, const FileList *list, PlacedText *text, Error *error) {
    const PlacedTextFiles files = {list->paths, list->count, "compare", MATCHING_BYTES_MAX};
    if (!placed_text_read(pipeline, &files, text, error)) {
        return false;
    }
    message_invalid(pipeline, &text->report);
    return true;
}

/* Has copies looked for in all of the corpus. */
static void choose_all(NoveltyFindings *findings) {
    findings->corpus_units = placed_text_units(&findings->corpus, findings->unit);
    findings->learned = findings->corpus.bytes.length;
}

/* Has them looked for in the part that the model learned, and the one that was held out compared; of records, which are
 * split at random, all were chosen. */
static void choose_learned(const TrainingMethod *method, NoveltyFindings *findings) {
    const PlacedText *corpus = &findings->corpus;
    Split split = split_units(findings->corpus_units, method->val_fraction, method->test_fraction);
    if (!corpus->records && split.train.end > 0) {
        findings->corpus_units = split.train.end;
        findings->learned = placed_text_offset(corpus, findings->unit, split.train.end);
        findings->held_out = placed_text_offset(corpus, findings->unit, split.val.end) - findings->learned;
    }
}

/* What the model says of the corpus. */
static NoveltyCorpus corpus_of(const TrainingHistory *history, const PlacedText *corpus) {
    if (history->corpus_digest == 0) {
        return NOVELTY_CORPUS_ANY;
    }
    return history->corpus_digest == corpus->report.digest ? NOVELTY_CORPUS_LEARNED : NOVELTY_CORPUS_OTHER;
}

/* A look at a text. */
typedef struct Look {
    const Invocation *invocation;
    const NoveltyValues *values;
    FileList texts, corpora;
    NoveltyFindings findings;
} Look;

static bool write_and_compare(Look *look, Loaded *loaded, Error *error) {
    const Sampling *sampling = &look->values->sampling;
    const TrainingHistory *history = &loaded->model.history;
    NoveltyFindings *findings = &look->findings;
    findings->unit = loaded->model.pipeline.unit;
    findings->cleaned = loaded->model.pipeline.rule_count > 0;
    if (!read_text(&loaded->model.pipeline, &look->corpora, &findings->corpus, error)) {
        return false;
    }
    findings->corpus_kind = corpus_of(history, &findings->corpus);
    choose_all(findings);
    if (findings->corpus_kind == NOVELTY_CORPUS_LEARNED) {
        choose_learned(&history->method, findings);
    }
    findings->model = look->invocation->texts[0];
    findings->temperature = sampling->greedy ? 0 : sampling->temperature;
    findings->seed = sampling_seed(sampling);
    return novelty_write(loaded, sampling, findings->seed, &findings->text, error) &&
           (interrupt_came() || novelty_findings_make(findings, error));
}

static bool compare_written(Look *look, Error *error) {
    Loaded loaded;
    const char *path = look->invocation->texts[0];
    if (!loaded_open(path, look->values->sampling.threads, &loaded, error)) {
        const Error fault = *error;
        if (!loaded_is_model(path)) {
            error_set(error, "%s; if it is a text, --unit byte reads it", fault.message);
        }
        return false;
    }
    bool done = write_and_compare(look, &loaded, error);
    loaded_close(&loaded);
    return done;
}

static bool compare_read(Look *look, Error *error) {
    NoveltyFindings *findings = &look->findings;
    const Pipeline pipeline = {.unit = (Unit)look->values->unit, .unify_newlines = true};
    findings->unit = pipeline.unit;
    findings->text_name = file_input_name(look->invocation->texts[0]);
    findings->text_files = look->texts.count;
    if (!read_text(&pipeline, &look->texts, &findings->text, error) ||
        !read_text(&pipeline, &look->corpora, &findings->corpus, error)) {
        return false;
    }
    choose_all(findings);
    return novelty_findings_make(findings, error);
}

/* Lists the files of the text, if it is none that a model writes, and of the corpus. Either may have a folder. */
static bool list_files(Look *look, bool written, Error *error) {
    const OptionTexts *corpora = &look->values->corpora;
    const char *include = look->values->include;
    return (written || texts_add(look->invocation->texts, 1, include, &look->texts, error)) &&
           texts_add((char *const *)corpora->items, corpora->count, include, &look->corpora, error) &&
           texts_check_include(include, look->texts.folders + look->corpora.folders, error);
}

static bool compare(Look *look, Error *error) {
    bool written = is_model(look->invocation);
    return list_files(look, written, error) &&
           (written ? compare_written(look, error) : compare_read(look, error));
}

static bool tell(const Look *look, Output *output, Error *error) {
    const OptionTexts *corpora = &look->values->corpora;
    if (look->values->json) {
        return json_print(output, novelty_report_make_json(&look->findings), error);
    }
    Bytes name = {0};
    bool done = texts_describe((char *const *)corpora->items, corpora->count, &look->corpora, &name, error) &&
                novelty_report_print(&look->findings, name.data, output, error);
    bytes_free(&name);
    return done;
}

static int run_novelty(const Invocation *invocation, const void *given) {
    Look look = {.invocation = invocation, .values = given};
    Error error = {0};
    int status = check_usage(invocation, look.values);
    if (status != STATUS_DONE) {
        return status;
    }
    look.findings.passages_most = (size_t)look.values->passages;
    Output output = output_open();
    bool done = compare(&look, &error);
    if (done && !interrupt_came()) {
        done = tell(&look, &output, &error);
    }
    novelty_findings_free(&look.findings);
    file_list_free(&look.texts);
    file_list_free(&look.corpora);
    if (interrupt_came()) {
        return interrupt_status();
    }
    return done ? output_close(&output) : work_error(&error);
}

const Command novelty_command = {
    .name = "novelty",
    .arguments = "MODEL-OR-TEXT --corpus TEXT",
    .least = 1,
    .most = 1,
    .summary = "how much of a text is copied from a corpus",
    .details =
        "Tells how much of a text (-: standard input), or of one that a model writes now, stands in a corpus word for"
        " word: whether a model writes or recites. A copy is a passage that stands in the corpus and would not if it "
        "were longer; white space alone is none. Shown are the share of the text that lies in copies of at least 20, "
        "40, 80, 160 and 320 characters, and the longest copies with their places. What a model writes is what letra "
        "sample prints with the same seed (of records, sample prints the first one). If the corpus is what it was "
        "trained on, copies are looked for in the part that it learned, and the part that it was validated on is "
        "looked at beside the text: as much of it stands in what was learned, though nobody copied it. A model's "
        "corpus is read as it was for training; of two texts both are read as UTF-8, in NFC, and \\r\\n is \\n. "
        "Memory: 6 bytes for each byte of the corpus and 14 for each of the text, which may have 2 GB together.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .more = novelty_report_help,
    .values_size = sizeof(NoveltyValues),
    .run = run_novelty,
};

/* letra corpus: looks at texts before they are learned. What is found out is in corpus_findings.h, how it is shown in
 * corpus_report.h. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "commands/command.h"
#include "commands/corpus_findings.h"
#include "commands/corpus_report.h"
#include "commands/destination.h"
#include "commands/json.h"
#include "commands/pipeline_options.h"
#include "commands/shared_options.h"
#include "commands/texts.h"
#include "ui/interrupt.h"
#include "ui/message.h"

typedef struct CorpusValues {
    bool json;
    const char *output;  /* NULL: the text is not written */
    const char *include; /* NULL: all files of a folder */
    const char *cache;   /* NULL: the text is kept in memory */
    PipelineValues pipeline;
    double val_fraction, test_fraction;
    uint64_t threads;
} CorpusValues;

static const Option rows[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(CorpusValues, json),
     .help = "print one JSON object, with the keys below"},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .offset = offsetof(CorpusValues, output),
     .help = "write the text there as it is after the cleaning; -: to standard output, and nothing else"},
    INCLUDE_OPTION(CorpusValues, include),
    CACHE_OPTION(CorpusValues, cache),
    PIPELINE_OPTIONS(CorpusValues, pipeline),
    {.name = "val",
     .kind = OPTION_REAL,
     .argument = "X",
     .offset = offsetof(CorpusValues, val_fraction),
     .most = 0.99,
     .fallback = "0.1",
     .help = "the part of the text, before its end, that training would validate on"},
    {.name = "test",
     .kind = OPTION_REAL,
     .argument = "X",
     .offset = offsetof(CorpusValues, test_fraction),
     .most = 0.99,
     .fallback = "0",
     .help = "the part at its end that training would keep for letra eval"},
    THREADS_OPTION(CorpusValues, threads),
};

/* A look at texts. */
typedef struct Look {
    const Invocation *invocation;
    const CorpusValues *values;
    FileList files;
    Pipeline pipeline;
    Corpus corpus;
    LineStatistics *lines;
    HiddenCharacters *hidden;
    FileReplacement *replacement; /* of the file that the text is written to; NULL: none */
    bool written;                 /* some of the text was */
    Output output;
} Look;

static void free_look(Look *look) {
    file_replacement_abandon(look->replacement);
    hidden_characters_free(look->hidden);
    line_statistics_free(look->lines);
    corpus_free(&look->corpus);
    pipeline_free(&look->pipeline);
    file_list_free(&look->files);
}

/* Whether the text goes to standard output: then nothing else does. */
static bool pours(const Look *look) {
    return look->values->output != NULL && strcmp(look->values->output, "-") == 0;
}

/* What is wrong with the command line as a whole. STATUS_DONE: nothing is. */
static int check_usage(const Invocation *invocation, const CorpusValues *values) {
    const char *fault = texts_fault((const char *const *)invocation->texts, invocation->text_count);
    if (fault != NULL) {
        return usage_error(invocation, "%s", fault);
    }
    if (values->json && values->output != NULL && strcmp(values->output, "-") == 0) {
        return usage_error(invocation, "-o - and --json would both write to standard output: give -o a file");
    }
    if (values->val_fraction + values->test_fraction >= 1.0) {
        return usage_error(invocation, "--val %g and --test %g leave nothing to train on",
                           values->val_fraction, values->test_fraction);
    }
    return pipeline_options_check(invocation, &values->pipeline);
}

/* --- reading --- */

static bool write_text(Look *look, const char *text, size_t length, Error *error) {
    look->written = true;
    if (look->replacement != NULL) {
        return file_replacement_write(look->replacement, text, length, error);
    }
    return !pours(look) || output_text(&look->output, text, length);
}

/* Writes a piece. A reader drops the mark at the start of a text: one that shall stay needs another before it. */
static bool write_piece(Look *look, const Piece *piece, Error *error) {
    static const char mark[] = "\xEF\xBB\xBF";
    bool marked = !look->written && look->pipeline.unit != UNIT_BYTE && piece->length >= 3 &&
                  memcmp(piece->text, mark, 3) == 0;
    return (!marked || write_text(look, mark, 3, error)) &&
           write_text(look, piece->text, piece->length, error);
}

/* Whoever looks at the text sees each piece of it. */
static bool look_at(void *context, const Piece *piece, Error *error) {
    Look *look = context;
    return !interrupt_came() && line_statistics_add(look->lines, piece, error) &&
           hidden_characters_add(look->hidden, piece, error) && write_piece(look, piece, error);
}

/* Checks the place where the text shall be written before anything is read. */
static bool prepare_output(Look *look, Error *error) {
    const char *path = look->values->output;
    if (path != NULL && look->values->pipeline.separator != NULL && look->files.count > 1) {
        return error_set(
            error,
            "-o writes one file, in which nothing that --separator matches would stand between the "
            "texts of %zu: give them one by one",
            look->files.count);
    }
    if (path == NULL || pours(look)) {
        return true;
    }
    if (destination_is_not_input("-o", path, look->files.paths, look->files.count, error)) {
        interrupt_catch(INTERRUPT_SECOND_ENDS); /* so that the file that is being written is taken away */
        look->replacement = file_replacement_start(path, error);
    }
    return look->replacement != NULL;
}

static bool finish_output(Look *look, Error *error) {
    FileReplacement *replacement = look->replacement;
    look->replacement = NULL;
    return replacement == NULL || file_replacement_finish(replacement, error);
}

static bool read_texts(Look *look, Error *error) {
    const Invocation *invocation = look->invocation;
    const CorpusValues *values = look->values;
    if (!texts_list(invocation->texts, invocation->text_count, values->include, &look->files, error) ||
        !pipeline_options_make(&values->pipeline, &look->pipeline, error) || !prepare_output(look, error)) {
        return false;
    }
    look->lines = line_statistics_create(look->pipeline.unit, LINES_DIFFERENT_MAX, error);
    look->hidden = hidden_characters_create(look->pipeline.unit, error);
    const CorpusFiles files = {look->files.paths, look->files.count, values->cache};
    const Sink watcher = {look_at, look};
    return look->lines != NULL && look->hidden != NULL &&
           (corpus_read_watched(&look->pipeline, NULL, &files, &watcher, &look->corpus, error) ||
            texts_explain(files.paths, files.count, look->pipeline.unit, error)) &&
           finish_output(look, error);
}

/* --- telling --- */

static bool tell(Look *look, Error *error) {
    const CorpusValues *values = look->values;
    CorpusFindings findings = {
        .invocation = look->invocation,
        .files = &look->files,
        .pipeline = &look->pipeline,
        .corpus = &look->corpus,
        .split = split_corpus(&look->corpus, values->val_fraction, values->test_fraction),
        .lines = line_statistics_finish(look->lines, error),
    };
    findings.hidden = hidden_characters_list(look->hidden, &findings.hidden_count);
    bool done = findings.lines != NULL && corpus_findings_finish(&findings, values, error);
    if (done && values->json) {
        done = json_print(&look->output, corpus_report_make_json(&findings), error);
    } else if (done) {
        done = corpus_report_print(&findings, &look->output, error);
    }
    corpus_findings_free(&findings);
    return done;
}

static int run_corpus(const Invocation *invocation, const void *given) {
    Look look = {.invocation = invocation, .values = given, .output = output_open()};
    Error error = {0};
    int status = check_usage(invocation, look.values);
    if (status != STATUS_DONE) {
        return status;
    }
    bool done = read_texts(&look, &error);
    interrupt_release();
    if (done && !interrupt_came()) {
        message_invalid(&look.pipeline, &look.corpus.report);
        message_idle_rules(&look.pipeline, &look.corpus.report);
        done = pours(&look) || tell(&look, &error);
    }
    free_look(&look);
    if (interrupt_came()) {
        return interrupt_status();
    }
    return done || look.output.failure != 0 ? output_close(&look.output) : work_error(&error);
}

const Command corpus_command = {
    .name = "corpus",
    .arguments = "TEXT...",
    .least = 1,
    .most = SIZE_MAX,
    .summary = "look at texts before they are learned",
    .details =
        "Looks at texts (-: standard input) as training would read them: how many characters and which, their "
        "kinds and scripts, the longest line and lines that are there again and again, characters that are not "
        "seen, what the cleaning changed, and how well the two simplest models predict the validation part: "
        "unigrams know how often each character is, bigrams what comes after each (smoothed after Witten & Bell). "
        "A network that learned something has a loss below theirs. At the end a command line that suits the text, "
        "and how long it would take here, of which some steps are tried.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .more = corpus_report_help,
    .values_size = sizeof(CorpusValues),
    .run = run_corpus,
};

/* letra fill: fills the gaps of a text. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "commands/command.h"
#include "commands/gap_text.h"
#include "commands/json.h"
#include "commands/loading.h"
#include "commands/sampling.h"
#include "commands/shared_options.h"
#include "commands/texts.h"
#include "generate/fill.h"
#include "text/utf8.h"
#include "ui/interrupt.h"
#include "ui/numbers.h"
#include "ui/output.h"
#include "ui/terminal.h"

enum { GAP_MAX = 1000 }; /* units of a filling */

#define FILLED "\033[1;32m"
#define PLAIN  "\033[0m"

typedef struct FillValues {
    const char *file;
    const char *gap;
    uint64_t count;
    uint64_t beam;
    bool json;
    size_t precision; /* as a Sampling has it */
    size_t unknown;
    uint64_t threads;
} FillValues;

static const Option rows[] = {
    {.name = "file",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .offset = offsetof(FillValues, file),
     .help = "the text, from a file, every character of it (-: standard input)"},
    {.name = "gap",
     .kind = OPTION_TEXT,
     .argument = "LENGTH",
     .offset = offsetof(FillValues, gap),
     .fallback = "1-20",
     .help = "how many characters a gap may have: 12, or 3-12"},
    {.name = "count",
     .kind = OPTION_INTEGER,
     .argument = "N",
     .offset = offsetof(FillValues, count),
     .least = 1,
     .most = 4096,
     .fallback = "1",
     .help =
         "how many different fillings to print, the best first; a line '---' stands between them, but not "
         "between records that are lines"},
    {.name = "beam",
     .kind = OPTION_INTEGER,
     .argument = "N",
     .offset = offsetof(FillValues, beam),
     .least = 1,
     .most = 4096,
     .fallback = "128",
     .help = "how many beginnings of fillings are followed: more find better ones, and take longer"},
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(FillValues, json),
     .help =
         "print one JSON object: fillings, each with text, gaps, nats, chars (that were predicted), nats_per_char, "
         "score (the highest comes first)"},
    {.name = "precision",
     .kind = OPTION_CHOICE,
     .argument = "PRECISION",
     .offset = offsetof(FillValues, precision),
     .choices = precision_choice,
     .fallback = "auto",
     .help = "how weights are stored: fewer bits are faster; auto: what training found to be as good"},
    UNKNOWN_OPTION(FillValues, unknown, unknown_choice, "characters of the text"),
    THREADS_OPTION(FillValues, threads),
};

/* --- what was asked --- */

/* The length of `digits` characters at the beginning of a text; false if that is no whole number. */
static bool read_length(const char *text, size_t digits, size_t *length) {
    char number[32];
    double value = 0;
    uint64_t whole = 0;
    if (digits == 0 || digits >= sizeof number || strspn(text, "0123456789") < digits) {
        return false;
    }
    memcpy(number, text, digits);
    number[digits] = '\0';
    bool done = number_read_whole(number, false, &value, &whole);
    *length = value > GAP_MAX ? GAP_MAX + 1 : (size_t)whole;
    return done;
}

/* The lengths that "12" or "3-12" says. STATUS_DONE, or what a faulty command line ends with. */
static int read_gap(const Invocation *invocation, const char *text, FillConfig *config) {
    size_t digits = strcspn(text, "-");
    bool range = text[digits] == '-';
    const char *most = range ? text + digits + 1 : text;
    if (!read_length(text, digits, &config->least) || !read_length(most, strlen(most), &config->most)) {
        return usage_error(invocation,
                           "--gap '%s' is neither a length (12) nor a least and a greatest (3-12)", text);
    }
    if (config->most == 0 || config->most > GAP_MAX) {
        return usage_error(invocation, "--gap %s: the length must be from 1 to %d", text, GAP_MAX);
    }
    if (config->least > config->most) {
        return usage_error(invocation, "--gap %s: the least length comes first: %zu-%zu", text, config->most,
                           config->least);
    }
    return STATUS_DONE;
}

static int check(const Invocation *invocation, const FillValues *values, FillConfig *config) {
    bool argument = invocation->text_count > 1;
    if (!argument && values->file == NULL) {
        return usage_error(invocation, "TEXT is missing: %s fill MODEL 'It was ___ and cold', or --file FILE",
                           invocation->program);
    }
    if (argument && values->file != NULL) {
        return usage_error(invocation, "TEXT and --file: give one of them");
    }
    const char *inputs[] = {invocation->texts[0], values->file};
    const char *fault = texts_fault(inputs, ROWS(inputs));
    if (fault != NULL) {
        return usage_error(invocation, "%s", fault);
    }
    if (values->count > values->beam) {
        return usage_error(
            invocation, "--count %zu: --beam %zu finds at most %zu fillings: give --beam %zu or more",
            (size_t)values->count, (size_t)values->beam, (size_t)values->beam, (size_t)values->count);
    }
    return read_gap(invocation, values->gap, config);
}

/* --- what is printed --- */

static bool append_units(const Model *model, const Units *units, Bytes *text, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < units->count; k++) {
        Symbol symbol = symbol_written(model->pipeline.unit, vocab_symbol(model->vocab, units->data[k]));
        done = bytes_append(text, symbol.text, symbol.length, error);
    }
    return done;
}

/* Prints some units as text, which may begin or end inside a character. */
static bool print_units(const Model *model, const Units *units, Output *output, Error *error) {
    Bytes text = {0};
    bool done = append_units(model, units, &text, error);
    if (done) {
        output_text(output, text.data, text.length);
    }
    bytes_free(&text);
    return done;
}

/* The text with its gaps filled; on a terminal with colours what was filled in stands out. */
static bool print_filling(const Model *model, const GapText *text, const Filling *filling, Output *output,
                          Error *error) {
    bool colours = terminal_has_colours(STDOUT_FILENO);
    bool done = true;
    for (size_t k = 0; done && k < text->count; k++) {
        if (k > 0) {
            output_string(output, colours ? FILLED : "");
            done = print_units(model, &filling->fills[k - 1], output, error);
            output_string(output, colours ? PLAIN : "");
        }
        done = done && print_units(model, &text->parts[k], output, error);
    }
    output_text_end(output, TEXT_END_LINE);
    return done;
}

static bool print_fillings(const FillValues *values, const Model *model, const GapText *text,
                           const Fillings *fillings, Output *output, Error *error) {
    bool done = true;
    const char *between = pipeline_splits_lines(&model->pipeline) ? "" : "---\n";
    for (size_t k = 0; done && k < fillings->count && k < values->count; k++) {
        output_string(output, k > 0 ? between : "");
        done = print_filling(model, text, &fillings->items[k], output, error);
    }
    return done;
}

/* A text for JSON, which is UTF-8: of bytes that are not, each becomes U+FFFD. NULL without memory. */
static json_t *pack_text(Bytes *text) {
    Utf8Faults faults = {0};
    bool done = utf8_repair(text, false, &faults, NULL);
    json_t *packed = done ? json_stringn(text->length > 0 ? text->data : "", text->length) : NULL;
    bytes_free(text);
    return packed;
}

static json_t *pack_filling(const Model *model, const GapText *text, const Filling *filling) {
    json_t *gaps = json_array();
    Bytes whole = {0};
    bool done = gaps != NULL;
    for (size_t k = 0; done && k < text->count; k++) {
        Bytes gap = {0};
        if (k > 0) {
            done = append_units(model, &filling->fills[k - 1], &whole, NULL) &&
                   append_units(model, &filling->fills[k - 1], &gap, NULL) &&
                   json_array_append_new(gaps, pack_text(&gap)) == 0;
        }
        done = done && append_units(model, &text->parts[k], &whole, NULL);
    }
    return json_pack("{s:o, s:o, s:o, s:I, s:o, s:o}", "text", done ? pack_text(&whole) : NULL, "gaps", gaps,
                     "nats", json_number(-filling->nats), "chars", (json_int_t)filling->predicted,
                     "nats_per_char", json_number(-filling->nats / (double)filling->predicted), "score",
                     json_number(filling->score));
}

static bool print_json(const FillValues *values, const Model *model, const GapText *text,
                       const Fillings *fillings, Output *output, Error *error) {
    json_t *list = json_array();
    bool done = list != NULL;
    for (size_t k = 0; done && k < fillings->count && k < values->count; k++) {
        done = json_array_append_new(list, pack_filling(model, text, &fillings->items[k])) == 0;
    }
    return json_print(output, done ? json_pack("{s:o}", "fillings", list) : NULL, error);
}

/* --- work --- */

static bool go_on(void *context) {
    (void)context;
    return !interrupt_came();
}

/* The text and its gaps, from wherever it comes. */
static bool read_text(const Invocation *invocation, const FillValues *values, const Model *model,
                      GapText *text, Error *error) {
    Bytes bytes = {0};
    const char *name = values->file != NULL ? file_input_name(values->file) : "TEXT";
    bool done = values->file != NULL
                    ? file_read(values->file, &bytes, error)
                    : bytes_append(&bytes, invocation->texts[1], strlen(invocation->texts[1]), error);
    done = done && gap_text_read(&bytes, name, model, (Unknown)values->unknown, text, error);
    bytes_free(&bytes);
    return done;
}

static bool fill(const FillValues *values, Loaded *loaded, const GapText *text, const FillConfig *config,
                 Output *output, Error *error) {
    Model *model = &loaded->model;
    Precision precision = sampling_precision(&(Sampling){.precision = values->precision}, model);
    Fillings fillings = {0};
    if (!sampling_check_beam_memory(loaded, precision, (size_t)values->beam, FILL_SESSIONS, error)) {
        return false;
    }
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    bool done = fill_gaps(model, &loaded->compute, precision, clock_system(), text->parts, text->count,
                          config, go_on, NULL, &fillings, error);
    if (done && !interrupt_came()) {
        done = (values->json ? print_json : print_fillings)(values, model, text, &fillings, output, error);
    }
    fillings_free(&fillings);
    return done;
}

static int run_fill(const Invocation *invocation, const void *given) {
    const FillValues *values = given;
    FillConfig config = {.width = (size_t)values->beam};
    int status = check(invocation, values, &config);
    if (status != STATUS_DONE) {
        return status;
    }
    Error error = {0};
    Loaded loaded;
    if (!loaded_open(invocation->texts[0], values->threads, &loaded, &error)) {
        return work_error(&error);
    }
    Output output = output_open();
    GapText text = {0};
    bool done = read_text(invocation, values, &loaded.model, &text, &error) &&
                fill(values, &loaded, &text, &config, &output, &error);
    gap_text_free(&text);
    loaded_close(&loaded);
    status = output_close(&output);
    if (!done) {
        return work_error(&error);
    }
    return status == STATUS_DONE && interrupt_came() ? interrupt_status() : status;
}

const Command fill_command = {
    .name = "fill",
    .arguments = "MODEL [TEXT]",
    .least = 1,
    .most = 2,
    .summary = "fill the gaps of a text",
    .details =
        "Fills the gaps of a text, each three underscores or more, so that what stands after them is likely, too, "
        "and prints the text. Nothing is drawn: the same text has the same fillings. The best are those that "
        "make the whole text likeliest; of different lengths, compared with the likeliest that could stand there "
        "if nothing followed. After the last gap 64 characters count.",
    .options = &(const OptionTable){rows, ROWS(rows)},
    .values_size = sizeof(FillValues),
    .run = run_fill,
};

/* letra sample: writes new text with a model, as it is made. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "commands/command.h"
#include "commands/loading.h"
#include "commands/sample_json.h"
#include "commands/sampling.h"
#include "commands/texts.h"
#include "generate/beam.h"
#include "ui/end_watch.h"
#include "ui/interrupt.h"
#include "ui/output.h"
#include "ui/prompts.h"

/* How samples are printed. */
typedef enum Format { FORMAT_TEXT, FORMAT_JSONL } Format;

typedef struct SampleValues {
    const char *prime;
    const char *prime_file;
    bool no_echo;
    uint64_t count;
    uint64_t beam; /* 0: texts are drawn */
    size_t format; /* a Format */
    Sampling sampling;
} SampleValues;

static const char *format_choice(size_t index) {
    static const char *const names[] = {[FORMAT_TEXT] = "text", [FORMAT_JSONL] = "jsonl"};
    return index < ROWS(names) ? names[index] : NULL;
}

static const Option rows[] = {
    {.name = "prime",
     .kind = OPTION_TEXT,
     .argument = "TEXT",
     .offset = offsetof(SampleValues, prime),
     .help = "the text to go on from; without one the first character is drawn as often as it occurs"},
    {.name = "prime-file",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .offset = offsetof(SampleValues, prime_file),
     .help = "the same from a file, every character of it, the last newline too (-: standard input)"},
    {.name = "no-echo",
     .kind = OPTION_FLAG,
     .offset = offsetof(SampleValues, no_echo),
     .help = "do not print the prime before what follows it"},
    {.name = "count",
     .kind = OPTION_INTEGER,
     .argument = "N",
     .offset = offsetof(SampleValues, count),
     .least = 1,
     .most = 65536,
     .fallback = "1",
     .help =
         "how many texts to write; a line '---' stands between them, but not between records that are lines"},
    {.name = "format",
     .kind = OPTION_CHOICE,
     .argument = "FORMAT",
     .offset = offsetof(SampleValues, format),
     .choices = format_choice,
     .fallback = "text",
     .help =
         "how it is printed; jsonl is for programs: a line for each text, a JSON object with its symbols, "
         "how likely each was, why it ended, and the settings"},
    {.name = "beam",
     .kind = OPTION_INTEGER,
     .argument = "N",
     .offset = offsetof(SampleValues, beam),
     .least = 1,
     .most = 4096,
     .fallback = "off",
     .word = "off",
     .word_value = 0,
     .help =
         "instead of drawing, look for the likeliest text, with the N likeliest beginnings at every step; texts of "
         "different lengths are compared by their log-probability per character; printed when it is found"},
    SAMPLING_OPTIONS(SampleValues, sampling, "1000"),
};

static const OptionTable options = {rows, ROWS(rows)};

/* Where the pieces go. */
typedef struct Printer {
    Output output;
    Bytes prime;           /* printed before every sample */
    const char *between;   /* two samples */
    size_t started;        /* samples so far */
    bool as_objects;       /* and not as texts */
    SampleObjects objects; /* if so */
    EndWatch watch;
    Error fault;   /* the first text that did not end as it should; no message: all did */
    size_t faulty; /* how many did not */
    bool several;  /* texts are written */
} Printer;

/* Takes note of texts that did not end as they should. */
static bool note_end(Printer *printer, const WriterPiece *piece) {
    Error fault = {0};
    if (!end_watch_note(&printer->watch, piece, &printer->fault)) {
        return false;
    }
    if (end_watch_check(&printer->watch, &fault)) {
        return true;
    }
    if (printer->faulty++ == 0) {
        printer->fault = fault;
        if (printer->several) {
            error_prefix(&printer->fault, "text %zu: ", piece->sample + 1);
        }
    }
    return true;
}

static void print_text(Printer *printer, const WriterPiece *piece) {
    Output *output = &printer->output;
    if (piece->sample == printer->started) {
        printer->started++;
        if (piece->sample > 0) {
            output_string(output, printer->between);
        }
        output_text(output, printer->prime.data, printer->prime.length);
    }
    output_text(output, piece->text, piece->length);
    if (piece->end != WRITER_NO_END) {
        output_text_end(output, TEXT_END_LINE);
    }
}

static bool print_piece(void *context, const WriterPiece *piece) {
    Printer *printer = context;
    bool printed = true;
    if (!printer->as_objects) {
        print_text(printer, piece);
    } else {
        printed = sample_objects_add(&printer->objects, piece, &printer->fault);
    }
    return printed && note_end(printer, piece) && printer->output.failure == 0 && !interrupt_came();
}

/* The bytes of the prime, from wherever it comes, and what messages call it. */
static bool read_prime(const SampleValues *values, Bytes *prime, const char **name, Error *error) {
    if (values->prime_file != NULL) {
        *name = file_input_name(values->prime_file);
        return file_read(values->prime_file, prime, error);
    }
    *name = "--prime";
    return values->prime == NULL || bytes_append(prime, values->prime, strlen(values->prime), error);
}

/* The prime as units, and as the text that the model reads. */
static bool prepare_prime(const SampleValues *values, const Model *model, Units *units, Bytes *text,
                          Error *error) {
    Bytes written = {0};
    Prompts prompts;
    const char *name = NULL;
    bool done =
        prompts_open(&prompts, model, (Unknown)values->sampling.unknown, error) &&
        read_prime(values, &written, &name, error) &&
        prompts_read(&prompts, name, written.length > 0 ? written.data : "", written.length, units, error);
    prompts_close(&prompts);
    bytes_free(&written);
    for (size_t k = 0; done && !values->no_echo && k < units->count; k++) {
        Symbol symbol = symbol_written(model->pipeline.unit, vocab_symbol(model->vocab, units->data[k]));
        done = bytes_append(text, symbol.text, symbol.length, error);
    }
    return done;
}

/* How much of the prime is read from `at` on before a Ctrl-C is looked for. */
static size_t prime_piece(const Units *prime, size_t at) {
    enum { PIECE = 4096 };
    size_t left = prime->count - at;
    return left < PIECE ? left : PIECE;
}

static void feed_prime(Writer *writer, const Units *prime) {
    for (size_t at = 0; at < prime->count && !interrupt_came(); at += prime_piece(prime, at)) {
        writer_read(writer, prime->data + at, prime_piece(prime, at));
    }
}

/* The option of these names that was given; NULL: none. */
static const char *find_given(const Invocation *invocation, const char *const *names, size_t count) {
    for (size_t k = 0; k < count; k++) {
        if (option_given(invocation, names[k])) {
            return names[k];
        }
    }
    return NULL;
}

/* What --beam cannot be asked for along with. STATUS_DONE: nothing such was. */
static int check_beam(const Invocation *invocation, const SampleValues *values) {
    static const char *const drawing[] = {"temperature",    "top-k",         "top-p",
                                          "min-p",          "typical-p",     "greedy",
                                          "repeat-penalty", "repeat-window", "seed"};
    static const char *const patterns[] = {"match", "forbid", "stop-regex"};
    if (values->beam == 0) {
        return STATUS_DONE;
    }
    const char *given = find_given(invocation, drawing, ROWS(drawing));
    if (given != NULL) {
        return usage_error(
            invocation,
            "--beam looks for the text that is likeliest by the model's own probabilities, and "
            "draws nothing: leave out --%s, or --beam",
            given);
    }
    given = find_given(invocation, patterns, ROWS(patterns));
    if (given != NULL) {
        return usage_error(invocation, "--beam knows no patterns: leave out --%s, or --beam", given);
    }
    if (values->format == FORMAT_JSONL) {
        return usage_error(invocation,
                           "--format jsonl tells what was drawn, and --beam draws nothing: give one");
    }
    if (values->count > values->beam) {
        return usage_error(invocation,
                           "--count %" PRIu64 ": --beam %" PRIu64 " finds %" PRIu64
                           " texts: give --beam %" PRIu64 " or more",
                           values->count, values->beam, values->beam, values->count);
    }
    return STATUS_DONE;
}

/* The likeliest texts instead of drawn ones. */
static bool search_texts(const SampleValues *values, Loaded *loaded, const Units *prime,
                         const WritingBounds *bounds, Printer *printer, Error *error) {
    BeamConfig config = {
        .count = (size_t)values->count, .stops = bounds->stops, .stop_count = bounds->stop_count};
    Precision precision = sampling_precision(&values->sampling, &loaded->model);
    if (!sampling_length(&values->sampling, &loaded->model, bounds->possible_stops, &config.length, error) ||
        !sampling_check_beam_memory(loaded, precision, (size_t)values->beam, 1, error)) {
        return false;
    }
    Beam *beam =
        beam_create(&loaded->model, &loaded->compute, (size_t)values->beam, precision, clock_system(), error);
    if (beam == NULL) {
        return false;
    }
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    for (size_t at = 0; at < prime->count && !interrupt_came(); at += prime_piece(prime, at)) {
        beam_read(beam, prime->data + at, prime_piece(prime, at));
    }
    bool done = interrupt_came() || beam_write(beam, &config, print_piece, printer, error);
    beam_free(beam);
    return done;
}

/* Writes the samples, as objects if that was asked for. */
static bool print_samples(Writer *writer, WriterConfig *config, const SampleRun *run, Printer *printer,
                          Error *error) {
    const SampleValues *values = run->values;
    if (values->format == FORMAT_TEXT) {
        return writer_write(writer, config, print_piece, printer, error);
    }
    config->log_probabilities = true;
    printer->as_objects = true;
    bool done = sample_objects_open(&printer->objects, run, &printer->output, error) &&
                writer_write(writer, config, print_piece, printer, error);
    sample_objects_close(&printer->objects);
    return done;
}

static bool write_samples(const SampleValues *values, const char *path, Loaded *loaded, const Units *prime,
                          const WritingBounds *bounds, Printer *printer, Error *error) {
    WriterConfig config = {.sampler = sampling_sampler(&values->sampling)};
    writing_bounds_apply(bounds, &config);
    if (!sampling_length(&values->sampling, &loaded->model, bounds->possible_stops, &config.length, error) ||
        !sampling_check_memory(&values->sampling, loaded, (size_t)values->count, error)) {
        return false;
    }
    SampleRun run = {.model = &loaded->model,
                     .path = path,
                     .prime = values->no_echo ? NULL : &printer->prime,
                     .seed = sampling_seed(&values->sampling),
                     .options = &options,
                     .values = values,
                     .sampling = &values->sampling};
    Precision precision = sampling_precision(&values->sampling, &loaded->model);
    Writer *writer = writer_create(&loaded->model, &loaded->compute, (size_t)values->count, run.seed,
                                   precision, clock_system(), error);
    if (writer == NULL) {
        return false;
    }
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    feed_prime(writer, prime);
    bool done = interrupt_came() || print_samples(writer, &config, &run, printer, error);
    writer_free(writer);
    if (done && printer->fault.message[0] != '\0') {
        *error = printer->fault;
        if (printer->faulty > 1) {
            error_prefix(error, "%zu texts do not fit; ", printer->faulty);
        }
        return false;
    }
    return done;
}

static int run_sample(const Invocation *invocation, const void *given) {
    const SampleValues *values = given;
    if (values->prime != NULL && values->prime_file != NULL) {
        return usage_error(invocation, "--prime and --prime-file: give one of them");
    }
    const char *inputs[] = {invocation->texts[0], values->prime_file};
    const char *fault = texts_fault(inputs, ROWS(inputs));
    if (fault != NULL) {
        return usage_error(invocation, "%s", fault);
    }
    int status = sampling_check(invocation, &values->sampling);
    status = status == STATUS_DONE ? check_beam(invocation, values) : status;
    if (status != STATUS_DONE) {
        return status;
    }
    Error error = {0};
    Loaded loaded;
    if (!loaded_open(invocation->texts[0], values->sampling.threads, &loaded, &error)) {
        return work_error(&error);
    }
    bool lines = pipeline_splits_lines(&loaded.model.pipeline);
    Printer printer = {
        .several = values->count > 1, .output = output_open(), .between = lines ? "" : "---\n"};
    Units prime = {0};
    WritingBounds bounds = {0};
    bool done = prepare_prime(values, &loaded.model, &prime, &printer.prime, &error) &&
                sampling_bounds(&values->sampling, &loaded.model, &bounds, &error) &&
                (values->beam > 0 ? search_texts(values, &loaded, &prime, &bounds, &printer, &error)
                                  : write_samples(values, invocation->texts[0], &loaded, &prime, &bounds,
                                                  &printer, &error));
    writing_bounds_free(&bounds);
    units_free(&prime);
    bytes_free(&printer.prime);
    end_watch_free(&printer.watch);
    loaded_close(&loaded);
    status = output_close(&printer.output);
    if (!done) {
        return work_error(&error);
    }
    return status == STATUS_DONE && interrupt_came() ? interrupt_status() : status;
}

const Command sample_command = {
    .name = "sample",
    .arguments = "MODEL",
    .least = 1,
    .most = 1,
    .summary = "write new text with a model",
    .details = "Writes new text with a model, on standard output, as it is made. The text ends with a "
               "newline, its own or one that is added. On a terminal control characters are shown as \\e, "
               "\\x07 and so on.",
    .options = &options,
    .values_size = sizeof(SampleValues),
    .run = run_sample,
};

/* letra eval --heatmap: the text, each character coloured by its surprise; or a table of them. */
#include <math.h>

#include "commands/eval_symbols.h"
#include "text/utf8.h"
#include "ui/figures.h"

/* Writes what was made, and makes room for more. */
static void write_shown(SymbolPrinter *printer) {
    output_write(printer->output, printer->shown.data, printer->shown.length);
    printer->shown.length = 0;
}

/* --- colours --- */

static bool begin_heatmap(SymbolPrinter *printer, Error *error) {
    bool done = heat_legend(&printer->shown, error) && bytes_printf(&printer->shown, error, "\n");
    write_shown(printer);
    return done;
}

/* A border ends a line, and leaves another one empty where records have several lines. The first one, before which
 * there is nothing, is not shown. */
static bool show_border(SymbolPrinter *printer, const UnitScore *score, Error *error) {
    bool lines = pipeline_splits_lines(&printer->model->pipeline);
    return isnan(score->nats) ||
           (heat_add(&printer->heat, "\n", 1, bits_from_nats(score->nats), &printer->shown, error) &&
            (lines || heat_add(&printer->heat, "\n", 1, 0, &printer->shown, error)));
}

static bool show_heat(SymbolPrinter *printer, const UnitScore *score, Error *error) {
    const Vocab *vocab = printer->model->vocab;
    if (score->unit == vocab_border(vocab)) {
        return show_border(printer, score, error);
    }
    Symbol written = symbol_written(vocab_unit(vocab), vocab_symbol(vocab, score->unit));
    return heat_add(&printer->heat, written.text, written.length, bits_from_nats(score->nats),
                    &printer->shown, error);
}

/* What was scored is on the screen before more is; and the terminal is left as it was, whatever happens next. */
static bool pause_heatmap(SymbolPrinter *printer, Error *error) {
    bool done = heat_pause(&printer->heat, &printer->shown, error);
    write_shown(printer);
    output_flush(printer->output);
    return done;
}

static bool end_heatmap(SymbolPrinter *printer, Error *error) {
    bool done = heat_finish(&printer->heat, &printer->shown, error);
    write_shown(printer);
    output_text_end(printer->output, TEXT_END_LINE);
    return done;
}

const SymbolFormat symbol_format_heatmap = {
    .begin = begin_heatmap, .show = show_heat, .pause = pause_heatmap, .end = end_heatmap};

/* --- a table --- */

enum { CHARACTER_COLUMNS = 10 };

static bool begin_table(SymbolPrinter *printer, Error *error) {
    (void)error;
    output_printf(printer->output, "%8s %8s  %-*s %6s  %s\n", "position", place_noun(&printer->place),
                  CHARACTER_COLUMNS, unit_noun(printer->model->pipeline.unit), "bits", "likelier");
    return true;
}

/* Appends a symbol as a person reads it, and spaces up to a width. */
static bool append_symbol(SymbolPrinter *printer, uint32_t unit, size_t columns, Error *error) {
    const Vocab *vocab = printer->model->vocab;
    size_t begin = printer->shown.length;
    if (!symbol_describe(vocab_unit(vocab), vocab_symbol(vocab, unit), &printer->shown, error)) {
        return false;
    }
    size_t width = utf8_width(printer->shown.data + begin, printer->shown.length - begin);
    int padding = width < columns ? (int)(columns - width) : 0;
    return bytes_printf(&printer->shown, error, "%*s", padding, "");
}

/* What would have been likelier: the model's first choice, if that did not come. */
static bool append_likelier(SymbolPrinter *printer, const UnitScore *score, Error *error) {
    return score->rank == 1 ||
           (bytes_printf(&printer->shown, error, "  ") &&
            append_symbol(printer, score->likeliest, CHARACTER_COLUMNS, error) &&
            bytes_printf(&printer->shown, error, " %5.1f %%", 100.0 * score->probability));
}

static bool show_row(SymbolPrinter *printer, const UnitScore *score, Error *error) {
    Bytes *row = &printer->shown;
    bool done = bytes_printf(row, error, "%8zu %8zu  ", printer->place.unit, printer->place.line) &&
                append_symbol(printer, score->unit, CHARACTER_COLUMNS, error) &&
                (isnan(score->nats) ? bytes_printf(row, error, " %6s  not predicted: it is the first", "-")
                                    : bytes_printf(row, error, " %6.2f", bits_from_nats(score->nats)) &&
                                          append_likelier(printer, score, error)) &&
                bytes_printf(row, error, "\n");
    write_shown(printer);
    return done;
}

const SymbolFormat symbol_format_table = {.begin = begin_table, .show = show_row};

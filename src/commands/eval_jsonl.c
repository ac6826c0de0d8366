/* letra eval --jsonl: a JSON object for each symbol. */
#include <math.h>

#include "commands/eval_symbols.h"
#include "commands/json.h"
#include "model/model_metadata.h"

static bool show_object(SymbolPrinter *printer, const UnitScore *score, Error *error) {
    const Vocab *vocab = printer->model->vocab;
    bool first = isnan(score->nats);
    double likeliest = score->rank == 1 ? score->nats : -log(score->probability);
    json_t *object =
        json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "position", (json_int_t)printer->place.unit,
                  place_noun(&printer->place), (json_int_t)printer->place.line, "symbol",
                  metadata_symbol_to_json(vocab, score->unit), "nats", json_number(score->nats), "rank",
                  first ? json_null() : json_integer((json_int_t)score->rank), "likeliest",
                  first ? json_null() : metadata_symbol_to_json(vocab, score->likeliest), "likeliest_nats",
                  json_number(first ? NAN : likeliest));
    return json_print_line(printer->output, object, error);
}

const SymbolFormat symbol_format_jsonl = {.show = show_object};

/* What letra eval prints of each symbol of a text, as it is scored: a text with colours or a table (eval_heatmap.c), or
 * JSON (eval_jsonl.c). Nothing of it grows with the text. */
#ifndef LETRA_COMMANDS_EVAL_SYMBOLS_H
#define LETRA_COMMANDS_EVAL_SYMBOLS_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/scorer.h"
#include "model/model_file.h"
#include "text/place.h"
#include "ui/heat.h"
#include "ui/output.h"

/* Symbols on their way to standard output. */
typedef struct SymbolPrinter {
    const Model *model;
    Output *output;
    Place place; /* of the next symbol */
    Heat heat;
    Bytes shown; /* owned: what is being written */
} SymbolPrinter;

/* A way to print them: what comes first, each symbol, a pause between two pieces of the text, and the end of it
 * (however far it came). False and a message on failure. What is NULL is nothing. */
typedef struct SymbolFormat {
    bool (*begin)(SymbolPrinter *printer, Error *error);
    bool (*show)(SymbolPrinter *printer, const UnitScore *score, Error *error);
    bool (*pause)(SymbolPrinter *printer, Error *error);
    bool (*end)(SymbolPrinter *printer, Error *error);
} SymbolFormat;

extern const SymbolFormat symbol_format_heatmap; /* for a terminal with colours */
extern const SymbolFormat symbol_format_table;
extern const SymbolFormat symbol_format_jsonl;

#endif

/* Prompts: what a person typed on its way to a model's units, and what is said on standard error of symbols that the
 * model does not know.
 */
#ifndef LETRA_UI_PROMPTS_H
#define LETRA_UI_PROMPTS_H

#include <stddef.h>

#include "base/error.h"
#include "model/model_file.h"
#include "text/typed_text.h"

typedef struct Prompts {
    const Model *model; /* borrowed */
    Unknown unknown;
    NearestSymbols *nearest; /* owned; NULL unless unknown symbols are read as what is nearest to them */
} Prompts;

/* Gets ready to read prompts for a model, which must outlive it. False and a message without memory, and where nothing
 * is near anything (--unit byte). */
bool prompts_open(Prompts *prompts, const Model *model, Unknown unknown, Error *error);
/* Frees what it owns and makes it {0}. */
void prompts_close(Prompts *prompts);

/* Encodes a text into `*units`, which is overwritten ({0} on failure), and says what was left out or read as something
 * else. `name` stands in messages. False and a message if the text cannot be read (text/typed_text.h). */
bool prompts_read(const Prompts *prompts, const char *name, const char *text, size_t length, Units *units,
                  Error *error);

#endif

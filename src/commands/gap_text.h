/* A text with gaps: what stands between them, as units. A gap is three underscores or more. */
#ifndef LETRA_COMMANDS_GAP_TEXT_H
#define LETRA_COMMANDS_GAP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "model/model_file.h"
#include "text/typed_text.h"

typedef struct GapText {
    Units *parts; /* owned; gap k is between parts k and k + 1 */
    size_t count; /* at least 2 */
} GapText;
void gap_text_free(GapText *text);

/* Takes a text the way of the model's text, as a whole and in place, cuts it at its gaps, and says of unknown symbols
 * what ui/prompts.h says. `name` stands in messages. False and a message: no gap, nothing but gaps, nothing between two
 * of them, what prompts_read refuses. */
bool gap_text_read(Bytes *bytes, const char *name, const Model *model, Unknown unknown, GapText *text,
                   Error *error);

#endif

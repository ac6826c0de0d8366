/* What the parts of a conversation with a model share: see repl.h. */
#ifndef LETRA_UI_REPL_STATE_H
#define LETRA_UI_REPL_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/writer.h"
#include "math/compute.h"
#include "model/model_file.h"
#include "ui/conversation.h"
#include "ui/end_watch.h"
#include "ui/line.h"
#include "ui/output.h"
#include "ui/prompts.h"
#include "ui/repl_settings.h"
#include "ui/surprise_trace.h"
#include "ui/writing_bounds.h"

/* What settings come to for a model. */
typedef struct ReplFit {
    WritingBounds bounds;
    Prompts prompts;
} ReplFit; /* {0} is nothing */

typedef struct Repl {
    Bytes path;         /* of the model */
    const Model *model; /* the caller's, or what /model brought */
    Model *brought;     /* owned: what /model read; NULL: nothing */
    Compute *compute;
    Writer *writer;        /* owned */
    ReplSettings settings; /* owned */
    ReplFit fit;           /* owned: what the settings come to for the model */
    Conversation conversation;
    SurpriseTrace *trace; /* of the turn that is being written; NULL: its surprise is not shown */
    EndWatch watch;       /* owned: how the text ends that is being written */
    Lines lines;
    Output output;
    bool over;
} Repl;

/* Takes over settings if the model can follow them, and what the old ones own is freed. False and a message if not: the
 * old ones stay, and `wanted` is the caller's. */
bool repl_take_settings(Repl *repl, ReplSettings *wanted, Error *error);

/* Makes that. False and a message if nothing would end what the model writes, too much would, or a pattern is wrong. */
bool repl_fit_make(const Repl *repl, const ReplSettings *settings, const Model *model, ReplFit *fit,
                   Error *error);
void repl_fit_free(ReplFit *fit);

/* A writer of the model at the start of a text, as settings have it. NULL and a message without memory for it. */
Writer *repl_create_writer(const Repl *repl, const ReplSettings *settings, const Model *model, Error *error);

/* Frees what hangs on the model: what /model brought, the writer, what was said, what the settings come to. */
void repl_drop_model(Repl *repl);

/* Appends units as they are read. */
bool repl_append_units(const Repl *repl, const Units *units, Bytes *text, Error *error);

/* How the writer is to write. */
WriterConfig repl_writing(const Repl *repl);

/* Says what went wrong, in the words of the conversation. */
void repl_say_error(Error *error);

/* Says some short texts, as many on a line as the terminal has room for. */
void repl_show_list(const TextList *lines);

#endif

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
#include "ui/repl_settings.h"
#include "ui/surprise_trace.h"
#include "ui/writing_bounds.h"

typedef struct Repl {
    Bytes path;         /* of the model */
    const Model *model; /* the caller's, or what /model brought */
    Model *brought;     /* owned: what /model read; NULL: nothing */
    Compute *compute;
    Writer *writer;        /* owned */
    ReplSettings settings; /* owned */
    WritingBounds bounds;  /* owned: what the settings say of ends and patterns, for the model */
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

/* What these settings say of ends and patterns, for a model. False and a message if nothing would end what it writes,
 * too much would, or a pattern is wrong. */
bool repl_make_bounds(const Repl *repl, const ReplSettings *settings, const Model *model,
                      WritingBounds *bounds, Error *error);

/* A writer of the model at the start of a text, as settings have it. NULL and a message without memory. */
Writer *repl_create_writer(const Repl *repl, const ReplSettings *settings, const Model *model, Error *error);

/* Frees the model that /model brought, and all that hangs on the model: the writer, what was said, the bounds. */
void repl_drop_model(Repl *repl);

/* What a prompt is to the model. False and a message, in which `name` stands, if it has characters that the model does
 * not know. */
bool repl_encode(Repl *repl, const char *name, const char *text, size_t length, Units *units, Error *error);

/* Appends units as they are read. */
bool repl_append_units(const Repl *repl, const Units *units, Bytes *text, Error *error);

/* How the writer is to write. */
WriterConfig repl_writing(const Repl *repl);

/* Says some short texts, as many on a line as the terminal has room for. */
void repl_show_list(const TextList *lines);

#endif

/* What the parts of a conversation share: see repl_state.h. */
#include "ui/repl_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "ui/message.h"
#include "ui/terminal.h"

/* The only text of a list; NULL if it is empty. */
static const char *text_of(const TextList *list) {
    return list->count > 0 ? list->items[0] : NULL;
}

/* Whether a text under these settings knows where it ends, and only once. */
static bool check_ends(const ReplSettings *settings, const Model *model, Error *error) {
    size_t stops = settings->stops.count + settings->stop_regex.count;
    if (settings->match.count > 0 && stops > 0) {
        return error_set(error, "/match says where the text ends, and so does %s: one of them must be off",
                         settings->stops.count > 0 ? "/stop" : "/stop-regex");
    }
    return settings->length < SIZE_MAX || stops > 0 || settings->match.count > 0 ||
           model->pipeline.separator != NULL ||
           error_set(error, "/until-end: nothing would end the text: give a /stop, a /stop-regex or a /match "
                            "first, or a /length");
}

bool repl_fit_make(const Repl *repl, const ReplSettings *settings, const Model *model, ReplFit *fit,
                   Error *error) {
    bool typed = repl->writer != NULL; /* else it is the command line that is being read */
    const BoundsAsked asked = {.stops = (const char *const *)settings->stops.items,
                               .stop_count = settings->stops.count,
                               .stop_regex = text_of(&settings->stop_regex),
                               .match = text_of(&settings->match),
                               .forbid = text_of(&settings->forbid),
                               .mark = typed ? "/" : "--"};
    *fit = (ReplFit){.prompts = {.model = NULL}};
    bool done = check_ends(settings, model, error) &&
                writing_bounds_make(&asked, model, &fit->bounds, error) &&
                prompts_open(&fit->prompts, model, (Unknown)settings->unknown, error);
    if (!done) {
        repl_fit_free(fit);
    }
    return done;
}

void repl_fit_free(ReplFit *fit) {
    writing_bounds_free(&fit->bounds);
    prompts_close(&fit->prompts);
}

/* A writer that stands where the conversation's stands, as these settings have it. */
static Writer *create_successor(const Repl *repl, const ReplSettings *settings, Error *error) {
    WriterState state = {0};
    Writer *writer = writer_save(repl->writer, &state, error)
                         ? repl_create_writer(repl, settings, repl->model, error)
                         : NULL;
    if (writer != NULL) {
        writer_restore(writer, &state);
    }
    writer_state_free(&state);
    return writer;
}

/* Makes the writer one of the precision that is wanted. */
static bool change_precision(Repl *repl, const ReplSettings *wanted, Error *error) {
    if (repl->writer == NULL || repl_settings_precision(wanted, repl->model) ==
                                    repl_settings_precision(&repl->settings, repl->model)) {
        return true;
    }
    Writer *writer = create_successor(repl, wanted, error);
    if (writer == NULL) {
        return false;
    }
    writer_free(repl->writer);
    repl->writer = writer;
    return true;
}

bool repl_take_settings(Repl *repl, ReplSettings *wanted, Error *error) {
    ReplFit fit;
    if (!repl_fit_make(repl, wanted, repl->model, &fit, error)) {
        return false;
    }
    if (!change_precision(repl, wanted, error)) {
        repl_fit_free(&fit);
        return false;
    }
    repl_fit_free(&repl->fit);
    repl_settings_free(&repl->settings);
    repl->fit = fit;
    repl->settings = *wanted;
    return true;
}

Writer *repl_create_writer(const Repl *repl, const ReplSettings *settings, const Model *model, Error *error) {
    Precision precision = repl_settings_precision(settings, model);
    size_t bytes = writer_memory(model, repl->compute, 1, precision, error);
    return bytes > 0 && memory_check((double)bytes, "writing with this model", "", error)
               ? writer_create(model, repl->compute, 1, settings->seed, precision, clock_system(), error)
               : NULL;
}

void repl_say_error(Error *error) {
    repl_settings_name(error);
    message_error("%s", error->message);
}

void repl_drop_model(Repl *repl) {
    writer_free(repl->writer);
    conversation_free(&repl->conversation);
    repl_fit_free(&repl->fit);
    if (repl->brought != NULL) {
        model_free(repl->brought);
        free(repl->brought);
    }
}

bool repl_append_units(const Repl *repl, const Units *units, Bytes *text, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < units->count; k++) {
        Symbol symbol =
            symbol_written(repl->model->pipeline.unit, vocab_symbol(repl->model->vocab, units->data[k]));
        done = bytes_append(text, symbol.text, symbol.length, error);
    }
    return done;
}

WriterConfig repl_writing(const Repl *repl) {
    WriterConfig config = {.sampler = repl->settings.sampler, .length = repl->settings.length};
    writing_bounds_apply(&repl->fit.bounds, &config);
    return config;
}

/* Columns, as long as nothing in it has to be written out. */
static size_t width_of(const char *text) {
    size_t length = strlen(text);
    return utf8_find_invalid(text, length) == length ? utf8_width(text, length) : length;
}

void repl_show_list(const TextList *lines) {
    size_t width = terminal_width(STDERR_FILENO);
    Bytes row = {0};
    for (size_t k = 0; k < lines->count; k++) {
        if (row.length > 0 && width_of(row.data) + 2 + width_of(lines->items[k]) > width) {
            message_note("%s", row.data);
            row.length = 0;
        }
        bytes_printf(&row, NULL, "%s%s", row.length > 0 ? "  " : "", lines->items[k]);
    }
    if (row.length > 0) {
        message_note("%s", row.data);
    }
    bytes_free(&row);
}

/* What the parts of a conversation share: see repl_state.h. */
#include "ui/repl_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/typed_text.h"
#include "text/utf8.h"
#include "ui/message.h"
#include "ui/terminal.h"

bool repl_make_stops(const Repl *repl, const ReplSettings *settings, const Model *model, StopTexts *stops,
                     Error *error) {
    const char *name = repl->writer == NULL ? "--stop" : "/stop"; /* who gave them */
    if (settings->length == SIZE_MAX && settings->stops.count == 0 && model->pipeline.separator == NULL) {
        return error_set(error, "/until-end: nothing would end the text: give a /stop first, or a /length");
    }
    return stop_texts_make((const char *const *)settings->stops.items, settings->stops.count, name, model,
                           stops, error);
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
    StopTexts stops = {0};
    if (!repl_make_stops(repl, wanted, repl->model, &stops, error)) {
        return false;
    }
    if (!change_precision(repl, wanted, error)) {
        stop_texts_free(&stops);
        return false;
    }
    stop_texts_free(&repl->stops);
    repl_settings_free(&repl->settings);
    repl->stops = stops;
    repl->settings = *wanted;
    return true;
}

Writer *repl_create_writer(const Repl *repl, const ReplSettings *settings, const Model *model, Error *error) {
    return writer_create(model, repl->compute, 1, settings->seed, repl_settings_precision(settings, model),
                         clock_system(), error);
}

void repl_drop_model(Repl *repl) {
    writer_free(repl->writer);
    conversation_free(&repl->conversation);
    stop_texts_free(&repl->stops);
    if (repl->brought != NULL) {
        model_free(repl->brought);
        free(repl->brought);
    }
}

bool repl_encode(Repl *repl, const char *name, const char *text, size_t length, Units *units, Error *error) {
    size_t skipped = 0;
    bool done = typed_text_encode(&repl->model->pipeline, repl->model->vocab, (Unknown)repl->settings.unknown,
                                  name, text, length, units, &skipped, error);
    if (done) {
        message_left_out(name, repl->model->pipeline.unit, skipped);
    }
    return done;
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
    return (WriterConfig){.sampler = repl->settings.sampler,
                          .length = repl->settings.length,
                          .stops = repl->stops.stops,
                          .stop_count = repl->stops.count};
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

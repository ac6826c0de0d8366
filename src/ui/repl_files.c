/* Files of a conversation: see repl_files.h. */
#include "ui/repl_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/cells.h"
#include "ui/message.h"
#include "ui/repl_turns.h"
#include "ui/transcript.h"

/* The path that a person means: ~/ is the home folder, as in a shell. */
static bool read_path(const char *typed, Bytes *path, Error *error) {
    const char *home = strncmp(typed, "~/", 2) == 0 ? getenv("HOME") : NULL;
    return bytes_printf(path, error, "%s%s", home != NULL ? home : "", home != NULL ? typed + 1 : typed);
}

static TranscriptModel transcript_model(const Repl *repl) {
    return (TranscriptModel){
        .file = repl->path.data,
        .digest = transcript_digest(repl->model),
        .state_size = writer_state_size(repl->writer),
        .vocab_size = vocab_size(repl->model->vocab),
    };
}

/* --- saving --- */

static bool save(const Repl *repl, const char *path, size_t *turn_count, Error *error) {
    TranscriptModel model = transcript_model(repl);
    TextList settings = {0};
    WriterState state = {0};
    const Turn **turns = conversation_turns(&repl->conversation, turn_count, error);
    bool done = turns != NULL && repl_settings_describe(&repl->settings, &settings, error) &&
                writer_save(repl->writer, &state, error) &&
                transcript_write(path, &model, &settings, turns, *turn_count, &state, error);
    free((void *)turns);
    writer_state_free(&state);
    text_list_free(&settings);
    return done;
}

bool repl_save(Repl *repl, const char *argument, Error *error) {
    Bytes path = {0};
    size_t turns = 0;
    bool done = read_path(argument, &path, error) && save(repl, path.data, &turns, error);
    if (done) {
        message_note("saved %zu turn%s in %s", turns, turns == 1 ? "" : "s", path.data);
    }
    bytes_free(&path);
    return done;
}

/* --- loading --- */

/* Sets what the lines of a file say, and nothing else. */
static bool read_settings(const Repl *repl, const TextList *lines, ReplSettings *wanted, Error *error) {
    bool done = repl_settings_copy(&repl->settings, wanted, error);
    if (done) {
        repl_settings_free(wanted); /* texts are added to what is there */
    }
    for (size_t k = 0; done && k < lines->count; k++) {
        done = repl_settings_read(lines->items[k], wanted, error);
    }
    if (!done) {
        repl_settings_free(wanted);
    }
    return done;
}

/* Takes over the settings of the file. */
static bool load_settings(Repl *repl, const Transcript *transcript, Error *error) {
    ReplSettings wanted;
    if (!read_settings(repl, &transcript->settings, &wanted, error)) {
        return false;
    }
    if (!repl_take_settings(repl, &wanted, error)) {
        repl_settings_free(&wanted);
        return false;
    }
    return true;
}

/* Puts the turns of the file behind those that are there, with their texts, which the file no longer has. */
static bool load_turns(Repl *repl, Transcript *transcript, Error *error) {
    Conversation *conversation = &repl->conversation;
    bool done = conversation_begin_turn(conversation, TURN_LOAD, repl->writer, error) != NULL;
    for (size_t k = 0; done && k < transcript->turn_count; k++) {
        TranscriptTurn *from = &transcript->turns[k];
        Turn *turn = conversation_begin_turn(conversation, TURN_LOADED, NULL, error);
        done = turn != NULL;
        if (done) {
            turn->prompt = from->prompt;
            turn->answer = from->answer;
            turn->record_ended = from->record_ended;
            *from = (TranscriptTurn){.record_ended = false};
        }
    }
    return done;
}

static bool load(Repl *repl, const char *path, Error *error) {
    TranscriptModel model = transcript_model(repl);
    Transcript transcript;
    if (!transcript_read(path, &model, &transcript, error)) {
        return false;
    }
    const Turn *before = conversation_last(&repl->conversation);
    bool done = load_turns(repl, &transcript, error);
    if (done && !load_settings(repl, &transcript, error)) {
        done = error_prefix(error, "%s is damaged: ", path);
    }
    if (done) {
        writer_restore(repl->writer, &transcript.state);
    } else if (conversation_last(&repl->conversation) != before) {
        conversation_undo(&repl->conversation, repl->writer, NULL);
    }
    transcript_free(&transcript);
    return done;
}

bool repl_load(Repl *repl, const char *argument, Error *error) {
    Bytes path = {0};
    bool done = read_path(argument, &path, error) && load(repl, path.data, error);
    if (done) {
        const Conversation *conversation = &repl->conversation;
        size_t turns = branch_turns(&conversation->branches[conversation->current]);
        message_note("loaded %zu turn%s and the settings of %s", turns, turns == 1 ? "" : "s", path.data);
        repl_say_place(repl);
    }
    bytes_free(&path);
    return done;
}

/* --- another model --- */

void repl_say_model(const Repl *repl) {
    const NetworkConfig *config = &repl->model->network->config;
    char cells[CELL_LIST_NAME_SIZE];
    message_note("%s, %zu × %zu units, %zu symbols", cell_list_name(&config->cells, cells), config->layers,
                 config->hidden, config->vocab);
}

/* Makes all that a conversation with the model needs, and then changes over to it. */
static bool change_model(Repl *repl, Model *model, Error *error) {
    ReplFit fit;
    Conversation conversation = {.count = 0};
    if (!repl_fit_make(repl, &repl->settings, model, &fit, error)) {
        return false;
    }
    Writer *writer = repl_create_writer(repl, &repl->settings, model, error);
    if (writer == NULL || !conversation_create(&conversation, error)) {
        writer_free(writer);
        repl_fit_free(&fit);
        return false;
    }
    repl_drop_model(repl);
    repl->writer = writer;
    repl->conversation = conversation;
    repl->fit = fit;
    repl->brought = model;
    repl->model = model;
    return true;
}

static bool read_model(Repl *repl, Bytes *path, Error *error) {
    Model *model = memory_allocate(1, sizeof *model, "a model", error);
    if (model == NULL || !model_load(path->data, model, error)) {
        free(model);
        return false;
    }
    if (!change_model(repl, model, error)) {
        model_free(model);
        free(model);
        return false;
    }
    Bytes old = repl->path;
    repl->path = *path;
    *path = old;
    return true;
}

bool repl_model(Repl *repl, const char *argument, Error *error) {
    Bytes path = {0};
    bool done = read_path(argument, &path, error) && read_model(repl, &path, error);
    if (done) {
        repl_say_model(repl);
        message_note("a new text begins");
    }
    bytes_free(&path);
    return done;
}

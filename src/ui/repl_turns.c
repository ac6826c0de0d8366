/* Turns of a conversation: see repl_turns.h. */
#include "ui/repl_turns.h"

#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#include "base/utf8_byte.h"
#include "ui/escape.h"
#include "ui/figures.h"
#include "ui/interrupt.h"
#include "ui/message.h"
#include "ui/setting.h"
#include "ui/terminal.h"

/* --- writing --- */

/* Prints a piece and keeps it in the turn. */
static bool take_piece(void *context, const WriterPiece *piece) {
    Repl *repl = context;
    Turn *turn = conversation_last(&repl->conversation);
    bool kept = bytes_append(&turn->answer, piece->text, piece->length, NULL) &&
                end_watch_note(&repl->watch, piece, NULL);
    turn->record_ended = piece->end == WRITER_RECORD;
    if (repl->trace != NULL) {
        kept = surprise_trace_print(repl->trace, repl->writer, piece, &repl->output) && kept;
    } else {
        output_text(&repl->output, piece->text, piece->length);
    }
    return kept && repl->output.failure == 0 && !interrupt_came();
}

void repl_show_scale(Repl *repl) {
    Bytes legend = {0};
    if (terminal_has_colours(STDOUT_FILENO) && heat_legend(&legend, NULL)) {
        output_write(&repl->output, legend.data, legend.length);
        output_flush(&repl->output);
    }
    bytes_free(&legend);
}

/* Says how surprising what was written is. */
static void say_surprise(const Repl *repl, const SurpriseTrace *trace) {
    const char *noun = unit_noun(repl->model->pipeline.unit);
    if (trace->units > 0) {
        message_note("%.3f bits a %s, %zu of them", bits_from_nats(trace->nats) / (double)trace->units, noun,
                     trace->units);
    }
}

/* Writes what follows. */
static bool write_answer(Repl *repl, Error *error) {
    WriterConfig config = repl_writing(repl);
    SurpriseTrace trace = {.drawn = 0};
    bool shown = repl->settings.surprise == 1;
    bool done = !shown || surprise_trace_open(&trace, repl->writer, repl->model->vocab,
                                              terminal_has_colours(STDOUT_FILENO), error);
    repl->trace = shown ? &trace : NULL;
    done = done && writer_write(repl->writer, &config, take_piece, repl, error);
    repl->trace = NULL;
    surprise_trace_end(&trace, &repl->output);
    output_text_end(&repl->output, TEXT_END_LINE);
    output_flush(&repl->output);
    say_surprise(repl, &trace);
    surprise_trace_close(&trace);
    return done && end_watch_check(&repl->watch, error);
}

/* A turn with this prompt, which it takes over. */
static bool write_turn(Repl *repl, Units *units, Error *error) {
    Turn *turn = conversation_begin_turn(&repl->conversation, TURN_WRITTEN, repl->writer, error);
    if (turn == NULL) {
        return false;
    }
    turn->units = *units;
    *units = (Units){0};
    bool done = repl_append_units(repl, &turn->units, &turn->prompt, error);
    writer_read(repl->writer, turn->units.data, turn->units.count);
    done = done && write_answer(repl, error);
    if (interrupt_signal() == SIGINT) {
        interrupt_clear(); /* it stopped the writing, and that is all */
    }
    return done;
}

bool repl_answer(Repl *repl, const char *text, size_t length, Error *error) {
    Units units = {0};
    bool done = prompts_read(&repl->fit.prompts, "the prompt", text, length, &units, error) &&
                write_turn(repl, &units, error);
    units_free(&units);
    return done;
}

bool repl_more(Repl *repl, const char *argument, Error *error) {
    return repl_answer(repl, argument, 0, error);
}

/* --- taking back --- */

void repl_say_place(const Repl *repl) {
    enum { SHOWN = 50 }; /* characters */
    Bytes text = {0};
    Bytes shown = {0};
    if (conversation_text(&repl->conversation, &text, NULL) && text.length > 0) {
        size_t begin = text.length;
        for (size_t count = 0; begin > 0 && count < SHOWN; count++) {
            do {
                begin--;
            } while (begin > 0 && utf8_byte_continues(text.data[begin]));
        }
        if (escape_add(text.data + begin, text.length - begin, &shown, NULL)) {
            message_note("the text ends: %s%s", begin > 0 ? "..." : "", shown.data);
        }
    } else {
        message_note("the text is at its beginning");
    }
    bytes_free(&shown);
    bytes_free(&text);
}

bool repl_undo(Repl *repl, const char *argument, Error *error) {
    (void)argument;
    if (!conversation_undo(&repl->conversation, repl->writer, error)) {
        return false;
    }
    repl_say_place(repl);
    return true;
}

/* The coins of the next seed. */
static void draw_new_coins(Repl *repl) {
    uint64_t *seed = &repl->settings.seed;
    *seed = (double)*seed < SEED_MAX ? *seed + 1 : 0;
    writer_seed(repl->writer, *seed);
    message_note("/seed %" PRIu64, *seed);
}

bool repl_retry(Repl *repl, const char *argument, Error *error) {
    (void)argument;
    Turn *last = conversation_last(&repl->conversation);
    if (last == NULL || last->kind != TURN_WRITTEN) {
        return error_set(error, "nothing was written that could be written again");
    }
    Units units = last->units;
    last->units = (Units){0};
    if (!conversation_undo(&repl->conversation, repl->writer, error)) {
        last->units = units;
        return false;
    }
    draw_new_coins(repl);
    bool done = write_turn(repl, &units, error);
    units_free(&units);
    return done;
}

bool repl_reset(Repl *repl, const char *argument, Error *error) {
    (void)argument;
    if (conversation_begin_turn(&repl->conversation, TURN_RESET, repl->writer, error) == NULL) {
        return false;
    }
    writer_reset(repl->writer);
    message_note("a new text begins");
    return true;
}

bool repl_transcript(Repl *repl, const char *argument, Error *error) {
    (void)argument;
    Bytes text = {0};
    bool done = conversation_text(&repl->conversation, &text, error);
    if (done) {
        output_text(&repl->output, text.length > 0 ? text.data : "", text.length);
        output_text_end(&repl->output, TEXT_END_LINE);
        output_flush(&repl->output);
    }
    bytes_free(&text);
    return done;
}

/* --- branches --- */

static void list_branches(const Conversation *conversation) {
    for (size_t k = 0; k < conversation->count; k++) {
        const Branch *branch = &conversation->branches[k];
        size_t turns = branch_turns(branch);
        message_note("%s %s  %zu turn%s", k == conversation->current ? "*" : " ", branch->name, turns,
                     turns == 1 ? "" : "s");
    }
}

bool repl_branch(Repl *repl, const char *argument, Error *error) {
    if (argument[0] == '\0') {
        list_branches(&repl->conversation);
        return true;
    }
    if (!conversation_branch(&repl->conversation, repl->writer, argument, error)) {
        return false;
    }
    message_note("branch %s goes on from here", argument);
    return true;
}

bool repl_switch(Repl *repl, const char *argument, Error *error) {
    if (!conversation_switch(&repl->conversation, repl->writer, argument, error)) {
        return false;
    }
    repl_say_place(repl);
    return true;
}

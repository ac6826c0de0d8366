/* What the model expects: see repl_choose.h. */
#include "ui/repl_choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "generate/surprise.h"
#include "ui/figures.h"
#include "ui/interrupt.h"
#include "ui/message.h"
#include "ui/repl_commands.h"
#include "ui/repl_turns.h"

/* The surprise of every unit that might come next, V of them, allocated. */
static double *allocate_surprise(const Repl *repl, Error *error) {
    return memory_allocate(vocab_size(repl->model->vocab), sizeof(double), "the surprise", error);
}

/* --- /eval --- */

/* Reads the units and adds up their surprise, in nats. */
static double score(Repl *repl, const Units *units, double *surprise) {
    double nats = 0;
    for (size_t k = 0; k < units->count && !interrupt_came(); k++) {
        surprise_all(writer_logits(repl->writer), vocab_size(repl->model->vocab), surprise);
        nats += surprise[units->data[k]];
        writer_read(repl->writer, &units->data[k], 1);
    }
    return nats;
}

/* Scores from where the writer stands, and brings it back there. */
static bool score_from_here(Repl *repl, const Units *units, double *nats, Error *error) {
    WriterState here = {0};
    double *surprise = allocate_surprise(repl, error);
    bool done = surprise != NULL && writer_save(repl->writer, &here, error);
    if (done) {
        *nats = score(repl, units, surprise);
        writer_restore(repl->writer, &here);
    }
    free(surprise);
    writer_state_free(&here);
    return done;
}

bool repl_eval(Repl *repl, const char *argument, Error *error) {
    Units units = {0};
    double nats = 0;
    bool done = prompts_read(&repl->fit.prompts, "the text", argument, strlen(argument), &units, error) &&
                (units.count > 0 || error_set(error, "there is nothing to read in this text")) &&
                score_from_here(repl, &units, &nats, error);
    if (done && !interrupt_came()) {
        double bits = bits_from_nats(nats);
        const char *noun = unit_noun(repl->model->pipeline.unit);
        message_note("%.3f bits a %s: %zu %s%s, %.1f bits", bits / (double)units.count, noun, units.count,
                     noun, units.count == 1 ? "" : "s", bits);
    }
    units_free(&units);
    return done;
}

/* --- /choose --- */

enum { CANDIDATES = 9 };

/* The likeliest units, the first one first. */
typedef struct Candidates {
    uint32_t units[CANDIDATES];
    size_t count;
} Candidates;

/* The likeliest of those that can come; the rare symbol is never written. */
static Candidates find_candidates(const Repl *repl, const double *surprise) {
    Candidates found = {.count = 0};
    uint32_t rare = vocab_find(repl->model->vocab, symbol_rare());
    for (uint32_t unit = 0; unit < vocab_size(repl->model->vocab); unit++) {
        if (unit == rare || !(surprise[unit] < INFINITY)) {
            continue;
        }
        size_t place = found.count;
        while (place > 0 && surprise[unit] < surprise[found.units[place - 1]]) {
            place--;
        }
        if (place < CANDIDATES) {
            size_t kept = found.count < CANDIDATES ? found.count : CANDIDATES - 1;
            memmove(&found.units[place + 1], &found.units[place], (kept - place) * sizeof *found.units);
            found.units[place] = unit;
            found.count = kept + 1;
        }
    }
    return found;
}

/* "1 'e' 41.2%" for each. */
static void show_candidates(const Repl *repl, const Candidates *candidates, const double *surprise) {
    TextList lines = {0};
    for (size_t k = 0; k < candidates->count; k++) {
        uint32_t unit = candidates->units[k];
        Bytes line = {0};
        if (bytes_printf(&line, NULL, "%zu ", k + 1) &&
            symbol_describe(repl->model->pipeline.unit, vocab_symbol(repl->model->vocab, unit), &line,
                            NULL) &&
            bytes_printf(&line, NULL, " %.1f%%", 100 * exp(-surprise[unit]))) {
            text_list_add(&lines, line.data, NULL);
        }
        bytes_free(&line);
    }
    repl_show_list(&lines);
    text_list_free(&lines);
}

/* Goes on with these units. The border between records ends one. */
static bool take_units(Repl *repl, const Units *units, Error *error) {
    Turn *turn = conversation_last(&repl->conversation);
    if (units->count == 1 && units->data[0] == vocab_border(repl->model->vocab)) {
        turn->record_ended = true;
        writer_reset(repl->writer);
        return true;
    }
    writer_read(repl->writer, units->data, units->count);
    return repl_append_units(repl, units, &turn->answer, error);
}

static bool take_text(Repl *repl, const char *text, size_t length, Error *error) {
    Units units = {0};
    bool done = prompts_read(&repl->fit.prompts, "the text", text, length, &units, error) &&
                take_units(repl, &units, error);
    units_free(&units);
    return done;
}

static bool keep_piece(void *context, const WriterPiece *piece) {
    Turn *turn = context;
    turn->record_ended = piece->end == WRITER_RECORD;
    return bytes_append(&turn->answer, piece->text, piece->length, NULL);
}

/* The model draws a character as it would when it writes. */
static bool draw_one(Repl *repl, Error *error) {
    WriterConfig config = {.sampler = repl->settings.sampler, .length = 1};
    return writer_write(repl->writer, &config, keep_piece, conversation_last(&repl->conversation), error);
}

static bool take_number(Repl *repl, const Candidates *candidates, size_t number, Error *error) {
    uint32_t unit = candidates->units[number - 1];
    return take_units(repl, &(Units){&unit, 1}, error);
}

/* Goes on as the person says. */
static bool take_choice(Repl *repl, const Candidates *candidates, const Bytes *typed, Error *error) {
    const char *text = typed->data;
    size_t number = typed->length == 1 && text[0] >= '1' ? (size_t)(text[0] - '0') : 0;
    if (typed->length == 0) {
        return draw_one(repl, error);
    }
    if (number >= 1 && number <= candidates->count) {
        return take_number(repl, candidates, number, error);
    }
    if (repl_is_command(text)) {
        return error_set(error,
                         "the only command here is /done; a text that begins so is typed with \\ before it");
    }
    size_t escape = text[0] == '\\' ? 1 : 0;
    return take_text(repl, text + escape, typed->length - escape, error);
}

/* Shows what may come, and reads what is chosen. False when the person has had enough. */
static bool choose_next(Repl *repl, double *surprise, Bytes *typed) {
    Error error = {0};
    surprise_all(writer_logits(repl->writer), vocab_size(repl->model->vocab), surprise);
    Candidates candidates = find_candidates(repl, surprise);
    repl_say_place(repl);
    show_candidates(repl, &candidates, surprise);
    if (lines_read(&repl->lines, "choose> ", typed, &error) != LINE_READ ||
        strcmp(typed->data, "/done") == 0) {
        return false;
    }
    if (!take_choice(repl, &candidates, typed, &error)) {
        repl_say_error(&error);
    }
    return !conversation_last(&repl->conversation)->record_ended;
}

/* Prints what was chosen; where nothing was, there is no turn. */
static void end_choosing(Repl *repl) {
    const Turn *turn = conversation_last(&repl->conversation);
    if (turn->answer.length == 0 && !turn->record_ended) {
        conversation_undo(&repl->conversation, repl->writer, NULL);
        return;
    }
    output_text(&repl->output, turn->answer.length > 0 ? turn->answer.data : "", turn->answer.length);
    output_text_end(&repl->output, TEXT_END_LINE);
    output_flush(&repl->output);
}

bool repl_choose(Repl *repl, const char *argument, Error *error) {
    (void)argument;
    Bytes typed = {0};
    double *surprise = allocate_surprise(repl, error);
    bool done = surprise != NULL &&
                conversation_begin_turn(&repl->conversation, TURN_WRITTEN, repl->writer, error) != NULL;
    if (done) {
        message_note("A number takes that character, an empty line lets the model draw one, any\n"
                     "other text goes on with that (\\3 is the figure); /done ends choosing.");
        while (choose_next(repl, surprise, &typed)) {
        }
        end_choosing(repl);
    }
    free(surprise);
    bytes_free(&typed);
    return done;
}

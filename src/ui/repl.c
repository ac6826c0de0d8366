/* A conversation with a model: see repl.h. */
#include "ui/repl.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ui/interrupt.h"
#include "ui/message.h"
#include "ui/repl_commands.h"
#include "ui/repl_files.h"
#include "ui/repl_state.h"
#include "ui/repl_turns.h"
#include "ui/terminal.h"
#include "ui/terminal_guard.h"

/* --- at a terminal --- */

/* Readline takes the locale from the environment. */
static void find_utf8_locale(void) {
    if (terminal_speaks_utf8()) {
        return;
    }
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    if (setlocale(LC_CTYPE, "C.UTF-8") != NULL) {
        message_note("the locale is not UTF-8 (LANG, LC_ALL): going on with C.UTF-8");
    } else {
        message_warning("the locale is not UTF-8: letters beyond ASCII cannot be typed; try LC_ALL=C.UTF-8");
    }
}

/* Does what a typed text asks for, and says what is wrong with it. */
static void take_text(Repl *repl, const Bytes *typed) {
    const char *text = typed->data;
    Error error = {0};
    lines_remember(&repl->lines, text);
    if (repl_is_command(text)) {
        repl_command_run(repl, text);
        return;
    }
    size_t escape = text[0] == '\\' && repl_is_command(text + 1) ? 1 : 0;
    if (!repl_answer(repl, text + escape, typed->length - escape, &error)) {
        repl_say_error(&error);
    }
}

static bool talk(Repl *repl, Error *error) {
    Bytes text = {0};
    LineOutcome outcome = LINE_READ;
    interrupt_catch(INTERRUPT_ONLY_FLAGS);
    terminal_guard_start();
    find_utf8_locale();
    repl_say_model(repl);
    message_note("Type the beginning of a text and it goes on.\n"
                 "/help lists commands, Ctrl-C stops the writing, Ctrl-D leaves.");
    repl->lines = lines_open();
    while (!repl->over && !interrupt_came() && repl->output.failure == 0) {
        outcome = lines_read(&repl->lines, "> ", &text, error);
        if (outcome == LINE_READ) {
            take_text(repl, &text);
        }
        if (interrupt_signal() == SIGINT) {
            interrupt_clear();
        }
        repl->over = repl->over || outcome == LINE_END || outcome == LINE_FAILED;
    }
    bytes_free(&text);
    lines_close(&repl->lines);
    return outcome != LINE_FAILED;
}

/* --- as a filter --- */

static bool print_piece(void *context, const WriterPiece *piece) {
    Repl *repl = context;
    output_text(&repl->output, piece->text, piece->length);
    return end_watch_note(&repl->watch, piece, NULL) && repl->output.failure == 0 && !interrupt_came();
}

/* Answers a prompt: what was read of it, the continuation, a newline. */
static bool answer_units(Repl *repl, const Units *units, Error *error) {
    WriterConfig config = repl_writing(repl);
    Bytes prompt = {0};
    bool done = repl_append_units(repl, units, &prompt, error);
    output_text(&repl->output, done ? prompt.data : "", prompt.length);
    bytes_free(&prompt);
    writer_reset(repl->writer);
    writer_read(repl->writer, units->data, units->count);
    done = done && writer_write(repl->writer, &config, print_piece, repl, error);
    output_text_end(&repl->output, TEXT_END_NEWLINE);
    output_flush(&repl->output);
    return done;
}

/* `*answered` becomes false, and that is said, when the line has characters that the model does not know, or what
 * follows does not end as it should. */
static bool answer_line(Repl *repl, size_t number, const char *text, size_t length, bool *answered,
                        Error *error) {
    char name[64];
    Units units = {0};
    Error fault = {0};
    snprintf(name, sizeof name, "standard input: line %zu", number);
    bool known = prompts_read(&repl->fit.prompts, name, text, length, &units, &fault);
    bool done = !known || answer_units(repl, &units, error);
    units_free(&units);
    *answered = known && end_watch_check(&repl->watch, &fault);
    if (known && !*answered) {
        error_prefix(&fault, "%s: ", name);
    }
    if (done && !*answered) {
        message_error("%s", fault.message);
    }
    return done;
}

/* `*all_answered` becomes false when a line could not be answered; the others are. */
static bool filter(Repl *repl, bool *all_answered, Error *error) {
    Bytes line = {0};
    Input input = {.descriptor = STDIN_FILENO};
    bool done = true;
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    for (size_t number = 1; done && repl->output.failure == 0 && !interrupt_came(); number++) {
        LineOutcome outcome = input_line(&input, &line, error);
        if (outcome != LINE_READ) {
            done = outcome != LINE_FAILED;
            break;
        }
        bool answered = true;
        done = answer_line(repl, number, line.data, line.length, &answered, error);
        *all_answered = *all_answered && answered;
    }
    input_close(&input);
    bytes_free(&line);
    return done;
}

/* --- both --- */

static bool prepare(Repl *repl, const char *path, const ReplSettings *settings, Error *error) {
    ReplSettings wanted;
    if (!bytes_printf(&repl->path, error, "%s", path) || !conversation_create(&repl->conversation, error) ||
        !repl_settings_copy(settings, &wanted, error)) {
        return false;
    }
    if (!repl_take_settings(repl, &wanted, error)) {
        repl_settings_free(&wanted);
        return false;
    }
    repl->writer = repl_create_writer(repl, &repl->settings, repl->model, error);
    return repl->writer != NULL;
}

static void clean_up(Repl *repl) {
    repl_drop_model(repl);
    end_watch_free(&repl->watch);
    repl_settings_free(&repl->settings);
    bytes_free(&repl->path);
}

bool repl_run(const char *path, const Model *model, Compute *compute, const ReplSettings *settings,
              int *status, Error *error) {
    Repl repl = {.model = model, .compute = compute, .output = output_open()};
    bool all_answered = true;
    bool done = prepare(&repl, path, settings, error) &&
                (isatty(STDIN_FILENO) ? talk(&repl, error) : filter(&repl, &all_answered, error));
    clean_up(&repl);
    *status = output_close(&repl.output);
    if (*status == 0 && interrupt_came()) {
        *status = interrupt_status();
    } else if (*status == 0 && !all_answered) {
        *status = 1;
    }
    return done;
}

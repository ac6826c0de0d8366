/* A conversation with a model: see repl.h. */
#include "ui/repl.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "model/cells.h"
#include "ui/interrupt.h"
#include "ui/line.h"
#include "ui/message.h"
#include "ui/repl_commands.h"
#include "ui/terminal.h"

/* --- writing --- */

static bool print_piece(void *context, const WriterPiece *piece) {
    Repl *repl = context;
    output_text(&repl->output, piece->text, piece->length);
    return repl->output.failure == 0 && !interrupt_came();
}

/* Reads the prompt; `name` is what messages call it. False and a message if it has characters that the model
 * does not know: then nothing of it was read. */
static bool read_prompt(Repl *repl, const char *name, const char *text, size_t length, Units *units,
                        Error *error) {
    if (!prompts_read(&repl->prompts, name, text, length, units, error)) {
        return false;
    }
    writer_read(repl->writer, units->data, units->count);
    return true;
}

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

static void greet(const Repl *repl) {
    const NetworkConfig *config = &repl->model->network->config;
    char cells[CELL_LIST_NAME_SIZE];
    message_note("%s, %zu × %zu units, %zu symbols. Type the beginning of a text and it goes on.\n"
                 "/help lists commands, Ctrl-C stops the writing, Ctrl-D leaves.",
                 cell_list_name(&config->cells, cells), config->layers, config->hidden, config->vocab);
}

/* Answers a text. False and a message when the conversation cannot go on. */
static bool answer(Repl *repl, const char *text, size_t length, Error *error) {
    Units units = {0};
    Error unknown = {0};
    bool read = read_prompt(repl, "the prompt", text, length, &units, &unknown);
    units_free(&units);
    if (!read) {
        message_error("%s", unknown.message);
        return true;
    }
    bool done = writer_write(repl->writer, &repl->settings.writing, print_piece, repl, error);
    output_text_end(&repl->output, TEXT_END_LINE);
    output_flush(&repl->output);
    if (interrupt_signal() == SIGINT) {
        interrupt_clear(); /* it stopped the writing, and that is all */
    }
    return done;
}

/* What a typed line asks for. False: the conversation is over, by a command or by a failure (a message). */
static bool take_line(Repl *repl, const Bytes *line, Error *error) {
    const char *text = line->data;
    size_t length = line->length;
    if (repl_is_command(text)) {
        return repl_command_run(repl, text);
    }
    size_t escape = text[0] == '\\' && repl_is_command(text + 1) ? 1 : 0;
    return answer(repl, text + escape, length - escape, error);
}

static bool talk(Repl *repl, Error *error) {
    Bytes line = {0};
    bool goes_on = true;
    interrupt_catch(INTERRUPT_ONLY_FLAGS);
    find_utf8_locale();
    greet(repl);
    while (goes_on && repl->output.failure == 0) {
        LineOutcome outcome = line_read(&repl->input, &line, error);
        goes_on = outcome == LINE_READ ? take_line(repl, &line, error) : outcome == LINE_INTERRUPTED;
        if (interrupt_signal() == SIGINT) {
            interrupt_clear();
        }
        goes_on = goes_on && !interrupt_came();
    }
    bytes_free(&line);
    return error->message[0] == '\0';
}

/* --- as a filter --- */

/* Answers a line: what was read of it, the continuation, a newline. */
static bool answer_line(Repl *repl, size_t number, const char *text, size_t length, bool *known,
                        Error *error) {
    char name[64];
    Units units = {0};
    Error unknown = {0};
    snprintf(name, sizeof name, "standard input: line %zu", number);
    writer_reset(repl->writer);
    *known = read_prompt(repl, name, text, length, &units, &unknown);
    for (size_t k = 0; *known && k < units.count; k++) {
        Symbol symbol =
            symbol_written(repl->model->pipeline.unit, vocab_symbol(repl->model->vocab, units.data[k]));
        output_text(&repl->output, symbol.text, symbol.length);
    }
    units_free(&units);
    if (!*known) {
        message_error("%s", unknown.message);
        return true;
    }
    bool done = writer_write(repl->writer, &repl->settings.writing, print_piece, repl, error);
    output_text_end(&repl->output, TEXT_END_NEWLINE);
    output_flush(&repl->output);
    return done;
}

/* `*all_known` becomes false when a line could not be answered; the others are. */
static bool filter(Repl *repl, bool *all_known, Error *error) {
    Bytes line = {0};
    bool done = true;
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    for (size_t number = 1; done && repl->output.failure == 0 && !interrupt_came(); number++) {
        LineOutcome outcome = input_line(&repl->input, &line, error);
        if (outcome != LINE_READ) {
            done = outcome != LINE_FAILED;
            break;
        }
        bool known = true;
        done = answer_line(repl, number, line.data, line.length, &known, error);
        *all_known = *all_known && known;
    }
    bytes_free(&line);
    return done;
}

/* --- both --- */

bool repl_run(const Model *model, Compute *compute, const ReplSettings *settings, int *status, Error *error) {
    Repl repl = {.model = model,
                 .settings = *settings,
                 .input = {.descriptor = STDIN_FILENO},
                 .output = output_open()};
    bool all_known = true;
    repl.writer =
        writer_create(model, compute, 1, settings->seed, settings->precision, clock_system(), error);
    if (repl.writer == NULL || !prompts_open(&repl.prompts, model, settings->unknown, error)) {
        writer_free(repl.writer);
        return false;
    }
    bool done = isatty(STDIN_FILENO) ? talk(&repl, error) : filter(&repl, &all_known, error);
    writer_free(repl.writer);
    prompts_close(&repl.prompts);
    input_close(&repl.input);
    *status = output_close(&repl.output);
    if (*status == 0 && interrupt_came()) {
        *status = interrupt_status();
    } else if (*status == 0 && !all_known) {
        *status = 1;
    }
    return done;
}

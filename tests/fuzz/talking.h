/* A conversation with a small model, for fuzzers: what it says is caught, and what it writes is short. Its files lie in
 * a folder of its own, the working one. */
#ifndef LETRA_TESTS_FUZZ_TALKING_H
#define LETRA_TESTS_FUZZ_TALKING_H

#include "fuzz/fuzzing.h"

#include "math/block.h"
#include "model/cells.h"
#include "support/scratch.h"
#include "support/symbols.h"
#include "ui/repl_commands.h"
#include "ui/repl_files.h"
#include "ui/repl_state.h"
#include "ui/repl_turns.h"
#include "ui/transcript.h"

enum { WRITTEN_MOST = 8 }; /* units of one answer */

#define MODEL_FILE  "m" /* in the working folder: the model ... */
#define STORED_FILE "t" /* ... and what a conversation loads, or saves */

typedef struct Talking {
    Scratch *scratch;
    Model model;
    Compute compute;
} Talking;

static Talking talking;

static inline void talking_end(void) {
    check(chdir("/") == 0, "the folder is left");
    scratch_remove(talking.scratch);
    model_free(&talking.model);
    compute_free(&talking.compute);
}

/* Makes the model: of one small layer, with parameters large enough for what was read to matter. */
static inline void talking_begin(void) {
    static const uint32_t symbols[] = {'\n', ' ', '1', '\\', 'a', 'b', 'c', 0xE9, 0x6F22};
    enum { SYMBOLS = sizeof symbols / sizeof *symbols };
    Error error = {0};
    NetworkConfig config = {
        .cells = cell_list_of(cell_find("lstm")), .layers = 1, .hidden = 4, .embed = 2, .vocab = SYMBOLS};
    Random random = random_create(7, 0);
    Model *model = &talking.model;
    talking.scratch = scratch_create();
    check(chdir(talking.scratch->folder) == 0, "the folder is entered");
    model->vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, SYMBOLS, &error);
    model->pipeline = (Pipeline){.unit = UNIT_CHAR, .normalization = NORMALIZATION_NFC};
    model->history = training_history_unknown;
    model->network = network_create(&config, &error);
    check(model->vocab != NULL && model->network != NULL && compute_create(&talking.compute, 1, &error),
          "the model is made");
    model->parameters = block_create(&model->network->layout, &error);
    check(model->parameters != NULL, "there is memory");
    network_initialize(model->network, model->parameters, &random);
    for (size_t k = 0; k < model->network->layout.total; k++) {
        model->parameters[k] *= 8;
    }
    check(model_save(MODEL_FILE, model, NULL, 0, &error), "the model is saved");
    check(atexit(talking_end) == 0, "the end is known");
}

/* A conversation at its beginning. */
static inline void talking_open(Repl *repl) {
    Error error = {0};
    ReplSettings wanted = {.length = WRITTEN_MOST, .sampler = {.temperature = 1, .top_p = 1, .typical_p = 1}};
    wanted.sampler.repeat_penalty = 1;
    *repl = (Repl){.model = &talking.model, .compute = &talking.compute, .output = output_open()};
    repl->lines.input.descriptor = -1;
    check(bytes_printf(&repl->path, &error, MODEL_FILE) && conversation_create(&repl->conversation, &error) &&
              repl_take_settings(repl, &wanted, &error),
          "the conversation begins");
    repl->writer = repl_create_writer(repl, &repl->settings, repl->model, &error);
    check(repl->writer != NULL, "there is a writer");
}

static inline void talking_close(Repl *repl) {
    lines_close(&repl->lines);
    repl_drop_model(repl);
    end_watch_free(&repl->watch);
    repl_settings_free(&repl->settings);
    bytes_free(&repl->path);
}

/* However long a text was asked for. */
static inline void talking_limit(Repl *repl) {
    if (repl->settings.length > WRITTEN_MOST) {
        repl->settings.length = WRITTEN_MOST;
    }
}

#endif

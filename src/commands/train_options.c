/* The options of `train`: see train_options.h. */
#include "commands/train_options.h"

#include <float.h>
#include <math.h>

#include "commands/command.h"
#include "commands/sampling.h"
#include "commands/shared_options.h"
#include "commands/texts.h"
#include "commands/train_presets.h"
#include "model/cells.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/trainer.h"

static const char *cell_choice(size_t index) {
    return index < cell_count() ? cell_at(index)->name : NULL;
}

static const char *optimizer_choice(size_t index) {
    return index < optimizer_count() ? optimizer_at(index)->name : NULL;
}

static const char *schedule_choice(size_t index) {
    if (index == 0) {
        return "auto";
    }
    return index <= schedule_count() ? schedule_at(index - 1)->name : NULL;
}

static const char *preset_choice(size_t index) {
    return train_preset_at(index) != NULL ? train_preset_at(index)->name : NULL;
}

static const char *preset_options(const char *name) {
    return train_preset_find(name)->options;
}

/* Of weights alone there are more. */
static const char *train_precision_choice(size_t index) {
    return index <= 1 + (size_t)PRECISION_BF16 ? precision_choice(index) : NULL;
}

/* The beginnings of rows, one for each kind of option: name, member, and what the kind needs. */
#define AT(member)                .offset = offsetof(TrainValues, member)
#define FLAG(title, member)       .name = (title), AT(member), .kind = OPTION_FLAG
#define TEXT(title, member, what) .name = (title), AT(member), .kind = OPTION_TEXT, .argument = (what)
#define CHOICE(title, member, what, names, normally)                                                         \
    .name = (title), AT(member), .kind = OPTION_CHOICE, .argument = (what), .choices = (names),              \
    .fallback = (normally)
#define NUMBER(title, member, sort, what, from, to, normally)                                                \
    .name = (title), AT(member), .kind = (sort), .argument = (what), .least = (from), .most = (to),          \
    .fallback = (normally)
#define INTEGER(title, member, from, to, normally)                                                           \
    NUMBER(title, member, OPTION_INTEGER, "N", from, to, normally)
#define REAL(title, member, from, to, normally) NUMBER(title, member, OPTION_REAL, "X", from, to, normally)
#define TIME(title, member, from, to, normally)                                                              \
    NUMBER(title, member, OPTION_DURATION, "TIME", from, to, normally)
#define AUTO_IS(value) .word = "auto", .word_value = (value)
#define OPTIMIZER(number, from, to)                                                                          \
    REAL(number##_NAME, method.numbers[number], from, to, "auto"), AUTO_IS(METHOD_AUTO)

static const Option rows[] = {
    {.kind = OPTION_HEADING, .help = "Recipe"},
    {.name = "preset",
     AT(preset),
     .kind = OPTION_PRESET,
     .argument = "PRESET",
     .choices = preset_choice,
     .expansion = preset_options,
     .help = "learn as another program does, as listed below; options after it have the last word"},

    {.kind = OPTION_HEADING, .help = "Model"},
    {TEXT("output", output, "MODEL"), .letter = 'o',
     .help = "where the model shall be (default: models/NAME.safetensors, named after the first text)"},
    {.name = "cell",
     AT(cells),
     .kind = OPTION_CHOICES,
     .argument = "CELL",
     .choices = cell_choice,
     .fallback = "lstm",
     .help = "the kind of the recurrent layers; several, with commas between, take turns"},
    {INTEGER("layers", layers, 1, NETWORK_LAYERS_MAX, "2"), .help = "recurrent layers"},
    {INTEGER("hidden", hidden, 1, NETWORK_HIDDEN_MAX, "256"), .help = "units of each layer"},
    {INTEGER("heads", heads, 1, NETWORK_HIDDEN_MAX, "auto"), AUTO_IS((double)UINT64_MAX),
     .help = "heads among which the units of xLSTM cells are divided; auto: 4"},
    {INTEGER("embed", embed, 0, NETWORK_EMBED_MAX, "auto"), AUTO_IS((double)UINT64_MAX),
     .help = "numbers that stand for a character before the first layer; 0: one-hot vectors; auto: 64, or "
             "as many as units in a layer that adds to its input"},
    {REAL("forget-bias", forget_bias, -100, 100, "0"),
     .help = "added to the forget gates' bias before training"},
    {REAL("init-range", method.init_range, 0, 100, "0"),
     .help =
         "start with parameters uniform in ±X, the embedding too; 0: PyTorch's ±1/√hidden, embedding normal"},
    {TEXT("init-from", init_from, "MODEL"),
     .help =
         "start with the weights of this model, whose cell, sizes and way of the text are taken, too; characters "
         "that only one of it and the text knows are in the new model"},

    {.kind = OPTION_HEADING, .help = "Learning"},
    {REAL("epochs", epochs, DBL_MIN, 1e9, "auto"), AUTO_IS(0),
     .help = "end after X passes over the text; auto: as --time says, or chosen for the size of the text"},
    {TIME("time", seconds, DBL_MIN, 1e9, "auto"), AUTO_IS(0),
     .help = "end after so long (90s, 15m, 2h, 1h30m)"},
    {INTEGER("seq-length", method.seq_length, 1, 65536, "auto"), AUTO_IS(0),
     .help = "characters through which errors are led back; auto: 64, or, where neither this nor "
             "--batch-size is given and a run of at most two million characters reads less than three "
             "quarters of the text, 32, below 600,000 characters 16"},
    {INTEGER("batch-size", method.batch_size, 1, 65536, "auto"), AUTO_IS(0),
     .help = "streams that are read side by side; auto: 16, in such runs 32 or 64"},
    {CHOICE("optimizer", optimizer, "OPTIMIZER", optimizer_choice, "adamw"),
     .help = "how the gradient becomes a step"},
    {REAL("lr", method.learning_rate, DBL_MIN, 1000, "auto"), AUTO_IS(METHOD_AUTO),
     .help = "learning rate, at its highest"},
    {OPTIMIZER(OPTIMIZER_BETA1, 0, 0.999999), .help = "of adamw and adam: smoothing of the gradient"},
    {OPTIMIZER(OPTIMIZER_BETA2, 0, 0.999999),
     .help = "of adamw and adam: smoothing of its square; auto: as below, or 0.95 in a run that reads the "
             "text at most twice"},
    {OPTIMIZER(OPTIMIZER_RHO, 0, 0.999999),
     .help = "of rmsprop: smoothing of the gradient's square (PyTorch's alpha)"},
    {OPTIMIZER(OPTIMIZER_EPSILON, 1e-20, 1),
     .help = "of all but sgd: added to the root that a step is divided by"},
    {OPTIMIZER(OPTIMIZER_MOMENTUM, 0, 0.999999), .help = "of sgd: what is left of the step before"},
    {FLAG(OPTIMIZER_NESTEROV_NAME, nesterov), .help = "of sgd: momentum that looks ahead (Nesterov 1983)"},
    {CHOICE("schedule", schedule, "SCHEDULE", schedule_choice, "auto"),
     .help = "how the learning rate falls: over the run, with the epochs, or not at all; auto: linear in a "
             "run that reads the text at most twice, cosine in others"},
    {INTEGER("warmup", warmup, 0, 1e9, "50"), .help = "steps over which the learning rate rises to its top"},
    {REAL("lr-decay", method.schedule_numbers.decay, DBL_MIN, 1, "auto"), AUTO_IS(METHOD_AUTO),
     .help =
         "of step and exponential: the factor of each fall; auto: one that leaves a hundredth at the end"},
    {REAL("lr-decay-every", method.schedule_numbers.every, 1e-6, 1e9, "1"),
     .help = "of step and exponential: the epochs of each fall"},
    {REAL("lr-decay-after", method.schedule_numbers.after, 0, 1e9, "auto"), AUTO_IS(METHOD_AUTO),
     .help =
         "of step and exponential: epochs before the first fall; auto: as many as --lr-decay-every, or none"},
    {REAL("clip", method.clip, 0, 1e9, "auto"), AUTO_IS(METHOD_AUTO),
     .help = "the longest gradient (global norm); 0: any; auto: 1, or any with --clip-value"},
    {REAL("clip-value", method.clip_value, 0, 1e9, "0"),
     .help = "cut each element of the gradient to ±X, after --clip; 0: not"},
    {REAL("dropout", method.dropout, 0, 0.99, "auto"), AUTO_IS(METHOD_AUTO),
     .help = "share of each layer's outputs that is left out while learning"},
    {REAL("dropout-input", method.dropout_input, 0, 0.99, "0"),
     .help = "the same of the numbers that stand for a character; with one-hot vectors, of the characters"},
    {REAL("dropout-output", method.dropout_output, 0, 0.99, "auto"), AUTO_IS(METHOD_AUTO),
     .help = "the same of the last layer's outputs; auto: as --dropout"},
    {FLAG("variational", method.variational),
     .help = "leave out the same at every step of a window (Gal & Ghahramani 2016)"},
    {REAL("weight-drop", method.weight_drop, 0, 0.99, "0"),
     .help = "share of the recurrent weights that is left out of a step of learning (Merity et al. 2018)"},
    {REAL("zoneout", zoneout, 0, 0.99, "0"),
     .help =
         "share of the layers' states that stays as it was at each step of learning (Krueger et al. 2017)"},
    {REAL("weight-decay", method.weight_decay, 0, 1000, "auto"), AUTO_IS(METHOD_AUTO),
     .help = "pull of the weights to 0"},
    {REAL("average", method.average, 0, 0.999999, "auto"), AUTO_IS(METHOD_AUTO),
     .help = "decay of the running average of the weights, which is what is saved; 0: none"},
    {INTEGER("seed", method.seed, 0, SEED_MAX, "1"),
     .help = "the same seed gives the same model in a run that --epochs alone bounds"},

    {.kind = OPTION_HEADING, .help = "Text"},
    INCLUDE_OPTION(TrainValues, include),
    CACHE_OPTION(TrainValues, cache),
    PIPELINE_OPTIONS(TrainValues, pipeline),
    {REAL("val", method.val_fraction, 0, 0.99, "0.1"),
     .help = "the part of the text, before its end, that is validated on"},
    {REAL("test", method.test_fraction, 0, 0.99, "0"),
     .help = "the part at its end that is kept for letra eval"},

    {.kind = OPTION_HEADING, .help = "Run"},
    {FLAG("resume", resume), .help = "go on from the checkpoint beside the model, if there is one"},
    {FLAG("force", force),
     .help =
         "with --resume: go on though the text was changed since; reading begins at its beginning, and the "
         "first validation makes the best model"},
    {TIME("checkpoint-every", checkpoint_seconds, 0, 1e9, "60s"),
     .help = "between checkpoints, which are written while training goes on; 0: at the end only"},
    {TIME("sample-every", sample_seconds, 0, 1e9, "0"),
     .help = "between previews of what it writes; 0: none"},
    {TEXT("log", log, "FILE"), .help = "write the course of the training there, a JSON object a line"},
    {CHOICE("precision", precision, "PRECISION", train_precision_choice, "auto"),
     .help = "of the numbers that are multiplied; auto: bf16 where that is faster, which is on processors "
             "with AMX and on AMD's with AVX512-BF16, f32 on others"},
    THREADS_OPTION(TrainValues, threads),
    {FLAG("quiet", quiet), .letter = 'q',
     .help = "print nothing but warnings and errors: no progress, no previews, not where it was interrupted"},
};

const OptionTable train_options = {rows, ROWS(rows)};

/* The options that say how text is written, which `sample` and `repl` share. */
#ifndef LETRA_COMMANDS_SAMPLING_H
#define LETRA_COMMANDS_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "commands/command.h"
#include "commands/loading.h"
#include "commands/options.h"
#include "commands/shared_options.h"
#include "generate/writer.h"
#include "text/typed_text.h"
#include "ui/setting.h"
#include "ui/writing_bounds.h"

typedef struct Sampling {
    uint64_t length;
    bool until_end;
    double temperature;
    uint64_t top_k;
    double top_p;
    double min_p;
    double typical_p;
    double repeat_penalty;
    uint64_t repeat_window;
    bool greedy;
    uint64_t seed; /* UINT64_MAX: random */
    OptionTexts stops;
    const char *stop_regex; /* NULL: none, as of the next two */
    const char *match;
    const char *forbid;
    size_t precision; /* 0: the model's own; else 1 + a Precision */
    size_t unknown;   /* an Unknown */
    uint64_t threads;
} Sampling;

/* Rows of an option table whose values are a Sampling at `member` of `values`: how characters are drawn, ... */
#define DRAWING_OPTIONS(values, member)                                                                      \
    {.name = "temperature",                                                                                  \
     .letter = 't',                                                                                          \
     .kind = OPTION_REAL,                                                                                    \
     .argument = "X",                                                                                        \
     .offset = offsetof(values, member.temperature),                                                         \
     .least = 0,                                                                                             \
     .most = TEMPERATURE_MAX,                                                                                \
     .fallback = "1",                                                                                        \
     .help = TEMPERATURE_HELP},                                                                              \
        {.name = "top-k",                                                                                    \
         .kind = OPTION_INTEGER,                                                                             \
         .argument = "N",                                                                                    \
         .offset = offsetof(values, member.top_k),                                                           \
         .least = 0,                                                                                         \
         .most = LENGTH_MAX,                                                                                 \
         .fallback = "0",                                                                                    \
         .help = TOP_K_HELP},                                                                                \
        {.name = "top-p",                                                                                    \
         .kind = OPTION_REAL,                                                                                \
         .argument = "P",                                                                                    \
         .offset = offsetof(values, member.top_p),                                                           \
         .least = TOP_P_LEAST,                                                                               \
         .most = 1,                                                                                          \
         .fallback = "1",                                                                                    \
         .help = TOP_P_HELP},                                                                                \
        {.name = "min-p",                                                                                    \
         .kind = OPTION_REAL,                                                                                \
         .argument = "P",                                                                                    \
         .offset = offsetof(values, member.min_p),                                                           \
         .least = 0,                                                                                         \
         .most = 1,                                                                                          \
         .fallback = "0",                                                                                    \
         .help = MIN_P_HELP},                                                                                \
        {.name = "typical-p",                                                                                \
         .kind = OPTION_REAL,                                                                                \
         .argument = "P",                                                                                    \
         .offset = offsetof(values, member.typical_p),                                                       \
         .least = TOP_P_LEAST,                                                                               \
         .most = 1,                                                                                          \
         .fallback = "1",                                                                                    \
         .help = TYPICAL_P_HELP},                                                                            \
        {.name = "repeat-penalty",                                                                           \
         .kind = OPTION_REAL,                                                                                \
         .argument = "X",                                                                                    \
         .offset = offsetof(values, member.repeat_penalty),                                                  \
         .least = REPEAT_PENALTY_LEAST,                                                                      \
         .most = REPEAT_PENALTY_MAX,                                                                         \
         .fallback = "1",                                                                                    \
         .help = REPEAT_PENALTY_HELP},                                                                       \
        {.name = "repeat-window",                                                                            \
         .kind = OPTION_INTEGER,                                                                             \
         .argument = "N",                                                                                    \
         .offset = offsetof(values, member.repeat_window),                                                   \
         .least = 0,                                                                                         \
         .most = RECENT_MAX,                                                                                 \
         .fallback = "64",                                                                                   \
         .help = REPEAT_WINDOW_HELP},                                                                        \
        {.name = "greedy",                                                                                   \
         .kind = OPTION_FLAG,                                                                                \
         .offset = offsetof(values, member.greedy),                                                          \
         .help = GREEDY_HELP},                                                                               \
    {                                                                                                        \
        .name = "seed", .kind = OPTION_INTEGER, .argument = "N", .offset = offsetof(values, member.seed),    \
        .least = 0, .most = SEED_MAX, .fallback = "random", .word = "random",                                \
        .word_value = (double)UINT64_MAX,                                                                    \
        .help = "the same seed gives the same text; a random one is printed on standard error"               \
    }

/* ... and all of it. */
#define SAMPLING_OPTIONS(values, member, default_length)                                                     \
    {.name = "length",                                                                                       \
     .letter = 'n',                                                                                          \
     .kind = OPTION_SIZE,                                                                                    \
     .argument = "N",                                                                                        \
     .offset = offsetof(values, member.length),                                                              \
     .least = 0,                                                                                             \
     .most = LENGTH_MAX,                                                                                     \
     .fallback = default_length,                                                                             \
     .help = LENGTH_HELP},                                                                                   \
        {.name = "until-end",                                                                                \
         .kind = OPTION_FLAG,                                                                                \
         .offset = offsetof(values, member.until_end),                                                       \
         .help = UNTIL_END_HELP},                                                                            \
        DRAWING_OPTIONS(values, member),                                                                     \
        {.name = "stop",                                                                                     \
         .kind = OPTION_TEXTS,                                                                               \
         .argument = "TEXT",                                                                                 \
         .offset = offsetof(values, member.stops),                                                           \
         .help = "end right before TEXT would be written; may be given again"},                              \
        {.name = "stop-regex",                                                                               \
         .kind = OPTION_TEXT,                                                                                \
         .argument = "PATTERN",                                                                              \
         .offset = offsetof(values, member.stop_regex),                                                      \
         .help = STOP_REGEX_HELP},                                                                           \
        {.name = "match",                                                                                    \
         .kind = OPTION_TEXT,                                                                                \
         .argument = "PATTERN",                                                                              \
         .offset = offsetof(values, member.match),                                                           \
         .help = MATCH_HELP},                                                                                \
        {.name = "forbid",                                                                                   \
         .kind = OPTION_TEXT,                                                                                \
         .argument = "PATTERN",                                                                              \
         .offset = offsetof(values, member.forbid),                                                          \
         .help = FORBID_HELP},                                                                               \
        {.name = "precision",                                                                                \
         .kind = OPTION_CHOICE,                                                                              \
         .argument = "PRECISION",                                                                            \
         .offset = offsetof(values, member.precision),                                                       \
         .choices = precision_choice,                                                                        \
         .fallback = "auto",                                                                                 \
         .help = PRECISION_HELP},                                                                            \
        UNKNOWN_OPTION(values, member.unknown, unknown_choice, "characters of a prompt"),                    \
        THREADS_OPTION(values, member.threads)

/* The stops and patterns that were asked for, for a model, which must outlive them; freed with writing_bounds_free. */
bool sampling_bounds(const Sampling *sampling, const Model *model, WritingBounds *bounds, Error *error);

/* What is wrong with what was asked. STATUS_DONE: nothing is. */
int sampling_check(const Invocation *invocation, const Sampling *sampling);

/* The precision that was asked for, or the one that the model's training found. */
Precision sampling_precision(const Sampling *sampling, const Model *model);

/* Says before anything big is allocated whether there is memory to write `samples` texts side by side. */
bool sampling_check_memory(const Sampling *sampling, Loaded *loaded, size_t samples, Error *error);

/* The same for a search with `sessions` sessions of `beam` streams each. */
bool sampling_check_beam_memory(Loaded *loaded, Precision precision, size_t beam, size_t sessions,
                                Error *error);

SamplerConfig sampling_sampler(const Sampling *sampling);

/* How many units to write at most, into `*length`; so many of the stop texts can come. False and a message if that is
 * until an end which cannot come. */
bool sampling_length(const Sampling *sampling, const Model *model, size_t possible_stops, size_t *length,
                     Error *error);

/* The seed that was asked for, or a random one, which is printed on standard error. */
uint64_t sampling_seed(const Sampling *sampling);

#endif

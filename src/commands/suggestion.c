/* What to train and how long that takes: see suggestion.h.
 *
 * The words of the command line are made first; the trainer is then configured by reading them as `train` would, so
 * that what is measured is what is printed.
 */
#include "commands/suggestion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/destination.h"
#include "commands/shell.h"
#include "commands/train_config.h"
#include "commands/train_options.h"

/* Seconds of steps that are measured. */
static const double sampled_seconds = 0.6;

/* Validation losses in nats that were measured with two layers and the default recipe, whose epochs are 40 for texts as
 * short as these, of the beginning of corpora/english.txt:
 *
 *     --hidden    64      128     256     384
 *     15 kB       1.829   1.813   1.858   1.868
 *     50 kB       1.693   1.612   1.603   1.599
 *     149 kB      1.628   1.492   1.455
 *
 * So dropout, weight decay and averaging hold a network of some twenty times as many parameters as there are units; and
 * 256 units, which take nearly three times as long as 128, are worth it from some 30 kB on. Of a megabyte (Tiny
 * Shakespeare, 12 million characters read) 384 learned 0.006 more than 256, in 2.5 times the time; of three (War and
 * Peace) 512 learned 0.02 more than 256, in five times the time. So there it is the time that decides, and larger ones
 * are for texts of which one pass is long. */
size_t suggestion_hidden(size_t train_units) {
    static const struct { size_t units, hidden; } sizes[] = {{30000, 128}, {5000000, 256}};
    for (size_t k = 0; k < ROWS(sizes); k++) {
        if (train_units < sizes[k].units) {
            return sizes[k].hidden;
        }
    }
    return 512;
}

/* --- words --- */

typedef struct Words {
    char **items; /* owned, and what they point to; a NULL after the last */
    size_t count;
} Words;

static void free_words(Words *words) {
    for (size_t k = 0; k < words->count; k++) {
        free(words->items[k]);
    }
    free((void *)words->items);
    *words = (Words){0};
}

static bool add_word(Words *words, const char *word, Error *error) {
    size_t room = (words->count + 2) * sizeof *words->items;
    char **items = realloc((void *)words->items, room);
    if (items == NULL) {
        return error_out_of_memory(error, room, "a command line");
    }
    words->items = items;
    char *copy = memory_copy_text(word, strlen(word), error);
    words->count += copy != NULL;
    items[words->count - (copy != NULL)] = copy;
    items[words->count] = NULL;
    return copy != NULL;
}

/* Adds "--name" and, unless it is NULL, a value. */
static bool add_option(Words *words, const char *name, const char *value, Error *error) {
    char option[64];
    snprintf(option, sizeof option, "--%s", name);
    return add_word(words, option, error) && (value == NULL || add_word(words, value, error));
}

/* Adds all texts of a list, of which several options are the names. */
static bool add_texts(Words *words, const OptionTexts *texts, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < texts->count; k++) {
        done = add_option(words, texts->names[k], texts->items[k], error);
    }
    return done;
}

/* Adds an option as it was given. */
static bool add_given(Words *words, const Option *option, const void *values, Error *error) {
    const char *place = (const char *)values + option->offset;
    char number[64];
    uint64_t whole = 0;
    switch (option->kind) {
    case OPTION_FLAG: return add_option(words, option->name, NULL, error);
    case OPTION_TEXT:
        return add_option(words, option->name, *(const char *const *)(const void *)place, error);
    case OPTION_CHOICE:
        return add_option(words, option->name, option->choices(*(const size_t *)(const void *)place), error);
    case OPTION_INTEGER:
    case OPTION_SIZE:
        whole = *(const uint64_t *)(const void *)place;
        if (option->word != NULL && (double)whole == option->word_value) {
            return add_option(words, option->name, option->word, error);
        }
        snprintf(number, sizeof number, "%llu", (unsigned long long)whole);
        return add_option(words, option->name, number, error);
    case OPTION_REAL:
    case OPTION_DURATION:
        snprintf(number, sizeof number, "%.12g", *(const double *)(const void *)place);
        return add_option(words, option->name, number, error);
    default: return true;
    }
}

static bool train_has(const char *name) {
    for (size_t k = 0; k < train_options.count; k++) {
        const char *there = train_options.rows[k].name;
        if (there != NULL && strcmp(there, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds the options of this command that were given and that `train` has, too, but for its output. */
static bool add_options(Words *words, const Invocation *invocation, const void *values, Error *error) {
    const OptionTable *table = invocation->options;
    size_t listed = SIZE_MAX; /* the place of a list that was added */
    bool done = true;
    for (size_t k = 0; done && k < table->count; k++) {
        const Option *option = &table->rows[k];
        bool wanted = option->name != NULL && invocation->sources[k] == OPTION_BY_USER &&
                      strcmp(option->name, "output") != 0 && train_has(option->name);
        if (wanted && option->kind == OPTION_TEXTS && option->offset != listed) {
            done = add_texts(words, (const void *)((const char *)values + option->offset), error);
            listed = option->offset;
        } else if (wanted) {
            done = add_given(words, option, values, error);
        }
    }
    return done;
}

/* Adds the texts: those that look like options behind a word that says that they are none. */
static bool add_names(Words *words, const Invocation *invocation, bool odd, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < invocation->text_count; k++) {
        const char *text = invocation->texts[k];
        bool is_odd = text[0] == '-' && text[1] != '\0';
        done = is_odd != odd || add_word(words, text, error);
    }
    return done;
}

static bool make_words(const Invocation *invocation, const void *values, size_t hidden, Words *words,
                       Error *error) {
    char number[32];
    snprintf(number, sizeof number, "%zu", hidden);
    bool named = destination_fault(NULL, invocation->texts, invocation->text_count) == NULL;
    return add_word(words, "train", error) && add_names(words, invocation, false, error) &&
           add_options(words, invocation, values, error) && add_option(words, "hidden", number, error) &&
           (named || (add_word(words, "-o", error) && add_word(words, "models/mine.safetensors", error)));
}

/* Texts that look like options come last. */
static bool end_words(const Invocation *invocation, Words *words, Error *error) {
    size_t before = words->count;
    bool done = add_word(words, "--", error) && add_names(words, invocation, true, error);
    if (done && words->count == before + 1) {
        free(words->items[before]);
        words->items[before] = NULL;
        words->count = before;
    }
    return done;
}

static bool quote_words(const Invocation *invocation, const Words *words, Bytes *command, Error *error) {
    bool done = shell_quote(invocation->program, command, error);
    for (size_t k = 0; done && k < words->count; k++) {
        done = bytes_append(command, " ", 1, error) && shell_quote(words->items[k], command, error);
    }
    return done;
}

/* --- asking the trainer --- */

/* Makes the trainer that `train` would make, and lets it take some steps. */
static bool ask_trainer(const TrainValues *values, const Corpus *corpus, const Pipeline *pipeline,
                        const char *text, Suggestion *suggestion, Error *error) {
    TrainerConfig config = train_config_make(values);
    Compute compute = {0};
    Bytes path = {0};
    Trainer *trainer = NULL;
    bool done = destination_path(values->output, text, &path, error) &&
                compute_create(&compute, (size_t)values->threads, error) &&
                train_config_precision(values, &config.precision, error);
    if (done) {
        config.output = path.data;
        trainer = trainer_create(&config, corpus, pipeline, LETRA_VERSION, &compute, error);
    }
    if (trainer != NULL) {
        suggestion->layers = config.layers;
        suggestion->hidden = config.hidden;
        suggestion->threads = compute.threads;
        suggestion->plan = *trainer_plan(trainer);
        suggestion->possible =
            trainer_estimate(trainer, clock_system(), sampled_seconds, &suggestion->estimate, error);
    }
    trainer_free(trainer);
    compute_free(&compute);
    bytes_free(&path);
    return suggestion->possible;
}

/* Reads the words as `train` would, and asks the trainer. */
static bool measure(const Words *words, const Corpus *corpus, const Pipeline *pipeline, const char *text,
                    Suggestion *suggestion) {
    Error *error = &suggestion->fault;
    TrainValues values = {0};
    OptionSource *sources = memory_allocate(train_options.count, sizeof *sources, "the options", error);
    Arguments arguments = {(int)words->count, words->items};
    int rest = 0;
    bool done = sources != NULL &&
                options_read(&train_options, arguments, &values, sources, &rest, error) == OPTIONS_READ &&
                ask_trainer(&values, corpus, pipeline, text, suggestion, error);
    options_free(&train_options, &values);
    free(sources);
    return done;
}

bool suggestion_make(const Invocation *invocation, const void *values, const Corpus *corpus,
                     const Pipeline *pipeline, size_t train_units, Suggestion *suggestion, Error *error) {
    *suggestion = (Suggestion){0};
    Words words = {0};
    bool done = make_words(invocation, values, suggestion_hidden(train_units), &words, error) &&
                end_words(invocation, &words, error) &&
                quote_words(invocation, &words, &suggestion->command, error);
    if (done) {
        (void)measure(&words, corpus, pipeline, invocation->texts[0], suggestion);
    }
    free_words(&words);
    return done;
}

void suggestion_free(Suggestion *suggestion) {
    bytes_free(&suggestion->command);
    *suggestion = (Suggestion){0};
}

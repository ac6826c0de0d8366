/* Options: see options.h.
 *
 * getopt_long gets a table made from ours, in which row k has the value OPTION_BASE + k, so that every option
 * is told apart from every other and from the letters. It is told to print nothing (opterr): its answers '?'
 * and ':' are turned into our own messages.
 */
#include "commands/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "commands/values.h"
#include "text/utf8.h"
#include "ui/nearest.h"

enum { OPTION_BASE = 256 };

/* What getopt_long is given. */
typedef struct Getopt {
    struct option *rows; /* the table's options, --help, and an end */
    char *letters;       /* ":hn:..." */
    int help;            /* the value of --help */
} Getopt;

static bool takes_argument(const Option *option) {
    return option->kind != OPTION_FLAG;
}

static void free_getopt(Getopt *getopt) {
    free(getopt->rows);
    free(getopt->letters);
}

static bool make_getopt(const OptionTable *table, Getopt *made, Error *error) {
    made->rows = memory_allocate(table->count + 2, sizeof *made->rows, "the options", error);
    made->letters = memory_allocate(table->count * 2 + 3, 1, "the options", error);
    made->help = OPTION_BASE + (int)table->count;
    if (made->rows == NULL || made->letters == NULL) {
        free_getopt(made);
        return false;
    }
    struct option *row = made->rows;
    char *letter = made->letters;
    *letter++ = ':'; /* a missing argument is told apart from an unknown option */
    *letter++ = 'h';
    for (size_t k = 0; k < table->count; k++) {
        const Option *option = &table->rows[k];
        if (option->kind == OPTION_HEADING) {
            continue;
        }
        *row++ = (struct option){option->name, takes_argument(option) ? required_argument : no_argument, NULL,
                                 OPTION_BASE + (int)k};
        if (option->letter != '\0') {
            *letter++ = option->letter;
            *letter = ':';
            letter += takes_argument(option) ? 1 : 0;
        }
    }
    *letter = '\0';
    *row = (struct option){"help", no_argument, NULL, made->help};
    return true;
}

/* --- messages --- */

static const char *name_at(const void *context, size_t index) {
    const Getopt *made = context;
    return made->rows[index].name;
}

/* Says which options an abbreviation may stand for, if more than one. */
static bool say_ambiguous(const Getopt *made, const char *written, Error *error) {
    Bytes list = {0};
    size_t count = names_beginning(written, "--", name_at, made, &list, error);
    if (count > 1 && list.length > 0) {
        error_set(error, "option '--%s' is ambiguous: it may be %s", written, list.data);
    }
    bytes_free(&list);
    return count > 1;
}

/* An unknown letter. getopt_long goes by bytes: of a character of several it stays before the others, in the same
 * argument. */
static bool say_wrong_letter(Arguments arguments, Error *error) {
    const char *word = optind < arguments.count ? arguments.items[optind] : "";
    const char *letter = (optopt & 0x80) != 0 ? strchr(word, optopt) : NULL;
    uint32_t symbol = 0;
    size_t length = letter != NULL ? utf8_decode(letter, strlen(letter), &symbol) : 0;
    return length > 0 ? error_set(error, "unknown option '-%.*s'", (int)length, letter)
                      : error_set(error, "unknown option '-%c'", optopt);
}

/* The '?' of getopt_long. */
static bool say_wrong_option(const Getopt *made, Arguments arguments, Error *error) {
    const char *argument = arguments.items[optind - 1];
    if (optopt >= OPTION_BASE) {
        for (const struct option *row = made->rows; row->name != NULL; row++) {
            if (row->val == optopt) {
                return error_set(error, "--%s takes no argument (in '%s')", row->name, argument);
            }
        }
    }
    if (optopt != 0) {
        return say_wrong_letter(arguments, error);
    }
    const char *written = argument + 2; /* behind the dashes */
    size_t length = strcspn(written, "=");
    char wrong[128];
    snprintf(wrong, sizeof wrong, "%.*s", (int)length, written);
    if (say_ambiguous(made, wrong, error)) {
        return false;
    }
    const char *nearest = nearest_name(wrong, name_at, made);
    if (nearest == NULL) {
        return error_set(error, "unknown option '--%.*s'", (int)length, written);
    }
    return error_set(error, "unknown option '--%.*s'; did you mean '--%s'?", (int)length, written, nearest);
}

/* The ':' of getopt_long. */
static bool say_missing_argument(const OptionTable *table, Error *error) {
    for (size_t k = 0; k < table->count; k++) {
        const Option *option = &table->rows[k];
        if (optopt == OPTION_BASE + (int)k || (option->letter != '\0' && optopt == option->letter)) {
            return error_set(error, "--%s needs an argument: --%s %s", option->name, option->name,
                             option->argument);
        }
    }
    return error_set(error, "an argument is missing");
}

/* --- reading --- */

static const Option *find_option(const OptionTable *table, int value) {
    if (value >= OPTION_BASE) {
        return &table->rows[value - OPTION_BASE];
    }
    for (size_t k = 0; k < table->count; k++) {
        if (table->rows[k].letter != '\0' && table->rows[k].letter == value) {
            return &table->rows[k];
        }
    }
    return NULL;
}

static bool set_defaults(const OptionTable *table, void *values, Error *error) {
    for (size_t k = 0; k < table->count; k++) {
        const Option *option = &table->rows[k];
        if (option->fallback != NULL && !values_set(option, option->fallback, values, error)) {
            return false;
        }
    }
    return true;
}

/* --- presets --- */

enum { PRESET_WORD_SIZE = 64 };

/* Takes the next word; false at the end, and for one that is too long. */
static bool take_word(const char **words, char word[PRESET_WORD_SIZE]) {
    *words += strspn(*words, " ");
    size_t length = strcspn(*words, " ");
    if (length == 0 || length >= PRESET_WORD_SIZE) {
        return false;
    }
    memcpy(word, *words, length);
    word[length] = '\0';
    *words += length;
    return true;
}

static const Option *find_by_name(const OptionTable *table, const char *name) {
    for (size_t k = 0; k < table->count; k++) {
        if (table->rows[k].name != NULL && strcmp(table->rows[k].name, name) == 0) {
            return &table->rows[k];
        }
    }
    return NULL;
}

/* Whether the option can be set by a word that does not stay. */
static bool takes_word(const Option *option) {
    return option != NULL && option->kind != OPTION_FLAG && option->kind != OPTION_TEXT &&
           option->kind != OPTION_TEXTS && option->kind != OPTION_PRESET;
}

/* Sets what the preset that was just read stands for. */
static bool expand_preset(const OptionTable *table, const Option *preset, void *values, OptionSource *sources,
                          Error *error) {
    const char *const *name = (const char *const *)((const char *)values + preset->offset);
    const char *words = preset->expansion(*name);
    char option_word[PRESET_WORD_SIZE] = "";
    char value_word[PRESET_WORD_SIZE] = "";
    while (words[strspn(words, " ")] != '\0') {
        bool pair = take_word(&words, option_word) && take_word(&words, value_word);
        const Option *option = pair ? find_by_name(table, option_word + strspn(option_word, "-")) : NULL;
        if (!takes_word(option)) {
            return error_set(error, "--%s %s: there is no option like '%s'", preset->name, *name,
                             option_word);
        }
        if (!values_set(option, value_word, values, error)) {
            return error_prefix(error, "--%s %s: ", preset->name, *name);
        }
        sources[option - table->rows] = OPTION_BY_PRESET;
    }
    return true;
}

/* --- all of it --- */

static OptionsOutcome read_all(const OptionTable *table, const Getopt *made, Arguments arguments,
                               void *values, OptionSource *sources, Error *error) {
    opterr = 0;
    optind = 0; /* glibc: start anew, and forget what came before */
    for (;;) {
        int value = getopt_long(arguments.count, arguments.items, made->letters, made->rows, NULL);
        if (value == -1) {
            return OPTIONS_READ;
        }
        if (value == 'h' || value == made->help) {
            return OPTIONS_HELP;
        }
        if (value == '?') {
            say_wrong_option(made, arguments, error);
            return OPTIONS_WRONG;
        }
        if (value == ':') {
            say_missing_argument(table, error);
            return OPTIONS_WRONG;
        }
        const Option *option = find_option(table, value);
        if (option == NULL || !values_set(option, optarg, values, error)) {
            return OPTIONS_WRONG;
        }
        sources[option - table->rows] = OPTION_BY_USER;
        if (option->kind == OPTION_PRESET && !expand_preset(table, option, values, sources, error)) {
            return OPTIONS_WRONG;
        }
    }
}

OptionsOutcome options_read(const OptionTable *table, Arguments arguments, void *values,
                            OptionSource *sources, int *rest, Error *error) {
    Getopt made = {0};
    if (!set_defaults(table, values, error) || !make_getopt(table, &made, error)) {
        return OPTIONS_WRONG;
    }
    OptionsOutcome outcome = read_all(table, &made, arguments, values, sources, error);
    *rest = optind;
    free_getopt(&made);
    return outcome;
}

void options_free(const OptionTable *table, void *values) {
    for (size_t k = 0; k < table->count; k++) {
        if (table->rows[k].kind == OPTION_TEXTS) {
            OptionTexts *texts = (void *)((char *)values + table->rows[k].offset);
            free((void *)texts->items);
            free((void *)texts->names);
            *texts = (OptionTexts){0};
        }
    }
}

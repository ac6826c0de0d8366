/* The values of options: see values.h. */
#include "commands/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "ui/nearest.h"
#include "ui/numbers.h"

enum { NOUN_SIZE = 32 };

/* An argument as it looks on a command line. */
static const char *shown(const char *text) {
    return text[0] != '\0' ? text : "''";
}

static bool check_range(const Option *option, const char *text, double number, Error *error) {
    char range[RANGE_SIZE];
    if (number >= option->least && number <= option->most && isfinite(number)) {
        return true;
    }
    return error_set(error, "--%s %s: must be %s%s%s%s", option->name, shown(text),
                     number_range(option->least, option->most, range), option->word != NULL ? ", or '" : "",
                     option->word != NULL ? option->word : "", option->word != NULL ? "'" : "");
}

/* --- numbers --- */

/* What the option wanted instead. */
static bool refuse(const Option *option, const char *text, const char *wanted, Error *error) {
    return error_set(error, "--%s %s: '%s' is not %s%s%s%s", option->name, shown(text), text, wanted,
                     option->word != NULL ? ", nor '" : "", option->word != NULL ? option->word : "",
                     option->word != NULL ? "'" : "");
}

static bool set_real(const Option *option, const char *text, double *value, Error *error) {
    if (!number_read(text, value)) {
        return refuse(option, text, "a number", error);
    }
    return check_range(option, text, *value, error);
}

static bool set_integer(const Option *option, const char *text, uint64_t *value, Error *error) {
    bool units = option->kind == OPTION_SIZE;
    double number = 0;
    if (!number_read_whole(text, units, &number, value)) {
        return refuse(option, text, units ? "a whole number (k, M or G may follow it)" : "a whole number",
                      error);
    }
    return check_range(option, text, number, error);
}

/* "90", "25s", "1.5h", "1h30m". */
static bool set_duration(const Option *option, const char *text, double *value, Error *error) {
    static const char letters[] = "smh";
    static const double seconds[] = {1, 60, 3600};
    const char *start = text[0] == '-' ? text + 1 : text;
    const char *rest = start;
    double sum = 0;
    do {
        size_t length = number_length(rest);
        const char *letter = length > 0 && rest[length] != '\0' ? strchr(letters, rest[length]) : NULL;
        bool bare = letter == NULL;
        if (length == 0 || (bare && (rest != start || rest[length] != '\0'))) {
            return refuse(option, text, "a time (90s, 15m, 2h, 1h30m)", error);
        }
        double number = strtod(rest, NULL);
        rest += length;
        sum += number * (bare ? 1 : seconds[letter - letters]);
        rest += bare ? 0 : 1;
    } while (rest[0] != '\0');
    *value = text[0] == '-' ? -sum : sum;
    return check_range(option, text, *value, error);
}

/* --- names and texts --- */

static const char *choice_at(const void *context, size_t index) {
    const Option *option = context;
    return option->choices(index);
}

/* What the option's argument is called in a sentence: of --cell CELL, "cell". */
static const char *noun_of(const Option *option, char out[NOUN_SIZE]) {
    size_t length = 0;
    for (const char *letter = option->argument; *letter != '\0' && length + 1 < NOUN_SIZE; letter++) {
        out[length++] = (char)(*letter >= 'A' && *letter <= 'Z' ? *letter - 'A' + 'a' : *letter);
    }
    out[length] = '\0';
    return out;
}

static bool set_choice(const Option *option, const char *text, size_t *value, Error *error) {
    Bytes list = {0};
    for (size_t k = 0; option->choices(k) != NULL; k++) {
        if (strcmp(option->choices(k), text) == 0) {
            *value = k;
            bytes_free(&list);
            return true;
        }
        if (!bytes_printf(&list, error, "%s%s", k > 0 ? ", " : "", option->choices(k))) {
            bytes_free(&list);
            return false;
        }
    }
    char noun[NOUN_SIZE];
    const char *nearest = nearest_name(text, choice_at, option);
    error_set(error, "--%s: unknown %s '%s'%s%s%s (there is: %s)", option->name, noun_of(option, noun), text,
              nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
              nearest != NULL ? "'?" : "", list.data);
    bytes_free(&list);
    return false;
}

/* "mlstm,slstm" */
static bool set_choices(const Option *option, const char *text, OptionChoices *choices, Error *error) {
    *choices = (OptionChoices){.count = 0};
    for (const char *name = text; name != NULL;) {
        const char *comma = strchr(name, ',');
        Bytes part = {0};
        if (choices->count == OPTION_CHOICES_MAX) {
            return error_set(error, "--%s: at most %d can be given", option->name, OPTION_CHOICES_MAX);
        }
        bool read = bytes_append(&part, name, comma == NULL ? strlen(name) : (size_t)(comma - name), error) &&
                    set_choice(option, part.data, &choices->items[choices->count++], error);
        bytes_free(&part);
        if (!read) {
            return false;
        }
        name = comma == NULL ? NULL : comma + 1;
    }
    return true;
}

static bool set_preset(const Option *option, const char *text, const char **value, Error *error) {
    size_t index = 0;
    if (!set_choice(option, text, &index, error)) {
        return false;
    }
    *value = option->choices(index);
    return true;
}

/* Appends a text that stays where it is to a growing array. */
static bool append_text(const char *text, size_t count, const char ***array, Error *error) {
    const char **more = realloc((void *)*array, (count + 1) * sizeof *more);
    if (more == NULL) {
        return error_out_of_memory(error, (count + 1) * sizeof *more, "an option");
    }
    more[count] = text;
    *array = more;
    return true;
}

static bool add_text(const Option *option, const char *text, OptionTexts *texts, Error *error) {
    bool done = append_text(text, texts->count, &texts->items, error) &&
                append_text(option->name, texts->count, &texts->names, error);
    texts->count += done;
    return done;
}

/* --- all of them --- */

/* The word that stands for a number, if that is what was written. */
static bool set_word(const Option *option, const char *text, void *place) {
    if (option->word == NULL || strcmp(option->word, text) != 0) {
        return false;
    }
    if (option->kind == OPTION_INTEGER || option->kind == OPTION_SIZE) {
        uint64_t *number = place;
        *number = option->word_value < WHOLE_LIMIT ? (uint64_t)option->word_value : UINT64_MAX;
    } else {
        double *number = place;
        *number = option->word_value;
    }
    return true;
}

bool values_set(const Option *option, const char *text, void *values, Error *error) {
    void *place = (char *)values + option->offset;
    if (set_word(option, text, place)) {
        return true;
    }
    switch (option->kind) {
    case OPTION_FLAG: *(bool *)place = true; return true;
    case OPTION_TEXT: *(const char **)place = text; return true;
    case OPTION_TEXTS: return add_text(option, text, place, error);
    case OPTION_INTEGER:
    case OPTION_SIZE: return set_integer(option, text, place, error);
    case OPTION_REAL: return set_real(option, text, place, error);
    case OPTION_DURATION: return set_duration(option, text, place, error);
    case OPTION_CHOICE: return set_choice(option, text, place, error);
    case OPTION_CHOICES: return set_choices(option, text, place, error);
    case OPTION_PRESET: return set_preset(option, text, place, error);
    case OPTION_HEADING: break;
    }
    return error_set(error, "--%s: has no value", option->name);
}

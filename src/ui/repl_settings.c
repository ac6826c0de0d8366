/* The settings of a conversation: see repl_settings.h. */
#include "ui/repl_settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "ui/escape.h"
#include "ui/nearest.h"
#include "ui/numbers.h"
#include "ui/setting.h"

#define AT(member) .offset = offsetof(ReplSettings, member)

/* What takes all texts of a setting away. */
#define OFF "off"

/* What "until-end" is called as a value of /length, and as a command. */
#define UNTIL_END "until-end"

static const char *switch_choice(size_t index) {
    static const char *const names[] = {"off", "on"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static const ReplSetting settings_table[] = {
    {"/temperature", SETTING_REAL, AT(sampler.temperature), 0, TEMPERATURE_MAX, .help = TEMPERATURE_HELP},
    {"/greedy", SETTING_SHORTCUT, .stands_for = "/temperature", .word = "0", .help = GREEDY_HELP},
    {"/top-k", SETTING_COUNT, AT(sampler.top_k), 0, LENGTH_MAX, .help = TOP_K_HELP},
    {"/top-p", SETTING_REAL, AT(sampler.top_p), TOP_P_LEAST, 1, .help = TOP_P_HELP},
    {"/min-p", SETTING_REAL, AT(sampler.min_p), 0, 1, .help = MIN_P_HELP},
    {"/typical-p", SETTING_REAL, AT(sampler.typical_p), TOP_P_LEAST, 1, .help = TYPICAL_P_HELP},
    {"/repeat-penalty", SETTING_REAL, AT(sampler.repeat_penalty), REPEAT_PENALTY_LEAST, REPEAT_PENALTY_MAX,
     .help = REPEAT_PENALTY_HELP},
    {"/repeat-window", SETTING_COUNT, AT(sampler.repeat_window), 0, RECENT_MAX, .help = REPEAT_WINDOW_HELP},
    {"/length", SETTING_COUNT, AT(length), 0, LENGTH_MAX, .word = UNTIL_END, .help = LENGTH_HELP},
    {"/" UNTIL_END, SETTING_SHORTCUT, .stands_for = "/length", .word = UNTIL_END, .help = UNTIL_END_HELP},
    {"/stop", SETTING_TEXTS, AT(stops),
     .help = "end right before this text (\\n: a newline); each adds one; off: none"},
    {"/stop-regex", SETTING_PATTERN, AT(stop_regex), .help = STOP_REGEX_HELP},
    {"/match", SETTING_PATTERN, AT(match), .help = MATCH_HELP},
    {"/forbid", SETTING_PATTERN, AT(forbid), .help = FORBID_HELP},
    {"/precision", SETTING_CHOICE, AT(precision), .choices = precision_choice, .help = PRECISION_HELP},
    {"/unknown", SETTING_CHOICE, AT(unknown), .choices = unknown_choice,
     .help = "what to do about characters that the model does not know"},
    {"/surprise", SETTING_CHOICE, AT(surprise), .choices = switch_choice,
     .help = "on: show how surprising each character is that is written"},
    {"/seed", SETTING_SEED, AT(seed), 0, SEED_MAX, .help = "the coins it draws with, from the first"},
};

enum { SETTING_ROWS = sizeof settings_table / sizeof *settings_table };

/* The texts of a setting; NULL if it has none. */
static TextList *texts_of(const ReplSetting *setting, ReplSettings *settings) {
    bool texts = setting->kind == SETTING_TEXTS || setting->kind == SETTING_PATTERN;
    return texts ? (TextList *)(void *)((char *)settings + setting->offset) : NULL;
}

bool repl_settings_copy(const ReplSettings *settings, ReplSettings *copy, Error *error) {
    ReplSettings from = *settings;
    bool done = true;
    *copy = *settings;
    for (size_t k = 0; k < SETTING_ROWS; k++) {
        TextList *texts = texts_of(&settings_table[k], copy);
        if (texts != NULL) {
            *texts = (TextList){0};
            done = done && text_list_copy(texts_of(&settings_table[k], &from), texts, error);
        }
    }
    if (!done) {
        repl_settings_free(copy);
    }
    return done;
}

void repl_settings_free(ReplSettings *settings) {
    for (size_t k = 0; k < SETTING_ROWS; k++) {
        TextList *texts = texts_of(&settings_table[k], settings);
        if (texts != NULL) {
            text_list_free(texts);
        }
    }
}

Precision repl_settings_precision(const ReplSettings *settings, const Model *model) {
    return settings->precision == 0 ? model->history.sampling_precision
                                    : (Precision)(settings->precision - 1);
}

const ReplSetting *repl_setting_at(size_t index) {
    return index < SETTING_ROWS ? &settings_table[index] : NULL;
}

const ReplSetting *repl_setting_meant(const ReplSetting *setting) {
    if (setting->kind != SETTING_SHORTCUT) {
        return setting;
    }
    const ReplSetting *meant = settings_table;
    while (strcmp(meant->name, setting->stands_for) != 0) {
        meant++;
    }
    return meant;
}

/* --- setting --- */

static bool refuse(const ReplSetting *setting, const char *text, Error *error) {
    char range[RANGE_SIZE];
    return error_set(error, "%s %s: must be %s%s%s%s", setting->name, text,
                     setting->kind == SETTING_REAL ? "" : "a whole number ",
                     number_range(setting->least, setting->most, range), setting->word != NULL ? ", or " : "",
                     setting->word != NULL ? setting->word : "");
}

static bool set_number(const ReplSetting *setting, const char *text, void *place, Error *error) {
    double number = 0;
    uint64_t whole = 0;
    if (setting->word != NULL && strcmp(text, setting->word) == 0) {
        *(size_t *)place = SIZE_MAX;
        return true;
    }
    bool read = setting->kind == SETTING_REAL
                    ? number_read(text, &number)
                    : number_read_whole(text, setting->kind == SETTING_COUNT, &number, &whole);
    if (!read || !(number >= setting->least && number <= setting->most)) {
        return refuse(setting, text, error);
    }
    if (setting->kind == SETTING_REAL) {
        *(double *)place = number;
    } else if (setting->kind == SETTING_COUNT) {
        *(size_t *)place = (size_t)whole;
    } else {
        *(uint64_t *)place = whole;
    }
    return true;
}

static const char *choice_at(const void *context, size_t index) {
    const ReplSetting *setting = context;
    return setting->choices(index);
}

static bool set_choice(const ReplSetting *setting, const char *text, size_t *place, Error *error) {
    Bytes list = {0};
    for (size_t k = 0; setting->choices(k) != NULL; k++) {
        if (strcmp(setting->choices(k), text) == 0) {
            *place = k;
            return true;
        }
    }
    names_beginning("", "", choice_at, setting, &list, NULL);
    error_set(error, "%s %s: must be one of %s", setting->name, text, list.length > 0 ? list.data : "");
    bytes_free(&list);
    return false;
}

/* One text more, which is what the typed one means. */
static bool add_text(const char *text, TextList *place, Error *error) {
    Bytes meant = {0};
    bool done = escape_read(text, &meant, error) && text_list_add(place, meant.data, error);
    bytes_free(&meant);
    return done;
}

static bool set_texts(const ReplSetting *setting, const char *text, TextList *place, Error *error) {
    bool off = strcmp(text, OFF) == 0;
    if (off || setting->kind == SETTING_PATTERN) {
        text_list_free(place);
    }
    return off || (setting->kind == SETTING_PATTERN ? text_list_add(place, text, error)
                                                    : add_text(text, place, error));
}

static bool set_value(const ReplSetting *setting, const char *text, void *place, Error *error) {
    switch (setting->kind) {
    case SETTING_CHOICE: return set_choice(setting, text, place, error);
    case SETTING_TEXTS:
    case SETTING_PATTERN: return set_texts(setting, text, place, error);
    case SETTING_REAL:
    case SETTING_COUNT:
    case SETTING_SEED:
    case SETTING_SHORTCUT: break;
    }
    return set_number(setting, text, place, error);
}

bool repl_setting_set(const ReplSetting *setting, const char *text, ReplSettings *settings, Error *error) {
    const ReplSetting *meant = repl_setting_meant(setting);
    if (meant != setting && text[0] != '\0') {
        return error_set(error, "%s takes no value", setting->name);
    }
    return set_value(meant, meant != setting ? setting->word : text, (char *)settings + meant->offset, error);
}

bool repl_settings_read(const char *line, ReplSettings *settings, Error *error) {
    size_t length = strcspn(line, " ");
    for (size_t k = 0; k < SETTING_ROWS; k++) {
        const ReplSetting *setting = &settings_table[k];
        if (strlen(setting->name) == length && memcmp(setting->name, line, length) == 0) {
            return repl_setting_set(setting, line[length] == ' ' ? line + length + 1 : "", settings, error);
        }
    }
    return error_set(error, "%s is no setting", line);
}

/* Whether a text begins with the name of the setting as an option, and then of nothing longer. */
static bool names_option(const char *text, const ReplSetting *setting) {
    const char *name = setting->name + 1;
    size_t length = strlen(name);
    return strncmp(text, "--", 2) == 0 && strncmp(text + 2, name, length) == 0 &&
           strchr(" ':;,.", text[2 + length]) != NULL; /* the end of the text too */
}

void repl_settings_name(Error *error) {
    for (char *place = strstr(error->message, "--"); place != NULL; place = strstr(place + 1, "--")) {
        for (size_t k = 0; k < SETTING_ROWS; k++) {
            if (names_option(place, &settings_table[k])) {
                memmove(place + 1, place + 2, strlen(place + 2) + 1);
                place[0] = '/';
                break;
            }
        }
    }
}

/* --- describing --- */

/* The shortest decimal that is read as the same number. */
static bool describe_real(double number, Bytes *line, Error *error) {
    char digits[32];
    int precision = 6;
    do {
        snprintf(digits, sizeof digits, "%.*g", precision++, number);
    } while (precision <= 17 && (strtod(digits, NULL) < number || strtod(digits, NULL) > number));
    return bytes_printf(line, error, "%s", digits);
}

static bool describe_text(const char *text, Bytes *line, Error *error) {
    return bytes_append(line, "\\", strcmp(text, OFF) == 0 ? 1 : 0, error) &&
           escape_add(text, strlen(text), line, error);
}

/* "off" where there is none. */
static bool describe_text_at(const ReplSetting *setting, const TextList *texts, size_t index, Bytes *line,
                             Error *error) {
    if (index >= texts->count) {
        return bytes_printf(line, error, OFF);
    }
    return setting->kind == SETTING_PATTERN ? bytes_printf(line, error, "%s", texts->items[index])
                                            : describe_text(texts->items[index], line, error);
}

/* The value behind the name; `index` is which of several texts, if there are any. */
static bool describe_value(const ReplSetting *setting, const void *place, size_t index, Bytes *line,
                           Error *error) {
    switch (setting->kind) {
    case SETTING_REAL: return describe_real(*(const double *)place, line, error);
    case SETTING_SEED: return bytes_printf(line, error, "%" PRIu64, *(const uint64_t *)place);
    case SETTING_CHOICE: return bytes_printf(line, error, "%s", setting->choices(*(const size_t *)place));
    case SETTING_TEXTS:
    case SETTING_PATTERN: return describe_text_at(setting, place, index, line, error);
    case SETTING_COUNT:
    case SETTING_SHORTCUT: break;
    }
    size_t count = *(const size_t *)place;
    return count == SIZE_MAX && setting->word != NULL ? bytes_printf(line, error, "%s", setting->word)
                                                      : bytes_printf(line, error, "%zu", count);
}

static bool add_line(const ReplSetting *setting, const void *place, size_t index, TextList *lines,
                     Error *error) {
    Bytes line = {0};
    bool done = bytes_printf(&line, error, "%s ", setting->name) &&
                describe_value(setting, place, index, &line, error) && text_list_add(lines, line.data, error);
    bytes_free(&line);
    return done;
}

bool repl_setting_describe(const ReplSetting *setting, const ReplSettings *settings, TextList *lines,
                           Error *error) {
    const void *place = (const char *)settings + setting->offset;
    if (setting->kind == SETTING_SHORTCUT) {
        return true;
    }
    size_t count = setting->kind == SETTING_TEXTS ? ((const TextList *)place)->count : 1;
    bool done = true;
    for (size_t k = 0; done && (k == 0 || k < count); k++) {
        done = add_line(setting, place, k, lines, error);
    }
    return done;
}

bool repl_settings_describe(const ReplSettings *settings, TextList *lines, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < SETTING_ROWS; k++) {
        done = repl_setting_describe(&settings_table[k], settings, lines, error);
    }
    return done;
}

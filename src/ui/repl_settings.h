/* How the model writes in a conversation: settings, each a row of a table that says how it is typed, shown, checked and
 * kept in a file.
 *
 * A setting is set by a line, "/temperature 0.7", and described by the lines that set it again.
 */
#ifndef LETRA_UI_REPL_SETTINGS_H
#define LETRA_UI_REPL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "generate/writer.h"
#include "model/model_file.h"
#include "ui/text_list.h"

typedef struct ReplSettings {
    SamplerConfig sampler;
    size_t length;    /* units it writes at most; SIZE_MAX: until a stop text comes or the record ends */
    uint64_t seed;    /* the last one that was given */
    size_t precision; /* 0: what the model's training found; else 1 + a Precision */
    size_t unknown;   /* an Unknown: what happens to characters of a prompt that the model does not know */
    size_t surprise;  /* 1: how surprising each character is that is written is shown */
    TextList stops;   /* owned, as of those below; as they were given */
    TextList stop_regex, match, forbid; /* a pattern each, or none */
} ReplSettings;

/* A copy into `*copy`, which is overwritten; false and a message without memory, then it owns nothing. */
bool repl_settings_copy(const ReplSettings *settings, ReplSettings *copy, Error *error);
/* Frees what it owns: texts. There are none then, and all else is as it was. */
void repl_settings_free(ReplSettings *settings);

/* What a model's weights are computed with under these settings. */
Precision repl_settings_precision(const ReplSettings *settings, const Model *model);

typedef enum SettingKind {
    SETTING_REAL,    /* double */
    SETTING_COUNT,   /* size_t; k, M and G are thousands, millions, milliards */
    SETTING_SEED,    /* uint64_t */
    SETTING_CHOICE,  /* size_t: the index among `choices` */
    SETTING_TEXTS,   /* TextList: what stands behind the name, as it is, is one more; "off" takes all away */
    SETTING_PATTERN, /* TextList: what stands behind the name is the one text in it; "off" takes it away */
    SETTING_SHORTCUT /* no value of its own: it sets another to `word` */
} SettingKind;

typedef struct ReplSetting {
    const char *name; /* "/temperature" */
    SettingKind kind;
    size_t offset; /* in ReplSettings */
    double least, most;
    const char *word; /* that stands for SIZE_MAX in a count; NULL: none */
    const char *(*choices)(size_t index);
    const char *stands_for; /* of a shortcut: the name of the other */
    const char *help;
} ReplSetting;

/* The setting in row `index`, NULL after the last. */
const ReplSetting *repl_setting_at(size_t index);
/* The setting itself, or the one that a shortcut stands for. */
const ReplSetting *repl_setting_meant(const ReplSetting *setting);

/* Sets it to what a person typed behind the name. False and a message that names it and says what would be right: the
 * settings are as they were. */
bool repl_setting_set(const ReplSetting *setting, const char *text, ReplSettings *settings, Error *error);

/* The same from such a line, as repl_setting_describe makes them. */
bool repl_settings_read(const char *line, ReplSettings *settings, Error *error);

/* Makes a message that names options (--match) one that names commands (/match). */
void repl_settings_name(Error *error);

/* Adds the lines that set it to what it is. Of a shortcut there are none. */
bool repl_setting_describe(const ReplSetting *setting, const ReplSettings *settings, TextList *lines,
                           Error *error);
/* The same for all of them. */
bool repl_settings_describe(const ReplSettings *settings, TextList *lines, Error *error);

#endif

/* Options: one table for each command says everything about them, and everything is made from it: how they
 * are parsed (getopt_long), their defaults, the ranges that are checked, the messages, and --help.
 *
 * A row says where its value goes in a struct of the command's own, which starts zeroed; the default is
 * written in the row as a user would write it, and parsed the same way. --help / -h is known to every table.
 */
#ifndef LETRA_COMMANDS_OPTIONS_H
#define LETRA_COMMANDS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum OptionKind {
    OPTION_HEADING,  /* no option: a heading in --help (its text is `help`) */
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char *; NULL without a default */
    OPTION_TEXTS,    /* OptionTexts: may be given again and again */
    OPTION_INTEGER,  /* uint64_t */
    OPTION_SIZE,     /* uint64_t; k, M and G are thousands, millions and milliards */
    OPTION_REAL,     /* double */
    OPTION_DURATION, /* double, seconds; s, m and h, also "1h30m"; a bare number is seconds */
    OPTION_CHOICE,   /* size_t: the index among `choices` */
    OPTION_CHOICES,  /* OptionChoices: some of them, with commas between */
    OPTION_PRESET /* const char *: the name among `choices`; it stands for other options, which are set at its place */
} OptionKind;

typedef struct OptionTexts {
    const char **items; /* owned; what they point to is not */
    const char *
        *names; /* owned: of the option of each; rows of one place share it, and so the order given is kept */
    size_t count;
} OptionTexts;

enum { OPTION_CHOICES_MAX = 16 };

typedef struct OptionChoices {
    size_t items[OPTION_CHOICES_MAX]; /* indices among `choices` */
    size_t count;
} OptionChoices;

typedef struct Option {
    const char *name; /* "length" */
    char letter;      /* 'n'; 0: none */
    OptionKind kind;
    const char *argument; /* what --help calls the argument: "N" */
    size_t offset;        /* of the value in the struct */
    double least, most;   /* the range of a number */
    const char *fallback; /* the default, as a user would write it; NULL: nothing */
    const char *word;     /* a word that stands for the number `word_value`: "auto"; NULL: none */
    double word_value;
    const char *(*choices)(size_t index); /* names; NULL after the last one */
    /* Of a preset: the options that the name stands for, as a user would write them: "--cell lstm --layers 2". Flags
     * and texts are not among them. */
    const char *(*expansion)(const char *name);
    const char *help;
} Option;

typedef struct OptionTable {
    const Option *rows;
    size_t count;
} OptionTable;

/* The command line of a command, its name first. */
typedef struct Arguments {
    int count;
    char **items; /* getopt_long puts them into another order: what is no option comes last */
} Arguments;

typedef enum OptionsOutcome {
    OPTIONS_READ,
    OPTIONS_HELP, /* --help: nothing else is to be done */
    OPTIONS_WRONG /* the message says what, and what would be right */
} OptionsOutcome;

/* Who said the value of an option. */
typedef enum OptionSource { OPTION_BY_DEFAULT, OPTION_BY_PRESET, OPTION_BY_USER } OptionSource;

/* Fills the zeroed struct at `values` with the defaults and then with what the arguments say, and `sources` (zeroed,
 * one for each row of the table) with whose words they are. `*rest` becomes the index of the first argument that is no
 * option. What `values` then owns is freed by options_free. */
OptionsOutcome options_read(const OptionTable *table, Arguments arguments, void *values,
                            OptionSource *sources, int *rest, Error *error);
void options_free(const OptionTable *table, void *values);

#endif

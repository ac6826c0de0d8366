/* Recipes that people know, each as the options that it stands for. */
#ifndef LETRA_COMMANDS_TRAIN_PRESETS_H
#define LETRA_COMMANDS_TRAIN_PRESETS_H

#include <stddef.h>

typedef struct TrainPreset {
    const char *name;    /* "char-rnn" */
    const char *title;   /* where it comes from */
    const char *options; /* as a user would write them: "--cell lstm --layers 2" */
} TrainPreset;

/* The preset in row `index`, NULL after the last. */
const TrainPreset *train_preset_at(size_t index);
/* The preset of that name, NULL if there is none. */
const TrainPreset *train_preset_find(const char *name);

#endif

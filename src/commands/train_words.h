/* What `train` says before and after a run, on standard error. */
#ifndef LETRA_COMMANDS_TRAIN_WORDS_H
#define LETRA_COMMANDS_TRAIN_WORDS_H

#include "base/file_list.h"
#include "commands/command.h"
#include "text/corpus.h"
#include "train/trainer.h"

/* All there is to tell about. */
typedef struct TrainStory {
    const Invocation *invocation;
    const TrainerConfig *config;
    const Pipeline *pipeline;
    const Corpus *corpus;
    const FileList *files; /* that it was read from */
    const char *cache;     /* the folder in which it is kept; NULL: none */
    const char *init_from; /* NULL: none */
    size_t start_symbols;  /* that this model knew */
    bool quiet;            /* only warnings */
    bool replaces;         /* a model is at the output already */
    const char *path;      /* of the model */
} TrainStory;

/* Before: text, model, memory, run, and what was fitted to the text. */
void train_say_plan(const TrainStory *story, const TrainerPlan *plan);

/* A run that is finished already. */
void train_say_nothing_left(const TrainStory *story, const TrainerPlan *plan);

/* After: best loss, where the model is, the command to write with it. */
void train_say_finished(const TrainStory *story, const TrainingHistory *history);

/* After an interruption: where the model and the checkpoint are, the command that goes on. */
void train_say_interrupted(const TrainStory *story, const TrainingHistory *history);

#endif

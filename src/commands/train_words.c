/* What `train` says: see train_words.h. */
#include "commands/train_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "commands/shell.h"
#include "commands/texts.h"
#include "commands/train_method.h"
#include "commands/train_presets.h"
#include "model/cells.h"
#include "ui/figures.h"
#include "ui/message.h"

static const char *noun(const TrainStory *story) {
    return unit_noun(story->pipeline->unit);
}

/* --- before --- */

static void say_records(const TrainStory *story, const TrainerPlan *plan) {
    char train[FIGURE_SIZE];
    char val[FIGURE_SIZE];
    char test[FIGURE_SIZE];
    if (story->pipeline->separator != NULL) {
        message_note("records %s to train on, %s to validate, %s to test, drawn at random",
                     figure_count(plan->train_records, train), figure_count(plan->val_records, val),
                     figure_count(plan->test_records, test));
    }
}

/* What became one symbol. */
static void say_rare(const TrainStory *story) {
    const Corpus *corpus = story->corpus;
    char symbols[FIGURE_SIZE];
    char units[FIGURE_SIZE];
    if (corpus->rare_symbols > 0) {
        double share = (double)corpus->rare / (double)unit_store_count(corpus->units);
        message_note(
            "rare    %s %s that occur less than %llu times are one: %s of the text, %.2g %%",
            figure_count(corpus->rare_symbols, symbols), corpus->rare_symbols == 1 ? "symbol" : "symbols",
            (unsigned long long)story->pipeline->min_count, figure_count(corpus->rare, units), 100 * share);
    }
}

static void say_text(const TrainStory *story, const TrainerPlan *plan) {
    char count[FIGURE_SIZE];
    char different[FIGURE_SIZE];
    char size[FIGURE_SIZE];
    const Invocation *invocation = story->invocation;
    Bytes name = {0};
    (void)texts_describe(invocation->texts, invocation->text_count, story->files, &name, NULL);
    message_note("text    %s: %s %ss, a vocabulary of %s, %s", name.length > 0 ? name.data : "",
                 figure_count(unit_store_count(story->corpus->units), count), noun(story),
                 figure_count(vocab_size(story->corpus->vocab), different),
                 figure_bytes(story->corpus->report.bytes, size));
    bytes_free(&name);
    if (story->cache != NULL) {
        message_note("cache   %s, of which the text takes %s until the end", story->cache,
                     figure_bytes(unit_store_file(story->corpus->units), size));
    }
    message_note("split   %s to train on, %s to validate, %s to test", figure_count(plan->train_units, count),
                 figure_count(plan->val_units, different), figure_count(plan->test_units, size));
    say_records(story, plan);
    say_rare(story);
}

static void say_model(const TrainStory *story, const TrainerPlan *plan) {
    const TrainerConfig *config = story->config;
    char parameters[FIGURE_SIZE];
    char memory[FIGURE_SIZE];
    char cells[CELL_LIST_NAME_SIZE];
    char embed[FIGURE_SIZE + 16];
    snprintf(embed, sizeof embed, config->embed > 0 ? "embedding %zu" : "one-hot input", config->embed);
    message_note("model   %s, %zu %s of %zu units, %s: %s parameters, %s of memory for training",
                 cell_list_name(&config->cells, cells), config->layers,
                 config->layers == 1 ? "layer" : "layers", config->hidden, embed,
                 figure_count(plan->parameters, parameters), figure_bytes(plan->memory_bytes, memory));
}

static void say_preset(const TrainStory *story) {
    const char *name = story->config->preset;
    if (name != NULL) {
        message_note("preset  %s: %s", name, train_preset_find(name)->title);
    }
}

static void say_run(const TrainStory *story, const TrainerPlan *plan) {
    char epochs[FIGURE_SIZE] = "";
    char time[FIGURE_SIZE] = "";
    Bytes schedule = {0};
    Bytes dropout = {0};
    const TrainingMethod *method = &plan->method;
    if (plan->epochs > 0.0) {
        snprintf(epochs, sizeof epochs, "%g %s", plan->epochs, plan->epochs == 1.0 ? "epoch" : "epochs");
    }
    if (plan->seconds > 0.0) {
        figure_duration(plan->seconds, time);
    }
    train_method_describe_schedule(plan->schedule, &method->schedule_numbers, &schedule);
    train_method_describe_dropout(method, 2, &dropout);
    if (method->weight_drop > 0.0) {
        bytes_printf(&dropout, NULL, ", weight drop %.2g", method->weight_drop);
    }
    if (story->config->zoneout > 0.0) {
        bytes_printf(&dropout, NULL, ", zoneout %.2g", story->config->zoneout);
    }
    message_note("run     %s%s%s%s; %s, learning rate %.3g (%s), dropout %s, %s, seed %llu", epochs,
                 epochs[0] != '\0' && time[0] != '\0' ? " or " : "", time,
                 plan->bound_chosen ? " (chosen for this text; --epochs or --time say otherwise)" : "",
                 story->config->optimizer->name, method->learning_rate,
                 schedule.length > 0 ? schedule.data : "", dropout.length > 0 ? dropout.data : "",
                 precision_name(story->config->precision), (unsigned long long)method->seed);
    bytes_free(&schedule);
    bytes_free(&dropout);
}

/* How it learns. */
static void say_method(const TrainStory *story, const TrainerPlan *plan) {
    const TrainerConfig *config = story->config;
    const TrainingMethod *method = &plan->method;
    Bytes text = {0};
    train_method_describe(config->optimizer, method->numbers, &text);
    if (method->clip > 0.0) {
        bytes_printf(&text, NULL, "; clip %g", method->clip);
    }
    if (method->clip_value > 0.0) {
        bytes_printf(&text, NULL, "; clip to ±%g each", method->clip_value);
    }
    if (method->schedule_numbers.warmup > 0.0) {
        bytes_printf(&text, NULL, "; warm-up %g steps", method->schedule_numbers.warmup);
    }
    bytes_printf(&text, NULL, "; weight decay %.2g, average %.4g", method->weight_decay, method->average);
    if (method->init_range > 0.0) {
        bytes_printf(&text, NULL, "; start in ±%g", method->init_range);
    }
    message_note("learn   %s: %s", config->optimizer->name, text.length > 0 ? text.data : "");
    bytes_free(&text);
}

/* What is not as it was asked for. */
static void say_fitted(const TrainStory *story, const TrainerPlan *plan) {
    const TrainerConfig *config = story->config;
    char scored[FIGURE_SIZE];
    char part[FIGURE_SIZE];
    if (plan->batch_reduced && !story->quiet) {
        message_note(
            "note    the text is short: --batch-size %zu and --seq-length %zu instead of %zu and %zu",
            (size_t)plan->method.batch_size, (size_t)plan->method.seq_length, plan->wanted.batch,
            plan->wanted.steps);
    }
    if (plan->validation_partial && !story->quiet) {
        message_note("note    validation scores a fixed selection of %s of its %s %ss",
                     figure_count(plan->validation_scored, scored), figure_count(plan->val_units, part),
                     noun(story));
    }
    if (plan->no_validation && config->method.val_fraction > 0.0) {
        message_warning("the validation part has under 2 %ss: training without validation", noun(story));
    } else if (plan->no_validation && !story->quiet) {
        message_note("note    training without validation");
    }
}

static void say_start(const TrainStory *story, const TrainerPlan *plan) {
    if (story->init_from != NULL && plan->resumed) {
        message_note("note    --init-from %s is not used: the run goes on from its checkpoint",
                     story->init_from);
    } else if (story->init_from != NULL) {
        char count[FIGURE_SIZE];
        message_note("start   the weights of %s, which knew %s of the vocabulary",
                     file_input_name(story->init_from), figure_count(story->start_symbols, count));
    }
}

static void say_output(const TrainStory *story, const TrainerPlan *plan) {
    char step[FIGURE_SIZE];
    if (plan->resumed) {
        if (plan->text_changed) {
            message_note(
                "text    is another one than before (--force): it is read from its beginning on, and the "
                "first validation makes the best model, whatever the losses were before");
        }
        message_note("output  %s, going on from step %s%s", story->path,
                     figure_count(plan->resumed_step, step),
                     plan->output_foreign
                         ? " (what is there now is not of this run and will be replaced by the first save)"
                         : "");
        return;
    }
    message_note("output  %s%s", story->path,
                 story->replaces ? " (what is there now will be replaced by the first save)" : "");
    if (story->config->resume) {
        message_note("note    there is no checkpoint of it to resume from: starting afresh");
    }
}

void train_say_plan(const TrainStory *story, const TrainerPlan *plan) {
    if (!story->quiet) {
        say_text(story, plan);
        say_model(story, plan);
        say_start(story, plan);
        say_preset(story);
        say_run(story, plan);
        say_method(story, plan);
        say_output(story, plan);
    }
    say_fitted(story, plan);
    message_invalid(story->pipeline, &story->corpus->report);
    message_idle_rules(story->pipeline, &story->corpus->report);
}

void train_say_nothing_left(const TrainStory *story, const TrainerPlan *plan) {
    char step[FIGURE_SIZE];
    if (!story->quiet) {
        message_note("The run of %s is finished (step %s): nothing is left to do.\n"
                     "With a larger --epochs or --time it goes on.",
                     story->path, figure_count(plan->resumed_step, step));
    }
}

/* --- after --- */

static void say_losses(const TrainStory *story, const TrainingHistory *history) {
    char chars[FIGURE_SIZE];
    char time[FIGURE_SIZE];
    bool validated = !isnan(history->best_val_loss);
    double loss = validated ? history->best_val_loss : history->train_loss;
    message_note("trained %s %ss (%.2f epochs) in %s", figure_count(history->chars_trained, chars),
                 noun(story), history->epochs, figure_duration(history->seconds, time));
    if (!isnan(loss)) {
        message_note("%s loss %.4f nats (%.4f bits) a %s", validated ? "best validation" : "training", loss,
                     bits_from_nats(loss), noun(story));
    }
}

void train_say_finished(const TrainStory *story, const TrainingHistory *history) {
    Bytes command = {0};
    if (story->quiet) {
        return;
    }
    say_losses(story, history);
    message_note("the model is %s; it writes with", story->path);
    if (shell_quote(story->invocation->program, &command, NULL) && bytes_printf(&command, NULL, " sample ") &&
        shell_quote(story->path, &command, NULL)) {
        message_note("    %s", command.data);
    }
    bytes_free(&command);
}

/* The command line as it was, with --resume. */
static bool make_resume_command(const Invocation *invocation, Bytes *command) {
    bool resumes = false;
    for (size_t k = 2; k < invocation->line_count; k++) {
        resumes = resumes || strcmp(invocation->line[k], "--resume") == 0;
    }
    for (size_t k = 0; k < invocation->line_count; k++) {
        if ((k > 0 && !bytes_append(command, " ", 1, NULL)) ||
            !shell_quote(invocation->line[k], command, NULL)) {
            return false;
        }
        if (k == 1 && !resumes && !bytes_printf(command, NULL, " --resume")) {
            return false;
        }
    }
    return true;
}

void train_say_interrupted(const TrainStory *story, const TrainingHistory *history) {
    if (story->quiet) {
        return;
    }
    Error error = {0};
    Bytes command = {0};
    char step[FIGURE_SIZE];
    char *checkpoint = model_checkpoint_path(story->path, &error);
    message_note("interrupted at step %s; saved %s%s%s", figure_count(history->steps, step), story->path,
                 checkpoint != NULL ? " and " : "", checkpoint != NULL ? checkpoint : "");
    if (make_resume_command(story->invocation, &command)) {
        const Invocation *invocation = story->invocation;
        bool piped =
            texts_standard_input_count((const char *const *)invocation->texts, invocation->text_count) > 0;
        message_note("it goes on with%s", piped ? " (the same text on standard input again)" : "");
        message_note("    %s", command.data);
    }
    bytes_free(&command);
    free(checkpoint);
}

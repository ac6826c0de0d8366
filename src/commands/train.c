/* letra train: learns texts. The options say how, train/trainer.h does it, train_words.h tells it. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "commands/command.h"
#include "commands/destination.h"
#include "commands/loading.h"
#include "commands/run_lock.h"
#include "commands/texts.h"
#include "commands/train_config.h"
#include "commands/train_method.h"
#include "commands/train_options.h"
#include "commands/train_start.h"
#include "commands/train_watch.h"
#include "commands/train_words.h"
#include "model/cells.h"
#include "ui/interrupt.h"
#include "ui/message.h"

/* A run: what it is made of, in the order in which it comes. */
typedef struct Run {
    const Invocation *invocation;
    const TrainValues *values;
    FileList files;     /* to read */
    Bytes path;         /* of the model */
    char *checkpoint;   /* its path, owned */
    FileLock *locks[2]; /* of both */
    Pipeline pipeline;
    Corpus corpus;
    Model start;          /* what it starts from, until it has; {0}: nothing */
    size_t start_symbols; /* that it knew */
    TrainWatch watch;
    Compute compute;
    TrainerConfig config;
    Trainer *trainer;
} Run;

static void free_run(Run *run) {
    trainer_free(run->trainer);
    compute_free(&run->compute);
    train_log_close(&run->watch.log);
    model_free(&run->start);
    corpus_free(&run->corpus);
    pipeline_free(&run->pipeline);
    for (size_t k = 0; k < ROWS(run->locks); k++) {
        file_lock_release(run->locks[k]);
    }
    free(run->checkpoint);
    bytes_free(&run->path);
    file_list_free(&run->files);
}

/* What is wrong with --init-from (NULL: not given) beside these texts, as a fault of the command line; NULL:
 * nothing is. */
static const char *start_fault(const Invocation *invocation, const char *init_from) {
    bool piped =
        texts_standard_input_count((const char *const *)invocation->texts, invocation->text_count) > 0;
    const char *inputs[] = {init_from, piped ? "-" : NULL};
    return texts_fault(inputs, ROWS(inputs));
}

/* --- the network that is asked for --- */

/* What is wrong with the sizes that are asked of the cells. STATUS_DONE: nothing is. */
static int check_sizes(const Invocation *invocation, const TrainValues *values) {
    CellList cells = train_config_cells(values);
    char names[CELL_LIST_NAME_SIZE];
    size_t hidden = (size_t)values->hidden;
    if (cells.count > values->layers) {
        return usage_error(invocation, "--cell names %zu cells for --layers %zu", cells.count,
                           (size_t)values->layers);
    }
    if (cell_list_any(&cells, cell_has_heads) && hidden % train_config_heads(values) != 0) {
        return usage_error(invocation,
                           "--hidden %zu: the cell %s divides it among --heads %zu, so give a multiple",
                           hidden, cell_list_name(&cells, names), train_config_heads(values));
    }
    if (cells.cells[0]->residual && train_config_embed(values) != hidden) {
        return usage_error(invocation,
                           "--embed %zu: the cell %s adds to its input, so give --hidden's %zu, or auto",
                           train_config_embed(values), cells.cells[0]->name, hidden);
    }
    return STATUS_DONE;
}

/* What is wrong with what is asked of the cells. STATUS_DONE: nothing is. */
static int check_cells(const Invocation *invocation, const TrainValues *values) {
    CellList cells = train_config_cells(values);
    char names[CELL_LIST_NAME_SIZE];
    cell_list_name(&cells, names);
    if (values->heads != TRAIN_AUTO && !cell_list_any(&cells, cell_has_heads)) {
        return usage_error(invocation, "--heads: the cell %s has none", names);
    }
    if (option_given(invocation, "forget-bias") && !cell_list_any(&cells, cell_has_forget_gate)) {
        return usage_error(invocation, "--forget-bias: the cell %s has no forget gate", names);
    }
    if (values->method.weight_drop > 0 && !cell_list_any(&cells, cell_has_recurrent_weights)) {
        return usage_error(invocation, "--weight-drop: the cell %s has no recurrent weights", names);
    }
    for (size_t k = 0; values->zoneout > 0 && k < cells.count; k++) {
        if (!cell_has_zoneout(cells.cells[k])) {
            return usage_error(invocation, "--zoneout: the cell %s has no states for it",
                               cells.cells[k]->name);
        }
    }
    return check_sizes(invocation, values);
}

/* What is wrong with --init-from beside options that say how other weights start. STATUS_DONE: nothing is. */
static int check_start(const Invocation *invocation, const TrainValues *values) {
    static const char *const starts[] = {"forget-bias", "init-range"};
    for (size_t k = 0; values->init_from != NULL && k < ROWS(starts); k++) {
        if (option_given(invocation, starts[k])) {
            return usage_error(invocation, "--%s is for weights that start anew: not with --init-from",
                               starts[k]);
        }
    }
    return STATUS_DONE;
}

/* What is wrong with the command line as a whole. STATUS_DONE: nothing is. */
static int check_usage(const Invocation *invocation, const TrainValues *values) {
    const char *fault = destination_fault(values->output, invocation->texts, invocation->text_count);
    fault = fault != NULL ? fault : start_fault(invocation, values->init_from);
    if (fault != NULL) {
        return usage_error(invocation, "%s", fault);
    }
    int status = check_cells(invocation, values);
    status = status == STATUS_DONE ? check_start(invocation, values) : status;
    if (status != STATUS_DONE) {
        return status;
    }
    Error method = {0};
    if (!train_method_check(invocation, values, &method)) {
        return checking_error(invocation, &method);
    }
    status = pipeline_options_check(invocation, &values->pipeline);
    if (status != STATUS_DONE) {
        return status;
    }
    if (values->method.val_fraction + values->method.test_fraction >= 1.0) {
        return usage_error(invocation, "--val %g and --test %g leave nothing to train on",
                           values->method.val_fraction, values->method.test_fraction);
    }
    if (values->force && !values->resume) {
        return usage_error(invocation, "--force is for --resume: it goes on though the text was changed");
    }
    if (values->log != NULL && strcmp(values->log, "-") == 0) {
        return usage_error(invocation, "--log -: give a file; /dev/stdout is one");
    }
    return STATUS_DONE;
}

/* --- making ready --- */

static bool name_places(Run *run, Error *error) {
    if (!destination_path(run->values->output, run->invocation->texts[0], &run->path, error)) {
        return false;
    }
    run->checkpoint = model_checkpoint_path(run->path.data, error);
    return run->checkpoint != NULL;
}

/* The places that will be written to. They are checked before the text is read, which may take long, unless the default
 * folder is not there yet: that is made only when there is a text. */
static bool prepare_places(Run *run, Error *error) {
    const FileList *files = &run->files;
    return destination_prepare(run->values->output, run->path.data, error) &&
           destination_is_not_input("-o", run->path.data, files->paths, files->count, error) &&
           file_check_writable(run->checkpoint, error) &&
           destination_is_not_input("the checkpoint", run->checkpoint, files->paths, files->count, error) &&
           run_lock_take(run->path.data, &run->locks[0], error) &&
           run_lock_take(run->checkpoint, &run->locks[1], error);
}

static bool prepare_log(Run *run, Error *error) {
    const char *log = run->values->log;
    char *outputs[] = {run->path.data, run->checkpoint};
    return log == NULL ||
           (destination_is_not_input("--log", log, run->files.paths, run->files.count, error) &&
            destination_is_not_input("--log", log, outputs, ROWS(outputs), error) &&
            train_log_open(log, &run->watch.log, error));
}

/* Whether the log can be written: asked before the text is read. */
static bool check_log(Run *run, Error *error) {
    bool done = prepare_log(run, error);
    train_log_close(&run->watch.log);
    return done;
}

/* Opens the model that the run starts from: its checkpoint before all, then --init-from. */
static bool open_start(Run *run, Error *error) {
    const TrainValues *values = run->values;
    bool resumes = values->resume && file_exists(run->checkpoint);
    const char *path = resumes ? run->checkpoint : values->init_from;
    if (path != NULL && !loaded_model_open(path, &run->start, error)) {
        return false;
    }
    if (resumes) {
        train_start_windows(&run->start, &run->config);
    }
    if (values->init_from == NULL) {
        return pipeline_options_make(&values->pipeline, &run->pipeline, error);
    }
    run->config.init_from = resumes ? NULL : &run->start;
    run->config.init_name = file_input_name(values->init_from);
    train_start_sizes(run->invocation, &run->start, &run->config);
    return train_start_pipeline(run->invocation, &values->pipeline, &run->start, file_input_name(path),
                                &run->pipeline, error);
}

/* Reads the text. The new model knows the symbols of the one that it starts from, too, whether they are in the text or
 * not; a checkpoint of another unit is refused by the trainer. */
static bool prepare_text(Run *run, Error *error) {
    const CorpusFiles files = {run->files.paths, run->files.count, run->values->cache};
    bool known = run->start.vocab != NULL && run->start.pipeline.unit == run->pipeline.unit;
    bool done = corpus_read(&run->pipeline, known ? run->start.vocab : NULL, &files, &run->corpus, error) ||
                texts_explain(files.paths, files.count, run->pipeline.unit, error);
    run->start_symbols = known ? vocab_size(run->start.vocab) : 0;
    if (run->config.init_from == NULL) {
        model_free(&run->start);
    }
    return done;
}

static bool prepare_trainer(Run *run, Error *error) {
    if (!compute_create(&run->compute, (size_t)run->values->threads, error)) {
        return false;
    }
    run->config.output = run->path.data;
    run->trainer =
        trainer_create(&run->config, &run->corpus, &run->pipeline, LETRA_VERSION, &run->compute, error);
    model_free(&run->start); /* as large as what is trained */
    run->config.init_from = NULL;
    return run->trainer != NULL;
}

static bool prepare(Run *run, Error *error) {
    const Invocation *invocation = run->invocation;
    bool early = destination_has_folder(run->values->output);
    run->config = train_config_make(run->values);
    return train_config_precision(run->values, &run->config.precision, error) &&
           texts_list(invocation->texts, invocation->text_count, run->values->include, &run->files, error) &&
           name_places(run, error) && (!early || (prepare_places(run, error) && check_log(run, error))) &&
           open_start(run, error) && prepare_text(run, error) && (early || prepare_places(run, error)) &&
           prepare_log(run, error) && prepare_trainer(run, error);
}

/* --- running --- */

static int end_run(Run *run, const TrainStory *story, TrainerOutcome outcome, const Error *error) {
    const TrainingHistory *history = &trainer_model(run->trainer)->history;
    progress_finish(&run->watch.progress);
    Error missing = {0};
    bool logged = train_log_finish(&run->watch.log, &missing);
    if (!logged) {
        message_warning("%s", missing.message);
    }
    if (outcome == TRAINER_FAILED) {
        return work_error(error);
    }
    if (outcome == TRAINER_INTERRUPTED) {
        train_say_interrupted(story, history);
        return interrupt_status();
    }
    train_say_finished(story, history);
    return logged ? STATUS_DONE : STATUS_FAILED;
}

static int train(Run *run) {
    const TrainerPlan *plan = trainer_plan(run->trainer);
    TrainStory story = {
        .invocation = run->invocation,
        .config = &run->config,
        .pipeline = &run->pipeline,
        .corpus = &run->corpus,
        .files = &run->files,
        .cache = run->values->cache,
        .quiet = run->values->quiet,
        .init_from = run->values->init_from,
        .start_symbols = run->start_symbols,
        .replaces = file_exists(run->path.data),
        .path = run->path.data,
    };
    if (plan->finished) {
        train_say_nothing_left(&story, plan);
        return STATUS_DONE;
    }
    Error error = {0};
    if (!train_log_begin(&run->watch.log, plan, &error)) {
        return work_error(&error);
    }
    train_say_plan(&story, plan);
    run->watch.progress = progress_start(run->values->quiet);
    run->watch.compute = &run->compute;
    run->watch.seed = run->values->method.seed;
    TrainerCallbacks callbacks = train_watch_callbacks(&run->watch);
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    TrainerOutcome outcome = trainer_run(run->trainer, &callbacks, clock_system(), &error);
    return end_run(run, &story, outcome, &error);
}

static int run_train(const Invocation *invocation, const void *given) {
    Run run = {.invocation = invocation, .values = given};
    Error error = {0};
    int status = check_usage(invocation, run.values);
    if (status != STATUS_DONE) {
        return status;
    }
    status = prepare(&run, &error) ? train(&run) : work_error(&error);
    free_run(&run);
    return status;
}

const Command train_command = {
    .name = "train",
    .arguments = "TEXT...",
    .least = 1,
    .most = SIZE_MAX,
    .summary = "learn texts and make a model of them",
    .details =
        "Learns texts (-: standard input), character by character, and makes a model that writes more "
        "of the kind. While it runs a checkpoint is kept beside the model; Ctrl-C stops it after "
        "saving, and --resume goes on, to the same model as without the stop. A run that diverges goes "
        "back to its last good state with half the learning rate, five times at most. Nothing is written to "
        "standard output.",
    .options = &train_options,
    .more = train_method_help,
    .values_size = sizeof(TrainValues),
    .run = run_train,
};

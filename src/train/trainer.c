/* Making a trainer: from what was asked for and the text that is there to a run that is ready. The run itself
 * is in trainer_run.c, saving and resuming in checkpoint.c. */
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "model/cells.h"
#include "train/init_from.h"
#include "train/random_streams.h"
#include "train/recipe.h"
#include "train/trainer_state.h"
#include "train/validate.h"

/* This much of a run is spent on validation. */
static const double validation_share = 0.05;
/* Units between validations: a quarter of the text, but never more than this. */
static const double validation_units_max = 4e6;

static bool check_text(const Trainer *trainer, Error *error) {
    size_t count = unit_store_count(trainer->corpus->units);
    Range train = trainer->split.train;
    const char *unit = unit_noun(vocab_unit(trainer->corpus->vocab));
    if (count < 2) {
        return error_set(error, "the text has only one %s: there is nothing to learn from it", unit);
    }
    if (vocab_size(trainer->corpus->vocab) < 2) {
        return error_set(error, "the text has only one distinct %s: there is nothing to learn from it", unit);
    }
    if (train.end - train.begin < 2) {
        return error_set(error,
                         "the training part has %zu of the text's %zu %ss; at least 2 are needed: give a "
                         "longer text or smaller --val and --test",
                         train.end - train.begin, count, unit);
    }
    return true;
}

/* Operations of one unit, there and back: 6 for each weight of a product. What is looked up, the first layer's weights
 * of the input, costs nothing. */
static double unit_operations(const Network *network) {
    size_t weights = network->config.vocab * network->config.hidden;
    for (size_t layer = 0; layer < network->config.layers; layer++) {
        const Cell *cell = network_cell(network, layer);
        for (size_t k = 0; k < cell->parameter_count; k++) {
            bool looked_up = layer == 0 && cell->parameters[k].columns == DIMENSION_INPUT;
            weights +=
                looked_up ? 0 : layout_row_elements(&network->layout.rows[network->layer_rows[layer] + k]);
        }
    }
    return 6.0 * (double)weights;
}

static double chosen(double asked, double recipe) {
    return asked < 0 ? recipe : asked;
}

/* Who clips by value does not want to be clipped by the norm before, unless both are asked for. */
static double default_clip(const TrainingMethod *method) {
    return method->clip_value > 0 ? 0 : 1;
}

/* Of a method that was asked for: puts the recipe's numbers and the optimizer's where they were left open. */
static void choose_method(const TrainerConfig *config, const Recipe *recipe, TrainingMethod *method) {
    method->learning_rate = chosen(method->learning_rate, recipe->learning_rate);
    method->clip = chosen(method->clip, default_clip(method));
    method->weight_decay = chosen(method->weight_decay, recipe->weight_decay);
    method->dropout = chosen(method->dropout, recipe->dropout);
    method->dropout_output = chosen(method->dropout_output, method->dropout);
    method->average = chosen(method->average, recipe->average);
    for (size_t k = 0; k < OPTIMIZER_NUMBERS; k++) {
        bool used = optimizer_uses(config->optimizer, (OptimizerNumber)k);
        double usual = k == OPTIMIZER_BETA2 ? recipe->beta2 : config->optimizer->numbers[k];
        method->numbers[k] = used ? chosen(method->numbers[k], usual) : (double)NAN;
    }
}

/* The parts of the text. */
static void plan_parts(Trainer *trainer) {
    TrainerPlan *plan = &trainer->plan;
    const Split *split = &trainer->split;
    plan->train_units = split->train.end - split->train.begin;
    plan->val_units = split->val.end - split->val.begin;
    plan->test_units = split->test.end - split->test.begin;
    plan->train_records = records_in(&trainer->corpus->records, split->train);
    plan->val_records = records_in(&trainer->corpus->records, split->val);
    plan->test_records = records_in(&trainer->corpus->records, split->test);
}

/* The windows that were asked for, or suit the run; fewer streams, and shorter, if the training part is short. */
static void plan_windows(Trainer *trainer, const RecipeInput *input) {
    const TrainingMethod *asked = &trainer->config.method;
    TrainerPlan *plan = &trainer->plan;
    bool open = asked->seq_length == 0 && asked->batch_size == 0;
    RecipeWindows wanted = open ? recipe_windows(input) : recipe_usual_windows();
    wanted.steps = asked->seq_length > 0 ? asked->seq_length : wanted.steps;
    wanted.batch = asked->batch_size > 0 ? asked->batch_size : wanted.batch;
    RecipeWindows fitting = wanted;
    batches_fit(plan->train_units, plan->train_records, &fitting.steps, &fitting.batch);
    plan->batch_reduced = fitting.steps < wanted.steps || fitting.batch < wanted.batch;
    plan->wanted = wanted;
    plan->method = *asked;
    plan->method.seq_length = fitting.steps;
    plan->method.batch_size = fitting.batch;
}

/* What of the validation part is scored. */
static void plan_validation(TrainerPlan *plan) {
    plan->no_validation = plan->val_units < 2;
    if (!plan->no_validation) {
        plan->validation_scored = validate_scored(plan->val_units, plan->method.batch_size);
        plan->validation_partial = plan->validation_scored + 1 < plan->val_units;
    }
}

/* What the recipe asks for; the windows are not known yet. */
static RecipeInput recipe_input(const Trainer *trainer) {
    const TrainerConfig *config = &trainer->config;
    return (RecipeInput){
        .layers = config->layers,
        .hidden = config->hidden,
        .cell_rate = cell_list_rate(&config->cells),
        .train_units = trainer->plan.train_units,
        .epochs = config->epochs,
        .seconds = config->seconds,
        .unit_operations = unit_operations(trainer->model.network),
        .fast = config->precision == PRECISION_BF16 && gemm_bf16_is_faster(),
        .threads = trainer->compute->threads,
        .optimizer = config->optimizer,
    };
}

/* Fits what was asked for to the text, and chooses what was left open. */
static void make_plan(Trainer *trainer) {
    const TrainerConfig *config = &trainer->config;
    TrainerPlan *plan = &trainer->plan;
    plan_parts(trainer);
    RecipeInput input = recipe_input(trainer);
    plan_windows(trainer, &input);
    plan_validation(plan);
    input.window_units = plan->method.seq_length * plan->method.batch_size;
    Recipe recipe = recipe_choose(&input);
    plan->bound_chosen = config->epochs <= 0 && config->seconds <= 0;
    plan->epochs = recipe.epochs;
    plan->seconds = recipe.seconds;
    choose_method(config, &recipe, &plan->method);
    plan->schedule = config->schedule != NULL ? config->schedule : recipe.schedule;
    plan->method.schedule_numbers =
        schedule_numbers(plan->schedule, &config->method.schedule_numbers, recipe.epochs_expected);
    plan->parameters = layout_parameters(&trainer->model.network->layout);
}

static void start_history(Trainer *trainer, const char *version) {
    const TrainerConfig *config = &trainer->config;
    const TrainerPlan *plan = &trainer->plan;
    TrainingHistory *history = &trainer->model.history;
    *history = (TrainingHistory){
        .run = config->run,
        .corpus_digest = trainer->corpus->report.digest,
        .corpus_units = unit_store_count(trainer->corpus->units),
        .best_val_loss = NAN,
        .train_loss = NAN,
        .method = plan->method,
        .training_precision = config->precision,
    };
    snprintf(history->version, sizeof history->version, "%s", version);
    snprintf(history->preset, sizeof history->preset, "%s", config->preset != NULL ? config->preset : "");
    snprintf(history->optimizer, sizeof history->optimizer, "%s", config->optimizer->name);
    snprintf(history->schedule, sizeof history->schedule, "%s", plan->schedule->name);
}

static bool create_model(Trainer *trainer, const Pipeline *pipeline, Error *error) {
    const TrainerConfig *config = &trainer->config;
    NetworkConfig network = {.cells = config->cells,
                             .layers = config->layers,
                             .hidden = config->hidden,
                             .heads = config->heads,
                             .embed = config->embed,
                             .vocab = vocab_size(trainer->corpus->vocab),
                             .zoneout = config->zoneout,
                             .forget_bias = config->forget_bias};
    trainer->model.network = network_create(&network, error);
    trainer->model.vocab = trainer->corpus->vocab;
    return trainer->model.network != NULL && pipeline_copy(pipeline, &trainer->model.pipeline, error);
}

/* What reads the training part. */
static bool prepare_batches(Trainer *trainer, Error *error) {
    const Corpus *corpus = trainer->corpus;
    trainer->batches = (Batches){.units = corpus->units,
                                 .part = trainer->split.train,
                                 .steps = trainer->shape.steps,
                                 .batch = trainer->shape.batch};
    if (corpus->records.count > 0) {
        trainer->records = record_batches_create(corpus->units, &corpus->records, trainer->split.train,
                                                 trainer->shape.batch, trainer->config.method.seed, error);
        trainer->batches.records = trainer->records;
    }
    return corpus->records.count == 0 || trainer->records != NULL;
}

static bool allocate(Trainer *trainer, Error *error) {
    const Layout *layout = &trainer->model.network->layout;
    trainer->model.parameters = block_create(layout, error);
    trainer->gradients = block_create(layout, error);
    bool good = trainer->model.parameters != NULL && trainer->gradients != NULL;
    for (size_t k = 0; good && k < trainer->config.optimizer->block_count; k++) {
        trainer->moments[k] = block_create(layout, error);
        good = trainer->moments[k] != NULL;
    }
    if (good && trainer->plan.method.average > 0) {
        trainer->average = block_create(layout, error);
        good = trainer->average != NULL;
    }
    if (!good) {
        return false;
    }
    trainer->norm_parts = memory_allocate(layout->total / TRAINER_CHUNK + 1, sizeof(double), "sums", error);
    trainer->pass = pass_create(trainer->model.network, trainer->compute, &trainer->shape, error);
    trainer->saver = saver_create(trainer->output, trainer->checkpoint, error);
    return trainer->norm_parts != NULL && trainer->pass != NULL && trainer->saver != NULL &&
           snapshot_create(trainer, error) &&
           window_buffers_create(&trainer->shape, trainer->corpus->vocab, &trainer->buffers, error) &&
           prepare_batches(trainer, error);
}

double trainer_validation_cost(const TrainerPlan *plan) {
    return (double)validate_cost(plan->val_units, plan->method.batch_size) / 3.0;
}

/* How often to validate: it depends on sizes only, never on the clock. */
static uint64_t choose_val_interval(const Trainer *trainer) {
    const TrainerPlan *plan = &trainer->plan;
    if (plan->no_validation) {
        return 0;
    }
    double cost = trainer_validation_cost(plan);
    double wanted = fmin((double)plan->train_units / 4.0, validation_units_max);
    double units = fmax(cost / validation_share, wanted);
    return (uint64_t)ceil(units / (double)(plan->method.seq_length * plan->method.batch_size));
}

/* What the saved model of this run says. It may be newer than the checkpoint, and better: then the run goes on from
 * less, but saves only what is better still. It may be older, if the better one could not be saved any more. */
static void take_saved(Trainer *trainer, const TrainingHistory *saved) {
    TrainerPlan *plan = &trainer->plan;
    TrainerProgress *progress = &trainer->progress;
    /* The checkpoint knows of a better one, which never came to the disk: what it holds may be just that. */
    bool lost = trainer->val_interval > 0 && progress->best_val < saved->best_val_loss;
    progress->validation_due = progress->validation_due || lost;
    progress->best_val = saved->best_val_loss;
    trainer->best_saved = !isnan(progress->best_val);
    plan->finished = plan->finished && saved->finished && trainer_done(trainer, progress->seconds) >= 1.0;
}

/* Looks at what stands at the output: nothing, a model of this run, or one of another, which will be replaced. False
 * and a message if that cannot be told: it may be the best model of this run. */
static bool compare_output(Trainer *trainer, Error *error) {
    Model saved;
    bool there = file_exists(trainer->output);
    if (there && !model_load(trainer->output, &saved, error)) {
        return error_prefix(error,
                            "cannot see whether the model that is there is of this run (mend that, or move "
                            "it away to go on without it): ");
    }
    bool same = there && saved.history.run == trainer->model.history.run;
    trainer->plan.output_foreign = there && !same;
    /* One of an earlier text, too, if a run that went on with this one was killed before it had a model. */
    bool of_text = there && saved.history.corpus_digest == trainer->corpus->report.digest;
    if (same && of_text) {
        take_saved(trainer, &saved.history);
    } else {
        trainer->best_saved = false;
        trainer->plan.finished = false;
    }
    if (there) {
        model_free(&saved);
    }
    return true;
}

/* Random parameters. */
static void initialize(Trainer *trainer) {
    const Network *network = trainer->model.network;
    Random random = random_create(trainer->config.method.seed, RANDOM_STREAM_PARAMETERS);
    if (trainer->config.method.init_range > 0) {
        network_initialize_range(network, trainer->config.method.init_range, trainer->model.parameters,
                                 &random);
    } else {
        network_initialize(network, trainer->model.parameters, &random);
    }
}

/* The parameters at the start, or everything from the checkpoint. */
static bool start_or_resume(Trainer *trainer, Error *error) {
    size_t bytes = trainer->model.network->layout.total * sizeof(real);
    initialize(trainer);
    const Model *source = trainer->config.init_from;
    trainer->config.init_from = NULL; /* the caller may free it */
    if (source != NULL && !init_from(&trainer->model, source, trainer->config.init_name, error)) {
        return false;
    }
    if (trainer->average != NULL) {
        memcpy(trainer->average, trainer->model.parameters, bytes);
    }
    trainer->progress.last_val = NAN;
    trainer->progress.best_val = NAN;
    trainer->saved_step = CHECKPOINT_NONE;
    bool there = file_exists(trainer->checkpoint);
    divergence_start(&trainer->divergence, vocab_size(trainer->corpus->vocab));
    if (!trainer->config.resume || !there) {
        trainer->checkpoint_stale = there;
        snapshot_take(trainer);
        return true;
    }
    if (!trainer_load_checkpoint(trainer, error)) {
        return false;
    }
    trainer->plan.resumed = true;
    trainer->plan.resumed_step = trainer->saved_step = trainer->progress.step;
    return compare_output(trainer, error);
}

static bool prepare(Trainer *trainer, const Pipeline *pipeline, const char *version, Error *error) {
    trainer->output = memory_copy_text(trainer->config.output, strlen(trainer->config.output), error);
    trainer->checkpoint = model_checkpoint_path(trainer->config.output, error);
    if (trainer->output == NULL || trainer->checkpoint == NULL || !check_text(trainer, error) ||
        !create_model(trainer, pipeline, error)) {
        return false;
    }
    make_plan(trainer);
    start_history(trainer, version);
    const TrainingMethod *method = &trainer->plan.method;
    trainer->shape = (PassShape){.steps = method->seq_length,
                                 .batch = method->batch_size,
                                 .training = true,
                                 .resets = window_buffers_resets(trainer->corpus->vocab),
                                 .dropout_input = method->dropout_input,
                                 .dropout = method->dropout,
                                 .dropout_output = method->dropout_output,
                                 .variational = method->variational,
                                 .weight_drop = method->weight_drop,
                                 .precision = trainer->config.precision};
    trainer->val_interval = choose_val_interval(trainer);
    trainer->divergence_rule =
        divergence_rule(method->seq_length, method->batch_size, vocab_size(trainer->corpus->vocab));
    bool done =
        trainer_check_memory(trainer, error) && allocate(trainer, error) && start_or_resume(trainer, error);
    memory_trim(); /* what the checkpoint was read with */
    return done;
}

Trainer *trainer_create(const TrainerConfig *config, const Corpus *corpus, const Pipeline *pipeline,
                        const char *version, Compute *compute, Error *error) {
    Trainer *trainer = memory_allocate(1, sizeof *trainer, "the trainer", error);
    if (trainer == NULL) {
        return NULL;
    }
    trainer->config = *config;
    trainer->corpus = corpus;
    trainer->compute = compute;
    trainer->split = split_corpus(corpus, config->method.val_fraction, config->method.test_fraction);
    if (!prepare(trainer, pipeline, version, error)) {
        trainer_free(trainer);
        return NULL;
    }
    return trainer;
}

void trainer_free(Trainer *trainer) {
    if (trainer == NULL) {
        return;
    }
    saver_free(trainer->saver); /* which may still write what the model has */
    pass_free(trainer->pass);
    trainer->model.vocab = NULL; /* the corpus's */
    model_free(&trainer->model);
    free(trainer->output);
    free(trainer->checkpoint);
    free(trainer->gradients);
    for (size_t k = 0; k < OPTIMIZER_BLOCKS_MAX; k++) {
        free(trainer->moments[k]);
    }
    free(trainer->average);
    free(trainer->norm_parts);
    snapshot_free(&trainer->good);
    window_buffers_free(&trainer->buffers);
    record_batches_free(trainer->records);
    free(trainer);
}

const TrainerPlan *trainer_plan(const Trainer *trainer) {
    return &trainer->plan;
}

const Model *trainer_model(const Trainer *trainer) {
    return &trainer->model;
}

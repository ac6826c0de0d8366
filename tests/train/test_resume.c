/* Cut short and gone on: a run that was interrupted anywhere and resumed ends bit for bit where the uninterrupted one
 * does, and a checkpoint that belongs to another run is refused and left alone. */
#define _GNU_SOURCE /* memmem */
#include "train/training.h"

/* Everything on that has a state: two layers, dropout, averaging, decay. 42 steps an epoch, and a last window that is
 * shorter. */
static void start(Training *training) {
    training_start_english(training, 3000);
    training->config.layers = 2;
    training->config.hidden = 20;
    training->config.method.dropout = 0.3;
    training->config.method.dropout_input = 0.2;
    training->config.method.dropout_output = 0.4;
    training->config.method.variational = true;
    training->config.method.weight_drop = 0.2;
    training->config.zoneout = 0.1;
    training->config.method.average = 0.9;
    training->config.method.weight_decay = 0.05;
    training->config.epochs = 6.5;
}

/* What the uninterrupted run came to. */
typedef struct Whole {
    real *parameters, *model; /* the last, and the best as saved */
    TrainingHistory history;
    TrainerReport reports[WATCH_REPORTS];
    size_t report_count;
} Whole;

/* The parameters in a model file, as a copy that is the caller's. */
static real *read_parameters(const char *path) {
    Model model = load_model(path);
    real *parameters = model.parameters;
    model.parameters = NULL;
    model_free(&model);
    return parameters;
}

static Whole run_whole(Training *training) {
    training_finish(training);
    Whole whole = {.parameters = training->parameters,
                   .model = read_parameters(training->output),
                   .history = training->history,
                   .report_count = training->watch.report_count};
    memcpy(whole.reports, training->watch.reports, sizeof whole.reports);
    training->parameters = NULL;
    assert_int_equal(remove(training->output), 0);
    assert_int_equal(remove(training->checkpoint), 0);
    return whole;
}

static void free_whole(Whole *whole) {
    free(whole->parameters);
    free(whole->model);
}

static bool same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* The reports of the run just made are the last ones of the whole run, but for the time. */
static void check_reports(const Training *training, const Whole *whole) {
    const Watch *watch = &training->watch;
    assert_true(watch->report_count <= whole->report_count);
    for (size_t k = 0; k < watch->report_count; k++) {
        const TrainerReport *report = &watch->reports[k];
        const TrainerReport *expected = &whole->reports[whole->report_count - watch->report_count + k];
        assert_int_equal(report->step, expected->step);
        assert_int_equal(report->chars, expected->chars);
        assert_int_equal(report->new_val, expected->new_val);
        assert_true(same(report->train_loss, expected->train_loss));
        assert_true(same(report->val_loss, expected->val_loss));
        assert_true(same(report->learning_rate, expected->learning_rate));
        assert_true(same(report->grad_norm, expected->grad_norm));
    }
}

static void check_same_end(const Training *training, const Whole *whole) {
    assert_same_bits(training->parameters, whole->parameters, training->total);
    real *model = read_parameters(training->output);
    assert_same_bits(model, whole->model, training->total);
    free(model);
    check_reports(training, whole);
    assert_int_equal(training->history.steps, whole->history.steps);
    assert_int_equal(training->history.chars_trained, whole->history.chars_trained);
    assert_near(training->history.best_val_loss, whole->history.best_val_loss, 0);
    assert_near(training->history.train_loss, whole->history.train_loss, 0);
    assert_true(training->history.finished);
}

static void interrupt_and_resume(Training *training, size_t steps) {
    training->watch.interrupt_after = steps;
    assert_int_equal(training_run(training), TRAINER_INTERRUPTED);
    assert_int_equal(training->watch.steps, steps);
    training->watch.interrupt_after = 0;
    training->config.resume = true;
}

/* Cuts the run after so many steps, and lets it go on. */
static void cut_once(Training *training, const Whole *whole, size_t cut) {
    training->config.resume = false;
    interrupt_and_resume(training, cut);
    training_finish(training);
    assert_true(training->plan.resumed);
    assert_false(training->plan.finished);
    assert_int_equal(training->plan.resumed_step, cut);
    assert_int_equal(training->watch.steps, whole->history.steps - cut);
    check_same_end(training, whole);
}

/* Wherever it is cut: at the first step, within an epoch, at its end, after it, at a validation, near the end. */
static void a_resumed_run_ends_where_the_whole_one_does(void **state) {
    (void)state;
    Training training;
    start(&training);
    Whole whole = run_whole(&training);
    size_t steps = whole.history.steps;
    size_t first_val = 0;
    for (size_t k = whole.report_count; k-- > 0;) {
        first_val = whole.reports[k].new_val ? whole.reports[k].step : first_val;
    }
    assert_in_range(first_val, 2, steps - 1);
    size_t epoch = (size_t)ceil((double)steps / 6.5);
    const size_t cuts[] = {1, epoch / 2, epoch - 1, epoch, epoch + 1, first_val, first_val + 1, steps - 1};
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
        cut_once(&training, &whole, cuts[k]);
    }
    free_whole(&whole);
    training_end(&training);
}

/* With the cells of `names`: whatever a layer carries from one window to the next comes back. It is cut within an
 * epoch, and after the first step of the next one. */
static void check_cells(const char *names) {
    Training training;
    start(&training);
    TrainerConfig *config = &training.config;
    assert_true(cell_list_parse(names, &config->cells, &training.error));
    config->heads = cell_list_any(&config->cells, cell_has_heads) ? 2 : 1;
    config->embed = config->cells.cells[0]->residual ? config->hidden : config->embed;
    for (size_t k = 0; k < config->cells.count; k++) {
        config->zoneout *= cell_has_zoneout(config->cells.cells[k]) ? 1 : 0;
    }
    config->epochs = 1.5;
    Whole whole = run_whole(&training);
    cut_once(&training, &whole, 20);
    cut_once(&training, &whole, 43);
    free_whole(&whole);
    training_end(&training);
}

static void every_cell_resumes(void **state) {
    (void)state;
    for (size_t k = 0; k < cell_count(); k++) {
        check_cells(cell_at(k)->name);
    }
    check_cells("mlstm,slstm");
}

/* With each optimizer: what it keeps comes back. */
static void every_optimizer_resumes(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 2;
    for (size_t k = 0; k < optimizer_count(); k++) {
        training.config.optimizer = optimizer_at(k);
        training.config.resume = false;
        Whole whole = run_whole(&training);
        interrupt_and_resume(&training, 50);
        training_finish(&training);
        assert_int_equal(training.plan.resumed_step, 50);
        check_same_end(&training, &whole);
        free_whole(&whole);
        assert_int_equal(remove(training.output), 0);
        assert_int_equal(remove(training.checkpoint), 0);
    }
    training_end(&training);
}

/* With each schedule: the rate goes on where it was. 43 steps are an epoch and one step, 90 two and four. */
static void every_schedule_resumes(void **state) {
    (void)state;
    const size_t cuts[] = {20, 43, 90};
    Training training;
    start(&training);
    training.config.epochs = 3;
    for (size_t k = 0; k < schedule_count(); k++) {
        training.config.schedule = schedule_at(k);
        training.config.method.schedule_numbers =
            (ScheduleNumbers){.warmup = 30, .decay = 0.5, .every = 0.75, .after = 1};
        training.config.resume = false;
        Whole whole = run_whole(&training);
        for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
            training.config.resume = false;
            interrupt_and_resume(&training, cuts[c]);
            training_finish(&training);
            assert_int_equal(training.plan.resumed_step, cuts[c]);
            check_same_end(&training, &whole);
        }
        free_whole(&whole);
        assert_int_equal(remove(training.output), 0);
        assert_int_equal(remove(training.checkpoint), 0);
    }
    training_end(&training);
}

/* Cut three times, on other numbers of threads each time. */
static void a_run_may_be_cut_more_than_once(void **state) {
    (void)state;
    Training training;
    start(&training);
    Whole whole = run_whole(&training);
    const size_t cuts[] = {17, 60, 90};
    for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
        training.threads = 1 + k;
        interrupt_and_resume(&training, cuts[k]);
    }
    training_finish(&training);
    assert_int_equal(training.plan.resumed_step, 17 + 60 + 90);
    check_same_end(&training, &whole);
    free_whole(&whole);
    training_end(&training);
}

/* Keeps what lies there at some step, to be put back as if the run had been killed there. */
typedef struct Kept {
    Training *training;
    size_t step;
    Bytes model, checkpoint;
} Kept;

static void keep_files(void *context, size_t steps) {
    Kept *kept = context;
    if (steps == kept->step) {
        kept->model = scratch_read(kept->training->scratch, "model.safetensors");
        kept->checkpoint = scratch_read(kept->training->scratch, "model.checkpoint.safetensors");
    }
}

static void run_and_keep(Training *training, Kept *kept, size_t step) {
    *kept = (Kept){.training = training, .step = step};
    training->watch.after_step = keep_files;
    training->watch.context = kept;
    training_finish(training);
    training->watch.after_step = NULL;
    training->config.resume = true;
}

static void put_back(Training *training, const char *name, Bytes *bytes) {
    scratch_write(training->scratch, name, bytes->data, bytes->length);
    bytes_free(bytes);
}

static size_t first_validation(const Training *training) {
    size_t k = 0;
    while (!training->watch.reports[k].new_val) {
        k++;
    }
    return training->watch.reports[k].step;
}

/* A new run over an old one, killed right after its first model was saved and before its first checkpoint was due:
 * what goes on is the new run. */
static void a_run_killed_after_its_first_model_goes_on(void **state) {
    (void)state;
    Training training;
    Kept kept;
    start(&training);
    training_finish(&training);
    size_t first = first_validation(&training);
    training.config.method.learning_rate = 0.005;
    run_and_keep(&training, &kept, first);
    real *expected = training.parameters;
    training.parameters = NULL;
    put_back(&training, "model.safetensors", &kept.model);
    put_back(&training, "model.checkpoint.safetensors", &kept.checkpoint);
    training_finish(&training);
    assert_int_equal(training.plan.resumed_step, first);
    assert_false(training.plan.finished || training.plan.output_foreign);
    assert_same_bits(training.parameters, expected, training.total);
    free(expected);
    training_end(&training);
}

/* The model of one run, the checkpoint of another: the checkpoint goes on, and neither its end nor its best loss is
 * taken for the model's. */
static void a_model_of_another_run_is_replaced(void **state) {
    (void)state;
    Training training;
    start(&training);
    training_finish(&training);
    uint64_t run = training.config.run;
    Bytes checkpoint = scratch_read(training.scratch, "model.checkpoint.safetensors");
    training.config.method.learning_rate = 0.02;
    training_finish(&training);
    put_back(&training, "model.checkpoint.safetensors", &checkpoint);
    training.config.resume = true;
    training_finish(&training);
    assert_true(training.plan.resumed && training.plan.output_foreign);
    assert_false(training.plan.finished);
    assert_int_equal(training.watch.steps, 0);
    Model model = load_model(training.output);
    assert_true(model.history.run == run);
    model_free(&model);
    assert_true(training_plan(&training));
    assert_true(training.plan.finished);
    assert_false(training.plan.output_foreign);
    training_end(&training);
}

/* A model that cannot be read now may be the best of this run: it is not replaced. */
static void a_model_that_cannot_be_read_stays(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 130); /* the first validation was at 125 */
    Bytes model = scratch_read(training.scratch, "model.safetensors");
    size_t length = model.length;
    model.length /= 2;
    scratch_write(training.scratch, "model.safetensors", model.data, model.length);
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_int_equal(training.watch.steps, 0);
    assert_contains(training.error.message, "cannot see whether the model that is there is of this run");
    assert_contains(training.error.message, training.output);
    Bytes left = scratch_read(training.scratch, "model.safetensors");
    assert_int_equal(left.length, model.length);
    bytes_free(&left);
    model.length = length;
    put_back(&training, "model.safetensors", &model);
    training_finish(&training);
    assert_int_equal(training.plan.resumed_step, 130);
    assert_false(training.plan.output_foreign);
    training_end(&training);
}

/* Killed long after the last checkpoint: the model that was saved since is better, and stays until the run has found
 * one that is better still. */
static void a_better_model_than_the_checkpoint_stays(void **state) {
    (void)state;
    Training training;
    Kept kept;
    start(&training);
    training.config.checkpoint_seconds = 0.02;
    run_and_keep(&training, &kept, 150);
    double best = training.history.best_val_loss;
    real *expected = read_parameters(training.output);
    put_back(&training, "model.checkpoint.safetensors", &kept.checkpoint);
    bytes_free(&kept.model);
    training.config.method.learning_rate = 0.002; /* it gets better than the checkpoint, but not so good */
    training_finish(&training);
    assert_in_range(training.plan.resumed_step, 125, 150); /* the first validation was at 125 */
    const TrainerReport *last = watch_last(&training.watch);
    assert_true(last->new_val && last->val_loss > best);
    assert_near(training.history.best_val_loss, best, 0);
    Model model = load_model(training.output);
    assert_same_bits(model.parameters, expected, training.total);
    assert_near(model.history.best_val_loss, best, 0);
    assert_true(model.history.finished);
    model_free(&model);
    free(expected);
    training_end(&training);
}

/* Keeps the checkpoint that lies there at step 70. */
static void keep_checkpoint(void *context, size_t steps) {
    Training *training = context;
    if (steps == 70) {
        Bytes bytes = scratch_read(training->scratch, "model.checkpoint.safetensors");
        scratch_write(training->scratch, "kept", bytes.data, bytes.length);
        bytes_free(&bytes);
    }
}

/* A run that was killed goes on from a checkpoint that was written on the way. */
static void a_checkpoint_on_the_way_is_enough(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.checkpoint_seconds = 0.02;
    training.watch.after_step = keep_checkpoint;
    training.watch.context = &training;
    Whole whole = run_whole(&training);
    training.watch.after_step = NULL;
    assert_int_equal(rename(scratch_path(training.scratch, "kept"), training.checkpoint), 0);
    training.config.resume = true;
    training_finish(&training);
    assert_in_range(training.plan.resumed_step, 40, 70);
    check_reports(&training, &whole);
    assert_same_bits(training.parameters, whole.parameters, training.total);
    free_whole(&whole);
    training_end(&training);
}

typedef struct Sight {
    const char *checkpoint;
    size_t first; /* step after which the checkpoint was there; 0: never */
} Sight;

static void look_for_checkpoint(void *context, size_t steps) {
    Sight *sight = context;
    if (sight->first == 0 && file_exists(sight->checkpoint)) {
        sight->first = steps;
    }
}

/* When the first checkpoint of a run with so much time between them is there: 0 is only at the end. */
static size_t first_checkpoint(double seconds) {
    Training training;
    start(&training);
    Sight sight = {.checkpoint = training.checkpoint};
    training.config.epochs = 1;
    training.config.checkpoint_seconds = seconds;
    training.clock.tick = 0.01;
    training.watch.after_step = look_for_checkpoint;
    training.watch.context = &sight;
    training_finish(&training);
    Model checkpoint = load_model(training.checkpoint);
    assert_true(checkpoint.history.finished);
    assert_int_equal(checkpoint.history.steps, training.watch.steps);
    model_free(&checkpoint);
    training_end(&training);
    return sight.first;
}

static void checkpoints_are_written_when_they_are_due(void **state) {
    (void)state;
    assert_int_equal(first_checkpoint(0), 0);
    assert_int_equal(first_checkpoint(1e9), 0);
    assert_int_equal(first_checkpoint(0.001), 1);
    assert_in_range(first_checkpoint(0.3), 5, 30);
}

/* What an interrupted run leaves: a model and a checkpoint, both of which are models. */
static void an_interrupted_run_leaves_model_and_checkpoint(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.method.average = 0;
    training.watch.interrupt_after = 5; /* before any validation */
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    assert_int_equal(training.watch.steps, 5);
    Model model = load_model(training.output);
    Model checkpoint = load_model(training.checkpoint);
    assert_same_bits(model.parameters, training.parameters, training.total);
    assert_same_bits(checkpoint.parameters, training.parameters, training.total);
    assert_int_equal(model.history.steps, 5);
    assert_int_equal(checkpoint.history.steps, 5);
    assert_true(isnan(checkpoint.history.best_val_loss));
    assert_false(model.history.finished || checkpoint.history.finished || training.history.finished);
    assert_true(isfinite(one_pass(&checkpoint, training.units, 100)));
    assert_int_equal(scratch_count(training.scratch), 3); /* with the text: no temporary files */
    model_free(&model);
    model_free(&checkpoint);
    training_end(&training);
}

/* Read as a model it is the average, which validation measured and the model file holds; a run goes on from the
 * parameters themselves. */
static void a_checkpoint_as_a_model_is_the_average(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 1;
    training_finish(&training);
    Model model = load_model(training.output);
    Model checkpoint = load_model(training.checkpoint);
    assert_true(checkpoint.checkpoint);
    assert_false(model.checkpoint);
    assert_same_bits(checkpoint.parameters, model.parameters, training.total);
    assert_memory_not_equal(checkpoint.parameters, training.parameters, training.total * sizeof(real));
    model_free(&model);
    model_free(&checkpoint);
    ModelExtras *extras = NULL;
    assert_true(model_load_with_extras(training.checkpoint, &checkpoint, &extras, NULL));
    assert_same_bits(checkpoint.parameters, training.parameters, training.total);
    model_extras_free(extras);
    model_free(&checkpoint);
    training_end(&training);
}

/* Interrupted after the best model so far was saved: that one stays. */
static void an_interrupted_run_keeps_the_best_model(void **state) {
    (void)state;
    Training training;
    start(&training);
    training_finish(&training);
    size_t first = 0;
    while (!training.watch.reports[first].new_val) {
        first++;
    }
    training.watch.interrupt_after = training.watch.reports[first].step + 3;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    Model model = load_model(training.output);
    assert_int_equal(model.history.steps, training.watch.interrupt_after - 3);
    assert_near(model.history.best_val_loss, training.history.best_val_loss, 0);
    model_free(&model);
    training_end(&training);
}

/* Cut within a validation: nothing is measured, the state of training is as it was, and the run that goes on makes up
 * for it first of all. Returns the report of that. */
static TrainerReport cut_validation(Training *training, size_t windows, size_t step) {
    training->config.resume = false;
    training->watch.interrupt_in_validation = windows;
    assert_int_equal(training_run(training), TRAINER_INTERRUPTED);
    training->watch.interrupt_in_validation = 0;
    assert_int_equal(training->watch.windows, windows);
    assert_int_equal(training->history.steps, step);
    assert_int_equal(watch_last(&training->watch)->step, step);
    assert_false(watch_last(&training->watch)->new_val);
    Model model = load_model(training->output);
    Model checkpoint = load_model(training->checkpoint);
    assert_false(model.history.finished || checkpoint.history.finished);
    assert_int_equal(checkpoint.history.steps, step);
    model_free(&model);
    model_free(&checkpoint);
    training->config.resume = true;
    training_finish(training);
    assert_int_equal(training->plan.resumed_step, step);
    return training->watch.reports[0];
}

static void a_validation_that_was_cut_is_made_up_for(void **state) {
    (void)state;
    Training training;
    start(&training);
    Whole whole = run_whole(&training);
    size_t each = training.watch.windows / 3; /* two on the way and the last one */
    assert_in_range(each, 10, 20);
    size_t found = 0;
    for (size_t k = 0; k < whole.report_count; k++) {
        const TrainerReport *expected = &whole.reports[k];
        if (expected->new_val) {
            TrainerReport made_up =
                cut_validation(&training, found * each + (found == 0 ? 1 : each), expected->step);
            assert_true(made_up.new_val);
            assert_int_equal(made_up.step, expected->step);
            assert_near(made_up.val_loss, expected->val_loss, 0);
            assert_true(isnan(made_up.learning_rate));
            assert_int_equal(training.watch.windows, (3 - found) * each); /* each once */
            assert_same_bits(training.parameters, whole.parameters, training.total);
            real *model = read_parameters(training.output);
            assert_same_bits(model, whole.model, training.total);
            free(model);
            assert_near(training.history.best_val_loss, whole.history.best_val_loss, 0);
            found++;
        }
    }
    assert_int_equal(found, 3);
    free_whole(&whole);
    training_end(&training);
}

/* --- finished runs --- */

static void a_finished_run_says_so(void **state) {
    (void)state;
    Training training;
    start(&training);
    training_finish(&training);
    uint64_t steps = training.history.steps;
    training.config.resume = true;
    assert_true(training_plan(&training));
    assert_true(training.plan.resumed && training.plan.finished);
    assert_int_equal(training.plan.resumed_step, steps);
    training.config.epochs = 2; /* a lower bound is reached all the more */
    assert_true(training_plan(&training));
    assert_true(training.plan.finished);
    training.config.resume = false;
    assert_true(training_plan(&training));
    assert_false(training.plan.resumed || training.plan.finished);
    training_end(&training);
}

/* Both files say whether the run came to its end, whichever precision the model writes in. */
static void check_finished(const Training *training, bool finished) {
    Model model = load_model(training->output);
    Model checkpoint = load_model(training->checkpoint);
    assert_int_equal(model.history.finished, finished);
    assert_int_equal(checkpoint.history.finished, finished);
    assert_int_equal(model.history.sampling_precision, training->history.sampling_precision);
    model_free(&model);
    model_free(&checkpoint);
}

static void the_model_says_whether_the_run_is_finished(void **state) {
    (void)state;
    const double fractions[] = {0.1, 0}; /* for validation */
    for (size_t k = 0; k < 2; k++) {
        Training training;
        start(&training);
        training.config.method.val_fraction = fractions[k];
        training.config.epochs = 2;
        interrupt_and_resume(&training, 60); /* after a validation */
        check_finished(&training, false);
        training_finish(&training);
        check_finished(&training, true);
        training.config.epochs = 4;
        training.watch.interrupt_after = 1; /* gone on, and no better model was saved yet */
        assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
        check_finished(&training, false);
        training_end(&training);
    }
}

/* What is sealed is the model that was saved: its steps are those of its parameters. */
static void the_sealed_model_is_the_best_one(void **state) {
    (void)state;
    Training training;
    char text[3000];
    for (size_t k = 0; k < sizeof text; k++) {
        text[k] = "ab"[k < 2700 ? k % 2 : k % 3 == 0];
    }
    training_start(&training, text, sizeof text);
    training.config.epochs = 8; /* the surer it is of what it learns, the worse it does on the last tenth */
    training_finish(&training);
    Model model = load_model(training.output);
    assert_true(model.history.finished);
    assert_true(model.history.steps < training.history.steps);
    double loss = one_pass(&model, training.units + training.plan.train_units, training.plan.val_units);
    assert_near(loss, model.history.best_val_loss, 0.001);
    assert_near(model.history.best_val_loss, training.history.best_val_loss, 0);
    model_free(&model);
    training_end(&training);
}

/* A raised bound goes on where the run stopped. */
static void a_raised_bound_goes_on(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 2;
    training_finish(&training);
    uint64_t steps = training.history.steps;
    training.config.resume = true;
    training.config.epochs = 5;
    training_finish(&training);
    assert_true(training.plan.resumed);
    assert_false(training.plan.finished);
    assert_int_equal(training.plan.resumed_step, steps);
    assert_int_equal(training.history.chars_trained, 5 * 2696);
    assert_near(training.history.epochs, 5, 0);
    assert_int_equal(training.watch.reports[0].step, steps + 1);
    /* The schedule is that of the longer run: two fifths are behind it. */
    const ScheduleMoment moment = {.step = steps + 1, .progress = 2.0 / 5};
    const ScheduleNumbers none = {.warmup = 0};
    assert_near(training.watch.reports[0].learning_rate,
                0.01 * schedule_factor(schedule_find("cosine"), &none, &moment), 1e-6);
    training_end(&training);
}

/* A bound in time: what earlier runs took counts. */
static void a_bound_in_time_is_resumed(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 0;
    training.config.seconds = 0.5;
    training_finish(&training);
    size_t all = training.watch.steps;
    assert_in_range(all, 100, 500);
    training.config.resume = true;
    assert_true(training_plan(&training));
    assert_true(training.plan.finished);
    training.config.seconds = 1;
    training_finish(&training);
    assert_false(training.plan.finished);
    assert_in_range(training.watch.steps, all * 8 / 10, all * 12 / 10);
    assert_in_range(training.history.steps, all * 18 / 10, all * 22 / 10);
    assert_near(training.history.seconds, 1, 0.1);
    training_end(&training);
}

/* Interrupted, and then asked for less than there is: it ends at once, and well. */
static void a_lowered_bound_ends_at_once(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 100);
    training.config.epochs = 1;
    training_finish(&training);
    assert_int_equal(training.watch.steps, 0);
    assert_int_equal(training.history.steps, 100);
    assert_true(training.history.finished);
    assert_true(watch_last(&training.watch)->new_val);
    training_end(&training);
}

/* --- what cannot be resumed --- */

static void without_a_checkpoint_it_starts_afresh(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.resume = true;
    training.config.epochs = 1;
    training_finish(&training);
    assert_false(training.plan.resumed || training.plan.finished);
    training_end(&training);
}

/* The model was removed: the run goes on and makes a new one. */
static void the_checkpoint_alone_is_enough(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 150); /* some validations later */
    assert_true(isfinite(training.history.best_val_loss));
    assert_int_equal(remove(training.output), 0);
    training_finish(&training);
    Model model = load_model(training.output);
    model_free(&model);
    training_end(&training);
}

/* Resuming is refused with a message that has `part` in it, and nothing is touched. */
static void check_refused(Training *training, const char *part) {
    Bytes before = scratch_read(training->scratch, "model.checkpoint.safetensors");
    training->config.resume = true;
    assert_false(training_plan(training));
    assert_contains(training->error.message, training->checkpoint);
    assert_contains(training->error.message, part);
    Bytes after = scratch_read(training->scratch, "model.checkpoint.safetensors");
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.data, after.data, before.length);
    bytes_free(&before);
    bytes_free(&after);
}

static void other_cells_and_sizes_are_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    const TrainerConfig config = training.config;
    training.config.cells = cell_list_of(cell_find("gru"));
    check_refused(&training, "--cell lstm, but gru is asked for; give --cell lstm");
    training.config = config;
    training.config.hidden = 32;
    check_refused(&training, "--hidden 20, but 32");
    training.config = config;
    training.config.layers = 1;
    check_refused(&training, "--layers 2, but 1");
    training.config = config;
    training.config.embed = 0;
    check_refused(&training, "--embed 8, but 0");
    training.config = config;
    training.config.zoneout = 0.125;
    check_refused(&training, "--zoneout 0.1, but 0.125 is asked for; give --zoneout 0.1");
    training.config = config;
    training.config.method.seq_length = 32;
    check_refused(&training, "--seq-length 16, but 32");
    training.config = config;
    training.config.method.batch_size = 8;
    check_refused(&training, "--batch-size 4, but 8");
    training.config = config;
    training.config.method.val_fraction = 0.2;
    check_refused(&training, "--val 0.1, but 0.2");
    training.config = config;
    training.config.method.test_fraction = 0.1;
    check_refused(&training, "--test 0, but 0.1");
    training.config = config;
    training.config.method.seed = 3;
    check_refused(&training, "--seed 1, but 3");
    training.config.method.seed = 12345678901234567;
    check_refused(&training, "--seed 1, but 12345678901234567 is asked for; give --seed 1 ");
    training.config = config;
    training.config.method.val_fraction = 0.1234567;
    check_refused(&training, "--val 0.1, but 0.1234567 is");
    training.config = config;
    const Optimizer other = {.name = "other", .block_count = 2, .update = config.optimizer->update};
    training.config.optimizer = &other;
    check_refused(&training, "--optimizer adamw, but other is asked for; give --optimizer adamw");
    training.config = config;
    training_finish(&training); /* and with the right ones it goes on */
    training_end(&training);
}

/* The same length and the same characters, but another text. */
static void another_text_is_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    Bytes text = english_text(3000);
    size_t k = 1500;
    while (text.data[k] == text.data[k + 1]) {
        k++;
    }
    char first = text.data[k];
    text.data[k] = text.data[k + 1];
    text.data[k + 1] = first;
    training_set_text(&training, text.data, text.length);
    bytes_free(&text);
    check_refused(&training, "another text");
    training_end(&training);
}

/* Where the data of a tensor lie in the bytes of a checkpoint, found by its row in the header. */
static char *find_data(const Bytes *file, const char *name) {
    uint64_t header = 0;
    memcpy(&header, file->data, sizeof header);
    char row[128];
    snprintf(row, sizeof row, "\"%s\":{", name);
    const char *at = memmem(file->data + 8, header, row, strlen(row));
    assert_non_null(at);
    static const char offsets[] = "\"data_offsets\":[";
    at = strstr(at, offsets);
    assert_non_null(at);
    return file->data + 8 + header + strtoull(at + strlen(offsets), NULL, 10);
}

/* Refused with `part` in the message when so many bytes of the tensor are these instead. */
static void check_broken(Training *training, const char *tensor, size_t offset, const void *bytes,
                         size_t count, const char *part) {
    const char *name = "model.checkpoint.safetensors";
    Bytes whole = scratch_read(training->scratch, name);
    char *at = find_data(&whole, tensor) + offset;
    char *before = memory_allocate(count, 1, "a copy", NULL);
    memcpy(before, at, count);
    memcpy(at, bytes, count);
    scratch_write(training->scratch, name, whole.data, whole.length);
    check_refused(training, part);
    memcpy(at, before, count);
    scratch_write(training->scratch, name, whole.data, whole.length);
    assert_true(training_plan(training)); /* and whole again it is taken */
    free(before);
    bytes_free(&whole);
}

/* Numbers that would let the run go on for a while, or for ever. */
static void checkpoints_of_no_numbers_are_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    const float nan = (float)NAN;
    const float infinite = (float)INFINITY;
    check_broken(&training, "optim.moment1.decoder.bias", 4, &nan, 4,
                 "tensor optim.moment1.decoder.bias holds nan at index 1");
    check_broken(&training, "optim.moment2.rnn.weight_hh_l0", 0, &infinite, 4,
                 "tensor optim.moment2.rnn.weight_hh_l0 holds inf at index 0");
    check_broken(&training, "ema.encoder.weight", 8, &nan, 4,
                 "tensor ema.encoder.weight holds nan at index 2");
    check_broken(&training, "state.carried", 0, &nan, 4, "tensor state.carried holds nan");
    for (size_t k = 0; k < 6; k++) {
        const double wide_nan = (double)NAN;
        check_broken(&training, "position.numbers", 8 * k, &wide_nan, 8, "tensor position.numbers holds nan");
    }
    const double negative = -1;
    const uint64_t beyond = 1000000;
    check_broken(&training, "position.numbers", 0, &negative, 8, "position.numbers: less than 0 seconds");
    check_broken(&training, "position.numbers", 16, &negative, 8, "position.numbers: the training loss");
    check_broken(&training, "position.counters", 16, &beyond, 8, "position.counters is beyond the text");
    training_end(&training);
}

static void damaged_checkpoints_are_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    const char *name = "model.checkpoint.safetensors";
    Bytes whole = scratch_read(training.scratch, name);
    scratch_write(training.scratch, name, whole.data, whole.length / 2);
    check_refused(&training, "");
    scratch_write(training.scratch, name, "", 0);
    check_refused(&training, "");
    bytes_free(&whole);
    Bytes model =
        scratch_read(training.scratch, "model.safetensors"); /* a model, but nothing to go on with */
    scratch_write(training.scratch, name, model.data, model.length);
    check_refused(&training, "position.counters");
    bytes_free(&model);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_run_ends_where_the_whole_one_does),
        cmocka_unit_test(every_cell_resumes),
        cmocka_unit_test(every_optimizer_resumes),
        cmocka_unit_test(every_schedule_resumes),
        cmocka_unit_test(a_run_may_be_cut_more_than_once),
        cmocka_unit_test(a_checkpoint_on_the_way_is_enough),
        cmocka_unit_test(a_run_killed_after_its_first_model_goes_on),
        cmocka_unit_test(a_model_of_another_run_is_replaced),
        cmocka_unit_test(a_model_that_cannot_be_read_stays),
        cmocka_unit_test(a_better_model_than_the_checkpoint_stays),
        cmocka_unit_test(checkpoints_are_written_when_they_are_due),
        cmocka_unit_test(an_interrupted_run_leaves_model_and_checkpoint),
        cmocka_unit_test(a_checkpoint_as_a_model_is_the_average),
        cmocka_unit_test(an_interrupted_run_keeps_the_best_model),
        cmocka_unit_test(a_validation_that_was_cut_is_made_up_for),
        cmocka_unit_test(a_finished_run_says_so),
        cmocka_unit_test(the_model_says_whether_the_run_is_finished),
        cmocka_unit_test(the_sealed_model_is_the_best_one),
        cmocka_unit_test(a_raised_bound_goes_on),
        cmocka_unit_test(a_bound_in_time_is_resumed),
        cmocka_unit_test(a_lowered_bound_ends_at_once),
        cmocka_unit_test(without_a_checkpoint_it_starts_afresh),
        cmocka_unit_test(the_checkpoint_alone_is_enough),
        cmocka_unit_test(other_cells_and_sizes_are_refused),
        cmocka_unit_test(another_text_is_refused),
        cmocka_unit_test(damaged_checkpoints_are_refused),
        cmocka_unit_test(checkpoints_of_no_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

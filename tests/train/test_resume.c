/* Cut short and gone on: a run that was interrupted anywhere and resumed ends bit for bit where the uninterrupted one
 * does. (Runs that are finished have test_finished_runs.c, what is refused test_resume_refused.c.) */
#include "train/resumed_run.h"

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
    size_t least; /* the step that both shall be of, or of a later one; 0: they are written at once */
    Bytes model, checkpoint;
} Kept;

/* Whether a model is there, of that step or a later one. */
static bool is_there(const char *path, size_t least) {
    Model model = {0};
    bool there = file_exists(path) && model_load(path, &model, NULL) && model.history.steps >= least;
    model_free(&model);
    return there;
}

static void keep_files(void *context, size_t steps) {
    Kept *kept = context;
    const Training *training = kept->training;
    bool waits = kept->least > 0 && steps > kept->least && steps <= kept->step;
    for (int k = 0; waits && k < 500; k++) { /* half a second a step, for the thread that saves */
        waits = !(is_there(training->output, kept->least) && is_there(training->checkpoint, kept->least));
        clock_wait(clock_system(), 0.001);
    }
    if (steps == kept->step) {
        kept->model = scratch_read(kept->training->scratch, "model.safetensors");
        kept->checkpoint = scratch_read(kept->training->scratch, "model.checkpoint.safetensors");
    }
}

static void run_and_keep(Training *training, Kept *kept, size_t step, size_t least) {
    *kept = (Kept){.training = training, .step = step, .least = least};
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
    run_and_keep(&training, &kept, first, 0);
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
    run_and_keep(&training, &kept, 150, 125);
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

/* Keeps the checkpoint that lies there from step 70 on, once one of step 40 or later does: it is written while the run
 * goes on. */
static void keep_checkpoint(void *context, size_t steps) {
    Training *training = context;
    if (steps < 70 || file_exists(scratch_path(training->scratch, "kept"))) {
        return;
    }
    clock_wait(clock_system(), 0.005); /* for the thread that saves */
    if (is_there(training->checkpoint, 40)) {
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
    assert_in_range(training.plan.resumed_step, 40, whole.history.steps - 1);
    check_reports(&training, &whole);
    assert_same_bits(training.parameters, whole.parameters, training.total);
    free_whole(&whole);
    training_end(&training);
}

typedef struct Sight {
    const char *checkpoint;
    size_t first;     /* step after which the checkpoint was there; 0: never */
    size_t wait_from; /* the step from which on it is waited for; 0: none */
} Sight;

static void look_for_checkpoint(void *context, size_t steps) {
    Sight *sight = context;
    bool waits = sight->first == 0 && sight->wait_from > 0 && steps >= sight->wait_from;
    for (int k = 0; waits && k < 200 && !file_exists(sight->checkpoint); k++) {
        clock_wait(clock_system(),
                   0.001); /* for the thread that saves: for room, and a step later for the rest */
    }
    if (sight->first == 0 && file_exists(sight->checkpoint)) {
        sight->first = steps;
    }
}

/* When the first checkpoint of a run with so much time between them is there: 0 is only at the end. */
static size_t first_checkpoint(double seconds, size_t wait_from) {
    Training training;
    start(&training);
    Sight sight = {.checkpoint = training.checkpoint, .wait_from = wait_from};
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
    assert_int_equal(first_checkpoint(0, 0), 0);
    assert_int_equal(first_checkpoint(1e9, 0), 0);
    assert_in_range(first_checkpoint(0.001, 1), 2, 20);
    assert_in_range(first_checkpoint(0.3, 25), 5, 40);
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
        cmocka_unit_test(an_interrupted_run_keeps_the_best_model),
        cmocka_unit_test(a_validation_that_was_cut_is_made_up_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Runs that cannot save: the folder of the model goes away, and comes back or does not. */
#include "train/training.h"

#include <sys/stat.h>
#include <unistd.h>

/* A folder for the model that goes away after some steps and comes back. */
typedef struct Folder {
    char here[1024], away[1024];
    size_t goes, comes; /* steps; it does not come before a warning was given */
    const Watch *watch;
    bool is_away;
} Folder;

static void bring_back(void *context) {
    Folder *folder = context;
    assert_int_equal(rename(folder->away, folder->here), 0);
    folder->is_away = false;
}

static void move_folder(void *context, size_t steps) {
    Folder *folder = context;
    if (steps == folder->goes) {
        assert_int_equal(rename(folder->here, folder->away), 0);
        folder->is_away = true;
    } else if (folder->is_away && folder->comes > 0) {
        clock_wait(clock_system(), 0.001); /* for the thread that saves */
        if (steps >= folder->comes && folder->watch->warning_count > 0) {
            bring_back(folder);
        }
    }
}

static void start_in_folder(Training *training, Folder *folder, size_t goes, size_t comes) {
    training_start_english(training, 3000);
    *folder = (Folder){.goes = goes, .comes = comes, .watch = &training->watch};
    snprintf(folder->here, sizeof folder->here, "%s", scratch_path(training->scratch, "here"));
    snprintf(folder->away, sizeof folder->away, "%s", scratch_path(training->scratch, "away"));
    assert_int_equal(mkdir(folder->here, 0777), 0);
    snprintf(training->output, sizeof training->output, "%s",
             scratch_path(training->scratch, "here/model.safetensors"));
    snprintf(training->checkpoint, sizeof training->checkpoint, "%s",
             scratch_path(training->scratch, "here/model.checkpoint.safetensors"));
    training->watch.after_step = move_folder;
    training->watch.context = folder;
}

/* While the trainer waits at the end: the 30th time. */
static void bring_back_at_last(void *context) {
    const Training *training = context;
    if (training->clock.waits == 30) {
        bring_back(training->watch.context);
    }
}

/* A checkpoint that cannot be written is told, and nothing else happens. */
static void a_failed_checkpoint_is_told(void **state) {
    (void)state;
    Training training;
    Folder folder;
    start_in_folder(&training, &folder, 10, 30);
    training.config.checkpoint_seconds = 0.01;
    training.config.epochs = 20;
    training_finish(&training);
    assert_in_range(training.watch.warning_count, 1,
                    4); /* the best model's, too, perhaps, or for another reason */
    assert_in_range(training.watch.note_count, 1, training.watch.warning_count);
    assert_contains(training.watch.note, "is saved now");
    assert_contains(training.watch.warning, "could not be saved");
    assert_contains(training.watch.warning, "training goes on");
    assert_contains(training.watch.warning, folder.here);
    real *expected = training.parameters;
    training.parameters = NULL;
    Model model = load_model(training.output);
    model_free(&model);
    folder.goes = folder.comes = 0; /* the same without the trouble */
    training_finish(&training);
    assert_int_equal(training.watch.warning_count, 0);
    assert_same_bits(training.parameters, expected, training.total);
    free(expected);
    training_end(&training);
}

/* The best model cannot be written: told, and made good when the folder is back. */
static void a_failed_model_is_told_and_made_good(void **state) {
    (void)state;
    Training training;
    Folder folder;
    start_in_folder(&training, &folder, 1, 340); /* 8 epochs are 344 steps, with validations on the way */
    training.config.epochs = 8;
    training_finish(&training);
    assert_int_equal(training.watch.warning_count, 1);
    assert_int_equal(training.watch.note_count, 1);
    assert_contains(training.watch.warning, "best model");
    assert_contains(training.watch.warning, "training goes on");
    assert_contains(training.watch.warning, folder.here);
    Model model = load_model(training.output);
    assert_near(model.history.best_val_loss, training.history.best_val_loss, 0);
    model_free(&model);
    training_end(&training);
}

/* The folder is not there at the end: the run failed, and says where. */
static void without_a_place_at_the_end_the_run_fails(void **state) {
    (void)state;
    Training training;
    Folder folder;
    start_in_folder(&training, &folder, 5, 0);
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_contains(training.error.message, folder.here);
    folder.goes = 0;
    training.watch.interrupt_after = 3;
    assert_int_equal(training_run(&training), TRAINER_FAILED); /* interrupted, but nothing is saved */
    assert_contains(training.error.message, folder.here);
    training_end(&training);
}

/* It comes back while the trainer waits for it. */
static void the_end_is_saved_when_there_is_a_place_again(void **state) {
    (void)state;
    Training training;
    Folder folder;
    start_in_folder(&training, &folder, 5, 0);
    training.config.method.val_fraction = 0;
    training.config.save_patience = 1000;
    training.clock.tick = 1;
    training.clock.waited = bring_back_at_last;
    training.clock.context = &training;
    training_finish(&training);
    assert_int_equal(training.watch.warning_count, 1);
    assert_contains(training.watch.warning, "this is tried again for ");
    assert_contains(training.watch.note, "the end of the run is saved now");
    Model model = load_model(training.output);
    model_free(&model);
    model = load_model(training.checkpoint);
    model_free(&model);
    training_end(&training);
}

/* It does not: the trainer waits no longer than the run took, and than it was told. */
static void patience_ends(void **state) {
    (void)state;
    Training training;
    Folder folder;
    start_in_folder(&training, &folder, 5, 0);
    training.config.method.val_fraction = 0;
    training.config.save_patience = 20;
    training.clock.tick = 1;
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_in_range(training.clock.waits, 195, 205); /* of a tenth of a second */
    assert_contains(training.error.message, "nor could the checkpoint be saved (there is none)");
    training.clock.waits = 0;
    training.clock.tick = 0.001; /* the run takes less than a second, and a second is waited at least */
    folder.is_away = false;
    assert_int_equal(rename(folder.away, folder.here), 0);
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_in_range(training.clock.waits, 9, 12);
    training_end(&training);
}

/* What stands where the model is to be: a folder, which comes after some steps and goes after some waits. */
typedef struct Obstacle {
    Training *training;
    size_t comes, goes;
    bool had_checkpoint; /* at the first wait */
} Obstacle;

static void put_obstacle(void *context, size_t steps) {
    const Obstacle *obstacle = context;
    if (steps == obstacle->comes) {
        assert_int_equal(mkdir(obstacle->training->output, 0777), 0);
    }
}

static void remove_obstacle(void *context) {
    Obstacle *obstacle = context;
    const Training *training = obstacle->training;
    if (training->clock.waits == 1) {
        Model model = load_model(training->checkpoint);
        obstacle->had_checkpoint = model.history.finished;
        model_free(&model);
    }
    if (training->clock.waits == obstacle->goes) {
        assert_int_equal(rmdir(training->output), 0);
    }
}

/* The checkpoint, with which nothing is lost, is there as soon as the model is waited for. */
static void the_checkpoint_does_not_wait_for_the_model(void **state) {
    (void)state;
    Training training;
    Obstacle obstacle = {.training = &training, .comes = 5, .goes = 30};
    training_start_english(&training, 3000);
    training.watch.after_step = put_obstacle;
    training.watch.context = &obstacle;
    training.config.method.val_fraction = 0;
    training.config.save_patience = 1000;
    training.clock.tick = 1;
    training.clock.waited = remove_obstacle;
    training.clock.context = &obstacle;
    training_finish(&training);
    assert_true(obstacle.had_checkpoint);
    assert_contains(training.watch.warning, "it is a folder");
    assert_contains(training.watch.warning, "the checkpoint is saved already");
    Model model = load_model(training.output);
    model_free(&model);
    training_end(&training);
}

/* Which checkpoint there is: the one that a run was resumed from, or that of another run. */
static void an_earlier_checkpoint_is_told(void **state) {
    (void)state;
    Training training;
    Folder folder;
    start_in_folder(&training, &folder, 0, 0);
    training.watch.interrupt_after = 5;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    folder.goes = 2;
    training.watch.interrupt_after = 3;
    training.config.resume = true;
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_contains(training.error.message, "the checkpoint be saved (the last one is of step 5)");
    assert_int_equal(rename(folder.away, folder.here), 0);
    training.config.resume = false;
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_contains(training.error.message, "the checkpoint be saved (that of another run is there)");
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_checkpoint_is_told),
        cmocka_unit_test(a_failed_model_is_told_and_made_good),
        cmocka_unit_test(without_a_place_at_the_end_the_run_fails),
        cmocka_unit_test(the_end_is_saved_when_there_is_a_place_again),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(the_checkpoint_does_not_wait_for_the_model),
        cmocka_unit_test(an_earlier_checkpoint_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

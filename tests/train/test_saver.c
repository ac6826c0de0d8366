/* Saving beside the training (train/saver.c): what is written is what was given, whatever becomes
 * of it afterwards, and what cannot be written is kept. */
#include "train/saver.h"

#include "model/model_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/scratch.h"
#include "support/symbols.h"

typedef struct Fixture {
    Scratch *scratch;
    Model model;
    double numbers[3];
    char model_path[1024], checkpoint_path[1024], folder[1024], away[1024];
    Saver *saver;
} Fixture;

static int setup(void **state) {
    static const uint32_t symbols[] = {'\n', 'a', 'b'};
    Fixture *fixture = calloc(1, sizeof *fixture);
    fixture->scratch = scratch_create();
    fixture->model = make_model(vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 3, NULL), 2);
    snprintf(fixture->folder, sizeof fixture->folder, "%s", scratch_path(fixture->scratch, "here"));
    snprintf(fixture->away, sizeof fixture->away, "%s", scratch_path(fixture->scratch, "away"));
    snprintf(fixture->model_path, sizeof fixture->model_path, "%s", scratch_path(fixture->scratch, "here/m"));
    snprintf(fixture->checkpoint_path, sizeof fixture->checkpoint_path, "%s",
             scratch_path(fixture->scratch, "here/c"));
    assert_int_equal(mkdir(fixture->folder, 0777), 0);
    fixture->saver = saver_create(fixture->model_path, fixture->checkpoint_path, NULL);
    assert_non_null(fixture->saver);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    Fixture *fixture = *state;
    saver_free(fixture->saver);
    model_free(&fixture->model);
    scratch_remove(fixture->scratch);
    free(fixture);
    return 0;
}

static void set_first(Fixture *fixture, float value) {
    fixture->model.parameters[0] = value;
}

static void give_model(Fixture *fixture) {
    assert_true(saver_give_model(fixture->saver, &fixture->model, 2, NULL));
}

/* A checkpoint with further tensors whose names and numbers are gone as soon as it is given. */
static void give_checkpoint(Fixture *fixture) {
    char names[2][32] = {"position.numbers", "optim.counts"};
    uint64_t counts[] = {7, 8};
    const ExtraTensor extra[] = {{names[0], TENSOR_F64, 3, fixture->numbers},
                                 {names[1], TENSOR_U64, 2, counts}};
    assert_true(saver_give_checkpoint(fixture->saver, &fixture->model, extra, 2, NULL));
    memset(names, 0, sizeof names);
    memset(counts, 0, sizeof counts);
}

static void check_first(const char *path, float value) {
    Model model;
    Error error = {0};
    if (!model_load(path, &model, &error)) {
        fail_msg("%s", error.message);
    }
    assert_true(model.parameters[0] == value);
    model_free(&model);
}

static void what_was_given_is_written(void **state) {
    Fixture *fixture = *state;
    Error error = {0};
    set_first(fixture, 1);
    fixture->numbers[2] = 5;
    give_model(fixture);
    set_first(fixture, 2);
    give_checkpoint(fixture);
    set_first(fixture, 3);
    fixture->numbers[2] = 6;
    saver_finish(fixture->saver);
    assert_false(saver_is_busy(fixture->saver, SAVE_MODEL) || saver_is_busy(fixture->saver, SAVE_CHECKPOINT));
    assert_int_equal(saver_news(fixture->saver, SAVE_MODEL, &error), SAVE_DONE);
    assert_int_equal(saver_news(fixture->saver, SAVE_CHECKPOINT, &error), SAVE_DONE);
    assert_int_equal(saver_news(fixture->saver, SAVE_MODEL, &error), SAVE_NOTHING_NEW); /* it is told once */
    check_first(fixture->model_path, 1);
    Model model;
    ModelExtras *extras = NULL;
    double numbers[3];
    uint64_t counts[2];
    assert_true(model_load_with_extras(fixture->checkpoint_path, &model, &extras, NULL));
    assert_true(model.parameters[0] == 2);
    assert_true(model_extras_copy(extras, "position.numbers", TENSOR_F64, 3, numbers, NULL));
    assert_true(model_extras_copy(extras, "optim.counts", TENSOR_U64, 2, counts, NULL));
    assert_true(numbers[2] == 5 && counts[0] == 7 && counts[1] == 8);
    model_extras_free(extras);
    model_free(&model);
}

static void wait_for_room(Fixture *fixture, size_t bytes) {
    saver_make_room(fixture->saver, bytes);
    saver_finish(fixture->saver);
}

/* A checkpoint is the same whether there was more room for it, less, or none; and nothing is left beside it. */
static void a_checkpoint_is_written_where_room_is_made(void **state) {
    Fixture *fixture = *state;
    give_checkpoint(fixture);
    saver_finish(fixture->saver);
    Bytes expected = scratch_read(fixture->scratch, "here/c");
    const size_t rooms[] = {1, expected.length, expected.length + 100000};
    for (size_t k = 0; k < sizeof rooms / sizeof *rooms; k++) {
        wait_for_room(fixture, rooms[k]);
        assert_true(saver_has_room(fixture->saver) && saver_is_busy(fixture->saver, SAVE_CHECKPOINT));
        give_checkpoint(fixture);
        assert_false(saver_has_room(fixture->saver));
        saver_finish(fixture->saver);
        assert_int_equal(saver_news(fixture->saver, SAVE_CHECKPOINT, NULL), SAVE_DONE);
        Bytes bytes = scratch_read(fixture->scratch, "here/c");
        assert_int_equal(bytes.length, expected.length);
        assert_memory_equal(bytes.data, expected.data, bytes.length);
        bytes_free(&bytes);
    }
    wait_for_room(fixture, 1000);
    saver_drop_room(fixture->saver);
    assert_false(saver_has_room(fixture->saver) || saver_is_busy(fixture->saver, SAVE_CHECKPOINT));
    wait_for_room(fixture, 1000);
    saver_free(fixture->saver);
    fixture->saver = NULL;
    assert_int_equal(remove(fixture->checkpoint_path), 0);
    assert_int_equal(rmdir(fixture->folder), 0); /* there was nothing else in it */
    bytes_free(&expected);
}

/* Where there is no room, or none any more when it shall be replaced, that is told, and the next try may be better. */
static void a_checkpoint_that_fails_is_told(void **state) {
    Fixture *fixture = *state;
    Error error = {0};
    wait_for_room(fixture, 1000);
    assert_int_equal(rename(fixture->folder, fixture->away), 0);
    give_checkpoint(fixture);
    saver_finish(fixture->saver);
    assert_int_equal(saver_news(fixture->saver, SAVE_CHECKPOINT, &error), SAVE_FAILED);
    assert_non_null(strstr(error.message, "No such file or directory"));
    wait_for_room(fixture, 1000);
    assert_false(saver_has_room(fixture->saver) || saver_is_busy(fixture->saver, SAVE_CHECKPOINT));
    assert_int_equal(saver_news(fixture->saver, SAVE_CHECKPOINT, &error), SAVE_FAILED);
    assert_non_null(strstr(error.message, fixture->folder));
    assert_int_equal(rename(fixture->away, fixture->folder), 0);
    wait_for_room(fixture, 1000);
    give_checkpoint(fixture);
    saver_finish(fixture->saver);
    assert_int_equal(saver_news(fixture->saver, SAVE_CHECKPOINT, &error), SAVE_DONE);
}

/* ... and what comes later replaces it: the last one given is what stands there. */
static void the_last_one_counts(void **state) {
    Fixture *fixture = *state;
    for (int k = 1; k <= 20; k++) {
        set_first(fixture, (float)k);
        give_model(fixture);
    }
    saver_free(fixture->saver); /* writes what waits */
    fixture->saver = NULL;
    check_first(fixture->model_path, 20);
}

static void what_fails_is_kept_and_written_again(void **state) {
    Fixture *fixture = *state;
    Error error = {0};
    assert_int_equal(rename(fixture->folder, fixture->away), 0);
    set_first(fixture, 1);
    give_model(fixture);
    set_first(fixture, 2);
    saver_finish(fixture->saver);
    assert_true(saver_holds_failed(fixture->saver));
    assert_int_equal(saver_news(fixture->saver, SAVE_MODEL, &error), SAVE_FAILED);
    assert_non_null(strstr(error.message, fixture->folder));
    saver_again(fixture->saver);
    saver_finish(fixture->saver);
    assert_int_equal(saver_news(fixture->saver, SAVE_MODEL, &error), SAVE_FAILED);
    assert_int_equal(rename(fixture->away, fixture->folder), 0);
    saver_again(fixture->saver);
    saver_finish(fixture->saver);
    assert_int_equal(saver_news(fixture->saver, SAVE_MODEL, &error), SAVE_DONE);
    assert_false(saver_holds_failed(fixture->saver));
    check_first(fixture->model_path, 1);
}

/* A newer one takes the place of one that failed. */
static void what_failed_is_dropped_for_a_newer_one(void **state) {
    Fixture *fixture = *state;
    assert_int_equal(rename(fixture->folder, fixture->away), 0);
    give_model(fixture);
    saver_finish(fixture->saver);
    assert_int_equal(rename(fixture->away, fixture->folder), 0);
    set_first(fixture, 4);
    give_model(fixture);
    assert_false(saver_holds_failed(fixture->saver));
    saver_finish(fixture->saver);
    assert_int_equal(saver_news(fixture->saver, SAVE_MODEL, NULL), SAVE_DONE);
    check_first(fixture->model_path, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_given_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_is_written_where_room_is_made, setup, teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_that_fails_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_one_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(what_fails_is_kept_and_written_again, setup, teardown),
        cmocka_unit_test_setup_teardown(what_failed_is_dropped_for_a_newer_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

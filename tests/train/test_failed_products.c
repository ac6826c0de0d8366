/* Training on a machine where a product fails. That is played by a `dnnl_primitive_execute` of this program's own,
 * which stands before oneDNN's: what it refuses is not computed, and what was there before stays. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "train/training.h"

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>

static size_t products;           /* run so far */
static size_t failing;            /* the number of the one that fails; 0: none */
static const Watch *failing_with; /* the next one fails once this has seen a window of a validation; NULL */

static bool fails(void) {
    products++;
    if (failing_with != NULL && failing_with->windows > 0) {
        failing_with = NULL;
        return true;
    }
    return products == failing;
}

dnnl_status_t dnnl_primitive_execute(const_dnnl_primitive_t primitive, dnnl_stream_t stream, int nargs,
                                     const dnnl_exec_arg_t *args) {
    dnnl_status_t (*execute)(const_dnnl_primitive_t, dnnl_stream_t, int, const dnnl_exec_arg_t *) = NULL;
    *(void **)&execute = dlsym(RTLD_NEXT, "dnnl_primitive_execute");
    return fails() ? dnnl_runtime_error : execute(primitive, stream, nargs, args);
}

static int nothing_fails(void **state) {
    (void)state;
    products = failing = 0;
    failing_with = NULL;
    return 0;
}

/* The loss of a validation that went wrong is taken for no loss, and no model is saved for it. */
static void a_product_that_fails_in_a_validation_ends_the_run(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 3000);
    failing_with = &training.watch;
    assert_int_equal(training_run(&training), TRAINER_FAILED);
    assert_null(failing_with);
    assert_contains(training.error.message, "oneDNN refused to run a product");
    assert_true(isnan(training.history.best_val_loss));
    assert_int_equal(scratch_count(training.scratch), 1); /* the text */
    training_end(&training);
}

static bool estimate(Training *training, Error *error) {
    Compute compute;
    TrainerEstimate told;
    Clock clock = {test_clock_seconds, &training->clock, test_clock_wait};
    assert_true(compute_create(&compute, 1, error));
    Trainer *trainer =
        trainer_create(&training->config, &training->corpus, &training->pipeline, "1", &compute, error);
    assert_non_null(trainer);
    products = 0;
    bool done = trainer_estimate(trainer, clock, 0.1, &told, error);
    trainer_free(trainer);
    compute_free(&compute);
    return done;
}

/* The last of the products is one of the validation. */
static void a_product_that_fails_in_a_validation_ends_the_estimate(void **state) {
    (void)state;
    Training training;
    Error error = {0};
    training_start_english(&training, 3000);
    assert_true(estimate(&training, &error));
    failing = products;
    training.clock.now = 1000;
    assert_false(estimate(&training, &error));
    assert_int_equal(products, failing);
    assert_contains(error.message, "oneDNN refused to run a product");
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_product_that_fails_in_a_validation_ends_the_run, nothing_fails),
        cmocka_unit_test_setup(a_product_that_fails_in_a_validation_ends_the_estimate, nothing_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

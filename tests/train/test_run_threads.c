/* A whole run leaves the same bits for every number of threads: each cell, each precision that the machine has, and
 * everything on that has a mask or an average. (One window of it is in tests/model/test_threads.c.) */
#include "train/training.h"

#include "support/cell_config.h"

static const size_t threads[] = {1, 2, 4};

static void start_run(Training *training, const Cell *cell, Precision precision) {
    training_start_english(training, 1500);
    TrainerConfig *config = &training->config;
    NetworkConfig network = cell_config(cell, 2, 70, 24, vocab_size(training->corpus.vocab));
    config->cells = network.cells;
    config->heads = network.heads;
    config->layers = network.layers;
    config->hidden = network.hidden;
    config->embed = network.embed;
    config->precision = precision;
    config->method.batch_size = 8;
    config->method.dropout = 0.2;
    config->method.dropout_input = 0.1;
    config->method.average = 0.9;
    config->method.weight_decay = 0.01;
    config->method.weight_drop = cell_has_recurrent_weights(cell) ? 0.1 : 0;
    config->zoneout = cell_has_zoneout(cell) ? 0.1 : 0;
    config->epochs = 1.5;
}

/* The last parameters, and those that were saved as the best. */
static void check_same(const Training *training, const real *parameters, const Model *saved) {
    Model model = load_model(training->output);
    assert_same_bits(training->parameters, parameters, training->total);
    assert_same_bits(model.parameters, saved->parameters, training->total);
    assert_near(model.history.best_val_loss, saved->history.best_val_loss, 0);
    assert_near(model.history.train_loss, saved->history.train_loss, 0);
    assert_int_equal(model.history.sampling_precision, saved->history.sampling_precision);
    model_free(&model);
}

static void check_cell(const Cell *cell, Precision precision) {
    Training training;
    start_run(&training, cell, precision);
    training.threads = threads[0];
    training_finish(&training);
    real *parameters = training.parameters;
    training.parameters = NULL;
    Model saved = load_model(training.output);
    for (size_t k = 1; k < sizeof threads / sizeof *threads; k++) {
        training.threads = threads[k];
        training_finish(&training);
        check_same(&training, parameters, &saved);
    }
    model_free(&saved);
    free(parameters);
    training_end(&training);
}

static void check_all(Precision precision) {
    for (size_t k = 0; k < cell_count(); k++) {
        check_cell(cell_at(k), precision);
    }
}

static void threads_do_not_matter(void **state) {
    (void)state;
    check_all(PRECISION_F32);
}

static void threads_do_not_matter_in_bf16(void **state) {
    (void)state;
    if (gemm_bf16_speed() == BF16_NONE) {
        skip();
    }
    check_all(PRECISION_BF16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(threads_do_not_matter_in_bf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

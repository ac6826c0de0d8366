/* The precision that training finds: the one of the fewest bits that agrees with floats, and only where there is a
 * validation part to see that in. */
#include "train/writing_precision.h"

#include "train/training.h"

typedef struct Learned {
    Training training;
    Model model; /* the one that was saved; tests change it and load it again */
    Range part;
    Compute compute;
} Learned;

static int learn(void **state) {
    Learned *learned = calloc(1, sizeof *learned);
    assert_non_null(learned);
    Training *training = &learned->training;
    training_start_english(training, 60000);
    training->config.epochs = 2;
    training_finish(training);
    learned->model = load_model(training->output);
    size_t count = unit_store_count(training->corpus.units);
    learned->part = (Range){count - training->plan.val_units, count};
    assert_true(compute_create(&learned->compute, 2, NULL));
    *state = learned;
    return 0;
}

static int forget(void **state) {
    Learned *learned = *state;
    model_free(&learned->model);
    compute_free(&learned->compute);
    training_end(&learned->training);
    free(learned);
    return 0;
}

static double loss_of(Learned *learned, Precision precision) {
    Error error = {0};
    double loss = NAN;
    assert_true(writing_precision_loss(&learned->model, &learned->compute, learned->training.corpus.units,
                                       learned->part, precision, &loss, &error));
    return loss;
}

static Precision choice_for(Learned *learned) {
    Error error = {0};
    Precision chosen = PRECISIONS;
    assert_true(writing_precision_choose(&learned->model, &learned->compute, learned->training.corpus.units,
                                         learned->part, &chosen, &error));
    return chosen;
}

static void reload(Learned *learned) {
    model_free(&learned->model);
    learned->model = load_model(learned->training.output);
}

/* Rows of the model's parameters by name. */
static real *parameter(Learned *learned, const char *name, const LayoutRow **row) {
    *row = layout_find(&learned->model.network->layout, name);
    assert_non_null(*row);
    return learned->model.parameters + (*row)->offset;
}

/* Adds to the bias of a gate (0 i, 1 f, 2 g, 3 o) of a unit of the only layer. */
static void push_gate(Learned *learned, size_t gate, size_t unit, real push) {
    const LayoutRow *row;
    parameter(learned, "rnn.bias_ih_l0", &row)[gate * learned->model.network->config.hidden + unit] += push;
}

static void set_column(Learned *learned, const char *name, size_t column, real value) {
    const LayoutRow *row;
    real *values = parameter(learned, name, &row);
    for (size_t k = 0; k < row->rows; k++) {
        values[k * row->columns + column] = value;
    }
}

static void test_float_loss_is_that_of_one_pass(void **state) {
    Learned *learned = *state;
    double one = one_pass(&learned->model, learned->training.units + learned->part.begin,
                          learned->part.end - learned->part.begin);
    assert_near(loss_of(learned, PRECISION_F32), one, 0.02); /* stretches begin with zero state */
}

static void test_a_usual_model_writes_in_int8(void **state) {
    Learned *learned = *state;
    double exact = loss_of(learned, PRECISION_F32);
    assert_near(loss_of(learned, PRECISION_BF16), exact, WRITING_PRECISION_AGREES);
    assert_near(loss_of(learned, PRECISION_INT8), exact, WRITING_PRECISION_AGREES);
    assert_int_equal(choice_for(learned), PRECISION_INT8);
    assert_int_equal(learned->model.history.sampling_precision, PRECISION_INT8); /* training saved it */
    assert_int_equal(learned->training.history.sampling_precision, PRECISION_INT8);
}

/* A unit that is always 0 has weights that are so large that all others become 0 when rows are scaled by them. */
static void test_outliers_leave_bf16(void **state) {
    Learned *learned = *state;
    push_gate(learned, 3, 2, -1000);
    set_column(learned, "rnn.weight_hh_l0", 2, 1000);
    set_column(learned, "decoder.weight", 2, 1000);
    assert_true(fabs(loss_of(learned, PRECISION_INT8) - loss_of(learned, PRECISION_F32)) > 0.1);
    assert_int_equal(choice_for(learned), PRECISION_BF16);
    reload(learned);
}

/* Two units that are always alike, whose large weights cancel but for what 8 bits cannot hold. */
static void test_cancellation_leaves_floats(void **state) {
    Learned *learned = *state;
    const LayoutRow *row;
    for (size_t unit = 0; unit < 2; unit++) {
        push_gate(learned, 0, unit, 1000);
        push_gate(learned, 1, unit, 1000);
        push_gate(learned, 2, unit, 1000);
        push_gate(learned, 3, unit, 1000);
    }
    real *weights = parameter(learned, "decoder.weight", &row);
    for (size_t k = 0; k < row->rows; k++) {
        weights[k * row->columns] = 1000 + (real)(k % 3) / 2;
        weights[k * row->columns + 1] = -1000;
    }
    assert_int_equal(choice_for(learned), PRECISION_F32);
    reload(learned);
}

static void test_parts_of_all_sizes(void **state) {
    Learned *learned = *state;
    const UnitStore *units = learned->training.corpus.units;
    static const size_t sizes[] = {2, 3, 255, 256, 511, 512, 5000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        double loss = NAN;
        Range part = {learned->part.begin, learned->part.begin + sizes[k]};
        assert_true(writing_precision_loss(&learned->model, &learned->compute, units, part, PRECISION_INT8,
                                           &loss, NULL));
        assert_true(loss > 0 && loss < 20);
    }
}

static void test_no_validation_means_floats(void **state) {
    (void)state;
    Training training;
    training_start_english(&training, 20000);
    training.config.method.val_fraction = 0;
    training_finish(&training);
    Model model = load_model(training.output);
    assert_int_equal(model.history.sampling_precision, PRECISION_F32);
    model_free(&model);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_float_loss_is_that_of_one_pass),
        cmocka_unit_test(test_a_usual_model_writes_in_int8),
        cmocka_unit_test(test_outliers_leave_bf16),
        cmocka_unit_test(test_cancellation_leaves_floats),
        cmocka_unit_test(test_parts_of_all_sizes),
        cmocka_unit_test(test_no_validation_means_floats),
    };
    return cmocka_run_group_tests(tests, learn, forget);
}

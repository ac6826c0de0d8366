/* Mixed precision: the same window trained with operands in bf16 and in f32.
 *
 * Rounding an operand changes it by up to 2^-9 of itself, at random, so gradients as vectors must agree within some
 * hundredths; a row that is read from the wrong place, or rounded where it should not be, makes them differ by as
 * much as they are. Measured: an LSTM's losses differed by up to 5e-5, gradients by up to 0.0054 of their length; other
 * cells' losses by up to 6e-4 where there is one step. Of residual cells gradients differed by up to 0.02 of their
 * length, with other seeds by 0.031. */
#include "support/cmocka_all.h"

#include <math.h>

#include "model/window_fixture.h"

/* What rounding may change: the loss, and each vector by a share of its length. A rectified unit near 0 is on with one
 * rounding and off with another. What residual cells add up is larger, and so are the losses here. */
typedef struct Tolerance {
    double loss;
    double length;
    bool exact; /* there may be vectors that nothing that was rounded reaches */
} Tolerance;

static Tolerance tolerance_of(const Cell *cell) {
    if (strcmp(cell->name, "rnn-relu") == 0) {
        return (Tolerance){0.003, 0.25, false};
    }
    bool reals = strcmp(cell->name, "slstm") == 0; /* in its recurrence */
    return cell->residual ? (Tolerance){0.004, 0.05, reals} : (Tolerance){0.001, 0.015, false};
}

/* Squares of the length of a vector, and of what was added to it. */
typedef struct Distance {
    double difference;
    double length;
} Distance;

static void add_distance(Distance *distance, const real *rounded, const real *exact, size_t count) {
    for (size_t k = 0; k < count; k++) {
        distance->difference += pow((double)rounded[k] - (double)exact[k], 2);
        distance->length += pow((double)exact[k], 2);
    }
}

/* Fails unless the vectors differ by less than the share `tolerance` of the exact one's length, and at all: operands
 * that were not rounded would be exact. */
static void check_distance(const char *setting, const char *what, const Distance *distance,
                           const Tolerance *tolerance) {
    double share = sqrt(distance->difference / distance->length);
    if (!((share > 0 || tolerance->exact) && share < tolerance->length)) {
        fail_msg("%s: %s in bf16 is off by %g of its length", setting, what, share);
    }
}

static void check_vector(const char *setting, const char *what, const real *rounded, const real *exact,
                         size_t count, const Tolerance *tolerance) {
    Distance distance = {0};
    add_distance(&distance, rounded, exact, count);
    check_distance(setting, what, &distance, tolerance);
}

/* Each element is a sum over all rows of a window. By chance little of what it adds up may be left, and the rounding
 * of it all is then large beside that. Of a vector with fewer elements than these, those of several windows count as
 * one vector, so that one small sum is not all of it. */
enum { ENOUGH_ELEMENTS = 6 };

/* How many windows it takes, for the network's shortest vector. */
static size_t windows_needed(const Layout *layout) {
    size_t fewest = ENOUGH_ELEMENTS;
    for (size_t k = 0; k < layout->count; k++) {
        size_t elements = layout_row_elements(&layout->rows[k]);
        fewest = elements < fewest ? elements : fewest;
    }
    return (ENOUGH_ELEMENTS + fewest - 1) / fewest;
}

/* Checks all but the short vectors, which go into `distances`, one for each row of the layout. */
static void check_window(const Fixture *fixture, const Tolerance *tolerance, Distance *distances) {
    const Setting *setting = fixture->setting;
    const Layout *layout = &fixture->network->layout;
    Outcome exact = run(fixture, PRECISION_F32, 2);
    Outcome rounded = run(fixture, PRECISION_BF16, 2);
    if (!(fabs(rounded.loss - exact.loss) < tolerance->loss)) {
        fail_msg("%s: the loss in bf16 is %g, in f32 %g", setting->name, rounded.loss, exact.loss);
    }
    check_vector(setting->name, "the state", rounded.state, exact.state, state_size(fixture), tolerance);
    check_vector(setting->name, "the logits", rounded.logits, exact.logits, setting->batch * setting->vocab,
                 tolerance);
    check_vector(setting->name, "the state's gradient", rounded.state_gradient, exact.state_gradient,
                 state_size(fixture), tolerance);
    for (size_t k = 0; k < layout->count; k++) {
        const LayoutRow *row = &layout->rows[k];
        size_t elements = layout_row_elements(row);
        Distance alone = {0};
        Distance *distance = elements < ENOUGH_ELEMENTS ? &distances[k] : &alone;
        add_distance(distance, rounded.gradients + row->offset, exact.gradients + row->offset, elements);
        if (distance == &alone) {
            check_distance(setting->name, row->name, distance, tolerance);
        }
    }
    outcome_free(&exact);
    outcome_free(&rounded);
}

static void check_setting(const Cell *cell, const Setting *setting) {
    Tolerance tolerance = tolerance_of(cell);
    Fixture fixture;
    fixture_create(&fixture, cell, setting);
    const Layout *layout = &fixture.network->layout;
    size_t windows = windows_needed(layout);
    Distance *distances = allocate(layout->count, sizeof *distances);
    for (size_t k = 0; k < windows; k++) {
        fixture_draw(&fixture, FIRST_SEED + k);
        check_window(&fixture, &tolerance, distances);
    }
    for (size_t k = 0; k < layout->count; k++) {
        if (layout_row_elements(&layout->rows[k]) < ENOUGH_ELEMENTS) {
            check_distance(setting->name, layout->rows[k].name, &distances[k], &tolerance);
        }
    }
    free(distances);
    fixture_free(&fixture);
}

static void skip_without_bf16(void) {
    if (gemm_bf16_speed() == BF16_NONE) {
        skip();
    }
}

static void gradients_agree_with_those_of_floats(void **state) {
    (void)state;
    skip_without_bf16();
    for (size_t cell = 0; cell < cell_count(); cell++) {
        for (size_t k = 0; k < SETTINGS; k++) {
            check_setting(cell_at(cell), &settings[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_agree_with_those_of_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The same result for every number of threads, bit for bit, for each cell and in both precisions: how work is cut and
 * in what order sums are added up follows from the sizes alone. */
#include "support/cmocka_all.h"

#include "model/window_fixture.h"

static void check_same(const Setting *setting, const Cell *cell, size_t threads, const char *what,
                       const real *team, const real *alone, size_t count) {
    if (memcmp(team, alone, count * sizeof(real)) != 0) {
        fail_msg("%s, %s: %s other bits with %zu threads than with one", cell->name, setting->name, what,
                 threads);
    }
}

static void check_team(const Cell *cell, const Fixture *fixture, Precision precision, size_t threads,
                       const Outcome *alone) {
    const Setting *setting = fixture->setting;
    Outcome team = run(fixture, precision, threads);
    assert_true(team.loss == alone->loss);
    check_same(setting, cell, threads, "gradients have", team.gradients, alone->gradients,
               fixture->network->layout.total);
    check_same(setting, cell, threads, "the state has", team.state, alone->state, state_size(fixture));
    check_same(setting, cell, threads, "the state's gradient has", team.state_gradient, alone->state_gradient,
               state_size(fixture));
    check_same(setting, cell, threads, "the logits have", team.logits, alone->logits,
               setting->batch * setting->vocab);
    outcome_free(&team);
}

static void check_setting(const Cell *cell, const Setting *setting, Precision precision) {
    Fixture fixture;
    fixture_create(&fixture, cell, setting);
    Outcome alone = run(&fixture, precision, 1);
    check_team(cell, &fixture, precision, 2, &alone);
    check_team(cell, &fixture, precision, 5, &alone);
    outcome_free(&alone);
    fixture_free(&fixture);
}

static void check_all(Precision precision) {
    for (size_t cell = 0; cell < cell_count(); cell++) {
        for (size_t k = 0; k < SETTINGS; k++) {
            check_setting(cell_at(cell), &settings[k], precision);
        }
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

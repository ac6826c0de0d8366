/* Small runs in teams, of each cell, in which all that threads do together happens: windows, updates, averages,
 * validation, saving. They come to the same bits as one thread alone. ThreadSanitizer watches them (make tsan), for
 * which the runs of other tests are too long. */
#include "train/training.h"

enum { TEXT = 220, TEAM = 3 };

/* A run with all that is done in teams. */
static void start(Training *training, const Cell *cell, size_t threads) {
    training_start_english(training, TEXT);
    training->threads = threads;
    training->config.cells = cell_list_of(cell);
    training->config.layers = 2;
    training->config.hidden = 8;
    training->config.heads = cell->has_heads ? 2 : 1;
    training->config.method.seq_length = 5;
    training->config.method.batch_size = TEAM;
    training->config.method.dropout = 0.25;
    training->config.method.average = 0.5;
    training->config.method.weight_decay = 0.01;
}

static void teams_train_as_one_does(void **state) {
    (void)state;
    for (size_t k = 0; k < cell_count(); k++) {
        const Cell *cell = cell_at(k);
        Training alone;
        Training team;
        start(&alone, cell, 1);
        start(&team, cell, TEAM);
        training_finish(&alone);
        training_finish(&team);
        assert_in_range(team.watch.steps, 5, 50);
        assert_int_equal(alone.total, team.total);
        assert_true(all_finite(team.parameters, team.total));
        assert_same_bits(team.parameters, alone.parameters, team.total);
        training_end(&alone);
        training_end(&team);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_train_as_one_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Signals while a network is trained, or writes, change nothing: a timer fires all the time, and every gradient and
 * every logit is the same to the last bit as without it. (They did: see base/team.c. While a network writes they do not
 * wait, so they must not need to.) */
#include "support/cmocka_all.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "base/random.h"
#include "math/compute.h"
#include "model/cells.h"
#include "model/pass.h"
#include "support/cell_config.h"

enum {
    STEPS = 16,
    BATCH = 16,
    VOCAB = 47,
    WIDE_VOCAB = 1100, /* the embedding's rows are read as they are, not from a table */
    WINDOW = STEPS * BATCH,
    ROUNDS = 400
};

static volatile sig_atomic_t ticks;

/* Uses its stack, as a real handler may. */
static void tick(int signal_number) {
    volatile char stack[512];
    for (size_t k = 0; k < sizeof stack; k++) {
        stack[k] = (char)(signal_number + 1);
    }
    ticks += stack[0] != 0;
}

/* A signal every 100 microseconds from now on, or none any more. */
static void set_timer(bool on) {
    const struct itimerval often = {{0, on ? 100 : 0}, {0, on ? 100 : 0}};
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

typedef struct Bench {
    Compute compute;
    Network *network;
    Pass *pass;
    real *parameters;
    uint32_t ids[WINDOW];
    uint32_t targets[WINDOW];
} Bench;

static void bench_create(Bench *bench, const Cell *cell, size_t vocab, PassShape shape, size_t threads) {
    Error error = {0};
    NetworkConfig config = cell_config(cell, 1, 16, 8, vocab);
    Random random = random_create(1, 0);
    assert_true(compute_create(&bench->compute, threads, &error));
    bench->network = network_create(&config, &error);
    assert_non_null(bench->network);
    bench->parameters = block_create(&bench->network->layout, &error);
    assert_non_null(bench->parameters);
    network_initialize(bench->network, bench->parameters, &random);
    bench->pass = pass_create(bench->network, &bench->compute, &shape, &error);
    assert_non_null(bench->pass);
    pass_pack_now(bench->pass, bench->parameters);
    for (size_t k = 0; k < WINDOW; k++) {
        bench->ids[k] = (uint32_t)(random_next(&random) % vocab);
        bench->targets[k] = (uint32_t)(random_next(&random) % vocab);
    }
}

static void bench_free(Bench *bench) {
    pass_free(bench->pass);
    free(bench->parameters);
    network_free(bench->network);
    compute_free(&bench->compute);
}

/* The gradients of the same window, round after round: the last one's. */
static real *train_rounds(Bench *bench, size_t rounds) {
    Error error = {0};
    size_t total = bench->network->layout.total;
    real *gradients = block_create(&bench->network->layout, &error);
    assert_non_null(gradients);
    PassWindow window = {.steps = STEPS, .ids = bench->ids, .targets = bench->targets};
    for (size_t round = 0; round < rounds; round++) {
        memset(gradients, 0, total * sizeof *gradients);
        pass_clear_state(bench->pass);
        pass_pack_now(bench->pass, bench->parameters);
        pass_train_now(bench->pass, &window, gradients);
    }
    return gradients;
}

static void check_training(size_t threads) {
    static Bench bench;
    PassShape shape = {.steps = STEPS, .batch = BATCH, .training = true};
    bench_create(&bench, cell_at(0), VOCAB, shape, threads);
    real *expected = train_rounds(&bench, 1);
    sig_atomic_t before = ticks;
    set_timer(true);
    real *found = train_rounds(&bench, ROUNDS);
    set_timer(false);
    assert_true(ticks > before);
    assert_memory_equal(found, expected, bench.network->layout.total * sizeof *found);
    free(found);
    free(expected);
    bench_free(&bench);
}

static void training_does_not_feel_signals(void **state) {
    (void)state;
    check_training(1);
    check_training(2);
}

/* In how many of the rounds the logits after the same window are other ones. */
static size_t count_different(Bench *bench, const real *expected, size_t rounds) {
    PassWindow window = {.steps = STEPS, .ids = bench->ids};
    size_t size = BATCH * bench->network->config.vocab * sizeof *expected;
    size_t different = 0;
    for (size_t round = 0; round < rounds; round++) {
        pass_clear_state(bench->pass);
        pass_forward_by(bench->pass, &window, bench->compute.threads);
        different += memcmp(pass_logits(bench->pass), expected, size) != 0;
    }
    return different;
}

static void check_writing(const Cell *cell, size_t vocab, Precision precision, size_t threads) {
    static Bench bench;
    static real expected[BATCH * WIDE_VOCAB];
    PassShape shape = {.steps = STEPS, .batch = BATCH, .streaming = true, .precision = precision};
    bench_create(&bench, cell, vocab, shape, threads);
    PassWindow window = {.steps = STEPS, .ids = bench.ids};
    pass_forward_by(bench.pass, &window, threads);
    memcpy(expected, pass_logits(bench.pass), BATCH * vocab * sizeof *expected);
    sig_atomic_t before = ticks;
    set_timer(true);
    size_t different = count_different(&bench, expected, ROUNDS);
    set_timer(false);
    assert_true(ticks > before);
    assert_int_equal(different, 0);
    bench_free(&bench);
}

static void writing_does_not_feel_signals(void **state) {
    (void)state;
    for (size_t precision = 0; precision < PRECISIONS; precision++) {
        for (size_t cell = 0; cell < cell_count(); cell++) {
            check_writing(cell_at(cell), VOCAB, (Precision)precision, 1 + cell % 2);
        }
        check_writing(cell_at(0), VOCAB, (Precision)precision, 2);
        check_writing(cell_at(0), WIDE_VOCAB, (Precision)precision, 2);
    }
}

static int handle_timer(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    return sigaction(SIGALRM, &action, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_does_not_feel_signals),
        cmocka_unit_test(writing_does_not_feel_signals),
    };
    return cmocka_run_group_tests(tests, handle_timer, NULL);
}

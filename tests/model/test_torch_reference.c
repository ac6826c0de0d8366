/* PyTorch's numbers, and those of the papers' equations for the cells that it lacks, against the program's: floats,
 * oneDNN's products, and the kernels of this processor (or those that DNNL_MAX_CPU_ISA allows).
 * tests/reference/lstm_reference.py, rnn_reference.py and xlstm_reference.py made the numbers.
 *
 * A float's relative precision is 2^-24 = 6e-8. A gradient here is a sum of up to 180 products whose factors went
 * through up to twenty steps, three layers and a tanh that is exact to 1.5e-7: measured with SSE 4.1, AVX, AVX2 and
 * AVX-512, none is off by more than 1.7e-6 (relative to the root mean square of its array), parameters after ten
 * steps of training 1.5e-6. The tolerances leave a factor of six and more for other products and compilers. For
 * training they leave more, because AdamW divides each gradient by its own size: a gradient near zero moves its
 * parameter as far as any other, and into a direction that may be decided by rounding. A mistake in a formula, a
 * slice or a mask shows in the first digits.
 *
 * The windows of xLSTM's cells are up to ten times as long, and each layer normalises twice what may be small: over
 * six seeds, gradients were off by up to 2e-5.
 */
#include "support/cmocka_all.h"

#include "support/tables.h"
#include "support/torch_reference.h"

static const double window = 1e-5;
static const double xlstm_window = 1e-4;
static const TorchTolerance curve = {.loss = 1e-5, .parameters = 2e-5};

static void test_small_network(void **state) {
    (void)state;
    torch_check_window("lstm_small.txt", window);
}

static void test_slices(void **state) {
    (void)state;
    torch_check_window("lstm_slices.txt", window);
}

/* The double build is held to the same numbers: the two agree on a network of some size with dropout. */
static void test_three_layers_with_dropout(void **state) {
    (void)state;
    torch_check_window("lstm_dropout.txt", window);
}

static void test_zoneout(void **state) {
    (void)state;
    torch_check_window("lstm_zoneout.txt", window);
}

static void test_training_of_small_network(void **state) {
    (void)state;
    torch_check_curve("lstm_small.txt", "curve", optimizer_find("adamw"), curve);
}

static void test_training_in_slices(void **state) {
    (void)state;
    torch_check_curve("lstm_slices.txt", "curve", optimizer_find("adamw"), curve);
}

static void test_every_optimizer(void **state) {
    (void)state;
    torch_check_methods("lstm_methods.txt", curve);
}

static void test_simple_networks(void **state) {
    (void)state;
    torch_check_window("rnn_small.txt", window);
    torch_check_window("rnn-relu_small.txt", window);
}

static void test_gated_units(void **state) {
    (void)state;
    torch_check_window("gru_small.txt", window);
    torch_check_window("gru-before_small.txt", window);
}

static void test_mlstm(void **state) {
    (void)state;
    torch_check_window("mlstm_small.txt", xlstm_window);
    torch_check_window("mlstm_heads.txt", xlstm_window);
}

static void test_slstm(void **state) {
    (void)state;
    torch_check_window("slstm_small.txt", xlstm_window);
    torch_check_window("slstm_heads.txt", xlstm_window);
}

static void test_streaming(void **state) {
    (void)state;
    torch_check_streaming("lstm_small.txt", window);
    torch_check_streaming("lstm_slices.txt", window);
    torch_check_streaming("rnn_small.txt", window);
    torch_check_streaming("rnn-relu_small.txt", window);
    torch_check_streaming("gru_small.txt", window);
    torch_check_streaming("gru-before_small.txt", window);
    torch_check_streaming("mlstm_small.txt", xlstm_window);
    torch_check_streaming("mlstm_heads.txt", xlstm_window);
    torch_check_streaming("slstm_small.txt", xlstm_window);
    torch_check_streaming("slstm_heads.txt", xlstm_window);
}

static void test_teams_make_the_same_bits(void **state) {
    (void)state;
    torch_check_teams("lstm_small.txt");
    torch_check_teams("lstm_slices.txt");
    torch_check_teams("rnn_small.txt");
    torch_check_teams("rnn-relu_small.txt");
    torch_check_teams("gru_small.txt");
    torch_check_teams("gru-before_small.txt");
    torch_check_teams("mlstm_small.txt");
    torch_check_teams("mlstm_heads.txt");
    torch_check_teams("slstm_heads.txt");
    torch_check_teams("lstm_dropout.txt");
    torch_check_teams("lstm_zoneout.txt");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_network),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_three_layers_with_dropout),
        cmocka_unit_test(test_zoneout),
        cmocka_unit_test(test_training_of_small_network),
        cmocka_unit_test(test_training_in_slices),
        cmocka_unit_test(test_simple_networks),
        cmocka_unit_test(test_gated_units),
        cmocka_unit_test(test_mlstm),
        cmocka_unit_test(test_slstm),
        cmocka_unit_test(test_streaming),
        cmocka_unit_test(test_every_optimizer),
        cmocka_unit_test(test_teams_make_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

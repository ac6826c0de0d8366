/* PyTorch's numbers against the double build's, which differ only in the order of sums: tests/model has the same for
 * the program. Measured, nothing is off by more than 1e-14; the tolerance leaves a factor of a hundred, and any
 * mistake in the smallest term shows. tests/reference/lstm_reference.py, rnn_reference.py and xlstm_reference.py made
 * the numbers.
 */
#include "support/cmocka_all.h"

#include "support/tables.h"
#include "support/torch_reference.h"

static const double window = 1e-12;
static const TorchTolerance curve = {.loss = 1e-12, .parameters = 1e-12};

static void test_small_network(void **state) {
    (void)state;
    torch_check_window("lstm_small.txt", window);
}

static void test_slices(void **state) {
    (void)state;
    torch_check_window("lstm_slices.txt", window);
}

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
    torch_check_window("mlstm_small.txt", window);
    torch_check_window("mlstm_heads.txt", window);
}

static void test_slstm(void **state) {
    (void)state;
    torch_check_window("slstm_small.txt", window);
    torch_check_window("slstm_heads.txt", window);
}

static void test_streaming(void **state) {
    (void)state;
    torch_check_streaming("lstm_small.txt", window);
    torch_check_streaming("lstm_slices.txt", window);
    torch_check_streaming("rnn_small.txt", window);
    torch_check_streaming("rnn-relu_small.txt", window);
    torch_check_streaming("gru_small.txt", window);
    torch_check_streaming("gru-before_small.txt", window);
    torch_check_streaming("mlstm_small.txt", window);
    torch_check_streaming("mlstm_heads.txt", window);
    torch_check_streaming("slstm_small.txt", window);
    torch_check_streaming("slstm_heads.txt", window);
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

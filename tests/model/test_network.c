/* The tables of a network (model/network.c): names and shapes of its parameters, PyTorch's start, the forget bias. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/cells.h"
#include "model/network.h"
#include "support/cell_config.h"

static Network *make(const NetworkConfig *config) {
    Error error = {0};
    Network *network = network_create(config, &error);
    if (network == NULL) {
        fail_msg("%s", error.message);
    }
    return network;
}

/* --- names and shapes --- */

/* Checks row `*next` of the layout, and goes on to the one after it. */
static void check_row(const Layout *layout, size_t *next, const char *name, size_t rows, size_t columns) {
    assert_in_range(*next, 0, layout->count - 1);
    const LayoutRow *row = &layout->rows[(*next)++];
    assert_string_equal(row->name, name);
    assert_int_equal(row->rows, rows);
    assert_int_equal(row->columns, columns);
}

/* One layer of torch.nn.LSTM, written out: what the cell's table must come to. */
static void check_lstm_layer(const Network *network, size_t layer, size_t input, size_t *next) {
    static const char *const names[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
    size_t hidden = network->config.hidden;
    const size_t columns[] = {input, hidden, 0, 0};
    assert_int_equal(network->layer_rows[layer], *next);
    for (size_t k = 0; k < 4; k++) {
        char name[LAYOUT_NAME_SIZE];
        snprintf(name, sizeof name, "rnn.%s_l%zu", names[k], layer);
        check_row(&network->layout, next, name, 4 * hidden, columns[k]);
    }
}

static void check_lstm(size_t layers, size_t embed) {
    enum { HIDDEN = 6, VOCAB = 11 };
    NetworkConfig config = {.cells = cell_list_of(cell_find("lstm")),
                            .layers = layers,
                            .hidden = HIDDEN,
                            .embed = embed,
                            .vocab = VOCAB};
    Network *network = make(&config);
    const Layout *layout = &network->layout;
    size_t next = 0;
    if (embed > 0) {
        assert_int_equal(network->encoder, 0);
        check_row(layout, &next, "encoder.weight", VOCAB, embed);
    }
    for (size_t layer = 0; layer < layers; layer++) {
        size_t first = embed > 0 ? embed : VOCAB;
        check_lstm_layer(network, layer, layer == 0 ? first : HIDDEN, &next);
    }
    assert_int_equal(network->decoder_weight, next);
    check_row(layout, &next, "decoder.weight", VOCAB, HIDDEN);
    assert_int_equal(network->decoder_bias, next);
    check_row(layout, &next, "decoder.bias", VOCAB, 0);
    assert_int_equal(layout->count, next);
    assert_int_equal(network_state_size(network, 5), layers * 2 * 5 * HIDDEN);
    network_free(network);
}

static void an_lstm_has_the_tensors_of_pytorch(void **state) {
    (void)state;
    for (size_t layers = 1; layers <= 3; layers++) {
        check_lstm(layers, 4);
        check_lstm(layers, 0);
    }
}

static void sizes_out_of_range_are_refused(void **state) {
    (void)state;
    static const NetworkConfig good = {.layers = 1, .hidden = 2, .embed = 2, .vocab = 3};
    NetworkConfig bad[] = {good, good, good, good, good, good, good};
    bad[0].layers = 0;
    bad[1].layers = NETWORK_LAYERS_MAX + 1;
    bad[2].hidden = 0;
    bad[3].hidden = NETWORK_HIDDEN_MAX + 1;
    bad[4].embed = NETWORK_EMBED_MAX + 1;
    bad[5].vocab = 0;
    bad[6].vocab = NETWORK_VOCAB_MAX + 1;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        Error error = {0};
        bad[k].cells = cell_list_of(cell_at(0));
        assert_null(network_create(&bad[k], &error));
        assert_contains(error.message, "of a network must be from");
    }
}

static void check_refused(const NetworkConfig *config, const char *words) {
    Error error = {0};
    assert_null(network_create(config, &error));
    assert_contains(error.message, words);
}

static NetworkConfig config_of(const char *names, size_t hidden, size_t heads, size_t embed, size_t vocab) {
    NetworkConfig config = {.layers = 2, .hidden = hidden, .heads = heads, .embed = embed, .vocab = vocab};
    Error error = {0};
    assert_true(cell_list_parse(names, &config.cells, &error));
    return config;
}

/* Whichever layer the heads are in. Where no cell has any, their number means nothing. */
static void units_that_heads_do_not_divide_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"mlstm", "slstm", "lstm,mlstm", "slstm,lstm"};
    static const size_t bad_heads[] = {4, 5, 7, 12, SIZE_MAX};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        for (size_t heads = 0; heads < sizeof bad_heads / sizeof *bad_heads; heads++) {
            NetworkConfig config = config_of(names[k], 6, bad_heads[heads], 6, 9);
            check_refused(&config, "lstm divides its units among heads: 6 units are no multiple of");
        }
        NetworkConfig config = config_of(names[k], 6, 3, 6, 9);
        network_free(make(&config));
    }
    NetworkConfig config = config_of("lstm", 6, SIZE_MAX, 4, 9);
    network_free(make(&config));
}

/* What the first layer reads must be as wide as what it adds to it; one-hot vectors, which nobody writes out, are not
 * enough even where there are as many symbols as units. */
static void a_residual_cell_needs_an_embedding_as_wide_as_it_is(void **state) {
    (void)state;
    static const char *const names[] = {"mlstm", "slstm", "mlstm,slstm", "slstm,lstm"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        NetworkConfig one_hot = config_of(names[k], 6, 2, 0, 6);
        check_refused(&one_hot, "as the first layer it needs an embedding of 6 numbers");
        NetworkConfig narrow = config_of(names[k], 6, 2, 5, 6);
        check_refused(&narrow, "as the first layer it needs an embedding of 6 numbers");
        NetworkConfig good = config_of(names[k], 6, 2, 6, 6);
        network_free(make(&good));
    }
    NetworkConfig above = config_of("lstm,mlstm", 6, 2, 0, 6); /* it adds to the LSTM's h */
    network_free(make(&above));
}

/* --- the start --- */

/* The bounds below are five standard deviations of what is measured. */
static void check_within(const char *what, const char *name, double value, double expected, double bound) {
    if (!(fabs(value - expected) <= bound)) {
        fail_msg("%s of %s is %.9g, not %.9g ± %.3g", what, name, value, expected, bound);
    }
}

/* Mean of x and of x². */
typedef struct Moments {
    double mean, square;
} Moments;

static Moments moments_of(const real *values, size_t count) {
    Moments moments = {0};
    for (size_t k = 0; k < count; k++) {
        moments.mean += (double)values[k] / (double)count;
        moments.square += (double)values[k] * (double)values[k] / (double)count;
    }
    return moments;
}

/* Uniform in ±bound: E x² = bound²/3, E x⁴ = bound⁴/5. */
static void check_uniform(const char *name, const real *values, size_t count, double bound) {
    double n = (double)count;
    real smallest = 0, largest = 0;
    for (size_t k = 0; k < count; k++) {
        smallest = values[k] < smallest ? values[k] : smallest;
        largest = values[k] > largest ? values[k] : largest;
    }
    Moments moments = moments_of(values, count);
    check_within("the mean", name, moments.mean, 0, 5 * bound / sqrt(3 * n));
    check_within("the mean square", name, moments.square, bound * bound / 3,
                 5 * bound * bound * sqrt(4.0 / 45 / n));
    assert_true(largest <= (real)bound && smallest >= -(real)bound);
    /* All n numbers stay away from a bound by 15/n of the width once in e^15 times. */
    check_within("the largest number", name, (double)largest, bound, 2 * bound * 15 / n);
    check_within("the smallest number", name, (double)smallest, -bound, 2 * bound * 15 / n);
}

/* Normal with mean 0 and variance 1. */
static void check_normal(const char *name, const real *values, size_t count) {
    static const double beyond_two = 0.0455003;
    double n = (double)count;
    size_t beyond = 0;
    for (size_t k = 0; k < count; k++) {
        beyond += fabs((double)values[k]) > 2 ? 1 : 0;
    }
    Moments moments = moments_of(values, count);
    check_within("the mean", name, moments.mean, 0, 5 / sqrt(n));
    check_within("the mean square", name, moments.square, 1, 5 * sqrt(2 / n));
    check_within("the share beyond 2", name, (double)beyond / n, beyond_two,
                 5 * sqrt(beyond_two * (1 - beyond_two) / n));
}

/* A block that is initialised from seed 3; freed with free(). */
static real *initialized(const Network *network) {
    Random random = random_create(3, 0);
    real *parameters = block_create(&network->layout, NULL);
    assert_non_null(parameters);
    network_initialize(network, parameters, &random);
    return parameters;
}

/* The row of its cell's table that a parameter was made from; NULL for those around the layers. */
static const CellParameter *table_row(const Network *network, size_t row) {
    for (size_t layer = 0; layer < network->config.layers; layer++) {
        const Cell *cell = network_cell(network, layer);
        size_t first = network->layer_rows[layer];
        if (row >= first && row < first + cell->parameter_count) {
            return &cell->parameters[row - first];
        }
    }
    return NULL;
}

/* A parameter of a layer, or of the decoder, starts as its table says, or like PyTorch's recurrent layers. */
static void check_parameter_start(const LayoutRow *row, const CellParameter *parameter, const real *values) {
    size_t count = layout_row_elements(row);
    CellStart start = parameter == NULL ? START_UNIFORM : parameter->start;
    if (start == START_CONSTANT) {
        for (size_t i = 0; i < count; i++) {
            assert_true(values[i] == (real)parameter->value);
        }
    } else if (start == START_FAN_IN) {
        check_uniform(row->name, values, count, parameter->value / sqrt((double)row->columns));
    } else {
        check_uniform(row->name, values, count, 1 / sqrt(48.0));
    }
}

static void check_start(const Cell *cell, size_t embed) {
    NetworkConfig config = cell_config(cell, 3, 48, embed, 90);
    config.forget_bias = 0;
    Network *network = make(&config);
    real *parameters = initialized(network);
    for (size_t k = 0; k < network->layout.count; k++) {
        const LayoutRow *row = &network->layout.rows[k];
        const real *values = parameters + row->offset;
        if (config.embed > 0 && k == network->encoder) {
            check_normal(row->name, values, layout_row_elements(row));
        } else {
            check_parameter_start(row, table_row(network, k), values);
        }
    }
    free(parameters);
    network_free(network);
}

static void the_start_is_that_of_pytorch_or_of_the_table(void **state) {
    (void)state;
    for (size_t k = 0; k < cell_count(); k++) {
        check_start(cell_at(k), 32);
        check_start(cell_at(k), 0);
    }
}

/* --- the forget bias --- */

/* Whether element `i` of a row is a bias of the LSTM's forget gate (i f g o), of which there is one to a layer. */
static bool is_forget_bias(const LayoutRow *row, size_t i, size_t hidden) {
    return strncmp(row->name, "rnn.bias_ih_l", 13) == 0 && i >= hidden && i < 2 * hidden;
}

static void the_forget_bias_moves_the_forget_gates_alone(void **state) {
    (void)state;
    static const real bias = (real)1.25;
    NetworkConfig config = {
        .cells = cell_list_of(cell_find("lstm")), .layers = 3, .hidden = 5, .embed = 4, .vocab = 7};
    Network *network = make(&config);
    config.forget_bias = (double)bias;
    Network *biased_network = make(&config);
    real *plain = initialized(network);
    real *biased = initialized(biased_network);
    size_t moved = 0;
    for (size_t k = 0; k < network->layout.count; k++) {
        const LayoutRow *row = &network->layout.rows[k];
        for (size_t i = 0; i < layout_row_elements(row); i++) {
            bool forget = is_forget_bias(row, i, config.hidden);
            real expected = plain[row->offset + i] + (forget ? bias : 0);
            if (biased[row->offset + i] != expected) {
                fail_msg("%s[%zu] is %.9g, not %.9g", row->name, i, (double)biased[row->offset + i],
                         (double)expected);
            }
            moved += forget;
        }
    }
    assert_int_equal(moved, 3 * config.hidden);
    free(plain);
    free(biased);
    network_free(network);
    network_free(biased_network);
}

/* --- lists of cells --- */

static void lists_are_read_as_they_are_written(void **state) {
    (void)state;
    Error error = {0};
    CellList list;
    char name[CELL_LIST_NAME_SIZE];
    assert_true(cell_list_parse("gru,lstm", &list, &error));
    assert_string_equal(cell_list_name(&list, name), "gru,lstm");
    assert_ptr_equal(cell_list_at(&list, 2), cell_find("gru"));
    assert_true(cell_list_rate(&list) == cell_find("gru")->learning_rate_factor);
    list = cell_list_of(cell_find("lstm"));
    assert_true(cell_list_rate(&list) == 1.0);
    assert_false(cell_list_parse("gru,,lstm", &list, &error));
    assert_non_null(strstr(error.message, "there is no cell \"\"; there are: lstm"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_lstm_has_the_tensors_of_pytorch),
        cmocka_unit_test(sizes_out_of_range_are_refused),
        cmocka_unit_test(units_that_heads_do_not_divide_are_refused),
        cmocka_unit_test(a_residual_cell_needs_an_embedding_as_wide_as_it_is),
        cmocka_unit_test(the_start_is_that_of_pytorch_or_of_the_table),
        cmocka_unit_test(the_forget_bias_moves_the_forget_gates_alone),
        cmocka_unit_test(lists_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

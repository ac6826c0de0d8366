/* Tests of src/train/init_from.c: what goes where, and what does not fit. */
#include "model/cells.h"
#include "model/model_fixture.h"

#include "support/symbols.h"
#include "train/init_from.h"

static const uint32_t few[] = {'b', 'd'};
static const uint32_t many[] = {'a', 'b', 'c', 'd'};
static const uint32_t others[] = {'a', 'b', 'c'};

/* Source and target, whose parameters are all different: 1000 + k there, below 0 here. */
static void make_pair(const uint32_t *symbols, size_t count, size_t embed, Model *source, Model *target) {
    *source = make_model(vocab_create_from_numbers(UNIT_CHAR, few, NULL, 2, NULL), embed);
    *target = make_model(vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, count, NULL), embed);
    for (size_t k = 0; k < source->network->layout.total; k++) {
        source->parameters[k] = (real)(1000 + (double)k);
    }
    for (size_t k = 0; k < target->network->layout.total; k++) {
        target->parameters[k] = -(real)(1 + k);
    }
}

/* An element of a matrix, by the name of the row and its place. */
static real element(const Model *model, const char *name, size_t row, size_t column) {
    const LayoutRow *found = layout_find(&model->network->layout, name);
    assert_non_null(found);
    return model->parameters[found->offset + row * (found->columns > 0 ? found->columns : 1) + column];
}

/* Fails unless the numbers of a symbol in the target are those of a symbol of the source, or, without one, as they
 * were. By rows, or by columns. */
static void check_symbol(const Model *target, const Model *source, const char *name, bool by_columns,
                         size_t symbol, int source_symbol) {
    const LayoutRow *row = layout_find(&target->network->layout, name);
    size_t length = by_columns ? row->rows : row->columns > 0 ? row->columns : 1;
    for (size_t k = 0; k < length; k++) {
        real is = by_columns ? element(target, name, k, symbol) : element(target, name, symbol, k);
        size_t there = (size_t)source_symbol;
        if (source_symbol < 0) {
            assert_true(is < 0);
        } else {
            assert_true(is ==
                        (by_columns ? element(source, name, k, there) : element(source, name, there, k)));
        }
    }
}

static void check_symbols(const Model *target, const Model *source, const char *name, bool by_columns) {
    check_symbol(target, source, name, by_columns, 0, -1);
    check_symbol(target, source, name, by_columns, 1, 0);
    check_symbol(target, source, name, by_columns, 2, -1);
    check_symbol(target, source, name, by_columns, 3, 1);
}

/* All of a matrix without symbols. */
static void check_whole(const Model *target, const Model *source, const char *name) {
    const LayoutRow *row = layout_find(&target->network->layout, name);
    const LayoutRow *from = layout_find(&source->network->layout, name);
    assert_memory_equal(target->parameters + row->offset, source->parameters + from->offset,
                        layout_row_elements(row) * sizeof(real));
}

static void init_or_fail(const Model *target, const Model *source) {
    Error error = {0};
    if (!init_from(target, source, "source", &error)) {
        fail_msg("%s", error.message);
    }
}

static void test_symbols_keep_what_is_theirs(void **state) {
    (void)state;
    Model source;
    Model target;
    make_pair(many, 4, 2, &source, &target);
    init_or_fail(&target, &source);
    check_symbols(&target, &source, "encoder.weight", false);
    check_symbols(&target, &source, "decoder.weight", false);
    check_symbols(&target, &source, "decoder.bias", false);
    check_whole(&target, &source, "rnn.weight_ih_l0");
    check_whole(&target, &source, "rnn.bias_ih_l0");
    check_whole(&target, &source, "rnn.weight_hh_l1");
    check_whole(&target, &source, "rnn.bias_hh_l1");
    model_free(&source);
    model_free(&target);
}

static void test_one_hot_columns_are_symbols(void **state) {
    (void)state;
    Model source;
    Model target;
    make_pair(many, 4, 0, &source, &target);
    init_or_fail(&target, &source);
    check_symbols(&target, &source, "rnn.weight_ih_l0", true);
    check_symbols(&target, &source, "decoder.weight", false);
    check_whole(&target, &source, "rnn.weight_ih_l1");
    model_free(&source);
    model_free(&target);
}

static void test_equal_vocabularies_make_equal_blocks(void **state) {
    (void)state;
    Model source;
    Model target;
    make_pair(few, 2, 2, &source, &target);
    init_or_fail(&target, &source);
    for (size_t k = 0; k < target.network->layout.count; k++) {
        check_whole(&target, &source, target.network->layout.rows[k].name);
    }
    model_free(&source);
    model_free(&target);
}

static void check_refused(const Model *target, const Model *source, const char *words) {
    Error error = {0};
    real first = target->parameters[1];
    assert_false(init_from(target, source, "source.safetensors", &error));
    assert_contains(error.message, "--init-from: ");
    assert_contains(error.message, "source.safetensors");
    assert_contains(error.message, words);
    assert_true(target->parameters[1] == first);
}

static void test_what_differs_is_named(void **state) {
    (void)state;
    Model source;
    Model target;
    make_pair(others, 3, 2, &source, &target);
    check_refused(&target, &source, "the text lacks 1 of the 2 symbols");
    source.network->config.embed = 3;
    check_refused(&target, &source, "--embed 3, but 2 is asked for; give --embed 3");
    source.network->config.hidden = 4;
    check_refused(&target, &source, "--hidden 4, but 3");
    source.network->config.layers = 1;
    check_refused(&target, &source, "--layers 1, but 2");
    Cell other = *source.network->config.cells.cells[0];
    other.name = "other";
    source.network->config.cells = cell_list_of(&other);
    check_refused(&target, &source, "--cell other, but lstm");
    vocab_free(source.vocab);
    source.vocab = vocab_create_from_numbers(UNIT_BYTE, few, NULL, 2, NULL);
    check_refused(&target, &source, "--unit byte, but char");
    model_free(&source);
    model_free(&target);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_symbols_keep_what_is_theirs),
        cmocka_unit_test(test_one_hot_columns_are_symbols),
        cmocka_unit_test(test_equal_vocabularies_make_equal_blocks),
        cmocka_unit_test(test_what_differs_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

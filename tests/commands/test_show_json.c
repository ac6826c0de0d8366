/* Tests of src/commands/show_json.c: what a file of ours may hold and no training here makes. */
#include "model/model_fixture.h"

#include "commands/show_model.h"
#include "support/symbols.h"

static const uint32_t symbols[] = {'a', 'b', 0xFF};

static json_t *make_json(const Model *model) {
    json_t *json = show_model_make_json(model, "file", 1);
    assert_non_null(json);
    return json;
}

static const char *string_of(const json_t *json, const char *key) {
    const char *text = json_string_value(json_object_get(json, key));
    return text != NULL ? text : "no string";
}

static void test_numbers_above_the_largest_integer_are_strings(void **state) {
    (void)state;
    Model model = make_model(vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 3, NULL), 2);
    json_t *json = make_json(&model);
    assert_string_equal(string_of(json, "seed"), "18446744073709551615");
    assert_string_equal(string_of(json, "corpus_digest"), "fedcba9876543210");
    assert_int_equal(json_integer_value(json_object_get(json, "chars_trained")), 123456789012);
    json_decref(json);
    model_free(&model);
}

static void test_expressions_that_are_no_utf8_are_bytes(void **state) {
    (void)state;
    Model model = make_model(vocab_create_from_numbers(UNIT_BYTE, symbols, NULL, 3, NULL), 0);
    assert_true(pipeline_add_rule(&model.pipeline, RULE_REPLACE, "s/\xff/x/", NULL));
    assert_true(pipeline_add_rule(&model.pipeline, RULE_REPLACE, "s/a/b/", NULL));
    json_t *json = make_json(&model);
    const json_t *rules = json_object_get(json, "rules");
    assert_int_equal(json_array_size(rules), 2);
    const json_t *bytes = json_object_get(json_array_get(rules, 0), "replace");
    assert_int_equal(json_array_size(bytes), 6);
    assert_int_equal(json_integer_value(json_array_get(bytes, 2)), 0xFF);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rules, 1), "replace")), "s/a/b/");
    json_decref(json);
    model_free(&model);
}

static void test_what_is_not_known_is_null(void **state) {
    (void)state;
    Model model = make_model(vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 3, NULL), 2);
    model.history = (TrainingHistory){.best_val_loss = NAN, .method.clip = NAN};
    json_t *json = make_json(&model);
    static const char *const unknown[] = {"version",      "best_val_loss", "clip",       "preset",
                                          "optimizer",    "schedule",      "seq_length", "batch_size",
                                          "corpus_units", "corpus_digest", "run"};
    for (size_t k = 0; k < sizeof unknown / sizeof *unknown; k++) {
        if (!json_is_null(json_object_get(json, unknown[k]))) {
            fail_msg("%s is not null", unknown[k]);
        }
    }
    assert_int_equal(json_integer_value(json_object_get(json, "steps")), 0);
    assert_true(json_is_integer(json_object_get(json, "seed")));
    json_decref(json);
    model_free(&model);
}

static void test_a_file_name_that_is_no_utf8_is_bytes(void **state) {
    (void)state;
    Model model = make_model(vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, 3, NULL), 2);
    json_t *json = show_model_make_json(&model, "a\xff", 1);
    const json_t *bytes = json_object_get(json, "file");
    assert_int_equal(json_array_size(bytes), 2);
    assert_int_equal(json_integer_value(json_array_get(bytes, 0)), 'a');
    assert_int_equal(json_integer_value(json_array_get(bytes, 1)), 0xFF);
    json_decref(json);
    model_free(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_above_the_largest_integer_are_strings),
        cmocka_unit_test(test_expressions_that_are_no_utf8_are_bytes),
        cmocka_unit_test(test_what_is_not_known_is_null),
        cmocka_unit_test(test_a_file_name_that_is_no_utf8_is_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

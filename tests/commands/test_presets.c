/* Presets: every one of the table can be read, says what its program does, and takes its place among the options of the
 * command line. */
#include "support/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "commands/train_options.h"
#include "commands/train_presets.h"
#include "model/cells.h"
#include "support/tables.h"
#include "train/trainer.h"

enum { ROWS_MAX = 128, WORDS_MAX = 16 };

typedef struct Line {
    TrainValues values;
    OptionSource sources[ROWS_MAX];
    OptionsOutcome outcome;
    Error error;
} Line;

/* Reads a command line of train: words with a space between them. */
static Line read_line(const char *words) {
    Line line = {.outcome = OPTIONS_WRONG};
    char copy[512] = "";
    char *items[WORDS_MAX] = {"train"};
    int count = 1;
    int rest = 0;
    snprintf(copy, sizeof copy, "%s", words);
    char *left = NULL;
    for (char *word = strtok_r(copy, " ", &left); word != NULL; word = strtok_r(NULL, " ", &left)) {
        assert_in_range(count, 1, WORDS_MAX - 1);
        items[count++] = word;
    }
    assert_in_range(train_options.count, 1, ROWS_MAX);
    line.outcome = options_read(&train_options, (Arguments){count, items}, &line.values, line.sources, &rest,
                                &line.error);
    options_free(&train_options, &line.values);
    return line;
}

static Line read_preset(const char *name) {
    char words[64];
    snprintf(words, sizeof words, "--preset %s", name);
    Line line = read_line(words);
    if (line.outcome != OPTIONS_READ) {
        fail_msg("%s", line.error.message);
    }
    assert_string_equal(line.values.preset, name);
    return line;
}

static OptionSource source_of(const Line *line, const char *name) {
    for (size_t k = 0; k < train_options.count; k++) {
        if (train_options.rows[k].name != NULL && strcmp(train_options.rows[k].name, name) == 0) {
            return line->sources[k];
        }
    }
    fail_msg("no option %s", name);
    return OPTION_BY_DEFAULT;
}

static const Cell *cell_of(const TrainValues *values) {
    return cell_at(values->cells.items[0]);
}

/* What all of them leave out of what letra does. */
static void check_plain(const TrainValues *values) {
    assert_true(values->warmup == 0 && values->method.clip == 0 && values->method.dropout == 0);
    assert_true(values->method.weight_decay == 0 && values->method.average == 0);
}

static void every_preset_can_be_read(void **state) {
    (void)state;
    assert_non_null(train_preset_at(0));
    for (size_t k = 0; train_preset_at(k) != NULL; k++) {
        const TrainPreset *preset = train_preset_at(k);
        assert_ptr_equal(train_preset_find(preset->name), preset);
        assert_true(strlen(preset->name) < sizeof((TrainingHistory *)NULL)->preset);
        assert_true(strlen(preset->title) > 0);
        Line line = read_preset(preset->name);
        check_plain(&line.values);
        assert_int_equal(source_of(&line, "preset"), OPTION_BY_USER);
        assert_int_equal(source_of(&line, "optimizer"), OPTION_BY_PRESET);
        assert_int_equal(source_of(&line, "seed"), OPTION_BY_DEFAULT);
    }
    assert_null(train_preset_find("char"));
}

static void char_rnn_is_what_its_program_does(void **state) {
    (void)state;
    const TrainValues values = read_preset("char-rnn").values;
    assert_ptr_equal(cell_of(&values), cell_find("lstm"));
    assert_true(values.layers == 2 && values.hidden == 128 && values.embed == 0);
    assert_true(values.method.init_range == 0.08 && values.forget_bias == 1);
    assert_true(values.epochs == 50 && values.seconds == 0);
    assert_true(values.method.seq_length == 50 && values.method.batch_size == 50);
    assert_ptr_equal(optimizer_at(values.optimizer), optimizer_find("rmsprop"));
    assert_true(values.method.learning_rate == 0.002 && values.method.numbers[OPTIMIZER_RHO] == 0.95);
    assert_true(values.method.numbers[OPTIMIZER_EPSILON] == 1e-8);
    assert_ptr_equal(schedule_at(values.schedule - 1), schedule_find("step"));
    assert_true(values.method.schedule_numbers.decay == 0.97 && values.method.schedule_numbers.every == 1 &&
                values.method.schedule_numbers.after == 10);
    /* It cuts the gradient of the sum over the 50 steps to ±5. */
    assert_true(values.method.clip_value * (double)values.method.seq_length == 5);
    assert_true(values.method.val_fraction == 0.05 && values.method.test_fraction == 0);
}

static void torch_rnn_is_what_its_program_does(void **state) {
    (void)state;
    const TrainValues values = read_preset("torch-rnn").values;
    assert_ptr_equal(cell_of(&values), cell_find("lstm"));
    assert_true(values.layers == 2 && values.hidden == 128 && values.embed == 64);
    assert_true(values.method.init_range == 0 && values.forget_bias == 1);
    assert_true(values.epochs == 50 && values.method.seq_length == 50 && values.method.batch_size == 50);
    assert_ptr_equal(optimizer_at(values.optimizer), optimizer_find("adam"));
    assert_true(values.method.learning_rate == 0.002 && values.method.numbers[OPTIMIZER_BETA1] == 0.9);
    assert_true(values.method.numbers[OPTIMIZER_BETA2] == 0.999 &&
                values.method.numbers[OPTIMIZER_EPSILON] == 1e-8);
    assert_ptr_equal(schedule_at(values.schedule - 1), schedule_find("step"));
    assert_true(values.method.schedule_numbers.decay == 0.5 && values.method.schedule_numbers.every == 5 &&
                values.method.schedule_numbers.after == 4);
    assert_true(values.method.clip_value == 5);
    assert_true(values.method.val_fraction == 0.1 && values.method.test_fraction == 0.1);
}

static void min_char_rnn_is_what_its_program_does(void **state) {
    (void)state;
    const TrainValues values = read_preset("min-char-rnn").values;
    assert_ptr_equal(cell_of(&values), cell_find("rnn"));
    assert_true(values.layers == 1 && values.hidden == 100 && values.embed == 0);
    assert_true(fabs(values.method.init_range / sqrt(3) - 0.01) < 1e-4); /* the deviation */
    assert_true(values.method.seq_length == 25 && values.method.batch_size == 1);
    assert_ptr_equal(optimizer_at(values.optimizer), optimizer_find("adagrad"));
    assert_true(values.method.learning_rate == 0.1);
    assert_ptr_equal(schedule_at(values.schedule - 1), schedule_find("constant"));
    assert_true(values.method.clip_value * (double)values.method.seq_length == 5);
}

static void karpathy_2015_is_what_the_paper_says(void **state) {
    (void)state;
    const TrainValues values = read_preset("karpathy-2015").values;
    assert_true(values.embed == 0 && values.method.init_range == 0.08 && values.forget_bias == 0);
    assert_true(values.epochs == 50 && values.method.seq_length == 100 && values.method.batch_size == 100);
    assert_ptr_equal(optimizer_at(values.optimizer), optimizer_find("rmsprop"));
    assert_true(values.method.learning_rate == 0.002 && values.method.numbers[OPTIMIZER_RHO] == 0.95);
    assert_true(values.method.schedule_numbers.decay == 0.95 && values.method.schedule_numbers.every == 1 &&
                values.method.schedule_numbers.after == 10);
    assert_true(values.method.clip_value * (double)values.method.seq_length == 5);
    assert_true(values.method.val_fraction == 0.1 && values.method.test_fraction == 0.1);
}

/* --- its place on the command line --- */

static void options_after_it_have_the_last_word(void **state) {
    (void)state;
    Line line = read_line("--hidden 64 --layers 3 --preset char-rnn --hidden 32 --optimizer adam");
    assert_int_equal(line.outcome, OPTIONS_READ);
    assert_true(line.values.hidden == 32);
    assert_true(line.values.layers == 2);
    assert_ptr_equal(optimizer_at(line.values.optimizer), optimizer_find("adam"));
    assert_int_equal(source_of(&line, "hidden"), OPTION_BY_USER);
    assert_int_equal(source_of(&line, "layers"), OPTION_BY_PRESET);
    /* A number of the other optimizer is there, but nobody asked for it. */
    assert_int_equal(source_of(&line, "rho"), OPTION_BY_PRESET);
}

static void the_last_preset_counts(void **state) {
    (void)state;
    Line line = read_line("--preset char-rnn --preset torch-rnn");
    assert_int_equal(line.outcome, OPTIONS_READ);
    assert_string_equal(line.values.preset, "torch-rnn");
    assert_true(line.values.embed == 64 && line.values.method.init_range == 0);
}

/* --- tables that are wrong --- */

typedef struct Small {
    const char *preset, *text;
    uint64_t number;
    bool flag;
} Small;

static const char *small_name(size_t index) {
    return index == 0 ? "small" : NULL;
}

static const char *small_words; /* what the preset stands for */

static const char *small_expansion(const char *name) {
    assert_string_equal(name, "small");
    return small_words;
}

static const Option small_rows[] = {
    {.name = "preset",
     .offset = offsetof(Small, preset),
     .kind = OPTION_PRESET,
     .argument = "PRESET",
     .choices = small_name,
     .expansion = small_expansion},
    {.name = "number",
     .offset = offsetof(Small, number),
     .kind = OPTION_INTEGER,
     .argument = "N",
     .least = 1,
     .most = 9},
    {.name = "flag", .offset = offsetof(Small, flag), .kind = OPTION_FLAG},
    {.name = "text", .offset = offsetof(Small, text), .kind = OPTION_TEXT, .argument = "TEXT"},
};

static const OptionTable small_table = {small_rows, ROWS(small_rows)};

static void check_small(const char *words, uint64_t number, const char *message) {
    Small values = {.number = 0};
    OptionSource sources[ROWS(small_rows)] = {OPTION_BY_DEFAULT};
    char *items[] = {"small", "--preset", "small"};
    Error error = {0};
    int rest = 0;
    small_words = words;
    OptionsOutcome outcome =
        options_read(&small_table, (Arguments){3, items}, &values, sources, &rest, &error);
    if (message == NULL) {
        assert_int_equal(outcome, OPTIONS_READ);
        assert_int_equal(values.number, number);
        assert_string_equal(values.preset, "small");
        assert_true(values.text == NULL && !values.flag);
    } else {
        assert_int_equal(outcome, OPTIONS_WRONG);
        assert_string_equal(error.message, message);
    }
}

static void mistakes_in_a_preset_are_told(void **state) {
    (void)state;
    check_small("", 0, NULL);
    check_small("  --number   7 ", 7, NULL);
    check_small("--number 3 --number 4", 4, NULL);
    check_small("--nmber 7", 0, "--preset small: there is no option like '--nmber'");
    check_small("--number", 0, "--preset small: there is no option like '--number'");
    check_small("--flag 1", 0, "--preset small: there is no option like '--flag'");
    check_small("--text a", 0, "--preset small: there is no option like '--text'");
    check_small("--preset small", 0, "--preset small: there is no option like '--preset'");
    check_small("--number 10", 0, "--preset small: --number 10: must be from 1 to 9");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_can_be_read),
        cmocka_unit_test(char_rnn_is_what_its_program_does),
        cmocka_unit_test(torch_rnn_is_what_its_program_does),
        cmocka_unit_test(min_char_rnn_is_what_its_program_does),
        cmocka_unit_test(karpathy_2015_is_what_the_paper_says),
        cmocka_unit_test(options_after_it_have_the_last_word),
        cmocka_unit_test(the_last_preset_counts),
        cmocka_unit_test(mistakes_in_a_preset_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

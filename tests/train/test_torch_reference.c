/* The trainer against PyTorch: ten steps over the same text from the same parameters, with its own streams, carried
 * state, warm-up, clipping and AdamW, must end at the same parameters. tests/reference/lstm_reference.py made the
 * numbers (`warm`); tests/model/test_torch_reference.c gives the reasons for the tolerance.
 */
#include "support/cmocka_all.h"

#include <stdlib.h>

#include "model/cells.h"
#include "support/scratch.h"
#include "support/symbols.h"
#include "support/tables.h"
#include "support/torch_reference.h"
#include "train/trainer.h"

static const double tolerance = 2e-5;

/* The text whose streams are the reference's: stream after stream instead of row after row. */
static Corpus make_corpus(const ReferenceFile *file) {
    Error error = {0};
    uint32_t symbols[64];
    size_t vocab = reference_size(file, "vocab");
    size_t batch = reference_size(file, "batch");
    size_t rows = reference_size(file, "windows") * reference_size(file, "steps") + 1;
    assert_in_range(vocab, 1, 64);
    for (size_t k = 0; k < vocab; k++) {
        symbols[k] = 'a' + (uint32_t)k;
    }
    Corpus corpus = {
        .vocab = vocab_create_from_numbers(UNIT_CHAR, symbols, NULL, vocab, &error),
    };
    uint32_t *text = calloc(rows * batch, sizeof *text);
    assert_non_null(corpus.vocab);
    assert_non_null(text);
    uint32_t *units = torch_units(file);
    for (size_t k = 0; k < rows * batch; k++) {
        text[k % batch * rows + k / batch] = units[k];
    }
    corpus.units = unit_store_of(text, rows * batch, &error);
    assert_non_null(corpus.units);
    free(units);
    free(text);
    return corpus;
}

/* One epoch of the text is the reference's ten windows. */
static TrainerConfig make_config(const ReferenceFile *file, const char *output) {
    return (TrainerConfig){.cells = cell_list_of(cell_find("lstm")),
                           .layers = reference_size(file, "layers"),
                           .hidden = reference_size(file, "hidden"),
                           .embed = reference_size(file, "embed"),
                           .method.seq_length = reference_size(file, "steps"),
                           .method.batch_size = reference_size(file, "batch"),
                           .epochs = 1,
                           .optimizer = optimizer_find("adamw"),
                           .method.numbers = {0.5, 0.99, -1, -1, -1, -1}, /* betas as in the reference */
                           .schedule = schedule_find("constant"),
                           .method.schedule_numbers = SCHEDULE_AUTO,
                           .method.learning_rate = reference_number(file, "warm.rate"),
                           .method.weight_decay = reference_number(file, "warm.weight_decay"),
                           .method.clip = reference_number(file, "warm.clip"),
                           .output = output};
}

typedef struct Course {
    const ReferenceFile *file;
    size_t steps; /* reported so far */
} Course;

static void check_report(void *context, const TrainerReport *report) {
    Course *course = context;
    size_t steps = reference_size(course->file, "windows");
    assert_in_range(report->step, 1, steps);
    if (report->step == course->steps) {
        return; /* the last word repeats the last step */
    }
    course->steps++;
    assert_int_equal(report->step, course->steps);
    const double *norms = reference_numbers(course->file, "warm.norms", steps);
    torch_check_number("the gradient's norm", report->grad_norm, norms[course->steps - 1], 0, tolerance);
    if (course->steps == 1) { /* later ones are smoothed */
        const double *losses = reference_numbers(course->file, "warm.losses", steps);
        torch_check_number("the first loss", report->train_loss, losses[0], 0, tolerance);
    }
}

static void check_training(const char *name, size_t threads) {
    Error error = {0};
    Compute compute;
    Pipeline pipeline = {0};
    Scratch *scratch = scratch_create();
    ReferenceFile *file = torch_reference_read(name);
    Corpus corpus = make_corpus(file);
    TrainerConfig config = make_config(file, scratch_path(scratch, "model.safetensors"));
    Course course = {.file = file};
    TrainerCallbacks callbacks = {.context = &course, .report = check_report};
    assert_true(compute_create(&compute, threads, &error));
    Trainer *trainer = trainer_create(&config, &corpus, &pipeline, "test", &compute, &error);
    assert_non_null(trainer);
    const Model *model = trainer_model(trainer);
    torch_first_parameters(file, &model->network->layout, model->parameters);
    assert_int_equal(trainer_run(trainer, &callbacks, clock_system(), &error), TRAINER_FINISHED);
    assert_int_equal(course.steps, reference_size(file, "windows"));
    torch_check_block(file, "warm", &model->network->layout, model->parameters,
                      reference_size(file, "curve_stride"), tolerance);
    trainer_free(trainer);
    compute_free(&compute);
    corpus_free(&corpus);
    reference_free(file);
    scratch_remove(scratch);
}

static void test_small_network(void **state) {
    (void)state;
    check_training("lstm_small.txt", 1);
}

static void test_slices(void **state) {
    (void)state;
    check_training("lstm_slices.txt", 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_network),
        cmocka_unit_test(test_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

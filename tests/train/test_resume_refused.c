/* What cannot be resumed: a checkpoint that is missing, of another run, or damaged. It is left alone. */
#define _GNU_SOURCE /* memmem */
#include "train/resumed_run.h"

#include "support/hidden_checksum.h"
#include "support/tensor_data.h"

static void without_a_checkpoint_it_starts_afresh(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.resume = true;
    training.config.epochs = 1;
    training_finish(&training);
    assert_false(training.plan.resumed || training.plan.finished);
    training_end(&training);
}

/* The model was removed: the run goes on and makes a new one. */
static void the_checkpoint_alone_is_enough(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 150); /* some validations later */
    assert_true(isfinite(training.history.best_val_loss));
    assert_int_equal(remove(training.output), 0);
    training_finish(&training);
    Model model = load_model(training.output);
    model_free(&model);
    training_end(&training);
}

/* Resuming is refused with a message that has `part` in it, and nothing is touched. */
static void check_refused(Training *training, const char *part) {
    Bytes before = scratch_read(training->scratch, "model.checkpoint.safetensors");
    training->config.resume = true;
    assert_false(training_plan(training));
    assert_contains(training->error.message, training->checkpoint);
    assert_contains(training->error.message, part);
    Bytes after = scratch_read(training->scratch, "model.checkpoint.safetensors");
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.data, after.data, before.length);
    bytes_free(&before);
    bytes_free(&after);
}

static void other_cells_and_sizes_are_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    const TrainerConfig config = training.config;
    training.config.cells = cell_list_of(cell_find("gru"));
    check_refused(&training, "--cell lstm, but gru is asked for; give --cell lstm");
    training.config = config;
    training.config.hidden = 32;
    check_refused(&training, "--hidden 20, but 32");
    training.config = config;
    training.config.layers = 1;
    check_refused(&training, "--layers 2, but 1");
    training.config = config;
    training.config.embed = 0;
    check_refused(&training, "--embed 8, but 0");
    training.config = config;
    training.config.zoneout = 0.125;
    check_refused(&training, "--zoneout 0.1, but 0.125 is asked for; give --zoneout 0.1");
    training.config = config;
    training.config.method.seq_length = 32;
    check_refused(&training, "--seq-length 16, but 32");
    training.config = config;
    training.config.method.batch_size = 8;
    check_refused(&training, "--batch-size 4, but 8");
    training.config = config;
    training.config.method.val_fraction = 0.2;
    check_refused(&training, "--val 0.1, but 0.2");
    training.config = config;
    training.config.method.test_fraction = 0.1;
    check_refused(&training, "--test 0, but 0.1");
    training.config = config;
    training.config.method.seed = 3;
    check_refused(&training, "--seed 1, but 3");
    training.config.method.seed = 12345678901234567;
    check_refused(&training, "--seed 1, but 12345678901234567 is asked for; give --seed 1 ");
    training.config = config;
    training.config.method.val_fraction = 0.1234567;
    check_refused(&training, "--val 0.1, but 0.1234567 is");
    training.config = config;
    const Optimizer other = {.name = "other", .block_count = 2, .update = config.optimizer->update};
    training.config.optimizer = &other;
    check_refused(&training, "--optimizer adamw, but other is asked for; give --optimizer adamw");
    training.config = config;
    training_finish(&training); /* and with the right ones it goes on */
    training_end(&training);
}

/* The same length and the same characters, but another text. */
static void another_text_is_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    Bytes text = english_text(3000);
    size_t k = 1500;
    while (text.data[k] == text.data[k + 1]) {
        k++;
    }
    char first = text.data[k];
    text.data[k] = text.data[k + 1];
    text.data[k + 1] = first;
    uint64_t before = training.corpus.report.digest;
    training_set_text(&training, text.data, text.length);
    bytes_free(&text);
    check_refused(&training, "another text");
    char digests[100];
    snprintf(digests, sizeof digests, "its digest is %016llx, that of the text is %016llx",
             (unsigned long long)before, (unsigned long long)training.corpus.report.digest);
    check_refused(&training, digests);
    check_refused(&training, "--force");
    training_end(&training);
}

/* Forced, the run goes on with another text: from its beginning, and what was the best on the old one is not any more.
 * Nothing else changes: parameters, moments, steps. */
static void another_text_can_be_forced(void **state) {
    (void)state;
    Training training;
    start(&training);
    training.config.epochs = 6.5;
    interrupt_and_resume(&training, 150); /* the first validation was at 125 */
    assert_true(isfinite(training.history.best_val_loss));
    uint64_t chars = training.history.chars_trained;
    Bytes text = english_text(2800); /* the end is gone, and with it the place of each stream */
    training_set_text(&training, text.data, text.length);
    bytes_free(&text);
    check_refused(&training, "another text");
    training.config.force = true;
    assert_true(training_plan(&training));
    assert_true(training.plan.resumed && training.plan.text_changed);
    assert_int_equal(training.plan.resumed_step, 150);
    training.watch.interrupt_after = 1;
    assert_int_equal(training_run(&training), TRAINER_INTERRUPTED);
    assert_int_equal(training.history.steps, 151);
    assert_int_equal(training.history.chars_trained, chars + 64);
    assert_true(isnan(training.history.best_val_loss));
    training.config.force = false; /* it is the text of the checkpoint now */
    training.watch.interrupt_after = 0;
    training_finish(&training);
    assert_false(training.plan.text_changed);
    assert_true(isfinite(training.history.best_val_loss));
    Model model = load_model(training.output);
    assert_near(model.history.best_val_loss, training.history.best_val_loss, 0);
    assert_int_equal(model.history.corpus_digest, training.corpus.report.digest);
    model_free(&model);
    training_end(&training);
}

/* Refused with `part` in the message when so many bytes of the tensor are these instead. */
static void check_broken(Training *training, const char *tensor, size_t offset, const void *bytes,
                         size_t count, const char *part) {
    const char *name = "model.checkpoint.safetensors";
    Bytes whole = scratch_read(training->scratch, name);
    if (strstr(whole.data + 8, "\"checksum\"") != NULL) {
        hide_checksum(whole.data, whole.length);
    }
    char *at = tensor_data(&whole, tensor) + offset;
    char *before = memory_allocate(count, 1, "a copy", NULL);
    memcpy(before, at, count);
    memcpy(at, bytes, count);
    scratch_write(training->scratch, name, whole.data, whole.length);
    check_refused(training, part);
    memcpy(at, before, count);
    scratch_write(training->scratch, name, whole.data, whole.length);
    assert_true(training_plan(training)); /* and whole again it is taken */
    free(before);
    bytes_free(&whole);
}

/* Numbers that would let the run go on for a while, or for ever. */
static void checkpoints_of_no_numbers_are_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    const float nan = (float)NAN;
    const float infinite = (float)INFINITY;
    check_broken(&training, "optim.moment1.decoder.bias", 4, &nan, 4,
                 "tensor optim.moment1.decoder.bias holds nan at index 1");
    check_broken(&training, "optim.moment2.rnn.weight_hh_l0", 0, &infinite, 4,
                 "tensor optim.moment2.rnn.weight_hh_l0 holds inf at index 0");
    check_broken(&training, "ema.encoder.weight", 8, &nan, 4,
                 "tensor ema.encoder.weight holds nan at index 2");
    check_broken(&training, "state.carried", 0, &nan, 4, "tensor state.carried holds nan");
    for (size_t k = 0; k < 6; k++) {
        const double wide_nan = (double)NAN;
        check_broken(&training, "position.numbers", 8 * k, &wide_nan, 8, "tensor position.numbers holds nan");
    }
    const uint64_t many = 11;
    const double often = 6;
    check_broken(&training, "good.weights.decoder.bias", 4, &nan, 4,
                 "tensor good.weights.decoder.bias holds nan");
    check_broken(&training, "good.ema_less_weights.encoder.weight", 4, &nan, 4,
                 "tensor good.ema_less_weights.encoder.weight holds nan");
    check_broken(&training, "good.optim.moment2.decoder.bias", 4, &nan, 4,
                 "good.optim.moment2.decoder.bias holds nan");
    check_broken(&training, "good.state", 4, &nan, 4, "tensor good.state holds nan");
    check_broken(&training, "good.counters", 0, &many, 8, "good.counters is beyond the run");
    check_broken(&training, "position.divergence", 8, &often, 8, "so often");
    const double negative = -1;
    const uint64_t beyond = 1000000;
    check_broken(&training, "position.numbers", 0, &negative, 8, "position.numbers: less than 0 seconds");
    check_broken(&training, "position.numbers", 16, &negative, 8, "position.numbers: the training loss");
    check_broken(&training, "position.counters", 16, &beyond, 8, "position.counters is beyond the text");
    training_end(&training);
}

static void damaged_checkpoints_are_refused(void **state) {
    (void)state;
    Training training;
    start(&training);
    interrupt_and_resume(&training, 10);
    const char *name = "model.checkpoint.safetensors";
    Bytes whole = scratch_read(training.scratch, name);
    scratch_write(training.scratch, name, whole.data, whole.length / 2);
    check_refused(&training, "");
    whole.data[whole.length / 2] = (char)((unsigned char)whole.data[whole.length / 2] ^ 4u);
    scratch_write(training.scratch, name, whole.data, whole.length);
    check_refused(&training, "model.safetensors, the model beside it");
    scratch_write(training.scratch, name, "", 0);
    check_refused(&training, "");
    bytes_free(&whole);
    Bytes model =
        scratch_read(training.scratch, "model.safetensors"); /* a model, but nothing to go on with */
    scratch_write(training.scratch, name, model.data, model.length);
    check_refused(&training, "position.counters");
    bytes_free(&model);
    training_end(&training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_checkpoint_it_starts_afresh),
        cmocka_unit_test(the_checkpoint_alone_is_enough),
        cmocka_unit_test(other_cells_and_sizes_are_refused),
        cmocka_unit_test(another_text_is_refused),
        cmocka_unit_test(another_text_can_be_forced),
        cmocka_unit_test(damaged_checkpoints_are_refused),
        cmocka_unit_test(checkpoints_of_no_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

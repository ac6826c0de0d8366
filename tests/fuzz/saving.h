/* What fuzzers of models share: a folder, as a file in memory cannot be replaced, and a model that comes back from
 * it. */
#ifndef LETRA_TESTS_FUZZ_SAVING_H
#define LETRA_TESTS_FUZZ_SAVING_H

#include "fuzz/fuzzing.h"

#include "model/model_file.h"
#include "support/scratch.h"

static Scratch *scratch;

static inline void remove_scratch(void) {
    scratch_remove(scratch);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    scratch = scratch_create();
    return atexit(remove_scratch);
}

/* The model is saved, and the same one loads. */
static inline void check_saved(const Model *model) {
    Error error = {0};
    Model again;
    const char *path = scratch_path(scratch, "model.safetensors");
    size_t count = model->network->layout.total;
    check(model_save(path, model, NULL, 0, &error), "the model is saved");
    check(model_load(path, &again, &error), "what was saved loads");
    check(vocab_size(again.vocab) == vocab_size(model->vocab), "as many symbols");
    check(again.pipeline.rule_count == model->pipeline.rule_count, "as many rules");
    check(again.network->layout.total == count &&
              memcmp(again.parameters, model->parameters, count * sizeof(real)) == 0,
          "the same parameters");
    model_free(&again);
}

#endif

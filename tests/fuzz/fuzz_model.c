/* Feeds model_load with files that may be anything: the header's length, its JSON, the JSON texts in it, tensors.
 *
 * What loads must save, load again, and be of the same sizes with the same parameters. Mutations of the header would
 * nearly all end at its length, so a mutator of its own corrects that in three of four.
 */
#define _GNU_SOURCE /* memfd_create */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/model_file.h"
#include "support/scratch.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_most); /* libFuzzer's */

enum { LENGTH_SIZE = 8, HEADER_MOST = 1 << 20 };

/* Where models are saved; a file in memory cannot be replaced. */
static Scratch *scratch;

static void remove_scratch(void) {
    scratch_remove(scratch);
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    scratch = scratch_create();
    return atexit(remove_scratch);
}

static void check(bool good, const char *what, const Error *error) {
    if (!good) {
        (void)fprintf(stderr, "not so: %s (%s)\n", what, error->message);
        abort();
    }
}

/* A file in memory, and the path under which it can be opened. */
static int make_file(const uint8_t *data, size_t size, char path[64]) {
    int file = memfd_create("model", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != (ssize_t)size) {
        perror("memfd_create");
        abort();
    }
    snprintf(path, 64, "/proc/self/fd/%d", file);
    return file;
}

/* The model comes back from a file. */
static void check_saved(const Model *model) {
    Error error = {0};
    Model again;
    const char *path = scratch_path(scratch, "model.safetensors");
    size_t count = model->network->layout.total;
    check(model_save(path, model, NULL, 0, &error), "what loads is saved", &error);
    check(model_load(path, &again, &error), "what was saved loads", &error);
    check(vocab_size(again.vocab) == vocab_size(model->vocab), "as many symbols", &error);
    check(again.pipeline.rule_count == model->pipeline.rule_count, "as many rules", &error);
    check(again.network->layout.total == count &&
              memcmp(again.parameters, model->parameters, count * sizeof(real)) == 0,
          "the same parameters", &error);
    model_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int file = make_file(data, size, path);
    Model model;
    ModelExtras *extras = NULL;
    Error error = {0};
    if (model_load_with_extras(path, &model, &extras, &error)) {
        check(vocab_size(model.vocab) == model.network->config.vocab, "a row for each symbol", &error);
        check_saved(&model);
        model_extras_free(extras);
        model_free(&model);
    } else {
        check(error.message[0] != '\0', "a refusal says why", &error);
    }
    close(file);
    return 0;
}

static uint64_t read_length(const uint8_t *data) {
    uint64_t length = 0;
    for (size_t k = LENGTH_SIZE; k-- > 0;) {
        length = length << 8 | data[k];
    }
    return length;
}

/* Mutates the header alone, and says how long it is now. */
static size_t mutate_header(uint8_t *data, size_t size, size_t size_most, size_t length) {
    size_t rest = size - LENGTH_SIZE - length;
    uint8_t *tail = malloc(rest + 1);
    if (tail == NULL) {
        return size;
    }
    memcpy(tail, data + LENGTH_SIZE + length, rest);
    size_t mutated = LLVMFuzzerMutate(data + LENGTH_SIZE, length, size_most - LENGTH_SIZE - rest);
    memcpy(data + LENGTH_SIZE + mutated, tail, rest);
    free(tail);
    for (size_t k = 0; k < LENGTH_SIZE; k++) {
        data[k] = (uint8_t)((uint64_t)mutated >> 8 * k);
    }
    return LENGTH_SIZE + mutated + rest;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_most, unsigned seed) {
    uint64_t length = size >= LENGTH_SIZE ? read_length(data) : 0;
    bool whole = length > 0 && length <= HEADER_MOST && length <= size - LENGTH_SIZE;
    return whole && seed % 4 != 0 ? mutate_header(data, size, size_most, (size_t)length)
                                  : LLVMFuzzerMutate(data, size, size_most);
}

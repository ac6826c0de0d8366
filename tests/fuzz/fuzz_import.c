/* Feeds import_state_dict with state dicts and vocabularies that may be anything.
 *
 * Up to the first NUL the input is the vocabulary's JSON; the state dict's file is behind it. What is imported must
 * save and load again.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/saving.h"

#include "model/import.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_most, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
    if (end == NULL) {
        return 0;
    }
    char path[PATH_SIZE];
    char vocab_path[PATH_SIZE];
    int vocab_file = memory_file(data, (size_t)(end - data), vocab_path);
    int file = memory_file(end + 1, size - (size_t)(end + 1 - data), path);
    for (int relu = 0; relu < 2; relu++) {
        Model model;
        Error error = {0};
        if (import_state_dict(path, vocab_path, "1", relu == 1, &model, &error)) {
            check_saved(&model);
            model_free(&model);
        } else {
            check(error.message[0] != '\0', "a refusal says why");
            check(is_harmless(error.message, strlen(error.message)),
                  "a refusal sends nothing to the terminal");
        }
    }
    close(file);
    close(vocab_file);
    return 0;
}

/* The vocabulary or the file. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_most, unsigned seed) {
    const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
    if (end == NULL || seed % 8 == 0) {
        return LLVMFuzzerMutate(data, size, size_most);
    }
    size_t begin = (size_t)(end + 1 - data);
    return begin + mutate_safetensors(data + begin, size - begin, size_most - begin, seed / 8);
}

/* Feeds model_load with files that may be anything: the header's length, its JSON, the JSON texts in it, tensors.
 *
 * What loads must save, load again, be of the same sizes with the same parameters, be shown, and write. Nothing that is
 * said or shown of a file may send anything to a terminal. Mutations of the header would nearly all end at its length,
 * so a mutator of its own corrects that in three of four.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/saving.h"

#include "commands/json.h"
#include "commands/show_model.h"
#include "generate/writer.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_most, unsigned seed);

/* It is shown, to a person and as JSON. */
static void check_shown(const Model *model) {
    Caught shown;
    Error error = {0};
    catch_stream(&stdout, &shown);
    Output output = output_open();
    check(show_model_print(model, "model", 1, &output, &error), "what loads is shown");
    check(json_print(&output, show_model_make_json(model, "model", 1), &error), "and as JSON");
    release_stream(&stdout, &shown, true);
}

static bool take_piece(void *context, const WriterPiece *piece) {
    size_t *units = context;
    ++*units;
    check(piece->length == 0 || piece->text != NULL, "a piece has a text");
    return true;
}

/* It writes: in the precision that it asks for, whatever its numbers come to. */
static void check_writing(const Model *model) {
    Error error = {0};
    size_t pieces = 0;
    WriterConfig config = {.length = 4,
                           .sampler = {.temperature = 1, .top_p = 1, .typical_p = 1, .repeat_penalty = 1}};
    Compute compute;
    check(compute_create(&compute, 1, &error), "there is a processor");
    Writer *writer =
        writer_create(model, &compute, 1, 1, model->history.sampling_precision, clock_system(), &error);
    check(writer != NULL, "there is memory");
    check(writer_write(writer, &config, take_piece, &pieces, &error) || error.message[0] != '\0',
          "what is not written is refused with a reason");
    check(pieces <= (size_t)config.length + 2, "a text ends");
    writer_free(writer);
    compute_free(&compute);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[PATH_SIZE];
    int file = memory_file(data, size, path);
    Model model;
    ModelExtras *extras = NULL;
    Error error = {0};
    if (model_load_with_extras(path, &model, &extras, &error)) {
        check(vocab_size(model.vocab) == model.network->config.vocab, "a row for each symbol");
        check_saved(&model);
        check_shown(&model);
        check_writing(&model);
        model_extras_free(extras);
        model_free(&model);
    } else {
        check(error.message[0] != '\0', "a refusal says why");
        check(is_harmless(error.message, strlen(error.message)), "a refusal sends nothing to the terminal");
    }
    close(file);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_most, unsigned seed) {
    return mutate_safetensors(data, size, size_most, seed);
}

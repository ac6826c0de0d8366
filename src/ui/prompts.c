/* Prompts: see prompts.h. */
#include "ui/prompts.h"

#include "ui/message.h"

bool prompts_open(Prompts *prompts, const Model *model, Unknown unknown, Error *error) {
    *prompts = (Prompts){.model = model, .unknown = unknown};
    if (unknown != UNKNOWN_NEAREST) {
        return true;
    }
    prompts->nearest = nearest_symbols_create(model->vocab, error);
    return prompts->nearest != NULL || error_prefix(error, "--unknown nearest: ");
}

void prompts_close(Prompts *prompts) {
    nearest_symbols_free(prompts->nearest);
    *prompts = (Prompts){0};
}

static bool read_nearest(const Prompts *prompts, const char *name, const char *text, size_t length,
                         Units *units, Error *error) {
    const Model *model = prompts->model;
    Bytes list = {0};
    bool done = typed_text_encode_nearest(&model->pipeline, model->vocab, prompts->nearest, name, text,
                                          length, units, &list, error);
    if (done && list.length > 0) {
        message_note("%s: read %s", name, list.data);
    }
    bytes_free(&list);
    return done;
}

bool prompts_read(const Prompts *prompts, const char *name, const char *text, size_t length, Units *units,
                  Error *error) {
    if (prompts->nearest != NULL) {
        return read_nearest(prompts, name, text, length, units, error);
    }
    const Model *model = prompts->model;
    size_t skipped = 0;
    if (!typed_text_encode(&model->pipeline, model->vocab, prompts->unknown, name, text, length, units,
                           &skipped, error)) {
        return false;
    }
    message_left_out(name, model->pipeline.unit, skipped);
    return true;
}

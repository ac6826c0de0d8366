/* Stop texts: see stop_texts.h. */
#include "ui/stop_texts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/typed_text.h"
#include "ui/message.h"

/* Takes one stop text the way of the model's text. Says so if the model cannot write it. */
static bool prepare_stop(const char *text, const char *name, const Model *model, Bytes *out, Error *error) {
    Pipeline plain = model->pipeline; /* but for its rules */
    plain.rules = NULL;
    plain.rule_count = 0;
    Units units = {0};
    size_t skipped = 0;
    bool done = bytes_append(out, text, strlen(text), error) && typed_text_clean(&plain, name, out, error) &&
                typed_text_encode(&plain, model->vocab, UNKNOWN_SKIP, name, out->data, out->length, &units,
                                  &skipped, error);
    if (done && skipped > 0) {
        message_warning("%s '%s' has characters that the model does not know: it will never come", name,
                        text);
    }
    units_free(&units);
    return done;
}

bool stop_texts_make(const char *const *texts, size_t count, const char *name, const Model *model,
                     StopTexts *made, Error *error) {
    *made = (StopTexts){0};
    made->stops = memory_allocate(count, sizeof *made->stops, "the stop texts", error);
    made->texts = memory_allocate(count, sizeof *made->texts, "the stop texts", error);
    bool done = made->stops != NULL && made->texts != NULL;
    for (size_t k = 0; done && k < count; k++) {
        made->count = k + 1;
        done = prepare_stop(texts[k], name, model, &made->texts[k], error);
        made->stops[k] = (WriterStop){made->texts[k].data, made->texts[k].length};
    }
    if (!done) {
        stop_texts_free(made);
    }
    return done;
}

void stop_texts_free(StopTexts *texts) {
    for (size_t k = 0; k < texts->count; k++) {
        bytes_free(&texts->texts[k]);
    }
    free(texts->texts);
    free(texts->stops);
    *texts = (StopTexts){0};
}

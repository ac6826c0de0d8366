/* What letra eval reads: see eval_text.h. */
#include "commands/eval_text.h"

#include "base/file_input.h"
#include "text/split.h"
#include "ui/message.h"

const char *part_name(size_t index) {
    static const char *const names[] = {"all", "train", "val", "test"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

bool eval_text_check_part(const Model *model, const char *path, Part part, Error *error) {
    return part == PART_ALL || model->history.corpus_units > 0 ||
           error_set(error,
                     "--split %s: %s was not trained by letra and does not know how its text was split; "
                     "leave --split out and give the part as a text",
                     part_name(part), file_input_name(path));
}

bool eval_text_choose_part(const Model *model, const Corpus *corpus, Part part, Range *range, Error *error) {
    const TrainingHistory *history = &model->history;
    size_t count = unit_store_count(corpus->units);
    Split split = split_corpus(corpus, history->method.val_fraction, history->method.test_fraction);
    switch (part) {
    case PART_ALL: *range = (Range){0, count}; break;
    case PART_TRAIN: *range = split.train; break;
    case PART_VAL: *range = split.val; break;
    case PART_TEST: *range = split.test; break;
    }
    if (part != PART_ALL && history->corpus_digest != 0 && corpus->report.digest != history->corpus_digest) {
        message_warning("this is not the text that the model was trained on: '%s' is cut off by position",
                        part_name(part));
    }
    if (range->end - range->begin < 2) {
        size_t units = range->end - range->begin;
        return error_set(error, "the part '%s' of the text has %zu %s%s; at least 2 are needed%s",
                         part_name(part), units, unit_noun(model->pipeline.unit), units == 1 ? "" : "s",
                         part == PART_ALL ? "" : " (letra show prints how the model's text was split)");
    }
    return true;
}

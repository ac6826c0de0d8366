/* letra eval --compare: see eval_compare.h. Both models read the text their own way, and what is printed is what
 * generate/comparison.h finds. */
#include "commands/eval_compare.h"

#include "commands/eval_comparison.h"
#include "generate/comparison.h"
#include "ui/interrupt.h"
#include "ui/message.h"
#include "ui/meter.h"

/* Whether the texts can be the same at all: both are cut into records, or neither is. */
static bool check_records(const CompareRequest *request, const Model *second, Error *error) {
    bool records[2] = {request->loaded->model.pipeline.separator != NULL, second->pipeline.separator != NULL};
    return records[0] == records[1] ||
           error_set(error, "%s reads records and %s one text: they cannot be compared",
                     request->paths[records[0] ? 0 : 1], request->paths[records[0] ? 1 : 0]);
}

/* Reads the text as it is for a model, but with symbols of its own: what the model does not know is not lost yet, and
 * what would be a rare symbol is itself. */
static bool read_text(const Model *model, const CorpusFiles *files, Corpus *corpus, Error *error) {
    Pipeline pipeline = model->pipeline; /* borrows what the model owns */
    pipeline.min_count = 0;
    return corpus_read(&pipeline, NULL, files, corpus, error);
}

/* Units of the text that a model has no symbol for, and those that are to it the one for all rare ones. */
typedef struct Strangers {
    size_t unknown;
    size_t rare;
    Symbol first; /* of the unknown ones */
} Strangers;

static Strangers find_strangers(const Model *model, const Vocab *text) {
    Strangers found = {.unknown = 0};
    uint32_t rare = vocab_find(model->vocab, symbol_rare());
    for (uint32_t k = 0; k < vocab_size(text); k++) {
        Symbol symbol = vocab_symbol(text, k);
        uint32_t read = vocab_read(model->vocab, symbol);
        if (read == VOCAB_UNKNOWN) {
            found.first = found.unknown == 0 ? symbol : found.first;
            found.unknown += vocab_count(text, k);
        } else if (read == rare) {
            found.rare += vocab_count(text, k);
        }
    }
    return found;
}

/* Whether the model knows the text well enough. */
static bool check_strangers(const ComparedText *text, Unknown unknown, Error *error) {
    Unit unit = vocab_unit(text->vocab);
    Strangers found = find_strangers(text->model, text->vocab);
    Bytes first = {0};
    if (found.rare > 0) {
        message_warning("%s reads %zu %s%s as its one rare symbol, which costs it less than each would",
                        text->name, found.rare, unit_noun(unit), found.rare == 1 ? "" : "s");
    }
    if (found.unknown == 0 || unknown == UNKNOWN_SKIP) {
        return true;
    }
    if (symbol_describe_with_number(unit, found.first, &first, error)) {
        error_set(
            error,
            "%s does not know %s; unknown %ss in all: %zu; --unknown skip leaves out for both what one of "
            "them does not know",
            text->name, first.data, unit_noun(unit), found.unknown);
    }
    bytes_free(&first);
    return false;
}

static bool show_progress(void *context, size_t done, size_t count) {
    meter_show(context, (double)done / (double)count);
    return !interrupt_came();
}

/* Compares the models on two texts that were read. */
static bool compare(const CompareRequest *request, const ComparedText texts[2], const Corpus *first,
                    Output *output, Error *error) {
    Range range = {0};
    Comparison comparison;
    if (!check_strangers(&texts[0], request->unknown, error) ||
        !check_strangers(&texts[1], request->unknown, error) ||
        !eval_text_choose_part(texts[0].model, first, request->part, &range, error)) {
        return false;
    }
    Meter meter = meter_start("comparing");
    interrupt_catch(INTERRUPT_SECOND_ENDS);
    bool done =
        comparison_make(texts, &request->loaded->compute, range, show_progress, &meter, &comparison, error);
    meter_end(&meter);
    if (!done) {
        return false;
    }
    if (comparison.left_out > 0) {
        Unit unit = comparison_unit(vocab_unit(texts[0].vocab), vocab_unit(texts[1].vocab));
        message_warning("left out %zu %s%s that one of the models does not know", comparison.left_out,
                        unit_noun(unit), comparison.left_out == 1 ? "" : "s");
    }
    return request->json ? eval_comparison_print_json(texts, &comparison, output, error)
                         : eval_comparison_print(texts, &comparison, output, error);
}

bool eval_compare(const CompareRequest *request, Output *output, Error *error) {
    const Model *first = &request->loaded->model;
    Model second = {0};
    Corpus corpora[2] = {{0}, {0}};
    bool done = loaded_model_open(request->paths[1], &second, error) &&
                check_records(request, &second, error) &&
                read_text(first, request->files, &corpora[0], error) &&
                read_text(&second, request->files, &corpora[1], error);
    if (done) {
        message_invalid(&first->pipeline, &corpora[0].report);
        const ComparedText texts[2] = {
            {request->paths[0], first, corpora[0].vocab, corpora[0].units},
            {request->paths[1], &second, corpora[1].vocab, corpora[1].units},
        };
        done = compare(request, texts, &corpora[0], output, error);
    }
    corpus_free(&corpora[0]);
    corpus_free(&corpora[1]);
    model_free(&second);
    return done;
}

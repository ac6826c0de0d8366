/* Scorers: see scorer.h. Unit k is what is read, and unit k + 1 its target; so the last unit of a piece waits for the
 * next. */
#include "generate/scorer.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "model/pass.h"

struct Scorer {
    const Model *model;
    Compute *compute;
    ScorerConfig config;
    Pass *pass;
    Dynamic *dynamic; /* NULL: the parameters stay */
    size_t steps;     /* of a window, at most */
    size_t count;     /* units read */
    uint32_t border;  /* VOCAB_UNKNOWN: there are no records */
    /* ids[0] is the last unit of the window before. */
    uint32_t ids[SCORER_WINDOW + 1];
    uint8_t reset[SCORER_WINDOW];
    real nats[SCORER_WINDOW];
    DecoderGuess guesses[SCORER_WINDOW];
};

static bool create_parts(Scorer *scorer, Error *error) {
    const Model *model = scorer->model;
    const DynamicConfig *dynamic = scorer->config.dynamic;
    PassShape shape = {.steps = scorer->steps,
                       .batch = 1,
                       .training = dynamic != NULL,
                       .resets = scorer->border != VOCAB_UNKNOWN};
    scorer->pass = pass_create(model->network, scorer->compute, &shape, error);
    if (scorer->pass == NULL) {
        return false;
    }
    if (dynamic == NULL) {
        pass_pack_now(scorer->pass, model->parameters);
        return true;
    }
    scorer->dynamic = dynamic_create(model->network, scorer->compute, model->parameters, dynamic, error);
    return scorer->dynamic != NULL;
}

static size_t choose_steps(const ScorerConfig *config) {
    size_t steps = config->steps > 0 && config->steps < SCORER_WINDOW ? config->steps : SCORER_WINDOW;
    return config->dynamic != NULL && config->dynamic->segment < steps ? config->dynamic->segment : steps;
}

Scorer *scorer_create(const Model *model, Compute *compute, const ScorerConfig *config, Error *error) {
    Scorer *scorer = memory_allocate(1, sizeof *scorer, "scoring", error);
    if (scorer == NULL) {
        return NULL;
    }
    scorer->model = model;
    scorer->compute = compute;
    scorer->config = *config;
    scorer->steps = choose_steps(config);
    scorer->border = vocab_border(model->vocab);
    if (!create_parts(scorer, error)) {
        scorer_free(scorer);
        return NULL;
    }
    return scorer;
}

void scorer_free(Scorer *scorer) {
    if (scorer != NULL) {
        dynamic_free(scorer->dynamic);
        pass_free(scorer->pass);
        free(scorer);
    }
}

/* Scores the window of `steps` units behind ids[0]. */
static bool score_window(Scorer *scorer, size_t steps, UnitScore *scores, Error *error) {
    PassWindow window = {.steps = steps,
                         .ids = scorer->ids,
                         .targets = scorer->ids + 1,
                         .reset = pass_window_mark_resets(scorer->ids, steps, scorer->border, scorer->reset),
                         .nats = scorer->nats,
                         .guesses = scorer->config.guesses ? scorer->guesses : NULL};
    if (scorer->dynamic == NULL) {
        pass_forward_now(scorer->pass, &window);
    } else if (!dynamic_read(scorer->dynamic, scorer->pass, &window, error)) {
        return false;
    }
    for (size_t k = 0; k < steps; k++) {
        DecoderGuess guess = scorer->config.guesses ? scorer->guesses[k] : (DecoderGuess){0};
        scores[k] = (UnitScore){.unit = scorer->ids[k + 1],
                                .nats = (double)scorer->nats[k],
                                .rank = guess.rank,
                                .likeliest = guess.likeliest,
                                .probability = (double)guess.probability};
        if (!isfinite(scores[k].nats)) {
            return error_set(error,
                             "the model's predictions are not finite numbers from unit %zu on: its "
                             "parameters are too large",
                             scorer->count + k);
        }
    }
    return true;
}

bool scorer_read(Scorer *scorer, const uint32_t *units, size_t count, UnitScore *scores, Error *error) {
    size_t done = 0;
    if (scorer->count == 0 && count > 0) {
        scorer->ids[0] = units[0];
        scores[0] = (UnitScore){.unit = units[0], .nats = NAN};
        scorer->count = done = 1;
    }
    while (done < count) {
        size_t steps = count - done < scorer->steps ? count - done : scorer->steps;
        for (size_t k = 0; k < steps; k++) {
            scorer->ids[k + 1] = units[done + k];
        }
        if (!score_window(scorer, steps, scores + done, error)) {
            return false;
        }
        scorer->ids[0] = scorer->ids[steps];
        scorer->count += steps;
        done += steps;
    }
    return gemm_succeeded(scorer->compute->gemms, error);
}

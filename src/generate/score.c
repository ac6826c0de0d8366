/* Scoring: see score.h. One stream reads window after window, and each window's losses are summed. */
#include "generate/score.h"

#include <math.h>

#include "model/pass.h"

enum { SCORE_STEPS = 256 }; /* units of a window */

/* Scores the windows one by one; unit k + 1 is the target of unit k. */
static bool score_windows(Pass *pass, uint32_t border, const UnitStore *units, Range part,
                          ScoreProgress progress, void *context, Score *score, Error *error) {
    uint32_t ids[SCORE_STEPS + 1];
    uint8_t reset[SCORE_STEPS];
    size_t count = part.end - part.begin;
    while (score->predicted + 1 < count) {
        size_t begin = score->predicted;
        size_t left = count - 1 - begin;
        PassWindow window = {
            .steps = left < SCORE_STEPS ? left : SCORE_STEPS, .ids = ids, .targets = ids + 1};
        if (!unit_store_read(units, part.begin + begin, window.steps + 1, ids, error)) {
            return false;
        }
        window.reset = pass_window_mark_resets(ids, window.steps, border, reset);
        pass_forward_now(pass, &window);
        score->nats += pass_loss(pass);
        score->predicted += window.steps;
        if (!isfinite(score->nats)) {
            return error_set(error,
                             "the model's predictions are not finite numbers from unit %zu on: its "
                             "parameters are too large",
                             begin);
        }
        if (progress != NULL && !progress(context, score->predicted + 1, count)) {
            return error_set(error, "stopped after %zu of %zu units", score->predicted + 1, count);
        }
    }
    return true;
}

bool score_units(const Model *model, Compute *compute, const UnitStore *units, Range part,
                 ScoreProgress progress, void *context, Score *score, Error *error) {
    *score = (Score){0};
    if (part.end - part.begin < 2) {
        return error_set(error, "a text of %zu units cannot be scored: it takes at least 2",
                         part.end - part.begin);
    }
    uint32_t border = vocab_border(model->vocab);
    PassShape shape = {.steps = SCORE_STEPS, .batch = 1, .resets = border != VOCAB_UNKNOWN};
    Pass *pass = pass_create(model->network, compute, &shape, error);
    if (pass == NULL) {
        return false;
    }
    pass_pack_now(pass, model->parameters);
    bool done = score_windows(pass, border, units, part, progress, context, score, error);
    pass_free(pass);
    return gemm_succeeded(compute->gemms, done ? error : NULL) && done;
}

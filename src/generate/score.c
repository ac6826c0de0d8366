/* Scoring: see score.h. One scorer reads piece after piece, and the losses of its units are summed. */
#include "generate/score.h"

double score_mean(Score score) {
    return score.nats / (double)score.predicted;
}

static void add_scores(Score *score, const UnitScore *scores, size_t first, size_t count) {
    for (size_t k = first; k < count; k++) {
        score->nats += scores[k].nats;
        score->predicted++;
    }
}

static bool score_pieces(Scorer *scorer, const UnitStore *units, Range part, const ScoreWatch *watch,
                         Score *score, Error *error) {
    uint32_t ids[SCORER_WINDOW];
    UnitScore scores[SCORER_WINDOW];
    size_t count = part.end - part.begin;
    for (size_t done = 0; done < count;) {
        size_t piece = count - done < SCORER_WINDOW ? count - done : SCORER_WINDOW;
        if (!unit_store_read(units, part.begin + done, piece, ids, error) ||
            !scorer_read(scorer, ids, piece, scores, error)) {
            return false;
        }
        add_scores(score, scores, done == 0 ? 1 : 0, piece);
        done += piece;
        if (watch->see != NULL && !watch->see(watch->context, scores, piece, error)) {
            return false;
        }
        if (watch->progress != NULL && !watch->progress(watch->context, done, count)) {
            return error_set(error, "stopped after %zu of %zu units", done, count);
        }
    }
    return true;
}

bool score_units(const Model *model, Compute *compute, const ScorerConfig *config, const UnitStore *units,
                 Range part, const ScoreWatch *watch, Score *score, Error *error) {
    *score = (Score){0};
    if (part.end - part.begin < 2) {
        return error_set(error, "a text of %zu units cannot be scored: it takes at least 2",
                         part.end - part.begin);
    }
    Scorer *scorer = scorer_create(model, compute, config, error);
    if (scorer == NULL) {
        return false;
    }
    bool done = score_pieces(scorer, units, part, watch, score, error);
    scorer_free(scorer);
    return done;
}

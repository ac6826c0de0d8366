/* Unigrams and bigrams: see entropy.h. */
#include "text/entropy.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "text/count_table.h"

enum { CHUNK = 16384 };

/* What is counted, and what follows from it. */
typedef struct Models {
    size_t vocab;
    uint64_t *counts;    /* c(u) */
    uint64_t *followed;  /* c(v.), of the pairs in the table */
    uint32_t *followers; /* T(v), of them too */
    size_t total;        /* N */
    size_t different;    /* T */
    CountTable pairs;    /* a vocabulary of thousands has far more of them than ever occur */
    bool complete;
} Models;

/* The key of a pair in the table: never 0. */
static uint64_t pair_key(uint32_t first, uint32_t second) {
    return ((uint64_t)first << 32 | second) + 1;
}

static uint32_t first_of_pair(uint64_t key) {
    return (uint32_t)((key - 1) >> 32);
}

static double unigram(const Models *models, uint32_t unit) {
    double different = (double)models->different;
    return ((double)models->counts[unit] + different / (double)models->vocab) /
           ((double)models->total + different);
}

static double bigram(const Models *models, uint32_t before, uint32_t unit) {
    double followers = models->followers[before];
    if (followers == 0) {
        return unigram(models, unit);
    }
    double count = count_table_find(&models->pairs, pair_key(before, unit));
    return (count + followers * unigram(models, unit)) / ((double)models->followed[before] + followers);
}

/* What is done with a unit and the one before it. */
typedef bool (*Visit)(void *context, uint32_t before, uint32_t unit, Error *error);

/* Visits all units of a part but its first. */
static bool visit_pairs(const UnitStore *units, Range part, Visit visit, void *context, Error *error) {
    uint32_t *chunk = memory_allocate(CHUNK, sizeof *chunk, "a text's units", error);
    bool done = chunk != NULL;
    uint32_t before = 0;
    for (size_t place = part.begin; done && place < part.end; place++) {
        size_t k = (place - part.begin) % CHUNK;
        if (k == 0) {
            size_t left = part.end - place;
            done = unit_store_read(units, place, left < CHUNK ? left : CHUNK, chunk, error);
        }
        done = done && (place == part.begin || visit(context, before, chunk[k], error));
        before = chunk[k];
    }
    free(chunk);
    return done;
}

static bool fit(void *context, uint32_t before, uint32_t unit, Error *error) {
    Models *models = context;
    uint32_t count = 0;
    models->counts[unit]++;
    bool done = count_table_add(&models->pairs, pair_key(before, unit), &count, error);
    models->complete =
        models->complete && count > 0; /* what is counted is a model nevertheless: of fewer pairs */
    return done;
}

typedef struct Measuring {
    const Models *models;
    double unigram, bigram; /* sums in nats */
} Measuring;

static bool measure(void *context, uint32_t before, uint32_t unit, Error *error) {
    Measuring *measuring = context;
    (void)error;
    measuring->unigram -= log(unigram(measuring->models, unit));
    measuring->bigram -= log(bigram(measuring->models, before, unit));
    return true;
}

/* What follows from the counts. */
static void sum_counts(Models *models) {
    const CountTable *pairs = &models->pairs;
    for (size_t k = 0; k < models->vocab; k++) {
        models->different += models->counts[k] > 0;
    }
    for (size_t k = 0; k < pairs->slot_count; k++) {
        if (pairs->keys[k] != 0) {
            uint32_t first = first_of_pair(pairs->keys[k]);
            models->followed[first] += pairs->counts[k];
            models->followers[first]++;
        }
    }
}

static bool fit_models(Models *models, const UnitStore *units, Range part, Error *error) {
    size_t vocab = models->vocab;
    models->counts = memory_allocate(vocab, sizeof *models->counts, "counting units", error);
    models->followed = memory_allocate(vocab, sizeof *models->followed, "counting pairs", error);
    models->followers = memory_allocate(vocab, sizeof *models->followers, "counting pairs", error);
    uint32_t first = 0;
    bool done = models->counts != NULL && models->followed != NULL && models->followers != NULL &&
                unit_store_read(units, part.begin, 1, &first, error);
    if (!done) {
        return false;
    }
    models->counts[first]++;
    models->total = part.end - part.begin;
    done = visit_pairs(units, part, fit, models, error);
    sum_counts(models);
    return done;
}

bool entropy_measure(const UnitStore *units, size_t vocab, Range fitted, Range measured, size_t pairs_max,
                     Entropies *entropies, Error *error) {
    *entropies = (Entropies){.unigram = NAN, .bigram = NAN, .complete = true};
    if (fitted.begin >= fitted.end || measured.end - measured.begin < 2) {
        return true;
    }
    Models models = {.vocab = vocab, .pairs.most = pairs_max, .complete = true};
    Measuring measuring = {.models = &models};
    bool done =
        fit_models(&models, units, fitted, error) && visit_pairs(units, measured, measure, &measuring, error);
    if (done) {
        entropies->predicted = measured.end - measured.begin - 1;
        entropies->unigram = measuring.unigram / (double)entropies->predicted;
        entropies->bigram = measuring.bigram / (double)entropies->predicted;
        entropies->complete = models.complete;
    }
    free(models.counts);
    free(models.followed);
    free(models.followers);
    count_table_free(&models.pairs);
    return done;
}

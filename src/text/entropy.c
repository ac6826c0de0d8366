/* Unigrams and bigrams: see entropy.h. */
#include "text/entropy.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { SLOTS_MIN = 4096, CHUNK = 16384 };

#define EMPTY UINT64_MAX

/* How often each pair came, by a hash table: a vocabulary of thousands has far more pairs than ever occur. */
typedef struct Pairs {
    uint64_t *keys; /* first unit << 32 | second; EMPTY where none is; a power of two of them */
    uint32_t *counts;
    size_t slot_count, used, most;
} Pairs;

/* What is counted, and what follows from it. */
typedef struct Models {
    size_t vocab;
    uint64_t *counts;    /* c(u) */
    uint64_t *followed;  /* c(v.), of the pairs in the table */
    uint32_t *followers; /* T(v), of them too */
    size_t total;        /* N */
    size_t different;    /* T */
    Pairs pairs;
    bool complete;
} Models;

/* --- pairs --- */

/* The slot in which a pair is, or the empty one in which it would be. */
static size_t find_slot(const Pairs *pairs, uint64_t key) {
    uint64_t hash =
        key * 0x9E3779B97F4A7C15u; /* Fibonacci hashing (Knuth, volume 3, 6.4): the high bits are good */
    size_t slot = (size_t)(hash >> 32) & (pairs->slot_count - 1);
    while (pairs->keys[slot] != EMPTY && pairs->keys[slot] != key) {
        slot = (slot + 1) & (pairs->slot_count - 1);
    }
    return slot;
}

/* Makes the table twice as large when three quarters of it are used. */
static bool reserve_slot(Pairs *pairs, Error *error) {
    Pairs old = *pairs;
    if (4 * old.used < 3 * old.slot_count) {
        return true;
    }
    pairs->slot_count = old.slot_count > 0 ? 2 * old.slot_count : SLOTS_MIN;
    pairs->keys = memory_allocate(pairs->slot_count, sizeof *pairs->keys, "counting pairs", error);
    pairs->counts = memory_allocate(pairs->slot_count, sizeof *pairs->counts, "counting pairs", error);
    if (pairs->keys == NULL || pairs->counts == NULL) {
        free(pairs->keys);
        free(pairs->counts);
        *pairs = old;
        return false;
    }
    memset(pairs->keys, 0xFF, pairs->slot_count * sizeof *pairs->keys);
    for (size_t k = 0; k < old.slot_count; k++) {
        if (old.keys[k] != EMPTY) {
            size_t slot = find_slot(pairs, old.keys[k]);
            pairs->keys[slot] = old.keys[k];
            pairs->counts[slot] = old.counts[k];
        }
    }
    free(old.keys);
    free(old.counts);
    return true;
}

static bool count_pair(Models *models, uint32_t first, uint32_t second, Error *error) {
    Pairs *pairs = &models->pairs;
    if (!reserve_slot(pairs, error)) {
        return false;
    }
    uint64_t key = (uint64_t)first << 32 | second;
    size_t slot = find_slot(pairs, key);
    if (pairs->keys[slot] == EMPTY) {
        if (pairs->used == pairs->most) {
            models->complete = false; /* what is counted is a model nevertheless: of fewer pairs */
            return true;
        }
        pairs->keys[slot] = key;
        pairs->used++;
        models->followers[first]++;
    }
    if (pairs->counts[slot] < UINT32_MAX) {
        pairs->counts[slot]++;
        models->followed[first]++;
    }
    return true;
}

/* --- the models --- */

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
    const Pairs *pairs = &models->pairs;
    size_t slot = find_slot(pairs, (uint64_t)before << 32 | unit);
    double count = pairs->keys[slot] != EMPTY ? pairs->counts[slot] : 0;
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
    models->counts[unit]++;
    return count_pair(models, before, unit, error);
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

static bool fit_models(Models *models, const UnitStore *units, Range part, Error *error) {
    size_t vocab = models->vocab;
    models->counts = memory_allocate(vocab, sizeof *models->counts, "counting units", error);
    models->followed = memory_allocate(vocab, sizeof *models->followed, "counting pairs", error);
    models->followers = memory_allocate(vocab, sizeof *models->followers, "counting pairs", error);
    uint32_t first = 0;
    bool done = models->counts != NULL && models->followed != NULL && models->followers != NULL &&
                unit_store_read(units, part.begin, 1, &first, error) && reserve_slot(&models->pairs, error);
    if (!done) {
        return false;
    }
    models->counts[first]++;
    models->total = part.end - part.begin;
    done = visit_pairs(units, part, fit, models, error);
    for (size_t k = 0; k < vocab; k++) {
        models->different += models->counts[k] > 0;
    }
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
    free(models.pairs.keys);
    free(models.pairs.counts);
    return done;
}

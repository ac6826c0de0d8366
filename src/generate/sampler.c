/* The sampler: see sampler.h.
 *
 * Every unit has a weight, exp((logit - highest) / temperature), so that the likeliest one's is 1 and no other
 * is above it. A cut sets weights to 0, and the draw walks over all weights in the order of the units. Nothing
 * is ever sorted: top-k, top-p and typical-p are one quickselect (Hoare 1961, "Algorithm 65: Find"), with the median of
 * three as pivot (Singleton 1969), which looks for the first units of a ranking whose number or whose weights add up to
 * a goal. So a draw takes time that is linear in the vocabulary, on average.
 */
#include "generate/sampler.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct Sampler {
    size_t size;      /* V */
    size_t excluded;  /* the unit that is never drawn; SIZE_MAX: none */
    bool *refused;    /* V; units that were refused since the weights were made ... */
    bool refusing;    /* ... if there are any */
    real *penalized;  /* V; logits after the repeat penalty */
    double *weights;  /* V; 0: cannot be drawn */
    double *sums;     /* V; of the weights up to each unit ... */
    bool summed;      /* ... if they are those of the weights as they are now */
    double *nearness; /* V; of the units' surprise to the entropy, for typical-p: at most 0 */
    uint32_t *likely; /* V; the units that a cut chooses among, the likeliest before the others after it */
};

/* What a cut adds up along the units. */
typedef enum Measure { MEASURE_NUMBER, MEASURE_WEIGHT } Measure;

/* The order in which a cut takes units, and what it adds up. */
typedef struct Ranking {
    const double *keys; /* V; the highest first */
    const double *weights;
    Measure measure;
} Ranking;

SamplerConfig sampler_default(void) {
    return (SamplerConfig){.temperature = 1.0, .top_p = 1.0, .typical_p = 1.0, .repeat_penalty = 1.0};
}

Sampler *sampler_create(size_t vocab_size, Error *error) {
    Sampler *sampler = memory_allocate(1, sizeof *sampler, "the sampler", error);
    if (sampler == NULL) {
        return NULL;
    }
    sampler->size = vocab_size;
    sampler->excluded = SIZE_MAX;
    sampler->weights = memory_allocate(vocab_size, sizeof *sampler->weights, "the sampler's weights", error);
    sampler->sums = memory_allocate(vocab_size, sizeof *sampler->sums, "the sampler's weights", error);
    sampler->likely = memory_allocate(vocab_size, sizeof *sampler->likely, "the sampler's order", error);
    sampler->refused = memory_allocate(vocab_size, sizeof *sampler->refused, "the sampler", error);
    sampler->penalized = memory_allocate(vocab_size, sizeof *sampler->penalized, "the sampler", error);
    sampler->nearness = memory_allocate(vocab_size, sizeof *sampler->nearness, "the sampler", error);
    if (sampler->weights == NULL || sampler->likely == NULL || sampler->penalized == NULL ||
        sampler->nearness == NULL || sampler->refused == NULL || sampler->sums == NULL) {
        sampler_free(sampler);
        return NULL;
    }
    return sampler;
}

void sampler_free(Sampler *sampler) {
    if (sampler != NULL) {
        free(sampler->penalized);
        free(sampler->weights);
        free(sampler->nearness);
        free(sampler->likely);
        free(sampler->refused);
        free(sampler->sums);
        free(sampler);
    }
}

void sampler_exclude(Sampler *sampler, size_t unit) {
    sampler->excluded = unit;
}

/* The unit with the highest logit that can be drawn; SAMPLER_NONE if all are -infinity or NaN. */
static uint32_t find_highest(const Sampler *sampler, const real *logits) {
    bool refusing = sampler->refusing;
    uint32_t highest = SAMPLER_NONE;
    double value = -INFINITY;
    for (uint32_t unit = 0; unit < sampler->size; unit++) {
        bool higher = (double)logits[unit] > value; /* never true of NaN */
        if (higher && unit != sampler->excluded && !(refusing && sampler->refused[unit])) {
            value = (double)logits[unit];
            highest = unit;
        }
    }
    return highest;
}

/* The logits with the repeat penalty, as logarithms of probabilities; the highest logit is finite. */
static const real *penalize(Sampler *sampler, const real *logits, double highest, double penalty,
                            RecentUnits recent) {
    double sum = 0;
    for (size_t unit = 0; unit < sampler->size; unit++) {
        double share = exp((double)logits[unit] - highest);
        sum += share > 0 ? share : 0;
    }
    double normalizer = highest + log(sum);
    for (size_t unit = 0; unit < sampler->size; unit++) {
        sampler->penalized[unit] = (real)((double)logits[unit] - normalizer);
    }
    for (size_t k = 0; k < recent.count; k++) {
        uint32_t unit =
            recent.units[k]; /* from the logit, so that a unit that came twice is not punished twice */
        sampler->penalized[unit] = (real)(penalty * ((double)logits[unit] - normalizer));
    }
    return sampler->penalized;
}

/* Turns logits into weights; the highest logit is finite. */
static void weigh(Sampler *sampler, const real *logits, double highest, double temperature) {
    for (size_t unit = 0; unit < sampler->size; unit++) {
        double weight = exp(((double)logits[unit] - highest) / temperature);
        sampler->weights[unit] = weight > 0 ? weight : 0; /* NaN is none */
    }
}

/* Weights where the highest logit is +infinity: all units of that logit alike, and no other. */
static void weigh_infinite(Sampler *sampler, const real *logits) {
    for (size_t unit = 0; unit < sampler->size; unit++) {
        sampler->weights[unit] = (double)logits[unit] >= INFINITY ? 1 : 0;
    }
}

/* Whether unit `a` comes before unit `b` in falling order of their keys. */
static inline bool is_before(const double *keys, uint32_t a, uint32_t b) {
    return keys[a] > keys[b] || (keys[a] >= keys[b] && a < b);
}

static inline void swap(uint32_t *a, uint32_t *b) {
    uint32_t old = *a;
    *a = *b;
    *b = old;
}

/* Moves the median of the first, the middle and the last unit to the end, as the pivot. */
static void choose_pivot(const double *keys, uint32_t *units, size_t count) {
    uint32_t *first = units;
    uint32_t *middle = units + count / 2;
    uint32_t *last = units + count - 1;
    if (is_before(keys, *middle, *first)) {
        swap(middle, first);
    }
    if (is_before(keys, *last, *first)) {
        swap(last, first);
    }
    if (is_before(keys, *middle, *last)) {
        swap(middle, last);
    }
}

static inline double measure(const Ranking *ranking, uint32_t unit) {
    return ranking->measure == MEASURE_NUMBER ? 1 : ranking->weights[unit];
}

/* Puts the units that come before the pivot before it and the others behind it. Returns the pivot's place, and in
 * `*sum` what the measure of the units before it adds up to. */
static size_t divide(const Ranking *ranking, uint32_t *units, size_t count, double *sum) {
    choose_pivot(ranking->keys, units, count);
    uint32_t pivot = units[count - 1];
    size_t place = 0;
    *sum = 0;
    for (size_t k = 0; k + 1 < count; k++) {
        if (is_before(ranking->keys, units[k], pivot)) {
            *sum += measure(ranking, units[k]);
            swap(&units[k], &units[place++]);
        }
    }
    swap(&units[count - 1], &units[place]);
    return place;
}

/* Brings to the front of `units` the fewest of the first in the ranking whose measure adds up to the goal (> 0), and
 * returns how many they are. */
static size_t select_first(const Ranking *ranking, uint32_t *units, size_t count, double goal) {
    size_t begin = 0; /* units before it are chosen, units from `end` on are not */
    size_t end = count;
    while (end - begin > 1) {
        double above = 0;
        size_t pivot = begin + divide(ranking, units + begin, end - begin, &above);
        double with_pivot = above + measure(ranking, units[pivot]);
        if (above >= goal) {
            end = pivot;
        } else if (with_pivot >= goal) {
            return pivot + 1;
        } else {
            goal -= with_pivot;
            begin = pivot + 1;
        }
    }
    return end;
}

/* Lists the units that can be drawn in `likely`; returns how many they are, and the sum of their weights. */
static size_t list_likely(Sampler *sampler, double *sum) {
    size_t count = 0;
    *sum = 0;
    for (size_t unit = 0; unit < sampler->size; unit++) {
        if (sampler->weights[unit] > 0) {
            *sum += sampler->weights[unit];
            sampler->likely[count++] = (uint32_t)unit;
        }
    }
    return count;
}

/* Keeps the first of the ranking whose measure adds up to the goal, and takes the weight of the others away. */
static void keep_first(Sampler *sampler, const Ranking *ranking, size_t count, double goal) {
    size_t keep = select_first(ranking, sampler->likely, count, goal);
    for (size_t k = keep; k < count; k++) {
        sampler->weights[sampler->likely[k]] = 0;
    }
}

/* What adds up to a share of the sum: a little less than it, so that 55 of 100 units that are alike reach 0.55 in spite
 * of rounding. */
static double goal_of(double share, double sum) {
    return fmax(share * sum * (1 - 1e-12), DBL_MIN);
}

static void cut_to_number(Sampler *sampler, size_t number) {
    const Ranking ranking = {sampler->weights, sampler->weights, MEASURE_NUMBER};
    double sum = 0;
    size_t count = list_likely(sampler, &sum);
    if (number < count) {
        keep_first(sampler, &ranking, count, (double)number);
    }
}

static void cut_to_share(Sampler *sampler, double share) {
    const Ranking ranking = {sampler->weights, sampler->weights, MEASURE_WEIGHT};
    double sum = 0;
    size_t count = list_likely(sampler, &sum);
    keep_first(sampler, &ranking, count, goal_of(share, sum));
}

/* Typical-p, Meister et al. 2023, eq. 10. */
static void cut_to_typical(Sampler *sampler, double share) {
    const Ranking ranking = {sampler->nearness, sampler->weights, MEASURE_WEIGHT};
    double sum = 0;
    double entropy = 0;
    size_t count = list_likely(sampler, &sum);
    for (size_t k = 0; k < count; k++) {
        double probability = sampler->weights[sampler->likely[k]] / sum;
        entropy -= probability > 0 ? probability * log(probability) : 0;
    }
    for (size_t k = 0; k < count; k++) {
        uint32_t unit = sampler->likely[k];
        double surprise = log(sum) - log(sampler->weights[unit]);
        sampler->nearness[unit] = -fabs(surprise - entropy);
    }
    keep_first(sampler, &ranking, count, goal_of(share, sum));
}

/* Min-p: the likeliest unit's weight is 1. */
static void cut_below(Sampler *sampler, double least) {
    for (size_t unit = 0; unit < sampler->size; unit++) {
        if (sampler->weights[unit] < least) {
            sampler->weights[unit] = 0;
        }
    }
}

static bool penalizes(const SamplerConfig *config, RecentUnits recent) {
    return recent.count > 0 && (config->repeat_penalty < 1 || config->repeat_penalty > 1);
}

static void cut(Sampler *sampler, const SamplerConfig *config) {
    if (config->top_k > 0) {
        cut_to_number(sampler, config->top_k);
    }
    if (config->top_p < 1) {
        cut_to_share(sampler, config->top_p);
    }
    if (config->min_p > 0) {
        cut_below(sampler, config->min_p);
    }
    if (config->typical_p < 1) {
        cut_to_typical(sampler, config->typical_p);
    }
}

/* Takes the weights of units that cannot be drawn away. */
static void clear_refused(Sampler *sampler) {
    for (size_t unit = 0; sampler->refusing && unit < sampler->size; unit++) {
        sampler->weights[unit] = sampler->refused[unit] ? 0 : sampler->weights[unit];
    }
    if (sampler->excluded < sampler->size) {
        sampler->weights[sampler->excluded] = 0;
    }
}

bool sampler_weigh_again(Sampler *sampler, const SamplerConfig *config, const real *logits,
                         RecentUnits recent) {
    sampler->summed = false;
    uint32_t likeliest = find_highest(sampler, logits);
    if (likeliest != SAMPLER_NONE && penalizes(config, recent) &&
        fabs((double)logits[likeliest]) < INFINITY) {
        logits = penalize(sampler, logits, (double)logits[likeliest], config->repeat_penalty, recent);
        likeliest = find_highest(sampler, logits);
    }
    if (likeliest == SAMPLER_NONE) {
        return false;
    }
    double highest = (double)logits[likeliest];
    if (config->temperature <= 0) {
        memset(sampler->weights, 0, sampler->size * sizeof *sampler->weights);
        sampler->weights[likeliest] = 1;
        return true;
    }
    if (highest < INFINITY) {
        weigh(sampler, logits, highest, config->temperature);
    } else {
        weigh_infinite(sampler, logits);
    }
    clear_refused(sampler);
    cut(sampler, config);
    return true;
}

bool sampler_weigh(Sampler *sampler, const SamplerConfig *config, const real *logits, RecentUnits recent) {
    if (sampler->refusing) {
        memset(sampler->refused, 0, sampler->size * sizeof *sampler->refused);
        sampler->refusing = false;
    }
    return sampler_weigh_again(sampler, config, logits, recent);
}

void sampler_refuse(Sampler *sampler, uint32_t unit) {
    sampler->refused[unit] = true;
    sampler->refusing = true;
    sampler->weights[unit] = 0;
    sampler->summed = false;
}

void sampler_refuse_all(Sampler *sampler, const bool *refused) {
    for (size_t unit = 0; unit < sampler->size; unit++) {
        sampler->refused[unit] = sampler->refused[unit] || refused[unit];
        sampler->weights[unit] = refused[unit] ? 0 : sampler->weights[unit];
    }
    sampler->refusing = true;
    sampler->summed = false;
}

static void sum_up(Sampler *sampler) {
    double sum = 0;
    for (size_t unit = 0; unit < sampler->size; unit++) {
        sum += sampler->weights[unit];
        sampler->sums[unit] = sum;
    }
    sampler->summed = true;
}

uint32_t sampler_draw(Sampler *sampler, double coin) {
    if (!sampler->summed) {
        sum_up(sampler);
    }
    double sum = sampler->sums[sampler->size - 1];
    double goal = fmax(coin * sum, 0);
    if (!(goal < sum)) { /* rounding has lifted the goal to the whole sum */
        goal = nextafter(sum, 0);
    }
    size_t begin = 0; /* the unit is not before it, and not behind `end` */
    size_t end = sampler->size - 1;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (sampler->sums[middle] > goal) {
            end = middle;
        } else {
            begin = middle + 1;
        }
    }
    return sampler->weights[begin] > 0 ? (uint32_t)begin : SAMPLER_NONE;
}

uint32_t sampler_next(Sampler *sampler, const SamplerConfig *config, const real *logits, RecentUnits recent,
                      double coin) {
    return sampler_weigh(sampler, config, logits, recent) ? sampler_draw(sampler, coin) : 0;
}

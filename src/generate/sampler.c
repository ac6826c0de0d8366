/* The sampler: see sampler.h.
 *
 * Every unit has a weight, exp((logit - highest) / temperature), so that the likeliest one's is 1 and no other
 * is above it. A cut sets weights to 0, and the draw walks over all weights in the order of the units. Nothing
 * is ever sorted: top-k and top-p are one quickselect, which looks for the first units, in falling order of
 * weight, whose number or whose weights add up to a goal. So a draw takes time linear in the vocabulary.
 */
#include "generate/sampler.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct Sampler {
    size_t size;      /* V */
    size_t excluded;  /* the unit that is never drawn; SIZE_MAX: none */
    double *weights;  /* V; 0: cannot be drawn */
    uint32_t *likely; /* V; the units that a cut chooses among, the likeliest before the others after it */
};

/* What a cut adds up along the units in falling order of weight. */
typedef enum Measure { MEASURE_NUMBER, MEASURE_WEIGHT } Measure;

SamplerConfig sampler_default(void) {
    return (SamplerConfig){.temperature = 1.0, .top_k = 0, .top_p = 1.0, .min_p = 0.0};
}

Sampler *sampler_create(size_t vocab_size, Error *error) {
    Sampler *sampler = memory_allocate(1, sizeof *sampler, "the sampler", error);
    if (sampler == NULL) {
        return NULL;
    }
    sampler->size = vocab_size;
    sampler->excluded = SIZE_MAX;
    sampler->weights = memory_allocate(vocab_size, sizeof *sampler->weights, "the sampler's weights", error);
    sampler->likely = memory_allocate(vocab_size, sizeof *sampler->likely, "the sampler's order", error);
    if (sampler->weights == NULL || sampler->likely == NULL) {
        sampler_free(sampler);
        return NULL;
    }
    return sampler;
}

void sampler_free(Sampler *sampler) {
    if (sampler != NULL) {
        free(sampler->weights);
        free(sampler->likely);
        free(sampler);
    }
}

void sampler_exclude(Sampler *sampler, size_t unit) {
    sampler->excluded = unit;
}

/* The unit with the highest logit that can be drawn; 0 if all are -infinity or NaN. */
static uint32_t find_highest(const Sampler *sampler, const real *logits) {
    size_t highest = 0;
    double value = -INFINITY;
    for (size_t unit = 0; unit < sampler->size; unit++) {
        if ((double)logits[unit] > value && unit != sampler->excluded) { /* never true of NaN */
            value = (double)logits[unit];
            highest = unit;
        }
    }
    return (uint32_t)highest;
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

/* Whether unit `a` comes before unit `b` in falling order of weight. */
static inline bool is_likelier(const double *weights, uint32_t a, uint32_t b) {
    return weights[a] > weights[b] || (weights[a] >= weights[b] && a < b);
}

static inline void swap(uint32_t *a, uint32_t *b) {
    uint32_t old = *a;
    *a = *b;
    *b = old;
}

/* Moves the median of the first, the middle and the last unit to the end, as the pivot. */
static void choose_pivot(const double *weights, uint32_t *units, size_t count) {
    uint32_t *first = units;
    uint32_t *middle = units + count / 2;
    uint32_t *last = units + count - 1;
    if (is_likelier(weights, *middle, *first)) {
        swap(middle, first);
    }
    if (is_likelier(weights, *last, *first)) {
        swap(last, first);
    }
    if (is_likelier(weights, *middle, *last)) {
        swap(middle, last);
    }
}

/* Puts the units that are likelier than the pivot before it and the others behind it. Returns the pivot's
 * place, and in `*sum` what the measure of the units before it adds up to. */
static size_t divide(const double *weights, uint32_t *units, size_t count, Measure measure, double *sum) {
    choose_pivot(weights, units, count);
    uint32_t pivot = units[count - 1];
    size_t place = 0;
    *sum = 0;
    for (size_t k = 0; k + 1 < count; k++) {
        if (is_likelier(weights, units[k], pivot)) {
            *sum += measure == MEASURE_NUMBER ? 1 : weights[units[k]];
            swap(&units[k], &units[place++]);
        }
    }
    swap(&units[count - 1], &units[place]);
    return place;
}

/* Brings to the front of `units` the fewest of the likeliest whose measure adds up to the goal (> 0), and
 * returns how many they are. */
static size_t select_likeliest(const double *weights, uint32_t *units, size_t count, Measure measure,
                               double goal) {
    size_t begin = 0; /* units before it are chosen, units from `end` on are not */
    size_t end = count;
    while (end - begin > 1) {
        double above = 0;
        size_t pivot = begin + divide(weights, units + begin, end - begin, measure, &above);
        double with_pivot = above + (measure == MEASURE_NUMBER ? 1 : weights[units[pivot]]);
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

/* Keeps `keep` of the `count` units in `likely`, and takes the weight of the others away. */
static size_t drop_others(Sampler *sampler, size_t count, size_t keep) {
    for (size_t k = keep; k < count; k++) {
        sampler->weights[sampler->likely[k]] = 0;
    }
    return keep;
}

/* Top-k, then top-p. */
static void cut_unlikely(Sampler *sampler, size_t top_k, double top_p) {
    size_t count = 0;
    for (size_t unit = 0; unit < sampler->size; unit++) {
        if (sampler->weights[unit] > 0) {
            sampler->likely[count++] = (uint32_t)unit;
        }
    }
    if (top_k > 0 && top_k < count) {
        size_t keep =
            select_likeliest(sampler->weights, sampler->likely, count, MEASURE_NUMBER, (double)top_k);
        count = drop_others(sampler, count, keep);
    }
    if (top_p < 1) {
        double sum = 0;
        for (size_t k = 0; k < count; k++) {
            sum += sampler->weights[sampler->likely[k]];
        }
        /* A little less than p, so that 55 of 100 units that are alike reach 0.55 in spite of rounding. */
        double goal = fmax(top_p * sum * (1 - 1e-12), DBL_MIN);
        size_t keep = select_likeliest(sampler->weights, sampler->likely, count, MEASURE_WEIGHT, goal);
        drop_others(sampler, count, keep);
    }
}

/* Min-p: the likeliest unit's weight is 1. */
static void cut_below(Sampler *sampler, double least) {
    for (size_t unit = 0; unit < sampler->size; unit++) {
        if (sampler->weights[unit] < least) {
            sampler->weights[unit] = 0;
        }
    }
}

/* Draws in proportion to the weights, of which one at least is above 0. */
static uint32_t draw(const Sampler *sampler, double coin) {
    double sum = 0;
    for (size_t unit = 0; unit < sampler->size; unit++) {
        sum += sampler->weights[unit];
    }
    double goal = coin * sum;
    double reached = 0;
    uint32_t last = 0; /* the answer if rounding lifts the goal to the whole sum */
    for (size_t unit = 0; unit < sampler->size; unit++) {
        if (sampler->weights[unit] > 0) {
            reached += sampler->weights[unit];
            last = (uint32_t)unit;
            if (reached > goal) {
                break;
            }
        }
    }
    return last;
}

uint32_t sampler_next(Sampler *sampler, const SamplerConfig *config, const real *logits, double coin) {
    uint32_t likeliest = find_highest(sampler, logits);
    double highest = (double)logits[likeliest];
    if (config->temperature <= 0 || !(highest > -INFINITY)) {
        return likeliest;
    }
    if (highest < INFINITY) {
        weigh(sampler, logits, highest, config->temperature);
    } else {
        weigh_infinite(sampler, logits);
    }
    if (sampler->excluded < sampler->size) {
        sampler->weights[sampler->excluded] = 0;
    }
    if (config->top_k > 0 || config->top_p < 1) {
        cut_unlikely(sampler, config->top_k, config->top_p);
    }
    if (config->min_p > 0) {
        cut_below(sampler, config->min_p);
    }
    return draw(sampler, coin);
}

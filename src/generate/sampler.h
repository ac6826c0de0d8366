/* The sampler: from logits and a coin to the next unit.
 *
 * In this order: the repeat penalty (after Keskar et al. 2019: the probability of every unit among the last ones is
 * raised to the power of the penalty); temperature (0 is greedy: the likeliest, the lowest index on a tie); top-k
 * (Fan et al. 2018: the k likeliest); top-p (Holtzman et al. 2020: the smallest set of the likeliest whose
 * probabilities reach p); min-p (Nguyen et al. 2024: probabilities of at least min_p times the likeliest's);
 * typical-p (Meister et al. 2023: the smallest set whose probabilities reach p of those whose surprise is nearest to
 * the entropy); what is left is renormalised and drawn from. Each cut sees the probabilities that the one before it
 * left, renormalised. Among units that are alike the lower index comes first.
 */
#ifndef LETRA_GENERATE_SAMPLER_H
#define LETRA_GENERATE_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "generate/recent.h"
#include "math/real.h"

typedef struct SamplerConfig {
    double temperature; /* 0 .. 100 */
    size_t top_k;       /* 0: off */
    double top_p;       /* 0 < p <= 1; 1: off */
    double min_p;       /* 0 <= p <= 1; 0: off */
    double typical_p;   /* 0 < p <= 1; 1: off */
    double
        repeat_penalty; /* 1: off; above, what came lately is less likely, below it is likelier; more than 0 */
    size_t repeat_window; /* how many of the last units that is about */
} SamplerConfig;

/* Temperature 1 and nothing cut off. */
SamplerConfig sampler_default(void);

#define SAMPLER_NONE UINT32_MAX /* no unit */

typedef struct Sampler Sampler; /* working memory for a vocabulary of a given size */

/* For a vocabulary of at least 1 symbol. NULL and a message without memory. */
Sampler *sampler_create(size_t vocab_size, Error *error);
/* Frees it; NULL does nothing. */
void sampler_free(Sampler *sampler);

/* From now on this unit is never drawn: as if its logit were -infinity. Of each sampler one; SIZE_MAX: none. */
void sampler_exclude(Sampler *sampler, size_t unit);

/* The units that can be drawn after `recent` (as many as the window, if there are), and their weights, for
 * sampler_draw. False where none can be: all logits are -infinity or NaN. */
bool sampler_weigh(Sampler *sampler, const SamplerConfig *config, const real *logits, RecentUnits recent);

/* Takes a unit out of what can be drawn: the others' probabilities are renormalised. */
void sampler_refuse(Sampler *sampler, uint32_t unit);
/* The same with every unit of which `refused` (V) is true. */
void sampler_refuse_all(Sampler *sampler, const bool *refused);

/* The same as sampler_weigh without the units that were refused since, as if their logits were -infinity: where all
 * that the cuts left was refused, they begin again with the rest. False where nothing is left. */
bool sampler_weigh_again(Sampler *sampler, const SamplerConfig *config, const real *logits,
                         RecentUnits recent);

/* Draws for a coin uniform in [0, 1): the first unit, by index, up to which the probabilities sum to more than the
 * coin. One of probability 0 is never drawn. SAMPLER_NONE where nothing is left. */
uint32_t sampler_draw(Sampler *sampler, double coin);

/* Weighs and draws: the next unit. Where all logits are -infinity or NaN the answer is 0. */
uint32_t sampler_next(Sampler *sampler, const SamplerConfig *config, const real *logits, RecentUnits recent,
                      double coin);

#endif

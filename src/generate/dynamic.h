/* Dynamic evaluation (Krause, Kahembwe, Murray & Renals 2018, "Dynamic Evaluation of Neural Sequence Models"): a model
 * goes on learning as it reads. After each segment of a text was scored, it takes a gradient step on it:
 *
 *     x += decay × root / mean(root) × (trained - x) - rate × g / (root + epsilon),    root = sqrt(mean of g²)
 *
 * with g the gradient of the segment's mean loss. That is the paper's RMS update with a decay back to the parameters as
 * they were trained, faster where gradients are usually large (the factor before the bracket is at most 1). The mean
 * squares are the paper's of the training text, which is not there when a model reads another: here they are those of
 * the segments that were read so far, the present one included, so that what was scored never depends on what comes
 * later.
 */
#ifndef LETRA_GENERATE_DYNAMIC_H
#define LETRA_GENERATE_DYNAMIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "math/compute.h"
#include "model/pass.h"

typedef struct DynamicConfig {
    double rate;    /* of the paper: eta; 0: nothing is learned */
    double decay;   /* lambda */
    size_t segment; /* units that are scored before each step */
} DynamicConfig;

/* What did best where it was measured (generate/dynamic.c). */
extern const DynamicConfig dynamic_default;

typedef struct Dynamic Dynamic;

/* For a model whose parameters are the block `trained`, which must outlive it and is never changed. NULL and a message
 * without memory. */
Dynamic *dynamic_create(const Network *network, Compute *compute, const real *trained,
                        const DynamicConfig *config, Error *error);
void dynamic_free(Dynamic *dynamic);

/* Scores a window (of one stream, with targets, in a pass for training) with the parameters that earlier ones have led
 * to, and learns from it. False and a message when the gradient is no number any more. */
bool dynamic_read(Dynamic *dynamic, Pass *pass, const PassWindow *window, Error *error);

#endif

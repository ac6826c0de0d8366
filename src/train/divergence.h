/* Divergence: when a run has lost what it had learned, and how often it may try again.
 *
 * Beside numbers that are not finite there is a loss far above its recent level. The recent loss R is a running mean of
 * the windows' losses in nats per unit, over about R_STEPS of them; its level L is the lowest that R was since the last
 * good state (train/snapshot.h). The run has diverged when
 *
 *     R > L + M,    M = 1 + ln V / B
 *
 * A nat is what no text makes in the mean of many streams; one of the B that comes to another kind of text and knows
 * nothing of it any more adds ln V / B, the loss of a guess among all V symbols, to that mean. A window counts for no
 * more than L + 2 M, so that it takes about ten of them in a row, or numbers that are not finite, and not one that is
 * odd. A state is good when the loss of its next window and the recent one are in the lower half of the margin.
 *
 * Whatever this decides follows from losses and sizes, never from a clock: the same run decides the same.
 */
#ifndef LETRA_TRAIN_DIVERGENCE_H
#define LETRA_TRAIN_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So often a run goes back to its last good state, each time with half the learning rate; then it gives up. */
enum { DIVERGENCE_HALVINGS_MAX = 5 };

/* What follows from the sizes. */
typedef struct DivergenceRule {
    double margin;     /* M */
    double memory;     /* of R: so many steps */
    uint64_t interval; /* steps between good states, at least */
} DivergenceRule;

/* What the rule remembers. */
typedef struct Divergence {
    uint64_t rollbacks; /* so far */
    uint64_t
        halvings; /* those since this learning rate was asked for: a resumed run may begin anew with another */
    double recent; /* R */
    double level;  /* L */
} Divergence;

/* For windows of T × B units of V symbols. There is a good state for every 131,072 units that are read, but not for
 * fewer than 16 steps: to copy a state takes about as long as the optimizer takes in one step, so it costs less than
 * 1 % of 128 steps of 1,024 units, and of fewer that are larger. */
DivergenceRule divergence_rule(size_t steps, size_t batch, size_t vocab);

/* Before the first window: what knowing nothing costs. Rollbacks stay. */
void divergence_start(Divergence *divergence, size_t vocab);

/* A loss that is recent and the level: `loss` nats per unit. */
void divergence_set_level(Divergence *divergence, double loss);

/* Takes the loss of a window, which is finite. True: it has diverged. */
bool divergence_take_loss(Divergence *divergence, const DivergenceRule *rule, double loss);

/* Whether a state whose next window has this loss is good. */
bool divergence_is_calm(const Divergence *divergence, const DivergenceRule *rule, double loss);

/* Whether a gradient of that norm can still be used: its square fits into a float, as optimizers need it. */
bool divergence_gradient_is_good(double norm);

/* The factor of the learning rate. */
double divergence_rate(const Divergence *divergence);

#endif

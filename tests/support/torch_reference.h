/* Holds networks, their gradients and their training to PyTorch's numbers in tests/reference/. The scripts beside
 * them, lstm_reference.py, rnn_reference.py and xlstm_reference.py, say what is in them. Written for either build:
 * `real` is float or double.
 *
 * A reference is named by its file, which is named after its cell: "lstm_small.txt". A tolerance is relative: to the
 * number itself plus the root mean square of its array, or, of an array's inner products, to its norm. */
#ifndef LETRA_TESTS_SUPPORT_TORCH_REFERENCE_H
#define LETRA_TESTS_SUPPORT_TORCH_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "math/block.h"
#include "support/reference_file.h"
#include "train/optimizer.h"

/* How near a training must come: `loss` for losses and the gradient's norms, `parameters` for those at the end. */
typedef struct TorchTolerance {
    double loss;
    double parameters;
} TorchTolerance;

/* The second window: losses, logits, state, and the gradients of the parameters and of the state before it. */
void torch_check_window(const char *name, double tolerance);

/* The last logits and the state after the same two windows, of a streaming pass that reads a few steps at a time. */
void torch_check_streaming(const char *name, double tolerance);

/* Teams of 1, 2 and 5 threads get the same bits out of the second window. */
void torch_check_teams(const char *name);

/* Ten steps of training with the optimizer, which the reference calls `curve`. */
void torch_check_curve(const char *name, const char *curve, const Optimizer *optimizer,
                       TorchTolerance tolerance);

/* The same for each optimizer of a reference that has them all. */
void torch_check_methods(const char *name, TorchTolerance tolerance);

/* --- What these are made of, for tests that run something else ------------------------------------------------ */

ReferenceFile *torch_reference_read(const char *name);

/* The T × windows + 1 rows of B units; freed with free(). */
uint32_t *torch_units(const ReferenceFile *file);

/* The first parameters, into a block. */
void torch_first_parameters(const ReferenceFile *file, const Layout *layout, real *parameters);

/* Compares a number; `size` is what the tolerance is relative to besides the number. */
void torch_check_number(const char *what, double value, double expected, double size, double tolerance);

/* Compares all arrays of a block with the entries "PREFIX.NAME", which hold every stride-th element. */
void torch_check_block(const ReferenceFile *file, const char *prefix, const Layout *layout, const real *block,
                       size_t stride, double tolerance);

#endif

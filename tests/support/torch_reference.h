/* Holds networks, their gradients and their training to PyTorch's numbers in tests/reference/lstm_*.txt. The script
 * beside them, lstm_reference.py, says what is in them. Written for either build: `real` is float or double. */
#ifndef LETRA_TESTS_SUPPORT_TORCH_REFERENCE_H
#define LETRA_TESTS_SUPPORT_TORCH_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "math/block.h"
#include "model/pass.h"
#include "support/reference_file.h"
#include "train/optimizer.h"

/* The network of a reference with its first parameters, and a pass for its windows. */
typedef struct TorchNetwork {
    ReferenceFile *file;
    Compute compute;
    Network *network;
    Pass *pass;
    real *parameters;
    real *gradients; /* zeros */
    size_t windows, steps, batch;
    uint32_t *units; /* windows × T + 1 rows of B */
} TorchNetwork;

/* `name` is that of the file, "lstm_small.txt"; the pass gets a team of `threads`. */
TorchNetwork torch_network_create(const char *name, size_t threads);
void torch_network_free(TorchNetwork *torch);

/* The first parameters of a reference, into a block. */
void torch_first_parameters(const ReferenceFile *file, const Layout *layout, real *parameters);

/* Compares a number: |value - expected| <= tolerance × (|expected| + size). */
void torch_check_number(const char *what, double value, double expected, double size, double tolerance);

/* Compares all arrays of a block with the entries "PREFIX.NAME": every stride-th element (relative to itself and to
 * the array's root mean square), and the array's norm and inner products (relative to its norm). */
void torch_check_block(const ReferenceFile *file, const char *prefix, const Layout *layout, const real *block,
                       size_t stride, double tolerance);

/* The second window: losses, logits, state, and the gradients of the parameters and the state before it. */
void torch_check_window(const char *name, double tolerance);

/* How near a training must come: `loss` for losses and the gradient's norms, `parameters` for those at the end. */
typedef struct TorchCurveTolerance {
    double loss;
    double parameters;
} TorchCurveTolerance;

/* Ten steps of training with the update of an optimizer that is AdamW. */
void torch_check_curve(const char *name, const Optimizer *optimizer, TorchCurveTolerance tolerance);

/* Teams of 1, 2 and 5 get the same bits out of the second window. */
void torch_check_teams(const char *name);

#endif

/* The input side of a gated layer: from symbols or numbers to the input's part of the pre-activations.
 *
 * A layer above the first multiplies its whole window by W_ih at once; or, where y is kept for no more than a step, the
 * step's rows. The first layer reads symbols, and looks
 * its part up: the product of the embedding with W_ih is made once per update,
 *
 *     table (V × gates·H)  =  E (V × E) · W_ihᵀ          (one-hot vectors: W_ihᵀ itself)
 *
 * and a step copies one row for each stream. The gradient of the table is a sum by symbol, taken back through
 * the product once. Where V exceeds the window (T·B) and TABLE_ROWS (when streaming, TABLE_ROWS), and where numbers of
 * the embeddings may be left out (CellShape.input_dropout), the embeddings of the window's symbols are copied instead,
 * and multiplied as in any other layer. Of a one-hot vector the one or a zero is left out: then nothing is looked up.
 */
#ifndef LETRA_MODEL_INPUT_H
#define LETRA_MODEL_INPUT_H

#include "model/cell.h"
#include "model/projection.h"

typedef struct Input Input;

/* step_parts: how many parts the streams of a step come in (model/tiling.h), where all of y is made step by step; 0:
 * what is a product is made for the whole window. NULL and a message on failure. */
Input *input_create(const CellShape *shape, const Slices *slices, size_t step_parts, Compute *compute,
                    Arena *arena, Error *error);
void input_free(Input *input);

/* Takes new weights (W_ih) and the embedding (NULL where there is none). Ends in a barrier. */
void input_pack(Input *input, const real *weights, const real *embedding, Member member);

/* Before the first step: what is done for the whole window. `y` is T × B rows, slice after slice, unless it is made
 * step by step. Begins where all have met; ends without a barrier, with the member's slices of y done. */
void input_forward(Input *input, const CellWindow *window, real *y, Member member);

/* Step t of one slice: the rows of some of the streams, the first of them at `y`, unless input_forward made them. */
void input_forward_step(const Input *input, const CellWindow *window, size_t t, size_t slice, Range streams,
                        real *y, Member member);

/* From dy (T × B rows of operands, slice after slice, zero beyond the window's steps, all members done): adds to the
 * gradients of W_ih and the embedding, and writes the window's input_gradient. Has barriers inside and ends in
 * one. */
void input_backward(Input *input, const CellWindow *window, const void *dy, real *weight_gradient,
                    Member member);

#endif

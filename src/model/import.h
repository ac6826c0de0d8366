/* Bringing a model here that was trained in PyTorch: the state dict of an Embedding (or one-hot vectors), a
 * recurrent module of torch.nn and a Linear, saved as safetensors, and a file that tells its vocabulary.
 */
#ifndef LETRA_MODEL_IMPORT_H
#define LETRA_MODEL_IMPORT_H

#include "base/error.h"
#include "model/model_file.h"

/* Makes a model of the state dict in `path`.
 *
 * Tensors are told apart by the ends of their names (weight_ih_l0 ... of the recurrent module, under any
 * prefix) and their shapes: a matrix V×E is the embedding, V×H with a bias of V the decoder; where shapes
 * leave it open, the names decide. Sizes and cell follow. Biases that are missing are zero. Every tensor must
 * have its place.
 *
 * `vocab_path` is JSON: an array of one-character strings (of integers for bytes), or an object that gives
 * each character its index. Ours are sorted, so the rows and columns of symbols are put into that order.
 * Counts become 1, and the history is empty but for `version`, the program's. `relu`: the recurrent module is an RNN
 * with nonlinearity='relu', which its tensors do not tell. */
bool import_state_dict(const char *path, const char *vocab_path, const char *version, bool relu, Model *model,
                       Error *error);

#endif

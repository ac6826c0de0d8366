/* The vocabulary of a model from elsewhere: a JSON file, in whatever order. */
#ifndef LETRA_MODEL_IMPORT_VOCAB_H
#define LETRA_MODEL_IMPORT_VOCAB_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/vocab.h"

typedef struct ImportVocab {
    Vocab *vocab;      /* owned; sorted */
    uint32_t *indices; /* owned; the index that each of its symbols has in the file */
} ImportVocab;

/* Reads an array of one-character strings or of integers below 256 (bytes), or an object from characters to
 * indices; with far more than `most` symbols it is refused before memory is taken for them. False and a message, with
 * the path: neither of these, a symbol twice, an index twice or beyond the symbols. */
bool import_vocab_read(const char *path, size_t most, ImportVocab *import, Error *error);
void import_vocab_free(ImportVocab *import);

#endif

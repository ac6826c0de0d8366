/* Starting from what another model has learned: see init_from.h. */
#include "train/init_from.h"

#include <stdlib.h>

#include "base/memory.h"
#include "train/difference.h"

/* --- whether it fits --- */

static bool check_same_network(const Model *model, const Model *source, const char *name, Error *error) {
    Difference found = {0};
    difference_check_network(&found, source, model);
    return found.option == NULL ||
           error_set(error, "--init-from: %s was trained with %s %s, but %s is asked for; give %s %s", name,
                     found.option, found.there, found.asked, found.option, found.there);
}

/* Where each symbol of `source` is in the vocabulary of `model`; NULL and a message if one is not. */
static uint32_t *map_symbols(const Model *model, const Model *source, const char *name, Error *error) {
    size_t size = vocab_size(source->vocab);
    uint32_t *map = memory_allocate(size, sizeof *map, "a map of symbols", error);
    size_t missing = 0;
    for (uint32_t k = 0; map != NULL && k < size; k++) {
        map[k] = vocab_find(model->vocab, vocab_symbol(source->vocab, k));
        missing += map[k] == VOCAB_UNKNOWN;
    }
    if (missing > 0) {
        error_set(error, "--init-from: the text lacks %zu of the %zu symbols that %s knows", missing, size,
                  name);
        free(map);
        return NULL;
    }
    return map;
}

/* --- copying --- */

/* Copies a matrix. The sizes of both networks agree but for the vocabulary's: a side of another length is the one along
 * which the symbols lie. */
static void copy_matrix(const LayoutRow *to, real *parameters, const LayoutRow *from, const real *source,
                        const uint32_t *map) {
    size_t to_columns = to->columns > 0 ? to->columns : 1;
    size_t from_columns = from->columns > 0 ? from->columns : 1;
    for (size_t r = 0; r < from->rows; r++) {
        size_t row = to->rows != from->rows ? map[r] : r;
        for (size_t c = 0; c < from_columns; c++) {
            size_t column = to_columns != from_columns ? map[c] : c;
            parameters[to->offset + row * to_columns + column] = source[from->offset + r * from_columns + c];
        }
    }
}

bool init_from(const Model *model, const Model *source, const char *name, Error *error) {
    if (!check_same_network(model, source, name, error)) {
        return false;
    }
    uint32_t *map = map_symbols(model, source, name, error);
    if (map == NULL) {
        return false;
    }
    const Layout *layout = &model->network->layout;
    for (size_t k = 0; k < layout->count; k++) {
        copy_matrix(&layout->rows[k], model->parameters, &source->network->layout.rows[k], source->parameters,
                    map);
    }
    free(map);
    return true;
}

/* Lists of texts: see text_list.h. */
#include "ui/text_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

bool text_list_add(TextList *list, const char *text, Error *error) {
    char **more = realloc(list->items, (list->count + 1) * sizeof *more);
    if (more == NULL) {
        return error_out_of_memory(error, (list->count + 1) * sizeof *more, "a list of texts");
    }
    list->items = more;
    char *copy = memory_copy_text(text, strlen(text), error);
    if (copy != NULL) {
        list->items[list->count++] = copy;
    }
    return copy != NULL;
}

bool text_list_copy(const TextList *list, TextList *copy, Error *error) {
    *copy = (TextList){0};
    for (size_t k = 0; k < list->count; k++) {
        if (!text_list_add(copy, list->items[k], error)) {
            text_list_free(copy);
            return false;
        }
    }
    return true;
}

void text_list_free(TextList *list) {
    for (size_t k = 0; k < list->count; k++) {
        free(list->items[k]);
    }
    free(list->items);
    *list = (TextList){0};
}

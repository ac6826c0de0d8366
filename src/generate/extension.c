/* Extensions: see extension.h. */
#include "generate/extension.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "generate/surprise.h"

bool extension_list_create(ExtensionList *list, size_t room, Error *error) {
    *list = (ExtensionList){.room = room};
    list->items = memory_allocate(room, sizeof *list->items, "the extensions of a search", error);
    return list->items != NULL;
}

void extension_list_free(ExtensionList *list) {
    free(list->items);
    *list = (ExtensionList){0};
}

static bool is_before(const Extension *a, const Extension *b) {
    if (a->score > b->score || a->score < b->score) {
        return a->score > b->score;
    }
    return a->parent != b->parent ? a->parent < b->parent : a->unit < b->unit;
}

static void swap(Extension *a, Extension *b) {
    Extension old = *a;
    *a = *b;
    *b = old;
}

/* Lets the first sink to its place among `count` (Williams 1964, "Algorithm 232: Heapsort"): no parent is before its
 * children. */
static void sink(Extension *items, size_t count) {
    for (size_t at = 0; 2 * at + 1 < count;) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && is_before(&items[child], &items[child + 1])) {
            child++;
        }
        if (!is_before(&items[at], &items[child])) {
            return;
        }
        swap(&items[at], &items[child]);
        at = child;
    }
}

static void rise(Extension *items, size_t at) {
    while (at > 0 && is_before(&items[(at - 1) / 2], &items[at])) {
        swap(&items[(at - 1) / 2], &items[at]);
        at = (at - 1) / 2;
    }
}

void extension_list_offer(ExtensionList *list, Extension extension) {
    if (list->count < list->room) {
        list->items[list->count++] = extension;
        rise(list->items, list->count - 1);
    } else if (is_before(&extension, &list->items[0])) {
        list->items[0] = extension;
        sink(list->items, list->count);
    }
}

void extension_list_sort(ExtensionList *list) {
    for (size_t count = list->count; count > 1; count--) {
        swap(&list->items[0], &list->items[count - 1]);
        sink(list->items, count - 1);
    }
}

void extension_list_offer_units(ExtensionList *list, uint32_t parent, double score, const real *logits,
                                size_t vocab_size, const bool *excluded) {
    double normalizer = surprise_log_sum(logits, vocab_size);
    for (uint32_t unit = 0; unit < vocab_size; unit++) {
        double extended = score + ((double)logits[unit] - normalizer);
        if (extended > -INFINITY && !excluded[unit]) { /* never true of NaN */
            extension_list_offer(list, (Extension){extended, parent, unit});
        }
    }
}

/* Choices of copies: see copy_choice.h. Copies are gathered until there are twice as many as are wanted; then they are
 * sorted, the copies of one text stand side by side, and the longest of the others stay. */
#define _GNU_SOURCE /* memmem, qsort_r */
#include "text/copy_choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    CANDIDATES = 4096, /* that are looked at: each is compared with all that were chosen */
    ROOM = 2 * CANDIDATES
};

bool copy_choice_open(CopyChoice *choice, const char *text, Error *error) {
    *choice = (CopyChoice){.text = text, .items = memory_allocate(ROOM, sizeof(Copy), "the copies", error)};
    return choice->items != NULL;
}

void copy_choice_close(CopyChoice *choice) {
    free(choice->items);
    *choice = (CopyChoice){0};
}

/* --- gathering --- */

/* The longest first; of one length, the first in the text. */
static int compare_copies(const void *left, const void *right) {
    const Copy *a = left;
    const Copy *b = right;
    return a->units != b->units ? (a->units < b->units) - (a->units > b->units)
                                : (a->begin > b->begin) - (a->begin < b->begin);
}

/* Whether one copy's text comes before, is or comes after the other's. */
static int compare_texts(const char *text, const Copy *a, const Copy *b) {
    size_t length = a->end - a->begin;
    size_t other = b->end - b->begin;
    return length != other ? (length > other) - (length < other)
                           : memcmp(text + a->begin, text + b->begin, length);
}

/* By their texts; of one text, the first. */
static int compare_for_repeats(const void *left, const void *right, void *text) {
    int order = compare_texts(text, left, right);
    return order != 0 ? order : compare_copies(left, right);
}

/* Keeps the first of all copies that say the same. */
static void drop_repeats(CopyChoice *choice) {
    Copy *items = choice->items;
    size_t count = 0;
    qsort_r(items, choice->count, sizeof *items, compare_for_repeats, (void *)choice->text);
    for (size_t k = 0; k < choice->count; k++) {
        if (count == 0 || compare_texts(choice->text, &items[count - 1], &items[k]) != 0) {
            items[count++] = items[k];
        }
    }
    choice->count = count;
}

/* Puts them into their order, and lets those go for which there is no room. */
static void settle(CopyChoice *choice) {
    drop_repeats(choice);
    qsort(choice->items, choice->count, sizeof *choice->items, compare_copies);
    if (choice->count >= CANDIDATES) {
        choice->count = CANDIDATES;
        choice->floor = choice->items[CANDIDATES - 1].units;
    }
}

/* What is as long as the last of those that stay comes behind it. */
void copy_choice_add(CopyChoice *choice, const Copy *copy) {
    if (copy->units > choice->floor) {
        choice->items[choice->count++] = *copy;
    }
    if (choice->count == ROOM) {
        settle(choice);
    }
}

/* --- choosing --- */

/* Whether a copy is, for the most part or by what it says, in one that was chosen. */
static bool is_told(const char *text, const Copy *copy, const Copy *chosen, size_t count) {
    for (size_t k = 0; k < count; k++) {
        const Copy *other = &chosen[k];
        size_t begin = copy->begin > other->begin ? copy->begin : other->begin;
        size_t end = copy->end < other->end ? copy->end : other->end;
        if (end > begin && 2 * (end - begin) > copy->end - copy->begin) {
            return true;
        }
        if (memmem(text + other->begin, other->end - other->begin, text + copy->begin,
                   copy->end - copy->begin) != NULL) {
            return true;
        }
    }
    return false;
}

size_t copy_choice_make(CopyChoice *choice, size_t most, Copy *chosen) {
    size_t count = 0;
    settle(choice);
    for (size_t k = 0; k < choice->count && count < most; k++) {
        if (!is_told(choice->text, &choice->items[k], chosen, count)) {
            chosen[count++] = choice->items[k];
        }
    }
    return count;
}

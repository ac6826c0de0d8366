/* Numbers of others: see reference_file.h. */
#include "support/reference_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/cmocka_all.h"

enum { ENTRIES_MAX = 512, NAME_SIZE = 96 };

typedef struct Entry {
    char name[NAME_SIZE];
    size_t count;
    double *numbers; /* owned */
} Entry;

struct ReferenceFile {
    char path[256];
    size_t count;
    Entry entries[ENTRIES_MAX];
};

/* Skips the lines that begin with #. */
static void skip_words_for_people(FILE *stream) {
    int c = fgetc(stream);
    while (c == '#') {
        while (c != '\n' && c != EOF) {
            c = fgetc(stream);
        }
        c = fgetc(stream);
    }
    ungetc(c, stream);
}

/* The next number; whether there was one. */
static bool read_number(FILE *stream, double *number) {
    char word[64];
    char *end = word;
    if (fscanf(stream, "%63s", word) != 1) {
        return false;
    }
    *number = strtod(word, &end);
    return *end == '\0';
}

/* The next entry; false at the end of the file. */
static bool read_entry(ReferenceFile *file, FILE *stream) {
    Entry *entry = &file->entries[file->count];
    double count = 0;
    if (fscanf(stream, "%95s", entry->name) != 1) {
        return false;
    }
    if (!read_number(stream, &count) || !(count >= 1 && count < 1e7)) {
        fail_msg("%s: after \"%s\" stands no count", file->path, entry->name);
    }
    entry->count = (size_t)count;
    entry->numbers = calloc(entry->count, sizeof *entry->numbers);
    assert_non_null(entry->numbers);
    file->count++;
    for (size_t k = 0; k < entry->count; k++) {
        if (!read_number(stream, &entry->numbers[k])) {
            fail_msg("%s: \"%s\" has %zu numbers instead of %zu", file->path, entry->name, k, entry->count);
        }
    }
    return true;
}

ReferenceFile *reference_read(const char *path) {
    ReferenceFile *file = calloc(1, sizeof *file);
    assert_non_null(file);
    snprintf(file->path, sizeof file->path, "%s", path);
    FILE *stream = fopen(path, "r");
    if (stream == NULL) {
        fail_msg("%s cannot be read: tests are run in the root of the repository", path);
    }
    skip_words_for_people(stream);
    while (file->count < ENTRIES_MAX && read_entry(file, stream)) {
    }
    assert_true(feof(stream));
    fclose(stream);
    return file;
}

void reference_free(ReferenceFile *file) {
    for (size_t k = 0; k < file->count; k++) {
        free(file->entries[k].numbers);
    }
    free(file);
}

const double *reference_numbers(const ReferenceFile *file, const char *name, size_t count) {
    for (size_t k = 0; k < file->count; k++) {
        if (strcmp(file->entries[k].name, name) == 0) {
            if (file->entries[k].count != count) {
                fail_msg("%s: \"%s\" has %zu numbers, not %zu", file->path, name, file->entries[k].count,
                         count);
            }
            return file->entries[k].numbers;
        }
    }
    fail_msg("%s: there is no \"%s\"", file->path, name);
    return NULL;
}

bool reference_has(const ReferenceFile *file, const char *name) {
    bool there = false;
    for (size_t k = 0; k < file->count; k++) {
        there = there || strcmp(file->entries[k].name, name) == 0;
    }
    return there;
}

double reference_number(const ReferenceFile *file, const char *name) {
    return *reference_numbers(file, name, 1);
}

size_t reference_size(const ReferenceFile *file, const char *name) {
    return (size_t)reference_number(file, name);
}

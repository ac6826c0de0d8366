/* The kernel's files: see kernel_file.h. */
#include "base/kernel_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t number_in(const char *text, size_t index) {
    long long number = -1;
    for (size_t k = 0; k <= index; k++) {
        char *end = NULL;
        errno = 0;
        number = strtoll(text, &end, 10);
        if (end == text || errno != 0) {
            return SIZE_MAX;
        }
        text = end;
    }
    return number >= 0 ? (size_t)number : SIZE_MAX;
}

size_t kernel_file_number(const char *path, const char *key, size_t index) {
    FILE *file = fopen(path, "re");
    size_t number = SIZE_MAX;
    char line[128];
    while (file != NULL && number == SIZE_MAX && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            number = number_in(line + strlen(key), index);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return number;
}

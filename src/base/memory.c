/* Memory that checks its sizes: see memory.h. */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void *memory_allocate(size_t count, size_t size, const char *what, Error *error) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - MEMORY_ALIGNMENT) {
        error_set(error, "out of memory: %zu elements of %zu bytes for %s are more than there can be", count,
                  size, what);
        return NULL;
    }
    size_t rounded = (bytes / MEMORY_ALIGNMENT + 1) * MEMORY_ALIGNMENT;
    void *memory = aligned_alloc(MEMORY_ALIGNMENT, rounded);
    if (memory == NULL) {
        error_out_of_memory(error, rounded, what);
        return NULL;
    }
    memset(memory, 0, rounded);
    return memory;
}

char *memory_copy_text(const char *text, size_t length, Error *error) {
    char *copy = memory_allocate(length + 1, 1, "a text", error);
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

/* The kernel's estimate of what can be had without swapping; 0: unknown. */
static size_t system_available(void) {
    FILE *file = fopen("/proc/meminfo", "re");
    size_t kilobytes = 0;
    char line[128];
    while (file != NULL && kilobytes == 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "MemAvailable:", 13) == 0) {
            kilobytes = strtoull(line + 13, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kilobytes * 1024;
}

/* What RLIMIT_AS leaves; SIZE_MAX without a limit. */
static size_t limit_available(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return SIZE_MAX;
    }
    FILE *file = fopen("/proc/self/statm", "re");
    char line[128] = "";
    size_t used = 0;
    if (file != NULL) {
        if (fgets(line, sizeof line, file) != NULL) {
            used = strtoull(line, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
        }
        fclose(file);
    }
    return limit.rlim_cur > used ? (size_t)limit.rlim_cur - used : 1;
}

size_t memory_available(void) {
    size_t system = system_available();
    size_t limit = limit_available();
    if (system == 0) {
        return limit == SIZE_MAX ? 0 : limit;
    }
    return system < limit ? system : limit;
}

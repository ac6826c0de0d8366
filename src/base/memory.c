/* Memory that checks its sizes: see memory.h. */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/kernel_file.h"
#include "base/memory_group.h"

enum {
    LARGE = 1 << 20,      /* bytes */
    LARGE_PAGE = 2 << 20, /* of the processor */
    LOOKED_AT = 64 << 20, /* bytes from which on it is asked whether there is so much memory */
    ROOM_FIRST = 16       /* elements of an array that grows */
};

/* The whole pages among `size` bytes at `memory`. */
static char *pages_of(void *memory, size_t size, size_t *bytes) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)memory + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)memory + size) / page * page;
    *bytes = begin < end ? end - begin : 0;
    return (char *)memory + (begin - (uintptr_t)memory);
}

void memory_release(void *memory, size_t size) {
    size_t bytes = 0;
    char *pages = pages_of(memory, size, &bytes);
    if (bytes > 0) {
        madvise(pages, bytes, MADV_DONTNEED);
    }
}

/* Memcheck does not know that pages which are given back come as zeros (make valgrind). */
#ifdef LETRA_MEMCHECK
enum { WATCHED = 1 };
#else
enum { WATCHED = 0 };
#endif

/* Zeros what was just allocated. A large block is not touched for it: pages that the system is given back come anew,
 * full of zeros, when they are first used. */
static void zero(void *memory, size_t size) {
    size_t bytes = 0;
    char *pages = pages_of(memory, size, &bytes);
    if (size < LARGE || WATCHED || madvise(pages, bytes, MADV_DONTNEED) != 0) {
        memset(memory, 0, size);
        return;
    }
    size_t before = (size_t)(pages - (char *)memory);
    memset(memory, 0, before);
    memset(pages + bytes, 0, size - before - bytes);
}

void memory_ask_for_large_pages(void *memory, size_t size) {
#ifdef MADV_HUGEPAGE
    size_t bytes = 0;
    char *pages = pages_of(memory, size, &bytes);
    if (size >= 2 * LARGE_PAGE) {
        madvise(pages, bytes, MADV_HUGEPAGE);
    }
#else
    (void)memory;
    (void)size;
#endif
}

void *memory_allocate(size_t count, size_t size, const char *what, Error *error) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - LARGE_PAGE) {
        error_set_memory(error, "%zu elements of %zu bytes for %s are more than there can be", count, size,
                         what);
        return NULL;
    }
    size_t rounded = (bytes / MEMORY_ALIGNMENT + 1) * MEMORY_ALIGNMENT;
    void *memory = NULL;
    if (posix_memalign(&memory, MEMORY_ALIGNMENT, rounded) != 0) {
        error_out_of_memory(error, rounded, what);
        return NULL;
    }
    zero(memory, rounded);
    return memory;
}

void *memory_grow(void *array, size_t count, size_t *room, size_t size, const char *what, Error *error) {
    if (array != NULL && count < *room) {
        return array;
    }
    size_t more = *room > 0 ? 2 * *room : ROOM_FIRST;
    size_t bytes = 0;
    if (__builtin_mul_overflow(more, size, &bytes) || bytes > PTRDIFF_MAX) {
        error_set_memory(error, "%zu elements of %zu bytes for %s are more than there can be", more, size,
                         what);
        return NULL;
    }
    size_t had = array != NULL ? *room * size : 0;
    void *grown = memory_may_grow(bytes - had) ? realloc(array, bytes) : NULL;
    if (grown == NULL) {
        error_out_of_memory(error, bytes, what);
        return NULL;
    }
    *room = more;
    return grown;
}

char *memory_copy_text(const char *text, size_t length, Error *error) {
    char *copy = memory_allocate(length + 1, 1, "a text", error);
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

void memory_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

size_t memory_resident(void) {
    size_t pages = kernel_file_number("/proc/self/statm", "", 1);
    return pages == SIZE_MAX ? 0 : pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* The kernel's estimate of what can be had without swapping. */
static size_t system_available(void) {
    size_t kilobytes = kernel_file_number("/proc/meminfo", "MemAvailable:", 0);
    return kilobytes == SIZE_MAX ? SIZE_MAX : kilobytes * 1024;
}

/* What RLIMIT_AS leaves. */
static size_t limit_available(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return SIZE_MAX;
    }
    size_t pages = kernel_file_number("/proc/self/statm", "", 0);
    size_t used = pages == SIZE_MAX ? 0 : pages * (size_t)sysconf(_SC_PAGESIZE);
    return limit.rlim_cur > used ? (size_t)limit.rlim_cur - used : 1;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t memory_available(void) {
    size_t available = least(system_available(), least(limit_available(), memory_group_available("")));
    return available == SIZE_MAX ? 0 : available;
}

bool memory_may_grow(size_t bytes) {
    size_t available = bytes < LOOKED_AT ? 0 : memory_available();
    return available == 0 || bytes <= available;
}

bool memory_check(double bytes, const char *work, const char *advice, Error *error) {
    double available = (double)memory_available();
    return available == 0 || bytes <= available ||
           error_set(error, "%s would take %.1f GB more memory, and %.1f GB are free%s", work, bytes / 1e9,
                     available / 1e9, advice);
}

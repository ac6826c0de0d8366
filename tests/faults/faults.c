/* Makes system calls and allocations of a program fail, to see what it does then. For LD_PRELOAD; never part of letra.
 *
 *     FAULT_CALL    which: write fsync rename open close mkdir unlink read thread allocate
 *     FAULT_AT      the how manieth of these fails, from 1 on; 0: none
 *     FAULT_ERRNO   with which errno: a number; "short": write writes half of what it should
 *     FAULT_FOREVER if set, all after it fail, too
 *     FAULT_COUNT   a file that gets the number of these calls when the program ends
 *
 * Calls within the C library (of stdio) are not seen, nor allocations of libraries that end the program when they get
 * none (OpenMP's, the C++ library's, and oneDNN's, which throws in places where nobody catches). jansson's buffers,
 * which are of powers of two, do not fail either: where one cannot grow, jansson 2.14 goes on as if it had.
 */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name, bugprone-reserved-identifier, cert-dcl37-c,
 * cert-dcl51-cpp): what the C library calls by names of its own is defined here */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MODULES_MOST = 16 };

typedef struct Module {
    uintptr_t begin, end;
} Module;

static struct {
    const char *call; /* NULL until everything is ready */
    long at;
    int number;
    bool short_write, forever;
    atomic_long count;
    Module ignored[MODULES_MOST]; /* whose allocations do not fail */
    size_t ignored_count;
    Module jansson;
} faults;

/* Whether this call is to fail; errno is set then. */
static bool fails(const char *call) {
    if (faults.call == NULL || strcmp(faults.call, call) != 0) {
        return false;
    }
    long count = atomic_fetch_add(&faults.count, 1) + 1;
    bool hit = faults.at > 0 && (count == faults.at || (faults.forever && count > faults.at));
    if (hit && faults.number != 0) {
        errno = faults.number;
    }
    return hit;
}

/* --- allocations --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static bool is_within(const Module *module, uintptr_t place) {
    return place >= module->begin && place < module->end;
}

static bool allocation_fails(const void *caller, size_t size) {
    if (faults.call == NULL || strcmp(faults.call, "allocate") != 0) {
        return false;
    }
    uintptr_t place = (uintptr_t)caller;
    for (size_t k = 0; k < faults.ignored_count; k++) {
        if (is_within(&faults.ignored[k], place)) {
            return false;
        }
    }
    bool buffer = is_within(&faults.jansson, place) && size >= 16 && (size & (size - 1)) == 0;
    return !buffer && fails("allocate");
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t size) {
    return allocation_fails(CALLER, size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return allocation_fails(CALLER, count * size) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    return allocation_fails(CALLER, size) ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return allocation_fails(CALLER, size) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (allocation_fails(CALLER, size)) {
        return ENOMEM;
    }
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

/* --- files --- */

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t length) {
    if (fails("write")) {
        if (!faults.short_write) {
            return -1;
        }
        length = (length + 1) / 2;
    }
    return syscall(SYS_write, file, data, length);
}

ssize_t read(int file, void *data, size_t length) {
    return fails("read") ? -1 : syscall(SYS_read, file, data, length);
}

int fsync(int file) {
    return fails("fsync") ? -1 : (int)syscall(SYS_fsync, file);
}

int rename(const char *from, const char *to) {
    return fails("rename") ? -1 : NEXT(rename)(from, to);
}

int mkdir(const char *path, mode_t mode) {
    return fails("mkdir") ? -1 : NEXT(mkdir)(path, mode);
}

int unlink(const char *path) {
    return fails("unlink") ? -1 : NEXT(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags) {
    return fails("unlink") ? -1 : NEXT(unlinkat)(folder, path, flags);
}

/* It closes all the same, as Linux does. */
int close(int file) {
    bool failed = fails("close");
    int number = errno;
    int result = (int)syscall(SYS_close, file);
    errno = failed ? number : errno;
    return failed ? -1 : result;
}

static int open_with(int folder, const char *path, int flags, va_list arguments) {
    bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    unsigned mode = makes ? va_arg(arguments, unsigned) : 0;
    return fails("open") ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    int file = open_with(AT_FDCWD, path, flags, arguments);
    va_end(arguments);
    return file;
}

int openat(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    int file = open_with(folder, path, flags, arguments);
    va_end(arguments);
    return file;
}

FILE *fopen(const char *path, const char *mode) {
    return fails("open") ? NULL : NEXT(fopen)(path, mode);
}

DIR *opendir(const char *path) {
    return fails("open") ? NULL : NEXT(opendir)(path);
}

/* --- threads --- */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
    return fails("thread") ? EAGAIN : NEXT(pthread_create)(thread, attributes, start, argument);
}

/* --- beginning and end --- */

/* The code of a module. */
static Module code_of(const struct dl_phdr_info *info) {
    Module module = {0};
    for (size_t p = 0; p < info->dlpi_phnum; p++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[p];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            module.begin = info->dlpi_addr + part->p_vaddr;
            module.end = module.begin + part->p_memsz;
        }
    }
    return module;
}

static int note_module(struct dl_phdr_info *info, size_t size, void *context) {
    static const char *const ignored[] = {"libgomp", "libdnnl", "libstdc++", "libgcc", "ld-linux", "faults"};
    (void)size;
    (void)context;
    for (size_t k = 0; k < sizeof ignored / sizeof *ignored; k++) {
        if (strstr(info->dlpi_name, ignored[k]) != NULL && faults.ignored_count < MODULES_MOST) {
            faults.ignored[faults.ignored_count++] = code_of(info);
        }
    }
    if (strstr(info->dlpi_name, "libjansson") != NULL) {
        faults.jansson = code_of(info);
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("FAULT_ERRNO");
    const char *at = getenv("FAULT_AT");
    faults.short_write = number != NULL && strcmp(number, "short") == 0;
    faults.number = number != NULL ? (int)strtol(number, NULL, 10) : ENOMEM;
    faults.at = at != NULL ? strtol(at, NULL, 10) : 0;
    faults.forever = getenv("FAULT_FOREVER") != NULL;
    dl_iterate_phdr(note_module, NULL);
    faults.call = getenv("FAULT_CALL");
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    faults.call = NULL;
    int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&faults.count));
    int file =
        path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (file >= 0) {
        (void)!syscall(SYS_write, file, text, (size_t)length);
        syscall(SYS_close, file);
    }
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name, bugprone-reserved-identifier, cert-dcl37-c,
 * cert-dcl51-cpp) */

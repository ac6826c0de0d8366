/* How long it takes to load a text, and how much memory: what `letra train` does with it before it learns.
 *
 *     loading TEXT [FOLDER]       in memory, or with its units kept in the folder (--cache)
 *
 * Prints one line: seconds, bytes of the text, its units, and the most bytes of memory and of address space that the
 * process had. Memory is measured when the text is loaded and all of it has been read once more, as an epoch does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/kernel_file.h"
#include "text/corpus.h"

static int fail(const Error *error) {
    fprintf(stderr, "loading: %s\n", error->message);
    return EXIT_FAILURE;
}

static bool read_all(const UnitStore *units, Error *error) {
    static uint32_t row[1 << 12];
    const size_t room = sizeof row / sizeof *row;
    size_t count = unit_store_count(units);
    bool done = true;
    for (size_t at = 0; done && at < count; at += room) {
        done = unit_store_read(units, at, count - at < room ? count - at : room, row, error);
    }
    return done;
}

int main(int count, char **arguments) {
    if (count < 2 || count > 3) {
        fputs("usage: loading TEXT [FOLDER]\n", stderr);
        return 2;
    }
    Error error = {0};
    Corpus corpus;
    const Pipeline pipeline = {.unify_newlines = true};
    const CorpusFiles files = {&arguments[1], 1, arguments[2]};
    double begin = clock_now(clock_system());
    if (!corpus_read(&pipeline, NULL, &files, &corpus, &error)) {
        return fail(&error);
    }
    double seconds = clock_now(clock_system()) - begin;
    if (!read_all(corpus.units, &error)) {
        return fail(&error);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.4f %zu %zu %zu %zu\n", seconds, corpus.report.bytes, unit_store_count(corpus.units),
           (size_t)usage.ru_maxrss * 1024, kernel_file_number("/proc/self/status", "VmPeak:", 0) * 1024);
    corpus_free(&corpus);
    return EXIT_SUCCESS;
}

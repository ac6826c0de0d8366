/* Tests of src/base/nameless_file.c. The file systems that know no files without names are played by an `open` of this
 * program's own, which stands before the C library's. */
#define _GNU_SOURCE
#include "support/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/nameless_file.h"
#include "support/scratch.h"

static int refusal; /* the errno with which a file without a name is refused; 0: it is not */
static int refusals;

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): those of the C library are reserved. */
int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (refusal != 0 && (flags & O_TMPFILE) == O_TMPFILE) {
        refusals++;
        errno = refusal;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* A file that is written and read, and of which the folder shows nothing. */
static void check_file(Scratch *scratch) {
    char read[6] = "";
    Error error = {0};
    int file = nameless_file_open(scratch->folder, &error);
    if (file < 0) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(scratch_count(scratch), 0);
    assert_int_equal(pwrite(file, "words", 5, 3), 5);
    assert_int_equal(pread(file, read, 5, 3), 5);
    assert_string_equal(read, "words");
    assert_true((fcntl(file, F_GETFD) & FD_CLOEXEC) != 0);
    close(file);
    assert_int_equal(scratch_count(scratch), 0);
}

static void nothing_is_seen_of_it(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    check_file(scratch);
    scratch_remove(scratch);
}

static void where_every_file_has_a_name_it_loses_it(void **state) {
    static const int numbers[] = {EOPNOTSUPP, EISDIR, EINVAL, ENOSYS};
    (void)state;
    Scratch *scratch = scratch_create();
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        refusal = numbers[k];
        check_file(scratch);
        assert_int_equal(refusals, k + 1);
    }
    refusal = 0;
    scratch_remove(scratch);
}

static void check_refused(const char *folder, const char *words) {
    Error error = {0};
    for (int k = 0; k < 2; k++) {
        refusal = k == 0 ? 0 : EOPNOTSUPP;
        assert_int_equal(nameless_file_open(folder, &error), -1);
        assert_string_equal(error.message, words);
        refusal = 0;
    }
}

static void a_folder_that_cannot_be_used_is_named(void **state) {
    (void)state;
    Scratch *scratch = scratch_create();
    char words[1200];
    const char *file = scratch_write_text(scratch, "file", "x");
    check_refused("", "the name of the folder is empty");
    check_refused("/nowhere/at/all", "the folder /nowhere/at/all does not exist; make it first");
    snprintf(words, sizeof words, "%s is no folder", file);
    check_refused(file, words);
    check_refused("/proc", "no file can be made in the folder /proc: No such file or directory");
    scratch_remove(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_seen_of_it),
        cmocka_unit_test(where_every_file_has_a_name_it_loses_it),
        cmocka_unit_test(a_folder_that_cannot_be_used_is_named),
    };
    return cmocka_run_group_tests_name("nameless_file", tests, NULL, NULL);
}

/* Tests of src/base/file.c: what is replaced, and what is left when it fails. */
#include "support/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "support/scratch.h"

enum { NOBODY = 65534 };

static int set_up(void **state) {
    *state = scratch_create();
    return 0;
}

static int tear_down(void **state) {
    scratch_remove(*state);
    return 0;
}

/* --- replacing --- */

static FileReplacement *start(const char *path) {
    Error error = {0};
    FileReplacement *replacement = file_replacement_start(path, &error);
    if (replacement == NULL) {
        fail_msg("%s", error.message);
    }
    return replacement;
}

static void replace(const char *path, const char *text) {
    Error error = {0};
    FileReplacement *replacement = start(path);
    assert_true(file_replacement_write(replacement, text, strlen(text), &error));
    if (!file_replacement_finish(replacement, &error)) {
        fail_msg("%s", error.message);
    }
}

static void check_content(Scratch *scratch, const char *name, const char *expected) {
    Bytes bytes = scratch_read(scratch, name);
    assert_string_equal(bytes.data, expected);
    bytes_free(&bytes);
}

static mode_t mode_of(const char *path) {
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode;
}

static void old_file_stands_until_the_new_one_is_whole(void **state) {
    Scratch *scratch = *state;
    char *path = scratch_write_text(scratch, "model", "old");
    FileReplacement *replacement = start(path);
    assert_true(file_replacement_write(replacement, "new ", 4, NULL));
    assert_true(file_replacement_write(replacement, "", 0, NULL));
    assert_true(file_replacement_write(replacement, "text", 4, NULL));
    check_content(scratch, "model", "old");
    assert_int_equal(scratch_count(scratch), 2);
    assert_true(file_replacement_finish(replacement, NULL));
    check_content(scratch, "model", "new text");
    assert_int_equal(scratch_count(scratch), 1);
}

static void abandoned_replacement_leaves_nothing(void **state) {
    Scratch *scratch = *state;
    char *path = scratch_write_text(scratch, "model", "old");
    FileReplacement *replacement = start(path);
    assert_true(file_replacement_write(replacement, "new", 3, NULL));
    file_replacement_abandon(replacement);
    file_replacement_abandon(NULL);
    check_content(scratch, "model", "old");
    assert_int_equal(scratch_count(scratch), 1);
}

static void writes_of_all_sizes_arrive_in_order(void **state) {
    enum { LENGTH = 1000003 };
    char *data = scratch_bytes(LENGTH);
    FileReplacement *replacement = start(scratch_path(*state, "model"));
    static const size_t sizes[] = {1, 65535, 65536, 65537, 3, 200000, 0, 65536, 1, 40000, 40000};
    size_t done = 0;
    for (size_t k = 0; done < LENGTH; k++) {
        size_t size = sizes[k % (sizeof sizes / sizeof *sizes)];
        size = size < LENGTH - done ? size : LENGTH - done;
        assert_true(file_replacement_write(replacement, data + done, size, NULL));
        done += size;
    }
    assert_true(file_replacement_finish(replacement, NULL));
    Bytes bytes = scratch_read(*state, "model");
    assert_int_equal(bytes.length, LENGTH);
    assert_memory_equal(bytes.data, data, LENGTH);
    bytes_free(&bytes);
    free(data);
}

/* Room that is made beforehand is written over; what is left of it is cut off, and what does not fit goes on behind. */
static void room_is_written_over(void **state) {
    enum { LENGTH = 200000 };
    static const size_t rooms[] = {1, 65536, LENGTH - 1, LENGTH, LENGTH + 1, 3 * LENGTH};
    char *data = scratch_bytes(LENGTH);
    for (size_t k = 0; k < sizeof rooms / sizeof *rooms; k++) {
        FileReplacement *replacement = start(scratch_path(*state, "model"));
        assert_true(file_replacement_make_room(replacement, rooms[k], NULL));
        assert_true(file_replacement_write(replacement, data, 3, NULL));
        assert_true(file_replacement_write(replacement, data + 3, LENGTH - 3, NULL));
        assert_true(file_replacement_finish(replacement, NULL));
        Bytes bytes = scratch_read(*state, "model");
        assert_int_equal(bytes.length, LENGTH);
        assert_memory_equal(bytes.data, data, LENGTH);
        bytes_free(&bytes);
        assert_int_equal(scratch_count(*state), 1);
    }
    free(data);
}

static void new_file_gets_the_mode_that_the_umask_gives(void **state) {
    mode_t before = umask(027);
    replace(scratch_path(*state, "model"), "x");
    umask(before);
    assert_int_equal(mode_of(scratch_path(*state, "model")), S_IFREG | 0640);
}

static void replaced_file_keeps_its_mode(void **state) {
    static const mode_t modes[] = {0600, 0666, 0751, 0644};
    for (size_t k = 0; k < sizeof modes / sizeof *modes; k++) {
        char *path = scratch_write_text(*state, "model", "old");
        assert_int_equal(chmod(path, modes[k]), 0);
        replace(path, "new");
        assert_int_equal(mode_of(path), S_IFREG | modes[k]);
        check_content(*state, "model", "new");
    }
}

static void link_stays_a_link(void **state) {
    Scratch *scratch = *state;
    assert_int_equal(mkdir(scratch_path(scratch, "deep"), 0700), 0);
    scratch_write_text(scratch, "deep/model", "old");
    assert_int_equal(symlink("deep/second", scratch_path(scratch, "first")), 0);
    assert_int_equal(symlink("model", scratch_path(scratch, "deep/second")), 0);
    replace(scratch_path(scratch, "first"), "new");
    assert_true(S_ISLNK(mode_of(scratch_path(scratch, "first"))));
    assert_true(S_ISLNK(mode_of(scratch_path(scratch, "deep/second"))));
    assert_true(S_ISREG(mode_of(scratch_path(scratch, "deep/model"))));
    check_content(scratch, "deep/model", "new");
    assert_int_equal(scratch_count(scratch), 2);
}

static void link_that_leads_nowhere_gets_its_target(void **state) {
    Scratch *scratch = *state;
    assert_int_equal(symlink(scratch_path(scratch, "target"), scratch_path(scratch, "link")), 0);
    assert_false(file_exists(scratch_path(scratch, "link")));
    replace(scratch_path(scratch, "link"), "new");
    assert_true(S_ISLNK(mode_of(scratch_path(scratch, "link"))));
    check_content(scratch, "target", "new");
}

static void left_over_temporary_file_is_not_in_the_way(void **state) {
    Scratch *scratch = *state;
    char name[64];
    snprintf(name, sizeof name, ".letra-%ld-0.tmp", (long)getpid());
    scratch_write_text(scratch, name, "someone else's");
    FileReplacement *first = start(scratch_path(scratch, "one"));
    FileReplacement *second = start(scratch_path(scratch, "one"));
    assert_true(file_replacement_write(first, "1", 1, NULL));
    assert_true(file_replacement_write(second, "2", 1, NULL));
    assert_true(file_replacement_finish(second, NULL));
    assert_true(file_replacement_finish(first, NULL));
    check_content(scratch, "one", "1");
    check_content(scratch, name, "someone else's");
    assert_int_equal(scratch_count(scratch), 2);
}

/* A number that was a process's, and is none's now. */
static long dead_process(void) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    return (long)child;
}

static char *write_left_over(Scratch *scratch, const char *format, long process) {
    char name[64];
    snprintf(name, sizeof name, format, process);
    return scratch_write_text(scratch, name, "half a mod");
}

static void left_over_of_dead_processes_is_removed(void **state) {
    Scratch *scratch = *state;
    long dead = dead_process();
    write_left_over(scratch, ".letra-%ld-0.tmp", dead);
    write_left_over(scratch, ".letra-%ld-17.tmp", dead);
    replace(scratch_path(scratch, "model"), "new");
    assert_int_equal(scratch_count(scratch), 1);
    check_content(scratch, "model", "new");
    write_left_over(scratch, ".letra-%ld-0.tmp", dead);
    assert_true(file_check_writable(scratch_path(scratch, "model"), NULL)); /* asking is enough */
    assert_int_equal(scratch_count(scratch), 1);
}

static void what_is_only_like_a_left_over_stays(void **state) {
    Scratch *scratch = *state;
    long dead = dead_process();
    static const char *const formats[] = {".letra-%ld-0.tmp.bak",      ".letra-%ld-.tmp", ".letra-%ld-0.tm",
                                          "letra-%ld-0.tmp",           ".letra-%ld.tmp",  ".letra--%ld-0.tmp",
                                          ".letra-%ld0000000000-0.tmp"};
    size_t count = sizeof formats / sizeof *formats;
    for (size_t k = 0; k < count; k++) {
        write_left_over(scratch, formats[k], dead);
    }
    write_left_over(scratch, ".letra-%ld-0.tmp", (long)getppid()); /* alive */
    char folder[64];
    snprintf(folder, sizeof folder, ".letra-%ld-1.tmp", dead);
    assert_int_equal(mkdir(scratch_path(scratch, folder), 0700), 0);
    replace(scratch_path(scratch, "model"), "new");
    assert_int_equal(scratch_count(scratch), count + 3);
}

/* The process may be alive in another container, where it has that number. */
static void left_over_that_is_locked_stays(void **state) {
    Scratch *scratch = *state;
    char *path = write_left_over(scratch, ".letra-%ld-0.tmp", dead_process());
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(flock(descriptor, LOCK_EX), 0);
    replace(scratch_path(scratch, "model"), "new");
    assert_int_equal(scratch_count(scratch), 2);
    close(descriptor);
    replace(scratch_path(scratch, "model"), "new");
    assert_int_equal(scratch_count(scratch), 1);
}

/* ... and so is every file that is being written. */
static void a_temporary_file_is_locked(void **state) {
    Scratch *scratch = *state;
    char name[64];
    FileReplacement *replacement = start(scratch_path(scratch, "model"));
    snprintf(name, sizeof name, ".letra-%ld-0.tmp", (long)getpid());
    int descriptor = open(scratch_path(scratch, name), O_RDONLY | O_CLOEXEC);
    assert_true(descriptor >= 0);
    assert_int_equal(flock(descriptor, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    close(descriptor);
    file_replacement_abandon(replacement);
}

static void folder_full_of_temporary_files_is_refused(void **state) {
    Scratch *scratch = *state;
    for (unsigned k = 0; k < 1000; k++) {
        char name[64];
        snprintf(name, sizeof name, ".letra-%ld-%u.tmp", (long)getpid(), k);
        scratch_write_text(scratch, name, "");
    }
    Error error = {0};
    assert_null(file_replacement_start(scratch_path(scratch, "model"), &error));
    assert_contains(error.message, "is full of .letra-*.tmp files; remove them");
    assert_int_equal(scratch_count(scratch), 1000);
}

/* --- refusing --- */

static void check_refused(const char *path, const char *message) {
    Error error = {0};
    assert_null(file_replacement_start(path, &error));
    assert_contains(error.message, message);
    assert_contains(error.message, path);
    Error again = {0};
    assert_false(file_check_writable(path, &again));
    assert_string_equal(again.message, error.message);
}

static void what_cannot_be_replaced_is_named(void **state) {
    Scratch *scratch = *state;
    scratch_write_text(scratch, "file", "stays");
    assert_int_equal(mkfifo(scratch_path(scratch, "fifo"), 0600), 0);
    assert_int_equal(symlink("loop", scratch_path(scratch, "loop")), 0);
    char message[2048];
    snprintf(message, sizeof message, "the folder %s/none does not exist", scratch->folder);
    check_refused(scratch_path(scratch, "none/model"), message);
    check_refused(scratch_path(scratch, "none/"), message);
    check_refused("letra-no-such-folder/model", "the folder letra-no-such-folder does not exist");
    check_refused(scratch_path(scratch, "file/model"), "/file is no folder");
    check_refused(scratch->folder, "it is a folder; give a file");
    check_refused("/dev/null", "it is a device and no regular file");
    check_refused("/dev/full", "it is a device and no regular file");
    check_refused(scratch_path(scratch, "fifo"), "it is a pipe and no regular file");
    check_refused(scratch_path(scratch, "loop"), "Too many levels of symbolic links");
    check_refused("/proc/letra-model", "no file can be made in the folder /proc");
    check_refused("", "the name of the file to write is empty");
    assert_int_equal(scratch_count(scratch), 3);
}

/* Becomes nobody for a while if it is root, whom nothing is refused. */
static void drop_rights(Scratch *scratch) {
    assert_int_equal(chmod(scratch->folder, 0755), 0);
    if (geteuid() == 0) {
        assert_int_equal(seteuid(NOBODY), 0);
    } else {
        assert_int_equal(chmod(scratch->folder, 0555), 0);
    }
}

static void regain_rights(Scratch *scratch) {
    if (getuid() == 0) {
        assert_int_equal(seteuid(0), 0);
    }
    assert_int_equal(chmod(scratch->folder, 0755), 0);
}

static void without_rights_nothing_is_replaced(void **state) {
    Scratch *scratch = *state;
    char *read_only = scratch_write_text(scratch, "read-only", "stays");
    assert_int_equal(chmod(read_only, 0444), 0);
    drop_rights(scratch);
    Error folder_error = {0};
    Error file_error = {0};
    bool folder_is_writable = file_check_writable(scratch_path(scratch, "new"), &folder_error);
    bool file_is_writable = file_check_writable(read_only, &file_error);
    regain_rights(scratch);
    assert_false(folder_is_writable);
    assert_contains(folder_error.message, "Permission denied"); /* also where TMPDIR is not nobody's */
    assert_false(file_is_writable);
    assert_contains(file_error.message, "read-only: Permission denied");
    check_content(scratch, "read-only", "stays");
    assert_int_equal(scratch_count(scratch), 1);
}

/* A limit on the size of files stands in for a full disk. Returns the limit before. */
static rlim_t limit_file_size(rlim_t size) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = size;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return before;
}

static void failed_write_leaves_the_old_file(void **state) {
    Scratch *scratch = *state;
    char *path = scratch_write_text(scratch, "model", "old");
    char *data = scratch_bytes(70000);
    Error errors[4] = {0};
    bool results[4];
    rlim_t before = limit_file_size(100000);
    FileReplacement *replacement = file_replacement_start(path, NULL);
    results[0] = file_replacement_write(replacement, data, 70000, &errors[0]);
    results[1] = file_replacement_write(replacement, data, 70000, &errors[1]);
    results[2] = file_replacement_write(replacement, "x", 1, &errors[2]);
    results[3] = file_replacement_finish(replacement, &errors[3]);
    limit_file_size(before);
    assert_true(results[0]);
    for (unsigned k = 1; k < 4; k++) {
        assert_false(results[k]);
        assert_contains(errors[k].message, "cannot write ");
        assert_contains(errors[k].message, "model: File too large");
    }
    check_content(scratch, "model", "old");
    assert_int_equal(scratch_count(scratch), 1);
    free(data);
}

static void without_room_the_old_file_stays(void **state) {
    char *path = scratch_write_text(*state, "model", "old");
    Error error = {0};
    rlim_t before = limit_file_size(100000);
    FileReplacement *replacement = file_replacement_start(path, NULL);
    bool made = file_replacement_make_room(replacement, 100001, &error);
    bool finished = file_replacement_finish(replacement, NULL);
    limit_file_size(before);
    assert_false(made || finished);
    assert_contains(error.message, "model: File too large");
    check_content(*state, "model", "old");
    assert_int_equal(scratch_count(*state), 1);
}

static void failed_flush_leaves_no_temporary_file(void **state) {
    rlim_t before = limit_file_size(2);
    FileReplacement *replacement = file_replacement_start(scratch_path(*state, "model"), NULL);
    bool buffered = file_replacement_write(replacement, "four", 4, NULL);
    bool finished = file_replacement_finish(replacement, NULL);
    limit_file_size(before);
    assert_true(buffered);
    assert_false(finished);
    assert_int_equal(scratch_count(*state), 0);
}

static void failed_rename_leaves_no_temporary_file(void **state) {
    Error error = {0};
    char *path = scratch_path(*state, "model");
    FileReplacement *replacement = start(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(file_replacement_finish(replacement, &error));
    assert_contains(error.message, "Is a directory");
    assert_int_equal(scratch_count(*state), 1);
}

/* --- questions --- */

static void asking_changes_nothing(void **state) {
    Scratch *scratch = *state;
    char *path = scratch_write_text(scratch, "model", "old");
    assert_true(file_check_writable(path, NULL));
    assert_true(file_check_writable(scratch_path(scratch, "new"), NULL));
    check_content(scratch, "model", "old");
    assert_int_equal(scratch_count(scratch), 1);
    assert_true(file_exists(path));
    assert_true(file_exists(scratch->folder));
    assert_false(file_exists(scratch_path(scratch, "new")));
}

static void folder_is_made_once(void **state) {
    Scratch *scratch = *state;
    char *folder = scratch_path(scratch, "models");
    assert_true(file_make_folder(folder, NULL));
    assert_true(S_ISDIR(mode_of(folder)));
    assert_true(file_make_folder(folder, NULL));
    Error error = {0};
    assert_false(file_make_folder(scratch_path(scratch, "a/b"), &error));
    assert_contains(error.message, "cannot make the folder");
    assert_contains(error.message, "No such file or directory");
    assert_false(file_make_folder(scratch_write_text(scratch, "file", ""), &error));
    assert_contains(error.message, "a file is there");
}

#define file_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        file_test(old_file_stands_until_the_new_one_is_whole),
        file_test(abandoned_replacement_leaves_nothing),
        file_test(writes_of_all_sizes_arrive_in_order),
        file_test(room_is_written_over),
        file_test(new_file_gets_the_mode_that_the_umask_gives),
        file_test(replaced_file_keeps_its_mode),
        file_test(link_stays_a_link),
        file_test(link_that_leads_nowhere_gets_its_target),
        file_test(left_over_temporary_file_is_not_in_the_way),
        file_test(left_over_of_dead_processes_is_removed),
        file_test(what_is_only_like_a_left_over_stays),
        file_test(left_over_that_is_locked_stays),
        file_test(a_temporary_file_is_locked),
        file_test(folder_full_of_temporary_files_is_refused),
        file_test(what_cannot_be_replaced_is_named),
        file_test(without_rights_nothing_is_replaced),
        file_test(failed_write_leaves_the_old_file),
        file_test(without_room_the_old_file_stays),
        file_test(failed_flush_leaves_no_temporary_file),
        file_test(failed_rename_leaves_no_temporary_file),
        file_test(asking_changes_nothing),
        file_test(folder_is_made_once),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

/* Tests of src/base/file_input.c: what is read, and what cannot be. */
#include "support/cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_input.h"
#include "support/scratch.h"

static int set_up(void **state) {
    *state = scratch_create();
    return 0;
}

static int tear_down(void **state) {
    scratch_remove(*state);
    return 0;
}

static void check_read(const char *path, const void *expected, size_t length) {
    Bytes bytes = {0};
    Error error = {0};
    assert_true(bytes_append(&bytes, "before", 6, NULL));
    if (!file_read(path, &bytes, &error)) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(bytes.length, 6 + length);
    assert_memory_equal(bytes.data, "before", 6);
    if (length > 0) {
        assert_memory_equal(bytes.data + 6, expected, length);
    }
    assert_int_equal(bytes.data[bytes.length], 0);
    bytes_free(&bytes);
}

static void file_is_read_whole(void **state) {
    check_read(scratch_write(*state, "empty", "", 0), "", 0);
    check_read(scratch_write(*state, "nul", "a\0\0b\n", 5), "a\0\0b\n", 5);
    size_t length = 3000017;
    char *data = scratch_bytes(length);
    check_read(scratch_write(*state, "large", data, length), data, length);
    free(data);
}

static void file_of_known_size_takes_one_allocation(void **state) {
    Bytes bytes = {0};
    assert_true(file_read(scratch_write_text(*state, "file", "seven b"), &bytes, NULL));
    assert_int_equal(bytes.capacity, 8);
    bytes_free(&bytes);
}

static void file_that_says_nothing_of_its_size_is_read(void **state) {
    (void)state;
    Bytes bytes = {0};
    assert_true(file_read("/proc/self/status", &bytes, NULL)); /* stat says 0 bytes */
    assert_contains(bytes.data, "Pid:");
    bytes_free(&bytes);
    check_read("/dev/null", "", 0);
}

/* Writes into a pipe from another process, in pieces, and reads it here. */
static void check_pipe_read(int write_end, const char *path, const char *data, size_t length) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int out = write_end >= 0 ? write_end : open(path, O_WRONLY);
        for (size_t done = 0; done < length; done += 10007) {
            size_t piece = length - done < 10007 ? length - done : 10007;
            if (write(out, data + done, piece) != (ssize_t)piece) {
                _exit(1);
            }
        }
        _exit(0);
    }
    if (write_end >= 0) {
        close(write_end);
    }
    check_read(path, data, length);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void fifo_is_read_to_its_end(void **state) {
    char *data = scratch_bytes(300000);
    char *path = scratch_path(*state, "fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    check_pipe_read(-1, path, data, 300000);
    free(data);
}

static void what_has_no_end_is_read_in_parts(void **state) {
    (void)state;
    FileInput input;
    Bytes bytes = {0};
    assert_true(file_input_open("/dev/zero", &input, NULL));
    assert_true(file_input_append(&input, 3, &bytes, NULL));
    assert_int_equal(bytes.length, 3);
    assert_true(file_input_append(&input, 100000, &bytes, NULL));
    assert_int_equal(bytes.length, 100003);
    assert_true(file_input_append(&input, 0, &bytes, NULL));
    assert_int_equal(bytes.length, 100003);
    assert_int_equal(input.offset, 100003);
    file_input_close(&input);
    bytes_free(&bytes);
}

static void parts_of_a_file_take_no_more_room_than_it_has(void **state) {
    FileInput input;
    Bytes bytes = {0};
    assert_true(file_input_open(scratch_write_text(*state, "file", "seven b"), &input, NULL));
    assert_true(file_input_append(&input, 5, &bytes, NULL));
    assert_string_equal(bytes.data, "seven");
    assert_int_equal(bytes.capacity, 6);
    assert_true(file_input_append(&input, 1000, &bytes, NULL));
    assert_string_equal(bytes.data, "seven b");
    assert_in_range(bytes.capacity, 8, 9);
    assert_true(file_input_append(&input, 1000, &bytes, NULL));
    assert_string_equal(bytes.data, "seven b");
    file_input_close(&input);
    bytes_free(&bytes);
}

/* Runs with another standard input. */
static int swap_input(int descriptor) {
    int saved = dup(STDIN_FILENO);
    assert_true(saved >= 0);
    assert_true(dup2(descriptor, STDIN_FILENO) >= 0);
    close(descriptor);
    return saved;
}

static void restore_input(int saved) {
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
}

static void dash_is_standard_input(void **state) {
    assert_string_equal(file_input_name("-"), "standard input");
    assert_string_equal(file_input_name("-x"), "-x");
    int saved = swap_input(open(scratch_write_text(*state, "file", "piped in"), O_RDONLY));
    check_read("-", "piped in", 8);
    restore_input(saved);
    char *data = scratch_bytes(200000);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    saved = swap_input(ends[0]);
    check_pipe_read(ends[1], "-", data, 200000);
    restore_input(saved);
    free(data);
}

static void check_unreadable(const char *path, const char *message) {
    Bytes bytes = {0};
    Error error = {0};
    assert_true(bytes_append(&bytes, "stays", 5, NULL));
    assert_false(file_read(path, &bytes, &error));
    assert_contains(error.message, message);
    assert_contains(error.message, file_input_name(path));
    assert_string_equal(bytes.data, "stays");
    assert_int_equal(bytes.length, 5);
    bytes_free(&bytes);
}

static void what_cannot_be_read_is_named(void **state) {
    Scratch *scratch = *state;
    check_unreadable(scratch->folder, " is a folder; give a file");
    check_unreadable(scratch_path(scratch, "none"), "/none: No such file or directory");
    scratch_write_text(scratch, "file", "");
    check_unreadable(scratch_path(scratch, "file/x"), "Not a directory");
    check_unreadable("", "the name of the file to read is empty");
    int saved = swap_input(open(scratch->folder, O_RDONLY));
    check_unreadable("-", "standard input is a folder; give a file");
    restore_input(saved);
}

static void failure_in_the_middle_leaves_bytes_as_they_were(void **state) {
    int end = open(scratch_path(*state, "write-only"), O_WRONLY | O_CREAT, 0600);
    int saved = swap_input(end);
    check_unreadable("-", "standard input: cannot be read: ");
    restore_input(saved);
}

#define file_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        file_test(file_is_read_whole),
        file_test(file_of_known_size_takes_one_allocation),
        file_test(file_that_says_nothing_of_its_size_is_read),
        file_test(fifo_is_read_to_its_end),
        file_test(what_has_no_end_is_read_in_parts),
        file_test(parts_of_a_file_take_no_more_room_than_it_has),
        file_test(dash_is_standard_input),
        file_test(what_cannot_be_read_is_named),
        file_test(failure_in_the_middle_leaves_bytes_as_they_were),
    };
    return cmocka_run_group_tests_name("file_input", tests, NULL, NULL);
}

/* Locks (base/file_lock.c): who has one keeps others out, and a dead process keeps nobody. */
#include "base/file_lock.h"

#include "support/cmocka_all.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/scratch.h"

static int setup(void **state) {
    *state = scratch_create();
    return 0;
}

static int teardown(void **state) {
    scratch_remove(*state);
    return 0;
}

static FileLock *take(const char *path) {
    FileLock *lock = NULL;
    Bytes holder = {0};
    Error error = {0};
    assert_int_equal(file_lock_take(path, "me", &lock, &holder, &error), FILE_LOCK_TAKEN);
    assert_non_null(lock);
    assert_int_equal(holder.length, 0);
    return lock;
}

/* Another has it, and left `owner` in it. */
static void check_held(const char *path, const char *owner) {
    FileLock *lock = NULL;
    Bytes holder = {0};
    assert_int_equal(file_lock_take(path, "you", &lock, &holder, NULL), FILE_LOCK_HELD);
    assert_null(lock);
    assert_int_equal(holder.length, strlen(owner));
    assert_memory_equal(holder.data, owner, strlen(owner));
    bytes_free(&holder);
}

static void one_has_it_and_leaves_nothing(void **state) {
    Scratch *scratch = *state;
    char *path = scratch_path(scratch, "model");
    FileLock *lock = take(path);
    assert_int_equal(scratch_count(scratch), 1);
    check_held(path, "me");
    check_held(path, "me");
    file_lock_release(take(scratch_path(scratch, "model2"))); /* another file */
    file_lock_release(lock);
    assert_int_equal(scratch_count(scratch), 0);
    file_lock_release(take(path));
    file_lock_release(NULL);
}

/* A process that is killed while it has it; its file stays. */
static void a_dead_process_has_no_lock(void **state) {
    Scratch *scratch = *state;
    char *path = scratch_path(scratch, "model");
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)take(path);
        (void)!write(ready[1], "x", 1);
        for (;;) {
            pause();
        }
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    check_held(path, "me");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(scratch_count(scratch), 1);
    FileLock *lock = take(path);
    check_held(path, "me");
    file_lock_release(lock);
    assert_int_equal(scratch_count(scratch), 0);
    close(ready[0]);
    close(ready[1]);
}

static void paths_to_the_same_file_share_it(void **state) {
    Scratch *scratch = *state;
    assert_int_equal(mkdir(scratch_path(scratch, "deep"), 0700), 0);
    assert_int_equal(symlink("deep/model", scratch_path(scratch, "link")), 0);
    assert_int_equal(symlink("deep", scratch_path(scratch, "folder")), 0);
    FileLock *lock = take(scratch_path(scratch, "link"));
    check_held(scratch_path(scratch, "deep/model"), "me");
    check_held(scratch_path(scratch, "folder/model"), "me");
    check_held(scratch_path(scratch, "deep/../folder/./model"), "me");
    file_lock_release(lock);
    assert_int_equal(scratch_count(scratch), 3);
}

/* Who waited with the file open, while it was given back, has a lock on nothing. */
static void a_lock_that_was_removed_counts_for_nothing(void **state) {
    Scratch *scratch = *state;
    char *path = scratch_path(scratch, "model");
    FileLock *first = take(path);
    assert_int_equal(unlink(scratch_path(scratch, ".model.lock")), 0);
    FileLock *second = take(path); /* a new one */
    check_held(path, "me");
    file_lock_release(second);
    file_lock_release(first);
    assert_int_equal(scratch_count(scratch), 0);
}

/* Takes the lock and gives it back again and again; fails if another has it meanwhile. */
static void take_often(const char *path, atomic_int *inside) {
    for (int k = 0; k < 15000; k++) {
        FileLock *lock = NULL;
        Bytes holder = {0};
        if (file_lock_take(path, "me", &lock, &holder, NULL) == FILE_LOCK_TAKEN) {
            if (atomic_fetch_add(inside, 1) != 0) {
                _exit(1);
            }
            (void)sched_yield(); /* so that one who should not can come in */
            atomic_fetch_sub(inside, 1);
            file_lock_release(lock);
        }
        bytes_free(&holder);
    }
    _exit(0);
}

/* Whoever opens the file just before it is removed must not take it for the lock. */
static void never_two_have_it(void **state) {
    enum { PROCESSES = 3 };
    char *path = scratch_path(*state, "model");
    atomic_int *inside =
        mmap(NULL, sizeof *inside, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(inside != MAP_FAILED);
    pid_t children[PROCESSES];
    for (int k = 0; k < PROCESSES; k++) {
        children[k] = fork();
        if (children[k] == 0) {
            take_often(path, inside);
        }
    }
    for (int k = 0; k < PROCESSES; k++) {
        int status = 0;
        assert_int_equal(waitpid(children[k], &status, 0), children[k]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(munmap(inside, sizeof *inside), 0);
    assert_int_equal(scratch_count(*state), 0);
}

/* Of names as long as there can be; and where none can be made. */
static void odd_places(void **state) {
    Scratch *scratch = *state;
    char name[256];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    FileLock *lock = take(scratch_path(scratch, name));
    check_held(scratch_path(scratch, name), "me");
    file_lock_release(lock);
    assert_int_equal(scratch_count(scratch), 0);
    file_lock_release(take(scratch_path(scratch, "none/model")));
    file_lock_release(take("/proc/letra-model"));
    file_lock_release(take("letra-test-in-this-folder"));
    assert_int_equal(access(".letra-test-in-this-folder.lock", F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_has_it_and_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dead_process_has_no_lock, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_to_the_same_file_share_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_that_was_removed_counts_for_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(never_two_have_it, setup, teardown),
        cmocka_unit_test_setup_teardown(odd_places, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

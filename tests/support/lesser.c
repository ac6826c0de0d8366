/* A test program that runs itself: see lesser.h. */
#include "support/lesser.h"

#include "support/cmocka_all.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/scratch.h"

static const char variable[] = "DNNL_MAX_CPU_ISA";

extern char **environ;

/* Runs this program with its output in a file, and returns waitpid's status. */
static int run_again(const char *output) {
    char *arguments[] = {"/proc/self/exe", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int status = -1;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0600),
        0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO), 0);
    assert_int_equal(posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

void run_again_as_lesser_processors(void) {
    static const char *const sets[] = {"SSE41", "AVX2", "AVX512_CORE", "AVX512_CORE_BF16"};
    if (getenv(variable) != NULL) {
        return;
    }
    Scratch *scratch = scratch_create();
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        assert_int_equal(setenv(variable, sets[k], 1), 0);
        int status = run_again(scratch_path(scratch, "output"));
        assert_int_equal(unsetenv(variable), 0);
        if (status != 0) {
            Bytes output = scratch_read(scratch, "output");
            print_error("%s=%s:\n%s\n", variable, sets[k], output.data);
            bytes_free(&output);
            scratch_remove(scratch);
            fail_msg("with %s=%s it fails (status %d)", variable, sets[k], status);
        }
    }
    scratch_remove(scratch);
}

/* A real run of the program, stopped at many random moments by Ctrl-C, by SIGTERM and by a kill that it cannot see, and
 * resumed each time: in the end every tensor of its model and of its checkpoint is what the uninterrupted run left, but
 * for the seconds.
 *
 * The program is the one that LETRA names, as for tests/cli. Runs are killed after a part of the time that the whole
 * one took, so a busy machine does not matter. */
#define _GNU_SOURCE /* nanosleep, kill */
#include "train/training.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "model/safetensors.h"

enum { KILLS = 50, PATH_ROOM = 1024 };

static const int signals[] = {SIGINT, SIGTERM, SIGKILL};
enum { SIGNALS = sizeof signals / sizeof *signals };

typedef struct Runs {
    Scratch *scratch;
    char text[PATH_ROOM], model[PATH_ROOM], checkpoint[PATH_ROOM], log[PATH_ROOM];
    double seconds; /* of the whole run */
    Random random;
    uint64_t seed;
    size_t kills; /* that hit a run */
} Runs;

static void name_files(Runs *runs, const char *name) {
    char file[64];
    snprintf(file, sizeof file, "%s.safetensors", name);
    snprintf(runs->model, sizeof runs->model, "%s", scratch_path(runs->scratch, file));
    snprintf(file, sizeof file, "%s.checkpoint.safetensors", name);
    snprintf(runs->checkpoint, sizeof runs->checkpoint, "%s", scratch_path(runs->scratch, file));
}

/* --- one run --- */

static pid_t begin_run(const Runs *runs) {
    const char *program = getenv("LETRA");
    assert_non_null(program);
    char *const line[] = {(char *)program,
                          "train",
                          (char *)runs->text,
                          "-o",
                          (char *)runs->model,
                          "--resume",
                          "--quiet",
                          "--epochs",
                          "5",
                          "--layers",
                          "2",
                          "--hidden",
                          "32",
                          "--embed",
                          "8",
                          "--seq-length",
                          "32",
                          "--batch-size",
                          "32",
                          "--dropout",
                          "0.2",
                          "--weight-drop",
                          "0.1",
                          "--zoneout",
                          "0.1",
                          "--average",
                          "0.98",
                          "--threads",
                          "1",
                          "--checkpoint-every",
                          "0.03",
                          NULL};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int log = open(runs->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(log, STDERR_FILENO);
        execv(program, line);
        _exit(127);
    }
    return child;
}

/* Waits for its end, and fails unless it came by itself with status 0 (0 is returned), or by the signal. */
static int end_run(Runs *runs, pid_t child, int sent) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return 0;
    }
    bool killed =
        WIFSIGNALED(status) && WTERMSIG(status) == sent; /* before it caught signals, or by SIGKILL */
    bool saved = WIFEXITED(status) && sent != SIGKILL && WEXITSTATUS(status) == 128 + sent;
    if (sent == 0 || !(killed || saved)) {
        Bytes said = scratch_read(runs->scratch, "log");
        fail_msg("seed %llu, signal %d: status %x: %.*s", (unsigned long long)runs->seed, sent,
                 (unsigned)status, (int)said.length, said.data);
    }
    return sent;
}

static void sleep_for(double seconds) {
    struct timespec time = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};
    while (nanosleep(&time, &time) != 0) {
    }
}

/* Lets a run begin or go on, and sends it the next signal after a while. Whether it came to its end before. */
static bool run_and_kill(Runs *runs) {
    int sent = signals[runs->kills % SIGNALS];
    double seconds = random_uniform(&runs->random) * runs->seconds / 2;
    pid_t child = begin_run(runs);
    sleep_for(seconds);
    kill(child, sent);
    bool over = end_run(runs, child, sent) == 0;
    runs->kills += over ? 0 : 1;
    return over;
}

/* --- what is left --- */

static Safetensors *read_file(const char *path) {
    Error error = {0};
    Safetensors *file = safetensors_read(path, &error);
    if (file == NULL) {
        fail_msg("%s", error.message);
    }
    return file;
}

/* Compares the bytes of a tensor; the seconds stand first in the position's numbers. */
static void check_tensor(const Runs *runs, const Tensor *tensor, const Tensor *expected) {
    size_t skipped = strcmp(expected->name, "position.numbers") == 0 ? sizeof(double) : 0;
    assert_string_equal(tensor->name, expected->name);
    assert_int_equal(tensor->bytes, expected->bytes);
    if (memcmp((const char *)tensor->data + skipped, (const char *)expected->data + skipped,
               expected->bytes - skipped) != 0) {
        fail_msg("seed %llu: tensor %s is not that of the whole run", (unsigned long long)runs->seed,
                 expected->name);
    }
}

static void check_file(const Runs *runs, const char *path, const char *whole) {
    Safetensors *file = read_file(path);
    Safetensors *expected = read_file(whole);
    assert_int_equal(safetensors_count(file), safetensors_count(expected));
    for (size_t k = 0; k < safetensors_count(expected); k++) {
        check_tensor(runs, safetensors_at(file, k), safetensors_at(expected, k));
    }
    safetensors_free(file);
    safetensors_free(expected);
    Model model = load_model(path);
    Model wanted = load_model(whole);
    assert_true(model.history.finished);
    assert_int_equal(model.history.steps, wanted.history.steps);
    assert_near(model.history.best_val_loss, wanted.history.best_val_loss, 0);
    assert_near(model.history.train_loss, wanted.history.train_loss, 0);
    assert_int_equal(model.history.sampling_precision, wanted.history.sampling_precision);
    model_free(&model);
    model_free(&wanted);
}

static void check_files(const Runs *runs) {
    Runs whole = *runs;
    name_files(&whole, "whole");
    check_file(runs, runs->model, whole.model);
    check_file(runs, runs->checkpoint, whole.checkpoint);
}

static void start_runs(Runs *runs) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *runs =
        (Runs){.scratch = scratch_create(), .seed = (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec};
    runs->random = random_create(runs->seed, 0);
    print_message("# killed at random moments of seed %llu\n", (unsigned long long)runs->seed);
    Bytes text = english_text(100000);
    snprintf(runs->text, sizeof runs->text, "%s",
             scratch_write(runs->scratch, "text.txt", text.data, text.length));
    bytes_free(&text);
    snprintf(runs->log, sizeof runs->log, "%s", scratch_path(runs->scratch, "log"));
    Clock clock = clock_system();
    double begin = clock_now(clock);
    name_files(runs, "whole");
    assert_int_equal(end_run(runs, begin_run(runs), 0), 0);
    runs->seconds = clock_now(clock) - begin;
}

static void a_killed_run_ends_where_the_whole_one_does(void **state) {
    (void)state;
    if (getenv("LETRA") == NULL) {
        skip();
    }
    Runs runs;
    start_runs(&runs);
    name_files(&runs, "killed");
    while (runs.kills < KILLS) {
        if (run_and_kill(&runs)) {
            check_files(&runs);
            assert_int_equal(remove(runs.model), 0);
            assert_int_equal(remove(runs.checkpoint), 0);
        }
    }
    assert_int_equal(end_run(&runs, begin_run(&runs), 0), 0);
    check_files(&runs);
    scratch_remove(runs.scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_run_ends_where_the_whole_one_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

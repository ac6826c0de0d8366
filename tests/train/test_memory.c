/* What a run says that it will take of memory is what it then takes: the program is run for a few steps over a grid of
 * sizes, and its largest resident memory compared. (AddressSanitizer's allocator takes more than it is asked for.) */
#define _GNU_SOURCE /* wait4 */
#include "train/training.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "math/gemm.h"

enum { LINE_ROOM = 40 };

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

typedef struct Size {
    const char *cell, *layers, *hidden, *batch, *steps, *more; /* `more` is one further word, or NULL */
    bool wide;                                                 /* a text of some thousand symbols */
} Size;

static const Size sizes[] = {
    {"lstm", "1", "64", "16", "64", NULL, false},
    {"lstm", "2", "256", "32", "64", NULL, false},
    {"lstm", "3", "512", "16", "32", NULL, false},
    {"lstm", "1", "1024", "2", "16", NULL, false},
    {"lstm", "2", "1024", "8", "32", NULL, false},
    {"gru", "3", "256", "64", "64", NULL, false},
    {"gru-before", "2", "512", "16", "64", NULL, false},
    {"rnn", "3", "1024", "16", "32", NULL, false},
    {"mlstm", "2", "128", "16", "64", NULL, false},
    {"slstm", "2", "256", "16", "64", NULL, false},
    {"lstm", "1", "64", "16", "64", NULL, true},
    {"lstm", "2", "256", "8", "32", NULL, true},
    {"lstm", "1", "256", "16", "64", "--embed=0", true},
    {"lstm", "1", "1024", "4", "16", "--sample-every=0.001s", false},
};

static const double tolerance_share = 0.1;
static const double tolerance_bytes = 20e6;

/* Runs the program; `said` becomes what it wrote. Returns the bytes that it had in memory at most. */
static double run_program(Scratch *scratch, const char *text, const Size *size, const char *precision,
                          bool resumed, Bytes *said) {
    const char *program = getenv("LETRA");
    char model[1024], log[1024];
    struct rusage usage;
    int status = 0;
    snprintf(model, sizeof model, "%s", scratch_path(scratch, "model.safetensors"));
    snprintf(log, sizeof log, "%s", scratch_path(scratch, "log"));
    if (!resumed) { /* over an older run's files it would save the first model without a copy */
        (void)remove(model);
        (void)remove(scratch_path(scratch, "model.checkpoint.safetensors"));
    }
    const char *line[LINE_ROOM] = {
        program,       "train",        text,        "-o",           model,
        "--cell",      size->cell,     "--layers",  size->layers,   "--hidden",
        size->hidden,  "--batch-size", size->batch, "--seq-length", size->steps,
        "--precision", precision,      "--average", "0.9",          "--threads",
        "2",           "--val",        "0.001",     "--epochs",     resumed ? "0.04" : "0.01"};
    size_t count = 25;
    line[count++] = "--checkpoint-every=0.001s"; /* what a run copies to save it counts, too */
    line[count++] = size->more != NULL ? size->more : "--seed=1";
    line[count++] = resumed ? "--resume" : "--seed=1";
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDERR_FILENO);
        execv(program, (char *const *)line);
        _exit(127);
    }
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    *said = scratch_read(scratch, "log");
    assert_true(bytes_append(said, "", 0, NULL));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("status %x: %s", (unsigned)status, said->data);
    }
    return 1024.0 * (double)usage.ru_maxrss;
}

/* "..., 45.1 MB of memory for training" */
static double find_planned(const Bytes *said) {
    const char *end = strstr(said->data, " of memory for training");
    assert_non_null(end);
    const char *begin = end;
    while (begin > said->data && begin[-1] != ',') {
        begin--;
    }
    char unit[8] = "";
    double number = 0;
    assert_int_equal(sscanf(begin, "%lf %7s", &number, unit), 2); // NOLINT(cert-err34-c)
    return number * (strcmp(unit, "GB") == 0 ? 1e9 : strcmp(unit, "MB") == 0 ? 1e6 : 1e3);
}

static void check_size(Scratch *scratch, const char *text, const Size *size, const char *precision,
                       bool resumed) {
    Bytes said = {0};
    double taken = run_program(scratch, text, size, precision, resumed, &said);
    double planned = find_planned(&said);
    double tolerance = fmax(tolerance_share * planned, tolerance_bytes);
    if (!(fabs(taken - planned) <= tolerance)) {
        fail_msg("%s, %s layers of %s, %s x %s, %s%s: %.1f MB were planned, %.1f MB taken", size->cell,
                 size->layers, size->hidden, size->batch, size->steps, precision, resumed ? ", resumed" : "",
                 planned / 1e6, taken / 1e6);
    }
    bytes_free(&said);
}

/* 150,000 characters of some 4,000 different ones. */
static const char *write_wide_text(Scratch *scratch) {
    Bytes text = {0};
    for (size_t k = 0; k < 150000; k++) {
        unsigned code = 0x4E00 + (unsigned)(k * k * 7 + k * 31) % 4001;
        char bytes[3] = {(char)(0xE0 | (code >> 12)), (char)(0x80 | ((code >> 6) & 0x3F)),
                         (char)(0x80 | (code & 0x3F))};
        assert_true(bytes_append(&text, bytes, sizeof bytes, NULL));
    }
    const char *path = scratch_write(scratch, "wide.txt", text.data, text.length);
    bytes_free(&text);
    return path;
}

static void check_grid(const char *precision, size_t stride) {
    if (SANITIZED || getenv("LETRA") == NULL) {
        skip();
    }
    Scratch *scratch = scratch_create();
    char wide[1024];
    snprintf(wide, sizeof wide, "%s", write_wide_text(scratch));
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k += stride) {
        const char *text = sizes[k].wide ? wide : "corpora/english.txt";
        check_size(scratch, text, &sizes[k], precision, false);
        if (k % 2 == 0) {
            check_size(scratch, text, &sizes[k], precision, true);
        }
    }
    scratch_remove(scratch);
}

static void the_plan_is_what_is_taken(void **state) {
    (void)state;
    check_grid("f32", 1);
}

static void the_plan_is_what_is_taken_in_bf16(void **state) {
    (void)state;
    if (gemm_bf16_speed() == BF16_NONE) {
        skip();
    }
    check_grid("bf16", 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plan_is_what_is_taken),
        cmocka_unit_test(the_plan_is_what_is_taken_in_bf16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

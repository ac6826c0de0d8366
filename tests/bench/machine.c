/* What this machine can do at most, and the limits that follow.
 *
 *     machine measure                       lines of a name and a number: see support/machine.h
 *     machine limits FILE L H E V T B       from such lines: characters a second that a network cannot exceed, as
 *                                           lines "train PRECISION one|all NUMBER" and "sample PRECISION all NUMBER"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/machine.h"

static size_t size_of(const char *text) {
    return (size_t)strtoul(text, NULL, 10);
}

static void print_limits(const Machine *machine, const MachineWork *work) {
    static const char *const teams[MACHINE_TEAMS] = {"one", "all"};
    for (size_t precision = 0; precision < MACHINE_PRECISIONS; precision++) {
        for (int team = 0; team < MACHINE_TEAMS; team++) {
            printf("train %s %s %.0f\n", precision_name(precision), teams[team],
                   machine_training_limit(machine, work, (Precision)precision, team));
        }
    }
    printf("sample f32 all %.0f\n", machine_sampling_limit(machine, work, 4.0, MACHINE_ALL));
    printf("sample bf16 all %.0f\n", machine_sampling_limit(machine, work, 2.0, MACHINE_ALL));
    printf("sample int8 all %.0f\n", machine_sampling_limit(machine, work, 1.0, MACHINE_ALL));
}

static int fail(const Error *error) {
    fprintf(stderr, "machine: %s\n", error->message);
    return EXIT_FAILURE;
}

int main(int count, char **arguments) {
    Machine machine;
    Error error = {0};
    if (count == 2 && strcmp(arguments[1], "measure") == 0) {
        if (!machine_measure(&machine, &error)) {
            return fail(&error);
        }
        machine_write(&machine, stdout);
        return EXIT_SUCCESS;
    }
    if (count == 9 && strcmp(arguments[1], "limits") == 0) {
        if (!machine_read(&machine, arguments[2], &error)) {
            return fail(&error);
        }
        MachineWork work = {.layers = size_of(arguments[3]),
                            .hidden = size_of(arguments[4]),
                            .embed = size_of(arguments[5]),
                            .vocab = size_of(arguments[6]),
                            .steps = size_of(arguments[7]),
                            .batch = size_of(arguments[8])};
        print_limits(&machine, &work);
        return EXIT_SUCCESS;
    }
    fputs("usage: machine measure | machine limits FILE L H E V T B\n", stderr);
    return 2;
}

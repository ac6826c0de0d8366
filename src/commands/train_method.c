/* The method of a training: see train_method.h. */
#include "commands/train_method.h"

#include <string.h>

/* What was asked for of each number of the optimizer; TRAINER_AUTO: nothing. */
static double number_asked(const TrainValues *values, OptimizerNumber number) {
    if (number == OPTIMIZER_NESTEROV) {
        return values->nesterov ? 1 : TRAINER_AUTO;
    }
    return values->numbers[number];
}

/* "--beta1 goes with --optimizer adamw or adam, not sgd" */
static bool say_unused(OptimizerNumber number, const Optimizer *optimizer, Error *error) {
    Bytes users = {0};
    bool done = true;
    for (size_t k = 0; done && k < optimizer_count(); k++) {
        if (optimizer_uses(optimizer_at(k), number)) {
            done = bytes_printf(&users, error, "%s%s", users.length > 0 ? " or " : "", optimizer_at(k)->name);
        }
    }
    if (done) {
        error_set(error, "--%s goes with --optimizer %s, not %s", optimizer_number_name(number), users.data,
                  optimizer->name);
    }
    bytes_free(&users);
    return false;
}

bool train_method_check(const TrainValues *values, Error *error) {
    const Optimizer *optimizer = optimizer_at(values->optimizer);
    for (size_t k = 0; k < OPTIMIZER_NUMBERS; k++) {
        OptimizerNumber number = (OptimizerNumber)k;
        if (number_asked(values, number) >= 0 && !optimizer_uses(optimizer, number)) {
            return say_unused(number, optimizer, error);
        }
    }
    if (values->nesterov && values->numbers[OPTIMIZER_MOMENTUM] == 0) {
        return error_set(error, "--nesterov needs a --momentum above 0");
    }
    return true;
}

void train_method_configure(const TrainValues *values, TrainerConfig *config) {
    config->optimizer = optimizer_at(values->optimizer);
    for (size_t k = 0; k < OPTIMIZER_NUMBERS; k++) {
        config->numbers[k] = number_asked(values, (OptimizerNumber)k);
    }
}

void train_method_describe(const Optimizer *optimizer, const double *numbers, Bytes *text) {
    const char *separator = "";
    for (size_t k = 0; k < OPTIMIZER_NESTEROV; k++) {
        if (optimizer_uses(optimizer, (OptimizerNumber)k)) {
            bytes_printf(text, NULL, "%s%s %g", separator, optimizer_number_name((OptimizerNumber)k),
                         numbers[k]);
            separator = ", ";
        }
    }
    if (numbers[OPTIMIZER_NESTEROV] > 0) {
        bytes_printf(text, NULL, " (Nesterov)");
    }
}

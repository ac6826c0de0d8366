/* The method of a training: see train_method.h. */
#include "commands/train_method.h"

#include <math.h>
#include <stdio.h>

#include "commands/help.h"
#include "commands/train_presets.h"

/* What was asked for of each number of the optimizer; METHOD_AUTO: nothing. */
static double number_asked(const TrainValues *values, OptimizerNumber number) {
    if (number == OPTIMIZER_NESTEROV) {
        return values->nesterov ? 1 : METHOD_AUTO;
    }
    return values->method.numbers[number];
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

static bool check_optimizer(const Invocation *invocation, const TrainValues *values, Error *error) {
    const Optimizer *optimizer = optimizer_at(values->optimizer);
    for (size_t k = 0; k < OPTIMIZER_NUMBERS; k++) {
        OptimizerNumber number = (OptimizerNumber)k;
        bool asked =
            option_given(invocation, optimizer_number_name(number)) && number_asked(values, number) >= 0;
        if (asked && !optimizer_uses(optimizer, number)) {
            return say_unused(number, optimizer, error);
        }
    }
    if (values->nesterov && values->method.numbers[OPTIMIZER_MOMENTUM] == 0) {
        return error_set(error, "--nesterov needs a --momentum above 0");
    }
    return true;
}

/* NULL: the recipe's. */
static const Schedule *asked_schedule(const TrainValues *values) {
    return values->schedule == 0 ? NULL : schedule_at(values->schedule - 1);
}

static bool check_schedule(const Invocation *invocation, const TrainValues *values, Error *error) {
    static const char *const options[] = {"lr-decay", "lr-decay-every", "lr-decay-after"};
    const Schedule *schedule = asked_schedule(values);
    for (size_t k = 0; k < ROWS(options); k++) {
        if ((schedule == NULL || !schedule->decays) && option_given(invocation, options[k])) {
            return error_set(error, "--%s goes with --schedule step or exponential, not %s", options[k],
                             schedule == NULL ? "auto" : schedule->name);
        }
    }
    return true;
}

bool train_method_check(const Invocation *invocation, const TrainValues *values, Error *error) {
    return check_optimizer(invocation, values, error) && check_schedule(invocation, values, error);
}

void train_method_configure(const TrainValues *values, TrainerConfig *config) {
    TrainingMethod *method = &config->method;
    config->optimizer = optimizer_at(values->optimizer);
    config->schedule = asked_schedule(values);
    *method = values->method;
    method->numbers[OPTIMIZER_NESTEROV] = number_asked(values, OPTIMIZER_NESTEROV);
    method->schedule_numbers.warmup = (double)values->warmup;
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

void train_method_describe_decay(const ScheduleNumbers *numbers, Bytes *text) {
    bytes_printf(text, NULL, "× %.4g every ", numbers->decay);
    if (numbers->every == 1) {
        bytes_printf(text, NULL, "epoch");
    } else {
        bytes_printf(text, NULL, "%g epochs", numbers->every);
    }
    if (numbers->after > 0) {
        bytes_printf(text, NULL, " after %g", numbers->after);
    }
}

void train_method_describe_schedule(const Schedule *schedule, const ScheduleNumbers *numbers, Bytes *text) {
    bytes_printf(text, NULL, "%s", schedule->name);
    if (schedule->decays) {
        bytes_printf(text, NULL, ": ");
        train_method_describe_decay(numbers, text);
    }
}

void train_method_describe_dropout(const TrainingMethod *method, int digits, Bytes *text) {
    const char *separator = " (";
    bytes_printf(text, NULL, "%.*g", digits, method->dropout);
    if (method->dropout_input > 0) {
        bytes_printf(text, NULL, "%sinput %.*g", separator, digits, method->dropout_input);
        separator = ", ";
    }
    if (!isnan(method->dropout_output) && method->dropout_output != method->dropout) {
        bytes_printf(text, NULL, "%soutput %.*g", separator, digits, method->dropout_output);
        separator = ", ";
    }
    if (method->variational) {
        bytes_printf(text, NULL, "%svariational", separator);
        separator = ", ";
    }
    bytes_printf(text, NULL, "%s", separator[0] == ',' ? ")" : "");
}

/* A row of --help: "TITLE: DETAILS" beside the name. */
static void help_name(Output *output, const char *name, const char *title, const char *details) {
    char left[32];
    Bytes right = {0};
    snprintf(left, sizeof left, "      %s", name);
    bytes_printf(&right, NULL, "%s: %s", title, details);
    help_row(output, left, right.length > 0 ? right.data : "");
    bytes_free(&right);
}

void train_method_help(Output *output) {
    output_string(output, "\nOptimizers, and what auto is for their numbers:\n");
    for (size_t k = 0; k < optimizer_count(); k++) {
        const Optimizer *optimizer = optimizer_at(k);
        Bytes numbers = {0};
        train_method_describe(optimizer, optimizer->numbers, &numbers);
        help_name(output, optimizer->name, optimizer->title, numbers.length > 0 ? numbers.data : "");
        bytes_free(&numbers);
    }
    output_string(output, "\nPresets, and the options that they stand for:\n");
    for (size_t k = 0; train_preset_at(k) != NULL; k++) {
        const TrainPreset *preset = train_preset_at(k);
        help_name(output, preset->name, preset->title, preset->options);
    }
}

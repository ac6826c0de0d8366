/* Figures of an evaluation: see eval_figures.h. */
#include "commands/eval_figures.h"

#include <math.h>
#include <stdio.h>

#include "commands/json.h"
#include "ui/figures.h"

/* --- for people --- */

enum {
    LABEL_WIDTH = 12, /* "characters", "nats/char"; one more for graphemes */
    FIGURE_WIDTH = 10,
    FIGURE_LARGE = 100000, /* from here on a figure is short of room for decimals */
    FIGURE_ROOM = 32
};

static const char *write_figure(double value, bool sign, char out[FIGURE_ROOM]) {
    bool large = fabs(value) >= FIGURE_LARGE;
    snprintf(out, FIGURE_ROOM, sign ? (large ? "%+.4g" : "%+.4f") : (large ? "%.4g" : "%.4f"), value);
    return out;
}

/* Prints what stands at the left of a row: "nats/", "char". */
static void print_label(const EvalTable *table, const char *label, const char *unit, Output *output) {
    char name[24];
    int width = table->unit == UNIT_GRAPHEME ? LABEL_WIDTH + 1 : LABEL_WIDTH;
    snprintf(name, sizeof name, "%s%s", label, unit);
    output_printf(output, "%-*s ", width, name);
}

static void print_row(const EvalTable *table, const char *label, const char *unit, const double values[2],
                      Output *output) {
    char figure[FIGURE_ROOM];
    print_label(table, label, unit, output);
    if (table->heads[0] == NULL) {
        output_printf(output, "%s\n", write_figure(values[0], false, figure));
        return;
    }
    for (size_t k = 0; k < 2; k++) {
        output_printf(output, "%-*s ", FIGURE_WIDTH, write_figure(values[k], false, figure));
    }
    double difference = table->gain ? values[0] - values[1] : values[1] - values[0];
    output_printf(output, "%s\n", write_figure(difference, !table->gain, figure));
}

void eval_table_print(const EvalTable *table, Output *output) {
    char count[FIGURE_SIZE];
    const char *unit = unit_name(table->unit);
    const double *nats = table->nats;
    if (table->heads[0] != NULL) {
        print_label(table, "", "", output);
        output_printf(output, "%-*s %-*s %s\n", FIGURE_WIDTH, table->heads[0], FIGURE_WIDTH, table->heads[1],
                      table->heads[2]);
    }
    print_row(table, "nats/", unit, nats, output);
    print_row(table, "bits/", unit, (const double[]){bits_from_nats(nats[0]), bits_from_nats(nats[1])},
              output);
    print_row(table, "perplexity", "", (const double[]){exp(nats[0]), exp(nats[1])}, output);
    print_label(table, unit_noun(table->unit), "s", output);
    output_printf(output, "%s\n", figure_count(table->predicted, count));
}

void eval_figures_print(const EvalFigures *figures, Output *output) {
    EvalTable table = {
        .unit = figures->unit, .nats = {score_mean(figures->score)}, .predicted = figures->score.predicted};
    if (figures->dynamic != NULL) {
        table.nats[1] = score_mean(*figures->dynamic);
        table.heads[0] = "static";
        table.heads[1] = "dynamic";
        table.heads[2] = "gain";
        table.gain = true;
    }
    eval_table_print(&table, output);
}

/* --- for programs --- */

json_t *eval_means_to_json(const char *prefix, double nats) {
    static const char *const names[] = {"nats_per_char", "bits_per_char", "perplexity"};
    const double values[] = {nats, bits_from_nats(nats), exp(nats)};
    json_t *object = json_object();
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char key[48];
        snprintf(key, sizeof key, "%s%s", prefix, names[k]);
        json_object_set_new(object, key, json_number(values[k]));
    }
    return object;
}

json_t *eval_figures_to_json(const EvalFigures *figures) {
    double nats = score_mean(figures->score);
    json_t *object = eval_means_to_json("", nats);
    json_object_set_new(object, "chars", json_integer((json_int_t)figures->score.predicted));
    if (figures->dynamic == NULL) {
        return object;
    }
    double dynamic = score_mean(*figures->dynamic);
    if (!json_merge(object, eval_means_to_json("dynamic_", dynamic)) ||
        !json_merge(object, json_pack("{s:o, s:f}", "gain_nats_per_char", json_number(nats - dynamic),
                                      "dynamic_rate", figures->rate))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

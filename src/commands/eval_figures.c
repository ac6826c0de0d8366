/* Figures of an evaluation: see eval_figures.h. */
#include "commands/eval_figures.h"

#include <math.h>
#include <stdio.h>

#include "commands/json.h"
#include "ui/figures.h"

static double mean_nats(const Score *score) {
    return score->nats / (double)score->predicted;
}

static void print_static(const EvalFigures *figures, Output *output) {
    double nats = mean_nats(&figures->score);
    const char *unit = unit_name(figures->unit);
    output_printf(output, "nats/%s    %.4f\n", unit, nats);
    output_printf(output, "bits/%s    %.4f\n", unit, bits_from_nats(nats));
    output_printf(output, "perplexity   %.4f\n", exp(nats));
}

static void print_row(const char *label, const char *unit, double before, double after, Output *output) {
    char name[24];
    snprintf(name, sizeof name, "%s%s", label, unit);
    output_printf(output, "%-12s %-10.4f %-10.4f %.4f\n", name, before, after, before - after);
}

/* Beside each other, with what was gained. */
static void print_dynamic(const EvalFigures *figures, Output *output) {
    double before = mean_nats(&figures->score);
    double after = mean_nats(figures->dynamic);
    const char *unit = unit_name(figures->unit);
    output_printf(output, "%-12s %-10s %-10s %s\n", "", "static", "dynamic", "gain");
    print_row("nats/", unit, before, after, output);
    print_row("bits/", unit, bits_from_nats(before), bits_from_nats(after), output);
    print_row("perplexity", "", exp(before), exp(after), output);
}

void eval_figures_print(const EvalFigures *figures, Output *output) {
    char count[FIGURE_SIZE];
    char label[16];
    if (figures->dynamic != NULL) {
        print_dynamic(figures, output);
    } else {
        print_static(figures, output);
    }
    snprintf(label, sizeof label, "%ss", unit_noun(figures->unit));
    output_printf(output, "%-12s %s\n", label, figure_count(figures->score.predicted, count));
}

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
    double nats = mean_nats(&figures->score);
    json_t *object = eval_means_to_json("", nats);
    json_object_set_new(object, "chars", json_integer((json_int_t)figures->score.predicted));
    if (figures->dynamic == NULL) {
        return object;
    }
    double dynamic = mean_nats(figures->dynamic);
    if (!json_merge(object, eval_means_to_json("dynamic_", dynamic)) ||
        !json_merge(object, json_pack("{s:o, s:f}", "gain_nats_per_char", json_number(nats - dynamic),
                                      "dynamic_rate", figures->rate))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

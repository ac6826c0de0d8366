/* What letra corpus found out, as a page: see corpus_report.h. */
#include "commands/corpus_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/symbol_table.h"
#include "commands/texts.h"
#include "text/utf8.h"
#include "ui/figures.h"

enum {
    LABEL_WIDTH = 20,
    GROUPS_SHOWN = 8,
    HIDDEN_SHOWN = 12,
    SYMBOLS_SHOWN = 72, /* of a vocabulary that is larger than twice that */
    LINE_COLUMNS = 48   /* of a line that is there again and again */
};

static void print_label(Output *output, const char *label) {
    output_printf(output, "  %-*s", LABEL_WIDTH - 2, label);
}

static const char *ending(size_t count) {
    return count == 1 ? "" : "s";
}

/* --- text --- */

/* "65 different; 3 come once, 5 fewer than 10 times, 9 fewer than 100 times" */
static void print_symbols(const CorpusFindings *findings, Output *output) {
    static const uint64_t bounds[] = {2, 10, 100};
    char figure[FIGURE_SIZE];
    size_t size = vocab_size(findings->corpus->vocab);
    const char *separator = "; ";
    size_t last = 0;
    print_label(output, "symbols");
    output_printf(output, "%s different", figure_count(size, figure));
    for (size_t k = 0; k < ROWS(bounds); k++) {
        uint64_t units = 0;
        size_t below = corpus_findings_symbols_below(findings, bounds[k], &units);
        if (below > last) {
            output_printf(output, "%s%s %s", separator, figure_count(below, figure),
                          bounds[k] == 2 ? (below == 1 ? "comes once" : "come once") : "fewer than ");
            output_printf(output, bounds[k] == 2 ? "" : "%" PRIu64 " times", bounds[k]);
            separator = ", ";
        }
        last = below;
    }
    output_string(output, "\n");
}

/* What became one symbol. */
static void print_rare(const CorpusFindings *findings, Output *output) {
    const Corpus *corpus = findings->corpus;
    char figure[FIGURE_SIZE];
    if (corpus->rare_symbols > 0) {
        print_label(output, "rare");
        output_printf(output, "%s more that come fewer than %" PRIu64 " times are one: ",
                      figure_count(corpus->rare_symbols, figure), findings->pipeline->min_count);
        output_printf(output, "%s of the text, %.2f %%\n", figure_count(corpus->rare, figure),
                      100.0 * (double)corpus->rare / (double)unit_store_count(corpus->units));
    }
}

static void print_lines(const CorpusFindings *findings, Output *output) {
    const LineReport *lines = findings->lines;
    char figure[FIGURE_SIZE];
    print_label(output, "lines");
    output_printf(output, "%s, ", figure_count(lines->lines, figure));
    output_printf(output, "%s of them empty\n", figure_count(lines->empty, figure));
    if (lines->longest_name == NULL) {
        return;
    }
    print_label(output, "longest line");
    output_printf(output, "%s %s%s: ", figure_count(lines->longest, figure),
                  findings->pipeline->unit == UNIT_BYTE ? "byte" : "character", ending(lines->longest));
    output_visible(output, lines->longest_name, strlen(lines->longest_name));
    output_printf(output, ", line %s%s\n", figure_count(lines->longest_line, figure),
                  findings->pipeline->rule_count > 0 ? " of the text as it was cleaned" : "");
}

/* The beginning of a line, in so many columns. */
static void print_beginning(const FrequentLine *line, Output *output) {
    size_t end = 0;
    size_t columns = 0;
    while (end < line->text.length) {
        uint32_t code_point = 0;
        size_t taken = utf8_decode(line->text.data + end, line->text.length - end, &code_point);
        size_t width = taken > 0 ? utf8_width(line->text.data + end, taken) : 4;
        if (columns + width > LINE_COLUMNS || (taken == 0 && line->cut && line->text.length - end < 4)) {
            break;
        }
        columns += width;
        end += taken > 0 ? taken : 1;
    }
    output_visible(output, line->text.data, end);
    output_string(output, end < line->text.length || line->cut ? "...\n" : "\n");
}

static void print_repeated(const CorpusFindings *findings, Output *output) {
    const LineReport *lines = findings->lines;
    char figure[FIGURE_SIZE];
    char several[FIGURE_SIZE];
    print_label(output, "repeated lines");
    if (lines->repeated == 0) {
        output_string(output, "none\n");
        return;
    }
    double share =
        100.0 * (double)lines->repeated_characters /
        (double)(findings->pipeline->unit == UNIT_GRAPHEME ? findings->census.code_points
                                                           : unit_store_count(findings->corpus->units));
    output_printf(output, "%s, copies of %s (%.1f %% of the text)%s\n", figure_count(lines->repeated, figure),
                  figure_count(lines->several, several), share,
                  lines->complete ? "" : ", and perhaps more: there are too many lines to know all");
    for (size_t k = 0; k < lines->frequent_count; k++) {
        output_printf(output, "%*s%8s × ", LABEL_WIDTH, "", figure_count(lines->frequent[k].count, figure));
        print_beginning(&lines->frequent[k], output);
    }
}

static void print_entropy(const CorpusFindings *findings, const char *label, double nats, Output *output) {
    const char *unit = unit_name(findings->pipeline->unit);
    if (!isnan(nats)) {
        print_label(output, label);
        output_printf(output, "%.4f nats/%s, %.4f bits/%s%s\n", nats, unit, bits_from_nats(nats), unit,
                      findings->entropies.complete ? "" : " (not of all pairs)");
    }
}

static void print_text(const CorpusFindings *findings, Output *output) {
    const Corpus *corpus = findings->corpus;
    const Split *split = &findings->split;
    char figure[FIGURE_SIZE];
    char units[32];
    output_string(output, "\nText\n");
    snprintf(units, sizeof units, "%ss", unit_noun(findings->pipeline->unit));
    print_label(output, units);
    output_printf(output, "%s", figure_count(unit_store_count(corpus->units), figure));
    if (findings->pipeline->unit == UNIT_GRAPHEME) {
        output_printf(output, ", %s code points", figure_count(findings->census.code_points, figure));
    }
    output_string(output, "\n");
    print_symbols(findings, output);
    print_rare(findings, output);
    if (corpus->records.count > 0) {
        print_label(output, "records");
        output_printf(output, "%s, with a border before each and behind the last\n",
                      figure_count(corpus->records.count, figure));
    }
    print_lines(findings, output);
    print_repeated(findings, output);
    print_label(output, "split");
    output_printf(output, "%s to train on, ", figure_count(split->train.end - split->train.begin, figure));
    output_printf(output, "%s to validate, ", figure_count(split->val.end - split->val.begin, figure));
    output_printf(output, "%s to test\n", figure_count(split->test.end - split->test.begin, figure));
    print_entropy(findings, "unigrams", findings->entropies.unigram, output);
    print_entropy(findings, "bigrams", findings->entropies.bigram, output);
}

/* --- changes --- */

/* A row that counts something, if there is any of it. */
static void print_change(Output *output, const char *label, size_t count, const char *what) {
    char figure[FIGURE_SIZE];
    if (count > 0) {
        print_label(output, label);
        output_printf(output, "%s %s\n", figure_count(count, figure), what);
    }
}

static void print_rule(const PipelineRule *rule, const RuleReport *report, size_t files, Output *output) {
    char figure[FIGURE_SIZE];
    bool lines = rule_kind_goes_by_lines(rule->kind);
    bool less = report->after <= report->before;
    print_label(output, rule_kind_name(rule->kind));
    output_printf(output, "%s %s%s in ", figure_count(report->matches, figure), lines ? "line" : "match",
                  report->matches == 1 ? ""
                  : lines              ? "s"
                                       : "es");
    output_printf(output, "%s of %zu file%s, ", figure_count(report->files, figure), files, ending(files));
    output_printf(
        output, "%s byte%s %s: ",
        figure_count(less ? report->before - report->after : report->after - report->before, figure),
        report->before - report->after == 1 || report->after - report->before == 1 ? "" : "s",
        less ? "less" : "more");
    output_visible(output, rule->expression, strlen(rule->expression));
    output_string(output, "\n");
}

static void print_changes(const CorpusFindings *findings, Output *output) {
    static const char *const cases[LETTER_CASES] = {"", "letters folded", "letters made small"};
    const Pipeline *pipeline = findings->pipeline;
    const TextReport *report = &findings->corpus->report;
    char figure[FIGURE_SIZE];
    char what[256];
    output_string(output, "\nCleaning\n");
    print_change(output, "byte-order marks", report->forms.marks, "dropped");
    print_change(output, "newlines", report->forms.newlines, "of \\r\\n or \\r became \\n");
    print_change(output, "case", report->forms.letters, cases[pipeline->letter_case]);
    snprintf(what, sizeof what, "place%s brought into %s", ending(report->forms.places),
             normalization_name(pipeline->normalization));
    print_change(output, "normalized", report->forms.places, what);
    if (report->invalid > 0) {
        print_label(output, "no UTF-8");
        output_printf(output, "%s byte%s %s, the first at ", figure_count(report->invalid, figure),
                      ending(report->invalid),
                      pipeline->invalid == INVALID_SKIP ? "left out" : "replaced by U+FFFD");
        output_visible(output, report->invalid_at.data, report->invalid_at.length);
        output_string(output, "\n");
    }
    for (size_t k = 0; k < pipeline->rule_count; k++) {
        print_rule(&pipeline->rules[k], &report->rules[k], report->files, output);
    }
    print_label(output, "bytes");
    output_printf(output, "%s read, ", figure_count(report->bytes, figure));
    output_printf(output, "%s left\n", figure_count(report->left, figure));
}

/* --- characters --- */

/* What is in no vocabulary cannot be told by kind. */
static const char *merged_note(const CorpusFindings *findings) {
    return findings->corpus->rare_symbols > 0 ? " (but for the rare ones that are one symbol)" : "";
}

static void print_groups(const char *title, const char *note, const CensusGroup *groups, size_t count,
                         uint64_t all, Output *output) {
    CensusGroup others = {.name = "others"};
    char figure[FIGURE_SIZE];
    char different[FIGURE_SIZE];
    size_t shown = count <= GROUPS_SHOWN + 1 ? count : GROUPS_SHOWN;
    output_printf(output, "\n%s%s\n", title, note);
    for (size_t k = shown; k < count; k++) {
        others.count += groups[k].count;
        others.different += groups[k].different;
    }
    for (size_t k = 0; k < shown + (shown < count); k++) {
        const CensusGroup *group = k < shown ? &groups[k] : &others;
        char name[48];
        snprintf(name, sizeof name, "%s", group->name);
        for (char *letter = strchr(name, '_'); letter != NULL; letter = strchr(letter, '_')) {
            *letter = ' ';
        }
        output_printf(output, "  %-28s %13s %6.2f %% %9s different\n", name,
                      figure_count(group->count, figure), 100.0 * (double)group->count / (double)all,
                      figure_count(group->different, different));
    }
}

static void print_hidden(const CorpusFindings *findings, Output *output) {
    size_t count = findings->hidden_count;
    size_t shown = count <= HIDDEN_SHOWN + 1 ? count : HIDDEN_SHOWN;
    char figure[FIGURE_SIZE];
    if (count == 0) {
        return;
    }
    output_string(output, "\nCharacters that are not seen\n");
    for (size_t k = 0; k < shown; k++) {
        const HiddenCharacter *item = &findings->hidden[k];
        char label[16];
        snprintf(label, sizeof label, findings->pipeline->unit == UNIT_BYTE ? "0x%02X" : "U+%04X",
                 (unsigned)item->code_point);
        print_label(output, label);
        output_printf(output, "%s × %s, first in ", figure_count(item->count, figure),
                      hidden_character_name(item->code_point));
        output_visible(output, item->name, strlen(item->name));
        output_printf(output, ", line %s\n", figure_count(item->line, figure));
    }
    if (shown < count) {
        print_label(output, "");
        output_printf(output, "and %s others, which --json lists\n", figure_count(count - shown, figure));
    }
}

/* --- symbols --- */

typedef struct Ranked {
    uint64_t count;
    uint32_t index;
} Ranked;

static int compare_ranked(const void *left, const void *right) {
    const Ranked *a = left;
    const Ranked *b = right;
    return a->count != b->count ? (a->count < b->count) - (a->count > b->count)
                                : (a->index > b->index) - (a->index < b->index);
}

/* Prints the most frequent symbols, the first of them first. */
static bool print_most_frequent(const Vocab *vocab, size_t count, Output *output, Error *error) {
    size_t size = vocab_size(vocab);
    Ranked *ranked = memory_allocate(size, sizeof *ranked, "the symbols", error);
    uint32_t *indices = memory_allocate(count, sizeof *indices, "the symbols", error);
    bool done = ranked != NULL && indices != NULL;
    if (done) {
        for (uint32_t k = 0; k < size; k++) {
            ranked[k] = (Ranked){vocab_count(vocab, k), k};
        }
        qsort(ranked, size, sizeof *ranked, compare_ranked);
        for (size_t k = 0; k < count; k++) {
            indices[k] = ranked[k].index;
        }
        done = symbol_table_print(vocab, indices, count, output, error);
    }
    free(ranked);
    free(indices);
    return done;
}

static bool print_vocab(const CorpusFindings *findings, Output *output, Error *error) {
    const Vocab *vocab = findings->corpus->vocab;
    size_t size = vocab_size(vocab);
    char figure[FIGURE_SIZE];
    if (size <= 2 * (size_t)SYMBOLS_SHOWN) {
        output_printf(output, "\nSymbols, each with its count\n");
        return symbol_table_print(vocab, NULL, size, output, error);
    }
    output_printf(output, "\nThe most frequent of %s symbols, each with its count\n",
                  figure_count(size, figure));
    return print_most_frequent(vocab, SYMBOLS_SHOWN, output, error);
}

/* --- training --- */

/* A time as exact as an estimate is: in steps of about a twentieth. */
static double round_time(double seconds) {
    static const struct {
        double below, step;
    } steps[] = {{1, 0.1}, {20, 1}, {60, 5}, {180, 10}, {600, 30}, {3600, 60}, {7200, 300}, {36000, 600}};
    for (size_t k = 0; k < ROWS(steps); k++) {
        if (seconds < steps[k].below) {
            return steps[k].step * fmax(round(seconds / steps[k].step), 1);
        }
    }
    return 3600 * round(seconds / 3600);
}

/* Seconds of a training that not everybody waits for. */
static const double long_training = 7200;

static void print_training(const CorpusFindings *findings, Output *output) {
    const Suggestion *suggestion = &findings->suggestion;
    const TrainerPlan *plan = &suggestion->plan;
    char figure[FIGURE_SIZE];
    output_string(output, "\nTraining\n");
    if (!suggestion->possible) {
        output_string(output, "  cannot be: ");
        output_visible(output, suggestion->fault.message, strlen(suggestion->fault.message));
        output_string(output, "\n");
        return;
    }
    output_string(output, "  ");
    output_visible(output, suggestion->command.data, suggestion->command.length);
    output_printf(output, "\n  about %s here, with %zu thread%s: ",
                  figure_duration(round_time(suggestion->estimate.seconds), figure), suggestion->threads,
                  ending(suggestion->threads));
    output_printf(output, "%g epoch%s, %zu layers of %zu units, ", plan->epochs, plan->epochs == 1 ? "" : "s",
                  suggestion->layers, suggestion->hidden);
    output_printf(output, "%s parameters\n", figure_count(plan->parameters, figure));
    if (suggestion->estimate.seconds > long_training) {
        output_string(output, "  --time 2h, or as long as you have, makes the best of less\n");
    }
}

bool corpus_report_print(const CorpusFindings *findings, Output *output, Error *error) {
    const Invocation *invocation = findings->invocation;
    const Census *census = &findings->census;
    char size[FIGURE_SIZE];
    Bytes name = {0};
    if (!texts_describe(invocation->texts, invocation->text_count, findings->files, &name, error)) {
        bytes_free(&name);
        return false;
    }
    output_visible(output, name.data, name.length);
    output_printf(output, ": %s\n", figure_bytes(findings->corpus->report.bytes, size));
    bytes_free(&name);
    print_text(findings, output);
    print_changes(findings, output);
    if (census->code_points > 0) {
        print_groups("Kinds of characters", merged_note(findings), census->categories, census->category_count,
                     census->code_points, output);
        print_groups("Scripts", merged_note(findings), census->scripts, census->script_count,
                     census->code_points, output);
    }
    print_hidden(findings, output);
    if (!print_vocab(findings, output, error)) {
        return false;
    }
    print_training(findings, output);
    return true;
}

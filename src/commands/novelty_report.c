/* What letra novelty found out, as a page: see novelty_report.h. */
#include "commands/novelty_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/range.h"
#include "base/utf8_byte.h"
#include "text/symbol.h"
#include "ui/figures.h"
#include "ui/visible.h"

enum {
    LABEL_WIDTH = 10,
    COLUMN_WIDTH = 10,
    PASSAGE_SHOWN = 96, /* units of a passage; of a longer one, half as many from either end */
    CONTEXT_SHOWN = 12  /* bytes of what is around it, or some more */
};

static void print_label(Output *output, const char *label) {
    output_printf(output, "%-*s", LABEL_WIDTH, label);
}

/* "1,204 characters" */
static void print_units(Output *output, Unit unit, size_t count) {
    char figure[FIGURE_SIZE];
    output_printf(output, "%s %s%s", figure_count(count, figure), unit_noun(unit), count == 1 ? "" : "s");
}

/* --- what was looked at --- */

static void print_text(const NoveltyFindings *findings, Output *output) {
    const char *name = findings->model != NULL ? findings->model : findings->text_name;
    print_label(output, "text");
    if (findings->model == NULL) {
        output_visible(output, name, strlen(name));
        output_string(output, ": ");
    }
    print_units(output, findings->unit, findings->shares.units);
    if (findings->model != NULL) {
        output_string(output, " that ");
        output_visible(output, name, strlen(name));
        output_printf(output, " wrote: temperature %g, seed %" PRIu64, findings->temperature, findings->seed);
    }
    output_string(output, "\n");
}

static void print_corpus(const NoveltyFindings *findings, const char *name, Output *output) {
    static const char *const notes[] = {[NOVELTY_CORPUS_ANY] = "",
                                        [NOVELTY_CORPUS_OTHER] = "; the model was trained on another text",
                                        [NOVELTY_CORPUS_LEARNED] = " that the model was trained on"};
    print_label(output, "corpus");
    output_visible(output, name, strlen(name));
    output_string(output, ": ");
    print_units(output, findings->unit, findings->corpus_units);
    output_printf(output, "%s\n", notes[findings->corpus_kind]);
    if (findings->held_out > 0) {
        print_label(output, "held out");
        print_units(output, findings->unit, findings->held_out_shares.units);
        output_string(output, " behind them, on which it was validated but not trained\n");
    }
}

/* --- shares --- */

static void print_share(Output *output, const NoveltyShares *shares, size_t length) {
    double all = shares->units > 0 ? (double)shares->units : 1;
    output_printf(output, "%*.2f %%", COLUMN_WIDTH - 2, 100.0 * (double)shares->covered[length] / all);
}

static void print_shares(const NoveltyFindings *findings, Output *output) {
    bool two = findings->held_out > 0;
    char words[64];
    char figure[FIGURE_SIZE];
    snprintf(words, sizeof words, "Copied, in %ss", unit_noun(findings->unit));
    output_printf(output, "\n%-26s%*s%s\n", words, COLUMN_WIDTH, "text", two ? "  held out" : "");
    for (size_t k = 0; k < NOVELTY_LENGTHS; k++) {
        snprintf(words, sizeof words, "in copies of %zu or more", novelty_lengths[k]);
        output_printf(output, "  %-24s", words);
        print_share(output, &findings->shares, k);
        if (two) {
            print_share(output, &findings->held_out_shares, k);
        }
        output_string(output, "\n");
    }
    output_printf(output, "  %-24s%*s", "the longest copy", COLUMN_WIDTH,
                  figure_count(findings->shares.longest, figure));
    if (two) {
        output_printf(output, "%*s", COLUMN_WIDTH, figure_count(findings->held_out_shares.longest, figure));
    }
    output_string(output, "\n");
    if (findings->text.records) {
        output_printf(output, "  %s of ", figure_count(findings->records.copied, figure));
        output_printf(output, "%s records are in the corpus, each as a whole\n",
                      figure_count(findings->records.count, figure));
    }
    if (findings->same) {
        output_string(output, "The text is the corpus itself.\n");
    } else if (findings->whole) {
        output_string(output, "All of the text stands in the corpus in one piece.\n");
    }
}

/* --- passages --- */

/* The byte behind so many units from `begin` on. */
static size_t skip_units(const NoveltyFindings *findings, size_t begin, size_t end, size_t units) {
    size_t at = begin;
    for (size_t k = 0; k < units && at < end; k++) {
        at += symbol_first(findings->unit, findings->text.bytes.data + at, end - at).length;
    }
    return at;
}

static bool append_passage(const NoveltyFindings *findings, const Copy *copy, Bytes *line, Error *error) {
    const char *text = findings->text.bytes.data;
    if (copy->units <= PASSAGE_SHOWN) {
        return visible_line(text + copy->begin, copy->end - copy->begin, line, error);
    }
    size_t first = skip_units(findings, copy->begin, copy->end, PASSAGE_SHOWN / 2);
    size_t last = skip_units(findings, copy->begin, copy->end, copy->units - PASSAGE_SHOWN / 2);
    return visible_line(text + copy->begin, first - copy->begin, line, error) &&
           bytes_append(line, " ... ", 5, error) && visible_line(text + last, copy->end - last, line, error);
}

/* Whether a byte is the middle of a character. */
static bool is_within(const NoveltyFindings *findings, size_t at) {
    return findings->unit != UNIT_BYTE && utf8_byte_continues(findings->text.bytes.data[at]);
}

static bool is_border(const NoveltyFindings *findings, size_t at) {
    return findings->text.records && findings->text.bytes.data[at] == COPIES_BORDER;
}

/* What the text has before a passage and behind it. */
static Range context_of(const NoveltyFindings *findings, const Copy *copy) {
    size_t length = findings->text.bytes.length;
    Range context = {copy->begin, copy->end};
    while (context.begin > 0 && !is_border(findings, context.begin - 1) &&
           (copy->begin - context.begin < CONTEXT_SHOWN || is_within(findings, context.begin))) {
        context.begin--;
    }
    while (context.end < length && !is_border(findings, context.end) &&
           (context.end - copy->end < CONTEXT_SHOWN || is_within(findings, context.end))) {
        context.end++;
    }
    return context;
}

/* "...and then [he went down to the shore] again, with..." */
static bool make_line(const NoveltyFindings *findings, const Copy *copy, Bytes *line, Error *error) {
    const char *text = findings->text.bytes.data;
    size_t length = findings->text.bytes.length;
    Range context = context_of(findings, copy);
    bool begins = context.begin == 0 || is_border(findings, context.begin - 1);
    bool ends = context.end == length || is_border(findings, context.end);
    return bytes_append(line, "...", begins ? 0 : 3, error) &&
           visible_line(text + context.begin, copy->begin - context.begin, line, error) &&
           bytes_append(line, "[", 1, error) && append_passage(findings, copy, line, error) &&
           bytes_append(line, "]", 1, error) &&
           visible_line(text + copy->end, context.end - copy->end, line, error) &&
           bytes_append(line, "...", ends ? 0 : 3, error);
}

/* "story, line 2, character 11" */
static void print_place(const TextPlace *place, bool named, Unit unit, Output *output) {
    char line[FIGURE_SIZE];
    char figure[FIGURE_SIZE];
    if (named) {
        output_visible(output, place->name, strlen(place->name));
        output_string(output, ", ");
    }
    output_printf(output, "line %s, %s %s", figure_count(place->line, line), unit_noun(unit),
                  figure_count(place->unit, figure));
}

static bool print_passage(const NoveltyFindings *findings, const NoveltyPassage *passage, Output *output,
                          Error *error) {
    char figure[FIGURE_SIZE];
    Bytes line = {0};
    bool done = make_line(findings, &passage->copy, &line, error);
    output_string(output, "  ");
    print_units(output, findings->unit, passage->copy.units);
    output_string(output, ": ");
    print_place(&passage->place, findings->text_files > 1, findings->unit, output);
    if (passage->source.name != NULL) {
        output_string(output, "; ");
        print_place(&passage->source, true, findings->unit, output);
    }
    if (passage->times > 1) {
        output_printf(output, " (the first of %s)", figure_count(passage->times, figure));
    }
    output_string(output, "\n    ");
    output_visible(output, done ? line.data : "", line.length);
    output_string(output, "\n");
    bytes_free(&line);
    return done;
}

static bool print_passages(const NoveltyFindings *findings, Output *output, Error *error) {
    bool done = true;
    if (findings->passage_count > 0) {
        output_printf(output, "\nThe longest cop%s, with the place%s in the text and in the corpus%s\n",
                      findings->passage_count == 1 ? "y" : "ies", findings->passage_count == 1 ? "" : "s",
                      findings->cleaned ? " (as it was cleaned)" : "");
    }
    for (size_t k = 0; done && k < findings->passage_count; k++) {
        done = print_passage(findings, &findings->passages[k], output, error);
    }
    return done;
}

bool novelty_report_print(const NoveltyFindings *findings, const char *corpus, Output *output, Error *error) {
    print_text(findings, output);
    print_corpus(findings, corpus, output);
    print_shares(findings, output);
    return print_passages(findings, output, error);
}

/* What letra corpus found out, as JSON: see corpus_report.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/corpus_report.h"
#include "commands/help.h"
#include "commands/json.h"
#include "model/json_text.h"
#include "model/model_metadata.h"
#include "ui/figures.h"

static json_t *make_count(uint64_t count) {
    return json_integer((json_int_t)count);
}

static json_t *make_text(const CorpusFindings *findings) {
    const Corpus *corpus = findings->corpus;
    const TextReport *report = &corpus->report;
    char digest[17];
    snprintf(digest, sizeof digest, "%016" PRIx64, report->digest);
    return json_pack(
        "{s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "files", make_count(report->files), "bytes",
        make_count(report->bytes), "cleaned_bytes", make_count(report->left), "digest", digest, "unit",
        unit_name(findings->pipeline->unit), "chars", make_count(unit_store_count(corpus->units)),
        "vocabulary", make_count(vocab_size(corpus->vocab)), "symbols",
        metadata_symbols_to_json(corpus->vocab), "symbol_counts", metadata_counts_to_json(corpus->vocab));
}

static json_t *make_rare(const CorpusFindings *findings) {
    static const uint64_t bounds[] = {2, 3, 5, 10, 20, 50, 100};
    json_t *rare = json_array();
    for (size_t k = 0; k < ROWS(bounds); k++) {
        uint64_t units = 0;
        size_t below = corpus_findings_symbols_below(findings, bounds[k], &units);
        json_array_append_new(rare, json_pack("{s:o, s:o, s:o}", "below", make_count(bounds[k]), "symbols",
                                              make_count(below), "chars", make_count(units)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "rare_symbols", rare, "merged_symbols",
                     make_count(findings->corpus->rare_symbols), "merged_chars",
                     make_count(findings->corpus->rare), "records",
                     make_count(findings->corpus->records.count));
}

static json_t *make_lines(const LineReport *lines) {
    json_t *frequent = json_array();
    for (size_t k = 0; k < lines->frequent_count; k++) {
        const FrequentLine *line = &lines->frequent[k];
        json_array_append_new(frequent, json_pack("{s:o, s:b, s:o}", "text",
                                                  json_text_make(line->text.data, line->text.length), "cut",
                                                  line->cut, "count", make_count(line->count)));
    }
    json_t *longest = json_null();
    if (lines->longest_name != NULL) {
        longest = json_pack("{s:o, s:o, s:o}", "chars", make_count(lines->longest), "file",
                            json_text_make(lines->longest_name, strlen(lines->longest_name)), "line",
                            make_count(lines->longest_line));
    }
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "lines", make_count(lines->lines), "empty_lines",
        make_count(lines->empty), "longest_line", longest, "repeated_lines", make_count(lines->repeated),
        "repeated_line_chars", make_count(lines->repeated_characters), "different_repeated_lines",
        make_count(lines->several), "repeated_lines_complete", lines->complete, "frequent_lines", frequent);
}

static json_t *make_groups(const CensusGroup *groups, size_t count) {
    json_t *array = json_array();
    for (size_t k = 0; k < count; k++) {
        json_t *group = json_pack("{s:s, s:o, s:o}", "name", groups[k].name, "count",
                                  make_count(groups[k].count), "different", make_count(groups[k].different));
        if (groups[k].code != NULL) {
            json_object_set_new(group, "category", json_string(groups[k].code));
        }
        json_array_append_new(array, group);
    }
    return array;
}

static json_t *make_hidden(const CorpusFindings *findings) {
    json_t *array = json_array();
    for (size_t k = 0; k < findings->hidden_count; k++) {
        const HiddenCharacter *item = &findings->hidden[k];
        json_array_append_new(
            array,
            json_pack("{s:o, s:s, s:o, s:o, s:o}", "code_point", make_count(item->code_point), "name",
                      hidden_character_name(item->code_point), "count", make_count(item->count), "file",
                      json_text_make(item->name, strlen(item->name)), "line", make_count(item->line)));
    }
    return array;
}

static json_t *make_characters(const CorpusFindings *findings) {
    const Census *census = &findings->census;
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "code_points", make_count(census->code_points),
                     "different_code_points", make_count(census->different), "categories",
                     make_groups(census->categories, census->category_count), "scripts",
                     make_groups(census->scripts, census->script_count), "hidden_characters",
                     make_hidden(findings));
}

/* What the pipeline was asked to do has the names that it has in a model. */
static json_t *make_cleaning(const CorpusFindings *findings) {
    const TextReport *report = &findings->corpus->report;
    json_t *rules = json_array();
    for (size_t k = 0; k < findings->pipeline->rule_count; k++) {
        const PipelineRule *rule = &findings->pipeline->rules[k];
        const RuleReport *did = &report->rules[k];
        json_array_append_new(
            rules, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "rule", rule_kind_name(rule->kind),
                             "expression", json_text_make(rule->expression, strlen(rule->expression)),
                             "matches", make_count(did->matches), "files", make_count(did->files),
                             "bytes_before", make_count(did->before), "bytes_after", make_count(did->after)));
    }
    const char *at = report->invalid_at.data;
    json_t *changes = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "byte_order_marks", make_count(report->forms.marks),
        "newlines", make_count(report->forms.newlines), "letters", make_count(report->forms.letters),
        "normalized", make_count(report->forms.places), "invalid_bytes", make_count(report->invalid),
        "first_invalid", at != NULL ? json_text_make(at, strlen(at)) : json_null(), "rules", rules);
    return json_pack("{s:o, s:o}", "pipeline", metadata_pipeline_to_json(findings->pipeline), "changes",
                     changes);
}

static json_t *make_entropies(const CorpusFindings *findings) {
    const Split *split = &findings->split;
    double unigram = findings->entropies.unigram;
    double bigram = findings->entropies.bigram;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "train_chars",
                     make_count(split->train.end - split->train.begin), "val_chars",
                     make_count(split->val.end - split->val.begin), "test_chars",
                     make_count(split->test.end - split->test.begin), "unigram_nats", json_number(unigram),
                     "unigram_bits", json_number(bits_from_nats(unigram)), "bigram_nats", json_number(bigram),
                     "bigram_bits", json_number(bits_from_nats(bigram)), "bigrams_complete",
                     findings->entropies.complete);
}

static json_t *make_suggestion(const Suggestion *suggestion) {
    if (!suggestion->possible) {
        return json_pack("{s:n, s:o}", "suggestion", "fault",
                         json_text_make(suggestion->fault.message, strlen(suggestion->fault.message)));
    }
    const TrainerPlan *plan = &suggestion->plan;
    return json_pack("{s:{s:o, s:o, s:o, s:o, s:f, s:o, s:o, s:o, s:o}}", "suggestion", "command",
                     json_text_make(suggestion->command.data, suggestion->command.length), "layers",
                     make_count(suggestion->layers), "hidden", make_count(suggestion->hidden), "parameters",
                     make_count(plan->parameters), "epochs", plan->epochs, "threads",
                     make_count(suggestion->threads), "memory_bytes", make_count(plan->memory_bytes),
                     "seconds", json_number(suggestion->estimate.seconds), "chars_per_second",
                     json_number(suggestion->estimate.chars_per_second));
}

json_t *corpus_report_make_json(const CorpusFindings *findings) {
    json_t *object = make_text(findings);
    if (!json_merge(object, make_rare(findings)) || !json_merge(object, make_lines(findings->lines)) ||
        !json_merge(object, make_characters(findings)) || !json_merge(object, make_cleaning(findings)) ||
        !json_merge(object, make_entropies(findings)) ||
        !json_merge(object, make_suggestion(&findings->suggestion))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

void corpus_report_help(Output *output) {
    static const char *const keys[][2] = {
        {"files, bytes", "what was read"},
        {"cleaned_bytes, digest", "of the text after the cleaning; the digest is the one that a model keeps"},
        {"unit, chars, vocabulary", "the unit, how many there are, and how many different ones"},
        {"symbols, symbol_counts", "each symbol (of bytes a number), and how often it comes"},
        {"rare_symbols",
         "below, symbols, chars: how many symbols come fewer than 'below' times, and how much "
         "of the text they are"},
        {"merged_symbols", "how many --min-count made one; merged_chars: how much of the text they are"},
        {"records", "how many there are; 0: it is one text"},
        {"lines, empty_lines", "how many there are"},
        {"longest_line", "chars, file, line"},
        {"repeated_lines", "lines that were there before, empty ones left out; repeated_line_chars is what "
                           "they hold, different_repeated_lines how many different ones they are, "
                           "repeated_lines_complete whether all could be told apart"},
        {"frequent_lines", "text, cut, count: the lines that are there most often; cut: there is more of it"},
        {"code_points",
         "how many there are, but for merged symbols; different_code_points: how many different ones; "
         "categories and scripts count the same"},
        {"categories, scripts", "name, count, different and, of categories, Unicode's two letters"},
        {"hidden_characters", "code_point, name, count, and file and line of the first"},
        {"pipeline", "what the text went through, as letra show --json has it"},
        {"changes",
         "byte_order_marks, newlines, letters (whose case changed), normalized (places), "
         "invalid_bytes, first_invalid, and rules: rule, expression, matches, files, bytes_before, "
         "bytes_after"},
        {"train_chars", "of the training part; val_chars, test_chars: of the others"},
        {"unigram_nats", "of the validation part under unigrams of the training part; unigram_bits, "
                         "bigram_nats, bigram_bits; null where a part is too short; bigrams_complete: "
                         "whether all pairs could be counted"},
        {"suggestion", "command, layers, hidden, parameters, epochs, threads, memory_bytes, seconds, "
                       "chars_per_second; null, and why in 'fault', if nothing can be learned"},
    };
    output_string(output, "\nThe keys of --json:\n");
    for (size_t k = 0; k < ROWS(keys); k++) {
        char left[64];
        snprintf(left, sizeof left, "      %s", keys[k][0]);
        help_row(output, left, keys[k][1]);
    }
}

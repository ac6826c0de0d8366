/* What letra novelty found out, as JSON: see novelty_report.h. */
#include <stdio.h>
#include <string.h>

#include "commands/command.h"
#include "commands/help.h"
#include "commands/json.h"
#include "commands/novelty_report.h"
#include "model/json_text.h"

static json_t *make_count(uint64_t count) {
    return json_integer((json_int_t)count);
}

static json_t *make_name(const char *name) {
    return name != NULL ? json_text_make(name, strlen(name)) : json_null();
}

static json_t *make_share(const NoveltyShares *shares, size_t length) {
    return json_number((double)shares->covered[length] / (double)shares->units);
}

static json_t *make_shares(const NoveltyFindings *findings) {
    json_t *covered = json_array();
    bool two = findings->held_out > 0;
    for (size_t k = 0; k < NOVELTY_LENGTHS; k++) {
        json_array_append_new(covered,
                              json_pack("{s:o, s:o, s:o, s:o}", "at_least", make_count(novelty_lengths[k]),
                                        "chars", make_count(findings->shares.covered[k]), "share",
                                        make_share(&findings->shares, k), "held_out_share",
                                        two ? make_share(&findings->held_out_shares, k) : json_null()));
    }
    return json_pack("{s:o, s:o, s:o}", "copied", covered, "longest", make_count(findings->shares.longest),
                     "held_out_longest", two ? make_count(findings->held_out_shares.longest) : json_null());
}

static json_t *make_texts(const NoveltyFindings *findings) {
    bool written = findings->model != NULL;
    bool known = findings->corpus_kind != NOVELTY_CORPUS_ANY;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "unit", unit_name(findings->unit),
                     "chars", make_count(findings->shares.units), "model", make_name(findings->model),
                     "temperature", written ? json_number(findings->temperature) : json_null(), "seed",
                     written ? make_count(findings->seed) : json_null(), "corpus_chars",
                     make_count(findings->corpus_units), "held_out_chars",
                     findings->held_out > 0 ? make_count(findings->held_out_shares.units) : json_null(),
                     "trained_on_corpus",
                     known ? json_boolean(findings->corpus_kind == NOVELTY_CORPUS_LEARNED) : json_null(),
                     "text_is_corpus", findings->same, "text_is_one_copy", findings->whole);
}

static json_t *make_records(const NoveltyFindings *findings) {
    bool some = findings->text.records;
    return json_pack("{s:o, s:o}", "records", some ? make_count(findings->records.count) : json_null(),
                     "copied_records", some ? make_count(findings->records.copied) : json_null());
}

static json_t *make_passages(const NoveltyFindings *findings) {
    json_t *passages = json_array();
    for (size_t k = 0; k < findings->passage_count; k++) {
        const NoveltyPassage *passage = &findings->passages[k];
        const Copy *copy = &passage->copy;
        json_array_append_new(
            passages,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "chars", make_count(copy->units),
                      "file", make_name(passage->place.name), "line", make_count(passage->place.line), "char",
                      make_count(passage->place.unit), "corpus_file", make_name(passage->source.name),
                      "corpus_line", make_count(passage->source.line), "corpus_char",
                      make_count(passage->source.unit), "corpus_times", make_count(passage->times), "text",
                      json_text_make(findings->text.bytes.data + copy->begin, copy->end - copy->begin)));
    }
    return json_pack("{s:o}", "passages", passages);
}

json_t *novelty_report_make_json(const NoveltyFindings *findings) {
    json_t *object = make_texts(findings);
    if (!json_merge(object, make_shares(findings)) || !json_merge(object, make_records(findings)) ||
        !json_merge(object, make_passages(findings))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

void novelty_report_help(Output *output) {
    static const char *const keys[][2] = {
        {"unit, chars", "the unit, and how many the text has"},
        {"model", "the file of the model that wrote it, with temperature and seed; null: it was read"},
        {"corpus_chars", "units of the corpus where copies were looked for"},
        {"held_out_chars", "of the part that was held out; null: it is not known"},
        {"trained_on_corpus", "whether the model was; null: it is not known"},
        {"text_is_corpus", "whether they are the same; text_is_one_copy: the text stands in it in one piece"},
        {"copied", "at_least, chars, share, held_out_share: what lies in copies of so many units or more"},
        {"longest", "units of the longest copy; held_out_longest: the same of what was held out"},
        {"records", "how many were written; copied_records: those of them that the corpus has; null: it "
                    "is one text"},
        {"passages",
         "the longest copies: chars, file, line, char (of the text; file null: a model wrote it), corpus_file, "
         "corpus_line, corpus_char (the first place), corpus_times (how many places, without overlaps), text"},
    };
    output_string(output, "\nThe keys of --json:\n");
    for (size_t k = 0; k < ROWS(keys); k++) {
        char left[64];
        snprintf(left, sizeof left, "      %s", keys[k][0]);
        help_row(output, left, keys[k][1]);
    }
}

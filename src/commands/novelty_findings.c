/* What there is to find out of copies: see novelty_findings.h. */
#define _GNU_SOURCE /* memmem */
#include "commands/novelty_findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/copy_choice.h"
#include "text/matching_statistics.h"

const size_t novelty_lengths[NOVELTY_LENGTHS] = {20, 40, 80, 160, 320};

/* The texts in one row, the corpus last. */
typedef struct TextRow {
    Bytes bytes;
    size_t text;     /* bytes of the text ... */
    size_t held_out; /* ... behind which these of the corpus are, and then what was learned */
    int32_t *matching;
} TextRow;

static bool make_row(const NoveltyFindings *findings, TextRow *row, Error *error) {
    const char *corpus = findings->corpus.bytes.data;
    row->text = findings->text.bytes.length;
    row->held_out = findings->held_out;
    size_t looked_at = row->text + row->held_out;
    size_t length = looked_at + findings->learned;
    double needed = (double)length + (double)matching_statistics_memory(length, looked_at);
    if (!memory_check(needed, "looking for copies", "", error) ||
        !bytes_reserve(&row->bytes, length, error) ||
        !bytes_append(&row->bytes, findings->text.bytes.data, row->text, error) ||
        !bytes_append(&row->bytes, corpus + findings->learned, row->held_out, error) ||
        !bytes_append(&row->bytes, corpus, findings->learned, error)) {
        return false;
    }
    row->matching = matching_statistics(row->bytes.data, length, looked_at, error);
    return row->matching != NULL;
}

/* What is kept of copies, as they are found. */
typedef struct Tally {
    CopiesCover covers[NOVELTY_LENGTHS];
    Copy longest;       /* the first of its length; {0}: there is none */
    CopyChoice *choice; /* of the passages; NULL: none are wanted */
} Tally;

static void tally_copy(void *context, const Copy *copy) {
    Tally *tally = context;
    if (copy->units > tally->longest.units) {
        tally->longest = *copy;
    }
    for (size_t k = 0; k < NOVELTY_LENGTHS; k++) {
        copies_cover(&tally->covers[k], copy);
    }
    if (tally->choice != NULL && copy->units >= novelty_lengths[0]) {
        copy_choice_add(tally->choice, copy);
    }
}

/* Finds the copies of a text. Returns the longest. */
static Copy find_copies(const CopiedText *text, CopyChoice *choice, NoveltyShares *shares) {
    Tally tally = {.choice = choice};
    for (size_t k = 0; k < NOVELTY_LENGTHS; k++) {
        tally.covers[k].least = novelty_lengths[k];
    }
    shares->units = copies_find(text, tally_copy, &tally);
    shares->longest = tally.longest.units;
    for (size_t k = 0; k < NOVELTY_LENGTHS; k++) {
        shares->covered[k] = tally.covers[k].units;
    }
    return tally.longest;
}

/* --- passages --- */

/* Looks a passage up in the corpus. */
static NoveltyPassage look_up(const NoveltyFindings *findings, const Copy *copy) {
    const char *passage = findings->text.bytes.data + copy->begin;
    size_t length = copy->end - copy->begin;
    const char *corpus = findings->corpus.bytes.data;
    const char *end = corpus + findings->learned;
    NoveltyPassage found = {.copy = *copy};
    for (const char *at = corpus; (at = memmem(at, (size_t)(end - at), passage, length)) != NULL;) {
        if (found.times == 0) {
            found.source_begin = (size_t)(at - corpus);
        }
        found.times++;
        at += length;
    }
    return found;
}

static int compare_begins(const void *left, const void *right) {
    size_t a = ((const NoveltyPassage *)left)->copy.begin;
    size_t b = ((const NoveltyPassage *)right)->copy.begin;
    return (a > b) - (a < b);
}

static int compare_sources(const void *left, const void *right) {
    size_t a = ((const NoveltyPassage *)left)->source_begin;
    size_t b = ((const NoveltyPassage *)right)->source_begin;
    return (a > b) - (a < b);
}

/* The longest first; of one length, the first in the text. */
static int compare_lengths(const void *left, const void *right) {
    size_t a = ((const NoveltyPassage *)left)->copy.units;
    size_t b = ((const NoveltyPassage *)right)->copy.units;
    return a != b ? (a < b) - (a > b) : compare_begins(left, right);
}

/* Finds out where the passages are, in the order in which they are there: each text is gone over once. */
static void place_passages(NoveltyFindings *findings) {
    NoveltyPassage *passages = findings->passages;
    size_t count = findings->passage_count;
    TextWalk text = {.text = &findings->text, .unit = findings->unit};
    TextWalk corpus = {.text = &findings->corpus, .unit = findings->unit};
    qsort(passages, count, sizeof *passages, compare_begins);
    for (size_t k = 0; k < count; k++) {
        passages[k].place = text_walk_to(&text, passages[k].copy.begin);
    }
    qsort(passages, count, sizeof *passages, compare_sources);
    for (size_t k = 0; k < count; k++) {
        passages[k].source = text_walk_to(&corpus, passages[k].source_begin);
    }
    qsort(passages, count, sizeof *passages, compare_lengths);
}

/* The longest copies, or the longest one if none is as long as those that are told of. */
static bool describe_passages(NoveltyFindings *findings, CopyChoice *choice, const Copy *longest,
                              Error *error) {
    size_t most = findings->passages_most;
    Copy *chosen = memory_allocate(most, sizeof *chosen, "the copies", error);
    findings->passages = memory_allocate(most, sizeof *findings->passages, "the copies", error);
    bool done = chosen != NULL && findings->passages != NULL;
    size_t count = done ? copy_choice_make(choice, most, chosen) : 0;
    if (done && count == 0 && most > 0 && longest->units > 0) {
        chosen[0] = *longest;
        count = 1;
    }
    for (size_t k = 0; k < count; k++) {
        findings->passages[k] = look_up(findings, &chosen[k]);
    }
    findings->passage_count = count;
    if (done) {
        place_passages(findings);
    }
    free(chosen);
    return done;
}

/* --- all of it --- */

static bool look_at_text(NoveltyFindings *findings, const TextRow *row, Error *error) {
    const Bytes *corpus = &findings->corpus.bytes;
    const CopiedText text = {row->bytes.data, row->text, row->matching, findings->unit,
                             findings->text.records};
    CopyChoice choice;
    if (!copy_choice_open(&choice, findings->text.bytes.data, error)) {
        return false;
    }
    Copy longest = find_copies(&text, &choice, &findings->shares);
    findings->whole = findings->shares.units > 0 && longest.units == findings->shares.units;
    findings->same = row->text == corpus->length && memcmp(text.bytes, corpus->data, row->text) == 0;
    if (text.records) {
        findings->records = copies_count_records(&text);
    }
    bool done = describe_passages(findings, &choice, &longest, error);
    copy_choice_close(&choice);
    return done;
}

static void look_at_held_out(NoveltyFindings *findings, const TextRow *row) {
    const CopiedText text = {row->bytes.data + row->text, row->held_out, row->matching + row->text,
                             findings->unit, false};
    find_copies(&text, NULL, &findings->held_out_shares);
}

bool novelty_findings_make(NoveltyFindings *findings, Error *error) {
    TextRow row = {0};
    bool done = make_row(findings, &row, error) && look_at_text(findings, &row, error);
    if (done) {
        look_at_held_out(findings, &row);
    }
    free(row.matching);
    bytes_free(&row.bytes);
    return done;
}

void novelty_findings_free(NoveltyFindings *findings) {
    placed_text_free(&findings->text);
    placed_text_free(&findings->corpus);
    free(findings->passages);
}

/* Tests of src/train/record_batches.c: every record is read whole and once an epoch, in another order each time, close
 * to the others; and of batches that resume in the middle of an epoch. */
#include "support/cmocka_all.h"

#include <stdlib.h>

#include "base/random.h"
#include "model/pass.h"
#include "support/symbols.h"
#include "text/split.h"
#include "train/batches.h"
#include "train/random_streams.h"

enum { RECORDS = 200, LONGEST = 40, STEPS = 16, BATCH = 8, BORDER = 0 };

/* Records of 1 to 40 units; unit u of record k is k + 1, so that its place is known. */
typedef struct Text {
    UnitStore *units;
    Records records;
    size_t count;
} Text;

static Text make_text(void) {
    Text text = {0};
    uint32_t units[RECORDS * (LONGEST + 1) + 1];
    for (uint32_t k = 0; k < RECORDS; k++) {
        assert_true(records_add(&text.records, text.count, false, NULL));
        units[text.count++] = BORDER;
        for (uint64_t left = 1 + random_at(5, k) % LONGEST; left > 0; left--) {
            units[text.count++] = k + 1;
        }
    }
    assert_true(records_add(&text.records, text.count, true, NULL));
    units[text.count++] = BORDER;
    text.units = unit_store_of(units, text.count, NULL);
    assert_non_null(text.units);
    return text;
}

static void free_text(Text *text) {
    unit_store_free(text->units);
    records_free(&text->records);
}

/* What an epoch showed. */
typedef struct Epoch {
    size_t predicted;
    size_t idle;           /* places of windows that were not used */
    size_t seen[RECORDS];  /* units of each record that were predicted, its last border included */
    uint32_t first[BATCH]; /* records that were read first */
} Epoch;

/* Reads an epoch; what each stream reads must follow from what it read before. */
static void read_epoch(RecordBatches *batches, Epoch *epoch) {
    uint32_t ids[STEPS * BATCH];
    uint32_t targets[STEPS * BATCH];
    uint32_t expected[BATCH] = {0}; /* what the last target was */
    *epoch = (Epoch){0};
    for (bool first = true; !record_batches_ended(batches); first = false) {
        size_t scored = 0;
        size_t found = 0;
        size_t steps = record_batches_next(batches, STEPS, ids, targets, &scored, NULL);
        assert_in_range(steps, 1, STEPS);
        for (size_t k = 0; k < steps * BATCH; k++) {
            if (targets[k] == PASS_NO_TARGET) {
                epoch->idle++;
                continue;
            }
            assert_int_equal(ids[k], expected[k % BATCH]);
            expected[k % BATCH] = targets[k];
            uint32_t record = targets[k] != BORDER ? targets[k] : ids[k];
            assert_int_not_equal(record, BORDER);
            epoch->seen[record - 1]++;
            found++;
        }
        for (size_t b = 0; first && b < BATCH; b++) {
            epoch->first[b] = targets[b];
        }
        assert_int_equal(found, scored);
        epoch->predicted += scored;
    }
}

static void every_record_is_read_once_an_epoch(void **state) {
    (void)state;
    Text text = make_text();
    const Range all = {0, text.count};
    RecordBatches *batches = record_batches_create(text.units, &text.records, all, BATCH, 7, NULL);
    assert_non_null(batches);
    assert_int_equal(records_in(&text.records, all), RECORDS);
    Epoch epochs[3];
    for (uint64_t k = 0; k < 3; k++) {
        record_batches_start(batches, k);
        read_epoch(batches, &epochs[k]);
        assert_int_equal(epochs[k].predicted, text.count - 1);
        for (size_t r = 0; r < RECORDS; r++) {
            assert_int_equal(epochs[k].seen[r], text.records.begins[r + 1] - text.records.begins[r]);
        }
        /* the last record of each stream ends within the longest one */
        assert_in_range(epochs[k].idle, 0, BATCH * (LONGEST + 1));
    }
    assert_memory_not_equal(epochs[0].first, epochs[1].first, sizeof epochs[0].first);
    Epoch again;
    record_batches_start(batches, 1);
    read_epoch(batches, &again);
    assert_memory_equal(&again, &epochs[1], sizeof again);
    record_batches_free(batches);
    free_text(&text);
}

/* The parameters start with the same seed. */
static void the_order_has_random_numbers_of_its_own(void **state) {
    (void)state;
    Text text = make_text();
    RecordBatches *batches =
        record_batches_create(text.units, &text.records, (Range){0, text.count}, BATCH, 7, NULL);
    Epoch epoch;
    read_epoch(batches, &epoch);
    uint32_t order[RECORDS];
    Random parameters = random_create(7, RANDOM_STREAM_PARAMETERS);
    random_order(&parameters, order, RECORDS);
    size_t same = 0;
    for (size_t b = 0; b < BATCH; b++) {
        same += epoch.first[b] == order[b] + 1;
    }
    assert_in_range(same, 0, BATCH / 2);
    record_batches_free(batches);
    free_text(&text);
}

static void a_part_has_its_records_and_no_others(void **state) {
    (void)state;
    Text text = make_text();
    const Corpus corpus = {.units = text.units, .records = text.records};
    Split split = split_corpus(&corpus, 0.2, 0.1);
    assert_int_equal(split.train.begin, 0);
    assert_int_equal(split.train.end, split.val.begin + 1); /* the border is in both */
    assert_int_equal(split.val.end, split.test.begin + 1);
    assert_int_equal(split.test.end, text.count);
    const Range parts[] = {split.train, split.val, split.test};
    size_t records = 0;
    for (size_t p = 0; p < 3; p++) {
        RecordBatches *batches = record_batches_create(text.units, &text.records, parts[p], BATCH, 7, NULL);
        Epoch epoch;
        read_epoch(batches, &epoch);
        assert_int_equal(epoch.predicted, parts[p].end - parts[p].begin - 1);
        for (size_t r = 0; r < RECORDS; r++) {
            bool inside =
                text.records.begins[r] >= parts[p].begin && text.records.begins[r + 1] < parts[p].end;
            assert_int_equal(epoch.seen[r] > 0, inside);
        }
        records += records_in(&text.records, parts[p]);
        record_batches_free(batches);
    }
    assert_int_equal(records, RECORDS);
    Split none = split_corpus(&corpus, 0, 0);
    assert_int_equal(none.train.end, text.count);
    assert_int_equal(none.val.end - none.val.begin, 0);
    assert_int_equal(records_in(&text.records, none.val), 0);
    free_text(&text);
}

/* From any step on, batches that resume give what those give that went on. */
static void batches_resume_anywhere(void **state) {
    (void)state;
    Text text = make_text();
    RecordBatches *records =
        record_batches_create(text.units, &text.records, (Range){0, text.count}, BATCH, 7, NULL);
    RecordBatches *other =
        record_batches_create(text.units, &text.records, (Range){0, text.count}, BATCH, 7, NULL);
    Batches batches = {
        .units = text.units, .part = {0, text.count}, .steps = STEPS, .batch = BATCH, .records = records};
    uint64_t predicted = 0;
    for (size_t step = 0; step < 120; step++) { /* some three epochs */
        uint32_t ids[2][STEPS * BATCH] = {{0}};
        uint32_t targets[2][STEPS * BATCH] = {{0}};
        size_t scored[2] = {0};
        bool first[2] = {false};
        Batches resumed = batches;
        resumed.records = other;
        resumed.epoch = 99;
        assert_true(batches_resume(&resumed, predicted));
        size_t steps = batches_next(&batches, ids[0], targets[0], &scored[0], &first[0], NULL);
        assert_int_equal(batches_next(&resumed, ids[1], targets[1], &scored[1], &first[1], NULL), steps);
        assert_int_equal(scored[0], scored[1]);
        assert_int_equal(first[0], first[1]);
        assert_memory_equal(ids[0], ids[1], steps * BATCH * sizeof ids[0][0]);
        assert_memory_equal(targets[0], targets[1], steps * BATCH * sizeof targets[0][0]);
        predicted += scored[0];
    }
    assert_in_range(batches.epoch, 2, 6);
    batches.position = 1000000;
    assert_false(batches_resume(&batches, predicted));
    record_batches_free(records);
    record_batches_free(other);
    free_text(&text);
}

static void records_are_shuffled_once_the_same_way(void **state) {
    (void)state;
    Text text = make_text();
    Text twin = make_text();
    Text old = make_text();
    const Records before = old.records;
    assert_true(records_shuffle(&text.records, &text.units, NULL, NULL));
    assert_true(records_shuffle(&twin.records, &twin.units, NULL, NULL));
    assert_int_equal(text.records.count, RECORDS);
    assert_int_equal(unit_store_count(text.units), text.count);
    bool seen[RECORDS] = {false};
    size_t moved = 0;
    for (size_t r = 0; r < RECORDS; r++) {
        uint32_t units[LONGEST + 2];
        size_t begin = text.records.begins[r];
        size_t length = text.records.begins[r + 1] - begin;
        assert_int_equal(begin, twin.records.begins[r]);
        assert_true(unit_store_read(text.units, begin, length + 1, units, NULL));
        assert_int_equal(units[0], BORDER);
        assert_int_equal(units[length], BORDER);
        size_t record = units[1] - 1;
        assert_false(seen[record]);
        seen[record] = true;
        moved += record != r;
        assert_int_equal(length, before.begins[record + 1] - before.begins[record]);
    }
    assert_in_range(moved, RECORDS * 9 / 10, RECORDS);
    free_text(&text);
    free_text(&twin);
    free_text(&old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_read_once_an_epoch),
        cmocka_unit_test(the_order_has_random_numbers_of_its_own),
        cmocka_unit_test(a_part_has_its_records_and_no_others),
        cmocka_unit_test(batches_resume_anywhere),
        cmocka_unit_test(records_are_shuffled_once_the_same_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of src/model/model_file.c on files that are damaged: each is refused with a message that says what is wrong, or
 * it is a model; nothing else happens, which the sanitizers watch. */
#include "model/damaged_file.h"

#include <stdio.h>

static void test_truncated_at_every_byte(void **state) {
    Example *example = *state;
    assert_true(try_to_load(write_bad(example, example->file.data, example->file.length)));
    for (size_t length = 0; length < example->file.length; length++) {
        if (try_to_load(write_bad(example, example->file.data, length))) {
            fail_msg("the file cut to %zu of %zu bytes was loaded", length, example->file.length);
        }
    }
    assert_true(bytes_append(&example->file, "x", 1, NULL));
    assert_refused(write_bad(example, example->file.data, example->file.length),
                   "goes on beyond its tensors");
}

static void test_every_byte_of_the_header_damaged(void **state) {
    static const unsigned char changes[] = {0x01, 0x80}; /* exclusive or */
    static const char others[] = "\"9-},";               /* and these instead of it */
    Example *example = *state;
    size_t loaded = 0;
    size_t refused = 0;
    for (size_t place = 0; place < 8 + example->header_length; place++) {
        char before = example->file.data[place];
        for (size_t k = 0; k < COUNT(changes) + COUNT(others); k++) {
            example->file.data[place] =
                k < COUNT(changes) ? (char)((unsigned char)before ^ changes[k]) : others[k - COUNT(changes)];
            char *path = write_bad(example, example->file.data, example->file.length);
            bool done = try_to_load(path);
            loaded += done;
            refused += !done;
        }
        example->file.data[place] = before;
    }
    assert_true(loaded > 0);
    assert_true(refused > loaded);
}

/* What was not written so is refused, but for a change that hides the checksum, which leaves all else as it was. */
static void test_no_damage_escapes_the_checksum(void **state) {
    const Example *example = *state;
    Bytes file = scratch_read(example->scratch, "good");
    Model good;
    assert_true(model_load(scratch_path(example->scratch, "good"), &good, NULL));
    assert_true(good.checksum);
    size_t loaded = 0;
    for (size_t bit = 0; bit < 8 * file.length; bit += 1 + bit % 2) {
        char *byte = &file.data[bit / 8];
        *byte = (char)((unsigned char)*byte ^ 1u << bit % 8);
        Model model;
        if (model_load(write_bad(example, file.data, file.length), &model, NULL)) {
            assert_same_models(&good, &model);
            assert_false(model.checksum);
            model_free(&model);
            loaded++;
        }
        *byte = (char)((unsigned char)*byte ^ 1u << bit % 8);
    }
    assert_in_range(loaded, 1, 8 * strlen("checksum"));
    model_free(&good);
    bytes_free(&file);
}

/* The message names the file, and what stands beside it. */
static void test_damage_is_told_with_what_to_do(void **state) {
    const Example *example = *state;
    Bytes file = scratch_read(example->scratch, "good");
    file.data[file.length - 1] = (char)((unsigned char)file.data[file.length - 1] ^ 1u);
    char *model = scratch_write(example->scratch, "m.safetensors", file.data, file.length);
    assert_refused(model, "m.safetensors: damaged: its checksum is wrong");
    assert_refused(model, "use a copy of it, if there is one");
    char *checkpoint = scratch_write(example->scratch, "m.checkpoint.safetensors", file.data, file.length);
    assert_refused(model, "m.checkpoint.safetensors, the checkpoint beside it");
    assert_refused(checkpoint, "/m.safetensors, the ");
    bytes_free(&file);
}

static void test_random_damage(void **state) {
    Example *example = *state;
    Random random = random_create(1, 0);
    for (int round = 0; round < 3000; round++) {
        Bytes copy = {0};
        assert_true(bytes_append(&copy, example->file.data, example->file.length, NULL));
        for (size_t hits = 1 + random_next(&random) % 8; hits > 0; hits--) {
            copy.data[random_next(&random) % (8 + example->header_length)] = (char)random_next(&random);
        }
        (void)try_to_load(write_bad(example, copy.data, copy.length));
        bytes_free(&copy);
    }
}

static void test_random_bytes(void **state) {
    const Example *example = *state;
    Random random = random_create(2, 0);
    for (size_t round = 0; round < 2000; round++) {
        char bytes[512];
        size_t length = random_next(&random) % sizeof bytes;
        for (size_t k = 0; k < length; k++) {
            bytes[k] = (char)random_next(&random);
        }
        if (length > 8 && round % 2 == 1) { /* with a believable beginning */
            uint64_t header = random_next(&random) % length;
            memcpy(bytes, &header, sizeof header);
            bytes[8] = '{';
        }
        assert_false(try_to_load(write_bad(example, bytes, length)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_truncated_at_every_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte_of_the_header_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_damage_escapes_the_checksum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_told_with_what_to_do, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_bytes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

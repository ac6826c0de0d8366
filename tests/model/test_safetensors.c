/* Tests of src/model/safetensors.c, safetensors_write.c, tensor.c and json_text.c. */
#include "support/cmocka_all.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "model/safetensors.h"
#include "support/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int setup(void **state) {
    *state = scratch_create();
    return 0;
}

static int teardown(void **state) {
    scratch_remove(*state);
    return 0;
}

/* A file of a header and data, put together by hand. */
static char *write_parts(Scratch *scratch, const char *header, size_t header_length, const void *data,
                         size_t data_length) {
    Bytes bytes = {0};
    uint64_t length = header_length;
    assert_true(bytes_append(&bytes, &length, sizeof length, NULL));
    assert_true(bytes_append(&bytes, header, header_length, NULL));
    assert_true(bytes_append(&bytes, data, data_length, NULL));
    char *path = scratch_write(scratch, "parts.safetensors", bytes.data, bytes.length);
    bytes_free(&bytes);
    return path;
}

static char *write_header(Scratch *scratch, const char *header, size_t data_length) {
    char *data = calloc(data_length + 1, 1);
    assert_non_null(data);
    char *path = write_parts(scratch, header, strlen(header), data, data_length);
    free(data);
    return path;
}

/* Reading must fail, and the message names the file and says `words`. */
static void assert_refused(const char *path, const char *words) {
    Error error = {0};
    Safetensors *file = safetensors_read(path, &error);
    if (file != NULL) {
        safetensors_free(file);
        fail_msg("a file was read that should be refused with \"%s\"", words);
    }
    assert_contains(error.message, path);
    assert_contains(error.message, words);
}

/* --- reading --- */

static void test_reads_tensors_and_metadata(void **state) {
    static const float values[] = {1, -2, 0.5F, 3};
    const char *header = "{\"__metadata__\":{\"k\":\"a\\u0000b\"},"
                         "\"zeta\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                         "\"none\":{\"dtype\":\"I64\",\"shape\":[3,0],\"data_offsets\":[16,16]},"
                         "\"alpha\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[16,17]}}  ";
    char data[17];
    memcpy(data, values, 16);
    data[16] = 7;
    Error error = {0};
    Safetensors *file =
        safetensors_read(write_parts(*state, header, strlen(header), data, sizeof data), &error);
    assert_string_equal(error.message, "");
    assert_non_null(file);
    assert_int_equal(safetensors_count(file), 3);
    assert_string_equal(safetensors_at(file, 0)->name, "alpha");
    assert_string_equal(safetensors_at(file, 2)->name, "zeta");
    const Tensor *zeta = safetensors_find(file, "zeta");
    assert_true(tensor_has_shape(zeta, 2, 2));
    assert_false(tensor_has_shape(zeta, 2, 0));
    assert_int_equal(zeta->dtype, DTYPE_F32);
    real read[4];
    assert_true(tensor_read(zeta, read, &error));
    for (size_t k = 0; k < 4; k++) {
        assert_true((float)read[k] == values[k]);
    }
    const Tensor *alpha = safetensors_find(file, "alpha");
    assert_int_equal(alpha->rank, 0);
    assert_int_equal(alpha->bytes, 1);
    assert_int_equal(*(const char *)alpha->data, 7);
    assert_false(tensor_read(alpha, read, &error));
    assert_contains(error.message, "tensor alpha has type U8; F32");
    assert_int_equal(safetensors_find(file, "none")->bytes, 0);
    assert_null(safetensors_find(file, "beta"));
    assert_null(safetensors_find(file, "__metadata__"));
    size_t length = 0;
    assert_memory_equal(safetensors_metadata(file, "k", &length), "a\0b", 4);
    assert_int_equal(length, 3);
    assert_null(safetensors_metadata(file, "other", &length));
    safetensors_free(file);
}

static void test_reads_a_file_without_metadata(void **state) {
    Error error = {0};
    Safetensors *file = safetensors_read(write_header(*state, "{}", 0), &error);
    assert_non_null(file);
    assert_int_equal(safetensors_count(file), 0);
    size_t length = 0;
    assert_null(safetensors_metadata(file, "format", &length));
    safetensors_free(file);
}

/* Reads the one tensor of a file of this type and checks its values, bit by bit but for NaN. */
static void check_conversion(void **state, const char *dtype, const void *data, size_t bytes,
                             const double *values, size_t count) {
    char header[200];
    snprintf(header, sizeof header, "{\"t\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[0,%zu]}}",
             dtype, count, bytes);
    Error error = {0};
    Safetensors *file = safetensors_read(write_parts(*state, header, strlen(header), data, bytes), &error);
    assert_non_null(file);
    real read[16];
    assert_true(tensor_read(safetensors_find(file, "t"), read, &error));
    for (size_t k = 0; k < count; k++) {
        if ((double)read[k] != values[k] || !signbit(read[k]) != !signbit(values[k])) {
            fail_msg("%s element %zu is %g, not %g", dtype, k, (double)read[k], values[k]);
        }
    }
    safetensors_free(file);
}

static void test_converts_what_pytorch_saves(void **state) {
    static const uint16_t half[] = {0x0000, 0x8000, 0x3C00, 0xC000, 0x3555, 0x7BFF, 0x0001, 0x83FF, 0x0400};
    static const double half_values[] = {0.0,     -0.0,    1.0,        -2.0,   0.333251953125,
                                         65504.0, 0x1p-24, -0x3FFp-24, 0x1p-14};
    check_conversion(state, "F16", half, sizeof half, half_values, COUNT(half));
    static const uint16_t bfloat[] = {0x0000, 0x8000, 0x3F80, 0xC049, 0x0001, 0x7F7F};
    static const double bfloat_values[] = {0.0, -0.0, 1.0, -3.140625, 0x1p-133, 0x1.FEp127};
    check_conversion(state, "BF16", bfloat, sizeof bfloat, bfloat_values, COUNT(bfloat));
    static const double wide[] = {0.0, -0.0, 1.5, -0x1p-149, 0x1p127};
    check_conversion(state, "F64", wide, sizeof wide, wide, COUNT(wide));
}

static void check_not_finite(void **state, const char *dtype, const void *data, size_t bytes,
                             const char *words) {
    char header[200];
    snprintf(header, sizeof header, "{\"t\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%zu]}}",
             dtype, bytes);
    Error error = {0};
    Safetensors *file = safetensors_read(write_parts(*state, header, strlen(header), data, bytes), &error);
    assert_non_null(file);
    real read[2];
    assert_false(tensor_read(safetensors_find(file, "t"), read, &error));
    assert_contains(error.message, words);
    safetensors_free(file);
}

static void test_names_numbers_that_are_not_finite(void **state) {
    static const uint16_t half[] = {0, 0x7C00};
    check_not_finite(state, "F16", half, sizeof half, "tensor t holds inf at index 1");
    static const uint16_t bfloat[] = {0x7FC0, 0};
    check_not_finite(state, "BF16", bfloat, sizeof bfloat, "tensor t holds nan at index 0");
    static const float single[] = {0, NAN};
    check_not_finite(state, "F32", single, sizeof single, "tensor t holds nan at index 1");
    static const double wide[] = {0, 1e300}; /* finite there, and too large for us */
    check_not_finite(state, "F64", wide, sizeof wide, "tensor t holds inf at index 1");
}

/* --- what is refused --- */

static void test_refuses_what_cannot_be_opened(void **state) {
    Error error = {0};
    assert_null(safetensors_read(scratch_path(*state, "missing"), &error));
    assert_contains(error.message, "missing");
    assert_null(safetensors_read(((Scratch *)*state)->folder, &error));
    assert_contains(error.message, "is a folder");
}

static void test_refuses_wrong_beginnings(void **state) {
    assert_refused(scratch_write(*state, "a", "", 0), "the file is empty");
    assert_refused(scratch_write(*state, "a", "1234567", 7), "has 7 bytes");
    assert_refused(scratch_write(*state, "a", "\0\0\0\0\0\0\0\x10{}", 10),
                   "claim a header of 1152921504606846976");
    assert_refused(scratch_write(*state, "a", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10),
                   "claim a header of 18446744073709551615 bytes");
    assert_refused(scratch_write(*state, "a", "\x01\xE1\xF5\x05\0\0\0\0{}", 10), "more than the 100000000");
    assert_refused(scratch_write(*state, "a", "\x03\0\0\0\0\0\0\0{}", 10),
                   "claim a header of 3 bytes, but the file ends 2 bytes after them");
    assert_refused(scratch_write(*state, "a", "\0\0\0\0\0\0\0\0{}", 10), "does not start with '{'");
    assert_refused(scratch_write(*state, "a", "\x03\0\0\0\0\0\0\0 {}", 11), "does not start with '{'");
    assert_refused(scratch_write(*state, "a", "PK\3\4 archive", 12), "safetensors.torch.save_file");
}

typedef struct Hostile {
    const char *header;
    const char *words;
} Hostile;

/* Each with 8 bytes of data behind the header. */
static const Hostile hostile[] = {
    {"{", "no valid JSON at byte 9"},
    {"{\"a\":1}", "tensor a has no \"dtype\""},
    {"{\"a\":[]}", "tensor a has no \"dtype\""},
    {"{} x", "no valid JSON"},
    {"{\"a\":\"\xFF\"}", "no valid JSON at byte"},
    {"{\"\\u0000\":{}}", "no valid JSON at byte"},
    {"{\"a\":{},\"a\":{}}", "duplicate"},
    {"{\"\\ud800\":{}}", "no valid JSON at byte"},
    {"{\"__metadata__\":[]}", "__metadata__ is no JSON object"},
    {"{\"__metadata__\":{\"x\\ny\":1}}", "\"x\\u000Ay\" is no string"},
    {"{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}",
     "tensor a has no \"dtype\" that is a string"},
    {"{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     "tensor a has the unknown dtype \"F31\""},
    {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", "tensor a has no \"shape\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", "tensor a has no \"shape\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,-2],\"data_offsets\":[0,8]}}",
     "\"shape\" whose number 2 is no integer"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
     "\"shape\" whose number 1 is no integer"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}",
     "\"shape\" whose number 1 is no integer"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", "no valid JSON"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", "has 9 dimensions"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,2,2],\"data_offsets\":[0,8]}}",
     "more than there can be"},
    {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2305843009213693953],\"data_offsets\":[0,8]}}",
     "more than there can be"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "tensor a has no \"data_offsets\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", "tensor a has no \"data_offsets\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]}}",
     "tensor a has no \"data_offsets\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "tensor a has no \"data_offsets\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8.0]}}",
     "tensor a has no \"data_offsets\""},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
     "end before they begin: offsets 8 to 0"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}",
     "leave the file: offsets 1 to 9, but only 8"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9223372036854775807]}}", "leave the file"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
     "has 8 bytes of data, but F32 of shape [3] takes 12"},
    {"{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     "has 8 bytes of data, but F16 of shape [2] takes 4"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     "overlap at offset 0"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
     "tensors a and b overlap at offset 4"},
    {"{\"b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
     "tensors a and b overlap at offset 2"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
     "a hole of 2 bytes in the data before tensor b, at offset 2"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[7],\"data_offsets\":[1,8]}}",
     "a hole of 1 bytes in the data before tensor a"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[7],\"data_offsets\":[0,7]}}",
     "goes on beyond its tensors, which end at offset 7 of the data"},
    {"{}", "goes on beyond its tensors, which end at offset 0"},
    {"{\"\\u001b[31m\xC2\x9B\":{}}", "tensor \\u001B[31m\\u009B has no"},
};

static void test_refuses_hostile_headers(void **state) {
    for (size_t k = 0; k < COUNT(hostile); k++) {
        assert_refused(write_header(*state, hostile[k].header, 8), hostile[k].words);
    }
}

/* A header that repeats `part` a number of times. */
static char *repeat(const char *start, const char *part, size_t count, const char *end) {
    Bytes bytes = {0};
    assert_true(bytes_append(&bytes, start, strlen(start), NULL));
    for (size_t k = 0; k < count; k++) {
        assert_true(bytes_append(&bytes, part, strlen(part), NULL));
    }
    assert_true(bytes_append(&bytes, end, strlen(end), NULL));
    return bytes.data;
}

static long peak_kilobytes(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void test_refuses_a_flood_of_values_without_taking_memory(void **state) {
    char *header = repeat("{\"a\":[", "{},", 3000000, "1]}");
    char *path = write_header(*state, header, 0);
    free(header);
    long before = peak_kilobytes();
    assert_refused(path, "more than 524288 values");
    assert_in_range(peak_kilobytes() - before, 0, 100 * 1024);
    header = repeat("{\"a\":", "[", 100000, "");
    assert_refused(write_header(*state, header, 0), "no valid JSON");
    free(header);
}

static void test_reads_many_tensors(void **state) {
    enum { TENSORS = 20000 };
    Bytes header = {0};
    assert_true(bytes_printf(&header, NULL, "{"));
    for (size_t k = 0; k < TENSORS; k++) { /* in the file from the last to the first */
        assert_true(bytes_printf(&header, NULL,
                                 "%s\"t%zu\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%zu,%zu]}",
                                 k == 0 ? "" : ",", k, TENSORS - 1 - k, TENSORS - k));
    }
    assert_true(bytes_printf(&header, NULL, "}"));
    Error error = {0};
    Safetensors *file = safetensors_read(write_header(*state, header.data, TENSORS), &error);
    bytes_free(&header);
    assert_string_equal(error.message, "");
    assert_non_null(file);
    const char *first = safetensors_find(file, "t19999")->data;
    const char *last = safetensors_find(file, "t0")->data;
    assert_int_equal(last - first, TENSORS - 1);
    safetensors_free(file);
}

/* --- writing --- */

static const float three_floats[] = {1, 2, 3};
static const uint64_t two_wide[] = {UINT64_MAX, 5};
static const uint8_t one_byte[] = {9};

static const Tensor written[] = {
    {.name = "b", .dtype = DTYPE_U8, .rank = 1, .shape = {1}, .data = one_byte, .bytes = 1},
    {.name = "w \"\n漢", .dtype = DTYPE_F32, .rank = 2, .shape = {3, 1}, .data = three_floats, .bytes = 12},
    {.name = "n", .dtype = DTYPE_U64, .rank = 1, .shape = {2}, .data = two_wide, .bytes = 16},
};

static bool write_example(const char *path, Error *error) {
    json_t *metadata = json_pack("{s:s%, s:s}", "z", "a\0\"\n漢", (size_t)7, "a", "");
    assert_non_null(metadata);
    bool done = safetensors_write(path, written, COUNT(written), metadata, error);
    json_decref(metadata);
    return done;
}

static void test_writes_what_it_reads(void **state) {
    Error error = {0};
    char *path = scratch_path(*state, "out.safetensors");
    assert_true(write_example(path, &error));
    Safetensors *file = safetensors_read(path, &error);
    assert_string_equal(error.message, "");
    for (size_t k = 0; k < COUNT(written); k++) {
        const Tensor *tensor = safetensors_find(file, written[k].name);
        assert_non_null(tensor);
        assert_int_equal(tensor->dtype, written[k].dtype);
        assert_int_equal(tensor->rank, written[k].rank);
        assert_memory_equal(tensor->shape, written[k].shape, sizeof tensor->shape);
        assert_int_equal(tensor->bytes, written[k].bytes);
        assert_memory_equal(tensor->data, written[k].data, tensor->bytes);
    }
    size_t length = 0;
    assert_memory_equal(safetensors_metadata(file, "z", &length), "a\0\"\n漢", 8);
    assert_int_equal(length, 7);
    safetensors_free(file);
}

static void test_writes_the_same_bytes_aligned(void **state) {
    Error error = {0};
    assert_true(write_example(scratch_path(*state, "one"), &error));
    assert_true(write_example(scratch_path(*state, "two"), &error));
    Bytes one = scratch_read(*state, "one");
    Bytes two = scratch_read(*state, "two");
    assert_int_equal(one.length, two.length);
    assert_memory_equal(one.data, two.data, one.length);
    uint64_t header = 0;
    memcpy(&header, one.data, sizeof header);
    assert_int_equal((8 + header) % 64, 0);
    assert_int_equal(one.length, 8 + header + 16 + 12 + 1);
    assert_memory_equal(one.data + 8, "{\"__metadata__\":{", 17);
    assert_contains(one.data + 8, "\"n\":{\"dtype\":\"U64\",\"shape\":[2],\"data_offsets\":[0,16]}");
    assert_contains(one.data + 8, "\"shape\":[3,1],\"data_offsets\":[16,28]}");
    assert_contains(one.data + 8, "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[28,29]}");
    assert_memory_equal(one.data + 8 + header + 16, three_floats, 12);
    bytes_free(&one);
    bytes_free(&two);
}

static void test_refuses_to_write_what_cannot_be_read(void **state) {
    Error error = {0};
    json_t *metadata = json_object();
    Tensor twice[] = {written[0], written[0]};
    assert_false(safetensors_write(scratch_path(*state, "out"), twice, 2, metadata, &error));
    assert_contains(error.message, "two tensors are called b");
    assert_contains(error.message, "out");
    Tensor invalid = written[0];
    invalid.name = "\xFF";
    assert_false(safetensors_write(scratch_path(*state, "out"), &invalid, 1, metadata, &error));
    assert_contains(error.message, "not valid UTF-8");
    invalid.name = SAFETENSORS_METADATA;
    assert_false(safetensors_write(scratch_path(*state, "out"), &invalid, 1, metadata, &error));
    assert_contains(error.message, "two tensors are called __metadata__");
    assert_false(safetensors_write(scratch_path(*state, "no/out"), written, 1, metadata, &error));
    assert_contains(error.message, "no/out");
    json_decref(metadata);
    assert_int_equal(scratch_count(*state), 0);
}

/* A write that fails half-way leaves the old file, and nothing else. */
static void test_keeps_the_old_file_when_writing_fails(void **state) {
    Error error = {0};
    char *path = scratch_path(*state, "out");
    assert_true(write_example(path, &error));
    Bytes before = scratch_read(*state, "out");
    float *large = calloc(100000, sizeof *large);
    Tensor tensor = {
        .name = "large", .dtype = DTYPE_F32, .rank = 1, .shape = {100000}, .data = large, .bytes = 400000};
    json_t *metadata = json_object();
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit low = {.rlim_cur = 100000, .rlim_max = old.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    bool done = safetensors_write(path, &tensor, 1, metadata, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_false(done);
    assert_contains(error.message, "cannot write");
    assert_contains(error.message, "File too large");
    Bytes after = scratch_read(*state, "out");
    assert_int_equal(before.length, after.length);
    assert_memory_equal(before.data, after.data, before.length);
    assert_int_equal(scratch_count(*state), 1);
    bytes_free(&before);
    bytes_free(&after);
    json_decref(metadata);
    free(large);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_tensors_and_metadata, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reads_a_file_without_metadata, setup, teardown),
        cmocka_unit_test_setup_teardown(test_converts_what_pytorch_saves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_numbers_that_are_not_finite, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_what_cannot_be_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_wrong_beginnings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_hostile_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_a_flood_of_values_without_taking_memory, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_reads_many_tensors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writes_what_it_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writes_the_same_bytes_aligned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_to_write_what_cannot_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keeps_the_old_file_when_writing_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where the numbers of a tensor are among the bytes of a safetensors file that was read whole. */
#ifndef LETRA_TESTS_SUPPORT_TENSOR_DATA_H
#define LETRA_TESTS_SUPPORT_TENSOR_DATA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "support/cmocka_all.h"

static inline char *tensor_data(const Bytes *file, const char *name) {
    uint64_t header = 0;
    memcpy(&header, file->data, sizeof header);
    char row[128];
    snprintf(row, sizeof row, "\"%s\":{", name);
    const char *at = strstr(file->data + 8, row); /* there is no NUL in a header */
    assert_non_null(at);
    static const char offsets[] = "\"data_offsets\":[";
    at = strstr(at, offsets);
    assert_non_null(at);
    return file->data + 8 + header + strtoull(at + strlen(offsets), NULL, 10);
}

#endif

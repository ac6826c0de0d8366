/* The checksum of what a safetensors file holds: see safetensors.h. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "model/safetensors.h"

/* So that nothing that is in a tensor's row is taken for a text of the metadata, or the other way round. */
enum { OF_TENSOR = 1, OF_TEXT = 2 };

static uint64_t tensor_checksum(const Tensor *tensor) {
    uint64_t sum = checksum_of(OF_TENSOR, tensor->name, strlen(tensor->name));
    sum = checksum_of(sum, dtype_name(tensor->dtype), strlen(dtype_name(tensor->dtype)));
    sum = checksum_of(sum, tensor->shape, tensor->rank * sizeof *tensor->shape);
    return checksum_of(sum, tensor->data, tensor->bytes);
}

/* The parts are added up, so that their order does not matter. */
uint64_t safetensors_checksum(const Tensor *tensors, size_t count, const json_t *metadata) {
    uint64_t sum = 0;
    for (size_t k = 0; k < count; k++) {
        sum += tensor_checksum(&tensors[k]);
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)metadata, key, value) {
        if (strcmp(key, SAFETENSORS_CHECKSUM) != 0) {
            uint64_t of_key = checksum_of(OF_TEXT, key, strlen(key));
            sum += checksum_of(of_key, json_string_value(value), json_string_length(value));
        }
    }
    return sum;
}

const char *safetensors_checksum_text(uint64_t checksum, char out[CHECKSUM_TEXT_SIZE]) {
    snprintf(out, CHECKSUM_TEXT_SIZE, "%016" PRIx64, checksum);
    return out;
}

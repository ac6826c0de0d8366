/* FNV-1a: see digest.h. */
#include "base/digest.h"

uint64_t digest_add(uint64_t digest, const void *data, size_t length) {
    const unsigned char *bytes = data;
    for (size_t k = 0; k < length; k++) {
        digest = (digest ^ bytes[k]) * 0x100000001B3u;
    }
    return digest;
}

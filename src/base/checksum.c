/* XXH64: see checksum.h. Four lanes take 8 bytes each in turn, so that no multiplication waits for the one before. */
#include "base/checksum.h"

#include <string.h>

#define PRIME1 0x9E3779B185EBCA87u
#define PRIME2 0xC2B2AE3D27D4EB4Fu
#define PRIME3 0x165667B19E3779F9u
#define PRIME4 0x85EBCA77C2B2AE63u
#define PRIME5 0x27D4EB2F165667C5u

enum { LANES = 4, STRIPE = LANES * 8 };

static uint64_t rotated(uint64_t value, unsigned bits) {
    return value << bits | value >> (64 - bits);
}

/* Little-endian, as all that letra runs on. */
static uint64_t eight_bytes(const unsigned char *bytes) {
    uint64_t value = 0;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t four_bytes(const unsigned char *bytes) {
    uint32_t value = 0;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t taken_in(uint64_t lane, uint64_t input) {
    return rotated(lane + input * PRIME2, 31) * PRIME1;
}

/* All whole stripes; `*bytes` and `*length` become what is left. */
static uint64_t sum_stripes(uint64_t seed, const unsigned char **bytes, size_t *length) {
    uint64_t lanes[LANES] = {seed + PRIME1 + PRIME2, seed + PRIME2, seed, seed - PRIME1};
    const unsigned char *at = *bytes;
    for (; *length >= STRIPE; *length -= STRIPE, at += STRIPE) {
        for (size_t k = 0; k < LANES; k++) {
            lanes[k] = taken_in(lanes[k], eight_bytes(at + 8 * k));
        }
    }
    *bytes = at;
    uint64_t sum =
        rotated(lanes[0], 1) + rotated(lanes[1], 7) + rotated(lanes[2], 12) + rotated(lanes[3], 18);
    for (size_t k = 0; k < LANES; k++) {
        sum = (sum ^ taken_in(0, lanes[k])) * PRIME1 + PRIME4;
    }
    return sum;
}

uint64_t checksum_of(uint64_t seed, const void *data, size_t length) {
    const unsigned char *bytes = data;
    size_t left = length;
    uint64_t sum = (length >= STRIPE ? sum_stripes(seed, &bytes, &left) : seed + PRIME5) + (uint64_t)length;
    for (; left >= 8; left -= 8, bytes += 8) {
        sum = rotated(sum ^ taken_in(0, eight_bytes(bytes)), 27) * PRIME1 + PRIME4;
    }
    if (left >= 4) {
        sum = rotated(sum ^ four_bytes(bytes) * PRIME1, 23) * PRIME2 + PRIME3;
        left -= 4;
        bytes += 4;
    }
    for (; left > 0; left--, bytes++) {
        sum = rotated(sum ^ *bytes * PRIME5, 11) * PRIME1;
    }
    sum = (sum ^ sum >> 33) * PRIME2;
    sum = (sum ^ sum >> 29) * PRIME3;
    return sum ^ sum >> 32;
}

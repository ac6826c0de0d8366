/* xoshiro256** and splitmix64: see random.h. */
#include "base/random.h"

#include <math.h>

static const uint64_t golden_ratio = 0x9E3779B97F4A7C15u; /* splitmix64's increment */

/* splitmix64's finaliser. */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, unsigned k) {
    return (x << k) | (x >> (64 - k));
}

Random random_create(uint64_t seed, uint64_t stream) {
    Random random;
    uint64_t key = mix(seed + golden_ratio) ^ mix(stream * golden_ratio + 1);
    for (unsigned k = 0; k < 4; k++) {
        random.state[k] = mix(key + (k + 1) * golden_ratio);
    }
    return random;
}

uint64_t random_next(Random *random) {
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double random_uniform(Random *random) {
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

double random_normal(Random *random) {
    double u = 1.0 - random_uniform(random); /* (0, 1], so that the logarithm is finite */
    double v = random_uniform(random);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586476925 * v);
}

void random_order(Random *random, uint32_t *order, size_t count) {
    for (size_t k = 0; k < count; k++) {
        order[k] = (uint32_t)k;
    }
    for (size_t k = count; k > 1; k--) {
        size_t other = random_next(random) % k;
        uint32_t moved = order[k - 1];
        order[k - 1] = order[other];
        order[other] = moved;
    }
}

uint64_t random_at(uint64_t key, uint64_t counter) {
    return mix(mix(key + golden_ratio) + counter * golden_ratio);
}

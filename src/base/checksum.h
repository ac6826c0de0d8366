/* A 64-bit checksum of bytes that are many: XXH64 (Collet, github.com/Cyan4973/xxHash), which reads some 10 GB a
 * second, ten times as much as digest.h. It tells accidents (a damaged file), not forgeries. */
#ifndef LETRA_BASE_CHECKSUM_H
#define LETRA_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of `length` bytes that come after what `seed` is the checksum of; 0: after nothing. */
uint64_t checksum_of(uint64_t seed, const void *data, size_t length);

#endif

/* A 64-bit digest that tells whether bytes are the same as before (FNV-1a, Fowler, Noll & Vo). It guards
 * against accidents (another text, a damaged file), not against people. */
#ifndef LETRA_BASE_DIGEST_H
#define LETRA_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Start value for `digest_add`. */
#define DIGEST_START 0xCBF29CE484222325u

/* The digest after `length` more bytes. */
uint64_t digest_add(uint64_t digest, const void *data, size_t length);

#endif

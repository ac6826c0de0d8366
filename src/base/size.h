/* Sizes. */
#ifndef LETRA_BASE_SIZE_H
#define LETRA_BASE_SIZE_H

#include <stddef.h>

/* The least multiple of `grain`, which is not 0, that is not below `size`. It must fit. */
static inline size_t size_round_up(size_t size, size_t grain) {
    return (size + grain - 1) / grain * grain;
}

#endif

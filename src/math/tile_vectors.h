/* Tiles in sixteen vectors, one for each row: for what makes them out of matrices. For x86 processors only. */
#ifndef LETRA_MATH_TILE_VECTORS_H
#define LETRA_MATH_TILE_VECTORS_H

#include <immintrin.h>
#include <string.h>

#include "math/tile_block.h"

/* What a function that makes vectors begins with: this code is compiled for any processor. */
#define TILE_VECTORS __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

/* Transposes 16 × 16 numbers of four bytes. */
TILE_VECTORS static inline void tile_transpose(__m512i rows[TILE_ROWS]) {
    __m512i pairs[TILE_ROWS];
    for (size_t k = 0; k < TILE_ROWS; k += 2) {
        pairs[k] = _mm512_unpacklo_epi32(rows[k], rows[k + 1]);
        pairs[k + 1] = _mm512_unpackhi_epi32(rows[k], rows[k + 1]);
    }
    __m512i fours[TILE_ROWS];
    for (size_t k = 0; k < TILE_ROWS; k += 4) {
        fours[k] = _mm512_unpacklo_epi64(pairs[k], pairs[k + 2]);
        fours[k + 1] = _mm512_unpackhi_epi64(pairs[k], pairs[k + 2]);
        fours[k + 2] = _mm512_unpacklo_epi64(pairs[k + 1], pairs[k + 3]);
        fours[k + 3] = _mm512_unpackhi_epi64(pairs[k + 1], pairs[k + 3]);
    }
    /* Lane l of fours[4q + j] is column 4l + j of rows 4q to 4q + 3. */
    for (size_t j = 0; j < 4; j++) {
        __m512i even_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0x88);
        __m512i odd_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0xDD);
        __m512i even_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0x88);
        __m512i odd_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0xDD);
        rows[j] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        rows[8 + j] = _mm512_shuffle_i32x4(even_low, even_high, 0xDD);
        rows[4 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        rows[12 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xDD);
    }
}

/* The first `count` of 16 elements. */
static inline __mmask16 tile_mask(size_t count) {
    return (__mmask16)(count < TILE_ROWS ? (1u << count) - 1 : 0xFFFFu);
}

/* What takes 16 elements of one row and 16 of the next to pairs. */
TILE_VECTORS static inline __m512i tile_pairing(void) {
    return _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5,
                            20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
}

static inline void tile_store(const __m512i tile[TILE_ROWS], char *to) {
    memcpy(to, tile, TILE_BYTES);
}

#endif

/* Numbers as people write them. They are checked letter by letter before they are converted, because strtod
 * would take "0x1p3", "nan" and leading spaces. The locale of numbers is always "C": a point is a point
 * everywhere. */
#ifndef LETRA_UI_NUMBERS_H
#define LETRA_UI_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2^64, where whole numbers end. */
#define WHOLE_LIMIT 18446744073709551616.0

/* A range in words: "from 1 to 16384", "0 or more" (`most` infinite), "more than 0 and at most 1" (`least`
 * DBL_MIN). */
enum { RANGE_SIZE = 96 };
const char *number_range(double least, double most, char out[RANGE_SIZE]);

/* How long the decimal number at the start of the text is, without a sign: "12", "1.5", ".5", "2e-3"; 0:
 * there is none. */
size_t number_length(const char *text);

/* The number that is all of the text; a sign may stand before it. False if there is something else. It may
 * come out infinite. */
bool number_read(const char *text, double *number);

/* The whole number that is all of the text, with k, M or G (thousands, millions, milliards) behind it if
 * `units`. As `*number` it is checked for its range; `*whole` is exact, and 0 for a negative number or one of
 * more than 64 bits. */
bool number_read_whole(const char *text, bool units, double *number, uint64_t *whole);

#endif

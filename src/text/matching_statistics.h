/* Matching statistics: how far a text agrees with a corpus, from each of its places on.
 *
 *     text  a b r a c      corpus  c a b r a      statistics  4 3 2 1 1
 *
 * Text and corpus are one row of bytes, the corpus behind the text. A suffix array (Manber & Myers 1993; made by
 * libdivsufsort) has the suffixes of the row in their order. What a place of the text has in common with the corpus is
 * what its suffix has in common with one of two neighbours in that order: the nearest suffix of the corpus before it or
 * the nearest one behind it. One walk there and one back find them. Their lengths are then taken from left to right:
 * where a place has l bytes in common with its neighbour, the next place has at least l - 1 in common with its own,
 * because that neighbour without its first byte is no farther away (as in Kasai et al. 2001). So no byte is looked at
 * twice for the same neighbour, and the time is that of the sorting.
 */
#ifndef LETRA_TEXT_MATCHING_STATISTICS_H
#define LETRA_TEXT_MATCHING_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The longest row, in bytes. */
#define MATCHING_BYTES_MAX INT32_MAX

/* Bytes of memory that it takes beside the row. */
size_t matching_statistics_memory(size_t length, size_t text);

/* For each of the first `text` > 0 bytes of a row of `length` > `text`: how many bytes from there on, up to the end of
 * the text, stand somewhere in the rest of the row. To be freed. NULL and a message without memory, or if the row is
 * too long. */
int32_t *matching_statistics(const char *row, size_t length, size_t text, Error *error);

#endif

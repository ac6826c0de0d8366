/* The text of a sample that is not handed out yet, because it may be the beginning of a stop. For writer.c alone.
 *
 * Of what was written, the longest end that is also the beginning of a stop text, or of a match of the stop pattern,
 * stays back:
 *
 *     stop text "\nROMEO:"          handed out        not handed out yet
 *                              ... gentle night,   "\nROM"         <- all of it is held back
 *
 * What was handed out can never become part of a stop later: had it been the beginning of one, it would have been held
 * back. Before it stands what may matter to a stop without ever being handed out: the end of what was there before, a
 * prompt or an earlier turn, and what a stop pattern may look back at.
 */
#ifndef LETRA_GENERATE_HELD_TEXT_H
#define LETRA_GENERATE_HELD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/recent.h"
#include "generate/writer.h"
#include "text/vocab.h"

typedef struct HeldText {
    Bytes text;
    size_t known;  /* so many bytes at its beginning are not to be handed out, or were */
    bool begun;    /* some of what was written was handed out */
    size_t held;   /* so many bytes at its end may be the beginning of a stop */
    size_t looked; /* a match of the stop pattern begins at this byte or later */
    size_t stop;   /* so many bytes behind it were the stop, which was taken off */
} HeldText;        /* {0} is empty */

/* How many of the last units a stop may have begun in. */
size_t held_text_window(const WriterConfig *config);

/* Begins a text after what was there before, the last units of it. False and a message without memory, or where a
 * pattern was given up. */
bool held_text_begin(HeldText *held, RecentUnits before, const Vocab *vocab, const WriterConfig *config,
                     Error *error);

/* Adds a symbol. If a stop is complete by it, `*cut` is how many bytes of what was written were taken off with the
 * stop, and `*stopped` true. False and a message as above. */
bool held_text_add(HeldText *held, Symbol symbol, const WriterConfig *config, bool *stopped, size_t *cut,
                   Error *error);

/* The text is over: what could have become a stop may be one as it is. As above. */
bool held_text_end(HeldText *held, const WriterConfig *config, bool *stopped, size_t *cut, Error *error);

/* What can be handed out: all of it, or what is certain. Valid until the next call. */
Symbol held_text_ready(const HeldText *held, bool all);

/* The stop that was taken off. Valid until the next call. */
Symbol held_text_stop(const HeldText *held);

/* That was handed out. */
void held_text_release(HeldText *held, bool all, const WriterConfig *config);

void held_text_free(HeldText *held);

#endif

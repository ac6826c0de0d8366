/* Characters of a text that a reader does not see, or sees as what they are not: controls, spaces other than ' ', what
 * has no width, what is not assigned, and U+FFFD, which stands where something was lost. For each, how often it comes
 * and where it comes first.
 */
#ifndef LETRA_TEXT_HIDDEN_CHARACTERS_H
#define LETRA_TEXT_HIDDEN_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "text/piece.h"
#include "text/unit.h"

typedef struct HiddenCharacter {
    uint32_t code_point; /* or byte */
    size_t count;
    const char *name; /* of the file where it comes first ... */
    size_t line;      /* ... and the line there, from 1 */
} HiddenCharacter;

typedef struct HiddenCharacters HiddenCharacters;

/* For a text of this unit; of bytes only those of ASCII are known to be controls. NULL and a message without memory. */
HiddenCharacters *hidden_characters_create(Unit unit, Error *error);
/* Frees it; NULL does nothing. */
void hidden_characters_free(HiddenCharacters *hidden);

/* Takes the next piece, whose name must stay. False and a message without memory. */
bool hidden_characters_add(HiddenCharacters *hidden, const Piece *piece, Error *error);
/* Those that came, by code point; they live until the next piece. */
const HiddenCharacter *hidden_characters_list(HiddenCharacters *hidden, size_t *count);

/* Whether a code point is one of them; newline and tab are not. */
bool hidden_character_is(uint32_t code_point);
/* What it is called: "no-break space", "control character". */
const char *hidden_character_name(uint32_t code_point);

#endif

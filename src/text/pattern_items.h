/* What a pattern is made of: its parentheses, escapes and quantifiers, as PCRE2 reads them. For this folder alone. */
#ifndef LETRA_TEXT_PATTERN_ITEMS_H
#define LETRA_TEXT_PATTERN_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "text/pattern.h"

typedef struct PatternItems {
    bool looks_back_to_line; /* it has a ^, which under (?m) looks at the character before */
    uint32_t look_behinds;   /* so many, of which each may stand inside another */
    uint32_t most_repeats;   /* no quantifier such as {3,5} has a larger number; 0: there is none */
} PatternItems;

/* Looks through a pattern. False and a message that shows the place where it has something that cannot be followed
 * along a text that is not complete: look-ahead, atomic groups and possessive quantifiers, back-references,
 * recursion, conditions, backtracking verbs, \K, \G, \R, \X and \Z. */
bool pattern_items_check(const Pattern *pattern, PatternItems *items, Error *error);

#endif

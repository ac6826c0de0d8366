/* What a reader does not see: see hidden_characters.h. */
#include "text/hidden_characters.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/memory.h"
#include "text/category.h"
#include "text/utf8.h"
#include "text/utf8_inline.h"

enum { NOT_ASKED = 0, SHOWN = 1, FIRST = 2 };

struct HiddenCharacters {
    Unit unit;
    HiddenCharacter *items;
    size_t count, room;
    uint32_t *numbers; /* per code point: NOT_ASKED, SHOWN, or FIRST and its place among the items */
};

HiddenCharacters *hidden_characters_create(Unit unit, Error *error) {
    HiddenCharacters *hidden = memory_allocate(1, sizeof *hidden, "the text's characters", error);
    if (hidden == NULL) {
        return NULL;
    }
    hidden->unit = unit;
    hidden->numbers =
        memory_allocate(UNICODE_CODE_POINTS, sizeof *hidden->numbers, "the text's characters", error);
    if (hidden->numbers == NULL) {
        hidden_characters_free(hidden);
        return NULL;
    }
    return hidden;
}

void hidden_characters_free(HiddenCharacters *hidden) {
    if (hidden != NULL) {
        free(hidden->items);
        free(hidden->numbers);
        free(hidden);
    }
}

/* --- which they are --- */

bool hidden_character_is(uint32_t code_point) {
    if (code_point < 0x7F) {
        return code_point < 0x20 && code_point != '\n' && code_point != '\t';
    }
    return category_is_hidden(category_of(code_point)) || code_point == 0xFFFD ||
           utf8proc_get_property((utf8proc_int32_t)code_point)->ignorable;
}

/* Unicode's names, or the aliases that it gives to controls. */
static const struct Name {
    uint32_t code_point;
    const char *name;
} names[] = {
    {0x00, "null"},
    {0x07, "bell"},
    {0x08, "backspace"},
    {0x0B, "line tabulation"},
    {0x0C, "form feed"},
    {0x0D, "carriage return"},
    {0x1A, "substitute (the end of a file of MS-DOS)"},
    {0x1B, "escape"},
    {0x7F, "delete"},
    {0x85, "next line"},
    {0xA0, "no-break space"},
    {0xAD, "soft hyphen"},
    {0x34F, "combining grapheme joiner"},
    {0x1680, "Ogham space mark"},
    {0x180E, "Mongolian vowel separator"},
    {0x2000, "en quad"},
    {0x2001, "em quad"},
    {0x2002, "en space"},
    {0x2003, "em space"},
    {0x2004, "three-per-em space"},
    {0x2005, "four-per-em space"},
    {0x2006, "six-per-em space"},
    {0x2007, "figure space"},
    {0x2008, "punctuation space"},
    {0x2009, "thin space"},
    {0x200A, "hair space"},
    {0x200B, "zero width space"},
    {0x200C, "zero width non-joiner"},
    {0x200D, "zero width joiner"},
    {0x200E, "left-to-right mark"},
    {0x200F, "right-to-left mark"},
    {0x2028, "line separator"},
    {0x2029, "paragraph separator"},
    {0x202A, "left-to-right embedding"},
    {0x202B, "right-to-left embedding"},
    {0x202C, "pop directional formatting"},
    {0x202D, "left-to-right override"},
    {0x202E, "right-to-left override"},
    {0x202F, "narrow no-break space"},
    {0x205F, "medium mathematical space"},
    {0x2060, "word joiner"},
    {0x2066, "left-to-right isolate"},
    {0x2067, "right-to-left isolate"},
    {0x2068, "first strong isolate"},
    {0x2069, "pop directional isolate"},
    {0x3000, "ideographic space"},
    {0x3164, "Hangul filler"},
    {0xFEFF, "zero width no-break space (a byte-order mark elsewhere)"},
    {0xFFFD, "replacement character (something was lost)"},
};

const char *hidden_character_name(uint32_t code_point) {
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        if (names[k].code_point == code_point) {
            return names[k].name;
        }
    }
    bool selects =
        (code_point >= 0xFE00 && code_point <= 0xFE0F) || (code_point >= 0xE0100 && code_point <= 0xE01EF);
    return selects ? "variation selector" : category_name_of_one(category_of(code_point));
}

/* --- counting --- */

static bool append_item(HiddenCharacters *hidden, uint32_t code_point, Error *error) {
    HiddenCharacter *items = memory_grow(hidden->items, hidden->count, &hidden->room, sizeof *items,
                                         "the text's characters", error);
    if (items == NULL) {
        return false;
    }
    hidden->items = items;
    hidden->numbers[code_point] = FIRST + (uint32_t)hidden->count;
    hidden->items[hidden->count++] = (HiddenCharacter){.code_point = code_point};
    return true;
}

/* Counts a code point at `position` of the piece, if it is hidden. */
static bool count_character(HiddenCharacters *hidden, uint32_t code_point, const Piece *piece,
                            size_t position, Error *error) {
    uint32_t *number = &hidden->numbers[code_point];
    if (*number == NOT_ASKED) {
        if (!hidden_character_is(code_point)) {
            *number = SHOWN;
        } else if (!append_item(hidden, code_point, error)) {
            return false;
        }
    }
    if (*number == SHOWN) {
        return true;
    }
    HiddenCharacter *item = &hidden->items[*number - FIRST];
    if (item->count++ == 0) {
        item->name = piece->name;
        item->line = piece->lines + utf8_line(piece->text, position);
    }
    return true;
}

static bool is_plain(unsigned char byte) {
    return (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\t';
}

bool hidden_characters_add(HiddenCharacters *hidden, const Piece *piece, Error *error) {
    bool done = true;
    for (size_t position = 0; done && position < piece->length;) {
        uint32_t code_point = (unsigned char)piece->text[position];
        size_t taken = 1;
        if (code_point >= 0x80 && hidden->unit != UNIT_BYTE) {
            taken = decode_valid(piece->text + position, &code_point);
        }
        bool plain = is_plain((unsigned char)piece->text[position]) ||
                     (code_point >= 0x80 && hidden->unit == UNIT_BYTE);
        done = plain || count_character(hidden, code_point, piece, position, error);
        position += taken;
    }
    return done;
}

static int compare_items(const void *left, const void *right) {
    uint32_t a = ((const HiddenCharacter *)left)->code_point;
    uint32_t b = ((const HiddenCharacter *)right)->code_point;
    return (a > b) - (a < b);
}

const HiddenCharacter *hidden_characters_list(HiddenCharacters *hidden, size_t *count) {
    *count = hidden->count;
    if (hidden->count > 1) {
        qsort(hidden->items, hidden->count, sizeof *hidden->items, compare_items);
    }
    for (size_t k = 0; k < hidden->count; k++) {
        hidden->numbers[hidden->items[k].code_point] = FIRST + (uint32_t)k;
    }
    return hidden->items;
}

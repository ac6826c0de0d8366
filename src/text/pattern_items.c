/* What a pattern is made of: see pattern_items.h.
 *
 * PCRE2 tells where each item of a pattern begins and ends (pcre2_callout_enumerate of one that is compiled with
 * PCRE2_AUTO_CALLOUT), so that escapes, classes and comments are read as it reads them. What an item is, its first
 * characters say.
 */
#include "text/pattern_items.h"

#include <stdio.h>
#include <string.h>

#include "text/utf8.h"

/* What items that cannot be followed begin with. */
typedef struct Beginning {
    const char *text;
    const char *name; /* NULL: it can be followed, in spite of a row below */
} Beginning;

#define LOOK_AHEAD "look-ahead"
#define ATOMIC     "an atomic group"
#define RECURSION  "a recursion"

static const Beginning beginnings[] = {
    {"(?=", LOOK_AHEAD},
    {"(?!", LOOK_AHEAD},
    {"(?*", LOOK_AHEAD},
    {"(*pla:", LOOK_AHEAD},
    {"(*positive_lookahead:", LOOK_AHEAD},
    {"(*nla:", LOOK_AHEAD},
    {"(*negative_lookahead:", LOOK_AHEAD},
    {"(*napla:", LOOK_AHEAD},
    {"(*non_atomic_positive_lookahead:", LOOK_AHEAD},
    {"(?>", ATOMIC},
    {"(*atomic:", ATOMIC},
    {"(?<*", "a look-behind that is not atomic"},
    {"(*plb:", NULL},
    {"(*positive_lookbehind:", NULL},
    {"(*nlb:", NULL},
    {"(*negative_lookbehind:", NULL},
    {"(*", "a verb"},
    {"(?(", "a condition"},
    {"(?R", RECURSION},
    {"(?&", RECURSION},
    {"(?P>", RECURSION},
    {"\\g<", RECURSION},
    {"\\g'", RECURSION},
    {"(?P=", "a back-reference"},
    {"\\g", "a back-reference"},
    {"\\k", "a back-reference"},
    {"\\K", "\\K"},
    {"\\G", "\\G"},
    {"\\R", "\\R"}, /* two characters at once, as the next one */
    {"\\X", "\\X"},
    {"\\Z", "\\Z"},          /* holds behind a newline too, which PCRE2 does not take back when more comes */
    {"[[:<:]]", LOOK_AHEAD}, /* a name for \b(?=\w) */
    {"[[:>:]]", LOOK_AHEAD},
};

static bool begins_with(const char *item, size_t length, const char *beginning) {
    return length >= strlen(beginning) && memcmp(item, beginning, strlen(beginning)) == 0;
}

static bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

/* (?1), (?+1), (?-1): a group that is called by its number; (?-i) is none. */
static bool is_numbered_call(const char *item, size_t length) {
    size_t sign = length > 3 && (item[2] == '+' || item[2] == '-') ? 1 : 0;
    return length > 2 + sign && item[0] == '(' && item[1] == '?' && is_digit(item[2 + sign]);
}

/* Whether the escape goes on in braces, as \x{41} and \N{U+41} do and \d{3} does not. */
static bool has_braces(const char *escape, size_t length) {
    static const char letters[] = "pPxogk";
    bool brace = length > 3 && escape[2] == '{';
    return brace && (strchr(letters, escape[1]) != NULL || (escape[1] == 'N' && escape[3] == 'U'));
}

/* The length of what the item's quantifier is about: a character, an escape, a class, a parenthesis. */
static size_t atom_length(Unit unit, const char *item, size_t length) {
    if (item[0] == '\\' && length > 1) {
        const char *close = has_braces(item, length) ? memchr(item, '}', length) : NULL;
        return close != NULL ? (size_t)(close - item) + 1 : 2;
    }
    size_t end = length;
    while (item[0] == '[' && end > 1 && item[end - 1] != ']') {
        end--;
    }
    if (item[0] == '[') {
        return end;
    }
    uint32_t ignored = 0;
    size_t character = unit != UNIT_BYTE ? utf8_decode(item, length, &ignored) : 1;
    return character > 0 ? character : 1;
}

/* The item's quantifier, if it has one: what stands behind its atom, without the spaces and comments of (?x). */
static size_t quantifier_of(Unit unit, const char *item, size_t length, const char **quantifier) {
    size_t atom = atom_length(unit, item, length);
    size_t end = length;
    const char *comment = memchr(item + atom, '#', length - atom);
    end = comment != NULL ? (size_t)(comment - item) : end;
    while (end > atom && strchr(" \t\n\r\f\v", item[end - 1]) != NULL) {
        end--;
    }
    *quantifier = item + atom;
    return end - atom;
}

/* What begins here that cannot be followed; NULL: what begins can be. */
static const char *refused_name(const char *item, size_t length, bool refers_back) {
    for (size_t k = 0; k < sizeof beginnings / sizeof *beginnings; k++) {
        if (begins_with(item, length, beginnings[k].text)) {
            return beginnings[k].name;
        }
    }
    if (is_numbered_call(item, length)) {
        return RECURSION;
    }
    bool reference = length > 1 && item[0] == '\\' && is_digit(item[1]) && item[1] != '0';
    return refers_back && reference ? "a back-reference" : NULL;
}

/* The largest number behind an opening brace, or the comma after it, wherever that stands: more than is in quantifiers
 * does no harm. PCRE2 allows 65535. */
static uint32_t most_repeats(const Bytes *text) {
    uint32_t most = 0;
    uint32_t number = 0;
    bool inside = false;
    for (size_t k = 0; k < text->length; k++) {
        char byte = text->data[k];
        inside = byte == '{' || (inside && (is_digit(byte) || byte == ',' || byte == ' '));
        bool digit = inside && is_digit(byte) && number <= UINT16_MAX;
        number = digit ? number * 10 + (uint32_t)(byte - '0') : 0;
        most = number > most ? number : most;
    }
    return most < UINT16_MAX ? most : UINT16_MAX;
}

static bool is_look_behind(const char *item, size_t length) {
    return begins_with(item, length, "(?<=") || begins_with(item, length, "(?<!") ||
           begins_with(item, length, "(*plb:") || begins_with(item, length, "(*positive_lookbehind:") ||
           begins_with(item, length, "(*nlb:") || begins_with(item, length, "(*negative_lookbehind:");
}

static bool is_possessive(const char *quantifier, size_t length) {
    return length > 1 && quantifier[length - 1] == '+' && strchr("+*?}", quantifier[length - 2]) != NULL;
}

/* What the callbacks gather. */
typedef struct Walk {
    const Pattern *pattern;
    PatternItems *items;
    bool refers_back;
    const char *refused; /* the first that cannot be followed; NULL: none so far */
    size_t offset;
} Walk;

static int look_at_item(pcre2_callout_enumerate_block *block, void *context) {
    Walk *walk = context;
    PatternItems *items = walk->items;
    const Bytes *text = &walk->pattern->text;
    size_t left = text->length - block->pattern_position;
    /* behind (?) at the end of a pattern PCRE2 10.42 says that three bytes follow */
    size_t length = block->next_item_length < left ? block->next_item_length : left;
    const char *item = text->data + block->pattern_position;
    if (length == 0) {
        return 0; /* the end of the pattern */
    }
    walk->offset = block->pattern_position;
    /* of (?( PCRE2 gives no more than two characters; a parenthesis alone may be one that \Q quotes */
    bool group = item[0] == '(' && length > 1;
    walk->refused = refused_name(item, group ? left : length, walk->refers_back);
    const char *quantifier = item + length;
    size_t quantified = item[0] == '(' ? 0 : quantifier_of(walk->pattern->unit, item, length, &quantifier);
    if (walk->refused == NULL && is_possessive(quantifier, quantified)) {
        walk->refused = "a possessive quantifier";
    }
    items->look_behinds += is_look_behind(item, length);
    items->looks_back_to_line = items->looks_back_to_line || item[0] == '^';
    return walk->refused != NULL;
}

bool pattern_items_check(const Pattern *pattern, PatternItems *items, Error *error) {
    Pattern marked = *pattern;
    int number = 0;
    size_t offset = 0;
    uint32_t highest_reference = 0;
    *items = (PatternItems){.most_repeats = most_repeats(&pattern->text)};
    marked.options |= PCRE2_AUTO_CALLOUT;
    pcre2_code *code = pattern_compile(&marked, &pattern->text, &number, &offset);
    if (code == NULL) {
        return pattern_refuse(pattern->unit, number, "pattern", &pattern->text, offset, error);
    }
    (void)pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &highest_reference);
    Walk walk = {.pattern = pattern, .items = items, .refers_back = highest_reference > 0};
    (void)pcre2_callout_enumerate(code, look_at_item, &walk);
    pcre2_code_free(code);
    if (walk.refused == NULL) {
        return true;
    }
    char words[128];
    snprintf(words, sizeof words, "%s cannot be followed character by character,", walk.refused);
    return pattern_point_out(pattern->unit, words, "pattern", &pattern->text, walk.offset, error);
}

/* Text coloured by surprise: see heat.h. */
#include "ui/heat.h"

#include <math.h>
#include <string.h>

#include "base/utf8_byte.h"
#include "text/symbol.h"
#include "text/utf8.h"
#include "ui/visible.h"

#define PLAIN "\033[0m"

/* A step of the scale. The colours are those of the 256 that nearly every terminal knows, light enough for the black
 * letters on them. */
typedef struct Level {
    double least; /* bits */
    const char *colour;
    const char *label;
} Level;

#define ON(colour) "\033[38;5;16;48;5;" colour "m"

static const Level levels[] = {
    {-1, PLAIN, "below 1"},   {1, ON("229"), "1 to 2"}, {2, ON("222"), "2 to 4"},
    {4, ON("215"), "4 to 6"}, {6, ON("209"), "6 to 8"}, {8, ON("203"), "8 and more"},
};

enum { LEVELS = sizeof levels / sizeof *levels, LEVEL_UNPREDICTED = LEVELS };

#define UNPREDICTED "\033[4m"

static size_t level_of(double bits) {
    if (isnan(bits)) {
        return LEVEL_UNPREDICTED;
    }
    size_t level = LEVELS - 1;
    while (level > 0 && bits < levels[level].least) {
        level--;
    }
    return level;
}

static bool set_level(Heat *heat, size_t level, Bytes *out, Error *error) {
    if (level == heat->level) {
        return true;
    }
    bool coloured = heat->level != 0;
    heat->level = level;
    return (!coloured || bytes_printf(out, error, PLAIN)) &&
           (level == 0 ||
            bytes_printf(out, error, "%s", level == LEVEL_UNPREDICTED ? UNPREDICTED : levels[level].colour));
}

bool heat_pause(Heat *heat, Bytes *out, Error *error) {
    return set_level(heat, 0, out, error);
}

/* What a terminal obeys and a person wants to happen; the sign shows its colour. */
static bool write_break(Heat *heat, const char *sign, const char *text, double bits, Bytes *out,
                        Error *error) {
    size_t level = level_of(bits);
    return (level == 0 || (set_level(heat, level, out, error) && bytes_printf(out, error, "%s", sign))) &&
           heat_pause(heat, out, error) && bytes_printf(out, error, "%s", text);
}

static bool append_visible(const char *text, size_t length, Bytes *out, Error *error) {
    Visible visible = {0};
    return visible_add(&visible, text, length, out, error) && visible_finish(&visible, out, error);
}

/* Whether it has no place of its own on the screen, and nothing that visible.h would write out. */
static bool is_widthless(const char *text, size_t length) {
    return (unsigned char)text[0] >= 0xC2 &&
           !((unsigned char)text[0] == 0xC2 && (unsigned char)text[1] < 0xA0) &&
           utf8_width(text, length) == 0;
}

/* Characters that belong together, or a byte that is none. */
static bool write_cluster(Heat *heat, const char *text, size_t length, bool valid, double bits, Bytes *out,
                          Error *error) {
    if (text[length - 1] == '\n') {
        return write_break(heat, VISIBLE_NEWLINE, "\n", bits, out, error);
    }
    if (text[0] == '\t') {
        return write_break(heat, VISIBLE_TAB, "\t", bits, out, error);
    }
    if (!set_level(heat, level_of(bits), out, error)) {
        return false;
    }
    return valid && is_widthless(text, length)
               ? symbol_describe(UNIT_GRAPHEME, (Symbol){text, length}, out, error)
               : append_visible(text, length, out, error);
}

static bool end_cluster(Heat *heat, Bytes *out, Error *error) {
    size_t length = heat->cluster_length;
    heat->cluster_length = 0;
    return length == 0 || write_cluster(heat, heat->cluster, length, true, heat->cluster_bits, out, error);
}

/* Adds a whole character to what it belongs to. */
static bool add_character(Heat *heat, const char *text, size_t length, double bits, Bytes *out,
                          Error *error) {
    size_t whole = heat->cluster_length + length;
    if (heat->cluster_length > 0 && whole <= HEAT_CLUSTER) {
        memcpy(heat->cluster + heat->cluster_length, text, length);
        if (symbol_first(UNIT_GRAPHEME, heat->cluster, whole).length == whole) {
            heat->cluster_length = whole;
            heat->cluster_bits += bits;
            return true;
        }
    }
    bool done = end_cluster(heat, out, error);
    memcpy(heat->cluster, text, length);
    heat->cluster_length = length;
    heat->cluster_bits = bits;
    return done;
}

/* Whether these bytes may be the beginning of a character. */
static bool may_go_on(const char *text, size_t length) {
    static const unsigned char least[HEAT_CHARACTER + 1] = {0xFF, 0xC0, 0xE0, 0xF0,
                                                            0xFF}; /* for one byte more */
    bool good = (unsigned char)text[0] >= least[length] && (unsigned char)text[0] < 0xF8;
    for (size_t k = 1; k < length; k++) {
        good = good && utf8_byte_continues(text[k]);
    }
    return good;
}

/* Takes the first bytes off the piece: a character, or a byte that belongs to none. */
static bool take_piece(Heat *heat, size_t length, bool valid, Bytes *out, Error *error) {
    double bits = 0;
    for (size_t k = 0; k < length; k++) {
        bits += heat->piece_bits[k];
    }
    bool done = valid ? add_character(heat, heat->piece, length, bits, out, error)
                      : end_cluster(heat, out, error) &&
                            write_cluster(heat, heat->piece, length, false, bits, out, error);
    heat->piece_length -= length;
    memmove(heat->piece, heat->piece + length, heat->piece_length);
    memmove(heat->piece_bits, heat->piece_bits + length, heat->piece_length * sizeof *heat->piece_bits);
    return done;
}

/* Takes whatever no further byte can change off the piece, or, at the end of the text, everything. */
static bool settle(Heat *heat, bool end, Bytes *out, Error *error) {
    bool done = true;
    while (done && heat->piece_length > 0) {
        uint32_t code_point = 0;
        size_t length = utf8_decode(heat->piece, heat->piece_length, &code_point);
        if (length == 0 && !end && may_go_on(heat->piece, heat->piece_length)) {
            return true;
        }
        done = take_piece(heat, length > 0 ? length : 1, length > 0, out, error);
    }
    return done;
}

bool heat_add(Heat *heat, const char *text, size_t length, double bits, Bytes *out, Error *error) {
    bool done = true;
    for (size_t k = 0; done && k < length; k++) {
        heat->piece_bits[heat->piece_length] = k == 0 ? bits : 0;
        heat->piece[heat->piece_length++] = text[k];
        done = settle(heat, false, out, error);
    }
    return done;
}

bool heat_finish(Heat *heat, Bytes *out, Error *error) {
    return settle(heat, true, out, error) && end_cluster(heat, out, error) && heat_pause(heat, out, error);
}

bool heat_legend(Bytes *out, Error *error) {
    bool done = bytes_printf(out, error, "bits of surprise:");
    for (size_t k = 0; done && k < LEVELS; k++) {
        done = bytes_printf(out, error, " %s %s " PLAIN, levels[k].colour, levels[k].label);
    }
    return done && bytes_printf(out, error, " " UNPREDICTED "not predicted" PLAIN "\n");
}

/* Scripts: see script.h.
 *
 * PCRE2 tells of a character whether it is of a script, \p{sc:Latin}, but not of which one it is. So all code points
 * are put one after the other, and searched for each script in turn until none is left without one.
 */
#include "text/script.h"

#include <stdio.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/bytes.h"
#include "text/utf8.h"
#include "text/utf8_inline.h"

/* Unicode 15's, those first of which nearly every text consists. */
static const char *const names[] = {"Unknown",
                                    "Common",
                                    "Latin",
                                    "Inherited",
                                    "Han",
                                    "Cyrillic",
                                    "Greek",
                                    "Arabic",
                                    "Hebrew",
                                    "Hiragana",
                                    "Katakana",
                                    "Hangul",
                                    "Devanagari",
                                    "Thai",
                                    "Adlam",
                                    "Ahom",
                                    "Anatolian_Hieroglyphs",
                                    "Armenian",
                                    "Avestan",
                                    "Balinese",
                                    "Bamum",
                                    "Bassa_Vah",
                                    "Batak",
                                    "Bengali",
                                    "Bhaiksuki",
                                    "Bopomofo",
                                    "Brahmi",
                                    "Braille",
                                    "Buginese",
                                    "Buhid",
                                    "Canadian_Aboriginal",
                                    "Carian",
                                    "Caucasian_Albanian",
                                    "Chakma",
                                    "Cham",
                                    "Cherokee",
                                    "Chorasmian",
                                    "Coptic",
                                    "Cuneiform",
                                    "Cypriot",
                                    "Cypro_Minoan",
                                    "Deseret",
                                    "Dives_Akuru",
                                    "Dogra",
                                    "Duployan",
                                    "Egyptian_Hieroglyphs",
                                    "Elbasan",
                                    "Elymaic",
                                    "Ethiopic",
                                    "Georgian",
                                    "Glagolitic",
                                    "Gothic",
                                    "Grantha",
                                    "Gujarati",
                                    "Gunjala_Gondi",
                                    "Gurmukhi",
                                    "Hanifi_Rohingya",
                                    "Hanunoo",
                                    "Hatran",
                                    "Imperial_Aramaic",
                                    "Inscriptional_Pahlavi",
                                    "Inscriptional_Parthian",
                                    "Javanese",
                                    "Kaithi",
                                    "Kannada",
                                    "Kawi",
                                    "Kayah_Li",
                                    "Kharoshthi",
                                    "Khitan_Small_Script",
                                    "Khmer",
                                    "Khojki",
                                    "Khudawadi",
                                    "Lao",
                                    "Lepcha",
                                    "Limbu",
                                    "Linear_A",
                                    "Linear_B",
                                    "Lisu",
                                    "Lycian",
                                    "Lydian",
                                    "Mahajani",
                                    "Makasar",
                                    "Malayalam",
                                    "Mandaic",
                                    "Manichaean",
                                    "Marchen",
                                    "Masaram_Gondi",
                                    "Medefaidrin",
                                    "Meetei_Mayek",
                                    "Mende_Kikakui",
                                    "Meroitic_Cursive",
                                    "Meroitic_Hieroglyphs",
                                    "Miao",
                                    "Modi",
                                    "Mongolian",
                                    "Mro",
                                    "Multani",
                                    "Myanmar",
                                    "Nabataean",
                                    "Nag_Mundari",
                                    "Nandinagari",
                                    "New_Tai_Lue",
                                    "Newa",
                                    "Nko",
                                    "Nushu",
                                    "Nyiakeng_Puachue_Hmong",
                                    "Ogham",
                                    "Ol_Chiki",
                                    "Old_Hungarian",
                                    "Old_Italic",
                                    "Old_North_Arabian",
                                    "Old_Permic",
                                    "Old_Persian",
                                    "Old_Sogdian",
                                    "Old_South_Arabian",
                                    "Old_Turkic",
                                    "Old_Uyghur",
                                    "Oriya",
                                    "Osage",
                                    "Osmanya",
                                    "Pahawh_Hmong",
                                    "Palmyrene",
                                    "Pau_Cin_Hau",
                                    "Phags_Pa",
                                    "Phoenician",
                                    "Psalter_Pahlavi",
                                    "Rejang",
                                    "Runic",
                                    "Samaritan",
                                    "Saurashtra",
                                    "Sharada",
                                    "Shavian",
                                    "Siddham",
                                    "SignWriting",
                                    "Sinhala",
                                    "Sogdian",
                                    "Sora_Sompeng",
                                    "Soyombo",
                                    "Sundanese",
                                    "Syloti_Nagri",
                                    "Syriac",
                                    "Tagalog",
                                    "Tagbanwa",
                                    "Tai_Le",
                                    "Tai_Tham",
                                    "Tai_Viet",
                                    "Takri",
                                    "Tamil",
                                    "Tangsa",
                                    "Tangut",
                                    "Telugu",
                                    "Thaana",
                                    "Tibetan",
                                    "Tifinagh",
                                    "Tirhuta",
                                    "Toto",
                                    "Ugaritic",
                                    "Vai",
                                    "Vithkuqi",
                                    "Wancho",
                                    "Warang_Citi",
                                    "Yezidi",
                                    "Yi",
                                    "Zanabazar_Square"};

enum { SCRIPTS = sizeof names / sizeof *names };

_Static_assert((int)SCRIPTS <= UINT8_MAX, "a byte holds the number of a script");

const char *script_name(size_t script) {
    return names[script];
}

size_t script_count(void) {
    return SCRIPTS;
}

/* A pattern for stretches of a script. Since PCRE2 10.40 a name alone means also characters that are used with that
 * script among others, and sc: the script; before, there was no sc:. NULL: this PCRE2 does not know it. */
static pcre2_code *compile_script(const char *name) {
    static const char *const formats[] = {"\\p{sc:%s}+", "\\p{%s}+"};
    pcre2_code *code = NULL;
    for (size_t k = 0; code == NULL && k < sizeof formats / sizeof *formats; k++) {
        char pattern[64];
        int number = 0;
        size_t offset = 0;
        int length = snprintf(pattern, sizeof pattern, formats[k], name);
        code = pcre2_compile((PCRE2_SPTR)pattern, (size_t)length, PCRE2_UTF, &number, &offset, NULL);
    }
    return code;
}

/* All code points as a text, and where each begins. */
typedef struct Row {
    Bytes text;
    const uint32_t *code_points;
    size_t count;
    uint8_t *scripts;
    size_t left; /* code points without a script */
} Row;

/* The code point that begins at an offset of the row. */
static size_t find_place(const Row *row, size_t offset) {
    uint32_t code_point = 0;
    decode_valid(row->text.data + offset, &code_point);
    size_t low = 0;
    size_t high = row->count;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (row->code_points[middle] <= code_point) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Marks the code points of a script. */
static void mark_script(Row *row, const pcre2_code *code, pcre2_match_data *match, uint8_t script) {
    const size_t *found = pcre2_get_ovector_pointer(match);
    size_t from = 0;
    while (from < row->text.length && pcre2_match(code, (PCRE2_SPTR)row->text.data, row->text.length, from,
                                                  PCRE2_NO_UTF_CHECK, match, NULL) > 0) {
        size_t place = find_place(row, found[0]);
        size_t count = utf8_count(row->text.data + found[0], found[1] - found[0]);
        for (size_t k = 0; k < count; k++) {
            row->scripts[place + k] = script;
        }
        row->left -= count;
        from = found[1];
    }
}

static bool make_row(Row *row, Error *error) {
    bool done = bytes_append(&row->text, "", 0, error);
    for (size_t k = 0; done && k < row->count; k++) {
        char utf8[4];
        done = bytes_append(&row->text, utf8, utf8_encode(row->code_points[k], utf8), error);
        row->scripts[k] = SCRIPT_UNKNOWN;
    }
    row->left = row->count;
    return done;
}

bool script_find(const uint32_t *code_points, size_t count, uint8_t *scripts, Error *error) {
    Row row = {.code_points = code_points, .count = count, .scripts = scripts};
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    bool done = match != NULL ? make_row(&row, error) : error_out_of_memory(error, 0, "matching scripts");
    for (size_t script = SCRIPT_UNKNOWN + 1; done && row.left > 0 && script < SCRIPTS; script++) {
        pcre2_code *code = compile_script(names[script]);
        if (code != NULL) {
            mark_script(&row, code, match, (uint8_t)script);
        }
        pcre2_code_free(code);
    }
    pcre2_match_data_free(match);
    bytes_free(&row.text);
    return done;
}

/* General categories: see category.h. */
#include "text/category.h"

#include <utf8proc.h>

/* In utf8proc's order, which Unicode's is (UAX #44, table 12), but for what is not assigned. */
static const struct Category {
    const char *code, *one, *all;
} categories[CATEGORIES] = {
    [UTF8PROC_CATEGORY_CN] = {"Cn", "unassigned character", "unassigned characters"},
    [UTF8PROC_CATEGORY_LU] = {"Lu", "capital letter", "capital letters"},
    [UTF8PROC_CATEGORY_LL] = {"Ll", "small letter", "small letters"},
    [UTF8PROC_CATEGORY_LT] = {"Lt", "title-case letter", "title-case letters"},
    [UTF8PROC_CATEGORY_LM] = {"Lm", "modifier letter", "modifier letters"},
    [UTF8PROC_CATEGORY_LO] = {"Lo", "letter without case", "letters without case"},
    [UTF8PROC_CATEGORY_MN] = {"Mn", "mark without width", "marks without width"},
    [UTF8PROC_CATEGORY_MC] = {"Mc", "spacing mark", "spacing marks"},
    [UTF8PROC_CATEGORY_ME] = {"Me", "enclosing mark", "enclosing marks"},
    [UTF8PROC_CATEGORY_ND] = {"Nd", "digit", "digits"},
    [UTF8PROC_CATEGORY_NL] = {"Nl", "letter number", "letter numbers"},
    [UTF8PROC_CATEGORY_NO] = {"No", "other number", "other numbers"},
    [UTF8PROC_CATEGORY_PC] = {"Pc", "connecting punctuation", "connecting punctuation"},
    [UTF8PROC_CATEGORY_PD] = {"Pd", "dash", "dashes"},
    [UTF8PROC_CATEGORY_PS] = {"Ps", "opening bracket", "opening brackets"},
    [UTF8PROC_CATEGORY_PE] = {"Pe", "closing bracket", "closing brackets"},
    [UTF8PROC_CATEGORY_PI] = {"Pi", "opening quote", "opening quotes"},
    [UTF8PROC_CATEGORY_PF] = {"Pf", "closing quote", "closing quotes"},
    [UTF8PROC_CATEGORY_PO] = {"Po", "other punctuation", "other punctuation"},
    [UTF8PROC_CATEGORY_SM] = {"Sm", "mathematical sign", "mathematical signs"},
    [UTF8PROC_CATEGORY_SC] = {"Sc", "currency sign", "currency signs"},
    [UTF8PROC_CATEGORY_SK] = {"Sk", "modifier sign", "modifier signs"},
    [UTF8PROC_CATEGORY_SO] = {"So", "other sign", "other signs"},
    [UTF8PROC_CATEGORY_ZS] = {"Zs", "space", "spaces"},
    [UTF8PROC_CATEGORY_ZL] = {"Zl", "line separator", "line separators"},
    [UTF8PROC_CATEGORY_ZP] = {"Zp", "paragraph separator", "paragraph separators"},
    [UTF8PROC_CATEGORY_CC] = {"Cc", "control character", "newlines and other controls"},
    [UTF8PROC_CATEGORY_CF] = {"Cf", "format character", "format characters"},
    [UTF8PROC_CATEGORY_CS] = {"Cs", "surrogate", "surrogates"},
    [UTF8PROC_CATEGORY_CO] = {"Co", "private-use character", "private-use characters"},
};

size_t category_of(uint32_t code_point) {
    return (size_t)utf8proc_category((utf8proc_int32_t)code_point);
}

const char *category_name(size_t category) {
    return categories[category].all;
}

const char *category_name_of_one(size_t category) {
    return categories[category].one;
}

const char *category_code(size_t category) {
    return categories[category].code;
}

bool category_is_hidden(size_t category) {
    switch (category) {
    case UTF8PROC_CATEGORY_CC: /* controls and formats */
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN: /* unassigned, surrogates, private use */
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS: /* spaces */
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return true;
    default: return false;
    }
}

bool category_is_mark(size_t category) {
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

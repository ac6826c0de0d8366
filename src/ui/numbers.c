/* Numbers as people write them: see numbers.h. */
#include "ui/numbers.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

static bool is_sign(char letter) {
    return letter == '-' || letter == '+';
}

/* How many letters at the start of the text are digits. */
static size_t digits_length(const char *text) {
    size_t length = 0;
    while (is_digit(text[length])) {
        length++;
    }
    return length;
}

size_t number_length(const char *text) {
    size_t whole = digits_length(text);
    size_t length = whole;
    if (text[length] == '.') {
        size_t fraction = digits_length(text + length + 1);
        length += whole + fraction > 0 ? 1 + fraction : 0;
    }
    if (length > 0 && (text[length] == 'e' || text[length] == 'E')) {
        size_t sign = is_sign(text[length + 1]) ? 1 : 0;
        size_t exponent = digits_length(text + length + 1 + sign);
        length += exponent > 0 ? 1 + sign + exponent : 0;
    }
    return length;
}

bool number_read(const char *text, double *number) {
    size_t sign = is_sign(text[0]) ? 1 : 0;
    size_t length = number_length(text + sign);
    if (length == 0 || text[sign + length] != '\0') {
        return false;
    }
    *number = strtod(text, NULL);
    return true;
}

/* What k, M and G stand for; 0: it is none of these. */
static uint64_t unit_factor(const char *unit) {
    if (strcmp(unit, "k") == 0 || strcmp(unit, "K") == 0) {
        return 1000;
    }
    if (strcmp(unit, "M") == 0) {
        return 1000000;
    }
    return strcmp(unit, "G") == 0 ? 1000000000 : 0;
}

bool number_read_whole(const char *text, bool units, double *number, uint64_t *whole) {
    const char *digits = is_sign(text[0]) ? text + 1 : text;
    size_t length = digits_length(digits);
    const char *unit = digits + length;
    uint64_t factor = 1;
    if (unit[0] != '\0') {
        factor = units ? unit_factor(unit) : 0;
    }
    if (length == 0 || factor == 0) {
        return false;
    }
    double size =
        strtod(digits, NULL) * (double)factor; /* stops before the unit: "k" is no part of a number */
    *number = text[0] == '-' ? -size : size;
    *whole = *number >= 0.0 && size < WHOLE_LIMIT ? strtoull(digits, NULL, 10) * factor : 0;
    return true;
}

static const char *print_bound(double bound, char out[32]) {
    snprintf(out, 32, fabs(bound) < 1e15 ? "%.15g" : "%.0f", bound);
    return out;
}

const char *number_range(double least, double most, char out[RANGE_SIZE]) {
    char lower[32];
    char upper[32];
    print_bound(least, lower);
    print_bound(most, upper);
    if (least == DBL_MIN && isinf(most)) {
        snprintf(out, RANGE_SIZE, "more than 0");
    } else if (least == DBL_MIN) {
        snprintf(out, RANGE_SIZE, "more than 0 and at most %s", upper);
    } else if (isinf(most)) {
        snprintf(out, RANGE_SIZE, "%s or more", lower);
    } else {
        snprintf(out, RANGE_SIZE, "from %s to %s", lower, upper);
    }
    return out;
}

/* cmocka, with the headers that it wants before it. */
#ifndef LETRA_TESTS_SUPPORT_CMOCKA_ALL_H
#define LETRA_TESTS_SUPPORT_CMOCKA_ALL_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

/* Fails unless `text` contains `part`, and shows both. */
#define assert_contains(text, part)                                                                          \
    do {                                                                                                     \
        if (strstr((text), (part)) == NULL) {                                                                \
            fail_msg("\"%s\" does not contain \"%s\"", (text), (part));                                      \
        }                                                                                                    \
    } while (0)

#endif

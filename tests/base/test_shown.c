/* Text as a message shows it (base/shown.c). */
#include "base/shown.h"

#include "support/cmocka_all.h"

static void text_is_shown_safely(void **state) {
    (void)state;
    char out[SHOWN_SIZE];
    assert_string_equal(shown_text("plain é 漢 🦊", out), "plain é 漢 🦊");
    assert_string_equal(shown_text("\x1B]0;\a\x7F\xC2\x85", out), "\\u001B]0;\\u0007\\u007F\\u0085");
    assert_string_equal(shown_text("", out), "");
    char small[12];
    assert_string_equal(shown_within("12345678", small, sizeof small), "12345678");
    assert_string_equal(shown_within("123456789", small, sizeof small), "12345678...");
    assert_string_equal(shown_within("123456漢x", small, sizeof small), "123456...");
    assert_string_equal(shown_within("123\n", small, sizeof small), "123...");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_shown_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

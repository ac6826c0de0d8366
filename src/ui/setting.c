/* Settings that have names for their values: see setting.h. */
#include "ui/setting.h"

#include "math/precision.h"
#include "text/corpus.h"

const char *unknown_choice(size_t index) {
    static const char *const names[] = {
        [UNKNOWN_ERROR] = "error", [UNKNOWN_SKIP] = "skip", [UNKNOWN_NEAREST] = "nearest"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

const char *unknown_text_choice(size_t index) {
    return index == UNKNOWN_NEAREST ? NULL : unknown_choice(index);
}

const char *precision_choice(size_t index) {
    return index == 0 ? "auto" : precision_name(index - 1);
}

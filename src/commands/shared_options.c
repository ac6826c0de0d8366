/* Options of several commands: see shared_options.h. */
#include "commands/shared_options.h"

#include "commands/command.h"
#include "text/corpus.h"

const char *unknown_choice(size_t index) {
    static const char *const names[] = {
        [UNKNOWN_ERROR] = "error", [UNKNOWN_SKIP] = "skip", [UNKNOWN_NEAREST] = "nearest"};
    return index < ROWS(names) ? names[index] : NULL;
}

const char *unknown_text_choice(size_t index) {
    return index == UNKNOWN_NEAREST ? NULL : unknown_choice(index);
}

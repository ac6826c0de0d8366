/* Words for a shell: see shell.h. */
#include "commands/shell.h"

#include <string.h>

bool shell_quote(const char *word, Bytes *out, Error *error) {
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=,+@%-";
    if (word[0] != '\0' && strspn(word, safe) == strlen(word)) {
        return bytes_append(out, word, strlen(word), error);
    }
    bool done = bytes_append(out, "'", 1, error);
    for (const char *letter = word; done && *letter != '\0'; letter++) {
        done = *letter == '\'' ? bytes_append(out, "'\\''", 4, error) : bytes_append(out, letter, 1, error);
    }
    return done && bytes_append(out, "'", 1, error);
}

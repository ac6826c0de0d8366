/* What the program is talking to: see terminal.h. */
#include "ui/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_UNKNOWN = 80 };

bool terminal_is_capable(int descriptor) {
    const char *kind = getenv("TERM");
    return isatty(descriptor) && kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0;
}

size_t terminal_width(int descriptor) {
    struct winsize size;
    if (isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return WIDTH_UNKNOWN;
}

bool terminal_has_colours(int descriptor) {
    const char *refused = getenv("NO_COLOR");
    return (refused == NULL || refused[0] == '\0') && terminal_is_capable(descriptor);
}

bool terminal_speaks_utf8(void) {
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* letra: what every command needs of the system, then the command (commands/command.h). */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "commands/command.h"

/* A standard stream that is closed would give its number to the next file that is opened, and results would
 * be written into a model. It is opened the wrong way round, so that using it is the error it would be. */
static void open_standard_streams(void) {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0) {
            int opened = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
            (void)opened; /* the lowest free number, which is this one */
        }
    }
}

int main(int argument_count, char **arguments) {
    open_standard_streams();
    /* Characters are the user's; numbers are "C" everywhere. */
    (void)setlocale(LC_CTYPE, "");
    /* A reader that goes away is told by write, and so is the end of what a file may hold (ulimit -f). */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    return command_main(argument_count, arguments);
}

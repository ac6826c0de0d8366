/* Messages to a person, on standard error: errors, warnings and notes. What they quote (names of files,
 * options) is made visible first (ui/visible.h). A standard error that cannot be written is nobody's concern.
 */
#ifndef LETRA_UI_MESSAGE_H
#define LETRA_UI_MESSAGE_H

#include <stddef.h>

#include "text/corpus.h"

/* "letra: MESSAGE". */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "letra: warning: MESSAGE". */
void message_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Warns, if `count` > 0, that so many units of `name` (NULL: no name) were left out because the model does not
 * know them. */
void message_left_out(const char *name, Unit unit, size_t count);

/* Warns, if there were any, of bytes that were no UTF-8, and says what became of them. */
void message_invalid(const Pipeline *pipeline, const TextReport *report);
/* Warns of rules of the pipeline that found nothing, and of files where --from or --to did not. */
void message_idle_rules(const Pipeline *pipeline, const TextReport *report);

/* The message alone, on a line of its own. */
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

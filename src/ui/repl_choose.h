/* Commands of a conversation that show what the model expects. False and a message if it could not be done: then all is
 * as it was. */
#ifndef LETRA_UI_REPL_CHOOSE_H
#define LETRA_UI_REPL_CHOOSE_H

#include "ui/repl_state.h"

/* Says how many bits a character the text would have if it came next. */
bool repl_eval(Repl *repl, const char *argument, Error *error);

/* Writes a turn character by character, as the person chooses. */
bool repl_choose(Repl *repl, const char *argument, Error *error);

#endif

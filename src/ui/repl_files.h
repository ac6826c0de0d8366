/* Commands of a conversation that are about files. False and a message if it could not be done: then all is as it
 * was. */
#ifndef LETRA_UI_REPL_FILES_H
#define LETRA_UI_REPL_FILES_H

#include "ui/repl_state.h"

bool repl_save(Repl *repl, const char *argument, Error *error);
bool repl_load(Repl *repl, const char *argument, Error *error);
bool repl_model(Repl *repl, const char *argument, Error *error);

/* Says what the model is. */
void repl_say_model(const Repl *repl);

#endif

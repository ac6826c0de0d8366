/* Turns of a conversation: what is typed, answered, taken back, written again, and branches of all that. Each function
 * below but the first does a command; `argument` is what was typed behind its name. False and a message if it could not
 * be done: then all is as it was. */
#ifndef LETRA_UI_REPL_TURNS_H
#define LETRA_UI_REPL_TURNS_H

#include "ui/repl_state.h"

/* Answers a text. */
bool repl_answer(Repl *repl, const char *text, size_t length, Error *error);

bool repl_more(Repl *repl, const char *argument, Error *error);
bool repl_retry(Repl *repl, const char *argument, Error *error);
bool repl_undo(Repl *repl, const char *argument, Error *error);
bool repl_reset(Repl *repl, const char *argument, Error *error);
bool repl_transcript(Repl *repl, const char *argument, Error *error);
bool repl_branch(Repl *repl, const char *argument, Error *error);
bool repl_switch(Repl *repl, const char *argument, Error *error);

/* Shows what the colours of surprise mean, where there are any. */
void repl_show_scale(Repl *repl);

/* Says where the text ends now. */
void repl_say_place(const Repl *repl);

#endif

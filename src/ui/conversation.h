/* What a conversation with a model has come to: turns, each a prompt and its answer, and branches of them.
 *
 * Turns are a tree; a branch is a name and a leaf of it:
 *
 *     "Once upon" - "a time" - "there was"       <- main
 *                         \
 *                          "a king" - "had"      <- dark
 *
 * A turn holds where the writer stood before it, so that taking it back is exact; a branch that is left holds where it
 * stood then. The state of the branch that is being written is the writer's. A turn takes as much memory as the model's
 * state and some 4 kB, and so the oldest ones of a very long branch give theirs away and cannot be taken back.
 */
#ifndef LETRA_UI_CONVERSATION_H
#define LETRA_UI_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/error.h"
#include "generate/writer.h"
#include "text/typed_text.h"

enum { BRANCH_NAME_MAX = 40 }; /* bytes */

/* So many turns at the end of a branch can be taken back. */
enum { TURNS_UNDONE_MAX = 1000 };

typedef enum TurnKind {
    TURN_WRITTEN, /* a prompt and its answer */
    TURN_RESET,   /* the text begins anew */
    TURN_LOAD,    /* the text begins anew with the turns of a file, which follow ... */
    TURN_LOADED   /* ... and can be taken back only together */
} TurnKind;

typedef struct Turn {
    struct Turn *previous; /* NULL: it is the first */
    size_t references;     /* turns and branches that end in it */
    TurnKind kind;
    WriterState before; /* where the writer stood; nothing in one that cannot be taken back */
    Units units;        /* the prompt as it was read */
    Bytes prompt;       /* the same as text */
    Bytes answer;
    bool record_ended; /* at the end of the answer */
} Turn;

typedef struct Branch {
    char name[BRANCH_NAME_MAX + 1];
    Turn *last;        /* NULL: nothing was said */
    WriterState state; /* where the writer stood when it was left */
} Branch;

typedef struct Conversation {
    Branch *branches; /* owned */
    size_t count;
    size_t current; /* the one that is being written */
} Conversation;

/* With one branch, "main", that has no turns. */
bool conversation_create(Conversation *conversation, Error *error);
/* Frees what it owns and makes it {0}. */
void conversation_free(Conversation *conversation);

/* The last turn of the current branch; NULL if there is none. Of a turn that was just begun the caller fills in prompt
 * and answer. */
Turn *conversation_last(const Conversation *conversation);

/* Puts a turn behind the last one; `writer`, if not NULL, stands where it stands before the turn. NULL and a message
 * without memory. */
Turn *conversation_begin_turn(Conversation *conversation, TurnKind kind, const Writer *writer, Error *error);

/* Takes the last turn back (what was loaded as a whole), and brings the writer where it stood before. False and a
 * message if there is nothing that can be taken back. */
bool conversation_undo(Conversation *conversation, Writer *writer, Error *error);

/* Another branch of that name, which goes on from here, and is the current one. False and a message if there is one of
 * that name, it is no name, or without memory. */
bool conversation_branch(Conversation *conversation, const Writer *writer, const char *name, Error *error);

/* The branch of that name becomes the current one, and the writer stands where it was left. False and a message that
 * lists the branches if there is none. */
bool conversation_switch(Conversation *conversation, Writer *writer, const char *name, Error *error);

/* Appends the text of the current branch since it began, or began anew. */
bool conversation_text(const Conversation *conversation, Bytes *text, Error *error);

/* How many turns the text of a branch has. */
size_t branch_turns(const Branch *branch);

/* The turns of the current branch's text, the first one first, in an array that the caller frees; NULL and a message
 * without memory. */
const Turn **conversation_turns(const Conversation *conversation, size_t *count, Error *error);

#endif

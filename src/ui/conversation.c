/* Turns and branches: see conversation.h. Turns are freed when nothing refers to them any more. */
#include "ui/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ui/nearest.h"

/* --- turns --- */

static Turn *turn_keep(Turn *turn) {
    if (turn != NULL) {
        turn->references++;
    }
    return turn;
}

/* Frees the turn unless something else refers to it, and then those before it. */
static void turn_release(Turn *turn) {
    while (turn != NULL && --turn->references == 0) {
        Turn *previous = turn->previous;
        writer_state_free(&turn->before);
        units_free(&turn->units);
        bytes_free(&turn->prompt);
        bytes_free(&turn->answer);
        free(turn);
        turn = previous;
    }
}

static bool begins_text(const Turn *turn) {
    return turn->kind == TURN_RESET || turn->kind == TURN_LOAD;
}

/* The turn that is so far behind that it can no longer be taken back gives its memory away. */
static void forget_oldest(Turn *last) {
    size_t behind = 0;
    for (; last != NULL && behind < TURNS_UNDONE_MAX; behind++) {
        last = last->previous;
    }
    if (last != NULL) {
        writer_state_free(&last->before);
    }
}

/* --- a conversation --- */

static Branch *current_branch(const Conversation *conversation) {
    return &conversation->branches[conversation->current];
}

/* Adds a branch without turns; NULL without memory. */
static Branch *add_branch(Conversation *conversation, const char *name, Error *error) {
    size_t size = (conversation->count + 1) * sizeof(Branch);
    Branch *branches = realloc(conversation->branches, size);
    if (branches == NULL) {
        error_out_of_memory(error, size, "a branch");
        return NULL;
    }
    conversation->branches = branches;
    Branch *branch = &branches[conversation->count++];
    *branch = (Branch){.last = NULL};
    memcpy(branch->name, name, strlen(name) + 1);
    return branch;
}

bool conversation_create(Conversation *conversation, Error *error) {
    *conversation = (Conversation){.count = 0};
    return add_branch(conversation, "main", error) != NULL;
}

void conversation_free(Conversation *conversation) {
    for (size_t k = 0; k < conversation->count; k++) {
        turn_release(conversation->branches[k].last);
        writer_state_free(&conversation->branches[k].state);
    }
    free(conversation->branches);
    *conversation = (Conversation){.count = 0};
}

Turn *conversation_last(const Conversation *conversation) {
    return current_branch(conversation)->last;
}

Turn *conversation_begin_turn(Conversation *conversation, TurnKind kind, const Writer *writer, Error *error) {
    Branch *branch = current_branch(conversation);
    Turn *turn = memory_allocate(1, sizeof *turn, "a turn", error);
    if (turn == NULL) {
        return NULL;
    }
    if (writer != NULL && !writer_save(writer, &turn->before, error)) {
        free(turn);
        return NULL;
    }
    turn->kind = kind;
    turn->references = 1; /* the branch's, which gives its own to the turn before to this one */
    turn->previous = branch->last;
    branch->last = turn;
    forget_oldest(turn);
    return turn;
}

bool conversation_undo(Conversation *conversation, Writer *writer, Error *error) {
    Branch *branch = current_branch(conversation);
    Turn *turn = branch->last;
    while (turn != NULL && turn->kind == TURN_LOADED) {
        turn = turn->previous;
    }
    if (turn == NULL) {
        return error_set(error, "there is nothing to take back");
    }
    if (turn->before.session == NULL) {
        return error_set(error, "only the last %d turns can be taken back", TURNS_UNDONE_MAX);
    }
    writer_restore(writer, &turn->before);
    Turn *before = turn_keep(turn->previous);
    turn_release(branch->last);
    branch->last = before;
    return true;
}

/* --- branches --- */

static const char *name_at(const void *context, size_t index) {
    const Conversation *conversation = context;
    return index < conversation->count ? conversation->branches[index].name : NULL;
}

static size_t find_branch(const Conversation *conversation, const char *name) {
    size_t index = 0;
    while (index < conversation->count && strcmp(conversation->branches[index].name, name) != 0) {
        index++;
    }
    return index;
}

bool conversation_branch(Conversation *conversation, const Writer *writer, const char *name, Error *error) {
    if (strlen(name) > BRANCH_NAME_MAX) {
        return error_set(error, "a name has at most %d bytes", BRANCH_NAME_MAX);
    }
    if (find_branch(conversation, name) < conversation->count) {
        return error_set(error, "there is a branch of that name: /switch %s goes to it", name);
    }
    if (!writer_save(writer, &current_branch(conversation)->state, error) ||
        add_branch(conversation, name, error) == NULL) {
        return false;
    }
    Turn *last = turn_keep(conversation_last(conversation));
    conversation->current = conversation->count - 1;
    current_branch(conversation)->last = last;
    return true;
}

bool conversation_switch(Conversation *conversation, Writer *writer, const char *name, Error *error) {
    size_t index = find_branch(conversation, name);
    if (index == conversation->count) {
        Bytes list = {0};
        names_beginning("", "", name_at, conversation, &list, NULL);
        error_set(error, "there is no branch %s (there is: %s)", name, list.length > 0 ? list.data : "");
        bytes_free(&list);
        return false;
    }
    if (index == conversation->current) {
        return error_set(error, "that is the branch that is being written");
    }
    if (!writer_save(writer, &current_branch(conversation)->state, error)) {
        return false;
    }
    conversation->current = index;
    writer_restore(writer, &current_branch(conversation)->state);
    return true;
}

/* --- the text --- */

size_t branch_turns(const Branch *branch) {
    size_t count = 0;
    for (const Turn *turn = branch->last; turn != NULL && !begins_text(turn); turn = turn->previous) {
        count++;
    }
    return count;
}

const Turn **conversation_turns(const Conversation *conversation, size_t *count, Error *error) {
    const Branch *branch = current_branch(conversation);
    *count = branch_turns(branch);
    const Turn **turns = memory_allocate(*count, sizeof *turns, "the turns", error);
    const Turn *turn = branch->last;
    for (size_t k = *count; turns != NULL && k > 0; k--) {
        turns[k - 1] = turn;
        turn = turn->previous;
    }
    return turns;
}

bool conversation_text(const Conversation *conversation, Bytes *text, Error *error) {
    size_t count = 0;
    const Turn **turns = conversation_turns(conversation, &count, error);
    bool done = turns != NULL;
    for (size_t k = 0; done && k < count; k++) {
        const Turn *turn = turns[k];
        done = bytes_append(text, turn->prompt.data, turn->prompt.length, error) &&
               bytes_append(text, turn->answer.data, turn->answer.length, error) &&
               bytes_append(text, "\n", turn->record_ended ? 1 : 0, error);
    }
    free((void *)turns);
    return done;
}

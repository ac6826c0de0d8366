/* Saving beside the training: see saver.h. */
#include "train/saver.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/team.h"

typedef enum SaveState {
    STATE_EMPTY,   /* nothing is to be written */
    STATE_WANTED,  /* room for a checkpoint, from the thread */
    STATE_ROOM,    /* there is room for one */
    STATE_WAITING, /* for the thread */
    STATE_WRITING, /* it is the thread's */
    STATE_FAILED   /* the model is kept */
} SaveState;

typedef struct SaveSlot {
    const char *path;
    SaveState state;
    SaveNews news;
    Error failure;
} SaveSlot;

struct Saver {
    pthread_mutex_t mutex; /* of all that follows, but for what is being written */
    pthread_cond_t changed;
    SaveSlot slots[SAVE_KINDS];
    Model model; /* the copy; parameters: owned, NULL before the first one */
    FileReplacement
        *checkpoint; /* the room, what waits or is being written; NULL: no room could be made beforehand */
    size_t room;     /* bytes that are wanted */
    pthread_t thread;
    bool running; /* there is a thread */
    bool ending;
};

/* --- the thread --- */

/* The first kind for which the thread has something to do; SAVE_KINDS: none. */
static SaveKind find_work(const Saver *saver) {
    SaveKind kind = SAVE_MODEL;
    while (kind < SAVE_KINDS && saver->slots[kind].state != STATE_WAITING &&
           saver->slots[kind].state != STATE_WANTED) {
        kind++;
    }
    return kind;
}

static bool make_room(Saver *saver, const char *path, Error *error) {
    saver->checkpoint = file_replacement_start(path, error);
    if (saver->checkpoint != NULL && !file_replacement_make_room(saver->checkpoint, saver->room, error)) {
        file_replacement_abandon(saver->checkpoint);
        saver->checkpoint = NULL;
    }
    return saver->checkpoint != NULL;
}

/* Writes what waits, or makes the room that is wanted; the mutex is held before and after. */
static void work_for(Saver *saver, SaveKind kind) {
    SaveSlot *slot = &saver->slots[kind];
    Error failure = {0};
    bool room = slot->state == STATE_WANTED;
    bool done = false;
    slot->state = STATE_WRITING;
    pthread_mutex_unlock(&saver->mutex);
    if (room) {
        done = make_room(saver, slot->path, &failure);
    } else if (kind == SAVE_MODEL) {
        done = model_save(slot->path, &saver->model, NULL, 0, &failure);
    } else {
        done = file_replacement_finish(saver->checkpoint, &failure);
    }
    pthread_mutex_lock(&saver->mutex);
    if (room && done) {
        slot->state = STATE_ROOM;
    } else {
        slot->state = done || kind == SAVE_CHECKPOINT ? STATE_EMPTY : STATE_FAILED;
        slot->news = done ? SAVE_DONE : SAVE_FAILED;
        slot->failure = failure;
    }
    pthread_cond_broadcast(&saver->changed);
}

static void *run(void *context) {
    Saver *saver = context;
    pthread_mutex_lock(&saver->mutex);
    for (;;) {
        SaveKind kind = find_work(saver);
        if (kind < SAVE_KINDS) {
            work_for(saver, kind);
        } else if (saver->ending) {
            break;
        } else {
            pthread_cond_wait(&saver->changed, &saver->mutex);
        }
    }
    pthread_mutex_unlock(&saver->mutex);
    return NULL;
}

/* Starts the thread if there is none yet. Signals are for the thread that trains. */
static bool start(Saver *saver, Error *error) {
    if (saver->running) {
        return true;
    }
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(&saver->thread, NULL, run, saver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    saver->running = number == 0;
    return saver->running || error_set(error, "no thread can be made for saving: %s", strerror(number));
}

/* --- for others --- */

Saver *saver_create(const char *model_path, const char *checkpoint_path, Error *error) {
    Saver *saver = memory_allocate(1, sizeof *saver, "saving", error);
    if (saver != NULL) {
        pthread_mutex_init(&saver->mutex, NULL);
        pthread_cond_init(&saver->changed, NULL);
        saver->slots[SAVE_MODEL].path = model_path;
        saver->slots[SAVE_CHECKPOINT].path = checkpoint_path;
    }
    return saver;
}

void saver_free(Saver *saver) {
    if (saver == NULL) {
        return;
    }
    if (saver->running) {
        pthread_mutex_lock(&saver->mutex);
        saver->ending = true;
        pthread_cond_broadcast(&saver->changed);
        pthread_mutex_unlock(&saver->mutex);
        pthread_join(saver->thread, NULL);
    }
    saver_drop_room(saver);
    free(saver->model.parameters);
    pthread_cond_destroy(&saver->changed);
    pthread_mutex_destroy(&saver->mutex);
    free(saver);
}

double saver_memory(double parameters) {
    return parameters * sizeof(real);
}

/* Takes the slot out of the thread's hands: waits if it is being written. Then it is empty; returns what it was. */
static SaveState take_back(Saver *saver, SaveKind kind) {
    SaveSlot *slot = &saver->slots[kind];
    pthread_mutex_lock(&saver->mutex);
    while (slot->state == STATE_WRITING) {
        pthread_cond_wait(&saver->changed, &saver->mutex);
    }
    SaveState state = slot->state;
    slot->state = STATE_EMPTY;
    slot->news = SAVE_NOTHING_NEW; /* of what is replaced */
    pthread_mutex_unlock(&saver->mutex);
    return state;
}

static SaveState state_of(Saver *saver, SaveKind kind) {
    pthread_mutex_lock(&saver->mutex);
    SaveState state = saver->slots[kind].state;
    pthread_mutex_unlock(&saver->mutex);
    return state;
}

static void set_state(Saver *saver, SaveKind kind, SaveState state) {
    pthread_mutex_lock(&saver->mutex);
    saver->slots[kind].state = state;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->mutex);
}

/* What is copied from where to where by every member of a team. */
typedef struct CopyWork {
    real *to;
    const real *from;
    size_t count;
} CopyWork;

static void copy_work(void *context, Member member) {
    const CopyWork *work = context;
    Range share = member_share(member, work->count);
    if (share.begin < share.end) {
        memcpy(work->to + share.begin, work->from + share.begin, (share.end - share.begin) * sizeof(real));
    }
}

/* Makes the saver's model a copy of this one. */
static bool copy_model(Saver *saver, const Model *model, size_t threads, Error *error) {
    const Layout *layout = &model->network->layout;
    real *room = saver->model.parameters;
    room = room != NULL ? room : block_create(layout, error);
    if (room == NULL) {
        return false;
    }
    CopyWork work = {room, model->parameters, layout->total};
    team_run(threads, copy_work, &work);
    saver->model = *model;
    saver->model.parameters = room;
    return true;
}

bool saver_give_model(Saver *saver, const Model *model, size_t threads, Error *error) {
    take_back(saver, SAVE_MODEL);
    if (!start(saver, error) || !copy_model(saver, model, threads, error)) {
        return false;
    }
    set_state(saver, SAVE_MODEL, STATE_WAITING);
    return true;
}

/* Waits for what is being written of the checkpoint, and drops what waits. Returns the room that there is, or NULL. */
static FileReplacement *take_room(Saver *saver) {
    SaveState state = take_back(saver, SAVE_CHECKPOINT);
    if (state == STATE_WAITING) {
        file_replacement_abandon(saver->checkpoint);
    }
    FileReplacement *room = state == STATE_ROOM ? saver->checkpoint : NULL;
    saver->checkpoint = NULL;
    return room;
}

void saver_make_room(Saver *saver, size_t bytes) {
    saver_drop_room(saver);
    saver->room = bytes;
    set_state(saver, SAVE_CHECKPOINT, start(saver, NULL) ? STATE_WANTED : STATE_ROOM);
}

bool saver_has_room(Saver *saver) {
    return state_of(saver, SAVE_CHECKPOINT) == STATE_ROOM;
}

void saver_drop_room(Saver *saver) {
    file_replacement_abandon(take_room(saver));
}

bool saver_give_checkpoint(Saver *saver, const Model *model, const ExtraTensor *extra, size_t extra_count,
                           Error *error) {
    SaveSlot *slot = &saver->slots[SAVE_CHECKPOINT];
    FileReplacement *room = take_room(saver);
    FileReplacement *written = model_save_start(slot->path, room, model, extra, extra_count, error);
    if (written == NULL) {
        file_replacement_abandon(room);
        return false;
    }
    if (!start(saver, NULL)) {
        bool done = file_replacement_finish(written, error);
        slot->news = done ? SAVE_DONE : SAVE_NOTHING_NEW;
        return done;
    }
    saver->checkpoint = written;
    set_state(saver, SAVE_CHECKPOINT, STATE_WAITING);
    return true;
}

bool saver_is_busy(Saver *saver, SaveKind kind) {
    SaveState state = state_of(saver, kind);
    return state != STATE_EMPTY && state != STATE_FAILED;
}

bool saver_holds_failed(Saver *saver) {
    return state_of(saver, SAVE_MODEL) == STATE_FAILED;
}

SaveNews saver_news(Saver *saver, SaveKind kind, Error *error) {
    SaveSlot *slot = &saver->slots[kind];
    pthread_mutex_lock(&saver->mutex);
    SaveNews news = slot->news;
    slot->news = SAVE_NOTHING_NEW;
    if (news == SAVE_FAILED) {
        error_set(error, "%s", slot->failure.message);
    }
    pthread_mutex_unlock(&saver->mutex);
    return news;
}

void saver_again(Saver *saver) {
    set_state(saver, SAVE_MODEL, STATE_WAITING);
}

void saver_finish(Saver *saver) {
    pthread_mutex_lock(&saver->mutex);
    while (find_work(saver) < SAVE_KINDS || saver->slots[SAVE_MODEL].state == STATE_WRITING ||
           saver->slots[SAVE_CHECKPOINT].state == STATE_WRITING) {
        pthread_cond_wait(&saver->changed, &saver->mutex);
    }
    pthread_mutex_unlock(&saver->mutex);
}

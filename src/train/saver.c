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
    Model model;                 /* the copy; parameters: owned, NULL before the first one */
    FileReplacement *checkpoint; /* what waits or is being written */
    pthread_t thread;
    bool running; /* there is a thread */
    bool ending;
};

/* The first kind in this state; SAVE_KINDS: none. */
static SaveKind find(const Saver *saver, SaveState state) {
    SaveKind kind = SAVE_MODEL;
    while (kind < SAVE_KINDS && saver->slots[kind].state != state) {
        kind++;
    }
    return kind;
}

/* --- the thread --- */

/* Writes what waits; the mutex is held before and after. */
static void write_slot(Saver *saver, SaveKind kind) {
    SaveSlot *slot = &saver->slots[kind];
    Error failure = {0};
    slot->state = STATE_WRITING;
    pthread_mutex_unlock(&saver->mutex);
    bool done = kind == SAVE_MODEL ? model_save(slot->path, &saver->model, NULL, 0, &failure)
                                   : file_replacement_finish(saver->checkpoint, &failure);
    pthread_mutex_lock(&saver->mutex);
    slot->state = done || kind == SAVE_CHECKPOINT ? STATE_EMPTY : STATE_FAILED;
    slot->news = done ? SAVE_DONE : SAVE_FAILED;
    slot->failure = failure;
    pthread_cond_broadcast(&saver->changed);
}

static void *work(void *context) {
    Saver *saver = context;
    pthread_mutex_lock(&saver->mutex);
    for (;;) {
        SaveKind kind = find(saver, STATE_WAITING);
        if (kind < SAVE_KINDS) {
            write_slot(saver, kind);
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
    int number = pthread_create(&saver->thread, NULL, work, saver);
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
    free(saver->model.parameters);
    pthread_cond_destroy(&saver->changed);
    pthread_mutex_destroy(&saver->mutex);
    free(saver);
}

double saver_memory(double parameters) {
    return parameters * sizeof(real);
}

/* Takes the slot out of the thread's hands: waits if it is being written. Then it is empty. */
static void take_back(Saver *saver, SaveKind kind) {
    SaveSlot *slot = &saver->slots[kind];
    pthread_mutex_lock(&saver->mutex);
    while (slot->state == STATE_WRITING) {
        pthread_cond_wait(&saver->changed, &saver->mutex);
    }
    if (kind == SAVE_CHECKPOINT && slot->state == STATE_WAITING) {
        file_replacement_abandon(saver->checkpoint);
    }
    slot->state = STATE_EMPTY;
    slot->news = SAVE_NOTHING_NEW; /* of what is replaced */
    pthread_mutex_unlock(&saver->mutex);
}

/* Has the thread write it. */
static void let_wait(Saver *saver, SaveKind kind) {
    pthread_mutex_lock(&saver->mutex);
    saver->slots[kind].state = STATE_WAITING;
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
    let_wait(saver, SAVE_MODEL);
    return true;
}

bool saver_give_checkpoint(Saver *saver, const Model *model, const ExtraTensor *extra, size_t extra_count,
                           Error *error) {
    SaveSlot *slot = &saver->slots[SAVE_CHECKPOINT];
    take_back(saver, SAVE_CHECKPOINT);
    FileReplacement *written = model_save_start(slot->path, model, extra, extra_count, error);
    if (written == NULL) {
        return false;
    }
    if (!start(saver, NULL)) {
        bool done = file_replacement_finish(written, error);
        slot->news = done ? SAVE_DONE : SAVE_NOTHING_NEW;
        return done;
    }
    saver->checkpoint = written;
    let_wait(saver, SAVE_CHECKPOINT);
    return true;
}

bool saver_is_busy(Saver *saver, SaveKind kind) {
    pthread_mutex_lock(&saver->mutex);
    SaveState state = saver->slots[kind].state;
    pthread_mutex_unlock(&saver->mutex);
    return state == STATE_WAITING || state == STATE_WRITING;
}

bool saver_holds_failed(Saver *saver) {
    pthread_mutex_lock(&saver->mutex);
    SaveState state = saver->slots[SAVE_MODEL].state;
    pthread_mutex_unlock(&saver->mutex);
    return state == STATE_FAILED;
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
    let_wait(saver, SAVE_MODEL);
}

void saver_finish(Saver *saver) {
    pthread_mutex_lock(&saver->mutex);
    while (find(saver, STATE_WAITING) < SAVE_KINDS || find(saver, STATE_WRITING) < SAVE_KINDS) {
        pthread_cond_wait(&saver->changed, &saver->mutex);
    }
    pthread_mutex_unlock(&saver->mutex);
}

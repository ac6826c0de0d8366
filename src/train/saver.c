/* Saving beside the training: see saver.h. */
#include "train/saver.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/model_copy.h"

typedef enum SaveState {
    STATE_EMPTY,   /* nothing is to be written */
    STATE_WAITING, /* for the thread */
    STATE_WRITING, /* the copy is the thread's */
    STATE_FAILED   /* it is kept */
} SaveState;

typedef struct SaveSlot {
    const char *path;
    ModelCopy copy;
    SaveState state;
    SaveNews news;
    Error failure;
} SaveSlot;

struct Saver {
    pthread_mutex_t mutex; /* of all that follows, but for the copy that is being written */
    pthread_cond_t changed;
    SaveSlot slots[SAVE_KINDS];
    pthread_t thread;
    bool running; /* there is a thread */
    bool ending;
};

/* The first slot in this state; NULL: none. */
static SaveSlot *find(Saver *saver, SaveState state) {
    for (size_t k = 0; k < SAVE_KINDS; k++) {
        if (saver->slots[k].state == state) {
            return &saver->slots[k];
        }
    }
    return NULL;
}

/* --- the thread --- */

/* Writes a slot; the mutex is held before and after. */
static void write_slot(Saver *saver, SaveSlot *slot) {
    const ModelCopy *copy = &slot->copy;
    Error failure = {0};
    slot->state = STATE_WRITING;
    pthread_mutex_unlock(&saver->mutex);
    bool done = model_save(slot->path, &copy->model, copy->extra, copy->extra_count, &failure);
    pthread_mutex_lock(&saver->mutex);
    slot->state = done ? STATE_EMPTY : STATE_FAILED;
    slot->news = done ? SAVE_DONE : SAVE_FAILED;
    slot->failure = failure;
    pthread_cond_broadcast(&saver->changed);
}

static void *work(void *context) {
    Saver *saver = context;
    pthread_mutex_lock(&saver->mutex);
    for (;;) {
        SaveSlot *slot = find(saver, STATE_WAITING);
        if (slot != NULL) {
            write_slot(saver, slot);
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
    for (size_t k = 0; k < SAVE_KINDS; k++) {
        model_copy_free(&saver->slots[k].copy);
    }
    pthread_cond_destroy(&saver->changed);
    pthread_mutex_destroy(&saver->mutex);
    free(saver);
}

/* Takes the slot out of the thread's hands: waits if it is being written. Then it is empty. */
static void take_back(Saver *saver, SaveSlot *slot) {
    pthread_mutex_lock(&saver->mutex);
    while (slot->state == STATE_WRITING) {
        pthread_cond_wait(&saver->changed, &saver->mutex);
    }
    slot->state = STATE_EMPTY;
    slot->news = SAVE_NOTHING_NEW; /* of what is replaced */
    pthread_mutex_unlock(&saver->mutex);
}

bool saver_give(Saver *saver, SaveKind kind, const Model *model, const ExtraTensor *extra, size_t extra_count,
                size_t threads, Error *error) {
    SaveSlot *slot = &saver->slots[kind];
    take_back(saver, slot);
    if (!start(saver, error) || !model_copy_take(&slot->copy, model, extra, extra_count, threads, error)) {
        return false;
    }
    saver_again(saver, kind);
    return true;
}

bool saver_is_busy(Saver *saver, SaveKind kind) {
    pthread_mutex_lock(&saver->mutex);
    SaveState state = saver->slots[kind].state;
    pthread_mutex_unlock(&saver->mutex);
    return state == STATE_WAITING || state == STATE_WRITING;
}

bool saver_holds_failed(Saver *saver, SaveKind kind) {
    pthread_mutex_lock(&saver->mutex);
    SaveState state = saver->slots[kind].state;
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

void saver_again(Saver *saver, SaveKind kind) {
    pthread_mutex_lock(&saver->mutex);
    saver->slots[kind].state = STATE_WAITING;
    pthread_cond_broadcast(&saver->changed);
    pthread_mutex_unlock(&saver->mutex);
}

void saver_finish(Saver *saver) {
    pthread_mutex_lock(&saver->mutex);
    while (find(saver, STATE_WAITING) != NULL || find(saver, STATE_WRITING) != NULL) {
        pthread_cond_wait(&saver->changed, &saver->mutex);
    }
    pthread_mutex_unlock(&saver->mutex);
}

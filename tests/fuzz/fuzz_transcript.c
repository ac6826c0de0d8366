/* Feeds /load with transcripts that may be anything.
 *
 * The digest of the model in them is always right, whatever stands there, or few would get further. What is loaded must
 * go on writing, be saved and load again; what is refused leaves the conversation as it was.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/talking.h"

static char digest[17];

/* A transcript to begin with, which only a conversation can make. */
static void write_seed(const char *path) {
    Repl repl;
    Error error = {0};
    talking_open(&repl);
    check(repl_answer(&repl, "ab", 2, &error) && repl_more(&repl, "", &error), "it answers");
    check(repl_save(&repl, path, &error), "a conversation is saved");
    talking_close(&repl);
}

/* --write-seed=PATH writes a transcript there, and that is all. */
int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static const char option[] = "--write-seed=";
    talking_begin();
    if (*count == 2 && strncmp((*arguments)[1], option, sizeof option - 1) == 0) {
        write_seed((*arguments)[1] + sizeof option - 1);
        exit(0);
    }
    (void)snprintf(digest, sizeof digest, "%016llx", (unsigned long long)transcript_digest(&talking.model));
    return 0;
}

/* The file, with the right digest where a first one stands. */
static void store(const char *name, const uint8_t *data, size_t size) {
    static const char key[] = "\"digest\": \"";
    uint8_t *copy = malloc(size + 1);
    check(copy != NULL, "there is memory");
    memcpy(copy, data, size);
    uint8_t *place = memmem(copy, size, key, sizeof key - 1);
    if (place != NULL && (size_t)(copy + size - place) >= sizeof key + sizeof digest) {
        memcpy(place + sizeof key - 1, digest, sizeof digest - 1);
    }
    FILE *file = fopen(name, "wbe");
    bool stored = file != NULL && fwrite(copy, 1, size, file) == size;
    stored = file != NULL && fclose(file) == 0 && stored;
    check(stored, "a file is stored");
    free(copy);
}

/* Goes on, saves, and loads that. */
static void check_loaded(Repl *repl) {
    Error error = {0};
    Bytes text = {0};
    Bytes again = {0};
    talking_limit(repl);
    (void)repl_more(repl, "", &error);
    check(conversation_text(&repl->conversation, &text, NULL) && bytes_reserve(&text, 0, NULL),
          "there is memory");
    (void)remove(STORED_FILE); /* one that replaces a file waits for the disk */
    check(repl_save(repl, STORED_FILE, &error), "a conversation is saved");
    check(repl_load(repl, STORED_FILE, &error), "what was saved loads");
    check(conversation_text(&repl->conversation, &again, NULL) && bytes_reserve(&again, 0, NULL),
          "there is memory");
    check(text.length == again.length && memcmp(text.data, again.data, text.length) == 0, "the same text");
    bytes_free(&text);
    bytes_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Repl repl;
    Caught said, written;
    Error error = {0};
    store(STORED_FILE, data, size);
    catch_stream(&stderr, &said);
    catch_stream(&stdout, &written);
    talking_open(&repl);
    if (repl_load(&repl, STORED_FILE, &error)) {
        check_loaded(&repl);
    } else {
        repl_say_error(&error);
        check(error.message[0] != '\0', "a refusal says why");
        check(conversation_last(&repl.conversation) == NULL, "nothing was loaded");
    }
    talking_close(&repl);
    release_stream(&stdout, &written, false);
    release_stream(&stderr, &said, true);
    return 0;
}

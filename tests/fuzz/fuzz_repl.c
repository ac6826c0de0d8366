/* Feeds a conversation (letra repl at a terminal) with lines of anything: its line parser, commands and settings.
 *
 * Up to the first NUL the input is what is typed; what is behind it lies in the file t, which can be loaded and
 * replaced. No other file can: a line that names one is passed over. What is said must be harmless to a terminal,
 * settings must be described by lines that set them again, and a turn that is taken back leaves nothing.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/talking.h"

enum { LINES_MOST = 64, PROMPT_MOST = 256 };

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    talking_begin();
    return 0;
}

/* Whether a command is about a file that is not ours. */
static bool names_other_file(const char *line) {
    if (!repl_command_takes_file(line)) {
        return false;
    }
    const char *name = line + strcspn(line, " \t\n");
    name += strspn(name, " \t\n");
    return name[0] != '\0' && strcmp(name, STORED_FILE) != 0 && strcmp(name, MODEL_FILE) != 0;
}

/* Lines that describe settings set them. */
static void check_settings(const Repl *repl) {
    Error error = {0};
    TextList lines = {0};
    TextList again = {0};
    ReplSettings read;
    check(repl_settings_describe(&repl->settings, &lines, &error), "there is memory");
    check(repl_settings_copy(&repl->settings, &read, &error), "there is memory");
    repl_settings_free(&read);
    for (size_t k = 0; k < lines.count; k++) {
        check(repl_settings_read(lines.items[k], &read, &error), "what describes a setting sets it");
    }
    check(repl_settings_describe(&read, &again, &error), "there is memory");
    check(again.count == lines.count, "as many lines");
    for (size_t k = 0; k < lines.count; k++) {
        check(strcmp(lines.items[k], again.items[k]) == 0, "the same settings");
    }
    text_list_free(&lines);
    text_list_free(&again);
    repl_settings_free(&read);
}

static void check_text(const Repl *repl, const Bytes *before) {
    Bytes text = {0};
    check(conversation_text(&repl->conversation, &text, NULL) && bytes_reserve(&text, 0, NULL),
          "there is memory");
    check(text.length == before->length && memcmp(text.data, before->data, text.length) == 0,
          "what was taken back is gone");
    bytes_free(&text);
}

/* As ui/repl.c does it. */
static void take_text(Repl *repl, const Bytes *typed) {
    const char *text = typed->data;
    Error error = {0};
    if (repl_is_command(text)) {
        repl_command_run(repl, text);
        return;
    }
    size_t escape = text[0] == '\\' && repl_is_command(text + 1) ? 1 : 0;
    size_t length = typed->length - escape < PROMPT_MOST ? typed->length - escape : PROMPT_MOST;
    Bytes before = {0};
    check(conversation_text(&repl->conversation, &before, NULL) && bytes_reserve(&before, 0, NULL),
          "there is memory");
    const Turn *last = conversation_last(&repl->conversation);
    (void)repl_answer(repl, text + escape, length, &error);
    if (length % 4 == 1 && conversation_last(&repl->conversation) != last) {
        check(conversation_undo(&repl->conversation, repl->writer, &error), "an answer can be taken back");
        check_text(repl, &before);
    }
    bytes_free(&before);
}

static void store(const char *name, const uint8_t *data, size_t size) {
    FILE *file = fopen(name, "wbe");
    check(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0, "a file is stored");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t typed = end != NULL ? (size_t)(end - data) : size;
    size_t stored = end != NULL ? size - typed - 1 : 0;
    char path[PATH_SIZE];
    int input = memory_file(data, typed, path);
    check(lseek(input, 0, SEEK_SET) == 0, "a file is read from its beginning");
    store(STORED_FILE, data + size - stored, stored);
    Caught said, written;
    catch_stream(&stderr, &said);
    catch_stream(&stdout, &written);
    Repl repl;
    Bytes text = {0};
    talking_open(&repl);
    repl.lines.input.descriptor = input;
    for (size_t k = 0; k < LINES_MOST && !repl.over; k++) {
        Error error = {0};
        if (lines_read(&repl.lines, "> ", &text, &error) != LINE_READ) {
            break;
        }
        if (!names_other_file(text.data)) {
            take_text(&repl, &text);
            talking_limit(&repl);
        }
    }
    check_settings(&repl);
    bytes_free(&text);
    talking_close(&repl);
    release_stream(&stdout, &written, false);
    release_stream(&stderr, &said, true);
    close(input);
    return 0;
}

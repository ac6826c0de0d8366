/* A folder of a test's own: see scratch.h. It does not use base/file.h, which it helps to test. */
#define _GNU_SOURCE /* nftw */
#include "support/scratch.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static void require(bool truth, const char *what) {
    if (!truth) {
        perror(what);
        abort();
    }
}

Scratch *scratch_create(void) {
    const char *parent = getenv("TMPDIR");
    Scratch *scratch = calloc(1, sizeof *scratch);
    require(scratch != NULL, "calloc");
    Bytes folder = {0};
    bool done = bytes_printf(&folder, NULL, "%s/letra-test-XXXXXX",
                             parent != NULL && parent[0] != '\0' ? parent : "/tmp");
    require(done, "memory");
    scratch->folder = folder.data;
    require(mkdtemp(scratch->folder) != NULL, scratch->folder);
    return scratch;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place) {
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void scratch_remove(Scratch *scratch) {
    require(nftw(scratch->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0, scratch->folder);
    free(scratch->folder);
    free(scratch);
}

char *scratch_path(Scratch *scratch, const char *name) {
    char *path = scratch->path[scratch->next++ % 8];
    int length = snprintf(path, sizeof scratch->path[0], "%s/%s", scratch->folder, name);
    require(length > 0 && (size_t)length < sizeof scratch->path[0], "the name is too long");
    return path;
}

char *scratch_write(Scratch *scratch, const char *name, const void *data, size_t length) {
    char *path = scratch_path(scratch, name);
    FILE *file = fopen(path, "wb");
    require(file != NULL, path);
    require(length == 0 || fwrite(data, 1, length, file) == length, path);
    require(fclose(file) == 0, path);
    return path;
}

char *scratch_write_text(Scratch *scratch, const char *name, const char *text) {
    return scratch_write(scratch, name, text, strlen(text));
}

Bytes scratch_read(Scratch *scratch, const char *name) {
    const char *path = scratch_path(scratch, name);
    FILE *file = fopen(path, "rb");
    require(file != NULL, path);
    Bytes bytes = {0};
    char block[4096];
    size_t got = 0;
    require(bytes_reserve(&bytes, 0, NULL), "memory");
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        require(bytes_append(&bytes, block, got, NULL), "memory");
    }
    require(ferror(file) == 0, path);
    require(fclose(file) == 0, path);
    return bytes;
}

char *scratch_bytes(size_t length) {
    char *data = malloc(length);
    require(data != NULL, "malloc");
    for (size_t k = 0; k < length; k++) {
        data[k] = (char)(unsigned char)((k * 7 + k / 251) % 256);
    }
    return data;
}

size_t scratch_count(Scratch *scratch) {
    DIR *folder = opendir(scratch->folder);
    require(folder != NULL, scratch->folder);
    size_t count = 0;
    /* cppcheck-suppress readdirCalled ; each thread that reads a folder opens its own */
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(folder);
    return count;
}

/* Lists of files: see file_list.h. */
#define _GNU_SOURCE
#include "base/file_list.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/memory.h"

/* A folder that was named, and what is wanted of it. */
typedef struct Search {
    const char *pattern;
    size_t root; /* bytes of the folder's path: what comes after it and a slash is the path below it */
} Search;

static bool append(FileList *list, const char *path, Error *error) {
    char **paths = realloc(list->paths, (list->count + 1) * sizeof *paths);
    if (paths == NULL) {
        return error_out_of_memory(error, (list->count + 1) * sizeof *paths, "the list of files");
    }
    list->paths = paths;
    paths[list->count] = memory_copy_text(path, strlen(path), error);
    if (paths[list->count] == NULL) {
        return false;
    }
    list->count++;
    return true;
}

static bool matches(const Search *search, const char *path) {
    if (search->pattern == NULL) {
        return true;
    }
    const char *below = path + search->root + 1;
    const char *name = strrchr(below, '/') != NULL ? strrchr(below, '/') + 1 : below;
    bool whole = strchr(search->pattern, '/') != NULL;
    return fnmatch(search->pattern, whole ? below : name, whole ? FNM_PATHNAME : 0) == 0;
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* What is at a path: S_IFREG, S_IFDIR, or 0 for all that is no text. */
static mode_t kind_of(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) {
        return 0;
    }
    if (S_ISLNK(status.st_mode)) {
        return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? S_IFREG : 0;
    }
    return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? status.st_mode & S_IFMT : 0;
}

/* The names in a folder, owned by the caller; -1 and a message on failure. */
static int read_names(const char *folder, struct dirent ***names, Error *error) {
    int count = scandir(folder, names, is_visible, alphasort);
    if (count < 0) {
        error_set(error, "cannot read the folder %s: %s", folder, strerror(errno));
    }
    return count;
}

/* Adds what is in a folder and below it. Folders wait in a list of their own: however deep they are, nothing is called
 * again and again. */
static bool add_below(const Search *search, const char *folder, FileList *list, FileList *later,
                      Error *error) {
    struct dirent **names = NULL;
    int count = read_names(folder, &names, error);
    bool done = count >= 0;
    Bytes path = {0};
    for (int k = 0; k < count; k++) {
        path.length = 0;
        done = done && bytes_printf(&path, error, "%s/%s", folder, names[k]->d_name);
        mode_t kind = done ? kind_of(path.data) : 0;
        if (kind == S_IFDIR) {
            done = append(later, path.data, error);
        } else if (kind == S_IFREG && matches(search, path.data)) {
            done = append(list, path.data, error);
        }
        free(names[k]);
    }
    free(names);
    bytes_free(&path);
    return done;
}

static int compare_paths(const void *left, const void *right) {
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static bool add_folder(FileList *list, const char *folder, const char *pattern, Error *error) {
    Search search = {.pattern = pattern, .root = strlen(folder)};
    size_t first = list->count;
    FileList folders = {0};
    bool done = append(&folders, folder, error);
    for (size_t k = 0; done && k < folders.count; k++) {
        done = add_below(&search, folders.paths[k], list, &folders, error);
    }
    file_list_free(&folders);
    if (!done) {
        return false;
    }
    if (list->count == first) {
        return pattern == NULL
                   ? error_set(error, "there is no file in the folder %s", folder)
                   : error_set(error, "no file in the folder %s matches --include '%s'", folder, pattern);
    }
    qsort(list->paths + first, list->count - first, sizeof *list->paths, compare_paths);
    return true;
}

/* Adds a folder by its name without slashes at the end. */
static bool add_named_folder(FileList *list, const char *path, const char *pattern, Error *error) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    char *folder = memory_copy_text(path, length, error);
    bool done = folder != NULL && add_folder(list, folder, pattern, error);
    free(folder);
    list->folders++;
    return done;
}

bool file_list_add(FileList *list, const char *path, const char *pattern, Error *error) {
    struct stat status;
    bool folder = strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return folder ? add_named_folder(list, path, pattern, error) : append(list, path, error);
}

void file_list_free(FileList *list) {
    for (size_t k = 0; k < list->count; k++) {
        free(list->paths[k]);
    }
    free(list->paths);
    *list = (FileList){0};
}

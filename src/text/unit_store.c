/* Rows of units in blocks: see unit_store.h. */
#define _GNU_SOURCE
#include "text/unit_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/nameless_file.h"

enum {
    BLOCK_UNITS = 1 << 20,
    STRIDE = 64,      /* units that are looked at and packed at once; a divisor */
    ROUND_BLOCKS = 16 /* between two looks at how much memory is left */
};

/* A block: `width` bytes a unit, at `data` or, in a file, from `offset` on. */
typedef struct Block {
    unsigned width;
    void *data;
    off_t offset;
} Block;

struct UnitStore {
    size_t count;
    Block *blocks;
    size_t block_count; /* whole ones, and after unit_store_finish the last */
    size_t block_room;
    uint32_t *last; /* what is not in a block yet: up to BLOCK_UNITS units */
    size_t last_count;
    uint32_t *map; /* NULL: none */
    size_t map_size;
    size_t memory; /* bytes of the blocks there */
    int file;      /* -1: in memory */
    off_t file_size;
    char *folder; /* of the file, for messages */
};

/* --- making --- */

static bool open_file(UnitStore *store, const char *folder, Error *error) {
    store->folder = memory_copy_text(folder, strlen(folder), error);
    if (store->folder == NULL) {
        return false;
    }
    store->file = nameless_file_open(folder, error);
    return store->file >= 0 || error_prefix(error, "cannot keep the text (--cache): ");
}

UnitStore *unit_store_create(const char *folder, Error *error) {
    UnitStore *store = memory_allocate(1, sizeof *store, "a text's units", error);
    if (store == NULL) {
        return NULL;
    }
    store->file = -1;
    if (folder != NULL && !open_file(store, folder, error)) {
        unit_store_free(store);
        return NULL;
    }
    return store;
}

void unit_store_free(UnitStore *store) {
    if (store == NULL) {
        return;
    }
    for (size_t k = 0; k < store->block_count; k++) {
        free(store->blocks[k].data);
    }
    if (store->file >= 0) {
        close(store->file);
    }
    free(store->blocks);
    free(store->last);
    free(store->map);
    free(store->folder);
    free(store);
}

/* --- writing --- */

/* Packs units, of which there is room for whole strides, in their own place into `width` bytes each. A stride goes by
 * way of another place, so that the compiler may take all of it at once. */
static void pack(uint32_t *units, size_t count, unsigned width) {
    unsigned char *bytes = (unsigned char *)units;
    for (size_t k = 0; width == 1 && k < count; k += STRIDE) {
        uint8_t narrow[STRIDE];
        for (size_t j = 0; j < STRIDE; j++) {
            narrow[j] = (uint8_t)units[k + j];
        }
        memcpy(bytes + k, narrow, sizeof narrow);
    }
    for (size_t k = 0; width == 2 && k < count; k += STRIDE) {
        uint16_t narrow[STRIDE];
        for (size_t j = 0; j < STRIDE; j++) {
            narrow[j] = (uint16_t)units[k + j];
        }
        memcpy(bytes + 2 * k, narrow, sizeof narrow);
    }
}

static unsigned width_of(const uint32_t *units, size_t count) {
    uint32_t strides[STRIDE] = {0};
    uint32_t bits = 0;
    size_t k = 0;
    for (; k + STRIDE <= count; k += STRIDE) {
        for (size_t j = 0; j < STRIDE; j++) {
            strides[j] |= units[k + j];
        }
    }
    for (; k < count; k++) {
        bits |= units[k];
    }
    for (size_t j = 0; j < STRIDE; j++) {
        bits |= strides[j];
    }
    return bits <= UINT8_MAX ? 1 : bits <= UINT16_MAX ? 2 : 4;
}

static bool write_file(UnitStore *store, const char *bytes, size_t size, Error *error) {
    for (size_t done = 0; done < size;) {
        ssize_t written = pwrite(store->file, bytes + done, size - done, store->file_size + (off_t)done);
        if (written < 0 && errno != EINTR) {
            return error_set(error,
                             "cannot keep the text in the folder %s: %s after %.1f MB; give --cache one with "
                             "more room (about a byte for each character of an alphabet, two of Chinese, and "
                             "twice as much for records)",
                             store->folder, strerror(errno), (double)store->file_size / 1e6);
        }
        done += written > 0 ? (size_t)written : 0;
    }
    store->file_size += (off_t)size;
    return true;
}

static bool reserve_block(UnitStore *store, Error *error) {
    Block *blocks = memory_grow(store->blocks, store->block_count, &store->block_room, sizeof *blocks,
                                "a text's units", error);
    if (blocks != NULL) {
        store->blocks = blocks;
    }
    return blocks != NULL;
}

static bool refuse_memory(const UnitStore *store, Error *error) {
    return error_set(
        error,
        "the text does not fit into memory: %.1f MB of it are there, and it goes on; --cache FOLDER "
        "keeps it on a disk",
        (double)store->memory / 1e6);
}

/* Whether there is memory for some more blocks. Who only asks malloc is promised more than there is, and killed when
 * it is used. */
static bool check_memory(const UnitStore *store, size_t size, Error *error) {
    if (store->block_count % ROUND_BLOCKS != 0) {
        return true;
    }
    size_t available = memory_available();
    return available == 0 || available >= ROUND_BLOCKS * size || refuse_memory(store, error);
}

/* Puts a block of `size` bytes into memory. */
static bool keep_block(UnitStore *store, Block *block, const void *bytes, size_t size, Error *error) {
    if (!check_memory(store, size, error)) {
        return false;
    }
    block->data = malloc(size); /* not memory_allocate: it is filled at once */
    if (block->data == NULL) {
        return refuse_memory(store, error);
    }
    memcpy(block->data, bytes, size);
    store->memory += size;
    return true;
}

/* Makes a block of what came last. */
static bool store_last(UnitStore *store, Error *error) {
    unsigned width = width_of(store->last, store->last_count);
    size_t size = store->last_count * width;
    if (!reserve_block(store, error)) {
        return false;
    }
    Block block = {.width = width, .offset = store->file_size};
    pack(store->last, store->last_count, width);
    bool done = store->file >= 0 ? write_file(store, (const char *)store->last, size, error)
                                 : keep_block(store, &block, store->last, size, error);
    if (!done) {
        return false;
    }
    store->blocks[store->block_count++] = block;
    store->last_count = 0;
    return true;
}

bool unit_store_append(UnitStore *store, const uint32_t *units, size_t count, Error *error) {
    if (store->last == NULL) {
        store->last = calloc(BLOCK_UNITS, sizeof *store->last);
        if (store->last == NULL) {
            return error_out_of_memory(error, BLOCK_UNITS * sizeof *store->last, "a text's units");
        }
    }
    while (count > 0) {
        size_t room = BLOCK_UNITS - store->last_count;
        size_t taken = count < room ? count : room;
        memcpy(store->last + store->last_count, units, taken * sizeof *units);
        store->last_count += taken;
        store->count += taken;
        units += taken;
        count -= taken;
        if (store->last_count == BLOCK_UNITS && !store_last(store, error)) {
            return false;
        }
    }
    return true;
}

bool unit_store_finish(UnitStore *store, Error *error) {
    if (store->last_count > 0 && !store_last(store, error)) {
        return false;
    }
    free(store->last);
    store->last = NULL;
    return true;
}

/* --- reading --- */

size_t unit_store_count(const UnitStore *store) {
    return store->count;
}

size_t unit_store_memory(const UnitStore *store) {
    size_t tables = store->block_room * sizeof *store->blocks + store->map_size * sizeof *store->map;
    return store->memory + tables + (store->last != NULL ? BLOCK_UNITS * sizeof *store->last : 0);
}

size_t unit_store_file(const UnitStore *store) {
    return (size_t)store->file_size;
}

static bool read_file(const UnitStore *store, off_t offset, char *bytes, size_t size, Error *error) {
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(store->file, bytes + done, size - done, offset + (off_t)done);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return error_set(error, "cannot read the text that is kept in the folder %s: %s", store->folder,
                             got == 0 ? "it ends too early" : strerror(errno));
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Makes units of `count` packed ones; `bytes` may be the end of the place where they go. */
static void unpack(const unsigned char *bytes, unsigned width, size_t count, uint32_t *units) {
    for (size_t k = 0; k < count; k++) {
        uint32_t unit = bytes[k * width];
        if (width == 2) {
            uint16_t narrow = 0;
            memcpy(&narrow, bytes + 2 * k, sizeof narrow);
            unit = narrow;
        } else if (width == 4) {
            memcpy(&unit, bytes + 4 * k, sizeof unit);
        }
        units[k] = unit;
    }
}

/* The same for a stretch that lies in one block. */
static bool read_block(const UnitStore *store, const Block *block, size_t first, size_t count,
                       uint32_t *units, Error *error) {
    const unsigned char *bytes = block->data;
    size_t size = count * block->width;
    if (bytes != NULL) {
        bytes += first * block->width;
    } else {
        char *place = (char *)(units + count) - size; /* each is taken before it is written over */
        if (!read_file(store, block->offset + (off_t)(first * block->width), place, size, error)) {
            return false;
        }
        bytes = (const unsigned char *)place;
    }
    unpack(bytes, block->width, count, units);
    return true;
}

bool unit_store_read(const UnitStore *store, size_t begin, size_t count, uint32_t *units, Error *error) {
    for (size_t done = 0; done < count;) {
        size_t first = (begin + done) % BLOCK_UNITS;
        size_t number = (begin + done) / BLOCK_UNITS;
        size_t left = count - done;
        size_t taken = left < BLOCK_UNITS - first ? left : BLOCK_UNITS - first;
        if (number == store->block_count) {
            memcpy(units + done, store->last + first, taken * sizeof *units);
        } else if (!read_block(store, &store->blocks[number], first, taken, units + done, error)) {
            return false;
        }
        done += taken;
    }
    for (size_t k = 0; store->map != NULL && k < count; k++) {
        units[k] = store->map[units[k]];
    }
    return true;
}

bool unit_store_map(UnitStore *store, const uint32_t *map, size_t size, Error *error) {
    size_t own = store->map != NULL ? store->map_size : size;
    uint32_t *both = memory_allocate(own, sizeof *both, "a map of units", error);
    if (both == NULL) {
        return false;
    }
    for (size_t k = 0; k < own; k++) {
        both[k] = map[store->map != NULL ? store->map[k] : k];
    }
    free(store->map);
    store->map = both;
    store->map_size = own;
    return true;
}

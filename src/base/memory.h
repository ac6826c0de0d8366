/* Memory: allocations that check their sizes and say what they were for.
 *
 * Everything comes zeroed and aligned to 64 bytes (a cache line, and the widest vector). What is returned
 * is freed with `free`.
 */
#ifndef LETRA_BASE_MEMORY_H
#define LETRA_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { MEMORY_ALIGNMENT = 64 };

/* `count` elements of `size` bytes, zeroed, aligned to MEMORY_ALIGNMENT; count or size 0 gives a valid
 * pointer. NULL and a message naming `what` when there is no memory or the product overflows. */
void *memory_allocate(size_t count, size_t size, const char *what, Error *error);

/* Makes room for one more element in an array of `count` elements of `size` bytes, NULL at first, with `*room` for so
 * many: returns it, or a larger one in its place, which is allocated with `realloc`. NULL and a message naming `what`
 * without memory; then the array stays as it was. */
void *memory_grow(void *array, size_t count, size_t *room, size_t size, const char *what, Error *error);

/* A copy of the `length` bytes at `text`, with a NUL after them; NULL and a message without memory. */
char *memory_copy_text(const char *text, size_t length, Error *error);

/* Gives the whole pages among the `size` bytes at `memory`, which stay allocated, back to the system. What was in these
 * bytes is lost. */
void memory_release(void *memory, size_t size);

/* Has the system take the processor's large pages for a block of 4 MB or more, if it has any: what is read from end to
 * end, over and over, is found faster (measured in a virtual machine, training takes 4 to 10 % less time). Other blocks
 * would take more memory than is used of them. */
void memory_ask_for_large_pages(void *memory, size_t size);

/* Gives what was freed back to the system, as far as the allocator keeps it. */
void memory_trim(void);

/* Bytes that this process has in memory now, its program and libraries included. 0: unknown. */
size_t memory_resident(void);

/* Bytes that this process could still take: what the system has to give, or what its limit on address space
 * or its control groups (base/memory_group.h) leave, whichever is less. 0: unknown. */
size_t memory_available(void);

/* Whether an array may become so many bytes larger. Who only asks malloc is promised more than there is, and ended by
 * the system when it is used. */
bool memory_may_grow(size_t bytes);

/* Whether this process could take so many more bytes, asked before anything big is allocated. If not, false and the
 * message "WORK would take 1.2 GB more memory, and 0.8 GB are freeADVICE". */
bool memory_check(double bytes, const char *work, const char *advice, Error *error);

#endif

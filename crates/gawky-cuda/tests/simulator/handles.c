/* Handles that can be told from garbage: numbers of entries in a table, so that a handle which ended, or is something
 * else, is found out without looking where it points. */
#include "simulator.h"

#include <stdlib.h>

struct entry {
    enum kind kind;
    void *object;
};
static struct entry *entries;
static size_t length, room;

/* No small numbers: 1 and 2 are streams to CUDA. */
enum { FIRST = 0x51000000, STEP = 16 };

void *new_handle(enum kind kind, void *object) {
    if (length == room) {
        room = room ? 2 * room : 64;
        entries = realloc(entries, room * sizeof *entries);
        if (!entries) abort();
    }
    entries[length] = (struct entry){kind, object};
    return (void *)(uintptr_t)(FIRST + STEP * length++);
}

static struct entry *find(void *handle) {
    uintptr_t number = (uintptr_t)handle;
    if (number < FIRST || (number - FIRST) % STEP || (number - FIRST) / STEP >= length) return NULL;
    return &entries[(number - FIRST) / STEP];
}

void *behind(void *handle, enum kind kind) {
    struct entry *entry = find(handle);
    return entry && entry->kind == kind ? entry->object : NULL;
}

void end_handle(void *handle) {
    struct entry *entry = find(handle);
    if (entry) entry->object = NULL;
}

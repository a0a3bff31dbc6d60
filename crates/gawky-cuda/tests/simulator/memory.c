/* The memory of the devices, and pinned memory: which bytes there are, and which of them may be touched.
 *
 * All of it comes from one range of addresses, none of which is ever used again, so that what was freed is found out
 * for good. Each allocation ends at a page that cannot be touched. Memory of a device cannot be touched at all but
 * while the device works. */
#define _GNU_SOURCE
#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, ALIGNMENT = 256, FRESH = 0xa7 };

static uint64_t arena, arena_end, arena_next, numbers;
static struct allocation **live;
static size_t live_count, live_room;
static struct allocation **gone;
static size_t gone_count, gone_room;
static struct allocation **opened;
static size_t opened_count, opened_room;
static uint64_t used[8];

static void push(struct allocation ***list, size_t *count, size_t *room, struct allocation *item) {
    if (*count == *room) {
        *room = *room ? 2 * *room : 64;
        *list = realloc(*list, *room * sizeof **list);
        if (!*list) abort();
    }
    (*list)[(*count)++] = item;
}

/* The last allocation that starts at or before an address: its place in `live`, and one more. */
static size_t place_of(uint64_t address) {
    size_t low = 0, high = live_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (live[middle]->start <= address) low = middle + 1;
        else high = middle;
    }
    return low;
}

struct allocation *holding(uint64_t address, uint64_t size) {
    size_t place = place_of(address);
    if (!place) return NULL;
    struct allocation *allocation = live[place - 1];
    uint64_t before = address - allocation->start;
    return before <= allocation->size && size <= allocation->size - before && (before < allocation->size || !size)
               ? allocation
               : NULL;
}

static void add_to_live(struct allocation *allocation) {
    push(&live, &live_count, &live_room, allocation);
    for (size_t i = live_count - 1; i && live[i - 1]->start > live[i]->start; i--) {
        struct allocation *other = live[i];
        live[i] = live[i - 1], live[i - 1] = other;
    }
}

bool in_arena(uint64_t address) { return address >= arena && address < arena_end; }

const char *what_is_at(uint64_t address) {
    static char text[160];
    static const char *places[] = {"memory of the device", "pinned memory", "registered memory"};
    size_t place = place_of(address);
    if (place && address - live[place - 1]->start <= live[place - 1]->size + PAGE) {
        struct allocation *allocation = live[place - 1];
        snprintf(text, sizeof text, "byte %lu of %lu bytes of %s%s (allocation %lu)", address - allocation->start,
                 allocation->size, places[allocation->place],
                 allocation->life == PROMISED ? " which its stream has not come to yet" : "", allocation->number);
        return text;
    }
    for (size_t i = gone_count; i-- > 0;) {
        struct allocation *allocation = gone[i];
        if (address >= allocation->start && address - allocation->start <= allocation->size) {
            snprintf(text, sizeof text, "byte %lu of %lu bytes of %s that was freed (allocation %lu)",
                     address - allocation->start, allocation->size, places[allocation->place], allocation->number);
            return text;
        }
    }
    return in_arena(address) ? "no allocation" : "neither memory of the device nor pinned";
}

static void protect(struct allocation *allocation, int protection) {
    if (mprotect(allocation->mapping, allocation->mapped, protection)) {
        fprintf(stderr, "simulator: this machine has no memory left for %lu bytes\n", allocation->size);
        abort();
    }
}

void open_device_memory(struct allocation *allocation) {
    if (allocation->place != ON_DEVICE || allocation->open) return;
    protect(allocation, PROT_READ | PROT_WRITE);
    allocation->open = true;
    push(&opened, &opened_count, &opened_room, allocation);
}

void close_device_memory(void) {
    while (opened_count) {
        struct allocation *allocation = opened[--opened_count];
        if (allocation->open) protect(allocation, PROT_NONE);
        allocation->open = false;
    }
}

static void reserve_arena(void) {
    for (uint64_t size = (uint64_t)1 << 44; !arena && size >= (uint64_t)1 << 34; size >>= 1) {
        void *start = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (start != MAP_FAILED) {
            arena = arena_next = (uint64_t)start;
            arena_end = arena + size;
        }
    }
    if (!arena) {
        fprintf(stderr, "simulator: no addresses to be had\n");
        abort();
    }
}

CUresult allocate(enum place place, uint64_t size, bool ordered, struct allocation **result) {
    if (!size) return INVALID_VALUE;
    if (!arena) reserve_arena();
    CUdevice device = current_device();
    uint64_t limit = place == ON_DEVICE ? device_memory() : number_setting("SIMULATOR_PINNED", UINT64_MAX >> 1);
    uint64_t *taken = place == ON_DEVICE ? &used[device] : &report.pinned_bytes;
    if (*taken > limit || size > limit - *taken) {
        /* What is only waiting to be freed is there when it is needed. */
        if (place == ON_DEVICE) finish_all();
        if (lost()) return lost();
        if (*taken > limit || size > limit - *taken) return OUT_OF_MEMORY;
    }
    uint64_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    uint64_t mapped = (rounded + PAGE - 1) / PAGE * PAGE;
    if (mapped + 2 * PAGE > arena_end - arena_next) return OUT_OF_MEMORY;
    struct allocation *allocation = calloc(1, sizeof *allocation);
    *allocation = (struct allocation){.start = arena_next + mapped - rounded,
                                      .size = size,
                                      .place = place,
                                      .life = PROMISED,
                                      .ordered = ordered,
                                      .device = device,
                                      .context = current_context(),
                                      .mapping = (void *)arena_next,
                                      .mapped = mapped,
                                      .number = numbers++};
    arena_next += mapped + PAGE;
    add_to_live(allocation);
    *taken += size;
    if (place == ON_DEVICE) {
        report.allocations++;
        report.allocated_bytes += size;
        if (report.allocated_bytes > report.peak_bytes) report.peak_bytes = report.allocated_bytes;
    } else {
        report.pinned++;
    }
    *result = allocation;
    return SUCCESS;
}

/* Fresh memory holds something that nobody wants. */
void begin_life(struct allocation *allocation) {
    allocation->life = LIVE;
    if (allocation->place == ON_DEVICE) open_device_memory(allocation);
    else protect(allocation, PROT_READ | PROT_WRITE);
    memset((void *)allocation->start, FRESH, allocation->size);
}

void end_life(struct allocation *allocation) {
    allocation->open = false;
    size_t place = place_of(allocation->start) - 1;
    memmove(&live[place], &live[place + 1], (--live_count - place) * sizeof *live);
    switch (allocation->place) {
        case ON_DEVICE:
            used[allocation->device] -= allocation->size;
            report.allocations--;
            report.allocated_bytes -= allocation->size;
            break;
        case PINNED:
            report.pinned--;
            report.pinned_bytes -= allocation->size;
            break;
        case REGISTERED:
            report.registered--;
            break;
    }
    /* Mapped anew, its pages are given back, and its addresses stay taken. */
    if (allocation->mapping) {
        mmap(allocation->mapping, allocation->mapped, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    }
    free(allocation->access);
    allocation->access = NULL;
    allocation->accesses = allocation->access_room = 0;
    push(&gone, &gone_count, &gone_room, allocation);
}

void end_memory_of(struct context *context) {
    for (size_t i = live_count; i-- > 0;) {
        if (live[i]->context == context && live[i]->place == ON_DEVICE) end_life(live[i]);
    }
}

EXPORTED CUresult cuMemHostRegister_v2(void *start, size_t size, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    (void)flags;
    if (!size || !start) return INVALID_VALUE;
    uint64_t address = (uint64_t)start;
    size_t place = place_of(address + size - 1);
    if (place && live[place - 1]->start + live[place - 1]->size > address) return HOST_MEMORY_ALREADY_REGISTERED;
    struct allocation *allocation = calloc(1, sizeof *allocation);
    *allocation = (struct allocation){.start = address,
                                      .size = size,
                                      .place = REGISTERED,
                                      .life = LIVE,
                                      .context = current_context(),
                                      .number = numbers++};
    add_to_live(allocation);
    report.registered++;
    return SUCCESS;
}

EXPORTED CUresult cuMemHostUnregister(void *start) {
    ENTER(NEEDS_CONTEXT);
    struct allocation *allocation = holding((uint64_t)start, 1);
    if (!allocation || allocation->place != REGISTERED || allocation->start != (uint64_t)start) {
        return HOST_MEMORY_NOT_REGISTERED;
    }
    end_life(allocation);
    return SUCCESS;
}

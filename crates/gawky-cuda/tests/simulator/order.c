/* What happens before what, by streams, events and the waiting of the host alone: not by the order in which the simulator
 * happens to do it. Two pieces of work that touch the same bytes, one of them writing, with neither before the other, are an
 * error in whichever order they ran.
 *
 * Each stream has a clock: for each stream the number of the last piece of work that is known to be done before whatever
 * comes next. An event takes the clock of its stream along, and the host learns what it has waited for. All threads of the
 * host count as one. */
#include "simulator.h"

#include <stdlib.h>
#include <string.h>

static struct clock host;

void merge_clock(struct clock *into, const struct clock *from) {
    if (into->length < from->length) {
        into->last = realloc(into->last, from->length * sizeof *into->last);
        if (!into->last) abort();
        memset(into->last + into->length, 0, (from->length - into->length) * sizeof *into->last);
        into->length = from->length;
    }
    for (size_t i = 0; i < from->length; i++) {
        if (into->last[i] < from->last[i]) into->last[i] = from->last[i];
    }
}

void end_clock(struct clock *clock) {
    free(clock->last);
    *clock = (struct clock){0};
}

static void set_clock(struct clock *clock, size_t stream, uint64_t number) {
    uint64_t last[stream + 1];
    memset(last, 0, sizeof last);
    last[stream] = number;
    merge_clock(clock, &(struct clock){.length = stream + 1, .last = last});
}

void begin_in_order(struct stream *stream, struct work *work) {
    merge_clock(&stream->clock, &host);
    set_clock(&stream->clock, stream->index, work->number);
    merge_clock(&work->clock, &stream->clock);
}

void host_learns(const struct clock *clock) { merge_clock(&host, clock); }

static bool is_before(const struct access *access, const struct clock *clock) {
    return access->stream < clock->length && access->number <= clock->last[access->stream];
}

static void add(struct allocation *allocation, struct access access) {
    if (allocation->accesses == allocation->access_room) {
        allocation->access_room = allocation->access_room ? 2 * allocation->access_room : 8;
        allocation->access = realloc(allocation->access, allocation->access_room * sizeof *allocation->access);
        if (!allocation->access) abort();
    }
    allocation->access[allocation->accesses++] = access;
}

void touches(struct work *work, struct allocation *allocation, uint64_t start, uint64_t end, bool write) {
    static const char *const kinds[] = {"a copy", "a fill", "", "", "a kernel", "its allocation", "its being freed", ""};
    size_t kept = 0;
    for (size_t i = 0; i < allocation->accesses; i++) {
        struct access access = allocation->access[i];
        bool overlap = access.start < end && start < access.end;
        bool before = is_before(&access, &work->clock);
        if (overlap && (write || access.write) && !before) {
            complain("nothing orders %s (work %lu) and %s (work %lu), which %s bytes %lu to %lu of allocation %lu on another "
                     "stream", kinds[work->kind], work->number, kinds[access.kind], access.number,
                     access.write ? "writes" : "reads", access.start - allocation->start, access.end - allocation->start,
                     allocation->number);
        }
        /* What this covers, and what the host has waited for, nothing can collide with any more. */
        bool covered = before && start <= access.start && access.end <= end && (write || !access.write);
        if (!covered && !is_before(&access, &host)) allocation->access[kept++] = access;
    }
    allocation->accesses = kept;
    add(allocation, (struct access){start, end, write, work->kind, work->stream->index, work->number});
}

void is_freed_by_host(const char *function, struct allocation *allocation) {
    for (size_t i = 0; i < allocation->accesses; i++) {
        struct access *access = &allocation->access[i];
        if (is_before(access, &host)) continue;
        complain("%s of allocation %lu, and nobody has waited for work %lu, which %s it", function, allocation->number,
                 access->number, access->write ? "writes" : "reads");
        return;
    }
}

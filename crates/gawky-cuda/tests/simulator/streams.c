/* Streams: work that waits for its turn, and when its turn comes.
 *
 * Nothing is done when it is asked for. SIMULATOR_ORDER says when it is:
 *   late         only when something waits for it, and then only what that needs: the default
 *   early        at once
 *   random:SEED  now and then, in any order that streams and events allow
 * Each of these is what a device may do. */
#include "simulator.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct stream **streams;
static size_t count, room;
static uint64_t numbers;
static _Thread_local struct stream *of_this_thread;

static enum { LATE, EARLY, RANDOM } order;
static uint64_t random_state;

static void read_order(void) {
    static bool read;
    if (read) return;
    read = true;
    const char *value = setting("SIMULATOR_ORDER", "late");
    if (!strcmp(value, "late")) order = LATE;
    else if (!strcmp(value, "early")) order = EARLY;
    else if (!strncmp(value, "random", 6)) order = RANDOM, random_state = value[6] ? strtoull(value + 7, NULL, 0) : 1;
    else {
        fprintf(stderr, "simulator: SIMULATOR_ORDER is late, early or random:SEED, not %s\n", value);
        abort();
    }
}

static struct stream *new_stream(struct context *context, bool blocking) {
    struct stream *stream = calloc(1, sizeof *stream);
    stream->context = context;
    stream->blocking = blocking;
    stream->handle = new_handle(STREAM, stream);
    if (count == room) {
        room = room ? 2 * room : 16;
        streams = realloc(streams, room * sizeof *streams);
        if (!streams) abort();
    }
    stream->index = count;
    streams[count++] = stream;
    return stream;
}

/* Work in it waits for that of all blocking streams, and theirs for its: CUDA's legacy default stream. */
struct stream *default_stream(void) {
    static struct stream *stream;
    if (!stream) stream = new_stream(NULL, true);
    return stream;
}

struct stream *stream_behind(void *handle) {
    if (!handle || handle == (void *)1) return default_stream();
    if (handle == (void *)2) {
        if (!of_this_thread) of_this_thread = new_stream(NULL, true);
        return of_this_thread;
    }
    struct stream *stream = behind(handle, STREAM);
    return stream && !stream->destroyed ? stream : NULL;
}

struct work *new_work(enum work_kind kind) {
    struct work *work = calloc(1, sizeof *work);
    if (!work) abort();
    work->kind = kind;
    work->number = ++numbers;
    return work;
}

static void end_work(struct work *work) {
    if (work->kind == COPY) free(work->copy.staged);
    if (work->kind == LAUNCH) free(work->launch.arguments);
    end_clock(&work->clock);
    free(work);
}

/* Whether a stream has nothing left that was asked for before `number`. */
static bool past(struct stream *stream, uint64_t number) { return !stream->first || stream->first->number >= number; }

/* A stream that has to do something before this one can; NULL when this one can. */
static struct stream *held_up_by(struct stream *stream) {
    struct work *work = stream->first;
    if (work->kind == WAIT && !past(work->sync.stream, work->sync.work + 1)) return work->sync.stream;
    if (stream == default_stream()) {
        for (size_t i = 0; i < count; i++) {
            if (streams[i]->blocking && streams[i] != stream && !past(streams[i], work->number)) return streams[i];
        }
    } else if (stream->blocking && !past(default_stream(), work->number)) {
        return default_stream();
    }
    return NULL;
}

static void *run_host_function(void *work) {
    ((struct work *)work)->host.function(((struct work *)work)->host.data);
    return NULL;
}

static CUresult run(struct work *work) {
    switch (work->kind) {
        case COPY: return run_copy(work);
        case SET: return run_set(work);
        case LAUNCH: return run_launch(work);
        case ALLOCATE:
            begin_life(work->allocation);
            touches(work, work->allocation, work->allocation->start, UINT64_MAX, true);
            return SUCCESS;
        case FREE:
            touches(work, work->allocation, work->allocation->start, UINT64_MAX, true);
            end_life(work->allocation);
            return SUCCESS;
        case WAIT: return SUCCESS;
        case RECORD: {
            struct timespec now;
            clock_gettime(CLOCK_MONOTONIC, &now);
            work->sync.event->happened = work->sync.recording;
            work->sync.event->time = (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
            return SUCCESS;
        }
        case HOST: {
            /* On a thread of the driver, without the lock: the function may wait for others, though it may call nothing. */
            pthread_t thread;
            work->stream->busy = true;
            close_device_memory();
            unlock_simulator();
            bool started = !pthread_create(&thread, NULL, run_host_function, work);
            if (started) pthread_join(thread, NULL);
            lock_simulator();
            work->stream->busy = false;
            host_learns(&work->clock);
            return started ? SUCCESS : UNKNOWN;
        }
    }
    return UNKNOWN;
}

/* Runs the first piece of work of a stream, which nothing holds up. */
static void run_first(struct stream *stream) {
    struct work *work = stream->first;
    run(work);
    /* Errors drop all work, this too. */
    if (stream->first == work) {
        stream->first = work->next;
        if (!stream->first) stream->last = NULL;
        report.pending--;
        end_work(work);
    }
    announce_progress();
}

/* The stream that can do something for `stream` to get on; NULL while another thread is at it. */
static struct stream *next_for(struct stream *stream) {
    for (struct stream *other = stream; other; stream = other) {
        if (stream->busy) return NULL;
        other = held_up_by(stream);
        if (!other) return stream;
    }
    return NULL;
}

static struct stream *any_ready(void) {
    if (!count) return NULL;
    size_t start = next_random(&random_state) % count;
    for (size_t i = 0; i < count; i++) {
        struct stream *stream = streams[(start + i) % count];
        if (stream->first && !stream->busy && !held_up_by(stream)) return stream;
    }
    return NULL;
}

CUresult run_past(struct stream *stream, uint64_t number) {
    while (!past(stream, number) && !lost()) {
        struct stream *next = order == RANDOM ? any_ready() : next_for(stream);
        if (next) run_first(next);
        else wait_for_progress();
    }
    return lost();
}

CUresult finish(struct stream *stream) {
    struct clock known = {0};
    merge_clock(&known, &stream->clock);
    CUresult result = run_past(stream, numbers + 1);
    host_learns(&known);
    end_clock(&known);
    return result;
}

CUresult finish_all(void) {
    uint64_t number = numbers + 1;
    /* The streams that were asked last go first, as long as nothing says otherwise. */
    for (size_t i = count; i-- > 0;) run_past(streams[i], number);
    for (size_t i = 0; i < count; i++) {
        if (past(streams[i], UINT64_MAX)) host_learns(&streams[i]->clock);
    }
    return lost();
}

void go_on(void) {
    read_order();
    if (order != RANDOM) return;
    for (uint64_t steps = next_random(&random_state) % 4; steps; steps--) {
        struct stream *stream = any_ready();
        if (stream) run_first(stream);
    }
}

/* Functions of the host are run without anybody waiting for the device, since somebody may wait for them. */
static void *attend(void *nothing) {
    for (;;) {
        usleep(2000);
        lock_simulator();
        for (size_t i = 0; i < count; i++) {
            struct work *last = NULL;
            for (struct work *work = streams[i]->first; work; work = work->next) {
                if (work->kind == HOST) last = work;
            }
            if (last && !streams[i]->busy) {
                struct stream *next = next_for(streams[i]);
                if (next) run_first(next);
            }
        }
        close_device_memory();
        unlock_simulator();
    }
    return nothing;
}

void queue(struct stream *stream, struct work *work) {
    work->stream = stream;
    for (size_t i = 0; stream == default_stream() && i < count; i++) {
        if (streams[i]->blocking) merge_clock(&stream->clock, &streams[i]->clock);
    }
    if (stream->blocking) merge_clock(&stream->clock, &default_stream()->clock);
    begin_in_order(stream, work);
    if (stream->last) stream->last->next = work;
    else stream->first = work;
    stream->last = work;
    report.pending++;
    if (work->kind == HOST) {
        static bool attended;
        pthread_t thread;
        if (!attended && !pthread_create(&thread, NULL, attend, NULL)) attended = true, pthread_detach(thread);
    }
    if (order == EARLY) run_past(stream, work->number + 1);
}

/* After an error nothing is done any more, and nothing waits. */
void drop_all_work(void) {
    for (size_t i = 0; i < count; i++) {
        struct stream *stream = streams[i];
        struct work *work = stream->first;
        stream->first = stream->last = NULL;
        while (work) {
            struct work *next = work->next;
            if (work->kind == RECORD) work->sync.event->happened = work->sync.recording;
            if (work->kind == ALLOCATE) begin_life(work->allocation);
            if (work->kind == FREE) end_life(work->allocation);
            report.pending--;
            /* The one that runs is looked at no more, but its stream's thread may still be at it. */
            if (!stream->busy && work->kind != LAUNCH && work->kind != COPY) end_work(work);
            work = next;
        }
    }
    announce_progress();
}

void end_streams_of(struct context *context) {
    for (size_t i = 0; i < count; i++) {
        struct stream *stream = streams[i];
        if (stream->context != context || stream->destroyed) continue;
        stream->destroyed = true;
        report.streams--;
    }
}

void say_if_work_is_left(void) {
    if (report.pending) fprintf(stderr, "simulator: %lu pieces of work were never waited for\n", report.pending);
}

/* ---- the calls ---- */

EXPORTED CUresult cuStreamCreate(void **result, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    if (flags > 1) return INVALID_VALUE;
    *result = new_stream(current_context(), flags == 0)->handle;
    report.streams++;
    return SUCCESS;
}

EXPORTED CUresult cuStreamCreateWithPriority(void **result, unsigned flags, int priority) {
    (void)priority;
    return cuStreamCreate(result, flags);
}

/* What the stream was asked for is still done. */
EXPORTED CUresult cuStreamDestroy_v2(void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct stream *stream = behind(handle, STREAM);
    if (!stream || stream->destroyed) return INVALID_HANDLE;
    stream->destroyed = true;
    report.streams--;
    return SUCCESS;
}

EXPORTED CUresult cuStreamSynchronize(void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct stream *stream = stream_behind(handle);
    if (!stream) return INVALID_HANDLE;
    return finish(stream);
}

CUresult ask(struct stream *stream, uint64_t number, const struct clock *clock) {
    if (past(stream, number)) return host_learns(clock), lost();
    struct stream *next = order == RANDOM ? any_ready() : next_for(stream);
    if (next) run_first(next);
    return lost() ? lost() : NOT_READY;
}

EXPORTED CUresult cuStreamQuery(void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct stream *stream = stream_behind(handle);
    if (!stream) return INVALID_HANDLE;
    return ask(stream, numbers + 1, &stream->clock);
}

EXPORTED CUresult cuStreamIsCapturing(void *handle, int *status) {
    ENTER(NEEDS_CONTEXT);
    *status = 0;
    return stream_behind(handle) ? SUCCESS : INVALID_HANDLE;
}

EXPORTED CUresult cuStreamGetCtx(void *handle, void **context) {
    ENTER(NEEDS_CONTEXT);
    struct stream *stream = stream_behind(handle);
    if (!stream) return INVALID_HANDLE;
    *context = (stream->context ? stream->context : current_context())->handle;
    return SUCCESS;
}

EXPORTED CUresult cuLaunchHostFunc(void *handle, CUhostFn function, void *data) {
    ENTER(NEEDS_CONTEXT);
    struct stream *stream = stream_behind(handle);
    if (!stream) return INVALID_HANDLE;
    if (!function) return INVALID_VALUE;
    struct work *work = new_work(HOST);
    work->host.function = function, work->host.data = data;
    queue(stream, work);
    return SUCCESS;
}

/* Events: points in a stream that the host and other streams wait for. */
#include "simulator.h"

#include <stdlib.h>

EXPORTED CUresult cuEventCreate(void **result, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    struct event *event = calloc(1, sizeof *event);
    event->timing = !(flags & 2);
    *result = event->handle = new_handle(EVENT, event);
    report.events++;
    return SUCCESS;
}

/* What was recorded and what waits for it stays as it is. */
EXPORTED CUresult cuEventDestroy_v2(void *handle) {
    ENTER(NEEDS_CONTEXT);
    if (!behind(handle, EVENT)) return INVALID_HANDLE;
    end_handle(handle);
    report.events--;
    return SUCCESS;
}

EXPORTED CUresult cuEventRecord(void *handle, void *in) {
    ENTER(NEEDS_CONTEXT);
    struct event *event = behind(handle, EVENT);
    struct stream *stream = stream_behind(in);
    if (!event || !stream) return INVALID_HANDLE;
    struct work *work = new_work(RECORD);
    work->sync.event = event;
    work->sync.recording = ++event->recorded;
    event->stream = stream, event->work = work->number;
    queue(stream, work);
    end_clock(&event->clock);
    merge_clock(&event->clock, &stream->clock);
    return SUCCESS;
}

EXPORTED CUresult cuStreamWaitEvent(void *handle, void *of, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    (void)flags;
    struct event *event = behind(of, EVENT);
    struct stream *stream = stream_behind(handle);
    if (!event || !stream) return INVALID_HANDLE;
    if (!event->recorded) return SUCCESS;
    struct work *work = new_work(WAIT);
    work->sync.stream = event->stream, work->sync.work = event->work;
    merge_clock(&stream->clock, &event->clock);
    queue(stream, work);
    return SUCCESS;
}

EXPORTED CUresult cuEventSynchronize(void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct event *event = behind(handle, EVENT);
    if (!event) return INVALID_HANDLE;
    if (!event->recorded) return SUCCESS;
    CUresult result = run_past(event->stream, event->work + 1);
    host_learns(&event->clock);
    return result;
}

EXPORTED CUresult cuEventQuery(void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct event *event = behind(handle, EVENT);
    if (!event) return INVALID_HANDLE;
    return event->recorded ? ask(event->stream, event->work + 1, &event->clock) : SUCCESS;
}

EXPORTED CUresult cuEventElapsedTime(float *milliseconds, void *from, void *to) {
    ENTER(NEEDS_CONTEXT);
    struct event *start = behind(from, EVENT), *end = behind(to, EVENT);
    if (!start || !end || !start->timing || !end->timing || !start->recorded || !end->recorded) return INVALID_HANDLE;
    if (start->happened < start->recorded || end->happened < end->recorded) return NOT_READY;
    *milliseconds = (float)(end->time - start->time);
    return SUCCESS;
}
EXPORTED CUresult cuEventElapsedTime_v2(float *milliseconds, void *from, void *to) {
    return cuEventElapsedTime(milliseconds, from, to);
}

/* Copies and fills: what is checked when they are asked for, and what happens when their turn comes. */
#include "simulator.h"

#include <stdlib.h>
#include <string.h>

/* Why work may not touch these bytes now, or SUCCESS. */
static CUresult touch(const char *what, struct work *work, uint64_t address, uint64_t size, bool write) {
    struct allocation *allocation = holding(address, size);
    if (!allocation || allocation->life == PROMISED) {
        return lose_device(ILLEGAL_ADDRESS, "a %s touches %lu bytes at %#lx: %s", what, size, address,
                           what_is_at(address));
    }
    open_device_memory(allocation);
    touches(work, allocation, address, address + size, write);
    return SUCCESS;
}

CUresult run_copy(struct work *work) {
    uint64_t bytes = work->copy.bytes, to = work->copy.to;
    uint64_t from = work->copy.staged ? (uint64_t)work->copy.staged : work->copy.from;
    CUresult result = SUCCESS;
    if (!work->copy.staged) result = touch("copy's source", work, from, bytes, false);
    if (!result && !work->copy.to_pageable) result = touch("copy's target", work, to, bytes, true);
    if (!result) memmove((void *)to, (void *)from, bytes);
    return result;
}

CUresult run_set(struct work *work) {
    uint64_t to = work->set.to;
    CUresult result = touch("fill", work, to, work->set.count * work->set.width, true);
    if (result) return result;
    for (uint64_t i = 0; i < work->set.count; i++) {
        memcpy((void *)(to + i * work->set.width), &work->set.value, work->set.width);
    }
    return SUCCESS;
}

enum side { DEVICE, HOST_PINNED, HOST_PAGEABLE, NOWHERE };

static enum side side_of(uint64_t address, uint64_t size) {
    struct allocation *allocation = holding(address, size);
    if (allocation && allocation->leaving) return NOWHERE;
    if (allocation) return allocation->place == ON_DEVICE ? DEVICE : HOST_PINNED;
    return in_arena(address) ? NOWHERE : HOST_PAGEABLE;
}

static bool is_side(enum side side, char wanted) {
    switch (wanted) {
        case 'D': return side == DEVICE;
        case 'H': return side == HOST_PINNED || side == HOST_PAGEABLE;
        default: return side != NOWHERE;
    }
}

/* `sides` names where from and where to the copy goes: device, host, or any. */
static CUresult copy(const char *function, const char *sides, uint64_t to, uint64_t from, uint64_t bytes,
                     struct stream *stream, bool wait) {
    if (!stream) return INVALID_HANDLE;
    if (!bytes) return SUCCESS;
    enum side source = side_of(from, bytes), target = side_of(to, bytes);
    if (!is_side(source, sides[0]) || !is_side(target, sides[1])) {
        uint64_t wrong = is_side(source, sides[0]) ? to : from;
        complain("%s of %lu bytes at %#lx, which is %s", function, bytes, wrong, what_is_at(wrong));
        return INVALID_VALUE;
    }
    struct work *work = new_work(COPY);
    work->copy.to = to, work->copy.from = from, work->copy.bytes = bytes;
    work->copy.to_pageable = target == HOST_PAGEABLE;
    /* What is not pinned has been read when the call returns, and has been written when it does. */
    if (source == HOST_PAGEABLE) {
        work->copy.staged = malloc(bytes);
        if (!work->copy.staged) abort();
        memcpy(work->copy.staged, (void *)from, bytes);
    }
    if (source == DEVICE && target == DEVICE) report.copies_across++, report.bytes_across += bytes;
    else if (target == DEVICE) report.copies_up++, report.bytes_up += bytes;
    else report.copies_down++, report.bytes_down += bytes;
    queue(stream, work);
    return wait || target == HOST_PAGEABLE ? finish(stream) : lost();
}

EXPORTED CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "HD", to, (uint64_t)from, bytes, stream_behind(stream), false);
}

EXPORTED CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "DH", (uint64_t)to, from, bytes, stream_behind(stream), false);
}

EXPORTED CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "DD", to, from, bytes, stream_behind(stream), false);
}

EXPORTED CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "??", to, from, bytes, stream_behind(stream), false);
}

EXPORTED CUresult cuMemcpyPeerAsync(CUdeviceptr to, void *to_context, CUdeviceptr from, void *from_context,
                                    size_t bytes, void *stream) {
    ENTER(NEEDS_CONTEXT);
    if (!behind(to_context, CONTEXT) || !behind(from_context, CONTEXT)) return INVALID_CONTEXT;
    return copy(__func__, "DD", to, from, bytes, stream_behind(stream), false);
}

EXPORTED CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "HD", to, (uint64_t)from, bytes, default_stream(), true);
}

EXPORTED CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "DH", (uint64_t)to, from, bytes, default_stream(), true);
}

EXPORTED CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "DD", to, from, bytes, default_stream(), false);
}

EXPORTED CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    ENTER(NEEDS_CONTEXT);
    return copy(__func__, "??", to, from, bytes, default_stream(), true);
}

static CUresult set(const char *function, uint64_t to, uint32_t value, uint32_t width, uint64_t count,
                    struct stream *stream) {
    if (!stream) return INVALID_HANDLE;
    if (!count) return SUCCESS;
    if (to % width || count > UINT64_MAX / width) return INVALID_VALUE;
    if (!is_side(side_of(to, count * width), 'D')) {
        complain("%s of %lu bytes at %#lx, which is %s", function, count * width, to, what_is_at(to));
        return INVALID_VALUE;
    }
    struct work *work = new_work(SET);
    work->set.to = to, work->set.count = count, work->set.value = value, work->set.width = width;
    queue(stream, work);
    return lost();
}

EXPORTED CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return set(__func__, to, value, 1, count, stream_behind(stream));
}

EXPORTED CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return set(__func__, to, value, 2, count, stream_behind(stream));
}

EXPORTED CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return set(__func__, to, value, 4, count, stream_behind(stream));
}

EXPORTED CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
    ENTER(NEEDS_CONTEXT);
    return set(__func__, to, value, 1, count, default_stream());
}

EXPORTED CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count) {
    ENTER(NEEDS_CONTEXT);
    return set(__func__, to, value, 2, count, default_stream());
}

EXPORTED CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
    ENTER(NEEDS_CONTEXT);
    return set(__func__, to, value, 4, count, default_stream());
}

/* The calls that allocate, free, and tell of memory. */
#include "simulator.h"

#include <string.h>

static CUresult allocate_now(enum place place, uint64_t *address, uint64_t size) {
    struct allocation *allocation;
    CUresult result = allocate(place, size, false, &allocation);
    if (result) return result;
    begin_life(allocation);
    *address = allocation->start;
    return SUCCESS;
}

EXPORTED CUresult cuMemAlloc_v2(CUdeviceptr *result, size_t size) {
    ENTER(NEEDS_CONTEXT);
    return allocate_now(ON_DEVICE, result, size);
}

static CUresult allocate_later(CUdeviceptr *result, size_t size, void *handle) {
    struct stream *stream = stream_behind(handle);
    if (!stream) return INVALID_HANDLE;
    struct allocation *allocation;
    CUresult refused = allocate(ON_DEVICE, size, true, &allocation);
    if (refused) return refused;
    *result = allocation->start;
    struct work *work = new_work(ALLOCATE);
    work->allocation = allocation;
    queue(stream, work);
    return SUCCESS;
}

EXPORTED CUresult cuMemAllocAsync(CUdeviceptr *result, size_t size, void *stream) {
    ENTER(NEEDS_CONTEXT);
    return allocate_later(result, size, stream);
}

EXPORTED CUresult cuMemAllocFromPoolAsync(CUdeviceptr *result, size_t size, void *pool, void *stream) {
    ENTER(NEEDS_CONTEXT);
    (void)pool;
    return allocate_later(result, size, stream);
}

/* What is to be freed: the start of an allocation that nobody has freed yet. */
static struct allocation *to_be_freed(const char *function, uint64_t address, enum place place) {
    struct allocation *allocation = holding(address, 1);
    if (!allocation || allocation->place != place || allocation->start != address) {
        complain("%s of %#lx, which is %s", function, address, what_is_at(address));
        return NULL;
    }
    if (allocation->leaving) {
        complain("%s of what is being freed already: allocation %lu", function, allocation->number);
        return NULL;
    }
    return allocation;
}

/* Waits for the device, as CUDA's does, unless the memory is ordered by streams: then the caller must have waited. */
EXPORTED CUresult cuMemFree_v2(CUdeviceptr address) {
    ENTER(NEEDS_CONTEXT);
    if (!address) return SUCCESS;
    struct allocation *allocation = to_be_freed(__func__, address, ON_DEVICE);
    if (!allocation) return INVALID_VALUE;
    if (!allocation->ordered) finish_all();
    if (lost()) return lost();
    if (allocation->life == PROMISED) complain("cuMemFree_v2 of memory whose stream has not come to it yet");
    is_freed_by_host(__func__, allocation);
    end_life(allocation);
    return SUCCESS;
}

EXPORTED CUresult cuMemFreeAsync(CUdeviceptr address, void *handle) {
    ENTER(NEEDS_CONTEXT);
    struct stream *stream = stream_behind(handle);
    if (!stream) return INVALID_HANDLE;
    if (!address) return SUCCESS;
    struct allocation *allocation = to_be_freed(__func__, address, ON_DEVICE);
    if (!allocation) return INVALID_VALUE;
    allocation->leaving = true;
    struct work *work = new_work(FREE);
    work->allocation = allocation;
    queue(stream, work);
    return SUCCESS;
}

EXPORTED CUresult cuMemHostAlloc(void **result, size_t size, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    (void)flags;
    return allocate_now(PINNED, (uint64_t *)result, size);
}

EXPORTED CUresult cuMemAllocHost_v2(void **result, size_t size) {
    ENTER(NEEDS_CONTEXT);
    return allocate_now(PINNED, (uint64_t *)result, size);
}

/* Does not wait for the device: a copy that is still to come finds its source gone. */
EXPORTED CUresult cuMemFreeHost(void *start) {
    ENTER(NEEDS_CONTEXT);
    if (!start) return SUCCESS;
    struct allocation *allocation = to_be_freed(__func__, (uint64_t)start, PINNED);
    if (!allocation) return INVALID_VALUE;
    is_freed_by_host(__func__, allocation);
    end_life(allocation);
    return SUCCESS;
}

EXPORTED CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *result, void *start, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    (void)flags;
    struct allocation *allocation = holding((uint64_t)start, 1);
    if (!allocation || allocation->place == ON_DEVICE) return INVALID_VALUE;
    *result = (CUdeviceptr)start;
    return SUCCESS;
}

EXPORTED CUresult cuMemAllocManaged(CUdeviceptr *result, size_t size, unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    (void)result, (void)size, (void)flags;
    return NOT_SUPPORTED;
}

EXPORTED CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
    ENTER(NEEDS_CONTEXT);
    *total = device_memory();
    *free = report.allocated_bytes < *total ? *total - report.allocated_bytes : 0;
    return SUCCESS;
}

EXPORTED CUresult cuMemGetAddressRange_v2(CUdeviceptr *start, size_t *size, CUdeviceptr address) {
    ENTER(NEEDS_CONTEXT);
    struct allocation *allocation = holding(address, 1);
    if (!allocation || allocation->place != ON_DEVICE) return NOT_FOUND;
    if (start) *start = allocation->start;
    if (size) *size = allocation->size;
    return SUCCESS;
}

/* The attributes by their numbers in cuda.h. */
static CUresult tell(void *data, int attribute, struct allocation *allocation, uint64_t address) {
    switch (attribute) {
        case 1: *(void **)data = allocation->context ? allocation->context->handle : NULL; break;
        case 2: *(unsigned *)data = allocation->place == ON_DEVICE ? 2 : 1; break; /* MEMORY_TYPE: device, host */
        case 3: *(CUdeviceptr *)data = address; break;
        case 4: {
            if (allocation->place == ON_DEVICE) return *(void **)data = NULL, INVALID_VALUE;
            *(void **)data = (void *)address;
            break;
        }
        case 7: *(uint64_t *)data = allocation->number + 1; break; /* BUFFER_ID */
        case 8: *(unsigned char *)data = 0; break;                 /* IS_MANAGED */
        case 9: *(int *)data = allocation->device; break;          /* DEVICE_ORDINAL */
        case 11: *(CUdeviceptr *)data = allocation->start; break;  /* RANGE_START_ADDR */
        case 12: *(size_t *)data = allocation->size; break;        /* RANGE_SIZE */
        case 13: *(unsigned char *)data = 1; break;                /* MAPPED */
        default: return INVALID_VALUE;
    }
    return SUCCESS;
}

EXPORTED CUresult cuPointerGetAttribute(void *data, int attribute, CUdeviceptr address) {
    ENTER(NEEDS_CONTEXT);
    struct allocation *allocation = holding(address, 1);
    return allocation ? tell(data, attribute, allocation, address) : INVALID_VALUE;
}

static size_t size_of_attribute(int attribute) {
    switch (attribute) {
        case 2: case 9: return 4;
        case 8: case 13: return 1;
        default: return 8;
    }
}

/* Says 0 of what it does not know, where the one above fails. */
EXPORTED CUresult cuPointerGetAttributes(unsigned count, int *attributes, void **data, CUdeviceptr address) {
    ENTER(NEEDS_CONTEXT);
    struct allocation *allocation = holding(address, 1);
    for (unsigned i = 0; i < count; i++) {
        memset(data[i], 0, size_of_attribute(attributes[i]));
        if (attributes[i] == 9 && !allocation) *(int *)data[i] = -2;
        if (allocation) tell(data[i], attributes[i], allocation, address);
    }
    return SUCCESS;
}

/* There is one pool to each device, and nothing to set about it. */
static char pools[8];

EXPORTED CUresult cuDeviceGetDefaultMemPool(void **pool, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (device < 0 || device >= device_count()) return INVALID_DEVICE;
    *pool = &pools[device];
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGetMemPool(void **pool, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (device < 0 || device >= device_count()) return INVALID_DEVICE;
    *pool = &pools[device];
    return SUCCESS;
}

EXPORTED CUresult cuMemPoolSetAttribute(void *pool, int attribute, void *value) {
    ENTER(NEEDS_INIT);
    (void)pool, (void)attribute, (void)value;
    return SUCCESS;
}

EXPORTED CUresult cuMemPoolGetAttribute(void *pool, int attribute, void *value) {
    ENTER(NEEDS_INIT);
    (void)pool;
    /* The first three are int, the others 64 bits wide. */
    memset(value, 0, attribute <= 3 ? 4 : 8);
    return SUCCESS;
}

EXPORTED CUresult cuMemPoolTrimTo(void *pool, size_t keep) {
    ENTER(NEEDS_INIT);
    (void)pool, (void)keep;
    return SUCCESS;
}

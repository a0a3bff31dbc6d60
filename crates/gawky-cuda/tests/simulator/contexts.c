/* Devices and contexts. */
#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEVICES = 8 };
static struct context primaries[MOST_DEVICES];
static _Thread_local void *current;

int device_count(void) {
    uint64_t count = number_setting("SIMULATOR_DEVICES", 1);
    return count > MOST_DEVICES ? MOST_DEVICES : (int)count;
}

uint64_t device_memory(void) { return number_setting("SIMULATOR_MEMORY", (uint64_t)1 << 30); }

struct context *current_context(void) { return behind(current, CONTEXT); }

CUdevice current_device(void) {
    struct context *context = current_context();
    return context ? context->device : 0;
}

static bool is_device(CUdevice device) { return device >= 0 && device < device_count(); }

EXPORTED CUresult cuInit(unsigned flags) {
    ENTER(NEEDS_NOTHING);
    if (flags) return INVALID_VALUE;
    if (device_count() == 0) return NO_DEVICE;
    initialized = true;
    return SUCCESS;
}

EXPORTED CUresult cuDriverGetVersion(int *version) { return *version = 12080, SUCCESS; }

EXPORTED CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    ENTER(NEEDS_INIT);
    if (!is_device(ordinal)) return INVALID_DEVICE;
    *device = ordinal;
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGetCount(int *count) {
    ENTER(NEEDS_INIT);
    *count = device_count();
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (!is_device(device)) return INVALID_DEVICE;
    snprintf(name, (size_t)length, "Simulated");
    return SUCCESS;
}

EXPORTED CUresult cuDeviceGetUuid_v2(char *uuid, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (!is_device(device)) return INVALID_DEVICE;
    memcpy(uuid, "gawky simulated", 16);
    uuid[15] = (char)device;
    return SUCCESS;
}
EXPORTED CUresult cuDeviceGetUuid(char *uuid, CUdevice device) { return cuDeviceGetUuid_v2(uuid, device); }

EXPORTED CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (!is_device(device)) return INVALID_DEVICE;
    *bytes = device_memory();
    return SUCCESS;
}

EXPORTED CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (!is_device(device)) return INVALID_DEVICE;
    *major = 9, *minor = 0;
    return SUCCESS;
}

/* The attributes by their numbers in cuda.h; what is not here is 0. */
EXPORTED CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (!is_device(device)) return INVALID_DEVICE;
    switch (attribute) {
        case 1: *value = 1024; break;             /* MAX_THREADS_PER_BLOCK */
        case 2: case 3: *value = 1024; break;     /* MAX_BLOCK_DIM_X, _Y */
        case 4: *value = 64; break;               /* MAX_BLOCK_DIM_Z */
        case 5: *value = 0x7fffffff; break;       /* MAX_GRID_DIM_X */
        case 6: case 7: *value = 65535; break;    /* MAX_GRID_DIM_Y, _Z */
        case 8: *value = 49152; break;            /* MAX_SHARED_MEMORY_PER_BLOCK */
        case 9: *value = 65536; break;            /* TOTAL_CONSTANT_MEMORY */
        case 10: *value = 32; break;              /* WARP_SIZE */
        case 13: *value = 1000000; break;         /* CLOCK_RATE */
        case 15: *value = 1; break;               /* GPU_OVERLAP */
        case 16: *value = 4; break;               /* MULTIPROCESSOR_COUNT */
        case 19: *value = 1; break;               /* CAN_MAP_HOST_MEMORY */
        case 31: *value = 1; break;               /* CONCURRENT_KERNELS */
        case 39: *value = 2048; break;            /* MAX_THREADS_PER_MULTIPROCESSOR */
        case 40: *value = 2; break;               /* ASYNC_ENGINE_COUNT */
        case 41: *value = 1; break;               /* UNIFIED_ADDRESSING */
        case 75: *value = 9; break;               /* COMPUTE_CAPABILITY_MAJOR */
        case 76: *value = 0; break;               /* COMPUTE_CAPABILITY_MINOR */
        case 115: *value = 1; break;              /* MEMORY_POOLS_SUPPORTED */
        default: *value = 0;
    }
    if (attribute == 115) *value = (int)number_setting("SIMULATOR_POOLS", 1);
    return SUCCESS;
}

static void begin(struct context *context, CUdevice device, bool primary) {
    *context = (struct context){.device = device, .primary = primary, .retained = 1};
    context->handle = new_handle(CONTEXT, context);
    report.contexts++;
}

/* What a context had ends with it. Nothing should be left by then but what the driver made. */
static void end(struct context *context) {
    finish_all();
    end_modules_of(context);
    end_streams_of(context);
    end_memory_of(context);
    end_handle(context->handle);
    report.contexts--;
}

EXPORTED CUresult cuDevicePrimaryCtxRetain(void **result, CUdevice device) {
    ENTER(NEEDS_INIT);
    if (!is_device(device)) return INVALID_DEVICE;
    struct context *context = &primaries[device];
    if (context->retained) context->retained++;
    else begin(context, device, true);
    *result = context->handle;
    return SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    ENTER(NEEDS_INIT);
    if (!is_device(device)) return INVALID_DEVICE;
    struct context *context = &primaries[device];
    if (!context->retained) return INVALID_CONTEXT;
    if (!--context->retained) end(context);
    return SUCCESS;
}

EXPORTED CUresult cuCtxCreate_v4(void **result, void *parameters, unsigned flags, CUdevice device) {
    ENTER(NEEDS_INIT);
    (void)parameters, (void)flags;
    if (!is_device(device)) return INVALID_DEVICE;
    struct context *context = malloc(sizeof *context);
    begin(context, device, false);
    *result = current = context->handle;
    return SUCCESS;
}

EXPORTED CUresult cuCtxDestroy_v2(void *handle) {
    ENTER(NEEDS_INIT);
    struct context *context = behind(handle, CONTEXT);
    if (!context || context->primary) return INVALID_CONTEXT;
    end(context);
    return SUCCESS;
}

EXPORTED CUresult cuCtxGetCurrent(void **result) {
    ENTER(NEEDS_INIT | EVEN_AFTER_ERRORS);
    *result = current_context() ? current : NULL;
    return SUCCESS;
}

EXPORTED CUresult cuCtxSetCurrent(void *handle) {
    ENTER(NEEDS_INIT | EVEN_AFTER_ERRORS);
    if (handle && !behind(handle, CONTEXT)) return INVALID_CONTEXT;
    current = handle;
    return SUCCESS;
}

EXPORTED CUresult cuCtxGetDevice(CUdevice *device) {
    ENTER(NEEDS_CONTEXT);
    *device = current_device();
    return SUCCESS;
}

EXPORTED CUresult cuCtxSynchronize(void) {
    ENTER(NEEDS_CONTEXT);
    return finish_all();
}

EXPORTED CUresult cuCtxSetFlags(unsigned flags) {
    ENTER(NEEDS_CONTEXT);
    (void)flags;
    return SUCCESS;
}

EXPORTED CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
    ENTER(NEEDS_CONTEXT);
    *least = 0, *greatest = 0;
    return SUCCESS;
}

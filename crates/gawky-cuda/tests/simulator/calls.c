/* What every call of the driver goes through: the lock, counts, faults that tests ask for, and errors that stay. */
#define _GNU_SOURCE
#include "simulator.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct simulator_report report;
bool initialized;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t progress = PTHREAD_COND_INITIALIZER;
static CUresult lost_with;
static char first_complaint[512];

const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

uint64_t number_setting(const char *name, uint64_t otherwise) {
    const char *value = getenv(name);
    return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void lock_simulator(void) { pthread_mutex_lock(&lock); }
void unlock_simulator(void) { pthread_mutex_unlock(&lock); }
void announce_progress(void) { pthread_cond_broadcast(&progress); }

/* Not for ever: the one who is waited for may have been told already. */
void wait_for_progress(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 5000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&progress, &lock, &until);
}

/* ---- calls by name, and faults: of each thread by itself ---- */

struct count {
    char function[48];
    uint64_t calls, fail_at;
    CUresult fails_with;
};
static _Thread_local struct count counts[128];
/* Of all threads: SIMULATOR_FAIL=cuMemAllocAsync:3:2,… lets the third call fail with CUDA_ERROR_OUT_OF_MEMORY. */
static struct count faults[16];

static struct count *entry(struct count *table, size_t length, const char *function) {
    for (size_t i = 0; i < length; i++) {
        if (!table[i].function[0]) snprintf(table[i].function, sizeof table[i].function, "%s", function);
        if (!strcmp(table[i].function, function)) return &table[i];
    }
    fprintf(stderr, "simulator: more functions than it can count\n");
    abort();
}

static bool fails(struct count *count, CUresult *result) {
    count->calls++;
    if (count->fail_at == 0 || count->calls != count->fail_at) return false;
    count->fail_at = 0;
    *result = count->fails_with;
    return true;
}

/* How often the calling thread has called `function`. */
EXPORTED uint64_t simulator_calls(const char *function) { return entry(counts, 128, function)->calls; }

/* Lets the `nth` call of `function` from now on (1 is the next) fail in the calling thread. */
EXPORTED void simulator_fail(const char *function, uint64_t nth, CUresult result) {
    struct count *count = entry(counts, 128, function);
    count->fail_at = nth ? count->calls + nth : 0;
    count->fails_with = result;
}

static void read_faults(void) {
    static bool read;
    if (read) return;
    read = true;
    char *copy = strdup(setting("SIMULATOR_FAIL", "")), *rest = copy, *part;
    while ((part = strsep(&rest, ","))) {
        char name[48];
        unsigned long long nth;
        int result;
        if (sscanf(part, "%47[^:]:%llu:%d", name, &nth, &result) == 3) {
            struct count *count = entry(faults, 16, name);
            count->fail_at = nth;
            count->fails_with = result;
        }
    }
    free(copy);
}

CUresult enter(const char *function, int needs) {
    lock_simulator();
    install_signal_handlers();
    read_faults();
    CUresult result = SUCCESS;
    if (fails(entry(counts, 128, function), &result)) goto refused;
    for (size_t i = 0; i < 16 && faults[i].function[0]; i++) {
        if (!strcmp(faults[i].function, function) && fails(&faults[i], &result)) goto refused;
    }
    if (!(needs & EVEN_AFTER_ERRORS) && (needs & NEEDS_INIT) && lost_with) result = lost_with;
    else if ((needs & NEEDS_INIT) && !initialized) result = NOT_INITIALIZED;
    else if ((needs & NEEDS_CONTEXT) == NEEDS_CONTEXT && !current_context()) result = INVALID_CONTEXT;
    if (result) goto refused;
    if (needs & NEEDS_INIT) go_on();
    return SUCCESS;
refused:
    return result;
}

void leave(int *entered) {
    (void)entered;
    close_device_memory();
    unlock_simulator();
}

/* ---- errors ---- */

static void say(const char *format, va_list arguments) {
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    fprintf(stderr, "simulator: %s\n", text);
    if (!report.errors++) memcpy(first_complaint, text, sizeof text);
}

void complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

CUresult lose_device(CUresult result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    if (!lost_with) lost_with = result;
    drop_all_work();
    return lost_with;
}

CUresult lost(void) { return lost_with; }

/* Forgets errors, which a test has provoked: the device works again, and the exit status is that of the program. */
EXPORTED uint64_t simulator_forgive(void) {
    lock_simulator();
    uint64_t errors = report.errors;
    report.errors = 0;
    lost_with = SUCCESS;
    unlock_simulator();
    return errors;
}

EXPORTED void simulator_report(struct simulator_report *result) {
    lock_simulator();
    *result = report;
    unlock_simulator();
}

/* One number of the report, by its name in the struct; UINT64_MAX for a name that is not there. */
EXPORTED uint64_t simulator_count(const char *name) {
    static const struct { const char *name; const uint64_t *number; } numbers[] = {
#define NUMBER(name) {#name, &report.name}
        NUMBER(allocations), NUMBER(allocated_bytes), NUMBER(peak_bytes),  NUMBER(pinned),    NUMBER(pinned_bytes),
        NUMBER(registered),  NUMBER(contexts),        NUMBER(streams),     NUMBER(events),    NUMBER(modules),
        NUMBER(pending),     NUMBER(launches),        NUMBER(copies_up),   NUMBER(copies_down), NUMBER(copies_across),
        NUMBER(bytes_up),    NUMBER(bytes_down),      NUMBER(bytes_across), NUMBER(errors),
    };
    uint64_t result = UINT64_MAX;
    lock_simulator();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!strcmp(numbers[i].name, name)) result = *numbers[i].number;
    }
    unlock_simulator();
    return result;
}

/* At exit: errors make the program fail, whatever it made of them, and so do leaks with SIMULATOR_LEAKS=fail. */
__attribute__((destructor)) static void at_exit(void) {
    const char *leaks = setting("SIMULATOR_LEAKS", "");
    bool leaked = report.allocations || report.pinned || report.registered || report.streams || report.events ||
                  report.modules;
    if (*leaks && leaked) {
        fprintf(stderr,
                "simulator: left at the end: %lu allocations (%lu bytes), %lu pinned, %lu registered, %lu streams, "
                "%lu events, %lu modules\n",
                report.allocations, report.allocated_bytes, report.pinned, report.registered, report.streams,
                report.events, report.modules);
    }
    if (*leaks) say_if_work_is_left();
    if (report.errors) fprintf(stderr, "simulator: %lu errors, the first: %s\n", report.errors, first_complaint);
    if (report.errors || (leaked && !strcmp(leaks, "fail"))) {
        fflush(NULL);
        _exit(86);
    }
}

/* ---- names of results ---- */

static const struct { CUresult result; const char *name, *text; } names[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {FILE_NOT_FOUND, "CUDA_ERROR_FILE_NOT_FOUND", "file not found"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {CONTEXT_IS_DESTROYED, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {ASSERT, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {HOST_MEMORY_ALREADY_REGISTERED, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED",
     "part or all of the requested memory range is already mapped"},
    {HOST_MEMORY_NOT_REGISTERED, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED",
     "pointer does not correspond to a registered memory region"},
    {MISALIGNED_ADDRESS, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

EXPORTED CUresult cuGetErrorName(CUresult error, const char **text) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].result == error) return *text = names[i].name, SUCCESS;
    }
    return *text = NULL, INVALID_VALUE;
}

EXPORTED CUresult cuGetErrorString(CUresult error, const char **text) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].result == error) return *text = names[i].text, SUCCESS;
    }
    return *text = NULL, INVALID_VALUE;
}

EXPORTED CUresult cuGetProcAddress_v2(const char *symbol, void **function, int version, uint64_t flags, int *status) {
    (void)version, (void)flags;
    char versioned[64];
    snprintf(versioned, sizeof versioned, "%s_v2", symbol);
    void *self = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
    *function = self ? dlsym(self, versioned) : NULL;
    if (self && !*function) *function = dlsym(self, symbol);
    if (status) *status = *function ? 0 : 1;
    return *function ? SUCCESS : NOT_FOUND;
}

/* What the files of the simulated driver share. README.md says what is simulated.
 *
 * Everything is guarded by one lock, which `enter` takes at the start of each function of the driver and gives back at
 * its end. Functions that are not part of the driver's interface expect it to be held. */
#ifndef SIMULATOR_H
#define SIMULATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

typedef int CUresult;
typedef int CUdevice;
typedef uint64_t CUdeviceptr;
typedef void (*CUhostFn)(void *);

/* The results that the simulator gives; their numbers are those of cuda.h. */
enum {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_CONTEXT = 201,
    INVALID_PTX = 218,
    FILE_NOT_FOUND = 301,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    ILLEGAL_ADDRESS = 700,
    CONTEXT_IS_DESTROYED = 709,
    ASSERT = 710,
    HOST_MEMORY_ALREADY_REGISTERED = 712,
    HOST_MEMORY_NOT_REGISTERED = 713,
    MISALIGNED_ADDRESS = 716,
    LAUNCH_FAILED = 719,
    NOT_SUPPORTED = 801,
    UNKNOWN = 999,
};

/* ---- calls.c: entering and leaving, faults, counts, settings ---- */

/* What a test can ask for; `simulator_report` fills it. Live things first, then what has happened so far. */
struct simulator_report {
    uint64_t allocations, allocated_bytes, pinned, pinned_bytes, registered;
    uint64_t contexts, streams, events, modules, pending;
    uint64_t launches, copies_up, copies_down, copies_across, bytes_up, bytes_down, bytes_across;
    uint64_t errors, peak_bytes;
};
extern struct simulator_report report;

/* Takes the lock, counts the call, and says whether it may go on: not when it is told to fail, when an earlier error
 * stays, or when it needs what is not there. */
CUresult enter(const char *function, int needs);
void leave(int *entered);
enum { NEEDS_NOTHING = 0, NEEDS_INIT = 1, NEEDS_CONTEXT = 3, EVEN_AFTER_ERRORS = 4 };
#define ENTER(needs)                                                          \
    __attribute__((cleanup(leave))) int entered = enter(__func__, (needs));   \
    if (entered) return entered

void unlock_simulator(void);
void lock_simulator(void);
void wait_for_progress(void);
void announce_progress(void);

/* An error of the program under test: said at once, and again by the exit status. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, and the device is lost: all later calls fail with `result`. */
CUresult lose_device(CUresult result, const char *format, ...) __attribute__((format(printf, 2, 3)));
CUresult lost(void);

const char *setting(const char *name, const char *otherwise);
uint64_t number_setting(const char *name, uint64_t otherwise);
extern bool initialized;

/* Numbers that look random, the same each time. */
uint64_t next_random(uint64_t *state);

/* ---- handles.c: handles that can be told from garbage ---- */

enum kind { CONTEXT = 1, STREAM, EVENT, MODULE, FUNCTION };
void *new_handle(enum kind kind, void *object);
/* The object, or NULL for what is no handle (any more). */
void *behind(void *handle, enum kind kind);
void end_handle(void *handle);

/* ---- contexts.c ---- */

struct context {
    void *handle;
    CUdevice device;
    unsigned retained;
    bool primary;
};
struct context *current_context(void);
CUdevice current_device(void);
int device_count(void);
uint64_t device_memory(void);

/* ---- order.c: what happens before what ---- */

struct stream;
struct work;
struct allocation;
/* For each stream, by its index, the number of the last piece of work that is done before. */
struct clock {
    size_t length;
    uint64_t *last;
};
struct access {
    uint64_t start, end;
    bool write;
    int kind;
    size_t stream;
    uint64_t number;
};
void merge_clock(struct clock *into, const struct clock *from);
void end_clock(struct clock *clock);
/* Gives work its clock, when it is asked for. */
void begin_in_order(struct stream *stream, struct work *work);
void host_learns(const struct clock *clock);
/* Work that runs touches these bytes. */
void touches(struct work *work, struct allocation *allocation, uint64_t start, uint64_t end, bool write);
void is_freed_by_host(const char *function, struct allocation *allocation);

/* ---- memory.c: allocations ---- */

enum place { ON_DEVICE, PINNED, REGISTERED };
enum life { PROMISED, LIVE };
struct allocation {
    uint64_t start, size;
    enum place place;
    /* PROMISED: its stream has not come to it yet. */
    enum life life;
    bool ordered, leaving, open;
    CUdevice device;
    struct context *context;
    void *mapping;
    size_t mapped;
    uint64_t number;
    struct access *access;
    size_t accesses, access_room;
};
/* The live allocation that has all of these bytes; NULL when none has. */
struct allocation *holding(uint64_t address, uint64_t size);
/* What there is to say about an address that is in no live allocation. */
const char *what_is_at(uint64_t address);
bool in_arena(uint64_t address);
CUresult allocate(enum place place, uint64_t size, bool ordered, struct allocation **result);
void begin_life(struct allocation *allocation);
void end_life(struct allocation *allocation);
/* Memory of a device can be touched only after it was opened, and until all of it is closed, which `leave` does. */
void open_device_memory(struct allocation *allocation);
void close_device_memory(void);
void end_memory_of(struct context *context);

/* ---- streams.c: work that waits ---- */

struct event {
    void *handle;
    /* How often it was recorded, and how many of these recordings have happened. */
    uint64_t recorded, happened;
    struct stream *stream;
    uint64_t work;
    struct clock clock;
    bool timing;
    double time;
};
enum work_kind { COPY, SET, RECORD, WAIT, LAUNCH, ALLOCATE, FREE, HOST };
struct work {
    enum work_kind kind;
    uint64_t number;
    struct stream *stream;
    struct work *next;
    struct clock clock;
    struct { uint64_t to, from, bytes; void *staged; bool to_pageable; } copy;
    struct { uint64_t to, count; uint32_t value, width; } set;
    struct { struct event *event; uint64_t recording; struct stream *stream; uint64_t work; } sync;
    struct { struct kernel *kernel; uint32_t grid[3], block[3]; void *arguments; } launch;
    struct allocation *allocation;
    struct { CUhostFn function; void *data; } host;
};
struct stream {
    void *handle;
    struct context *context;
    size_t index;
    struct clock clock;
    bool blocking, destroyed, busy;
    struct work *first, *last;
};
/* NULL is the default stream; the result is NULL for what is no stream. */
struct stream *stream_behind(void *handle);
struct stream *default_stream(void);
struct work *new_work(enum work_kind kind);
/* Puts work into a stream; it may run now or later. */
void queue(struct stream *stream, struct work *work);
/* Runs what is needed for a stream to be done with all that it has now. */
CUresult finish(struct stream *stream);
CUresult finish_all(void);
/* The same for all that comes before work of this number. */
CUresult run_past(struct stream *stream, uint64_t number);
/* Whether that has been done. Each question lets the device go on by one step, so that asking again and again comes to an
 * end; with the answer yes the host learns `clock`. */
CUresult ask(struct stream *stream, uint64_t number, const struct clock *clock);
/* Lets the device go on by itself, as far as the order says that it does. */
void go_on(void);
void drop_all_work(void);
void end_streams_of(struct context *context);
void say_if_work_is_left(void);

/* ---- copies.c ---- */

CUresult run_copy(struct work *work);
CUresult run_set(struct work *work);

/* ---- modules.c ---- */

struct kernel {
    void *handle;
    const char *name;
    void (*call)(void **arguments);
    const uint32_t *sizes;
    uint32_t parameters;
    struct module *module;
};
struct module {
    void *handle;
    void *library;
    struct context *context;
    bool has_barriers;
    char *shared_start, *shared_stop, *data_start, *data_stop;
    uint32_t kernels;
    struct kernel *kernel;
};
void end_modules_of(struct context *context);

/* ---- launch.c ---- */

CUresult run_launch(struct work *work);
/* Called by what looks at a running kernel: the kernel goes no further. */
void stop_kernel(CUresult result, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
extern _Thread_local bool in_kernel;
struct kernel *running_kernel(void);
/* The number of the running thread within its launch, and how many barriers its block has passed. */
uint64_t running_thread(void);
uint64_t running_block(void);
uint64_t running_phase(void);
bool on_kernel_stack(uint64_t address);
/* Whether threadIdx or another of these lies there. */
bool is_place(uint64_t address);

/* ---- watch.c: looks at each access of a kernel ---- */

void watch_launch(struct kernel *kernel);
/* Tells what a launch that is over has touched. */
void end_watch(struct work *work);
void watch_block(void);
void install_signal_handlers(void);

#endif

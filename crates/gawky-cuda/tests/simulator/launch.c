/* Runs kernels: one thread after the other, and where a module has barriers, each on a stack of its own, so that it can
 * wait at them.
 *
 * SIMULATOR_THREADS says in which order blocks, and threads between two barriers, run: forward (the default), reverse, or
 * random:SEED. A kernel that does not mind on a device does not mind here. */
#define _GNU_SOURCE
#include "simulator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { MOST_THREADS = 1024, STACK = 256 * 1024 };

struct index {
    uint32_t x, y, z;
};
/* What a kernel sees of where it is. */
EXPORTED struct index simulator_thread, simulator_block, simulator_block_size, simulator_grid;

bool is_place(uint64_t address) {
    const struct index *places[] = {&simulator_thread, &simulator_block, &simulator_block_size, &simulator_grid};
    for (size_t i = 0; i < 4; i++) {
        if (address - (uint64_t)places[i] < sizeof *places[i]) return true;
    }
    return false;
}

/* A thread of a block that can stop at a barrier and go on. Started by `makecontext`, and switched to and from by
 * jumps, which take no system call. */
struct fiber {
    ucontext_t start;
    jmp_buf here;
    char *stack;
    bool started, finished;
    int line;
};
static struct fiber *fibers;
static struct fiber *fiber;
static jmp_buf scheduler, stopped;

static struct kernel *kernel;
static void **arguments;
static uint64_t thread, block, phase;
static char *stack_top;
static CUresult stopped_with;
static char stopped_by[400];
_Thread_local bool in_kernel;

static enum { FORWARD, REVERSE, SHUFFLED } order;
static uint64_t random_state;

static void read_order(void) {
    const char *value = setting("SIMULATOR_THREADS", "forward");
    if (!strcmp(value, "forward")) order = FORWARD;
    else if (!strcmp(value, "reverse")) order = REVERSE;
    else if (!strncmp(value, "random", 6)) {
        order = SHUFFLED;
        if (!random_state) random_state = value[6] ? strtoull(value + 7, NULL, 0) : 1;
    } else {
        fprintf(stderr, "simulator: SIMULATOR_THREADS is forward, reverse or random:SEED, not %s\n", value);
        abort();
    }
}

/* The numbers below `length` in the order in which to run them. */
static void put_in_order(uint32_t *numbers, uint32_t length) {
    for (uint32_t i = 0; i < length; i++) numbers[i] = order == REVERSE ? length - 1 - i : i;
    for (uint32_t i = length; order == SHUFFLED && i > 1; i--) {
        uint32_t other = (uint32_t)(next_random(&random_state) % i), number = numbers[i - 1];
        numbers[i - 1] = numbers[other], numbers[other] = number;
    }
}

struct kernel *running_kernel(void) { return kernel; }
uint64_t running_thread(void) { return thread; }
uint64_t running_block(void) { return block; }
uint64_t running_phase(void) { return phase; }

bool on_kernel_stack(uint64_t address) {
    char *at = (char *)address;
    if (fiber) return at >= fiber->stack && at < fiber->stack + STACK;
    return at >= (char *)__builtin_frame_address(0) && at < stack_top;
}

static void to_scheduler(void) {
    if (!_setjmp(fiber->here)) _longjmp(scheduler, 1);
}

static void fiber_body(void) {
    for (;;) {
        kernel->call(arguments);
        fiber->finished = true;
        to_scheduler();
    }
}

static void make_fiber(struct fiber *made) {
    if (!made->stack) {
        made->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (made->stack == MAP_FAILED) abort();
        mprotect(made->stack, 4096, PROT_NONE);
    }
    getcontext(&made->start);
    made->start.uc_stack.ss_sp = made->stack;
    made->start.uc_stack.ss_size = STACK;
    made->start.uc_link = NULL;
    makecontext(&made->start, fiber_body, 0);
    made->started = false;
}

static void place_thread(uint32_t number) {
    thread = number;
    simulator_thread.x = number % simulator_block_size.x;
    simulator_thread.y = number / simulator_block_size.x % simulator_block_size.y;
    simulator_thread.z = number / simulator_block_size.x / simulator_block_size.y;
}

static void resume(uint32_t number) {
    place_thread(number);
    fiber = &fibers[number];
    fiber->line = 0;
    if (!_setjmp(scheduler)) {
        if (fiber->started) _longjmp(fiber->here, 1);
        fiber->started = true;
        setcontext(&fiber->start);
    }
}

EXPORTED void simulator_barrier(int line) {
    fiber->line = line;
    to_scheduler();
}

static void run_block_with_barriers(uint32_t threads) {
    uint32_t numbers[MOST_THREADS], waiting;
    for (uint32_t i = 0; i < threads; i++) fibers[i].finished = false;
    do {
        int line = 0;
        waiting = 0;
        put_in_order(numbers, threads);
        for (uint32_t i = 0; i < threads; i++) {
            struct fiber *next = &fibers[numbers[i]];
            if (next->finished) continue;
            resume(numbers[i]);
            fiber = NULL;
            if (next->finished) continue;
            waiting++;
            if (line && next->line != line) {
                stop_kernel(LAUNCH_FAILED, "threads of one block wait at different barriers, in lines %d and %d", line,
                            next->line);
            }
            line = next->line;
        }
        if (waiting && waiting < threads) {
            stop_kernel(LAUNCH_FAILED, "%u of %u threads of a block wait at the barrier in line %d, the others returned",
                        waiting, threads, line);
        }
        phase++;
    } while (waiting);
}

static void run_block(uint32_t threads) {
    uint32_t numbers[MOST_THREADS];
    put_in_order(numbers, threads);
    for (uint32_t i = 0; i < threads; i++) {
        place_thread(numbers[i]);
        kernel->call(arguments);
    }
}

void stop_kernel(CUresult result, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(stopped_by, sizeof stopped_by, format, values);
    va_end(values);
    stopped_with = result;
    _longjmp(stopped, 1);
}

/* Blocks are counted only as far as they are put in order: a grid may have many more. */
static uint64_t block_at(uint64_t place, uint64_t blocks, uint64_t start) {
    if (order == REVERSE) return blocks - 1 - place;
    return order == SHUFFLED ? (place + start) % blocks : place;
}

CUresult run_launch(struct work *work) {
    static bool made;
    if (!made) {
        fibers = calloc(MOST_THREADS, sizeof *fibers);
        made = true;
    }
    const uint32_t *grid = work->launch.grid, *size = work->launch.block;
    uint64_t blocks = (uint64_t)grid[0] * grid[1] * grid[2];
    uint32_t threads = size[0] * size[1] * size[2];
    read_order();
    kernel = work->launch.kernel;
    arguments = work->launch.arguments;
    simulator_grid = (struct index){grid[0], grid[1], grid[2]};
    simulator_block_size = (struct index){size[0], size[1], size[2]};
    fiber = NULL;
    stack_top = __builtin_frame_address(0);
    for (uint32_t i = 0; kernel->module->has_barriers && i < threads; i++) make_fiber(&fibers[i]);
    watch_launch(kernel);
    in_kernel = true;
    if (!_setjmp(stopped)) {
        uint64_t start = order == SHUFFLED ? next_random(&random_state) % blocks : 0;
        for (uint64_t place = 0; place < blocks; place++) {
            block = block_at(place, blocks, start);
            simulator_block.x = (uint32_t)(block % grid[0]);
            simulator_block.y = (uint32_t)(block / grid[0] % grid[1]);
            simulator_block.z = (uint32_t)(block / grid[0] / grid[1]);
            phase = 0;
            watch_block();
            if (kernel->module->has_barriers) run_block_with_barriers(threads);
            else run_block(threads);
        }
        in_kernel = false;
        end_watch(work);
        return SUCCESS;
    }
    in_kernel = false;
    return lose_device(stopped_with, "kernel %s, block %lu, thread %lu: %s", kernel->name, block, thread, stopped_by);
}

EXPORTED CUresult cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                                 unsigned block_y, unsigned block_z, unsigned shared, void *in, void **parameters,
                                 void **extra) {
    ENTER(NEEDS_CONTEXT);
    struct kernel *launched = behind(function, FUNCTION);
    struct stream *stream = stream_behind(in);
    if (!launched || !stream) return INVALID_HANDLE;
    if (extra || (launched->parameters && !parameters)) return INVALID_VALUE;
    if (!grid_x || !grid_y || !grid_z || grid_x > 0x7fffffff || grid_y > 65535 || grid_z > 65535) return INVALID_VALUE;
    if (!block_x || !block_y || !block_z || block_x > 1024 || block_y > 1024 || block_z > 64) return INVALID_VALUE;
    if ((uint64_t)block_x * block_y * block_z > MOST_THREADS || shared > 49152) return INVALID_VALUE;
    if (shared) return NOT_SUPPORTED;
    struct work *work = new_work(LAUNCH);
    work->launch.kernel = launched;
    memcpy(work->launch.grid, (unsigned[]){grid_x, grid_y, grid_z}, sizeof work->launch.grid);
    memcpy(work->launch.block, (unsigned[]){block_x, block_y, block_z}, sizeof work->launch.block);
    /* The pointers first, then what they point to, each in 16 bytes. */
    uint64_t room = launched->parameters * sizeof(void *), each = 0;
    for (uint32_t i = 0; i < launched->parameters; i++) each += (launched->sizes[i] + 15) / 16 * 16;
    void **copied = work->launch.arguments = calloc(1, room + 16 + each);
    char *value = (char *)copied + (room + 15) / 16 * 16;
    for (uint32_t i = 0; i < launched->parameters; i++) {
        copied[i] = memcpy(value, parameters[i], launched->sizes[i]);
        value += (launched->sizes[i] + 15) / 16 * 16;
    }
    report.launches++;
    queue(stream, work);
    return lost();
}

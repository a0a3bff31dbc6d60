/* Looks at what a running kernel does.
 *
 * Kernels are compiled so that each access to memory calls a function in here first (gcc's -fsanitize=thread),
 * and each undefined operation another (-fsanitize=alignment,shift,…). So every access is known to lie in a live
 * allocation, to the byte, and no two threads to get into each other's way: the first access of another thread to what a
 * thread has written, with no barrier of their block between, is an error. */
#define _GNU_SOURCE
#include "simulator.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- who touched a byte last ---- */

/* Launch, block, phase and thread in one number, from the highest bits to the lowest, and whether it was an atomic
 * operation; 0 is nobody. */
struct last {
    uint64_t writer, reader;
};
enum { THREAD = 1, PHASE = 12, BLOCK = 22, LAUNCH_AT = 45, SEVERAL_THREADS = 0x7ff, SEVERAL_BLOCKS = 0x7fffff };
static uint64_t launch;
static bool races;

static uint64_t me(bool atomic) {
    uint64_t place = running_block() % SEVERAL_BLOCKS, phase = running_phase() & 0x3ff;
    return launch << LAUNCH_AT | place << BLOCK | phase << PHASE | running_thread() << THREAD | atomic;
}

/* Whether what another did may happen at the same time as what `self` does. */
static bool collide(uint64_t other, uint64_t self, bool shared) {
    if (other >> LAUNCH_AT != self >> LAUNCH_AT || (other & self & 1)) return false;
    if (other >> BLOCK != self >> BLOCK) return !shared;
    return other >> PHASE == self >> PHASE && other >> THREAD != self >> THREAD;
}

/* The reader to remember after `other`: several, where a write of either would be forgotten for the other's sake. */
static uint64_t reader_after(uint64_t other, uint64_t self) {
    if (other >> LAUNCH_AT != self >> LAUNCH_AT) return self;
    if (other >> BLOCK != self >> BLOCK) return self | (uint64_t)SEVERAL_BLOCKS << BLOCK;
    if (other >> PHASE != self >> PHASE || other >> THREAD == self >> THREAD) return self;
    return self | (uint64_t)SEVERAL_THREADS << THREAD;
}

/* `struct last` for each byte of what kernels touch, by 64 KiB of addresses. */
enum { CHUNK = 65536, CHUNKS = 512 };
static struct { uint64_t start; struct last *bytes; } chunks[CHUNKS];
static size_t chunks_used;

static void forget(void) {
    for (size_t i = 0; i < CHUNKS; i++) {
        if (chunks[i].bytes) madvise(chunks[i].bytes, CHUNK * sizeof(struct last), MADV_DONTNEED);
        chunks[i].start = 0;
    }
    chunks_used = 0;
}

static struct last *last_at(uint64_t address) {
    uint64_t start = address / CHUNK * CHUNK;
    if (chunks_used > CHUNKS / 2) forget();
    size_t i = (start / CHUNK * 0x9e3779b1u) % CHUNKS;
    while (chunks[i].start && chunks[i].start != start) i = (i + 1) % CHUNKS;
    if (!chunks[i].start) {
        chunks[i].start = start;
        chunks_used++;
        if (!chunks[i].bytes) {
            chunks[i].bytes = mmap(NULL, CHUNK * sizeof(struct last), PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (chunks[i].bytes == MAP_FAILED) abort();
        }
    }
    return &chunks[i].bytes[address - start];
}

static void look_for_race(uint64_t address, uint64_t size, bool write, bool atomic, bool shared) {
    uint64_t self = me(atomic);
    for (uint64_t i = 0; i < size; i++) {
        struct last *last = last_at(address + i);
        if (collide(last->writer, self, shared) || (write && collide(last->reader, self, shared))) {
            uint64_t other = collide(last->writer, self, shared) ? last->writer : last->reader;
            uint64_t with_block = other >> BLOCK & SEVERAL_BLOCKS, with_thread = other >> THREAD & SEVERAL_THREADS;
            stop_kernel(LAUNCH_FAILED, "%s %s memory at %#lx, as does block %ld, thread %ld, with no barrier between: %s",
                        write ? "writes" : "reads", shared ? "shared" : "global", address + i,
                        with_block == SEVERAL_BLOCKS ? -1 : (long)with_block,
                        with_thread == SEVERAL_THREADS ? -1 : (long)with_thread, shared ? "" : what_is_at(address + i));
        }
        if (write) last->writer = self;
        else last->reader = reader_after(last->reader, self);
    }
}

/* ---- whether there is such memory ---- */

static struct module *module;
static uint64_t known_start, known_size;

/* From where to where a launch has read and written each allocation. */
struct touched {
    struct allocation *allocation;
    struct { uint64_t start, end; } by[2];
};
static struct touched *touched, *known;
static size_t touched_count, touched_room;

static struct touched *touched_of(struct allocation *allocation) {
    for (size_t i = 0; i < touched_count; i++) {
        if (touched[i].allocation == allocation) return &touched[i];
    }
    if (touched_count == touched_room) {
        touched_room = touched_room ? 2 * touched_room : 16;
        touched = realloc(touched, touched_room * sizeof *touched);
        if (!touched) abort();
    }
    touched[touched_count] = (struct touched){.allocation = allocation, .by = {{UINT64_MAX, 0}, {UINT64_MAX, 0}}};
    return &touched[touched_count++];
}

void end_watch(struct work *work) {
    for (size_t i = 0; i < touched_count; i++) {
        for (int write = 0; write < 2; write++) {
            uint64_t start = touched[i].by[write].start, end = touched[i].by[write].end;
            if (start < end) touches(work, touched[i].allocation, start, end, write);
        }
    }
}

/* Memory of the module, the numbers of thread and block, or the stack of the thread. */
static bool is_own(uint64_t address, uint64_t size) {
    char *at = (char *)address;
    return (at >= module->data_start && at + size <= module->data_stop) || is_place(address) ||
           (on_kernel_stack(address) && on_kernel_stack(address + size - 1));
}

static void look(uint64_t address, uint64_t size, bool write, bool atomic) {
    if (!in_kernel) return;
    char *at = (char *)address;
    bool shared = at >= module->shared_start && at < module->shared_stop;
    if (shared) {
        if (races) look_for_race(address, size, write, atomic, true);
        return;
    }
    if (address - known_start >= known_size || size > known_size - (address - known_start)) {
        if (is_own(address, size)) return;
        struct allocation *allocation = holding(address, size);
        if (!allocation || allocation->life == PROMISED) {
            stop_kernel(ILLEGAL_ADDRESS, "%s %lu bytes at %#lx: %s", write ? "writes" : "reads", size, address,
                        what_is_at(address));
        }
        if (allocation->place == ON_DEVICE && allocation->device != module->context->device) {
            stop_kernel(ILLEGAL_ADDRESS, "touches memory of another device at %#lx", address);
        }
        known_start = allocation->start;
        known_size = allocation->size;
        known = touched_of(allocation);
        open_device_memory(allocation);
    }
    if (address < known->by[write].start) known->by[write].start = address;
    if (address + size > known->by[write].end) known->by[write].end = address + size;
    if (races) look_for_race(address, size, write, atomic, false);
}

void watch_launch(struct kernel *kernel) {
    module = kernel->module;
    known_size = touched_count = 0;
    races = number_setting("SIMULATOR_RACES", 1);
    /* Before the number comes round again, what the last round left goes. */
    launch = (launch + 1) & 0x7ffff;
    if (!launch) forget(), launch = 1;
}

/* Shared memory is rubbish at the start of each block. */
void watch_block(void) {
    if (module->shared_stop > module->shared_start) {
        memset(module->shared_start, 0xa7, (size_t)(module->shared_stop - module->shared_start));
    }
}

EXPORTED void simulator_atomic(const volatile void *address, uint64_t size) {
    if ((uint64_t)address % size) stop_kernel(MISALIGNED_ADDRESS, "atomic operation at %p", (void *)(uintptr_t)address);
    look((uint64_t)address, size, true, true);
}

EXPORTED unsigned long long simulator_read(const volatile void *address, unsigned long size) {
    return size == 8 ? *(const volatile uint64_t *)address : *(const volatile uint32_t *)address;
}

EXPORTED void simulator_write(volatile void *address, unsigned long size, unsigned long long value) {
    if (size == 8) *(volatile uint64_t *)address = value;
    else *(volatile uint32_t *)address = (uint32_t)value;
}

#define ACCESSES(size)                                                                       \
    EXPORTED void __tsan_read##size(uint64_t address) { look(address, size, false, false); }     \
    EXPORTED void __tsan_write##size(uint64_t address) { look(address, size, true, false); }     \
    EXPORTED void __tsan_unaligned_read##size(uint64_t address) { look(address, size, false, false); } \
    EXPORTED void __tsan_unaligned_write##size(uint64_t address) { look(address, size, true, false); }
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
EXPORTED void __tsan_read_range(uint64_t address, uint64_t size) { look(address, size, false, false); }
EXPORTED void __tsan_write_range(uint64_t address, uint64_t size) { look(address, size, true, false); }
EXPORTED void __tsan_init(void) {}
EXPORTED void __tsan_func_entry(void *caller) { (void)caller; }
EXPORTED void __tsan_func_exit(void) {}

/* ---- undefined operations ---- */

/* What gcc hands over starts with where it is. */
struct spot {
    const char *file;
    uint32_t line, column;
};

#define UNDEFINED(name, what)                                                                       \
    EXPORTED void __ubsan_handle_##name##_abort(struct spot *spot) {                                 \
        stop_kernel(LAUNCH_FAILED, "%s:%u:%u: " what, spot->file, spot->line, spot->column);        \
    }
UNDEFINED(add_overflow, "a sum overflows")
UNDEFINED(sub_overflow, "a difference overflows")
UNDEFINED(mul_overflow, "a product overflows")
UNDEFINED(negate_overflow, "a negation overflows")
UNDEFINED(divrem_overflow, "a division by zero, or one that overflows")
UNDEFINED(shift_out_of_bounds, "a shift by more than there are bits, or of a negative number")
UNDEFINED(out_of_bounds, "an index outside of its array")
UNDEFINED(float_cast_overflow, "a float outside of what its integer holds")

EXPORTED void __ubsan_handle_type_mismatch_v1_abort(struct spot *spot, uint64_t address) {
    stop_kernel(address ? MISALIGNED_ADDRESS : ILLEGAL_ADDRESS, "%s:%u:%u: %s pointer %#lx", spot->file, spot->line,
                spot->column, address ? "a misaligned" : "a null", address);
}

/* ---- what only the processor notices ---- */

static struct sigaction before[3];
static const int signals[3] = {SIGSEGV, SIGBUS, SIGFPE};

static void on_signal(int number, siginfo_t *info, void *context) {
    uint64_t address = (uint64_t)info->si_addr;
    if (in_kernel) stop_kernel(ILLEGAL_ADDRESS, "signal %d at %#lx: %s", number, address, what_is_at(address));
    if (number != SIGFPE && in_arena(address)) {
        fprintf(stderr, "simulator: the host touches memory of the device, or what was freed: %s\n",
                what_is_at(address));
        _exit(86);
    }
    for (size_t i = 0; i < 3; i++) {
        if (signals[i] != number) continue;
        if (before[i].sa_flags & SA_SIGINFO) {
            before[i].sa_sigaction(number, info, context);
            return;
        }
        /* As it was, to happen again. */
        sigaction(number, &before[i], NULL);
    }
}

void install_signal_handlers(void) {
    static bool installed;
    if (installed) return;
    installed = true;
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    for (size_t i = 0; i < 3; i++) sigaction(signals[i], &action, &before[i]);
}

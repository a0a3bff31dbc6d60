/* That the simulator finds what it is for: each check in a process of its own, with settings of its own.
 *
 *     checks          # all of them
 *     checks NAME     # one, with what it prints */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef uint64_t address;
typedef int result;

result cuInit(unsigned);
result cuDevicePrimaryCtxRetain(void **, int);
result cuCtxSetCurrent(void *);
result cuCtxSynchronize(void);
result cuMemAlloc_v2(address *, size_t);
result cuMemFree_v2(address);
result cuMemAllocAsync(address *, size_t, void *);
result cuMemFreeAsync(address, void *);
result cuMemAllocHost_v2(void **, size_t);
result cuMemFreeHost(void *);
result cuMemcpyHtoDAsync_v2(address, const void *, size_t, void *);
result cuMemcpyDtoHAsync_v2(void *, address, size_t, void *);
result cuMemcpyHtoD_v2(address, const void *, size_t);
result cuMemcpyDtoH_v2(void *, address, size_t);
result cuMemsetD8Async(address, unsigned char, size_t, void *);
result cuStreamCreate(void **, unsigned);
result cuStreamDestroy_v2(void *);
result cuStreamSynchronize(void *);
result cuStreamWaitEvent(void *, void *, unsigned);
result cuEventCreate(void **, unsigned);
result cuEventRecord(void *, void *);
result cuEventQuery(void *);
result cuLaunchHostFunc(void *, void (*)(void *), void *);
result cuModuleLoadData(void **, const void *);
result cuModuleGetFunction(void **, void *, const char *);
result cuLaunchKernel(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **);
int nvrtcCreateProgram(void **, const char *, const char *, int, const char *const *, const char *const *);
int nvrtcCompileProgram(void *, int, const char *const *);
int nvrtcGetPTXSize(void *, size_t *);
int nvrtcGetPTX(void *, char *);
int nvrtcGetProgramLog(void *, char *);
int nvrtcGetProgramLogSize(void *, size_t *);
int nvrtcDestroyProgram(void **);
uint64_t simulator_calls(const char *);
uint64_t simulator_count(const char *);
void simulator_fail(const char *, uint64_t, result);
uint64_t simulator_forgive(void);

#define EXPECT(condition)                                                  \
    do {                                                                   \
        if (!(condition)) {                                                \
            printf("checks.c:%d: not so: %s\n", __LINE__, #condition);     \
            fflush(stdout);                                                \
            _exit(1);                                                      \
        }                                                                  \
    } while (0)
#define OK(call) EXPECT((call) == 0)

enum { ILLEGAL_ADDRESS = 700, MISALIGNED = 716, LAUNCH_FAILED = 719, FOUND = 86 };

static void *streams[2];

static void begin(void) {
    void *context;
    OK(cuInit(0));
    OK(cuDevicePrimaryCtxRetain(&context, 0));
    OK(cuCtxSetCurrent(context));
    for (int i = 0; i < 2; i++) OK(cuStreamCreate(&streams[i], 1));
}

static unsigned char *pinned(size_t size, int value) {
    void *memory;
    OK(cuMemAllocHost_v2(&memory, size));
    memset(memory, value, size);
    return memory;
}

static address device(size_t size) {
    address memory;
    OK(cuMemAlloc_v2(&memory, size));
    return memory;
}

static int byte_at(address from) {
    unsigned char byte;
    OK(cuMemcpyDtoH_v2(&byte, from, 1));
    return byte;
}

/* ---- memory and streams ---- */

static void pinned_sources_are_read_when_their_turn_comes(void) {
    begin();
    unsigned char *source = pinned(8, 1);
    address target = device(8);
    OK(cuMemcpyHtoDAsync_v2(target, source, 8, streams[0]));
    source[0] = 2;
    OK(cuStreamSynchronize(streams[0]));
    bool early = !strcmp(getenv("SIMULATOR_ORDER"), "early");
    EXPECT(byte_at(target) == (early ? 1 : 2));
}

static void pageable_sources_are_read_at_once(void) {
    begin();
    unsigned char source[8] = {1};
    address target = device(8);
    OK(cuMemcpyHtoDAsync_v2(target, source, 8, streams[0]));
    source[0] = 2;
    OK(cuStreamSynchronize(streams[0]));
    EXPECT(byte_at(target) == 1);
}

static void a_source_freed_too_early_is_found(void) {
    begin();
    unsigned char *source = pinned(8, 1);
    address target = device(8);
    OK(cuMemcpyHtoDAsync_v2(target, source, 8, streams[0]));
    OK(cuMemFreeHost(source));
    EXPECT(cuStreamSynchronize(streams[0]) == ILLEGAL_ADDRESS);
    EXPECT(cuMemAlloc_v2(&target, 8) == ILLEGAL_ADDRESS);
}

static void streams_know_nothing_of_each_other(void) {
    begin();
    address memory = device(8);
    unsigned char *seen = pinned(2, 0);
    OK(cuMemsetD8Async(memory, 5, 8, streams[0]));
    OK(cuMemcpyDtoHAsync_v2(&seen[0], memory, 1, streams[1]));
    OK(cuStreamSynchronize(streams[1]));
    EXPECT(seen[0] == 0xa7);
}

/* Whatever came first: nothing made it so. */
static void unordered_streams_are_found(void) {
    begin();
    address memory = device(8);
    OK(cuMemsetD8Async(memory, 5, 4, streams[0]));
    OK(cuMemsetD8Async(memory + 4, 5, 4, streams[1]));
    OK(cuCtxSynchronize());
    EXPECT(simulator_count("errors") == 0);
    OK(cuMemsetD8Async(memory, 5, 5, streams[0]));
    OK(cuMemsetD8Async(memory + 4, 5, 4, streams[1]));
    OK(cuCtxSynchronize());
    EXPECT(simulator_count("errors") == 1);
}

static void a_source_freed_without_waiting_is_found(void) {
    begin();
    unsigned char *source = pinned(8, 1);
    OK(cuMemcpyHtoDAsync_v2(device(8), source, 8, streams[0]));
    OK(cuMemFreeHost(source));
}

static void waiting_for_a_query_orders(void) {
    begin();
    unsigned char *source = pinned(8, 1);
    void *event;
    OK(cuEventCreate(&event, 2));
    OK(cuMemcpyHtoDAsync_v2(device(8), source, 8, streams[0]));
    OK(cuEventRecord(event, streams[0]));
    while (cuEventQuery(event)) {}
    OK(cuMemFreeHost(source));
}

static void events_order_streams(void) {
    begin();
    address memory = device(8);
    unsigned char *seen = pinned(2, 0);
    void *event;
    OK(cuEventCreate(&event, 2));
    OK(cuMemsetD8Async(memory, 5, 8, streams[0]));
    OK(cuEventRecord(event, streams[0]));
    OK(cuStreamWaitEvent(streams[1], event, 0));
    OK(cuMemcpyDtoHAsync_v2(&seen[0], memory, 1, streams[1]));
    OK(cuStreamSynchronize(streams[1]));
    EXPECT(seen[0] == 5);
    OK(cuEventRecord(event, streams[1]));
    int times = 0;
    while (cuEventQuery(event) == 600) EXPECT(++times < 100);
}

static void the_default_stream_waits_for_blocking_ones(void) {
    begin();
    void *blocking;
    OK(cuStreamCreate(&blocking, 0));
    address memory = device(8);
    OK(cuMemsetD8Async(memory, 5, 8, blocking));
    EXPECT(byte_at(memory) == 5);
}

static void use_after_an_ordered_free_is_found(void) {
    begin();
    address memory;
    unsigned char *seen = pinned(8, 0);
    OK(cuMemAllocAsync(&memory, 8, streams[0]));
    OK(cuStreamSynchronize(streams[0]));
    OK(cuMemcpyDtoHAsync_v2(seen, memory, 8, streams[1]));
    OK(cuMemFreeAsync(memory, streams[0]));
    OK(cuStreamSynchronize(streams[0]));
    EXPECT(cuStreamSynchronize(streams[1]) == ILLEGAL_ADDRESS);
}

static void use_before_an_ordered_allocation_is_found(void) {
    begin();
    address memory;
    OK(cuMemAllocAsync(&memory, 8, streams[0]));
    OK(cuMemsetD8Async(memory, 0, 8, streams[1]));
    EXPECT(cuStreamSynchronize(streams[1]) == ILLEGAL_ADDRESS);
}

static void copies_beyond_an_allocation_are_refused(void) {
    begin();
    unsigned char source[9];
    EXPECT(cuMemcpyHtoD_v2(device(8), source, 9) == 1);
}

static void freeing_twice_is_found(void) {
    begin();
    address memory = device(8);
    OK(cuMemFree_v2(memory));
    EXPECT(cuMemFree_v2(memory) == 1);
}

static void the_host_cannot_touch_the_device(void) {
    begin();
    EXPECT(*(volatile char *)device(8));
}

static void memory_is_limited(void) {
    begin();
    address memory;
    EXPECT(cuMemAlloc_v2(&memory, 1001) == 2);
    OK(cuMemAllocAsync(&memory, 600, streams[0]));
    OK(cuMemFreeAsync(memory, streams[0]));
    OK(cuMemAllocAsync(&memory, 600, streams[0]));
    EXPECT(cuMemAllocAsync(&memory, 600, streams[0]) == 2);
}

static void what_is_left_fails(void) {
    begin();
    device(8);
    EXPECT(simulator_count("allocations") == 1 && simulator_count("nothing") == UINT64_MAX);
}

static void ended_handles_are_refused(void) {
    begin();
    OK(cuStreamDestroy_v2(streams[0]));
    EXPECT(cuStreamSynchronize(streams[0]) == 400);
    EXPECT(cuStreamSynchronize((void *)0x1234) == 400);
}

static void calls_fail_on_request(void) {
    begin();
    address memory;
    uint64_t before = simulator_calls("cuMemAlloc_v2");
    simulator_fail("cuMemAlloc_v2", 2, 2);
    OK(cuMemAlloc_v2(&memory, 8));
    EXPECT(cuMemAlloc_v2(&memory, 8) == 2);
    OK(cuMemAlloc_v2(&memory, 8));
    EXPECT(simulator_calls("cuMemAlloc_v2") == before + 3);
    EXPECT(cuCtxSynchronize() == 999);
    OK(cuCtxSynchronize());
}

static void tell(void *data) { *(volatile int *)data = 1; }

static void functions_of_the_host_run_by_themselves(void) {
    begin();
    volatile int told = 0;
    OK(cuLaunchHostFunc(streams[0], tell, (void *)&told));
    for (int i = 0; i < 5000 && !told; i++) usleep(1000);
    EXPECT(told);
}

/* ---- kernels ---- */

static void *kernel(const char *source, const char *name) {
    void *program, *module, *function;
    size_t size;
    const char *option = "--gpu-architecture=compute_90";
    OK(nvrtcCreateProgram(&program, source, "checks.cu", 0, NULL, NULL));
    if (nvrtcCompileProgram(program, 1, &option)) {
        OK(nvrtcGetProgramLogSize(program, &size));
        char *log = malloc(size);
        OK(nvrtcGetProgramLog(program, log));
        puts(log);
        EXPECT(!"compiles");
    }
    OK(nvrtcGetPTXSize(program, &size));
    char *ptx = malloc(size);
    OK(nvrtcGetPTX(program, ptx));
    OK(nvrtcDestroyProgram(&program));
    OK(cuModuleLoadData(&module, ptx));
    OK(cuModuleGetFunction(&function, module, name));
    return function;
}

/* Over 8 blocks of 64 threads, with memory for one number each. */
static int run(const char *source, long long *numbers) {
    enum { COUNT = 512 };
    begin();
    address memory = device(COUNT * 8);
    long long count = COUNT;
    if (numbers) OK(cuMemcpyHtoD_v2(memory, numbers, COUNT * 8));
    void *parameters[] = {&memory, &count};
    OK(cuLaunchKernel(kernel(source, "check"), 8, 1, 1, 64, 1, 1, 0, streams[0], parameters, NULL));
    int result = cuStreamSynchronize(streams[0]);
    if (!result && numbers) OK(cuMemcpyDtoH_v2(numbers, memory, COUNT * 8));
    return result;
}

#define START                                                                     \
    "extern \"C\" __global__ void check(long long *numbers, long long count) {\n" \
    "    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;\n"       \
    "    __shared__ long long shared[64];\n"                                      \
    "    (void)shared;\n"

static void kernels_compute(void) {
    long long numbers[512];
    for (int i = 0; i < 512; i++) numbers[i] = i;
    OK(run(START "if (i < count) numbers[i] = 3 * numbers[i] + gridDim.x; }", numbers));
    for (int i = 0; i < 512; i++) EXPECT(numbers[i] == 3 * i + 8);
}

static void unordered_kernels_are_found(void) {
    long long numbers[512] = {0};
    begin();
    address memory = device(sizeof numbers);
    long long count = 512;
    OK(cuMemcpyHtoD_v2(memory, numbers, sizeof numbers));
    void *parameters[] = {&memory, &count};
    void *function = kernel(START "if (i < count) numbers[i] += 1; }", "check");
    for (int i = 0; i < 2; i++) OK(cuLaunchKernel(function, 8, 1, 1, 64, 1, 1, 0, streams[i], parameters, NULL));
    EXPECT(simulator_count("errors") > 0);
}

#define SUM(barrier)                                                                              \
    START "shared[threadIdx.x] = numbers[i];\n" barrier                                           \
          "for (unsigned step = 32; step; step /= 2) {\n"                                         \
          "    if (threadIdx.x < step) shared[threadIdx.x] += shared[threadIdx.x + step];\n" barrier \
          "}\n"                                                                                   \
          "if (threadIdx.x == 0) numbers[i] = shared[0]; }"

static void barriers_order_threads(void) {
    long long numbers[512];
    for (int i = 0; i < 512; i++) numbers[i] = i;
    OK(run(SUM("__syncthreads();\n"), numbers));
    for (int block = 0; block < 8; block++) EXPECT(numbers[64 * block] == 64 * 63 / 2 + 64 * 64 * block);
}

static void a_missing_barrier_is_found(void) {
    long long numbers[512] = {0};
    EXPECT(run(SUM("\n"), numbers) == LAUNCH_FAILED);
}

static void a_barrier_that_not_all_reach_is_found(void) {
    EXPECT(run(START "if (threadIdx.x < 60) __syncthreads(); }", NULL) == LAUNCH_FAILED);
}

static void a_byte_too_far_is_found(void) {
    EXPECT(run(START "if (i == count - 1) ((char *)numbers)[8 * count] = 1; }", NULL) == ILLEGAL_ADDRESS);
}

static void races_between_blocks_are_found(void) {
    EXPECT(run(START "numbers[0] = i; }", NULL) == LAUNCH_FAILED);
}

/* It reads before it writes, at one address. */
static void a_racing_sum_is_found(void) {
    long long numbers[512] = {0};
    EXPECT(run(START "numbers[i / 2] += 1; }", numbers) == LAUNCH_FAILED);
}

static void atomic_operations_do_not_race(void) {
    long long numbers[512] = {0};
    OK(run(START "atomicAdd((unsigned long long *)numbers, 2ull); atomicMax((int *)&numbers[1], (int)i);"
                 "atomicCAS((unsigned long long *)&numbers[2], 0ull, 7ull); }",
           numbers));
    EXPECT(numbers[0] == 1024 && numbers[1] == 511 && numbers[2] == 7);
}

static void misaligned_accesses_are_found(void) {
    EXPECT(run(START "*(long long *)((char *)numbers + 4) = 1; }", NULL) == MISALIGNED);
}

static void overflow_is_found(void) {
    long long numbers[512] = {0x7fffffffffffffff};
    EXPECT(run(START "numbers[i] += 1; }", numbers) == LAUNCH_FAILED);
}

static void errors_can_be_forgiven(void) {
    overflow_is_found();
    EXPECT(simulator_forgive() == 1);
    OK(cuCtxSynchronize());
}

static void what_does_not_compile_says_why(void) {
    void *program;
    char log[4096];
    OK(nvrtcCreateProgram(&program, "extern \"C\" __global__ void f() { nothing(); }", "checks.cu", 0, NULL, NULL));
    EXPECT(nvrtcCompileProgram(program, 0, NULL) == 6);
    OK(nvrtcGetProgramLog(program, log));
    EXPECT(strstr(log, "checks.cu:1") && strstr(log, "nothing"));
    const char *unknown = "--no-such-option";
    EXPECT(nvrtcCompileProgram(program, 1, &unknown) == 5);
}

#define CHECK(name, exit_status, ...) {#name, name, exit_status, {__VA_ARGS__}}
static const struct {
    const char *name;
    void (*check)(void);
    int exit_status;
    const char *settings[3];
} checks[] = {
    CHECK(pinned_sources_are_read_when_their_turn_comes, 0, "SIMULATOR_ORDER=late"),
    CHECK(pinned_sources_are_read_when_their_turn_comes, 0, "SIMULATOR_ORDER=early"),
    CHECK(pageable_sources_are_read_at_once, 0),
    CHECK(a_source_freed_too_early_is_found, FOUND),
    CHECK(streams_know_nothing_of_each_other, 0),
    CHECK(unordered_streams_are_found, FOUND, "SIMULATOR_ORDER=late"),
    CHECK(unordered_streams_are_found, FOUND, "SIMULATOR_ORDER=early"),
    CHECK(unordered_kernels_are_found, FOUND, "SIMULATOR_ORDER=early"),
    CHECK(a_source_freed_without_waiting_is_found, FOUND, "SIMULATOR_ORDER=early"),
    CHECK(waiting_for_a_query_orders, 0, "SIMULATOR_ORDER=early"),
    CHECK(waiting_for_a_query_orders, 0),
    CHECK(events_order_streams, 0),
    CHECK(events_order_streams, 0, "SIMULATOR_ORDER=early"),
    CHECK(events_order_streams, 0, "SIMULATOR_ORDER=random:3"),
    CHECK(the_default_stream_waits_for_blocking_ones, 0),
    CHECK(use_after_an_ordered_free_is_found, FOUND),
    CHECK(use_before_an_ordered_allocation_is_found, FOUND),
    CHECK(copies_beyond_an_allocation_are_refused, FOUND),
    CHECK(freeing_twice_is_found, FOUND),
    CHECK(the_host_cannot_touch_the_device, FOUND),
    CHECK(memory_is_limited, 0, "SIMULATOR_MEMORY=1000"),
    CHECK(what_is_left_fails, FOUND, "SIMULATOR_LEAKS=fail"),
    CHECK(what_is_left_fails, 0),
    CHECK(ended_handles_are_refused, 0),
    CHECK(calls_fail_on_request, 0, "SIMULATOR_FAIL=cuCtxSynchronize:1:999"),
    CHECK(functions_of_the_host_run_by_themselves, 0),
    CHECK(kernels_compute, 0),
    CHECK(barriers_order_threads, 0),
    CHECK(barriers_order_threads, 0, "SIMULATOR_THREADS=reverse"),
    CHECK(barriers_order_threads, 0, "SIMULATOR_THREADS=random:5"),
    CHECK(a_missing_barrier_is_found, FOUND),
    CHECK(a_barrier_that_not_all_reach_is_found, FOUND),
    CHECK(a_byte_too_far_is_found, FOUND),
    CHECK(a_racing_sum_is_found, FOUND),
    CHECK(races_between_blocks_are_found, FOUND),
    CHECK(races_between_blocks_are_found, FOUND, "SIMULATOR_THREADS=reverse"),
    CHECK(atomic_operations_do_not_race, 0),
    CHECK(misaligned_accesses_are_found, FOUND),
    CHECK(overflow_is_found, FOUND),
    CHECK(errors_can_be_forgiven, 0),
    CHECK(what_does_not_compile_says_why, 0),
};

int main(int count, char **arguments) {
    static const char *const cleared[] = {"SIMULATOR_ORDER", "SIMULATOR_THREADS", "SIMULATOR_MEMORY", "SIMULATOR_LEAKS",
                                          "SIMULATOR_FAIL",  "SIMULATOR_RACES",   "SIMULATOR_DEVICES"};
    int failed = 0, passed = 0;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (count > 1 && strcmp(arguments[1], checks[i].name)) continue;
        fflush(stdout);
        pid_t child = fork();
        if (!child) {
            for (size_t j = 0; j < sizeof cleared / sizeof *cleared; j++) unsetenv(cleared[j]);
            for (size_t j = 0; j < 3 && checks[i].settings[j]; j++) putenv((char *)checks[i].settings[j]);
            /* What the simulator says of what it finds is expected; by name, it is shown. */
            if (count == 1) dup2(open("/dev/null", O_WRONLY), 2);
            checks[i].check();
            exit(0);
        }
        int status = -1;
        waitpid(child, &status, 0);
        bool good = WIFEXITED(status) && WEXITSTATUS(status) == checks[i].exit_status;
        const char *with = checks[i].settings[0] ? checks[i].settings[0] : "";
        if (!good) {
            int got = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
            printf("%s %s: ended with %d, not %d\n", checks[i].name, with, got, checks[i].exit_status);
        }
        failed += !good, passed += good;
    }
    printf("the simulator: %d checks passed, %d failed\n", passed, failed);
    return failed != 0;
}

/* What CUDA C has and C has not, for kernels that are compiled as C. The simulated NVRTC includes it in front. */
#define __CUDACC__ 1

#define __global__ __attribute__((externally_visible, noinline))
#define __device__
#define __host__
#define __constant__ static const
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
/* One section, so that the simulator can find it, and fill it with rubbish before each block. */
#define __shared__ static __attribute__((section("simulator_tile")))

struct simulator_index {
    unsigned x, y, z;
};
extern struct simulator_index simulator_thread, simulator_block, simulator_block_size, simulator_grid;
#define threadIdx simulator_thread
#define blockIdx simulator_block
#define blockDim simulator_block_size
#define gridDim simulator_grid

void simulator_barrier(int line);
#define __syncthreads() simulator_barrier(__LINE__)
#define __threadfence() ((void)0)

/* Threads take turns only at barriers, so nothing can come between. That an access is atomic has to be told. */
void simulator_atomic(const volatile void *address, unsigned long size);
#define SIMULATOR_ATOMIC(address, value)                                          \
    __extension__({                                                               \
        __typeof__(*(address)) volatile *simulator_at = (address);                \
        simulator_atomic(simulator_at, sizeof *simulator_at);                     \
        __typeof__(*(address)) simulator_old = simulator_plain_read(simulator_at); \
        simulator_plain_write(simulator_at, (value));                             \
        simulator_old;                                                            \
    })
/* Through the simulator, which does not look at these. */
unsigned long long simulator_read(const volatile void *address, unsigned long size);
void simulator_write(volatile void *address, unsigned long size, unsigned long long value);
#define simulator_plain_read(address) ((__typeof__(*(address)))simulator_read((address), sizeof *(address)))
#define simulator_plain_write(address, value) \
    simulator_write((address), sizeof *(address), (unsigned long long)(__typeof__(*(address)))(value))

#define atomicAdd(address, value) SIMULATOR_ATOMIC(address, simulator_old + (value))
#define atomicSub(address, value) SIMULATOR_ATOMIC(address, simulator_old - (value))
#define atomicExch(address, value) SIMULATOR_ATOMIC(address, value)
#define atomicAnd(address, value) SIMULATOR_ATOMIC(address, simulator_old & (value))
#define atomicOr(address, value) SIMULATOR_ATOMIC(address, simulator_old | (value))
#define atomicMin(address, value) \
    SIMULATOR_ATOMIC(address, simulator_old < (__typeof__(*(address)))(value) ? simulator_old : (value))
#define atomicMax(address, value) \
    SIMULATOR_ATOMIC(address, simulator_old > (__typeof__(*(address)))(value) ? simulator_old : (value))
#define atomicCAS(address, expected, value) \
    SIMULATOR_ATOMIC(address, simulator_old == (__typeof__(*(address)))(expected) ? (value) : simulator_old)

/* What the simulator reads in a compiled module. */
struct simulator_kernel {
    const char *name;
    void (*call)(void **arguments);
    const unsigned *sizes;
    unsigned parameters;
};
extern char simulator_shared_start[] __asm__("__start_simulator_tile") __attribute__((weak, visibility("hidden")));
extern char simulator_shared_stop[] __asm__("__stop_simulator_tile") __attribute__((weak, visibility("hidden")));

/* What every kernel is written with. This text stands in front of each source.
 *
 * Kernels are in what C and CUDA C++ have in common, so that a C compiler makes functions for the host of the same
 * text: without a GPU, that is how they are tested. So there are no templates, no references and no functions of warps;
 * element types come in as macros, and every parameter of a kernel takes 8 bytes.
 *
 * All kernels go through their elements with strides of the whole grid, so that any grid does, and neighbouring threads
 * touch neighbouring memory. What streams is read and written 16 bytes at a time where both ends are aligned for it;
 * what is left over, or not aligned, is done one element at a time. */

typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

/* Threads per block, as the host launches them. */
#define BLOCK 256

#ifdef __CUDACC__
#define KERNEL extern "C" __global__ void __launch_bounds__(BLOCK)
#define INLINE static __device__ __forceinline__
#else
#define KERNEL void
#define INLINE static inline
#endif

/* The widest that one instruction loads or stores. */
typedef struct __attribute__((aligned(16))) {
    u64 low, high;
} Wide;

INLINE Wide wide(u64 low, u64 high) {
    Wide both;
    both.low = low;
    both.high = high;
    return both;
}

/* The place of this thread in the whole grid, and how many threads the grid has. */
INLINE u64 own_place(void) {
    return (u64)blockIdx.x * BLOCK + threadIdx.x;
}

INLINE u64 all_threads(void) {
    return (u64)gridDim.x * BLOCK;
}

/* What streams takes so many loads of a thread before the first store, so that memory is busy while they are waited
 * for. In `for (ROUNDS(i, count))` element `k` of a round is at `place(i, k)`, which may lie beyond the end. The loop
 * over a round must be unrolled for what it takes to stay in registers, which the compiler does not see by itself. */
#define AT_ONCE 4
#define ROUNDS(i, count) u64 i = own_place(); i < (count); i += AT_ONCE * all_threads()
#define FOR_EACH_OF_ROUND(k) _Pragma("unroll") for (u32 k = 0; k < AT_ONCE; k++)

INLINE u64 place(u64 i, u32 k) {
    return i + k * all_threads();
}

/* In each of 8 bytes 1 where it is not 0, else 0. */
INLINE u64 true_bytes(u64 bytes) {
    const u64 low = 0x7f7f7f7f7f7f7f7full;
    return (((bytes & low) + low) | bytes) >> 7 & 0x0101010101010101ull;
}

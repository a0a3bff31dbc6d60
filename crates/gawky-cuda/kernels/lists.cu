/* The rows of lists that lie one after the other. */

#define EACH 8
#define TILE (BLOCK * EACH)

/* The list that element `i` is of: the last that begins at it or before, of those from `low` to `high`. Empty lists
 * begin where the next one does, so the last is the one that has it. */
INLINE u64 list_of(const u64 *offsets, u64 low, u64 high, u64 i) {
    while (low + 1 < high) {
        u64 middle = low + (high - low) / 2;
        if (offsets[middle] <= i) low = middle;
        else high = middle;
    }
    return low;
}

/* `offsets` begin at 0 and never descend. Each block looks in all lists for the first and the last element of its
 * tile, and between these two for the others, which mostly is a short way in a few lines of the cache. */
KERNEL list_rows(const u64 *__restrict__ starts, const u64 *__restrict__ offsets, u64 lists, u64 *__restrict__ out,
                 u64 length, u64 tiles) {
    __shared__ u64 ends[2];
    u64 last = offsets[lists];
    for (u64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        u64 first = tile * TILE;
        if (threadIdx.x < 2) ends[threadIdx.x] = list_of(offsets, 0, lists, first + threadIdx.x * (TILE - 1));
        __syncthreads();
        u64 low = ends[0], high = ends[1] + 1;
        for (u32 k = 0; k < EACH; k++) {
            u64 i = first + k * BLOCK + threadIdx.x;
            if (i >= length) continue;
            u64 row = ~0ull;
            if (i < last) {
                u64 list = list_of(offsets, low, high, i);
                row = starts[list] + (i - offsets[list]);
            }
            out[i] = row;
        }
        __syncthreads();
    }
}

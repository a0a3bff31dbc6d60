/* Sums of all that comes before: offsets of counts, and where in the result a tile of flags begins.
 *
 * In three steps, each as long as the memory that it reads: the sum of each tile; the offsets of these sums, by the
 * same kernels, until one tile holds them all; and the sums within each tile on top of its offset. */

/* Counts that a thread adds up by itself, and that a block does. */
#define EACH 8
#define TILE (BLOCK * EACH)

/* What `from` holds. */
#define SUMS 0     /* sums of tiles, of less than 0 nor more than TOO_MANY */
#define COUNTS 1   /* of which negative ones count as 0 */
#define OFFSETS 2  /* the counts are the differences, of which negative ones count as 0 */

INLINE u64 count_at(const i64 *from, u64 i, u64 kind) {
    if (kind == SUMS) return (u64)from[i];
    if (kind == COUNTS) return from[i] > 0 ? (u64)from[i] : 0;
    i64 begin = from[i], end = from[i + 1];
    if (end <= begin) return 0;
    u64 apart = (u64)end - (u64)begin;
    return apart < TOO_MANY ? apart : TOO_MANY - 1;
}

/* A place of its own for each of eight neighbours in the banks of shared memory. */
INLINE u32 slot(u32 within) {
    return within + within / EACH;
}

KERNEL tile_sums(const i64 *__restrict__ from, u64 count, u64 kind, u64 *__restrict__ sums, u64 tiles) {
    __shared__ u64 shared[BLOCK];
    for (u64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        u64 own = 0;
        for (u32 k = 0; k < EACH; k++) {
            u64 i = tile * TILE + k * BLOCK + threadIdx.x;
            if (i < count) own = sum(own, count_at(from, i, kind));
        }
        u64 all = sum_of_all(shared, own);
        if (threadIdx.x == 0) sums[tile] = all;
    }
}

/* `before` has the offset of each tile; there is none where there is but one tile. */
KERNEL scan(const i64 *__restrict__ from, u64 count, u64 kind, const u64 *__restrict__ before, u64 *__restrict__ out,
            u64 tiles) {
    __shared__ u64 shared[BLOCK];
    __shared__ u64 staged[TILE + TILE / EACH];
    u32 me = threadIdx.x;
    if (blockIdx.x == 0 && me == 0) out[0] = 0;
    for (u64 tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
        for (u32 k = 0; k < EACH; k++) {
            u64 i = tile * TILE + k * BLOCK + me;
            staged[slot(k * BLOCK + me)] = i < count ? count_at(from, i, kind) : 0;
        }
        __syncthreads();
        u64 own = 0, all;
        for (u32 k = 0; k < EACH; k++) own = sum(own, staged[slot(me * EACH + k)]);
        u64 upto = sum(before != 0 ? before[tile] : 0, sum_before(shared, own, &all));
        for (u32 k = 0; k < EACH; k++) {
            upto = sum(upto, staged[slot(me * EACH + k)]);
            staged[slot(me * EACH + k)] = upto;
        }
        __syncthreads();
        for (u32 k = 0; k < EACH; k++) {
            u64 i = tile * TILE + k * BLOCK + me;
            if (i < count) out[i + 1] = staged[slot(k * BLOCK + me)];
        }
        __syncthreads();
    }
}

/* What the threads of one block find out together, in shared memory. All of them must call these. */

/* Sums of counts stop here, one past the greatest offset, so that whoever reads the last sees that it was too much. */
#define TOO_MANY (1ull << 63)

INLINE u64 sum(u64 a, u64 b) {
    u64 both = a + b;
    return both < a || both > TOO_MANY ? TOO_MANY : both;
}

/* The sum of what the threads before this one have; `all` becomes the sum of what all have. */
INLINE u64 sum_before(u64 *shared, u64 own, u64 *all) {
    u32 me = threadIdx.x;
    u64 upto = own;
    shared[me] = upto;
    __syncthreads();
    for (u32 reach = 1; reach < BLOCK; reach *= 2) {
        u64 other = me >= reach ? shared[me - reach] : 0;
        __syncthreads();
        upto = sum(upto, other);
        shared[me] = upto;
        __syncthreads();
    }
    u64 before = me > 0 ? shared[me - 1] : 0;
    *all = shared[BLOCK - 1];
    __syncthreads();
    return before;
}

/* The sum of what all threads have. */
INLINE u64 sum_of_all(u64 *shared, u64 own) {
    u32 me = threadIdx.x;
    shared[me] = own;
    __syncthreads();
    for (u32 half = BLOCK / 2; half > 0; half /= 2) {
        if (me < half) shared[me] = sum(shared[me], shared[me + half]);
        __syncthreads();
    }
    u64 all = shared[0];
    __syncthreads();
    return all;
}

/* The least of what all threads have. */
INLINE u64 least_of_all(u64 *shared, u64 own) {
    u32 me = threadIdx.x;
    shared[me] = own;
    __syncthreads();
    for (u32 half = BLOCK / 2; half > 0; half /= 2) {
        if (me < half && shared[me + half] < shared[me]) shared[me] = shared[me + half];
        __syncthreads();
    }
    u64 least = shared[0];
    __syncthreads();
    return least;
}

// One training step of a pack of attention-only transformers (math.md 1.2) in two launches: `gradients` takes a sequence at a time through
// the model and back within the shared memory of a block, `update` is AdamW. FusedSource defines the sizes and the places (all in
// floats); tests compile the same text for one thread of the CPU.
//
//   BATCH sequences of each model, shared among `parts` blocks; TOKENS of a sequence, of which N = TOKENS - 1 predict one, ROWS = N rounded
//   up to whole tiles; D = d_model, HEADS of HEAD dimensions, WIDE of all heads; VOCAB, VPAD = VOCAB rounded up to 4.
//
// A model's weights lie in a working copy, matrices also transposed, so that every product reads rows: a[i, k] from shared memory, b[k, j]
// four j at a time. Rows from N on and columns from VOCAB on are zero and stay so. Every sum has one order: two runs give the same bits.

#ifndef SHARED
#define SHARED(name) extern __shared__ float4 name[];
#endif
#define LARGEST 3.402823466e38f
#define KEPT(stride) (stride + 4)      // rows that neighbouring threads read side by side start at different banks

constexpr int at_A = 0;                                          // [ROWS, D]      what the layer reads
constexpr int at_Q = at_A + ROWS * D;                            // [ROWS, WIDE]
constexpr int at_K = at_Q + ROWS * WIDE;                         // [ROWS, KEPT]   then, on the way back, A with positions
constexpr int wide_K = ROWS * (KEPT(WIDE) > D ? KEPT(WIDE) : D);
constexpr int at_V = at_K + wide_K;                              // [ROWS, KEPT]   then the gradient of K
constexpr int at_P = at_V + ROWS * KEPT(WIDE);                   // [HEADS, ROWS, KEPT]   pattern
constexpr int at_Z = at_P + HEADS * ROWS * KEPT(ROWS);           // [ROWS, WIDE]   what heads read; then the gradient of V
constexpr int saved_floats = at_Z + ROWS * WIDE;                 // so far: what a layer keeps for the way back
constexpr int at_X = saved_floats;                               // [ROWS, D]      the residual stream; then its gradient
constexpr int at_1 = at_X + ROWS * D;                            // [ROWS, WIDE]   A with positions; gradients of Z, then of Q
constexpr int wide_1 = ROWS * (WIDE > D ? WIDE : D);
constexpr int at_2 = at_1 + wide_1;                              // [HEADS, ROWS, ROWS]   gradients of the pattern, then of the scores
constexpr int at_L = at_1;                                       // [ROWS, KEPT(VPAD)]    logits, then their gradient: over both
constexpr int end_2 = at_2 + HEADS * ROWS * ROWS, end_L = at_L + ROWS * KEPT(VPAD);
constexpr int at_loss = end_2 > end_L ? end_2 : end_L;           // [ROWS]         loss of each position
constexpr int at_ids = at_loss + ROWS;                           // [ROWS + 4]     token ids

// Places in a model's working copy.
constexpr int w_layers = VOCAB * D, square = D * WIDE;
#define w_layer(layer) (w_layers + (layer) * 8 * square)        // Q K V [D, WIDE], O [WIDE, D], and the four transposed
constexpr int w_U = w_layers + LAYERS * 8 * square;              // [D, VPAD]
constexpr int w_UT = w_U + D * VPAD;                             // [VPAD, D]
constexpr int w_positions = w_UT + VPAD * D;                     // [TOKENS, D] if they are learned

// Places among a block's gradients.
constexpr int g_layers = VOCAB * D;
#define g_layer(layer) (g_layers + (layer) * 4 * square)
constexpr int g_U = g_layers + LAYERS * 4 * square;
constexpr int g_positions = g_U + D * VPAD;

static_assert(WEIGHTS == w_positions + LEARNED * TOKENS * D && GRADIENTS == g_positions + LEARNED * TOKENS * D, "FusedShape counts as this text does");
static_assert(SHARED_FLOATS == at_ids + ROWS + 4 && SAVED_FLOATS == saved_floats, "FusedShape counts as this text does");

__device__ __forceinline__ float4 read(const float* at) { return *(const float4*)at; }
__device__ __forceinline__ void write(float* at, float4 value) { *(float4*)at = value; }
__device__ __forceinline__ float4 plus(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }
__device__ __forceinline__ void add(float4& sum, float a, float4 b)
{
    sum.x += a * b.x;
    sum.y += a * b.y;
    sum.z += a * b.z;
    sum.w += a * b.w;
}

// Every thread's share of COUNT matrices [M, 4 * across] in tiles of TALL rows and four columns.
template <int COUNT, int M, int COLUMNS, int TALL, class Body>
__device__ __forceinline__ void tiles(Body body)
{
    constexpr int across = COLUMNS / 4, each = M / TALL * across;
    static_assert(M % TALL == 0 && COLUMNS % 4 == 0, "whole tiles");
    for (int t = threadIdx.x; t < COUNT * each; t += THREADS)
    {
        body(t / each, t % each / across * TALL, t % across);
    }
}

// sum[r] += a[r, 0..depth) b[0..depth, 4 columns]
template <int TALL>
__device__ __forceinline__ void rows_by_rows(float4 (&sum)[TALL], const float* a, int stride_a, const float* b, int stride_b, int depth)
{
#pragma unroll 4
    for (int k = 0; k < depth; k += 4)
    {
        const float4 b0 = read(b + k * stride_b), b1 = read(b + (k + 1) * stride_b), b2 = read(b + (k + 2) * stride_b), b3 = read(b + (k + 3) * stride_b);
#pragma unroll
        for (int r = 0; r < TALL; r++)
        {
            const float4 left = read(a + r * stride_a + k);
            add(sum[r], left.x, b0);
            add(sum[r], left.y, b1);
            add(sum[r], left.z, b2);
            add(sum[r], left.w, b3);
        }
    }
}

// sum[r][c] += a[r, 0..depth) . b[c * apart, 0..depth)
template <int TALL>
__device__ __forceinline__ void rows_by_columns(float (&sum)[TALL][4], const float* a, int stride_a, const float* b, int stride_b, int apart, int depth)
{
#pragma unroll 2
    for (int k = 0; k < depth; k += 4)
    {
        float4 right[4];
#pragma unroll
        for (int c = 0; c < 4; c++)
        {
            right[c] = read(b + c * apart * stride_b + k);
        }
#pragma unroll
        for (int r = 0; r < TALL; r++)
        {
            const float4 left = read(a + r * stride_a + k);
#pragma unroll
            for (int c = 0; c < 4; c++)
            {
                sum[r][c] += left.x * right[c].x;
                sum[r][c] += left.y * right[c].y;
                sum[r][c] += left.z * right[c].z;
                sum[r][c] += left.w * right[c].w;
            }
        }
    }
}

// sum[r] += a[from..until, four rows r] transposed, b[from..until, 4 columns]
__device__ __forceinline__ void columns_by_rows(float4 (&sum)[4], const float* a, int stride_a, const float* b, int stride_b, int from, int until)
{
#pragma unroll 4
    for (int k = from; k < until; k++)
    {
        const float4 left = read(a + k * stride_a), right = read(b + k * stride_b);
        add(sum[0], left.x, right);
        add(sum[1], left.y, right);
        add(sum[2], left.z, right);
        add(sum[3], left.w, right);
    }
}

template <int TALL>
__device__ __forceinline__ void write_rows(float* to, int stride, const float4 (&sum)[TALL])
{
#pragma unroll
    for (int r = 0; r < TALL; r++)
    {
        write(to + r * stride, sum[r]);
    }
}

// Gradient of a matrix [M, COLUMNS]: left [ROWS, M] transposed times right [ROWS, COLUMNS], added to what earlier sequences gave.
template <int M, int COLUMNS>
__device__ __forceinline__ void weight_gradient(float* gradient, const float* left, int stride_left, const float* right, int stride_right, bool first)
{
    tiles<1, M, COLUMNS, 4>([&](int, int i, int j)
    {
        float4 sum[4] = {};
        float* to = gradient + i * COLUMNS + j * 4;
        if (!first)
        {
#pragma unroll
            for (int r = 0; r < 4; r++)
            {
                sum[r] = read(to + r * COLUMNS);
            }
        }
        columns_by_rows(sum, left + i, stride_left, right + j * 4, stride_right, 0, ROWS);
        write_rows(to, COLUMNS, sum);
    });
}

// Each row of the left [ROWS, WIDE] with each row of the right [ROWS, KEPT(WIDE)], head by head, times a factor: [HEADS, ROWS, STRIDE].
template <int STRIDE>
__device__ __forceinline__ void products_of_heads(float* to, const float* left, const float* right, float factor)
{
    tiles<HEADS, ROWS, ROWS, HEIGHT>([&](int head, int i, int j)
    {
        float sum[HEIGHT][4] = {};
        rows_by_columns(sum, left + i * WIDE + head * HEAD, WIDE, right + j * KEPT(WIDE) + head * HEAD, KEPT(WIDE), ROWS / 4, HEAD);
#pragma unroll
        for (int r = 0; r < HEIGHT; r++)
        {
#pragma unroll
            for (int c = 0; c < 4; c++)
            {
                to[(head * ROWS + i + r) * STRIDE + j + c * (ROWS / 4)] = sum[r][c] * factor;
            }
        }
    });
}

// LANES threads work on each of COUNT rows: body(row, its first element, valid), the same number of times in every thread.
template <int COUNT, class Body>
__device__ __forceinline__ void rows(Body body)
{
    constexpr int at_once = THREADS / LANES;
    for (int first = 0; first < COUNT; first += at_once)
    {
        const int row = first + threadIdx.x / LANES;
        body(row, (int)threadIdx.x % LANES, row < COUNT);
    }
}

__device__ __forceinline__ float sum_of_lanes(float value)
{
#pragma unroll
    for (int apart = LANES / 2; apart > 0; apart /= 2)
    {
        value += __shfl_xor_sync(0xffffffff, value, apart);
    }
    return value;
}

__device__ __forceinline__ float max_of_lanes(float value)
{
#pragma unroll
    for (int apart = LANES / 2; apart > 0; apart /= 2)
    {
        value = fmaxf(value, __shfl_xor_sync(0xffffffff, value, apart));
    }
    return value;
}

__device__ __forceinline__ void copy(float* to, const float* from, int floats)
{
    for (int n = 4 * threadIdx.x; n < floats; n += 4 * THREADS)
    {
        write(to + n, read(from + n));
    }
}

#if ROTARY
// Turns each pair of two stacks of heads by its position's angle, or back (direction -1): positions holds cosines and sines [2, TOKENS, HEAD / 2].
__device__ __forceinline__ void turn(float* first, int stride_first, float* second, int stride_second, const float* positions, float direction)
{
    constexpr int half = HEAD / 2;
    for (int n = threadIdx.x; n < 2 * N * HEADS * half; n += THREADS)
    {
        const int pair = n % half, head = n / half % HEADS, row = n / half / HEADS % N;
        float* at = (n < N * HEADS * half ? first + row * stride_first : second + row * stride_second) + head * HEAD + pair;
        const float cosine = positions[row * half + pair], sine = direction * positions[(TOKENS + row) * half + pair];
        const float a = at[0], b = at[half];
        at[0] = a * cosine - b * sine;
        at[half] = b * cosine + a * sine;
    }
}
#endif

// tokens [members, BATCH, TOKENS]; weights: a working copy each; positions: of shortformer [TOKENS, D], or rotary; results: a block's
// gradients and the summed loss of its sequences; moves [members]: above 0 where a model learns; saved: room for the layers of a block.
extern "C" __global__ void __launch_bounds__(THREADS) gradients(
    long long parts, const long long* tokens, const float* weights, const float* positions, const float* moves, const int* stopped, float* gradients, float* losses, float* saved)
{
    SHARED(memory)
    float* const m = (float*)memory;
    float *const A = m + at_A, *const Q = m + at_Q, *const K = m + at_K, *const V = m + at_V, *const P = m + at_P, *const Z = m + at_Z;
    float *const X = m + at_X, *const one = m + at_1, *const two = m + at_2, *const L = m + at_L, *const row_losses = m + at_loss;
    int* const ids = (int*)(m + at_ids);

    const int member = blockIdx.x / (int)parts, part = blockIdx.x % (int)parts;
    if (!(moves[member] > 0) || stopped[member])
    {
        return;
    }
    const float* const w = weights + (long long)member * WEIGHTS;
    float* const g = gradients + (long long)blockIdx.x * GRADIENTS;
    float* const kept = saved + (long long)blockIdx.x * (LAYERS > 1 ? LAYERS - 1 : 0) * saved_floats;
    float loss = 0;

    for (int n = threadIdx.x; n < VOCAB * D / 4; n += THREADS)
    {
        write(g + 4 * n, make_float4(0, 0, 0, 0));                                          // tokens that do not occur
    }
#if LEARNED
    for (int n = threadIdx.x; n < TOKENS * D / 4; n += THREADS)
    {
        write(g + g_positions + 4 * n, make_float4(0, 0, 0, 0));                            // the last token is never read
    }
#endif
    for (int s = part; s < BATCH; s += (int)parts)
    {
        const bool first = s == part;
        const long long* const sequence = tokens + ((long long)member * BATCH + s) * TOKENS;
        __syncthreads();
        for (int i = threadIdx.x; i < ROWS + 1; i += THREADS)
        {
            ids[i] = i < TOKENS ? (int)sequence[i] : 0;
        }
        __syncthreads();
        for (int n = threadIdx.x; n < ROWS * D / 4; n += THREADS)
        {
            const int i = n / (D / 4), c = n % (D / 4) * 4;
            float4 x = i < N ? read(w + ids[i] * D + c) : make_float4(0, 0, 0, 0);
#if LEARNED
            x = i < N ? plus(x, read(w + w_positions + i * D + c)) : x;
#endif
            write(X + i * D + c, x);
        }
        __syncthreads();

        for (int layer = 0; layer < LAYERS; layer++)
        {
            const float* const own = w + w_layer(layer);
            if (layer > 0)
            {
                copy(kept + (layer - 1) * saved_floats, m, saved_floats);
                __syncthreads();
            }
            for (int n = threadIdx.x; n < ROWS * D / 4; n += THREADS)
            {
                const float4 x = read(X + 4 * n);
                write(A + 4 * n, x);
#if SHORTFORMER
                write(one + 4 * n, n / (D / 4) < N ? plus(x, read(positions + 4 * n)) : x);
#endif
            }
            __syncthreads();
            const float* const placed = SHORTFORMER ? one : A;
            tiles<3, ROWS, WIDE, HEIGHT>([&](int which, int i, int j)
            {
                float4 sum[HEIGHT] = {};
                rows_by_rows(sum, (which < 2 ? placed : A) + i * D, D, own + which * square + j * 4, WIDE, D);
                write_rows(which == 0 ? Q + i * WIDE + j * 4 : (which == 1 ? K : V) + i * KEPT(WIDE) + j * 4, which == 0 ? WIDE : KEPT(WIDE), sum);
            });
            __syncthreads();
#if ROTARY
            turn(Q, WIDE, K, KEPT(WIDE), positions, 1);
            __syncthreads();
#endif
            products_of_heads<KEPT(ROWS)>(P, Q, K, SCALE);
            __syncthreads();
            rows<HEADS * ROWS>([&](int row, int lane, bool there)
            {
                const int i = row % ROWS, seen = there && i < N ? i + 1 : 0;                // causal: keys up to the query
                float* const scores = P + row * KEPT(ROWS);
                float most = -LARGEST, sum = 0;
                for (int j = lane; j < seen; j += LANES)
                {
                    most = fmaxf(most, scores[j]);
                }
                most = max_of_lanes(most);
                for (int j = lane; j < seen; j += LANES)
                {
                    sum += scores[j] = expf(scores[j] - most);
                }
                sum = sum_of_lanes(sum);
                for (int j = lane; there && j < ROWS; j += LANES)
                {
                    scores[j] = j < seen ? scores[j] / sum : 0;
                }
            });
            __syncthreads();
            tiles<HEADS, ROWS, HEAD, HEIGHT>([&](int head, int i, int j)
            {
                float4 sum[HEIGHT] = {};
                rows_by_rows(sum, P + (head * ROWS + i) * KEPT(ROWS), KEPT(ROWS), V + head * HEAD + j * 4, KEPT(WIDE), i + HEIGHT);
                write_rows(Z + i * WIDE + head * HEAD + j * 4, WIDE, sum);
            });
            __syncthreads();
            tiles<1, ROWS, D, HEIGHT>([&](int, int i, int j)
            {
                float4 sum[HEIGHT] = {};
                rows_by_rows(sum, Z + i * WIDE, WIDE, own + 3 * square + j * 4, D, WIDE);
#pragma unroll
                for (int r = 0; r < HEIGHT; r++)
                {
                    write(X + (i + r) * D + j * 4, plus(read(A + (i + r) * D + j * 4), sum[r]));
                }
            });
            __syncthreads();
        }

        tiles<1, ROWS, VPAD, HEIGHT>([&](int, int i, int j)
        {
            float4 sum[HEIGHT] = {};
            rows_by_rows(sum, X + i * D, D, w + w_U + j * 4, VPAD, D);
            write_rows(L + i * KEPT(VPAD) + j * 4, KEPT(VPAD), sum);
        });
        __syncthreads();
        rows<ROWS>([&](int i, int lane, bool there)
        {
            const bool real = there && i < N;
            const int ids_seen = real ? VOCAB : 0, next = real ? ids[i + 1] : 0;
            float* const logits = L + i * KEPT(VPAD);
            const float right = real ? logits[next] : 0;
            float most = -LARGEST, sum = 0;
            for (int v = lane; v < ids_seen; v += LANES)
            {
                most = fmaxf(most, logits[v]);
            }
            most = max_of_lanes(most);                                                      // and every lane has read `right`
            for (int v = lane; v < ids_seen; v += LANES)
            {
                sum += logits[v] = expf(logits[v] - most);
            }
            sum = sum_of_lanes(sum);
            for (int v = lane; there && v < VPAD; v += LANES)
            {
                logits[v] = v < ids_seen ? (logits[v] / sum - (v == next ? 1 : 0)) * (1.0f / (N * BATCH)) : 0;
            }
            if (there && lane == 0)
            {
                row_losses[i] = real ? logf(sum) + most - right : 0;
            }
        });
        __syncthreads();
        weight_gradient<D, VPAD>(g + g_U, X, D, L, KEPT(VPAD), first);
        if (threadIdx.x == 0)
        {
            for (int i = 0; i < N; i++)
            {
                loss += row_losses[i];
            }
        }
        __syncthreads();
        tiles<1, ROWS, D, HEIGHT>([&](int, int i, int j)
        {
            float4 sum[HEIGHT] = {};
            rows_by_rows(sum, L + i * KEPT(VPAD), KEPT(VPAD), w + w_UT + j * 4, D, VPAD);
            write_rows(X + i * D + j * 4, D, sum);                                          // from here on X is the gradient of the residual stream
        });
        __syncthreads();

        for (int layer = LAYERS - 1; layer >= 0; layer--)
        {
            const float* const turned = w + w_layer(layer) + 4 * square;
            float* const own = g + g_layer(layer);
            if (layer < LAYERS - 1)
            {
                copy(m, kept + layer * saved_floats, saved_floats);
                __syncthreads();
            }
            tiles<1, ROWS, WIDE, HEIGHT>([&](int, int i, int j)
            {
                float4 sum[HEIGHT] = {};
                rows_by_rows(sum, X + i * D, D, turned + 3 * square + j * 4, WIDE, D);
                write_rows(one + i * WIDE + j * 4, WIDE, sum);                              // of Z
            });
            weight_gradient<WIDE, D>(own + 3 * square, Z, WIDE, X, D, first);
            __syncthreads();
            products_of_heads<ROWS>(two, one, V, 1);                                        // of the pattern
            tiles<HEADS, ROWS, HEAD, 4>([&](int head, int i, int j)
            {
                float4 sum[4] = {};
                columns_by_rows(sum, P + head * ROWS * KEPT(ROWS) + i, KEPT(ROWS), one + head * HEAD + j * 4, WIDE, i, ROWS);
                write_rows(Z + i * WIDE + head * HEAD + j * 4, WIDE, sum);                  // of V
            });
            __syncthreads();
            rows<HEADS * ROWS>([&](int row, int lane, bool there)
            {
                const float* const pattern = P + row * KEPT(ROWS);
                float* const change = two + row * ROWS;
                float sum = 0;
                for (int j = lane; there && j < ROWS; j += LANES)
                {
                    sum += pattern[j] * change[j];
                }
                sum = sum_of_lanes(sum);
                for (int j = lane; there && j < ROWS; j += LANES)
                {
                    change[j] = pattern[j] * (change[j] - sum) * SCALE;                     // of the scores
                }
            });
            __syncthreads();
            tiles<HEADS, ROWS, HEAD, HEIGHT>([&](int head, int i, int j)
            {
                float4 sum[HEIGHT] = {};
                rows_by_rows(sum, two + (head * ROWS + i) * ROWS, ROWS, K + head * HEAD + j * 4, KEPT(WIDE), i + HEIGHT);
                write_rows(one + i * WIDE + head * HEAD + j * 4, WIDE, sum);                // of Q
            });
            tiles<HEADS, ROWS, HEAD, 4>([&](int head, int i, int j)
            {
                float4 sum[4] = {};
                columns_by_rows(sum, two + head * ROWS * ROWS + i, ROWS, Q + head * HEAD + j * 4, WIDE, i, ROWS);
                write_rows(V + i * KEPT(WIDE) + head * HEAD + j * 4, KEPT(WIDE), sum);      // of K
            });
            __syncthreads();
#if ROTARY
            turn(one, WIDE, V, KEPT(WIDE), positions, -1);
#endif
#if SHORTFORMER
            for (int n = threadIdx.x; n < ROWS * D / 4; n += THREADS)
            {
                const float4 x = read(A + 4 * n);
                write(K + 4 * n, n / (D / 4) < N ? plus(x, read(positions + 4 * n)) : x);
            }
#endif
            __syncthreads();
            const float* const placed = SHORTFORMER ? K : A;
            weight_gradient<D, WIDE>(own, placed, D, one, WIDE, first);
            weight_gradient<D, WIDE>(own + square, placed, D, V, KEPT(WIDE), first);
            weight_gradient<D, WIDE>(own + 2 * square, A, D, Z, WIDE, first);
            tiles<1, ROWS, D, HEIGHT>([&](int, int i, int j)
            {
                float4 sum[HEIGHT] = {};
                rows_by_rows(sum, one + i * WIDE, WIDE, turned + j * 4, D, WIDE);
                rows_by_rows(sum, V + i * KEPT(WIDE), KEPT(WIDE), turned + square + j * 4, D, WIDE);
                rows_by_rows(sum, Z + i * WIDE, WIDE, turned + 2 * square + j * 4, D, WIDE);
#pragma unroll
                for (int r = 0; r < HEIGHT; r++)
                {
                    float* const to = X + (i + r) * D + j * 4;
                    write(to, plus(read(to), sum[r]));
                }
            });
            __syncthreads();
        }

        // The first place of a token adds up all of its places.
        for (int n = threadIdx.x; n < N * (D / 4); n += THREADS)
        {
            const int i = n / (D / 4), c = n % (D / 4) * 4;
            bool earlier = false;
            for (int before = 0; before < i; before++)
            {
                earlier |= ids[before] == ids[i];
            }
            if (!earlier)
            {
                float* const to = g + ids[i] * D + c;
                float4 sum = read(to);
                for (int later = i; later < N; later++)
                {
                    if (ids[later] == ids[i])
                    {
                        sum = plus(sum, read(X + later * D + c));
                    }
                }
                write(to, sum);
            }
#if LEARNED
            float* const place = g + g_positions + i * D + c;
            write(place, plus(read(place), read(X + i * D + c)));
#endif
        }
    }
    if (threadIdx.x == 0)
    {
        losses[blockIdx.x] = loss;
    }
}

// A parameter tensor: where it lies in the pack's flat buffer [tensor, member, value], in the working copy, and among the gradients.
struct Place
{
    int offset, length, columns, to, to_stride, transposed, transposed_stride, gradient, gradient_stride, decays;
};
__constant__ Place places[] = {PLACES};

// Copies the values of a parameter into the working copy.
__device__ __forceinline__ void arrange_one(const Place& place, float* weights, int member, int row, int column, float value)
{
    float* const copy = weights + (long long)member * WEIGHTS;
    copy[place.to + row * place.to_stride + column] = value;
    if (place.transposed >= 0)
    {
        copy[place.transposed + column * place.transposed_stride + row] = value;
    }
}

// blockIdx.y: the tensor; a thread for each of its values in all models.
extern "C" __global__ void arrange(long long members, const float* flat, float* weights)
{
    const Place place = places[blockIdx.y];
    const long long n = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (n < (long long)place.length * members)
    {
        const int value = n % place.length;
        arrange_one(place, weights, n / place.length, value / place.columns, value % place.columns, flat[(long long)place.offset * members + n]);
    }
}

// AdamW (see AdamWCoefficients): coefficients [8, members] are Beta1, Beta2, Eps, Keep, StepSize, RootCorrection, moves and nothing. A model
// whose loss is no number stays as it is and stops. step_losses [members].
extern "C" __global__ void update(
    long long members, long long parts, float* flat, float* moment1, float* moment2, float* weights, const float* gradients, const float* losses, const float* coefficients, int* stopped, float* step_losses)
{
    const Place place = places[blockIdx.y];
    const long long n = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (n >= (long long)place.length * members)
    {
        return;
    }
    const int member = n / place.length, value = n % place.length, row = value / place.columns, column = value % place.columns;
    const float* const mine = coefficients + member;
    if (!(mine[6 * members] > 0) || stopped[member])
    {
        return;
    }
    float loss = 0;
    for (int part = 0; part < parts; part++)
    {
        loss += losses[member * parts + part];
    }
    loss *= 1.0f / (N * BATCH);
    const bool finite = fabsf(loss) <= LARGEST;
    if (blockIdx.y == 0 && value == 0)
    {
        step_losses[member] = loss;
        stopped[member] = finite ? 0 : 1;                                                   // who sees it already would stay all the same
    }
    if (!finite)
    {
        return;
    }
    float gradient = 0;
    for (int part = 0; part < parts; part++)
    {
        gradient += gradients[((long long)member * parts + part) * GRADIENTS + place.gradient + row * place.gradient_stride + column];
    }
    const long long at = (long long)place.offset * members + n;
    const float beta1 = mine[0], beta2 = mine[members], eps = mine[2 * members], keep = place.decays ? mine[3 * members] : 1, rate = mine[4 * members], root = mine[5 * members];
    const float mean = moment1[at] * beta1 + gradient * (1 - beta1);
    const float square = moment2[at] * beta2 + gradient * gradient * (1 - beta2);
    const float result = flat[at] * keep - mean * rate / (sqrtf(square) / root + eps);
    moment1[at] = mean;
    moment2[at] = square;
    flat[at] = result;
    arrange_one(place, weights, member, row, column, result);
}

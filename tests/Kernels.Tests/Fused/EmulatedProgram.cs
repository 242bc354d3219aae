using System.Diagnostics;
using System.Runtime.InteropServices;
using Orchestrator.Platform.Cuda;

namespace Orchestrator.Kernels.Tests.Fused;

/// <summary>
/// A CUDA program compiled by g++ for the CPU. The threads of a block take turns, each from one barrier to the next, in the order of their numbers or against it: what
/// one reads that another writes without a barrier between them comes too early in one of both orders.
/// </summary>
internal sealed class EmulatedProgram : IKernelProgram
{
    private const string Before = """
        #include <cmath>
        #include <ucontext.h>
        #include <vector>
        struct float4 { float x, y, z, w; };
        static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
        struct Index { unsigned x, y; };
        static Index threadIdx, blockIdx, blockDim;
        #define __device__ static
        #define __forceinline__ inline
        #define __global__
        #define __constant__ static const
        #define __launch_bounds__(threads)
        static void wait_for_others();
        #define __syncthreads() wait_for_others()
        #define __shfl_xor_sync(mask, value, apart) (value)
        #define SHARED(name) static float4 name[SHARED_FLOATS / 4];

        """;
    private const string After = """

        static ucontext_t turns, own[THREADS];
        static bool ended[THREADS];
        static const long long* given;
        static void wait_for_others() { swapcontext(&own[threadIdx.x], &turns); }
        static void whole_thread()
        {
            const long long* a = given;
            gradients(a[0], (const long long*)a[1], (const float*)a[2], (const float*)a[3], (const float*)a[4], (const int*)a[5], (float*)a[6], (float*)a[7], (float*)a[8]);
            ended[threadIdx.x] = true;
        }
        extern "C" void run_gradients(int x, int y, int threads, const long long* a)
        {
            given = a;
            std::vector<char> stacks(THREADS << 16);
            for (blockIdx.x = 0; blockIdx.x < (unsigned)x; blockIdx.x++)
            {
                for (int n = 0; n < THREADS; n++)
                {
                    ended[n] = false;
                    getcontext(&own[n]);
                    own[n].uc_stack.ss_sp = &stacks[n << 16];
                    own[n].uc_stack.ss_size = 1 << 16;
                    own[n].uc_link = &turns;
                    makecontext(&own[n], whole_thread, 0);
                }
                for (bool any = true; any;)
                {
                    any = false;
                    for (int n = 0; n < THREADS; n++)
                    {
                        threadIdx.x = TURN(n);
                        if (!ended[threadIdx.x])
                        {
                            any = true;
                            swapcontext(&turns, &own[threadIdx.x]);
                        }
                    }
                }
            }
            threadIdx.x = 0;
        }
        template <class Kernel> static void each(int x, int y, int threads, Kernel kernel)
        {
            blockDim.x = threads;
            for (blockIdx.y = 0; blockIdx.y < (unsigned)y; blockIdx.y++)
                for (blockIdx.x = 0; blockIdx.x < (unsigned)x; blockIdx.x++)
                    for (threadIdx.x = 0; threadIdx.x < (unsigned)threads; threadIdx.x++)
                        kernel();
            blockIdx.y = threadIdx.x = 0;
        }
        extern "C" void run_arrange(int x, int y, int threads, const long long* a)
        {
            each(x, y, threads, [&] { arrange(a[0], (const float*)a[1], (float*)a[2]); });
        }
        extern "C" void run_update(int x, int y, int threads, const long long* a)
        {
            each(x, y, threads, [&] { update(a[0], a[1], (float*)a[2], (float*)a[3], (float*)a[4], (float*)a[5], (const float*)a[6], (const float*)a[7], (const float*)a[8], (int*)a[9], (float*)a[10]); });
        }
        """;
    private readonly string _folder = Directory.CreateTempSubdirectory("orchestrator-kernels-").FullName;
    private readonly nint _library;
    private readonly int _atOnce;

    /// <summary>Compiles a program that was made for one thread a row.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="atOnce">What it says of <see cref="BlocksAtOnce"/>.</param>
    /// <param name="backwards">Whether the last thread takes the first turn.</param>
    public EmulatedProgram(string source, int atOnce, bool backwards = false)
    {
        _atOnce = atOnce;
        var (text, library) = (Path.Combine(_folder, "program.cpp"), Path.Combine(_folder, "program.so"));
        File.WriteAllText(text, $"{Before}#define TURN(n) {(backwards ? "(THREADS - 1 - n)" : "n")}\n{source}{After}");
        using var compiler = Process.Start(new ProcessStartInfo("g++", ["-std=c++17", "-O0", "-ffp-contract=off", "-Wno-unknown-pragmas", "-shared", "-fPIC", text, "-o", library]) { RedirectStandardError = true })!;
        var said = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, said);
        _library = NativeLibrary.Load(library);
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Run(int x, int y, int threads, nint[] arguments);

    public int BlocksAtOnce(string kernel, int threads, int sharedBytes) => _atOnce;

    public void Launch(string kernel, (int X, int Y) grid, int threads, int sharedBytes, params ReadOnlySpan<nint> arguments) =>
        Marshal.GetDelegateForFunctionPointer<Run>(NativeLibrary.GetExport(_library, "run_" + kernel))(grid.X, grid.Y, threads, arguments.ToArray());

    public void Dispose()
    {
        NativeLibrary.Free(_library);
        Directory.Delete(_folder, recursive: true);
    }
}

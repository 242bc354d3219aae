namespace Orchestrator.Platform.Cuda;

/// <summary>A compiled program of own kernels, on the stream that libtorch computes on. Belongs to the threads that call it one at a time.</summary>
public interface IKernelProgram : IDisposable
{
    /// <summary>How many blocks of a kernel run at once on the whole device.</summary>
    int BlocksAtOnce(string kernel, int threads, int sharedBytes);

    /// <summary>Starts a kernel after everything that was started before it, and does not wait.</summary>
    /// <param name="kernel">Its name.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Shared memory of a block.</param>
    /// <param name="arguments">Pointers and whole numbers of 64 bits.</param>
    void Launch(string kernel, (int X, int Y) grid, int threads, int sharedBytes, params ReadOnlySpan<nint> arguments);
}

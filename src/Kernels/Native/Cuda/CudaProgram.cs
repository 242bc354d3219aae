using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Orchestrator.Kernels.Native.Cuda;

/// <summary>A compiled program of own kernels, on the stream that libtorch computes on. Belongs to the threads that call it one at a time.</summary>
internal interface IKernelProgram : IDisposable
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

/// <summary>The same on a CUDA device. Machine code is made once in a process for each program and architecture.</summary>
internal sealed class CudaProgram : IKernelProgram
{
    private static readonly ConcurrentDictionary<(string Source, string Architecture), Lazy<byte[]>> Compiled = [];
    private readonly Dictionary<string, nint> _functions = new(StringComparer.Ordinal);
    private readonly int _device;
    private readonly nint _module;

    /// <summary>Compiles the program for a device and loads it.</summary>
    /// <param name="source">CUDA C++.</param>
    /// <param name="device">The device, as libtorch numbers them.</param>
    /// <exception cref="CudaException">The compiler or the driver refuses it.</exception>
    public CudaProgram(string source, int device)
    {
        _device = device;
        var architecture = $"sm_{CudaDriver.Attribute(device, DeviceAttribute.CapabilityMajor)}{CudaDriver.Attribute(device, DeviceAttribute.CapabilityMinor)}";
        var code = Compiled.GetOrAdd((source, architecture), key => new Lazy<byte[]>(() => RuntimeCompiler.Compile(key.Source, key.Architecture))).Value;
        CudaDriver.Use(device);
        CudaDriver.Check(CudaDriver.LoadModule(out _module, code), "cuModuleLoadData");
    }

    /// <inheritdoc/>
    public int BlocksAtOnce(string kernel, int threads, int sharedBytes)
    {
        CudaDriver.Use(_device);
        CudaDriver.Check(CudaDriver.BlocksPerMultiprocessor(out var blocks, Function(kernel, sharedBytes), threads, (nuint)sharedBytes), "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks * CudaDriver.Attribute(_device, DeviceAttribute.Multiprocessors);
    }

    /// <inheritdoc/>
    public void Launch(string kernel, (int X, int Y) grid, int threads, int sharedBytes, params ReadOnlySpan<nint> arguments)
    {
        var function = Function(kernel, sharedBytes);
        // The driver reads where each argument lies, before it returns.
        var values = GCHandle.Alloc(arguments.ToArray(), GCHandleType.Pinned);
        try
        {
            var places = new nint[arguments.Length];
            for (var n = 0; n < places.Length; n++)
            {
                places[n] = values.AddrOfPinnedObject() + n * nint.Size;
            }
            CudaDriver.Check(CudaDriver.Launch(function, (uint)grid.X, (uint)grid.Y, 1, (uint)threads, 1, 1, (uint)sharedBytes, 0, places, 0), $"cuLaunchKernel {kernel}");
        }
        finally
        {
            values.Free();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What was started must not lose its code. A device that has failed has lost it already, and who asked for its results was told.
        CudaDriver.Use(_device);
        if (CudaDriver.Wait() == 0)
        {
            CudaDriver.Check(CudaDriver.UnloadModule(_module), "cuModuleUnload");
        }
    }

    private nint Function(string kernel, int sharedBytes)
    {
        if (!_functions.TryGetValue(kernel, out var function))
        {
            CudaDriver.Check(CudaDriver.GetFunction(out function, _module, kernel), $"cuModuleGetFunction {kernel}");
            CudaDriver.Check(CudaDriver.SetFunctionAttribute(function, CudaDriver.MostSharedBytes, sharedBytes), $"cuFuncSetAttribute {kernel}");
            _functions.Add(kernel, function);
        }
        return function;
    }
}

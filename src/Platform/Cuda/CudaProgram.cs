using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Orchestrator.Platform.Cuda;

/// <summary>A program on a CUDA device. Machine code is made once in a process for each program and architecture.</summary>
public sealed class CudaProgram : IKernelProgram
{
    private static readonly ConcurrentDictionary<(string Source, string Architecture), Lazy<byte[]>> Compiled = [];
    private readonly Dictionary<string, nint> _functions = new(StringComparer.Ordinal);
    private readonly CudaDevice _device;
    private readonly nint _module;

    /// <summary>Compiles the program for a device and loads it.</summary>
    /// <param name="source">CUDA C++.</param>
    /// <param name="device">The device.</param>
    /// <param name="libtorch">Folder of libtorch, beside which the compiler lies.</param>
    /// <exception cref="CudaException">The compiler or the driver refuses it.</exception>
    public CudaProgram(string source, CudaDevice device, string libtorch)
    {
        _device = device;
        var code = Compiled.GetOrAdd((source, device.Architecture), key => new Lazy<byte[]>(
            () => RuntimeCompiler.Compile(key.Source, key.Architecture, libtorch), LazyThreadSafetyMode.PublicationOnly)).Value; // a failure is not kept
        NvidiaDriver.Use(device.Number);
        NvidiaDriver.Check(NvidiaDriver.LoadModule(out _module, code), "cuModuleLoadData");
    }

    /// <inheritdoc/>
    public int BlocksAtOnce(string kernel, int threads, int sharedBytes)
    {
        NvidiaDriver.Use(_device.Number);
        NvidiaDriver.Check(NvidiaDriver.BlocksPerMultiprocessor(out var blocks, Function(kernel, sharedBytes), threads, (nuint)sharedBytes), "cuOccupancyMaxActiveBlocksPerMultiprocessor");
        return blocks * _device.Multiprocessors;
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
            NvidiaDriver.Check(NvidiaDriver.Launch(function, (uint)grid.X, (uint)grid.Y, 1, (uint)threads, 1, 1, (uint)sharedBytes, 0, places, 0), $"cuLaunchKernel {kernel}");
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
        NvidiaDriver.Use(_device.Number);
        if (NvidiaDriver.Wait() == 0)
        {
            NvidiaDriver.Check(NvidiaDriver.UnloadModule(_module), "cuModuleUnload");
        }
    }

    private nint Function(string kernel, int sharedBytes)
    {
        if (!_functions.TryGetValue(kernel, out var function))
        {
            NvidiaDriver.Check(NvidiaDriver.GetFunction(out function, _module, kernel), $"cuModuleGetFunction {kernel}");
            NvidiaDriver.Check(NvidiaDriver.SetFunctionAttribute(function, NvidiaDriver.MostSharedBytes, sharedBytes), $"cuFuncSetAttribute {kernel}");
            _functions.Add(kernel, function);
        }
        return function;
    }
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Orchestrator.Kernels.Model;
using Orchestrator.Kernels.Native;
using Orchestrator.Platform.Cuda;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training.Fused;

/// <summary>
/// Which packs are trained by kernels of our own. A program is believed on a device once it has trained a few models there as libtorch's
/// operators do, which is tried once in a process for each program and device; else the operators train, and say why.
/// </summary>
internal static class FusedPrograms
{
    private const int Members = 3, Updates = 4;
    private const float MostApart = 1e-4f;      // nats; rounding leaves about 1e-6
    private static readonly ConcurrentDictionary<(string Source, CudaDevice Device), Lazy<string?>> Refusals = [];

    /// <summary>The step of a pack on a CUDA device.</summary>
    /// <exception cref="CudaException">The device's memory ran out, or it fails.</exception>
    public static IPackStep StepOf(ITrainable kind, ParameterBuffer parameters)
    {
        var device = new CudaDevice(parameters.Flat.device.index);
        if (kind.Fused(out var reason) is not { } shape)
        {
            return new OperatorStep(kind, parameters, reason);
        }
        if (shape.SharedFloats * sizeof(float) is var wanted && wanted > device.SharedBytesPerBlock)
        {
            return new OperatorStep(kind, parameters, $"a sequence needs {wanted >> 10} KiB of shared memory");
        }
        var source = shape.Source(parameters.Layout);
        reason = Refusals.GetOrAdd((source, device), _ => new Lazy<string?>(
            () => Refusal(kind, shape, parameters.Layout, parameters.Flat.device, some => Make(shape, some, source, device)), LazyThreadSafetyMode.PublicationOnly)).Value; // a failure is not kept
        return reason is null ? Make(shape, parameters, source, device) : new OperatorStep(kind, parameters, reason);
    }

    /// <summary>Why a program is not believed, or null.</summary>
    internal static string? Refusal(ITrainable kind, FusedShape shape, ParameterLayout layout, Device device, Func<ParameterBuffer, IPackStep> fused)
    {
        try
        {
            var apart = Losses(layout, shape, device, some => new OperatorStep(kind, some)).Zip(Losses(layout, shape, device, fused), (a, b) => Math.Abs(a - b)).Max();
            return apart <= MostApart ? null : $"kernels of its own gave losses that are {apart} nats apart";
        }
        catch (Exception refused) when ((refused is CudaException or DllNotFoundException or EntryPointNotFoundException) && !TensorMemoryException.IsCauseOf(refused))
        {
            return refused.Message;
        }
    }

    private static FusedStep Make(FusedShape shape, ParameterBuffer parameters, string source, CudaDevice device)
    {
        var program = new CudaProgram(source, device, TorchRuntime.Describe().Folder);
        try
        {
            return new FusedStep(shape, parameters, program);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Losses of a few updates of a few models on random tokens.</summary>
    private static float[] Losses(ParameterLayout layout, FusedShape shape, Device device, Func<ParameterBuffer, IPackStep> make)
    {
        using var parameters = new ParameterBuffer(layout, Members, device);
        for (var member = 0; member < Members; member++)
        {
            parameters.Scatter(ParameterBuffer.Initial(layout, (ulong)member), parameters.Flat, member);
        }
        using var step = make(parameters);
        var random = new Random(0);
        var losses = new List<float>();
        for (var update = 0; update < Updates; update++)
        {
            for (var member = 0; member < Members; member++)
            {
                foreach (ref var token in MemoryMarshal.Cast<byte, long>(step.Samples(0, member)))
                {
                    token = random.Next(shape.Vocab);
                }
            }
            step.Update([.. Enumerable.Repeat<AdamWCoefficients?>(new AdamWCoefficients(0.9f, 0.99f, 1e-8f, 1, 1e-2f, 1), Members)]);
            losses.AddRange(step.Losses()[0]);
        }
        return [.. losses];
    }
}

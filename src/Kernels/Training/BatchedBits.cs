using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Data;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Training;

/// <summary>
/// Whether the members of a batched program compute the bits that each computes alone. That depends on the kernels that the libraries
/// choose for the processor, so it is measured: a few steps of the pack itself beside those of its members, once per process, shape,
/// number of members and threads. One cause shows too rarely to be measured, and is excluded by a rule: libtorch computes what is
/// left of an array after whole pairs of vectors by other code, whose exponentials differ now and then in the last bit.
/// </summary>
internal static class BatchedBits
{
    private const int Steps = 8;
    private const int PairOfVectors = 32; // floats of two AVX-512 registers, the longest there are; two of AVX2 divide them
    private static readonly ConcurrentDictionary<(PackShape Shape, int Members, int Threads), Lazy<bool>> Measured = [];

    /// <summary>Whether they do, on the CPU. <paramref name="sources"/> has one entry per run.</summary>
    public static bool Kept(ITrainable kind, IReadOnlyList<RunConfiguration> runs, IReadOnlyList<ISampleSource> sources) =>
        kind.Layout(runs[0].Train.Init).Parameters.Select(parameter => (long)parameter.Length).Concat(kind.ActivationLengths).All(length => length % PairOfVectors == 0)
        && Measured.GetOrAdd(
            (PackShape.Of(runs[0]), runs.Count, get_num_threads()),
            _ => new Lazy<bool>(() => Measure(kind, runs, sources), LazyThreadSafetyMode.PublicationOnly)).Value; // a failure is not kept

    private static bool Measure(ITrainable kind, IReadOnlyList<RunConfiguration> runs, IReadOnlyList<ISampleSource> sources)
    {
        var all = Enumerable.Range(0, runs.Count).ToArray();
        var together = Train(kind, runs, sources, all);
        return all.All(member => MemoryMarshal.AsBytes<float>(Train(kind, runs, sources, [member])[0]).SequenceEqual(MemoryMarshal.AsBytes<float>(together[member])));
    }

    /// <summary>What some members have learned after the steps, each as one array: weights, moments and losses.</summary>
    private static float[][] Train(ITrainable kind, IReadOnlyList<RunConfiguration> runs, IReadOnlyList<ISampleSource> sources, int[] members)
    {
        using var program = new PackProgram(kind, kind.Layout(runs[0].Train.Init), members.Length, CPU);
        var losses = new float[Steps][];
        var streams = members.Select(member => SampleStream.Start(sources[member], runs[member].Seed)).ToArray();
        foreach (var (slot, member) in members.Index())
        {
            program.Parameters.Scatter(ParameterBuffer.Initial(kind.Layout(runs[member].Train.Init), runs[member].Seed), program.Parameters.Flat, slot);
        }
        for (var step = 0; step < Steps; step++)
        {
            foreach (var (slot, stream) in streams.Index())
            {
                stream.Next(program.Step.Samples(0, slot));
            }
            program.Step.Update([.. members.Select(member => (AdamWCoefficients?)AdamWCoefficients.At(runs[member].Train, step))]);
            losses[step] = program.Step.Losses()[0];
        }
        return [.. members.Index().Select(m => (float[])[
            .. program.Parameters.Gather(program.Parameters.Flat, m.Index),
            .. program.Parameters.Gather(program.Step.Moment1, m.Index),
            .. program.Parameters.Gather(program.Step.Moment2, m.Index),
            .. losses.Select(step => step[m.Index])])];
    }
}

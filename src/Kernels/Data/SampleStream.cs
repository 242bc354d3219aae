using System.Runtime.InteropServices;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>One run's training samples, in the order that its seed gives.</summary>
public sealed class SampleStream
{
    private readonly ISampleSource _source;
    private readonly RandomSource _random;

    private SampleStream(ISampleSource source, RandomSource random, long drawn)
    {
        (_source, _random, Drawn) = (source, random, drawn);
    }

    /// <summary>The stream of a run, from its start.</summary>
    public static SampleStream Start(ISampleSource source, ulong runSeed) => new(source, RandomSource.For(runSeed, "data"), 0);

    /// <summary>Continues a stream. Throws <see cref="FormatException"/> where the state is not one.</summary>
    public static SampleStream Continue(ISampleSource source, string state, long drawn)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(drawn);
        return new(source, RandomSource.FromState(state), drawn);
    }

    /// <summary>Samples drawn so far.</summary>
    public long Drawn { get; private set; }

    /// <summary>State of the random numbers; with <see cref="Drawn"/> the whole position of the stream.</summary>
    public string State => _random.State;

    /// <summary>Fills whole samples with the next ones.</summary>
    public void Next<T>(Span<T> samples) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(samples);
        _source.Fill(bytes, _random);
        Drawn += bytes.Length / _source.SampleBytes;
    }
}

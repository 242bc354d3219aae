using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>One run's training sequences, in the order that its seed gives.</summary>
public sealed class SequenceStream
{
    private readonly SequenceMixture _mixture;
    private readonly RandomSource _random;

    private SequenceStream(SequenceMixture mixture, RandomSource random, long drawn)
    {
        (_mixture, _random, Drawn) = (mixture, random, drawn);
    }

    /// <summary>The stream of a run, from its start.</summary>
    public static SequenceStream Start(SequenceMixture mixture, ulong runSeed) => new(mixture, RandomSource.For(runSeed, "data"), 0);

    /// <summary>Continues a stream. Throws <see cref="FormatException"/> where the state is not one.</summary>
    public static SequenceStream Continue(SequenceMixture mixture, string state, long drawn)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(drawn);
        return new(mixture, RandomSource.FromState(state), drawn);
    }

    /// <summary>Sequences drawn so far.</summary>
    public long Drawn { get; private set; }

    /// <summary>State of the random numbers; with <see cref="Drawn"/> the whole position of the stream.</summary>
    public string State => _random.State;

    /// <summary>Fills whole rows with the next sequences.</summary>
    public void Next(Span<long> rows)
    {
        _mixture.Fill(rows, _random, heldOut: false);
        Drawn += rows.Length / _mixture.Length;
    }
}

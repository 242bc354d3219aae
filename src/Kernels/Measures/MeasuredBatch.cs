using Orchestrator.Kernels.Circuits;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Measures;

/// <summary>Token ids [batch, pos] and their matches, outside of any dispose scope.</summary>
internal sealed class MeasuredBatch : IDisposable
{
    /// <summary>Throws <see cref="ArgumentException"/> where sequences differ in length, are too long or hold ids outside of the vocabulary.</summary>
    public MeasuredBatch(long[][] sequences, int vocab, int context)
    {
        var length = sequences.Length == 0 ? 0 : sequences[0].Length;
        if (length == 0 || length > context || sequences.Any(sequence => sequence.Length != length))
        {
            throw new ArgumentException($"an evaluation batch needs at least one sequence, all of one length from 1 to the context of {context}", nameof(sequences));
        }
        if (sequences.SelectMany(sequence => sequence).Any(id => id < 0 || id >= vocab))
        {
            throw new ArgumentException($"an evaluation batch holds token ids outside of 0..{vocab - 1}", nameof(sequences));
        }
        using var scope = NewDisposeScope();
        Tokens = tensor(sequences.SelectMany(sequence => sequence).ToArray(), [sequences.Length, length]).DetachFromDisposeScope();
        var matches = TokenMatches.Of(Tokens, ScalarType.Float32);
        Matches = new(matches.Duplicate.DetachFromDisposeScope(), matches.Induction.DetachFromDisposeScope(), matches.Repeats.DetachFromDisposeScope());
    }

    public Tensor Tokens { get; }
    public TokenMatches Matches { get; }

    public void Dispose()
    {
        Tokens.Dispose();
        Matches.Duplicate.Dispose();
        Matches.Induction.Dispose();
        Matches.Repeats.Dispose();
    }
}

using Orchestrator.Contracts.Runs;
using Orchestrator.Kernels.Randomness;

namespace Orchestrator.Kernels.Data;

/// <summary>
/// In-context Markov chains: every sequence draws its own transition matrix with Dirichlet rows, so the next token can only be
/// told from the transitions seen so far in the sequence.
/// </summary>
internal sealed class MarkovSource : ISequenceSource
{
    private readonly Markov _part;

    internal MarkovSource(Markov part, int vocab)
    {
        if (part.States < 1 || part.States > vocab - 1)
        {
            throw new DataConfigurationException($"markov: states must be 1..{vocab - 1} for a vocabulary of {vocab} with BOS, found {part.States}");
        }
        if (!(part.Concentration > 0 && double.IsFinite(part.Concentration)))
        {
            throw new DataConfigurationException($"markov: concentration must be a finite number above 0, found {part.Concentration}");
        }
        _part = part;
    }

    public void Fill(Span<long> tokens, RandomSource random, bool heldOut)
    {
        var states = _part.States;
        var cumulative = new double[states * states];
        for (var row = 0; row < states; row++)
        {
            FillRow(cumulative.AsSpan(row * states, states), random);
        }
        var state = random.Next(states);
        tokens[0] = state + 1;
        for (var i = 1; i < tokens.Length; i++)
        {
            state = Draw(cumulative.AsSpan(state * states, states), random.NextDouble());
            tokens[i] = state + 1;
        }
    }

    // Very small concentrations underflow to rows of zeros; such a row has all of its weight on one state.
    private void FillRow(Span<double> cumulative, RandomSource random)
    {
        var sum = 0.0;
        for (var n = 0; n < cumulative.Length; n++)
        {
            cumulative[n] = sum += random.NextGamma(_part.Concentration);
        }
        var only = sum > 0 ? -1 : random.Next(cumulative.Length);
        for (var n = 0; n < cumulative.Length; n++)
        {
            cumulative[n] = only < 0 ? cumulative[n] / sum : n >= only ? 1 : 0;
        }
    }

    private static int Draw(ReadOnlySpan<double> cumulative, double draw)
    {
        var n = 0;
        while (n < cumulative.Length - 1 && draw >= cumulative[n])
        {
            n++;
        }
        return n;
    }
}

namespace Orchestrator.Contracts.Api;

/// <summary>The attention of one head at one snapshot over a held-out sequence, as a picture.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">The snapshot.</param>
/// <param name="Layer">The head's layer, from 0.</param>
/// <param name="Head">Its number there, from 0.</param>
/// <param name="Tokens">The sequence, token ids; at most <see cref="MostTokens"/> of its beginning.</param>
/// <param name="Weights">Row by row, row q and column k: attention of position q to position k, 255 for 1.</param>
/// <param name="ValueWeighted">The same weights times the norm of the value at k, over the largest of these products.</param>
public sealed record PatternPicture(string Run, int Step, int Layer, int Head, IReadOnlyList<int> Tokens, byte[] Weights, byte[] ValueWeighted)
{
    /// <summary>Positions that a picture shows.</summary>
    public const int MostTokens = 256;

    /// <summary>What the tokens stand for in the text that the run was trained on; null for other data.</summary>
    public IReadOnlyList<string>? Spelled { get; init; }
}

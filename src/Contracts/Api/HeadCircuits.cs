namespace Orchestrator.Contracts.Api;

/// <summary>What one head reads and writes between tokens at one snapshot: the ends of its full circuits (math.md section 3), from the weights alone.</summary>
/// <param name="Run">The run.</param>
/// <param name="Step">The snapshot.</param>
/// <param name="Layer">The head's layer, from 0.</param>
/// <param name="Head">Its number there, from 0.</param>
/// <param name="Tokens">Token ids that were looked at: those below this, at most <see cref="MostTokens"/>.</param>
/// <param name="OutputValue">Of W_U W_OV W_E, from the source token to the output token: by how much attending to the source raises the logit of the output, minus its mean over all outputs.</param>
/// <param name="QueryKey">
/// Of W_E^T W_QK W_E over the attention scale, from the query token to the key token: how much the query attends to the key, minus its mean over all keys. After the first layer it is
/// the direct path of the embeddings, without what earlier heads write.
/// </param>
public sealed record HeadCircuits(string Run, int Step, int Layer, int Head, int Tokens, CircuitEnds OutputValue, CircuitEnds QueryKey)
{
    /// <summary>Entries of either end that an answer has if nothing is said.</summary>
    public const int UsualEntries = 10;
    /// <summary>Entries of either end that an answer can have.</summary>
    public const int MostEntries = 50;
    /// <summary>Token ids that are looked at: there are as many entries as their square.</summary>
    public const int MostTokens = 16_384;
}

/// <summary>The entries of a circuit that are furthest from nothing.</summary>
/// <param name="Largest">Largest first.</param>
/// <param name="Smallest">Smallest first.</param>
public sealed record CircuitEnds(IReadOnlyList<TokenPair> Largest, IReadOnlyList<TokenPair> Smallest);

/// <summary>One entry of a circuit between tokens.</summary>
/// <param name="From">Source, or query.</param>
/// <param name="To">Output, or key.</param>
/// <param name="Value">The entry.</param>
/// <param name="FromText">What the source or query stands for, where the data is text.</param>
/// <param name="ToText">What the output or key stands for, where the data is text.</param>
public sealed record TokenPair(int From, int To, double Value, string? FromText, string? ToText);

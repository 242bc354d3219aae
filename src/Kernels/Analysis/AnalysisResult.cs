namespace Orchestrator.Kernels.Analysis;

/// <summary>A finished analysis, or why there is none.</summary>
public abstract record AnalysisResult
{
    /// <summary>The whole document, and the attention patterns of the first sequence of every batch.</summary>
    public sealed record Done(AnalysisDocument Document, IReadOnlyList<AttentionPattern> Patterns) : AnalysisResult;

    /// <summary>The input cannot be analyzed; every error names file, rule and fix. Nothing was written.</summary>
    public sealed record Refused(IReadOnlyList<string> Errors) : AnalysisResult;
}

/// <summary>One head's attention on the first sequence of a batch.</summary>
/// <param name="Batch">The batch's name.</param>
/// <param name="Layer">Layer, from 0.</param>
/// <param name="Head">Head, from 0.</param>
/// <param name="Tokens">The sequence.</param>
/// <param name="Weights">Attention [query][key].</param>
public sealed record AttentionPattern(string Batch, int Layer, int Head, IReadOnlyList<long> Tokens, float[][] Weights);

using Orchestrator.Contracts.Api;

namespace Orchestrator.Results.Runs;

/// <summary>Draws attention patterns of stored snapshots: whoever has tensors does.</summary>
public interface IPatternPictures
{
    /// <summary>Every head of a snapshot over one held-out sequence; null where the run's models have no heads, or it has no such snapshot.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">The snapshot; null for the newest.</param>
    /// <param name="sequence">Number of the held-out sequence, from 0.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<IReadOnlyList<PatternPicture>?> Draw(RunDetail run, int? step, int sequence, CancellationToken cancellation);
}

using Orchestrator.Contracts.Api;

namespace Orchestrator.Results.Runs;

/// <summary>Shows what heads of stored snapshots do: whoever has tensors does.</summary>
public interface IHeadPictures
{
    /// <summary>What every head of a snapshot attends to, over one held-out sequence; null where the run's models have no heads, or it has no such snapshot.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">The snapshot; null for the newest.</param>
    /// <param name="sequence">Number of the held-out sequence, from 0.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<IReadOnlyList<PatternPicture>?> Patterns(RunDetail run, int? step, int sequence, CancellationToken cancellation);

    /// <summary>The ends of one head's circuits between tokens; null where there is no such head or snapshot.</summary>
    /// <param name="run">The run.</param>
    /// <param name="step">The snapshot; null for the newest.</param>
    /// <param name="layer">The head's layer, from 0.</param>
    /// <param name="head">Its number there, from 0.</param>
    /// <param name="most">Entries of either end.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<HeadCircuits?> Circuits(RunDetail run, int? step, int layer, int head, int most, CancellationToken cancellation);
}

namespace Orchestrator.Contracts.Runs;

/// <summary>What runs must share to be trained together as one batched tensor program. Everything else may differ from run to run.</summary>
/// <param name="Model">The models' kind and shape.</param>
/// <param name="Vocab">Number of token ids; 0 if samples are not tokens.</param>
/// <param name="Batch">Samples per step.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.pack-shape")]
public sealed record PackShape(Architecture Model, int Vocab, int Batch)
{
    /// <summary>The shape of a run.</summary>
    public static PackShape Of(RunConfiguration run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new PackShape(run.Model, (run.Data as DataConfiguration)?.Vocab ?? 0, run.Train.Batch);
    }
}

namespace Orchestrator.Contracts.Runs;

/// <summary>What runs must share to be trained together as one batched tensor program. Everything else may differ from run to run.</summary>
/// <param name="Model">The models' shape.</param>
/// <param name="Vocab">Number of token ids.</param>
/// <param name="Batch">Sequences per step.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.pack-shape")]
public sealed record PackShape(ModelConfiguration Model, int Vocab, int Batch)
{
    /// <summary>The shape of a run.</summary>
    public static PackShape Of(RunConfiguration run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new PackShape(run.Model, run.Data.Vocab, run.Train.Batch);
    }
}

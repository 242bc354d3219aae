using Orchestrator.Contracts.Runs;

namespace Orchestrator.Training.Bench;

/// <summary>A model and batch that is timed. The four sizes are those that the project measures itself at.</summary>
internal sealed record ModelSize(string Name, int DModel, int Heads, int Context, int Vocab, int Batch)
{
    public static readonly ModelSize[] All =
    [
        new("micro", 32, 2, 16, 32, 4),
        new("quickstart", 64, 2, 32, 32, 32),
        new("tiny", 64, 4, 64, 64, 32),
        new("small", 256, 8, 256, 65, 8),
        new("paper", 768, 12, 512, 5000, 4),
    ];

    /// <summary>Pack sizes that are timed beside a single model.</summary>
    public static readonly int[] Packs = [4, 16, 64];

    public int Tokens => Batch * Context;

    public RunConfiguration Run(ulong seed) => new()
    {
        Model = new ModelConfiguration { Layers = 2, Heads = Heads, DModel = DModel, DHead = DModel / Heads, NCtx = Context },
        Data = new DataConfiguration { Vocab = Vocab, Parts = [new RepeatedSegments { Shortest = Context / 4, Longest = Context / 2 }] },
        Train = new TrainConfiguration { Steps = int.MaxValue, Batch = Batch, Lr = 1e-3, Warmup = 20 },
        Seed = seed,
    };
}

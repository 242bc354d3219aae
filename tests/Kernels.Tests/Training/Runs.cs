using Orchestrator.Contracts.Runs;

namespace Orchestrator.Kernels.Tests.Training;

/// <summary>Run configurations that tests share.</summary>
internal static class Runs
{
    /// <summary>The quickstart's model.</summary>
    public static ModelConfiguration Shape(int layers) => new() { Layers = layers, Heads = 2, DModel = 64, DHead = 32, NCtx = 32, PositionScale = 2.0 };

    /// <summary>The quickstart's model, data and training (findings: section 3), BOS included in the vocabulary of 32.</summary>
    public static RunConfiguration Quickstart(int layers, ulong seed, int steps = 300) => new()
    {
        Model = Shape(layers),
        Data = new DataConfiguration
        {
            Vocab = 32,
            Parts = [new RepeatedSegments { Weight = 0.6, Shortest = 8, Longest = 16 }, new Language { Weight = 0.4 }],
        },
        Train = new TrainConfiguration { Steps = steps, Batch = 32, Lr = 1e-2, Warmup = 20 },
        Seed = seed,
    };

    /// <summary>Small enough to train in milliseconds.</summary>
    public static RunConfiguration Tiny(ulong seed, int steps = 6, PositionKind positions = PositionKind.Shortformer, bool layerNorm = false, bool smeared = false, int layers = 2, int dModel = 12, int dHead = 5) => new()
    {
        Model = new ModelConfiguration { Layers = layers, Heads = 2, DModel = dModel, DHead = dHead, NCtx = 10, Positions = positions, LayerNorm = layerNorm, SmearedKeys = smeared },
        Data = new DataConfiguration { Vocab = 9, Parts = [new RepeatedSegments { Shortest = 2, Longest = 4 }, new Markov { States = 5 }] },
        Train = new TrainConfiguration { Steps = steps, Batch = 3, Lr = 1e-2, Warmup = 2, WeightDecay = 0.1, Decay = LearningRateDecay.Cosine },
        Seed = seed,
    };

    /// <summary>A toy model with sizes that do not fill cache lines, or with sizes that do.</summary>
    public static RunConfiguration Toy(ulong seed, int features = 5, int hidden = 2, int batch = 7, bool relu = true) => new()
    {
        Model = new ReluToy { Features = features, Hidden = hidden, Relu = relu, Importance = 0.8 },
        Data = new SparseFeatures { Sparsity = 0.6 },
        Train = new TrainConfiguration { Steps = 6, Batch = batch, Lr = 1e-2, Warmup = 2, WeightDecay = 0.1, Decay = LearningRateDecay.Cosine },
        Seed = seed,
    };

    /// <summary>A small shape whose members fill whole cache lines, so that a pack runs as one batch.</summary>
    public static RunConfiguration Batched(ulong seed, PositionKind positions = PositionKind.Shortformer, bool layerNorm = false, bool smeared = false)
    {
        var run = Tiny(seed, positions: positions, layerNorm: layerNorm, smeared: smeared);
        return run with
        {
            Model = (ModelConfiguration)run.Model with { NCtx = 9, DModel = 32, Heads = 16, DHead = 3 },
            Data = (DataConfiguration)run.Data with { Vocab = 16 },
            Train = run.Train with { Batch = 4 },
        };
    }
}

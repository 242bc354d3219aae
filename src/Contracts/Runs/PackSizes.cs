using Orchestrator.Contracts.Work;

namespace Orchestrator.Contracts.Runs;

/// <summary>How many runs of one shape one slot trains together, as long as nobody has timed packs of that shape.</summary>
public static class PackSizes
{
    /// <summary>A core is busy with one model from about this many tokens a step; below it, overhead is shared by packing.</summary>
    private const int TokensThatFillACore = 512;
    private const int MostOnACore = 64;

    /// <summary>A step of less than half as many tokens costs a GPU its launches, however many models share them (H100: 308 models a second alone, 25,244 in packs of 128 × 1,024 tokens).</summary>
    private const int TokensOnAGpu = 1 << 18;
    private const int MostOnAGpu = 1_024;
    private const long BytesOnAGpu = 8L << 30;

    /// <summary>Runs per pack for a shape on a class of device.</summary>
    public static int For(RunConfiguration run, string device)
    {
        ArgumentNullException.ThrowIfNull(run);
        var tokens = Math.Max(1, run.Train.Batch * run.Model.SampleLength);
        return device == DeviceClass.Cuda ? OnGpu(run.Model, tokens)
            : tokens >= TokensThatFillACore ? 1
            : Math.Min(MostOnACore, 8 * TokensThatFillACore / tokens);
    }

    private static int OnGpu(Architecture model, int tokens) =>
        (int)Math.Clamp(Math.Min(TokensOnAGpu / tokens, BytesOnAGpu / Activations(model, tokens)), 1, MostOnAGpu);

    /// <summary>About how many bytes a step keeps for one model's gradients: 10 MB at the quickstart's shape, as was measured.</summary>
    private static long Activations(Architecture model, int tokens) => model is ModelConfiguration m
        ? 4L * tokens * (m.Layers * ((8L * m.DModel) + (8L * m.Heads * m.DHead) + (2L * m.Heads * m.NCtx)) + (4L * m.DModel))
        : 64L * tokens;
}

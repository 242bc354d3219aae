using Orchestrator.Contracts.Runs;

namespace Orchestrator.Grains.Sweeps;

/// <summary>How many runs of one shape one slot trains together.</summary>
internal static class PackSizes
{
    /// <summary>A core is busy with one model from about this many tokens a step; below it, overhead is shared by packing.</summary>
    private const int TokensThatFillACore = 512;
    private const int Most = 64;

    /// <summary>Runs per pack for a shape, never so many that slots would stand idle.</summary>
    public static int For(RunConfiguration run, int pending, int slots)
    {
        var tokens = Math.Max(1, run.Train.Batch * run.Model.SampleLength);
        var wanted = tokens >= TokensThatFillACore ? 1 : Math.Min(Most, 8 * TokensThatFillACore / tokens);
        return Math.Clamp(pending / Math.Max(1, slots), 1, wanted);
    }
}

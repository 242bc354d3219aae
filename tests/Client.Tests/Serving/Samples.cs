using System.Text.Json;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Tests.Serving;

/// <summary>A finished two-depth sweep as a server would tell it.</summary>
public static class Samples
{
    public const string SweepId = "5f0c1d2e3a4b5c6d7e8f90a1b2c3d4e5";
    public const string RunId = "a1b2c3d4e5f60718293a4b5c6d7e8f90";

    public static RunCounts Counts { get; } = new() { Total = 10, Completed = 9, Failed = 1 };

    public static SweepHead Head { get; } = new(SweepId, "induction-by-depth", SweepState.Completed, null, Counts);

    public static SweepSummary Summary { get; } = new(
        SweepId, "induction-by-depth", SweepState.Completed, null, At(0), At(14), Counts);

    public static IReadOnlyDictionary<string, JsonElement> By(string axis, object value) =>
        new Dictionary<string, JsonElement> { [axis] = JsonSerializer.SerializeToElement(value, Json.Options) };

    public static SweepResult Result { get; } = new(
        Head,
        [
            new()
            {
                By = By("model.layers", 1), Runs = 5, Completed = 4, Failed = 1, Excluded = 4,
                Metrics = Estimates(
                    ("induction_share", new ShareEstimate(0, 0, 0.49, 4)),
                    ("prefix_matching_max", new LargestEstimate(0.104, 0.091, 0.117, 4, new(2, 0.043, 0.043))),
                    ("icl_score", new MeanEstimate(-0.412, -0.5, -0.324, 4)),
                    ("final_loss", new MeanEstimate(2.815, 2.79, 2.84, 4)),
                    ("k_composition_excess_max", new MeanEstimate(null, null, null, 0)),
                    ("transition_step", new MedianEstimate(null, null, null, 4, 4)),
                    ("q_composition_excess_max", new MeanEstimate(null, null, null, 0)),
                    ("v_composition_excess_max", new MeanEstimate(null, null, null, 0)),
                    ("terms", null)),
            },
            new()
            {
                By = By("model.layers", 2), Runs = 5, Completed = 5, Failed = 0, Excluded = 0,
                Metrics = Estimates(
                    ("induction_share", new ShareEstimate(1, 0.566, 1, 5)),
                    ("prefix_matching_max", new LargestEstimate(0.842, 0.819, 0.865, 5, new(4, 0.043, 0.043))),
                    ("icl_score", new MeanEstimate(-2.031, -2.2, -1.862, 5)),
                    ("final_loss", new MeanEstimate(1.507, 1.46, 1.554, 5)),
                    ("k_composition_excess_max", new LargestEstimate(0.312, 0.27, 0.354, 5, new(4, 0.004, 0.009))),
                    ("transition_step", new MedianEstimate(160, 140, 180, 5, 0)),
                    ("q_composition_excess_max", new MeanEstimate(-0.021, -0.025, -0.017, 5)),
                    ("v_composition_excess_max", new MeanEstimate(-0.034, -0.04, -0.028, 5)),
                    ("terms", new TermSummary(
                        new(3.466, 3.466, 3.466, 5),
                        [new(2.951, 2.9, 3.002, 5), new(1.611, 1.55, 1.672, 5), new(1.507, 1.46, 1.554, 5)],
                        [new(0.515, 0.464, 0.566, 5), new(1.34, 1.27, 1.41, 5), new(0.104, 0.09, 0.118, 5)],
                        [new(0.263, 0.25, 0.276, 5), new(0.684, 0.66, 0.708, 5), new(0.053, 0.045, 0.061, 5)],
                        [new(2.93, 2.88, 2.98, 5), new(1.652, 1.59, 1.714, 5)]))),
            },
        ],
        14.25, null, null);

    public static SweepProgress Progress { get; } = new(
        Head,
        [
            new(By("model.layers", 1), 5, 4, 1, 1500, 1500, 0.12),
            new(By("model.layers", 2), 5, 5, 0, 1500, 1500, 0.86),
        ],
        812.5, 0);

    public static RunConfiguration Configuration { get; } = new()
    {
        Model = new ModelConfiguration { Layers = 2, Heads = 2, DModel = 64, DHead = 32, NCtx = 32, PositionScale = 2 },
        Data = new DataConfiguration { Vocab = 32, Parts = [new RepeatedSegments { Weight = 0.6, Shortest = 8, Longest = 16 }, new Language { Weight = 0.4 }] },
        Train = new() { Steps = 300, Batch = 32, Lr = 1e-2, Warmup = 20 },
        Seed = 3,
    };

    public static RunDetail Run { get; } = new()
    {
        Id = RunId,
        Sweep = SweepId,
        Index = 7,
        State = RunState.Completed,
        Steps = 300,
        FinalStep = 300,
        Attempts = [new(1, "lab#1", At(1), At(3), "lost"), new(2, "lab#2", At(4), At(9), "completed") { CpuKernels = "avx512-1f2e3d4c", Pack = new("cuda:0", 256) }],
        CpuKernels = "avx512-1f2e3d4c",
        WeightsHash = new string('a', 64),
        FinalLoss = 1.493,
        PrefixMatchingMax = 0.851,
        Config = Configuration,
    };

    public static IReadOnlyList<RunSnapshot> Snapshots { get; } = [new(0, new string('0', 64)), new(300, new string('a', 64))];

    public static RunDetail FailedRun { get; } = Run with
    {
        Id = "b" + RunId[1..],
        Index = 8,
        State = RunState.Failed,
        Reason = "the loss is not a number at step 41: lower train.lr",
        Attempts = null,
        Steps = 41,
        FinalLoss = null,
        PrefixMatchingMax = null,
    };

    public static Table Heads { get; } = new(
        [new("run", "text"), new("model.layers", "integer"), new("seed", "integer"), new("step", "integer"), new("layer", "integer"), new("head", "integer"), new("prefix_matching", "real"), new("k_excess_max", "real")],
        [[RunId, 2, 3, 300, 0, 1, 0.021, null], [RunId, 2, 3, 300, 1, 0, 0.851, 0.33]],
        false);

    public static SweepResult HeadGroups { get; } = new(
        Head,
        [
            Group(0, 0, new(0.02, 0.01, 0.03, 5), new(0.7, 0.6, 0.8, 5)),
            Group(1, 0, new(0.84, 0.82, 0.86, 5), new(null, null, null, 0)),
        ],
        14.25, null, null);

    public static SweepTrajectory Trajectory { get; } = new(Head, [Curve(1, 0.1, 2.8), Curve(2, 0.85, 1.5)]);

    public static PlanResult Plan { get; } = new(
        SweepId, "induction-by-depth", new(10, 0, 10), 2, 2, 160, 480, null, [JsonSerializer.SerializeToElement(Configuration, Json.Options)]);

    public static IReadOnlyList<RunLogLine> Logs { get; } =
    [
        new(At(1), 1, "control plane", LogSeverity.Debug, "claimed by lab#1, to train"),
        new(At(3), 1, "control plane", LogSeverity.Warning, "attempt 1 lost: worker lab#1 did not renew its lease of 90 s"),
        new(At(4), 2, "lab#2", LogSeverity.Information, "continues from step 120"),
        new(At(9), 2, "lab#2", LogSeverity.Information, "Completed at step 300"),
    ];

    public static WorkerSummary Worker { get; } = new("lab#1", "lab", "cpu", 2, 1, At(14), "active", 12.6, ["a100", "zone=b"]);

    private static DateTimeOffset At(int second) => new(2025, 3, 4, 5, 6, second, TimeSpan.Zero);

    private static SweepGroup Group(int layer, int head, MeanEstimate prefixMatching, MeanEstimate previousToken) => new()
    {
        By = new Dictionary<string, JsonElement>
        {
            ["layer"] = JsonSerializer.SerializeToElement(layer),
            ["head"] = JsonSerializer.SerializeToElement(head),
        },
        Runs = 5,
        Completed = 5,
        Failed = 0,
        Excluded = 0,
        Metrics = Estimates(("prefix_matching", prefixMatching), ("previous_token", previousToken)),
    };

    private static Dictionary<string, JsonElement> Estimates(params (string Name, object? Estimate)[] metrics) =>
        metrics.ToDictionary(metric => metric.Name, metric => JsonSerializer.SerializeToElement(metric.Estimate, Json.Options));

    /// <summary>A logistic phase change around step 160 with five seeds spread about it.</summary>
    private static GroupTrajectory Curve(int layers, double height, double loss)
    {
        int[] steps = [.. Enumerable.Range(0, 16).Select(k => k * 20)];
        double At(int step, int seed) => 0.02 + (height - 0.02) / (1 + Math.Exp(-(step - 160 - 12 * (seed - 2)) / 12.0));
        var points = steps.Select(step =>
        {
            var values = Enumerable.Range(0, 5).Select(seed => At(step, seed)).ToList();
            var mean = values.Average();
            var half = 2.776 * Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / 4) / Math.Sqrt(5);
            var falling = loss + (3.5 - loss) * Math.Exp(-step / 60.0);
            return new TrajectoryPoint(
                step,
                new(falling, falling - 0.08, falling + 0.08, 5),
                new(-mean * 2, -mean * 2 - 0.1, -mean * 2 + 0.1, 5),
                new(mean, mean - half, mean + half, 5),
                new(mean * 0.8, null, null, 5),
                new(layers == 1 ? null : mean * 0.4, null, null, layers == 1 ? 0 : 5));
        }).ToList();
        var lines = Enumerable.Range(0, 5)
            .Select(seed => new RunLine($"run-{layers}-{seed}", (ulong)seed, [.. steps.Select(step => (double?)At(step, seed))], [.. steps.Select(_ => (double?)loss)], [.. steps.Select(step => (double?)(-2 * At(step, seed)))]));
        return new(By("model.layers", layers), points, [.. lines]);
    }
}

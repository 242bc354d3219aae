using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Orchestrator.Contracts.Metrics;

namespace Orchestrator.Contracts.Api;

/// <summary>A sweep's state over all of its runs, as JSON spells it in lower case.</summary>
public enum SweepState
{
    /// <summary>Runs are pending or open.</summary>
    Running,
    /// <summary>No new runs are handed out; open ones give their leases back.</summary>
    Paused,
    /// <summary>Every run ended, at least one completed.</summary>
    Completed,
    /// <summary>Every run ended and none completed.</summary>
    Failed,
    /// <summary>Ended on request.</summary>
    Cancelled,
    /// <summary>Ended by its budget; the reason is stored.</summary>
    Stopped,
    /// <summary>What is stored of it cannot be read, and the reason says why. Only ever shown, never stored.</summary>
    Unreadable,
}

/// <summary>Runs of a sweep by state; the sum of all but <see cref="Total"/> is <see cref="Total"/>.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.run-counts")]
public sealed record RunCounts
{
    /// <summary>Runs that the sweep expands to.</summary>
    [Id(0)] public int Total { get; init; }
    /// <summary>Trained and measured.</summary>
    [Id(1)] public int Completed { get; init; }
    /// <summary>Ended without a result.</summary>
    [Id(2)] public int Failed { get; init; }
    /// <summary>Ended on request.</summary>
    [Id(3)] public int Cancelled { get; init; }
    /// <summary>Not handed out yet.</summary>
    [Id(4)] public int Pending { get; init; }
    /// <summary>Handed out, not claimed.</summary>
    [Id(5)] public int Dispatched { get; init; }
    /// <summary>Being trained.</summary>
    [Id(6)] public int Training { get; init; }
    /// <summary>Taking the last measurements.</summary>
    [Id(7)] public int Measuring { get; init; }
    /// <summary>Held back.</summary>
    [Id(8)] public int Paused { get; init; }
    /// <summary>Between two attempts.</summary>
    [Id(9)] public int Lost { get; init; }
    /// <summary>Ended by a rule.</summary>
    [Id(10)] public int StoppedEarly { get; init; }
}

/// <summary>A sweep in a list.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.sweep-summary")]
public sealed record SweepSummary(string Id, string Name, SweepState State, string? Reason, DateTimeOffset Created, DateTimeOffset? Ended, RunCounts Runs);

/// <summary>The runs of a sweep that share a point of the grid, summarized over seeds (interfaces.md).</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.sweep-group")]
public sealed record SweepGroup
{
    /// <summary>Axis path to value, as JSON values; empty if the sweep has no axes.</summary>
    [Id(0)] public required IReadOnlyDictionary<string, JsonElement> By { get; init; }
    /// <summary>Runs in the group.</summary>
    [Id(1)] public required int Runs { get; init; }
    /// <summary>Of these, completed.</summary>
    [Id(2)] public required int Completed { get; init; }
    /// <summary>Of these, failed.</summary>
    [Id(3)] public required int Failed { get; init; }
    /// <summary>Completed runs whose loss, in-context-learning score or heads' scores are undefined; models without heads are among them.</summary>
    [Id(4)] public required int Excluded { get; init; }
    /// <summary>
    /// Estimates by name, in the server's order. Grouped by properties of runs: the results of <see cref="MetricTable"/>, a
    /// <see cref="LargestEstimate"/> each but for those below, and <c>terms</c>. Grouped by layer or head: a mean for every head metric.
    /// </summary>
    [Id(17), JsonExtensionData] public IDictionary<string, JsonElement> Metrics { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Share of completed runs with at least one induction head at the sweep's threshold.</summary>
    public ShareEstimate InductionShare() => Read<ShareEstimate>(MetricTable.InductionShare) ?? new(null, null, null, 0);
    /// <summary>Step at which the largest prefix-matching score first crosses the threshold.</summary>
    public MedianEstimate TransitionStep() => Read<MedianEstimate>(MetricTable.TransitionStep) ?? new(null, null, null, 0, 0);
    /// <summary>Term importance at the last step; null if it was not measured.</summary>
    public TermSummary? Terms() => Read<TermSummary>("terms");

    /// <summary>The mean of a metric; of no run if the group does not have it.</summary>
    public MeanEstimate Mean(string metric) => Read<MeanEstimate>(metric) ?? new(null, null, null, 0);

    /// <summary>What chance makes of a metric that is a largest score; null of any other, and where runs of the group differ in it.</summary>
    public LargestNull? Null(string metric) => Read<LargestEstimate>(metric)?.Null;

    private T? Read<T>(string metric) where T : class => Metrics.TryGetValue(metric, out var value) ? value.Deserialize<T>(Json.Options) : null;
}

/// <summary>
/// How much the paths through so many heads matter, with attention patterns frozen (math.md 4.3): means over runs, entry k for
/// order k (order 0 is the direct path). Losses in nats, held-out.
/// </summary>
/// <param name="UniformLoss">ln V: the loss of knowing nothing.</param>
/// <param name="LossByOrder">L_k: loss of all paths through at most k heads; the last is the model's loss.</param>
/// <param name="Marginal">By how much order k lowers the loss: ln V - L_0, then L_{k-1} - L_k; negative if it raises it.</param>
/// <param name="ShareOfReductionByOrder">The same over the whole reduction ln V - L_L of the run; left out if there is none.</param>
/// <param name="DirectPlusLayerLoss">Entry l: loss of the direct path and the single heads of layer l.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.term-summary")]
public sealed record TermSummary(
    MeanEstimate UniformLoss, IReadOnlyList<MeanEstimate> LossByOrder, IReadOnlyList<MeanEstimate> Marginal,
    IReadOnlyList<MeanEstimate> ShareOfReductionByOrder, IReadOnlyList<MeanEstimate> DirectPlusLayerLoss);

/// <summary>A sweep's name, state and counts at the head of its result.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.sweep-head")]
public sealed record SweepHead(string Id, string Name, SweepState State, string? Reason, RunCounts Runs)
{
    /// <summary>What a running sweep waits for if none of its runs can start; else null, and left out.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Waiting { get; init; }
}

/// <summary>Where a sweep stands: what is known of any sweep at once, however large.</summary>
/// <param name="Sweep">Name, state, counts.</param>
/// <param name="ElapsedSeconds">From submission to the end, or to now.</param>
public sealed record SweepStatus(SweepHead Sweep, double ElapsedSeconds);

/// <summary>What a sweep found: the document of <c>quickstart --json</c>, <c>sweep show --json</c> and <c>heads --group-by</c>.</summary>
/// <param name="Sweep">Name, state, counts.</param>
/// <param name="Groups">One per point of the grid.</param>
/// <param name="ElapsedSeconds">From submission to the end, or to now.</param>
/// <param name="Report">Path of the report file, or null.</param>
/// <param name="Dashboard">Address of the dashboard, or null when nothing stays up.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.sweep-result")]
public sealed record SweepResult(SweepHead Sweep, IReadOnlyList<SweepGroup> Groups, double ElapsedSeconds, string? Report, string? Dashboard)
{
    /// <summary>Of <c>heads --group-by</c>: axes of the grid in which runs of one group differ, so that its estimates are over unlike models; else left out.</summary>
    [Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<string>? Pooled { get; init; }
}

/// <summary>Live progress of a running sweep.</summary>
/// <param name="Sweep">Name, state, counts.</param>
/// <param name="Groups">One bar per point of the grid.</param>
/// <param name="StepsPerSecond">Optimizer steps per second over all open runs; 0 while nothing is known.</param>
/// <param name="SecondsLeft">Estimate of the time to the end, or null while nothing is known.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.sweep-progress")]
public sealed record SweepProgress(SweepHead Sweep, IReadOnlyList<GroupProgress> Groups, double StepsPerSecond, double? SecondsLeft);

/// <summary>Progress of the runs that share a point of the grid.</summary>
/// <param name="By">Axis path to value.</param>
/// <param name="Runs">Runs in the group.</param>
/// <param name="Completed">Of these, completed.</param>
/// <param name="Failed">Of these, failed; cancelled runs are not among them.</param>
/// <param name="StepsDone">Optimizer steps done, as far as snapshots and progress tell.</param>
/// <param name="StepsTotal">Optimizer steps in all.</param>
/// <param name="BestPrefixMatching">Largest prefix-matching score seen so far at any snapshot, or null.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.group-progress")]
public sealed record GroupProgress(
    IReadOnlyDictionary<string, JsonElement> By, int Runs, int Completed, int Failed, long StepsDone, long StepsTotal, double? BestPrefixMatching);

/// <summary>A submission: the resolved sweep document, as the specification language leaves it, or the text of a sweep file.</summary>
public sealed record SubmitRequest(JsonObject? Document)
{
    /// <summary>A sweep file as it is written, in the place of the document. It names no files: the server opens none for others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Yaml { get; init; }
}

/// <summary>The answer to a submission; <paramref name="Created"/> is false if the sweep existed already.</summary>
[GenerateSerializer, Immutable, Alias("orchestrator.submit-result")]
public sealed record SubmitResult(string Id, string Name, RunCounts Runs, bool Created)
{
    /// <summary>Where the sweep existed with other settings outside its identity: what it keeps; else null, and left out.</summary>
    [Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<KeptSetting>? Kept { get; init; }
}

/// <summary>A setting outside a sweep's identity that was submitted again with another value and stays what it was. Values are JSON; null if not given.</summary>
/// <param name="Key">Its key in the sweep file.</param>
/// <param name="Kept">The value that holds.</param>
/// <param name="Asked">The value that was asked for.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.kept-setting")]
public sealed record KeptSetting(string Key, string? Kept, string? Asked);

/// <summary>A wish to measure the stored snapshots of a sweep again: names of measures that the sweep wants besides those it has, or null.</summary>
public sealed record MeasureRequest(IReadOnlyList<string>? Measures);

/// <summary>The answer to <c>sweep measure</c>.</summary>
/// <param name="Id">The sweep.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">Running if there is something to measure, or the sweep is still under way.</param>
/// <param name="Runs">Completed runs that are measured again; 0 if nothing lacks.</param>
/// <param name="Measures">What the sweep measures from now on.</param>
[GenerateSerializer, Immutable, Alias("orchestrator.measure-result")]
public sealed record MeasureResult(string Id, string Name, SweepState State, int Runs, IReadOnlyList<Measure> Measures);

/// <summary>Runs of a planned sweep: all, those that exist with all that is asked of them, and the rest.</summary>
public sealed record PlannedRuns(int Total, int Existing, int New);

/// <summary>What a sweep would do (<c>sweep plan</c>). <paramref name="DeviceSeconds"/> is null if no run of a like shape was timed yet.</summary>
public sealed record PlanResult(
    string Sweep, string Name, PlannedRuns Runs, int Packs, int Tasks, long Snapshots, long Heads, double? DeviceSeconds, IReadOnlyList<JsonElement> First);

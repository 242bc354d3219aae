using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Identity;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;
using Orchestrator.Specification.Axes;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Sections;

namespace Orchestrator.Specification;

/// <summary>
/// A valid sweep. Run i is a pure function of the specification, so that a million runs need no room: seeds are the outermost
/// axis, i = (number of the seed) × <see cref="GridPoints"/> + (point of the grid), so that further seeds append runs and
/// renumber none. Immutable; safe to read from many threads.
/// </summary>
public sealed class Sweep
{
    private readonly Parts _parts;
    private readonly string _document;
    private readonly PointCache _points;

    internal Sweep(Parts parts, JsonObject document)
    {
        (_parts, _document) = (parts, document.ToJsonString());
        _points = new PointCache(point => ConfigurationOf(parts.Grid, point, seed: 0));
        Id = Identities.OfSweep(document);
        GridPoints = (int)parts.Grid.Points;
        Count = (long)parts.Seeds.Count * GridPoints;
        Axes = [.. parts.Grid.Axes.Select(axis => axis.ToSweepAxis())];
    }

    /// <summary>The sweep's id: the same specification is the same sweep.</summary>
    public string Id { get; }
    /// <summary>Its name.</summary>
    public string Name => _parts.Name;
    /// <summary>Runs that it expands to; at most <see cref="Limits.Runs"/>.</summary>
    public long Count { get; }
    /// <summary>Points of the grid: runs per seed.</summary>
    public int GridPoints { get; }
    /// <summary>The crossed axes, sorted by path; seeds are not among them. The last one moves fastest.</summary>
    public IReadOnlyList<SweepAxis> Axes { get; }
    /// <summary>At which steps weights are kept and measured.</summary>
    public SnapshotSchedule Snapshots => _parts.Snapshots;
    /// <summary>Metric families asked for.</summary>
    public IReadOnlyList<Measure> Measures => _parts.Measures;
    /// <summary>When to stop handing out runs, or null.</summary>
    public Budget? Budget => _parts.Budget;
    /// <summary>Sweeps of higher priority go first; 0 by default.</summary>
    public int Priority => _parts.Priority;
    /// <summary>Prefix-matching score from which a head can count as an induction head.</summary>
    public double HeadThreshold => _parts.HeadThreshold;
    /// <summary>Which checkpoints of its runs are kept.</summary>
    public CheckpointRetention Retention => _parts.Retention;
    /// <summary>What a worker must have to take its runs.</summary>
    public Requirements Requires => _parts.Requires;
    /// <summary>The canonical document: every default spelled out; <see cref="Parse"/> reads it back to the same sweep. A fresh copy each time.</summary>
    public JsonObject Document => JsonNode.Parse(_document)!.AsObject();

    /// <summary>Reads a resolved document, as <see cref="Document"/> or <see cref="SweepFile"/> gives it. Opens no file: text must be named by content.</summary>
    public static Reading<Sweep> Parse(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var findings = new Findings();
        return Reading<Sweep>.Of("sweep", ReadText(document, findings) is { } root ? SweepReader.Read(root, findings) : null, findings);
    }

    /// <summary>The configuration of run <paramref name="i"/>, from 0 to <see cref="Count"/> - 1.</summary>
    public RunConfiguration RunAt(int i)
    {
        var (seed, point) = Split(i);
        return _points.At(point).Configuration with { Seed = _parts.Seeds.At(seed) };
    }

    /// <summary>The id of run <paramref name="i"/>: the same configuration, seed and trainer have the same id in every sweep.</summary>
    public string RunIdAt(int i)
    {
        var (seed, point) = Split(i);
        return Identities.OfRun(_points.At(point).Digest, _parts.Seeds.At(seed), Versions.Trainer);
    }

    /// <summary>Which point of the grid run <paramref name="i"/> belongs to: runs that differ in their seed alone share it.</summary>
    public int GridPointOf(int i) => (int)Split(i).Point;

    /// <summary>The axis values of run <paramref name="i"/> by path, without its seed; empty if there are no axes.</summary>
    public IReadOnlyDictionary<string, JsonElement> PointAt(int i) => PointOf(GridPointOf(i));

    /// <summary>The axis values of a point of the grid by path.</summary>
    public IReadOnlyDictionary<string, JsonElement> PointOf(int gridPoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gridPoint);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(gridPoint, GridPoints);
        var choice = _parts.Grid.Choice(gridPoint);
        return new OrderedDictionary<string, JsonElement>(Axes.Select((axis, k) => KeyValuePair.Create(axis.Path, axis.Values[choice[k]])));
    }

    /// <summary>What to keep and measure of a run.</summary>
    public RunPlan PlanFor(RunConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return new RunPlan { SnapshotSteps = Snapshots.Steps(configuration.Train.Steps), Measures = Measures, HeadThreshold = HeadThreshold, Checkpoints = Retention };
    }

    internal static RunConfiguration ConfigurationOf(Grid grid, long point, ulong seed)
    {
        var choice = grid.Choice(point);
        var unexpected = new Findings();
        return (ModelSection.Read(grid.Section(ModelSection.Path, choice)!, unexpected),
            DataSection.Read(grid.Section(DataSection.Path, choice)!, unexpected),
            TrainSection.Read(grid.Section(TrainSection.Path, choice)!, unexpected)) is ({ } model, { } data, { } train)
            ? new RunConfiguration { Model = model, Data = data, Train = train, Seed = seed }
            : throw new InvalidOperationException($"point {point} of a valid sweep is not valid: {string.Join("; ", unexpected.InOrder())}");
    }

    private static Node? ReadText(JsonObject document, Findings findings)
    {
        string text;
        try
        {
            text = document.ToJsonString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException) // nested too deep, or half a surrogate pair
        {
            findings.Add("", (int?)null, $"the document cannot be written as JSON ({e.Message})", "send a plain JSON object");
            return null;
        }
        if (text.Length > Limits.FileBytes)
        {
            findings.Add("", (int?)null, $"the document is longer than {Limits.FileBytes:N0} bytes", "write long lists as ranges or axes");
            return null;
        }
        return JsonText.Read(Encoding.UTF8.GetBytes(text), findings, countLines: false);
    }

    private (long Seed, long Point) Split(int i)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Count);
        return Math.DivRem(i, GridPoints);
    }

    /// <summary>What a sweep is made of once everything in it is known to be valid.</summary>
    internal sealed record Parts(
        string Name, Grid Grid, SeedSet Seeds, SnapshotSchedule Snapshots, IReadOnlyList<Measure> Measures, Budget? Budget, int Priority, double HeadThreshold, CheckpointRetention Retention,
        Requirements Requires);
}

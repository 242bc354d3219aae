using Orchestrator.Contracts.Runs;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Sections;

namespace Orchestrator.Specification.Axes;

/// <summary>
/// Holds every rule against every point of a grid without walking all points: a rule that reads one setting is checked per
/// value, and a rule that reads several over the product of just the axes that it reads.
/// </summary>
internal sealed class GridRules(Grid grid, Findings findings)
{
    private static readonly HashSet<string> Shape =
        ["model.layers", "model.heads", "model.d_model", "model.d_head", "model.n_ctx", "model.positions", "data.vocab", "model.features", "model.hidden"];

    public void Check()
    {
        CheckWritten();
        var first = new int[grid.Axes.Count];
        var (model, data, train) = (Model(first), Data(first), Train(first));
        for (var axis = 0; axis < grid.Axes.Count && !findings.Full; axis++)
        {
            CheckValues(axis);
        }
        if (findings.Any || model is null || data is null || train is null || !SizeRules.KindsFit(model, data, Setting("data", "kind", first), findings))
        {
            return;
        }
        SizeRules.CheckInitialization(model, train, Setting("train", "init", first), findings);
        ForEach(Shape.Contains, choice =>
        {
            if (Model(choice) is { } m && Data(choice) is { } d)
            {
                SizeRules.CheckParameters(m, d, Setting("model", "d_model", choice) ?? Setting("model", "features", choice), findings);
            }
        });
        ForEach(path => path == "model.n_ctx" || path.StartsWith("data.", StringComparison.Ordinal), choice =>
        {
            if (Data(choice) is { } d)
            {
                var context = grid.Axes.Any(axis => axis.Path == "model.n_ctx") ? Model(choice)! : model;
                SizeRules.CheckContext(context, d, (MappingNode)grid.Section(DataSection.Path, choice)!, findings);
            }
        });
        ForEach(path => path is "model.n_ctx" or "model.features" or "train.batch", choice =>
            SizeRules.CheckBatch(Model(choice)!, Train(choice)!, Setting("train", "batch", choice), findings));
    }

    /// <summary>The most steps that a run of the grid takes, or null if train is broken.</summary>
    public int? LongestRun()
    {
        var axis = grid.Axes.ToList().FindIndex(axis => axis.Path == "train.steps");
        var choice = new int[grid.Axes.Count];
        var quiet = new Findings();
        var longest = default(int?);
        for (var value = 0; value < (axis < 0 ? 1 : grid.Axes[axis].Values.Count); value++)
        {
            if (axis >= 0)
            {
                choice[axis] = value;
            }
            if (grid.Section(TrainSection.Path, choice) is not { } node || TrainSection.Read(node, quiet) is not { } train)
            {
                return null;
            }
            longest = Math.Max(longest ?? 0, train.Steps);
        }
        return longest;
    }

    // A value that an axis always replaces decides nothing, and is held to its type and bounds all the same.
    private void CheckWritten()
    {
        findings.ValuesOnly = true;
        foreach (var section in (ReadOnlySpan<string>)[ModelSection.Path, DataSection.Path, TrainSection.Path])
        {
            _ = (section, grid.Written(section)) switch
            {
                (_, null) => null,
                (ModelSection.Path, { } node) => (object?)ModelSection.Read(node, findings),
                (DataSection.Path, { } node) => DataSection.Read(node, findings),
                (_, { } node) => TrainSection.Read(node, findings),
            };
        }
        findings.ValuesOnly = false;
    }

    private void CheckValues(int axis)
    {
        var choice = new int[grid.Axes.Count];
        for (choice[axis] = 1; choice[axis] < grid.Axes[axis].Values.Count && !findings.Full; choice[axis]++)
        {
            _ = grid.Axes[axis].Section switch
            {
                ModelSection.Path => (object?)Model(choice),
                DataSection.Path => Data(choice),
                _ => Train(choice),
            };
        }
    }

    private void ForEach(Func<string, bool> reads, Action<int[]> check)
    {
        int[] axes = [.. Enumerable.Range(0, grid.Axes.Count).Where(i => reads(grid.Axes[i].Path))];
        var combinations = Grid.Cross(axes.Select(i => grid.Axes[i]));
        if (combinations > (UInt128)Limits.Combinations)
        {
            findings.Add(GridSection.Path, (int?)null, $"{string.Join(", ", axes.Select(i => grid.Axes[i].Path))} cross to {combinations} combinations, and at most {Limits.Combinations:N0} can be checked", "split the sweep");
            return;
        }
        var choice = new int[grid.Axes.Count];
        for (var left = (long)combinations; left > 0 && !findings.Full; left--)
        {
            check(choice);
            Advance(choice, axes);
        }
    }

    private void Advance(int[] choice, int[] axes)
    {
        for (var i = axes.Length - 1; i >= 0; i--)
        {
            if (++choice[axes[i]] < grid.Axes[axes[i]].Values.Count)
            {
                return;
            }
            choice[axes[i]] = 0;
        }
    }

    private Architecture? Model(int[] choice) =>
        Required(ModelSection.Path, choice) is { } node ? ModelSection.Read(node, findings) : null;

    private TrainingData? Data(int[] choice) =>
        Required(DataSection.Path, choice) is { } node ? DataSection.Read(node, findings) : null;

    private TrainConfiguration? Train(int[] choice) =>
        Required(TrainSection.Path, choice) is { } node ? TrainSection.Read(node, findings) : null;

    private Node? Required(string section, int[] choice)
    {
        var node = grid.Section(section, choice);
        if (node is null)
        {
            findings.Add(section, (int?)null, "is required and missing", $"write {section}: with its settings below it");
        }
        return node;
    }

    private Node? Setting(string section, string key, int[] choice) =>
        grid.Section(section, choice) is MappingNode mapping && mapping.TryGet(key, out var value) ? value : null;
}

using Orchestrator.Contracts.Runs;
using Orchestrator.Contracts.Sweeps;
using Orchestrator.Contracts.Work;
using Orchestrator.Specification.Axes;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Identity;
using Orchestrator.Specification.Nodes;
using Orchestrator.Specification.Sections;

namespace Orchestrator.Specification;

/// <summary>Reads a whole document and reports everything that is wrong with it, in a stable order.</summary>
internal static class SweepReader
{
    public static Sweep? Read(Node root, Findings findings)
    {
        if (Section.Open(root, "", findings) is not { } top)
        {
            return null;
        }
        var mapping = (MappingNode)root;
        var name = top.Require("name", "write name: and a name such as induction-by-depth") is { } n ? SettingsOfSweep.Name(n, findings) : null;
        foreach (var section in (ReadOnlySpan<string>)[ModelSection.Path, DataSection.Path, TrainSection.Path])
        {
            top.Find(section);
        }
        var seeds = top.Find("seeds") is { } s ? SeedSet.Read(s, "seeds", findings) : SeedSet.Default;
        var grid = new Grid(mapping, GridSection.Read(top.Find(GridSection.Path), mapping, findings));
        CheckCount(seeds, grid, findings);
        new GridRules(grid, findings).Check();
        var snapshots = top.Find(SnapshotSection.Path) is { } schedule
            ? SnapshotSection.Read(schedule, new GridRules(grid, findings).LongestRun(), findings)
            : SnapshotSection.Default;
        var measures = SettingsOfSweep.Measures(top.Find("measure"), FirstModel(grid), findings);
        var budget = top.Find("budget") is { } b ? SettingsOfSweep.Budget(b, findings) : null;
        var priority = top.Integer("priority", -1_000_000, 1_000_000, 0);
        var threshold = top.Number("head_threshold", Interval.PositiveShare, 0.4);
        var retention = top.Find(RetentionSection.Path) is { } r ? RetentionSection.Read(r, findings) : new CheckpointRetention();
        var requires = top.Find(RequirementsSection.Path) is { } q ? RequirementsSection.Read(q, findings) : Requirements.None;
        top.Refuse("extends", "zip", "random", "where", "search", "early_stopping");
        top.Close();

        if (findings.Any || (name, seeds, snapshots, measures, priority, threshold, retention, requires) is not ({ } title, { } set, { } steps, { } wanted, { } rank, { } tau, { } kept, { } needs))
        {
            return null;
        }
        var parts = new Sweep.Parts(title, grid, set, steps, wanted, budget, rank, tau, kept, needs);
        var first = Sweep.ConfigurationOf(grid, 0, set.At(0));
        var headWidthIsGiven = grid.Section(ModelSection.Path, grid.Choice(0)) is MappingNode model && model.TryGet("d_head", out _);
        var document = CanonicalDocument.Write(parts, first, headWidthIsGiven);
        return new Sweep(parts, document);
    }

    private static Architecture? FirstModel(Grid grid) =>
        grid.Section(ModelSection.Path, new int[grid.Axes.Count]) is { } node ? ModelSection.Read(node, new Findings()) : null;

    private static void CheckCount(SeedSet? seeds, Grid grid, Findings findings)
    {
        if (seeds is null)
        {
            return;
        }
        var tooMany = seeds.Count > (UInt128)Limits.Runs || grid.Points > (UInt128)Limits.Runs || seeds.Count * grid.Points > (UInt128)Limits.Runs;
        if (tooMany)
        {
            var count = grid.Points > UInt128.MaxValue / seeds.Count ? "more than 10^38" : (seeds.Count * grid.Points).ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
            findings.Add("", (int?)null, $"the sweep expands to {count} runs ({seeds.Count} seeds × {grid.Points} points of the grid), and the limit is {Limits.Runs:N0}", "choose fewer seeds or axis values");
        }
    }
}
